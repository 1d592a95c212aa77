"""A map of points: a circle for each cell of a grid of latitudes and longitudes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from plainrecord.core.strict_json import Json
from plainrecord.core.translation import _, to_translate
from plainrecord.model.maps import Boundaries, MapSettings, Point
from plainrecord.model.products import LineBreak, Series
from plainrecord.model.statuses import is_shown
from plainrecord.publishing.boundaries import HALF, PointMap, place_points, write_path
from plainrecord.publishing.chart_rows import plot_rows, show_number
from plainrecord.publishing.charts.map import NOTHING, draw_paths
from plainrecord.publishing.map_kind import MapKind
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    import altair as alt

    from plainrecord.publishing.vega_marks import AnyChart

LARGEST = 0.032
"""The largest radius of a circle, as a part of the width."""
SMALLEST = 1.4
"""The least radius of a circle in pixels."""
GROUND = "ground"
"""The field of the one mark that has the outlines behind the circles."""
_POINT = re.compile(r"(-?[0-9.]+(?:e-?[0-9]+)?), (-?[0-9.]+(?:e-?[0-9]+)?)")


class Points(MapKind):
    """A circle for each cell, whose area is its value; `boundaries` are drawn behind them."""

    words = to_translate("Map of points")
    takes = ("y",)
    ranked = True
    located = True
    fits = "longitudes in x and latitudes in y, in degrees (WGS 84), or geopoints in x"

    boundaries: str = ""

    def locate(self, series: Series, shapes: Boundaries) -> Series:
        own = series.map or MapSettings("")
        settings = replace(
            own, boundaries=self.boundaries, credit=shapes.credit, join=self.join, label=self.label
        )
        placed = _place(series.rows, replace(settings, shapes=shapes))
        names = [str(row[0]) for row in series.rows]
        off = tuple(name for name in names if read_point(name) not in placed.at)
        return replace(series, map=replace(settings, off=off, shapes=shapes))

    def problem(self, series: Series) -> str:
        """Why there is nothing to draw; empty where a point is on the map."""
        off = series.map.off if series.map else ()
        if any(isinstance(row[-2], int | float) and row[-2] < 0 for row in series.rows):
            return "a value is below zero, and no circle has such an area"
        if len(off) < len(series.rows):
            return ""
        return f"no point is on the map: {', '.join(off[:3])}"

    @classmethod
    def rows(cls, series: Series, breaks: Sequence[LineBreak] = ()) -> list[Json]:
        """A mark for each cell; the first also has the outlines."""
        marks = plot_rows(series, breaks, lines=False)
        return [{**mark, GROUND: 0} if mark is marks[0] else mark for mark in marks]  # type: ignore[dict-item]

    @classmethod
    def fill(cls, series: Series, given: Sequence[Json]) -> list[Json]:  # noqa: ARG003
        return []

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """Also how large a cell is, and how coordinates were coarsened."""
        settings = series.map or MapSettings("")
        notes = list(super().notes(series))
        if settings.coarsened:
            words = _("Coordinates are {coarsened} degrees to protect people.")
            notes.insert(0, words.format(coarsened=settings.coarsened))
        if settings.grid:
            km = settings.grid * 111.2
            about = f"{show_number(round(km))} km" if km >= 1 else f"{1000 * km:,.0f} m"
            words = _(
                "A circle stands for a cell of {grid} by {grid} degrees (about {size} from south "
                "to north), and its area for the number."
            )
            notes.insert(0, words.format(grid=f"{settings.grid:g}", size=about))
        return tuple(notes)

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        if plot.map is None or plot.map.shapes is None:
            raise ValueError("the boundaries of this map are not installed")
        names, values = list(plot.frame["x"]), list(plot.frame["value"])
        placed = _place(list(zip(names, strict=True)), plot.map)
        wide, height = plot.width, plot.width * placed.high / placed.wide
        factor = HALF * wide / placed.wide
        on_map = plot.frame[[read_point(name) in placed.at for name in names]]
        shown = marks.shown_values(on_map)
        most = max(shown, default=0.0) or 1.0
        near = math.sqrt(wide * height / max(1, len(placed.at))) / 2
        largest = max(3.0, min(near, LARGEST * wide))

        def radius(value: float) -> float:
            return max(SMALLEST, largest * math.sqrt(value / most))

        paths = {}
        for name, value, status in zip(names, values, plot.frame["status"], strict=True):
            at = placed.at.get(read_point(name) or (math.inf, math.inf))
            size = radius(value) if is_shown(status) else min(2 * SMALLEST, largest / 2)
            paths[name] = _circle(at[0] * factor, at[1] * factor, HALF * size) if at else NOTHING
        across, down = round(HALF * wide), round(HALF * height)
        frame = f"M0 0h{across}v{down}h{-across}z"
        ground = marks.layer(
            alt.MarkDef(
                "point",
                filled=True,
                opacity=1,
                size=(2 / HALF) ** 2,
                strokeWidth=0.8,
                strokeJoin="round",
                invalid="filter",
                aria=False,
                tooltip=False,
            ),
            x=alt.X(f"{GROUND}:Q", scale=None, axis=None),
            y=alt.YValue(0),  # type: ignore[no-untyped-call]
            shape=alt.ShapeValue(frame + write_path(placed.rings, factor)),
            color=alt.ColorValue(marks.BLANK),
            stroke=alt.StrokeValue(marks.OUTLINE),
        )
        color = alt.ColorValue(
            marks.COLORS[0],
            condition=[*marks.status_fill(), {"test": marks.EMPTY, "value": marks.BLANK}],
        )
        circles = draw_paths(plot, paths, color)
        circles.mark.fillOpacity = 0.72
        sizes = _choose_sizes(most, whole=all(float(value).is_integer() for value in shown))
        top = 2 * largest + 12 if shown else 0.0
        key: list[alt.core.UnitSpec] = []
        if shown:
            legend = alt.Legend(
                title=None,
                orient="none",
                direction="horizontal",
                legendX=max(0, largest - 6),
                legendY=max(0, largest - 8) - top,
                columnPadding=20,
                symbolSize=(2 / HALF) ** 2,
                symbolOpacity=0.72,
                labelOffset=largest - 4,
            )
            scale = alt.Scale(
                domain=[show_number(size) for size in sizes],
                range=[_circle(0, 0, HALF * radius(size)) for size in sizes],
            )
            mark = alt.MarkDef(
                "point", filled=True, color=marks.COLORS[0], opacity=0, size=0, aria=False
            )
            key = [marks.layer(mark, shape=alt.Shape("text:N", scale=scale, legend=legend))]
        layers = [ground, circles, *key, *_draw_scale(placed, wide, height)]
        chart = marks.lay_out(plot, layers, height, top=top, key=10)
        chart.resolve = alt.Resolve(scale={"shape": "independent"})
        return chart


def read_point(name: str) -> Point | None:
    """The longitude and latitude that a cell is called by; None for a word."""
    match = _POINT.fullmatch(name)
    return (float(match[2]), float(match[1])) if match else None


def _place(rows: Sequence[Sequence[object]], settings: MapSettings) -> PointMap:
    points = (read_point(str(row[0])) for row in rows)
    source = settings.shapes.source if settings.shapes else b""
    given = tuple(point for point in points if point)
    return place_points(settings.boundaries, source, given, settings.grid)


def _circle(x: float, y: float, radius: float) -> str:
    """An SVG path of a circle."""
    r = round(radius, 1)
    return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r:g} 0a{r} {r} 0 1 0 {-2 * r:g} 0z"


def _choose_sizes(most: float, *, whole: bool) -> list[float]:
    """The numbers of the key to the areas: the largest, and two round ones."""
    listed = [most]
    for part in (4, 25):
        number = _round_down(most / part)
        if not whole or number >= 1:
            listed.append(float(f"{number:.3g}"))
    return listed


def _round_down(number: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a number above zero."""
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (5, 2, 1) if step * power <= number)


