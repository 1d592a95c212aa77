"""Receipts: how a number on a page came to be, for every room that computes one."""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.engine import identifier, literal
from plainrecord.paths import absolute_url
from plainrecord.product import PublishedTable, Receipt, ReceiptFile


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
    """The receipt of a query over published tables, with a command that runs it in a terminal.

    `dataset` is the one whose tables the query names without it; `rows` is what it returned.
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
