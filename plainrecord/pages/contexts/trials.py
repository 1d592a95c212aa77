"""What the templates of plausibility and reconciliation are given; nothing here does work."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.model.accounts import Account
from plainrecord.model.products import Edition
from plainrecord.model.trials import Break, Outcome
from plainrecord.pages.contexts.portal import Shell, TableCell
from plainrecord.pages.trialwords import KindWords


@dataclass(frozen=True, slots=True)
class Numbers:
    """A small table for a reader: headings, which are numbers, and cells."""

    caption: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Square:
    """One office in one period: the class of its shade, and its words."""

    shade: str
    words: str


@dataclass(frozen=True, slots=True)
class YearOfSquares:
    """The periods of one year in a strip."""

    label: str
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class StripView:
    """One office over time, and in words the periods without records."""

    label: str
    summary: str
    years: tuple[YearOfSquares, ...]


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One rule for a reader: the outcome with its words, table, strips and breaks."""

    outcome: Outcome
    words: KindWords
    numbers: Numbers | None
    strips: tuple[StripView, ...]
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class PlausibilityContext:
    """plausibility.html: every rule that is switched on for a dataset, what was noticed first."""

    shell: Shell
    edition: Edition
    dataset: str
    outcomes: tuple[OutcomeView, ...]
    noticed: int
    passed: int
    idle: int


@dataclass(frozen=True, slots=True)
class ReconciliationContext:
    """reconciliation.html: two sources side by side. `other` is the page of the second one."""

    shell: Shell
    edition: Edition
    account: Account
    dataset: str
    other: str
    other_title: str
    said: tuple[str, ...]
    groups: Numbers | None
    lines: Numbers | None
    matched: Numbers | None
