"""Pages of changes: all releases, and each release compared with the one before."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from plainrecord.core.periods import name_period
from plainrecord.core.translation import _, to_translate
from plainrecord.model.counts import (
    CountTable,
    LinkedNumber,
    RecordList,
    Shown,
    count_shown,
    label_period,
    show,
)
from plainrecord.model.freshness import day_words
from plainrecord.model.packages import Package
from plainrecord.model.products import ReleasedDataset
from plainrecord.model.revisions import PairChanges, Revisions
from plainrecord.model.suppression import suppress
from plainrecord.pages.change import (
    ChangeDownload,
    describe_columns,
    describe_method,
    describe_sameness,
    mark_number,
    offer_file,
    plan_pair,
    show_count,
)
from plainrecord.pages.notices import Notice, list_notices
from plainrecord.pages.portal_context import DatasetPage, Page, Place, Shells
from plainrecord.pages.receipt_note import describe_receipts
from plainrecord.pages.releases import releases_path
from plainrecord.receipts.change_ids import changes_id, choose_periods, count_words

_NOTICED = to_translate(
    "Notes on repeated releases, earlier end dates, changed protection and wrong dates in file names "
    "have no receipt."
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of 0 to 100 units for a number, and the number in words."""

    width: float
    text: str  # markup where it carries a receipt


@dataclass(frozen=True, slots=True)
class PairLine:
    """Two successive releases in the list of all; `note` says so if nothing differs."""

    day: str
    date: str
    target: str
    rows: str
    added: Bar
    vanished: Bar
    changed: str
    note: str


@dataclass(frozen=True, slots=True)
class TriangleCell:
    """A count as one release reported it; `moved` where a closed period is not what it was."""

    text: str
    moved: bool = False
    change: str = ""


@dataclass(frozen=True, slots=True)
class TriangleRow:
    """A period and its counts, one for each release."""

    period: Shown
    cells: tuple[TriangleCell, ...]


@dataclass(frozen=True, slots=True)
class TriangleView:
    """The revision triangle: `releases` are (release's day, page); `left_out` counts quiet periods."""

    field: str
    period: str
    releases: tuple[tuple[str, str], ...]
    rows: tuple[TriangleRow, ...]
    left_out: int
    counted: CountTable | None


@dataclass(frozen=True, slots=True)
class ChangesContext(DatasetPage):
    """`changes.html`: all releases of a dataset, each compared with the one before, the newest
    first.

    `grown` are the rows of the first release and of the newest.
    """

    releases: str
    feed: str
    unit: str
    first: str
    last: str
    grown: tuple[str, str]
    method: str
    lines: tuple[PairLine, ...]
    notices: tuple[Notice, ...]
    triangle: TriangleView | None
    ledger: ChangeDownload | None
    record_list: RecordList | None


def changes_page(name: str) -> str:
    """The page of all that changed in a dataset."""
    return f"datasets/{name}/changes/index.html"


def pair_page(package: Package, revisions: Revisions | None) -> str:
    """The path of the page that compares a release with the one before; "" if there is none."""
    compared = revisions is not None and any(
        pair.new == package.release for pair in revisions.pairs
    )
    return f"datasets/{package.name}/changes/{package.release}/index.html" if compared else ""


