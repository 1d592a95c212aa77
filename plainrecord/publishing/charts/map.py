"""A map with real boundaries: a shaded shape for each place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from plainrecord.core.translation import _, to_translate
from plainrecord.model.products import Series
from plainrecord.model.statuses import is_shown
from plainrecord.publishing.boundaries import HALF, SQUARE, draw_places
from plainrecord.publishing.chart_rows import show_number
from plainrecord.publishing.map_kind import MapKind
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    import altair as alt
    from altair.utils.schemapi import SchemaBase

    from plainrecord.publishing.vega_marks import AnyChart

NOTHING = "M0 0z"
"""The outline of what is not on the map."""
CLASSES = 5
"""How many shades a map has, unless its edges are chosen."""


class Map(MapKind):
    """A shape for each place, shaded by class; `classes` are quantile, equal, or the edges."""

    words = to_translate("Map")
    ranked = True
    fits = "a field whose values are codes or names of these places, one row for each"

    classes: Literal["quantile", "equal"] | tuple[float, ...] = "quantile"

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        yield from super().idle_keys()
        if isinstance(self.classes, tuple):
            pairs = itertools.pairwise(self.classes)
            if not 0 < len(self.classes) < 7 or any(one >= two for one, two in pairs):
                yield "classes", "one to six numbers, each larger than the one before it"

    def choose_classes(self) -> tuple[str, tuple[float, ...]]:
        return ("chosen", self.classes) if isinstance(self.classes, tuple) else (self.classes, ())

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """Also what the shades mean."""
        off = series.map.off if series.map else ()
        numbers = [row[-2] for row in series.rows if is_shown(row[-1]) and row[0] not in off]
        values = [float(value) for value in numbers if isinstance(value, int | float)]
        classes = series.map.classes if series.map else ""
        if classes == "quantile" and len(choose_edges(values, classes)) > 1:
            note = _("Each shade has about the same number of places.")
            return (note, *super().notes(series))
        return super().notes(series)

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        if plot.map is None or plot.map.shapes is None:
            raise ValueError("the boundaries of this map are not installed")
        shapes = plot.map.shapes
        drawn, wide, height = draw_places(shapes, plot.width)
        paths, on_map = {}, []
        for name, value in zip(plot.frame["x"], plot.frame["value"], strict=True):
            place = shapes.find(name)
            path = drawn.get(name) or (drawn[place.label] if place else "")
            # A place that is too small to see is a square, where there is something to see.
            paths[name] = path if path and (value != 0 or not path.endswith(SQUARE)) else NOTHING
            on_map.append(bool(path))
        values = marks.shown_values(plot.frame[on_map])
        edges = list(plot.map.edges) or choose_edges(values, plot.map.classes)
        words = name_classes(values, edges)
        step = (len(marks.SHADES) - 2) / max(1, len(edges))
        shades = [marks.SHADES[1 + round(step * n)] for n in range(len(edges) + 1)]
        top = marks.key_height(plot, words)
        color: SchemaBase = alt.Color(
            "value:Q",
            scale=alt.Scale(type="threshold", domain=edges, range=shades),
            legend=None,
            condition=[*marks.status_fill(), {"test": marks.EMPTY, "value": marks.BLANK}],
        )
        outlines = draw_paths(plot, paths, color)
        outlines.mark.strokeJoin = "round"
        layers = [outlines, *marks.word_key(plot, words, shades, left=0, top=-top)]
        return marks.lay_out(
            plot,
            layers,
            height,
            right=plot.width - wide,
            top=top,
            key=10,
        )


def draw_paths(plot: Plot, paths: Mapping[str, str], color: SchemaBase) -> alt.core.UnitSpec:
    """A mark for each value of `x` in the shape of its SVG path, which has its place on the map."""
    import altair as alt  # slow to import

    from plainrecord.publishing import vega_marks as marks

    outlines = alt.Scale(domain=list(paths), range=list(paths.values()))
    return marks.layer(
        alt.MarkDef(
            "point",
            filled=True,
            opacity=1,
            size=(2 / HALF) ** 2,
            strokeWidth=0.6,
            invalid="show",
            description=marks.describe_mark("x"),
        ),
        x=alt.XValue(0),  # type: ignore[no-untyped-call]
        y=alt.YValue(0),  # type: ignore[no-untyped-call]
        shape=alt.Shape("x:N", scale=outlines, legend=None),
        color=color,
        stroke=marks.outlined(marks.BLANK),
        tooltip=marks.tooltip(plot, "x"),
    )


def choose_edges(values: Sequence[float], classes: str) -> list[float]:
    """Edges of classes above zero: `quantile` with as many values each, `equal` of equal width."""
    some = sorted(value for value in values if value)
    if not some:
        return []
    many = min(CLASSES, len(set(some)))
    if classes == "equal":
        low, high = min(0.0, some[0]), some[-1]
        step = (high - low) / many
        edges = [float(f"{low + step * n:.2g}") for n in range(1, many)]
    else:
        larger = [value for value in some if value > some[0]]
        edges = [max(some[math.ceil(len(some) * n / many)], larger[0]) for n in range(1, many)]
    return sorted({edge for edge in edges if some[0] < edge <= some[-1]})


def name_classes(values: Sequence[float], edges: Sequence[float]) -> list[str]:
    """The classes in words, such as "1 to 9" or "12.5 to under 20"."""
    some = [value for value in values if value]
    if not some:
        return []
    whole = all(float(value).is_integer() for value in (*some, *edges))
    limits = [min([*some, *edges]), *edges]
    spans = [(low, high - 1) if whole else (low, high) for low, high in itertools.pairwise(limits)]
    below = "to" if whole else "to under"
    words = [(low, below, high) for low, high in spans]
    return [
        show_number(low) if low == high else f"{show_number(low)} {to} {show_number(high)}"
        for low, to, high in (*words, (limits[-1], "to", max([*some, *edges])))
    ]


CHART = ("map", Map)
