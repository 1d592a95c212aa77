"""Compare the tables in two files: paths in, a comparison out."""

from __future__ import annotations

import filecmp
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from plainrecord.core.errors import UsageError
from plainrecord.core.strict_json import Json, items_in
from plainrecord.diff.compare import break_down, compare_tables
from plainrecord.diff.identical_lines import drop_identical_lines
from plainrecord.diff.load_any import LoadedTable, ReadTable, load_table, read_table
from plainrecord.diff.masking import mask_comparison
from plainrecord.diff.sniff_file import SHEETS, LayoutHints, SniffedFile, find_damage, sniff_file
from plainrecord.model.changes import BreakdownRow, ComparedSide, Comparison, whole_side
from plainrecord.model.packages import MissingKind, Resource
from plainrecord.receipts import engine

if TYPE_CHECKING:
    import duckdb

MOST_LISTED = 1_000_000_000
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".sqlite", ".sqlite3", ".db")
SPOKEN = {"tab": "\t", "\\t": "\t", "pipe": "|", "comma": ",", "semicolon": ";"}


@dataclass(frozen=True, slots=True)
class TablePath:
    """A table on this disk and what is known of its layout; `descriptor` names a file that holds a
    Table Dialect, a Table Schema or a resource of a data package, `property` the list of records in
    JSON. The other sheets of one that is `paired` are compared with their own partners."""

    path: Path
    sheet: str = ""
    header_row: int | None = None
    delimiter: str = ""
    encoding: str = ""
    descriptor: Path | None = None
    property: str = ""
    paired: bool = False


