"""Charts: every kind draws, says in words what it shows, and escapes what it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import altair
import pytest
import vl_convert

from plainrecord.core.us_states import TILES, state_code
from plainrecord.findings.finding import Finding
from plainrecord.model.declarations import Break
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.products import Chart, LineBreak, PartPeriod, Series, SeriesColumn
from plainrecord.publishing.chart_rows import show_number
from plainrecord.publishing.svg import _lay_labels
from plainrecord.publishing.vega import draw_again, draw_chart
from plainrecord.publishing.vega_marks import GREY, SHADES
from tests.portals import declare_chart

RECEIPT = Receipt("SELECT 1", (), "", 1)
EVIL = "<script>alert(1)</script>\"'&"


def make(*names: str, rows: tuple[tuple[Cell, ...], ...]) -> Series:
    columns = tuple(SeriesColumn(name, name.title(), "string", "key") for name in names)
    return Series((*columns, SeriesColumn("value", "Number", "number", "value"),
                   SeriesColumn("status", "Status", "string", "status")), rows, RECEIPT)  # fmt: skip


SERIES = {
    "line": make("x", "color", rows=(("2026-01", EVIL, 5, "shown"), ("2026-02", EVIL, None, "suppressed"),
                                     ("2026-03", EVIL, 9, "shown"))),
    "bar": make("x", rows=((EVIL, 12345, "shown"), ("b", None, "suppressed"))),
    "heatmap": make("x", "y", rows=(("01", EVIL, 3, "shown"), ("02", EVIL, None, "suppressed"))),
    "tile-map": make("x", rows=(("CA", 30, "shown"), ("texas", 11, "shown"), ("56", None, "suppressed"), (EVIL, 2, "shown"),
                              *((str(n), n, "shown") for n in range(15, 25) if n != 14))),
    "small-multiples": make("x", "facet", rows=(("2026-Q1", EVIL, 3, "shown"), ("2026-Q2", "b", 4, "shown"))),
}  # fmt: skip


@pytest.mark.parametrize("kind", SERIES)
def test_each_kind_draws_a_picture_a_specification_and_a_sentence(kind: str) -> None:
    definition = declare_chart(name="c", title=f"Title {EVIL}", kind=kind, resource="t", x="x")
    chart = draw_chart(definition, "d", SERIES[kind])
    assert isinstance(chart, Chart)
    altair.Chart.from_dict(dict(chart.spec))  # raises where the specification is not valid
    root = ElementTree.fromstring(str(chart.svg))  # noqa: S314 - our own markup, and it must parse
    tags = {element.tag.rsplit("}")[-1] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "text", "line", "rect", "path", "circle"}
    for element in root.iter():
        assert not {"style", "onload", "href"} & set(element.attrib)
    assert root.attrib["role"] == "img"
    assert "mark" in str(chart.spec) or "layer" in str(chart.spec)
    assert "Highest" in chart.alt
    if any(row[-1] == "suppressed" for row in SERIES[kind].rows):
        assert "suppressed" in chart.alt


BROKEN = [
    Break(since="2026-02-01", reason=f"reason {EVIL}", label="offices changed"),
    Break(since="2026-03", reason="a new form"),
]


@pytest.mark.parametrize("kind", ["line", "small-multiples"])
def test_lines_stop_at_breaks_in_picture_specification_and_words(kind: str) -> None:
    rows = tuple((f"2026-0{n}", "a", n, "shown") for n in (1, 2, 3, 4))
    series = make("x", "facet" if kind == "small-multiples" else "color", rows=rows)
    definition = declare_chart(name="c", title="C", kind=kind, resource="t", x="x", period="month")
    whole = draw_chart(definition, "d", series)
    chart = draw_chart(
        definition.model_copy(update={"breaks": (BROKEN[1],)}), "d", series, BROKEN[:1]
    )
    assert isinstance(chart, Chart)
    assert isinstance(whole, Chart)
    assert [(b.before, b.at) for b in chart.breaks] == [
        ("2026-01", "2026-02"),
        ("2026-02", "2026-03"),
    ]
    altair.Chart.from_dict(dict(chart.spec))
    ElementTree.fromstring(str(chart.svg))  # noqa: S314 - our own markup, and it must parse
    # Whole: one path of four points. Broken: a point, a point, and a path of two.
    assert str(whole.svg).count(' line"') == 1
    assert str(chart.svg).count(' dot"') == 2
    assert str(chart.svg).count(' line"') == 1
    assert str(chart.svg).count('<line class="break"') == 2
    assert "offices changed" in str(chart.svg)
    data = chart.spec["datasets"]
    assert isinstance(data, dict)
    assert [row["stretch"] for row in data["rows"]] == [0, 1, 2, 2]  # type: ignore[index,union-attr,call-overload]
    assert [row["label"] for row in data["breaks"]] == ["offices changed", "definition changed"]  # type: ignore[index,union-attr,call-overload]
    assert "stretch" in str(chart.spec.get("layer") or chart.spec.get("spec"))
    assert "The line is broken between 2026-02 and 2026-03: definition changed" in chart.alt
    assert "datasets" in whole.spec
    assert "stretch" not in str(whole.spec)
    again = draw_again(kind, "C", series, chart.breaks)
    assert again == (chart.alt, str(chart.svg))
    assert vl_convert.vegalite_to_svg(dict(chart.spec)).count("offices changed") >= 1


def test_the_live_line_stops_at_suppressed_values_too() -> None:
    chart = draw_chart(
        declare_chart(name="c", title="C", kind="line", resource="t", x="x"), "d", SERIES["line"]
    )
    assert isinstance(chart, Chart)
    rows = chart.spec["datasets"]["rows"]  # type: ignore[index,call-overload]
    assert [row["stretch"] for row in rows] == [0, 1, 1]  # type: ignore[index,union-attr,call-overload]


def test_labels_do_not_stand_on_one_another() -> None:
    breaks = [
        LineBreak(f"2026-0{n}", f"2026-0{n + 1}", "offices changed", "r") for n in range(1, 9)
    ]
    place = {f"2026-0{n}": 60.0 * n for n in range(1, 10)}
    laid = _lay_labels(breaks, place, 560.0)
    spans = [(x if a == "start" else x - 10 - 7 * len(w), row, len(w)) for x, w, a, row in laid]
    for number, (left, row, signs) in enumerate(spans):
        for other, line, _ in spans[number + 1 :]:
            assert row != line or abs(left - other) >= 10 + 7 * signs - 1e-9


@pytest.mark.parametrize(
    ("kind", "stamp", "since"),
    [("bar", "2026-01", "2026-01"), ("line", "2026-01", "soon"), ("line", "Texas", "2026")],
)
def test_a_break_that_cannot_be_drawn_is_a_finding(kind: str, stamp: str, since: str) -> None:
    series = make("x", rows=((stamp, 1, "shown"), (stamp + "x", 1, "shown")))
    got = draw_chart(
        declare_chart(
            name="c",
            title="C",
            kind=kind,
            resource="t",
            x="x",
            breaks=(Break(since=since, reason="r"),),
        ),
        "d",
        series,
    )
    assert isinstance(got, Finding)
    assert got.rule == "chart-invalid"


def test_words_name_the_highest_and_the_lowest() -> None:
    series = make("x", rows=(("a", 5, "shown"), ("b", 1234, "shown")))
    chart = draw_chart(
        declare_chart(name="c", title="C", kind="bar", resource="t", x="x"), "d", series
    )
    assert isinstance(chart, Chart)
    assert "Highest: b (1,234). Lowest: a (5)." in chart.alt


@pytest.mark.parametrize(("kind", "rows"), [("heatmap", "bar"), ("small-multiples", "bar")])
def test_a_kind_without_its_field_is_a_finding(kind: str, rows: str) -> None:
    got = draw_chart(
        declare_chart(name="c", title="C", kind=kind, resource="t", x="x"), "d", SERIES[rows]
    )
    assert isinstance(got, Finding)
    assert got.rule == "chart-invalid"


def test_a_state_without_rows_does_not_look_like_one_with_few() -> None:
    got = draw_chart(
        declare_chart(name="c", title="C", kind="tile-map", resource="t", x="x"),
        "d",
        SERIES["tile-map"],
    )
    assert isinstance(got, Chart)
    spec: Any = got.spec
    boxes = spec["layer"][0]["encoding"]
    empty = "datum.status === 'shown' && datum.value === 0"
    paints = {item["test"]: item["value"] for item in boxes["color"]["condition"]}
    assert paints[empty] not in (*SHADES, GREY)
    absent = "datum.status !== 'shown'"
    assert boxes["stroke"]["condition"]["test"] == f"({empty}) || ({absent})"
    [dark, *_] = spec["layer"][1]["encoding"]["color"]["condition"]
    assert dark == {"test": absent, "value": "#111111"}


def test_a_map_without_states_is_a_finding() -> None:
    series = make("x", rows=(("Atlantis", 5, "shown"),))
    got = draw_chart(
        declare_chart(name="c", title="C", kind="tile-map", resource="t", x="x"), "d", series
    )
    assert isinstance(got, Finding)


def test_states_by_code_name_and_number() -> None:
    assert [state_code(t) for t in ("ca", "06", "California ", "NEW  YORK", "99", "")] == [
        "CA", "CA", "CA", "NY", "", "",
    ]  # fmt: skip
    assert len(TILES) == 52
    assert len({place[:2] for place in TILES.values()}) == 52


def test_numbers_as_labels() -> None:
    assert [show_number(n) for n in (0, 1234, 12.5)] == ["0", "1,234", "12.5"]


def test_two_ends_that_are_not_whole_have_a_dashed_line_each() -> None:
    """One dashed line through both would lead from the first point to the last."""
    stamps = ["2026-01", "2026-02", "2026-03", "2026-04"]
    series = replace(
        make("x", rows=tuple((stamp, 5 + n, "shown") for n, stamp in enumerate(stamps))),
        parts=(PartPeriod("x", stamps[0], "it begins late"), PartPeriod("x", stamps[-1], "cut")),
    )
    chart = draw_chart(declare_chart(kind="line"), "d", series)
    assert isinstance(chart, Chart)
    rows = chart.spec["datasets"]["rows"]  # type: ignore[index,call-overload]
    dashed: dict[object, list[object]] = {}
    for row in rows:  # type: ignore[union-attr]
        if row["cover"] == "not whole":  # type: ignore[index,call-overload]
            dashed.setdefault(row["stretch"], []).append(row["x"])  # type: ignore[index,call-overload]
    assert sorted(map(sorted, dashed.values())) == [stamps[:2], stamps[2:]]  # type: ignore[arg-type]
    assert {row["stretch"] for row in rows if row["cover"] == "whole"} == {0}  # type: ignore[index,union-attr,call-overload]
    assert "stretch" in str(chart.spec.get("encoding") or chart.spec.get("spec"))
