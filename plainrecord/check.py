"""Checking tables: files and a schema go in, typed tables and findings come out.

Every cell is read as text. SQL accepts what is certainly valid; each other distinct value goes
once to frictionless, which decides (`plainrecord.verdict`). Keys and duplicates are found in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import duckdb
import pyarrow as pa

from plainrecord.bench import Bench
from plainrecord.engine import SQL_TYPES, identifier, literal
from plainrecord.findings import Finding
from plainrecord.intake import read_files
from plainrecord.keys import Shelf, foreign_breaches, key_breaches
from plainrecord.model import CheckedTable, LocatedFile, Package
from plainrecord.verdict import (
    Certainty,
    Judge,
    certainty,
    json_schema_note,
    missing,
    pattern_text,
)

_CHUNK = 20_000
_PADDED = literal("^[ \t\r\n\u00a0]|[ \t\r\n\u00a0]$")


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
    checks = [
        _Check(connection, package, resource, files.get(resource.name, ()), limit_errors)
        for resource in package.resources
    ]
    taken: set[str] = set()
    for check in checks:
        if check.relation.lower() in taken:
            text = f'the name "{check.resource.name}" is taken (upper case counts as lower case)'
            check.add(Finding("value-invalid", text, "another name", file=package.descriptor_path))
            continue
        taken.add(check.relation.lower())
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
class _Check(Bench):
    """A resource from its files to its typed table; `table` is there once it could be read."""

    table: CheckedTable | None = None

    def run(self) -> None:
        columns = "".join(f", f{number} VARCHAR" for number in range(len(self.fields)))
        self.connection.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE {self.raw} "
            f"(_file INTEGER, _row BIGINT, _width INTEGER{columns})"
        )
        self.connection.execute("DROP TABLE IF EXISTS temp.main.faults")
        self.connection.execute("DROP TABLE IF EXISTS temp.main.accepted")
        self.connection.execute(
            "CREATE TEMPORARY TABLE temp.main.faults (field INTEGER, text VARCHAR, rule VARCHAR, note VARCHAR)"
        )
        self.connection.execute(
            "CREATE TEMPORARY TABLE temp.main.accepted (field INTEGER, text VARCHAR, canonical VARCHAR)"
        )
        if not self._names_fit() or not read_files(self):
            return
        certain = [self._judge(number) for number in range(len(self.fields))]
        for number in range(len(self.fields)):
            self._faults(number)
        self._build(certain)
        self._duplicates()

    def _names_fit(self) -> bool:
        """Whether the columns can stand beside one another: the engine ignores upper case."""
        seen: set[str] = {"rowid"}
        clash = []
        for declared in self.fields:
            names = [declared.name, *([declared.mark_column] if declared.marks_apart else [])]
            clash += [name for name in names if name.lower() in seen]
            seen.update(name.lower() for name in names)
        for name in clash:
            text = f'the name "{name}" is taken (upper and lower case count as the same)'
            place = self.package.descriptor_path
            self.add(Finding("value-invalid", text, "another name", file=place, field=name))
        if not self.fields:
            place = self.package.descriptor_path
            self.add(Finding("value-invalid", "the schema has no fields", "fields", file=place))
        return bool(self.fields) and not clash

    # Cells

    def _judge(self, number: int) -> Certainty:
        """Let frictionless decide on every distinct value of the field that is not certain."""
        declared, cell = self.fields[number], f"f{number}"
        try:
            judge = Judge(declared)
        except ValueError as error:
            self.add(
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
            f"INSERT INTO temp.main.{name} SELECT {number}, {', '.join(names)} FROM incoming"
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
                why = str(error).splitlines()[0]
                self.add(
                    Finding(
                        "value-invalid",
                        f"the pattern cannot be used: {why}",
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
            f"INSERT INTO temp.main.faults SELECT DISTINCT {number}, f{number}, {literal(rule)}, "
            f"{literal(note)} FROM {self.raw} WHERE {condition}"
        )

    def _required(self, number: int, absent: str, rule: str, note: str) -> None:
        parts = [f"_file = {file}" for file, places in enumerate(self.places) if number in places]
        if parts:
            query = (
                f"SELECT _file, _row, f{number}, NULL FROM {self.raw} "
                f"WHERE {absent} AND ({' OR '.join(parts)})"
            )
            self.list_rows(rule, number, query, lambda _: note, "a value")

    def _faults(self, number: int) -> None:
        counts = self.connection.execute(
            f"SELECT DISTINCT rule FROM temp.main.faults WHERE field = {number} ORDER BY rule"
        ).fetchall()
        for (rule,) in counts:
            query = (
                f"SELECT r._file, r._row, r.f{number}, x.note FROM {self.raw} r "
                f"JOIN temp.main.faults x ON x.text = r.f{number} AND x.field = {number} "
                f"AND x.rule = {literal(rule)}"
            )
            self.list_rows(rule, number, query, str, "")

    # The typed table

    def _build(self, certain: Sequence[Certainty]) -> None:
        columns, joins = [], []
        known = {
            row[0]
            for row in self.connection.execute(
                "SELECT DISTINCT field FROM temp.main.accepted"
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
                        f"LEFT JOIN (SELECT * FROM temp.main.accepted WHERE field = {number}) a{number} "
                        f"ON a{number}.text = r.{cell}"
                    )
                    otherwise = f" ELSE TRY_CAST(a{number}.canonical AS {kind})"
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
        rows = self.number(f"SELECT count(*) FROM {self.relation}")
        self.table = CheckedTable(
            self.package.name, self.resource.name, self.relation, self.fields, rows, self.files
        )

    def _duplicates(self) -> None:
        self._padded()
        if self.resource.schema.primary_key or not self.fields:
            return
        cells = ", ".join(f"f{number}" for number in range(len(self.fields)))
        total, distinct = self.connection.execute(
            f"SELECT count(*), count(DISTINCT hash({cells})) FROM {self.raw}"
        ).fetchall()[0]
        if total > distinct:
            extra = total - distinct
            self.add(
                Finding(
                    "duplicate-row",
                    f"{extra:,} of {total:,} rows repeat an earlier row",
                    file=self.shown[0] if len(self.shown) == 1 else "",
                    count=extra,
                )
            )

    def _padded(self) -> None:
        """Warn of fields with values that begin or end with a blank."""
        counts = []
        for number, declared in enumerate(self.fields):
            cell = f"f{number}"
            edges = f"regexp_matches({cell}, {_PADDED})"
            padded = f"CASE WHEN {edges} AND NOT {missing(declared, cell)} THEN rowid END"
            counts.append(f"struct_pack(n := count({padded}), at := min({padded}))")
        if not counts:
            return
        query = f"SELECT {', '.join(counts)} FROM {self.raw}"
        totals = self.connection.execute(query).fetchall()[0]
        for number, declared in enumerate(self.fields):
            count, first = totals[number]["n"], totals[number]["at"]
            if not count:
                continue
            query = f"SELECT _file, _row, f{number} FROM {self.raw} WHERE rowid = {first}"
            file, row, cell = self.connection.execute(query).fetchall()[0]
            place = {"row": row, "field": declared.name, "cell": cell}
            text = f"{count:,} values begin or end with a blank"
            self.add(Finding("padded-value", text, file=self.shown[file], count=count, **place))

    # Keys

    def keys(self, others: Mapping[str, Shelf]) -> None:
        """Look for rows that break the table's keys, and references that lead nowhere."""
        for breach in chain(key_breaches(self.shelf), foreign_breaches(self.shelf, others)):
            if isinstance(breach, Finding):
                self.add(breach)
            else:
                at = breach
                self.list_rows(at.rule, at.field, at.query, at.words, at.expected)
