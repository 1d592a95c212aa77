"""Plausibility: each rule notices what it is for, lets the rest pass, and keeps small counts back."""

from __future__ import annotations

import gzip
import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.findings.finding import Finding
from plainrecord.measures.plausibility import RULES, evaluate_rules
from plainrecord.model.counts import SUPPRESSED, Shown
from plainrecord.model.declarations import Break
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Category, Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.model.plausibility import Outcome, RuleStatus
from plainrecord.receipts.engine import open_counter
from plainrecord.receipts.query import QueryRows, read_tables, run_counts
from tests.examples import examples

BOND = "ICE Final Book Outs with Bond Posted"
TOTAL = "Total ICE Final Book Outs"


def ask(tmp_path: Path, relation: duckdb.DuckDBPyRelation, shape: list[Field], *, threshold: int = 0,
        **rule: object) -> Outcome | Finding:  # fmt: skip
    """One rule put to a relation written as the published file of table t."""
    path = tmp_path / "t.parquet"
    relation.write_parquet(str(path))
    rows = relation.count("*").fetchall()[0][0]
    table = ReleasedTable("d", "t", "T", "", "stop", '"d"."t"', tuple(shape), rows, threshold, ())
    trial = RULES[str(rule["kind"])].model_validate(
        {"name": "r", "title": "R", "resource": "t", **rule}
    )
    counter = open_counter({"d": {"t": path}})
    try:
        outcomes, findings = evaluate_rules(
            counter, [trial], "d", [PublishedTable(table, "t.parquet", "")]
        )
    finally:
        counter.close()
    assert len(outcomes) + len(findings) == 1
    got: Outcome | Finding = outcomes[0] if outcomes else findings[0]
    if isinstance(got, Outcome):  # what a verifier would do
        again = open_counter({"d": {"t": path}})
        for counted in got.counted:
            rerun = run_counts(again, "d", counted.receipt.sql)
            assert isinstance(rerun, QueryRows), rerun
            assert len(rerun.rows) == counted.receipt.rows_returned
            for said, right in zip(counted.rows, rerun.rows, strict=True):
                assert [a for a in said if a != SUPPRESSED] == [
                    b for a, b in zip(said, right, strict=True) if a != SUPPRESSED
                ]
        again.close()
    return got


def texts(got: Outcome | Finding) -> list[tuple[object, ...]]:
    """The table of an outcome as a reader sees it."""
    assert isinstance(got, Outcome), got
    return [tuple(c.text if isinstance(c, Shown) else c for c in row) for row in got.rows]


def noticed(got: Outcome | Finding) -> bool:
    assert isinstance(got, Outcome), got
    assert got.verdict is not RuleStatus.NOT_APPLICABLE, got.text
    return got.verdict is RuleStatus.NOTICED


def fields(**types: str) -> list[Field]:
    return [Field(name, type_) for name, type_ in types.items()]


@pytest.fixture(scope="module")
def bonds(real_data: Path) -> duckdb.DuckDBPyRelation:
    """The sheet Monthly Bond Statistics of all workbooks that have it, long: one row a number."""
    rows = []
    for path in sorted((real_data / "ice-detention-statistics").glob("FY2[56]*.xlsx")):
        sheet = openpyxl.load_workbook(path, read_only=True, data_only=True)[
            "Monthly Bond Statistics"
        ]
        lines = list(sheet.iter_rows(values_only=True))
        months = [str(cell)[:7] for cell in lines[2][1:] if cell is not None]
        release = path.stem[-4:] + path.stem[-8:-4]
        for line in lines[3:6]:
            name = str(line[0]).strip()
            rows += [(release, name, m, float(v)) for m, v in zip(months, line[1:], strict=False)]  # type: ignore[arg-type]
    cells = ", ".join(f"({r!r}, {n!r}, {m!r}, {v!r}::DOUBLE)" for r, n, m, v in rows)
    return duckdb.default_connection().sql(
        f"SELECT * FROM (VALUES {cells}) AS t(release, measure, month, value)"
    )


