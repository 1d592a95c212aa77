"""Breaks of lines: where changes fall on an axis, which points a line joins, what is said."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.core.periods import parse_period
from plainrecord.core.strict_json import Json
from plainrecord.measures.rules.coverage import CoverageRule
from plainrecord.model.breaks import (
    describe_break,
    describe_crossings,
    number_stretches,
    place_breaks,
)
from plainrecord.model.declarations import OFFICES, Break
from plainrecord.model.evidence import Receipt
from plainrecord.model.plausibility import Outcome, RuleStatus
from plainrecord.model.products import LineBreak, Series, SeriesColumn
from plainrecord.pipeline.build import build_portal
from plainrecord.pipeline.features import breaks_for_chart
from plainrecord.pipeline.release import freeze_release
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.publishing.vega import specify
from plainrecord.receipts.receipts_document import Proof, ReceiptsDocument, parse_receipts
from plainrecord.verify.chart_specification import compare_specification
from plainrecord.verify.page_numbers import compare_page, read_marks
from tests.portals import DESCRIPTOR, declare_chart, write_portal

MONTHS = ["2020-01", "2020-02", "2020-03", "2020-05"]


def at(since: str, period: str = "month", stamps: list[str] = MONTHS) -> list[tuple[str, str]]:
    return [
        (b.before, b.at) for b in place_breaks(stamps, period, [Break(since=since, reason="r")])
    ]


def test_a_change_on_a_first_day_breaks_the_line_before_it() -> None:
    assert at("2020-03") == [("2020-02", "2020-03")]
    assert at("2020-03-01") == [("2020-02", "2020-03")]
    assert at("FY2020", "fiscal-year", ["2019", "2020"]) == [("2019", "2020")]


def test_a_change_in_a_month_without_a_point_breaks_the_line_across_it() -> None:
    assert at("2020-04-15") == [("2020-03", "2020-05")]


def test_a_change_inside_a_period_leaves_its_point_alone() -> None:
    assert at("2020-02-10") == [("2020-02", "2020-02")]
    years = ["2019", "2020", "2021"]
    breaks = place_breaks(years, "year", [Break(since="2020-03", reason="r")])
    assert number_stretches(years, breaks) == {"2019": 0, "2020": 1, "2021": 2}
    assert "compared with neither side" in describe_break(breaks[0])


@pytest.mark.parametrize("since", ["2020-01", "2019", "2021", "some day"])
def test_a_change_outside_the_axis_breaks_nothing(since: str) -> None:
    assert at(since) == []


def test_changes_at_one_place_are_one_break() -> None:
    changes = [Break(since="2020-02", reason="B left", label="offices changed"), Break(since="2020-02", reason="C joined", label="offices changed"),
               Break(since="2020-02", reason="a new form")]  # fmt: skip
    (one,) = place_breaks(MONTHS, "month", changes)
    assert one.label == "definition changed, offices changed"
    assert one.reason == "February 2020: a new form; February 2020: B left; February 2020: C joined"


def test_a_table_says_where_rows_cross_a_break() -> None:
    breaks = (LineBreak("2020-01", "2020-02", "l", "r"),)
    by_time = ["2020-01", "2020-01", "2020-02", "2020-02"]
    assert list(describe_crossings(by_time, breaks)) == [2]
    by_colour = ["2020-01", "2020-02", "2020-01", "2020-02"]
    assert list(describe_crossings(by_colour, breaks)) == [1, 3]
    assert list(describe_crossings(["2020-02", "2020-03"], breaks)) == []
    inside = (LineBreak("2020-01", "2020-01", "l", "r"),)
    assert list(describe_crossings(by_time, inside)) == [0]


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=1, max_size=12),
    st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), max_size=5),
)
def test_no_line_joins_points_on_two_sides_of_a_change(
    days: list[date], changes: list[date]
) -> None:
    stamps = sorted({day.isoformat()[:7] for day in days})
    breaks = place_breaks(
        stamps, "month", [Break(since=day.isoformat(), reason="r") for day in changes]
    )
    stretches = number_stretches(stamps, breaks)
    for one, two in pairwise(stamps):
        spans = parse_period(one), parse_period(two)
        assert spans[0]
        assert spans[1]
        joined = stretches[one] == stretches[two]
        apart = any(spans[0][0] < day < spans[1][1] and day != spans[1][0] for day in changes)
        apart = apart or spans[1][0] in changes
        assert joined is not apart
    assert breaks == place_breaks(
        stamps[::-1], "month", [Break(since=d.isoformat(), reason="r") for d in changes[::-1]]
    )


COLUMNS = (SeriesColumn("x", "Month", "yearmonth", "key"), SeriesColumn("value", "Number", "number", "value"),
           SeriesColumn("status", "Status", "string", "status"))  # fmt: skip
ROWS = (("2020-01", 5, "shown"), ("2020-02", 3, "shown"))
BROKEN = LineBreak("2020-01", "2020-02", "offices changed", "2020-02: B left")


def proof(*breaks: LineBreak) -> Proof:
    return Proof(
        "d.c", "C", "", "", (), 2, 0, 0, drawn="line", columns=COLUMNS, rows=ROWS, breaks=breaks
    )


@pytest.mark.parametrize("broken", [(), (BROKEN,)])
def test_a_verifier_sees_where_a_chart_leaves_out_or_adds_a_break(
    broken: tuple[LineBreak, ...],
) -> None:
    series = Series(COLUMNS, ROWS, Receipt("", (), "", 2))
    definition = declare_chart(
        name="c", title="C", kind="line", resource="t", x="x", period="month"
    )
    spec = json.dumps(
        specify(kind_of(definition.kind), definition.title, series, "", broken)
    ).encode()
    other = () if broken else (BROKEN,)
    assert list(compare_specification(proof(*broken), spec)) == []
    assert [f.rule for f in compare_specification(proof(*other), spec)] == ["page-differs"]
    row = f"<tr><td colspan=2>{describe_break(BROKEN)}</td></tr>" if broken else ""
    page = (f"<table data-chart=d.c><tr><th>Month<th>Number</tr><tr><th>January 2020<td>5</tr>{row}"
            "<tr><th>February 2020<td>3</tr></table>").encode()  # fmt: skip
    shown = read_marks(page)
    for breaks, wrong in ((broken, False), (other, True)):
        sheets = {"datasets/d/receipts.json": ReceiptsDocument("d", "", (proof(*breaks),))}
        found = list(compare_page("datasets/d/index.html", shown, sheets, {}))
        assert bool(found) is wrong


def test_breaks_come_back_from_receipts() -> None:
    rows: Json = [list(row) for row in ROWS]
    item: Json = {"id": "d.c", "title": "", "unit": "", "sql": "", "files": [], "rows_returned": 2,
            "suppressed": 0, "threshold": 0, "chart": "line", "spec": "", "rows": rows,
            "columns": [{"name": c.name, "label": c.label, "type": c.type, "role": c.role} for c in COLUMNS],
            "breaks": [{"before": "2020-01", "at": "2020-02", "label": "offices changed", "reason": "2020-02: B left"}]}  # fmt: skip
    sheet = parse_receipts({"dataset": "d", "release": "", "receipts": [item]})
    assert sheet.problems == ()
    assert sheet.proofs[0].breaks == (BROKEN,)
    spoilt: list[Json] = ["no list", [1], [{"before": 1}], [{}, {}, {}]]
    for wrong in spoilt:
        assert isinstance(item, dict)
        item["breaks"] = wrong
        assert parse_receipts({"dataset": "d", "release": "", "receipts": [item]}).problems


def outcome(**changes: object) -> Outcome:
    known = Break(since="2020-02", reason="a new form")
    settings = {"date": "day", "field": "office", "changes": (known,), **changes}
    rule = CoverageRule.model_validate(
        {"kind": "coverage", "name": "n", "title": "T", "resource": "t", **settings}
    )
    return Outcome(
        rule,
        RuleStatus.NOTICED,
        ("",),
        breaks=(known, Break(since="2020-03", reason="B left", label=OFFICES)),
    )


def test_a_chart_is_broken_by_rules_about_the_same_rows_and_dates() -> None:
    chart = declare_chart(name="c", title="C", kind="line", resource="t", x="day", where="a > 1")
    assert len(breaks_for_chart(chart, [outcome()])) == 2
    assert len(breaks_for_chart(chart, [outcome(where="a > 1")])) == 2
    assert breaks_for_chart(chart, [outcome(where="a > 2")]) == ()
    assert breaks_for_chart(chart, [outcome(date="other")]) == ()
    assert breaks_for_chart(chart.model_copy(update={"resource": "other"}), [outcome()]) == ()
    # A line for each office does not depend on the others.
    assert [
        c.since for c in breaks_for_chart(chart.model_copy(update={"color": "office"}), [outcome()])
    ] == ["2020-02"]


def test_current_and_frozen_releases_are_broken_alike(tmp_path: Path) -> None:
    rule = """  plausibility:
    - name: offices
      kind: coverage
      title: Who reported
      field: state
      date: visited_on
      changes: [{since: 2026-02, reason: a new form}]
"""
    root = write_portal(tmp_path, **{"data/visits/datapackage.yaml": DESCRIPTOR + rule})
    freeze_release(root, "visits", "", "The first.", "", lambda _: None)
    build_portal(root, tmp_path / "_site", lambda _: None)
    broken = {}
    for path in sorted((tmp_path / "_site/datasets/visits").glob("**/receipts.json")):
        receipts = json.loads(path.read_text())["receipts"]
        broken[str(path.relative_to(tmp_path))] = [
            r["breaks"][0]["at"] for r in receipts if "breaks" in r
        ]
    assert broken == {
        "_site/datasets/visits/receipts.json": ["2026-02"],
        "_site/datasets/visits/releases/2026-10-01/receipts.json": ["2026-02"],
    }
