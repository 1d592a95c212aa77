"""Receipts: how a number came to be, so that anyone can run its query again.

Frozen values, and the one way to write a receipt for a query over published files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plainrecord.engine import identifier, literal
from plainrecord.model import ReleasedTable
from plainrecord.paths import absolute_url

Cell = None | bool | int | float | str
"""A value of a series: dates are ISO 8601 text, absent values None."""


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A published file that a query reads."""

    path: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a figure came to be: the query, the published files it reads, what came out.

    `command` is a line for a terminal that runs the query on the portal's own Parquet files.
    `suppressed` counts cells kept back because fewer rows than the threshold lie behind them.
    """

    sql: str
    files: tuple[ReceiptFile, ...]
    command: str
    rows_returned: int
    suppressed: int = 0
    threshold: int = 0


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A released table as its published Parquet file: the address and the hash receipts name."""

    table: ReleasedTable
    path: str
    sha256: str


def write_receipt(
    sql: str,
    read: Sequence[PublishedTable],
    base_url: str,
    rows: int,
    suppressed: int,
    threshold: int,
    *,
    dataset: str = "",
) -> Receipt:
    """The receipt of `sql` over the tables `read`.

    `dataset` is the one whose tables the query names without it.
    """
    views = []
    for entry in read:
        place = identifier(entry.table.resource)
        if dataset and entry.table.dataset != dataset:
            schema = identifier(entry.table.dataset)
            views.append(f"CREATE SCHEMA IF NOT EXISTS {schema};")
            place = f"{schema}.{place}"
        views.append(f"CREATE VIEW {place} AS FROM {literal(absolute_url(base_url, entry.path))};")
    # The query goes in as written: a comment ends at its line, and blanks in a text count.
    ending = "\n;" if "--" in sql else ";"
    script = " ".join([*views, sql.strip().rstrip(";") + ending])
    quoted = "'" + script.replace("'", "'\\''") + "'"
    return Receipt(
        sql=sql.strip(),
        files=tuple(ReceiptFile(e.path, e.sha256, e.table.rows) for e in read),
        command=f"duckdb -c {quoted}",
        rows_returned=rows,
        suppressed=suppressed,
        threshold=threshold,
    )
