"""Tables in several files: which files begin with a header, and the hash and size of all as one.

Data Resource v2 (path, data in multiple files) has files put together "in the simplest way", and
leaves open whether each has a header. Both are read here. The hash and the size of such a resource
are frictionless's: those of the text that is left when only the first file of a CSV has a header.
"""

import hashlib
from collections.abc import Iterator, Sequence

from plainrecord.findings.finding import Finding
from plainrecord.model.packages import LocatedFile, Resource
from plainrecord.readers.batches import READ_ERRORS, Unreadable
from plainrecord.readers.compression import compression_of, open_bytes

_BLOCK = 1 << 18
_TEXT = {"csv", "tsv", "tab"}


def lacks_header(resource: Resource, labels: Sequence[str], first: Sequence[str]) -> bool:
    """Whether fewer than half of `labels` in a further file are labels of the `first` or schema."""
    if resource.format.lower() not in _TEXT:
        return False
    known = {label.strip() for label in first} | {field.name for field in resource.schema.fields}
    hits = sum(1 for label in labels if label.strip() in known)
    return list(labels) != list(first) and (not hits or 2 * hits < len(labels))


def part_findings(resource: Resource, files: Sequence[LocatedFile]) -> Iterator[Finding]:
    """Where `hash` and `bytes` of a resource in several files do not hold."""
    declared, size = resource.descriptor.get("hash"), resource.descriptor.get("bytes")
    if not (isinstance(declared, str) and declared) and not isinstance(size, int):
        return
    algorithm, _, expected_hash = (
        declared.rpartition(":") if isinstance(declared, str) else ("", "", "")
    )
    algorithm = algorithm or "md5"
    known = algorithm in hashlib.algorithms_available
    digest = hashlib.new(algorithm if known else "md5", usedforsecurity=False)
    names, count = ", ".join(file.shown for file in files), 0
    try:
        for block in _joined(resource, files):
            digest.update(block)
            count += len(block)
    except (Unreadable, *READ_ERRORS):
        return  # reported where the table is read
    note = "of all files as one, the header counted once"
    if isinstance(size, int) and size != count:
        yield Finding("bytes-mismatch", f"{count} bytes {note}", f"{size} bytes", file=names)
    if expected_hash and (not known or not digest.digest_size):
        text = f"the hash algorithm {algorithm!r} is not known"
        expected = "one that Python's hashlib has, such as sha256"
        yield Finding("value-invalid", text, expected, file=names)
    elif expected_hash and digest.hexdigest() != expected_hash.lower():
        text = f"{algorithm} {digest.hexdigest()} {note}"
        yield Finding("hash-mismatch", text, f"{algorithm} {expected_hash}", file=names)


def _joined(resource: Resource, files: Sequence[LocatedFile]) -> Iterator[bytes]:
    """The bytes of the files one after the other, without the first line of a further CSV file."""
    headed = resource.dialect.header and resource.format.lower() == "csv"
    for number, file in enumerate(files):
        with open_bytes(file.path, compression_of(file.path, resource)) as stream:
            if number and headed:
                while (block := stream.readline(_BLOCK)) and not block.endswith(b"\n"):
                    pass
            while block := stream.read(_BLOCK):
                yield block
