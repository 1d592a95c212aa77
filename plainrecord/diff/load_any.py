"""Load the table of any file, described or not, as exact text into a relation of the engine.

Nothing is checked or converted. An empty cell is null. Blank rows and blank columns without a label
are omitted; each omission is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from plainrecord.core import arrow_compute as pc
from plainrecord.diff import sniff
from plainrecord.diff.sniff_file import SniffedFile, as_usage_error
from plainrecord.findings.finding import Finding
from plainrecord.readers.batches import RawTable, integers_of, labels_of, mask_array, source_error
from plainrecord.readers.column_bytes import blank_rows, has_empty
from plainrecord.readers.open import open_table, read_ahead
from plainrecord.readers.workbooks import KINDS
from plainrecord.receipts.engine import columns_of, identifier, literal

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A table as text: `relation` for FROM, its columns by label, and notes.

    `unread` says which values were omitted; `beside` has the content around the rows.
    """

    relation: str
    labels: tuple[str, ...]
    rows: int
    notes: tuple[str, ...]
    unread: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table that was read but is not in the engine yet; a Parquet file stays where it is."""

    path: Path
    given: tuple[str, ...]
    rows: RowBuffer | None
    notes: tuple[str, ...]
    remarks: Callable[[], Iterable[Finding]] = lambda: ()


def read_table(sniffed: SniffedFile) -> ReadTable:
    """Read the table of a sniffed file if it fits into memory; UsageError otherwise."""
    if sniffed.table is None:
        return ReadTable(sniffed.path, (), None, ())
    with as_usage_error():
        stock = buffer_rows(sniffed.table, sniffed.labels)
        return ReadTable(sniffed.path, sniffed.given, stock, sniffed.notes, sniffed.table.remarks)


def load_table(connection: duckdb.DuckDBPyConnection, draft: ReadTable, name: str) -> LoadedTable:
    """Read the rest of a table and load it as a relation called `name`."""
    with as_usage_error():
        if draft.rows is None:
            return _take_parquet(connection, draft.path, name)
        notes, unread, beside = list(draft.notes), list[str](), list[tuple[str, str]]()
        relation = spill(connection, draft.rows, name)
        if draft.rows.blank:
            spaced = f", {draft.rows.spaced:,} {WITH_SPACES}" if draft.rows.spaced else ""
            notes.append(f"{_many(draft.rows.blank, 'blank row')} left out{spaced}")
            beside.append(("blank rows", f"{draft.rows.blank:,}"))
        if draft.rows.wide:
            wide = _many(draft.rows.wide, "row")
            notes.append(f"{wide} with more cells than the header; the extra cells were not read")
            unread.append(f"the cells beyond the header's width in {wide}")
        for remark in draft.remarks():
            if remark.rule != "workbook-rest":  # every sheet has its own partner
                notes.append(remark.found)
            if remark.rule == "formula-unstored":
                unread.append(f"the values of {_many(remark.count, 'formula')}")
        labels = draft.rows.labels
        empty = _find_blank(connection, draft.given, relation, labels, notes)
        used = tuple(label for label in labels if label not in empty)
        if empty:
            beside.append(("columns without a label and a value", f"{len(empty):,}"))
            relation = f"(SELECT {', '.join(map(identifier, used))} FROM {relation})"
        again = _count_headers(connection, relation, labels)
        if again:
            times = "once" if again == 1 else f"{again:,} times"
            notes.append(f"the header is repeated {times} among the rows")
        return LoadedTable(
            relation, used, draft.rows.rows, tuple(notes), tuple(unread), tuple(beside)
        )


def locate_cells(sniffed: SniffedFile, table: LoadedTable) -> tuple[Sequence[str], Sequence[int]]:
    """The cells of the table's header row as the file has them, and the file's numbers of its rows.

    The rows are empty where the file has no blank row among them: then they follow the header. Of a
    file that is neither delimited text nor a workbook both are empty.
    """
    resource, path = sniffed.resource, sniffed.path
    if resource is None or resource.format not in ("csv", *KINDS) or resource.data is not None:
        return (), ()
    dialect = resource.dialect
    heads = (
        sniff.heads_of(path).get(dialect.sheet_name, [])
        if resource.format in KINDS
        else sniff.head_of(path, resource.encoding, dialect.delimiter)
    )
    header = labels_of(heads, dialect) if dialect.header_rows[-1] <= len(heads) else ()
    rows: list[int] = []
    if any("blank row" in note for note in table.notes):
        for batch in open_table(resource, path).batches([None] * len(sniffed.labels)):
            cells = [batch.column(n + 2).to_pylist() for n in range(len(sniffed.labels))]
            filled = [any(map(str.strip, filter(None, row))) for row in zip(*cells, strict=True)]
            rows += compress(integers_of(batch.column("row")).tolist(), filled)
    return header, rows if len(rows) == table.rows else ()


def _take_parquet(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> LoadedTable:
    """Parquet stays where it is: a view with its own types, the empty text taken as null."""
    import duckdb

    source = f"read_parquet({literal(str(path))})"
    try:
        types = columns_of(connection, source)
        columns = ", ".join(
            f"nullif({identifier(c)}, '') AS {identifier(c)}" if t == "VARCHAR" else identifier(c)
            for c, t in types.items()
        )
        relation = f"temp.main.{identifier(name)}"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS SELECT {columns} FROM {source}"
        )
        rows = int(connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])
    except duckdb.Error as error:
        raise source_error(f"the file cannot be read as parquet: {type(error).__name__}") from None
    return LoadedTable(relation, tuple(types), rows, ())


def _find_blank(
    connection: duckdb.DuckDBPyConnection,
    given: Sequence[str],
    relation: str,
    labels: Sequence[str],
    notes: list[str],
) -> frozenset[str]:
    """The unlabelled columns without a value."""
    bare = [name for label, name in zip(given, labels, strict=True) if not label.strip()]
    if not bare:
        return frozenset()
    counts = ", ".join(f"count({identifier(name)})" for name in bare)
    counted = connection.execute(f"SELECT {counts} FROM {relation}").fetchall()[0]
    empty = frozenset(name for name, count in zip(bare, counted, strict=True) if not count)
    if empty:
        notes.append(f"{_many(len(empty), 'column')} without a label and a value left out")
    if len(empty) < len(bare):
        notes.append(f"{_many(len(bare) - len(empty), 'column')} with values but no label")
    return empty


def _count_headers(
    connection: duckdb.DuckDBPyConnection, relation: str, labels: Sequence[str]
) -> int:
    """How many rows are the header once more. Most tables have none: the first column says so."""
    for columns in (labels[:1], labels):
        tests = " AND ".join(f"{identifier(name)} = {literal(name)}" for name in columns)
        query = f"SELECT count_if({tests or 'false'}) FROM {relation}"
        count = int(connection.execute(query).fetchall()[0][0] or 0)
        if not count:
            break
    return count


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


IN_MEMORY = 200_000_000
"""How many bytes of a table are kept in memory; a larger one goes into a table of the engine."""


WITH_SPACES = "with spaces in the cells"
"""In the note of blank rows: the check reads such a row as one of values."""


@dataclass(slots=True)
class RowBuffer:
    """Rows of text under their labels: those that are read, and those still to come.

    `rows` counts those read so far, `blank` the blank ones left out, `spaced` those of them with
    spaces, `wide` those with more cells than there are labels.
    """

    labels: tuple[str, ...]
    batches: list[pa.RecordBatch]
    coming: Iterator[pa.RecordBatch] | None
    rows: int = 0
    blank: int = 0
    spaced: int = 0
    wide: int = 0

    def clean(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The cells of a batch under the labels, empty ones null, without blank rows."""
        width = len(self.labels)
        self.wide += int((integers_of(batch.column("width")) > width).sum())
        columns = [_nullified(batch.column(number + 2)) for number in range(width)]
        made = pa.RecordBatch.from_arrays(columns, list(self.labels))
        blank = blank_rows(made, self.labels)
        kept = made
        if blank.any():
            kept = made.filter(mask_array(~blank))
            dropped = made.filter(mask_array(blank)).columns
            self.spaced += sum(map(any, zip(*(c.to_pylist() for c in dropped), strict=True)))
        self.blank += made.num_rows - kept.num_rows
        self.rows += kept.num_rows
        return kept


