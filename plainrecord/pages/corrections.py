"""Corrections: those of a dataset on its page, and all of them on a page of the portal."""

from collections.abc import Sequence

from plainrecord.core.html import identify
from plainrecord.core.paths import CORRECTIONS_FEED, CORRECTIONS_PAGE, dataset_page
from plainrecord.core.translation import _, to_translate
from plainrecord.model.declarations import Correction, correction_ids
from plainrecord.model.freshness import day_words
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.portal_context import HOME, CorrectionLine, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts

TITLE = to_translate("Corrections")
PLACE = Place(TITLE, CORRECTIONS_PAGE)


def list_corrections(*releases: ReleasedDataset) -> tuple[CorrectionLine, ...]:
    """The corrections of datasets, the newest first, each with what it concerns."""
    dated = [
        (item.date, _describe(item, name, release))
        for release in releases
        for item, name in zip(
            release.package.corrections,
            correction_ids(release.package.name, release.package.corrections),
            strict=True,
        )
    ]
    return tuple(line for _day, line in sorted(dated, key=lambda pair: pair[0], reverse=True))


def _describe(item: Correction, identity: str, release: ReleasedDataset) -> CorrectionLine:
    titles = {figure.name: (figure.title, "figure") for figure in release.figures}
    titles |= {chart.name: (chart.title, "chart") for chart in release.charts}
    name, title = item.figure or item.chart, release.package.title
    target, anchor = dataset_page(release.package.key), ""
    if name in titles:
        part, kind = titles[name]
        title, anchor = f"{part}, {title}", f"{kind}-{name}"
    elif item.field:
        title = _("{title}, field {field}").format(title=title, field=item.field)
        tables = (t for t in release.tables for field in t.fields if field.name == item.field)
        if table := next(tables, None):
            target = f"{release.package.home}/codebook/index.html"
            anchor = f"field-{identify(table.resource, item.field)}"
    return CorrectionLine(
        id=identity,
        day=day_words(item.date),
        status=item.outcome,
        what=item.what,
        reason=item.reason,
        about=Place(title, target),
        anchor=anchor,
    )


def plan_corrections(shells: Shells, releases: Sequence[ReleasedDataset]) -> list[Page]:
    """The page of all corrections; none where no dataset has one."""
    lines = list_corrections(*releases)
    if not lines:
        return []
    about = _("Errors in this portal, when they were found, and what was done.")
    shell = shells(CORRECTIONS_PAGE, _(TITLE), about, (HOME,), receipts=describe_receipts())
    context = contexts.CorrectionsContext(shell, lines, CORRECTIONS_FEED)
    return [Page(CORRECTIONS_PAGE, "corrections.html", context)]
