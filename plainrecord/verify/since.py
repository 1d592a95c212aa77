"""Compare what a reader saved on an earlier day with the portal today: datasets, tables, pages."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from plainrecord.core.strict_json import Json
from plainrecord.findings.finding import Finding, Findings, NotChecked
from plainrecord.model.products import ListedFile

_TABLE = re.compile(r"datasets/([^/]+)/downloads/([^/]+)\.parquet")
_DOWNLOADS = re.compile(
    r"datasets/([^/]+)/downloads/(?!datapackage\.json)[^/]+\.(?:parquet|csv|json)"
)
_HASHED = re.compile(r"assets/[^/]+\.[0-9a-f]{8}\.[a-z]+")
FEW = 5


@dataclass(frozen=True, slots=True)
class Listing:
    """A portal as its manifest lists it.

    `released` are the datasets with releases; their tables change by a release, and
    `verify.release_chain` compares those. `moves` has the new name ("" if withdrawn) and the reason
    for each dataset that the portal says was renamed or withdrawn.
    """

    files: Mapping[str, ListedFile]
    tools: Mapping[str, str]
    released: frozenset[str]
    moves: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """Errors, what hashes cannot decide, and changes that the portal states."""

    findings: tuple[Finding, ...]
    skipped: tuple[NotChecked, ...]
    stated: tuple[str, ...]


def read_move(document: Json) -> tuple[str, str] | None:
    """The move that a document `api/v1/datasets/NAME.json` states; None if it states none."""
    if not isinstance(document, dict) or "withdrawn" not in document:
        return None
    to, reason = document.get("moved_to"), str(document.get("reason", ""))
    name = posixpath.basename(to).removesuffix(".json") if isinstance(to, str) else ""
    return name, " ".join(f"on {document.get('date')}: {reason}".split())


def compare_portals(then: Listing, now: Listing) -> Changes:
    """Datasets, tables and pages of an earlier day that were removed or have other rows today.

    A manifest has hashes and row counts. They show that there are fewer rows, but not which rows
    changed.
    """
    findings = Findings()
    skipped: list[NotChecked] = []
    notes: list[str] = []
    here = {match[1] for path in now.files if (match := _TABLE.fullmatch(path))}
    alike = bool(then.tools) and dict(then.tools) == dict(now.tools)
    left: set[str] = set()
    for name in sorted({match[1] for path in then.files if (match := _DOWNLOADS.fullmatch(path))}):
        present, reason = (name, "") if name in here else now.moves.get(name, (name, ""))
        if (
            present != name or present not in here
        ):  # its pages went with it, and are not named apart
            left |= {path for path in then.files if path.startswith(f"datasets/{name}/")}
        if reason and not present:
            notes.append(f"{name}: the portal says that it was withdrawn {reason}")
        elif present not in here:
            found = f"{name}: its tables were published on the earlier day, and none is now"
            expected = "the dataset, or word of where it went (`moved`)"
            file = f"datasets/{name}/index.html"
            findings.add("dataset-gone", found, expected, file=file)
        else:
            if reason:
                notes.append(f"{name}: the portal says that it is now {present}, {reason}")
            if name not in then.released:
                gone_rows, unknown = _compare_tables(name, present, then, now, alike=alike)
                findings += gone_rows
                skipped += unknown
    gone = [
        path
        for path in sorted(then.files)
        if path not in now.files
        and path not in left
        and not _HASHED.fullmatch(path)
        and not _TABLE.fullmatch(path)
    ]
    if gone:
        more = ", …" if len(gone) > FEW else ""
        files = "file that was" if len(gone) == 1 else "files that were"
        notes.append(
            f"{len(gone):,} {files} on the earlier day, removed since: {', '.join(gone[:FEW])}{more}"
        )
    return Changes(tuple(findings), tuple(skipped), tuple(notes))


def _compare_tables(
    name: str, present: str, then: Listing, now: Listing, *, alike: bool
) -> tuple[list[Finding], list[NotChecked]]:
    """Tables of a dataset without releases: removed rows, and what hashes cannot decide."""
    findings = Findings()
    skipped: list[NotChecked] = []
    for path, old in sorted(then.files.items()):
        match = _TABLE.fullmatch(path)
        if match is None or match[1] != name:
            continue
        target = f"datasets/{present}/downloads/{match[2]}.parquet"
        new = now.files.get(target)
        if new is not None and new.sha256 == old.sha256:
            continue
        before = "" if old.rows is None else f"{old.rows:,} rows"
        if new is None:
            found = f"the table {match[2]} of {present} was removed; it had {before or 'rows'}"
            findings.add("rows-gone", found, "the table", file=target)
            continue
        after = "" if new.rows is None else f"{new.rows:,} rows"
        if old.rows is not None and new.rows is not None and new.rows < old.rows:
            found = f"{after}, and {before} on the earlier day; the dataset has no releases"
            findings.add("rows-gone", found, "every row, or a release", file=target)
            continue
        what = f"which rows of {target} are others than on the earlier day"
        if before and after:
            what += f" ({before} then, {after} now)"
        why = "hashes show that its bytes differ, and no more"
        if not alike:
            why += "; other versions of tools may have written the same rows"
        skipped.append(NotChecked(what, f"{why}: run `plainrecord diff` on your copy"))
    return findings, skipped
