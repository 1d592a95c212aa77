"""Downloads: every value survives, formulas stay text, and the bytes never change."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest
from frictionless import Package as FrictionlessPackage
from frictionless import system
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from plainrecord.model.declarations import ApiSettings, KnownIssue, PrivacyPolicy
from plainrecord.model.packages import (
    Category,
    Field,
    License,
    MissingKind,
    MissingValue,
    Package,
    ReleasedTable,
)
from plainrecord.publishing.downloads import (
    Exports,
    export_tables,
    pack_downloads,
    write_records_pages,
)
from plainrecord.publishing.zips import bundle_files
from plainrecord.receipts.engine import open_build_database

HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-1",
    "@x",
    "007",
    'a "quoted", text',
    "line\nbreak",
    "é ☃ 你",
    " padded ",
    "\tx",
]
MARKS = (MissingValue("", "missing"), MissingValue("(b)(6) ", "withheld", MissingKind.WITHHELD))
FIELDS = (
    Field("text", "string"),
    Field("code", "string", missing_values=MARKS, categories=(Category("a", "A"),)),
    Field("n", "integer"),
    Field("x", "number"),
    Field("flag", "boolean"),
    Field("day", "date"),
    Field("at", "datetime"),
)
PACKAGE = Package(
    "d", "Title", "Two sentences. Here.", "", "row", "data/d", "data/d/datapackage.yaml", (),
    PrivacyPolicy(open="Because."), licenses=(License("CC0-1.0", "Public domain", "https://example.org/"),),
    known_issues=(KnownIssue(title="Short", text="Not *all*."),), updated="2026-10-01", synthetic="Invented.",
    api=ApiSettings(resource="t", date_field="day", quarters=2, page_size=4, aliases=("old/place",)),
)  # fmt: skip


def export(folder: Path) -> tuple[Exports, list[tuple[str, dict[str, object]]]]:
    connection = open_build_database(folder / "w.duckdb", (), [folder])
    connection.execute(
        "CREATE TABLE t (text VARCHAR, code VARCHAR, code__missing VARCHAR, n BIGINT, x DOUBLE, "
        'flag BOOLEAN, day DATE, "at" TIMESTAMP)'
    )
    for number, text in enumerate(HOSTILE):
        mark = ("(b)(6) ", "", None)[number % 3]
        row = [text, None if mark is not None else "a", mark, number, number / 4, number % 2 == 0,
               f"2026-0{1 + number % 9}-01", "2026-01-01 10:00:00"]  # fmt: skip
        connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("INSERT INTO t VALUES (NULL, NULL, '', 10, NULL, NULL, NULL, NULL)")
    table = ReleasedTable("d", "t", "Table", "", "row", "t", FIELDS, len(HOSTILE) + 1, 0, ())
    made = export_tables(connection, PACKAGE, [table], folder / "out", "Cite me.")
    made = pack_downloads(PACKAGE, [table], made, folder / "out", "Cite me.")
    pages = write_records_pages(connection, PACKAGE, [table])
    connection.close()
    return made, [(o.path, json.loads(o.content)) for o in pages if isinstance(o.content, bytes)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    export(folder)
    return folder / "out"


def test_the_csv_holds_every_value_and_every_mark(folder: Path) -> None:
    with (folder / "t.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["text", "code", "n", "x", "flag", "day", "at"]
    assert [row[0] for row in rows[1:-1]] == HOSTILE
    assert [row[1] for row in rows[1:5]] == ["(b)(6) ", "", "a", "(b)(6) "]
    assert rows[2][2:] == ["1", "0.25", "false", "2026-02-01", "2026-01-01T10:00:00"]
    assert rows[-1] == ["", "", "10", "", "", "", ""]


def test_parquet_and_json_keep_absence_apart(folder: Path) -> None:
    rows = (
        duckdb.default_connection()
        .sql(f"SELECT text, code, code__missing, n FROM '{folder / 't.parquet'}'")
        .fetchall()
    )
    assert rows[0] == ("=1+1", None, "(b)(6) ", 0)
    assert rows[2] == (HOSTILE[2], "a", None, 2)
    records = json.loads((folder / "t.json").read_text())
    assert records[0]["code"] is None
    assert records[0]["code__missing"] == "(b)(6) "
    assert records[1]["day"] == "2026-02-01"


def test_a_workbook_runs_nothing(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "t.xlsx")
    cells = [row[0] for row in book["Data"].iter_rows(min_row=2)]
    assert len(cells) == len(HOSTILE) + 1
    assert [cell.value for cell in cells[:-1]] == HOSTILE
    assert {cell.data_type for cell in cells[:-1]} == {"s"}
    assert book["Data"]["C3"].value == 1
    about = "\n".join(str(row[0].value) for row in book["About"].iter_rows())
    assert "Invented." in about
    assert "Cite me." in about


def test_the_zip_is_whole_and_without_a_clock(folder: Path) -> None:
    with zipfile.ZipFile(folder / "d.zip") as archive:
        assert archive.namelist() == [
            "README.txt",
            "datapackage.json",
            "t.csv",
            "t.json",
            "t.parquet",
            "t.xlsx",
        ]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        readme = archive.read("README.txt").decode()
    for word in ("Cite me.", "Public domain", "Not *all*.", "Because.", "SYNTHETIC"):
        assert word in readme


def test_the_released_package_is_valid_for_frictionless(folder: Path) -> None:
    with system.use_context(trusted=True):
        report = FrictionlessPackage(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "note"])


def test_two_exports_are_the_same_bytes(tmp_path: Path, folder: Path) -> None:
    made, _ = export(tmp_path)
    for item in made.outputs:
        name = item.path.rsplit("/", 1)[-1]
        assert (tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes(), name
    assert len({d.sha256 for d in made.distributions}) == len(made.distributions)


def test_records_come_in_pages_of_the_last_quarters(tmp_path: Path) -> None:
    _, pages = export(tmp_path)
    paths = [path for path, _ in pages]
    assert paths[:3] == ["api/v1/datasets/d/records/t/1.json", "old/place", "old/place.json"]
    first, alias = pages[0][1], pages[1][1]
    assert (first["from"], first["total"], first["pages"], first["next"]) == (
        "2026-04-01",
        6,
        2,
        "2.json",
    )
    assert alias["next"] == "../api/v1/datasets/d/records/t/2.json"
    numbered = [doc for path, doc in pages if path.startswith("api/")]
    days = [record["day"] for doc in numbered for record in doc["records"]]  # type: ignore[attr-defined]
    assert sorted(days) == [f"2026-0{n}-01" for n in range(4, 10)]
    assert first["synthetic"] == "Invented."


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_comes_back_from_the_csv(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = open_build_database(folder / "w.duckdb", (), [folder])
        connection.execute("CREATE TABLE t (a VARCHAR, b BIGINT)")
        for text in texts:
            connection.execute("INSERT INTO t VALUES (?, 1)", [text])
        fields = (Field("a", "string"), Field("b", "integer"))
        table = ReleasedTable("d", "t", "T", "", "row", "t", fields, len(texts), 0, ())
        export_tables(connection, PACKAGE, [table], folder / "out")
        connection.close()
        data = (folder / "out" / "t.csv").read_bytes().decode()
    assert [row[0] for row in csv.reader(io.StringIO(data, newline=""))][1:] == texts


def export_one(folder: Path, create: str, fields: tuple[Field, ...]) -> Exports:
    connection = open_build_database(folder / "w.duckdb", (), [folder])
    connection.execute(f"CREATE TABLE t AS {create}")
    counted = connection.execute("SELECT count(*) FROM t").fetchone()
    rows = counted[0] if counted else 0
    table = ReleasedTable("d", "t", "Table", "", "row", "t", fields, rows, 0, ())
    made = export_tables(connection, PACKAGE, [table], folder / "out")
    connection.close()
    return made


def test_a_fraction_of_a_second_is_kept(tmp_path: Path) -> None:
    values = "VALUES (TIMESTAMP '2026-01-02 03:04:05.25'), (TIMESTAMP '2026-01-02 03:04:05')"
    export_one(tmp_path, f'SELECT * FROM ({values}) v("at")', (Field("at", "datetime"),))
    shown = ["2026-01-02T03:04:05.25", "2026-01-02T03:04:05"]
    assert (tmp_path / "out" / "t.csv").read_text().split() == ["at", *shown]
    assert [row["at"] for row in json.loads((tmp_path / "out" / "t.json").read_bytes())] == shown


def test_what_is_no_finite_number_is_written_as_the_standard_has_it(tmp_path: Path) -> None:
    values = "VALUES (1.5), ('nan'::DOUBLE), ('inf'::DOUBLE), ('-inf'::DOUBLE)"
    export_one(tmp_path, f"SELECT * FROM ({values}) v(x)", (Field("x", "number"),))
    assert (tmp_path / "out" / "t.csv").read_text().split() == ["x", "1.5", "NaN", "INF", "-INF"]
    rows = json.loads((tmp_path / "out" / "t.json").read_bytes())
    assert [row["x"] for row in rows] == [1.5, "NaN", "INF", "-INF"]


def test_an_early_year_keeps_its_digits_and_an_empty_text_is_not_absent(tmp_path: Path) -> None:
    values = "VALUES (7, ''), (NULL, NULL), (2024, 'a')"
    missing = (MissingValue("-", "Missing"),)
    fields = (Field("y", "year", missing_values=missing), Field("x", "any", missing_values=missing))
    export_one(tmp_path, f"SELECT * FROM ({values}) v(y, x)", fields)
    assert (tmp_path / "out" / "t.csv").read_text().split() == ["y,x", "0007,", "-,-", "2024,a"]
    rows = json.loads((tmp_path / "out" / "t.json").read_bytes())
    assert [row["x"] for row in rows] == ["", None, "a"]


def test_an_absent_value_in_a_single_column_is_a_row(tmp_path: Path) -> None:
    export_one(
        tmp_path, "SELECT * FROM (VALUES ('a'), (NULL), ('b')) v(x)", (Field("x", "string"),)
    )
    with (tmp_path / "out" / "t.csv").open(newline="") as stream:
        assert list(csv.reader(stream)) == [["x"], ["a"], [""], ["b"]]


def test_a_format_that_cannot_hold_the_table_is_left_out_with_its_reason(tmp_path: Path) -> None:
    made = export_one(tmp_path, "SELECT repeat('x', 40000) AS x", (Field("x", "string"),))
    assert not [item for item in made.distributions if item.format == "XLSX"]
    assert made.left_out == (
        ("t", "No XLSX file: one text has 40,000 characters; a cell holds 32,767."),
    )


def test_a_text_longer_than_a_cell_in_units_of_a_spreadsheet_leaves_the_workbook_out(
    tmp_path: Path,
) -> None:
    made = export_one(tmp_path, "SELECT repeat('😀', 17000) AS x", (Field("x", "string"),))
    assert made.left_out == (
        ("t", "No XLSX file: one text has 34,000 characters; a cell holds 32,767."),
    )


TEXTS = [
    "<r><t>x</t></r>",
    "a & b < c > d",
    "_x0041_",
    "\x01\x1f",
    "\ufffe\uffff",
    " both ",
    "é ☃ 😀",
    '"><v>1</v></c>',
]


@pytest.mark.parametrize("shared", [0, 20, 1000])
def test_a_workbook_holds_each_text_to_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: int
) -> None:
    monkeypatch.setattr("plainrecord.publishing.formats.xlsx.SHARED_CHARACTERS", shared)
    listed = ", ".join(
        "(" + " || ".join(f"chr({ord(sign)})" for sign in text) + ")" for text in TEXTS * 2
    )
    export_one(tmp_path, f"SELECT * FROM (VALUES {listed}) v(x)", (Field("x", "string"),))
    book = CalamineWorkbook.from_path(str(tmp_path / "out" / "t.xlsx"))
    held = [str(row[0]) for row in book.get_sheet_by_name("Data").to_python()]
    for cell, text in zip(held, ["x", *TEXTS, *TEXTS], strict=True):
        assert text in (cell, unescape(cell))


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("999999999999999", 999999999999999),
        ("1000000000000000::BIGINT", "1000000000000000"),
        ("-5", -5),
        ("0", 0),
        ("123456789012.345::DECIMAL(38,18)", 123456789012.345),
        ("1234567890123.456::DECIMAL(38,18)", "1234567890123.456"),
        ("0.1::DOUBLE", 0.1),
        ("1e-7::DOUBLE", 1e-7),
        ("0.1234567890123456::DOUBLE", "0.1234567890123456"),
        ("'nan'::DOUBLE", "NaN"),
        ("NULL", "=1"),
    ],
)
def test_a_workbook_holds_a_number_where_a_spreadsheet_keeps_its_digits(
    tmp_path: Path, value: str, held: object
) -> None:
    absent = (MissingValue("=1", "missing"),)
    field = Field("x", "number", missing_values=absent)
    query = f"SELECT {value} AS x" if value != "NULL" else "SELECT NULL::DOUBLE AS x"
    export_one(tmp_path, query, (field,))
    cell = openpyxl.load_workbook(tmp_path / "out" / "t.xlsx")["Data"]["A2"]
    assert (cell.value, cell.data_type) == (held, "s" if isinstance(held, str) else "n")


def test_a_bundle_is_the_same_bytes_for_the_same_files() -> None:
    one, two = (
        bundle_files("suite", files)
        for files in ({"a.txt": b"1", "b/c.txt": b"2"}, {"b/c.txt": b"2", "a.txt": b"1"})
    )
    assert one == two
    assert one.path == "files/suite.zip"
    assert isinstance(one.content, bytes)
    with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
        assert archive.namelist() == ["suite/a.txt", "suite/b/c.txt"]
