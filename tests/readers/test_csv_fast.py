"""Blocks of delimited text: whatever their size, the rows are those that Python's csv module reads."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.model.checks import Reader
from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers import csv_fast, delimited
from plainrecord.readers.batches import Unreadable
from plainrecord.readers.delimited import open_delimited

RESOURCE = Resource("t", "t", "", (), "csv", "utf-8", Dialect(), Schema(()))


def read(path: Path) -> tuple[dict[int, list[str]], Reader]:
    """The cells of each row by the row's number, and who read them."""
    table = open_delimited(path, RESOURCE)
    rows: dict[int, list[str]] = {}
    for batch in table.batches(()):
        for row in batch.to_pylist():
            assert row["row"] not in rows
            rows[row["row"]] = [row[f"c{n}"] or "" for n in range(min(3, row["width"]))]
    return rows, table.reader()


@contextmanager
def in_blocks_of(size: int, joined: int = 0) -> Iterator[None]:
    with (
        patch.object(csv_fast, "BLOCK_BYTES", size),
        patch.object(csv_fast, "LONG_BLOCK_BYTES", size),
        patch.object(csv_fast, "JOINED_BYTES", joined),
    ):
        yield


def expected(text: str) -> dict[int, list[str]]:
    rows = enumerate(csv.reader(io.StringIO(text, newline="")), 1)
    return {number: [] if is_blank(row) else row[:3] for number, row in rows if number > 1}


def is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and row[0].isspace())


@given(
    seed=st.integers(0, 2**32),
    end=st.sampled_from(["\n", "\r\n"]),
    inside=st.sampled_from(["", "\n", "\r\n", "\n\n", '"\n']),
    size=st.sampled_from([300, 1000, 5000]),
    joined=st.sampled_from([0, 2000, 100_000]),
    last=st.booleans(),
    packed=st.booleans(),
)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_rows_are_the_same_in_blocks_of_any_size(
    tmp_path: Path,
    seed: int,
    end: str,
    inside: str,
    size: int,
    joined: int,
    *,
    last: bool,
    packed: bool,
) -> None:
    draw = random.Random(seed)  # noqa: S311 - the table of an example
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=end)
    writer.writerow("abc")
    for _ in range(draw.randrange(200)):
        width = 3 if draw.random() < 0.97 else draw.choice([1, 2, 4])
        cells = ["".join(draw.choices('xy ,"é1', k=draw.randrange(9))) for _ in range(width)]
        if draw.random() < 0.1:
            cells[-1] += f"{inside}z"
        writer.writerow(cells)
    text = stream.getvalue() if last else stream.getvalue().rstrip("\r\n")
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    with in_blocks_of(size, joined):
        rows, _ = read(path)
    assert rows == expected(text)


@given(
    body=st.one_of(
        *(
            st.text(signs, max_size=300)
            for signs in ("ab,\n", 'ab,"\n', 'ab,"\r\n', "a,\n\r", '"\n a,')
        )
    ),
    size=st.sampled_from([20, 50, 100, 300]),
    joined=st.sampled_from([0, 100, 1000]),
)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_quotes_that_nobody_meant_are_read_as_the_careful_reader_does(
    tmp_path: Path, body: str, size: int, joined: int
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b,c\n" + body.encode())

    def cells(batches: Iterator[pa.RecordBatch]) -> dict[int, list[str]]:
        rows = (row for batch in batches for row in batch.to_pylist())
        read = {row["row"]: [row[f"c{n}"] or "" for n in range(3)] for row in rows}
        return {number: found for number, found in read.items() if any(found)}

    with in_blocks_of(size, joined):
        found = cells(open_delimited(path, RESOURCE).batches(()))
    with patch.object(delimited, "read_blocks", side_effect=csv_fast.FastReaderGaveUp):
        assert found == cells(open_delimited(path, RESOURCE).batches(()))


@pytest.mark.parametrize(
    "data",
    [
        b"a,b,c\n1,2,3\n4,5,6",
        b"a,b,c\r\n1,2,3\r\n",
        b"a,b,c\r1,2,3\r",
        b"\xef\xbb\xbfa,b,c\n\xef\xbb\xbf1,2,3\n",
        b"a,b,c",
    ],
    ids=["plain", "crlf", "cr", "mark", "header"],
)
def test_line_ends_and_marks_are_read_as_python_reads_them(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    rows, reader = read(path)
    assert rows == expected(data.decode("utf-8-sig"))
    assert reader is Reader.FAST


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_end_in_a_cell_may_lie_across_two_blocks(tmp_path: Path, *, packed: bool) -> None:
    text = 'a,b,c\r\n1,2,"one\r\ntwo"\r\n' + "3,4,5\r\n" * 5
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    for size in range(8, len(text) + 1):
        with in_blocks_of(size):
            rows, _ = read(path)
        assert rows == expected(text), size


def test_the_end_of_a_last_cell_of_several_lines_is_not_lost(tmp_path: Path) -> None:
    text = "a,b,c\n" + "1,2,3\n" * 8 + 'x,"\ny","é""\nz"\n'
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    for size in range(40, 80):
        with in_blocks_of(size):
            rows, _ = read(path)
        assert rows == expected(text), size


def test_the_fast_reader_reads_cells_of_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'a,b,c\n1,2,"one\ntwo"\n' * 1 + b"3,4,5\n" * 1000)
    rows, reader = read(path)
    assert len(rows) == 1001
    assert reader is Reader.FAST


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place:][1:]


@pytest.mark.parametrize(
    ("damage", "whole"),
    [
        (lambda a, b: a + b, True),
        (lambda a, b: a + gzip.compress(b"", mtime=0) + b, True),
        (lambda a, b: a + b + bytes(100), True),
        (lambda a, b: a + b + b"garbage at the end", False),
        (lambda a, b: a + b + b"garbage", False),
        (lambda a, b: a + b[:-5], False),
        (lambda a, b: _flip(a, -6) + b, False),
        (lambda a, b: a + _flip(b, len(b) - 1), False),
    ],
    ids=["two", "empty", "zeros", "garbage", "little", "cut", "hash", "length"],
)
def test_a_packed_file_is_read_whole_or_not_at_all(
    tmp_path: Path, damage: Callable[[bytes, bytes], bytes], whole: bool
) -> None:
    draw = random.Random(3)  # noqa: S311 - the same file every time
    rows = [f"{draw.randrange(10**6)},{draw.randrange(10**6)},x\n" for _ in range(40_000)]
    text = "a,b,c\n" + "".join(rows)
    parts = [gzip.compress(half.encode(), mtime=0) for half in (text[:99_999], text[99_999:])]
    path = tmp_path / "t.csv.gz"
    path.write_bytes(damage(*parts))
    with in_blocks_of(100_000, 200_000):
        if whole:
            found, reader = read(path)
            assert reader is Reader.FAST
            assert len(found) == len(rows)
            return
        with pytest.raises(Unreadable) as caught:
            read(path)
    assert caught.value.finding.found
