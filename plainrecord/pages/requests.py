"""Pages of requests: what is open and overdue, how long answers took, and a letter to send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from plainrecord.ground.logdates import DateForm
from plainrecord.ground.paths import dataset_page
from plainrecord.law.foia import find_exemption
from plainrecord.law.workdays import expedited_due
from plainrecord.model.freshness import day_words
from plainrecord.model.products import Edition
from plainrecord.model.requests import AgencyTime, LoggedRequest, State, Step, Tracker
from plainrecord.pages.contexts.portal import Place
from plainrecord.pages.contexts.requests import (
    AgencyLine,
    ExemptionLine,
    FormLine,
    LetterContext,
    LogView,
    RequestFact,
    RequestsContext,
    RequestView,
    StateLine,
)
from plainrecord.pages.letters import LetterElement
from plainrecord.pages.planned import Planned, Shells
from plainrecord.pages.tallies import tell_receipts

REQUESTS = Place("Requests", "requests/index.html")
LETTER = Place("Write a request", "requests/letter/index.html")
MOST_CARDS = 12
_COUNTED = (
    "The numbers on this page were counted by the build in the published files that it names. They "
    "have no receipt: working days cannot be counted by a short query."
)
_KINDS = {
    State.OVERDUE: "bad",
    State.OPEN: "open",
    State.WAITING: "open",
    State.ANSWERED: "good",
    State.CLOSED: "good",
    State.UNCLEAR: "unclear",
}
_BASES = {"date_received": "Received", "date_perfected": "Found complete", "date_requested": "Sent"}
_STATUSES = {
    "processed": "being worked on",
    "appealing": "under appeal",
    "fix": "the agency wants it changed",
    "payment": "waits for a payment",
    "lawsuit": "before a court",
    "rejected": "refused",
    "no_docs": "no records found",
    "done": "answered in full",
    "partial": "answered in part",
    "abandoned": "withdrawn",
}
_DATES = _BASES | {
    "date_acknowledged": "Acknowledged",
    "date_due": "Due, as written",
    "date_completed": "Answered",
    "date_appealed": "Appealed",
    "date_appeal_completed": "Appeal answered",
}


def plan_requests(
    shell: Shells, home: Place, editions: Sequence[Edition], elements: Sequence[LetterElement]
) -> list[Planned]:
    """The page of all logs and the letter builder; none where no dataset is a log."""
    tracked = [(edition, edition.tracker) for edition in editions if edition.tracker]
    if not tracked:
        return []
    titles = {edition.package.name: edition.package.title for edition in editions}
    logs = tuple(describe_log(edition, tracker, titles) for edition, tracker in tracked)
    only = all(log.synthetic for log in logs)
    about = "What agencies were asked for, what is open and overdue, and how long answers took."
    receipts = tell_receipts(counted=_COUNTED)
    page = shell(
        REQUESTS.target,
        "Requests for records",
        about,
        (home,),
        synthetic=logs[0].synthetic if only else "",
        receipts=receipts,
    )
    about = "A letter that asks an agency for records, field by field, to print or copy."
    letter = shell(LETTER.target, LETTER.title, about, (home, REQUESTS))
    return [
        (REQUESTS.target, "requests.html", RequestsContext(page, logs, LETTER.target)),
        (LETTER.target, "letter.html", LetterContext(letter, tuple(elements), REQUESTS)),
    ]


def describe_log(edition: Edition, tracker: Tracker, titles: Mapping[str, str]) -> LogView:
    """One log for its readers; `titles` are those of the portal's datasets by their names."""
    few = tracker.rows <= MOST_CARDS
    views = tuple(_view(item, titles) for item in tracker.requests)
    return LogView(
        name=tracker.dataset,
        title=tracker.title,
        dataset=dataset_page(tracker.dataset),
        as_of=day_words(tracker.as_of),
        synthetic=edition.package.synthetic,
        rows=tracker.rows,
        states=_states(tracker),
        cards=views if few else (),
        lines=() if few else views,
        left_out=tracker.left_out,
        agencies=tuple(_agency(item, tracker.as_of) for item in tracker.agencies),
        exemptions=tuple(_exemption(*item) for item in tracker.exemptions),
        forms=tuple(FormLine(_DATES[f.element], f.form, f.count) for f in tracker.forms),
        notes=tuple(_notes(tracker)),
        file=tracker.path,
        sha256=tracker.sha256,
    )


def _states(tracker: Tracker) -> tuple[StateLine, ...]:
    """The states of the requests, and the appeals that are overdue beside them."""
    lines = [StateLine(state, count, _KINDS[state]) for state, count in tracker.states]
    if tracker.appeals_overdue:
        one = tracker.appeals_overdue == 1
        words = "appeal open and overdue" if one else "appeals open and overdue"
        lines.append(StateLine(words, tracker.appeals_overdue, "bad"))
    return tuple(lines)


