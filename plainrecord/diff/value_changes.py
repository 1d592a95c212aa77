"""How the values of matched rows changed: each kind of change with its count.

A table may have thousands of changed cells. One query over all cells, whatever their field, costs
little; one expression for each field costs memory for each field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plainrecord.diff.likely_renames import Marks, kind_of_change
from plainrecord.diff.match_rows import CHANGED, PAIRS, Matches, drop_tables
from plainrecord.model.changes import CHANGE_KINDS, ChangedRow, FieldChange, ValueChange

if TYPE_CHECKING:
    import duckdb

WAYS = 'temp.main."plainrecord compare ways"'
"""Each way in which a value changed: `place` of the field among the parts, `o` and `n`, its `kind`
(null where the two count as the same) and `c`, in how many rows."""


def count_fields(
    connection: duckdb.DuckDBPyConnection, matches: Matches, hidden: Sequence[Marks]
) -> tuple[tuple[FieldChange, ...], int]:
    """How each changed field changed (all `WAYS`), and rows that changed only in spelling."""
    asked = _find_changed(connection, matches)
    write_ways(connection, matches, hidden, asked)
    counts = {
        (int(position), str(kind)): int(rows)
        for position, kind, rows in connection.execute(
            f"SELECT place, kind, sum(c) FROM {WAYS} WHERE kind IS NOT NULL GROUP BY place, kind"
        ).fetchall()
    }
    changes = []
    for position in asked:
        kinds = tuple((k, counts[position, k]) for k in CHANGE_KINDS if (position, k) in counts)
        if kinds:
            total = sum(count for _, count in kinds)
            changes.append(FieldChange(matches.parts[position].new, total, kinds))
    return tuple(changes), _count_respelt(
        connection, asked, {p for p, k in counts if k == "respelt"}
    )


def write_ways(
    connection: duckdb.DuckDBPyConnection,
    matches: Matches,
    hidden: Sequence[Marks],
    asked: Sequence[int],
) -> None:
    """Make `WAYS` of the fields at the positions `asked` among the parts."""
    drop_tables(connection, WAYS)
    cells = f"SELECT place, o, n, count(*) AS c FROM ({_cells(asked)}) GROUP BY place, o, n"
    alike: dict[Marks, list[int]] = {}
    for position in asked:
        alike.setdefault(hidden[position], []).append(position)
    queries = [
        f"SELECT *, {kind_of_change('o', 'n', marks, normalise=matches.normalise)} AS kind "
        f"FROM cells WHERE place IN ({', '.join(map(str, places))})"
        for marks, places in alike.items()
    ] or ["SELECT *, CAST(NULL AS VARCHAR) AS kind FROM cells"]
    connection.execute(
        f"CREATE TEMP TABLE {WAYS} AS WITH cells AS MATERIALIZED ({cells}) "
        + " UNION ALL ".join(queries)
    )


def _find_changed(connection: duckdb.DuckDBPyConnection, matches: Matches) -> list[int]:
    """The places of the fields whose text is another in any matched row."""
    width = len(matches.key)
    places = range(width, len(matches.parts))
    if not width or not places:
        return []
    apart = ", ".join(f"coalesce(bool_or(o{i} IS DISTINCT FROM n{i}), false)" for i in places)
    flags = connection.execute(f"SELECT {apart} FROM {PAIRS} WHERE {CHANGED}").fetchall()[0]
    return [position for position, changed in zip(places, flags, strict=True) if changed]


def _cells(
    asked: Sequence[int], rows: str = f"(FROM {PAIRS} WHERE {CHANGED})", also: str = ""
) -> str:
    """A query for the cells of `rows` that differ as texts: `place`, `o`, `n`, and columns `also`."""
    if not asked:
        return f"SELECT {also}0 AS place, '' AS o, '' AS n FROM {rows} WHERE false"
    old, new = (", ".join(f"{side}{i}" for i in asked) for side in "on")
    return (
        f"SELECT * FROM (SELECT {also}unnest([{', '.join(map(str, asked))}]) AS place, "
        f"unnest([{old}]) AS o, unnest([{new}]) AS n FROM {rows}) WHERE o IS DISTINCT FROM n"
    )


def _count_respelt(
    connection: duckdb.DuckDBPyConnection, asked: Sequence[int], respelt: set[int]
) -> int:
    """How many rows changed only in the spelling of values; `respelt` fields have such changes."""
    if not respelt:
        return 0
    # Fields that count as the same in every row do not keep a row from being respelt.
    positions = connection.execute(
        f"SELECT DISTINCT place FROM {WAYS} WHERE kind IS NOT NULL"
    ).fetchall()
    known = {int(position) for (position,) in positions}
    equal = [f"o{i} IS NOT DISTINCT FROM n{i}" for i in asked if i in known - respelt]
    numbered = f"(SELECT row_number() OVER () AS r, * FROM {PAIRS} WHERE {' AND '.join([CHANGED, *equal])})"
    counted = connection.execute(
        f"SELECT count(*) FROM (SELECT r FROM ({_cells(sorted(respelt), numbered, 'r, ')}) c "
        f"JOIN {WAYS} w ON {_SAME_WAY} GROUP BY r "
        "HAVING bool_and(coalesce(kind = 'respelt', true)) AND bool_or(kind IS NOT NULL))"
    ).fetchall()
    return int(counted[0][0])


_SAME_WAY = "w.place = c.place AND w.o IS NOT DISTINCT FROM c.o AND w.n IS NOT DISTINCT FROM c.n"


def sample_changed(
    connection: duckdb.DuckDBPyConnection,
    matches: Matches,
    field_changes: Sequence[FieldChange],
    limit: int,
) -> tuple[ChangedRow, ...]:
    """The first `limit` rows that changed, in the order of key and values, with what changed."""
    width = len(matches.key)
    named = {item.field for item in field_changes}
    asked = [i for i, part in enumerate(matches.fields, width) if part.new in named]
    if not asked or not limit:
        return ()
    keys = ", ".join(f"n{i}" for i in range(width))
    values = ", ".join(f"{side}{i}" for i in asked for side in "on")
    chosen = f"SELECT * FROM {PAIRS} WHERE {CHANGED} ORDER BY {keys}, {values} LIMIT {limit}"
    rows = connection.execute(
        f"WITH chosen AS MATERIALIZED (SELECT row_number() OVER (ORDER BY {keys}, {values}) AS r, * "
        f"FROM ({chosen})) SELECT c.* EXCLUDE (place, o, n), c.place, c.o, c.n, kind FROM "
        f"({_cells(asked, 'chosen', f'r, {keys}, ')}) c JOIN {WAYS} w ON {_SAME_WAY} "
        "WHERE kind IS NOT NULL ORDER BY r, c.place"
    ).fetchall()
    sampled: dict[int, tuple[tuple[str | None, ...], list[ValueChange]]] = {}
    for number, *row in rows:
        position, old, new, kind = row[width:]
        line = sampled.setdefault(number, (tuple(row[:width]), []))
        line[1].append(ValueChange(matches.parts[position].new, old, new, kind))
    return tuple(ChangedRow(key, tuple(changes)) for key, changes in sampled.values())
