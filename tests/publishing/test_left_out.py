"""Rows that a chart could leave out without a word: no date, no value, a name that is another's."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from tests.portals import write_portal
from tests.tampering import replace_text, reseal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

DESCRIPTOR = """name: k
title: K
description: Some.
licenses: [{name: CC0-1.0}]
resources:
  - name: k
    path: k.csv
    schema:
      fields:
        - {name: day, type: date, title: Day of the arrest}
        - {name: half, type: yearmonth, title: Month of the report}
        - {name: office, type: string, title: Office}
        - {name: n, type: integer, title: Prisoners}
      missingValues: ["", {value: X, label: (b) withheld, kind: withheld}]
plainrecord:
  summary: Some.
  unit: arrest
  updated: 2026-10-01
  privacy: {THRESHOLD}
  figures: [{name: rows, title: Rows, sql: SELECT count(*) FROM k}]
  charts:
    - {name: line, title: N, kind: line, x: day, period: month}
    - {name: panels, title: N, kind: small-multiples, x: day, period: month, facet: office}
    - {name: bar, title: N, kind: bar, x: day, period: month}
    - {name: heatmap, title: N, kind: heatmap, x: office, y: day, y_period: month}
    - {name: weekdays, title: N, kind: heatmap, x: day, period: weekday, y: office}
    - {name: typed, title: N, kind: line, x: half}
    - {name: days, title: N, kind: line, x: day, measure: "value:n"}
    - {name: sum, title: N, kind: line, x: day, period: month, measure: "sum:n"}
    - {name: offices, title: N, kind: bar, x: office}
    - {name: largest, title: N, kind: bar, x: office, limit: 2, measure: "sum:n"}
