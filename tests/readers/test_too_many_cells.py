"""A small file that stands for many cells is refused before it takes time and memory."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import xlsxwriter

from plainrecord.diff.sniff import heads_of
from plainrecord.diff.sniff_file import find_damage
from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers import batches, workbooks
from plainrecord.readers import open as opening
from plainrecord.readers.batches import Unreadable
from plainrecord.readers.open import open_table

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
KIND = "application/vnd.oasis.opendocument.spreadsheet"


def write_sheet(path: Path, rows: str, *, header: bool = True) -> None:
    """A workbook whose sheet has the XML `rows` below its header."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet().write_row(0, 0, ["a", "b"])
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                if not header:
                    content = re.sub(rb"<row.*</row>", b"", content)
                content = content.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
            new.writestr(name, content)


def write_document(path: Path, rows: str) -> None:
    """An OpenDocument sheet of the XML `rows`."""
    names = " ".join(f'xmlns:{name}="{OFFICE}{name}:1.0"' for name in ("office", "table", "text"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), KIND)
        manifest = f'<m:manifest xmlns:m="{OFFICE}manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )


def row(cells: int, times: int) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{times}"><table:table-cell '
        f'office:value-type="string" table:number-columns-repeated="{cells}"><text:p>x</text:p>'
        "</table:table-cell></table:table-row>"
    )


def write_view(path: Path, sql: str) -> None:
    database = sqlite3.connect(path)
    database.execute(f"CREATE VIEW t AS {sql}")
    database.commit()
    database.close()


def record(kind: int, *numbers: int) -> bytes:
    """A record of a binary workbook, of whole numbers of four bytes."""
    size = 4 * len(numbers)
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    return head + bytes([size]) + struct.pack(f"<{len(numbers)}I", *numbers)


def write_binary(path: Path, *cells: tuple[int, int], properties: int = 3) -> None:
    """A binary workbook with a number in each of `cells`, each below a row header of its own."""
    sheet = b"".join(record(0, row, 0, 0) + record(5, column, 0, 0, 0) for row, column in cells)
    begun = [record(129), record(148, 0, 1, 0, 1), record(145)]
    name = "R1S".encode("utf-16-le")
    bundle = struct.pack("<3I", 0, 1, 2) + name[:4] + struct.pack("<I", 1) + name[4:]
    listed = record(143) + b"\x9c\x01" + bytes([len(bundle)]) + bundle + record(144)
    kinds = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        book = record(131) + record(153, *[0] * properties) + listed + record(132)
        archive.writestr("xl/workbook.bin", book)
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{kinds}/package/2006/relationships"><Relationship Id="R1" '
            f'Type="{kinds}/officeDocument/2006/relationships/worksheet" '
            'Target="worksheets/sheet1.bin"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.bin", b"".join([*begun, sheet, record(146), record(130)])
        )


def cell(place: str) -> str:
    return f'<row r="{place.lstrip("ABDFX")}"><c r="{place}"><v>1</v></c></row>'


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT {} AS a FROM c"
FILES: dict[str, Callable[[Path], object]] = {
    "row-9e8.xlsx": lambda at: write_sheet(at, cell("A900000000")),
    "long.xlsx": lambda at: write_sheet(at, cell("A2") * 20_000),
    "wide.xlsx": lambda at: write_sheet(at, "".join(cell(f"XFD{n}") for n in range(2, 22))),
    "far.xlsb": lambda at: write_binary(at, (0, 0), (1_048_575, 16_383)),
    "rows.ods": lambda at: write_document(at, row(2, 1_000_000)),
    "columns.ods": lambda at: write_document(at, row(16_384, 1) * 20),
    "endless.sqlite": lambda at: write_view(at, ENDLESS.format("x")),
    "silent.sqlite": lambda at: write_view(at, ENDLESS.format("count(*)")),
    "texts.sqlite": lambda at: write_view(at, ENDLESS.format("printf('%.*c', 900000, 'x')")),
    "text.sqlite": lambda at: write_view(at, "SELECT hex(zeroblob(400000000)) AS a"),
    "keys.json": lambda at: at.write_text(json.dumps([{f"k{n}": n} for n in range(400)])),
    "list.parquet": lambda at: parquet.write_table(pa.table({"a": [[1] * 200_000]}), at),
    "rows.parquet": lambda at: parquet.write_table(pa.table({"a": ["x"] * 200_000}), at),
}


