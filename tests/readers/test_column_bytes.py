"""Questions about a column that its bytes answer."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.readers.column_bytes import has_line_end, plain_integers


@given(st.lists(st.integers(0, 10**18 - 1), min_size=1))
def test_integers_in_digits_are_read(numbers: list[int]) -> None:
    column = pa.array(["before", *map(str, numbers), "after"]).slice(1, len(numbers))
    integers = plain_integers(column)
    assert integers is not None
    assert integers.tolist() == numbers


@pytest.mark.parametrize("text", ["", None, "007", "-1", "+1", "1.0", " 1", "1" * 19, "x", "١"])
def test_a_column_with_another_text_holds_no_plain_integers(text: str | None) -> None:
    assert plain_integers(pa.array(["1", text, "0"], pa.string())) is None


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["a b", "c"], False),
        (["a\tb"], False),
        (["a", "b\nc"], True),
        (["a\rb"], True),
        ([], False),
    ],
)
def test_a_line_end_in_a_cell_is_seen(texts: list[str], *, found: bool) -> None:
    assert has_line_end(pa.array(texts, pa.string())) is found
