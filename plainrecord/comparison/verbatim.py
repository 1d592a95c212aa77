"""Rows that two files hold word for word: they are found as lines, and only the rest is read.

A line that both files have under the same header is one row that did not change. The keys of all
rows are read, as what is left out must not share its key with another row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plainrecord.comparison.survey import Survey
from plainrecord.ground.engine import identifier
from plainrecord.model.sides import Side
from plainrecord.tables.glance import LONGEST_INTEGER, blank_rows, bytes_of, possible_signs
from plainrecord.tables.lines import Lines, read_lines

HEAD_ROWS = 20_000
FEWEST_ROWS = 50_000
"""A smaller new file is read as fast as it is looked at."""

_LEAST_SHARED = 0.5
_SPREAD = 8
_TAKEN_ROWS = 65_536


def set_apart(
    connection: duckdb.DuckDBPyConnection,
    old: Survey,
    new: Survey,
    key: Sequence[str],
    wholes: tuple[Callable[[], str], Callable[[], str]],
    *,
    normalise: bool,
) -> tuple[Side, Side] | None:
    """Both tables as sides from which the rows that both files hold word for word are left out.

    `key` are labels, `wholes` give the relations of all rows. None where the files have not one
    header and layout, where keys repeat or are blank, or where few lines are the same; with
    `normalise`, which makes more keys one, where they are not plain integers.
    """
    if old.given != new.given or old.labels != new.labels or old.given != old.labels:
        return None
    if not all(label.strip() for label in old.given) or not key or not set(key) <= set(old.labels):
        return None
    places = [old.labels.index(name) for name in dict.fromkeys(key)]
    with ThreadPoolExecutor(2) as threads:
        read = list(threads.map(lambda side: _read(side, places), (old, new)))
        if read[0] is None or read[1] is None:
            return None
        (before, old_numbers), (after, new_numbers) = read[0], read[1]
        if not _alike(before, after) or (
            normalise and (old_numbers is None or new_numbers is None)
        ):
            return None
        if _are_close(old_numbers, new_numbers):
            twins = _match_integers(old_numbers, new_numbers)
        else:
            twins = _match_texts(connection, before, after)
        if twins is None:
            return None
        bounds = range(0, len(twins), _TAKEN_ROWS)
        same = np.concatenate(
            list(threads.map(lambda start: _compare(before.rows, after.rows, twins, start), bounds))
        )
    if same.sum() < _LEAST_SHARED * len(same):
        return None
    gone = np.ones(len(before.rows), dtype=bool)
    gone[twins[same]] = False
    alike = int(same.sum())
    return (
        _lay_out(connection, "old", before, old.labels, gone, wholes[0], alike),
        _lay_out(connection, "new", after, old.labels, ~same, wholes[1], alike),
    )


def _read(side: Survey, places: Sequence[int]) -> tuple[Lines, Any] | None:
    """The lines of a file, and its keys as integers if they are; None where a row is in doubt."""
    if side.resource is None or side.resource.format not in {"csv", "tsv"}:
        return None
    if side.path.stat().st_size < FEWEST_ROWS:  # a row has a byte at least; packed, not worth it
        return None
    lines = read_lines(side.path, side.resource, places)
    if (
        lines is None
        or len(lines.rows) < FEWEST_ROWS
        or _is_doubtful(lines, side.labels[places[0]])
    ):
        return None
    return lines, _read_integers(lines.columns)


def _alike(old: Lines, new: Lines) -> bool:
    """Whether the same line means the same row in both files."""
    first, second = old.head, new.head
    return (first.delimiter, first.dialect.quote_char, first.dialect.double_quote) == (
        second.delimiter,
        second.dialect.quote_char,
        second.dialect.double_quote,
    )


def _is_doubtful(lines: Lines, label: str) -> bool:
    """Whether a row may be blank or be the header once more, or have a part of its key empty.

    `label` is that of the first part of the key.
    """
    if any(column.null_count for column in lines.columns):
        return True
    first = lines.columns[0]
    keys = pa.RecordBatch.from_arrays([first], ["key"])
    return bool(blank_rows(keys, ["key"]).any() or pc.any(pc.equal(first, label)).as_py())


def _are_close(old: Any, new: Any) -> bool:
    """Whether both are integers that a table with a place for each has room for."""
    if old is None or new is None:
        return False
    return bool(max(old.max(), new.max()) <= _SPREAD * (len(old) + len(new)))


def _read_integers(columns: Sequence[pa.StringArray]) -> Any:
    """The values of one column in which every integer is written in the one plain way, else None."""
    if len(columns) != 1:
        return None
    data, edges = bytes_of(columns[0])
    digits = data.max() <= ord("9") and data.min() >= ord("0")
    if not digits or np.diff(edges).max() > LONGEST_INTEGER:
        return None
    if possible_signs(columns[0], ["zero"]):  # 007 and 7 are two keys
        return None
    return columns[0].cast(pa.int64()).to_numpy()


def _match_integers(old: Any, new: Any) -> Any:
    """For each new row the place of the old one with its key, or -1; None where a key repeats."""
    places = np.full(max(old.max(), new.max()) + 1, -1, dtype=np.int32)
    for values in (new, old):
        places[values] = np.arange(len(values), dtype=np.int32)
        if (places[values] != np.arange(len(values), dtype=np.int32)).any():
            return None
        if values is new:
            places.fill(-1)
    return places[new]


def _match_texts(connection: duckdb.DuckDBPyConnection, old: Lines, new: Lines) -> Any:
    """The same for keys of any kind."""
    names = [f"k{number}" for number in range(len(old.columns))]
    listed = ", ".join(names)
    for name, side in (("old keys", old), ("new keys", new)):
        row = pa.array(np.arange(len(side.rows), dtype=np.int32))
        connection.register(name, pa.table([*side.columns, row], [*names, "r"]))
        distinct = f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {identifier(name)})"
        if connection.execute(distinct).fetchall()[0][0] < len(side.rows):
            return None
    found = connection.sql(
        f'SELECT n.r AS n, o.r AS o FROM "new keys" n JOIN "old keys" o USING ({listed})'
    ).to_arrow_table()
    for name in ("old keys", "new keys"):
        connection.unregister(name)
    places = np.full(len(new.rows), -1, dtype=np.int32)
    places[found.column("n").to_numpy()] = found.column("o").to_numpy()
    return places


def _compare(old: pa.StringArray, new: pa.StringArray, twins: Any, start: int) -> Any:
    """Which lines of `new` from `start` on are the bytes of the old line that `twins` names."""
    rows = twins[start : start + _TAKEN_ROWS]
    taken = old.take(pa.array(rows, mask=rows < 0))
    equal = pc.fill_null(pc.equal(taken, new.slice(start, len(rows))), False)
    return equal.to_numpy(zero_copy_only=False)


def _lay_out(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    side: Lines,
    labels: Sequence[str],
    kept: Any,
    whole: Callable[[], str],
    alike: int,
) -> Side:
    def register(what: str, rows: pa.StringArray, places: Sequence[int]) -> str:
        table = side.take_apart(rows, places).rename_columns([labels[n] for n in places])
        connection.register(f"{name} {what}", table)
        return identifier(f"{name} {what}")

    every = range(len(labels))
    return Side(
        rest=register("rest", side.rows.filter(pa.array(kept)), every),
        head=register("head", side.rows.slice(0, HEAD_ROWS), every),
        alike=alike,
        whole=whole,
        column=lambda label: register("column", side.rows, [labels.index(label)]),
        may_hold=side.may_hold,
    )
