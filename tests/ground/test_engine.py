"""One expression over a row is one expression, also when brackets are put around it."""

from __future__ import annotations

import duckdb
import pytest

from plainrecord.ground.engine import expression_problem


@pytest.mark.parametrize("sql", ["1=1) OR (1=1", "a) AS b, (c", "a > 1) AND NOT (b"])
def test_an_expression_that_leaves_its_brackets_is_refused(sql: str) -> None:
    assert expression_problem(duckdb.connect(), sql)


@pytest.mark.parametrize(
    "sql",
    [
        "length(repeat(a, 2000000000)) > 1",
        "repeat(a, n)",
        "len(list_transform(range(100000000), x -> x)) = 1",
        "repeat(repeat(repeat('x', 900), 900), 900) = a",
        "lpad(a, 10 * 1000000, '0')",
    ],
)
def test_an_expression_that_makes_values_without_end_is_refused(sql: str) -> None:
    assert "without end" in expression_problem(duckdb.connect(), sql)


@pytest.mark.parametrize(
    "sql",
    [
        "lpad(a, 5, '0') = b",
        "a > 1 AND (b OR c)",
        "a = ')'",
        "a > 1 -- why",
        "CASE WHEN a THEN 1 END",
        "a::date",
        "NOT a",
    ],
)
def test_an_expression_is_taken(sql: str) -> None:
    assert expression_problem(duckdb.connect(), sql) == ""
