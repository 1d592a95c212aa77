"""Atom feeds (RFC 4287). They contain no time of the build."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from plainrecord.core.paths import (
    CLAIMS_FEED,
    CLAIMS_PAGE,
    CORRECTIONS_FEED,
    CORRECTIONS_PAGE,
    PORTAL_FEED,
    absolute_url,
    claim_page,
    dataset_feed,
    dataset_page,
    published_link,
)
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.declarations import Portal, correction_ids
from plainrecord.model.freshness import day_words
from plainrecord.model.products import History, Output, ReleasedDataset
from plainrecord.model.revisions import Revisions
from plainrecord.receipts.change_ids import count_words

ATOM = "http://www.w3.org/2005/Atom"
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) does not allow in a document."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """Something new: title, path of its page, day, plain text, and `terms` (its categories)."""

    title: str
    page: str
    day: str
    summary: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed at `path` about `page`, the newest first, known by address or `identity`."""

    path: str
    title: str
    page: str
    author: str
    base_url: str
    entries: tuple[FeedEntry, ...]
    identity: str


def write_feed(feed: Feed) -> Output:
    """The feed as Atom. Without a public address of the portal, ids are names and links relative."""
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed")

    def add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> None:
        element = ElementTree.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
        element.text = _UNFIT.sub("", text) or None

    def address(page: str) -> str:
        return published_link(feed.base_url, feed.path, page)

    def name(page: str) -> str:
        return absolute_url(feed.base_url, page) if feed.base_url else _name(feed.identity, page)

    add(root, "title", feed.title)
    add(root, "id", name(feed.path))
    add(root, "link", href=address(feed.page))
    add(root, "link", rel="self", href=address(feed.path))
    add(root, "updated", f"{max((e.day for e in feed.entries), default='1970-01-01')}T00:00:00Z")
    author = ElementTree.SubElement(root, f"{{{ATOM}}}author")
    add(author, "name", feed.author)
    for entry in feed.entries:
        item = ElementTree.SubElement(root, f"{{{ATOM}}}entry")
        add(item, "title", entry.title)
        add(item, "id", name(entry.page))
        add(item, "link", href=address(entry.page))
        add(item, "updated", f"{entry.day}T00:00:00Z")
        for term in entry.terms:
            add(item, "category", term=term)
        add(item, "summary", entry.summary)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return Output(feed.path, f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode())


def identify_portal(portal: Portal) -> str:
    """What distinguishes a portal from others: its repository, or its title and publisher."""
    publisher = portal.publisher
    return portal.repository or json.dumps([portal.title, publisher.name, publisher.url])


def _name(identity: str, page: str) -> str:
    """A unique name for `page` across portals: a UUID (RFC 9562, version 8) of a SHA-256."""
    digest = bytearray(hashlib.sha256(json.dumps([identity, page]).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "urn:uuid:" + "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def render_changes_feed(portal: Portal, name: str, title: str, revisions: Revisions) -> Feed:
    """The feed of what changed from release to release of a dataset."""
    folder = f"datasets/{name}/changes"
    entries = [
        announce_release(title, pair.new, f"{folder}/{pair.new}/index.html", count_words(pair))
        for pair in revisions.pairs
    ]
    path, page = f"{folder}/feed.atom", f"{folder}/index.html"
    return _feed(portal, path, f"What changed in {title}", page, entries)


def _feed(portal: Portal, path: str, title: str, page: str, entries: Sequence[FeedEntry]) -> Feed:
    ordered = tuple(sorted(entries, key=lambda entry: entry.day, reverse=True))
    identity = identify_portal(portal)
    return Feed(path, title, page, portal.publisher.name, portal.base_url, ordered, identity)


def render_feeds(
    portal: Portal, releases: Sequence[ReleasedDataset], histories: Mapping[str, History]
) -> tuple[Feed, ...]:
    """The feed of the portal, that of each dataset, and that of all corrections if there are any.

    The first two have releases and corrections. A dataset without releases has an entry for its
    last update.
    """

    feeds, every, corrected = [], [], []
    for release in releases:
        package = release.package
        corrections = [
            FeedEntry(
                f"{package.title}: {item.outcome}. {item.what}",
                f"{dataset_page(release.package.key)}#{identity}",
                item.date,
                item.reason,
                (item.status,),
            )
            for item, identity in zip(
                package.corrections, correction_ids(package.name, package.corrections), strict=True
            )
        ]
        entries = [*_list_releases(release, histories.get(package.name)), *corrections]
        page = dataset_page(package.key)
        feeds.append(_feed(portal, dataset_feed(package.name), package.title, page, entries))
        every += entries
        corrected += corrections
    feeds.append(_feed(portal, PORTAL_FEED, portal.title, "index.html", every))
    if corrected:
        title = f"Corrections: {portal.title}"
        feeds.append(_feed(portal, CORRECTIONS_FEED, title, CORRECTIONS_PAGE, corrected))
    return tuple(feeds)


def _list_releases(released: ReleasedDataset, history: History | None) -> list[FeedEntry]:
    package, summary = released.package, released.package.summary
    notes = {release.date: release.note for release in history.ledger.kept} if history else {}
    if not history:
        day = package.updated
        entry = FeedEntry(package.title, dataset_page(package.key), day, summary)
        return [entry] if day else []
    return [
        announce_release(
            package.title, kept.release, dataset_page(kept.key), notes.get(kept.release) or summary
        )
        for kept in (item.package for item in history.releases)
    ]


def announce_release(title: str, day: str, page: str, summary: str) -> FeedEntry:
    """The entry for the release of `day`."""
    return FeedEntry(f"{title}: release of {day_words(day)}", page, day, summary)


def render_claims_feed(portal: Portal, judged: Sequence[JudgedClaim]) -> Feed:
    """The feed of the register: one entry for each claim, dated by its entry, its reply and the data."""
    entries = tuple(
        FeedEntry(
            f"{item.words}: {item.claim.title}",
            claim_page(item.claim.name),
            item.day,
            f"{item.claim.speaker} {item.claim.telling} {item.claim.said}",
            (item.verdict.value,),
        )
        for item in sorted(judged, key=lambda item: item.claim.name)
    )
    title = f"Fact checks: {portal.title}"
    return _feed(portal, CLAIMS_FEED, title, CLAIMS_PAGE, entries)
