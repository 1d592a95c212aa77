"""Figures: queries over published files, numbers and series with their receipts out.

Every query runs on the released Parquet files themselves, in an engine that can reach nothing
else, so a reader who runs the receipt gets the number that the page shows.
"""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from plainrecord.declarations import ChartDefinition, FigureDefinition
from plainrecord.engine import expression_problem, identifier, literal, walk_nodes
from plainrecord.findings import Finding, suggest
from plainrecord.model import Field, Json
from plainrecord.product import Cell, Figure, PublishedTable, Series, SeriesColumn
from plainrecord.receipts import write_receipt

SECONDS = 30.0
MOST_ROWS = 20_000
OTHERS = "All others"


def measure_figure(
    connection: duckdb.DuckDBPyConnection,
    definition: FigureDefinition,
    dataset: str,
    published: Sequence[PublishedTable],
    base_url: str = "",
) -> Figure | Finding:
    """The figure, or a finding (figure-failed) when its query does not give one value.

    The query may read every table of `published`: those of `dataset` by their name, those of
    another dataset as "dataset"."resource". An integer below the largest threshold of the tables
    read is not shown: its value is None.
    """

    def fail(found: str) -> Finding:
        return Finding(
            "figure-failed",
            f"figure {definition.name}: {found}",
            "one SELECT over released tables that returns one row with one value",
            dataset=dataset,
        )

    names, problem = _tables_read(connection, definition.sql)
    if problem:
        return fail(problem)
    own = {e.table.resource: e for e in published if e.table.dataset == dataset}
    all_known = {(e.table.dataset, e.table.resource): e for e in published}
    known: dict[tuple[str, str], PublishedTable] = {}
    for place in names:
        entry = all_known.get((place[0] or dataset, place[1]))
        if entry is None:
            said = ".".join(filter(None, place))
            return fail(f"it reads {said!r}{suggest(place[1], own)}")
        known[place] = entry
    try:
        connection.execute(f"USE memory.{identifier(dataset)}")
        with _time_limit(connection):
            rows = connection.execute(definition.sql).fetchmany(2)
            width = len(connection.description)
    except duckdb.Error as error:
        return fail(str(error).split("\n")[0])
    if len(rows) != 1 or width != 1:
        many = "more than one row" if len(rows) > 1 else f"{len(rows)} rows"
        return fail(f"the query gives {many} and {width} columns")
    value = _cell(rows[0][0])
    if value is None:
        return fail("the query gives nothing (null)")
    thresholds = [known[name].table.threshold for name in names]
    threshold = max(thresholds, default=0)
    hidden = (
        definition.format == "integer"
        and isinstance(value, int)
        and not isinstance(value, bool)
        and 0 < value < threshold
    )
    receipt = write_receipt(
        definition.sql,
        [known[name] for name in names],
        base_url,
        1,
        int(hidden),
        threshold,
        dataset=dataset,
    )
    try:
        shown = f"fewer than {threshold}" if hidden else show_value(value, definition.format)
    except (ValueError, TypeError):
        return fail(f"{value!r} cannot be shown as {definition.format}")
    return Figure(
        dataset=dataset,
        name=definition.name,
        title=definition.title,
        value=None if hidden else value,
        shown=shown,
        unit=definition.unit,
        note=definition.note,
        receipt=receipt,
        headline=definition.headline,
    )


def show_value(value: Cell, style: str) -> str:
    """`value` as a reader sees it: 1,234; 12.3; 45.6 %; 1 October 2018."""
    if style == "text" or value is None:
        return str(value)
    if style == "date":
        day = datetime.date.fromisoformat(str(value)[:10])
        return f"{day.day} {day:%B %Y}"
    number = float(value)
    if style == "percent":
        return f"{number * 100:.1f} %"
    if style == "integer":
        return f"{round(number):,}"
    return f"{number:,.1f}"


