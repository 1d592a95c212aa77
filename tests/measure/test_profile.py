"""Profiles: counts on a small table worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from plainrecord.measure.profile import profile_table
from plainrecord.model.packages import Category, Field, MissingKind, MissingValue, ReleasedTable

MARKS = (MissingValue("", "missing"), MissingValue("X ", "withheld", MissingKind.WITHHELD))
FIELDS = (
    Field("day", "date"),
    Field("kind", "string", missing_values=MARKS, categories=(Category("a", "Kind A"),)),
)
TABLE = ReleasedTable("d", "t", "T", "", "row", "t", FIELDS, 5, 0, ())


def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.execute(
        """CREATE TABLE t AS SELECT * FROM (VALUES
        (DATE '2026-01-02', 'a', NULL), (DATE '2026-01-02', 'a', NULL), (DATE '2026-03-01', NULL, 'X '),
        (NULL, NULL, ''), (DATE '2026-02-01', 'b', NULL)) AS v(day, kind, kind__missing)"""
    )
    return opened


def test_a_profile_counts_every_kind_of_absence() -> None:
    profile = profile_table(connection(), TABLE, "t")
    day, kind = profile.fields
    assert (profile.rows, profile.duplicate_rows) == (5, 1)
    assert (day.filled, day.minimum, day.maximum, day.absent[0].count) == (
        4,
        "2026-01-02",
        "2026-03-01",
        1,
    )
    assert [(a.mark, a.kind, a.count) for a in kind.absent] == [
        ("", MissingKind.MISSING, 1), ("X ", MissingKind.WITHHELD, 1),
    ]  # fmt: skip
    assert [(v.value, v.label, v.count) for v in kind.values] == [("a", "Kind A", 2), ("b", "b", 1)]


def test_counts_below_the_threshold_are_kept_back() -> None:
    profile = profile_table(connection(), replace(TABLE, threshold=2), "t")
    assert [(v.value, v.count) for v in profile.fields[1].values] == [("a", 2), ("b", None)]
    assert profile.fields[1].example == "a"
