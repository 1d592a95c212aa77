"""The plain queries behind lists of records: the same lines as the comparison, null and all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.diff.breakdown_queries import pairs_sql
from plainrecord.diff.compare import compare_tables, lay_out
from tests.examples import examples

VALUES = st.sampled_from(["a", "A", " a", "a  b", "A b", "", " ", "é", "e\u0301", "ß", "SS", None])
DAYS = st.sampled_from(["2025-01-02", "2/3/2025", "2025-03-04", "soon", None])
Row = tuple[str | None, ...]
ROWS = st.lists(st.tuples(VALUES, VALUES, st.one_of(VALUES, DAYS)), max_size=12)
WORDS = st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=12)
"""Rows of which no column is read as a date: a list shows them as they are written."""


def load(connection: duckdb.DuckDBPyConnection, name: str, rows: list[Row]) -> None:
    connection.execute(f"CREATE TABLE {name} (k VARCHAR, v VARCHAR, w VARCHAR)")
    if rows:
        connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows)


@settings(max_examples=examples(15))
@given(ROWS, ROWS, st.sampled_from([(), ("k",), ("k", "v")]), st.booleans())
def test_a_plain_query_lists_what_the_comparison_lists(
    old: list[Row], new: list[Row], key: tuple[str, ...], normalise: bool
) -> None:
    with duckdb.connect() as connection:
        load(connection, "before", old)
        load(connection, "after", new)
        found = compare_tables(connection, "before", "after", key=key, normalise=normalise)
        told = lay_out(found, normalise=normalise)
        lead = pairs_sql(found, "before", "after", normalise=normalise)
        again = lay_out(replace(found, relation="pairs"), normalise=normalise)
        for one, other in (
            (told.added, again.added),
            (told.vanished, again.vanished),
            (told.changed, again.changed),
        ):
            listed = connection.execute(one).fetchall()
            assert connection.execute(f"{lead} {other}").fetchall() == listed


@settings(max_examples=examples(15))
@given(WORDS, WORDS)
def test_without_a_key_a_list_is_the_difference_of_two_bags(old: list[Row], new: list[Row]) -> None:
    with duckdb.connect() as connection:
        load(connection, "before", old)
        load(connection, "after", new)
        found = compare_tables(connection, "before", "after")
        told = lay_out(replace(found, relation="pairs"))
        lead = pairs_sql(found, "before", "after", normalise=False)
        gone = connection.execute(f"{lead} {told.vanished}").fetchall()
        come = connection.execute(f"{lead} {told.added}").fetchall()
    assert Counter(gone) == Counter(old) - Counter(new)
    assert Counter(come) == Counter(new) - Counter(old)


@settings(max_examples=examples(15))
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.tuples(VALUES, VALUES)),
    st.dictionaries(st.sampled_from("abcdef"), st.tuples(VALUES, VALUES)),
)
def test_with_a_key_each_changed_value_is_a_line(old: dict[str, Row], new: dict[str, Row]) -> None:
    with duckdb.connect() as connection:
        load(connection, "before", [(key, *rest) for key, rest in old.items()])
        load(connection, "after", [(key, *rest) for key, rest in new.items()])
        found = compare_tables(connection, "before", "after", key=("k",))
        told = lay_out(replace(found, relation="pairs"))
        lead = pairs_sql(found, "before", "after", normalise=False)
        lines = connection.execute(f"{lead} {told.changed}").fetchall()
    assert Counter(line[:4] for line in lines) == Counter(
        (key, name, old[key][at], new[key][at])
        for key in {*old} & {*new}
        for at, name in enumerate("vw")
        if old[key][at] != new[key][at]
    )
