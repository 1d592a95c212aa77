"""How far the records behind a chart reach in time: which of its periods are not whole."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from plainrecord.ground.engine import identifier, query_limits
from plainrecord.ground.queries import SECONDS
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.packages import Package
from plainrecord.model.parts import Extent, find_parts
from plainrecord.model.products import PartPeriod, PublishedTable, Series
from plainrecord.rules.findings import Finding
from plainrecord.tables.calendars import read_calendar

PARTIAL = "period-partial"


def measure_parts(
    connection: duckdb.DuckDBPyConnection,
    definition: ChartDefinition,
    series: Series,
    published: PublishedTable,
    package: Package,
    findings: Sequence[Finding],
) -> tuple[PartPeriod, ...]:
    """The first and last periods on the axes of a chart, where they are not whole.

    What is known of that: the time that the dataset says it covers, the days of the released
    records, and what the check found (`findings`). A chart of `value:FIELD` has none: each of its
    numbers is one that the table holds.
    """
    if definition.measure.startswith("value:"):
        return ()
    fields = {field.name: field for field in published.table.fields}
    found: list[PartPeriod] = []
    for place, column in enumerate(series.columns):
        name = {"x": definition.x, "y": definition.y}.get(column.name, "")
        if not column.period or not name:
            continue
        days: dict[str, int] = {}
        if fields[name].type in ("date", "datetime"):
            with query_limits(connection, SECONDS):
                connection.execute(f"USE memory.{identifier(published.table.dataset)}")
                days = dict(
                    connection.execute(
                        f"SELECT strftime({identifier(name)}, '%Y-%m-%d'), count(*) FROM "
                        f"{identifier(published.table.resource)} WHERE {identifier(name)} IS NOT "
                        "NULL GROUP BY 1 ORDER BY 1"
                    ).fetchall()
                )
        extent = Extent(
            package.coverage_from,
            package.coverage_to,
            tuple(sorted({day[:7] for day in days})),
            read_calendar(days).last if days else "",
            any(
                finding.rule == PARTIAL
                and finding.field == name
                and finding.resource in ("", published.table.resource)
                for finding in findings
            ),
        )
        stamps = [str(row[place]) for row in series.rows]
        found += find_parts(column.name, stamps, column.period, extent)
    return tuple(found)
