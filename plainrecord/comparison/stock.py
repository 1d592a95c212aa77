"""The rows of a file on their way into the engine: a small table stays in memory as it was read.

Empty cells become null, and blank rows are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from plainrecord.readers.batches import RawTable, integers_of, mask_array, text_scalar
from plainrecord.readers.column_bytes import blank_rows, has_empty
from plainrecord.readers.open import ReadAhead
from plainrecord.receipts.engine import identifier

if TYPE_CHECKING:
    import duckdb

IN_MEMORY = 200_000_000
"""How many bytes of a table are kept in memory; a larger one goes into a table of the engine."""


@dataclass(slots=True)
class Stock:
    """Rows of text under their labels: those that are read, and those still to come.

    `rows` counts those read so far, `blank` the blank ones left out, `wide` those with more cells
    than there are labels, `headers` those that are the header once more.
    """

    labels: tuple[str, ...]
    batches: list[pa.RecordBatch]
    coming: Iterator[pa.RecordBatch] | None
    rows: int = 0
    blank: int = 0
    wide: int = 0
    headers: int = 0

    def clean(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The cells of a batch under the labels, empty ones null, without blank rows."""
        width = len(self.labels)
        self.wide += int((integers_of(batch.column("width")) > width).sum())
        columns = [_nullified(batch.column(number + 2)) for number in range(width)]
        made = pa.RecordBatch.from_arrays(columns, list(self.labels))
        blank = blank_rows(made, self.labels)
        kept = made.filter(mask_array(~blank)) if blank.any() else made
        self.blank += made.num_rows - kept.num_rows
        self.rows += kept.num_rows
        alike = kept
        for number, label in enumerate(self.labels):
            if alike.num_rows:
                alike = alike.filter(pc.equal(alike.column(number), text_scalar(label)))
        self.headers += alike.num_rows
        return kept


def gather(table: RawTable, labels: Sequence[str]) -> Stock:
    """The rows of `table`, read as far as they fit into memory."""
    stock = Stock(tuple(labels), [], None)
    given = table.batches([None] * len(labels))
    size = 0
    for batch in given:
        stock.batches.append(stock.clean(batch))
        size += stock.batches[-1].nbytes
        if size > IN_MEMORY:
            stock.coming = given
            break
    return stock


def shelve(connection: duckdb.DuckDBPyConnection, stock: Stock, name: str) -> str:
    """The relation, as in FROM, that `stock` becomes under `name`; all its rows are then read."""
    schema = pa.schema([(label, pa.string()) for label in stock.labels])
    held = pa.Table.from_batches(stock.batches, schema)
    if stock.coming is None:
        connection.register(name, held)
        return identifier(name)
    place = f"temp.main.{identifier(name)}"
    for number, batch in enumerate(chain(held.to_batches(), ReadAhead(stock.coming))):
        cleaned = batch if batch.schema.equals(schema) else stock.clean(batch)
        connection.register("block", pa.Table.from_batches([cleaned]))
        if not number:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {place} AS FROM block LIMIT 0")
        connection.execute(f"INSERT INTO {place} FROM block")
        connection.unregister("block")
    return place


def _nullified(column: Any) -> Any:
    """Empty texts as null; most readers give them as null already."""
    return pc.if_else(pc.equal(column, ""), None, column) if has_empty(column) else column