BOND_FIELDS = fields(release="string", measure="string", month="string", value="number")


def test_3340_percent_bonds_posted(tmp_path: Path, bonds: duckdb.DuckDBPyRelation) -> None:
    got = ask(tmp_path, bonds, BOND_FIELDS, kind="part-above-whole", names="measure", value="value",
              part=BOND, whole=TOTAL, by=("release", "month"))  # fmt: skip
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert {row[0] for row in texts(got)} == {"20260409"}
    assert ("20260409", "2025-10", "37,537", "1,124", "3,339.6%") in texts(got)
    assert "3,339.6%" in got.text


def test_a_printed_percentage_alone_is_enough(
    tmp_path: Path, bonds: duckdb.DuckDBPyRelation
) -> None:
    got = ask(tmp_path, bonds.filter("measure LIKE '%(%)'"), BOND_FIELDS, kind="part-above-whole",
              part="value", by=("release", "month"))  # fmt: skip
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert "3,339.6%" in got.text


def test_swapped_rows_of_the_april_workbook(tmp_path: Path, bonds: duckdb.DuckDBPyRelation) -> None:
    got = ask(tmp_path, bonds.filter(f"measure IN ('{BOND}', '{TOTAL}')"), BOND_FIELDS,
              kind="swapped", field="measure", value="value", date="release")  # fmt: skip
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert [row[0] for row in texts(got)] == ["20260409"]
    before = ask(tmp_path, bonds.filter(f"measure IN ('{BOND}', '{TOTAL}') AND release < '202604'"),
                 BOND_FIELDS, kind="swapped", field="measure", value="value", date="release")  # fmt: skip
    assert not noticed(before)


def test_zeros_that_mean_not_carried_over(tmp_path: Path, bonds: duckdb.DuckDBPyRelation) -> None:
    got = ask(tmp_path, bonds.filter(f"measure = '{TOTAL}'"), BOND_FIELDS, kind="zero-run",
              value="value", date="month", by=("release",))  # fmt: skip
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert [row[:4] for row in texts(got)] == [
        ("20260202", "2024-12", "2025-09", "10"),
        ("20260212", "2025-01", "2025-09", "9"),
        ("20260409", "2025-02", "2025-09", "8"),
    ]


def test_flags_that_are_always_false(tmp_path: Path, real_data: Path) -> None:
    names = (
        "outcome_linked_to_object_of_search",
        "operation",
        "removal_of_more_than_outer_clothing",
    )
    path = tmp_path / "met.json"
    with path.open("w", encoding="utf-8") as target:
        for source in sorted((real_data / "uk-stop-and-search" / "met-json").glob("*.gz")):
            for record in json.loads(gzip.decompress(source.read_bytes())):
                target.write(json.dumps({name: record[name] for name in names}) + "\n")
    met = duckdb.read_json(str(path))
    got = ask(tmp_path, met, fields(**dict.fromkeys(names, "boolean")), kind="constant")
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert texts(got) == [
        ("outcome_linked_to_object_of_search", "false", "27,395"),
        ("operation", "false", "27,395"),
    ]


def test_the_last_month_of_mississippi_breaks_off(tmp_path: Path, real_data: Path) -> None:
    source = real_data / "ms-highway-patrol-stops" / "ms_stops_2013-2016.csv.gz"
    stops = duckdb.default_connection().sql(
        f"SELECT stop_date::DATE AS day FROM read_csv('{source}', all_varchar=true)"
    )
    for kind, expected in (("partial-last-period", True), ("one-day", False)):
        got = ask(tmp_path, stops, fields(day="date"), kind=kind, date="day")
        assert noticed(got) is expected
        if expected:
            assert isinstance(got, Outcome)
            assert "end on 14 July 2016" in got.text


