"""What the search finds: a list for the script of pages, and the page from A to Z."""

import itertools
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote_plus

from plainrecord.core.html import identify
from plainrecord.core.paths import claim_page, dataset_page
from plainrecord.core.translation import _, to_translate
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.places import PlaceList
from plainrecord.model.products import ReleasedDataset, SearchedField
from plainrecord.model.rows import list_filters
from plainrecord.pages.explorer import explorer_page
from plainrecord.pages.portal_context import Shell
from plainrecord.pages.rows import rows_page


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """Something that a reader can find: `kind` is a key of `search.KINDS`.

    `detail` says where it belongs, `target` is its address, `words` are further words to find it by,
    `codes` what names it besides: codes of a place, years of a dataset. An `example` belongs to
    synthetic data or to a dataset that is listed only: it stands behind what is real and here.
    """

    kind: str
    title: str
    detail: str
    target: str
    words: str = ""
    codes: str = ""
    example: bool = False


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """The entries that begin with a letter, "" for another sign."""

    letter: str
    anchor: str
    entries: tuple[SearchEntry, ...]

    @property
    def listed(self) -> tuple[SearchEntry, ...]:
        """The entries without values: those of a field all lead to the field, which is listed."""
        return tuple(entry for entry in self.entries if entry.kind != "value")


@dataclass(frozen=True, slots=True)
class IndexContext:
    """The template `a-z.html`: the entries of each letter."""

    shell: Shell
    letters: tuple[LetterGroup, ...]
    kinds: dict[str, str]


INDEX = "a-z/index.html"
LIST = "search.json"
"""The asset with all entries."""
KINDS: Mapping[str, str] = {
    "place": to_translate("Places"),
    "dataset": to_translate("Datasets"),
    "figure": to_translate("Figures and charts"),
    "claim": to_translate("Claims"),
    "field": to_translate("Fields"),
    "value": to_translate("Values"),
    "page": to_translate("Pages"),
}
ONE: Mapping[str, str] = {
    "place": to_translate("Place"),
    "dataset": to_translate("Dataset"),
    "figure": to_translate("Figure or chart"),
    "claim": to_translate("Claim"),
    "field": to_translate("Field"),
    "value": to_translate("Value"),
    "page": to_translate("Page"),
}
"""What stands beside one entry of a kind."""
LONGEST = 160
"""Characters of a description in a result."""

MOST_YEARS = 60
"""A dataset is found by so many of the years that it covers."""

MOST_CATEGORIES = 60
"""A field is found by the labels of so many of its categories."""


def list_entries(
    shells: Sequence[tuple[str, Shell]],
    releases: Sequence[ReleasedDataset],
    claims: Sequence[JudgedClaim],
    places: Sequence[PlaceList] = (),
) -> tuple[SearchEntry, ...]:
    """Every entry, in no order.

    `shells` are the pages of the portal by path, `places` those that have pages. Of releases and
    their pages only the newest are listed: the others say the same.
    """
    entries = [entry for kind in places for entry in _list_places(kind, releases)]
    entries += [
        replace(entry, example=bool(release.package.synthetic) or not release.built)
        for release in releases
        for entry in _list_dataset(release, places)
    ]
    entries += [
        SearchEntry("claim", one.claim.title, one.claim.speaker, claim_page(one.claim.name))
        for one in claims
    ]
    known = {entry.target for entry in entries}
    absent = {kind.path: " ".join(_name_absent(kind)) for kind in places}
    entries += [
        SearchEntry(
            *("page", shell.title, _shorten(shell.description), path, "", absent.get(path, "")),
            example=bool(shell.synthetic),
        )
        for path, shell in shells
        if path not in known and "/releases/" not in path and path not in ("404.html", INDEX)
    ]
    return tuple(dict.fromkeys(entries))


def _name_absent(places: PlaceList) -> Iterator[str]:
    """What finds the page of a kind: places of which no record is here, which it lists."""
    yield _("Places")
    for name in places.absent:
        yield from (name, *places.kind.known[name])


def _list_places(places: PlaceList, releases: Sequence[ReleasedDataset]) -> Iterator[SearchEntry]:
    """The pages of places of a kind, which are also found by what is counted there and by codes."""
    units = dict.fromkeys(
        release.package.unit
        for release in releases
        if any(settings.kind == places.kind.name for settings in release.package.places)
    )
    for name in places.names.values():
        codes = " ".join(places.kind.known.get(name, ()))
        yield SearchEntry(
            *("place", name, places.kind.title, places.page(name), " ".join(units)), codes=codes
        )


