"""Verify a published portal: every file, receipt, page, package and release that it publishes.

It needs none of the project's sources. All files come from `io.remote_site` and are hostile.
"""

import posixpath
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path

from plainrecord.core.errors import UsageError
from plainrecord.core.paths import CATALOGUE, CLAIMS_RECEIPTS, is_chain, is_page
from plainrecord.core.strict_json import Json, parse_json, reach
from plainrecord.core.translation import Catalogue, parse_catalogue, translated
from plainrecord.findings.finding import Finding, NotChecked
from plainrecord.io import remote_site
from plainrecord.model.chain import hash_releases
from plainrecord.model.evidence import ReceiptFile
from plainrecord.model.products import Output
from plainrecord.publishing import links, vega
from plainrecord.publishing.boundaries import read_boundaries
from plainrecord.publishing.downloads import FORMATS
from plainrecord.publishing.manifest import Manifest, parse_manifest
from plainrecord.receipts.receipts_document import NAME, Proof, ReceiptsDocument, parse_receipts
from plainrecord.verify import (
    chart_specification,
    packages,
    published_files,
    release_chain,
    rerun,
    since,
)
from plainrecord.verify import pages as page_checks
from plainrecord.verify.incomplete_periods import compare_incomplete
from plainrecord.verify.mirror import BESIDE, MOST_DOCUMENT, Progress, SiteMirror, download_site

FILES = "files and what depends on them"
RECEIPTS = "receipts, whose files could not be downloaded"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was checked, and every check that failed.

    `skipped` are checks that could not be made. `unchecked` are statements of the portal that
    cannot be checked: numbers without a receipt, releases and datasets that it says were withdrawn.
    """

    files: int = 0
    bytes: int = 0
    pages: int = 0
    receipts: int = 0
    figures: int = 0
    series: int = 0
    counts: int = 0
    shown: int = 0
    tables: int = 0
    releases: int = 0
    documents: int = 0
    unchecked: tuple[str, ...] = ()
    skipped: tuple[NotChecked, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no check failed; some may not have been made."""
        return not self.findings

    @property
    def left_out(self) -> int:
        """How many checks were not made."""
        return sum(item.count for item in self.skipped)

    @property
    def made(self) -> int:
        """How many checks were made: of files, pages, receipts, tables, releases and documents."""
        looked = self.files + self.pages + self.receipts + self.tables + self.releases
        not_run = sum(item.count for item in self.skipped if item.what in (FILES, RECEIPTS))
        return max(0, looked + self.documents - not_run)


def verify_site(target: str, earlier: Path | None, progress: Progress) -> VerifyReport:
    """Check all that an outsider can of the portal at `target`, an address or a folder.

    `earlier` is a manifest.json or a releases.json that the reader saved earlier. UsageError if the
    folder, address or file does not exist.
    """
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        work = Path(folder).resolve()
        site = remote_site.open_site(target, work)
        saved, listed = _read_saved(earlier)
        progress("read the manifest")
        mirror, findings = download_site(site, work, progress)
        if not isinstance(mirror, SiteMirror):
            nothing = NotChecked("everything", mirror or "there is no manifest")
            skipped = () if mirror is None else (nothing,)
            return VerifyReport(skipped=skipped, findings=tuple(findings))
        catalogue, problems = _read_catalogue(mirror)
        with translated(catalogue):
            return _check_mirror(mirror, [*findings, *problems], saved, listed, progress)


def _read_catalogue(mirror: SiteMirror) -> tuple[Catalogue | None, list[Finding]]:
    """The texts of the program in the language of the portal; None where they are English."""
    if CATALOGUE not in mirror.downloaded or mirror.unavailable(CATALOGUE):
        return None, []
    try:
        return parse_catalogue(mirror.content(CATALOGUE)), []
    except ValueError as error:
        return None, [Finding("locale-invalid", str(error), file=CATALOGUE)]


