"""How a maintainer declares a rate: a count, the count that it is compared with, their groups."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from plainrecord.core.plurals import inside_sentence
from plainrecord.core.translation import _
from plainrecord.model.declarations import KnownBoundaries, Period
from plainrecord.model.forms import StrictForm


class RatePart(StrictForm):
    """What a rate counts: its name on the page, and an SQL condition on the rows (all if empty)."""

    label: str = Field(min_length=1)
    where: str = ""


class RateDenominator(RatePart):
    """The denominator of a rate: rows of the same table, or the numbers of another table.

    With `count`, a field of numbers, it is the sum of that field over the rows of `resource` whose
    field `group` (and `period`, if given) has the value of the rate's group. An empty `dataset` is
    the one that declares the rate. `where` then selects rows of that table.
    """

    dataset: str = ""
    resource: str = ""
    group: str = ""
    period: str = ""
    count: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to a table of denominators."""
        if not self.count:
            for key in ("dataset", "resource", "group", "period"):
                yield key, "count, the field of numbers in a table of denominators"


class RateDefinition(StrictForm):
    """A rate by group: a count, the count that it is compared with, and a 95% interval.

    `by` is the field of the groups; with `date` and `period` each group has a rate for each period.
    `measure` is `count`, or `sum:FIELD` where a row of the table is a count. Rows for which the
    condition of the numerator is unknown (null) are left out of both counts, or `counted` in the
    denominator. `benchmark` says what the comparison cannot show. `map` names the boundaries of a
    map that is drawn in place of bars.
    """

    name: str
    title: str
    resource: str = ""
    by: str
    date: str = ""
    period: Period = "year"
    numerator: RatePart
    denominator: RateDenominator
    measure: str = Field(default="count", pattern="^(count|sum:.+)$")
    per: int = Field(default=100, gt=0)
    unknowns: Literal["left out", "counted"] = "left out"
    where: str = ""
    benchmark: str = Field(min_length=1)
    map: KnownBoundaries = ""
    note: str = ""

    @property
    def words(self) -> str:
        """What the rate is: Frisks per 100 stops."""
        return _("{events} per {count} {whole}").format(
            events=self.numerator.label,
            count=f"{self.per:,}",
            whole=inside_sentence(self.denominator.label),
        )

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What needs another key: a period its date, unknowns a denominator of the same rows."""
        if not self.date:
            yield "period", "date, a field of the table"
        else:
            yield "map", "a rate without a date"
        if self.denominator.count or not self.numerator.where:
            yield "unknowns", "a denominator of the same table, and a condition of the numerator"
        if self.denominator.period and not self.date:
            yield "denominator.period", "a date, a field of the rate's own table"
