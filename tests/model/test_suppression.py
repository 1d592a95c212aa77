"""Suppression: no small count is shown, and none can be worked out from what is shown."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.packages import MissingKind, MissingValue
from plainrecord.model.suppression import (
    FieldCounts,
    HiddenCounts,
    is_safe,
    suppress,
    suppress_field,
)

MISSING, WITHHELD = MissingKind.MISSING, MissingKind.WITHHELD
COUNTS = st.lists(st.integers(1, 30), max_size=6)


def test_counts_below_the_threshold_are_hidden_and_zero_is_not() -> None:
    assert suppress([0, 12, 40], 10) == (0, 12, 40)
    assert suppress([3, 4, 4, 40], 10) == (None, None, None, 40)
    assert suppress([3, 1], 0) == (3, 1)


def test_the_next_smallest_is_hidden_where_a_count_would_follow_from_the_total() -> None:
    assert suppress([3, 12, 40, 0], 10) == (None, None, 40, 0)
    assert suppress([3, 4, 40], 10) == (None, None, None)  # 3 + 4 is small itself
    assert suppress([1, 1, 1, 40], 3) == (None,) * 4  # three rows in three counts: one each
    assert suppress([9, 9, 9, 40], 10) == (None,) * 4  # no three small counts have a larger sum
    assert suppress([3], 10) == (None,)
    assert not is_safe([3], 10)


def test_rows_that_no_count_covers_hide_as_a_count_does() -> None:
    assert suppress([3, 40], 10, rest=20) == (None, 40)
    assert suppress([30, 40], 10, rest=2) == (None, 40)


def test_a_count_is_hidden_on_demand() -> None:
    assert suppress([0, 20, 30], 10, also=[0]) == (None, None, 30)


def attack(shown: tuple[int | None, ...], total: int, threshold: int) -> list[set[int]]:
    """The values that each hidden count can have, for a reader who knows the rule and the total."""
    places = [at for at, count in enumerate(shown) if count is None]
    left = total - sum(count for count in shown if count is not None)
    possible: list[set[int]] = [set() for _ in places]
    for values in product(range(1, left + 1), repeat=max(len(places) - 1, 0)):
        last = left - sum(values)
        if not places or last < 1:
            continue
        table = list(shown)
        for at, value in zip(places, (*values, last), strict=True):
            table[at] = value
        counts = [count for count in table if count is not None]
        if suppress(counts, threshold) == shown:
            for values_of, at in zip(possible, places, strict=True):
                values_of.add(counts[at])
    return possible


@given(st.lists(st.integers(0, 9), max_size=4), st.integers(2, 5))
def test_no_hidden_count_can_be_worked_out(counts: list[int], threshold: int) -> None:
    shown = suppress(counts, threshold)
    assert all(count is None or not 0 < count < threshold for count in shown)
    hidden = [count for count, seen in zip(counts, shown, strict=True) if seen is None]
    if is_safe(hidden, threshold):
        for values in attack(shown, sum(counts), threshold):
            assert len(values) > 1, (counts, shown)
    else:
        assert all(seen is None for count, seen in zip(counts, shown, strict=True) if count)


@pytest.mark.parametrize("threshold", [2, 3, 4])
def test_no_hidden_count_of_any_small_table_can_be_worked_out(threshold: int) -> None:
    for counts in product(range(7), repeat=3):
        shown = suppress(counts, threshold)
        hidden = [count for count, seen in zip(counts, shown, strict=True) if seen is None]
        if is_safe(hidden, threshold):
            for values in attack(shown, sum(counts), threshold):
                assert len(values) > 1, (counts, shown)


def hide(
    values: list[int], missing: list[int], withheld: list[int], threshold: int, rest: int = 0
) -> HiddenCounts:
    marks = tuple(
        (MissingValue(f"{kind}{place}", "", kind), count)
        for kind, counts in ((MISSING, missing), (WITHHELD, withheld))
        for place, count in enumerate(counts)
    )
    filled = sum(values) + rest
    rows = filled + sum(missing) + sum(withheld)
    return suppress_field(FieldCounts(rows, filled, marks, tuple(values)), threshold)


def test_a_dataset_without_a_threshold_shows_every_count() -> None:
    assert hide([3, 1], [1], [1], 0, 1) == HiddenCounts(False, (False, False), (False, False))


def test_one_rare_value_takes_the_next_smallest_with_it() -> None:
    assert hide([40, 30, 3], [], [], 11).values == (False, True, True)
    assert hide([40, 30, 3], [], [], 11, rest=20).values == (False, False, True)


def test_values_that_are_not_listed_do_not_follow_from_the_listed_ones() -> None:
    assert hide([40, 30], [], [], 11, rest=2).values == (False, True)


def test_three_that_occur_once_do_not_follow_from_their_sum() -> None:
    assert hide([40, 1, 1, 1], [], [], 3).values == (True, True, True, True)


@given(COUNTS, COUNTS, COUNTS, st.integers(2, 15), st.integers(0, 20))
def test_no_small_count_of_a_field_is_shown_or_follows(
    values: list[int], missing: list[int], withheld: list[int], threshold: int, rest: int
) -> None:
    hidden = hide(values, missing, withheld, threshold, rest)
    numbers = [*missing, *withheld]
    hidden_marks = sum(n for n, is_hidden in zip(numbers, hidden.marks, strict=True) if is_hidden)
    hidden_values = sum(n for n, is_hidden in zip(values, hidden.values, strict=True) if is_hidden)
    assert all(n >= threshold or h for n, h in zip(numbers, hidden.marks, strict=True))
    assert all(n >= threshold or h for n, h in zip(values, hidden.values, strict=True))
    absent, filled = sum(numbers), sum(values) + rest
    for total in (absent, filled):
        assert hidden.total or not 0 < total < threshold
    if not hidden.total:
        # Whoever knows the totals knows these sums; none of them may be a small count.
        assert hidden_marks == 0 or hidden_marks >= threshold
        assert hidden_values + rest == 0 or hidden_values + rest >= threshold
        others = sum(missing)
        assert not 0 < others < threshold
    elif filled >= threshold and absent + filled >= threshold:
        # Whoever knows the rows and what is withheld knows what is left over.
        left = hidden_values + rest + (sum(missing) or absent)
        assert left >= threshold or all(hidden.values)
