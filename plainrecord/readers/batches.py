"""What every reader of tables gives: a header, and record batches of text.

A batch has the columns `row` (1-based row of the file), `width` (how many cells the row has) and
one text column `c0`, `c1`, ... for each label. A cell that is not there is null; an empty one "".
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from isal.igzip_lib import IsalError

from plainrecord.core.exact_numbers import WrittenFloat, fits, plain_text
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import Reader
from plainrecord.model.packages import Dialect, Field

if TYPE_CHECKING:
    from pyarrow import parquet


class _NoPandas:
    """Finds no module pandas, for `sys.meta_path`."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Raise ImportError for pandas, leave all else to the next finder."""
        if name == "pandas":
            raise ImportError(name)


def _hide_pandas() -> None:
    """Convert a first list while there is no pandas: Arrow imports it then or never.

    Nothing here gives Arrow a table of pandas, whose import takes as long as that of all the rest.
    """
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(_NoPandas)


_hide_pandas()

BATCH_ROWS = 50_000
BATCH_CELLS = 2_000_000
"""A batch of a wide table has fewer rows: each cell is an object in memory."""
BATCH_CHARACTERS = 32_000_000
"""A batch of long texts has fewer rows too: it ends with the row that reaches this number."""
MOST_DECODED = 128_000_000
"""Bytes of texts that a batch of a Parquet file may become."""
READ_ERRORS = (
    OSError,
    EOFError,
    zlib.error,
    cast("type[Exception]", IsalError),
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    IndexError,
    csv.Error,
    pa.ArrowException,
    RecursionError,
    TypeError,
    AttributeError,
    SyntaxError,
)
"""What the libraries that read files raise when a file is not what it should be."""


def reason(error: BaseException) -> str:
    """The message of `error`, without the path that the system's errors carry."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class Unreadable(Exception):  # noqa: N818 - it names a state of the file
    """A file cannot be read as the table it should be; `finding` says why."""

    def __init__(self, rule: str, found: str, expected: str = "", row: int | None = None) -> None:
        super().__init__(found)
        self.finding = Finding(rule, found, expected, row=row)


def source_error(found: str, expected: str = "", row: int | None = None) -> Unreadable:
    """The error of a file that is no table, or none that can be read."""
    return Unreadable("source-error", found, expected, row)


Targets = Sequence[Field | None]
"""The field that each label's cells go to, None where a column is not kept."""


@dataclass(frozen=True)
class RawTable:
    """A file whose header was read. `labels` is None where the table has no header row.

    Once the batches were read, `reader` says which reader read them, and `remarks` gives warnings
    about how the table is written. `passed_over` names the other files of an archive. With
    `empty_lines`, a row without a cell is an empty line and not a record.
    """

    labels: tuple[str, ...] | None
    header_row: int | None
    batches: Callable[[Targets], Iterator[pa.RecordBatch]]
    reader: Callable[[], Reader] = lambda: Reader.CAREFUL
    passed_over: tuple[str, ...] = ()
    remarks: Callable[[], Iterable[Finding]] = lambda: ()
    empty_lines: bool = False


FREE_CELLS, CELLS_PER_BYTE = 5_000_000, 100
"""A file may have 5 million cells whatever its size, and 100 cells for each of its bytes."""


def bound_cells(cells: int, path: Path) -> None:
    """Unreadable where the file at `path` has so many `cells` that only repetition packs them."""
    if cells > FREE_CELLS and cells > (most := CELLS_PER_BYTE * path.stat().st_size):
        raise Unreadable(
            "source-error",
            f"a file of {path.stat().st_size:,} bytes has {cells:,} cells or more",
            f"at most {max(most, FREE_CELLS):,} in a file of this size",
        )