def _notes(tracker: Tracker) -> list[str]:
    notes = []
    if tracker.reversed:
        one = tracker.reversed == 1
        notes.append(
            f"{_count(tracker.reversed, 'request is', 'requests are')} answered before "
            f"{'it was' if one else 'they were'} made, by the log's own days; "
            f"{'it is' if one else 'they are'} left out of the times."
        )
    if tracker.twice:
        verb = "stands" if tracker.twice == 1 else "stand"
        notes.append(
            f"{_count(tracker.twice, 'number', 'numbers')} of requests {verb} in more than one row. "
            "Each row is counted."
        )
    if tracker.due_stated:
        rows = _count(tracker.due_stated, "request", "requests")
        notes.append(
            f"The log gives a day of its own for the answer to {rows}; for {tracker.due_agrees:,} "
            "it is the day that is counted here."
        )
    unread = sum(f.count for f in tracker.forms if f.form is DateForm.UNREADABLE)
    if unread:
        notes.append(f"{_count(unread, 'date', 'dates')} could not be read as a day.")
    return notes


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _day(day: dt.date | None) -> str:
    return day_words(day.isoformat()) if day else ""


def _days(count: int) -> str:
    return _count(count, "day", "days")


def _state(step: Step) -> str:
    if step.state is State.OVERDUE:
        return f"Overdue by {_days(step.late)}"
    if step.state is State.ANSWERED:
        return f"Answered {_days(step.late)} late" if step.late else "Answered"
    return step.state.capitalize()


def _view(item: LoggedRequest, titles: Mapping[str, str]) -> RequestView:
    step, appeal = item.request, item.appeal
    return RequestView(
        number=item.number,
        subject=item.subject,
        agency=item.agency,
        state=_state(step) + (f"; appeal {_state(appeal).lower()}" if appeal else ""),
        kind=_kind(step, appeal),
        started=_day(step.started),
        due=_day(step.due),
        answered=_day(step.answered),
        days_late=f"{step.late:,}" if step.late else "",
        facts=tuple(_facts(item, titles)),
    )


def _kind(step: Step, appeal: Step | None) -> str:
    """The request's own state, or what is worse about its appeal."""
    if appeal and appeal.state is State.OVERDUE:
        return "bad"
    if appeal and appeal.state in (State.OPEN, State.WAITING) and step.state is not State.OVERDUE:
        return "open"
    return "late" if step.state is State.ANSWERED and step.late else _KINDS[step.state]


def _facts(item: LoggedRequest, titles: Mapping[str, str]) -> list[RequestFact]:
    step, appeal = item.request, item.appeal
    due = _day(step.due)
    if step.due and item.extended:
        due += ", with 10 working days more for unusual circumstances"
    if step.due and item.due_written and item.due_written != step.due:
        due += f" (the log says {_day(item.due_written)})"
    answered = _day(step.answered)
    if item.took is not None:
        answered += f", after {_count(item.took, 'working day', 'working days')}"
    facts = [
        ("Agency", item.agency),
        ("Fields asked for", item.asked),
        (_BASES.get(item.basis, "Received"), _day(step.started)),
        ("Acknowledged", _day(item.acknowledged)),
        ("Expedited processing", _expedited(item)),
        ("Answer due", due),
        ("Answered", answered),
        ("Status in the log", _STATUSES.get(item.status.lower(), item.status)),
        ("Withheld under", "; ".join(item.exemptions)),
        ("Appealed", _day(appeal.started) if appeal else ""),
        ("Appeal due", _day(appeal.due) if appeal else ""),
        ("Appeal", _appeal(appeal) if appeal else ""),
        ("Court", " ".join(filter(None, (item.court, item.docket)))),
    ]
    told = [RequestFact(label, text) for label, text in facts if text]
    if item.documents:
        told.append(RequestFact("Papers", "", item.documents))
    if item.released_into:
        title = titles.get(item.released_into, "")
        target = dataset_page(item.released_into) if title else ""
        told.append(RequestFact("Released into", title or item.released_into, target=target))
    return told


def _expedited(item: LoggedRequest) -> str:
    if not item.expedited:
        return ""
    start = item.request.started
    return (
        f"asked for; a decision on that was due on {_day(expedited_due(start))}"
        if start
        else "asked for"
    )


def _appeal(appeal: Step) -> str:
    text = _state(appeal)
    return f"{text} ({_day(appeal.answered)})" if appeal.answered else text


def _exemption(code: str, count: int) -> ExemptionLine:
    known = find_exemption(code)
    return ExemptionLine(code, known.short if known else "", count)


def _agency(item: AgencyTime, as_of: str) -> AgencyLine:
    took, days = item.took, item.days
    quartiles = took is not None and took.low is not None and took.high is not None
    return AgencyLine(
        agency=item.agency or "not named",
        requests=item.requests,
        answered=item.answered,
        unanswered=item.unanswered,
        overdue=f"{item.overdue:,}" if as_of else "–",
        in_time=f"{item.in_time:,} of {item.timed:,}" if item.timed else "–",
        median=_number(took.median) if took else "–",
        middle=f"{_number(took.low)} to {_number(took.high)}" if took and quartiles else "–",
        days=_number(days.median) if days else "–",
    )


def _number(value: float | None) -> str:
    """A number of days with at most one decimal, halves upward."""
    tenths = int((value or 0) * 10 + 0.5)
    return f"{tenths // 10:,}" if tenths % 10 == 0 else f"{tenths / 10:,.1f}"
