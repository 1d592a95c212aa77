"""The digits of a column's numbers, and the type of the engine that keeps every one exactly.

A column is DECIMAL where its longest whole part and its most decimals fit into 38 digits together.
Else it is DOUBLE where every number is the shortest form of a double, as numbers of workbooks are:
then a double is written as it was read. What fits neither is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MOST_DIGITS = 38
"""The digits that DECIMAL holds, in DuckDB and in Parquet's files for most readers."""

SHORT_DIGITS = 18
"""Up to so many digits DECIMAL takes eight bytes; a column gets 18 or 38, so that few types occur."""

CERTAIN_DIGITS = 15
"""A number of so many digits is the shortest form of a double and fits into `WORKING`."""

CLOSENESS = 1e-12
"""What adding up doubles may cost, relative to the numbers added: nothing less counts as a difference."""

WORKING = "DECIMAL(30,15)"
"""The type of a column of numbers while it is read: what has at most `CERTAIN_DIGITS` fits."""


def measure(number: Decimal) -> tuple[int, int]:
    """How many digits a finite number has before the point and after it, without idle zeros."""
    _, digits, exponent = number.as_tuple()
    places = int(exponent)
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return 0, 0
    short = text.rstrip("0")
    places += len(text) - len(short)
    return max(len(short) + places, 0), max(-places, 0)


def fits(number: Decimal) -> bool:
    """Whether a finite number fits into a DECIMAL of its own."""
    return sum(measure(number)) <= MOST_DIGITS


def is_double(number: Decimal) -> bool:
    """Whether a number is the shortest form of a double, so that a double is written as the number."""
    return not number.is_finite() or Decimal(repr(float(number))) == number


def plain_text(number: Decimal) -> str:
    """A finite number in digits without an exponent and idle zeros; 0 has no sign."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def typeset(number: str) -> str:
    """A written number with a minus sign where a program writes a hyphen: −1.8."""
    return number.replace("-", "−")


def exact(number: float) -> str:
    """A finite number as SQL with all its digits: the engine reads no exponent as a decimal."""
    return plain_text(Decimal(str(number)))


@dataclass
class ColumnDigits:
    """The digits of a column's numbers; `wide` is no double, `endless` no DECIMAL."""

    whole: int = 0
    decimals: int = 0
    wide: str | None = None
    endless: str | None = None

    def widen(self, whole: int, decimals: int) -> None:
        """Take in numbers of so many digits before and after the point."""
        self.whole, self.decimals = max(self.whole, whole), max(self.decimals, decimals)

    def add(self, number: Decimal) -> None:
        """Take in one number, or NaN or infinity."""
        if not number.is_finite() or not fits(number):
            self.endless = self.endless or str(number)
            return
        self.widen(*measure(number))
        if not self.wide and not is_double(number):
            self.wide = plain_text(number)

    def kind(self) -> str | None:
        """The type of the column; None where no type keeps all of its numbers exactly."""
        digits = self.whole + self.decimals
        if self.endless is None and digits <= MOST_DIGITS:
            return f"DECIMAL({SHORT_DIGITS if digits <= SHORT_DIGITS else MOST_DIGITS},{self.decimals})"
        return "DOUBLE" if self.wide is None else None

    def problem(self) -> str:
        """Why no type keeps all of the column's numbers exactly, in words."""
        if self.endless is not None:
            return f"{self.wide} has more digits than a double, and {self.endless} is no DECIMAL"
        return (
            f"the numbers have up to {self.whole} digits before the point and up to "
            f"{self.decimals} after it"
        )


class WrittenFloat(float):
    """A number of a document that no double has as its shortest form; its text is what was written."""

    def __new__(cls, text: str) -> WrittenFloat:
        """The nearest double, which keeps `text`."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def read_float(text: str) -> float:
    """The number that `text` of a JSON document is; a `WrittenFloat` where a double would change it."""
    value = float(text)
    try:
        return value if Decimal(repr(value)) == Decimal(text) else WrittenFloat(text)
    except ArithmeticError:
        return WrittenFloat(text)
