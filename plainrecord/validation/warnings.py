"""Count, block by block, what looks wrong though the schema allows it, and warn of it.

A column of text with few distinct values is counted value by value; in a column with many, only the
signs of a problem (see `sentinels`) are counted. Nothing is dropped or changed.
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
from plainrecord.readers.batches import integers_of, text_column
from plainrecord.readers.column_bytes import rows_beginning_with
from plainrecord.readers.gaps_in_time import calendar_findings
from plainrecord.receipts.engine import Engine, literal
from plainrecord.validation.field_plan import CELL, FieldPlan
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
    find_sentinels,
    sentinel_message,
    undeclared_marks,
)
from plainrecord.validation.spellings import Seen, find_respellings, mixed_dates
from plainrecord.validation.value_counts import SMALL, CountedBatch, ValueCounts, count_values

if TYPE_CHECKING:
    import duckdb

MOST_DISTINCT = 2000
_BEGINS = re.compile(BEGINS)
MOST_KNOWN = 50_000
"""Texts of a field whose signs are remembered from block to block."""

SAMPLE = 20_000
"""Rows at the beginning of a block in which the distinct values of a column are counted."""
Row = tuple[int, str, str | None, int, int]
"""A count: the field's number, what was counted, the text, how many, the first row."""


class WarningCounts:
    """Counts of what looks wrong in one table, block after block."""

    def __init__(self) -> None:
        self.values: dict[int, dict[str, Seen]] = {}
        self.signs: dict[tuple[int, str], Seen] = {}
        self._days: dict[int, dict[str, Seen]] = {}
        self._marks: dict[int, dict[str, Seen]] = {}
        self._plans: dict[int, FieldPlan] = {}
        self._dated: list[FieldPlan] = []
        self._known: dict[int, tuple[set[str], dict[str, tuple[str, ...]]]] = {}
        self._sampled = False
        self._texts: dict[int, FieldPlan] = {}
        self._typed: list[tuple[FieldPlan, str, str]] = []

    def plan(self, plans: Sequence[FieldPlan]) -> None:
        """Choose what to count in which field."""
        for plan in plans:
            if plan.reader is None:
                continue
            self._plans[plan.number] = plan
            field, absent = plan.field, plan.over(CELL)[0]
            if field.type in ("string", "any") and not (
                field.categories or {"enum", "pattern"} & set(field.constraints)
            ):
                self._texts[plan.number] = plan
                self.values[plan.number] = {}
            if field.type in ("integer", "number"):
                zero = f"{CELL} >= '00' AND {CELL} < '0:' AND NOT {absent}"
                self._typed.append((plan, "zero", zero))
            if field.type == "integer" and re.search(
                r"(^|[^a-z])age([^a-z]|$)", field.name.lower()
            ):
                ages = ", ".join(literal(str(age)) for age in AGES)
                self._typed.append((plan, "age", f"{CELL} IN ({ages}) AND NOT {absent}"))
            if field.type in ("date", "datetime") and field.format != "any":
                self._dated.append(plan)
                self._days[plan.number] = {}

    def add(self, engine: Engine, block: CountedBatch, file: int, cells: Sequence[str]) -> None:
        """Count a block without empty lines, which `engine` registers as `block`."""
        batch = block.batch
        if batch.num_rows <= SMALL:
            self._add_rows(file, self._count_small(batch, cells), whole=True)
            return
        if not self._sampled:
            self._count_signs_of_many(block, cells)
        for number, plan in self._texts.items():
            if number in self.values and (cell := cells[number]).startswith("c"):
                count = block.counts.get(cell) or count_values(batch, cell)
                if len(count.texts) - len(plan.missing_texts) > MOST_DISTINCT:
                    self._count_signs_only(number)
                else:
                    self._add_rows(file, _rows_of(plan, "value", count))
        for plan in self._dated:
            if (days := block.counts.get(cells[plan.number])) is not None:
                self._add_rows(file, _rows_of(plan, "day", days))
        self._count_days_of(engine, block, file, cells)
        self._query_signs(engine, block, file, cells)

    def _count_days_of(
        self, engine: Engine, block: CountedBatch, file: int, cells: Sequence[str]
    ) -> None:
        """Count days in columns with many values, such as date-times."""
        parts = []
        for plan in self._dated:
            cell = cells[plan.number]
            if cell.startswith("c") and cell not in block.counts and not self._by_range(plan):
                # Counted by text first: fewer texts than rows have to be read as dates.
                text = f"left({cell}, 10)" if plan.field.format == "default" else cell
                parts.append(
                    f"(SELECT {plan.number}, 'day', arg_min({cell}, row), count(*), min(row) "
                    f"FROM block WHERE NOT {plan.over(cell)[0]} GROUP BY {text})"
                )
        if parts:
            self._add_rows(file, engine().execute(" UNION ALL ".join(parts)).fetchall())

    def _by_range(self, plan: FieldPlan) -> bool:
        """Whether of a column of days only those matter that stand for "unknown"."""
        return plan is not self._dated[0] and plan.field.format == "default"

    def _count_signs_of_many(self, block: CountedBatch, cells: Sequence[str]) -> None:
        """Count only signs where the first rows hold more values than would be counted."""
        self._sampled = True
        for number in list(self.values):
            cell = cells[number]
            if cell.startswith("c") and cell not in block.counts:
                distinct = block.batch.column(cell).slice(0, SAMPLE).unique()
                if len(distinct) > 2 * MOST_DISTINCT:
                    self._count_signs_only(number)

    def _query_signs(
        self, engine: Engine, block: CountedBatch, file: int, cells: Sequence[str]
    ) -> None:
        """Count signs in columns with many values: first all at once, then the first row of each."""
        tests = []
        for plan, sign, condition in self._typed:
            if (count := block.counts.get(cells[plan.number])) is not None:
                shows = SMALL_SIGNS[sign]
                rows = _rows_of(plan, sign, count)
                self._add_rows(file, (row for row in rows if shows(row[2] or "")))
            else:
                tests.append((plan, sign, condition))
        for number, plan in self._texts.items():
            if number in self.values or not cells[number].startswith("c"):
                continue
            if (count := block.counts.get(cells[number])) is not None:
                self._add_rows(file, self._count_signs(plan, count))
            else:
                self._find_marks(plan, block, file, cells[number])
                absent = plan.over(CELL)[0]
                tests += [
                    (plan, sign, f"{condition} AND NOT {absent}")
                    for sign, condition in SIGNS.items()
                ]
        for plan in self._dated:
            if self._by_range(plan) and cells[plan.number] not in block.counts:
                tests.append((plan, "day", f"{ODD_DAY} AND NOT {plan.over(CELL)[0]}"))
        tests = [
            (plan, sign, condition.replace(CELL, cells[plan.number]))
            for plan, sign, condition in tests
            if cells[plan.number].startswith("c")
        ]
        if not tests:
            return
        counted = ", ".join(f"count_if({condition})" for _, _, condition in tests)
        counts = engine().execute(f"SELECT {counted} FROM block").fetchall()[0]
        parts = [
            f"(SELECT {plan.number}, {literal(sign)}, arg_min({cells[plan.number]}, row), count(*), "
            f"min(row) FROM block WHERE {condition})"
            for (plan, sign, condition), count in zip(tests, counts, strict=True)
            if count
        ]
        if parts:
            self._add_rows(file, engine().execute(" UNION ALL ".join(parts)).fetchall())

    def _count_signs(self, plan: FieldPlan, count: ValueCounts) -> Iterator[Row]:
        """The signs of a column with too many values to keep, from its count in one block."""
        marks = plan.missing_texts
        known, signs_of = self._known.setdefault(plan.number, (set(), {}))
        texts = set(count.texts)
        for text in texts - known:
            begins = ("mark?",) if _BEGINS.match(text) else ()
            if (signs := find_sentinels(text) + begins) and text not in marks:
                signs_of[text] = signs
        known |= texts
        if shown := texts & signs_of.keys():
            for at, text in enumerate(count.texts):
                for sign in signs_of[text] if text in shown else ():
                    yield plan.number, sign, text, count.frequencies[at], count.first_rows[at]
        if len(known) > MOST_KNOWN:
            known.clear()
            signs_of.clear()

    def _find_marks(self, plan: FieldPlan, block: CountedBatch, file: int, cell: str) -> None:
        """Collect texts of a column with many values that begin like exemption marks."""
        some = block.batch.take(
            rows_beginning_with(text_column(block.batch, cell), b" \t([bBxX\xe2")
        )
        begins = pc.match_substring_regex(some.column(cell), BEGINS)
        if begins.true_count:
            count = count_values(some.filter(begins), cell)
            self._add_rows(file, _rows_of(plan, "mark?", count))

    def _add_mark(self, number: int, seen: Seen) -> None:
        """Count a text that begins like a mark; beyond `MOST_MARKS` no new text is counted."""
        known, text = self._marks.setdefault(number, {}), seen[3]
        new = len(known) < MOST_MARKS and len(text) <= LONGEST_MARK and _BEGINS.match(text)
        if new or text in known:
            _add(known, text, seen)

    def _count_small(self, batch: pa.RecordBatch, cells: Sequence[str]) -> Iterator[Row]:
        """Count a small block in Python: the engine would take longer to plan the query."""
        rows: list[int] = integers_of(batch.column("row")).tolist()
        kinds = {number: ["value" if number in self.values else "signs"] for number in self._texts}
        for plan, sign, _ in self._typed:
            kinds.setdefault(plan.number, []).append(sign)
        for plan in self._dated:
            kinds.setdefault(plan.number, []).append("day")
        for number, counted in kinds.items():
            if not cells[number].startswith("c"):
                continue
            plan = self._plans[number]
            marks = plan.missing_texts
            texts = batch.column(cells[number]).to_pylist()
            firsts = dict(zip(reversed(texts), reversed(rows), strict=True))
            for text, count in Counter(texts).items():
                if text is None or text in marks:
                    continue
                first = firsts[text]
                for kind in counted:
                    if kind in ("value", "day"):
                        yield number, kind, text, count, first
                    elif kind == "signs":
                        yield number, "mark?", text, count, first
                        yield from (
                            (number, sign, text, count, first) for sign in find_sentinels(text)
                        )
                    elif SMALL_SIGNS[kind](text):
                        yield number, kind, text, count, first

    def _add_rows(self, file: int, rows: Iterable[Row], *, whole: bool = False) -> None:
        """Add counts; a field with many values keeps signs only (counted here if `whole`)."""
        new: dict[int, list[Seen]] = defaultdict(list)
        for number, kind, given, count, row in rows:
            text = given or ""
            seen = count, file, row, text
            if kind == "day":
                by_day = self._plans[number].field.format == "default"
                _add(self._days[number], text[:10] if by_day else text, seen)
            elif kind == "mark?":
                self._add_mark(number, seen)
            elif kind == "value":
                new[number].append(seen)
            elif count:
                self._add_sign(number, kind, seen)
        for number, counts in new.items():
            known = self.values[number]
            if len(counts) > MOST_DISTINCT or len(known) + len(counts) > 2 * MOST_DISTINCT:
                self._count_signs_only(number)
                for seen in counts if whole else ():
                    self._add_signs_of(number, seen)
                continue
            for seen in counts:
                _add(known, seen[3], seen)

    def _count_days(self, plan: FieldPlan) -> dict[str, int]:
        """Records by ISO day; days that often stand for "unknown" count as a sign."""
        days: dict[str, int] = defaultdict(int)
        for text, seen in self._days[plan.number].items():
            if day := day_of(text, plan.field):
                days[day] += seen[0]
                if day in DATES:
                    self._add_sign(plan.number, "day", seen)
        return days

    def _add_sign(self, number: int, sign: str, seen: Seen) -> None:
        before = self.signs.get((number, sign))
        self.signs[number, sign] = (
            (before[0] + seen[0], *min(before[1:], seen[1:])) if before else seen
        )

    def _count_signs_only(self, number: int) -> None:
        """Turn the counts by value into counts of signs; values are not counted any more."""
        for seen in self.values.pop(number).values():
            self._add_signs_of(number, seen)

    def _add_signs_of(self, number: int, seen: Seen) -> None:
        """Count the signs of a value, and the value itself where it begins like a mark."""
        self._add_mark(number, seen)
        for sign in find_sentinels(seen[3]):
            self._add_sign(number, sign, seen)

    def findings(
        self,
        connection: duckdb.DuckDBPyConnection | None,
        fields: Sequence[Field],
        shown: Sequence[str],
    ) -> Iterator[Finding]:
        """A warning for each problem in each field, with its first row."""
        for number in sorted(self.values):
            values = self.values[number]
            for text, seen in values.items():
                for sign in find_sentinels(text):
                    self._add_sign(number, sign, seen)
            field = fields[number]
            yield from find_respellings(field.name, values, shown)
            yield from mixed_dates(field.name, values, shown)
            yield from undeclared_marks(field.name, values, shown)
        for number in sorted(self._marks):
            yield from undeclared_marks(fields[number].name, self._marks[number], shown)
        days = [self._count_days(plan) for plan in self._dated]
        query = (
            "SELECT field, count(*), arg_min(file, (file, row)), arg_min(row, (file, row)), "
            "arg_min(text, (file, row)) FROM temp.main.uncertain WHERE NOT absent "
            f"AND regexp_matches(text, {literal(PADDED)}) GROUP BY field"
        )
        rows = connection.execute(query).fetchall() if connection else []
        for number, count, file, row, text in rows:
            if number not in self._texts:
                self._add_sign(number, "padded", (count, file, row, text))
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


def _add(counts: dict[str, Seen], key: str, seen: Seen) -> None:
    """Add to a count, whose first place stays."""
    before = counts.get(key)
    counts[key] = (before[0] + seen[0], *before[1:]) if before else seen


def _rows_of(plan: FieldPlan, kind: str, count: ValueCounts) -> Iterator[Row]:
    """The counted texts that stand for a value."""
    missing = plan.missing_texts
    for text, frequency, row in zip(count.texts, count.frequencies, count.first_rows, strict=True):
        if text not in missing:
            yield plan.number, kind, text, frequency, row
