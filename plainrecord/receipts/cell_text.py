"""A value as the published CSV and JSON show it, in SQL: written so by the build, compared so by verify."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from plainrecord.model.packages import Field, MissingKind
from plainrecord.receipts.engine import SQL_TYPES, identifier, literal

MOST_IN_SHEET, SHEET_DIGITS = 10**15, 15
"""A spreadsheet keeps fifteen digits of a number: a longer one is written as text."""


def text_value(field: Field) -> str:
    """SQL for the value of a field as the CSV shows it, absent values as their mark."""
    return f"coalesce({present_text(field)}, {_mark(field)})"


def text_or_null(field: Field) -> str:
    """SQL for what `text_value` gives, null for "", in as few parts as the engine must plan."""
    text, mark = present_text(field), _mark(field)
    if mark != "''":
        text = f"coalesce({text}, {mark})"
    elif SQL_TYPES[field.type] != "VARCHAR":
        return text
    return f"nullif({text}, '')"


def has_mark(field: Field, kind: MissingKind, row: str = "") -> str:
    """SQL for whether a value is absent with a mark of `kind`, in `row`; "" where no mark has it."""
    marks = [mark.value for mark in field.missing_values if mark.kind is kind]
    before = f"{row}." if row else ""
    if not marks:
        return ""
    if not field.marks_apart:
        return f"{before}{identifier(field.name)} IS NULL"
    return f"{before}{identifier(field.mark_column)} IN ({', '.join(map(literal, marks))})"


def _mark(field: Field) -> str:
    if field.marks_apart:
        return identifier(field.mark_column)
    return literal(field.missing_values[0].value if field.missing_values else "")


def present_text(field: Field) -> str:
    """SQL for the value of a field as the CSV shows it, null where it is absent."""
    name = identifier(field.name)
    match field.type:
        case "datetime":
            return moment(name)
        case "boolean":
            return f"CASE WHEN {name} THEN 'true' WHEN NOT {name} THEN 'false' END"
        case "number":
            return plain_number(name)
        case "year":
            return f"printf('%04d', {name})"
        case _:
            return f"CAST({name} AS VARCHAR)"


def plain_number(value: str) -> str:
    """SQL for the digits of a number of any type: no redundant zeros, no sign of 0; NaN, INF, -INF.

    A double has the shortest form that reads as the same double, with an exponent if it is very
    long.
    """
    text = f"CAST({value} AS VARCHAR)"
    return (
        f"CASE WHEN {value} = 0 THEN '0' WHEN contains({text}, 'n') THEN {endless_text(value)} "
        f"WHEN contains({text}, '.') AND NOT contains({text}, 'e') "
        f"THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"
    )


def sheet_cell(value: object, text: object) -> float | str | None:
    """A value as a workbook holds it: a number where a spreadsheet keeps all of its digits, else `text`."""
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        number = Decimal(str(value))
        small = number.is_finite() and abs(number) < MOST_IN_SHEET
        digits = number.as_tuple().digits if small else ()
        if digits and len("".join(map(str, digits)).strip("0")) <= SHEET_DIGITS:
            return float(value) if isinstance(value, Decimal) else value
    return str(text) if text else None


def fits_sheet(value: str) -> str:
    """SQL for whether a spreadsheet keeps all digits of a number: what `sheet_cell` decides."""
    text = f"CAST({value} AS VARCHAR)"
    digits = f"trim(translate(split_part({text}, 'e', 1), '-.', ''), '0')"
    return f"abs(CAST({value} AS DOUBLE)) < {MOST_IN_SHEET} AND length({digits}) <= {SHEET_DIGITS}"


def moment(name: str) -> str:
    """A date-time as text, with the fraction of a second where there is one."""
    whole = f"strftime({name}, '%Y-%m-%dT%H:%M:%S')"
    part = f"rtrim(strftime({name}, '%Y-%m-%dT%H:%M:%S.%f'), '0')"
    return f"CASE WHEN microsecond({name}) % 1000000 = 0 THEN {whole} ELSE {part} END"


def endless_text(name: str) -> str:
    """NaN and infinity as Table Schema v2 writes them (field type `number`)."""
    return (
        f"CASE WHEN isnan(CAST({name} AS DOUBLE)) THEN 'NaN' WHEN {name} > 0 THEN 'INF' "
        "ELSE '-INF' END"
    )


def json_columns(fields: Sequence[Field], endless: Collection[str]) -> str:
    """The columns for JSON; NaN and infinity in `endless` fields are texts (Table Schema v2)."""
    columns = []
    for field in fields:
        name = identifier(field.name)
        plain = field.type in ("integer", "year", "number", "boolean", "string")
        if field.name in endless:
            value = (
                f"CASE WHEN isfinite(CAST({name} AS DOUBLE)) THEN to_json({name}) "
                f"ELSE to_json({endless_text(name)}) END"
            )
            columns.append(f"CASE WHEN {name} IS NOT NULL THEN {value} END AS {name}")
        else:
            columns.append(name if plain else f"{_plain_text(field)} AS {name}")
        if field.marks_apart:
            columns.append(identifier(field.mark_column))
    return ", ".join(columns)


def _plain_text(field: Field) -> str:
    name = identifier(field.name)
    return moment(name) if field.type == "datetime" else f"CAST({name} AS VARCHAR)"
