"""Delimited text as lines of bytes, which differ exactly where rows do, to parse few of them."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from plainrecord.model.packages import Resource
from plainrecord.readers.batches import READ_ERRORS, view_bytes, wrap_bytes
from plainrecord.readers.column_bytes import bytes_of
from plainrecord.readers.compression import open_bytes
from plainrecord.readers.csv_fast import convert_options, parse_options, read_options
from plainrecord.readers.csv_header import Head, read_head

MOST_BYTES = 500_000_000
"""A file with more bytes is not held in memory as a whole."""

BLOCK_BYTES = 1024 * 1024
_SCAN_BYTES = 1024 * 1024
_SAMPLE_BYTES = 64 * 1024
_LF = ord("\n")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file below its header, ends included; they need not be whole rows or UTF-8."""

    head: Head
    data: pa.Buffer
    rows: pa.StringArray

    def may_hold(self, text: str) -> bool:
        """Whether `text` may be a cell of a row; a no is certain."""
        sought = text.encode()
        if '"' in text or not sought:
            return True
        scanned = view_bytes(self.data)
        # Most pieces do not have the byte that is rarest at the beginning of the file.
        common = np.bincount(scanned[:_SAMPLE_BYTES], minlength=256)
        rare = min(sought, key=lambda byte: common[byte])
        sign = re.compile(re.escape(sought))
        for start in range(0, len(scanned), _SCAN_BYTES):
            end = start + _SCAN_BYTES
            if (scanned[start:end] == rare).any():
                around = max(0, start - len(sought)), end + len(sought)
                if sign.search(self.data, *around):
                    return True
        return False

    def read_first_cells(self) -> np.ndarray | None:
        """The first cell of each line, where all are plain integers (int64); None otherwise."""
        data, edges = bytes_of(self.rows)
        return read_first_integers(data, edges[:-1], self.head.delimiter)

    def read_columns(self, places: Sequence[int]) -> tuple[pa.StringArray, ...] | None:
        """The cells of the columns `places`, counted from 0; an empty cell is null.

        None where a line is other than a row with one cell for each label, or is no UTF-8, or where
        the fast reader would not vouch for a cell.
        """
        if not self._ends_closed(len(self.rows)):
            return None
        halves = self._halve()
        try:
            with ThreadPoolExecutor(len(halves)) as threads:
                read = list(threads.map(lambda half: self._parse_valid(half, places), halves))
        except READ_ERRORS:
            return None
        table = pa.concat_tables(read)
        if table.num_rows != len(self.rows):
            return None
        return tuple(cast("pa.StringArray", c.combine_chunks()) for c in table.columns)

    def are_rows(self, rows: pa.StringArray) -> bool:
        """Whether each of `rows`, which are lines of this file, is one row with all its cells."""
        if not self._are_closed(rows):
            return False
        try:
            return bool(self._parse_valid(rows, [0]).num_rows == len(rows))
        except READ_ERRORS:
            return False

    def _halve(self) -> tuple[pa.StringArray, ...]:
        """The lines in two halves, if it is certain that no row lies in both; else all in one.

        Two at a time are read faster than one by Arrow's own threads, which keep all blocks in
        memory until the last one is done.
        """
        middle = len(self.rows) // 2
        if not self._ends_closed(middle):
            return (self.rows,)
        return self.rows.slice(0, middle), self.rows.slice(middle)

    def _ends_closed(self, end: int) -> bool:
        """Whether no quote may be open after the line before `end`, if Arrow counts a row for each.

        It counts fewer rows than lines where a cell has a line end, but for the last two blocks that
        it is given, whose unfinished row it takes for a whole one: the lines there must be closed.
        """
        edges = bytes_of(self.rows)[1]
        start = int(np.searchsorted(edges, edges[end] - 2 * BLOCK_BYTES, side="right")) - 1
        start = max(0, start)
        return self._are_closed(self.rows.slice(start, end - start))

    def _are_closed(self, rows: pa.StringArray) -> bool:
        """Whether in each line all quotes stand at the ends of cells or twice, and none is left open.

        Of the quotes of such a line, the first, third, ... open a cell or repeat the one before, and
        the second, fourth, ... close one or are repeated.
        """
        sign = (self.head.dialect.quote_char or "").encode()
        if not sign or not len(rows):
            return True
        data, edges = bytes_of(rows)
        quotes = np.flatnonzero(data == sign[0])
        lines = np.searchsorted(edges, quotes, side="right")
        if (np.bincount(lines) % 2).any():
            return False
        beside = self.head.delimiter.encode() + b"\r\n"
        if self.head.dialect.double_quote:
            beside += sign
        ends = np.zeros(256, dtype=bool)
        ends[list(beside)] = True
        edge = np.array([_LF], dtype=np.uint8)
        around = np.concatenate([edge, data, edge])
        return bool(ends[around[quotes[::2]]].all() and ends[around[quotes[1::2] + 2]].all())

    def _parse_valid(self, rows: pa.StringArray, places: Sequence[int]) -> pa.Table:
        rows.validate(full=True)
        return self.parse(rows, places)

    def parse(self, rows: pa.StringArray, places: Sequence[int]) -> pa.Table:
        """The cells of `rows`, which are lines of this file, in the columns `places`: c0, c1, …

        Raises one of `READ_ERRORS` where a line is no row.
        """
        if not len(rows):
            return pa.table({f"c{number}": pa.array([], pa.string()) for number in places})
        read = read_options(self.head)
        read.block_size, read.skip_rows, read.use_threads = BLOCK_BYTES, 0, False
        return arrow_csv.read_csv(
            cast("IO[bytes]", pa.BufferReader(wrap_bytes(bytes_of(rows)[0]))),
            read,
            parse_options(self.head, several_lines=False),
            convert_options(self.head, [f"c{number}" for number in places]),
        )


