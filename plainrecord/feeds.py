"""Atom feeds from frozen values: one feed, its entries, the bytes of its file.

The Atom Syndication Format, RFC 4287. Every day comes from the value; no clock is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
EPOCH = "1970-01-01"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is told: `id` never changes, `updated` is a day (2026-10-01).

    `link` is the address of its page, absolute, or relative to the feed's own. `summary` is text.
    """

    id: str
    title: str
    updated: str
    link: str
    summary: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its permanent `id` (an IRI), its own address and that of the page it stands for."""

    id: str
    title: str
    link: str
    page: str
    author: str
    subtitle: str = ""
    entries: tuple[Entry, ...] = ()


def write_atom(feed: Feed) -> bytes:
    """The feed as an Atom document, the newest entry first and, of one day, in order of `id`.

    Characters that XML cannot hold are replaced by the replacement character. A feed without
    entries is dated 1970-01-01.
    """
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed")
    days = [entry.updated for entry in feed.entries]
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    if feed.subtitle:
        _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _moment(max(days, default=EPOCH)))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.link)
    _add(root, "link", rel="alternate", type="text/html", href=feed.page)
    for entry in _order(feed.entries):
        element = _add(root, "entry")
        _add(element, "id", entry.id)
        _add(element, "title", entry.title)
        _add(element, "updated", _moment(entry.updated))
        _add(element, "link", rel="alternate", type="text/html", href=entry.link)
        for category in entry.categories:
            _add(element, "category", term=category)
        _add(element, "summary", entry.summary or entry.title)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def permanent_id(base_url: str, target: str) -> str:
    """The id of a thing: its public address, or a name of its own where the portal has none."""
    return f"{base_url.rstrip('/')}/{target}" if base_url else f"urn:plainrecord:{target}"


def _order(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(sorted(entries, key=lambda e: e.id), key=lambda e: e.updated, reverse=True)


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"


def _add(
    parent: ElementTree.Element, name: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    clean = {key: _NOT_XML.sub("\ufffd", value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    element.text = _NOT_XML.sub("\ufffd", text) or None
    return element
