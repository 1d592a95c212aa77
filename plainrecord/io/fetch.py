"""Fetching source files: from a mirror or from their public address, always verified by hash.

The cache is addressed by content, so a file in it is what its name says or is not used. A download
goes to a temporary file beside its place and is renamed only when its hash is right.
"""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from plainrecord.findings.finding import Finding
from plainrecord.io.fetched_files import accepted_copies, cached_path, file_hash, locate_file
from plainrecord.io.http import (
    CHUNK,
    DEFAULT_PORTS,
    REFUSED,
    Answer,
    Client,
    WebTimeout,
    follow,
    refusal_of,
    same_service,
)
from plainrecord.model.declarations import Portal
from plainrecord.model.packages import LocatedFile, Package, SourceFile

TRIES = 3
TIMEOUT = (10, 60)
REDIRECTS = 5

Progress = Callable[[int, int | None], None]
"""Called with the bytes done and the bytes expected."""

GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why an address gave no file; `gone` for good, `looked` if a host said so."""

    finding: Finding
    gone: bool = False
    looked: bool = True


class _RefusedError(Exception):
    """An address that may not be asked, or a file that may not be kept."""

    def __init__(self, rule: str, found: str, expected: str, file: str) -> None:
        super().__init__(found)
        self.finding = Finding(rule, found, expected, file=file)


def index_mirrors(folders: Sequence[Path], sources: Iterable[SourceFile]) -> Mapping[str, Path]:
    """Files below `folders`, by SHA-256, of the size of a wanted source."""
    copies = {digest: size for source in sources for digest, size, _ in accepted_copies(source)}
    sizes = set(copies.values())
    paths: dict[str, Path] = {}
    for folder in folders:
        inside = folder.resolve()
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or not path.resolve().is_relative_to(inside):
                continue
            if None in sizes or path.stat().st_size in sizes:
                digest = file_hash(path)
                if digest in copies:
                    paths.setdefault(digest, path)
    return paths


def copies_folder(root: Path, package: Package) -> Path:
    """Where a dataset keeps copies of files that have a public address."""
    return root / package.folder / "copies"


def keep_copy(located: LocatedFile, folder: Path) -> Path | None:
    """A copy of a fetched file in `folder`, named as its address ends; None where one is there."""
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        same_size = path.is_file() and path.stat().st_size == located.bytes
        if same_size and file_hash(path) == located.sha256:
            return None
    folder.mkdir(parents=True, exist_ok=True)
    last = unquote(urlsplit(located.source.address).path).rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", last).lstrip(".-")[-100:] or "file"
    if (folder / name).exists():
        name = f"{located.sha256[:12]}-{name}"
    part = folder / f".{name}.part"
    try:
        shutil.copyfile(located.path, part)
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)
    return folder / name


def fetch_file(
    source: SourceFile,
    cache: Path,
    *,
    portal: Portal,
    mirrors: Mapping[str, Path] | None,
    progress: Progress,
) -> tuple[LocatedFile | None, tuple[Finding, ...]]:
    """The source in the cache, brought there from a mirror or its address if it was not."""
    located = locate_file(source, cache)
    if located is not None:
        return located, ()
    for digest, _, _ in accepted_copies(source):
        if mirrors and digest in mirrors:
            try:
                with mirrors[digest].open("rb") as stream:
                    chunks = iter(lambda: stream.read(CHUNK), b"")
                    return _keep(source, chunks, cache, portal, progress), ()
            except (OSError, _RefusedError):
                continue  # the mirror went away or changed: the next copy, or the address
    answer = _ask(source.path, portal, lambda parts: _keep(source, parts, cache, portal, progress))
    return (None, (answer.finding,)) if isinstance(answer, NoAnswer) else (answer, ())


def fetch_again(
    address: str, cache: Path, *, portal: Portal, progress: Progress
) -> LocatedFile | NoAnswer:
    """What is at `address` now, in the cache under its hash, whatever that is."""
    source = SourceFile(address)

    def keep(parts: Iterator[bytes]) -> LocatedFile:
        return _keep(source, parts, cache, portal, progress, anything=True)

    return _ask(address, portal, keep)


def _ask(
    address: str, portal: Portal, take: Callable[[Iterator[bytes]], LocatedFile]
) -> LocatedFile | NoAnswer:
    """What `take` makes of the body at `address`, asked up to three times."""

    def fail(found: str, *, gone: bool = False, looked: bool = True) -> NoAnswer:
        return NoAnswer(Finding("download-failed", found, "the file", file=address), gone, looked)

    until = time.monotonic() + portal.fetch.max_seconds
    failure = fail("the address did not answer")
    for number in range(TRIES):
        if number:
            time.sleep(2**number)
        answered = False
        try:
            with _open(address, portal, until) as answer:
                answered = True
                if answer.status >= 500 or answer.status == 429:
                    failure = fail(f"the address answered {answer.status}")
                    continue
                if answer.status != 200:
                    gone = answer.status in GONE
                    return fail(f"the address answered {answer.status}", gone=gone)
                if answer.declared > portal.fetch.max_bytes:
                    raise _too_large(answer.declared, portal, address)
                return take(answer.chunks())
        except _RefusedError as refused:
            finding = refused.finding
            return NoAnswer(finding, looked=finding.rule != "host-not-allowed")
        except WebTimeout:
            found = f"it took more than {portal.fetch.max_seconds:,} s"
            return fail(found, gone=not answered, looked=answered)
        except requests.exceptions.InvalidURL:
            return fail("it is no address, or leads to none", looked=answered)
        except requests.RequestException as error:
            refusal = refusal_of(error)
            message = refusal or f"{type(error).__name__} on try {number + 1} of {TRIES}"
            lost = isinstance(error, requests.ConnectionError | requests.Timeout) and not answered
            failure = fail(message, gone=lost, looked=answered or refusal == REFUSED)
    return failure


def _too_large(size: int, portal: Portal, address: str) -> _RefusedError:
    limit = f"{portal.fetch.max_bytes:,} bytes"
    found = f"{size:,} bytes or more"
    return _RefusedError("download-too-large", found, f"at most {limit}", address)


@contextmanager
def _open(address: str, portal: Portal, until: float) -> Iterator[Answer]:
    """The answer at `address`; redirects stay on allowed hosts and their usual port."""
    client, current = Client(), address
    for _ in range(REDIRECTS):
        _check_redirect(address, current, portal)
        left = until - time.monotonic()
        with client.get(current, timeout=TIMEOUT, seconds=left) as answer:
            if not answer.leads_to:
                yield answer
                return
            try:
                current = follow(current, answer.leads_to)
            except ValueError:
                found = f"it leads to {answer.leads_to!r}"
                raise _RefusedError("download-failed", found, "an address", address) from None
    raise _RefusedError("download-failed", "too many redirects", "the file", address)


def _check_redirect(address: str, target: str, portal: Portal) -> None:
    """_RefusedError where `target`, to which `address` leads, may not be asked."""
    try:
        start, parts = urlsplit(address), urlsplit(target)
        usual = parts.port in (None, DEFAULT_PORTS.get(parts.scheme))
        same = target == address or same_service(start, parts)
    except ValueError:
        found = f"it leads to {target!r}"
        raise _RefusedError("download-failed", found, "an address", address) from None
    if parts.scheme not in DEFAULT_PORTS or parts.hostname not in portal.fetch.hosts:
        allowed = ", ".join(portal.fetch.hosts) or "none"
        found = f"{parts.scheme}://{parts.hostname}"
        raise _RefusedError("host-not-allowed", found, f"one of: {allowed}", address)
    elsewhere = parts.hostname != start.hostname and parts.scheme in ("https", start.scheme)
    if not same and not (usual and elsewhere):
        found = f"it leads on to {parts.scheme}://{parts.hostname}:{parts.port or ''}".rstrip(":")
        expected = "the same service, or the usual port of an allowed host"
        raise _RefusedError("host-not-allowed", found, expected, address)


def _keep(
    source: SourceFile,
    chunks: Iterator[bytes],
    cache: Path,
    portal: Portal,
    progress: Progress,
    *,
    anything: bool = False,
) -> LocatedFile:
    """The file of `chunks` in the cache, by its own hash, if accepted; else _RefusedError."""
    cache.mkdir(parents=True, exist_ok=True)
    running = hashlib.sha256()
    done = 0
    handle, name = tempfile.mkstemp(dir=cache, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            for chunk in chunks:
                done += len(chunk)
                if done > portal.fetch.max_bytes:
                    raise _too_large(done, portal, source.path)
                running.update(chunk)
                stream.write(chunk)
                progress(done, source.bytes)
        digest = running.hexdigest()
        known = [(digest, done, "")] if anything else accepted_copies(source)
        for accepted, _, note in known:
            if digest == accepted:
                target = cached_path(cache, digest)
                target.parent.mkdir(parents=True, exist_ok=True)
                part.replace(target)
                return LocatedFile(source, target, source.path, done, digest, note)
        found = f"sha256 {digest}, {done:,} bytes"
        declared = "" if source.bytes is None else f", {source.bytes:,} bytes"
        expected = f"sha256 {source.sha256 or 'none given'}{declared}"
        raise _RefusedError("hash-mismatch", found, expected, source.path)
    finally:
        part.unlink(missing_ok=True)
