"""Cells of earlier releases beside those of the next one, so that all are protected together.

A cell that did not change from one release to the next is the same cell in both. What the earlier
one showed is known, what it suppressed stays suppressed, and the sums of both hold.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from plainrecord.core.periods import parse_period
from plainrecord.disclosure.linear_program import INFINITE, LinearProgram, Rows
from plainrecord.disclosure.linked_cells import Dimensions, Equation, Key, LinkedCells, list_sums
from plainrecord.model.declarations import Coarsening

Cell = tuple[tuple[str, str], ...]
"""The dimensions of a cell with its values, sorted."""

MOST_NODES = 200
"""Nodes of the search for counts that an earlier release can have suppressed."""


@dataclass(frozen=True, slots=True)
class EarlierRelease:
    """The counts that a release published in each table: None where suppressed, none of zero.

    `words` name it in messages. Another dataset of the portal, which may count the same records,
    has no `date`. `coarsen` says how its fields were generalised. `rounding` is the number of
    which all its counts are multiples, if they are rounded. `rows` is the relation of its rows as texts, "" if it has none; `keys` are their key
    variables.
    """

    words: str
    date: str
    cuboids: Mapping[Dimensions, Mapping[Key, int | None]]
    coarsen: Mapping[str, Coarsening] = field(default_factory=dict, kw_only=True)
    rounding: int = field(default=0, kw_only=True)
    rows: str = field(default="", kw_only=True)
    keys: tuple[str, ...] = field(default=(), kw_only=True)


def link_releases(
    cells: LinkedCells,
    index: Mapping[tuple[Dimensions, Key], int],
    releases: Sequence[EarlierRelease],
    coarsen: Mapping[str, Coarsening] | None = None,
) -> tuple[LinkedCells, dict[str, tuple[Cell, ...]]]:
    """`cells`, each at its place, followed by the cells of `releases` that are not among them.

    A cell that did not change is among them: it has to be shown where an earlier release shows it,
    and hidden where one hides it. With them come, for each release, the cells that it hides and that
    are others now, although all that it shows lets them appear unchanged. `coarsen` says how fields
    are generalised now.
    """
    now = {name_cell(*place): at for place, at in index.items()}
    changed: dict[str, tuple[Cell, ...]] = {}
    for release in releases:
        if release.cuboids and not release.rounding:
            cells, differing = _link(cells, now, release, coarsen or {})
            if release.date:
                changed[release.date] = tuple(sorted(differing))
    return cells, changed


def find_other_rounding(
    releases: Sequence[EarlierRelease], sets: Collection[Dimensions], total: int, base: int
) -> EarlierRelease | None:
    """The first release that rounds the same counts otherwise than to multiples of `base` (0: not).

    A count that is suppressed and rounded to 5 is 1 to 9; one that is rounded to 0 and to 6 is 4.
    Other datasets count the same records if their totals allow it.
    """
    tables = {frozenset(names) for names in sets if names}
    for release in releases:
        nearest = abs((release.cuboids.get((), {}).get(()) or 0) - total)
        same = release.date or nearest < max(release.rounding, base)
        if release.rounding != base and same and tables & set(map(frozenset, release.cuboids)):
            return release
    return None


def _link(
    cells: LinkedCells,
    now: Mapping[Cell, int],
    release: EarlierRelease,
    coarsen: Mapping[str, Coarsening],
) -> tuple[LinkedCells, set[Cell]]:
    then = {
        (names, key): (name_cell(names, key), count)
        for names, counts in release.cuboids.items()
        for key, count in counts.items()
    }
    published = dict(then.values())
    same = find_unchanged({cell: cells.values[at] for cell, at in now.items()}, published)
    known = set(cells.equations)
    counts = {cell: cells.values[at] for cell, at in now.items()}
    nested = _list_nested(counts, published, coarsen, release.coarsen)
    changed: set[Cell] = set()
    while same:
        others = [cell for cell in published if cell not in same]
        place = {cell: now[cell] for cell in same}
        place |= {cell: len(cells.values) + number for number, cell in enumerate(others)}
        sums = list_sums({key: place[cell] for key, (cell, _) in then.items()})
        sums += tuple(
            (here[whole], tuple(there[part] for part in parts))
            for here, there, periods in ((now, place, nested[0]), (place, now, nested[1]))
            for whole, parts in periods.items()
        )
        further = [equation for equation in sums if equation not in known]
        values = [*cells.values, *(published[cell] or 0 for cell in others)]
        if not (wrong := _fill(values, further)):
            shown = {place[cell] for cell, count in published.items() if count is not None}
            hidden = {place[cell] for cell, count in published.items() if count is None}
            equations = (*cells.equations, *further)
            shown |= cells.shown
            hidden = (hidden | cells.hidden) - shown
            return LinkedCells(
                tuple(values),
                equations,
                frozenset(shown),
                frozenset(hidden),
                cells.totals,
                cells.open,
                cells.common,
            ), changed
        if any(nested):
            nested = {}, {}
            continue
        suspected = {cell for cell in same if published[cell] is None}
        differing = {cell for cell in suspected if place[cell] in wrong} or suspected or same
        same = same - differing
        changed |= differing & suspected
    return cells, changed


def _fill(values: list[int], equations: Sequence[Equation]) -> set[int]:
    """Put counts in place of zeros so that all sums hold; the cells of sums where none do."""
    unknown = {at for at, value in enumerate(values) if not value}
    unsolved: list[Equation] = []
    wrong: set[int] = set()
    for equation in equations:
        total, parts = equation
        if not unknown.isdisjoint((total, *parts)):
            unsolved.append(equation)
        elif values[total] != sum(values[at] for at in parts):
            wrong |= {total, *parts}
    if not wrong and not _solve(values, unknown, unsolved):
        for group in _split(unsolved, unknown):
            cells = {at for total, parts in group for at in (total, *parts)}
            if not _solve(values, cells & unknown, group):
                wrong |= cells
    return wrong


def _split(equations: Sequence[Equation], unknown: set[int]) -> list[list[Equation]]:
    """The equations in groups that have no unknown cell in common."""
    groups: list[tuple[set[int], list[Equation]]] = []
    for equation in equations:
        cells = {equation[0], *equation[1]} & unknown
        joined = [group for group in groups if not group[0].isdisjoint(cells)]
        groups = [group for group in groups if group[0].isdisjoint(cells)]
        members = [one for _, listed in joined for one in listed]
        groups.append((cells.union(*(own for own, _ in joined)), [*members, equation]))
    return [listed for _, listed in groups]


def _solve(values: list[int], unknown: set[int], equations: Sequence[Equation]) -> bool:
    """Put counts of 1 or more in the place of the `unknown` ones; False, and none put, if none fit."""
    if not unknown:
        return True
    places = sorted(unknown)
    column = {at: number for number, at in enumerate(places)}
    rows: list[tuple[list[int], list[float]]] = []
    rest: list[float] = []
    for total, parts in equations:
        line = [at for at in (*parts, total) if at in column]
        rows.append(([column[at] for at in line], [-1.0 if at == total else 1.0 for at in line]))
        known = sum(values[at] for at in parts if at not in unknown)
        rest.append(float((0 if total in unknown else values[total]) - known))
    between = np.array(rest), np.array(rest)
    bounds = np.ones(len(places)), np.full(len(places), INFINITE)
    options: dict[str, str | int | float] = {
        "mip_max_nodes": MOST_NODES,
        "mip_max_improving_sols": 1,
    }
    program = LinearProgram(
        Rows.of(rows), between, bounds, np.zeros(len(places)), whole=True, options=options
    )
    if (solution := program.solve()) is None:
        return False
    counts = dict(zip(places, np.round(solution).astype(int).tolist(), strict=True))
    if any(
        counts.get(total, values[total]) != sum(counts.get(at, values[at]) for at in parts)
        for total, parts in equations
    ):
        return False
    for at, count in counts.items():
        values[at] = count
    return True


def find_unchanged(now: Mapping[Cell, int], then: Mapping[Cell, int | None]) -> set[Cell]:
    """Cells, as published, within totals of which every cell is the same in both.

    Not those of dimensions that have other values now: months in one and quarters in the other.
    """
    sets = {_dimensions(cell) for cell in now} & {_dimensions(cell) for cell in then}
    recoded = _find_recoded(now, then)
    shared = {names for names in sets if recoded.isdisjoint(names)}
    mine = {cell for cell in now if _dimensions(cell) in shared}
    theirs = {cell for cell in then if _dimensions(cell) in shared}
    both = mine & theirs
    changed = mine ^ theirs
    changed |= {cell for cell in both if then[cell] is not None and then[cell] != now[cell]}
    doubtful = {whole for cell in changed for whole in _wholes(cell)}
    alike = {cell for cell in both - doubtful if then[cell] is not None}
    return {cell for cell in both if any(whole in alike for whole in _wholes(cell))}


Periods = dict[Cell, list[Cell]]


def _list_nested(
    now: Mapping[Cell, int],
    then: Mapping[Cell, int | None],
    coarsen: Mapping[str, Coarsening],
    before: Mapping[str, Coarsening],
) -> tuple[Periods, Periods]:
    """Cells now, each with those then that it contains, and the other way round.

    Of dimensions with other values now: quarters in place of months, regions in place of states. A
    value counts only if all that is shown agrees.
    """
    names = _find_recoded(now, then)
    return (
        _sum_nested(now, then, names, (coarsen, before)),
        _sum_nested(then, now, names, (before, coarsen)),
    )


def _lies_in(part: str, fine: Coarsening | None, whole: str, coarse: Coarsening | None) -> bool:
    """Whether all that `fine` makes `part` is made `whole` by `coarse`."""
    if coarse is None or part == whole:
        return False
    if coarse.method == "prefix":
        return part[: coarse.length] == whole
    if coarse.method != "group":
        return False
    values = [part]
    if fine is not None:
        listed = {*fine.groups, *coarse.groups} if fine.method == "group" else ()
        values = [value for value in listed if fine.groups.get(value, fine.other) == part]
    return bool(values) and all(coarse.groups.get(value, coarse.other) == whole for value in values)


def _sum_nested(
    wholes: Mapping[Cell, int | None],
    parts: Mapping[Cell, int | None],
    names: Collection[str],
    generalised: tuple[Mapping[str, Coarsening], Mapping[str, Coarsening]],
) -> Periods:
    coarse, fine = generalised
    inside = {
        (name, part): (name, whole)
        for name in names
        for part in _values(parts, name)
        for whole in _values(wholes, name)
        if contains_period(whole, part) or _lies_in(part, fine.get(name), whole, coarse.get(name))
    }
    periods: Periods = {}
    for cell in parts:
        whole = tuple(inside.get(pair, pair) for pair in cell)
        if whole != cell and whole in wholes:
            periods.setdefault(whole, []).append(cell)
    wrong = set()
    for whole, listed in periods.items():
        counts = [parts[cell] for cell in listed]
        total, shown = wholes[whole], sum(count or 0 for count in counts)
        if total is not None and (shown > total or (None not in counts and shown < total)):
            wrong |= {pair for pair in whole if pair[0] in names}
    return {whole: cells for whole, cells in periods.items() if wrong.isdisjoint(whole)}


def _values(cells: Iterable[Cell], name: str) -> list[str]:
    return [cell[0][1] for cell in cells if _dimensions(cell) == (name,)]


def contains_period(whole: str, part: str) -> bool:
    """Whether one date, as it is written, is a period that contains the other one."""
    longer, shorter = parse_period(whole), parse_period(part)
    return bool(
        longer
        and shorter
        and longer[0] <= shorter[0]
        and shorter[1] <= longer[1]
        and longer != shorter
    )


def _find_recoded(now: Mapping[Cell, int], then: Mapping[Cell, int | None]) -> set[str]:
    """The dimensions of which no value is in both, or of which the values that only one has count as
    many as those that only the other has.
    """
    names = {cell[0][0] for cell in now if len(cell) == 1}
    names &= {cell[0][0] for cell in then if len(cell) == 1}
    return {name for name in names if _is_recoded(name, now, then)}


def _is_recoded(name: str, now: Mapping[Cell, int], then: Mapping[Cell, int | None]) -> bool:
    mine, theirs = (
        {cell for cell in cells if _dimensions(cell) == (name,) and cell[0][1]}
        for cells in (now, then)
    )
    counts = [then[cell] for cell in theirs - mine]
    shown = [count for count in counts if count is not None]
    equal = len(shown) == len(counts) and sum(shown) == sum(now[cell] for cell in mine - theirs)
    return bool(mine - theirs and counts and (equal or mine.isdisjoint(theirs)))


def _wholes(cell: Cell) -> Iterator[Cell]:
    """The cell itself, and all cells that it belongs to."""
    for size in range(len(cell) + 1):
        yield from combinations(cell, size)


def _dimensions(cell: Cell) -> Dimensions:
    return tuple(name for name, _ in cell)


def name_cell(names: Dimensions, key: Key) -> Cell:
    """The cell of a table by its dimensions and values."""
    return tuple(sorted(zip(names, key, strict=True)))
