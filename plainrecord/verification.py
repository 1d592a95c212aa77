"""The stranger's road: a published portal in, and whether all that it says holds.

Beside the road of a build and without the project's sources: what is looked at comes through the
door `visit`, and every room treats it as hostile.
"""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from plainrecord import exhibits, history, links, manifest, parcels, recount, visit
from plainrecord.chain import hash_releases
from plainrecord.documents import parse_json
from plainrecord.errors import UsageError
from plainrecord.findings import Finding
from plainrecord.model import Json
from plainrecord.product import ListedFile, Output
from plainrecord.receipts import NAME, ProofSheet, parse_receipts
from plainrecord.seal import is_chain
from plainrecord.write import MARKER

MOST_MANIFEST = 64_000_000
MOST_DOCUMENT = 64_000_000
BESIDE = (manifest.MANIFEST, manifest.SUMS, manifest.ATTESTATION, MARKER)
AT_ONCE = 4

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """How much was looked at, and all that does not hold."""

    files: int
    bytes: int
    pages: int
    receipts: int
    figures: int
    series: int
    shown: int
    tables: int
    releases: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class _Ground:
    """A portal as far as its files are known: the manifest, and what was had of each file."""

    site: visit.Site
    manifest: manifest.Manifest
    seen: Mapping[str, visit.Seen]
    work: Path

    def content(self, path: str) -> bytes:
        """The bytes of a document; nothing where it was not had or is too large."""
        seen = self.seen.get(path)
        return b"" if seen is None or seen.bytes > MOST_DOCUMENT else seen.path.read_bytes()

    def sound(self, path: str) -> bool:
        """Whether the file is there as the manifest lists it."""
        file, seen = self.manifest.files.get(path), self.seen.get(path)
        return file is not None and seen is not None and file.sha256 == seen.sha256

    @property
    def pages(self) -> list[str]:
        return [path for path in self.seen if path.endswith(".html")]


def verify_site(target: str, since: Path | None, progress: Progress) -> VerifyReport:
    """Everything that a stranger can check of the portal at `target`, an address or a folder.

    `since` is a manifest.json or a releases.json that the reader kept from an earlier visit.
    UsageError where there is no such folder, address or file.
    """
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        work = Path(folder).resolve()
        site = visit.open_site(target, work)
        if site is None:
            raise UsageError(f"{target} is neither a folder nor an address (http, https)")
        kept = _read_kept(since)
        progress("read the manifest")
        ground, findings = _lay_ground(site, work, progress)
        if ground is None:
            return VerifyReport(0, 0, 0, 0, 0, 0, 0, 0, 0, tuple(findings))
        findings += _check_links(ground)
        sheets, found = _read_sheets(ground)
        findings += found
        with recount.Recounter() as recounter:
            findings += _recount(ground, sheets, recounter, progress)
            progress("compare the data packages")
            tables, found = _compare_packages(ground, recounter)
            findings += found
        progress("compare the pages")
        shown, found = _compare_pages(ground, sheets)
        findings += found
        releases, found = _check_chains(ground, kept)
        findings += found
        proofs = [proof for sheet in sheets.values() for proof in sheet.proofs]
        return VerifyReport(
            files=len(ground.manifest.files),
            bytes=sum(seen.bytes for seen in ground.seen.values()),
            pages=len(ground.pages),
            receipts=len(proofs),
            figures=sum(not proof.of_chart for proof in proofs),
            series=sum(proof.of_chart for proof in proofs),
            shown=shown,
            tables=tables,
            releases=releases,
            findings=tuple(findings),
        )


