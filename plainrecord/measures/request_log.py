"""A released table read as a log of requests: what is open, how long answers took, on what ground.

Answers are due after the days that 5 U.S.C. 552(a)(6) allows. No result depends on the clock: the
log states the day of which it is true, and without that day no request is called overdue. A receipt holds all of the reading: how a date was
written, which days are working days, when an answer was due.
"""

import calendar
import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from plainrecord.core.plurals import count_noun
from plainrecord.findings.finding import Finding, Findings
from plainrecord.law.exemptions import read_exemptions
from plainrecord.law.workdays import ANSWER_DAYS, EXTENSION_DAYS, LAST_YEAR, federal_holidays
from plainrecord.model.counts import CountTable
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.freshness import parse_day
from plainrecord.model.packages import Field, MissingKind
from plainrecord.model.requests import (
    CLOSED,
    DATES,
    ELEMENTS,
    STARTS,
    UNSTATED,
    YES,
    DateForm,
    LoggedRequest,
    Milestone,
    RequestState,
    Tracker,
)
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.query import fetch_rows

MOST_ROWS = 500_000
MOST_SHOWN = 100
"""Requests with a line of their own."""

MOST_EXEMPTIONS = 2_000
"""Different texts that cite exemptions: a number made of more cells is beyond what a page can say."""

_PERSON = re.compile(r"request[eo]r(?!.*(?:category|type|class|state|country))", re.IGNORECASE)


def track_requests(
    connection: duckdb.DuckDBPyConnection,
    log: RequestLog,
    published: PublishedTable,
    title: str,
    as_of: str,
) -> Tracker | tuple[Finding, ...]:
    """What the published table says as a log (as of `as_of` if unstated), or why not."""
    table = published.table
    if problems := _find_problems(log, published):
        return problems
    day = "" if log.as_of == UNSTATED else log.as_of or as_of
    true_on = parse_day(day) if day else None
    queries = LogQueries(
        log,
        published,
        true_on,
        detect_dialect(connection, log, published),
        min(table.rows, MOST_SHOWN) or 1,
        table.rows > MOST_SHOWN,
    )
    dated = bool(table.rows and log.fields.keys() & {*DATES})
    cited = fetch_rows(connection, table.dataset, queries.exemptions())
    exemptions: Counter[str] = Counter()
    for text, count in cited:
        exemptions.update(dict.fromkeys(read_exemptions(text), count))
    few = len(cited) <= MOST_EXEMPTIONS
    tables = (
        ("totals", "all requests", queries.totals(), True),
        ("listed", "requests with a line of their own", queries.listed(), True),
        ("agencies", "time to answer by agency", queries.agencies(), True),
        ("exemptions", "exemptions cited", queries.exemptions(), exemptions and few),
        ("forms", "forms of dates", queries.forms() if dated else "", dated),
    )
    counter = CountQueries(connection, table.dataset, (published,), table.unit, 0)
    counted: list[CountTable] = [
        counter.run(f"requests.{name}", f"{title}: {words}", sql)
        for name, words, sql, there in tables
        if there
    ]
    requests = fetch_rows(connection, table.dataset, queries.requests())
    return Tracker(
        dataset=table.dataset,
        title=title,
        path=published.path,
        sha256=published.sha256,
        as_of=true_on.isoformat() if true_on else "",
        requests=tuple(_read_request(request) for (request,) in requests),
        exemptions=tuple(sorted(exemptions.items(), key=lambda item: (-item[1], item[0]))),
        counted=tuple(counted),
        uncounted="" if few else f"exemptions are cited in {len(cited):,} different texts",
    )


def _find_problems(log: RequestLog, published: PublishedTable) -> tuple[Finding, ...]:
    """Why the table cannot be shown as a log."""
    table = published.table
    fields = {field.name: field for field in table.fields}
    problems = Findings(dataset=table.dataset)
    for element, name in log.fields.items():
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
    return tuple(problems)


