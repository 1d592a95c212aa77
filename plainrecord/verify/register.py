"""Compare the pages of claims, their data for search engines, and the feed of claims.

Numbers of a claim have receipts. Its words are in three places and must be the same in all.
"""

import posixpath
from collections.abc import Iterator, Mapping

from plainrecord.core.html import flatten, parse_page, read_words
from plainrecord.core.paths import CLAIMS_PAGE, absolute_url
from plainrecord.core.strict_json import Json, read_object
from plainrecord.findings.finding import Finding
from plainrecord.publishing.feeds import FeedEntry
from plainrecord.verify.documents import differs, report
from plainrecord.verify.feed import read_entries

_SHOWN = {
    "title": "//h1",
    "said": "//blockquote",
    "verdict": "//*[contains(@class, 'verdict-notice')]//strong",
    "term": "//*[contains(@class, 'verdict-notice')]",
}


def compare_register(
    pages: Mapping[str, bytes], register: bytes, path: str, feed: bytes, base_url: str
) -> Iterator[Finding]:
    """Where a page of a claim, its ClaimReview and its entry in the feed at `path` say otherwise.

    `register` is the page of all claims.
    """
    entries_read = read_entries(path, feed, base_url) or []
    verdicts: dict[str, str] = {}
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
        verdicts[page] = seen["verdict"]
        links = {element.get("href") for element in root.xpath("//a[@href]")}
        day = ""
        for script in root.xpath("//script[@type='application/ld+json']"):
            review = read_object("".join(script.itertext()).encode())
            if review.get("@type") == "ClaimReview":
                day = str(review.get("datePublished"))
                address = absolute_url(base_url, page) if base_url else ""
                yield from _compare_review(page, review, seen, links, address)
        entries = [entry for entry in entries_read if entry.page == page]
        title = f"{seen['verdict']}: {seen['title']}"
        right = FeedEntry(title, page, day, seen["said"], (seen["term"],))
        if entries != [right]:
            elements = f"the feed has {[(one.title, one.day, one.summary) for one in entries]!r}"
            expected = f"{(title, day, seen['said'])!r} once"
            yield report(path, elements, expected)
    yield from _compare_list(register, verdicts)
    for entry in entries_read:
        if entry.page not in pages:
            found = f"an entry leads to {entry.page!r}: {entry.title}"
            yield report(path, found, "a claim's page")


def _compare_list(register: bytes, verdicts: Mapping[str, str]) -> Iterator[Finding]:
    """Where the page of all claims leaves out a claim, or shows it with another verdict."""
    items = parse_page(register).xpath("//li[@data-item]")  # earlier versions did not mark them
    listed = {
        posixpath.join(posixpath.dirname(CLAIMS_PAGE), str(address), "index.html"): item.get(
            "data-item"
        )
        for item in items
        for address in item.xpath("./h3/a/@href")
    }
    for page, verdict in verdicts.items() if items else ():
        if listed.get(page) != verdict:
            found = f"{page} is listed as {listed.get(page)!r}"
            yield Finding("page-differs", found, repr(verdict), file=CLAIMS_PAGE)


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
        what = f"its {what} for search engines (ClaimReview)"
        yield from differs(page, what, stated, right)


def _object(document: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
