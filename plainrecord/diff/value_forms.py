"""The format of a column's values (number, date, text), and how to read two formats alike.

A date typed by hand and a date from a spreadsheet are the same date. Values are parsed before the
comparison only if the formats of two columns differ; unreadable values stay unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

from plainrecord.core.errors import UsageError
from plainrecord.core.word_lists import split_words
from plainrecord.model.changes import RetypedColumn
from plainrecord.model.compared_side import ComparedSide
from plainrecord.receipts.engine import identifier, literal

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 1_000
NEARLY = 0.9
ISO, MONTH_FIRST, DAY_FIRST = "date", "date, month first", "date, day first"
MOMENT, MOMENT_MONTH_FIRST = "date-time", "date-time, month first"
MOMENT_DAY_FIRST = "date-time, day first"
DATE_FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ISO: ("%Y-%m-%d", "%Y/%m/%d"),
        MONTH_FIRST: ("%m/%d/%y", "%m/%d/%Y", "%m-%d-%Y"),
        DAY_FIRST: ("%d/%m/%y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
        MOMENT: split_words(
            "%Y-%m-%d %H:%M:%S, %Y-%m-%d %H:%M, %Y-%m-%d %H:%M:%S.%f, %Y-%m-%dT%H:%M:%S, "
            "%Y-%m-%dT%H:%M, %Y-%m-%dT%H:%M:%S.%f, %Y-%m-%dT%H:%M:%SZ, %Y-%m-%d %H:%M:%S+00, "
            "%Y-%m-%dT%H:%M:%S%z, %Y-%m-%dT%H:%M:%S.%fZ, %Y-%m-%d %H:%M:%S%z, "
            "%Y-%m-%dT%H:%M:%S.%f%z, %Y-%m-%d %H:%M:%S.%f%z"
        ),
        MOMENT_MONTH_FIRST: ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"),
        MOMENT_DAY_FIRST: split_words(
            "%d/%m/%Y %H:%M, %d/%m/%Y %H:%M:%S, %d/%m/%Y %I:%M:%S %p, %d.%m.%Y %H:%M, "
            "%d.%m.%Y %H:%M:%S, %d-%m-%Y %H:%M, %d-%m-%Y %H:%M:%S"
        ),
        "date-time, other zones": split_words(
            "%Y-%m-%dT%H:%MZ, %Y-%m-%d %H:%MZ, %Y-%m-%d %H:%M:%SZ, %Y-%m-%d %H:%M:%S.%fZ, "
            "%Y-%m-%dT%H:%M%z, %Y-%m-%d %H:%M%z, %Y-%m-%dT%H:%M:%S %z, %Y-%m-%d %H:%M:%S %z, "
            "%Y-%m-%d %H:%M:%S %Z, %Y-%m-%dT%H:%M:%S.%nZ"
        ),
        "date-time, month first, short": split_words(
            "%m/%d/%y %H:%M, %m/%d/%y %H:%M:%S, %m/%d/%y %I:%M %p, %m/%d/%y %I:%M:%S %p, "
            "%m/%d/%Y %I:%M %p, %m-%d-%Y %H:%M, %m-%d-%Y %H:%M:%S"
        ),
        "date, month first, with dots": ("%m.%d.%y", "%m-%d-%y", "%m.%d.%Y"),
        "date, day first, short": ("%d.%m.%y", "%d-%m-%y"),
        "date, month named": (
            "%d-%b-%y",
            "%d %b %y",
            "%d %B %Y",
            "%d %b %Y",
            "%d-%b-%Y",
            "%d-%B-%Y",
            "%d/%b/%Y",
            "%B %d, %Y",
            "%b %d, %Y",
            "%b. %d, %Y",
            "%B %d %Y",
            "%b %d %Y",
            "%d. %B %Y",
        ),
        "date, with dots": ("%Y.%m.%d",),
        "date, digits alone": ("%Y%m%d",),
    }
)
"""The forms of dates, the ones that are tried first standing first.