def test_nypd_numbers(tmp_path: Path, real_data: Path) -> None:
    source = real_data / "nypd-stop-question-frisk" / "sqf-2016.csv.gz"
    stops = duckdb.default_connection().sql(
        "SELECT trim(pct) AS pct, ser_num, TRY_CAST(trim(perstop) AS INTEGER) AS minutes, "
        f"TRY_CAST(trim(age) AS INTEGER) AS age FROM read_csv('{source}', all_varchar=true) WHERE trim(year) <> ''"
    )
    shape = fields(pct="string", ser_num="string", minutes="integer", age="integer")
    minutes = ask(tmp_path, stops, shape, kind="heaping", field="minutes")
    assert noticed(minutes)
    ages = ask(tmp_path, stops, shape, kind="heaping", field="age", minimum=23, maximum=62)
    assert not noticed(ages)
    serial = ask(tmp_path, stops, shape, kind="serial-gaps", field="ser_num", by=("pct",))
    assert noticed(serial)


def test_heaping_on_round_numbers(tmp_path: Path) -> None:
    even = duckdb.default_connection().sql(
        "SELECT (n % 40 + 23)::INTEGER AS age FROM range(4000) AS r(n)"
    )
    got = ask(tmp_path, even, fields(age="integer"), kind="heaping", field="age")
    assert not noticed(got)
    assert isinstance(got, Outcome)
    assert "The index is 100" in got.text
    round_ = duckdb.default_connection().sql(
        "SELECT (n % 8 * 5 + 25)::INTEGER AS age FROM range(4000) AS r(n)"
    )
    got = ask(tmp_path, round_, fields(age="integer"), kind="heaping", field="age")
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert "The index is 500" in got.text
    few = duckdb.default_connection().sql("SELECT n::INTEGER AS age FROM range(20) AS r(n)")
    got = ask(tmp_path, few, fields(age="integer"), kind="heaping", field="age")
    assert isinstance(got, Outcome)
    assert got.verdict is RuleStatus.NOT_APPLICABLE


def test_a_year_to_date_average_that_cannot_be(tmp_path: Path) -> None:
    rows = duckdb.default_connection().sql("SELECT * FROM (VALUES ('A', 100, 50), ('A', 110, 45), ('B', 100, 50), "
                      "('B', 110, 46), ('C', 100, 50)) AS t(place, days, mean)")  # fmt: skip
    shape = fields(place="string", days="integer", mean="number")
    got = ask(
        tmp_path,
        rows,
        shape,
        kind="impossible-average",
        value="mean",
        elapsed="days",
        by=("place",),
    )
    assert noticed(got)  # 110 * 45 - 100 * 50 = -50 over ten days; for B it is 60
    assert isinstance(got, Outcome)
    assert texts(got) == [("A", "100", "50", "110", "45", "−5")]
    rounded = ask(tmp_path, rows, shape, kind="impossible-average", value="mean", elapsed="days",
                  by=("place",), rounding=0.5)  # fmt: skip
    assert not noticed(rounded)  # each average may be off by a half: -5 ± 10.5
    capped = ask(tmp_path, rows, shape, kind="impossible-average", value="mean", elapsed="days",
                 by=("place",), maximum=5.0)  # fmt: skip
    assert isinstance(capped, Outcome)
    assert {row[0] for row in texts(capped)} == {"A", "B"}


def test_a_period_that_repeats_an_earlier_one(tmp_path: Path) -> None:
    rows = duckdb.default_connection().sql("SELECT 'r' || r AS release, 'place ' || n AS place, CASE WHEN r = 3 THEN n * 2 "
                      "ELSE n * r END AS people FROM range(1, 5) AS a(r), range(20) AS b(n)")  # fmt: skip
    shape = fields(release="string", place="string", people="integer")
    got = ask(tmp_path, rows, shape, kind="stale", date="release")
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert texts(got) == [("r3", "r2", "20")]
    assert got.text == "1 of 4 periods holds exactly the same rows as an earlier period."
    quiet = ask(tmp_path, rows.filter("release <> 'r3'"), shape, kind="stale", date="release")
    assert not noticed(quiet)
    assert isinstance(quiet, Outcome)
    assert quiet.text == "None of 3 periods holds exactly the same rows as an earlier period."


