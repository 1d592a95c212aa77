"""Read sources again, compare each with the copy, and write what is new; without news, nothing."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from plainrecord.core import yaml_json
from plainrecord.core.errors import Blocked, NoSharedColumnError, UnknownDatasetError, UsageError
from plainrecord.core.strict_json import Json, items_in, reach, select, write_exact
from plainrecord.descriptors.ledger import write_entry
from plainrecord.findings.finding import any_blocks
from plainrecord.io import fetch, load, write
from plainrecord.io.http import UNKNOWN
from plainrecord.model.history import UnreachableSource
from plainrecord.model.packages import LocatedFile, Package, Resource, SourceFile
from plainrecord.pipeline.diff import TablePath
from plainrecord.pipeline.diff_files import compare_paths
from plainrecord.pipeline.locate_files import cache_folder
from plainrecord.pipeline.plan import Plan, plan_portal
from plainrecord.pipeline.release import freeze_release
from plainrecord.pipeline.update_report import FileChange, SourceNews

MOST_KEPT = 50_000_000
"""Bytes of the largest file of which a copy is kept by itself: git hosts refuse much larger ones."""

HEAD = """# Sources that cannot be reached. `plainrecord update` keeps this list; readers see it.
"""
_LATER = {"release-outdated", "file-missing", "source-not-fetched"}
"""What may be wrong with a portal while its sources are looked at."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Use:
    """One place where a dataset names a file that can be read again."""

    package: Package
    resource: Resource
    source: SourceFile
    before: LocatedFile | None


def update_sources(
    root: Path, names: Sequence[str], date: str, progress: Progress
) -> tuple[SourceNews, ...]:
    """What is new at the sources of the datasets `names` (of all: none), written into the portal.

    `date` is the day that records and releases get. UsageError for a name that is none, and where
    no source could be looked at: then nothing is written. `Blocked` where the portal cannot be read.
    """
    plan, findings = plan_portal(root, published=False)
    known = [item.name for item in plan.packages]
    if unknown := sorted({*names} - {*known}):
        raise UnknownDatasetError(unknown, known)
    if any_blocks(finding for finding in findings if finding.rule not in _LATER):
        raise Blocked(findings)
    chosen = [item for item in plan.packages if not names or item.name in names]
    answers: dict[str, LocatedFile | fetch.NoAnswer] = {}
    uses = {item.name: list(_list_uses(plan, item)) for item in chosen}
    unknown_hosts: dict[str | None, fetch.NoAnswer] = {}
    for address in [use.source.address for listed in uses.values() for use in listed]:
        host = urlsplit(address).hostname
        if host in unknown_hosts:
            answers[address] = unknown_hosts[host]
        elif address not in answers:
            progress(f"read {address}")
            answers[address] = fetch.fetch_again(
                address, cache_folder(root), portal=plan.portal, progress=lambda *_: None
            )
            answer = answers[address]
            if isinstance(answer, fetch.NoAnswer) and answer.finding.found == UNKNOWN:
                unknown_hosts[host] = answer
    failures = {at: one for at, one in answers.items() if isinstance(one, fetch.NoAnswer)}
    if answers and answers == failures and not any(failure.looked for failure in failures.values()):
        answers_text = "; ".join(
            f"{address}: {failure.finding.found}" for address, failure in failures.items()
        )
        raise UsageError(f"no source could be checked, and nothing was written ({answers_text})")
    return tuple(
        _update_dataset(plan, item, uses[item.name], answers, date, progress) for item in chosen
    )


def _list_uses(plan: Plan, item: Package) -> Iterator[_Use]:
    """The places with an address, each with its file: here, or among the copies of the dataset."""
    sources = [source for resource in item.resources for source in resource.files]
    folder = fetch.copies_folder(plan.root, item)
    copies = fetch.index_mirrors([folder], sources) if folder.is_dir() else {}
    for resource in item.resources:
        here = {file.source.path: file for file in plan.files[item.name][resource.name]}
        for source in resource.files:
            if not source.address:
                continue
            before = here.get(source.path)
            if before is None and source.sha256 in copies:
                path = copies[source.sha256]
                size = path.stat().st_size
                before = LocatedFile(source, path, source.path, size, source.sha256)
            yield _Use(item, resource, source, before)


