"""Count the values of columns with few distinct texts, so that each text is checked once.

The first block shows which columns these are; a column that turns out to hold many is given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from plainrecord.readers.batches import integers_of

SMALL = 2000
"""Blocks of at most so many rows are not worth counting."""

SAMPLE = 60_000
"""Rows at the beginning of the first block in which the distinct values are counted."""

FEW = 10
"""A column holds few values if each of them occurs in so many rows on average."""


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """The distinct texts of a column in a block, in the order of their first rows, without nulls.

    `frequencies` counts the rows with each of `texts`, `first_rows` has the first of these rows in
    the file. `codes` has for each row of the block the index of its text, -1 for null: an array of
    integers. `nulls` counts the null cells, `first_null` is the row of the first.
    """

    texts: tuple[str, ...]
    frequencies: tuple[int, ...]
    first_rows: tuple[int, ...]
    codes: Any = field(compare=False, repr=False)
    nulls: int = 0
    first_null: int = 0


@dataclass(frozen=True, slots=True)
class CountedBatch:
    """Rows of text as they come from a reader, and the counts of its columns with few values."""

    batch: pa.RecordBatch
    counts: Mapping[str, ValueCounts]


class ValueCounter:
    """Counts the columns of block after block that hold few values.

    It takes the columns from `like`, the counter of a file with the same columns, once that has
    counted a large block.
    """

    def __init__(self, like: ValueCounter | None = None) -> None:
        self._like = like
        self._few: set[str] | None = None

    @property
    def columns(self) -> set[str] | None:
        """The columns that are counted, None before the first large block."""
        return None if self._few is None else set(self._few)

    def count(self, batch: pa.RecordBatch) -> CountedBatch:
        """The block with its counts, none for a small one."""
        if batch.num_rows <= SMALL:
            return CountedBatch(batch, {})
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
        return CountedBatch(batch, counts)


def _few(batch: pa.RecordBatch) -> Iterable[str]:
    head = batch.slice(0, SAMPLE)
    for name in batch.schema.names:
        if name not in {"row", "width"} and len(head.column(name).unique()) * FEW < head.num_rows:
            yield name


def count_values(batch: pa.RecordBatch, name: str) -> ValueCounts:
    """The count of one column of a block, however many distinct texts there are."""
    return _count(batch.column(name).dictionary_encode(), integers_of(batch.column("row")))


def _count(encoded: pa.DictionaryArray[Any, Any], rows: np.ndarray) -> ValueCounts:
    texts, indices = encoded.dictionary, encoded.indices
    nulls, first_null = indices.null_count, 0
    codes = integers_of(indices.fill_null(-1)) if nulls else integers_of(indices)
    present = codes
    if nulls:
        first_null = int(rows[int(np.argmin(codes))])
        present, rows = codes[codes >= 0], rows[codes >= 0]
    frequencies = np.bincount(present, minlength=len(texts))
    # Arrow numbers texts as it meets them: each time the highest number rises, a text is new.
    first_rows = rows[np.searchsorted(np.maximum.accumulate(present), np.arange(len(texts)))]
    counted = tuple(frequencies.tolist()), tuple(first_rows.tolist())
    return ValueCounts(tuple(map(str, texts.to_pylist())), *counted, codes, nulls, first_null)
