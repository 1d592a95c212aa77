"""Render every text of the portal, after the figures that it may name are measured.

A text on a page gets its figures as links to their receipts. Where the same text goes out without
markup, in metadata and in a README, it gets them as words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from plainrecord.core.paths import dataset_page, methodology_page, text_page
from plainrecord.findings.finding import Finding
from plainrecord.measures import crosswalk
from plainrecord.model.declarations import PageText
from plainrecord.model.packages import Package
from plainrecord.model.products import (
    FigureIndex,
    FigureScope,
    ReleasedDataset,
    TextPage,
    TypedNumberCount,
)
from plainrecord.publishing import figure_mentions, markdown, passages


def index_figures(
    releases: Sequence[ReleasedDataset], moved: Mapping[str, str] | None = None
) -> FigureIndex:
    """The figures of all datasets: those that were measured, and those that were not."""
    measured = {
        (figure.dataset, figure.name): figure for release in releases for figure in release.figures
    }
    return FigureIndex(
        measured,
        {
            (release.package.key, definition.name): bool(release.absence)
            for release in releases
            for definition in release.package.figures
            if (release.package.key, definition.name) not in measured
        },
        moved or {},
    )


def render_release_texts(
    release: ReleasedDataset, index: FigureIndex
) -> tuple[ReleasedDataset, tuple[Finding, ...]]:
    """`release` with its texts as markup and its package's texts as words, and what is wrong."""
    item = release.package
    around = FigureScope(
        item.descriptor_path, dataset_page(item.key), item.key, index, item.numbers
    )
    findings: list[Finding] = []
    tallies: list[TypedNumberCount] = []

    def render(text: str) -> Markup:
        passage, problems = markdown.render_passage(text, around)
        findings.extend(problems)
        tallies.append(passage.tally)
        return passage.html

    description, points = render(item.description), tuple(map(render, item.points))
    issues = tuple((issue.title, render(issue.text)) for issue in item.known_issues)
    for key, text in _plain_texts(item):
        tally, wrong = passages.tally_text(text, key, around)
        findings.extend(wrong)
        tallies.append(tally)
    method = replace(
        around, file=f"{item.folder}/methodology.md", page=methodology_page(item.key), row=1
    )
    methodology, problems = markdown.render_passage(item.methodology, method)
    findings.extend(problems)
    findings.extend(markdown.check_waivers(item.numbers, [*tallies, methodology.tally], around))
    rendered = replace(
        release,
        package=_package_in_words(item, around),
        description_html=description,
        methodology_html=methodology.html,
        points_html=points,
        issues_html=issues,
        tally=passages.join_tallies(*tallies),
        methodology_tally=methodology.tally,
    )
    findings.extend(crosswalk.check_checklist(rendered))
    return rendered, tuple(findings)


def _plain_texts(item: Package) -> Iterator[tuple[str, str]]:
    """The texts on the dataset's page that are not Markdown, each with words for where it is."""
    if item.summary != item.description.split("\n\n")[0]:
        yield "the summary", item.summary
    for figure in item.figures:
        yield f"the note of the figure {figure.name}", figure.note
    for chart in item.charts:
        yield f"the description of the chart {chart.name}", chart.description
        yield f"the note of the chart {chart.name}", chart.note
    for correction in item.corrections:
        yield f"the correction of {correction.date}", correction.what
        yield f"the reason of the correction of {correction.date}", correction.reason
    for doubt in item.doubts:
        yield f"the reason of the doubt of {doubt.date}", doubt.reason
    for rate in item.rates:
        yield f"the benchmark of the rate {rate.name}", rate.benchmark
        yield f"the note of the rate {rate.name}", rate.note


def _package_in_words(item: Package, setting: FigureScope) -> Package:
    return replace(
        item,
        description=figure_mentions.replace_figures(item.description, setting),
        summary=figure_mentions.replace_figures(item.summary, setting),
        known_issues=tuple(
            issue.model_copy(update={"text": figure_mentions.replace_figures(issue.text, setting)})
            for issue in item.known_issues
        ),
    )


def render_page_text(text: PageText, index: FigureIndex) -> tuple[TextPage, tuple[Finding, ...]]:
    """One of the portal's own pages with its figures in place, and what is wrong with it."""
    setting = FigureScope(text.file, text_page(text.name), "", index, text.numbers, text.row)
    passage, findings = markdown.render_passage(text.markdown, setting)
    unused = markdown.check_waivers(text.numbers, [passage.tally], setting)
    page = TextPage(
        text.name, text.title, text.description, passage.html, text.order, passage.tally
    )
    return page, (*findings, *unused)


@dataclass(frozen=True, slots=True)
class RenderedTexts:
    """The releases with their texts, the portal's own pages, and what is wrong with any text."""

    releases: tuple[ReleasedDataset, ...]
    pages: tuple[TextPage, ...]
    findings: tuple[Finding, ...]


def render_texts(
    releases: Sequence[ReleasedDataset], pages: Sequence[PageText], moved: Mapping[str, str]
) -> RenderedTexts:
    """Render all texts with the figures of all datasets in them.

    `moved` has the present name of each renamed dataset by its old name: the texts of a past
    release cannot be edited, so they may name a figure by the old one.
    """
    index = index_figures(releases, moved)
    rendered = [render_release_texts(release, index) for release in releases]
    own_pages = [render_page_text(page, index) for page in pages]
    findings = [
        # Nobody can correct a warning about a frozen release.
        *(
            f
            for release, problems in rendered
            for f in problems
            if f.blocks or not release.package.frozen
        ),
        *(f for _, problems in own_pages for f in problems),
    ]
    return RenderedTexts(
        releases=tuple(release for release, _ in rendered),
        pages=tuple(page for page, _ in own_pages),
        findings=tuple(findings),
    )
