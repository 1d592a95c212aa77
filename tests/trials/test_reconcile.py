"""Reconciliation: as a plain count would do it, with known answers, and never a bare point."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.ground.engine import open_counter
from plainrecord.model.accounts import Account, Key, Matched, Range, Reconciliation, SourceSide
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.rules.findings import Finding
from plainrecord.trials.capture import estimate_range
from plainrecord.trials.reconcile import agree, reconcile_sources

DAY = Key("day", "day", "day")


def compare(folder: Path, tables: dict[str, duckdb.DuckDBPyRelation], reconciliation: Reconciliation,
            *, threshold: int = 0) -> Account | Finding:  # fmt: skip
    """The reconciliation over tables "dataset/resource", the first dataset declaring it."""
    files: dict[str, dict[str, Path]] = {}
    published = []
    for name, relation in tables.items():
        dataset, resource = name.split("/")
        path = folder / f"{dataset}-{resource}.parquet"
        relation.write_parquet(str(path))
        files.setdefault(dataset, {})[resource] = path
        kinds = {"BIGINT": "integer", "INTEGER": "integer", "DOUBLE": "number"}
        fields = tuple(Field(c, kinds.get(str(t), "string")) for c, t in zip(relation.columns, relation.types, strict=True))  # fmt: skip
        table = ReleasedTable(dataset, resource, "", "", "row", "", fields, 0, threshold, ())
        published.append(PublishedTable(table, f"{name}.parquet", ""))
    counter = open_counter(files)
    try:
        return reconcile_sources(counter, reconciliation, next(iter(files)), published, ["away"])
    finally:
        counter.close()


def totals(**changes: object) -> Reconciliation:
    given_: dict[str, object] = {
        "name": "c", "title": "C", "kind": "totals", "keys": (DAY,),
        "here": SourceSide("A", "a"), "there": SourceSide("B", "b", "e"), **changes,
    }  # fmt: skip
    return Reconciliation(**given_)  # type: ignore[arg-type]


def test_equal_totals_hide_different_days(tmp_path: Path, real_data: Path) -> None:
    source = real_data / "cbp-release-overlap" / "apprehensions_overlap_daily_comparison.csv"
    days = duckdb.sql(f"SELECT pair_id::VARCHAR AS pair, event_date::VARCHAR AS day, smaller_daily_count AS s, larger_daily_count AS l FROM read_csv('{source}')")  # fmt: skip
    got = compare(tmp_path, {"d/a": days}, totals(
        keys=(Key("pair", "pair", "pair", total=True), DAY),
        here=SourceSide("smaller", "a", measure="sum:s"), there=SourceSide("larger", "a", measure="sum:l"),
    ))  # fmt: skip
    assert isinstance(got, Account)
    assert len(got.lines) == 304
    assert got.count("differs") == 98
    pair = next(group for group in got.groups if group.keys == ("3",))
    assert (pair.here, pair.there, pair.differing, pair.hides) == (10_007, 10_007, 7, True)
    assert (252_723, 252_728) in [(g.here, g.there) for g in got.groups]


def test_seattle_arrests_as_multisets(tmp_path: Path, real_data: Path) -> None:
    first = real_data / "ice-ero-seattle-releases" / "release-2_arrests_as-frozen.csv.gz"
    second = sorted((real_data / "ice-ero-2019-icfo-53623").glob("EROArrests_*.csv.gz"))
    parts = ", ".join(f"'{path}'" for path in second)
    options = "delim='|', header=true, all_varchar=true, quote='\"'"
    new = duckdb.sql(
        'SELECT strptime("Apprehension Date", \'%m/%d/%Y\')::DATE AS day, "Apprehension Method" AS '
        'method, "Apprehension Landmark" AS landmark, "Citizenship" AS citizenship, "Gender" AS gender '
        f"FROM read_csv([{parts}], skip=5, {options}) WHERE \"Area of Responsibility\" LIKE 'Seattle%'"
    )
    old = duckdb.sql(
        'SELECT strptime("Arrest Date", \'%m/%d/%Y\')::DATE AS day, "Arrest Method" AS method, '
        '"Apprehension Landmark" AS landmark, "Country of Citizenship" AS citizenship, "Gender" AS '
        f"gender FROM read_csv('{first}', skip=6, {options})"
    )
    where = "day BETWEEN DATE '2015-10-01' AND DATE '2019-07-06'"
    names = ("day", "method", "landmark", "citizenship", "gender")
    year = "year(day + INTERVAL 3 MONTH)"
    got = compare(tmp_path, {"d/a": new, "e/b": old}, totals(
        kind="records", keys=(Key("year", year, year, total=True), *(Key(n, n, n) for n in names)),
        here=SourceSide("53623", "a", where=where), there=SourceSide("release 2", "b", "e", where=where),
    ))  # fmt: skip
    assert isinstance(got, Account), got
    assert got.matched == (
        Matched(("2016",), 2698, 2698, 2698),
        Matched(("2017",), 3376, 3376, 3376),
        Matched(("2018",), 3067, 3067, 3067),
        Matched(("2019",), 1934, 1931, 1930),
    )
    assert (got.matched[3].only_here, got.matched[3].only_there) == (4, 1)


ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-3, 3)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(here=ROWS, there=ROWS, tolerance=st.integers(0, 2))
def test_as_a_plain_count_does_it(
    tmp_path_factory: pytest.TempPathFactory, here: list[tuple[str, int]],
    there: list[tuple[str, int]], tolerance: int,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("pair")

    def table(rows: list[tuple[str, int]]) -> duckdb.DuckDBPyRelation:
        cells = ", ".join(f"('{day}', {n}::BIGINT)" for day, n in [*rows, ("z", 0)])
        return duckdb.sql(f"SELECT * FROM (VALUES {cells}) AS t(day, n) WHERE day <> 'z'")

    tables = {"d/a": table(here), "e/b": table(there)}
    got = compare(folder, tables, totals(absolute=tolerance, here=SourceSide("A", "a", measure="sum:n"),
                                         there=SourceSide("B", "b", "e", measure="sum:n")))  # fmt: skip
    assert isinstance(got, Account)
    sums = [{d: sum(n for day, n in rows if day == d) for d, _ in rows} for rows in (here, there)]
    expected = {}
    for day in sorted(set(sums[0]) | set(sums[1])):
        a, b = sums[0].get(day), sums[1].get(day)
        status = ("there" if a is None else "here" if b is None else "equal" if a == b else
                  "within" if abs(a - b) <= tolerance else "differs")  # fmt: skip
        expected[day] = (a, b, status)
    assert {line.keys[0]: (line.here, line.there, line.status) for line in got.lines} == expected
    records = compare(folder, tables, totals(kind="records", keys=(DAY, Key("n", "n", "n"))))
    assert isinstance(records, Account)
    both = sum((Counter(here) & Counter(there)).values())
    assert records.matched == (Matched((), len(here), len(there), both),)
    overlap = compare(folder, tables, totals(kind="overlap"))
    assert isinstance(overlap, Account)
    days = {d for d, _ in here}, {d for d, _ in there}
    assert overlap.matched == (Matched((), len(days[0]), len(days[1]), len(days[0] & days[1])),)
    assert overlap.estimate is None
    assert overlap.refusal


def test_small_cells_and_their_totals_are_kept_back(tmp_path: Path) -> None:
    a = duckdb.sql("SELECT CASE WHEN n < 3 THEN 'x' ELSE 'y' END AS day FROM range(50) AS r(n)")
    got = compare(tmp_path, {"d/a": a, "e/b": a}, totals(), threshold=11)
    assert isinstance(got, Account)
    assert [(line.keys, line.here, line.status) for line in got.lines] == [
        (("x",), None, "suppressed"), (("y",), 47, "equal")]  # fmt: skip
    assert got.groups == ()
    assert got.suppressed == 1


@pytest.mark.parametrize(("population", "one", "two"), [(1000, 0.3, 0.4), (400, 0.5, 0.2)])
def test_the_range_holds_the_truth_about_as_often_as_it_says(
    population: int, one: float, two: float
) -> None:
    dice = random.Random(20261124)  # noqa: S311 - a simulation
    held, runs = 0, 2000
    for _ in range(runs):
        first = [dice.random() < one for _ in range(population)]
        second = [dice.random() < two for _ in range(population)]
        both = sum(a and b for a, b in zip(first, second, strict=True))
        found = estimate_range(sum(first), sum(second), both)
        assert isinstance(found, Range)
        held += found.low <= population <= found.high
    assert 0.93 <= held / runs <= 0.97


def test_no_range_where_the_overlap_is_small_or_whole() -> None:
    assert "Only 6" in str(estimate_range(100, 90, 6))
    assert "Only 19" in str(estimate_range(100, 90, 19, 20))
    assert "Only 6" in str(estimate_range(100, 90, 6, 1))  # never below seven
    assert "inside" in str(estimate_range(100, 90, 90))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(7, 500))
def test_a_range_never_falls_below_what_is_listed(only: int, other: int, both: int) -> None:
    found = estimate_range(only + both, other + both, both)
    if only and other:
        assert isinstance(found, Range)
        assert only + other + both <= found.low < found.high
    else:
        assert isinstance(found, str)


def test_tolerance() -> None:
    assert agree(100, 101, 0, 0.01)
    assert agree(100, 103, 3, 0)
    assert not agree(100, 102, 1, 0.01)


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    a = duckdb.sql("SELECT 'x' AS day, 1 AS n")
    tables = {"d/a": a, "e/b": a}
    away = compare(tmp_path, tables, totals(there=SourceSide("B", "b", "away")))
    assert isinstance(away, Account)
    assert "not in this build" in away.absence
    for change in (
        {"there": SourceSide("B", "bb", "e")},
        {"here": SourceSide("A", "a", measure="sum:day")},
        {"keys": (Key("day", "(SELECT 1)", "day"),)},
        {"keys": (Key("day", "dey", "day"),)},
        {"here": SourceSide("A", "a", where="n = 1; DROP TABLE a")},
    ):
        got = compare(tmp_path, tables, totals(**change))
        assert isinstance(got, Finding), change
        assert got.rule == "reconciliation-invalid"
