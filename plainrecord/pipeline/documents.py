"""Read the documents that a dataset declares: they are published beside its downloads."""

import hashlib
import itertools
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

from slugify import slugify

from plainrecord.core.paths import RAW_FOLDER
from plainrecord.core.periods import parse_period
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.io.load import unsafe_path
from plainrecord.model.documents import SUFFIXES, Document, PublishedDocument
from plainrecord.model.packages import Package
from plainrecord.model.places import PlaceList
from plainrecord.model.products import Output, ReleasedDataset
from plainrecord.publishing import originals

MOST_BYTES = 100_000_000
"""The most bytes of a document: GitHub refuses larger files."""


def load_documents(
    root: Path, package: Package, raw: Collection[Path]
) -> tuple[tuple[tuple[PublishedDocument, Output], ...], tuple[Finding, ...]]:
    """The documents of a dataset with their copies, and what is wrong with them.

    No document is one of the files `raw`, which readers may not get.
    """
    folder = root / "data" / PurePosixPath(package.folder).name
    findings = Findings(dataset=package.name)
    loaded: list[tuple[PublishedDocument, Output]] = []
    taken: set[str] = set()
    for document in package.documents:
        shown = f"{package.folder}/{document.file}"
        path = folder / document.file
        problem, content = _read(path, folder, document)
        private = (folder / RAW_FOLDER).resolve()
        if not problem and (path.resolve() in raw or private in path.resolve().parents):
            findings.add(
                "bundle-raw", "it is the source file of a dataset that is not open", file=shown
            )
            continue
        if not problem and document.hash:
            actual = hashlib.sha256(content).hexdigest()
            if document.hash.removeprefix("sha256:") != actual:
                problem = f"its SHA-256 is {actual}, and not {document.hash}"
        if not problem and not parse_period(document.date):
            problem = f"its date is {document.date}, which no calendar has"
        if not problem and document.strip and not originals.can_strip(path.name, content):
            problem = "`strip` is true, and what this file says beside its content cannot be read"
        if problem:
            expected = "a file in the dataset's folder as it is described"
            findings.add("document-invalid", problem, expected, file=shown)
            continue
        if document.strip:
            content = originals.strip_metadata(path.name, content)
        if kinds := originals.find_metadata(path.name, content):
            findings.add("original-metadata", ", ".join(kinds), file=shown)
        target = f"datasets/{package.name}/documents/{_name_copy(path.name, taken)}"
        digest = hashlib.sha256(content).hexdigest()
        published = PublishedDocument(document, target, len(content), digest)
        loaded.append((published, Output(target, content)))
    return tuple(loaded), tuple(findings)


def _read(path: Path, folder: Path, document: Document) -> tuple[str, bytes]:
    """Why a file can be no document, and its bytes."""
    if problem := unsafe_path(document.file, folder):
        return problem, b""
    if path.suffix.lower() not in SUFFIXES:
        return f"it ends in {path.suffix!r}, and none of {', '.join(SUFFIXES)}", b""
    try:
        if not path.is_file():
            return "there is no such file", b""
        if path.stat().st_size > MOST_BYTES:
            return f"it has more than {MOST_BYTES:,} bytes", b""
        content = path.read_bytes()
    except OSError as error:
        return error.strerror or str(error), b""
    return ("" if content else "it is empty"), content


def _name_copy(name: str, taken: set[str]) -> str:
    """The file name of a copy: letters, digits and hyphens, once in the dataset."""
    suffix = PurePosixPath(name).suffix.lower()
    stem = slugify(PurePosixPath(name).stem, max_length=80) or "document"
    free = itertools.chain([stem], (f"{stem}-{n}" for n in itertools.count(2)))
    chosen = next(name for name in free if f"{name}{suffix}" not in taken)
    taken.add(f"{chosen}{suffix}")
    return f"{chosen}{suffix}"


def check_values(release: ReleasedDataset, places: Mapping[str, PlaceList]) -> Iterator[Finding]:
    """A finding for each document whose field is not released, or whose values have no page."""
    package = release.package
    fields = {field.name for table in release.tables for field in table.fields}
    kinds = {settings.field: settings.kind for settings in package.places}
    for document in package.documents:
        known = places.get(kinds.get(document.field, ""))
        found = ""
        if document.field and document.field not in fields:
            found = f"{document.field!r} is not released{suggest(document.field, fields)}"
        elif known and (off := [value for value in document.values if not known.find(value)]):
            found = f"no record has {document.field} {', '.join(map(repr, off))}"
        if found:
            expected = "a released field, and values that occur in it"
            file = f"{package.folder}/{document.file}"
            yield Finding("document-unplaced", found, expected, file=file, dataset=package.name)
