"""Reconciliation: as a plain count would do it, with known answers, and never a bare point."""

from __future__ import annotations

import math
import random
from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.measures.reconcile import Z, reconcile_sources, refuse_estimate
from plainrecord.model.counts import SUPPRESSED
from plainrecord.model.declarations import Key, Reconciliation, SourceSide
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.model.plausibility import ReconciliationResult
from plainrecord.pages.reconciliations import tabulate_account
from plainrecord.receipts.engine import open_counter
from plainrecord.receipts.query import QueryRefused
from tests.examples import examples

side = partial(SourceSide, definition="")

DAY = Key(name="day", here="day", there="day")


def compare(folder: Path, tables: dict[str, duckdb.DuckDBPyRelation], reconciliation: Reconciliation,
            *, threshold: int = 0) -> ReconciliationResult:  # fmt: skip
    """The reconciliation over tables "dataset/resource", the first dataset declaring it."""
    files: dict[str, dict[str, Path]] = {}
    published = []
    for name, relation in tables.items():
        dataset, resource = name.split("/")
        path = folder / f"{dataset}-{resource}.parquet"
        relation.write_parquet(str(path))
        files.setdefault(dataset, {})[resource] = path
        kinds = {"BIGINT": "integer", "INTEGER": "integer", "VARCHAR": "string", "DATE": "date"}
        fields = tuple(Field(c, kinds.get(str(t), "number")) for c, t in zip(relation.columns, relation.types, strict=True))  # fmt: skip
        table = ReleasedTable(dataset, resource, "", "", "row", "", fields, 0, threshold, ())
        published.append(PublishedTable(table, f"{name}.parquet", ""))
    counter = open_counter(files)
    try:
        return reconcile_sources(counter, reconciliation, next(iter(files)), published, ["away"])
    finally:
        counter.close()


def rows(got: ReconciliationResult, part: str) -> list[tuple[object, ...]]:
    """The rows of one of the tables of counts; none where there is no such table."""
    table = got.table(part)
    return list(table.rows) if table else []


def results(got: ReconciliationResult) -> dict[str, object]:
    """The numbers of the result by their columns."""
    table = got.table("results")
    assert table is not None
    return dict(zip(table.columns, table.rows[0], strict=True))


def totals(**changes: object) -> Reconciliation:
    given_: dict[str, object] = {
        "name": "c", "title": "C", "kind": "totals", "keys": (DAY,),
        "here": side(label="A", resource="a"), "there": side(label="B", resource="b", dataset="e"), **changes,
    }  # fmt: skip
    return Reconciliation(**given_)  # type: ignore[arg-type]


def test_equal_totals_hide_different_days(tmp_path: Path, real_data: Path) -> None:
    source = real_data / "cbp-release-overlap" / "apprehensions_overlap_daily_comparison.csv"
    days = duckdb.default_connection().sql(f"SELECT pair_id::VARCHAR AS pair, event_date::VARCHAR AS day, smaller_daily_count AS s, larger_daily_count AS l FROM read_csv('{source}')")  # fmt: skip
    got = compare(tmp_path, {"d/a": days}, totals(
        keys=(Key(name="pair", here="pair", there="pair", total=True), DAY),
        here=side(label="smaller", resource="a", measure="sum:s"), there=side(label="larger", resource="a", measure="sum:l"),
    ))  # fmt: skip
    told = results(got)
    assert (told["lines"], told["differs"], told["unlisted"]) == (304, 98, 0)
    assert len(rows(got, "lines")) == 98
    pair = next(row for row in rows(got, "totals") if row[0] == "3")
    assert (pair[1], pair[2], pair[4]) == (10_007, 10_007, 7)
    assert (252_723, 252_728) in [row[1:3] for row in rows(got, "totals")]
    groups = rows(got, "totals")
    alike = sum(row[1] == row[2] and bool(row[4]) for row in groups)
    assert rows(got, "alike") == [(len(groups), alike)]