def open_lines(path: Path, resource: Resource) -> Lines | None:
    """The lines of the file at `path`.

    None where line ends certainly do not end rows, where the fast reader would not read such
    a file, or where it is large.
    """
    head = read_head(path, resource)
    if (
        not head.plain
        or head.labels is None
        or head.dialect.escape_char
        or head.dialect.quote_char not in {'"', "", None}
        or path.stat().st_size > MOST_BYTES
    ):
        return None
    try:
        if head.wrapping.kind:
            with open_bytes(path, head.wrapping) as stream:
                data = pa.py_buffer(stream.read(MOST_BYTES + 1))
        else:
            # Mapped, not copied: to clear memory for a copy can take longer than to read it.
            data = pa.memory_map(str(path)).read_buffer()
        edges = _find_edges(data, head)
        if edges is None or data.size > MOST_BYTES:
            return None
        rows = pa.StringArray.from_buffers(len(edges) - 1, wrap_bytes(edges), data)
    except READ_ERRORS:
        return None
    return Lines(head, data, rows)


def _find_edges(data: pa.Buffer, head: Head) -> np.ndarray | None:
    """Where each line below the header begins, and where the last ends; None for a file without."""
    scanned = view_bytes(data)
    parts = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(scanned), _SCAN_BYTES):
        parts.append(np.flatnonzero(scanned[start : start + _SCAN_BYTES] == _LF) + start)
    edges = np.concatenate(parts) + 1
    if len(edges) < head.lines:
        return None
    top = data.slice(0, int(edges[head.lines - 1])).to_pybytes()
    if b"\r" in top.replace(b"\r\n", b""):
        return None
    edges = edges[head.lines - 1 :]
    if edges[-1] < data.size:
        edges = np.append(edges, data.size)
    return edges.astype(np.int32)


LONGEST = 15
"""Digits of the longest integer that is read: what fits into two words with its delimiter."""

_WORD = 8
_AT_ONCE = 32_768
"""Lines whose words stay in a core's own memory."""


