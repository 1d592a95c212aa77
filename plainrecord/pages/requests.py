"""Pages of requests: open and overdue ones, the time to answer, and a letter to send."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.paths import dataset_page
from plainrecord.core.plurals import begin_sentence
from plainrecord.core.translation import _, ngettext, to_translate
from plainrecord.law.exemptions import read_exemptions
from plainrecord.law.foia import find_exemption
from plainrecord.law.workdays import expedited_due
from plainrecord.model.counts import LinkedNumber, Sentence, Shown, count_shown, fill, say
from plainrecord.model.evidence import Receipt
from plainrecord.model.freshness import day_words
from plainrecord.model.products import ReleasedDataset
from plainrecord.model.requests import (
    DateForm,
    LoggedRequest,
    Milestone,
    RequestState,
    Tracker,
)
from plainrecord.pages.portal_context import HOME, Page, Place, Shell, Shells
from plainrecord.pages.receipt_note import describe_receipts
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


REQUESTS = Place(to_translate("Requests"), "requests/index.html")
LETTER = Place(to_translate("Write a request"), "requests/letter/index.html")
MOST_CARDS = 12
_COUNTED = to_translate(
    "Numbers without a receipt were counted directly in the published file that is named below each "
    "log."
)
_RECEIPTS = {
    "totals": to_translate("the number of requests by status"),
    "listed": to_translate("the dates of each request"),
    "agencies": to_translate("the time to answer"),
    "exemptions": to_translate("the reasons for withholding"),
    "forms": to_translate("the date formats"),
}
_KINDS = {
    RequestState.OVERDUE: "bad",
    RequestState.OPEN: "open",
    RequestState.WAITING: "open",
    RequestState.ANSWERED: "good",
    RequestState.CLOSED: "good",
    RequestState.UNCLEAR: "unclear",
}
_BASES = {
    "date_received": to_translate("Received"),
    "date_perfected": to_translate("Found complete"),
    "date_requested": to_translate("Sent"),
}
_STATUSES = {
    "processed": to_translate("being worked on"),
    "appealing": to_translate("under appeal"),
    "fix": to_translate("the agency asks for changes"),
    "payment": to_translate("awaiting payment"),
    "lawsuit": to_translate("in court"),
    "rejected": "refused",
    "no_docs": to_translate("no records found"),
    "done": to_translate("answered in full"),
    "partial": to_translate("answered in part"),
    "abandoned": "withdrawn",
}
_DATES = _BASES | {
    "date_acknowledged": to_translate("Acknowledged"),
    "date_due": to_translate("Due, as written"),
    "date_completed": to_translate("Answered"),
    "date_appealed": to_translate("Appealed"),
    "date_appeal_completed": to_translate("Appeal answered"),
}


def plan_requests(
    shell: Shells, releases: Sequence[ReleasedDataset], elements: Sequence[LetterElement]
) -> list[Page]:
    """The page of all logs and the letter builder; none where no dataset is a log."""
    tracked = [(release, release.tracker) for release in releases if release.tracker]
    if not tracked:
        return []
    titles = {release.package.name: release.package.title for release in releases}
    logs = tuple(describe_log(release, tracker, titles) for release, tracker in tracked)
    only = all(log.synthetic for log in logs)
    about = _("Requests to agencies: which are open or overdue, and how long answers took.")
    unproved = any(tracker.uncounted for _, tracker in tracked)
    receipts = describe_receipts(
        figures=count_shown(logs), unproved=_(_COUNTED) if unproved else ""
    )
    title, synthetic = _("Requests for records"), logs[0].synthetic if only else ""
    page = shell(REQUESTS.target, title, about, (HOME,), synthetic=synthetic, receipts=receipts)
    about = _("A letter that asks an agency for records, field by field, to print or copy.")
    letter = shell(LETTER.target, _(LETTER.title), about, (HOME, REQUESTS))
    return [
        Page(REQUESTS.target, "requests.html", RequestsContext(page, logs, LETTER.target)),
        Page(LETTER.target, "letter.html", LetterContext(letter, tuple(elements), REQUESTS)),
    ]


def describe_log(release: ReleasedDataset, tracker: Tracker, titles: Mapping[str, str]) -> LogView:
    """One log for its readers; `titles` are those of the portal's datasets by their names."""
    rows = tracker.total("requests")
    few = rows <= MOST_CARDS
    views = tuple(
        _view(item, titles, tracker, row, few) for row, item in enumerate(tracker.requests, 1)
    )
    left_out = tracker.total("left_out")
    return LogView(
        tracker=tracker,
        dataset=dataset_page(tracker.dataset),
        as_of=day_words(tracker.as_of),
        synthetic=release.package.synthetic,
        rows=say((tracker.show_total("requests"), _(" request") if rows == 1 else _(" requests"))),
        states=tuple(_states(tracker)),
        cards=views if few else (),
        lines=() if few else views,
        shown=tracker.show_total("listed") if left_out else None,
        left_out=tracker.show_total("left_out") if left_out else None,
        agencies=tuple(
            _agency(tracker, number) for number in range(1, len(tracker.rows("agencies")) + 1)
        ),
        exemptions=tuple(_exemption(code, count, tracker) for code, count in tracker.exemptions),
        forms=tuple(
            FormLine(_(_DATES[str(element)]), str(form), tracker.show("forms", f"{row}.3"))
            for row, (element, form, *__) in enumerate(tracker.rows("forms"), 1)
        ),
        notes=tuple(map(say, _notes(tracker))),
        receipts=tuple(
            ReceiptLine(_(_RECEIPTS[table.id.rsplit(".", 1)[-1]]), table.id, table.receipt)
            for table in tracker.counted
        ),
    )