def test_seattle_arrests_as_multisets(tmp_path: Path, real_data: Path) -> None:
    first = real_data / "ice-ero-seattle-releases" / "release-2_arrests_as-frozen.csv.gz"
    second = sorted((real_data / "ice-ero-2019-icfo-53623").glob("EROArrests_*.csv.gz"))
    parts = ", ".join(f"'{path}'" for path in second)
    options = "delim='|', header=true, all_varchar=true, quote='\"'"
    new = duckdb.default_connection().sql(
        'SELECT strptime("Apprehension Date", \'%m/%d/%Y\')::DATE AS day, "Apprehension Method" AS '
        'method, "Apprehension Landmark" AS landmark, "Citizenship" AS citizenship, "Gender" AS gender '
        f"FROM read_csv([{parts}], skip=5, {options}) WHERE \"Area of Responsibility\" LIKE 'Seattle%'"
    )
    old = duckdb.default_connection().sql(
        'SELECT strptime("Arrest Date", \'%m/%d/%Y\')::DATE AS day, "Arrest Method" AS method, '
        '"Apprehension Landmark" AS landmark, "Country of Citizenship" AS citizenship, "Gender" AS '
        f"gender FROM read_csv('{first}', skip=6, {options})"
    )
    where = "day BETWEEN DATE '2015-10-01' AND DATE '2019-07-06'"
    names = ("day", "method", "landmark", "citizenship", "gender")
    year = "year(day + INTERVAL 3 MONTH)"
    got = compare(tmp_path, {"d/a": new, "e/b": old}, totals(
        kind="records", keys=(Key(name="year", here=year, there=year, total=True), *(Key(name=n, here=n, there=n) for n in names)),
        here=side(label="53623", resource="a", where=where), there=side(label="release 2", resource="b", dataset="e", where=where),
    ))  # fmt: skip
    assert rows(got, "matched") == [
        ("2016", 2698, 2698, 2698),
        ("2017", 3376, 3376, 3376),
        ("2018", 3067, 3067, 3067),
        ("2019", 1934, 1931, 1930),
    ]
    assert results(got) == {"in_both": 11071, "only_here": 4, "only_there": 1, "suppressed": 0}


ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-3, 3)), max_size=30)


