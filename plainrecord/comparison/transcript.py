"""A table taken down to the letter: any file, described or not, into a relation of the engine.

Nothing is checked or converted here. An empty cell is null, a blank row or an unlabelled blank
column is left out, and every such thing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from plainrecord.comparison import layout
from plainrecord.comparison.stock import Stock, gather, shelve
from plainrecord.ground.engine import columns_of, identifier, literal
from plainrecord.ground.errors import UsageError
from plainrecord.model.packages import Dialect, Resource, Schema
from plainrecord.tables.raw import READ_ERRORS, Unreadable, reason
from plainrecord.tables.reader import open_table

MOST_COLUMNS = 10_000
LONGEST = 300
"""How many characters of a label are looked at: what is longer is no label."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is known of how a table lies in its file; what is not given is found by looking.

    `sheet` is a name or a number, `header_row` counts from 1. `resource` (format, encoding,
    dialect) comes from a descriptor and is taken as it is.
    """

    sheet: str = ""
    header_row: int | None = None
    delimiter: str = ""
    encoding: str = ""
    resource: Resource | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A table as text: `relation` for FROM, its columns by their labels, and what was noticed."""

    relation: str
    labels: tuple[str, ...]
    rows: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A table that was read but is not in the engine yet; a Parquet file stays where it is."""

    path: Path
    given: tuple[str, ...]
    stock: Stock | None
    notes: tuple[str, ...]


def transcribe(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    sketch: Sketch,
    wanted: Sequence[str] = (),
) -> Transcript:
    """The table in `path` as a relation called `name`, for as long as the connection is open.

    `wanted` as for `read_draft`; UsageError, in words, where the file holds no table.
    """
    return lay_in(connection, read_draft(path, sketch, wanted), name)


def read_draft(
    path: Path, sketch: Sketch, wanted: Sequence[str] = (), like: Sequence[str] = ()
) -> Draft:
    """The table in `path`, read as far as it fits into memory; UsageError where it is none.

    `wanted` are labels that are sure to be in the header: they help to find it below title lines
    and in a workbook of several sheets, and so do those of a table that it should be `like`.
    UsageError as well where a wanted label is that of two columns.
    """
    with _in_words():
        return _read(path, sketch, wanted, like)


def lay_in(connection: duckdb.DuckDBPyConnection, draft: Draft, name: str) -> Transcript:
    """The table of a draft as a relation called `name`, its rows all read."""
    with _in_words():
        if draft.stock is None:
            return _take_parquet(connection, draft.path, name)
        notes = list(draft.notes)
        place = shelve(connection, draft.stock, name)
        if draft.stock.blank:
            notes.append(f"{_many(draft.stock.blank, 'blank row')} left out")
        if draft.stock.wide:
            wide = _many(draft.stock.wide, "row")
            notes.append(f"{wide} with more cells than the header, cut to its width")
        labels = draft.stock.labels
        empty = _find_blank(connection, draft.given, place, labels, notes)
        kept = tuple(label for label in labels if label not in empty)
        if empty:
            place = f"(SELECT {', '.join(map(identifier, kept))} FROM {place})"
        again = draft.stock.headers
        if again:
            times = "once" if again == 1 else f"{again:,} times"
            notes.append(f"the header is repeated {times} among the rows")
        return Transcript(place, kept, draft.stock.rows, tuple(notes))


@contextmanager
def _in_words() -> Iterator[None]:
    """What goes wrong while a file is read, as a UsageError."""
    try:
        yield
    except Unreadable as error:
        found = error.finding
        more = f" (expected: {found.expected})" if found.expected else ""
        hint = "; name it with --encoding" if found.rule == "encoding-invalid" else ""
        raise UsageError(f"{found.found}{more}{hint}") from None
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02X} is not {error.encoding}"
        raise UsageError(f"{byte}; name another encoding with --encoding") from None
    except READ_ERRORS as error:
        raise UsageError(f"the file cannot be read: {reason(error)}") from None


def _read(path: Path, sketch: Sketch, wanted: Sequence[str], like: Sequence[str]) -> Draft:
    notes: list[str] = []
    kind = sketch.resource.format if sketch.resource else layout.format_of(path)
    if kind == "parquet":
        return Draft(path, (), None, ())
    resource = _describe(path, kind, sketch, (wanted, like), notes)
    table = open_table(resource, path)
    if table.labels is None or not any(label.strip() for label in table.labels):
        raise Unreadable("source-error", "the table has no header row", "a row of labels")
    if len(table.labels) > MOST_COLUMNS:
        raise Unreadable("source-error", f"the header has {len(table.labels):,} columns")
    labels = _label(table.labels, wanted, notes)
    return Draft(path, table.labels, gather(table, labels), tuple(notes))


def _take_parquet(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Transcript:
    """Parquet stays where it is: a view with its own types, the empty text taken as null."""
    source = f"read_parquet({literal(str(path))})"
    try:
        types = columns_of(connection, source)
        columns = ", ".join(
            f"nullif({identifier(c)}, '') AS {identifier(c)}" if t == "VARCHAR" else identifier(c)
            for c, t in types.items()
        )
        place = f"temp.main.{identifier(name)}"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS SELECT {columns} FROM {source}"
        )
        rows = int(connection.execute(f"SELECT count(*) FROM {place}").fetchall()[0][0])
    except duckdb.Error as error:
        raise Unreadable(
            "source-error", f"the file cannot be read as parquet: {type(error).__name__}"
        ) from None
    return Transcript(place, tuple(types), rows, ())


def _describe(
    path: Path,
    kind: str,
    sketch: Sketch,
    hints: tuple[Sequence[str], Sequence[str]],
    notes: list[str],
) -> Resource:
    """The file as a resource: as its descriptor says, and the rest as the file shows."""
    if sketch.resource is not None:
        return sketch.resource
    encoding = sketch.encoding or (layout.encoding_of(path) if kind != "xlsx" else "utf-8")
    dialect = Dialect()
    if kind == "xlsx":
        dialect = _find_sheet(path, sketch, hints, notes)
    elif kind in ("csv", "tsv"):
        delimiter = sketch.delimiter or layout.delimiter_of(path, kind, encoding)
        rows = layout.head_of(path, encoding, delimiter)
        row = sketch.header_row or layout.find_header(rows, *hints)[0] or layout.guess_header(rows)
        dialect = Dialect(delimiter=delimiter, header_rows=(row,))
        kind = "csv"  # the delimiter says the rest
    row = dialect.header_rows[0]
    if row > 1 and not sketch.header_row:
        notes.append(f"the header was found in row {row}")
    schema = Schema(fields=())
    return Resource(path.name, "", "", (), kind, encoding, dialect, schema)


def _find_sheet(
    path: Path,
    sketch: Sketch,
    hints: tuple[Sequence[str], Sequence[str]],
    notes: list[str],
) -> Dialect:
    heads = layout.heads_of(path)
    names = list(heads)
    if sketch.sheet:
        name = sketch.sheet
        if name not in names and name.isdecimal() and 1 <= int(name) <= len(names):
            name = names[int(name) - 1]
        trimmed = [item for item in names if item.strip() == name.strip()]
        if name not in names and not trimmed:
            known = ", ".join(names)
            raise Unreadable("source-error", f'there is no sheet "{sketch.sheet}"', known)
        name = name if name in names else trimmed[0]
    else:
        filled = [item for item in names if any(any(row) for row in heads[item])]
        name = max(filled or names, key=lambda item: layout.find_header(heads[item], *hints)[1])
        if len(filled) > 1:
            notes.append(f'of {len(names)} sheets "{name}" was read')
    rows = heads.get(name, [])
    row = sketch.header_row or layout.find_header(rows, *hints)[0] or layout.guess_header(rows)
    return Dialect(sheet_name=name, header_rows=(row,))


def _label(labels: Sequence[str], wanted: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    """A name of its own for each column: labels trimmed, what cannot be printed is a space, and
    those that are there twice are numbered."""
    plain = [
        " ".join("".join(c if c.isprintable() else " " for c in label[:LONGEST]).split())
        for label in labels
    ]
    counts = Counter(label.lower() for label in plain if label)
    asked = {layout.squeeze(name) for name in wanted}
    twice = [label for label in dict.fromkeys(plain) if label and counts[label.lower()] > 1]
    for label in twice:
        if layout.squeeze(label) in asked:
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


def _find_blank(
    connection: duckdb.DuckDBPyConnection,
    given: Sequence[str],
    place: str,
    labels: Sequence[str],
    notes: list[str],
) -> frozenset[str]:
    """The unlabelled columns without a value."""
    bare = [name for label, name in zip(given, labels, strict=True) if not label.strip()]
    if not bare:
        return frozenset()
    counts = ", ".join(f"count({identifier(name)})" for name in bare)
    found = connection.execute(f"SELECT {counts} FROM {place}").fetchall()[0]
    empty = frozenset(name for name, count in zip(bare, found, strict=True) if not count)
    if empty:
        notes.append(f"{_many(len(empty), 'column')} without a label and a value left out")
    if len(empty) < len(bare):
        notes.append(f"{_many(len(bare) - len(empty), 'column')} with values but no label")
    return empty


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
