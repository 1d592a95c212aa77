"""Contexts of the templates for plausibility and reconciliation."""

from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.model.counts import CountTable, Shown
from plainrecord.model.plausibility import Outcome, ReconciliationResult
from plainrecord.pages.portal_context import DatasetPage, NumberCell, Numbers


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
class PlausibilityContext(DatasetPage):
    """plausibility.html: every rule that is switched on for a dataset, what was noticed first."""

    outcomes: tuple[OutcomeView, ...]
    noticed: int
    passed: int
    idle: int


@dataclass(frozen=True, slots=True)
class ReconciliationContext(DatasetPage):
    """reconciliation.html: `other` is the second page, `more` proves sentences."""

    account: ReconciliationResult
    other: str
    other_title: str
    said: tuple[Markup, ...]
    more: tuple[CountTable, ...]
    tables: tuple[Proved, ...]
