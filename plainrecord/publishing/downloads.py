"""Downloads: released tables as CSV, Parquet, JSON and XLSX, a descriptor, and one zip of all.

Every file is the same bytes for the same table: no clock, no threads' order, fixed zip times.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from plainrecord.core.paths import media_type, relative_link
from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json, restore_numerals, write_exact, write_numeral
from plainrecord.model.packages import Field, Package, ReleasedTable
from plainrecord.model.products import Distribution, Output
from plainrecord.publishing.descriptor import describe_package, write_readme
from plainrecord.publishing.workbooks import write_workbook
from plainrecord.publishing.zips import write_zip
from plainrecord.receipts.cell_text import json_columns, text_or_null, text_value
from plainrecord.receipts.engine import characters_at_once, identifier, literal

JSON_ROWS = 250_000
XLSX_ROWS = 200_000
JSON_BLOCK = 50_000_000
"""Characters in the rows that the engine writes as JSON at once: it needs ten times their memory."""
XLSX_TEXT = 32_767
XLSX_COLUMNS = 16_384
RECORD_PAGES = 200


@dataclass(frozen=True, slots=True)
class Exports:
    """A dataset's downloads, the outputs that hold them, and its Parquet file by resource.

    Each distribution stands at the place of its output.

    `left_out` says for a resource which format is not offered, and why.
    """

    distributions: tuple[Distribution, ...]
    outputs: tuple[Output, ...]
    parquet: Mapping[str, Path]
    left_out: tuple[tuple[str, str], ...] = ()


NOTHING = Exports((), (), {})


def export_tables(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    tables: Sequence[ReleasedTable],
    staging: Path,
    citation: str = "",
) -> Exports:
    """The tables of a dataset as files for download, made below `staging`.

    CSV holds every value as released, absent ones as their mark to the letter; Parquet and JSON
    hold them as null, with the mark in a companion column where marks must be told apart. JSON is
    made up to 250,000 rows where they are not too long, XLSX up to 200,000 where every text fits
    into a cell.
    """
    staging.mkdir(parents=True, exist_ok=True)
    made: list[tuple[Distribution, Path]] = []
    parquet: dict[str, Path] = {}
    left_out: list[tuple[str, str]] = []
    for table in tables:
        longest = _longest_texts(connection, table)
        texts = [text_value(field) for field in table.fields]
        at_once = characters_at_once(connection, table.relation, texts)
        for kind, note in _FORMATS.items():
            reason = _unfit(table, kind, longest, at_once)
            if reason:
                left_out.append((table.resource, reason))
                continue
            path = staging / f"{table.resource}.{kind}"
            if kind == "csv":
                write_csv(connection, table, path)
            elif kind == "parquet":
                query = f"SELECT * FROM {table.relation}"
                _copy(connection, query, path, "FORMAT parquet, COMPRESSION zstd")
                parquet[table.resource] = path
            elif kind == "json":
                columns = json_columns(table.fields, _endless(connection, table))
                query = f"SELECT {columns} FROM {table.relation}"
                _copy(connection, query, path, "FORMAT json, ARRAY true")
            else:
                write_workbook(connection, package, table, path, citation)
            title = f"{table.title} ({kind.upper() if kind != 'parquet' else 'Parquet'})"
            made.append((_distribution(package, path, title, table, note), path))
    return _gather(made, parquet, tuple(left_out))


def pack_downloads(
    package: Package,
    tables: Sequence[ReleasedTable],
    exported: Exports,
    staging: Path,
    citation: str = "",
) -> Exports:
    """`exported` with what describes it, a descriptor and one zip of all, made below `staging`.

    The texts of `package` go into both as they are: figures in them must be told by now.
    """
    staging.mkdir(parents=True, exist_ok=True)
    made = [
        (item, output.content)
        for item, output in zip(exported.distributions, exported.outputs, strict=True)
        if isinstance(output.content, Path)
    ]
    hashes = {path.name: item for item, path in made}
    descriptor = staging / "datapackage.json"
    document = describe_package(package, tables, hashes)
    descriptor.write_bytes((write_exact(document, indent=2) + "\n").encode())
    title = "Data package descriptor"
    note = "names, types and labels of every field"
    made.append((_distribution(package, descriptor, title, None, note), descriptor))
    bundle = staging / f"{package.name}.zip"
    readme = write_readme(package, tables, citation).encode()
    write_zip(bundle, {**{path.name: path for _, path in made}, "README.txt": readme})
    note = "every table with the descriptor and a README: licence, citation, caveats"
    made.append((_distribution(package, bundle, "Everything in one zip", None, note), bundle))
    return _gather(made, exported.parquet, exported.left_out)


def _gather(
    made: Sequence[tuple[Distribution, Path]],
    parquet: Mapping[str, Path],
    left_out: tuple[tuple[str, str], ...],
) -> Exports:
    return Exports(
        tuple(item for item, _ in made),
        tuple(Output(item.path, path) for item, path in made),
        parquet,
        left_out,
    )


_FORMATS = {
    "csv": "UTF-8, values exactly as released",
    "parquet": "typed, for DuckDB, pandas and R",
    "json": "one object for each row",
    "xlsx": "opens safely in a spreadsheet: text stays text",
}


def _unfit(table: ReleasedTable, kind: str, longest: Sequence[int], at_once: int) -> str:
    """Why a table is not offered in a format, for a reader; empty where it is.

    `longest` has the characters in the longest text of each field, `at_once` is how many there are
    in rows that the engine takes at once.
    """
    rows = count_noun(table.rows, "row")
    if kind == "json" and table.rows > JSON_ROWS:
        return f"No JSON: {rows} are more than a program should read at once."
    if kind == "json" and at_once > JSON_BLOCK:
        return f"No JSON: texts of up to {max(longest):,} characters are too long for it."
    if kind != "xlsx":
        return ""
    if table.rows > XLSX_ROWS:
        return f"No XLSX: {rows} are more than a spreadsheet opens well."
    if len(table.fields) > XLSX_COLUMNS:
        return f"No XLSX: {len(table.fields):,} columns, and a worksheet has {XLSX_COLUMNS:,}."
    if max(longest, default=0) > XLSX_TEXT:
        text = f"a text has {max(longest):,} characters, and a cell holds {XLSX_TEXT:,}."
        return f"No XLSX: {text}"
    return ""


def _longest_texts(connection: duckdb.DuckDBPyConnection, table: ReleasedTable) -> list[int]:
    """The characters in the longest text of each field; one beyond U+FFFF counts as two.

    So a spreadsheet counts them. The engine counts short texts plainly, which takes less.
    """
    found = connection.execute(
        f"SELECT {', '.join(map(_longest, table.fields))} FROM {table.relation}"
    ).fetchone()
    return [length or 0 for length in found or ()]


def _longest(field: Field) -> str:
    text = text_value(field)
    if field.type not in ("string", "any", "object", "array"):
        return f"max(length({text}))"
    beyond = f"length(regexp_replace({text}, '[\\x{{0}}-\\x{{FFFF}}]', '', 'g'))"
    return f"max(length({text}) + CASE WHEN length({text}) > {XLSX_TEXT // 2} THEN {beyond} ELSE 0 END)"


def _endless(connection: duckdb.DuckDBPyConnection, table: ReleasedTable) -> set[str]:
    """The number fields that hold NaN or infinity, which JSON has no number for."""
    names = [field.name for field in table.fields if field.type == "number"]
    if not names:
        return set()
    parts = ", ".join(
        f"count_if(NOT isfinite(CAST({identifier(name)} AS DOUBLE)))" for name in names
    )
    counts = connection.execute(f"SELECT {parts} FROM {table.relation}").fetchone() or ()
    return {name for name, count in zip(names, counts, strict=True) if count}


def write_csv(connection: duckdb.DuckDBPyConnection, table: ReleasedTable, path: Path) -> None:
    """Write a released table as CSV: every value as released, absent ones as their mark."""
    _copy(connection, _csv_query(table), path, "FORMAT csv, HEADER true, DELIMITER ','")


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path, options: str) -> None:
    connection.execute(f"COPY ({query}) TO {literal(str(path))} ({options})")


def _csv_query(table: ReleasedTable) -> str:
    # An empty text would be written as "" in quotes; a null is written as nothing at all, which
    # in a table of one column would be an empty line.
    single = len(table.fields) == 1
    columns = ", ".join(
        f"{text_value(field) if single else text_or_null(field)} AS {identifier(field.name)}"
        for field in table.fields
    )
    return f"SELECT {columns} FROM {table.relation}"


def _distribution(
    package: Package, path: Path, title: str, table: ReleasedTable | None, note: str
) -> Distribution:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    kind = "JSON descriptor" if path.name == "datapackage.json" else path.suffix[1:].upper()
    return Distribution(
        title=title,
        path=f"{package.home}/downloads/{path.name}",
        format="Parquet" if kind == "PARQUET" else kind,
        media_type=media_type(path.name),
        bytes=path.stat().st_size,
        sha256=digest,
        resource=table.resource if table else "",
        rows=table.rows if table else None,
        note=note,
    )


def write_records_pages(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    tables: Sequence[ReleasedTable],
) -> tuple[Output, ...]:
    """The records of the last quarters as JSON pages, by the dataset's `api` settings.

    Quarters are calendar quarters counted back from the newest released date. Each alias address
    holds the first page too, with and without `.json`.
    """
    settings = package.api
    table = next((t for t in tables if settings and t.resource == settings.resource), None)
    if settings is None or table is None:
        return ()
    field = next((f for f in table.fields if f.name == settings.date_field), None)
    if field is None or field.type not in ("date", "datetime"):
        return ()
    name = identifier(field.name)
    bounds = connection.execute(
        f"SELECT date_trunc('quarter', max({name})) - INTERVAL {3 * (settings.quarters - 1)} MONTH, "
        f"max({name}), count(*) FROM {table.relation}"
    ).fetchone()
    if bounds is None or bounds[0] is None:
        return ()
    start, end = str(bounds[0])[:10], str(bounds[1])[:10]
    where = f"{name} >= {literal(start)}::DATE"
    count = connection.execute(f"SELECT count(*) FROM {table.relation} WHERE {where}").fetchone()
    total = int(count[0]) if count else 0
    size = max(settings.page_size, -(-total // RECORD_PAGES))
    pages = max(1, -(-total // size))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE record_page AS SELECT {json_columns(table.fields, set())}, "
        f'row_number() OVER () AS "page row" FROM {table.relation} WHERE {where}'
    )
    base = f"api/v1/datasets/{package.name}/records/{table.resource}"
    outputs: list[Output] = []
    for page in range(1, pages + 1):
        rows = connection.execute(
            f'SELECT * EXCLUDE ("page row") FROM record_page WHERE "page row" > {(page - 1) * size} '
            f'AND "page row" <= {page * size} ORDER BY "page row"'
        )
        names = [column[0] for column in rows.description]
        records: list[Json] = [
            dict(zip(names, map(_json_cell, row), strict=True)) for row in rows.fetchall()
        ]
        document: dict[str, Json] = {
            "dataset": package.name,
            "resource": table.resource,
            **({"synthetic": package.synthetic} if package.synthetic else {}),
            "from": start,
            "to": end,
            "total": total,
            "page": page,
            "pages": pages,
        }
        places = [f"{base}/{page}.json"]
        if page == 1:
            for alias in settings.aliases:
                places += [alias, f"{alias}.json"]
        for place in places:
            following = f"{base}/{page + 1}.json"
            next_page = relative_link(place, following) if page < pages else None
            whole = document | {"next": next_page, "records": records}
            outputs.append(Output(place, _serialise_compact(whole)))
    connection.execute("DROP TABLE record_page")
    return tuple(outputs)


def _json_cell(value: Json | Decimal) -> Json:
    if isinstance(value, Decimal):
        return write_numeral(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return value


def _serialise_compact(document: Mapping[str, Json]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return (restore_numerals(text) + "\n").encode()
