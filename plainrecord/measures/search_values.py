"""The different values of the fields that a maintainer names for the search."""

from collections.abc import Mapping

import duckdb

from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Package
from plainrecord.model.products import SearchedField
from plainrecord.receipts.engine import identifier

MOST_VALUES = 20_000
"""Different values of a field: the search of a page stays fast up to as many entries."""


def list_values(
    connection: duckdb.DuckDBPyConnection, package: Package, tables: Mapping[str, PublishedTable]
) -> tuple[tuple[SearchedField, ...], list[Finding]]:
    """Values of each field under `search`, or what is wrong (unknown, or too many)."""
    searched: list[SearchedField] = []
    findings: list[Finding] = []
    for name in package.search:
        there = [
            (resource, field)
            for resource, entry in tables.items()
            for field in entry.table.fields
            if field.name == name
        ]
        problem, expected = "", ""
        if not there:
            known = {field.name for entry in tables.values() for field in entry.table.fields}
            problem = f"is no field of a released table{suggest(name, sorted(known))}"
            expected = "a field that is published"
        for resource, field in there:
            relation = f"{identifier(package.key)}.{identifier(resource)}"
            column = identifier(name)
            rows = connection.execute(
                f"SELECT DISTINCT {column}::VARCHAR AS value FROM {relation} "
                f"WHERE trim({column}::VARCHAR) <> '' ORDER BY value LIMIT {MOST_VALUES + 1}"
            ).fetchall()
            if len(rows) > MOST_VALUES:
                problem = f"has more than {MOST_VALUES:,} different values in {resource}"
                expected = "a field with fewer values, such as a place or an office"
                break
            searched.append(SearchedField(resource, field, tuple(value for (value,) in rows)))
        if problem:
            found = f"search: {name} {problem}"
            findings.append(Finding("value-invalid", found, expected, file=package.descriptor_path))
    return tuple(searched), findings
