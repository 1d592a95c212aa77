"""Figures: queries over published files, numbers and series with their receipts out.

Every query runs on the released Parquet files themselves, in an engine that can reach nothing
else, so a reader who runs the receipt gets the number that the page shows.
"""

import itertools
from collections.abc import Mapping, Sequence
from functools import partial

import duckdb

from plainrecord.core.plurals import begin_sentence, several
from plainrecord.findings.finding import Finding, suggest
from plainrecord.measures import points
from plainrecord.measures.record_counts import row_unit
from plainrecord.model.declarations import ChartDefinition, FigureDefinition, table_name
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.maps import MapSettings
from plainrecord.model.packages import Field, MissingKind, ReleasedTable
from plainrecord.model.products import Figure, Series, SeriesColumn
from plainrecord.model.statuses import SHOWN, is_shown
from plainrecord.receipts.absent_rows import (
    COUNT,
    OTHERS,
    RELEASED_COUNT,
    TIMES,
    WEEKDAYS,
    complete_rows,
    is_dated,
)
from plainrecord.receipts.axis_names import name_apart, name_axis
from plainrecord.receipts.engine import PERIODS, expression_problem, identifier, literal
from plainrecord.receipts.hidden_cells import REFUSAL, Shown, depends_on_hidden
from plainrecord.receipts.query import (
    ABSENCE,
    LACKING,
    QueryRefused,
    Value,
    read_tables,
    run_rows,
    run_value,
)
from plainrecord.receipts.receipt import write_receipt

DECLARE = "another one must be declared under plainrecord.privacy.tables"

_RELEASED = {"to the quarter": "quarter", "to the year": "year"}
"""What protection says of a field that it cut to a period, and that period."""
_Key = tuple[str, str, str]
"""A key of a chart: its role on the chart, the field, and the period to which dates are cut."""

MEASURES = {"count": "count", "sum": "sum", "value": "max"}
"""The function in SQL of each measure of a chart. The numbers of a `value` must all be one."""


def measure_figure(
    connection: duckdb.DuckDBPyConnection,
    definition: FigureDefinition,
    dataset: str,
    published: Sequence[PublishedTable],
    release: str = "",
) -> tuple[Figure | None, tuple[Finding, ...]]:
    """The figure, or None with a finding (figure-failed) when its query does not give one value.

    The query may read every table of `published`: those of `dataset` by their name, those of
    another dataset as "dataset"."resource". An integer below the largest threshold of the tables
    read is not shown, nor is one that is null because protected tables suppress it: its value is
    None. `release` is the date that the receipt names.
    """
    own = {e.table.resource: e for e in published if e.table.dataset == dataset}
    guarded = any(e.table.protected for e in own.values())

    def fail(problem: str) -> tuple[None, tuple[Finding, ...]]:
        expected = "one SELECT over released tables that returns one row with one value"
        if guarded:
            expected += f" ({', '.join(own)}; {DECLARE})"
        message = f"figure {definition.name}: {problem}"
        return None, (Finding("figure-failed", message, expected, dataset=dataset),)

    try:
        names = read_tables(connection, definition.sql)
    except QueryRefused as refused:
        return fail(refused.reason)
    if not names:
        return fail("it reads no table, so that nothing is measured")
    all_known = {(e.table.dataset, e.table.resource): e for e in published}
    read: dict[tuple[str, str], PublishedTable] = {}
    for schema, table in names:
        key = (schema or dataset, table)
        if key not in all_known:
            written = ".".join(filter(None, (schema, table)))
            return fail(f"it reads {written!r}, which is not released{suggest(table, own)}")
        read[key] = all_known[key]
    threshold = max((entry.table.threshold for entry in read.values()), default=0)
    protected = any(entry.table.protected for entry in read.values())

    def run() -> Value:
        return run_value(
            connection,
            dataset,
            definition.sql,
            definition.format,
            threshold,
            protected=protected,
        )

    try:
        result = run()
    except QueryRefused as refused:
        return fail(refused.reason)
    tables = [entry.table for entry in read.values()]
    depends = depends_on_hidden(connection, tables, lambda: frozenset([(run().value,)]))
    unknown = protected and result.value is None
    if depends and not unknown:
        return fail(REFUSAL)
    if unknown and not depends:
        return fail("the query returns null: no count of the released tables answers it")
    figure = Figure(
        dataset=dataset,
        name=definition.name,
        title=definition.title,
        value=result.value,
        shown=result.shown,
        status=MissingKind.SUPPRESSED.value if result.hidden else SHOWN,
        unit=definition.unit or row_unit(connection, definition.sql, dataset, read),
        note=definition.note,
        receipt=write_receipt(
            definition.sql,
            list(read.values()),
            1,
            int(result.hidden),
            threshold,
            dataset=dataset,
            release=release,
        ),
        headline=definition.headline,
        format=definition.format,
    )
    return figure, ()


