"""Derive again which periods of an explorer the records do not cover as a whole."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from plainrecord.core.html import parse_page
from plainrecord.core.strict_json import Json, read_object
from plainrecord.findings.finding import Finding
from plainrecord.model.calendar import read_extent
from plainrecord.model.explorer import CUBE, PERIOD, YEAR, find_incomplete
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.receipts.engine import identifier
from plainrecord.receipts.receipts_document import ReceiptsDocument
from plainrecord.verify.mirror import SiteMirror
from plainrecord.verify.rerun import Recounter


def compare_incomplete(
    mirror: SiteMirror, path: str, receipts: ReceiptsDocument, recounter: Recounter
) -> Iterator[Finding]:
    """Where the receipt of an explorer's years calls other periods incomplete than its records do.

    That follows from the days of the records, and from what the dataset's page declares: the time
    that they cover, and when they were released.
    """
    home = posixpath.dirname(path)
    proofs = {proof.id: proof for proof in receipts.proofs}
    years = proofs.get(f"{receipts.dataset}.explore.years")
    agreed = proofs.get(f"{receipts.dataset}.explore.agrees")
    period = read_object(mirror.content(f"{home}/explore/explorer.json")).get("period")
    if years is None or agreed is None or not isinstance(period, dict):
        return
    files = {file.table == CUBE: file for file in agreed.files}
    if len(files) != 2 or mirror.unavailable(*(file.path for file in files.values())):
        return
    name = identifier(str(period.get("name")))
    rows = []
    for cube, what in (
        (False, f"strftime({name}, '%Y-%m-%d'), count(*)"),
        (True, f"{name}, count(*)"),
    ):
        if not mirror.matches_manifest(files[cube].path):
            return
        relation = identifier(files[cube].table)
        sql = f"SELECT {what} FROM {relation} WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 1"
        rows.append(recounter.read_rows(sql, files[cube], mirror.copy(files[cube].path)))
    days, stamps = ([row for row in listed if isinstance(row, list)] for listed in rows)
    counted = {str(day): count for day, count in days if isinstance(count, int)}
    right = find_incomplete(
        [str(stamp) for stamp, _count in stamps if str(stamp)[:1].isdecimal()],
        [str(row[0]) for row in years.rows],
        str(period.get("kind")),
        str(period.get("year")),
        read_extent(counted, *_read_declared(mirror.content(f"{home}/index.html"))),
    )
    given = tuple(part for part in years.parts if part.column in (PERIOD, YEAR))
    if stamps and given != right:
        found, expected = (_describe(parts) for parts in (given, right))
        yield Finding("receipt-differs", f"{years.id}: incomplete are {found}", expected, file=path)


def _describe(parts: Sequence[PartPeriod]) -> str:
    return ", ".join(f"{part.stamp} ({part.reason})" for part in parts) or "none"


def _read_declared(content: bytes) -> tuple[str, str, str]:
    """What the page of a dataset declares: the time that records cover, and their date."""
    for script in parse_page(content).xpath("//script[@type='application/ld+json']"):
        document = read_object("".join(script.itertext()).encode())
        if document.get("@type") == "Dataset":
            start, _, end = _text(document, "temporalCoverage").partition("/")
            return start.removeprefix(".."), end.removeprefix(".."), _text(document, "dateModified")
    return "", "", ""


def _text(document: Mapping[str, Json], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
