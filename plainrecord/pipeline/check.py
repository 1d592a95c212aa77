"""Check portals, packages or tables without building: paths in, findings and a page out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.io.workspace import Progress
from plainrecord.model.checks import FileReading
from plainrecord.pipeline import check_targets
from plainrecord.pipeline.waivers import waive
from plainrecord.publishing.check_report import ReportedPackage
from plainrecord.publishing.check_report import annotate_findings as annotate_findings
from plainrecord.publishing.check_report import describe_report as describe_report
from plainrecord.publishing.check_report import summarise_findings as summarise_findings
from plainrecord.receipts import engine
from plainrecord.validation import package as check
from plainrecord.validation.line_numbers import number_lines

if TYPE_CHECKING:
    import duckdb


def check_paths(
    paths: Sequence[Path],
    schema: Path | None,
    progress: Progress,
    *,
    limit_errors: int = 100,
    strict: bool = False,
) -> list[check_targets.Subject]:
    """Every package at `paths` checked, every portal as a build does; `strict`: all are errors."""
    check_targets.refuse_schema(paths if schema else ())
    checked: list[check_targets.Subject] = []
    for whole, some in groupby(paths, check_targets.is_portal):
        if whole:
            for root in some:
                checked += _check_portal(root, progress, limit_errors=limit_errors, strict=strict)
        else:
            checked += _check_packages(list(some), schema, progress, limit_errors)
    return [_strictly(subject) for subject in checked] if strict else checked


def _check_portal(
    root: Path, progress: Progress, *, limit_errors: int, strict: bool
) -> list[check_targets.Subject]:
    """The datasets of the portal at `root`, with the findings of `build` up to writing."""
    from plainrecord.pipeline.build import prepare_site  # slow to import, and no package needs it
    from plainrecord.pipeline.protect import find_obstacles

    with prepare_site(
        root, progress, limit_errors=limit_errors, strict=strict, published=False
    ) as site:
        findings = list(site.findings)
        subjects = []
        waiting = {
            f.file for f in findings if f.rule in ("protection-missing", "protection-outdated")
        }
        for item in site.plan.packages:
            if item.descriptor_path in waiting:
                findings += find_obstacles(root, item.name, progress)
        for dataset in site.datasets:
            item = dataset.release.package
            inside = f"{item.folder}/"
            own = [
                f
                for f in findings
                if f.file.startswith(inside) or f.dataset.partition("@")[0] == item.name
            ]
            findings = [f for f in findings if not any(f is other for other in own)]
            files, checks = site.plan.files[item.name], dataset.release.checks
            subjects.append(
                check_targets.Subject(
                    item.name, item, files, tuple(own), folder=root, checks=checks
                )
            )
        if findings:
            name = root.name or "portal"
            subjects.insert(0, check_targets.Subject(name, None, {}, tuple(findings), folder=root))
        return subjects


def _check_packages(
    paths: Sequence[Path], schema: Path | None, progress: Progress, limit_errors: int
) -> list[check_targets.Subject]:
    checked: list[check_targets.Subject] = []
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        work = Path(folder).resolve()
        subjects = check_targets.find_subjects(paths, schema, work / "packages")
        readable = [
            file.path for subject in subjects for files in subject.files.values() for file in files
        ]
        with ExitStack() as stack:

            @cache
            def open_engine() -> duckdb.DuckDBPyConnection:
                database = work / "check.duckdb"
                opened = engine.open_build_database(database, readable, [work], in_memory=True)
                return stack.enter_context(closing(opened))

            prepared = ((s, _prepare(s, limit_errors)) for s in subjects)
            for subject, package in check.prefetched(prepared, _begin):
                checked.append(_check_subject(open_engine, subject, package, progress))
    return checked


def _strictly(subject: check_targets.Subject) -> check_targets.Subject:
    strict = [
        f if f.waived else replace(f, severity_given=Severity.ERROR) for f in subject.findings
    ]
    return replace(subject, findings=tuple(strict))


def place_findings(
    checked: Sequence[check_targets.Subject], *, lines: bool = True
) -> list[Finding]:
    """All findings as an editor opened in this folder finds them: by path from here, and by line.

    A finding in a file without lines of text, such as a workbook, keeps the file alone. Without
    `lines` rows stay rows, and a file in a zip is named below it.
    """
    placed = []
    for subject in checked:
        findings = subject.findings
        if subject.packed is not None and lines:
            zipped = _place(subject.packed)
            for finding in findings:
                if not finding.file:
                    placed.append(finding)
                    continue
                row = "" if finding.row is None else f", row {finding.row}"
                message = f"{finding.file}{row}: {finding.found}"
                placed.append(replace(finding, file=zipped, row=None, found=message))
            continue
        folder = subject.packed or subject.folder
        if subject.package is not None and lines:
            findings = number_lines(subject.package, subject.files, findings)
        for finding in findings:
            if not finding.file or "://" in finding.file:
                placed.append(finding)
                continue
            placed.append(replace(finding, file=_place(folder / finding.file)))
    return placed


def report_packages(checked: Sequence[check_targets.Subject]) -> list[ReportedPackage]:
    """What a report says of each package: of several, whose table and file each one is."""
    if len(checked) == 1:
        return [ReportedPackage(s.package, s.checks, s.findings) for s in checked]
    packages = []
    for subject in checked:
        folder = subject.packed or subject.folder
        checks = tuple(
            replace(check, readings=tuple(_placed(reading, folder) for reading in check.readings))
            for check in subject.checks
        )
        findings = tuple(place_findings([subject], lines=False))
        label = Path(subject.label)
        owner = subject.folder if label.parent == subject.folder else label.with_suffix("")
        name = "" if owner == Path() else _place(owner).strip("/")
        descriptor = _place(folder / subject.package.descriptor_path) if subject.package else ""
        packages.append(ReportedPackage(subject.package, checks, findings, name, descriptor))
    return packages


def _placed(reading: FileReading, folder: Path) -> FileReading:
    return (
        reading
        if "://" in reading.shown
        else replace(reading, shown=_place(folder / reading.shown))
    )


def _place(path: Path) -> str:
    """`path` from this folder if it lies below, else from the root."""
    whole = Path.cwd() / path
    here = os.path.relpath(whole)
    return (whole if here.startswith("..") else Path(here)).as_posix()


def _prepare(subject: check_targets.Subject, limit: int) -> check.PackageCheck | None:
    item = subject.package
    if item is None:
        return None
    # A missing file is reported already; the tables that exist are checked.
    there = tuple(
        r
        for r in item.resources
        if r.name not in subject.absent and len(subject.files.get(r.name, ())) == len(r.files)
    )
    return check.PackageCheck(
        replace(item, resources=there), subject.files, limit_errors=limit, keep_all=False
    )


def _begin(prepared: tuple[check_targets.Subject, check.PackageCheck | None]) -> None:
    _, package = prepared
    if package is not None:
        package.begin()


def _check_subject(
    open_engine: engine.Engine,
    subject: check_targets.Subject,
    prepared: check.PackageCheck | None,
    progress: Progress,
) -> check_targets.Subject:
    item = subject.package
    if item is None or prepared is None:
        return subject
    result = prepared.check(open_engine, lambda name: progress(f"check {subject.label}: {name}"))
    prepared.drop_tables()
    findings = (*subject.findings, *waive(item.waived, result.findings))
    return replace(subject, checks=result.checks, findings=findings)
