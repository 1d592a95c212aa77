"""Read schemas and dialects by path below the descriptor's folder (Data Package v2)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plainrecord.core.paths import path_problem
from plainrecord.core.strict_json import Json
from plainrecord.findings.finding import Finding
from plainrecord.io import load

_MAY_BE_PATHS = ("schema", "dialect")


def unfold_references(document: Json, folder: Path, label: str) -> tuple[Json, tuple[Finding, ...]]:
    """`document` with referenced objects put in, and what is wrong (`label` in findings)."""
    resources = document.get("resources") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(resources, list):
        return document, ()
    pairs = [unfold_resource(item, folder, label) for item in resources]
    unfolded: list[Json] = [resource for resource, _ in pairs]
    findings = tuple(finding for _, problems in pairs for finding in problems)
    return {**document, "resources": unfolded}, findings


def unfold_resource(resource: Json, folder: Path, label: str) -> tuple[Json, list[Finding]]:
    """One resource with the objects that it refers to, and what is wrong with its references."""
    if not isinstance(resource, dict):
        return resource, []
    unfolded = dict(resource)
    findings: list[Finding] = []
    for key, value in resource.items():
        if key in _MAY_BE_PATHS and isinstance(value, str):
            document, problems = _read(value, key, folder, label)
            findings += problems
            unfolded[key] = dict(document)
            if problems:
                del unfolded[key]
    return unfolded, findings


def _read(
    path: str, key: str, folder: Path, label: str
) -> tuple[Mapping[str, Json], tuple[Finding, ...]]:
    if "://" in path:
        found = f"the {key} is to be fetched from {path}"
        expected = (
            f"the {key} itself or a file in the same folder: nothing is downloaded during a check"
        )
        return {}, (Finding("value-invalid", found, expected, file=label),)
    problem = path_problem(path)
    target = folder / path
    if not problem and not load.is_inside(target, folder):
        problem = "it is a link out of the folder"
    if problem:
        found = f"the path {path!r} of the {key} is not safe: {problem}"
        return {}, (Finding("path-unsafe", found, "a path inside the folder", file=label),)
    if not target.is_file():
        found = f"there is no file {path!r}, which should hold the {key}"
        return {}, (Finding("file-missing", found, f"the {key}", file=label),)
    document, wrong = load.load_descriptor(target)
    if wrong:
        return {}, wrong
    if not isinstance(document, dict):
        return {}, (Finding("value-invalid", f"the {key} is no mapping", "a mapping", file=path),)
    return document, ()
