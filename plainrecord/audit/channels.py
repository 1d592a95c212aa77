"""Every labelled number in a published file, of whatever format: the channels of a leak.

`audit.leaks` decides whether a number is too much; pages are read in `audit.markup`.
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
from plainrecord.audit.labels import CellLabel, LabelledNumber, Vocabulary, read_row, scan_text
from plainrecord.audit.tables import Key, UnreadableError
from plainrecord.core.strict_json import Json
from plainrecord.core.word_lists import word_set

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

MARKUP = (".html", ".htm", ".xhtml", ".svg", ".xml", ".atom", ".rss", ".rels", ".vml")
PLAIN = (".md", ".txt", ".yaml", ".yml", ".js", ".sql", ".jsonl", "")
DATA = (".csv", ".tsv", ".json", ".parquet")
PACKED = (".parquet", ".zip", ".xlsx", ".ods", ".xls", ".png")
NOT_COUNTS = word_set(
    "rows_returned suppressed threshold bytes version level hidden width height size step "
    "column row stretch ground"
)
"""Keys of JSON documents whose numbers describe the document or a drawing, not a cell."""

EXPRESSIONS = frozenset(("calculate", "expr", "filter", "labelExpr", "signal", "test", "update"))
"""Keys of a chart (Vega, Vega-Lite) whose texts are code: it numbers labels to sort them."""

_LITERAL = re.compile(r"\"?(\w+)\"?\s*(?:=|IN\s*\()\s*'((?:[^']|'')*)'", re.IGNORECASE)


def read_file(
    path: str, content: bytes, vocabulary: Vocabulary, depth: int = 0
) -> Iterator[LabelledNumber]:
    """The labelled numbers in a file, by the ending of its name; of an archive, in all its files.

    UnreadableError, after the numbers that could be read, where it or a file in it cannot be.
    """
    ending = posixpath.splitext(path.lower())[1]
    if ending in DATA and is_rows(path, vocabulary):
        return
    if len(content) > (MOST_JSON if ending == ".json" else MOST_TEXT) and ending not in PACKED:
        raise UnreadableError(path)
    yield from count_rows(path, content, vocabulary)
    if ending in MARKUP:
        yield from markup.read_markup(path, content, vocabulary, scan_json)
    elif ending == ".json":
        try:
            document: Json = json.loads(content)
        except (ValueError, RecursionError):
            yield from _read_plain(path, content, vocabulary)
        else:
            chart = isinstance(document, dict) and "/vega" in str(document.get("$schema"))
            scan = _scan_chart if chart else scan_json
            yield from scan(document, vocabulary, path, "JSON")
    elif ending in (".csv", ".tsv"):
        yield from _read_csv(path, content, vocabulary, "\t" if ending == ".tsv" else ",")
    elif ending == ".parquet":
        yield from _read_parquet(path, content, vocabulary)
    elif ending in (".xlsx", ".ods", ".xls"):
        yield from _read_workbook(path, content, vocabulary)
        if ending != ".xls":
            yield from _read_zip(path, content, vocabulary, depth, inside_workbook=True)
    elif ending == ".zip":
        yield from _read_zip(path, content, vocabulary, depth)
    elif ending == ".png":
        for text in _png_texts(content):
            yield from _scan_value(text, vocabulary, path, "text in the picture's file")
    elif ending in PLAIN or path.endswith(".map"):
        yield from _read_plain(path, content, vocabulary)


def is_rows(path: str, vocabulary: Vocabulary) -> bool:
    """Whether the file at `path` holds the rows of the release, which `audit.records` counts."""
    records = vocabulary.release.records
    return records is not None and bool(
        re.search(rf"(?:^|[/ ]){re.escape(str(records.get('resource')))}\.\w+$", path)
    )


def _read_plain(path: str, content: bytes, vocabulary: Vocabulary) -> Iterator[LabelledNumber]:
    text = content.decode("utf-8", "replace")
    for line in text.splitlines():
        if len(line) < 100_000 and any(sign.isdigit() for sign in line):
            yield from scan_text(line, vocabulary, file=path, channel="text")


def _read_csv(
    path: str, content: bytes, vocabulary: Vocabulary, delimiter: str
) -> Iterator[LabelledNumber]:
    try:
        text = content.decode("utf-8-sig", "replace")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = next(rows, [])
        for row in rows:
            cells = [(header[at] if at < len(header) else "", cell) for at, cell in enumerate(row)]
            yield from read_row(cells, vocabulary, file=path, channel="CSV")
    except csv.Error:
        yield from _read_plain(path, content, vocabulary)


def open_parquet(path: str, content: bytes) -> pq.ParquetFile:
    """A Parquet file; UnreadableError where few bytes repeat in very many values."""
    file = pq.ParquetFile(io.BytesIO(content))
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    values = sum(g.column(n).num_values for g in groups for n in range(g.num_columns))
    if values > max(FREE_VALUES, VALUES_PER_BYTE * len(content)):
        raise UnreadableError(path)
    return file


def _read_parquet(path: str, content: bytes, vocabulary: Vocabulary) -> Iterator[LabelledNumber]:
    try:
        file = open_parquet(path, content)
        for batch in file.iter_batches(PARQUET_ROWS):
            names = batch.schema.names
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                cells = list(zip(names, row, strict=True))
                yield from read_row(cells, vocabulary, file=path, channel="Parquet rows")
    except (pa.ArrowException, OSError):
        raise UnreadableError(path) from None
    for key, value in (file.schema_arrow.metadata or {}).items():
        if not key.startswith(b"ARROW:"):
            yield from _scan_value(
                value.decode("utf-8", "replace"), vocabulary, path, "Parquet metadata"
            )


def _read_workbook(path: str, content: bytes, vocabulary: Vocabulary) -> Iterator[LabelledNumber]:
    try:
        if not path.lower().endswith(".xls"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(member.file_size for member in archive.infolist()) > MOST_TEXT:
                    raise UnreadableError(path)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            yield from _read_sheet(book.get_sheet_by_name(name).to_python(), path, name, vocabulary)
    except (CalamineError, *BROKEN_ZIP):
        raise UnreadableError(path) from None


def _read_sheet(
    rows: Sequence[Sequence[object]], path: str, name: str, vocabulary: Vocabulary
) -> Iterator[LabelledNumber]:
    header: list[str] = []
    for row in rows:
        texts = ["" if cell is None else str(cell) for cell in row]
        if not header and sum(bool(text) for text in texts) > 1:
            header = texts
            continue
        cells = [(header[at] if at < len(header) else "", text) for at, text in enumerate(texts)]
        yield from read_row(cells, vocabulary, file=path, channel=f"workbook, sheet {name}")


def _png_texts(content: bytes) -> Iterator[str]:
    """The texts that a PNG file holds beside its picture: tEXt, zTXt and iTXt chunks."""
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
            yield ": ".join(part.decode("utf-8", "replace") for part in parts if part)
        at += 12 + size


def _read_zip(
    path: str,
    content: bytes,
    vocabulary: Vocabulary,
    depth: int,
    *,
    inside_workbook: bool = False,
) -> Iterator[LabelledNumber]:
    """The numbers in each file of an archive; of a workbook, in its properties and comments."""
    read = partial(read_file, vocabulary=vocabulary, depth=depth + 1)
    beside = re.compile(r"docProps/|comment|drawing|customXml|meta\.xml")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.comment:
                text = archive.comment.decode("utf-8", "replace")
                yield from scan_text(text, vocabulary, file=path, channel="comment of the zip")
            named = beside if inside_workbook else re.compile("")
            yield from read_members(archive, path, depth, read, named)
    except BROKEN_ZIP:
        raise UnreadableError(path) from None


def read_members(
    archive: zipfile.ZipFile,
    path: str,
    depth: int,
    read: Callable[[str, bytes], Iterator[Read]],
    named: re.Pattern[str] = re.compile(""),
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


def scan_json(
    document: Json,
    vocabulary: Vocabulary,
    file: str,
    channel: str,
    given: tuple[CellLabel, ...] = (),
    columns: Sequence[str] = (),
) -> Iterator[LabelledNumber]:
    """The labelled numbers in a JSON document: in objects, lists, lists of lists, and texts.

    Labels are the texts beside a number, the keys above it, the texts of the objects around it, and
    the values in its query (`sql`).
    """
    if isinstance(document, dict):
        yield from _scan_object(document, vocabulary, file, channel, given)
    elif isinstance(document, list):
        scalars = [one for one in document if not isinstance(one, dict | list)]
        if len(scalars) == len(document) and scalars:
            names = columns if len(columns) == len(scalars) else [""] * len(scalars)
            cells = list(zip(names, scalars, strict=True))
            yield from read_row(cells, vocabulary, file=file, channel=channel, given=given)
            scalars = [one for one in scalars if isinstance(one, str) and len(one) > 20]
        for text in scalars:
            yield from _scan_value(text, vocabulary, file, channel, given)
        for one in document:
            if isinstance(one, dict | list):
                yield from scan_json(one, vocabulary, file, channel, given, columns)


def _scan_chart(
    part: Json, vocabulary: Vocabulary, file: str, channel: str
) -> Iterator[LabelledNumber]:
    """The labelled numbers in a chart's data and texts; the others are lengths and places."""
    if isinstance(part, list):
        for one in part:
            yield from _scan_chart(one, vocabulary, file, channel)
    elif isinstance(part, dict):
        for key, one in part.items():
            if key in ("datasets", "values") and isinstance(one, dict | list):
                yield from scan_json(one, vocabulary, file, channel)
            elif key not in EXPRESSIONS or not isinstance(one, str):
                yield from _scan_chart(one, vocabulary, file, channel)
    elif isinstance(part, str):
        yield from _scan_value(part, vocabulary, file, channel, ())


