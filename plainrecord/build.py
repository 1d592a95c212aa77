"""The corridor: the whole road from a portal's folder to its site, on one screen.

It carries values from room to room and has no rules of its own. Everything is gathered before a
page is rendered; everything is rendered and its links checked before a byte is written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from plainrecord import (
    chart,
    check,
    engine,
    exports,
    figures,
    links,
    load,
    metadata,
    pages,
    plausibility,
    profile,
    prose,
    reconcile,
    release,
    render,
    survey,
    write,
)
from plainrecord.errors import Blocked
from plainrecord.findings import Finding, any_blocks
from plainrecord.model import Package, ReleasedTable, Resource, TableCheck
from plainrecord.plan import Plan, plan_portal
from plainrecord.product import (
    Chart,
    Edition,
    Figure,
    Output,
    PublishedTable,
    TextPage,
)
from plainrecord.reports import annotate_findings as annotate_findings
from plainrecord.reports import describe_report as describe_report
from plainrecord.reports import summarise_findings as summarise_findings

Progress = Callable[[str], None]
"""Called with a few words as each step begins."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made and found."""

    datasets: int
    catalogued: int
    rows: int
    pages: int
    files: int
    bytes: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A dataset's edition, the outputs that came with it, and its Parquet file by resource."""

    edition: Edition
    outputs: tuple[Output, ...] = ()
    parquet: Mapping[str, Path] = field(default_factory=dict)


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


def build_portal(
    root: Path,
    out: Path,
    progress: Progress,
    *,
    base_url: str | None = None,
    strict: bool = False,
) -> BuildReport:
    """Build the portal at `root` into `out`; `Blocked` with all findings, `out` untouched."""
    blocked = write.check_output_folder(out, root)
    if blocked:
        raise Blocked(blocked)
    plan, found = plan_portal(root, base_url)
    findings = list(found)
    with _workspace(root) as work:
        connection = engine.open_workshop(work / "build.duckdb", _readable(plan), [work])
        try:
            made = [_release_dataset(plan, item, connection, work, progress, findings)
                    for item in plan.packages]  # fmt: skip
        finally:
            connection.close()
        made = _measure(plan, made, progress, findings)
        if any_blocks(findings, strict=strict):
            raise Blocked(findings)
        progress("render the pages")
        outputs = _assemble(plan, made, findings)
        findings.extend(links.check_links(outputs))
        findings.extend(write.check_sizes(outputs))
        if any_blocks(findings, strict=strict):
            raise Blocked(findings)
        progress("write the site")
        report = BuildReport(
            datasets=sum(item.edition.built for item in made),
            catalogued=sum(not item.edition.built for item in made),
            rows=sum(table.rows for item in made for table in item.edition.tables),
            pages=sum(output.path.endswith(".html") for output in outputs),
            files=len(outputs),
            bytes=sum(write.output_size(output) for output in outputs),
            findings=tuple(findings),
        )
        write.write_site(outputs, out, root)
        return report


def _readable(plan: Plan) -> list[Path]:
    return [
        file.path for tables in plan.files.values() for files in tables.values() for file in files
    ]


class _workspace:  # noqa: N801 - used as a context manager, read as a function
    """A folder for the build's own files below the portal, gone at the end."""

    def __init__(self, root: Path) -> None:
        self._parent = root / ".plainrecord"

    def __enter__(self) -> Path:
        self._parent.mkdir(exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="work-", dir=self._parent)).resolve()
        return self._folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _sound(item: Package, findings: Sequence[Finding]) -> bool:
    """Whether nothing found so far in the dataset's own files blocks it."""
    inside = f"{item.folder}/"
    return not any(f.blocks and f.file.startswith(inside) for f in findings)


def _release_dataset(
    plan: Plan,
    item: Package,
    connection: duckdb.DuckDBPyConnection,
    work: Path,
    progress: Progress,
    findings: list[Finding],
) -> _Made:
    """One dataset checked, released and exported; findings are added to `findings`."""
    edition = _describe(plan, item, findings)
    if item.name in plan.absent or item.policy is None or not _sound(item, findings):
        return _Made(replace(edition, absence=plan.absent.get(item.name, "")))
    progress(f"check {item.name}")
    result = check.check_package(connection, item, plan.files[item.name])
    findings.extend(result.findings)
    if any_blocks(result.findings):
        return _Made(edition)
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
        return _Made(edition)
    progress(f"export {item.name}")
    exported = exports.export_tables(connection, item, tables, work / item.name, edition.citation)
    records = exports.write_records_pages(connection, item, tables) if item.api else ()
    edition = replace(
        edition,
        built=True,
        tables=tuple(tables),
        profiles=tuple(
            profile.profile_table(connection, table, table.relation) for table in tables
        ),
        distributions=exported.distributions,
        left_out=exported.left_out,
        findings=result.findings,
        checks=result.checks,
    )
    return _Made(edition, (*exported.outputs, *records), exported.parquet)


