"""Charts: a series to a Vega-Lite specification, a static picture and a sentence.

The only room that imports altair. The interactive chart is drawn in the reader's browser by the
Vega bundle that vl-convert carries, served from the portal itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import altair as alt
import pandas as pd
import vl_convert
from altair.utils.schemapi import SchemaBase, debug_mode
from markupsafe import Markup

from plainrecord.ground.plotted import ROWS as ROWS_NAME
from plainrecord.ground.plotted import plot_rows
from plainrecord.ground.states import state_code
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.packages import Json
from plainrecord.model.products import Cell, Chart, Receipt, Series, SeriesColumn
from plainrecord.outputs import drawing
from plainrecord.rules.findings import Finding

COLORS = ["#1f5f8b", "#c8553d", "#4f7942", "#8a5a9e", "#b8860b", "#5b6770"]
SHADES = ["#e3edf3", "#c3d8e5", "#9cbfd4", "#70a2c0", "#4684a8", "#25668c", "#0f4668"]
GREY = "#a8a8a8"

# Altair's classes of the Vega-Lite schema itself: `alt.Chart` copies a chart at every step.
AnyChart = alt.core.TopLevelUnitSpec | alt.core.TopLevelLayerSpec | alt.core.TopLevelFacetSpec
ROWS = alt.NamedData(name=ROWS_NAME)


_DRAWERS: Mapping[str, Callable[[Series, str, str], Markup]] = {
    "line": drawing.draw_line,
    "bar": drawing.draw_bars,
    "heatmap": drawing.draw_heatmap,
    "tile-map": drawing.draw_tiles,
    "small-multiples": drawing.draw_panels,
}


@cache
def vega_bundle() -> bytes:
    """Vega, Vega-Lite and vega-embed as one JavaScript module that sets `window.vegaEmbed`."""
    text: str = vl_convert.javascript_bundle()  # type: ignore[call-arg] # its stub lags behind
    return text.encode()


def draw_chart(definition: ChartDefinition, dataset: str, series: Series) -> Chart | Finding:
    """The chart, or a finding (chart-invalid) when the declaration does not fit its kind."""
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
    sentence = describe(definition.kind, series)
    return Chart(
        dataset=dataset,
        name=definition.name,
        title=definition.title,
        description=definition.description,
        kind=definition.kind,
        unit=definition.unit,
        note=definition.note,
        alt=sentence,
        spec=specify(definition, series, sentence),
        svg=_DRAWERS[definition.kind](series, definition.title, sentence),
        series=series,
    )


def draw_again(
    kind: str, title: str, columns: tuple[SeriesColumn, ...], rows: tuple[tuple[Cell, ...], ...]
) -> tuple[str, str] | str:
    """The sentence and the static picture of a chart from its receipt, or why it cannot be drawn."""
    if kind not in _DRAWERS:
        return f"there is no chart of the kind {kind!r}"
    series = Series(columns, rows, Receipt("", (), "", len(rows)))
    try:
        sentence = describe(kind, series)
        return sentence, str(_DRAWERS[kind](series, title, sentence))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it cannot be drawn: {error}"


def describe(kind: str, series: Series) -> str:
    """What is drawn, with its highest and lowest values, in words."""
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
    return words + (f" {hidden} values are suppressed." if hidden else "")


def specify(definition: ChartDefinition, series: Series, sentence: str) -> dict[str, Json]:
    """The Vega-Lite specification with its data inside, made with Altair."""
    names = [c.name for c in series.columns]
    frame = pd.DataFrame(list(series.rows), columns=names)
    labels = {c.name: c.label for c in series.columns}
    builders = {"line": _lines, "small-multiples": _lines, "bar": _bars, "heatmap": _heatmap,
                "tile-map": _tiles}  # fmt: skip
    # Validating each part as it is set takes most of the time of a small build. The specifications
    # have a handful of shapes, all made here; the tests validate every one of them.
    with debug_mode(False):
        document = _specify(
            builders[definition.kind], frame, labels, f"{definition.title}. {sentence}"
        )
    document["datasets"] = {ROWS_NAME: plot_rows(definition.kind, names, series.rows)}
    return document


def _specify(
    builder: Callable[[pd.DataFrame, dict[str, str]], AnyChart],
    frame: pd.DataFrame,
    labels: dict[str, str],
    description: str,
) -> dict[str, Json]:
    chart = builder(frame, labels)
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


def _lines(frame: pd.DataFrame, labels: dict[str, str]) -> AnyChart:
    mark = alt.MarkDef("line", point=alt.OverlayMarkDef(size=30), strokeWidth=2)
    encoding = alt.FacetedEncoding(
        x=alt.X("x:O", axis=alt.Axis(title=labels["x"], labelAngle=0, labelOverlap=True)),
        y=alt.Y("value:Q", axis=_value_axis(labels)),
        color=_colour(frame),
    )
    if "facet" in frame:
        panel = alt.core.UnitSpec(mark=mark, encoding=encoding, width=240, height=120)
        facet = alt.Facet("facet:N", title=None, sort=list(dict.fromkeys(frame["facet"])))
        return alt.core.TopLevelFacetSpec(data=ROWS, facet=facet, spec=panel, columns=2)
    return alt.core.TopLevelUnitSpec(
        data=ROWS, mark=mark, encoding=encoding, width="container", height=280
    )


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
        "value:Q", scale=_shading(), legend=alt.Legend(title=labels["value"], orient="top")
    )
    boxes = alt.core.UnitSpec(
        mark=alt.MarkDef("rect", stroke="white", strokeWidth=2),
        encoding=alt.FacetedEncoding(
            **place,
            color=alt.condition("datum.status === 'suppressed'", alt.value(GREY), shades),
        ),
    )
    ink = alt.condition(f"datum.value > {most} * 0.5", alt.value("white"), alt.value("#222222"))
    codes = alt.core.UnitSpec(
        mark=alt.MarkDef("text", fontSize=12),
        encoding=alt.FacetedEncoding(**place, text=alt.Text("code:N"), color=alt.ColorValue(**ink)),
    )
    return alt.core.TopLevelLayerSpec(
        data=ROWS, layer=[boxes, codes], width="container", height=360
    )
