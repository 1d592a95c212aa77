"""Find quotes that make a cell too long: cells that contain whole rows, text after a quote.

`QuoteWatch` sees the text of a delimited file while a reader takes it apart, as whole rows or as
blocks of bytes, and gives warnings with the line in which the quote was opened.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Dialect

_CR, _LF, _BLANK = ord("\r"), ord("\n"), ord(" ")
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST_SHOWN = 80


class QuoteWatch:
    """Counts the quoted cells of one file that hold rows, or have text after the closing quote.

    `width` is how many cells a row has, `labels` those of the header; the text begins after `lines`
    lines and `rows` rows of the file. A row is recognised by its separators: the lines of a cell have
    as many as a row has, not counting one before a blank (as a comma in a sentence is), unless the
    header has blanks after separators too. `empty_rows` are those of the blocks of bytes that have no
    character.
    """

    def __init__(
        self,
        dialect: Dialect,
        delimiter: str,
        width: int,
        *,
        labels: Sequence[str] = (),
        lines: int = 0,
        rows: int = 0,
    ) -> None:
        self._dialect, self._delimiter, self._width = dialect, delimiter, width
        self._spaced = dialect.skip_initial_space or any(
            label.startswith(" ") for label in labels[1:]
        )
        self._lines, self._rows = lines, rows
        self._rest = b""
        self._swallowed: list[tuple[int, int, int]] = []  # line, row, how many lines
        self._texts: list[tuple[int, int, str]] = []
        self._open: tuple[int, int, int] | None = None
        self._counts = {"swallowed": 0, "texts": 0}
        self.empty_rows: list[int] = []
        self._quote = dialect.quote_char or ""
        self._pattern = _pattern_of(dialect, delimiter) if self._quote else None

    def findings(self) -> Iterator[Finding]:
        """A warning for each kind, with its first place; `row` is the first row with such a cell."""
        if self._open is not None:
            line, row, many = self._open
            more = f"it takes {many:,} lines" if many > 1 else "the file may be cut off"
            text = f"the quote that opens the last cell, in line {line:,}, is never closed: {more}"
            yield Finding("quote-open", text, "a closed quote", row=row)
        if self._swallowed:
            line, row, many = self._swallowed[0]
            count, also = self._counted("swallowed")
            text = (
                f"a quote that opens in line {line:,} takes {many:,} lines with the separators of "
                f"rows into one cell{also}"
            )
            yield Finding("quote-stray", text, "a closed quote in each row", row=row, count=count)
        if self._texts:
            line, row, shown = self._texts[0]
            count, also = self._counted("texts")
            text = (
                f"text follows the quote that closes a cell, which opens in line {line:,}: "
                f"{shown!r}{also}"
            )
            yield Finding("quote-stray", text, "a separator, or two quotes", row=row, count=count)

    def _counted(self, kind: str) -> tuple[int, str]:
        count = self._counts[kind]
        return count, f"; so in {count - 1:,} more" if count > 1 else ""

    def pass_row(self, text: str, *, comment: bool = False) -> None:
        """Read one row as it is in the file, with or without its line end."""
        rows = self._rows
        if self._quote and self._quote in text and not comment:
            self._scan(text, whole=True)
        else:
            self._lines += max(1, _count_ends(text))
        self._rows = rows + 1

    def pass_lines(self, data: Any, lines: int) -> None:
        """Read `lines` whole lines, each one row in which Arrow found as many cells as it should."""
        if self._quote and self._is_regular(np.frombuffer(data, dtype=np.uint8), lines):
            self._lines, self._rows = self._lines + lines, self._rows + lines
        else:
            self.pass_bytes(data, last=True)

    def _is_regular(self, signs: Any, lines: int) -> bool:
        """Whether quotes stand only around whole cells, and no row is empty; False where uncertain.

        If there are as many separators as the rows need, none is inside quotes, so that each begins
        a cell. A quote that either begins or ends a cell is then no part of it, and Arrow would have
        joined a cell whose quote does not close to the next one.
        """
        sure = (self._delimiter + self._quote).isascii() and not self._dialect.escape_char
        if not sure or len(signs) < 3 or signs[-1] != _LF or (signs == _CR).any():
            return False
        ends, separators = signs == _LF, signs == ord(self._delimiter)
        if np.count_nonzero(separators) != lines * (self._width - 1):
            return False
        if ends[0] or (ends[1:] & ends[:-1]).any():
            return False
        edges, quotes = ends | separators, signs == ord(self._quote)
        if (quotes[1:-1] & (edges[:-2] == edges[2:])).any() or (quotes[0] and edges[1]):
            return False
        opening = np.count_nonzero(quotes[1:] & edges[:-1]) + int(quotes[0])
        return bool(2 * opening == np.count_nonzero(quotes))

    def pass_bytes(self, data: Any, *, last: bool = False) -> None:
        """Read the next bytes of UTF-8; an unfinished row waits for more bytes, unless it is the `last`."""
        block = self._rest + bytes(data) if self._rest else data
        signs = np.frombuffer(block, dtype=np.uint8)
        end = self._pass_regular(signs, last=last) if self._quote else len(signs)
        if end is None:
            text = bytes(block).decode("utf-8", errors="surrogateescape")
            done = self._scan(text, whole=last)
            end = len(text[:done].encode("utf-8", errors="surrogateescape"))
        self._rest = bytes(memoryview(block)[end:])

    def _pass_regular(self, signs: Any, *, last: bool) -> int | None:
        """How many bytes are whole rows without misplaced quotes; None where that is uncertain.

        Of well-placed quotes the first, third, ... open a cell or repeat the one before, and the
        second, fourth, ... close one or are repeated.
        """
        if not (self._delimiter + self._quote).isascii():
            return None
        returns = np.flatnonzero(signs == _CR)
        if len(returns) and (returns[-1] + 1 == len(signs) or (signs[returns + 1] != _LF).any()):
            return None
        both = np.flatnonzero((signs == _LF) | (signs == ord(self._quote)))  # found in one pass
        is_end = signs[both] == _LF
        places = np.flatnonzero(is_end)
        ends, quotes = both[places], both[~is_end]
        escape = self._dialect.escape_char
        if len(quotes) and escape and (signs == ord(escape)).any():
            return None
        outside = (places - np.arange(len(ends))) % 2 == 0  # an even count of quotes before it
        if last:
            end = len(signs)
        elif outside.any():
            end = int(ends[np.flatnonzero(outside)[-1]]) + 1
        else:
            return 0
        if end < len(signs):
            quotes, ends = quotes[quotes < end], ends[ends < end]
            outside = outside[: len(ends)]
        beside = self._delimiter.encode() + b"\r\n"
        if self._dialect.double_quote:
            beside += self._quote.encode()
        edge = np.zeros(256, dtype=bool)
        edge[list(beside)] = True
        opening, closing = quotes[::2], quotes[1::2]
        if len(opening) and opening[0] == 0:
            opening = opening[1:]  # it begins a line
        if len(closing) and closing[-1] == end - 1:
            closing = closing[:-1]  # it ends one
        if (
            len(quotes) % 2
            or not edge.take(signs.take(opening - 1)).all()
            or not edge.take(signs.take(closing + 1)).all()
        ):
            return None
        if not outside.all() and self._has_shapes(signs[:end], ends, outside):
            return None
        self._find_empty(signs, ends, outside)
        tail = int(end > (int(ends[-1]) + 1 if len(ends) else 0))
        self._lines += len(ends) + tail
        self._rows += int(outside.sum()) + tail
        return end

    def _find_empty(self, signs: Any, ends: Any, outside: Any) -> None:
        """Note rows without a character, by the line `ends` that are `outside` quotes."""
        lengths = np.diff(ends, prepend=-1)
        at = np.flatnonzero((lengths <= 2) & outside)
        bare = (lengths[at] == 1) | (signs[ends[at] - 1] == _CR)
        rows = self._rows + np.cumsum(outside)[at]
        self.empty_rows += rows[bare & ((at == 0) | outside[at - 1])].tolist()

    def _has_shapes(self, signs: Any, ends: Any, outside: Any) -> bool:
        """Whether a line that begins inside quotes has as many separators as a row."""
        if self._width < 2 or self._spaced:
            return True
        places = np.flatnonzero(signs == ord(self._delimiter))
        following = np.append(signs, _LF)[places + 1]
        tight = places[following != _BLANK]
        edges = np.searchsorted(tight, np.append(ends, len(signs)))
        counts = np.diff(edges)  # of the line after each line end
        return bool((counts[~outside] == self._width - 1).any())

    def _scan(self, text: str, *, whole: bool) -> int:
        """Check every quoted cell of `text`, counting lines and rows; where rows end."""
        assert self._pattern is not None  # noqa: S101 - called only where there are quotes
        done, row_start, line, row = 0, 0, self._lines + 1, self._rows + 1
        waiting: list[tuple[str, int, int, Any]] = []
        for match in self._pattern.finditer(text):
            opened = match.end("lead")
            between = text[done:opened]
            if last := [m.end() for m in _LINE_END.finditer(between)]:
                self._take(waiting)
                waiting, row_start = [], done + last[-1]
                self._note_empty(text, done, row_start, row)
                self._lines, self._rows = line + len(last) - 1, row + len(last) - 1
            line, row = line + len(last), row + len(last)
            cell, after = match["cell"], match["after"]
            many = _count_ends(cell) + 1
            if after is None:
                waiting.append(("open", line, row, len(cell.splitlines()) or 1))
            elif after:
                shown = text[opened : match.end()][:_LONGEST_SHOWN]
                waiting.append(("text", line, row, shown))
            if many > 1 and after is not None and self._is_rows(text, opened, match.end(), many):
                waiting.append(("rows", line, row, many))
            line += many - 1
            done = match.end()
        rest = [m.end() for m in _LINE_END.finditer(text, done)]
        self._note_empty(text, done, rest[-1] if rest else done, row)
        if whole:
            self._take(waiting)
            unended = not rest or rest[-1] < len(text)
            self._lines = line + len(rest) - (0 if unended else 1)
            return len(text)
        if rest:
            self._take(waiting)
            self._lines, self._rows = line + len(rest) - 1, row + len(rest) - 1
            return rest[-1]
        return row_start

    def _note_empty(self, text: str, start: int, end: int, row: int) -> None:
        """Take down the rows without a character between two places outside of quotes."""
        before = 0 if start == 0 else -1
        for number, line_end in enumerate(_LINE_END.finditer(text, start, end), row):
            if line_end.start() == before:
                self.empty_rows.append(number)
            before = line_end.end()

    def _is_rows(self, text: str, opened: int, closed: int, many: int) -> bool:
        """Whether the lines of a cell have the separators of rows."""
        if self._width < 2:
            return False
        start = max(text.rfind("\n", 0, opened), text.rfind("\r", 0, opened)) + 1
        after = _LINE_END.search(text, closed)
        lines = _LINE_END.split(text[start : after.start() if after else len(text)])
        lines = [*lines[:many]]
        shaped = [self._is_shaped(line) for line in lines]
        if many == 2:
            return all(shaped)
        inner = [fits for fits, line in zip(shaped[1:-1], lines[1:-1], strict=True) if line.strip()]
        return bool(inner) and 2 * sum(inner) >= len(inner)

    def _is_shaped(self, line: str) -> bool:
        count = line.count(self._delimiter)
        if not self._spaced:
            count -= line.count(self._delimiter + " ")
        return count == self._width - 1

    def _take(self, waiting: Sequence[tuple[str, int, int, Any]]) -> None:
        for kind, line, row, what in waiting:
            if kind == "open":
                self._open = (line, row, what)
            elif kind == "text":
                self._counts["texts"] += 1
                self._texts = self._texts or [(line, row, what)]
            else:
                self._counts["swallowed"] += 1
                self._swallowed = self._swallowed or [(line, row, what)]


def _count_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _pattern_of(dialect: Dialect, delimiter: str) -> re.Pattern[str]:
    """A quoted cell with what is before it, `cell` inside it and `after` it, None if it stays open."""
    quote, escape = re.escape(dialect.quote_char or ""), dialect.escape_char or ""
    sign = re.escape(delimiter)
    inner = [f"[^{quote}{re.escape(escape)}]"]
    if escape and escape != dialect.quote_char:
        inner.insert(0, re.escape(escape) + ".")
        sign = f"(?<!{re.escape(escape)}){sign}"
    if dialect.double_quote or escape == dialect.quote_char:
        inner.append(quote * 2)
    blanks = " *" if dialect.skip_initial_space else ""
    return re.compile(
        rf"(?P<lead>(?:\A|{sign}|[\r\n]){blanks}){quote}(?P<cell>(?:{'|'.join(inner)})*+)"
        rf"(?:{quote}(?P<after>(?:(?!{sign})[^\r\n])*+)|\Z)",
        re.DOTALL,
    )
