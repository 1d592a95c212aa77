"""Detect a table's file before its rows are read: its place, its layout, its labels."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from plainrecord.core.errors import UsageError
from plainrecord.core.exact_numbers import MOST_DIGITS
from plainrecord.diff import sniff
from plainrecord.diff.columns import normalise_name
from plainrecord.diff.json_records import FORMATS, load_records
from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.readers.batches import (
    READ_ERRORS,
    RawTable,
    Unreadable,
    open_parquet,
    reason,
    source_error,
)
from plainrecord.readers.open import open_table
from plainrecord.readers.workbooks import KINDS

SHEETS = "other sheets"
ABOVE = "the lines above the header"
AROUND = "the parts of the JSON outside the records"
MOST_COLUMNS = 10_000
LONGEST = 300
"""How many characters of a label are looked at: what is longer is no label."""


@dataclass(frozen=True, slots=True)
class LayoutHints:
    """What is known of a table's layout; the rest is detected.

    `sheet` is a name or a number, `header_row` counts from 1, `property` is the name of the list of
    records in JSON. `resource` (format, encoding, dialect) comes from a descriptor and is used
    unchanged.
    """

    sheet: str = ""
    header_row: int | None = None
    delimiter: str = ""
    encoding: str = ""
    resource: Resource | None = None
    property: str = ""


@dataclass(frozen=True, slots=True)
class SniffedFile:
    """A file whose header was read; `table` is None for Parquet, which is read directly.

    `given` are the labels in the file, `labels` a unique name for each column. `unread` names the
    other sheets of a workbook with values, `beside` has the content around the table. `chosen`
    names what of these was excluded on request.
    """

    path: Path
    resource: Resource | None
    table: RawTable | None
    given: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    unread: tuple[str, ...] = ()
    chosen: frozenset[str] = frozenset()
    beside: tuple[tuple[str, str], ...] = ()


def sniff_file(
    path: Path, sketch: LayoutHints, labels: Sequence[str] = (), like: Sequence[str] = ()
) -> SniffedFile:
    """The file at `path` with its header read; UsageError if it contains no table.

    `labels` are labels that must be in the header: they help to find it below title lines and in a
    workbook of several sheets, as do those of a table that it should be `like`. UsageError also if
    two columns have a wanted label.
    """
    with as_usage_error():
        return _look_at(path, sketch, labels, like)


@contextmanager
def as_usage_error() -> Iterator[None]:
    """What goes wrong while a file is read, as a UsageError."""
    try:
        yield
    except Unreadable as error:
        finding = error.finding
        more = f" (expected: {finding.expected})" if finding.expected else ""
        hint = "; name it with --encoding" if finding.rule == "encoding-invalid" else ""
        raise UsageError(f"{finding.found}{more}{hint}") from None
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02X} is not {error.encoding}"
        raise UsageError(f"{byte}; name another encoding with --encoding") from None
    except READ_ERRORS as error:
        raise UsageError(f"the file cannot be read: {reason(error)}") from None


def _look_at(
    path: Path, sketch: LayoutHints, required: Sequence[str], like: Sequence[str]
) -> SniffedFile:
    notes: list[str] = []
    unread: list[str] = []
    beside: list[tuple[str, str]] = []
    kind = sketch.resource.format if sketch.resource else sniff.format_of(path)
    if kind == "parquet":
        labels = _label_parquet(path)
        return SniffedFile(path, None, None, labels, labels, ())
    resource = _describe(path, kind, sketch, (required, like), notes, unread, beside)
    if resource.dialect.null_sequence is None:
        resource = replace(resource, dialect=replace(resource.dialect, null_sequence=""))
    if kind in FORMATS and sketch.resource is None:
        records, name, rest = load_records(path, kind, resource.encoding, sketch.property)
        resource = replace(resource, data=records)
        beside += [(AROUND, rest)] * bool(rest)
        notes += [f'the records were found under "{name}"'] * bool(name and not sketch.property)
    table = open_table(resource, None if resource.data is not None else path)
    if table.labels is None or not any(label.strip() for label in table.labels):
        raise source_error("the table has no header row", "a row of labels")
    if len(table.labels) > MOST_COLUMNS:
        found = f"the header has {len(table.labels):,} columns"
        raise source_error(found, f"at most {MOST_COLUMNS:,}")
    labels = _label(table.labels, required, notes)
    return SniffedFile(
        path,
        resource,
        table,
        table.labels,
        labels,
        tuple(notes),
        unread=tuple(unread),
        chosen=_chosen(sketch),
        beside=tuple(beside),
    )


def _chosen(sketch: LayoutHints) -> frozenset[str]:
    """What is excluded in a file because another part of it was requested."""
    asked = {SHEETS: sketch.sheet, ABOVE: sketch.header_row, AROUND: sketch.property}
    return frozenset(what for what, given in asked.items() if given)


def find_damage(path: Path) -> str:
    """Why the rows of the Parquet file at `path` cannot be read; "" where they can be."""
    try:
        with open_parquet(path) as file:
            for _ in file.iter_batches():
                pass
    except READ_ERRORS as error:
        return reason(error)
    return ""


def _label_parquet(path: Path) -> tuple[str, ...]:
    try:
        with open_parquet(path) as file:
            schema = file.schema_arrow
        for field in schema:
            if getattr(field.type, "precision", 0) > MOST_DIGITS:  # the engine would read doubles
                found = f"the column {field.name!r} has the type {field.type}"
                raise source_error(found, f"up to {MOST_DIGITS} digits")
        return tuple(schema.names)
    except READ_ERRORS as error:
        text = f"the file cannot be read as parquet: {type(error).__name__}"
        raise source_error(text) from None


def _describe(
    path: Path,
    kind: str,
    sketch: LayoutHints,
    hints: tuple[Sequence[str], Sequence[str]],
    notes: list[str],
    unread: list[str],
    beside: list[tuple[str, str]],
) -> Resource:
    """The file as a resource: as its descriptor says, and the rest as the file shows."""
    if sketch.resource is not None:
        return sketch.resource
    encoding = sketch.encoding or (sniff.encoding_of(path) if kind not in KINDS else "utf-8")
    dialect = Dialect()
    rows: Sequence[Sequence[str]] = ()
    if kind in KINDS:
        dialect = _find_sheet(path, sketch, hints, notes, unread)
        rows = sniff.heads_of(path).get(dialect.sheet_name, [])
    elif kind in ("csv", "tsv"):
        delimiter = sketch.delimiter or sniff.delimiter_of(path, kind, encoding)
        rows = sniff.head_of(path, encoding, delimiter)
        dialect = Dialect(delimiter=delimiter, header_rows=_choose_header(rows, sketch, hints))
        kind = "csv"  # the delimiter says the rest
    row = dialect.header_rows[0]
    above = [[cell.strip() for cell in line] for line in rows[: row - 1]]
    lines = [" | ".join(filter(None, line)) for line in above if any(line)]
    if lines:
        beside.append((ABOVE, "\n".join(lines)))
    if row > 1 and not sketch.header_row:
        last = dialect.header_rows[-1]
        where = f"row {row}" if row == last else f"rows {row} and {last}"
        notes.append(f"the header was found in {where}")
    schema = Schema(fields=())
    return Resource(path.name, "", "", (), kind, encoding, dialect, schema)


def _find_sheet(
    path: Path,
    sketch: LayoutHints,
    hints: tuple[Sequence[str], Sequence[str]],
    notes: list[str],
    unread: list[str],
) -> Dialect:
    heads = sniff.heads_of(path)
    names = list(heads)
    filled = [item for item in names if any(any(row) for row in heads[item])]
    if not names:
        raise source_error("the workbook has no sheet with cells", "a table")
    if sketch.sheet:
        name = sketch.sheet
        if name not in names and name.isdecimal() and 1 <= int(name) <= len(names):
            name = names[int(name) - 1]
        trimmed = [item for item in names if item.strip() == name.strip()]
        if name not in names and not trimmed:
            known = ", ".join(names)
            raise source_error(f'there is no sheet "{sketch.sheet}"', known)
        name = name if name in names else trimmed[0]
    else:
        fits = {item: sniff.find_header(heads[item], *hints)[1] for item in filled}
        fitting = max(filled, key=lambda item: fits[item]) if any(fits.values()) else ""
        name = fitting or sniff.choose_sheet(heads)
        if len(filled) > 1:
            notes.append(f'of {len(names)} sheets "{name}" was read')
    unread += [item for item in filled if item != name]
    rows = heads.get(name, [])
    return Dialect(sheet_name=name, table=name, header_rows=_choose_header(rows, sketch, hints))


def _choose_header(
    rows: Sequence[Sequence[str]],
    sketch: LayoutHints,
    hints: tuple[Sequence[str], Sequence[str]],
) -> tuple[int, ...]:
    """The rows of the header, from 1: as asked for, by its labels, or as the table shows."""
    row = sketch.header_row or sniff.find_header(rows, *hints)[0]
    return (row,) if row else sniff.guess_header_rows(rows)


def _label(labels: Sequence[str], required: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    """A name of its own for each column: labels trimmed, what cannot be printed is a space, and
    those that are there twice are numbered."""
    plain = [
        " ".join("".join(c if c.isprintable() else " " for c in label[:LONGEST]).split())
        for label in labels
    ]
    counts = Counter(label.lower() for label in plain if label)
    asked = {normalise_name(name) for name in required}
    twice = [label for label in dict.fromkeys(plain) if label and counts[label.lower()] > 1]
    for label in twice:
        if normalise_name(label) in asked:
            raise UsageError(f'"{label}" is the label of {counts[label.lower()]} columns')
    if twice:
        shown = ", ".join(f'"{label}"' for label in twice[:5])
        notes.append(f"labels of more than one column were numbered: {shown}")
    taken: set[str] = set()
    names = []
    for number, label in enumerate(plain, 1):
        name = label or f"(column {number})"
        again = 1
        while name.lower() in taken:
            again += 1
            name = f"{label} ({again})"
        taken.add(name.lower())
        names.append(name)
    return tuple(names)
