"""The check of one resource: from its files to its typed table and its findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

import pyarrow as pa

from plainrecord.check.bench import Bench
from plainrecord.check.hidden import hidden_in_schema
from plainrecord.check.intake import Begun, begin_reading, draft_schema, read_files
from plainrecord.check.keys import Shelf, foreign_breaches, key_breaches
from plainrecord.check.lanes import CELL, Lane, make_lane, spoilt_lane
from plainrecord.check.rowrules import rule_breaches
from plainrecord.check.sieve import FILE, HASH, ROW, clear_tables, settle
from plainrecord.ground.engine import Engine, identifier, literal
from plainrecord.model.checks import FieldCheck, TableCheck
from plainrecord.model.packages import CheckedTable, Resource, mark_column
from plainrecord.rules.findings import Finding
from plainrecord.tables.natives import has_types

_CHUNK = 20_000
_TABLES = {"csv", "tsv", "xlsx", "parquet"}


class ResourceCheck(Bench):
    """A resource from its files to its typed table; `table` is there once it could be read."""

    table: CheckedTable | None = None
    shelf: Shelf
    refused = False
    _ready: bool | None = None
    _begun: Begun = None

    def refuse_name(self) -> None:
        """The table cannot be checked beside another one of its name."""
        text = f'the name "{self.resource.name}" is taken (upper case counts as lower case)'
        place = self.package.descriptor_path
        self.add(Finding("value-invalid", text, "another name", file=place))
        self.refused = True

    def begin(self, *, plain_names: bool) -> None:
        """Begin to read; with `plain_names` a column is named as its field or not at all."""
        if self._ready is not None or self.refused:
            return
        described = self.resource.descriptor
        has_schema = not described or "schema" in described
        self._ready = (has_schema or self._draft()) and self._name_columns(plain_names)
        if self._ready:
            self.lanes = [self._lane(number) for number in range(len(self.fields))]
            self._begun = begin_reading(self)

    def run(self, engine: Engine) -> None:
        """Check the table, as far as it could be begun."""
        self.engine = engine
        if not self._ready:
            return
        begun, self._begun = self._begun, None
        for finding in hidden_in_schema(self.fields):
            self.add(replace(finding, file=self.package.descriptor_path))
        self.oddities.choose(self.lanes)
        try:
            if read_files(self, begun):
                self._conclude()
        finally:
            clear_tables(self)

    def _draft(self) -> bool:
        """Take the fields of a table without a schema from its header; whether it is a table."""
        if not _is_table(self.resource):
            return False
        schema = draft_schema(self)
        if schema is None:
            return False
        self.resource = replace(self.resource, schema=schema)
        self.fields = schema.fields
        place = self.package.descriptor_path
        self.add(Finding("schema-missing", f"{self.resource.name} has no schema", file=place))
        return True

    def _conclude(self) -> None:
        """From what went through the sieve to the typed table and its findings."""
        doubts = (
            self.doubted
            and self.connection.execute("SELECT DISTINCT field FROM temp.main.doubts").fetchall()
        )
        for number in sorted(row[0] for row in doubts or ()):
            self._judge(self.lanes[number])
            self._faults(number)
            self._complete(self.lanes[number])
        self.table = CheckedTable(
            self.package.key, self.resource.name, self.relation, self.fields, self.rows, self.files
        )
        doubtful = self.connection if self.doubted else None
        log = self.package.requests
        cited = (
            log.field_of("exemptions_cited") if log and log.resource == self.resource.name else ""
        )
        for finding in self.oddities.findings(doubtful, self.fields, self.shown):
            if finding.rule == "mark-undeclared" and finding.field == cited:
                continue  # a mark is a value there
            self.add(finding)
        if not self.rows and not self.findings:
            place = self.shown[0] if len(self.shown) == 1 else ""
            self.add(Finding("table-empty", "no row below the header", "rows", file=place))
        self._duplicates()

    def _name_columns(self, plain_names: bool) -> bool:
        """Whether the columns can stand beside one another: the engine ignores upper case.

        Where a name need not be `plain_names`, a column whose name is taken gets another one.
        """
        seen: set[str] = {"", "rowid", *(name.strip('"') for name in (FILE, ROW, HASH))}
        clash: list[str] = []
        for number, declared in enumerate(self.fields):
            column = declared.name
            taken = _taken(column, declared.marks_apart, seen)
            while taken and not plain_names:
                column = f"{column} ({number + 1})"
                taken = _taken(column, declared.marks_apart, seen)
            clash += taken
            seen |= (
                {column.lower(), mark_column(column).lower()}
                if declared.marks_apart
                else {column.lower()}
            )
            self.columns.append(column)
        for name in clash:
            text = f'the name "{name}" is taken (upper and lower case count as the same)'
            place = self.package.descriptor_path
            self.add(Finding("value-invalid", text, "another name", file=place, field=name))
        if not self.fields:
            place = self.package.descriptor_path
            self.add(Finding("value-invalid", "the schema has no fields", "fields", file=place))
        named = dict(reversed([*zip((f.name for f in self.fields), self.columns, strict=True)]))
        self.shelf = Shelf(self.resource.name, self.resource.schema, self.relation, named)
        return bool(self.fields) and not clash

    def _lane(self, number: int) -> Lane:
        declared = self.fields[number]
        try:
            return make_lane(
                number, declared, self.columns[number], native=has_types(self.resource)
            )
        except ValueError as error:
            text = f"the field cannot be checked: {error}"
            place = self.package.descriptor_path
            self.add(Finding("value-invalid", text, file=place, field=declared.name))
            return spoilt_lane(number, declared, self.columns[number])

    # Cells

    def _judge(self, lane: Lane) -> None:
        """Let frictionless decide on every distinct doubtful value of the field."""
        here = f"FROM temp.main.doubts WHERE field = {lane.number} AND NOT absent"
        for fault in lane.faults:
            condition = fault.condition.replace(CELL, "text")
            self.connection.execute(
                f"INSERT INTO temp.main.faults SELECT DISTINCT {lane.number}, text, "
                f"{literal(fault.rule)}, {literal(fault.note)} {here} AND {condition}"
            )
        self.connection.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE doubtful AS SELECT DISTINCT text {here}"
        )
        for start in range(0, self.number("SELECT count(*) FROM doubtful"), _CHUNK):
            chunk = f"rowid >= {start} AND rowid < {start + _CHUNK}"
            texts = self.connection.execute(f"SELECT text FROM doubtful WHERE {chunk}").fetchall()
            self._judge_texts(lane, [row[0] for row in texts])

    def _judge_texts(self, lane: Lane, texts: Sequence[str]) -> None:
        keep = lane.kind != "VARCHAR" and lane.field.name in self.kept
        faults: list[tuple[str, str, str]] = []
        accepted: list[tuple[str, str]] = []
        for text in texts:
            if lane.judge is None:
                break
            verdict = lane.judge.verdict(text)
            faults += [(text, rule, note) for rule, note in verdict.errors]
            if lane.json_rule is not None and not verdict.errors:
                note = lane.json_rule.note(text)
                faults += [(text, "constraint-error", note)] if note else []
            if verdict.canonical is not None and keep:
                accepted.append((text, verdict.canonical))
        self._store("faults", lane.number, faults)
        self._store("accepted", lane.number, accepted)

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

    def _faults(self, number: int) -> None:
        """A finding for each bad cell of the field."""
        lane = self.lanes[number]
        here = f"FROM temp.main.doubts d WHERE d.field = {number} AND d.absent"
        for rule, note in lane.required:
            query = f"SELECT d.file, d.row, d.text, NULL {here}"
            self.list_rows(rule, number, query, lambda _, said=note: said, "a value")  # type: ignore[misc]
        rules = self.connection.execute(
            f"SELECT DISTINCT rule FROM temp.main.faults WHERE field = {number} ORDER BY rule"
        ).fetchall()
        for (rule,) in rules:
            query = (
                "SELECT d.file, d.row, d.text, x.note FROM temp.main.doubts d "
                f"JOIN temp.main.faults x ON x.text = d.text AND x.field = {number} "
                f"AND x.rule = {literal(rule)} WHERE d.field = {number} AND NOT d.absent"
            )
            self.list_rows(rule, number, query, str, "")

    def _complete(self, lane: Lane) -> None:
        """Put what frictionless made of the doubtful values into the typed table."""
        if lane.field.name not in self.kept:
            return
        settle(self)
        if lane.kind == "VARCHAR":  # the text stands, but for a cell that is not of its type
            self.connection.execute(
                f"UPDATE {self.relation} AS t SET {identifier(lane.column)} = NULL FROM "
                f"(SELECT d.file, d.row FROM temp.main.doubts d SEMI JOIN temp.main.faults x "
                f"ON x.field = d.field AND x.text = d.text AND x.rule = 'type-error' "
                f"WHERE d.field = {lane.number} AND NOT d.absent) j "
                f"WHERE t.{FILE} = j.file AND t.{ROW} = j.row"
            )
            return
        self.connection.execute(
            f"UPDATE {self.relation} AS t SET {identifier(lane.column)} = "
            f"TRY_CAST(j.canonical AS {lane.kind}) FROM (SELECT d.file, d.row, a.canonical "
            f"FROM temp.main.doubts d LEFT JOIN temp.main.accepted a "
            f"ON a.field = d.field AND a.text = d.text "
            f"WHERE d.field = {lane.number} AND NOT d.absent) j "
            f"WHERE t.{FILE} = j.file AND t.{ROW} = j.row"
        )

    # Rows

    def _duplicates(self) -> None:
        if self.repeats is None or not self.rows:
            return
        if self.repeats.here:
            distinct = self.repeats.distinct()
        else:
            distinct = self.number(f"SELECT count(DISTINCT {HASH}) FROM {self.relation}")
        if extra := self.rows - distinct:
            self.add(
                Finding(
                    "duplicate-row",
                    f"{extra:,} of {self.rows:,} rows repeat an earlier row",
                    file=self.shown[0] if len(self.shown) == 1 else "",
                    count=extra,
                )
            )

    def keys(self, others: Mapping[str, ResourceCheck]) -> None:
        """Look for rows that break the table's keys and rules, and references that lead nowhere.

        `others` are the tables of the package that could be read, this one among them, by name.
        """
        if self.resource.rules:
            settle(self)
        shelves = {name: other.shelf for name, other in others.items()}
        rising = frozenset(self.fields[number].name for number in self.rising if self.rows)
        shelf = replace(self.shelf, rising=rising)
        breaches = chain(
            key_breaches(shelf),
            foreign_breaches(self.shelf, shelves),
            rule_breaches(self.connection, self.resource, self.relation)
            if self.resource.rules
            else (),
        )
        for breach in breaches:
            if isinstance(breach, Finding):
                self.add(breach)
            else:
                at = breach
                for check in others.values():
                    settle(check)
                if at.quick and not self.connection.execute(at.quick).fetchone():
                    continue
                self.list_rows(at.rule, at.field, at.query, at.words, at.expected)

    def describe(self) -> TableCheck:
        """What was checked in this table, and how it went."""
        return TableCheck(
            resource=self.resource.name,
            rows=self.rows,
            read=self.table is not None,
            readings=tuple(self.readings),
            fields=tuple(
                FieldCheck(field.name, field.type, self.errors.get(number, 0))
                for number, field in enumerate(self.fields)
            ),
            errors=sum(self.errors.values()),
        )


def _is_table(resource: Resource) -> bool:
    """Whether a resource says that it is a table, or is a file that can be nothing else."""
    described = resource.descriptor
    kind = described.get("type")
    if isinstance(kind, str) and kind:
        return kind == "table"
    named = described.get("profile")
    if isinstance(named, str) and "tabular-data-resource" in named:
        return True
    return resource.data is None and resource.format.lower() in _TABLES


def _taken(column: str, marked: bool, seen: set[str]) -> list[str]:
    """The names of a column and its companion that are in `seen`."""
    names = [column, *([mark_column(column)] if marked else [])]
    return [name for name in names if name.lower() in seen]
