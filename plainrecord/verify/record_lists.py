"""Lists of records that differ: what pages and receipts say of the lines of each file."""

import csv
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lxml import etree

from plainrecord.core.html import parse_page
from plainrecord.core.strict_json import parse_json
from plainrecord.findings.finding import Finding
from plainrecord.model.freshness import day_words
from plainrecord.receipts.change_ids import (
    AFTER,
    BEFORE,
    KIND_WORDS,
    LEDGER_COLUMNS,
    LIKELY,
    RENAME_COLUMNS,
)
from plainrecord.receipts.receipts_document import Proof

LISTED = ("added", "vanished")
NOTHING = "(empty)"
FEW = 5
LONGEST_TEXT = 200
LONGEST_SPAN = 5
LONGEST_CELL = 16_000_000
MOST_LINES = 5_000_000
_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_LIST = re.compile(r"datasets/([^/]+)/changes/(?:([^/]+)/(?:added|vanished|changed)|vanished)\.csv")


def count_lines(path: Path | None) -> int:
    """The records in a CSV file below its header; a line within quotes ends no record."""
    if path is None:
        return 0
    records, inside = -1, False
    with path.open("rb") as lines:
        for line in lines:
            inside ^= line.count(b'"') % 2 == 1
            records += not inside and line.strip(b"\r\n") != b""
    return max(0, records)


def name_lists(sheet: str, proof: Proof) -> dict[str, int]:
    """The files in which records are listed, and how many `proof` of `sheet` says there are."""
    if "vanished" not in proof.counted or len(proof.rows) != 1:
        return {}
    folder = f"{posixpath.dirname(sheet)}/{proof.id.rpartition('.')[2]}"
    row = dict(zip(proof.counted, proof.rows[0], strict=True))
    return {
        f"{folder}/{name}.csv": count
        for name in LISTED
        if isinstance(count := row.get(name), int) and not isinstance(count, bool)
    }


