"""Reconciliation: what came of comparing two sources about the same thing.

Frozen values shared by the rooms `reconcile` and `pages`; nothing here does work.
"""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.model.counts import CountTable
from plainrecord.model.declarations import Key as Key
from plainrecord.model.declarations import Reconciliation as Reconciliation
from plainrecord.model.declarations import SourceSide as SourceSide

STATUSES = (
    *("the same", "within the tolerance", "differs"),
    *("only in the first", "only in the second", "too few to show"),
)
"""How a line came out, in the words of pages."""

MOST_LINES = 200
FEW_LINES = 24
"""Lines are listed where they differ, the first 200; few enough are shown whole."""


@dataclass(frozen=True, slots=True)
class Account:
    """What comparing came to, as tables of counts by the last part of their ids.

    Of totals: `results` (lines by how they came out), `totals` by group, `lines`, and `alike` where
    equal totals stand over lines that differ. Of records and overlap: `results`, and `matched`
    (rows or things in each source and in both, by group); of overlap perhaps an `estimate`.
    `refusal` says why there is none, `absence` why nothing was compared. `suppressed` counts what
    is kept back: lines, or groups.
    """

    reconciliation: Reconciliation
    dataset: str
    counted: tuple[CountTable, ...] = ()
    suppressed: int = 0
    refusal: str = ""
    absence: str = ""

    def table(self, part: str) -> CountTable | None:
        """The table of counts of that name; None where there is none."""
        home = f"{self.dataset}.reconciliations.{self.reconciliation.name}"
        name = home if part == "results" else f"{home}.{part}"
        return next((table for table in self.counted if table.id == name), None)
