"""Keys in SQL: unique fields and keys, primary keys, references.

Each function gives breaches: a query for the rows that break the key, with the columns file, row,
cell and note, and the words for a finding. `KeyedTable` says where a checked table lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plainrecord.core.plurals import count_noun
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.model.packages import ForeignKey, Resource, RowRule, Schema
from plainrecord.receipts.cell_text import plain_number
from plainrecord.receipts.engine import expression_problem, identifier, query_limits

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """A table under check; its relation holds `__file` and `__row` beside the fields.

    `columns` names the columns of fields whose name another one has taken. The values of fields in
    `rising` are all there and rise from row to row, so that none repeats.
    """

    name: str
    schema: Schema
    relation: str
    columns: Mapping[str, str] = field(default_factory=dict)
    rising: frozenset[str] = frozenset()

    def column(self, name: str) -> str:
        """The column of the field `name`, as SQL."""
        return identifier(self.columns.get(name, name))

    def kind(self, name: str) -> str:
        """The type of the field `name`."""
        return next(f.type for f in self.schema.fields if f.name == name)

    def has(self, names: Sequence[str]) -> bool:
        """Whether all of `names` are fields of the table."""
        return bool(names) and set(names) <= {declared.name for declared in self.schema.fields}


@dataclass(frozen=True, slots=True)
class KeyViolation:
    """Rows that break a rule: `words` turns a row's note into what was found.

    `quick` is a query that gives a row if and only if the rule is broken, where that is cheaper
    than to list the rows. `key` names the fields whose values must not repeat, where that is the
    rule.
    """

    rule: str
    field: int | None
    query: str
    words: Callable[[Any], str]
    expected: str
    quick: str = ""
    key: tuple[str, ...] = ()


def key_breaches(shelf: KeyedTable) -> Iterator[KeyViolation]:
    """The breaches to look for in one table: unique fields, its primary key, its unique keys."""
    schema = shelf.schema
    for number, declared in enumerate(schema.fields):
        if declared.constraints.get("unique") and declared.name not in shelf.rising:
            yield _repeated(shelf, (declared.name,), "unique-error", number)
    if shelf.has(schema.primary_key):
        parts = [name for name in schema.primary_key if name not in shelf.rising]
        if parts:
            empty = " OR ".join(f"t.{shelf.column(name)} IS NULL" for name in parts)
            query = f"SELECT t.__file, t.__row, NULL, NULL FROM {shelf.relation} t WHERE {empty}"
            text = f"a part of the key ({', '.join(schema.primary_key)}) is empty"
            yield KeyViolation("primary-key", None, query, lambda _: text, "a value")
        if not shelf.rising & set(schema.primary_key):
            yield _repeated(shelf, schema.primary_key, "primary-key", None)
    for key in schema.unique_keys:
        if shelf.has(key) and not shelf.rising & set(key):
            yield _repeated(shelf, key, "unique-key", None)


def _repeated(
    shelf: KeyedTable, names: Sequence[str], rule: str, number: int | None
) -> KeyViolation:
    """Rows whose key is that of an earlier row; keys with an absent part are passed over."""
    columns = ", ".join(shelf.column(name) for name in names)
    full = _all_there(shelf, names)
    groups = f"SELECT {columns} FROM {shelf.relation} WHERE {full} GROUP BY ALL HAVING count(*) > 1"
    query = (
        f"SELECT __file, __row, shown, earlier FROM (SELECT __file, __row, "
        f"concat_ws(', ', {columns}) AS shown, "
        f"lag(__row) OVER (PARTITION BY {columns} ORDER BY __file, __row) AS earlier "
        f"FROM {shelf.relation} SEMI JOIN ({groups}) USING ({columns})) WHERE earlier IS NOT NULL"
    )
    return KeyViolation(
        rule,
        number,
        query,
        lambda row: f"the same as in the row at position {row}",
        f"each {', '.join(names)} once",
        f"{groups} LIMIT 1",
        tuple(names),
    )


def _all_there(shelf: KeyedTable, names: Sequence[str]) -> str:
    """SQL for whether no part of a key is absent; one NaN is not another."""
    return " AND ".join(
        f"{shelf.column(name)} IS NOT NULL"
        + (
            f" AND NOT isnan(CAST({shelf.column(name)} AS DOUBLE))"
            if shelf.kind(name) == "number"
            else ""
        )
        for name in names
    )


def repeats_of_keys(shelf: KeyedTable, keys: Sequence[tuple[str, ...]], limit: int) -> str:
    """A query for the rows that repeat any of `keys`: a statement for each reads all columns anew.

    Its columns are the number of the key, file, row, cell and note, as in a breach, and how many
    rows repeat that key; up to `limit` rows come for each, in their order.
    """
    cells = ", ".join(
        f"{{'key': {number}, 'same': CASE WHEN {_all_there(shelf, names)} "
        f"THEN [{', '.join(_as_text(shelf, name) for name in names)}] END, "
        f"'shown': concat_ws(', ', {', '.join(shelf.column(name) for name in names)})}}"
        for number, names in enumerate(keys)
    )
    return (
        "SELECT key, __file, __row, shown, earlier, count(*) OVER (PARTITION BY key) AS total "
        "FROM (SELECT cell.key AS key, __file, __row, cell.shown AS shown, lag(__row) OVER "
        "(PARTITION BY cell.key, cell.same ORDER BY __file, __row) AS earlier "
        f"FROM (SELECT __file, __row, unnest([{cells}]) AS cell FROM {shelf.relation}) "
        "WHERE cell.same IS NOT NULL) WHERE earlier IS NOT NULL QUALIFY row_number() OVER "
        f"(PARTITION BY key ORDER BY __file, __row) <= {limit} ORDER BY key, __file, __row"
    )


def _as_text(shelf: KeyedTable, name: str) -> str:
    """SQL for a value as text: equal texts for equal values, and for no others."""
    column = shelf.column(name)
    return plain_number(column) if shelf.kind(name) == "number" else f"CAST({column} AS VARCHAR)"


def foreign_breaches(
    shelf: KeyedTable, others: Mapping[str, KeyedTable]
) -> Iterator[KeyViolation | Finding]:
    """The references of a table that may lead nowhere; a finding where they cannot be followed."""
    for key in shelf.schema.foreign_keys:
        other = others.get(key.resource) if key.resource else shelf
        there = key.reference_fields
        known = other is not None and shelf.has(key.fields) and other.has(there)
        if other is None or not known or len(there) != len(key.fields):
            place = f"{key.resource or shelf.name} ({', '.join(there)})"
            yield Finding("foreign-key", f"the table or fields referred to are not there: {place}")
        else:
            yield _reference(shelf, other, key)


_NUMBERS = {"integer", "number", "year", "boolean"}
_TEXTS = {"string", "any"}


def _reference(shelf: KeyedTable, other: KeyedTable, key: ForeignKey) -> KeyViolation:
    """Rows whose key is in no row of `other`; a key is passed over where all of it is absent.

    An absent part must be absent there as well, as in frictionless: the standard does not say.
    """
    full = " OR ".join(f"t.{shelf.column(name)} IS NOT NULL" for name in key.fields)
    same = " AND ".join(
        _equal(shelf, here, other, there)
        for here, there in zip(key.fields, key.reference_fields, strict=True)
    )
    shown = ", ".join(f"t.{shelf.column(name)}" for name in key.fields)
    query = (
        f"SELECT t.__file, t.__row, concat_ws(', ', {shown}), NULL FROM {shelf.relation} t "
        f"ANTI JOIN {other.relation} o ON {same} WHERE {full}"
    )
    number = next(n for n, f in enumerate(shelf.schema.fields) if f.name == key.fields[0])
    place = f"{other.name} ({', '.join(key.reference_fields)})"
    text = "the value is not in the other table"
    return KeyViolation("foreign-key", number, query, lambda _: text, f"a value of {place}")


def _equal(shelf: KeyedTable, here: str, other: KeyedTable, there: str) -> str:
    """SQL for one value and another: numbers are equal as numbers, else only values of one type."""
    mine, theirs = f"t.{shelf.column(here)}", f"o.{other.column(there)}"
    kinds = {shelf.kind(here), other.kind(there)}
    if kinds <= _NUMBERS:
        here_text = _digits(mine, shelf.kind(here))
        return f"{here_text} IS NOT DISTINCT FROM {_digits(theirs, other.kind(there))}"
    if len(kinds) == 1 or kinds <= _TEXTS:
        return f"CAST({mine} AS VARCHAR) IS NOT DISTINCT FROM CAST({theirs} AS VARCHAR)"
    return f"({mine} IS NULL AND {theirs} IS NULL)"


def _digits(value: str, kind: str) -> str:
    """SQL for a number as text, under which numbers of any types are compared exactly."""
    return plain_number(f"CAST({value} AS BIGINT)" if kind == "boolean" else value)


SECONDS = 60.0
"""How long one rule may take: a maintainer's expression must not hang a build."""