A year of two digits comes before one of four: as four digits 25 would be the year 25.
"""

NAMED_MONTH = r"[0-9]{1,2}[-/. ]{1,2}[A-Za-z]{3}|[A-Za-z]{3,9}\.? [0-9]{1,2},? [0-9]{2}"
DIGITS_ALONE = r"(1[89]|2[01])[0-9]{6}$"
SLASHED = literal(rf"^([0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]|{NAMED_MONTH}|{DIGITS_ALONE})")
"""What any form of a date begins with, so that nothing else is tried against all of them."""

DATED = literal("^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]")
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
EXACT = r"[+-]?([0-9]{1,28}(\.[0-9]{0,9}0*)?|\.[0-9]{1,9}0*)"
"""A number that a decimal of 38 digits, 9 of them after the point, holds in full."""

PARTS = literal(r"^[+-]?([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$")
"""The digits of a number before and after its point, and its exponent."""

MOST_NOUGHTS = 400
"""A number with a larger exponent stays as it is written."""

NOUGHTS = literal(r"\.?0+$")
"""What may go from the end of a text that has a point and digits after it."""

TRUTHS: Mapping[str, str] = MappingProxyType(
    {
        "boolean": "'true', 'false'",
        "boolean, TRUE": "'TRUE', 'FALSE'",
        "boolean, True": "'True', 'False'",
    }
)
MIXED_TRUTH = "boolean, mixed case"
PERCENT, UNSIGNED_PERCENT = "percent", "percent, without the sign"
READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({PERCENT: (PERCENT, UNSIGNED_PERCENT)})
"""How the values of a form can be read as numbers: 12.5% is 0.125, or 12.5 in a column of percents."""


def _matches(pattern: str) -> str:
    """SQL, to be formatted with the value `v`, for whether all of it matches `pattern`."""
    return f"regexp_full_match({{v}}, {literal(pattern).replace('{', '{{').replace('}', '}}')})"


FORMS: Mapping[str, str] = MappingProxyType(
    {
        "integer": "regexp_full_match({v}, '[+-]?[0-9]{{1,18}}')",
        "number": _matches(NUMBER),
        PERCENT: _matches(rf"{NUMBER}\s?%"),
        **{form: f"{{v}} IN ({texts})" for form, texts in TRUTHS.items()},
        MIXED_TRUTH: "lower({v}) IN ('true', 'false')",
    }
)
ENGINE_FORMS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
        **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
        **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
        **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), MOMENT),
        **dict.fromkeys(("TIMESTAMP WITH TIME ZONE",), MOMENT),
        "DATE": ISO,
        "BOOLEAN": "boolean",
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("integer", "number", *READINGS[PERCENT]), "number"),
        **dict.fromkeys((*TRUTHS, MIXED_TRUTH), "boolean"),
        **{form: "date-time" if form.startswith(MOMENT) else "date" for form in DATE_FORMATS},
    }
)


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A shared column, `kind` it is read as ("" as written), and how each table writes it."""

    old: str
    new: str
    kind: str = ""
    old_form: str = ""
    new_form: str = ""


def parsed_date(value: str, forms: Sequence[str]) -> str:
    """SQL for the date-time in the text `value` in one of `forms`; null if it is none."""
    formats = ", ".join(literal(pattern) for form in forms for pattern in DATE_FORMATS[form])
    return f"try_strptime(trim({value}), [{formats}])"


