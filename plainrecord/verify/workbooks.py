"""A published workbook beside its Parquet file: the same rows in the same order, or how many not.

What a spreadsheet program would show is compared: the cells of the sheet "Data". Runs in the
process of `runner` alone, since a workbook is a packed file from a stranger.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import duckdb
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from plainrecord.model.packages import Field
from plainrecord.receipts.cell_text import sheet_cell, text_value
from plainrecord.receipts.engine import identifier

ABOUT, SHEET = "About", "Data"
MOST_UNPACKED = 2_000_000_000
BATCH = 10_000
_NUMBERS = ("integer", "number", "year")
_CLOSE = 1e-14  # a workbook keeps fifteen or sixteen digits of a number

Row = tuple[object, ...]


def compare_workbook(
    connection: duckdb.DuckDBPyConnection, book: Path, source: str, fields: Sequence[Field]
) -> dict[str, str | int]:
    """Rows in the workbook and in `source` (a relation), how many differ, and the first one.

    `refused` says in words why the two cannot be compared. Raises CalamineError for what is no
    workbook.
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
        return _count(rows, _released(connection, source, fields), [f.name for f in fields])


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


def _count(
    rows: Iterator[Sequence[object]], released: Iterator[Row], names: Sequence[str]
) -> dict[str, str | int]:
    if [_text(cell) for cell in next(rows, ())] != list(names):
        return {"refused": "its first line does not name the fields"}
    here = there = differing = first = 0
    for place, (said, wanted) in enumerate(zip_longest(rows, released), 1):
        empty = wanted is not None and not any(cell is not None for cell in wanted)
        here += said is not None or empty  # a workbook does not keep empty rows at its end
        there += wanted is not None
        if not _same(said or (), wanted):
            differing += 1
            first = first or place
    return {"other": here, "parquet": there, "differing": differing, "first": first}


def _same(said: Sequence[object], wanted: Row | None) -> bool:
    """Whether the cells are the same; further ones must be empty, and empty ones may be missing."""
    return wanted is not None and all(
        _alike(one, other) for one, other in zip_longest(said, wanted)
    )


def _released(
    connection: duckdb.DuckDBPyConnection, source: str, fields: Sequence[Field]
) -> Iterator[Row]:
    """The rows as a workbook has them: a number where it is one, else the text, None for nothing."""
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


def _alike(said: object, wanted: object) -> bool:
    if isinstance(wanted, int | float) and isinstance(said, int | float):
        return math.isclose(said, wanted, rel_tol=_CLOSE)
    if isinstance(said, str) and isinstance(wanted, str):
        return said == wanted or _text(said) == _lines(wanted)
    return said in (None, "") and wanted is None


def _text(cell: object) -> str:
    """A text with its signs as they are: a workbook writes some as `_xFFFE_`."""
    return _lines(unescape(cell)) if isinstance(cell, str) else str(cell)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")  # XML knows one end of a line
