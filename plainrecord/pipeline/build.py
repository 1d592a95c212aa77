"""Build a portal: from its folder to its site, step by step.

This module passes values from package to package and has no rules of its own. All values are
gathered before a page is rendered; all pages are rendered and their links checked before a file is
written.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import duckdb

from plainrecord.core.errors import Blocked
from plainrecord.core.paths import CATALOGUE, dataset_chain
from plainrecord.core.strict_json import serialise_json
from plainrecord.core.translation import parse_catalogue, translated
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding, any_blocks
from plainrecord.io import write
from plainrecord.io.load import RawPortal
from plainrecord.io.workspace import Progress, workspace
from plainrecord.measures import (
    chart_titles,
    figures,
    partial_periods,
    rates,
    scorecard,
    search_values,
)
from plainrecord.measures.explorer import measure_cells, measure_explorer
from plainrecord.measures.rows import measure_rows
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.explorer import CUBE
from plainrecord.model.places import PlaceList
from plainrecord.model.products import (
    Chart,
    Figure,
    Output,
    Rate,
    ReleasedDataset,
    TextPage,
)
from plainrecord.pages import places as placepages
from plainrecord.pages import portal as pages
from plainrecord.pages import search
from plainrecord.pages.explorer import describe_explorer
from plainrecord.pages.rows import describe_rows
from plainrecord.pipeline import claims, features, highlights, texts
from plainrecord.pipeline.at_once import map_datasets
from plainrecord.pipeline.changes import Compared
from plainrecord.pipeline.datasets import (
    BuiltDataset,
    ReleaseContext,
    compare_all,
    former_names,
    list_readable,
    publish_tables,
    release_all,
    release_history,
)
from plainrecord.pipeline.documents import check_values
from plainrecord.pipeline.explorers import PublishedCube, draw_maps, publish_cubes
from plainrecord.pipeline.map_shapes import find_shapes
from plainrecord.pipeline.places import gather_places, measure_places
from plainrecord.pipeline.plan import Plan, advise_repairs, plan_portal
from plainrecord.pipeline.site_checks import audit_outputs, check_form
from plainrecord.pipeline.site_manifest import write_manifest
from plainrecord.pipeline.waivers import find_unused, waive_findings
from plainrecord.publishing import (
    citations,
    downloads,
    feeds,
    links,
    live_charts,
    metadata,
    render,
    vega,
    zips,
)
from plainrecord.receipts import engine, receipts_document
from plainrecord.receipts.counting import Counted


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The numbers of a build, and its findings."""

    datasets: int
    catalogued: int
    releases: int
    rows: int
    pages: int
    files: int
    bytes: int
    findings: tuple[Finding, ...]
    live: bool = True
    """Whether charts and search are interactive: the scripts for it were installed."""