@pytest.mark.parametrize("name", FILES)
def test_what_a_few_bytes_stand_for_is_bounded(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FREE_CELLS", 100_000)
    monkeypatch.setattr(batches, "CELLS_PER_BYTE", 0.1)
    monkeypatch.setattr(opening, "MOST_ROWS", 1_000)
    monkeypatch.setattr(opening, "WORKBOOK_FREE", 500_000)
    monkeypatch.setattr(workbooks, "FREE_STEPS", 1_000_000)
    path, kind = tmp_path / name, name.partition(".")[2]
    FILES[name](path)
    resource = Resource("t", "t", "", (), kind, "utf-8", Dialect(), Schema(()))
    with pytest.raises(Unreadable) as raised:
        open_table(resource, path)
    assert raised.value.finding.rule == "source-error"
    assert raised.value.finding.expected or name == "text.sqlite"


def test_the_comparison_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "FREE_CELLS", 100_000)
    monkeypatch.setattr(opening, "MOST_ROWS", 1_000)
    write_sheet(tmp_path / "t.xlsx", cell("A900000000"), header=False)
    FILES["rows.parquet"](tmp_path / "t.parquet")
    with pytest.raises(Unreadable):
        heads_of(tmp_path / "t.xlsx")
    with pytest.raises(Unreadable):
        find_damage(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("t.xlsx", lambda at: write_sheet(at, cell("A2") + cell("A2")), "row 2 comes after row 2"),
        ("t.xlsx", lambda at: write_sheet(at, cell("A3") + cell("A2")), "row 2 comes after row 3"),
        (
            "t.xlsx",
            lambda at: write_sheet(at, cell("B2").replace("</row>", '<c r="A2"/></row>')),
            "row 2, column 1 comes after column 2",
        ),
        (
            "t.xlsx",
            lambda at: write_sheet(at, cell("A2").replace('c r="A2"', 'c r="A3"')),
            "row 3, column 1 comes after the start of row 2",
        ),
        ("t.xlsb", lambda at: write_binary(at, (0, 0), (0, 0)), "row 1 comes after row 1"),
    ],
)
def test_rows_and_cells_that_are_not_in_order_are_an_error(
    tmp_path: Path, name: str, write: Callable[[Path], object], words: str
) -> None:
    write(tmp_path / name)
    resource = Resource("t", "t", "", (), name[2:], "utf-8", Dialect(), Schema(()))
    with pytest.raises(Unreadable) as raised:
        open_table(resource, tmp_path / name)
    assert words in raised.value.finding.found
    assert raised.value.finding.row


def test_a_workbook_on_which_the_reader_panics_is_an_error(tmp_path: Path) -> None:
    write_binary(tmp_path / "t.xlsb", (0, 0), properties=0)
    with pytest.raises(Unreadable, match="the workbook cannot be read"):
        heads_of(tmp_path / "t.xlsb")


def test_usual_files_are_read(tmp_path: Path) -> None:
    write_binary(tmp_path / "t.xlsb", (0, 0), (1, 0))
    write_document(tmp_path / "t.ods", row(2, 3))
    write_view(tmp_path / "t.sqlite", "SELECT 1 AS a, 'x' AS b")
    for kind, rows in (("ods", 2), ("sqlite", 1), ("xlsb", 1)):
        resource = Resource("t", "t", "", (), kind, "utf-8", Dialect(), Schema(()))
        table = open_table(resource, tmp_path / f"t.{kind}")
        assert sum(batch.num_rows for batch in table.batches([None, None])) == rows


def test_cells_left_out_before_the_first_stay_in_their_place(tmp_path: Path) -> None:
    sparse = (
        "<table:table-row><table:table-cell/></table:table-row><table:table-row><table:table-cell/>"
        '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row>"
    )
    write_document(tmp_path / "t.ods", sparse)
    (name,) = workbooks.part_names(tmp_path / "t.ods", "ods")
    rows = list(workbooks.read_part(tmp_path / "t.ods", "ods", name))
    assert rows[-1][:2] == [None, "x"]


@pytest.mark.parametrize("plain", [True, False])
def test_a_text_that_a_parquet_file_repeats_is_read_a_few_rows_at_once(
    plain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_DECODED", 10_000)
    texts = pa.array(["x" * 1000] * 95)
    table = pa.table({"a": texts if plain else texts.dictionary_encode(), "b": range(95)})
    parquet.write_table(table, tmp_path / "t.parquet")
    resource = Resource("t", "t", "", (), "parquet", "utf-8", Dialect(), Schema(()))
    read = open_table(resource, tmp_path / "t.parquet").batches([None, None])
    assert [batch.num_rows for batch in read] == [10] * 9 + [5]
