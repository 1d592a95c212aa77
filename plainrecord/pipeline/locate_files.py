"""Find the files of a package on this disk: beside its descriptor, or fetched."""

from dataclasses import replace
from pathlib import Path

from plainrecord.core.plurals import choose_form, count_noun
from plainrecord.findings.finding import Finding, Findings
from plainrecord.io import load
from plainrecord.io.fetched_files import locate_file
from plainrecord.model.packages import LocatedFile, Package


def cache_folder(root: Path) -> Path:
    """Where fetched files lie."""
    return root / ".plainrecord" / "cache"


def locate_resources(
    root: Path, folder: Path, parsed: Package, cache: Path | None = None
) -> tuple[dict[str, tuple[LocatedFile, ...]], dict[str, int], list[Finding]]:
    """Files of each resource (fetched ones in `cache`), how many are not fetched yet, findings."""
    files: dict[str, tuple[LocatedFile, ...]] = {}
    absent: dict[str, int] = {}
    findings = Findings(dataset=parsed.name, file=parsed.descriptor_path)
    for resource in parsed.resources:
        located: list[LocatedFile] = []
        missing = 0
        for source in resource.files:
            if source.remote:
                cached = locate_file(source, cache or cache_folder(root))
                missing += cached is None
                located.extend([cached] if cached else [])
            else:
                here, problems = load.locate_files(root, folder, [source])
                located.extend(here)
                findings.extend(replace(finding, resource=resource.name) for finding in problems)
        files[resource.name] = tuple(located)
        if missing:
            absent[resource.name] = missing
            number = f"{count_noun(missing, 'file')} of {resource.name}"
            found_absent = f"{number} {choose_form(missing, 'is', 'are')} not here"
            findings.add("source-not-fetched", found_absent, "the files, fetched and verified")
    return files, absent, findings