def test_all_events_on_one_day(tmp_path: Path) -> None:
    rows = duckdb.default_connection().sql("SELECT CASE WHEN n % 100 < 80 AND n < 400 THEN DATE '2024-03-01' ELSE DATE "
                      "'2024-01-01' + (n % 366)::INTEGER END AS day FROM range(2000) AS r(n)")  # fmt: skip
    got = ask(tmp_path, rows, fields(day="date"), kind="one-day", date="day")
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert texts(got)[0][:2] == ("March 2024", "1 March 2024")
    spread = ask(tmp_path, rows.filter("day <> DATE '2024-03-01'"), fields(day="date"), kind="one-day", date="day")  # fmt: skip
    assert isinstance(spread, Outcome)
    assert spread.text.startswith("In none of 12 periods does one day hold ")
    cut = [Field("day", "string", generalised="to months")]
    months = rows.project("strftime(day, '%Y-%m') AS day")
    idle = ask(tmp_path, months, cut, kind="one-day", date="day")
    assert isinstance(idle, Outcome)
    assert idle.verdict is RuleStatus.NOT_APPLICABLE


def test_unknown_rises_and_withheld_is_not_unknown(tmp_path: Path) -> None:
    rows = duckdb.default_connection().sql(
        "SELECT 2015 + n // 100 AS year, CASE WHEN n % 100 >= 5 * (n // 100) AND n % 100 < 60 THEN 'x' END "
        "AS race, CASE WHEN n % 100 < 5 * (n // 100) THEN '' WHEN n % 100 >= 60 THEN '(b)(6)' END AS "
        "race__missing FROM range(1000) AS r(n)"
    )
    marks = (MissingValue("", "missing"), MissingValue("(b)(6)", "withheld", MissingKind.WITHHELD))
    shape = [Field("year", "year"), Field("race", "string", missing_values=marks)]
    got = ask(tmp_path, rows, shape, kind="unknown-rising", field="race", date="year")
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert texts(got)[0] == ("2015", "100", "0", "0%", "40")
    assert texts(got)[-1][2:4] == ("45", "45.0%")
    falling = rows.project("2025 - year AS year, race, race__missing")
    assert not noticed(
        ask(tmp_path, falling, shape, kind="unknown-rising", field="race", date="year")
    )


def test_coverage_gaps_and_breaks(tmp_path: Path) -> None:
    rows = (
        duckdb.default_connection()
        .sql(
            "SELECT office, DATE '2020-01-15' + INTERVAL (m) MONTH AS day FROM (VALUES ('A', 0, 11), "
            "('B', 0, 5), ('C', 6, 11), ('D', 0, 11)) AS o(office, a, b), range(12) AS r(m), range(10) "
            "AS s(i) WHERE m BETWEEN a AND b AND NOT (office = 'D' AND m = 3)"
        )
        .project("office, day::DATE AS day")
    )
    got = ask(tmp_path, rows, fields(office="string", day="date"), kind="coverage", field="office",
              date="day", changes=(Break(since="2020-03", reason="a new form"),))  # fmt: skip
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert [change.since for change in got.breaks] == ["2020-03", "2020-07", "2020-07"]
    assert "B left" in got.breaks[1].reason
    assert ("D", "11", "2020-01", "2020-12", "2020-04") in texts(got)
    assert [strip.label for strip in got.strips] == ["A", "B", "C", "D"]
    calm = ask(tmp_path, rows.filter("office = 'A'"), fields(office="string", day="date"), kind="coverage",
               field="office", date="day")  # fmt: skip
    assert isinstance(calm, Outcome)
    assert calm.text.endswith(" The records show no point where trends should be interrupted.")
    guarded = ask(tmp_path, rows, fields(office="string", day="date"), kind="coverage", field="office",
                  date="day", threshold=11)  # fmt: skip
    assert isinstance(guarded, Outcome)
    assert {n for strip in guarded.strips for n in strip.counts} == {None, 0}


