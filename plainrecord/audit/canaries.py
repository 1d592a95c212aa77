"""Search a portal's bytes for values of identifiers, which only the raw file holds."""

import csv
import html
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plainrecord.audit.channels import BROKEN_ZIP, PARQUET_ROWS, open_parquet, read_members
from plainrecord.audit.tables import UnreadableError
from plainrecord.core.errors import UsageError
from plainrecord.findings.finding import Finding

SHORTEST = 6
"""Letters of a value that is searched: shorter ones are in any file by chance."""

UNIQUE = 0.5
"""A column identifies people if at least so much of its values are there once."""

WINDOW = 8
AT_ONCE = 8_000_000
"""Bytes that are searched at once: each needs some four times as much memory."""
_LONGEST_CELL = 10_000_000


def identifying_columns(raw: Path) -> dict[str, set[bytes]]:
    """The columns of a raw CSV file whose values are mostly unique, with those values.

    UsageError where it cannot be read, or no column is such: nothing would be searched.
    """
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with raw.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            header = next(rows, [])
            counts: list[Counter[str]] = [Counter() for _ in header]
            for row in rows:
                for counter, cell in zip(counts, row, strict=False):
                    counter[cell.strip()] += 1
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{raw}: it cannot be read as CSV in UTF-8: {error}") from None
    values: dict[str, set[bytes]] = {}
    for name, counter in zip(header, counts, strict=True):
        counter.pop("", None)
        once = [value for value, count in counter.items() if count == 1]
        if counter and len(once) >= UNIQUE * sum(counter.values()):
            values[name] = {
                written
                for text in counter
                for written in (
                    text.encode(),
                    json.dumps(text)[1:-1].encode(),
                    html.escape(text).encode(),
                )
                if len(written) >= SHORTEST
            }
    one_column = len(header) == 1 and any(sign in header[0] for sign in ";\t|")
    if one_column or not any(values.values()):
        raise UsageError(
            f"{raw}: no column identifies people: give a CSV file in UTF-8 with a header, whose "
            "cells are separated by commas"
        )
    return values


class CanarySearch:
    """Values to search for, prepared by their first bytes."""

    def __init__(self, columns: dict[str, set[bytes]]) -> None:
        self._columns = columns
        owners = {value: name for name, values in columns.items() for value in values}
        self._owners = owners
        self._starts: dict[int, npt.NDArray[np.uint64]] = {}
        self._by_start: dict[tuple[int, int], list[bytes]] = {}
        for value in sorted(owners):
            size = min(WINDOW, len(value))
            start = int.from_bytes(value[:size], "little")
            self._by_start.setdefault((size, start), []).append(value)
        for size in sorted({size for size, _ in self._by_start}):
            starts = sorted(start for one, start in self._by_start if one == size)
            self._starts[size] = np.array(starts, dtype=np.uint64)

    def search(self, path: str, content: bytes) -> Iterator[Finding]:
        """Findings for values in the bytes of a file and of what it holds compressed, column by
        column; none has the value.

        UnreadableError, after what could be searched, where something in it cannot be opened.
        """
        for name, part in unpack(path, content):
            counts: Counter[str] = Counter()
            for value in self._find(part):
                counts[self._owners[value]] += 1
            for column, count in sorted(counts.items()):
                found = f"the file holds values of the raw column {column!r}, in {count:,} places"
                expected = "no value of a column that identifies people"
                rule = "audit-identifier-published"
                yield Finding(rule, found, expected, file=name, field=column)

    def _find(self, content: bytes) -> Iterator[bytes]:
        padded = content + bytes(WINDOW)
        firsts = (
            part + offset for part in range(0, len(content), AT_ONCE) for offset in range(WINDOW)
        )
        for first in firsts:
            usable = min(AT_ONCE, len(padded) - first) // WINDOW
            if not usable:
                continue
            windows = np.frombuffer(padded, dtype="<u8", count=usable, offset=first)
            for size, starts in self._starts.items():
                mask = np.uint64((1 << 8 * size) - 1)
                cut = windows & mask
                places = np.searchsorted(starts, cut)
                places[places == len(starts)] = 0
                for hit in np.flatnonzero(starts[places] == cut):
                    at = int(hit) * WINDOW + first
                    for value in self._by_start[size, int(cut[hit])]:
                        if content.startswith(value, at) and _stands_alone(content, at, value):
                            yield value


def _stands_alone(content: bytes, at: int, value: bytes) -> bool:
    """Whether the value is not a part of a longer word or number."""
    before, after = content[at - 1 : at] if at else b"", content[at + len(value) :][:1]
    return not (before.isalnum() and value[:1].isalnum()) and not (
        after.isalnum() and value[-1:].isalnum()
    )


def unpack(path: str, content: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file; of an archive or workbook, those of its files; of Parquet, its texts.

    UnreadableError at the end, where one of them cannot be opened.
    """
    yield path, content
    if content[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield from read_members(archive, path, depth, partial(unpack, depth=depth + 1))
        except BROKEN_ZIP:
            raise UnreadableError(path) from None
    elif content[:4] == b"PAR1":
        try:
            batches = open_parquet(path, content).iter_batches(PARQUET_ROWS)
            yield (
                f"{path}: rows",
                _texts(column.to_pylist() for b in batches for column in b.columns),
            )
        except (pa.ArrowException, OSError):
            raise UnreadableError(path) from None


def _texts(columns: Iterable[Iterable[object]]) -> bytes:
    values = {str(value) for column in columns for value in column}
    return "\n".join(sorted(values)).encode("utf-8", "replace")
