"""A test that compares a figure, or the answer to a query, with a stated number."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field

from plainrecord.core.exact_numbers import CLOSENESS
from plainrecord.core.translation import gettext as _
from plainrecord.measures.claim_test import (
    ClaimMeasures,
    MeasuredTest,
    UnfitTestError,
    close_sql,
    plain_number,
)
from plainrecord.measures.claim_verdicts import bound_figure
from plainrecord.model.claims import Bounds, ClaimVerdict, Result, Words
from plainrecord.model.counts import fill
from plainrecord.model.declarations import FigureDefinition, FigureFormat
from plainrecord.model.products import Figure


def _exact(value: object) -> object:
    """A number as it was written: a double may have other digits."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if number else value


Exact = Annotated[Decimal, BeforeValidator(_exact)]


class ValueTest(MeasuredTest):
    """A `figure` or the answer to `sql` against a number, within `tolerance`."""

    judging = ("tolerance",)
    lasting = ("value",)

    figure: str = ""
    sql: str = ""
    stated: Exact | None = Field(default=None, allow_inf_nan=False)
    against: str = ""
    tolerance: Exact = Field(default=Decimal(0), ge=0, allow_inf_nan=False)
    unit: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        if self.figure:
            yield "unit", "sql: a figure has a unit of its own"

    @property
    def home(self) -> str:
        return self.figure.rpartition(".")[0]

    def problems(self, *, judged: bool) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        if bool(self.figure) == bool(self.sql):
            yield "it has both or none of figure and sql", "exactly one"
        if (self.stated is None) == (not self.against):
            yield "it has both or none of stated and against", "exactly one"

    def measure(self, context: ClaimMeasures) -> Result:
        against = context.figure(self.against) if self.against else None
        value: Figure | None
        if self.figure:
            key, __, figure = self.figure.rpartition(".")
            value = context.figure(f"{key}{context.mark}.{figure}")
        elif context.measure(ask_answers(self.sql)).value == 0:
            value = None
        else:
            value = context.measure(ask_value(self, context.title))
            if isinstance(value.value, str) or not float(value.value or 0).is_integer():
                value = context.measure(ask_value(self, context.title, "decimal"))
        for measured in (value, against):
            if measured and bound_figure(measured) is None:
                raise UnfitTestError(f"{measured.raw!r} is not a number to compare")
        return judge_value(self, value, against)

    def meaning(self) -> str:
        sentences = []
        if self.stated is not None:
            stated = plain_number(self.stated)
            sentences.append(_("The stated number is {number}.").format(number=stated))
        if self.tolerance:
            tolerance = _("A difference of up to {number} counts as equal.")
            sentences.append(tolerance.format(number=plain_number(self.tolerance)))
        else:
            sentences.append(_("The two numbers must be equal."))
        return " ".join(sentences)

    def describe(self, result: Result) -> Words:
        value, stated = result.figures.get("value"), result.figures.get("stated")
        if value is None:
            return (_("The query returns nothing, so there is no number to compare."),)
        if stated:
            words = _("The records here show {}, and the other source shows {}.")
            return fill(words, value, stated)
        return fill(_("The records here show {}."), value)

    def summary(self, result: Result) -> Words:
        value = result.figures.get("value")
        return fill(_("The records here show {}."), value) if value else ()


def ask_answers(sql: str) -> FigureDefinition:
    """How many values a query gives that are not null: 0 where it tells nothing."""
    text = f"SELECT count(*) FROM ({close_sql(sql.strip().rstrip(';'))}) AS judged(value) WHERE value IS NOT NULL"
    return FigureDefinition(name="answers", title="Answers", unit="", sql=text)


def ask_value(test: ValueTest, title: str, style: FigureFormat = "integer") -> FigureDefinition:
    """The question of a test that compares the answer to a query; a small count is suppressed."""
    return FigureDefinition(name="value", title=title, unit=test.unit, sql=test.sql, format=style)


def judge_value(test: ValueTest, figure: Figure | None, against: Figure | None = None) -> Result:
    """What a figure (None: no row, or null) says against the stated number, or `against`."""
    figures = {"value": figure} if figure else {}
    if against:
        figures["stated"] = against
    bounds = bound_figure(figure) if figure else None
    stated = bound_figure(against) if against else None
    if stated is None and test.stated is not None:
        stated = Bounds(test.stated, test.stated)
    if bounds is None or stated is None:
        return Result(ClaimVerdict.UNTESTABLE, figures, bounds)
    ends = (bounds.low, bounds.high, stated.low, stated.high)
    low, high, least, most = (Fraction(str(end)) for end in ends)
    wide = Fraction(str(test.tolerance))
    if any(isinstance(item.value, float) for item in figures.values()):  # it may be a rounded sum
        wide += Fraction(str(CLOSENESS)) * max(Fraction(1), abs(least), abs(most))
    if max(high - least, most - low) <= wide:
        verdict = ClaimVerdict.SUPPORTED
    else:
        far = max(low - most, least - high) > wide
        verdict = ClaimVerdict.CONTRADICTED if far else ClaimVerdict.UNTESTABLE
    return Result(verdict, figures, bounds)


TEST = ("value", ValueTest)
