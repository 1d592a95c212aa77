"""Alternative tables of a network: counts are moved around circles of hidden cells.

In one table of two dimensions with its margins each hidden cell leads from one sum to another.
Raising a cell needs a way back through others: no linear program, so hundreds of thousands of cells
are no obstacle.
"""

from collections import defaultdict

import numpy as np

from plainrecord.disclosure.linear_program import Indices, Marks, Numbers, Rows

MOST_NODES = 4000
"""Sums of a network: their square is held in memory, 12 bytes each."""
UNLIMITED = 1 << 30
"""More than any cell has to gain: room is counted up to here."""
FEW_WAYS = 6
"""Short ways back that are tried for each cell; all ways where a table of these protects few."""
MOST_FAILED = 200
"""Cells that find no way back, of all, before the next table is begun."""


def network_signs(rows: Rows) -> Indices | None:
    """1 or -1 for each row, unlike in each cell's two rows; None if there are none."""
    places: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    entries = (rows.columns.tolist(), rows.numbers().tolist(), rows.factors.tolist())
    for cell, row, factor in zip(*entries, strict=True):
        places[cell].append((row, factor))
    beside: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for terms in places.values():
        if len(terms) > 2:
            return None
        if len(terms) == 2:
            (one, factor), (other, second) = terms
            beside[one].append((other, -factor * second))
            beside[other].append((one, -factor * second))
    signs = np.zeros(len(rows), np.int64)
    for first in range(len(rows)):
        if signs[first]:
            continue
        signs[first] = 1
        stack = [first]
        while stack:
            row = stack.pop()
            for other, factor in beside[row]:
                if not signs[other]:
                    signs[other] = signs[row] * int(factor)
                    stack.append(other)
                elif signs[other] != signs[row] * int(factor):
                    return None
    return signs


def network_arcs(rows: Rows, count: int) -> tuple[Indices, Indices] | None:
    """The sums each cell leads from and to; None if too many, or two cells share both."""
    signs = network_signs(rows) if len(rows) <= MOST_NODES else None
    if signs is None:
        return None
    outside = len(rows)
    start, end = np.full(count, outside), np.full(count, outside)
    numbers = rows.numbers()
    signed = rows.factors * signs[numbers]
    start[rows.columns[signed > 0]] = numbers[signed > 0]
    end[rows.columns[signed < 0]] = numbers[signed < 0]
    pairs = np.minimum(start, end) * (outside + 1) + np.maximum(start, end)
    return (start, end) if len(np.unique(pairs)) == count else None


