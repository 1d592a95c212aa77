"""Find the files of a package on this disk: beside its descriptor, or fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from plainrecord.core.plurals import choose_form, count_noun
from plainrecord.findings.finding import Finding
from plainrecord.io import load
from plainrecord.io.fetched_files import locate_file
from plainrecord.model.packages import LocatedFile, Package, SourceFile


def cache_folder(root: Path) -> Path:
    """Where fetched files lie."""
    return root / ".plainrecord" / "cache"


def locate_resources(
    root: Path, folder: Path, parsed: Package, findings: list[Finding], cache: Path | None = None
) -> tuple[dict[str, tuple[LocatedFile, ...]], dict[str, int]]:
    """The files of each resource, and how many are missing where some are not fetched yet.

    Fetched files lie in `cache`, or in that of the portal at `root`.
    """
    files: dict[str, tuple[LocatedFile, ...]] = {}
    absent: dict[str, int] = {}
    for resource in parsed.resources:
        located, missing, found = _locate(root, folder, resource.files, cache or cache_folder(root))
        findings.extend(replace(finding, resource=resource.name) for finding in found)
        files[resource.name] = located
        if missing:
            absent[resource.name] = missing
            findings.append(
                Finding(
                    "source-not-fetched",
                    f"{count_noun(missing, 'file')} of {resource.name} {choose_form(missing, 'is', 'are')} not here",
                    "the files, fetched and verified",
                    dataset=parsed.name,
                    file=parsed.descriptor_path,
                )
            )
    return files, absent


def _locate(
    root: Path, folder: Path, sources: Sequence[SourceFile], cache: Path
) -> tuple[tuple[LocatedFile, ...], int, tuple[Finding, ...]]:
    """The files of a resource in their order, how many are not fetched yet, and findings."""
    located: list[LocatedFile] = []
    findings: list[Finding] = []
    missing = 0
    for source in sources:
        if source.remote:
            cached = locate_file(source, cache)
            missing += cached is None
            located.extend([cached] if cached else [])
        else:
            here, found = load.locate_files(root, folder, [source])
            located.extend(here)
            findings.extend(found)
    return tuple(located), missing, tuple(findings)