def _scan_object(
    document: Mapping[str, Json],
    vocabulary: Vocabulary,
    file: str,
    channel: str,
    given: tuple[CellLabel, ...],
) -> Iterator[LabelledNumber]:
    release = vocabulary.release
    if vocabulary.foreign(document.get("dataset")):
        return
    if (
        release.records
        and document.get("id") == f"{release.key}.rows.{release.records['resource']}"
    ):
        return  # rows, which `audit.records` counts where they lie as one table
    scalars = {key: one for key, one in document.items() if not isinstance(one, dict | list)}
    own = tuple(
        label
        for key, one in scalars.items()
        if isinstance(one, str)
        and vocabulary.mean(label := CellLabel(one, _column(key, vocabulary)))
    )
    cells = [(key, one) for key, one in scalars.items() if key not in NOT_COUNTS]
    yield from read_row(cells, vocabulary, file=file, channel=channel, given=given)
    for key, one in scalars.items():
        if vocabulary.mean(CellLabel(key)) and key not in NOT_COUNTS:
            labels = (*given, *own, CellLabel(key))
            yield from read_row([(key, one)], vocabulary, file=file, channel=channel, given=labels)
        if isinstance(one, str) and key != "sql":
            yield from _scan_value(one, vocabulary, file, channel, given)
    query, result = document.get("sql"), scalars.get("value", scalars.get("shown"))
    if isinstance(query, str) and result is not None:
        literals = [CellLabel(two.replace("''", "'"), one) for one, two in _LITERAL.findall(query)]
        named = [("", result), ("", scalars.get("shown"))]
        for cell in named:
            labels = (*given, *literals)
            yield from read_row([cell], vocabulary, file=file, channel=channel, given=labels)
        if not literals and isinstance(title := scalars.get("title"), str):
            text = f"{title}: {result}"
            yield from scan_text(text, vocabulary, file=file, channel=channel, given=given)
    names = _column_names(document)
    lists = {key: one for key, one in document.items() if isinstance(one, list)}
    if len(lists) > 1 and len({len(one) for one in lists.values()}) == 1:
        for row in zip(*lists.values(), strict=True):
            if not any(isinstance(one, dict | list) for one in row):
                pairs = list(zip(lists, row, strict=True))
                yield from read_row(pairs, vocabulary, file=file, channel=channel, given=given)
    for key, inside in document.items():
        if key == "alternatives" and "threshold" in document:
            continue  # counts that `audit.attack` checks, in the order of the hidden cells
        if key == "queries":
            continue  # the SQL of a scorecard, over published files
        if isinstance(inside, dict | list):
            label = CellLabel(key)
            above = (label,) if vocabulary.mean(label) else ()
            inner = (*given, *own, *above)
            yield from scan_json(inside, vocabulary, file, channel, inner, names)


