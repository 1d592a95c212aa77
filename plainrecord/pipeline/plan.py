"""Plan a build: a portal's folder as trusted values, with its files located."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

from plainrecord.core.errors import Blocked
from plainrecord.core.paths import RAW_FOLDER
from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors import claims, ledger, package, synonyms
from plainrecord.descriptors import portal as config
from plainrecord.descriptors.protected import describe_protected, describe_raw
from plainrecord.disclosure import release
from plainrecord.findings.finding import WAIVABLE_ERRORS, Finding, Findings, Where
from plainrecord.io import load
from plainrecord.io.references import unfold_references
from plainrecord.measures import crosswalk
from plainrecord.model.claims import Claim
from plainrecord.model.declarations import Bundle, ComparisonSettings, PageText, Portal
from plainrecord.model.documents import PublishedDocument
from plainrecord.model.freshness import parse_day
from plainrecord.model.history import Release, ReleaseLedger
from plainrecord.model.packages import LocatedFile, Package, SourceFile
from plainrecord.model.products import Output
from plainrecord.model.protection import ProtectionReport
from plainrecord.model.standards import Standard
from plainrecord.pipeline import features
from plainrecord.pipeline.documents import load_documents
from plainrecord.pipeline.locate_files import locate_resources
from plainrecord.pipeline.open_questions import find_open
from plainrecord.publishing import originals


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """A release with its frozen package and the files that were found for it.

    `absence` says in a sentence why it cannot be built here, empty where it can. `same` is true
    where the dataset as it is now says the same in every word.
    """

    release: Release
    package: Package
    files: Mapping[str, tuple[LocatedFile, ...]]
    absence: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """The releases of one dataset, the oldest first."""

    ledger: ReleaseLedger
    releases: tuple[PlannedRelease, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A portal as trusted, its datasets with the files that were found for them.

    `archives` holds the releases of a dataset by its name, where it keeps any. `as_of` is the day
    from which ages are counted: the one given, or the newest that the portal itself records.
    """

    root: Path
    portal: Portal
    packages: tuple[Package, ...]
    files: Mapping[str, Mapping[str, tuple[LocatedFile, ...]]]
    absent: Mapping[str, str]
    pages: tuple[PageText, ...]
    raw: load.RawPortal
    bundles: Mapping[str, Mapping[str, bytes]]
    documents: Mapping[str, tuple[tuple[PublishedDocument, Output], ...]]
    archives: Mapping[str, Archive]
    as_of: str
    standards: Mapping[str, Standard]
    claims: tuple[Claim, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def remote_files(self, names: Sequence[str]) -> list[SourceFile]:
        """The files with a public address of the datasets `names` (of all: none), each once."""
        packages = [
            item
            for item in self.packages
            if (not names or item.name in names) and not item.awaits_protection
        ]
        kept = [
            one.package
            for item in packages
            if item.name in self.archives
            for one in self.archives[item.name].releases
        ]
        sources: dict[tuple[str, str], SourceFile] = {}
        for item in (*packages, *kept):
            for resource in item.resources:
                for source in resource.files:
                    if source.remote:
                        sources.setdefault((source.path, source.sha256), source)
        return list(sources.values())


def plan_portal(
    root: Path,
    base_url: str | None = None,
    as_of: str = "",
    raw: load.RawPortal | None = None,
    *,
    published: bool = True,
) -> tuple[Plan, tuple[Finding, ...]]:
    """The portal with its datasets, and what is wrong so far; `Blocked` if it cannot be read.

    `raw` is what its folder holds, read from there unless given. What is to be `published` has no
    drafts, and open questions block it; otherwise drafts are there and questions are warnings.
    """
    raw = raw or load.load_portal(root)
    portal, problems = config.parse_portal(raw.settings, raw.settings_path, base_url)
    findings = Findings(problems)
    packages: list[Package] = []
    for item in raw.datasets:
        parsed, problems = _parse(item.now)
        if published and parsed is not None and not parsed.publish:
            continue
        findings.extend(problems)
        if parsed is not None:
            packages.append(parsed)
    words, malformed = synonyms.parse_synonyms(raw.synonyms, load.SYNONYMS)
    findings.extend(malformed)
    pages: list[PageText] = []
    for file, text in raw.pages.items():
        page, problems = _read_page(file, text)
        pages.extend([page] if page else [])
        findings.extend(problems)
    for name in sorted({p.name for p in packages}):
        twins = [p.descriptor_path for p in packages if p.name == name]
        if len(twins) > 1:
            same = f"{name!r} is the name in {' and '.join(twins)}"
            expected = "a unique name for each dataset"
            findings.add("dataset-duplicate", same, expected, file=twins[1])
    if portal is None:
        raise Blocked(findings)
    findings.extend(find_open(raw, portal, packages, published=published))
    if drafts := [item.title or item.name for item in packages if not item.publish]:
        notice = f"This preview shows drafts, which are not published: {', '.join(drafts)}."
        notice = f"{portal.notice} {notice}".strip()
        portal = portal.model_copy(update={"notice": notice})
    files: dict[str, dict[str, tuple[LocatedFile, ...]]] = {}
    absent: dict[str, str] = {}
    archives: dict[str, Archive] = {}
    standards = features.read_standards()
    datasets = {item.now.descriptor_path: item for item in raw.datasets}
    for number, parsed in enumerate(packages):
        dataset = datasets[parsed.descriptor_path]
        findings.extend(crosswalk.check_crosswalk(parsed, standards))
        if parsed.policy is not None and not parsed.policy.mode:
            findings.extend(
                release.check_policy(parsed.policy, parsed.resources, parsed.descriptor_path)
            )
        if parsed.policy and parsed.policy.open and load.ignores_raw(root):
            paths = [file.path for item in parsed.resources for file in item.files]
            if ignored := sorted({path for path in paths if path.startswith(f"{RAW_FOLDER}/")}):
                where = Where(dataset=parsed.name, file=parsed.descriptor_path)
                ignores = f".gitignore has /data/*/raw/: {', '.join(ignored)}"
                findings.add("file-ignored", ignores, "files that are in the repository", **where)
        located: dict[str, tuple[LocatedFile, ...]] = {}
        if parsed.awaits_protection:
            absent[parsed.name] = (
                "The records must first be protected, so that nobody in them can be recognised."
            )
        else:
            located, missing, wrong = locate_resources(root, dataset.now.path, parsed)
            findings.extend([*wrong, *_find_other_raw(root, dataset.now.path, parsed)])
            if missing:
                absent[parsed.name] = _absence(missing)
        files[parsed.name] = located
        former = [move.name for move in portal.moved if move.to == parsed.name]
        if dataset.sources is not None:
            file = f"{parsed.folder}/{load.SOURCES}"
            gone, problems = ledger.parse_sources(dataset.sources, file)
            findings.extend(problems)
            named = {source.address for item in parsed.resources for source in item.files}
            lost = tuple(item for item in gone if item.address in named)
            packages[number] = parsed = replace(parsed, lost=lost)
        archive, wrong = _plan_archive(root, dataset, parsed, located, former)
        findings.extend(wrong)
        if archive is not None:
            archives[parsed.name] = archive
            newest = archive.ledger.newest
            if newest:
                packages[number] = replace(parsed, release=newest, updated=newest)
    names = [item.name for item in packages]
    findings.extend(config.check_moves(portal, names, raw.settings_path))
    released = [one.package for archive in archives.values() for one in archive.releases]
    raw_files = _find_raw(root, [*packages, *released])
    documents: dict[str, tuple[tuple[PublishedDocument, Output], ...]] = {}
    for parsed in packages:
        documents[parsed.name], problems = load_documents(root, parsed, raw_files)
        findings.extend(problems)
    bundles: dict[str, dict[str, bytes]] = {}
    for bundle in portal.bundles:
        bundles[bundle.name], problems = _load_bundle(root, bundle, raw_files)
        findings.extend(problems)
    for name, content in raw.assets.items():
        findings.extend(_hidden_metadata(f"site/assets/{name}", name, content))
    listed: list[Claim] = []
    for file, document in raw.registers.items():  # of the portal, then of each dataset
        register, problems = claims.parse_register(document, file)
        listed.extend(register)
        findings.extend(problems)
    findings.extend(claims.check_names(listed, names))
    plan = Plan(
        root=root,
        portal=portal,
        packages=tuple(packages),
        files=files,
        absent=absent,
        pages=tuple(pages),
        raw=raw,
        bundles=bundles,
        documents=documents,
        archives=archives,
        as_of=as_of or _newest_day(packages, archives),
        standards=standards,
        claims=tuple(listed),
        synonyms=words,
    )
    return plan, tuple(findings)


def _find_raw(root: Path, packages: Sequence[Package]) -> set[Path]:
    """The source files of the datasets that are not open."""
    return {
        (root / item.folder / file.path).resolve()
        for item in packages
        if not (item.policy and item.policy.open)
        for resource in item.written
        for file in resource.files
        if not file.remote
    }


def _load_bundle(
    root: Path,
    bundle: Bundle,
    raw: Collection[Path],
) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The files of a folder that readers can download, and what is wrong with them.

    The source file of a dataset that is not open is none of them, nor a file of `data/NAME/raw`,
    where raw files of drafts lie as well.
    """
    folder = bundle.folder
    loaded, problems = load.load_folder(root, folder)
    findings = list(problems)
    kept = {}
    for name, content in loaded.items():
        path = f"{folder}/{name}"
        if (root / path).resolve() in raw or fnmatch(path, f"data/*/{RAW_FOLDER}/*"):
            message = "it is the source file of a dataset that is not open"
            findings.append(Finding("bundle-raw", message, file=path))
        kept[name] = originals.strip_metadata(name, content) if bundle.strip else content
        findings += _hidden_metadata(path, name, kept[name])
    return kept, tuple(findings)


def _hidden_metadata(file: str, name: str, content: bytes) -> list[Finding]:
    kinds = originals.find_metadata(name, content)
    return [Finding("original-metadata", ", ".join(kinds), file=file)] if kinds else []


def _parse(item: load.RawDescription) -> tuple[Package | None, tuple[Finding, ...]]:
    written, unread = unfold_references(item.descriptor, item.path, item.descriptor_path)
    document, protection, unprotected = describe_protected(
        written, item.protected, item.protection, item.descriptor_path
    )
    parsed, problems = package.parse_package(
        document, item.folder, item.descriptor_path, item.methodology
    )
    if parsed is not None and protection is not None:
        raw, _ = package.parse_package(
            describe_raw(written), item.folder, item.descriptor_path, item.methodology
        )
        described = raw.resources if raw else ()
        walk = parsed.crosswalk
        if walk and described and walk.resource == parsed.resources[0].name:  # it names none
            walk = walk.model_copy(update={"resource": described[0].name})
        parsed = replace(
            parsed,
            protection=protection,
            described=described,
            crosswalk=walk,
            comparison=_compare_counts(parsed, protection),
        )
    return parsed, (*unread, *unprotected, *problems)


def _find_other_raw(root: Path, folder: Path, parsed: Package) -> list[Finding]:
    """Findings for raw files with a declared hash that are here and are not those files.

    What was protected may then be of another file than the descriptor says.
    """
    pinned = [
        replace(resource, files=files)
        for resource in parsed.described
        if (files := tuple(f for f in resource.files if (f.hash or f.sha256) and not f.remote))
    ]
    _, _, wrong = locate_resources(root, folder, replace(parsed, resources=tuple(pinned)))
    return [finding for finding in wrong if finding.rule == "hash-mismatch"]


def _compare_counts(package: Package, protection: ProtectionReport) -> ComparisonSettings | None:
    """How releases are compared: the dimensions of a table of counts are its key.

    Where no table is named, it is the first that the policy declares.
    """
    settings, policy = package.comparison, package.policy
    if settings is None or settings.key or policy is None:
        return settings
    declared = [frozenset(table.dimensions) for table in policy.tables]
    tables = {table.resource: table for table in protection.tables}
    table = tables.get(settings.resource)
    if table is not None and not table.dimensions:
        sets = {frozenset(item.dimensions): item for item in protection.tables}
        table = sets.get(declared[0], table)
    if table is None:
        return settings
    update = {"resource": table.resource, "key": table.dimensions}
    return settings.model_copy(update=update)


def _absence(missing: Mapping[str, int]) -> str:
    count = sum(missing.values())
    have = "has" if count == 1 else "have"
    return f"{count:,} of its source files {have} not been fetched." if count else ""


def _newest_day(packages: Sequence[Package], archives: Mapping[str, Archive]) -> str:
    """The newest day that the portal records: of a release, of a look, of a dataset's release."""
    days = [item.updated for item in packages if parse_day(item.updated)]
    for archive in archives.values():
        days += [item.date for item in archive.ledger.releases]
        days += [item.date for item in archive.ledger.looks]
    return max(days, default="")


def _plan_archive(
    root: Path,
    dataset: load.RawDataset,
    current: Package,
    located: Mapping[str, tuple[LocatedFile, ...]],
    former: Sequence[str],
) -> tuple[Archive | None, list[Finding]]:
    """The releases that a dataset keeps; None where it keeps none or they cannot be trusted.

    `former` are names that the dataset had: its releases of that time still have them.
    """
    book = ReleaseLedger(f"{dataset.now.folder}/{load.LEDGER}")
    findings = Findings(dataset=current.name, file=book.file)
    if dataset.ledger_path:
        read, problems = ledger.parse_ledger(dataset.ledger, dataset.ledger_path)
        findings.extend(problems)
        if read is None:
            return None, findings
        book = read
    entries = {release.date: release for release in book.kept}
    planned: list[PlannedRelease] = []
    away = 0
    held: list[ledger.FrozenRelease] = []
    for item in dataset.releases:
        date = item.folder.rpartition("/")[2]
        document = item.descriptor
        policies = _policy_written(document), _policy_written(item.repair)
        findings.extend(
            ledger.check_repair(book, date, item.repair_path, item.repair_sha256, policies)
        )
        used = item
        if date in book.repaired and item.repair_sha256:
            used = replace(item, descriptor=item.repair, descriptor_path=item.repair_path)
        parsed, problems = _parse(used)
        settled = {"address-relative"}  # it cannot be edited
        if parsed is not None and parsed.policy is not None:
            settled |= {"privacy-weak", "privacy-reason-missing", "privacy-mode-missing"}
        findings.extend(f for f in problems if f.rule not in settled)
        if parsed is None:
            held.append(
                ledger.FrozenRelease(date, item.descriptor_path, item.descriptor_sha256, None)
            )
            continue
        if parsed.name not in (current.name, *former):
            findings.append(
                Finding(
                    "value-invalid",
                    f"the release of {date} is called {parsed.name!r}",
                    f"the name {current.name}, or a former name of the dataset",
                    file=item.descriptor_path,
                    remedy_given=f"If {parsed.name} is the dataset's old name, say so under `moved` in site/portal.yaml: "
                    f"{{from: {parsed.name}, to: {current.name}, date: …, reason: …}}. A past release is never edited.",
                )
            )
        parsed = replace(parsed, name=current.name, release=date, frozen=True, updated=date)
        if parsed.crosswalk is None:  # an old release is held to the standard as the newest one is
            parsed = replace(parsed, crosswalk=current.crosswalk)
        asked = current.explore
        if (
            parsed.explore is None
            and asked
            and asked.resource in {r.name for r in parsed.resources}
        ):
            parsed = replace(parsed, explore=asked)  # links to views made before it was released
        files, missing, wrong = locate_resources(root, item.path, parsed)
        findings.extend(f for f in wrong if f.rule != "source-not-fetched")
        away += bool(missing)
        hashes = ledger.list_files(parsed, files, item.beside)
        held.append(
            ledger.FrozenRelease(date, item.descriptor_path, item.descriptor_sha256, hashes)
        )
        if parsed.policy is not None and not parsed.policy.mode:
            findings.extend(
                release.check_policy(parsed.policy, parsed.resources, parsed.descriptor_path)
            )
        if date in entries:
            same = (
                used.descriptor == dataset.now.descriptor
                and item.methodology == dataset.now.methodology
            )
            planned.append(PlannedRelease(entries[date], parsed, files, _absence(missing), same))
    if away:
        text = f"releases whose files are not here: {away}"
        findings.add("source-not-fetched", text, "the files, fetched and verified")
    findings.extend(ledger.check_ledger(book, held))
    if book.releases and not book.kept:  # the dataset as it is now is in no release
        findings.extend(ledger.check_newest(book, "", "all", current.descriptor_path))
    if planned and planned[-1].release.date == book.newest:
        last = planned[-1]
        before, policy = last.package.policy, current.policy
        if before and policy and not policy.changed:
            points = release.find_loosened(before, policy)
            if points:
                text, expected = "; ".join(points), "the reason under plainrecord.privacy.changed"
                findings.add("privacy-loosened", text, expected, file=current.descriptor_path)
        newest = ledger.describe_state(last.package, last.files)
        now = ledger.describe_state(current, located)
        findings.extend(ledger.check_newest(book, newest, now, current.descriptor_path))
    return (Archive(book, tuple(planned)) if book.releases else None), findings


def _policy_written(document: Json) -> Json:
    """The privacy policy as a descriptor writes it."""
    ours = document.get("plainrecord") if isinstance(document, dict) else None
    return ours.get("privacy") if isinstance(ours, dict) else None


def advise_repairs(plan: Plan, findings: Sequence[Finding]) -> list[Finding]:
    """`findings`, with what to do about an error in a release, which nobody may edit."""
    advised = []
    for finding in findings:
        for raw in plan.raw.datasets:
            inside = f"{raw.now.folder}/releases/"
            path = finding.file.removeprefix(inside)
            if not finding.blocks or finding.file == path or finding.rule in OF_THE_PAST:
                continue
            name, date = raw.now.folder.rpartition("/")[2], path.split("/")[0]
            name = next(
                (p.name for p in plan.packages if p.descriptor_path == raw.now.descriptor_path),
                name,
            )
            there = next((r for r in raw.releases if r.folder == f"{inside}{date}"), None)
            if there is None:
                continue
            first = f"Copy {there.descriptor_path} to {there.repair_path}, correct the copy"
            if there.repair_sha256:
                first = f"Correct {there.repair_path}"
            remedy = (
                f"{finding.remedy} A past release is never edited. {first}, and run "
                f"`plainrecord release {name} --repair {date} --note REASON`; or withdraw the "
                "release (docs/maintainers.md, Releases)."
            )
            if finding.rule in WAIVABLE_ERRORS:
                remedy = (
                    "A past release is never edited, nor is its policy. Withdraw the release "
                    "(docs/maintainers.md, Releases), or, if it holds public facts alone, waive this "
                    f"in {raw.now.descriptor_path} with the field and the reason."
                )
            finding = replace(finding, remedy_given=remedy)
        advised.append(finding)
    return advised


OF_THE_PAST = {"release-changed", "release-unlisted", "release-missing", "source-not-fetched"}
"""What is wrong with the keeping of a release, not with what it says."""


def _read_page(file: str, text: str) -> tuple[PageText | None, tuple[Finding, ...]]:
    head, body = config.split_front_matter(text)
    try:
        front = parse_document(head) if head else None
    except ValueError as error:
        return None, (Finding("yaml-invalid", str(error.args[0]), "valid YAML", file=file),)
    return config.parse_page(file, text, front, body)
