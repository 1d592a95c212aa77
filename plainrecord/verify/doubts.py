"""Compare the doubts that receipts, pages and documents name with those that the datasets state.

A dataset states them in the `datapackage.json` of its downloads.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace

from plainrecord.core.html import flatten, parse_page, read_words
from plainrecord.core.strict_json import Json, objects_in, read_object
from plainrecord.findings.finding import Finding
from plainrecord.model.doubts import STATUSES, Doubt, describe_doubts
from plainrecord.receipts.receipts_document import Proof, ReceiptsDocument, list_doubts
from plainrecord.verify.mirror import SiteMirror

DESCRIPTOR = "downloads/datapackage.json"
MARK = "data-doubt"
_KEYS = {"resource": "resource", "field": "field", "from": "start", "to": "end"}


def compare_doubts(
    mirror: SiteMirror, receipts_by_path: Mapping[str, ReceiptsDocument]
) -> Iterator[Finding]:
    """Where a receipt, a page or a document of a dataset leaves out a doubt, or has another one."""
    stated: dict[str, tuple[Doubt, ...]] = {}
    tables: dict[str, set[str]] = {}
    for path in sorted(mirror.downloaded):
        home = path.removesuffix(f"/{DESCRIPTOR}")
        content = mirror.content(path) if home != path else b""
        if home == path or mirror.unavailable(path):
            continue
        package = read_object(content)
        stated[home] = read_doubts(package.get("doubts"))
        tables[home] = {str(item.get("name")) for item in objects_in(package.get("resources"))}
    for path, receipts in receipts_by_path.items():
        for proof in receipts.proofs:
            for found, expected in _compare_proof(proof, stated, tables):
                yield Finding("page-differs", found, expected, file=path)
    for home, doubts in stated.items():
        api = f"api/v1/datasets/{posixpath.basename(home)}.json"
        if "/releases/" not in home and api in mirror.downloaded:
            document = read_object(mirror.content(api))
            if document.get("doubts", []) != list_doubts(doubts):
                found = f"doubts are {document.get('doubts')!r}"[:200]
                yield Finding("document-differs", found, f"{list_doubts(doubts)!r}", file=api)
    for page in mirror.pages:
        home = next((home for home in _parent_folders(page) if home in stated), "")
        doubts = stated.get(home, ())
        content = mirror.content(page)
        if not (doubts or MARK.encode() in content) or mirror.unavailable(page):
            continue
        shown = [read_words(e) for e in parse_page(content).xpath(f"//*[@{MARK}]")]
        right = [flatten(doubt.words) for doubt in doubts]
        if shown != right:
            found = f"the page names the doubts {shown!r}"[:200]
            yield Finding("page-differs", found, f"{right!r}", file=page)


def _parent_folders(page: str) -> Iterator[str]:
    """The folders around a page, the nearest first."""
    folder = posixpath.dirname(page)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)


def read_doubts(listed: Json) -> tuple[Doubt, ...]:
    """Doubts as a descriptor has them; what is none is left out."""
    doubts = []
    for item in objects_in(listed):
        values = {key: str(item.get(key, "")) for key in ("status", "date", "about", "reason")}
        scope = {name: str(item.get(key, "")) for key, name in _KEYS.items()}
        if values["status"] in STATUSES:
            doubts.append(Doubt(**values, **scope))
    return tuple(doubts)


def _compare_proof(
    proof: Proof, stated: Mapping[str, tuple[Doubt, ...]], tables: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    """A difference between the doubts of a receipt and those of the datasets that it reads."""
    required: list[Doubt] = []
    allowed: list[Doubt] = []
    for file in proof.files:
        home = next((home for home in _parent_folders(file.path) if home in stated), None)
        if home is None:
            return
        own = file.table in tables[home]
        for doubt in stated[home]:
            # What is made of a table has another name than the table that is doubted.
            free = doubt if own else replace(doubt, resource="")
            allowed += [_plain(doubt)] if free.concerns(file.table, proof.sql) else []
            required += [_plain(doubt)] if doubt.concerns(file.table, proof.sql) else []
    if not set(required) <= set(proof.doubts) <= set(allowed):
        found = f"{proof.id}: its doubts are {describe_doubts(proof.doubts) or 'none'}"[:200]
        yield found, describe_doubts(dict.fromkeys(required)) or "none"


def _plain(doubt: Doubt) -> Doubt:
    """A doubt as a receipt has it."""
    return Doubt(doubt.status, doubt.date, doubt.about, doubt.reason)
