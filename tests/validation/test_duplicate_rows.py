"""Rows that repeat an earlier one: the sums of rows are as different as the rows."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.readers.batches import batch_of
from plainrecord.validation import duplicate_rows
from plainrecord.validation.duplicate_rows import DistinctRows
from plainrecord.validation.value_counts import SMALL, CountedBatch, ValueCounter, count_values

Row = tuple[str | None, ...]
CELLS = st.sampled_from(["", "a", "b", "ab", "NULL", "'a'", None])
TABLES = st.lists(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), max_size=4)


def block_of(rows: list[Row], first: int = 2) -> CountedBatch:
    columns = [pa.array(column, type=pa.string()) for column in zip(*rows, strict=True)]
    return CountedBatch(batch_of(range(first, first + len(rows)), None, columns, 3), {})


@given(TABLES, st.booleans())
def test_as_many_sums_differ_as_rows(table: list[list[Row]], counted: bool) -> None:
    rows_seen = DistinctRows()
    for rows in table:
        block = block_of(rows)
        counts = {f"c{n}": count_values(block.batch, f"c{n}") for n in range(3)} if counted else {}
        rows_seen.add(CountedBatch(block.batch, counts), ["c0", "c1", "c2"])
    assert rows_seen.count() == len({row for rows in table for row in rows})


def test_a_constant_counts_and_a_column_that_is_not_there_is_null() -> None:
    rows_seen = DistinctRows()
    rows_seen.add(block_of([("a", "b", None)]), ["c0", "c1", "c2"])
    rows_seen.add(block_of([("a", "b", "x")]), ["c0", "c1", "NULL"])
    assert rows_seen.count() == 1
    rows_seen.add(block_of([("a", "b", "x")]), ["c0", "c1", "'x'"])
    rows_seen.add(block_of([("a", "b", "x")]), ["c0", "c1", "'y'"])
    assert rows_seen.count() == 3


@pytest.mark.parametrize("few", [True, False])
def test_a_large_block_with_many_texts_is_left_to_the_engine(few: bool) -> None:
    rows: list[Row] = [(str(n % 7 if few else n), "x", "y") for n in range(SMALL + 1)]
    rows_seen = DistinctRows()
    rows_seen.add(ValueCounter().count(block_of(rows).batch), ["c0", "c1", "c2"])
    assert rows_seen.counted_here is few
    assert rows_seen.count() == (7 if few else 0)


def test_each_column_has_a_factor_of_its_own() -> None:
    factors = [int(duplicate_rows._factor(number)[0]) for number in range(2000)]
    assert len(set(factors)) == 2000
    assert all(factor % 2 for factor in factors)


@given(st.lists(CELLS, min_size=1, max_size=40), st.integers(2, 99))
def test_a_count_says_what_stands_where(cells: list[str | None], first: int) -> None:
    batch = block_of([(cell, None, None) for cell in cells], first).batch
    count = count_values(batch, "c0")
    present = [cell for cell in cells if cell is not None]
    assert list(count.texts) == list(dict.fromkeys(present))
    assert list(count.frequencies) == [present.count(text) for text in count.texts]
    assert list(count.first_rows) == [first + cells.index(text) for text in count.texts]
    assert [None if n < 0 else count.texts[n] for n in count.codes] == cells
    assert count.nulls == cells.count(None)
    assert count.first_null == (first + cells.index(None) if None in cells else 0)
