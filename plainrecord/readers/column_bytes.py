"""Questions about a whole column of text that its bytes answer at once."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pyarrow as pa

from plainrecord.core import arrow_compute as pc
from plainrecord.readers.batches import integers_of, mask_array, text_column, view_bytes

BLANKS = " \t\r\n\u00a0"
"""What counts as a blank at the edges of a cell."""

_BLANK, _NO_BREAK = ord(" "), 0xC2
"""The highest byte of a blank, and the first byte of a no-break space in UTF-8."""

_LONGEST_INTEGER = 18
"""Digits that always fit into 64 bits."""


def bytes_of(column: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """All texts of `column` in a row (uint8), and where each begins (int32, one edge more)."""
    _, offsets, data = column.buffers()
    edges = view_bytes(cast("pa.Buffer", offsets), np.int32)
    edges = edges[column.offset : column.offset + len(column) + 1]
    if data is None:
        return np.zeros(0, dtype=np.uint8), np.zeros(len(column) + 1, dtype=np.int32)
    return view_bytes(data)[edges[0] : edges[-1]], edges - edges[0]


def blank_starts(column: pa.StringArray) -> np.ndarray:
    """Which texts of `column` are empty or null or may begin with a blank: an array of booleans."""
    data, edges = bytes_of(column)
    full = edges[1:] > edges[:-1]
    starts = ~full
    if len(data):
        first = data[edges[:-1][full]]
        starts[full] = (first <= _BLANK) | (first == _NO_BREAK)
    return starts


def blank_rows(batch: pa.RecordBatch, names: Sequence[str]) -> np.ndarray:
    """Which rows of `batch` have nothing but blanks or nulls in the columns `names` (booleans)."""
    if not names:
        return np.ones(batch.num_rows, dtype=bool)
    blank = blank_starts(text_column(batch, names[0]))
    if not blank.any():
        return blank
    suspects = batch.filter(mask_array(blank))
    are_blank = np.ones(suspects.num_rows, dtype=bool)
    for name in names:
        trimmed = pc.utf8_trim(suspects.column(name), characters=BLANKS)
        are_blank &= np.asarray(pc.fill_null(pc.equal(trimmed, ""), True))
        if not are_blank.any():
            break
    blank[np.flatnonzero(blank)] = are_blank
    return blank


def has_empty(column: pa.StringArray) -> bool:
    """Whether a text of `column` is empty without being null."""
    _, edges = bytes_of(column)
    return bool((edges[1:] == edges[:-1]).sum() > column.null_count)


def has_line_end(column: pa.StringArray) -> bool:
    """Whether a text of `column` has a CR or LF in it."""
    data, _ = bytes_of(column)
    if not len(data) or data.min() >= _BLANK:  # most have no control character at all
        return False
    return bool(((data == ord("\n")) | (data == ord("\r"))).any())


def rows_beginning_with(column: pa.StringArray, first_bytes: bytes) -> pa.Int64Array:
    """The indices of the texts of `column` whose first byte is one of `first_bytes`."""
    data, edges = bytes_of(column)
    full = np.flatnonzero(edges[1:] > edges[:-1])
    table = np.zeros(256, dtype=bool)
    table[list(first_bytes)] = True
    chosen = table[data[edges[:-1][full]]]
    return cast("pa.Int64Array", pa.array(full[chosen]))


def digits_in(column: pa.StringArray) -> tuple[int, int]:
    """The most digits before the point and after it, of texts that are decimal numbers or empty."""
    data, edges = bytes_of(column)
    if not len(data):
        return 0, 0
    if data.min() < ord("."):  # a sign
        column = pc.utf8_ltrim(column, characters="+-")
        _, edges = bytes_of(column)
    points, lengths = np.asarray(pc.fill_null(pc.find_substring(column, "."), -1)), np.diff(edges)
    pointed = points >= 0
    decimals = int((lengths - points - 1)[pointed].max()) if pointed.any() else 0
    return int(np.where(pointed, points, lengths).max()), decimals


def plain_integers(column: pa.StringArray) -> np.ndarray | None:
    """The values of `column` (int64) where each is digits without a leading zero; otherwise None."""
    data, edges = bytes_of(column)
    lengths = np.diff(edges)
    if not len(data) or data.min() < ord("0") or data.max() > ord("9"):
        return None
    if not 1 <= lengths.min() <= lengths.max() <= _LONGEST_INTEGER:
        return None
    if ((data[edges[:-1]] == ord("0")) & (lengths > 1)).any():
        return None
    return integers_of(column.cast(pa.int64()))