def _states(tracker: Tracker) -> Iterator[StateLine]:
    """The states of the requests, and the overdue appeals."""
    for state in RequestState:
        if tracker.total(state):
            yield StateLine(state, tracker.show_total(state), _KINDS[state])
    if overdue := tracker.total("appeals_overdue"):
        words = _("appeal open and overdue") if overdue == 1 else _("appeals open and overdue")
        yield StateLine(words, tracker.show_total("appeals_overdue"), "bad")


def _notes(tracker: Tracker) -> Iterator[Sentence]:
    if reversed_ := tracker.total("answered_before"):
        words = ngettext(
            "{} request has an answer dated before it was made; it is not included in the times.",
            "{} requests have an answer dated before they were made; they are not included in the times.",
            reversed_,
        )
        yield fill(words, tracker.show_total("answered_before"))
    if twice := tracker.total("numbers_twice"):
        words = ngettext(
            "{} request number appears in more than one row. Each row is counted.",
            "{} request numbers appear in more than one row. Each row is counted.",
            twice,
        )
        yield fill(words, tracker.show_total("numbers_twice"))
    if stated := tracker.total("due_stated"):
        words = ngettext(
            "The log gives its own due date for {} request; for {} it is the date computed here.",
            "The log gives its own due date for {} requests; for {} it is the date computed here.",
            stated,
        )
        totals = (tracker.show_total("due_stated"), tracker.show_total("due_agrees"))
        yield fill(words, *totals)
    forms = enumerate(tracker.rows("forms"), 1)
    unread = {n: int(str(row[2])) for n, row in forms if row[1] == DateForm.UNREADABLE}
    if unread:
        words = ngettext(
            "{} date could not be read.", "{} dates could not be read.", sum(unread.values())
        )
        yield fill(words, tracker.show("forms", "+".join(f"{n}.3" for n in unread)))


def _day(day: dt.date | None) -> str:
    return day_words(day.isoformat()) if day else ""


def _state(step: Milestone, late: Shown, *, first: bool = True) -> Sentence:
    """The state in words; `first` if it begins a sentence."""
    days = _(" day") if step.late == 1 else _(" days")
    words: Sentence = (step.state,)
    if step.state is RequestState.OVERDUE:
        words = (_("overdue by "), late, days)
    elif step.state is RequestState.ANSWERED and step.late:
        words = (_("answered "), late, days, _(" late"))
    return (begin_sentence(str(words[0])), *words[1:]) if first else words


def _view(
    item: LoggedRequest, titles: Mapping[str, str], tracker: Tracker, row: int, card: bool
) -> RequestView:
    step, appeal = item.request, item.appeal
    late, none = tracker.show("listed", f"{row}.3"), LinkedNumber("–", "", "")
    state = _state(step, late)
    if appeal:
        appeal_late = tracker.show("listed", f"{row}.6")
        state = (*state, _("; appeal "), *_state(appeal, appeal_late, first=False))
    return RequestView(
        item=item,
        state=say(state),
        kind=_kind(step, appeal),
        started=_day(step.started),
        due=_day(step.due),
        answered=_day(step.answered),
        took=none if item.took is None else tracker.show("listed", f"{row}.4"),
        days_late=late if step.late else none,
        facts=tuple(_facts(item, titles, tracker, row)) if card else (),
    )