@dataclass(frozen=True, slots=True)
class Collation:
    """Two tables side by side: what was noticed in each while reading, and how they compare.

    `old_unread` and `new_unread` name what was not compared: other sheets of a workbook, cells beyond
    the header. `old_left` and `new_left` name what was left out as another sheet, list or header row
    was asked for. `beside` says what differs around the rows: what it is, and what each file holds.
    `revised` has, where dates were asked for, what differs in each period that the old table had.
    """

    old_notes: tuple[str, ...]
    new_notes: tuple[str, ...]
    comparison: Comparison
    old_unread: tuple[str, ...] = ()
    new_unread: tuple[str, ...] = ()
    old_left: tuple[str, ...] = ()
    new_left: tuple[str, ...] = ()
    beside: tuple[tuple[str, str, str], ...] = ()
    revised: tuple[BreakdownRow, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was left unread."""
        return not (self.old_unread or self.new_unread or self.old_left or self.new_left)

    @property
    def same(self) -> bool:
        """Whether both hold the same, rows, columns and what is around them, all of it read."""
        return self.agrees and self.whole

    @property
    def agrees(self) -> bool:
        """Whether all that was asked for is the same: `same`, but for what was left out on request."""
        left = self.old_unread or self.new_unread or self.beside
        return self.comparison.same and not left


def collate_files(
    old: TablePath,
    new: TablePath,
    *,
    key: Sequence[str] = (),
    fields: Sequence[str] | None = None,
    normalise: bool = False,
    withheld: Sequence[str] = (),
    limit: int = 20,
    date: str = "",
    period: str = "month",
) -> Collation:
    """The tables in two files compared, whatever their formats; nothing is kept.

    With a column `date`, the differences are counted by `period` as well.

    Values that the descriptors call withheld, that look like exemptions, or that are in `withheld`
    count as withheld; values of the identifiers that a descriptor's privacy policy names are not
    shown. UsageError, in words, for what cannot be read or compared.
    """
    import duckdb  # see cli: what is imported with the command is not collected at the end

    sides = [(side, _layout_hints(side)) for side in (old, new)]
    paths = [side.path.resolve() for side in (old, new) if side.path.is_file()]
    with (
        tempfile.TemporaryDirectory(prefix="plainrecord-") as folder,
        ThreadPoolExecutor(1) as pool,
    ):
        work = Path(folder).resolve()
        # The engine starts while the files are looked at.
        opening = pool.submit(
            engine.open_build_database, work / "diff.duckdb", paths, [work], in_memory=True
        )
        try:
            labels = [*key, *(fields or ())]
            sniffed = _sniff_both(sides[0], sides[1], labels)
            connection = opening.result()
            first, second = _prepare_sides(
                connection, (old, new), sniffed, key, normalise=normalise
            )
            marks = {name: tuple(withheld) for name in second.labels} if withheld else {}
            for _, hints in sides:
                for name, values in _declared_marks(hints).items():
                    marks[name] = (*marks.get(name, ()), *values)
            comparison = compare_tables(
                connection,
                first.side,
                second.side,
                key=key,
                fields=fields,
                normalise=normalise,
                marks=marks,
                exemptions=True,
                limit=min(limit, MOST_LISTED),
            )
            revised = _find_revised(connection, (first.side, second.side), comparison, date, period)
        except duckdb.OutOfMemoryException:
            text = "the tables do not fit into memory; compare fewer columns with --fields"
            raise UsageError(text) from None
        except duckdb.Error as error:
            raise _engine_error((old, new), sniffed, error) from None
        finally:
            opening.result().close()
    hidden = {name for side in (old, new) for name in _identifiers(side)}
    collation = _gather_collation(sniffed, (first, second), mask_comparison(comparison, hidden))
    collation = replace(collation, revised=() if date in hidden else revised)
    alone = collation.whole or replace(old, path=new.path) != new
    if alone or not filecmp.cmp(old.path, new.path, shallow=False):
        return collation
    # What was not read is the same as well.
    return replace(collation, old_unread=(), new_unread=(), old_left=(), new_left=())


def _gather_collation(
    sniffed: tuple[SniffedFile, SniffedFile],
    prepared: tuple[PreparedSide, PreparedSide],
    comparison: Comparison,
) -> Collation:
    """The comparison with what was left out of each file, and what differs around the rows."""
    unread, left = [], []
    for side, table in zip(sniffed, prepared, strict=True):
        chosen = SHEETS in side.chosen
        unread.append(() if chosen else side.unread)
        left.append(list(side.unread if chosen else ()))
        unread[-1] = (*unread[-1], *table.unread)
    before, after = (
        dict((*side.beside, *table.beside)) for side, table in zip(sniffed, prepared, strict=True)
    )
    beside = []
    for what in dict.fromkeys((*before, *after)):
        was, now = before.get(what, ""), after.get(what, "")
        if was == now:
            continue
        if any(what in side.chosen for side in sniffed):
            left[0] += [what] * bool(was)
            left[1] += [what] * bool(now)
        else:
            beside.append((what, was, now))
    return Collation(
        prepared[0].notes,
        prepared[1].notes,
        comparison,
        old_unread=unread[0],
        new_unread=unread[1],
        old_left=tuple(left[0]),
        new_left=tuple(left[1]),
        beside=tuple(beside),
    )


def _find_revised(
    connection: duckdb.DuckDBPyConnection,
    sides: tuple[ComparedSide, ComparedSide],
    comparison: Comparison,
    date: str,
    period: str,
) -> tuple[BreakdownRow, ...]:
    """What differs in each period of `date` of the old table, additions to its last apart."""
    if not date or date not in (*comparison.key, *comparison.fields) or comparison.identical:
        return ()
    from plainrecord.diff.across_releases import common_period, revision_triangle
    from plainrecord.model.revisions import ReleaseTable

    pair = ReleaseTable("old", sides[0].column(date)), ReleaseTable("new", sides[1].column(date))
    try:
        period = common_period(connection, pair, date, period)
        newest = revision_triangle(connection, pair, date, period).newest[0]
        rows = break_down(connection, comparison, date, period=period, limit=MOST_LISTED)
    except UsageError:
        return ()
    return tuple(
        row
        for row in rows
        if row.value is not None
        and newest is not None
        and (row.value < newest or row.vanished or row.changed)
        and row.value <= newest
    )


@dataclass(frozen=True, slots=True)
class PreparedSide:
    """A table that is ready to be compared: its labels, and notes from reading it."""

    side: ComparedSide
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    unread: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


def _sniff_both(
    old: tuple[TablePath, LayoutHints], new: tuple[TablePath, LayoutHints], labels: Sequence[str]
) -> tuple[SniffedFile, SniffedFile]:
    """Both files, headers read; workbooks last, by the labels of the other file."""
    books = [_is_workbook(side) for side, _ in (old, new)]
    if books[0] and not books[1]:
        after = _sniff(new, labels)
        return _sniff(old, labels, after.labels), after
    before = _sniff(old, labels)
    return before, _sniff(new, labels, before.labels if any(books) else ())


def _is_workbook(side: TablePath) -> bool:
    return side.path.suffix.lower() in WORKBOOKS


def _prepare_sides(
    connection: duckdb.DuckDBPyConnection,
    sides: tuple[TablePath, TablePath],
    sniffed: tuple[SniffedFile, SniffedFile],
    key: Sequence[str],
    *,
    normalise: bool,
) -> tuple[PreparedSide, PreparedSide]:
    """Both tables in the engine."""
    before, after = sniffed
    read = LazyTables(connection, (sides[0].path, sides[1].path), sniffed)
    if key and not any(map(_is_workbook, sides)):
        wholes = (lambda: read.both()[0].relation, lambda: read.both()[1].relation)
        apart = drop_identical_lines(connection, before, after, key, wholes, normalise=normalise)
        if apart is not None:
            return (
                PreparedSide(apart[0], before.labels, before.notes),
                PreparedSide(apart[1], after.labels, after.notes),
            )
    first, second = read.both()
    return _prepare_side(first), _prepare_side(second)


def _prepare_side(table: LoadedTable) -> PreparedSide:
    side = whole_side(table.relation)
    return PreparedSide(side, table.labels, table.notes, table.unread, table.beside)


class LazyTables:
    """Both tables in the engine, read when they are first asked for."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        paths: tuple[Path, Path],
        sniffed: tuple[SniffedFile, SniffedFile],
    ) -> None:
        self._connection, self._paths, self._sniffed = connection, paths, sniffed
        self._read: tuple[LoadedTable, LoadedTable] | None = None

    def both(self) -> tuple[LoadedTable, LoadedTable]:
        """The old table and the new one; two files are read at the same time."""
        if self._read is None:
            with ThreadPoolExecutor(2) as threads:
                old, new = threads.map(_read, self._paths, self._sniffed)
            first = self._load("old", 0, old)
            self._read = first, self._load("new", 1, new)
        return self._read

    def _load(self, name: str, side: int, draft: ReadTable) -> LoadedTable:
        with _naming(self._paths[side]):
            return load_table(self._connection, draft, name)


