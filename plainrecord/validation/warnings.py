"""What looks odd though the schema allows it: counted block by block, told as warnings.

Columns of text with few distinct values are counted value by value; of a column with many only
the signs are counted. Nothing is dropped or changed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Field
from plainrecord.readers.column_bytes import first_in, possible_signs
from plainrecord.readers.gaps_in_time import calendar_findings
from plainrecord.receipts.engine import Engine, literal
from plainrecord.validation.field_sql import CELL, FieldSql
from plainrecord.validation.sentinels import (
    AGES,
    BEGINS,
    DATES,
    LONGEST_MARK,
    MOST_MARKS,
    ODD_DAY,
    PADDED,
    SIGNS,
    SMALL_SIGNS,
    day_of,
    sentinel_message,
    sentinels_in,
    undeclared_marks,
)
from plainrecord.validation.spellings import Seen, find_respellings, mixed_dates
from plainrecord.validation.value_counts import SMALL, Block, Count, count_values

if TYPE_CHECKING:
    import duckdb

MOST_DISTINCT = 2000
_BEGINS = re.compile(BEGINS)
MOST_KNOWN = 50_000
"""Texts of a field whose signs are remembered from block to block."""

SAMPLE = 20_000
"""Rows at the beginning of a block that show whether a column holds many values."""
Row = tuple[int, str, str | None, int, int]
"""A count: the field's number, what was counted, the text, how many, the first row."""


