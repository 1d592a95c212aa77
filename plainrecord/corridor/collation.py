"""The stretch of the corridor that lays two tables side by side: files in, a comparison out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from plainrecord.comparison.compare import compare_tables
from plainrecord.comparison.transcript import Draft, Sketch, Transcript, lay_in, read_draft
from plainrecord.doors import load
from plainrecord.ground import engine
from plainrecord.ground.errors import UsageError
from plainrecord.model.changes import Comparison
from plainrecord.model.packages import Json, MissingKind, Resource
from plainrecord.trust import package

WORKBOOKS = (".xlsx", ".xlsm")
SPOKEN = {"tab": "\t", "\\t": "\t", "pipe": "|", "comma": ",", "semicolon": ";"}


@dataclass(frozen=True, slots=True)
class TablePath:
    """A table on this disk and what is known of its layout; `descriptor` names a file that holds a
    Table Dialect, a Table Schema or a resource of a data package."""

    path: Path
    sheet: str = ""
    header_row: int | None = None
    delimiter: str = ""
    encoding: str = ""
    descriptor: Path | None = None


@dataclass(frozen=True, slots=True)
class Collation:
    """Two tables side by side: what was noticed in each while reading, and how they compare."""

    old_notes: tuple[str, ...]
    new_notes: tuple[str, ...]
    comparison: Comparison


def collate_files(
    old: TablePath,
    new: TablePath,
    *,
    key: Sequence[str] = (),
    fields: Sequence[str] | None = None,
    normalise: bool = False,
    withheld: Sequence[str] = (),
    limit: int = 20,
) -> Collation:
    """The tables in two files compared, whatever their formats; nothing is kept.

    Values that the descriptors call withheld, that look like exemptions, or that are in `withheld`
    count as withheld. UsageError, in words, for what cannot be read or compared.
    """
    sides = [(side, _sketch(side)) for side in (old, new)]
    paths = [side.path.resolve() for side in (old, new) if side.path.is_file()]
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        work = Path(folder).resolve()
        connection = engine.open_workshop(work / "diff.duckdb", paths, [work])
        try:
            wanted = [*key, *(fields or ())]
            first, second = _read_both(connection, sides[0], sides[1], wanted)
            marks = {name: tuple(withheld) for name in second.labels} if withheld else {}
            for _, sketch in sides:
                for name, values in _declared_marks(sketch).items():
                    marks[name] = (*marks.get(name, ()), *values)
            comparison = compare_tables(
                connection,
                first.relation,
                second.relation,
                key=key,
                fields=fields,
                normalise=normalise,
                marks=marks,
                exemptions=True,
                limit=limit,
            )
        except duckdb.OutOfMemoryException:
            text = "the tables do not fit into memory; compare fewer columns with --fields"
            raise UsageError(text) from None
        finally:
            connection.close()
    return Collation(first.notes, second.notes, comparison)


def _read_both(
    connection: duckdb.DuckDBPyConnection,
    old: tuple[TablePath, Sketch],
    new: tuple[TablePath, Sketch],
    wanted: Sequence[str],
) -> tuple[Transcript, Transcript]:
    """Both tables. Workbooks come after text, as their sheets are searched for the other's labels;
    two files of text are read at the same time."""
    books = [side.path.suffix.lower() in WORKBOOKS for side, _ in (old, new)]
    if any(books):
        if books[0] and not books[1]:
            second = _lay_in(connection, "new", new, _read(new, wanted))
            return _lay_in(connection, "old", old, _read(old, wanted, second.labels)), second
        first = _lay_in(connection, "old", old, _read(old, wanted))
        return first, _lay_in(connection, "new", new, _read(new, wanted, first.labels))
    with ThreadPoolExecutor(2) as threads:
        drafts = list(threads.map(lambda side: _read(side, wanted), (old, new)))
    first = _lay_in(connection, "old", old, drafts[0])
    return first, _lay_in(connection, "new", new, drafts[1])


def _read(side: tuple[TablePath, Sketch], wanted: Sequence[str], like: Sequence[str] = ()) -> Draft:
    if not side[0].path.is_file():
        raise UsageError(f"there is no file {side[0].path}")
    try:
        return read_draft(side[0].path.resolve(), side[1], wanted, like)
    except UsageError as error:
        raise UsageError(f"{side[0].path}: {error}") from None


def _lay_in(
    connection: duckdb.DuckDBPyConnection, name: str, side: tuple[TablePath, Sketch], draft: Draft
) -> Transcript:
    try:
        return lay_in(connection, draft, name)
    except UsageError as error:
        raise UsageError(f"{side[0].path}: {error}") from None


def _sketch(side: TablePath) -> Sketch:
    delimiter = SPOKEN.get(side.delimiter.lower(), side.delimiter)
    if len(delimiter) > 1:
        raise UsageError(f'the delimiter "{delimiter}" is more than one character')
    return Sketch(side.sheet, side.header_row, delimiter, side.encoding, _describe(side))


def _declared_marks(sketch: Sketch) -> dict[str, tuple[str, ...]]:
    """The marks by which a descriptor says that values are withheld, by field."""
    fields = sketch.resource.schema.fields if sketch.resource else ()
    marks = {
        field.name: tuple(m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD)
        for field in fields
    }
    return {name: values for name, values in marks.items() if values}


def _describe(side: TablePath) -> Resource | None:
    """The table as its descriptor describes it, with what was said beside it on top."""
    if side.descriptor is None:
        return None
    document, found = load.load_descriptor(side.descriptor)
    if found or not isinstance(document, dict):
        said = found[0].found if found else "it is not a mapping"
        raise UsageError(f"{side.descriptor}: {said}")
    suffix = side.path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]
    path = f"table.{suffix if suffix.isalnum() else 'csv'}"  # the file's own name is no matter
    resource = _resource(document) | {"name": "table", "path": path}
    resource.pop("data", None)
    parsed, problems = package.parse_package(
        {"resources": [resource]}, "table", side.descriptor.name, "", portal=False
    )
    wrong = [problem for problem in problems if problem.blocks]
    if parsed is None or wrong:
        raise UsageError(f"{side.descriptor}: {wrong[0].found if wrong else 'it cannot be read'}")
    described = parsed.resources[0]
    dialect = described.dialect
    if side.header_row:
        dialect = replace(dialect, header=True, header_rows=(side.header_row,))
    if side.delimiter:
        dialect = replace(dialect, delimiter=side.delimiter)
    if side.sheet.isdecimal():
        dialect = replace(dialect, sheet_number=int(side.sheet), sheet_name="")
    elif side.sheet:
        dialect = replace(dialect, sheet_name=side.sheet)
    return replace(described, dialect=dialect, encoding=side.encoding or described.encoding)


def _resource(document: dict[str, Json]) -> dict[str, Json]:
    """A resource around what the descriptor holds: itself, a schema, or a dialect."""
    first = document.get("resources")
    if isinstance(first, list) and len(first) == 1 and isinstance(first[0], dict):
        return dict(first[0])
    if "fields" in document:
        return {"schema": document}
    if {"path", "dialect", "schema", "format", "encoding"} & set(document):
        return dict(document)
    return {"dialect": document}