def plain_number(value: str) -> str:
    """SQL for a text's number in full digits; null for none or too many noughts."""
    text = f"trim({value})"
    whole, part, given = (f"regexp_extract({text}, {PARTS}, {group})" for group in (1, 2, 3))
    exponent = f"CASE WHEN {given} = '' THEN 0 ELSE try_cast({given} AS INTEGER) END"
    digits = f"({whole} || {part})"
    point = f"(length({whole}) + {exponent})"
    moved = (
        f"CASE WHEN {point} <= 0 THEN '0.' || repeat('0', -{point}) || {digits} "
        f"WHEN {point} >= length({digits}) THEN {digits} || repeat('0', {point} - length({digits})) "
        f"|| '.' ELSE left({digits}, {point}) || '.' || substr({digits}, {point} + 1) END"
    )
    short = f"regexp_replace({moved}, '\\.0*$|(\\.[0-9]*[1-9])0+$', '\\1')"
    bare = f"regexp_replace({short}, '^0+([0-9])', '\\1')"
    signed = f"CASE WHEN starts_with({text}, '-') THEN '-' ELSE '' END || {bare}"
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(NUMBER)}) "
        f"AND abs({exponent}) <= {MOST_NOUGHTS} THEN regexp_replace({signed}, '^-0$', '0') END"
    )


def cast_sql(value: str, kind: str, form: str) -> str:
    """SQL for the text `value` in the single format of `kind`; unchanged if unreadable."""
    if form in READINGS[PERCENT]:
        number = f"regexp_replace(trim({value}), '\\s?%$', '')"
        whole = f"position('e' IN lower({number})) > 0"  # an exponent has no second one
        moved = number if form == UNSIGNED_PERCENT else f"{number} || 'e-2'"
        return f"CASE WHEN {whole} THEN {value} ELSE coalesce({plain_number(moved)}, {value}) END"
    if kind == "number":
        decimal = f"CAST(try_cast({value} AS DECIMAL(38, 9)) AS VARCHAR)"
        exact = f"regexp_replace({decimal}, {NOUGHTS}, '')"
        whole = f"regexp_full_match({value}, {literal(EXACT)})"
        return f"coalesce(CASE WHEN {whole} THEN {exact} ELSE {plain_number(value)} END, {value})"
    if kind == "boolean":
        return f"lower({value})"
    if kind in ("date", "date-time"):
        pattern = literal("%Y-%m-%d" if kind == "date" else "%Y-%m-%d %H:%M:%S.%f")
        written = f"strftime({parsed_date(value, (form,))}, {pattern})"
        if kind == "date-time":
            written = f"regexp_replace({written}, {NOUGHTS}, '')"
        return f"coalesce({written}, {value})"
    return value


