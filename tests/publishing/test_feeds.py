"""Feeds hold what RFC 4287 asks for, whatever the texts in them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from plainrecord.model.declarations import Portal, Publisher
from plainrecord.publishing.feeds import ATOM, Feed, FeedEntry, identify_portal, write_feed

NAMES = {"a": ATOM}
URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def check_feed(document: bytes) -> etree._Element:
    """The root of a feed that has all that RFC 4287, sections 4.1.1 and 4.1.2, requires."""
    root = etree.fromstring(document)
    assert root.tag == f"{{{ATOM}}}feed"
    for element in (root, *root.findall("a:entry", NAMES)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", NAMES)) == 1, name
        assert element.findtext("a:id", namespaces=NAMES)
        assert element.findtext("a:updated", "", NAMES).endswith("T00:00:00Z")
        assert element.find("a:link", NAMES) is not None
    assert root.findtext("a:author/a:name", namespaces=NAMES)
    assert root.find("a:link[@rel='self']", NAMES) is not None
    ids = [e.text for e in root.findall("a:entry/a:id", NAMES)]
    assert len(ids) == len(set(ids))
    return root


def read(feed: Feed) -> etree._Element:
    output = write_feed(feed)
    assert isinstance(output.content, bytes)
    return etree.fromstring(output.content)


def feed(text: str, base: str = "", identity: str = "the portal") -> Feed:
    entries = (
        FeedEntry(text, "datasets/x/changes/2026-05-18/index.html", "2026-05-18", text),
        FeedEntry("first", "datasets/x/changes/2026-05-14/index.html", "2026-05-14", "2 gone"),
    )
    return Feed(
        "datasets/x/changes/feed.atom",
        text,
        "datasets/x/changes/index.html",
        "Desk",
        base,
        entries,
        identity,
    )


def test_ids_are_addresses_where_the_portal_has_one_and_names_where_not() -> None:
    public = read(feed("What", "https://p.example/portal"))
    ids = public.xpath("//a:id/text()", namespaces=NAMES)
    assert ids[0] == "https://p.example/portal/datasets/x/changes/feed.atom"
    assert len(set(ids)) == 3
    private = read(feed("What"))
    ids = private.xpath("//a:id/text()", namespaces=NAMES)
    assert all(URN.fullmatch(name) for name in ids)
    assert len(set(ids)) == 3
    links = private.xpath("//a:link/@href", namespaces=NAMES)
    assert links == ["./", "feed.atom", "2026-05-18/", "2026-05-14/"]


def test_ids_are_the_portals_own_and_stay_when_its_words_change() -> None:
    def ids(portal: Portal) -> list[str]:
        told = read(feed("What", identity=identify_portal(portal)))
        return [str(name) for name in told.xpath("//a:id/text()", namespaces=NAMES)]

    one = Portal(title="Records", publisher=Publisher(name="Desk"))
    others = [
        one.model_copy(update={"title": "Other"}),
        one.model_copy(update={"publisher": Publisher(name="Bureau")}),
        one.model_copy(update={"publisher": Publisher(name="Desk", url="https://desk.example/")}),
        one.model_copy(update={"repository": "https://code.example/records"}),
    ]
    assert not set(ids(one)) & {name for other in others for name in ids(other)}
    assert ids(one) == ids(
        one.model_copy(update={"tagline": "New", "description": "New", "notice": "New"})
    )
    moved = others[-1].model_copy(
        update={"title": "Another title", "publisher": Publisher(name="Bureau")}
    )
    assert ids(others[-1]) == ids(moved)


def test_the_newest_entry_dates_the_feed() -> None:
    assert read(feed("x")).xpath("/a:feed/a:updated/text()", namespaces=NAMES) == [
        "2026-05-18T00:00:00Z"
    ]


@given(st.text())
def test_any_text_makes_a_feed_that_can_be_read(text: str) -> None:
    root = read(feed(text))
    for tag in ("title", "id", "updated", "author"):
        assert root.find(f"{{{ATOM}}}{tag}") is not None
    for entry in root.iterfind(f"{{{ATOM}}}entry"):
        for tag in ("title", "id", "updated", "link", "summary"):
            assert entry.find(f"{{{ATOM}}}{tag}") is not None
