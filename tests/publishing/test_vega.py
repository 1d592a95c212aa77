"""Charts: every kind draws, says in words what it shows, and escapes what it is given."""

from __future__ import annotations

import gettext
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import altair
import pytest
import vl_convert

from plainrecord.core.translation import translated
from plainrecord.core.us_states import TILES, state_code
from plainrecord.model.declarations import Break
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.model.products import Chart, Series, SeriesColumn
from plainrecord.pages.dataset import view_chart
from plainrecord.publishing.chart_rows import name_rows, show_number
from plainrecord.publishing.chart_text import (
    ROOM,
    measure_words,
    round_ticks,
    spread_apart,
    stack_labels,
)
from plainrecord.publishing.plot import NARROW, WIDE
from plainrecord.publishing.vega import draw_chart, redraw_chart, write_files
from plainrecord.publishing.vega_marks import GREY, ON_STATUS, SHADES, show_tick
from plainrecord.receipts.receipts_document import describe_receipts, parse_receipts
from tests.portals import declare_chart

RECEIPT = Receipt("SELECT 1", (), "", 1)
EVIL = "<script>alert(1)</script>\"'&"


def make(*names: str, rows: tuple[tuple[Cell, ...], ...]) -> Series:
    columns = tuple(
        SeriesColumn(name, name.title(), "string", "bound" if name in ("lower", "upper") else "key")
        for name in names
    )
    return Series((*columns, SeriesColumn("value", "Number", "number", "value"),
                   SeriesColumn("status", "Status", "string", "status")), rows, RECEIPT)  # fmt: skip


ALLOWED = {
    *(
        "transform",
        "d",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "width",
        "height",
        "text-anchor",
        "class",
    ),
    *("font-size", "font-weight", "stroke-width", "stroke-dasharray", "fill-opacity", "fill"),
    *("stroke-opacity", "opacity", "stroke-linejoin", "stroke", "stroke-linecap", "id", "dy"),
    *("patternUnits", "role", "aria-label", "viewBox"),
}


def pictures(chart: Chart) -> list[ElementTree.Element]:
    """The still pictures of a chart: the narrow one and the wide one."""
    root = ElementTree.fromstring(f"<all>{chart.svg}</all>")  # noqa: S314 - our own markup
    assert len(root) == 2
    return list(root)


SERIES = {
    "line": make("x", "color", rows=(("2026-01", EVIL, 5, "shown"), ("2026-02", EVIL, None, "suppressed"),
                                     ("2026-03", EVIL, 9, "shown"))),
    "bar": make("x", rows=((EVIL, 12345, "shown"), ("b", None, "suppressed"))),
    "dot": make("x", "lower", "upper", rows=((EVIL, 3.1, 8.8, 5.5, "shown"), ("b", None, None, None, "suppressed"))),
    "heatmap": make("x", "y", rows=(("01", EVIL, 3, "shown"), ("02", EVIL, None, "suppressed"))),
    "tile-map": make("x", rows=(("CA", 30, "shown"), ("texas", 11, "shown"), ("56", None, "suppressed"), (EVIL, 2, "shown"),
                              *((str(n), n, "shown") for n in range(15, 25) if n != 14))),
    "small-multiples": make("x", "facet", rows=(("2026-Q1", EVIL, 3, "shown"), ("2026-Q2", "b", 4, "shown"))),
}  # fmt: skip