def _check_mirror(
    mirror: SiteMirror,
    findings: list[Finding],
    saved: Json,
    listed: Manifest | None,
    progress: Progress,
) -> VerifyReport:
    """Check all that was downloaded; `findings` are those of the download."""
    findings = [*findings, *_check_links(mirror)]
    receipts_by_path, problems = _read_receipts(mirror)
    findings += problems
    with closing(rerun.Recounter()) as recounter:
        problems, left_out = _rerun_receipts(mirror, receipts_by_path, recounter, progress)
        findings += problems
        if page_checks.same_generator(mirror):
            for path, receipts in receipts_by_path.items():
                findings += compare_incomplete(mirror, path, receipts, recounter)
        progress("compare the data packages")
        tables, problems = _compare_packages(mirror, recounter)
        findings += problems
    progress("compare the pages")
    shown, problems = page_checks.compare_pages(mirror, receipts_by_path)
    findings += problems
    documents, problems, unlinked = published_files.compare_documents(mirror, receipts_by_path)
    findings += problems
    releases, problems, skipped_releases, withdrawn = _check_chains(mirror, saved)
    findings += problems
    changes = _compare_saved(mirror, saved, listed)
    findings += changes.findings
    proofs = [proof for receipts in receipts_by_path.values() for proof in receipts.proofs]
    return VerifyReport(
        files=len(mirror.manifest.files),
        bytes=sum(seen.bytes for seen in mirror.downloaded.values()),
        pages=len(mirror.pages),
        receipts=len(proofs),
        figures=sum(proof.of_figure for proof in proofs),
        series=sum(proof.of_chart for proof in proofs),
        counts=sum(bool(proof.counted) for proof in proofs),
        shown=shown,
        tables=tables,
        releases=releases,
        documents=documents,
        unchecked=(
            *(
                f"{name}: {why}"
                for receipts in receipts_by_path.values()
                for name, why in receipts.unchecked
            ),
            *withdrawn,
            *changes.stated,
        ),
        skipped=(
            *_list_unread(mirror),
            *([NotChecked(RECEIPTS, "they were not run", left_out)] if left_out else []),
            *page_checks.list_skipped(mirror, receipts_by_path),
            *unlinked,
            *skipped_releases,
            *changes.skipped,
            *recounter.skipped,
        ),
        findings=tuple(findings),
    )


def _read_saved(earlier: Path | None) -> tuple[Json, Manifest | None]:
    """The document that the reader saved, and the same as a manifest if it is one."""
    if earlier is None:
        return None, None
    try:
        content = earlier.read_bytes()
        document = parse_json(content)
    except OSError as error:
        raise UsageError(f"{earlier}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{earlier}: {error}") from None
    releases = reach(document, "releases")
    if isinstance(releases, list):
        return document, None
    if not isinstance(releases, dict):
        raise UsageError(f"{earlier} is neither a manifest.json nor a releases.json")
    listed = parse_manifest(content)
    if listed.problems:
        raise UsageError(f"{earlier} is not a usable manifest: {listed.problems[0]}")
    return document, listed


def _check_links(mirror: SiteMirror) -> list[Finding]:
    """Links of pages that lead to no listed file, and things that other hosts would be asked for."""
    outputs = [
        Output(path, mirror.content(path) if is_page(path) else seen.path)
        for path, seen in mirror.downloaded.items()
    ]
    outputs += [Output(path, b"") for path in {*BESIDE, *mirror.unread}]
    return list(links.check_links(outputs))


# Receipts


def _read_receipts(mirror: SiteMirror) -> tuple[dict[str, ReceiptsDocument], list[Finding]]:
    receipts_by_path: dict[str, ReceiptsDocument] = {}
    findings: list[Finding] = []
    for path in sorted(mirror.downloaded):
        listed = path.startswith("datasets/") and posixpath.basename(path) == NAME
        if not listed and path != CLAIMS_RECEIPTS:
            continue
        content = mirror.content(path)
        if mirror.unavailable(path):
            continue
        try:
            receipts = parse_receipts(parse_json(content))
            receipts = replace(
                receipts, proofs=tuple(_add_outlines(mirror, p) for p in receipts.proofs)
            )
        except ValueError as error:
            receipts = ReceiptsDocument("", "", (), (str(error),))
        name = receipts.dataset.partition("@")[0]
        where = f"datasets/{name}/" if listed else f"{name}/{NAME}"
        if not receipts.problems and not path.startswith(where):
            receipts = ReceiptsDocument("", "", (), (f"it is about {receipts.dataset!r}",))
        findings += [
            Finding("receipt-invalid", problem, "a receipt as documented", file=path)
            for problem in receipts.problems
        ]
        receipts_by_path[path] = receipts
    return receipts_by_path, findings


def _rerun_receipts(
    mirror: SiteMirror,
    receipts_by_path: Mapping[str, ReceiptsDocument],
    recounter: rerun.Recounter,
    progress: Progress,
) -> tuple[list[Finding], int]:
    """Receipts that differ, and how many were not run because a file is unavailable."""
    findings: list[Finding] = []
    left_out = 0
    same_library = page_checks.same_chart_library(mirror)
    for path, receipts in receipts_by_path.items():
        progress(f"run the receipts of {receipts.dataset}")
        for proof in receipts.proofs:
            if mirror.unavailable(*(file.path for file in proof.files), proof.lists, proof.spec):
                left_out += 1
                continue
            copies, problems = _copy_files(mirror, path, proof)
            protected = any(
                f"{file.path.partition('/downloads/')[0]}/protection.json" in mirror.manifest.files
                for file in proof.files
            )
            findings += problems or recounter.recount(
                path, receipts.dataset, proof, copies, protected=protected
            )
            if proof.of_chart:
                findings += _check_specification(mirror, path, proof, draw=same_library)
    return findings, left_out


