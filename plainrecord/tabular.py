"""Reading tables: delimited text, workbooks, JSON, Parquet and inline rows into text columns.

`open_table` looks at one file's header; the `RawTable` it gives then streams record batches with
the columns `row` (1-based row of the file), `width` (how many cells the row has) and one text
column `c0`, `c1`, ... for each label. A cell that is not there is null; an empty one is "".
Raises `Unreadable`, which carries the finding to show.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from plainrecord.findings import Finding
from plainrecord.model import Dialect, Field, Json, Resource

BATCH_ROWS = 50_000
BLOCK_BYTES = 8 * 1024 * 1024
WORKBOOK_LIMIT = 2_000_000_000
_DELIMITERS = {"tsv": "\t", "tab": "\t"}


class Unreadable(Exception):  # noqa: N818 - it names a state of the file
    """A file cannot be read as the table it should be; `finding` says why."""

    def __init__(self, rule: str, found: str, expected: str = "", row: int | None = None) -> None:
        super().__init__(found)
        self.finding = Finding(rule, found, expected, row=row)


Targets = Sequence[Field | None]
"""The field that each label's cells go to, None where a column is not kept."""


@dataclass(frozen=True)
class RawTable:
    """A file whose header was read. `labels` is None where the table has no header row."""

    labels: tuple[str, ...] | None
    header_row: int | None
    batches: Callable[[Targets], Iterator[pa.RecordBatch]]


def open_table(resource: Resource, path: Path | None) -> RawTable:
    """The table in `path` (None: the resource's inline data), its header already read."""
    if path is None:
        return _from_json(resource.data, resource.dialect)
    kind = resource.format.lower()
    try:
        if kind == "xlsx":
            return _from_workbook(path, resource.dialect)
        if kind == "parquet":
            return _from_parquet(path)
        if kind in {"json", "ndjson", "jsonl"}:
            return _from_json(_load_json(path, kind, resource.encoding), resource.dialect)
        return _from_text(path, resource)
    except Unreadable:
        raise
    except UnicodeDecodeError:
        raise _undecodable(path, resource.encoding) from None
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, KeyError) as error:
        raise Unreadable("source-error", f"the file cannot be read as {kind}: {error}") from None
    except (ValueError, csv.Error, pa.ArrowException, RecursionError) as error:
        raise Unreadable("source-error", f"the file cannot be read as {kind}: {error}") from None


# Delimited text


def _open_bytes(path: Path) -> IO[bytes]:
    stream = path.open("rb")
    magic = stream.read(2)
    stream.seek(0)
    if magic == b"\x1f\x8b":
        stream.close()
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return stream


def _open_text(path: Path, encoding: str) -> IO[str]:
    name = _codec(encoding)
    return io.TextIOWrapper(_open_bytes(path), encoding=name, newline="")


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding or "utf-8").name
    except LookupError:
        raise Unreadable("encoding-invalid", f'there is no encoding "{encoding}"') from None
    return "utf-8-sig" if name == "utf-8" else name


def _undecodable(path: Path, encoding: str) -> Unreadable:
    """The finding for the first byte of `path` that is not text, with its line and place."""
    name = _codec(encoding)
    decoder = codecs.getincrementaldecoder(name.replace("utf-8-sig", "utf-8"))()
    line, offset = 1, 0
    with _open_bytes(path) as stream:
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


