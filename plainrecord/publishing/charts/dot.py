"""Dots, each with the interval of its value where it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from plainrecord.core.translation import to_translate
from plainrecord.publishing.chart_text import LINE
from plainrecord.publishing.charts.bar import BarChart, name_values
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    import altair as alt
    from altair.utils.schemapi import SchemaBase


class DotPlot(BarChart):
    """A dot for each value, and a line from `lower` to `upper`; grouped by `color`."""

    words = to_translate("Dot plot")

    interval = to_translate("Each line shows the 95% interval for chance variation.")

    @classmethod
    def draw_values(
        cls,
        plot: Plot,
        place: Mapping[str, SchemaBase],
        keys: Sequence[str],
        *,
        left: float,
        top: float,
    ) -> tuple[list[alt.core.UnitSpec], float]:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks
        from plainrecord.publishing.chart_text import round_ticks

        frame = plot.frame
        bounds = "upper" in frame
        reach = [*marks.shown_values(frame), *(frame["upper"].dropna() if bounds else ())]
        ticks = round_ticks(min(reach, default=0), max(reach, default=0))
        end = max([*reach, 0]) or 1
        ticks = [tick for tick in ticks if tick <= end]
        scale = alt.Scale(domain=[ticks[0], end], nice=False)
        tone = marks.colour(plot, left=left, top=top)
        layers = []
        if bounds:
            line = alt.MarkDef("rule", strokeWidth=3, strokeCap="round", opacity=0.55, aria=False)
            low = alt.X("lower:Q", scale=scale, axis=marks.value_axis(ticks))
            layers.append(marks.layer(line, **place, x=low, x2=alt.X2("upper:Q"), color=tone))
        dot = alt.MarkDef(
            "point",
            filled=True,
            opacity=1,
            strokeDash=marks.PART_DASHES,
            description=marks.describe_mark(*keys),
        )
        dots = marks.layer(
            dot,
            **place,
            x=alt.X("value:Q", scale=scale, axis=marks.value_axis(ticks)),
            color=tone,
            size=alt.SizeValue(0, condition={"test": f"!({marks.ABSENT})", "value": 90}),
            tooltip=marks.tooltip(plot, *keys),
            **marks.mark_parts(plot),
        )
        behind = "isValid(datum.upper) ? datum.upper : datum.value" if bounds else "datum.value"
        return [*layers, dots, *name_values(plot, place, keys, behind)], LINE + 8


CHART = ("dot", DotPlot)
