"""What the templates of requests are given: the page of logs, and the letter builder."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.pages.contexts.portal import Place, Shell
from plainrecord.pages.letters import LetterElement


@dataclass(frozen=True, slots=True)
class StateLine:
    """How many requests are in one state; `kind` is bad, open, good or unclear."""

    label: str
    count: int
    kind: str


@dataclass(frozen=True, slots=True)
class RequestFact:
    """One fact of a request: its name, words, the addresses of papers, a page of the portal."""

    label: str
    text: str
    addresses: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request: as a card with its facts, or as a line of a table.

    `kind` is as in StateLine; `days_late` is empty where there is no delay.
    """

    number: str
    subject: str
    agency: str
    state: str
    kind: str
    started: str
    due: str
    answered: str
    days_late: str
    facts: tuple[RequestFact, ...]


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """How one agency answered, its numbers as a reader sees them; "–" where there is none."""

    agency: str
    requests: int
    answered: int
    unanswered: int
    overdue: str
    in_time: str
    median: str
    middle: str
    days: str


@dataclass(frozen=True, slots=True)
class ExemptionLine:
    """An exemption, what it is about ("" where it is not known), and how many requests cite it."""

    code: str
    short: str
    count: int


@dataclass(frozen=True, slots=True)
class FormLine:
    """In how many rows a date was written in one form."""

    element: str
    form: str
    count: int


@dataclass(frozen=True, slots=True)
class LogView:
    """One log. `as_of` is empty where its day is not stated; `notes` are sentences on its rows.

    The requests are `cards` where they are few, else `lines`; `left_out` counts those beyond.
    """

    name: str
    title: str
    dataset: str
    as_of: str
    synthetic: str
    rows: int
    states: tuple[StateLine, ...]
    cards: tuple[RequestView, ...]
    lines: tuple[RequestView, ...]
    left_out: int
    agencies: tuple[AgencyLine, ...]
    exemptions: tuple[ExemptionLine, ...]
    forms: tuple[FormLine, ...]
    notes: tuple[str, ...]
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RequestsContext:
    """`requests.html`: every log of the portal, and the way to the letter builder."""

    shell: Shell
    logs: tuple[LogView, ...]
    letter: str


@dataclass(frozen=True, slots=True)
class LetterContext:
    """`letter.html`: the letter with every element, and the form that makes it one's own."""

    shell: Shell
    elements: tuple[LetterElement, ...]
    back: Place
