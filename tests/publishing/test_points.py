"""Maps of points: cells of a grid, what is no point on the earth, and the outlines behind them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from plainrecord.findings.finding import Finding
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.products import Chart, Series, SeriesColumn
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing import vega
from plainrecord.publishing.boundaries import load_boundaries
from plainrecord.publishing.vega import draw_chart, redraw_chart
from plainrecord.receipts.receipts_document import describe_receipts, parse_receipts
from tests.portals import DESCRIPTOR, declare_chart, write_portal

COLUMNS = (
    SeriesColumn("x", "Latitude, longitude", "string", "key"),
    SeriesColumn("value", "Number of stops", "number", "value"),
    SeriesColumn("status", "Status", "string", "status"),
)


def draw(*rows: tuple[Cell, ...], **keys: Any) -> Chart | Finding:
    """The chart of cells with their numbers, or why there is none."""
    full = tuple((*row, "shown") if len(row) == 2 else row for row in rows)
    series = Series(COLUMNS, full, Receipt("SELECT 1", (), "", len(rows)), unit="stop")
    declared = declare_chart(name="p", title="Stops", kind="points", x="x", y="y", **keys)
    chart, findings = draw_chart(declared, "stops", series)
    return chart or findings[0]


def centres(chart: Chart) -> dict[str, tuple[float, float]]:
    """The middle of each circle of the wide picture, in pixels."""
    layers: Any = chart.spec["layer"]
    shapes = layers[1]["encoding"]["shape"]["scale"]
    found = {}
    for name, path in zip(shapes["domain"], shapes["range"], strict=True):
        if match := re.match(r"M(-?[\d.]+) (-?[\d.]+)a([\d.]+) ", path):
            x, y, radius = map(float, match.groups())
            found[name] = ((x + radius) / 2, y / 2)
    return found


def test_circles_lie_as_on_the_earth_and_what_is_off_the_map_is_said() -> None:
    chart = draw(("10, 20", 5), ("11, 20", 1), ("10, 21", 2), ("Missing", 7), ("At 0, 0", 3))
    assert isinstance(chart, Chart)
    at = centres(chart)
    assert at["11, 20"][1] < at["10, 20"][1] == pytest.approx(at["10, 21"][1], abs=2)
    assert at["10, 20"][0] == pytest.approx(at["11, 20"][0], abs=0.5)
    assert at["10, 21"][0] > at["10, 20"][0]
    assert "Not on the map: Missing (7), At 0, 0 (3)." in chart.alt
    assert " km<" in str(chart.svg)
    [proof] = parse_receipts(describe_receipts("stops", "", [], [chart], "datasets/stops")).proofs
    again = redraw_chart(proof)
    assert isinstance(again, Chart)
    assert (again.spec, again.svg, again.alt) == (chart.spec, chart.svg, chart.alt)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("Missing", 7), ("Out of range", 3)], "no point is on the map: Missing, Out of range"),
        ([("10, 20", -1)], "a value is below zero"),
    ],
)
def test_a_map_with_nothing_to_draw_says_why(rows: list[tuple[Cell, ...]], words: str) -> None:
    found = draw(*rows)
    assert isinstance(found, Finding)
    assert words in found.found


def test_one_point_and_points_on_both_sides_of_the_date_line() -> None:
    one = draw(("10, 20", None, "suppressed"))
    assert isinstance(one, Chart)
    assert len(centres(one)) == 1
    two = draw(("-17, 179.5", 1), ("-17, -179.5", 2), ("-17, 178.5", 3))
    assert isinstance(two, Chart)
    east, middle, west = (
        centres(two)[name][0] for name in ("-17, -179.5", "-17, 179.5", "-17, 178.5")
    )
    assert east - middle == pytest.approx(middle - west, abs=2)


def test_outlines_are_cut_to_the_points_and_those_outside_are_said() -> None:
    if load_boundaries("us-states") is None:
        pytest.skip("the boundaries are not installed")
    rows: list[tuple[Cell, ...]] = [("44.98, -93.26", 9), ("45.01, -93.3", 4), ("51.5, -0.1", 2)]
    chart = draw(*rows, boundaries="us-states")
    assert isinstance(chart, Chart)
    assert "Not on the map: 51.5, -0.1 (2)." in chart.alt
    assert "us-atlas (ISC licence)" in chart.alt
    assert len(json.dumps(chart.spec)) < 9_000  # not the whole of the United States
    alaska = draw(("61.2, -149.9", 1), ("30.3, -97.7", 2), boundaries="us-states")
    assert isinstance(alaska, Chart)
    assert "Not on the map" not in alaska.alt
    assert " km<" not in str(alaska.svg)  # Alaska has a scale of its own


def test_without_installed_boundaries_the_points_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"": load_boundaries("")}
    monkeypatch.setattr(vega, "load_boundaries", known.get)
    chart = draw(("10, 20", 5), boundaries="countries")
    assert isinstance(chart, Chart)
    assert "Outlines were not installed" in chart.note


CHARTS = """  charts:
    - {name: two, title: Where, kind: points, x: across, y: up}
    - {name: sum, title: Where it scored, kind: points, x: across, y: up, measure: "sum:score"}
    - {name: one, title: Where, kind: points, x: point}
    - {name: array, title: Where, kind: points, x: pair}
    - {name: object, title: Where, kind: points, x: thing}