def _copy_files(
    mirror: SiteMirror, receipts_path: str, proof: Proof
) -> tuple[dict[str, Path], list[Finding]]:
    """A copy of each file that a receipt reads or lists, by its path, and errors of others."""
    checks = [
        (file.path, _file_problem(mirror, file), f"the file with the SHA-256 {file.sha256}")
        for file in proof.files
    ]
    if proof.lists:
        sound = mirror.matches_manifest(proof.lists)
        problem = "" if sound else "differs from the manifest or is missing"
        checks.append((proof.lists, problem, "the list of records"))
    findings = [
        _wrong_file(receipts_path, f"{proof.id}: {path} {problem}", expected)
        for path, problem, expected in checks
        if problem
    ]
    return {path: mirror.copy(path) for path, problem, _ in checks if not problem}, findings


MOST_OUTLINES = 2_000_000
"""The most bytes of outlines from which a map is drawn again."""


def _add_outlines(mirror: SiteMirror, proof: Proof) -> Proof:
    """The receipt of a map with the outlines that are published beside its specification."""
    path = f"{proof.spec.removesuffix('json')}{vega.OUTLINES}"
    file = mirror.manifest.files.get(path)
    if not proof.map or not proof.map.join or not file or file.bytes > MOST_OUTLINES:
        return proof
    names = (proof.map.boundaries, proof.map.join, proof.map.label, proof.map.credit)
    try:
        return replace(
            proof, map=replace(proof.map, shapes=read_boundaries(mirror.content(path), *names))
        )
    except ValueError:
        return proof


def _check_specification(
    mirror: SiteMirror, receipts_path: str, proof: Proof, *, draw: bool
) -> Iterator[Finding]:
    """Where a chart's specification is missing or differs; with `draw` its marks too."""
    if proof.spec not in mirror.downloaded:
        found = f"{proof.id}: there is no {proof.spec}"
        yield _wrong_file(receipts_path, found, "the specification of the chart")
        return
    content = mirror.content(proof.spec)
    chart = vega.redraw_chart(proof) if draw and len(proof.rows) <= page_checks.MOST_DRAWN else ""
    if isinstance(chart, str):
        yield from chart_specification.compare_specification(proof, content)
        return
    files = vega.write_files(chart)
    drawn = parse_json(files.pop("json"))
    yield from chart_specification.compare_specification(proof, content, drawn)
    stem = proof.spec.removesuffix("json")
    beside = {f"{stem}{ending}": content for ending, content in files.items()}
    for path, expected in (beside | vega.compile_files(chart, proof.spec)).items():
        if path in mirror.downloaded and mirror.content(path) != expected:
            found = f"{proof.id}: the file differs from the one drawn from the receipt"
            yield Finding("page-differs", found, "the same numbers and marks", file=path)
        elif path not in mirror.manifest.files:
            yield _wrong_file(
                receipts_path, f"{proof.id}: there is no {path}", "a file of the chart"
            )


def _wrong_file(receipts_path: str, found: str, expected: str) -> Finding:
    return Finding("receipt-file-wrong", found, expected, file=receipts_path)


def _file_problem(mirror: SiteMirror, file: ReceiptFile) -> str:
    listed = mirror.manifest.files.get(file.path)
    if listed is None:
        return "is not in the manifest"
    if listed.sha256 != file.sha256:
        return f"has the SHA-256 {listed.sha256} in the manifest"
    if listed.rows not in (None, file.rows):
        return f"has {listed.rows:,} rows in the manifest, and {file.rows:,} in the receipt"
    if not mirror.matches_manifest(file.path):
        return "differs from the manifest or is missing"
    return rerun.name_problem(file, mirror.manifest.files)


# Data packages and releases


def _compare_packages(mirror: SiteMirror, recounter: rerun.Recounter) -> tuple[int, list[Finding]]:
    """How many tables were compared in two formats, and where packages differ."""
    findings: list[Finding] = []
    count = 0
    described: set[str] = set()
    listed = mirror.manifest.files
    for path in sorted(mirror.downloaded):
        folder, name = posixpath.split(path)
        if name == "datapackage.json":
            tables, problems = packages.read_package(path, mirror.content(path), listed)
            findings += problems
            described.update(table.parquet for table in tables)
            for table in tables:
                if mirror.within_size(table.parquet):
                    count += 1
                    findings += _compare_formats(mirror, recounter, table)
        elif name.endswith(".zip") and f"{folder}/datapackage.json" in mirror.downloaded:
            findings += packages.compare_zip(path, mirror.downloaded[path].path, listed)
    findings += [
        finding
        for finding in packages.find_undescribed(listed, described)
        if not mirror.unavailable(f"{posixpath.dirname(finding.file)}/datapackage.json")
    ]
    return count, findings


