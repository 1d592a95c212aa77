"""Check one block of text rows: store valid values typed, queue uncertain cells for frictionless.

Called by `read_files`. The text of a block is not stored. What remains of it are the typed columns
that are needed, the uncertain cells and uneven rows, and counts for warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from plainrecord.model.packages import mark_column
from plainrecord.readers.batches import (
    Unreadable,
    integer_array,
    integers_of,
    mask_array,
    text_column,
)
from plainrecord.readers.column_bytes import blank_rows, digits_in, plain_integers
from plainrecord.receipts.engine import identifier, literal
from plainrecord.validation.field_plan import CELL, FieldPlan
from plainrecord.validation.run_state import CheckRun
from plainrecord.validation.value_counts import SMALL, CountedBatch, ValueCounter

if TYPE_CHECKING:
    import duckdb

HALVES = 2
"""A block is registered in two parts, so that two threads of the engine can work on it."""

HALVED_ROWS = 5000
"""Rows of a block from which it is registered in parts."""

MOST_CELLS = 1_000_000
"""Cells that one query checks below each other."""

MOST_KNOWN = 200_000
"""Texts of a field whose result is remembered from block to block."""

MOST_STORED, LONG_ROW = 200_000_000, 100_000
"""Bytes of text that may be stored where a row has more than `LONG_ROW` bytes of it on average.

