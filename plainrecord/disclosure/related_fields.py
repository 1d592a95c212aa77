"""Dimensions of which one says much about the other: a day and its month, a state and its region.

Readers know which days a month has. Counts by day therefore add up to those by month, also where no
table has both. Overlapping classes (under 21, under 22) give away what lies between their limits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, permutations, product

import duckdb

from plainrecord.disclosure.linked_cells import Dimensions, Key, LinkedCells, link_cuboids
from plainrecord.model.packages import ReleasedTable
from plainrecord.receipts.cell_text import text_value
from plainrecord.receipts.engine import identifier

Cuboids = Mapping[Dimensions, Mapping[Key, int]]
Index = Mapping[tuple[Dimensions, Key], int]

MOST_PAIRS = 1.25
"""Pairs for each value of a dimension that is nested in another one, but for errors."""


def link_related(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    measure: str,
    cuboids: Cuboids,
    threshold: int,
    records: ReleasedTable | None = None,
) -> tuple[LinkedCells, Index]:
    """The cells of `cuboids` with all sums between them, and their index.

    Two dimensions are related where few pairs of their values occur (`_are_related`). What a table
    with one of them and a table with the other have in common is one of their cells, or a further
    cell, which must stay hidden. So are cells of tables that lie between two others (days and
    counties, months and districts) and, of `records` that are released beside the tables, counts
    that cannot be read there: fewer than `threshold` rows show them. `measure` is the SQL of a count
    over `rows`.
    """
    source = _Source(connection, rows, measure)
    in_rows = frozenset(field.name for field in records.fields) if records else frozenset[str]()
    further: dict[Dimensions, Mapping[Key, int]] = {}
    between = _between(source, set(map(frozenset, cuboids)), in_rows)
    for members in sorted(between, key=sorted):
        ordered = source.order(members)
        if ordered not in cuboids:
            further[ordered] = source.count(ordered)
    cells, index = link_cuboids({**cuboids, **further})
    values, equations = list(cells.values), list(cells.equations)
    places = dict(index)
    for table, other, pair in _neighbours({frozenset(names) for names, _ in index}):
        if not source.related(*pair):
            continue
        occurring = source.count(pair)
        partners = [Counter(key[at] for key in occurring) for at in (0, 1)]
        names = (*source.order(table - {pair[0]}), *pair)
        wholes_of = [source.order(table), source.order(other)]
        parts: dict[int, list[int]] = defaultdict(list)
        for key, count in source.count(names).items():
            value = dict(zip(names, key, strict=True))
            wholes = [places[whole, tuple(value[one] for one in whole)] for whole in wholes_of]
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
    unlisted = {at: place for place, at in places.items() if place[0] not in cuboids}
    shown: set[int] = set()
    if records:
        visible = _Source(connection, records, "count(*)")
        for ordered in {names for names, _ in unlisted.values() if in_rows.issuperset(names)}:
            counts = visible.count(ordered)
            shown |= {
                at
                for at, (other, key) in unlisted.items()
                if other == ordered and counts.get(key, 0) >= threshold
            }
    hidden = frozenset(unlisted) - shown
    return LinkedCells(
        tuple(values), tuple(equations), cells.shown | shown, hidden, cells.totals | hidden
    ), places


def _neighbours(
    tables: Collection[frozenset[str]],
) -> Iterator[tuple[frozenset[str], frozenset[str], tuple[str, str]]]:
    """Two tables that differ in one dimension, and these dimensions, unless a table has both."""
    for one, other in combinations(sorted(tables, key=sorted), 2):
        if len(one - other) == len(other - one) == 1 and one | other not in tables:
            yield one, other, (min(one - other), min(other - one))


def _between(
    source: _Source, tables: Collection[frozenset[str]], in_rows: frozenset[str]
) -> set[frozenset[str]]:
    """The sets of dimensions that lie between two tables, or between a table and the rows.

    A table becomes the other one by putting a related dimension in the place of another, one after
    the other. With each set come the sets of fewer dimensions.
    """
    found: set[frozenset[str]] = set()
    for one in tables:
        steps: list[tuple[frozenset[str], frozenset[str]]] = []
        own = sorted(one - in_rows)
        partners = [[n for n in sorted(in_rows - one) if source.related(n, mine)] for mine in own]
        for others in product(*partners) if own else ():
            if len(set(others)) == len(own):
                steps.append((one, one & in_rows | set(others)))
        steps += [
            (one, other)
            for other in tables
            if len(one - other) == len(other - one) > 1 and sorted(one) < sorted(other)
        ]
        for first, last in steps:
            for order in permutations(sorted(last - first)):
                left = sorted(first - last)
                if all(map(source.related, left, order)):
                    names = first
                    for mine, theirs in zip(left, order, strict=True):
                        names = names - {mine} | {theirs}
                        found.add(names)
                    break
    return {
        frozenset(part)
        for names in found
        for size in range(len(names) + 1)
        for part in combinations(sorted(names), size)
    }


class _Source:
    """Counts over rows, each taken once."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, rows: ReleasedTable, measure: str
    ) -> None:
        self._connection, self._relation, self._measure = connection, rows.relation, measure
        self._fields = {field.name: field for field in rows.fields}
        self._related: dict[frozenset[str], bool] = {}

    def order(self, names: Collection[str]) -> Dimensions:
        """The names in the order of the fields."""
        return tuple(name for name in self._fields if name in names)

    def related(self, one: str, other: str) -> bool:
        """Whether few pairs of the values of two fields occur: fewer than the fields have values, or
        hardly more than the larger of them has, because records have errors.
        """
        pair = frozenset((one, other))
        if pair not in self._related:
            first, second = identifier(one), identifier(other)
            found = self._connection.execute(
                f"SELECT count(*), count(DISTINCT {first}), count(DISTINCT {second}) FROM (SELECT "
                f"DISTINCT {first}, {second} FROM {self._relation} WHERE {first} IS NOT NULL AND "
                f"{second} IS NOT NULL)"
            ).fetchone()
            pairs, ones, others = found or (0, 0, 0)
            few = pairs < ones + others or pairs <= MOST_PAIRS * max(ones, others)
            self._related[pair] = bool(min(ones, others) > 1 and few)
        return self._related[pair]

    def count(self, names: Dimensions) -> dict[Key, int]:
        """The counts by fields, without those of 0."""
        texts = "".join(f"{text_value(self._fields[name])}, " for name in names)
        found = self._connection.execute(
            f"SELECT {texts}CAST({self._measure} AS BIGINT) FROM {self._relation} GROUP BY ALL "
            f"HAVING {self._measure} > 0 ORDER BY ALL"
        ).fetchall()
        return {tuple(row[:-1]): int(row[-1]) for row in found}


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
    source = _Source(connection, rows, "count(*)")
    nested = {}
    for pair in sorted(pairs):
        if source.related(*pair):
            inner, outer = (text_value(fields[name]) for name in pair)
            found = connection.execute(
                f"SELECT {inner}, min({outer}) FROM {rows.relation} WHERE {identifier(pair[0])} IS NOT "
                f"NULL AND {identifier(pair[1])} IS NOT NULL GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            nested[pair] = dict(found)
    return nested
