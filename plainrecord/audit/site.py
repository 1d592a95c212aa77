"""Audit a published portal: attack every protected dataset with all that is published of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.audit.attack import Attack, NarrowedCell, attack_cells, read_alternatives
from plainrecord.audit.channels import read_file
from plainrecord.audit.labels import make_vocabulary
from plainrecord.audit.leaks import Leak, find_leaks, find_statistics
from plainrecord.audit.tables import (
    PROTECTION,
    AuditedEdition,
    UnreadableError,
    build_equations,
    name_cell,
    read_edition,
)
from plainrecord.core.errors import UsageError
from plainrecord.core.paths import path_problem
from plainrecord.core.strict_json import Json, parse_json
from plainrecord.findings.finding import Finding, NotChecked
from plainrecord.io import remote_site

MANIFEST = "manifest.json"
MOST_MANIFEST = 64_000_000
MOST_FILE = 2_000_000_000
AT_ONCE = 4

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AuditedDataset:
    """What the audit did with one edition of a dataset, in numbers.

    `certified` hidden cells were proved by alternatives, `solved` ones by the solver; `narrowed`
    tell too much. `numbers` were read in `files` besides the tables.
    """

    key: str
    mode: str
    tables: int = 0
    cells: int = 0
    hidden: int = 0
    equations: int = 0
    certified: int = 0
    solved: int = 0
    narrowed: int = 0
    files: int = 0
    numbers: int = 0
    rows: int = 0
    groups: int = 0

    @property
    def safe(self) -> int:
        """Hidden cells that the audit could not narrow."""
        return self.certified + self.solved


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was tried on each dataset, what was found, and what could not be looked at."""

    datasets: tuple[AuditedDataset, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[NotChecked, ...] = ()
    files: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was found that blocks."""
        return not any(finding.blocks for finding in self.findings)


@dataclass(frozen=True)
class PublishedSite:
    """The files of a portal in a folder on this disk, by their paths below its root."""

    root: Path
    paths: tuple[str, ...] = field(default=())

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return (self.root / path).read_bytes()


def audit_address(target: str, progress: Progress) -> AuditReport:
    """The audit of the portal at `target`, a folder or an address, which is downloaded first.

    UsageError where there is no portal.
    """
    if not target.lower().startswith(("http://", "https://")):
        if not Path(target).is_dir():
            raise UsageError(f"{target} is neither a folder nor an address (http, https)")
        return audit_site(Path(target), progress)
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        root = Path(folder).resolve()
        skipped = _download(target, root, progress)
        report = audit_site(root / "site", progress)
        return AuditReport(
            report.datasets, report.findings, (*skipped, *report.skipped), report.files
        )


def _download(target: str, root: Path, progress: Progress) -> tuple[NotChecked, ...]:
    """The files that the manifest at `target` lists, below `root`/site; what could not be had."""
    (root / "got").mkdir()
    site = remote_site.open_site(target, root / "got")
    if site is None:
        raise UsageError(f"{target} is neither a folder nor an address (http, https)")
    listing = site.fetch(MANIFEST, MOST_MANIFEST)
    if isinstance(listing, str):
        raise UsageError(f"{target}: the manifest cannot be had: {listing}")
    try:
        document = parse_json(listing.path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{target}: manifest.json: {error}") from None
    listed = document.get("files") if isinstance(document, dict) else None
    paths = [
        str(one["path"])
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and not _unsafe(str(one.get("path")))
    ]
    progress(f"download {len(paths):,} files")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda path: site.fetch(path, MOST_FILE), paths))
    missing: list[str] = []
    (root / "site").mkdir()
    listing.path.rename(root / "site" / MANIFEST)
    for path, result in zip(paths, results, strict=True):
        if isinstance(result, str):
            missing.append(result)
            continue
        place = root / "site" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        result.path.rename(place)
    reasons = sorted(set(missing))
    return tuple(NotChecked("files", why, missing.count(why)) for why in reasons)


def _unsafe(path: str) -> bool:
    return path.split("/")[0] not in (".nojekyll", ".plainrecord-site") and bool(path_problem(path))


def audit_site(folder: Path, progress: Progress = lambda _: None) -> AuditReport:
    """The audit of the portal in `folder`, from its files alone.

    Findings name the dataset, the table and the cell, and say how its value follows.
    """
    paths = tuple(
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    )
    site = PublishedSite(folder, paths)
    audited: list[AuditedDataset] = []
    findings: list[Finding] = []
    for path in paths:
        if path.startswith("datasets/") and path.endswith(f"/{PROTECTION}"):
            progress(f"attack {path.rsplit('/', 1)[0]}")
            try:
                edition = read_edition(folder, path)
            except UnreadableError as error:
                name = path.split("/")[1]
                expected = "tables that agree with protection.json"
                problem = Finding("audit-unreadable", str(error), expected, file=path, dataset=name)
                findings.append(problem)
                continue
            one, found = _audit_edition(site, edition)
            audited.append(one)
            findings += found
    return AuditReport(tuple(audited), tuple(findings), (), len(paths))


def _audit_edition(
    site: PublishedSite, edition: AuditedEdition
) -> tuple[AuditedDataset, list[Finding]]:
    """The attack on one edition: tables alone, then every other number that is published."""
    equations = build_equations(edition)
    alternatives, wrong = read_alternatives(edition.protection)
    attack = attack_cells(
        equations,
        edition.first_bounds(),
        threshold=edition.threshold,
        small=edition.small if edition.level == 1 else None,
        alternatives=alternatives,
    )
    findings = list(_report_attack(edition, attack, wrong))
    vocabulary = make_vocabulary(edition)
    files = numbers = 0
    leaks: list[Leak] = []
    for path in _files_about(site.paths, edition):
        content = site.read(path)
        if path.endswith(".parquet"):
            leaks += find_statistics(path, content, edition)
        found = list(read_file(path, content, vocabulary))
        files += 1
        numbers += len(found)
        leaks += find_leaks(found, vocabulary, attack.ranges)
    findings += [_report_leak(edition, leak) for leak in leaks]
    audited = AuditedDataset(
        edition.key,
        "tables",
        tables=len(edition.tables),
        cells=len(edition.hidden) + len(edition.shown),
        hidden=len(edition.hidden),
        equations=len(equations),
        certified=attack.certified,
        solved=attack.solved,
        narrowed=len(attack.narrowed),
        files=files,
        numbers=numbers,
    )
    return audited, findings


def _files_about(paths: Sequence[str], edition: AuditedEdition) -> Iterator[str]:
    """The files that can be about a dataset: its own, in all editions, and those of the portal.

    Files of other datasets are not: the same labels mean other cells there.
    """
    own = (f"datasets/{edition.name}/", f"datasets/{edition.name}@")
    api = f"api/v1/datasets/{edition.name}"
    for path in paths:
        others = path.startswith(("datasets/", "api/v1/datasets/")) and path.count("/") > (
            1 if path.startswith("datasets/") else 2
        )
        mine = path.startswith(own) or path in (f"{api}.json",) or path.startswith(f"{api}/")
        if (mine or not others) and not path.startswith("assets/"):
            yield path


def _report_attack(
    edition: AuditedEdition, attack: Attack, wrong: Sequence[str]
) -> Iterator[Finding]:
    path = f"{edition.folder}/{PROTECTION}"
    if attack.conflict:
        expected = "tables whose parts add up to their totals"
        yield Finding(
            "audit-tables-disagree", attack.conflict, expected, file=path, dataset=edition.key
        )
        return
    for words in (*wrong, *attack.wrong):
        expected = "tables of counts that agree with everything published"
        yield Finding("audit-alternative-wrong", words, expected, file=path, dataset=edition.key)
    for cell in attack.narrowed:
        yield _report_cell(edition, cell)


def _report_cell(edition: AuditedEdition, cell: NarrowedCell) -> Finding:
    key = edition.hidden[cell.number]
    table = edition.table_of[key]
    if edition.level == 1:
        expected = f"1 to {edition.threshold - 1} must be possible"
    else:
        expected = f"{edition.threshold:,} or more must be possible"
    found = f"{name_cell(key)} is {_range(cell.least, cell.greatest)}: {cell.how}"
    rule = "audit-cell-derivable" if cell.decided else "audit-cell-undecided"
    return Finding(
        rule,
        found,
        expected,
        file=f"{edition.folder}/downloads/{table}",
        dataset=edition.key,
        resource=table,
    )


def _range(least: int, greatest: int) -> str:
    return f"{least:,}" if least == greatest else f"{least:,} to {greatest:,}"


def _report_leak(edition: AuditedEdition, leak: Leak) -> Finding:
    table = edition.table_of.get(leak.key, "")
    found = (
        f"{name_cell(leak.key)} is {_range(leak.least, leak.greatest)}: {leak.how} "
        f"({leak.channel}: {leak.words})"
    )
    expected = (
        f"nothing about a cell that {table} hides"
        if leak.listed
        else f"no count below {edition.threshold}"
    )
    return Finding(
        "audit-value-published",
        found,
        expected,
        file=leak.file,
        dataset=edition.key,
        resource=table,
    )


def describe_audit(report: AuditReport) -> dict[str, Json]:
    """The report as one JSON document, without its findings."""
    return {
        "holds": report.holds,
        "files": report.files,
        "datasets": [
            {
                "dataset": one.key, "mode": one.mode, "tables": one.tables, "cells": one.cells,
                "hidden": one.hidden, "equations": one.equations, "certified": one.certified,
                "solved": one.solved, "narrowed": one.narrowed, "files": one.files,
                "numbers": one.numbers, "rows": one.rows, "groups": one.groups,
            }
            for one in report.datasets
        ],
        "not_checked": [
            {"what": item.what, "count": item.count, "why": item.why} for item in report.skipped
        ],
    }  # fmt: skip


def summarise(report: AuditReport) -> str:
    """What was tried and how it ended, in one line."""
    hidden = sum(one.hidden for one in report.datasets)
    equations = sum(one.equations for one in report.datasets)
    numbers = sum(one.numbers for one in report.datasets)
    certified = sum(one.certified for one in report.datasets)
    solved = sum(one.solved for one in report.datasets)
    return (
        f"Tried {equations:,} sums of tables, and {numbers:,} labelled numbers in "
        f"{report.files:,} files, on {hidden:,} hidden cells of {len(report.datasets):,} datasets: "
        f"{certified + solved:,} could not be narrowed ({certified:,} by the alternatives that the "
        f"portal publishes, {solved:,} by our own solver), {len(report.findings):,} findings."
    )