@dataclass(frozen=True, slots=True)
class PreparedSite:
    """Every file of a site before it is written, or the findings that block it.

    `outputs` is empty where the site is `blocked`. The files of `outputs` and `datasets` exist until
    the block of `prepare_site` ends.
    """

    plan: Plan
    datasets: tuple[BuiltDataset, ...]
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

    `raw` is the content of the portal's folder, read from `root` unless given. With `pending_but`
    every other dataset may have data that are in no release yet. `Blocked` where the portal itself
    cannot be read.
    """
    plan, planned = plan_portal(root, base_url, as_of, raw, published=published)
    findings = list(planned)
    if pending_but:
        files = [item.descriptor_path for item in plan.packages if item.name == pending_but]
        findings = [f for f in planned if f.rule != "release-outdated" or f.file in files]
    content = plan.raw.locales.get(plan.portal.language)
    catalogue = parse_catalogue(content) if content else None
    with workspace(root) as work, translated(catalogue):
        readable = list_readable(plan)
        connection = engine.open_build_database(work / "build.duckdb", readable, [work])
        try:
            context = ReleaseContext(
                plan=plan,
                plan_findings=tuple(findings),
                connection=connection,
                work=work,
                progress=progress,
                limit_errors=limit_errors,
            )
            release = partial(release_all, context)
            released = map_datasets(release, plan.packages, readable, alone=_has_own_sql(plan))
            datasets = [dataset for dataset, _ in released]
            findings += [finding for _, problems in released for finding in problems]
            compared = compare_all(context, datasets)
            findings += [finding for item in compared.values() for finding in item.findings]
        finally:
            connection.close()
        datasets, places, problems = _measure_all(plan, datasets, work, progress)
        findings += problems
        releases = [one.release for dataset in datasets for one in dataset.every_release()]
        rendered = texts.render_texts(releases, plan.pages, plan.portal.present_names())
        findings += rendered.findings
        judged, problems = claims.judge_register(plan, datasets)
        findings = waive_findings(plan, [*findings, *problems])
        outputs: list[Output] = []
        if not any_blocks(findings, strict=strict):
            datasets = _pack_all(plan, datasets, rendered.releases, work)
            progress("render the pages")
            outputs, problems = _assemble(
                plan, datasets, rendered.pages, compared, judged, [*places.values()]
            )
            findings += problems
            findings += links.check_links(outputs)
            findings += write.check_sizes(outputs)
            descriptors = {e.package.key: e.package.descriptor_path for e in releases}
            findings += check_form(outputs, descriptors)
            progress("audit what is protected")
            findings += audit_outputs(outputs, work / "audited")
            built = [item.release.package.name for item in datasets if item.release.built]
            findings += find_unused(plan, built, findings)
            findings = waive_findings(plan, findings)
        blocked = any_blocks(findings, strict=strict)
        yield PreparedSite(
            plan=plan,
            datasets=tuple(datasets),
            outputs=() if blocked else tuple(outputs),
            findings=tuple(advise_repairs(plan, findings)),
            blocked=blocked,
        )


def _has_own_sql(plan: Plan) -> bool:
    """Whether releasing runs expressions of maintainers, whose processor time is bounded."""
    resources = [resource for item in plan.packages for resource in item.resources]
    return any(resource.derived or resource.rules for resource in resources)


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
            datasets=sum(item.release.built for item in site.datasets),
            catalogued=sum(not item.release.built for item in site.datasets),
            releases=sum(len(item.releases) for item in site.datasets),
            rows=sum(table.rows for item in site.datasets for table in item.release.tables),
            pages=sum(output.path.endswith(".html") for output in site.outputs),
            files=len(site.outputs),
            bytes=sum(write.output_size(output) for output in site.outputs),
            findings=site.findings,
            live=live_charts.SCRIPT in site.plan.raw.assets,
        )
        write.write_site(site.outputs, out, root)
        return report


@dataclass(frozen=True, slots=True)
class MeasureContext:
    """What the releases of a portal are measured with.

    `published` are the tables of all releases. `charts` and `counted` keep what was drawn and
    counted of one release for another release with the same rows.
    """

    plan: Plan
    counter: duckdb.DuckDBPyConnection
    published: Sequence[PublishedTable]
    progress: Progress
    cubes: Mapping[str, PublishedCube]
    places: Mapping[str, PlaceList]
    charts: dict[object, tuple[Chart | None, tuple[Finding, ...]]] = field(default_factory=dict)
    counted: dict[object, Counted] = field(default_factory=dict)


def _measure_all(
    plan: Plan, datasets: Sequence[BuiltDataset], work: Path, progress: Progress
) -> tuple[list[BuiltDataset], Mapping[str, PlaceList], list[Finding]]:
    """Every release measured on all published files, and places with pages by kind."""
    every = [one for dataset in datasets for one in dataset.every_release()]
    files = {one.release.package.key: one.exported.parquet for one in every if one.release.built}
    published = [entry for one in every for entry in publish_tables(one.release)]
    moved = plan.portal.present_names()
    files |= {old: paths for new, paths in files.items() for old in former_names(new, moved)}
    published += [
        replace(entry, table=replace(entry.table, dataset=old))
        for entry in published
        for old in former_names(entry.table.dataset, moved)
    ]
    cubes, findings = publish_cubes([one.release for one in every], files, published, work)
    files |= {key: {**files[key], CUBE: cube.file} for key, cube in cubes.items()}
    counter = engine.open_counter(files, spill=work / "counter")
    current = [one.release.package for one in datasets if one.release.built]
    lists, problems = gather_places(plan.portal.places, current, published, counter)
    findings += problems
    context = MeasureContext(plan, counter, published, progress, cubes, lists)

    def measure(one: BuiltDataset) -> BuiltDataset:
        if not one.release.built:
            return one
        shown, problems = features.measure_figures(one.release.package, counter, published)
        findings.extend(problems)
        measured, problems = _measure_release(context, one, shown)
        findings.extend(problems)
        return measured

    try:
        measured = [
            replace(measure(dataset), releases=tuple(map(measure, dataset.releases)))
            for dataset in datasets
        ]
    except Blocked as error:  # by a slow query, which may be so because of figures before it
        raise Blocked([*findings, *error.findings]) from None
    finally:
        counter.close()
    return measured, lists, findings


def _measure_release(
    context: MeasureContext, built: BuiltDataset, shown: Sequence[Figure]
) -> tuple[BuiltDataset, list[Finding]]:
    """One release with its figures `shown`, charts, checks, profile and receipts."""
    plan, counter, published = context.plan, context.counter, context.published
    item = built.release.package
    context.progress(f"measure {item.key}")
    findings: list[Finding] = []
    tables = {e.table.resource: e for e in published if e.table.dataset == item.key}
    names = [package.name for package in plan.packages]
    release, problems = features.check_plausibility(built.release, counter, published, names)
    findings += problems
    charts, problems = _draw_charts(context, release, tables)
    findings += problems
    card, missed = scorecard.measure_scorecard(counter, item, [*tables.values()], plan.standards)
    findings += [replace(finding, file=item.descriptor_path) for finding in missed]
    release = features.profile_release(release, counter, tables, context.counted)
    release, problems = features.measure_withheld_and_law(release, counter, tables)
    findings += problems
    release, problems = features.track_release(release, counter, tables, plan.as_of)
    findings += problems
    cube = context.cubes.get(item.key)
    if cube is not None:
        explorer = measure_explorer(counter, item, cube.cube, cube.published, release.findings)
        release = replace(release, explorer=replace(explorer, parts=cube.parts))
    elif item.explore and item.protection:
        cells, refused = measure_cells(counter, item, tables)
        findings += [] if item.frozen else refused
        release = replace(release, explorer=cells)
    mapped, problems = draw_maps(item, release.explorer, cube.cube if cube else None)
    release = replace(release, explorer=mapped)
    findings += [] if item.frozen else problems
    release = replace(release, rows=tuple(measure_rows(counter, item, [*tables.values()])))
    if not item.frozen:
        counted = measure_places(counter, item, context.places, tables, release.findings)
        papers = plan.documents[item.name]
        release = replace(release, places=counted, documents=tuple(one for one, _ in papers))
        findings += check_values(release, context.places)
    measured_rates, drawn, problems = _measure_rates(context, release, tables)
    findings += problems
    charts += drawn
    searched, problems = search_values.list_values(counter, item, {} if item.frozen else tables)
    findings += [] if item.frozen else problems
    release = replace(
        release,
        figures=tuple(shown),
        charts=tuple(charts),
        rates=tuple(measured_rates),
        searched=searched,
    )
    counts = release.count_tables()
    uncounted = release.list_uncounted()
    if card is not None and not item.frozen:  # the grades of a release stand beside those of now
        counts = (*counts, *card.count_tables())
        uncounted = (*uncounted, *card.list_rounded())
    receipts = receipts_document.describe_receipts(
        item.key, item.updated, shown, charts, item.home, counts, uncounted
    )
    outputs = (
        *built.outputs,
        *([] if item.frozen else [copy for _, copy in plan.documents[item.name]]),
        *(
            Output(f"{item.home}/charts/{chart.name}.{ending}", content)
            for chart in charts
            for ending, content in vega.write_files(chart).items()
        ),
        *(
            Output(path, content)
            for chart in charts
            for path, content in vega.compile_files(
                chart, f"{item.home}/charts/{chart.name}.json"
            ).items()
            if live_charts.SCRIPT in plan.raw.assets
        ),
        Output(f"{item.home}/{receipts_document.NAME}", serialise_json(receipts)),
        *([cube.output] if cube else []),
    )
    measured = replace(built, release=release, scorecard=card, outputs=outputs)
    return measured, [f for f in findings if f.blocks or not item.frozen]


def _measure_rates(
    context: MeasureContext, release: ReleasedDataset, tables: Mapping[str, PublishedTable]
) -> tuple[list[Rate], list[Chart], list[Finding]]:
    """The rates of a release, each with its chart."""
    item, counter = release.package, context.counter
    measured: list[Rate] = []
    drawn: list[Chart] = []
    findings: list[Finding] = []
    for rate_of in item.rates:
        rate, problems = rates.measure_rate(
            counter, rate_of, item.key, context.published, item.updated
        )
        if rate:
            chart_of = vega.declare_rate(rate)
            counted = chart_of.model_copy(update={"measure": "count", "where": rate_of.where})
            parts = partial_periods.measure_parts(
                counter, counted, rate.series, tables[rate_of.resource], item, release.findings
            )
            rate = rate.mark_parts(parts)
            chart, unfit = vega.draw_chart(chart_of, item.name, rate.series)
            problems += unfit
            if chart:
                measured.append(rate)
                drawn.append(replace(chart, dataset=item.key))
        findings += [replace(finding, file=item.descriptor_path) for finding in problems]
    return measured, drawn, findings


def _draw_charts(
    context: MeasureContext, release: ReleasedDataset, tables: Mapping[str, PublishedTable]
) -> tuple[list[Chart], list[Finding]]:
    """The charts of a release over `tables`, its released tables by resource."""
    item, counter = release.package, context.counter
    outcomes = features.coverage_outcomes(release, counter, context.published)
    charts: list[Chart] = []
    findings: list[Finding] = []
    for definition in item.charts:
        table = tables.get(definition.resource)
        if table is None:
            continue
        fields = {field.name: field for field in table.table.fields}
        findings += chart_titles.judge_title(definition, fields, item.key)
        series, problems = figures.measure_series(counter, definition, table, item.updated)
        shapes, unread = find_shapes(context.plan.root, item, definition)
        problems += unread
        if series and not unread:
            parts = partial_periods.measure_parts(
                counter, definition, series, table, item, release.findings
            )
            series = replace(series, parts=parts)
            findings += chart_titles.judge_span(definition, series, item.key)
            breaks = features.breaks_for_chart(definition, outcomes)
            doubts = series.receipt.doubts
            same = (
                item.name,
                definition,
                series.columns,
                series.rows,
                series.parts,
                breaks,
                doubts,
            )
            if same not in context.charts:
                context.charts[same] = vega.draw_chart(
                    definition, item.name, series, breaks, shapes
                )
            chart, problems = context.charts[same]
            if chart:
                drawn = replace(series, columns=chart.series.columns, map=chart.series.map)
                charts.append(replace(chart, dataset=item.key, series=drawn))
        # A rule that is newer than a release must not stop all builds after it.
        findings += [
            replace(problem, severity_given=Severity.WARNING) if item.frozen else problem
            for problem in problems
        ]
    return charts, [replace(f, file=f.file or item.descriptor_path) for f in findings]


def _pack_all(
    plan: Plan, datasets: Sequence[BuiltDataset], rendered: Sequence[ReleasedDataset], work: Path
) -> list[BuiltDataset]:
    """Every release packed, with its texts as `rendered`."""
    built = {release.package.key: release for release in rendered}

    def packed(one: BuiltDataset) -> BuiltDataset:
        return _pack(plan, replace(one, release=built[one.release.package.key]), work)

    def packed_with_releases(dataset: BuiltDataset) -> BuiltDataset:
        return replace(packed(dataset), releases=tuple(map(packed, dataset.releases)))

    return map_datasets(packed_with_releases, datasets, list_readable(plan))


def _pack(plan: Plan, built: BuiltDataset, work: Path) -> BuiltDataset:
    """A release with the files that carry its texts: descriptor, README, metadata."""
    release = built.release
    if not release.built:
        return built
    item = release.package
    exported = downloads.pack_downloads(
        item, release.tables, built.exported, work / item.key, release.citation
    )
    release = replace(release, distributions=exported.distributions, left_out=exported.left_out)
    release = replace(release, json_ld=metadata.describe_dataset(plan.portal, release))
    return replace(built, release=release, outputs=(*exported.outputs, *built.outputs))


def _assemble(
    plan: Plan,
    datasets: Sequence[BuiltDataset],
    own_pages: Sequence[TextPage],
    compared: Mapping[str, Compared],
    judged: Sequence[JudgedClaim],
    places: Sequence[PlaceList],
) -> tuple[list[Output], list[Finding]]:
    """Every file of the site, in the order of their paths, and what is wrong with its pages."""
    releases = tuple(dataset.release for dataset in datasets)
    every = [one for dataset in datasets for one in dataset.every_release()]
    assets = dict(plan.raw.assets)
    chosen, problems = highlights.choose_highlights(plan.portal, releases, plan.raw.settings_path)
    cards, pictures = highlights.draw_cards(plan.portal, releases)
    histories = {
        dataset.release.package.name: release_history(plan, dataset)
        for dataset in datasets
        if dataset.releases
    }
    revisions = {name: item.revisions for name, item in compared.items() if item.revisions}
    scorecards = [one.scorecard for one in every if one.scorecard is not None]
    scores, standard_files = features.gather_scores(plan.standards, scorecards)
    planned = pages.plan_site(
        plan.portal,
        releases,
        own_pages,
        histories,
        revisions,
        claims=judged,
        scores=scores,
        highlights=chosen,
        cards=cards,
        named=places,
    )
    assets[search.LIST] = search.write_list(pages.find_entries(planned), plan.synonyms)
    rendered, findings = render.render_pages(planned, plan.raw.templates, assets)
    outputs = [*rendered, *standard_files, *pictures]
    outputs += [output for one in every for output in one.outputs]
    if content := plan.raw.locales.get(plan.portal.language):
        outputs.append(Output(CATALOGUE, content))
    outputs += [
        file for one in every for file in citations.write_citations(plan.portal, one.release)
    ]
    outputs += [
        feeds.write_feed(feed) for feed in feeds.render_feeds(plan.portal, releases, histories)
    ]
    outputs += [
        Output(
            f"{package.home}/protection.json",
            serialise_json(package.protection.model_dump(mode="json", exclude_unset=True)),
        )
        for package in (one.release.package for one in every if one.release.built)
        if package.protection
    ]
    outputs += [
        Output(path, serialise_json(document))
        for describe in (describe_explorer, describe_rows)
        for dataset in datasets
        for one in dataset.every_release()
        for path, document in describe(
            one.release, plan.portal.base_url, [item.release for item in dataset.releases]
        )
    ]
    outputs += [
        Output(path, content)
        for listed in places
        for path, content in placepages.write_tables(listed, releases)
    ]
    for name, history in histories.items():
        chain = metadata.describe_history(name, history)
        outputs.append(Output(dataset_chain(name), serialise_json(chain, indent=2)))
    outputs += [output for item in compared.values() for output in item.outputs]
    titles = {release.package.name: release.package.title for release in releases}
    for name, revised in revisions.items():
        receipts = receipts_document.describe_receipts(
            name, "", (), (), "", revised.counted, revised.uncounted, revised.record_lists
        )
        path = f"datasets/{name}/changes/{receipts_document.NAME}"
        outputs.append(Output(path, serialise_json(receipts)))
        feed = feeds.render_changes_feed(plan.portal, name, titles[name], revised)
        outputs.append(feeds.write_feed(feed))
    outputs += [zips.bundle_files(name, files) for name, files in plan.bundles.items()]
    outputs += claims.publish_register(plan, judged)
    outputs.append(Output(".nojekyll", b""))
    outputs.append(Output("robots.txt", metadata.render_robots(plan.portal.base_url)))
    catalog = metadata.describe_catalog(plan.portal, releases)
    outputs.append(Output(metadata.CATALOG, serialise_json(catalog, indent=2)))
    for path, document in metadata.describe_api(plan.portal, releases).items():
        outputs.append(Output(path, serialise_json(document, indent=2)))
    if plan.portal.base_url:
        html_paths = sorted(o.path for o in rendered if o.path.endswith(".html"))
        outputs.append(Output("sitemap.xml", metadata.sitemap(plan.portal, html_paths)))
    outputs.extend(write_manifest(plan, outputs))
    return sorted(outputs, key=lambda output: output.path), [*problems, *findings]
