"""What the specifications of several kinds of charts share: colours, layout, axes and keys in Altair.

Importing Altair is slow: the kinds in `publishing/charts/` import this only to specify a chart.
The places of all labels are computed here, and not by Vega, so that a picture has the same size on
every machine and at both widths.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import SchemaBase

from plainrecord.core.exact_numbers import typeset
from plainrecord.core.strict_json import Json
from plainrecord.model.packages import MissingKind
from plainrecord.model.partial_periods import MARK
from plainrecord.model.statuses import SHOWN, is_shown, status_word
from plainrecord.publishing.chart_rows import BREAKS as BREAKS_NAME
from plainrecord.publishing.chart_rows import ROWS as ROWS_NAME
from plainrecord.publishing.chart_rows import show_number
from plainrecord.publishing.chart_text import (
    LINE,
    SIZE,
    is_drawn,
    measure_words,
    round_ticks,
    widest,
)
from plainrecord.publishing.plot import Plot

FONT = "Liberation Sans"
"""The font in which words are measured: vl-convert carries it. Arial has the same widths."""
COLORS = ["#1f5f8b", "#c8553d", "#4f7942", "#8a5a9e", "#b8860b", "#5b6770"]
SHADES = ["#e3edf3", "#c3d8e5", "#9cbfd4", "#70a2c0", "#4684a8", "#25668c", "#0f4668"]
GREY = "#a8a8a8"
BLANK, OUTLINE = "#fdfdfd", "#d0d0d0"  # a cell or tile with zero, and the line around it
INK, GRID = "#222222", "#e2dfd7"
ON_DARK, ON_STATUS = "#fefefe", "#111111"
EMPTY = f"datum.status === '{SHOWN}' && datum.value === 0"
ABSENT = f"datum.status !== '{SHOWN}'"
STATUS_COLORS = {
    MissingKind.SUPPRESSED: GREY,
    MissingKind.WITHHELD: "#c7a35f",
    MissingKind.MISSING: "#efe9dc",
    MissingKind.NOT_COLLECTED: "#e6dfee",
    MissingKind.NOT_APPLICABLE: "#dcebe0",
    MissingKind.UNKNOWN: "#f1dfd8",
}
"""The fill of a mark whose value is not there, by status; none is a shade or the fill of zero."""
PALETTE: dict[str, str] = {
    **{color: f"mark-{n}" for n, color in enumerate(COLORS, 1)},
    **{shade: f"seq-{n}" for n, shade in enumerate(SHADES)},
    **{color: status.value for status, color in STATUS_COLORS.items()},
    BLANK: "paper",
    OUTLINE: "outline",
    INK: "ink",
    GRID: "grid",
    ON_DARK: "on-dark",
    ON_STATUS: "on-status",
}
"""The name of each colour that a specification uses: pages give it its value for their theme."""
DASHES = [4, 3]
# Altair's classes of the Vega-Lite schema itself: `alt.Chart` copies a chart at every step.
AnyChart = alt.core.TopLevelUnitSpec | alt.core.TopLevelLayerSpec | alt.core.TopLevelFacetSpec
Layers = Sequence[alt.core.UnitSpec]
ROWS = alt.NamedData(name=ROWS_NAME)
BREAKS = alt.NamedData(name=BREAKS_NAME)


def configure() -> alt.Config:
    """The fonts, sizes and colours of every chart."""
    sizes: dict[str, Json] = {"labelFontSize": SIZE, "labelLimit": 0}
    plain: dict[str, Json] = {**sizes, "labelColor": INK}
    lines: dict[str, Json] = {"domainColor": INK, "gridColor": GRID, "tickColor": INK}
    return alt.Config(
        background="transparent",
        font=FONT,
        lineBreak="\n",
        view={"stroke": None},
        axis={**plain, **lines, "tickSize": 4, "labelPadding": 4},
        legend={**plain, "symbolStrokeWidth": 2},
        header={**plain, "labelFontWeight": "bold"},
        text={"fontSize": SIZE, "color": INK, "lineHeight": LINE},
    )


def lay_out(
    plot: Plot,
    layers: Layers,
    height: float,
    *,
    left: float = 0,
    right: float = 0,
    top: float = 0,
    bottom: float = 0,
    key: float = 0,
) -> alt.core.TopLevelLayerSpec:
    """Layers in a plot of a height, with margins for all that stands around it.

    The key to the statuses stands `key` pixels below the rest, unless that is 0.
    """
    if key:
        layers = [*layers, *status_key(plot, left=left, top=height + bottom + key)]
        bottom += key_height(plot, list(map(status_word, _statuses(plot.frame))))
    sides = {"left": left, "right": right, "top": top, "bottom": bottom}
    margins = {side: round(size) for side, size in sides.items()}
    return alt.core.TopLevelLayerSpec(
        data=ROWS,
        layer=layers,
        width=plot.width - margins["left"] - margins["right"],
        height=round(height),
        padding=margins,
        autosize="none",
    )


def layer(mark: alt.MarkDef, **channels: Any) -> alt.core.UnitSpec:
    """A mark with the channels of its encoding."""
    return alt.core.UnitSpec(mark=mark, encoding=alt.FacetedEncoding(**channels))


def mark_parts(plot: Plot) -> dict[str, SchemaBase]:
    """The channels by which marks of periods that are not whole are pale, with a dashed line."""
    if "cover" not in plot.frame:
        return {}
    part = {"test": PART, "value": 0.45}
    return {
        "fillOpacity": alt.FillOpacityValue(1, condition=part),
        "stroke": alt.StrokeValue(None, condition={**part, "value": INK}),
        "strokeWidth": alt.StrokeWidthValue(0, condition={**part, "value": 1.5}),
    }


def lookup(
    pairs: Mapping[str, Json] | Mapping[float, Json] | Mapping[int, Json], key: str = "datum.value"
) -> str:
    """An expression: what belongs to `key`. The texts in it are data, whatever they say."""
    # An expression is JavaScript: ASCII JSON is a literal in it.
    return f"{json.dumps(list(pairs.values()))}[indexof({json.dumps(list(pairs))}, {key})]"


def centre_lines(names: Mapping[str, str]) -> dict[str, Json]:
    """How far labels with several lines are moved up: Vega puts the first line in the middle."""
    counts: dict[int, list[Json]] = {}
    for name, words in names.items():
        counts.setdefault(words.count("\n"), []).append(name)
    return {
        "condition": [
            {"test": f"indexof({json.dumps(alike)}, datum.value) >= 0", "value": -LINE * more / 2}
            for more, alike in counts.items()
            if more
        ],
        "value": 0,
    }


def order(frame: pd.DataFrame) -> list[str]:
    """The colours' values in the order of the series."""
    return list(dict.fromkeys(frame["color"]))