def compare_lines(
    path: str, files: Iterable[Path | None], number: str, where: str
) -> Iterator[Finding]:
    """Whether the CSV `files` at `path` have as many records as `where` says, for example 1,234.

    `path` may name several files, separated by spaces. A missing file has no records.
    """
    expected = f"{sum(map(count_lines, files)):,}"
    if number != expected:
        found = f"{path} is stated to list {number} {'line' if number == '1' else 'lines'}"
        yield Finding("page-differs", found, expected, file=where)


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell of a table on a page: its text, what `data-value` says, and a marked part of it."""

    text: str
    value: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class ListedTable:
    """A table on a page of lines of the CSV `path`, and which of its `columns` make each cell."""

    path: str
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class SharedChange:
    """What a page says that several lines of the likely renames `path` share, and how many do."""

    path: str
    field: str
    before: str
    after: str
    times: str


def read_tables(content: bytes) -> tuple[tuple[ListedTable, ...], tuple[SharedChange, ...]]:
    """The tables of a page that name a list of records, and the changes that likely renames share."""
    if b"data-listed" not in content and b"data-shared" not in content:
        return (), ()
    root = parse_page(content)
    tables = tuple(_read_table(table) for table in root.xpath("//*[@data-listed]"))
    shared = tuple(
        SharedChange(
            item.get("data-shared"),
            item.get("data-field") or "",
            *(_marked(item, name) for name in ("shared-before", "shared-after", "shared-times")),
        )
        for item in root.xpath("//*[@data-shared]")
    )
    return tables, shared


def _read_table(table: etree._Element) -> ListedTable:
    columns: list[tuple[str, ...]] = []
    rows: list[tuple[Entry, ...]] = []
    spanning: list[Entry] = []  # the cell that reaches down from a row above
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("th", "td")]
        if not columns and any(cell.get("data-columns") for cell in cells):
            columns = [_names(cell.get("data-columns") or "") for cell in cells]
            continue
        entries = [
            Entry(_words(cell), cell.get("data-value") or "", _marked(cell, "listed-value"))
            for cell in cells
        ]
        span = cells[0].get("rowspan") if cells else None
        if len(entries) < len(columns) and spanning:
            entries.insert(0, spanning.pop())
        elif span is not None and span.isdecimal() and len(span) < LONGEST_SPAN:
            spanning = [entries[0]] * (int(span) - 1)
        rows.append(tuple(entries))
    return ListedTable(table.get("data-listed", ""), tuple(columns), tuple(rows))


def _names(text: str) -> tuple[str, ...]:
    try:
        names = parse_json(text.encode())
    except ValueError:
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _marked(element: etree._Element, name: str) -> str:
    return " ".join(_words(part) for part in element.iter("span") if part.get("class") == name)


def _words(element: etree._Element) -> str:
    return _plain("".join(element.itertext()))


def _plain(text: str) -> str:
    """A cell as pages show it: blanks collapsed, one word for no value and for a blank one."""
    return " ".join(text.split()).replace("(blank)", NOTHING) or NOTHING


def compare_table(table: ListedTable, file: Path | None, where: str) -> tuple[Finding, ...]:
    """Whether each row of a table on the page `where` is a line of the CSV `file` of its own."""

    def report(found: str, expected: str) -> Finding:
        return Finding("page-differs", f"{table.path}: {found}", expected, file=where)

    counted: Counter[tuple[str, ...]] = Counter()
    try:
        lines = read_lines(file)
        heads = next(lines, [])
        if not table.columns or not all(table.columns):
            raise ValueError("the table does not name a column of the file for each cell")
        for name in (name for names in table.columns for name in names):
            if name not in heads:
                raise ValueError(f"the file has no column {name[:LONGEST_TEXT]!r}")
        places = [tuple(map(heads.index, names)) for names in table.columns]
        kinds = [_kind_of(table.path, heads, column) for column in places]
        for row in table.rows:
            if len(row) != len(places):
                raise ValueError("a row of the table has more or fewer cells than columns")
            counted[tuple(map(_say, row, kinds))] += 1
        for line in lines:
            cells = tuple(map(partial(_project, line), places, kinds))
            if counted.get(cells):
                counted[cells] -= 1
    except ValueError as error:
        return (report(f"the page cannot be compared with it: {error}", "a table of its lines"),)
    left = [row for row, count in counted.items() if count > 0]
    return tuple(
        report(f"the page lists {', '.join(row)[:LONGEST_TEXT]!r}", "a line of the file")
        for row in left[:FEW]
    )


def _kind_of(path: str, heads: Sequence[str], columns: tuple[int, ...]) -> str:
    """How cells made from the columns at `columns` are written: unchanged, or for readers."""
    name = posixpath.basename(path)
    if len(columns) == 1 and name == "changed.csv":
        return {len(heads) - 4: "name", len(heads) - 1: "kind"}.get(columns[0], "")
    if len(columns) == 1 and name == "vanished.csv" and heads[-3:] == list(LEDGER_COLUMNS):
        return "day" if columns[0] >= len(heads) - len(LEDGER_COLUMNS) else ""
    if len(columns) == 1 and name == LIKELY and columns[0] == len(heads) - 1:
        return "part"
    return ""


def _say(entry: Entry, kind: str) -> str:
    if kind == "name":
        return _plain(entry.value)
    return entry.part if kind == "part" else entry.text


def _project(line: Sequence[str], columns: tuple[int, ...], kind: str) -> str:
    cells = [line[at] if at < len(line) else "" for at in columns]
    if kind == "day" and _DAY.fullmatch(cells[0]):
        return day_words(cells[0])
    if kind == "kind":
        return KIND_WORDS.get(cells[0], cells[0])
    return _plain(" · ".join(map(_plain, cells)))


def compare_shared(shared: SharedChange, file: Path | None, where: str) -> Iterator[Finding]:
    """Whether as many likely renames in the CSV `file` share a change as the page `where` says."""
    try:
        lines = read_lines(file)
        heads = next(lines, [])
        before, after = (heads.index(start + shared.field) for start in (BEFORE, AFTER))
        field = len(heads) - len(RENAME_COLUMNS)
        stated = (shared.field, shared.before, shared.after)
        count = sum(
            (line[field], _plain(line[before]), _plain(line[after])) == stated
            for line in lines
            if len(line) == len(heads)
        )
    except ValueError as error:
        found = f"{shared.path}: the page cannot be compared with it: {error}"
        yield Finding("page-differs", found, "a change that its lines share", file=where)
        return
    if shared.times != f"{count:,}":
        change = f"{shared.before!r} to {shared.after!r}"[:LONGEST_TEXT]
        found = f"{shared.path}: {change} is said of {shared.times} likely renames"
        yield Finding("page-differs", found, f"{count:,}", file=where)


def compare_likely(path: str, find: Callable[[str], Path | None]) -> Iterator[Finding]:
    """Whether each likely rename in the file at `path` has its own lines in the other lists.

    The old record is in vanished.csv, the new one in added.csv. `find` returns the file at a path.
    """
    folder = posixpath.dirname(path)
    for start, name in ((BEFORE, "vanished.csv"), (AFTER, "added.csv")):
        try:
            expected: Counter[tuple[str, ...]] = Counter()
            lines = read_lines(find(path))
            heads = next(lines, [])
            names = [head for head in heads[: -len(RENAME_COLUMNS)] if head.startswith(start)]
            width = (len(heads) - len(RENAME_COLUMNS)) // 2
            first = 0 if start == BEFORE else width
            if not names or names != heads[first : first + width]:
                raise ValueError(f"its columns are {', '.join(heads)[:LONGEST_TEXT]}")
            for line in lines:
                expected[tuple(line[first : first + width])] += 1
            others = read_lines(find(f"{folder}/{name}"))
            known = next(others, [])
            places = [known.index(head.removeprefix(start)) for head in names]
            for line in others:
                cells = tuple(line[at] for at in places if at < len(line))
                if expected.get(cells):
                    expected[cells] -= 1
        except ValueError as error:
            found = f"it cannot be compared with {name}: {error}"
            yield Finding("list-differs", found, "likely renames", file=path)
            continue
        for row in [row for row, count in expected.items() if count > 0][:FEW]:
            found = f"{' · '.join(row)[:LONGEST_TEXT]!r} is not a line of {name}"
            yield Finding("list-differs", found, "records of that list", file=path)


def read_lines(file: Path | None) -> Iterator[list[str]]:
    """The lines of a CSV file, its header first; ValueError for what cannot be read."""
    if file is None:
        raise ValueError("the file does not exist")
    csv.field_size_limit(LONGEST_CELL)
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            pieces = iter(lambda: stream.readline(LONGEST_CELL), "")
            for number, line in enumerate(csv.reader(pieces, strict=True)):
                if number > MOST_LINES:
                    raise ValueError(f"it has more than {MOST_LINES:,} lines")
                yield line
    except (csv.Error, OSError) as error:  # a UnicodeDecodeError is a ValueError
        raise ValueError(str(error)) from None


def find_unproven(paths: Iterable[str], proven: Collection[str]) -> Iterator[Finding]:
    """The lists of records among `paths` that no receipt is about."""
    for path in sorted(paths):
        if _LIST.fullmatch(path) and path not in proven:
            found = "it lists records, but no receipt has its query"
            yield Finding("list-unproven", found, "a receipt", file=path)
