"""Dimensions of which one says much about the other: a day and its month, a state and its region.

Readers know which days a month has. Counts by day therefore add up to those by month, also where no
table has both. Overlapping classes (under 21, under 22) give away what lies between their limits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, permutations, product

import duckdb

from plainrecord.disclosure.linked_cells import (
    Dimensions,
    Key,
    LinkedCells,
    find_totals,
    link_cuboids,
    project,
)
from plainrecord.model.packages import ReleasedTable
from plainrecord.receipts.cell_text import text_value
from plainrecord.receipts.engine import identifier

Cuboids = Mapping[Dimensions, Mapping[Key, int]]
Index = Mapping[tuple[Dimensions, Key], int]

MOST_PAIRS = 1.25
"""Pairs for each value of a dimension that is nested in another one, but for errors."""

FIRST_ROWS = 20_000
"""Rows that show of most pairs of dimensions that they are not related."""


def link_related(
    connection: duckdb.DuckDBPyConnection,
    rows: ReleasedTable,
    measure: str,
    cuboids: Cuboids,
    threshold: int,
    records: ReleasedTable | None = None,
) -> tuple[LinkedCells, Index]:
    """The cells of `cuboids` with all sums between them, and their index.

    Two dimensions are related where few pairs of their values occur (`_Source.related`), and so is
    one with two or three others together: whether a person was searched and frisked gives the kind of
    search. What a table with one of them and a table with the other have in common is one of their
    cells, or a further cell, which must stay hidden. So are cells of tables that lie between two others (days and
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
    commons: dict[tuple[Dimensions, Key], int] = {}
    sets = sorted({frozenset(names) for names, _ in index}, key=sorted)
    for table, other in _neighbours(sets):
        sides = [source.order(table - other), source.order(other - table)]
        if not source.related(*sides):
            continue
        names = source.order(table | other)
        wholes_of = [source.order(table), source.order(other)]
        sums_of = [
            source.order(third)
            for third in sets
            if third < table | other and not (third <= table or third <= other)
        ]
        support = [project(key, names, [*sides[0], *sides[1]]) for key in source.count(names)]
        ends = {(key[: len(sides[0])], key[len(sides[0]) :]) for key in support}
        partners = [Counter(end[at] for end in ends) for at in (0, 1)]
        parts: dict[int, list[int]] = defaultdict(list)
        for key, count in source.count(names).items():
            wholes = [places[whole, project(key, names, whole)] for whole in wholes_of]
            single = [
                whole
                for whole, side, known in zip(wholes, sides, partners, strict=True)
                if known[project(key, names, side)] == 1
            ]
            if (names, key) not in commons:
                if not single:
                    places[names, key] = len(values)
                    values.append(count)
                commons[names, key] = single[0] if single else places[names, key]
            wholes += [places[whole, project(key, names, whole)] for whole in sums_of]
            for whole in wholes:
                parts[whole].append(commons[names, key])
        equations += [
            (whole, tuple(listed)) for whole, listed in parts.items() if listed != [whole]
        ]
    for fewer, more in permutations(dict.fromkeys(names for names, _ in commons), 2):
        if set(fewer) < set(more) and len(fewer) + 1 == len(more):
            inside: dict[int, list[int]] = defaultdict(list)
            for (names, key), at in commons.items():
                if names == more:
                    inside[commons[fewer, project(key, more, fewer)]].append(at)
            equations += [(at, tuple(sums)) for at, sums in inside.items() if sums != [at]]
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
    totals = find_totals(equations, len(values), unlisted)
    return LinkedCells(
        tuple(values),
        tuple(equations),
        cells.shown | shown,
        hidden,
        totals | hidden,
        common=hidden,
    ), places


def _neighbours(
    tables: Collection[frozenset[str]],
) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Two tables of which one has a single dimension that the other has not, and no table has all."""
    for one, other in combinations(tables, 2):
        if min(len(one - other), len(other - one)) == 1 and one | other not in tables:
            yield one, other


def _between(
    source: _Source, tables: Collection[frozenset[str]], in_rows: frozenset[str]
) -> set[frozenset[str]]:
    """The sets of dimensions that lie between two tables, or between a table and the rows.

    A table becomes the other one by putting a related dimension in the place of another, one after
    the other. With each set come the sets of fewer dimensions.
    """
    sets: set[frozenset[str]] = set()
    for one in tables:
        steps: list[tuple[frozenset[str], frozenset[str]]] = []
        own = sorted(one - in_rows)
        partners = [
            [name for name in sorted(in_rows - one) if source.related((name,), (mine,))]
            for mine in own
        ]
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
                if all(source.related((a,), (b,)) for a, b in zip(left, order, strict=True)):
                    names = first
                    for mine, theirs in zip(left, order, strict=True):
                        names = names - {mine} | {theirs}
                        sets.add(names)
                    break
    return {
        frozenset(part)
        for names in sets
        for size in range(len(names) + 1)
        for part in combinations(sorted(names), size)
    }


class _Source:
    """Counts over rows, each taken once."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, rows: ReleasedTable, measure: str
    ) -> None:
        self._connection, self._rows, self._measure = connection, rows, measure
        self._relation = rows.relation
        self._fields = {field.name: field for field in rows.fields}
        self._related: dict[frozenset[Dimensions], bool] = {}
        self._sizes: dict[tuple[Dimensions, int], int] = {}

    def order(self, names: Collection[str]) -> Dimensions:
        """The names in the order of the fields."""
        return tuple(name for name in self._fields if name in names)

    def related(self, one: Dimensions, other: Dimensions) -> bool:
        """Whether few pairs of the values of two fields, or sets of them, occur: fewer than the two
        have values, or hardly more than the larger of them has, because records have errors.

        Not where one field of a set, which is related itself, says all that the set says.
        """
        pair = frozenset((one, other))
        if pair not in self._related:
            ones, others = self._occurring(one), self._occurring(other)
            most = max(ones + others - 1, int(MOST_PAIRS * max(ones, others)))
            together = (*one, *other)
            self._related[pair] = (
                min(ones, others) > 1
                and self._occurring(together, FIRST_ROWS) <= most
                and self._occurring(together) <= most
                and not self._follows(one, other)
            )
        return self._related[pair]

    def _follows(self, one: Dimensions, other: Dimensions) -> bool:
        """Whether the pairs of two sets are all those that one pair of their fields allows."""
        if len(one) == len(other) == 1:
            return False
        pairs = self._occurring((*one, *other))
        for first, second in product(one, other):
            row = self._connection.execute(
                f"SELECT count(*) FROM ({self._distinct(one)}) JOIN "
                f"({self._distinct((first, second))}) USING ({identifier(first)}) JOIN "
                f"({self._distinct(other)}) USING ({identifier(second)})"
            ).fetchone()
            if row and row[0] == pairs:
                return True
        return False

    def _occurring(self, names: Dimensions, rows: int = 0) -> int:
        """How many combinations of values `_distinct` gives."""
        if (names, rows) not in self._sizes:
            row = self._connection.execute(
                f"SELECT count(*) FROM ({self._distinct(names, rows)})"
            ).fetchone()
            self._sizes[names, rows] = row[0] if row else 0
        return self._sizes[names, rows]

    def _distinct(self, names: Dimensions, rows: int = 0) -> str:
        """SQL for the combinations of values, none missing, that occur in all or the first `rows`."""
        columns = ", ".join(map(identifier, names))
        there = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in names)
        source = f"(FROM {self._relation} LIMIT {rows})" if rows else self._relation
        return f"SELECT DISTINCT {columns} FROM {source} WHERE {there}"

    def count(self, names: Dimensions) -> dict[Key, int]:
        """The counts by fields, without those of 0."""
        return count_by(self._connection, self._rows, self._measure, names)


def count_by(
    connection: duckdb.DuckDBPyConnection, rows: ReleasedTable, measure: str, names: Dimensions
) -> dict[Key, int]:
    """The counts of `rows` by fields, without those of 0; `measure` is the SQL of a count."""
    texts = "".join(f"{text_value(rows.field(name))}, " for name in names)
    counted = connection.execute(
        f"SELECT {texts}CAST({measure} AS BIGINT) FROM {rows.relation} GROUP BY ALL "
        f"HAVING {measure} > 0 ORDER BY ALL"
    ).fetchall()
    return {tuple(row[:-1]): int(row[-1]) for row in counted}


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
        if source.related(pair[:1], pair[1:]):
            inner, outer = (text_value(fields[name]) for name in pair)
            occurring = connection.execute(
                f"SELECT {inner}, min({outer}) FROM {rows.relation} WHERE {identifier(pair[0])} IS NOT "
                f"NULL AND {identifier(pair[1])} IS NOT NULL GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            nested[pair] = dict(occurring)
    return nested
