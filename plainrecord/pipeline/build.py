"""The corridor: the whole road from a portal's folder to its site, on one screen.

It carries values from room to room and has no rules of its own. Everything is gathered before a
page is rendered; everything is rendered and its links checked before a byte is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from plainrecord.core import strict_json
from plainrecord.core.errors import Blocked
from plainrecord.core.paths import is_chain
from plainrecord.core.strict_json import parse_json, serialise_json
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding, any_blocks
from plainrecord.io import provenance, write
from plainrecord.io.load import RawPortal
from plainrecord.io.workspace import Progress as Progress
from plainrecord.io.workspace import workspace
from plainrecord.measures import chart_titles, figures, partial_periods
from plainrecord.model.chain import hash_releases
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.products import (
    Chart,
    Edition,
    Figure,
    ListedFile,
    Output,
    PublishedTable,
    TextPage,
)
from plainrecord.pages import portal as pages
from plainrecord.pipeline import claims, features, texts
from plainrecord.pipeline.changes import Compared
from plainrecord.pipeline.editions import (
    BuiltDataset,
    compare_all,
    former_names,
    list_readable,
    publish_tables,
    release_all,
    release_history,
)
from plainrecord.pipeline.features import (
    breaks_for_chart,
    find_changes,
    measure_withheld_and_law,
    profile_edition,
    track_edition,
    try_edition,
)
from plainrecord.pipeline.plan import Plan, advise_repairs, plan_portal
from plainrecord.pipeline.site_checks import check_form
from plainrecord.pipeline.waivers import find_unused, waive_findings
from plainrecord.publishing import downloads, feeds, links, manifest, metadata, render, vega
from plainrecord.receipts import engine
from plainrecord.receipts import sheet as proofs
from plainrecord.receipts.counting import Counted


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made and found."""

    datasets: int
    catalogued: int
    releases: int
    rows: int
    pages: int
    files: int
    bytes: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PreparedSite:
    """All that comes before writing: every file of the site, or why there is none.

    `outputs` is empty where the site cannot be built (`blocked`). Its files, and those that the
    `made` editions offer, are there as long as the block of `prepare_site` lasts.
    """

    plan: Plan
    made: tuple[BuiltDataset, ...]
    outputs: tuple[Output, ...]
    findings: tuple[Finding, ...]
    blocked: bool


@contextmanager
def prepare_site(
    root: Path,
    progress: Progress,
    *,
    base_url: str | None = None,
    strict: bool = False,
    as_of: str = "",
    raw: RawPortal | None = None,
    pending_but: str = "",
    limit_errors: int = 100,
    published: bool = True,
) -> Iterator[PreparedSite]:
    """The site of the portal at `root` up to writing: what `build`, `check` and `release` share.

    `raw` is what the portal's folder holds, read from `root` unless given. With `pending_but` every
    dataset but that one may have data that are in no release yet. `Blocked` where the portal itself
    cannot be read.
    """
    plan, found = plan_portal(root, base_url, as_of, raw, published=published)
    findings = list(found)
    if pending_but:
        files = [item.descriptor_path for item in plan.packages if item.name == pending_but]
        findings = [f for f in found if f.rule != "release-outdated" or f.file in files]
    with workspace(root) as work:
        connection = engine.open_workshop(work / "build.duckdb", list_readable(plan), [work])
        try:
            made = [
                release_all(plan, item, connection, work, progress, findings, limit_errors)
                for item in plan.packages
            ]
            compared = compare_all(plan, made, connection, work, progress)
            findings.extend(finding for item in compared.values() for finding in item.findings)
        finally:
            connection.close()
        made = _measure(plan, made, work, progress, findings)
        every = [one.edition for item in made for one in item.every()]
        told, found = texts.tell_portal(every, plan.pages, plan.portal.present_names())
        findings.extend(found)
        register = claims.judge_register(plan, made, findings)
        outputs: list[Output] = []
        findings = waive_findings(plan, findings)
        if not any_blocks(findings, strict=strict):
            made = _pack_all(plan, made, told.editions, work)
            progress("render the pages")
            outputs = _assemble(plan, made, told.pages, compared, register, findings)
            findings.extend(links.check_links(outputs))
            findings.extend(write.check_sizes(outputs))
            findings.extend(
                check_form(outputs, {e.package.key: e.package.descriptor_path for e in every})
            )
            built = [item.edition.package.name for item in made if item.edition.built]
            findings.extend(find_unused(plan, built, findings))
            findings = waive_findings(plan, findings)
        blocked = any_blocks(findings, strict=strict)
        findings = advise_repairs(plan, findings)
        yield PreparedSite(
            plan, tuple(made), () if blocked else tuple(outputs), tuple(findings), blocked
        )


