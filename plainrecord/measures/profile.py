"""Quality profiles: how full a released column is, what it holds, which rows repeat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from plainrecord.model.counts import SUPPRESSED, CountTable, label, show
from plainrecord.model.evidence import Cell
from plainrecord.model.packages import Field, MissingValue, ReleasedTable
from plainrecord.model.profiles import FieldProfile, MissingShare, TableProfile, ValueCount
from plainrecord.model.suppression import FieldCounts, HiddenCounts, suppress_field
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.query import QueryRefused
from plainrecord.receipts.receipts_document import MOST_SIGNS

MOST_VALUES = 30
FEW_DISTINCT = 60
WIDE = 100
"""From how many fields on the columns of a query are read first: else each branch looks at all."""
FIELDS_AT_ONCE = 100
MOST_CELLS = 20_000_000
"""How many values a query may have to distinguish: a reader's verifier has 1.2 GB for it."""
RANGES = ("integer", "number", "date", "datetime", "year", "yearmonth", "time")
_LINES_BEFORE = 2
"""Lines of a table of counts before those of its fields: all rows, and those that repeat."""

Place = tuple[int, int]
Portion = tuple[tuple[Field, ...], CountTable]


def count_rows(queries: CountQueries) -> CountTable | None:
    """The rows of each table that is read, in order; None where they cannot be counted."""
    tables = " UNION ALL ".join(
        f"SELECT {number} AS place, {literal(entry.table.resource)} AS name, count(*) AS rows "
        f"FROM {identifier(entry.table.resource)}"
        for number, entry in enumerate(queries.read, 1)
    )
    sql = f"SELECT name, rows FROM ({tables}) ORDER BY place"
    return _run(queries, "tables.rows", "Rows of each table", sql)


def _run(queries: CountQueries, name: str, title: str, sql: str) -> CountTable | None:
    """The table of counts; None where the query is too long for a receipt, or is refused."""
    if len(sql) > MOST_SIGNS:
        return None
    try:
        return queries.run(name, title, sql)
    except QueryRefused:
        return None


