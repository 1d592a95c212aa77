"""No reader can tell from published tables that a hidden count is small."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from plainrecord.disclosure import alternatives, protection_problem, table_suppression
from plainrecord.disclosure.alternatives import find_alternatives
from plainrecord.disclosure.linked_cells import Key, LinkedCells, link_cuboids
from plainrecord.disclosure.table_suppression import Suppression, suppress_cells
from tests.disclosure.tables import agrees, cuboids_of, every_table, linked, publish, tables

few = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def assert_protected(cells: LinkedCells, result: Suppression, threshold: int) -> None:
    """Every hidden cell that can be protected is large in an integer table that agrees."""
    published = publish(cells, result.hidden)
    found = find_alternatives(published, cells.equations, threshold)
    assert found.cells == tuple(sorted(result.hidden))
    assert found.unprotected <= result.unprotected
    reached: set[int] = set()
    for table in found.tables:
        counts = dict(zip(found.cells, table, strict=True))
        assert agrees(published, cells, counts)
        reached |= {at for at, count in counts.items() if count >= threshold}
    assert reached >= result.hidden - result.unprotected


@few
@given(tables(most=5), st.integers(3, 12))
def test_small_cells_of_two_way_tables_are_protected(cells: LinkedCells, threshold: int) -> None:
    result = suppress_cells(cells, threshold)
    small = {at for at, value in enumerate(cells.values) if value < threshold}
    assert small <= result.primary | result.unprotected
    assert result.primary <= result.hidden
    assert not result.hidden & cells.shown
    assert result.bound <= result.extra
    assert_protected(cells, result, threshold)


@few
@given(tables(most=3, dimensions=3), st.integers(3, 11))
def test_small_cells_of_three_way_tables_are_protected(cells: LinkedCells, threshold: int) -> None:
    result = suppress_cells(cells, threshold)
    assert_protected(cells, result, threshold)
    assert suppress_cells(cells, threshold) == result


@few
@given(tables(most=3, largest=7))
def test_a_reader_who_tries_every_table_finds_no_small_cell(cells: LinkedCells) -> None:
    result = suppress_cells(cells, 3)
    assume(len(result.hidden) <= 7)
    published = publish(cells, result.hidden)
    most = dict.fromkeys(result.hidden, 0)
    for table in every_table(published, cells):
        for at, count in table.items():
            most[at] = max(most[at], count)
    small = {at for at, count in most.items() if count < 3}
    assert small <= result.unprotected
    # What nothing protects is not protected where everything is hidden either.
    everything = frozenset(range(len(cells.values))) - cells.shown
    if len(everything) <= 8 and result.unprotected - cells.shown:
        tried = every_table(publish(cells, everything), cells)
        assert all(table[at] < 3 for table in tried for at in result.unprotected - cells.shown)


@few
@given(tables(most=3, dimensions=3, largest=9))
def test_a_reader_who_tries_every_three_way_table_finds_no_small_cell(cells: LinkedCells) -> None:
    result = suppress_cells(cells, 3)
    assume(len(result.hidden) <= 8)
    most = dict.fromkeys(result.hidden, 0)
    for table in every_table(publish(cells, result.hidden), cells):
        for at, count in table.items():
            most[at] = max(most[at], count)
    assert {at for at, count in most.items() if count < 3} <= result.unprotected


@few
@given(tables(most=4), st.integers(3, 8))
def test_level_1_leaves_the_whole_range_open(cells: LinkedCells, threshold: int) -> None:
    result = suppress_cells(cells, threshold, level=1)
    published = publish(cells, result.hidden)
    labelled = result.primary - cells.totals
    found = find_alternatives(
        published, cells.equations, threshold, level=1, small=labelled, totals=cells.totals
    )
    low, high, large = set[int](), set[int](), set[int]()
    for table in found.tables:
        counts = dict(zip(found.cells, table, strict=True))
        assert agrees(published, cells, counts)
        assert all(
            (at in labelled) == (count < threshold)
            for at, count in counts.items()
            if at not in cells.totals
        )
        low |= {at for at, count in counts.items() if count == 1}
        high |= {at for at, count in counts.items() if count == threshold - 1}
        large |= {at for at, count in counts.items() if count >= threshold}
    assert low & high >= labelled - result.unprotected
    assert large >= result.hidden & cells.totals - result.unprotected


@few
@given(tables(most=4), st.integers(3, 8))
def test_alternatives_say_nothing_about_the_true_counts(cells: LinkedCells, threshold: int) -> None:
    hidden = suppress_cells(cells, threshold).hidden
    published = publish(cells, hidden)
    found = find_alternatives(published, cells.equations, threshold)
    for table in found.tables:
        values = list(cells.values)
        for at, count in zip(found.cells, table, strict=True):
            values[at] = count
        other = LinkedCells(tuple(values), cells.equations, cells.shown)
        assert find_alternatives(publish(other, hidden), other.equations, threshold) == found


@few
@given(tables(most=6), st.integers(3, 8))
def test_large_networks_are_searched_without_programs_and_as_well(
    cells: LinkedCells, threshold: int
) -> None:
    published = publish(cells, suppress_cells(cells, threshold).hidden)
    usual = find_alternatives(published, cells.equations, threshold)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alternatives, "LARGE_SYSTEM", 1)
        found = find_alternatives(published, cells.equations, threshold)
        assert found == find_alternatives(published, cells.equations, threshold)
    assert found.unprotected == usual.unprotected
    for table in found.tables:
        assert agrees(published, cells, dict(zip(found.cells, table, strict=True)))


@few
@given(tables(most=3, dimensions=3), st.integers(3, 8))
def test_large_linked_sets_are_protected(cells: LinkedCells, threshold: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alternatives, "LARGE_SYSTEM", 1)
        patch.setattr(table_suppression, "LARGE_SYSTEM", 1)
        patch.setattr(protection_problem, "MOST_EXACT", 0)
        result = suppress_cells(cells, threshold)
        assert suppress_cells(cells, threshold) == result
        published = publish(cells, result.hidden)
        found = find_alternatives(published, cells.equations, threshold)
        assert found == result.alternatives
    assert result.bound <= result.extra
    reached: set[int] = set()
    for table in found.tables:
        counts = dict(zip(found.cells, table, strict=True))
        assert agrees(published, cells, counts)
        reached |= {at for at, count in counts.items() if count >= threshold}
    assert reached >= result.hidden - result.unprotected


def test_more_cells_than_can_be_protected_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_suppression, "MOST_CELLS", 3)
    with pytest.raises(ValueError, match="4 cells are linked; at most 3"):
        suppress_cells(linked((3,), [4, 20, 30]), 5)


@pytest.mark.parametrize(
    ("cells", "threshold", "unprotected"),
    [
        (LinkedCells((), ()), 5, 0),
        (linked((2, 2), [50, 50, 50, 50]), 5, 0),
        (linked((3,), [5, 20, 30]), 5, 0),  # equal to the threshold is not small
        (linked((3,), [4, 20, 30]), 5, 0),
        (linked((3,), [1, 1, 1]), 5, 4),  # the total is small itself
        (linked((4,), [1, 1, 1, 1]), 3, 4),  # each is 1, because the total is shown
        (linked((2, 2), [1, 2, 3, 4]), 11, 9),
        (linked((3, 3), [3, 0, 0, 20, 30, 40, 50, 60, 70]), 5, 0),  # one cell alone in its row
    ],
)
def test_special_tables(cells: LinkedCells, threshold: int, unprotected: int) -> None:
    result = suppress_cells(cells, threshold)
    assert len(result.unprotected) == unprotected
    assert_protected(cells, result, threshold)


def test_what_earlier_releases_hid_stays_hidden_and_what_they_showed_is_shown() -> None:
    cells = linked((3, 3), [3, 20, 20, 20, 20, 20, 20, 20, 20])
    free = suppress_cells(cells, 5)
    shown = LinkedCells(
        cells.values, cells.equations, cells.shown | (free.hidden - free.primary), frozenset({7})
    )
    with_past = suppress_cells(shown, 5)
    assert not with_past.hidden & shown.shown
    assert 7 in with_past.hidden
    assert_protected(cells, with_past, 5)
    small_shown = LinkedCells(cells.values, cells.equations, cells.shown | free.primary)
    assert suppress_cells(small_shown, 5).unprotected == free.primary


def real_table(path: Path, row: str, column: str) -> dict[Key, int]:
    """Rows of a compressed CSV file counted by two columns."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return dict(Counter((line[row], line[column]) for line in csv.DictReader(file)))


