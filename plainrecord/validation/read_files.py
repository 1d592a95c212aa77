"""Reading the files of a resource through the sieve, and what is wrong with their layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from plainrecord.findings.finding import Finding
from plainrecord.model.checks import FileReading
from plainrecord.model.packages import Field, LocatedFile, Schema
from plainrecord.readers.batches import (
    MOST_EXTRA,
    READ_ERRORS,
    RawTable,
    Unreadable,
    extra_cells,
    reason,
)
from plainrecord.readers.multi_file import lacks_header, part_findings
from plainrecord.readers.open import ReadAhead, open_table
from plainrecord.receipts.engine import MEMORY_WORDS
from plainrecord.validation.block_check import BlockCheck
from plainrecord.validation.header import match_labels
from plainrecord.validation.hidden_characters import HiddenCharacters
from plainrecord.validation.run_state import CheckRun
from plainrecord.validation.value_counts import SMALL, Block, ValueCounter

if TYPE_CHECKING:
    pass

MOST_COLUMNS = 10_000
"""More are a sign of a file that is no table, and more than an engine can hold."""

_LINES_HINT = (
    "The label goes over several lines: close the quote that opens it, or write in the schema what "
    "the header has."
)

_EXTRA_REMEDIES = {
    "xlsx": "Give the column a label in the header row, or clear the cells beyond the last label.",
    **dict.fromkeys(("json", "ndjson", "jsonl"), "Give each row as many values as the first one."),
}
"""What to do about cells too many where no separator can be the cause."""

READ_AHEAD_BYTES = 1_000_000
"""Smaller files are read before a second thread would have started."""


@dataclass
class LastRow:
    """The cells too many of the rows that were read so far, and characters that nobody sees."""

    hidden: HiddenCharacters = field(default_factory=HiddenCharacters)
    extra: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def observe(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch itself, once it was looked at."""
        if len(self.extra) < MOST_EXTRA:
            self.extra |= extra_cells(batch)
        self.hidden.look(batch)
        return batch


@dataclass(frozen=True)
class Reading:
    """A file whose blocks are being read, and what its header says.

    `places` tells from which column each field is read, `found` what is wrong with the labels. A
    file that is not `headed` lies as the first one does.
    """

    opened: RawTable
    headed: bool
    labels: tuple[str, ...] | None
    places: dict[int, int]
    found: tuple[Finding, ...]
    width: int
    blocks: Iterator[Block]
    last: LastRow
    census: ValueCounter


FirstFile = Reading | Unreadable | None
"""The first file of a table as it is being read, what is wrong with it, or None without one."""


def open_first_file(bench: CheckRun) -> FirstFile:
    """Open the first file of the resource and begin to read it; None where there is no file."""
    sources = _sources(bench)
    return _begin(bench, sources[0], None) if sources else None


def read_files(bench: CheckRun, begun: FirstFile) -> bool:
    """Read every file of the resource, the first one as `begun`; whether all could be read."""
    if begun is None:
        bench.add(Finding("source-error", "no file of this table was found"))
        return False
    sources = _sources(bench)
    good = True
    first: Reading | None = None
    for located, following in zip(sources, [*sources[1:], None], strict=True):
        reading = begun
        bench.shown.append(_shown(bench, located))
        if isinstance(reading, Reading):
            first = first or replace(reading, blocks=iter(()))
        if following is not None:  # it is read while this one is checked
            begun = _begin(bench, following, first)
        try:
            _take_in(bench, located, reading)
        except Unreadable as error:
            bench.add(replace(error.finding, file=bench.shown[-1]))
            good = False
    if len(bench.files) > 1:
        for finding in part_findings(bench.resource, bench.files):
            bench.add(finding)
    return good


def _sources(bench: CheckRun) -> list[LocatedFile | None]:
    """The files of the resource, None for data that stand in the descriptor."""
    return list(bench.files) or ([None] if bench.resource.data is not None else [])


def _shown(bench: CheckRun, located: LocatedFile | None) -> str:
    return located.shown if located else f"{bench.package.descriptor_path}"


def draft_schema(bench: CheckRun) -> Schema | None:
    """A schema that takes any value, from the header of a table that has none; None without one."""
    located = bench.files[0] if bench.files else None
    if located is None and bench.resource.data is None:
        return None
    try:
        opened = _open(bench, located)
    except Unreadable as error:
        bench.add(replace(error.finding, file=_shown(bench, located)))
        return None
    return None if opened.labels is None else Schema(tuple(map(Field, opened.labels)))


