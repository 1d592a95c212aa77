"""The check of one resource: from its files to its typed table and its findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Any

import pyarrow as pa

from plainrecord.core.errors import Blocked
from plainrecord.core.exact_numbers import MOST_DIGITS
from plainrecord.core.plurals import choose_form, count_noun
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import FieldCheck, TableCheck
from plainrecord.model.packages import CheckedTable, Resource, mark_column
from plainrecord.readers.json_cells import has_types
from plainrecord.receipts.engine import Engine, identifier, literal, memory_bound
from plainrecord.validation.block_check import (
    FILE,
    HASH,
    ROW,
    create_typed_table,
    drop_doubt_tables,
    retype,
)
from plainrecord.validation.field_sql import CELL, Fault, FieldSql, field_sql, unusable_field
from plainrecord.validation.hidden_characters import hidden_in_schema
from plainrecord.validation.keys import (
    KeyedTable,
    foreign_breaches,
    key_breaches,
    repeats_of_keys,
    rule_breaches,
)
from plainrecord.validation.read_files import FirstFile, draft_schema, open_first_file, read_files
from plainrecord.validation.run_state import CheckRun

_CHUNK = 20_000
_LONGEST = 2**63
_MOST_SET = 5_000_000
"""Fields times doubtful cells that one statement sets: each is held for each field."""
_MANY_KEYS, _KEYS_AT_ONCE = 20, 200
"""From how many keys on one statement looks for the repeats of several, and of how many."""
_TABLES = {"csv", "tsv", "xlsx", "ods", "xls", "xlsb", "parquet", "sqlite"}


class ResourceCheck(CheckRun):
    """A resource from its files to its typed table; `table` is there once it could be read."""

    table: CheckedTable | None = None
    shelf: KeyedTable
    refused = False
    _ready: bool | None = None
    _begun: FirstFile = None

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
            self._begun = open_first_file(self)

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
            with self._memory_bound():
                if read_files(self, begun):
                    self._conclude()
        except Blocked as error:
            self.table = None
            self.findings.extend(error.findings)
        finally:
            drop_doubt_tables(self)

    def _memory_bound(self) -> AbstractContextManager[None]:
        place = self.shown[0] if len(self.shown) == 1 else self.package.descriptor_path
        return memory_bound(place, dataset=self.package.key, resource=self.resource.name)

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
        if self.doubted:
            self._judge()
            self._tell_faults()
        self._refuse_inexact()
        retype(self)
        if self.doubted:
            self._complete()
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
        self.shelf = KeyedTable(self.resource.name, self.resource.schema, self.relation, named)
        return bool(self.fields) and not clash

    def _lane(self, number: int) -> FieldSql:
        declared = self.fields[number]
        try:
            return field_sql(
                number, declared, self.columns[number], native=has_types(self.resource)
            )
        except ValueError as error:
            text = f"the field cannot be checked: {error}"
            place = self.package.descriptor_path
            self.add(Finding("value-invalid", text, file=place, field=declared.name))
            return unusable_field(number, declared, self.columns[number])

    # Cells

    def _judge(self) -> None:
        """Let frictionless decide on every distinct doubtful text of each field, all fields at once:
        a query for each would look at the cells of all others as well."""
        self.connection.execute(
            "CREATE OR REPLACE TEMPORARY TABLE doubtful AS "
            "SELECT DISTINCT field, text FROM temp.main.doubts WHERE NOT absent"
        )
        alike: dict[Fault, list[int]] = {}
        for lane in self.lanes:
            for fault in lane.faults:
                alike.setdefault(fault, []).append(lane.number)
        for fault, numbers in alike.items():
            self.connection.execute(
                f"INSERT INTO temp.main.faults SELECT field, text, {literal(fault.rule)}, "
                f"{literal(fault.note)} FROM doubtful WHERE field IN ({', '.join(map(str, numbers))}) "
                f"AND {fault.condition.replace(CELL, 'text')}"
            )
        for start in range(0, self.number("SELECT count(*) FROM doubtful"), _CHUNK):
            chunk = f"rowid >= {start} AND rowid < {start + _CHUNK}"
            query = f"SELECT field, text FROM doubtful WHERE {chunk}"
            self._judge_texts(self.connection.execute(query).fetchall())

    def _judge_texts(self, texts: Sequence[tuple[int, str]]) -> None:
        faults: list[tuple[int, str, str, str]] = []
        accepted: list[tuple[int, str, str]] = []
        for number, text in texts:
            lane = self.lanes[number]
            if lane.judge is None:
                continue
            verdict = lane.judge.verdict(text)
            faults += [(number, text, rule, note) for rule, note in verdict.errors]
            if lane.json_rule is not None and not verdict.errors:
                note = lane.json_rule.note(text)
                faults += [(number, text, "constraint-error", note)] if note else []
            if verdict.canonical is not None:
                self._measure(lane, verdict.canonical)
            keep = lane.kind != "VARCHAR" and lane.field.name in self.kept
            if keep and verdict.canonical is not None:
                accepted.append((number, text, verdict.canonical))
        self._store("faults", faults)
        self._store("accepted", accepted)

    def _measure(self, lane: FieldSql, canonical: str) -> None:
        digits = self.digits.get(lane.number)
        if digits is not None and lane.field.type == "number":
            digits.add(Decimal(canonical))
        elif digits is not None and not -_LONGEST <= int(canonical) < _LONGEST:
            digits.wide = canonical

    def _refuse_inexact(self) -> None:
        """An error for each column whose numbers no one type keeps exactly."""
        for number, digits in self.digits.items():
            declared = self.fields[number]
            if declared.type == "number" and digits.kind() is None:
                self.errors[number] = self.errors.get(number, 0) + 1
                self.add(
                    Finding(
                        "number-inexact",
                        digits.problem(),
                        f"at most {MOST_DIGITS} digits before and after the point together",
                        file=self.shown[0] if len(self.shown) == 1 else "",
                        field=declared.name,
                        field_number=self._place(0, number),
                    )
                )

    def _store(self, name: str, rows: Sequence[tuple[int | str, ...]]) -> None:
        if not rows:
            return
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        names = [f"x{n}" for n in range(len(columns))]
        self.connection.register("incoming", pa.Table.from_arrays(columns, names))
        self.connection.execute(f"INSERT INTO temp.main.{name} SELECT * FROM incoming")
        self.connection.unregister("incoming")

    def _tell_faults(self) -> None:
        """A finding for each bad cell, field by field: absent ones first, then rule by rule."""
        needed = [(lane.number, *error) for lane in self.lanes for error in lane.required]
        self._store("needed", needed)
        told = (
            "(SELECT d.field, 'a value' AS expected, r.rule, d.file, d.row, d.text, r.note "
            "FROM temp.main.doubts d JOIN temp.main.needed r ON r.field = d.field WHERE d.absent "
            "UNION ALL SELECT d.field, '', x.rule, d.file, d.row, d.text, x.note "
            "FROM temp.main.doubts d JOIN temp.main.faults x ON x.field = d.field "
            "AND x.text = d.text WHERE NOT d.absent)"
        )
        kinds = "field, expected DESC, rule"
        counts = self.connection.execute(
            f"SELECT field, expected, rule, count(*) FROM {told} GROUP BY ALL ORDER BY {kinds}"
        ).fetchall()
        listed = self.connection.execute(
            f"SELECT file, row, text, note FROM {told} QUALIFY row_number() OVER "
            f"(PARTITION BY field, expected, rule ORDER BY file, row, note) <= {self.limit} "
            f"ORDER BY {kinds}, file, row, note"
        )
        for number, expected, rule, total in counts:
            rows = listed.fetchmany(min(total, self.limit))
            self.tell_rows(rule, number, rows, total, str, expected)

    def _complete(self) -> None:
        """Put what frictionless made of the doubtful values into the typed table.

        A text stands, but for one that is not of its type. Many fields are set at once where few
        of their cells were doubtful.
        """
        doubted = self.connection.execute(
            "SELECT field, count(*) FROM temp.main.doubts WHERE NOT absent GROUP BY 1 ORDER BY 1"
        ).fetchall()
        lanes: list[FieldSql] = []
        cells = 0
        for number, count in doubted:
            if self.fields[number].name not in self.kept:
                continue
            if lanes and (len(lanes) + 1) * (cells + count) > _MOST_SET:
                self._set_values(lanes)
                lanes, cells = [], 0
            lanes.append(self.lanes[number])
            cells += count
        if lanes:
            self._set_values(lanes)

    def _set_values(self, lanes: Sequence[FieldSql]) -> None:
        create_typed_table(self)
        numbers = ", ".join(str(lane.number) for lane in lanes)
        texts = ", ".join(str(lane.number) for lane in lanes if lane.kind == "VARCHAR")
        wrong = (
            f" AND (d.field NOT IN ({texts}) OR EXISTS (FROM temp.main.faults x "
            "WHERE x.field = d.field AND x.text = d.text AND x.rule = 'type-error'))"
        )
        values = ", ".join(
            f"count_if(d.field = {lane.number}) AS n{lane.number}, "
            f"max(a.canonical) FILTER (d.field = {lane.number}) AS v{lane.number}"
            for lane in lanes
        )
        settings = ", ".join(
            f"{identifier(lane.column)} = CASE WHEN j.n{lane.number} > 0 THEN "
            f"TRY_CAST(j.v{lane.number} AS {self.kind(lane)}) ELSE t.{identifier(lane.column)} END"
            for lane in lanes
        )
        self.connection.execute(
            f"UPDATE {self.relation} AS t SET {settings} FROM (SELECT d.file, d.row, {values} "
            "FROM temp.main.doubts d LEFT JOIN temp.main.accepted a "
            "ON a.field = d.field AND a.text = d.text "
            f"WHERE d.field IN ({numbers}) AND NOT d.absent{wrong if texts else ''} "
            f"GROUP BY ALL) j WHERE t.{FILE} = j.file AND t.{ROW} = j.row"
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
                    f"{extra:,} of {count_noun(self.rows, 'row')} {choose_form(extra, 'repeats', 'repeat')} an earlier row",
                    file=self.shown[0] if len(self.shown) == 1 else "",
                    count=extra,
                )
            )

    def keys(self, others: Mapping[str, ResourceCheck]) -> None:
        """Look for rows that break the table's keys and rules, and references that lead nowhere.

        `others` are the tables of the package that could be read, this one among them, by name.
        """
        try:
            with self._memory_bound():
                self._check_keys(others)
        except Blocked as error:
            self.findings.extend(error.findings)

    def _check_keys(self, others: Mapping[str, ResourceCheck]) -> None:
        if self.resource.rules:
            create_typed_table(self)
        shelves = {name: other.shelf for name, other in others.items()}
        rising = frozenset(self.fields[number].name for number in self.rising if self.rows)
        shelf = replace(self.shelf, rising=rising)
        own = list(key_breaches(shelf))
        repeated = self._repeated_keys(
            shelf, list(dict.fromkeys(b.key for b in own if b.key)), others
        )
        breaches = chain(
            own,
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
                if at.key in repeated:
                    rows, total = repeated[at.key]
                    self.tell_rows(at.rule, at.field, rows, total, at.words, at.expected)
                    continue
                for check in others.values():
                    create_typed_table(check)
                if at.quick and not self.connection.execute(at.quick).fetchone():
                    continue
                self.list_rows(at.rule, at.field, at.query, at.words, at.expected)

    def _repeated_keys(
        self,
        shelf: KeyedTable,
        keys: Sequence[tuple[str, ...]],
        others: Mapping[str, ResourceCheck],
    ) -> dict[tuple[str, ...], tuple[list[tuple[Any, ...]], int]]:
        """By key, the rows that repeat it, up to the limit, and how many do.

        Empty where there are few keys or many rows: then each key has a statement of its own.
        """
        if len(keys) < _MANY_KEYS or len(keys) * self.rows > _MOST_SET:
            return {}
        for check in others.values():
            create_typed_table(check)
        repeated: dict[tuple[str, ...], tuple[list[tuple[Any, ...]], int]] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            repeated |= {key: ([], 0) for key in part}
            query = repeats_of_keys(shelf, part, self.limit)
            for number, *row, total in self.connection.execute(query).fetchall():
                rows, _ = repeated[part[number]]
                rows.append(tuple(row))
                repeated[part[number]] = (rows, total)
        return repeated

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
