"""Delimited text: what a dialect's comments do to the header, and encodings that are none."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers.batches import Unreadable
from plainrecord.readers.delimited import open_delimited


def resource(encoding: str = "utf-8", **dialect: object) -> Resource:
    spoken = Dialect(**dialect)  # type: ignore[arg-type]
    return Resource("t", "t", "", (), "csv", encoding, spoken, Schema(()))


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("#one\n#two\na,b\n1,x\n", {"comment_char": "#"}),
        ("#one\n#two\na,b\n1,x\n", {"comment_char": "#", "header_rows": (3,)}),
        ("one,two\nthree\na,b\n1,x\n", {"comment_rows": (1, 2)}),
    ],
)
def test_a_comment_is_no_header(tmp_path: Path, text: str, dialect: dict[str, Any]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    table = open_delimited(path, resource(**dialect))
    assert table.labels == ("a", "b")
    assert table.header_row == 3
    rows = [batch.column("row").to_pylist() for batch in table.batches(())]
    assert rows == [[4]]


def test_nothing_but_comments_has_no_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("#one\n#two\n")
    with pytest.raises(Unreadable):
        open_delimited(path, resource(comment_char="#"))


@pytest.mark.parametrize(
    "encoding", ["base64", "hex", "rot13", "undefined", "idna", "zlib", "nope", "a\0b", "utf-8\n"]
)
def test_what_is_no_encoding_of_text_is_a_finding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,\xff\n")
    with pytest.raises((Unreadable, UnicodeDecodeError)):
        for _ in open_delimited(path, resource(encoding)).batches(()):
            pass


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1," + "x" * 11_000_000 + "\n",
        "x" * 11_000_000,
        "a,b\n" + "," * 11_000_000 + "\n",
        'a,b\n1,"' + "x\n" * 15_000_000,
    ],
    ids=["cell", "file", "commas", "quote"],
)
def test_a_line_without_end_is_not_held_in_memory(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises((Unreadable, csv.Error), match=r"longer than|limit"):
        for _ in open_delimited(path, resource()).batches(()):
            pass
