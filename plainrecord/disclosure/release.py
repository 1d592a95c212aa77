"""Disclosure control: from a checked table and a policy to a released table.

Only this module builds a ReleasedTable, and all that readers see accepts that type alone.
Identifiers are dropped, other fields generalised. The rows of a protected dataset are put in an
order that follows from their released values, since the order of arrival can tell what a coarser
date no longer does. A threshold for published counts is part of the table.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import pairwise

import duckdb

from plainrecord.core.exact_numbers import MOST_DIGITS, plain_text
from plainrecord.core.plurals import count_noun
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.declarations import Coarsening, PrivacyPolicy
from plainrecord.model.packages import (
    Category,
    CheckedTable,
    Field,
    Protection,
    ReleasedTable,
    Resource,
)
from plainrecord.model.protection import ProtectionReport
from plainrecord.receipts.axis_names import name_axis
from plainrecord.receipts.engine import (
    ENGINE_ROWS,
    SQL_TYPES,
    characters_at_once,
    columns_of,
    expression_problem,
    identifier,
    literal,
    query_limits,
    words_without_values,
)

MOST_AT_ONCE = 150_000_000
"""Characters in rows that the engine takes at once: it holds each text several times."""

MOST_GROUPED = 100
"""Values that the description of a field lists with their groups."""

MOST_PLACES = 10
"""Decimals of a step to which numbers are rounded exactly."""

DATES = ("date", "datetime")
ISO_TYPES = (*DATES, "time")
_PERIODS = ("hour", "day", "month", "quarter", "year")
METHOD_TYPES = {
    "hour": ("datetime",),
    "day": DATES,
    "month": DATES,
    "quarter": DATES,
    "year": DATES,
    "brackets": ("integer", "number", "year"),
    "round": ("integer", "number"),
    "prefix": ("string",),
    "group": ("string",),
}


def check_policy(
    policy: PrivacyPolicy, resources: tuple[Resource, ...], file: str
) -> tuple[Finding, ...]:
    """Findings for fields that a policy names and no resource has, and for methods that misfit."""
    fields = {
        field.name: field
        for resource in resources
        for field in (*resource.schema.fields, *(item.field for item in resource.derived))
    }
    findings = Findings(file=file)
    for name in (*policy.identifiers, *(item.field for item in policy.coarsen)):
        if name not in fields:
            found = f"the policy names {name!r}{suggest(name, fields)}"
            findings.add("privacy-field-unknown", found, "a field of the dataset")
    for item in policy.coarsen:
        field, method = fields.get(item.field), item.method
        unfit = partial(findings.add, "privacy-method-unfit", field=item.field)
        if field is not None and field.type not in METHOD_TYPES[method]:
            expected = f"a field of type {' or '.join(METHOD_TYPES[method])}"
            unfit(f"{method} on a field of type {field.type}", expected)
        edges = list(item.edges)
        if method == "brackets" and (not edges or edges != sorted(set(edges))):
            unfit(f"brackets with the edges {edges}", "edges in ascending order")
        if method == "group" and not item.groups:
            unfit("group without `groups`", "each value with its group")
        if method == "prefix" and item.length < 1:
            unfit("prefix without a positive length", "a positive number")
        if method == "round" and item.step <= 0:
            unfit("round without a positive step", "a positive number")
    return tuple(findings)


def find_loosened(before: PrivacyPolicy, now: PrivacyPolicy) -> tuple[str, ...]:
    """In words, each point in which the policy `now` protects less than the one `before`."""

    def strength(policy: PrivacyPolicy) -> int:
        return 0 if policy.open else 1 + ("", "records", "tables").index(policy.mode)

    def named(policy: PrivacyPolicy) -> str:
        return "open" if policy.open else f"mode {policy.mode}" if policy.mode else "no mode"

    points = []
    if strength(now) < strength(before):
        points.append(f"{named(now)} instead of {named(before)}")
    if now.threshold < before.threshold:
        points.append(f"threshold {now.threshold} instead of {before.threshold}")
    if now.level < before.level and before.mode:
        points.append(f"level {now.level} instead of {before.level}")
    coarsened = {item.field for item in now.coarsen}
    # In the mode `tables` a field is released only as a dimension.
    used = {name for table in now.tables for name in table.dimensions}
    used |= {*now.keys, *now.sensitive, *now.harmless}
    for names, words in (
        (set(before.identifiers) - coarsened, "not removed any more"),
        ({item.field for item in before.coarsen}, "not generalised any more"),
    ):
        left = sorted(names - coarsened - set(now.identifiers))
        points += [f"{name} is {words}" for name in left if not now.mode or name in used]
    after = {item.field: item for item in now.coarsen if not item.as_needed}
    points += [
        f"{item.field} is generalised less than before, or in another way"
        for item in before.coarsen
        if item.field in after and not (item.as_needed or _is_as_coarse(after[item.field], item))
    ]
    return tuple(dict.fromkeys(points))


def _is_as_coarse(now: Coarsening, before: Coarsening) -> bool:
    """Whether all values that `before` made one are one with `now` as well."""
    if now.method in _PERIODS and before.method in _PERIODS:
        return _PERIODS.index(now.method) >= _PERIODS.index(before.method)
    if now.method != before.method:
        return False
    if now.method == "group":
        was, later = before.groups, now.groups
        pairs = {
            (was.get(value, before.other or value), later.get(value, now.other or value))
            for value in {*was, *later}
        }
        pairs |= {(before.other, now.other)} if before.other else set()
        return len(pairs) == len(dict(pairs))
    return (
        set(now.edges) <= set(before.edges)
        and now.length <= before.length
        and (not before.step or not Decimal(str(now.step)) % Decimal(str(before.step)))
    )


def release_table(
    connection: duckdb.DuckDBPyConnection,
    checked: CheckedTable,
    resource: Resource,
    policy: PrivacyPolicy,
    unit: str,
    file: str,
    protection: ProtectionReport | None = None,
) -> tuple[ReleasedTable | None, tuple[Finding, ...]]:
    """The released table, made in the schema `released` of the build's database.

    A policy with a mode releases the tables that `plainrecord protect` made, with its report
    `protection`, as they are, and nothing else. None with findings when a derived field cannot be
    computed, or when rows are too long.
    """
    if policy.mode and protection is None:
        found = "the dataset is about people, and its protected tables are not there"
        expected = "what `plainrecord protect` writes"
        return None, (Finding("protection-missing", found, expected, file=file),)
    protected = protection if policy.mode else None
    if protected:
        if resource.name in {item.resource for item in protected.tables}:
            unit = "count"
        policy = PrivacyPolicy(open="protected before")
    findings = Findings(file=file, resource=resource.name)
    if too_long := _too_long(connection, checked, file):
        return None, (too_long,)
    columns: list[tuple[Field, str]] = [(f, identifier(f.name)) for f in checked.fields]
    for derived in resource.derived:
        problem = expression_problem(connection, derived.sql)
        if problem:
            found = f"{derived.sql!r}: {problem}"
            expected = "one expression over the fields of the row"
            findings.add("expression-invalid", found, expected, field=derived.field.name)
        else:
            cast = SQL_TYPES.get(derived.field.type, "VARCHAR")
            if derived.field.type == "number":
                cast = _number_type(connection, derived.sql, checked.relation)
            columns.append((derived.field, f"CAST(({derived.sql}\n) AS {cast})"))
    if findings:
        return None, tuple(findings)
    coarsenings = {item.field: item for item in policy.coarsen}
    kept: list[Field] = []
    selected: list[str] = []
    protections: list[Protection] = []
    for field, sql in columns:
        if field.name in policy.identifiers:
            reason = f"{field.label}: could identify a person"
            protections.append(Protection(field.name, "removed", reason))
            continue
        released = field
        if field.type in ISO_TYPES:  # a release writes them in the one form of ISO 8601
            released = replace(field, format="default")
        expression = sql
        if field.name in coarsenings:
            kind = _type_of(connection, sql, checked.relation)
            released, expression = _coarsen(field, sql, coarsenings[field.name], kind)
            protections.append(Protection(field.name, "generalised", released.generalised))
        kept.append(released)
        selected.append(f"{expression} AS {identifier(field.name)}")
        if released.marks_apart:
            selected.append(identifier(released.mark_column))
    relation = f'"released".{identifier(f"{checked.dataset}/{checked.resource}")}'
    order = "" if policy.open else " ORDER BY ALL"
    connection.execute('CREATE SCHEMA IF NOT EXISTS "released"')
    try:
        with query_limits(connection) if resource.derived else nullcontext():
            connection.execute(
                f"CREATE OR REPLACE TABLE {relation} AS SELECT {', '.join(selected)} "
                f"FROM {checked.relation}{order}"
            )
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) and not resource.derived:
            raise
        names = ", ".join(item.field.name for item in resource.derived)
        found, expected = words_without_values(error), "a value of the declared type for every row"
        findings.add("derived-value-invalid", found, expected, field=names)
        return None, tuple(findings)
    generalised = [field for field in kept if field.name in coarsenings]
    if codes := tuple(_find_codes(connection, relation, generalised, file)):
        return None, codes
    if policy.threshold:
        hidden = f"counts from 1 to {policy.threshold - 1} are not shown in figures and charts"
        protections.append(Protection("", "threshold", hidden))
    released_names = {field.name for field in kept}
    key = resource.schema.primary_key
    return ReleasedTable(
        dataset=checked.dataset,
        resource=checked.resource,
        title=resource.title,
        description=resource.description,
        unit=unit,
        relation=relation,
        fields=tuple(kept),
        rows=checked.rows,
        threshold=policy.threshold,
        protections=tuple(protections),
        primary_key=key if set(key) <= released_names and not set(key) & set(coarsenings) else (),
        protected=protected is not None,
    ), ()


def _find_codes(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field], file: str
) -> Iterator[Finding]:
    """A finding for each generalised field with texts that its readers would take for no value."""
    for field in fields:
        if field.type == "string" and field.missing_values:
            name = identifier(field.name)
            codes = ", ".join(literal(missing.value) for missing in field.missing_values)
            texts = connection.execute(
                f"SELECT DISTINCT {name} FROM {relation} WHERE {name} IN ({codes}) ORDER BY ALL"
            ).fetchall()
            if texts:
                listed = ", ".join(repr(text) for (text,) in texts)
                found = f"values generalised {field.generalised} read {listed}"
                expected = "texts that are no code under `missingValues`"
                yield Finding(
                    "privacy-value-ambiguous", found, expected, file=file, field=field.name
                )


def _too_long(
    connection: duckdb.DuckDBPyConnection, checked: CheckedTable, descriptor: str
) -> Finding | None:
    """A finding at the longest text where rows are too long to be published; None where none is."""
    names = [field.name for field in checked.fields if SQL_TYPES[field.type] == "VARCHAR"]
    texts = [identifier(name) for name in names]
    if not texts:
        return None
    at_once = characters_at_once(connection, checked.relation, texts)
    if at_once <= MOST_AT_ONCE:
        return None
    longest = ", ".join(f"coalesce(max(length({text})), 0)" for text in texts)
    lengths = connection.execute(f"SELECT {longest} FROM {checked.relation}").fetchall()[0]
    size = max(lengths)
    name = names[lengths.index(size)]
    file, row = connection.execute(
        f"SELECT __file, __row FROM {checked.relation} WHERE length({identifier(name)}) = {size} "
        "ORDER BY ALL LIMIT 1"
    ).fetchall()[0]
    return Finding(
        "memory-exceeded",
        f"a text of {size:,} characters, the longest, in rows of {at_once:,} characters together",
        f"at most {MOST_AT_ONCE:,} characters in {ENGINE_ROWS:,} rows, which are taken at once",
        file=checked.files[file].shown if checked.files else descriptor,
        dataset=checked.dataset,
        resource=checked.resource,
        row=row,
        field=name,
    )


def _type_of(connection: duckdb.DuckDBPyConnection, sql: str, relation: str) -> str:
    """The engine's type of an expression; empty where it has none: running it reports why."""
    try:
        return columns_of(connection, f"(SELECT ({sql}\n) AS value FROM {relation})")["value"]
    except duckdb.Error:
        return ""


