"""Names of axes, and of groups of rows that have no value of their own: absent ones, the rest."""

import re
from collections.abc import Iterable, Sequence

import duckdb

from plainrecord.core.periods import name_period
from plainrecord.core.plurals import begin_sentence
from plainrecord.core.translation import _, to_translate
from plainrecord.model.evidence import Cell
from plainrecord.model.packages import ReleasedTable
from plainrecord.model.products import SeriesColumn, raw_text
from plainrecord.receipts.absent_rows import TIMES
from plainrecord.receipts.engine import identifier, literal
from plainrecord.receipts.query import fetch_rows

APART = " (no such value)"
"""What is added to a name where a value has it."""
NO_VALUE = "(no value)"
"""What a line is called that has no value of its own, where no value is called so."""
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_TIME = re.compile(
    r"(?:date|day|time|hour|month|quarter|year|timestamp|date-?time|(?:date|day) and (?:hour|time))"
    r"(?=$| of )",
    re.IGNORECASE,
)
_LAST = re.compile(r"(.*\w) (?:date|day)", re.IGNORECASE)
_PERIODS = {
    "hour": (to_translate("Hour"), to_translate("{label}, by hour")),
    "weekday": (to_translate("Weekday"), to_translate("{label}, by weekday")),
    "day": (to_translate("Day"), to_translate("{label}, by day")),
    "month": (to_translate("Month"), to_translate("{label}, by month")),
    "quarter": (to_translate("Quarter"), to_translate("{label}, by quarter")),
    "year": (to_translate("Year"), to_translate("{label}, by year")),
    "fiscal-year": (to_translate("Fiscal year"), to_translate("{label}, by fiscal year")),
}


def name_absent(values: Iterable[str | None]) -> str:
    """The name of the line without a value, different from all `values`."""
    taken, name = {value.lower() for value in values if value is not None}, NO_VALUE
    while name in taken:
        name += APART
    return name


def name_apart(
    connection: duckdb.DuckDBPyConnection, table: ReleasedTable, text: str, words: Sequence[str]
) -> tuple[str, ...]:
    """The `words`, each changed where a value (`text` in SQL), or the last, reads the same."""
    tried = {word: [f"{word}{APART * n}" for n in range(3)] for word in words}
    listed = ", ".join(literal(name.lower()) for names in tried.values() for name in names)
    query = (
        f"SELECT DISTINCT lower({text}) FROM {identifier(table.resource)} "
        f"WHERE lower({text}) IN ({listed})"
    )
    taken = {str(name) for (name,) in fetch_rows(connection, table.dataset, query)}

    def choose(word: str) -> str:
        return next((name for name in tried[word] if name.lower() not in taken), tried[word][-1])

    named = tuple(map(choose, words[:-1]))
    taken |= {name.lower() for name in named}
    return (*named, choose(words[-1]))


def year_sql(period: str, year: str, column: str) -> str:
    """SQL for the year of a column of periods; a text that is no period stays as it is.

    `year` is calendar, or fiscal for the fiscal years of the U.S. government.
    """
    if period in ("year", "fiscal-year"):
        return column
    number = f"TRY_CAST(left({column}, 4) AS INTEGER)"
    if year == "fiscal":
        late = f"right({column}, 2) IN ('10', '11', '12', 'Q4')"
        number = f"{number} + CASE WHEN {late} THEN 1 ELSE 0 END"
    return f"coalesce(CAST({number} AS VARCHAR), {column})"


def name_key(cell: Cell, column: SeriesColumn, *, short: bool = False) -> str:
    """A value of a key column in a sentence, or `short` on an axis: a period in words.

    2011-12 is a month in a column of times alone: elsewhere it may be a school year.
    """
    text = raw_text(column.show(cell))
    dated = column.period or column.type in TIMES or not _MONTH.fullmatch(text)
    return name_period(text, column.period, short=short) if dated else text


def label_key(cell: Cell, column: SeriesColumn) -> str:
    """A value of a key column as it stands alone: a period in words begins with a capital."""
    words = name_key(cell, column)
    return words if words == raw_text(column.show(cell)) else begin_sentence(words)


def name_axis(label: str, period: str) -> str:
    """What an axis of periods is called: "Month of the arrest" for "Day of the arrest", "Stop
    month" for "Stop date".
    """
    if not period:
        return label
    word, by = _PERIODS[period]
    match = _TIME.match(label)
    if (before := _LAST.fullmatch(label)) is not None:
        return f"{before[1]} {period.replace('-', ' ')}"
    if match is None:
        return _(by).format(label=label)
    return _(word) + label[match.end() :]
