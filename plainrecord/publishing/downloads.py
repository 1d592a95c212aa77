"""Downloads: released tables as CSV, Parquet, JSON and XLSX, a descriptor, and one zip of all.

Every file is the same bytes for the same table: no clock, no threads' order, fixed zip times.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import duckdb

from plainrecord.core.paths import media_type, relative_link
from plainrecord.core.registry import load_modules
from plainrecord.core.strict_json import Json, restore_numerals, write_exact, write_numeral
from plainrecord.model.packages import Field, Package, ReleasedTable
from plainrecord.model.products import Distribution, Output
from plainrecord.publishing import formats
from plainrecord.publishing.descriptor import describe_package, write_readme
from plainrecord.publishing.download_format import DownloadFormat, ExportedTable
from plainrecord.publishing.formats.xlsx import LONGEST_CELL
from plainrecord.publishing.zips import write_zip
from plainrecord.receipts.cell_text import json_columns, text_value
from plainrecord.receipts.engine import identifier, literal

FORMATS: dict[str, DownloadFormat] = {
    kind.suffix: kind
    for kind in sorted((m.FORMAT for m in load_modules(formats)), key=lambda kind: kind.place)
}
"""Every format of downloads by its suffix, in the order in which they are listed."""
RECORD_PAGES = 200


@dataclass(frozen=True, slots=True)
class Exports:
    """Downloads and their outputs in one order, Parquet by resource, formats `left_out` and why."""

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
    """The tables as files for download in each of `FORMATS` that fits, made below `staging`."""
    staging.mkdir(parents=True, exist_ok=True)
    made: list[tuple[Distribution, Path]] = []
    parquet: dict[str, Path] = {}
    left_out: list[tuple[str, str]] = []
    for table in tables:
        lengths = connection.execute(
            f"SELECT {', '.join(map(_longest, table.fields))} FROM {table.relation}"
        ).fetchone()
        longest = [length or 0 for length in lengths or ()]
        export = ExportedTable(connection, package, table, citation, longest)
        for kind in FORMATS.values():
            if reason := kind.unfit(export):
                left_out.append((table.resource, reason))
                continue
            path = staging / f"{table.resource}.{kind.suffix}"
            kind.write(export, path)
            title = f"{table.title} ({kind.title})"
            item = _distribution(package, path, title, kind.title, kind.note, table)
            made.append((replace(item, media_type=kind.media_type), path))
        parquet[table.resource] = staging / f"{table.resource}.parquet"
    return _gather(made, parquet, tuple(left_out))


def pack_downloads(
    package: Package,
    tables: Sequence[ReleasedTable],
    exported: Exports,
    staging: Path,
    citation: str = "",
) -> Exports:
    """`exported` with what describes it, a descriptor and one zip of all, made below `staging`.

    The texts of `package` go into both as they are: their figures must be numbers by now.
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
    about = ("Data package descriptor", "JSON descriptor", "names, types and labels of every field")
    made.append((_distribution(package, descriptor, *about), descriptor))
    bundle = staging / f"{package.name}.zip"
    readme = write_readme(package, tables, citation).encode()
    write_zip(bundle, {**{path.name: path for _, path in made}, "README.txt": readme})
    note = "every table with the descriptor and a README: licence, citation, caveats"
    made.append((_distribution(package, bundle, "Everything in one zip", "ZIP", note), bundle))
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


def _longest(field: Field) -> str:
    text = text_value(field)
    if field.type not in ("string", "any", "object", "array"):
        return f"max(length({text}))"
    beyond = f"length(regexp_replace({text}, '[\\x{{0}}-\\x{{FFFF}}]', '', 'g'))"
    return f"max(length({text}) + CASE WHEN length({text}) > {LONGEST_CELL // 2} THEN {beyond} ELSE 0 END)"


def _distribution(
    package: Package,
    path: Path,
    title: str,
    style: str,
    note: str,
    table: ReleasedTable | None = None,
) -> Distribution:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Distribution(
        title=title,
        path=f"{package.home}/downloads/{path.name}",
        format=style,
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

    Quarters are calendar quarters counted back from the newest released date; where dates were
    generalised to quarters, the newest that occur. Each alias address holds the first page too,
    with and without `.json`.
    """
    settings = package.api
    table = next((t for t in tables if settings and t.resource == settings.resource), None)
    if settings is None or table is None:
        return ()
    field = next((f for f in table.fields if f.name == settings.date_field), None)
    if field is None or field.type not in ("date", "datetime", "string"):
        return ()
    name = identifier(field.name)
    by_quarter = field.type == "string"
    newest = f"date_trunc('quarter', max({name})) - INTERVAL {3 * (settings.quarters - 1)} MONTH"
    sql = f"SELECT {newest}, max({name}) FROM {table.relation}"
    if by_quarter:
        sql = (
            f"SELECT min(quarter), max(quarter) FROM (SELECT DISTINCT {name} AS quarter "
            f"FROM {table.relation} WHERE regexp_full_match({name}, '[0-9]{{4}}-Q[1-4]') "
            f"ORDER BY quarter DESC LIMIT {settings.quarters})"
        )
    bounds = connection.execute(sql).fetchone()
    if bounds is None or bounds[0] is None:
        return ()
    start, end = str(bounds[0])[:10], str(bounds[1])[:10]
    where = f"{name} >= {literal(start)}{'' if by_quarter else '::DATE'}"
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
        for position in places:
            following = f"{base}/{page + 1}.json"
            next_page = relative_link(position, following) if page < pages else None
            whole = document | {"next": next_page, "records": records}
            text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
            outputs.append(Output(position, (restore_numerals(text) + "\n").encode()))
    connection.execute("DROP TABLE record_page")
    return tuple(outputs)


def _json_cell(value: Json | Decimal) -> Json:
    if isinstance(value, Decimal):
        return write_numeral(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return value
