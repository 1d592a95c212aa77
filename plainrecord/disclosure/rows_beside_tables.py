"""What rows tell about the tables that are released beside them.

Tables count all rows as they are, and of some rows values are suppressed. A count less the rows that
show its values is the number of rows in which one of them is suppressed: their rest. A rest that is
small is protected like a small count, by hiding the count or others.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb

from plainrecord.disclosure.linked_cells import Dimensions, Equation, Key, LinkedCells
from plainrecord.model.packages import ReleasedTable
from plainrecord.receipts.engine import identifier

MOST_GROUPS = 3_000
"""Groups of rows with a suppressed value: with more, counts with a small rest are not hidden, and the
tables are refused."""
PATTERN, PEOPLE = "__pattern", "__people"
REST = '"protected"."__rest"'
"""The relation of the rows with a suppressed value as they were: texts of their fields, in `PATTERN` a
bit for each key variable that is suppressed, and in `PEOPLE` how many a row counts."""


@dataclass(frozen=True, slots=True)
class ProtectedRecords:
    """The released rows; in how many each key variable is suppressed, and in how many any is."""

    table: ReleasedTable
    suppressed: tuple[tuple[str, int], ...]
    touched: int


def link_rows(
    connection: duckdb.DuckDBPyConnection,
    records: ProtectedRecords,
    cells: LinkedCells,
    index: Mapping[tuple[Dimensions, Key], int],
    published: Collection[Dimensions],
) -> tuple[LinkedCells, dict[int, int]]:
    """The cells with all that a reader counts in the rows, and the cell of each rest.

    A count of the tables `published` that no suppressed value belongs to is shown by the rows. Any
    other is the sum of what they show and of its rest. Which rows belong to a rest nobody knows but
    for the values that they show: a group of rows that show the same ones is divided among the rests.
    """
    fields = [field.name for field in records.table.fields]
    readable = {names for names, _ in index if set(names) <= {*fields}}
    used = [name for name in fields if any(name in names for names in readable)]
    bits = {name: 1 << at for at, (name, _) in enumerate(records.suppressed) if name in used}
    values, equations = list(cells.values), list(cells.equations)
    shown, open_, known = set(cells.shown), set[int](), set[int]()

    def add(value: int) -> int:
        values.append(value)
        return len(values) - 1

    rests: dict[tuple[Dimensions, Key], list[int]] = defaultdict(list)
    groups: dict[tuple[int, Key], list[int]] = defaultdict(list)
    mask = sum(bits.values())
    columns = ", ".join([f"{PATTERN} & ? AS __hidden", *map(identifier, used)])
    counted = (
        connection.execute(
            f"SELECT {columns}, CAST(sum({PEOPLE}) AS BIGINT) AS __counted FROM {REST} "
            "WHERE __hidden > 0 GROUP BY ALL HAVING __counted > 0 ORDER BY ALL",
            [mask],
        ).fetchall()
        if records.touched and mask
        else []
    )
    for pattern, *texts, count in counted:
        row = dict(zip(used, texts, strict=True))
        hidden = {name for name, bit in bits.items() if pattern & bit}
        at = add(count)
        groups[pattern, tuple(row[name] for name in used if name not in hidden)].append(at)
        for names in readable:
            if not hidden.isdisjoint(names):
                rests[names, tuple(row[name] for name in names)].append(at)
    many = len(counted) > MOST_GROUPS
    for parts in groups.values():
        open_ |= {*parts}
        if len(parts) == 1:
            shown.add(parts[0])
            continue
        total = add(sum(values[part] for part in parts))
        known.add(total)
        equations.append((total, tuple(parts)))
    cell_of: dict[int, int] = {}
    for place, at in index.items():
        if place[0] not in readable:
            continue
        parts = rests.get(place, [])
        if not parts:
            shown |= {at} if place[0] in published else set()
            continue
        rest = sum(values[part] for part in parts)
        line: Equation = (at, tuple(parts))
        if rest < values[at]:
            seen = add(values[at] - rest)
            known.add(seen)
            line = (at, (seen, *parts))
            if place[0] in published:
                left = add(rest)
                cell_of[left] = at
                equations.append((at, (seen, left)))
                line = (left, tuple(parts))
                shown |= {at, left} if many else set()
        equations.append(line)
    return LinkedCells(
        tuple(values),
        tuple(equations),
        frozenset(shown | known),
        cells.hidden - shown,
        cells.totals | {*cell_of, *cell_of.values()},
        frozenset(open_ | known),
        cells.common - shown,
    ), cell_of
