"""A finding in small: the sparkline of a chart, and the card that other sites show for a link.

Both are drawn from the series of a chart with a headline, so that `verify` can draw them again.
"""

from collections.abc import Sequence

from lxml import etree
from markupsafe import Markup

from plainrecord.core.periods import parse_period
from plainrecord.core.strict_json import Json
from plainrecord.model.partial_periods import is_part
from plainrecord.model.products import Chart, Series
from plainrecord.publishing import pictures
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.publishing.chart_rows import describe_values
from plainrecord.publishing.chart_text import SIZE, wrap_words

SYNTHETIC = "synthetic data"
SPARKLINE = (220, 48)
CARD = (1200, 630)
"""Pixels of a card: what og:image is shown at."""
MOST_BARS = 8
_EDGE, _PLOT = 64, (1072, 150)
_INK, _SOFT, _PAPER, _ACCENT = "#1c1d1f", "#55585d", "#fcfbf8", "#0f5563"


def can_summarise(chart: Chart) -> bool:
    """Whether the chart has a headline, and one series that a sparkline can show."""
    keys = [column for column in chart.series.columns if column.role == "key"]
    return bool(chart.headline) and len(keys) == 1 and len(chart.series.rows) > 1


def draw_sparkline(chart: Chart) -> Markup:
    """The series of a chart as a small picture: whole periods as a line, the first groups as bars."""
    specification = _specify(chart, SPARKLINE, "#1f5f8b")
    return pictures.paint_picture(specification, chart.title, "", f"{chart.id}-sparkline")


def describe_sparkline(kind: str, series: Series) -> str:
    """What is said beside a sparkline: nothing of shades and boundaries, which it has not."""
    return " ".join(describe_values(series, lines=kind_of(kind).over_time))


def draw_card(site: str, title: str, chart: Chart | None, status: Sequence[str] = ()) -> bytes:
    """The card of a page as PNG: portal, title, finding, and a `status` such as synthetic data."""
    root = etree.Element(f"{{{pictures.SVG}}}svg", nsmap={None: pictures.SVG})
    root.attrib.update({"width": f"{CARD[0]}", "height": f"{CARD[1]}"})
    root.set("font-family", "Liberation Sans, Arial, Helvetica, sans-serif")
    for height, color in ((CARD[1], _PAPER), (16, _ACCENT)):
        paper = etree.SubElement(root, f"{{{pictures.SVG}}}rect")
        paper.attrib.update({"width": f"{CARD[0]}", "height": f"{height}", "fill": color})
    place = float(_EDGE)
    for words, size, weight, color, most in (
        (" · ".join((site, *filter(None, status))), 28, "normal", _ACCENT, 1),
        (title, 54, "bold", _INK, 3 if chart is None else 2),
        (chart.headline if chart else "", 36, "normal", _INK, 3),
        (chart.subtitle if chart else "", 24, "normal", _SOFT, 1),
    ):
        printed = "".join(sign for sign in words if sign.isprintable())
        lines = wrap_words(printed, (CARD[0] - 2 * _EDGE) * SIZE / size, most).split("\n")
        for line in filter(None, lines):
            place += size * 1.2
            text = etree.SubElement(root, f"{{{pictures.SVG}}}text")
            text.text = line
            text.attrib.update({"x": f"{_EDGE}", "y": f"{place:g}", "fill": color})
            text.attrib.update({"font-size": f"{size}", "font-weight": weight})
        place += size * 0.45
    if chart is not None:
        group = etree.SubElement(root, f"{{{pictures.SVG}}}g")
        group.set("transform", f"translate({_EDGE},{CARD[1] - _PLOT[1] - 40})")
        group.extend(list(pictures.draw_marks(_specify(chart, _PLOT, _ACCENT))))
    return pictures.rasterise(etree.tostring(root, encoding="unicode"), scale=1.0)


def _specify(chart: Chart, size: tuple[int, int], color: str) -> dict[str, Json]:
    """The Vega-Lite specification without axes; values that are not shown leave a gap."""
    width, height = size
    key = chart.series.columns[0]
    dated = any(parse_period(str(row[0]), key.period) for row in chart.series.rows)
    rows = [row for row in chart.series.rows if not is_part(row[0], "x", chart.series.parts)]
    if dated:
        rows = sorted(
            (row for row in rows if parse_period(str(row[0]), key.period)), key=lambda r: str(r[0])
        )
    else:
        rows = rows[:MOST_BARS]
    mark: dict[str, Json] = {"type": "bar", "color": color, "aria": False}
    if dated and len(rows) > MOST_BARS:
        mark |= {"type": "line", "strokeWidth": 2 if width < 400 else 5}
    values: list[Json] = [{"x": at, "y": row[-2]} for at, row in enumerate(rows)]
    places: dict[str, Json] = {
        "domain": list(range(len(rows))),
        "paddingInner": 0.3,
        "paddingOuter": 0,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "padding": 3,
        "background": "transparent",
        "data": {"values": values},
        "mark": mark,
        "encoding": {
            "x": {"field": "x", "type": "ordinal", "axis": None, "scale": places},
            "y": {"field": "y", "type": "quantitative", "axis": None},
        },
        "config": {"view": {"stroke": None}},
    }
