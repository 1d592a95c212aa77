"""Queries of figures: errors are explained in words that a maintainer understands."""

from __future__ import annotations

import duckdb
import pytest

from plainrecord.receipts import engine
from plainrecord.receipts.query import QueryRefused, Value, run_counts, run_rows, run_value

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"


def test_a_query_without_end_is_reported_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "QUERY_SECONDS", 0.2)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA memory.d")
        for run in (
            lambda: run_value(connection, "d", ENDLESS, "integer", 0),
            lambda: run_rows(connection, "d", ENDLESS, 0),
            lambda: run_counts(connection, "d", ENDLESS),
        ):
            with pytest.raises(QueryRefused, match=r"more than 0\.2 seconds of processor") as error:
                run()
            assert error.value.timed_out


def test_what_else_the_machine_does_takes_no_time_from_a_query(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processor time of this process counts, not the clock."""
    monkeypatch.setattr(engine, "QUERY_SECONDS", 1.0)
    steps = iter([0.0, *[0.5] * 1000])
    monkeypatch.setattr("plainrecord.receipts.engine.time.process_time", lambda: next(steps, 0.5))
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA memory.d")
        sql = "SELECT count(*) FROM range(3000000) a, range(100) b"
        assert run_value(connection, "d", sql, "integer", 0) == Value(
            300_000_000, "300,000,000", False
        )
