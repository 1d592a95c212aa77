"""Titles of charts that name a period, compared with the period that the chart has."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from plainrecord.core.periods import parse_period
from plainrecord.core.word_lists import split_words
from plainrecord.findings.finding import Finding
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.packages import Field
from plainrecord.model.products import Series

_NAMES = {
    "fiscal-year": r"fiscal years?|FY",
    "weekday": r"weekdays?|days? of the week",
    "hour": r"hours?(?: of the day)?",
    "day": r"days?|dates?",
    "week": r"weeks?",
    "month": r"months?",
    "quarter": r"quarters?",
    "year": r"(?:calendar )?years?",
}
_ADVERBS = {
    "hour": "hourly",
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly|annual|annually",
}
_BEFORE = r"(?:by|per|each|every|and|over the)\s+"
_TIMES = ("date", "datetime", "year", "yearmonth")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_STAMP = r"((?:fy)?(?:19|20)[0-9]{2}(?:-q[1-4]|-[0-9]{2}(?![0-9]))?)(?![0-9])"
_RANGE = re.compile(rf"\b{_STAMP}(?: ?- ?| to | and | until | through ){_STAMP}")
_SINCE = re.compile(rf"\b(?:since|from) {_STAMP}")
_SINGLE = re.compile(rf"(?:\b(?:in|during|for) |[,(:] ?){_STAMP}(?=\)|$)")
_LAST = re.compile(r"\b(?:last|past) ([0-9]{1,3}|[a-z]+) (year|quarter|month)s\b")
_COUNTS = split_words("two three four five six seven eight nine ten eleven twelve")

Span = tuple[date | None, date | None]
"""The first day and the first day after; None for an end that is not named."""


def name_span(title: str) -> Span | None:
    """The time a title names (since 2019, 2019-2023, Jan-Mar 2020); None if unclear."""
    text = title.lower().replace("–", "-").replace("—", "-")
    year = r"((?:19|20)[0-9]{2})\b"

    def stamp(word: str, of: str) -> str:
        return f"{of}-{_MONTHS.index(word[:3]) + 1:02}"

    text = re.sub(
        rf"\b{_MONTH} ?(?:-|to|through) ?{_MONTH} {year}",
        lambda m: f"{stamp(m[1], m[3])} to {stamp(m[2], m[3])}",
        text,
    )
    text, months = re.subn(rf"\b{_MONTH} {year}", lambda m: stamp(m[1], m[2]), text)
    text = re.sub(rf"\b(?:fiscal(?: years?)?|fy) ?{year}", r"fy\1", text)
    short = None if months else re.search(rf"{year}-([0-9]{{2}})(?![0-9-])", text)
    if short and (later := int(short[2]) - int(short[1]) % 100) > 0:
        if int(short[2]) <= 12:
            return None
        text = text.replace(short[0], f"{short[1]} to {int(short[1]) + later}")
    if match := _RANGE.search(text):
        first, last = match[1], match[2]
        last = f"fy{last}" if first.startswith("fy") and last.isdigit() else last
        spans = parse_period(first.upper()), parse_period(last.upper())
        return (spans[0][0], spans[1][1]) if spans[0] and spans[1] else None
    if match := _SINCE.search(text):
        span = parse_period(match[1].upper())
        return (span[0], None) if span else None
    match = _SINGLE.search(text) or re.search(r"\b(fy[0-9]{4})\b", text)
    match = match or (re.search(rf"\b{_STAMP}$", text) if months else None)
    return parse_period(match[1].upper()) if match else None


def count_months(title: str) -> tuple[int, int] | None:
    """How many months a title says are shown, as the last five years, and those of its unit."""
    match = _LAST.search(title.lower())
    if match is None or not (match[1].isdigit() or match[1] in _COUNTS):
        return None
    unit = {"year": 12, "quarter": 3, "month": 1}[match[2]]
    count = int(match[1]) if match[1].isdigit() else _COUNTS.index(match[1]) + 2
    return count * unit, unit


def judge_span(definition: ChartDefinition, series: Series, dataset: str) -> tuple[Finding, ...]:
    """A finding (chart-title) where the title names a time that is not that of the chart's axis."""
    named, counted = name_span(definition.title), count_months(definition.title)
    spans = sorted(_list_spans(series))
    if not spans or not (named or counted):
        return ()
    (first, second), (third, last) = spans[0], spans[-1]
    begin, end = named or (None, None)
    wrong = (begin is not None and not first <= begin < second) or (
        end is not None and not third < end <= last
    )
    if counted:
        months = 12 * (last.year - first.year) + last.month - first.month
        wrong |= abs(months - counted[0]) >= counted[1]
    if not wrong:
        return ()
    stamps = [
        str(row[0]) for row in series.rows if parse_period(str(row[0]), series.columns[0].period)
    ]
    found = f"chart {definition.name}: the title {definition.title!r} names another time"
    expected = f"from {min(stamps)} to {max(stamps)}, as the chart is"
    return (Finding("chart-title", found, expected, dataset=dataset),)


def _list_spans(series: Series) -> Iterator[tuple[date, date]]:
    """The periods on the axis of a chart; none where it is no axis of time."""
    column = series.columns[0]
    if column.period or column.type in _TIMES:
        for row in series.rows:
            if span := parse_period(str(row[0]), column.period):
                yield span


def name_periods(title: str) -> frozenset[str]:
    """Periods a title counts by: by month, monthly, per year, in lists behind by or per."""
    periods = set()
    rest = title
    for period, words in _NAMES.items():  # the longer names first: "fiscal year" is no "year"
        pattern = re.compile(rf"\b{_BEFORE}(?:{words})\b(?!-)", re.IGNORECASE)
        if pattern.search(rest):
            periods.add(period)
            rest = pattern.sub(" ", rest)
    for period, words in _ADVERBS.items():
        if re.search(rf"\b(?:{words})\b", title, re.IGNORECASE):
            periods.add(period)
    return frozenset(periods)


def judge_title(
    definition: ChartDefinition, fields: Mapping[str, Field], dataset: str
) -> tuple[Finding, ...]:
    """A finding (chart-title) where the title names a period, and the chart has only other ones."""
    has: set[str] = set()
    for name, period in ((definition.x, definition.period), (definition.y, definition.y_period)):
        field = fields.get(name)
        if period:
            has.add(period)
        elif field is not None and field.type in _TIMES:
            has |= {"yearmonth": {"month"}, "year": {"year", "fiscal-year"}}.get(
                field.type, {"day"}
            )
        elif field is not None and field.generalised.startswith("to the "):
            has.add(field.generalised.split()[2])
    named = name_periods(definition.title)
    either = {"year"} if definition.y_period else named  # with two axes of time, a title names both
    if not has or not named or (named & has and named <= has | either):
        return ()
    dimensions = f"by {' and by '.join(sorted(named))}"
    found = f"chart {definition.name}: the title {definition.title!r} says {dimensions}"
    expected = f"by {' and by '.join(sorted(has))}, as the chart is"
    return (Finding("chart-title", found, expected, dataset=dataset),)
