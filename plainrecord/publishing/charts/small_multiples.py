"""Small lines side by side, on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from plainrecord.model.products import LineBreak, Series
from plainrecord.publishing import svg
from plainrecord.publishing.charts.line import LineChart


class SmallMultiples(LineChart):
    """One panel of lines for each value of `facet`."""

    words = "Small line charts"
    needs = ("facet",)

    @classmethod
    def draw(cls, series: Series, title: str, alt: str, breaks: Sequence[LineBreak]) -> Markup:
        picture = svg.Picture()
        facet = svg.column(series, "facet")
        names = list(dict.fromkeys(str(row[facet]) for row in series.rows))
        most = max(svg.shown_numbers(series.rows), default=1.0)
        width, height = svg.WIDTH / 2, 170.0
        for number, name in enumerate(names):
            left, top = (number % 2) * width, (number // 2) * (height + 16)
            picture.text(left + 4, top + 16, svg.cut(name, 34))
            rows = [row for row in series.rows if str(row[facet]) == name]
            svg.plot_lines(picture, series, rows, left, top + 16, width, height - 16, most, breaks)
        lower = math.ceil(len(names) / 2) * (height + 16)
        return picture.finish(svg.draw_status_key(picture, 8, lower, series.rows), title, alt)


CHART = ("small-multiples", SmallMultiples)
