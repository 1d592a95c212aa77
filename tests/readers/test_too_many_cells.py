"""A small file that stands for many cells is refused before it takes time and memory."""

from __future__ import annotations

import io
import json
import re
import sqlite3
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


def cell(place: str) -> str:
    return f'<row r="{place[1:]}"><c r="{place}"><v>1</v></c></row>'


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT {} AS a FROM c"
FILES: dict[str, Callable[[Path], object]] = {
    "row-9e8.xlsx": lambda at: write_sheet(at, cell("A900000000")),
    "long.xlsx": lambda at: write_sheet(at, cell("A2") * 20_000),
    "wide.xlsx": lambda at: write_sheet(at, '<row><c r="XFD1"><v>1</v></c></row>' * 20),
    "rows.ods": lambda at: write_document(at, row(2, 1_000_000)),
    "columns.ods": lambda at: write_document(at, row(16_384, 1) * 20),
    "endless.sqlite": lambda at: write_view(at, ENDLESS.format("x")),
    "silent.sqlite": lambda at: write_view(at, ENDLESS.format("count(*)")),
    "texts.sqlite": lambda at: write_view(at, ENDLESS.format("printf('%.*c', 900000, 'x')")),
    "text.sqlite": lambda at: write_view(at, "SELECT hex(zeroblob(400000000)) AS a"),
    "keys.json": lambda at: at.write_text(json.dumps([{f"k{n}": n} for n in range(400)])),
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


def test_usual_files_are_read(tmp_path: Path) -> None:
    write_document(tmp_path / "t.ods", row(2, 3))
    write_view(tmp_path / "t.sqlite", "SELECT 1 AS a, 'x' AS b")
    for kind, rows in (("ods", 2), ("sqlite", 1)):
        resource = Resource("t", "t", "", (), kind, "utf-8", Dialect(), Schema(()))
        table = open_table(resource, tmp_path / f"t.{kind}")
        assert sum(batch.num_rows for batch in table.batches([None, None])) == rows