"""
DATED = "".join(
    f"2026-0{month}-0{day},2026-0{month},{office},{number}\n"
    for month in (1, 2, 3)
    for day, office, number in (
        (1, "North", 5), (2, "Missing", 4), (3, "All others", ""), (4, "", 1), (5, "missing", 7),
    )
)  # fmt: skip
UNDATED = ",,North,2\nX,X,North,\n,,South,3\n"
OPEN, GUARDED = (
    "open: The records name no people.",
    "threshold: 3, coarsen: [{field: office, method: prefix, length: 50}]",
)


def build(root: Path, privacy: str = OPEN) -> Path:
    others = {
        f"data/visits/{n}": None for n in ("datapackage.yaml", "methodology.md", "visits.csv")
    }
    descriptor = DESCRIPTOR.replace("THRESHOLD", privacy)
    rows = f"day,half,office,n\n{DATED}{UNDATED}"
    write_portal(root, **{"data/k/datapackage.yaml": descriptor, "data/k/k.csv": rows}, **others)
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("portal"))


def read(site: Path, name: str) -> tuple[dict[str, Any], str, str]:
    """The receipt of a chart, its static picture, and the sentence beside it."""
    receipts = json.loads((site / "datasets/k/receipts.json").read_text())["receipts"]
    [receipt] = [item for item in receipts if item["id"] == f"k.{name}"]
    page = (site / "datasets/k/index.html").read_text()
    part = page[page.index(f'id="chart-{name}"') :]
    [picture] = re.findall(r"<svg.*?</svg>", part, re.DOTALL)[:1]
    values = re.search(r'data-fact="values">([^<]*)<', part[: part.index("</figure>")])
    assert unescape(picture).count(unescape(values[1]) if values else "") >= 1  # alternative text
    return receipt, picture, unescape(values[1]) if values else ""


APART = "3 arrests have no date (“Missing”, “(b) withheld”) and appear "


@pytest.mark.parametrize(
    ("name", "drawn", "said"),
    [
        ("line", False, f"{APART}in the table but not in the chart."),
        ("panels", False, f"{APART}in the table but not in the chart."),
        ("typed", False, f"{APART}in the table but not in the chart."),
        ("bar", True, f"{APART}separately from the periods."),
        ("heatmap", True, f"{APART}separately from the periods."),
        ("weekdays", True, f"{APART}separately from the periods."),
        (
            "days",
            False,
            "Some rows have no date (“Missing”, “(b) withheld”) and appear in the table",
        ),
        ("sum", False, "3 rows have no date (“Missing”, “(b) withheld”) and appear in the table"),
    ],
)
def test_rows_without_a_date_are_reported(site: Path, name: str, drawn: bool, said: str) -> None:
    receipt, picture, told = read(site, name)
    words = told.replace("“(b) withheld”, “Missing”", "“Missing”, “(b) withheld”")
    assert said in words
    place = 1 if name == "heatmap" else 0
    stamps = [row[place] for row in receipt["rows"]]
    assert {"Missing", "(b) withheld"} <= set(stamps)
    if name != "heatmap":
        assert set(stamps[-2:]) <= {"Missing", "(b) withheld"}  # after the periods
    rest = re.sub(r"<title>N</title><desc>.*?</desc>|aria-label=\"[^\"]*\"", "", picture)
    assert ("(b) withheld" in rest) == drawn
    if receipt["measure"] == "count":
        undated = [row for row in receipt["rows"] if row[place] in ("Missing", "(b) withheld")]
        assert sum(row[-2] for row in undated) == 3


def test_no_point_of_a_live_line_has_no_date(site: Path) -> None:
    spec = json.loads((site / "datasets/k/charts/line.json").read_text())
    assert {row["x"] for row in spec["datasets"]["rows"]} == {"2026-01", "2026-02", "2026-03"}


def test_a_sum_says_how_many_rows_have_no_value(site: Path) -> None:
    receipt, _, told = read(site, "sum")
    assert [c["name"] for c in receipt["columns"]] == ["x", "rows", "lacking", "value", "status"]
    assert receipt["rows"][0] == ["2026-01", 5, 1, 17, "shown"]
    assert "4 rows have no value and are not included in any sum." in told
    assert sum(row[2] for row in receipt["rows"]) == 4
    largest, _, told = read(site, "largest")
    assert sum(row[2] for row in largest["rows"]) == 4
    assert sum(row[1] for row in largest["rows"]) == 18
    assert "4 rows have no value and are not included in any sum." in told


def test_a_value_called_missing_is_not_what_is_missing(site: Path) -> None:
    receipt, picture, _ = read(site, "offices")
    assert {row[0]: row[1] for row in receipt["rows"]} == {
        "North": 5, "Missing": 3, "All others": 3, "missing": 3, "South": 1,
        "Missing (no such value)": 3,
    }  # fmt: skip
    assert ">Missing (no such value)</text>" in picture
    largest, _, _ = read(site, "largest")
    assert [row[0] for row in largest["rows"]][-1] == "All others (no such value)"


def test_few_rows_are_not_reported(tmp_path: Path) -> None:
    site = build(tmp_path, GUARDED)
    assert verify_site(str(site), None, lambda _: None).findings == ()
    _, _, told = read(site, "line")
    assert "Some arrests (how many is suppressed) have no date" in told
    receipt, _, told = read(site, "sum")
    assert receipt["rows"][0] == ["2026-01", 5, None, 17, "shown"]
    assert receipt["rows"][-1] in (
        ["Missing", None, None, None, "suppressed"],
        ["(b) withheld", None, None, None, "suppressed"],
    )
    assert (
        "Some rows (how many is suppressed) have no value and are not included in any sum." in told
    )
    assert '<td class="suppressed numeric"' in (site / "datasets/k/index.html").read_text()


def test_what_was_built_holds(site: Path) -> None:
    assert verify_site(str(site), None, lambda _: None).findings == ()


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        ("index.html", "3 arrests have no date", "2 arrests have no date", "page-differs"),
        ("index.html", "4 rows have no value", "3 rows have no value", "page-differs"),
        ("receipts.json", '"lacking"', '"left"', "receipt-differs"),
    ],
)
def test_verify_counts_them_again(
    site: Path, tmp_path: Path, path: str, old: str, new: str, rule: str
) -> None:
    copy = tmp_path / "site"
    shutil.copytree(site, copy)
    replace_text(copy / "datasets/k" / path, old, new)
    reseal(copy)
    found = verify_site(str(copy), None, lambda _: None).findings
    assert found
    if path == "index.html":
        assert rule in {finding.rule for finding in found}
