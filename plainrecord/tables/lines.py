"""Delimited text as lines of bytes, for what need not take every row apart.

Two files that hold the same line under the same header hold the same row there, whatever its
cells mean, if each line of both is one whole row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from plainrecord.model.packages import Resource
from plainrecord.tables.archives import open_bytes
from plainrecord.tables.blocks import convert_options, parse_options, read_options
from plainrecord.tables.firsts import read_first_integers
from plainrecord.tables.glance import bytes_of
from plainrecord.tables.heads import Head, read_head
from plainrecord.tables.raw import READ_ERRORS

MOST_BYTES = 500_000_000
"""A file with more bytes is not held in memory as a whole."""

BLOCK_BYTES = 4 * 1024 * 1024
_SCAN_BYTES = 1024 * 1024
_LF = ord("\n")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file below its header, ends included. Each may be a row; it need not."""

    head: Head
    data: pa.Buffer
    rows: pa.StringArray

    def may_hold(self, text: str) -> bool:
        """Whether `text` may be a cell of a row; a no is certain."""
        return '"' in text or re.search(re.escape(text.encode()), self.data) is not None

    def read_firsts(self) -> Any:
        """The first cell of each line, where all are plain integers (int64); None otherwise."""
        data, edges = bytes_of(self.rows)
        return read_first_integers(data, edges[:-1], self.head.delimiter)

    def read_columns(self, places: Sequence[int]) -> tuple[pa.StringArray, ...] | None:
        """The cells of the columns `places`, counted from 0; an empty cell is null.

        None where a line is other than a row with one cell for each label, or where the fast reader
        would not vouch for a cell.
        """
        try:
            table = self.take_apart(self.rows, places, use_threads=True)
        except READ_ERRORS:
            return None
        if table.num_rows != len(self.rows):
            return None
        return tuple(column.combine_chunks() for column in table.columns)

    def are_rows(self, rows: pa.StringArray) -> bool:
        """Whether each of `rows`, which are lines of this file, is one row with all its cells."""
        data, edges = bytes_of(rows)
        quote = self.head.dialect.quote_char or ""
        if quote and len(rows):
            quotes = np.add.reduceat(data == ord(quote), edges[:-1], dtype=np.int64)
            if (quotes % 2).any():
                return False
        try:
            return bool(self.take_apart(rows, [0]).num_rows == len(rows))
        except READ_ERRORS:
            return False

    def take_apart(
        self, rows: pa.StringArray, places: Sequence[int], *, use_threads: bool = False
    ) -> pa.Table:
        """The cells of `rows`, which are lines of this file, in the columns `places`: c0, c1, …

        Raises one of `READ_ERRORS` where a line is no row.
        """
        if not len(rows):
            return pa.table({f"c{place}": pa.array([], pa.string()) for place in places})
        read = read_options(self.head)
        read.block_size, read.skip_rows, read.use_threads = BLOCK_BYTES, 0, use_threads
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(bytes_of(rows)[0])),
            read,
            parse_options(self.head, several_lines=False),
            convert_options(self.head, [f"c{place}" for place in places]),
        )


def open_lines(path: Path, resource: Resource) -> Lines | None:
    """The lines of the file at `path`.

    None where line ends are sure not to be those of rows, where the fast reader would not read such
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
            # Mapped, not copied: to clear memory for a copy can take longer than to look through it.
            data = pa.memory_map(str(path)).read_buffer()
        edges = _find_edges(data, head)
        if edges is None or data.size > MOST_BYTES:
            return None
        rows = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), data)
        rows.validate(full=True)
    except READ_ERRORS:
        return None
    return Lines(head, data, rows)


def _find_edges(data: pa.Buffer, head: Head) -> Any:
    """Where each line below the header begins, and where the last ends; None where a line end may
    be inside a cell.

    Arrow counts fewer rows than lines then, but for the last two blocks of a file, whose unfinished
    row it takes for a whole one: there each line must have an even number of quotes.
    """
    scanned = np.frombuffer(data, dtype=np.uint8)
    quote = head.dialect.quote_char or ""
    last = data.size - 2 * BLOCK_BYTES
    found, quotes = [np.zeros(0, dtype=np.int64)], 0
    for start in range(0, len(scanned), _SCAN_BYTES):
        block = scanned[start : start + _SCAN_BYTES]
        found.append(np.flatnonzero(block == _LF) + start)
        if quote and start + _SCAN_BYTES > last:
            marks = block[(block == _LF) | (block == ord(quote))]
            ends = marks == _LF
            if ((quotes + np.cumsum(~ends))[ends] % 2).any():
                return None
        if quote:
            quotes += int(np.count_nonzero(block == ord(quote)))
    edges = np.concatenate(found) + 1
    if len(edges) < head.lines:
        return None
    top = data.slice(0, int(edges[head.lines - 1])).to_pybytes()
    if b"\r" in top.replace(b"\r\n", b""):
        return None
    edges = edges[head.lines - 1 :]
    if edges[-1] < data.size:
        edges = np.append(edges, data.size)
    return edges.astype(np.int32)
