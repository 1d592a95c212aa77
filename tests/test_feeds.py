"""Atom feeds: what RFC 4287 requires, whatever the texts are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from plainrecord.feeds import ATOM, Entry, Feed, permanent_id, write_atom

ENTRY = Entry("urn:x:1", "One", "2026-10-01", "https://desk.example/1/", "First.", ("a",))
FEED = Feed("urn:x", "Test", "https://desk.example/f.atom", "https://desk.example/", "Desk",
            entries=(ENTRY,))  # fmt: skip
NS = {"a": ATOM}


def check_feed(document: bytes) -> etree._Element:
    """The root of a feed that has all that RFC 4287, sections 4.1.1 and 4.1.2, requires."""
    root = etree.fromstring(document)
    assert root.tag == f"{{{ATOM}}}feed"
    for element in (root, *root.findall("a:entry", NS)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", NS)) == 1, name
        assert element.findtext("a:id", namespaces=NS)
        assert element.findtext("a:updated", namespaces=NS).endswith("T00:00:00Z")
        assert element.find("a:link[@rel='alternate']", NS) is not None
    assert root.findtext("a:author/a:name", namespaces=NS)
    assert root.find("a:link[@rel='self']", NS) is not None
    ids = [e.text for e in root.findall("a:entry/a:id", NS)]
    assert len(ids) == len(set(ids))
    return root


def test_a_feed_has_all_that_is_required() -> None:
    root = check_feed(write_atom(FEED))
    entry = root.find("a:entry", NS)
    assert entry is not None
    assert entry.findtext("a:summary", namespaces=NS) == "First."
    assert [c.get("term") for c in entry.findall("a:category", NS)] == ["a"]


def test_the_newest_entry_comes_first_and_dates_the_feed() -> None:
    later = Entry("urn:x:3", "Three", "2026-11-01", "3/")
    twin = Entry("urn:x:2", "Two", "2026-10-01", "2/")
    one = Feed("urn:x", "T", "f", "p", "D", entries=(twin, ENTRY, later))
    other = Feed("urn:x", "T", "f", "p", "D", entries=(later, ENTRY, twin))
    root = check_feed(write_atom(one))
    assert [e.text for e in root.findall("a:entry/a:id", NS)] == ["urn:x:3", "urn:x:1", "urn:x:2"]
    assert root.findtext("a:updated", namespaces=NS) == "2026-11-01T00:00:00Z"
    assert write_atom(one) == write_atom(other)


def test_a_feed_without_entries_is_valid() -> None:
    check_feed(write_atom(Feed("urn:x", "T", "f", "p", "D")))


@given(st.text(), st.text())
def test_no_text_breaks_the_document(title: str, summary: str) -> None:
    entry = Entry("urn:x:1", title, "2026-10-01", "1/", summary, (title,))
    root = check_feed(write_atom(Feed("urn:x", title, "f", "p", "D", summary, (entry,))))
    assert len(root.findall("a:entry", NS)) == 1
    assert not root.xpath("//*[namespace-uri() != $ns]", ns=ATOM)


def test_an_id_is_an_address_or_a_name() -> None:
    assert (
        permanent_id("https://desk.example/p/", "claims/a/") == "https://desk.example/p/claims/a/"
    )
    assert permanent_id("", "claims/a/") == "urn:plainrecord:claims/a/"
