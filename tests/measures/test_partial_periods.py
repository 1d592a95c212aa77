"""Periods that are not whole are marked everywhere, and titles name the time that a chart has."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from plainrecord.core.periods import name_period
from plainrecord.measures.chart_titles import count_months, judge_title, name_span
from plainrecord.model.packages import Field
from plainrecord.model.partial_periods import MARK
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, declare_chart, write_portal

DAYS = [f"{2023 + (m - 1) // 12}-{(m - 1) % 12 + 1:02}-{d:02}" for m in range(11, 43) for d in (1, 9, 17, 28)]  # fmt: skip
"""From November 2023 to June 2026: neither a year nor a fiscal year is whole at its ends."""
ROWS = "visit_id,visited_on,state,year\n" + "".join(
    f"v{n},{day},{('CA', 'NY')[n % 2]},{day[:4]}\n" for n, day in enumerate(DAYS)
)
FIELDS = """      fields:
        - {name: visit_id, type: string, title: Visit}
        - {name: visited_on, type: date, title: Day of visit}
        - {name: state, type: string, title: State}
        - {name: year, type: year, title: Year of visit}
"""
CHARTS = {
    "line": "kind: line, x: visited_on, period: year",
    "bar": "kind: bar, x: visited_on, period: year",
    "heatmap": "kind: heatmap, x: visited_on, period: year, y: state",
    "panels": "kind: small-multiples, x: visited_on, period: year, facet: state",
    "fiscal": "kind: line, x: visited_on, period: fiscal-year",
    "quarter": "kind: bar, x: visited_on, period: quarter",
    "until": "kind: line, x: visited_on, period: quarter, where: \"visited_on <= '2026-04-20'\"",
    "from": "kind: bar, x: visited_on, period: quarter, where: \"visited_on >= '2024-02-05'\"",
    "whole": "kind: bar, x: visited_on, period: quarter, where: \"visited_on < '2026-04-01'\"",
    "both": "kind: line, x: visited_on, period: year, where: \"state = 'CA' AND visited_on < '2025-07-01'\"",
    "typed": "kind: bar, x: year",
    "ends": "kind: small-multiples, x: visited_on, period: quarter, facet: state, where: \"state = 'CA' OR visited_on < '2025-05-01'\"",
}
WANTED = {
    "line": {"2023", "2026"}, "bar": {"2023", "2026"}, "heatmap": {"2023", "2026"},
    "panels": {"2023", "2026"}, "fiscal": {"2024", "2026"}, "quarter": {"2023-Q4"},
    "until": {"2023-Q4", "2026-Q2"}, "from": {"2024-Q1"}, "whole": {"2023-Q4"},
    "both": {"2023", "2025"}, "typed": {"2026"},
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("spans")
    head, _, rest = DESCRIPTOR.partition("      fields:\n")
    rest = rest[rest.index("plainrecord:") :]
    rest = rest[: rest.index("  figures:")].replace("2026-10-01", "2026-06-30")
    charts = "".join(f"    - {{name: {n}, title: Visits, {text}}}\n" for n, text in CHARTS.items())
    descriptor = f"{head}{FIELDS}{rest}  charts:\n{charts}"
    write_portal(
        root, **{"data/visits/datapackage.yaml": descriptor, "data/visits/visits.csv": ROWS}
    )
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site"


@pytest.mark.parametrize("name", WANTED)
def test_a_period_that_is_not_whole_is_marked_everywhere(site: Path, name: str) -> None:
    receipts = json.loads((site / "datasets/visits/receipts.json").read_text())["receipts"]
    [receipt] = [item for item in receipts if item["id"] == f"visits.{name}"]
    parts = {part["stamp"] for part in receipt.get("parts", [])}
    assert parts == WANTED[name]
    page = (site / "datasets/visits/index.html").read_text()
    figure = page[page.index(f'id="chart-{name}"') :]
    figure = figure[: figure.index("</figure>")]
    picture = figure[figure.index("<svg") : figure.index("</svg>")]
    spec = json.loads((site / f"datasets/visits/charts/{name}.json").read_text())
    rows = spec["datasets"]["rows"]
    for part in parts:
        words = name_period(part, receipt["columns"][0].get("period", ""))
        period = f"{words[:1].upper()}{words[1:]}"
        words = f"{period} is {MARK}"
        assert words in figure[figure.index("</svg>") :]  # the sentence beside it
        assert words in picture[: picture.index("</desc>")]  # the alternative text
        assert words in spec["description"]
        assert {row["cover"] for row in rows if row["x"] == part} == {MARK}
        table = figure[figure.index("<table") :]
        assert f"{period} ({MARK})" in " ".join(table.split())
    drawn = " ".join(re.sub("<[^>]*>", " ", picture[picture.index("</desc>") :]).split())
    shares = {part.get("share", "incomplete") for part in receipt.get("parts", [])}
    assert all(share in drawn for share in shares), (shares, drawn)
    assert bool(re.search(" of [0-9]+ (?:days|months)|incomplete", drawn)) == bool(parts)


def test_what_is_marked_holds(site: Path) -> None:
    assert verify_site(str(site), None, lambda _: None).findings == ()


YEARS = {
    "Stops since 2019": ("2019-01-01", None),
    "Stops, 2019-2023": ("2019-01-01", "2024-01-01"),
    "Stops 2019–20": ("2019-01-01", "2021-01-01"),
    "Stops 2008–21": ("2008-01-01", "2022-01-01"),
    "Stops 2011-12": (None, None),
    "Fiscal 2019 arrests": ("2018-10-01", "2019-10-01"),
    "Arrests in fiscal years 2019 to 2021": ("2018-10-01", "2021-10-01"),
    "Arrests, FY 2019-21": ("2018-10-01", "2021-10-01"),
    "Stops, Jan–Mar 2020": ("2020-01-01", "2020-04-01"),
    "Stops in March 2020": ("2020-03-01", "2020-04-01"),
    "Stops, Sept. 2020 to May 2021": ("2020-09-01", "2021-06-01"),
    "Stops in 2019": ("2019-01-01", "2020-01-01"),
    "Stops (2019)": ("2019-01-01", "2020-01-01"),
    "Stops by month": (None, None),
    "May arrests under the form of 2019 by month": (None, None),
    "Costs in 2020 dollars": (None, None),
}


@pytest.mark.parametrize("title", YEARS)
def test_the_time_that_a_title_names(title: str) -> None:
    first, after = (day and date.fromisoformat(day) for day in YEARS[title])
    assert name_span(title) == ((first, after) if first or after else None)


def test_how_much_time_a_title_names() -> None:
    assert count_months("The last five years") == (60, 12)
    assert count_months("Stops in the past 18 months") == (18, 1)
    assert count_months("The last few years") is None


@pytest.mark.parametrize(
    ("title", "right"),
    [("By month and hour", True), ("By hour", True), ("By hour and year", True),
     ("By hour and weekday", False), ("By weekday", False)],
)  # fmt: skip
def test_a_title_names_both_periods_of_two_axes(title: str, *, right: bool) -> None:
    keys = {"x": "at", "period": "month", "y": "at", "y_period": "hour"}
    chart = declare_chart(title=title, kind="heatmap", **keys)
    assert bool(judge_title(chart, {"at": Field("at", "datetime")}, "d")) == (not right)


@pytest.mark.parametrize(
    ("title", "right"),
    [
        ("Visits since 2023", True), ("Visits since 2022", False), ("Visits since 2024", False),
        ("Visits, 2023–2026", True), ("Visits, 2023–2025", False), ("Visits in 2025", False),
        ("Visits in the last four years", True), ("Visits in the last ten years", False),
        ("Visits", True),
    ],
)  # fmt: skip
def test_a_title_names_the_time_of_its_chart(tmp_path: Path, title: str, right: bool) -> None:
    text = DESCRIPTOR.replace("title: Visits by month, kind: line, x: visited_on, period: month",
                              f'title: "{title}", kind: line, x: visited_on, period: year')  # fmt: skip
    days = "".join(f"v{n},{day},CA,pass,1\n" for n, day in enumerate(DAYS))
    rows = f"visit_id,visited_on,state,outcome,score\n{days}"
    files = {"data/visits/datapackage.yaml": text, "data/visits/visits.csv": rows}
    root = write_portal(tmp_path, **files)
    report = build_portal(root, root / "_site", lambda _: None)
    found = [finding for finding in report.findings if finding.rule == "chart-title"]
    assert bool(found) == (not right), found


def test_a_panel_that_ends_at_another_time_is_marked_alone(site: Path) -> None:
    receipts = json.loads((site / "datasets/visits/receipts.json").read_text())["receipts"]
    [receipt] = [item for item in receipts if item["id"] == "visits.ends"]
    [part] = [part for part in receipt["parts"] if "panel" in part]
    assert (part["panel"], part["stamp"], part["share"]) == ("NY", "2025-Q2", "1 of 3 months")
    rows = json.loads((site / "datasets/visits/charts/ends.json").read_text())["datasets"]["rows"]
    covers = {row["facet"]: row["cover"] for row in rows if row["x"] == "2025-Q2"}
    assert covers == {"CA": "complete", "NY": MARK}
    page = " ".join((site / "datasets/visits/index.html").read_text().split())
    figure = page[page.index('id="chart-ends"') :]
    figure = figure[: figure.index("</figure>")]
    assert figure.count(f"Q2 2025 ({MARK})") >= 1
    assert f"NY: Q2 2025 is {MARK}: the records end in April 2025." in figure
    drawn = " ".join(re.sub("<[^>]*>", " ", figure[: figure.index("<table")]).split())
    assert drawn.count("Q2 2025: 1 of 3") == 2