def lognormal() -> dict[Key, int]:
    """The artificial table of 30 x 30 counts."""
    drawn = np.random.default_rng(7).lognormal(4.5, 1.0, (30, 30))
    return {
        (str(row), str(column)): max(1, round(float(drawn[row, column])))
        for row in range(30)
        for column in range(30)
    }


@pytest.mark.parametrize(
    ("file", "row", "column", "least"),
    [
        ("ms-highway-patrol-stops/ms_stops_2013-2016.csv.gz", "county_name", "violation", 579),
        ("minneapolis-stops-2017/mpls_stops_2017.csv.gz", "neighborhood", "race", 682),
    ],
)
def test_real_tables_lose_no_more_than_they_must(
    real_data: Path, file: str, row: str, column: str, least: int
) -> None:
    cells, _ = link_cuboids(cuboids_of(real_table(real_data / file, row, column), (row, column)))
    result = suppress_cells(cells, 11)
    assert (result.extra, result.bound, result.unprotected) == (least, least, frozenset())
    assert_protected(cells, result, 11)


def test_an_artificial_table_loses_no_more_than_it_must() -> None:
    cells, _ = link_cuboids(cuboids_of(lognormal(), ("row", "column")))
    result = suppress_cells(cells, 11)
    assert (result.extra, result.bound, result.unprotected) == (181, 181, frozenset())
    assert_protected(cells, result, 11)


