"""Published counts of linked tables, as cells and the sums that hold between them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Dimensions = tuple[str, ...]
Key = tuple[str, ...]
Equation = tuple[int, tuple[int, ...]]
"""The index of a total and those of its parts."""


@dataclass(frozen=True, slots=True)
class LinkedCells:
    """The counts of tables that share cells; every index below is an index of `values`.

    values: the true count of each cell, all at least 1 but for those of `open`. Zero cells are left
        out: zeros are public.
    equations: each total with the parts that it is the sum of.
    shown: cells that must not be hidden (the grand total, and what earlier releases showed).
    hidden: cells that must be hidden beside the small ones (what earlier releases hid).
    totals: sums of several cells, and cells that are equal to one because all others of a sum are
        zero. Readers know that such a cell is no less than these are many.
    open: counts that no table has and that need no protection of their own: 0 or more, and never
        published.
    common: counts that no table has, of what two cells have in common. At level 1 they are 0 or
        more for a reader, who does not know which combinations occur.
    """

    values: tuple[int, ...]
    equations: tuple[Equation, ...]
    shown: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    totals: frozenset[int] = frozenset()
    open: frozenset[int] = frozenset()
    common: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if any(value < 1 and at not in self.open for at, value in enumerate(self.values)):
            raise ValueError("a cell is below 1; zero cells are left out")
        if both := sorted(self.shown & self.hidden):
            raise ValueError(f"cell {both[0]} must be both shown and hidden")
        for total, parts in self.equations:
            together = sum(self.values[part] for part in parts)
            if together != self.values[total]:
                raise ValueError(f"cell {total} is {self.values[total]}, its parts {together}")


def link_cuboids(
    cuboids: Mapping[Dimensions, Mapping[Key, int]],
) -> tuple[LinkedCells, dict[tuple[Dimensions, Key], int]]:
    """All cells of `cuboids` with the sums between them, and the index of each.

    A cuboid holds the counts by the dimensions that it is named after. Those with one dimension
    fewer must be there as well, with their dimensions in the same order. Zero counts are left out,
    and the grand total (the cuboid without dimensions) is shown. Raises ValueError where a cuboid
    or a cell is missing, or where counts do not add up.
    """
    index: dict[tuple[Dimensions, Key], int] = {}
    values: list[int] = []
    for dimensions, counts in cuboids.items():
        for key, count in counts.items():
            if count:
                index[dimensions, key] = len(values)
                values.append(count)
    equations = list_sums(index)
    total = frozenset(at for (dimensions, _), at in index.items() if not dimensions)
    totals = find_totals(equations, len(values))
    return LinkedCells(tuple(values), equations, shown=total, totals=totals), index


def project(key: Key, names: Dimensions, chosen: Collection[str]) -> Key:
    """The values that `key`, of the dimensions `names`, has of the `chosen` ones."""
    value = dict(zip(names, key, strict=True))
    return tuple(value[name] for name in chosen)


def find_totals(
    equations: Sequence[Equation], count: int, common: Collection[int] = ()
) -> frozenset[int]:
    """The cells, of `count`, that readers know to be above 1: those of `common` may be 0."""
    least = [int(at not in common) for at in range(count)]
    changed = True
    while changed:
        changed = False
        for whole, parts in equations:
            known = max(least[whole], sum(least[part] for part in parts))
            for at in (whole, *parts) if len(parts) == 1 else (whole,):
                changed |= least[at] < known
                least[at] = known
    return frozenset(at for at, value in enumerate(least) if value > 1)


def list_sums(index: Mapping[tuple[Dimensions, Key], int]) -> tuple[Equation, ...]:
    """The sums over values of each dimension; ValueError where a table or cell is missing."""
    tables: dict[Dimensions, dict[Key, int]] = {}
    for (dimensions, key), cell in index.items():
        tables.setdefault(dimensions, {})[key] = cell
    equations: list[Equation] = []
    for dimensions, cells in tables.items():
        for at in range(len(dimensions)):
            without = dimensions[:at] + dimensions[at + 1 :]
            if without not in tables:
                raise ValueError(f"the counts by {', '.join(without) or 'nothing'} are missing")
            parts: dict[Key, list[int]] = {}
            for key, cell in cells.items():
                parts.setdefault(key[:at] + key[at + 1 :], []).append(cell)
            for rest, listed in parts.items():
                if rest not in tables[without]:
                    raise ValueError(f"the count of {rest} by {', '.join(without)} is missing")
                equations.append((tables[without][rest], tuple(sorted(listed))))
    return tuple(equations)
