"""Dots, each with the interval of its value where it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from plainrecord.core.translation import _, to_translate
from plainrecord.model.products import Series
from plainrecord.publishing.chart_text import LINE
from plainrecord.publishing.charts.bar import BarChart, mark_parts, name_values
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    import altair as alt
    from altair.utils.schemapi import SchemaBase


class DotPlot(BarChart):
    """A dot for each value, and a line from `lower` to `upper`; grouped by `color`."""

    words = to_translate("Dot plot")

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """Also what the lines are."""
        if all(column.role != "bound" for column in series.columns):
            return super().notes(series)
        what = _("Each line shows the 95% interval for chance variation.")
        return (what, *super().notes(series))

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
        across = alt.X("value:Q", scale=scale, axis=marks.value_axis(ticks))
        tone = marks.colour(plot, left=left, top=top)
        told = marks.tooltip(plot, *keys)
        dots = alt.FacetedEncoding(
            **place,
            x=across,
            color=tone,
            size=alt.SizeValue(0, condition={"test": f"!({marks.ABSENT})", "value": 90}),
            tooltip=told,
        )
        mark_parts(dots, plot)
        layers = []
        if bounds:
            line = alt.MarkDef("rule", strokeWidth=3, strokeCap="round", opacity=0.55, aria=False)
            spans = alt.FacetedEncoding(
                **place,
                x=alt.X("lower:Q", scale=scale, axis=marks.value_axis(ticks)),
                x2=alt.X2("upper:Q"),
                color=tone,
            )
            layers.append(alt.core.UnitSpec(mark=line, encoding=spans))
        dot = alt.MarkDef(
            "point",
            filled=True,
            opacity=1,
            strokeDash=marks.PART_DASHES,
            description=marks.describe_mark(*keys),
        )
        layers.append(alt.core.UnitSpec(mark=dot, encoding=dots))
        behind = "isValid(datum.upper) ? datum.upper : datum.value" if bounds else "datum.value"
        return [*layers, *name_values(plot, place, keys, behind)], LINE + 8


CHART = ("dot", DotPlot)
