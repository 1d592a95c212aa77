"""Parquet: typed values, absent ones as null with their mark beside them where marks differ."""

from pathlib import Path

from plainrecord.core import paths
from plainrecord.publishing.download_format import DownloadFormat, ExportedTable, copy_query


class Parquet(DownloadFormat):
    """The format that receipts query, and that all others are compared with."""

    suffix = "parquet"
    title = "Parquet"
    media_type = paths.media_type("table.parquet")
    note = "typed, for DuckDB, pandas and R"
    place = 2

    def write(self, export: ExportedTable, path: Path) -> None:
        query = f"SELECT * FROM {export.table.relation}"
        copy_query(export.connection, query, path, "FORMAT parquet, COMPRESSION zstd")


FORMAT = Parquet()
