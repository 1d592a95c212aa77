"""Warnings for gaps in time and for a last month that is not whole; days in text."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import cache

from plainrecord.core.periods import name_period
from plainrecord.core.plurals import count_noun
from plainrecord.findings.finding import Finding
from plainrecord.model.calendar import read_calendar


def calendar_findings(days: Mapping[str, int], field: str) -> Iterator[Finding]:
    """Warnings for gaps and for a last month that breaks off, from records per ISO day."""
    seen = read_calendar(days)
    if seen.gaps:
        named = [" to ".join(map(name_period, gap.split(" to "))) for gap in seen.gaps[:3]]
        shown, more = ", ".join(named), len(seen.gaps) > 3
        if seen.monthly:
            text = f"no record in {shown}{' and other months' if more else ''}; "
            text += f"half of the months have {seen.usual:,.0f} or more"
            expected = "records in every month, or a known reason"
        else:
            text = f"no record from {shown}{' and on other days' if more else ''}"
            expected = "records on most days, or a known reason"
        yield Finding("time-gap", text, expected, field=field, count=seen.empty)
    if seen.last:
        yield Finding(
            "period-partial",
            f"the last month, {name_period(seen.last[:7])}, ends on {name_period(seen.last)} with "
            f"{count_noun(seen.final, 'record')}; the months before have about {seen.before:,.0f} each",
            "a complete last month, or a note that it is incomplete",
            field=field,
        )


_FORM = re.compile(r"%[Ymd]([-/.])%[Ymd]\1%[Ymd]")
_PARTS = {
    "%Y": "(?P<year>[12][0-9]{3})",
    "%m": "(?P<month>0?[1-9]|1[0-2])",
    "%d": "(?P<day>0?[1-9]|[12][0-9]|3[01])",
}


def read_day(text: str, form: str) -> dt.date | None:
    """The day that `text` is in the strptime format `form`, such as "%m/%d/%Y".

    None where there is none, where `form` has another make, or before 1000 or after 2999. What it
    reads, `datetime.strptime` reads as well; it takes a fifth of the time.
    """
    pattern = _pattern_of(form)
    parts = pattern.fullmatch(text) if pattern is not None else None
    if parts is None:
        return None
    try:
        return dt.date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None


@cache
def _pattern_of(form: str) -> re.Pattern[str] | None:
    if not _FORM.fullmatch(form) or not all(part in form for part in _PARTS):
        return None
    pattern = form.replace(".", r"\.")
    for part, expression in _PARTS.items():
        pattern = pattern.replace(part, expression)
    return re.compile(pattern)
