"""What a log of requests says, read: each request, its state, and what all of them tell.

Frozen values that `measures` makes and `pages` shows. The elements of a log are those
of `standards/request-log`, after version 1.5.0 of the Standard FOIA Log Format of MuckRock, with
what a tracker needs beside it: days of receipt and acknowledgement, appeal, court, what came out.
The format's `requester` and `requester organization` are left out on purpose: they name people.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from plainrecord.core.word_lists import split_words
from plainrecord.model.counts import CountTable
from plainrecord.model.log_dates import DateForm

STARTS = ("date_received", "date_perfected", "date_requested")
"""The days from which the time to answer may run, the first that is recorded counts."""

DATES = (
    *STARTS,
    *split_words("date_acknowledged date_due date_completed date_appealed date_appeal_completed"),
)
ELEMENTS = (
    *split_words("request_id agency subject fields_requested"),
    *DATES,
    *split_words(
        "unusual_circumstances expedited status exemptions_cited fee_category fee_waiver "
        "fees_charged processed_under_privacy_act court docket documents released_into"
    ),
)
"""All elements of the standard; a test holds them against its schema."""

YES = frozenset(("yes", "y", "true", "t", "1", "x", "granted"))
"""Words by which a cell says yes."""

CLOSED = frozenset(("done", "partial", "rejected", "no_docs", "abandoned"))
"""Statuses of requests that the agency is through with."""

UNSTATED = "not stated"
"""How a maintainer says that nobody knows on which day a log was made."""


class RequestState(StrEnum):
    """Where a request stands, in words."""

    OVERDUE = "open and overdue"
    OPEN = "open, in time"
    WAITING = "no answer recorded"
    ANSWERED = "answered"
    CLOSED = "closed, the day is not recorded"
    UNCLEAR = "not clear from the log"


@dataclass(frozen=True, slots=True)
class Milestone:
    """What must be answered by a day; `late` in calendar days after it, 0 if not."""

    state: RequestState
    started: dt.date | None
    due: dt.date | None
    answered: dt.date | None
    late: int = 0


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request of a log. Texts stand as the log has them, dates as days.

    `basis` is the element that `request.started` comes from. `took` counts the working days until
    the answer and `days` the calendar days, None without two days in their order. `due_written`
    is the day that the log itself gives.
    """

    number: str
    agency: str
    subject: str
    asked: str
    request: Milestone
    basis: str
    acknowledged: dt.date | None
    due_written: dt.date | None
    extended: bool
    expedited: bool
    took: int | None
    days: int | None
    status: str
    exemptions: tuple[str, ...]
    appeal: Milestone | None
    court: str
    docket: str
    documents: tuple[str, ...]
    released_into: str


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How many, median, and from four on quartiles (type 7, Hyndman and Fan 1996)."""

    count: int
    median: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class AgencyTime:
    """How an agency answered: working days `took`, calendar `days`, `in_time` of `timed`."""

    agency: str
    requests: int
    answered: int
    unanswered: int
    overdue: int
    timed: int
    in_time: int
    took: Percentiles | None
    days: Percentiles | None


@dataclass(frozen=True, slots=True)
class FormCount:
    """In how many rows a date element was written in one form."""

    element: str
    form: DateForm
    count: int


@dataclass(frozen=True, slots=True)
class Tracker:
    """A whole log as of a day, "" where the day is not stated.

    `requests` holds those that are shown one by one, the most overdue first, and `left_out`
    counts the others. `reversed` counts requests that
    the log answers before they were made, `twice` the numbers that stand in more than one row,
    `appeals_overdue` the appeals without an answer after the day on which one was due. Of the
    `due_stated` requests for which the log gives a day of its own and another to count from,
    `due_agrees` have the day that the law gives. `counted` are the tables of
    counts behind all of it; none where `uncounted` says why there are none.
    """

    dataset: str
    resource: str
    title: str
    path: str
    sha256: str
    as_of: str
    rows: int
    requests: tuple[LoggedRequest, ...]
    left_out: int
    states: tuple[tuple[RequestState, int], ...]
    agencies: tuple[AgencyTime, ...]
    exemptions: tuple[tuple[str, int], ...]
    forms: tuple[FormCount, ...]
    reversed: int
    twice: int
    appeals_overdue: int = 0
    due_stated: int = 0
    due_agrees: int = 0
    counted: tuple[CountTable, ...] = ()
    uncounted: str = ""

    def table(self, name: str) -> CountTable | None:
        """The table of counts DATASET.requests.`name`, None where there are none."""
        table_id = f"{self.dataset}.requests.{name}"
        return next((table for table in self.counted if table.id == table_id), None)


def word_days(value: float) -> str:
    """A number of days with at most one decimal, halves upward."""
    tenths = int(value * 10 + 0.5)
    return f"{tenths // 10:,}" if tenths % 10 == 0 else f"{tenths / 10:,.1f}"
