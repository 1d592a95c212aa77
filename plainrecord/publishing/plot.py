"""What a chart is drawn from, at one width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plainrecord.model.maps import MapSettings
from plainrecord.model.products import LineBreak, PartPeriod

if TYPE_CHECKING:
    import pandas as pd

WIDE, NARROW = 680, 328
"""The widths of a picture in pixels: on a page of text and on paper, and on a phone."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What is specified: the rows of the marks, the labels of their columns, breaks of lines,
    periods that are not whole, the width of the picture in pixels, and how a map is drawn.
    """

    frame: pd.DataFrame
    labels: Mapping[str, str]
    breaks: Sequence[LineBreak]
    parts: Sequence[PartPeriod] = ()
    width: int = WIDE
    map: MapSettings | None = None

    @property
    def wide(self) -> bool:
        return self.width >= WIDE
