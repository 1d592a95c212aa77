"""Compare the CSV file of a page of a place with the receipts of the numbers on that page."""

import csv
import io
from collections.abc import Iterator, Mapping

from plainrecord.core.html import parse_page
from plainrecord.findings.finding import Finding
from plainrecord.model.place_counts import BY_YEAR, PLACE_TABLE_HEADER, RECEIPT_PREFIX
from plainrecord.receipts.receipts_document import Proof
from plainrecord.verify.documents import LONGEST_TEXT, report

LONGEST_NUMBER = 10


def compare_place_table(
    path: str, content: bytes, page: bytes, proofs: Mapping[str, Proof]
) -> Iterator[Finding]:
    """The first line of `numbers.csv` that is not as the receipts have it; `proofs` are by id."""
    expected = [[*PLACE_TABLE_HEADER], *_list_rows(page, proofs)]
    found = list(csv.reader(io.StringIO(content.decode(errors="replace"))))
    for number, (row, right) in enumerate(zip(found, expected, strict=False), 1):
        if row != right:
            words = ",".join(row)[:LONGEST_TEXT]
            yield Finding("document-differs", words, ",".join(right), file=path, row=number)
            return
    if len(found) != len(expected):
        yield report(path, f"{len(found):,} lines", f"{len(expected):,} lines")


def _list_rows(page: bytes, proofs: Mapping[str, Proof]) -> Iterator[list[str]]:
    """The lines of receipts that the page shows a number of, in the order of the page."""
    marks = parse_page(page).iterfind(".//*[@data-count]")
    shown = ((e.get("data-count", ""), e.get("data-cells", "").partition(".")[0]) for e in marks)
    for name, line in dict.fromkeys(shown):
        dataset, _, table = name.partition(".")
        proof = proofs.get(name)
        if (
            proof is None
            or not table.startswith(RECEIPT_PREFIX)
            or not 0 < _number(line) <= len(proof.rows)
        ):
            continue
        row = [str(cell) for cell in proof.rows[int(line) - 1]]
        if proof.counted[1] == "count":
            yield [dataset, proof.unit, "", "", row[1]]
            continue
        total = proofs.get(name.rpartition("-")[0])
        label = proof.title.removeprefix(f"{total.title}, ") if total else ""
        yield [dataset, proof.unit, "year" if name.endswith(BY_YEAR) else label, row[1], row[2]]


def _number(line: str) -> int:
    return int(line) if line.isascii() and line.isdecimal() and len(line) < LONGEST_NUMBER else 0