def _list_dataset(release: ReleasedDataset, places: Sequence[PlaceList]) -> Iterator[SearchEntry]:
    package = release.package
    page, book = dataset_page(package.key), f"{package.home}/codebook/index.html"
    years = _list_years(package.coverage_from, package.coverage_to)
    words = " ".join((package.name, *package.keywords))
    summary = _shorten(package.summary)
    yield SearchEntry("dataset", package.title, summary, page, words, " ".join(years))
    if release.built:
        formats = {item.format for item in release.distributions}
        parts = (
            (
                "downloads",
                _("Downloads: {title}"),
                ["download", "license", "API", *sorted(formats)],
            ),
            ("limits", _("Known problems: {title}"), ["error", "mistake", "quality"]),
            ("cite", _("How to cite: {title}"), ["citation", "BibTeX", "RIS"]),
        )
        for anchor, text, also in parts:
            heading = text.format(title=package.title)
            yield SearchEntry("page", heading, "", f"{page}#{anchor}", " ".join(also))
    for figure in release.figures:
        yield SearchEntry("figure", figure.title, package.title, f"{page}#figure-{figure.name}")
    for chart in release.charts:
        yield SearchEntry("figure", chart.title, package.title, f"{page}#chart-{chart.name}")
    fields = {(field.label, field.name) for table in release.tables for field in table.fields}
    alike = Counter(label for label, _ in fields)
    named: set[tuple[str, str]] = set()  # tables of one dataset often have the same field
    for table in release.tables:
        for field in table.fields:
            if (field.label, field.name) not in named:
                named.add((field.label, field.name))
                place = f"{book}#field-{identify(table.resource, field.name)}"
                categories = (
                    item.label or item.value for item in field.categories[:MOST_CATEGORIES]
                )
                words = " ".join((field.name, *categories))
                apart = f"{field.name}, " if alike[field.label] > 1 else ""
                yield SearchEntry("field", field.label, apart + package.title, place, words)
    for searched in release.searched:
        field = searched.field
        labels = {item.value: item.label for item in field.categories if item.label}
        target = _page_of_values(release, searched)
        detail = f"{field.label}, {package.title}"
        kinds = {settings.kind for settings in package.places if settings.field == field.name}
        joined = [one for one in places if one.kind.name in kinds]
        for value in searched.values:
            label = labels.get(value, "")
            found = [(name, kind.page(name)) for kind in joined if (name := kind.find(value))]
            name, page = found[0] if found else ("", target)
            if name.casefold() not in (label.casefold(), value.casefold()) or not name:
                yield SearchEntry("value", label or value, detail, page, value if label else "")


def _list_years(first: str, last: str) -> list[str]:
    """The years from a date to another, the newest ones if they are many."""
    if not (first[:4].isdigit() and last[:4].isdigit()):
        return []
    return [str(year) for year in range(int(first[:4]), int(last[:4]) + 1)][-MOST_YEARS:]


def _page_of_values(release: ReleasedDataset, searched: SearchedField) -> str:
    """Where a reader sees the records with a value of a field: the script adds it after "=".

    The explorer, or else the page of the rows; where neither has the field, the codebook.
    """
    name, resource = searched.field.name, searched.resource
    chosen = f"#{quote_plus(name)}="
    if release.explorer and any(field.name == name for field in release.explorer.fields):
        return explorer_page(release) + chosen
    filters = list_filters(searched.field.type, named=bool(searched.field.categories))
    table = next((table for table in release.rows if table.resource == resource), None)
    if table and "values" in filters:
        return rows_page(release, table) + chosen
    return f"{release.package.home}/codebook/index.html#field-{identify(resource, name)}"


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST].rsplit(' ', 1)[0]} …"


def write_list(entries: Sequence[SearchEntry], synonyms: Mapping[str, Sequence[str]]) -> bytes:
    """The list as JSON: texts and targets that occur often are numbers of `shared`.

    The number of an example's kind is that of the kind, more by the number of kinds.
    """
    kinds = list(KINDS)
    entries = sorted(entries, key=lambda entry: kinds.index(entry.kind))
    shared = {text: 0 for entry in entries for text in (entry.detail, entry.target)}
    shared = {text: number for number, text in enumerate(shared)}
    rows = [
        [
            kinds.index(entry.kind) + len(kinds) * entry.example,
            *(entry.title, shared[entry.detail], shared[entry.target]),
            *([entry.words] if entry.words or entry.codes else []),
            *([entry.codes] if entry.codes else []),
        ]
        for entry in entries
    ]
    document = {
        "kinds": [_(KINDS[kind]) for kind in kinds],
        "shared": list(shared),
        "entries": rows,
        "synonyms": {word: list(others) for word, others in synonyms.items()},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def group_letters(entries: Sequence[SearchEntry]) -> tuple[LetterGroup, ...]:
    """The entries by the first letter of their titles; what begins with another sign is first."""
    ordered = sorted(entries, key=lambda entry: (_letter(entry), _fold(entry.title), entry.target))
    return tuple(
        LetterGroup(letter, f"letter-{ord(letter):x}" if letter else "letter-0", tuple(group))
        for letter, group in itertools.groupby(ordered, key=_letter)
    )


def _fold(text: str) -> str:
    return "".join(
        sign
        for sign in unicodedata.normalize("NFKD", text.strip())
        if not unicodedata.combining(sign)
    ).casefold()


def _letter(entry: SearchEntry) -> str:
    first = _fold(entry.title)[:1].upper()
    return first if first.isalpha() else ""