def _read_request(row: Mapping[str, Any]) -> LoggedRequest:
    """A request as `LogQueries.requests` gives it."""

    def text(element: str) -> str:
        return row.get(element) or ""

    expedited = text("expedited").lower() in YES or row.get("expedited_on") is not None
    appeal = None
    if row["appeal_state"]:
        appeal = Milestone(
            RequestState(row["appeal_state"]),
            row["appealed"],
            row["appeal_due"],
            row["appeal_answered"],
            row["appeal_late"],
        )
    return LoggedRequest(
        number=text("number"),
        agency=text("agency"),
        subject=text("subject"),
        asked=text("fields_requested"),
        request=Milestone(
            RequestState(row["state"]), row["started"], row["due"], row["answered"], row["late"]
        ),
        basis=next((element for element in STARTS if row[element]), ""),
        acknowledged=row["date_acknowledged"],
        due_written=row["due_written"],
        extended=row["extended"],
        expedited=expedited,
        took=row["took"],
        status=text("status"),
        exemptions=read_exemptions(text("exemptions_cited")),
        appeal=appeal,
        court=text("court"),
        docket=text("docket"),
        documents=tuple(text("documents").split()),
        released_into=text("released_into"),
    )


FIRST, LAST = dt.date(1966, 7, 4), dt.date(2099, 12, 31)
"""Days that can occur in a log: the Act was signed on 4 July 1966."""
LONGEST = 40
"""Characters of the longest text that can be a date."""
NOT_YET = {"-", "--", "–", "—", "n/a", "na", "none", "open", "pending", "tbd"}

WITHHELD = "\x00"  # no cell of a published table holds it
HELD = "withheld"
_TEXTS = ("request_id", "agency", "status", "unusual_circumstances", "exemptions_cited")
_USED = (*_TEXTS, *DATES)
_BLANK = r"[\s\v\pZ\x{1c}-\x{1f}\x{85}]"  # what Python takes for a blank
_ENDS = f"^{_BLANK}+|{_BLANK}+$"
_CLOCK = r"(?:[T ][\s\v]*\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?[\s\v]*(?:[AP]\.?M\.?|Z)?)?"
_FORMS = tuple(
    (form, f"(?i)^{pattern}{'' if form is DateForm.SERIAL else _CLOCK}$", days)
    for form, pattern, days in (
        (DateForm.SERIAL, r"(\d{5})(?:\.\d{1,12})?", r"\1"),
        (DateForm.ISO, r"(\d{4})-(\d{1,2})-(\d{1,2})", r"\1-\2-\3"),
        (DateForm.COMPACT, r"((?:19|20)\d\d)(\d\d)(\d\d)", r"\1-\2-\3"),
        (DateForm.AMERICAN, r"(\d{1,2})/(\d{1,2})/(\d{4})", r"\3-\1-\2"),
        (DateForm.AMERICAN, r"(\d{1,2})-(\d{1,2})-(\d{4})", r"\3-\1-\2"),
        (DateForm.SHORT, r"(\d{1,2})/(\d{1,2})/(6[6-9]|[7-9]\d)", r"19\3-\1-\2"),
        (DateForm.SHORT, r"(\d{1,2})/(\d{1,2})/(\d\d)", r"20\3-\1-\2"),
        (DateForm.SHORT, r"(\d{1,2})-(\d{1,2})-(6[6-9]|[7-9]\d)", r"19\3-\1-\2"),
        (DateForm.SHORT, r"(\d{1,2})-(\d{1,2})-(\d\d)", r"20\3-\1-\2"),
        (DateForm.NAMED, r"([a-z]{3,9})\.?[\s\v]+(\d{1,2}),?[\s\v]+(\d{4})", r"\3-\1-\2"),
        (DateForm.NAMED, r"(\d{1,2})[\s\v-]([a-z]{3,9})\.?[\s\v-](\d{4})", r"\3-\2-\1"),
    )
)
"""How a form is written, and the year, month and day in it. The Act is from 1966, so that two digits
name one year until 2065; serials are of the 1900 date system, right from March 1900 on."""
_MONTHS = tuple(name.lower() for name in calendar.month_name[1:])


