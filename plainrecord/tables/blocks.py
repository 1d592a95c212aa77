"""Delimited text read in blocks by Arrow, which vouches for what it reads or is Unsure."""

from __future__ import annotations

import io
import sys
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from plainrecord.ground.bounds import most_unpacked
from plainrecord.model.packages import Dialect
from plainrecord.tables.archives import open_bytes
from plainrecord.tables.glance import has_line_end
from plainrecord.tables.heads import Head, nullify
from plainrecord.tables.raw import READ_ERRORS, batch_of, in_batches
from plainrecord.tables.textrows import read_rows

BLOCK_BYTES = 2 * 1024 * 1024
"""How much is read at once where no cell has a line end in it: what stays in a core's own memory."""

LONG_BLOCK_BYTES = 12 * 1024 * 1024
"""How much is read at once where some may have: the longest row that the fast reader can take."""

JOINED_BYTES = 12 * 1024 * 1024
"""How much a batch holds at least: the engine needs as long to plan for a small one."""

_BLOCK_SIZES = 100


class Unsure(Exception):  # noqa: N818 - it names a state of the fast reader
    """The fast reader met something that it cannot vouch for; the slow one must read on."""


def read_blocks(
    path: Path, head: Head, seen: int, *, several_lines: bool
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Batches of the rows after row `seen`, each with the number of the last row that was read.

    Several blocks make a batch. Rows with too many or too few cells are set aside while reading and
    come as a batch of their own after the batch that they lay in. Without `several_lines` Arrow cuts
    a block at any line end, which is right where no cell has one in it: a cell that has is Unsure.
    """
    dialect, delimiter, width = head.dialect, head.delimiter, head.width
    uneven: list[tuple[int, str]] = []

    def set_aside(invalid: Any) -> str:
        uneven.append((invalid.number - head.lines + head.header_row, invalid.text))
        return "skip"

    parse = parse_options(head, several_lines=several_lines)
    parse.invalid_row_handler = set_aside
    row, told, placed, blocks = head.header_row, 0, 0, 0
    held: list[pa.RecordBatch] = []
    size = 0
    read, convert = read_options(head), convert_options(head)
    bounded = head.wrapping.kind and not several_lines  # else the bytes themselves are counted
    most = most_unpacked(path) // BLOCK_BYTES + 1 if bounded else None
    with _open_blocks(path, head, read, several_lines=several_lines) as stream:
        try:
            with _quiet_about(set_aside):
                opened = arrow_csv.open_csv(stream, read, parse, convert)
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise Unsure from None
            opened = None
        except READ_ERRORS:
            raise Unsure from None
        while True:
            try:
                with _quiet_about(set_aside):
                    batch = opened.read_next_batch() if opened is not None else None
            except StopIteration:
                batch = None
            except READ_ERRORS:
                raise Unsure from None
            blocks += 1
            if most is not None and blocks > most:
                raise Unsure
            if batch is not None and not several_lines and any(map(has_line_end, batch.columns)):
                raise Unsure
            if batch is not None and batch.num_rows:
                skipped = [number for number, _ in uneven[placed:]]
                numbers = _numbers(row, batch.num_rows, skipped)
                row = int(numbers[-1])
                placed = bisect(uneven, row, key=lambda pair: pair[0])
                held.append(batch_of(numbers, None, batch.columns, width))
                size += batch.nbytes
            if batch is not None and size < JOINED_BYTES:
                continue
            parts = [pa.concat_batches(held)] if held else []
            held, size = [], 0
            due = len(uneven) if batch is None else placed
            if due > told:  # before a part is given out: the careful reader may have to read them
                row = max(row, uneven[due - 1][0])
                rows = [_reread(*pair, dialect, delimiter) for pair in uneven[told:due]]
                parts += in_batches(rows, width)
                told = due
            if row > seen:
                for part in parts:
                    yield _after(part, seen), row
            if batch is None:
                return


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


def _open_blocks(
    path: Path, head: Head, read: arrow_csv.ReadOptions, *, several_lines: bool
) -> Any:
    """The file as a stream for Arrow, with `several_lines` none of its blocks ends between CR and LF.

    Arrow 25 takes a LF that begins a block away where the block before ended with CR, also inside
    a quoted cell. A plain file is then read in blocks of another size where that is needed; what
    is packed comes in blocks that leave a CR to the next one. Where a line end in a cell makes the
    reader Unsure anyway, Arrow reads and unpacks by itself, without waiting for Python's threads.
    """
    if not several_lines:
        opened = pa.OSFile(str(path))
        if not head.wrapping.kind:
            return opened
        if head.wrapping.kind == "gz":
            return pa.CompressedInputStream(opened, "gzip")
        opened.close()
        return open_bytes(path, head.wrapping)
    read.block_size = LONG_BLOCK_BYTES
    if head.wrapping.kind:
        return _Blocks(open_bytes(path, head.wrapping))
    for size in range(LONG_BLOCK_BYTES, LONG_BLOCK_BYTES - _BLOCK_SIZES, -1):
        with path.open("rb") as stream:
            length = stream.seek(0, io.SEEK_END)
            for end in range(size, length, size):
                stream.seek(end - 1)
                if stream.read(2) == b"\r\n":
                    break
            else:
                read.block_size = size
                return pa.OSFile(str(path))
    raise Unsure


class _Blocks(io.RawIOBase):
    """The bytes of `stream`; a CR that would end a block comes with the next one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._held + self._stream.read(len(buffer) - len(self._held))
        self._held = b""
        if len(read) > 1 and read.endswith(b"\r"):
            read, self._held = read[:-1], b"\r"
        buffer[: len(read)] = read
        return len(read)

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def _quiet_about(handler: Callable[[Any], str]) -> Iterator[None]:
    """Nothing on the terminal where Arrow cannot decode an uneven row before it asks `handler`.

    Arrow then gives the row up with an error of its own, and the careful reader names the byte.
    """
    before = sys.unraisablehook

    def tell(unraisable: Any) -> None:
        if unraisable.object is not handler:
            before(unraisable)

    sys.unraisablehook = tell
    try:
        yield
    finally:
        sys.unraisablehook = before


def _numbers(row: int, count: int, skipped: list[int]) -> Any:
    """The numbers of `count` rows after `row`, without those in `skipped` (ascending)."""
    if not skipped:
        return np.arange(row + 1, row + 1 + count, dtype=np.int64)
    numbers = np.arange(row + 1, row + 1 + count + len(skipped), dtype=np.int64)
    return np.setdiff1d(numbers, np.array(skipped, dtype=np.int64), assume_unique=True)[:count]


def _reread(
    number: int, text: str, dialect: Dialect, delimiter: str
) -> tuple[int, Sequence[str | None]]:
    """An uneven row as the careful reader takes it."""
    rows = list(read_rows(io.StringIO(text, newline=""), dialect, delimiter))
    if len(rows) != 1 or (dialect.quote_char and text.count(dialect.quote_char) % 2):
        raise Unsure
    return number, nullify(rows[0], dialect)