@pytest.mark.parametrize("kind", SERIES)
def test_each_kind_draws_a_picture_a_specification_and_a_sentence(kind: str) -> None:
    definition = declare_chart(name="c", title=f"Title {EVIL}", kind=kind, resource="t", x="x")
    chart, _ = draw_chart(definition, "d", SERIES[kind])
    assert isinstance(chart, Chart)
    altair.Chart.from_dict(dict(chart.spec))  # raises where the specification is not valid
    # What a picture consists of: nothing that a style policy forbids, or that loads or runs.
    for root, width in zip(pictures(chart), (NARROW, WIDE), strict=True):
        tags = {element.tag.rsplit("}")[-1] for element in root.iter()}
        assert tags <= {
            *("svg", "title", "desc", "g", "text", "tspan", "line", "rect", "path"),
            *("defs", "pattern"),
        }
        for element in root.iter():
            assert set(element.attrib) <= ALLOWED, element.attrib
            for name in ("fill", "stroke"):
                paint = element.get(name, "none")
                assert paint == "none" or re.fullmatch(r"url\(#c-[a-z-]+\)", paint)
        assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", f"Title {EVIL}")
        assert root[0].text == f"Title {EVIL}"
        assert root[1].text == chart.alt
        assert [e for e in root.iter() if e.get("role")] == [root]
        assert abs(float(root.attrib["viewBox"].split()[2]) - width) <= 20
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
    whole, _ = draw_chart(definition, "d", series)
    chart, _ = draw_chart(
        definition.model_copy(update={"breaks": (BROKEN[1],)}), "d", series, BROKEN[:1]
    )
    assert isinstance(chart, Chart)
    assert isinstance(whole, Chart)
    assert [(b.before, b.at) for b in chart.breaks] == [
        ("2026-01", "2026-02"),
        ("2026-02", "2026-03"),
    ]
    altair.Chart.from_dict(dict(chart.spec))
    # Whole: one path of four points. Broken: a point, a point, and a path of two.
    for drawn, steps, rules in ((whole, [3], 0), (chart, [1], 2)):
        for root in pictures(drawn):
            lines = [e.get("d", "") for e in root.iter() if e.get("stroke-linejoin") == "round"]
            lines = lines or [
                e.get("d", "")
                for e in root.iter()
                if "s-mark-1" in e.get("class", "") and "d" in e.attrib
            ]
            assert [line.count("L") for line in lines if "L" in line] == steps
            dashed = [
                e for e in root.iter() if e.tag.endswith("line") and e.get("stroke-dasharray")
            ]
            assert len(dashed) == rules
    assert str(chart.svg).count("offices changed</text>") == 2
    data = chart.spec["datasets"]
    assert isinstance(data, dict)
    assert [row["stretch"] for row in data["rows"]] == [0, 1, 2, 2]  # type: ignore[index,union-attr,call-overload]
    assert [row["label"] for row in data["breaks"]] == ["offices changed", "definition changed"]  # type: ignore[index,union-attr,call-overload]
    assert "stretch" in str(chart.spec.get("layer") or chart.spec.get("spec"))
    assert (
        "The line is broken between February 2026 and March 2026: definition changed" in chart.alt
    )
    assert "datasets" in whole.spec
    assert "stretch" not in str(whole.spec)
    [proof] = parse_receipts(describe_receipts("d", "", (), [chart], "d")).proofs
    assert redraw_chart(proof) == replace(chart, series=proof.series, kind=kind)
    assert vl_convert.vegalite_to_svg(dict(chart.spec)).count("offices changed") >= 1


def test_the_live_line_stops_at_suppressed_values_too() -> None:
    chart, _ = draw_chart(
        declare_chart(name="c", title="C", kind="line", resource="t", x="x"), "d", SERIES["line"]
    )
    assert isinstance(chart, Chart)
    rows = chart.spec["datasets"]["rows"]  # type: ignore[index,call-overload]
    stretches = [row.get("stretch") for row in rows]  # type: ignore[union-attr]
    assert stretches == [0, None, 1]  # a number beside a hidden count would read as this count


def test_labels_do_not_stand_on_one_another() -> None:
    spans = [(60.0 * n, 60.0 * n + 110) for n in range(8)]
    rows = stack_labels(spans)
    for number, (left, right) in enumerate(spans):
        for other, (start, end) in enumerate(spans[:number]):
            assert rows[number] != rows[other] or right <= start or left >= end
    assert max(rows) == 1
    moved = spread_apart([100.0, 104.0, 12.0, 279.0, 280.0], 15, 280)
    assert moved[2] == 12
    assert all(b - a >= 15 for a, b in pairwise(sorted(moved)))
    assert max(moved) <= 280


