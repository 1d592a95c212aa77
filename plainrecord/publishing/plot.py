"""What a chart is drawn from, at one width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plainrecord.model.maps import MapSettings
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.model.products import LineBreak, SeriesColumn
from plainrecord.receipts.axis_names import name_key

if TYPE_CHECKING:
    import pandas as pd

WIDE, NARROW = 680, 328
"""The widths of a picture in pixels: on a page of text and on paper, and on a phone."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What is specified: the rows of the marks, their columns, breaks of lines,
    periods that are not whole, the width of the picture in pixels, and how a map is drawn.
    """

    frame: pd.DataFrame
    columns: Mapping[str, SeriesColumn]
    breaks: Sequence[LineBreak]
    parts: Sequence[PartPeriod] = ()
    width: int = WIDE
    map: MapSettings | None = None

    @property
    def wide(self) -> bool:
        return self.width >= WIDE

    def name(self, cell: str, column: str) -> str:
        """A value of a key column on an axis: a period in few words."""
        return name_key(cell, self.columns[column], short=True)

    def texts(self, *columns: str) -> list[str]:
        """Those of the columns that there are, or the columns with their periods in words."""
        there = [name for name in columns if name in self.frame]
        return [text if (text := f"{name}_text") in self.frame else name for name in there]
