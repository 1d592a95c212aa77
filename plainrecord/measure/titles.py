"""Titles of charts that name a period, compared with the period that the chart has."""

from __future__ import annotations

import re
from collections.abc import Mapping

from plainrecord.model.declarations import ChartDefinition
from plainrecord.model.packages import Field
from plainrecord.rules.findings import Finding

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


def name_periods(title: str) -> frozenset[str]:
    """The periods by which a title says that something is counted: by month, monthly, per year.

    Only what stands behind by, per, each, every or (in a list) and is taken for such a period.
    """
    found = set()
    rest = title
    for period, words in _NAMES.items():  # the longer names first: "fiscal year" is no "year"
        pattern = re.compile(rf"\b{_BEFORE}(?:{words})\b(?!-)", re.IGNORECASE)
        if pattern.search(rest):
            found.add(period)
            rest = pattern.sub(" ", rest)
    for period, words in _ADVERBS.items():
        if re.search(rf"\b(?:{words})\b", title, re.IGNORECASE):
            found.add(period)
    return frozenset(found)


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
    if not has or not named or named & has:
        return ()
    return (
        Finding(
            "chart-title",
            f"chart {definition.name}: the title {definition.title!r} says by "
            f"{' and by '.join(sorted(named))}",
            f"by {' and by '.join(sorted(has))}, as the chart is",
            dataset=dataset,
        ),
    )
