"""What is told of editions: likely renames as a file, and how many may be said."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest

from plainrecord.ground.tellings import changed_columns, count_likely, tell_blanks, write_likely
from plainrecord.model.changes import Rename


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
def test_few_likely_renames_are_not_told(
    renamed: int, threshold: int, small: bool, told: int
) -> None:
    pair: Any = SimpleNamespace(small=small, comparison=SimpleNamespace(renamed=renamed))
    assert count_likely(pair, threshold) == told


def test_likely_renames_are_written_as_the_engine_writes() -> None:
    old, new = ('a "b", c', None), ("line\nline", "")
    rename = Rename(old, new, "alike", "who", "who is much the same")
    found: Any = SimpleNamespace(key=("who", "day"), fields=("state",), renames=(rename,))
    text = write_likely(found)
    assert text.splitlines()[0] == ("before_who,before_day,after_who,after_day,field,kind,evidence")
    [line] = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert line == ['a "b", c', "", "line\nline", "", "who", "alike", "is much the same"]
    assert ',,"line\nline","",who' in text  # no value, and an empty one


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("County", ""),
        ("County ", "with a blank at the end"),
        ("\tCounty", "with a blank at the beginning"),
        (" County\u00a0", "with blanks at both ends"),
        ("", ""),
        (" ", ""),
    ],
)
def test_blanks_that_nobody_sees_are_told(text: str, told: str) -> None:
    assert tell_blanks(text) == told


def test_a_column_of_what_changed_makes_room_for_the_key() -> None:
    assert changed_columns(("Old", "old_", "x")) == ("field", "old__", "new", "kind")
