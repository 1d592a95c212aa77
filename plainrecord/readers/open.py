"""Reading tables: delimited text, workbooks, JSON, Parquet and inline rows into text columns.

`open_table` reads one file's header; the `RawTable` that it returns streams record batches with
the columns `row` (1-based row of the file), `width` (how many cells the row has) and one text
column `c0`, `c1`, ... for each label. A cell that is not there is null; an empty one is "".
Raises `Unreadable`, which carries the finding to show.
"""

import json
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice, repeat, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from plainrecord.core import arrow_compute as pc
from plainrecord.core.strict_json import Json, reach, read_values
from plainrecord.model.packages import Dialect, Field, Resource
from plainrecord.readers import workbooks
from plainrecord.readers.batches import (
    MOST_DECODED,
    READ_ERRORS,
    RawTable,
    Targets,
    Unreadable,
    batch_of,
    bound_cells,
    cell_text,
    in_batches,
    labels_of,
    last_header_row,
    open_parquet,
    reason,
    rows_of_batch,
    source_error,
    split_header,
)
from plainrecord.readers.compression import (
    BUFFER_BYTES,
    Compression,
    compression_of,
    open_bytes,
    sniff_compression,
)
from plainrecord.readers.csv_header import open_text, undecodable
from plainrecord.readers.delimited import open_delimited, read_text
from plainrecord.readers.file_signatures import refuse_documents, refuse_other_kinds
from plainrecord.readers.json_cells import native_text

if TYPE_CHECKING:
    from plainrecord.readers.worksheets import SheetNotes

WORKBOOK_LIMIT = 2_000_000_000
WORKBOOK_FREE, WORKBOOK_RATIO = 60_000_000, 100
"""Bytes that a workbook may unpack to whatever its size, and for each of its bytes: they take ten
times as long to read as those of a text."""

SHARED_BYTES = 10_000_000
MOST_ROWS = 1_048_576
"""So many rows a sheet of a workbook has at most (Excel specifications and limits)."""
CELL_BYTES = len('<c t="s"><v>0</v></c>')
_OWN_PACKING = {*workbooks.KINDS, "parquet"}


def open_table(resource: Resource, path: Path | None) -> RawTable:
    """The table in `path` (None: the resource's inline data), its header already read."""
    if path is None:
        if isinstance(resource.data, str) and resource.format.lower() in {"csv", "tsv"}:
            return read_text(resource.data, resource)
        return _from_json(resource.data, resource)
    kind = resource.format.lower()
    wrapping: Compression | None = None
    try:
        wrapping = _check_format(path, kind, resource)
        if kind == "xlsx":
            return _from_workbook(path, resource.dialect)
        if kind in workbooks.KINDS:
            return _read_spreadsheet(path, kind, resource.dialect)
        if kind == "parquet":
            return _from_parquet(path)
        if kind in {"json", "ndjson", "jsonl"}:
            data = _load_json(path, kind, resource.encoding, wrapping)
            return _from_json(data, resource, path)
        return open_delimited(path, resource)
    except Unreadable:
        raise
    except UnicodeDecodeError:
        raise undecodable(path, resource.encoding, wrapping) from None
    except READ_ERRORS as error:
        raise source_error(f"the file cannot be read as {kind}: {reason(error)}") from None


def _check_format(path: Path, kind: str, resource: Resource) -> Compression | None:
    """How the file is packed (None: by its format); Unreadable if it is not a table of `kind`."""
    if kind in workbooks.KINDS and kind == workbooks.workbook_kind(path):
        return None
    with path.open("rb") as stream:
        refuse_other_kinds(stream, kind, resource.encoding)
    if sniff_compression(path) == "zip":
        refuse_documents(path, kind)
    if kind in _OWN_PACKING:
        return None
    wrapping = compression_of(path, resource)
    if wrapping.kind:
        with open_bytes(path, wrapping) as stream:
            refuse_other_kinds(stream, kind, resource.encoding)
    return wrapping


# Workbooks


