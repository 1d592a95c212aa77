"""Dates in SQL: what a value is as a date, and how a date's period is named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from plainrecord.comparison.readings import (
    ISO,
    MOMENT,
    MOMENT_MONTH_FIRST,
    MONTH_FIRST,
    parsed_date,
)
from plainrecord.core.errors import UsageError

if TYPE_CHECKING:
    import duckdb

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

_LENGTHS = {"day": 0, "month": 1, "quarter": 2, "year": 3, "fiscal-year": 3}
_COARSE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "month": (r"\d{4}-\d{2}", "{v} || '-01'"),
        "quarter": (
            r"\d{4}-?Q[1-4]",
            "left({v}, 4) || '-' || (3 * right({v}, 1)::INT - 2) || '-01'",
        ),
        "year": (r"\d{4}", "{v} || '-01-01'"),
    }
)
"""How values are written that tell no day, and the first day that they stand for."""


def date_of(value: str, kind: str) -> str:
    """SQL for the date of `value`, of the engine's type `kind`; null where it cannot be read.

    Texts may be written 2025-02-20 or 2/20/2025 (the month first), with a time or without. A value
    that tells the month, the quarter or the year alone (2025-02, 2025-Q1, 2025) is its first day.
    """
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"CAST({value} AS DATE)"
    text = f"CAST({value} AS VARCHAR)"
    plain = f"trim({text})"
    coarse = " ".join(
        f"WHEN regexp_full_match({plain}, '{form}') THEN try_cast({day.format(v=plain)} AS DATE)"
        for form, day in _COARSE.values()
    )
    whole = parsed_date(text, (ISO, MONTH_FIRST, MOMENT, MOMENT_MONTH_FIRST))
    return f"CASE {coarse} ELSE CAST({whole} AS DATE) END"


def finest_period(
    connection: duckdb.DuckDBPyConnection, relation: str, value: str, kind: str, period: str
) -> str:
    """`period`, or the longer one that most values of `value` tell: day, month, quarter or year.

    A date that was cut to the quarter has no month; a calendar year has no fiscal one.
    """
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return period
    plain = f"trim(CAST({value} AS VARCHAR))"
    counts = ", ".join(
        f"count_if(regexp_full_match({plain}, '{form}'))" for form, _ in _COARSE.values()
    )
    rows = connection.execute(f"SELECT count({value}), {counts} FROM {relation}").fetchall()
    filled, *told = rows[0]
    for grain, count in zip(_COARSE, told, strict=True):
        longer = _LENGTHS[grain] > _LENGTHS[period] or (grain, period) == ("year", "fiscal-year")
        if 2 * count > filled and longer:
            return grain
    return period


def period_of(date: str, period: str) -> str:
    """SQL for the name of the period that the date `date` lies in; names sort in order of time."""
    if period not in PERIODS:
        raise UsageError(f'"{period}" is no period; there are {", ".join(PERIODS)}')
    return PERIODS[period].format(d=date)