def open_parquet(path: Path, dictionaries: Sequence[str] = ()) -> parquet.ParquetFile:
    """The Parquet file at `path`; the columns `dictionaries` come as the file packs them. Raises one of `READ_ERRORS` where it is none, and Unreadable
    where it has more cells than a file of its size may have."""
    from pyarrow import parquet  # brings file systems of the web with it

    file = parquet.ParquetFile(path, read_dictionary=list(dictionaries))
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    # A list has a value for each of its items: more than there are rows.
    bound_cells(sum(g.column(n).num_values for g in groups for n in range(g.num_columns)), path)
    return file


def text_column(batch: pa.RecordBatch, name: str) -> pa.StringArray:
    """A column of texts, of which all columns of a batch are but `row` and `width`."""
    return cast("pa.StringArray", batch.column(name))


def view_bytes(buffer: pa.Buffer, kind: npt.DTypeLike = np.uint8) -> np.ndarray:
    """The bytes of Arrow's memory as an array of numpy, by default as bytes."""
    return np.frombuffer(cast("memoryview", buffer), dtype=kind)


def wrap_bytes(values: np.ndarray) -> pa.Buffer:
    """The bytes of an array of numpy as memory for Arrow."""
    return pa.py_buffer(cast("memoryview", values))


def integer_array(values: np.ndarray) -> pa.Array[Any]:
    """numpy integers as an Arrow array without copying; `pa.array` would import pandas (slow)."""
    whole = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(whole.dtype)
    return pa.Array.from_buffers(kind, len(whole), [None, wrap_bytes(whole)])


def integers_of(column: pa.Array[Any]) -> np.ndarray:
    """The integers of an Arrow array without nulls, over the same bytes; as `integer_array`."""
    values = cast("pa.Buffer", column.buffers()[1])
    whole = view_bytes(values, np.dtype(str(column.type)))
    return whole[column.offset : column.offset + len(column)]


def mask_array(values: np.ndarray) -> pa.BooleanArray:
    """Booleans of numpy as an Arrow array, to filter by; as `integer_array`."""
    bits = np.packbits(values, bitorder="little")
    array = pa.Array.from_buffers(pa.bool_(), len(values), [None, wrap_bytes(bits)])
    return cast("pa.BooleanArray", array)


def batch_of(
    rows: np.ndarray | range | Sequence[int],
    widths: np.ndarray | Sequence[int] | None,
    columns: Sequence[pa.Array[Any]],
    width: int,
) -> pa.RecordBatch:
    """A batch with the row numbers `rows` (an array or a range), whole rows without `widths`."""
    if isinstance(rows, range):  # without a Python object for each number
        rows = np.arange(rows.start, rows.stop, dtype=np.int64)
    numbers = integer_array(np.asarray(rows, dtype=np.int64))
    given = integer_array(
        np.full(len(rows), width, dtype=np.int32)
        if widths is None
        else np.asarray(widths, dtype=np.int32)
    )
    return pa.RecordBatch.from_arrays(
        [numbers, given, *columns], ["row", "width", *(f"c{n}" for n in range(width))]
    )


MOST_EXTRA, LONGEST_EXTRA = 10_000, 300
"""Of so many rows of a batch the extra cells are kept, up to so many characters of each."""

_EXTRA = b"extra"


