"""All pages of the portal from released values, each with its path, template and context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from plainrecord.core.paths import (
    ALL_DATASETS,
    PORTAL_FEED,
    absolute_url,
    dataset_feed,
    dataset_page,
    methodology_page,
    text_page,
)
from plainrecord.core.translation import _, to_translate
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import TableCheck
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.counts import count_shown
from plainrecord.model.declarations import Portal
from plainrecord.model.doubts import Doubt
from plainrecord.model.freshness import day_words
from plainrecord.model.grades import Scores
from plainrecord.model.packages import Package
from plainrecord.model.places import PLACES, PlaceList
from plainrecord.model.products import Highlight, History, ReleasedDataset, ShareCard, TextPage
from plainrecord.model.revisions import Revisions
from plainrecord.pages import changes as changepages
from plainrecord.pages import checks as checkpages
from plainrecord.pages import claims as claimpages
from plainrecord.pages import codebook, corrections, dataset, reconciliations, search
from plainrecord.pages import explorer as explorerpages
from plainrecord.pages import places as placepages
from plainrecord.pages import plausibility as plausibilitypages
from plainrecord.pages import portal_context as contexts
from plainrecord.pages import privacy as privacypages
from plainrecord.pages import releases as releasepages
from plainrecord.pages import requests as requestpages
from plainrecord.pages import rows as rowspages
from plainrecord.pages import scorecards as scorecardpages
from plainrecord.pages import withheld as withheldpages
from plainrecord.pages.portal_context import HOME, Card, DatasetPage, Page, Place, Shell
from plainrecord.pages.receipt_note import Receipts, describe_receipts
from plainrecord.pages.request_letters import LetterElement, choose_elements
from plainrecord.pages.search import IndexContext, SearchEntry

_DATASETS = Place(to_translate("Datasets"), ALL_DATASETS)
_SCORECARD = Place(to_translate("Scorecard"), scorecardpages.COMPARISON)
_ROWS_COUNTED = to_translate(
    "Receipts for the row counts are on each dataset’s page, below the downloads."
)
_BUILD_COUNTED = to_translate(
    "Validation results have no receipt, because they describe the file before publication. "
    "File sizes have none either: manifest.json lists them."
)
_CHECK_COUNTED = to_translate(
    "The numbers on this page cannot have a receipt: they describe the source file, before anything "
    "was removed or made less detailed for privacy. Anyone who has a file with the "
    "SHA-256 above can run plainrecord check on it and get the same numbers."
)


def plan_site(
    portal: Portal,
    releases: Sequence[ReleasedDataset],
    texts: Sequence[TextPage],
    histories: Mapping[str, History] | None = None,
    revisions: Mapping[str, Revisions] | None = None,
    elements: Sequence[LetterElement] = (),
    claims: Sequence[JudgedClaim] = (),
    scores: Scores = Scores(),  # noqa: B008 - frozen and empty
    highlights: Sequence[Highlight] = (),
    cards: Mapping[str, ShareCard] | None = None,
    named: Sequence[PlaceList] = (),
) -> tuple[Page, ...]:
    """All pages of the portal: home, catalogue, the pages of each dataset, texts, verify, 404.

    `releases` are the datasets as they are now; `histories` hold by name the releases of those
    that keep any, `revisions` what changed between them, `claims` the register, `scores` how the
    datasets compare with a standard, `named` the places that have pages. A dataset that moved or was withdrawn leaves a page at each old
    address. `elements` are what a letter to an agency can ask for; unless given, those of the
    standard, what the scorecards find lacking ticked. `highlights` are the findings on the home
    page; `cards` the pictures for links by name of the dataset, that of the portal under "".
    """
    archives, changed = histories or {}, revisions or {}
    trail = (HOME, _DATASETS)
    titles = {release.package.name: release.package.title for release in releases}
    ordered = tuple(sorted(texts, key=lambda text: (text.order, text.name)))
    extra = [Place(_("Places"), PLACES)] if named else []
    extra += [_SCORECARD] if scores.cards else []
    extra += [requestpages.REQUESTS] if any(release.tracker for release in releases) else []
    extra += [claimpages.PLACE] if claims else []
    corrected = any(release.package.corrections for release in releases)
    extra += [corrections.PLACE] if corrected else []
    every = [*releases, *(one for history in archives.values() for one in history.releases)]
    doubts = {one.package.home: one.package.doubts for one in every if one.built}
    site = _Site(portal, ordered, tuple(extra), doubts, titles, cards or {})
    listed = tuple(_card(release) for release in releases)
    pages = [_home(site, listed, tuple(highlights)), _catalogue(site, listed)]
    for release, card in zip(releases, listed, strict=True):
        history = archives.get(release.package.name)
        change = changed.get(release.package.name)
        scored = scores.card(release.package.key) is not None
        compared = changepages.changes_page(release.package.name) if change is not None else ""
        tested = claimpages.list_tested(release.package.name, claims)
        pages += _dataset_pages(site, release, card, history, tested, compared, scored=scored)
        pages += reconciliations.plan_reconciliations(site.shell, trail, release, titles)
        pages += scorecardpages.plan_scorecard(site.shell, trail, release, history, scores)
        if change is not None:
            pages += changepages.plan_changes(site.shell, trail, release, change)
        if history is not None:
            pages.append(releasepages.plan_releases(site.shell, trail, release, history))
            pages += releasepages.plan_withdrawn(site.shell, trail, release, history)
            for frozen in history.releases:
                pair = changepages.pair_page(frozen.package, change)
                pages += _dataset_pages(site, frozen, _card(frozen), history, changes=pair)
    there = {page.path for page in pages}
    for move in portal.moved:
        now = next((e for e in releases if e.package.name == move.to), None)
        archive = archives.get(move.to)
        pages += releasepages.plan_moved(site.shell, trail, portal, move, now, archive, there)
    pages += placepages.plan_places(site.shell, named, releases, claims)
    pages += scorecardpages.plan_comparison(site.shell, releases, scores)
    real = [release.package.key for release in releases if not release.package.synthetic]
    asked = elements or choose_elements(scores, real)
    pages += requestpages.plan_requests(site.shell, releases, asked)
    pages += claimpages.plan_claims(site.shell, claims, releases)
    pages += corrections.plan_corrections(site.shell, releases)
    pages += [*(_text(site, text) for text in site.texts), _verify(site), _not_found(site)]
    shells = [(page.path, page.context.shell) for page in pages if hasattr(page.context, "shell")]
    pages.append(_index(site, search.list_entries(shells, releases, claims, named)))
    return tuple(pages)


def find_entries(pages: Sequence[Page]) -> tuple[SearchEntry, ...]:
    """What the search of the portal finds."""
    return tuple(
        entry
        for page in pages
        if isinstance(page.context, IndexContext)
        for group in page.context.letters
        for entry in group.entries
    )


def _index(site: _Site, entries: tuple[SearchEntry, ...]) -> Page:
    title = _("Search, and all entries from A to Z")
    about = _("Every dataset, figure, claim, field and page of this portal.")
    shell = site.shell(search.INDEX, title, about, (HOME,))
    kinds = {kind: _(words) for kind, words in search.ONE.items()}
    letters = search.group_letters(entries)
    return Page(search.INDEX, "a-z.html", IndexContext(shell, letters, kinds))


@dataclass(frozen=True, slots=True)
class _Site:
    portal: Portal
    texts: tuple[TextPage, ...]
    extra: tuple[Place, ...]
    doubts: Mapping[str, tuple[Doubt, ...]]
    titles: Mapping[str, str]
    cards: Mapping[str, ShareCard]

    def shell(
        self,
        path: str,
        title: str,
        description: str,
        breadcrumbs: tuple[Place, ...] = (),
        *,
        synthetic: str = "",
        interactive: bool = False,
        receipts: Receipts | None = None,
    ) -> Shell:
        folders = path.split("/")
        around = ["/".join(folders[:end]) for end in range(len(folders) - 1, 0, -1)]
        places = [
            _DATASETS,
            *self.extra,
            *(Place(text.title, text_page(text.name)) for text in self.texts),
        ]
        name = folders[1] if folders[0] == "datasets" and folders[1] in self.titles else ""
        feeds = [Place(self.titles[name], dataset_feed(name))] if name else []
        return Shell(
            portal=self.portal,
            title=title,
            description=description,
            navigation=tuple(
                Place(p.title, p.target, path.startswith(p.target.removesuffix("index.html")))
                for p in places
            ),
            breadcrumbs=breadcrumbs,
            synthetic=synthetic,
            interactive=interactive,
            canonical=absolute_url(self.portal.base_url, path) if self.portal.base_url else "",
            receipts=receipts,
            path=path,
            doubts=next((self.doubts[home] for home in around if home in self.doubts), ()),
            feeds=(Place(self.portal.title, PORTAL_FEED), *feeds),
            card=self.cards.get(name) or self.cards.get(""),
        )


def _home(site: _Site, cards: tuple[Card, ...], highlights: tuple[Highlight, ...]) -> Page:
    portal = site.portal
    figures = sum(card.figure is not None for card in cards) + len(highlights)
    receipts = describe_receipts(
        figures=figures + count_shown(cards), unproved=_describe_place(cards)
    )
    about = portal.description or portal.tagline
    cards = tuple(
        sorted(cards, key=lambda card: not card.built)
    )  # those that are only listed: last
    real = tuple(card for card in cards if not card.synthetic)
    context = contexts.HomeContext(
        shell=site.shell("index.html", portal.title, about, receipts=receipts),
        highlights=highlights,
        cards=real or cards,
        examples=tuple(card for card in cards if card.synthetic) if real else (),
        synthetic_titles=tuple(card.title for card in cards if card.synthetic),
    )
    return Page("index.html", "home.html", context)


def _catalogue(site: _Site, cards: tuple[Card, ...]) -> Page:
    description = _("All datasets of {title}").format(title=site.portal.title)
    moved = tuple(releasepages.describe_move(move, cards) for move in site.portal.moved)
    receipts = describe_receipts(figures=count_shown(cards), unproved=_describe_place(cards))
    shell = site.shell(_DATASETS.target, _("All datasets"), description, (HOME,), receipts=receipts)
    return Page(_DATASETS.target, "catalogue.html", contexts.CatalogueContext(shell, cards, moved))


def _describe_place(cards: Sequence[Card]) -> str:
    return _(_ROWS_COUNTED) if count_shown(tuple(cards)) else ""


def _text(site: _Site, text: TextPage) -> Page:
    path = text_page(text.name)
    receipts = describe_receipts(text.tally)
    shell = site.shell(path, text.title, text.description, (HOME,), receipts=receipts)
    return Page(
        path, "text.html", contexts.TextContext(shell, text.title, text.description, text.html)
    )


def _verify(site: _Site) -> Page:
    path = "verify/index.html"
    title = _("Verify this portal")
    about = _("How to check every file and every number, step by step.")
    parts = urlsplit(site.portal.repository)
    named = parts.path.strip("/").removesuffix(".git") if parts.hostname == "github.com" else ""
    context = contexts.VerifyContext(
        site.shell(path, title, about, (HOME,)), site.portal.base_url, named
    )
    return Page(path, "verify.html", context)


def _not_found(site: _Site) -> Page:
    shell = site.shell("404.html", _("Page not found"), _("There is no page at this address."))
    base = site.portal.base_url
    root = urlsplit(base).path.rstrip("/") + "/" if base else ""
    return Page("404.html", "404.html", contexts.NotFoundContext(shell), root)


def _card(release: ReleasedDataset) -> Card:
    package = release.package
    return Card(
        name=package.name,
        title=package.title,
        summary=package.summary,
        target=dataset_page(package.key),
        built=release.built,
        absence="" if release.built else release.absence,
        synthetic=bool(package.synthetic),
        unit=package.unit,
        rows=codebook.sum_rows(release),
        tables=len(release.tables),
        updated=day_words(package.updated),
        coverage=dataset.describe_coverage(release),
        license=", ".join(item.title or item.name for item in package.licenses),
        formats=tuple(sorted({item.format for item in release.distributions if item.resource})),
        keywords=package.keywords,
        figure=next((figure for figure in release.figures if figure.headline), None),
    )


def _dataset_pages(
    site: _Site,
    release: ReleasedDataset,
    card: Card,
    history: History | None,
    tested: tuple[contexts.TestedClaim, ...] = (),
    changes: str = "",
    *,
    scored: bool = False,
) -> list[Page]:
    package, folder = release.package, release.package.home
    trail: tuple[Place, ...] = (HOME, _DATASETS)
    here = Place(package.title, card.target)
    title = releasepages.name_release(package.title, package)
    if package.frozen and history is not None:
        newest = Place(history.title, f"datasets/{package.name}/index.html")
        listed = Place(_("Releases"), releasepages.releases_path(package.name))
        trail, here = (*trail, newest, listed), Place(day_words(package.release), card.target)
    below = (*trail, here)
    book_path = f"{folder}/codebook/index.html" if release.built else ""
    check_path = f"{folder}/check/index.html" if release.built else ""
    explained = release.built or release.methodology_html
    methodology = methodology_page(package.key) if explained else ""
    downloads = dataset.group_downloads(release)
    rates = dataset.view_rates(release)
    rated = [rate.definition.name for rate in release.rates]
    receipts = describe_receipts(
        release.tally,
        figures=len(release.figures) + len(release.charts) + count_shown((downloads, rates)),
        unproved=_(_BUILD_COUNTED) if release.built else "",
    )
    shell = site.shell(
        card.target,
        title,
        package.summary,
        trail,
        synthetic=package.synthetic,
        interactive=bool(release.charts),
        receipts=receipts,
    )
    context = contexts.DatasetContext(
        shell=shell,
        release=release,
        points=release.points_html or dataset.make_points(release),
        citations=dataset.list_citations(release),
        card=card,
        facts=dataset.state_facts(release),
        charts=tuple(
            dataset.view_chart(chart, folder, release.package.coverage_place)
            for chart in release.charts
            if chart.name not in rated
        ),
        rates=rates,
        corrections=corrections.list_corrections(release),
        examples=dataset.list_examples(site.portal, release),
        downloads=downloads,
        protections=dataset.list_protections(release),
        privacy=privacypages.privacy_page(release),
        explorer=explorerpages.explorer_page(release),
        rows=rowspages.first_rows_page(release),
        threshold=package.policy.threshold if package.policy else 0,
        warnings=dataset.group_warnings(release),
        withheld=f"{folder}/withheld/index.html" if release.withheld else "",
        law=f"{folder}/law/index.html" if release.bases else "",
        codebook=book_path,
        check=check_path,
        plausibility=plausibilitypages.plausibility_page(release),
        reconciliations=reconciliations.place_reconciliations(release),
        methodology=methodology,
        changes=changes,
        scorecard=scorecardpages.scorecard_page(package.name) if scored else "",
        claims=tested,
        json_ld=release.json_ld,
        standing=releasepages.describe_position(release, history) if history else None,
        age=releasepages.describe_age(release.freshness),
        lost=tuple(
            item.model_copy(update={"since": day_words(item.since)}) for item in package.lost
        ),
    )
    pages = [Page(card.target, "dataset.html", context)]

    def add(
        path: str,
        template: str,
        texts: tuple[str, str],
        receipts: Receipts,
        make: Callable[..., DatasetPage],
        *content: object,
    ) -> None:
        heading, about = texts[0].format(title=title), texts[1].format(title=package.title)
        synthetic = package.synthetic
        shell = site.shell(path, heading, about, below, synthetic=synthetic, receipts=receipts)
        pages.append(Page(path, template, make(shell, release, *content)))

    if book_path:
        tables = codebook.describe_tables(release)
        about = _("Every field of {title}: type, allowed values, missing values.")
        receipts = describe_receipts(figures=count_shown(tables))
        words = _("Codebook: {title}"), about
        told = corrections.list_corrections(release)
        add(book_path, "codebook.html", words, receipts, contexts.CodebookContext, tables, told)
    if check_path:
        about = _("What was checked in {title} before publication, and with what result.")
        receipts = describe_receipts(unproved=_(_CHECK_COUNTED))
        checks = checkpages.describe_checks(package, release.checks, release.findings)
        words = _("Validation report: {title}"), about
        add(check_path, "check.html", words, receipts, checkpages.CheckContext, checks)
    pages += withheldpages.plan_withheld(site.shell, below, release, history)
    pages += plausibilitypages.plan_plausibility(site.shell, below, release)
    pages += privacypages.plan_privacy(site.shell, below, release)
    pages += explorerpages.plan_explorer(site.shell, below, release)
    pages += rowspages.plan_rows(site.shell, below, release)
    if methodology:
        words = _("Methodology: {title}"), _("How {title} was made and how to read it.")
        receipts = describe_receipts(release.methodology_tally)
        text = release.methodology_html
        add(methodology, "methodology.html", words, receipts, contexts.MethodologyContext, text)
    return pages


def plan_report(
    subjects: Sequence[tuple[str, Package | None, Sequence[TableCheck], Sequence[Finding]]],
    style: str,
) -> Page:
    """The page of a check, with its style sheet `style` inside."""
    shown = []
    errors = warnings = 0
    labels = [label for label, *_ in subjects]
    for number, (label, package, checks, findings) in enumerate(subjects):
        errors += sum(f.count for f in findings if f.blocks)
        warnings += sum(f.count for f in findings if not f.blocks)
        before = labels[:number].count(label)  # a package may be named twice
        owner = (label, *([str(before + 1)] if before else [])) if len(subjects) > 1 else ()
        tables = checkpages.describe_checks(package, checks, findings, owner) if package else ()
        shown.append(checkpages.ReportSubject(label, tables, tuple(findings)))
    context = checkpages.ReportContext(not errors, errors, warnings, style, tuple(shown))
    return Page("report.html", "report.html", context)