def profile_table(queries: CountQueries, table: ReleasedTable) -> TableProfile:
    """The profile of the one table of `queries`; what could point to few people is suppressed."""
    title = table.title or table.resource
    asked = f"Fields of {title}"
    at_once = min(FIELDS_AT_ONCE, max(1, MOST_CELLS // max(1, table.rows)))
    portions = [
        table.fields[start : start + at_once] for start in range(0, len(table.fields), at_once)
    ] or [()]
    lines: list[Portion] = []
    first = f"codebook.{table.resource}"
    sql = _write_lines(table, portions[0], repeats=True)
    counted = _run(queries, first, asked, sql)
    complete = counted is not None
    if counted is not None:
        lines.append((portions[0], counted))
    for portion in portions[len(lines) :]:
        _count(queries, "codebook", asked, table, portion, _write_lines, lines)
    numbers = {
        field.name: counted.rows[row]
        for fields, counted in lines
        for row, field in enumerate(fields, _LINES_BEFORE)
    }
    listed = tuple(
        field
        for field in table.fields
        if field.name in numbers
        and (_lists_values(field, numbers[field.name]) or _has_marks(field, numbers, table.rows))
    )

    def write_values(table: ReleasedTable, fields: Sequence[Field]) -> str:
        return _write_values(table, fields, numbers)

    held: list[Portion] = []
    asked = f"Values of {title}"
    for start in range(0, len(listed), FIELDS_AT_ONCE):
        portion = listed[start : start + FIELDS_AT_ONCE]
        _count(queries, "codebook-values", asked, table, portion, write_values, held)
    reserves = _reserve_all(table, numbers, held)
    lines = [(fields, _hide_lines(table, fields, counted, reserves)) for fields, counted in lines]
    held = [(fields, _hide_values(fields, counted, reserves)) for fields, counted in held]
    return _build_profile(table, lines, held, complete=complete)


def _count(
    queries: CountQueries,
    name: str,
    title: str,
    table: ReleasedTable,
    fields: tuple[Field, ...],
    write: Callable[[ReleasedTable, Sequence[Field]], str],
    done: list[Portion],
) -> None:
    """Add to `done` what the query for `fields` gives, in halves where all at once are refused."""
    sql = write(table, fields)
    part = f"-{len(done) + 1}" if done else ""
    proof = f"{name}{part}.{table.resource}"
    counted = _run(queries, proof, title, sql)
    if counted is not None:
        done.append((fields, counted))
    elif len(fields) > 1:
        middle = len(fields) // 2
        for half in (fields[:middle], fields[middle:]):
            _count(queries, name, title, table, half, write, done)


def _write_lines(table: ReleasedTable, fields: Sequence[Field], *, repeats: bool = False) -> str:
    """A query with a line for all rows, one for those that repeat, and one for each field."""
    relation = identifier(table.resource)
    names = [identifier(field.name) for field in fields]
    ranged = [field.type in RANGES for field in fields]
    distinct = f"(SELECT count(*) FROM (SELECT DISTINCT * FROM {relation}))"
    columns = {
        "line": ["'all rows'", "'rows that repeat an earlier one'"]
        + [literal(field.name) for field in fields],
        "rows": ["count(*)", f"count(*) - {distinct}" if repeats else "NULL"]
        + [f"count({name})" for name in names],
        "different": ["NULL", "NULL", *(f"count(DISTINCT {name})" for name in names)],
    }
    for column, function in (("least", "min"), ("most", "max")):
        columns[column] = ["NULL::VARCHAR", "NULL"] + [
            _plain(f"{function}({name})", field) if has else "NULL"
            for name, field, has in zip(names, fields, ranged, strict=True)
        ]
    lists = ", ".join(
        f"unnest([{', '.join(parts)}]) AS {column}" for column, parts in columns.items()
    )
    return f"SELECT {lists} FROM {relation}"


def _plain(value: str, field: Field) -> str:
    text = f"{value}::VARCHAR"
    if field.type == "number":  # zeros that only the other numbers of the column need
        return f"regexp_replace({text}, '(\\.[0-9]*[1-9])0+$|\\.0+$', '\\1')"
    return f"replace({text}, ' ', 'T')" if field.type == "datetime" else text


def _lists_values(field: Field, line: Sequence[Cell]) -> bool:
    """Whether a field has few values, or declared categories."""
    if field.categories:
        return True
    return (field.type not in RANGES or field.type == "year") and 0 < _whole(
        line[2]
    ) <= FEW_DISTINCT


def _has_marks(field: Field, numbers: Mapping[str, Sequence[Cell]], rows: int) -> bool:
    return field.marks_apart and _whole(numbers[field.name][1]) < rows


def _write_values(
    table: ReleasedTable, fields: Sequence[Field], numbers: Mapping[str, Sequence[Cell]]
) -> str:
    """A query with a line for each of the commonest values and each mark of the fields."""
    relation, whole, read = identifier(table.resource), "", [identifier(f.name) for f in fields]
    if len(table.fields) > WIDE:
        read += [identifier(field.mark_column) for field in fields if field.marks_apart]
        relation, source = identifier("these fields"), relation
        whole = f"WITH {relation} AS MATERIALIZED (SELECT {', '.join(read)} FROM {source}) "
    branches = []
    summed = False
    for number, field in enumerate(fields, 1):
        name = identifier(field.name)
        values = _lists_values(field, numbers[field.name])
        marks = _has_marks(field, numbers, table.rows)
        mark = f"coalesce({identifier(field.mark_column)}, '')" if marks else "NULL::VARCHAR"
        if values and marks:
            mark = f"CASE WHEN {name} IS NULL THEN {mark} END"
        value = f"{name}::VARCHAR" if values else "NULL::VARCHAR"
        where = "" if values and marks else f" WHERE {name} IS {'NOT ' if values else ''}NULL"
        branches.append(
            f"SELECT {number} AS place, {literal(field.name)} AS field, {value} AS value, "
            f"{mark} AS mark, count(*) AS rows FROM {relation}{where} GROUP BY ALL"
        )
        summed = summed or marks
    if summed:
        total = (
            "SELECT 0 AS place, 'all rows' AS field, NULL::VARCHAR AS value, NULL::VARCHAR AS mark"
        )
        branches.insert(0, f"{total}, count(*) AS rows FROM {relation}")
    return (
        f"{whole}SELECT field, value, mark, rows FROM (SELECT *, row_number() OVER (PARTITION BY place, "
        "value IS NULL ORDER BY rows DESC, value) AS number "
        f"FROM ({' UNION ALL '.join(branches)})) "
        f"WHERE value IS NULL OR number <= {MOST_VALUES} "
        "ORDER BY place, value IS NULL, value, mark"
    )


# Suppressed counts


def _reserve_all(
    table: ReleasedTable, numbers: Mapping[str, Sequence[Cell]], held: Sequence[Portion]
) -> dict[str, tuple[HiddenCounts, dict[Place, bool]]]:
    """The suppressed counts of each field, and their cells in the table of its values."""
    reserved: dict[str, tuple[HiddenCounts, dict[Place, bool]]] = {}
    grouped = {field.name: _rows_of(counted, field) for fields, counted in held for field in fields}
    for name, line in numbers.items():
        field = table.field(name)
        values = [cell for cell in grouped.get(name, {}).items() if cell[1][1] is not None]
        marks = [cell for cell in grouped.get(name, {}).items() if cell[1][1] is None]
        known = {mark.value: mark for mark in field.missing_values}
        absent = table.rows - _whole(line[1])
        counts = FieldCounts(
            table.rows,
            _whole(line[1]),
            tuple(
                (known.get(str(row[2]), MissingValue(str(row[2]), "")), _whole(row[3]))
                for _, row in marks
            )
            if marks
            else tuple((mark, absent) for mark in field.missing_values[:1] if absent),
            tuple(_whole(row[3]) for _, row in values),
        )
        hidden = suppress_field(counts, table.threshold)
        cells = {
            (cell, 3): is_hidden
            for (cell, _), is_hidden in (
                *zip(marks, hidden.marks if marks else (), strict=True),
                *zip(values, hidden.values, strict=True),
            )
        }
        reserved[name] = (hidden, cells)
    return reserved


def _rows_of(counted: CountTable, field: Field) -> dict[int, tuple[Cell, ...]]:
    """The rows of a table of values that are about `field`, by their places from 0."""
    return {
        number: row
        for number, row in enumerate(counted.rows)
        if row[0] == field.name and (row[1] is not None or row[2] is not None)
    }


def _hide_lines(
    table: ReleasedTable,
    fields: Sequence[Field],
    counted: CountTable,
    reserves: Mapping[str, tuple[HiddenCounts, dict[Place, bool]]],
) -> CountTable:
    places = {
        (row, column)
        for row, field in enumerate(fields, _LINES_BEFORE)
        for column in (1, 2)
        if reserves[field.name][0].total
    }
    if 0 < _whole(counted.rows[1][1]) < table.threshold:
        places.add((1, 1))
    return _hide(counted, places)


def _hide_values(
    fields: Sequence[Field],
    counted: CountTable,
    reserves: Mapping[str, tuple[HiddenCounts, dict[Place, bool]]],
) -> CountTable:
    cells = [item for field in fields for item in reserves[field.name][1].items()]
    return _hide(counted, {cell for cell, is_hidden in cells if is_hidden})


def _hide(counted: CountTable, places: set[Place]) -> CountTable:
    """The table with the cells at `places` (from 0) suppressed."""
    rows = tuple(
        tuple(SUPPRESSED if (r, c) in places else cell for c, cell in enumerate(row))
        for r, row in enumerate(counted.rows)
    )
    receipt = replace(counted.receipt, suppressed=sum(row.count(SUPPRESSED) for row in rows))
    return replace(counted, rows=rows, receipt=receipt)


# What pages show


def _build_profile(
    table: ReleasedTable, lines: Sequence[Portion], held: Sequence[Portion], *, complete: bool
) -> TableProfile:
    values = {field.name: counted for fields, counted in held for field in fields}
    profiles = tuple(
        _describe_field(field, counted, row, values.get(field.name))
        for fields, counted in lines
        for row, field in enumerate(fields, _LINES_BEFORE + 1)
    )
    notes = []
    if not complete:
        notes.append("Whether rows repeat an earlier one was not counted: the table is too large.")
    missing = len(table.fields) - len(profiles)
    if missing:
        notes.append("Some fields were not counted: the table is too large for it.")
    first = lines[0][1] if lines else None
    return TableProfile(
        resource=table.resource,
        repeated=show(first, "2.2") if first and first.rows[1][1] else None,
        fields=profiles,
        counted=tuple(counted for _, counted in (*lines, *held)),
        summed=tuple(
            show(counted, "1.4")
            for _, counted in held
            if counted.rows and counted.rows[0][1] is None and counted.rows[0][2] is None
        ),
        rows=show(first, "1.2") if first else None,
        notes=tuple(notes),
    )


def _describe_field(
    field: Field, counted: CountTable, line: int, held: CountTable | None
) -> FieldProfile:
    rows = _rows_of(held, field) if held else {}
    labels = {category.value: category.label for category in field.categories}
    values = [
        ValueCount(
            str(row[1]),
            labels.get(str(row[1]), str(row[1])),
            label(held, f"{number + 1}.2"),
            show(held, f"{number + 1}.4"),
        )
        for number, row in rows.items()
        if held and row[1] is not None
    ]
    numbers = {str(row[1]): row[3] for row in rows.values() if row[1] is not None}
    values.sort(key=lambda item: (item.count.suppressed, -_whole(numbers[item.value]), item.value))
    shown = next((item for item in values if not item.count.suppressed), None)
    row = counted.rows[line - 1]
    return FieldProfile(
        field=field,
        filled=show(counted, f"{line}.2/1.2"),
        distinct=show(counted, f"{line}.3"),
        absent=_describe_absent(field, counted, line, held),
        minimum=None if row[3] is None else show(counted, f"{line}.4"),
        maximum=None if row[4] is None else show(counted, f"{line}.5"),
        example=label(held, shown.shown.cells) if shown and held else None,
        values=tuple(values),
    )


def _describe_absent(
    field: Field, counted: CountTable, line: int, held: CountTable | None
) -> tuple[MissingShare, ...]:
    """Absent values by mark, in the order in which the schema lists the marks; each that occurs."""
    if not field.marks_apart:
        rest = f"1.2-{line}.2"
        marks = field.missing_values[:1]
        return tuple(
            MissingShare(
                m.value, m.label, m.kind, show(counted, rest), show(counted, f"{rest}/1.2")
            )
            for m in marks
        )
    if held is None:
        return ()
    known = {mark.value: mark for mark in field.missing_values}
    order = list(known)
    rows = {
        str(row[2]): number + 1 for number, row in _rows_of(held, field).items() if row[1] is None
    }
    values = []
    for text in sorted(
        rows, key=lambda text: (order.index(text) if text in known else len(order), text)
    ):
        mark, cell = known.get(text, MissingValue(text, "")), f"{rows[text]}.4"
        values.append(
            MissingShare(text, mark.label, mark.kind, show(held, cell), show(held, f"{cell}/1.4"))
        )
    return tuple(values)


def _whole(cell: Cell) -> int:
    return int(cell) if isinstance(cell, int | float) else 0
