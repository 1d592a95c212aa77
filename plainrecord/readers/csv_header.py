"""How a file of delimited text begins: its encoding, delimiter, dialect and header."""

import codecs
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

from plainrecord.model.packages import Dialect, Resource
from plainrecord.readers.batches import Unreadable, labels_of, last_header_row, source_error
from plainrecord.readers.compression import BUFFER_BYTES, Compression, compression_of, open_bytes
from plainrecord.readers.csv_careful import delimiter_problem, ends_with_lines, read_rows

_DELIMITERS = {"tsv": "\t", "tab": "\t"}
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}
"""Names in Python's list of encodings in which no file is written: of hosts, of escapes."""


def open_text(path: Path, encoding: str, wrapping: Compression | None = None) -> IO[str]:
    """The text of the file at `path`, unpacked, its line ends as they are."""
    name = python_codec(encoding)
    return io.TextIOWrapper(open_bytes(path, wrapping), encoding=name, newline="")


def python_codec(encoding: str) -> str:
    """Python's name of `encoding`, "utf-8-sig" for UTF-8; Unreadable where there is none."""
    try:
        name = codecs.lookup(encoding or "utf-8").name
        if name in _NO_CHARSETS:
            raise LookupError
        "a".encode(name).decode(name)  # Python lists some that it cannot apply to text
    except (LookupError, UnicodeError, ValueError):  # ValueError: a name with NUL
        raise Unreadable("encoding-invalid", f'there is no encoding "{encoding}"') from None
    return "utf-8-sig" if name == "utf-8" else name


def undecodable(path: Path, encoding: str, wrapping: Compression | None = None) -> Unreadable:
    """The finding for the first byte of `path` that is not text, with its line and place."""
    name = python_codec(encoding)
    decoder = codecs.getincrementaldecoder(name.replace("utf-8-sig", "utf-8"))()
    line, offset = 1, 0
    with open_bytes(path, wrapping) as stream:
        while True:
            chunk = stream.read(BUFFER_BYTES)
            held = len(decoder.getstate()[0])
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                good = error.object[: error.start]
                line += good.count(b"\n")
                position = offset - held + error.start
                byte = error.object[error.start]
                found = f"byte 0x{byte:02X} at position {position + 1}, line {line}"
                return Unreadable("encoding-invalid", found, f"text in {encoding or 'utf-8'}", line)
            if not chunk:
                return Unreadable("encoding-invalid", "the text cannot be decoded", encoding)
            offset += len(chunk)


def delimiter_of(resource: Resource) -> str:
    """The delimiter between cells; Unreadable if none is possible."""
    dialect = resource.dialect
    delimiter = _DELIMITERS.get(resource.format.lower(), ",")
    if dialect.delimiter and not (dialect.delimiter == "," and delimiter != ","):
        delimiter = dialect.delimiter
    if problem := delimiter_problem(delimiter, dialect):
        raise source_error(problem)
    return delimiter


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a delimited file, down to its header.

    `header_row` is its last row of labels, 0 without one; `lines` are the lines before the first
    row of data, `width` its cells. `plain` says whether the fast reader may try it.
    """

    wrapping: Compression
    dialect: Dialect
    delimiter: str
    labels: tuple[str, ...] | None
    header_row: int
    lines: int
    width: int
    plain: bool


def read_head(path: Path, resource: Resource) -> Head:
    """How the file at `path` begins. Unreadable where its header is not there."""
    dialect, delimiter = resource.dialect, delimiter_of(resource)
    last = last_header_row(dialect)
    head: list[list[str]] = []
    first: list[str] = []
    lines = 0
    wrapping = compression_of(path, resource)
    with open_text(path, resource.encoding, wrapping) as stream:
        reader: Any = read_rows(stream, dialect, delimiter)
        head = list(islice(reader, last))
        lines = reader.line_num
        first = next(reader, [])
        while 0 < last <= len(head) and any(
            is_comment(n, head[n - 1], dialect) for n in dialect.header_rows
        ):
            last += 1
            dialect = replace(dialect, header_rows=tuple(n + 1 for n in dialect.header_rows))
            if lines == reader.line_num:
                break
            head.append(first)
            lines = reader.line_num
            first = next(reader, [])
    if last and len(head) < last:
        raise source_error(f"the file has {len(head)} rows", f"a header in row {last}")
    labels = labels_of(head, dialect) if last else None
    width = len(labels) if labels is not None else len(first)
    plain = width > 1 and not (
        dialect.comment_char
        or dialect.comment_rows
        or dialect.null_sequence not in {None, ""}
        or dialect.skip_initial_space
        or python_codec(resource.encoding) != "utf-8-sig"
        or not ends_with_lines(dialect)
        or len(delimiter) > 1
    )
    return Head(wrapping, dialect, delimiter, labels, last, lines, width, plain)


def is_comment(number: int, cells: Sequence[str], dialect: Dialect) -> bool:
    """Whether row `number` of a file is a comment."""
    sign = dialect.comment_char
    return number in dialect.comment_rows or bool(sign and cells and cells[0].startswith(sign))


def apply_null_sequence(cells: Sequence[str], dialect: Dialect) -> Sequence[str | None]:
    """The cells of a row, those that the dialect calls null as None."""
    if dialect.null_sequence is None:
        return cells
    return [None if cell == dialect.null_sequence else cell for cell in cells]
