"""Tables by each two of three fields: counts by all three, which nobody publishes, give none away."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping

import highspy
import numpy as np
import pytest
from highspy.highs import _Highs  # type: ignore[attr-defined]

from plainrecord.disclosure.joint_counts import suppress_with_joint
from plainrecord.disclosure.linked_cells import Dimensions, Key, link_cuboids
from plainrecord.disclosure.table_suppression import suppress_cells
from tests.disclosure.tables import Cuboids, cuboids_of

PEOPLE: Mapping[Key, int] = {
    ("a0", "b0", "c1"): 7, ("a0", "b0", "c2"): 1, ("a0", "b1", "c1"): 8, ("a0", "b1", "c2"): 1,
    ("a0", "b2", "c0"): 184, ("a0", "b2", "c1"): 194, ("a0", "b2", "c2"): 15, ("a0", "b3", "c0"): 1,
    ("a0", "b3", "c1"): 3, ("a1", "b1", "c1"): 1, ("a1", "b2", "c0"): 6, ("a2", "b0", "c0"): 6,
    ("a2", "b0", "c1"): 2, ("a2", "b0", "c2"): 4, ("a2", "b3", "c0"): 8, ("a2", "b3", "c1"): 2,
}  # fmt: skip


def invent(seed: int) -> Mapping[Key, int]:
    chance = random.Random(seed)  # noqa: S311 - the same people in each run
    keys = itertools.product("xyz", "pqrs", "uvw")
    return {key: count for key in keys if (count := chance.choice([0, 0, 0, 1, 2, 3, 9, 40]))}


def find_greatest(cuboids: Cuboids, hidden: set[tuple[Dimensions, Key]]) -> Mapping[Key, float]:
    """For each hidden count, the greatest that counts by all three fields allow."""
    keys = [*itertools.product(*(sorted({key[0] for key in cuboids[name,]}) for name in "abc"))]
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    for _ in keys:
        solver.addVar(0.0, highspy.kHighsInf)
    members: dict[Key, list[int]] = {}
    for names, counts in cuboids.items():
        places = ["abc".index(name) for name in names]
        values = [sorted({key[at] for key in keys}) for at in places]
        for cell in itertools.product(*values):
            inside = [at for at, key in enumerate(keys) if tuple(key[p] for p in places) == cell]
            count = float(counts.get(cell, 0))
            low, high = (1.0, highspy.kHighsInf) if (names, cell) in hidden else (count, count)
            solver.addRow(low, high, len(inside), np.array(inside), np.ones(len(inside)))
            if (names, cell) in hidden:
                members[cell] = inside
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    greatest = {}
    for cell, inside in members.items():
        for at in range(len(keys)):
            solver.changeColCost(at, float(at in inside))
        solver.run()
        unbounded = solver.getModelStatus() != highspy.HighsModelStatus.kOptimal
        greatest[cell] = (
            highspy.kHighsInf if unbounded else solver.getInfo().objective_function_value
        )
    return greatest


@pytest.mark.parametrize("people", [PEOPLE, *map(invent, range(20))])
def test_no_hidden_count_is_small_by_counts_of_all_three(people: Mapping[Key, int]) -> None:
    whole = cuboids_of(people, ("a", "b", "c"))
    cuboids = {names: counts for names, counts in whole.items() if len(names) < 3}
    cells, index = link_cuboids(cuboids)
    result = suppress_with_joint(cells, index, whole.__getitem__, 3, 2)
    hidden = {place for place, at in index.items() if at in result.hidden}
    if not result.unprotected:
        assert not [
            cell for cell, most in find_greatest(cuboids, hidden).items() if most < 3 - 1e-6
        ]
    if people is PEOPLE:
        alone = suppress_cells(cells, 3).hidden
        before = {place for place, at in index.items() if at in alone}
        assert find_greatest(cuboids, before)["b1", "c2"] < 3
        assert not result.unprotected
