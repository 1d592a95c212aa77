"""Every labelled number in a published file, of whatever format: the channels of a leak.

`audit.leaks` decides whether a number is too much; pages and JSON are read in `audit.markup`.
"""

import csv
import io
import json
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from plainrecord.audit import markup
from plainrecord.audit.labels import (
    CellLabel,
    LabelledNumber,
    NumberPlace,
    Vocabulary,
    has_digit,
    read_row,
    scan_text,
)
from plainrecord.audit.tables import Key, UnreadableError

Read = TypeVar("Read")

MOST_MEMBER = 256_000_000
"""Bytes of one file in an archive; a longer one is not read."""

MOST_TEXT, MOST_JSON = 128_000_000, 32_000_000
"""Bytes of a file that is read as text, and of a JSON document, which needs twenty times its size."""

FREE_VALUES, VALUES_PER_BYTE = 2_000_000, 100
"""Values that a Parquet file may hold whatever its size, and for each of its bytes."""

PARQUET_ROWS = 10_000
"""Rows of a Parquet file that are held at once."""

MOST_DEPTH = 3
"""Archives inside archives."""

BROKEN_ZIP = (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError)
"""What reading an archive raises: damaged, encrypted, or packed by an unknown method."""

DATA = (".csv", ".tsv", ".json", ".parquet")
PACKED = (".parquet", ".zip", ".xlsx", ".ods", ".xls", ".png")


def read_file(
    path: str, content: bytes, vocabulary: Vocabulary, depth: int = 0
) -> Iterator[LabelledNumber]:
    """The labelled numbers in a file, by the ending of its name; of an archive, in all its files.

    UnreadableError, after the numbers that could be read, where it or a file in it cannot be.
    """
    ending = _ending(path)
    if ending in DATA and is_rows(path, vocabulary):
        return
    if len(content) > (MOST_JSON if ending == ".json" else MOST_TEXT) and ending not in PACKED:
        raise UnreadableError(path)
    yield from count_rows(path, content, vocabulary)
    read = _READERS.get(ending, _read_plain if path.endswith(".map") else None)
    if read is not None:
        yield from read(content, NumberPlace(vocabulary, path, depth=depth))


def _ending(path: str) -> str:
    return posixpath.splitext(path.lower())[1]


def is_rows(path: str, vocabulary: Vocabulary) -> bool:
    """Whether the file at `path` holds the rows of the release, which `audit.records` counts."""
    records = vocabulary.release.records
    return records is not None and bool(
        re.search(rf"(?:^|[/ ]){re.escape(str(records.get('resource')))}\.\w+$", path)
    )


def _read_plain(content: bytes, place: NumberPlace) -> Iterator[LabelledNumber]:
    lines = place.part("text")
    for line in content.decode("utf-8", "replace").splitlines():
        if len(line) < 100_000 and has_digit(line):
            yield from scan_text(line, lines)


def _read_json(content: bytes, place: NumberPlace) -> Iterator[LabelledNumber]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        yield from _read_plain(content, place)
    else:
        chart = isinstance(document, dict) and "/vega" in str(document.get("$schema"))
        scan = markup.scan_chart if chart else markup.scan_json
        yield from scan(document, place.part("JSON"))


def _read_csv(content: bytes, place: NumberPlace) -> Iterator[LabelledNumber]:
    try:
        text = content.decode("utf-8-sig", "replace")
        delimiter = "\t" if _ending(place.file) == ".tsv" else ","
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header, table = next(rows, []), place.part("CSV")
        for row in rows:
            yield from read_row(_name_cells(header, row), table)
    except csv.Error:
        yield from _read_plain(content, place)


def _name_cells(header: Sequence[str], row: Sequence[str]) -> list[tuple[str, object]]:
    """The cells of a row, each with the name of its column, "" beyond the header."""
    return [(header[at] if at < len(header) else "", cell) for at, cell in enumerate(row)]


def open_parquet(path: str, content: bytes) -> pq.ParquetFile:
    """A Parquet file; UnreadableError where few bytes repeat in very many values."""
    file = pq.ParquetFile(io.BytesIO(content))
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    values = sum(g.column(n).num_values for g in groups for n in range(g.num_columns))
    if values > max(FREE_VALUES, VALUES_PER_BYTE * len(content)):
        raise UnreadableError(path)
    return file


def _read_parquet(content: bytes, place: NumberPlace) -> Iterator[LabelledNumber]:
    rows = place.part("Parquet rows")
    try:
        file = open_parquet(place.file, content)
        for batch in file.iter_batches(PARQUET_ROWS):
            names = batch.schema.names
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield from read_row(list(zip(names, row, strict=True)), rows)
    except (pa.ArrowException, OSError):
        raise UnreadableError(place.file) from None
    for key, value in (file.schema_arrow.metadata or {}).items():
        if not key.startswith(b"ARROW:"):
            text = value.decode("utf-8", "replace")
            yield from markup.scan_value(text, place.part("Parquet metadata"))


def _read_workbook(content: bytes, place: NumberPlace) -> Iterator[LabelledNumber]:
    """The numbers in the sheets of a workbook, and in its properties and comments."""
    old = place.file.lower().endswith(".xls")
    try:
        if not old:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(member.file_size for member in archive.infolist()) > MOST_TEXT:
                    raise UnreadableError(place.file)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            yield from _read_sheet(rows, place.part(f"workbook, sheet {name}"))
    except (CalamineError, *BROKEN_ZIP):
        raise UnreadableError(place.file) from None
    if not old:
        yield from _read_zip(content, place, _BESIDE_SHEETS)


