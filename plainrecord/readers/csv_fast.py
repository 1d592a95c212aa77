"""Read delimited text in blocks with Arrow; raise FastReaderGaveUp where it may read it wrongly."""

from __future__ import annotations  # sys.UnraisableHookArgs is in stubs alone

import codecs
import io
import re
import sys
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from plainrecord.core import arrow_compute as pc
from plainrecord.model.packages import Dialect
from plainrecord.readers.batches import READ_ERRORS, batch_of, in_batches, text_column
from plainrecord.readers.column_bytes import has_line_end
from plainrecord.readers.compression import open_bytes
from plainrecord.readers.csv_careful import read_rows
from plainrecord.readers.csv_header import Head, apply_null_sequence
from plainrecord.readers.quotes import QuoteWatch

BLOCK_BYTES = 2 * 1024 * 1024
"""How much is read at once where each line is a row: what stays in a core's own memory."""

LONG_BLOCK_BYTES = 12 * 1024 * 1024
"""How much is read at once where some may have: the longest row that the fast reader can take."""

JOINED_BYTES = 8 * 1024 * 1024
"""How much a batch holds at least: the engine needs as long to plan for a small one."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_CR, _LF = ord("\r"), ord("\n")


class FastReaderGaveUp(Exception):  # noqa: N818 - it names a state of the fast reader
    """The fast reader may be wrong about what follows; the careful one must read on."""


def read_blocks(
    path: Path, head: Head, seen: int, watch: QuoteWatch, *, several_lines: bool
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Batches of the rows after row `seen`, each with the number of the last row that was read.

    `watch` sees all that is read, from the first row on. Several blocks make a batch. Rows with too
    many or too few cells come as a batch of their own, after the batch of their neighbours. Without
    `several_lines` every line must be a row. Raises FastReaderGaveUp.
    """
    dialect, delimiter, width = head.dialect, head.delimiter, head.width
    uneven: list[tuple[int, str]] = []
    row, yielded, placed = head.header_row, 0, 0
    batches: list[pa.RecordBatch] = []
    size = 0
    read = _read_long_blocks if several_lines else _read_whole_lines
    for batch in chain(read(path, head, uneven, watch), [None]):
        if batch is not None and batch.num_rows:
            skipped = [number for number, _ in uneven[placed:]]
            numbers = _numbers(row, batch.num_rows, skipped)
            empty = watch.empty_rows[bisect(watch.empty_rows, row) :]
            widths = np.where(np.isin(numbers, empty), 0, width) if empty else None
            row = int(numbers[-1])
            placed = bisect(uneven, row, key=lambda pair: pair[0])
            batches.append(batch_of(numbers, widths, batch.columns, width))
            size += batch.nbytes
        if batch is not None and size < JOINED_BYTES:
            continue
        parts = [pa.concat_batches(batches)] if batches else []  # type: ignore[attr-defined]
        batches, size = [], 0
        due = len(uneven) if batch is None else placed
        if due > yielded:  # before a part is given out: the careful reader may have to read them
            row = max(row, uneven[due - 1][0])
            rows = [_reread(*pair, dialect, delimiter) for pair in uneven[yielded:due]]
            parts += in_batches(rows, width)
            yielded = due
        if row > seen:
            for part in parts:
                yield _after(part, seen), row


def _read_whole_lines(
    path: Path, head: Head, uneven: list[tuple[int, str]], watch: QuoteWatch
) -> Iterator[pa.RecordBatch]:
    """The rows of block after block, where each line is one row; else FastReaderGaveUp.

    Uneven rows are appended to `uneven` with their numbers. Arrow ends a row at each line end that
    is not in a cell: as many rows as line ends prove that none is. The last row of a block is checked
    by itself, as Arrow takes an open quote at the end for a closed one.
    """
    before = head.header_row

    def add_uneven(invalid: arrow_csv.InvalidRow) -> Literal["skip"]:
        uneven.append((before + cast("int", invalid.number), invalid.text))
        return "skip"

    parse, convert = parse_options(head, several_lines=False), convert_options(head)
    parse.invalid_row_handler = add_uneven
    read = read_options(head)
    read.skip_rows = 0
    for data, lines in _cut_lines(path, head):
        uneven_before = len(uneven)
        try:
            with _suppress_output(add_uneven):
                table = arrow_csv.read_csv(
                    cast("IO[bytes]", pa.BufferReader(data)), read, parse, convert
                )
        except READ_ERRORS:
            raise FastReaderGaveUp from None
        if table.num_rows + len(uneven) - uneven_before != lines:
            raise FastReaderGaveUp
        before += lines
        _check_last_row(uneven, before, head)
        batches = table.to_batches()
        for batch in batches:
            last = batch.slice(batch.num_rows - 1)
            if any(has_line_end(text_column(last, name)) for name in last.schema.names):
                raise FastReaderGaveUp
        if len(uneven) == uneven_before:
            watch.pass_lines(data, lines)
        else:
            watch.pass_bytes(data, last=True)
        yield from batches


