"""Reports of a check, for programs: a Frictionless Report, and annotations for GitHub."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from plainrecord.core.strict_json import Json, reach
from plainrecord.core.word_lists import word_set
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import TableCheck
from plainrecord.model.packages import ForeignKey, Package

REPORT_TYPES = {
    "category-error": "constraint-error",
    "unique-key": "row-error",
    "hash-mismatch": "hash-count",
    "bytes-mismatch": "byte-count",
    "encoding-invalid": "encoding-error",
    "row-rule": "row-constraint",
}
"""The type of error that existing tools know, for rules that only this project has."""

_AS_THEY_ARE = word_set(
    "blank-label duplicate-label incorrect-label missing-label extra-label extra-cell "
    "missing-cell type-error constraint-error unique-error primary-key foreign-key "
    "source-error blank-row"
)


@dataclass(frozen=True, slots=True)
class _Table:
    """What the errors of a table refer to; `missing` are the fields without a column."""

    labels: Sequence[str] = ()
    fields: Sequence[str] = ()
    missing: Sequence[str] = ()
    keys: Sequence[ForeignKey] = ()


MOST_CELLS = 100
"""Cells too many in one row that are listed."""
MOST_ANNOTATIONS = 50
MOST_KINDS = 200
"""Kinds of findings, by file and field, that a summary lists."""
_NOT_OF_A_NAME = re.compile(r"[^-a-z0-9._/]")
_OF_HEADERS = ("-label", "-header")
_OF_CELLS = {"type-error", "constraint-error", "unique-error", "extra-cell", "missing-cell"}
_OF_ROWS = {"blank-row", "primary-key", "foreign-key", "row-constraint", "row-error"}
_WORDED_ALIKE = {*_OF_CELLS, *_OF_ROWS} - {"extra-cell", "missing-cell", "blank-row", "foreign-key"}
"""Errors whose note is what was found and no more, as other tools have it."""


@dataclass(frozen=True, slots=True)
class ReportedPackage:
    """A package in a report; if there are several, `name` distinguishes its tables from the
    others'.

    `descriptor` is the place of a table without a file of its own.
    """

    package: Package | None
    checks: Sequence[TableCheck]
    findings: Sequence[Finding]
    name: str = ""
    descriptor: str = ""


def describe_report(packages: Sequence[ReportedPackage], seconds: float = 0.0) -> dict[str, Json]:
    """A Frictionless Report descriptor (frictionless 5, `Report`): one task for each table.

    Errors that belong to no table are the report's own. An error type that only this project has is
    in `tags`, under the nearest type that other tools know.
    """
    tasks: list[Json] = []
    own: list[Json] = []
    warnings = 0
    taken: Counter[str] = Counter()
    for reported in packages:
        findings = reported.findings
        names = {check.resource for check in reported.checks}
        by_table: dict[str, list[Finding]] = {}
        for finding in findings:
            by_table.setdefault(finding.resource, []).append(finding)
        for check in reported.checks:
            task = _task(reported, check, by_table.get(check.resource, []))
            taken[str(task["name"])] += 1
            if (times := taken[str(task["name"])]) > 1:
                task["name"] = f"{task['name']}-{times}"
            tasks.append(task)
        rest = [f for f in findings if f.resource not in names]
        own += [_error(f, _Table()) for f in rest if f.blocks]
        warnings += sum(f.count for f in findings if not f.blocks)
    errors = len(own) + sum(_count(task) for task in tasks)
    return {
        "valid": not errors,
        "stats": {
            "tasks": len(tasks),
            "errors": errors,
            "warnings": warnings,
            "seconds": round(seconds, 3),
        },
        "warnings": [],
        "errors": own,
        "tasks": tasks,
    }


def _count(task: Json) -> int:
    count = reach(task, "stats", "errors")
    return count if isinstance(count, int) else 0


def _task(
    reported: ReportedPackage, check: TableCheck, findings: Sequence[Finding]
) -> dict[str, Json]:
    package = reported.package
    labels = check.readings[0].labels if check.readings else ()
    blocking = [f for f in findings if f.blocks]
    resources = package.resources if package else ()
    table = _Table(
        labels,
        tuple(field.name for field in check.fields),
        tuple(f.field for f in blocking if f.rule == "missing-label"),
        tuple(k for r in resources if r.name == check.resource for k in r.schema.foreign_keys),
    )
    total = sum(f.count for f in blocking)
    stats: dict[str, Json] = {
        "errors": total,
        "warnings": sum(f.count for f in findings if not f.blocks),
        "seconds": 0,
        "rows": check.rows,
        "fields": len(check.fields),
    }
    if len(check.readings) == 1 and check.readings[0].bytes is not None:
        stats |= {"bytes": check.readings[0].bytes, "sha256": check.readings[0].sha256}
    warnings = [f"{f.title}: {f.found} ({f.place}). {f.remedy}" for f in findings if not f.blocks]
    warnings += [
        f"{f.place}: {f.found} [{f.rule}]" for f in blocking if f.count > 1 and f.row is None
    ]
    name = "/".join(dict.fromkeys(filter(None, (reported.name, check.resource))))
    return {
        "name": _NOT_OF_A_NAME.sub("-", name.lower()) or "table",
        "title": check.resource,
        "type": "table",
        "valid": not total,
        "place": ", ".join(reading.shown for reading in check.readings)
        or reported.descriptor
        or (package.descriptor_path if package else ""),
        "labels": list(labels),
        "stats": stats,
        "warnings": [*warnings],
        "errors": [
            _error(item, table)
            for f in blocking
            if f.count == 1 or f.row is not None
            for item in _each_cell(f)
        ],
    }


def _each_cell(finding: Finding) -> list[Finding]:
    """An error of its own for each cell too many, as other tools have it."""
    first = finding.field_number
    if finding.rule != "extra-cell" or first is None:
        return [finding]
    cells = finding.cells
    return [
        replace(finding, field_number=first + n, cell=cells[n] if n < len(cells) else None)
        for n in range(min(finding.count, MOST_CELLS))
    ]


def _type_of(finding: Finding) -> str:
    """The type of error that existing tools know for a finding."""
    if finding.rule == "missing-label" and not finding.field:
        return "unmatched-header"
    known = REPORT_TYPES.get(finding.rule, finding.rule)
    if known == finding.rule and known not in _AS_THEY_ARE:
        return "resource-error"
    placed = known in _OF_CELLS or known in _OF_ROWS
    return "resource-error" if placed and finding.row is None else known


def _error(finding: Finding, table: _Table) -> Json:
    known = _type_of(finding)
    whole = (
        finding.found if not finding.expected else f"{finding.found}; expected: {finding.expected}"
    )
    note = finding.found if finding.rule in _WORDED_ALIKE else whole
    error: dict[str, Json] = {
        "type": known,
        "title": finding.title,
        "description": finding.remedy,
        "message": f"{finding.place}: {whole}",
        "tags": ["#table"] if known == finding.rule else ["#table", f"#{finding.rule}"],
        "note": note,
    }
    if known in _OF_CELLS or known in _OF_ROWS:
        error |= {"rowNumber": finding.row, "cells": []}
    if known in _OF_CELLS:
        error |= {"fieldName": finding.field, "fieldNumber": finding.field_number or 0}
        error |= {"cell": finding.cell or ""}
    if known == "foreign-key":
        error |= _reference(finding, table)
    if known.endswith(_OF_HEADERS):
        error |= {"labels": list(table.labels), "rowNumbers": [finding.row or 1]}
    if known.endswith("-label"):
        error |= _label(finding, known, table)
    return error


def _label(finding: Finding, known: str, table: _Table) -> dict[str, Json]:
    """The label of an error in a header, and the expected field, as frictionless reports them."""
    labels, fields, number = table.labels, table.fields, finding.field_number or 0
    label = labels[number - 1] if 0 < number <= len(labels) else ""
    name = fields[number - 1] if 0 < number <= len(fields) else ""
    if known == "missing-label":  # they are counted on after the columns that are there
        number, label = len(labels) + 1 + table.missing.index(finding.field), ""
        name = finding.field
    elif known == "extra-label":
        name = ""
    return {"label": label, "fieldName": name, "fieldNumber": number}


def _reference(finding: Finding, table: _Table) -> dict[str, Json]:
    """The fields of a reference that leads nowhere, and those that it refers to."""
    fits = [
        key
        for key in table.keys
        if key.fields[0] == finding.field
        and finding.expected.endswith(f"({', '.join(key.reference_fields)})")
    ]
    names = list(fits[0].fields) if fits else [finding.field]
    cells = (finding.cell or "").split(", ") if len(names) > 1 else [finding.cell or ""]
    return {
        "fieldNames": [*names],
        "fieldCells": [*cells],
        "referenceName": fits[0].resource if fits else "",
        "referenceFieldNames": [*fits[0].reference_fields] if fits else [],
    }


def annotate_findings(findings: Sequence[Finding]) -> list[str]:
    """Workflow commands that GitHub shows on the file and line of each finding.

    GitHub shows ten of a kind in a step; what is beyond `MOST_ANNOTATIONS` is in the summary. The
    first ones of each file come before the second ones of any.
    """
    turns: Counter[tuple[str, bool]] = Counter()
    turn_of = []
    for finding in findings:
        turn_of.append((not finding.blocks, turns[finding.file, finding.blocks]))
        turns[finding.file, finding.blocks] += 1
    ordered = [findings[at] for at in sorted(range(len(findings)), key=turn_of.__getitem__)]
    lines = []
    for finding in ordered[:MOST_ANNOTATIONS]:
        kind = "error" if finding.blocks else "warning"
        location = [f"file={_property(finding.file)}"] if finding.file else []
        if finding.file and finding.row is not None:
            location.append(f"line={finding.row}")
        location.append(f"title={_property(finding.title)}")
        cell = "" if finding.cell is None else f"{finding.cell[:80]!r}: "
        field = f"field {finding.field}: " if finding.field else ""
        of = "" if finding.file else finding.dataset or finding.resource
        text = f"{of and f'{of}: '}{field}{cell}{finding.found}. {finding.remedy} [{finding.rule}]"
        lines.append(f"::{kind} {','.join(location)}::{_data(text)}")
    return lines


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summarise_findings(
    subjects: Sequence[tuple[str, Sequence[TableCheck], Sequence[Finding]]],
) -> str:
    """The summary of a workflow's job, as Markdown: a line for each table, then the findings."""
    lines = ["## Check of the data", "", "| Table | Rows | Errors | Warnings |"]
    lines.append("| --- | ---: | ---: | ---: |")
    for label, checks, findings in subjects:
        for check in checks:
            here = [f for f in findings if f.resource == check.resource]
            errors = sum(f.count for f in here if f.blocks)
            warnings = sum(f.count for f in here if not f.blocks)
            name = _cell(f"{label}: {check.resource}")
            lines.append(f"| {name} | {check.rows:,} | {errors:,} | {warnings:,} |")
    kinds: dict[tuple[bool, str, str, str], int] = {}
    for _, _, findings in subjects:
        for f in findings:
            kind = (not f.blocks, f.title, f.file, f.field)
            kinds[kind] = kinds.get(kind, 0) + f.count
    if kinds:
        lines += ["", "| | What | Where | Times |", "| --- | --- | --- | ---: |"]
        listed = sorted(kinds.items())
        for (soft, title, file, field), count in listed[:MOST_KINDS]:
            location = ", ".join(filter(None, (file, field and f"field {field}")))
            word = "warning" if soft else "**error**"
            lines.append(f"| {word} | {_cell(title)} | {_cell(location)} | {count:,} |")
        if left := listed[MOST_KINDS:]:
            lines.append(f"| | {len(left):,} more | | {sum(count for _, count in left):,} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """`text` as the cell of a Markdown table, its signs without a meaning."""
    plain = "".join(f"\\{sign}" if sign in "\\|`*_[]<>#!" else sign for sign in text)
    return " ".join(plain.split())