@settings(max_examples=examples(25))
@given(here=ROWS, there=ROWS, tolerance=st.integers(0, 2))
def test_as_a_plain_count_does_it(
    tmp_path_factory: pytest.TempPathFactory, here: list[tuple[str, int]],
    there: list[tuple[str, int]], tolerance: int,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("pair")

    def table(cells_: list[tuple[str, int]]) -> duckdb.DuckDBPyRelation:
        cells = ", ".join(f"('{day}', {n}::BIGINT)" for day, n in [*cells_, ("z", 0)])
        return duckdb.default_connection().sql(
            f"SELECT * FROM (VALUES {cells}) AS t(day, n) WHERE day <> 'z'"
        )

    tables = {"d/a": table(here), "e/b": table(there)}
    got = compare(folder, tables, totals(absolute=tolerance, here=side(label="A", resource="a", measure="sum:n"),
                                         there=side(label="B", resource="b", dataset="e", measure="sum:n")))  # fmt: skip
    sums = [
        {d: sum(n for day, n in pairs if day == d) for d, _ in pairs} for pairs in (here, there)
    ]
    expected = []
    for day in sorted(set(sums[0]) | set(sums[1])):
        a, b = sums[0].get(day), sums[1].get(day)
        status = ("only in the second" if a is None else "only in the first" if b is None else
                  "the same" if a == b else
                  "within the tolerance" if abs(a - b) <= tolerance else "differs")  # fmt: skip
        expected.append((day, a, b, status))
    assert rows(got, "lines") == expected
    assert results(got)["lines"] == len(expected)
    for status in {row[-1] for row in expected}:
        assert results(got)[status] == sum(row[-1] == status for row in expected)
    whole = [sum(side.values()) for side in sums]
    differing = sum(row[-1] != "the same" for row in expected)
    assert rows(got, "totals") == [(*whole, len(expected), differing)][: len(expected)]
    assert rows(got, "alike") == [(1, 1)] * (whole[0] == whole[1] and differing > 0)
    records = compare(
        folder, tables, totals(kind="records", keys=(DAY, Key(name="n", here="n", there="n")))
    )
    both = sum((Counter(here) & Counter(there)).values())
    assert rows(records, "matched") == [(len(here), len(there), both)]
    overlap = compare(folder, tables, totals(kind="overlap"))
    assert isinstance(overlap, ReconciliationResult)
    days = {d for d, _ in here}, {d for d, _ in there}
    assert rows(overlap, "matched") == [(len(days[0]), len(days[1]), len(days[0] & days[1]))]
    assert rows(overlap, "estimate") == []
    assert overlap.refusal


def test_small_cells_and_their_totals_are_suppressed(tmp_path: Path) -> None:
    a = duckdb.default_connection().sql(
        "SELECT CASE WHEN n < 3 THEN 'x' ELSE 'y' END AS day FROM range(50) AS r(n)"
    )
    got = compare(tmp_path, {"d/a": a, "e/b": a}, totals(), threshold=11)
    assert rows(got, "lines") == [
        ("x", SUPPRESSED, SUPPRESSED, "too few to show"), ("y", 47, 47, "the same")]  # fmt: skip
    assert rows(got, "totals") == []
    assert got.suppressed == 1
    held = got.table("lines")
    assert held is not None
    assert held.receipt.suppressed == 2


def test_rows_of_one_kind_in_too_few_records_are_suppressed(tmp_path: Path) -> None:
    a = duckdb.default_connection().sql(
        "SELECT CASE WHEN n < 3 THEN 'x' ELSE 'y' END AS day, n FROM range(50) AS r(n)"
    )
    keys = (
        Key(name="day", here="day", there="day", total=True),
        Key(name="n", here="n", there="n"),
    )
    got = compare(tmp_path, {"d/a": a, "e/b": a}, totals(kind="records", keys=keys), threshold=11)
    assert rows(got, "matched") == [("y", 47, 47, 47)]
    assert results(got) == {"in_both": 47, "only_here": 0, "only_there": 0, "suppressed": 1}


@pytest.mark.parametrize("name", ["here", "lines", "k0", "both_", "few"])
@pytest.mark.parametrize("kind", ["totals", "records", "overlap"])
def test_a_key_may_have_any_name(tmp_path: Path, name: str, kind: str) -> None:
    a = duckdb.default_connection().sql("SELECT 'x' AS day FROM range(3)")
    compare(
        tmp_path,
        {"d/a": a, "e/b": a},
        totals(kind=kind, keys=(Key(name=name, here="day", there="day", total=True),)),
    )


def test_what_no_verifier_would_run_is_no_receipt(tmp_path: Path) -> None:
    a = duckdb.default_connection().sql("SELECT 'x' AS day, DATE '2020-01-01' AS d")
    declared = totals(here=side(label="A", resource="a", where="d < today()"))
    with pytest.raises(QueryRefused, match="differ from run to run"):
        compare(tmp_path, {"d/a": a, "e/b": a}, declared)


class Range(NamedTuple):
    low: int
    high: int


def estimate_range(here: int, there: int, both: int, fewest: int = 7) -> Range | str:
    """The formulas of Chapman, Seber and Burnham written down once more, as a plain reference."""
    if refusal := refuse_estimate(here, there, both, fewest):
        return refusal
    listed = here + there - both
    middle = (here + 1) * (there + 1) / (both + 1) - 1
    product = (here + 1) * (there + 1) * (here - both) * (there - both)
    variance = product / ((both + 1) ** 2 * (both + 2))
    unseen = max(middle - listed, 0.5)
    spread = math.exp(Z * math.sqrt(math.log1p(variance / unseen**2)))
    return Range(math.floor(listed + unseen / spread), math.ceil(listed + unseen * spread))


@settings(max_examples=examples(20))
@given(only=st.integers(0, 200), other=st.integers(0, 200), both=st.integers(0, 60))
def test_the_range_by_a_query_is_the_range(
    tmp_path_factory: pytest.TempPathFactory, only: int, other: int, both: int
) -> None:
    a = duckdb.default_connection().sql(
        f"SELECT n::VARCHAR AS day FROM range({only + both}) AS r(n)"
    )
    b = duckdb.default_connection().sql(
        f"SELECT n::VARCHAR AS day FROM range({only}, {only + both + other}) AS r(n)"
    )
    got = compare(tmp_path_factory.mktemp("range"), {"d/a": a, "e/b": b}, totals(kind="overlap"))
    wanted = estimate_range(only + both, both + other, both)
    expected = [(wanted.low, wanted.high)] if isinstance(wanted, Range) else []
    assert rows(got, "estimate") == expected


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
    assert "fewer than 7," in str(estimate_range(100, 90, 6))
    assert "fewer than 20," in str(estimate_range(100, 90, 19, 20))
    assert "fewer than 7," in str(estimate_range(100, 90, 6, 1))  # never below seven
    assert "inside" in str(estimate_range(100, 90, 90))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(7, 500))
def test_a_range_never_falls_below_what_is_listed(only: int, other: int, both: int) -> None:
    found = estimate_range(only + both, other + both, both)
    if only and other:
        assert isinstance(found, Range)
        assert only + other + both <= found.low < found.high
    else:
        assert isinstance(found, str)


