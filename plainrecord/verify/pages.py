"""Every page of a stranger's portal beside the receipts: a stretch of the road of verification."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from functools import partial

from plainrecord import __version__
from plainrecord.core.paths import CLAIMS_RECEIPTS, is_page
from plainrecord.findings.finding import Finding, NotChecked
from plainrecord.io import provenance
from plainrecord.publishing import vega
from plainrecord.receipts.change_ids import LIKELY
from plainrecord.receipts.sheet import NAME, ProofSheet, sheet_path
from plainrecord.verify import feed as bulletins
from plainrecord.verify import page_numbers, record_lists, rerun, visible_numbers
from plainrecord.verify.mirror import SiteMirror

MOST_DRAWN = 3_000
SHOWN_CELLS = 5


def same_generator(held: SiteMirror) -> bool:
    """Whether the portal says that this very version of the program made it."""
    return held.manifest.tools.get("plainrecord") == __version__


def same_chart_library(held: SiteMirror) -> bool:
    """Whether the portal's charts should be specified to the letter as they are here."""
    drawn = held.manifest.tools.get("altair")
    return same_generator(held) and drawn == provenance.list_tools().get("altair")


def list_skipped(held: SiteMirror, sheets: Mapping[str, ProofSheet]) -> list[NotChecked]:
    """The checks of charts and lists that are not made: other versions made them, or they are long."""
    here = provenance.list_tools()
    proofs = [proof for sheet in sheets.values() for proof in sheet.proofs]
    charts = [proof for proof in proofs if proof.of_chart]
    skipped = []

    def other(tool: str) -> str:
        told = held.manifest.tools.get(tool) or "an unknown version"
        return f"made with {tool} {told}, and this is {here.get(tool)}"

    if not same_generator(held):
        why = other("plainrecord")
        for what, count in (
            ("charts, whose pictures and specifications were not drawn again", len(charts)),
            ("lists of files, where each list and table may lack a receipt", 1),
            ("pages, where facts may be left out of receipts", len(held.pages)),
        ):
            skipped += [NotChecked(what, why, count)] if count else []
    elif charts and not same_chart_library(held):
        what = "charts, whose axes, marks and words in the specification were not compared"
        skipped.append(NotChecked(what, other("altair"), len(charts)))
    if same_generator(held):
        why = f"a chart of more than {MOST_DRAWN:,} rows is not drawn again"
        skipped += [
            NotChecked(f"the picture of {proof.id}", why)
            for proof in charts
            if len(proof.rows) > MOST_DRAWN
        ]
    return skipped


