"""Charts: every kind draws, says in words what it shows, and escapes what it is given."""

from __future__ import annotations

from xml.etree import ElementTree

import altair
import pytest

from plainrecord.ground.states import TILES, state_code
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.products import Cell, Chart, Receipt, Series, SeriesColumn
from plainrecord.outputs.chart import draw_chart, vega_bundle
from plainrecord.outputs.drawing import show_number
from plainrecord.rules.findings import Finding

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
    "tile-map": make("x", rows=(("CA", 30, "shown"), ("texas", 11, "shown"), ("56", None, "suppressed"), (EVIL, 2, "shown"))),
    "small-multiples": make("x", "facet", rows=(("2026-Q1", EVIL, 3, "shown"), ("2026-Q2", "b", 4, "shown"))),
}  # fmt: skip


@pytest.mark.parametrize("kind", SERIES)
def test_each_kind_draws_a_picture_a_specification_and_a_sentence(kind: str) -> None:
    definition = ChartDefinition("c", f"Title {EVIL}", kind, "t", "x")
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


def test_words_name_the_highest_and_the_lowest() -> None:
    series = make("x", rows=(("a", 5, "shown"), ("b", 1234, "shown")))
    chart = draw_chart(ChartDefinition("c", "C", "bar", "t", "x"), "d", series)
    assert isinstance(chart, Chart)
    assert "Highest: b (1,234). Lowest: a (5)." in chart.alt


@pytest.mark.parametrize(("kind", "rows"), [("heatmap", "bar"), ("small-multiples", "bar")])
def test_a_kind_without_its_field_is_a_finding(kind: str, rows: str) -> None:
    got = draw_chart(ChartDefinition("c", "C", kind, "t", "x"), "d", SERIES[rows])
    assert isinstance(got, Finding)
    assert got.rule == "chart-invalid"


def test_a_map_without_states_is_a_finding() -> None:
    series = make("x", rows=(("Atlantis", 5, "shown"),))
    got = draw_chart(ChartDefinition("c", "C", "tile-map", "t", "x"), "d", series)
    assert isinstance(got, Finding)


def test_states_by_code_name_and_number() -> None:
    assert [state_code(t) for t in ("ca", "06", "California ", "NEW  YORK", "99", "")] == [
        "CA", "CA", "CA", "NY", "", "",
    ]  # fmt: skip
    assert len(TILES) == 52
    assert len({place[:2] for place in TILES.values()}) == 52


def test_numbers_as_labels() -> None:
    assert [show_number(n) for n in (0, 1234, 12.5)] == ["0", "1,234", "12.5"]


def test_the_bundle_sets_what_the_page_calls() -> None:
    assert b"window.vegaEmbed=" in vega_bundle()
