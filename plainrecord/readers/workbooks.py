"""Files that hold several tables, other than XLSX: OpenDocument, old Excel, SQLite.

python-calamine reads the spreadsheets, the standard library the databases. A database is opened to
be read only, and one that another program has locked is refused after two seconds.
"""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from plainrecord.readers.batches import READ_ERRORS, Unreadable
from plainrecord.readers.file_signatures import MOST_DIRECTORY, OLD_OFFICE, SQLITE

if TYPE_CHECKING:
    import sqlite3

    from python_calamine import CalamineWorkbook

KINDS = ("xlsx", "ods", "xls", "xlsb", "sqlite")
"""The formats whose files hold several tables: sheets, or tables of a database."""

LOCKED_S = 2.0  # another program may hold the database for a moment, not for ever
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def book_kind(path: Path) -> str:
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
    with closing(_open(path)) as book:
        return tuple(book.sheet_names)


def read_part(path: Path, kind: str, name: str) -> Iterator[Sequence[Any]]:
    """The rows of a sheet or table as values; of a table the first row holds the column names."""
    if kind == "sqlite":
        yield from _read_table(path, name)
        return
    with closing(_open(path)) as book:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for row in rows:
        yield [None if cell == "" else cell for cell in row]


def head_of_part(path: Path, kind: str, name: str, rows: int) -> list[list[str]]:
    """The first rows of a sheet or table as text, to find its header."""
    head = islice(read_part(path, kind, name), rows)
    return [["" if cell is None else str(cell) for cell in row] for row in head]


def _open(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError) as error:
        raise Unreadable("source-error", f"the workbook cannot be read: {error}") from None


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3

    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        return sqlite3.connect(address, uri=True, timeout=LOCKED_S)
    except sqlite3.Error as error:
        raise _refused(error) from None


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
        try:
            for row in cursor:
                yield [
                    base64.b64encode(cell).decode() if isinstance(cell, bytes) else cell
                    for cell in row
                ]
        except sqlite3.Error as error:
            raise _refused(error) from None


def _refused(error: sqlite3.Error) -> Unreadable:
    locked = "locked" in str(error) or "busy" in str(error)
    text = "the database is locked by another program" if locked else f"the database: {error}"
    expected = "a database that no program writes to: close it, and try again" if locked else ""
    return Unreadable("source-error", text, expected)
