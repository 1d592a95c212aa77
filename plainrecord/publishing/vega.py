"""Charts: a series to a Vega-Lite specification, a static picture and a sentence.

The only room that imports altair. The interactive chart is drawn in the reader's browser by the
Vega bundle that vl-convert carries, served from the portal itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import altair as alt
import pandas as pd
import vl_convert
from altair.utils.schemapi import SchemaBase, debug_mode
from markupsafe import Markup

from plainrecord.core.strict_json import Json
from plainrecord.core.us_states import is_territory, state_code
from plainrecord.findings.finding import Finding
from plainrecord.model.breaks import place_breaks, read_stamp, tell_break
from plainrecord.model.declarations import Break, ChartDefinition
from plainrecord.model.evidence import Cell
from plainrecord.model.packages import MissingKind
from plainrecord.model.partial_periods import MARK, mark_part
from plainrecord.model.products import Chart, LineBreak, Series
from plainrecord.model.statuses import SHOWN, is_shown, status_word
from plainrecord.publishing import svg
from plainrecord.receipts.chart_rows import BREAKS as BREAKS_NAME
from plainrecord.receipts.chart_rows import ROWS as ROWS_NAME
from plainrecord.receipts.chart_rows import (
    WHOLE,
    keep_drawn,
    plot_breaks,
    plot_rows,
    show_number,
    tell_values,
)

COLORS = ["#1f5f8b", "#c8553d", "#4f7942", "#8a5a9e", "#b8860b", "#5b6770"]
SHADES = ["#e3edf3", "#c3d8e5", "#9cbfd4", "#70a2c0", "#4684a8", "#25668c", "#0f4668"]
GREY = "#a8a8a8"
BLANK, OUTLINE = "#fdfdfd", "#d0d0d0"  # a cell or tile with zero, and the line around it
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
MOST_OFF_MAP = 0.1
"""The largest share of the values of a map that may name no state; one may beside two states."""

# Altair's classes of the Vega-Lite schema itself: `alt.Chart` copies a chart at every step.
AnyChart = alt.core.TopLevelUnitSpec | alt.core.TopLevelLayerSpec | alt.core.TopLevelFacetSpec
ROWS = alt.NamedData(name=ROWS_NAME)
BREAKS = alt.NamedData(name=BREAKS_NAME)


_DRAWERS: Mapping[str, Callable[[Series, str, str], Markup]] = {
    "bar": svg.draw_bars,
    "heatmap": svg.draw_heatmap,
    "tile-map": svg.draw_tiles,
}
_LINE_DRAWERS: Mapping[str, Callable[[Series, str, str, Sequence[LineBreak]], Markup]] = {
    "line": svg.draw_line,
    "small-multiples": svg.draw_panels,
}


@cache
def vega_bundle() -> bytes:
    """Vega, Vega-Lite and vega-embed as one JavaScript module that sets `window.vegaEmbed`."""
    text: str = vl_convert.javascript_bundle()  # type: ignore[call-arg] # its stub lags behind
    return text.encode()


def draw_chart(
    definition: ChartDefinition, dataset: str, series: Series, changes: Sequence[Break] = ()
) -> Chart | Finding:
    """The chart, or a finding (chart-invalid) when the declaration does not fit its kind.

    Lines stop where the definition declares a break, and at the `changes` found in the records.
    """
    missing = {"heatmap": "y", "small-multiples": "facet"}.get(definition.kind, "")
    if missing and svg.column(series, missing) < 0:
        return Finding(
            "chart-invalid",
            f"chart {definition.name}: a {definition.kind} without {missing}",
            f"the field for {missing}",
            dataset=dataset,
        )
    if definition.kind == "tile-map" and (problem := _map_problem(definition, series)):
        return Finding(
            "chart-invalid",
            f"chart {definition.name}: {problem}",
            "a field of texts in which nearly all values are postal codes, names or FIPS codes of "
            "states, one row for each; or a chart of another kind, such as bar",
            dataset=dataset,
        )
    breaks: tuple[LineBreak, ...] = ()
    if definition.breaks and (problem := _break_problem(definition, series)):
        return Finding(
            "chart-invalid", f"chart {definition.name}: {problem}",
            "breaks of a line over time: `since` a day, month, quarter or year", dataset=dataset,
        )  # fmt: skip
    if definition.kind in _LINE_DRAWERS:
        stamps = [str(row[0]) for row in series.rows]
        breaks = place_breaks(stamps, definition.period, (*definition.breaks, *changes))
    sentence = describe(definition.kind, series, breaks)
    return Chart(
        dataset=dataset,
        name=definition.name,
        title=definition.title,
        description=definition.description,
        kind=definition.kind,
        unit=series.unit,
        note=definition.note,
        alt=sentence,
        spec=specify(definition.kind, definition.title, series, sentence, breaks),
        svg=_draw(definition.kind, series, definition.title, sentence, breaks),
        series=series,
        breaks=breaks,
    )


def _map_problem(definition: ChartDefinition, series: Series) -> str:
    """Why values cannot stand on a map of states; empty where they can.

    Words for absent values and the rest of a limited list are no places. Territories are, though
    the map has no tile for most of them.
    """
    if series.columns[0].type not in ("string", "any"):
        return (
            f"{definition.x} has the type {series.columns[0].type}: a number may be any code, and "
            "a FIPS code is a text of two digits"
        )
    names = [str(row[0]) for row in series.rows]
    codes: dict[str, str] = {}
    for name in names:
        code = state_code(name)
        if code and codes.setdefault(code, name) != name:
            return f"{codes[code]!r} and {name!r} are one state"
        if names.count(name) > 1:
            return f"{name!r} has more than one row"
    places = [name for name in names if name not in series.columns[0].apart]
    off = [name for name in places if not state_code(name) and not is_territory(name)]
    if not codes or len(off) > max(MOST_OFF_MAP * len(places), len(codes) > 1):
        shown = ", ".join(repr(name) for name in off[:3])
        more = f" and {len(off) - 3:,} more" if len(off) > 3 else ""
        share = f"{len(off):,} of {len(places):,} values of {definition.x} are no states"
        return f"{share} ({100 * len(off) / max(1, len(places)):.0f}%): {shown}{more}"
    return ""


def _break_problem(definition: ChartDefinition, series: Series) -> str:
    """Why lines cannot be broken as declared; empty where they can."""
    if definition.kind not in _LINE_DRAWERS:
        return f"a {definition.kind} has no line to break"
    wrong = [change.since for change in definition.breaks if read_stamp(change.since) is None]
    if wrong:
        return f"a break is since {wrong[0]!r}"
    if not any(read_stamp(str(row[0]), definition.period) for row in series.rows):
        return f"no value of {definition.x} is a time"
    return ""


def _draw(
    kind: str, series: Series, title: str, sentence: str, breaks: Sequence[LineBreak]
) -> Markup:
    series = keep_drawn(kind, series)
    if kind in _LINE_DRAWERS:
        return _LINE_DRAWERS[kind](series, title, sentence, breaks)
    return _DRAWERS[kind](series, title, sentence)


def draw_again(
    kind: str, title: str, series: Series, breaks: tuple[LineBreak, ...] = ()
) -> tuple[str, str] | str:
    """The sentence and the static picture of a chart from its receipt, or why it cannot be drawn."""
    if kind not in _DRAWERS and kind not in _LINE_DRAWERS:
        return f"there is no chart of the kind {kind!r}"
    try:
        sentence = describe(kind, series, breaks)
        return sentence, str(_draw(kind, series, title, sentence, breaks))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def specify_again(
    kind: str, title: str, series: Series, breaks: tuple[LineBreak, ...] = ()
) -> dict[str, Json] | str:
    """The specification of a chart from its receipt, or why there is none."""
    if kind not in _DRAWERS and kind not in _LINE_DRAWERS:
        return f"there is no chart of the kind {kind!r}"
    try:
        made = specify(kind, title, series, describe(kind, series, breaks), breaks)
        return dict(json.loads(json.dumps(made)))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def describe(kind: str, series: Series, breaks: Sequence[LineBreak] = ()) -> str:
    """What is drawn in words: highest and lowest, what is not there, periods not whole, breaks."""
    drawn = keep_drawn(kind, series).rows
    shown = [row for row in drawn if is_shown(row[-1])]
    kinds = {"line": "Line chart", "bar": "Bar chart", "heatmap": "Heat map",
            "tile-map": "Map of states, one tile per state", "small-multiples": "Small line charts"}  # fmt: skip
    count = len(drawn)
    words = f"{kinds[kind]}, {count:,} {'value' if count == 1 else 'values'}."
    if shown:
        names = [column.name for column in series.columns if column.role == "key"]

        def name(row: tuple[Cell, ...]) -> str:
            keys = (mark_part(str(k), c, series.parts) for k, c in zip(row, names, strict=False))
            return f"{', '.join(keys)} ({show_number(svg.as_number(row[-2]))})"

        ordered = sorted(shown, key=lambda row: svg.as_number(row[-2]))
        words += f" Highest: {name(ordered[-1])}. Lowest: {name(ordered[0])}."
    return " ".join([words, *tell_values(kind, series), *map(tell_break, breaks)])


def specify(
    kind: str,
    title: str,
    series: Series,
    sentence: str,
    breaks: Sequence[LineBreak] = (),
) -> dict[str, Json]:
    """The Vega-Lite specification with its data inside, made with Altair."""
    plotted = plot_rows(kind, series, breaks)
    frame = pd.DataFrame(plotted)  # which columns there are is what the builders look at
    labels = {c.name: c.label for c in series.columns}
    builders = {"line": _lines, "small-multiples": _lines, "bar": _bars, "heatmap": _heatmap,
                "tile-map": _tiles}  # fmt: skip
    # Validating each part as it is set takes most of the time of a small build. The specifications
    # have a handful of shapes, all made here; the tests validate every one of them.
    with debug_mode(False):
        document = _specify(builders[kind], frame, labels, f"{title}. {sentence}", breaks)
    there = {BREAKS_NAME: plot_breaks(breaks)} if breaks else {}
    document["datasets"] = {ROWS_NAME: plotted, **there}
    return document


def _specify(
    builder: Callable[[pd.DataFrame, dict[str, str]], AnyChart],
    frame: pd.DataFrame,
    labels: dict[str, str],
    description: str,
    breaks: Sequence[LineBreak],
) -> dict[str, Json]:
    chart = _lines(frame, labels, breaks) if breaks else builder(frame, labels)
    chart.description = description
    chart.config = alt.Config(
        background="transparent",
        font="system-ui, sans-serif",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(labelFontSize=12, titleFontSize=12),
    )
    return {"$schema": alt.SCHEMA_URL, **chart.to_dict(validate=False)}


def _order(frame: pd.DataFrame) -> list[str]:
    """The colours' values in the order of the series, as the static picture has them."""
    return list(dict.fromkeys(frame["color"]))


