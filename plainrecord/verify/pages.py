"""Compare every page of a published portal with its receipts (called by `verify.site`)."""

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from plainrecord import __version__
from plainrecord.core.html import flatten, read_words
from plainrecord.core.paths import CATALOGUE, CLAIMS_RECEIPTS, is_page
from plainrecord.findings.finding import Finding, Findings, NotChecked
from plainrecord.io import provenance
from plainrecord.model.doubts import mark_doubts
from plainrecord.publishing import cards, vega
from plainrecord.receipts.change_ids import LIKELY
from plainrecord.receipts.receipts_document import NAME, Proof, ReceiptsDocument, receipts_path
from plainrecord.verify import (
    doubts,
    feed,
    page_numbers,
    record_lists,
    rerun,
    tallies,
    visible_numbers,
)
from plainrecord.verify.mirror import SiteMirror

MOST_DRAWN = 3_000
SHOWN_CELLS = 5
CHART_LIBRARIES = ("altair", "vl-convert-python")


def same_generator(mirror: SiteMirror) -> bool:
    """Whether the portal says that this very version of the program made it."""
    return mirror.manifest.tools.get("plainrecord") == __version__


def same_chart_library(mirror: SiteMirror) -> bool:
    """Whether the portal's charts should be specified to the letter as they are here."""
    here, there = provenance.list_tools(), mirror.manifest.tools
    return same_generator(mirror) and all(
        there.get(tool) == here.get(tool) for tool in CHART_LIBRARIES
    )


def list_skipped(
    mirror: SiteMirror, receipts_by_path: Mapping[str, ReceiptsDocument]
) -> list[NotChecked]:
    """The checks of charts and lists that are not made: other versions made them, or they are long."""
    here = provenance.list_tools()
    proofs = [proof for receipts in receipts_by_path.values() for proof in receipts.proofs]
    charts = [proof for proof in proofs if proof.of_chart]
    skipped = []
    if CATALOGUE in mirror.downloaded:
        what = f"the translation of the words of pages into {mirror.manifest.language!r}"
        skipped.append(NotChecked(what, f"pages are compared with the portal’s own {CATALOGUE}"))

    def other(tool: str) -> str:
        version = mirror.manifest.tools.get(tool) or "an unknown version"
        return f"made with {tool} {version}, and this is {here.get(tool)}"

    redrawn = "charts, whose pictures and specifications were not drawn again"
    if not same_generator(mirror):
        why = other("plainrecord")
        cited = sum(path.endswith("/citation.json") for path in mirror.downloaded)
        for what, count in (
            ("citations in BibTeX and RIS, as text of the one in CSL-JSON", cited),
            (redrawn, len(charts)),
            ("lists of files, where each list and table may lack a receipt", 1),
            ("pages, where facts may be left out of receipts", len(mirror.pages)),
        ):
            skipped += [NotChecked(what, why, count)] if count else []
        return skipped
    if charts and not same_chart_library(mirror):
        changed = next(t for t in CHART_LIBRARIES if mirror.manifest.tools.get(t) != here.get(t))
        skipped.append(NotChecked(redrawn, other(changed), len(charts)))
    long = [proof for proof in charts if len(proof.rows) > MOST_DRAWN]
    unshaped = [proof for proof in charts if vega.lacks_shapes(proof)]
    for left_out, why in (
        (long, f"a chart of more than {MOST_DRAWN:,} rows is not drawn again"),
        (unshaped, "its boundaries are not installed here, or too large or not readable beside it"),
    ):
        skipped += [NotChecked(f"the picture of {proof.id}", why) for proof in left_out]
    return skipped


def compare_pages(
    mirror: SiteMirror, receipts_by_path: Mapping[str, ReceiptsDocument]
) -> tuple[int, list[Finding]]:
    """How many figures and tables pages show, and where pages and receipts differ."""
    shown = _ShownOnPages()
    findings = Findings()
    hashes = {path: file.sha256 for path, file in mirror.manifest.files.items()}
    for path in mirror.pages:
        findings += _compare_page(mirror, path, receipts_by_path, hashes, shown)
    # What is missing on pages can be told only where every page was read.
    complete = not any(map(is_page, (*mirror.unread, *mirror.oversized)))
    for path, receipts in receipts_by_path.items():
        findings += _compare_receipts(mirror, path, receipts)
        if complete:
            findings += _find_unshown(path, receipts, shown)
    findings += doubts.compare_doubts(mirror, receipts_by_path)
    for path in mirror.downloaded:
        if posixpath.basename(path) == LIKELY and "/changes/" in path:
            folder = posixpath.dirname(path)
            if not mirror.unavailable(*(f"{folder}/{name}.csv" for name in record_lists.LISTED)):
                findings += record_lists.compare_likely(path, mirror.path)
            if complete and not shown.lines[path]:
                found = "no page lists likely renames of it"
                findings.add("receipt-unshown", found, "a page that does", file=path)
    if same_generator(mirror):  # another version may have listed records without a receipt
        proven = {
            proof.lists for receipts in receipts_by_path.values() for proof in receipts.proofs
        }
        findings += record_lists.find_unproven(mirror.manifest.files, proven)
        findings += rerun.find_unread(mirror.manifest.files, receipts_by_path)
    if any(posixpath.basename(path) == NAME for path in (*mirror.unread, *mirror.oversized)):
        # Which receipts there are is not known, so that none can be said to be missing.
        unproven = {"figure-unproven", "list-unproven", "table-unproven"}
        return shown.count, [
            f for f in findings if f.rule not in unproven and f.expected != "a receipt"
        ]
    return shown.count, findings


