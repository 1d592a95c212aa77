"""JSON: a list with one object for each row, absent values as null."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from plainrecord.core import paths
from plainrecord.core.plurals import count_noun
from plainrecord.model.packages import Field
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
from plainrecord.receipts.cell_text import json_columns, text_value
from plainrecord.receipts.engine import (
    ENGINE_ROWS,
    characters_at_once,
    columns_of,
    identifier,
    literal,
)

ROWS = 250_000
BLOCK = 50_000_000
"""Characters in the rows that the engine writes as JSON at once: it needs ten times their memory."""


class Json(DownloadFormat):
    suffix = "json"
    title = "JSON"
    media_type = paths.media_type("table.json")
    note = "one object for each row"
    place = 3

    def unfit(self, export: ExportedTable) -> str:
        if export.table.rows > ROWS:
            rows = count_noun(export.table.rows, "row")
            return f"No JSON file: {rows} are too many to read in one piece."
        if _characters_at_once(export) > BLOCK:
            return f"No JSON file: texts of up to {max(export.longest):,} characters are too long for it."
        return ""

    def write(self, export: ExportedTable, path: Path) -> None:
        table = export.table
        endless = _endless(export.connection, table.relation, table.fields)
        query = f"SELECT {json_columns(table.fields, endless)} FROM {table.relation}"
        copy_query(export.connection, query, path, "FORMAT json, ARRAY true")
        kinds = columns_of(export.connection, table.relation)
        decimals = [name for name, kind in kinds.items() if kind.startswith("DECIMAL")]
        if decimals := [name for name in decimals if not kinds[name].endswith(",0)")]:
            _shorten(path, decimals)

    def compare(self, file: Path, twin: ParquetTwin) -> Comparison:
        path = literal(str(file))
        endless = _endless(twin.connection, twin.source, twin.fields)
        shown = f"(SELECT {json_columns(twin.fields, endless)} FROM {twin.source})"
        names = [identifier(name) for name in names_of(twin.connection, f"FROM {shown}")]
        declared = ", ".join(f"{name}: 'JSON'" for name in names)
        text = (
            f"read_json({path}, columns = {{{declared}}}, format = 'array', compression = 'none', "
            f"maximum_object_size = {LONGEST_LINE})"
        )
        kinds = columns_of(twin.connection, twin.source)
        exact = [field.name for field in twin.fields if kinds[field.name].startswith("DECIMAL")]
        # The engine reads a number of JSON as a double: decimals are compared as such, then digit by digit.
        doubles = {identifier(name) for name in exact}
        left, right = [], []
        for name in names:
            double = f"TRY_CAST(CAST({name} AS VARCHAR) AS DOUBLE)" if name in doubles else "NULL"
            left.append(f"coalesce(CAST({double} AS VARCHAR), CAST({name} AS VARCHAR), 'null')")
            right.append(
                f"coalesce(CAST({double} AS VARCHAR), CAST(to_json({name}) AS VARCHAR), 'null')"
            )
        counted = compare_relations(twin.connection, (left, text), (right, shown))
        if not exact or counted["differing"]:
            return counted
        return counted | _count_decimals(twin.connection, file, twin.source, exact)


def _shorten(path: Path, names: Sequence[str]) -> None:
    """Write decimals as in the CSV: the engine gives all of a column the same number of digits."""
    # Within a text a quote is escaped, so that these are keys alone.
    keys = b"|".join(re.escape(json.dumps(name, ensure_ascii=False).encode()) for name in names)
    number = re.compile(rb"([{,](?:%s):-?[0-9]+(?:\.[0-9]*[1-9])?)\.?0+(?=[,}])" % keys)
    longer = path.with_suffix(".padded")
    path.replace(longer)
    with longer.open("rb") as lines, path.open("wb") as out:
        while block := b"".join(lines.readlines(BLOCK // 50)):
            out.write(number.sub(rb"\1", block))
    longer.unlink()


def _characters_at_once(export: ExportedTable) -> int:
    """The most characters in rows that the engine takes at once; at least as many where they fit."""
    table = export.table
    most = min(table.rows, ENGINE_ROWS) * sum(export.longest)
    if most <= BLOCK:
        return most
    texts = [text_value(field) for field in table.fields]
    return characters_at_once(export.connection, table.relation, texts)


def _endless(
    connection: duckdb.DuckDBPyConnection, source: str, fields: Sequence[Field]
) -> set[str]:
    """The number fields that hold NaN or infinity, which JSON has no number for."""
    names = [field.name for field in fields if field.type == "number"]
    if not names:
        return set()
    parts = ", ".join(
        f"count_if(NOT isfinite(CAST({identifier(name)} AS DOUBLE)))" for name in names
    )
    counts = connection.execute(f"SELECT {parts} FROM {source}").fetchone() or ()
    return {name for name, count in zip(names, counts, strict=True) if count}


def _count_decimals(
    connection: duckdb.DuckDBPyConnection, other: Path, source: str, names: Sequence[str]
) -> Comparison:
    """How many rows of the JSON file differ in a digit of a decimal, and the first one."""
    rows = json.loads(other.read_bytes(), parse_float=Decimal)
    listed = ", ".join(map(identifier, names))
    result = connection.execute(f"SELECT {listed} FROM {source}")
    differing = first = 0
    for number, row in enumerate(rows, 1):
        expected = result.fetchone()
        values = tuple(row.get(name) for name in names)
        if values != expected or any(isinstance(value, bool) for value in values):
            differing += 1
            first = first or number
    return {"differing": differing, "first": first}


FORMAT = Json()
