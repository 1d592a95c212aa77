"""CSV: every value as released, an absent one as its mark to the letter."""

from pathlib import Path

import duckdb

from plainrecord.core import paths
from plainrecord.model.packages import ReleasedTable
from plainrecord.publishing.download_format import (
    LONGEST_LINE,
    Comparison,
    DownloadFormat,
    ExportedTable,
    ParquetTwin,
    compare_relations,
    copy_query,
    names_of,
)
from plainrecord.receipts.cell_text import text_or_null, text_value
from plainrecord.receipts.engine import identifier, literal


def write_csv(connection: duckdb.DuckDBPyConnection, table: ReleasedTable, path: Path) -> None:
    """Write a released table as CSV: every value as released, absent ones as their mark."""
    # An empty text would be written as "" in quotes; a null is written as nothing at all, which
    # in a table of one column would be an empty line.
    single = len(table.fields) == 1
    columns = ", ".join(
        f"{text_value(field) if single else text_or_null(field)} AS {identifier(field.name)}"
        for field in table.fields
    )
    query = f"SELECT {columns} FROM {table.relation}"
    copy_query(connection, query, path, "FORMAT csv, HEADER true, DELIMITER ','")


def copy_csv(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the rows of a query as CSV; in a single column, no value is an empty text in quotes."""
    names = names_of(connection, query)
    if len(names) == 1:  # a row of nothing at all would be an empty line
        name = identifier(names[0])
        query = f"SELECT coalesce(CAST({name} AS VARCHAR), '') AS {name} FROM ({query})"
    copy_query(connection, query, path, "FORMAT csv, HEADER true, DELIMITER ','")


class Csv(DownloadFormat):
    suffix = "csv"
    title = "CSV"
    media_type = paths.media_type("table.csv")
    note = "UTF-8, values exactly as released"
    place = 1

    def write(self, export: ExportedTable, path: Path) -> None:
        write_csv(export.connection, export.table, path)

    def compare(self, file: Path, twin: ParquetTwin) -> Comparison:
        names = [f"c{number}" for number in range(len(twin.fields))]
        declared = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        text = (
            f"read_csv({literal(str(file))}, columns = {{{declared}}}, header = false, auto_detect = false, "
            "delim = ',', quote = '\"', escape = '\"', nullstr = '', compression = 'none', "
            f"max_line_size = {LONGEST_LINE}, parallel = false)"
        )
        head = twin.connection.execute(f"SELECT * FROM {text} LIMIT 1").fetchone() or ()
        if list(head) != [field.name for field in twin.fields]:
            return {"refused": "its first line does not name the fields"}
        left = [f"coalesce({name}, '')" for name in names]
        right = [f"coalesce({text_value(field)}, '')" for field in twin.fields]
        return compare_relations(twin.connection, (left, f"{text} OFFSET 1"), (right, twin.source))


FORMAT = Csv()