def _tables_read(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> tuple[list[tuple[str, str]], str]:
    """The tables (dataset or "", name) a query names, and why it may not run (empty: it may)."""
    row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    tree: Json = json.loads(row[0]) if row else None
    if not isinstance(tree, dict) or tree.get("error"):
        said = tree.get("error_message", "") if isinstance(tree, dict) else ""
        return [], f"it is not a SELECT that can be read: {said}"
    statements = tree.get("statements")
    if not isinstance(statements, list) or len(statements) != 1:
        return [], "it is not one statement"
    tables: set[tuple[str, str]] = set()
    local: set[tuple[str, str]] = set()
    for node in walk_nodes(statements[0]):
        if node.get("type") == "TABLE_FUNCTION":
            return [], "it calls a table function"
        if node.get("type") == "BASE_TABLE":
            if node.get("catalog_name"):
                return [], f"it names the catalog {node['catalog_name']!r}"
            tables.add((str(node.get("schema_name") or ""), str(node.get("table_name"))))
        entries = node.get("cte_map")
        listed = entries.get("map") if isinstance(entries, dict) else None
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict):
                local.add(("", str(entry.get("key"))))
    return sorted(tables - local), ""


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    timer = threading.Timer(SECONDS, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date | datetime.datetime | datetime.time):
        return value.isoformat()
    try:
        number = float(str(value))
    except ValueError:
        return str(value)
    return int(number) if number.is_integer() else number


# Series: one query made from a chart's declaration

