"""Plan how SQL checks the cells of a field (called by `ResourceCheck.begin`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plainrecord.model.packages import Field, mark_column
from plainrecord.readers.json_cells import MISFIT
from plainrecord.receipts.engine import SQL_TYPES, identifier, literal
from plainrecord.validation.certainty import OWN_FORM, are_plainly_valid, certainty, missing
from plainrecord.validation.field_check import FrictionlessField, cached_field, pattern_text
from plainrecord.validation.patterns import translate_pattern

if TYPE_CHECKING:
    from plainrecord.validation.json_schema import JsonRule

CELL = "{cell}"
"""Stands for the text of a cell in the SQL of a plan."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition over a text that breaks a rule, decided by SQL alone, and the note for its finding."""

    rule: str
    condition: str
    note: str


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field is checked; SQL is over `{cell}`, the text of one cell.

    `column` is the field's column in the typed table. `absent` holds for a cell without a value,
    `certain` only for valid cells; `typed` is the value of a certain cell. `required` holds the
    errors of an absent value, `json_rule` the constraint jsonSchema. `reader` is None where
    frictionless refused the field. `bounds` are the field's limits as text; None where only SQL may
    call a cell valid.
    """

    number: int
    field: Field
    column: str
    reader: FrictionlessField | None
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

    @property
    def missing_texts(self) -> frozenset[str]:
        """The texts that stand for no value."""
        return frozenset(mark.value for mark in self.field.missing_values)

    @property
    def in_plain_form(self) -> bool:
        """Whether a text is a value in the form of the type, and only an empty one is missing."""
        return (
            self.bounds is not None
            and not set(self.field.descriptor) & OWN_FORM
            and self.missing_texts <= {""}
        )

    def present(self, texts: Iterable[str | None]) -> list[str]:
        """Those of `texts` that stand for a value."""
        missing_texts = self.missing_texts
        return [text for text in texts if text is not None and text not in missing_texts]

    def accepts(self, texts: Sequence[str]) -> bool:
        """Whether all of a few present texts are certainly valid; False where only SQL can tell."""
        if not texts:
            return True
        return self.bounds is not None and are_plainly_valid(self.field, texts, self.bounds)

    def value(self, cell: str) -> str:
        """SQL for the typed value, null where the cell is absent; right where the cell is certain."""
        absent, _, typed = self.over(cell)
        return f"CASE WHEN {absent} THEN NULL ELSE {typed} END"

    def columns(self, cell: str) -> list[str]:
        """The columns of the typed table: the value, and the mark where marks are kept apart."""
        named = [f"{self.value(cell)} AS {identifier(self.column)}"]
        if self.field.marks_apart:
            mark = f"CASE WHEN {self.over(cell)[0]} THEN coalesce({cell}, '') END"
            named.append(f"{mark} AS {identifier(mark_column(self.column))}")
        return named

    def uncertain(self, cell: str) -> str:
        """SQL for whether frictionless must check a cell; FALSE where it never must."""
        absent, certain, _ = self.over(cell)
        condition = (
            f"NOT coalesce({absent} OR ({certain}), FALSE)" if certain != "TRUE" else "FALSE"
        )
        if not self.required:
            return condition
        return absent if condition == "FALSE" else f"({condition} OR {absent})"

    def over(self, cell: str) -> tuple[str, str, str]:
        """`absent`, `certain` and `typed` over the SQL `cell`."""
        return tuple(part.replace(CELL, cell) for part in (self.absent, self.certain, self.typed))  # type: ignore[return-value]


def plan_field(number: int, field: Field, column: str, *, native: bool = False) -> FieldPlan:
    """Plan the check of a field whose cells may be typed (`native`); ValueError if unusable."""
    reader = cached_field(field)
    certain = certainty(field, CELL, reader.bounds)
    faults = _faults(field, CELL)
    conditions = [certain.valid] if certain.valid != "TRUE" else []
    conditions += [f"NOT ({fault.condition})" for fault in faults]
    if native:
        fits = f"NOT starts_with({CELL}, {literal(MISFIT)})"
        conditions.append(fits)
        faults = tuple(replace(f, condition=f"{fits} AND ({f.condition})") for f in faults)
    json_rule = _json_rule(field)
    if json_rule is not None:
        conditions = ["FALSE"]
    required = reader.check(None).errors if field.constraints.get("required") else ()
    return FieldPlan(
        number=number,
        field=field,
        column=column,
        reader=reader,
        absent=missing(field, CELL),
        certain=" AND ".join(conditions) or "TRUE",
        typed=certain.typed,
        faults=faults,
        required=required,
        json_rule=json_rule,
        bounds=None if native or json_rule else reader.bounds,
    )


def _json_rule(field: Field) -> JsonRule | None:
    schema = field.constraints.get("jsonSchema")
    if schema is None:
        return None
    if field.type not in {"array", "object", "geojson"}:
        raise ValueError(f"jsonSchema is for the types array and object, not for {field.type}")
    from plainrecord.validation.json_schema import JsonRule  # few tables have such a rule

    return JsonRule(schema)


def unusable_field(number: int, field: Field, column: str) -> FieldPlan:
    """The plan for a field that cannot be checked: every value stays null."""
    nothing = f"CAST(NULL AS {SQL_TYPES[field.type]})"
    return FieldPlan(number, field, column, None, "TRUE", "FALSE", nothing)


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
