"""What differs by field and value, counted by plain queries: as the comparison itself counts it."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plainrecord.diff.breakdown_queries import portion_pair
from plainrecord.diff.compare import break_down, compare_tables
from plainrecord.model.changes import Comparison
from plainrecord.model.evidence import Cell
from plainrecord.model.revisions import ChangeBreakdown, PairChanges, suppress_fields
from tests.examples import examples

KEYS = st.sampled_from(["a", " b", "B  c", "d", "é", None])
VALUES = st.sampled_from(["x", "X", "y ", "", " ", "(b)(6)", "1.0", "1", "(no value)", None])
FEWS = st.lists(st.sampled_from(["x", "X", "y", "Y "]), min_size=6, max_size=9)
DAYS = st.sampled_from(["2025-01-02", "2/3/2025", "2025-03-04", "soon", None])
ROWS = st.lists(st.tuples(KEYS, VALUES, DAYS), max_size=8)
MARKS = {"v": ("(b)(6)",)}


def differ(
    old: Sequence[tuple[str | None, ...]],
    new: Sequence[tuple[str | None, ...]],
    key: tuple[str, ...],
    *,
    normalise: bool,
) -> tuple[Comparison, dict[str, tuple[list[tuple[Cell, ...]], list[tuple[Cell, ...]]]]]:
    """The comparison, and by the end of its id what each portion says beside what its query gives."""
    with duckdb.connect() as connection:
        for name, rows in (("before", old), ("after", new)):
            connection.execute(f"CREATE TABLE {name} (k VARCHAR, v VARCHAR, d VARCHAR)")
            if rows:
                connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows)
        found = compare_tables(
            connection, "before", "after", key=key, normalise=normalise, marks=MARKS
        )
        breakdowns = []
        for kind, field, period in (("period", "d", "month"), ("place", "v", "")):
            lines = break_down(connection, found, field, period=period, normalise=normalise)
            told = tuple((r.value, r.added, r.vanished, r.changed) for r in lines)
            breakdowns.append(ChangeBreakdown(kind, field, told))  # type: ignore[arg-type]
        fields = suppress_fields(found.changed_fields, 0)
        pair = PairChanges("2025-01-01", "2025-02-01", found, tuple(breakdowns), (), fields=fields)
        made = portion_pair("data", pair, "before", "after", MARKS, "month", normalise=normalise)
        return found, {
            name.rpartition(".")[2]: (list(rows), connection.execute(sql).fetchall())
            for name, _, _, sql, rows in made
        }


@settings(max_examples=examples(15))
@given(ROWS, ROWS, st.sampled_from([(), ("k",)]), st.booleans())
@example(old=[("a", "x", "2025-01-02")], new=[(" b", "x", "2/3/2025")], key=("k",), normalise=False)
def test_a_plain_query_says_what_the_comparison_says(
    old: list[tuple[str | None, ...]],
    new: list[tuple[str | None, ...]],
    key: tuple[str, ...],
    normalise: bool,
) -> None:
    found, made = differ(old, new, key, normalise=normalise)
    assert ("fields" in made) == bool(found.changed_fields)
    for part, (said, given_) in made.items():
        assert said == given_, part


@settings(max_examples=examples(15))
@given(FEWS, FEWS, st.sampled_from([(), ("k",)]), st.booleans())
def test_values_that_came_or_went_are_counted_as_the_comparison_counts_them(
    old: list[str], new: list[str], key: tuple[str, ...], normalise: bool
) -> None:
    before, after = ([(str(n), value, None) for n, value in enumerate(side)] for side in (old, new))
    found, made = differ(before, after, key, normalise=normalise)
    assert ("values" in made) == bool(found.categories)
    if found.categories:
        said, given_ = made["values"]
        assert said == given_
        told = [(*line[:2], line[2] == 0) for line in said]
        assert told == [("v", value, True) for value, _ in found.categories[0].new] + [
            ("v", value, False) for value, _ in found.categories[0].gone
        ]


def test_equal_rows_without_a_key_are_counted_as_often_as_they_are_there() -> None:
    row = ("a", "x", "2025-01-02")
    _, made = differ([row, row, row], [row, ("b", "x", "2025-03-04")], (), normalise=False)
    assert made["period"] == ([("2025-01", 0, 2, 0), ("2025-03", 1, 0, 0)],) * 2
    assert made["place"] == ([("x", 1, 2, 0)],) * 2


def test_no_value_is_called_as_no_value_is() -> None:
    rows = [("a", "(no value)", None), ("b", None, None), ("c", "(No value) (no such value)", None)]
    _, made = differ([], rows, ("k",), normalise=False)
    said, given_ = made["place"]
    assert said == given_
    assert sorted(str(line[0]) for line in said) == [
        "(No value) (no such value)",
        "(no value)",
        "(no value) (no such value) (no such value)",
    ]


def test_of_many_periods_the_last_are_reported() -> None:
    months = [f"{2015 + n // 12}-{1 + n % 12:02}-05" for n in range(70)]
    with duckdb.connect() as connection:
        for name in ("before", "after"):
            connection.execute(f"CREATE TABLE {name} (k VARCHAR, d VARCHAR)")
        connection.executemany("INSERT INTO after VALUES (?, ?)", [(m, m) for m in months])
        connection.execute("INSERT INTO after VALUES ('none', NULL)")
        found = compare_tables(connection, "before", "after", key=("k",))
        lines = break_down(connection, found, "d", period="month", limit=60)
        told = tuple((r.value, r.added, r.vanished, r.changed) for r in lines)
        shown = ChangeBreakdown("period", "d", told, more=True)
        pair = PairChanges("2025-01-01", "2025-02-01", found, (shown,), ())
        [table] = [
            made
            for made in portion_pair("data", pair, "before", "after", {}, "month", normalise=False)
            if made[0].endswith(".period")
        ]
        assert [str(row[0]) for row in table[4]] == [*(m[:7] for m in months[-59:]), "(no value)"]
        assert connection.execute(table[3]).fetchall() == list(table[4])