_PERIODS = {
    "day": ("strftime({0}, '%Y-%m-%d')", "date"),
    "month": ("strftime({0}, '%Y-%m')", "yearmonth"),
    "quarter": ("year({0}) || '-Q' || quarter({0})", "string"),
    "year": ("CAST(year({0}) AS VARCHAR)", "year"),
    "fiscal-year": ("CAST(year({0} + INTERVAL 3 MONTH) AS VARCHAR)", "year"),
    "hour": ("lpad(CAST(hour({0}) AS VARCHAR), 2, '0')", "string"),
    "weekday": ("CAST(isodow({0}) AS VARCHAR)", "string"),
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def measure_series(
    connection: duckdb.DuckDBPyConnection,
    definition: ChartDefinition,
    published: PublishedTable,
    base_url: str = "",
) -> Series | Finding:
    """The rows behind a chart in a fixed order, or a finding when it cannot be computed.

    A cell with at least one row and fewer than the table's threshold is suppressed: its value is
    None and its status says so.
    """
    table = published.table
    fields = {field.name: field for field in table.fields}

    def fail(rule: str, found: str, expected: str) -> Finding:
        return Finding(rule, f"chart {definition.name}: {found}", expected, dataset=table.dataset)

    keys = [("x", definition.x, definition.period), ("y", definition.y, definition.y_period),
            ("color", definition.color, ""), ("facet", definition.facet, "")]  # fmt: skip
    keys = [key for key in keys if key[1]]
    measure, _, measured = definition.measure.partition(":")
    for name in [*(key[1] for key in keys), *([measured] if measured else [])]:
        if name not in fields:
            hint = suggest(name, fields)
            return fail("chart-field-unknown", f"there is no released field {name!r}{hint}",
                        f"one of {', '.join(fields)}")  # fmt: skip
    if measure not in ("count", "sum", "value") or bool(measured) == (measure == "count"):
        return fail("chart-invalid", f"the measure is {definition.measure!r}",
                    "count, sum:FIELD or value:FIELD")  # fmt: skip
    for _, name, period in keys:
        if period and period not in _PERIODS:
            return fail(
                "chart-invalid", f"the period is {period!r}", f"one of {', '.join(_PERIODS)}"
            )
        if period and fields[name].type not in ("date", "datetime"):
            return fail("chart-invalid", f"{name} has the type {fields[name].type}",
                        "a date or date-time for a period")  # fmt: skip
    if definition.where and (problem := expression_problem(connection, definition.where)):
        return fail("expression-invalid", f"the condition {definition.where!r}: {problem}",
                    "one condition over released fields")  # fmt: skip
    sql = _series_sql(definition, table.resource, keys, fields, measure, measured)
    try:
        connection.execute(f"USE memory.{identifier(table.dataset)}")
        with _time_limit(connection):
            raw = connection.execute(sql).fetchmany(MOST_ROWS + 1)
    except duckdb.Error as error:
        return fail("chart-invalid", str(error).split("\n")[0], "a chart that can be computed")
    if not raw:
        return fail("chart-empty", "no row is left", "something to show")
    if len(raw) > MOST_ROWS:
        return fail("chart-invalid", f"more than {MOST_ROWS:,} cells", "a coarser chart")
    columns = tuple(
        SeriesColumn(
            role,
            f"{fields[name].label} ({period})" if period else fields[name].label,
            _PERIODS[period][1] if period else fields[name].type,
            "key",
        )
        for role, name, period in keys
    )
    unit = definition.unit or table.unit
    label = f"Number of {unit}s" if measure == "count" else fields[measured].label
    columns += (
        SeriesColumn("value", label, "number", "value"),
        SeriesColumn("status", "Shown or suppressed", "string", "status"),
    )
    hidden = 0
    rows: list[tuple[Cell, ...]] = []
    for *cells, value, behind in raw:
        suppressed = 0 < int(behind) < table.threshold
        hidden += suppressed
        shown = [
            _label(_cell(cell), fields[name], period)
            for cell, (_, name, period) in zip(cells, keys, strict=True)
        ]
        status = "suppressed" if suppressed else "shown"
        rows.append((*shown, None if suppressed else _cell(value), status))
    for position, (_, name, period) in reversed(list(enumerate(keys))):
        if fields[name].categories_ordered and not period:
            places = {c.label: number for number, c in enumerate(fields[name].categories)}
            rows.sort(key=lambda row, n=position, p=places: p.get(str(row[n]), len(p)))  # type: ignore[misc]
    receipt = write_receipt(sql, [published], base_url, len(rows), hidden, table.threshold)
    return Series(columns, tuple(rows), receipt)


def _label(value: Cell, field: Field, period: str) -> Cell:
    if value is None or period:
        return WEEKDAYS[int(value) - 1] if period == "weekday" and value else value
    return next((c.label for c in field.categories if c.value == str(value)), value)


def _key_sql(field: Field, period: str) -> str:
    """A key as text: its period or value, or the label of the mark where it is absent."""
    name = identifier(field.name)
    text = _PERIODS[period][0].format(name) if period else f"CAST({name} AS VARCHAR)"
    if field.marks_apart:
        mark = identifier(field.mark_column)
        cases = " ".join(
            f"WHEN {literal(m.value)} THEN {literal(m.label.capitalize())}"
            for m in field.missing_values
        )
        return (
            f"CASE WHEN {name} IS NULL THEN CASE {mark} {cases} ELSE 'Missing' END ELSE {text} END"
        )
    single = field.missing_values[0].label.capitalize() if field.missing_values else "Missing"
    return f"coalesce({text}, {literal(single)})"


def _series_sql(
    definition: ChartDefinition,
    resource: str,
    keys: list[tuple[str, str, str]],
    fields: dict[str, Field],
    measure: str,
    measured: str,
) -> str:
    value = {
        "count": "count(*)",
        "sum": f"sum({identifier(measured)})",
        "value": f"max({identifier(measured)})",
    }[measure]
    conditions = [f"({definition.where})"] if definition.where else []
    if definition.period:  # a row without a date has no place on a time axis
        conditions.append(f"{identifier(definition.x)} IS NOT NULL")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    source = identifier(resource)
    selected = [f"{_key_sql(fields[name], period)} AS {role}" for role, name, period in keys]
    roles = [role for role, _, _ in keys]
    inner = (
        f"SELECT {', '.join(selected)}, {value} AS value, count(*) AS rows_behind "
        f"FROM {source}{where} GROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}"
    )
    ordered = definition.kind == "bar" and not definition.period
    categories = fields[definition.x].categories_ordered
    order = ", ".join(f"{role} ASC" for role in roles)
    if not ordered or categories:
        return f"{inner} ORDER BY {order}"
    if definition.limit:
        # The largest categories stay, the rest is folded into one; both from the same cells.
        rest = "".join(f", {role}" for role in roles if role != "x")
        fold = f"CASE WHEN x IN (SELECT x FROM largest) THEN x ELSE {literal(OTHERS)} END AS x"
        inner = (
            f"WITH cells AS ({inner}), largest AS (SELECT x FROM cells GROUP BY x "
            f"ORDER BY sum(value) DESC, x LIMIT {definition.limit}), "
            f"named AS (SELECT {fold}{rest}, value, rows_behind FROM cells) "
            f"SELECT x{rest}, sum(value) AS value, sum(rows_behind) AS rows_behind "
            f"FROM named GROUP BY ALL"
        )
        last = f"x = {literal(OTHERS)}, "
    else:
        last = ""
    return f"SELECT * FROM ({inner}) ORDER BY {last}sum(value) OVER (PARTITION BY x) DESC, {order}"
