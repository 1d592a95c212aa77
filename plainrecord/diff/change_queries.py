"""What changed between published releases, as plain queries that anyone can run again.

The comparison itself pairs rows and looks at each value. These queries only count, in another way
and from the published files: how often a row is in each release, and how many rows share a key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plainrecord.diff.breakdown_queries import column_sql, portion_pair
from plainrecord.diff.match_rows import folded
from plainrecord.diff.value_forms import date_of, period_of
from plainrecord.model.changes import Comparison
from plainrecord.model.counts import SUPPRESSED, CountTable, as_cells
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.model.freshness import day_words
from plainrecord.model.revisions import PairChanges, Revisions, Triangle
from plainrecord.model.suppression import suppress
from plainrecord.receipts.change_ids import changes_id, choose_periods
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.receipt import prove_counts

COLUMNS = ("before", "after", "added", "vanished", "changed", "unchanged")


@dataclass(frozen=True, slots=True)
class PublishedSide:
    """The published table of a release, and the SQL that reads it for the comparison.

    `relation` is used in the statement unchanged. `date_kind` is the engine's type of the date from
    which periods are made, "" if there is none.
    """

    entry: PublishedTable
    relation: str
    date_kind: str = ""


def contrast_sql(old: str, new: str, comparison: Comparison, *, normalise: bool) -> str:
    """The query for `COLUMNS`: `old` and `new` are relations, `comparison` names what was compared.

    Of the rows with one key, equal rows are unchanged; of the others, as many as both releases have
    are changed, and the rest are added or removed. Without a key, the whole row is the key.
    """
    keys = comparison.key or comparison.fields
    rest = comparison.fields if comparison.key else ()
    sides = []
    for relation, side, counted in (
        (old, "old", "count(*) AS o, 0 AS n"),
        (new, "new", "0 AS o, count(*) AS n"),
    ):
        read = []
        for position, name in enumerate((*keys, *rest)):
            text = column_sql(comparison, name, old=side == "old")
            read.append(f"{folded(text) if normalise else text} AS c{position}")
        groups = ", ".join(f"c{position}" for position in range(len(keys) + len(rest)))
        inner = f"SELECT {', '.join(read)} FROM {relation}"
        sides.append(f"SELECT {groups}, {counted} FROM ({inner}) GROUP BY {groups}")
    groups = ", ".join(f"c{position}" for position in range(len(keys) + len(rest)))
    key = ", ".join(f"c{position}" for position in range(len(keys)))
    sums = ", ".join(
        f"coalesce(sum({what}), 0)::BIGINT AS {name}"
        for name, what in zip(
            COLUMNS,
            ("o", "n", "greatest(n - o, 0)", "greatest(o - n, 0)", "least(o, n) - e", "e"),
            strict=True,
        )
    )
    return (
        f"WITH both_releases AS ({sides[0]} UNION ALL {sides[1]}), "
        f"by_row AS (SELECT {groups}, sum(o) AS o, sum(n) AS n FROM both_releases GROUP BY {groups}), "
        f"by_key AS (SELECT sum(o) AS o, sum(n) AS n, sum(least(o, n)) AS e FROM by_row GROUP BY {key}) "
        f"SELECT {sums} FROM by_key"
    )


def count_pair(
    dataset: str,
    revisions: Revisions,
    pair: PairChanges,
    sides: tuple[PublishedSide, PublishedSide],
) -> CountTable:
    """The table of counts behind the numbers of a pair."""
    old, new = sides
    comparison = pair.comparison
    threshold = max(old.entry.table.threshold, new.entry.table.threshold)
    counts = (comparison.added, comparison.vanished, comparison.changed, comparison.unchanged)
    cells: tuple[Cell, ...] = (SUPPRESSED,) * len(counts) if pair.small else counts
    normalise = revisions.settings.normalise
    sql = contrast_sql(old.relation, new.relation, comparison, normalise=normalise)
    title = f"What changed from {day_words(pair.old)} to {day_words(pair.new)}"
    rows = ((comparison.old_rows, comparison.new_rows, *cells),)
    return prove_counts(
        changes_id(dataset, pair.new),
        title,
        revisions.unit,
        COLUMNS,
        rows,
        sql,
        [old.entry, new.entry],
        threshold,
        dataset=dataset,
        release=pair.new,
    )


def breakdown_receipts(
    dataset: str,
    revisions: Revisions,
    pair: PairChanges,
    sides: tuple[PublishedSide, PublishedSide],
    marks: Mapping[str, Sequence[str]],
) -> tuple[CountTable, ...]:
    """The tables of counts behind the numbers of a pair by field, period, place and category."""
    old, new = sides
    threshold = max(old.entry.table.threshold, new.entry.table.threshold)
    entries = [old.entry, new.entry]
    relations = old.relation, new.relation
    settings = revisions.settings
    where = {"dataset": dataset, "release": pair.new}
    return tuple(
        prove_counts(name, title, revisions.unit, columns, rows, sql, entries, threshold, **where)
        for name, title, columns, sql, rows in portion_pair(
            dataset, pair, *relations, marks, settings.period, normalise=settings.normalise
        )
    )


def count_triangle(
    dataset: str,
    revisions: Revisions,
    triangle: Triangle,
    sides: Sequence[PublishedSide],
) -> CountTable:
    """The table of counts of the periods shown in every release; small counts are suppressed."""
    threshold = revisions.threshold
    periods = choose_periods(triangle, revisions.moved, threshold)
    read = " UNION ALL ".join(
        f"SELECT {name} AS period, {number} AS release FROM {side.relation}"
        for number, (side, name) in enumerate(_name_periods(revisions, sides))
    )
    counts = ", ".join(
        f"count_if(release = {number}) AS {identifier(day)}"
        for number, day in enumerate(triangle.releases)
    )
    sql = (
        f"SELECT period, {counts} FROM ({read}) WHERE period IN ({', '.join(map(literal, periods))}) "
        "GROUP BY period ORDER BY period"
    )
    rows_shown = [
        suppress([row[at] or 0 for row in triangle.counts], threshold)
        for at in range(len(triangle.releases))
    ]
    rows = tuple(
        as_cells((label, *(column[line] for column in rows_shown)))
        for line, label in enumerate(triangle.periods)
        if label in periods
    )
    entries = [side.entry for side in sides]
    title = f"Rows by {revisions.settings.period.replace('-', ' ')} in each release"
    about = (changes_id(dataset, "periods"), title, revisions.unit, ("period", *triangle.releases))
    return prove_counts(*about, rows, sql, entries, threshold, dataset=dataset)


def moved_sql(relations: Sequence[str], names: Sequence[str]) -> str:
    """The query for the number of revised periods, as `moved_periods` finds them.

    `relations` are the releases, `names` SQL for the period of a row of each. A release covers the
    time from its first period to its last; a period before the last one of a release is closed.
    """
    rows = " UNION ALL ".join(
        f"SELECT {name} AS period, {number} AS release FROM {relation}"
        for number, (relation, name) in enumerate(zip(relations, names, strict=True))
    )
    return (
        f"WITH all_rows AS ({rows}), counted AS (SELECT release, period, "
        "count(*) AS c FROM all_rows WHERE period IS NOT NULL GROUP BY release, period), "
        "reach AS (SELECT release, min(period) AS earliest, max(period) AS latest FROM "
        f"(SELECT unnest(range({len(relations)})) AS release) LEFT JOIN counted USING (release) "
        "GROUP BY release), grid AS (SELECT period, release, latest, CASE WHEN period BETWEEN earliest "
        "AND latest THEN coalesce(c, 0) END AS c FROM (SELECT DISTINCT period FROM counted) "
        "CROSS JOIN reach LEFT JOIN counted USING (period, release)), steps AS (SELECT period, c, "
        "lag(c) OVER following AS c_before, lag(latest) OVER following AS latest_before FROM grid "
        "WINDOW following AS (PARTITION BY period ORDER BY release)) "
        "SELECT count(DISTINCT period) AS periods FROM steps WHERE c_before IS NOT NULL "
        "AND period < latest_before AND c IS DISTINCT FROM c_before"
    )


def count_moved(dataset: str, revisions: Revisions, sides: Sequence[PublishedSide]) -> CountTable:
    """The table of counts for the number of closed periods with another count in a later release."""
    names = [name for _, name in _name_periods(revisions, sides)]
    sql = moved_sql([side.relation for side in sides], names)
    title = "Closed periods that have another count in a later release"
    about = (changes_id(dataset, "moved"), title, "period", ("periods",))
    rows = ((revisions.moved_periods,),)
    return prove_counts(*about, rows, sql, [side.entry for side in sides], 0, dataset=dataset)


def _name_periods(
    revisions: Revisions, sides: Sequence[PublishedSide]
) -> list[tuple[PublishedSide, str]]:
    """Each release with SQL for the period of a row."""
    date, period = identifier(revisions.settings.date), revisions.settings.period
    return [(side, period_of(date_of(date, side.date_kind), period)) for side in sides]