def _value_axis(labels: dict[str, str]) -> alt.Axis:
    return alt.Axis(title=labels["value"], grid=True, tickCount=5)


def _colour(frame: pd.DataFrame) -> SchemaBase:
    """One colour, or one for each value of `color` with its legend."""
    if "color" not in frame:
        return alt.ColorValue(COLORS[0])
    return alt.Color(
        "color:N",
        sort=_order(frame),
        scale=alt.Scale(range=COLORS),
        legend=alt.Legend(title=None, orient="top"),
    )


def _has_absent(frame: pd.DataFrame) -> bool:
    return not frame["status"].map(is_shown).all()


def _status_fill() -> list[dict[str, Json]]:
    """Conditions that give each status its fill."""
    return [
        {"test": f"datum.status === '{kind}'", "value": fill}
        for kind, fill in STATUS_COLORS.items()
    ]


def _tell(labels: dict[str, str], *names: str) -> list[SchemaBase]:
    """What a tooltip says: the keys of a mark, and its value in words."""
    keys = [alt.Tooltip(f"{name}:N", title=labels.get(name) or name) for name in names]
    return [*keys, alt.Tooltip("text:N", title=labels["value"])]


def _lines(
    frame: pd.DataFrame, labels: dict[str, str], breaks: Sequence[LineBreak] = ()
) -> AnyChart:
    mark = alt.MarkDef("line", point=alt.OverlayMarkDef(size=30), strokeWidth=2)
    # Where points lack a value, the axis still has a place for each.
    across = alt.X(
        "x:O",
        sort=sorted(set(frame["x"])) if _has_absent(frame) else alt.Undefined,
        axis=alt.Axis(title=labels["x"], labelAngle=0, labelOverlap=True, labelSeparation=8),
    )
    encoding = alt.FacetedEncoding(
        x=across, y=alt.Y("value:Q", axis=_value_axis(labels)), color=_colour(frame)
    )
    if "stretch" in frame:
        encoding.detail = alt.Detail("stretch:O")
    if "cover" in frame:
        encoding.strokeDash = alt.StrokeDash(
            "cover:N",
            scale=alt.Scale(domain=[WHOLE, MARK], range=[[1, 0], [4, 3]]),
            legend=alt.Legend(title=None, orient="top", values=[MARK]),
        )
    layers = [alt.core.UnitSpec(mark=mark, encoding=encoding)]
    if _has_absent(frame):
        layers += [_absent_points(across, frame, labels), *_status_key(frame)]
    if breaks:
        layers += _rules()
    panel: alt.core.UnitSpec | alt.core.LayerSpec
    if "facet" in frame:
        facet = alt.Facet("facet:N", title=None, sort=list(dict.fromkeys(frame["facet"])))
        if len(layers) > 1:
            panel = alt.core.LayerSpec(layer=layers, width=240, height=120)
        else:
            panel = alt.core.UnitSpec(mark=mark, encoding=encoding, width=240, height=120)
        return alt.core.TopLevelFacetSpec(data=ROWS, facet=facet, spec=panel, columns=2)
    if len(layers) > 1:
        return alt.core.TopLevelLayerSpec(data=ROWS, layer=layers, width="container", height=280)
    return alt.core.TopLevelUnitSpec(
        data=ROWS, mark=mark, encoding=encoding, width="container", height=280
    )