def shown_values(frame: pd.DataFrame) -> list[float]:
    """The numbers that are there."""
    pairs = zip(frame["value"], frame["status"], strict=True)
    return [float(value) for value, status in pairs if is_shown(status)]


def value_ticks(frame: pd.DataFrame) -> list[float]:
    """Round numbers for the axis of the values and their intervals."""
    values = shown_values(frame)
    if "upper" in frame:
        values += frame["upper"].dropna().tolist()
    whole = all(value.is_integer() for value in values)
    return round_ticks(min(values, default=0.0), max(values, default=0.0), whole=whole)


def value_scale(ticks: Sequence[float]) -> alt.Scale:
    """From the first to the last tick."""
    return alt.Scale(domain=[ticks[0], ticks[-1]], nice=False, zero=True)


def value_axis(ticks: Sequence[float]) -> alt.Axis:
    """The axis of the numbers; the text around the chart says what they are."""
    return alt.Axis(
        title=None,
        grid=True,
        domain=False,
        ticks=False,
        values=list(ticks),
        labelExpr=lookup({tick: show_tick(tick) for tick in ticks}),
        labelOverlap=False,
    )


def tick_width(ticks: Iterable[float]) -> float:
    """How much room the labels of the values need beside the plot."""
    return widest(map(show_tick, ticks)) + 8


