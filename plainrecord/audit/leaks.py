"""Published numbers that are, or give away, the value of a hidden cell."""

import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from plainrecord.audit.labels import CellLabel, LabelledNumber, Vocabulary
from plainrecord.audit.system import Ranges
from plainrecord.audit.tables import AuditedRelease, AuditedTable, Key, name_cell

CLOSE = 1e-9
CELLS = re.compile(r"cells|counts|suppressed|hidden", re.IGNORECASE)
"""What the name of a column with numbers of cells has."""

DATA = frozenset(("JSON", "CSV", "Parquet rows", "data in the page"))
"""Channels whose rows say of each number what it counts."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A published number about a hidden cell (`key`): where it stands, and what follows.

    `least` and `greatest` are the values of the cell that the number leaves. `listed` is False for a
    combination that no table has.
    """

    key: Key
    file: str
    channel: str
    words: str
    least: int
    greatest: int
    how: str
    listed: bool = True


def find_leaks(
    numbers: Iterable[LabelledNumber],
    vocabulary: Vocabulary,
    ranges: Ranges,
    others: Sequence[AuditedRelease] = (),
    rows: Mapping[Key, int] | None = None,
) -> Iterator[Leak]:
    """The numbers that stand beside the labels of a hidden cell and can be its value or its share.

    A number that the cell cannot have by what the tables show, or that is the count of a shown cell
    which the same labels can name, is none. A count of 1 to threshold - 1 beside the labels of a
    combination that no table has is one as well, where it stands in data and not in a text. What
    `others`, the other releases, show of the cell is compared in `audit.releases`; that published
    `rows` show it so often says no more than the rows.
    """
    release = vocabulary.release
    reported: set[tuple[Key, str, int, int]] = set()
    labels: tuple[CellLabel, ...] = ()
    keys: set[Key] = set()
    for number in numbers:
        if number.labels is not labels:  # the numbers of a row share theirs
            labels, keys = number.labels, vocabulary.read(number.labels)
        if rows and any(rows.get(key) == number.value for key in keys):
            continue
        if not keys or any(
            one.shown.get(key) == number.value
            for key in keys
            for one in (release, *others)
            if not number.share
        ):
            continue
        if any(_counts_cells(number, key, one) for key in keys for one in (release, *others)):
            continue
        for key in sorted(keys):
            if release.rounding:
                leak = _compare_rounded(number, key, release)
            elif key in release.number:
                leak = _compare(number, key, release, ranges)
            else:
                leak = _compare_unlisted(number, key, release)
            if leak and (one := (key, leak.file, leak.least, leak.greatest)) not in reported:
                reported.add(one)
                yield leak


def _counts_cells(number: LabelledNumber, key: Key, release: AuditedRelease) -> bool:
    """Whether the number, by its column, counts cells with these labels: anybody can.

    A label that is such a word (a category `suppressed`) may be the page's own, about the cells.
    """
    if not CELLS.search(number.column) and not number.share:
        return False
    others = tuple(
        pair for pair in key if not CELLS.search(f"{pair[1]} {release.labels.get(pair, '')}")
    )
    for cells, hidden in (*release.count_cells(key), *release.count_cells(others)):
        known = (hidden / cells,) if number.share else (cells, hidden)
        if any(abs(number.value - one) <= number.step + CLOSE for one in known):
            return True
    return False


def _compare(
    number: LabelledNumber, key: Key, release: AuditedRelease, ranges: Ranges
) -> Leak | None:
    at = release.number[key]
    low, high = int(ranges.lower[at]), int(ranges.upper[at])
    if not number.share:
        value = round(number.value)
        if value != number.value or not low <= value <= high:
            return None
        how = f"{value:,} stands beside its labels"
        return Leak(key, number.file, number.channel, number.words, value, value, how)
    best: Leak | None = None
    for parent, whole in parent_totals(key, release):
        least, most = bound_by_share(number, whole, low, high)
        if least > most or (most >= release.threshold and release.level == 2):
            continue
        if release.level == 1 and least <= low and most >= high:
            continue
        how = f"its share {number.value:.6g} of {name_cell(parent)} ({whole:,}) is {least:,}"
        how += f" to {most:,}" if most > least else ""
        if best is None or most - least < best.greatest - best.least:
            best = Leak(key, number.file, number.channel, number.words, least, most, how)
    return best


def bound_by_share(number: LabelledNumber, whole: int, low: int, high: int) -> tuple[int, int]:
    """The least and greatest count from `low` to `high` of which the number is the share of `whole`."""
    least = math.ceil((number.value - number.step) * whole - CLOSE * whole)
    most = math.floor((number.value + number.step) * whole + CLOSE * whole)
    return max(low, least), min(high, most)


def parent_totals(key: Key, release: AuditedRelease) -> Iterator[tuple[Key, int]]:
    """The shown cells that contain the cell `key`: possible bases of a share."""
    for size in range(2 ** len(key) - 1):
        parent = tuple(pair for place, pair in enumerate(key) if size >> place & 1)
        if parent in release.shown:
            yield parent, release.shown[parent]


def _compare_rounded(number: LabelledNumber, key: Key, release: AuditedRelease) -> Leak | None:
    """A count that is not rounded, less than the base away from the rounded one."""
    value, shown = round(number.value), release.shown.get(key, 0)
    listed = frozenset(name for name, _ in key) in release.dimension_sets
    if number.share or value != number.value or not listed or value % release.rounding == 0:
        return None
    if abs(value - shown) >= release.rounding:
        return None
    how = f"{value:,} stands beside its labels, and the tables round it to {shown:,}"
    return Leak(key, number.file, number.channel, number.words, value, value, how)


def _compare_unlisted(number: LabelledNumber, key: Key, release: AuditedRelease) -> Leak | None:
    """A small count of a combination of values that no published table has."""
    if frozenset(name for name, _ in key) in release.dimension_sets or number.share:
        return None
    value = round(number.value)
    if value != number.value or not 1 <= value < release.threshold or number.channel not in DATA:
        return None
    how = f"{value:,} stands beside these labels, and no protected table has their combination"
    return Leak(key, number.file, number.channel, number.words, value, value, how, listed=False)


def find_statistics(path: str, content: bytes, release: AuditedRelease) -> Iterator[Leak]:
    """Least and greatest in a Parquet file's statistics that come from hidden counts."""
    table = next((one for one in release.tables if one.path == path), None)
    if table is None:
        return
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        for group in range(file.metadata.num_row_groups):
            yield from _compare_group(file, group, table)
    except (pa.ArrowException, OSError):
        return


def _compare_group(file: pq.ParquetFile, group: int, table: AuditedTable) -> Iterator[Leak]:
    first = sum(file.metadata.row_group(one).num_rows for one in range(group))
    described = file.metadata.row_group(group)
    rows = range(first, first + described.num_rows)
    hidden = [table.keys[row] for row in rows if table.counts[row] is None]
    for place in range(described.num_columns):
        column = described.column(place)
        statistics = column.statistics
        name = column.path_in_schema
        if statistics is None or not statistics.has_min_max or name in table.dimensions:
            continue
        kept = set(file.read_row_group(group, columns=[name])[name].to_pylist())
        for kind, value in (("least", statistics.min), ("greatest", statistics.max)):
            if isinstance(value, int) and value not in kept and hidden:
                how = f"the file's statistics give {value:,} as the {kind} {name} of these rows"
                words = f"group of rows {group + 1}, column {name}"
                key, more = hidden[0], len(hidden) - 1
                how += f", of which no shown row has it ({more:,} more are hidden)" if more else ""
                yield Leak(key, table.path, "Parquet statistics", words, value, value, how)
