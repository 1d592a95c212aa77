"""Find rows that are identical lines in both files, so that only the other rows are read.

A line that both files have under the same header is an unchanged row. The keys of all rows are
read, because an omitted row must not share its key with another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from plainrecord.core import arrow_compute as pc
from plainrecord.diff.sniff_file import SniffedFile
from plainrecord.model.changes import ComparedSide
from plainrecord.readers.batches import integer_array, mask_array
from plainrecord.readers.column_bytes import blank_rows, plain_integers
from plainrecord.readers.csv_lines import Lines, open_lines
from plainrecord.receipts.engine import identifier

if TYPE_CHECKING:
    import duckdb

HEAD_ROWS = 20_000
FEWEST_ROWS = 50_000
"""A smaller new file is read as fast as it is looked at."""

_LEAST_SHARED = 0.5
_SPREAD = 8
_TAKEN_ROWS = 16_384


def drop_identical_lines(
    connection: duckdb.DuckDBPyConnection,
    old: SniffedFile,
    new: SniffedFile,
    key: Sequence[str],
    wholes: tuple[Callable[[], str], Callable[[], str]],
    *,
    normalise: bool,
) -> tuple[ComparedSide, ComparedSide] | None:
    """Both tables as sides without the rows that are identical lines in both files.

    `key` are labels, `wholes` the relations of all rows. None if header or layout differ, if keys
    are repeated or blank, or if few lines are identical; with `normalise`, which makes more keys
    equal, also if keys are not plain integers.
    """
    if old.given != new.given or old.labels != new.labels or old.given != old.labels:
        return None
    if not all(label.strip() for label in old.given) or not key or not set(key) <= set(old.labels):
        return None
    places = [old.labels.index(name) for name in dict.fromkeys(key)]
    with ThreadPoolExecutor(2) as threads:
        # Lines of the old file that the new one has are rows there: the others are proved below.
        before, after = threads.map(_read, (old, new), (places, places), (True, False))
        if before is None or after is None or not _alike(before.lines, after.lines):
            return None
        if normalise and (before.numbers is None or after.numbers is None):
            return None
        twins = _match(connection, before, after, old.labels, places)
        if twins is None:
            return None
        old_rows, new_rows = before.lines.rows, after.lines.rows
        bounds = range(0, len(twins), _TAKEN_ROWS)
        same = np.concatenate(
            list(threads.map(lambda start: _compare(old_rows, new_rows, twins, start), bounds))
        )
        if same.sum() < _LEAST_SHARED * len(same):
            return None
        gone = np.ones(len(old_rows), dtype=bool)
        gone[twins[same]] = False
        if not before.lines.are_rows(old_rows.filter(mask_array(gone))):
            return None
        parts = list(threads.map(_take_parts, (before.lines, after.lines), (gone, ~same)))
    alike = int(same.sum())
    return (
        _lay_out(connection, "old", before.lines, old.labels, parts[0], wholes[0], alike),
        _lay_out(connection, "new", after.lines, old.labels, parts[1], wholes[1], alike),
    )


@dataclass(frozen=True, slots=True)
class KeyedLines:
    """The lines of a file and their keys: as `numbers`, if they are integers, or as `texts`."""

    lines: Lines
    numbers: Any
    texts: tuple[pa.StringArray, ...] | None


def _read(side: SniffedFile, places: Sequence[int], numbers_only: bool) -> KeyedLines | None:
    """The lines of a file with their keys; None where a line may be no row, or a key is in doubt.

    With `numbers_only` lines are not proved to be rows if their keys are integers.
    """
    if side.resource is None or side.resource.format not in {"csv", "tsv"}:
        return None
    if side.path.stat().st_size < FEWEST_ROWS:  # a row has a byte at least; packed, not worth it
        return None
    lines = open_lines(side.path, side.resource)
    if lines is None or len(lines.rows) < FEWEST_ROWS:
        return None
    numbers = None
    if places == [0] and not side.labels[0].isdecimal():
        numbers = lines.read_first_cells()
    if numbers is not None:  # which are neither blank nor the header once more
        proved = numbers_only or lines.read_columns(places) is not None
        return KeyedLines(lines, numbers, None) if proved else None
    texts = _read_texts(lines, places, side.labels)
    return (
        None
        if texts is None
        else KeyedLines(lines, plain_integers(texts[0]) if len(texts) == 1 else None, texts)
    )


def _read_texts(
    lines: Lines, places: Sequence[int], labels: Sequence[str]
) -> tuple[pa.StringArray, ...] | None:
    columns = lines.read_columns(places)
    return None if columns is None or _is_doubtful(columns, labels[places[0]]) else columns


def _alike(old: Lines, new: Lines) -> bool:
    """Whether the same line means the same row in both files."""
    first, second = old.head, new.head
    return (first.delimiter, first.dialect.quote_char, first.dialect.double_quote) == (
        second.delimiter,
        second.dialect.quote_char,
        second.dialect.double_quote,
    )


def _is_doubtful(columns: Sequence[pa.StringArray], label: str) -> bool:
    """Whether a row may be blank or be the header once more, or have a part of its key empty.

    `label` is that of the first part of the key.
    """
    if any(column.null_count for column in columns):
        return True
    keys = pa.RecordBatch.from_arrays([columns[0]], ["key"])
    return bool(blank_rows(keys, ["key"]).any() or pc.any(pc.equal(columns[0], label)).as_py())


def _match(
    connection: duckdb.DuckDBPyConnection,
    old: KeyedLines,
    new: KeyedLines,
    labels: Sequence[str],
    places: Sequence[int],
) -> Any:
    """For each new row the place of the old one with its key, or -1; None where a key repeats."""
    if old.numbers is not None and new.numbers is not None:
        if max(old.numbers.max(), new.numbers.max()) <= _SPREAD * (
            len(old.numbers) + len(new.numbers)
        ):
            return _match_close(old.numbers, new.numbers)
        return _match_spread(old.numbers, new.numbers)
    before, after = (side.texts or _read_texts(side.lines, places, labels) for side in (old, new))
    if before is None or after is None:
        return None
    return _match_texts(connection, before, after)


def _match_close(old: Any, new: Any) -> Any:
    """`_match` for integers close enough for a table with a place for each."""
    places = np.full(max(old.max(), new.max()) + 1, -1, dtype=np.int32)
    for values in (new, old):
        places[values] = np.arange(len(values), dtype=np.int32)
        if (places[values] != np.arange(len(values), dtype=np.int32)).any():
            return None
        if values is new:
            places.fill(-1)
    return places[new]


def _match_spread(old: Any, new: Any) -> Any:
    """`_match` for integers that are far apart."""
    order = np.argsort(old, kind="stable")
    before, after = old[order], np.sort(new)
    if (before[1:] == before[:-1]).any() or (after[1:] == after[:-1]).any():
        return None
    indexes = np.minimum(np.searchsorted(before, new), len(before) - 1)
    return np.where(before[indexes] == new, order[indexes], -1).astype(np.int32)


def _match_texts(
    connection: duckdb.DuckDBPyConnection,
    old: Sequence[pa.StringArray],
    new: Sequence[pa.StringArray],
) -> Any:
    """`_match` for keys of any kind."""
    names = [f"k{number}" for number in range(len(old))]
    listed = ", ".join(names)
    for name, side in (("old keys", old), ("new keys", new)):
        row = integer_array(np.arange(len(side[0]), dtype=np.int32))
        connection.register(name, pa.table([*side, row], [*names, "r"]))
        distinct = f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {identifier(name)})"
        if connection.execute(distinct).fetchall()[0][0] < len(side[0]):
            return None
    matches = connection.sql(
        f'SELECT n.r AS n, o.r AS o FROM "new keys" n JOIN "old keys" o USING ({listed})'
    ).to_arrow_table()
    for name in ("old keys", "new keys"):
        connection.unregister(name)
    places = np.full(len(new[0]), -1, dtype=np.int32)
    places[matches.column("n").to_numpy()] = matches.column("o").to_numpy()
    return places


def _compare(old: pa.StringArray, new: pa.StringArray, twins: Any, start: int) -> Any:
    """Which lines of `new` from `start` on are the bytes of the old line that `twins` names."""
    rows = twins[start : start + _TAKEN_ROWS]
    taken = old.take(pa.array(rows, mask=rows < 0))
    equal = pc.fill_null(pc.equal(taken, new.slice(start, len(rows))), False)
    return equal.to_numpy(zero_copy_only=False)


def _take_parts(side: Lines, kept: Any) -> tuple[pa.Table, pa.Table]:
    """The rows that are `kept`, and the first ones."""
    every = range(len(side.head.labels or ()))
    return (
        side.parse(side.rows.filter(mask_array(kept)), every),
        side.parse(side.rows.slice(0, HEAD_ROWS), every),
    )


def _lay_out(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    side: Lines,
    labels: Sequence[str],
    parts: tuple[pa.Table, pa.Table],
    whole: Callable[[], str],
    alike: int,
) -> ComparedSide:
    def register(what: str, table: pa.Table, names: Sequence[str]) -> str:
        connection.register(f"{name} {what}", table.rename_columns(list(names)))
        return identifier(f"{name} {what}")

    def column(label: str) -> str:
        return register("column", side.parse(side.rows, [labels.index(label)]), [label])

    return ComparedSide(
        rest=register("rest", parts[0], labels),
        head=register("head", parts[1], labels),
        alike=alike,
        whole=whole,
        column=column,
        may_hold=side.may_hold,
    )
