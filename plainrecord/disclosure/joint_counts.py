"""Counts by several fields together, where tables by some of them are released and none by all.

Counts by race and city, by city and outcome and by outcome and race are sums of counts by all three,
which are 0 or more. A reader who supposes these can learn more of a suppressed count than from the
sums of the tables.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from plainrecord.disclosure.alternatives import find_alternatives
from plainrecord.disclosure.linked_cells import (
    Dimensions,
    Equation,
    Key,
    LinkedCells,
    list_sums,
    project,
)
from plainrecord.disclosure.table_suppression import Suppression, suppress_cells

MOST_JOINT = 2_000
"""Combinations of fields up to which counts by all of them are supposed."""

Index = Mapping[tuple[Dimensions, Key], int]


def suppress_with_joint(
    cells: LinkedCells,
    index: Index,
    count: Callable[[Dimensions], Mapping[Key, int]],
    threshold: int,
    level: int,
) -> Suppression:
    """What `suppress_cells` returns, also against readers who suppose counts by further fields.

    `index` has the cells of the released tables, `count` gives the counts by any fields. Counts by
    further fields become cells, after those of `cells`, where a hidden count would follow from them.
    """
    suppression = suppress_cells(cells, threshold, level)
    joined = cells
    for joint in _list_joints(index) if not suppression.unprotected else ():
        if _gives_away(cells, joint, suppression, threshold, level):
            counts, first = count(joint.names), len(joined.values)
            joined = replace(
                joined,
                values=(*joined.values, *(counts.get(key, 0) for key in joint.keys)),
                equations=(*joined.equations, *joint.add_up(first)),
                open=joined.open | {*range(first, first + len(joint.keys))},
            )
    return suppression if joined is cells else suppress_cells(joined, threshold, level)


@dataclass(frozen=True, slots=True)
class _Joint:
    """The combinations of `names` that the tables `inside` allow, with the `largest` of these."""

    names: Dimensions
    keys: tuple[Key, ...]
    inside: Mapping[Dimensions, Mapping[Key, int]]
    largest: tuple[Dimensions, ...]

    def add_up(self, first: int) -> Iterator[Equation]:
        """The cells of the tables as sums of those of the combinations, the first of which is `first`."""
        for margin in self.largest:
            places = self.inside[margin]
            parts: dict[Key, list[int]] = {key: [] for key in places}
            for at, key in enumerate(self.keys, first):
                parts[project(key, self.names, margin)].append(at)
            yield from ((places[key], tuple(listed)) for key, listed in parts.items())


def _list_joints(index: Index) -> Iterator[_Joint]:
    """Of the tables inside, each field is in two or more: the others say nothing of the rest."""
    tables: dict[Dimensions, dict[Key, int]] = {}
    for (names, key), at in index.items():
        tables.setdefault(names, {})[key] = at
    sets = {*map(frozenset, tables)}
    order = [*dict.fromkeys(name for names in tables for name in names)]
    unions = {one | other for one, other in combinations(sets, 2)} - sets
    for union in sorted(unions, key=sorted):
        inside = {names: cells for names, cells in tables.items() if union.issuperset(names)}
        largest = [names for names in inside if not any({*names} < {*other} for other in inside)]
        if all(sum(name in names for names in largest) > 1 for name in union):
            names = tuple(name for name in order if name in union)
            if keys := _combine(names, inside):
                yield _Joint(names, keys, inside, tuple(largest))


def _combine(names: Dimensions, inside: Mapping[Dimensions, Mapping[Key, int]]) -> tuple[Key, ...]:
    """The combinations of which each table has its part; none if they are too many."""
    keys: list[Key] = [()]
    for size, name in enumerate(names, 1):
        tables = [table for table in inside if name in table and {*table} <= {*names[:size]}]
        keys = [
            longer
            for key in keys
            for (value,) in inside[name,]
            if all(
                project((longer := (*key, value)), names[:size], table) in inside[table]
                for table in tables
            )
        ]
        if len(keys) > MOST_JOINT:
            return ()
    return tuple(keys)


def _gives_away(
    cells: LinkedCells, joint: _Joint, suppression: Suppression, threshold: int, level: int
) -> bool:
    """Whether a hidden count of the tables inside is small, or more than its label, by all sums."""
    local = {
        (names, key): at for names, places in joint.inside.items() for key, at in places.items()
    }
    hidden = suppression.hidden & {*local.values()}
    if not hidden:
        return False
    first = len(cells.values)
    published = [None if at in hidden else value for at, value in enumerate(cells.values)]
    return bool(
        find_alternatives(
            [*published, *[None] * len(joint.keys)],
            (*list_sums(local), *joint.add_up(first)),
            threshold,
            level,
            small=suppression.primary - cells.totals,
            totals=cells.totals,
            free=range(first, first + len(joint.keys)),
            whole=False,
        ).unprotected
    )
