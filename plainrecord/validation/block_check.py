"""The sieve: block by block, SQL lets through what is certainly valid and sets the rest aside.

Of a block of text rows three things remain: the typed columns that are kept, the cells that must
be judged (`doubts`), and counts of what looks odd. The texts themselves are not stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from plainrecord.model.packages import mark_column
from plainrecord.readers.batches import integers_of, mask_array
from plainrecord.readers.column_bytes import blank_rows, certain_column, digits_in
from plainrecord.receipts.engine import identifier, literal
from plainrecord.validation.field_sql import CELL, FieldSql
from plainrecord.validation.run_state import CheckRun
from plainrecord.validation.value_counts import SMALL, Block, ValueCounter

if TYPE_CHECKING:
    import duckdb

HALVES = 2
"""A block is shown to the engine in two parts, so that two threads can work on it."""

ENOUGH = 20_000
"""Rows of a block from which doubtful rows of several fields are gathered first."""

MOST_CELLS = 1_000_000
"""Cells of small blocks that are looked at together."""

MOST_KNOWN = 200_000
"""Texts of a field whose verdict is remembered from block to block."""

FILE, ROW, HASH = '"__file"', '"__row"', '"__hash"'
"""Columns of the typed table beside those of the schema: where a row comes from, and its hash."""


@dataclass
class Tally:
    """How many rows were counted, and the first of them."""

    count: int = 0
    first: int = 0

    def add(self, rows: pa.RecordBatch, chosen: Any) -> None:
        """Count the rows that an array of booleans chooses."""
        if chosen.any():
            self.count += int(chosen.sum())
            first = int(integers_of(rows.column("row"))[chosen].min())
            self.first = min(self.first or first, first)


class BlockCheck:
    """The statements for one file of a table, and what has gone through so far.

    `cells` gives for each field the SQL of its text: a column of the block, a constant, or NULL.
    `left_out` are empty lines, `empty` the records whose every cell is empty.
    """

    def __init__(
        self,
        bench: CheckRun,
        file: int,
        places: Mapping[int, int],
        constants: Mapping[str, str],
        width: int,
        *,
        empty_lines: bool,
    ) -> None:
        self._bench, self._file, self._width = bench, file, width
        self._constants = {literal(text): text for text in constants.values()}
        self.cells = [
            literal(constants[lane.field.name])
            if lane.field.name in constants
            else f"c{places[lane.number]}"
            if lane.number in places
            else "NULL"
            for lane in bench.lanes
        ]
        self._census = ValueCounter()  # for what is left of a block with empty lines
        self._known: dict[int, dict[str | None, bool]] = {}
        self._values: dict[int, pa.Int64Array] = {}
        self._unseen: pa.RecordBatch | None = None
        self._seen = False
        self._expecting = False  # doubtful cells, as in the block before
        self._empty_lines = empty_lines
        self.left_out = Tally()
        self.empty = Tally()
        there = set(places) | {
            n for n, lane in enumerate(bench.lanes) if lane.field.name in constants
        }
        self._doubts = {
            lane.number: lane.doubtful(cell)
            for lane, cell in zip(bench.lanes, self.cells, strict=True)
            if lane.number in there and lane.judge is not None
        }
        self._doubts = {n: text for n, text in self._doubts.items() if text != "FALSE"}

    def check_block(self, block: Block) -> None:
        """Let the rows of one block through; empty lines are counted and left out."""
        bench = self._bench
        have = block.batch.num_columns - 2
        cells = [c if not c.startswith("c") or int(c[1:]) < have else "NULL" for c in self.cells]
        if bench.waiting:
            create_typed_table(bench)
        self._values = {}
        try:
            block = self._without_empty_lines(block, have)
            bench.rows += block.batch.num_rows
            doubts = {n: self._doubts[n] for n in self._doubts if cells[n] == self.cells[n]}
            left = self._uncertain_fields(cells, block, doubts)
            self._follow_keys(block)
            hashed = self._count_repeats(cells, block)
            self._unseen = block.batch
            self._measure_digits(cells, left)
            self._set_aside(cells, block, doubts, left)
            self._keep(cells, block, hashed=hashed)
            bench.oddities.look(self._engine, block, self._file, cells)
        finally:
            if self._seen:
                import duckdb

                with suppress(duckdb.Error):  # after an error the engine refuses this as well
                    bench.connection.unregister("block")
            self._unseen, self._seen = None, False

    def _engine(self) -> duckdb.DuckDBPyConnection:
        """The engine, which from now on sees the block, a large one in two parts for two threads.

        The integers that a glance has read stand beside their texts, in columns such as `v0`.
        """
        if self._unseen is None:
            return self._bench.connection
        batch, self._unseen, self._seen = self._unseen, None, True
        for number, values in self._values.items():
            batch = batch.append_column(f"v{number}", values)
        half = -(-batch.num_rows // HALVES)
        parts = [batch.slice(0, half), batch.slice(half)] if batch.num_rows > 5000 else [batch]
        self._bench.connection.register("block", pa.Table.from_batches(parts))
        return self._bench.connection

    def _without_empty_lines(self, block: Block, have: int) -> Block:
        """The block without empty lines; these are counted, and so are records without a value."""
        batch, widths = block.batch, integers_of(block.batch.column("width"))
        if self._empty_lines and not widths.all():
            self.left_out.add(batch, widths == 0)
            batch = batch.filter(mask_array(widths != 0))
            block, widths = self._census.take(batch), integers_of(batch.column("width"))
        # One column that is never blank is enough to know that no record is empty.
        if not any(
            not count.nulls and all(map(str.strip, count.texts)) for count in block.counts.values()
        ):
            blank = blank_rows(batch, [f"c{number}" for number in range(have)])
            self.empty.add(batch, blank & (widths == self._width))
        return block

    def _count_repeats(self, cells: Sequence[str], block: Block) -> bool:
        """Take the rows of the block in; whether the typed table must have a hash of each instead."""
        bench = self._bench
        if bench.repeats is None or not block.batch.num_rows:
            return bench.hashed
        bench.repeats.look(block, cells)
        if not bench.repeats.here and not bench.hashed:
            bench.hashed = True
            create_typed_table(bench)
            bench.connection.execute(f"ALTER TABLE {bench.relation} ADD COLUMN {HASH} UBIGINT")
        return bench.hashed

    def _keep(self, cells: Sequence[str], block: Block, *, hashed: bool) -> None:
        bench = self._bench
        columns = [f"{self._file}::INTEGER", "row"]
        for lane, cell in zip(bench.lanes, cells, strict=True):
            if lane.field.name in bench.kept:
                value, *mark = lane.columns(cell)
                if lane.number in self._values:
                    value = f"v{lane.number} AS {identifier(lane.column)}"
                columns += [value, *mark]
        if hashed:
            columns.append(f"hash({', '.join(cell for cell in cells if cell != 'NULL') or 'NULL'})")
        if len(columns) == 2:
            return
        insert = f"INSERT INTO {bench.relation} SELECT {', '.join(columns)} FROM block"
        if bench.made or block.batch.num_rows > SMALL:
            create_typed_table(bench)
            self._engine().execute(insert)
        else:
            bench.waiting = partial(self._insert, insert, block.batch, self._values)

    def _insert(
        self, statement: str, batch: pa.RecordBatch, values: dict[int, pa.Int64Array]
    ) -> None:
        """Put the rows of a block that waited into the typed table, which is there now."""
        self._unseen, self._values = batch, values
        self._engine().execute(statement)
        self._bench.connection.unregister("block")
        self._seen = False

    def _follow_keys(self, block: Block) -> None:
        """See whether the values of key fields go on rising: then none can stand there twice."""
        last = self._bench.rising
        for number in list(last):
            values = self._values.get(number)
            if not block.batch.num_rows:
                continue
            numbers = np.zeros(0) if values is None else values.to_numpy()
            before = last[number]
            if (
                not len(numbers)
                or (before is not None and numbers[0] <= before)
                or not (numbers[1:] > numbers[:-1]).all()
            ):
                del last[number]
            else:
                last[number] = int(numbers[-1])

    def _set_aside(
        self,
        cells: Sequence[str],
        block: Block,
        doubts: Mapping[int, str],
        left: dict[int, str],
    ) -> None:
        """Put doubtful cells and uneven rows aside.

        `doubts` are the conditions of all fields, `left` those of fields to look at cell by cell.
        """
        bench, rows = self._bench, block.batch.num_rows
        widths = integers_of(block.batch.column("width"))
        if (widths != self._width).any():
            create_doubt_tables(bench)
            bench.ragged = True
            self._engine().execute(
                f"INSERT INTO temp.main.ragged SELECT {self._file}, row, width FROM block "
                f"WHERE width <> {self._width}"
            )
        missed = {n for n in self._doubts if cells[n] != self.cells[n] and bench.lanes[n].required}
        if rows <= SMALL and not block.counts:
            self._set_aside_small(cells, block.batch, sorted(missed.union(left)))
            return
        found = self._counted(cells, block, doubts)
        if self._expecting and left and rows >= ENOUGH:
            # Where the block before had doubtful cells, their rows are gathered without a count.
            place = self._gather(cells, found | left)
            left = self._found_in(place, left)
        else:
            left = self._found_in("block", left)
            many = len(found) + len(left) > 1 and rows >= ENOUGH
            place = self._gather(cells, found | left) if many else "block"
        self._expecting = bool(left)
        found |= left
        for number in sorted(found):
            self._queue_for_frictionless(bench.lanes[number], cells[number], place, found[number])
        for number in sorted(missed):
            self._queue_for_frictionless(bench.lanes[number], "NULL", "block", "TRUE")

    def _set_aside_small(
        self, cells: Sequence[str], batch: pa.RecordBatch, numbers: Sequence[int]
    ) -> None:
        """Put doubtful cells of a small block aside, those of all fields at once.

        A wide table has only small blocks. A query for each field would cost the square of their
        number, as the engine looks at the names of all columns; so the cells stand below each
        other, and fields that are described alike share a condition.
        """
        lanes, rows = self._bench.lanes, batch.num_rows
        step = max(1, MOST_CELLS // max(rows, 1))
        for start in range(0, len(numbers), step):
            some = numbers[start : start + step]
            kinds: dict[tuple[str, str], int] = {}
            kind_of = [
                kinds.setdefault((lanes[n].absent, lanes[n].doubtful(CELL)), len(kinds))
                for n in some
            ]
            texts = [self._texts_of(cells[number], batch) for number in some]
            melted = pa.table(
                {
                    "row": np.tile(integers_of(batch.column("row")), len(some)),
                    "field": np.repeat(np.array(some, dtype=np.int32), rows),
                    "kind": np.repeat(np.array(kind_of, dtype=np.int32), rows),
                    "text": pa.concat_arrays(texts),
                }
            )
            absent, doubtful = (
                " ".join(
                    f"WHEN {kind} THEN {parts[at].replace(CELL, 'text')}"
                    for parts, kind in kinds.items()
                )
                for at in (0, 1)
            )
            connection = self._bench.connection
            connection.register("melted", melted)
            aside = connection.sql(
                f"SELECT {self._file}, row, field, text, CASE kind {absent} END AS absent "
                f"FROM melted WHERE CASE kind {doubtful} END"
            ).to_arrow_table()
            if aside.num_rows:
                create_doubt_tables(self._bench)
                self._bench.doubted = True
                connection.register("melted", aside)
                connection.execute("INSERT INTO temp.main.doubts SELECT * FROM melted")
            connection.unregister("melted")

    def _texts_of(self, cell: str, batch: pa.RecordBatch) -> pa.Array:
        """The texts of a field: a column of the block, a constant, or nulls."""
        if cell.startswith("c"):
            return batch.column(cell).cast(pa.large_string())
        text = None if cell == "NULL" else self._constants[cell]
        return pa.repeat(pa.scalar(text, pa.large_string()), batch.num_rows)

    def _gather(self, cells: Sequence[str], doubts: Mapping[int, str]) -> str:
        """The rows with a doubtful cell in a table of their own: one look for all fields."""
        columns = sorted({cells[number] for number in doubts if cells[number].startswith("c")})
        self._engine().execute(
            f"CREATE OR REPLACE TEMPORARY TABLE suspects AS SELECT {', '.join(['row', *columns])} "
            f"FROM block WHERE {' OR '.join(doubts.values())}"
        )
        return "temp.main.suspects"

    def _counted(
        self, cells: Sequence[str], block: Block, doubts: Mapping[int, str]
    ) -> dict[int, str]:
        """Fields counted by value that have a doubtful cell in this block, and where it is."""
        fresh: dict[int, list[str | None]] = {}
        for number in doubts:
            if count := block.counts.get(cells[number]):
                texts = [*count.texts, *([None] if count.nulls else [])]
                known = self._known.setdefault(number, {})
                fresh[number] = [text for text in texts if text not in known]
        self._judge_fresh({number: texts for number, texts in fresh.items() if texts})
        self._measure_fresh(fresh)
        found = {}
        for number in fresh:
            count, known = block.counts[cells[number]], self._known[number]
            told = [text for text in count.texts if known[text]]
            told_null = bool(count.nulls) and known[None]
            if told or told_null:
                found[number] = _one_of(cells[number], told, null=told_null)
            if len(known) > MOST_KNOWN:
                known.clear()
        return found

    def _measure_fresh(self, fresh: Mapping[int, Sequence[str | None]]) -> None:
        """Take in the digits of certain texts of number fields that were not met before."""
        for number, texts in fresh.items():
            field = self._bench.lanes[number].field
            if field.type == "number":
                known, marks = self._known[number], {mark.value for mark in field.missing_values}
                sure = [t for t in texts if t is not None and not known[t] and t not in marks]
                signless = pa.array([text.lstrip("+-") for text in sure], type=pa.string())
                self._bench.digits[number].widen(*digits_in(signless))

    def _judge_fresh(self, fresh: Mapping[int, Sequence[str | None]]) -> None:
        """Take down of texts that were not met before whether they are doubtful."""
        fresh = {number: texts for number, texts in fresh.items() if not self._clear(number, texts)}
        if not fresh:
            return
        numbers = np.repeat(list(fresh), [len(texts) for texts in fresh.values()])
        texts = pa.array([text for found in fresh.values() for text in found], type=pa.string())
        table = pa.table({"field": pa.array(numbers, type=pa.int32()), "text": texts})
        lanes = self._bench.lanes
        cases = " ".join(f"WHEN {number} THEN {lanes[number].doubtful('text')}" for number in fresh)
        self._bench.connection.register("fresh", table)
        doubtful = self._bench.connection.execute(
            f"SELECT field, text FROM fresh WHERE CASE field {cases} END"
        ).fetchall()
        self._bench.connection.unregister("fresh")
        for number, found in fresh.items():
            self._known[number].update(dict.fromkeys(found, False))
        for number, text in doubtful:
            self._known[number][text] = True

    def _clear(self, number: int, texts: Sequence[str | None]) -> bool:
        """Whether a glance is enough for all these texts; then it is taken down what it says."""
        lane = self._bench.lanes[number]
        marks = {mark.value for mark in lane.field.missing_values}
        there = [text for text in texts if text is not None and text not in marks]
        if there:
            column, field = (
                pa.array(there, type=pa.string()),
                replace(lane.field, missing_values=()),
            )
            if lane.bounds is None or certain_column(field, column, lane.bounds) is None:
                return False
        known = self._known[number]
        known.update(dict.fromkeys(texts, bool(lane.required)))
        known.update(dict.fromkeys(there, False))
        return True

    def _uncertain_fields(
        self, cells: Sequence[str], block: Block, doubts: Mapping[int, str]
    ) -> dict[int, str]:
        """The conditions of the fields that are neither counted nor certain at a glance."""
        left = {}
        for number, doubt in doubts.items():
            cell, lane = cells[number], self._bench.lanes[number]
            if cell in block.counts:
                continue
            sure = None
            if cell.startswith("c") and lane.bounds is not None:
                sure = certain_column(lane.field, block.batch.column(cell), lane.bounds)
            if sure is None:
                left[number] = doubt
            elif sure.values is not None:
                self._values[number] = sure.values
            elif lane.field.type == "number":
                self._bench.digits[number].widen(*digits_in(block.batch.column(cell)))
        return left

    def _measure_digits(self, cells: Sequence[str], left: Mapping[int, str]) -> None:
        """Take in the digits of the certain cells of number fields that are looked at one by one."""
        lanes = [self._bench.lanes[n] for n in left if self._bench.lanes[n].field.type == "number"]
        lanes = [lane for lane in lanes if lane.certain != "FALSE"]
        if not lanes:
            return
        parts = []
        for lane in lanes:
            absent, certain, _ = lane.over(cells[lane.number])
            text = f"ltrim({cells[lane.number]}, '+-')"
            point, sure = f"strpos({text}, '.')", f"FILTER ({certain} AND NOT {absent})"
            parts.append(
                f"max(CASE {point} WHEN 0 THEN strlen({text}) ELSE {point} - 1 END) {sure}"
            )
            parts.append(
                f"max(strlen({text}) - {point}) FILTER ({certain} AND NOT {absent} AND {point} > 0)"
            )
        row = self._engine().execute(f"SELECT {', '.join(parts)} FROM block").fetchall()[0]
        for place, lane in enumerate(lanes):
            self._bench.digits[lane.number].widen(row[2 * place] or 0, row[2 * place + 1] or 0)

    def _found_in(self, place: str, doubts: Mapping[int, str]) -> dict[int, str]:
        """Those of the conditions that hold for a row of `place`."""
        if not doubts:
            return {}
        counted = ", ".join(f"count_if({doubt})" for doubt in doubts.values())
        counts = self._engine().execute(f"SELECT {counted} FROM {place}").fetchall()[0]
        return {number: doubts[number] for number, many in zip(doubts, counts, strict=True) if many}

    def _queue_for_frictionless(
        self, lane: FieldSql, cell: str, place: str, condition: str
    ) -> None:
        absent = lane.over(cell)[0]
        create_doubt_tables(self._bench)
        self._bench.doubted = True
        self._engine().execute(
            f"INSERT INTO temp.main.doubts SELECT {self._file}, row, {lane.number}, {cell}, {absent} "
            f"FROM {place} WHERE {condition}"
        )


def _one_of(cell: str, texts: Sequence[str], *, null: bool) -> str:
    """The condition that `cell` is one of `texts`, or is null."""
    listed = ", ".join(map(literal, texts))
    parts = [*([f"{cell} IN ({listed})"] if texts else []), *([f"{cell} IS NULL"] if null else [])]
    return f"({' OR '.join(parts)})"


_ASIDE = {
    "doubts": "file INTEGER, row BIGINT, field INTEGER, text VARCHAR, absent BOOLEAN",
    "ragged": "file INTEGER, row BIGINT, width INTEGER",
    "needed": "field INTEGER, rule VARCHAR, note VARCHAR",
    "faults": "field INTEGER, text VARCHAR, rule VARCHAR, note VARCHAR",
    "accepted": "field INTEGER, text VARCHAR, canonical VARCHAR",
}


def drop_doubt_tables(bench: CheckRun) -> None:
    """Drop the tables of what was set aside, for the next check to begin without."""
    if bench.doubted or bench.ragged:
        for name in _ASIDE:
            bench.connection.execute(f"DROP TABLE IF EXISTS temp.main.{name}")


def create_doubt_tables(bench: CheckRun) -> None:
    """The empty tables for what is set aside, once there is something: most tables need none."""
    if not (bench.doubted or bench.ragged):
        for name, columns in _ASIDE.items():
            bench.connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} ({columns})")


def create_typed_table(bench: CheckRun) -> None:
    """Make the typed table with the rows that wait for it, if it is not there yet."""
    if not bench.made:
        bench.made = True
        _create_table(bench)
    insert, bench.waiting = bench.waiting, None
    if insert is not None:
        insert()


def retype(bench: CheckRun) -> None:
    """Give the number columns of a table that is there the types that their digits need."""
    changed = []
    for lane in bench.lanes:
        kind, name = bench.kind(lane), identifier(lane.column)
        if lane.field.name in bench.kept and kind != lane.kind and bench.made:
            # A DECIMAL becomes a double by way of its text: the engine's own cast is not exact.
            value = f"CAST({name} AS VARCHAR)" if kind == "DOUBLE" else name
            changed.append(f"CAST({value} AS {kind}) AS {name}")
    if changed:
        spare = "checked." + identifier("plainrecord spare")
        bench.connection.execute(
            f"CREATE OR REPLACE TABLE {spare} AS SELECT * REPLACE ({', '.join(changed)}) "
            f"FROM {bench.relation}"
        )
        bench.connection.execute(f"DROP TABLE {bench.relation}")
        named = bench.relation.removeprefix("checked.")
        bench.connection.execute(f"ALTER TABLE {spare} RENAME TO {named}")


def _create_table(bench: CheckRun) -> None:
    kept = [f"{FILE} INTEGER", f"{ROW} BIGINT"]
    for lane in bench.lanes:
        if lane.field.name in bench.kept:
            kept.append(f"{identifier(lane.column)} {bench.kind(lane)}")
            if lane.field.marks_apart:
                kept.append(f"{identifier(mark_column(lane.column))} VARCHAR")
    bench.connection.execute("CREATE SCHEMA IF NOT EXISTS checked")
    bench.connection.execute(f"CREATE OR REPLACE TABLE {bench.relation} ({', '.join(kept)})")
