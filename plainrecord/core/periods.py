"""Days and periods: what a stamp such as 2026-Q1 stands for, and how a reader reads it."""

import re
from datetime import MAXYEAR, date, timedelta

from plainrecord.core.translation import _, to_translate

_QUARTERS = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10}
_SHAPE = re.compile(
    r"(?P<fiscal>FY)?(?P<year>[0-9]{4}|10000)"
    r"(?:-(?P<quarter>Q[1-4])|-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})(?P<rest>[ T].*)?)?)?",
    re.ASCII,
)
_MONTHS = (
    to_translate("January"),
    to_translate("February"),
    to_translate("March"),
    to_translate("April"),
    to_translate("May"),
    to_translate("June"),
    to_translate("July"),
    to_translate("August"),
    to_translate("September"),
    to_translate("October"),
    to_translate("November"),
    to_translate("December"),
)
_SHORT_MONTHS = to_translate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")


def name_months() -> frozenset[str]:
    """The names of the months, long and short, as `name_period` writes them."""
    return frozenset((*map(_, _MONTHS), *_(_SHORT_MONTHS).split()))


def parse_period(text: str, period: str = "") -> tuple[date, date] | None:
    """The first day of a period and the first day after it; None where `text` names none.

    Read are 2026, 2026-Q1, 2026-01, 2026-01-31 (with a time or without) and FY2026. A plain year
    is a US federal fiscal year where `period` is `fiscal-year`: it begins on 1 October before. The
    calendar ends on 9999-12-31: that is also the first day after a period which reaches to its end.
    """
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        return None
    year, month, day = int(shape["year"]), shape["month"], shape["day"]
    try:
        if day:
            first = date(year, int(month), int(day))
            return first, first + min(timedelta(days=1), date.max - first)
        if month:
            return _span(year, int(month), 1)
        if shape["quarter"]:
            return _span(year, _QUARTERS[shape["quarter"]], 3)
        if shape["fiscal"] or period == "fiscal-year":
            return _span(year - 1, 10, 12) if year > 1 else (date.min, date(year, 10, 1))
        return _span(year, 1, 12)
    except (ValueError, OverflowError):
        return None


def _span(year: int, month: int, count: int) -> tuple[date, date]:
    after = month - 1 + count
    years = year + after // 12
    return date(year, month, 1), date(years, after % 12 + 1, 1) if years <= MAXYEAR else date.max


def name_period(text: str, period: str = "", *, short: bool = False) -> str:
    """A day or period in a sentence; `text` itself where `parse_period` reads none.

    31 January 2026, January 2026, Q1 2026, fiscal year 2026, 2026; `short`, on the axis of a
    picture, 31 Jan 2026, Jan 2026, FY 2026.
    """
    shape = _SHAPE.fullmatch(text.strip())
    span = parse_period(text, period)
    if shape is None or span is None or shape["rest"]:  # no time of day gets lost
        return text
    first, year = span[0], shape["year"]
    if shape["month"]:
        form = _("{day} {month} {year}") if shape["day"] else _("{month} {year}")
        names = _(_SHORT_MONTHS).split() if short else ()
        # A translation of all short names at once may have other than twelve.
        month = names[first.month - 1] if len(names) == 12 else _(_MONTHS[first.month - 1])
        return form.format(day=first.day, month=month, year=year)
    if shape["quarter"]:
        return _("{quarter} {year}").format(quarter=shape["quarter"], year=year)
    if shape["fiscal"] or period == "fiscal-year":
        return (_("FY {year}") if short else _("fiscal year {year}")).format(year=year)
    return year
