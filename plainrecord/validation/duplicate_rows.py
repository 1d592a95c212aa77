"""Count the distinct rows of a table; rows that repeat an earlier one are never dropped.

Rows are equal if their sums are: each text has a 64-bit number, which each column multiplies by a
factor of its own. Two different rows have the same sum once in 2**64 cases, and nobody can write
such rows on purpose, as Python's hash of a text differs from run to run.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from plainrecord.validation.value_counts import SMALL, CountedBatch, count_values

_ABSENT = 0x1E3779B97F4A7C15
_MASK = (1 << 64) - 1


class DistinctRows:
    """Counts the distinct rows of a table, block after block.

    `counted_here` is false where a column of the first block holds many distinct texts: there the
    engine must hash each row.
    """

    def __init__(self) -> None:
        self.counted_here: bool | None = None
        self._sums: list[Any] = []

    def add(self, block: CountedBatch, cells: Sequence[str]) -> None:
        """Add the rows of a block, whose fields are the SQL `cells`."""
        if self.counted_here is None:
            columns = {cell for cell in cells if cell.startswith("c")}
            self.counted_here = block.batch.num_rows <= SMALL or columns <= set(block.counts)
        if self.counted_here and block.batch.num_rows:
            self._sums.append(_sums_of(block, cells))

    def count(self) -> int:
        """How many distinct rows were added."""
        if not self._sums:
            return 0
        sums = np.concatenate(self._sums)
        sums.sort()
        return int(np.count_nonzero(sums[1:] != sums[:-1])) + 1


def _sums_of(block: CountedBatch, cells: Sequence[str]) -> Any:
    """The sum of each row of a block: an array of uint64."""
    sums = np.zeros(block.batch.num_rows, dtype=np.uint64)
    for number, cell in enumerate(cells):
        if cell.startswith("c"):
            counts = block.counts.get(cell) or count_values(block.batch, cell)
            sums += _numbers((*map(hash, counts.texts), _ABSENT), number)[counts.codes]
        else:
            sums += _numbers((_ABSENT if cell == "NULL" else hash(cell),), number)
    return sums


def _numbers(hashes: Sequence[int], column: int) -> Any:
    """The numbers of texts in a column, from their hashes: an array of uint64."""
    return np.fromiter(hashes, np.int64, len(hashes)).view(np.uint64) * _factor(column)


def _factor(column: int) -> Any:
    """An odd number for each column, by SplitMix64 (Steele, Lea and Flood 2014, figure 15)."""
    mixed = (column + 1) * 0x9E3779B97F4A7C15 & _MASK
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
    return np.array([mixed ^ mixed >> 31 | 1], dtype=np.uint64)
