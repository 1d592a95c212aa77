"""Records over time: what the receipts give against a count in plain Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import combinations
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.core.periods import name_period
from plainrecord.model.calendar import read_calendar
from plainrecord.model.plausibility import Outcome, RuleStatus
from tests.examples import examples
from tests.measures.test_plausibility import ask, fields, texts

SHARES = list[dict[str, int]]


def find_swaps(amounts: SHARES, fewest: int, limit: float) -> list[tuple[int, str, str]]:
    """Period, and the two categories that changed places in it, by a loop over all pairs."""
    totals: Counter[str] = Counter()
    for values in amounts:
        totals.update(values)
    leading = sorted(totals, key=lambda c: (-totals[c], c))[:12]
    shares = [{c: values.get(c, 0) / sum(values.values()) for c in leading} for values in amounts]
    found = []
    for at in range(fewest, len(shares)):
        usual = {c: median(s[c] for s in shares[max(0, at - 6) : at]) for c in leading}
        now = shares[at]
        for a, b in combinations(leading, 2):
            as_was = abs(now[a] - usual[a]) + abs(now[b] - usual[b])
            crossed = abs(now[a] - usual[b]) + abs(now[b] - usual[a])
            if abs(usual[a] - usual[b]) >= limit and crossed < as_was / 4:
                found.append((at, a, b))
    return found


AMOUNTS = st.fixed_dictionaries({c: st.sampled_from([5, 6, 20, 21, 50]) for c in "ABC"})


@settings(max_examples=examples(12))
@given(st.lists(AMOUNTS, min_size=3, max_size=9), st.sampled_from([0, 6]))
def test_swaps_are_those_of_a_plain_count(amounts: SHARES, threshold: int) -> None:
    cells = ", ".join(
        f"('2020-0{n}', '{c}', {count})" for n, v in enumerate(amounts, 1) for c, count in v.items()
    )
    rows = duckdb.default_connection().sql(
        f"SELECT period, category FROM (VALUES {cells}) AS t(period, category, n), range(50) AS r(i) "
        "WHERE i < n"
    )
    with TemporaryDirectory() as folder:
        got = ask(Path(folder), rows, fields(period="string", category="string"), kind="swapped",
                  field="category", date="period", threshold=threshold)  # fmt: skip
    assert isinstance(got, Outcome)
    kept = {
        f"2020-0{number}": large
        for number, values in enumerate(amounts, 1)
        if (large := {c: n for c, n in values.items() if n >= threshold})
    }
    names = sorted(kept)
    if len(kept) < 3 or len(set().union(*kept.values())) < 2:
        assert got.verdict is RuleStatus.NOT_APPLICABLE
        return
    right = find_swaps([kept[name] for name in names], 2, 0.05)
    assert [(row[0], row[1], row[4]) for row in texts(got)] == [(names[at], a, b) for at, a, b in right]  # fmt: skip
    periods = len({at for at, _, _ in right})
    assert f"In {periods or 'none'} of {len(kept) - 2} period" in got.text


def test_shares_before_and_now(tmp_path: Path) -> None:
    rows = duckdb.default_connection().sql(
        "SELECT 'p' || p AS period, CASE WHEN (n < 75) = (p < 4) THEN 'A' ELSE 'B' END AS category "
        "FROM range(1, 5) AS a(p), range(100) AS b(n)"
    )
    got = ask(tmp_path, rows, fields(period="string", category="string"), kind="swapped",
              field="category", date="period")  # fmt: skip
    assert texts(got) == [("p4", "A", "75.0%", "25.0%", "B", "25.0%", "75.0%")]
    assert isinstance(got, Outcome)
    assert [table.id for table in got.counted] == ["d.plausibility.r", "d.plausibility.r.listed"]
    assert got.receipt is None


FIRST = dt.date(2023, 1, 1)


@settings(max_examples=examples(12))
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), max_size=5),
    st.sampled_from([1, 4, 5, 8]),
    st.integers(100, 300),
)
def test_gaps_are_those_of_the_calendar(
    empty: list[tuple[int, int]], each: int, length: int
) -> None:
    gone = {at + n for at, long in empty for n in range(long)}
    days = {
        (FIRST + dt.timedelta(days=n)).isoformat(): each + n % 2
        for n in range(length)
        if n not in gone
    }
    if not days:
        return
    cells = ", ".join(f"(DATE '{day}', {count})" for day, count in days.items())
    rows = duckdb.default_connection().sql(
        f"SELECT day FROM (VALUES {cells}) AS t(day, n), range(9) AS r(i) WHERE i < n"
    )
    with TemporaryDirectory() as folder:
        got = ask(Path(folder), rows, fields(day="date"), kind="time-gaps", date="day")
    seen = read_calendar(days)
    assert isinstance(got, Outcome)
    if not seen.enough:
        assert got.verdict is RuleStatus.NOT_APPLICABLE
        return
    assert texts(got) == [(gap,) for gap in seen.gaps]
    few = {0: "is no stretch", 1: "is 1 stretch"}
    there = few.get(len(seen.gaps), f"are {len(seen.gaps)} stretches")
    assert (
        got.text
        == f"From {name_period(min(days))} to {name_period(max(days))} there {there} without records."
    )
