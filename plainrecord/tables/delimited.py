"""Delimited text: a fast reader that vouches for what it reads, and a careful one for the rest."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import sys
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from plainrecord.model.checks import Reader
from plainrecord.model.packages import Dialect, Resource
from plainrecord.tables.raw import (
    READ_ERRORS,
    RawTable,
    Targets,
    Unreadable,
    batch_of,
    in_batches,
    labels_of,
    reason,
)

BLOCK_BYTES = 24 * 1024 * 1024
BUFFER_BYTES = 1024 * 1024
LONGEST_LINE = 10_000_000
"""Characters of a line, or of a cell over several lines, that are held in memory."""

_DELIMITERS = {"tsv": "\t", "tab": "\t"}


MOST_UNPACKED = 50_000_000_000
MOST_RATIO = 300
FREE_BYTES = 200_000_000
"""A gzip file may unpack to 300 times its size, or to 200 MB whatever its size, and to 50 GB."""


class _Unpacked(io.RawIOBase):
    """The bytes inside a gzip file, which end with `Unreadable` where they grow out of bounds."""

    def __init__(self, path: Path) -> None:
        self._stream = gzip.open(path, "rb")  # noqa: SIM115 - closed with this
        packed = path.stat().st_size
        self._most = min(MOST_UNPACKED, max(FREE_BYTES, MOST_RATIO * packed))
        self._seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._stream.readinto(buffer)
        self._seen += count
        if self._seen > self._most:
            raise Unreadable(
                "source-error",
                f"the file unpacks to more than {self._most:,} bytes",
                f"at most {MOST_RATIO} times its packed size",
            )
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def _packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of the file at `path`, unpacked where it is gzip."""
    if _packed(path):
        return io.BufferedReader(_Unpacked(path), BUFFER_BYTES)
    return path.open("rb")


def open_text(path: Path, encoding: str) -> IO[str]:
    name = _codec(encoding)
    return io.TextIOWrapper(open_bytes(path), encoding=name, newline="")


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding or "utf-8").name
        "a".encode(name).decode(name)  # of text there are some that Python names and cannot do
    except (LookupError, UnicodeError, ValueError):  # ValueError: a name with NUL
        raise Unreadable("encoding-invalid", f'there is no encoding "{encoding}"') from None
    return "utf-8-sig" if name == "utf-8" else name


def undecodable(path: Path, encoding: str) -> Unreadable:
    """The finding for the first byte of `path` that is not text, with its line and place."""
    name = _codec(encoding)
    decoder = codecs.getincrementaldecoder(name.replace("utf-8-sig", "utf-8"))()
    line, offset = 1, 0
    with open_bytes(path) as stream:
        while True:
            chunk = stream.read(BLOCK_BYTES)
            held = len(decoder.getstate()[0])
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                good = error.object[: error.start]
                line += good.count(b"\n")
                place = offset - held + error.start
                byte = error.object[error.start]
                found = f"byte 0x{byte:02X} at position {place + 1}, line {line}"
                return Unreadable("encoding-invalid", found, f"text in {encoding or 'utf-8'}", line)
            if not chunk:
                return Unreadable("encoding-invalid", "the text cannot be decoded", encoding)
            offset += len(chunk)


def _lines(stream: IO[str]) -> Iterator[str]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise Unreadable(
                "source-error",
                f"a line is longer than {LONGEST_LINE:,} characters",
                "a table with line breaks; or check `dialect.lineTerminator`",
            )
        yield line


def _reader(stream: IO[str], dialect: Dialect, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_LINE)
    return csv.reader(
        _lines(stream),
        delimiter=delimiter,
        quotechar=dialect.quote_char or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote_char else csv.QUOTE_NONE,
        doublequote=dialect.double_quote,
        escapechar=dialect.escape_char or None,
        skipinitialspace=dialect.skip_initial_space,
    )


def read_text(text: str, resource: Resource) -> RawTable:
    """The table in delimited text that a descriptor holds inline."""
    dialect = resource.dialect
    rows = list(_reader(io.StringIO(text, newline=""), dialect, _delimiter(resource)))
    last = max(dialect.header_rows) if dialect.header and dialect.header_rows else 0
    if len(rows) < last:
        raise Unreadable(
            "source-error", f"the data have {len(rows)} rows", f"a header in row {last}"
        )
    labels = labels_of(rows, dialect) if last else None
    width = len(labels) if labels is not None else max(map(len, rows), default=0)

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        del targets
        body = (pair for pair in _numbered(iter(rows), dialect) if pair[0] > last)
        return in_batches(body, width)

    return RawTable(labels, last or None, batches)


def _delimiter(resource: Resource) -> str:
    dialect = resource.dialect
    delimiter = _DELIMITERS.get(resource.format.lower(), ",")
    if dialect.delimiter and not (dialect.delimiter == "," and delimiter != ","):
        delimiter = dialect.delimiter
    if len(delimiter) != 1:
        raise Unreadable("source-error", f"the delimiter {delimiter!r} is not one character")
    return delimiter


