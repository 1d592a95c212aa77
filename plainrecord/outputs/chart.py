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

from plainrecord.ground.plotted import BREAKS as BREAKS_NAME
from plainrecord.ground.plotted import ROWS as ROWS_NAME
from plainrecord.ground.plotted import plot_breaks, plot_rows
from plainrecord.ground.states import state_code
from plainrecord.model.breaks import place_breaks, read_stamp, tell_break
from plainrecord.model.declarations import Break, ChartDefinition
from plainrecord.model.packages import Json
from plainrecord.model.products import Cell, Chart, LineBreak, Receipt, Series, SeriesColumn
from plainrecord.outputs import drawing
from plainrecord.rules.findings import Finding

COLORS = ["#1f5f8b", "#c8553d", "#4f7942", "#8a5a9e", "#b8860b", "#5b6770"]
SHADES = ["#e3edf3", "#c3d8e5", "#9cbfd4", "#70a2c0", "#4684a8", "#25668c", "#0f4668"]
GREY = "#a8a8a8"
BLANK, OUTLINE = "#fdfdfd", "#d0d0d0"  # a tile without a row, and the line around it
EMPTY = "datum.value === 0 && datum.status !== 'suppressed'"

# Altair's classes of the Vega-Lite schema itself: `alt.Chart` copies a chart at every step.
AnyChart = alt.core.TopLevelUnitSpec | alt.core.TopLevelLayerSpec | alt.core.TopLevelFacetSpec
ROWS = alt.NamedData(name=ROWS_NAME)
BREAKS = alt.NamedData(name=BREAKS_NAME)


