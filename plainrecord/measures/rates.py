"""Rates by group: one query for a count, the count to compare, the rate and its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist

import duckdb

from plainrecord.core.translation import _
from plainrecord.findings.finding import Finding, suggest
from plainrecord.measures.figures import absence_sql, name_groups, name_value, place_words
from plainrecord.model.counts import SUPPRESSED, CountTable
from plainrecord.model.declarations import COUNT, table_name
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.model.packages import Field, MissingKind
from plainrecord.model.products import Rate, Series, SeriesColumn
from plainrecord.model.rate_settings import RateDefinition
from plainrecord.model.suppression import suppress, suppress_parts
from plainrecord.receipts.absent_rows import complete_rows
from plainrecord.receipts.axis_names import name_axis
from plainrecord.receipts.cell_text import has_mark
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import PERIODS, expression_problem, identifier, literal
from plainrecord.receipts.hidden_cells import REFUSAL, Shown, depends_on_hidden
from plainrecord.receipts.query import ABSENCE, BEHIND, QueryRefused, run_rows
from plainrecord.receipts.receipt import write_receipt

COLUMNS = (
    *("group", "period", "numerator", "denominator", "rate", "lower", "upper"),
    *("numerator_absence", "denominator_absence", "absence"),
)
"""The columns of a rate's table of counts; `period` is empty for a rate without a date.

