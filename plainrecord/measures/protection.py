"""What protection costs: how many counts of tables and values of rows are suppressed, and for whom."""

from collections.abc import Callable, Mapping, Sequence

from plainrecord.core.plurals import inside_sentence
from plainrecord.measures.figures import name_groups
from plainrecord.model.counts import CountTable
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import MissingKind
from plainrecord.model.products import GroupLoss, ProtectionCounts
from plainrecord.model.protection import ProtectionReport
from plainrecord.receipts.cell_text import has_mark
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier, literal

COUNT = "count"
MOST_GROUPS = 100
"""Values of a dimension whose losses are listed."""

Open = Callable[[tuple[PublishedTable, ...], str, int], CountQueries]


def count_protection(
    open_queries: Open, tables: Mapping[str, PublishedTable], report: ProtectionReport
) -> ProtectionCounts:
    """Suppressed (null) counts by table and value, and rows, over the published files."""
    suppressed = () if report.rounding else report.tables
    counted = [(entry, tables[entry.resource]) for entry in suppressed]
    cells = None
    if counted:
        union = " UNION ALL ".join(
            f"SELECT {number} AS place, {literal(entry.resource)} AS name, "
            f"{_count_cells(published)} FROM {identifier(entry.resource)}"
            for number, (entry, published) in enumerate(counted, 1)
        )
        sql = f"SELECT name, counts, suppressed FROM ({union}) ORDER BY place"
        queries = open_queries(tuple(published for _, published in counted), "count", 0)
        cells = queries.run("privacy.tables", "Suppressed counts of each table", sql)
    groups = []
    margins = {i.dimensions[0]: i.resource for i in report.tables if len(i.dimensions) == 1}
    for entry, published in counted:
        if len(entry.dimensions) < 2 or not entry.hidden:
            continue
        fields = {field.name: field for field in published.table.fields}
        for name in entry.dimensions:
            queries = open_queries((published, tables[margins[name]]), "count", 0)
            group = name_groups(queries.connection, published.table, fields[name])
            # The number of counts of a group could be taken for its own count, where that is hidden.
            columns = [name, fields[name].mark_column] if fields[name].marks_apart else [name]
            same = " AND ".join(
                f"m.{c} IS NOT DISTINCT FROM t.{c}" for c in map(identifier, columns)
            )
            margin = identifier(margins[name])
            sql = (
                f"SELECT {group} AS value, {_count_cells(published)} "
                f"FROM {identifier(entry.resource)} AS t "
                f"WHERE EXISTS (SELECT 1 FROM {margin} AS m WHERE {same} AND m.{COUNT} IS NOT NULL) "
                "GROUP BY 1 HAVING suppressed > 0 "
                f"ORDER BY suppressed / counts DESC, value LIMIT {MOST_GROUPS}"
            )
            label = fields[name].label
            title = f"Suppressed counts by {inside_sentence(label)}"
            counts = queries.run(f"privacy.{entry.resource}.{name}", title, sql)
            groups.append(GroupLoss(published.table.title, label, counts))
    return ProtectionCounts(cells, tuple(groups), _count_rows(open_queries, tables, report))


def _count_cells(published: PublishedTable) -> str:
    """SQL for how many counts a table has, without combinations that cannot occur, and lacks."""
    impossible = has_mark(published.table.field(COUNT), MissingKind.NOT_APPLICABLE)
    counts = f"count(*) - count_if({impossible})" if impossible else "count(*)"
    return f"{counts} AS counts, {counts} - count({COUNT}) AS suppressed"


def _count_rows(
    open_queries: Open, tables: Mapping[str, PublishedTable], report: ProtectionReport
) -> CountTable | None:
    """How many rows there are, and in how many each key variable is suppressed."""
    records = report.records
    if records is None:
        return None
    published = tables[records.resource]
    fields = {field.name: field for field in published.table.fields}
    parts: Sequence[str] = [
        f"SELECT 1 AS place, 'rows' AS name, count(*) AS rows FROM {identifier(records.resource)}"
    ]
    parts = [
        *parts,
        *(
            f"SELECT {number} AS place, {literal(fields[name].label)} AS name, "
            f"count_if({identifier(fields[name].mark_column)} = 'suppressed') AS rows "
            f"FROM {identifier(records.resource)}"
            for number, name in enumerate(records.keys, 2)
            if records.suppressed.get(name)
        ),
    ]
    queries = open_queries((published,), published.table.unit, 0)
    sql = f"SELECT name, rows FROM ({' UNION ALL '.join(parts)}) ORDER BY place"
    return queries.run("privacy.rows", "Rows, and suppressed values by field", sql)