def open_delimited(path: Path, resource: Resource) -> RawTable:
    dialect, delimiter = resource.dialect, _delimiter(resource)
    last = max(dialect.header_rows) if dialect.header and dialect.header_rows else 0
    head: list[list[str]] = []
    first: list[str] = []
    lines = 0
    with open_text(path, resource.encoding) as stream:
        reader: Any = _reader(stream, dialect, delimiter)
        head = list(islice(reader, last))
        lines = reader.line_num
        first = next(reader, [])
        while 0 < last <= len(head) and any(
            _is_comment(n, head[n - 1], dialect) for n in dialect.header_rows
        ):
            last += 1
            dialect = replace(dialect, header_rows=tuple(n + 1 for n in dialect.header_rows))
            if lines == reader.line_num:
                break
            head.append(first)
            lines = reader.line_num
            first = next(reader, [])
    if last and len(head) < last:
        raise Unreadable(
            "source-error", f"the file has {len(head)} rows", f"a header in row {last}"
        )
    labels = labels_of(head, dialect) if last else None
    plain = not (
        dialect.comment_char
        or dialect.comment_rows
        or dialect.null_sequence is not None
        or dialect.skip_initial_space
        or _codec(resource.encoding) != "utf-8-sig"
        or dialect.line_terminator not in {"\r\n", "\n", "\r", ""}
    )
    width = len(labels) if labels is not None else len(first)
    fast = plain and width > 1
    used = [Reader.FAST if fast else Reader.CAREFUL]

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        del targets
        seen = last
        if fast:
            try:
                for batch, seen in _fast(path, dialect, delimiter, lines, last, width):  # noqa: B007 - used below
                    yield batch
                return
            except Unsure:
                used[0] = Reader.CAREFUL
        yield from _slow(path, resource, delimiter, width, seen)

    return RawTable(labels, last or None, batches, lambda: used[0])


class Unsure(Exception):  # noqa: N818 - it names a state of the fast reader
    """The fast reader met something that it cannot vouch for; the slow one must read on."""


def _fast(
    path: Path, dialect: Dialect, delimiter: str, lines: int, last: int, width: int
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Batches, each with the number of the last row that has been read.

    Rows with too many or too few cells are set aside while reading and come as a batch of their
    own after the batch of their block.
    """
    names = [f"c{number}" for number in range(width)]
    uneven: list[tuple[int, str]] = []

    def set_aside(invalid: Any) -> str:
        uneven.append((invalid.number - lines + last, invalid.text))
        return "skip"

    read = arrow_csv.ReadOptions(
        use_threads=False, block_size=BLOCK_BYTES, skip_rows=lines, column_names=names
    )
    parse = arrow_csv.ParseOptions(
        delimiter=delimiter,
        quote_char=dialect.quote_char or False,
        double_quote=dialect.double_quote,
        escape_char=dialect.escape_char or False,
        newlines_in_values=True,
        ignore_empty_lines=False,
        invalid_row_handler=set_aside,
    )
    convert = arrow_csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )
    row, told = last, 0
    # A plain file is read by Arrow into its own memory, without a copy through Python's.
    with open_bytes(path) if _packed(path) else pa.OSFile(str(path)) as stream:
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
            parts = []
            if batch is not None and batch.num_rows:
                numbers = _numbers(row, batch.num_rows, [number for number, _ in uneven[told:]])
                row = int(numbers[-1])
                parts.append(batch_of(numbers, None, batch.columns, width))
            due = len(uneven) if batch is None else bisect(uneven, row, key=lambda pair: pair[0])
            if due > told:  # before a part is given out: the careful reader may have to read them
                row = max(row, uneven[due - 1][0])
                rows = [_reread(*pair, dialect, delimiter) for pair in uneven[told:due]]
                parts += in_batches(rows, width)
                told = due
            for part in parts:
                yield part, row
            if batch is None:
                return


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


def _reread(number: int, text: str, dialect: Dialect, delimiter: str) -> tuple[int, list[str]]:
    """An uneven row as the careful reader takes it."""
    rows = list(_reader(io.StringIO(text, newline=""), dialect, delimiter))
    if len(rows) != 1 or (dialect.quote_char and text.count(dialect.quote_char) % 2):
        raise Unsure
    return number, rows[0]


def _slow(
    path: Path, resource: Resource, delimiter: str, width: int, seen: int
) -> Iterator[pa.RecordBatch]:
    """Batches of the rows after row `seen`."""
    dialect = resource.dialect
    with open_text(path, resource.encoding) as stream:
        rows = _numbered(_reader(stream, dialect, delimiter), dialect)
        try:
            yield from in_batches((pair for pair in rows if pair[0] > seen), width)
        except UnicodeDecodeError:
            raise undecodable(path, resource.encoding) from None
        except READ_ERRORS as error:
            raise Unreadable("source-error", f"the file cannot be read: {reason(error)}") from None


def _is_comment(number: int, cells: Sequence[str], dialect: Dialect) -> bool:
    sign = dialect.comment_char
    return number in dialect.comment_rows or bool(sign and cells and cells[0].startswith(sign))


def _numbered(
    reader: Iterator[list[str]], dialect: Dialect
) -> Iterator[tuple[int, Sequence[str | None]]]:
    null = dialect.null_sequence
    for number, cells in enumerate(reader, 1):
        if _is_comment(number, cells, dialect):
            continue
        if null is not None:
            yield number, [None if cell == null else cell for cell in cells]
        else:
            yield number, cells
