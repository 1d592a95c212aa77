"""Quality profiles: how full a released column is, what it holds, which rows repeat."""

from __future__ import annotations

from collections import defaultdict

import duckdb

from plainrecord.ground.engine import identifier
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.model.products import FieldProfile, MissingShare, TableProfile, ValueCount

MOST_VALUES = 30
FEW_DISTINCT = 60
RANGES = ("integer", "number", "date", "datetime", "year", "yearmonth", "time")


def profile_table(
    connection: duckdb.DuckDBPyConnection, table: ReleasedTable, relation: str
) -> TableProfile:
    """The profile of a released table; counts below its threshold are None."""
    selected = ["count(*)"]
    for field in table.fields:
        name = identifier(field.name)
        selected += [f"count({name})", f"count(DISTINCT {name})"]
        ranged = field.type in RANGES
        selected += [f"min({name})::VARCHAR", f"max({name})::VARCHAR"] if ranged else ["NULL"] * 2
    row = connection.execute(f"SELECT {', '.join(selected)} FROM {relation}").fetchone() or (0,)
    rows = int(row[0])
    distinct_rows = connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT * FROM {relation})"
    ).fetchone() or (0,)
    profiles = []
    for number, field in enumerate(table.fields):
        filled, distinct, low, high = row[1 + 4 * number : 5 + 4 * number]
        values = _values(connection, table, relation, field, int(distinct))
        shown = next((v.value for v in values if v.count is not None), "")
        profiles.append(
            FieldProfile(
                field=field,
                rows=rows,
                filled=int(filled),
                absent=_absent(connection, relation, field, rows - int(filled)),
                distinct=int(distinct),
                minimum=_plain(low, field),
                maximum=_plain(high, field),
                example=field.example or shown,
                values=values,
            )
        )
    return TableProfile(table.resource, rows, rows - int(distinct_rows[0]), tuple(profiles))


def _plain(value: object, field: Field) -> str:
    text = "" if value is None else str(value)
    return text.replace(" ", "T") if field.type == "datetime" else text


def _absent(
    connection: duckdb.DuckDBPyConnection, relation: str, field: Field, count: int
) -> tuple[MissingShare, ...]:
    """Absent values by mark, in the order in which the schema lists the marks."""
    if not field.marks_apart:
        marks = field.missing_values[:1]
        return tuple(MissingShare(m.value, m.label, m.kind, count) for m in marks)
    counts: dict[str, int] = defaultdict(int)
    mark = identifier(field.mark_column)
    for text, number in connection.execute(
        f"SELECT coalesce({mark}, ''), count(*) FROM {relation} "
        f"WHERE {identifier(field.name)} IS NULL GROUP BY 1"
    ).fetchall():
        counts[text] += int(number)
    return tuple(
        MissingShare(m.value, m.label, m.kind, counts[m.value]) for m in field.missing_values
    )


def _values(
    connection: duckdb.DuckDBPyConnection,
    table: ReleasedTable,
    relation: str,
    field: Field,
    distinct: int,
) -> tuple[ValueCount, ...]:
    """The commonest values of a field with few of them, or of one with declared categories."""
    if field.type in RANGES and field.type != "year" and not field.categories:
        return ()
    if not field.categories and not 0 < distinct <= FEW_DISTINCT:
        return ()
    name = identifier(field.name)
    order = "2 DESC, 1"
    found = connection.execute(
        f"SELECT {name}::VARCHAR, count(*) FROM {relation} WHERE {name} IS NOT NULL "
        f"GROUP BY 1 ORDER BY {order} LIMIT {MOST_VALUES}"
    ).fetchall()
    labels = {category.value: category.label for category in field.categories}
    return tuple(
        ValueCount(value, labels.get(value, value), None if count < table.threshold else int(count))
        for value, count in found
    )
