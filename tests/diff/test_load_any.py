"""Tables taken down to the letter from files that nobody described."""

from __future__ import annotations

from pathlib import Path

import duckdb
import openpyxl
import pytest

from plainrecord.core.errors import UsageError
from plainrecord.diff import load_any, sniff
from plainrecord.readers import open as tabular
from tests.diff.loading import load_file


def test_a_large_table_goes_into_the_engine_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"{n},a{n % 7}, b \n" for n in range(120_000))
    path.write_text(f"row,width,c0\n{rows},,\nrow,width,c0\n")
    connection = duckdb.connect()
    small = load_file(connection, path, "small")
    monkeypatch.setattr(load_any, "IN_MEMORY", 1000)
    large = load_file(connection, path, "large")
    assert small.relation != large.relation
    assert large.relation.startswith("temp.")
    for table in (small, large):
        assert table.labels == ("row", "width", "c0")
        assert table.rows == 120_001
        assert table.notes == (
            "1 blank row left out",
            "the header is repeated once among the rows",
        )
        last = connection.execute(f"SELECT * FROM {table.relation} WHERE row = '119999'").fetchall()
        assert last == [("119999", f"a{119_999 % 7}", " b ")]
    for one, other in ((small, large), (large, small)):
        query = f"FROM {one.relation} EXCEPT ALL FROM {other.relation}"
        assert not connection.execute(query).fetchall()


def test_an_empty_cell_and_an_absent_one_are_null_and_blanks_stay(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b,c\n1,"", \n2\n')
    connection = duckdb.connect()
    table = load_file(connection, path, "t")
    assert connection.execute(f"FROM {table.relation}").fetchall() == [
        ("1", None, " "),
        ("2", None, None),
    ]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["a", "b"], ["1", "2"]], 1),
        ([["Title"], [], ["a", "b", "c"], ["1", "2", "3"]], 3),
        ([["Title", "", ""], ["note", "x", ""], ["a", "b", "c"], ["1", "2", "3"], ["4", "5", ""]], 3),
        ([["only"], ["1"], ["2"]], 1),
        ([[], ["", ""]], 1),
    ],
)  # fmt: skip
def test_a_header_is_guessed(rows: list[list[str]], header: int) -> None:
    assert sniff.guess_header(rows) == header


def test_a_header_is_found_by_its_labels() -> None:
    rows = [["Title"], ["STATE", "x"], ["State ", "Law Enforcement Agency"], ["TX", "y"]]
    assert sniff.find_header(rows, ["state", "law_enforcement_agency"])[0] == 3
    assert sniff.find_header(rows, [], ["State", "Law enforcement agency"])[0] == 3
    assert sniff.find_header(rows, ["county"]) == (0, 0)


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
def test_a_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "t.txt"
    rows = [["id", "place", "note"], ["1", '"Reno, NV"', "a"], ["2", '"x; y | z"', "b"]]
    path.write_text("\n".join(delimiter.join(row) for row in rows))
    assert sniff.delimiter_of(path, "csv", "utf-8") == delimiter


def test_a_label_with_what_cannot_be_printed_is_a_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\x00b,c\x1bd\n1,2\n")
    assert load_file(duckdb.connect(), path, "t").labels == ("a b", "c d")


def test_too_many_columns_are_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",".join(f"c{n}" for n in range(10_001)) + "\n")
    with pytest.raises(UsageError, match="10,001 columns"):
        load_file(duckdb.connect(), path, "t")


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "t.xlsx")
    monkeypatch.setattr(tabular, "WORKBOOK_LIMIT", 100)
    with pytest.raises(UsageError, match="states an unpacked size of"):
        load_file(duckdb.connect(), tmp_path / "t.xlsx", "t")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('a,b,c\n1,"Ana,5\n2,Bo,6\n3,Cy,7\n', 3),
        ('a,b,c\n1,Ana,"5\n2,Bo,6\n', 2),
        ('a,b,c\n1,"Ana\nBo",5\n2,Cy,"6\n7"\n', 0),
    ],
    ids=["in_the_middle", "last_cell", "closed"],
)
def test_a_quote_that_is_never_closed_is_said(tmp_path: Path, text: str, lines: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    notes = load_file(duckdb.connect(), path, "t").notes
    said = f"the quote that opens the last cell, in line 2, is never closed: it takes {lines} lines"
    assert notes == ((said,) if lines else ())