def _sniff(
    side: tuple[TablePath, LayoutHints], labels: Sequence[str], like: Sequence[str] = ()
) -> SniffedFile:
    path = side[0].path
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    with _naming(path):
        sniffed = sniff_file(path.resolve(), side[1], labels, like)
    return replace(sniffed, unread=()) if side[0].paired else sniffed


def _read(path: Path, sniffed: SniffedFile) -> ReadTable:
    with _naming(path):
        return read_table(sniffed)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the path of a file, as the user gave it, before what is wrong with it."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _engine_error(
    sides: tuple[TablePath, TablePath],
    sniffed: tuple[SniffedFile, SniffedFile],
    error: duckdb.Error,
) -> UsageError:
    """The error where the engine stopped: a Parquet file is only read during the comparison."""
    for side, file in zip(sides, sniffed, strict=True):
        if file.table is None and (why := find_damage(file.path)):
            return UsageError(f"{side.path}: the file cannot be read as parquet: {why}")
    message = str(error).splitlines()[0] if str(error) else type(error).__name__
    files = " and ".join(str(side.path) for side in sides)
    return UsageError(f"the engine cannot compare {files}: {message}")


def _layout_hints(side: TablePath) -> LayoutHints:
    delimiter = SPOKEN.get(side.delimiter.lower(), side.delimiter)
    if len(delimiter) > 1:
        raise UsageError(f'the delimiter "{delimiter}" is more than one character')
    return LayoutHints(
        side.sheet, side.header_row, delimiter, side.encoding, _describe(side), side.property
    )


def _declared_marks(hints: LayoutHints) -> dict[str, tuple[str, ...]]:
    """The marks by which a descriptor says that values are withheld, by field."""
    fields = hints.resource.schema.fields if hints.resource else ()
    marks = {
        field.name: tuple(m.value for m in field.missing_values if m.kind is MissingKind.WITHHELD)
        for field in fields
    }
    return {name: values for name, values in marks.items() if values}


def _identifiers(side: TablePath) -> tuple[str, ...]:
    """The fields that the privacy policy in a table's descriptor calls identifiers."""
    if side.descriptor is None:
        return ()
    from plainrecord.io import load  # slow to import, and most tables have no descriptor

    document, _ = load.load_descriptor(side.descriptor)
    return tuple(map(str, items_in(document, "plainrecord", "privacy", "identifiers")))


def _describe(side: TablePath) -> Resource | None:
    """The table as its descriptor describes it, with what was said beside it on top."""
    if side.descriptor is None:
        return None
    from plainrecord.descriptors import package
    from plainrecord.io import load  # slow to import, and most tables have no descriptor

    document, findings = load.load_descriptor(side.descriptor)
    if findings or not isinstance(document, dict):
        message = findings[0].found if findings else "it is not a mapping"
        raise UsageError(f"{side.descriptor}: {message}")
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
    if side.property:
        dialect = replace(dialect, property=side.property)
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
