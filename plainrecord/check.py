"""Checking tables: files and a schema go in, typed tables and findings come out.

Every cell is read as text. SQL accepts what is certainly valid; each other distinct value goes
once to frictionless, which decides (`plainrecord.verdict`). Keys and duplicates are found in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import duckdb
import pyarrow as pa

from plainrecord.engine import SQL_TYPES, identifier, literal
from plainrecord.findings import Finding
from plainrecord.keys import Shelf, foreign_breaches, key_breaches
from plainrecord.labels import match_labels
from plainrecord.model import CheckedTable, LocatedFile, Package, Resource
from plainrecord.rawtable import READ_ERRORS, RawTable, Unreadable, reason
from plainrecord.tabular import open_table
from plainrecord.verdict import (
    Certainty,
    Judge,
    certainty,
    json_schema_note,
    missing,
    pattern_text,
)

_SPACES = literal(" \t\r\n\u00a0")
_CHUNK = 20_000


@dataclass(frozen=True)
class CheckResult:
    """The tables that could be read, and all that was found wrong with them."""

    tables: tuple[CheckedTable, ...]
    findings: tuple[Finding, ...]


def check_package(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    files: Mapping[str, tuple[LocatedFile, ...]],
    *,
    limit_errors: int = 100,
) -> CheckResult:
    """Read and check each resource of `package` into a table of the schema `checked`.

    `files` holds the located files by resource name. Up to `limit_errors` findings are given for
    each rule and field, then one with the count of the rest. Bad cells are null in the table: a
    dataset with a blocking finding must not be released.
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS checked")
    connection.execute("CREATE SCHEMA IF NOT EXISTS checking")
    checks = [
        _Check(connection, package, resource, files.get(resource.name, ()), limit_errors)
        for resource in package.resources
    ]
    for check in checks:
        check.run()
    by_name = {check.resource.name: check for check in checks if check.table is not None}
    for check in by_name.values():
        check.keys({name: other.shelf for name, other in by_name.items()})
    for check in checks:
        connection.execute(f"DROP TABLE IF EXISTS {check.raw}")
    return CheckResult(
        tuple(check.table for check in checks if check.table is not None),
        tuple(finding for check in checks for finding in check.findings),
    )