def test_small_counts_are_suppressed(tmp_path: Path) -> None:
    rows = duckdb.default_connection().sql(
        "SELECT CASE WHEN n < 3 THEN 9 ELSE 1 END AS part, 5 AS whole FROM range(100) AS r(n)"
    )
    shape = fields(part="integer", whole="integer")
    open_ = ask(tmp_path, rows, shape, kind="part-above-whole", part="part", whole="whole")
    assert isinstance(open_, Outcome)
    assert "3 of 100" in open_.text
    got = ask(
        tmp_path, rows, shape, kind="part-above-whole", part="part", whole="whole", threshold=11
    )
    assert noticed(got)
    assert isinstance(got, Outcome)
    assert "fewer than 11 of 100" in got.text
    assert texts(got) == []


@pytest.mark.parametrize("kind", sorted(RULES))
def test_a_field_that_is_not_there_is_a_finding(tmp_path: Path, kind: str) -> None:
    rows = duckdb.default_connection().sql("SELECT 1 AS a")
    written: dict[str, Any] = {
        **dict.fromkeys(("field", "date", "value", "part", "whole", "elapsed"), "aa"),
        "fields": ("aa",),
    }
    own = {key: name for key, name in written.items() if key in RULES[kind].model_fields}
    got = ask(tmp_path, rows, fields(a="integer"), kind=kind, **own)
    assert isinstance(got, Finding)
    assert got.rule == "plausibility-invalid"
    assert 'did you mean "a"' in got.found or "no released field" in got.found


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (([True, False],), "0 of 1 field holds one value, or none, in all 2 rows."),
        (([True, True],), "1 of 1 field holds one value, or none, in all 2 rows."),
        (([True, False], [True, True]), "1 of 2 fields holds one value"),
        (([True, False], [True, False]), "0 of 2 fields hold one value"),
    ],
)
def test_a_verb_agrees_with_the_part_of_a_whole(
    tmp_path: Path, columns: tuple[list[bool], ...], said: str
) -> None:
    listed = ", ".join(f"unnest({flags}) AS f{n}" for n, flags in enumerate(columns))
    rows = duckdb.default_connection().sql(f"SELECT {listed}")
    got = ask(tmp_path, rows, fields(**dict.fromkeys(rows.columns, "boolean")), kind="constant")
    assert isinstance(got, Outcome)
    assert got.text.startswith(said)


def test_a_condition_cannot_reach_out(tmp_path: Path) -> None:
    rows = duckdb.default_connection().sql("SELECT true AS a")
    got = ask(tmp_path, rows, fields(a="boolean"), kind="constant", where="a IN (SELECT 1)")
    assert isinstance(got, Finding)
    assert got.rule == "plausibility-invalid"


def test_a_hostile_name_stays_a_name(tmp_path: Path) -> None:
    name = 'a" FROM t; DROP TABLE t; --'
    flags = (
        duckdb.default_connection()
        .sql("SELECT unnest([true, true]) AS a")
        .project('a AS "a"" FROM t; DROP TABLE t; --"')
    )
    got = ask(
        tmp_path, flags, [Field(name, "boolean", categories=(Category("x", "x"),))], kind="constant"
    )
    assert noticed(got)


def trend(values: list[float]) -> float:
    """Mann-Kendall's z of a series, ties taken into account, in the plain way."""
    n = len(values)
    score = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    ties = [values.count(value) for value in set(values)]
    spread = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if spread <= 0 or score == 0:
        return 0.0
    return (score - math.copysign(1, score)) / math.sqrt(spread)


