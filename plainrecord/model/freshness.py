"""How old a release is against the frequency that was promised, as of a stated day.

A build reads no clock: the day is given. Frequencies are repeating intervals of ISO 8601
(`R/P3M`, as DCAT-US 1.1 has them in `accrualPeriodicity`) or plain words.
"""

import calendar
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from plainrecord.core.periods import name_period

_WORDS = {
    "R/P1D": ("every day", "daily"),
    "R/P1W": ("every week", "weekly"),
    "R/P2W": ("every two weeks", "fortnightly", "biweekly"),
    "R/P1M": ("every month", "monthly"),
    "R/P3M": ("every quarter", "quarterly"),
    "R/P6M": ("twice a year", "half-yearly", "semiannual"),
    "R/P1Y": ("every year", "yearly", "annual", "annually"),
    "irregular": ("at irregular times",),
}
_PERIOD = re.compile(r"(?:R\d*/)?P(\d{1,3})([DWMY])")


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest release against its promise. All dates are ISO 8601 days.

    `age` and `late` are days as of `as_of`; `due` is the day by which the next release is due,
    empty where no interval was promised. `late` is 0 until then.
    """

    as_of: str
    newest: str
    checked: str
    frequency: str
    age: int
    due: str = ""
    late: int = 0


def frequency_code(text: str) -> str:
    """The code for a frequency in words or as written (`R/P3M`, irregular); "" if not known."""
    plain = " ".join(text.split())
    for code, words in _WORDS.items():
        if plain.lower() in (code.lower(), *words):
            return code
    return plain if _PERIOD.fullmatch(plain) else ""


def frequency_words(text: str) -> str:
    """A frequency for a reader: `every quarter` for `R/P3M`; other words stay as they are."""
    code = frequency_code(text)
    if code in _WORDS:
        return _WORDS[code][0]
    match = _PERIOD.fullmatch(code)
    if not match:
        return text
    unit = {"D": "day", "W": "week", "M": "month", "Y": "year"}[match[2]]
    return f"every {unit}" if int(match[1]) == 1 else f"every {int(match[1])} {unit}s"


def measure_freshness(
    frequency: str, newest: str, looks: Sequence[str], as_of: str
) -> Freshness | None:
    """The freshness of the release of `newest`, None if no day; never a negative age."""
    start, stated = parse_day(newest), parse_day(as_of)
    if start is None:
        return None
    today = max(start, stated or start)
    checked = max([newest, *(day for day in looks if parse_day(day))])
    age = (today - start).days
    due = _following(start, frequency_code(frequency))
    return Freshness(
        as_of=today.isoformat(),
        newest=newest,
        checked=checked,
        frequency=frequency_words(frequency),
        age=age,
        due=due.isoformat() if due else "",
        late=max((today - due).days, 0) if due else 0,
    )


def parse_day(text: str) -> datetime.date | None:
    """The day that `text` is, written as `2026-10-01` and in no other way; else None."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _following(start: datetime.date, code: str) -> datetime.date | None:
    """The day one interval after `start`; the last of the month where there is no such day."""
    match = _PERIOD.fullmatch(code)
    if not match:
        return None
    count, unit = int(match[1]), match[2]
    try:
        if unit in "DW":
            return start + datetime.timedelta(days=count * (7 if unit == "W" else 1))
        months = start.month - 1 + count * (12 if unit == "Y" else 1)
        year, month = start.year + months // 12, months % 12 + 1
        return datetime.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
    except (OverflowError, ValueError):
        return None


def day_words(text: str) -> str:
    """A day for a reader: 18 May 2026 for 2026-05-18; anything else stays as it is."""
    return name_period(text) if parse_day(text) else text
