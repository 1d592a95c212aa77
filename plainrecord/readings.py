"""In which form the values of a column are written: number, date, text; and how to read them alike.

A date typed by hand and a date out of a spreadsheet are one date. Only where the forms of two
columns differ are their values read before they are compared; what cannot be read stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import duckdb

from plainrecord.changes import RetypedColumn
from plainrecord.engine import identifier, literal

SAMPLE_ROWS = 1_000
ISO, MONTH_FIRST, DAY_FIRST = "date", "date, month first", "date, day first"
MOMENT, MOMENT_MONTH_FIRST = "date-time", "date-time, month first"
DATE_FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ISO: ("%Y-%m-%d", "%Y/%m/%d"),
        MONTH_FIRST: ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y"),
        DAY_FIRST: ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y"),
        MOMENT: (
            *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S.%f"),
            *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S.%f"),
            *("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S+00", "%Y-%m-%dT%H:%M:%S%z"),
        ),
        MOMENT_MONTH_FIRST: ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"),
    }
)
"""The forms of dates, the ones that are tried first standing first."""

DATED = literal("^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]")
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
EXACT = r"[+-]?[0-9]{1,28}(\.[0-9]{1,9})?"
FORMS: Mapping[str, str] = MappingProxyType(
    {
        "integer": "regexp_full_match({v}, '[+-]?[0-9]{{1,18}}')",
        "number": f"regexp_full_match({{v}}, {literal(NUMBER).replace('{', '{{').replace('}', '}}')})",
        "boolean": "lower({v}) IN ('true', 'false')",
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
        "integer": "number", "number": "number", "boolean": "boolean",
        ISO: "date", MONTH_FIRST: "date", DAY_FIRST: "date",
        MOMENT: "date-time", MOMENT_MONTH_FIRST: "date-time",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A column that both tables have, under its name in each.

    `kind` says as what its values are read before they are compared (number, date, date-time,
    boolean; empty: as they are written), `old_form` and `new_form` how each table writes them.
    """

    old: str
    new: str
    kind: str = ""
    old_form: str = ""
    new_form: str = ""


def parsed_date(value: str, forms: Sequence[str]) -> str:
    """SQL for the date-time that the text `value` is in one of `forms`, null where it is none."""
    formats = ", ".join(literal(pattern) for form in forms for pattern in DATE_FORMATS[form])
    return f"try_strptime(trim({value}), [{formats}])"


def read_as(value: str, kind: str, form: str) -> str:
    """SQL for the text `value` in the one form that `kind` has; as it stands where unreadable."""
    if kind == "number":
        exact = f"CAST(try_cast({value} AS DECIMAL(38, 9)) AS VARCHAR)"
        rough = f"CAST(try_cast({value} AS DOUBLE) AS VARCHAR)"
        whole = f"regexp_full_match({value}, {literal(EXACT)})"
        return f"coalesce(CASE WHEN {whole} THEN {exact} ELSE {rough} END, {value})"
    if kind == "boolean":
        return f"lower({value})"
    if kind in ("date", "date-time"):
        pattern = literal("%Y-%m-%d" if kind == "date" else "%Y-%m-%d %H:%M:%S.%f")
        return f"coalesce(strftime({parsed_date(value, (form,))}, {pattern}), {value})"
    return value


def find_retyped(
    connection: duckdb.DuckDBPyConnection,
    old: tuple[str, Mapping[str, str]],
    new: tuple[str, Mapping[str, str]],
    parts: Sequence[Part],
) -> tuple[tuple[Part, ...], tuple[RetypedColumn, ...]]:
    """`parts` with the forms of those that must be read to be compared, and what was re-typed.

    `old` and `new` are relations with the types of their columns. The first rows of a table show
    the form; where they differ, all rows are looked at.
    """
    sides = ((old, [part.old for part in parts]), (new, [part.new for part in parts]))
    before, after = (
        _forms(connection, table[0], table[1], names, SAMPLE_ROWS) for table, names in sides
    )
    apart = [
        n
        for n, part in enumerate(parts)
        if before[n] != after[n] or old[1][part.old] != new[1][part.new]
    ]
    if not apart:
        return tuple(parts), ()
    first, then = (
        _forms(connection, table[0], table[1], [names[n] for n in apart], None)
        for table, names in sides
    )
    read, found = list(parts), []
    for n, was, now in zip(apart, first, then, strict=True):
        kinds = {KINDS.get(was, ""), KINDS.get(now, "")}
        kind = "date-time" if kinds == {"date", "date-time"} else kinds.pop()
        if not was or not now or (len(kinds) == 1 and kind != "date-time"):
            kind = ""
        same_type = old[1][parts[n].old] == new[1][parts[n].new]
        if was and now and was != now:
            found.append(RetypedColumn(parts[n].new, was, now, kind))
        if kind and not (was == now and same_type):
            read[n] = replace(parts[n], kind=kind, old_form=was, new_form=now)
    return tuple(read), tuple(found)


def _forms(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    types: Mapping[str, str],
    names: Sequence[str],
    rows: int | None,
) -> list[str]:
    """The form of each of `names`: text, or the first form that all of its values have; empty for
    a column without a value."""
    known = [ENGINE_FORMS.get(types[name].split("(")[0], "") for name in names]
    asked = [n for n, form in enumerate(known) if not form]
    if not asked:
        return known
    forms = [*FORMS, *DATE_FORMATS]
    matched = [f"count_if({FORMS[form].format(v='v')})" for form in FORMS]
    matched += [f"count({parsed_date('d', (form,))})" for form in DATE_FORMATS]
    values = ", ".join(f"trim(CAST({identifier(names[n])} AS VARCHAR))" for n in asked)
    bound = f" LIMIT {rows}" if rows else ""
    found = connection.execute(
        f"SELECT place, count_if(v <> ''), {', '.join(matched)} FROM (SELECT place, v, "
        f"CASE WHEN regexp_matches(v, {DATED}) THEN v END AS d FROM (SELECT unnest([{values}]) AS v, "
        f"unnest(range({len(asked)})) AS place FROM (FROM {relation}{bound}))) GROUP BY place"
    ).fetchall()
    for place, filled, *counts in found:
        fitting = [form for form, count in zip(forms, counts, strict=True) if count == filled]
        known[asked[place]] = (fitting[0] if fitting else "text") if filled else ""
    return known