def _draw_scale(placed: PointMap, wide: float, height: float) -> Iterator[alt.core.UnitSpec]:
    """A bar of a round number of kilometres in the lower right corner, where there is one scale."""
    import altair as alt  # slow to import

    from plainrecord.publishing import vega_marks as marks

    pixel = placed.scale * placed.wide / wide
    if not pixel:
        return
    length = _round_down(wide / 5 * pixel)
    words = f"{length:g} km" if length >= 1 else f"{1000 * length:g} m"
    end, low = wide - 12, height - 12
    at = alt.X(f"{GROUND}:Q", scale=alt.Scale(domain=[0, 1], range=[end, wide]), axis=None)
    yield marks.layer(
        alt.MarkDef("rule", strokeWidth=2, invalid="filter", aria=False, tooltip=False),
        x=at,
        x2=alt.X2Value(end - length / pixel),  # type: ignore[no-untyped-call]
        y=alt.YValue(low),  # type: ignore[no-untyped-call]
        color=alt.ColorValue(marks.INK),
    )
    yield marks.layer(
        alt.MarkDef(
            "text", align="right", baseline="bottom", invalid="filter", aria=False, tooltip=False
        ),
        x=at,
        y=alt.YValue(low - 4),  # type: ignore[no-untyped-call]
        text=alt.TextValue(words),
    )


CHART = ("points", Points)
