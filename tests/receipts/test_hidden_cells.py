"""A result that depends on suppressed counts is found, one that does not is not."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from plainrecord.model.packages import Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.receipts.hidden_cells import depends_on_hidden

SUPPRESSED = MissingValue("suppressed", "suppressed", MissingKind.SUPPRESSED)
TABLE = ReleasedTable(
    "d", "by-race", "", "", "count", "",
    (Field("race"), Field("count", "integer", missing_values=(SUPPRESSED,))), 3, 0, (),
    protected=True,
)  # fmt: skip


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("CREATE SCHEMA d")
    made.execute(
        "CREATE TABLE counts AS SELECT * FROM (VALUES ('A', 20), ('B', NULL), ('C', 30)) AS t(race, count)"
    )
    made.execute('CREATE VIEW d."by-race" AS SELECT * FROM counts')
    return made


@pytest.mark.parametrize(
    ("sql", "depends"),
    [
        ("SELECT count FROM d.\"by-race\" WHERE race = 'A'", False),
        ('SELECT count(*) FROM d."by-race"', False),
        (
            "SELECT a.count - b.count FROM d.\"by-race\" a, d.\"by-race\" b WHERE a.race = 'C' AND b.race = 'A'",
            False,
        ),
        ('SELECT sum(count) FROM d."by-race"', True),
        ('SELECT avg(count) FROM d."by-race"', True),
        ('SELECT min(count) FROM d."by-race"', True),
        ('SELECT max(count) FROM d."by-race"', True),
        ('SELECT count(count) FROM d."by-race"', True),
        ('SELECT count(*) FROM d."by-race" WHERE count > 10', True),
        ("SELECT coalesce(count, 0) FROM d.\"by-race\" WHERE race = 'B'", True),
    ],
)
def test_sums_over_hidden_counts_are_found(
    connection: duckdb.DuckDBPyConnection, sql: str, depends: bool
) -> None:
    def run() -> frozenset[tuple[int, ...]]:
        return frozenset(connection.execute(sql).fetchall())

    before = run()
    assert depends_on_hidden(connection, [TABLE], run) is depends
    assert run() == before  # the published table is in its place again
    assert not depends_on_hidden(connection, [replace(TABLE, protected=False)], run)
