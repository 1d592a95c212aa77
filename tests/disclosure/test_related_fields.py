"""Tables whose dimensions say much about one another: what they give away together is hidden."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import duckdb
import highspy
import numpy as np
import pytest
from highspy.highs import _Highs  # type: ignore[attr-defined]

from plainrecord.disclosure.related_fields import find_nested
from plainrecord.disclosure.rows_beside_tables import ProtectedRecords
from plainrecord.disclosure.tables import protect_tables
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.model.declarations import PrivacyPolicy, TableForm
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.receipts.cell_text import text_value

DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-02-01", "2026-02-02")
NAMES = ("day", "month", "young", "minor", "race", "family", "sort")
THRESHOLD = 5
Person = tuple[str, ...]


def person(day: str, age: int, race: str) -> Person:
    return (
        day,
        day[:7],
        "under 22" if age < 22 else "older",
        "under 21" if age < 21 else "grown",
        race,
        "y" if race == "C" else "x",
        "young" if age < 22 else f"older {'y' if race == 'C' else 'x'}",
    )


def people(seed: int, counts: Sequence[int] = (0, 1, 2, 9, 14)) -> Counter[Person]:
    chance = random.Random(seed)  # noqa: S311 - the same people in each run
    kinds = itertools.product(DAYS, (18, 21, 30), "ABC")
    return +Counter({person(*kind): chance.choice(counts) for kind in kinds})


def release(
    connection: duckdb.DuckDBPyConnection,
    counted: Counter[Person],
    dimensions: Sequence[tuple[str, ...]] = (),
    records: ReleasedTable | None = None,
    level: Literal[1, 2] = 2,
) -> tuple[ReleasedTable, dict[tuple[tuple[str, str], ...], int | str] | None]:
    """The rows, and the published counts by their labels, or the mark where they are hidden."""
    connection.execute(f"CREATE TABLE people ({', '.join(f'{name} VARCHAR' for name in NAMES)})")
    connection.executemany(
        f"INSERT INTO people VALUES ({', '.join('?' * len(NAMES))})", sorted(counted.elements())
    )
    fields = tuple(Field(name, "string") for name in NAMES)
    rows = ReleasedTable("d", "people", "People", "", "person", "people", fields, 1, 0, ())
    forms = tuple(TableForm(dimensions=names) for names in dimensions)
    policy = PrivacyPolicy(threshold=THRESHOLD, level=level, mode="tables", tables=forms)
    connection.execute(
        f"CREATE VIEW records AS SELECT month, family FROM people QUALIFY count(*) OVER (PARTITION BY "
        f"month, family) >= {THRESHOLD}"
    )
    beside = ProtectedRecords(records, (), 0) if records else None
    made, findings = protect_tables(ProtectionTask(connection, rows, policy, "f"), beside)
    if made is None:
        assert [finding.rule for finding in findings] == ["protection-impossible"]
        return rows, None
    published = {}
    for table in made.tables:
        shown = text_value(table.table.fields[-1])
        columns = ", ".join([*table.dimensions, shown])
        for row in connection.execute(f"SELECT {columns} FROM {table.table.relation}").fetchall():
            value = int(row[-1]) if row[-1].isdigit() else row[-1]
            published[tuple(zip(table.dimensions, row, strict=False))] = value
    return rows, published


FEW = (0, 0, 0, 1, 2, 3, 14)
"""Counts of kinds of people so small that counts by month are small sums of those by day."""


@pytest.mark.parametrize(
    ("seed", "dimensions", "rows", "level"),
    [
        (0, [(name, "race") for name in NAMES[:4]], False, 2),
        (1, [(name, "race") for name in NAMES[:4]], False, 2),
        (2, [("day", "race"), ("month", "family")], False, 2),
        (2, [("day", "race")], True, 2),
        (1, [("young", "family", "day"), ("sort", "day")], False, 2),
        (2, [("day", "race"), ("month", "race")], False, 1),
        (2, [("day", "race"), ("month", "family")], False, 1),
        (3, [(name, "race") for name in NAMES[:4]], False, 1),
        (4, [("sort", "day"), ("young", "day"), ("family", "day")], False, 1),
    ],
    ids=[
        "one",
        "another",
        "two steps",
        "rows",
        "two that give a third",
        "level 1",
        "two steps at level 1",
        "classes at level 1",
        "a third at level 1",
    ],
)
def test_a_reader_who_knows_which_days_and_ages_belong_together_finds_no_small_count(
    seed: int, dimensions: Sequence[tuple[str, ...]], rows: bool, level: Literal[1, 2]
) -> None:
    """At level 1 a count that is labelled as small can be 1 and the threshold less 1."""
    counted = people(seed, FEW) if level == 1 else people(seed)
    fields = (Field("month", "string"), Field("family", "string"))
    records = ReleasedTable("d", "records", "Rows", "", "person", "records", fields, 1, 0, ())
    connection = duckdb.connect()
    _, published = release(connection, counted, dimensions, records if rows else None, level)
    assert published is not None
    # The unknowns of this reader are the people of each kind that can occur.
    kinds = sorted({person(*kind) for kind in itertools.product(DAYS, (18, 21, 30), "ABC")})
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    for _ in kinds:
        solver.addVar(0.0, highspy.kHighsInf)
    for at in range(len(kinds)):
        solver.changeColIntegrality(at, highspy.HighsVarType.kInteger)
    groups: list[tuple[list[int], bool]] = []
    labelled = [dict(zip(NAMES, kind, strict=True)) for kind in kinds]

    def members(cell: tuple[tuple[str, str], ...]) -> list[int]:
        return [
            at
            for at, kind in enumerate(labelled)
            if all(kind[name] == value for name, value in cell)
        ]

    for cell, count in published.items():
        inside = members(cell)
        small = str(count).startswith("fewer")
        low, high = (count, count) if isinstance(count, int) else (1, highspy.kHighsInf)
        high = THRESHOLD - 1 if small else high
        solver.addRow(low, high, len(inside), np.array(inside), np.ones(len(inside)))
        if not isinstance(count, int):
            groups.append((inside, small))
    for month, family, count in (
        connection.execute("SELECT month, family, count(*) FROM records GROUP BY ALL").fetchall()
        if rows
        else ()
    ):
        inside = members((("month", month), ("family", family)))
        solver.addRow(count, count, len(inside), np.array(inside), np.ones(len(inside)))
    between = {(*race, "under 22", "grown") for race in ((), ("A",), ("B",), ("C",))}
    for labels in between if ("minor", "race") in dimensions and level == 2 else ():
        inside = [at for at, kind in enumerate(kinds) if set(labels) <= set(kind)]
        true = sum(counted[kinds[at]] for at in inside)
        if 0 < true < THRESHOLD:
            groups.append((inside, False))
    assert len(groups) > 4

    def reach(sense: highspy.ObjSense) -> float:
        solver.changeObjectiveSense(sense)
        solver.run()
        return float(solver.getInfo().objective_function_value)

    for inside, small in groups:
        for at in range(len(kinds)):
            solver.changeColCost(at, 1.0 if at in inside else 0.0)
        named = [kinds[at] for at in inside]
        assert reach(highspy.ObjSense.kMaximize) >= THRESHOLD - small - 1e-6, named
        assert not small or reach(highspy.ObjSense.kMinimize) <= 1 + 1e-6, named


def test_what_lies_in_what_by_definition() -> None:
    connection = duckdb.connect()
    rows, _ = release(connection, people(0), [("day",)])
    assert find_nested(connection, rows, [("day", "month")]) == {
        ("day", "month"): {day: day[:7] for day in DAYS}
    }
    assert find_nested(connection, rows, [("day", "race")]) == {}
