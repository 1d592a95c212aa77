"""The pages of places and groups: what all datasets of a portal record about each."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from plainrecord.core.paths import dataset_page
from plainrecord.core.plurals import fit_unit, several
from plainrecord.core.translation import _, ngettext
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.counts import Absence, CountTable, Shown, count_shown, show
from plainrecord.model.documents import PublishedDocument
from plainrecord.model.doubts import Doubt
from plainrecord.model.explorer import Explorer
from plainrecord.model.place_counts import (
    MOST_LINES,
    PLACE_TABLE,
    PLACE_TABLE_HEADER,
    PlaceBreakdown,
    PlaceCounts,
)
from plainrecord.model.places import PLACES, PlaceList, fold_name
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.claims import list_tested
from plainrecord.pages.count_tables import CountLine, describe_lines
from plainrecord.pages.dataset import describe_coverage
from plainrecord.pages.explorer import explorer_page
from plainrecord.pages.portal_context import HOME, Page, Place, Shell, Shells, TestedClaim
from plainrecord.pages.receipt_note import describe_receipts


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """The counts of a place by a field; without `lines` where the portal does not release them.

    Between years with `gaps` are some without records. Where only the most frequent values are
    listed, `cut` is how many.
    """

    label: str
    lines: tuple[CountLine, ...]
    gaps: bool = False
    cut: int = 0


@dataclass(frozen=True, slots=True)
class PlaceRate:
    """A rate of the place, with the ends of its interval, and the address of its receipt."""

    title: str
    words: str
    rate: Shown
    lower: Shown
    upper: Shown
    target: str

    @property
    def absent(self) -> bool:
        """Whether there is a word in the place of the rate, and no interval."""
        return self.rate.suppressed or isinstance(self.rate, Absence)


@dataclass(frozen=True, slots=True)
class PlaceDataset:
    """What a dataset records about a place: `count` records, named by `words`.

    `view` is the choice of the place in the explorer, as an address has it after the #.

    `share`, `rank` and `places` are None where the dataset publishes counts alone.
    """

    title: str
    target: str
    explorer: str
    view: str
    issues: str
    coverage: str
    synthetic: bool
    units: str
    words: str
    count: Shown
    share: Shown | None
    rank: Shown | None
    places: Shown | None
    years: PlaceTable | None
    tables: tuple[PlaceTable, ...]
    rates: tuple[PlaceRate, ...]
    citation: str
    documents: tuple[PublishedDocument, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class PlaceContext:
    """`place.html`: a place, dataset by dataset. `without` are datasets that have none of it."""

    shell: Shell
    name: str
    kind: str
    parent: str
    datasets: tuple[PlaceDataset, ...]
    without: tuple[Place, ...]
    claims: tuple[TestedClaim, ...]
    table: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place in the list of a kind: its count in each dataset, None where it has no record."""

    name: str
    target: str
    counts: tuple[Shown | None, ...]


@dataclass(frozen=True, slots=True)
class UnjoinedValues:
    """The values of a dataset that name no place of the kind."""

    title: str
    label: str
    lines: tuple[CountLine, ...]


@dataclass(frozen=True, slots=True)
class PlaceKindContext:
    """`places.html`: all places of a kind, the values that do not join, and the receipts.

    `absent` are places that the kind lists and no record names.
    """

    shell: Shell
    description: str
    datasets: tuple[Place, ...]
    rows: tuple[PlaceRow, ...]
    absent: tuple[str, ...]
    unjoined: tuple[UnjoinedValues, ...]
    counted: tuple[CountTable, ...]


@dataclass(frozen=True, slots=True)
class PlacesContext:
    """`place-kinds.html`: the kinds of places that have pages, each with its number of places."""

    shell: Shell
    kinds: tuple[tuple[Place, str], ...]


Lines = Mapping[str, tuple[int, ...]]
"""The lines of a table of counts, from 1 on, by the folded name of their place."""


class _Counted:
    """The counts of a dataset for a kind, with the lines of each place."""

    def __init__(self, release: ReleasedDataset, counts: PlaceCounts, places: PlaceList) -> None:
        self.release, self.counts = release, counts
        self.total = _find_lines(counts.total, places)
        self.years = _find_lines(counts.years, places)
        self.by = tuple(_find_lines(item.counted, places) for item in counts.by)
        self.rates = tuple(
            (rate, _find_lines(rate.counted, places))
            for rate in release.rates
            if rate.definition.by == counts.settings.field and not rate.definition.date
        )
        self.views = _find_values(release.explorer, counts.settings.field, places)


