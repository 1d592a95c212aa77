"""Compare all releases of a table: counts for each period, repeated releases, records that came
back.

Releases are in order of date; relations are SQL text for a FROM clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plainrecord.core.errors import UsageError
from plainrecord.diff.match_rows import folded
from plainrecord.diff.value_forms import date_of, finest_period, period_of
from plainrecord.model.revisions import (
    DateRegression,
    MovedPeriod,
    ReleaseTable,
    RepeatedRelease,
    ReturnedRecord,
    Triangle,
)
from plainrecord.receipts.engine import columns_of, identifier, literal

if TYPE_CHECKING:
    import duckdb

MOST_RETURNED = 100


def revision_triangle(
    connection: duckdb.DuckDBPyConnection,
    releases: Sequence[ReleaseTable],
    date_field: str,
    period: str,
) -> Triangle:
    """How many rows each release has for each period of `date_field`.

    `period` is a key of `receipts.engine.PERIODS`. A release reaches from the period of its oldest date to
    that of its newest. The idea is the run-off triangle of actuaries and the real-time data set of
    Croushore and Stark (2001): a row for each period, a column for each vintage.
    """
    counts: list[dict[str, int]] = []
    undated: list[int] = []
    for release in releases:
        name = period_of(_date(connection, release, date_field), period)
        rows = connection.execute(
            f"SELECT {name} AS p, count(*) FROM {release.relation} GROUP BY 1"
        ).fetchall()
        counts.append({str(label): int(count) for label, count in rows if label is not None})
        undated.append(sum(int(count) for label, count in rows if label is None))
    periods = sorted({label for periods_counted in counts for label in periods_counted})
    ends = [
        (min(periods_counted, default=""), max(periods_counted, default=""))
        for periods_counted in counts
    ]
    return Triangle(
        releases=tuple(release.label for release in releases),
        periods=tuple(periods),
        counts=tuple(
            tuple(
                periods_counted.get(label, 0)
                if periods_counted and first <= label <= last
                else None
                for periods_counted, (first, last) in zip(counts, ends, strict=True)
            )
            for label in periods
        ),
        newest=tuple(last or None for _, last in ends),
        undated=tuple(undated),
    )


def common_period(
    connection: duckdb.DuckDBPyConnection,
    releases: Sequence[ReleaseTable],
    date_field: str,
    period: str,
) -> str:
    """`period`, or a longer one if the dates of some release are less precise."""
    for release in releases:
        kinds = columns_of(connection, release.relation)
        if date_field in kinds:
            value = identifier(date_field)
            period = finest_period(connection, release.relation, value, kinds[date_field], period)
    return period


def moved_periods(triangle: Triangle) -> tuple[MovedPeriod, ...]:
    """Closed periods whose count differs from that in the release before, in order of release.

    A period is closed in a release if the release has a date after its end. A release that begins
    earlier than the one before revises nothing; a release that begins later does.
    """
    moved = []
    for at in range(1, len(triangle.releases)):
        newest = triangle.newest[at - 1]
        for label, counts in zip(triangle.periods, triangle.counts, strict=True):
            old, new = counts[at - 1], counts[at]
            if newest is not None and label < newest and old is not None and old != new:
                names = triangle.releases[at - 1], triangle.releases[at]
                moved.append(MovedPeriod(label, *names, old, new))
    return tuple(moved)


def find_returned(
    connection: duckdb.DuckDBPyConnection,
    releases: Sequence[ReleaseTable],
    key: Sequence[str],
    *,
    normalise: bool = False,
) -> tuple[ReturnedRecord, ...]:
    """The keys that were in a release, missing from a later one and back after it, the first 100.

    In the order and the writing of `query_removed_keys`.
    """
    if not key or len(releases) < 3:
        return ()
    check_key(connection, releases, key)
    query = query_removed_keys(releases, key, normalise=normalise)
    rows = connection.execute(
        f"SELECT * EXCLUDE (last_in) FROM ({query}) WHERE back_in IS NOT NULL LIMIT {MOST_RETURNED}"
    ).fetchall()
    return tuple(ReturnedRecord(tuple(row[:-2]), row[-2], row[-1]) for row in rows)


def check_key(
    connection: duckdb.DuckDBPyConnection, releases: Sequence[ReleaseTable], key: Sequence[str]
) -> None:
    """UsageError where a release does not have all of `key`."""
    for release in releases:
        columns = columns_of(connection, release.relation)
        absent = [name for name in key if name not in columns]
        if absent:
            raise UsageError(f'release {release.label} has no column "{absent[0]}"')


def query_removed_keys(
    releases: Sequence[ReleaseTable], key: Sequence[str], *, normalise: bool = False
) -> str:
    """A query for every key that is in one release and not in the next, for COPY.

    Its columns are the key, then `last_in`, `missing_from` and `back_in` (null where it is not
    back), labels of releases. Keys are written as the last release had them.
    """
    width = len(key)
    keys = ", ".join(f"k{i}" for i in range(width))
    shown = ", ".join(f"v{i} AS {identifier(name)}" for i, name in enumerate(key))
    presence = _presence(releases, key, normalise=normalise)
    names = "[" + ", ".join(literal(release.label) for release in releases) + "]"
    order = ", ".join(f"v{i}" for i in range(width))
    return (
        f"SELECT {shown}, {names}[release + 1] AS last_in, {names}[release + 2] AS missing_from, "
        f"{names}[after + 1] AS back_in FROM (SELECT *, lead(release) OVER (PARTITION BY {keys} "
        f"ORDER BY release) AS after FROM ({presence})) WHERE release < {len(releases) - 1} "
        f"AND (after IS NULL OR after > release + 1) ORDER BY release, {order}"
    )


def _presence(releases: Sequence[ReleaseTable], key: Sequence[str], *, normalise: bool) -> str:
    """A query for (release, k0, ..., v0, ...): each key of each release once, and its spelling."""
    sides = []
    for at, release in enumerate(releases):
        texts = [f"CAST({identifier(name)} AS VARCHAR)" for name in key]
        joined = [f"{folded(text) if normalise else text} AS k{i}" for i, text in enumerate(texts)]
        shown = [f"min({text}) AS v{i}" for i, text in enumerate(texts)]
        names = ", ".join(f"k{i}" for i in range(len(key)))
        sides.append(
            f"SELECT {at} AS release, {', '.join([*joined, *shown])} FROM {release.relation} "
            f"GROUP BY {names}"
        )
    return " UNION ALL ".join(sides)


def find_repeats(
    connection: duckdb.DuckDBPyConnection, releases: Sequence[ReleaseTable]
) -> tuple[RepeatedRelease, ...]:
    """Releases with the same rows as an earlier one, each with the nearest such release.

    Columns are compared by name and values as text; the order of rows and columns does not matter.
    """
    prints = [_fingerprint(connection, release) for release in releases]
    repeats = []
    for at, release in enumerate(releases):
        for before in range(at - 1, -1, -1):
            if prints[at] == prints[before] and _equal(connection, releases[before], release):
                stale = before < at - 1
                repeats.append(RepeatedRelease(release.label, releases[before].label, stale))
                break
    return tuple(repeats)


def find_date_regressions(
    connection: duckdb.DuckDBPyConnection, releases: Sequence[ReleaseTable], date_field: str
) -> tuple[DateRegression, ...]:
    """Releases whose newest date is before that of the release before.

    Dates are days, or the longer periods that all releases have.
    """
    period = common_period(connection, releases, date_field, "day")
    newest = [
        connection.execute(
            f"SELECT {period_of(f'max({_date(connection, release, date_field)})', period)} "
            f"FROM {release.relation}"
        ).fetchall()[0][0]
        for release in releases
    ]
    return tuple(
        DateRegression(releases[at].label, releases[at - 1].label, newest[at], newest[at - 1])
        for at in range(1, len(releases))
        if newest[at] and newest[at - 1] and newest[at] < newest[at - 1]
    )


def _date(connection: duckdb.DuckDBPyConnection, release: ReleaseTable, field: str) -> str:
    kinds = columns_of(connection, release.relation)
    if field not in kinds:
        raise UsageError(f'release {release.label} has no column "{field}"')
    return date_of(identifier(field), kinds[field])


def _texts(columns: Sequence[str]) -> str:
    return ", ".join(
        f"CAST({identifier(name)} AS VARCHAR) AS {identifier(name)}" for name in columns
    )


def _fingerprint(
    connection: duckdb.DuckDBPyConnection, release: ReleaseTable
) -> tuple[tuple[str, ...], int, int]:
    """The columns, the number of rows, and a sum over the rows that their order does not change."""
    names = tuple(sorted(columns_of(connection, release.relation)))
    row = connection.execute(
        f"SELECT count(*), coalesce(sum(hash(t)), 0) "
        f"FROM (SELECT {_texts(names)} FROM {release.relation}) t"
    ).fetchall()[0]
    return names, int(row[0]), int(row[1])


def _equal(connection: duckdb.DuckDBPyConnection, old: ReleaseTable, new: ReleaseTable) -> bool:
    """Whether two releases with the same number of rows have the same rows."""
    names = sorted(columns_of(connection, new.relation))
    sides = [f"SELECT {_texts(names)} FROM {release.relation}" for release in (old, new)]
    query = f"SELECT 1 FROM (({sides[0]}) EXCEPT ALL ({sides[1]})) LIMIT 1"
    return not connection.execute(query).fetchall()