_DRAWERS: Mapping[str, Callable[[Series, str, str], Markup]] = {
    "bar": drawing.draw_bars,
    "heatmap": drawing.draw_heatmap,
    "tile-map": drawing.draw_tiles,
}
_LINE_DRAWERS: Mapping[str, Callable[[Series, str, str, Sequence[LineBreak]], Markup]] = {
    "line": drawing.draw_line,
    "small-multiples": drawing.draw_panels,
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
    if missing and drawing.column(series, missing) < 0:
        return Finding(
            "chart-invalid",
            f"chart {definition.name}: a {definition.kind} without {missing}",
            f"the field for {missing}",
            dataset=dataset,
        )
    if definition.kind == "tile-map" and not any(state_code(str(row[0])) for row in series.rows):
        return Finding(
            "chart-invalid",
            f"chart {definition.name}: no value of {definition.x} is a state",
            "postal codes, names or FIPS codes of states",
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
        unit=definition.unit,
        note=definition.note,
        alt=sentence,
        spec=specify(definition.kind, definition.title, series, sentence, breaks),
        svg=_draw(definition.kind, series, definition.title, sentence, breaks),
        series=series,
        breaks=breaks,
    )


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
    if kind in _LINE_DRAWERS:
        return _LINE_DRAWERS[kind](series, title, sentence, breaks)
    return _DRAWERS[kind](series, title, sentence)


def draw_again(
    kind: str,
    title: str,
    columns: tuple[SeriesColumn, ...],
    rows: tuple[tuple[Cell, ...], ...],
    breaks: tuple[LineBreak, ...] = (),
) -> tuple[str, str] | str:
    """The sentence and the static picture of a chart from its receipt, or why it cannot be drawn."""
    if kind not in _DRAWERS and kind not in _LINE_DRAWERS:
        return f"there is no chart of the kind {kind!r}"
    series = Series(columns, rows, Receipt("", (), "", len(rows)))
    try:
        sentence = describe(kind, series, breaks)
        return sentence, str(_draw(kind, series, title, sentence, breaks))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def specify_again(
    kind: str,
    title: str,
    columns: tuple[SeriesColumn, ...],
    rows: tuple[tuple[Cell, ...], ...],
    breaks: tuple[LineBreak, ...] = (),
) -> dict[str, Json] | str:
    """The specification of a chart from its receipt, or why there is none."""
    if kind not in _DRAWERS and kind not in _LINE_DRAWERS:
        return f"there is no chart of the kind {kind!r}"
    series = Series(columns, rows, Receipt("", (), "", len(rows)))
    try:
        made = specify(kind, title, series, describe(kind, series, breaks), breaks)
        return dict(json.loads(json.dumps(made)))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def describe(kind: str, series: Series, breaks: Sequence[LineBreak] = ()) -> str:
    """What is drawn, with its highest and lowest values and its breaks, in words."""
    value = drawing.column(series, "value")
    shown = [row for row in series.rows if isinstance(row[value], int | float)]
    kinds = {"line": "Line chart", "bar": "Bar chart", "heatmap": "Heat map",
            "tile-map": "Map of states, one tile a state", "small-multiples": "Small line charts"}  # fmt: skip
    words = f"{kinds[kind]}, {len(series.rows)} values."
    if shown:
        keys = value

        def name(row: tuple[object, ...]) -> str:
            number = row[value]
            assert isinstance(number, int | float)  # noqa: S101 - filtered above
            return f"{', '.join(str(k) for k in row[:keys])} ({drawing.show_number(number)})"

        ordered = sorted(shown, key=lambda row: drawing.as_number(row[value]))
        words += f" Highest: {name(ordered[-1])}. Lowest: {name(ordered[0])}."
    hidden = len(series.rows) - len(shown)
    words += f" {hidden} values are suppressed." if hidden else ""
    return " ".join([words, *map(tell_break, breaks)])


def specify(
    kind: str,
    title: str,
    series: Series,
    sentence: str,
    breaks: Sequence[LineBreak] = (),
) -> dict[str, Json]:
    """The Vega-Lite specification with its data inside, made with Altair."""
    names = [c.name for c in series.columns]
    frame = pd.DataFrame(list(series.rows), columns=names)
    plotted = plot_rows(kind, names, series.rows, breaks)
    if any("stretch" in row for row in plotted if isinstance(row, dict)):
        frame["stretch"] = 0  # which columns there are is what the builders look at
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


def _lines(
    frame: pd.DataFrame, labels: dict[str, str], breaks: Sequence[LineBreak] = ()
) -> AnyChart:
    mark = alt.MarkDef("line", point=alt.OverlayMarkDef(size=30), strokeWidth=2)
    encoding = alt.FacetedEncoding(
        x=alt.X("x:O", axis=alt.Axis(title=labels["x"], labelAngle=0, labelOverlap=True)),
        y=alt.Y("value:Q", axis=_value_axis(labels)),
        color=_colour(frame),
    )
    if "stretch" in frame:
        encoding.detail = alt.Detail("stretch:O")
    if breaks:
        layers = [alt.core.UnitSpec(mark=mark, encoding=encoding), *_rules()]
        if "facet" not in frame:
            return alt.core.TopLevelLayerSpec(
                data=ROWS, layer=layers, width="container", height=280
            )
        panels = alt.core.LayerSpec(layer=layers, width=240, height=120)
        facet = alt.Facet("facet:N", title=None, sort=list(dict.fromkeys(frame["facet"])))
        return alt.core.TopLevelFacetSpec(data=ROWS, facet=facet, spec=panels, columns=2)
    if "facet" in frame:
        panel = alt.core.UnitSpec(mark=mark, encoding=encoding, width=240, height=120)
        facet = alt.Facet("facet:N", title=None, sort=list(dict.fromkeys(frame["facet"])))
        return alt.core.TopLevelFacetSpec(data=ROWS, facet=facet, spec=panel, columns=2)
    return alt.core.TopLevelUnitSpec(
        data=ROWS, mark=mark, encoding=encoding, width="container", height=280
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
    channels: dict[str, SchemaBase] = {
        "y": alt.Y("x:N", sort=order, axis=alt.Axis(title=None, labelLimit=170)),
        "x": alt.X("value:Q", axis=_value_axis(labels)),
        "color": _colour(frame),
    }
    groups = 1
    if "color" in frame:
        channels["yOffset"] = alt.YOffset("color:N")
        groups = frame["color"].nunique()
    return alt.core.TopLevelUnitSpec(
        data=ROWS,
        mark=alt.MarkDef("bar"),
        encoding=alt.FacetedEncoding(**channels),
        width="container",
        height=max(60, len(order) * (14 + 12 * groups)),
    )


def _shading() -> alt.Scale:
    return alt.Scale(range=SHADES, type="linear")


def _heatmap(frame: pd.DataFrame, labels: dict[str, str]) -> AnyChart:
    order = list(dict.fromkeys(frame["y"]))
    shades = alt.Color(
        "value:Q", scale=_shading(), legend=alt.Legend(title=labels["value"], orient="top")
    )
    return alt.core.TopLevelUnitSpec(
        data=ROWS,
        mark=alt.MarkDef("rect"),
        encoding=alt.FacetedEncoding(
            x=alt.X(
                "x:O",
                sort=list(dict.fromkeys(frame["x"])),
                axis=alt.Axis(title=labels["x"], labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y("y:O", sort=order, axis=alt.Axis(title=labels["y"])),
            color=alt.condition("datum.status === 'suppressed'", alt.value(GREY), shades),
        ),
        width="container",
        height=max(120, 30 * len(order)),
    )


def _tiles(frame: pd.DataFrame, labels: dict[str, str]) -> AnyChart:
    placed = frame[[bool(state_code(str(x))) for x in frame["x"]]]
    most = max((0.0 if pd.isna(v) else float(v) for v in placed["value"]), default=0.0)
    hidden = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    place: dict[str, SchemaBase] = {
        "x": alt.X("column:O", axis=hidden, scale=alt.Scale(domain=list(range(11)))),
        "y": alt.Y("row:O", axis=hidden, scale=alt.Scale(domain=list(range(8)))),
    }
    shades = alt.Color(
        "value:Q",
        scale=_shading(),
        legend=alt.Legend(title=labels["value"], orient="top"),
        condition=[
            {"test": "datum.status === 'suppressed'", "value": GREY},
            {"test": EMPTY, "value": BLANK},
        ],
    )
    outline = {"test": EMPTY, "value": OUTLINE}
    boxes = alt.core.UnitSpec(
        mark=alt.MarkDef("rect", stroke="white", strokeWidth=2),
        encoding=alt.FacetedEncoding(
            **place,
            color=shades,
            stroke=alt.StrokeValue("white", condition=outline),
            strokeWidth=alt.StrokeWidthValue(2, condition={"test": EMPTY, "value": 1}),
        ),
    )
    ink = alt.ColorValue(
        "#222222",
        condition=[  # grey is grey in both themes, so its ink is dark in both
            {"test": "datum.status === 'suppressed'", "value": "#111111"},
            {"test": f"datum.value > {most} * 0.5", "value": "white"},
        ],
    )
    codes = alt.core.UnitSpec(
        mark=alt.MarkDef("text", fontSize=12),
        encoding=alt.FacetedEncoding(**place, text=alt.Text("code:N"), color=ink),
    )
    return alt.core.TopLevelLayerSpec(
        data=ROWS, layer=[boxes, codes], width="container", height=360
    )