def _check_last_row(uneven: list[tuple[int, str]], row: int, head: Head) -> None:
    """Raise FastReaderGaveUp where `row`, the last one, is uneven and may end in quotes."""
    signs = {head.dialect.quote_char, head.dialect.escape_char} - {"", None}
    if uneven and uneven[-1][0] == row and any(sign in uneven[-1][1] for sign in signs if sign):
        raise FastReaderGaveUp


def _cut_lines(path: Path, head: Head) -> Iterator[tuple[pa.Buffer, int]]:
    """The lines below the header in blocks, with their counts; FastReaderGaveUp unless LF ends all.

    A block is valid until the next one is read.
    """
    block = bytearray(BLOCK_BYTES)
    data, signs = pa.py_buffer(block), np.frombuffer(block, dtype=np.uint8)
    with open_bytes(path, head.wrapping) as stream:
        skip, full, more, first = head.lines, 0, True, True
        while more:
            try:
                full += stream.readinto(memoryview(block)[full:])  # type: ignore[attr-defined]
            except READ_ERRORS:
                raise FastReaderGaveUp from None
            more = full == len(block)
            start, end = 0, block.rfind(b"\n", 0, full) + 1 if more else full
            while skip and start < end:
                start = block.find(b"\n", start, end) + 1 or end
                skip -= 1
            begun = block.startswith(codecs.BOM_UTF8, start) and not (first and start == 0)
            if (more and (skip or not end)) or begun or _has_lone_return(signs[:end]):
                raise FastReaderGaveUp
            if start < end:
                ends = int(np.count_nonzero(signs[start:end] == _LF))
                yield data.slice(start, end - start), ends + (signs[end - 1] != _LF)
            block[: full - end] = block[end:full]
            full, first = full - end, False


def _has_lone_return(signs: np.ndarray) -> bool:
    """Whether a CR is among `signs`, an array of bytes, that no LF follows."""
    if not (signs == _CR).any():
        return False
    following = np.flatnonzero(signs == _CR) + 1
    return bool(following[-1] == len(signs) or (signs[following] != _LF).any())


def _read_long_blocks(
    path: Path, head: Head, uneven: list[tuple[int, str]], watch: QuoteWatch
) -> Iterator[pa.RecordBatch]:
    """The rows of block after block, cells with line ends among them; uneven rows as above."""

    def add_uneven(invalid: arrow_csv.InvalidRow) -> Literal["skip"]:
        row = cast("int", invalid.number) - head.lines + head.header_row
        uneven.append((row, invalid.text))
        return "skip"

    parse, convert = parse_options(head, several_lines=True), convert_options(head)
    parse.invalid_row_handler = add_uneven
    read, rows = read_options(head), head.header_row
    read.block_size = LONG_BLOCK_BYTES
    with _Blocks(open_bytes(path, head.wrapping), watch, head.lines) as stream:
        try:
            with _suppress_output(add_uneven):
                opened = arrow_csv.open_csv(cast("IO[bytes]", stream), read, parse, convert)
            while True:
                with _suppress_output(add_uneven):
                    batch = opened.read_next_batch()
                if watch.empty_rows:  # Arrow does not tell an empty line from empty cells
                    raise FastReaderGaveUp
                rows += batch.num_rows
                yield batch
        except StopIteration:
            _check_last_row(uneven, rows + len(uneven), head)
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise FastReaderGaveUp from None
        except READ_ERRORS:
            raise FastReaderGaveUp from None


