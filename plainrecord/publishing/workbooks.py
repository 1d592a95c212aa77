"""A released table as a workbook: the rows on a sheet "Data", what they are on a sheet "About".

The library writes the workbook with its first rows. The records, which may be millions of cells,
are put into its sheet as text, since the library makes several objects for each cell.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from plainrecord.model.packages import Field, Package, ReleasedTable
from plainrecord.publishing.descriptor import write_readme
from plainrecord.publishing.zips import EPOCH
from plainrecord.receipts.cell_text import fits_sheet, text_value
from plainrecord.receipts.engine import identifier

CELLS = 100_000
"""Cells written at once."""
SHARED_CHARACTERS = 10_000_000
"""Characters of texts that the workbook holds once for all cells; further ones stand in their cells."""
NUMBERS = ("integer", "number", "year")
LEVEL = 4
"""Of compression: half the time of the usual one, for a twelfth more bytes."""
_SHEET, _STRINGS = "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml"
_NUMBER = '"'
_PLAIN = re.compile(r"[ A-Za-z0-9.,:;/()-]*")
_LITERAL = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def write_workbook(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    table: ReleasedTable,
    path: Path,
    citation: str,
) -> None:
    """Write `table` to `path`; a number is a number where a spreadsheet keeps all of its digits."""
    frame = io.BytesIO()
    _write_frame(frame, write_readme(package, [table], citation), [f.name for f in table.fields])
    with (
        zipfile.ZipFile(frame) as start,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as book,
    ):
        for entry in start.infolist():
            if entry.filename not in (_SHEET, _STRINGS):
                book.writestr(entry, start.read(entry))
        strings = start.read(_STRINGS).decode()
        shared = _Shared(strings.count("<si>"))
        head, end, tail = start.read(_SHEET).decode().partition("</sheetData>")
        last = f"{xl_col_to_name(len(table.fields) - 1)}{table.rows + 1}"
        head = re.sub('(?<=<dimension ref=")[^"]*', f"A1:{last}", head, count=1)
        with book.open(_SHEET, "w") as sheet:
            sheet.write(head.encode())
            for rows in _sheet_rows(connection, table, shared):
                sheet.write(rows.encode())
            sheet.write((end + tail).encode())
        head, end, _ = strings.partition("</sst>")
        head = re.sub(' (count|uniqueCount)="[0-9]*"', "", head)
        with book.open(_STRINGS, "w") as stream:
            stream.write(head.encode())
            stream.write("".join(f"<si>{_marked(text)}</si>" for text in shared.cells).encode())
            stream.write(end.encode())


def _write_frame(target: io.BytesIO, readme: str, names: Sequence[str]) -> None:
    """A workbook without records: the sheet "About", and the names of the fields on "Data"."""
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": datetime.datetime(*EPOCH, tzinfo=datetime.UTC)})
    bold = book.add_format({"bold": True})
    about = book.add_worksheet("About")
    about.set_column(0, 0, 110)
    for number, line in enumerate(readme.splitlines()):
        about.write_string(number, 0, line[:32_000])
    sheet = book.add_worksheet("Data")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    book.close()


class _Shared:
    """The texts that the workbook holds once, each with what stands for it in a cell."""

    def __init__(self, first: int) -> None:
        self.cells: dict[str, str] = {}
        self._first = first
        self._left = SHARED_CHARACTERS

    def add(self, text: str) -> str:
        """What stands in a cell with the new `text` after its address."""
        if self._left < len(text):
            return f'" t="inlineStr"><is>{_marked(text)}</is></c>'
        self._left -= len(text)
        cell = self.cells[text] = f'" t="s"><v>{self._first + len(self.cells)}</v></c>'
        return cell


def _sheet_rows(
    connection: duckdb.DuckDBPyConnection, table: ReleasedTable, shared: _Shared
) -> Iterator[str]:
    """The rows below the first one, some thousand at a time."""
    columns = [
        (f'<c r="{xl_col_to_name(n)}', f.type in NUMBERS) for n, f in enumerate(table.fields)
    ]
    result = connection.execute(
        f"SELECT {', '.join(map(_cell, table.fields))} FROM {table.relation}"
    )
    known, line = shared.cells, 1
    while rows := result.fetchmany(max(1, CELLS // len(columns))):
        written = []
        for row in rows:
            line += 1
            written.append(f'<row r="{line}">')
            for (address, number), text in zip(columns, row, strict=True):
                if number and text:
                    if text[0] == _NUMBER:
                        written.append(f"{address}{line}{text}")
                        continue
                    text = text[1:]
                if text:
                    written.append(f"{address}{line}{known.get(text) or shared.add(text)}")
            written.append("</row>")
        yield "".join(written)


def _cell(field: Field) -> str:
    """SQL for the text of a cell; in a column of numbers what stands after the address of a number,
    and `:` before another text."""
    text = text_value(field)
    if field.type not in NUMBERS:
        return text
    number = f"""'{_NUMBER}><v>' || {text} || '</v></c>'"""
    return f"CASE WHEN {fits_sheet(identifier(field.name))} THEN {number} ELSE ':' || {text} END"


def _marked(text: str) -> str:
    """A text as a workbook writes it; signs that XML has no way to write stand as `_x0001_`."""
    space = ' xml:space="preserve"' if text != text.strip() else ""
    if _PLAIN.fullmatch(text):
        return f"<t{space}>{text}</t>"
    text = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", _LITERAL.sub("_x005F_", text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<t{space}>{text}</t>"
