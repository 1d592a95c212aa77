"""Lines are given out as rows only where each is one."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers import csv_lines as tables
from plainrecord.readers.csv_lines import LONGEST, Lines, open_lines, read_first_integers

RESOURCE = Resource("t", "t", "", (), "csv", "utf-8", Dialect(null_sequence=""), Schema(()))


def lines_of(tmp_path: Path, text: str) -> Lines | None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    return open_lines(path, RESOURCE)


def test_rows_are_lines(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, 'a,b\n1,"x, y"\n2,\n3,"z ""q"""')
    assert lines is not None
    assert lines.rows.to_pylist() == ['1,"x, y"\n', "2,\n", '3,"z ""q"""']
    assert lines.are_rows(lines.rows)
    columns = lines.read_columns([1])
    assert columns is not None
    assert columns[0].to_pylist() == ["x, y", None, 'z "q"']


@pytest.mark.parametrize(
    "body",
    [
        '1,"x\ny"\n2,z\n',
        '1,"x\n2,y"\n',
        "1,x,y\n2,z\n",
        "1\n2,z\n",
        "1,x\r2,y\n3,z\n",
        '1,"x\n2,y\n3,z\n',
    ],
    ids=["line end", "two lines", "wide", "short", "CR", "open"],
)
def test_what_is_no_row_is_seen(tmp_path: Path, body: str) -> None:
    lines = lines_of(tmp_path, f"a,b\n{body}")
    if lines is not None:  # a quote that goes on is seen at once in a small file
        assert not lines.are_rows(lines.rows)
        assert lines.read_columns([0]) is None


def test_an_empty_line_has_no_first_cell(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "a,b\n1,x\n\n2,y\n")
    assert lines is not None
    assert lines.read_first_cells() is None
    columns = lines.read_columns([0])
    assert columns is not None
    assert columns[0].to_pylist() == ["1", None, "2"]


def test_a_text_that_is_nowhere_cannot_be_a_cell(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "a,b\n1,Miami (city)\n")
    assert lines is not None
    assert lines.may_hold("Miami (city)")
    assert not lines.may_hold("Tucson")


@settings(max_examples=200, deadline=None)
@given(st.text("abné", max_size=40), st.text("abné", min_size=1, max_size=4), st.integers(1, 9))
def test_a_text_is_found_wherever_it_stands(cells: str, text: str, piece: int) -> None:
    with tempfile.TemporaryDirectory() as folder, patch.object(tables, "_SCAN_BYTES", piece):
        lines = lines_of(Path(folder), f"a,b\n1,{cells}\n")
        assert lines is not None
        assert lines.may_hold(text) == (text in f"a,b\n1,{cells}\n")


CELLS = st.sampled_from(["x", '"x"', '"x, y"', '"x\ny"', '"', '5"', '"x', 'y"', '""', '"a""b"', ""])


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30), st.sampled_from([8, 16, 32, 1024])
)
def test_what_is_read_in_halves_is_what_one_reader_sees(
    rows: list[tuple[str, str]], block: int
) -> None:
    body = "".join(f"{one},{other}\n" for one, other in rows)
    with tempfile.TemporaryDirectory() as folder, patch.object(tables, "BLOCK_BYTES", block):
        lines = lines_of(Path(folder), f"a,b\n{body}")
        columns = None if lines is None else lines.read_columns([1])
    if columns is not None:
        read = list(csv.reader(io.StringIO(body, newline="")))
        assert columns[0].to_pylist() == [row[1] or None for row in read]


def test_bytes_that_are_no_text_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 500_000 + b"2,\xff\n")
    lines = open_lines(path, RESOURCE)
    assert lines is not None
    assert lines.read_columns([0]) is None
    assert not lines.are_rows(lines.rows)
    assert lines.are_rows(lines.rows.slice(0, 1))


TAIL = b"," * 16


def read(cells: list[str], delimiter: str = ",") -> list[int] | None:
    lines = [f"{cell}{delimiter}x\n".encode() for cell in cells]
    begins = np.cumsum([0, *map(len, lines[:-1])]).astype(np.int32)
    data = np.frombuffer(b"".join(lines) + TAIL, dtype=np.uint8)
    found = read_first_integers(data, begins, delimiter)
    return None if found is None else list(found.tolist())


def is_plain(cell: str) -> bool:
    digits = cell.isascii() and cell.isdecimal()
    return digits and str(int(cell)) == cell and len(cell) <= LONGEST


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 10**LONGEST - 1).map(str), min_size=1, max_size=20),
    st.sampled_from([",", "|", "\t"]),
)
def test_plain_integers_are_read(cells: list[str], delimiter: str) -> None:
    assert read(cells, delimiter) == [int(cell) for cell in cells]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.integers(0, 10**18).map(str)
        | st.text("0123456789", max_size=18)
        | st.text('0123456789 -+."x/:', max_size=18)
        | st.text(max_size=9).filter(lambda text: not set(text) & {",", "\n"}),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_not_plain_is_not_read(cells: list[str]) -> None:
    assert read(cells) == ([int(c) for c in cells] if all(map(is_plain, cells)) else None)


@pytest.mark.parametrize("length", range(1, LONGEST + 1))
def test_every_length(length: int) -> None:
    cells = ["9" * length, "1" + "0" * (length - 1)]
    assert read(cells) == [int(cell) for cell in cells]


def test_more_lines_than_are_read_at_once() -> None:
    cells = [str(number * 7919) for number in range(70_000)]
    assert read(cells) == [int(cell) for cell in cells]
    assert read([*cells, "x"]) is None


def test_a_line_near_the_end_of_the_data_is_not_read_over_it() -> None:
    data = np.frombuffer(b"1,2\n3,4\n", dtype=np.uint8)
    assert read_first_integers(data, np.array([0, 4]), ",") is None
    assert read_first_integers(data, np.array([], dtype=np.int64), ",") is None