The last three are kinds of missing values, and say why a count, or the rate, is null.
"""
WILSON = "Wilson score interval"
BYAR = "Byar’s approximation of the exact Poisson interval"
_Z = NormalDist().inv_cdf(0.975)
MOST_GROUPS = 200
MOST_PANELS = 24
"""The most groups over periods."""
MOST_TOGETHER = 3
"""The bands of so many groups over periods can be distinguished in one panel; more have one each."""


def measure_rate(
    connection: duckdb.DuckDBPyConnection,
    definition: RateDefinition,
    dataset: str,
    published: Sequence[PublishedTable],
    release: str = "",
) -> tuple[Rate | None, tuple[Finding, ...]]:
    """The rate of each group, or None with a finding (rate-failed) that says what is wrong.

    A rate is shown where both of its counts are. Neither of them may be from 1 to below the
    threshold, nor may their difference (`model.suppression`).
    """

    def fail(found: str, expected: str) -> tuple[None, tuple[Finding, ...]]:
        message = f"rate {definition.name}: {found}"
        return None, (Finding("rate-failed", message, expected, dataset=dataset),)

    known = {(e.table.dataset, e.table.resource): e for e in published}
    own = known.get((dataset, definition.resource))
    if own is None:
        return fail(f"there is no released table {definition.resource!r}", "a released table")
    below = definition.denominator
    place = (below.dataset or dataset, below.resource or definition.resource)
    other = known.get(place) if below.count else own
    if other is None:
        names = [".".join(place) for place in known]
        hint = suggest(".".join(place), names)
        return fail(f"the denominators are in {'.'.join(place)!r}{hint}", "a released table")
    measured = definition.measure.partition(":")[2]
    required = [(own, definition.by), (own, definition.date), (own, measured)]
    required += [(other, below.group), (other, below.period), (other, below.count)]
    for entry, name in required:
        fields = [field.name for field in entry.table.fields]
        if name and name not in fields:
            hint = suggest(name, fields)
            found = f"{entry.table.resource} has no released field {name!r}{hint}"
            return fail(found, f"one of {', '.join(fields)}")
    if own.table.holds_counts and not measured:
        found = f"it counts the rows of {own.table.resource}, which are counts and no records"
        return fail(found, "the measure sum:count")
    by = own.table.field(definition.by)
    if below.count and not below.group:
        return fail("denominator.group is not given", "the field of the groups in that table")
    date = next((field for field in own.table.fields if field.name == definition.date), None)
    if date and date.type not in ("date", "datetime"):
        return fail(f"{date.name} has the type {date.type}", "a date or date-time for a period")
    for condition in (definition.where, definition.numerator.where, below.where):
        if condition and (problem := expression_problem(connection, condition)):
            return fail(f"the condition {condition!r}: {problem}", "one condition in SQL")
    margin = _find_margin(definition, own, known)
    read = [own] if other is own else [own, other]
    read += [margin] if margin else []
    tables = [entry.table for entry in read]
    threshold = max(table.threshold for table in tables)
    queries = CountQueries(connection, dataset, read, own.table.unit, threshold)
    label = f"rates.{definition.name}"
    try:
        sql = _rate_sql(connection, definition, own, other, by, date, margin)

        def shown() -> Shown:
            rows = replace(queries, known={}).run(label, definition.title, sql).rows
            return frozenset(
                (*row[:2], at, row[at]) for row in rows for at in (2, 3) if row[at] is not None
            )

        counted = queries.run(label, definition.title, sql)
        if depends_on_hidden(connection, tables, shown):
            return fail(REFUSAL, "counts that are cells of a released table")
    except QueryRefused as refused:
        return fail(refused.reason, "a query that can be computed")
    except (duckdb.Error, RuntimeError) as error:
        return fail(str(error).split("\n")[0], "a query that can be computed")
    if not counted.rows:
        return fail("no row is left", "conditions that some rows meet")
    if wrong := [row[0] for row in counted.rows if not _are_counts(*row[2:4], people=below.count)]:
        found = f"its sums of {wrong[0]} are below zero, or the numerator is above the denominator"
        return fail(found, "two counts, of which the first is a part of the second")
    most = MOST_PANELS if date else MOST_GROUPS
    if (count := len({row[0] for row in counted.rows})) > most:
        found = f"it has {count} groups"
        return fail(found, f"at most {most}; generalise the field, or select with where")
    guarded = any(table.protected for table in tables)
    counted = _suppress(counted, threshold, part=not below.count, protected=guarded)
    series = _series(connection, definition, counted, sql, read, by, date, release)
    labels = [("group", by.label), ("numerator", definition.numerator.label)]
    labels += [("denominator", below.label), ("rate", definition.words)]
    labels[1:1] = [("period", series.columns[0].label)] if date else []
    rate = Rate(
        definition,
        replace(counted, receipt=replace(counted.receipt, release=release), labels=dict(labels)),
        series,
        BYAR if below.count else WILSON,
        unmatched=_groups(counted, 3, None) if below.count else (),
        hidden=tuple(
            dict.fromkeys((*_groups(counted, 2, SUPPRESSED), *_groups(counted, 3, SUPPRESSED)))
        ),
    )
    return rate, ()


def _are_counts(part: Cell, whole: Cell, *, people: str) -> bool:
    """Whether two sums can be counts; events may be more than `people`, a part not than its whole."""
    known = [cell for cell in (part, whole) if isinstance(cell, int | float)]
    return min(known, default=0) >= 0 and (bool(people) or known == sorted(known))


def _groups(counted: CountTable, column: int, cell: Cell) -> tuple[str, ...]:
    """The groups of rows that have this cell, each once."""
    return tuple(dict.fromkeys(str(row[0]) for row in counted.rows if row[column] == cell))


def _rate_sql(
    connection: duckdb.DuckDBPyConnection,
    definition: RateDefinition,
    own: PublishedTable,
    other: PublishedTable,
    by: Field,
    date: Field | None,
    margin: PublishedTable | None,
) -> str:
    """The query: a row for each group, with the columns COLUMNS."""
    below = definition.denominator
    group = name_groups(connection, own.table, by)
    period = name_groups(connection, own.table, date, definition.period) if date else "''"
    part, whole = rate_conditions(definition)
    field = definition.measure.partition(":")[2]
    where = f" WHERE ({definition.where}\n)" if definition.where else ""
    missing = literal(MissingKind.MISSING)
    own_total = "" if below.count else f", {_total(own, field, whole, 'denominator')}"
    ctes = (
        f'WITH counted AS (SELECT {group} AS "group", {period} AS period, TRUE AS seen, '
        f"{_total(own, field, part, 'numerator')}{own_total} "
        f"FROM {identifier(own.table.resource)}{where} GROUP BY 1, 2)"
    )
    source = "counted"
    if below.count:
        # A group of the denominators without a record has the numerator 0.
        each = bool(below.period) or not date
        at = f"CAST({identifier(below.period)} AS VARCHAR)" if below.period else "''"
        schema = "" if other.table.dataset == own.table.dataset else other.table.dataset
        relation = ".".join(identifier(name) for name in (schema, other.table.resource) if name)
        chosen = f" WHERE ({below.where}\n)" if below.where else ""
        ctes += (
            f', people AS (SELECT {name_value(replace(by, name=below.group))} AS "group", '
            f"{f'{at} AS period, ' if each else ''}{_total(other, below.count, 'TRUE', 'denominator')} "
            f"FROM {relation}{chosen} GROUP BY {'1, 2' if each else '1'}), "
            'matched AS (SELECT "group", period, '
            "CASE WHEN seen THEN numerator ELSE 0 END AS numerator, numerator_absence, denominator, "
            f"CASE WHEN denominator IS NULL THEN coalesce(denominator_absence, {missing}) END "
            "AS denominator_absence "
            f"FROM counted {'FULL' if each else 'LEFT'} JOIN people "
            f"""USING ("group"{", period" if each else ""}))"""
        )
        source = 'matched WHERE "group" IS NOT NULL'
    if margin:
        ctes += (
            f', whole AS (SELECT {name_groups(connection, margin.table, by)} AS "group", '
            f"{_total(margin, COUNT, 'TRUE', 'denominator')} "
            f"FROM {identifier(margin.table.resource)} GROUP BY 1), matched AS "
            '(SELECT "group", period, numerator, numerator_absence, whole.denominator, '
            'whole.denominator_absence FROM counted LEFT JOIN whole USING ("group"))'
        )
        source = "matched"
    parts = _rates(definition.per, people=bool(below.count))
    rate, lower, upper = map(_rounded, parts)
    why = (
        f"CASE WHEN denominator = 0 THEN {literal(MissingKind.NOT_APPLICABLE)} "
        "WHEN numerator IS NOT NULL THEN denominator_absence "
        "WHEN denominator IS NOT NULL OR denominator_absence = numerator_absence "
        f"THEN numerator_absence ELSE {missing} END"
    )
    return (
        f'{ctes} SELECT "group", period, numerator, denominator, {rate} AS rate, '
        f"{lower} AS lower, {upper} AS upper, numerator_absence, denominator_absence, "
        f"{why} AS absence FROM {source} ORDER BY {_order(by)}, period"
    )


def _find_margin(
    definition: RateDefinition,
    own: PublishedTable,
    known: Mapping[tuple[str, str], PublishedTable],
) -> PublishedTable | None:
    """The protected table that has the count of each group as one cell, where all of it is compared.

    The sum over the parts would be suppressed with any of these.
    """
    plain = not (definition.where or definition.date or definition.denominator.where)
    plain = plain and definition.unknowns != "left out" and not definition.denominator.count
    if not plain or not own.table.protected or definition.measure != f"sum:{COUNT}":
        return None
    return known.get((own.table.dataset, table_name((definition.by,))))


def rate_conditions(definition: RateDefinition) -> tuple[str, str]:
    """SQL for which rows are in the numerator, and which are in the denominator."""
    below = definition.denominator
    whole = "TRUE" if below.count else f"({below.where or 'TRUE'}\n)"
    part = f"{whole} AND ({definition.numerator.where or 'TRUE'}\n)"
    if definition.unknowns == "left out":
        whole = f"{whole} AND ({part}) IS NOT NULL"
    return part, whole


def _order(by: Field) -> str:
    """SQL for the order of the groups: that of the categories of their field."""
    ranks = list(dict.fromkeys(category.label for category in by.categories))
    return f"""{place_words('"group"', ranks)}, "group" """.rstrip() if ranks else '"group"'


def _total(entry: PublishedTable, field: str, condition: str, column: str) -> str:
    """SQL for a `column`, and why it is null: how many rows meet a condition, or a field's sum.

    The sum is null if one number is absent. Rows to which the number does not apply lack none;
    where it applies to no row, the sum does not apply either.
    """
    why = f"{column}_absence"
    if not field:
        return f"count_if({condition}) AS {column}, NULL::VARCHAR AS {why}"
    name = identifier(field)
    absent = f"({condition}) AND {name} IS NULL"
    if impossible := has_mark(entry.table.field(field), MissingKind.NOT_APPLICABLE):
        absent += f" AND ({impossible}) IS NOT TRUE"
    lacking, idle = f"count_if({absent}) > 0", "FALSE"
    if impossible:
        idle = f"count_if({condition}) > 0 AND count({name}) FILTER ({condition}) = 0"
    return (
        f"CASE WHEN NOT ({lacking} OR {idle}) THEN coalesce(sum({name}) FILTER ({condition}), 0) "
        f"END AS {column}, CASE WHEN {lacking} THEN "
        f"{absence_sql(entry.table.field(field), absent)} "
        f"WHEN {idle} THEN {literal(MissingKind.NOT_APPLICABLE)} END AS {why}"
    )


def _rates(per: int, *, people: bool) -> tuple[str, str, str]:
    """SQL for the rate and the two ends of its 95% interval, from numerator and denominator.

    A part of a whole: E. B. Wilson, Probable inference, the law of succession, and statistical
    inference, Journal of the American Statistical Association 22 (1927). Events among people, of
    whom one may have several: Byar's approximation, N. E. Breslow and N. E. Day, Statistical
    methods in cancer research II (1987), p. 69.
    """
    n, d, z = "CAST(numerator AS DOUBLE)", "CAST(denominator AS DOUBLE)", repr(_Z)
    rate = f"{per} * {n} / {d}"
    if people:
        low = f"CASE WHEN numerator = 0 THEN 0 ELSE {_byar(n, '-')} END"
        return rate, f"{per} * {low} / {d}", f"{per} * {_byar(f'({n} + 1)', '+')} / {d}"
    centre = f"({n} + {z} ** 2 / 2) / ({d} + {z} ** 2)"
    half = f"{z} / ({d} + {z} ** 2) * sqrt({n} * ({d} - {n}) / {d} + {z} ** 2 / 4)"
    return (
        rate,
        f"{per} * greatest(0, {centre} - {half})",
        f"{per} * least(1, {centre} + {half})",
    )


def _byar(events: str, sign: str) -> str:
    return f"{events} * (1 - 1 / (9 * {events}) {sign} {_Z!r} / (3 * sqrt({events}))) ** 3"


def _rounded(number: str) -> str:
    """SQL for a number as text with one decimal, null where there is no denominator."""
    return f"CASE WHEN denominator > 0 AND numerator IS NOT NULL THEN printf('%.1f', {number}) END"


def _suppress(counted: CountTable, threshold: int, *, part: bool, protected: bool) -> CountTable:
    """The table with counts that must not be shown suppressed, and with them their rates."""
    rows = [list(row) for row in counted.rows]
    tops, bottoms = ([row[at] for row in rows] for at in (2, 3))
    hidden: list[set[int]] = [set(), set()]
    if not protected and threshold:
        for name in dict.fromkeys(row[1] for row in rows):
            here = [at for at, row in enumerate(rows) if row[1] == name]
            wholes = [_whole(bottoms[at]) for at in here]
            parts = [_whole(tops[at]) for at in here]
            kept = suppress_parts(parts, wholes, threshold) if part else suppress(parts, threshold)
            below = suppress(wholes, threshold) if part else wholes
            for place, at in enumerate(here):
                if below[place] is None:
                    hidden[1].add(at)
                if kept[place] is None or below[place] is None:
                    hidden[0].add(at)
    for at, row in enumerate(rows):
        unknown = [protected and why in (None, *_UNKNOWN) for why in row[7:9]]
        if at in hidden[0] or (unknown[0] and row[2] is None):
            row[2] = SUPPRESSED
        if at in hidden[1] or (unknown[1] and row[3] is None and part):
            row[3] = SUPPRESSED
        if SUPPRESSED in (row[2], row[3]) and row[3]:
            row[4:7] = [SUPPRESSED] * 3
    final = tuple(map(tuple, rows))
    count = sum(row.count(SUPPRESSED) for row in final)
    return replace(counted, rows=final, receipt=replace(counted.receipt, suppressed=count))


_UNKNOWN = (MissingKind.SUPPRESSED.value, MissingKind.MISSING.value)
"""Kinds of a sum over protected counts of which some are suppressed."""


def _whole(cell: Cell) -> int:
    return int(cell) if isinstance(cell, int | float) else 0


def _series(
    connection: duckdb.DuckDBPyConnection,
    definition: RateDefinition,
    counted: CountTable,
    sql: str,
    read: Sequence[PublishedTable],
    by: Field,
    date: Field | None,
    release: str,
) -> Series:
    """The rates as the rows of a chart: those of the table, what it suppresses suppressed."""
    hides = [
        f'("group" = {literal(str(row[0]))} AND period = {literal(str(row[1]))})'
        for row in counted.rows
        if SUPPRESSED in row
    ]
    hidden = " OR ".join(hides) or "FALSE"
    name = "color" if len({row[0] for row in counted.rows}) <= MOST_TOGETHER else "facet"
    keys = f'period AS x, "group" AS {name}' if definition.date else '"group" AS x'
    order = f"{_order(by)}, period"
    if definition.date:
        order = f"period = 'Missing', period, {_order(by)}"

    def drawn_as(name: str, shown: str = "") -> str:
        return f"CASE WHEN {hidden} THEN NULL ELSE CAST({name} AS DOUBLE) END AS {shown or name}"

    drawn = (
        f"SELECT {keys}, {drawn_as('lower')}, {drawn_as('upper')}, {drawn_as('rate', 'value')}, "
        f"CASE WHEN {hidden} THEN {literal(MissingKind.SUPPRESSED)} "
        f"ELSE absence END AS {ABSENCE}, "
        f"CASE WHEN {hidden} THEN 1 ELSE 0 END AS {BEHIND} FROM ({sql}) ORDER BY {order}"
    )
    threshold = counted.receipt.threshold
    dataset = read[0].table.dataset
    result = run_rows(connection, dataset, drawn, threshold)
    group = SeriesColumn(name if definition.date else "x", by.label, by.type, "key")
    columns = [group]
    if date:
        named = name_axis(date.label, definition.period)
        kind = PERIODS[definition.period][1]
        columns = [SeriesColumn("x", named, kind, "key", definition.period), group]
    receipt = write_receipt(
        drawn,
        read,
        len(result.rows),
        result.suppressed,
        threshold,
        dataset=dataset,
        release=release,
    )
    columns += [
        SeriesColumn("lower", _("From (95% interval)"), "number", "bound"),
        SeriesColumn("upper", _("To (95% interval)"), "number", "bound"),
        SeriesColumn("value", definition.words, "number", "value"),
        SeriesColumn("status", "Shown, or why not", "string", "status"),
    ]
    measure = "value:rate"
    rows = complete_rows("periods", columns, measure, result.rows)
    return Series(tuple(columns), rows, receipt, measure)
