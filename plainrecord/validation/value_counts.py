"""Counting by value: in columns with few distinct texts each of them is looked at once.

Which columns those are shows in the first block; one that turns out to hold many is given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from plainrecord.readers.batches import integers_of

SMALL = 2000
"""Blocks of so many rows or fewer are not worth counting."""

SAMPLE = 60_000
"""Rows at the beginning of the first block that show how many distinct values a column has."""

FEW = 10
"""A column holds few values if each of them stands in so many rows on average."""


@dataclass(frozen=True, slots=True)
class Count:
    """The distinct texts of a column in the order of their first rows, nulls apart.

    Beside `texts` are `many` and `first`: how often each stands in the block, and the row of the
    file where it stands first. `nulls` is how many cells are null, `null_row` the first of them.
    `places` has for each row of the block the place of its text, -1 for null: an array of integers.
    """

    texts: tuple[str, ...]
    many: tuple[int, ...]
    first: tuple[int, ...]
    places: Any = field(compare=False, repr=False)
    nulls: int = 0
    null_row: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of text as they come from a reader, and the counts of its columns with few values."""

    batch: pa.RecordBatch
    counts: Mapping[str, Count]


class ValueCounter:
    """Counts the columns of block after block that hold few values.

    Which these are it takes from `like`, the census of a file with the same columns, once that one
    has a large block behind it.
    """

    def __init__(self, like: ValueCounter | None = None) -> None:
        self._like = like
        self._few: set[str] | None = None

    @property
    def columns(self) -> set[str] | None:
        """The columns that are counted by now, None before the first large block."""
        return None if self._few is None else set(self._few)

    def take(self, batch: pa.RecordBatch) -> Block:
        """The block with its counts, none for a small one."""
        if batch.num_rows <= SMALL:
            return Block(batch, {})
        if self._few is None:
            known = self._like.columns if self._like is not None else None
            self._few = set(_few(batch)) if known is None else known
        rows = integers_of(batch.column("row"))
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
    return _count(batch.column(name).dictionary_encode(), integers_of(batch.column("row")))


def _count(encoded: pa.DictionaryArray, rows: Any) -> Count:
    texts, indices = encoded.dictionary, encoded.indices
    nulls, null_row = indices.null_count, 0
    places = integers_of(indices.fill_null(-1)) if nulls else integers_of(indices)
    there = places
    if nulls:
        null_row = int(rows[int(np.argmin(places))])
        there, rows = places[places >= 0], rows[places >= 0]
    many = np.bincount(there, minlength=len(texts))
    # Arrow numbers texts as it meets them: each time the highest number rises, a text is new.
    first = rows[np.searchsorted(np.maximum.accumulate(there), np.arange(len(texts)))]
    return Count(
        tuple(texts.to_pylist()),
        tuple(many.tolist()),
        tuple(first.tolist()),
        places,
        nulls,
        null_row,
    )
