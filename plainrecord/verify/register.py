"""Compare the pages of claims, their data for search engines, and the feed of claims.

Numbers of a claim have receipts. Its words are in three places and must be the same in all.
"""

import posixpath
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

from plainrecord.core.html import flatten, parse_page, parse_xml, read_words
from plainrecord.core.paths import absolute_url
from plainrecord.core.strict_json import Json, read_object
from plainrecord.findings.finding import Finding

_ATOM = "{http://www.w3.org/2005/Atom}"
_SHOWN = {
    "title": "//h1",
    "said": "//blockquote",
    "verdict": "//*[contains(@class, 'verdict-notice')]//strong",
    "term": "//*[contains(@class, 'verdict-notice')]",
}
LONGEST_TEXT = 200


def compare_register(
    pages: Mapping[str, bytes], path: str, feed: bytes, base_url: str
) -> Iterator[Finding]:
    """Where a page of a claim, its ClaimReview and its entry in the feed at `path` say otherwise."""
    entries_read = _read_feed(path, feed, base_url)
    for page, content in sorted(pages.items()):
        root = parse_page(content)
        if not len(root):
            continue
        shown = {name: root.xpath(query) for name, query in _SHOWN.items()}
        seen = {
            name: read_words(elements[0]) if elements else "" for name, elements in shown.items()
        }
        classes = (shown["term"][0].get("class") if shown["term"] else "").split()
        seen["term"] = next((c[6:] for c in classes if c.startswith("claim-")), "")
        seen["verdict"] = seen["verdict"].removesuffix(".")
        links = {element.get("href") for element in root.xpath("//a[@href]")}
        day = ""
        for script in root.xpath("//script[@type='application/ld+json']"):
            review = read_object("".join(script.itertext()).encode())
            if review.get("@type") == "ClaimReview":
                day = str(review.get("datePublished"))
                address = absolute_url(base_url, page) if base_url else ""
                yield from _compare_review(page, review, seen, links, address)
        entries = [entry for target, entry in entries_read if target == page]
        right = (f"{seen['verdict']}: {seen['title']}", seen["said"], seen["term"], day)
        if entries != [right]:
            elements = f"the feed has {entries!r}"
            yield Finding("document-differs", elements[:LONGEST_TEXT], f"{right!r} once", file=path)
    for target, entry in entries_read:
        if target not in pages:
            elements = f"an entry leads to {target!r}: {entry[0]}"
            yield Finding("document-differs", elements[:LONGEST_TEXT], "a claim's page", file=path)


def _compare_review(
    page: str, review: Mapping[str, Json], seen: Mapping[str, str], links: set[str], address: str
) -> Iterator[Finding]:
    item, rating = _object(review, "itemReviewed"), _object(review, "reviewRating")
    body = str(review.get("reviewBody", "")).removesuffix(".")
    speaker, claim = str(_object(item, "author").get("name")), str(review.get("claimReviewed"))
    url = _object(item, "appearance").get("url")
    whole = seen["said"].startswith(flatten(speaker)) and seen["said"].endswith(flatten(claim))
    for what, stated, right in (
        ("name", flatten(str(item.get("name"))), seen["title"]),
        ("verdict", flatten(str(rating.get("alternateName") or body)), seen["verdict"]),
        ("claim", f"{speaker}: {claim}", f"{speaker}: {claim}" if whole else seen["said"]),
        ("source", url, url if url is None or url in links else "the address that the page has"),
        ("address", str(review.get("url", "")), address),
    ):
        if stated != right:
            found = f"its {what} for search engines (ClaimReview) is {stated!r}"[:LONGEST_TEXT]
            yield Finding("document-differs", found, f"{right!r}"[:LONGEST_TEXT], file=page)


def _object(document: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _read_feed(
    path: str, content: bytes, base_url: str
) -> list[tuple[str, tuple[str, str, str, str]]]:
    """The entries: the page to which each leads, its title, summary, term and day."""
    root = parse_xml(content)
    if root is None:
        return []
    start = f"{base_url.rstrip('/')}/" if base_url else "https://portal.invalid/"
    entries = []
    for entry in root.iter(f"{_ATOM}entry"):
        link, term = entry.find(f"{_ATOM}link"), entry.find(f"{_ATOM}category")
        try:
            address = urljoin(start + path, "" if link is None else link.get("href") or "")
        except ValueError:
            address = ""
        target = address.removeprefix(start)
        texts = [flatten(entry.findtext(f"{_ATOM}{name}") or "") for name in ("title", "summary")]
        day = (entry.findtext(f"{_ATOM}updated") or "").partition("T")[0]
        page = posixpath.join(target, "index.html") if target.endswith("/") else target
        entry_texts = (texts[0], texts[1], "" if term is None else term.get("term") or "", day)
        entries.append((page, entry_texts))
    return entries
