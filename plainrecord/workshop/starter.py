"""A new portal from CSV files: drafts of every file, with questions that a maintainer must answer.

The drafts load as they are, but do not build: no dataset has a privacy policy until a person has
written one. Types are inferred from every row, and a code with a leading zero stays text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path, PurePosixPath

from plainrecord.workshop import drafts

DELIMITERS = ",;\t|"
MARKS = frozenset({"NA", "N/A", "n/a", "NULL", "null", "None", "-", "--", "*", "?", "X", "."})
_EXEMPTION = re.compile(r"\(?b\)?\s*\(\d\)(\([a-z]\))?[\s,;()\da-z]*", re.IGNORECASE)


def draft_portal(
    folder: Path, tables: Mapping[str, bytes | Path]
) -> tuple[tuple[str, str | bytes], ...]:
    """The files of a new portal as (path below the portal, content), in the order of `tables`.

    `tables` maps the name of each CSV file to its content or its path; `folder` names the portal.
    Nothing is written here: the caller writes what does not exist yet.
    """
    title = folder.resolve().name.replace("-", " ").replace("_", " ").strip().capitalize()
    files: list[tuple[str, str | bytes]] = [
        ("site/portal.yaml", drafts.PORTAL.format(title=json.dumps(title or "Portal"))),
        ("site/pages/about.md", drafts.ABOUT),
    ]
    taken: set[str] = set()
    for file_name, given in tables.items():
        content = given.read_bytes() if isinstance(given, Path) else given
        name = _free_name(PurePosixPath(file_name).stem, taken)
        place = f"data/{name}"
        files.append((f"{place}/{name}.csv", content))
        files.append((f"{place}/datapackage.yaml", draft_descriptor(name, content)))
        files.append((f"{place}/methodology.md", drafts.METHODOLOGY))
    files.append((".github/workflows/publish.yml", drafts.WORKFLOW))
    files.append(("requirements.txt", drafts.REQUIREMENTS))
    files.append(("README.md", drafts.README.format(title=title or "Portal")))
    files.append((".gitignore", drafts.GITIGNORE))
    files.append((".gitattributes", drafts.GITATTRIBUTES))
    return tuple(files)


def draft_descriptor(name: str, content: bytes) -> str:
    """A descriptor (YAML) for the CSV file `content` at `name.csv`, its open questions as TODO."""
    text, encoding = _decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=lambda sign: (first.count(sign), -DELIMITERS.index(sign)))
    csv.field_size_limit(len(text) + 1)  # else a text of 131,073 characters is an error
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(rows, [])
    columns = [_Column(label) for label in header]
    for row in rows:
        for column, cell in zip(columns, row, strict=False):
            column.look(cell)
    lines = [drafts.DESCRIPTOR_HEAD.format(name=name, title=json.dumps(_title(name)))]
    lines.append(f"  - name: {name}\n    path: {name}.csv\n")
    if encoding != "utf-8":
        lines.append(
            f"    encoding: {encoding} # TODO: guessed; do accents and quotes look right?\n"
        )
    if delimiter != ",":
        lines.append(f"    dialect: {{delimiter: {json.dumps(delimiter)}}}\n")
    lines.append("    schema:\n      fields:\n")
    for column in columns:
        lines.extend(_field_lines(column))
    lines.append(drafts.MISSING_VALUES)
    lines.append(drafts.DESCRIPTOR_TAIL)
    return "".join(lines)


class _Column:
    """What is known of a column while its cells go by: the types that still fit, marks seen."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.types = list(_TYPES)
        self.filled = 0
        self.marks: set[str] = set()

    def look(self, cell: str) -> None:
        if cell == "":
            return
        self.filled += 1
        if cell in MARKS or _EXEMPTION.fullmatch(cell):
            self.marks.add(cell)
            return
        if self.types:
            self.types = [name for name in self.types if _TYPES[name](cell)]

    @property
    def type(self) -> str:
        """The narrowest type that fits every cell; text where a mark would not be of it."""
        return self.types[0] if self.types and self.filled and not self.marks else "string"


def _field_lines(column: _Column) -> Iterator[str]:
    label = json.dumps(column.label, ensure_ascii=False)
    yield f"        - name: {label}\n          type: {column.type}\n"
    yield f"          title: {json.dumps(_title(column.label), ensure_ascii=False)}\n"
    yield '          description: "" # TODO: what does it mean, in one sentence?\n'
    if column.marks:
        seen = ", ".join(json.dumps(mark, ensure_ascii=False) for mark in sorted(column.marks)[:5])
        guess = f" The other cells fit {column.types[0]}." if column.types else ""
        yield f"          # TODO: is it a mark for an absent value? {seen}.{guess}\n"


def _title(name: str) -> str:
    words = re.sub(r"[\s_-]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def _free_name(stem: str, taken: set[str]) -> str:
    """An address part for `stem` that is not in `taken`, to which it is added."""
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:80].strip("-") or "table"
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name


def _decoded(content: bytes) -> tuple[str, str]:
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def _is_integer(cell: str) -> bool:
    return re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", cell) is not None


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?", cell) is not None


def _is_date(cell: str) -> bool:
    return len(cell) == 10 and cell[4:8:3] == "--" and _parses(date.fromisoformat, cell)


def _is_datetime(cell: str) -> bool:
    return len(cell) == 19 and cell[10] == "T" and _parses(datetime.fromisoformat, cell)


def _parses(parse: Callable[[str], object], cell: str) -> bool:
    try:
        parse(cell)
    except ValueError:
        return False
    return True


_TYPES: Mapping[str, Callable[[str], bool]] = {
    "boolean": lambda cell: cell in ("true", "false"),
    "date": _is_date,
    "datetime": _is_datetime,
    "integer": _is_integer,
    "number": _is_number,
}
