"""Alternative tables from published numbers: they prove that hidden cells need not be small."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from plainrecord.disclosure.linear_program import (
    INFINITE,
    INTERIOR,
    Indices,
    LinearProgram,
    Marks,
    Numbers,
    Rows,
)
from plainrecord.disclosure.linked_cells import Equation
from plainrecord.disclosure.network_tables import NetworkTables, network_arcs

NEAR = 1e-6
LARGE_SYSTEM = 3000
"""Hidden cells from which on the interior of the solutions is searched, not their corners."""
MOST_ROUNDS = 80
"""Tables that are searched for many cells at once, in each direction."""
MOST_NODES = 200
"""Nodes of one search for an integer table."""
MOST_SINGLE = 400
"""Cells that are searched for one by one, in each direction."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Integer tables over the hidden cells, ascending; `unprotected` ones no table protects."""

    cells: tuple[int, ...]
    tables: tuple[tuple[int, ...], ...]
    unprotected: frozenset[int]


def find_alternatives(
    published: Sequence[int | None],
    equations: Iterable[Equation],
    threshold: int,
    level: int = 2,
    small: Collection[int] = (),
    totals: Collection[int] = (),
    among: Collection[int] | None = None,
    free: Collection[int] = (),
    common: Collection[int] = (),
    hasty: bool = False,
    whole: bool = True,
) -> Alternatives:
    """Tables that agree with `published` (None: hidden), each count at least 1.

    Level 2: each hidden cell is at least `threshold` in one of them. Level 1: each cell of `small`,
    published as "fewer than `threshold`", is 1 in one and `threshold` - 1 in another; of the others
    those of `totals` are at least `threshold` in one, and the rest in all.

    `among`: the only hidden cells to search tables for, if not all. Those of `free` are 0 or more,
    and no table is searched for them; those of `common` are 0 or more at level 1. `hasty`: stop where a further table of a large system
    protects few more. Not `whole`: counts may be fractions, and the tables are left out.
    """
    hidden = np.array([at for at, value in enumerate(published) if value is None], np.int64)
    if not len(hidden):
        return Alternatives((), (), frozenset())
    labelled = np.isin(hidden, list(small)) if level == 1 else np.zeros(len(hidden), bool)
    either = ~labelled & (np.isin(hidden, list(totals)) | (level == 2))
    low = np.where(labelled | either, 1.0, float(threshold))
    high = np.where(labelled, threshold - 1.0, INFINITE)
    loose = np.isin(hidden, list(free))
    low[loose | (np.isin(hidden, list(common)) & (level == 1))] = 0.0
    targets = ~loose if among is None else np.isin(hidden, list(among)) & ~loose
    search = _Search(_restrict(published, equations, hidden), low, high, hasty=hasty, whole=whole)
    missing = search.reach(targets & either, threshold)
    missing |= search.reach(targets & labelled, threshold - 1)
    missing |= search.reach(targets & labelled, 1, least=True)
    return Alternatives(
        tuple(hidden.tolist()),
        tuple(tuple(table.astype(np.int64).tolist()) for table in search.tables if whole),
        frozenset(hidden[missing].tolist()),
    )


@dataclass(frozen=True, slots=True)
class _System:
    """The equations of the hidden cells: the sum of each row is its `rest`."""

    rows: Rows
    rest: Numbers


def _restrict(
    published: Sequence[int | None], equations: Iterable[Equation], hidden: Indices
) -> _System:
    """The equations between hidden cells, once each, after all published numbers are put in."""
    place = {int(cell): at for at, cell in enumerate(hidden)}
    rows: dict[tuple[tuple[int, float], ...], int] = {}
    for total, parts in equations:
        entries = [(place[part], 1.0) for part in parts if published[part] is None]
        known = -sum(published[part] or 0 for part in parts)
        if published[total] is None:
            entries.append((place[total], -1.0))
        else:
            known += published[total] or 0
        if entries:
            rows[tuple(entries)] = known
    matrix = Rows.of(
        ([at for at, _ in entries], [factor for _, factor in entries]) for entries in rows
    )
    return _System(matrix, np.array(list(rows.values()), float))