def cell_sql(field: Field) -> str:
    """A cell as text, its mark where it is absent; a withheld one as `WITHHELD`."""
    text = f"CAST({identifier(field.name)} AS VARCHAR)"
    if not field.marks_apart:
        withheld = any(m.kind is MissingKind.WITHHELD for m in field.missing_values)
        return f"coalesce({text}, {_char() if withheld else literal('')})"
    mark = identifier(field.mark_column)
    held = [m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD]
    masked = f"CASE WHEN {mark} IN ({', '.join(map(literal, held))}) THEN {_char()} ELSE {mark} END"
    return f"coalesce({text}, {masked if held else mark}, '')"


def _char() -> str:
    return f"chr({ord(WITHHELD)})"


@dataclass(frozen=True, slots=True)
class LogDialect:
    """How a log is written: first and last year, forms of dates, elements with blanks."""

    years: tuple[int, int]
    forms: frozenset[DateForm]
    ragged: frozenset[str]


@dataclass(frozen=True, slots=True)
class LogQueries:
    """The queries of a log as of a day or none; `most_shown` requests have a line.

    A `whole` reading has the elements that only the line of a request shows, too.
    """

    log: RequestLog
    published: PublishedTable
    as_of: dt.date | None
    manner: LogDialect
    most_shown: int
    more: bool
    whole: bool = False

    def totals(self) -> str:
        """One row: all requests, each state in the order of `RequestState`, overdue appeals, answers
        before the request, numbers that stand in more rows than one, days that the log gives for
        the answer: all, and those that agree; and where not all requests have a line, how many have
        one, and how many have none."""
        states = [
            f"count(*) FILTER (state = {literal(s)}) AS {identifier(s)}" for s in RequestState
        ]
        twice = (
            "SELECT count(*) FROM (SELECT number FROM settled WHERE number <> '' "
            "GROUP BY number HAVING count(*) > 1)"
        )
        columns = [
            "count(*) AS requests",
            *states,
            f"count(*) FILTER (appeal_state = {literal(RequestState.OVERDUE)}) AS appeals_overdue",
            "count(*) FILTER (answered < started) AS answered_before",
            f"({twice}) AS numbers_twice",
            "count(*) FILTER (started IS NOT NULL AND due_written IS NOT NULL) AS due_stated",
            "count(*) FILTER (started IS NOT NULL AND due_written = due) AS due_agrees",
        ]
        if self.more:
            columns.append(f"least(count(*), {self.most_shown}) AS listed")
            columns.append(f"count(*) - {self.most_shown} AS left_out")
        return f"{self._settled()}\nSELECT {', '.join(columns)} FROM settled"

    def agencies(self) -> str:
        """A row for each agency, the one with the most requests first: its name, requests,
        answered, not answered, overdue, answered in time, timed; and as texts the median of
        working days, the quartiles around it, and the median of calendar days."""
        open_states = ", ".join(
            map(literal, (RequestState.OVERDUE, RequestState.OPEN, RequestState.WAITING))
        )
        timed = "FILTER (took IS NOT NULL)"
        return (
            f"{self._settled()},\nspread AS (SELECT agency, count(*) AS requests, "
            f"count(*) FILTER (state = {literal(RequestState.ANSWERED)}) AS answered, "
            f"count(*) FILTER (state IN ({open_states})) AS unanswered, "
            f"count(*) FILTER (state = {literal(RequestState.OVERDUE)}) AS overdue, "
            "count(*) FILTER (took IS NOT NULL AND late = 0) AS in_time, "
            f"count(*) {timed} AS timed, quantile_cont(took::DOUBLE, 0.5) {timed} AS middle, "
            f"quantile_cont(took::DOUBLE, 0.25) {timed} AS low, "
            f"quantile_cont(took::DOUBLE, 0.75) {timed} AS high, "
            f"quantile_cont(days::DOUBLE, 0.5) {timed} AS days FROM settled GROUP BY agency)\n"
            "SELECT agency, requests, answered, unanswered, overdue, in_time, timed, "
            f"{_worded('middle')} AS median, CASE WHEN timed > 3 THEN {_worded('low')} END AS low, "
            f"CASE WHEN timed > 3 THEN {_worded('high')} END AS high, {_worded('days')} AS days "
            "FROM spread ORDER BY requests DESC, agency"
        )

    def exemptions(self) -> str:
        """A row for each different text that cites exemptions, and in how many requests."""
        return (
            f"{self._written()}\nSELECT exemptions_cited, count(*) AS requests FROM written "
            "WHERE exemptions_cited <> '' GROUP BY 1 ORDER BY 1"
        )

    def forms(self) -> str:
        """A row for each date element and form in which it was written, and how many rows."""
        dates = [element for element in DATES if element in self._elements()]
        order = " ".join(f"WHEN {literal(e)} THEN {n}" for n, e in enumerate(dates))
        return (
            f"{self._written()},\n{self._read(dates)}\nSELECT element, form, count(*) AS rows "
            f"FROM read GROUP BY 1, 2 ORDER BY CASE element {order} END, 3 DESC, 2"
        )

    def listed(self) -> str:
        """A row for each request with a line of its own, the most urgent first: number, state, days
        late, working days until the answer, state and days late of the appeal, and the days of
        receipt, of the due answer and of the answer."""
        return (
            f"{self._settled()}\nSELECT number, state, late, took, appeal_state, appeal_late, "
            f"started, due, answered FROM settled {self._most_urgent()}"
        )

    def requests(self) -> str:
        """A struct for each row of `listed`, with what else the log says of it; for no receipt."""
        given = self._elements()
        days = [f"days.{element}" for element in (*STARTS, "date_acknowledged")]
        days += ["days.expedited AS expedited_on"] if "expedited" in given else []
        texts = [f"written.{identifier(e)}" for e in given if e not in (*DATES, "agency")]
        any_form = replace(_ANY_DIALECT, years=self.manner.years)
        return (
            f"{replace(self, manner=any_form, whole=True)._settled()}\nSELECT request FROM (SELECT "
            f"settled.*, {', '.join([*days, *texts])} FROM settled JOIN days USING (entry) "
            f"JOIN written USING (entry) {self._most_urgent()}) AS request"
        )

    def detect(self) -> str:
        """A row for each form of a date in the log, with the first and last year; for no receipt."""
        return (
            f"{self._written()},\n{self._read(replace(self, whole=False).dated())}\n"
            "SELECT form, min(year(day)), max(year(day)) FROM read GROUP BY 1"
        )

    def _most_urgent(self) -> str:
        order = " ".join(f"WHEN {literal(state)} THEN {n}" for n, state in enumerate(RequestState))
        return (
            f"ORDER BY CASE state {order} END, "
            "greatest(late, coalesce(appeal_late, 0)) DESC, started NULLS LAST, number, entry "
            f"LIMIT {self.most_shown}"
        )

    def _elements(self) -> tuple[str, ...]:
        return tuple(self.log.fields)

    def dated(self) -> tuple[str, ...]:
        """The elements in which a date can stand."""
        dates = (*DATES, "unusual_circumstances", *(["expedited"] if self.whole else []))
        return tuple(element for element in dates if element in self._elements())

    def _written(self) -> str:
        """Every row with a number of its own and its texts, blanks at their ends left out."""
        fields = {field.name: field for field in self.published.table.fields}
        cells = {e: cell_sql(fields[name]) for e, name in self.log.fields.items()}
        held = _char()
        texts = []
        for element in (e for e in cells if self.whole or e in _USED):
            text = name = identifier(element)
            if element not in DATES and held in cells[element]:
                text = f"replace({text}, {held}, {literal(HELD)})"
            if element in self.manner.ragged:
                text = f"regexp_replace({text}, {literal(_ENDS)}, '', 'g')"
            texts.append(name if text == name else f"{text} AS {name}")
        absent = [f"'' AS {identifier(e)}" for e in _TEXTS if e not in cells]
        order = ", ".join(map(identifier, cells))
        raw = ", ".join(f"{cell} AS {identifier(e)}" for e, cell in cells.items())
        return (
            f"WITH written AS MATERIALIZED (SELECT row_number() OVER (ORDER BY {order}) AS entry, "
            f"{', '.join([*texts, *absent])} FROM (SELECT {raw} FROM "
            f"{identifier(self.published.table.resource)}))"
        )

    def _read(self, elements: Sequence[str]) -> str:
        """A row for each date of each row: its form, and its day where it can be read."""
        names = ", ".join(map(literal, elements))
        cells = ", ".join(map(identifier, elements))
        marks = ", ".join(literal(mark) for mark in sorted(NOT_YET))
        forms = " ".join(
            f"WHEN regexp_full_match(text, {literal(pattern)}) "
            f"THEN {literal(form + '|')} || regexp_replace(text, {literal(pattern)}, {literal(days)})"
            for form, pattern, days in _FORMS
            if form in self.manner.forms
        )
        kept = "MATERIALIZED " if self.whole else ""  # the forms are many: they are tried once
        plain = [f"{literal(f)}" for f in (DateForm.EMPTY, DateForm.NOT_YET, DateForm.WITHHELD)]
        return (
            f"texts AS (SELECT entry, unnest([{names}]) AS element, unnest([{cells}]) AS text "
            "FROM written),\n"
            f"cut AS {kept}(SELECT entry, element, CASE WHEN text = '' THEN {literal(DateForm.EMPTY + '|')} "
            f"WHEN text = {_char()} THEN {literal(DateForm.WITHHELD + '|')} "
            f"WHEN lower(text) IN ({marks}) THEN {literal(DateForm.NOT_YET + '|')} "
            f"WHEN length(text) > {LONGEST} THEN {literal(DateForm.UNREADABLE + '|')} {forms} "
            f"ELSE {literal(DateForm.UNREADABLE + '|')} END AS cut FROM texts),\n"
            "parts AS (SELECT entry, element, split_part(cut, '|', 1) AS form, "
            "split_part(cut, '|', 2) AS written, "
            "lower(split_part(written, '-', 2)) AS month FROM cut),\n"
            f"named AS (SELECT entry, element, form, {self._days()} AS named FROM parts),\n"
            "read AS (SELECT entry, element, CASE WHEN named BETWEEN "
            f"DATE {literal(FIRST.isoformat())} AND DATE {literal(LAST.isoformat())} THEN named END "
            f"AS day, CASE WHEN day IS NOT NULL OR form IN ({', '.join(plain)}) THEN form ELSE "
            f"{literal(DateForm.UNREADABLE)} END AS form FROM named)"
        )

    def _days(self) -> str:
        """The day that a date names, from its parts: only what this log writes is looked for."""
        month = "TRY_CAST(month AS INTEGER)"
        if DateForm.NAMED in self.manner.forms:
            names = ", ".join(map(literal, _MONTHS))
            short = ", ".join(literal(name[:3]) for name in _MONTHS)
            month = (
                f"coalesce(nullif(list_position([{names}], month), 0), nullif(list_position("
                f"[{short}], month), 0), CASE month WHEN 'sept' THEN 9 END, {month}, 0)"
            )
        day = (
            f"TRY_CAST(split_part(written, '-', 1) || '-' || lpad({month}::VARCHAR, 2, '0') "
            "|| '-' || lpad(split_part(written, '-', 3), 2, '0') AS DATE)"
        )
        if DateForm.SERIAL not in self.manner.forms:
            return day
        serial = "DATE '1899-12-30' + TRY_CAST(written AS INTEGER)"
        return f"CASE WHEN form = {literal(DateForm.SERIAL)} THEN {serial} ELSE {day} END"

    def _calendar(self) -> str:
        """Every day with the number of working days up to it, and whether it is one."""
        first, last = self.manner.years[0], min(self.manner.years[1] + 1, LAST_YEAR)
        off = (day for year in range(first, last + 1) for day in federal_holidays(year))
        return (
            "calendar AS (SELECT day, works, sum(works::INTEGER) OVER (ORDER BY day) AS n FROM "
            "(SELECT day, dayofweek(day) BETWEEN 1 AND 5 AND day::VARCHAR NOT IN "
            f"({', '.join(literal(day.isoformat()) for day in off)}) AS works FROM "
            f"(SELECT unnest(generate_series(DATE '{first}-01-01', DATE '{last}-12-31', "
            "INTERVAL 1 DAY))::DATE AS day))),\nworkdays AS (SELECT n, day FROM calendar WHERE works)"
        )

    def _settled(self) -> str:
        """A row for each request: number, agency, its days, its state and that of its appeal."""
        given, elements = self._elements(), self.dated()
        read = f",\n{self._read(elements)}" if elements else ""
        days = [f"max(day) FILTER (element = {literal(e)}) AS {identifier(e)}" for e in elements]
        absent = [
            f"NULL::DATE AS {identifier(e)}"
            for e in (*DATES, "unusual_circumstances")
            if e not in given
        ]
        forms = dict.fromkeys(("date_completed", "date_appeal_completed"), "''")
        forms |= {
            e: f"any_value(form) FILTER (element = {literal(e)})" for e in forms if e in given
        }
        absent += [f"{form} AS {e}_form" for e, form in forms.items()]
        source = "FROM read GROUP BY entry" if elements else "FROM written"
        yes = ", ".join(literal(word) for word in sorted(YES))
        closed = ", ".join(literal(word) for word in sorted(CLOSED))
        agency = f"coalesce(nullif(written.agency, ''), {literal(self.log.agency)})"
        starts = ", ".join(f"days.{element}" for element in STARTS)
        today = f"DATE {literal(self.as_of.isoformat())}" if self.as_of else ""
        return (
            f"{self._written()}{read},\n"
            f"days AS (SELECT entry, {', '.join([*days, *absent])} {source}),\n"
            f"{self._calendar()},\n"
            f"asked AS (SELECT entry, request_id AS number, {agency} AS agency, "
            f"coalesce({starts}) AS started, days.date_completed AS answered, days.date_due AS "
            "due_written, days.date_appealed AS appealed, days.date_appeal_completed AS "
            "appeal_answered, days.date_completed_form AS form, days.date_appeal_completed_form AS "
            f"appeal_form, lower(written.unusual_circumstances) IN ({yes}) OR "
            "days.unusual_circumstances IS NOT NULL AS extended, "
            f"lower(status) IN ({closed}) AS closed FROM written JOIN days USING (entry)),\n"
            "timed AS (SELECT asked.*, CASE WHEN started IS NULL THEN due_written ELSE due.day END "
            "AS due, appeal.day AS appeal_due, CASE WHEN answered >= started THEN c.n - b.n END AS "
            "took, CASE WHEN answered >= started THEN answered - started END AS days FROM asked "
            "LEFT JOIN calendar b ON b.day = started LEFT JOIN calendar c ON c.day = answered "
            "LEFT JOIN calendar a ON a.day = appealed LEFT JOIN workdays due ON due.n = b.n + "
            f"{ANSWER_DAYS} + CASE WHEN extended THEN {EXTENSION_DAYS} ELSE 0 END "
            f"LEFT JOIN workdays appeal ON appeal.n = a.n + {ANSWER_DAYS}),\n"
            f"settled AS (SELECT *, {_state('answered', 'closed', 'form', 'due', today)} AS state, "
            f"{_late('answered', 'state', 'due', today)} AS late, CASE WHEN appealed IS NOT NULL THEN "
            f"{_state('appeal_answered', 'false', 'appeal_form', 'appeal_due', today)} END AS "
            f"appeal_state, CASE WHEN appealed IS NOT NULL THEN "
            f"{_late('appeal_answered', 'appeal_state', 'appeal_due', today)} END AS appeal_late "
            "FROM timed)"
        )


