"""Pages of requests: open and overdue ones, the time to answer, and a letter to send."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.paths import dataset_page
from plainrecord.core.plurals import begin_sentence
from plainrecord.core.translation import _, to_translate
from plainrecord.law.exemptions import read_exemptions
from plainrecord.law.foia import find_exemption
from plainrecord.law.workdays import expedited_due
from plainrecord.model.counts import LinkedNumber, Sentence, Shown, count_shown, say, show
from plainrecord.model.freshness import day_words
from plainrecord.model.log_dates import DateForm
from plainrecord.model.products import ReleasedDataset
from plainrecord.model.requests import (
    AgencyTime,
    LoggedRequest,
    Milestone,
    RequestState,
    Tracker,
    word_days,
)
from plainrecord.pages.portal_context import Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts
from plainrecord.pages.request_letters import LetterElement
from plainrecord.pages.requests_context import (
    AgencyLine,
    ExemptionLine,
    FormLine,
    LetterContext,
    LogView,
    ReceiptLine,
    RequestFact,
    RequestsContext,
    RequestView,
    StateLine,
)

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
_AFTER_STATES = 2 + len(RequestState)  # the column of overdue appeals in the table of totals
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
    shell: Shells,
    home: Place,
    releases: Sequence[ReleasedDataset],
    elements: Sequence[LetterElement],
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
    page = shell(REQUESTS.target, title, about, (home,), synthetic=synthetic, receipts=receipts)
    about = _("A letter that asks an agency for records, field by field, to print or copy.")
    letter = shell(LETTER.target, _(LETTER.title), about, (home, REQUESTS))
    return [
        Page(REQUESTS.target, "requests.html", RequestsContext(page, logs, LETTER.target)),
        Page(LETTER.target, "letter.html", LetterContext(letter, tuple(elements), REQUESTS)),
    ]


@dataclass(frozen=True, slots=True)
class RequestPages:
    """Where the numbers of a log come from: its tables of counts, or only the build."""

    tracker: Tracker

    def show(self, table: str, cells: str, otherwise: object) -> Shown:
        """The number in `cells` of a table; `otherwise`, unmarked, if there is none."""
        counted = self.tracker.table(table)
        if counted is not None:
            return show(counted, cells)
        text = f"{otherwise:,}" if isinstance(otherwise, int) else str(otherwise)
        return LinkedNumber(text, "", "")


def describe_log(release: ReleasedDataset, tracker: Tracker, titles: Mapping[str, str]) -> LogView:
    """One log for its readers; `titles` are those of the portal's datasets by their names."""
    few = tracker.rows <= MOST_CARDS
    book = RequestPages(tracker)
    views = tuple(
        _view(item, titles, book, row, few) for row, item in enumerate(tracker.requests, 1)
    )
    all_rows = book.show("totals", "1.1", tracker.rows)
    return LogView(
        tracker=tracker,
        dataset=dataset_page(tracker.dataset),
        as_of=day_words(tracker.as_of),
        synthetic=release.package.synthetic,
        rows=say((all_rows, _(" request") if tracker.rows == 1 else _(" requests"))),
        states=_states(tracker, book),
        cards=views if few else (),
        lines=() if few else views,
        shown=book.show("totals", f"1.{_AFTER_STATES + 5}", len(views))
        if tracker.left_out
        else None,
        left_out=book.show("totals", f"1.{_AFTER_STATES + 6}", tracker.left_out)
        if tracker.left_out
        else None,
        agencies=tuple(
            _agency(item, tracker.as_of, book, row) for row, item in enumerate(tracker.agencies, 1)
        ),
        exemptions=tuple(_exemption(code, count, book) for code, count in tracker.exemptions),
        forms=tuple(
            FormLine(_(_DATES[f.element]), f.form, book.show("forms", f"{row}.3", f.count))
            for row, f in enumerate(tracker.forms, 1)
        ),
        notes=tuple(map(say, _notes(tracker, book))),
        receipts=tuple(
            ReceiptLine(_(_RECEIPTS[table.id.rsplit(".", 1)[-1]]), table.id, table.receipt)
            for table in tracker.counted
        ),
    )


def _states(tracker: Tracker, book: RequestPages) -> tuple[StateLine, ...]:
    """The states of the requests, and the overdue appeals."""
    places = {state: f"1.{column}" for column, state in enumerate(RequestState, 2)}
    lines = [
        StateLine(state, book.show("totals", places[state], count), _KINDS[state])
        for state, count in tracker.states
    ]
    if tracker.appeals_overdue:
        one = tracker.appeals_overdue == 1
        words = _("appeal open and overdue") if one else _("appeals open and overdue")
        overdue = book.show("totals", f"1.{_AFTER_STATES}", tracker.appeals_overdue)
        lines.append(StateLine(words, overdue, "bad"))
    return tuple(lines)


