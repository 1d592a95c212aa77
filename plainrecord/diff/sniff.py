"""Detect the layout of an undescribed table: format, delimiter, sheet and header row.

The first bytes and rows are evidence, not proof; the caller reports what was detected.
"""

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from plainrecord.diff.columns import normalise_name
from plainrecord.readers import workbooks
from plainrecord.readers.batches import READ_ERRORS, source_error
from plainrecord.readers.compression import open_bytes
from plainrecord.readers.csv_header import open_text
from plainrecord.readers.open import bound_workbook, sheet_rows

HEAD_ROWS = 60
HEAD_CHARACTERS = 262_144
LEAST_COLUMNS = 3
NEARLY_ALL = 0.75
DELIMITERS = (",", "\t", "|", ";")
MAGIC: Sequence[tuple[bytes, str]] = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
)
NUMBER = re.compile(r"[-+$(]*[0-9][0-9,. ]*[%)]?|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}\b.*")
YEAR = re.compile(r"(1[89]|2[01])[0-9]{2}(\.0)?")
TABLES = ("csv", "tsv", "json", "ndjson", "jsonl", "geojson")


def format_of(path: Path) -> str:
    """The format of the file at `path`, by its first bytes, else by its name."""
    with open_bytes(path) as stream:
        head = stream.read(4)
    if not head:
        raise source_error("the file is empty", "a table")
    if kind := workbooks.workbook_kind(path):
        return kind
    for magic, kind in MAGIC:
        if head.startswith(magic):
            if kind in ("xls", "pdf"):
                text = "an old Excel workbook that is broken" if kind == "xls" else "a PDF"
                raise source_error(f"the file is {text}", "CSV, XLSX or Parquet")
            return kind
    suffix = path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]
    if suffix in ("xlsx", "xlsm", "parquet"):
        raise source_error(f"the file is not of the format in its name ({suffix})")
    return {"tab": "tsv"}.get(suffix, suffix if suffix in TABLES else "csv")


def encoding_of(path: Path) -> str:
    """The encoding that a mark at the beginning of the file names, or UTF-16 where the first two
    characters show it, else UTF-8."""
    with open_bytes(path) as stream:
        head = stream.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding, noughts in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(head) == 4 and noughts == b"\0\0" and head.count(0) == 2:
            return encoding
    return "utf-8"


def delimiter_of(path: Path, kind: str, encoding: str) -> str:
    """The delimiter under which most rows have one and the same number of cells."""
    with open_text(path, encoding) as stream:
        text = stream.read(HEAD_CHARACTERS)
    if len(text) == HEAD_CHARACTERS:  # the last line may be cut off
        text = text[: text.rfind("\n") + 1] or text
    best = ("\t" if kind == "tsv" else ",", 0.0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows(text, delimiter) if row)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        share = round(rows / max(widths.total(), 1), 1)
        if width > 1 and (share, width) > best[1:]:
            best = (delimiter, share, width)
    return best[0]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 200))
    except csv.Error:
        return []


