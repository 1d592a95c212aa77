"""Lines over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plainrecord.core.translation import to_translate
from plainrecord.publishing.chart_kind import ChartKind
from plainrecord.publishing.chart_text import LINE, wrap_words
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    from plainrecord.publishing.vega_marks import AnyChart

DIRECT = 0.3
"""The largest share of the width that names beside the ends of lines may take."""


class LineChart(ChartKind):
    """One line for each value of `color`; absent values and breaks leave a gap."""

    words = to_translate("Line chart")
    takes = ("color", "facet")
    over_time = True

    interval = to_translate("Each band shows the 95% interval for chance variation.")

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        from plainrecord.publishing import vega_lines as lines
        from plainrecord.publishing import vega_marks as marks

        if "facet" in plot.frame:
            return cls.specify_panels(plot)
        ticks = marks.value_ticks(plot.frame)
        height = 280 if plot.wide else 220
        left = max(marks.tick_width(ticks), lines.inset(plot))
        names = marks.order(plot.frame) if "color" in plot.frame else []
        ends = marks.label_width(names)
        direct = bool(names) and ends <= plot.width * DIRECT and len(names) * LINE <= height
        right = max(ends if direct else 14, lines.overhang(plot))
        _, legend = marks.colour_key(plot)
        top = 0.0 if direct else legend
        shown = lines.place_breaks(plot, plot.width - round(left) - round(right))
        top += lines.break_height(shown) + 6
        layers = lines.draw_lines(
            plot,
            ticks,
            width=plot.width - round(left) - round(right),
            height=height,
            left=left,
            top=top,
            direct=direct,
            breaks=shown,
        )
        return marks.lay_out(
            plot,
            layers,
            height,
            left=left,
            right=right,
            top=top,
            bottom=lines.foot(plot),
            key=6,
        )

    @classmethod
    def specify_panels(cls, plot: Plot) -> AnyChart:
        """A panel for each value of `facet`, all on one scale."""
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_lines as lines
        from plainrecord.publishing import vega_marks as marks

        frame = plot.frame
        names = list(dict.fromkeys(frame["facet"]))
        columns = min(len(names), 3 if plot.wide else 2)
        ticks = marks.value_ticks(frame)
        ticks = [ticks[0], ticks[-1]] if ticks[0] >= 0 else [ticks[0], 0.0, ticks[-1]]
        left, gap = marks.tick_width(ticks), 28
        width = int((plot.width - round(left) - 16 - gap * (columns - 1)) / columns)
        height = 90
        labels = {
            name: wrap_words(f"{name}{lines.describe_panel(plot, name)}", width) for name in names
        }
        head = LINE * max(words.count("\n") + 1 for words in labels.values()) + 8
        _, legend = marks.colour_key(plot)
        shown = lines.place_breaks(plot, width)
        above = lines.break_height(shown)
        top = legend + head + above
        foot = lines.foot(plot)
        rows = -(-len(names) // columns)
        layers = lines.draw_lines(
            plot,
            ticks,
            width=width,
            height=height,
            left=left,
            top=top,
            direct=False,
            breaks=shown,
        )
        across = above + head + foot + 24
        lower = rows * height + (rows - 1) * across
        layers += marks.status_key(plot, left=left, top=lower + foot + 6)
        header = alt.Header(
            title=None,
            labelExpr=f"split({marks.lookup(dict(labels))}, '\\n')",
            labelAnchor="start",
            labelAlign="left",
            labelBaseline="bottom",
            labelPadding=6 + above,
            labelLineHeight=LINE,
        )
        return alt.core.TopLevelFacetSpec(
            data=marks.ROWS,
            facet=alt.Facet("facet:N", title=None, sort=names, header=header),
            spec=alt.core.LayerSpec(layer=layers, width=width, height=height),
            columns=columns,
            spacing={"row": across, "column": gap},
            bounds="flush",
            resolve=alt.Resolve(axis=alt.AxisResolveMap(x="independent")),
            padding=2,
        )


CHART = ("line", LineChart)