def _compare_formats(
    mirror: SiteMirror, recounter: rerun.Recounter, table: packages.PublishedFormats
) -> Iterator[Finding]:
    """Where a table in another format holds something else than its Parquet file."""
    parquet = mirror.copy(table.parquet)
    for kind, path in table.others.items():
        if not mirror.within_size(path):
            continue
        difference = recounter.compare(mirror.copy(path), kind, parquet, table.fields)
        if difference:
            yield Finding("package-differs", *difference, file=path)
        if not FORMATS[kind].describes:
            continue
        text, problem = recounter.read_about(mirror.copy(path), kind)
        if problem:
            found = f"About: {problem}"
            yield Finding("package-differs", found, "the sheet About", file=path)
        elif text:
            name = posixpath.splitext(posixpath.basename(path))[0]
            yield from published_files.compare_about(mirror, path, text, name)


def _check_chains(
    mirror: SiteMirror, saved: Json
) -> tuple[int, list[Finding], tuple[NotChecked, ...], tuple[str, ...]]:
    """The number of releases, errors in chains, what cannot be checked, releases said withdrawn."""
    findings: list[Finding] = []
    chains: dict[str, Json] = {}
    listed = {path: file.sha256 for path, file in mirror.manifest.files.items()}
    for path in sorted(filter(is_chain, mirror.downloaded)):
        try:
            document = parse_json(mirror.content(path))
        except ValueError as error:
            document = str(error)
        chains[path.split("/")[1]] = document
    unknown = {path.split("/")[1] for path in mirror.unread if is_chain(path)}
    for name in sorted({*chains, *mirror.manifest.releases} - unknown):
        named = mirror.manifest.releases.get(name, {})
        problems = release_chain.check_chain(name, chains.get(name), named, listed)
        findings += problems
        page = f"datasets/{name}/releases/index.html"
        if not problems and page in mirror.pages:
            shown = release_chain.read_releases(mirror.content(page))
            if shown or page_checks.same_generator(mirror):
                findings += release_chain.compare_releases(page, shown, chains[name])
    count = sum(len(hash_releases(document)) for document in chains.values())
    absent, withdrawn = release_chain.name_absent(chains)
    if unknown:
        gap = NotChecked("chains of releases", "the file could not be downloaded", len(unknown))
        return count, findings, (*absent, gap), withdrawn
    findings += release_chain.compare_history(saved, chains)
    changed, unclear = release_chain.compare_published(saved, chains, listed, mirror.manifest.tools)
    return count, [*findings, *changed], (*absent, *unclear), withdrawn


def _compare_saved(mirror: SiteMirror, saved: Json, old: Manifest | None) -> since.Changes:
    """Compare today's datasets and pages with a manifest of an earlier day."""
    if isinstance(saved, dict) and old is None:
        what = f"what there was of datasets other than {saved.get('dataset')} on the earlier day"
        why = "a releases.json is about one dataset: keep manifest.json, which is about all"
        return since.Changes((), (NotChecked(what, why),), ())
    if old is None:
        return since.Changes((), (), ())
    moves = published_files.read_moves(published_files.read_datasets(mirror))
    then = since.Listing(old.files, old.tools, frozenset(n for n, d in old.releases.items() if d))
    now = since.Listing(mirror.manifest.files, mirror.manifest.tools, frozenset(), moves)
    return since.compare_portals(then, now)


def _list_unread(mirror: SiteMirror) -> list[NotChecked]:
    """The files that could not be looked at, by the reason."""
    reasons = Counter(mirror.unread.values())
    skipped = [NotChecked(FILES, why, count) for why, count in sorted(reasons.items())]
    if mirror.oversized:
        why = f"a document of more than {MOST_DOCUMENT / 1e6:,.0f} MB is not read"
        skipped.append(NotChecked("documents", why, len(mirror.oversized)))
    return skipped


def describe_verification(report: VerifyReport) -> dict[str, Json]:
    """The report as JSON, findings apart; `holds` is null if something was skipped."""
    values = {field.name: getattr(report, field.name) for field in fields(report)}
    counts = {name: value for name, value in values.items() if isinstance(value, int)}
    return {
        "holds": None if report.holds and report.skipped else report.holds,
        "checks": {"made": report.made, "not_made": report.left_out},
        **counts,
        "not_checked": [
            {"what": item.what, "count": item.count, "why": item.why} for item in report.skipped
        ],
        "not_checkable": list(report.unchecked),
    }
