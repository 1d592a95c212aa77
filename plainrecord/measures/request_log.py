"""A released table read as a log of requests: what is open, how long answers took, on what ground.

The days by which an answer is due are those of 5 U.S.C. 552(a)(6), counted by `workdays`. Nothing
is told as of a clock: the day on which a log was true is given, and where it is not stated no
request is called overdue.
"""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import quantiles

import duckdb

from plainrecord.core.plurals import count_noun
from plainrecord.findings.finding import Finding, Findings
from plainrecord.law.exemptions import read_exemptions
from plainrecord.law.workdays import answer_due, appeal_due, count_workdays
from plainrecord.measures.request_log_queries import HELD, WITHHELD, LogDialect, cell_sql, count_log
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.freshness import parse_day
from plainrecord.model.log_dates import FIRST, DateForm, LogDate, read_log_date
from plainrecord.model.requests import (
    CLOSED,
    DATES,
    STARTS,
    UNSTATED,
    YES,
    AgencyTime,
    FormCount,
    LoggedRequest,
    Milestone,
    Percentiles,
    RequestState,
    Tracker,
)
from plainrecord.receipts.engine import identifier

MOST_ROWS = 500_000
MOST_SHOWN = 100
"""Requests with a line of their own."""

_PERSON = re.compile(r"request[eo]r(?!.*(?:category|type|class|state|country))", re.IGNORECASE)


def track_requests(
    connection: duckdb.DuckDBPyConnection,
    log: RequestLog,
    published: PublishedTable,
    title: str,
    as_of: str,
    base_url: str = "",
) -> Tracker | tuple[Finding, ...]:
    """What the published table says as a log (as of `as_of` if unstated), or why not."""
    table = published.table
    fields = {field.name: field for field in table.fields}
    problems = Findings(dataset=table.dataset)
    for element, name in log.fields:
        if name not in fields:
            found = f"{element} is in the field {name!r}, which is not released"
            expected = f"one of {', '.join(fields)}"
            problems.add("requests-field-unknown", found, expected, field=name)
    for name in filter(_PERSON.search, fields):
        found = f"the field {name!r} of the table {table.resource}"
        problems.add("requester-published", found, "no field that names who asked", field=name)
    if table.threshold:
        found = f"the policy has a threshold of {table.threshold}"
        problems.add("requests-protected", found, "no threshold: requests are shown one by one")
    if table.rows > MOST_ROWS:
        found = count_noun(table.rows, "row")
        problems.add("requests-too-many", found, f"at most {MOST_ROWS:,}")
    if problems:
        return tuple(problems)
    elements = [element for element, _ in log.fields]
    cells = ", ".join(cell_sql(fields[name]) for _, name in log.fields)
    relation = f"{identifier(table.dataset)}.{identifier(table.resource)}"
    values = connection.execute(f"SELECT {cells} FROM {relation} ORDER BY ALL").fetchall()
    rows = [dict(zip(elements, row, strict=True)) for row in values]
    day = "" if log.as_of == UNSTATED else log.as_of or as_of
    tracker = summarise_log(
        rows, published, title, log.agency, parse_day(day) if day else None, elements
    )
    return count_log(connection, log, published, tracker, _detect_dialect(rows, elements), base_url)


def _detect_dialect(rows: Sequence[Mapping[str, str]], elements: Sequence[str]) -> LogDialect:
    """How the log is written. Of a log without a day the years are those of its first possible day."""
    dates = [element for element in (*DATES, "unusual_circumstances") if element in elements]
    texts = {row[element].strip() for row in rows for element in dates}
    read = set(map(_read_date, texts))
    years = {date.day.year for date in read if date.day is not None} or {FIRST.year}
    ragged = {e for row in rows for e in elements if row[e] != row[e].strip()}
    forms = frozenset(date.form for date in read)
    return LogDialect((min(years), max(years)), forms, frozenset(ragged))


def summarise_log(
    rows: Sequence[Mapping[str, str]],
    published: PublishedTable,
    title: str,
    agency: str,
    as_of: dt.date | None,
    elements: Iterable[str],
) -> Tracker:
    """The log whose rows hold the text of each element, as of a day."""
    table = published.table
    dates = [{e: _read_date(row[e]) for e in DATES if e in row} for row in rows]
    requests = [read_request(row, day, agency, as_of) for row, day in zip(rows, dates, strict=True)]
    states = Counter(item.request.state for item in requests)
    cited = Counter(text for item in requests for text in item.exemptions)
    forms = [
        FormCount(element, form, count)
        for element in DATES
        if element in set(elements)
        for form, count in sorted(
            Counter(d[element].form for d in dates if element in d).items(), key=_common
        )
    ]
    numbers = Counter(item.number for item in requests if item.number)
    listed = sorted(requests, key=_urgency)
    stated = [item for item in requests if item.due_written and item.request.started]
    return Tracker(
        dataset=table.dataset,
        resource=table.resource,
        title=title,
        path=published.path,
        sha256=published.sha256,
        as_of=as_of.isoformat() if as_of else "",
        rows=len(requests),
        requests=tuple(listed[:MOST_SHOWN]),
        left_out=len(listed[MOST_SHOWN:]),
        states=tuple((state, states[state]) for state in RequestState if states[state]),
        agencies=_agencies(requests),
        exemptions=tuple(sorted(cited.items(), key=_common)),
        forms=tuple(forms),
        reversed=sum(
            item.request.started is not None
            and item.request.answered is not None
            and item.request.answered < item.request.started
            for item in requests
        ),
        twice=sum(count > 1 for count in numbers.values()),
        appeals_overdue=sum(
            item.appeal is not None and item.appeal.state is RequestState.OVERDUE
            for item in requests
        ),
        due_stated=len(stated),
        due_agrees=sum(item.due_written == item.request.due for item in stated),
    )


