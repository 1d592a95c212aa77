"""Delimited text as lines of bytes, for what need not take every row apart.

Two files that hold the same line under the same header hold the same row there, whatever its
cells mean. Lines are given out only where each is known to be one whole row.
"""

from __future__ import annotations

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
from plainrecord.tables.heads import Head, read_head
from plainrecord.tables.raw import READ_ERRORS

MOST_BYTES = 500_000_000
"""A file with more bytes is not held in memory as a whole."""

BLOCK_BYTES = 4 * 1024 * 1024
_SCAN_BYTES = 256 * 1024
_LF = ord("\n")


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a file as lines, ends included, and the cells of some of its columns.

    `columns` are as long as `rows`; an empty cell is null.
    """

    head: Head
    data: bytes
    rows: pa.StringArray
    columns: tuple[pa.StringArray, ...]

    def may_hold(self, text: str) -> bool:
        """Whether `text` may be a cell of a row; a no is certain."""
        return '"' in text or text.encode() in self.data

    def take_apart(self, rows: pa.StringArray, places: Sequence[int]) -> pa.Table:
        """The cells of `rows`, which are lines of this file, in the columns `places`: c0, c1, …"""
        _, offsets, data = rows.buffers()
        edges = np.frombuffer(offsets, dtype=np.int32)[rows.offset : rows.offset + len(rows) + 1]
        if not len(rows):
            return pa.table({f"c{place}": pa.array([], pa.string()) for place in places})
        stream = pa.BufferReader(data.slice(edges[0], edges[-1] - edges[0]))
        return _read(stream, self.head, 0, places)


def read_lines(path: Path, resource: Resource, columns: Sequence[int]) -> Lines | None:
    """The lines of the file at `path` with the cells of `columns` (counted from 0).

    None where a line may be other than a row with one cell for each label, where the fast reader
    would not vouch for a cell, or where the file is large.
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
        with open_bytes(path, head.wrapping) as stream:
            data = stream.read(MOST_BYTES + 1) if head.wrapping.kind else stream.read()
        edges = _find_edges(data, head)
        if edges is None or len(data) > MOST_BYTES:
            return None
        rows = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(data))
        rows.validate(full=True)
        table = _read(pa.BufferReader(data), head, head.lines, columns)
    except READ_ERRORS:
        return None
    if table.num_rows != len(rows):
        return None
    return Lines(head, data, rows, tuple(column.combine_chunks() for column in table.columns))


def _read(stream: pa.BufferReader, head: Head, skipped: int, columns: Sequence[int]) -> pa.Table:
    read = read_options(head)
    read.block_size = BLOCK_BYTES
    read.skip_rows = skipped
    convert = convert_options(head, [f"c{number}" for number in columns])
    return arrow_csv.read_csv(stream, read, parse_options(head, several_lines=False), convert)


def _find_edges(data: bytes, head: Head) -> Any:
    """Where each line below the header begins, and where the last ends; None where a line end may
    be inside a cell.

    Arrow counts fewer rows than lines then, but for the last two blocks of a file, whose unfinished
    row it takes for a whole one: there each line must have an even number of quotes.
    """
    scanned = np.frombuffer(data, dtype=np.uint8)
    quote = head.dialect.quote_char or ""
    last = len(data) - 2 * BLOCK_BYTES
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
    top = data[: edges[head.lines - 1]]
    if b"\r" in top.replace(b"\r\n", b""):
        return None
    edges = edges[head.lines - 1 :]
    if edges[-1] < len(data):
        edges = np.append(edges, len(data))
    return edges.astype(np.int32)