# Series: one query made from a chart's declaration


def measure_series(
    connection: duckdb.DuckDBPyConnection,
    definition: ChartDefinition,
    published: PublishedTable,
    release: str = "",
) -> tuple[Series | None, tuple[Finding, ...]]:
    """The rows behind a chart in a fixed order, or None with a finding when it cannot be computed.

    A cell with at least one row and fewer than the table's threshold is suppressed: its value is
    None and its status says so (`receipts.query.run_rows` has the rule). Where every row behind a cell
    lacks the measured field, the status is the kind of missing value that they share. Periods and
    cells without a record are added (`receipts.absent_rows.complete_rows`). All else is in the query, the names of
    categories and the order included, so that the receipt gives what the page shows.
    """
    table = published.table
    fields = {field.name: field for field in table.fields}
    keys = [
        ("x", definition.x, definition.period),
        ("y", definition.y, definition.y_period),
        ("color", definition.color, ""),
        ("facet", definition.facet, ""),
    ]
    keys = [key for key in keys if key[1] and not (definition.located and key[0] == "y")]
    measure, _, measured = definition.measure.partition(":")
    if finding := _find_problem(connection, definition, table, keys):
        return None, (finding,)

    def invalid(found: str, expected: str) -> tuple[None, tuple[Finding, ...]]:
        return None, (_chart_finding("chart-invalid", definition, table, found, expected),)

    try:
        apart = {
            role: _name_apart(connection, table, fields[name], period)
            for role, name, period in keys
        }
        listed, texts = dict(apart), {}
        located: MapSettings | None = None
        if definition.located:
            across, down = fields[definition.x], fields.get(definition.y)
            problem, expected = points.find_problem(across, down)
            if problem:
                return invalid(problem, expected)
            texts["x"], located = points.locate_points(
                connection, table, across, down, definition.where, single=measure == "value"
            )
            if down:
                words = _name_apart(connection, table, down, "")
                texts["x"] = key_sql(down, "", words, texts["x"])
                listed["x"] = tuple(dict.fromkeys((*apart["x"], *words)))
    except (duckdb.Error, RuntimeError) as error:
        return invalid(str(error).split("\n")[0], "a chart that can be computed")
    write_sql = partial(
        _series_sql, definition, table.resource, keys, fields, measured, apart, texts
    )
    sql = write_sql(MEASURES[measure])

    def shown() -> Shown:
        rows = run_rows(connection, table.dataset, sql, table.threshold).rows
        return frozenset((*row[: len(keys)], row[-2]) for row in rows if is_shown(row[-1]))

    try:
        read_tables(connection, sql)
        result = run_rows(connection, table.dataset, sql, table.threshold)
        least = result
        if measure == "value":
            least = run_rows(connection, table.dataset, write_sql("min"), table.threshold)
    except QueryRefused as refused:
        return invalid(refused.reason, "a chart that can be computed")
    lowest = set(least.rows)
    placeless = {*itertools.chain(*listed.values()), *(points.WORDS if located else ())}
    if doubtful := [
        row for row in result.rows if row not in lowest and placeless.isdisjoint(row[: len(keys)])
    ]:
        mark = ", ".join(map(str, doubtful[0][: len(keys)]))
        found = f"{measured} has several numbers for {mark}, of which a mark can show one"
        return invalid(found, f"sum:{measured}, or a `where` that leaves one number for each mark")
    if depends_on_hidden(connection, [table], shown):
        return invalid(REFUSAL, f"a chart of single cells: {_answering_table(keys)}")
    columns = tuple(
        SeriesColumn(
            role,
            points.LABEL if located else name_axis(fields[name].label, period),
            "string" if located else PERIODS[period][1] if period else fields[name].type,
            "key",
            period or _cut(fields[name], counted=measure == COUNT),
            listed[role],
        )
        for role, name, period in keys
    )
    if not any(is_dated(str(row[0]), columns[0]) for row in result.rows):
        found, expected = "no row is left", "something to show"
        return None, (_chart_finding("chart-empty", definition, table, found, expected),)
    unit = definition.unit or (table.unit if measure == COUNT else "")
    label = f"Number of {several(unit)}" if measure == COUNT else fields[measured].label
    if measure == "sum":
        columns += (
            SeriesColumn("rows", "Rows", "integer", "count"),
            SeriesColumn(LACKING, "Rows without a value", "integer", "count"),
        )
    columns += (
        SeriesColumn("value", label, "number", "value"),
        SeriesColumn("status", "Shown, or why not", "string", "status"),
    )
    receipt = write_receipt(
        sql,
        [published],
        len(result.rows),
        result.suppressed,
        table.threshold,
        dataset=table.dataset,
        release=release,
    )
    released = table.holds_counts and definition.measure == f"value:{COUNT}"
    counted = RELEASED_COUNT if released else definition.measure
    rows = complete_rows(definition.completed, columns, counted, result.rows)
    return Series(columns, rows, receipt, counted, unit, map=located), ()


