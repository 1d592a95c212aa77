"""Read the files of a resource block by block, and report what is wrong with their layout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

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
    source_error,
)
from plainrecord.readers.multi_file import lacks_header, part_findings
from plainrecord.readers.open import open_table, read_ahead
from plainrecord.receipts.engine import MEMORY_WORDS
from plainrecord.validation.block_check import BlockCheck
from plainrecord.validation.header import match_labels
from plainrecord.validation.hidden_characters import HiddenCharacters
from plainrecord.validation.run_state import CheckRun, RowViolation
from plainrecord.validation.value_counts import SMALL, CountedBatch, ValueCounter

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
"""What to do about extra cells where no delimiter can be the cause."""

READ_AHEAD_BYTES = 1_000_000
"""Smaller files are read before a second thread would have started."""


@dataclass
class RowObserver:
    """Collects the extra cells of the rows that were read, and hidden characters."""

    hidden: HiddenCharacters = field(default_factory=HiddenCharacters)
    extra: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def observe(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Collect from a batch, and return it."""
        if len(self.extra) < MOST_EXTRA:
            self.extra |= extra_cells(batch)
        self.hidden.count(batch)
        return batch


@dataclass(frozen=True)
class OpenFile:
    """A file whose blocks are being read.

    `columns` has the column of each field, `findings` what is wrong with the labels. A file that is
    not `headed` has the columns of the first one.
    """

    opened: RawTable
    headed: bool
    labels: tuple[str, ...] | None
    columns: dict[int, int]
    findings: tuple[Finding, ...]
    width: int
    blocks: Iterator[CountedBatch]
    observer: RowObserver
    counter: ValueCounter


FirstFile = OpenFile | Unreadable | None
"""The first file of a table while it is read, why it cannot be read, or None without a file."""


def open_first_file(run: CheckRun) -> FirstFile:
    """Open the first file of the resource and begin to read it; None where there is no file."""
    sources = _sources(run)
    return _begin(run, sources[0], None) if sources else None


def read_files(run: CheckRun, first_file: FirstFile) -> bool:
    """Check every file of the resource, and say whether all could be read."""
    if first_file is None:
        run.add(Finding("source-error", "no file of this table was found"))
        return False
    sources = _sources(run)
    all_read = True
    current: OpenFile | Unreadable = first_file
    first: OpenFile | None = None
    for located, following in zip(sources, [*sources[1:], None], strict=True):
        file = current
        run.file_names.append(_file_name(run, located))
        if isinstance(file, OpenFile):
            first = first or replace(file, blocks=iter(()))
        if following is not None:  # it is read while this one is checked
            current = _begin(run, following, first)
        try:
            if isinstance(file, Unreadable):
                run.columns_of_fields.append({})
                raise file
            _check_file(run, located, file)
        except Unreadable as error:
            run.add(replace(error.finding, file=run.file_names[-1]))
            all_read = False
    if len(run.files) > 1:
        for finding in part_findings(run.resource, run.files):
            run.add(finding)
    return all_read


def _sources(run: CheckRun) -> list[LocatedFile | None]:
    """The files of the resource, None for data in the descriptor itself."""
    return list(run.files) or ([None] if run.resource.data is not None else [])


def _file_name(run: CheckRun, located: LocatedFile | None) -> str:
    return located.shown if located else f"{run.package.descriptor_path}"


def draft_schema(run: CheckRun) -> Schema | None:
    """A schema that accepts any value, from the header of a table; None without a header."""
    located = run.files[0] if run.files else None
    if located is None and run.resource.data is None:
        return None
    try:
        opened = _open(run, located)
    except Unreadable as error:
        run.add(replace(error.finding, file=_file_name(run, located)))
        return None
    return None if opened.labels is None else Schema(tuple(map(Field, opened.labels)))


