"""Queries of figures: what goes wrong is told in words that a maintainer understands."""

from __future__ import annotations

import duckdb
import pytest

from plainrecord.ground import queries
from plainrecord.ground.queries import Refusal, run_counts, run_rows, run_value

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"


def test_a_query_without_end_is_told_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SECONDS", 0.2)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA memory.d")
        told = [
            run_value(connection, "d", ENDLESS, "integer", 0),
            run_rows(connection, "d", ENDLESS, 0),
            run_counts(connection, "d", ENDLESS),
        ]
    assert told == [Refusal("the query took more than 0.2 seconds")] * 3