def _chart_finding(
    rule: str, definition: ChartDefinition, table: ReleasedTable, found: str, expected: str
) -> Finding:
    return Finding(rule, f"chart {definition.name}: {found}", expected, dataset=table.dataset)


def _answering_table(keys: Sequence[_Key]) -> str:
    """The protected table that would answer a chart with these keys, and how to declare it."""
    dimensions = list(dict.fromkeys(name for _, name, _ in keys))
    return f"the table {table_name(dimensions)} ({DECLARE}, with {{dimensions: {dimensions}}})"


def _find_problem(
    connection: duckdb.DuckDBPyConnection,
    definition: ChartDefinition,
    table: ReleasedTable,
    keys: Sequence[_Key],
) -> Finding | None:
    """The first thing in a chart's definition that does not fit the table."""
    fields = {field.name: field for field in table.fields}
    report = partial(_chart_finding, "chart-invalid", definition, table)
    measure, _, measured = definition.measure.partition(":")
    named = (definition.x, definition.y, definition.color, definition.facet, measured)
    for name in filter(None, named):
        if name not in fields:
            found = f"there is no released field {name!r}{suggest(name, fields)}"
            answer = _answering_table(keys) if table.protected else f"one of {', '.join(fields)}"
            return _chart_finding("chart-field-unknown", definition, table, found, answer)
    if measure not in MEASURES or bool(measured) == (measure == "count"):
        return report(f"the measure is {definition.measure!r}", "count, sum:FIELD or value:FIELD")
    if measure == "count" and table.holds_counts:
        found = f"it counts the rows of {table.resource}, which are counts and no records"
        return report(found, f"the measure value:{COUNT}")
    for _, name, period in keys:
        if period and period not in PERIODS:
            return report(f"the period is {period!r}", f"one of {', '.join(PERIODS)}")
        if period and (type_ := fields[name].type) not in ("date", "datetime"):
            return report(f"{name} has the type {type_}", "a date or date-time for a period")
    if definition.where and (problem := expression_problem(connection, definition.where)):
        found = f"the condition {definition.where!r}: {problem}"
        expected = "one condition over released fields"
        return _chart_finding("expression-invalid", definition, table, found, expected)
    if definition.limit and fields[definition.x].categories_ordered:
        return report(
            f"the limit is {definition.limit}, and {definition.x} has an order",
            "no limit: all categories are shown in their order",
        )
    return None


