"""A grid of shaded cells."""

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
from plainrecord.publishing.chart_rows import show_value

if TYPE_CHECKING:
    from plainrecord.publishing.vega_marks import AnyChart


class Heatmap(ChartKind):
    """A cell for each pair of `x` across and `y` down."""

    words = "Heat map"
    needs = ("y",)
    takes = ("y_period",)
    completed = "cells"

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        yield from super().idle_keys()
        if not self.y:
            yield "y_period", "the kind heatmap with y, a field of dates"

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        order = list(dict.fromkeys(plot.frame["y"]))
        encoding = alt.FacetedEncoding(
            x=alt.X(
                "x:O",
                sort=list(dict.fromkeys(plot.frame["x"])),
                axis=alt.Axis(
                    title=plot.labels["x"], labelAngle=0, labelOverlap=True, labelSeparation=8
                ),
            ),
            y=alt.Y("y:O", sort=order, axis=alt.Axis(title=plot.labels["y"])),
            color=marks.shades(plot.labels),
            tooltip=marks.tooltip(plot.labels, "x", "y"),
        )
        if "cover" in plot.frame:
            part = {"test": f"datum.cover === '{MARK}'", "value": marks.GREY}
            encoding.stroke = alt.StrokeValue(None, condition=part)
        cells = alt.core.UnitSpec(
            mark=alt.MarkDef("rect", strokeDash=[4, 3], invalid="show"), encoding=encoding
        )
        return alt.core.TopLevelLayerSpec(
            data=marks.ROWS,
            layer=[cells, *marks.status_key(plot.frame)],
            width="container",
            height=max(120, 30 * len(order)),
        )

    @classmethod
    def draw(cls, series: Series, title: str, alt: str, breaks: Sequence[LineBreak]) -> Markup:  # noqa: ARG003
        picture = svg.Picture()
        across = list(dict.fromkeys(str(row[0]) for row in series.rows))
        across.sort() if all(word.isdigit() for word in across) else None
        down = list(dict.fromkeys(str(row[1]) for row in series.rows))
        most = max(svg.shown_numbers(series.rows), default=1.0)
        told = {name: mark_part(name, "y", series.parts) for name in down}
        margin = min(200, 14 + 8 * max(len(name) for name in told.values()))
        cell = (svg.WIDTH - margin) / max(1, len(across))
        high = max(20.0, min(34.0, cell))
        for number, name in enumerate(down):
            picture.text(0, 14 + high * number + high / 2, svg.cut(told[name], 24))
        for row in series.rows:
            word, name, got, status = str(row[0]), str(row[1]), row[-2], row[-1]
            kind = svg.shade(svg.as_number(got), most) if is_shown(status) else str(status)
            part = is_part(word, "x", series.parts) or is_part(name, "y", series.parts)
            x, y = margin + cell * across.index(word), 8 + high * down.index(name)
            words = f"{name}, {word}: {show_value(got, status)}"
            picture.box(x, y, cell - 1.5, high - 1.5, f"{kind} part" if part else kind, words)
        y = 8 + high * len(down)
        names = [mark_part(word, "x", series.parts) for word in across]
        step = max(
            1, math.ceil(len(across) * 9 * max(len(w) for w in across) / (svg.WIDTH - margin))
        )
        for place, word in enumerate(names):
            if place % step == 0:
                picture.text(
                    margin + cell * (place + 0.5), y + 20, svg.cut(word, 14), anchor="middle"
                )
        return picture.finish(svg.draw_key(picture, y + 36, most, series.rows), title, alt)


CHART = ("heatmap", Heatmap)
