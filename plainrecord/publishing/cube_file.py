"""The file of the explorer: combinations and their counts as Parquet that a browser reads."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from plainrecord.model.explorer import YEAR_SIGNS, FilePart

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


def list_parts(path: Path) -> tuple[FilePart, ...]:
    """The groups of rows of a written file, and the description of the file that follows them."""
    import pyarrow.parquet as pq  # slow to import

    found = pq.read_metadata(path)
    content = path.read_bytes()
    groups = [found.row_group(number) for number in range(found.num_row_groups)]
    columns = [[group.column(n) for n in range(group.num_columns)] for group in groups]
    starts = [min(c.dictionary_page_offset or c.data_page_offset for c in own) for own in columns]
    ends = starts[-1] + sum(column.total_compressed_size for column in columns[-1])
    return tuple(
        FilePart(start=start, bytes=end - start, sha256=sha256(content[start:end]).hexdigest())
        for start, end in pairwise([*starts, ends, len(content)])
    )
