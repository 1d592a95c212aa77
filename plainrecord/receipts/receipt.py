"""Write the receipt of a query: used by every package that computes a number."""

from collections.abc import Sequence

from plainrecord.model.counts import SUPPRESSED, CountTable
from plainrecord.model.evidence import Cell, PublishedTable, Receipt, ReceiptFile


def write_receipt(
    sql: str,
    read: Sequence[PublishedTable],
    rows: int,
    suppressed: int,
    threshold: int,
    *,
    dataset: str = "",
    release: str = "",
) -> Receipt:
    """The receipt of a query over published tables.

    `dataset` is the one whose tables the query names without it (that of the first table unless
    given); `rows` is what it returned; `release` is the day of the release.
    """
    files = tuple(
        ReceiptFile(e.path, e.sha256, e.table.rows, e.table.dataset, e.table.resource) for e in read
    )
    return Receipt(
        sql=sql.strip(),
        files=files,
        dataset=dataset or next((file.schema for file in files), ""),
        rows_returned=rows,
        suppressed=suppressed,
        threshold=threshold,
        release=release,
        doubts=tuple(
            dict.fromkeys(d for e in read for d in e.doubts if d.concerns(e.table.resource, sql))
        ),
    )


def prove_counts(
    name: str,
    title: str,
    unit: str,
    columns: tuple[str, ...],
    rows: tuple[tuple[Cell, ...], ...],
    sql: str,
    read: Sequence[PublishedTable],
    threshold: int,
    *,
    dataset: str = "",
    release: str = "",
) -> CountTable:
    """The table of counts `rows` with the receipt of its query, as `write_receipt` returns it."""
    suppressed = sum(row.count(SUPPRESSED) for row in rows)
    receipt = write_receipt(
        sql, read, len(rows), suppressed, threshold, dataset=dataset, release=release
    )
    return CountTable(name, title, unit, columns, rows, receipt)
