"""A stretch of the corridor: each dataset and its releases checked, released, exported, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from plainrecord.core.errors import Blocked
from plainrecord.disclosure import release
from plainrecord.findings.finding import Finding, any_blocks
from plainrecord.io.workspace import Progress
from plainrecord.model.freshness import measure_freshness
from plainrecord.model.grades import Scorecard
from plainrecord.model.packages import LocatedFile, Package, ReleasedTable
from plainrecord.model.products import Edition, History, Output, PublishedTable
from plainrecord.pipeline.changes import Compared, compare_editions
from plainrecord.pipeline.changes_receipts import DatedTable
from plainrecord.pipeline.plan import Plan, cache_folder
from plainrecord.publishing import downloads, metadata
from plainrecord.publishing.downloads import NOTHING, Exports
from plainrecord.receipts import engine
from plainrecord.validation import package as check


def list_readable(plan: Plan) -> list[Path]:
    """Every source file of the portal, those of past releases included."""
    held = [*plan.files.values()]
    held += [item.files for archive in plan.archives.values() for item in archive.releases]
    return [file.path for tables in held for files in tables.values() for file in files]


def _sound(item: Package, findings: Sequence[Finding]) -> bool:
    """Whether nothing found so far in the dataset's own files blocks it."""
    inside = f"{item.folder}/"
    return not any(f.blocks and f.file.startswith(inside) for f in findings)


def release_all(
    plan: Plan,
    item: Package,
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    progress: Progress,
    findings: list[Finding],
    limit_errors: int = 100,
) -> BuiltDataset:
    """A dataset as it is now, and each of its releases; the newest is not made twice.

    What does not block in a release is told on its pages alone: nobody can change it any more.
    """
    absence = plan.absent.get(item.name, "")
    road = (connection, work, progress, findings, limit_errors)
    made = _release_within_memory(plan, item, plan.files[item.name], absence, *road)
    said = list(findings)
    road = (connection, work, progress, said, limit_errors)
    archive = plan.archives.get(item.name)
    releases = [
        at_release_address(made, planned.package)
        if planned.same and planned.release.date == item.release
        else _release_within_memory(plan, planned.package, planned.files, planned.absence, *road)
        for planned in (archive.releases if archive else ())
    ]
    findings.extend(finding for finding in said[len(findings) :] if finding.blocks)
    return replace(made, edition=with_freshness(plan, made.edition), releases=tuple(releases))


def _release_within_memory(
    plan: Plan,
    item: Package,
    files: Mapping[str, tuple[LocatedFile, ...]],
    absence: str,
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    progress: Progress,
    findings: list[Finding],
    limit_errors: int,
) -> BuiltDataset:
    """`_release_dataset`, with a finding where the data need more memory than there is."""
    road = (connection, work, progress, findings, limit_errors)
    try:
        with engine.memory_bound(item.descriptor_path, dataset=item.key):
            return _release_dataset(plan, item, files, absence, *road)
    except Blocked as error:
        findings.extend(error.findings)
        return BuiltDataset(Edition(item, built=False))


def _release_dataset(
    plan: Plan,
    item: Package,
    files: Mapping[str, tuple[LocatedFile, ...]],
    absence: str,
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    progress: Progress,
    findings: list[Finding],
    limit_errors: int,
) -> BuiltDataset:
    """One edition checked, released and exported; findings are added to `findings`."""
    edition = Edition(item, built=False, citation=metadata.cite(plan.portal, item))
    if absence or item.policy is None or not _sound(item, findings):
        return BuiltDataset(replace(edition, absence=absence))
    progress(f"check {item.key}")
    result = check.check_package(connection, item, files, limit_errors=limit_errors)
    findings.extend(result.findings)
    edition = replace(edition, checks=result.checks)
    if any_blocks(result.findings):
        return BuiltDataset(edition)
    resources = {resource.name: resource for resource in item.resources}
    tables: list[ReleasedTable] = []
    for checked in result.tables:
        resource = resources[checked.resource]
        table, found = release.release_table(
            connection, checked, resource, item.policy, item.unit, item.descriptor_path
        )
        findings.extend(found)
        connection.execute(f"DROP TABLE {checked.relation}")
        if table is not None:
            tables.append(table)
    if len(tables) < len(resources):
        return BuiltDataset(edition)
    progress(f"export {item.key}")
    exported = downloads.export_tables(connection, item, tables, work / item.key, edition.citation)
    paged = item.api and not item.frozen
    records = downloads.write_records_pages(connection, item, tables) if paged else ()
    edition = replace(
        edition,
        built=True,
        tables=tuple(tables),
        distributions=exported.distributions,
        findings=result.findings,
    )
    return BuiltDataset(edition, exported, records)


