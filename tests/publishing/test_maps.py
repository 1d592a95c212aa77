"""Maps: boundaries are joined, projected and drawn; what does not fit is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from plainrecord.findings.finding import Finding
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.products import Chart, Series, SeriesColumn
from plainrecord.publishing import boundaries, pictures, vega
from plainrecord.publishing.boundaries import draw_places, load_boundaries, read_boundaries
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.publishing.charts.map import choose_edges, name_classes
from plainrecord.publishing.explorer_maps import draw_map
from plainrecord.publishing.vega import draw_chart, redraw_chart, write_files
from plainrecord.receipts.receipts_document import describe_receipts, parse_receipts
from plainrecord.verify.chart_specification import compare_specification
from plainrecord.verify.views import compare_map
from tests.portals import declare_chart

STATES = load_boundaries("us-states")
RECEIPT = Receipt("SELECT 1", (), "", 1)


@pytest.fixture(autouse=True)
def installed() -> None:
    if STATES is None:
        pytest.skip("the boundaries are not installed")


def count(*rows: tuple[Cell, ...]) -> Series:
    columns = (
        SeriesColumn("x", "State", "string", "key"),
        SeriesColumn("value", "Number of stops", "number", "value"),
        SeriesColumn("status", "Status", "string", "status"),
    )
    return Series(columns, rows, RECEIPT, unit="stop")


ROWS: tuple[tuple[Cell, ...], ...] = (
    ("Texas", 90, "shown"),
    ("CA", 30, "shown"),
    ("36", 3, "shown"),
    ("Ohio", None, "suppressed"),
    ("Guam", 2, "shown"),
)


def draw(series: Series, **keys: object) -> Chart | Finding:
    """The chart, or why there is none."""
    own = {"name": "map", "title": "Stops", "kind": "map", "boundaries": "us-states", "x": "state"}
    chart, findings = draw_chart(declare_chart(**{**own, **keys}), "stops", series)
    return chart or findings[0]


@pytest.fixture(scope="module")
def drawn() -> Chart:
    chart = draw(count(*ROWS))
    assert isinstance(chart, Chart)
    return chart


def test_a_map_has_a_shape_for_each_state_and_says_what_is_not_on_it(drawn: Chart) -> None:
    rows: Any = drawn.spec["datasets"]
    named = {row["x"]: row["text"] for row in rows["rows"]}
    assert {"36", "CA"}.isdisjoint(named)  # codes have the names of their places
    assert named["California"] == "30"
    assert len(named) == 51 + 1  # the states and the District of Columbia, and Guam
    assert (named["Texas"], named["Ohio"], named["Wyoming"]) == ("90", "suppressed", "0")
    assert "47 places have no records: their count is 0." in drawn.alt
    assert "Map, 4 values. Highest: Texas (90). Lowest: New York (3)." in drawn.alt
    assert "Places that this map does not draw: Guam (2)." in drawn.alt
    assert "Not on the map" not in drawn.alt
    assert "us-atlas (ISC licence)" in drawn.values
    assert drawn.svg.count("<title>Wyoming: 0</title>") == 2
    assert str(drawn.svg).count('class="suppressed') >= 2
    assert write_files(drawn)["csv"].decode().splitlines()[1] == "Texas,90,shown"


def test_a_map_is_drawn_again_from_its_receipt(drawn: Chart) -> None:
    sheet = parse_receipts(describe_receipts("stops", "", [], [drawn], "datasets/stops"))
    [proof] = sheet.proofs
    again = redraw_chart(proof)
    assert isinstance(again, Chart)
    assert (again.spec, again.svg, again.alt) == (drawn.spec, drawn.svg, drawn.alt)
    content = write_files(drawn)["json"]
    assert list(compare_specification(proof, content, dict(again.spec))) == []
    assert list(compare_specification(proof, content)) == []  # without the outlines
    for old, new in (('"text": "0"', '"text": "7"'), ('"value": 90', '"value": 91')):
        assert old in content.decode()
        forged = content.decode().replace(old, new, 1).encode()
        assert [f.rule for f in compare_specification(proof, forged)] == ["page-differs"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("Texas", 1), ("TX", 2), ("Ohio", 1), ("OH", 3)], "'Texas' and 'TX' are one place"),
        ([("Chicago", 1), ("Texas", 2)], "1 of 2 values of state are no places of us-states"),
    ],
)
def test_values_that_do_not_join_are_named(rows: list[tuple[Cell, ...]], words: str) -> None:
    found = draw(count(*((*row, "shown") for row in rows)))
    assert isinstance(found, Finding)
    assert (found.rule, words in found.found) == ("chart-invalid", True)
    assert "'Ohio'" in found.found or "Chicago" in found.found


@pytest.mark.parametrize(
    "rows", [[("Texas", 1, "shown")], [("Texas", None, "suppressed"), ("Ohio", None, "suppressed")]]
)
def test_one_row_and_all_suppressed_are_drawn(rows: list[tuple[Cell, ...]]) -> None:
    assert isinstance(draw(count(*rows)), Chart)


def test_without_boundaries_tiles_or_bars_stand_in_the_place_of_a_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vega, "load_boundaries", lambda _: None)
    for name, kind in (("us-states", "tile-map"), ("countries", "bar")):
        chart = draw(count(*ROWS), boundaries=name)
        assert isinstance(chart, Chart)
        assert (chart.kind, "boundaries were not installed" in chart.note) == (kind, True)


@pytest.mark.parametrize(
    ("values", "classes", "words"),
    [
        (range(1, 11), "quantile", ["1 to 2", "3 to 4", "5 to 6", "7 to 8", "9 to 10"]),
        ([1, 1, 1, 9], "quantile", ["1 to 8", "9"]),
        ([0, 10, 50, 100], "equal", ["10 to 39", "40 to 69", "70 to 100"][:0]),
        ([2.5, 7.5], "quantile", ["2.5 to under 7.5", "7.5"]),
        ([0, 0], "quantile", []),
        ([4], "quantile", ["4"]),
    ],
)
def test_classes_in_words(values: Any, classes: str, words: list[str]) -> None:
    told = name_classes(list(values), choose_edges(list(values), classes))
    assert told == words or (classes == "equal" and len(told) == 3)


@pytest.mark.parametrize(
    ("boundaries", "values", "places"),
    [
        ("us-states", ["GU", "69", "u.s. virgin islands", "PR"],
         "Guam (1), Northern Mariana Islands (1), U.S. Virgin Islands (1), Puerto Rico (1)"),
        ("us-counties", ["66010", "Adjuntas, PR", "48453"], "Guam, GU (1), Adjuntas, PR (1)"),
        ("countries", ["AQ", "Tuvalu", "XK"], "Antarctica (1), Tuvalu (1)"),
    ],
)  # fmt: skip
def test_places_without_an_outline_are_not_called_something_else(
    boundaries: str, values: list[str], places: str
) -> None:
    field = "Texas" if boundaries == "us-states" else values[-1]
    rows = [(value, 1, "shown") for value in dict.fromkeys((*values, field, "Missing"))]
    chart = draw(count(*rows), boundaries=boundaries)
    assert isinstance(chart, Chart)
    assert f"Places that this map does not draw: {places}." in chart.alt
    assert chart.series.map
    stranger = replace(chart.series, map=replace(chart.series.map, shapes=None))  # in `verify`
    assert kind_of("map").notes(stranger) == kind_of("map").notes(chart.series)
    assert "Not on the map: Missing (1)." in chart.alt
    document, problem = draw_map("state", boundaries, list(dict.fromkeys((*values, field))))
    assert problem == ""
    assert ", ".join(f"{name} (1)" for name in document["undrawn"].values()) == places  # type: ignore[union-attr]
    assert list(compare_map("map-1.json", document)) == []
    assert [*compare_map("map-1.json", {**document, "undrawn": {values[0]: "Ohio"}})]


def test_a_county_and_the_city_of_its_name_are_two_places() -> None:
    counties = load_boundaries("us-counties")
    assert counties is not None
    assert len({place.label for place in counties.places}) == len(counties.places) > 3_000
    for value, label in (
        ("51770", "Roanoke city, VA"),
        ("51161", "Roanoke County, VA"),
        ("Roanoke City, Virginia", "Roanoke city, VA"),
        ("48453", "Travis, TX"),
        ("Alexandria, VA", "Alexandria, VA"),
    ):
        place = counties.find(value)
        assert place is not None
        assert place.label == label
    assert counties.find("Roanoke, VA") is None  # it could be either


def square(x: float, y: float, side: float = 1) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def collect(**rings: list[list[float]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": f"Part {code}"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for code, ring in rings.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_boundaries_of_a_maintainer_in_both_directions_of_rings() -> None:
    content = collect(A=square(10, 50), B=square(11, 50)[::-1], C=square(12.5, 50.5, 0.001))
    read = read_boundaries(content, "parts.geojson", "code", "name", "The city")
    place = read.find("a")
    assert place is not None
    written = content.replace(b'"A"', b"6037.0").replace(b"Part A", b"Part B")
    again = read_boundaries(b"\xef\xbb\xbf" + written, "p", "code", "name", "")
    assert [item.label for item in again.places][:2] == ["Part B (6037)", "Part B (B)"]
    assert len(set(draw_places(again, 328)[0].values())) == 3  # an outline each
    assert place.label == "Part A"
    drawn, wide, high = draw_places(read, 328)
    assert (wide, 150 < high < 263) == (328, True)
    assert drawn["Part C"].endswith(boundaries.SQUARE)
    assert drawn["Part A"] != drawn["Part B"]


def test_the_outlines_of_a_picture_are_where_they_were() -> None:
    path = "M10.5,0.5L20.5,0.5L120.5,200.25L-0.5,30Z"
    assert pictures._shorten(path) == "M10.5 .5l10 0 100 199.75-121-170.25z"


def topology(arcs: list[list[int]]) -> bytes:
    part = {"type": "Polygon", "arcs": arcs, "properties": {"code": 7}}
    whole = {"arcs": [square(0, 0)], "objects": {"parts": {"geometries": [part]}}}
    return json.dumps({"type": "Topology", **whole}).encode()


def test_topojson_and_the_date_line() -> None:
    assert read_boundaries(topology([[0]]), "t", "code", "", "").find("7")
    fiji: list[list[float]] = [[179, -17], [-179, -17], [-179, -16], [179, -16], [179, -17]]
    read = read_boundaries(collect(W=fiji, V=square(177, -17)), "t", "code", "", "")
    drawn, _, high = draw_places(read, 328)
    assert high < 100  # two squares and a half side by side, not a belt around the earth
    assert drawn["W"].startswith("M328 ")
    on: list[list[float]] = [[x + 360 if x < 0 else x, y] for x, y in fiji]  # 181, not -179
    again = read_boundaries(collect(W=on, V=square(177, -17)), "t", "code", "", "")
    assert draw_places(again, 328) == draw_places(read, 328)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1", "not JSON"),
        (b"{}", "no features"),
        (b'{"type": "Topology"}', "arcs and objects"),
        (collect(A=square(913_000, 120_000)), "degrees of longitude and latitude"),
        (collect(A=[]).replace(b"[[]]", b"[]"), "feature 1 .A. has no polygon"),
        (collect(A=square(1, 1)).replace(b'"A"', b"null"), "has the code None: a text or a whole"),
        (collect(A=square(1, 1)[:-1]), "not closed"),
        (collect(A=square(1, 1)).replace(b"code", b"kode"), "no property 'code'; it has kode"),
        (collect(A=square(1, 1), a=square(3, 1)), "features 1 and 2 have one code"),
        (collect(A=square(1, 1)).replace(b"Polygon", b"Point"), "is a Point"),
        (collect(A=[["x", 1]] * 4), "no lists of points"),  # type: ignore[list-item]
        (topology([]), "feature 1 .7. has no polygon"),
        (topology([[]]), "not closed"),
        (topology([[4]]), "not those of TopoJSON"),
        (topology([[0]]).replace(b'{"code": 7}', b"[7]"), "feature 1 has no property 'code'"),
        (topology([[0] * 500_000]), "have 2,500,000 points, more than"),
    ],
)
def test_boundaries_that_are_wrong_say_why(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_boundaries(content, "parts.geojson", "code", "", "")


def test_a_hostile_name_is_data_in_every_file() -> None:
    evil = "<script>alert(1)</script>"
    content = collect(A=square(1, 1)).replace(b"Part A", evil.encode())
    read = read_boundaries(content, "parts.geojson", "code", "name", "")
    declared = declare_chart(
        name="map", title="T", kind="map", boundaries="p.geojson", join="code", x="x", credit="Me"
    )
    chart, _ = draw_chart(declared, "stops", count(("a", 3, "shown")), shapes=read)
    assert isinstance(chart, Chart)
    empty, _ = draw_chart(
        declared, "stops", replace(count(("a", 3, "shown")), rows=(("a", 0, "shown"),)), shapes=read
    )
    assert isinstance(empty, Chart)
    assert "<script" not in str(chart.svg) + write_files(chart)["svg"].decode()
