"""The state of the check of one resource: the plans of its fields, and the findings so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from plainrecord.core.exact_numbers import MOST_DIGITS, ColumnDigits
from plainrecord.findings.finding import Finding, Findings
from plainrecord.model.checks import FileReading
from plainrecord.model.packages import Field, LocatedFile, Package, Resource
from plainrecord.readers.json_cells import MISFIT
from plainrecord.receipts.engine import Engine, identifier
from plainrecord.validation.duplicate_rows import DistinctRows
from plainrecord.validation.field_plan import FieldPlan
from plainrecord.validation.warnings import WarningCounts

if TYPE_CHECKING:
    import duckdb

LONGEST_CELL = 300
"""How many characters of a cell a finding carries."""


@dataclass(frozen=True, slots=True)
class RowViolation:
    """Rows that break a rule: `query` lists them with the columns file, row, cell and note.

    `words` turns a note into what was found, `times` into how often. `field` is the number of the
    field, `column` the number and label of a column that belongs to no field. `quick` is a query
    with a row if and only if the rule is broken, where that is cheaper than to list the rows. `key`
    names the fields whose values must not repeat, where that is the rule.
    """

    rule: str
    expected: str = ""
    query: str = ""
    words: Callable[[Any], str] = str
    field: int | None = None
    column: tuple[int, str] | None = None
    times: Callable[[Any], int] = lambda _: 1
    quick: str = ""
    key: tuple[str, ...] = ()


@dataclass
class CheckRun:
    """One resource under check; `findings` grows as the check goes on.

    The typed table `relation` holds for each row its place (`__file`, an index of `file_names`, and
    `__row`), the fields in `stored_fields` in the columns `columns`, and, once `hashed`, a hash of
    the row. It is created when it is needed (`table_exists`): the rows of a small table wait in
    `pending_insert`, and mostly nobody asks for them.

    `columns_of_fields` has for each file the column of each field. `errors` counts the errors of
    each field, -1 those of the table's structure and keys. `has_uncertain` and `has_uneven` say
    whether cells for frictionless or uneven rows were queued. `distinct_rows` is None where a
    primary key finds rows that repeat. `rising` has the integer keys whose values have only risen
    so far, with the last value. `digits` measures what the numbers of each field need to be stored
    exactly, which is known when `all_read` is true. The engine starts with the first query; a
    `transaction_due` begins with it.
    """

    package: Package
    resource: Resource
    files: tuple[LocatedFile, ...]
    limit: int
    stored_fields: frozenset[str]
    columns: list[str] = field(default_factory=list)
    plans: list[FieldPlan] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    file_names: list[str] = field(default_factory=list)
    columns_of_fields: list[dict[int, int]] = field(default_factory=list)
    readings: list[FileReading] = field(default_factory=list)
    warnings: WarningCounts = field(default_factory=WarningCounts)
    errors: dict[int, int] = field(default_factory=dict)
    rows: int = 0
    has_uncertain: bool = False
    has_uneven: bool = False
    hashed: bool = False
    table_exists: bool = False
    all_read: bool = False
    pending_insert: Callable[[], None] | None = None
    rising: dict[int, int | None] = field(init=False)
    digits: dict[int, ColumnDigits] = field(init=False)
    distinct_rows: DistinctRows | None = field(init=False)
    relation: str = field(init=False)
    engine: Engine = field(init=False)
    transaction_due: bool = False
    transaction_open: bool = False

    def __post_init__(self) -> None:
        self.relation = "checked." + identifier(f"{self.package.key}/{self.resource.name}")
        schema = self.resource.schema
        self.distinct_rows = None if schema.primary_key else DistinctRows()
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

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the schema."""
        return self.resource.schema.fields

    @property
    def only_file(self) -> str:
        """The name of the file, empty where the table has several."""
        return self.file_names[0] if len(self.file_names) == 1 else ""

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The engine, which is started now if nothing was asked of it before."""
        connection = self.engine()
        if self.transaction_due:
            self.transaction_due, self.transaction_open = False, True
            connection.execute("BEGIN")
        return connection

    def number(self, query: str) -> int:
        """The one number that `query` gives."""
        return int(self.connection.execute(query).fetchall()[0][0])

    def column_type(self, plan: FieldPlan) -> str:
        """The type of a field's column: by the digits of its numbers, once all are read."""
        digits = self.digits.get(plan.number)
        if digits is None or not self.all_read:
            return plan.kind
        if plan.field.type == "integer":
            return plan.kind if digits.wide is None else f"DECIMAL({MOST_DIGITS},0)"
        return digits.kind() or plan.kind

    def column_number(self, file: int, number: int) -> int | None:
        """The column of a field in a file, counted from 1; None where the file lacks it."""
        column = (
            self.columns_of_fields[file].get(number) if file < len(self.columns_of_fields) else None
        )
        return None if column is None else column + 1

    def add(self, finding: Finding) -> None:
        """Add a finding, with the names of the dataset and the table."""
        self.findings.append(
            replace(finding, dataset=self.package.key, resource=self.resource.name)
        )

    def query_findings(self, violation: RowViolation) -> list[Finding]:
        """A finding for each row of the violation's query up to the limit, then one for the rest."""
        cursor = self.connection.execute(
            f"{violation.query} ORDER BY 1, 2, 4 LIMIT {self.limit + 1}"
        )
        rows = cursor.fetchall()
        total = len(rows)
        if total > self.limit:
            total = self.number(f"SELECT count(*) FROM ({violation.query})")
        return self.row_findings(violation, rows[: self.limit], total)

    def row_findings(
        self, violation: RowViolation, rows: Sequence[tuple[Any, ...]], total: int
    ) -> list[Finding]:
        """A finding for each of `rows` (file, row, cell, note), the first of `total`, then the rest."""
        if not rows:
            return []
        number = violation.field
        counted = -1 if number is None else number
        self.errors[counted] = self.errors.get(counted, 0) + total
        column, name = violation.column or (None, "")
        if number is not None and violation.column is None:
            name = self.fields[number].name
        findings = Findings(dataset=self.package.key, resource=self.resource.name)
        for file, row, text, note in rows:
            if number is not None and violation.column is None:
                column = self.column_number(file, number)
            cell = text if text is None else text.removeprefix(MISFIT)
            if cell is not None and len(cell) > LONGEST_CELL:
                cell = cell[:LONGEST_CELL] + "…"
            findings.add(
                violation.rule,
                violation.words(note),
                violation.expected,
                file=self.file_names[file],
                row=row,
                field=name,
                field_number=column,
                count=violation.times(note),
                cell=cell,
            )
        if rest := total - len(rows):
            findings.add(
                violation.rule,
                f"{rest:,} more of the same",
                violation.expected,
                file=self.file_names[0] if len(self.file_names) == 1 else "",
                field="" if number is None else self.fields[number].name,
                count=rest,
                rest=True,
            )
        return findings
