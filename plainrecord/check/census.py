"""Counting by value: in columns with few distinct texts each of them is looked at once.

Which columns those are shows in the first block; one that turns out to hold many is given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

SMALL = 2000
"""Blocks of so many rows or fewer are not worth counting."""

SAMPLE = 60_000
"""Rows at the beginning of the first block that show how many distinct values a column has."""

FEW = 10
"""A column holds few values if each of them stands in so many rows on average."""


@dataclass(frozen=True, slots=True)
class Count:
    """The distinct texts of a column in the order of their first rows, nulls apart.

    `many` and `first` are arrays beside `texts`: how often each stands in the block, and the row of
    the file where it stands first. `nulls` is how many cells are null, `null_row` the first of them.
    """

    texts: tuple[str, ...]
    many: tuple[int, ...]
    first: tuple[int, ...]
    nulls: int = 0
    null_row: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of text as they come from a reader, and the counts of its columns with few values."""

    batch: pa.RecordBatch
    counts: Mapping[str, Count]


class Census:
    """Counts the columns of block after block that hold few values."""

    def __init__(self) -> None:
        self._few: set[str] | None = None

    def take(self, batch: pa.RecordBatch) -> Block:
        """The block with its counts, none for a small one."""
        if batch.num_rows <= SMALL:
            return Block(batch, {})
        if self._few is None:
            self._few = set(_few(batch))
        rows = batch.column("row").to_numpy()
        counts = {}
        for name in sorted(self._few & set(batch.schema.names)):
            encoded = batch.column(name).dictionary_encode()
            if len(encoded.dictionary) * 2 > batch.num_rows:
                self._few.discard(name)
            else:
                counts[name] = _count(encoded, rows)
        return Block(batch, counts)


def _few(batch: pa.RecordBatch) -> Iterable[str]:
    head = batch.slice(0, SAMPLE)
    for name in batch.schema.names:
        if name not in {"row", "width"} and len(head.column(name).unique()) * FEW < head.num_rows:
            yield name


def count_values(batch: pa.RecordBatch, name: str) -> Count:
    """The count of one column of a block, however many distinct texts there are."""
    return _count(batch.column(name).dictionary_encode(), batch.column("row").to_numpy())


def _count(encoded: pa.DictionaryArray, rows: Any) -> Count:
    texts, indices = encoded.dictionary, encoded.indices
    nulls, null_row = indices.null_count, 0
    if nulls:
        there = indices.is_valid().to_numpy(zero_copy_only=False)
        null_row = int(rows[int(np.argmin(there))])
        indices, rows = indices.drop_null(), rows[there]
    places = indices.to_numpy()
    many = np.bincount(places, minlength=len(texts))
    first = np.zeros(len(texts), dtype=np.int64)
    first[places[::-1]] = rows[::-1]  # the last to be written is the first in the block
    return Count(
        tuple(texts.to_pylist()), tuple(many.tolist()), tuple(first.tolist()), nulls, null_row
    )
