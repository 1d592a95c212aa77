"""What a chart says in words: its finding, and what is counted, by what and when.

The maintainer writes the finding, and its numbers must be those of the chart; or it is made from
the numbers. The build writes both texts, and `plainrecord verify` compares them with the receipt.
"""

import re
from collections.abc import Sequence
from itertools import combinations

from plainrecord.core.periods import parse_period
from plainrecord.core.plurals import begin_sentence, inside_sentence, several
from plainrecord.core.translation import _
from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.evidence import Cell
from plainrecord.model.partial_periods import is_part
from plainrecord.model.products import LineBreak, Series, SeriesColumn
from plainrecord.model.statuses import is_shown
from plainrecord.publishing.chart_rows import show_number
from plainrecord.receipts.absent_rows import COUNT, OTHERS
from plainrecord.receipts.axis_names import name_key

STEADY = 0.05
"""A change by a smaller share than this is none."""
FEWEST = 50
"""Changes of smaller numbers are not said in percent, and neither are those that double one."""
MOST_COMPARED = 200
_NUMBER = re.compile(r"(?<![\w.,-])[0-9][0-9,]*(?:\.[0-9]+)?(?![\w-])(%| ?percent\b)?")


def find_headline(
    kind: type[ChartDefinition], series: Series, breaks: Sequence[LineBreak] = ()
) -> str:
    """The finding of a chart in a sentence without its stop; "" where its numbers have no plain one.

    Periods that are not whole are not compared, and neither are those on two sides of a break.
    """
    keys = [column for column in series.columns if column.role == "key"]
    if len(keys) != 1 or not series.rows or not all(is_shown(row[-1]) for row in series.rows):
        return ""
    what = begin_sentence(several(series.unit) if series.measure == COUNT else "")
    if not what:
        return ""
    if any(parse_period(str(row[0]), keys[0].period) for row in series.rows):
        whole = [
            row
            for row in sorted(series.rows, key=lambda row: str(row[0]))
            if parse_period(str(row[0]), keys[0].period) and not is_part(row[0], "x", series.parts)
        ]
        if len(whole) < 2 or not all(b.event for b in breaks):
            return ""
        *earlier, last = whole
        # The same month or quarter, where there is one: many records follow the seasons.
        season = str(last[0])[len("2026") :]
        same = [row for row in earlier if str(row[0])[len("2026") :] == season]
        return _describe_change(what, (same or earlier)[0], last, keys[0])
    total = sum(number_of(row) for row in series.rows)
    named = [row for row in series.rows if row[0] != OTHERS and row[0] not in keys[0].apart]
    if not kind.ranked or kind.located or len(named) < 2 or not total:
        return ""
    first, second = sorted(named, key=number_of, reverse=True)[:2]
    absent = [r for r in series.rows if r[0] != OTHERS and r[0] in keys[0].apart]
    if number_of(first) - number_of(second) <= sum(map(number_of, absent)):
        return ""  # with the values that are absent, another could have the most
    share = number_of(first) / total
    most = _("{name}: the most {units}, {count} of {total} ({share})")
    half = _("{name}: {share} of {units}, {count} of {total}")
    return (half if share > 0.5 else most).format(
        units=several(series.unit),
        name=name_key(first[0], keys[0]),
        count=show_number(number_of(first)),
        total=show_number(total),
        share=_share(share, 1),
    )


def _describe_change(
    what: str, first: Sequence[Cell], last: Sequence[Cell], key: SeriesColumn
) -> str:
    before, after = number_of(first), number_of(last)
    relative = min(before, after) >= FEWEST and max(before, after) < 2 * before
    if before and after == before:
        text = _("{what}: {after} {last}, as many as {first}")
    elif before and abs(after - before) < STEADY * before:
        text = _("{what}: {after} {last}, nearly the same as {first} ({before})")
    elif after > before and relative:
        text = _("{what} rose {share}, from {before} {first} to {after} {last}")
    elif after > before:
        text = _("{what} rose from {before} {first} to {after} {last}")
    elif after < before and relative:
        text = _("{what} fell {share}, from {before} {first} to {after} {last}")
    elif after < before:
        text = _("{what} fell from {before} {first} to {after} {last}")
    else:
        return ""
    return text.format(
        what=what,
        share=_share(abs(after - before) / before, 0) if relative else "",
        before=show_number(before),
        after=show_number(after),
        first=_say_when(first[0], key),
        last=_say_when(last[0], key),
    )


def _say_when(stamp: Cell, key: SeriesColumn) -> str:
    """A period after a verb: in 2025, on 14 August 2026."""
    words = _("on {day}") if key.period == "day" else _("in {day}")
    return words.format(day=name_key(stamp, key))


def name_unproven(headline: str, series: Series) -> tuple[str, ...]:
    """The numbers in a headline that the chart does not give.

    It gives its values, their sum, their shares of it and changes between two of them in percent,
    and whatever is in the names on its axes.
    """
    numbers = [number_of(row) for row in series.rows if is_shown(row[-1])]
    columns = series.columns
    names = " ".join(
        str(c.show(cell)) for row in series.rows for c, cell in zip(columns, row[:-2], strict=False)
    )
    total = sum(numbers)
    complete = len(numbers) == len(series.rows)
    known = {show_number(n) for n in (*numbers, *((total,) if complete else ()))}
    named = set(re.findall(r"[0-9][0-9,.]*[0-9]|[0-9]", names))
    shares = [n / total for n in numbers] if complete and total else []
    pairs = combinations(numbers[:MOST_COMPARED], 2)
    shares += [abs(b - a) / divisor for a, b in pairs for divisor in (a, b) if divisor]
    wrong = []
    for match in _NUMBER.finditer(headline):
        written = match[0].removesuffix(match[1] or "").rstrip(",")
        if match[1]:
            digits = len(written.partition(".")[2])
            proven = any(_share(share, digits).split()[-1] == f"{written}%" for share in shares)
            text = match[0]
        else:
            text = written
            proven = written in known or written in named
        if not proven:
            wrong.append(text)
    return tuple(wrong)


def write_subtitle(series: Series) -> str:
    """What is counted or measured, by what, and over which time: the statistical title."""
    value = next(column.label for column in series.columns if column.role == "value")
    keys = [column for column in series.columns if column.role == "key"]
    text = value or _("Number")
    if names := [inside_sentence(column.label or column.name) for column in keys]:
        text = _("{value} by {keys}").format(
            value=text,
            keys=_(" and ").join([", ".join(names[:-1]), names[-1]]) if names[1:] else names[0],
        )
    stamps = sorted(
        stamp for row in series.rows if parse_period(stamp := str(row[0]), keys[0].period)
    )
    if not stamps or len(stamps) < len(series.rows) / 2:
        return text
    first, last = stamps[0], stamps[-1]
    if not (first + last).isdigit():  # the name of the axis says what kind of year it is
        first, last = name_key(first, keys[0]), name_key(last, keys[0])
    several_years = f"{first}–{last}" if last.isdigit() else _("{first} to {last}")
    span = first if first == last else several_years.format(first=first, last=last)
    return f"{text}, {span}"


def _share(share: float, digits: int) -> str:
    """A share or a change in percent; 0 or 100 only where it is exactly that."""
    percent, step = round(100 * share, digits), 10**-digits
    if share > 0 and not percent:
        return f"under {step:.{digits}f}%"
    if share < 1 and percent == 100:
        return f"over {100 - step:.{digits}f}%"
    return f"{100 * share:.{digits}f}%"


def number_of(row: Sequence[Cell]) -> float:
    """The number in a row whose value is shown."""
    value = row[-2]
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return value
