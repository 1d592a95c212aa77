"""The integers at the beginning of lines are those that Python reads there, or none are read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.tables.firsts import LONGEST, read_first_integers

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