def _number_type(connection: duckdb.DuckDBPyConnection, sql: str, relation: str) -> str:
    """The type of a derived number: as exact as what the expression gives."""
    kind = _type_of(connection, sql, relation)
    if kind.startswith("DECIMAL"):
        return kind
    return "DECIMAL(38,0)" if kind.endswith("INT") or kind == "INTEGER" else "DOUBLE"


def _rounded(sql: str, step: float, kind: str) -> str:
    """SQL for a number to the next multiple of `step`, exactly where the type of `sql` is exact."""
    written = plain_text(Decimal(repr(step)))
    places = len(written.partition(".")[2])
    if kind in ("DOUBLE", "") or places > MOST_PLACES:
        return f"CAST(round({sql} / {step!r}) * {step!r} AS DOUBLE)"
    exact = sql if kind.startswith("DECIMAL") else f"CAST({sql} AS DECIMAL(38,0))"
    size = f"CAST({literal(written)} AS DECIMAL({MOST_DIGITS if places == 0 else 18},{places}))"
    rest = f"({exact} % {size})"
    return (
        f"({exact} - {rest} + CASE WHEN 2 * abs({rest}) >= {size} THEN sign({sql}) * {size} "
        f"ELSE 0 * {size} END)"
    )


def _coarsen(field: Field, sql: str, how: Coarsening, kind: str) -> tuple[Field, str]:
    """The field as released and the expression that generalises its values of the type `kind`."""
    period = how.method if how.method in ("day", "month", "quarter", "year") else ""
    title = how.title or (name_axis(field.label, period) if period else field.title)
    plain = replace(field, title=title, constraints={}, format="default", example="", categories=())
    match how.method:
        case "hour":
            return replace(plain, generalised="to the hour"), f"date_trunc('hour', {sql})"
        case "day":
            note = replace(plain, type="date", generalised="to the day")
            return note, f"CAST({sql} AS DATE)"
        case "month":
            note = replace(plain, type="yearmonth", generalised="to the month")
            return note, f"strftime({sql}, '%Y-%m')"
        case "quarter":
            note = replace(plain, type="string", generalised="to the quarter of the year")
            return note, f"(strftime({sql}, '%Y-Q') || quarter({sql}))"
        case "year":
            return replace(plain, type="year", generalised="to the year"), f"year({sql})"
        case "brackets":
            return _bracket(field, plain, sql, how.edges)
        case "prefix":
            note = replace(plain, generalised=f"to its first {how.length} characters")
            return note, f"left({sql}, {how.length})"
        case "round":
            note = replace(plain, type="number", generalised=f"rounded to {how.step:g}")
            return note, _rounded(sql, how.step, kind)
        case _:
            # A join over one text: with thousands of values, a CASE takes twenty times as long, and a
            # list of rows in SQL a kilobyte for each.
            pairs = literal(json.dumps([*how.groups.items()], ensure_ascii=False))
            unnested = f"SELECT unnest(from_json({pairs}, '[[\"VARCHAR\"]]')) AS __pair"
            group = f"(SELECT __pair[2] FROM ({unnested}) WHERE __pair[1] = ({sql}\n))"
            rest = (
                f"CASE WHEN {sql} IS NOT NULL THEN {literal(how.other)} END" if how.other else sql
            )
            description = f"{field.description} {_list_groups(how)}".strip()
            note = replace(plain, description=description, generalised="to groups of values")
            return note, f"coalesce({group}, {rest})"