def _absent_points(across: alt.X, frame: pd.DataFrame, labels: dict[str, str]) -> alt.core.UnitSpec:
    """A square on the axis where a value is not there; nothing where one is."""
    names = [name for name in ("x", "color", "facet") if name in frame]
    return alt.core.UnitSpec(
        mark=alt.MarkDef("point", shape="square", filled=True, opacity=1),
        encoding=alt.core.Encoding(
            x=across,
            y=alt.YValue("height"),  # type: ignore[no-untyped-call]
            size=alt.SizeValue(0, condition={"test": ABSENT, "value": 70}),
            color=alt.ColorValue(BLANK, condition=_status_fill()),
            tooltip=_tell(labels, *names),
        ),
    )


def _rules() -> list[alt.core.UnitSpec]:
    """A rule where lines are broken, half way between two points of the axis, and its label.

    Labels stand above the points, each in a row of its own, and run towards the middle.
    """
    middle = "(scale('x', datum.before) + scale('x', datum.at)) / 2"
    left = f"{middle} < range('x')[1] / 2"
    place = alt.XValue({"expr": middle})  # type: ignore[no-untyped-call]
    high = alt.YValue({"expr": "-6 - 14 * datum.row"})  # type: ignore[no-untyped-call]
    low = alt.Y2Value("height")  # type: ignore[no-untyped-call]
    words = alt.MarkDef(
        "text",
        align={"expr": f"{left} ? 'left' : 'right'"},
        dx={"expr": f"{left} ? 4 : -4"},
        fontSize=12,
    )
    rule = alt.MarkDef("rule", strokeDash=[4, 3], color=GREY)
    return [
        alt.core.UnitSpec(
            data=BREAKS, mark=rule, encoding=alt.core.Encoding(x=place, y=high, y2=low)
        ),
        alt.core.UnitSpec(
            data=BREAKS,
            mark=words,
            encoding=alt.core.Encoding(x=place, y=high, text=alt.Text("label:N")),
        ),
    ]


