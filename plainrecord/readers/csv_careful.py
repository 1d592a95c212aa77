"""Rows of cells in a text, as its dialect has them (Table Dialect v2, delimited formats).

Python's own reader does the work. It knows delimiters of one character and rows that end with a
line break; what the standard allows beyond that is turned into these.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO

from plainrecord.model.packages import Dialect
from plainrecord.readers.batches import Unreadable, source_error

BLOCK_CHARACTERS = 1024 * 1024
LONGEST_LINE = 10_000_000
"""Characters of a line, or of a cell over several lines, that are held in memory."""

STAND_IN = "\ufdd1"
"""Replaces a delimiter of several characters while a row is read; it is no character of any text."""


def read_rows(stream: IO[str], dialect: Dialect, delimiter: str) -> CarefulRows:
    """The rows of cells in `stream`."""
    csv.field_size_limit(LONGEST_LINE)
    lines = _lines(stream)
    if not ends_with_lines(dialect):
        lines = _pieces(stream, dialect.line_terminator, dialect.quote_char)
    return CarefulRows(lines, dialect, delimiter)


def ends_with_lines(dialect: Dialect) -> bool:
    """Whether rows end with a line break of any kind."""
    return not dialect.line_terminator.strip("\r\n")


def delimiter_problem(delimiter: str, dialect: Dialect) -> str:
    """Why a text cannot be a delimiter; empty when it can."""
    if not delimiter or STAND_IN in delimiter or set(delimiter) & {"\r", "\n", dialect.quote_char}:
        return f"{delimiter!r} cannot be a delimiter"
    return ""


class CarefulRows:
    """An iterator over rows of cells."""

    def __init__(self, lines: Iterator[str], dialect: Dialect, delimiter: str) -> None:
        self._taken: list[str] = []
        self._few = False
        self._delimiter = delimiter if len(delimiter) > 1 else ""
        self._reader = csv.reader(
            self._take(lines),
            delimiter=STAND_IN if self._delimiter else delimiter,
            quotechar=dialect.quote_char or None,
            quoting=csv.QUOTE_MINIMAL if dialect.quote_char else csv.QUOTE_NONE,
            doublequote=dialect.double_quote,
            escapechar=dialect.escape_char or None,
            skipinitialspace=dialect.skip_initial_space,
        )

    @property
    def line_num(self) -> int:
        """How many lines were read, where lines end rows."""
        return self._reader.line_num

    @property
    def text(self) -> str:
        """The last row as it is in the file, delimiters and quotes included."""
        return "".join(self._taken)

    @property
    def on_empty_line(self) -> bool:
        """Whether the last row is an empty line, or one of nothing but blanks."""
        return self._few and not self.text.strip()

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._taken.clear()
        cells = next(self._reader)
        self._few = len(cells) < 2 and not "".join(cells).strip()
        if self._delimiter:  # it may have stood inside quotes
            return [cell.replace(STAND_IN, self._delimiter) for cell in cells]
        return cells

    def _take(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self._taken.append(line)
            yield line.replace(self._delimiter, STAND_IN) if self._delimiter else line


def _too_long() -> Unreadable:
    return source_error(
        f"a line is longer than {LONGEST_LINE:,} characters",
        "a table with line breaks; or check `dialect.lineTerminator`",
    )


def _lines(stream: IO[str]) -> Iterator[str]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise _too_long()
        yield line


def _pieces(stream: IO[str], terminator: str, quote: str) -> Iterator[str]:
    """The rows of a text that end with `terminator`, which may stand inside quotes as well."""
    rest, row, open_quote, length = "", list[str](), False, 0
    while True:
        block = stream.read(BLOCK_CHARACTERS)
        pieces = (rest + block).split(terminator)
        rest = pieces.pop()
        if not block and rest.strip("\r\n"):
            pieces.append(rest)
        for piece in pieces:
            row.append(piece)
            length += len(piece)
            open_quote ^= bool(quote) and piece.count(quote) % 2 == 1
            if not open_quote:
                yield _unbroken(terminator.join(row), terminator, quote)
                row, length = [], 0
        if max(len(rest), length) > LONGEST_LINE:
            raise _too_long()
        if not block:
            if row:
                yield terminator.join(row)
            return


def _unbroken(row: str, terminator: str, quote: str) -> str:
    if ("\n" in row or "\r" in row) and not (quote and quote in row):
        text = f"a line breaks inside a row that should end with {terminator!r}"
        raise source_error(text, "the sign that ends rows in `lineTerminator`")
    return row