def show_tick(value: float) -> str:
    """A number of an axis with all its decimals: 0.25 is not 0.2."""
    return show_number(value) if value.is_integer() else typeset(f"{value:,.12g}")


def colour(plot: Plot, *, left: float, top: float, legend: bool = True) -> SchemaBase:
    """One colour, or one for each value of `color`, with the legend `colour_key` has room for."""
    if "color" not in plot.frame:
        return alt.ColorValue(COLORS[0])
    names = order(plot.frame)
    columns, _ = colour_key(plot)
    key = alt.Legend(
        title=None,
        orient="none",
        direction="horizontal",
        legendX=-left,
        legendY=-top,
        columns=columns,
        labelLimit=plot.width - 30,
        rowPadding=LINE - SIZE,
        columnPadding=16,
        symbolOpacity=1,
    )
    colors = [COLORS[n % len(COLORS)] for n in range(len(names))]
    scale = alt.Scale(domain=names, range=colors)
    return alt.Color("color:N", scale=scale, legend=key if legend else None)


def colour_key(plot: Plot) -> tuple[int, float]:
    """The columns of the legend of colours, and its height."""
    if "color" not in plot.frame:
        return 1, 0
    names = order(plot.frame)
    columns = max(1, min(len(names), int(plot.width / (widest(names) + 38))))
    if not all(map(is_drawn, names)):  # Vega cannot know their widths, and puts them side by side
        columns = 1
    return columns, (LINE + 3) * math.ceil(len(names) / columns) + 8


def has_absent(frame: pd.DataFrame) -> bool:
    """Whether a value is not there."""
    return not all(map(is_shown, frame["status"]))


def status_fill() -> list[dict[str, Json]]:
    """Conditions that give each status its fill."""
    return [
        {"test": f"datum.status === '{kind}'", "value": fill}
        for kind, fill in STATUS_COLORS.items()
    ]


def tooltip(plot: Plot, *names: str) -> list[SchemaBase]:
    """What a tooltip says: the keys of a mark, and its value in words."""
    labels = {name: column.label for name, column in plot.columns.items()}
    titles = {name: labels.get(name.removesuffix("_text")) or name for name in names}
    keys = [alt.Tooltip(f"{name}:N", title=title) for name, title in titles.items()]
    return [*keys, alt.Tooltip("text:N", title=labels["value"])]


def describe_mark(*names: str) -> dict[str, str]:
    """The description of a mark: its keys and its value in words."""
    keys = " + ', ' + ".join(f"datum.{name}" for name in names)
    return {"expr": f"{keys} + ': ' + datum.text"}


def status_key(plot: Plot, *, left: float, top: float) -> Layers:
    """The key to the fills of statuses, in words."""
    there = _statuses(plot.frame)
    words = [status_word(kind) for kind in there]
    fills = [STATUS_COLORS[kind] for kind in there]
    return word_key(plot, words, fills, left=left, top=top)


def word_key(
    plot: Plot, words: Sequence[str], fills: Sequence[str], *, left: float, top: float
) -> Layers:
    """A layer that draws nothing and has a key: a square of each fill, and what it means."""
    if not words:
        return []
    legend = alt.Legend(
        title=None,
        orient="none",
        direction="horizontal",
        legendX=-left,
        legendY=top,
        columns=_key_columns(plot, words),
        columnPadding=16,
        rowPadding=LINE - SIZE,
        symbolType="square",
        symbolOpacity=1,
        symbolSize=180,
        symbolStrokeColor=OUTLINE,
        symbolStrokeWidth=1,
    )
    fill = alt.Fill("text:N", scale=alt.Scale(domain=words, range=fills), legend=legend)
    return [layer(alt.MarkDef("point", opacity=0, size=0, aria=False), fill=fill)]


def key_height(plot: Plot, words: Sequence[str]) -> float:
    """The height of a key with these words, 0 where there are none."""
    return (LINE + 3) * math.ceil(len(words) / _key_columns(plot, words)) + 10 if words else 0