def _notes(tracker: Tracker, book: RequestPages) -> Iterator[Sentence]:
    def number(place: int, count: int) -> Shown:
        return book.show("totals", f"1.{_AFTER_STATES + place}", count)

    if tracker.reversed:
        one = tracker.reversed == 1
        yield (
            number(1, tracker.reversed),
            _(" request has") if one else _(" requests have"),
            _(" an answer dated before it was made")
            if one
            else _(" an answer dated before they were made"),
            _("; it is not included in the times.")
            if one
            else _("; they are not included in the times."),
        )
    if tracker.twice:
        yield (
            number(2, tracker.twice),
            _(" request number appears") if tracker.twice == 1 else _(" request numbers appear"),
            _(" in more than one row. Each row is counted."),
        )
    if tracker.due_stated:
        yield (
            _("The log gives its own due date for "),
            number(3, tracker.due_stated),
            _(" request; for ") if tracker.due_stated == 1 else _(" requests; for "),
            number(4, tracker.due_agrees),
            _(" it is the date computed here."),
        )
    unread = [n for n, f in enumerate(tracker.forms, 1) if f.form is DateForm.UNREADABLE]
    if unread:
        count = sum(tracker.forms[n - 1].count for n in unread)
        yield (
            book.show("forms", "+".join(f"{n}.3" for n in unread), count),
            _(" date could not be read.") if count == 1 else _(" dates could not be read."),
        )


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
    item: LoggedRequest, titles: Mapping[str, str], book: RequestPages, row: int, card: bool
) -> RequestView:
    step, appeal = item.request, item.appeal
    late, none = book.show("listed", f"{row}.3", step.late), LinkedNumber("–", "", "")
    state = _state(step, late)
    if appeal:
        appeal_late = book.show("listed", f"{row}.6", appeal.late)
        state = (*state, _("; appeal "), *_state(appeal, appeal_late, first=False))
    return RequestView(
        item=item,
        state=say(state),
        kind=_kind(step, appeal),
        started=_day(step.started),
        due=_day(step.due),
        answered=_day(step.answered),
        took=none if item.took is None else book.show("listed", f"{row}.4", item.took),
        days_late=late if step.late else none,
        facts=tuple(_facts(item, titles, book, row)) if card else (),
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
    item: LoggedRequest, titles: Mapping[str, str], book: RequestPages, row: int
) -> list[RequestFact]:
    step, appeal = item.request, item.appeal
    due = _day(step.due)
    if step.due and item.extended:
        due += _(", including 10 more working days for unusual circumstances")
    if step.due and item.due_written and item.due_written != step.due:
        due += _(" (the log says {due_written})").format(due_written=_day(item.due_written))
    answered: str | Markup = _day(step.answered)
    if item.took is not None:
        took = book.show("listed", f"{row}.4", item.took)
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
        (_("Appeal"), _appeal(appeal, book, row) if appeal else ""),
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


def _appeal(appeal: Milestone, book: RequestPages, row: int) -> Markup:
    state = _state(appeal, book.show("listed", f"{row}.6", appeal.late))
    return say((*state, f" ({_day(appeal.answered)})") if appeal.answered else state)


def _exemption(code: str, count: int, book: RequestPages) -> ExemptionLine:
    """An exemption and all requests whose text cites it, in any spelling."""
    known = find_exemption(code)
    table = book.tracker.table("exemptions")
    rows = enumerate(table.rows, 1) if table else ()
    cells = "+".join(f"{n}.2" for n, row in rows if code in read_exemptions(str(row[0])))
    return ExemptionLine(code, known.short if known else "", book.show("exemptions", cells, count))


def _agency(item: AgencyTime, as_of: str, book: RequestPages, row: int) -> AgencyLine:
    took, days = item.took, item.days
    none = LinkedNumber("–", "", "")

    def number(place: int, otherwise: object) -> Shown:
        return book.show("agencies", f"{row}.{place}", otherwise)

    middle: Sentence = (none,)
    if took and took.low is not None and took.high is not None:
        middle = (number(9, word_days(took.low)), _(" to "), number(10, word_days(took.high)))
    timed: Sentence = (number(6, item.in_time), _(" of "), number(7, item.timed))
    return AgencyLine(
        agency=item.agency or _("not named"),
        requests=number(2, item.requests),
        answered=number(3, item.answered),
        unanswered=number(4, item.unanswered),
        overdue=number(5, item.overdue) if as_of else none,
        in_time=say(timed if item.timed else (none,)),
        median=number(8, word_days(took.median)) if took else none,
        middle=say(middle),
        days=number(11, word_days(days.median)) if days else none,
    )
