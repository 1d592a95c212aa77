"""One series with every status, through every kind of chart and everything that shows it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import altair
import pytest

from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.packages import MissingKind
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.model.products import Chart, Series, SeriesColumn
from plainrecord.model.statuses import SHOWN, STATUSES, count_absent, status_word
from plainrecord.pages.dataset import view_chart
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.publishing.chart_rows import plot_rows, show_number
from plainrecord.publishing.vega import draw_chart, redraw_chart
from plainrecord.publishing.vega_marks import STATUS_COLORS
from plainrecord.receipts.absent_rows import complete_rows
from plainrecord.receipts.receipts_document import describe_receipts, parse_receipts
from plainrecord.verify.site import verify_site
from tests.portals import declare_chart, write_portal
from tests.tampering import replace_text, reseal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

KINDS = ("line", "small-multiples", "bar", "dot", "heatmap", "tile-map", "points")
ABSENT = tuple(kind.value for kind in MissingKind)
VALUES: tuple[tuple[Cell, str], ...] = (
    (5, SHOWN), (0, SHOWN), *((None, status) for status in ABSENT), (9, SHOWN),
)  # fmt: skip
STATES = ("CA", "TX", "NY", "FL", "OH", "GA", "WA", "OR", "NV")
PART = PartPeriod("x", "2026-09", "the records end on 12 September 2026", "12 of 30 days")


def every_status(kind: str) -> Series:
    """Nine months or states: five, zero, each reason for no value, and nine in a part of a month."""
    keys = {"small-multiples": ("x", "facet"), "heatmap": ("x", "y")}.get(kind, ("x",))
    places = {"tile-map": STATES, "points": [f"{n}, {n}" for n in range(9)]}.get(kind)
    period = "" if places else "month"
    names = places or [f"2026-{n:02}" for n in range(1, 10)]
    columns = [SeriesColumn(key, key.upper(), "string", "key") for key in keys]
    columns[0] = replace(columns[0], period=period)
    rows = tuple(
        (name, *("a" for _ in keys[1:]), value, status)
        for name, (value, status) in zip(names, VALUES, strict=True)
    )
    value = SeriesColumn("value", "Number", "number", "value")
    status = SeriesColumn("status", "Status", "string", "status")
    parts = () if places else (PART,)
    receipt = Receipt("SELECT 1", (), "", len(rows), suppressed=1, threshold=11)
    return Series((*columns, value, status), rows, receipt, "sum:n", "prisoner", parts)


def draw(kind: str) -> Chart:
    definition = declare_chart(name="c", title="C", kind=kind, resource="t", x="x", measure="sum:n")
    chart, _ = draw_chart(definition, "d", every_status(kind))
    assert isinstance(chart, Chart), chart
    return chart


@pytest.mark.parametrize("kind", KINDS)
def test_each_rendering_has_the_status_of_each_value(kind: str) -> None:
    chart = draw(kind)
    sentences = count_absent(ABSENT)
    assert len(sentences) == len(ABSENT)
    # The still picture draws and names each, and none as a number.
    svg = str(chart.svg)
    for status in ABSENT:
        drawn = re.findall(rf'<path [^>]*class="{status}[ "][^>]*>(?:<title>[^<]*)?', svg)
        assert any(status_word(status) in box for box in drawn), (kind, status)
        # Twice the mark, and its key where the mark has no word beside it; a map has more states.
        if status != "missing":
            assert len(drawn) == (2 if kind in ("bar", "dot") else 4), (kind, status)
        assert svg.count(f'id="c-narrow-{status}"') == svg.count(f'id="c-wide-{status}"') == 1
    # The sentence, and the words beside the chart.
    view = view_chart(chart, "datasets/d")
    for sentence in sentences:
        assert sentence in chart.alt
        assert sentence in view.values
    # The table.
    told = [(row[-1].text, row[-1].kind) for row in view.rows]
    assert told == [
        ("5", "number"), ("0", "number"), *((status_word(s), s) for s in ABSENT), ("9", "number"),
    ]  # fmt: skip
    # The live chart: a row for each value, and every status apart from zero.
    spec: Any = json.loads(json.dumps(chart.spec))
    altair.Chart.from_dict(spec)
    if kind == "tile-map":
        marks = {row["code"]: row for row in spec["datasets"]["rows"]}
        rows = [marks[state] for state in STATES]
        assert (marks["AL"]["value"], marks["AL"]["status"]) == (None, "missing")
    else:
        rows = list(spec["datasets"]["rows"])[: len(VALUES)]
    assert [(row["value"], row["status"]) for row in rows] == list(VALUES)
    assert [row["text"] for row in rows] == [word for word, _ in told]
    # The receipt, and what a verifier draws from it.
    document = describe_receipts("d", "", (), [chart], "datasets/d")
    [proof] = parse_receipts(json.loads(json.dumps(document))).proofs
    assert proof.rows == chart.series.rows
    again = redraw_chart(proof)
    assert isinstance(again, Chart)
    assert (again.alt, str(again.svg), again.spec) == (chart.alt, svg, spec)


def test_no_two_statuses_have_the_same_fill() -> None:
    assert len(set(STATUS_COLORS.values())) == len(ABSENT)


@pytest.mark.parametrize("kind", KINDS[:4])
def test_a_period_that_is_not_whole_is_marked_in_words_and_in_drawing(kind: str) -> None:
    chart = draw(kind)
    assert "September 2026 is incomplete: the records end on 12 September 2026." in chart.alt
    view = view_chart(chart, "datasets/d")
    assert "September 2026 is incomplete" in view.values
    assert view.rows[-1][0].text == "September 2026 (incomplete)"
    drawn = " ".join(re.sub("<[^>]*>", " ", str(chart.svg)).split())
    assert drawn.count("12 of 30 days") == 2 or kind == "small-multiples"
    assert str(chart.svg).count('stroke-dasharray="4,3"') >= 2
    spec: Any = chart.spec
    assert [row["cover"] for row in spec["datasets"]["rows"]][8] == "incomplete"
    assert "cover" in json.dumps({k: v for k, v in spec.items() if k != "datasets"})


def test_a_line_to_a_part_of_a_period_is_dashed_and_live_too() -> None:
    columns = every_status("line").columns
    rows = tuple((f"2026-0{n}", n, SHOWN) for n in (7, 8, 9))
    series = Series(columns, rows, Receipt("", (), "", 3), "count", "", (PART,))
    chart, _ = draw_chart(
        declare_chart(name="c", title="C", kind="line", resource="t", x="x"), "d", series
    )
    assert isinstance(chart, Chart)
    lines = re.findall(r'<path d="M[^"]*L[^"]*"[^>]*stroke-linejoin="round"[^>]*>', str(chart.svg))
    assert ["stroke-dasharray" in line for line in lines] == [False, True] * 2
    marks: Any = plot_rows(series, lines=True)
    assert [(m["x"], m["cover"]) for m in marks] == [
        ("2026-07", "complete"), ("2026-08", "complete"), ("2026-09", "incomplete"),
        ("2026-08", "incomplete"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "filled"), [("count", (0, SHOWN)), ("sum:n", (None, "missing"))]
)
@pytest.mark.parametrize(
    ("kind", "period", "stamps", "whole"),
    [
        ("line", "month", ("2025-11", "2026-02"), ["2025-11", "2025-12", "2026-01", "2026-02"]),
        ("line", "quarter", ("2025-Q3", "2026-Q1"), ["2025-Q3", "2025-Q4", "2026-Q1"]),
        ("line", "year", ("2023", "2025"), ["2023", "2024", "2025"]),
        ("line", "fiscal-year", ("2023", "2025"), ["2023", "2024", "2025"]),
        ("line", "day", ("2024-02-28", "2024-03-01"), ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ("small-multiples", "year", ("2023", "2025"), ["2023", "2024", "2025"]),
        ("bar", "year", ("2023", "2025"), ["2023", "2024", "2025"]),
        ("bar", "year", ("2025", "2023"), ["2025", "2023"]),
        ("bar", "day", ("2024-01-01", "All others"), ["2024-01-01", "All others"]),
        ("line", "", ("2023", "2025"), ["2023", "2025"]),
        ("tile-map", "", ("CA", "NY"), ["CA", "NY"]),
    ],
)
def test_periods_without_records(
    kind: str, period: str, stamps: tuple[str, ...], whole: list[str], measure: str,
    filled: tuple[Cell, str],
) -> None:  # fmt: skip
    columns = (
        SeriesColumn("x", "X", "string", "key", period),
        SeriesColumn("value", "N", "number", "value"),
        SeriesColumn("status", "S", "string", "status"),
    )
    rows = tuple((stamp, 7, SHOWN) for stamp in stamps)
    got = complete_rows(kind_of(kind).completed, columns, measure, rows)
    assert [row[0] for row in got] == whole
    assert {row[1:] for row in got if row[0] not in stamps} <= {filled}
    assert (
        complete_rows(kind_of(kind).completed, columns, "", rows) == rows
    )  # a receipt of an older version


def test_cells_of_a_heat_map_without_records() -> None:
    columns = (
        SeriesColumn("x", "X", "string", "key"),
        SeriesColumn("y", "Y", "string", "key", "weekday"),
        SeriesColumn("value", "N", "number", "value"),
        SeriesColumn("status", "S", "string", "status"),
    )
    rows = (("a", "Monday", 1, SHOWN), ("b", "Tuesday", None, "suppressed"))
    got = complete_rows("cells", columns, "count", rows)
    assert len(got) == 14
    assert ("a", "Tuesday", 0, SHOWN) in got
    assert ("b", "Tuesday", None, "suppressed") in got


def test_no_label_of_a_small_number_reads_as_zero() -> None:
    assert [show_number(n) for n in (0, 0.04, -0.04, 0.05, 1e-7)] == [
        "0", "0.04", "−0.04", "0.1", "1e−07",
    ]  # fmt: skip


def test_a_receipt_with_a_value_that_is_shown_and_not_there_is_no_receipt() -> None:
    document: Any = describe_receipts("d", "", (), [draw("bar")], "datasets/d")
    for row, said in ((["2026-03", None, SHOWN], "shown"), (["2026-03", 4, "missing"], "missing"),
                      (["2026-03", None, "gone"], "gone")):  # fmt: skip
        document["receipts"][0]["rows"][2] = row
        sheet = parse_receipts(document)
        assert sheet.proofs == ()
        assert said in sheet.problems[0]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Georgia", *(f"Country {n}" for n in range(264))], "264 of 265 values of x are no states (100%)"),
        (["Georgia", "France"], "1 of 2 values"),
        ([f"{n:02}" for n in range(1, 13)], "2 of 12 values"),
        (["CA", "IN", "DE", "FR", "GB", "US", "MX"], "4 of 7 values"),
        (["Atlantis"], "1 of 1 values"),
        (["CA", "California", "TX"], "'CA' and 'California' are one state"),
        (["CA", "ca"], "'CA' and 'ca' are one state"),
        (["Missing", "All others"], "no row has a value of x"),
        ([*STATES, "Guam", "PR", "VI", "Missing", "All others"], ""),
        (["california", "48", "ny"], ""),
        ([*STATES, "Foreign"], ""),
        (["CA", "NY", "(B)(7)(E)"], ""),
        (["CA", "NY", "Foreign", "Other"], "2 of 4 values"),
    ],
)  # fmt: skip
def test_a_map_of_states_is_one_of_states(names: list[str], said: str) -> None:
    series = every_status("tile-map")
    column = replace(series.columns[0], apart=("Missing", "All others"))
    rows = tuple((name, 3, SHOWN) for name in names)
    made = replace(series, columns=(column, *series.columns[1:]), rows=rows)
    got, findings = draw_chart(
        declare_chart(name="c", title="C", kind="tile-map", resource="t", x="x"), "d", made
    )
    if said:
        assert said in findings[0].found
        return
    assert isinstance(got, Chart)
    off = [name for name in names if name in ("Missing", "All others", "Foreign", "(B)(7)(E)")]
    said = f"Not on the map: {', '.join(f'{name} (3)' for name in off)}."
    assert (said in got.alt) == bool(off)
    said = "Places that this map does not draw: Guam (3), U.S. Virgin Islands (3)."
    assert (said in got.alt) == ("VI" in names)


def test_numbers_are_no_states() -> None:
    series = every_status("tile-map")
    column = replace(series.columns[0], type="integer")
    made = replace(series, columns=(column, *series.columns[1:]), rows=((12, 3, SHOWN),))
    _, [got] = draw_chart(
        declare_chart(name="c", title="C", kind="tile-map", resource="t", x="x"), "d", made
    )
    assert "has the type integer" in got.found


# As a user would: a table with every mark, built, verified, and made dishonest.

DESCRIPTOR = """name: k
title: K
description: Some.
licenses: [{name: CC0-1.0}]
resources:
  - name: k
    path: k.csv
    schema:
      fields:
        - {name: k, type: string, title: Office}
        - {name: day, type: date, title: Day of the arrest}
        - {name: state, type: string, title: State}
        - {name: spot, type: string, title: Spot}
        - {name: n, type: integer, title: Prisoners counted}
      missingValues:
        - ""
        - {value: NC, label: Not collected, kind: not-collected}
        - {value: NA, label: Does not apply, kind: not-applicable}
        - {value: U, label: Not known, kind: unknown}
        - {value: X, label: Withheld under FOIA, kind: withheld}
