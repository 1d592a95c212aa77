"""The stretch of the corridor that lays two tables side by side: files in, a comparison out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from plainrecord import engine, load, package
from plainrecord.changes import Comparison
from plainrecord.compare import compare_tables
from plainrecord.errors import UsageError
from plainrecord.model import Json, MissingKind, Resource
from plainrecord.transcript import Sketch, Transcript, transcribe

MARK = r"[ (\[]*[bB][)\]]?[ ]?\([0-9]\)[-(),;/ \[\]0-9a-zA-Z]*"
"""What an exemption under the Freedom of Information Act looks like: (b)(6), (B)(7)(E), b(7)c."""

MOST_MARKS = 50
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
    paths = [side.path.resolve() for side in (old, new) if side.path.is_file()]
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as folder:
        work = Path(folder).resolve()
        connection = engine.open_workshop(work / "diff.duckdb", paths, [work])
        try:
            wanted = [*key, *(fields or ())]
            (first, old_marks), (second, new_marks) = _read_both(connection, old, new, wanted)
            marks = _find_marks(connection, (first, second))
            for given in (old_marks, new_marks, dict.fromkeys(second.labels, tuple(withheld))):
                marks = {
                    name: (*marks.get(name, ()), *given.get(name, ()))
                    for name in {**marks, **given}
                }
            comparison = compare_tables(
                connection,
                first.relation,
                second.relation,
                key=key,
                fields=fields,
                normalise=normalise,
                marks=marks,
                limit=limit,
            )
        except duckdb.OutOfMemoryException:
            raise UsageError("the tables are too large to be compared on this machine") from None
        finally:
            connection.close()
    return Collation(first.notes, second.notes, comparison)


Reading = tuple[Transcript, Mapping[str, tuple[str, ...]]]
"""A table as it was read, and the marks by which its descriptor says that values are withheld."""


def _read_both(
    connection: duckdb.DuckDBPyConnection, old: TablePath, new: TablePath, wanted: Sequence[str]
) -> tuple[Reading, Reading]:
    """Both tables; a workbook is read last, as its sheets are searched for the other's labels."""
    if old.path.suffix.lower() in WORKBOOKS and new.path.suffix.lower() not in WORKBOOKS:
        second = _read(connection, new, "new", wanted)
        return _read(connection, old, "old", wanted, second[0].labels), second
    first = _read(connection, old, "old", wanted)
    return first, _read(connection, new, "new", wanted, first[0].labels)


def _read(
    connection: duckdb.DuckDBPyConnection,
    side: TablePath,
    name: str,
    wanted: Sequence[str],
    like: Sequence[str] = (),
) -> Reading:
    if not side.path.is_file():
        raise UsageError(f"there is no file {side.path}")
    described = _describe(side)
    delimiter = SPOKEN.get(side.delimiter.lower(), side.delimiter)
    if len(delimiter) > 1:
        raise UsageError(f'the delimiter "{delimiter}" is more than one character')
    sketch = Sketch(side.sheet, side.header_row, delimiter, side.encoding, described)
    try:
        table = transcribe(connection, side.path.resolve(), name, sketch, wanted, like)
    except UsageError as error:
        raise UsageError(f"{side.path}: {error}") from None
    marks = {
        field.name: tuple(m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD)
        for field in (described.schema.fields if described else ())
    }
    return table, {name: values for name, values in marks.items() if values}


def _describe(side: TablePath) -> Resource | None:
    """The table as its descriptor describes it, with what was said beside it on top."""
    if side.descriptor is None:
        return None
    document, found = load.load_descriptor(side.descriptor)
    if found or not isinstance(document, dict):
        said = found[0].found if found else "it is not a mapping"
        raise UsageError(f"{side.descriptor}: {said}")
    resource = _resource(document) | {"name": "table", "path": side.path.name}
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


def _find_marks(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Transcript]
) -> dict[str, tuple[str, ...]]:
    """For each column the values that look like exemptions."""
    found: dict[str, set[str]] = {}
    for table in tables:
        for label in table.labels:
            value = f"CAST({engine.identifier(label)} AS VARCHAR)"
            rows = connection.execute(
                f"SELECT DISTINCT {value} AS v FROM {table.relation} WHERE starts_with(lower("
                f"ltrim({value}, '( [')), 'b') AND contains({value}, '(') AND "
                f"regexp_full_match({value}, {engine.literal(MARK)}) ORDER BY v LIMIT {MOST_MARKS}"
            ).fetchall()
            found.setdefault(label, set()).update(str(row[0]) for row in rows)
    return {label: tuple(sorted(values)) for label, values in found.items() if values}