def _update_dataset(
    plan: Plan,
    item: Package,
    uses: Sequence[_Use],
    answers: Mapping[str, LocatedFile | fetch.NoAnswer],
    date: str,
    progress: Progress,
) -> SourceNews:
    """What is new for one dataset; its files, descriptor and records are written."""
    changes: list[FileChange] = []
    problems: list[str] = []
    lost: dict[str, UnreachableSource] = {}
    taken: list[tuple[_Use, LocatedFile]] = []
    before = {source.address: source for source in item.lost}
    for use in uses:
        address, answer = use.source.address, answers[use.source.address]
        if isinstance(answer, LocatedFile):
            if _is_same(use, answer):
                continue
            progress(f"compare {address}")
            change = _compare(use, answer)
            changes.append(change)
            if not change.refused:
                taken.append((use, answer))
        elif answer.gone:
            gone = UnreachableSource(address=address, since=date, found=answer.finding.found)
            lost[address] = before.get(address, gone)
        elif address not in lost:
            problems.append(f"{address}: {answer.finding.found}")
            if address in before:  # it may be there or not: the record stays
                lost[address] = before[address]
    back = [address for address in before if address not in lost]
    released = ""
    if taken:
        try:
            _write_changes(plan, item, taken, date)
        except ValueError as error:
            problems.append(f"{item.descriptor_path} could not be edited: {error.args[0]}")
            reason = "the descriptor could not be edited, so nothing was replaced"
            changes = [replace(change, refused=change.refused or reason) for change in changes]
        else:
            problems += _keep_earlier(plan, item, taken)
            if item.name in plan.archives:
                released, problem = _keep_release(plan, item, date, progress)
                problems += [problem] if problem else []
    _write_lost(plan, item, list(lost.values()))
    return SourceNews(
        item.name,
        item.title,
        len({use.source.address for use in uses}),
        tuple(changes),
        tuple(lost.values()),
        tuple(back),
        tuple(problems),
        released,
    )


def _is_same(use: _Use, now: LocatedFile) -> bool:
    """Whether a file is the one that the dataset has, or a copy that may stand in for it."""
    accepted = {use.source.sha256, *(copy.sha256 for copy in use.source.accepted)}
    if use.before is not None:
        accepted.add(use.before.sha256)
    return now.sha256 in accepted


def _compare(use: _Use, now: LocatedFile) -> FileChange:
    """The old file and the new one as tables, or why the new one must not take its place."""
    change = FileChange(use.resource.name, use.resource.title, use.source.address, now.bytes)
    if reason := _unfit(now.path):
        return replace(change, refused=reason)
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        work = Path(folder)
        new = _store_copy(work / "new", use, now.path)
        if use.before is None:
            return replace(change, uncompared="the earlier file is not here")
        old = _store_copy(work / "old", use, use.before.path)
        settings = use.package.comparison
        ours = settings if settings and settings.resource == use.resource.name else None
        fields = use.resource.schema.fields
        dates = [field.name for field in fields if field.type in ("date", "datetime")]
        date = (ours.date if ours else "") or next(iter(dates), "")
        key = use.resource.schema.primary_key or (ours.key if ours else ())
        period = ours.period if ours else "month"
        reason = ""
        for columns in (key, ()) if key else ((),):
            try:
                comparison = compare_paths(old, new, key=columns, date=date, period=period, limit=0)
            except NoSharedColumnError:
                return replace(change, refused="it has none of the columns of the table")
            except UsageError as error:
                reason = reason or _shown(error, work)
            else:
                return replace(change, found=comparison)
        try:
            compare_paths(new, new, limit=0)
        except UsageError as error:
            return replace(change, refused=f"it cannot be read: {_shown(error, work)}")
        return replace(change, uncompared=reason)


def _shown(error: UsageError, work: Path) -> str:
    """The words of an error without paths of this machine."""
    return str(error).replace(f"{work}{os.sep}", "").replace(f"{work.resolve()}{os.sep}", "")


def _unfit(path: Path) -> str:
    """Why what an address gave is no file of records at all; "" where it may be."""
    with path.open("rb") as stream:
        start = stream.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return "it is empty"
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a web page, and no file of records"
    return ""


def _store_copy(folder: Path, use: _Use, path: Path) -> TablePath:
    """The file under its own name, with what the descriptor says of it beside it."""
    folder.mkdir()
    name = use.source.path.rpartition("/")[2].partition("?")[0]
    suffix = "".join(s for s in Path(name).suffixes[-2:] if len(s) < 9) or f".{use.resource.format}"
    target = folder / f"{use.resource.name}{suffix}"
    shutil.copyfile(path, target)
    dialect, schema = use.resource.dialect.descriptor, use.resource.schema.descriptor
    described: dict[str, Json] = {
        "name": "table",
        "format": use.resource.format,
        "encoding": use.resource.encoding,
        **({"dialect": dict(dialect)} if dialect else {}),
        **({"schema": dict(schema)} if schema else {}),
    }
    descriptor = folder / "resource.json"
    descriptor.write_text(write_exact(described), encoding="utf-8")
    return TablePath(target, descriptor=descriptor)


