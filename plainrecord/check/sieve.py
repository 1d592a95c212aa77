"""The sieve: block by block, SQL lets through what is certainly valid and sets the rest aside.

Of a block of text rows three things remain: the typed columns that are kept, the cells that must
be judged (`doubts`), and counts of what looks odd. The texts themselves are not stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import duckdb
import pyarrow as pa

from plainrecord.check.bench import SPACES, Bench
from plainrecord.check.lanes import Lane
from plainrecord.ground.engine import identifier, literal
from plainrecord.model.packages import mark_column

HALVES = 2
"""A block is shown to the engine in two parts, so that two threads can work on it."""

ENOUGH = 20_000
"""Rows of a block from which counting by value is considered."""

SAMPLE = 60_000
"""Rows at the beginning of a block that show how many distinct values a column has."""

FILE, ROW, HASH = '"__file"', '"__row"', '"__hash"'
"""Columns of the typed table beside those of the schema: where a row comes from, and its hash."""


class Sieve:
    """The statements for one file of a table, and what has gone through so far.

    `cells` gives for each field the SQL of its text: a column of the block, a constant, or NULL.
    """

    def __init__(
        self, bench: Bench, file: int, places: Mapping[int, int], constants: Mapping[str, str], width: int
    ) -> None:  # fmt: skip
        self._bench, self._file, self._width = bench, file, width
        self.cells = [
            literal(constants[lane.field.name])
            if lane.field.name in constants
            else f"c{places[lane.number]}"
            if lane.number in places
            else "NULL"
            for lane in bench.lanes
        ]
        self._grouped: frozenset[int] | None = None
        self.blank = 0
        self.first_blank = 0
        there = set(places) | {
            n for n, lane in enumerate(bench.lanes) if lane.field.name in constants
        }
        self._doubts = {
            lane.number: lane.doubtful(cell)
            for lane, cell in zip(bench.lanes, self.cells, strict=True)
            if lane.number in there and lane.judge is not None
        }
        self._doubts = {n: text for n, text in self._doubts.items() if text != "FALSE"}

    def pass_block(self, batch: pa.RecordBatch) -> None:
        """Let the rows of one block through; blank rows are counted and left out."""
        bench = self._bench
        have = batch.num_columns - 2
        cells = [c if not c.startswith("c") or int(c[1:]) < have else "NULL" for c in self.cells]
        half = -(-batch.num_rows // HALVES)
        parts = [batch.slice(0, half), batch.slice(half)] if batch.num_rows > 5000 else [batch]
        bench.connection.register("block", pa.Table.from_batches(parts))
        try:
            where = self._set_aside(cells, have, batch.num_rows)
            self._keep(cells, where)
            bench.oddities.look(bench.connection, batch, self._file, cells, where)
        finally:
            with suppress(duckdb.Error):  # after an error the engine refuses this as well
                bench.connection.unregister("block")

    def _keep(self, cells: Sequence[str], where: str) -> None:
        bench = self._bench
        columns = [f"{self._file}::INTEGER", "row"]
        if bench.hashed:
            texts = [cell for cell in cells if cell != "NULL"] or ["NULL"]
            columns.append(f"hash({', '.join(texts)})")
        for lane, cell in zip(bench.lanes, cells, strict=True):
            if lane.field.name in bench.kept:
                columns += lane.columns(cell)
        if len(columns) > 2:
            bench.connection.execute(
                f"INSERT INTO {bench.relation} SELECT {', '.join(columns)} FROM block WHERE {where}"
            )

    def _set_aside(self, cells: Sequence[str], have: int, rows: int) -> str:
        """Put doubtful cells and uneven rows aside; the condition that leaves blank rows out."""
        bench = self._bench
        doubts = {n: self._doubts[n] for n in self._doubts if cells[n] == self.cells[n]}
        missed = {n for n in self._doubts if cells[n] != self.cells[n] and bench.lanes[n].required}
        # Only a row whose first cell may be blank can be a blank row: one quick look at most files.
        hint = "coalesce(c0 < '!' OR starts_with(c0, chr(160)), TRUE)" if have else "TRUE"
        perhaps, ragged, counts, told = self._count(cells, doubts, hint, "TRUE", rows)
        where, blank = "TRUE", 0
        if perhaps:
            cells_blank = (f"(c{n} IS NULL OR trim(c{n}, {SPACES}) = '')" for n in range(have))
            blank_row = " AND ".join([f"width <= {self._width}", *cells_blank])
            empty = f"CASE WHEN {hint} THEN {blank_row} ELSE FALSE END"
            blank, first = bench.connection.execute(
                f"SELECT count(*), min(row) FROM block WHERE {empty}"
            ).fetchall()[0]
            if blank:
                self.blank += int(blank)
                self.first_blank = self.first_blank or int(first)
                where = f"NOT ({empty})"
                _, ragged, counts, told = self._count(cells, doubts, hint, where, rows)
        bench.rows += rows - blank
        if ragged:
            bench.ragged = True
            bench.connection.execute(
                f"INSERT INTO temp.main.ragged SELECT {self._file}, row, width FROM block "
                f"WHERE width <> {self._width} AND {where}"
            )
        found = {
            number: _one_of(cells[number], told[number]) if number in told else doubt
            for number, doubt in doubts.items()
            if counts.get(number)
        }
        place = "block"
        if len(found) > 1 and rows >= ENOUGH:
            place = self._gather({number: cells[number] for number in found}, found, where)
        for number, doubt in found.items():
            condition = doubt if place != "block" else f"{doubt} AND {where}"
            self._doubt(bench.lanes[number], cells[number], place, condition)
        for number in sorted(missed):
            self._doubt(bench.lanes[number], "NULL", "block", where)
        return where

    def _gather(self, cells: Mapping[int, str], doubts: Mapping[int, str], where: str) -> str:
        """The rows with a doubtful cell in a table of their own: one look for all fields."""
        columns = sorted({cell for cell in cells.values() if cell.startswith("c")})
        self._bench.connection.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE suspects AS SELECT {', '.join(['row', *columns])} "
            f"FROM block WHERE ({' OR '.join(doubts.values())}) AND {where}"
        )
        return "temp.main.suspects"

    def _count(
        self, cells: Sequence[str], doubts: Mapping[int, str], hint: str, where: str, rows: int
    ) -> tuple[int, int, dict[int, int], dict[int, list[str | None]]]:
        """Rows that may be blank, uneven rows, and the doubtful cells of each field.

        Where cells were counted by value, the doubtful values come as well.
        """
        run = self._bench.connection.execute
        if self._grouped is None and rows >= ENOUGH:
            self._grouped = self._few(cells, doubts, rows)
        grouped = self._grouped or frozenset()
        plain = [number for number in doubts if number not in grouped]
        counted = [f"count_if({hint})", f"count_if(width <> {self._width})"]
        counted += [f"count_if({doubts[number]})" for number in plain]
        perhaps, ragged, *found = run(
            f"SELECT {', '.join(counted)} FROM block WHERE {where}"
        ).fetchall()[0]
        counts = dict(zip(plain, found, strict=True))
        parts = []
        for number in doubts:
            if number in grouped:
                texts = (
                    f"SELECT {cells[number]} AS text, count(*) AS many FROM block "
                    f"WHERE {where} GROUP BY 1"
                )
                doubt = self._bench.lanes[number].doubtful("text")
                parts.append(f"(SELECT {number}, text, many FROM ({texts}) WHERE {doubt})")
        told: dict[int, list[str | None]] = {}
        for number, text, many in run(" UNION ALL ".join(parts)).fetchall() if parts else ():
            counts[number] = counts.get(number, 0) + many
            told.setdefault(number, []).append(text)
        return perhaps, ragged, counts, told

    def _few(self, cells: Sequence[str], doubts: Mapping[int, str], rows: int) -> frozenset[int]:
        """The fields with so few distinct values that it pays to count by value first."""
        dear = [number for number, doubt in doubts.items() if "(" in doubt.replace("coalesce(", "")]
        parts = [f"approx_count_distinct({cells[number]})" for number in dear] or ["0"]
        found = self._bench.connection.execute(
            f"SELECT {', '.join(parts)} FROM (FROM block LIMIT {SAMPLE})"
        ).fetchall()[0]
        return frozenset(
            number
            for number, distinct in zip(dear, found, strict=False)
            if distinct * 5 < min(rows, SAMPLE)
        )

    def _doubt(self, lane: Lane, cell: str, place: str, condition: str) -> None:
        absent = lane.over(cell)[0]
        self._bench.doubted = True
        self._bench.connection.execute(
            f"INSERT INTO temp.main.doubts SELECT {self._file}, row, {lane.number}, {cell}, {absent} "
            f"FROM {place} WHERE {condition}"
        )


def _one_of(cell: str, texts: Sequence[str | None]) -> str:
    """The condition that `cell` is one of `texts`, None among them being an absent cell."""
    listed = ", ".join(literal(text) for text in texts if text is not None)
    absent = f"{cell} IS NULL" if None in texts else "FALSE"
    return f"({cell} IN ({listed}) OR {absent})" if listed else absent


_ASIDE = {
    "doubts": "file INTEGER, row BIGINT, field INTEGER, text VARCHAR, absent BOOLEAN",
    "ragged": "file INTEGER, row BIGINT, width INTEGER",
    "faults": "field INTEGER, text VARCHAR, rule VARCHAR, note VARCHAR",
    "accepted": "field INTEGER, text VARCHAR, canonical VARCHAR",
}


def clear_tables(bench: Bench) -> None:
    """Empty the tables of what was set aside, for the next check to use."""
    if bench.doubted or bench.ragged:
        for name in _ASIDE:
            bench.connection.execute(f"DELETE FROM temp.main.{name}")


def create_tables(bench: Bench) -> None:
    """The empty tables of the check: the typed one, the doubts, the ragged rows."""
    run = bench.connection.execute
    for name, columns in _ASIDE.items():
        run(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns})")
    kept = [f"{FILE} INTEGER", f"{ROW} BIGINT"]
    if bench.hashed:
        kept.append(f"{HASH} UBIGINT")
    for lane in bench.lanes:
        if lane.field.name in bench.kept:
            kept.append(f"{identifier(lane.column)} {lane.kind}")
            if lane.field.marks_apart:
                kept.append(f"{identifier(mark_column(lane.column))} VARCHAR")
    run(f"CREATE OR REPLACE TABLE {bench.relation} ({', '.join(kept)})")
