"""Rows that repeat an earlier row of their table: counted, never dropped.

Rows are alike if sums over their cells are, one 64-bit number for each text, another for each
column: two different rows have the same sum once in 2**64 cases. Python's own hash of a text, which
differs from run to run, makes such rows impossible to write on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plainrecord.validation.value_counts import SMALL, Block, count_values

_ABSENT = 0x1E3779B97F4A7C15
_MASK = (1 << 64) - 1


class Repeats:
    """The rows of a table, block after block.

    They are summed here where the first block shows few distinct texts in every column; else
    `here` is false, and the engine must take a hash of each row.
    """

    def __init__(self) -> None:
        self.here: bool | None = None
        self._sums: list[Any] = []

    def look(self, block: Block, cells: Sequence[str]) -> None:
        """Take the rows of a block in, whose fields are the SQL `cells`, unless the engine must."""
        if self.here is None:
            columns = {cell for cell in cells if cell.startswith("c")}
            self.here = block.batch.num_rows <= SMALL or columns <= set(block.counts)
        if self.here and block.batch.num_rows:
            self._sums.append(_sums_of(block, cells))

    def distinct(self) -> int:
        """How many different rows were summed here."""
        if not self._sums:
            return 0
        sums = np.concatenate(self._sums)
        sums.sort()
        return int(np.count_nonzero(sums[1:] != sums[:-1])) + 1


def _sums_of(block: Block, cells: Sequence[str]) -> Any:
    """The sum of each row of the block: an array of uint64."""
    sums = np.zeros(block.batch.num_rows, dtype=np.uint64)
    for number, cell in enumerate(cells):
        if cell.startswith("c"):
            count = block.counts.get(cell) or count_values(block.batch, cell)
            sums += _numbers((*map(hash, count.texts), _ABSENT), number)[count.places]
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
