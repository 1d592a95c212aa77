"""Contexts of the templates for plausibility and reconciliation."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.model.counts import CountTable, Shown
from plainrecord.model.plausibility import Outcome, ReconciliationResult
from plainrecord.model.products import Edition
from plainrecord.pages.portal_context import Shell


@dataclass(frozen=True, slots=True)
class NumberCell:
    """A cell of a small table. `kind` is key, number, suppressed or absent."""

    text: str | Shown
    kind: str

    @property
    def marked(self) -> str:
        """The cell as shown on the page."""
        return self.text.marked if isinstance(self.text, Shown) else self.text


@dataclass(frozen=True, slots=True)
class Numbers:
    """A small table for a reader: headings, which are numbers, and cells."""

    caption: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[NumberCell, ...], ...]
    left_out: str | Shown = ""

    @property
    def more(self) -> str:
        """The number of further rows as shown on the page; "" if there are none."""
        return self.left_out.marked if isinstance(self.left_out, Shown) else self.left_out

    @property
    def only_one_more(self) -> bool:
        """Whether exactly one more is not listed."""
        return (self.left_out.text if isinstance(self.left_out, Shown) else self.left_out) == "1"


@dataclass(frozen=True, slots=True)
class Proved:
    """A small table with a heading ("" for none) and the table of counts that it is made of."""

    title: str
    numbers: Numbers
    counted: CountTable


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One office in one period: the class of its shade, its words, and what proves its number."""

    shade: str
    words: str
    proved: Shown | None = None


@dataclass(frozen=True, slots=True)
class YearOfSquares:
    """The periods of one year in a strip."""

    label: str
    squares: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class StripView:
    """One office over time, and in how many of the periods it has records."""

    label: NumberCell
    reported: NumberCell
    periods: NumberCell
    years: tuple[YearOfSquares, ...]


@dataclass(frozen=True, slots=True)
class PointView:
    """Where a line over time should be broken: since when, and why."""

    since: NumberCell
    said: Markup


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One rule for a reader: the outcome, its sentence, table, strips and breaks of lines."""

    outcome: Outcome
    said: Markup
    numbers: Numbers | None
    strips: tuple[StripView, ...]
    points: tuple[PointView, ...]


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
    """reconciliation.html: two sources side by side. `other` is the page of the second one.

    `results` and `more` have the receipts of the sentences; each table has its own counts.
    """

    shell: Shell
    edition: Edition
    account: ReconciliationResult
    dataset: str
    other: str
    other_title: str
    said: tuple[Markup, ...]
    results: CountTable | None
    more: tuple[CountTable, ...]
    tables: tuple[Proved, ...]
