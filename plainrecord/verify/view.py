"""Count again what a reader saw: the address of an explorer's view holds the whole choice."""

import math
import posixpath
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from plainrecord.core.errors import UsageError
from plainrecord.findings.finding import Finding
from plainrecord.io import remote_site
from plainrecord.model.explorer import ExplorerDocument, ExplorerRate
from plainrecord.model.rows import RowsDocument
from plainrecord.model.views import VERSION
from plainrecord.publishing import manifest
from plainrecord.receipts.engine import identifier, literal, open_counter, query_limits
from plainrecord.verify.mirror import MOST_MANIFEST
from plainrecord.verify.view_choice import (
    RELATION,
    UnreadableViewError,
    compared_choice,
    first_word,
    read_choice,
)

_PLACE = re.compile(
    r"(?P<site>.*?)(?P<folder>datasets/[^/]+/(?:releases/[^/]+/)?(?:explore|rows/[^/]+))"
    r"/(?:index\.html)?"
)
_MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class ViewReport:
    """A view counted again: conditions, query, hash; `number` None if suppressed, impossible or
    uncountable.

    `rate` says in words what a rate of the view is, with its two counts. `compared` is the view that
    it is compared with.
    """

    title: str = ""
    conditions: tuple[str, ...] = ()
    unit: str = ""
    number: int | None = None
    suppressed: bool = False
    impossible: bool = False
    sql: str = ""
    path: str = ""
    sha256: str = ""
    rate: str = ""
    findings: tuple[Finding, ...] = ()
    compared: "ViewReport | None" = None


def verify_view(address: str) -> ViewReport:
    """The view at `address`: of a page on the internet, or of one in a folder on this disk.

    It is one of an explorer or of a table's rows. Its file must be the one that the manifest lists.
    """
    place, _, choice = address.partition("#")
    if "://" in place:  # of a page, what is before the # may be added to count its visitors
        place = place.partition("?")[0]
    match = _PLACE.fullmatch(place)
    if match is None:
        expected = "datasets/NAME/explore/ or datasets/NAME/rows/TABLE/"
        return _refuse("view-unknown", address, "no page with views", expected)
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        try:
            site = remote_site.open_site(match["site"] or ".", Path(folder))
        except UsageError as error:
            return _refuse("view-unknown", address, str(error), "a portal's address")
        try:
            return _count(site, match["folder"], choice)
        except UnreadableViewError as error:
            return ViewReport(findings=(error.finding,))


def _refuse(rule: str, address: str, found: str, expected: str) -> ViewReport:
    return ViewReport(findings=(Finding(rule, found, expected, file=address),))


def _count(site: remote_site.Site, folder: str, choice: str) -> ViewReport:
    listed = manifest.parse_manifest(_fetch(site, manifest.MANIFEST, MOST_MANIFEST).read_bytes())
    name = "explorer.json" if folder.endswith("/explore") else "rows.json"
    path = f"{folder}/{name}"
    document = _read_document(_listed(site, listed, path), path)
    now = document.version
    meant = first_word(choice, VERSION) or now
    earlier = next((item for item in document.releases if item.version == meant), None)
    if meant != now and earlier:
        path = f"{posixpath.dirname(earlier.page)}/{name}"
        document = _read_document(_listed(site, listed, path), path)
    known: dict[str, list[str]] = {}
    if isinstance(document, ExplorerDocument) and document.file:
        file = _listed(site, listed, document.file)
        for name in [*document.labels, *([document.period.name] if document.period else [])]:
            query = f"SELECT DISTINCT {identifier(name)} FROM {RELATION}"
            known[name] = [str(value) for (value,) in _run(file, document.file, query)]
    released = (f"release of {earlier.date}",) if earlier else ()
    report = _count_choice(site, listed, _Page(document, path, known), choice)
    findings = report.findings
    if isinstance(document, ExplorerDocument):
        findings += tuple(_compare_known(document, path, known))
        other, problems = compared_choice(document, path, choice, known)
        findings += problems
        if other:
            compared = _count_choice(site, listed, _Page(document, path, known), other)
            findings += tuple(item for item in compared.findings if item not in findings)
            report = replace(report, compared=compared)
    if document.version != meant:
        found = f"the address names the version {meant} of the records, which is not published here"
        findings += (Finding("view-unknown", found, f"the version {now}", file=path),)
    return replace(report, conditions=(*released, *report.conditions), findings=findings)


