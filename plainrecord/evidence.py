"""Evidence: the receipt that stands behind each number on a page."""

from __future__ import annotations

from dataclasses import dataclass


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
