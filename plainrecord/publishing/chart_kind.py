"""What every kind of chart is made of. The kinds are in `publishing/charts/`, one module each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from plainrecord.core.strict_json import Json
from plainrecord.core.translation import _, to_translate
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.products import LineBreak, Series
from plainrecord.publishing.chart_rows import describe_values, keep_dated, plot_rows
from plainrecord.publishing.plot import Plot

if TYPE_CHECKING:
    from plainrecord.publishing.vega_marks import AnyChart


class ChartKind(ChartDefinition):
    """A kind of chart: its declaration, and how it is described and drawn.

    `words` begin the alternative text. `over_time` charts draw lines: they stop at breaks and leave
    out rows without a date. `fits` says what a chart with a `problem` should be, `interval` what
    shows the interval of a value.
    """

    words: ClassVar[str] = to_translate("Chart")
    over_time: ClassVar[bool] = False
    fits: ClassVar[str] = ""
    interval: ClassVar[str] = ""

    def problem(self, series: Series) -> str:  # noqa: ARG002
        """Why the series cannot be drawn in this kind; "" where it can."""
        return ""

    @classmethod
    def rows(cls, series: Series, breaks: Sequence[LineBreak] = ()) -> list[Json]:
        """A JSON object for each mark."""
        return plot_rows(series, breaks, lines=cls.over_time)

    @classmethod
    def fill(cls, series: Series, given: Sequence[Json]) -> list[Json]:  # noqa: ARG003
        """The right marks for those of `given` that stand for no row; none unless it is a map."""
        return []

    @classmethod
    def drawn(cls, series: Series) -> Series:
        """The series without the rows that the table has and the drawing has not."""
        return keep_dated(series) if cls.over_time else series

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """What is said beside the chart, in sentences."""
        bounds = cls.interval and any(column.role == "bound" for column in series.columns)
        notes = describe_values(series, lines=cls.over_time)
        return (_(cls.interval), *notes) if bounds else notes

    @classmethod
    @abstractmethod
    def specify(cls, plot: Plot) -> AnyChart:
        """The specification in Altair (slow: import it inside) at the width of the plot."""
