"""Small sets of tables, and readers who try to work out what is hidden: for the tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from hypothesis import strategies as st

from plainrecord.disclosure.linked_cells import Dimensions, Key, LinkedCells, link_cuboids

Cuboids = dict[Dimensions, dict[Key, int]]


def cuboids_of(counts: Mapping[Key, int], names: Dimensions) -> Cuboids:
    """The table `counts` by the dimensions `names`, with all its margins."""
    cuboids: Cuboids = {}
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(range(len(names)), size):
            sums: dict[Key, int] = {}
            for key, count in counts.items():
                part = tuple(key[at] for at in chosen)
                sums[part] = sums.get(part, 0) + count
            cuboids[tuple(names[at] for at in chosen)] = sums
    return cuboids


def linked(shape: Sequence[int], counts: Sequence[int]) -> LinkedCells:
    """A table of `shape` with all its margins; `counts` are its inner cells in order."""
    keys = itertools.product(*([str(at) for at in range(size)] for size in shape))
    table = dict(zip(keys, counts, strict=True))
    return link_cuboids(cuboids_of(table, tuple("abc"[: len(shape)])))[0]


@st.composite
def tables(draw: st.DrawFn, most: int = 4, dimensions: int = 2, largest: int = 30) -> LinkedCells:
    """Tables of up to `most` values in each dimension, many cells small or zero."""
    shape = [draw(st.integers(1, most)) for _ in range(dimensions)]
    size = 1
    for side in shape:
        size *= side
    count = st.one_of(st.integers(0, 4), st.integers(0, largest))
    counts = draw(st.lists(count, min_size=size, max_size=size).filter(any))
    return linked(shape, counts)


def publish(cells: LinkedCells, hidden: frozenset[int]) -> list[int | None]:
    """What readers see: None for a hidden cell."""
    return [None if at in hidden else value for at, value in enumerate(cells.values)]


def agrees(published: Sequence[int | None], cells: LinkedCells, table: Mapping[int, int]) -> bool:
    """Whether the hidden counts `table` agree with all that is published."""

    def value(at: int) -> int:
        known = published[at]
        return table[at] if known is None else known

    return all(count >= 1 for count in table.values()) and all(
        value(total) == sum(value(part) for part in parts) for total, parts in cells.equations
    )


def every_table(published: Sequence[int | None], cells: LinkedCells) -> Iterator[dict[int, int]]:
    """Every table of counts that agrees with what is published, by trying one cell after another."""
    hidden = [at for at, value in enumerate(published) if value is None]
    most = max(cells.values)
    found: dict[int, int] = {}

    def open_or_true(total: int, parts: Sequence[int]) -> bool:
        """Whether the sum still has an unknown cell, or holds."""
        known, unknown = 0, 0
        for part in parts:
            value = found.get(part, published[part])
            known, unknown = (known, unknown + 1) if value is None else (known + value, unknown)
        whole = found.get(total, published[total])
        if whole is None:
            return True
        return known + unknown <= whole if unknown else known == whole

    touching = {at: [e for e in cells.equations if at == e[0] or at in e[1]] for at in hidden}

    def walk(place: int) -> Iterator[dict[int, int]]:
        if place == len(hidden):
            yield dict(found)
            return
        at = hidden[place]
        for count in range(1, most + 1):
            found[at] = count
            if all(open_or_true(*equation) for equation in touching[at]):
                yield from walk(place + 1)
        del found[at]

    yield from walk(0)
