"""Files that were fetched: a cache in which each lies under its SHA-256."""

import hashlib
from pathlib import Path

from plainrecord.model.packages import LocatedFile, SourceFile


def locate_file(source: SourceFile, cache: Path) -> LocatedFile | None:
    """The source in the cache, its hash verified again; None when no accepted copy is there."""
    for digest, _, note in accepted_copies(source):
        path = cached_path(cache, digest)
        if path.is_file() and file_hash(path) == digest:
            return LocatedFile(source, path, source.path, path.stat().st_size, digest, note)
    return None


def accepted_copies(source: SourceFile) -> list[tuple[str, int | None, str]]:
    """SHA-256, size and note of the file and of each copy that may stand for it."""
    own = (source.sha256, source.bytes, "")
    return [own, *((copy.sha256, copy.bytes, copy.note) for copy in source.accepted)]


def cached_path(cache: Path, digest: str) -> Path:
    """Where a file of this SHA-256 lies in the cache."""
    return cache / "sha256" / digest[:2] / digest


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
