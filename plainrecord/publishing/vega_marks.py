"""What the specifications of several kinds of charts share: colours, scales and keys in Altair.

Importing Altair is slow: the kinds in `publishing/charts/` import this only to specify a chart.
"""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from altair.utils.schemapi import SchemaBase

from plainrecord.core.strict_json import Json
from plainrecord.model.packages import MissingKind
from plainrecord.model.statuses import SHOWN, is_shown, status_word
from plainrecord.publishing.chart_rows import BREAKS as BREAKS_NAME
from plainrecord.publishing.chart_rows import ROWS as ROWS_NAME

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
# Altair's classes of the Vega-Lite schema itself: `alt.Chart` copies a chart at every step.
AnyChart = alt.core.TopLevelUnitSpec | alt.core.TopLevelLayerSpec | alt.core.TopLevelFacetSpec
ROWS = alt.NamedData(name=ROWS_NAME)
BREAKS = alt.NamedData(name=BREAKS_NAME)


def order(frame: pd.DataFrame) -> list[str]:
    """The colours' values in the order of the series, as the static picture has them."""
    return list(dict.fromkeys(frame["color"]))


def value_axis(labels: Mapping[str, str]) -> alt.Axis:
    """The axis of the numbers."""
    return alt.Axis(title=labels["value"], grid=True, tickCount=5)


def colour(frame: pd.DataFrame) -> SchemaBase:
    """One colour, or one for each value of `color` with its legend."""
    if "color" not in frame:
        return alt.ColorValue(COLORS[0])
    return alt.Color(
        "color:N",
        sort=order(frame),
        scale=alt.Scale(range=COLORS),
        legend=alt.Legend(title=None, orient="top"),
    )


def has_absent(frame: pd.DataFrame) -> bool:
    """Whether a value is not there."""
    return not frame["status"].map(is_shown).all()


def status_fill() -> list[dict[str, Json]]:
    """Conditions that give each status its fill."""
    return [
        {"test": f"datum.status === '{kind}'", "value": fill}
        for kind, fill in STATUS_COLORS.items()
    ]


def tooltip(labels: Mapping[str, str], *names: str) -> list[SchemaBase]:
    """What a tooltip says: the keys of a mark, and its value in words."""
    keys = [alt.Tooltip(f"{name}:N", title=labels.get(name) or name) for name in names]
    return [*keys, alt.Tooltip("text:N", title=labels["value"])]


def status_key(frame: pd.DataFrame) -> list[alt.core.UnitSpec]:
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


def shades(labels: Mapping[str, str]) -> SchemaBase:
    """Light to dark by the value; zero, and each status, have a fill of their own."""
    return alt.Color(
        "value:Q",
        scale=alt.Scale(range=SHADES, type="linear"),
        legend=alt.Legend(title=labels["value"], orient="top"),
        condition=[*status_fill(), {"test": EMPTY, "value": BLANK}],
    )


def absent_points(
    across: alt.X, frame: pd.DataFrame, labels: Mapping[str, str]
) -> alt.core.UnitSpec:
    """A square on the axis where a value is not there; nothing where one is."""
    names = [name for name in ("x", "color", "facet") if name in frame]
    return alt.core.UnitSpec(
        mark=alt.MarkDef("point", shape="square", filled=True, opacity=1),
        encoding=alt.core.Encoding(
            x=across,
            y=alt.YValue("height"),  # type: ignore[no-untyped-call]
            size=alt.SizeValue(0, condition={"test": ABSENT, "value": 70}),
            color=alt.ColorValue(BLANK, condition=status_fill()),
            tooltip=tooltip(labels, *names),
        ),
    )


def rules() -> list[alt.core.UnitSpec]:
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
