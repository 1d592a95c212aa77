"""Count again what a reader saw: the address of an explorer's view holds the whole choice."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import duckdb

from plainrecord.findings.finding import Finding
from plainrecord.io import remote_site
from plainrecord.model.explorer import ExplorerDocument
from plainrecord.publishing import manifest
from plainrecord.receipts.engine import identifier, literal, open_counter, query_limits
from plainrecord.receipts.query import SECONDS
from plainrecord.verify.mirror import MOST_MANIFEST

_PLACE = re.compile(r"(?P<site>.*?)(?P<folder>datasets/[^/]+/explore)/(?:index\.html)?")
_MOST_BYTES = 64_000_000
FROM, TO, COMPARE, SHOW = "_from", "_to", "_compare", "_show"


@dataclass(frozen=True, slots=True)
class ViewReport:
    """The number of a view, counted again: the conditions, the query, and the hash of its file.

    `found` has what is wrong; `number` is then None unless it could be counted all the same.
    """

    title: str = ""
    conditions: tuple[str, ...] = ()
    unit: str = ""
    number: int | None = None
    sql: str = ""
    path: str = ""
    sha256: str = ""
    findings: tuple[Finding, ...] = ()


class _UnreadableError(Exception):
    """A file of the site that cannot be used: which, and why."""

    def __init__(self, rule: str, file: str, found: str, expected: str) -> None:
        super().__init__(found)
        self.finding = Finding(rule, found, expected, file=file)


def verify_view(address: str) -> ViewReport:
    """The view at `address`: of a page on the internet, or of one in a folder on this disk.

    The file of the explorer must be the one that the manifest lists.
    """
    place, _, choice = address.partition("#")
    match = _PLACE.fullmatch(place)
    if match is None:
        return _refuse("view-unknown", address, "no page of an explorer", "datasets/NAME/explore/")
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        site = remote_site.open_site(match["site"] or ".", Path(folder))
        if site is None:
            return _refuse("view-unknown", address, "no portal is there", "a portal's address")
        try:
            return _count(site, match["folder"], choice)
        except _UnreadableError as error:
            return ViewReport(findings=(error.finding,))


def _refuse(rule: str, address: str, found: str, expected: str) -> ViewReport:
    return ViewReport(findings=(Finding(rule, found, expected, file=address),))


def _count(site: remote_site.Site, folder: str, choice: str) -> ViewReport:
    listed = manifest.parse_manifest(_fetch(site, manifest.MANIFEST, MOST_MANIFEST).read_bytes())
    path = f"{folder}/explorer.json"
    settings = _read_settings(_listed(site, listed, path), path)
    cube = _listed(site, listed, settings.file)
    conditions, where, findings = _read_choice(settings, choice, path)
    relation, count = identifier("explorer"), identifier(settings.count)
    sql = f"SELECT coalesce(sum({count}), 0) AS {count} FROM {relation}{where}"
    connection = open_counter({"view": {"explorer": cube}})
    try:
        with query_limits(connection, SECONDS):
            connection.execute("USE memory.view")
            [[number]] = connection.execute(sql).fetchall()
    except duckdb.Error as error:
        words = str(error).split("\n")[0]
        raise _UnreadableError(
            "view-unknown", settings.file, words, "the file of an explorer"
        ) from None
    finally:
        connection.close()
    return ViewReport(
        title=settings.title,
        conditions=conditions,
        unit=settings.unit if number == 1 else settings.units,
        number=int(number),
        sql=sql.replace(relation, f"read_parquet({literal(settings.file)})"),
        path=settings.file,
        sha256=listed.files[settings.file].sha256,
        findings=findings,
    )


def _fetch(site: remote_site.Site, path: str, most: int) -> Path:
    got = site.fetch(path, most)
    if isinstance(got, str):
        raise _UnreadableError("view-unknown", path, got, "a file of the portal")
    return got.path


def _listed(site: remote_site.Site, listed: manifest.Manifest, path: str) -> Path:
    """A file that is as the manifest lists it."""
    entry = listed.files.get(path)
    if entry is None:
        raise _UnreadableError(
            "view-unknown", path, "the manifest does not list it", "a listed file"
        )
    got = site.fetch(path, min(entry.bytes, _MOST_BYTES))
    if isinstance(got, str):
        raise _UnreadableError("view-unknown", path, got, "a file of the portal")
    if got.sha256 != entry.sha256:
        expected = f"SHA-256 {entry.sha256}"
        raise _UnreadableError("published-file-changed", path, f"SHA-256 {got.sha256}", expected)
    return got.path


def _read_settings(file: Path, path: str) -> ExplorerDocument:
    """`explorer.json` as values; `_UnreadableError` where it is none."""
    try:
        return ExplorerDocument.model_validate_json(file.read_bytes(), strict=True)
    except ValueError as error:
        first = " ".join(map(str.strip, str(error).split("\n")[1:3]))
        found = first.partition(" [")[0]
        raise _UnreadableError("view-unknown", path, found, "settings of an explorer") from None


def _read_choice(
    settings: ExplorerDocument, choice: str, path: str
) -> tuple[tuple[str, ...], str, tuple[Finding, ...]]:
    """The conditions of an address in words and as SQL, and what in it is unknown."""
    chosen: dict[str, list[str]] = {}
    span: dict[str, str] = {}
    findings: list[Finding] = []
    labels, period = settings.labels, settings.period.name if settings.period else ""
    for name, value in parse_qsl(choice, keep_blank_values=True):
        if name in labels:
            chosen.setdefault(name, []).append(value)
        elif name in (FROM, TO) and period:
            span[name] = value
        elif name not in (COMPARE, SHOW):
            found = f"the address names {name!r}"
            expected = f"one of {', '.join(labels)}"
            findings.append(Finding("view-unknown", found, expected, file=path))
    words = [f"{labels[name]}: {' or '.join(values)}" for name, values in chosen.items()]
    tests = [
        f"{identifier(name)} IN ({', '.join(map(literal, values))})"
        for name, values in chosen.items()
    ]
    for name, word, sign in ((FROM, "from", ">="), (TO, "to", "<=")):
        if name in span:
            words.append(f"{word} {span[name]}")
            tests.append(f"{identifier(period)} {sign} {literal(span[name])}")
    if span:  # a text that names no period is in no span
        tests.append(f"regexp_matches({identifier(period)}, '^[0-9]')")
    return tuple(words), f" WHERE {' AND '.join(tests)}" if tests else "", tuple(findings)