def test_a_last_cell_is_protected_after_the_search_for_many_has_ended() -> None:
    """Nothing that many cells move together protects it: a circle of three others is searched."""
    cells = linked((3, 3), [10, 60, 70, 50, 40, 90, 80, 75, 85])
    problem = protection_problem.ProtectionProblem(cells, 11, 2)
    problem.reward = protection_problem.MOST_REWARD
    (small,) = np.flatnonzero(problem.primary).tolist()
    hidden = problem.primary.copy()
    more = problem.extend(hidden, frozenset({small}))
    assert sorted(cells.values[at] for at in np.flatnonzero(more)) == [40, 50, 60]


def test_at_level_1_a_small_total_of_several_counts_can_be_any_count() -> None:
    """A county with the counts 1, 1 and 2 has 3 at least: "fewer than 11" could not be 1."""
    reasons: dict[Key, int] = {("x", "a"): 1, ("x", "b"): 1, ("x", "c"): 2}
    reasons |= {(county, reason): 40 for county in "yz" for reason in "abc"}
    races: dict[Key, int] = {
        ("x", "w"): 4,
        ("y", "w"): 60,
        ("y", "v"): 60,
        ("z", "w"): 60,
        ("z", "v"): 60,
    }
    cuboids = cuboids_of(reasons, ("county", "reason")) | cuboids_of(races, ("county", "race"))
    cells, index = link_cuboids(cuboids)
    result = suppress_cells(cells, 11, level=1)
    assert not result.unprotected
    names = ("county",), ("county", "race")
    totals = {index[names[0], ("x",)], index[names[1], ("x", "w")]}
    assert totals == result.primary & cells.totals
    assert result.primary - totals == {
        index[("county", "reason"), ("x", reason)] for reason in "abc"
    }
