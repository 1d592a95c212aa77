"""What the search finds: a list for the script of pages, and the page from A to Z."""

import itertools
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plainrecord.core.html import identify
from plainrecord.core.paths import claim_page, dataset_page
from plainrecord.core.translation import _, to_translate
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.portal_context import Shell
from plainrecord.pages.search_context import LetterGroup, SearchEntry

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
LONGEST = 160
"""Characters of a description in a result."""

MOST_CATEGORIES = 60
"""A field is found by the labels of so many of its categories."""


def list_entries(
    shells: Sequence[tuple[str, Shell]],
    releases: Sequence[ReleasedDataset],
    claims: Sequence[JudgedClaim],
    places: Sequence[SearchEntry] = (),
) -> tuple[SearchEntry, ...]:
    """Every entry, in no order.

    `shells` are the pages of the portal by path. Of releases and their pages only the newest are
    listed: the others say the same.
    """
    entries = [*places]
    entries += [
        replace(entry, example=bool(release.package.synthetic))
        for release in releases
        for entry in _list_dataset(release)
    ]
    entries += [
        SearchEntry("claim", one.claim.title, one.claim.speaker, claim_page(one.claim.name))
        for one in claims
    ]
    known = {entry.target for entry in entries}
    entries += [
        SearchEntry(
            *("page", shell.title, _shorten(shell.description), path),
            example=bool(shell.synthetic),
        )
        for path, shell in shells
        if path not in known and "/releases/" not in path and path not in ("404.html", INDEX)
    ]
    return tuple(dict.fromkeys(entries))


def _list_dataset(release: ReleasedDataset) -> Iterator[SearchEntry]:
    package = release.package
    page, book = dataset_page(package.key), f"{package.home}/codebook/index.html"
    words = " ".join((package.name, *package.keywords))
    yield SearchEntry("dataset", package.title, _shorten(package.summary), page, words)
    if release.built:
        formats = {item.format for item in release.distributions}
        parts = (
            ("downloads", _("Downloads: {title}"), ["download", "license", *sorted(formats)]),
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
                yield SearchEntry("field", field.label, package.title, place, words)
    for searched in release.searched:
        field = searched.field
        labels = {item.value: item.label for item in field.categories if item.label}
        place = f"{book}#field-{identify(searched.resource, field.name)}"
        detail = f"{field.label}, {package.title}"
        for value in searched.values:
            label = labels.get(value, "")
            yield SearchEntry("value", label or value, detail, place, value if label else "")


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
            *([entry.words] if entry.words else []),
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