def _list_groups(how: Coarsening) -> str:
    """Each group with its values, or with how many it has where there are too many to read."""
    groups: dict[str, list[str]] = {}
    for value, group in how.groups.items():
        groups.setdefault(group, []).append(value)
    long = len(how.groups) > MOST_GROUPED
    listed = [
        f"{group} ({count_noun(len(values), 'value') if long else ', '.join(values)})"
        for group, values in sorted(groups.items())
    ]
    return f"Groups: {'; '.join(listed)}" + (f"; {how.other} (all others)." if how.other else ".")


def _bracket(field: Field, plain: Field, sql: str, edges: tuple[float, ...]) -> tuple[Field, str]:
    whole = field.type in ("integer", "year") and all(edge == int(edge) for edge in edges)
    labels = [f"under {edges[0]:g}"]
    for low, high in pairwise(edges):
        last = f"{high - 1:g}" if whole else f"under {high:g}"
        labels.append(f"{low:g}" if whole and high - low == 1 else f"{low:g} to {last}")
    labels.append(f"{edges[-1]:g} and over")
    cases = " ".join(
        f"WHEN {sql} < {edge!r} THEN {literal(label)}"
        for edge, label in zip(edges, labels, strict=False)
    )
    released = replace(
        plain,
        type="string",
        categories=tuple(Category(label, label) for label in labels),
        categories_ordered=True,
        generalised="to brackets",
    )
    return released, f"CASE WHEN {sql} IS NULL THEN NULL {cases} ELSE {literal(labels[-1])} END"