def read_options(head: Head) -> arrow_csv.ReadOptions:
    """How Arrow reads the rows below `head`: in blocks, by one thread, columns c0, c1, ..."""
    return arrow_csv.ReadOptions(
        use_threads=False,
        block_size=BLOCK_BYTES,
        skip_rows=head.lines,
        column_names=[f"c{number}" for number in range(head.width)],
    )


def parse_options(head: Head, *, several_lines: bool) -> arrow_csv.ParseOptions:
    """How Arrow takes the rows below `head` apart; `several_lines` as for the fast reader."""
    return arrow_csv.ParseOptions(
        delimiter=head.delimiter,
        quote_char=head.dialect.quote_char or False,
        double_quote=head.dialect.double_quote,
        escape_char=head.dialect.escape_char or False,
        newlines_in_values=several_lines,
        ignore_empty_lines=False,
    )


def convert_options(head: Head, columns: Sequence[str] = ()) -> arrow_csv.ConvertOptions:
    """All cells of `columns` (none: of all) as text, null where the dialect says so."""
    return arrow_csv.ConvertOptions(
        column_types={f"c{number}": pa.string() for number in range(head.width)},
        include_columns=list(columns),
        null_values=[""],
        strings_can_be_null=head.dialect.null_sequence == "",
        quoted_strings_can_be_null=head.dialect.null_sequence == "",
    )


def _after(part: pa.RecordBatch, seen: int) -> pa.RecordBatch:
    """The rows of `part` after row `seen` of the file."""
    numbers = part.column("row")
    if not part.num_rows or numbers[0].as_py() > seen:
        return part
    return part.filter(pc.greater(numbers, seen))


class _Blocks(io.RawIOBase):
    """The bytes of `stream` for Arrow; `watch` sees them as well, from the line after `lines` on.

    A CR at the end of a block comes with the next one: where a block ends with CR, Arrow 25 drops a
    LF that begins the next one, also inside a quoted cell.
    """

    def __init__(self, stream: IO[bytes], watch: QuoteWatch, lines: int) -> None:
        self._stream, self._watch, self._lines = stream, watch, lines
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._held + self._stream.read(len(buffer) - len(self._held))
        self._held = b""
        if len(read) > 1 and read.endswith(b"\r"):
            read, self._held = read[:-1], b"\r"
        buffer[: len(read)] = read
        self._show(read)
        return len(read)

    def _show(self, read: bytes) -> None:
        """Show the watch what was read, without the lines of the header."""
        start = 0
        while self._lines and start < len(read):
            line_end = _LINE_END.search(read, start)
            start = line_end.end() if line_end else len(read)
            self._lines -= bool(line_end)
        self._watch.pass_bytes(memoryview(read)[start:], last=not read)

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def _suppress_output(handler: Callable[[arrow_csv.InvalidRow], str]) -> Iterator[None]:
    """Print nothing where Arrow cannot decode an uneven row for `handler`.

    Arrow then raises an error of its own, and the careful reader names the byte.
    """
    before = sys.unraisablehook

    def report(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.object is not handler:
            before(unraisable)

    sys.unraisablehook = report
    try:
        yield
    finally:
        sys.unraisablehook = before


def _numbers(row: int, count: int, skipped: list[int]) -> np.ndarray:
    """The numbers of `count` rows after `row`, without those in `skipped` (ascending)."""
    if not skipped:
        return np.arange(row + 1, row + 1 + count, dtype=np.int64)
    numbers = np.arange(row + 1, row + 1 + count + len(skipped), dtype=np.int64)
    return np.setdiff1d(numbers, np.array(skipped, dtype=np.int64), assume_unique=True)[:count]


def _reread(
    number: int, text: str, dialect: Dialect, delimiter: str
) -> tuple[int, Sequence[str | None]]:
    """An uneven row as the careful reader reads it."""
    reader = read_rows(io.StringIO(text, newline=""), dialect, delimiter)
    rows = [[] if reader.on_empty_line else apply_null_sequence(cells, dialect) for cells in reader]
    if len(rows) != 1 or (dialect.quote_char and text.count(dialect.quote_char) % 2):
        raise FastReaderGaveUp
    return number, rows[0]