class WarningCounts:
    """Counts of what looks odd in one table, while its blocks pass by."""

    def __init__(self) -> None:
        self.values: dict[int, dict[str, Seen]] = {}
        self.signs: dict[tuple[int, str], Seen] = {}
        self._days: dict[int, dict[str, Seen]] = {}
        self._marks: dict[int, dict[str, Seen]] = {}
        self._lanes: dict[int, FieldSql] = {}
        self._dated: list[FieldSql] = []
        self._known: dict[int, tuple[set[str], dict[str, tuple[str, ...]]]] = {}
        self._sampled = False
        self._texts: dict[int, FieldSql] = {}
        self._typed: list[tuple[FieldSql, str, str]] = []

    def choose(self, lanes: Sequence[FieldSql]) -> None:
        """Settle what is looked at in which lane."""
        for lane in lanes:
            if lane.judge is None:
                continue
            self._lanes[lane.number] = lane
            field, absent = lane.field, lane.over(CELL)[0]
            if field.type in ("string", "any") and not _settled(field):
                self._texts[lane.number] = lane
                self.values[lane.number] = {}
            if field.type in ("integer", "number"):
                zero = f"{CELL} >= '00' AND {CELL} < '0:' AND NOT {absent}"
                self._typed.append((lane, "zero", zero))
            if field.type == "integer" and re.search(
                r"(^|[^a-z])age([^a-z]|$)", field.name.lower()
            ):
                ages = ", ".join(literal(str(age)) for age in AGES)
                self._typed.append((lane, "age", f"{CELL} IN ({ages}) AND NOT {absent}"))
            if field.type in ("date", "datetime") and field.format != "any":
                self._dated.append(lane)
                self._days[lane.number] = {}

    def look(
        self,
        engine: Engine,
        block: Block,
        file: int,
        cells: Sequence[str],
    ) -> None:
        """Count what looks odd in a block without blank rows, which `engine` shows as `block`."""
        batch = block.batch
        if batch.num_rows <= SMALL:
            self._take(file, self._count_small(batch, cells), whole=True)
            return
        if not self._sampled:
            self._widen_many(block, cells)
        for number, lane in self._texts.items():
            if number in self.values and (cell := cells[number]).startswith("c"):
                count = block.counts.get(cell) or count_values(batch, cell)
                self._add_values(lane, count, file)
        for lane in self._dated:
            if (days := block.counts.get(cells[lane.number])) is not None:
                self._add_days(lane, days, file)
        self._count_days_of(engine, block, file, cells)
        self._probe(engine, block, file, cells)

    def _count_days_of(
        self,
        engine: Engine,
        block: Block,
        file: int,
        cells: Sequence[str],
    ) -> None:
        """Count days in columns with many values, such as date-times."""
        parts = []
        for lane in self._dated:
            cell = cells[lane.number]
            if cell.startswith("c") and cell not in block.counts and not self._by_range(lane):
                # Counted by text first: fewer texts than rows have to be read as dates.
                text = f"left({cell}, 10)" if lane.field.format == "default" else cell
                parts.append(
                    f"(SELECT {lane.number}, 'day', arg_min({cell}, row), count(*), min(row) "
                    f"FROM block WHERE NOT {lane.over(cell)[0]} GROUP BY {text})"
                )
        if parts:
            self._take(file, engine().execute(" UNION ALL ".join(parts)).fetchall())

    def _by_range(self, lane: FieldSql) -> bool:
        """Whether of a column of days only those matter that stand for "unknown"."""
        return lane is not self._dated[0] and lane.field.format == "default"

    def _widen_many(self, block: Block, cells: Sequence[str]) -> None:
        """Go on by signs alone where a glance shows more values than would be counted."""
        self._sampled = True
        for number in list(self.values):
            cell = cells[number]
            if cell.startswith("c") and cell not in block.counts:
                distinct = block.batch.column(cell).slice(0, SAMPLE).unique()
                if len(distinct) > 2 * MOST_DISTINCT:
                    self._widen(number)

    def _probe(
        self,
        engine: Engine,
        block: Block,
        file: int,
        cells: Sequence[str],
    ) -> None:
        """Count signs in columns with many values: all at once, then the first place of each found."""
        tests = []
        for lane, sign, condition in self._typed:
            if (count := block.counts.get(cells[lane.number])) is not None:
                odd = SMALL_SIGNS[sign]
                self._take(file, (row for row in _rows_of(lane, sign, count) if odd(row[2] or "")))
            else:
                tests.append((lane, sign, condition))
        for number, lane in self._texts.items():
            if number in self.values or not cells[number].startswith("c"):
                continue
            if (count := block.counts.get(cells[number])) is not None:
                self._take(file, self._count_signs(lane, count))
            else:
                self._find_marks(lane, block, file, cells[number])
                absent = lane.over(CELL)[0]
                tests += [
                    (lane, sign, f"{condition} AND NOT {absent}")
                    for sign, condition in SIGNS.items()
                ]
        for lane in self._dated:
            if self._by_range(lane) and cells[lane.number] not in block.counts:
                tests.append((lane, "day", f"{ODD_DAY} AND NOT {lane.over(CELL)[0]}"))
        asked: dict[str, set[str]] = defaultdict(set)
        for lane, sign, _ in tests:
            if (cell := cells[lane.number]).startswith("c"):
                asked[cell].add(sign)
        possible = {
            cell: possible_signs(block.batch.column(cell), signs) for cell, signs in asked.items()
        }
        tests = [
            (lane, sign, condition.replace(CELL, cells[lane.number]))
            for lane, sign, condition in tests
            if sign in possible.get(cells[lane.number], ())
        ]
        if not tests:
            return
        counted = ", ".join(f"count_if({condition})" for _, _, condition in tests)
        counts = engine().execute(f"SELECT {counted} FROM block").fetchall()[0]
        parts = [
            f"(SELECT {lane.number}, {literal(sign)}, arg_min({cells[lane.number]}, row), count(*), "
            f"min(row) FROM block WHERE {condition})"
            for (lane, sign, condition), count in zip(tests, counts, strict=True)
            if count
        ]
        if parts:
            self._take(file, engine().execute(" UNION ALL ".join(parts)).fetchall())

    def _count_signs(self, lane: FieldSql, count: Count) -> Iterator[Row]:
        """The signs of a column with too many values to keep, from its count in one block."""
        marks = {mark.value for mark in lane.field.missing_values}
        known, odd = self._known.setdefault(lane.number, (set(), {}))
        for text in set(count.texts) - known:
            begins = ("mark?",) if _BEGINS.match(text) else ()
            if (signs := sentinels_in(text) + begins) and text not in marks:
                odd[text] = signs
        known.update(count.texts)
        for place, text in enumerate(count.texts) if odd else ():
            for sign in odd.get(text, ()):
                yield lane.number, sign, text, count.many[place], count.first[place]
        if len(known) > MOST_KNOWN:
            known.clear()
            odd.clear()

    def _find_marks(self, lane: FieldSql, block: Block, file: int, cell: str) -> None:
        """Take down texts of a column with many values that begin like marks of withholding."""
        some = block.batch.take(first_in(block.batch.column(cell), b" \t([bBxX\xe2"))
        begins = pc.match_substring_regex(some.column(cell), BEGINS)
        if begins.true_count:
            count = count_values(some.filter(begins), cell)
            for number, _, text, many, row in _rows_of(lane, "mark", count):
                self._mark(number, text or "", (many, file, row, text or ""))

    def _mark(self, number: int, text: str, seen: Seen) -> None:
        """Add a text up that begins like a mark; past the most of them no new one is taken."""
        known = self._marks.setdefault(number, {})
        if text in known:
            known[text] = (known[text][0] + seen[0], *known[text][1:])
        elif len(known) < MOST_MARKS and len(text) <= LONGEST_MARK and _BEGINS.match(text):
            known[text] = seen

    def _count_small(self, batch: pa.RecordBatch, cells: Sequence[str]) -> Iterator[Row]:
        """What the engine would count, without the time it takes to plan for it."""
        rows: list[int] = batch.column("row").to_pylist()
        kinds = {number: ["value" if number in self.values else "signs"] for number in self._texts}
        for lane, sign, _ in self._typed:
            kinds.setdefault(lane.number, []).append(sign)
        for lane in self._dated:
            kinds.setdefault(lane.number, []).append("day")
        for number, wanted in kinds.items():
            if not cells[number].startswith("c"):
                continue
            lane = self._lanes[number]
            marks = {mark.value for mark in lane.field.missing_values}
            texts = batch.column(cells[number]).to_pylist()
            firsts = dict(zip(reversed(texts), reversed(rows), strict=True))
            for text, count in Counter(texts).items():
                if text is None or text in marks:
                    continue
                first = firsts[text]
                for kind in wanted:
                    if kind in ("value", "day"):
                        yield number, kind, text, count, first
                    elif kind == "signs":
                        yield number, "mark?", text, count, first
                        yield from (
                            (number, sign, text, count, first) for sign in sentinels_in(text)
                        )
                    elif SMALL_SIGNS[kind](text):
                        yield number, kind, text, count, first

    def _take(self, file: int, rows: Iterable[Row], *, whole: bool = False) -> None:
        """Add counts up; a lane that turns out to hold many values goes on by signs alone.

        `whole` says that nobody will look for the signs of such a lane in this block again.
        """
        fresh: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        for number, kind, text, count, row in rows:
            if kind == "day":
                self._add_day(self._lanes[number], text or "", count, file, row)
            elif kind == "mark?":
                self._mark(number, text or "", (count, file, row, text or ""))
            elif kind == "value":
                fresh[number].append((text or "", count, row))
            elif count:
                self._sign(number, kind, (count, file, row, text or ""))
        for number, found in fresh.items():
            known = self.values[number]
            if len(found) > MOST_DISTINCT or len(known) + len(found) > 2 * MOST_DISTINCT:
                self._widen(number)
                for text, count, row in found if whole else ():
                    self._mark(number, text, (count, file, row, text))
                    for sign in sentinels_in(text):
                        self._sign(number, sign, (count, file, row, text))
                continue
            for text, count, row in found:
                before = known.get(text)
                known[text] = (
                    (before[0] + count, *before[1:]) if before else (count, file, row, text)
                )

    def _add_values(self, lane: FieldSql, count: Count, file: int) -> None:
        """Add a count by value up, as `_take` does with rows."""
        number, known = lane.number, self.values[lane.number]
        marks = {mark.value for mark in lane.field.missing_values}
        found = len(count.texts) - len(marks.intersection(count.texts))
        if found > MOST_DISTINCT or len(known) + found > 2 * MOST_DISTINCT:
            self._widen(number)
            return
        for text, many, row in zip(count.texts, count.many, count.first, strict=True):
            if before := known.get(text):
                known[text] = (before[0] + many, *before[1:])
            elif text not in marks:
                known[text] = (many, file, row, text)

    def _add_days(self, lane: FieldSql, count: Count, file: int) -> None:
        """Add a count by text to that by day."""
        for _, _, text, many, row in _rows_of(lane, "day", count):
            self._add_day(lane, text or "", many, file, row)

    def _add_day(self, lane: FieldSql, text: str, count: int, file: int, row: int) -> None:
        days = self._days[lane.number]
        key = text[:10] if lane.field.format == "default" else text
        seen = days.get(key, (0, file, row, text))
        days[key] = (seen[0] + count, *seen[1:])

    def _count_days(self, lane: FieldSql) -> dict[str, int]:
        """Records by ISO day; days that often stand for "unknown" are taken down as a sign."""
        days: dict[str, int] = defaultdict(int)
        for text, seen in self._days[lane.number].items():
            if day := day_of(text, lane.field):
                days[day] += seen[0]
                if day in DATES:
                    self._sign(lane.number, "day", seen)
        return days

    def _sign(self, number: int, sign: str, seen: Seen) -> None:
        before = self.signs.get((number, sign))
        self.signs[number, sign] = (
            (before[0] + seen[0], *min(before[1:], seen[1:])) if before else seen
        )

    def _widen(self, number: int) -> None:
        """Turn the counts by value into counts of signs; the value counts end here."""
        for text, seen in self.values.pop(number).items():
            self._mark(number, text, seen)
            for sign in sentinels_in(text):
                self._sign(number, sign, seen)

    def findings(
        self,
        connection: duckdb.DuckDBPyConnection | None,
        fields: Sequence[Field],
        shown: Sequence[str],
    ) -> Iterator[Finding]:
        """A warning for each thing that looks odd, with its first place.

        `connection` is given where there are doubtful cells to look at.
        """
        for number in sorted(self.values):
            values = self.values[number]
            for text, seen in values.items():
                for sign in sentinels_in(text):
                    self._sign(number, sign, seen)
            field = fields[number]
            yield from find_respellings(field.name, values, shown)
            yield from mixed_dates(field.name, values, shown)
            yield from undeclared_marks(field.name, values, shown)
        for number in sorted(self._marks):
            yield from undeclared_marks(fields[number].name, self._marks[number], shown)
        days = [self._count_days(lane) for lane in self._dated]
        query = (
            "SELECT field, count(*), arg_min(file, (file, row)), arg_min(row, (file, row)), "
            "arg_min(text, (file, row)) FROM temp.main.doubts WHERE NOT absent "
            f"AND regexp_matches(text, {literal(PADDED)}) GROUP BY field"
        )
        rows = connection.execute(query).fetchall() if connection else []
        for number, count, file, row, text in rows:
            if number not in self._texts:
                self._sign(number, "padded", (count, file, row, text))
        for (number, sign), (count, file, row, text) in sorted(self.signs.items()):
            field = fields[number]
            rule, words = sentinel_message(sign, count, text)
            yield Finding(
                rule,
                words,
                file=shown[file],
                row=row,
                field=field.name,
                cell=text[:300],
                count=count,
            )
        if days:
            yield from calendar_findings(days[0], self._dated[0].field.name)


def _rows_of(lane: FieldSql, kind: str, count: Count) -> Iterator[Row]:
    """The values of a count that do not stand for an absent one."""
    marks = {mark.value for mark in lane.field.missing_values}
    for text, many, first in zip(count.texts, count.many, count.first, strict=True):
        if text not in marks:
            yield lane.number, kind, text, many, first


def _settled(field: Field) -> bool:
    """Whether the schema itself says how the field's texts are spelt."""
    return bool(field.categories or {"enum", "pattern"} & set(field.constraints))
