"""Load a file as `plainrecord diff` loads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from plainrecord.diff.load_any import LoadedTable, load_table, read_table
from plainrecord.diff.sniff_file import LayoutHints, sniff_file


def load_file(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, labels: Sequence[str] = ()
) -> LoadedTable:
    """The table in `path` as a relation called `name`; `labels` help to find its header."""
    return load_table(connection, read_table(sniff_file(path, LayoutHints(), labels)), name)
