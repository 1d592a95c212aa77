"""The file of the explorer: combinations and their counts as Parquet that a browser reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def write_cube(rows: pa.Table, path: Path) -> None:
    """Write rows as one group, dictionaries and Zstandard: the same rows, the same bytes."""
    import pyarrow.parquet as pq  # slow to import

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        rows.replace_schema_metadata(None),
        path,
        row_group_size=max(1, rows.num_rows),
        compression="zstd",
        compression_level=19,
        write_statistics=False,
        store_schema=False,
        data_page_version="1.0",
    )
