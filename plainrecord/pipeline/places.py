"""Find which places have pages before anything is counted: they are joined across datasets."""

from collections.abc import Mapping, Sequence

import duckdb

from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding, suggest
from plainrecord.measures.places import count_places, find_source, list_places, list_values
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Package
from plainrecord.model.place_counts import PlaceCounts
from plainrecord.model.places import PlaceKind, PlaceList


def gather_places(
    kinds: Sequence[PlaceKind],
    packages: Sequence[Package],
    published: Sequence[PublishedTable],
    connection: duckdb.DuckDBPyConnection,
) -> tuple[dict[str, PlaceList], list[Finding]]:
    """The places of each kind that occur in the datasets as they are now, by the kind's name."""
    values: dict[str, list[str]] = {kind.name: [] for kind in kinds}
    findings: list[Finding] = []
    for package in packages:
        tables = {e.table.resource: e for e in published if e.table.dataset == package.key}
        for settings in package.places:
            if settings.kind not in values:
                found = f"places: {settings.kind!r}{suggest(settings.kind, values)}"
                expected = "a kind under places in site/portal.yaml"
                # A dataset may be copied from a portal that has the kind: then it has no such pages.
                file, mild = package.descriptor_path, Severity.WARNING
                findings.append(
                    Finding("places-invalid", found, expected, file=file, severity_given=mild)
                )
                continue
            source, problems = find_source(package, settings, tables)
            findings += problems
            if source:
                got, problems = list_values(connection, package, settings, source)
                values[settings.kind] += got
                findings += problems
    lists = {kind.name: list_places(kind, values[kind.name]) for kind in kinds}
    return {name: found for name, found in lists.items() if found.names}, findings


def measure_places(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    places: Mapping[str, PlaceList],
    tables: Mapping[str, PublishedTable],
    findings: Sequence[Finding],
) -> tuple[PlaceCounts, ...]:
    """The counts of a dataset for the pages of places; what is wrong was found before."""
    counted = (
        count_places(connection, package, settings, places[settings.kind], tables, findings)
        for settings in package.places
        if settings.kind in places
    )
    return tuple(item for item in counted if item)
