"""Check, release, export and compare each dataset and its frozen releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from plainrecord.core.errors import Blocked
from plainrecord.core.paths import PROTECTED
from plainrecord.disclosure import release
from plainrecord.findings.finding import Finding, any_blocks
from plainrecord.io.load import METHODOLOGY
from plainrecord.io.workspace import Progress
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.freshness import measure_freshness
from plainrecord.model.grades import Scorecard
from plainrecord.model.packages import LocatedFile, Package, ReleasedTable
from plainrecord.model.products import History, Output, ReleasedDataset
from plainrecord.pipeline.changes import Compared, compare_releases
from plainrecord.pipeline.changes_receipts import DatedTable
from plainrecord.pipeline.locate_files import cache_folder
from plainrecord.pipeline.plan import Plan
from plainrecord.pipeline.waivers import waive_findings
from plainrecord.publishing import downloads, metadata
from plainrecord.publishing.downloads import NOTHING, Exports
from plainrecord.receipts import engine
from plainrecord.validation import package as check


def list_readable(plan: Plan) -> list[Path]:
    """Every source file of the portal, those of past releases included."""
    held = [*plan.files.values()]
    held += [item.files for archive in plan.archives.values() for item in archive.releases]
    return [file.path for tables in held for files in tables.values() for file in files]


@dataclass(frozen=True, slots=True)
class ReleaseContext:
    """What the releases of a portal are released with.

    `plan_findings` are those of the plan: a dataset whose own files have an error is not built.
    """

    plan: Plan
    plan_findings: tuple[Finding, ...]
    connection: duckdb.DuckDBPyConnection
    work: Path
    progress: Progress
    limit_errors: int = 100


def release_all(context: ReleaseContext, item: Package) -> tuple[BuiltDataset, list[Finding]]:
    """Release a dataset as it is now and each of its frozen releases; the newest is not built twice.

    Warnings about a frozen release stay on its own pages: nobody can change it any more.
    """
    plan = context.plan
    context = replace(
        context, connection=engine.open_cursor(context.connection)
    )  # a thread has its own
    current, findings = _apply_policy(
        context, item, plan.files[item.name], plan.absent.get(item.name, "")
    )
    archive = plan.archives.get(item.name)
    releases = []
    for planned in archive.releases if archive else ():
        if planned.same and planned.release.date == item.release:
            releases.append(at_release_address(current, planned.package))
            continue
        frozen, problems = _apply_policy(context, planned.package, planned.files, planned.absence)
        releases.append(frozen)
        findings += [finding for finding in problems if finding.blocks]
    release = with_freshness(plan, current.release)
    return replace(current, release=release, releases=tuple(releases)), findings


def _apply_policy(
    context: ReleaseContext,
    item: Package,
    files: Mapping[str, tuple[LocatedFile, ...]],
    absence: str,
) -> tuple[BuiltDataset, list[Finding]]:
    """Check, release and export one release. More memory than there is makes a finding."""
    released = ReleasedDataset(item, built=False, citation=metadata.cite(context.plan.portal, item))
    inside = f"{item.folder}/"
    blocked = any(f.blocks and f.file.startswith(inside) for f in context.plan_findings)
    if absence or item.policy is None or blocked:
        return BuiltDataset(replace(released, absence=absence)), []
    connection = context.connection
    findings: list[Finding] = []
    try:
        with engine.memory_bound(item.descriptor_path, dataset=item.key):
            context.progress(f"check {item.key}")
            result = check.check_package(connection, item, files, limit_errors=context.limit_errors)
            findings += waive_findings(context.plan, result.findings)
            released = replace(released, checks=result.checks)
            checked_findings = tuple(findings)
            if any_blocks(findings):
                return BuiltDataset(released), findings
            resources = {resource.name: resource for resource in item.resources}
            tables: list[ReleasedTable] = []
            for checked in result.tables:
                table, problems = release.release_table(
                    connection,
                    checked,
                    resources[checked.resource],
                    item.policy,
                    item.unit,
                    item.descriptor_path,
                    item.protection,
                )
                findings += problems
                connection.execute(f"DROP TABLE {checked.relation}")
                if table is not None:
                    tables.append(table)
            if len(tables) < len(resources):
                return BuiltDataset(released), findings
            context.progress(f"export {item.key}")
            exported = downloads.export_tables(
                connection, item, tables, context.work / item.key, released.citation
            )
            paged = item.api and not item.frozen
            records = downloads.write_records_pages(connection, item, tables) if paged else ()
    except Blocked as error:
        return BuiltDataset(ReleasedDataset(item, built=False)), [*findings, *error.findings]
    released = replace(
        released,
        built=True,
        tables=tuple(tables),
        distributions=exported.distributions,
        findings=checked_findings,
    )
    return BuiltDataset(released, exported, records), findings


def compare_all(context: ReleaseContext, datasets: Sequence[BuiltDataset]) -> dict[str, Compared]:
    """What changed between the releases of each dataset that keeps some, by its name."""
    compared = {}
    for dataset in datasets:
        tables = tables_by_release(context.plan, dataset)
        if len(tables) > 1:
            package = dataset.release.package
            context.progress(f"compare the releases of {package.name}")
            with engine.memory_bound(package.descriptor_path, dataset=package.name):
                compared[package.name] = compare_releases(
                    context.connection,
                    package,
                    tables,
                    staging=context.work / f"{package.name}@changes",
                    kept=cache_folder(context.plan.root) / "changes",
                )
    return compared


NO_TABLES = (METHODOLOGY, *PROTECTED)
"""Files of a release that hold no table."""


@dataclass(frozen=True, slots=True)
class BuiltDataset:
    """A dataset's release, its downloads, and the other outputs that came with it.

    `releases` are all its frozen releases, the oldest first, where the dataset keeps releases.
    The files of the downloads are there until the end of the build.
    """

    release: ReleasedDataset
    exported: Exports = NOTHING
    outputs: tuple[Output, ...] = ()
    releases: tuple[BuiltDataset, ...] = ()
    scorecard: Scorecard | None = None

    def every_release(self) -> Iterator[BuiltDataset]:
        """The dataset as it is now, then its releases."""
        yield self
        yield from self.releases


def publish_tables(release: ReleasedDataset) -> tuple[PublishedTable, ...]:
    """The tables of a release as the Parquet files that it offers."""
    hashes = {entry.path: entry.sha256 for entry in release.distributions}
    paths = [f"{release.package.home}/downloads/{t.resource}.parquet" for t in release.tables]
    return tuple(
        PublishedTable(table, path, hashes[path], release.package.doubts)
        for table, path in zip(release.tables, paths, strict=True)
    )


def former_names(dataset: str, moved: Mapping[str, str]) -> Iterator[str]:
    """The old names of a dataset, or of one of its releases (`NAME@DATE`), where it was renamed.

    The query of a past release cannot be edited, so it may read a table by the name that its
    dataset had. `moved` has the present name by the old one.
    """
    name, at, date = dataset.partition("@")
    yield from (f"{old}{at}{date}" for old, new in moved.items() if new == name)


def at_release_address(current: BuiltDataset, frozen: Package) -> BuiltDataset:
    """The current release of a dataset again, at the permanent address of the release `frozen`."""

    def moved(path: str) -> str:
        return frozen.home + path.removeprefix(current.release.package.home)

    release = replace(
        current.release,
        package=frozen,
        tables=tuple(replace(table, dataset=frozen.key) for table in current.release.tables),
        distributions=tuple(replace(d, path=moved(d.path)) for d in current.release.distributions),
    )
    exported = replace(
        current.exported,
        distributions=release.distributions,
        outputs=tuple(replace(o, path=moved(o.path)) for o in current.exported.outputs),
    )
    return BuiltDataset(release, exported)


def release_history(plan: Plan, dataset: BuiltDataset) -> History:
    """The releases of a dataset that keeps any."""
    package = dataset.release.package
    releases = tuple(item.release for item in dataset.releases)
    return History(package.name, package.title, plan.archives[package.name].ledger, releases)


def with_freshness(plan: Plan, release: ReleasedDataset) -> ReleasedDataset:
    """A dataset as it is now with its freshness, where it keeps releases or promised an interval."""
    package, archive = release.package, plan.archives.get(release.package.name)
    looks = [look.date for look in archive.ledger.looks] if archive else []
    fresh = measure_freshness(package.frequency, package.updated, looks, plan.as_of)
    shown = fresh is not None and (archive or fresh.due)
    return replace(release, freshness=fresh if shown else None)


def tables_by_release(plan: Plan, dataset: BuiltDataset) -> tuple[DatedTable, ...]:
    """The table that is compared of each release of a dataset, the oldest first."""
    package = dataset.release.package
    settings, archive = package.comparison, plan.archives.get(package.name)
    if settings is None or archive is None:
        return ()
    sources = {
        release.date: {
            path: sha256 for path, sha256 in release.files.items() if path not in NO_TABLES
        }
        for release in archive.ledger.kept
    }
    return tuple(
        DatedTable(
            date=frozen.release.package.release,
            table=entry.table,
            path=entry.path,
            sha256=entry.sha256,
            sources=tuple(sources[frozen.release.package.release]),
            source_hashes=tuple(sorted(sources[frozen.release.package.release].values())),
            policy=frozen.release.package.policy,
            doubts=entry.doubts,
        )
        for frozen in dataset.releases
        if frozen.release.built
        for entry in publish_tables(frozen.release)
        if entry.table.resource == settings.resource
    )
