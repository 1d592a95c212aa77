"""Cells of earlier releases beside those of the next one, so that all are protected together.

A cell that did not change from one release to the next is the same cell in both. What the earlier
one showed is known, what it suppressed stays suppressed, and the sums of both hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from plainrecord.disclosure.linear_program import INFINITE, LinearProgram, Rows
from plainrecord.disclosure.linked_cells import Dimensions, Equation, Key, LinkedCells, list_sums

Cell = tuple[tuple[str, str], ...]
"""The dimensions of a cell with its values, sorted."""

MOST_NODES = 200
"""Nodes of the search for counts that an earlier release can have suppressed."""


@dataclass(frozen=True, slots=True)
class EarlierRelease:
    """The counts that a release published in each table: None where suppressed, none of zero."""

    date: str
    cuboids: Mapping[Dimensions, Mapping[Key, int | None]]


def link_releases(
    cells: LinkedCells,
    index: Mapping[tuple[Dimensions, Key], int],
    releases: Sequence[EarlierRelease],
) -> LinkedCells:
    """`cells`, each at its place, followed by the cells of `releases` that are not among them.

    A cell that did not change is among them: it has to be shown where an earlier release shows it,
    and hidden where one hides it. A release with no such cell, or that contradicts the counts, is
    left out.
    """
    now = {_name(*place): at for place, at in index.items()}
    for release in releases:
        cells = _link(cells, now, release)
    return cells


def _link(cells: LinkedCells, now: Mapping[Cell, int], release: EarlierRelease) -> LinkedCells:
    then = {
        (names, key): (_name(names, key), count)
        for names, counts in release.cuboids.items()
        for key, count in counts.items()
    }
    published = dict(then.values())
    same = find_unchanged({cell: cells.values[at] for cell, at in now.items()}, published)
    if not same:
        return cells
    others = [cell for cell in published if cell not in same]
    place = {cell: now[cell] for cell in same}
    place |= {cell: len(cells.values) + number for number, cell in enumerate(others)}
    known = set(cells.equations)
    sums = list_sums({key: place[cell] for key, (cell, _) in then.items()})
    further = [equation for equation in sums if equation not in known]
    values = [*cells.values, *(published[cell] or 0 for cell in others)]
    if not _fill(values, further):
        return cells
    shown = cells.shown | {place[cell] for cell, count in published.items() if count is not None}
    hidden = cells.hidden | {place[cell] for cell, count in published.items() if count is None}
    return LinkedCells(tuple(values), (*cells.equations, *further), shown, hidden - shown)


def _fill(values: list[int], equations: Sequence[Equation]) -> bool:
    """Put counts of 1 or more with which all sums hold in the place of zeros; False if none do."""
    unknown = [at for at, value in enumerate(values) if not value]
    column = {at: number for number, at in enumerate(unknown)}
    rows: list[tuple[list[int], list[float]]] = []
    rest: list[float] = []
    for total, parts in equations:
        line = [at for at in (*parts, total) if at in column]
        missing = values[total] - sum(values[at] for at in parts)
        if line:
            factors = [-1.0 if at == total else 1.0 for at in line]
            rows.append(([column[at] for at in line], factors))
            rest.append(float(missing))
        elif missing:
            return False
    if unknown:
        between = np.array(rest), np.array(rest)
        bounds = np.ones(len(unknown)), np.full(len(unknown), INFINITE)
        options: dict[str, str | int | float] = {
            "mip_max_nodes": MOST_NODES,
            "mip_max_improving_sols": 1,
        }
        costs = np.zeros(len(unknown))
        found = LinearProgram(
            Rows.of(rows), between, bounds, costs, whole=True, options=options
        ).solve()
        if found is None:
            return False
        for at, count in zip(unknown, np.round(found).astype(int).tolist(), strict=True):
            values[at] = count
    return all(values[total] == sum(values[at] for at in parts) for total, parts in equations)


def find_unchanged(now: Mapping[Cell, int], then: Mapping[Cell, int | None]) -> set[Cell]:
    """The cells of both releases that did not change, as far as what was published then says.

    Such a cell belongs to a total that is the same in both, as is every cell of this total.
    """
    shared = {_dimensions(cell) for cell in now} & {_dimensions(cell) for cell in then}
    mine = {cell for cell in now if _dimensions(cell) in shared}
    theirs = {cell for cell in then if _dimensions(cell) in shared}
    both = mine & theirs
    changed = mine ^ theirs
    changed |= {cell for cell in both if then[cell] is not None and then[cell] != now[cell]}
    doubtful = {whole for cell in changed for whole in _wholes(cell)}
    alike = {cell for cell in both - doubtful if then[cell] is not None}
    return {cell for cell in both if any(whole in alike for whole in _wholes(cell))}


def _wholes(cell: Cell) -> Iterator[Cell]:
    """The cell itself, and all cells that it belongs to."""
    for size in range(len(cell) + 1):
        yield from combinations(cell, size)


def _dimensions(cell: Cell) -> Dimensions:
    return tuple(name for name, _ in cell)


def _name(names: Dimensions, key: Key) -> Cell:
    return tuple(sorted(zip(names, key, strict=True)))