def head_of(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    """The first rows of a delimited file."""
    with open_text(path, encoding) as stream:
        return _rows(stream.read(HEAD_CHARACTERS), delimiter)[:HEAD_ROWS]


def choose_sheet(heads: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """The sheet that is probably the table: the first with a value.

    If that is a cover (fewer than three columns, or mostly incomplete rows), the sheet of three
    columns or more with the most complete rows, if it has more of them.
    """
    filled = [name for name, rows in heads.items() if any(any(row) for row in rows)]
    if not filled:
        return next(iter(heads))
    shapes = {name: _shape(heads[name]) for name in filled}
    width, full, rows = shapes[filled[0]]
    if width >= LEAST_COLUMNS and 2 * full >= rows:
        return filled[0]
    wide = [name for name in filled if shapes[name][0] >= LEAST_COLUMNS]
    best = max(wide, key=lambda name: shapes[name][1], default=filled[0])
    return best if width == 1 or shapes[best][1] > full else filled[0]


def _shape(rows: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    """How many columns a header has, how many rows below it fill nearly all, and how many any."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    header = guess_header(rows)
    width = filled[header - 1]
    below = [count for count in filled[header:] if count]
    return width, sum(1 for count in below if count >= NEARLY_ALL * width), len(below)


def heads_of(path: Path) -> Mapping[str, list[list[str]]]:
    """The first rows of each sheet of a workbook, in the order of the sheets."""
    status = path.stat()
    return _read_heads(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)  # each sheet of two workbooks asks once more
def _read_heads(path: Path, changed: int, size: int) -> Mapping[str, list[list[str]]]:
    del changed, size
    kind = workbooks.workbook_kind(path)
    if kind not in ("", "xlsx"):
        return {
            name: workbooks.head_of_part(path, kind, name, HEAD_ROWS)
            for name in workbooks.part_names(path, kind)
        }
    try:
        bound_workbook(path)
        _refuse_archive(path)
        with path.open("rb") as stream:
            import openpyxl  # takes as long as the comparison of two small tables

            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            heads = {}
            for name in book.sheetnames:
                if hasattr(book[name], "reset_dimensions"):
                    heads[name] = _head_rows(sheet_rows(book[name], path))
            book.close()
    except (*READ_ERRORS, zipfile.LargeZipFile) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise source_error(f"the file cannot be read as xlsx: {text}") from None
    return heads


def _head_rows(rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    """The first rows of a sheet, as far as `HEAD_ROWS` from the first that holds a value."""
    head: list[list[str]] = []
    last = None
    for number, row in enumerate(rows):
        head.append(["" if cell is None else str(cell) for cell in row])
        if last is None and any(head[-1]):
            last = number + HEAD_ROWS - 1
        if number == last:
            break
    return head if last is not None else head[:HEAD_ROWS]


def _refuse_archive(path: Path) -> None:
    """Unreadable where the zip at `path` is no workbook."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if "[Content_Types].xml" not in names:
        content = f"a zip with {names[0]} in it" if names else "an empty zip"
        raise source_error(f"the file is {content}", "the table alone: unpack it")


def find_header(
    rows: Sequence[Sequence[str]], labels: Sequence[str], like: Sequence[str] = ()
) -> tuple[int, int]:
    """The row (from 1) that is a header with the labels `labels`, and how well it fits.

    If no row has all of them, the one that shares most labels with the table it should be `like`. 0
    and 0 if none fits.
    """
    asked = {normalise_name(name) for name in labels}
    known = {normalise_name(name) for name in like}
    best = (0, 0)
    for number, row in enumerate(rows, 1):
        cells = {normalise_name(cell) for cell in row if cell.strip()}
        shared = len(known & cells)
        good = 0
        if asked and asked <= cells:
            good = 1_000_000 + shared
        elif known and shared >= min(2, len(known)):
            good = shared
        if good > best[1]:
            best = (number, good)
    return best


def guess_header(rows: Sequence[Sequence[str]]) -> int:
    """The row that is most likely the header, 1 for the first.

    It is the first row with nearly as many values as rows usually have, which title lines have not.
    The row above it is the header instead if it lacks only the first label, or has no numbers where
    this row has some.
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    usual = sorted(count for count in filled if count)
    if not usual:
        return 1
    width = usual[len(usual) * 3 // 4]
    enough = NEARLY_ALL * width
    full = next(at for at, count in enumerate(filled) if count and count >= enough)
    above = next((at for at in reversed(range(full)) if filled[at]), None)
    if above is None:
        return full + 1
    row = rows[above]
    stub = not row[0].strip() and all(cell.strip() for cell in row[1:width]) and width > 1
    short = 2 * filled[above] > width and _is_data(rows[full]) and not _is_data(row)
    return (above if stub or short else full) + 1


def guess_header_rows(rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """The row that is most likely the header, with the row above it if that has all labels that it
    lacks, as where cells of both rows were merged.
    """
    row = guess_header(rows)
    here = rows[row - 1] if rows else ()
    above = rows[row - 2] if row > 1 else ()

    def filled(line: Sequence[str]) -> set[int]:
        return {at for at, cell in enumerate(line) if cell.strip()}

    used = set().union(*map(filled, rows[row : row + LEAST_COLUMNS]))
    lacking = used - filled(here)
    whole = lacking and lacking <= filled(above) and len(filled(above)) > 1
    return (row - 1, row) if whole and not _is_data(above) else (row,)


def _is_data(row: Sequence[str]) -> bool:
    """Whether a cell is a number or a date that is no year: labels are texts or years."""
    return any(NUMBER.fullmatch(cell.strip()) and not YEAR.fullmatch(cell.strip()) for cell in row)
