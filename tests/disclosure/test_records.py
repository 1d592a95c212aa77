"""k-anonymity by local suppression: each combination is held by enough rows, few values go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.disclosure.earlier_releases import EarlierRelease
from plainrecord.disclosure.earlier_rows import read_patterns
from plainrecord.disclosure.records import choose_suppressed, protect_records
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.model.declarations import PrivacyPolicy
from plainrecord.model.packages import Field, MissingKind, MissingValue, ReleasedTable

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=60,
)


def choose(
    rows: Sequence[tuple[int, ...]], keys: int, threshold: int, diversity: int
) -> dict[tuple[int, ...], int] | None:
    """The pattern of each combination of keys."""
    groups = Counter(rows)
    lines = np.array(sorted(groups), dtype=np.int64)
    counts = np.array([groups[tuple(map(int, line))] for line in lines], dtype=np.int64)
    patterns = choose_suppressed(lines[:, :keys], lines[:, keys:], counts, threshold, diversity)
    if patterns is None:
        return None
    return {
        tuple(map(int, line)): int(pattern) for line, pattern in zip(lines, patterns, strict=True)
    }


@settings(deadline=None)
@given(rows=ROWS, threshold=st.integers(2, 8), diversity=st.integers(1, 2))
def test_each_combination_is_held_by_enough_rows_with_enough_sensitive_values(
    rows: list[tuple[int, ...]], threshold: int, diversity: int
) -> None:
    chosen = choose(rows, 3, threshold, diversity)
    if chosen is None:
        # Then not even all rows together, without any key, would be enough.
        assert len(rows) < threshold or len({row[3] for row in rows}) < diversity
        return
    classes: dict[tuple[int | None, ...], list[int]] = defaultdict(list)
    for row in rows:
        pattern = chosen[row]
        shown = tuple(None if pattern >> at & 1 else value for at, value in enumerate(row[:3]))
        classes[shown].append(row[3])
    assert all(len(held) >= threshold for held in classes.values())
    assert all(len(set(held)) >= diversity for held in classes.values())
    by_keys = defaultdict(set)
    for row, pattern in chosen.items():
        by_keys[row[:3]].add(pattern)
    assert all(len(patterns) == 1 for patterns in by_keys.values())


@given(rows=ROWS)
def test_nothing_is_suppressed_where_every_combination_is_common(
    rows: list[tuple[int, ...]],
) -> None:
    chosen = choose(rows * 5, 3, 5, 1)
    assert chosen is not None
    assert not any(chosen.values())


def test_one_value_goes_before_two() -> None:
    rows = [(0, 0, 0)] * 20 + [(0, 0, 1)] * 3 + [(0, 0, 2)] * 9
    assert choose(rows, 3, 11, 1) == {(0, 0, 0): 0, (0, 0, 1): 0b100, (0, 0, 2): 0b100}


def test_a_single_odd_row_takes_the_smallest_others_with_it() -> None:
    rows = [(0, 0, 0)] * 20 + [(1, 1, 1)] * 12 + [(2, 2, 2)]
    assert choose(rows, 3, 11, 1) == {(0, 0, 0): 0, (1, 1, 1): 0b111, (2, 2, 2): 0b111}


FIELDS = (
    Field("state", "string", missing_values=(MissingValue("", "missing"),)),
    Field(
        "age",
        "string",
        missing_values=(
            MissingValue("", "missing"),
            MissingValue("NC", "not collected", MissingKind.NOT_COLLECTED),
        ),
    ),
    Field("outcome", "string"),
    Field("free_text", "string"),
)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def released(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[str | None, ...]]
) -> ReleasedTable:
    connection.execute(
        "CREATE TABLE stops (state VARCHAR, age VARCHAR, age__missing VARCHAR, outcome VARCHAR, "
        "free_text VARCHAR)"
    )
    connection.executemany("INSERT INTO stops VALUES (?, ?, ?, ?, ?)", rows)
    return ReleasedTable("d", "stops", "Stops", "", "stop", "stops", FIELDS, len(rows), 0, ())


def test_what_is_suppressed_has_a_mark_of_its_own(connection: duckdb.DuckDBPyConnection) -> None:
    rows: list[tuple[str | None, ...]] = [("TX", "18", None, "held", "x")] * 12
    rows += [("TX", None, "NC", "held", "y")] * 3
    rows += [(None, "18", None, "let go", "z")] * 11
    table = released(connection, rows)
    policy = PrivacyPolicy(
        mode="records", threshold=11, keys=("state", "age"), harmless=("outcome",)
    )
    made, findings = protect_records(ProtectionTask(connection, table, policy, "f"))
    assert made is not None
    assert not findings
    assert [field.name for field in made.table.fields] == ["state", "age", "outcome"]
    assert dict(made.suppressed) == {"state": 0, "age": 15}
    assert made.touched == 15
    got = connection.execute(f"SELECT * FROM {made.table.relation}").fetchall()
    assert Counter(got) == {
        (None, "", "18", None, "let go"): 11,
        ("TX", None, None, "suppressed", "held"): 15,
    }
    marks = [mark.kind for mark in made.table.fields[1].missing_values]
    assert marks[-1] is MissingKind.SUPPRESSED


def test_too_few_rows_and_unknown_fields_are_findings(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    table = released(connection, [("TX", "18", None, "held", "x")] * 5)
    policy = PrivacyPolicy(mode="records", threshold=11, keys=("state",))
    made, [finding] = protect_records(ProtectionTask(connection, table, policy, "f"))
    assert made is None
    assert finding.rule == "protection-impossible"
    policy = PrivacyPolicy(mode="records", threshold=11, keys=("stat",), identifiers=("name",))
    made, [finding] = protect_records(ProtectionTask(connection, table, policy, "f"))
    assert made is None
    assert finding.rule == "privacy-field-unknown"
    assert "'stat', did you mean \"state\"" in finding.found


@settings(deadline=None, max_examples=40)
@given(ROWS, ROWS, st.integers(2, 6), st.sampled_from(["", "month", "quarter"]))
def test_two_releases_show_no_more_of_a_row_than_one_of_them(
    rows: list[tuple[int, ...]], more: list[tuple[int, ...]], threshold: int, then: str
) -> None:
    """The first key variable is a month in one release and a quarter in the other one, or alike."""
    months = [f"2026-0{n + 1}" for n in range(4)]
    quarters = ["2026-Q1"] * 3 + ["2026-Q2"]
    earlier = quarters if then == "quarter" else months
    later = quarters if then == "month" else months
    old = [(quarters.index(earlier[r[0]]) if then == "quarter" else r[0], *r[1:]) for r in rows]
    chosen = choose(old, 3, threshold, 1)
    if chosen is None:
        return
    connection = duckdb.connect()
    connection.execute("CREATE TABLE shown (a VARCHAR, b VARCHAR, c VARCHAR)")
    for row in old:
        texts = (earlier[row[0]], str(row[1]), str(row[2]))
        shown = ["suppressed" if chosen[row] >> at & 1 else text for at, text in enumerate(texts)]
        connection.execute("INSERT INTO shown VALUES (?, ?, ?)", shown)
    values = [sorted({*later}), ["0", "1", "2"], ["0", "1", "2"]]
    counts = Counter((values[0].index(later[row[0]]), *row[1:3]) for row in rows + more)
    lines = np.array(sorted(counts), dtype=np.int64)
    release = EarlierRelease("", "2026-01-01", {}, rows="shown", keys=("a", "b", "c"))
    known, _ = read_patterns(connection, release, "abc", values, lines, "suppressed", "")
    assert known is not None
    held = np.array([counts[line] for line in sorted(counts)], dtype=np.int64)
    patterns = choose_suppressed(lines, lines[:, :0], held, threshold, 1, [known])
    assert patterns is not None
    for row, before in zip(rows, old, strict=True):
        line = sorted(counts).index((values[0].index(later[row[0]]), *row[1:3]))
        hidden = {at for at in range(3) if patterns[line] >> at & 1}
        hidden_then = {at for at in range(3) if chosen[before] >> at & 1}
        less = hidden >= hidden_then and (then != "quarter" or 0 in hidden)
        assert less or (hidden <= hidden_then and (then != "month" or 0 in hidden_then))
