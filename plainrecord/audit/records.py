"""Count k-anonymity and l-diversity on published rows, and compare rows with the tables beside them.

A value that was suppressed counts as a value of its own: a group of rows must be large enough as it
is published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from plainrecord.audit.tables import MISSING, AuditedRelease, Key, UnreadableError, name_cell
from plainrecord.core.strict_json import Json, items_in
from plainrecord.findings.finding import Finding

MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class CountedRows:
    """How many rows and groups of key variables there are, and what is wrong with them."""

    rows: int
    groups: int
    findings: tuple[Finding, ...]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class RowCounter:
    """The published rows of one dataset in records mode, in an engine of their own."""

    def __init__(self, root: Path, release: AuditedRelease) -> None:
        """UnreadableError where the rows, or a column that the policy names, are not there."""
        self._policy = release.records or {}
        resource = self._policy.get("resource")
        base = f"{release.folder}/downloads/{resource}"
        self._release = release
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"SET threads = 1; SET memory_limit = '{MEMORY}'")
        for ending, reader in ((".parquet", "read_parquet"), (".csv", "read_csv")):
            path = root / f"{base}{ending}"
            if path.is_file():
                self.path = f"{base}{ending}"
                more = ", all_varchar = true, nullstr = ''" if ending == ".csv" else ""
                text = str(path).replace("'", "''")
                try:
                    self._connection.execute(
                        f"CREATE VIEW published AS FROM {reader}('{text}'{more})"
                    )
                except duckdb.Error as error:
                    raise UnreadableError(f"{self.path}: {error}") from None
                break
        else:
            raise UnreadableError(f"there is no file {resource}.parquet or {resource}.csv")
        described = self._connection.execute("DESCRIBE published").fetchall()
        self.columns = tuple(str(one[0]) for one in described)
        self._marks = self._suppressed_marks()
        self.keys = tuple(map(str, items_in(self._policy, "keys")))
        self.threshold = release.threshold

    def attach(self, other: RowCounter) -> str:
        """The relation here of the rows of another release."""
        source = other.query("SELECT sql FROM duckdb_views() WHERE view_name = 'published'")[0][0]
        self._connection.execute(str(source).replace(" published ", " earlier ", 1))
        return "earlier"

    def hides(self, name: str) -> bool:
        """Whether values of a column are suppressed, or there is no such column."""
        return name not in self.columns or bool(
            self.query(f"SELECT 1 FROM published WHERE {self.is_blank(name)} LIMIT 1")
        )

    def _suppressed_marks(self) -> tuple[str, ...]:
        labelled = {
            value for (_, value), text in self._release.labels.items() if "suppress" in text.lower()
        }
        return tuple(sorted({"suppressed", *labelled}))

    def value(self, name: str) -> str:
        """SQL: the value of a column as text, or the mark of why there is none."""
        column = f"CAST({_quote(name)} AS VARCHAR)"
        if name + MISSING in self.columns:
            column = f"coalesce({column}, {_quote(name + MISSING)})"
        return f"coalesce({column}, '')"

    def is_blank(self, name: str) -> str:
        """SQL: whether the value of a column was suppressed."""
        marks = ", ".join("'" + mark.replace("'", "''") + "'" for mark in self._marks)
        return f"({self.value(name)} IN ({marks}))"

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a query over the view `published`."""
        rows: list[tuple[object, ...]] = self._connection.execute(sql).fetchall()
        return rows

    def count_groups(self) -> CountedRows:
        """k-anonymity over the key variables, and l-diversity of each sensitive variable."""
        keys = self.keys
        sensitive = _diversity(self._policy)
        self._need([*keys, *sensitive])
        threshold = self._release.threshold
        columns = [self.value(name) for name in keys] or ["''"]
        distinct = "".join(
            f", count(DISTINCT {self.value(name)}) FILTER (NOT {self.is_blank(name)})"
            for name in sensitive
        )
        names = ", ".join(f"k{at}" for at in range(len(columns)))
        grouped = ", ".join(f"{column} AS k{at}" for at, column in enumerate(columns))
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE grouped AS SELECT {grouped}, count(*) AS n{distinct} "
            f"FROM published GROUP BY {', '.join(columns)} ORDER BY {names}"
        )
        described = self.query("DESCRIBE grouped")
        counted = [str(one[0]) for one in described][len(columns) + 1 :]
        rows, groups = self.query("SELECT coalesce(sum(n), 0)::BIGINT, count(*) FROM grouped")[0]
        findings = [*self._find_small(keys, names, threshold)]
        for name, column in zip(sensitive, counted, strict=True):
            findings += self._find_alike(keys, names, name, column, sensitive[name])
        return CountedRows(int(str(rows)), int(str(groups)), tuple(findings))

    def report(self, rule: str, found: str, expected: str) -> Finding:
        """A finding about these rows."""
        return Finding(rule, found, expected, file=self.path, dataset=self._release.key)

    def _find_small(self, keys: Sequence[str], names: str, threshold: int) -> Iterator[Finding]:
        where = f"FROM grouped WHERE n < {threshold}"
        count, rows = self.query(f"SELECT count(*), coalesce(sum(n), 0)::BIGINT {where}")[0]
        if not count:
            return
        first = self.query(f"SELECT {names}, n {where} ORDER BY n, {names} LIMIT 1")[0]
        found = (
            f"{count:,} combinations of {', '.join(keys)} are held by fewer than {threshold} rows, "
            f"{rows:,} rows together; one of them: {_name(keys, first)}, in {first[-1]}"
        )
        expected = f"each combination in {threshold} rows or more"
        yield self.report("audit-group-small", found, expected)

    def _find_alike(
        self, keys: Sequence[str], names: str, sensitive: str, column: str, least: int
    ) -> Iterator[Finding]:
        where = f"FROM grouped WHERE {_quote(column)} < {least} AND {_quote(column)} > 0"
        [(count,)] = self.query(f"SELECT count(*) {where}")
        if not count:
            return
        first = self.query(f"SELECT {names}, {_quote(column)} {where} ORDER BY {names} LIMIT 1")[0]
        found = (
            f"{count:,} groups of rows with the same {', '.join(keys)} have fewer than {least} "
            f"values of {sensitive}; one of them: {_name(keys, first)}, with {first[-1]}"
        )
        expected = f"{least} different values of {sensitive} in each group"
        yield self.report("audit-group-alike", found, expected)

    def _need(self, names: Sequence[str]) -> None:
        absent = [name for name in names if name not in self.columns]
        if absent:
            raise UnreadableError(f"{self.path} has no column {absent[0]!r}")

    def bound_cells(self) -> tuple[dict[Key, int], dict[Key, int]]:
        """For each cell of the tables whose dimensions are columns of the rows: the rows that show
        it, and the rows that can belong to it as well, because they hide one of its dimensions.
        """
        shown: dict[Key, int] = {}
        possible: dict[Key, int] = {}
        for table in self._release.tables:
            order = sorted(table.dimensions)
            if not set(order) <= set(self.columns):
                continue
            values = [self.value(name) for name in order]
            blanks = [self.is_blank(name) for name in order]
            columns = ", ".join([*values, *blanks, "count(*)"])
            groups = ", ".join([*values, *blanks])
            grouped = f"GROUP BY {groups}" if order else ""
            rows = self.query(f"SELECT {columns} FROM published {grouped}")
            hidden = []
            for row in rows:
                flags, count = row[len(order) : -1], int(str(row[-1]))
                parts = tuple(
                    None if flag else (name, str(value))
                    for name, value, flag in zip(order, row, flags, strict=False)
                )
                if any(flags):
                    hidden.append((parts, count))
                else:
                    shown[tuple(part for part in parts if part is not None)] = count
            for key in table.keys:
                possible[key] = sum(
                    count
                    for parts, count in hidden
                    if all(
                        part is None or part == pair for part, pair in zip(parts, key, strict=True)
                    )
                )
                shown.setdefault(key, 0)
        return shown, possible


