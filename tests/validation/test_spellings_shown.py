"""Two spellings of one thing are shown so that the difference is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.validation.spellings import LONGEST_SHOWN, find_respellings, show_apart

LONG = "Department of Homeland Security, Immigration and Customs Enforcement, "


@pytest.mark.parametrize(
    ("one", "other", "seen"),
    [
        ("Seattle", "SEATTLE", "'SEATTLE'"),
        (LONG + "Boston", LONG + "BOSTON", "BOSTON'"),
        (LONG + "Boston", LONG + "Boston ", "Boston '"),
        (LONG + "New York", LONG + "New\u00a0York", "\\xa0"),
        ("Jos\u00e9", "Jose\u0301", "\\u0301"),
        (LONG + "Jos\u00e9", LONG + "Jose\u0301", "\\u0301"),
        ("Seattle", "Seattle\u200b", "\\u200b"),
        ("x" * 200 + "A", "x" * 200 + "a", "xa'"),
        ("A" + "x" * 200, "a" + "x" * 200, "'a"),
    ],
)
def test_the_difference_is_seen(one: str, other: str, seen: str) -> None:
    first, second = show_apart([one, other])
    assert first != second
    assert seen in second
    assert max(len(first), len(second)) < 6 * LONGEST_SHOWN


def test_the_finding_shows_it() -> None:
    values = {LONG + "Boston": (9, 0, 2, LONG + "Boston"), LONG + "boston": (1, 0, 3, "x")}
    (finding,) = find_respellings("office", values, ["a.csv"])
    assert "Boston'" in finding.found
    assert "boston'" in finding.found


@given(st.lists(st.text(min_size=1, max_size=200), min_size=2, max_size=2, unique=True))
def test_different_texts_are_shown_different(texts: list[str]) -> None:
    assert len(set(show_apart(texts))) == 2
