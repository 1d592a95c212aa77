"""Counts for the pages of places: a few queries for all places of a dataset together."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import duckdb
from slugify import slugify

from plainrecord.core.translation import _
from plainrecord.findings.finding import Finding, Where, suggest
from plainrecord.measures.figures import measure_series, name_groups
from plainrecord.measures.partial_periods import measure_parts
from plainrecord.model.counts import CountTable, as_cells
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.model.packages import Field, MissingKind, Package
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.model.place_counts import (
    BY_YEAR,
    MOST_LINES,
    RECEIPT_PREFIX,
    PlaceBreakdown,
    PlaceCounts,
)
from plainrecord.model.places import MOST_PLACES, PlaceKind, PlaceList, PlaceSettings, fold_name
from plainrecord.model.statuses import status_word
from plainrecord.receipts.cell_text import has_mark
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.query import fetch_rows

LONGEST_SLUG = 60
COUNT = "count"


def find_source(
    package: Package, settings: PlaceSettings, tables: Mapping[str, PublishedTable]
) -> tuple[PublishedTable | None, tuple[Finding, ...]]:
    """The released table in which the places are counted, or None with a finding (places-invalid)."""

    def refuse(found: str, expected: str) -> tuple[None, tuple[Finding, ...]]:
        return None, (_refuse(package, settings, found, expected),)

    if is_counted(package):
        table = find_table(tables, settings.field)
        if table is None:
            found = f"no table of counts by {settings.field} is released"
            return refuse(found, "a field of a released table")
        return table, ()
    table = tables.get(settings.resource) or next(iter(tables.values()))
    fields = {item.name: item for item in table.table.fields}
    for name in (settings.field, *settings.by, *filter(None, [settings.date])):
        if name not in fields:
            return refuse(f"{name!r} is not released{suggest(name, fields)}", "a released field")
    if settings.date and fields[settings.date].type not in ("date", "datetime"):
        found = f"{settings.date} has the type {fields[settings.date].type}"
        return refuse(found, "a date or date-time")
    if table.table.threshold or table.table.protected:
        expected = "open records, or a dataset in the mode tables"
        return refuse("small counts of this table are suppressed", expected)
    return table, ()


def _refuse(package: Package, settings: PlaceSettings, found: str, expected: str) -> Finding:
    where = Where(file=package.descriptor_path, dataset=package.name)
    found = f"places of the kind {settings.kind}: {found}"
    return Finding("places-invalid", found, expected, **where)


def is_counted(package: Package) -> bool:
    """Whether the dataset publishes tables of counts, and no records."""
    return package.policy is not None and package.policy.mode == "tables"


def find_table(tables: Mapping[str, PublishedTable], *names: str) -> PublishedTable | None:
    """The released table of counts by these fields alone."""
    columns = {*names, COUNT}
    return next(
        (t for t in tables.values() if {item.name for item in t.table.fields} == columns), None
    )


def list_values(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    settings: PlaceSettings,
    table: PublishedTable,
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """The different values of the field of places; none, and a finding, where they are too many."""
    field = table.table.field(settings.field)
    name = name_groups(connection, table.table, field)
    rows = fetch_rows(
        connection,
        table.table.dataset,
        f"SELECT DISTINCT {name} AS place FROM {identifier(table.table.resource)} WHERE "
        f"{identifier(settings.field)} IS NOT NULL ORDER BY place LIMIT {MOST_PLACES + 1}",
    )
    if len(rows) > MOST_PLACES:
        found = f"{settings.field} has more than {MOST_PLACES:,} values"
        expected = f"a field with at most {MOST_PLACES:,} values, each of which has a page"
        return (), (_refuse(package, settings, found, expected),)
    return tuple(str(value) for (value,) in rows), ()


def list_places(kind: PlaceKind, values: Iterable[str]) -> PlaceList:
    """The places that the values name, with an address each."""
    joined = sorted(name for value in values if (name := kind.join(value)))
    names: dict[str, str] = {}
    for name in joined:
        names.setdefault(fold_name(name), name)
    slugs: dict[str, str] = {}
    taken: set[str] = set()
    for key, name in names.items():
        short = slugify(name, max_length=LONGEST_SLUG) or "place"
        free = (f"{short}-{n}" for n in itertools.count(2))
        chosen = short if short not in taken else next(s for s in free if s not in taken)
        taken.add(chosen)
        slugs[key] = chosen
    return PlaceList(kind, names, slugs)


def count_places(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    settings: PlaceSettings,
    places: PlaceList,
    tables: Mapping[str, PublishedTable],
    findings: Sequence[Finding] = (),
) -> PlaceCounts | None:
    """The counts of all places of the kind in a dataset; None where they cannot be counted."""
    source = find_source(package, settings, tables)[0]
    if source is None:
        return None
    values = list_values(connection, package, settings, source)[0]
    table, prefix = source.table, f"{RECEIPT_PREFIX}{settings.kind}"
    fields = {item.name: item for item in table.fields}
    key = name_groups(connection, table, fields[settings.field])
    joined: dict[str, str] = {}
    spelt: dict[str, str] = {}
    for value in values:
        if name := places.kind.join(value):
            joined[value] = places.names[fold_name(name)]
            spelt.setdefault(joined[value], value)
    # A place has one line: where records spell it in two ways, both count under the first.
    respelt = {value: spelt[name] for value, name in joined.items() if spelt[name] != value}
    if respelt:
        cases = " ".join(f"WHEN {literal(a)} THEN {literal(b)}" for a, b in respelt.items())
        key = f"CASE {key} {cases} ELSE {key} END"
    off = [value for value in values if value not in joined]
    present = f"{identifier(settings.field)} IS NOT NULL"
    if off:
        present += f" AND {key} NOT IN ({', '.join(map(literal, off))})"

    def run(name: str, sql: str, read: PublishedTable, about: str = "") -> CountTable:
        title = f"{package.title}: {places.kind.title}{about and f', {about}'}"
        queries = CountQueries(connection, package.key, (read,), package.unit, read.table.threshold)
        return queries.run(f"{prefix}{name}", title, sql, _hide)

    counted = is_counted(package)
    relation = identifier(table.resource)
    if counted:
        total = f"SELECT {key} AS place, {COUNT} FROM {relation} WHERE {present} ORDER BY 1"
        rest = f"SELECT {key} AS value, {COUNT} FROM {relation} WHERE NOT ({present}) ORDER BY 1"
    else:
        total = (
            f"SELECT {key} AS place, count(*) AS count, rank() OVER (ORDER BY count(*) DESC) AS "
            f"rank, count(*) OVER () AS places, (SELECT count(*) FROM {relation}) AS records "
            f"FROM {relation} WHERE {present} GROUP BY 1 ORDER BY 1"
        )
        rest = (
            f"SELECT {key} AS value, count(*) AS count FROM {relation} "
            f"WHERE NOT ({present}) GROUP BY 1 ORDER BY 1"
        )
    years: CountTable | None = None
    if settings.date and not counted:
        period = "fiscal-year" if settings.year == "fiscal" else "year"
        year = name_groups(connection, table, fields[settings.date], period)
        years = run(BY_YEAR, _group_sql(key, year, relation, present), source, _("by year"))
        parts = _find_parts(connection, package, settings, source, period, findings)
        years = replace(years, parts=parts)
    breakdowns = []
    for number, name in enumerate(settings.by, 1):
        read: PublishedTable | None = source
        if counted:
            read = find_table(tables, settings.field, name)
        if not read:
            breakdowns.append(PlaceBreakdown(name, None))
            continue
        field = read.table.field(name)
        group = name_groups(connection, read.table, field)
        sql = _group_sql(key, group, relation, present, most=MOST_LINES)
        if counted:
            counts = read.table.field(COUNT)
            sql = (
                f"SELECT {key} AS place, {group} AS value, {_count_or_word(counts)} AS {COUNT} "
                f"FROM {identifier(read.table.resource)} WHERE {present} ORDER BY 1, "
                f"{identifier(read.table.resource)}.{COUNT} DESC, 2"
            )
        breakdowns.append(PlaceBreakdown(field.label, run(f"-{number}", sql, read, field.label)))
    unjoined = run("-apart", rest, source, _("values that name none of these"))
    return PlaceCounts(
        settings=settings,
        label=fields[settings.field].label,
        unit=package.unit,
        total=run("", total, source),
        apart=unjoined if unjoined.rows else None,
        years=years,
        by=tuple(breakdowns),
    )


def _count_or_word(counts: Field) -> str:
    """SQL for a released count, with a word in its place for a combination that cannot occur."""
    impossible = has_mark(counts, MissingKind.NOT_APPLICABLE)
    if not impossible:
        return COUNT
    cell, words = "UNION(count BIGINT, status VARCHAR)", status_word(MissingKind.NOT_APPLICABLE)
    return f"CASE WHEN {impossible} THEN CAST({literal(words)} AS {cell}) ELSE CAST({COUNT} AS {cell}) END"


def _hide(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return (row[0], *as_cells(row[1:]))


def _group_sql(key: str, group: str, relation: str, present: str, most: int = 0) -> str:
    """The counts of each place by a group; the `most` frequent groups of each place, if given."""
    counted = (
        f"SELECT {key} AS place, {group} AS value, count(*) AS count FROM {relation} "
        f"WHERE {present} GROUP BY 1, 2"
    )
    if not most:
        return f"{counted} ORDER BY 1, 2"
    # In a query of its own: a field may be called as one of these columns.
    rank = "row_number() OVER (PARTITION BY place ORDER BY count DESC, value)"
    return f"SELECT * FROM ({counted}) QUALIFY {rank} <= {most} ORDER BY 1, 3 DESC, 2"


def _find_parts(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    settings: PlaceSettings,
    source: PublishedTable,
    period: str,
    findings: Sequence[Finding],
) -> tuple[PartPeriod, ...]:
    """The years that the records do not cover as a whole, or whose records are doubted."""
    definition = ChartDefinition(
        name="places",
        title="",
        kind="line",
        resource=source.table.resource,
        x=settings.date,
        period=period,
    )
    series = measure_series(connection, definition, source)[0]
    if series is None:  # no record has a date
        return ()
    parts = measure_parts(connection, definition, series, source, package, findings)
    return tuple(replace(part, column="value") for part in parts)
