"""Periods on a chart's axis that the records do not cover as a whole: which, and why.

A last quarter with two months in it looks like a fall, a first year that begins in October like a
rise. Both are marked wherever the chart is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plainrecord.core.periods import name_period, parse_period
from plainrecord.core.plurals import begin_sentence
from plainrecord.core.translation import _, to_translate
from plainrecord.model.doubts import Doubt

FEWEST_MONTHS = 3
"""How many months must have records before one at the end, without any, counts as missing."""
USUAL_MONTHS = 12
"""How many months at that end are examined."""
USUAL_SHARE = 0.75
"""The share of them that must have records: where fewer do, an empty month is nothing unusual."""
DAYS_IN_MONTH = 31
MARK = to_translate("incomplete")


@dataclass(frozen=True, slots=True)
class PartPeriod:
    """A period on an axis (`column` is x or y) that the records do not cover as a whole, and why.

    Or one whose records are provisional, doubtful or superseded: then `status` says so. `share`
    says how much of it they cover (2 of 3 months), "" where nobody knows. `panel` is the value of
    the facet where this is so, "" for all of them. In a table of counts, `column` is the name of
    one of its columns, and `panel` the value of its first.
    """

    column: str
    stamp: str
    reason: str
    share: str = ""
    panel: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the records of a table reach in time, as far as the build knows.

    `covers_from` and `covers_to` are as the maintainer declares them. `months` are those with
    records (2026-01), in order. `last_day` is the last day with records where the last month
    breaks off; `cut` says that it does, where the day is not published. `known_on` is the day on
    which the records were released: nothing after it can be in them. `kept` are the first and the
    last day, or month, that the condition of a chart leaves, `left` the last one before them and
    the first one after them that it leaves out; each "" where there is none.
    """

    covers_from: str = ""
    covers_to: str = ""
    months: tuple[str, ...] = ()
    last_day: str = ""
    cut: bool = False
    known_on: str = ""
    kept: tuple[str, str] = ("", "")
    left: tuple[str, str] = ("", "")


def find_parts(
    column: str, stamps: Sequence[str], period: str, extent: Extent, panel: str = ""
) -> tuple[PartPeriod, ...]:
    """The first and the last of the periods `stamps`, where they are not whole."""
    spans = sorted((span, name) for name in set(stamps) if (span := parse_period(name, period)))
    if not spans:
        return ()
    parts = []
    (first, early), (last, late) = spans[0], spans[-1]
    if cut := _late_start(first, extent):
        why, begin = cut
        parts.append(
            PartPeriod(column, early, why, _describe_share(first, (begin, first[1])), panel)
        )
    if (cut := _early_end(last, extent)) and (len(spans) > 1 or not parts):
        why, end = cut
        parts.append(PartPeriod(column, late, why, _describe_share(last, (last[0], end)), panel))
    return tuple(parts)


_Cut = tuple[str, date | None]
"""Why a period is not whole, and the day on which its records begin or the first one after them."""


def _late_start(span: tuple[date, date], extent: Extent) -> _Cut | None:
    first, after = span
    before = parse_period(extent.left[0])
    if before is not None and first < before[1] < after:
        why = _("the chart takes records from {first} on").format(first=name_period(extent.kept[0]))
        return why, before[1]
    covered = parse_period(extent.covers_from)
    if covered is not None:
        inside = first < covered[0] < after
        why = _("the records begin {when}").format(when=_when(extent.covers_from))
        return (why, covered[0]) if inside else None
    begin = parse_period(extent.months[0]) if _usual(extent.months[:USUAL_MONTHS]) else None
    if begin is not None and first < begin[0] < after:
        return _("the records begin {when}").format(when=_when(extent.months[0])), begin[0]
    return None


def _early_end(span: tuple[date, date], extent: Extent) -> _Cut | None:
    first, after = span
    left = parse_period(extent.left[1])
    if left is not None and first < left[0] < after:
        why = _("the chart takes records up to {last}").format(last=name_period(extent.kept[1]))
        return why, left[0]
    if cut := _cut_short(span, extent):
        return cut
    known = parse_period(extent.known_on)
    if known is not None and first <= known[0] and known[1] < after:
        return _("the records were released {when}").format(when=_when(extent.known_on)), None
    return None