def _reader(stream: IO[str], dialect: Dialect, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(2**31 - 1)
    return csv.reader(
        stream,
        delimiter=delimiter,
        quotechar=dialect.quote_char or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote_char else csv.QUOTE_NONE,
        doublequote=dialect.double_quote,
        escapechar=dialect.escape_char or None,
        skipinitialspace=dialect.skip_initial_space,
    )


def _from_text(path: Path, resource: Resource) -> RawTable:
    dialect = resource.dialect
    delimiter = _DELIMITERS.get(resource.format.lower(), ",")
    if dialect.delimiter and not (dialect.delimiter == "," and delimiter != ","):
        delimiter = dialect.delimiter
    if len(delimiter) != 1:
        raise Unreadable("source-error", f"the delimiter {delimiter!r} is not one character")
    last = max(dialect.header_rows) if dialect.header and dialect.header_rows else 0
    head: list[list[str]] = []
    first: list[str] = []
    lines = 0
    with _open_text(path, resource.encoding) as stream:
        reader: Any = _reader(stream, dialect, delimiter)
        head = list(islice(reader, last))
        lines = reader.line_num
        first = next(reader, [])
    if last and len(head) < last:
        raise Unreadable(
            "source-error", f"the file has {len(head)} rows", f"a header in row {last}"
        )
    labels = _labels(head, dialect) if last else None
    plain = not (
        dialect.comment_char
        or dialect.comment_rows
        or dialect.null_sequence is not None
        or dialect.skip_initial_space
        or _codec(resource.encoding) != "utf-8-sig"
        or dialect.line_terminator not in {"\r\n", "\n", "\r", ""}
    )
    width = len(labels) if labels is not None else len(first)

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        del targets
        seen = 0
        if plain and width > 1:
            try:
                for batch in _fast(path, dialect, delimiter, lines, last, width):
                    seen += batch.num_rows
                    yield batch
                return
            except Unsure:
                pass
        yield from _slow(path, resource, delimiter, last, width, seen)

    return RawTable(labels, last or None, batches)


class Unsure(Exception):  # noqa: N818 - it names a state of the fast reader
    """The fast reader met something that it cannot vouch for; the slow one must read on."""


def _fast(
    path: Path, dialect: Dialect, delimiter: str, lines: int, last: int, width: int
) -> Iterator[pa.RecordBatch]:
    names = [f"c{number}" for number in range(width)]
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
    )
    convert = arrow_csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )
    row = last
    with _open_bytes(path) as stream:
        try:
            opened = arrow_csv.open_csv(stream, read, parse, convert)
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise Unsure from None
        while True:
            try:
                batch = opened.read_next_batch()
            except StopIteration:
                return
            except pa.ArrowInvalid:
                raise Unsure from None
            count = batch.num_rows
            yield _batch(range(row + 1, row + 1 + count), None, batch.columns, width)
            row += count


def _batch(
    rows: Sequence[int], widths: Sequence[int] | None, columns: Sequence[Any], width: int
) -> pa.RecordBatch:
    if isinstance(rows, range):
        numbers = pa.array(_numbers(rows), type=pa.int64())
    else:
        numbers = pa.array(rows, type=pa.int64())
    given = pa.array(widths if widths is not None else [width] * len(rows), type=pa.int32())
    return pa.RecordBatch.from_arrays(
        [numbers, given, *columns], ["row", "width", *(f"c{n}" for n in range(width))]
    )


def _numbers(rows: range) -> Any:
    """`rows` as an array, without a Python object for each number."""
    return np.arange(rows.start, rows.stop, dtype=np.int64)


def _slow(
    path: Path, resource: Resource, delimiter: str, last: int, width: int, skip: int
) -> Iterator[pa.RecordBatch]:
    dialect = resource.dialect
    with _open_text(path, resource.encoding) as stream:
        rows = _numbered(_reader(stream, dialect, delimiter), dialect)
        try:
            yield from _in_batches((pair for pair in rows if pair[0] > last + skip), width)
        except UnicodeDecodeError:
            raise _undecodable(path, resource.encoding) from None
        except (csv.Error, OSError, EOFError, zlib.error) as error:
            raise Unreadable("source-error", f"the file cannot be read: {error}") from None


def _numbered(
    reader: Iterator[list[str]], dialect: Dialect
) -> Iterator[tuple[int, Sequence[str | None]]]:
    comment, null = dialect.comment_char, dialect.null_sequence
    for number, cells in enumerate(reader, 1):
        if number in dialect.comment_rows:
            continue
        if comment and cells and cells[0].startswith(comment):
            continue
        if null is not None:
            yield number, [None if cell == null else cell for cell in cells]
        else:
            yield number, cells


def _in_batches(
    rows: Iterable[tuple[int, Sequence[str | None]]], width: int
) -> Iterator[pa.RecordBatch]:
    iterator = iter(rows)
    pad: list[None] = [None] * width
    while chunk := list(islice(iterator, BATCH_ROWS)):
        numbers = [number for number, _ in chunk]
        widths = [len(cells) for _, cells in chunk]
        even = (cells if len(cells) == width else [*cells, *pad][:width] for _, cells in chunk)
        columns = list(zip(*even, strict=True)) if width else []
        arrays = [pa.array(column, type=pa.string()) for column in columns]
        yield _batch(numbers, widths, arrays, width)


def _labels(head: Sequence[Sequence[Any]], dialect: Dialect) -> tuple[str, ...]:
    rows = [head[number - 1] for number in dialect.header_rows]
    if len(rows) == 1:
        return tuple("" if cell is None else str(cell) for cell in rows[0])
    width = max(len(row) for row in rows)
    parts = (
        [str(r[n]) for r in rows if n < len(r) and r[n] not in (None, "")] for n in range(width)
    )
    return tuple(dialect.header_join.join(part) for part in parts)


# Workbooks