def _kind(step: Milestone, appeal: Milestone | None) -> str:
    """The request's own state, or that of its appeal if it is worse."""
    if appeal and appeal.state is RequestState.OVERDUE:
        return "bad"
    if (
        appeal
        and appeal.state in (RequestState.OPEN, RequestState.WAITING)
        and step.state is not RequestState.OVERDUE
    ):
        return "open"
    return "late" if step.state is RequestState.ANSWERED and step.late else _KINDS[step.state]


def _facts(
    item: LoggedRequest, titles: Mapping[str, str], tracker: Tracker, row: int
) -> list[RequestFact]:
    step, appeal = item.request, item.appeal
    due = _day(step.due)
    if step.due and item.extended:
        due += _(", including 10 more working days for unusual circumstances")
    if step.due and item.due_written and item.due_written != step.due:
        due += _(" (the log says {due_written})").format(due_written=_day(item.due_written))
    answered: str | Markup = _day(step.answered)
    if item.took is not None:
        took = tracker.show("listed", f"{row}.4")
        days = _(" working day") if item.took == 1 else _(" working days")
        answered = say((answered, _(", after "), took, days))
    facts: list[tuple[str, str | Markup]] = [
        (_("Agency"), item.agency),
        (_("Fields asked for"), item.asked),
        (_(_BASES.get(item.basis, "Received")), _day(step.started)),
        (_("Acknowledged"), _day(item.acknowledged)),
        (_("Expedited processing"), _expedited(item)),
        (_("Answer due"), due),
        (_("Answered"), answered),
        (_("Status in the log"), _(_STATUSES.get(item.status.lower(), item.status))),
        (_("Withheld under"), "; ".join(item.exemptions)),
        (_("Appealed"), _day(appeal.started) if appeal else ""),
        (_("Appeal due"), _day(appeal.due) if appeal else ""),
        (_("Appeal"), _appeal(appeal, tracker, row) if appeal else ""),
        (_("Court"), " ".join(filter(None, (item.court, item.docket)))),
    ]
    lines = [RequestFact(label, text) for label, text in facts if text]
    if item.documents:
        lines.append(RequestFact(_("Documents"), "", item.documents))
    if item.released_into:
        title = titles.get(item.released_into, "")
        target = dataset_page(item.released_into) if title else ""
        lines.append(RequestFact(_("Released into"), title or item.released_into, target=target))
    return lines


def _expedited(item: LoggedRequest) -> str:
    if not item.expedited:
        return ""
    start = item.request.started
    return (
        _("requested; a decision was due on {start}").format(start=_day(expedited_due(start)))
        if start
        else "requested"
    )


def _appeal(appeal: Milestone, tracker: Tracker, row: int) -> Markup:
    state = _state(appeal, tracker.show("listed", f"{row}.6"))
    return say((*state, f" ({_day(appeal.answered)})") if appeal.answered else state)


def _exemption(code: str, count: int, tracker: Tracker) -> ExemptionLine:
    """An exemption and all requests whose text cites it, in any spelling."""
    known = find_exemption(code)
    rows = enumerate(tracker.rows("exemptions"), 1)
    cells = "+".join(f"{n}.2" for n, row in rows if code in read_exemptions(str(row[0])))
    shown = tracker.show("exemptions", cells) if cells else LinkedNumber(f"{count:,}", "", "")
    return ExemptionLine(code, known.short if known else "", shown)


def _agency(tracker: Tracker, row: int) -> AgencyLine:
    """The line of an agency, from its row in the table of counts."""
    agency, *numbers = tracker.rows("agencies")[row - 1]
    timed, low = numbers[5], numbers[7]
    none = LinkedNumber("–", "", "")

    def number(place: int) -> Shown:
        return tracker.show("agencies", f"{row}.{place}")

    middle: Sentence = (none,) if low is None else (number(9), _(" to "), number(10))
    in_time: Sentence = (number(6), _(" of "), number(7)) if timed else (none,)
    return AgencyLine(
        agency=str(agency or _("not named")),
        requests=number(2),
        answered=number(3),
        unanswered=number(4),
        overdue=number(5) if tracker.as_of else none,
        in_time=say(in_time),
        median=number(8) if timed else none,
        middle=say(middle),
        days=number(11) if timed else none,
    )
