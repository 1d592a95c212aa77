"""A stretch of the corridor: every text of the portal, once the figures it may name are measured.

A text on a page gets its figures as links to their receipts. Where the same text goes out without
markup, in metadata and in a README, it gets them as words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from plainrecord.core.paths import dataset_page, methodology_page, text_page
from plainrecord.findings.finding import Finding
from plainrecord.measures import crosswalk
from plainrecord.model.declarations import PageText
from plainrecord.model.packages import Package
from plainrecord.model.products import Edition, FigureIndex, FigureScope, TextPage
from plainrecord.publishing import markdown


def index_figures(
    editions: Sequence[Edition], moved: Mapping[str, str] | None = None
) -> FigureIndex:
    """The figures of all datasets: those that were measured, and those that were not."""
    measured = {
        (figure.dataset, figure.name): figure for edition in editions for figure in edition.figures
    }
    return FigureIndex(
        measured,
        {
            (edition.package.key, definition.name): bool(edition.absence)
            for edition in editions
            for definition in edition.package.figures
            if (edition.package.key, definition.name) not in measured
        },
        moved or {},
    )


def tell_edition(edition: Edition, index: FigureIndex) -> tuple[Edition, tuple[Finding, ...]]:
    """`edition` with its texts as markup and its package's texts as words, and what is wrong."""
    item = edition.package
    around = FigureScope(
        item.descriptor_path, dataset_page(item.key), item.key, index, item.numbers
    )
    findings: list[Finding] = []
    description, found = markdown.render_passage(item.description, around)
    findings.extend(found)
    tallies = [description.tally]
    issues = []
    for issue in item.known_issues:
        passage, found = markdown.render_passage(issue.text, around)
        findings.extend(found)
        tallies.append(passage.tally)
        issues.append((issue.title, passage.html))
    for place, text in _plain_texts(item):
        tally, told = markdown.tally_text(text, place, around)
        findings.extend(told)
        tallies.append(tally)
    method = replace(
        around, file=f"{item.folder}/methodology.md", page=methodology_page(item.key), row=1
    )
    methodology, found = markdown.render_passage(item.methodology, method)
    findings.extend(found)
    findings.extend(markdown.check_waivers(item.numbers, [*tallies, methodology.tally], around))
    told_edition = replace(
        edition,
        package=_tell_package(item, around),
        description_html=description.html,
        methodology_html=methodology.html,
        issues_html=tuple(issues),
        tally=markdown.join_tallies(*tallies),
        methodology_tally=methodology.tally,
    )
    findings.extend(crosswalk.check_checklist(told_edition))
    return told_edition, tuple(findings)


def _plain_texts(item: Package) -> Iterator[tuple[str, str]]:
    """What stands on the dataset's page and is no Markdown, each with words for where it is."""
    if item.summary != item.description.split("\n\n")[0]:
        yield "the summary", item.summary
    for figure in item.figures:
        yield f"the note of the figure {figure.name}", figure.note
    for chart in item.charts:
        yield f"the description of the chart {chart.name}", chart.description
        yield f"the note of the chart {chart.name}", chart.note


def _tell_package(item: Package, setting: FigureScope) -> Package:
    return replace(
        item,
        description=markdown.tell_figures(item.description, setting),
        summary=markdown.tell_figures(item.summary, setting),
        known_issues=tuple(
            issue.model_copy(update={"text": markdown.tell_figures(issue.text, setting)})
            for issue in item.known_issues
        ),
    )


def tell_page(text: PageText, index: FigureIndex) -> tuple[TextPage, tuple[Finding, ...]]:
    """A page of the portal's own words with its figures in place, and what is wrong."""
    setting = FigureScope(text.file, text_page(text.name), "", index, text.numbers, text.row)
    passage, findings = markdown.render_passage(text.markdown, setting)
    unused = markdown.check_waivers(text.numbers, [passage.tally], setting)
    page = TextPage(
        text.name, text.title, text.description, passage.html, text.order, passage.tally
    )
    return page, (*findings, *unused)


@dataclass(frozen=True, slots=True)
class RenderedTexts:
    """Every text of the portal: the editions with theirs, and the portal's own pages."""

    editions: tuple[Edition, ...]
    pages: tuple[TextPage, ...]


def tell_portal(
    editions: Sequence[Edition], pages: Sequence[PageText], moved: Mapping[str, str]
) -> tuple[RenderedTexts, tuple[Finding, ...]]:
    """All texts with the figures of all datasets in them, and all that is wrong with them.

    `moved` has the present name of each dataset that was renamed, by the old one: the texts of a
    past edition cannot be edited, so they may name a figure by it.
    """
    index = index_figures(editions, moved)
    findings: list[Finding] = []
    told: list[Edition] = []
    for edition in editions:
        one, found = tell_edition(edition, index)
        told.append(one)
        # What does not block in a frozen edition is told to nobody: it cannot be changed any more.
        findings.extend(f for f in found if f.blocks or not edition.package.frozen)
    texts: list[TextPage] = []
    for page in pages:
        text, found = tell_page(page, index)
        texts.append(text)
        findings.extend(found)
    return RenderedTexts(tuple(told), tuple(texts)), tuple(findings)
