"""The first rows of each table whose rows are released, read from its published file."""

from collections.abc import Iterator, Sequence

import duckdb

from plainrecord.measures.figures import key_sql, name_value
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Field, Package
from plainrecord.model.rows import LONGEST, MOST_COLUMNS, TableRows, absence_words
from plainrecord.receipts.cell_text import present_text
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier

FIRST = 20
"""The rows that stand on the page before its script runs."""


def measure_rows(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    published: Sequence[PublishedTable],
) -> Iterator[TableRows]:
    """Each table of released rows; tables of counts that protect people have none."""
    report = package.protection
    released = report.records.resource if report and report.records else ""
    for entry in published:
        table = entry.table
        if not table.rows or (report and table.resource != released):
            continue
        queries = CountQueries(connection, package.key, (entry,), table.unit, table.threshold)
        shown = table.fields[:MOST_COLUMNS]
        columns = ", ".join(f"{_show(field)} AS {identifier(field.name)}" for field in shown)
        first = queries.run(
            f"rows.{table.resource}",
            f"The first rows of {table.title or table.resource}",
            f"SELECT {columns} FROM {identifier(table.resource)} LIMIT {FIRST}",
        )
        yield TableRows(
            resource=table.resource,
            title=table.title or table.resource,
            unit=table.unit,
            fields=table.fields,
            path=entry.path,
            sha256=entry.sha256,
            rows=table.rows,
            first=first,
        )


def _show(field: Field) -> str:
    """SQL for a value as a reader sees it: as in the CSV, categories and absent values by name."""
    named = any(category.label != category.value for category in field.categories)
    text = name_value(field) if named else present_text(field)
    shown = key_sql(field, "", (*absence_words(field), "Missing", ""), text)
    return f"left({shown}, {LONGEST})"