def _open(bench: CheckRun, located: LocatedFile | None) -> RawTable:
    """The table in a file, its header read; Unreadable where there are too many columns, or none."""
    opened = open_table(bench.resource, located.path if located else None)
    if opened.labels == ():
        where = f"the header in row {opened.header_row}" if opened.header_row else "the header"
        raise Unreadable("source-error", f"{where} is empty", "labels", opened.header_row)
    if opened.labels is not None and len(opened.labels) > MOST_COLUMNS:
        raise Unreadable(
            "source-error",
            f"the header has {len(opened.labels):,} columns",
            f"at most {MOST_COLUMNS:,}",
            opened.header_row,
        )
    return opened


def _begin(
    bench: CheckRun, located: LocatedFile | None, first: Reading | None
) -> Reading | Unreadable:
    """Open a file and begin to read it, or say why that cannot be."""
    resource = bench.resource
    try:
        opened, headed = _open(bench, located), True
        labels, known = opened.labels, first.labels if first else None
        if located and known and labels and lacks_header(resource, labels, known):
            dialect = replace(resource.dialect, header=False)
            opened, headed = open_table(replace(resource, dialect=dialect), located.path), False
    except Unreadable as error:
        return error
    constants = dict(located.source.values) if located else {}
    wanted = [n for n, f in enumerate(bench.fields) if f.name not in constants]
    if headed or first is None:
        places, found = _match(bench, _shown(bench, located), opened, wanted)
    else:
        labels, places, found = first.labels, first.places, []
    by_place = {place: number for number, place in places.items()}
    width = len(labels) if labels is not None else len(wanted)
    targets = [
        bench.fields[by_place[place]] if place in by_place else None for place in range(width)
    ]
    alike = first is not None and first.labels == labels
    last, census = LastRow(), ValueCounter(first.census if first is not None and alike else None)
    batches = map(last.observe, opened.batches(targets))
    blocks: Iterator[Block] = map(census.take, batches)
    if located is not None and located.bytes > READ_AHEAD_BYTES:
        blocks = ReadAhead(map(census.take, ReadAhead(batches)))
    return Reading(opened, headed, labels, places, tuple(found), width, blocks, last, census)


def _take_in(bench: CheckRun, located: LocatedFile | None, reading: Reading | Unreadable) -> None:
    """Pass the blocks of a file through the sieve; Unreadable where that cannot be."""
    file = len(bench.shown) - 1
    if isinstance(reading, Unreadable):
        bench.places.append({})
        raise reading
    _tell_aside(bench, reading.opened, reading.headed)
    for finding in reading.found:
        bench.add(finding)
    bench.errors[-1] = bench.errors.get(-1, 0) + len(reading.found)
    bench.places.append(reading.places)
    constants = dict(located.source.values) if located else {}
    sieve = BlockCheck(
        bench,
        file,
        reading.places,
        constants,
        reading.width,
        empty_lines=reading.opened.empty_lines,
    )
    before = bench.rows
    try:
        for block in reading.blocks:
            _pass_block(bench, sieve, block)
    except READ_ERRORS as error:
        raise Unreadable("source-error", f"the file cannot be read: {reason(error)}") from None
    except Exception as error:
        import duckdb  # a small table is checked without it

        if not isinstance(error, duckdb.Error):
            raise
        if isinstance(error, duckdb.OutOfMemoryException):
            raise Unreadable("memory-exceeded", MEMORY_WORDS) from None
        said = f"the engine cannot take it: {reason(error)}"
        raise Unreadable("source-error", said) from None
    bench.readings.append(
        FileReading(
            shown=bench.shown[file],
            rows=bench.rows - before,
            reader=reading.opened.reader(),
            bytes=located.bytes if located else None,
            sha256=located.sha256 if located else "",
            labels=reading.labels or (),
        )
    )
    labels = reading.labels or ()
    by_place = {place: bench.fields[number].name for number, place in reading.places.items()}
    names = [by_place.get(n, labels[n] if n < len(labels) else "") for n in range(reading.width)]
    for remark in (*reading.opened.remarks(), *reading.last.hidden.findings(names, labels)):
        bench.add(replace(remark, file=bench.shown[file]))
    for rows, rule, found, note in (
        (sieve.left_out, "blank-row", "the row is empty", "left out of the table"),
        (sieve.empty, "empty-record", "every cell of the row is empty", "counted as a record"),
    ):
        if rows.count:
            shown = bench.shown[file]
            bench.add(Finding(rule, found, file=shown, row=rows.first, count=rows.count, note=note))
    _widths(bench, file, reading)


