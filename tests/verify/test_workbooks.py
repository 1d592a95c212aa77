"""Published workbooks beside their Parquet files: what is the same, and what was changed in them."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineError

from plainrecord.model.packages import Field
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.download_format import ParquetTwin
from plainrecord.publishing.formats import xlsx
from plainrecord.verify.site import VerifyReport, verify_site
from tests.portals import write_portal
from tests.tampering import reseal

BOOK = "datasets/visits/downloads/visits.xlsx"
FIELDS = (Field("name", "string"), Field("n", "integer"))


def write_book(path: Path, rows: list[tuple[str, int | None]], sheet: str = "Data") -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        book.add_worksheet("About")
        page = book.add_worksheet(sheet)
        for column, field in enumerate(FIELDS):
            page.write_string(0, column, field.name)
        for place, (text, number) in enumerate(rows, 1):
            if text:
                page.write_string(place, 0, text)
            if number is not None:
                page.write_number(place, 1, number)


def compare(path: Path, rows: list[tuple[str, int | None]]) -> dict[str, str | int]:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (name VARCHAR, n BIGINT)")
    for row in rows:
        connection.execute("INSERT INTO t VALUES (nullif(?, ''), ?)", list(row))
    return xlsx.FORMAT.compare(path, ParquetTwin(connection, "t", FIELDS))


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
            | st.sampled_from(["_x0041_", "a\r\nb", "=1+1", " a ", "#N/A", "TRUE", "12"]),
            st.none() | st.integers(-(10**14), 10**14),
        ),
        max_size=6,
    )
)
@settings(max_examples=40, deadline=None)
def test_a_workbook_as_written_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int | None]]
) -> None:
    path = tmp_path_factory.mktemp("book") / "book"
    write_book(path, rows)
    count = len(rows)
    assert compare(path, rows) == {"other": count, "parquet": count, "differing": 0, "first": 0}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", 1), ("b", 3)], (2, 2, 1, 2)),
        ([("a", 1), ("B", 2)], (2, 2, 1, 2)),
        ([("a", 1)], (1, 2, 1, 2)),
        ([("a", 1), ("b", 2), ("c", 3)], (3, 2, 1, 3)),
        ([("b", 2), ("a", 1)], (2, 2, 2, 1)),
        ([("a", None), ("b", 2)], (2, 2, 1, 1)),
    ],
)
def test_what_differs_is_counted(
    tmp_path: Path, rows: list[tuple[str, int | None]], told: tuple[int, int, int, int]
) -> None:
    write_book(tmp_path / "book.xlsx", rows)
    names = ("other", "parquet", "differing", "first")
    assert compare(tmp_path / "book.xlsx", [("a", 1), ("b", 2)]) == dict(
        zip(names, told, strict=True)
    )


def test_what_is_no_such_workbook_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "book.xlsx"
    write_book(book, [], sheet="Other")
    assert compare(book, []) == {
        "refused": "its sheets are 'About', 'Other', not 'About' and 'Data'"
    }
    write_book(book, [("a", 1)])
    other = openpyxl.load_workbook(book)
    other.create_sheet("Names").sheet_state = "hidden"
    other.save(book)
    assert "'Data', 'Names'" in str(compare(book, [("a", 1)])["refused"])
    del other["Names"]
    other["Data"]["A1"] = "another"
    other.save(book)
    assert "first line" in str(compare(book, [("a", 1)])["refused"])
    monkeypatch.setattr(xlsx, "MOST_UNPACKED", 10)
    assert "unpacks to more" in str(compare(book, [])["refused"])
    monkeypatch.undo()
    with zipfile.ZipFile(book, "w") as packed:
        packed.writestr("a", "b")
    with pytest.raises(CalamineError):
        compare(book, [])
    book.write_bytes(b"nothing")
    with pytest.raises(zipfile.BadZipFile):
        compare(book, [])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_portal(tmp_path_factory.mktemp("books"))
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site"


def verify(site: Path) -> VerifyReport:
    return verify_site(str(site), None, lambda _: None)


def cell(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["Data"]["A2"] = "another"
    book.save(path)


def no_workbook(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and nothing more")


def another_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("xl/workbook.xml", "<a/>")


@pytest.mark.parametrize("tamper", [cell, no_workbook, another_archive])
def test_a_changed_workbook_is_named(
    built: Path, tmp_path: Path, tamper: Callable[[Path], None]
) -> None:
    assert verify(built).holds
    site = shutil.copytree(built, tmp_path / "site")
    tamper(site / BOOK)
    reseal(site)
    report = verify(site)
    assert ("package-differs", BOOK) in {(f.rule, f.file) for f in report.findings}