def _common(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]


def _urgency(item: LoggedRequest) -> tuple[int, int, dt.date, str]:
    order = list(RequestState).index(item.request.state)
    late = max(item.request.late, item.appeal.late if item.appeal else 0)
    return order, -late, item.request.started or dt.date.max, item.number


def _read_date(text: str) -> LogDate:
    return LogDate(None, DateForm.WITHHELD) if text == WITHHELD else read_log_date(text)


def read_request(
    row: Mapping[str, str], dates: Mapping[str, LogDate], agency: str, as_of: dt.date | None
) -> LoggedRequest:
    """One row of a log, its dates already read; texts lose the blanks at their ends."""

    def text(element: str) -> str:
        return row.get(element, "").replace(WITHHELD, HELD).strip()

    def day(element: str) -> dt.date | None:
        return dates[element].day if element in dates else None

    basis = next((element for element in STARTS if day(element)), "")
    started = day(basis) if basis else None
    extended = _is_yes(text("unusual_circumstances"))
    status = text("status")
    due = answer_due(started, extended=extended) if started else day("date_due")
    request = _step(started, due, dates.get("date_completed"), as_of, status.lower() in CLOSED)
    timed = started is not None and request.answered is not None and request.answered >= started
    appealed = day("date_appealed")
    appeal = None
    if appealed:
        appeal = _step(appealed, appeal_due(appealed), dates.get("date_appeal_completed"), as_of)
    return LoggedRequest(
        number=text("request_id"),
        agency=text("agency") or agency,
        subject=text("subject"),
        asked=text("fields_requested"),
        request=request,
        basis=basis,
        acknowledged=day("date_acknowledged"),
        due_written=day("date_due"),
        extended=extended,
        expedited=_is_yes(text("expedited")),
        took=count_workdays(started, request.answered)
        if timed and started and request.answered
        else None,
        days=(request.answered - started).days if timed and started and request.answered else None,
        status=status,
        exemptions=read_exemptions(text("exemptions_cited")),
        appeal=appeal,
        court=text("court"),
        docket=text("docket"),
        documents=tuple(text("documents").split()),
        released_into=text("released_into"),
    )


def _is_yes(text: str) -> bool:
    """Whether a cell says yes, as a word or as the day of the notice."""
    return text.lower() in YES or read_log_date(text).day is not None


def _step(
    started: dt.date | None,
    due: dt.date | None,
    completed: LogDate | None,
    as_of: dt.date | None,
    closed: bool = False,
) -> Milestone:
    answered = completed.day if completed else None
    if answered:
        late = (answered - due).days if due else 0
        return Milestone(RequestState.ANSWERED, started, due, answered, max(late, 0))
    if closed:
        return Milestone(RequestState.CLOSED, started, due, None)
    if completed is not None and not completed.absent:
        return Milestone(RequestState.UNCLEAR, started, due, None)
    if due is None or as_of is None:
        return Milestone(RequestState.WAITING, started, due, None)
    late = (as_of - due).days
    return Milestone(
        RequestState.OVERDUE if late > 0 else RequestState.OPEN, started, due, None, max(late, 0)
    )


def _agencies(requests: Sequence[LoggedRequest]) -> tuple[AgencyTime, ...]:
    """Every agency, the one with the most requests first."""
    groups: dict[str, list[LoggedRequest]] = defaultdict(list)
    for item in requests:
        groups[item.agency].append(item)
    return tuple(
        _time_agency(agency, items)
        for agency, items in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    )


def _time_agency(agency: str, items: Sequence[LoggedRequest]) -> AgencyTime:
    states = Counter(item.request.state for item in items)
    timed = [item for item in items if item.took is not None]
    return AgencyTime(
        agency=agency,
        requests=len(items),
        answered=states[RequestState.ANSWERED],
        unanswered=states[RequestState.OVERDUE]
        + states[RequestState.OPEN]
        + states[RequestState.WAITING],
        overdue=states[RequestState.OVERDUE],
        timed=len(timed),
        in_time=sum(item.request.late == 0 for item in timed),
        took=measure_spread([item.took for item in timed if item.took is not None]),
        days=measure_spread([item.days for item in timed if item.days is not None]),
    )


def measure_spread(numbers: Sequence[float]) -> Percentiles | None:
    """The median and quartiles of `numbers`; None where there are none."""
    if not numbers:
        return None
    if len(numbers) == 1:
        return Percentiles(1, numbers[0], None, None)
    low, middle, high = quantiles(numbers, n=4, method="inclusive")
    few = len(numbers) < 4
    return Percentiles(len(numbers), middle, None if few else low, None if few else high)
