"""Where a line over time is broken: days at which records changed, put on a chart's axis.

A line says that its points can be compared. Where other offices report from a day on, or a form
defines a thing anew, they cannot, and the line must stop.
"""

from collections.abc import Sequence

from plainrecord.core.periods import name_period, parse_period
from plainrecord.core.translation import _
from plainrecord.model.declarations import Break
from plainrecord.model.products import LineBreak


def place_breaks(
    stamps: Sequence[str], period: str, changes: Sequence[Break]
) -> tuple[LineBreak, ...]:
    """The changes on an axis of `stamps`, in order of time; those outside it are left out.

    A change on the first day of a period breaks the line before it. One inside a period makes
    that period neither one thing nor the other: the line is broken on both sides of its point.
    Changes at one place are one break.
    """
    read = [(stamp, days) for stamp in sorted(set(stamps)) if (days := parse_period(stamp, period))]
    breaks: dict[tuple[str, str], list[Break]] = {}
    for change in sorted(changes, key=lambda c: (c.since, c.label, c.reason)):
        days = parse_period(change.since)
        if days is None:
            continue
        day = days[0]
        before = [stamp for stamp, (first, _) in read if first < day]
        after = [stamp for stamp, (first, _) in read if first >= day]
        inside = bool(before) and day < dict(read)[before[-1]][1]
        if inside and len(read) > 1:
            breaks.setdefault((before[-1], before[-1]), []).append(change)
        elif before and after and not inside:
            breaks.setdefault((before[-1], after[0]), []).append(change)
    return tuple(
        LineBreak(
            before=position[0],
            at=position[1],
            label=", ".join(dict.fromkeys(change.label for change in there)),
            reason="; ".join(f"{name_period(change.since)}: {change.reason}" for change in there),
        )
        for position, there in sorted(breaks.items(), key=lambda item: (item[0][1], item[0][0]))
    )


def number_stretches(stamps: Sequence[str], breaks: Sequence[LineBreak]) -> dict[str, int]:
    """For each stamp the number of its stretch, from 0 on: a line is drawn within one only."""
    ordered = sorted(set(stamps))
    cuts = set()
    for broken in breaks:
        if broken.at in ordered and not broken.event:
            position = ordered.index(broken.at)
            cuts |= {position, position + 1} if broken.inside else {position}
    cuts.discard(0)
    stretches, number = {}, 0
    for position, stamp in enumerate(ordered):
        number += position in cuts
        stretches[stamp] = number
    return stretches


def describe_break(broken: LineBreak, period: str = "") -> str:
    """A break (or event) in a sentence: what changed, when, and what cannot be compared."""
    if broken.event:
        words = _("Note: {label} ({reason}).")
    elif broken.inside:
        words = _(
            "The line is broken inside {at}, which is compared with neither side: "
            "{label} ({reason})."
        )
    else:
        words = _("The line is broken between {before} and {at}: {label} ({reason}).")
    before, at = (name_period(stamp, period) for stamp in (broken.before, broken.at))
    return words.format(before=before, at=at, label=broken.label, reason=broken.reason)


def describe_crossings(
    stamps: Sequence[str], breaks: Sequence[LineBreak], period: str = ""
) -> dict[int, str]:
    """For a table whose rows have `stamps` in their order: what is said before which row."""
    notes: dict[int, str] = {}
    for position, stamp in enumerate(stamps):
        last = stamps[position - 1] if position else ""
        crossed = [
            broken
            for broken in breaks
            if (last < broken.at <= stamp and last)
            or (broken.inside and last != broken.at == stamp)
        ]
        if crossed:
            notes[position] = " ".join(describe_break(broken, period) for broken in crossed)
    return notes