def build_portal(
    root: Path,
    out: Path,
    progress: Progress,
    *,
    base_url: str | None = None,
    strict: bool = False,
    as_of: str = "",
    published: bool = True,
) -> BuildReport:
    """Build the portal at `root` into `out`; `Blocked` with all findings, `out` untouched.

    Ages count to the day `as_of`, or to the newest day that the portal records.
    """
    refused = write.check_output_folder(out, root)
    if refused:
        raise Blocked(refused)
    with prepare_site(
        root, progress, base_url=base_url, strict=strict, as_of=as_of, published=published
    ) as site:
        if site.blocked:
            raise Blocked(list(site.findings))
        progress("write the site")
        report = BuildReport(
            datasets=sum(item.edition.built for item in site.made),
            catalogued=sum(not item.edition.built for item in site.made),
            releases=sum(len(item.releases) for item in site.made),
            rows=sum(table.rows for item in site.made for table in item.edition.tables),
            pages=sum(output.path.endswith(".html") for output in site.outputs),
            files=len(site.outputs),
            bytes=sum(write.output_size(output) for output in site.outputs),
            findings=site.findings,
        )
        write.write_site(site.outputs, out, root)
        return report


def _measure(
    plan: Plan,
    made: Sequence[BuiltDataset],
    work: Path,
    progress: Progress,
    findings: list[Finding],
) -> list[BuiltDataset]:
    """Every edition with its figures and charts, computed on all published Parquet files."""
    every = [one for item in made for one in item.every()]
    built = {one.edition.package.key: one.exported.parquet for one in every if one.edition.built}
    published = [entry for one in every for entry in publish_tables(one.edition)]
    moved = plan.portal.present_names()
    built |= {old: files for new, files in built.items() for old in former_names(new, moved)}
    published += [
        replace(entry, table=replace(entry.table, dataset=old))
        for entry in published
        for old in former_names(entry.table.dataset, moved)
    ]
    counter = engine.open_counter(built, spill=work / "counter")
    pictures: dict[object, Chart | Finding] = {}
    known: dict[object, Counted] = {}

    def measured(one: BuiltDataset) -> BuiltDataset:
        if not one.edition.built:
            return one
        road = (counter, published, pictures, known, progress, findings)
        return _measure_dataset(plan, one, *road)

    try:
        return [
            replace(measured(item), releases=tuple(measured(one) for one in item.releases))
            for item in made
        ]
    finally:
        counter.close()