def _read_sheet(rows: Sequence[Sequence[object]], place: NumberPlace) -> Iterator[LabelledNumber]:
    header: list[str] = []
    for row in rows:
        texts = ["" if cell is None else str(cell) for cell in row]
        if not header and sum(bool(text) for text in texts) > 1:
            header = texts
            continue
        yield from read_row(_name_cells(header, texts), place)


def _read_png(content: bytes, place: NumberPlace) -> Iterator[LabelledNumber]:
    """The numbers in texts that a PNG file holds beside its picture: tEXt, zTXt and iTXt chunks."""
    at = 8
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4])
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, _, rest = data.partition(b"\0")
            parts = [keyword, *rest.split(b"\0")]
            packed = rest[1:] if kind == b"zTXt" else rest.split(b"\0", 3)[-1]
            with suppress(zlib.error):  # it may not be compressed
                parts.append(zlib.decompress(packed))
            text = ": ".join(part.decode("utf-8", "replace") for part in parts if part)
            yield from markup.scan_value(text, place.part("text in the picture's file"))
        at += 12 + size


_BESIDE_SHEETS = re.compile(r"docProps/|comment|drawing|customXml|meta\.xml")
_ALL = re.compile("")


def _read_zip(
    content: bytes, place: NumberPlace, named: re.Pattern[str] = _ALL
) -> Iterator[LabelledNumber]:
    """The numbers in each file of an archive whose name holds `named`."""
    read = partial(read_file, vocabulary=place.vocabulary, depth=place.depth + 1)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.comment:
                text = archive.comment.decode("utf-8", "replace")
                yield from scan_text(text, place.part("comment of the zip"))
            yield from read_members(archive, place.file, place.depth, read, named)
    except BROKEN_ZIP:
        raise UnreadableError(place.file) from None


_READERS: Mapping[str, Callable[[bytes, NumberPlace], Iterator[LabelledNumber]]] = {
    **dict.fromkeys(
        (".html", ".htm", ".xhtml", ".svg", ".xml", ".atom", ".rss", ".rels", ".vml"),
        markup.read_markup,
    ),
    ".json": _read_json,
    **dict.fromkeys((".csv", ".tsv"), _read_csv),
    ".parquet": _read_parquet,
    **dict.fromkeys((".xlsx", ".ods", ".xls"), _read_workbook),
    ".zip": _read_zip,
    ".png": _read_png,
    **dict.fromkeys((".md", ".txt", ".yaml", ".yml", ".js", ".sql", ".jsonl", ""), _read_plain),
}
"""How a file is read, by the ending of its name."""


def read_members(
    archive: zipfile.ZipFile,
    path: str,
    depth: int,
    read: Callable[[str, bytes], Iterator[Read]],
    named: re.Pattern[str] = _ALL,
) -> Iterator[Read]:
    """What `read` gives for each file in an archive at `path` whose name holds `named`.

    UnreadableError, after all others were read, where one of them cannot be, is longer than
    `MOST_MEMBER`, or lies in more than `MOST_DEPTH` archives.
    """
    if depth >= MOST_DEPTH:
        raise UnreadableError(path)
    unread: list[str] = []
    for member in archive.infolist():
        if not named.search(member.filename):
            continue
        name = f"{path}: {member.filename}"
        try:
            if member.file_size > MOST_MEMBER:
                raise UnreadableError(name)
            yield from read(name, archive.read(member))
        except UnreadableError as error:
            unread.append(str(error))
    if unread:
        raise UnreadableError(unread[0])


def count_rows(path: str, content: bytes, vocabulary: Vocabulary) -> list[LabelledNumber]:
    """For each hidden or rounded cell the data rows with its labels, where rows are not cells."""
    release = vocabulary.release
    stem = posixpath.splitext(posixpath.basename(path.split(": ")[-1]))[0]
    if stem in {table.resource for table in release.tables}:
        return []
    counts: Counter[Key] = Counter()
    for row in _rows(path, content):
        named = {
            dimension: (vocabulary.mean(CellLabel(str("" if value is None else value), name)))
            for name, value in row.items()
            if (dimension := vocabulary.dimension(name)) is not None
        }
        for dimensions in release.dimension_sets:
            if dimensions and all(named.get(name) for name in dimensions):
                counts[tuple(named[name][0] for name in sorted(dimensions))] += 1
    finest = max((len(key) for key in counts), default=0)
    if all(count == 1 for key, count in counts.items() if len(key) == finest):
        return []  # each row is a cell
    return [
        LabelledNumber(
            float(count),
            tuple(CellLabel(value, name) for name, value in key),
            path,
            "rows of the file",
            f"{count:,} rows with these values",
        )
        for key, count in sorted(counts.items())
        if key in release.number or release.rounding
    ]


def _rows(path: str, content: bytes) -> Iterator[Mapping[str, object]]:
    """The rows of a CSV or Parquet file, or of a JSON list of objects."""
    ending = _ending(path)
    try:
        if ending == ".csv":
            yield from csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace")))
        elif ending == ".parquet":
            for batch in open_parquet(path, content).iter_batches(PARQUET_ROWS):
                yield from batch.to_pylist()
        elif ending == ".json":
            listed = json.loads(content)
            yield from (row for row in listed if isinstance(listed, list) and isinstance(row, dict))
    except (csv.Error, pa.ArrowException, OSError, ValueError, RecursionError):
        return
