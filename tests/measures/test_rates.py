"""Rates: both counts, the interval of a published formula, and nothing that hides too little."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plainrecord.findings.finding import Finding
from plainrecord.measures import rates
from plainrecord.measures.partial_periods import measure_parts
from plainrecord.measures.rates import BYAR, WILSON, measure_rate
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.model.packages import Category, Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.model.products import Chart, Rate
from plainrecord.model.rate_settings import RateDefinition
from plainrecord.model.statuses import status_word
from plainrecord.pages.dataset import view_rates
from plainrecord.publishing.vega import declare_rate, draw_chart
from plainrecord.receipts.engine import open_counter
from tests.browser.sample import STOPS_RELEASE

STOPS = (
    Field("at", "date", title="Day of the stop"),
    Field("race", "string", categories=(Category("b", "Black"), Category("a", "Asian"))),
    Field("frisked", "string"),
)
PEOPLE = (Field("race", "string"), Field("residents", "integer"))
HIDDEN = MissingValue("suppressed", "suppressed", MissingKind.SUPPRESSED)
CELLS = (
    Field("race", "string"),
    Field("frisked", "string"),
    Field("people", "integer", missing_values=(HIDDEN,)),
)


def table(name: str, fields: tuple[Field, ...], threshold: int = 0) -> PublishedTable:
    released = ReleasedTable("d", name, "T", "", "stop", f'"d"."{name}"', fields, 1, threshold, ())
    return PublishedTable(released, f"datasets/d/downloads/{name}.parquet", "ab" * 32)


TABLES = [table("stops", STOPS), table("people", PEOPLE), table("cells", CELLS)]
GUARDED = [replace(e, table=replace(e.table, threshold=11)) for e in TABLES]
PROTECTED = [replace(e, table=replace(e.table, threshold=11, protected=True)) for e in TABLES]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    made = {
        # 100 of b: 30 frisked, 10 unknown. 40 of a: 4 frisked. 3 without a race.
        "stops": """SELECT DATE '2024-06-01' + INTERVAL (365 * (n % 2)) DAY AS "at",
            CASE WHEN n < 100 THEN 'b' WHEN n < 140 THEN 'a' END AS race,
            CASE WHEN n < 30 OR n BETWEEN 100 AND 103 THEN 'Y' WHEN n < 40 THEN NULL
            ELSE 'N' END AS frisked FROM range(143) AS r(n)""",
        "people": "FROM (VALUES ('b', 1000), ('w', 5000), ('a', 0)) AS r(race, residents)",
        "cells": """FROM (VALUES ('b', 'Y', 30), ('b', 'N', 60), ('a', 'Y', NULL), ('a', 'N', 36))
            AS r(race, frisked, people)""",
    }
    files = {}
    for name, sql in made.items():
        files[name] = tmp_path / f"{name}.parquet"
        duckdb.default_connection().sql(sql).write_parquet(str(files[name]))
    connection = open_counter({"d": files})
    yield connection
    connection.close()


def measure(
    counter: duckdb.DuckDBPyConnection, tables: list[PublishedTable] = TABLES, /, **keys: object
) -> Rate | Finding:
    written = {
        "name": "frisks",
        "title": "Frisks per stop",
        "by": "race",
        "resource": "stops",
        "numerator": {"label": "Frisks", "where": "frisked = 'Y'"},
        "denominator": {"label": "Stops"},
        "benchmark": "It does not show who could have been stopped.",
        **keys,
    }
    definition = RateDefinition.model_validate(written)
    rate, findings = measure_rate(counter, definition, "d", tables)
    return rate or findings[0]


def rows(rate: Rate | Finding) -> list[tuple[Cell, ...]]:
    assert isinstance(rate, Rate), rate
    return [row[:7] for row in rate.counted.rows]


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [  # Newcombe, Statistics in Medicine 17 (1998), has the last three in table I
        (0, 10, ("0.0", "0.0", "27.8")),
        (5, 10, ("50.0", "23.7", "76.3")),
        (10, 10, ("100.0", "72.2", "100.0")),
        (81, 263, ("30.8", "25.5", "36.6")),  # 0.2553 to 0.3662
        (15, 148, ("10.1", "6.2", "16.0")),  # 0.0624 to 0.1605
        (1, 29, ("3.4", "0.6", "17.2")),  # 0.0061 to 0.1718
    ],
)
def test_the_interval_is_that_of_wilson(
    tmp_path: Path, part: int, whole: int, expected: tuple[str, ...]
) -> None:
    path = tmp_path / "stops.parquet"
    duckdb.default_connection().sql(
        f"SELECT DATE '2024-01-01' AS \"at\", 'b' AS race, CASE WHEN n < {part} THEN 'Y' "
        f"ELSE 'N' END AS frisked FROM range({whole}) AS r(n)"
    ).write_parquet(str(path))
    counter = open_counter({"d": {"stops": path}})
    got = measure(counter)
    counter.close()
    assert rows(got) == [("Black", "", part, whole, *expected)]
    assert isinstance(got, Rate)
    assert (got.interval, got.definition.words) == (WILSON, "Frisks per 100 stops")


def test_unknown_outcomes_are_left_out_or_counted(counter: duckdb.DuckDBPyConnection) -> None:
    assert [row[:5] for row in rows(measure(counter))] == [
        ("Black", "", 30, 90, "33.3"),
        ("Asian", "", 4, 40, "10.0"),
        ("Missing", "", 0, 3, "0.0"),
    ]
    counted = rows(measure(counter, unknowns="counted"))
    assert counted[0][:5] == ("Black", "", 30, 100, "30.0")


def test_each_period_has_its_own_rate(counter: duckdb.DuckDBPyConnection) -> None:
    got = measure(counter, date="at", period="year")
    assert [row[:4] for row in rows(got)][:2] == [
        ("Black", "2024", 15, 45),
        ("Black", "2025", 15, 45),
    ]
    assert isinstance(got, Rate)
    names = [column.name for column in got.series.columns]
    assert names == ["x", "color", "lower", "upper", "value", "status"]


@pytest.mark.parametrize(("together", "kind"), [(3, "line"), (1, "small-multiples")])
def test_rates_over_periods_are_drawn_with_their_intervals(
    counter: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    together: int,
    kind: str,
) -> None:
    monkeypatch.setattr(rates, "MOST_TOGETHER", together)
    got = measured(counter, date="at", period="year")
    assert [row[:2] for row in got.series.rows][:3] == [
        ("2024", "Black"),
        ("2024", "Asian"),
        ("2024", "Missing"),
    ]
    chart = draw(got)
    assert chart.kind == kind
    assert chart.subtitle.startswith("Frisks per 100 stops by year of the stop and race")
    assert "Each band shows the 95% interval" in chart.values
    assert "Highest: 2025, Black (33.3, 95% interval 21.4 to 47.9)" in chart.alt
    assert str(chart.svg).count('opacity="0.18"') == 6  # three bands at two widths
    apart = draw(measured(counter, date="at", period="month"))
    # between two points that stand alone there is no band
    assert len(apart.series.rows) == 3 * 13
    assert apart.alt.count("33 values are missing.") == 1
    assert 'opacity="0.55"' in str(apart.svg)


def test_the_incomplete_periods_of_a_group_in_a_panel_are_found(
    counter: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MOST_TOGETHER", 1)
    got = measured(counter, date="at", period="year")
    chart = declare_rate(got).model_copy(update={"measure": "count"})
    package = replace(STOPS_RELEASE.package, coverage_from="", coverage_to="")
    parts = measure_parts(counter, chart, got.series, TABLES[0], package, ())
    assert {part.stamp for part in parts} == {"2025"}  # all records are of two days in June
    # The table with both counts marks it as the chart and its table do.
    got = got.mark_parts(parts)
    drawn = replace(draw(got), series=got.series)
    [view] = view_rates(replace(STOPS_RELEASE, rates=(got,), charts=(drawn,)))
    periods = [re.sub("<[^>]*>", "", row[1].marked) for row in view.numbers.rows]
    assert periods[:2] == [row[0].text for row in view.chart.rows if row[1].text == "Black"]
    assert periods[:2] == ["2024", "2025 (incomplete)"]


def measured(counter: duckdb.DuckDBPyConnection, **keys: object) -> Rate:
    got = measure(counter, **keys)
    assert isinstance(got, Rate), got
    return got


def draw(rate: Rate) -> Chart:
    chart, findings = draw_chart(declare_rate(rate), "d", rate.series)
    assert chart is not None, findings
    return chart


@pytest.mark.parametrize(("frisked", "other"), [(-5, 9), (9, -5), (-5, -5)])
def test_sums_below_zero_are_no_counts(tmp_path: Path, frisked: int, other: int) -> None:
    path = tmp_path / "stops.parquet"
    duckdb.default_connection().sql(
        f"SELECT DATE '2024-01-01' AS \"at\", 'b' AS race, n AS frisked, CASE WHEN n = 'Y' THEN "
        f"{frisked} ELSE {other} END::BIGINT AS size FROM (VALUES ('Y'), ('N')) AS r(n)"
    ).write_parquet(str(path))
    counter = open_counter({"d": {"stops": path}})
    table = TABLES[0].table
    sized = replace(table, fields=(*table.fields, Field("size", "integer")))
    got = measure(counter, [replace(TABLES[0], table=sized)], measure="sum:size")
    counter.close()
    assert isinstance(got, Finding)
    assert "below zero, or the numerator is above the denominator" in got.found


@pytest.mark.parametrize("together", [3, 1])
def test_a_rate_over_periods_of_records_without_a_date_has_no_chart(
    counter: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(rates, "MOST_TOGETHER", together)
    rate = measured(counter, date="at", period="year")
    undated = tuple(("Missing", *row[1:]) for row in rate.series.rows)
    chart, [finding] = draw_chart(declare_rate(rate), "d", replace(rate.series, rows=undated))
    assert chart is None
    assert (finding.rule, finding.found) == ("chart-empty", "chart frisks: no row has a date")


def test_more_groups_over_periods_than_panels_are_refused(
    counter: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MOST_PANELS", 2)
    got = measure(counter, date="at", period="year")
    assert isinstance(got, Finding)
    assert "it has 3 groups" in got.found


def test_a_period_without_records_of_a_group_has_a_row(counter: duckdb.DuckDBPyConnection) -> None:
    got = measure(counter, date="at", period="quarter")
    assert isinstance(got, Rate)
    assert [row[:2] for row in got.series.rows if row[0] == "2024-Q4"] == [
        ("2024-Q4", "Black"),
        ("2024-Q4", "Asian"),
        ("2024-Q4", "Missing"),
    ]
    assert {row[2:] for row in got.series.rows if row[0] == "2024-Q4"} == {
        (None, None, None, "missing")
    }


def test_denominators_may_lack_a_group_or_be_zero(counter: duckdb.DuckDBPyConnection) -> None:
    below = {"label": "Residents", "resource": "people", "group": "race", "count": "residents"}
    got = measure(counter, numerator={"label": "Stops"}, denominator=below, per=1000, where="TRUE")
    assert rows(got) == [
        ("Black", "", 100, 1000, "100.0", "81.4", "121.6"),  # exact: 81.4 to 121.6
        ("Asian", "", 40, 0, None, None, None),
        ("Missing", "", 3, None, None, None, None),
        ("w", "", 0, 5000, "0.0", "0.0", "0.7"),  # exact: 0 to 0.738
    ]
    assert isinstance(got, Rate)
    assert (got.unmatched, got.interval) == (("Missing",), BYAR)
    assert [f.table for f in got.counted.receipt.files] == ["stops", "people"]
    assert [row[-1] for row in got.series.rows] == [
        "shown",
        "not-applicable",
        "missing",
        "shown",
    ]
    yearly = rows(
        measure(counter, numerator={"label": "Stops"}, denominator=below, per=1000, date="at")
    )
    assert yearly[0][:5] == ("Black", "2024", 50, 1000, "50.0")


MARKS = {
    "X": MissingKind.WITHHELD, "NC": MissingKind.NOT_COLLECTED, "NA": MissingKind.NOT_APPLICABLE,
    "": MissingKind.MISSING,
}  # fmt: skip


@pytest.mark.parametrize(
    ("top", "bottom", "expected"),
    [  # the marks of rows in the numerator and beside it: status of both counts and of the rate
        (("3",), ("5",), ("3", "8", "37.5")),
        (("3", "X"), ("5",), ("withheld", "withheld", "withheld")),
        (("3",), ("5", "X"), ("3", "withheld", "withheld")),
        (("3", "NC"), ("X",), ("not collected", "no data", "no data")),
        (("NA",), ("5",), ("not applicable", "5", "not applicable")),
        (("NA",), ("5", "X"), ("not applicable", "withheld", "no data")),
        (("NA", "3"), ("5", "NA"), ("3", "8", "37.5")),
        (("NA",), ("NA",), ("not applicable", "not applicable", "not applicable")),
        (("0",), ("0", "NA"), ("0", "0", "not applicable")),
        ((), ("5",), ("0", "5", "0.0")),
        (("",), ("X",), ("no data", "no data", "no data")),
    ],
)  # fmt: skip
def test_a_count_that_is_not_there_keeps_its_reason(
    tmp_path: Path, top: tuple[str, ...], bottom: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    lines = [("Y", cell) for cell in top] + [("N", cell) for cell in bottom]
    values = ", ".join(f"('{side}', '{cell}')" for side, cell in lines)
    path = tmp_path / "stops.parquet"
    duckdb.default_connection().sql(
        "SELECT DATE '2024-01-01' AS \"at\", 'b' AS race, frisked, try_cast(cell AS BIGINT) AS n, "
        "CASE WHEN try_cast(cell AS BIGINT) IS NULL THEN cell END AS n__missing "
        f"FROM (VALUES {values}) AS r(frisked, cell)"
    ).write_parquet(str(path))
    marks = tuple(MissingValue(mark, mark, kind) for mark, kind in MARKS.items())
    table = TABLES[0].table
    summed = replace(table, fields=(*table.fields, Field("n", "integer", missing_values=marks)))
    counter = open_counter({"d": {"stops": path}})
    got = measure(counter, [replace(TABLES[0], table=summed)], measure="sum:n")
    counter.close()
    assert isinstance(got, Rate), got
    shown = [got.show(1, column).text for column in ("numerator", "denominator", "rate")]
    assert tuple(shown) == expected
    [row] = got.series.rows
    drawn = draw(got)
    view = view_rates(replace(STOPS_RELEASE, rates=(got,), charts=(drawn,)))[0]
    assert [re.sub("<[^>]*>", "", cell.marked) for cell in view.numbers.rows[0][1:4]] == shown
    assert view.numbers.numeric[1:4] == (True, True, True)
    if row[-1] != "shown":
        assert (row[1:4], status_word(row[-1])) == ((None, None, None), expected[-1])


def test_small_counts_are_suppressed_with_their_rates(counter: duckdb.DuckDBPyConnection) -> None:
    got = measure(counter, GUARDED)
    shown = rows(got)
    assert [row[2:] for row in shown if row[0] != "Black"] == [
        ("suppressed", *row[3:4], "suppressed", "suppressed", "suppressed")
        for row in shown
        if row[0] != "Black"
    ]
    assert shown[2][3] == "suppressed"
    assert isinstance(got, Rate)
    assert {"Asian", "Missing"} <= set(got.hidden)
    hidden = {str(row[0]) for row in shown if "suppressed" in row}
    assert {str(row[0]) for row in got.series.rows if row[-1] == "suppressed"} == hidden
    assert got.counted.receipt.suppressed == sum(row.count("suppressed") for row in shown)


def test_a_sum_over_a_hidden_cell_is_suppressed(counter: duckdb.DuckDBPyConnection) -> None:
    got = measure(counter, PROTECTED, resource="cells", measure="sum:people")
    assert [row[:5] for row in rows(got)] == [
        ("a", "", "suppressed", "suppressed", "suppressed"),
        ("b", "", 30, 90, "33.3"),
    ]
    free = [replace(e, table=replace(e.table, threshold=0)) for e in PROTECTED]
    got = measure(counter, free, resource="cells", measure="sum:people")
    assert isinstance(got, Rate)
    assert [row[-1] for row in got.series.rows] == ["suppressed", "shown"]
    leaking = measure(
        counter, PROTECTED, resource="cells", measure="sum:people", where="people IS NOT NULL"
    )
    assert isinstance(leaking, Finding)
    assert "suppressed" in leaking.found


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"resource": "stop"}, "no released table 'stop'"),
        ({"by": "rase"}, "no released field 'rase', did you mean"),
        ({"date": "race"}, "type string"),
        ({"where": "race = 'x'"}, "no row is left"),
        ({"where": "1 +"}, "the condition '1 +'"),
        ({"where": "nosuch = 1"}, "nosuch"),
        ({"denominator": {"label": "R", "count": "n", "resource": "x"}}, "'d.x'"),
        (
            {"denominator": {"label": "R", "count": "residents", "resource": "people"}},
            "denominator.group is not given",
        ),
    ],
)
def test_what_cannot_be_measured_is_said(
    counter: duckdb.DuckDBPyConnection, keys: dict[str, Any], words: str
) -> None:
    got = measure(counter, TABLES, **keys)
    assert isinstance(got, Finding), got
    assert (got.rule, words in got.found) == ("rate-failed", True), got.found
