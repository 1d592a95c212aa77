"""Exact integer ranges of hidden cells, by linear and integer programs (HiGHS).

The result of the solver is not believed: values are rounded, and all equations are checked in
integers. A linear program's optimum, rounded down, is a valid upper bound in any case.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

# The class without callbacks: the public one prints its name to standard output when it is made.
from highspy.highs import _Highs  # type: ignore[attr-defined]

from plainrecord.audit.system import UNBOUNDED, CellSum, Ranges, find_violated, split_components

MOST_NODES = 200
"""Branches of one integer program: a count, because a time would give other findings elsewhere."""

MOST_PROGRAMS = 300
"""Integer programs of one component: the linear ones decide most cells, and certificates the rest."""

LARGE = 1_000
"""Unknowns of a component in which no integer program is tried: each would take minutes."""

MOST_WORK = 2_000_000
"""Linear programs of one component, times its unknowns: half a minute. Cells beyond are undecided."""

CLOSE = 1e-6
"""How far a linear program's optimum may be from an integer by rounding errors."""


@dataclass(frozen=True, slots=True)
class Extreme:
    """The greatest or least value of a cell (a bound unless `exact`), and a table that has it."""

    value: int
    exact: bool
    values: Mapping[int, int]


class ComponentSolver:
    """The integer program of one component: unknowns that are linked by equations."""

    def __init__(
        self, unknowns: Sequence[int], equations: Sequence[CellSum], ranges: Ranges
    ) -> None:
        self._unknowns = list(unknowns)
        self._place = {at: place for place, at in enumerate(self._unknowns)}
        self._equations = [
            CellSum(tuple((self._place[at], sign) for at, sign in one.terms), one.total, one.words)
            for one in equations
        ]
        self._lower = [int(ranges.lower[at]) for at in self._unknowns]
        self._upper = [int(ranges.upper[at]) for at in self._unknowns]
        self._highs = _Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("solver", "simplex"),
            ("simplex_strategy", 4),  # primal: the last vertex fulfils the equations of the next
            ("mip_max_nodes", MOST_NODES),
            ("mip_rel_gap", 0.0),
        ):
            self._highs.setOptionValue(option, value)
        self._integer = True
        self._set_integer(False)
        self._programs = MOST_PROGRAMS if len(self._unknowns) <= LARGE else 0
        self._linear = MOST_WORK // max(1, len(self._unknowns))
        for low, high in zip(self._lower, self._upper, strict=True):
            self._highs.addVar(float(low), math.inf if high >= UNBOUNDED else float(high))
        for one in self._equations:
            self._highs.addRow(
                float(one.total),
                float(one.total),
                len(one.terms),
                np.array([at for at, _ in one.terms], dtype=np.int32),
                np.array([sign for _, sign in one.terms], dtype=float),
            )

    def find(self, unknown: int, direction: int) -> Extreme:
        """The greatest (`direction` 1; UNBOUNDED where there is none) or least (-1) integer value."""
        place = self._place[unknown]
        self._highs.changeColCost(place, 1.0)
        sense = highspy.ObjSense.kMaximize if direction > 0 else highspy.ObjSense.kMinimize
        self._highs.changeObjectiveSense(sense)
        try:
            if direction > 0 and self._upper[place] >= UNBOUNDED:
                return Extreme(UNBOUNDED, False, {})
            if self._linear <= 0:
                return Extreme(
                    self._upper[place] if direction > 0 else self._lower[place], False, {}
                )
            self._linear -= 1
            self._set_integer(False)
            bound, values = self._run(place, direction)
            if (values is None or values[place] != bound) and self._programs > 0:
                self._programs -= 1
                self._set_integer(True)
                new_bound, values = self._run(place, direction)
                bound = min(bound, new_bound) if direction > 0 else max(bound, new_bound)
            exact = values is not None and values[place] == bound
            solution = {at: values[i] for i, at in enumerate(self._unknowns)} if values else {}
            return Extreme(bound, exact, solution)
        finally:
            self._highs.changeColCost(place, 0.0)

    def _set_integer(self, integer: bool) -> None:
        if integer != self._integer:
            self._integer = integer
            # A presolved linear program does not begin at the vertex that was found before.
            self._highs.setOptionValue("presolve", "choose" if integer else "off")
            kind = highspy.HighsVarType.kInteger if integer else highspy.HighsVarType.kContinuous
            for place in range(self._highs.getNumCol()):
                self._highs.changeColIntegrality(place, kind)

    def _run(self, place: int, direction: int) -> tuple[int, list[int] | None]:
        """A valid bound, and an integer table that fulfils the equations, if the solver has one."""
        self._highs.run()
        info, status = self._highs.getInfo(), self._highs.getModelStatus()
        limit = self._upper[place] if direction > 0 else self._lower[place]
        optimal = status == highspy.HighsModelStatus.kOptimal
        if self._integer and math.isfinite(info.mip_dual_bound):
            value = info.mip_dual_bound
        elif optimal:
            value = info.objective_function_value
        else:
            return limit, None
        bound = math.floor(value + CLOSE) if direction > 0 else math.ceil(value - CLOSE)
        solution = self._highs.getSolution().col_value
        values = [round(one) for one in solution]
        fits = len(values) == len(self._unknowns) and all(
            low <= one <= high
            for low, one, high in zip(self._lower, values, self._upper, strict=True)
        )
        if not fits or find_violated(self._equations, values) is not None:
            return bound, None
        return bound, values


def exact_ranges(
    equations: Sequence[CellSum], ranges: Ranges, cells: Iterable[int]
) -> dict[int, tuple[Extreme, Extreme]]:
    """For each unknown in `cells`, its least and greatest value over all integer tables."""
    return {
        at: (solver.find(at, -1), solver.find(at, 1))
        for solver, here in _split(equations, ranges, cells)
        for at in here
    }


def _split(
    equations: Sequence[CellSum], ranges: Ranges, cells: Iterable[int]
) -> Iterator[tuple[ComponentSolver, list[int]]]:
    """The solver of each component with unknowns in `cells`, and these unknowns."""
    chosen = set(cells)
    for unknowns, numbers in split_components(len(ranges.lower), equations):
        if here := [at for at in unknowns if at in chosen]:
            yield ComponentSolver(unknowns, [equations[number] for number in numbers], ranges), here


def reach_threshold(
    equations: Sequence[CellSum], ranges: Ranges, cells: Iterable[int], threshold: int
) -> dict[int, Extreme]:
    """Unknowns at `threshold` or more in no integer table found, with greatest values."""
    failed: dict[int, Extreme] = {}
    for solver, open_cells in _split(equations, ranges, cells):
        reached: set[int] = set()
        for at in open_cells:
            if at in reached or ranges.upper[at] >= UNBOUNDED:
                continue
            best = solver.find(at, 1)
            reached |= {other for other, value in best.values.items() if value >= threshold}
            if at not in reached:
                failed[at] = best
    return failed