def rule_breaches(
    connection: duckdb.DuckDBPyConnection, resource: Resource, relation: str
) -> Iterator[KeyViolation | Finding]:
    """For each rule that some rows break, the query that lists them; a finding for a bad rule.

    A warning is told once with its count; a blocker is listed row by row.
    """
    import duckdb  # few tables have rules over rows

    for rule in resource.rules:
        problem = expression_problem(connection, rule.sql)
        if problem:
            yield _unusable(rule, problem)
            continue
        broken = f"SELECT __file, __row, NULL, NULL FROM {relation} WHERE NOT ({rule.sql}\n)"

        try:
            with query_limits(connection, SECONDS):
                count, first = connection.execute(
                    f"SELECT count(*), min(__row) FROM {relation} WHERE NOT ({rule.sql}\n)"
                ).fetchall()[0]
        except duckdb.Error as error:
            yield _unusable(rule, str(error).split("\n")[0])
            continue
        said = rule.message or f"the rule {rule.sql} does not hold"
        if not count:
            continue
        if rule.severity == Severity.BLOCKER:
            yield KeyViolation("row-rule", None, broken, lambda _, words=said: words, rule.sql)  # type: ignore[misc]
        else:
            yield Finding(
                "row-rule",
                f"{rule.name}: {said}, in {count_noun(count, 'row')}",
                rule.sql,
                row=first,
                count=count,
                severity_given=Severity.WARNING,
            )


def _unusable(rule: RowRule, problem: str) -> Finding:
    return Finding(
        "expression-invalid",
        f"the rule {rule.sql!r}: {problem}",
        "one condition over the fields of a row",
    )
