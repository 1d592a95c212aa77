"""`plainrecord diff` on pairs of files: real ones with known answers, and odd ones."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.cli import main
from plainrecord.core.errors import UsageError
from plainrecord.diff.compare import compare_tables
from plainrecord.pipeline.diff import Collation, TablePath, collate_files
from tests.diff.loading import load_file


def diff(old: Path, new: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON of the command."""
    words = ["diff", str(old), str(new), "--format", "json", *options]
    result = CliRunner().invoke(main.cli, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)


def counts(document: dict[str, Any]) -> tuple[int, int, int, int]:
    added, vanished, changed, unchanged = (
        document[name] for name in ("added", "vanished", "changed", "unchanged")
    )
    return added, vanished, changed, unchanged


def text(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(folder: Path, name: str, **sheets: list[list[Any]]) -> Path:
    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


# Known answers

KEY_287G = "STATE,LAW ENFORCEMENT AGENCY,SUPPORT TYPE"


@pytest.mark.parametrize(
    ("old", "new", "rows", "vanished", "added", "moa", "signed"),
    [
        ("2025-02-21", "2025-03-17", (151, 360), 4, 213, 6, 2),
        ("2025-03-17", "2025-04-30", (360, 517), 3, 160, 89, 0),
        ("2025-04-30", "2025-09-29", (517, 1035), 31, 549, 127, 15),
        ("2025-09-29", "2026-01-05_misdated-as-01052025pm", (1035, 1274), 17, 256, 113, 2),
        ("2026-01-05_misdated-as-01052025pm", "2026-02-12", (1274, 1414), 10, 150, 1, 0),
        ("2026-02-12", "2026-02-13", (1414, 1414), 0, 0, 0, 0),
        ("2026-02-13", "2026-03-09", (1414, 1511), 10, 107, 32, 1),
        ("2026-03-09", "2026-05-11", (1511, 1797), 20, 306, 92, 1),
        ("2026-05-11", "2026-05-14", (1797, 1832), 1, 36, 26, 0),
        ("2026-05-14", "2026-05-18", (1832, 1843), 2, 13, 0, 0),
    ],
)
def test_the_287g_lists(
    real_data: Path,
    old: str,
    new: str,
    rows: tuple[int, int],
    vanished: int,
    added: int,
    moa: int,
    signed: int,
) -> None:
    folder = real_data / "ice-287g-participants"
    before, after = (folder / f"participating_{day}.xlsx" for day in (old, new))
    status, found = diff(before, after, "--key", KEY_287G, "--normalise")
    assert (found["old_rows"], found["new_rows"]) == rows
    assert (found["vanished"], found["added"]) == (vanished, added)
    fields = {item["field"]: item["changed"] for item in found["changed_fields"]}
    assert (fields.get("MOA", 0), fields.get("SIGNED", 0)) == (moa, signed)
    assert found["duplicates"] == {"old": 0, "new": 0}
    same = not (vanished or added or fields)
    assert (status, found["same"]) == (0 if same else 1, same)
    if new == "2026-05-18":
        gone = sorted(row["LAW ENFORCEMENT AGENCY"] for row in found["vanished_rows"])
        assert [name.split()[0] for name in gone] == ["Garrett", "Washington"]


def test_a_renamed_agency_differs_from_one_that_left(real_data: Path) -> None:
    folder = real_data / "ice-287g-participants"
    old, new = (folder / f"participating_{day}.xlsx" for day in ("2025-02-21", "2025-03-17"))
    _, found = diff(old, new, "--key", KEY_287G, "--normalise")
    names = {(item["old"][1], item["new"][1]): item["kind"] for item in found["renames"]}
    assert (
        names["St Johns County Sheriff's Office", "St. Johns County Sheriff's Office"] == "respelt"
    )
    assert found["renamed"] == 3 < found["vanished"]
    assert found["columns"]["added"] == ["COUNTY"]


@pytest.mark.parametrize(
    ("old", "new", "rows", "vanished", "added", "respelt"),
    [
        ("FY26_detentionStats02022026", "FY26_detentionStats_02122026", (225, 220), 13, 8, False),
        ("FY26_detentionStats_02122026", "FY26_detentionStats_04092026", (220, 203), 27, 10, True),
    ],
)
def test_the_lists_of_facilities(
    real_data: Path,
    old: str,
    new: str,
    rows: tuple[int, int],
    vanished: int,
    added: int,
    respelt: bool,
) -> None:
    folder = real_data / "ice-detention-statistics"
    before, after = (folder / f"{name}.xlsx" for name in (old, new))
    _, found = diff(before, after, "--key", "Name,City", "--normalise")
    assert (found["old_rows"], found["new_rows"]) == rows
    assert (found["vanished"], found["added"]) == (vanished, added)
    assert found["notes"]["old"] == [
        'of 10 sheets "Facilities FY26" was read',
        "the header was found in row 10",
    ]
    spelt = [r["new"][0] for r in found["renames"] if r["kind"] == "misspelt"]
    assert spelt == (["ALEXANDRIA STAGING FACILITY"] if respelt else [])


def test_foia_processing_times(real_data: Path) -> None:
    folder = real_data / "foia-processing-times"
    old, new = (folder / f"request_time_data_{year}.csv" for year in (2015, 2017))
    status, found = diff(old, new)
    assert status == 1
    assert counts(found) == (1084, 0, 0, 3513)
    assert found["notes"] == {side: ["the header is repeated once among the rows"] for side in ("old", "new")}  # fmt: skip
    status, keyed = diff(old, new, "--key", "name,year,agency")
    assert diff(old, new, "--key", "name", "--key", "year,agency") == (status, keyed)
    assert counts(keyed) == (1084, 0, 0, 3513)


def test_a_cleaned_copy_is_compared_with_the_sheet_it_came_from(real_data: Path) -> None:
    folder = real_data / "ice-ero-seattle-releases"
    sheet = folder / "release-2_UW-v-DHS_2019-07.xlsx"
    frozen = folder / "release-2_arrests_as-frozen.csv.gz"
    status, found = diff(sheet, frozen)
    assert (status, counts(found)) == (1, (0, 0, 0, 32_549))
    assert found["not_read"]["old"] == [
        "Summary",
        "Book Ins",
        "Expedited Removals",
        "Other Removals",
        "Footnotes",
    ]
    assert diff(sheet, frozen, "--sheet", "Arrests")[0] == 0
    assert found["columns"]["retyped"][0]["compared_as"] == "date"


@pytest.mark.parametrize(
    ("year", "old", "new", "both"),
    [
        (2016, 2698, 2698, 2698),
        (2017, 3376, 3376, 3376),
        (2018, 3067, 3067, 3067),
        (2019, 1931, 1934, 1930),
    ],
)
def test_seattle_arrests_by_fiscal_year(
    real_data: Path, year: int, old: int, new: int, both: int
) -> None:
    connection = duckdb.connect()
    first = real_data / "ice-ero-seattle-releases" / "release-2_arrests_as-frozen.csv.gz"
    second = real_data / "ice-ero-2019-icfo-53623" / f"EROArrests_FY{year}.csv.gz"
    before = load_file(connection, first, "before")
    after = load_file(connection, second, "after")
    span = f"BETWEEN DATE '{year - 1}-10-01' AND DATE '{min(f'{year}-09-30', '2019-07-06')}'"
    for name, table, day, columns, more in (
        (
            "early", before.relation, '"Arrest Date"',
            '"Arrest Method" m, "Apprehension Landmark" l, "Country of Citizenship" c, "Gender" g', "",
        ),
        (
            "late", after.relation, '"Apprehension Date"',
            '"Apprehension Method" m, "Apprehension Landmark" l, "Citizenship" c, "Gender" g',
            """AND "Area of Responsibility" = 'Seattle Area of Responsibility'""",
        ),
    ):  # fmt: skip
        connection.execute(
            f"CREATE VIEW {name} AS SELECT {day} AS d, {columns} FROM {table} "
            f"WHERE CAST(try_strptime({day}, '%m/%d/%Y') AS DATE) {span} {more}"
        )
    found = compare_tables(connection, "early", "late", normalise=True)
    assert (found.old_rows, found.new_rows, found.unchanged) == (old, new, both)
    assert (found.added, found.vanished) == (new - both, old - both)
    if year == 2019:
        assert [row[:2] for row in found.sample_vanished] != []
        assert found.sample_vanished[0][0] == "7/5/2019"
        assert "KITSAP COUNTY JAIL" in found.sample_vanished[0]
        assert "12/29/2018" in {row[0] for row in found.sample_added}


def test_the_same_days_in_two_releases_of_border_patrol(real_data: Path) -> None:
    connection = duckdb.connect()
    path = real_data / "cbp-release-overlap" / "apprehensions_overlap_daily_comparison.csv"
    table = load_file(connection, path, "days")
    for name in ("smaller", "larger"):
        connection.execute(
            f"CREATE VIEW {name} AS SELECT pair_id, event_date, {name}_daily_count AS n "
            f"FROM {table.relation}"
        )
    found = compare_tables(connection, "smaller", "larger", key=["pair_id", "event_date"])
    assert (found.old_rows, found.added, found.vanished) == (304, 0, 0)
    assert (found.changed, found.unchanged) == (98, 206)
    totals = connection.execute(
        "SELECT (SELECT sum(n::INT) FROM smaller WHERE pair_id = '3'), "
        "(SELECT sum(n::INT) FROM larger WHERE pair_id = '3')"
    ).fetchall()
    assert totals == [(10_007, 10_007)]
    third = [row for row in found.sample_changed if row.key[0] == "3"]
    assert len(third) == 7


# Formats

PLAIN = "id,day,name\n1,2/20/2025,Ana\n2,12/1/2024,Bo\n"


def test_one_table_in_every_format_is_one_table(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", PLAIN)
    days = [dt.datetime(2025, 2, 20), dt.datetime(2024, 12, 1)]  # noqa: DTZ001 - as Excel has it
    parquet = tmp_path / "new.parquet"
    duckdb.default_connection().sql(
        "SELECT 1 AS id, DATE '2025-02-20' AS day, 'Ana' AS name UNION ALL "
        "SELECT 2, DATE '2024-12-01', 'Bo'"
    ).write_parquet(str(parquet))
    others = [
        text(tmp_path, "new.csv.gz", gzip.compress(PLAIN.encode())),
        text(tmp_path, "new.tsv", PLAIN.replace(",", "\t")),
        text(tmp_path, "new.txt", f'A title\n"For, Use"\n\n{PLAIN}'.replace(",", "|")),
        text(tmp_path, "semi.csv", PLAIN.replace(",", ";")),
        text(tmp_path, "marked.csv", b"\xff\xfe" + PLAIN.encode("utf-16-le")),
        text(tmp_path, "little.csv", PLAIN.encode("utf-16-le")),
        text(tmp_path, "big.csv", PLAIN.encode("utf-16-be")),
        text(
            tmp_path,
            "new.json",
            json.dumps(
                [
                    {"id": 1, "day": "2025-02-20", "name": "Ana"},
                    {"id": 2, "day": "2024-12-01", "name": "Bo"},
                ]
            ),
        ),
        workbook(
            tmp_path,
            "new.xlsx",
            Notes=[["About this file"]],
            Data=[
                ["A title"],
                [],
                ["id ", "day", "name", None],
                [1, days[0], "Ana"],
                [2, days[1], "Bo"],
                [" "],
            ],
        ),
        parquet,
    ]
    for path in others:
        status, found = diff(old, path, "--key", "id")
        unread = ["Notes"] if path.suffix == ".xlsx" else []
        assert found["not_read"] == {"old": [], "new": unread}
        beside = {item["what"] for item in found["beside"]}
        assert beside == {
            ".txt": {"the lines above the header"},
            ".xlsx": {"the lines above the header", "blank rows"},
        }.get(path.suffix, set())
        assert (status, counts(found)) == (bool(unread or beside), (0, 0, 0, 2)), path.name
    status, found = diff(tmp_path / "new.xlsx", old, "--sheet", "Data")
    assert (status, counts(found)) == (1, (0, 0, 0, 2))
    assert found["not_read"] == {"old": ["Notes"], "new": []}


def test_layout_can_be_said_for_each_table(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", "x|y\nid|v\n1|a\n")
    new = workbook(tmp_path, "new.xlsx", A=[["id", "v"], [1, "z"]], B=[["id", "v"], [1, "a"]])
    options = ("--delimiter", "|", "--header-row", "2", "--header-row", "1", "--sheet", "B")
    assert diff(old, new, *options)[0] == 0
    assert diff(old, new, *options[:-1], "2")[0] == 0
    assert diff(old, new, *options[:-1], "A")[0] == 1


def test_a_dialect_file_and_a_schema_are_followed(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", "title\nid;v\n1;X9\n")
    new = text(tmp_path, "new.csv", "title\nid;v\n1;***\n")
    dialect = text(tmp_path, "dialect.yaml", "delimiter: ';'\nheaderRows: [2]\n")
    assert counts(diff(old, new, "--key", "id", "--dialect", str(dialect))[1]) == (0, 0, 1, 0)
    _, found = diff(old, new, "--key", "id", "--withheld", "***", "--dialect", str(dialect))
    assert found["changed_rows"][0]["values"][0]["kind"] == "withheld"


def test_a_workbook_is_read_by_its_dialect(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "Notes": [["id", "v"], ["x", "y"]],
        "Data": [["t"], ["id", "v"], ["unit", "kg"], [1, 2]],
    }
    old = workbook(tmp_path, "my old … list (1).xlsx", **sheets)
    new = workbook(tmp_path, "new.xlsx", **sheets)
    described = {"sheetName": "Data", "headerRows": [2, 3], "headerJoin": "/"}
    dialect = text(tmp_path, "dialect.json", json.dumps(described))
    status, found = diff(old, new, "--key", "id/unit", "--dialect", str(dialect))
    assert (status, found["unchanged"], found["fields"]) == (0, 1, ["v/kg"])
    resource = text(
        tmp_path, "resource.json", json.dumps({"name": "a", "path": "b.xlsx", "dialect": described})
    )
    assert diff(old, new, "--key", "id/unit", "--dialect", str(resource))[0] == 0
    fields = [{"name": "id"}, {"name": "v", "missingValues": [{"value": "kg", "label": "withheld", "kind": "withheld"}]}]  # fmt: skip
    schema = text(tmp_path, "schema.json", json.dumps({"fields": fields}))
    one = text(tmp_path, "one.csv", "id,v\n1,a\n")
    two = text(tmp_path, "two.csv", "id,v\n1,kg\n")
    _, found = diff(one, two, "--key", "id", "--dialect", str(schema))
    assert found["changed_fields"][0]["kinds"] == {"withheld": 1}


def test_an_exemption_is_known_by_its_look(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", "id,v\n1,HQ CROSSCHECK\n2,b(6); b(7)c\n3,b\n")
    new = text(tmp_path, "new.csv", "id,v\n1,(B)(7)(E) \n2,open\n3,big (5)\n")
    _, found = diff(old, new, "--key", "id")
    kinds = [row["values"][0]["kind"] for row in found["changed_rows"]]
    assert kinds == ["withheld", "open", "changed"]


def test_lists_are_bounded(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", "id,v\n" + "".join(f"{n},a\n" for n in range(40)))
    new = text(tmp_path, "new.csv", "id,v\n" + "".join(f"{n},b\n" for n in range(20, 60)))
    _, found = diff(old, new, "--key", "id", "--limit", "2")
    assert counts(found) == (20, 20, 20, 0)
    assert [len(found[f"{kind}_rows"]) for kind in ("added", "vanished", "changed")] == [2, 2, 2]
    assert diff(old, new, "--key", "id", "--limit", "0")[1]["added_rows"] == []
    huge = diff(old, new, "--key", "id", "--limit", "9" * 30)[1]
    assert len(huge["added_rows"]) == 20


def test_odd_tables_are_compared_and_what_is_odd_is_said(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", " Id ,Total,Total,\n1,2,3,\n,,,\n2,#N/A,,\n")
    new = text(tmp_path, "new.csv", "ID,Total,Total\n1,2,4\n2,#N/A,\n2,5,6,7\n")
    status, found = diff(old, new, "--key", "id")
    assert (status, counts(found)) == (1, (1, 0, 1, 1))
    assert found["duplicates"] == {"old": 0, "new": 1}
    assert found["notes"]["old"] == [
        'labels of more than one column were numbered: "Total"',
        "1 blank row left out",
        "1 column without a label and a value left out",
    ]
    assert "1 row with more cells than the header; the extra cells were not read" in found["notes"]["new"]  # fmt: skip
    assert [c["field"] for c in found["changed_fields"]] == ["Total (2)"]


# What goes wrong is said in words


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)), st.sampled_from(["csv", "tsv", "xlsx", "parquet", "json", "csv.gz", ""]))  # fmt: skip
def test_whatever_is_in_a_file_there_is_no_traceback(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = text(Path(folder), f"odd.{suffix}", content)
        try:
            found = collate_files(TablePath(path), TablePath(path))
        except UsageError as error:
            assert len(str(error)) > 10  # noqa: PT017 - most are no tables, some are
        else:
            assert found.comparison.same


def fail(old: Path, new: Path, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        collate_files(TablePath(old), TablePath(new), **options)
    return str(caught.value)


def test_what_cannot_be_read_or_compared_is_said_in_words(tmp_path: Path) -> None:
    good = text(tmp_path, "good.csv", PLAIN)
    assert "there is no file" in fail(good, tmp_path / "absent.csv")
    assert "there is no file" in fail(good, tmp_path)
    assert "the file is empty" in fail(text(tmp_path, "empty.csv", ""), good)
    assert "no header row" in fail(text(tmp_path, "blank.csv", "\n\n"), good)
    latin = text(tmp_path, "latin.csv", PLAIN.replace("Ana", "Añá").encode("latin-1"))
    assert "--encoding" in fail(good, latin)
    broken = text(tmp_path, "broken.xlsx", b"PK\x03\x04 no zip")
    assert "cannot be read as xlsx" in fail(good, broken)
    assert "cannot be read as parquet" in fail(good, text(tmp_path, "x.parquet", b"PAR1xxxx"))
    assert "not of the format in its name" in fail(good, text(tmp_path, "y.xlsx", "id,day\n"))
    assert "old Excel" in fail(good, text(tmp_path, "z.xls", b"\xd0\xcf\x11\xe0rest"))
    assert "cannot be read" in fail(good, text(tmp_path, "cut.csv.gz", gzip.compress(PLAIN.encode())[:30]))  # fmt: skip
    assert 'the key "nam" is not a column of both tables, did you mean "name"?' in fail(good, good, key=["nam"])  # fmt: skip
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("good.csv", PLAIN)
    assert "a zip with good.csv in it (expected: the table alone: unpack it)" in fail(good, packed)
    comma = text(tmp_path, "comma.csv", '"City, State",v\nx,1\n')
    assert '"City, State"' in fail(comma, comma, key=["City", "State"])
    twice = text(tmp_path, "twice.csv", "id,id,name\n1,2,a\n")
    assert '"id" is the label of 2 columns' in fail(good, twice, key=["id"])
    assert "no column in common" in fail(good, text(tmp_path, "other.csv", "x,y\n1,2\n"))


def test_digits_that_the_engine_does_not_keep_are_refused(tmp_path: Path) -> None:
    for name, last in (("a", "1"), ("b", "2")):
        column = pa.array([Decimal("1" * 59 + last)], pa.decimal256(60))
        parquet.write_table(pa.table({"id": [1], "n": column}), tmp_path / f"{name}.parquet")
    with pytest.raises(UsageError, match="the column 'n' has the type decimal256"):
        collate_files(TablePath(tmp_path / "a.parquet"), TablePath(tmp_path / "b.parquet"))


def test_a_damaged_parquet_file_is_said_in_words(tmp_path: Path) -> None:
    good = tmp_path / "good.parquet"
    duckdb.default_connection().sql(
        "SELECT range AS id, 'a' || range AS v FROM range(2000)"
    ).write_parquet(str(good))
    whole = good.read_bytes()
    for start in (4, 50, 400, 2000):
        damaged = whole[:start] + bytes(range(200)) + whole[start + 200 :]
        bad = text(tmp_path, "bad.parquet", damaged)
        for key in ([], ["id"]):
            try:
                collate_files(TablePath(good), TablePath(bad), key=key)
            except UsageError as error:
                assert "bad.parquet" in str(error)  # noqa: PT017 - some damage is not seen


def test_a_cover_sheet_is_not_the_table(tmp_path: Path) -> None:
    def book(name: str, value: str) -> Path:
        rows: list[list[Any]] = [["id", "place", "n"]]
        rows += [[f"p{n}", value, n] for n in range(9)]
        return workbook(
            tmp_path,
            name,
            Cover=[["Detention statistics"], ["Read the footnotes"]],
            Summary=[["As of", "today"], ["Total", "9", "of", "9"], [None], ["x"], ["y"], ["z"]],
            Data=rows,
            Codes=[["code", "means", "since"], ["a", "b", "c"]],
        )

    single = text(tmp_path, "old.csv", "id,place,n\n" + "".join(f"p{n},a,{n}\n" for n in range(9)))
    status, found = diff(single, book("new.xlsx", "b"))
    assert (status, counts(found)) == (1, (9, 9, 0, 0))
    assert found["notes"]["new"] == ['of 4 sheets "Data" was read']
    status, found = diff(book("old.xlsx", "a"), book("new.xlsx", "b"), "--key", "id")
    assert (status, counts(found)) == (1, (0, 0, 9, 0))
    assert found["notes"]["old"] == ['of 4 sheets "Data" was read']


def test_the_releases_of_detention_statistics_are_not_said_to_be_the_same(real_data: Path) -> None:
    folder = real_data / "ice-detention-statistics"
    status, found = diff(
        folder / "FY26_detentionStats02022026.xlsx", folder / "FY26_detentionStats_02122026.xlsx"
    )
    assert (status, found["same"], found["identical_rows"]) == (1, False, False)
    differ = [table["new_table"] for table in found["tables"] if not table["same"]]
    assert "Facilities FY26" in differ
    assert len(found["tables"]) == 10


def test_the_exit_status_of_usage_is_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = text(tmp_path, "good.csv", PLAIN)
    for options in (["--key", "nothing"], ["--header-row", "9"], ["--sheet", "a", "--sheet", "b", "--sheet", "c"], ["--delimiter", "ab"], ["--encoding", "klingon"]):  # fmt: skip
        monkeypatch.setattr("sys.argv", ["plainrecord", "diff", str(good), str(good), *options])
        with pytest.raises(SystemExit) as caught:
            main.main()
        assert caught.value.code == 2, options


def test_the_text_for_people_has_counts_first(tmp_path: Path) -> None:
    old = text(tmp_path, "old.csv", "id,v\n1,a\n2,b\n3,[red]c\n")
    new = text(tmp_path, "new.csv", "id,v\n1,a\n2,B\n4,d\x1b[31m\n")
    result = CliRunner().invoke(main.cli, ["diff", str(old), str(new), "--key", "id"])
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[:5] == [
        "3 rows -> 3 rows (matched by id)",
        "  added      1",
        "  removed    1",
        "  changed    1 (1 of them only in spelling)",
        "  unchanged  1",
    ]
    assert "  3 | [red]c" in lines
    assert "  4 | d·[31m" in lines
    assert "  2 | v: b -> B" in lines


def test_a_wide_table_and_one_without_rows(tmp_path: Path) -> None:
    labels = [f"c{n}" for n in range(600)]
    row = ["x"] * 600
    old = text(tmp_path, "old.csv", ",".join(labels) + "\n" + ",".join(row) + "\n")
    new = text(tmp_path, "new.csv", ",".join(labels) + "\n" + ",".join([*row[:-1], "y"]) + "\n")
    found: Collation = collate_files(TablePath(old), TablePath(new), key=["c0"])
    assert [f.field for f in found.comparison.changed_fields] == ["c599"]
    bare = text(tmp_path, "bare.csv", ",".join(labels) + "\n")
    assert collate_files(TablePath(old), TablePath(bare)).comparison.vanished == 1


# JSON

RECORDS = [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]
FEATURES = [
    {"type": "Feature", "geometry": None, "properties": record} for record in RECORDS
]  # fmt: skip
ROWS = [list(record.values()) for record in RECORDS]
COLUMNS = [{"name": name, "type": "text"} for name in RECORDS[0]]


@pytest.mark.parametrize(
    ("name", "document", "options"),
    [
        ("a.json", {"Incidents": RECORDS}, ()),
        ("a.json", {"meta": {"rows": 2}, "data": {"rows": RECORDS}}, ()),
        ("a.json", {"meta": {"tags": ["x"]}, "data": RECORDS}, ()),
        ("a.json", {"a.b": RECORDS}, ("--property", "a.b", "--property", "")),
        ("a.json", {"codes": [{"c": 1}], "data": RECORDS}, ("--property", "data", "--property", "")),
        ("a.json", {"x": {"codes": [{"c": 1}], "d": RECORDS}}, ("--property", "x.d", "--property", "")),
        ("a.json", {"data": [["id", "v"], [1, "a"], [2, "b"]]}, ()),
        ("a.json", {"type": "FeatureCollection", "features": FEATURES, "crs": {"l": [{}]}}, ()),
        ("a.geojson", {"type": "FeatureCollection", "features": FEATURES}, ()),
        ("a.json", FEATURES, ()),
        ("a.json", {"columns": ["id", "v"], "index": [0, 1], "data": ROWS}, ()),
        ("a.json", {"meta": {"view": {"columns": COLUMNS}}, "data": ROWS}, ()),
        ("a.json", {"result": {"fields": COLUMNS, "records": RECORDS}}, ()),
        ("a.json", {"fields": COLUMNS, "features": [{"attributes": r} for r in RECORDS]}, ()),
    ],
)  # fmt: skip
def test_the_records_in_a_json_file_are_found(
    tmp_path: Path, name: str, document: Any, options: tuple[str, ...]
) -> None:
    new = text(tmp_path, "new.csv", "id,v\n1,a\n2,b\n")
    old = text(tmp_path, name, json.dumps(document))
    _, found = diff(old, new, "--key", "id", *options)
    assert counts(found) == (0, 0, 0, 2)
    assert set(found["columns"]["dropped"]) <= {"geometry"}


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "a.json", "a.geojson"])
def test_lines_of_json_are_records(tmp_path: Path, name: str) -> None:
    new = text(tmp_path, "new.csv", "id,v\n1,a\n2,b\n")
    for records in (RECORDS, FEATURES):
        old = text(tmp_path, name, "".join(json.dumps(record) + "\n" for record in records))
        assert counts(diff(old, new, "--key", "id")[1]) == (0, 0, 0, 2)


def test_nested_values_and_numbers_are_the_same_in_any_order_and_form(tmp_path: Path) -> None:
    old = text(tmp_path, "old.json", '{"r": [{"id": 1, "n": 1.50, "p": {"a": 1, "b": [2]}}]}')
    new = text(tmp_path, "new.json", '[{"id": 1, "p": {"b": [2], "a": 1}, "n": 15e-1}]')
    assert diff(old, new)[0] == 0
    wide = text(tmp_path, "wide.json", '[{"id": 1, "n": 9007199254740993.5}]')
    other = text(tmp_path, "other.json", '[{"id": 1, "n": 9007199254740993.25}]')
    assert diff(wide, other)[0] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"a": [{"b": 1}], "c": [{"d": 1}]}, "2 lists of records: \"a\", \"c\""),
        ({"a": 1}, "not a list of rows"),
        ("x", "not a list of rows"),
        ([1, 2], "not an object"),
        ({"a": []}, "not a list of rows"),
    ],
)  # fmt: skip
def test_json_without_one_list_of_records_is_said_so(
    tmp_path: Path, content: Any, words: str
) -> None:
    path = text(tmp_path, "a.json", json.dumps(content))
    with pytest.raises(UsageError, match=words):
        collate_files(TablePath(path), TablePath(path))
    with pytest.raises(UsageError, match='no list of records under "q"'):
        collate_files(TablePath(path, property="q"), TablePath(path))


def test_deep_json_ends_in_words(tmp_path: Path) -> None:
    for content in ("[" * 100_000, '{"a":' * 5_000 + "[]" + "}" * 5_000):
        path = text(tmp_path, "a.json", content)
        with pytest.raises(UsageError):
            collate_files(TablePath(path), TablePath(path))
