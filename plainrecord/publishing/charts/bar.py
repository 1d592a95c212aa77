"""Horizontal bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from plainrecord.core.translation import to_translate
from plainrecord.model.partial_periods import label_part
from plainrecord.publishing.chart_kind import ChartKind
from plainrecord.publishing.chart_text import LINE, widest, wrap_words
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    import altair as alt
    from altair.utils.schemapi import SchemaBase

    from plainrecord.publishing.vega_marks import AnyChart

STUB = 48
"""The length of a bar that has a status in place of a value, in pixels."""
BAR = 18
"""The height of a bar, and the largest share of the width that names beside bars may take."""
SHARE = 0.4


class BarChart(ChartKind):
    """Bars, each with its name beside or above it and its number behind; grouped by `color`."""

    words = to_translate("Bar chart")
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

        frame = plot.frame
        order = list(dict.fromkeys(frame["x"]))
        labels = {name: label_part(name, "x", plot.parts, plot.name(name, "x")) for name in order}
        beside = widest(labels.values()) <= plot.width * SHARE
        names = {name: wrap_words(words, plot.width) for name, words in labels.items()}
        lines = max((words.count("\n") + 1 for words in names.values()), default=1)
        groups = frame["color"].nunique() if "color" in frame else 1
        thick = BAR * groups
        gap = 8 if beside else LINE * lines + 16
        left = widest(names.values()) + 10 if beside else 0
        _, top = marks.colour_key(plot)
        # All room between two bars is above the lower one: its name stands there.
        band = alt.Scale(
            type="band",
            domain=order,
            paddingInner=gap / (gap + thick),
            paddingOuter=gap / (gap + thick) / 2,
            align=0.5 if beside else 1,
        )
        padded = {name: "\n" * (lines - 1 - w.count("\n")) + w for name, w in names.items()}
        label = alt.Axis(
            title=None,
            domain=False,
            ticks=False,
            labelExpr=f"split({marks.lookup(names if beside else padded)}, '\\n')",
            labelAlign="right" if beside else "left",
            labelBaseline="middle" if beside else "top",
            labelPadding=10 if beside else 0,
            labelOffset=0 if beside else -(thick / 2 + LINE * lines + 2),
            labelLineHeight=LINE,
        )
        place: dict[str, SchemaBase] = {"y": alt.Y("x:N", scale=band, axis=label)}
        if "color" in frame:
            inner = alt.Scale(paddingInner=0.1, domain=marks.order(frame))
            place["yOffset"] = alt.YOffset("color:N", scale=inner)
        keys = plot.texts("x", "color")
        layers, foot = cls.draw_values(plot, place, keys, left=left, top=top)
        return marks.lay_out(
            plot,
            layers,
            (gap + thick) * len(order),
            left=left,
            right=marks.label_width(frame["text"].str.split(" (", regex=False).str[0]),
            top=top,
            bottom=foot,
        )

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
        """The layers of the values, each in its `place`, and the height of an axis below them."""
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        frame = plot.frame
        values = [*marks.shown_values(frame), 0]
        low, high = min(values), max(values)
        across = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[low, high if high > low else 1], nice=False),
            axis=None,
        )
        bars = marks.layer(
            alt.MarkDef(
                "bar", strokeDash=marks.PART_DASHES, description=marks.describe_mark(*keys)
            ),
            **place,
            x=across,
            color=marks.colour(plot, left=left, top=top),
            tooltip=marks.tooltip(plot, *keys),
            **marks.mark_parts(plot),
        )
        return [bars, *name_values(plot, place, keys, "max(datum.value, 0)")], 0


def name_values(
    plot: Plot, place: Mapping[str, SchemaBase], keys: Sequence[str], end: str
) -> list[alt.core.UnitSpec]:
    """The number behind each mark, which ends at the value `end`, and a bar in place of an absent one.

    The number of a bar below zero stands behind the zero: on the bar nobody could read it.
    """
    import altair as alt  # slow to import

    from plainrecord.publishing import vega_marks as marks

    layers = []
    if marks.has_absent(plot.frame):
        stub = alt.MarkDef(
            "bar", orient="horizontal", description=marks.describe_mark(*keys), strokeWidth=1
        )
        length = {"expr": f"{marks.ABSENT} ? {STUB} : 0"}
        outline = {"test": marks.ABSENT, "value": marks.OUTLINE}
        fills = marks.layer(
            stub,
            **place,
            x=alt.XValue(0),  # type: ignore[no-untyped-call]
            x2=alt.X2Value(length),  # type: ignore[no-untyped-call]
            fill=alt.FillValue(marks.BLANK, condition=marks.status_fill()),
            stroke=alt.StrokeValue(None, condition=outline),
        )
        layers.append(fills)
    number = alt.MarkDef(
        "text",
        align="left",
        dx=6,
        aria=False,
        x={"expr": f"{marks.ABSENT} ? {STUB} : scale('x', {end})"},
        text={"expr": "split(datum.text, ' (')[0]"},
    )
    return [*layers, marks.layer(number, **place)]


CHART = ("bar", BarChart)