@dataclass(frozen=True, slots=True)
class _Page:
    """The document of a page with views, its path, and the values of each column."""

    document: ExplorerDocument | RowsDocument
    path: str
    known: Mapping[str, Collection[str]]


def _count_choice(
    site: remote_site.Site, listed: manifest.Manifest, page: _Page, choice: str
) -> ViewReport:
    """The number of one choice."""
    document = page.document
    chosen = read_choice(document, page.path, choice, page.known)
    report = ViewReport(
        title=document.title,
        conditions=chosen.conditions,
        unit=document.units,
        findings=chosen.findings,
    )
    if not chosen.sql:
        return report
    rows = _run(_listed(site, listed, chosen.path), chosen.path, chosen.sql)
    counted = rows[0][0] if rows else None
    report = replace(
        report,
        sql=chosen.sql.replace(f"FROM {RELATION}", f"FROM read_parquet({literal(chosen.path)})", 1),
        path=chosen.path,
        sha256=listed.files[chosen.path].sha256,
    )
    if counted is None:  # suppressed, or it cannot occur, or the table does not list it
        file = _listed(site, listed, chosen.path)
        found = chosen.impossible and _run(file, chosen.path, chosen.impossible)
        return replace(report, suppressed=bool(rows) and not found, impossible=bool(found))
    return replace(
        report,
        unit=document.unit if counted == 1 else report.unit,
        number=int(counted),
        rate=_describe_rate(chosen.rate, *map(int, rows[0][1:])) if chosen.rate else "",
    )


def _compare_known(
    document: ExplorerDocument, path: str, known: Mapping[str, Collection[str]]
) -> Iterator[Finding]:
    """Where the page lists other values than the file has."""
    for field in document.fields if document.file else ():
        for listed in filter(None, ({*field.known}, {*field.order})):
            if other := sorted(listed ^ {*known.get(field.name, ())}):
                found = f"{other[0]!r} is in only one of the file and the list of {field.name}"
                yield Finding("document-differs", found, "the same values", file=path)


def _run(file: Path, path: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query over a file that is published at `path`."""
    connection = open_counter({"view": {"view": file}})
    try:
        with query_limits(connection):
            connection.execute("USE memory.view")
            return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        words = str(error).split("\n")[0]
        raise UnreadableViewError("view-unknown", path, words, "the file of a view") from None
    finally:
        connection.close()


def _describe_rate(rate: ExplorerRate, part: int, whole: int) -> str:
    """A rate with its two counts in words, as the page says it."""
    number = "no rate"
    if whole:  # rounded as JavaScript does
        tenths = math.floor(rate.per * part / whole * 10 + 0.5)
        number = f"{tenths / 10:,.1f}".removesuffix(".0")
    return f"{rate.words}: {number} ({rate.part}: {part:,}; {rate.whole}: {whole:,})"


def _fetch(site: remote_site.Site, path: str, most: int) -> Path:
    fetched = site.fetch(path, most)
    if isinstance(fetched, str):
        raise UnreadableViewError("view-unknown", path, fetched, "a file of the portal")
    return fetched.path


def _listed(site: remote_site.Site, listed: manifest.Manifest, path: str) -> Path:
    """A file that is as the manifest lists it."""
    entry = listed.files.get(path)
    if entry is None:
        raise UnreadableViewError(
            "view-unknown", path, "the manifest does not list it", "a listed file"
        )
    fetched = site.fetch(path, min(entry.bytes, _MOST_BYTES))
    if isinstance(fetched, str):
        raise UnreadableViewError("view-unknown", path, fetched, "a file of the portal")
    if fetched.sha256 != entry.sha256:
        expected, found = f"SHA-256 {entry.sha256}", f"SHA-256 {fetched.sha256}"
        raise UnreadableViewError("published-file-changed", path, found, expected)
    return fetched.path


def _read_document(file: Path, path: str) -> ExplorerDocument | RowsDocument:
    """The document of a page; `UnreadableViewError` where it is none."""
    form = RowsDocument if path.endswith("rows.json") else ExplorerDocument
    try:
        return form.model_validate_json(file.read_bytes(), strict=True)
    except ValueError as error:
        first = " ".join(map(str.strip, str(error).split("\n")[1:3]))
        found = first.partition(" [")[0]
        raise UnreadableViewError("view-unknown", path, found, "settings of a page") from None
