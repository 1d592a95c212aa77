"""The attack on hidden cells, compared with brute force on tiny tables."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.audit.attack import attack_cells
from plainrecord.audit.solver import exact_ranges
from plainrecord.audit.system import UNBOUNDED, CellSum, narrow_ranges

K = 4
MOST = 7


@st.composite
def systems(draw: st.DrawFn) -> tuple[list[CellSum], list[int], list[int]]:
    """Equations over a table of 2 x 3, with margins, some cells hidden; true values 1 to MOST."""
    rows, columns = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    values = draw(st.lists(st.integers(1, MOST), min_size=rows * columns, max_size=rows * columns))
    hidden = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    unknown = {at: place for place, at in enumerate(i for i, h in enumerate(hidden) if h)}
    lines = [[r * columns + c for c in range(columns)] for r in range(rows)]
    lines += [[r * columns + c for r in range(rows)] for c in range(columns)]
    equations = [
        CellSum(
            tuple((unknown[at], 1) for at in line if at in unknown),
            sum(values[at] for at in line if at in unknown),
            f"line {number}",
        )
        for number, line in enumerate(lines)
        if draw(st.booleans())
    ]
    return equations, [1] * len(unknown), [MOST] * len(unknown)


def brute_force(equations: list[CellSum], count: int) -> list[tuple[int, ...]]:
    """All tables of integers that fulfil the equations."""
    return [
        table
        for table in product(range(1, MOST + 1), repeat=count)
        if all(sum(s * table[at] for at, s in one.terms) == one.total for one in equations)
    ]


@given(systems())
def test_ranges_are_those_of_brute_force(
    system: tuple[list[CellSum], list[int], list[int]],
) -> None:
    equations, lower, upper = system
    if len(lower) > 6:
        return
    tables = brute_force(equations, len(lower))
    ranges = narrow_ranges(equations, lower, upper)
    exact = exact_ranges(equations, ranges, range(len(lower)))
    for at in range(len(lower)):
        true = min(table[at] for table in tables), max(table[at] for table in tables)
        assert ranges.lower[at] <= true[0]
        assert ranges.upper[at] >= true[1]
        assert (exact[at][0].value, exact[at][1].value) == true
        assert exact[at][0].exact
        assert exact[at][1].exact
    attack = attack_cells(equations, (lower, upper), threshold=K)
    small = {at for at in range(len(lower)) if all(table[at] < K for table in tables)}
    assert {cell.number for cell in attack.narrowed} == small
    assert len(attack.narrowed) + attack.solved == len(lower)
    assert all(cell.decided for cell in attack.narrowed)


def test_a_cube_whose_linear_bound_is_too_wide() -> None:
    """A system of which the linear program has halves: three cells, each two of which add up to 3."""
    pairs = [CellSum(((0, 1), (1, 1), (3, 1)), 4, "a"), CellSum(((1, 1), (2, 1), (3, 1)), 4, "b")]
    pairs.append(CellSum(((0, 1), (2, 1), (3, 1)), 4, "c"))
    exact = exact_ranges(pairs, narrow_ranges(pairs, [1] * 4, [9] * 4), range(4))
    assert [(low.value, high.value) for low, high in exact.values()] == [(1, 1)] * 3 + [(2, 2)]


def test_certificates_are_believed_where_they_add_up() -> None:
    equations = [CellSum(((0, 1), (1, 1)), 20, "row"), CellSum(((2, 1), (3, 1)), 20, "row")]
    bounds = [1] * 4, [UNBOUNDED] * 4
    good = [[15, 5, 5, 15], [5, 15, 15, 5]]
    attack = attack_cells(equations, bounds, threshold=11, alternatives=good)
    assert (attack.certified, attack.solved, attack.narrowed, attack.wrong) == (4, 0, (), ())
    bad = [[15, 5, 5, 16], [19, 1, 20, 0], [1, 2, 3]]
    attack = attack_cells(equations, bounds, threshold=11, alternatives=bad)
    assert (attack.certified, attack.solved) == (0, 4)
    assert attack.wrong == (
        "alternative 1 does not add up: row",
        "alternative 2 has the impossible count 0",
        "alternative 3 has 3 counts for 4 cells",
    )


def test_a_conflict_is_said() -> None:
    equations = [CellSum(((0, 1),), 5, "five"), CellSum(((0, 1),), 6, "six")]
    assert attack_cells(equations, ([1], [99]), threshold=11).conflict in ("five", "six")
    assert attack_cells([CellSum((), 1, "rest")], ([], []), threshold=11).conflict == "rest"


def test_level_1_needs_both_ends_of_the_range() -> None:
    equations = [CellSum(((0, 1), (1, 1)), 20, "row")]
    attack = attack_cells(equations, ([1, 11], [10, UNBOUNDED]), threshold=11, small={0})
    assert [(c.least, c.greatest) for c in attack.narrowed] == [(1, 9)]
    assert attack.narrowed[0].how == "row"


def test_the_solver_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    equations = [CellSum(((0, 1), (1, 1)), 20, "row")]
    exact_ranges(equations, narrow_ranges(equations, [1, 1], [99, 99]), [0])
    assert capfd.readouterr() == ("", "")
