"""The chain of a dataset's releases: each entry names the hash of the one before it.

An entry that is changed, dropped or put in between changes every hash after it, so whoever kept
one `head` can tell whether the history that he saw is still there. The shape of the document
(`datasets/NAME/releases.json`) is told in `docs/verification.md`.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from plainrecord.core.strict_json import Json

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEXTS = ("date", "note", "descriptor_sha256", "previous")
_HASHES = ("files", "published")
HASHED = ("date", "note", "descriptor_sha256", "files", "previous")
"""The keys of an entry that its hash covers. `published` is left out: it names the files of the
site, which a later version of a library may write in other bytes from the same release."""


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """One thing that is wrong with a chain; `date` is the release's, "" for the whole chain."""

    date: str
    found: str
    expected: str


def entry_hash(entry: Mapping[str, Json]) -> str:
    """The SHA-256 (hex) of an entry's keys `HASHED` as canonical JSON (as RFC 8785)."""
    part = {key: entry[key] for key in HASHED if key in entry}
    text = json.dumps(
        part, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


AFTER = "it comes after"
"""How the problem of a release begins that is not later than the one before it."""


def chain_problems(document: Json) -> tuple[ChainProblem, ...]:
    """What is wrong inside one chain: its shape, its order, its hashes; empty when it holds."""
    entries = _entries(document)
    if not isinstance(document, dict) or entries is None:
        return (ChainProblem("", "the document is not a chain", "dataset, releases and head"),)
    problems: list[ChainProblem] = []
    previous, day = "", ""
    for entry in entries:
        date = str(entry.get("date", ""))
        fault = _shape_fault(entry)
        if fault:
            problems.append(ChainProblem(date, fault, "a whole entry"))
        if entry.get("previous") != previous:
            found = f"it follows {_short(entry.get('previous'))}"
            expected = f"{_short(previous)}, the hash of the release before it"
            problems.append(ChainProblem(date, found, expected))
        if day and date <= day:
            problems.append(ChainProblem(date, f"{AFTER} {day}", "a later date"))
        try:
            previous, day = entry_hash(entry), date
        except (ValueError, RecursionError):
            problems.append(ChainProblem(date, "its hash cannot be computed", "plain JSON"))
    if document.get("head") != previous:
        found = f"the head is {_short(document.get('head'))}"
        expected = f"{_short(previous)}, the hash of the newest release"
        problems.append(ChainProblem("", found, expected))
    return tuple(problems)


def hash_releases(document: Json) -> dict[str, str]:
    """The hash of each release of a chain by its date: what a manifest keeps of it."""
    return {str(entry.get("date", "")): entry_hash(entry) for entry in _entries(document) or ()}


def chain_entries(document: Json) -> tuple[dict[str, Json], ...]:
    """The entries of a chain, the oldest first; none where it is no chain."""
    return tuple(_entries(document) or ())


def rewritten_releases(earlier: Json, later: Json) -> tuple[ChainProblem, ...]:
    """Releases of the kept chain `earlier` that `later` lacks or has with another hash."""
    known = {str(entry.get("date", "")): entry for entry in _entries(later) or ()}
    problems = []
    for entry in _entries(earlier) or ():
        date = str(entry.get("date", ""))
        if date not in known:
            problems.append(
                ChainProblem(date, "the release was removed", "every release, permanently")
            )
        elif parts := [key for key in HASHED if entry.get(key) != known[date].get(key)]:
            found = f"the release was changed: {', '.join(parts)}"
            problems.append(ChainProblem(date, found, "the release as it was first published"))
    return tuple(problems)


def _entries(document: Json) -> list[dict[str, Json]] | None:
    listed = document.get("releases") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return None
    entries = [entry for entry in listed if isinstance(entry, dict)]
    return entries if len(entries) == len(listed) else None


def _shape_fault(entry: Mapping[str, Json]) -> str:
    for key in _TEXTS:
        if not isinstance(entry.get(key), str):
            return f"{key} is not a text"
    try:
        datetime.date.fromisoformat(str(entry["date"]))
    except ValueError:
        return f"the date is {entry['date']!r}"
    if not _SHA256.fullmatch(str(entry["descriptor_sha256"])):
        return "descriptor_sha256 is not a SHA-256"
    for key in _HASHES:
        files = entry.get(key)
        if not isinstance(files, dict):
            return f"{key} is not a mapping of paths to hashes"
        for path, digest in files.items():
            if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
                return f"{key} has no SHA-256 for {path!r}"
    return ""


def _short(value: Json) -> str:
    """The first signs of a hash, for a message."""
    return f"{str(value)[:12]}…" if value else "nothing"
