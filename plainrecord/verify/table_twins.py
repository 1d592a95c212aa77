"""Compare a published CSV, JSON or workbook with its Parquet file: the same rows, as many times.

And a CSV with a query, whose rows may be in any order.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path

import duckdb
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from plainrecord.model.packages import Field, MissingValue
from plainrecord.receipts.cell_text import json_columns, sheet_cell, text_value
from plainrecord.receipts.engine import columns_of, identifier, literal, open_reader, query_limits

SECONDS = 300.0
SECONDS_LISTED = 60.0
LONGEST_LINE = 64_000_000
LONGEST_TEXT = 200
GIVEN = 'temp.main."plainrecord verify rows"'

Likeness = dict[str, str | int]


def compare_tables(
    other: Path, kind: str, parquet: Path, fields: Sequence[tuple[str, str, Sequence[str]]]
) -> Likeness:
    """Rows in each file, how many differ, and the first that differs (1 is the first row of data).

    `kind` of the file `other` is csv, json or xlsx. `fields` has the name, type and missing-value
    marks of each column, in order. `refused` is the reason why the two cannot be compared.
    """
    made = [
        Field(name, style, missing_values=tuple(MissingValue(mark, "") for mark in marks))
        for name, style, marks in fields
    ]
    connection = open_reader([other, parquet])
    try:
        with query_limits(connection, SECONDS):
            source = f"read_parquet({literal(str(parquet))})"
            columns = _columns(connection, f"SELECT * FROM {source}")
            expected = [
                name
                for field in made
                for name in (field.name, *([field.mark_column] if field.marks_apart else []))
            ]
            if columns != expected:
                return {"refused": f"the Parquet file has the columns {', '.join(columns)[:500]}"}
            if kind == "xlsx":
                return compare_workbook(connection, other, source, made)
            if kind == "json":
                return _read_json(connection, other, source, made)
            return _read_csv(connection, literal(str(other)), source, made)
    finally:
        connection.close()


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    described = connection.execute(f"SELECT * FROM ({query}) LIMIT 0").description
    return [str(column[0]) for column in described]


def _read_csv(
    connection: duckdb.DuckDBPyConnection, file: str, source: str, fields: Sequence[Field]
) -> Likeness:
    names = [f"c{number}" for number in range(len(fields))]
    declared = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    text = (
        f"read_csv({file}, columns = {{{declared}}}, header = false, auto_detect = false, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '', compression = 'none', "
        f"max_line_size = {LONGEST_LINE}, parallel = false)"
    )
    head = connection.execute(f"SELECT * FROM {text} LIMIT 1").fetchone() or ()
    if list(head) != [field.name for field in fields]:
        return {"refused": "its first line does not name the fields"}
    left = [f"coalesce({name}, '')" for name in names]
    right = [f"coalesce({text_value(field)}, '')" for field in fields]
    return _count(connection, (left, f"{text} OFFSET 1"), (right, source))


def _read_json(
    connection: duckdb.DuckDBPyConnection, other: Path, source: str, fields: Sequence[Field]
) -> Likeness:
    file = literal(str(other))
    numbers = [field.name for field in fields if field.type == "number"]
    endless = {
        name
        for name in numbers
        if connection.execute(
            f"SELECT bool_or(NOT isfinite(CAST({identifier(name)} AS DOUBLE))) FROM {source}"
        ).fetchone()
        == (True,)
    }
    shown = f"(SELECT {json_columns(fields, endless)} FROM {source})"
    names = [identifier(name) for name in _columns(connection, f"FROM {shown}")]
    declared = ", ".join(f"{name}: 'JSON'" for name in names)
    text = (
        f"read_json({file}, columns = {{{declared}}}, format = 'array', compression = 'none', "
        f"maximum_object_size = {LONGEST_LINE})"
    )
    kinds = columns_of(connection, source)
    exact = [field.name for field in fields if kinds[field.name].startswith("DECIMAL")]
    # The engine reads a number of JSON as a double: decimals are compared as such, then digit by digit.
    doubles = {identifier(name) for name in exact}
    left, right = [], []
    for name in names:
        double = f"TRY_CAST(CAST({name} AS VARCHAR) AS DOUBLE)" if name in doubles else "NULL"
        left.append(f"coalesce(CAST({double} AS VARCHAR), CAST({name} AS VARCHAR), 'null')")
        right.append(
            f"coalesce(CAST({double} AS VARCHAR), CAST(to_json({name}) AS VARCHAR), 'null')"
        )
    counted = _count(connection, (left, text), (right, shown))
    if not exact or counted["differing"]:
        return counted
    return counted | _count_decimals(connection, other, source, exact)


def _count_decimals(
    connection: duckdb.DuckDBPyConnection, other: Path, source: str, names: Sequence[str]
) -> Likeness:
    """How many rows of the JSON file differ in a digit of a decimal, and the first one."""
    rows = json.loads(other.read_bytes(), parse_float=Decimal)
    listed = ", ".join(map(identifier, names))
    result = connection.execute(f"SELECT {listed} FROM {source}")
    differing = first = 0
    for number, row in enumerate(rows, 1):
        expected = result.fetchone()
        values = tuple(row.get(name) for name in names)
        if values != expected or any(isinstance(value, bool) for value in values):
            differing += 1
            first = first or number
    return {"differing": differing, "first": first}


def _count(
    connection: duckdb.DuckDBPyConnection,
    left: tuple[Sequence[str], str],
    right: tuple[Sequence[str], str],
) -> Likeness:
    """The rows of two tables side by side; each is its columns in SQL, and where they come from."""
    sides = [
        f"SELECT {', '.join(f'{sql} AS {letter}{n}' for n, sql in enumerate(columns))} FROM {relation}"
        for letter, (columns, relation) in (("l", left), ("r", right))
    ]
    differ = " OR ".join(f"l{n} IS DISTINCT FROM r{n}" for n in range(len(left[0])))
    row = connection.execute(
        f"SELECT count(l0), count(r0), coalesce(count_if({differ}), 0), min(CASE WHEN {differ} THEN place END) "
        f"FROM (SELECT *, row_number() OVER () AS place "
        f"FROM ({sides[0]}) POSITIONAL JOIN ({sides[1]}))"
    ).fetchone() or (0, 0, 0, None)
    return {"other": row[0], "parquet": row[1], "differing": row[2], "first": row[3] or 0}


def compare_list(
    connection: duckdb.DuckDBPyConnection, dataset: str, sql: str, listed: Path
) -> Likeness:
    """Compare the lines of the CSV file `listed` with the rows of a query; null differs from the
    empty text.

    The result has the number of each, of lines without a row (`more`) and rows without a line
    (`less`), and the first of each. `sql` is a single SELECT that was checked; plain table names
    refer to the schema `dataset`. `unreadable` is the reason why the file is not a list of the
    query's columns.
    """
    connection.execute(f"USE memory.{identifier(dataset)}")
    with query_limits(connection, SECONDS_LISTED):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {GIVEN} AS ({sql}\n)")
        names = _columns(connection, f"FROM {GIVEN}")
        places = [f"c{number}" for number in range(len(names))]
        declared = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in places)
        text = (
            f"read_csv({literal(str(listed))}, columns = {{{declared}}}, header = false, "
            "auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
            "allow_quoted_nulls = false, compression = 'none', "
            f"max_line_size = {LONGEST_LINE}, parallel = false)"
        )
        try:
            head = connection.execute(f"SELECT * FROM {text} LIMIT 1").fetchone() or ()
            connection.execute(f"SELECT count(*) FROM {text}").fetchone()
        except duckdb.Error as error:
            return {"unreadable": str(error).split("\n")[0]}
        if list(head) != names:
            return {"unreadable": f"its first line does not name {', '.join(names)[:500]}"}
        cells = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in places)
        shown = f"left(concat_ws(' · ', {', '.join(places)}), {LONGEST_TEXT})"
        row = connection.execute(
            f"WITH listed_and_given AS (SELECT {cells}, 1 AS l, 0 AS r FROM (SELECT * FROM {text} "
            f"OFFSET 1) UNION ALL SELECT {cells}, 0, 1 FROM {GIVEN} AS given({', '.join(places)})), "
            f"bag AS (SELECT {', '.join(places)}, sum(l) AS l, sum(r) AS r FROM listed_and_given "
            f"GROUP BY {', '.join(places)}) SELECT coalesce(sum(l), 0), coalesce(sum(r), 0), "
            f"coalesce(sum(greatest(l - r, 0)), 0), coalesce(sum(greatest(r - l, 0)), 0), "
            f"min({shown}) FILTER (l > r), min({shown}) FILTER (r > l) FROM bag"
        ).fetchone() or (0, 0, 0, 0, None, None)
    other, given, more, less, first_more, first_less = row
    return {
        "other": int(other),
        "given": int(given),
        "more": int(more),
        "less": int(less),
        "first_more": str(first_more or ""),
        "first_less": str(first_less or ""),
    }


ABOUT, SHEET = "About", "Data"
MOST_UNPACKED = 2_000_000_000
BATCH = 10_000
_NUMBERS = ("integer", "number", "year")
_CLOSE = 1e-14  # a workbook keeps fifteen or sixteen digits of a number

Row = tuple[object, ...]


def compare_workbook(
    connection: duckdb.DuckDBPyConnection, book: Path, source: str, fields: Sequence[Field]
) -> dict[str, str | int]:
    """Rows in the workbook and in `source` (a relation), how many differ, and the first that
    differs.

    `refused` is the reason why the two cannot be compared. CalamineError if it is not a workbook.
    """
    with zipfile.ZipFile(book) as packed:
        if sum(member.file_size for member in packed.infolist()) > MOST_UNPACKED:
            return {"refused": f"it unpacks to more than {MOST_UNPACKED:,} bytes"}
    with CalamineWorkbook.from_path(str(book)) as opened:
        if SHEET not in opened.sheet_names:
            return {"refused": f"it has no sheet {SHEET!r}"}
        sheet = opened.get_sheet_by_name(SHEET)
        if sheet.start not in (None, (0, 0)):
            return {"refused": "its first line does not name the fields"}
        rows: Iterator[Sequence[object]] = sheet.iter_rows()
        return _count_in_workbook(
            rows, _released(connection, source, fields), [f.name for f in fields]
        )


def read_about(book: Path) -> str:
    """The lines of the sheet "About"; ValueError where there is none that can be read."""
    with zipfile.ZipFile(book) as packed:
        if sum(member.file_size for member in packed.infolist()) > MOST_UNPACKED:
            raise ValueError("it unpacks to too much")
    with CalamineWorkbook.from_path(str(book)) as opened:
        if ABOUT not in opened.sheet_names:
            raise ValueError(f"it has no sheet {ABOUT!r}")
        lines = opened.get_sheet_by_name(ABOUT).to_python(skip_empty_area=False)
    return "\n".join(_text(line[0]) if line else "" for line in lines) + "\n"


def _count_in_workbook(
    rows: Iterator[Sequence[object]], released: Iterator[Row], names: Sequence[str]
) -> dict[str, str | int]:
    if [_text(cell) for cell in next(rows, ())] != list(names):
        return {"refused": "its first line does not name the fields"}
    here = there = differing = first = 0
    for number, (row, expected) in enumerate(zip_longest(rows, released), 1):
        empty = expected is not None and not any(cell is not None for cell in expected)
        here += row is not None or empty  # a workbook does not keep empty rows at its end
        there += expected is not None
        if not _same(row or (), expected):
            differing += 1
            first = first or number
    return {"other": here, "parquet": there, "differing": differing, "first": first}


def _same(row: Sequence[object], expected: Row | None) -> bool:
    """Whether the cells are the same; further ones must be empty, and empty ones may be missing."""
    return expected is not None and all(
        _alike(one, other) for one, other in zip_longest(row, expected)
    )


def _released(
    connection: duckdb.DuckDBPyConnection, source: str, fields: Sequence[Field]
) -> Iterator[Row]:
    """The rows as a workbook contains them: numbers where possible, otherwise texts; None for
    missing.
    """
    texts = ", ".join(text_value(field) for field in fields)
    values = ", ".join(identifier(f.name) if f.type in _NUMBERS else "NULL" for f in fields)
    width = len(fields)
    result = connection.execute(f"SELECT {texts}, {values} FROM {source}")
    while batch := result.fetchmany(BATCH):
        for row in batch:
            yield tuple(
                sheet_cell(value, text)
                for text, value in zip(row[:width], row[width:], strict=True)
            )


def _alike(value: object, expected: object) -> bool:
    if isinstance(expected, int | float) and isinstance(value, int | float):
        return math.isclose(value, expected, rel_tol=_CLOSE)
    if isinstance(value, str) and isinstance(expected, str):
        return value == expected or _text(value) == _lines(expected)
    return value in (None, "") and expected is None


def _text(cell: object) -> str:
    """A text with its signs as they are: a workbook writes some as `_xFFFE_`."""
    return _lines(unescape(cell)) if isinstance(cell, str) else str(cell)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")  # XML knows one end of a line
