"""Plausibility: what came of each rule that a maintainer switched on.

Frozen values shared by the rooms `plausibility` and `pages`; nothing here does work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plainrecord.model.counts import CountTable, Sentence, Shown
from plainrecord.model.declarations import Break as Break
from plainrecord.model.declarations import Trial as Trial
from plainrecord.model.evidence import Cell, Receipt


class Verdict(StrEnum):
    """What a rule came to. Noticed is a question, not a fault."""

    PASSED = "passed"
    NOTICED = "noticed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Strip:
    """One office over time: its label, and its count for each period (None: suppressed).

    Its numbers are in the `row` of `proof`: the label, how many periods have records, then the
    count for each period. `whole` is the number of all periods.
    """

    label: str
    counts: tuple[int | None, ...]
    proof: CountTable | None = None
    row: int = 0
    whole: Shown | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to: a sentence with its numbers, a small table, and the query behind it.

    `counted` holds the tables of counts that the numbers are made of.

    `strips` and `periods` are the offices by period where the rule looks at those; `breaks` are
    the days where a line over time should be broken, and `points` the same as pages tell them:
    since when, and why.
    """

    trial: Trial
    verdict: Verdict
    said: Sentence
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Cell | Shown, ...], ...] = ()
    left_out: int | Shown = 0
    receipt: Receipt | None = None
    periods: tuple[str, ...] = ()
    strips: tuple[Strip, ...] = ()
    breaks: tuple[Break, ...] = ()
    points: tuple[tuple[str | Shown, Sentence], ...] = ()
    counted: tuple[CountTable, ...] = ()

    @property
    def text(self) -> str:
        """The sentence without its marks."""
        return "".join(part if isinstance(part, str) else part.text for part in self.said)
