"""The rows of a chart's specification, made from its series, and the notes beside a chart.

The build writes them, and `plainrecord verify` makes them again from the receipt.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any, TypeVar

from plainrecord.core.exact_numbers import typeset
from plainrecord.core.plurals import count_noun, several
from plainrecord.core.strict_json import Json
from plainrecord.core.translation import _, ngettext
from plainrecord.model.breaks import number_stretches
from plainrecord.model.evidence import Cell
from plainrecord.model.packages import MissingKind
from plainrecord.model.partial_periods import MARK, PartPeriod, describe_part, is_part
from plainrecord.model.products import LineBreak, Series
from plainrecord.model.statuses import count_absent, is_shown, status_word
from plainrecord.publishing.chart_text import clean_words
from plainrecord.receipts.absent_rows import COUNT, is_dated
from plainrecord.receipts.axis_names import label_key
from plainrecord.receipts.query import LACKING

Noted = TypeVar("Noted", LineBreak, PartPeriod)
ROWS = "rows"
"""The name of the data set inside a specification (Vega-Lite, top-level `datasets`)."""
BREAKS = "breaks"
"""The name of the data set with the places where lines are broken."""
WHOLE = "complete"


def show_number(value: float) -> str:
    """A number as a label: 12, 1,234, 12.5. One that is not zero never reads as zero."""
    if isinstance(value, int):  # a format with decimals goes by a double
        return typeset(f"{value:,}")
    if value.is_integer():
        return typeset(f"{value:,.0f}")
    return typeset(f"{value:,.1f}" if abs(value) >= 0.05 else f"{value:.1g}")


def show_rate(value: float) -> str:
    """A rate or an end of its interval as a label, with a decimal as in tables: 12.0, 12.5."""
    text = show_number(value)
    return text if "." in text or "e" in text else f"{text}.0"


def show_value(value: Cell, status: Cell) -> str:
    """A value as a label, or the word for why it is not there."""
    if not is_shown(status):
        return status_word(status)
    return show_number(value) if isinstance(value, int | float) else str(value)


def _show_row(series: Series, row: Sequence[Cell]) -> list[Cell]:
    return [column.show(cell) for column, cell in zip(series.columns, row, strict=True)]


def name_rows(series: Series) -> list[dict[str, Json]]:
    """A JSON object for each row; `text` says its value in words, or why it is missing.

    Where a key column has periods, `x_text` or `y_text` says them in words.
    """
    records: list[dict[str, Json]] = [
        {
            column.name: clean_words(cell) if isinstance(cell, str) else cell
            for column, cell in zip(series.columns, _show_row(series, row), strict=True)
        }
        for row in series.rows
    ]
    for column in (column for column in series.columns if column.role == "key"):
        words = [label_key(_cell(record[column.name]), column) for record in records]
        if words != [record[column.name] for record in records]:
            for record, label in zip(records, words, strict=True):
                record[f"{column.name}_text"] = label
    for record in records:
        record["text"] = show_value(_cell(record["value"]), _cell(record["status"]))
        ends = [record.get(name) for name in ("lower", "upper")]
        numbers = [show_rate(end) for end in ends if isinstance(end, int | float)]
        if len(numbers) == len(ends):
            if isinstance(value := record["value"], int | float):
                record["text"] = show_rate(value)
            record["text"] = _("{value} ({lower} to {upper})").format(
                value=record["text"], lower=numbers[0], upper=numbers[1]
            )
    return records


def plot_rows(series: Series, breaks: Sequence[LineBreak] = (), *, lines: bool) -> list[Json]:
    """A JSON object for each mark of a chart, absent values with their status.

    Where a line has gaps, each point says in which `stretch` of its line it lies. Where a period is
    not whole, `cover` says so of each mark, and a line to such a point is one of its own.
    """
    records = name_rows(keep_dated(series) if lines else series)
    if lines:
        _add_stretches(records, breaks)
    if series.parts:
        _add_cover(records, series.parts, lines=lines)
    return list(records)


def plot_breaks(breaks: Sequence[LineBreak]) -> list[Json]:
    """A JSON object for each break or event: the stamps beside it, its label and its number."""
    return [
        {"before": b.before, "at": b.at, "label": b.label, "row": n}
        for n, b in enumerate(map(clean_texts, breaks))
    ]


def clean_texts(value: Noted) -> Noted:
    """A break or an incomplete period whose texts a picture can have."""
    texts = {f.name: getattr(value, f.name) for f in fields(value)}
    cleaned: dict[str, Any] = {
        name: clean_words(text) for name, text in texts.items() if isinstance(text, str)
    }
    return replace(value, **cleaned)


def describe_values(series: Series, *, lines: bool) -> tuple[str, ...]:
    """The note on missing values, incomplete periods, and rows without a date or in no sum."""
    drawn = keep_dated(series) if lines else series
    sentences = list(count_absent(row[-1] for row in drawn.rows))
    sentences += _describe_undated(series, lines=lines)
    sentences += _describe_lacking(series)
    periods = {column.name: column.period for column in series.columns}
    sentences += (
        describe_part(part, periods[part.column]) for part in series.parts if not part.status
    )
    return tuple(sentences)


def keep_dated(series: Series) -> Series:
    """The series without the rows that a line over time has no place for: those without a date."""
    rows = tuple(row for row in series.rows if is_dated(str(row[0]), series.columns[0]))
    return replace(series, rows=rows)


def _describe_undated(series: Series, *, lines: bool) -> list[str]:
    """How many rows name no period on an axis of time, and where they are."""
    counted = [n for n, column in enumerate(series.columns) if column.name == "rows"]
    index = -2 if series.measure == COUNT else counted[0] if counted else None
    sentences = []
    for n, column in enumerate(series.columns):
        if column.role != "key":
            continue
        rows = [row for row in series.rows if not is_dated(str(row[n]), column)]
        if not rows:
            continue
        noun = series.unit if series.measure == COUNT and series.unit else "row"
        many = _("Some {units}").format(units=several(noun))
        if index is not None:
            many = _count_known([row[index] for row in rows], noun)
        count = 1 if many.startswith("1 ") else 2
        names = ", ".join(f"“{name}”" for name in dict.fromkeys(str(row[n]) for row in rows))
        apart = ngettext(
            "{rows} has no date ({names}) and appears separately from the periods.",
            "{rows} have no date ({names}) and appear separately from the periods.",
            count,
        )
        beside = ngettext(
            "{rows} has no date ({names}) and appears in the table but not in the chart.",
            "{rows} have no date ({names}) and appear in the table but not in the chart.",
            count,
        )
        sentences.append((beside if lines else apart).format(rows=many, names=names))
    return sentences


def _describe_lacking(series: Series) -> list[str]:
    """How many of the rows behind sums have no value."""
    index = next((n for n, column in enumerate(series.columns) if column.name == LACKING), None)
    if index is None:
        return []
    cells = [row[index] for row in series.rows if row[-1] != MissingKind.SUPPRESSED]
    if not any(cell != 0 for cell in cells):
        return []
    many = _count_known(cells, "row")
    words = ngettext(
        "{rows} has no value and is not included in any sum.",
        "{rows} have no value and are not included in any sum.",
        1 if many.startswith("1 ") else 2,
    )
    return [words.format(rows=many)]


def _count_known(cells: Sequence[Cell], noun: str) -> str:
    """The sum of `cells` in words; some of them may be suppressed."""
    known = sum(cell for cell in cells if isinstance(cell, int))
    if None not in cells:
        return count_noun(known, noun)
    least = _("At least {rows} (how many is suppressed)")
    words = least if known else _("Some {rows} (how many is suppressed)")
    return words.format(rows=count_noun(known, noun) if known else several(noun))


def _cell(value: Json) -> Cell:
    return None if isinstance(value, list | dict) else value


def _add_stretches(records: Sequence[dict[str, Json]], breaks: Sequence[LineBreak]) -> None:
    """Add to each point the stretch of its line, if any line has a gap."""
    if all(b.event for b in breaks) and all(is_shown(record["status"]) for record in records):
        return
    stretches = number_stretches([str(record["x"]) for record in records], breaks)
    hidden: dict[tuple[str, str], int] = {}
    for record in records:
        line = (str(record.get("color")), str(record.get("facet")))
        hidden[line] = hidden.get(line, 0) + (not is_shown(record["status"]))
        if is_shown(record["status"]):  # a number beside a hidden count would read as this count
            record["stretch"] = stretches[str(record["x"])] + hidden[line]


_LAST = -1
"""The stretch of a last point that is not whole, in a line whose first point is not either."""


def _add_cover(records: list[dict[str, Json]], parts: Sequence[PartPeriod], *, lines: bool) -> None:
    """Say of each mark whether its period is whole; repeat points to which a dashed line leads."""
    for record in records:
        panel = record.get("facet")
        part = is_part(record["x"], "x", parts, panel) or is_part(record.get("y"), "y", parts)
        record["cover"] = MARK if part else WHOLE
    if not lines:
        return
    stretches: dict[tuple[str, ...], list[dict[str, Json]]] = {}
    for record in records:
        own = (str(record.get("color")), str(record.get("facet")), str(record.get("stretch")))
        if is_shown(record["status"]):
            stretches.setdefault(own, []).append(record)
    apart = False
    for points in stretches.values():
        points.sort(key=lambda record: str(record["x"]))
        if len(points) > 2 and points[0]["cover"] == points[-1]["cover"] == MARK:
            # Else one dashed line would lead from the first point to the last.
            points[-1]["stretch"], apart = _LAST, True
        for one, two in pairwise(points):
            if {one["cover"], two["cover"]} == {MARK, WHOLE}:
                full, cut = (one, two) if one["cover"] == WHOLE else (two, one)
                place = {"stretch": cut["stretch"]} if "stretch" in cut else {}
                records.append({**full, "cover": MARK, **place})
    for record in records if apart else ():
        record.setdefault("stretch", 0)
