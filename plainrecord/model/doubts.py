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
    words = ((_(STATUSES[doubt.status]).lower(), doubt.of_period) for doubt in doubts)
    marks = (_("partly {status}").format(status=word) if part else word for word, part in words)
    return ", ".join(dict.fromkeys(marks))
