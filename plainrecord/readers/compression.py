"""Read the bytes inside gzip, bzip2, xz, zst and zip files, within bounds.

Nothing is unpacked to a disk. A name inside a zip is only a key, so that `..` in it leads nowhere.
`compression` and `innerpath` are keys of frictionless 5; version 2 of the Data Package standard does
not mention packed files.
"""

import bz2
import io
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from isal import igzip

from plainrecord.core import strict_json
from plainrecord.model.packages import Resource
from plainrecord.readers.batches import READ_ERRORS, Unreadable, source_error

BUFFER_BYTES = 1024 * 1024

_BEGINNINGS = {
    "gz": b"\x1f\x8b",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "zst": b"\x28\xb5\x2f\xfd",
    "zip": b"PK",
}
_SECOND_BYTES = {"bz2": b"1AY&SY", "zip": b"\x03\x04"}


def _open_zstandard(path: Path) -> pa.CompressedInputStream:
    return pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")


_OPENERS: dict[str, Callable[[Path], Any]] = {
    "gz": igzip.open,
    "bz2": bz2.open,
    "xz": lzma.open,
    "zst": _open_zstandard,
}


@dataclass(frozen=True, slots=True)
class Compression:
    """gz, bz2, xz, zst, zip or ""; the file `inner` of a zip is read, `others` are not."""

    kind: str = ""
    inner: str = ""
    others: tuple[str, ...] = ()


def sniff_compression(path: Path) -> str:
    """How the file at `path` is packed, by its first bytes; "" where it is not."""
    with path.open("rb") as stream:
        return _kind_of(stream.read(10))


def _kind_of(head: bytes) -> str:
    if head.startswith(b"PK\x05\x06"):  # a zip without a file in it
        return "zip"
    for kind, beginning in _BEGINNINGS.items():
        second = _SECOND_BYTES.get(kind, b"")
        at = 4 if kind == "bz2" else len(beginning)  # bzip2 has a digit in between
        if head.startswith(beginning) and head[at:].startswith(second):
            return kind
    return ""


def compression_of(path: Path, resource: Resource) -> Compression:
    """How the file of `resource` at `path` is packed; Unreadable where it is not as declared."""
    kind = sniff_compression(path)
    declared = resource.descriptor.get("compression")
    # "no" is what version 4 of frictionless wrote where nothing is declared.
    if isinstance(declared, str) and declared not in {"", "no", kind}:
        if declared not in _BEGINNINGS:
            found = f'the compression "{declared}" is not known'
            raise source_error(found, f"one of {', '.join(_BEGINNINGS)}")
        raise source_error(f"the file is not packed as {declared}", "as declared")
    most = strict_json.most_unpacked(path)
    if kind == "gz" and _declared_by_gzip(path) > most and _unpacked_size(path, most) > most:
        raise _too_large(most)
    if kind != "zip":
        return Compression(kind)
    given = resource.descriptor.get("innerpath")
    with _archive(path) as archive:
        sizes = {i.filename: i.file_size for i in archive.infolist() if not i.is_dir()}
    names = list(sizes)
    if not names:
        raise source_error("the archive contains no file", "a file")
    inner = given if isinstance(given, str) and given else names[0]
    if inner not in names:
        listed = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise source_error(f'the archive contains no file "{inner}"', listed)
    if sizes[inner] > most:
        raise _too_large(most)
    others = () if given else tuple(name for name in names if name != inner)
    return Compression(kind, inner, others)


def _declared_by_gzip(path: Path) -> int:
    """The size that a gzip file gives at its end: that of its last part, without what is past 4 GB."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4))
        return int.from_bytes(stream.read(4), "little")


def _unpacked_size(path: Path, most: int) -> int:
    """How far a gzip file unpacks, counted to a little over `most`: the end of a broken one lies."""
    count = 0
    try:
        with _OPENERS["gz"](path) as stream:
            while count <= most and (chunk := stream.read(BUFFER_BYTES)):
                count += len(chunk)
    except READ_ERRORS:
        return 0  # reported where the file is read
    return count


def _too_large(most: int) -> Unreadable:
    expected = f"at most {strict_json.MOST_RATIO} times its packed size"
    return source_error(f"the file unpacks to more than {most:,} bytes", expected)


def open_bytes(path: Path, wrapping: Compression | None = None) -> IO[bytes]:
    """The bytes of the file at `path`, unpacked; a zip is unpacked only if `wrapping` says so."""
    kind = wrapping.kind if wrapping is not None else sniff_compression(path)
    if kind in _OPENERS:
        return io.BufferedReader(_Unpacked(_OPENERS[kind](path), path), BUFFER_BYTES)
    if kind == "zip" and wrapping is not None:
        stream = io.BufferedReader(_Unpacked(_open_inner(path, wrapping.inner), path), BUFFER_BYTES)
        if _kind_of(stream.peek(10)[:10]):
            raise source_error("the file in the archive is packed once more", "once")
        return stream
    return path.open("rb")


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise source_error(f"the archive cannot be read: {error}") from None


def _open_inner(path: Path, name: str) -> IO[bytes]:
    with _archive(path) as archive:  # what is opened in it holds the file open until it is closed
        if archive.getinfo(name).flag_bits & 1:
            raise source_error("the file in the archive is encrypted", "a plain one")
        try:
            return archive.open(name)
        except (NotImplementedError, zipfile.BadZipFile, RuntimeError) as error:
            message = f"the file in the archive cannot be read: {error}"
            raise source_error(message) from None


class _Unpacked(io.RawIOBase):
    """The bytes of a packed file, which end with `Unreadable` where they grow out of bounds."""

    def __init__(self, stream: Any, path: Path) -> None:
        self._stream = stream
        self._most = strict_json.most_unpacked(path)
        self._seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count: int = self._stream.readinto(buffer)
        except lzma.LZMAError as error:
            raise OSError(str(error)) from None
        self._seen += count
        if self._seen > self._most:
            raise _too_large(self._most)
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()