@dataclass
class _Check:
    """One resource under check; `findings` and `table` grow as the check goes on."""

    connection: duckdb.DuckDBPyConnection
    package: Package
    resource: Resource
    files: tuple[LocatedFile, ...]
    limit: int
    findings: list[Finding] = field(default_factory=list)
    table: CheckedTable | None = None
    shown: list[str] = field(default_factory=list)
    places: list[dict[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        name = identifier(f"{self.package.name}/{self.resource.name}")
        self.raw, self.relation = f"checking.{name}", f"checked.{name}"
        self.fields = self.resource.schema.fields
        self.shelf = Shelf(self.resource.name, self.resource.schema, self.raw, self.relation)

    def run(self) -> None:
        columns = "".join(f", f{number} VARCHAR" for number in range(len(self.fields)))
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {self.raw} "
            f"(_file INTEGER, _row BIGINT, _width INTEGER{columns})"
        )
        self.connection.execute("DROP TABLE IF EXISTS checking.faults")
        self.connection.execute("DROP TABLE IF EXISTS checking.accepted")
        self.connection.execute(
            "CREATE TABLE checking.faults (field INTEGER, text VARCHAR, rule VARCHAR, note VARCHAR)"
        )
        self.connection.execute(
            "CREATE TABLE checking.accepted (field INTEGER, text VARCHAR, canonical VARCHAR)"
        )
        if not self._read_files():
            return
        certain = [self._judge(number) for number in range(len(self.fields))]
        for number in range(len(self.fields)):
            self._faults(number)
        self._build(certain)
        self._duplicates()

    # Reading

    def _read_files(self) -> bool:
        sources: list[LocatedFile | None] = list(self.files)
        if not sources and self.resource.data is not None:
            sources = [None]
        if not sources:
            self._add(Finding("source-error", "no file of this table was found"))
            return False
        good = True
        for located in sources:
            self.shown.append(located.shown if located else f"{self.package.descriptor_path}")
            try:
                self._read_file(len(self.shown) - 1, located)
            except Unreadable as error:
                self._add(replace(error.finding, file=self.shown[-1]))
                good = False
        return good

    def _read_file(self, file: int, located: LocatedFile | None) -> None:
        opened = open_table(self.resource, located.path if located else None)
        constants = dict(located.source.values) if located else {}
        wanted = [n for n, f in enumerate(self.fields) if f.name not in constants]
        places = self._match(file, opened, wanted)
        self.places.append(places)
        labels = opened.labels
        by_place = {place: number for number, place in places.items()}
        width = len(labels) if labels is not None else len(wanted)
        targets = [
            self.fields[by_place[place]] if place in by_place else None for place in range(width)
        ]
        blank = 0
        blank_rows: list[int] = []
        self.connection.execute("BEGIN")
        try:
            for batch in opened.batches(targets):
                count = self._insert(file, batch, places, constants, width, blank_rows)
                blank += count
            self.connection.execute("COMMIT")
        except Unreadable:
            self.connection.execute("ROLLBACK")
            raise
        except READ_ERRORS as error:
            self.connection.execute("ROLLBACK")
            raise Unreadable("source-error", f"the file cannot be read: {reason(error)}") from None
        if blank:
            note = "left out of the table"
            self._add(
                Finding(
                    "blank-row",
                    "every cell of the row is empty",
                    file=self.shown[file],
                    row=blank_rows[0],
                    count=blank,
                    note=note,
                )
            )
        self._widths(file, places, width)

    def _insert(
        self,
        file: int,
        batch: pa.RecordBatch,
        places: Mapping[int, int],
        constants: Mapping[str, str],
        width: int,
        blank_rows: list[int],
    ) -> int:
        have = batch.num_columns - 2
        self.connection.register("incoming", pa.Table.from_batches([batch]))
        try:
            cells = []
            for number, declared in enumerate(self.fields):
                if declared.name in constants:
                    cells.append(literal(constants[declared.name]))
                elif number in places and places[number] < have:
                    cells.append(f"c{places[number]}")
                else:
                    cells.append("NULL")
            empty = " AND ".join(
                [f"(c{n} IS NULL OR trim(c{n}, {_SPACES}) = '')" for n in range(have)]
                + [f"width <= {width}"]
            )
            listed = "".join(f", {cell}" for cell in cells)
            inserted = self.connection.execute(
                f"INSERT INTO {self.raw} SELECT {file}, row, width{listed} FROM incoming "
                f"WHERE NOT ({empty})"
            ).fetchall()
            blank = int(batch.num_rows) - int(inserted[0][0])
            if blank and not blank_rows:
                blank_rows.append(self._number(f"SELECT min(row) FROM incoming WHERE {empty}"))
            return blank
        finally:
            self.connection.unregister("incoming")

    def _match(self, file: int, opened: RawTable, wanted: Sequence[int]) -> dict[int, int]:
        """Which column each wanted field is read from; header findings on the way."""
        if opened.labels is None:
            return {number: place for place, number in enumerate(wanted)}
        schema, row = self.resource.schema, opened.header_row
        places, found = match_labels(schema, opened.labels, wanted, self.shown[file], row)
        for finding in found:
            self._add(finding)
        return places

    def _widths(self, file: int, places: Mapping[int, int], width: int) -> None:
        here = f"_file = {file}"
        if not self._number(f"SELECT count(*) FROM {self.raw} WHERE {here} AND _width <> {width}"):
            return
        query = (
            f"SELECT _file, _row, NULL, _width FROM {self.raw} WHERE {here} AND _width > {width}"
        )
        self._list("extra-cell", None, query, lambda got: f"{got} cells", f"{width} cells")
        for number, place in places.items():
            query = f"SELECT _file, _row, NULL, _width FROM {self.raw} WHERE {here} AND _width <= {place}"
            self._list("missing-cell", number, query, lambda got: f"{got} cells", f"{width} cells")

    # Cells

    def _judge(self, number: int) -> Certainty:
        """Let frictionless decide on every distinct value of the field that is not certain."""
        declared, cell = self.fields[number], f"f{number}"
        try:
            judge = Judge(declared)
        except ValueError as error:
            self._add(
                Finding(
                    "value-invalid",
                    f"the field cannot be checked: {error}",
                    file=self.package.descriptor_path,
                    field=declared.name,
                )
            )
            return Certainty("FALSE", f"CAST(NULL AS {SQL_TYPES[declared.type]})")
        sure = certainty(declared, cell, judge.bounds)
        absent = missing(declared, cell)
        if declared.constraints.get("required"):
            for rule, note in judge.verdict(None).errors:
                self._required(number, absent, rule, note)
        self._by_sql(number, absent)
        schema = declared.constraints.get("jsonSchema")
        if sure.valid == "TRUE" and schema is None:
            return sure
        doubtful = "TRUE" if schema is not None else f"NOT {sure.valid}"
        result = self.connection.execute(
            f"SELECT DISTINCT {cell} FROM {self.raw} WHERE NOT {absent} AND {doubtful}"
        )
        texts = [row[0] for row in result.fetchall()]
        keep = SQL_TYPES[declared.type] != "VARCHAR"
        for start in range(0, len(texts), _CHUNK):
            faults: list[tuple[str, str, str]] = []
            accepted: list[tuple[str, str]] = []
            for text in texts[start : start + _CHUNK]:
                verdict = judge.verdict(text)
                faults += [(text, rule, note) for rule, note in verdict.errors]
                if schema is not None and not verdict.errors:
                    note = json_schema_note(schema, text)
                    faults += [(text, "constraint-error", note)] if note else []
                if verdict.canonical is not None and keep:
                    accepted.append((text, verdict.canonical))
            self._store("faults", number, faults)
            self._store("accepted", number, accepted)
        return sure

    def _store(self, name: str, number: int, rows: Sequence[tuple[str, ...]]) -> None:
        if not rows:
            return
        columns = [pa.array(column, type=pa.string()) for column in zip(*rows, strict=True)]
        names = [f"x{n}" for n in range(len(columns))]
        self.connection.register("incoming", pa.Table.from_arrays(columns, names))
        self.connection.execute(
            f"INSERT INTO checking.{name} SELECT {number}, {', '.join(names)} FROM incoming"
        )
        self.connection.unregister("incoming")

    def _by_sql(self, number: int, absent: str) -> None:
        """Patterns and categories: decided by SQL alone."""
        declared, cell = self.fields[number], f"f{number}"
        pattern = declared.constraints.get("pattern")
        if isinstance(pattern, str):
            broken = f"NOT regexp_full_match({cell}, {literal(pattern)})"
            try:
                self._fault_where(
                    number, f"NOT {absent} AND {broken}", "constraint-error", pattern_text(pattern)
                )
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                self._add(
                    Finding(
                        "value-invalid",
                        f"the pattern cannot be used: {reason}",
                        file=self.package.descriptor_path,
                        field=declared.name,
                    )
                )
        if declared.categories:
            values = ", ".join(literal(category.value) for category in declared.categories)
            shown = (
                f"coalesce(CAST(TRY_CAST({cell} AS BIGINT) AS VARCHAR), {cell})"
                if declared.type == "integer"
                else cell
            )
            self._fault_where(
                number,
                f"NOT {absent} AND {shown} NOT IN ({values})",
                "category-error",
                "the value is not one of the categories",
            )

    def _fault_where(self, number: int, condition: str, rule: str, note: str) -> None:
        self.connection.execute(
            f"INSERT INTO checking.faults SELECT DISTINCT {number}, f{number}, {literal(rule)}, "
            f"{literal(note)} FROM {self.raw} WHERE {condition}"
        )

    def _required(self, number: int, absent: str, rule: str, note: str) -> None:
        parts = [f"_file = {file}" for file, places in enumerate(self.places) if number in places]
        if parts:
            query = (
                f"SELECT _file, _row, f{number}, NULL FROM {self.raw} "
                f"WHERE {absent} AND ({' OR '.join(parts)})"
            )
            self._list(rule, number, query, lambda _: note, "a value")

    def _faults(self, number: int) -> None:
        counts = self.connection.execute(
            f"SELECT DISTINCT rule FROM checking.faults WHERE field = {number} ORDER BY rule"
        ).fetchall()
        for (rule,) in counts:
            query = (
                f"SELECT r._file, r._row, r.f{number}, x.note FROM {self.raw} r "
                f"JOIN checking.faults x ON x.text = r.f{number} AND x.field = {number} "
                f"AND x.rule = {literal(rule)}"
            )
            self._list(rule, number, query, str, "")

    # The typed table

    def _build(self, certain: Sequence[Certainty]) -> None:
        columns, joins = [], []
        known = {
            row[0]
            for row in self.connection.execute(
                "SELECT DISTINCT field FROM checking.accepted"
            ).fetchall()
        }
        kept: list[str] = []
        for number, declared in enumerate(self.fields):
            cell, kind = f"f{number}", SQL_TYPES[declared.type]
            absent = missing(declared, cell)
            if kind == "VARCHAR":
                value = f"CASE WHEN {absent} THEN NULL ELSE {cell} END"
            else:
                otherwise = ""
                if number in known:
                    joins.append(
                        f"LEFT JOIN (SELECT * FROM checking.accepted WHERE field = {number}) a{number} "
                        f"ON a{number}.text = r.{cell}"
                    )
                    otherwise = f" ELSE CAST(a{number}.canonical AS {kind})"
                sure = certain[number]
                value = f"CASE WHEN {absent} THEN NULL WHEN {sure.valid} THEN {sure.typed}{otherwise} END"
            columns.append(f"{value} AS {identifier(declared.name)}")
            kept.append(declared.name)
            if declared.marks_apart:
                columns.append(
                    f"CASE WHEN {absent} THEN coalesce({cell}, '') END AS {identifier(declared.mark_column)}"
                )
        order = " ORDER BY r.rowid" if joins else ""
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {self.relation} AS SELECT {', '.join(columns)} "
            f"FROM {self.raw} r {' '.join(joins)}{order}"
        )
        rows = self._number(f"SELECT count(*) FROM {self.relation}")
        self.table = CheckedTable(
            self.package.name, self.resource.name, self.relation, self.fields, rows, self.files
        )

    def _duplicates(self) -> None:
        for number, declared in enumerate(self.fields):
            cell = f"f{number}"
            padded = f"{cell} <> trim({cell}, {_SPACES}) AND NOT {missing(declared, cell)}"
            found = self.connection.execute(
                f"SELECT count(*), arg_min({{'file': _file, 'row': _row, 'cell': {cell}}}, rowid) "
                f"FROM {self.raw} WHERE {padded}"
            ).fetchall()[0]
            if found[0]:
                at = found[1]
                self._add(
                    Finding(
                        "padded-value",
                        f"{found[0]:,} values begin or end with a blank",
                        file=self.shown[at["file"]],
                        row=at["row"],
                        field=declared.name,
                        cell=at["cell"],
                        count=found[0],
                    )
                )
        if self.resource.schema.primary_key or not self.fields:
            return
        cells = ", ".join(f"f{number}" for number in range(len(self.fields)))
        total, distinct = self.connection.execute(
            f"SELECT count(*), count(DISTINCT hash({cells})) FROM {self.raw}"
        ).fetchall()[0]
        if total > distinct:
            extra = total - distinct
            self._add(
                Finding(
                    "duplicate-row",
                    f"{extra:,} of {total:,} rows repeat an earlier row",
                    file=self.shown[0] if len(self.shown) == 1 else "",
                    count=extra,
                )
            )

    # Keys

    def keys(self, others: Mapping[str, Shelf]) -> None:
        """Look for rows that break the table's keys, and references that lead nowhere."""
        for breach in chain(key_breaches(self.shelf), foreign_breaches(self.shelf, others)):
            if isinstance(breach, Finding):
                self._add(breach)
            else:
                at = breach
                self._list(at.rule, at.field, at.query, at.words, at.expected)

    # Findings

    def _list(self, rule: str, number: int | None, query: str, words: Any, expected: str) -> None:
        """A finding for each row of `query` (file, row, cell, note) up to the limit, then a count."""
        total = self._number(f"SELECT count(*) FROM ({query})")
        if not total:
            return
        name = self.fields[number].name if number is not None else ""
        rows = self.connection.execute(f"{query} ORDER BY 1, 2, 4 LIMIT {self.limit}").fetchall()
        for file, row, cell, note in rows:
            self._add(
                Finding(
                    rule,
                    words(note),
                    expected,
                    file=self.shown[file],
                    row=row,
                    field=name,
                    field_number=None if number is None else self._place(file, number),
                    cell=cell,
                )
            )
        if total > len(rows):
            rest = total - len(rows)
            self._add(Finding(rule, f"{rest:,} more of the same", expected, field=name, count=rest))

    def _place(self, file: int, number: int) -> int | None:
        place = self.places[file].get(number) if file < len(self.places) else None
        return None if place is None else place + 1

    def _number(self, query: str) -> int:
        return int(self.connection.execute(query).fetchall()[0][0])

    def _add(self, finding: Finding) -> None:
        self.findings.append(
            replace(finding, dataset=self.package.name, resource=self.resource.name)
        )