def _measure_dataset(
    plan: Plan,
    made: BuiltDataset,
    counter: duckdb.DuckDBPyConnection,
    published: Sequence[PublishedTable],
    pictures: dict[object, Chart | Finding],
    known: dict[object, Counted],
    progress: Progress,
    findings: list[Finding],
) -> BuiltDataset:
    """An edition with its figures and charts; what was drawn before of the same rows is kept."""
    item, base = made.edition.package, plan.portal.base_url
    progress(f"measure {item.key}")
    said: list[Finding] = []
    shown: list[Figure] = []
    drawn: list[Chart] = []
    for definition in item.figures:
        figure = figures.measure_figure(
            counter, definition, item.key, published, base, item.updated
        )
        if isinstance(figure, Finding):
            said.append(replace(figure, file=item.descriptor_path))
        else:
            shown.append(figure)
    tables = {e.table.resource: e for e in published if e.table.dataset == item.key}
    names = [package.name for package in plan.packages]
    tried = try_edition(made.edition, counter, published, names, said, base)
    changes = find_changes(tried, counter, published)
    for wanted in item.charts:
        if wanted.resource not in tables:
            continue
        fields = {field.name: field for field in tables[wanted.resource].table.fields}
        said += [
            replace(finding, file=item.descriptor_path)
            for finding in chart_titles.judge_title(wanted, fields, item.key)
        ]
        series = figures.measure_series(
            counter, wanted, tables[wanted.resource], base, item.updated
        )
        picture: Chart | Finding
        if isinstance(series, Finding):
            picture = series
        else:
            parts = partial_periods.measure_parts(
                counter, wanted, series, tables[wanted.resource], item, made.edition.findings
            )
            series = replace(series, parts=parts)
            said += [
                replace(finding, file=item.descriptor_path)
                for finding in chart_titles.judge_span(wanted, series, item.key)
            ]
            broken = breaks_for_chart(wanted, changes)
            same = (item.name, wanted, series.columns, series.rows, series.parts, broken)
            if same not in pictures:
                pictures[same] = vega.draw_chart(wanted, item.name, series, broken)
            picture = pictures[same]
        if isinstance(picture, Finding):
            if item.frozen:  # a rule that is newer than a release must not stop all builds after it
                picture = replace(picture, severity_given=Severity.WARNING)
            said.append(replace(picture, file=item.descriptor_path))
        elif not isinstance(series, Finding):
            drawn.append(replace(picture, dataset=item.key, series=series))
    card = features.score_edition(counter, item, tables, plan.standards, base, said)
    profiled = profile_edition(tried, counter, tables, base, known)
    grounded = measure_withheld_and_law(profiled, counter, tables, said, base)
    findings.extend(f for f in said if f.blocks or not item.frozen)
    specs = tuple(
        Output(f"{item.home}/charts/{picture.name}.json", metadata.serialise(picture.spec))
        for picture in drawn
    )
    edition = replace(grounded, figures=tuple(shown), charts=tuple(drawn))
    edition = track_edition(edition, counter, tables, plan.as_of, findings, base)
    counts = edition.count_tables()
    left = edition.list_uncounted()
    if card is not None and not item.frozen:  # the grades of a release stand beside those of now
        counts, left = (*counts, *card.count_tables()), (*left, *card.list_rounded())
    receipts = proofs.describe_receipts(
        item.key, item.updated, shown, drawn, item.home, counts, left
    )
    sheet = Output(f"{item.home}/{proofs.NAME}", strict_json.serialise_json(receipts))
    return replace(made, edition=edition, scorecard=card, outputs=(*made.outputs, *specs, sheet))


def _pack_all(
    plan: Plan, made: Sequence[BuiltDataset], told: Sequence[Edition], work: Path
) -> list[BuiltDataset]:
    """Every edition packed, with its texts from `told`, which has them in the same order."""
    editions = iter(told)

    def packed(one: BuiltDataset) -> BuiltDataset:
        return _pack(plan, replace(one, edition=next(editions)), work)

    return [
        replace(packed(item), releases=tuple(packed(one) for one in item.releases)) for item in made
    ]


def _pack(plan: Plan, made: BuiltDataset, work: Path) -> BuiltDataset:
    """An edition with the files that carry its texts: descriptor, README, metadata."""
    edition = made.edition
    if not edition.built:
        return made
    item = edition.package
    exported = downloads.pack_downloads(
        item, edition.tables, made.exported, work / item.key, edition.citation
    )
    edition = replace(edition, distributions=exported.distributions, left_out=exported.left_out)
    edition = replace(edition, json_ld=metadata.describe_dataset(plan.portal, edition))
    return replace(made, edition=edition, outputs=(*exported.outputs, *made.outputs))