def _from_workbook(path: Path, dialect: Dialect) -> RawTable:
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > WORKBOOK_LIMIT:
            raise Unreadable("source-error", "the workbook unpacks to more than 2 GB")
    with path.open("rb") as stream:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        names = book.sheetnames
        if dialect.sheet_name and dialect.sheet_name not in names:
            raise Unreadable(
                "source-error", f'there is no sheet "{dialect.sheet_name}"', ", ".join(names)
            )
        if not dialect.sheet_name and not 1 <= dialect.sheet_number <= len(names):
            raise Unreadable("source-error", f"there is no sheet number {dialect.sheet_number}")
        sheet: Any = book[dialect.sheet_name or names[dialect.sheet_number - 1]]
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()
        rows = [_trimmed(row) for row in sheet.iter_rows(values_only=True)]
        book.close()
    while rows and not rows[-1]:
        rows.pop()
    last = max(dialect.header_rows) if dialect.header and dialect.header_rows else 0
    if last and len(rows) < last:
        raise Unreadable(
            "source-error", f"the sheet has {len(rows)} rows", f"a header in row {last}"
        )
    labels = _labels(rows, dialect) if last else None
    body = rows[last:]
    width = len(labels) if labels is not None else max((len(row) for row in body), default=0)
    keep = list(range(width))
    if labels is not None:
        keep = [
            n
            for n in keep
            if labels[n].strip() or any(len(r) > n and r[n] is not None for r in body)
        ]
        labels = tuple(labels[n] for n in keep)

    def numbered(targets: Targets) -> Iterator[tuple[int, Sequence[str | None]]]:
        for number, row in enumerate(body, last + 1):
            cells = [
                _cell_text(row[n], targets[at] if at < len(targets) else None)
                if n < len(row)
                else ""
                for at, n in enumerate(keep)
            ]
            yield number, [*cells, *(str(cell) for cell in row[width:])]

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        return _in_batches(numbered(targets), len(keep))

    return RawTable(labels, last or None, batches)


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and (row[end - 1] is None or row[end - 1] == ""):
        end -= 1
    return row[:end]


def _cell_text(value: Any, field: Field | None) -> str:
    """The text of a typed cell, in the form that the field's own format asks for."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        form = field.format if field is not None else "default"
        kind = field.type if field is not None else "any"
        if kind in {"date", "datetime", "time"} and "%" in form:
            return value.strftime(form)
        midnight = isinstance(value, dt.datetime) and value.time() == dt.time()
        if isinstance(value, dt.datetime) and midnight and kind != "datetime":
            return value.date().isoformat()
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


# JSON, inline rows, Parquet


def _load_json(path: Path, kind: str, encoding: str) -> Json:
    with _open_text(path, encoding) as stream:
        if kind == "json":
            loaded: Json = json.load(stream)
            return loaded
        return [json.loads(line) for line in stream if line.strip()]


def _from_json(data: Json, dialect: Dialect) -> RawTable:
    for part in filter(None, dialect.property.split(".")):
        data = data.get(part) if isinstance(data, dict) else None
    if not isinstance(data, list):
        raise Unreadable("source-error", "the data are not a list of rows", "a list of rows")
    records: list[Any] = data
    if records and isinstance(records[0], list):
        last = max(dialect.header_rows) if dialect.header and dialect.header_rows else 0
        labels = _labels(records, dialect) if last and len(records) >= last else None
        body = records[last:]
        if not all(isinstance(row, list) for row in body):
            raise Unreadable("source-error", "some rows are lists and some are not", "lists only")
        width = len(labels) if labels is not None else max((len(r) for r in body), default=0)
    elif all(isinstance(row, dict) for row in records):
        last = 1
        names = dict.fromkeys(dialect.item_keys or (key for row in records for key in row))
        labels = tuple(names)
        body = [[row.get(name) for name in names] for row in records]
        width = len(names)
    else:
        raise Unreadable(
            "source-error", "a row is neither an object nor a list", "objects or lists"
        )

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        known = [*targets, *([None] * width)]
        texts = (
            (
                number,
                [
                    None
                    if cell is None
                    else _cell_text(cell, known[at] if at < len(known) else None)
                    for at, cell in enumerate(row)
                ],
            )
            for number, row in enumerate(body, last + 1)
        )
        return _in_batches(texts, width)

    return RawTable(labels, last or None, batches)


def _from_parquet(path: Path) -> RawTable:
    with parquet.ParquetFile(path) as file:
        labels = tuple(file.schema_arrow.names)

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        row = 0
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                columns = [
                    _arrow_text(column, targets[at] if at < len(targets) else None)
                    for at, column in enumerate(batch.columns)
                ]
                yield _batch(range(row + 1, row + 1 + batch.num_rows), None, columns, len(labels))
                row += batch.num_rows

    return RawTable(labels, None, batches)


def _arrow_text(column: Any, field: Field | None) -> Any:
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return pc.cast(column, pa.string())
    return pa.array(
        [None if cell is None else _cell_text(cell, field) for cell in column.to_pylist()],
        type=pa.string(),
    )