def _cut(field: Field, *, counted: bool) -> str:
    """The period that an uncut field holds; single days without a record matter to counts only."""
    if field.type == "yearmonth":
        return "month"
    if field.type == "date" and counted:
        return "day"
    return _released(field)


def _released(field: Field) -> str:
    """The period to which protection cut the days of a field; empty where it did not."""
    return next((cut for word, cut in _RELEASED.items() if word in field.generalised), "")


def key_sql(field: Field, period: str, apart: Sequence[str], text: str = "") -> str:
    """A key as text (`text` is SQL for its value if read differently), or its absence's name."""
    name = identifier(field.name)
    text = text or (PERIODS[period][0].format(name) if period else name_value(field))
    *marked, other, _ = apart
    if field.marks_apart:
        mark = identifier(field.mark_column)
        cases = " ".join(
            f"WHEN {literal(m.value)} THEN {literal(word)}"
            for m, word in zip(field.missing_values, marked, strict=True)
        )
        return (
            f"CASE WHEN {name} IS NULL THEN CASE {mark} {cases} ELSE {literal(other)} END "
            f"ELSE {text} END"
        )
    return f"coalesce({text}, {literal(marked[0] if marked else other)})"


def name_groups(
    connection: duckdb.DuckDBPyConnection, table: ReleasedTable, field: Field, period: str = ""
) -> str:
    """SQL for the name of a field's category or its period, or what its absence is called."""
    return key_sql(field, period, _name_apart(connection, table, field, period))


def _name_apart(
    connection: duckdb.DuckDBPyConnection, table: ReleasedTable, field: Field, period: str
) -> tuple[str, ...]:
    """What a key's absent values (a word a mark), and the rest, are called; no value's name."""
    absent = (*(begin_sentence(mark.label) for mark in field.missing_values), "Missing")
    if period:
        return (*absent, OTHERS)
    return name_apart(connection, table, name_value(field), (*absent, OTHERS))


def absence_sql(field: Field, among: str = "") -> str:
    """The kind of missing value that rows without a value share, as SQL; "missing" otherwise.

    `among` is a condition on the rows.
    """
    if not field.marks_apart:
        only = field.missing_values[0].kind if field.missing_values else MissingKind.MISSING
        return literal(only)
    cases = " ".join(
        f"WHEN {literal(m.value)} THEN {literal(m.kind)}" for m in field.missing_values
    )
    missing = literal(MissingKind.MISSING)
    kind = f"CASE {identifier(field.mark_column)} {cases} ELSE {missing} END"
    chosen = f" FILTER ({among})" if among else ""
    first, last = (f"{end}({kind}){chosen}" for end in ("min", "max"))
    return f"CASE WHEN {first} = {last} THEN {first} ELSE {missing} END"


def _lacking_sql(field: Field) -> str:
    """The number of rows without a value that could have one, as SQL: a sum leaves them out."""
    absent = f"count(*) - count({identifier(field.name)})"
    idle = [m.value for m in field.missing_values if m.kind is MissingKind.NOT_APPLICABLE]
    if not idle:
        return absent
    if not field.marks_apart:
        return "0"
    marks = ", ".join(map(literal, idle))
    return f"{absent} - count(*) FILTER ({identifier(field.mark_column)} IN ({marks}))"


def name_value(field: Field) -> str:
    """SQL for a value as text, a category by its label."""
    text = f"CAST({identifier(field.name)} AS VARCHAR)"
    named = [c for c in field.categories if c.label != c.value]
    if not named:
        return text
    cases = " ".join(f"WHEN {literal(c.value)} THEN {literal(c.label)}" for c in named)
    return f"CASE {text} {cases} ELSE {text} END"


