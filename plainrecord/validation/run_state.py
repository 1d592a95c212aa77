"""The bench on which one resource is checked: its lanes, and what was found so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from plainrecord.core.exact_numbers import MOST_DIGITS, ColumnDigits
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import FileReading
from plainrecord.model.packages import LocatedFile, Package, Resource
from plainrecord.readers.json_cells import MISFIT
from plainrecord.receipts.engine import Engine, identifier
from plainrecord.validation.duplicate_rows import Repeats
from plainrecord.validation.field_sql import FieldSql
from plainrecord.validation.warnings import WarningCounts

if TYPE_CHECKING:
    import duckdb

LONGEST = 300
"""How many characters of a cell a finding carries."""


@dataclass
class CheckRun:
    """One resource under check; `findings` grows as the check goes on.

    `relation` is the typed table: where each row comes from (`__file`, its place in `shown`, and
    `__row`), the columns of the fields in `kept`, under the names in `columns`, and once `hashed`
    a hash of the row, if the engine must count which ones repeat another (`repeats` is None where a
    primary key tells). `places` says for each file from which column a field is read. `errors`
    counts the errors of each field, -1 those of the table's structure and keys. `doubted` and
    `ragged` say whether cells or uneven rows were set aside. `made` says whether the typed table is
    there: few rows are `waiting` until somebody asks for it, which mostly nobody does. `rising` has the unique integers and
    those of the primary key that have only risen so far, each with its last value. `engine` is
    there from the moment that the first block is; a transaction that is `due` is `begun` with the
    first thing that it is asked. `digits` says what the numbers of each field need to be kept exactly.
    """

    package: Package
    resource: Resource
    files: tuple[LocatedFile, ...]
    limit: int
    kept: frozenset[str]
    columns: list[str] = field(default_factory=list)
    lanes: list[FieldSql] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    places: list[dict[int, int]] = field(default_factory=list)
    readings: list[FileReading] = field(default_factory=list)
    oddities: WarningCounts = field(default_factory=WarningCounts)
    errors: dict[int, int] = field(default_factory=dict)
    rows: int = 0
    doubted: bool = False
    ragged: bool = False
    hashed: bool = False
    made: bool = False
    waiting: Callable[[], None] | None = None
    rising: dict[int, int | None] = field(init=False)
    engine: Engine = field(init=False)
    due: bool = False
    begun: bool = False
    digits: dict[int, ColumnDigits] = field(init=False)

    def __post_init__(self) -> None:
        self.relation = "checked." + identifier(f"{self.package.key}/{self.resource.name}")
        self.fields = self.resource.schema.fields
        schema = self.resource.schema
        self.repeats = None if schema.primary_key else Repeats()
        self.digits = {
            number: ColumnDigits()
            for number, declared in enumerate(self.fields)
            if declared.type in ("integer", "number")
        }
        self.rising = {
            number: None
            for number, declared in enumerate(self.fields)
            if declared.type == "integer"
            and (declared.name in schema.primary_key or declared.constraints.get("unique"))
        }

    def kind(self, lane: FieldSql) -> str:
        """The type of a lane's column, by the digits of its numbers that are known so far."""
        digits = self.digits.get(lane.number)
        if digits is None:
            return lane.kind
        if lane.field.type == "integer":
            return lane.kind if digits.wide is None else f"DECIMAL({MOST_DIGITS},0)"
        return digits.kind() or lane.kind

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The engine, which is started now if nobody asked for it before."""
        connection = self.engine()
        if self.due:
            self.due, self.begun = False, True
            connection.execute("BEGIN")
        return connection

    def list_rows(
        self,
        rule: str,
        number: int | None,
        query: str,
        words: Callable[[Any], str],
        expected: str,
        column: tuple[int, str] | None = None,
        times: Callable[[Any], int] = lambda _: 1,
    ) -> None:
        """A finding for each row of `query` (file, row, cell, note) up to the limit, then a count.

        `number` is that of the field, `column` the number and label of a column that is no field's.
        `words` and `times` make of a row's note what was found and how often.
        """
        cursor = self.connection.execute(f"{query} ORDER BY 1, 2, 4 LIMIT {self.limit + 1}")
        rows = cursor.fetchall()
        total = len(rows)
        if total > self.limit:
            total, rows = self.number(f"SELECT count(*) FROM ({query})"), rows[: self.limit]
        self.tell_rows(rule, number, rows, total, words, expected, column, times)

    def tell_rows(
        self,
        rule: str,
        number: int | None,
        rows: Sequence[tuple[Any, ...]],
        total: int,
        words: Callable[[Any], str],
        expected: str,
        column: tuple[int, str] | None = None,
        times: Callable[[Any], int] = lambda _: 1,
    ) -> None:
        """A finding for each of `rows`, the first of `total`, then a count; else as `list_rows`."""
        if not rows:
            return
        place = -1 if number is None else number
        self.errors[place] = self.errors.get(place, 0) + total
        name = self.fields[number].name if number is not None else ""
        positions = (
            {} if number is None else {f: self._place(f, number) for f in {r[0] for r in rows}}
        )
        for file, row, text, note in rows:
            cell = text if text is None else text.removeprefix(MISFIT)
            self.findings.append(
                Finding(
                    rule,
                    words(note),
                    expected,
                    file=self.shown[file],
                    dataset=self.package.key,
                    resource=self.resource.name,
                    row=row,
                    field=column[1] if column else name,
                    field_number=column[0] if column else positions.get(file),
                    count=times(note),
                    cell=cell if cell is None or len(cell) <= LONGEST else cell[:LONGEST] + "…",
                )
            )
        if total > len(rows):
            rest = total - len(rows)
            text = f"{rest:,} more of the same"
            shown = self.shown[0] if len(self.shown) == 1 else ""
            self.add(Finding(rule, text, expected, file=shown, field=name, count=rest, rest=True))

    def _place(self, file: int, number: int) -> int | None:
        place = self.places[file].get(number) if file < len(self.places) else None
        return None if place is None else place + 1

    def number(self, query: str) -> int:
        """The one number that `query` gives."""
        return int(self.connection.execute(query).fetchall()[0][0])

    def add(self, finding: Finding) -> None:
        """Take down a finding, with the names of the dataset and the table."""
        self.findings.append(
            replace(finding, dataset=self.package.key, resource=self.resource.name)
        )
