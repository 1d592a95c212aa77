"""What every kind of chart is made of. The kinds are in `publishing/charts/`, one module each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from markupsafe import Markup

from plainrecord.core.strict_json import Json
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.products import LineBreak, Series
from plainrecord.publishing.chart_rows import plot_rows, tell_values

if TYPE_CHECKING:
    import pandas as pd

    from plainrecord.publishing.vega_marks import AnyChart


@dataclass(frozen=True, slots=True)
class Plot:
    """What is specified: the rows of the marks, the labels of their columns, breaks of lines."""

    frame: pd.DataFrame
    labels: Mapping[str, str]
    breaks: Sequence[LineBreak]


class ChartKind(ChartDefinition):
    """A kind of chart: its declaration, and how it is described and drawn.

    `words` begin the alternative text. `over_time` charts draw lines: they stop at breaks and leave
    out rows without a date. `fits` says what a chart with a `problem` should be.
    """

    words: ClassVar[str] = "Chart"
    over_time: ClassVar[bool] = False
    fits: ClassVar[str] = ""

    def problem(self, series: Series) -> str:  # noqa: ARG002
        """Why the series cannot be drawn in this kind; "" where it can."""
        return ""

    @classmethod
    def rows(cls, series: Series, breaks: Sequence[LineBreak] = ()) -> list[Json]:
        """A JSON object for each mark."""
        return plot_rows(series, breaks, lines=cls.over_time)

    @classmethod
    def notes(cls, series: Series) -> tuple[str, ...]:
        """What is said beside the chart, in sentences."""
        return tell_values(series, lines=cls.over_time)

    @classmethod
    @abstractmethod
    def specify(cls, plot: Plot) -> AnyChart:
        """The specification in Altair; import Altair inside, it is slow."""

    @classmethod
    @abstractmethod
    def draw(cls, series: Series, title: str, alt: str, breaks: Sequence[LineBreak]) -> Markup:
        """The still picture."""