def test_tolerance(tmp_path: Path) -> None:
    a, b = (duckdb.default_connection().sql(f"SELECT 'x' AS day, {n} AS n") for n in (100, 103))
    sides = {"here": side(label="A", resource="a", measure="sum:n"), "there": side(label="B", resource="b", dataset="e", measure="sum:n")}  # fmt: skip
    for absolute, relative, word in (
        (3, 0, "within the tolerance"),
        (2, 0.01, "differs"),
        (0, 0.03, "within the tolerance"),
    ):
        got = compare(
            tmp_path, {"d/a": a, "e/b": b}, totals(absolute=absolute, relative=relative, **sides)
        )
        assert rows(got, "lines") == [("x", 100, 103, word)]


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    a = duckdb.default_connection().sql("SELECT 'x' AS day, 1 AS n")
    tables = {"d/a": a, "e/b": a}
    away = compare(tmp_path, tables, totals(there=side(label="B", resource="b", dataset="away")))
    assert "not in this build" in away.absence
    for change in (
        {"there": side(label="B", resource="bb", dataset="e")},
        {"here": side(label="A", resource="a", measure="sum:day")},
        {"keys": (Key(name="day", here="(SELECT 1)", there="day"),)},
        {"keys": (Key(name="day", here="dey", there="day"),)},
        {"here": side(label="A", resource="a", where="n = 1; DROP TABLE a")},
    ):
        with pytest.raises(QueryRefused):
            compare(tmp_path, tables, totals(**change))


@pytest.mark.parametrize("kind", ["totals", "records"])
def test_a_key_without_a_value_shares_no_line_with_one_that_says_so(
    tmp_path: Path, kind: str
) -> None:
    here = duckdb.default_connection().sql(
        "SELECT * FROM (VALUES ('(no value)'), (NULL), (NULL), (NULL)) AS t(day)"
    )
    there = duckdb.default_connection().sql(
        "SELECT * FROM (VALUES ('(No Value)'), (NULL), (NULL)) AS t(day)"
    )
    keys = (Key(name="day", here="day", there="day", total=True),)
    sides = {
        "here": side(label="A", resource="a"),
        "there": side(label="B", resource="b"),
    }
    got = compare(tmp_path, {"d/a": here, "d/b": there}, totals(kind=kind, keys=keys, **sides))
    apart = "(no value) (no such value)"
    said = {str(row[0]): row[1:3] for row in rows(got, {"totals": "totals"}.get(kind, "matched"))}
    assert said == {"(no value)": (1, 0), "(No Value)": (0, 1), apart: (3, 2)}


@pytest.mark.parametrize(
    ("here", "there", "options", "result"),
    [
        ("1.1::DECIMAL(18,1)", "1::BIGINT", {"absolute": 0.1}, "within the tolerance"),
        ("71", "100", {"relative": 0.29}, "within the tolerance"),
        ("70", "100", {"relative": 0.29}, "differs"),
        ("9007199254740993", "9007199254740992", {}, "differs"),
        ("9007199254740993", "9007199254740992", {"absolute": 0.5}, "differs"),
        ("9007199254740993.5::DECIMAL(38,1)", "9007199254740993", {"absolute": 0.4}, "differs"),
        ("0.1::DOUBLE + 0.2::DOUBLE", "0.3::DECIMAL(18,1)", {}, "the same"),
        ("0.1::DOUBLE + 0.2::DOUBLE", "0.31", {}, "differs"),
        ("1e-7::DOUBLE", "0", {"absolute": 1e-7}, "within the tolerance"),
    ],
)
def test_totals_are_compared_in_all_their_digits(
    tmp_path: Path, here: str, there: str, options: dict[str, float], result: str
) -> None:
    table = duckdb.default_connection().sql(f"SELECT 'x' AS day, {here} AS s, {there} AS l")
    got = compare(tmp_path, {"d/a": table}, totals(
        here=side(label="A", resource="a", measure="sum:s"), there=side(label="B", resource="a", measure="sum:l"), **options,
    ))  # fmt: skip
    assert rows(got, "lines")[0][-1] == result
    assert list(tabulate_account(got))  # numbers longer than a double are subtracted


def test_a_table_may_have_the_name_of_a_step_of_the_query(tmp_path: Path) -> None:
    tables = {
        "d/t": duckdb.default_connection().sql("SELECT 1 AS day"),
        "d/h": duckdb.default_connection().sql("SELECT 2 AS day"),
    }
    for first, second in (("t", "h"), ("h", "t"), ("t", "t")):
        got = compare(
            tmp_path,
            tables,
            totals(
                here=side(label="A", resource=first),
                there=side(label="B", resource=second),
            ),
        )
        assert results(got)["lines"] == (1 if first == second else 2)