The engine needs four times as much while it stores long texts, and cannot put them on the disk.
"""

FILE, ROW, HASH = '"__file"', '"__row"', '"__hash"'
"""Columns of the typed table beside those of the schema: the place of a row, and its hash."""


@dataclass
class RowCount:
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
    """Checks the blocks of one file.

    `columns` has the column of each field, `constants` the values that the path of the file gives.
    `cells` has for each field the SQL of its text: a column of the block, a constant, or NULL.
    `empty_lines` counts empty lines, which are no rows, `empty_records` rows without a value.
    """

    def __init__(
        self,
        run: CheckRun,
        file: int,
        columns: Mapping[int, int],
        constants: Mapping[str, str],
        width: int,
        *,
        empty_lines: bool,
    ) -> None:
        self._run, self._file, self._width = run, file, width
        self._constants = {literal(text): text for text in constants.values()}
        self.cells = [
            literal(constants[plan.field.name])
            if plan.field.name in constants
            else f"c{columns[plan.number]}"
            if plan.number in columns
            else "NULL"
            for plan in run.plans
        ]
        self._counter = ValueCounter()  # for the rest of a block with empty lines
        self._known: dict[int, dict[str | None, bool]] = {}  # by field and text: is it uncertain?
        self._unregistered: pa.RecordBatch | None = None
        self._registered = False
        self._drop_empty_lines = empty_lines
        self._stored_bytes = 0
        self.empty_lines = RowCount()
        self.empty_records = RowCount()
        conditions = {
            plan.number: plan.uncertain(cell)
            for plan, cell in zip(run.plans, self.cells, strict=True)
            if plan.reader is not None and cell != "NULL"
        }
        self._conditions = {n: text for n, text in conditions.items() if text != "FALSE"}

    def check(self, block: CountedBatch) -> None:
        """Check the rows of one block; empty lines are counted and left out."""
        run = self._run
        width = block.batch.num_columns - 2
        cells = [c if not c.startswith("c") or int(c[1:]) < width else "NULL" for c in self.cells]
        if run.pending_insert:
            create_typed_table(run)
        try:
            block = self._without_empty_lines(block, width)
            run.rows += block.batch.num_rows
            conditions = {n: c for n, c in self._conditions.items() if cells[n] == self.cells[n]}
            unchecked = self._unchecked_fields(cells, block, conditions)
            self._follow_keys(cells, block)
            hashed = self._count_distinct_rows(cells, block)
            self._unregistered = block.batch
            self._queue_uneven_rows(block)
            uncertain = self._queue_uncertain_cells(cells, block, conditions, unchecked)
            self._measure_digits(cells, block, unchecked, uncertain)
            self._store(cells, block, hashed=hashed)
            run.warnings.add(self._engine, block, self._file, cells)
        finally:
            if self._registered:
                import duckdb

                with suppress(duckdb.Error):  # after an error the engine refuses this as well
                    run.connection.unregister("block")
            self._unregistered, self._registered = None, False

    def _engine(self) -> duckdb.DuckDBPyConnection:
        """The engine, with the block registered as `block`."""
        if self._unregistered is None:
            return self._run.connection
        batch, self._unregistered, self._registered = self._unregistered, None, True
        half = -(-batch.num_rows // HALVES)
        parts = [batch]
        if batch.num_rows > HALVED_ROWS:
            parts = [batch.slice(0, half), batch.slice(half)]
        self._run.connection.register("block", pa.Table.from_batches(parts))
        return self._run.connection

    def _without_empty_lines(self, block: CountedBatch, width: int) -> CountedBatch:
        """The block without empty lines; these are counted, and so are records without a value."""
        batch, widths = block.batch, integers_of(block.batch.column("width"))
        if self._drop_empty_lines and not widths.all():
            self.empty_lines.add(batch, widths == 0)
            batch = batch.filter(mask_array(widths != 0))
            block, widths = self._counter.count(batch), integers_of(batch.column("width"))
        # One column that is never blank is enough to know that no record is empty.
        if not any(
            not counts.nulls and all(map(str.strip, counts.texts))
            for counts in block.counts.values()
        ):
            blank = blank_rows(batch, [f"c{number}" for number in range(width)])
            self.empty_records.add(batch, blank & (widths == self._width))
        return block

    def _unchecked_fields(
        self, cells: Sequence[str], block: CountedBatch, conditions: Mapping[int, str]
    ) -> dict[int, str]:
        """The conditions of the fields that SQL must check cell by cell.

        Counted columns are checked text by text, and the plain texts of small blocks in Python,
        which takes less time than to start the engine.
        """
        unchecked = {n: c for n, c in conditions.items() if cells[n] not in block.counts}
        if block.batch.num_rows > SMALL:
            return unchecked
        for number in [n for n in unchecked if cells[n].startswith("c")]:
            plan = self._run.plans[number]
            texts = block.batch.column(cells[number]).unique().to_pylist()
            present = plan.present(texts)
            if len(present) < len(texts) and plan.required:
                continue
            if plan.accepts(present):
                self._measure(plan, present)
                del unchecked[number]
        return unchecked

    def _follow_keys(self, cells: Sequence[str], block: CountedBatch) -> None:
        """See whether the values of key fields go on rising: then none can occur twice."""
        rising = self._run.rising
        for number, last in list(rising.items() if block.batch.num_rows else ()):
            plan, cell = self._run.plans[number], cells[number]
            values = None
            if cell.startswith("c") and plan.in_plain_form:
                values = plain_integers(text_column(block.batch, cell))
            if (
                values is None
                or (last is not None and values[0] <= last)
                or not (values[1:] > values[:-1]).all()
            ):
                del rising[number]
            else:
                rising[number] = int(values[-1])

    def _count_distinct_rows(self, cells: Sequence[str], block: CountedBatch) -> bool:
        """Count the rows of the block; whether the typed table must hold a hash of each instead."""
        run = self._run
        if run.distinct_rows is None or not block.batch.num_rows:
            return run.hashed
        run.distinct_rows.add(block, cells)
        if not run.distinct_rows.counted_here and not run.hashed:
            run.hashed = True
            create_typed_table(run)
            run.connection.execute(f"ALTER TABLE {run.relation} ADD COLUMN {HASH} UBIGINT")
        return run.hashed

    def _store(self, cells: Sequence[str], block: CountedBatch, *, hashed: bool) -> None:
        """Insert the stored fields of the block into the typed table, or leave that for later."""
        run = self._run
        columns = [f"{self._file}::INTEGER", "row"]
        for plan, cell in zip(run.plans, cells, strict=True):
            if plan.field.name in run.stored_fields:
                columns += plan.columns(cell)
                if cell.startswith("c"):
                    self._stored_bytes += block.batch.column(cell).nbytes
        if self._stored_bytes > MOST_STORED and self._stored_bytes / run.rows > LONG_ROW:
            found = f"rows of {self._stored_bytes:,} bytes together, up to this one"
            expected = f"at most {MOST_STORED:,} bytes in rows that are longer than {LONG_ROW:,}"
            row = int(integers_of(block.batch.column("row"))[-1])
            raise Unreadable("memory-exceeded", found, expected, row)
        if hashed:
            columns.append(f"hash({', '.join(cell for cell in cells if cell != 'NULL') or 'NULL'})")
        if len(columns) == 2:
            return
        insert = f"INSERT INTO {run.relation} SELECT {', '.join(columns)} FROM block"
        if run.table_exists or block.batch.num_rows > SMALL:
            create_typed_table(run)
            self._engine().execute(insert)
        else:
            run.pending_insert = partial(self._insert, insert, block.batch)

    def _insert(self, statement: str, batch: pa.RecordBatch) -> None:
        """Insert the rows of an earlier block into the typed table, which exists now."""
        self._unregistered = batch
        self._engine().execute(statement)
        self._run.connection.unregister("block")
        self._registered = False

    def _queue_uneven_rows(self, block: CountedBatch) -> None:
        if (integers_of(block.batch.column("width")) != self._width).any():
            create_work_tables(self._run)
            self._run.has_uneven = True
            self._engine().execute(
                f"INSERT INTO temp.main.uneven SELECT {self._file}, row, width FROM block "
                f"WHERE width <> {self._width}"
            )

    def _queue_uncertain_cells(
        self,
        cells: Sequence[str],
        block: CountedBatch,
        conditions: Mapping[int, str],
        unchecked: dict[int, str],
    ) -> dict[int, list[int]]:
        """Queue uncertain cells for frictionless; their rows for each field that has some.

        `conditions` are those of all fields, `unchecked` those of fields to check cell by cell.
        """
        plans = self._run.plans
        lacking = [n for n in self._conditions if cells[n] != self.cells[n] and plans[n].required]
        uncertain = unchecked | dict.fromkeys(lacking, "TRUE")
        if block.batch.num_rows <= SMALL and not block.counts:
            return self._queue(cells, block.batch, sorted(uncertain))
        uncertain |= self._check_counted(cells, block, conditions)
        if not uncertain:
            return {}
        columns = sorted({cells[number] for number in uncertain if cells[number].startswith("c")})
        suspects = self._engine().sql(
            f"SELECT {', '.join(['row', *columns])} FROM block "
            f"WHERE {' OR '.join(uncertain.values())}"
        )
        queued: dict[int, list[int]] = {}
        for batch in suspects.to_arrow_table().to_batches():
            for number, rows in self._queue(cells, batch, sorted(uncertain)).items():
                queued.setdefault(number, []).extend(rows)
        return queued

    def _queue(
        self, cells: Sequence[str], batch: pa.RecordBatch, numbers: Sequence[int]
    ) -> dict[int, list[int]]:
        """Queue the uncertain cells of a few rows, those of all fields `numbers` at once.

        A query for each field would cost the square of their number in a wide table, as the engine
        reads the names of all columns; so the cells stand below each other, and fields that are
        described alike share a condition.
        """
        plans, rows = self._run.plans, batch.num_rows
        queued_rows: dict[int, list[int]] = {}
        step = max(1, MOST_CELLS // max(rows, 1))
        for start in range(0, len(numbers), step):
            some = numbers[start : start + step]
            kinds: dict[tuple[str, str], int] = {}
            kind_of = [
                kinds.setdefault((plans[n].absent, plans[n].uncertain(CELL)), len(kinds))
                for n in some
            ]
            texts = [self._texts_of(cells[number], batch) for number in some]
            melted = pa.table(
                {
                    "row": integer_array(np.tile(integers_of(batch.column("row")), len(some))),
                    "field": integer_array(np.repeat(np.array(some, dtype=np.int32), rows)),
                    "kind": integer_array(np.repeat(np.array(kind_of, dtype=np.int32), rows)),
                    "text": pa.concat_arrays(texts),
                }
            )
            absent, uncertain = (
                " ".join(
                    f"WHEN {kind} THEN {parts[at].replace(CELL, 'text')}"
                    for parts, kind in kinds.items()
                )
                for at in (0, 1)
            )
            connection = self._run.connection
            connection.register("melted", melted)
            queued = connection.sql(
                f"SELECT {self._file}, row, field, text, CASE kind {absent} END AS absent "
                f"FROM melted WHERE CASE kind {uncertain} END"
            ).to_arrow_table()
            if queued.num_rows:
                create_work_tables(self._run)
                self._run.has_uncertain = True
                connection.register("melted", queued)
                connection.execute("INSERT INTO temp.main.uncertain SELECT * FROM melted")
                fields, places = (np.asarray(queued.column(name)) for name in ("field", "row"))
                for number in np.unique(fields).tolist():
                    queued_rows[number] = places[fields == number].tolist()
            connection.unregister("melted")
        return queued_rows

    def _texts_of(self, cell: str, batch: pa.RecordBatch) -> pa.Array[Any]:
        """The texts of a field: a column of the block, a constant, or nulls."""
        if cell.startswith("c"):
            return batch.column(cell).cast(pa.large_string())
        text = None if cell == "NULL" else self._constants[cell]
        return pa.repeat(pa.scalar(text, pa.large_string()), batch.num_rows)

    def _check_counted(
        self, cells: Sequence[str], block: CountedBatch, conditions: Mapping[int, str]
    ) -> dict[int, str]:
        """The counted fields with an uncertain cell in this block, and the condition for it."""
        counted = [number for number in conditions if cells[number] in block.counts]
        unknown: dict[int, list[str | None]] = {}
        for number in counted:
            counts, known = block.counts[cells[number]], self._known.setdefault(number, {})
            texts = [*counts.texts, *([None] if counts.nulls else [])]
            if new := [text for text in texts if text not in known]:
                unknown[number] = new
        self._check_unknown(unknown)
        uncertain = {}
        for number in counted:
            counts, known = block.counts[cells[number]], self._known[number]
            texts_here = [text for text in counts.texts if known[text]]
            null_here = bool(counts.nulls) and known[None]
            if texts_here or null_here:
                uncertain[number] = _one_of(cells[number], texts_here, null=null_here)
            if len(known) > MOST_KNOWN:
                known.clear()
        return uncertain

    def _check_unknown(self, unknown: Mapping[int, Sequence[str | None]]) -> None:
        """Find out which texts of counted fields are uncertain, in Python or all in one query."""
        plans = self._run.plans
        queried: dict[int, Sequence[str | None]] = {}
        for number, texts in unknown.items():
            plan, known = plans[number], self._known[number]
            present = plan.present(texts)
            if plan.accepts(present):
                known.update(dict.fromkeys(texts, bool(plan.required)))
                known.update(dict.fromkeys(present, False))
            else:
                queried[number] = texts
                known.update(dict.fromkeys(texts, False))
        for number, text in self._query_uncertain(queried):
            self._known[number][text] = True
        for number, texts in unknown.items():
            certain = [text for text in texts if not self._known[number][text]]
            self._measure(plans[number], plans[number].present(certain))

    def _query_uncertain(
        self, texts: Mapping[int, Sequence[str | None]]
    ) -> list[tuple[int, str | None]]:
        """Those of the texts of each field that are uncertain."""
        if not texts:
            return []
        table = pa.table(
            {
                "field": pa.array(
                    np.repeat(list(texts), [len(part) for part in texts.values()]), pa.int32()
                ),
                "text": pa.array([text for part in texts.values() for text in part], pa.string()),
            }
        )
        cases = " ".join(f"WHEN {n} THEN {self._run.plans[n].uncertain('text')}" for n in texts)
        connection = self._run.connection
        connection.register("unknown_texts", table)
        uncertain: list[tuple[int, str | None]] = connection.execute(
            f"SELECT field, text FROM unknown_texts WHERE CASE field {cases} END"
        ).fetchall()
        connection.unregister("unknown_texts")
        return uncertain

    def _measure(self, plan: FieldPlan, texts: Sequence[str]) -> None:
        """Widen the digits of a number field by certain texts."""
        if plan.field.type == "number" and texts:
            parts = [text.lstrip("+-").partition(".") for text in texts]
            self._run.digits[plan.number].widen(
                max(len(whole) for whole, _, _ in parts),
                max(len(decimals) for _, _, decimals in parts),
            )

    def _measure_digits(
        self,
        cells: Sequence[str],
        block: CountedBatch,
        unchecked: Iterable[int],
        uncertain: Mapping[int, Sequence[int]],
    ) -> None:
        """Widen the digits of the `unchecked` number fields by their certain cells.

        `uncertain` has the rows of the others. Of plain forms the bytes of the column are enough.
        """
        rows_here = integers_of(block.batch.column("row"))
        plans = []
        for plan in (self._run.plans[number] for number in unchecked):
            cell = cells[plan.number]
            if plan.field.type != "number" or plan.certain == "FALSE":
                continue
            if plan.in_plain_form and cell.startswith("c"):
                column = text_column(block.batch, cell)
                if others := uncertain.get(plan.number):
                    column = column.filter(mask_array(~np.isin(rows_here, others)))
                self._run.digits[plan.number].widen(*digits_in(column))
            else:
                plans.append(plan)
        if not plans:
            return
        parts = []
        for plan in plans:
            absent, certain, _ = plan.over(cells[plan.number])
            text = f"ltrim({cells[plan.number]}, '+-')"
            point, rows = f"strpos({text}, '.')", f"FILTER ({certain} AND NOT {absent}"
            parts += [
                f"max(CASE {point} WHEN 0 THEN strlen({text}) ELSE {point} - 1 END) {rows})",
                f"max(strlen({text}) - {point}) {rows} AND {point} > 0)",
            ]
        widths = self._engine().execute(f"SELECT {', '.join(parts)} FROM block").fetchall()[0]
        for at, plan in enumerate(plans):
            whole, decimals = widths[2 * at : 2 * at + 2]
            self._run.digits[plan.number].widen(whole or 0, decimals or 0)


def _one_of(cell: str, texts: Sequence[str], *, null: bool) -> str:
    """The condition that `cell` is one of `texts`, or is null."""
    listed = ", ".join(map(literal, texts))
    one_of = f"{cell} IN ({listed})"
    if not null:
        return f"({one_of})"
    return f"({one_of} OR {cell} IS NULL)" if texts else f"({cell} IS NULL)"


_WORK_TABLES = {
    "uncertain": "file INTEGER, row BIGINT, field INTEGER, text VARCHAR, absent BOOLEAN",
    "uneven": "file INTEGER, row BIGINT, width INTEGER",
    "needed": "field INTEGER, rule VARCHAR, note VARCHAR",
    "faults": "field INTEGER, text VARCHAR, rule VARCHAR, note VARCHAR",
    "accepted": "field INTEGER, text VARCHAR, canonical VARCHAR",
}


def drop_work_tables(run: CheckRun) -> None:
    """Drop the tables of queued cells and rows, so that the next check begins without."""
    if run.has_uncertain or run.has_uneven:
        for name in _WORK_TABLES:
            run.connection.execute(f"DROP TABLE IF EXISTS temp.main.{name}")


def create_work_tables(run: CheckRun) -> None:
    """Create the tables for queued cells and rows, once there are some: most checks need none."""
    if not (run.has_uncertain or run.has_uneven):
        for name, columns in _WORK_TABLES.items():
            run.connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} ({columns})")


def create_typed_table(run: CheckRun) -> None:
    """Create the typed table with the rows of an earlier block, if it does not exist yet."""
    if not run.table_exists:
        run.table_exists = True
        _create_table(run)
    insert, run.pending_insert = run.pending_insert, None
    if insert is not None:
        insert()


def retype(run: CheckRun) -> None:
    """Give the number columns the types that their digits need, once all rows are read."""
    run.all_read = True
    changed = []
    for plan in run.plans:
        kind, name = run.column_type(plan), identifier(plan.column)
        if plan.field.name in run.stored_fields and kind != plan.kind and run.table_exists:
            # A DECIMAL becomes a double by way of its text: the engine's own cast is not exact.
            value = f"CAST({name} AS VARCHAR)" if kind == "DOUBLE" else name
            changed.append(f"CAST({value} AS {kind}) AS {name}")
    if changed:
        spare = "checked." + identifier(f"spare of {run.relation}")
        run.connection.execute(
            f"CREATE OR REPLACE TABLE {spare} AS SELECT * REPLACE ({', '.join(changed)}) "
            f"FROM {run.relation}"
        )
        run.connection.execute(f"DROP TABLE {run.relation}")
        name = run.relation.removeprefix("checked.")
        run.connection.execute(f"ALTER TABLE {spare} RENAME TO {name}")


def _create_table(run: CheckRun) -> None:
    columns = [f"{FILE} INTEGER", f"{ROW} BIGINT"]
    for plan in run.plans:
        if plan.field.name in run.stored_fields:
            columns.append(f"{identifier(plan.column)} {run.column_type(plan)}")
            if plan.field.marks_apart:
                columns.append(f"{identifier(mark_column(plan.column))} VARCHAR")
    run.connection.execute("CREATE SCHEMA IF NOT EXISTS checked")
    run.connection.execute(f"CREATE OR REPLACE TABLE {run.relation} ({', '.join(columns)})")
