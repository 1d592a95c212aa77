"""A grid of shaded cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from plainrecord.core.translation import to_translate
from plainrecord.model.partial_periods import is_part, label_part
from plainrecord.model.statuses import SHOWN
from plainrecord.publishing.chart_kind import ChartKind
from plainrecord.publishing.chart_text import (
    LINE,
    choose_labels,
    widest,
    wrap_words,
)
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    from plainrecord.publishing.vega_marks import AnyChart

SHARE = 0.36
"""The largest share of the width that the names beside the rows may take."""
CELL = 26
"""The least height of a cell."""
LONGEST = 150
"""The most room for a name below a column, in pixels."""


class Heatmap(ChartKind):
    """A cell for each pair of `x` across and `y` down."""

    words = to_translate("Heat map")
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

        frame = plot.frame
        down, across = (list(dict.fromkeys(frame[name])) for name in ("y", "x"))
        across.sort() if all(word.isdigit() for word in across) else None
        beside = {name: label_part(name, "y", plot.parts, plot.name(name, "y")) for name in down}
        below = {name: label_part(name, "x", plot.parts, plot.name(name, "x")) for name in across}
        longest = _longest_word(below.values())
        # Names beside the rows take less room where those below the columns then stand upright.
        most = plot.width * SHARE
        for room in (most, 1.2 * _longest_word(beside.values()), most):
            side = {name: wrap_words(words, room) for name, words in beside.items()}
            left = widest(side.values()) + 8
            cell = (plot.width - left - 2) / max(1, len(across))
            whole = all(side[name].replace("\n", " ") == words for name, words in beside.items())
            if longest <= cell and whole:
                break
        high = max(CELL, 6 + LINE * max(words.count("\n") + 1 for words in side.values()))
        chosen, turned = across, False
        apart = {name: words.replace(" (", "\n(") for name, words in below.items()}
        if widest(apart.values()) <= cell:
            below = apart
        elif longest <= cell:
            below = {name: wrap_words(words, cell) for name, words in below.items()}
        elif all(name[:1].isdigit() for name in across):
            parts = [name for name in across if is_part(name, "x", plot.parts)]
            below = apart
            chosen = choose_labels(across, below, cell * (len(across) - 1), parts)
        else:
            turned = True
            below = {name: wrap_words(words, LONGEST, 1) for name, words in below.items()}
            chosen = across[:: max(1, math.ceil(LINE / cell))]
        lines = max((words.count("\n") + 1 for words in below.values()), default=1)
        foot = 10 + (widest(below.values()) if turned else LINE * lines)
        height = high * len(down)
        # Numbers that fit stand in their cells, and the shades need no key.
        shown = frame["text"][frame["status"] == SHOWN]
        numbered = widest(shown) + 6 <= cell
        top = 2 if numbered else marks.SHADES_HEIGHT + 6
        x_axis = alt.Axis(
            title=None,
            domain=False,
            ticks=False,
            values=chosen,
            labelExpr=f"split({marks.lookup(below)}, '\\n')",
            labelAngle=-90 if turned else 0,
            labelAlign="right" if turned else "center",
            labelBaseline="middle" if turned else "top",
            labelLineHeight=LINE,
            labelOverlap=False,
        )
        y_axis = alt.Axis(
            title=None,
            domain=False,
            ticks=False,
            labelExpr=f"split({marks.lookup(side)}, '\\n')",
            labelOffset=marks.centre_lines(side),
            labelPadding=8,
            labelLineHeight=LINE,
            labelOverlap=False,
        )
        # Without outer padding, the first cell may begin at -1e-14, and Vega leaves out its label.
        gap = alt.Scale(type="band", paddingInner=0.04, paddingOuter=0.01, domain=across)
        step = alt.Scale(type="band", paddingInner=0.05, domain=down)
        told = marks.tooltip(plot, *plot.texts("x", "y"))
        cells = marks.layer(
            alt.MarkDef(
                "rect",
                invalid="show",
                strokeDash=marks.PART_DASHES,
                strokeWidth=1,
                description=marks.describe_mark(*plot.texts("y", "x")),
            ),
            x=alt.X("x:O", scale=gap, axis=x_axis),
            y=alt.Y("y:O", scale=step, axis=y_axis),
            color=marks.shades(plot, left=left, top=top, legend=not numbered),
            stroke=marks.outlined(parts="cover" in frame),
            tooltip=told,
        )
        number = {"expr": f"{marks.ABSENT} ? '' : datum.text"}
        numbers = marks.layer(
            alt.MarkDef("text", fontSize=12, baseline="middle", aria=False, text=number),
            x=alt.X("x:O", scale=gap, axis=x_axis),
            y=alt.Y("y:O", scale=step, axis=y_axis),
            color=marks.ink_on_shades(frame),
            tooltip=told,
        )
        return marks.lay_out(
            plot,
            [cells, numbers] if numbered else [cells],
            height,
            left=left,
            right=2,
            top=top,
            bottom=foot,
            key=8,
        )


def _longest_word(names: Iterable[str]) -> float:
    return widest(word for name in names for word in name.split())


CHART = ("heatmap", Heatmap)