def _order_sql(role: str, period: str, field: Field, apart: Sequence[str]) -> str:
    """What sorts a key: periods as they follow in time, what names none at the end."""
    if not period and field.type not in TIMES:
        return role
    if period == "weekday":
        return f"{place_words(role, WEEKDAYS)}, {role}"
    return f"{role} IN ({', '.join(map(literal, dict.fromkeys(apart)))}), {role}"


def natural_order(field: Field, column: str, *, labels: bool = False) -> str:
    """SQL that sorts a column of the field's values as the codebook lists them, or in time.

    With `labels` the column has the labels of categories. "" where neither order is known.
    """
    if field.categories_ordered and field.categories:
        words = [item.label if labels else item.value for item in field.categories]
        return place_words(f"CAST({column} AS VARCHAR)", list(dict.fromkeys(words)))
    return f"{column} NULLS LAST" if field.type in TIMES or _released(field) else ""


def place_words(role: str, words: Sequence[str]) -> str:
    """What sorts `role` in the order of `words`, everything else after them."""
    cases = " ".join(f"WHEN {literal(word)} THEN {n}" for n, word in enumerate(words))
    return f"CASE {role} {cases} ELSE {len(words)} END"


def _series_sql(
    definition: ChartDefinition,
    resource: str,
    keys: Sequence[_Key],
    fields: dict[str, Field],
    measured: str,
    apart: Mapping[str, Sequence[str]],
    texts: Mapping[str, str],
    function: str,
) -> str:
    value = f"{function}({identifier(measured) if measured else '*'})"
    conditions = [f"({definition.where})"] if definition.where else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    source = identifier(resource)
    selected = [
        f"{key_sql(fields[name], period, apart[role], texts.get(role, ''))} AS {role}"
        for role, name, period in keys
    ]
    roles = [role for role, _, _ in keys]
    absence = f", {absence_sql(fields[measured])} AS {ABSENCE}" if measured else ""
    lacking = f", {_lacking_sql(fields[measured])} AS {LACKING}" if function == "sum" else ""
    inner = (
        f"SELECT {', '.join(selected)}{lacking}, {value} AS value{absence}, "
        f"count(*) AS rows_behind "
        f"FROM {source}{where} GROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}"
    )
    ranked = [
        place_words(role, list(dict.fromkeys(c.label for c in fields[name].categories)))
        for role, name, period in keys
        if fields[name].categories_ordered and not period
    ]
    plain = [_order_sql(role, period, fields[name], apart[role]) for role, name, period in keys]
    order = ", ".join([*ranked, *plain])
    ordered = definition.ranked and not definition.period
    if not ordered or fields[definition.x].categories_ordered:
        return f"SELECT * FROM ({inner}) ORDER BY {order}"
    first: list[str] = []
    if definition.limit:
        # The largest categories stay, the rest is folded into one; both from the same cells.
        shared = more = ""
        if measured:
            absence = f", {ABSENCE}"
            shared = (
                f", CASE WHEN min({ABSENCE}) = max({ABSENCE}) THEN min({ABSENCE}) "
                f"ELSE {literal(MissingKind.MISSING)} END AS {ABSENCE}"
            )
        rest = "".join(f", {role}" for role in roles if role != "x")
        others = literal(apart["x"][-1])
        fold = f"CASE WHEN x IN (SELECT x FROM largest) THEN x ELSE {others} END AS x"
        if lacking:
            lacking, more = f", {LACKING}", f", sum({LACKING}) AS {LACKING}"
        inner = (
            f"WITH cells AS ({inner}), largest AS (SELECT x FROM cells GROUP BY x "
            f"ORDER BY sum(value) DESC, x LIMIT {definition.limit}), "
            f"named AS (SELECT {fold}{rest}{lacking}, value{absence}, rows_behind FROM cells) "
            f"SELECT x{rest}{more}, sum(value) AS value{shared}, sum(rows_behind) AS rows_behind "
            f"FROM named GROUP BY ALL"
        )
        first = [f"x = {others}"]
    total = "sum(value) OVER (PARTITION BY x) DESC"
    return f"SELECT * FROM ({inner}) ORDER BY {', '.join([*ranked, *first, total, *plain])}"
