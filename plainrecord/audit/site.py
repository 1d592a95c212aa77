"""Audit a published portal: attack every protected dataset with all that is published of it."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from pathlib import Path

from plainrecord.audit.attack import Attack, attack_cells, attack_further, read_alternatives
from plainrecord.audit.canaries import CanarySearch, identifying_columns
from plainrecord.audit.channels import MOST_MEMBER, is_rows, read_file
from plainrecord.audit.combined import derive_from_parts, derive_from_shares
from plainrecord.audit.datasets import attack_datasets
from plainrecord.audit.labels import LabelledNumber, make_vocabulary
from plainrecord.audit.leaks import Leak, find_leaks, find_statistics
from plainrecord.audit.nested import list_equations, list_joints, list_overlaps
from plainrecord.audit.records import (
    RowCounter,
    compare_with_tables,
    join_releases,
    narrow_by_rows,
)
from plainrecord.audit.releases import attack_releases, find_small_changes
from plainrecord.audit.report import (
    AuditedDataset,
    AuditReport,
    report_attack,
    report_leak,
    report_releases,
)
from plainrecord.audit.system import UNBOUNDED, CellSum
from plainrecord.audit.tables import (
    PROTECTION,
    AuditedRelease,
    Key,
    UnreadableError,
    read_labels,
    read_release,
)
from plainrecord.core.errors import UsageError
from plainrecord.core.paths import CATALOGUE, path_problem
from plainrecord.core.processor_limit import LimitExceeded, processor_limit
from plainrecord.core.strict_json import objects_in, parse_json
from plainrecord.core.translation import Catalogue, parse_catalogue
from plainrecord.findings.finding import Finding, NotChecked
from plainrecord.io import remote_site

MANIFEST = "manifest.json"
MOST_MANIFEST = 64_000_000
MOST_FILE = 2_000_000_000
AT_ONCE = 4
MOST_SECONDS = 15
"""Processor time in which the numbers of one file are read; of a longer one, those up to then."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class PublishedSite:
    """The files of a portal in a folder on this disk, by their paths below its root."""

    root: Path
    paths: tuple[str, ...] = ()

    @cached_property
    def datasets(self) -> frozenset[str]:
        """The names of the datasets."""
        parts = [path.split("/") for path in self.paths]
        return frozenset(one[1] for one in parts if one[0] == "datasets" and len(one) > 2)

    @cached_property
    def catalogue(self) -> Catalogue | None:
        """The words of the portal's language; None if they are English."""
        if CATALOGUE not in self.paths:
            return None
        try:
            return parse_catalogue(self.read(CATALOGUE))
        except (ValueError, UnreadableError):
            return None  # `verify` says so

    @cached_property
    def fields(self) -> Mapping[str, frozenset[str]]:
        """The names of the fields of each dataset, by its data package."""
        return {
            path.split("/")[1]: frozenset(read_labels(self.root / path)[0])
            for path in self.paths
            if re.fullmatch(r"datasets/[^/]+/downloads/datapackage\.json", path)
        }

    def read(self, path: str) -> bytes:
        """The bytes of a file; UnreadableError where there are more than `MOST_MEMBER`."""
        if (self.root / path).stat().st_size > MOST_MEMBER:
            raise UnreadableError(path)
        return (self.root / path).read_bytes()


def audit_address(target: str, progress: Progress, raw: Path | None = None) -> AuditReport:
    """The audit of the portal at `target`, a folder or address; UsageError where there is none."""
    if not target.lower().startswith(("http://", "https://")):
        remote_site.open_site(target, Path())
        if not (Path(target) / MANIFEST).is_file():
            raise UsageError(f"{target}: the manifest cannot be had: it is not there")
        return audit_site(Path(target), progress, raw)
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        root = Path(folder).resolve()
        skipped = _download(target, root, progress)
        report = audit_site(root / "site", progress, raw)
        return replace(report, skipped=(*skipped, *report.skipped))


def _download(target: str, root: Path, progress: Progress) -> tuple[NotChecked, ...]:
    """The files that the manifest at `target` lists, below `root`/site; what could not be had."""
    (root / "got").mkdir()
    site = remote_site.open_site(target, root / "got")
    listing = site.fetch(MANIFEST, MOST_MANIFEST)
    if isinstance(listing, str):
        raise UsageError(f"{target}: the manifest cannot be had: {listing}")
    try:
        document = parse_json(listing.path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{target}: manifest.json: {error}") from None
    files = objects_in(document, "files")
    paths = [str(one["path"]) for one in files if not _unsafe(str(one.get("path")))]
    progress(f"download {len(paths):,} files")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda path: site.fetch(path, MOST_FILE), paths))
    missing: list[str] = []
    (root / "site").mkdir()
    listing.path.rename(root / "site" / MANIFEST)
    for path, result in zip(paths, results, strict=True):
        if isinstance(result, str):
            missing.append(result)
            continue
        local_path = root / "site" / path
        local_path.parent.mkdir(parents=True, exist_ok=True)
        result.path.rename(local_path)
    reasons = sorted(set(missing))
    return tuple(NotChecked("files", why, missing.count(why)) for why in reasons)


