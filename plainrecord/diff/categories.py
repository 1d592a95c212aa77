"""Values of a field that only one of two tables has: new and removed categories.

Most values are in both tables, and the others are in rows that differ. Those rows are therefore
searched first, and whole tables only for the remaining values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from plainrecord.diff.match_rows import PAIRS, Matches, blank, drop_tables, folded
from plainrecord.model.changes import CategoryChange
from plainrecord.receipts.engine import identifier

if TYPE_CHECKING:
    import duckdb

MOST_CATEGORIES = 100
FEW_TEXTS = 3
"""To look for more texts in a whole file takes longer than to read a column of it."""

PROBE_ROWS = 20_000
_Value = tuple[str, int]
"""A value and the rows that have it."""

ALONE = 'temp.main."plainrecord compare alone"'


def find_categories(
    connection: duckdb.DuckDBPyConnection, matches: Matches, limit: int
) -> tuple[CategoryChange, ...]:
    """Values that only one table has, in fields with few, repeated values that contain letters.

    Up to `limit` values of each field and table, with their rows, which all differ between the
    tables.
    """
    asked = _few_valued(connection, matches)
    if not asked:
        return ()
    changes = []
    try:
        alone = _stand_alone(connection, asked, limit, normalise=matches.normalise)
        for at in sorted({at for at, _ in alone}):
            new, gone = (_confirm(connection, matches, (at, side), alone, limit) for side in "no")
            if new or gone:
                changes.append(CategoryChange(matches.parts[at].new, new, gone))
    finally:
        drop_tables(connection, ALONE)
    return tuple(changes)


def _few_valued(connection: duckdb.DuckDBPyConnection, matches: Matches) -> list[int]:
    """The fields whose first values are few and repeat."""
    counts = ", ".join(
        f"approx_count_distinct({identifier(p.new)}), count({identifier(p.new)})"
        for p in matches.parts
    )
    probe = connection.execute(
        f"SELECT {counts} FROM (SELECT * FROM {matches.new.head} LIMIT {PROBE_ROWS})"
    ).fetchall()[0]
    asked = []
    for at, part in enumerate(matches.parts):
        distinct, filled = probe[2 * at : 2 * at + 2]
        if distinct <= MOST_CATEGORIES and filled >= 3 * distinct and not part.kind:
            asked.append(at)
    return asked


def _stand_alone(
    connection: duckdb.DuckDBPyConnection, asked: Sequence[int], limit: int, *, normalise: bool
) -> dict[tuple[int, str], tuple[_Value, ...]]:
    """Write to ALONE the values with letters that only one side of the pairs has, by field and
    side; return up to `limit` of each.
    """
    sides = " UNION ALL ".join(
        f"SELECT unnest([{', '.join(map(str, asked))}]) AS part, '{side}' AS side, "
        f"unnest([{', '.join(f'{side}{at}' for at in asked)}]) AS v FROM {PAIRS}"
        for side in "on"
    )
    fold = folded("v") if normalise else "v"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {ALONE} AS SELECT part, min(side) AS side, {fold} AS f, "
        f"min(v) AS v, CAST(sum(c) AS BIGINT) AS c FROM (SELECT part, side, v, count(*) AS c "
        f"FROM ({sides}) GROUP BY part, side, v) WHERE NOT {blank('v')} "
        "GROUP BY part, f HAVING count(DISTINCT side) = 1 AND regexp_matches(min(v), '\\p{L}')"
    )
    alone: dict[tuple[int, str], list[tuple[str, int]]] = {}
    for at, side, value, rows in connection.execute(
        f"SELECT part, side, v, c FROM {ALONE} QUALIFY row_number() OVER "
        f"(PARTITION BY part, side ORDER BY v) <= {limit} ORDER BY part, side, v"
    ).fetchall():
        alone.setdefault((int(at), str(side)), []).append((str(value), int(rows)))
    return {position: tuple(values) for position, values in alone.items()}


def _confirm(
    connection: duckdb.DuckDBPyConnection,
    matches: Matches,
    position: tuple[int, str],
    alone: Mapping[tuple[int, str], tuple[_Value, ...]],
    limit: int,
) -> tuple[_Value, ...]:
    """Those of the values `alone` in `position` that the whole other table does not have."""
    values, part = alone.get(position, ()), matches.parts[position[0]]
    side, column = (matches.old, part.old) if position[1] == "n" else (matches.new, part.new)
    exact = not matches.normalise and len(values) <= FEW_TEXTS
    if not values or (exact and not any(side.may_hold(value) for value, _ in values)):
        return values
    text = f"CAST({identifier(column)} AS VARCHAR)"
    fold = folded(text) if matches.normalise else text
    confirmed = connection.execute(
        f"SELECT v, c FROM (SELECT f, v, c FROM {ALONE} WHERE part = {position[0]} AND side = '{position[1]}') "
        f"ANTI JOIN (SELECT {fold} AS f FROM {side.column(column)}) USING (f) "
        f"ORDER BY v LIMIT {limit}"
    ).fetchall()
    return tuple((str(value), int(rows)) for value, rows in confirmed)
