"""Who reports when: the numbers of the receipts against a count in plain Python."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.measures.rules import coverage as coverage_rule
from plainrecord.model.counts import SUPPRESSED, Shown, word_share
from plainrecord.model.declarations import Break
from plainrecord.model.plausibility import Outcome
from tests.examples import examples
from tests.measures.test_plausibility import ask, fields, texts

PERIODS = [f"20{year}-{month:02}" for year in (20, 21) for month in range(1, 13)]
AROUND = 3


def find_breaks(
    counts: dict[str, list[int]], limit: float, threshold: int = 0
) -> list[tuple[str, str]]:
    """Since when a line should be broken and why, counted period by period."""
    found = []
    totals = [sum(series[n] for series in counts.values()) for n in range(len(PERIODS))]
    held = [n for n in range(len(PERIODS)) if totals[n]]
    for at in range(1, len(held)):
        before, after = held[max(0, at - AROUND) : at], held[at : at + AROUND]
        for word, near, apart, edge in (
            ("joined", after, before, held[at]),
            ("left", before, after, held[at - 1]),
        ):
            moved = [o for o, s in counts.items() if s[edge] and not any(s[m] for m in apart)]
            if len(apart) < AROUND or not moved:
                continue
            part = sum(counts[o][m] for o in moved for m in near)
            whole = sum(totals[m] for m in near)
            if part / whole >= limit:
                names = ", ".join(sorted(moved)[:5]) + (" and others" if len(moved) > 5 else "")
                small = any(0 < s[m] < threshold for s in counts.values() for m in near)
                share = "" if small else f": {word_share(part, whole)} of the records"
                found.append((PERIODS[held[at]], f"{names} {word}{share}"))
    return sorted(found)


def without(counts: dict[str, list[int]], office: str) -> str:
    held = [n for n in range(len(PERIODS)) if any(series[n] for series in counts.values())]
    runs = []
    for empty, group in groupby(held, key=lambda n: not counts[office][n]):
        if empty:
            run = list(group)
            first, last = PERIODS[run[0]], PERIODS[run[-1]]
            runs.append(first if first == last else f"{first} to {last}")
    return ", ".join(runs)


SERIES = st.lists(st.sampled_from([0, 0, 0, 1, 4, 9]), min_size=9, max_size=9).map(
    lambda few: few + [0] * (len(PERIODS) - len(few))
)


@settings(max_examples=examples(12))
@given(
    st.dictionaries(st.sampled_from("ABCDEFGé"), SERIES, min_size=2, max_size=8),
    st.sampled_from([0.05, 0.3]),
    st.sampled_from([0, 5]),
)
def test_points_and_gaps_are_those_of_a_plain_count(
    counts: dict[str, list[int]], limit: float, threshold: int
) -> None:
    counts = {office: series for office, series in counts.items() if any(series)}
    if sum(any(s[n] for s in counts.values()) for n in range(len(PERIODS))) < 2:
        return
    rows = [(o, p) for o, s in counts.items() for p, n in zip(PERIODS, s, strict=True) for _ in range(n)]  # fmt: skip
    cells = ", ".join(f"('{office}', '{period}')" for office, period in rows)
    relation = duckdb.default_connection().sql(
        f"SELECT * FROM (VALUES {cells}) AS t(office, period)"
    )
    with TemporaryDirectory() as folder:
        got = ask(Path(folder), relation, fields(office="string", period="string"), kind="coverage",
                  field="office", date="period", limit=limit, threshold=threshold)  # fmt: skip
    assert isinstance(got, Outcome)
    assert [(c.since, c.reason) for c in got.breaks] == find_breaks(counts, limit, threshold)
    assert [(str(row[0]), row[4]) for row in texts(got)] == [
        (office, without(counts, office))
        for office in sorted(counts, key=lambda o: (-sum(counts[o]), o))
        if without(counts, office)
    ]


def steady(tmp_path: Path, threshold: int = 0, **rule: object) -> Outcome:
    """Office A in each of ten months with 9 records, office B in the first six with 4."""
    rows = (
        duckdb.default_connection()
        .sql(
            "SELECT office, DATE '2020-01-15' + INTERVAL (m) MONTH AS day FROM range(10) AS r(m), (VALUES "
            "('A', 9), ('B', 4)) AS o(office, n), range(9) AS s(i) WHERE i < n AND (office = 'A' OR m < 6)"
        )
        .project("office, day::DATE AS day")
    )
    shape = fields(office="string", day="date")
    got = ask(tmp_path, rows, shape, kind="coverage", field="office", date="day", threshold=threshold, **rule)  # fmt: skip
    assert isinstance(got, Outcome)
    return got


def told(got: Outcome) -> list[str]:
    return [
        "".join(part.text if isinstance(part, Shown) else part for part in why)
        for _, why in got.points
    ]


def test_a_point_is_reported_with_its_receipt_and_a_declared_one_as_it_is(tmp_path: Path) -> None:
    got = steady(tmp_path, changes=(Break(since="2020-03", reason="a new form"),))
    assert told(got) == ["a new form", "B left: 30.8% of the records"]
    assert [change.reason for change in got.breaks] == told(got)
    (table,) = (item for item in got.counted if item.id.endswith(".points"))
    assert table.rows == (("2020-07", "B left", 12, 39),)
    assert "The records show 1 point where" in got.text
    assert "where the maintainer names a change" in got.text


def test_a_share_behind_which_a_count_is_suppressed_is_not_shown(tmp_path: Path) -> None:
    got = steady(tmp_path, threshold=5)
    assert told(got) == ["B left"]
    (table,) = (item for item in got.counted if item.id.endswith(".points"))
    assert table.rows == (("2020-07", "B left", SUPPRESSED, SUPPRESSED),)
    assert table.receipt.suppressed == 2


def test_too_many_periods_are_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(steady(tmp_path).strips) == 2
    monkeypatch.setattr(coverage_rule, "MOST_PERIODS", 9)
    got = steady(tmp_path)
    assert got.strips == ()
    assert "too many periods" in got.text