def plan_changes(
    shells: Shells, trail: tuple[Place, ...], release: ReleasedDataset, revisions: Revisions
) -> list[Page]:
    """The pages of changes in a dataset; `release` is the dataset as it is now."""
    package = release.package
    path, dataset = changes_page(package.name), f"{package.home}/index.html"
    below = (*trail, Place(package.title, dataset))
    folder = path.removesuffix("/index.html")
    labels = {
        field.name: field.label
        for table in release.tables
        if table.resource == revisions.settings.resource
        for field in table.fields
    }
    most = max(
        (
            count
            for pair in revisions.pairs
            if not pair.small  # the other bars would be measured by what is hidden
            for count in (pair.comparison.added, pair.comparison.vanished)
        ),
        default=1,
    )
    lines = tuple(_line(pair, folder, most, revisions) for pair in reversed(revisions.pairs))
    triangle = _triangle(revisions, package.name, labels)
    notices = tuple(list_notices(revisions, package.name, folder, labels))
    noticed = bool(
        revisions.repeats
        or revisions.reused
        or revisions.protections
        or revisions.setbacks
        or revisions.misdated
    )
    start, end = revisions.pairs[0], revisions.pairs[-1]
    grown = (
        mark_number(revisions, start, "before", start.comparison.old_rows),
        mark_number(revisions, end, "after", end.comparison.new_rows),
    )
    shell = shells(
        path,
        _("What changed in {title}").format(title=package.title),
        _("Every release of {title} compared with the one before.").format(title=package.title),
        below,
        synthetic=package.synthetic,
        receipts=describe_receipts(
            figures=count_shown((notices, lines, triangle, grown)), unproved=_(_NOTICED) * noticed
        ),
    )
    context = ChangesContext(
        shell=shell,
        release=release,
        releases=releases_path(package.name),
        feed=f"{folder}/feed.atom",
        unit=revisions.unit,
        first=day_words(start.old),
        last=day_words(end.new),
        grown=grown,
        method=describe_method(revisions, labels),
        lines=lines,
        notices=notices,
        triangle=triangle,
        ledger=offer_file(
            revisions.ledger, folder, _("every record that was in one release and not in the next")
        )
        if revisions.ledger
        else None,
        record_list=next(
            (r for r in revisions.record_lists if r.id == changes_id(package.name, "vanished")),
            None,
        ),
    )
    planned: list[Page] = [Page(path, "changes.html", context)]
    trail = (*below, Place(_("What changed"), path))
    return [
        *planned,
        *(plan_pair(shells, trail, release, revisions, p, labels) for p in revisions.pairs),
    ]


def _line(pair: PairChanges, folder: str, most: int, revisions: Revisions) -> PairLine:
    comparison = pair.comparison
    columns = comparison.columns
    note = count_words(pair) if pair.small else describe_sameness(pair)
    if not note and (columns.added or columns.dropped):
        note = " ".join(describe_columns(comparison)[:2])

    def bar(name: str, count: int) -> Bar:
        width = round(100 * count / max(most, 1), 2)
        return Bar(0 if pair.small else width, mark_number(revisions, pair, name, count))

    before = mark_number(revisions, pair, "before", comparison.old_rows)
    after = mark_number(revisions, pair, "after", comparison.new_rows)

    return PairLine(
        day=pair.new,
        date=day_words(pair.new),
        target=f"{folder}/{pair.new}/index.html",
        rows=Markup("{} → {}").format(before, after),
        added=bar("added", comparison.added),
        vanished=bar("vanished", comparison.vanished),
        changed=mark_number(revisions, pair, "changed", comparison.changed),
        note=note,
    )


def _triangle(revisions: Revisions, name: str, labels: Mapping[str, str]) -> TriangleView | None:
    triangle, settings = revisions.triangle, revisions.settings
    if triangle is None or not triangle.periods:
        return None
    moved = {(item.period, item.new_release): item for item in revisions.moved}
    columns = [
        suppress([counts[at] or 0 for counts in triangle.counts], revisions.threshold)
        for at in range(len(triangle.releases))
    ]
    table = revisions.find_counts(changes_id(name, "periods"))
    periods = choose_periods(triangle, revisions.moved, revisions.threshold)
    places = {period: line for line, period in enumerate(periods, 1)}
    rows: list[TriangleRow] = []
    for line, (period, counts) in enumerate(zip(triangle.periods, triangle.counts, strict=True)):
        cells = []
        for at, (release, count) in enumerate(zip(triangle.releases, counts, strict=True)):
            shown = columns[at][line] if count is not None else None
            item = moved.get((period, release))
            change = ""
            text = "–" if count is None else show_count(shown)
            if count is not None and period in places and shown is not None and table:
                text = show(table, f"{places[period]}.{at + 2}").marked
            if item is not None and not revisions.threshold:
                old = f"{item.old:,}"
                if period in places and table:
                    old = show(table, f"{places[period]}.{at + 1}").marked
                change = Markup("was {}").format(old)
                change += "" if item.new is not None else _(", now not covered")
            cells.append(TriangleCell(text, bool(change), change))
        if period in places:
            named = (
                label_period(table, f"{places[period]}.1")
                if table
                else LinkedNumber(name_period(period), "", "")
            )
            rows.append(TriangleRow(named, tuple(cells)))
    return TriangleView(
        labels.get(settings.date, settings.date),
        settings.period.replace("-", " "),
        tuple(
            (day_words(r), f"datasets/{name}/releases/{r}/index.html") for r in triangle.releases
        ),
        tuple(reversed(rows)),
        len(triangle.periods) - len(rows),
        table,
    )