@settings(max_examples=examples(12))
@given(counts=st.lists(st.integers(0, 20), min_size=5, max_size=15))
def test_a_trend_by_a_query_is_the_trend(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int]
) -> None:
    cells = ", ".join(f"({2000 + n}, {count})" for n, count in enumerate(counts))
    rows = duckdb.default_connection().sql(
        f"SELECT t.year::VARCHAR AS year, CASE WHEN n >= unknown THEN 'x' END AS v FROM (VALUES {cells}) "
        "AS t(year, unknown), range(20) AS r(n)"
    )
    got = ask(tmp_path_factory.mktemp("trend"), rows, fields(year="string", v="string"),
              kind="unknown-rising", field="v", date="year")  # fmt: skip
    assert isinstance(got, Outcome)
    shares = [count / 20 for count in counts]
    third = max(1, len(shares) // 3)
    first, last = sum(shares[:third]) / third, sum(shares[-third:]) / third
    told = float(got.text.partition("gives a score of ")[2].partition(";")[0].replace("−", "-"))
    assert told == pytest.approx(trend(shares), abs=0.0501)
    assert noticed(got) == (trend(shares) >= 1.96 and last - first >= 0.05 - 1e-12)


def test_a_group_without_a_value_is_apart_from_one_that_says_so(tmp_path: Path) -> None:
    relation = duckdb.default_connection().sql(
        "SELECT * FROM (VALUES ('(no value)', 2, 1), (NULL, 3, 1), ('x', 5, 1)) AS t(k, a, b)"
    )
    got = ask(tmp_path, relation, fields(k="string", a="integer", b="integer"),
              kind="part-above-whole", part="a", whole="b", by=("k",))  # fmt: skip
    assert [row[0] for row in texts(got)] == ["x", "(no value) (no such value)", "(no value)"]


@pytest.mark.parametrize(
    ("columns", "rule", "seen"),
    [
        ("0.33 AS p, 0.3 AS w", {"kind": "part-above-whole", "maximum": 1.1}, False),
        (
            "115::DOUBLE AS p, 100::DOUBLE AS w",
            {"kind": "part-above-whole", "maximum": 1.15},
            False,
        ),
        ("9007199254740993 AS p, 9007199254740992 AS w", {"kind": "part-above-whole"}, True),
        ("2e-5::DECIMAL(18,6) AS p, 1 AS w", {"kind": "part-above-whole", "maximum": 1e-5}, True),
    ],
)
def test_a_part_is_above_its_whole_or_not(
    tmp_path: Path, columns: str, rule: dict[str, Any], *, seen: bool
) -> None:
    got = ask(tmp_path, duckdb.default_connection().sql(f"SELECT {columns}"), fields(p="number", w="number"),
              part="p", whole="w", **rule)  # fmt: skip
    assert noticed(got) is seen


@pytest.mark.parametrize("kind", ["DOUBLE", "DECIMAL(18,1)"])
def test_averages_that_need_nothing_between_are_not_noticed(tmp_path: Path, kind: str) -> None:
    table = duckdb.default_connection().sql(
        f"SELECT n, v::{kind} AS v FROM (VALUES (3, 1.1), (11, 0.3)) AS t(n, v)"
    )
    got = ask(tmp_path, table, fields(n="integer", v="number"), kind="impossible-average",
              elapsed="n", value="v")  # fmt: skip
    assert not noticed(got)


def test_serial_numbers_have_any_length(tmp_path: Path) -> None:
    table = duckdb.default_connection().sql(
        "SELECT unnest(['A-90071992547409920001', 'A-90071992547409920003', 'B']) AS s"
    )
    got = ask(tmp_path, table, fields(s="string"), kind="serial-gaps", field="s")
    assert texts(got) == [
        ("90,071,992,547,409,920,001", "90,071,992,547,409,920,003", "2", "1", "1")
    ]
    long = duckdb.default_connection().sql(f"SELECT 'A-{'9' * 50}' AS s")
    refused = ask(tmp_path, long, fields(s="string"), kind="serial-gaps", field="s")
    assert isinstance(refused, Finding)


@pytest.mark.parametrize("name", ["days", "pairs", "Cells", "numbers"])
def test_a_table_may_have_the_name_of_a_step(name: str) -> None:
    counter = duckdb.connect()
    for sql in (f'WITH {name} AS (SELECT * FROM "{name}") SELECT * FROM {name.lower()}',
                f'WITH a AS (SELECT * FROM "{name}"), {name} AS (SELECT 1) SELECT * FROM {name}'):  # fmt: skip
        assert read_tables(counter, sql) == (("", name),)
    recursive = f"WITH RECURSIVE {name}(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM {name} WHERE n < 3) FROM {name}"
    assert read_tables(counter, recursive) == ()
