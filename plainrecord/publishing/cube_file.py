"""The file of the explorer: combinations and their counts as Parquet that a browser reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from plainrecord.model.explorer import YEAR_SIGNS

if TYPE_CHECKING:
    import pyarrow as pa


def write_cube(rows: pa.Table, path: Path, split_by: str = "") -> None:
    """Write rows with dictionaries and Zstandard: the same rows, the same bytes.

    There is one group of rows, or one for each year of the column `split_by`, whose first and last
    period the file then has: `rows` are in the order of years.
    """
    import pyarrow.compute as pc  # slow to import
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    groups = [rows.num_rows]
    if split_by:
        years = pc.utf8_slice_codeunits(rows.column(split_by), 0, YEAR_SIGNS)
        groups = [many for many in years.value_counts().field("counts").to_pylist() if many]
    rows = rows.replace_schema_metadata(None)
    with pq.ParquetWriter(
        path,
        rows.schema,
        compression="zstd",
        compression_level=19,
        write_statistics=[split_by] if split_by else False,
        store_schema=False,
        data_page_version="1.0",
    ) as writer:
        start = 0
        for length in groups:
            writer.write_table(rows.slice(start, length), row_group_size=max(1, length))
            start += length
