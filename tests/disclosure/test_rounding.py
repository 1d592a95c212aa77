"""Rounding to a base: all sums hold, and each count is close to its true one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.disclosure.linked_cells import LinkedCells, link_cuboids
from plainrecord.disclosure.rounding import round_cells
from tests.disclosure.tables import tables


def assert_rounded(cells: LinkedCells, base: int, most: int) -> None:
    rounded = round_cells(cells, base, {})
    assert rounded is not None
    assert all(value >= 0 and value % base == 0 for value in rounded)
    assert all(
        abs(value - true) < most * base for value, true in zip(rounded, cells.values, strict=True)
    )
    for total, parts in cells.equations:
        assert rounded[total] == sum(rounded[part] for part in parts)


@settings(deadline=None, max_examples=40)
@given(cells=tables(), base=st.sampled_from([3, 5, 10]))
def test_two_way_tables_add_up_and_each_count_is_less_than_the_base_away(
    cells: LinkedCells, base: int
) -> None:
    assert_rounded(cells, base, 1)


@settings(deadline=None, max_examples=25)
@given(cells=tables(most=3, dimensions=3), base=st.sampled_from([3, 5]))
def test_three_way_tables_add_up(cells: LinkedCells, base: int) -> None:
    assert_rounded(cells, base, 4)


@pytest.mark.parametrize(("count", "rounded"), [(1, 0), (2, 0), (3, 5), (7, 5), (8, 10), (10, 10)])
def test_a_count_alone_goes_to_the_nearest_multiple(count: int, rounded: int) -> None:
    cells, _ = link_cuboids({(): {(): count}})
    assert round_cells(cells, 5, {}) == (rounded,)
    other = 5 * (count // 5) + 5 * (rounded == 5 * (count // 5))
    assert round_cells(cells, 5, {0: other}) == (other if count % 5 else count,)


@settings(deadline=None, max_examples=25)
@given(cells=tables(), base=st.sampled_from([3, 5]))
def test_counts_that_did_not_change_stay_as_an_earlier_release_shows_them(
    cells: LinkedCells, base: int
) -> None:
    downwards = LinkedCells(cells.values, cells.equations[::-1], cells.shown)
    before = round_cells(downwards, base, {})
    assert before is not None
    assert round_cells(cells, base, dict(enumerate(before))) == before
