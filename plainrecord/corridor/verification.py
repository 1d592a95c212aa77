"""The stranger's road: a published portal in, and whether all that it says holds.

Beside the road of a build and without the project's sources: what is looked at comes through the
door `visit`, and every room treats it as hostile.
"""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.corridor import perusal
from plainrecord.corridor.holdings import BESIDE, Holdings, Progress, take_stock
from plainrecord.corridor.seal import is_chain
from plainrecord.doors import visit
from plainrecord.ground.errors import UsageError
from plainrecord.ground.paths import CLAIMS_RECEIPTS, is_page
from plainrecord.ground.proofs import NAME, ProofSheet, parse_receipts
from plainrecord.ground.strictjson import parse_json
from plainrecord.model.chain import hash_releases
from plainrecord.model.packages import Json
from plainrecord.model.products import Output, ReceiptFile
from plainrecord.outputs import chart, links
from plainrecord.rules.findings import Finding, NotChecked
from plainrecord.verify import exhibits, lineage, parcels, plots, recount


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """How much was looked at, and all that does not hold."""

    files: int
    bytes: int
    pages: int
    receipts: int
    figures: int
    series: int
    counts: int
    shown: int
    tables: int
    releases: int
    unchecked: tuple[str, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[NotChecked, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.findings


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
        held, findings = take_stock(site, work, progress)
        if held is None:
            return VerifyReport(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (), tuple(findings))
        findings += _check_links(held)
        sheets, found = _read_sheets(held)
        findings += found
        with recount.Recounter() as recounter:
            findings += _recount(held, sheets, recounter, progress)
            progress("compare the data packages")
            tables, found = _compare_packages(held, recounter)
            findings += found
        progress("compare the pages")
        shown, found = perusal.compare_pages(held, sheets)
        findings += found
        releases, found, untold = _check_chains(held, kept)
        findings += found
        proofs = [proof for sheet in sheets.values() for proof in sheet.proofs]
        return VerifyReport(
            files=len(held.manifest.files),
            bytes=sum(seen.bytes for seen in held.seen.values()),
            pages=len(held.pages),
            receipts=len(proofs),
            figures=sum(proof.of_figure for proof in proofs),
            series=sum(proof.of_chart for proof in proofs),
            counts=sum(bool(proof.counted) for proof in proofs),
            shown=shown,
            tables=tables,
            releases=releases,
            unchecked=(
                *(f"{name}: {why}" for sheet in sheets.values() for name, why in sheet.unchecked),
                *perusal.tell_versions(held),
                *untold,
            ),
            findings=tuple(findings),
            skipped=recounter.skipped,
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


def _check_links(held: Holdings) -> list[Finding]:
    """Links of pages that lead to no listed file, and things that other hosts would be asked for."""
    outputs = [
        Output(path, held.content(path) if is_page(path) else seen.path)
        for path, seen in held.seen.items()
    ]
    outputs += [Output(path, b"") for path in BESIDE]
    return list(links.check_links(outputs))


# Receipts


def _read_sheets(held: Holdings) -> tuple[dict[str, ProofSheet], list[Finding]]:
    sheets: dict[str, ProofSheet] = {}
    findings: list[Finding] = []
    for path in sorted(held.seen):
        listed = path.startswith("datasets/") and posixpath.basename(path) == NAME
        if not listed and path != CLAIMS_RECEIPTS:
            continue
        try:
            sheet = parse_receipts(parse_json(held.content(path)))
        except ValueError as error:
            sheet = ProofSheet("", "", (), (str(error),))
        name = sheet.dataset.partition("@")[0]
        where = f"datasets/{name}/" if listed else f"{name}/{NAME}"
        if not sheet.problems and not path.startswith(where):
            sheet = ProofSheet("", "", (), (f"it is about {sheet.dataset!r}",))
        findings += [
            Finding("receipt-invalid", problem, "a receipt as documented", file=path)
            for problem in sheet.problems
        ]
        sheets[path] = sheet
    return sheets, findings


def _recount(
    held: Holdings,
    sheets: Mapping[str, ProofSheet],
    recounter: recount.Recounter,
    progress: Progress,
) -> list[Finding]:
    findings: list[Finding] = []
    alike = perusal.draws_alike(held)
    for path, sheet in sheets.items():
        progress(f"run the receipts of {sheet.dataset}")
        for proof in sheet.proofs:
            copies: dict[str, Path] = {}
            for file in proof.files:
                problem = _file_problem(held, file)
                if problem:
                    found = f"{proof.id}: {file.path} {problem}"
                    wanted = f"the file with the SHA-256 {file.sha256}"
                    findings.append(Finding("receipt-file-wrong", found, wanted, file=path))
                else:
                    copies[file.path] = held.copy(file.path)
            wanted_paths = {file.path for file in proof.files}
            if proof.lists:
                wanted_paths.add(proof.lists)
                if held.sound(proof.lists):
                    copies[proof.lists] = held.copy(proof.lists)
                else:
                    found = f"{proof.id}: {proof.lists} is not there as the manifest lists it"
                    findings.append(
                        Finding("receipt-file-wrong", found, "the list of records", file=path)
                    )
            if len(copies) == len(wanted_paths):
                findings += recounter.recount(path, sheet.dataset, proof, copies)
            if proof.of_chart:
                if held.sound(proof.spec) or proof.spec in held.seen:
                    content = held.content(proof.spec)
                    drawn = (
                        chart.specify_again(proof.drawn, proof.title, proof.series, proof.breaks)
                        if alike
                        else None
                    )
                    findings += plots.compare_specification(proof, content, drawn)
                else:
                    found = f"{proof.id}: there is no {proof.spec}"
                    wanted = "the specification of the chart"
                    findings.append(Finding("receipt-file-wrong", found, wanted, file=path))
    return findings


def _file_problem(held: Holdings, file: ReceiptFile) -> str:
    listed = held.manifest.files.get(file.path)
    if listed is None:
        return "is not in the manifest"
    if listed.sha256 != file.sha256:
        return f"has the SHA-256 {listed.sha256} in the manifest"
    if not held.sound(file.path):
        return "is not there as the manifest lists it"
    return recount.name_problem(file, held.manifest.files)


# Data packages and releases


def _compare_packages(held: Holdings, recounter: recount.Recounter) -> tuple[int, list[Finding]]:
    """How many tables were compared in two formats, and where packages differ."""
    findings: list[Finding] = []
    count = 0
    described: set[str] = set()
    for path in sorted(held.seen):
        folder, name = posixpath.split(path)
        if name == "datapackage.json":
            found, problems = parcels.read_package(path, held.content(path), held.manifest.files)
            findings += problems
            described.update(parcel.parquet for parcel in found)
            for parcel in found:
                if not held.whole(parcel.parquet):
                    continue
                count += 1
                parquet = held.copy(parcel.parquet)
                others = {"csv": parcel.csv, "json": parcel.json, "xlsx": parcel.workbook}
                for kind, place in others.items():
                    if held.whole(place):
                        other = held.copy(place)
                        difference = recounter.compare(other, kind, parquet, parcel.fields)
                        if difference:
                            findings.append(Finding("package-differs", *difference, file=place))
        elif name.endswith(".zip") and f"{folder}/datapackage.json" in held.seen:
            findings += parcels.compare_zip(path, held.seen[path].path, held.manifest.files)
    findings += parcels.find_undescribed(held.manifest.files, described)
    return count, findings


def _check_chains(held: Holdings, kept: Json) -> tuple[int, list[Finding], tuple[str, ...]]:
    """How many releases there are, what is wrong with their chains, and what cannot be told."""
    findings: list[Finding] = []
    chains: dict[str, Json] = {}
    listed = {path: file.sha256 for path, file in held.manifest.files.items()}
    for path in sorted(held.seen):
        if is_chain(path):
            try:
                document = parse_json(held.content(path))
            except ValueError as error:
                document = str(error)
            chains[path.split("/")[1]] = document
    for name in sorted({*chains, *held.manifest.releases}):
        named = held.manifest.releases.get(name, {})
        found = lineage.check_chain(name, chains.get(name), named, listed)
        page = f"datasets/{name}/releases/index.html"
        if not found and page in held.pages:
            shown = exhibits.read_exhibits(page, held.content(page)).editions
            if shown or perusal.made_alike(held):
                found = lineage.compare_editions(page, shown, chains[name])
        findings += found
    findings += lineage.compare_history(kept, chains)
    changed, untold = lineage.compare_published(kept, chains, listed, held.manifest.tools)
    count = sum(len(hash_releases(document)) for document in chains.values())
    return count, [*findings, *changed], (*lineage.name_absent(chains), *untold)


def describe_verification(report: VerifyReport) -> dict[str, Json]:
    """The report as one JSON document, without its findings."""
    counts: Sequence[str] = ("files", "bytes", "pages", "receipts", "figures", "series", "counts", "shown",
                             "tables", "releases")  # fmt: skip
    told: dict[str, Json] = {name: getattr(report, name) for name in counts}
    return {
        "holds": report.holds,
        **told,
        "not_checkable": list(report.unchecked),
        "not_checked": [item.words for item in report.skipped],
    }