def bound_workbook(path: Path) -> None:
    """Unreadable where the workbook at `path` unpacks to more than it may."""
    with zipfile.ZipFile(path) as archive:
        size = sum(item.file_size for item in archive.infolist())
        unused = _unused_texts(archive) if size <= WORKBOOK_LIMIT else ""
    packed = WORKBOOK_RATIO * path.stat().st_size
    if size > (most := min(WORKBOOK_LIMIT, max(WORKBOOK_FREE, packed))):
        found = f"the workbook states an unpacked size of {size:,} bytes"
        raise source_error(found, f"at most {most:,}")
    if unused:
        raise source_error(unused, "texts of cells")


def _unused_texts(archive: zipfile.ZipFile) -> str:
    """What is wrong with a workbook's table of texts where it has far more than there are cells.

    Each text costs time to read, whether a cell holds it or not. Small tables are not checked.
    """
    sizes = {item.filename.lower(): item for item in archive.infolist()}
    shared = sizes.get("xl/sharedstrings.xml")
    if shared is None or shared.file_size < SHARED_BYTES:
        return ""
    sheets = sum(i.file_size for name, i in sizes.items() if name.startswith("xl/worksheets/"))
    texts = 0
    with archive.open(shared) as stream:
        while chunk := stream.read(BUFFER_BYTES):
            texts += chunk.count(b"</si>")
    cells = sheets // CELL_BYTES
    return (
        f"it lists at least {texts:,} texts, and its sheets have at most {cells:,} cells"
        if texts > cells
        else ""
    )


def _from_workbook(path: Path, dialect: Dialect) -> RawTable:
    from plainrecord.readers.worksheets import SheetNotes, read_notes

    bound_workbook(path)
    with path.open("rb") as stream:
        import openpyxl  # takes as long as the check of a small table

        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        sheet: Any = book[_chosen(book.sheetnames, "sheet", dialect.sheet_name, dialect)]
        rows = [_trimmed(row) for row in sheet_rows(sheet, path)]
        notes = read_notes(sheet._get_source) if hasattr(sheet, "_get_source") else SheetNotes()
        unread = () if _is_chosen(dialect) else _others(book, sheet.title, path)
        book.close()
    return _from_sheet(rows, dialect, notes, sheet.title, unread)


def _read_spreadsheet(path: Path, kind: str, dialect: Dialect) -> RawTable:
    """A sheet of a spreadsheet, or a table of a database; a finding names those not read."""
    from plainrecord.readers.worksheets import SheetNotes

    if kind != "sqlite" and zipfile.is_zipfile(path):
        bound_workbook(path)
    names = workbooks.part_names(path, kind)
    noun, wanted = ("table", dialect.table) if kind == "sqlite" else ("sheet", dialect.sheet_name)
    name = _chosen(names, noun, wanted, dialect)
    rows = [_trimmed(row) for row in workbooks.read_part(path, kind, name)]
    unread = [f'"{other}"' for other in names if other != name and not _is_chosen(dialect, "table")]
    return _from_sheet(rows, dialect, SheetNotes(), name, unread)


def _is_chosen(dialect: Dialect, *more: str) -> bool:
    """Whether the dialect says which sheet (or what the keys `more` are about) is read."""
    return not {"sheetName", "sheetNumber", *more}.isdisjoint(dialect.descriptor)


def _from_sheet(
    rows: list[Sequence[Any]],
    dialect: Dialect,
    notes: "SheetNotes",
    name: str,
    unread: Sequence[str],
) -> RawTable:
    """The table in the rows of the sheet `name`, with remarks on what its values do not show."""
    from plainrecord.readers.worksheets import sheet_findings

    table, width = _from_rows(rows, dialect)
    remarks = tuple(sheet_findings(notes, name, unread, table.header_row or 0, width))
    return replace(table, remarks=lambda: remarks)


def _chosen(names: Sequence[str], noun: str, name: str, dialect: Dialect) -> str:
    """The sheet or table of `names` that the dialect chooses, by `name` or by number."""
    if name and name not in names:
        raise source_error(f'there is no {noun} "{name}"', ", ".join(names))
    if not name and not 1 <= dialect.sheet_number <= len(names):
        raise source_error(f"there is no {noun} number {dialect.sheet_number}")
    return name or names[dialect.sheet_number - 1]


