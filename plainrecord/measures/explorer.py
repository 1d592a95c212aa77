"""What a reader may combine: the distinct combinations of a table's fields, with their counts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from plainrecord.findings.finding import Finding, Findings
from plainrecord.measures.figures import name_groups, natural_order
from plainrecord.measures.partial_periods import measure_extent
from plainrecord.measures.rates import rate_conditions
from plainrecord.model.counts import CountTable, as_cells
from plainrecord.model.declarations import ExploreSettings
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.explorer import (
    COUNT,
    CUBE,
    YEAR,
    YEAR_SIGNS,
    CellTable,
    Explorer,
    ExplorerField,
    ExplorerRate,
    ReleasedValue,
    find_incomplete,
)
from plainrecord.model.packages import Field, MissingKind, Package, ReleasedTable
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.receipts.axis_names import name_axis, year_sql
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import expression_problem, identifier, query_limits
from plainrecord.receipts.query import fetch_rows

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CELLS = 1_000_000
"""The most combinations that a page loads at once. A file with more is split by year."""
MOST_DATED = 2_500_000
"""The most combinations of a file that is split: queries over more need too much memory."""
MOST_VALUES = 1_000
"""The most values of one field among which a reader chooses."""
FIRST_VALUES = 10
"""How many values of a field the page lists before its script runs, the most frequent first."""
FIRST_ORDERED = 24
"""The same of a field whose values have an order: its list should rarely be cut."""

_PERIOD = re.compile(r"[0-9]{4}-(?:Q[1-4]|[01][0-9])")


@dataclass(frozen=True, slots=True)
class Cube:
    """The combinations of fields with their counts: the query, its rows, and what it reads.

    `split_by` is the field with the periods where the file is split by year, "" where it is not.
    """

    settings: ExploreSettings
    sql: str
    rows: pa.Table
    fields: tuple[ExplorerField, ...]
    source: PublishedTable
    rates: tuple[ExplorerRate, ...] = ()
    split_by: str = ""

    def describe_table(self) -> ReleasedTable:
        """The cube as a released table of the dataset: it has nothing that its source lacks."""
        return replace(
            self.source.table, resource=CUBE, fields=(), rows=self.rows.num_rows, primary_key=()
        )


def count_combinations(
    connection: duckdb.DuckDBPyConnection, package: Package, published: Sequence[PublishedTable]
) -> tuple[Cube | None, tuple[Finding, ...]]:
    """The cube of a dataset, small columns first, or None with a finding (explore-invalid)."""
    settings = package.explore
    if settings is None:
        raise ValueError(package.name)
    source = next(e for e in published if e.table.resource == settings.resource)
    table = source.table
    fields = {field.name: field for field in table.fields}

    refuse = partial(_refuse, package, table.resource)
    if table.threshold or table.protected:
        return refuse(
            "small counts of this table are suppressed",
            "an open table, or a privacy policy with a mode, whose released tables are looked up",
        )
    if any(entry.table.resource == CUBE for entry in published):
        return refuse(f"a table is called {CUBE!r}", "another name: the explorer's file has it")
    names = [*settings.fields, *([settings.date] if settings.date else [])]
    for name in names:
        if name not in fields:
            return refuse(f"{name!r} is not released", f"one of {', '.join(fields)}")
    if COUNT in names:
        return refuse(f"a field is called {COUNT!r}", "a field of another name")
    if settings.date and fields[settings.date].type not in ("date", "datetime"):
        found = f"{settings.date} has the type {fields[settings.date].type}"
        return refuse(found, "a date or date-time")
    keys = {name: name_groups(connection, table, fields[name]) for name in settings.fields}
    if settings.date:
        keys[settings.date] = name_groups(connection, table, fields[settings.date], settings.period)
    relation = identifier(table.resource)
    counts = ", ".join(f"count(DISTINCT {sql})" for sql in keys.values())
    [counted] = fetch_rows(connection, table.dataset, f"SELECT {counts} FROM {relation}")
    many = dict(zip(keys, counted, strict=True))
    if large := [name for name in settings.fields if many[name] > MOST_VALUES]:
        found = f"{large[0]} has {many[large[0]]:,} values"
        return refuse(found, f"fields with at most {MOST_VALUES:,} values, so without {large[0]}")
    order = sorted(settings.fields, key=lambda name: (many[name], name))
    order += [settings.date] if settings.date else []
    columns = ", ".join(f"{keys[name]} AS {identifier(name)}" for name in order)
    places = ", ".join(map(str, range(1, len(order) + 1)))
    rates, parts = _count_rates(connection, package, table)
    counts = ", ".join(
        f"CAST({count} AS INTEGER) AS {identifier(name)}"
        for name, count in {COUNT: "count(*)", **parts}.items()
    )
    cells = min(table.rows, math.prod(many.values()))
    if cells > MOST_CELLS:
        distinct = f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM {relation})"
        [(cells,)] = fetch_rows(connection, table.dataset, distinct)
    most = MOST_DATED if settings.date else MOST_CELLS
    if cells > most:
        largest = max(settings.fields, key=lambda name: many[name])
        found = f"the fields have {cells:,} combinations"
        return refuse(found, f"at most {most:,}; {largest} has the most values: leave it out")
    sql = f"SELECT {columns}, {counts} FROM {relation} GROUP BY {places}"
    split_by = settings.date if cells > MOST_CELLS else ""
    if split_by:
        sql = f"FROM ({sql}) ORDER BY left({identifier(split_by)}, {YEAR_SIGNS}), {places}"
    else:
        sql += f" ORDER BY {places}"
    with query_limits(connection, sql=sql):
        rows = connection.sql(sql).to_arrow_table()
    described = tuple(
        ExplorerField(
            name, fields[name].label, order=_sort_values(fields[name], known), known=known
        )
        for name in settings.fields
        for known in [_list_values(name, rows)]
    )
    return Cube(settings, sql, rows, described, source, rates, split_by), ()


def _sort_values(field: Field, names: Sequence[str]) -> tuple[str, ...]:
    """The values of a field as the codebook lists them, or in time; () if neither.

    `names` are the values in the order of the alphabet.
    """
    if not natural_order(field, field.name):
        return ()
    places = {item.label: place for place, item in enumerate(field.categories)}
    return tuple(sorted(names, key=lambda name: places.get(name, len(places))))


def _list_values(name: str, rows: pa.Table) -> tuple[str, ...]:
    """The values of a column of the cube in the order of the alphabet."""
    return tuple(sorted(map(str, rows.column(name).unique().to_pylist())))


def _count_rates(
    connection: duckdb.DuckDBPyConnection, package: Package, table: ReleasedTable
) -> tuple[tuple[ExplorerRate, ...], dict[str, str]]:
    """The rates of the table whose two counts are rows of it, and SQL for each count by its column.

    Rates that differ only in their groups are one: a reader chooses the groups.
    """
    rates: list[ExplorerRate] = []
    known: set[tuple[object, ...]] = set()
    counts: dict[str, str] = {}
    for rate in package.rates:
        below = rate.denominator
        if below.count or rate.measure != COUNT or rate.resource != table.resource:
            continue
        given = (rate.where, rate.numerator.where, below.where)
        if any(expression_problem(connection, text) for text in given if text):
            continue  # `measures.rates` says why
        conditions = rate_conditions(rate)
        same = (rate.where, *conditions, rate.per, rate.words, rate.numerator.label, below.label)
        if same in known:
            continue
        known.add(same)
        columns = (f"{rate.name}.numerator", f"{rate.name}.denominator")
        for name, condition in zip(columns, conditions, strict=True):
            counts[name] = f"count_if(({rate.where or 'TRUE'}\n) AND {condition})"
        words = {"words": rate.words, "part": rate.numerator.label, "whole": below.label}
        own = dict(zip(("numerator", "denominator"), columns, strict=True))
        rates.append(ExplorerRate(name=rate.name, title=rate.title, per=rate.per, **own, **words))
    return tuple(rates), counts


def _refuse(
    package: Package, resource: str, found: str, expected: str
) -> tuple[None, tuple[Finding, ...]]:
    problems = Findings(file=package.descriptor_path, dataset=package.name, resource=resource)
    problems.add("explore-invalid", found, expected)
    return None, tuple(problems)


def measure_cells(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    tables: Mapping[str, PublishedTable],
) -> tuple[Explorer | None, tuple[Finding, ...]]:
    """The explorer of released tables (nothing is added), or a finding (explore-invalid)."""
    settings, report = package.explore, package.protection
    if settings is None or report is None:
        raise ValueError(package.name)
    by_fields = {tuple(sorted(item.dimensions)): tables[item.resource] for item in report.tables}
    names = {item.dimensions[0] for item in report.tables if len(item.dimensions) == 1}
    if settings.date:
        expected = "fields alone: only the counts of released tables are shown"
        return _refuse(package, settings.resource, "a date is named", expected)
    if () not in by_fields:
        expected = (
            "tables in the privacy policy: of a protected dataset, only their counts are shown"
        )
        return _refuse(package, settings.resource, "no table of counts is released", expected)
    if unknown := [name for name in settings.fields if name not in names]:
        expected = f"dimensions of released tables: {', '.join(sorted(names))}"
        return _refuse(package, settings.resource, f"no table is by {unknown[0]}", expected)

    def count(entry: PublishedTable, name: str, title: str, sql: str) -> CountTable:
        read = (entry,)
        queries = CountQueries(connection, package.key, read, package.unit, 0)
        return queries.run(name, title, sql, as_cells)

    whole = by_fields[()]
    sql = f"SELECT {COUNT} FROM {identifier(whole.table.resource)}"
    total = count(whole, "explore.total", f"All of {package.title}", sql)
    fields: list[ExplorerField] = []
    values: list[CountTable] = []
    for place, name in enumerate(settings.fields, 1):
        entry = by_fields[(name,)]
        field = entry.table.field(name)
        shown = name_groups(connection, entry.table, field)
        relation = identifier(entry.table.resource)
        column = identifier(name)
        by = natural_order(field, column)
        listed = f"SELECT CAST({column} AS VARCHAR) FROM {relation} WHERE {column} IS NOT NULL"
        texts = [str(text) for (text,) in fetch_rows(connection, package.key, listed)]
        if texts and all(map(_PERIOD.fullmatch, texts)):  # quarters are texts in protected tables
            by = f"{column} NULLS LAST"
        order = f"ORDER BY {by or f'{COUNT} DESC NULLS LAST'}, 1"
        mark = identifier(field.mark_column) if field.marks_apart else "''"
        listed = (
            f"SELECT {shown}, CAST({identifier(name)} AS VARCHAR), coalesce({mark}, '') "
            f"FROM {relation} {order}"
        )
        rows = fetch_rows(connection, package.key, listed)
        released = tuple(ReleasedValue(*row) for row in rows)
        known = tuple(value.name for value in released)
        fields.append(ExplorerField(name, field.label, released, known if by else (), known))
        limit = FIRST_ORDERED if by else FIRST_VALUES
        sql = f"SELECT {shown} AS value, {COUNT} FROM {relation} {order} LIMIT {limit}"
        values.append(count(entry, f"explore.field-{place}", field.label, sql))
    explorer = Explorer(
        settings=settings,
        period_label="",
        fields=tuple(fields),
        path=whole.path,
        sha256=whole.sha256,
        cells=0,
        unit=package.unit,
        total=total,
        years=None,
        values=tuple(values),
        tables=tuple(
            CellTable(key, entry.path, entry.sha256, _name_impossible(entry))
            for key, entry in by_fields.items()
            if {*key} <= {*settings.fields}
        ),
        rounding=report.rounding,
    )
    return explorer, ()


def _name_impossible(entry: PublishedTable) -> str:
    """The mark of counts of combinations that cannot occur; "" where the table has none."""
    marks = entry.table.field(COUNT).missing_values
    return next((mark.value for mark in marks if mark.kind is MissingKind.NOT_APPLICABLE), "")


def measure_explorer(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    cube: Cube,
    published: PublishedTable,
    findings: Sequence[Finding],
) -> Explorer:
    """The first view of the explorer, counted over `published`, with a proof that it agrees."""
    table, settings = cube.source.table, cube.settings
    queries = CountQueries(connection, package.key, (published,), table.unit, 0)
    relation, count = identifier(CUBE), f"CAST(sum({identifier(COUNT)}) AS BIGINT)"
    sql = f"SELECT {count} AS {COUNT} FROM {relation}"
    total = queries.run("explore.total", f"All of {package.title}", sql)
    years = None
    if settings.date:
        year = year_sql(settings.period, settings.year, identifier(settings.date))
        sql = f"SELECT {year} AS {YEAR}, {count} AS {COUNT} FROM {relation} GROUP BY 1 ORDER BY 1"
        years = queries.run("explore.years", "By year", sql)
        years = replace(years, parts=_find_parts(connection, package, cube, findings, years))
    fields = {field.name: field for field in table.fields}
    values: list[CountTable] = []
    for place, field in enumerate(cube.fields, 1):
        column = identifier(field.name)
        by = natural_order(fields[field.name], column, labels=True)
        order = f"{by}, 1 LIMIT {FIRST_ORDERED}" if by else f"2 DESC, 1 LIMIT {FIRST_VALUES}"
        sql = f"SELECT {column} AS value, {count} AS {COUNT} FROM {relation} GROUP BY 1"
        values.append(queries.run(f"explore.field-{place}", field.label, f"{sql} ORDER BY {order}"))
    both = replace(queries, read=(cube.source, published))
    agreed = both.run(
        "explore.agrees",
        "Combinations in which the file of the explorer differs from the table",
        f"SELECT count(*) AS {COUNT} FROM ((FROM ({cube.sql}) EXCEPT ALL FROM {relation}) "
        f"UNION ALL (FROM {relation} EXCEPT ALL FROM ({cube.sql})))",
    )
    return Explorer(
        settings=settings,
        period_label=_label_period(cube),
        fields=cube.fields,
        path=published.path,
        sha256=published.sha256,
        cells=cube.rows.num_rows,
        unit=table.unit,
        total=total,
        years=years,
        values=tuple(values),
        agreed=agreed,
        rates=cube.rates,
    )


def _label_period(cube: Cube) -> str:
    settings = cube.settings
    labels = {field.name: field.label for field in cube.source.table.fields}
    return name_axis(labels[settings.date], settings.period) if settings.date else ""


def _find_parts(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    cube: Cube,
    findings: Sequence[Finding],
    years: CountTable,
) -> tuple[PartPeriod, ...]:
    """The periods, and the years, that the records do not cover as a whole."""
    settings = cube.settings
    extent = measure_extent(connection, cube.source.table, settings.date, package, findings)
    stamps = [s for s in _list_values(settings.date, cube.rows) if s[:1].isdecimal()]
    names = [str(row[0]) for row in years.rows]
    return find_incomplete(stamps, names, settings.period, settings.year, extent)
