"""Queries over a published log of requests: what its page tells, as anyone can count it again.

`requestlog` reads a log row by row in Python; this is the same reading in SQL, so that a receipt
holds all of it: how a date was written, which days are working days, when an answer was due. The
build compares the two, and what does not agree gets no receipt.
"""

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from plainrecord.law.exemptions import read_exemptions
from plainrecord.law.workdays import ANSWER_DAYS, EXTENSION_DAYS, LAST_YEAR, federal_holidays
from plainrecord.model.counts import CountTable
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.model.log_dates import FIRST, LAST, LONGEST, NOT_YET, DateForm
from plainrecord.model.packages import Field, MissingKind
from plainrecord.model.requests import (
    CLOSED,
    DATES,
    STARTS,
    YES,
    AgencyTime,
    Percentiles,
    RequestState,
    Tracker,
    word_days,
)
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.query import QueryRefused

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
"""How a form is written, and the year, month and day in it. Those of `model.log_dates`, as RE2."""
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
    """The queries of a log as of a day or none; `most_shown` requests have a line."""

    log: RequestLog
    published: PublishedTable
    as_of: dt.date | None
    manner: LogDialect
    most_shown: int
    more: bool

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
        order = " ".join(f"WHEN {literal(state)} THEN {n}" for n, state in enumerate(RequestState))
        return (
            f"{self._settled()}\nSELECT number, state, late, took, appeal_state, appeal_late, "
            f"started, due, answered FROM settled ORDER BY CASE state {order} END, "
            "greatest(late, coalesce(appeal_late, 0)) DESC, started NULLS LAST, number, entry "
            f"LIMIT {self.most_shown}"
        )

    def _elements(self) -> tuple[str, ...]:
        return tuple(element for element, _ in self.log.fields)

    def _written(self) -> str:
        """Every row with a number of its own and its texts, blanks at their ends left out."""
        fields = {field.name: field for field in self.published.table.fields}
        cells = {e: cell_sql(fields[name]) for e, name in self.log.fields}
        held = _char()
        texts = []
        for element in (e for e in cells if e in _USED):
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
        plain = [f"{literal(f)}" for f in (DateForm.EMPTY, DateForm.NOT_YET, DateForm.WITHHELD)]
        return (
            f"texts AS (SELECT entry, unnest([{names}]) AS element, unnest([{cells}]) AS text "
            "FROM written),\n"
            f"cut AS (SELECT entry, element, CASE WHEN text = '' THEN {literal(DateForm.EMPTY + '|')} "
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
        given = self._elements()
        elements = [e for e in (*DATES, "unusual_circumstances") if e in given]
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


MOST_EXEMPTIONS = 2_000
"""Different texts that cite exemptions: a number made of more cells is beyond what a page can say."""


def count_log(
    connection: duckdb.DuckDBPyConnection,
    log: RequestLog,
    published: PublishedTable,
    tracker: Tracker,
    manner: LogDialect,
    base_url: str,
) -> Tracker:
    """`tracker` with tables of counts `requests.totals`, `.listed` ..., or why not."""
    as_of = dt.date.fromisoformat(tracker.as_of) if tracker.as_of else None
    queries = LogQueries(
        log, published, as_of, manner, len(tracker.requests) or 1, tracker.left_out > 0
    )
    counter = CountQueries(
        connection, tracker.dataset, (published,), published.table.unit, 0, base_url
    )
    expected = [
        ("totals", "all requests", queries.totals()),
        ("listed", "requests with a line of their own", queries.listed()),
        ("agencies", "time to answer by agency", queries.agencies()),
    ]
    if tracker.exemptions:
        expected.append(("exemptions", "exemptions cited", queries.exemptions()))
    if tracker.forms:
        expected.append(("forms", "forms of dates", queries.forms()))
    counted: list[CountTable] = []
    for name, title, sql in expected:
        try:
            counted.append(counter.run(f"requests.{name}", f"{tracker.title}: {title}", sql))
        except QueryRefused as refused:
            return replace(tracker, uncounted=f"the query fails: {refused.reason}")
    counted_tracker = replace(tracker, counted=tuple(counted))
    differing = _find_difference(counted_tracker)
    return replace(tracker, uncounted=differing) if differing else counted_tracker


def _find_difference(tracker: Tracker) -> str:
    """Which table says something else than what was read row by row; "" where none does."""
    for name, expected in (
        ("totals", [_totals(tracker)]),
        ("listed", _listed(tracker)),
        ("agencies", [_agency(item) for item in tracker.agencies]),
        ("forms", [(f.element, str(f.form), f.count) for f in tracker.forms]),
    ):
        table = tracker.table(name)
        if table is not None and list(table.rows) != expected:
            return f"the query of the table {name} reads the log another way than the build"
    cited = tracker.table("exemptions")
    if cited is not None:
        if len(cited.rows) > MOST_EXEMPTIONS:
            return f"exemptions are cited in {len(cited.rows):,} different texts"
        differences: Counter[str] = Counter()
        for text, count in cited.rows:
            for code in read_exemptions(str(text)):
                differences[code] += int(str(count))
        if differences != Counter(dict(tracker.exemptions)):
            return "the query of the table exemptions reads the log another way than the build"
    return ""


def _totals(tracker: Tracker) -> tuple[Cell, ...]:
    states = dict(tracker.states)
    lines = (len(tracker.requests), tracker.left_out) if tracker.left_out else ()
    return (
        tracker.rows,
        *(states.get(state, 0) for state in RequestState),
        tracker.appeals_overdue,
        tracker.reversed,
        tracker.twice,
        tracker.due_stated,
        tracker.due_agrees,
        *lines,
    )


def _listed(tracker: Tracker) -> list[tuple[Cell, ...]]:
    return [
        (
            item.number,
            str(item.request.state),
            item.request.late,
            item.took,
            str(item.appeal.state) if item.appeal else None,
            item.appeal.late if item.appeal else None,
            *(
                day.isoformat() if day else None
                for day in (item.request.started, item.request.due, item.request.answered)
            ),
        )
        for item in tracker.requests
    ]


def _agency(item: AgencyTime) -> tuple[Cell, ...]:
    return (
        item.agency,
        item.requests,
        item.answered,
        item.unanswered,
        item.overdue,
        item.in_time,
        item.timed,
        *_spread(item.took),
        word_days(item.days.median) if item.days else None,
    )


def _spread(spread: Percentiles | None) -> tuple[str | None, ...]:
    numbers = (spread.median, spread.low, spread.high) if spread else (None, None, None)
    return tuple(None if number is None else word_days(number) for number in numbers)