def _word(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * _WORD, "little"))


_ONES, _HIGHS, _ZEROS = _word(0x01), _word(0x80), _word(ord("0"))
_UPPER, _SIX = _word(0xF0), _word(0x06)
_PLACE = np.uint64(0x0001020304050607)
"""Times 1 << 8n this has n in its highest byte."""

_PAIRS = np.uint64(0x000000FF000000FF)
_HUNDREDS, _TENTHS = np.uint64(100 + (1_000_000 << 32)), np.uint64(1 + (10_000 << 32))
_LEADING = np.array([0x3030303030303030 >> (8 * n) for n in range(_WORD)], dtype=np.uint64)
"""Zeros to stand before n digits in a word."""


def read_first_integers(data: np.ndarray, begins: np.ndarray, delimiter: str) -> np.ndarray | None:
    """The integers before the first `delimiter` after each of `begins`, as an array of int64.

    `data` is an array of bytes, `begins` ascending places in it. None where one is not written in
    the one plain way (digits, no zero in front of others) or is longer than `LONGEST`.
    """
    if len(delimiter.encode()) > 1 or not len(begins) or begins[-1] > len(data) - 2 * _WORD:
        return None
    words = np.ndarray(len(data) - _WORD + 1, "<u8", buffer=data, strides=(1,))
    values = np.empty(len(begins), dtype=np.int64)
    for start in range(0, len(begins), _AT_ONCE):
        some = _read_some(words, begins[start : start + _AT_ONCE], delimiter)
        if some is None:
            return None
        values[start : start + _AT_ONCE] = some
    return values


def _read_some(words: np.ndarray, begins: np.ndarray, delimiter: str) -> np.ndarray | None:
    word = words[begins]
    ends = _find(word, delimiter)
    width = _widths(ends)
    long = np.flatnonzero(ends == 0)
    empty, zero = width == 0, (word & np.uint64(0xFF)) == ord("0")
    empty[long] = False
    if empty.any() or (zero & (width != 1)).any():
        return None
    values = _read_digits(word, width)
    if values is None or not len(long):
        return values
    rest = words[begins[long] + _WORD]
    ends = _find(rest, delimiter)
    width = _widths(ends)
    whole, more = _read_word(word[long]), _read_digits(rest, width)
    if whole is None or more is None or (ends == 0).any():
        return None
    values[long] = whole * 10 ** width.astype(np.int64) + more
    return values


def _find(word: np.ndarray, delimiter: str) -> np.ndarray:
    """The highest bit of the first byte that is `delimiter` in each word; 0 where none is."""
    there = word ^ _word(ord(delimiter))
    there = (there - _ONES) & ~there & _HIGHS
    return there & (~there + np.uint64(1))


def _widths(ends: np.ndarray) -> np.ndarray:
    """How many bytes lie before the found one."""
    return ((ends >> np.uint64(7)) * _PLACE) >> np.uint64(56)


def _read_digits(word: np.ndarray, width: np.ndarray) -> np.ndarray | None:
    """The integers in the first `width` bytes (up to 7) of each word, 0 for none; None for others."""
    # A shift by the whole word leaves it as it is on some machines: hence in two steps.
    moved = (word << (np.uint64(56) - (width << np.uint64(3)))) << np.uint64(8)
    return _read_word(moved | _LEADING[width.astype(np.intp)])


def _read_word(word: np.ndarray) -> np.ndarray | None:
    """The integers of words of eight digits; None where a byte is no digit."""
    digits = (word & _UPPER) | (((word + _SIX) & _UPPER) >> np.uint64(4))
    if (digits != _word(0x33)).any():
        return None
    word = word - _ZEROS
    word = word * np.uint64(10) + (word >> np.uint64(8))
    pairs = (word & _PAIRS) * _HUNDREDS + ((word >> np.uint64(16)) & _PAIRS) * _TENTHS
    return (pairs >> np.uint64(32)).astype(np.int64)
