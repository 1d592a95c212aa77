"""Published data packages: what a descriptor says of its files, and what its zip holds."""

import hashlib
import lzma
import posixpath
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from plainrecord.core.paths import path_problem
from plainrecord.core.strict_json import Json, items_in, parse_json, reach
from plainrecord.findings.finding import Finding
from plainrecord.model.explorer import CUBE_FILE
from plainrecord.model.packages import FIELD_TYPES
from plainrecord.model.products import ListedFile
from plainrecord.publishing.downloads import FORMATS

CHUNK = 1 << 16
README = "README.txt"
"""The one file that a zip has and its folder has not."""

MOST_MEMBERS = 10_000
LONGEST_README = 10_000_000


_UNREADABLE = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
)
"""What a hostile zip may raise."""


@dataclass(frozen=True, slots=True)
class PublishedFormats:
    """A table's Parquet file, its other formats by suffix, and name, type, marks of its fields."""

    parquet: str
    others: Mapping[str, str]
    fields: tuple[tuple[str, str, tuple[str, ...]], ...]


def read_package(
    path: str, content: bytes, files: Mapping[str, ListedFile]
) -> tuple[tuple[PublishedFormats, ...], tuple[Finding, ...]]:
    """The tables of the descriptor at `path`, and where it differs from the manifest's `files`."""

    def report(found: str, expected: str) -> Finding:
        return Finding("package-differs", found, expected, file=path)

    try:
        document = parse_json(content)
    except ValueError as error:
        return (), (report(str(error), "a data package's descriptor"),)
    tables: list[PublishedFormats] = []
    findings: list[Finding] = []
    for item in items_in(document, "resources"):
        name = reach(item, "path")
        if not isinstance(item, dict) or not isinstance(name, str) or path_problem(name):
            findings.append(report(f"a resource has the path {name!r}", "a path beside it"))
            continue
        file_path = posixpath.join(posixpath.dirname(path), name)
        file = files.get(file_path)
        if file is None:
            findings.append(report(f"it names {name}", "a file that the manifest lists"))
            continue
        if item.get("hash") != f"sha256:{file.sha256}" or item.get("bytes") != file.bytes:
            stated = f"{name}: {item.get('hash')}, {item.get('bytes')} bytes"
            findings.append(report(stated, f"sha256:{file.sha256}, {file.bytes} bytes"))
        twin = posixpath.splitext(file_path)[0] + ".parquet"
        fields = _fields(item.get("schema"))
        if fields is None:
            findings.append(
                report(f"{name}: its schema cannot be read", "fields with name and type")
            )
        elif twin in files and file_path.endswith(".csv"):
            stem = posixpath.splitext(file_path)[0]
            tables.append(PublishedFormats(twin, _formats_of(stem, files), fields))
    return tuple(tables), tuple(findings)


def _formats_of(stem: str, files: Mapping[str, ListedFile]) -> dict[str, str]:
    """The files of a table beside its Parquet file, by suffix."""
    places = {suffix: f"{stem}.{suffix}" for suffix in FORMATS if suffix != "parquet"}
    return {suffix: path for suffix, path in places.items() if path in files}


def _fields(schema: Json) -> tuple[tuple[str, str, tuple[str, ...]], ...] | None:
    fields = []
    for field in items_in(schema, "fields"):
        if not isinstance(field, dict):
            return None
        name, kind, marks = field.get("name"), field.get("type"), field.get("missingValues", [])
        if not isinstance(name, str) or kind not in FIELD_TYPES or not isinstance(marks, list):
            return None
        values = [mark.get("value") if isinstance(mark, dict) else mark for mark in marks]
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) != len(values):
            return None
        fields.append((name, str(kind), texts))
    return tuple(fields) or None


def find_undescribed(
    files: Mapping[str, ListedFile], described: Collection[str]
) -> Iterator[Finding]:
    """Parquet files with other formats that are not `described` by a descriptor."""
    for path in sorted(files):
        stem, ending = posixpath.splitext(path)
        twins = list(_formats_of(stem, files).values())
        if ending == ".parquet" and twins and path not in described:
            found = f"no descriptor in its folder names its table as {stem}.csv, so {twins[0]} was not compared"
            expected = "a data package that describes each table with several formats"
            yield Finding("package-differs", found, expected, file=path)


def compare_zip(
    path: str, archive_path: Path, files: Mapping[str, ListedFile]
) -> Iterator[Finding]:
    """Differences between the zip at `path` (its bytes are in `archive_path`) and the files published
    beside it.

    The zip must contain each of these files and nothing else but its README. No member is unpacked
    to disk, and none is read beyond the size of the published file.
    """

    def differs(found: str, expected: str) -> Finding:
        return Finding("package-differs", found, expected, file=path)

    try:
        with zipfile.ZipFile(archive_path) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            if len(members) > MOST_MEMBERS or len(set(names)) < len(names):
                yield differs("it has too many members, or two of one name", "each file once")
                return
            for member in members:
                twin = files.get(posixpath.join(posixpath.dirname(path), member.filename))
                if twin is None:
                    if member.filename != README:
                        yield differs(
                            f"{member.filename} is in the zip alone",
                            "the files in the folder of the zip",
                        )
                    continue
                with archive.open(member) as stream:
                    running, done = hashlib.sha256(), 0
                    while done <= twin.bytes and (chunk := stream.read(CHUNK)):
                        running.update(chunk)
                        done += len(chunk)
                if running.hexdigest() != twin.sha256:
                    yield differs(
                        f"{member.filename} in the zip is another file", f"that of {twin.path}"
                    )
            for name in sorted(_beside(path, files) - {*names, CUBE_FILE}):
                yield differs(f"{name} is not in the zip", "every file in the folder of the zip")
    except _UNREADABLE as error:
        yield differs(f"it is not a zip that can be read: {error}", "the zip of the package")


def read_readme(path: Path) -> str:
    """The README in the zip at `path`; ValueError where it cannot be read or is too long."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(README) as stream:
            content = stream.read(LONGEST_README + 1)
    except (KeyError, *_UNREADABLE) as error:
        raise ValueError(str(error)) from None
    if len(content) > LONGEST_README:
        raise ValueError("the README is too long")
    return content.decode(errors="replace")


def _beside(path: str, files: Mapping[str, ListedFile]) -> set[str]:
    """The names of the files in the folder of the zip at `path`, zips apart."""
    folder = posixpath.dirname(path)
    return {
        posixpath.basename(other)
        for other in files
        if posixpath.dirname(other) == folder and not other.endswith(".zip")
    }
