"""Read delimited text: with the fast reader where it is certain, with the careful one elsewhere."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from plainrecord.model.checks import Reader
from plainrecord.model.packages import Dialect, Resource
from plainrecord.readers.batches import (
    READ_ERRORS,
    RawTable,
    Targets,
    in_batches,
    reason,
    source_error,
    split_header,
)
from plainrecord.readers.csv_careful import CarefulRows, read_rows
from plainrecord.readers.csv_fast import FastReaderGaveUp, read_blocks
from plainrecord.readers.csv_header import (
    Head,
    apply_null_sequence,
    delimiter_of,
    is_comment,
    open_text,
    read_head,
    undecodable,
)
from plainrecord.readers.quotes import QuoteWatch


def read_text(text: str, resource: Resource) -> RawTable:
    """The table in delimited text that a descriptor holds inline."""
    dialect, delimiter = resource.dialect, delimiter_of(resource)
    rows = list(read_rows(io.StringIO(text, newline=""), dialect, delimiter))
    labels, last = split_header(rows, dialect, "the data have")
    width = len(labels) if labels is not None else max(map(len, rows), default=0)
    watch = QuoteWatch(dialect, delimiter, width, labels=labels or ())

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        del targets
        again = read_rows(io.StringIO(text, newline=""), dialect, delimiter)
        body = (pair for pair in _numbered(again, dialect, watch) if pair[0] > last)
        return in_batches(body, width)

    return RawTable(labels, last or None, batches, remarks=watch.findings, empty_lines=True)


def open_delimited(path: Path, resource: Resource) -> RawTable:
    """The table in the delimited text at `path`, its header already read."""
    head = read_head(path, resource)
    reader = [Reader.FAST if head.plain else Reader.CAREFUL]
    watches: list[QuoteWatch] = []

    def new_watch(*, below_header: bool) -> QuoteWatch:
        watch = QuoteWatch(
            head.dialect,
            head.delimiter,
            head.width,
            labels=head.labels or (),
            lines=head.lines if below_header else 0,
            rows=head.header_row if below_header else 0,
        )
        watches.append(watch)
        return watch

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        del targets
        seen = head.header_row
        # Cells with line ends in them are expected only in files that have some.
        for several_lines in (False, True) if head.plain else ():
            watch = new_watch(below_header=True)
            try:
                for batch, row in read_blocks(path, head, seen, watch, several_lines=several_lines):
                    seen = row
                    yield batch
            except FastReaderGaveUp:
                continue
            return
        reader[0] = Reader.CAREFUL
        yield from _read_carefully(path, head, resource, seen, new_watch(below_header=False))

    return RawTable(
        head.labels,
        head.header_row or None,
        batches,
        lambda: reader[0],
        head.wrapping.others,
        lambda: watches[-1].findings() if watches else (),
        empty_lines=True,
    )


def _read_carefully(
    path: Path, head: Head, resource: Resource, seen: int, watch: QuoteWatch
) -> Iterator[pa.RecordBatch]:
    """Batches of the rows after row `seen`."""
    dialect = resource.dialect
    with open_text(path, resource.encoding, head.wrapping) as stream:
        rows = _numbered(read_rows(stream, dialect, head.delimiter), dialect, watch)
        try:
            yield from in_batches((pair for pair in rows if pair[0] > seen), head.width)
        except UnicodeDecodeError:
            raise undecodable(path, resource.encoding, head.wrapping) from None
        except READ_ERRORS as error:
            raise source_error(f"the file cannot be read: {reason(error)}") from None


def _numbered(
    reader: CarefulRows, dialect: Dialect, watch: QuoteWatch
) -> Iterator[tuple[int, Sequence[str | None]]]:
    for number, cells in enumerate(reader, 1):
        comment = is_comment(number, cells, dialect)
        watch.pass_row(reader.text, comment=comment)
        if not comment:
            yield number, [] if reader.on_empty_line else apply_null_sequence(cells, dialect)
