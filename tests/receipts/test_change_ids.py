"""What pages say about releases: the number of likely renames, and the columns of changes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from plainrecord.receipts.change_ids import changed_columns, count_likely, describe_blanks


@pytest.mark.parametrize(
    ("renamed", "threshold", "small", "told"),
    [
        (3, 0, False, 3),
        (3, 10, False, 0),
        (10, 10, False, 10),
        (12, 10, True, 0),
        (0, 10, False, 0),
    ],
)
def test_few_likely_renames_are_not_reported(
    renamed: int, threshold: int, small: bool, told: int
) -> None:
    pair: Any = SimpleNamespace(small=small, comparison=SimpleNamespace(renamed=renamed))
    assert count_likely(pair, threshold) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("County", ""),
        ("County ", "with a space at the end"),
        ("\tCounty", "with a space at the beginning"),
        (" County\u00a0", "with spaces at both ends"),
        ("", ""),
        (" ", ""),
    ],
)
def test_blanks_that_nobody_sees_are_reported(text: str, told: str) -> None:
    assert describe_blanks(text) == told


def test_a_column_of_what_changed_makes_room_for_the_key() -> None:
    assert changed_columns(("Old", "old_", "x")) == ("field", "old__", "new", "kind")