def _cut_short(span: tuple[date, date], extent: Extent) -> _Cut | None:
    first, after = span
    end = parse_period(extent.months[-1]) if extent.months else None
    if extent.last_day and end is not None and first <= end[0] < after:
        last = parse_period(extent.last_day)
        why = _("the records end {when}").format(when=_when(extent.last_day))
        return why, last[1] if last else None
    if extent.cut and (end is None or first <= end[0] < after):
        return _("the records end before the period does"), None
    covered = parse_period(extent.covers_to)
    if covered is not None:
        inside = first < covered[1] < after
        why = _("the records end {when}").format(when=_when(extent.covers_to))
        return (why, covered[1]) if inside else None
    if end is not None and first < end[1] < after and _usual(extent.months[-USUAL_MONTHS:]):
        return _("the records end {when}").format(when=_when(extent.months[-1])), end[1]
    return None


def _describe_share(span: tuple[date, date], there: tuple[date | None, date | None]) -> str:
    """How much of a period there is: 2 of 3 months, or 12 of 30 days; "" where nobody knows."""
    begin, end = there
    if begin is None or end is None:
        return ""
    if (span[1] - span[0]).days > DAYS_IN_MONTH and begin.day == end.day == 1:
        part, whole = _months_between(begin, end), _months_between(*span)
        return _("{part} of {whole} months").format(part=part, whole=whole)
    part, whole = (end - begin).days, (span[1] - span[0]).days
    return _("{part} of {whole} days").format(part=part, whole=whole) if whole > 1 else ""


def _months_between(first: date, after: date) -> int:
    return 12 * (after.year - first.year) + after.month - first.month


def _when(stamp: str) -> str:
    words = _("on {day}") if len(stamp) == len("2026-01-31") else _("in {day}")
    return words.format(day=name_period(stamp))


def _usual(months: Sequence[str]) -> bool:
    """Whether nearly every month from the first to the last of `months` has records."""
    spans = [span for month in months if (span := parse_period(month))]
    if len(spans) < FEWEST_MONTHS:
        return False
    first, last = spans[0][0], spans[-1][0]
    whole = 12 * (last.year - first.year) + last.month - first.month + 1
    return len(spans) >= USUAL_SHARE * whole


def is_part(name: object, column: str, parts: Sequence[PartPeriod], panel: object = None) -> bool:
    """Whether a value of a key column is a period that is not whole, in a `panel` or in all."""
    return any(
        part.column == column and part.stamp == name and part.panel in ("", panel) for part in parts
    )


def mark_part(
    name: str, column: str, parts: Sequence[PartPeriod], panel: object = None, words: str = ""
) -> str:
    """A value of a key column, with the words that mark it where it is a period that is not whole.

    `words` replace the name, for a sentence.
    """
    marks = [part.status or _(MARK) for part in parts if is_part(name, column, [part], panel)]
    return f"{words or name} ({', '.join(dict.fromkeys(marks))})" if marks else words or name


def describe_share(part: PartPeriod) -> str:
    """How much of a period there is, for a picture: 2 of 3 months; or what is said of its records."""
    return part.share or part.status or _("incomplete")


def label_part(name: str, column: str, parts: Sequence[PartPeriod], words: str = "") -> str:
    """A value of a key column, with how much there is of a period that is not whole.

    `words` replace the name.
    """
    shares = [describe_share(part) for part in parts if is_part(name, column, [part])]
    return f"{words or name} ({', '.join(dict.fromkeys(shares))})" if shares else words or name


def describe_part(part: PartPeriod, period: str = "") -> str:
    """A sentence that says which `period` is not whole, in which panel, and why."""
    where = f"{part.panel}: " if part.panel else ""
    words = _("{period} is incomplete: {reason}.").format(
        period=begin_sentence(name_period(part.stamp, period)), reason=part.reason
    )
    return f"{where}{words}"


def find_doubted(
    column: str, field: str, stamps: Sequence[str], period: str, doubts: Sequence[Doubt]
) -> tuple[PartPeriod, ...]:
    """The periods `stamps` of a `field` with doubted records; `partly`, where others are not."""
    parts = []
    for doubt in doubts:
        begins, ends = parse_period(doubt.start), parse_period(doubt.end)
        if field != doubt.field or not (begins or ends):
            continue
        for stamp in dict.fromkeys(stamps):
            span = parse_period(stamp, period)
            if span is None:
                continue
            first, last = begins[0] if begins else span[0], ends[1] if ends else span[1]
            whole = first <= span[0] and span[1] <= last
            if first < span[1] and span[0] < last:
                status = doubt.status if whole else f"partly {doubt.status}"
                parts.append(PartPeriod(column, stamp, doubt.reason, status=status))
    return tuple(parts)
