"""Tables beside rows: what rows with suppressed values leave of a count is hidden if it is small."""

import itertools
import random
from collections import Counter

import duckdb
import highspy
import numpy as np
import pytest
from highspy.highs import _Highs  # type: ignore[attr-defined]

from plainrecord.disclosure.possible_policies import name_possible, protect_rows_and_tables
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.model.declarations import PrivacyPolicy, TableForm
from plainrecord.model.packages import Field, ReleasedTable

NAMES = ("state", "race", "pattern", "outcome")
VALUES = (("TX", "CA", "WY"), ("A", "B", "C"), ("f", "m"), ("held", "free"))
THRESHOLD = 5
Person = tuple[str, str, str, str]


def policy_of(*tables: tuple[str, ...]) -> PrivacyPolicy:
    return PrivacyPolicy(
        mode="records",
        threshold=THRESHOLD,
        keys=NAMES[:3],
        harmless=NAMES[3:],
        tables=tuple(TableForm(dimensions=names) for names in tables),
    )


def write(connection: duckdb.DuckDBPyConnection, people: Counter[Person]) -> ReleasedTable:
    columns = ", ".join(f"{name} VARCHAR" for name in NAMES)
    connection.execute(f"CREATE OR REPLACE TABLE people ({columns})")
    connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", sorted(people.elements()))
    fields = tuple(Field(name, "string") for name in NAMES)
    rows = people.total()
    return ReleasedTable("d", "people", "People", "", "person", "people", fields, rows, 0, ())


def draw(seed: int) -> Counter[Person]:
    chance = random.Random(seed)  # noqa: S311 - the same people in each run
    return +Counter[Person](
        {
            kind: chance.choice((0, 1, 2, 7, 12, 20)) * (1 + 3 * (kind[0] == "TX"))
            for kind in itertools.product(*VALUES)
        }
    )


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_a_reader_who_fills_in_the_rows_in_every_way_finds_no_small_rest(seed: int) -> None:
    people = draw(seed)
    connection = duckdb.connect()
    policy = policy_of(("state", "race"), ("race", "pattern"))
    records, made, findings = protect_rows_and_tables(
        ProtectionTask(connection, write(connection, people), policy, "f")
    )
    assert made, findings
    assert records
    assert records.touched
    # What this reader does not know: how many rows of each published form are of each person.
    columns = ", ".join(f"coalesce({name}, '')" for name in NAMES)
    published = connection.execute(
        f"SELECT {columns}, count(*) FROM {records.table.relation} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    unknown: list[tuple[Person, bool, tuple[str, ...]]] = []
    for *form, count in published:
        choices = [(value,) if value else VALUES[at] for at, value in enumerate(form)]
        first = len(unknown)
        unknown += [(kind, "" in form, tuple(form)) for kind in itertools.product(*choices)]
        for _ in range(first, len(unknown)):
            solver.addVar(0.0, highspy.kHighsInf)
        inside = np.arange(first, len(unknown))
        solver.addRow(count, count, len(inside), inside, np.ones(len(inside)))
    for at in range(len(unknown)):
        solver.changeColIntegrality(at, highspy.HighsVarType.kInteger)
    attacked = []
    for table in made.tables:
        places = [NAMES.index(name) for name in table.dimensions]
        for *key, count in connection.execute(f"FROM {table.table.relation}").fetchall():
            cell = [
                at
                for at, (kind, _, _) in enumerate(unknown)
                if all(kind[place] == value for place, value in zip(places, key, strict=True))
            ]
            hides = [at for at in cell if any(not unknown[at][2][place] for place in places)]
            if count is not None:
                solver.addRow(count, count, len(cell), np.array(cell), np.ones(len(cell)))
            seen = sum(
                count for *form, count in published if [form[place] for place in places] == key
            )
            true = sum(
                count for kind, count in people.items() if [kind[place] for place in places] == key
            )
            if 0 < true - seen < THRESHOLD:
                attacked.append((hides, [*table.dimensions, *key]))
            if count is None:
                attacked.append((cell, [*table.dimensions, *key]))
    assert attacked
    for cells, words in attacked:
        for at in range(len(unknown)):
            solver.changeColCost(at, 1.0 if at in cells else 0.0)
        solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        solver.run()
        assert solver.getInfo().objective_function_value >= THRESHOLD - 1e-6, words


def test_a_refusal_names_the_table_and_the_field_of_the_rows_that_must_go() -> None:
    people = Counter[Person]({("TX", "A", "f", "free"): 40, ("CA", "A", "f", "free"): 30})
    people |= Counter({("TX", "A", "f", "held"): 9, ("CA", "A", "f", "held"): 2})
    connection = duckdb.connect()
    rows = write(connection, people)
    policy = policy_of(("state", "race"), ("state", "outcome"))
    task = ProtectionTask(connection, rows, policy, "f")
    _, made, findings = protect_rows_and_tables(task)
    assert made is None
    assert [finding.rule for finding in findings] == ["protection-impossible"]
    assert name_possible(task) == (
        ". What is possible: leave out the table by state and outcome; or leave state out of the rows "
        "(0 of 81 rows then have a suppressed value); or leave outcome out of the rows (0 of 81 rows "
        "then have a suppressed value)"
    )