class _Search:
    """Collects integer tables until each cell has reached its goal in one of them."""

    def __init__(
        self, system: _System, low: Numbers, high: Numbers, *, hasty: bool, whole: bool
    ) -> None:
        self.system, self.low, self.high = system, low, high
        self.tables: list[Numbers] = []
        self.large = len(low) >= LARGE_SYSTEM
        self.hasty = hasty and self.large
        self.whole = whole

    def reach(self, goals: Marks, goal: int, *, least: bool = False) -> Marks:
        """The cells of `goals` that reach `goal` in no table (`least`: from above)."""

        def reached(table: Numbers) -> Marks:
            return table <= goal + NEAR if least else table >= goal - NEAR

        missing = goals.copy()
        for earlier in self.tables:
            missing &= ~reached(earlier)
        if (
            self.large
            and not least
            and ((rest := self._reach_in_network(missing, goal)) is not None)
        ):
            return rest
        for turn in range(MOST_ROUNDS):
            if not missing.any():
                return missing
            values = self._favour(missing, goal, turn, least=least)
            if values is None:
                return missing
            many = self._complete(values, missing & reached(values), goal, least=least)
            if many is None or not (missing & reached(many)).any():
                break
            self.tables.append(many)
            before = missing.sum()
            missing &= ~reached(many)
            if self.hasty and before - missing.sum() < before / 25:
                return missing
        left = missing.copy()
        for cell in np.nonzero(missing)[0][:MOST_SINGLE]:
            if not left[cell]:
                continue
            only = np.zeros(len(missing), bool)
            only[cell] = True
            single = self._complete(None, only, goal, least=least)
            if single is not None:
                self.tables.append(single)
                left &= ~reached(single)
        return left

    def _reach_in_network(self, missing: Marks, goal: int) -> Marks | None:
        """What `reach` returns, for networks of cells of 1 or more; None for all others."""
        arcs = network_arcs(self.system.rows, len(self.low))
        if arcs is None or (self.low != 1).any() or (self.high < INFINITE).any():
            return None
        rest = self.system.rest
        program = LinearProgram(
            self.system.rows,
            (rest, rest),
            (self.low, self.high),
            np.zeros(len(self.low)),
            options={"presolve": "off"},
        )
        values = program.solve()
        first = None if values is None else self._proven(np.round(values))
        if first is None:
            return None
        tables, left = NetworkTables(*arcs, first, goal).reach(missing)
        self.tables += tables
        return left

    def _favour(self, missing: Marks, goal: int, turn: int, *, least: bool) -> Numbers | None:
        """A fractional solution in which many `missing` cells reach the goal."""
        cells = np.nonzero(missing)[0]
        weights = 0.5 + 3 * ((np.arange(len(missing)) * 0.6180339887 + turn * 0.377) % 1) ** 3
        if least:
            costs = np.where(missing, -weights, 0.0)
            return self._solve(self.system.rows, (self.low, self.high), costs)
        # Up to the goal a cell is its own column; what is above it is another, without reward.
        further = np.full(len(missing), -1, np.int32)
        further[cells] = len(missing) + np.arange(len(cells))
        above = missing[self.system.rows.columns]
        rows = self.system.rows.beside(
            further[self.system.rows.columns[above]],
            self.system.rows.factors[above],
            self.system.rows.numbers()[above],
        )
        high = np.where(missing, np.minimum(float(goal), self.high), self.high)
        bounds = (
            np.concatenate([self.low, np.zeros(len(cells))]),
            np.concatenate([high, self.high[cells] - high[cells]]),
        )
        costs = np.where(missing, weights, 0.0)
        values = self._solve(rows, bounds, np.concatenate([costs, np.zeros(len(cells))]))
        if values is None:
            return None
        values[cells] += values[len(missing) :]
        return values[: len(missing)]

    def _solve(self, rows: Rows, bounds: tuple[Numbers, Numbers], costs: Numbers) -> Numbers | None:
        rest = self.system.rest
        options = INTERIOR if self.large else None
        program = LinearProgram(
            rows, (rest, rest), bounds, costs, maximise=bool(costs.any()), options=options
        )
        return program.solve()

    def _complete(
        self, values: Numbers | None, targets: Marks, goal: int, *, least: bool
    ) -> Numbers | None:
        """An integer table near `values` in which the `targets`, or at least some, are at the goal."""
        if values is not None and not self.whole:
            return values
        if values is not None and np.abs(values - np.round(values)).max() <= NEAR:
            return self._proven(np.round(values))
        cells = np.nonzero(targets)[0]
        # Some of the cells leave room for the others: the middle of that room is easy to round.
        share = 0.7 if len(cells) > 1 else 1.0
        while len(cells):
            some = cells[(np.arange(len(cells)) * 0.6180339887) % 1 <= share]
            low, high = self.low.copy(), self.high.copy()
            (high if least else low)[some] = goal
            near = values
            table = None if near is None else self._round(near, low, high)
            if table is None:
                near = self._solve(self.system.rows, (low, high), np.zeros(len(low)))
            if near is not None and not self.whole:
                return near
            if near is not None:
                table = self._round(near, low, high) if table is None else table
                if table is None and (len(some) == 1 or not self.large):
                    table = self._integers(low, high)
                if table is not None:
                    return table
            cells, share, values = (some[::2] if len(some) > 1 else some[:0]), 1.0, None
        return None

    def _round(self, near: Numbers, low: Numbers, high: Numbers) -> Numbers | None:
        """An integer table whose counts are next to those of `near`."""
        near_low = np.maximum(low, np.floor(near + NEAR))
        near_high = np.maximum(near_low, np.minimum(high, np.ceil(near - NEAR)))
        return self._integers(near_low, near_high)

    def _integers(self, low: Numbers, high: Numbers) -> Numbers | None:
        rest = self.system.rest
        program = LinearProgram(
            self.system.rows,
            (rest, rest),
            (low, high),
            np.zeros(len(low)),
            whole=True,
            options={"mip_max_nodes": 1 if self.large else MOST_NODES, "mip_max_improving_sols": 1},
        )
        solution = program.solve()
        return None if solution is None else self._proven(np.round(solution))

    def _proven(self, table: Numbers) -> Numbers | None:
        """`table` where it agrees exactly with all that is published, else None."""
        agrees = (self.system.rows.sums(table) == self.system.rest).all()
        inside = (table >= self.low).all() and (table <= self.high).all()
        return table if agrees and inside else None
