"""A data package in a zip: its files unpacked below a folder of our own, within bounds."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from plainrecord.core.errors import UsageError
from plainrecord.core.paths import path_problem
from plainrecord.core.strict_json import most_unpacked

MOST_FILES = 10_000
_CHUNK = 1024 * 1024


def unpack_package(path: Path, target: Path, descriptors: Sequence[str]) -> Path:
    """Unpack a zipped package below `target`; its descriptor. UsageError for bad zips."""
    try:
        with zipfile.ZipFile(path) as archive:
            descriptor = _find_descriptor(path, archive, descriptors)
            _unpack(path, archive, target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UsageError(f"{path} cannot be unpacked: {error}") from None
    return target / descriptor


def _find_descriptor(path: Path, archive: zipfile.ZipFile, descriptors: Sequence[str]) -> str:
    names = archive.namelist()
    if len(names) > MOST_FILES:
        raise UsageError(f"{path} holds {len(names):,} files, more than {MOST_FILES:,}")
    tops = {name.split("/")[0] for name in names}
    places = ["", *(f"{top}/" for top in sorted(tops) if len(tops) == 1)]
    paths = [f"{folder}{name}" for folder in places for name in descriptors]
    descriptor = next((name for name in paths if name in names), "")
    if not descriptor:
        expected = " or ".join(descriptors)
        raise UsageError(f"{path} contains no data package: there is no {expected} at its top")
    return descriptor


def _unpack(path: Path, archive: zipfile.ZipFile, target: Path) -> None:
    left = most_unpacked(path)
    if (size := sum(item.file_size for item in archive.infolist())) > left:
        raise UsageError(f"{path} unpacks to {size:,} bytes; a data package may have {left:,}")
    for item in archive.infolist():
        if item.is_dir():
            continue
        if problem := path_problem(item.filename):
            raise UsageError(f"{path} holds a file {item.filename!r}: {problem}")
        unpacked = target / item.filename
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(item) as stream, unpacked.open("wb") as file:
            while chunk := stream.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise UsageError(f"{path} unpacks to more than a data package may have")
                file.write(chunk)
