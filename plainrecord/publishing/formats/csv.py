"""CSV: every value as released, an absent one as its mark to the letter."""

from __future__ import annotations

from pathlib import Path

from plainrecord.core import paths
from plainrecord.publishing.download_format import (
    LONGEST_LINE,
    Comparison,
    DownloadFormat,
    ExportedTable,
    ParquetTwin,
    compare_relations,
    copy_query,
)
from plainrecord.receipts.cell_text import text_value
from plainrecord.receipts.engine import identifier, literal


class Csv(DownloadFormat):
    suffix = "csv"
    title = "CSV"
    media_type = paths.media_type("table.csv")
    note = "UTF-8, values exactly as released"
    place = 1

    def write(self, export: ExportedTable, path: Path) -> None:
        # An empty text would be written as "" in quotes; a null is written as nothing at all, which
        # in a table of one column would be an empty line.
        values = {field.name: text_value(field) for field in export.table.fields}
        if len(values) > 1:
            values = {name: f"nullif({value}, '')" for name, value in values.items()}
        columns = ", ".join(f"{value} AS {identifier(name)}" for name, value in values.items())
        query = f"SELECT {columns} FROM {export.table.relation}"
        copy_query(export.connection, query, path, "FORMAT csv, HEADER true, DELIMITER ','")

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
