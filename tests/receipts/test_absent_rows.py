"""Rows that a query cannot give: zero for counts, and no data for all else."""

from datetime import date

import duckdb
import pytest

from plainrecord.model.products import SeriesColumn
from plainrecord.receipts.absent_rows import complete_rows, format_period, is_dated
from plainrecord.receipts.engine import PERIODS

COLUMNS = (
    SeriesColumn("x", "Month", "string", "key", "month"),
    SeriesColumn("value", "Stops", "number", "value"),
    SeriesColumn("status", "Shown, or why not", "string", "status"),
)


@pytest.mark.parametrize(
    ("measure", "nothing"),
    [
        ("count", (0, "shown")),
        ("released:count", (0, "shown")),
        ("sum:n", (None, "missing")),
        ("value:n", (None, "missing")),
    ],
)
def test_a_period_without_rows_is_zero_for_counts_alone(
    measure: str, nothing: tuple[int | None, str]
) -> None:
    rows = [("2026-01", 5, "shown"), ("2026-03", None, "suppressed")]
    completed = complete_rows("periods", COLUMNS, measure, rows)
    assert completed == (rows[0], ("2026-02", *nothing), rows[1])


@pytest.mark.parametrize("day", ["0001-01-01", "0999-12-31", "2024-02-29", "9999-12-31"])
@pytest.mark.parametrize("period", ["day", "month", "quarter", "year", "fiscal-year"])
def test_the_period_of_any_day_has_its_place_in_time(day: str, period: str) -> None:
    engine = duckdb.connect()
    [(stamp,)] = engine.execute(f"SELECT {PERIODS[period][0].format(f'DATE {day!r}')}").fetchall()
    assert stamp == format_period(date.fromisoformat(day), period)
    assert is_dated(stamp, SeriesColumn("x", "X", "string", "key", period))
    rows = [(stamp, 5, "shown")]
    columns = (SeriesColumn("x", "X", "string", "key", period), *COLUMNS[1:])
    assert complete_rows("periods", columns, "count", rows) == tuple(rows)