@dataclass(slots=True)
class _ShownOnPages:
    """What all pages together show, counted page by page.

    `figures` and `queries` are ids of receipts; `cells` has the cells of tables of counts by the
    path of the receipt's document and its id; `lines` how many lines of each list are on pages.
    """

    count: int = 0
    figures: set[str] = field(default_factory=set)
    queries: set[str] = field(default_factory=set)
    cells: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    lines: Counter[str] = field(default_factory=Counter)


def _compare_page(
    mirror: SiteMirror,
    path: str,
    receipts_by_path: Mapping[str, ReceiptsDocument],
    hashes: Mapping[str, str],
    shown: _ShownOnPages,
) -> Iterator[Finding]:
    """Where a page differs from receipts and files' `hashes`; what it shows is added to `shown`."""
    content = mirror.content(path)
    marks = page_numbers.read_marks(content)
    for mark in marks:
        if mark.kind in ("figure", "chart"):
            shown.count += 1
            shown.figures.add(mark.name)
        elif mark.kind == "receipt":
            shown.queries.add(mark.name)
        elif mark.kind in ("count", "square"):
            shown.count += 1
            receipt = page_numbers.locate_receipt(path, mark.name, receipts_by_path)
            key = receipt.path if receipt else "", mark.name
            shown.cells.setdefault(key, []).append(mark.get("data-cells"))
    yield from visible_numbers.find_unseen(path, content)
    tables, changes = record_lists.read_tables(content)
    for table in tables:
        shown.lines[table.path] += len(table.rows)
        if not mirror.unavailable(table.path):
            yield from record_lists.compare_table(table, mirror.path(table.path), path)
    for change in changes:
        if not mirror.unavailable(change.path):
            yield from record_lists.compare_shared(change, mirror.path(change.path), path)
    for mark in marks:
        paths = mark.name.split(" ")
        if mark.kind == "lines" and not mirror.unavailable(*paths):
            yield from record_lists.compare_lines(
                mark.name, map(mirror.path, paths), mark.text, path
            )
    base_url = mirror.manifest.base_url
    yield from page_numbers.compare_page(path, marks, receipts_by_path, hashes, base_url)
    find = partial(page_numbers.find_receipt, path, receipts_by_path=receipts_by_path)
    yield from tallies.compare_tallies(path, content, find)
    alike = same_generator(mirror)
    yield from page_numbers.compare_facts(path, content, find, complete=alike)
    if alike and same_chart_library(mirror):  # other versions may draw in another way
        for mark in marks:
            if mark.kind == "spec":
                proof = find(mark.name)
                # A missing receipt has its own finding; a picture of many rows contains no numbers.
                if proof and len(proof.rows) <= MOST_DRAWN and not vega.lacks_shapes(proof):
                    yield from _compare_picture(path, mark, proof)
            elif mark.kind in ("sparkline", "card"):
                yield from _compare_summary(mirror, path, mark, find(mark.name))