def _open(run: CheckRun, located: LocatedFile | None) -> RawTable:
    """The table in a file, its header read. Raises Unreadable for too many columns, or none."""
    opened = open_table(run.resource, located.path if located else None)
    if opened.labels == ():
        where = f"the header in row {opened.header_row}" if opened.header_row else "the header"
        raise source_error(f"{where} is empty", "labels", opened.header_row)
    if opened.labels is not None and len(opened.labels) > MOST_COLUMNS:
        found = f"the header has {len(opened.labels):,} columns"
        raise source_error(found, f"at most {MOST_COLUMNS:,}", opened.header_row)
    return opened


def _begin(
    run: CheckRun, located: LocatedFile | None, first: OpenFile | None
) -> OpenFile | Unreadable:
    """Open a file and begin to read it; the error where that cannot be, for its turn."""
    resource = run.resource
    try:
        opened, headed = _open(run, located), True
        labels, first_labels = opened.labels, first.labels if first else None
        if located and first_labels and labels and lacks_header(resource, labels, first_labels):
            dialect = replace(resource.dialect, header=False)
            opened, headed = open_table(replace(resource, dialect=dialect), located.path), False
    except Unreadable as error:
        return error
    constants = dict(located.source.values) if located else {}
    expected = [n for n, f in enumerate(run.fields) if f.name not in constants]
    if headed or first is None:
        columns, findings = _match(run, _file_name(run, located), opened, expected)
    else:
        labels, columns, findings = first.labels, first.columns, []
    width = len(labels) if labels is not None else len(expected)
    field_of_column = {column: run.fields[number] for number, column in columns.items()}
    like = first.counter if first is not None and first.labels == labels else None
    observer, counter = RowObserver(), ValueCounter(like)
    batches = map(observer.observe, opened.batches([*map(field_of_column.get, range(width))]))
    blocks: Iterator[CountedBatch] = map(counter.count, batches)
    if located is not None and located.bytes > READ_AHEAD_BYTES:
        blocks = read_ahead(map(counter.count, read_ahead(batches)))
    return OpenFile(
        opened=opened,
        headed=headed,
        labels=labels,
        columns=columns,
        findings=tuple(findings),
        width=width,
        blocks=blocks,
        observer=observer,
        counter=counter,
    )


def _check_file(run: CheckRun, located: LocatedFile | None, file: OpenFile) -> None:
    """Check the blocks of a file. Raises Unreadable where it cannot be read to its end."""
    number = len(run.file_names) - 1
    name, labels = run.file_names[number], file.labels or ()
    for finding in (*_opening_findings(file, name), *file.findings):
        run.add(finding)
    run.errors[-1] = run.errors.get(-1, 0) + len(file.findings)
    run.columns_of_fields.append(file.columns)
    constants = dict(located.source.values) if located else {}
    block_check = BlockCheck(
        run, number, file.columns, constants, file.width, empty_lines=file.opened.empty_lines
    )
    rows_before = run.rows
    try:
        for block in file.blocks:
            _check_block(run, block_check, block)
    except READ_ERRORS as error:
        raise source_error(f"the file cannot be read: {reason(error)}") from None
    except Exception as error:
        import duckdb  # a small table is checked without it

        if not isinstance(error, duckdb.Error):
            raise
        if isinstance(error, duckdb.OutOfMemoryException):
            raise Unreadable("memory-exceeded", MEMORY_WORDS) from None
        message = f"the engine cannot take it: {reason(error)}"
        raise source_error(message) from None
    run.readings.append(
        FileReading(
            shown=name,
            rows=run.rows - rows_before,
            reader=file.opened.reader(),
            bytes=located.bytes if located else None,
            sha256=located.sha256 if located else "",
            labels=labels,
        )
    )
    field_names = {column: run.fields[n].name for n, column in file.columns.items()}
    names = [field_names.get(n, labels[n] if n < len(labels) else "") for n in range(file.width)]
    for remark in (*file.opened.remarks(), *file.observer.hidden.findings(names, labels)):
        run.add(replace(remark, file=name))
    for rows, rule, text, note in (
        (block_check.empty_lines, "blank-row", "the row is empty", "left out of the table"),
        (
            block_check.empty_records,
            "empty-record",
            "every cell of the row is empty",
            "counted as a record",
        ),
    ):
        if rows.count:
            run.add(Finding(rule, text, file=name, row=rows.first, count=rows.count, note=note))
    if run.has_uneven:
        run.findings += _uneven_findings(run, number, file)