@pytest.mark.parametrize(
    ("kind", "stamp", "since"),
    [("bar", "2026-01", "2026-01"), ("line", "2026-01", "soon"), ("line", "Texas", "2026")],
)
def test_a_break_that_cannot_be_drawn_is_a_finding(kind: str, stamp: str, since: str) -> None:
    series = make("x", rows=((stamp, 1, "shown"), (stamp + "x", 1, "shown")))
    _, [got] = draw_chart(
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
    assert got.rule == "chart-invalid"


def test_words_name_the_highest_and_the_lowest() -> None:
    series = make("x", rows=(("a", 5, "shown"), ("b", 1234, "shown")))
    chart, _ = draw_chart(
        declare_chart(name="c", title="C", kind="bar", resource="t", x="x"), "d", series
    )
    assert isinstance(chart, Chart)
    assert "Highest: b (1,234). Lowest: a (5)." in chart.alt


@pytest.mark.parametrize(("kind", "rows"), [("heatmap", "bar"), ("small-multiples", "bar")])
def test_a_kind_without_its_field_is_a_finding(kind: str, rows: str) -> None:
    _, [got] = draw_chart(
        declare_chart(name="c", title="C", kind=kind, resource="t", x="x"), "d", SERIES[rows]
    )
    assert got.rule == "chart-invalid"


def test_a_state_without_rows_does_not_look_like_one_with_few() -> None:
    got, _ = draw_chart(
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
    assert dark == {"test": absent, "value": ON_STATUS}


def test_a_map_without_states_is_a_finding() -> None:
    series = make("x", rows=(("Atlantis", 5, "shown"),))
    got, findings = draw_chart(
        declare_chart(name="c", title="C", kind="tile-map", resource="t", x="x"), "d", series
    )
    assert (got, len(findings)) == (None, 1)


def test_states_by_code_name_and_number() -> None:
    assert [state_code(t) for t in ("ca", "06", "California ", "NEW  YORK", "99", "")] == [
        "CA", "CA", "CA", "NY", "", "",
    ]  # fmt: skip
    assert len(TILES) == 52
    assert len({place[:2] for place in TILES.values()}) == 52


def test_numbers_as_labels() -> None:
    assert [show_number(n) for n in (0, 1234, 12.5)] == ["0", "1,234", "12.5"]


def test_rates_have_a_decimal_as_in_tables() -> None:
    series = make("x", "lower", "upper", rows=(("a", 31.0, 33.5, 32.0, "shown"),))
    assert [record["text"] for record in name_rows(series)] == ["32.0 (31.0 to 33.5)"]
    chart, _ = draw_chart(
        declare_chart(name="c", title="Rates", kind="dot", resource="t", x="x"), "d", series
    )
    assert "32.0, 95% interval 31.0 to 33.5" in getattr(chart, "alt", "")


def test_two_ends_that_are_not_whole_have_a_dashed_line_each() -> None:
    """One dashed line through both would lead from the first point to the last."""
    stamps = ["2026-01", "2026-02", "2026-03", "2026-04"]
    series = replace(
        make("x", rows=tuple((stamp, 5 + n, "shown") for n, stamp in enumerate(stamps))),
        parts=(PartPeriod("x", stamps[0], "it begins late"), PartPeriod("x", stamps[-1], "cut")),
    )
    chart, _ = draw_chart(declare_chart(kind="line"), "d", series)
    assert isinstance(chart, Chart)
    rows = chart.spec["datasets"]["rows"]  # type: ignore[index,call-overload]
    dashed: dict[object, list[object]] = {}
    for row in rows:  # type: ignore[union-attr]
        if row["cover"] == "incomplete":  # type: ignore[index,call-overload]
            dashed.setdefault(row["stretch"], []).append(row["x"])  # type: ignore[index,call-overload]
    assert sorted(map(sorted, dashed.values())) == [stamps[:2], stamps[2:]]  # type: ignore[arg-type]
    assert {row["stretch"] for row in rows if row["cover"] == "complete"} == {0}  # type: ignore[index,union-attr,call-overload]
    assert "stretch" in str(chart.spec["layer"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((-7,), ["−7"]),
        ((-7, 3), ["−7", "3"]),
        ((0,), ["0"]),
        ((10**22, 3), ["10,000,000,000,000,000,000,000", "3"]),
        ((-(10**22), -5), ["−10,000,000,000,000,000,000,000", "−5"]),
    ],
)
def test_the_number_of_a_bar_stands_beside_it(values: tuple[int, ...], expected: list[str]) -> None:
    """Also below zero, where the bar ends on the other side, and beyond 64 bits."""
    rows = tuple((f"Name {n}", value, "shown") for n, value in enumerate(values))
    chart, _ = draw_chart(declare_chart(kind="bar"), "d", make("x", rows=rows))
    assert isinstance(chart, Chart)
    for picture in pictures(chart):
        numbers = [e for e in picture.iter() if e.tag.endswith("text") and e.get("dx") is None]
        texts = [e for e in numbers if "Name" not in "".join(e.itertext())]
        assert ["".join(e.itertext()) for e in texts] == expected
        ends = [bar_end(e.get("d", "")) for e in picture.iter() if e.tag.endswith("path")]
        places = [float(re.findall(r"[-\d.]+", e.get("transform", ""))[0]) for e in texts]
        assert min(places) > max(ends) if max(values) <= 0 else True


def bar_end(path: str) -> float:
    """Where a bar ends to the right: the first point and the horizontal line from it."""
    found = re.match(r"M([-\d.]+),?[-\d. ]*?h([-\d.]+)", path)
    return max(float(found[1]), float(found[1]) + float(found[2])) if found else 0.0


@pytest.mark.parametrize(
    ("low", "high", "whole", "expected"),
    [
        (0, 1, True, [0, 1]),
        (0, 3, True, [0, 1, 2, 3]),
        (0, 9, True, [0, 5, 10]),
        (-3, 0, True, [-3, -2, -1, 0]),
        (0, 0.2, False, [0, 0.05, 0.1, 0.15, 0.2]),
        (0, 1, False, [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_an_axis_of_counts_has_whole_numbers(
    low: float, high: float, whole: bool, expected: list[float]
) -> None:
    ticks = round_ticks(low, high, whole=whole)
    assert ticks == expected
    assert [float(show_tick(tick).replace("−", "-")) for tick in ticks] == expected


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_every_column_of_a_heat_map_has_its_label(count: int) -> None:
    """Vega leaves out the label of a cell that begins at -1e-14."""
    names = [f"Group {'abcdefg'[n]}" for n in range(count)]
    sides = ("American Indian or Alaskan Native", "U (not in the specification)")
    rows = tuple((name, side, 5, "shown") for name in names for side in sides)
    chart, _ = draw_chart(declare_chart(kind="heatmap", y="y"), "d", make("x", "y", rows=rows))
    assert isinstance(chart, Chart)
    for picture in pictures(chart):
        words = "".join(picture.itertext()).replace("\n", "")
        assert all(name.split()[1] in words for name in names)
        texts = [e for e in picture.iter() if e.tag.endswith("text")]
        assert sum("Group" in "".join(e.itertext()) for e in texts) == count


@pytest.mark.parametrize(("columns", "numbered"), [(3, True), (24, False)])
def test_a_heat_map_has_its_numbers_where_they_fit_or_a_key(columns: int, numbered: bool) -> None:
    rows = tuple(
        (f"{n:02}", side, value, status)
        for n in range(columns)
        for side, value, status in (("A", 1234 + n, "shown"), ("B", None, "suppressed"))
    )
    chart, _ = draw_chart(declare_chart(kind="heatmap", y="y"), "d", make("x", "y", rows=rows))
    assert isinstance(chart, Chart)
    for picture in pictures(chart):
        texts = ["".join(e.itertext()) for e in picture.iter() if e.tag.endswith("text")]
        assert ("1,234" in texts) == numbered
        assert ("0" in texts) != numbered  # where the key begins
        assert texts.count("suppressed") == 1  # in the key of what is not there


def test_each_january_has_its_label_on_a_phone() -> None:
    stamps = [f"{2015 + n // 12}-{n % 12 + 1:02}" for n in range(9, 56)]
    series = make("x", rows=tuple((stamp, 5, "shown") for stamp in stamps))
    column = replace(series.columns[0], period="month")
    series = replace(series, columns=(column, *series.columns[1:]))
    chart, _ = draw_chart(declare_chart(kind="line"), "d", series)
    assert isinstance(chart, Chart)
    for picture in pictures(chart):
        words = " ".join("".join(picture.itertext()).split())
        assert all(str(year) in words for year in range(2016, 2020))


HOSTILE = (
    EVIL,
    "A" * 10_000,
    "\x00\x1b",
    "\u202eevil",
    "=1+1",
    "'+alert(1)+'",
    "a\nb",
    "a b",
    "constructor",  # a property of each object in JavaScript
    "toString",
    "👩‍👧",
    "",
)


@pytest.mark.parametrize("kind", ["line", "bar", "dot", "heatmap", "small-multiples"])
def test_hostile_names_stay_apart_and_inside_the_picture(kind: str) -> None:
    keys = {"line": ("x", "color"), "heatmap": ("x", "y"), "small-multiples": ("x", "facet")}
    columns = keys.get(kind, ("x",))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (*(["2026-01"] if len(columns) > 1 else []), name, number, "shown")
        for number, name in enumerate(HOSTILE)
    )
    event = Break(since="2026-01-15", reason="\x00", label="\x00")
    definition = declare_chart(kind=kind, title="\x00" + "A" * 300)
    if kind in ("line", "small-multiples"):
        definition = definition.model_copy(update={"events": (event,), "period": "month"})
    chart, findings = draw_chart(definition, "d", make(*columns, rows=rows))
    assert chart is not None, findings
    drawn = chart.spec["datasets"]["rows"]  # type: ignore[index,call-overload]
    assert len({row[columns[-1]] for row in drawn}) == len(HOSTILE)  # type: ignore[index,union-attr,call-overload]
    file = ElementTree.fromstring(write_files(chart)["svg"])  # noqa: S314 - our own markup
    wide = float(file.attrib["viewBox"].split()[2])
    for text in file.iter("{http://www.w3.org/2000/svg}text"):
        for part in (text, *text):
            assert measure_words(part.text or "") / ROOM < wide


class Marked(gettext.NullTranslations):
    """A catalogue that puts `‹ ›` around each text."""

    def gettext(self, message: str) -> str:
        return f"‹{message}›"


def test_words_beside_a_chart_are_translated() -> None:
    rows = tuple((f"2026-0{n}", n, "shown") for n in (1, 2, 3))
    event = Break(since="2026-03", reason="a strike", label="strike")
    definition = declare_chart(kind="line", period="month", breaks=(BROKEN[0],), events=(event,))
    with translated(Marked()):
        chart, _ = draw_chart(definition, "d", make("x", rows=rows))
        assert isinstance(chart, Chart)
        view = view_chart(chart, "datasets/d")
    assert view.events == ("‹Note: strike (‹‹March› 2026›: a strike).›",)
    assert view.breaks[0].startswith("‹The line is broken between ‹‹January› 2026› and")
    assert view.breaks[0] in chart.alt
    assert view.breaks[0] in str(chart.spec["description"])
    assert "‹The line is broken" in " ".join(view.crossings.values())