def compare_all(
    plan: Plan,
    made: Sequence[BuiltDataset],
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    progress: Progress,
) -> dict[str, Compared]:
    """What changed between the editions of each dataset that keeps some, by its name."""
    compared = {}
    for item in made:
        tables = tables_by_release(plan, item)
        if len(tables) > 1:
            package = item.edition.package
            progress(f"compare the editions of {package.name}")
            staging, kept = work / f"{package.name}@changes", cache_folder(plan.root) / "changes"
            with engine.memory_bound(package.descriptor_path, dataset=package.name):
                compared[package.name] = compare_editions(
                    connection, package, tables, staging, kept, plan.portal.base_url
                )
    return compared


METHODOLOGY = "methodology.md"


@dataclass(frozen=True, slots=True)
class BuiltDataset:
    """A dataset's edition, its downloads, and the other outputs that came with it.

    `releases` are all its frozen editions, the oldest first, where the dataset keeps releases.
    The files of the downloads are there until the end of the build.
    """

    edition: Edition
    exported: Exports = NOTHING
    outputs: tuple[Output, ...] = ()
    releases: tuple[BuiltDataset, ...] = ()
    scorecard: Scorecard | None = None

    def every(self) -> Iterator[BuiltDataset]:
        """The dataset as it is now, then its releases."""
        yield self
        yield from self.releases


def publish_tables(edition: Edition) -> tuple[PublishedTable, ...]:
    """The tables of an edition as the Parquet files that it offers."""
    hashes = {entry.path: entry.sha256 for entry in edition.distributions}
    paths = [f"{edition.package.home}/downloads/{t.resource}.parquet" for t in edition.tables]
    return tuple(
        PublishedTable(table, path, hashes[path])
        for table, path in zip(edition.tables, paths, strict=True)
    )


def former_names(dataset: str, moved: Mapping[str, str]) -> Iterator[str]:
    """The old names of a dataset, or of one of its editions (`NAME@DATE`), where it was renamed.

    The query of a past edition cannot be edited, so it may read a table by the name that its
    dataset had. `moved` has the present name by the old one.
    """
    name, at, date = dataset.partition("@")
    yield from (f"{old}{at}{date}" for old, new in moved.items() if new == name)


def at_release_address(made: BuiltDataset, frozen: Package) -> BuiltDataset:
    """What was made of a dataset, once more at the address that this edition keeps."""

    def moved(path: str) -> str:
        return frozen.home + path.removeprefix(made.edition.package.home)

    edition = replace(
        made.edition,
        package=frozen,
        tables=tuple(replace(table, dataset=frozen.key) for table in made.edition.tables),
        distributions=tuple(replace(d, path=moved(d.path)) for d in made.edition.distributions),
    )
    exported = replace(
        made.exported,
        distributions=edition.distributions,
        outputs=tuple(replace(o, path=moved(o.path)) for o in made.exported.outputs),
    )
    return BuiltDataset(edition, exported)


def release_history(plan: Plan, made: BuiltDataset) -> History:
    """The releases of a dataset that keeps any."""
    package = made.edition.package
    editions = tuple(item.edition for item in made.releases)
    return History(package.name, package.title, plan.archives[package.name].ledger, editions)


def with_freshness(plan: Plan, edition: Edition) -> Edition:
    """A dataset as it is now with its freshness, where it keeps releases or promised an interval."""
    package, archive = edition.package, plan.archives.get(edition.package.name)
    looks = [look.date for look in archive.ledger.looks] if archive else []
    fresh = measure_freshness(package.frequency, package.updated, looks, plan.as_of)
    told = fresh is not None and (archive or fresh.due)
    return replace(edition, freshness=fresh if told else None)


def tables_by_release(plan: Plan, made: BuiltDataset) -> tuple[DatedTable, ...]:
    """The table that is compared of each edition of a dataset, the oldest first."""
    package = made.edition.package
    settings, archive = package.comparison, plan.archives.get(package.name)
    if settings is None or archive is None:
        return ()
    sources = {
        release.date: {path: told for path, told in release.files.items() if path != METHODOLOGY}
        for release in archive.ledger.kept
    }
    return tuple(
        DatedTable(
            one.edition.package.release,
            entry.table,
            entry.path,
            entry.sha256,
            tuple(sources[one.edition.package.release]),
            tuple(sorted(sources[one.edition.package.release].values())),
            one.edition.package.policy,
        )
        for one in made.releases
        if one.edition.built
        for entry in publish_tables(one.edition)
        if entry.table.resource == settings.resource
    )