def _assemble(
    plan: Plan,
    made: Sequence[BuiltDataset],
    own: Sequence[TextPage],
    compared: Mapping[str, Compared],
    register: Sequence[JudgedClaim],
    findings: list[Finding],
) -> list[Output]:
    """Every file of the site, in the order of their paths."""
    editions = tuple(item.edition for item in made)
    assets = dict(plan.raw.assets)
    if any(one.edition.charts for item in made for one in item.every()):
        assets["vega.js"] = vega.vega_bundle()
    histories = {
        item.edition.package.name: release_history(plan, item) for item in made if item.releases
    }
    revisions = {name: item.revisions for name, item in compared.items() if item.revisions}
    scores, standard_files = features.gather_scores(plan.standards, made)
    planned = pages.plan_site(
        plan.portal, editions, own, histories, revisions, claims=register, scores=scores
    )
    rendered, found = render.render_pages(planned, plan.raw.templates, assets)
    findings.extend(found)
    outputs = [*rendered, *standard_files]
    outputs += [output for item in made for one in item.every() for output in one.outputs]
    for name, history in histories.items():
        path = f"datasets/{name}/releases.json"
        outputs.append(Output(path, metadata.serialise(metadata.describe_history(name, history))))
    outputs += [output for item in compared.values() for output in item.outputs]
    for name, told in revisions.items():
        title = next(e.package.title for e in editions if e.package.name == name)
        sheet = proofs.describe_receipts(
            name, "", (), (), "", told.counted, told.uncounted, told.rosters
        )
        path = f"datasets/{name}/changes/{proofs.NAME}"
        outputs.append(Output(path, strict_json.serialise_json(sheet)))
        outputs.append(feeds.write_feed(feeds.tell_changes(plan.portal, name, title, told)))
    outputs += [downloads.bundle_files(name, files) for name, files in plan.bundles.items()]
    outputs += claims.publish_register(plan, register)
    outputs.append(Output(".nojekyll", b""))
    outputs.append(Output("robots.txt", metadata.robots(plan.portal)))
    catalog = metadata.describe_catalog(plan.portal, editions)
    outputs.append(Output(metadata.CATALOG, metadata.serialise(catalog)))
    for path, document in metadata.describe_api(plan.portal, editions).items():
        outputs.append(Output(path, metadata.serialise(document)))
    if plan.portal.base_url:
        html_paths = sorted(o.path for o in rendered if o.path.endswith(".html"))
        outputs.append(Output("sitemap.xml", metadata.sitemap(plan.portal, html_paths)))
    outputs.extend(seal_site(plan, outputs))
    return sorted(outputs, key=lambda output: output.path)


def seal_site(plan: Plan, outputs: Sequence[Output]) -> tuple[Output, Output]:
    """`manifest.json` and `SHA256SUMS` of a site that consists of `outputs` and these two."""
    rows = _count_rows(outputs)
    files = [replace(write.list_output(output), rows=rows.get(output.path)) for output in outputs]
    inputs = manifest.Inputs(
        commit=provenance.read_commit(plan.root, os.environ),
        date=provenance.read_source_date(os.environ),
        base_url=plan.portal.base_url,
        tools=provenance.list_tools(),
        datasets={
            name: tuple(
                ListedFile(file.shown, file.bytes, file.sha256)
                for resource in tables
                for file in tables[resource]
            )
            for name, tables in plan.files.items()
            if name not in plan.absent
        },
    )
    releases = {
        output.path.split("/")[1]: hash_releases(parse_json(output.content))
        for output in outputs
        if is_chain(output.path) and isinstance(output.content, bytes)
    }
    document = manifest.describe_manifest(files, inputs, releases)
    listing = Output(manifest.MANIFEST, serialise_json(document))
    sums = manifest.write_sums([*files, write.list_output(listing)])
    return listing, Output(manifest.SUMS, sums)


def _count_rows(outputs: Sequence[Output]) -> dict[str, int]:
    """The rows of each published table, as the receipts that read it tell them."""
    rows: dict[str, int] = {}
    for output in outputs:
        if output.path.endswith(f"/{proofs.NAME}") and isinstance(output.content, bytes):
            sheet = proofs.parse_receipts(parse_json(output.content))
            rows |= {file.path: file.rows for proof in sheet.proofs for file in proof.files}
    return rows
