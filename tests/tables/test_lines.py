"""Lines are given out as rows only where each is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.tables.lines import Lines, open_lines

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
    assert lines.read_firsts() is None
    columns = lines.read_columns([0])
    assert columns is not None
    assert columns[0].to_pylist() == ["1", None, "2"]


def test_a_text_that_is_nowhere_cannot_be_a_cell(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "a,b\n1,Miami (city)\n")
    assert lines is not None
    assert lines.may_hold("Miami (city)")
    assert not lines.may_hold("Tucson")