"""
FIELDS = """        - {name: across, type: number, title: Longitude, missingValues: ["", {value: hidden, label: Not stated, kind: withheld}]}
        - {name: up, type: number, title: Latitude}
        - {name: point, type: geopoint}
        - {name: pair, type: geopoint, format: array}
        - {name: thing, type: geopoint, format: object}
        - {name: score"""
PLACES = [
    *((f"{-93.2 - n % 4 / 100:.5f}", f"{44.9 + n % 3 / 100:.5f}") for n in range(24)),
    ("-93.2", ""), ("hidden", "44.9"), ("0", "0"), ("44.9", "-93.2"), ("INF", "3"),
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("points")
    head = "visit_id,visited_on,state,outcome,across,up,point,pair,thing,score\n"
    lines = []
    for n, (x, y) in enumerate(PLACES):
        plain = n < 24
        texts = (
            (f'"{x}, {y}"', f'"[{x}, {y}]"', f'"{{""lon"": {x}, ""lat"": {y}}}"')
            if plain
            else ("", "", "")
        )
        lines.append(f"v{n},2026-01-01,CA,pass,{x},{y},{','.join(texts)},{n}\n")
    start = DESCRIPTOR.index("  charts:")
    descriptor = DESCRIPTOR[:start].replace("        - {name: score", FIELDS) + CHARTS
    waived = "".join(
        f"    - {{rule: personal-data, field: {name}, reason: made up for a test}}\n"
        for name in ("across", "up", "point", "pair", "thing")
    )
    write_portal(
        root,
        **{
            "data/visits/datapackage.yaml": f"{descriptor}  waived:\n{waived}",
            "data/visits/visits.csv": head + "".join(lines),
        },
    )
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site"


def read(site: Path, name: str) -> dict[str, str]:
    with (site / f"datasets/visits/charts/{name}.csv").open() as stream:
        return {row[0]: row[-2] for row in list(csv.reader(stream))[1:]}


def test_coordinates_are_counted_in_cells_in_each_form(site: Path) -> None:
    two = read(site, "two")
    cells = {name: count for name, count in two.items() if re.match("-?[0-9]", name)}
    assert len(cells) == 12
    assert set(cells.values()) == {"2"}
    assert "44.9200, -93.2300" in cells
    words = {name: count for name, count in two.items() if name not in cells}
    assert words == {"Missing": "1", "Not stated": "1", "At 0, 0": "1", "Out of range": "2"}
    for form in ("one", "array", "object"):
        assert read(site, form) == {**cells, "Missing": "5"}
    assert read(site, "sum")["44.9200, -93.2300"] == "34"
    chart = site / "datasets/visits/charts/two.json"
    assert "a cell of 0.0001 by 0.0001 degrees" in chart.read_text()


def test_swapped_fields_are_refused() -> None:
    from plainrecord.measures.points import find_problem
    from plainrecord.model.packages import Field

    lat, long = Field("lat", "number"), Field("long", "number")
    assert find_problem(long, lat) == ("", "")
    assert "swapped" in find_problem(lat, long)[0]
    assert "has the type date" in find_problem(Field("d", "date"), None)[0]