def _from_rows(rows: list[Sequence[Any]], dialect: Dialect) -> tuple[RawTable, int]:
    """The table in rows of values, and how many columns its header has."""
    while rows and not rows[-1]:
        rows.pop()
    labels, last = split_header(rows, dialect, "the sheet has")
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
            if not row:
                yield number, []
                continue
            known = zip_longest(keep, targets[: len(keep)])
            cells = [cell_text(row[n], field) if n < len(row) else "" for n, field in known]
            yield number, [*cells, *(str(cell) for cell in row[width:])]

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        return in_batches(numbered(targets), len(keep))

    return RawTable(labels, last or None, batches, empty_lines=True), width


def sheet_rows(sheet: Any, path: Path) -> Iterator[Sequence[Any]]:
    """The rows of a sheet of the workbook at `path`.

    Unreadable once it has too many, as a row with a high number stands for all that are not there
    before it; and where rows or cells are not in order, as of two at one place one would be lost.
    """
    if not hasattr(sheet, "_get_source"):
        return  # a sheet of one chart
    from openpyxl.worksheet._reader import WorkSheetParser

    book = sheet.parent
    with sheet._get_source() as source:
        # The rows of openpyxl itself leave out those whose number is not above all before.
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        cells = last = 0
        for number, row in parser.parse():
            if number > MOST_ROWS:
                raise source_error(
                    f"a sheet has more than {MOST_ROWS:,} rows", "rows that a sheet can have"
                )
            if number <= last:
                raise workbooks.out_of_order(sheet.title, number, f"row {last}")
            for _ in range(last + 1, number):
                yield ()
            values = [None] * max((cell["column"] for cell in row), default=0)
            column = 0
            for cell in row:
                if cell["row"] != number or cell["column"] <= column:
                    place = f"a cell of row {cell['row']}, column {cell['column']}"
                    after = f"column {column}" if column else f"the start of row {number}"
                    raise workbooks.out_of_order(sheet.title, number, after, place)
                column = cell["column"]
                values[column - 1] = cell["value"]
            cells, last = cells + len(values), number
            if not number % 1000 or len(values) > 1000:
                bound_cells(cells, path)
            yield values


def _others(book: Any, read: str, path: Path) -> tuple[str, ...]:
    """The sheets of a workbook other than the one that is read, as far as they hold a value."""
    names = []
    for sheet in book.worksheets:
        if sheet.title == read:
            continue
        if any(_trimmed(row) for row in sheet_rows(sheet, path)):
            hidden = " (hidden)" if sheet.sheet_state != "visible" else ""
            names.append(f'"{sheet.title}"{hidden}')
    return tuple(names)


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and (row[end - 1] is None or row[end - 1] == ""):
        end -= 1
    return row[:end]


# JSON, inline rows, Parquet


def _load_json(path: Path, kind: str, encoding: str, wrapping: Compression | None) -> Json:
    with open_text(path, encoding, wrapping) as stream:
        if kind == "json":
            return read_values(stream.read())
        rows: list[Json] = []
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    rows.append(read_values(line))
                except (ValueError, RecursionError) as error:
                    message = (
                        error.msg if isinstance(error, json.JSONDecodeError) else reason(error)
                    )
                    raise source_error(f"line {number} is not JSON: {message}") from None
        return rows


def _from_json(data: Json, resource: Resource, path: Path | None = None) -> RawTable:
    dialect = resource.dialect
    data = reach(data, *filter(None, dialect.property.split(".")))
    if not isinstance(data, list):
        raise source_error("the data are not a list of rows", "a list of rows")
    records: list[Any] = data
    kind = {"array": list, "object": dict}.get(dialect.item_type, object)
    if not all(isinstance(row, kind) for row in records):
        raise source_error(f"a row is no {dialect.item_type}", "rows as itemType says")
    if records and isinstance(records[0], list):
        last = last_header_row(dialect)
        labels = labels_of(records, dialect) if last and len(records) >= last else None
        body = records[last:]
        if not all(isinstance(row, list) for row in body):
            raise source_error("some rows are lists and some are not", "lists only")
        width = len(labels) if labels is not None else max((len(r) for r in body), default=0)
    elif all(isinstance(row, dict) for row in records):
        last = 1
        names = dict.fromkeys(dialect.item_keys or (key for row in records for key in row))
        # Keys of an object have no order: that of the schema is as good as any.
        ours = [field.name for field in resource.schema.fields if field.name in names]
        names = dict.fromkeys([*ours, *names])
        labels = tuple(names)
        if path:
            bound_cells(len(records) * len(names), path)
        body = [[row.get(name) for name in names] for row in records]
        width = len(names)
    else:
        number = next(n for n, row in enumerate(records, 1) if not isinstance(row, dict))
        found = f"record {number} is not an object"
        raise source_error(found, "objects alone, or lists alone")

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        texts = (
            (number, [*map(native_text, row, chain(targets, repeat(None)))])
            for number, row in enumerate(body, last + 1)
        )
        return in_batches(texts, width)

    return RawTable(labels, last or None, batches)


