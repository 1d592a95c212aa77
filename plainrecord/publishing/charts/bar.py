"""Horizontal bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from plainrecord.model.partial_periods import MARK, is_part, mark_part
from plainrecord.model.products import LineBreak, Series
from plainrecord.model.statuses import is_shown
from plainrecord.publishing import svg
from plainrecord.publishing.chart_kind import ChartKind, Plot
from plainrecord.publishing.chart_rows import WHOLE, show_value

if TYPE_CHECKING:
    from altair.utils.schemapi import SchemaBase

    from plainrecord.publishing.vega_marks import AnyChart


class BarChart(ChartKind):
    """Bars, each with its name above and its number behind; grouped by `color`."""

    words = "Bar chart"
    takes = ("color", "limit")
    completed = "ordered periods"
    ranked = True

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        yield from super().idle_keys()
        if self.period:
            yield "limit", "the kind bar without a period"

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        order = list(dict.fromkeys(plot.frame["x"]))
        place: dict[str, SchemaBase] = {
            "y": alt.Y("x:N", sort=order, axis=alt.Axis(title=None, labelLimit=170)),
        }
        groups = 1
        if "color" in plot.frame:
            place["yOffset"] = alt.YOffset("color:N", sort=marks.order(plot.frame))
            groups = plot.frame["color"].nunique()
        length = alt.X("value:Q", axis=marks.value_axis(plot.labels))
        names = [name for name in ("x", "color") if name in plot.frame]
        bars: dict[str, SchemaBase] = {**place, "x": length, "color": marks.colour(plot.frame)}
        if "cover" in plot.frame:
            bars["opacity"] = alt.Opacity(
                "cover:N",
                scale=alt.Scale(domain=[WHOLE, MARK], range=[1, 0.45]),
                legend=alt.Legend(title=None, orient="top", values=[MARK]),
            )
        bars["tooltip"] = marks.tooltip(plot.labels, *names)  # type: ignore[assignment] # a list is a tooltip
        beside = alt.MarkDef("text", align="left", dx=4, fontSize=12)
        words = alt.Text("text:N")
        layers = [
            alt.core.UnitSpec(mark=alt.MarkDef("bar"), encoding=alt.FacetedEncoding(**bars)),
            alt.core.UnitSpec(
                mark=beside, encoding=alt.FacetedEncoding(**place, x=alt.X("value:Q"), text=words)
            ),
        ]
        if marks.has_absent(plot.frame):
            hidden = alt.OpacityValue(0, condition={"test": marks.ABSENT, "value": 1})
            zero = alt.XValue(0)  # type: ignore[no-untyped-call]
            layers.append(
                alt.core.UnitSpec(
                    mark=beside,
                    encoding=alt.FacetedEncoding(**place, x=zero, text=words, opacity=hidden),
                )
            )
        return alt.core.TopLevelLayerSpec(
            data=marks.ROWS,
            layer=layers,
            width="container",
            height=max(60, len(order) * (14 + 12 * groups)),
            padding={
                "left": 5,
                "top": 5,
                "bottom": 5,
                "right": 8 + 8 * max(map(len, plot.frame["text"])),
            },
        )

    @classmethod
    def draw(cls, series: Series, title: str, alt: str, breaks: Sequence[LineBreak]) -> Markup:  # noqa: ARG003
        picture = svg.Picture()
        color = svg.column(series, "color")
        most = max(svg.shown_numbers(series.rows), default=1.0) or 1.0
        names = list(dict.fromkeys(str(row[color]) for row in series.rows)) if color >= 0 else []
        y = 4.0
        for number, name in enumerate(names[: svg.LINES]):
            picture.box(
                8 + (number % 3) * 208, y + 26 * (number // 3), 18, 10, f"mark-{number + 1} key"
            )
            picture.text(34 + (number % 3) * 208, y + 10 + 26 * (number // 3), svg.cut(name, 22))
        y += 26 * math.ceil(len(names[: svg.LINES]) / 3)
        span = svg.WIDTH - 110
        for label in dict.fromkeys(str(row[0]) for row in series.rows):
            picture.text(0, y + 16, svg.cut(mark_part(label, "x", series.parts), 72))
            y += 23
            for row in series.rows:
                if str(row[0]) != label:
                    continue
                number = names.index(str(row[color])) % svg.LINES if color >= 0 else 0
                shown = show_value(row[-2], row[-1])
                if is_shown(row[-1]):
                    length = span * svg.as_number(row[-2]) / most
                    part = " part" if is_part(label, "x", series.parts) else ""
                    picture.box(0, y, length, 15, f"mark-{number + 1}{part}", f"{label}: {shown}")
                    picture.text(length + 8, y + 13, shown, "value")
                else:
                    picture.box(0, y, 60, 15, str(row[-1]), f"{label}: {shown}")
                    picture.text(68, y + 13, shown, "value")
                y += 19
            y += 10
        return picture.finish(y, title, alt)


CHART = ("bar", BarChart)
