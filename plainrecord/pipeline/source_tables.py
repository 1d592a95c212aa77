"""The tables of one file, each read whole into the engine and profiled.

A table that the check can read as it lies is left as it is. One that it cannot (labels that occur
twice or not at all, a format of its own) is written out as CSV, cell by cell, and a note says so.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path, PurePath

import duckdb

from plainrecord.authoring.columns import TIMES, Column, label_columns, profile_column
from plainrecord.authoring.folders import stem_of
from plainrecord.core.errors import UsageError
from plainrecord.core.strict_json import Json
from plainrecord.diff import sniff
from plainrecord.diff.load_any import WITH_SPACES, LoadedTable, load_table, locate_cells, read_table
from plainrecord.diff.sniff_file import LayoutHints, SniffedFile, sniff_file
from plainrecord.diff.tables_in_file import Member, is_archive, list_sheets, unpack
from plainrecord.pipeline.table_blocks import TableBlock, find_blocks
from plainrecord.publishing.formats.csv import copy_csv
from plainrecord.receipts.engine import identifier, literal

_JSON = ("json", "ndjson", "jsonl", "geojson")
MOST_KEY_COLUMNS = 8
"""How many columns a key of two is looked for in: all pairs of them are counted."""
MOST_BLOCKS = 3
"""How many tables a sheet may hold that are taken as tables of their own."""
MOST_COLUMNS = 1_000
"""How many columns of a table are described: each takes about a dozen queries."""
MOST_PARTS = 50
"""How many members an object may have to be columns; one with more has names as keys."""
_KEY_WORDS = {"id", "key", "number", "no", "num", "nr", "code", "identifier", "uuid"}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table in the engine: `relation` for FROM, what it is called in its file ("" where the file
    is the table), how a descriptor describes it, and what its columns hold.

    `rewritten` says why the check cannot read the file as it is, with `resource`; "" where it can.
    """

    relation: str
    part: str
    resource: dict[str, Json]
    columns: tuple[Column, ...]
    rows: int
    key: tuple[str, ...]
    notes: tuple[str, ...]
    rewritten: str


def read_source(
    connection: duckdb.DuckDBPyConnection, path: Path, prefix: str, work: Path
) -> Iterator[SourceTable | UsageError]:
    """Each table of the file at `path`; in place of one that cannot be read, the reason in words.

    The members of a zip are unpacked below `work`. Relations are called after `prefix` and stay
    until the connection is closed.
    """
    try:
        members = _members(path, work / prefix)
    except UsageError as error:
        yield error
        return
    for number, member in enumerate(members):
        label = member.sheet or (stem_of(PurePath(member.name)) if member.path != path else "")
        try:
            if member.problem:
                raise UsageError(member.problem)
            sniffed, table = _load(connection, member.path, member.sheet, f"{prefix}-{number}")
            packed = member.path != path
            table = _with_parts(connection, sniffed, table)
            blocks = _blocks(connection, sniffed, table)
            if len(blocks) > MOST_BLOCKS:
                raise UsageError(
                    f"it holds {len(blocks)} tables, as a page of a report does; copy those that you "
                    "need to sheets or files of their own"
                )
            for block in blocks:
                made = _profiled(connection, sniffed, table, block, member.sheet)
                source_label = (
                    f"{label or path.name.split('.')[0]} {block.place}" if block.place else label
                )
                rewritten = made.rewritten or ("the file is part of an archive" if packed else "")
                yield replace(made, part=source_label, rewritten=rewritten)
        except UsageError as error:
            yield UsageError(f"{label}: {error}" if label else str(error))
        except duckdb.Error as error:
            yield UsageError(f"{label or path.name}: it cannot be read ({type(error).__name__})")


def _members(path: Path, folder: Path) -> tuple[Member, ...]:
    """The tables of a file: sheets of a workbook, tables of a database, members of a zip."""
    if not is_archive(path):
        return list_sheets(path) or (Member(path.name, path),)
    members: list[Member] = []
    for member in unpack(path, folder):
        members += list_sheets(member.path) or [member]
    return tuple(members)