def _from_parquet(path: Path) -> RawTable:
    with open_parquet(path) as file:
        labels = tuple(file.schema_arrow.names)

    def batches(targets: Targets) -> Iterator[pa.RecordBatch]:
        row = 0
        with open_parquet(path) as file:
            for batch in file.iter_batches(_rows_at_once(path, len(labels))):
                fields = chain(targets, repeat(None))
                columns = list(map(_arrow_text, batch.columns, fields, labels))
                yield batch_of(range(row + 1, row + 1 + batch.num_rows), None, columns, len(labels))
                row += batch.num_rows

    return RawTable(labels, None, batches)


def _rows_at_once(path: Path, width: int) -> int:
    """How many rows of a Parquet file are read at once: few where its dictionaries hold long texts,
    each of which a few bytes repeat in any number of rows."""
    rows = rows_of_batch(width)
    with open_parquet(path) as file:
        names = [f.name for f in file.schema_arrow if _is_text(f.type)]
        groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
    bounded = [min(rows, g.num_rows) * g.total_byte_size <= MOST_DECODED for g in groups]
    if not names or all(bounded):
        return rows
    with open_parquet(path, names) as file:
        for number in (n for n, small in enumerate(bounded) if not small):
            for batch in islice(file.iter_batches(1, [number], names), 1):
                packed: list[Any] = batch.columns
                lengths = (pc.binary_length(column.dictionary) for column in packed)
                longest = sum(pc.max(each).as_py() or 0 for each in lengths)
                rows = min(rows, max(1, MOST_DECODED // max(1, longest)))
    return rows


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _arrow_text(column: Any, field: Field | None, label: str) -> Any:
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return pc.cast(column, pa.string())
    if pa.types.is_float32(column.type) or pa.types.is_float16(column.type):
        column = pc.cast(pc.cast(column, pa.float32()), pa.string())  # the shortest form of its own
        return pc.replace_substring_regex(column, r"\.0$", "")
    try:
        if pa.types.is_binary(column.type) or pa.types.is_fixed_size_binary(column.type):
            return pc.cast(column, pa.string())
        if pa.types.is_time64(column.type):  # Python would cut off nanoseconds
            column = pc.cast(column, pa.time64("us"))
        cells = column.to_pylist()
        texts = [None if cell is None else cell_text(cell, field) for cell in cells]
    except (pa.ArrowInvalid, OverflowError, TypeError):  # TypeError: bytes or dates in a list
        return _unusual_text(column, label)
    return pa.array(texts, type=pa.string())


def _unusual_text(column: Any, label: str) -> Any:
    """The texts of values that Python has no type for, such as a date after the year 9999."""
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return pc.cast(column, pa.string())
    raise source_error(
        f"the column {label!r} has the type {kind}, and values that cannot be written as text",
        "texts in UTF-8, numbers, and dates and times from the year 1 to 9999",
    )


T = TypeVar("T")

BLOCKS_AHEAD = 2
"""Blocks that are read, or about to be, before they are asked for."""


def read_ahead(blocks: Iterator[T]) -> Iterator[T]:
    """`blocks`, read ahead by a thread of their own, which begins at once."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")

    def take() -> T | None:
        return next(blocks, None)

    def hand_on(waiting: deque[Future[T | None]]) -> Iterator[T]:
        try:
            while (block := waiting.popleft().result()) is not None:
                waiting.append(thread.submit(take))
                yield block
        finally:
            thread.shutdown(cancel_futures=True)

    return hand_on(deque(thread.submit(take) for _ in range(BLOCKS_AHEAD)))
