"""Small tables for readers: cells as text, numbers out of tables of counts with their marks."""

from collections.abc import Sequence
from dataclasses import dataclass

from plainrecord.model.counts import Absence, CountTable, Label, Shown, label, label_period, show
from plainrecord.model.evidence import Cell
from plainrecord.model.partial_periods import is_part
from plainrecord.pages.portal_context import NumberCell, Numbers


@dataclass(frozen=True, slots=True)
class CountLine:
    """A year or a value, its count, and that as a part of the largest; years may be incomplete."""

    name: Label
    count: Shown
    part: float
    incomplete: bool = False


def tabulate(
    caption: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[Cell | Shown]],
    left_out: str | Shown = "",
) -> Numbers:
    """The rows as a table; `left_out` is how many more there are."""
    numeric = tuple(
        all(_is_number(row[n]) for row in rows if not isinstance(row[n], Absence | None))
        for n in range(len(headings))
    )
    return Numbers(
        caption,
        tuple(headings),
        numeric,
        tuple(tuple(_cell(cell, numeric[n]) for n, cell in enumerate(row)) for row in rows),
        left_out,
    )


def _is_number(cell: Cell | Shown) -> bool:
    if isinstance(cell, Shown):
        return not isinstance(cell, Label)
    if isinstance(cell, str):
        return cell.endswith("%")
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _cell(cell: Cell | Shown, numeric: bool) -> NumberCell:
    if cell is None or (isinstance(cell, Shown) and not cell.text):
        return NumberCell("none", "absent")  # what is suppressed says so
    if isinstance(cell, Absence):
        return NumberCell(cell, "absent")
    if isinstance(cell, Shown):
        kind = "suppressed" if cell.suppressed else "number" if numeric else "key"
        return NumberCell(cell, kind)
    return NumberCell(_show(cell), "number" if numeric else "key")


def _show(cell: Cell) -> str:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    if isinstance(cell, int):  # a format with decimals goes by a double
        return f"{cell:,}"
    return f"{cell:,.0f}" if cell.is_integer() else f"{cell:,.2f}"


def describe_lines(
    table: CountTable,
    lines: Sequence[int] | None = None,
    name: int = 1,
    *,
    periods: bool = False,
) -> tuple[CountLine, ...]:
    """The `lines` of a table (all unless given), whose column `name` names what the next one counts.

    Stamps such as 2026-Q1 are written in words where the names may be `periods`.
    """
    name_line = label_period if periods else label
    lines = range(1, len(table.rows) + 1) if lines is None else lines
    numbers = [cell if isinstance(cell := table.rows[n - 1][name], int) else 0 for n in lines]
    most = max(numbers, default=0) or 1
    return tuple(
        CountLine(
            name_line(table, f"{line}.{name}"),
            show(table, f"{line}.{name + 1}"),
            number / most,
            is_part(table.rows[line - 1][name - 1], table.columns[name - 1], table.parts),
        )
        for line, number in zip(lines, numbers, strict=True)
    )
