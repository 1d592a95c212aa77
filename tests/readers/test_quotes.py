"""Quotes that swallow rows or have text behind them: the line is named, by every reader."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from plainrecord.model.checks import Reader
from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers import csv_fast, delimited
from plainrecord.readers.open import open_table
from plainrecord.readers.quotes import QuoteWatch

ROWS, TEXT, OPEN = "rows into one cell", "text follows", "never closed"
SWALLOWED = 'id,note,n\n0,x,0\n1,"a,1\n2,b,2\n3,c",3\n4,d,4\n'
FOLLOWED = 'id,note,n\n0,x,0\n4,"5"5",6\n'
LEFT_OPEN = 'id,note,n\n0,x,0\n4,"5,6\n5,x,7\n'
HONEST = (
    'id,note,n\n1,"12 Main St\nSpringfield, IL 62701",5\n'
    '2,"Dear Sir,\n\nthe car, a Ford, was red, as he said.\nYours, Bob",6\n'
    '3,"He said ""stop"", twice,\nand left",7\n4,"5"" pipe",8\n5,6" pipe,9\n6,"",1\n7,"""",2\n'
)


def remarks(
    source: Path | str, form: str = "csv", encoding: str = "utf-8", **dialect: Any
) -> tuple[list[tuple[str, int]], Reader]:
    """What is said of each kind (its words and its line), and who read the table."""
    data = source if isinstance(source, str) else None
    spoken = Dialect(**dialect)
    resource = Resource("t", "t", "", (), form, encoding, spoken, Schema(()), data)
    table = open_table(resource, source if isinstance(source, Path) else None)
    for _ in table.batches(()):
        pass
    told = []
    for finding in table.remarks():
        (kind,) = (words for words in (ROWS, TEXT, OPEN) if words in finding.found)
        line = finding.found.split("line ")[1].split()[0].strip(":,;")
        told.append((kind, int(line.replace(",", ""))))
    return told, table.reader()


@contextmanager
def carefully(*, careful: bool) -> Iterator[None]:
    with (
        patch.object(delimited, "read_blocks", side_effect=csv_fast.FastReaderGaveUp)
        if careful
        else (patch.object(csv_fast, "LONG_BLOCK_BYTES", 64))
    ):
        yield


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SWALLOWED, [(ROWS, 3)]),
        (FOLLOWED, [(TEXT, 3)]),
        (LEFT_OPEN, [(OPEN, 3)]),
        (HONEST, []),
        (HONEST + SWALLOWED.partition("\n")[2], [(ROWS, 15)]),
        ('id,note,n\n1,"a,1\n2,b",2\n', [(ROWS, 2)]),
        ('id,n\n1,"a\n2,b\n3,c"\n', [(ROWS, 2)]),
        ('id,n\n1,"a"x\n2,"b"\n3,"c"y\n', [(TEXT, 2)]),
        ('id,n\n1,"a" \n', [(TEXT, 2)]),
        ('id,n\n1,x\n2,"a', [(OPEN, 3)]),
        ('id,note,n\r\n1,"a,1\r\n2,b",2\r\n\r\n3,"x"y,3\r\n', [(ROWS, 2), (TEXT, 5)]),
        ('id, note, n\n1, "a, 1\n2, b, 2\n', []),
        ('id,note,n\n1,"a, b\nc, d\ne, f",2\n', []),
    ],
)
def test_the_line_is_named_where_a_quote_takes_too_much(
    tmp_path: Path, text: str, expected: list[tuple[str, int]], *, careful: bool
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    with carefully(careful=careful):
        told, reader = remarks(path)
    assert told == expected
    assert remarks(text)[0] == expected  # inline
    if careful:
        assert reader is Reader.CAREFUL


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (SWALLOWED.replace('"', "'"), {"quote_char": "'"}),
        (SWALLOWED.replace(",", ";"), {"delimiter": ";"}),
        (SWALLOWED.replace(",", "||"), {"delimiter": "||"}),
        (SWALLOWED.replace(",", "\t"), {"delimiter": "\t"}),
        (SWALLOWED.replace("a,1", 'a\\",1'), {"escape_char": "\\"}),
        (SWALLOWED, {"double_quote": False}),
        (SWALLOWED.replace(",", ", "), {"skip_initial_space": True}),
        (SWALLOWED.replace("\n", "#\n"), {"line_terminator": "#\n"}),
        ("#c\n" + SWALLOWED, {"comment_char": "#", "header_rows": (1,)}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_in_every_dialect(tmp_path: Path, text: str, dialect: dict[str, Any]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, newline="")
    told, _ = remarks(path, **dialect)
    assert told == [(ROWS, 4 if text.startswith("#c") else 3)]


def _zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("t.csv", data)
    return stream.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, _zipped, bytes])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_in_packed_files_and_other_encodings(
    tmp_path: Path, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(pack(SWALLOWED.replace("x", "é").encode(encoding)))
    assert remarks(path, encoding=encoding)[0] == [(ROWS, 3)]


@pytest.mark.slow
@pytest.mark.parametrize("careful", [False, True])
def test_in_a_large_file_far_below(tmp_path: Path, *, careful: bool) -> None:
    path = tmp_path / "t.csv"
    many = '1,"x, y",2\n' * 250_000
    path.write_text(many + '1,"x\ny",2\n' * 3 + SWALLOWED.partition("\n")[2] + many + FOLLOWED)
    with carefully(careful=careful) if careful else patch.object(csv_fast, "BLOCK_BYTES", 100_000):
        told, _ = remarks(path)
    assert told == [(ROWS, 250_008), (TEXT, 500_014)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_many_blank_lines_cost_no_more_than_rows(end: bytes) -> None:
    """A file with a blank line after each row: it took time in proportion to their square."""
    lines = [b"a,b", b"", b'"1\n\n1",2', *[b"", b"3,4"] * 150_000]
    watch = QuoteWatch(Dialect(), ",", 2)
    watch.pass_bytes(end.join(lines) + end, last=True)
    assert watch.empty_rows == [2, *range(4, 300_004, 2)]


CELLS = ("a", '"a"', '""', "", '"a', 'a"', '"a,b"', '"a""b"', '"a"b', '" a" ', '"', '"a\nb"')


def test_blocks_with_regular_quotes_are_not_searched_cell_by_cell(tmp_path: Path) -> None:
    """What is proved by counting separators and quotes is what reading each quote finds."""
    seed, path, regular = random.Random(3), tmp_path / "t.csv", 0  # noqa: S311
    is_regular = QuoteWatch._is_regular
    for _ in range(400):
        cells = CELLS[: seed.choice((4, 12))]
        rows = [[seed.choice(cells) for _ in "ab"] for _ in range(3)]
        ends = seed.choice(("\n", "\n", "\r\n")), seed.choice(("\n", "\n\n", ""))
        path.write_text("x,y\n" + ends[0].join(map(",".join, rows)) + ends[1], newline="")
        with patch.object(QuoteWatch, "_is_regular", autospec=True, side_effect=is_regular) as seen:
            told = remarks(path)
        with patch.object(QuoteWatch, "_is_regular", return_value=False):
            assert remarks(path) == told
        block = path.read_bytes().partition(b"\n")[2]
        regular += bool(seen.called) and is_regular(
            QuoteWatch(Dialect(), ",", 2), np.frombuffer(block, dtype=np.uint8), 3
        )
    assert regular > 20
