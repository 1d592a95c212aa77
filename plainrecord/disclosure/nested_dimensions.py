"""Dimensions of which one follows from another, such as a region from a state, or a quarter from a month.

A count by region is then the sum of counts by state, although no table has both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

import duckdb

from plainrecord.disclosure.linked_cells import Dimensions, Equation, Key
from plainrecord.model.packages import ReleasedTable
from plainrecord.model.protection import NestedField
from plainrecord.receipts.cell_text import text_value
from plainrecord.receipts.engine import identifier

Counts = Mapping[Dimensions, Mapping[Key, int]]


def find_nested(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    cuboids: Counts,
    people: str,
    threshold: int,
) -> tuple[NestedField, ...]:
    """Each pair of dimensions, of which no table has both, where all records with a value of the one
    have the same value of the other.

    That it is no chance, two values of the coarser one must each have a value of the finer one
    with `threshold` records or more.
    """
    fields = {field.name: field for field in rows.fields}
    sizes = {names[0]: len(counts) for names, counts in cuboids.items() if len(names) == 1}
    together = [set(names) for names in cuboids if len(names) > 1]
    where = f" WHERE {identifier(people)} > 0" if people else ""
    nested = []
    for finer, coarser in permutations(sizes, 2):
        if sizes[finer] <= sizes[coarser] or any({finer, coarser} <= names for names in together):
            continue
        pairs = connection.execute(
            f"SELECT DISTINCT {text_value(fields[finer])}, {text_value(fields[coarser])} "
            f"FROM {rows.relation}{where} ORDER BY ALL LIMIT {sizes[finer] + 1}"
        ).fetchall()
        values = dict(pairs)
        if len(pairs) > len(values):
            continue
        common = {values[key] for (key,), n in cuboids[finer,].items() if n >= threshold}
        if len(common) > 1:
            nested.append(NestedField(finer=finer, coarser=coarser, values=values))
    return tuple(nested)


def list_nested_sums(
    index: Mapping[tuple[Dimensions, Key], int], nested: Sequence[NestedField]
) -> Iterator[Equation]:
    """The sums of cells of `index` that hold because of `nested`: by states those of each region."""
    names = {frozenset(dimensions): dimensions for dimensions, _ in index}
    for item in nested:
        parts: dict[int, list[int]] = {}
        for (dimensions, key), cell in index.items():
            coarse = names.get(frozenset(dimensions) - {item.finer} | {item.coarser})
            if item.finer in dimensions and coarse:
                place = dict(zip(dimensions, key, strict=True))
                place[item.coarser] = item.values[place[item.finer]]
                total = index[coarse, tuple(place[name] for name in coarse)]
                parts.setdefault(total, []).append(cell)
        yield from ((total, tuple(sorted(listed))) for total, listed in parts.items())