def _read_kept(since: Path | None) -> Json:
    if since is None:
        return None
    try:
        document = parse_json(since.read_bytes())
    except OSError as error:
        raise UsageError(f"{since}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{since}: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("releases"), dict | list):
        raise UsageError(f"{since} is neither a manifest.json nor a releases.json")
    return document


# Files


def _lay_ground(
    site: visit.Site, work: Path, progress: Progress
) -> tuple[_Ground | None, list[Finding]]:
    """The manifest and every file that it lists, and where the two differ."""
    listing = site.fetch(manifest.MANIFEST, MOST_MANIFEST)
    if isinstance(listing, str):
        return None, [Finding("manifest-missing", listing, "manifest.json", file=manifest.MANIFEST)]
    read = manifest.parse_manifest(listing.path.read_bytes())
    findings = [
        Finding("manifest-invalid", problem, "a manifest of this program", file=manifest.MANIFEST)
        for problem in read.problems
    ]
    findings += _compare_sums(site, read, listing)
    progress(f"look at {len(read.files)} files")
    files = list(read.files.values())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        got = list(pool.map(lambda file: site.fetch(file.path, file.bytes), files))
    seen: dict[str, visit.Seen] = {}
    for file, result in zip(files, got, strict=True):
        if isinstance(result, visit.Seen):
            seen[file.path] = result
            findings += _compare_file(file, result)
        elif file.path not in manifest.HIDDEN or site.has_listing:
            # A host may keep its own sign of how to serve a site (.nojekyll) to itself.
            wanted = "the file that the manifest lists"
            findings.append(Finding("published-file-missing", result, wanted, file=file.path))
    known = {*read.files, *BESIDE}
    for path in site.list_files():
        if path not in known:
            found = "it is there, and the manifest does not list it"
            findings.append(
                Finding("published-file-unlisted", found, "listed files only", file=path)
            )
    return _Ground(site, read, seen, work), findings


def _compare_file(file: ListedFile, seen: visit.Seen) -> list[Finding]:
    if seen.sha256 == file.sha256:
        return []
    more = "more than " if seen.bytes > file.bytes else ""
    size = min(seen.bytes, file.bytes)
    found = f"{more}{size:,} bytes, SHA-256 {seen.sha256}"
    wanted = f"{file.bytes:,} bytes, SHA-256 {file.sha256}"
    return [Finding("published-file-changed", found, wanted, file=file.path)]


def _compare_sums(site: visit.Site, read: manifest.Manifest, listing: visit.Seen) -> list[Finding]:
    got = site.fetch(manifest.SUMS, MOST_MANIFEST)
    if isinstance(got, str):
        return [Finding("published-file-missing", got, "SHA256SUMS", file=manifest.SUMS)]
    sums, problems = manifest.parse_sums(got.path.read_bytes())
    findings = [
        Finding("manifest-invalid", problem, "lines for sha256sum", file=manifest.SUMS)
        for problem in problems
    ]
    wanted = {path: file.sha256 for path, file in read.files.items()}
    wanted[manifest.MANIFEST] = listing.sha256
    for path in sorted({*sums, *wanted}):
        if sums.get(path) != wanted.get(path):
            found = f"SHA256SUMS says {sums.get(path) or 'nothing'} of {path}"
            expected = f"{wanted.get(path) or 'nothing'}, as in the manifest"
            findings.append(Finding("sums-differ", found, expected, file=manifest.SUMS))
    return findings


def _check_links(ground: _Ground) -> list[Finding]:
    """Links of pages that lead to no listed file, and things that other hosts would be asked for."""
    outputs = [
        Output(path, ground.content(path) if path.endswith(".html") else seen.path)
        for path, seen in ground.seen.items()
    ]
    outputs += [Output(path, b"") for path in BESIDE]
    return list(links.check_links(outputs))


# Receipts


def _read_sheets(ground: _Ground) -> tuple[dict[str, ProofSheet], list[Finding]]:
    sheets: dict[str, ProofSheet] = {}
    findings: list[Finding] = []
    for path in sorted(ground.seen):
        if not path.startswith("datasets/") or posixpath.basename(path) != NAME:
            continue
        try:
            sheet = parse_receipts(parse_json(ground.content(path)))
        except ValueError as error:
            sheet = ProofSheet("", "", (), (str(error),))
        if not sheet.problems and not path.startswith(f"datasets/{sheet.dataset}/"):
            sheet = ProofSheet("", "", (), (f"it is about {sheet.dataset!r}",))
        findings += [
            Finding("receipt-invalid", problem, "a receipt as documented", file=path)
            for problem in sheet.problems
        ]
        sheets[path] = sheet
    return sheets, findings


def _recount(
    ground: _Ground,
    sheets: Mapping[str, ProofSheet],
    recounter: recount.Recounter,
    progress: Progress,
) -> list[Finding]:
    findings: list[Finding] = []
    for path, sheet in sheets.items():
        progress(f"run the receipts of {sheet.dataset}")
        for proof in sheet.proofs:
            copies: dict[str, Path] = {}
            for file in proof.files:
                problem = _file_problem(ground, file.path, file.sha256)
                if problem:
                    found = f"{proof.id}: {file.path} {problem}"
                    wanted = f"the file with the SHA-256 {file.sha256}"
                    findings.append(Finding("receipt-file-wrong", found, wanted, file=path))
                else:
                    copies[file.path] = ground.seen[file.path].path
            if len(copies) == len({file.path for file in proof.files}):
                findings += recounter.recount(path, sheet.dataset, proof, copies)
            if proof.of_chart:
                if ground.sound(proof.spec) or proof.spec in ground.seen:
                    content = ground.content(proof.spec)
                    findings += exhibits.compare_specification(proof, content)
                else:
                    found = f"{proof.id}: there is no {proof.spec}"
                    wanted = "the specification of the chart"
                    findings.append(Finding("receipt-file-wrong", found, wanted, file=path))
    return findings


def _file_problem(ground: _Ground, path: str, digest: str) -> str:
    file = ground.manifest.files.get(path)
    if file is None:
        return "is not in the manifest"
    if file.sha256 != digest:
        return f"has the SHA-256 {file.sha256} in the manifest"
    return "" if ground.sound(path) else "is not there as the manifest lists it"


# Pages


def _compare_pages(ground: _Ground, sheets: Mapping[str, ProofSheet]) -> tuple[int, list[Finding]]:
    """How many figures and tables pages show, and where they differ."""
    findings: list[Finding] = []
    hashes = {path: file.sha256 for path, file in ground.manifest.files.items()}
    told: set[str] = set()
    count = 0
    for path in ground.pages:
        shown = exhibits.read_exhibits(path, ground.content(path))
        count += len(shown.figures) + len(shown.charts)
        told.update(name for name, *_ in (*shown.figures, *shown.charts))
        findings += exhibits.compare_page(path, shown, sheets, hashes)
    for path, sheet in sheets.items():
        if path == f"datasets/{sheet.dataset}/{NAME}":
            findings += [
                Finding("receipt-unshown", proof.id, "a page that shows it", file=path)
                for proof in sheet.proofs
                if proof.id not in told
            ]
    return count, findings


# Data packages and releases


def _compare_packages(ground: _Ground, recounter: recount.Recounter) -> tuple[int, list[Finding]]:
    """How many tables were compared in two formats, and where packages differ."""
    findings: list[Finding] = []
    count = 0
    for path in sorted(ground.seen):
        folder, name = posixpath.split(path)
        if name == "datapackage.json":
            found, problems = parcels.read_package(
                path, ground.content(path), ground.manifest.files
            )
            findings += problems
            for parcel in found:
                if parcel.csv in ground.seen and parcel.parquet in ground.seen:
                    count += 1
                    difference = recounter.compare(
                        ground.seen[parcel.csv].path,
                        ground.seen[parcel.parquet].path,
                        parcel.fields,
                    )
                    if difference:
                        findings.append(Finding("package-differs", *difference, file=parcel.csv))
        elif name.endswith(".zip") and f"{folder}/datapackage.json" in ground.seen:
            findings += parcels.compare_zip(path, ground.seen[path].path, ground.manifest.files)
    return count, findings


def _check_chains(ground: _Ground, kept: Json) -> tuple[int, list[Finding]]:
    """How many releases there are, and what is wrong with their chains."""
    findings: list[Finding] = []
    chains: dict[str, Json] = {}
    listed = {path: file.sha256 for path, file in ground.manifest.files.items()}
    for path in sorted(ground.seen):
        if is_chain(path):
            try:
                document = parse_json(ground.content(path))
            except ValueError as error:
                document = str(error)
            chains[path.split("/")[1]] = document
    for name in sorted({*chains, *ground.manifest.releases}):
        named = ground.manifest.releases.get(name, {})
        findings += history.check_chain(name, chains.get(name), named, listed)
    findings += history.compare_history(kept, chains)
    return sum(len(hash_releases(document)) for document in chains.values()), findings


def describe_verification(report: VerifyReport) -> dict[str, Json]:
    """The report as one JSON document, without its findings."""
    counts: Sequence[str] = ("files", "bytes", "pages", "receipts", "figures", "series", "shown",
                             "tables", "releases")  # fmt: skip
    return {"holds": report.holds, **{name: getattr(report, name) for name in counts}}
