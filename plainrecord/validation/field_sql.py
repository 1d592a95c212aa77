"""One lane for each field: what SQL can say of its cells, before anyone else is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plainrecord.model.packages import Field, mark_column
from plainrecord.readers.json_cells import MISFIT
from plainrecord.receipts.engine import SQL_TYPES, identifier, literal
from plainrecord.validation.field_check import (
    FrictionlessField,
    cached_field,
    certainty,
    missing,
    pattern_text,
)
from plainrecord.validation.patterns import translate_pattern

if TYPE_CHECKING:
    from plainrecord.validation.json_schema import JsonRule

CELL = "{cell}"
"""What stands for the text of a cell in a lane's SQL."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition over a text that breaks a rule whatever frictionless says, and its words."""

    rule: str
    condition: str
    note: str


@dataclass(frozen=True, slots=True)
class FieldSql:
    """A field on its way through the check; SQL is over `{cell}`, the text of one cell.

    `column` is its name in the typed table. `absent` holds for a cell that stands for no value. `certain` never holds for a bad cell.
    `typed` gives the value of a certain cell. `faults` are decided by SQL alone. `required` holds
    the errors of an absent value, `json_rule` the constraint jsonSchema. `judge` is frictionless's
    reader, None where it refused the field. `bounds` are the limits of a field whose columns may be
    taken at a glance (see `glance.all_certain`), None where they may not.
    """

    number: int
    field: Field
    column: str
    judge: FrictionlessField | None
    absent: str
    certain: str
    typed: str
    faults: tuple[Fault, ...] = ()
    required: tuple[tuple[str, str], ...] = ()
    json_rule: JsonRule | None = None
    bounds: Mapping[str, str | None] | None = None

    @property
    def kind(self) -> str:
        """The column type of the typed table."""
        return SQL_TYPES[self.field.type]

    def value(self, cell: str) -> str:
        """SQL for the typed value, null where the cell is absent.

        It is right where the cell is certainly valid; a doubtful one is set once it was judged.
        """
        absent, _, typed = self.over(cell)
        return f"CASE WHEN {absent} THEN NULL ELSE {typed} END"

    def columns(self, cell: str) -> list[str]:
        """The columns of the typed table: the value, and the mark where marks are kept apart."""
        named = [f"{self.value(cell)} AS {identifier(self.column)}"]
        if self.field.marks_apart:
            mark = f"CASE WHEN {self.over(cell)[0]} THEN coalesce({cell}, '') END"
            named.append(f"{mark} AS {identifier(mark_column(self.column))}")
        return named

    def doubtful(self, cell: str) -> str:
        """The condition under which a cell must be judged; FALSE where none ever must."""
        absent, certain, _ = self.over(cell)
        doubt = f"NOT coalesce({absent} OR ({certain}), FALSE)" if certain != "TRUE" else "FALSE"
        if not self.required:
            return doubt
        return absent if doubt == "FALSE" else f"({doubt} OR {absent})"

    def over(self, cell: str) -> tuple[str, str, str]:
        """`absent`, `certain` and `typed` over the SQL `cell`."""
        return tuple(part.replace(CELL, cell) for part in (self.absent, self.certain, self.typed))  # type: ignore[return-value]


def field_sql(number: int, field: Field, column: str, *, native: bool = False) -> FieldSql:
    """The lane of a field. Raises ValueError where its descriptor cannot be used.

    Among `native` cells there may be some that are not of the field's type, whatever their text.
    """
    judge = cached_field(field)
    sure = certainty(field, CELL, judge.bounds)
    faults = _faults(field, CELL)
    conditions = [sure.valid] if sure.valid != "TRUE" else []
    conditions += [f"NOT ({fault.condition})" for fault in faults]
    if native:
        fits = f"NOT starts_with({CELL}, {literal(MISFIT)})"
        conditions.append(fits)
        faults = tuple(replace(f, condition=f"{fits} AND ({f.condition})") for f in faults)
    json_rule = _json_rule(field)
    if json_rule is not None:
        conditions = ["FALSE"]
    required = judge.verdict(None).errors if field.constraints.get("required") else ()
    return FieldSql(
        number=number,
        field=field,
        column=column,
        judge=judge,
        absent=missing(field, CELL),
        certain=" AND ".join(conditions) or "TRUE",
        typed=sure.typed,
        faults=faults,
        required=required,
        json_rule=json_rule,
        bounds=None if native or json_rule else judge.bounds,
    )


def _json_rule(field: Field) -> JsonRule | None:
    schema = field.constraints.get("jsonSchema")
    if schema is None:
        return None
    if field.type not in {"array", "object", "geojson"}:
        raise ValueError(f"jsonSchema is for the types array and object, not for {field.type}")
    from plainrecord.validation.json_schema import JsonRule  # few tables have such a rule

    return JsonRule(schema)


def unusable_field(number: int, field: Field, column: str) -> FieldSql:
    """The lane of a field that cannot be checked: every value stays null."""
    nothing = f"CAST(NULL AS {SQL_TYPES[field.type]})"
    return FieldSql(number, field, column, None, "TRUE", "FALSE", nothing)


def _faults(field: Field, cell: str) -> tuple[Fault, ...]:
    faults = []
    pattern = field.constraints.get("pattern")
    if isinstance(pattern, str):
        try:
            translated = translate_pattern(pattern)
        except ValueError as error:
            raise ValueError(f"the pattern {pattern!r} cannot be used: {error}") from None
        broken = f"NOT regexp_full_match({cell}, {literal(translated)})"
        faults.append(Fault("constraint-error", broken, pattern_text(pattern)))
    if field.categories:
        values = ", ".join(literal(category.value) for category in field.categories)
        shown = cell
        if field.type == "integer":
            shown = f"coalesce(CAST(TRY_CAST({cell} AS BIGINT) AS VARCHAR), {cell})"
        note = "the value is not one of the categories"
        faults.append(Fault("category-error", f"{shown} NOT IN ({values})", note))
    return tuple(faults)
