"""What there is -> pages: every page of the portal, each with its path, template and context.

Nothing is rendered here, and nothing is read but values that passed the privacy gate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from plainrecord import checkpages, codebook, contexts, trialpages
from plainrecord.contexts import Card, Fact, Place, Shell
from plainrecord.declarations import Portal
from plainrecord.findings import Finding
from plainrecord.model import Package, TableCheck
from plainrecord.paths import absolute_url
from plainrecord.product import (
    Cell,
    Chart,
    Distribution,
    Edition,
    SeriesColumn,
    TextPage,
)
from plainrecord.trialcontexts import PlausibilityContext, ReconciliationContext
from plainrecord.trials import Verdict

_HOME = Place("Home", "index.html")
_DATASETS = Place("Datasets", "datasets/index.html")


@dataclass(frozen=True, slots=True)
class Page:
    """A page to render: its path, its template, and the context dataclass of that template.

    `root` is empty for a page with relative links. A page that a server shows at any address
    (the 404 page) has absolute ones that begin with `root`.
    """

    path: str
    template: str
    context: object
    root: str = ""


def plan_site(
    portal: Portal, editions: Sequence[Edition], texts: Sequence[TextPage]
) -> tuple[Page, ...]:
    """All pages of the portal: home, catalogue, the pages of each dataset, texts, 404."""
    site = _Site(portal, tuple(sorted(texts, key=lambda text: (text.order, text.name))))
    cards = tuple(_card(edition) for edition in editions)
    pages = [_home(site, cards), _catalogue(site, cards)]
    for edition, card in zip(editions, cards, strict=True):
        pages.extend(_dataset_pages(site, edition, card))
        pages.extend(_comparison_pages(site, edition, editions))
    pages.extend(_text(site, text) for text in site.texts)
    pages.append(_not_found(site))
    return tuple(pages)


@dataclass(frozen=True, slots=True)
class _Site:
    portal: Portal
    texts: tuple[TextPage, ...]

    def shell(
        self,
        path: str,
        title: str,
        description: str,
        breadcrumbs: tuple[Place, ...] = (),
        *,
        synthetic: str = "",
        interactive: bool = False,
    ) -> Shell:
        places = [_DATASETS, *(Place(text.title, f"{text.name}/index.html") for text in self.texts)]
        below = path.startswith("datasets/")
        return Shell(
            portal=self.portal,
            title=title,
            description=description,
            navigation=tuple(
                Place(p.title, p.target, p.target == path or (p is _DATASETS and below))
                for p in places
            ),
            breadcrumbs=breadcrumbs,
            synthetic=synthetic,
            interactive=interactive,
            canonical=absolute_url(self.portal.base_url, path) if self.portal.base_url else "",
        )


def _home(site: _Site, cards: tuple[Card, ...]) -> Page:
    portal = site.portal
    built = [card for card in cards if card.built]
    context = contexts.HomeContext(
        shell=site.shell("index.html", portal.title, portal.description or portal.tagline),
        cards=cards,
        synthetic_titles=tuple(card.title for card in cards if card.synthetic),
        built_count=len(built),
        rows=sum(card.rows or 0 for card in built),
    )
    return Page("index.html", "home.html", context)


def _catalogue(site: _Site, cards: tuple[Card, ...]) -> Page:
    description = f"All datasets of {site.portal.title}"
    shell = site.shell(_DATASETS.target, "Datasets", description, (_HOME,))
    return Page(_DATASETS.target, "catalogue.html", contexts.CatalogueContext(shell, cards))


def _text(site: _Site, text: TextPage) -> Page:
    path = f"{text.name}/index.html"
    shell = site.shell(path, text.title, text.description, (_HOME,))
    return Page(
        path, "text.html", contexts.TextContext(shell, text.title, text.description, text.html)
    )


def _not_found(site: _Site) -> Page:
    shell = site.shell("404.html", "Page not found", "This address leads nowhere.")
    base = site.portal.base_url
    root = urlsplit(base).path.rstrip("/") + "/" if base else ""
    return Page("404.html", "404.html", contexts.NotFoundContext(shell), root)


def _card(edition: Edition) -> Card:
    package = edition.package
    return Card(
        name=package.name,
        title=package.title,
        summary=package.summary,
        target=f"datasets/{package.name}/index.html",
        built=edition.built,
        absence="" if edition.built else edition.absence,
        synthetic=bool(package.synthetic),
        unit=package.unit,
        rows=sum(table.rows for table in edition.tables) if edition.built else None,
        updated=package.updated,
        coverage=_coverage(edition),
        license=", ".join(item.title or item.name for item in package.licenses),
        formats=tuple(
            sorted({item.format for item in edition.distributions if item.resource})
        ),
        keywords=package.keywords,
        figure=edition.figures[0] if edition.figures else None,
    )  # fmt: skip


def _coverage(edition: Edition) -> str:
    start, end = edition.package.coverage_from, edition.package.coverage_to
    if start and end and start != end:
        return f"{start} to {end}"
    return start or end


def _dataset_pages(site: _Site, edition: Edition, card: Card) -> list[Page]:
    package, folder = edition.package, f"datasets/{edition.package.name}"
    trail = (_HOME, _DATASETS)
    below = (*trail, Place(package.title, card.target))
    book_path = f"{folder}/codebook/index.html" if edition.built else ""
    check_path = f"{folder}/check/index.html" if edition.built else ""
    tried = f"{folder}/plausibility/index.html" if edition.outcomes else ""
    compared = tuple(
        Place(a.comparison.title, _compared_path(a.comparison.name)) for a in edition.accounts
    )
    explained = edition.built or edition.methodology_html
    methodology = f"{folder}/methodology/index.html" if explained else ""
    shell = site.shell(
        card.target,
        package.title,
        package.summary,
        trail,
        synthetic=package.synthetic,
        interactive=bool(edition.charts),
    )
    context = contexts.DatasetContext(
        shell=shell,
        edition=edition,
        card=card,
        facts=_facts(edition),
        charts=tuple(_chart_view(chart, folder) for chart in edition.charts),
        downloads=_downloads(edition),
        protections=_protections(edition),
        threshold=package.policy.threshold if package.policy else 0,
        warnings=_warnings(edition),
        codebook=book_path,
        check=check_path,
        plausibility=tried,
        reconciliations=compared,
        methodology=methodology,
        json_ld=edition.json_ld,
    )
    pages = [Page(card.target, "dataset.html", context)]
    if book_path:
        title = f"Codebook: {package.title}"
        about = f"Every field of {package.title}: type, allowed values, missing values."
        shell = site.shell(book_path, title, about, below, synthetic=package.synthetic)
        book = contexts.CodebookContext(
            shell, edition, card.target, codebook.describe_tables(edition)
        )
        pages.append(Page(book_path, "codebook.html", book))
    if check_path:
        title = f"How {package.title} was checked"
        about = f"What was checked in {package.title}, what passed, and what did not."
        shell = site.shell(check_path, title, about, below, synthetic=package.synthetic)
        tables = checkpages.describe_checks(package, edition.checks, edition.findings)
        checked = contexts.CheckContext(shell, edition, card.target, tables)
        pages.append(Page(check_path, "check.html", checked))
    if tried:
        title = f"Does it look right? {package.title}"
        about = f"Rules that were put to {package.title}, and what they noticed."
        shell = site.shell(tried, title, about, below, synthetic=package.synthetic)
        views = trialpages.describe_outcomes(edition.outcomes)
        counts = [sum(o.verdict is v for o in edition.outcomes) for v in Verdict]
        asked = PlausibilityContext(
            shell, edition, card.target, views, counts[1], counts[0], counts[2]
        )
        pages.append(Page(tried, "plausibility.html", asked))
    if methodology:
        title = f"Methodology: {package.title}"
        about = f"How {package.title} was made and how to read it."
        shell = site.shell(methodology, title, about, below, synthetic=package.synthetic)
        method = contexts.MethodologyContext(shell, edition, card.target, edition.methodology_html)
        pages.append(Page(methodology, "methodology.html", method))
    return pages


def _compared_path(name: str) -> str:
    return f"reconciliations/{name}/index.html"


def _comparison_pages(site: _Site, edition: Edition, editions: Sequence[Edition]) -> Iterator[Page]:
    """A page for each comparison that the dataset declares."""
    package = edition.package
    home = f"datasets/{package.name}/index.html"
    titles = {e.package.name: e.package.title for e in editions}
    for account in edition.accounts:
        comparison = account.comparison
        path = _compared_path(comparison.name)
        trail = (_HOME, _DATASETS, Place(package.title, home))
        about = f"{comparison.here.label} and {comparison.there.label}, side by side."
        other = comparison.there.dataset or package.name
        yield Page(
            path,
            "reconciliation.html",
            ReconciliationContext(
                site.shell(path, comparison.title, about, trail, synthetic=package.synthetic),
                edition,
                account,
                home,
                f"datasets/{other}/index.html",
                titles.get(other, other),
                *trialpages.describe_account(account),
            ),
        )


def _facts(edition: Edition) -> tuple[Fact, ...]:
    package = edition.package
    facts = [
        Fact("Each row is", _article(package.unit)) if package.unit else None,
        Fact("Covers", _coverage(edition)),
        Fact("Place", package.coverage_place),
        Fact("Updated", package.updated),
        Fact("Version", package.version),
        Fact("Changes", contexts.FREQUENCIES.get(package.frequency, package.frequency)),
        Fact("Homepage", package.homepage, package.homepage),
    ]
    facts += [Fact("Licence", item.title or item.name, item.path) for item in package.licenses]
    return tuple(fact for fact in facts if fact is not None and fact.text)


def _article(unit: str) -> str:
    return f"{'an' if unit[:1].lower() in set('aeio') else 'a'} {unit}"


def _chart_view(chart: Chart, folder: str) -> contexts.ChartView:
    columns = [column for column in chart.series.columns if column.role != "status"]
    return contexts.ChartView(
        chart=chart,
        spec_target=f"{folder}/charts/{chart.name}.json",
        headings=tuple(column.label or column.name for column in columns),
        numeric=tuple(column.role == "value" for column in columns),
        rows=tuple(_cells(chart.series.columns, row) for row in chart.series.rows),
    )


def _cells(columns: Sequence[SeriesColumn], row: Sequence[Cell]) -> tuple[contexts.TableCell, ...]:
    pairs = list(zip(columns, row, strict=True))
    kept_back = any(cell == "suppressed" for column, cell in pairs if column.role == "status")
    return tuple(
        _cell(column, cell, kept_back) for column, cell in pairs if column.role != "status"
    )


def _cell(column: SeriesColumn, cell: Cell, kept_back: bool) -> contexts.TableCell:
    if column.role == "value":
        if kept_back:
            return contexts.TableCell("suppressed", "suppressed")
        if cell is None:
            return contexts.TableCell("no value", "absent")
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            shown = f"{round(cell, 4):,}"
            return contexts.TableCell(shown.removesuffix(".0"), "number")
        return contexts.TableCell(str(cell), "number")
    if cell is None:
        return contexts.TableCell("not given", "absent")
    return contexts.TableCell(str(cell), "key")


def _downloads(edition: Edition) -> tuple[contexts.DownloadGroup, ...]:
    groups: dict[str, list[Distribution]] = {}
    for item in edition.distributions:
        groups.setdefault(item.resource, []).append(item)
    tables = {table.resource: table for table in edition.tables}
    made = []
    for resource in sorted(groups, key=lambda name: (name == "", list(groups).index(name))):
        table = tables.get(resource)
        title = (table.title or resource) if table else resource or "The whole dataset"
        rows = table.rows if table else None
        left_out = tuple(why for name, why in edition.left_out if name == resource)
        made.append(contexts.DownloadGroup(title, rows, tuple(groups[resource]), left_out))
    return tuple(made)


def _protections(edition: Edition) -> tuple[contexts.ProtectionLine, ...]:
    several = len(edition.tables) > 1
    return tuple(
        contexts.ProtectionLine(
            item.field, item.action, item.reason, (table.title or table.resource) if several else ""
        )
        for table in edition.tables
        for item in table.protections
        if item.field  # the threshold is said once, for the dataset
    )


def _warnings(edition: Edition) -> tuple[contexts.WarningLine, ...]:
    opened = bool(edition.package.policy and edition.package.policy.open_reason)
    grouped: dict[tuple[str, str, str, str], int] = {}
    for finding in edition.findings:
        detail = finding.found if opened else ""
        key = (finding.title, _field_place(finding), finding.expected, detail)
        grouped[key] = grouped.get(key, 0) + finding.count
    return tuple(contexts.WarningLine(*key, count=count) for key, count in grouped.items())


def _field_place(finding: Finding) -> str:
    named = (("table", finding.resource), ("field", finding.field))
    return ", ".join(f"{word} {name}" for word, name in named if name)


def plan_report(
    subjects: Sequence[tuple[str, Package | None, Sequence[TableCheck], Sequence[Finding]]],
    style: str,
) -> Page:
    """The page that tells of a check alone, its style sheet `style` inside."""
    shown = []
    errors = warnings = 0
    for label, package, checks, findings in subjects:
        errors += sum(f.count for f in findings if f.blocks)
        warnings += sum(f.count for f in findings if not f.blocks)
        tables = checkpages.describe_checks(package, checks, findings) if package else ()
        shown.append(contexts.ReportSubject(label, tables, tuple(findings)))
    context = contexts.ReportContext(not errors, errors, warnings, style, tuple(shown))
    return Page("report.html", "report.html", context)