def _unsafe(path: str) -> bool:
    return path.split("/")[0] not in (".nojekyll", ".plainrecord-site") and bool(path_problem(path))


def audit_site(
    folder: Path, progress: Progress = lambda _: None, raw: Path | None = None
) -> AuditReport:
    """The audit of the portal in `folder`, from its files alone, and for values of `raw`."""
    paths = tuple(
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    )
    site = PublishedSite(folder, paths)
    findings: list[Finding] = []
    built: dict[str, list[AuditedRelease]] = {}
    for path in paths:
        if path.startswith("datasets/") and path.endswith(f"/{PROTECTION}"):
            try:
                release = read_release(folder, path)
                built.setdefault(release.name, []).append(release)
            except UnreadableError as error:
                findings.append(_unreadable(path, str(error)))
    audited: list[AuditedDataset] = []
    unread: set[str] = set()
    known: dict[str, set[int]] = {}
    for name, releases in sorted(built.items()):
        progress(f"attack {name}")
        ordered = sorted(releases, key=lambda one: (not one.date, one.date))
        attacked = [_audit_release(site, release, ordered) for release in ordered]
        for one in attacked:
            audited.append(one.audited)
            findings += one.findings
            unread |= one.unread
            known[one.audited.key] = one.cells
        if len(ordered) > 1:
            findings += [report_releases(leak) for leak in attack_releases(ordered, known)]
            findings += _join_rows(folder, ordered)
        for earlier, later in pairwise(ordered):
            findings += find_small_changes(earlier, later)
    findings += attack_datasets(folder, paths, built, known)
    if raw is not None:
        progress("search identifiers")
        search = CanarySearch(identifying_columns(raw))
        for path in paths:
            try:
                for finding in search.search(path, site.read(path)):
                    findings.append(finding)
            except UnreadableError as error:
                unread.add(str(error))
    why = "cannot be opened, or takes too much memory or time"
    skipped = tuple(NotChecked("files", f"{path} {why}") for path in sorted(unread))
    return AuditReport(tuple(audited), tuple(findings), skipped, len(paths))


def _unreadable(path: str, problem: str) -> Finding:
    expected = "published files that agree with protection.json"
    name = path.split("/")[1]
    return Finding("audit-unreadable", problem, expected, file=path, dataset=name)


@dataclass(frozen=True, slots=True)
class _Attacked:
    """A release after its attack: the numbers of the hidden cells that were narrowed."""

    audited: AuditedDataset
    cells: set[int]
    findings: list[Finding]
    unread: set[str]


def _audit_release(
    site: PublishedSite, release: AuditedRelease, releases: Sequence[AuditedRelease]
) -> _Attacked:
    """Attack a release: its rows, its tables, and all other numbers about it."""
    findings: list[Finding] = []
    bounds = release.first_bounds()
    rows = groups = 0
    shown: dict[Key, int] = {}
    if release.records is not None:
        try:
            counter = RowCounter(site.root, release)
            counted = counter.count_groups()
            findings += counted.findings
            rows, groups = counted.rows, counted.groups
            if release.tables:
                shown, possible = counter.bound_cells()
                findings += compare_with_tables(release, shown, counter.path)
                bounds = narrow_by_rows(release, bounds, shown, possible, rows)
        except UnreadableError as error:
            findings.append(_unreadable(f"{release.folder}/{PROTECTION}", str(error)))
    equations = list_equations(release)
    alternatives, wrong = read_alternatives(release.protection)
    attack = attack_cells(
        equations,
        bounds,
        threshold=release.threshold,
        small=release.small if release.level == 1 else None,
        alternatives=alternatives,
    )
    overlaps, further = list_overlaps(release)
    systems = [([*equations, *overlaps], further)] if further else []
    for sums, further in (
        [*systems, *list_joints(release, equations)] if not attack.conflict else ()
    ):
        wide = [*bounds[0], *[0] * further], [*bounds[1], *[UNBOUNDED] * further]
        known = {cell.number for cell in attack.narrowed} | release.small
        open_cells = set(range(len(release.hidden))) - known
        more = attack_further(sums, wide, open_cells, release.threshold)
        attack = replace(attack, narrowed=(*attack.narrowed, *more))
    findings += report_attack(release, attack, wrong)
    files = numbers = 0
    unread: set[str] = set()
    if release.tables:
        others = [one for one in releases if one is not release]
        files, numbers, problems, unread = _search_numbers(
            site, release, others, (equations, attack), shown
        )
        findings += problems
    audited = AuditedDataset(
        release.key,
        str(release.protection.get("mode", "tables")),
        tables=len(release.tables),
        cells=len(release.hidden) + len(release.shown),
        hidden=len(release.hidden),
        equations=len(equations),
        certified=attack.certified,
        solved=attack.solved,
        narrowed=len(attack.narrowed),
        files=files,
        numbers=numbers,
        rows=rows,
        groups=groups,
    )
    return _Attacked(audited, {cell.number for cell in attack.narrowed}, findings, unread)


