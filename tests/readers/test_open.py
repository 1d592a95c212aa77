"""Reading tables of every kind into rows of text, with their row numbers."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.core.strict_json import Json
from plainrecord.model.packages import Dialect, Field, Resource, Schema
from plainrecord.pipeline.check import check_paths
from plainrecord.readers.batches import Unreadable
from plainrecord.readers.open import open_table
from plainrecord.validation.block_check import BlockCheck

Read = tuple[tuple[str, ...] | None, list[tuple[Any, ...]]]


def read(path: Path | None, targets: Sequence[Field | None] = (), **more: Any) -> Read:
    """The labels and the rows (row number, width, cells...) of a table."""
    settled = {"format": "csv", "encoding": "utf-8", "dialect": Dialect(), **more}
    opened = open_table(Resource("t", "", "", (), schema=Schema(()), **settled), path)
    rows: list[tuple[Any, ...]] = []
    for batch in opened.batches(targets):
        rows += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return opened.labels, sorted(rows, key=lambda row: row[0])


def text_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "content"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(folder: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "book"
    book.save(path)
    return path


def test_title_lines_delimiter_gzip_and_byte_order_mark(tmp_path: Path) -> None:
    text = '\ufeff"Statistical Unit"||\n\n"Title"||\n"a"|"b"|"c"\n1|"x|y"|\n2||"(B)(6) "\n'
    path = text_file(tmp_path, gzip.compress(text.encode()))
    labels, rows = read(path, dialect=Dialect(delimiter="|", header_rows=(4,)))
    assert labels == ("a", "b", "c")
    assert rows == [(5, 3, "1", "x|y", ""), (6, 3, "2", "", "(B)(6) ")]


def test_byte_order_mark_is_no_part_of_the_first_label(tmp_path: Path) -> None:
    labels, rows = read(text_file(tmp_path, "\ufeffa,b\r\n1,2\r\n"))
    assert labels == ("a", "b")
    assert rows == [(2, 2, "1", "2")]


def test_ragged_rows_keep_their_numbers_and_widths(tmp_path: Path) -> None:
    _, rows = read(text_file(tmp_path, "a,b\n1,2\n3\n\n4,5,6\n7,8"))
    assert rows == [
        (2, 2, "1", "2"),
        (3, 1, "3", None),
        (4, 0, "", ""),
        (5, 3, "4", "5"),
        (6, 2, "7", "8"),
    ]


def test_comments_null_marks_and_initial_blanks(tmp_path: Path) -> None:
    dialect = Dialect(comment_char="#", null_sequence="\\N", skip_initial_space=True)
    _, rows = read(text_file(tmp_path, "a,b\n# a note\n1, 2\n\\N,3\n"), dialect=dialect)
    assert rows == [(3, 2, "1", "2"), (4, 2, None, "3")]


def test_tab_separated_and_headless(tmp_path: Path) -> None:
    path = text_file(tmp_path, "1\tx,y\n2\tz\n")
    labels, rows = read(path, format="tsv", dialect=Dialect(header=False))
    assert labels is None
    assert rows == [(1, 2, "1", "x,y"), (2, 2, "2", "z")]


def test_one_column_keeps_its_empty_lines(tmp_path: Path) -> None:
    _, rows = read(text_file(tmp_path, "a\nx\n\ny\n"))
    assert rows == [(2, 1, "x"), (3, 0, None), (4, 1, "y")]


def test_two_header_rows_are_joined(tmp_path: Path) -> None:
    labels, rows = read(
        text_file(tmp_path, "Age,,Sex\nfrom,to,\n1,2,F\n"), dialect=Dialect(header_rows=(1, 2))
    )
    assert labels == ("Age from", "to", "Sex")
    assert rows == [(3, 3, "1", "2", "F")]


@pytest.mark.parametrize(
    ("content", "rule", "words"),
    [
        (b"a,b\nok,1\nx,\xff\n", "encoding-invalid", "byte 0xFF at position 12, line 3"),
        (b"\xe9,b\n1,2\n", "encoding-invalid", "byte 0xE9 at position 1, line 1"),
        (b"\x1f\x8bnot gzip at all", "source-error", "read"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:-20], "source-error", "read"),
        (b"", "source-error", "0 rows"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes, rule: str, words: str) -> None:
    path = text_file(tmp_path, content)
    with pytest.raises(Unreadable) as caught:
        read(path)
    assert caught.value.finding.rule == rule
    assert words in caught.value.finding.found
    assert str(tmp_path) not in caught.value.finding.found


@pytest.mark.parametrize(
    ("form", "content", "words"),
    [
        ("json", '[{"a":1,"a":2}]', "the key 'a' occurs twice"),
        ("json", '[{"b":{"a":1,"a":2}}]', "the key 'a' occurs twice"),
        ("ndjson", '{"a":1}\n\n{"a":1,"a":2}\n', "line 3 is not JSON: the key 'a' occurs twice"),
        ("json", '[{"a":NaN}]', "NaN is not a value of JSON"),
        ("ndjson", '{"a":-Infinity}', "line 1 is not JSON: -Infinity is not a value of JSON"),
        ("ndjson", '{"a":1}\n{"a":', "line 2 is not JSON: "),
        ("ndjson", "[" * 100_000, "line 1 is not JSON: it is nested too deeply"),
        ("ndjson", '{"a":1}\n\nnull\n', "record 2 is not an object"),
        ("json", '[{"a":1},[1]]', "record 2 is not an object"),
    ],
)
def test_json_that_two_programs_could_read_in_two_ways(
    tmp_path: Path, form: str, content: str, words: str
) -> None:
    path = tmp_path / f"t.{form}"
    path.write_text(content)
    with pytest.raises(Unreadable) as caught:
        read(path, format=form)
    assert words in caught.value.finding.found


def test_the_bad_byte_far_into_a_file_is_found(tmp_path: Path) -> None:
    good = ("é" * 2_500 + ",1\n") * 3_000
    with pytest.raises(Unreadable) as caught:
        read(text_file(tmp_path, b"a,b\n" + good.encode() + b"\xc3,2\n"))
    place = 4 + len(good.encode()) + 1
    assert f"at position {place}, line 3002" in caught.value.finding.found


@pytest.mark.parametrize("encoding", ["iso-8859-1", "cp1252", "utf-16", "utf-16-le"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    _, rows = read(text_file(tmp_path, "a,b\nJosé,ñ\n".encode(encoding)), encoding=encoding)
    assert rows == [(2, 2, "José", "ñ")]


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no encoding"):
        read(text_file(tmp_path, "a\n1\n"), encoding="utf-99")


def test_workbook_cells_become_text(tmp_path: Path) -> None:
    moment = dt.datetime.fromisoformat("2026-05-18T10:30:00")
    day = dt.datetime.fromisoformat("2026-05-18T00:00:00")
    rows_in: list[list[Any]] = [
        ["A title"],
        ["state", "n", "share", "day", "at", "yes", None],
        ["#N/A", 12, 0.5, day, moment, True, None],
        ["TX ", 3.0, None, day, day, False, None],
        [None, None],
        ["last"],
        [None, None, None],
    ]
    path = workbook(tmp_path, {"Notes": [["x"]], "Data": rows_in})
    dialect = Dialect(sheet_name="Data", header_rows=(2,))
    targets = [None, None, None, Field("day", "date", format="%m/%d/%Y"), Field("at", "datetime")]
    labels, rows = read(path, [*targets, None], format="xlsx", dialect=dialect)
    assert labels == ("state", "n", "share", "day", "at", "yes")
    assert rows == [
        (3, 6, "#N/A", "12", "0.5", "05/18/2026", "2026-05-18T10:30:00", "true"),
        (4, 6, "TX ", "3", "", "05/18/2026", "2026-05-18T00:00:00", "false"),
        (5, 0, None, None, None, None, None, None),
        (6, 6, "last", "", "", "", "", ""),
    ]


def test_workbook_sheets_by_number_and_by_a_wrong_name(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"One": [["a"], [1]], "Two": [["b"], [2]]})
    assert read(path, format="xlsx", dialect=Dialect(sheet_number=2)) == (("b",), [(2, 1, "2")])
    for dialect in (
        Dialect(sheet_name="Three"),
        Dialect(sheet_number=3),
        Dialect(header_rows=(9,)),
    ):
        with pytest.raises(Unreadable):
            read(path, format="xlsx", dialect=dialect)


def test_text_that_is_no_workbook(tmp_path: Path) -> None:
    path = text_file(tmp_path, "a,b\n")
    for kind in ("xlsx", "parquet", "json"):
        with pytest.raises(Unreadable) as caught:
            read(path, format=kind)
        assert caught.value.finding.rule == "source-error"


@pytest.mark.parametrize(
    "data",
    [
        [{"a": "x", "b": 1}, {"b": None, "a": True}],
        [["a", "b"], ["x", 1], [True, None]],
    ],
)
def test_inline_rows(data: Json) -> None:
    labels, rows = read(None, data=data)
    assert labels == ("a", "b")
    assert [row[2:] for row in rows] == [("x", "1"), ("true", None)]


def test_json_and_lines_of_json(tmp_path: Path) -> None:
    path = text_file(tmp_path, '{"out": {"rows": [{"a": [1], "b": 2.0}]}}')
    assert read(path, format="json", dialect=Dialect(property="out.rows"))[1] == [
        (2, 2, "[1]", "2")
    ]
    path = text_file(tmp_path, '{"a": "x"}\n\n{"a": "y"}\n')
    assert [row[2] for row in read(path, format="ndjson")[1]] == ["x", "y"]
    with pytest.raises(Unreadable):
        read(text_file(tmp_path, '{"a": 1}'), format="json")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([10**7, 0], pa.date32()), ["29349-01-26", "1970-01-01"]),
        (pa.array([3_600_000_000_001], pa.time64("ns")), ["01:00:00.000000001"]),
        (pa.array([3_600_000_001_000], pa.time64("ns")), ["01:00:00.000001"]),
        (pa.array([10**15], pa.timestamp("ms")), None),
        (pa.array(["é".encode(), None], pa.binary()), ["é", None]),
        (pa.array([b"\xff\x00"], pa.binary()), None),
        (pa.array([[10**7]], pa.list_(pa.date32())), None),
        (pa.array([[b"a"]], pa.list_(pa.binary())), None),
    ],
    ids=str,
)
def test_a_value_that_python_has_not_is_kept_or_refused(
    tmp_path: Path, values: pa.Array[Any], texts: list[str | None] | None
) -> None:
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"v": values}), path)
    if texts is None:
        with pytest.raises(Unreadable, match="the column 'v' has the type"):
            read(path, format="parquet")
    else:
        assert [row[-1] for row in read(path, format="parquet")[1]] == texts


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "table"
    table = pa.table({"n": [1, None], "t": ["x", ""], "d": [dt.date(2026, 1, 2), None]})
    parquet.write_table(table, path)
    labels, rows = read(path, [None, None, Field("d", "date")], format="parquet")
    assert labels == ("n", "t", "d")
    assert rows == [(1, 3, "1", "x", "2026-01-02"), (2, 3, None, "", None)]


_TEXT = st.text(alphabet='ab,"\n\r |é\\\x00', max_size=12)


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(_TEXT, max_size=8), end=st.sampled_from(["\n", "\r\n"]))
def test_the_fast_reader_reads_as_the_careful_one(lines: list[str], end: str) -> None:
    """Whatever the text, cells and row numbers are those of Python's own reader."""
    text = end.join(["x,y", *lines])
    expected = list(enumerate(csv.reader(io.StringIO(text, newline="")), 1))[1:]
    with tempfile.TemporaryDirectory() as folder:
        labels, rows = read(text_file(Path(folder), text))
    if labels != ("x", "y"):
        return
    full = [row for row in rows if any(map(str.strip, filter(None, row[2:])))]
    wanted = [
        (number, *[*cells, None, None][:2])
        for number, cells in expected
        if any(map(str.strip, cells[:2]))
    ]
    assert [(row[0], row[2], row[3]) for row in full] == wanted


def test_an_uneven_row_that_is_no_text_is_a_finding_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    path = text_file(tmp_path, b"a,b\n" + b"1,2\n" * 50_000 + b"1,\xff,3\n4,5\n")
    with pytest.raises(Unreadable) as caught:
        read(path)
    assert caught.value.finding.rule == "encoding-invalid"
    assert caught.value.finding.row == 50_002
    assert not told


def test_an_error_of_the_engine_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise duckdb.OutOfRangeException("too much")

    monkeypatch.setattr(BlockCheck, "check", refuse)
    table, schema = tmp_path / "t.csv", tmp_path / "s.json"
    table.write_text("a,b\n1,2\n")
    schema.write_text('{"fields": [{"name": "a"}, {"name": "b"}]}')
    found = check_paths([table], schema, lambda _: None)[0].findings
    assert [(f.rule, f.found) for f in found] == [
        ("source-error", "the engine cannot take it: too much")
    ]
