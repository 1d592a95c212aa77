"""How far the records behind a chart reach in time: which of its periods are not whole."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from plainrecord.findings.finding import Finding
from plainrecord.measures.figures import name_groups
from plainrecord.model.calendar import read_extent
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Package, ReleasedTable
from plainrecord.model.partial_periods import Extent, PartPeriod, find_doubted, find_parts
from plainrecord.model.products import Series
from plainrecord.receipts.engine import identifier
from plainrecord.receipts.query import fetch_rows

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
    records and those that the chart's condition leaves, the day of the release, and what the check
    found (`findings`). A chart of `value:FIELD` has none: each of its
    numbers is one that the table holds. Besides, all periods whose records are doubted.
    """
    parts: list[PartPeriod] = []
    doubted: list[PartPeriod] = []
    for index, column in enumerate(series.columns):
        name = {"x": definition.x, "y": definition.y}.get(column.name, "")
        if not name:
            continue
        stamps = [str(row[index]) for row in series.rows]
        doubts = series.receipt.doubts
        doubted += find_doubted(column.name, name, stamps, column.period, doubts)
        if definition.measure.startswith("value:"):
            continue
        period = column.period
        if not period and column.type == "year":
            period = "fiscal-year" if "fiscal" in column.label.lower() else "year"
        if not period:
            continue
        extent = measure_extent(
            connection, published.table, name, package, findings, definition.where
        )
        parts += find_parts(column.name, stamps, period, extent)
        if definition.facet and extent.months and column.name == "x":
            parts += _find_in_panels(connection, definition, series, published, period, parts)
    return (*parts, *doubted)


def measure_extent(
    connection: duckdb.DuckDBPyConnection,
    table: ReleasedTable,
    name: str,
    package: Package,
    findings: Sequence[Finding],
    where: str = "",
) -> Extent:
    """How far the records that meet `where`, if given, reach in the time field `name`."""
    days: list[tuple[str, int, int]] = []
    if any(field.name == name and field.type in ("date", "datetime") for field in table.fields):
        chosen = f"({where}\n)" if name in where else "TRUE"
        days = fetch_rows(
            connection,
            table.dataset,
            f"SELECT strftime({identifier(name)}, '%Y-%m-%d'), count(*), "
            f"count(*) FILTER ({chosen}) FROM {identifier(table.resource)} "
            f"WHERE {identifier(name)} IS NOT NULL GROUP BY 1 ORDER BY 1",
        )
    kept, left = _cut_out(days)
    counted = {day: count for day, count, _ in days}
    declared = (package.coverage_from, package.coverage_to, package.updated)
    return replace(
        read_extent(counted, *declared),
        cut=any(
            finding.rule == PARTIAL
            and finding.field == name
            and finding.resource in ("", table.resource)
            for finding in findings
        ),
        kept=kept,
        left=left,
    )


def _find_in_panels(
    connection: duckdb.DuckDBPyConnection,
    definition: ChartDefinition,
    series: Series,
    published: PublishedTable,
    period: str,
    everywhere: Sequence[PartPeriod],
) -> list[PartPeriod]:
    """The first and the last period of each panel that has records in a part of it alone.

    A period in `everywhere` is incomplete in all panels and is not repeated.
    """
    place = [column.name for column in series.columns].index("facet")
    chosen = f"({definition.where}\n)" if definition.where else "TRUE"
    fields = {field.name: field for field in published.table.fields}
    name = name_groups(connection, published.table, fields[definition.facet])
    listed = fetch_rows(
        connection,
        published.table.dataset,
        f"SELECT DISTINCT {name} AS panel, strftime({identifier(definition.x)}, '%Y-%m') "
        f"FROM {identifier(published.table.resource)} "
        f"WHERE {chosen} AND {identifier(definition.x)} IS NOT NULL ORDER BY ALL",
    )
    own: list[PartPeriod] = []
    for panel in dict.fromkeys(str(row[place]) for row in series.rows):
        months = tuple(month for name, month in listed if name == panel)
        stamps = [
            str(row[0]) for row in series.rows if row[place] == panel and row[-2] not in (0, None)
        ]
        parts = find_parts("x", stamps, period, Extent(months=months), panel)
        own += [p for p in parts if p.stamp not in {part.stamp for part in everywhere}]
    return own


def _cut_out(days: Sequence[tuple[str, int, int]]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Days, or months beside other fields, that a condition keeps, and the nearest it leaves."""
    long = 10 if all(few in (0, count) for _, count, few in days) else 7
    every = sorted({day[:long] for day, _, _ in days})
    there = sorted({day[:long] for day, _, few in days if few})
    if not there:
        return ("", ""), ("", "")
    first, last = every.index(there[0]), every.index(there[-1])
    before = every[first - 1] if first else ""
    return (there[0], there[-1]), (before, every[last + 1] if last + 1 < len(every) else "")
