"""The plain queries behind what changed: the same numbers as the comparison, in another way."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.diff.across_releases import moved_periods, revision_triangle
from plainrecord.diff.change_queries import COLUMNS, contrast_sql, moved_sql
from plainrecord.diff.compare import compare_tables
from plainrecord.diff.value_forms import date_of, period_of
from plainrecord.model.revisions import ReleaseTable
from tests.examples import examples

VALUES = st.sampled_from(["a", "A", " a", "a  b", "A b", "", " ", "é", "e\u0301", "ß", "SS", None])
DAYS = st.sampled_from(["2025-01-02", "2/3/2025", "2025-03-04", "soon", None])
ROWS = st.lists(st.tuples(VALUES, VALUES, st.one_of(VALUES, DAYS)), max_size=12)


@settings(max_examples=examples(15))
@given(ROWS, ROWS, st.sampled_from([(), ("k",), ("k", "v")]), st.booleans())
def test_a_plain_query_counts_as_the_comparison_does(
    old: list[tuple[str | None, ...]],
    new: list[tuple[str | None, ...]],
    key: tuple[str, ...],
    normalise: bool,
) -> None:
    with duckdb.connect() as connection:
        for name, rows in (("before", old), ("after", new)):
            connection.execute(f"CREATE TABLE {name} (k VARCHAR, v VARCHAR, w VARCHAR)")
            if rows:
                connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows)
        found = compare_tables(connection, "before", "after", key=key, normalise=normalise)
        query = contrast_sql("before", "after", found, normalise=normalise)
        counted = connection.execute(query).fetchall()
    assert counted == [
        (
            found.old_rows,
            found.new_rows,
            found.added,
            found.vanished,
            found.changed,
            found.unchanged,
        )
    ]
    assert len(COLUMNS) == len(counted[0])


DATES = st.sampled_from(["2025-01-02", "2025-02-03", "2025-03-04", "2025-05-06", None])


@settings(max_examples=examples(15))
@given(st.lists(st.lists(DATES, max_size=6), min_size=2, max_size=4))
def test_a_plain_query_counts_the_periods_that_moved(releases: list[list[str | None]]) -> None:
    with duckdb.connect() as connection:
        names = [f"e{number}" for number in range(len(releases))]
        for name, days in zip(names, releases, strict=True):
            connection.execute(f"CREATE TABLE {name} (d DATE)")
            if days:
                connection.executemany(f"INSERT INTO {name} VALUES (?)", [(day,) for day in days])
        triangle = revision_triangle(connection, [ReleaseTable(n, n) for n in names], "d", "month")
        period = period_of(date_of("d", "DATE"), "month")
        counted = connection.execute(moved_sql(names, [period] * len(names))).fetchall()
    assert counted == [(len({item.period for item in moved_periods(triangle)}),)]