def _state(answered: str, closed: str, form: str, due: str, today: str) -> str:
    absent = ", ".join(literal(form) for form in ("", DateForm.EMPTY, DateForm.NOT_YET))
    return (
        f"CASE WHEN {answered} IS NOT NULL THEN {literal(RequestState.ANSWERED)} "
        f"WHEN {closed} THEN {literal(RequestState.CLOSED)} "
        f"WHEN {form} NOT IN ({absent}) THEN {literal(RequestState.UNCLEAR)} "
        f"{_open(due, today)} END"
    )


def _open(due: str, today: str) -> str:
    """The state without an answer; of a log whose day nobody knows nothing is overdue."""
    if not today:
        return f"ELSE {literal(RequestState.WAITING)}"
    return (
        f"WHEN {due} IS NULL THEN {literal(RequestState.WAITING)} "
        f"WHEN {today} > {due} THEN {literal(RequestState.OVERDUE)} ELSE {literal(RequestState.OPEN)}"
    )


def _late(answered: str, state: str, due: str, today: str) -> str:
    """Calendar days after the day on which an answer was due, until it or the day of the log."""
    overdue = (
        f"WHEN {state} = {literal(RequestState.OVERDUE)} THEN {today} - {due} " if today else ""
    )
    return (
        f"CASE WHEN {answered} IS NOT NULL THEN greatest(coalesce({answered} - {due}, 0), 0) "
        f"{overdue}ELSE 0 END"
    )


