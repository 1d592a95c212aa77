"""Dates in SQL: what a value is as a date, and how a date's period is named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from plainrecord.comparison.readings import (
    ISO,
    MOMENT,
    MOMENT_MONTH_FIRST,
    MONTH_FIRST,
    parsed_date,
)
from plainrecord.ground.errors import UsageError

PERIODS: Mapping[str, str] = MappingProxyType(
    {
        "day": "strftime({d}, '%Y-%m-%d')",
        "month": "strftime({d}, '%Y-%m')",
        "quarter": "strftime({d}, '%Y') || '-Q' || quarter({d})",
        "year": "strftime({d}, '%Y')",
        "fiscal-year": "'FY' || year({d} + INTERVAL 3 MONTH)",
    }
)
"""How a date is named by each kind of period; a US federal fiscal year begins on 1 October."""


def date_of(value: str, kind: str) -> str:
    """SQL for the date of `value`, of the engine's type `kind`; null where it cannot be read.

    Texts may be written 2025-02-20 or 2/20/2025 (the month first), with a time or without.
    """
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"CAST({value} AS DATE)"
    text = f"CAST({value} AS VARCHAR)"
    return f"CAST({parsed_date(text, (ISO, MONTH_FIRST, MOMENT, MOMENT_MONTH_FIRST))} AS DATE)"


def period_of(date: str, period: str) -> str:
    """SQL for the name of the period that the date `date` lies in; names sort in order of time."""
    if period not in PERIODS:
        raise UsageError(f'"{period}" is no period; there are {", ".join(PERIODS)}')
    return PERIODS[period].format(d=date)