def _describe(plan: Plan, item: Package, findings: list[Finding]) -> Edition:
    description, found = prose.render_markdown(item.description, item.descriptor_path)
    findings.extend(found)
    methodology, found = prose.render_markdown(item.methodology, f"{item.folder}/methodology.md")
    findings.extend(found)
    issues = []
    for issue in item.known_issues:
        text, found = prose.render_markdown(issue.text, item.descriptor_path)
        findings.extend(found)
        issues.append((issue.title, text))
    return Edition(
        package=item,
        built=False,
        description_html=description,
        methodology_html=methodology,
        issues_html=tuple(issues),
        citation=metadata.cite(plan.portal, item),
    )


def _publish(edition: Edition) -> tuple[PublishedTable, ...]:
    hashes = {entry.path: entry.sha256 for entry in edition.distributions}
    paths = [f"datasets/{t.dataset}/downloads/{t.resource}.parquet" for t in edition.tables]
    return tuple(
        PublishedTable(table, path, hashes[path])
        for table, path in zip(edition.tables, paths, strict=True)
    )


def _measure(
    plan: Plan, made: Sequence[_Made], progress: Progress, findings: list[Finding]
) -> list[_Made]:
    """Every dataset with its figures and charts, computed on all published Parquet files."""
    built = {item.edition.package.name: item.parquet for item in made if item.edition.built}
    published = [entry for item in made for entry in _publish(item.edition)]
    counter = engine.open_counter(built)
    try:
        return [
            _measure_dataset(plan, item, counter, published, progress, findings)
            if item.edition.built
            else item
            for item in made
        ]
    finally:
        counter.close()


def _measure_dataset(
    plan: Plan,
    made: _Made,
    counter: duckdb.DuckDBPyConnection,
    published: Sequence[PublishedTable],
    progress: Progress,
    findings: list[Finding],
) -> _Made:
    item, base = made.edition.package, plan.portal.base_url
    progress(f"measure {item.name}")
    shown: list[Figure] = []
    drawn: list[Chart] = []
    for definition in item.figures:
        figure = figures.measure_figure(counter, definition, item.name, published, base)
        if isinstance(figure, Finding):
            findings.append(replace(figure, file=item.descriptor_path))
        else:
            shown.append(figure)
    tables = {e.table.resource: e for e in published if e.table.dataset == item.name}
    for wanted in item.charts:
        if wanted.resource not in tables:
            continue
        series = figures.measure_series(counter, wanted, tables[wanted.resource], base)
        picture = (
            series if isinstance(series, Finding) else chart.draw_chart(wanted, item.name, series)
        )
        if isinstance(picture, Finding):
            findings.append(replace(picture, file=item.descriptor_path))
        else:
            drawn.append(picture)
    outcomes, found = plausibility.try_rules(counter, item.trials, item.name, published, base)
    findings.extend(replace(finding, file=item.descriptor_path) for finding in found)
    names = [package.name for package in plan.packages]
    accounts, found = reconcile.compare_all(
        counter, item.comparisons, item.name, published, names, base
    )
    findings.extend(replace(finding, file=item.descriptor_path) for finding in found)
    specs = tuple(
        Output(f"datasets/{item.name}/charts/{picture.name}.json", metadata.serialise(picture.spec))
        for picture in drawn
    )
    edition = replace(
        made.edition,
        figures=tuple(shown),
        charts=tuple(drawn),
        outcomes=outcomes,
        accounts=accounts,
    )
    edition = replace(edition, json_ld=metadata.describe_dataset(plan.portal, edition))
    return replace(made, edition=edition, outputs=(*made.outputs, *specs))


def _assemble(plan: Plan, made: Sequence[_Made], findings: list[Finding]) -> list[Output]:
    """Every file of the site, in the order of their paths."""
    editions = tuple(item.edition for item in made)
    texts = []
    for page in plan.pages:
        html, found = prose.render_markdown(page.markdown, page.file)
        findings.extend(found)
        texts.append(TextPage(page.name, page.title, page.description, html, page.order))
    assets = dict(plan.raw.assets)
    if any(edition.charts for edition in editions):
        assets["vega.js"] = chart.vega_bundle()
    rendered, found = render.render_pages(
        pages.plan_site(plan.portal, editions, texts), plan.raw.templates, assets
    )
    findings.extend(found)
    outputs = [*rendered, *(output for item in made for output in item.outputs)]
    outputs += [exports.bundle_files(name, files) for name, files in plan.bundles.items()]
    outputs.append(Output(".nojekyll", b""))
    outputs.append(Output("robots.txt", metadata.robots(plan.portal)))
    catalog = metadata.describe_catalog(plan.portal, editions)
    outputs.append(Output("data.json", metadata.serialise(catalog)))
    for path, document in metadata.describe_api(plan.portal, editions).items():
        outputs.append(Output(path, metadata.serialise(document)))
    if plan.portal.base_url:
        html_paths = sorted(o.path for o in rendered if o.path.endswith(".html"))
        outputs.append(Output("sitemap.xml", metadata.sitemap(plan.portal, html_paths)))
    return sorted(outputs, key=lambda output: output.path)