def _worded(number: str) -> str:
    """A number of days with at most one decimal, halves upward, as a text."""
    tenths = f"floor({number} * 10 + 0.5)"
    return (
        f"CASE WHEN {tenths} % 10 = 0 THEN format('{{:,}}', ({tenths} / 10)::BIGINT) "
        f"ELSE format('{{:,.1f}}', {tenths} / 10) END"
    )


_ANY_DIALECT = LogDialect((FIRST.year, FIRST.year), frozenset(DateForm), frozenset(ELEMENTS))


def detect_dialect(
    connection: duckdb.DuckDBPyConnection, log: RequestLog, published: PublishedTable
) -> LogDialect:
    """How the log is written. Of a log without a day the years are those of its first possible day."""
    table = published.table
    fields = {field.name: field for field in table.fields}
    ragged = ", ".join(
        f"bool_or(regexp_matches({cell_sql(fields[name])}, {literal(_ENDS)})) AS {identifier(element)}"
        for element, name in log.fields.items()
    )
    [blanks] = fetch_rows(
        connection, table.dataset, f"SELECT {ragged} FROM {identifier(table.resource)}"
    )
    queries = LogQueries(log, published, None, _ANY_DIALECT, 1, more=False, whole=True)
    forms = fetch_rows(connection, table.dataset, queries.detect()) if queries.dated() else []
    years = [year for _, *both in forms for year in both if year] or [FIRST.year]
    return LogDialect(
        (min(years), max(years)),
        frozenset(DateForm(form) for form, *_ in forms),
        frozenset(e for (e, _), blank in zip(log.fields.items(), blanks, strict=True) if blank),
    )
