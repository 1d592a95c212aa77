"""The manifest: every file of a site with its hash, and what the site was made from.

`manifest.json` and `SHA256SUMS` are written here and read here. Neither lists itself; the sums
list the manifest, so that `sha256sum -c SHA256SUMS` checks all that a reader has.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plainrecord.core.paths import path_problem
from plainrecord.core.strict_json import Json, parse_json, reach
from plainrecord.model.products import ListedFile

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
ATTESTATION = "attestation.json"
MOST_FILES = 200_000
HIDDEN = (".nojekyll",)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a site was made from.

    `commit` and `date` are "" where they are not known. `datasets` has for each dataset the data
    files that were read: path or address, bytes, SHA-256.
    """

    commit: str
    date: str
    base_url: str
    language: str
    tools: Mapping[str, str]
    datasets: Mapping[str, tuple[ListedFile, ...]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as read: the files by path, the versions of the tools, the releases' hashes."""

    files: Mapping[str, ListedFile]
    tools: Mapping[str, str]
    releases: Mapping[str, Mapping[str, str]]
    problems: tuple[str, ...] = ()
    base_url: str = ""
    language: str = ""


def describe_manifest(
    files: Sequence[ListedFile], inputs: Inputs, releases: Mapping[str, Mapping[str, str]]
) -> dict[str, Json]:
    """The document `manifest.json`; `releases` has dataset -> date -> hash of the chain's entry."""
    return {
        "plainrecord": inputs.tools.get("plainrecord", ""),
        "inputs": {
            "commit": inputs.commit or None,
            "date": inputs.date or None,
            "base_url": inputs.base_url or None,
            "language": inputs.language,
            "tools": dict(inputs.tools),
            "datasets": {
                name: [_entry(file) for file in inputs.datasets[name]]
                for name in sorted(inputs.datasets)
            },
        },
        "receipts": [
            file.path for file in _ordered(files) if file.path.rsplit("/", 1)[-1] == "receipts.json"
        ],
        "releases": {name: dict(releases[name]) for name in sorted(releases)},
        "files": [_entry(file) for file in _ordered(files)],
    }


def _ordered(files: Sequence[ListedFile]) -> list[ListedFile]:
    return sorted(files, key=lambda file: file.path)


def _entry(file: ListedFile) -> Json:
    entry: dict[str, Json] = {"path": file.path, "bytes": file.bytes, "sha256": file.sha256}
    return entry if file.rows is None else {**entry, "rows": file.rows}


def write_sums(files: Sequence[ListedFile]) -> bytes:
    """`SHA256SUMS` as coreutils' sha256sum reads it: hash, two blanks, path, by path."""
    return "".join(f"{file.sha256}  {file.path}\n" for file in _ordered(files)).encode()


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in `content`; `problems` has its errors.

    A path that leaves the site's folder, is absolute, hidden or repeated is omitted and reported.
    """
    try:
        document = parse_json(content)
    except ValueError as error:
        return Manifest({}, {}, {}, (str(error),))
    listed = document.get("files") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(listed, list):
        return Manifest({}, {}, {}, ("it has no list of files",))
    if len(listed) > MOST_FILES:
        return Manifest({}, {}, {}, (f"it lists more than {MOST_FILES:,} files",))
    files: dict[str, ListedFile] = {}
    problems: list[str] = []
    for number, item in enumerate(listed, 1):
        try:
            file = _parse_entry(item)
        except ValueError as error:
            problems.append(f"file {number}: {error}")
            continue
        if file.path in files:
            problems.append(f"file {number}: the path {file.path!r} is there already")
        else:
            files[file.path] = file
    tools, base_url, language = (
        reach(document, "inputs", key) for key in ("tools", "base_url", "language")
    )
    releases = document.get("releases", {})
    if not isinstance(releases, dict) or None in map(_texts, releases.values()):
        problems.append("releases is not a mapping of datasets to dates and hashes")
        releases = {}
    return Manifest(
        files,
        {key: str(value) for key, value in tools.items()} if isinstance(tools, dict) else {},
        {name: _texts(dates) or {} for name, dates in releases.items()},
        tuple(problems),
        base_url if isinstance(base_url, str) else "",
        language if isinstance(language, str) else "",
    )


def _texts(value: Json) -> dict[str, str] | None:
    """`value` as a mapping of texts, None where it is not one."""
    if not isinstance(value, dict):
        return None
    texts = {key: text for key, text in value.items() if isinstance(text, str)}
    return texts if len(texts) == len(value) else None


def _parse_entry(item: Json) -> ListedFile:
    if not isinstance(item, dict):
        raise ValueError("it is not an object")
    path, size, digest = item.get("path"), item.get("bytes"), item.get("sha256")
    if not isinstance(path, str):
        raise ValueError("its path is not a text")
    problem = place_problem(path)
    if problem:
        raise ValueError(f"the path {path!r} is not safe: {problem}")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"{path}: bytes is not a whole number")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise ValueError(f"{path}: sha256 is not a SHA-256")
    rows = item.get("rows")
    if rows is not None and (not isinstance(rows, int) or isinstance(rows, bool) or rows < 0):
        raise ValueError(f"{path}: rows is not a whole number")
    return ListedFile(path, size, digest, rows)


def place_problem(path: str) -> str:
    """Why `path` cannot be a file of a site; empty when it can."""
    if path in HIDDEN:
        return ""
    if path in (MANIFEST, SUMS, ATTESTATION):
        return "a manifest does not list itself, the sums or the attestation"
    return path_problem(path)


def parse_sums(content: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """The hashes in a `SHA256SUMS` by path, and the lines that are not as they should be."""
    sums: dict[str, str] = {}
    problems: list[str] = []
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return {}, ("it is not UTF-8",)
    if lines.pop():
        problems.append("the last line does not end")
    for number, line in enumerate(lines, 1):
        digest, path = line[:64], line[66:]
        if line[64:66] != "  " or not _SHA256.fullmatch(digest) or not path:
            problems.append(f"line {number} is not a hash, two blanks and a path")
        elif path in sums:
            problems.append(f"line {number}: the path {path!r} is there already")
        else:
            sums[path] = digest
    return sums, tuple(problems)