def _statuses(frame: pd.DataFrame) -> list[MissingKind]:
    there = set(frame["status"])
    return [kind for kind in STATUS_COLORS if kind in there]


def _key_columns(plot: Plot, words: Sequence[str]) -> int:
    return max(1, int(plot.width / (widest(words) + 38)))


def shades(plot: Plot, *, left: float, top: float, legend: bool = True) -> SchemaBase:
    """Light to dark by the value in steps; zero, and each status, have a fill of their own."""
    values = shown_values(plot.frame)
    most = max(values, default=0.0) or 1.0
    low = min(values, default=0.0)
    low = min(low, 0.0)
    step = _round_up((most - low) / len(SHADES))
    edges = [float(f"{low + step * n:.12g}") for n in range(1, len(SHADES))]
    length = min(plot.width - 60, 320)
    every = math.ceil((widest(map(show_number, edges)) + 10) / (length / len(SHADES)))
    numbers = lookup({edge: show_number(edge) for edge in edges[every - 1 :: every]})
    key = alt.Legend(
        title=None,
        orient="none",
        direction="horizontal",
        type="gradient",
        legendX=-left,
        legendY=-top,
        gradientLength=length,
        gradientThickness=14,
        gradientStrokeColor=OUTLINE,
        labelExpr=f"isFinite(datum.value) ? {numbers} || '' : '{show_number(low)}'",
        labelOverlap=False,
    )
    return alt.Color(
        "value:Q",
        scale=alt.Scale(type="threshold", domain=edges, range=SHADES),
        legend=key if legend else None,
        condition=[*status_fill(), {"test": EMPTY, "value": BLANK}],
    )


def _round_up(number: float) -> float:
    """The next number of two digits that are not zero; one below ten stays whole where it can."""
    if number >= 10:
        power = 10.0 ** (math.floor(math.log10(number)) - 1)
        return math.ceil(number / power - 1e-9) * power
    return float(math.ceil(number)) if number > 1 else number


SHADES_HEIGHT = 14 + LINE + 14
"""The height of the key to the shades."""


def outlined(plain: Json = None, *, parts: bool = False) -> alt.StrokeValue:
    """A line around a cell or tile with zero or without a value, darker if it is a part."""
    line = {"test": f"({EMPTY}) || ({ABSENT})", "value": OUTLINE}
    part = {"test": PART, "value": INK}
    return alt.StrokeValue(plain, condition=[part, line] if parts else line)


def ink_on_shades(frame: pd.DataFrame) -> alt.ColorValue:
    """The colour of words on shades: light on dark ones."""
    most = max(shown_values(frame), default=0.0)
    return alt.ColorValue(
        INK,
        condition=[
            # The fills of statuses are the same in both themes, so their ink is dark.
            {"test": ABSENT, "value": ON_STATUS},
            {"test": f"datum.value > {most} * 4 / 7", "value": ON_DARK},
        ],
    )


PART = f"datum.cover === '{MARK}'"
PART_DASHES = {"expr": f"{PART} ? {DASHES} : [1, 0]"}
"""The line around a mark of a period that is not whole is dashed: a channel does not say so."""


def absent_points(across: alt.X, plot: Plot, height: float) -> alt.core.UnitSpec:
    """A square on the axis where a value is not there; nothing where one is."""
    names = plot.texts("x", "color", "facet")
    mark = alt.MarkDef(
        "point",
        shape="square",
        filled=True,
        opacity=1,
        strokeWidth=1,
        description=describe_mark(*names),
    )
    return layer(
        mark,
        x=across,
        y=alt.YValue(height - 5),  # type: ignore[no-untyped-call]
        size=alt.SizeValue(0, condition={"test": ABSENT, "value": 80}),
        color=alt.ColorValue(BLANK, condition=status_fill()),
        stroke=alt.StrokeValue(OUTLINE),
        tooltip=tooltip(plot, *names),
    )


def label_width(words: Iterable[str]) -> float:
    """The room for words behind marks."""
    return max(map(measure_words, words), default=0.0) + 8
