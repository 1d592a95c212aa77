"""Lines over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from plainrecord.model.partial_periods import MARK
from plainrecord.model.products import LineBreak, Series
from plainrecord.publishing import svg
from plainrecord.publishing.chart_kind import ChartKind, Plot
from plainrecord.publishing.chart_rows import WHOLE

if TYPE_CHECKING:
    import altair as alt

    from plainrecord.publishing.vega_marks import AnyChart


class LineChart(ChartKind):
    """One line for each value of `color`; absent values and breaks leave a gap."""

    words = "Line chart"
    takes = ("color", "facet")
    over_time = True

    @classmethod
    def specify(cls, plot: Plot) -> AnyChart:
        import altair as alt  # slow to import

        from plainrecord.publishing import vega_marks as marks

        mark = alt.MarkDef("line", point=alt.OverlayMarkDef(size=30), strokeWidth=2)
        # Where points lack a value, the axis still has a place for each.
        across = alt.X(
            "x:O",
            sort=sorted(set(plot.frame["x"])) if marks.has_absent(plot.frame) else alt.Undefined,
            axis=alt.Axis(
                title=plot.labels["x"], labelAngle=0, labelOverlap=True, labelSeparation=8
            ),
        )
        encoding = alt.FacetedEncoding(
            x=across,
            y=alt.Y("value:Q", axis=marks.value_axis(plot.labels)),
            color=marks.colour(plot.frame),
        )
        if "stretch" in plot.frame:
            encoding.detail = alt.Detail("stretch:O")
        if "cover" in plot.frame:
            encoding.strokeDash = alt.StrokeDash(
                "cover:N",
                scale=alt.Scale(domain=[WHOLE, MARK], range=[[1, 0], [4, 3]]),
                legend=alt.Legend(title=None, orient="top", values=[MARK]),
            )
        layers = [alt.core.UnitSpec(mark=mark, encoding=encoding)]
        if marks.has_absent(plot.frame):
            layers += [
                marks.absent_points(across, plot.frame, plot.labels),
                *marks.status_key(plot.frame),
            ]
        if plot.breaks:
            layers += marks.rules()
        panel: alt.core.UnitSpec | alt.core.LayerSpec
        if "facet" in plot.frame:
            facet = alt.Facet("facet:N", title=None, sort=list(dict.fromkeys(plot.frame["facet"])))
            if len(layers) > 1:
                panel = alt.core.LayerSpec(layer=layers, width=240, height=120)
            else:
                panel = alt.core.UnitSpec(mark=mark, encoding=encoding, width=240, height=120)
            return alt.core.TopLevelFacetSpec(data=marks.ROWS, facet=facet, spec=panel, columns=2)
        if len(layers) > 1:
            return alt.core.TopLevelLayerSpec(
                data=marks.ROWS, layer=layers, width="container", height=280
            )
        return alt.core.TopLevelUnitSpec(
            data=marks.ROWS, mark=mark, encoding=encoding, width="container", height=280
        )

    @classmethod
    def draw(cls, series: Series, title: str, alt: str, breaks: Sequence[LineBreak]) -> Markup:
        picture = svg.Picture()
        height = svg.plot_lines(
            picture, series, list(series.rows), 0, 0, svg.WIDTH, 300, breaks=breaks
        )
        return picture.finish(svg.draw_status_key(picture, 8, height, series.rows), title, alt)


CHART = ("line", LineChart)