def rows_of_batch(width: int) -> int:
    """The most rows of `width` cells that a batch holds."""
    return max(1, min(BATCH_ROWS, BATCH_CELLS // max(width, 1)))


def _next_rows(
    rows: Iterator[tuple[int, Sequence[str | None]]], most: int
) -> Iterator[tuple[int, Sequence[str | None]]]:
    """The next `most` of `rows`, fewer where their texts are long."""
    characters = 0
    for row in islice(rows, most):
        yield row
        characters += sum(map(len, filter(None, row[1])))
        if characters >= BATCH_CHARACTERS:
            return


def in_batches(
    rows: Iterable[tuple[int, Sequence[str | None]]], width: int
) -> Iterator[pa.RecordBatch]:
    """Batches of rows with any number of cells; `extra_cells` gives the cells beyond `width`."""
    iterator = iter(rows)
    pad: list[None] = [None] * width
    while chunk := list(_next_rows(iterator, rows_of_batch(width))):
        numbers = [number for number, _ in chunk]
        widths = [len(cells) for _, cells in chunk]
        even = (cells if len(cells) == width else [*cells, *pad][:width] for _, cells in chunk)
        columns = list(zip(*even, strict=True)) if width else []
        arrays = [pa.array(column, type=pa.string()) for column in columns]
        batch = batch_of(numbers, widths, arrays, width)
        extra = [(number, cells[width:]) for number, cells in chunk if len(cells) > width]
        if extra:
            texts = {
                int(n): [(c or "")[:LONGEST_EXTRA] for c in cells]
                for n, cells in extra[:MOST_EXTRA]
            }
            batch = batch.replace_schema_metadata({_EXTRA: json.dumps(texts).encode()})
        yield batch


def extra_cells(batch: pa.RecordBatch) -> dict[int, tuple[str, ...]]:
    """By row of the file, the cells of a batch's rows that have more than there are columns."""
    texts = (batch.schema.metadata or {}).get(_EXTRA)
    if texts is None:
        return {}
    return {int(row): tuple(cells) for row, cells in json.loads(texts).items()}


def last_header_row(dialect: Dialect) -> int:
    """The row in which the header ends; 0 where there is none."""
    return max(dialect.header_rows) if dialect.header and dialect.header_rows else 0


def split_header(
    rows: Sequence[Sequence[Any]], dialect: Dialect, what: str
) -> tuple[tuple[str, ...] | None, int]:
    """The labels in the first of all rows of a table (None without any), and how many rows they take.

    Raises Unreadable where `what` has fewer rows.
    """
    last = last_header_row(dialect)
    if len(rows) < last:
        raise source_error(f"{what} {len(rows)} rows", f"a header in row {last}")
    return (labels_of(rows, dialect) if last else None), last


def labels_of(head: Sequence[Sequence[Any]], dialect: Dialect) -> tuple[str, ...]:
    """The labels in the first rows of a table; those of several header rows are joined."""
    rows = [head[number - 1] for number in dialect.header_rows]
    if len(rows) == 1:
        return tuple("" if cell is None else str(cell) for cell in rows[0])
    width = max(len(row) for row in rows)
    parts: list[list[str]] = [[] for _ in range(width)]
    for number, row in enumerate(rows):
        upper = number + 1 < len(rows)
        for index, part in enumerate(parts):
            # A row that ends early spans the columns to its right (Table Dialect v2, headerRows).
            cell = row[min(index, len(row) - 1)] if row and (upper or index < len(row)) else None
            text = "" if cell is None else str(cell)
            if text and text not in part[-1:]:  # as of cells that were one over several rows
                part.append(text)
    return tuple(dialect.header_join.join(part) for part in parts)


def cell_text(value: Any, field: Field | None) -> str:
    """The text of a typed cell, in the form that the field's own format asks for."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        number = Decimal(str(value))
        return plain_text(number) if number.is_finite() and fits(number) else str(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        form = field.format if field is not None else "default"
        kind = field.type if field is not None else "any"
        if kind in {"date", "datetime", "time"} and "%" in form:
            return value.strftime(form)
        midnight = isinstance(value, dt.datetime) and value.time() == dt.time()
        if isinstance(value, dt.datetime) and midnight and kind != "datetime":
            return value.date().isoformat()
        return value.isoformat()
    return json_text(value) if isinstance(value, list | dict) else str(value)


def json_text(value: Any) -> str:
    """`value` as JSON text, in which a decimal has all of its digits. Raises TypeError as json does."""
    if isinstance(value, list):
        return f"[{', '.join(map(json_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k, ensure_ascii=False)}: {json_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, WrittenFloat | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