def _bars(frame: pd.DataFrame, labels: dict[str, str]) -> AnyChart:
    order = list(dict.fromkeys(frame["x"]))
    place: dict[str, SchemaBase] = {
        "y": alt.Y("x:N", sort=order, axis=alt.Axis(title=None, labelLimit=170)),
    }
    groups = 1
    if "color" in frame:
        place["yOffset"] = alt.YOffset("color:N", sort=_order(frame))
        groups = frame["color"].nunique()
    length = alt.X("value:Q", axis=_value_axis(labels))
    names = [name for name in ("x", "color") if name in frame]
    bars: dict[str, SchemaBase] = {**place, "x": length, "color": _colour(frame)}
    if "cover" in frame:
        bars["opacity"] = alt.Opacity(
            "cover:N",
            scale=alt.Scale(domain=[WHOLE, MARK], range=[1, 0.45]),
            legend=alt.Legend(title=None, orient="top", values=[MARK]),
        )
    bars["tooltip"] = _tell(labels, *names)  # type: ignore[assignment] # a list is a tooltip
    beside = alt.MarkDef("text", align="left", dx=4, fontSize=12)
    words = alt.Text("text:N")
    layers = [
        alt.core.UnitSpec(mark=alt.MarkDef("bar"), encoding=alt.FacetedEncoding(**bars)),
        alt.core.UnitSpec(
            mark=beside, encoding=alt.FacetedEncoding(**place, x=alt.X("value:Q"), text=words)
        ),
    ]
    if _has_absent(frame):
        hidden = alt.OpacityValue(0, condition={"test": ABSENT, "value": 1})
        zero = alt.XValue(0)  # type: ignore[no-untyped-call]
        layers.append(
            alt.core.UnitSpec(
                mark=beside,
                encoding=alt.FacetedEncoding(**place, x=zero, text=words, opacity=hidden),
            )
        )
    return alt.core.TopLevelLayerSpec(
        data=ROWS,
        layer=layers,
        width="container",
        height=max(60, len(order) * (14 + 12 * groups)),
        padding={"left": 5, "top": 5, "bottom": 5, "right": 8 + 8 * max(map(len, frame["text"]))},
    )