def _compare_summary(
    mirror: SiteMirror, page: str, shown: page_numbers.ShownMark, proof: Proof | None
) -> Iterator[Finding]:
    """Compare a sparkline, or on the page of its dataset a card, with those drawn from the receipt.

    A card has the titles of the portal and of the page, and says if the page is about synthetic data.
    """
    name, path = shown.name, f"{posixpath.dirname(page)}/card.png"
    if shown.kind == "card" and path not in mirror.manifest.files:
        return
    if proof is None:
        yield Finding("page-differs", f"{name}: no receipt has this id", "a receipt", file=page)
        return
    if vega.lacks_shapes(proof):
        return
    chart = vega.redraw_chart(proof)
    if isinstance(chart, str):
        yield Finding("page-differs", f"{name}: {chart}", "a chart", file=page)
    elif shown.kind == "sparkline":
        if shown.picture != page_numbers.read_picture(str(cards.draw_sparkline(chart))):
            found = f"{name}: the small picture differs from the one drawn from the receipt"
            yield Finding("page-differs", found, "the same marks", file=page)
    else:
        head = shown.element.getroottree()
        site, title = (
            next(iter(head.xpath(f"//meta[@property='og:{key}']/@content")), "")
            for key in ("site_name", "title")
        )
        synthetic = head.xpath("//aside[@class='banner'][not(descendant::*[@data-doubt])]")
        words = f"{title}. {chart.headline}"
        if (stated := flatten(shown.get("content"))) != flatten(words):
            found = f"{name}: the card is described as {stated!r}"
            yield Finding("page-differs", found, repr(words), file=page)
        status = (cards.SYNTHETIC if synthetic else "", mark_doubts(proof.doubts))
        drawn = cards.draw_card(str(site), str(title), chart, status)
        if path in mirror.downloaded and mirror.content(path) != drawn:
            found = f"{name}: the card differs from the one drawn from the receipt"
            yield Finding("page-differs", found, "the same words and marks", file=path)


def _compare_receipts(
    mirror: SiteMirror, path: str, receipts: ReceiptsDocument
) -> Iterator[Finding]:
    """Differences between the receipts and the feed, the API or a list."""
    if path.endswith(f"/changes/{NAME}"):
        address = f"{posixpath.dirname(path)}/{feed.NAME}"
        content = mirror.content(address)
        if not mirror.unavailable(address):
            yield from feed.compare_feed(path, content, receipts)
        page = f"{posixpath.dirname(path)}/index.html"
        if page in mirror.pages and same_generator(mirror):
            yield from feed.compare_days(page, mirror.content(page), receipts)
    if _is_newest(path, receipts):
        api = f"api/v1/datasets/{receipts.dataset}.json"
        yield from page_numbers.compare_api(api, mirror.content(api), receipts)
    for proof in receipts.proofs:
        for listed, number in record_lists.name_lists(path, proof).items():
            if listed in mirror.downloaded:  # a portal may list no single records
                files = [mirror.path(listed)]
                yield from record_lists.compare_lines(listed, files, f"{number:,}", path)


def _is_newest(path: str, receipts: ReceiptsDocument) -> bool:
    return path == receipts_path(receipts.dataset) and "@" not in receipts.dataset


def _find_unshown(path: str, receipts: ReceiptsDocument, shown: _ShownOnPages) -> Iterator[Finding]:
    """Receipts of the document at `path` that no page shows, or not as often as they say."""
    listed = _is_newest(path, receipts) or path == CLAIMS_RECEIPTS
    for proof in receipts.proofs:
        if listed and proof.id not in shown.figures and not proof.counted and not proof.lists:
            yield Finding("receipt-unshown", proof.id, "a page that shows it", file=path)
        lines = shown.lines[proof.lists]
        if proof.lists and (proof.id not in shown.queries or lines != proof.listed):
            found = f"{proof.id}: {lines:,} lines of {proof.lists} are on pages"
            expected = f"{proof.listed:,} of them, and the receipt"
            yield Finding("receipt-unshown", found, expected, file=path)
        missing = page_numbers.find_unshown(proof, shown.cells.get((path, proof.id), ()))
        if proof.counted and missing:
            cells = ", ".join(f"{row}.{column}" for row, column in missing[:SHOWN_CELLS])
            found = f"{proof.id}: {len(missing):,} of its numbers are nowhere: cells {cells}"
            yield Finding("receipt-unshown", found, "pages that show each number", file=path)


def _compare_picture(page: str, shown: page_numbers.ShownMark, proof: Proof) -> Iterator[Finding]:
    """Compare the still pictures of a chart and its description with those made from the receipt."""
    name = shown.name
    description = next(map(read_words, shown.element.iter("desc")), "")
    drawn = vega.redraw_chart(proof)
    if isinstance(drawn, str):
        yield Finding("page-differs", f"{name}: {drawn}", "a chart", file=page)
        return
    for what, text, expected in (
        ("description", description, " ".join(drawn.alt.split())),
        ("still picture", shown.picture, page_numbers.read_picture(str(drawn.svg))),
    ):
        if text != expected:
            found = f"{name}: the {what} of the chart has {_difference(text, expected)}"
            right = f"{_difference(expected, text)}, as drawn from the receipt"
            yield Finding("page-differs", found, right, file=page)


def _difference(text: str, other: str) -> str:
    """The part of `text` around the place where it leaves `other`."""
    start = len(posixpath.commonprefix([text, other]))
    return f"…{' '.join(text[max(0, start - 30) : start + 50].split())}…"