def _find_lines(table: CountTable | None, places: PlaceList) -> Lines:
    numbers: dict[str, list[int]] = {}
    for number, row in enumerate(table.rows if table else (), 1):
        if name := places.kind.join(str(row[0])):
            numbers.setdefault(fold_name(name), []).append(number)
    return {name: tuple(lines) for name, lines in numbers.items()}


def _find_values(
    explorer: Explorer | None, field: str, places: PlaceList
) -> Mapping[str, list[tuple[str, str]]]:
    """The choice in the explorer that gives the records of each place, by its folded name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for item in explorer.fields if explorer else ():
        for value in item.known if item.name == field else ():
            if name := places.kind.join(value):
                found.setdefault(fold_name(name), []).append((field, value))
    return found


def _gather(places: PlaceList, releases: Sequence[ReleasedDataset]) -> list[_Counted]:
    return [
        _Counted(release, counts, places)
        for release in releases
        for counts in release.places
        if counts.settings.kind == places.kind.name
    ]


def plan_places(
    shells: Shells,
    lists: Sequence[PlaceList],
    releases: Sequence[ReleasedDataset],
    claims: Sequence[JudgedClaim],
) -> Iterator[Page]:
    """The page of each place, of each kind, and the page of the kinds."""
    if not lists:
        return
    title, about = _("Places"), _("Everything that this portal records about a place, on one page.")
    kinds = tuple((Place(item.kind.title, item.path), _count_pages(item)) for item in lists)
    shell = shells(PLACES, title, about, (HOME,), receipts=describe_receipts())
    yield Page(PLACES, "place-kinds.html", PlacesContext(shell, kinds))
    for places in lists:
        counted = _gather(places, releases)
        trail = (HOME, Place(title, PLACES))
        yield _plan_kind(shells, trail, places, counted)
        below = (*trail, Place(places.kind.title, places.path))
        for key, name in places.names.items():
            yield _plan_place(shells, below, places, key, name, counted, claims)


def _count_pages(places: PlaceList) -> str:
    count = len(places.names)
    return ngettext("{count} page", "{count} pages", count).format(count=f"{count:,}")


def _plan_kind(
    shells: Shells, trail: tuple[Place, ...], places: PlaceList, counted: Sequence[_Counted]
) -> Page:
    rows = tuple(
        PlaceRow(name, places.page(name), tuple(_show_total(one, key) for one in counted))
        for key, name in places.names.items()
    )
    unjoined = tuple(
        UnjoinedValues(
            one.release.package.title,
            one.counts.label,
            describe_lines(apart),
        )
        for one in counted
        if (apart := one.counts.apart)
    )
    about = places.kind.description or _("{kind}: what each dataset records about them.").format(
        kind=places.kind.title
    )
    receipts = describe_receipts(figures=count_shown((rows, unjoined)))
    context = PlaceKindContext(
        shell=shells(places.path, places.kind.title, about, trail, receipts=receipts),
        description=about,
        datasets=tuple(
            Place(one.release.package.title, dataset_page(one.release.package.key))
            for one in counted
        ),
        rows=rows,
        absent=places.absent,
        unjoined=unjoined,
        counted=tuple(table for one in counted for table in one.counts.count_tables()),
    )
    return Page(places.path, "places.html", context)


def _show_total(one: _Counted, key: str) -> Shown | None:
    lines = one.total.get(key)
    return show(one.counts.total, f"{lines[0]}.2") if lines else None


def _plan_place(
    shells: Shells,
    trail: tuple[Place, ...],
    places: PlaceList,
    key: str,
    name: str,
    counted: Sequence[_Counted],
    claims: Sequence[JudgedClaim],
) -> Page:
    path = places.page(name)
    there = [one for one in counted if key in one.total]
    datasets = tuple(_describe_dataset(one, places, key) for one in there)
    without = tuple(
        Place(one.release.package.title, dataset_page(one.release.package.key))
        for one in counted
        if key not in one.total
    )
    portal = ", ".join(item.title for item in datasets)
    about = _("What {portal} records about {name}.").format(portal=portal, name=name)
    receipts = describe_receipts(figures=count_shown(datasets))
    context = PlaceContext(
        shell=shells(path, name, about, trail, receipts=receipts),
        name=name,
        kind=places.kind.title,
        parent=places.path,
        datasets=datasets,
        without=without,
        claims=_find_claims(name, there, claims),
        table=table_path(places, name),
    )
    return Page(path, "place.html", context)


def _find_claims(
    name: str, there: Sequence[_Counted], claims: Sequence[JudgedClaim]
) -> tuple[TestedClaim, ...]:
    """The claims that were tested on these datasets and name the place."""
    tested = (list_tested(one.release.package.name, claims) for one in there)
    own = f" {fold_name(name)} "
    named = (claim for listed in tested for claim in listed if own in f" {fold_name(claim.title)} ")
    return tuple(dict.fromkeys(named))


def _describe_dataset(one: _Counted, places: PlaceList, key: str) -> PlaceDataset:
    name = places.names[key]
    package, counts = one.release.package, one.counts
    line, wide = one.total[key][0], len(counts.total.columns) > 2
    count = show(counts.total, f"{line}.2")
    years = None
    if counts.years:
        lines = describe_lines(counts.years, one.years.get(key, ()), 2)
        listed = (str(counts.years.rows[number - 1][1]) for number in one.years.get(key, ()))
        stamps = [int(text) for text in listed if text.isdecimal()]
        gaps = bool(stamps) and stamps[-1] - stamps[0] >= len(stamps)
        years = PlaceTable(
            _("Fiscal year") if counts.settings.year == "fiscal" else _("Year"), lines, gaps
        )
    tables = tuple(
        _describe_breakdown(item, line_numbers.get(key, ()), wide)
        for item, line_numbers in zip(counts.by, one.by, strict=True)
    )
    rates = tuple(
        PlaceRate(
            title=rate.definition.title,
            words=rate.definition.words,
            rate=rate.show(row[0], "rate"),
            lower=rate.show(row[0], "lower"),
            upper=rate.show(row[0], "upper"),
            target=f"{dataset_page(package.key)}#rate-{rate.definition.name}",
        )
        for rate, line_numbers in one.rates
        if (row := line_numbers.get(key))
    )
    return PlaceDataset(
        title=package.title,
        target=dataset_page(package.key),
        explorer=explorer_page(one.release),
        view=urlencode(one.views.get(key, ())),
        issues=f"{dataset_page(package.key)}#limits" if one.release.issues_html else "",
        coverage=describe_coverage(one.release),
        synthetic=bool(package.synthetic),
        units=several(counts.unit),
        words=fit_unit(count.text, counts.unit),
        count=count,
        share=show(counts.total, f"{line}.2/{line}.5") if wide else None,
        rank=show(counts.total, f"{line}.3") if wide else None,
        places=show(counts.total, f"{line}.4") if wide else None,
        years=years,
        tables=tables,
        rates=rates,
        citation=one.release.citation,
        documents=tuple(
            item
            for item in one.release.documents
            if item.document.field == counts.settings.field
            and name in map(places.find, item.document.values)
        ),
        doubts=counts.total.receipt.doubts,
    )


def _describe_breakdown(item: PlaceBreakdown, lines: Sequence[int], ranked: bool) -> PlaceTable:
    described = describe_lines(item.counted, lines, 2) if item.counted else ()
    cut = len(described) if ranked and len(described) == MOST_LINES else 0
    return PlaceTable(item.label, described, cut=cut)


def table_path(places: PlaceList, name: str) -> str:
    """Where the CSV file of a place is."""
    return places.page(name).replace("index.html", PLACE_TABLE)


def write_tables(
    places: PlaceList, releases: Sequence[ReleasedDataset]
) -> Iterator[tuple[str, bytes]]:
    """The numbers of each page of a place as CSV, with the path of the file."""
    counted = _gather(places, releases)
    for key, name in places.names.items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(PLACE_TABLE_HEADER)
        for one in counted:
            package, counts = one.release.package, one.counts
            tables = [("", counts.total, one.total), ("year", counts.years, one.years)]
            tables += [
                (item.label, item.counted, lines)
                for item, lines in zip(counts.by, one.by, strict=True)
            ]
            for by, table, lines in tables:
                for line in lines.get(key, ()) if table else ():
                    row = table.rows[line - 1] if table else ()
                    value, count = ("", row[1]) if not by else row[1:3]
                    writer.writerow((package.name, counts.unit, by, value, count))
        yield table_path(places, name), text.getvalue().encode()
