"""Withheld values: how many, in which fields, under which exemption, when and where.

Everything is counted on the released files. A withheld value is null in its column, and its mark
stands to the letter in the column `FIELD__missing` (decision 0003); a field whose only mark means
withheld has no such column, and each of its nulls is withheld.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb

from plainrecord.law.exemptions import parse_cited, parse_mark
from plainrecord.model.counts import as_cells
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import (
    EarlierTable,
    Field,
    MissingKind,
    MissingValue,
    ReleasedTable,
    WithheldSettings,
)
from plainrecord.model.partial_periods import Extent, find_parts
from plainrecord.model.suppression import suppress, suppress_parts
from plainrecord.model.withheld import (
    MarkCount,
    WithheldBreakdown,
    WithheldChange,
    WithheldField,
    WithheldGroup,
    WithheldTable,
)
from plainrecord.receipts.axis_names import name_apart, name_axis
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.receipt import prove_counts

MOST_GROUPS = 60
OTHERS = "all others"
NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True)
class WithheldSide:
    """One of two releases: its rows (trusted SQL), the fields to match, the field to compare."""

    relation: str
    match: tuple[str, ...]
    value: Field
    where: str = "TRUE"


def withheld_marks(field: Field) -> tuple[MissingValue, ...]:
    """The marks of a field that mean withheld by the agency."""
    return tuple(m for m in field.missing_values if m.kind is MissingKind.WITHHELD)


def withheld_condition(field: Field, marks: Iterable[MissingValue] | None = None) -> str:
    """The SQL condition under which a row's value is withheld (under one of `marks`)."""
    chosen = withheld_marks(field) if marks is None else tuple(marks)
    if not chosen:
        return "FALSE"
    if not field.marks_apart:
        return f"{identifier(field.name)} IS NULL"
    values = ", ".join(literal(mark.value) for mark in chosen)
    return f"coalesce({identifier(field.mark_column)} IN ({values}), FALSE)"


def exemptions_of(mark: MissingValue) -> tuple[str, ...]:
    """The exemptions that a declared mark names, in its text or else in its label."""
    for text in (mark.value, mark.label):
        if (parsed := parse_mark(text)) and parsed.exemptions:
            return parsed.exemptions
    cited = parse_cited(mark.value)
    named = cited and (cited.laws or any(code.count("(") > 2 for code in cited.exemptions))
    return cited.exemptions if cited and named else ()  # -9 alone is a code of the agency


def measure_withheld(
    connection: duckdb.DuckDBPyConnection,
    published: PublishedTable,
    declared: WithheldSettings,
    siblings: Sequence[PublishedTable] = (),
    extent: Extent = Extent(),  # noqa: B008 - frozen
) -> WithheldTable | None:
    """The report of one table; None where no field has a mark for withheld values.

    `connection` sees the released files as tables of their dataset; `siblings` are the other
    tables of the dataset, among them perhaps an earlier release. `extent` is how far its records
    reach in time.
    """
    table = published.table
    fields = [field for field in table.fields if withheld_marks(field)]
    if not fields:
        return None
    connection.execute(f"USE memory.{identifier(table.dataset)}")
    marks = [(field, mark) for field in fields for mark in withheld_marks(field)]
    names = ["rows", *(f.name for f in fields), *(f"{f.name}: {m.value}" for f, m in marks)]
    conditions = [withheld_condition(field) for field in fields]
    conditions += [withheld_condition(field, [mark]) for field, mark in marks]
    # The engine's count_if of no rows is null.
    counted = ["count(*)", *(f"count(*) FILTER ({condition})" for condition in conditions)]
    columns = ", ".join(f"{c} AS {identifier(n)}" for c, n in zip(counted, names, strict=True))
    sql = f"SELECT {columns} FROM {identifier(table.resource)}"
    numbers = _first(connection, sql)[1 + len(fields) :]
    counts = dict(zip([(f.name, m.value) for f, m in marks], numbers, strict=True))
    measured = tuple(
        _field(field, [(m, counts[field.name, m.value]) for m in withheld_marks(field)], table)
        for field in fields
    )
    cells = [item.withheld for item in measured]
    cells += [mark.count for item in measured for mark in item.marks]
    row = as_cells((table.rows, *cells))
    proof, title = f"{table.dataset}.withheld.{table.resource}", table.title or table.resource
    released = {field.name: field for field in table.fields}
    by = [("period", declared.period), ("office", declared.office)]
    earlier = declared.earlier
    old = next((s for s in siblings if earlier and s.table.resource == earlier.resource), None)
    return WithheldTable(
        resource=table.resource,
        title=table.title or table.resource,
        unit=table.unit,
        rows=table.rows,
        threshold=table.threshold,
        fields=measured,
        breakdowns=tuple(
            _break_down(connection, published, kind, released[name], measured, extent)
            for kind, name in by
            if name in released
        ),
        counted=prove_counts(
            proof,
            f"Withheld values of {title}",
            table.unit,
            tuple(names),
            (row,),
            sql,
            [published],
            table.threshold,
        ),
        earlier=(old.table.title or old.table.resource) if old else "",
        changes=_changes(connection, old, published, earlier) if old and earlier else (),
    )