def _shading() -> alt.Scale:
    return alt.Scale(range=SHADES, type="linear")


def _heatmap(frame: pd.DataFrame, labels: dict[str, str]) -> AnyChart:
    order = list(dict.fromkeys(frame["y"]))
    encoding = alt.FacetedEncoding(
        x=alt.X(
            "x:O",
            sort=list(dict.fromkeys(frame["x"])),
            axis=alt.Axis(title=labels["x"], labelAngle=0, labelOverlap=True, labelSeparation=8),
        ),
        y=alt.Y("y:O", sort=order, axis=alt.Axis(title=labels["y"])),
        color=_shades(labels),
        tooltip=_tell(labels, "x", "y"),
    )
    if "cover" in frame:
        part = {"test": f"datum.cover === '{MARK}'", "value": GREY}
        encoding.stroke = alt.StrokeValue(None, condition=part)
    cells = alt.core.UnitSpec(
        mark=alt.MarkDef("rect", strokeDash=[4, 3], invalid="show"), encoding=encoding
    )
    return alt.core.TopLevelLayerSpec(
        data=ROWS,
        layer=[cells, *_status_key(frame)],
        width="container",
        height=max(120, 30 * len(order)),
    )


def _status_key(frame: pd.DataFrame) -> list[alt.core.UnitSpec]:
    """A layer that draws nothing and has the key to the fills of statuses, in words."""
    there = [kind for kind in STATUS_COLORS if kind in set(frame["status"])]
    if not there:
        return []
    words = [status_word(kind) for kind in there]
    legend = alt.Legend(
        title=None,
        orient="bottom",
        columns=3,
        symbolType="square",
        symbolOpacity=1,
        symbolStrokeColor=OUTLINE,
    )
    fill = alt.Fill(
        "text:N",
        scale=alt.Scale(domain=words, range=[STATUS_COLORS[kind] for kind in there]),
        legend=legend,
    )
    mark = alt.MarkDef("point", opacity=0, size=0)
    return [alt.core.UnitSpec(mark=mark, encoding=alt.FacetedEncoding(fill=fill))]


def _shades(labels: dict[str, str]) -> SchemaBase:
    """Light to dark by the value; zero, and each status, have a fill of their own."""
    return alt.Color(
        "value:Q",
        scale=_shading(),
        legend=alt.Legend(title=labels["value"], orient="top"),
        condition=[*_status_fill(), {"test": EMPTY, "value": BLANK}],
    )


def _tiles(frame: pd.DataFrame, labels: dict[str, str]) -> AnyChart:
    shown = frame[frame["status"].map(is_shown)]
    most = max(map(float, shown["value"]), default=0.0)
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    place: dict[str, SchemaBase] = {
        "x": alt.X("column:O", axis=hidden, scale=alt.Scale(domain=list(range(11)))),
        "y": alt.Y("row:O", axis=hidden, scale=alt.Scale(domain=list(range(8)))),
    }
    outlined = f"({EMPTY}) || ({ABSENT})"
    told = _tell(labels, "state")
    boxes = alt.core.UnitSpec(
        mark=alt.MarkDef("rect", stroke="white", strokeWidth=2, invalid="show"),
        encoding=alt.FacetedEncoding(
            **place,
            color=_shades(labels),
            stroke=alt.StrokeValue("white", condition={"test": outlined, "value": OUTLINE}),
            strokeWidth=alt.StrokeWidthValue(2, condition={"test": outlined, "value": 1}),
            tooltip=told,
        ),
    )
    ink = alt.ColorValue(
        "#222222",
        condition=[  # the fills of statuses are the same in both themes, so their ink is dark
            {"test": ABSENT, "value": "#111111"},
            {"test": f"datum.value > {most} * 0.5", "value": "white"},
        ],
    )
    codes = alt.core.UnitSpec(
        mark=alt.MarkDef("text", fontSize=12, dy=-6),
        encoding=alt.FacetedEncoding(**place, text=alt.Text("code:N"), color=ink, tooltip=told),
    )
    words = alt.core.UnitSpec(
        mark=alt.MarkDef("text", fontSize=9, dy=8, limit=52),
        encoding=alt.FacetedEncoding(
            **place,
            text=alt.Text("text:N"),
            color=ink,
            # A tile with zero or without a value is known by its fill, which the key names.
            opacity=alt.OpacityValue(1, condition={"test": outlined, "value": 0}),
            tooltip=told,
        ),
    )
    return alt.core.TopLevelLayerSpec(
        data=ROWS, layer=[boxes, codes, words, *_status_key(frame)], width="container", height=360
    )