def _column(key: str, vocabulary: Vocabulary) -> str:
    return key if vocabulary.dimension(key) else ""


def _column_names(document: Mapping[str, Json]) -> list[str]:
    """The names of the columns of the lists in a receipt: `label` or `name`, or the texts."""
    for key in ("columns", "counts", "header", "fields"):
        listed = document.get(key)
        if isinstance(listed, list) and listed:
            return [
                str(one.get("label") or one.get("name") or "")
                if isinstance(one, dict)
                else str(one)
                for one in listed
            ]
    return []


def _scan_value(
    value: object,
    vocabulary: Vocabulary,
    file: str,
    channel: str,
    given: tuple[CellLabel, ...] = (),
) -> Iterator[LabelledNumber]:
    """The numbers in a text, which may itself be JSON or markup."""
    if not isinstance(value, str) or not any(sign.isdigit() for sign in value):
        return
    if value[:1] in "[{":
        try:
            yield from scan_json(json.loads(value), vocabulary, file, channel, given)
        except (ValueError, RecursionError):
            pass
        else:
            return
    if "<" in value and ">" in value:
        content = value.encode("utf-8", "replace")
        yield from markup.read_markup(file, content, vocabulary, scan_json)
        return
    yield from scan_text(value, vocabulary, file=file, channel=channel, given=given)


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
    ending = posixpath.splitext(path.lower())[1]
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
