"""Read schemas, dialects and groups of values by path below the descriptor's folder."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from plainrecord.core.paths import PROTECTED_FOLDER, RAW_FOLDER, path_problem
from plainrecord.core.strict_json import Json, objects_in
from plainrecord.findings.finding import Finding, Findings
from plainrecord.io import load

_MAY_BE_PATHS = ("schema", "dialect")


def unfold_references(document: Json, folder: Path, label: str) -> tuple[Json, tuple[Finding, ...]]:
    """`document` with what it refers to put in, and what is wrong (`label` in findings)."""
    if not isinstance(document, dict):
        return document, ()
    document, problems = _unfold_groups(document, folder, label)
    findings = list(problems)
    resources = document.get("resources")
    if not isinstance(resources, list):
        return document, tuple(findings)
    pairs = [unfold_resource(item, folder, label) for item in resources]
    unfolded: list[Json] = [resource for resource, _ in pairs]
    findings += [finding for _, problems in pairs for finding in problems]
    return {**document, "resources": unfolded}, tuple(findings)


def _unfold_groups(
    document: dict[str, Json], folder: Path, label: str
) -> tuple[dict[str, Json], list[Finding]]:
    """The descriptor with the groups of values that its privacy policy names by a file put in."""
    if not load.list_group_files(document):
        return document, []
    ours: Any = document["plainrecord"]
    coarsen: list[Json] = []
    findings: list[Finding] = []
    for item in ours["privacy"]["coarsen"]:
        if not isinstance(item, dict) or not isinstance(item.get("groups"), str):
            coarsen.append(item)
            continue
        groups, problems = _read_groups(item, folder, label, _list_sources(document, folder))
        findings += problems
        if not problems:
            rest = {key: value for key, value in item.items() if key != "level"}
            coarsen.append({**rest, "groups": groups})
    privacy = {**ours["privacy"], "coarsen": coarsen}
    return {**document, "plainrecord": {**ours, "privacy": privacy}}, findings


def _list_sources(document: Mapping[str, Json], folder: Path) -> set[Path]:
    """The files and folders of a dataset that no release may copy beside its tables."""
    names = [
        name
        for path in (item.get("path") for item in objects_in(document, "resources"))
        for name in (path if isinstance(path, list) else [path])
    ]
    own = [name for name in names if isinstance(name, str) and not path_problem(name)]
    return {(folder / name).resolve() for name in (*own, RAW_FOLDER, PROTECTED_FOLDER)}


def _read_groups(
    item: Mapping[str, Json], folder: Path, label: str, sources: set[Path]
) -> tuple[dict[str, Json], list[Finding]]:
    """Each value with its group: the first column of a CSV file, and the one that `level` names."""
    path = str(item["groups"])
    target, problems = _locate(path, "groups", folder, label)
    if target is None:
        return {}, list(problems)
    place = target.resolve()
    if not sources.isdisjoint((place, *place.parents)):
        found = f"the groups are in {path!r}: a release publishes their file"
        expected = f"a file that is no source and not in {RAW_FOLDER}/ or {PROTECTED_FOLDER}/"
        return {}, [Finding("path-unsafe", found, expected, file=label)]
    findings = Findings(
        file=str(PurePosixPath(label).parent / path), field=str(item.get("field") or "")
    )
    try:
        rows = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        found = f"the file is no CSV file in UTF-8: {error}"
        findings.add("value-invalid", found, "a value in each row, and the groups that it is in")
        return {}, list(findings)
    header = rows[0] if rows else []
    level = str(item.get("level", header[1] if len(header) > 1 else ""))
    if level not in header[1:]:
        found = f"there is no column {level!r}" if "level" in item else "there is one column"
        findings.add("value-invalid", found, f"one of {', '.join(header[1:]) or 'two or more'}")
        return {}, list(findings)
    column = header.index(level, 1)
    groups: dict[str, Json] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        group = row[column] if len(row) == len(header) else ""
        if not group or groups.setdefault(row[0], group) != group:
            found = f"{row[0]!r} is in two groups" if group else f"{row[0]!r} has no {level}"
            findings.add("value-invalid", found, "each value once, with its group", row=number)
    return groups, list(findings)


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


def _locate(
    path: str, key: str, folder: Path, label: str
) -> tuple[Path | None, tuple[Finding, ...]]:
    """The file below `folder`; None with a finding where it is not there or not safe to read."""
    if "://" in path:
        found = f"the {key} is to be fetched from {path}"
        expected = (
            f"the {key} itself or a file in the same folder: nothing is downloaded during a check"
        )
        return None, (Finding("value-invalid", found, expected, file=label),)
    target = folder / path
    if problem := load.unsafe_path(path, folder):
        found = f"the path {path!r} of the {key} is not safe: {problem}"
        return None, (Finding("path-unsafe", found, "a path inside the folder", file=label),)
    if not target.is_file():
        found = f"there is no file {path!r}, which should hold the {key}"
        return None, (
            Finding("file-missing", found, "a file in the folder of the descriptor", file=label),
        )
    return target, ()


def _read(
    path: str, key: str, folder: Path, label: str
) -> tuple[Mapping[str, Json], tuple[Finding, ...]]:
    target, problems = _locate(path, key, folder, label)
    if target is None:
        return {}, problems
    document, wrong = load.load_descriptor(target)
    if wrong:
        return {}, wrong
    if not isinstance(document, dict):
        return {}, (Finding("value-invalid", f"the {key} is no mapping", "a mapping", file=path),)
    return document, ()
