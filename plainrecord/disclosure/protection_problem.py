"""Which cells to hide at least, so that each small cell can deviate far enough from its count.

The cutting planes of M. Fischetti and J. J. Salazar-González, "Models and Algorithms for Optimizing
Cell Suppression in Tabular Data with Linear Constraints", Journal of the American Statistical
Association 95 (2000): a program chooses cells; for each demand a second program looks for a
deviation that keeps all sums and changes chosen cells only; where there is none, its dual values
are an inequality that the first program has to keep.
"""

import math
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
from plainrecord.disclosure.linked_cells import LinkedCells
from plainrecord.disclosure.network_tables import network_signs

NEAR = 1e-6
MOST_EXACT = 600_000
"""Cells times demands up to which the exact method is tried."""
MOST_ENTRIES = 2_000_000
"""Entries of the rows that say of each cell that it is not hidden alone."""
MOST_ROUNDS = 60
MOST_NODES = 1_000
"""Nodes of one search for the best integer choice."""


MOST_MOVED = 50_000
"""Cells up to which integer programs and moves of all cells together are tried."""
MOST_TABLES = 15
"""Tables that the proof of a very large set should need at most, about."""
FEW_DEMANDS = 30
"""Demands of which each gets a move of its own where one for all together finds nothing."""
MOST_REWARD = 1e9
"""The price of hidden counts that the last cells are protected for."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A cell that must be able to deviate by `amount`: upwards, or downwards."""

    cell: int
    up: bool
    amount: int