class NetworkTables:
    """Tables that follow from a first one by moving counts."""

    def __init__(self, start: Indices, end: Indices, first: Numbers, goal: int) -> None:
        """`first`: a table that agrees with what is published; cells are wanted to be `goal`."""
        self.start, self.end, self.goal = start, end, goal
        nodes = int(max(start.max(), end.max())) + 1
        self.counts = first.astype(np.int64)
        self.cell = np.full((nodes, nodes), -1, np.int32)
        self.cell[start, end] = np.arange(len(start))
        self.cell[end, start] = np.arange(len(start))
        self.room = np.zeros((nodes, nodes), np.int32)
        self.room[start, end] = UNLIMITED
        # The same by the end of each way: a column of `room` lies scattered in memory.
        self.room_to = np.ascontiguousarray(self.room.T)
        self.credited = np.zeros(len(start), bool)

    def reach(self, missing: Marks) -> tuple[list[Numbers], Marks]:
        """Tables in which cells of `missing` are at the goal, and the cells that never are."""
        tables: list[Numbers] = []
        left = missing.copy()
        while left.any():
            self.credited[:] = left & (self.counts >= self.goal)
            least = np.where(self.credited, self.goal, 1)
            room = np.minimum(self.counts - least, UNLIMITED)
            self.room[self.end, self.start] = self.room_to[self.start, self.end] = room
            self._raise_all(left, thorough=False)
            if self.credited.sum() * 20 < left.sum():
                self._raise_all(left, thorough=True)
            if not self.credited.any():
                break
            left &= ~self.credited
            tables.append(self.counts.astype(float))
        return tables, left

    def _raise_all(self, left: Marks, *, thorough: bool) -> None:
        """Bring cells of `left` to the goal in this table; those that are not can be in the next."""
        failed = 0
        for cell in np.nonzero(left & ~self.credited)[0].tolist():
            if not self.credited[cell]:
                self._raise(cell, left, thorough=thorough)
                failed += not self.credited[cell]
            if thorough and failed > MOST_FAILED and self.credited.any():
                return

    def _raise(self, cell: int, left: Marks, *, thorough: bool) -> None:
        """Bring one cell to the goal if there is a way back for what it gains."""
        start, end = int(self.start[cell]), int(self.end[cell])
        need = self.goal - int(self.counts[cell])
        # No more can come back than the cells of either sum can give, itself left out.
        open_to = min(self.room[end].sum(), self.room_to[start].sum())
        if open_to - self.room[end, start] < need:
            return
        way = self._short_path(start, end, need)
        if way is None and thorough:
            way = self._long_path(start, end)
        while need > 0 and way is not None:
            gain = min(need, *(int(self.room[a, b]) for a, b in way))
            for a, b in [(start, end), *way]:
                self._move(a, b, gain, left)
            need -= gain
            way = self._long_path(start, end) if need else None

    def _move(self, a: int, b: int, gain: int, left: Marks) -> None:
        """Move counts from sum `a` to `b`: the cell between them grows, or shrinks."""
        cell = self.cell[a, b]
        grows = self.start[cell] == a
        self.counts[cell] += gain if grows else -gain
        if left[cell] and not self.credited[cell] and self.counts[cell] >= self.goal:
            self.credited[cell] = True
        least = self.goal if self.credited[cell] else 1
        room = min(int(self.counts[cell]) - least, UNLIMITED)
        at, to = self.end[cell], self.start[cell]
        self.room[at, to] = self.room_to[to, at] = room

    def _short_path(self, start: int, end: int, need: int) -> list[tuple[int, int]] | None:
        """Three cells that lead back from `end` to `start` with room for `need`."""
        last = self.room_to[start] >= need
        last[end] = False
        if not last.any():
            return None
        for first in np.flatnonzero(self.room[end] >= need)[:FEW_WAYS].tolist():
            if first != start:
                open_to = (self.room[first] >= need) & last
                second = int(open_to.argmax())
                if open_to[second]:
                    return [(end, first), (first, second), (second, start)]
        return None

    def _long_path(self, start: int, end: int) -> list[tuple[int, int]] | None:
        """A way back with any room, not through the cell itself: searched from both of its ends."""
        sides = [(self.room, end, start), (self.room_to, start, end)]
        before = [np.full(len(self.room), -1) for _ in sides]
        frontiers = [[end], [start]]
        before[0][end], before[1][start] = end, start
        while all(frontiers):
            side = 0 if len(frontiers[0]) <= len(frontiers[1]) else 1
            room, own, other = sides[side]
            following: list[int] = []
            for node in frontiers[side]:
                open_to = (room[node] > 0) & (before[side] < 0)
                if node == own:
                    open_to[other] = False
                before[side][open_to] = node
                following += np.flatnonzero(open_to).tolist()
                met = open_to & (before[1 - side] >= 0)
                middle = int(met.argmax())
                if met[middle]:
                    forth = self._walk(before[0], middle, end)
                    back = self._walk(before[1], middle, start)
                    return [(b, a) for a, b in forth[::-1]] + back
            frontiers[side] = following
        return None

    @staticmethod
    def _walk(before: Indices, node: int, target: int) -> list[tuple[int, int]]:
        """The steps from `node` to `target`, each to the one before it."""
        steps = []
        while node != target:
            steps.append((node, int(before[node])))
            node = int(before[node])
        return steps
