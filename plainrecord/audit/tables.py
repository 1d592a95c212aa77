"""The protected tables of a release as published (`protection.json`, Parquet or CSV files)."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from plainrecord.audit.system import UNBOUNDED, CellSum
from plainrecord.core.strict_json import Json, items_in, objects_in, parse_json

PROTECTION = "protection.json"
MISSING = "__missing"
"""What the name of a column ends in that says why another column has no value."""

Key = tuple[tuple[str, str], ...]
"""The values of a cell's dimensions, (dimension, value), sorted by dimension; () for the total."""


class UnreadableError(Exception):
    """What is published of a dataset cannot be read as SPEC says; the message says why."""


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """One table: rows in order, each count or None (hidden), and the texts that hide, or "".

    `sums`: its counts may be sums of counts of a table by a related field.
    """

    resource: str
    path: str
    dimensions: tuple[str, ...]
    keys: tuple[Key, ...]
    counts: tuple[int | None, ...]
    marks: tuple[str, ...]
    sums: bool = False


@dataclass(frozen=True)
class AuditedRelease:
    """One release: `name` of the dataset, `date` ("" for now), `folder` below the site's root."""

    name: str
    date: str
    folder: str
    protection: Mapping[str, Json]
    tables: tuple[AuditedTable, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`NAME`, or `NAME@DATE`."""
        return f"{self.name}@{self.date}" if self.date else self.name

    @property
    def records(self) -> Mapping[str, Json] | None:
        """What `protection.json` says of published rows (keys, sensitive, diversity), or None."""
        inside = self.protection.get("records")
        if isinstance(inside, dict):
            return inside
        return self.protection if self.protection.get("mode") == "records" else None

    @property
    def threshold(self) -> int:
        """The smallest count that is shown."""
        value = self.protection.get("threshold")
        return value if isinstance(value, int) else 0

    @property
    def level(self) -> int:
        """1 or 2: how well hidden cells must be protected."""
        return 1 if self.protection.get("level") == 1 else 2

    @property
    def rounding(self) -> int:
        """The number of which every count is a multiple; 0 where counts are not rounded."""
        value = self.protection.get("rounding")
        return value if isinstance(value, int) and value > 1 else 0

    @cached_property
    def beside(self) -> Mapping[str, frozenset[Key]]:
        """By date, hidden cells of earlier releases protected together that may have changed."""
        stated = self.protection.get("beside")
        return {
            date: frozenset(
                tuple(sorted((name, str(value)) for name, value in cell.items()))
                for cell in objects_in(cells)
            )
            for date, cells in (stated.items() if isinstance(stated, dict) else ())
        }

    @cached_property
    def nested(self) -> Mapping[tuple[str, str], Mapping[str, str]]:
        """For two dimensions the values of the first, each with that of the second that it lies in."""
        return {
            (str(one.get("field")), str(one.get("within"))): {
                value: str(whole) for value, whole in values.items()
            }
            for one in objects_in(self.protection, "nested")
            if isinstance(values := one.get("values"), dict)
        }

    @cached_property
    def cells(self) -> Sequence[tuple[AuditedTable, Key, int | None, str]]:
        """The table, the values, the count and the text of each cell: tables, then rows."""
        return [
            (table, *cell)
            for table in self.tables
            for cell in zip(table.keys, table.counts, table.marks, strict=True)
        ]

    @cached_property
    def hidden(self) -> tuple[Key, ...]:
        """The hidden cells in the order of `protection.json`."""
        return tuple(key for _, key, count, _ in self.cells if count is None)

    @cached_property
    def number(self) -> Mapping[Key, int]:
        """The number of each hidden cell in `hidden`."""
        return {key: at for at, key in enumerate(self.hidden)}

    @cached_property
    def shown(self) -> Mapping[Key, int]:
        """The counts that are shown."""
        return {key: count for _, key, count, _ in self.cells if count is not None}

    @cached_property
    def dimension_sets(self) -> Mapping[frozenset[str], AuditedTable]:
        """The tables by the set of their dimensions."""
        return {frozenset(table.dimensions): table for table in self.tables}

    @cached_property
    def table_of(self) -> Mapping[Key, str]:
        """The table of each hidden cell."""
        return {key: table.resource for table, key, count, _ in self.cells if count is None}

    @cached_property
    def _cell_counts(self) -> Mapping[tuple[str, Key], list[int]]:
        """For each table and each value or pair of values in it: its cells, and the hidden ones."""
        counts: dict[tuple[str, Key], list[int]] = {}
        for table, key, count, _ in self.cells:
            for size in range(1, len(key) + 1):
                for part in combinations(key, size):
                    one = counts.setdefault((table.resource, part), [0, 0])
                    one[0] += 1
                    one[1] += count is None
        return counts

    def count_cells(self, key: Key) -> Iterator[tuple[int, int]]:
        """The number of cells with these labels in each table, and of the hidden ones."""
        for table in self.tables:
            if (table.resource, key) in self._cell_counts:
                cells, hidden = self._cell_counts[table.resource, key]
                yield cells, hidden

    def first_bounds(self) -> tuple[list[int], list[int]]:
        """The bounds of each hidden cell: 1 or more, and at level 1 those of its label.

        Sums of several cells have no bounds from their label.
        """
        lower, upper = [], []
        for table, key, count, mark in self.cells:
            if count is None:
                small = self.level == 1 and is_small_mark(mark)
                large = self.level == 1 and not (small or table.sums or key in self._totals)
                lower.append(self.threshold if large else 1)
                upper.append(self.threshold - 1 if small else UNBOUNDED)
        return lower, upper

    @cached_property
    def _totals(self) -> frozenset[Key]:
        """The cells that are sums of several cells of a table with one dimension more, and the cells
        that are equal to one of these because all others are 0.
        """
        parts: dict[tuple[Key, str], list[Key]] = {}
        for key in (*self.hidden, *(key for key, count in self.shown.items() if count)):
            for at in range(len(key)):
                parts.setdefault((key[:at] + key[at + 1 :], key[at][0]), []).append(key)
        totals = {key for (key, _), listed in parts.items() if len(listed) > 1}
        while (
            further := {
                other
                for (key, _), (one, *more) in parts.items()
                for part, other in ((key, one), (one, key))
                if not more and part in totals
            }
            - totals
        ):
            totals |= further
        return frozenset(totals)

    @cached_property
    def small(self) -> frozenset[int]:
        """At level 1, the hidden cells that are labelled as smaller than the threshold."""
        _, upper = self.first_bounds()
        return frozenset(at for at, high in enumerate(upper) if high < UNBOUNDED)


def is_small_mark(mark: str) -> bool:
    """Whether the text for a hidden count says that it is below the threshold."""
    return mark.lower().startswith(("fewer", "less", "<", "under", "small"))


def name_cell(key: Key) -> str:
    """A cell in words: `race ASIAN, city BRONX`, or `the total`."""
    return ", ".join(f"{name} {value or '(missing)'}" for name, value in key) or "the total"


def build_equations(release: AuditedRelease) -> list[CellSum]:
    """Each cell as the sum of its parts with more dimensions; an unlisted combination has 0."""
    return [
        equation
        for children in release.tables
        for parents in _direct_parents(release, frozenset(children.dimensions))
        for equation in _link(release, parents, children)
    ]


def _direct_parents(release: AuditedRelease, dimensions: frozenset[str]) -> list[AuditedTable]:
    """The tables with fewer dimensions, between which and this table there is no other."""
    below = [other for other in release.dimension_sets if other < dimensions]
    nearest = [one for one in below if not any(one < other for other in below)]
    return [release.dimension_sets[one] for one in sorted(nearest, key=sorted)]


def _link(
    release: AuditedRelease, parents: AuditedTable, children: AuditedTable
) -> Iterator[CellSum]:
    kept = set(parents.dimensions)
    groups: dict[Key, list[Key]] = {key: [] for key in parents.keys}
    for key in children.keys:
        groups.setdefault(tuple(pair for pair in key if pair[0] in kept), []).append(key)
    over = " and ".join(name for name in children.dimensions if name not in kept)
    for parent, members in groups.items():
        yield sum_cells(release, (parents, parent), (children, members), over)


def sum_cells(
    release: AuditedRelease,
    whole: tuple[AuditedTable, Key],
    parts: tuple[AuditedTable, Sequence[Key]],
    over: str,
) -> CellSum:
    """The equation that a cell of one table is the sum of cells of another one, `over` their values."""
    (parents, parent), (children, members) = whole, parts
    terms = [(release.number[key], 1) for key in members if key in release.number]
    known = sum(release.shown.get(key, 0) for key in members)
    hidden = len(terms)
    if parent in release.number:
        terms.append((release.number[parent], -1))
        total, shown = -known, "hidden"
    else:
        count = release.shown.get(parent, 0)
        total, shown = count - known, f"{count:,}" if parent in release.shown else "not listed"
    words = (
        f"{parents.resource}, {name_cell(parent)} ({shown}) is the sum over {over} in "
        f"{children.resource}: shown {known:,}, and {hidden:,} hidden"
    )
    return CellSum(tuple(terms), total, words)


def read_release(root: Path, path: str) -> AuditedRelease:
    """The release whose `protection.json` is at `path`; UnreadableError for unreadable tables."""
    parts = path.split("/")
    folder = "/".join(parts[:-1])
    name = parts[1]
    date = parts[3] if len(parts) > 4 and parts[2] == "releases" else ""
    name, _, dated = name.partition("@")
    document = _read_json(root / path)
    titles, labels = read_labels(root / folder / "downloads" / "datapackage.json")
    listed = document.get("tables", [])
    if not isinstance(listed, list) or not isinstance(document.get("threshold"), int):
        raise UnreadableError("it has no `threshold` or no list `tables`")
    measure = document.get("measure") if isinstance(document.get("measure"), str) else "count"
    impossible = frozenset(
        tuple(sorted((field, str(value)) for field, value in one.items()))
        for one in objects_in(document, "structural_zeros")
    )
    tables = [
        _read_table(root, folder, one, str(measure), impossible)
        for one in listed
        if isinstance(one, dict)
    ]
    return AuditedRelease(name, date or dated, folder, document, tuple(tables), titles, labels)


def _read_json(path: Path) -> dict[str, Json]:
    try:
        document = parse_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnreadableError(str(error)) from None
    if not isinstance(document, dict):
        raise UnreadableError("it is not a JSON object")
    return document


def read_labels(path: Path) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """The titles of fields, and the labels of their categories and marks, in the data package."""
    titles: dict[str, str] = {}
    labels: dict[tuple[str, str], str] = {}
    try:
        document = _read_json(path)
    except UnreadableError:
        return titles, labels
    for resource in items_in(document, "resources"):
        for one in objects_in(resource, "schema", "fields"):
            name = str(one.get("name"))
            title = one.get("title")
            titles.setdefault(name, title if isinstance(title, str) else name)
            for kind in ("categories", "missingValues"):
                for item in objects_in(one, kind):
                    if isinstance(item.get("label"), str):
                        labels.setdefault((name, str(item.get("value"))), str(item["label"]))
    return titles, labels


def _read_table(
    root: Path, folder: str, listed: Mapping[str, Json], measure: str, impossible: Set[Key]
) -> AuditedTable:
    resource, dimensions = listed.get("resource"), listed.get("dimensions")
    if not isinstance(resource, str) or not isinstance(dimensions, list):
        raise UnreadableError("a table has no `resource` or no `dimensions`")
    names = [str(name) for name in dimensions]
    for ending, read in ((".parquet", _read_parquet), (".csv", _read_csv)):
        path = f"{folder}/downloads/{resource}{ending}"
        if (root / path).is_file():
            try:
                columns = read(root / path)
            except (pa.ArrowException, OSError, ValueError, csv.Error) as error:
                raise UnreadableError(f"{path}: {error}") from None
            table = _collect(resource, path, names, columns, measure, impossible)
            return replace(table, sums=listed.get("sums") is True)
    raise UnreadableError(f"there is no table {resource}.parquet or {resource}.csv in downloads/")


def _collect(
    resource: str,
    path: str,
    names: list[str],
    columns: Mapping[str, list[str]],
    measure: str,
    impossible: Set[Key],
) -> AuditedTable:
    """The table of these columns; combinations that cannot occur have the count 0."""
    absent = [name for name in (*names, measure) if name not in columns]
    if absent:
        raise UnreadableError(f"{path} has no column {absent[0]!r}")
    order = sorted(names)
    values = [
        [
            text or mark
            for text, mark in zip(
                columns[name], columns.get(name + MISSING, columns[name]), strict=True
            )
        ]
        for name in order
    ]
    keys = [tuple(zip(order, row, strict=True)) for row in zip(*values, strict=True)]
    texts = columns[measure]
    keys = keys or [()] * len(texts)
    marks = columns.get(measure + MISSING, [""] * len(texts))
    counts: list[int | None] = []
    shown: list[str] = []
    for key, text, mark in zip(keys, texts, marks, strict=True):
        if not text.isdecimal() and any(set(one) <= set(key) for one in impossible):
            text, mark = "0", ""
        plain = text.replace(",", "")
        whole = plain.removesuffix(".0")
        counts.append(int(whole) if whole.lstrip("-").isdigit() else None)
        shown.append("" if counts[-1] is not None else (text or mark))
    ordered = sorted(keys)
    double = [key for key, group in groupby(ordered) if len(list(group)) > 1]
    if double:
        raise UnreadableError(f"{path} has two rows for {name_cell(double[0])}")
    return AuditedTable(resource, path, tuple(names), tuple(keys), tuple(counts), tuple(shown))


def _read_parquet(path: Path) -> dict[str, list[str]]:
    table = pq.read_table(path)
    return {
        name: ["" if value is None else str(value) for value in table[name].to_pylist()]
        for name in table.column_names
    }


def _read_csv(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(io.StringIO(stream.read())))
    header = rows[0] if rows else []
    return {
        name: [row[at] if at < len(row) else "" for row in rows[1:] if row]
        for at, name in enumerate(header)
    }