class ProtectionProblem:
    """The deviations from the true counts that each cell and each demand allows."""

    def __init__(self, cells: LinkedCells, threshold: int, level: int) -> None:
        values = np.array(cells.values, float)
        count = len(values)
        self.values, self.threshold, self.equations = values, threshold, cells.equations
        self.open = np.isin(np.arange(count), list(cells.open))
        self.small = (values < threshold) & ~self.open
        self.hideable = np.ones(count, bool)
        self.hideable[list(cells.shown)] = False
        self.primary = self.small & self.hideable
        self.forced = self.primary.copy()
        self.forced[[*cells.hidden, *(cells.open - cells.shown)]] = True
        self.rows = Rows.of(
            ((*parts, total), (*[1.0] * len(parts), -1.0)) for total, parts in cells.equations
        )
        totals = np.isin(np.arange(count), list(cells.totals))
        limited = self.small & ~totals & (level == 1)
        common = np.isin(np.arange(count), list(cells.common)) & (level == 1)
        self._limit_parts(limited, common)
        self.limited = limited
        least = np.where(self.small | totals | (level == 2), 1.0, threshold)
        least[self.open | common] = 0.0
        self.down = np.where(self.hideable, np.maximum(values - least, 0), 0.0)
        most = values.max(initial=0.0) * threshold
        self.up = np.where(limited, threshold - 1 - values, most)
        self.up[~self.hideable] = 0.0
        self.demands = [
            Demand(int(cell), up=up, amount=amount)
            for cell in np.nonzero(self.primary)[0]
            for up, amount in (
                (True, threshold - int(limited[cell]) - int(values[cell])),
                (False, int(values[cell]) - 1),
            )
            if amount > 0 and (up or limited[cell])
        ]
        self.reward = 4.0 * threshold
        self.demands.sort(key=lambda demand: -demand.amount)

    def _limit_parts(self, limited: Marks, common: Marks) -> None:
        """Add to the `limited` cells those `common` ones that are parts of one, or equal to one."""
        before = -1
        while before < (before := int(limited.sum())):
            for whole, parts in self.equations:
                if limited[whole]:
                    limited[list(parts)] |= common[list(parts)]
                elif len(parts) == 1 and limited[parts[0]]:
                    limited[whole] = common[whole]

    def choose(self) -> tuple[Marks, int, frozenset[int]]:
        """The cells to hide, a bound of what they cost, and cells that nothing protects."""
        if not self.demands:
            return self.forced, self._extra(self.forced), frozenset()
        exact = len(self.demands) * len(self.values) <= MOST_EXACT
        lost: frozenset[int] = frozenset()
        if exact:
            deviations = _Deviations(self)
            everything = self.hideable.astype(float)
            lost = frozenset(
                demand.cell
                for demand in self.demands
                if deviations.reach(demand, everything) < demand.amount - NEAR
            )
        demands = [demand for demand in self.demands if demand.cell not in lost]
        master = self._choice(lost)
        chosen = master.solve()
        if chosen is None:
            return self.forced, self._extra(self.forced), lost
        bound = math.ceil(master.objective - NEAR)
        whole = False
        if not exact and len(self.values) <= MOST_MOVED:
            master.set_whole()
            better = master.solve()
            if better is not None:
                chosen, bound = better, max(bound, math.ceil(master.proven - NEAR))
        for _ in range(MOST_ROUNDS if exact else 0):
            cuts = [
                cut
                for demand in demands
                if (cut := deviations.cut(demand, np.clip(chosen, 0, 1))) is not None
            ]
            for columns, factors, least in cuts:
                master.add_row(least, INFINITE, columns, factors)
            if not cuts and whole:
                break
            if not cuts:
                whole = True
                master.set_whole()
            solution = master.solve()
            if solution is None:
                break
            chosen = solution
            proven = master.proven if whole else master.objective
            bound = max(bound, math.ceil(proven - NEAR))
        hidden = chosen > NEAR
        if len(hidden) > MOST_MOVED:
            hidden |= self._narrow_totals(hidden)
        return hidden, bound, lost

    def _narrow_totals(self, hidden: Marks) -> Marks:
        """Totals to hide whose parts cannot be large together (proofs would be long)."""
        narrow = np.zeros(len(hidden), bool)
        for total, parts in self.equations:
            small = [part for part in parts if hidden[part]]
            at_once = self.down[small].sum() / self.threshold
            if self.hideable[total] and len(small) > MOST_TABLES * at_once:
                narrow[total] = True
        return narrow

    def _extra(self, hidden: Marks) -> int:
        return int(self.values[hidden & ~self.primary & ~self.open].sum())

    def _choice(self, lost: frozenset[int]) -> LinearProgram:
        """The first program: 1 for a hidden cell; sums must be able to lose enough."""
        costs = np.where(self.primary | self.open, 0.0, self.values)
        rows: list[tuple[list[int], list[float]]] = []
        least: list[float] = []
        needs = {demand.cell: demand.amount for demand in self.demands if demand.up}
        detailed = sum(len(parts) ** 2 for _, parts in self.equations) <= MOST_ENTRIES
        for total, parts in self.equations:
            needing = [cell for cell in parts if cell in needs and cell not in lost]
            if needing:
                need = max(needs[cell] + self.down[cell] for cell in needing)
                columns = [cell for cell in (*parts, total) if self.hideable[cell]]
                factors = [min(float(self.down[cell]), need) for cell in columns]
                if columns[-1] == total:
                    factors[-1] = need
                rows.append((columns, factors))
                least.append(need)
            if detailed:
                line = [cell for cell in (*parts, total) if self.hideable[cell]]
                for cell in line:
                    if cell not in lost and not self.open[cell]:
                        rows.append((line, [-1.0 if other == cell else 1.0 for other in line]))
                        least.append(0.0)
        return LinearProgram(
            Rows.of(rows),
            (np.array(least, float), np.full(len(rows), INFINITE)),
            (self.forced.astype(float), self.hideable.astype(float)),
            costs,
            options={"mip_max_nodes": MOST_NODES, "mip_rel_gap": 0.0},
        )

    def extend(self, hidden: Marks, cells: frozenset[int]) -> Marks:
        """Further cells to hide so that `cells` can deviate; none where nothing helps."""
        more = np.zeros(len(hidden), bool)
        demands = [demand for demand in self.demands if demand.cell in cells]
        enough = max(1, len(demands) // 30)
        few = len(hidden) <= MOST_MOVED
        while few and demands and more.sum() < enough and self.reward < MOST_REWARD:
            moved = self._move(demands, self._price(hidden | more), self.reward)
            if moved is None:
                break
            more |= (moved > 0.5) & ~hidden
            if more.sum() < enough:
                self.reward *= 4
        for demand in demands[:FEW_DEMANDS] if few and not more.any() else ():
            moved = self._move([demand], self._price(hidden | more))
            if moved is not None:
                more |= (moved > NEAR) & ~hidden
        if not more.any():
            # The sums allow it, integers do not, or not yet: hide the least beside each.
            for total, parts in self.equations:
                line = (*parts, total)
                if not cells.isdisjoint(line):
                    free = [cell for cell in line if self.hideable[cell] and not hidden[cell]]
                    if free:
                        more[min(free, key=lambda cell: (self.values[cell], cell))] = True
        return more

    def _price(self, free: Marks) -> Numbers:
        """What moving a cell by one costs: nothing where it is hidden anyway."""
        return np.where(free, 0.0, self.values) / self.threshold

    def _move(self, demands: list[Demand], price: Numbers, reward: float = 0.0) -> Numbers | None:
        """How far each cell moves where moving to the demands is rewarded, other cells are paid.

        Without a reward the demands must be met, by a move that few cells take part in; None where
        they cannot.
        """
        count = len(self.values)
        gain = np.zeros(2 * count)
        up, down = self.up.copy(), self.down.copy()
        least = np.zeros(2 * count)
        for demand in demands:
            at = demand.cell + (0 if demand.up else count)
            gain[at] = reward / demand.amount * (1 + (demand.cell * 0.6180339887) % 1)
            (up if demand.up else down)[demand.cell] = demand.amount
            (down if demand.up else up)[demand.cell] *= bool(reward)
            least[at] = 0 if reward else demand.amount
        program = LinearProgram(
            _both_directions(self.rows, count),
            (np.zeros(len(self.rows)), np.zeros(len(self.rows))),
            (least, np.concatenate([up, down])),
            gain - np.concatenate([price, price]),
            maximise=True,
            options=INTERIOR if count > 3000 and reward else None,
        )
        solution = program.solve()
        return None if solution is None else np.abs(solution[:count] - solution[count:])


def _both_directions(rows: Rows, count: int) -> Rows:
    """The rows with a second column for each cell, for deviations downwards."""
    return rows.beside(rows.columns + count, -rows.factors, rows.numbers())


class _Deviations:
    """The second program: how far one cell can deviate where chosen cells may change."""

    def __init__(self, problem: ProtectionProblem) -> None:
        count = len(problem.values)
        self.problem, self.count = problem, count
        # In a network no cell has to deviate by more than the demand.
        network = network_signs(problem.rows) is not None
        limit = float(problem.threshold) * (1 if network else 4)
        self.up = np.minimum(problem.up, limit)
        self.down = np.minimum(problem.down, limit)
        self.proven_up = self.up if network else problem.up
        self.proven_down = self.down if network else problem.down
        nothing = np.zeros(len(problem.rows))
        self.program = LinearProgram(
            _both_directions(problem.rows, count),
            (nothing, nothing),
            (np.zeros(2 * count), np.zeros(2 * count)),
            np.zeros(2 * count),
            maximise=True,
            options={"presolve": "off"},
        )

    def reach(self, demand: Demand, chosen: Numbers) -> float:
        """How far the cell deviates, up to its demand, where `chosen` (0 to 1) cells may change."""
        high = np.concatenate([self.up * chosen, self.down * chosen])
        own = demand.cell + (0 if demand.up else self.count)
        back = demand.cell + (self.count if demand.up else 0)
        high[own], high[back] = demand.amount, 0.0
        costs = np.zeros(2 * self.count)
        costs[own] = 1.0
        self.program.set_bounds(np.zeros(2 * self.count), high)
        self.program.set_costs(costs)
        return self.program.objective if self.program.solve() is not None else 0.0

    def cut(self, demand: Demand, chosen: Numbers) -> tuple[Indices, Numbers, float] | None:
        """Columns, factors and the least sum of an inequality that `chosen` fails; None if none."""
        if self.reach(demand, chosen) >= demand.amount - NEAR:
            return None
        rows = self.problem.rows
        weights = rows.factors * self.program.prices[rows.numbers()]
        duals = np.bincount(rows.columns, weights=weights, minlength=self.count)
        own = np.zeros(self.count)
        own[demand.cell] = 1.0
        up = (own if demand.up else 0) - duals
        down = (0 if demand.up else own) + duals
        gained = (up if demand.up else down)[demand.cell]
        least = demand.amount * (1 - max(float(gained), 0.0))
        if least <= NEAR:
            return None
        factors = self.proven_up * np.maximum(up, 0) + self.proven_down * np.maximum(down, 0)
        factors[demand.cell] = 0.0
        factors = np.minimum(factors, least)
        if factors @ chosen >= least - NEAR:
            return None
        columns = np.nonzero(factors > 1e-9)[0]
        return columns, factors[columns], least
