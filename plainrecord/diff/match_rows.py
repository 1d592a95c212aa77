"""Match the rows of two tables: by key, or as multisets of whole rows without a key.

Everything is compared as text; null differs from the empty text. The rows that remain after equal
ones are removed are in one temporary table of pairs, from which all results are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plainrecord.diff.value_forms import ComparedColumn, cast_sql
from plainrecord.model.changes import ComparedSide
from plainrecord.receipts.engine import identifier, literal

if TYPE_CHECKING:
    import duckdb

PAIRS = 'temp.main."plainrecord compare pairs"'
BLANK = r"[\s\p{Z}\x0b\x1c-\x1f\x85]"
BLANKS = literal(BLANK + "+")
UNEVEN = literal("[^!-~ ]|^ | $|  ")
ADDED, VANISHED, CHANGED = "in_new AND NOT in_old", "in_old AND NOT in_new", "in_old AND in_new"


@dataclass(frozen=True, slots=True)
class Matches:
    """Two tables with their rows matched.

    `PAIRS` has a row for each pair that is not equal: `in_old` and `in_new` (which sides there
    are), and as text the values of the parts (key, then fields) as `o0`, `o1`, ... and `n0`, ...
    `duplicates_*` count the rows beyond the first of each key, or of each row without a key.
    """

    old: ComparedSide
    new: ComparedSide
    key: tuple[ComparedColumn, ...]
    fields: tuple[ComparedColumn, ...]
    normalise: bool
    old_rows: int
    new_rows: int
    duplicates_old: int
    duplicates_new: int

    @property
    def parts(self) -> tuple[ComparedColumn, ...]:
        """The key, then the fields: in the order of `o0`, `o1`, ..."""
        return (*self.key, *self.fields)

    @property
    def unique(self) -> bool:
        """Whether there is a key that no two rows of a table share."""
        return bool(self.key) and not self.duplicates_old and not self.duplicates_new


def folded(value: str) -> str:
    """SQL for `value` (SQL of a text) trimmed, with single spaces and in one case; blank is null."""
    plain = f"trim(regexp_replace(nfc_normalize({value}), {BLANKS}, ' ', 'g'))"
    return (
        f"CASE WHEN regexp_matches({value}, {UNEVEN}) THEN nullif(lower(upper({plain})), '') "
        f"ELSE nullif(lower({value}), '') END"
    )


def one_value(*, normalise: bool) -> tuple[str, str]:
    """SQL to name a group of equal values `v`, and SQL to group by."""
    if not normalise:
        return "v", "v"
    return f"CASE WHEN ({folded('v')}) IS NOT NULL THEN min(v) END", folded("v")


def blank(value: str) -> str:
    """SQL: whether `value` is null or contains only spaces."""
    return f"coalesce(regexp_full_match({value}, {literal(BLANK + '*')}), true)"


def differ(old: str, new: str, *, normalise: bool) -> str:
    """SQL: whether two texts are not the same value."""
    plain = f"{old} IS DISTINCT FROM {new}"
    if not normalise:
        return f"({plain})"
    # The second half is computed only for the few rows whose texts are not equal as they stand.
    return f"({plain} AND ({folded(old)}) IS DISTINCT FROM ({folded(new)}))"


def texts(relation: str, parts: Sequence[ComparedColumn], *, old: bool) -> str:
    """A query for the columns of `parts` in one of the tables as text, named v0, v1, ..."""
    columns = []
    for number, part in enumerate(parts):
        text = f"CAST({identifier(part.old if old else part.new)} AS VARCHAR)"
        text = cast_sql(text, part.kind, part.old_form if old else part.new_form)
        columns.append(f"{text} AS v{number}")
    return f"SELECT true AS here, {', '.join(columns)} FROM {relation}"


def match_rows(
    connection: duckdb.DuckDBPyConnection,
    old: ComparedSide,
    new: ComparedSide,
    key: Sequence[ComparedColumn],
    fields: Sequence[ComparedColumn],
    *,
    normalise: bool,
) -> Matches:
    """Match the rows of two sides, and write the pairs that are not equal to `PAIRS`.

    Rows that share a key are matched as multisets: equal rows first, the others in the order of
    their values; the rest are added or removed. Without a key, all rows are one multiset.
    """
    parts = (*key, *fields)
    before, after = texts(old.rest, parts, old=True), texts(new.rest, parts, old=False)
    width = len(key) or len(parts)
    unique = bool(old.alike)  # rows are left out only where keys are known not to repeat
    old_rows, again_old = _count(connection, before, 0 if unique else width, normalise=normalise)
    new_rows, again_new = _count(connection, after, 0 if unique else width, normalise=normalise)
    if key and not again_old and not again_new:
        query = _pair_unique(before, after, len(key), len(parts), normalise=normalise)
    else:
        query = pair_bags(before, after, len(key), len(parts), normalise=normalise)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {PAIRS} AS {query}")
    return Matches(
        old=old,
        new=new,
        key=tuple(key),
        fields=tuple(fields),
        normalise=normalise,
        old_rows=old_rows + old.alike,
        new_rows=new_rows + new.alike,
        duplicates_old=again_old,
        duplicates_new=again_new,
    )


def drop_tables(connection: duckdb.DuckDBPyConnection, *relations: str) -> None:
    """Drop temporary tables that may or may not be there."""
    for relation in relations:
        connection.execute(f"DROP TABLE IF EXISTS {relation}")


def _joined(width: int, *, normalise: bool) -> str:
    """SQL for what rows are joined by: the first `width` values or their folded texts, k0, k1, ..."""
    values = [folded(f"v{i}") if normalise else f"v{i}" for i in range(width)]
    return ", ".join(f"{value} AS k{i}" for i, value in enumerate(values))


def _count(
    connection: duckdb.DuckDBPyConnection, side: str, width: int, *, normalise: bool
) -> tuple[int, int]:
    """The rows of `side`, and how many of them repeat what another row has in the first values."""
    if not width:
        return int(connection.execute(f"SELECT count(*) FROM ({side})").fetchall()[0][0]), 0
    names = ", ".join(f"k{i}" for i in range(width))
    rows, kept = connection.execute(
        f"SELECT coalesce(sum(c), 0), count(*) FROM (SELECT count(*) AS c FROM "
        f"(SELECT {_joined(width, normalise=normalise)} FROM ({side})) GROUP BY {names})"
    ).fetchall()[0]
    return int(rows), int(rows) - int(kept)


def _sides(count: int) -> str:
    old = ", ".join(f"o.v{i} AS o{i}" for i in range(count))
    new = ", ".join(f"n.v{i} AS n{i}" for i in range(count))
    return f"o.here IS NOT NULL AS in_old, n.here IS NOT NULL AS in_new, {old}, {new}"


def _pair_unique(before: str, after: str, width: int, count: int, *, normalise: bool) -> str:
    """The query for pairs if no key is repeated: one join, each value compared in full."""
    keys = _joined(width, normalise=normalise)
    on = " AND ".join(f"o.k{i} IS NOT DISTINCT FROM n.k{i}" for i in range(width))
    other = [differ(f"o.v{i}", f"n.v{i}", normalise=normalise) for i in range(width, count)]
    apart = " OR ".join(["o.here IS NULL", "n.here IS NULL", *other])
    return (
        f"SELECT {_sides(count)} FROM (SELECT *, {keys} FROM ({before})) o "
        f"FULL JOIN (SELECT *, {keys} FROM ({after})) n ON {on} WHERE {apart}"
    )


def pair_bags(before: str, after: str, width: int, count: int, *, normalise: bool) -> str:
    """The query for pairs if rows may repeat: remove equal rows, pair the others by key."""
    values = ", ".join(f"v{i}" for i in range(count))
    left = (
        f"SELECT {values}, d > 0 AS fresh, unnest(range(abs(d))) AS again FROM ("
        f"SELECT {values}, CAST(sum(d) AS BIGINT) AS d FROM (SELECT 1 AS d, {values} FROM ({after}) "
        f"UNION ALL SELECT -1, {values} FROM ({before})) GROUP BY {values} HAVING sum(d) <> 0)"
    )
    if normalise:
        # Equal texts are gone; of what is left, rows that are equal once folded go too.
        names = ", ".join(f"k{i}" for i in range(count))
        left = (
            f"SELECT {values}, fresh FROM (SELECT *, "
            f"row_number() OVER (PARTITION BY fresh, {names} ORDER BY {values}) AS turn, "
            f"count(*) FILTER (fresh) OVER (PARTITION BY {names}) AS come, "
            f"count(*) FILTER (NOT fresh) OVER (PARTITION BY {names}) AS gone "
            f"FROM (SELECT *, {_joined(count, normalise=True)} FROM ({left}))) "
            "WHERE turn > CASE WHEN fresh THEN gone ELSE come END"
        )
    if not width:
        old = ", ".join(f"CASE WHEN NOT fresh THEN v{i} END AS o{i}" for i in range(count))
        new = ", ".join(f"CASE WHEN fresh THEN v{i} END AS n{i}" for i in range(count))
        return f"SELECT NOT fresh AS in_old, fresh AS in_new, {old}, {new} FROM ({left})"
    names = ", ".join(f"k{i}" for i in range(width))
    order = ", ".join(f"v{i}" for i in (*range(width, count), *range(width)))
    turns = (
        f"SELECT *, true AS here, row_number() OVER (PARTITION BY fresh, {names} ORDER BY {order}) "
        f"AS turn FROM (SELECT *, {_joined(width, normalise=normalise)} FROM ({left}))"
    )
    on = " AND ".join(f"o.k{i} IS NOT DISTINCT FROM n.k{i}" for i in range(width))
    return (
        f"WITH turns AS MATERIALIZED ({turns}) SELECT {_sides(count)} "
        "FROM (SELECT * FROM turns WHERE NOT fresh) o "
        f"FULL JOIN (SELECT * FROM turns WHERE fresh) n ON {on} AND o.turn = n.turn"
    )
