"""Compare the feeds of the portal, of datasets and of corrections with what they announce."""

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urldefrag

from plainrecord.core.html import flatten, parse_page, read_words
from plainrecord.core.paths import (
    CORRECTIONS_FEED,
    PORTAL_FEED,
    dataset_chain,
    dataset_feed,
    dataset_page,
)
from plainrecord.core.strict_json import Json, objects_in, read_object
from plainrecord.findings.finding import Finding
from plainrecord.publishing.feeds import FeedEntry, announce_release
from plainrecord.verify.documents import LONGEST_TEXT, report
from plainrecord.verify.feed import read_entries
from plainrecord.verify.mirror import SiteMirror


def compare_portal_feeds(
    mirror: SiteMirror, api: Mapping[str, Mapping[str, Json]]
) -> Iterator[Finding]:
    """Where a feed leaves out a release, an update or a correction, or has another one.

    `api` are the documents of the datasets in the API. What a feed of a dataset announces follows
    from its chain and the corrections on its page; the other feeds have the entries of all.
    """
    every: list[FeedEntry] = []
    unread = {
        path
        for path in mirror.manifest.files
        if path.startswith("datasets/") and path == dataset_feed(path.split("/")[1])
    }
    for document in api.values():
        name, title = str(document.get("name")), flatten(str(document.get("title")))
        page, chain = dataset_page(name), dataset_chain(name)
        if not {page, dataset_feed(name)} <= mirror.downloaded.keys():
            continue
        if mirror.unavailable(page, dataset_feed(name), chain):
            continue
        unread.discard(dataset_feed(name))
        expected = [*_list_releases(document, read_object(mirror.content(chain)))]
        corrections = list(_list_corrections(page, mirror.content(page)))
        entries = _read(mirror, dataset_feed(name))
        shown = [entry for entry in entries if not entry.terms]
        yield from _differ(dataset_feed(name), shown, expected)
        announced = {entry.page: entry for entry in entries if entry.terms}
        yield from _differ_in_words(dataset_feed(name), title, announced, dict(corrections))
        every += entries
    if unread:
        return
    corrected = [entry for entry in every if entry.terms]
    for path, expected in ((PORTAL_FEED, every), (CORRECTIONS_FEED, corrected)):
        if not mirror.unavailable(path) and (expected or path in mirror.downloaded):
            yield from _differ(path, _read(mirror, path), expected)


def _read(mirror: SiteMirror, path: str) -> list[FeedEntry]:
    return read_entries(path, mirror.content(path), mirror.manifest.base_url) or []


def _list_releases(document: Mapping[str, Json], chain: Mapping[str, Json]) -> Iterator[FeedEntry]:
    """What a dataset announces apart from corrections: its releases, or without any its update."""
    name, title, summary = (str(document.get(key) or "") for key in ("name", "title", "summary"))
    if not chain:
        if day := str(document.get("updated") or ""):
            yield FeedEntry(flatten(title), dataset_page(name), day, flatten(summary))
        return
    withdrawn = {item.get("release") for item in objects_in(chain.get("withdrawn"))}
    for release in objects_in(chain.get("releases")):
        day, note = str(release.get("date")), str(release.get("note") or "")
        if day not in withdrawn:
            page = dataset_page(f"{name}@{day}")
            yield announce_release(flatten(title), day, page, flatten(note or summary))


def _list_corrections(page: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The address and the words of each correction on the page of a dataset."""
    for item in parse_page(content).xpath("//ul[@class='corrections']/li[@id]"):
        yield f"{page}#{item.get('id')}", read_words(item)


def _differ(
    path: str, shown: Sequence[FeedEntry], expected: Sequence[FeedEntry]
) -> Iterator[Finding]:
    times = Counter(shown)
    right_entries, right_by_page = {*expected}, {one.page: one for one in reversed(expected)}
    for entry in shown:
        if entry not in right_entries or times[entry] > 1:
            found = f"an entry is {entry.title!r}, {entry.day}, {entry.summary!r}, {entry.page}"
            other = right_by_page.get(entry.page)
            right = f"{other.title!r}, {other.day}, {other.summary!r}" if other else "no such entry"
            yield report(path, found, right)
    pages = {one.page for one in shown}
    for entry in expected:
        if entry.page not in pages:
            yield report(path, f"{entry.title!r} is missing", "each entry once")


def _differ_in_words(
    path: str, title: str, announced: Mapping[str, FeedEntry], shown: Mapping[str, str]
) -> Iterator[Finding]:
    """Differences of the corrections in a feed from those on the page, by their addresses."""
    for address in sorted(announced.keys() | shown.keys()):
        entry, words = announced.get(address), shown.get(address)
        where = posixpath.basename(urldefrag(address).url)
        if entry is None or words is None:
            found = f"the correction {address} is {'missing' if entry is None else 'there'}"
            yield report(path, found, f"the corrections of {where}")
        elif any(
            part not in words for part in (entry.title.removeprefix(f"{title}: "), entry.summary)
        ):
            found = f"the correction is {entry.title!r}, {entry.summary!r}"
            yield report(path, found, f"{words!r}"[:LONGEST_TEXT])
