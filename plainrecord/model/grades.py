"""Grades: how well a dataset holds each element of a standard, and by which rule.

Frozen values and the rules themselves, which the documents and the pages show as they are here.
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from plainrecord.model.counts import CountTable
from plainrecord.model.evidence import Receipt
from plainrecord.model.standards import Standard

WHOLE = 0.95
"""From this share on, an element counts as filled, withheld or not collected in whole."""
SOME = 0.05
"""From this share on, an element counts as withheld in part; below it, as hardly filled."""
FEW_VALUES = 30
"""With fewer values than this, a date's precision is taken from its type, not from its values."""
UNMAPPED = "not in the crosswalk"
"""The category of a value that the crosswalk of a dataset does not name."""


class Grade(StrEnum):
    """What became of an element in a dataset, in the order in which the rules are tried."""

    INAPPLICABLE = "inapplicable"
    TOTALS = "totals"
    ABSENT = "absent"
    REMOVED = "removed"
    WITHHELD = "withheld"
    WITHHELD_IN_PART = "withheld-in-part"
    NOT_COLLECTED = "not-collected"
    HARDLY = "hardly"
    PARTLY = "partly"
    COARSE = "coarse"
    COARSENED = "coarsened"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class GradeRule:
    """A grade with its sign, its words, and the rule by which it is given."""

    grade: Grade
    sign: str
    words: str
    rule: str
    tone: str

    @property
    def ours(self) -> bool:
        """Whether the reason lies with the portal and not with the agency."""
        return self.tone == "ours"


_ROWS = Path(__file__).with_name("grades.csv").read_text(encoding="utf-8").splitlines()
GRADE_RULES = tuple(
    GradeRule(Grade(grade), sign, words, rule, tone)
    for grade, sign, words, rule, tone in csv.reader(_ROWS[1:])
)
"""The rules in the order in which they are tried: the first that fits gives the grade."""

RULE_OF: dict[Grade, GradeRule] = {rule.grade: rule for rule in GRADE_RULES}


class ValueState(StrEnum):
    """What a record holds for one element."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    MISSING = "missing"
    NOT_COLLECTED = "not-collected"
    NOT_APPLICABLE = "not-applicable"
    WITHHELD = "withheld"
    SUPPRESSED = "suppressed"


STATE_WORDS: dict[ValueState, str] = {
    ValueState.KNOWN: "known",
    ValueState.UNKNOWN: "recorded as unknown",
    ValueState.MISSING: "missing",
    ValueState.NOT_COLLECTED: "not collected",
    ValueState.NOT_APPLICABLE: "does not apply",
    ValueState.WITHHELD: "withheld by the agency",
    ValueState.SUPPRESSED: "suppressed by us for privacy",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """How many records are in each state for one element; every record is in one of them."""

    known: int = 0
    unknown: int = 0
    missing: int = 0
    not_collected: int = 0
    not_applicable: int = 0
    withheld: int = 0
    suppressed: int = 0

    @property
    def rows(self) -> int:
        """All records."""
        return sum(count for _, count in self.counts)

    @property
    def counts(self) -> tuple[tuple[ValueState, int], ...]:
        """Each state with its number of records."""
        return tuple((state, int(getattr(self, state.name.lower()))) for state in ValueState)

    @property
    def answerable(self) -> int:
        """The records that the agency could have filled: suppressed and inapplicable ones aside."""
        return self.rows - self.suppressed - self.not_applicable


@dataclass(frozen=True, slots=True)
class ElementScore:
    """What one element is worth in one dataset, and why.

    `parts` is None where no released field holds it. `precision` is the level in the agency's
    file, `released` the level in the released table; both are empty where the standard has no
    levels. `note` is the maintainer's word, `link` the place of totals. `receipts` prove the parts
    and the precision. `level` is the table that proves `released` where values were examined: its
    name, and its title.
    """

    element: str
    grade: Grade
    fields: tuple[str, ...] = ()
    parts: Parts | None = None
    precision: str = ""
    released: str = ""
    note: str = ""
    link: str = ""
    receipts: tuple[Receipt, ...] = ()
    counted: CountTable | None = None
    level: CountTable | None = None


@dataclass(frozen=True, slots=True)
class CategoryShares:
    """Records with a value by category in the standard's order; None: suppressed."""

    element: str
    rows: int
    shown: tuple[tuple[str, int | None], ...]
    receipt: Receipt
    counted: CountTable | None = None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A dataset, or one of its releases, compared with a standard. `dataset` is its key."""

    dataset: str
    release: str
    standard: str
    resource: str
    unit: str
    rows: int
    threshold: int
    scores: tuple[ElementScore, ...]
    shares: tuple[CategoryShares, ...] = ()

    def count_tables(self) -> tuple[CountTable, ...]:
        """What is behind the shares and levels that pages show; not the shares that are rounded."""
        held = (
            *(score.counted for score in self.scores),
            *(score.level for score in self.scores),
            *(item.counted for item in self.shares),
        )
        return tuple(table for table in held if table)

    def list_rounded(self) -> tuple[tuple[str, str], ...]:
        """The elements whose shares no query proves: (id, why)."""
        why = "a count is suppressed for privacy, so the shares next to it are rounded"
        parts = [s.element for s in self.scores if s.parts and not s.counted]
        shares = [f"{s.element}.categories" for s in self.shares if s.rows and not s.counted]
        return tuple((f"{self.dataset}.scorecard.{name}", why) for name in (*parts, *shares))


@dataclass(frozen=True, slots=True)
class Scores:
    """All scorecards by the key of their dataset, and the standards that they are compared with."""

    standards: tuple[Standard, ...] = ()
    cards: tuple[tuple[str, Scorecard], ...] = ()

    def card(self, key: str) -> Scorecard | None:
        """The scorecard of a dataset or a release."""
        return dict(self.cards).get(key)

    def standard(self, name: str) -> Standard | None:
        """A standard by its name."""
        return next((item for item in self.standards if item.name == name), None)


def grade_parts(parts: Parts, *, coarse: bool = False, coarsened: bool = False) -> Grade:
    """The grade of an element that a released field holds.

    `coarse` says that the agency's file is coarser than the standard wants, `coarsened` that only
    the released table is. Records that we suppressed, or to which the element does not apply, are
    no records here: the agency is not graded on them.
    """
    whole = parts.answerable
    if not whole:
        if parts.suppressed:
            return Grade.REMOVED
        return Grade.INAPPLICABLE if parts.not_applicable else Grade.HARDLY
    if parts.withheld >= WHOLE * whole:
        return Grade.WITHHELD
    if parts.withheld >= SOME * whole:
        return Grade.WITHHELD_IN_PART
    if parts.not_collected >= WHOLE * whole:
        return Grade.NOT_COLLECTED
    if parts.known < SOME * whole:
        return Grade.HARDLY
    if parts.known < WHOLE * whole:
        return Grade.PARTLY
    if coarse:
        return Grade.COARSE
    return Grade.COARSENED if coarsened else Grade.PRESENT
