"""Number findings by the line of their file, not by row: a cell may hold line breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from plainrecord.findings.finding import Finding
from plainrecord.model.packages import LocatedFile, Package, Resource
from plainrecord.readers.batches import READ_ERRORS, Unreadable
from plainrecord.readers.compression import sniff_compression
from plainrecord.readers.csv_careful import ends_with_lines, read_rows
from plainrecord.readers.csv_header import delimiter_of, open_text

_COUNTED = {"encoding-invalid"}
"""Findings whose row is a line already."""
_LINED = {"csv", "tsv", "txt"}


def number_lines(
    package: Package, files: Mapping[str, tuple[LocatedFile, ...]], findings: Sequence[Finding]
) -> tuple[Finding, ...]:
    """`findings` with the line of its file in place of a row; none where the file has no lines."""
    numbered = list(findings)
    for resource in package.resources:
        paths = {file.shown: file.path for file in files.get(resource.name, ())}
        by_path: dict[Path | None, list[int]] = {}
        for n, finding in enumerate(findings):
            if finding.resource == resource.name and finding.row and finding.rule not in _COUNTED:
                by_path.setdefault(paths.get(finding.file), []).append(n)
        for path, listed in by_path.items():
            rows = {findings[n].row or 0 for n in listed}
            lines = _lines_of(path, resource, rows) if path is not None else {}
            for n in listed:
                numbered[n] = replace(findings[n], row=lines.get(findings[n].row or 0))
    return tuple(numbered)


def _lines_of(path: Path, resource: Resource, rows: set[int]) -> dict[int, int]:
    """The first line of each of `rows` in the text at `path`, as far as it can be read."""
    dialect, lines = resource.dialect, dict[int, int]()
    if resource.format.lower() not in _LINED or not ends_with_lines(dialect):
        return lines
    try:
        if sniff_compression(path):
            return lines
        with open_text(path, resource.encoding) as stream:
            reader = read_rows(stream, dialect, delimiter_of(resource))
            last, start = max(rows), 1
            for number, _ in enumerate(reader, 1):
                if number in rows:
                    lines[number] = start
                if number >= last:
                    break
                start = reader.line_num + 1
    except (*READ_ERRORS, Unreadable):
        return lines
    return lines