def _check_block(run: CheckRun, block_check: BlockCheck, block: CountedBatch) -> None:
    """Check a block in its own transaction (small ones in none): uncommitted rows use memory."""
    before = run.hashed, run.table_exists, run.pending_insert
    run.transaction_due = block.batch.num_rows > SMALL
    try:
        block_check.check(block)
        if run.transaction_open:
            run.connection.execute("COMMIT")
    except BaseException:
        if run.transaction_open:
            run.connection.execute("ROLLBACK")
            run.has_uncertain = run.has_uneven = False  # their tables may be gone with it
            run.hashed, run.table_exists, run.pending_insert = before
        raise
    finally:
        run.transaction_due = run.transaction_open = False


def _opening_findings(file: OpenFile, name: str) -> Iterator[Finding]:
    """Warnings for a further file without a header, and for files of an archive not read."""
    if not file.headed:
        text = "its first row has no labels of the table: it is read as data"
        yield Finding("header-absent", text, file=name, row=1)
    if others := file.opened.passed_over:
        names = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
        yield Finding("archive-rest", names, "one file, or `innerpath`", file=name)


def _match(
    run: CheckRun, file_name: str, opened: RawTable, expected: Sequence[int]
) -> tuple[dict[int, int], list[Finding]]:
    """The column of each expected field, and what is wrong with the header."""
    if opened.labels is None:
        return {number: column for column, number in enumerate(expected)}, []
    schema, row = run.resource.schema, opened.header_row
    ignore_case = run.resource.dialect.descriptor.get("headerCase") is False  # frictionless's key
    columns, findings = match_labels(
        schema, opened.labels, expected, file_name, row, ignore_case=ignore_case
    )
    hint = _delimiter_hint(run, opened.labels, expected)
    return columns, [
        replace(finding, remedy_given=_LINES_HINT if "\n" in finding.found else hint)
        for finding in findings
    ]


def _delimiter_hint(run: CheckRun, labels: Sequence[str], expected: Sequence[int]) -> str:
    """What to declare where a header of one column holds a likely delimiter."""
    sign = next((sign for sign in ";\t|," if len(labels) == 1 and sign in labels[0]), "")
    if not sign or len(expected) < 2 or run.resource.format.lower() not in {"csv", "tsv"}:
        return ""
    shown = "a tab" if sign == "\t" else f"`{sign}`"
    return f"Declare {shown} as `dialect.delimiter` if that is what separates the columns."


def _count_cells(count: object) -> str:
    return f"{count} cell{'' if count == 1 else 's'}"


def _uneven_findings(run: CheckRun, number: int, file: OpenFile) -> list[Finding]:
    """Errors for the rows of a file with too many or too few cells."""
    width, labels = file.width, file.labels or ()
    rows = f"SELECT file, row, NULL, width FROM temp.main.uneven WHERE file = {number}"
    too_many = RowViolation(
        "extra-cell",
        _count_cells(width),
        f"{rows} AND width > {width}",
        _count_cells,
        column=(width + 1, ""),
        times=lambda got: int(got) - width,
    )
    remedy = _EXTRA_REMEDIES.get(run.resource.format.lower(), "")
    if run.resource.data is not None and not isinstance(run.resource.data, str):
        remedy = _EXTRA_REMEDIES["json"]
    findings = [
        replace(finding, cells=file.observer.extra.get(finding.row or 0, ()), remedy_given=remedy)
        for finding in run.query_findings(too_many)
    ]
    unknown = (n for n in range(width) if n not in file.columns.values())
    missing: list[tuple[int, int | None]] = [(column, None) for column in unknown]
    missing += [(column, number) for number, column in file.columns.items()]
    for column, field_number in missing:
        label = labels[column] if column < len(labels) else ""
        violation = RowViolation(
            "missing-cell",
            _count_cells(width),
            f"{rows} AND width <= {column}",
            _count_cells,
            field=field_number,
            column=(column + 1, label) if field_number is None else None,
        )
        findings += run.query_findings(violation)
    return findings
