"""Delimited text: a fast reader that vouches for what it reads, and a careful one for the rest."""

from __future__ import annotations

import codecs
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
from plainrecord.tables.archives import Wrapping, open_bytes, wrapping_of
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
from plainrecord.tables.textrows import delimiter_problem, ends_with_lines, read_rows

BLOCK_BYTES = 12 * 1024 * 1024
_DELIMITERS = {"tsv": "\t", "tab": "\t"}
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}
"""What Python lists among its encodings though no file is written in it: names of hosts, escapes."""


def open_text(path: Path, encoding: str, wrapping: Wrapping | None = None) -> IO[str]:
    name = _codec(encoding)
    return io.TextIOWrapper(open_bytes(path, wrapping), encoding=name, newline="")


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding or "utf-8").name
        if name in _NO_CHARSETS:
            raise LookupError
        "a".encode(name).decode(name)  # of text there are some that Python names and cannot do
    except (LookupError, UnicodeError, ValueError):  # ValueError: a name with NUL
        raise Unreadable("encoding-invalid", f'there is no encoding "{encoding}"') from None
    return "utf-8-sig" if name == "utf-8" else name


def undecodable(path: Path, encoding: str, wrapping: Wrapping | None = None) -> Unreadable:
    """The finding for the first byte of `path` that is not text, with its line and place."""
    name = _codec(encoding)
    decoder = codecs.getincrementaldecoder(name.replace("utf-8-sig", "utf-8"))()
    line, offset = 1, 0
    with open_bytes(path, wrapping) as stream:
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


def read_text(text: str, resource: Resource) -> RawTable:
    """The table in delimited text that a descriptor holds inline."""
    dialect = resource.dialect
    rows = list(read_rows(io.StringIO(text, newline=""), dialect, _delimiter(resource)))
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
    if problem := delimiter_problem(delimiter, dialect):
        raise Unreadable("source-error", problem)
    return delimiter


def open_delimited(path: Path, resource: Resource) -> RawTable:
    dialect, delimiter = resource.dialect, _delimiter(resource)
    last = max(dialect.header_rows) if dialect.header and dialect.header_rows else 0
    head: list[list[str]] = []
    first: list[str] = []
    lines = 0
    wrapping = wrapping_of(path, resource)
    with open_text(path, resource.encoding, wrapping) as stream:
        reader: Any = read_rows(stream, dialect, delimiter)
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
        or dialect.null_sequence not in {None, ""}
        or dialect.skip_initial_space
        or _codec(resource.encoding) != "utf-8-sig"
        or not ends_with_lines(dialect)
        or len(delimiter) > 1
    )
    width = len(labels) if labels is not None else len(first)
    fast = plain and width > 1
    used = [Reader.FAST if fast else Reader.CAREFUL]

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        del targets
        seen = last
        if fast:
            try:
                for batch, seen in _fast(  # noqa: B007 - used below
                    path, wrapping, dialect, delimiter, lines, last, width
                ):
                    yield batch
                return
            except Unsure:
                used[0] = Reader.CAREFUL
        yield from _slow(path, wrapping, resource, delimiter, width, seen)

    return RawTable(labels, last or None, batches, lambda: used[0], wrapping.others)


class Unsure(Exception):  # noqa: N818 - it names a state of the fast reader
    """The fast reader met something that it cannot vouch for; the slow one must read on."""


def _fast(
    path: Path,
    wrapping: Wrapping,
    dialect: Dialect,
    delimiter: str,
    lines: int,
    last: int,
    width: int,
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
        null_values=[""],
        strings_can_be_null=dialect.null_sequence == "",
        quoted_strings_can_be_null=dialect.null_sequence == "",
    )
    row, told = last, 0
    # A plain file is read by Arrow into its own memory, without a copy through Python's.
    with open_bytes(path, wrapping) if wrapping.kind else pa.OSFile(str(path)) as stream:
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


def _reread(
    number: int, text: str, dialect: Dialect, delimiter: str
) -> tuple[int, Sequence[str | None]]:
    """An uneven row as the careful reader takes it."""
    rows = list(read_rows(io.StringIO(text, newline=""), dialect, delimiter))
    if len(rows) != 1 or (dialect.quote_char and text.count(dialect.quote_char) % 2):
        raise Unsure
    return number, _nulls(rows[0], dialect)


def _slow(
    path: Path, wrapping: Wrapping, resource: Resource, delimiter: str, width: int, seen: int
) -> Iterator[pa.RecordBatch]:
    """Batches of the rows after row `seen`."""
    dialect = resource.dialect
    with open_text(path, resource.encoding, wrapping) as stream:
        rows = _numbered(read_rows(stream, dialect, delimiter), dialect)
        try:
            yield from in_batches((pair for pair in rows if pair[0] > seen), width)
        except UnicodeDecodeError:
            raise undecodable(path, resource.encoding, wrapping) from None
        except READ_ERRORS as error:
            raise Unreadable("source-error", f"the file cannot be read: {reason(error)}") from None


def _is_comment(number: int, cells: Sequence[str], dialect: Dialect) -> bool:
    sign = dialect.comment_char
    return number in dialect.comment_rows or bool(sign and cells and cells[0].startswith(sign))


def _numbered(
    reader: Iterator[list[str]], dialect: Dialect
) -> Iterator[tuple[int, Sequence[str | None]]]:
    for number, cells in enumerate(reader, 1):
        if _is_comment(number, cells, dialect):
            continue
        yield number, _nulls(cells, dialect)


def _nulls(cells: Sequence[str], dialect: Dialect) -> Sequence[str | None]:
    """The cells of a row, those that the dialect calls null as None."""
    if dialect.null_sequence is None:
        return cells
    return [None if cell == dialect.null_sequence else cell for cell in cells]
