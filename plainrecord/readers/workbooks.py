"""Files that hold several tables, other than XLSX: OpenDocument, old Excel, SQLite.

python-calamine reads the spreadsheets, the standard library the databases. A database is opened to
be read only, and one that another program has locked is refused after two seconds.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from plainrecord.readers.batches import (
    CELLS_PER_BYTE,
    FREE_CELLS,
    READ_ERRORS,
    Unreadable,
    bound_cells,
    source_error,
)
from plainrecord.readers.file_signatures import MOST_DIRECTORY, OLD_OFFICE, SQLITE

if TYPE_CHECKING:
    import sqlite3

    from python_calamine import CalamineWorkbook

KINDS = ("xlsx", "ods", "xls", "xlsb", "sqlite")
"""The formats whose files hold several tables: sheets, or tables of a database."""

LOCKED_S = 2.0  # another program may hold the database for a moment, not for ever
FREE_STEPS, STEPS_PER_BYTE, STEPS_AT_ONCE = 50_000_000, 100, 100_000
"""Steps of SQLite's machine that may be spent on a database; a row of a table takes about ten."""

FREE_LENGTH = 1_000_000
"""Bytes that a value may have whatever the size of its database."""

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def workbook_kind(path: Path) -> str:
    """Which of `KINDS` the file at `path` is by its bytes; "" for none of them."""
    with path.open("rb") as stream:
        head = stream.read(16)
        if head == SQLITE:
            return "sqlite"
        if head.startswith(OLD_OFFICE):
            # An encrypted workbook and a Word document begin like this too.
            directory = head + stream.read(MOST_DIRECTORY)
            names = (name.encode("utf-16-le") for name in ("Workbook", "Book"))
            locked = "EncryptedPackage".encode("utf-16-le") in directory
            return "xls" if not locked and any(name in directory for name in names) else ""
    if not head.startswith(b"PK\x03\x04"):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            names_in = set(archive.namelist())
            declared = archive.read("mimetype")[:100] if "mimetype" in names_in else b""
    except (*READ_ERRORS, RuntimeError, NotImplementedError):
        return ""
    if declared.startswith(_ODS):
        return "ods"
    if "xl/workbook.bin" in names_in:
        return "xlsb"
    return "xlsx" if "xl/workbook.xml" in names_in else ""


def part_names(path: Path, kind: str) -> tuple[str, ...]:
    """The names of the sheets, or of the tables and views, in their order in the file."""
    if kind == "sqlite":
        with closing(_connect(path)) as database:
            rows = _run(
                database,
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
            )
            return tuple(str(name) for (name,) in rows)
    with _open(path) as book:
        return tuple(book.sheet_names)


def read_part(path: Path, kind: str, name: str) -> Iterator[Sequence[Any]]:
    """The rows of a sheet or table as values; of a table the first row holds the column names."""
    if kind == "sqlite":
        yield from _read_table(path, name)
        return
    if kind == "ods":
        _bound_repeats(path)
    if kind == "xlsb":
        _check_records(path)
    with _open(path) as book:
        sheet = book.get_sheet_by_name(name)
        bound_cells(sheet.total_height * sheet.total_width, path)
        before = [None] * (sheet.start[1] if sheet.start else 0)
        for row in sheet.iter_rows():
            yield [*before, *(None if cell == "" else cell for cell in row)]


def head_of_part(path: Path, kind: str, name: str, rows: int) -> list[list[str]]:
    """The first rows of a sheet or table as text, to find its header."""
    head = islice(read_part(path, kind, name), rows)
    return [["" if cell is None else str(cell) for cell in row] for row in head]


_REPEATS = re.compile(
    rb'number-rows-repeated="(?P<rows>\d+)"|<table:table-cell\b[^>]*'
    rb'number-columns-repeated="(?P<columns>\d+)"[^>]*(?<!/)>|(?P<end></table:table-row>)'
)
"""How often a row and a cell with a value are repeated, in an OpenDocument sheet."""


