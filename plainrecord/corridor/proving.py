"""A stretch of the corridor: the receipts of what changed between the editions of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import duckdb

from plainrecord.comparison.contrasts import (
    PublishedSide,
    prove_pair,
    prove_portions,
    prove_triangle,
    why_not,
)
from plainrecord.ground.engine import columns_of, identifier, literal
from plainrecord.ground.tellings import choose_periods, contrast_id, portion_id
from plainrecord.model.changes import Revisions
from plainrecord.model.counts import CountTable
from plainrecord.model.packages import MissingKind, ReleasedTable
from plainrecord.model.products import PublishedTable


@dataclass(frozen=True, slots=True)
class DatedTable:
    """The compared table of one edition: its day, its published file, and its source files."""

    date: str
    table: ReleasedTable
    path: str
    sha256: str
    sources: tuple[str, ...] = ()


def prove_revisions(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    revisions: Revisions,
    editions: Sequence[DatedTable],
    base_url: str,
) -> Revisions:
    """`revisions` with the receipts of their numbers, over the published files."""
    settings = revisions.settings
    sides = [
        PublishedSide(
            PublishedTable(edition.table, edition.path, edition.sha256),
            as_compared(
                replace(
                    edition.table,
                    relation=f"{identifier(edition.table.dataset)}.{identifier(edition.table.resource)}",
                )
            ),
            columns_of(connection, as_compared(edition.table)).get(settings.date, ""),
        )
        for edition in editions
    ]
    counted: list[CountTable] = []
    uncounted: list[tuple[str, str]] = []
    for pair, two in zip(revisions.pairs, pairwise(sides), strict=True):
        proved = prove_pair(name, revisions.unit, pair, two, base_url, normalise=settings.normalise)
        if isinstance(proved, str):
            uncounted.append((contrast_id(name, pair.new), proved))
            continue
        why = why_not(pair.comparison, normalise=settings.normalise)
        if why and (pair.breakdowns or pair.fields):
            uncounted.append((portion_id(name, pair.new), why))
        tables = [edition.table for edition in editions if edition.date in (pair.old, pair.new)]
        counted += [
            proved,
            *prove_portions(
                *(name, revisions.unit, pair, two, base_url, marks_of(*tables), settings.period),
                normalise=settings.normalise,
            ),
        ]
    triangle = revisions.triangle
    if triangle is not None and triangle.periods:
        counted.append(
            prove_triangle(
                name,
                revisions.unit,
                triangle,
                choose_periods(triangle, revisions.moved, revisions.threshold),
                sides,
                settings.date,
                settings.period,
                revisions.threshold,
                base_url,
            )
        )
    return replace(revisions, counted=tuple(counted), uncounted=tuple(uncounted))


def as_compared(table: ReleasedTable) -> str:
    """The relation of `table` with its mark where the agency withheld a value.

    Other marks stand for no value, so that a withheld value and a missing one stay apart.
    """
    columns = []
    for field in table.fields:
        name = identifier(field.name)
        marks = [m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD]
        if marks and field.marks_apart:
            mark = identifier(field.mark_column)
            held = f"{mark} IN ({', '.join(map(literal, marks))})"
            name = f"CASE WHEN {held} THEN {mark} ELSE CAST({name} AS VARCHAR) END AS {name}"
        columns.append(name)
    return f"(SELECT {', '.join(columns)} FROM {table.relation})"


def marks_of(*tables: ReleasedTable) -> Mapping[str, tuple[str, ...]]:
    return {
        field.name: tuple(m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD)
        for table in tables
        for field in table.fields
    }
