"""Detect in what forms two tables write the values of a shared column, and how to read both alike.

`value_forms.py` has the forms. A column is read only if the tables write it in different forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from plainrecord.diff.value_forms import (
    COMMA,
    DATE_FORMATS,
    ENGINE_FORMS,
    FORMS,
    KINDS,
    NO_VALUE,
    PADDED,
    PERCENT,
    READINGS,
    SIGNED_TRUTHS,
    SLASHED,
    UNCERTAIN,
    UNCERTAIN_TRUTHS,
    WHOLE_SERIAL,
    WRITTEN_NUMBERS,
    ComparedColumn,
    cast_sql,
)
from plainrecord.model.changes import ComparedSide, RetypedColumn
from plainrecord.receipts.engine import identifier, literal

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 1_000
NEARLY, HALF = 0.9, 0.5


def detect_forms(
    connection: duckdb.DuckDBPyConnection,
    old: tuple[ComparedSide, Mapping[str, str]],
    new: tuple[ComparedSide, Mapping[str, str]],
    parts: Sequence[ComparedColumn],
    keys: int = 0,
) -> tuple[tuple[ComparedColumn, ...], tuple[RetypedColumn, ...]]:
    """`parts` with the forms of those that must be read to be compared, and what was re-typed.

    The first `keys` of the parts are the key. `old` and `new` are sides with the types of their
    columns. The first rows of a table show the form, where they have a value; where the forms
    differ, all rows are looked at.
    """
    sides = ((old, [part.old for part in parts]), (new, [part.new for part in parts]))
    before, after = _forms(
        connection, [(table[0].head, table[1], names) for table, names in sides], SAMPLE_ROWS
    )
    bare = [n for n in range(len(parts)) if not before[n].all and not after[n].all]
    if bare:  # the first rows say nothing; rows that both have say nothing of a difference
        asked = [(table[0].rest, table[1], [names[n] for n in bare]) for table, names in sides]
        for known, found_forms in zip(
            (before, after), _forms(connection, asked, None), strict=True
        ):
            for n, form in zip(bare, found_forms, strict=True):
                known[n] = form
    apart = [
        n
        for n, part in enumerate(parts)
        if not before[n].like(after[n]) or old[1][part.old] != new[1][part.new]
    ]
    if not apart:
        return tuple(parts), ()
    first, then = _forms(
        connection,
        [(table[0].whole(), table[1], [names[n] for n in apart]) for table, names in sides],
        None,
    )
    read, retyped = list(parts), []
    for n, was, now in zip(apart, first, then, strict=True):
        same_type = old[1][parts[n].old] == new[1][parts[n].new]
        forms, note, kind = (was.most, now.most), "", ""
        ways = [] if same_type and was.like(now, whole=False) else _ways(was, now)
        if n >= keys and PADDED in (was.most, now.most):
            # zeros in front are part of a value, except of one to find its record by
            ways = [way for way in ways if _kind_of_both(*way) != "number"]
        if ways:
            tables = [old[0].whole(), new[0].whole()]
            matched = parts[:keys] if n >= keys else ()  # a key is not matched by itself
            chosen, note = _choose_forms(connection, tables, parts[n], matched, ways)
            if chosen and not (n < keys and _merges(connection, tables, parts[n], chosen)):
                forms, kind = chosen, _kind_of_both(*chosen)
        if kind:
            read[n] = replace(parts[n], kind=kind, old_form=forms[0], new_form=forms[1])
        shapes = {was.shape, now.shape} - {()}  # a date of the engine is written in no way
        written = bool(kind) and len(shapes) > 1 and {was.all, now.all} != {"text"}
        percents = {*forms} & {*READINGS[PERCENT]} if kind else ()
        if percents:
            retyped.append(RetypedColumn(parts[n].new, *forms, kind, note))
        elif (
            was.all and now.all and (was.all != now.all or written or (kind and was.most == "text"))
        ):
            words = [
                form if whole == most else whole
                for form, whole, most in zip(
                    forms, (was.all, now.all), (was.most, now.most), strict=True
                )
            ]
            if words[0] == words[1]:
                words = [
                    f"{form}, as {_like(f.shape)}"
                    for form, f in zip(words, (was, now), strict=True)
                ]
            retyped.append(RetypedColumn(parts[n].new, words[0], words[1], kind, note))
    return tuple(read), tuple(retyped)


def _like(shape: Sequence[str]) -> str:
    """How dates are written, such as YYYY-MM-DDTHH:MM:SSZ: of several ways the longest."""
    longest = max(shape, key=len, default="")
    for pattern, name in (
        ("9999-99-99", "YYYY-MM-DD"),
        ("99:99:99", "HH:MM:SS"),
        ("99:99", "HH:MM"),
    ):
        longest = longest.replace(pattern, name, 1)
    return longest.replace("9", "0")


def _choose_forms(
    connection: duckdb.DuckDBPyConnection,
    relations: Sequence[str],
    part: ComparedColumn,
    keys: Sequence[ComparedColumn],
    ways: Sequence[tuple[str, str]],
) -> tuple[tuple[str, str] | None, str]:
    """The one of several `ways` to read two columns under which most values agree, and
    what is to be noted: under a key those of one key, without one those that both columns have.

    None if the only ways are uncertain and too few values agree.
    """
    if len(ways) == 1 and not {*ways[0]} & UNCERTAIN:
        return ways[0], ""
    text = [f"CAST({identifier(name)} AS VARCHAR)" for name in (part.old, part.new)]
    names = [
        [f"CAST({identifier(n)} AS VARCHAR)" for n in side]
        for side in zip(*((k.old, k.new) for k in keys), strict=True)
    ]
    absent = f"('', {', '.join(map(literal, NO_VALUE))})"
    if names:
        on = " AND ".join(f"o.k{i} IS NOT DISTINCT FROM n.k{i}" for i, _ in enumerate(keys))
        sides = [
            f"(SELECT {value} AS v, {', '.join(f'{name} AS k{i}' for i, name in enumerate(listed))} "
            f"FROM {relation} WHERE lower(trim({value})) NOT IN {absent})"
            for value, listed, relation in zip(text, names, relations, strict=True)
        ]
        sums = []
        for was, now in ways:
            kind = _kind_of_both(was, now)
            same = f"{cast_sql('o.v', kind, was)} = {cast_sql('n.v', kind, now)}"
            sums.append(f"coalesce(count_if({same}), 0)")  # null where no key is on both sides
        query = f"SELECT count(*), {', '.join(sums)} FROM {sides[0]} o JOIN {sides[1]} n ON {on}"
        filled, *counts = connection.execute(query).fetchall()[0]
    else:
        counts = []
        for was, now in ways:
            kind = _kind_of_both(was, now)
            sides = [
                f"SELECT {cast_sql(value, kind, form)} AS v, {d} AS d FROM {relation} "
                f"WHERE lower(trim({value})) NOT IN {absent}"
                for value, form, d, relation in zip(
                    text, (was, now), (1, 0), relations, strict=True
                )
            ]
            query = (
                "SELECT coalesce(least(sum(o), sum(n)), 0), coalesce(sum(least(o, n)), 0) "
                "FROM (SELECT sum(d) AS o, sum(1 - d) AS n "
                f"FROM ({' UNION ALL '.join(sides)}) GROUP BY v)"
            )
            filled, count = connection.execute(query).fetchall()[0]
            counts.append(count)
    open_ways = {
        way: count
        for way, count in zip(ways, counts, strict=True)
        if not {*way} & UNCERTAIN or count >= max(1, _least_share(way) * float(filled))
    }
    if not open_ways:
        return None, ""
    best = max(open_ways.values())
    first = [way for way, count in open_ways.items() if count == best]
    many, chosen = len(first), first[0]
    if len(ways) == 1 or (len(open_ways) == 1 and not best):
        return chosen, ""
    noun = "percents" if {*chosen} & {*READINGS[PERCENT]} else f"{_kind_of_both(*chosen)}s"
    if many == 1:
        note = f"of several ways to read these {noun}, the one was taken under which most agree"
        return chosen, note
    if not any(_order(was) == _order(now) for was, now in first):
        # 1,234 and 1.234 are one number only if the writing changed too: in doubt the number did
        chosen = next((w for w in open_ways if _order(w[0]) == _order(w[1])), chosen)
    note = f"these {noun} can be read in {many} ways, and the values do not say which is right"
    return chosen, note


def _least_share(way: tuple[str, str]) -> float:
    """The share of values that must agree under an uncertain way; two booleans agree by chance."""
    return NEARLY if _kind_of_both(*way) == "boolean" else HALF


def _order(form: str) -> tuple[bool, ...]:
    """Whether the month is first in a form, the day is, and a comma is the decimal sign."""
    return tuple(words in form for words in ("month first", "day first", COMMA))


def _kind_of_both(old: str, new: str) -> str:
    """As what two columns of these forms are read; empty where they have no reading in common."""
    kinds = (KINDS.get(old, ""), KINDS.get(new, ""))
    units = {form.partition(",")[0] for form in (old, new) if form in WRITTEN_NUMBERS}
    if len(units - {"number"}) > 1:  # dollars are not euros
        return ""
    if set(kinds) == {"date", "date-time"}:
        return "date-time"
    return kinds[0] if kinds[0] == kinds[1] else ""


def _ways(was: _Form, now: _Form) -> list[tuple[str, str]]:
    """The pairs of forms under which two columns can be read alike.

    A form that values of another meaning have too (1 for true, a serial number for a date) is only
    one beside a form that is certain, or if both columns have two values: Y and N, 1 and 0.
    """
    ways: list[tuple[str, str]] = []
    for pair in product(was.fits, now.fits):
        uncertain = [form in UNCERTAIN for form in pair]
        if not _kind_of_both(*pair) or pair[0] == pair[1] in UNCERTAIN or {*pair} == SIGNED_TRUTHS:
            continue
        if not all(uncertain) or (was.several and now.several and pair[0] in UNCERTAIN_TRUTHS):
            first, then = (READINGS.get(form, (form,)) for form in pair)
            ways += product(first, then)
    return ways


def _merges(
    connection: duckdb.DuckDBPyConnection,
    relations: Sequence[str],
    part: ComparedColumn,
    forms: tuple[str, str],
) -> bool:
    """Whether 01 and 1, or 1E2 and 100, are two values of one of the columns and would be read as one."""
    if _kind_of_both(*forms) != "number":
        return False
    for relation, name, form in zip(relations, (part.old, part.new), forms, strict=True):
        value = f"CAST({identifier(name)} AS VARCHAR)"
        read = cast_sql(value, "number", form)
        query = f"SELECT count(DISTINCT {value}) > count(DISTINCT {read}) FROM {relation}"
        if connection.execute(query).fetchall()[0][0]:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Form:
    """The form that all values of a column have ("text" where they differ, empty where there is no
    value), and the form that nearly all have, so that one `N/A` hides no date.

    `fits` are all forms that nearly all values may have: 01/02/2025 has two. `shape` has how the
    values that may be dates are written, a 9 for each digit. `several`: there are two values.
    """

    all: str = ""
    most: str = ""
    fits: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    several: bool = True

    def like(self, other: _Form, *, whole: bool = True) -> bool:
        """Whether two columns have one form: `whole`, in all of their values or in none."""
        return (
            self.most == other.most
            and self.shape == other.shape
            and (self.all == other.all or not whole)
            and (self.most != "text" or self.fits == other.fits)
        )


def _fitting(counts: Mapping[str, int], least: float, *, signs: bool) -> tuple[str, ...]:
    """The forms that `least` values have or more; of the numbers and booleans the first of most.

    Numbers with a comma or a point (`signs`) that may be either sign, 1,234 and 1.234, have two.
    """
    near = {form: count for form, count in counts.items() if count >= least}
    fits = [form for form in near if KINDS[form] not in ("number", "boolean")]
    if WHOLE_SERIAL in near:  # then no value has a time of day
        fits = [form for form in fits if not form.startswith("date-time, serial")]
    truths, numbers = (
        sorted((form for form in near if KINDS[form] == kind), key=lambda form: -near[form])
        for kind in ("boolean", "number")
    )
    others = [form for form in numbers if form.endswith(COMMA) != numbers[0].endswith(COMMA)]
    return (*fits, *truths[:1], *numbers[:1], *others[:signs])


def _forms(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[tuple[str, Mapping[str, str], Sequence[str]]],
    rows: int | None,
) -> list[list[_Form]]:
    """For each table the forms of named columns, by their first `rows` rows or by all."""
    known: list[list[_Form]] = []
    places: list[tuple[int, int]] = []
    values = []
    for table, (relation, types, names) in enumerate(tables):
        engine = [ENGINE_FORMS.get(types[name].split("(")[0], ()) for name in names]
        known.append([_Form(f[0], f[0], f) if f else _Form() for f in engine])
        asked = [n for n, form in enumerate(engine) if not form]
        if not asked:
            continue
        texts = ", ".join(f"trim(CAST({identifier(names[n])} AS VARCHAR))" for n in asked)
        bound = f" LIMIT {rows}" if rows else ""
        start = len(places)
        places += [(table, n) for n in asked]
        values.append(
            f"(SELECT unnest([{texts}]) AS v, unnest(range({start}, {len(places)})) AS place "
            f"FROM (FROM {relation}{bound}))"
        )
    if not places:
        return known
    union = " UNION ALL ".join(values)
    # Dates are written in so many ways that it pays to see first whether there are any.
    dated = f"SELECT 1 FROM ({union}) WHERE regexp_matches(v, {SLASHED}) LIMIT 1"
    dates = DATE_FORMATS if rows is None or connection.execute(dated).fetchall() else {}
    forms = [*FORMS, *dates]
    columns, dated_tests = _date_tests(dates)
    tests = [*FORMS.values(), *dated_tests]
    matched = [f"coalesce(sum(n) FILTER ({test}), 0)" for test in tests]
    shape = "regexp_replace(d, '[0-9]', '9', 'g')" if dates else "NULL"
    date = f"CASE WHEN regexp_matches(v, {SLASHED}) THEN v END" if dates else "''"
    absent = ", ".join(map(literal, NO_VALUE))
    counted = connection.execute(
        f"SELECT place, min({shape}), max({shape}), coalesce(sum(n) FILTER (v <> ''), 0), "
        f"coalesce(sum(n) FILTER (lower(v) IN ({absent})), 0), count(*) FILTER (v <> ''), "
        "coalesce(bool_or(regexp_matches(v, '[.,]')), false), "
        f"{', '.join(matched)} FROM (SELECT {', '.join(['*', *columns])} FROM "
        f"(SELECT *, contains(d, ':') AS clock, regexp_matches(d, '[A-Za-z]{{3}}') AS named, "
        f"regexp_extract(d, '[-/.]') AS mark FROM (SELECT place, v, n, {date} AS d "
        f"FROM (SELECT place, v, count(*) AS n FROM ({union}) GROUP BY place, v)))) GROUP BY place"
    ).fetchall()
    for position, least, most, filled, absent, several, signs, *counts in counted:
        if not filled:
            continue
        by_form = dict(zip(forms, counts, strict=True))
        form = max((f for f in forms if f not in UNCERTAIN), key=by_form.__getitem__)
        near = NEARLY * (filled - absent or filled)
        fits = _fitting(by_form, near, signs=signs)
        table, n = places[position]
        known[table][n] = _Form(
            all=form if by_form[form] == filled else "text",
            most=form if by_form[form] >= near else "text",
            fits=fits,
            shape=(str(least), str(most)) if any(f in DATE_FORMATS for f in fits) else (),
            several=several > 1,
        )
    return known


def _date_tests(forms: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """SQL for columns of a table of values `d`, and for each form whether one of them is its date.

    A pattern is tried only on the values that have its kinds of characters: to refuse a value takes
    the engine longer than to read one.
    """
    columns: dict[str, str] = {}
    tests = []
    for patterns in forms.values():
        by_column: dict[str, list[str]] = {}
        for pattern in patterns:
            column = columns.setdefault(_candidates(pattern), f"d{len(columns)}")
            by_column.setdefault(column, []).append(literal(pattern))
        tests.append(
            " OR ".join(
                f"try_strptime({column}, [{', '.join(listed)}]) IS NOT NULL"
                for column, listed in by_column.items()
            )
        )
    cases = [f"CASE WHEN {needed} THEN d END AS {column}" for needed, column in columns.items()]
    return cases, tests


def _candidates(pattern: str) -> str:
    """SQL for whether a value may be a date of `pattern`, by its colons, names and first mark.

    The offset of a time zone may have a colon and a mark, and the name of one is a name.
    """
    offset, zone = "%z" in pattern, "%Z" in pattern
    mark = next((sign for sign in pattern if sign in "-/."), "")
    needed = []
    if ":" in pattern or not offset:
        needed.append("clock" if ":" in pattern else "NOT clock")
    if not zone:
        needed.append("named" if re.search("%[abAB]", pattern) else "NOT named")
    if mark or not offset:
        needed.append(f"mark = '{mark}'")
    return " AND ".join(needed)
