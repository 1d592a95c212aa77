"""Dimensions of which one says much about the other: a day and its month, a state and its region.

Readers know which days a month has. Counts by day therefore add up to those by month, also where no
table has both. Overlapping classes (under 21, under 22) give away what lies between their limits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from itertools import combinations

import duckdb

from plainrecord.disclosure.linked_cells import Dimensions, Key, LinkedCells
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.receipts.cell_text import text_value
from plainrecord.receipts.engine import identifier

MOST_PAIRS = 1.25
"""Pairs for each value of a dimension that is nested in another one, but for errors."""

Index = Mapping[tuple[Dimensions, Key], int]


def link_related(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    measure: str,
    cells: LinkedCells,
    index: Index,
) -> tuple[LinkedCells, Index]:
    """`cells` of `index` with the sums that hold because dimensions are related, and their index.

    Two dimensions are related where few pairs of their values occur (`_are_related`). What a
    table with one of them and a table with the other have in common is one of their cells, or a
    further cell, which must stay hidden. `measure` is the SQL of a count over `rows`.
    """
    tables = {frozenset(names): names for names, _ in index}
    fields = {field.name: field for field in rows.fields}
    values, equations = list(cells.values), list(cells.equations)
    places = dict(index)
    for pair in combinations([field.name for field in rows.fields], 2):
        rests = [
            rest
            for names in tables
            if pair[0] in names
            and pair[1] not in names
            and (rest := names - {pair[0]}) | {pair[1]} in tables
            and names | {pair[1]} not in tables
        ]
        if not rests or not _are_related(connection, rows, [fields[name] for name in pair]):
            continue
        occurring = _count(connection, rows, [fields[name] for name in pair], measure)
        partners = [Counter(key[at] for key in occurring) for at in (0, 1)]
        for rest in sorted(rests, key=sorted):
            names = (*sorted(rest), *pair)
            parts: dict[int, list[int]] = defaultdict(list)
            joint = _count(connection, rows, [fields[name] for name in names], measure)
            for key, count in joint.items():
                value = dict(zip(names, key, strict=True))
                wholes = []
                for name in pair:
                    table = tables[rest | {name}]
                    wholes.append(places[table, tuple(value[one] for one in table)])
                if partners[0][key[-2]] == 1:
                    common = wholes[0]
                elif partners[1][key[-1]] == 1:
                    common = wholes[1]
                else:
                    common = places[names, key] = len(values)
                    values.append(count)
                for whole in wholes:
                    parts[whole].append(common)
            equations += [
                (whole, tuple(listed)) for whole, listed in parts.items() if listed != [whole]
            ]
    further = frozenset(range(len(cells.values), len(values)))
    return LinkedCells(
        tuple(values), tuple(equations), cells.shown, cells.hidden | further, cells.totals | further
    ), places


def find_nested(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    pairs: Collection[tuple[str, str]],
) -> dict[tuple[str, str], dict[str, str]]:
    """For each pair of fields of which the second follows from the first: its values by the first's.

    None of them is known to readers alone from a table with both, so that `pairs` should have those
    only that are nested by definition.
    """
    fields = {field.name: field for field in rows.fields}
    nested = {}
    for pair in sorted(pairs):
        if _are_related(connection, rows, [fields[name] for name in pair]):
            inner, outer = (text_value(fields[name]) for name in pair)
            found = connection.execute(
                f"SELECT {inner}, min({outer}) FROM {rows.relation} WHERE {identifier(pair[0])} IS NOT "
                f"NULL AND {identifier(pair[1])} IS NOT NULL GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            nested[pair] = dict(found)
    return nested


def _are_related(
    connection: duckdb.DuckDBPyConnection, rows: ReleasedTable, pair: list[Field]
) -> bool:
    """Whether few pairs of the values of two fields occur: fewer than the fields have values, or
    hardly more than the larger of them has, because records have errors.
    """
    one, other = (identifier(field.name) for field in pair)
    found = connection.execute(
        f"SELECT count(*), count(DISTINCT {one}), count(DISTINCT {other}) FROM (SELECT DISTINCT "
        f"{one}, {other} FROM {rows.relation} WHERE {one} IS NOT NULL AND {other} IS NOT NULL)"
    ).fetchone()
    pairs, ones, others = found or (0, 0, 0)
    few = pairs < ones + others or pairs <= MOST_PAIRS * max(ones, others)
    return bool(min(ones, others) > 1 and few)


def _count(
    connection: duckdb.DuckDBPyConnection, rows: ReleasedTable, fields: list[Field], measure: str
) -> dict[Key, int]:
    """The counts by `fields`, without those of 0."""
    texts = ", ".join(text_value(field) for field in fields)
    found = connection.execute(
        f"SELECT {texts}, CAST({measure} AS BIGINT) FROM {rows.relation} GROUP BY ALL "
        f"HAVING {measure} > 0 ORDER BY ALL"
    ).fetchall()
    return {tuple(row[:-1]): int(row[-1]) for row in found}