def buffer_rows(table: RawTable, labels: Sequence[str]) -> RowBuffer:
    """The rows of `table`, read as far as they fit into memory."""
    stock = RowBuffer(tuple(labels), [], None)
    given = table.batches([None] * len(labels))
    size = 0
    for batch in given:
        stock.batches.append(stock.clean(batch))
        size += stock.batches[-1].nbytes
        if size > IN_MEMORY:
            stock.coming = given
            break
    return stock


def spill(connection: duckdb.DuckDBPyConnection, stock: RowBuffer, name: str) -> str:
    """The relation, as in FROM, that `stock` becomes under `name`; all its rows are then read."""
    schema = pa.schema([(label, pa.string()) for label in stock.labels])
    stored = pa.Table.from_batches(stock.batches, schema)
    if stock.coming is None:
        connection.register(name, stored)
        return identifier(name)
    relation = f"temp.main.{identifier(name)}"
    for number, batch in enumerate(chain(stored.to_batches(), read_ahead(stock.coming))):
        cleaned = batch if batch.schema.equals(schema) else stock.clean(batch)
        connection.register("block", pa.Table.from_batches([cleaned]))
        if not number:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS FROM block LIMIT 0")
        connection.execute(f"INSERT INTO {relation} FROM block")
        connection.unregister("block")
    return relation


def _nullified(column: Any) -> Any:
    """Empty texts as null; most readers give them as null already."""
    return pc.if_else(pc.equal(column, ""), None, column) if has_empty(column) else column