def detect_forms(
    connection: duckdb.DuckDBPyConnection,
    old: tuple[ComparedSide, Mapping[str, str]],
    new: tuple[ComparedSide, Mapping[str, str]],
    parts: Sequence[ComparedColumn],
    keys: int = 0,
) -> tuple[tuple[ComparedColumn, ...], tuple[RetypedColumn, ...]]:
    """`parts` with the forms of those that must be read to be compared, and what was re-typed.

    The first `keys` of the parts are the key.     `old` and `new` are sides with the types of their columns. The first rows of a table show
    the form, where they have a value; where the forms differ, all rows are looked at.
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
        if before[n] != after[n] or old[1][part.old] != new[1][part.new]
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
        alike = was.most == now.most and was.shape == now.shape and same_type
        kind = "" if alike else _kind_of_both(was.most, now.most)
        forms, note, ways = (was.most, now.most), "", list[tuple[str, str]]()
        if not alike and kind and PERCENT in forms:
            first_ways, then_ways = (READINGS.get(form, (form,)) for form in forms)
            ways = list(product(first_ways, then_ways))
        elif not alike and (
            kind.startswith("date") or (not kind and {*forms} & {"integer", "text"})
        ):
            ways = [(a, b) for a in was.fits for b in now.fits if _kind_of_both(a, b)]
        if ways:
            tables = [old[0].whole(), new[0].whole()]
            forms, note = _choose_forms(connection, tables, parts[n], parts[:keys], ways)
            kind = _kind_of_both(*forms)
        if kind:
            read[n] = replace(parts[n], kind=kind, old_form=forms[0], new_form=forms[1])
        written = bool(kind) and was.shape != now.shape and {was.all, now.all} != {"text"}
        percents = {*forms} & {*READINGS[PERCENT]} if kind else ()
        if percents:
            retyped.append(RetypedColumn(parts[n].new, *forms, kind, note))
        elif was.all and now.all and (was.all != now.all or written):
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
) -> tuple[tuple[str, str], str]:
    """The one of several `ways` to read two columns under which most values agree, and
    what is to be noted: under a key those of one key, without one those that both columns have."""
    if len(ways) == 1:
        return ways[0], ""
    text = [f"CAST({identifier(name)} AS VARCHAR)" for name in (part.old, part.new)]
    sums = []
    names = [
        [f"CAST({identifier(n)} AS VARCHAR)" for n in side]
        for side in zip(*((k.old, k.new) for k in keys), strict=True)
    ]
    if names:
        on = " AND ".join(f"o.k{i} IS NOT DISTINCT FROM n.k{i}" for i, _ in enumerate(keys))
        sides = [
            f"(SELECT {value} AS v, {', '.join(f'{name} AS k{i}' for i, name in enumerate(listed))} "
            f"FROM {relation})"
            for value, listed, relation in zip(text, names, relations, strict=True)
        ]
        for was, now in ways:
            kind = _kind_of_both(was, now)
            same = f"{cast_sql('o.v', kind, was)} = {cast_sql('n.v', kind, now)}"
            sums.append(f"coalesce(count_if({same}), 0)")  # null where no key is on both sides
        query = f"SELECT {', '.join(sums)} FROM {sides[0]} o JOIN {sides[1]} n ON {on}"
        counts = [n or 0 for n in connection.execute(query).fetchall()[0]]  # no row: null
    else:
        counts = []
        for was, now in ways:
            kind = _kind_of_both(was, now)
            sides = [
                f"SELECT {cast_sql(value, kind, form)} AS v, {d} AS d FROM {relation}"
                for value, form, d, relation in zip(
                    text, (was, now), (1, 0), relations, strict=True
                )
            ]
            query = (
                "SELECT coalesce(sum(least(o, n)), 0) FROM (SELECT sum(d) AS o, sum(1 - d) AS n "
                f"FROM ({' UNION ALL '.join(sides)}) GROUP BY v)"
            )
            counts.append(connection.execute(query).fetchall()[0][0])
    best = max(counts)
    chosen = ways[counts.index(best)]
    noun = "percents" if {*chosen} & {*READINGS[PERCENT]} else "dates"
    if counts.count(best) == 1:
        note = f"of several ways to read these {noun}, the one was taken under which most agree"
        return chosen, note
    many = counts.count(best)
    note = f"these {noun} can be read in {many} ways, and the values do not say which is right"
    return chosen, note


def _kind_of_both(old: str, new: str) -> str:
    """As what two columns of these forms are read; empty where they have no reading in common."""
    kinds = (KINDS.get(old, ""), KINDS.get(new, ""))
    if set(kinds) == {"date", "date-time"}:
        return "date-time"
    return kinds[0] if kinds[0] == kinds[1] else ""


@dataclass(frozen=True, slots=True)
class _Form:
    """The form that all values of a column have ("text" where they differ, empty where there is no
    value), and the form that nearly all have, so that one `N/A` hides no date.

    `fits` are all forms of dates that nearly all values may have: 01/02/2025 has two. `shape` has
    how the values that may be dates are written, a 9 for each digit.
    """

    all: str = ""
    most: str = ""
    fits: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()


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
        engine = [ENGINE_FORMS.get(types[name].split("(")[0], "") for name in names]
        known.append([_Form(form, form, (form,) * bool(form)) for form in engine])
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
    tests = [FORMS[form].format(v="v") for form in FORMS]
    tests += [f"{parsed_date('d', (form,))} IS NOT NULL" for form in dates]
    matched = [f"coalesce(sum(n) FILTER ({test}), 0)" for test in tests]
    shape = "regexp_replace(d, '[0-9]', '9', 'g')" if dates else "NULL"
    date = f"CASE WHEN regexp_matches(v, {SLASHED}) THEN v END" if dates else "NULL"
    counted = connection.execute(
        f"SELECT place, min({shape}), max({shape}), coalesce(sum(n) FILTER (v <> ''), 0), "
        f"{', '.join(matched)} FROM (SELECT place, "
        f"v, n, {date} AS d FROM (SELECT place, v, count(*) "
        f"AS n FROM ({union}) GROUP BY place, v)) GROUP BY place"
    ).fetchall()
    for position, least, most, filled, *counts in counted:
        ranked = sorted(zip(counts, forms, strict=True), key=lambda pair: -pair[0])
        count, form = ranked[0]
        if filled:
            whole = form if count == filled else "text"
            table, n = places[position]
            near = NEARLY * filled
            fits = [
                f for c, f in zip(counts, forms, strict=True) if f in DATE_FORMATS and c >= near
            ]
            shapes = (str(least), str(most)) if fits else ()
            known[table][n] = _Form(whole, form if count >= near else "text", tuple(fits), shapes)
    return known


PERIODS: Mapping[str, str] = MappingProxyType(
    {
        "day": "strftime({d}, '%Y-%m-%d')",
        "month": "strftime({d}, '%Y-%m')",
        "quarter": "strftime({d}, '%Y-Q') || quarter({d})",
        "year": "strftime({d}, '%Y')",
        "fiscal-year": "strftime({d} + INTERVAL 3 MONTH, 'FY%Y')",
    }
)
"""How a date is named by each kind of period; a US federal fiscal year begins on 1 October."""

_LENGTHS = {"day": 0, "month": 1, "quarter": 2, "year": 3, "fiscal-year": 3}
_COARSE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "month": (r"\d{4}-\d{2}", "{v} || '-01'"),
        "quarter": (
            r"\d{4}-?Q[1-4]",
            "left({v}, 4) || '-' || (3 * right({v}, 1)::INT - 2) || '-01'",
        ),
        "year": (r"\d{4}", "{v} || '-01-01'"),
    }
)
"""How values are written that tell no day, and the first day that they stand for."""


def date_of(value: str, kind: str) -> str:
    """SQL for the date of `value`, of the engine's type `kind`; null if it cannot be read.

    Texts may be 2025-02-20 or 2/20/2025 (month first), with or without a time. A value with only a
    month, quarter or year (2025-02, 2025-Q1, 2025) is its first day.
    """
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"CAST({value} AS DATE)"
    text = f"CAST({value} AS VARCHAR)"
    plain = f"trim({text})"
    coarse = " ".join(
        f"WHEN regexp_full_match({plain}, '{form}') THEN try_cast({day.format(v=plain)} AS DATE)"
        for form, day in _COARSE.values()
    )
    whole = parsed_date(text, (ISO, MONTH_FIRST, MOMENT, MOMENT_MONTH_FIRST))
    return f"CASE {coarse} ELSE CAST({whole} AS DATE) END"


def finest_period(
    connection: duckdb.DuckDBPyConnection, relation: str, value: str, kind: str, period: str
) -> str:
    """`period`, or the longer one that most values have: day, month, quarter or year."""
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return period
    plain = f"trim(CAST({value} AS VARCHAR))"
    counts = ", ".join(
        f"count_if(regexp_full_match({plain}, '{form}'))" for form, _ in _COARSE.values()
    )
    rows = connection.execute(f"SELECT count({value}), {counts} FROM {relation}").fetchall()
    filled, *by_period = rows[0]
    for grain, count in zip(_COARSE, by_period, strict=True):
        longer = _LENGTHS[grain] > _LENGTHS[period] or (grain, period) == ("year", "fiscal-year")
        if 2 * count > filled and longer:
            return grain
    return period


def period_of(date: str, period: str) -> str:
    """SQL for the name of the period of the date `date`; names sort by time."""
    if period not in PERIODS:
        raise UsageError(f'"{period}" is no period; there are {", ".join(PERIODS)}')
    return PERIODS[period].format(d=date)
