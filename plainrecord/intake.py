"""Reading the files of a resource into raw rows of text, and what is wrong with their layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from plainrecord.bench import SPACES, Bench
from plainrecord.engine import literal
from plainrecord.findings import Finding
from plainrecord.labels import match_labels
from plainrecord.model import LocatedFile
from plainrecord.rawtable import READ_ERRORS, RawTable, Unreadable, reason
from plainrecord.tabular import open_table


def read_files(bench: Bench) -> bool:
    """Read every file of the resource; whether all could be read."""
    sources: list[LocatedFile | None] = list(bench.files)
    if not sources and bench.resource.data is not None:
        sources = [None]
    if not sources:
        bench.add(Finding("source-error", "no file of this table was found"))
        return False
    good = True
    for located in sources:
        bench.shown.append(located.shown if located else f"{bench.package.descriptor_path}")
        try:
            _read_file(bench, len(bench.shown) - 1, located)
        except Unreadable as error:
            bench.add(replace(error.finding, file=bench.shown[-1]))
            good = False
    return good


def _read_file(bench: Bench, file: int, located: LocatedFile | None) -> None:
    opened = open_table(bench.resource, located.path if located else None)
    constants = dict(located.source.values) if located else {}
    wanted = [n for n, f in enumerate(bench.fields) if f.name not in constants]
    places = _match(bench, file, opened, wanted)
    bench.places.append(places)
    labels = opened.labels
    by_place = {place: number for number, place in places.items()}
    width = len(labels) if labels is not None else len(wanted)
    targets = [
        bench.fields[by_place[place]] if place in by_place else None for place in range(width)
    ]
    blank = 0
    blank_rows: list[int] = []
    bench.connection.execute("BEGIN")
    try:
        for batch in opened.batches(targets):
            count = _insert(bench, file, batch, places, constants, width, blank_rows)
            blank += count
        bench.connection.execute("COMMIT")
    except Unreadable:
        bench.connection.execute("ROLLBACK")
        raise
    except READ_ERRORS as error:
        bench.connection.execute("ROLLBACK")
        raise Unreadable("source-error", f"the file cannot be read: {reason(error)}") from None
    if blank:
        note = "left out of the table"
        bench.add(
            Finding(
                "blank-row",
                "every cell of the row is empty",
                file=bench.shown[file],
                row=blank_rows[0],
                count=blank,
                note=note,
            )
        )
    _widths(bench, file, places, width)


def _insert(
    bench: Bench,
    file: int,
    batch: pa.RecordBatch,
    places: Mapping[int, int],
    constants: Mapping[str, str],
    width: int,
    blank_rows: list[int],
) -> int:
    have = batch.num_columns - 2
    bench.connection.register("incoming", pa.Table.from_batches([batch]))
    try:
        cells = []
        for number, declared in enumerate(bench.fields):
            if declared.name in constants:
                cells.append(literal(constants[declared.name]))
            elif number in places and places[number] < have:
                cells.append(f"c{places[number]}")
            else:
                cells.append("NULL")
        empty = " AND ".join(
            [f"(c{n} IS NULL OR trim(c{n}, {SPACES}) = '')" for n in range(have)]
            + [f"width <= {width}"]
        )
        listed = "".join(f", {cell}" for cell in cells)
        inserted = bench.connection.execute(
            f"INSERT INTO {bench.raw} SELECT {file}, row, width{listed} FROM incoming "
            f"WHERE NOT ({empty})"
        ).fetchall()
        blank = int(batch.num_rows) - int(inserted[0][0])
        if blank and not blank_rows:
            blank_rows.append(bench.number(f"SELECT min(row) FROM incoming WHERE {empty}"))
        return blank
    finally:
        bench.connection.unregister("incoming")


def _match(bench: Bench, file: int, opened: RawTable, wanted: Sequence[int]) -> dict[int, int]:
    """Which column each wanted field is read from; header findings on the way."""
    if opened.labels is None:
        return {number: place for place, number in enumerate(wanted)}
    schema, row = bench.resource.schema, opened.header_row
    places, found = match_labels(schema, opened.labels, wanted, bench.shown[file], row)
    for finding in found:
        bench.add(finding)
    return places


def _widths(bench: Bench, file: int, places: Mapping[int, int], width: int) -> None:
    here = f"_file = {file}"
    if not bench.number(f"SELECT count(*) FROM {bench.raw} WHERE {here} AND _width <> {width}"):
        return
    query = f"SELECT _file, _row, NULL, _width FROM {bench.raw} WHERE {here} AND _width > {width}"
    bench.list_rows("extra-cell", None, query, lambda got: f"{got} cells", f"{width} cells")
    for number, place in places.items():
        query = (
            f"SELECT _file, _row, NULL, _width FROM {bench.raw} WHERE {here} AND _width <= {place}"
        )
        bench.list_rows("missing-cell", number, query, lambda got: f"{got} cells", f"{width} cells")
