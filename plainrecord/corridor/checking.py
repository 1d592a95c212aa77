"""The stretch of the corridor that checks and makes nothing: subjects in, findings and a page out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from plainrecord.check import tables as check
from plainrecord.corridor import survey
from plainrecord.doors import load
from plainrecord.ground import engine
from plainrecord.ground.errors import Blocked
from plainrecord.model.checks import TableCheck
from plainrecord.model.packages import Package, Resource
from plainrecord.outputs import render
from plainrecord.pages import portal as pages
from plainrecord.rules.findings import Finding

Progress = Callable[[str], None]
"""Called with a few words as each step begins."""


@dataclass(frozen=True, slots=True)
class CheckedSubject:
    """A package after its check: what was looked at in each table, and all that was found."""

    label: str
    package: Package | None
    checks: tuple[TableCheck, ...]
    findings: tuple[Finding, ...]


def check_paths(
    paths: Sequence[Path],
    schema: Path | None,
    progress: Progress,
    *,
    limit_errors: int = 100,
) -> list[CheckedSubject]:
    """Every package at `paths` checked against its schema; nothing is made or kept."""
    subjects = survey.find_subjects(paths, schema)
    readable = [
        file.path for subject in subjects for files in subject.files.values() for file in files
    ]
    checked: list[CheckedSubject] = []
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        work = Path(folder).resolve()
        connection = engine.open_workshop(work / "check.duckdb", readable, [work])
        try:
            for subject in subjects:
                checked.append(_check_subject(connection, subject, progress, limit_errors))
        finally:
            connection.close()
    return checked


def render_report(checked: Sequence[CheckedSubject]) -> str:
    """The page of a check, alone in its file."""
    templates, assets = load.load_builtins()
    subjects = [(s.label, s.package, s.checks, s.findings) for s in checked]
    page = pages.plan_report(subjects, assets["portal.css"].decode())
    outputs, found = render.render_pages([page], templates, {})
    if found:
        raise Blocked(found)
    return "".join(o.content.decode() for o in outputs if isinstance(o.content, bytes))


def _check_subject(
    connection: duckdb.DuckDBPyConnection, subject: survey.Subject, progress: Progress, limit: int
) -> CheckedSubject:
    item = subject.package
    if item is None:
        return CheckedSubject(subject.label, None, (), subject.findings)
    # A file that is not there was told of; the tables that are there are checked all the same.
    there = tuple(r for r in item.resources if r.name not in subject.absent and _here(subject, r))
    result = check.check_package(
        connection,
        replace(item, resources=there),
        subject.files,
        limit_errors=limit,
        keep_all=False,
        progress=lambda name: progress(f"check {subject.label}: {name}"),
    )
    for table in result.tables:
        connection.execute(f"DROP TABLE {table.relation}")
    findings = (*subject.findings, *result.findings)
    return CheckedSubject(subject.label, item, result.checks, findings)


def _here(subject: survey.Subject, resource: Resource) -> bool:
    return len(subject.files.get(resource.name, ())) == len(resource.files)
