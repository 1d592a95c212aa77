"""Contexts of the templates for requests: the page of logs, and the letter."""

from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.model.counts import Shown
from plainrecord.model.evidence import Receipt
from plainrecord.model.requests import LoggedRequest, Tracker
from plainrecord.pages.portal_context import Place, Shell
from plainrecord.pages.request_letters import LetterElement


@dataclass(frozen=True, slots=True)
class StateLine:
    """How many requests are in one state; `kind` is bad, open, good or unclear."""

    label: str
    count: Shown
    kind: str


@dataclass(frozen=True, slots=True)
class RequestFact:
    """One fact of a request: its name, words, the addresses of papers, a page of the portal."""

    label: str
    text: str | Markup
    addresses: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as card or line: `kind` as in StateLine, `took` in working days."""

    item: LoggedRequest
    state: Markup
    kind: str
    started: str
    due: str
    answered: str
    took: Shown
    days_late: Shown
    facts: tuple[RequestFact, ...]


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """How one agency answered, with numbers as shown to readers; "–" for none."""

    agency: str
    requests: Shown
    answered: Shown
    unanswered: Shown
    overdue: Shown
    in_time: Markup
    median: Shown
    middle: Markup
    days: Shown


@dataclass(frozen=True, slots=True)
class ExemptionLine:
    """An exemption, what it is about ("" where it is not known), and how many requests cite it."""

    code: str
    short: str
    count: Shown


@dataclass(frozen=True, slots=True)
class FormLine:
    """In how many rows a date was written in one form."""

    element: str
    form: str
    count: Shown


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt: what it is for, its id, and itself."""

    about: str
    proof: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class LogView:
    """One log. `as_of` is empty where its day is not stated; `notes` are sentences on its rows.

    The requests are `cards` where they are few, else `lines`; `shown` and `left_out`
    count those with and without a line, None where all have one. `receipts` are those of all numbers, none where they have none.
    """

    tracker: Tracker
    dataset: str
    as_of: str
    synthetic: str
    rows: Markup
    states: tuple[StateLine, ...]
    cards: tuple[RequestView, ...]
    lines: tuple[RequestView, ...]
    shown: Shown | None
    left_out: Shown | None
    agencies: tuple[AgencyLine, ...]
    exemptions: tuple[ExemptionLine, ...]
    forms: tuple[FormLine, ...]
    notes: tuple[Markup, ...]
    receipts: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True)
class RequestsContext:
    """`requests.html`: every log of the portal, and the way to the letter builder."""

    shell: Shell
    logs: tuple[LogView, ...]
    letter: str


@dataclass(frozen=True, slots=True)
class LetterContext:
    """`letter.html`: the letter with every element, and the form that fills it in."""

    shell: Shell
    elements: tuple[LetterElement, ...]
    back: Place
