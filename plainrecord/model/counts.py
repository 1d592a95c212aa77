"""Tables of counts: what a query gives, and the numbers that a page shows out of it.

A page names each number by the cells it is made of: `2.3` is the third cell of the second row,
`1.2+1.3` a sum, `1.2-1.3` a difference, `2.3/1.1` a share in percent. Whoever has the rows can say
what it must be.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal, localcontext
from functools import cache
from operator import mul
from typing import Protocol, TypeGuard, TypeVar

from markupsafe import Markup, escape

from plainrecord.core.exact_numbers import typeset
from plainrecord.core.periods import name_period
from plainrecord.core.translation import ngettext
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.partial_periods import PartPeriod, mark_part
from plainrecord.model.statuses import status_word

SUPPRESSED = "suppressed"
"""What replaces a suppressed count in a receipt's rows and on pages."""

_TERM = r"[0-9]{1,6}\.[0-9]{1,4}"
_SUM = rf"{_TERM}(?:[+-]{_TERM})*"
_CELLS = re.compile(rf"({_SUM})(?:/({_SUM}))?")
_SIGNED = re.compile(rf"([+-]?)({_TERM})")
_LONG = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class CountTable:
    """The rows of a query that numbers on pages are made of; hidden ones are "suppressed".

    `parts` are periods in its cells that are not whole; pages mark them. `labels` say what columns
    have, in the words that pages use.
    """

    id: str
    title: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    receipt: Receipt
    parts: tuple[PartPeriod, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def as_cells(counts: Iterable[Cell]) -> tuple[Cell, ...]:
    """`counts` as cells of a CountTable: "suppressed" in the place of None."""
    return tuple(SUPPRESSED if count is None else count for count in counts)


@dataclass(frozen=True, slots=True)
class RecordList:
    """A published list: the CSV at `path` has the rows of a query; pages list `listed` of them."""

    id: str
    title: str
    unit: str
    path: str
    listed: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Shown:
    """A number on a page: its text, and the cells of which table of counts it is made."""

    text: str
    proof: str
    cells: str

    @property
    def suppressed(self) -> bool:
        return self.text == SUPPRESSED

    @property
    def marked(self) -> Markup:
        """The number as it stands on pages, so that a verifier finds it and its receipt."""
        proof, cells, text = escape(self.proof), escape(self.cells), escape(self.text)
        # Markup.format takes five times as long.
        return Markup(f'<span data-count="{proof}" data-cells="{cells}">{text}</span>')  # noqa: S704


@dataclass(frozen=True, slots=True)
class Label(Shown):
    """The text of a row, such as the name of an office: marked as numbers are, and none itself."""


@dataclass(frozen=True, slots=True)
class Absence(Label):
    """The word for why a number is not there: no data, withheld."""


@dataclass(frozen=True, slots=True)
class LinkedNumber(Shown):
    """A number or a text whose receipt is on another page, without a mark and uncounted here."""

    @property
    def marked(self) -> Markup:
        return Markup.escape(self.text)


Sentence = tuple[str | Shown, ...]
"""A sentence with numbers in it."""


def name_cells(expression: str) -> frozenset[tuple[int, int]]:
    """The cells (row, column, from 1) that an expression names; ValueError for what is none."""
    if not _CELLS.fullmatch(expression):
        raise ValueError(f"{expression[:60]!r} names no cells")
    pairs = (cell.split(".") for _, cell in _SIGNED.findall(expression))
    return frozenset((int(row), int(column)) for row, column in pairs)


def show_cells(expression: str, rows: Sequence[Sequence[Cell]]) -> str:
    """What a page must show for the cells: 1,234; a share; a text; "suppressed" where one is.

    ValueError for an expression that names no cells, or cells that are not there.
    """
    for row, column in name_cells(expression):
        if not (0 < row <= len(rows) and 0 < column <= len(rows[row - 1])):
            raise ValueError(f"there is no cell {row}.{column}")
    match = _CELLS.fullmatch(expression)
    parts = [_add(part, rows) for part in (match.groups() if match else ()) if part]
    if SUPPRESSED in parts:
        return SUPPRESSED
    if len(parts) == 1:
        return parts[0] if isinstance(parts[0], str) else show_number(parts[0])
    first, second = parts
    if _is_number(first) and _is_number(second):
        return word_share(first, second)
    return word_share(float(_read_long(first)), float(_read_long(second)))


def mark_cell(
    cell: str,
    words: str,
    rows: Sequence[Sequence[Cell]],
    columns: Sequence[str],
    parts: Sequence[PartPeriod],
) -> str:
    """The `words` of one cell, marked where it is a period that is not whole."""
    if not parts or not _SIGNED.fullmatch(cell):
        return words
    row, column = (int(number) - 1 for number in cell.split("."))
    return mark_part(str(rows[row][column]), columns[column], parts, rows[row][0], words)


def show_number(value: float | Decimal) -> str:
    """A number as a reader sees it: 1,234, with two decimals where it is not whole."""
    if isinstance(value, int):  # a format with decimals goes by a double
        return typeset(f"{value:,}")
    whole = isinstance(value, float) and value.is_integer()
    return typeset(f"{value:,.0f}" if whole else f"{value:,.2f}")


def _add(part: str, rows: Sequence[Sequence[Cell]]) -> float | Decimal | str:
    """The sum of the cells, exactly where one has too many digits for a double; a lone text."""
    signs, values = [], []
    for sign, cell in _SIGNED.findall(part):
        row, column = map(int, cell.split("."))
        signs.append(-1 if sign == "-" else 1)
        values.append(rows[row - 1][column - 1])
    if SUPPRESSED in values:
        return SUPPRESSED
    numbers = [value for value in values if _is_number(value)]
    if len(numbers) == len(values):
        return sum(sign * number for sign, number in zip(signs, numbers, strict=True))
    if len(values) == 1:
        return "" if values[0] is None else str(values[0])
    with localcontext(prec=_LONGEST):
        total = sum(map(mul, signs, map(_read_long, values)), Decimal(0))
        return int(total) if total == total.to_integral_value() else total


def _is_number(value: Cell | Decimal) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_long(value: Cell | Decimal) -> Decimal:
    """A number of whatever length; ValueError for another text."""
    text = str(value)
    if len(text) > _LONGEST or not (_is_number(value) or _LONG.fullmatch(text)):
        raise ValueError("a text cannot be added, and has no share")
    return Decimal(text)


def word_share(count: float, rows: float) -> str:
    """A percentage with one decimal; 0% or 100% where it is exactly that; "" of nothing."""
    if not rows:
        return ""
    if count in (0, rows):
        return "100%" if count else "0%"
    if 0 < count < rows / 2000:
        return "under 0.1%"
    if rows > count > rows - rows / 2000:
        return "over 99.9%"
    return typeset(f"{count * 100 / rows:,.1f}%")


class Marked(Protocol):
    """A number that stands on pages with a mark, by which a verifier finds its receipt."""

    @property
    def marked(self) -> Markup:
        """The number with its mark."""


Part = TypeVar("Part", bound=Marked)


def say(sentence: Sequence[str | Marked]) -> Markup:
    """A sentence as it stands on pages, each number in it marked."""
    return Markup("").join(part if isinstance(part, str) else part.marked for part in sentence)


def number(shown: str | Shown, one: str, many: str) -> Sentence:
    """A number and the translated words after it: `one` where it is exactly 1, otherwise `many`."""
    text = shown if isinstance(shown, str) else shown.text
    return (shown, f" {ngettext(one, many, plural_number(text))}")


def verb_number(part: int, whole: int) -> int:
    """The number that decides the form of a verb: 2 of 3 rows agree, 0 of 1 row agrees."""
    return 1 if whole == 1 else part


def plural_number(shown: str) -> int:
    """The number that decides the form of a noun after `shown`: "1" is 1, "suppressed" is 2."""
    digits = shown.replace(",", "")
    return int(digits) if digits.isdecimal() else 2


def fill(words: str, *values: str | Part | tuple[str | Part, ...]) -> tuple[str | Part, ...]:
    """`words` as a sentence, each {} in it replaced by the next of `values`."""
    parts: list[str | Part] = []
    for text, value in zip(words.split("{}"), (*values, ""), strict=True):
        parts += (text, *value) if isinstance(value, tuple) else (text, value)
    return tuple(parts)


def show(table: CountTable, cells: str) -> Shown:
    """The number that `cells` of the table make."""
    return Shown(show_cells(cells, table.rows), table.id, cells)


def label(table: CountTable, cell: str) -> Label:
    """The text in a cell of the table."""
    return _label(table, cell, show_cells(cell, table.rows))


def label_period(table: CountTable, cell: str) -> Label:
    """The day or period in a cell of the table, in a reader's words: 18 May 2026."""
    return _label(table, cell, name_period(show_cells(cell, table.rows)))


def show_status(table: CountTable, cell: str) -> Absence:
    """The word for the kind of missing value in a cell of the table."""
    return Absence(status_word(show_cells(cell, table.rows)), table.id, cell)


def _label(table: CountTable, cell: str, words: str) -> Label:
    marked = mark_cell(cell, words, table.rows, table.columns, table.parts)
    return Label(marked, table.id, cell)


def count_shown(value: object) -> int:
    """How many numbers from tables of counts `value` contains, at any depth."""
    if isinstance(value, Label | LinkedNumber):
        return 0
    if isinstance(value, Shown):
        return not value.suppressed
    if isinstance(value, Markup):
        return value.count("<span data-count=")
    if isinstance(value, tuple):
        return sum(map(count_shown, value))
    inner = (getattr(value, name) for name in _counted_fields(type(value)))  # type: ignore[arg-type]
    return sum(map(count_shown, inner))


@cache
def _counted_fields(kind: type) -> tuple[str, ...]:
    """The fields of a class in which numbers may stand."""
    if not is_dataclass(kind) or issubclass(kind, CountTable | Receipt):
        return ()
    return tuple(field.name for field in fields(kind))