def _bound_repeats(path: Path) -> None:
    """Unreadable where a few elements of the document at `path` stand for too many cells."""
    height = width = widest = 0
    times = 1
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as stream:
        held = b""
        while chunk := stream.read(1 << 20):
            done = 0
            for match in _REPEATS.finditer(held := held + chunk):
                done = match.end()
                if match["rows"]:
                    times = int(match["rows"])
                elif match["columns"]:
                    width += int(match["columns"])
                elif width:
                    height, widest = height + times, max(widest, width)
                if match["end"]:
                    times, width = 1, 0
            held = held[max(done, len(held) - 1000) :]
    bound_cells(height * widest, path)


def out_of_order(sheet: str, row: int, after: str, what: str = "") -> Unreadable:
    """The error of a sheet where row `row`, or a cell of it, comes after what it stands before."""
    found = f'on sheet "{sheet}" {what or f"row {row}"} comes after {after}'
    return source_error(found, "each row and cell once, in order", row=row)


def _check_records(path: Path) -> None:
    """Unreadable where sheets of a binary workbook have rows or cells that are not in order, or so
    far apart that the cells between them are too many.

    The records are those of [MS-XLSB] 2.1.4: BrtRowHdr is 0, those of cells are 1 to 11.
    """
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(".bin") and "/worksheets/" in n]
        for name in names:
            data, at, row, column, widest = archive.read(name), 0, -1, -1, 0
            while at < len(data):
                kind, at = _read_length(data, at, 2)
                size, at = _read_length(data, at, 4)
                place = int.from_bytes(data[at : at + 4], "little") if kind < 12 else 0
                if kind == 0:
                    if place <= row:
                        raise out_of_order(name, place + 1, f"row {row + 1}")
                    row, column = place, -1
                elif kind < 12:
                    if place <= column:
                        what = f"a cell of row {row + 1}, column {place + 1}"
                        raise out_of_order(name, row + 1, f"column {column + 1}", what)
                    column, widest = place, max(widest, place + 1)
                at += size
            bound_cells((row + 1) * widest, path)


def _read_length(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of at most `most` bytes of seven bits, and where the next one begins."""
    value = 0
    for n in range(most):
        value |= (data[at + n] & 127) << 7 * n
        if data[at + n] < 128:
            break
    return value, at + n + 1


@contextmanager
def _open(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook at `path`; Unreadable where it, or what is read of it, cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with closing(CalamineWorkbook.from_path(path)) as book:
            yield book
    except BaseException as error:
        # The library panics on some damaged files, with an exception that it does not export.
        if not isinstance(error, CalamineError | OSError) and "Panic" not in type(error).__name__:
            raise
        raise source_error(f"the workbook cannot be read: {error}") from None


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3

    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    size = path.stat().st_size
    left = iter(range((FREE_STEPS + STEPS_PER_BYTE * size) // STEPS_AT_ONCE))
    try:
        database = sqlite3.connect(address, uri=True, timeout=LOCKED_S)
    except sqlite3.Error as error:
        raise _refused(error) from None
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(size, FREE_LENGTH))
    # A view may compute without end.
    database.set_progress_handler(lambda: next(left, None) is None, STEPS_AT_ONCE)
    return database


def _run(database: sqlite3.Connection, sql: str) -> sqlite3.Cursor:
    import sqlite3

    try:
        return database.execute(sql)
    except sqlite3.Error as error:
        raise _refused(error) from None


def _read_table(path: Path, name: str) -> Iterator[Sequence[Any]]:
    import sqlite3

    with closing(_connect(path)) as database:
        database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
        quoted = '"' + name.replace('"', '""') + '"'
        cursor = _run(database, f"SELECT * FROM {quoted}")
        yield [column[0] for column in cursor.description]
        most, length = CELLS_PER_BYTE * path.stat().st_size + FREE_CELLS, 0
        try:
            for row in cursor:
                length += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
                if length > most:
                    raise sqlite3.OperationalError("interrupted")
                yield row
        except sqlite3.Error as error:
            raise _refused(error) from None


def _refused(error: sqlite3.Error) -> Unreadable:
    if str(error) == "interrupted":
        found = "the table takes more steps, or texts, than a database of its size may"
        return source_error(found, "a table in the place of a view")
    locked = "locked" in str(error) or "busy" in str(error)
    text = "the database is locked by another program" if locked else f"the database: {error}"
    expected = "a database that no program writes to: close it, and try again" if locked else ""
    return source_error(text, expected)
