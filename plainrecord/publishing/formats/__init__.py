"""Formats of downloads, one module each: how a table is written, and compared with its Parquet file."""