plainrecord:
  summary: Some.
  unit: state in a week
  updated: 2026-10-01
  privacy: {threshold: 3, coarsen: [{field: k, method: prefix, length: 50}]}
  figures:
    - {name: rows, title: Rows, sql: SELECT count(*) FROM k}
    - {name: sum, title: Prisoners, sql: SELECT sum(n) FROM k, format: decimal}
    - {name: named, title: Prisoners, unit: prisoner, sql: SELECT sum(n) FROM k, format: decimal}
  charts:
    - {name: bar, title: N, kind: bar, x: k, measure: "sum:n"}
    - {name: dot, title: N, kind: dot, x: k, measure: "sum:n"}
    - {name: line, title: N, kind: line, x: day, period: month, measure: "sum:n"}
    - {name: small-multiples, title: N, kind: small-multiples, x: day, period: month, facet: k, measure: "sum:n"}
    - {name: heatmap, title: N, kind: heatmap, x: k, y: day, y_period: month, measure: "sum:n", unit: prisoner}
    - {name: tile-map, title: N, kind: tile-map, x: state, measure: "value:n"}
    - {name: points, title: N, kind: points, x: spot, measure: "sum:n"}
    - {name: quarters, title: Records by month, kind: line, x: day, period: quarter}
"""
MARKS = ("1", "0", "", "NC", "NA", "U", "X")
OFFICES = "".join(
    f'office {n},2026-{n + 1:02}-0{day},{STATES[n]},"{n}.5, 50.5",{mark}\n'
    for n, mark in enumerate(MARKS)
    for day in (1, 2, 3)
)
ROWS = f'k,day,state,spot,n\n{OFFICES}office 7,2026-08-01,OR,"7.5, 50.5",4\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("portal")
    others = {
        f"data/visits/{n}": None for n in ("datapackage.yaml", "methodology.md", "visits.csv")
    }
    write_portal(root, **{"data/k/datapackage.yaml": DESCRIPTOR, "data/k/k.csv": ROWS}, **others)
    report = build_portal(root, root / "_site", lambda _: None)
    assert [f.rule for f in report.findings if f.rule == "chart-title"] == ["chart-title"]
    return root / "_site"


@pytest.mark.parametrize("kind", KINDS)
def test_a_build_shows_every_status_and_verifies(site: Path, kind: str) -> None:
    receipts = json.loads((site / "datasets/k/receipts.json").read_text())["receipts"]
    [chart] = [receipt for receipt in receipts if receipt["id"] == f"k.{kind}"]
    assert {row[-1] for row in chart["rows"]} == STATUSES
    assert (chart["suppressed"], chart["unit"]) == (1, "prisoner" if kind == "heatmap" else "")
    page = (site / "datasets/k/index.html").read_text()
    for words in ("not collected", "withheld", "unknown", "not applicable", "no data"):
        assert f">{words}</td>" in page


def test_what_a_number_counts_is_said_where_it_is_known(site: Path) -> None:
    document = json.loads((site / "api/v1/datasets/k.json").read_text())
    assert [(f["name"], f["unit"], f["status"]) for f in document["figures"]] == [
        ("rows", "state in a week", "shown"), ("sum", "", "shown"), ("named", "prisoner", "shown"),
    ]  # fmt: skip
    receipts = json.loads((site / "datasets/k/receipts.json").read_text())["receipts"]
    [quarters] = [receipt for receipt in receipts if receipt["id"] == "k.quarters"]
    assert quarters["unit"] == "state in a week"
    assert [c["label"] for c in quarters["columns"][:2]] == [
        "Quarter of the arrest", "Number of states in a week",
    ]  # fmt: skip
    assert quarters["parts"] == [
        {
            "column": "x",
            "stamp": "2026-Q3",
            "reason": "the records end in August 2026",
            "share": "2 of 3 months",
        }
    ]


def test_a_row_to_which_a_value_does_not_apply_lacks_nothing(site: Path) -> None:
    page = (site / "datasets/k/index.html").read_text()
    told = set(re.findall(r"\d+ rows have no value and are not included in any sum", page))
    assert told == {"12 rows have no value and are not included in any sum"}


def test_what_was_built_holds(site: Path) -> None:
    assert verify_site(str(site), None, lambda _: None).findings == ()


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        ("datasets/k/receipts.json", '"withheld"', '"missing"', "receipt-differs"),
        ("datasets/k/receipts.json", '"not-collected"', '"suppressed"', "receipt-differs"),
        ("datasets/k/receipts.json", '"measure": "sum:n"', '"measure": "count"', "receipt-differs"),
        ("datasets/k/index.html", " missing.", " suppressed.", "page-differs"),
        ("datasets/k/index.html", 'class="withheld ', 'class="suppressed ', "page-differs"),
        ("datasets/k/index.html", ">not collected</td>", ">0</td>", "page-differs"),
        ("datasets/k/index.html", "is incomplete", "is complete", "page-differs"),
        ("datasets/k/charts/tile-map.json", '"withheld"', '"shown"', "page-differs"),
        ("api/v1/datasets/k.json", '"status": "shown"', '"status": "suppressed"', "page-differs"),
    ],
)  # fmt: skip
def test_verify_holds_every_rendering_to_the_receipt(
    site: Path, tmp_path: Path, path: str, old: str, new: str, rule: str
) -> None:
    copy = tmp_path / "site"
    shutil.copytree(site, copy)
    replace_text(copy / path, old, new)
    reseal(copy)
    found = verify_site(str(copy), None, lambda _: None).findings
    assert rule in {finding.rule for finding in found}