def _load(
    connection: duckdb.DuckDBPyConnection, path: Path, sheet: str, name: str
) -> tuple[SniffedFile, LoadedTable]:
    """The table in the engine; a text that is no UTF-8 is read as Windows-1252."""
    try:
        sniffed = sniff_file(path, LayoutHints(sheet=sheet))
        if len(sniffed.labels) > MOST_COLUMNS:
            raise UsageError(
                f"it has {len(sniffed.labels):,} columns, more than the {MOST_COLUMNS:,} that can be "
                "described; keep those that readers need, or turn groups of columns into rows"
            )
        _refuse_fixed_width(sniffed)
        return sniffed, load_table(connection, read_table(sniffed), name)
    except UsageError as error:
        if "utf-8" not in str(error).lower():
            raise
    sniffed = sniff_file(path, LayoutHints(sheet=sheet, encoding="cp1252"))
    return sniffed, load_table(connection, read_table(sniffed), name)


def _refuse_fixed_width(sniffed: SniffedFile) -> None:
    """UsageError where lines have no delimiter, and most have blanks between several values."""
    resource = sniffed.resource
    if resource is None or resource.format != "csv" or len(sniffed.labels) > 1:
        return
    head = sniff.head_of(sniffed.path, resource.encoding, resource.dialect.delimiter)
    lines = [line[0] for line in head if line]
    spaced = [line for line in lines if re.search(r"\S {2,}\S", line)]
    if len(lines) > 1 and len(spaced) * 2 > len(lines):
        raise UsageError(
            "its values have blanks between them, and no delimiter, as in a file of fixed width; "
            "write them as CSV, with a row of labels"
        )


def _with_parts(
    connection: duckdb.DuckDBPyConnection, sniffed: SniffedFile, table: LoadedTable
) -> LoadedTable:
    """A table of JSON whose objects within records are columns of their own: `place.city`."""
    if sniffed.resource is None or sniffed.resource.format not in _JSON:
        return table
    columns: list[tuple[str, str]] = [(label, identifier(label)) for label in table.labels]
    parted: list[str] = []
    index = 0
    while index < len(columns):
        label, value = columns[index]
        parts = connection.execute(
            f"SELECT key, min(nth) FROM (SELECT unnest(json_keys({value})) AS key, "
            f"generate_subscripts(json_keys({value}), 1) AS nth FROM {table.relation} WHERE "
            f"CASE WHEN json_valid({value}) THEN json_type({value}) = 'OBJECT' END) "
            "GROUP BY key ORDER BY 2, 1"
        ).fetchall()
        whole = connection.execute(
            f"SELECT bool_and(CASE WHEN json_valid({value}) THEN json_type({value}) = 'OBJECT' "
            f"ELSE {value} IS NULL END) FROM {table.relation}"
        ).fetchall()[0][0]
        if not parts or not whole or len(parts) > MOST_PARTS:
            index += 1
            continue
        parted.append(label)
        columns[index : index + 1] = [
            (f"{label}.{key}", f"json_extract_string({value}, {literal(_pointer(key))})")
            for key, _ in parts
        ]
    if not parted or len({label for label, _ in columns}) < len(columns):
        return table
    listed = ", ".join(f"{value} AS {identifier(label)}" for label, value in columns)
    note = f"the parts of {', '.join(parted)} are columns of their own"
    return replace(
        table,
        relation=f"(SELECT {listed} FROM {table.relation})",
        labels=tuple(label for label, _ in columns),
        notes=(*table.notes, note),
    )


