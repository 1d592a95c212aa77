"""The first stretch of the corridor: a portal's folder as trusted values, its files located."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord import config, fetch, load, package, release
from plainrecord.declarations import PageText, Portal
from plainrecord.errors import Blocked
from plainrecord.findings import Finding
from plainrecord.model import LocatedFile, Package, SourceFile
from plainrecord.references import unfold_references


@dataclass(frozen=True, slots=True)
class Plan:
    """A portal as trusted, its datasets with the files that were found for them."""

    root: Path
    portal: Portal
    packages: tuple[Package, ...]
    files: Mapping[str, Mapping[str, tuple[LocatedFile, ...]]]
    absent: Mapping[str, str]
    pages: tuple[PageText, ...]
    raw: load.RawPortal
    bundles: Mapping[str, Mapping[str, bytes]]


def cache_folder(root: Path) -> Path:
    """Where fetched files lie."""
    return root / ".plainrecord" / "cache"


def plan_portal(root: Path, base_url: str | None = None) -> tuple[Plan, tuple[Finding, ...]]:
    """The portal with its datasets, and what is wrong so far; `Blocked` if it cannot be read."""
    raw = load.load_portal(root)
    portal, found = config.parse_portal(raw.settings, raw.settings_path, base_url)
    findings = list(found)
    packages: list[Package] = []
    for item in raw.datasets:
        document, found = unfold_references(item.descriptor, item.path, item.descriptor_path)
        findings.extend(found)
        parsed, found = package.parse_package(
            document, item.folder, item.descriptor_path, item.methodology
        )
        findings.extend(found)
        if parsed is not None:
            packages.append(parsed)
    texts = [_read_page(file, text, findings) for file, text in raw.pages.items()]
    for name in sorted({p.name for p in packages}):
        twins = [p.descriptor_path for p in packages if p.name == name]
        if len(twins) > 1:
            findings.append(
                Finding(
                    "dataset-duplicate",
                    f"{name!r} is the name in {' and '.join(twins)}",
                    "a name of its own for each dataset",
                    file=twins[1],
                )
            )
    if portal is None:
        raise Blocked(findings)
    files: dict[str, dict[str, tuple[LocatedFile, ...]]] = {}
    absent: dict[str, str] = {}
    folders = {item.descriptor_path: item.path for item in raw.datasets}
    for parsed in packages:
        if parsed.policy is not None:
            findings.extend(
                release.check_policy(parsed.policy, parsed.resources, parsed.descriptor_path)
            )
        located, missing = locate_resources(root, folders[parsed.descriptor_path], parsed, findings)
        files[parsed.name] = located
        if missing:
            count = sum(missing.values())
            absent[parsed.name] = f"{count} of its source files have not been fetched."
    pages_read = tuple(text for text in texts if text is not None)
    bundles = {}
    for name, folder in portal.bundles:
        bundles[name], found = load.load_folder(root, folder)
        findings.extend(found)
    return Plan(root, portal, tuple(packages), files, absent, pages_read, raw, bundles), tuple(
        findings
    )


def locate_resources(
    root: Path, folder: Path, parsed: Package, findings: list[Finding]
) -> tuple[dict[str, tuple[LocatedFile, ...]], dict[str, int]]:
    """The files of each resource, and how many are missing where some are not fetched yet."""
    files: dict[str, tuple[LocatedFile, ...]] = {}
    absent: dict[str, int] = {}
    for resource in parsed.resources:
        located, missing, found = _locate(root, folder, resource.files)
        findings.extend(found)
        files[resource.name] = located
        if missing:
            absent[resource.name] = missing
            findings.append(
                Finding(
                    "source-not-fetched",
                    f"{missing} files of {resource.name} are not here",
                    "the files, fetched and verified",
                    dataset=parsed.name,
                    file=parsed.descriptor_path,
                )
            )
    return files, absent


def _read_page(file: str, text: str, findings: list[Finding]) -> PageText | None:
    head, body = config.split_front_matter(text)
    try:
        front = load.parse_document(head) if head else None
    except ValueError as error:
        findings.append(Finding("yaml-invalid", str(error.args[0]), "valid YAML", file=file))
        return None
    page, found = config.parse_page(file, text, front, body)
    findings.extend(found)
    return page


def _locate(
    root: Path, folder: Path, sources: Sequence[SourceFile]
) -> tuple[tuple[LocatedFile, ...], int, tuple[Finding, ...]]:
    """The files of a resource in their order, how many are not fetched yet, and findings."""
    located: list[LocatedFile] = []
    findings: list[Finding] = []
    missing = 0
    for source in sources:
        if source.remote:
            cached = fetch.locate_file(source, cache_folder(root))
            missing += cached is None
            located.extend([cached] if cached else [])
        else:
            here, found = load.locate_files(root, folder, [source])
            located.extend(here)
            findings.extend(found)
    return tuple(located), missing, tuple(findings)