def _write_changes(
    plan: Plan, item: Package, taken: Sequence[tuple[_Use, LocatedFile]], date: str
) -> None:
    """New files, hashes and sizes written; ValueError, and nothing written, if impossible."""
    root = plan.root
    raw = next(r for r in plan.raw.datasets if r.now.descriptor_path == item.descriptor_path)
    text = load.load_text(root / item.descriptor_path)
    changes: dict[tuple[str | int, ...], str | int] = {}
    for use, now in taken:
        number = [resource.name for resource in item.resources].index(use.resource.name)
        described = use.resource.descriptor
        for at, entry in enumerate(items_in(described, "plainrecord", "files")):
            if isinstance(entry, dict) and entry.get("path") == use.source.path:
                changes |= _restated(("resources", number, "plainrecord", "files", at), entry, now)
        if len(use.resource.files) == 1:
            changes |= _restated(("resources", number), described, now)
    if reach(raw.now.descriptor, "plainrecord", "updated"):
        changes["plainrecord", "updated"] = date
    edited = yaml_json.replace_values(text, changes)
    yaml_json.parse_document(edited, json_only=item.descriptor_path.endswith(".json"))
    for use, now in taken:
        if not use.source.remote:
            target = root / item.folder / use.source.path
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            try:
                shutil.copyfile(now.path, part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
    if edited != text:
        write.write_text(root, item.descriptor_path, edited.encode())


def _restated(
    location: tuple[str | int, ...], written: Mapping[str, object], now: LocatedFile
) -> dict[tuple[str | int, ...], str | int]:
    """The hash and the size of a file, where the mapping `written` at `location` gives them."""
    changes: dict[tuple[str | int, ...], str | int] = {}
    for key in ("sha256", "hash"):
        old = written.get(key)
        if isinstance(old, str) and old:
            algorithm, mark, _ = old.rpartition(":")
            digest = now.sha256
            if key == "hash" and algorithm.lower() != "sha256":
                with now.path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, algorithm or "md5").hexdigest()
            changes[*location, key] = f"{algorithm}{mark}{digest}"
    if written.get("bytes") is not None:
        changes[*location, "bytes"] = now.bytes
    return changes


def _keep_earlier(
    plan: Plan, item: Package, taken: Sequence[tuple[_Use, LocatedFile]]
) -> Iterator[str]:
    """Copies of files whose address now has another, so that past releases can be built.

    They are kept where the dataset keeps copies; where it keeps releases, too, unless they name
    people or are large. Yields what is not kept.
    """
    folder = fetch.copies_folder(plan.root, item)
    keeps_earlier, people = folder.is_dir(), item.policy is None or bool(item.policy.identifiers)
    for use, now in taken:
        if not use.source.remote or not (keeps_earlier or item.name in plan.archives):
            continue
        earlier = use.before
        if earlier is not None and (keeps_earlier or not (people or earlier.bytes > MOST_KEPT)):
            fetch.keep_copy(earlier, folder)
        elif item.name in plan.archives:
            yield (
                f"{use.source.address}: there is no copy of the earlier file, so releases that use "
                f"it can only be built where it was downloaded before"
            )
        if keeps_earlier:
            fetch.keep_copy(replace(now, source=use.source), folder)


def _keep_release(plan: Plan, item: Package, date: str, progress: Progress) -> tuple[str, str]:
    """The date of the release that was kept of the new data, or why there is none."""
    try:
        kept = freeze_release(plan.root, item.name, date, "The source changed.", date, progress)
    except Blocked as error:
        wrong = [finding for finding in error.findings if finding.blocks] or error.findings
        reasons = "; ".join(f"{finding.place}: {finding.found}" for finding in wrong[:5])
        return "", f"the new data could not be released: {reasons}"
    return kept.date, ""


def _write_lost(plan: Plan, item: Package, lost: Sequence[UnreachableSource]) -> None:
    """The records of sources that cannot be reached; no file where there are none."""
    path = f"{item.folder}/{load.SOURCES}"
    target = plan.root / path
    if list(lost) == list(item.lost) and (lost or not target.exists()):
        return
    if not lost:
        target.unlink(missing_ok=True)
        return
    entries = [write_entry(select(source, "address", "since", "found")) for source in lost]
    lines = "".join(f"  {line}\n" for entry in entries for line in entry.splitlines())
    write.write_text(plan.root, path, f"{HEAD}unreachable:\n{lines}".encode())
