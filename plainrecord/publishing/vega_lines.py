"""Lines over time in Altair: points, breaks with their labels, names at the ends of lines."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from altair.utils.schemapi import SchemaBase

from plainrecord.core.strict_json import Json
from plainrecord.model.partial_periods import MARK, describe_share, is_part
from plainrecord.model.statuses import SHOWN
from plainrecord.publishing import vega_marks as marks
from plainrecord.publishing.chart_rows import WHOLE
from plainrecord.publishing.chart_text import (
    LINE,
    choose_labels,
    measure_words,
    spread_apart,
    stack_labels,
    widest,
    wrap_words,
)
from plainrecord.publishing.plot import Plot

MOST_POINTS = 48
"""Up to so many periods each has a point that is seen."""


@dataclass(frozen=True, slots=True)
class PlacedBreak:
    """Where the label of a break stands: right of its rule by `shift` pixels, in a row from 0 on."""

    words: str
    shift: float
    row: int


def axis_words(plot: Plot) -> dict[str, str]:
    """What is said below each period: its stamp, on two lines on a phone, and how much there is."""
    dated = plot.columns["x"].period in ("month", "quarter")
    space = "\n" if dated and not plot.wide and "facet" not in plot.frame else " "
    return {
        stamp: "\n".join([plot.name(stamp, "x").replace(" ", space), *shares])
        for stamp in sorted(set(plot.frame["x"]))
        for shares in [[describe_share(p) for p in plot.parts if is_part(stamp, "x", [p])]]
    }


def describe_panel(plot: Plot, name: str) -> str:
    """What is said of periods that are not whole in one panel alone."""
    own = [
        f"{plot.name(p.stamp, 'x')}: {describe_share(p)}"
        for p in plot.parts
        if p.panel and p.panel == name
    ]
    return f" ({'; '.join(own)})" if own else ""


def overhang(plot: Plot) -> float:
    """How far the label of the last period stands out at the right."""
    words = axis_words(plot)
    return widest([words[max(words)]]) / 2 + 2


def inset(plot: Plot) -> float:
    """How far the label of the first period stands out at the left."""
    words = axis_words(plot)
    return widest([words[min(words)]]) / 2 + 2


def foot(plot: Plot) -> float:
    """The height of the axis of time with its labels."""
    lines = max((words.count("\n") + 1 for words in axis_words(plot).values()), default=1)
    return 10 + LINE * lines


def place_breaks(plot: Plot, width: float) -> list[PlacedBreak]:
    """The labels of breaks: inside the plot, each in the first row that has room for it."""
    stamps = sorted(set(plot.frame["x"]))
    step = width / max(1, len(stamps) - 1)
    spans, shifts, texts = [], [], []
    for broken in plot.breaks:
        middle = sum(stamps.index(s) for s in (broken.before, broken.at) if s in stamps) / 2 * step
        words = wrap_words(broken.label, width, 1)
        long = measure_words(words)
        start = min(max(middle + 4, 0.0), max(0.0, width - long))
        if middle + 4 + long > width and middle - 4 - long >= 0:
            start = middle - 4 - long
        spans.append((start, start + long + 8))
        shifts.append(start - middle)
        texts.append(words)
    rows = stack_labels(spans)
    return [PlacedBreak(*placed) for placed in zip(texts, shifts, rows, strict=True)]


def break_height(placed: Sequence[PlacedBreak]) -> float:
    """The height of the labels of breaks above the plot."""
    return LINE * (1 + max((one.row for one in placed), default=-1))


def draw_lines(
    plot: Plot,
    ticks: Sequence[float],
    *,
    width: float,
    height: float,
    left: float,
    top: float,
    direct: bool,
    breaks: Sequence[PlacedBreak],
) -> list[alt.core.UnitSpec]:
    """The layers of one panel: lines, points, what is not there, names at the ends, breaks."""
    frame = plot.frame
    words = axis_words(plot)
    stamps = list(words)
    axis = alt.Axis(
        title=None,
        labelExpr=f"split({marks.lookup(dict(words))}, '\\n')",
        labelAngle=0,
        labelOverlap=False,
        labelLineHeight=LINE,
        labelBaseline="top",
    )
    if "facet" in frame:  # the label of a panel's first and last period stay below it
        axis.values = list(dict.fromkeys([stamps[0], stamps[-1]]))
        first = {"test": f"datum.value === {json.dumps(stamps[0])}", "value": "left"}
        axis.labelAlign = {"condition": first, "value": "right"}
    else:
        parts = [s for s in stamps if is_part(s, "x", plot.parts) and "\n" in words[s]]
        axis.values = choose_labels(stamps, words, width, parts)
    scale = alt.Scale(type="point", padding=0, domain=stamps)
    across = alt.X("x:O", scale=scale, axis=axis)
    up = alt.Y("value:Q", scale=marks.value_scale(ticks), axis=marks.value_axis(ticks))
    tone = marks.colour(plot, left=left, top=top, legend=not direct)
    encoding = alt.FacetedEncoding(x=across, y=up, color=tone)
    if "stretch" in frame:
        encoding.detail = alt.Detail("stretch:O")
    if "cover" in frame:
        encoding.strokeDash = alt.StrokeDash(
            "cover:N",
            scale=alt.Scale(domain=[WHOLE, MARK], range=[[1, 0], marks.DASHES]),
            legend=None,
        )
    keys = plot.texts("x", "color", "facet")
    line = alt.MarkDef("line", strokeWidth=2.25, strokeJoin="round", aria=False)
    few = len(stamps) * (1 if width > 200 else 2) <= MOST_POINTS
    dot = alt.MarkDef(
        "point",
        filled=True,
        opacity=1,
        size=30 if few else 9,
        strokeWidth=0,
        description=marks.describe_mark(*keys),
    )
    tooltip = marks.tooltip(plot, *keys)
    layers = [
        *(_draw_intervals(plot, across, tone, ticks) if "upper" in frame else ()),
        alt.core.UnitSpec(mark=line, encoding=encoding),
        marks.layer(dot, x=across, y=up, color=tone, tooltip=tooltip),
    ]
    if marks.has_absent(frame):
        layers.append(marks.absent_points(across, plot, height))
    if direct:
        layers.append(_name_ends(plot, ticks, width=width, height=height))
    if breaks:
        layers += _draw_breaks(breaks)
    return layers


def _draw_intervals(
    plot: Plot, across: alt.X, tone: SchemaBase, ticks: Sequence[float]
) -> list[alt.core.UnitSpec]:
    """A band around each line from `lower` to `upper`, or a bar where a point stands alone."""
    frame = plot.frame
    kinds = [name for name in ("color", "facet", "stretch", "cover") if name in frame]
    # Hidden marks have no stretch, so that the numbers of stretches became floats.
    shown = frame[frame["status"] == SHOWN].convert_dtypes()
    counts = shown.groupby(kinds, sort=False)["x"].nunique().to_dict() if kinds else {}
    alone = [
        list(key) if isinstance(key, tuple) else [key]
        for key, count in counts.items()
        if count == 1
    ]
    ends: dict[str, Any] = {
        "x": across,
        "y": alt.Y("lower:Q", scale=marks.value_scale(ticks), axis=marks.value_axis(ticks)),
        "y2": alt.Y2("upper:Q"),
        "color": tone,
    }
    if detail := [alt.Detail(f"{name}:O") for name in ("stretch", "cover") if name in frame]:
        ends["detail"] = detail
    band = alt.MarkDef("area", opacity=0.18, aria=False)
    layers = [marks.layer(band, **ends)]
    if alone:
        key = " + '\\n' + ".join(f"datum.{name}" for name in kinds)
        names = json.dumps(["\n".join(map(str, one)) for one in alone])
        bar = alt.MarkDef("rule", strokeWidth=3, strokeCap="round", aria=False)
        single = {"test": f"indexof({names}, {key}) >= 0", "value": 0.55}
        layers.append(marks.layer(bar, **ends, opacity=alt.OpacityValue(0, condition=single)))
    return layers


def _name_ends(
    plot: Plot, ticks: Sequence[float], *, width: float, height: float
) -> alt.core.UnitSpec:
    """The name of each line behind its last point, moved where two would overlap."""
    shown = plot.frame[plot.frame["status"] == SHOWN]
    last: dict[str, tuple[str, float]] = {}
    for x, color, value in zip(shown["x"], shown["color"], shown["value"], strict=True):
        if color not in last or x > last[color][0]:
            last[color] = (x, float(value))
    span = ticks[-1] - ticks[0]
    names = list(last)
    places = [height - height * (last[name][1] - ticks[0]) / span for name in names]
    moved = dict(zip(names, spread_apart(places, LINE - 1, height), strict=True))
    ends = marks.lookup({name: last[name][0] for name in names}, "datum.color")
    high = marks.lookup(dict(moved), "datum.color")
    mark = alt.MarkDef(
        "text",
        align="left",
        baseline="middle",
        aria=False,
        x=width + 8,
        y={"expr": high},
        text={"expr": f"datum.x === {ends} ? datum.color : ''"},
    )
    return marks.layer(mark, color=marks.colour(plot, left=0, top=0, legend=False))


def _draw_breaks(placed: Sequence[PlacedBreak]) -> list[alt.core.UnitSpec]:
    """A rule half way between two points of the axis for each break, and its label above."""

    def of(values: Sequence[Json]) -> str:
        return marks.lookup(dict(enumerate(values)), "datum.row")

    middle = "(scale('x', datum.before) + scale('x', datum.at)) / 2"
    rows = of([-(4 + LINE * one.row) for one in placed])
    place = alt.XValue({"expr": middle})  # type: ignore[no-untyped-call]
    high = alt.YValue({"expr": rows})  # type: ignore[no-untyped-call]
    low = alt.Y2Value("height")  # type: ignore[no-untyped-call]
    rule = alt.MarkDef("rule", strokeDash=marks.DASHES, color=marks.INK, aria=False)
    words = alt.MarkDef(
        "text",
        align="left",
        baseline="alphabetic",
        aria=False,
        x={"expr": f"{middle} + {of([one.shift for one in placed])}"},
        y={"expr": rows},
        text={"expr": of([one.words for one in placed])},
    )
    return [
        alt.core.UnitSpec(
            data=marks.BREAKS, mark=rule, encoding=alt.core.Encoding(x=place, y=high, y2=low)
        ),
        alt.core.UnitSpec(data=marks.BREAKS, mark=words, encoding=alt.core.Encoding()),
    ]