def _first(connection: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    return [int(value or 0) for value in connection.execute(sql).fetchall()[0]]


def _field(
    field: Field, counts: list[tuple[MissingValue, int]], table: ReleasedTable
) -> WithheldField:
    total = sum(count for _, count in counts)
    shown = suppress([count for _, count in counts], table.threshold)
    # A field that is open in only a few rows would show those few as well.
    few = 0 < table.rows - total < table.threshold
    hide_total = few or 0 < total < table.threshold
    return WithheldField(
        field=field,
        withheld=None if hide_total else total,
        whole=not hide_total and total == table.rows > 0,
        marks=tuple(
            MarkCount(mark.value, exemptions_of(mark), None if few else count)
            for (mark, _), count in zip(counts, shown, strict=True)
        ),
    )


_YEARS = ("date", "datetime")


def _break_down(
    connection: duckdb.DuckDBPyConnection,
    published: PublishedTable,
    kind: str,
    by: Field,
    measured: Sequence[WithheldField],
    extent: Extent,
) -> WithheldBreakdown:
    table = published.table
    name = identifier(by.name)
    key = f"strftime({name}, '%Y')" if by.type in _YEARS else f"{name}::VARCHAR"
    counted = ", ".join(
        f"count_if({withheld_condition(item.field)}) AS c{number}"
        for number, item in enumerate(measured, 2)
    )
    names = [kind, "rows", *(item.field.name for item in measured)]
    sums = ", ".join(
        f"sum(c{n})::BIGINT AS {identifier(name)}" for n, name in enumerate(names) if n
    )
    plain = ", ".join(f"c{n}" for n in range(2, len(names)))
    absent, others = map(literal, name_apart(connection, table, key, (NOT_GIVEN, OTHERS)))
    sql = (
        # The groups with most rows by themselves, all others in one line at the end.
        f"WITH counted AS (SELECT coalesce({key}, {absent}) AS c0, count(*) AS c1, "
        f"{counted} FROM {identifier(table.resource)} GROUP BY 1), "
        f"ranked AS (SELECT c0, c1, {plain}, row_number() OVER (ORDER BY c1 DESC, c0) > {MOST_GROUPS} "
        "AS further FROM counted) "
        f"SELECT CASE WHEN further THEN {others} ELSE c0 END AS {kind}, {sums} "
        "FROM ranked GROUP BY further, 1 ORDER BY further, 1"
    )
    raw = [(str(row[0]), [int(n) for n in row[1:]]) for row in connection.execute(sql).fetchall()]
    columns = list(zip(*(counts for _, counts in raw), strict=True)) or [()]
    rows = suppress(columns[0], table.threshold)
    cells = [suppress_parts(counts, columns[0], table.threshold) for counts in columns[1:]]
    groups = tuple(
        WithheldGroup(
            label,
            rows[line],
            tuple(None if rows[line] is None else column[line] for column in cells),
        )
        for line, (label, _) in enumerate(raw)
    )
    lines = tuple(as_cells((g.name, g.rows, *g.withheld)) for g in groups)
    proof = f"{table.dataset}.withheld.{table.resource}.{kind}"
    title = f"Withheld values by {kind}: {table.title or table.resource}"
    label = name_axis(by.label, "year") if by.type in _YEARS else by.label
    stamps = [g.name for g in groups] if kind == "period" else []
    parts = find_parts(kind, stamps, "fiscal-year" if "fiscal" in label.lower() else "year", extent)
    about = (proof, title, table.unit, tuple(names), lines)
    shown = prove_counts(*about, sql, [published], table.threshold)
    return WithheldBreakdown(kind, label, groups, replace(shown, parts=parts))


def _changes(
    connection: duckdb.DuckDBPyConnection,
    before_entry: PublishedTable,
    now_entry: PublishedTable,
    declared: EarlierTable,
) -> tuple[WithheldChange, ...]:
    old, new = before_entry.table, now_entry.table
    there, here = {f.name: f for f in old.fields}, {f.name: f for f in new.fields}
    match = [(a, b) for a, b in declared.match if a in here and b in there]
    threshold = max(old.threshold, new.threshold)
    changes = []
    for name, before in declared.fields:
        if name in here and before in there and match:
            sides = (
                WithheldSide(identifier(old.resource), tuple(b for _, b in match), there[before]),
                WithheldSide(identifier(new.resource), tuple(a for a, _ in match), here[name]),
            )
            change = _hide_all_if_few(withheld_between(connection, *sides), threshold)
            # Where no rows look alike, the bounds are what is certain, and nothing tells them.
            names = _COUNTS if change.repeated or change.once is None else _CERTAIN
            sql = f"SELECT {', '.join(names)} FROM ({_between(*sides)})"
            row = as_cells(getattr(change, name) for name in names)
            entries = sorted((before_entry, now_entry), key=lambda entry: entry.table.resource)
            proof = f"{new.dataset}.withheld.{new.resource}.changes.{name}"
            title = f"What became of {here[name].label}"
            about = (proof, title, new.unit, names, (row,))
            counted = prove_counts(*about, sql, entries, threshold)
            changes.append(replace(change, counted=counted))
    return tuple(changes)


_CERTAIN = ("once", "closed", "blank_closed", "opened")
_COUNTS = (*_CERTAIN, "repeated", "closed_least", "closed_most")


def _hide_all_if_few(change: WithheldChange, threshold: int) -> WithheldChange:
    """Without any of its numbers, where one of them is too small to be shown."""
    values = {name: getattr(change, name) for name in _COUNTS}
    if not any(0 < (value or 0) < threshold for value in values.values()):
        return change
    return WithheldChange(change.field, change.old_rows, change.new_rows, *([None] * len(_COUNTS)))


def withheld_between(
    connection: duckdb.DuckDBPyConnection, old: WithheldSide, new: WithheldSide
) -> WithheldChange:
    """What became of one field between two releases of the same records.

    Rows are matched as multisets over the fields `match`, which both sides name in one order;
    null matches null. Where a row has exactly one twin, what became of its value is certain. Of
    rows that are alike in all fields only bounds can be had: of p matched pairs in a group with a
    withheld values in the old release and b open ones in the new, at least p - a - b went from
    open to withheld.
    """
    return WithheldChange(new.value, *_first(connection, _between(old, new)))


def _between(old: WithheldSide, new: WithheldSide) -> str:
    """The query for the counts of a WithheldChange, in their order."""
    if len(old.match) != len(new.match) or not old.match:
        raise ValueError("both releases must name the same fields to match")
    sides = []
    for side in (old, new):
        keys = ", ".join(f"{identifier(n)}::VARCHAR AS k{i}" for i, n in enumerate(side.match))
        held = withheld_condition(side.value)
        filled = f"{identifier(side.value.name)} IS NOT NULL"
        sides.append(
            f"SELECT {keys}, count(*) AS n, count_if({held}) AS held, count_if({filled}) AS filled "
            f"FROM {side.relation} WHERE {side.where} GROUP BY ALL"
        )
    same = " AND ".join(f"o.k{i} IS NOT DISTINCT FROM w.k{i}" for i in range(len(old.match)))
    pairs = "least(o.n, w.n)"
    single = "o.n = 1 AND w.n = 1"
    return f"""
        WITH o AS ({sides[0]}), w AS ({sides[1]}),
        totals AS (SELECT (SELECT sum(n) FROM o) AS old, (SELECT sum(n) FROM w) AS new),
        joined AS (
            SELECT {pairs} AS pairs, {single} AS single, o.held AS before, w.held AS after,
                o.filled AS shown,
                greatest(0, {pairs} - o.held - (w.n - w.held)) AS least_closed,
                least({pairs}, o.n - o.held, w.held) AS most_closed
            FROM o JOIN w ON {same}
        )
        SELECT any_value(old) AS old_rows, any_value(new) AS new_rows,
            coalesce(sum(pairs) FILTER (single), 0)::BIGINT AS once,
            coalesce(sum(pairs) FILTER (NOT single), 0)::BIGINT AS repeated,
            count(*) FILTER (single AND shown = 1 AND after = 1) AS closed,
            count(*) FILTER (single AND shown = 0 AND before = 0 AND after = 1) AS blank_closed,
            count(*) FILTER (single AND before = 1 AND after = 0) AS opened,
            coalesce(sum(least_closed), 0)::BIGINT AS closed_least,
            coalesce(sum(most_closed), 0)::BIGINT AS closed_most
        FROM totals LEFT JOIN joined ON TRUE
    """
