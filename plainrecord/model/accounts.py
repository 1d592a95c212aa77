"""Reconciliation: what came of comparing two sources about the same thing.

Frozen values shared by the rooms `reconcile` and `pages`; nothing here does work.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.model.declarations import Key as Key
from plainrecord.model.declarations import Reconciliation as Reconciliation
from plainrecord.model.declarations import SourceSide as SourceSide
from plainrecord.model.evidence import Receipt


@dataclass(frozen=True, slots=True)
class Line:
    """A cell of the grain: its keys and both numbers (None: it has no such cell).

    `status` is equal, within, differs, here, there or suppressed (both numbers are None then).
    """

    keys: tuple[str, ...]
    here: float | None
    there: float | None
    status: str


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """The totals of one group of cells, and how many of its cells differ."""

    keys: tuple[str, ...]
    here: float
    there: float
    cells: int
    differing: int

    @property
    def hides(self) -> bool:
        """Whether equal totals stand over cells that differ."""
        return self.here == self.there and self.differing > 0


@dataclass(frozen=True, slots=True)
class Matched:
    """Rows matched as multisets, in one group: in both, only in one."""

    keys: tuple[str, ...]
    here: int
    there: int
    both: int

    @property
    def only_here(self) -> int:
        return self.here - self.both

    @property
    def only_there(self) -> int:
        return self.there - self.both


@dataclass(frozen=True, slots=True)
class Range:
    """From where to where the number of all things lies, at about 95 percent."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Account:
    """What comparing came to.

    `lines`, `groups` and `counts` (lines by status) are for totals; `matched` for records and, as
    one group, for overlap. `estimate` is a range or None, and `refusal` says why there is none.
    """

    reconciliation: Reconciliation
    dataset: str
    lines: tuple[Line, ...] = ()
    groups: tuple[GroupTotal, ...] = ()
    matched: tuple[Matched, ...] = ()
    suppressed: int = 0
    estimate: Range | None = None
    refusal: str = ""
    receipt: Receipt | None = None
    absence: str = ""

    def count(self, status: str) -> int:
        """How many lines have the status."""
        return sum(line.status == status for line in self.lines)
