"""Plausibility: what came of each rule that a maintainer switched on."""

from dataclasses import dataclass
from enum import StrEnum

from plainrecord.core.word_lists import split_words
from plainrecord.model.counts import CountTable, Sentence, Shown
from plainrecord.model.declarations import Break, PlausibilityRule, Reconciliation
from plainrecord.model.evidence import Cell, Receipt


class RuleStatus(StrEnum):
    """What a rule came to. Noticed is a question, not a fault."""

    PASSED = "passed"
    NOTICED = "noticed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Timeline:
    """One office's counts by period (None: suppressed), in `row` of `proof`."""

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

    rule: PlausibilityRule
    verdict: RuleStatus
    said: Sentence
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Cell | Shown, ...], ...] = ()
    left_out: int | Shown = 0
    receipt: Receipt | None = None
    periods: tuple[str, ...] = ()
    strips: tuple[Timeline, ...] = ()
    breaks: tuple[Break, ...] = ()
    points: tuple[tuple[str | Shown, Sentence], ...] = ()
    counted: tuple[CountTable, ...] = ()

    @property
    def text(self) -> str:
        """The sentence without its marks."""
        return "".join(part if isinstance(part, str) else part.text for part in self.said)


STATUSES = split_words(
    "the same, within the tolerance, differs, only in the first, only in the second, too few to show"
)
"""How a line came out, in the words of pages."""

MOST_LINES = 200
FEW_LINES = 24
"""Lines are listed where they differ, the first 200; few enough are shown whole."""


@dataclass(frozen=True, slots=True)
class ReconciliationResult:
    """What comparing came to, as tables of counts by the last part of their ids.

    Of totals: `results` (lines by how they came out), `totals` by group, `lines`, and `alike` where
    equal totals stand over lines that differ. Of records and overlap: `results`, and `matched`
    (rows or things in each source and in both, by group); of overlap perhaps an `estimate`.
    `refusal` says why there is none, `absence` why nothing was compared. `suppressed` counts what
    is suppressed: lines, or groups.
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
