"""Doubt that a maintainer states about records: which, since when, and why.

It goes with each number that is computed from these records: a receipt names the doubts that
`concerns` finds, and the build and `plainrecord verify` find the same ones.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plainrecord.core.periods import name_period
from plainrecord.core.translation import _, to_translate

STATUSES: Mapping[str, str] = {
    "provisional": to_translate("Provisional"),
    "doubtful": to_translate("Doubtful"),
    "superseded": to_translate("Superseded"),
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """`about` says in words which records are provisional, doubtful or superseded since `date`.

    All of the dataset, or those of a `resource`, or the values of a `field`; with `start` or `end`,
    the records whose date in `field` is from `start` to `end` (each a day, month, quarter or year).
    """

    status: str
    date: str
    about: str
    reason: str
    resource: str = ""
    field: str = ""
    start: str = ""
    end: str = ""

    @property
    def since(self) -> str:
        """What and since when, without the reason: Provisional since 18 May 2026."""
        words = _("{status} since {date}")
        return words.format(status=_(STATUSES[self.status]), date=name_period(self.date))

    @property
    def words(self) -> str:
        """A sentence for readers: Provisional since 18 May 2026: the table Stops. The reason."""
        words = _("{since}: {about}. {reason}")
        return words.format(since=self.since, about=self.about, reason=self.reason)

    @property
    def of_period(self) -> bool:
        return bool(self.start or self.end)

    @property
    def partial(self) -> bool:
        """Whether it is about a part of the dataset: a table, a field or a period."""
        return bool(self.resource or self.field)

    @property
    def brief(self) -> str:
        """What and since when, for a whole dataset or a part of it: Partly doubtful since 2019."""
        words = _("Partly {status} since {date}") if self.partial else _("{status} since {date}")
        status = _(STATUSES[self.status])
        status = status.lower() if self.partial else status
        return words.format(status=status, date=name_period(self.date))

    def concerns(self, resource: str, sql: str) -> bool:
        """Whether a query over a table uses, or for a period may use, what is doubted."""
        if self.resource not in ("", resource):
            return False
        if not self.field or self.of_period:
            return True
        name = re.escape(self.field)
        return bool(re.search(rf"(?<!\w){name}(__missing)?(?!\w)", sql, re.IGNORECASE))


def describe_doubts(doubts: Iterable[Doubt]) -> str:
    """All of them in sentences, "" for none."""
    return " ".join(doubt.words for doubt in doubts)


def mark_doubts(doubts: Sequence[Doubt]) -> str:
    """What stands beside a number: `provisional`, or `partly provisional` for a period of it."""
    whole = {doubt.status for doubt in doubts if not doubt.of_period}
    words = {doubt.status: _(STATUSES[doubt.status]).lower() for doubt in doubts}
    partly = _("partly {status}")
    return ", ".join(
        word if status in whole else partly.format(status=word) for status, word in words.items()
    )
