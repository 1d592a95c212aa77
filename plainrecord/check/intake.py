"""Reading the files of a resource through the sieve, and what is wrong with their layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from plainrecord.check.bench import Bench
from plainrecord.check.labels import match_labels
from plainrecord.check.sieve import Sieve
from plainrecord.model.checks import FileReading
from plainrecord.model.packages import Field, LocatedFile, Schema
from plainrecord.rules.findings import Finding
from plainrecord.tables.ahead import read_ahead
from plainrecord.tables.raw import READ_ERRORS, RawTable, Unreadable, reason
from plainrecord.tables.reader import open_table

MOST_COLUMNS = 10_000
"""More are a sign of a file that is no table, and more than an engine can hold."""

READ_AHEAD_BYTES = 1_000_000
"""Smaller files are read before a second thread would have started."""


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


def draft_schema(bench: Bench) -> Schema | None:
    """A schema that takes any value, from the header of a table that has none; None without one."""
    located = bench.files[0] if bench.files else None
    if located is None and bench.resource.data is None:
        return None
    try:
        opened = _open(bench, located)
    except Unreadable as error:
        place = located.shown if located else bench.package.descriptor_path
        bench.add(replace(error.finding, file=place))
        return None
    return None if opened.labels is None else Schema(tuple(map(Field, opened.labels)))


def _open(bench: Bench, located: LocatedFile | None) -> RawTable:
    """The table in a file, its header read; Unreadable where there are too many columns."""
    opened = open_table(bench.resource, located.path if located else None)
    if opened.labels is not None and len(opened.labels) > MOST_COLUMNS:
        raise Unreadable(
            "source-error",
            f"the header has {len(opened.labels):,} columns",
            f"at most {MOST_COLUMNS:,}",
            opened.header_row,
        )
    return opened


def _read_file(bench: Bench, file: int, located: LocatedFile | None) -> None:
    opened = _open(bench, located)
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
    sieve = Sieve(bench, file, places, constants, width)
    before = bench.rows
    try:
        batches = opened.batches(targets)
        if located is not None and located.bytes > READ_AHEAD_BYTES:
            batches = read_ahead(batches)
        for batch in batches:
            # A transaction for each block: rows that are not committed yet stay in memory. What a
            # broken file leaves behind is no matter, as its table is not used.
            bench.connection.execute("BEGIN")
            try:
                sieve.pass_block(batch)
            except BaseException:
                bench.connection.execute("ROLLBACK")
                raise
            bench.connection.execute("COMMIT")
    except READ_ERRORS as error:
        raise Unreadable("source-error", f"the file cannot be read: {reason(error)}") from None
    except duckdb.Error as error:
        said = f"the engine cannot take it: {reason(error)}"
        raise Unreadable("source-error", said) from None
    bench.readings.append(
        FileReading(
            shown=bench.shown[file],
            rows=bench.rows - before,
            reader=opened.reader(),
            bytes=located.bytes if located else None,
            sha256=located.sha256 if located else "",
            labels=labels or (),
        )
    )
    if sieve.blank:
        bench.add(
            Finding(
                "blank-row",
                "every cell of the row is empty",
                file=bench.shown[file],
                row=sieve.first_blank,
                count=sieve.blank,
                note="left out of the table",
            )
        )
    _widths(bench, file, places, width)


def _match(bench: Bench, file: int, opened: RawTable, wanted: Sequence[int]) -> dict[int, int]:
    """Which column each wanted field is read from; header findings on the way."""
    if opened.labels is None:
        return {number: place for place, number in enumerate(wanted)}
    schema, row = bench.resource.schema, opened.header_row
    places, found = match_labels(schema, opened.labels, wanted, bench.shown[file], row)
    for finding in found:
        bench.add(finding)
    bench.errors[-1] = bench.errors.get(-1, 0) + len(found)
    return places


def _widths(bench: Bench, file: int, places: Mapping[int, int], width: int) -> None:
    if not bench.ragged:
        return
    rows = f"SELECT file, row, NULL, width FROM temp.main.ragged WHERE file = {file}"
    bench.list_rows(
        "extra-cell",
        None,
        f"{rows} AND width > {width}",
        lambda got: f"{got} cells",
        f"{width} cells",
    )
    for number, place in places.items():
        query = f"{rows} AND width <= {place}"
        bench.list_rows("missing-cell", number, query, lambda got: f"{got} cells", f"{width} cells")