def _pointer(key: str) -> str:
    """A JSON pointer to the member `key` of an object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _blocks(
    connection: duckdb.DuckDBPyConnection, sniffed: SniffedFile, table: LoadedTable
) -> list[TableBlock]:
    """The tables of a file; what is no text of cells holds one."""
    resource = sniffed.resource
    if resource is None or resource.format in (*_JSON, "sqlite") or not table.rows:
        return [TableBlock(table.relation, table.labels, table.rows, "", (), True)]
    header, rows = locate_cells(sniffed, table)
    return find_blocks(connection, table, header, rows)


def _profiled(
    connection: duckdb.DuckDBPyConnection,
    sniffed: SniffedFile,
    table: LoadedTable,
    block: TableBlock,
    part: str,
) -> SourceTable:
    resource, comma = _described(sniffed, part)
    columns = _profile(connection, block.relation, block.labels, comma)
    notes = [*(note for note in table.notes if "sheets" not in note), *block.notes]
    encoding = resource.get("encoding")
    if encoding not in (None, "utf-8", "utf-16"):
        notes.append("the text was read as Windows-1252; check accents and quotation marks")
    return SourceTable(
        relation=block.relation,
        part=part,
        resource=resource,
        columns=columns,
        rows=block.rows,
        key=find_key(connection, block.relation, columns),
        notes=tuple(notes),
        rewritten=_why_rewritten(sniffed, table, block, str(resource["format"])),
    )


def _why_rewritten(sniffed: SniffedFile, table: LoadedTable, block: TableBlock, form: str) -> str:
    """Why the check cannot read the file of a table as it is; "" where it can."""
    if form in _JSON:
        return "values of JSON have types of their own, and records may be below a name"
    if not block.whole:
        return "the file holds more than this table"
    if any(WITH_SPACES in note for note in table.notes):
        return "cells have spaces before or after their values"
    if tuple(table.labels) != tuple(sniffed.given):
        return "names of columns are empty, repeat, or have spaces around them"
    return ""


def _profile(
    connection: duckdb.DuckDBPyConnection, relation: str, labels: Sequence[str], comma: bool
) -> tuple[Column, ...]:
    profiled = [profile_column(connection, relation, name, decimal_comma=comma) for name in labels]
    return label_columns(profiled, {})


def unite(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[SourceTable]
) -> SourceTable | None:
    """Tables of one form as one table: files of several years, say. None where they differ in form."""
    first = tables[0]
    labels = [column.name for column in first.columns]
    if len(tables) < 2 or not all(
        table.rewritten == first.rewritten
        and table.resource == first.resource
        and [column.name for column in table.columns] == labels
        for table in tables
    ):
        return None
    names = ", ".join(map(identifier, labels))
    relation = " UNION ALL ".join(f"SELECT {names} FROM {table.relation}" for table in tables)
    dialect = first.resource.get("dialect")
    comma = isinstance(dialect, dict) and dialect.get("delimiter") == ";"
    columns = _profile(connection, f"({relation})", labels, comma)
    return replace(
        first,
        relation=f"({relation})",
        columns=columns,
        rows=sum(table.rows for table in tables),
        key=find_key(connection, f"({relation})", columns),
        notes=tuple(dict.fromkeys(note for table in tables for note in table.notes)),
    )


def _described(sniffed: SniffedFile, part: str) -> tuple[dict[str, Json], bool]:
    """How a descriptor says where the table lies; whether semicolons part its cells."""
    if sniffed.resource is None:
        return {"format": "parquet"}, False
    kind, dialect = sniffed.resource.format, sniffed.resource.dialect
    described: dict[str, Json] = {"format": kind}
    if sniffed.resource.encoding.lower() not in ("utf-8", "utf8"):
        described["encoding"] = sniffed.resource.encoding
    written: dict[str, Json] = {}
    if kind == "csv" and dialect.delimiter != ",":
        written["delimiter"] = dialect.delimiter
    if part:
        written["table" if kind == "sqlite" else "sheetName"] = part
    if dialect.header_rows != (1,):
        written["headerRows"] = [*dialect.header_rows]
    if written:
        described["dialect"] = written
    return described, dialect.delimiter == ";"


def find_key(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: tuple[Column, ...]
) -> tuple[str, ...]:
    """The columns, up to three and no measures, whose values name each row once; () for none."""
    full = [c for c in columns if c.filled == c.rows and c.rows > 1]
    single = [c for c in full if c.is_unique and _names_rows(c)]
    if single:
        best = min(
            single,
            key=lambda c: (
                not set(c.words) & _KEY_WORDS,
                c.type == "integer" and c is not columns[0],
                columns.index(c),
            ),
        )
        return (best.name,)
    likely = [c for c in full if _names_rows(c) and c.distinct > 1][:MOST_KEY_COLUMNS]
    for chosen in (*combinations(likely, 2), *combinations(likely[:5], 3)):
        if math.prod(column.distinct for column in chosen) < chosen[0].rows:
            continue
        names = ", ".join(identifier(column.name) for column in chosen)
        count = connection.execute(
            f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {relation})"
        ).fetchall()[0][0]
        if count == chosen[0].rows:
            return tuple(column.name for column in chosen)
    return ()


def _names_rows(column: Column) -> bool:
    """Whether a column may name rows: text, time, or whole numbers that count or are called so."""
    if column.type != "integer":
        return column.type in ("string", *TIMES)
    run = int(column.most) - int(column.least) + 1 if column.least else 0
    return bool(set(column.words) & _KEY_WORDS) or (column.is_unique and run <= 2 * column.rows)


def write_csv(connection: duckdb.DuckDBPyConnection, table: SourceTable, path: Path) -> None:
    """The table as CSV (UTF-8, comma, labels of its own for each column) at `path`."""
    names = ", ".join(identifier(column.name) for column in table.columns)
    copy_csv(connection, f"SELECT {names} FROM {table.relation}", path)