def compare_pages(held: SiteMirror, sheets: Mapping[str, ProofSheet]) -> tuple[int, list[Finding]]:
    """How many figures and tables pages show, and where they differ."""
    findings: list[Finding] = []
    hashes = {path: file.sha256 for path, file in held.manifest.files.items()}
    told: set[str] = set()
    counted: dict[tuple[str, str], list[str]] = {}
    count = 0
    lines: Counter[str] = Counter()
    asked: set[str] = set()
    alike = same_generator(held)
    # What is missing on pages can be told only where every page was read.
    whole = not any(map(is_page, (*held.unread, *held.oversized)))
    for path in held.pages:
        content = held.content(path)
        shown = page_numbers.read_exhibits(path, content)
        findings += visible_numbers.find_unseen(path, content)
        asked.update(name for name, *_ in shown.queries)
        tables, changes = record_lists.read_tables(content)
        for table in tables:
            lines[table.path] += len(table.rows)
            if not held.unknown(table.path):
                findings += record_lists.compare_table(table, held.place(table.path), path)
        for change in changes:
            if held.unknown(change.path):
                continue
            findings += record_lists.compare_shared(change, held.place(change.path), path)
        count += len(shown.figures) + len(shown.charts) + len(shown.counts) + len(shown.squares)
        for listed, said in shown.lines:
            if held.unknown(*listed.split(" ")):
                continue
            files = map(held.place, listed.split(" "))
            findings += record_lists.compare_lines(listed, files, said, path)
        for name, cells, _ in (*shown.counts, *shown.squares):
            chosen = page_numbers.choose_sheet(path, name, sheets)
            counted.setdefault((chosen[0] if chosen else "", name), []).append(cells)
        told.update(name for name, *_ in (*shown.figures, *shown.charts))
        findings += page_numbers.compare_page(path, shown, sheets, hashes, held.manifest.base_url)
        prove = partial(page_numbers.find_receipt, path, sheets=sheets)
        findings += page_numbers.compare_tallies(path, content, prove)
        findings += page_numbers.compare_facts(path, content, prove, whole=alike)
        if alike:  # another version may draw in another way
            findings += _compare_pictures(path, shown, sheets)
    for path, sheet in sheets.items():
        if path.endswith(f"/changes/{NAME}"):
            feed = f"{posixpath.dirname(path)}/{bulletins.NAME}"
            content = held.content(feed)
            if not held.unknown(feed):
                findings += bulletins.compare_feed(path, content, sheet)
        newest = path == sheet_path(sheet.dataset) and "@" not in sheet.dataset
        if newest:
            api = f"api/v1/datasets/{sheet.dataset}.json"
            findings += page_numbers.compare_api(api, held.content(api), sheet)
        if whole and (newest or path == CLAIMS_RECEIPTS):
            findings += [
                Finding("receipt-unshown", proof.id, "a page that shows it", file=path)
                for proof in sheet.proofs
                if proof.id not in told and not proof.counted and not proof.lists
            ]
        for proof in sheet.proofs:
            for listed, number in record_lists.name_lists(path, proof).items():
                if listed in held.seen:  # a portal may list no single records
                    said = f"{number:,}"
                    findings += record_lists.compare_lines(listed, [held.place(listed)], said, path)
            if (
                whole
                and proof.lists
                and (proof.id not in asked or lines[proof.lists] != proof.told)
            ):
                found = f"{proof.id}: {lines[proof.lists]:,} lines of {proof.lists} are on pages"
                wanted = f"{proof.told:,} of them, and the receipt"
                findings.append(Finding("receipt-unshown", found, wanted, file=path))
            missing = page_numbers.find_unshown(proof, counted.get((path, proof.id), ()))
            if whole and proof.counted and missing:
                places = ", ".join(f"{row}.{column}" for row, column in missing[:SHOWN_CELLS])
                found = f"{proof.id}: {len(missing):,} of its numbers are nowhere: cells {places}"
                wanted = "pages that show each number"
                findings.append(Finding("receipt-unshown", found, wanted, file=path))
    for path in held.seen:
        if posixpath.basename(path) == LIKELY and "/changes/" in path:
            folder = posixpath.dirname(path)
            if not held.unknown(*(f"{folder}/{name}.csv" for name in record_lists.LISTED)):
                findings += record_lists.compare_likely(path, held.place)
            if whole and not lines[path]:
                found = "no page lists likely renames of it"
                findings.append(Finding("receipt-unshown", found, "a page that does", file=path))
    if alike:  # another version may have listed records without a receipt
        proven = {proof.lists for sheet in sheets.values() for proof in sheet.proofs}
        findings += record_lists.name_unproven(held.manifest.files, proven)
        findings += rerun.find_unread(held.manifest.files, sheets)
    if any(posixpath.basename(path) == NAME for path in (*held.unread, *held.oversized)):
        # Which receipts there are is not known, so that none can be said to be missing.
        unproven = {"figure-unproven", "list-unproven", "table-unproven"}
        findings = [f for f in findings if f.rule not in unproven and f.expected != "a receipt"]
    return count, findings


def _compare_pictures(
    page: str, shown: page_numbers.PageNumbers, sheets: Mapping[str, ProofSheet]
) -> list[Finding]:
    """Static pictures and their descriptions, drawn again from the receipts."""
    findings = []
    for name, words, picture in shown.pictures:
        proof = page_numbers.find_receipt(page, name, sheets)
        if proof is None or len(proof.rows) > MOST_DRAWN:
            continue  # it has no receipt, which is told already; or a picture of it says nothing
        drawn = vega.draw_again(proof.drawn, proof.title, proof.series, proof.breaks)
        if isinstance(drawn, str):
            findings.append(Finding("page-differs", f"{name}: {drawn}", "a chart", file=page))
            continue
        for what, said, right in (
            ("description", words, " ".join(drawn[0].split())),
            ("static picture", picture, page_numbers.read_picture(drawn[1])),
        ):
            if said != right:
                found = f"{name}: the {what} of the chart has {_difference(said, right)}"
                wanted = f"{_difference(right, said)}, as drawn from the receipt"
                findings.append(Finding("page-differs", found, wanted, file=page))
    return findings


def _difference(text: str, other: str) -> str:
    """The part of `text` around the place where it leaves `other`."""
    start = len(posixpath.commonprefix([text, other]))
    return f"…{' '.join(text[max(0, start - 30) : start + 50].split())}…"