def _pass_block(bench: CheckRun, sieve: BlockCheck, block: Block) -> None:
    """Pass a block in a transaction of its own: rows that are not committed yet stay in memory.

    A small one is not worth it. What a broken file leaves behind is no matter, as its table is not
    used.
    """
    before = bench.hashed, bench.made, bench.waiting
    bench.due = block.batch.num_rows > SMALL
    try:
        sieve.check_block(block)
        if bench.begun:
            bench.connection.execute("COMMIT")
    except BaseException:
        if bench.begun:
            bench.connection.execute("ROLLBACK")
            bench.doubted = bench.ragged = False  # their tables may be gone with it
            bench.hashed, bench.made, bench.waiting = before
        raise
    finally:
        bench.due = bench.begun = False


def _tell_aside(bench: CheckRun, opened: RawTable, headed: bool) -> None:
    """Warnings: a further file without a header, files of an archive that nobody reads."""
    place = bench.shown[-1]
    if not headed:
        text = "its first row has no labels of the table: it is read as data"
        bench.add(Finding("header-absent", text, file=place, row=1))
    if opened.passed_over:
        names = ", ".join(opened.passed_over[:5]) + (", …" if len(opened.passed_over) > 5 else "")
        bench.add(Finding("archive-rest", names, "one file, or `innerpath`", file=place))


def _match(
    bench: CheckRun, shown: str, opened: RawTable, wanted: Sequence[int]
) -> tuple[dict[int, int], list[Finding]]:
    """Which column each wanted field is read from, and what is wrong with the header."""
    if opened.labels is None:
        return {number: place for place, number in enumerate(wanted)}, []
    schema, row = bench.resource.schema, opened.header_row
    cased = bench.resource.dialect.descriptor.get("headerCase") is False  # frictionless's own key
    places, found = match_labels(schema, opened.labels, wanted, shown, row, ignore_case=cased)
    hint = _delimiter_hint(bench, opened.labels, wanted)
    return places, [
        replace(finding, remedy_given=_LINES_HINT if "\n" in finding.found else hint)
        for finding in found
    ]


def _delimiter_hint(bench: CheckRun, labels: Sequence[str], wanted: Sequence[int]) -> str:
    """What to declare where a header of one column holds what separates columns elsewhere."""
    sign = next((sign for sign in ";\t|," if len(labels) == 1 and sign in labels[0]), "")
    if not sign or len(wanted) < 2 or bench.resource.format.lower() not in {"csv", "tsv"}:
        return ""
    shown = "a tab" if sign == "\t" else f"`{sign}`"
    return f"Declare {shown} as `dialect.delimiter` if that is what separates the columns."


def _count_cells(count: object) -> str:
    return f"{count} cell{'' if count == 1 else 's'}"


def _widths(bench: CheckRun, file: int, reading: Reading) -> None:
    """Errors for rows with too many or too few cells."""
    if not bench.ragged:
        return
    places, width, labels = reading.places, reading.width, reading.labels or ()
    told = len(bench.findings)
    rows = f"SELECT file, row, NULL, width FROM temp.main.ragged WHERE file = {file}"
    bench.list_rows(
        "extra-cell",
        None,
        f"{rows} AND width > {width}",
        _count_cells,
        _count_cells(width),
        (width + 1, ""),
        lambda got: int(got) - width,
    )
    extra = reading.last.extra
    remedy = _EXTRA_REMEDIES.get(bench.resource.format.lower(), "")
    if bench.resource.data is not None and not isinstance(bench.resource.data, str):
        remedy = _EXTRA_REMEDIES["json"]
    for at in range(told, len(bench.findings)):
        finding = bench.findings[at]
        cells = extra.get(finding.row or 0, ())
        bench.findings[at] = replace(finding, cells=cells, remedy_given=remedy)
    known = set(places.values())
    for place in (n for n in range(width) if n not in known):
        query, label = f"{rows} AND width <= {place}", labels[place] if place < len(labels) else ""
        column = place + 1, label
        bench.list_rows("missing-cell", None, query, _count_cells, _count_cells(width), column)
    for number, place in places.items():
        query = f"{rows} AND width <= {place}"
        bench.list_rows("missing-cell", number, query, _count_cells, _count_cells(width))
