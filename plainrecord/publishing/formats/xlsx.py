"""A released table as a workbook: the rows on a sheet "Data", what they are on a sheet "About".

The library writes the workbook with its first rows. The records, which may be millions of cells,
are put into its sheet as text, since the library makes several objects for each cell.
"""

import datetime
import io
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import duckdb
import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from plainrecord.core import paths
from plainrecord.core.plurals import count_noun
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.publishing.descriptor import write_readme
from plainrecord.publishing.download_format import (
    Comparison,
    DownloadFormat,
    ExportedTable,
    ParquetTwin,
)
from plainrecord.publishing.zips import EPOCH
from plainrecord.receipts.cell_text import fits_sheet, sheet_cell, text_value
from plainrecord.receipts.engine import identifier

CELLS = 100_000
"""Cells written at once."""
SHARED_CHARACTERS = 10_000_000
"""Characters of texts that the workbook holds once for all cells; further ones stand in their cells."""
NUMBERS = ("integer", "number", "year")
ROWS = 200_000
LONGEST_CELL = 32_767
COLUMNS = 16_384
ABOUT, SHEET = "About", "Data"
MOST_UNPACKED = 2_000_000_000
BATCH = 10_000
CLOSE = 1e-14
"""A workbook keeps fifteen or sixteen digits of a number."""
LEVEL = 4
"""Of compression: half the time of the usual one, for a twelfth more bytes."""
_SHEET, _STRINGS = "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml"
_NUMBER = '"'
_PLAIN = re.compile(r"[ A-Za-z0-9.,:;/()-]*")
_LITERAL = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_ESCAPED = re.compile("_x([0-9a-fA-F]{4})_")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


Row = tuple[object, ...]


class Xlsx(DownloadFormat):
    suffix = "xlsx"
    title = "XLSX"
    media_type = paths.media_type("table.xlsx")
    note = "opens safely in a spreadsheet: text stays text"
    place = 4
    lasting = False
    describes = True

    def unfit(self, export: ExportedTable) -> str:
        columns, longest = len(export.table.fields), max(export.longest, default=0)
        if export.table.rows > ROWS:
            rows = count_noun(export.table.rows, "row")
            return f"No XLSX file: {rows} are too many for most spreadsheet programs."
        if columns > COLUMNS:
            return (
                f"No XLSX file: the table has {columns:,} columns; a worksheet holds {COLUMNS:,}."
            )
        if longest > LONGEST_CELL:
            return (
                f"No XLSX file: one text has {longest:,} characters; a cell holds {LONGEST_CELL:,}."
            )
        return ""

    def write(self, export: ExportedTable, path: Path) -> None:
        # A number is a number where a spreadsheet keeps all of its digits.
        table = export.table
        frame, readme = io.BytesIO(), write_readme(export.package, [table], export.citation)
        _write_frame(frame, readme, [f.name for f in table.fields])
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
                for rows in _sheet_rows(export.connection, table, shared):
                    sheet.write(rows.encode())
                sheet.write((end + tail).encode())
            head, end, _ = strings.partition("</sst>")
            head = re.sub(' (count|uniqueCount)="[0-9]*"', "", head)
            with book.open(_STRINGS, "w") as stream:
                stream.write(head.encode())
                stream.write("".join(f"<si>{_marked(text)}</si>" for text in shared.cells).encode())
                stream.write(end.encode())

    def compare(self, file: Path, twin: ParquetTwin) -> Comparison:
        """Raises CalamineError for what is no workbook."""
        if _is_too_large(file):
            return {"refused": f"it unpacks to more than {MOST_UNPACKED:,} bytes"}
        with CalamineWorkbook.from_path(str(file)) as opened:
            if opened.sheet_names != [ABOUT, SHEET]:
                named = ", ".join(map(repr, opened.sheet_names))
                return {"refused": f"its sheets are {named}, not {ABOUT!r} and {SHEET!r}"}
            sheet = opened.get_sheet_by_name(SHEET)
            if sheet.start not in (None, (0, 0)):
                return {"refused": "its first line does not name the fields"}
            rows: Iterator[Sequence[object]] = sheet.iter_rows()
            released = _released(twin.connection, twin.source, twin.fields)
            return _count_in_workbook(rows, released, [f.name for f in twin.fields])

    def about(self, file: Path) -> str:
        if _is_too_large(file):
            raise ValueError("it unpacks to too much")
        with CalamineWorkbook.from_path(str(file)) as opened:
            if ABOUT not in opened.sheet_names:
                raise ValueError(f"it has no sheet {ABOUT!r}")
            lines = opened.get_sheet_by_name(ABOUT).to_python(skip_empty_area=False)
        return "\n".join(_plain_text(line[0]) if line else "" for line in lines) + "\n"


def _is_too_large(file: Path) -> bool:
    with zipfile.ZipFile(file) as packed:
        return sum(member.file_size for member in packed.infolist()) > MOST_UNPACKED


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
    """SQL for a cell's text: what follows the address of a number, `:` before a text."""
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
    text = _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", _LITERAL.sub("_x005F_", text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<t{space}>{text}</t>"


def _count_in_workbook(
    rows: Iterator[Sequence[object]], released: Iterator[Row], names: Sequence[str]
) -> Comparison:
    if [_plain_text(cell) for cell in next(rows, ())] != list(names):
        return {"refused": "its first line does not name the fields"}
    here = there = differing = first = 0
    for number, (row, expected) in enumerate(zip_longest(rows, released), 1):
        empty = expected is not None and not any(cell is not None for cell in expected)
        here += row is not None or empty  # a workbook does not keep empty rows at its end
        there += expected is not None
        if expected is None or not all(
            _alike(one, other) for one, other in zip_longest(row or (), expected)
        ):
            differing += 1
            first = first or number
    return {"other": here, "parquet": there, "differing": differing, "first": first}


def _released(
    connection: duckdb.DuckDBPyConnection, source: str, fields: Sequence[Field]
) -> Iterator[Row]:
    """The rows as a workbook has them: a number where it is one, else the text, None for nothing."""
    texts = ", ".join(text_value(field) for field in fields)
    values = ", ".join(identifier(f.name) if f.type in NUMBERS else "NULL" for f in fields)
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
        return math.isclose(value, expected, rel_tol=CLOSE)
    if isinstance(value, str) and isinstance(expected, str):
        return value == expected or _plain_text(value) == _lines(expected)
    return value in (None, "") and expected is None


def _plain_text(cell: object) -> str:
    """A text with its signs as they are: a workbook writes some as `_xFFFE_`."""
    if not isinstance(cell, str):
        return str(cell)
    return _lines(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), cell))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")  # XML knows one end of a line


FORMAT = Xlsx()
