"""Rows that a query cannot give: zero for counts, and no data for all else."""

import pytest

from plainrecord.model.products import SeriesColumn
from plainrecord.receipts.absent_rows import complete_rows

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