def _join_rows(root: Path, releases: Sequence[AuditedRelease]) -> Iterator[Finding]:
    """What rows of two releases of a dataset give away together."""
    with_rows = [release for release in releases if release.records is not None]
    for earlier, later in combinations(with_rows, 2):
        try:
            yield from join_releases(RowCounter(root, earlier), RowCounter(root, later))
        except UnreadableError:
            continue  # `_audit_release` says so


def _is_of_others(
    path: str, content: bytes, release: AuditedRelease, fields: Mapping[str, frozenset[str]]
) -> bool:
    """Whether data outside the folders of datasets are those of another one, by their columns."""
    if not path.endswith((".json", ".csv")):
        return False
    beginning = content[:20_000].decode("utf-8", "replace")
    words = set(re.findall(r'"(\w+)"\s*:|(?:^|,)(\w+)(?=,|$)', beginning, re.MULTILINE))
    columns = {one or two for one, two in words}
    dimensions = {name for table in release.tables for name in table.dimensions}
    own = len(columns & (fields.get(release.name, frozenset()) | dimensions))
    return any(len(columns & names) > own for names in fields.values())


def _search_numbers(
    site: PublishedSite,
    release: AuditedRelease,
    others: Sequence[AuditedRelease],
    attacked: tuple[Sequence[CellSum], Attack],
    shown: Mapping[Key, int],
) -> tuple[int, int, list[Finding], set[str]]:
    """How many files and labelled numbers were read, those about hidden cells, and unread files."""
    vocabulary = make_vocabulary(release, site.datasets, site.catalogue)
    equations, attack = attacked
    files = numbers = 0
    findings: list[Finding] = []
    unread: set[str] = set()
    for path in _files_about(site.paths, release, others):
        try:
            content = site.read(path)
        except UnreadableError:
            unread.add(path)
            continue
        if not path.startswith("datasets/") and _is_of_others(path, content, release, site.fields):
            continue
        leaks: list[Leak] = []
        if path.endswith(".parquet"):
            leaks += find_statistics(path, content, release)
        in_file: list[LabelledNumber] = []
        try:
            with processor_limit(MOST_SECONDS):
                for number in read_file(path, content, vocabulary):
                    if not is_rows(number.file, vocabulary):
                        in_file.append(number)
        except UnreadableError as error:
            unread.add(str(error))
        except LimitExceeded:
            unread.add(path)
        numbers += len(in_file)
        leaks += find_leaks(in_file, vocabulary, attack.ranges, others, shown)
        if not leaks:
            leaks += derive_from_shares(in_file, vocabulary, equations, attack.ranges)
            leaks += derive_from_parts(in_file, vocabulary, equations, attack.ranges)
        files += 1
        findings += [report_leak(release, leak) for leak in leaks]
    return files, numbers, findings, unread


def _files_about(
    paths: Sequence[str], release: AuditedRelease, others: Sequence[AuditedRelease]
) -> Iterator[str]:
    """The files that can be about a release: its own, those of its dataset, and of the portal."""
    own = f"{release.folder}/"
    foreign = tuple(f"{one.folder}/" for one in others if not own.startswith(f"{one.folder}/"))
    outside = tuple(f"{one.folder}/" for one in others if own.startswith(f"{one.folder}/"))
    api = f"api/v1/datasets/{release.name}"
    for path in paths:
        of_dataset = path.startswith("datasets/") and path.count("/") > 1
        of_dataset |= path.startswith("api/v1/datasets/")
        mine = path.startswith((f"datasets/{release.name}/", own, f"{api}.json", f"{api}/"))
        if path.startswith(foreign) or path.startswith("assets/"):
            continue
        if path.startswith(tuple(f"{one}downloads/" for one in outside)):
            continue
        if path in (f"{one}{PROTECTION}" for one in outside):
            continue
        if path.startswith(f"{api}/records/"):
            continue  # rows: `audit.records` counts them where they lie as one table
        if mine or not of_dataset:
            yield path
