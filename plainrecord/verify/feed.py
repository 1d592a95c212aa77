"""Compare the feed of changes with the receipts: each release once, with its numbers."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urljoin

from plainrecord.core.html import flatten, parse_page, parse_xml, read_words
from plainrecord.core.paths import absolute_url
from plainrecord.findings.finding import Finding
from plainrecord.model.freshness import day_words
from plainrecord.publishing.feeds import FeedEntry, announce_release
from plainrecord.receipts.change_ids import changes_id, describe_counts
from plainrecord.receipts.receipts_document import Proof, ReceiptsDocument

NAME = "feed.atom"
NOWHERE = "https://portal.invalid/"
_ATOM = "{http://www.w3.org/2005/Atom}"


def compare_feed(
    receipts_path: str, content: bytes, receipts: ReceiptsDocument
) -> Iterator[Finding]:
    """Differences between the feed of changes (`content`, may be empty) and its receipts."""
    path = f"{posixpath.dirname(receipts_path)}/{NAME}"
    compared = _compared(receipts)
    entries = read_entries(path, content)

    def differs(found: str, expected: str) -> Finding:
        return Finding("page-differs", found, expected, file=path)

    if entries is None:
        yield differs("it is not a readable feed", "an Atom feed")
        return
    days = [posixpath.basename(posixpath.dirname(entry.page)) for entry in entries]
    for day, entry in zip(days, entries, strict=True):
        if day not in compared:
            expected = "a release that has a receipt of what changed"
            yield differs(f"an entry leads to {day!r}", expected)
            continue
        summary = _word(compared[day])
        right = announce_release("", day, entry.page, summary)
        if not entry.title.endswith(right.title) or entry.day != day or entry.summary != summary:
            found = f"the release of {day}: {entry.title!r}, {entry.day}, {entry.summary!r}"
            yield differs(found, f"'...{right.title}', {day}, {summary!r}")
    for day in sorted(compared):
        if days.count(day) != 1:
            yield differs(f"the release of {day} stands in it {days.count(day)} times", "once")


def compare_names(path: str, content: bytes, base_url: str) -> Iterator[Finding]:
    """Where readers of the feed at `path` would miss an entry: its name is another's.

    A program shows an entry only if it has not seen one of this `id` (RFC 4287, section 4.2.6).
    """
    root = parse_xml(content)
    if root is None:
        return
    names = [item.findtext(f"{_ATOM}id") or "" for item in root.iter(f"{_ATOM}entry")]
    entries = read_entries(path, content, base_url) or []
    for name, entry in zip(names, entries, strict=False):
        right = absolute_url(base_url, entry.page) if base_url else name
        if not name or name != right or names.count(name) > 1:
            found = f"the entry {entry.title!r} has the id {name!r}"
            yield Finding("page-differs", found, "an id of its own", file=path)


def compare_days(path: str, content: bytes, receipts: ReceiptsDocument) -> Iterator[Finding]:
    """Where the page of all changes names other releases than its receipts compare."""
    root = parse_page(content)
    days = {item.get("datetime"): read_words(item) for item in root.xpath("//th/a/time")}
    right = {day: day_words(day) for day in _compared(receipts)}
    if days != right:
        found = f"the page has the changes of {', '.join(days.values()) or 'no release'}"
        yield Finding("page-differs", found, ", ".join(right.values()), file=path)


def _compared(receipts: ReceiptsDocument) -> dict[str, Proof]:
    """The receipts that compare two releases, by the day of the newer one."""
    start = changes_id(receipts.dataset, "")
    return {
        proof.id.removeprefix(start): proof
        for proof in receipts.proofs
        if proof.id.startswith(start) and "vanished" in proof.counted and len(proof.rows) == 1
    }


def _word(proof: Proof) -> str:
    row = dict(zip(proof.counted, proof.rows[0], strict=True))
    counts = [row.get(name) for name in ("added", "vanished", "changed")]
    numbers = [count for count in counts if isinstance(count, int)]
    first, *_ = sorted(file.schema.partition("@")[2] for file in proof.files) or [""]
    if len(numbers) < len(counts):
        return describe_counts(first, None)
    return describe_counts(first, (numbers[0], numbers[1], numbers[2]))


def read_entries(path: str, content: bytes, base_url: str = "") -> list[FeedEntry] | None:
    """The entries of the feed at `path`, their blanks collapsed; None if it is not a feed."""
    root = parse_xml(content)
    if root is None or root.tag != f"{_ATOM}feed":
        return None
    start = f"{base_url.rstrip('/')}/" if base_url else NOWHERE
    entries = []
    for entry in root.iter(f"{_ATOM}entry"):
        link = entry.find(f"{_ATOM}link")
        try:
            address = urljoin(start + path, "" if link is None else link.get("href") or "")
        except ValueError:
            address = ""
        target, mark, fragment = unquote(address.removeprefix(start)).partition("#")
        if not target or target.endswith("/"):
            target += "index.html"
        title, summary = (
            flatten("".join(part.itertext()))
            if (part := entry.find(_ATOM + name)) is not None
            else ""
            for name in ("title", "summary")
        )
        day = (entry.findtext(f"{_ATOM}updated") or "").partition("T")[0]
        terms = tuple(item.get("term") or "" for item in entry.iter(f"{_ATOM}category"))
        entries.append(FeedEntry(title, target + mark + fragment, day, summary, terms))
    return entries
