"""What a log of requests says, read: each request, its state, and counts over all of them.

Frozen values that `measures` makes and `pages` shows. The elements of a log are those
of `standards/request-log`, after version 1.5.0 of the Standard FOIA Log Format of MuckRock, with
what a tracker needs beside it: days of receipt and acknowledgement, appeal, court, what came out.
The format's `requester` and `requester organization` are left out on purpose: they name people.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from plainrecord.core.word_lists import split_words
from plainrecord.model.counts import CountTable, Shown, show
from plainrecord.model.evidence import Cell

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


class DateForm(StrEnum):
    """How a date was written, in words. No form is guessed: what could be two days is unreadable."""

    ISO = "year-month-day"
    COMPACT = "eight digits, year first"
    SERIAL = "a workbook's serial number"
    AMERICAN = "month/day/year"
    SHORT = "month/day/year of two digits"
    NAMED = "with the month's name"
    NOT_YET = "a mark for no date yet"
    EMPTY = "empty"
    WITHHELD = "withheld by the agency"
    UNREADABLE = "not readable as one day"


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
    the answer, None without two days in their order. `due_written` is the day that the log itself
    gives.
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
    status: str
    exemptions: tuple[str, ...]
    appeal: Milestone | None
    court: str
    docket: str
    documents: tuple[str, ...]
    released_into: str


@dataclass(frozen=True, slots=True)
class Tracker:
    """A whole log as of a day, "" where the day is not stated.

    `requests` holds those that are shown one by one, the most overdue first. `exemptions` are those
    that are cited, each with the number of requests; `uncounted` says why they have no table of
    counts, "" where they do. `counted` are the tables of counts behind all other numbers.
    """

    dataset: str
    title: str
    path: str
    sha256: str
    as_of: str
    requests: tuple[LoggedRequest, ...]
    exemptions: tuple[tuple[str, int], ...]
    counted: tuple[CountTable, ...]
    uncounted: str = ""

    def table(self, name: str) -> CountTable | None:
        """The table of counts DATASET.requests.`name`, None where there is none."""
        table_id = f"{self.dataset}.requests.{name}"
        return next((table for table in self.counted if table.id == table_id), None)

    def rows(self, name: str) -> tuple[tuple[Cell, ...], ...]:
        """The rows of a table of counts; none where there is no such table."""
        table = self.table(name)
        return table.rows if table else ()

    def show(self, name: str, cells: str) -> Shown:
        """The number that `cells` of a table of counts make."""
        table = self.table(name)
        return show(table, cells) if table else Shown("", "", "")

    def total(self, column: str) -> int:
        """A number of the table of all requests, by the name of its column; 0 without that column."""
        totals = self.counted[0]
        row = dict(zip(totals.columns, totals.rows[0], strict=True))
        return int(str(row.get(column, 0)))

    def show_total(self, column: str) -> Shown:
        """The same as it is shown."""
        return show(self.counted[0], f"1.{self.counted[0].columns.index(column) + 1}")