def compare_with_tables(
    release: AuditedRelease,
    shown: Mapping[Key, int],
    path: str,
    rule: str = "audit-rows-and-tables",
) -> Iterator[Finding]:
    """The cells that rows give away: a table's count minus the rows that show the cell is small."""
    differences = [
        (key, count, shown[key])
        for key, count in sorted(release.shown.items())
        if key in shown and 0 < count - shown[key] < release.threshold
    ]
    if differences:
        key, count, rows = max(differences, key=lambda one: len(one[0]))
        found = (
            f"{len(differences):,} cells of the tables count 1 to {release.threshold - 1} more "
            f"than the rows show; one of them: {name_cell(key)} is {count:,} in the table, "
            f"{rows:,} rows show it, so that {count - rows:,} rows that hide it belong to it"
        )
        expected = f"a difference of 0, or of {release.threshold} and more"
        yield Finding(rule, found, expected, file=path, dataset=release.key)


def narrow_by_rows(
    release: AuditedRelease,
    bounds: tuple[list[int], list[int]],
    shown: Mapping[Key, int],
    possible: Mapping[Key, int],
    rows: int,
) -> tuple[list[int], list[int]]:
    """The bounds of hidden cells, narrowed by the rows that show them and those that may belong.

    The rows that may belong are an upper bound only if the tables count no other rows.
    """
    lower, upper = list(bounds[0]), list(bounds[1])
    same = release.shown.get(()) == rows
    for at, key in enumerate(release.hidden):
        if key in shown:
            lower[at] = max(lower[at], shown[key])
            upper[at] = min(upper[at], shown[key] + possible[key]) if same else upper[at]
    return lower, upper


def join_releases(earlier: RowCounter, later: RowCounter) -> Iterator[Finding]:
    """Rows that both releases show, and of which they show together more than either does.

    A row is found again by the columns that neither suppresses, where each has one row with their
    values. `later` reads the rows of `earlier` as well.
    """
    keys = sorted({*earlier.keys, *later.keys} & {*earlier.columns, *later.columns})
    both = {*earlier.columns} & {*later.columns}
    hiding = {name for one in (earlier, later) for name in one.keys if one.hides(name)}
    found_by = sorted(name for name in both - hiding if not name.endswith(MISSING))
    if not found_by or not hiding:
        return
    threshold = max(earlier.threshold, later.threshold)
    views = []
    for one, relation in ((earlier, later.attach(earlier)), (later, "published")):
        shown = [
            f"any_value(CASE WHEN NOT {one.is_blank(name)} THEN {one.value(name)} END)"
            if name in one.columns
            else "NULL"
            for name in keys
        ]
        columns = [
            *(f"{one.value(name)} AS f{at}" for at, name in enumerate(found_by)),
            *(f"{value} AS k{at}" for at, value in enumerate(shown)),
        ]
        numbers = ", ".join(str(at + 1) for at in range(len(found_by)))
        views.append(
            f"(SELECT {', '.join(columns)} FROM {relation} GROUP BY {numbers} HAVING count(*) = 1)"
        )
    found = ", ".join(f"f{at}" for at in range(len(found_by)))
    places = range(len(keys))
    merged = ", ".join(f"coalesce(a.k{at}, b.k{at}) AS m{at}" for at in places)
    agree = " AND ".join(f"coalesce(a.k{at} = b.k{at}, TRUE)" for at in places)
    more, less = (
        " OR ".join(f"({one}.k{at} IS NOT NULL AND {other}.k{at} IS NULL)" for at in places)
        for one, other in (("a", "b"), ("b", "a"))
    )
    grouped = ", ".join(f"m{at}" for at in places)
    rows = later.query(
        f"SELECT {grouped}, count(*) AS n FROM (SELECT {merged} FROM {views[0]} AS a JOIN {views[1]} "
        f"AS b USING ({found}) WHERE {agree} AND ({more}) AND ({less})) GROUP BY ALL "
        f"HAVING n < {threshold} ORDER BY ALL"
    )
    if rows:
        first = _name(keys, ["suppressed" if value is None else value for value in rows[0]])
        found = (
            f"{len(rows):,} combinations of {', '.join(keys)} follow from rows that {earlier.path} "
            f"shows as well, with other values suppressed; one of them: {first}"
        )
        expected = "rows in which the same values are suppressed in both releases"
        yield later.report("audit-group-small", found, expected)


def _diversity(policy: Mapping[str, Json]) -> dict[str, int]:
    """The sensitive variables, each with the number of values that a group needs."""
    common = policy.get("diversity")
    least = common if isinstance(common, int) else 2
    groups: dict[str, int] = {}
    for one in items_in(policy, "sensitive"):
        if isinstance(one, dict):
            own = one.get("diversity", one.get("l"))
            groups[str(one.get("field", one.get("name")))] = own if isinstance(own, int) else least
        else:
            groups[str(one)] = least
    return groups


def _name(keys: Sequence[str], values: Sequence[object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(keys, values, strict=False)) or "all"
