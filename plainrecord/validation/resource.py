"""Check one resource: from its files to its typed table and its findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from plainrecord.core.errors import Blocked
from plainrecord.core.exact_numbers import MOST_DIGITS
from plainrecord.core.plurals import choose_form, count_noun
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.model.checks import FieldCheck, TableCheck
from plainrecord.model.packages import CheckedTable, LocatedFile, Package, Resource, mark_column
from plainrecord.readers.json_cells import has_types
from plainrecord.receipts.engine import Engine, identifier, literal, memory_bound
from plainrecord.validation.block_check import (
    FILE,
    HASH,
    ROW,
    create_typed_table,
    drop_work_tables,
    retype,
)
from plainrecord.validation.field_plan import CELL, Fault, FieldPlan, plan_field, unusable_field
from plainrecord.validation.hidden_characters import hidden_in_schema
from plainrecord.validation.keys import (
    KeyedTable,
    UnusableRule,
    can_follow,
    count_broken,
    fields_of,
    key_violations,
    readable_rows,
    reference_violation,
    repeats_of_keys,
    row_rule_violation,
    row_rule_warning,
    unfollowed_reference,
)
from plainrecord.validation.privacy_lint import lint_table
from plainrecord.validation.read_files import FirstFile, draft_schema, open_first_file, read_files
from plainrecord.validation.run_state import CheckRun, RowViolation

_TEXTS_AT_ONCE = 20_000
_LIMIT_BIGINT = 2**63
_MOST_SET = 5_000_000
"""Fields times uncertain cells that one statement sets: each is held for each field."""
_MANY_KEYS, _KEYS_AT_ONCE = 20, 200
"""From how many keys on one statement looks for the repeats of several, and of how many."""
_TABLES = {"csv", "tsv", "xlsx", "ods", "xls", "xlsb", "parquet", "sqlite"}


class ResourceCheck:
    """The check of a resource; `table` is there once its files could be read."""

    table: CheckedTable | None = None
    keyed: KeyedTable
    name_taken = False
    _ready: bool | None = None
    _first_file: FirstFile = None

    def __init__(
        self,
        package: Package,
        resource: Resource,
        files: tuple[LocatedFile, ...],
        *,
        limit: int,
        stored_fields: frozenset[str],
    ) -> None:
        self.run = CheckRun(package, resource, files, limit, stored_fields)

    @property
    def name(self) -> str:
        """The name of the resource."""
        return self.run.resource.name

    def refuse_name(self) -> None:
        """Report that another table of the package has this name."""
        text = f'the name "{self.name}" is taken (upper case counts as lower case)'
        self.run.add(Finding("value-invalid", text, "another name", file=self._descriptor))
        self.name_taken = True

    def begin(self, *, plain_names: bool) -> None:
        """Open the first file; with `plain_names` a column must have the name of its field."""
        if self._ready is not None or self.name_taken:
            return
        described = self.run.resource.descriptor
        has_schema = not described or "schema" in described
        self._ready = (has_schema or self._draft()) and self._name_columns(plain_names)
        if self._ready:
            self._first_file = open_first_file(self.run)  # a thread reads while fields are planned
            self.run.plans = [self._plan(number) for number in range(len(self.run.fields))]

    def check(self, engine: Engine) -> None:
        """Check the table, if it could be opened."""
        run = self.run
        run.engine = engine
        if not self._ready:
            return
        first, self._first_file = self._first_file, None
        for finding in hidden_in_schema(run.fields):
            run.add(replace(finding, file=self._descriptor))
        run.warnings.plan(run.plans)
        whole = False
        try:
            with self._within_memory():
                if read_files(run, first):
                    self._conclude()
                whole = True
        finally:
            drop_work_tables(run)
        self.table = self.table if whole else None

    @property
    def _descriptor(self) -> str:
        return self.run.package.descriptor_path

    @contextmanager
    def _within_memory(self) -> Iterator[None]:
        """What needs more memory than there is ends with a finding."""
        file = self.run.only_file or self._descriptor
        try:
            with memory_bound(file, dataset=self.run.package.key, resource=self.name):
                yield
        except Blocked as error:
            self.run.findings.extend(error.findings)

    def _draft(self) -> bool:
        """Take the fields of a table without a schema from its header; whether it is a table."""
        run = self.run
        schema = draft_schema(run) if _is_table(run.resource) else None
        if schema is None:
            return False
        run.resource = replace(run.resource, schema=schema)
        run.add(Finding("schema-missing", f"{self.name} has no schema", file=self._descriptor))
        return True

    def _conclude(self) -> None:
        """Complete the typed table, and add the findings that need all rows."""
        run = self.run
        if run.has_uncertain:
            self._check_uncertain()
            run.findings += self._uncertain_findings()
        self._refuse_inexact()
        retype(run)
        if run.has_uncertain:
            self._complete()
        self._keep_unread()
        self.table = CheckedTable(
            run.package.key, self.name, run.relation, run.fields, run.rows, run.files
        )
        log = run.package.requests
        cited = log.fields.get("exemptions_cited", "") if log and log.resource == self.name else ""
        uncertain = run.connection if run.has_uncertain else None
        for finding in run.warnings.findings(uncertain, run.fields, run.file_names):
            if finding.rule == "mark-undeclared" and finding.field == cited:
                continue  # a mark is a value there
            run.add(finding)
        if not run.rows and not run.findings:
            text = "no row below the header"
            run.add(Finding("table-empty", text, "rows", file=run.only_file))
        self._count_duplicates()

    def _name_columns(self, plain_names: bool) -> bool:
        """Name the typed columns (the engine ignores case); whether that is possible."""
        run = self.run
        seen: set[str] = {"", "rowid", *(name.strip('"') for name in (FILE, ROW, HASH))}
        clashes: list[str] = []
        for number, declared in enumerate(run.fields):
            column = declared.name
            taken = _taken(column, declared.marks_apart, seen)
            while taken and not plain_names:
                column = f"{column} ({number + 1})"
                taken = _taken(column, declared.marks_apart, seen)
            clashes += taken
            seen.add(column.lower())
            if declared.marks_apart:
                seen.add(mark_column(column).lower())
            run.columns.append(column)
        for name in clashes:
            text = f'the name "{name}" is taken (upper and lower case count as the same)'
            run.add(
                Finding("value-invalid", text, "another name", file=self._descriptor, field=name)
            )
        if not run.fields:
            text = "the schema has no fields"
            run.add(Finding("value-invalid", text, "fields", file=self._descriptor))
        columns: dict[str, str] = {}
        for declared, column in zip(run.fields, run.columns, strict=True):
            columns.setdefault(declared.name, column)
        self.keyed = KeyedTable(self.name, run.resource.schema, run.relation, columns)
        return bool(run.fields) and not clashes

    def _plan(self, number: int) -> FieldPlan:
        declared, column = self.run.fields[number], self.run.columns[number]
        try:
            return plan_field(number, declared, column, native=has_types(self.run.resource))
        except ValueError as error:
            text = f"the field cannot be checked: {error}"
            self.run.add(Finding("value-invalid", text, file=self._descriptor, field=declared.name))
            return unusable_field(number, declared, column)

    # Cells

    def _check_uncertain(self) -> None:
        """Check distinct uncertain texts with frictionless, one query for all fields."""
        run = self.run
        run.connection.execute(
            "CREATE OR REPLACE TEMPORARY TABLE distinct_texts AS "
            "SELECT DISTINCT field, text FROM temp.main.uncertain WHERE NOT absent"
        )
        fields_of_fault: dict[Fault, list[int]] = {}
        for plan in run.plans:
            for fault in plan.faults:
                fields_of_fault.setdefault(fault, []).append(plan.number)
        for fault, numbers in fields_of_fault.items():
            listed = ", ".join(map(str, numbers))
            run.connection.execute(
                f"INSERT INTO temp.main.faults SELECT field, text, {literal(fault.rule)}, "
                f"{literal(fault.note)} FROM distinct_texts WHERE field IN ({listed}) "
                f"AND {fault.condition.replace(CELL, 'text')}"
            )
        for start in range(0, run.number("SELECT count(*) FROM distinct_texts"), _TEXTS_AT_ONCE):
            part = f"rowid >= {start} AND rowid < {start + _TEXTS_AT_ONCE}"
            query = f"SELECT field, text FROM distinct_texts WHERE {part}"
            self._check_texts(run.connection.execute(query).fetchall())

    def _check_texts(self, texts: Sequence[tuple[int, str]]) -> None:
        faults: list[tuple[int, str, str, str]] = []
        accepted: list[tuple[int, str, str]] = []
        for number, text in texts:
            plan = self.run.plans[number]
            if plan.reader is None:
                continue
            result = plan.reader.check(text)
            faults += [(number, text, rule, note) for rule, note in result.errors]
            if plan.json_rule is not None and not result.errors:
                note = plan.json_rule.note(text)
                faults += [(number, text, "constraint-error", note)] if note else []
            if result.canonical is None:
                continue
            self._measure(plan, result.canonical)
            if plan.kind != "VARCHAR" and plan.field.name in self.run.stored_fields:
                accepted.append((number, text, result.canonical))
        self._store("faults", faults)
        self._store("accepted", accepted)

    def _measure(self, plan: FieldPlan, canonical: str) -> None:
        digits = self.run.digits.get(plan.number)
        if digits is not None and plan.field.type == "number":
            digits.add(Decimal(canonical))
        elif digits is not None and not -_LIMIT_BIGINT <= int(canonical) < _LIMIT_BIGINT:
            digits.wide = canonical

    def _refuse_inexact(self) -> None:
        """An error for each column whose numbers no one type stores exactly."""
        run = self.run
        for number, digits in run.digits.items():
            declared = run.fields[number]
            if declared.type == "number" and digits.kind() is None:
                run.errors[number] = run.errors.get(number, 0) + 1
                run.add(
                    Finding(
                        "number-inexact",
                        digits.problem(),
                        f"at most {MOST_DIGITS} digits before and after the point together",
                        file=run.only_file,
                        field=declared.name,
                        field_number=run.column_number(0, number),
                    )
                )

    def _store(self, name: str, rows: Sequence[tuple[int | str, ...]]) -> None:
        if not rows:
            return
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        names = [f"x{n}" for n in range(len(columns))]
        self.run.connection.register("incoming", pa.Table.from_arrays(columns, names))
        self.run.connection.execute(f"INSERT INTO temp.main.{name} SELECT * FROM incoming")
        self.run.connection.unregister("incoming")

    def _uncertain_findings(self) -> list[Finding]:
        """A finding for each bad cell, field by field: absent ones first, then rule by rule."""
        run = self.run
        needed = [(plan.number, *error) for plan in run.plans for error in plan.required]
        self._store("needed", needed)
        bad_cells = (
            "(SELECT d.field, 'a value' AS expected, r.rule, d.file, d.row, d.text, r.note "
            "FROM temp.main.uncertain d JOIN temp.main.needed r ON r.field = d.field "
            "WHERE d.absent UNION ALL SELECT d.field, '', x.rule, d.file, d.row, d.text, x.note "
            "FROM temp.main.uncertain d JOIN temp.main.faults x ON x.field = d.field "
            "AND x.text = d.text WHERE NOT d.absent)"
        )
        groups = "field, expected DESC, rule"
        counts = run.connection.execute(
            f"SELECT field, expected, rule, count(*) FROM {bad_cells} GROUP BY ALL ORDER BY {groups}"
        ).fetchall()
        listed = run.connection.execute(
            f"SELECT file, row, text, note FROM {bad_cells} QUALIFY row_number() OVER "
            f"(PARTITION BY field, expected, rule ORDER BY file, row, note) <= {run.limit} "
            f"ORDER BY {groups}, file, row, note"
        )
        findings = []
        for number, expected, rule, total in counts:
            rows = listed.fetchmany(min(total, run.limit))
            findings += run.row_findings(RowViolation(rule, expected, field=number), rows, total)
        return findings

    def _complete(self) -> None:
        """Set the values of uncertain cells in the typed table, as frictionless read them.

        Text stays as it is unless it is not of its type. One statement sets many fields where few
        of their cells were uncertain.
        """
        counts = self.run.connection.execute(
            "SELECT field, count(*) FROM temp.main.uncertain WHERE NOT absent GROUP BY 1 ORDER BY 1"
        ).fetchall()
        plans: list[FieldPlan] = []
        cells = 0
        for number, count in counts:
            if self.run.fields[number].name not in self.run.stored_fields:
                continue
            if plans and (len(plans) + 1) * (cells + count) > _MOST_SET:
                self._set_values(plans)
                plans, cells = [], 0
            plans.append(self.run.plans[number])
            cells += count
        if plans:
            self._set_values(plans)

    def _set_values(self, plans: Sequence[FieldPlan]) -> None:
        run = self.run
        create_typed_table(run)
        numbers = ", ".join(str(plan.number) for plan in plans)
        texts = ", ".join(str(plan.number) for plan in plans if plan.kind == "VARCHAR")
        wrong = (
            f" AND (d.field NOT IN ({texts}) OR EXISTS (FROM temp.main.faults x "
            "WHERE x.field = d.field AND x.text = d.text AND x.rule = 'type-error'))"
        )
        values = ", ".join(
            f"count_if(d.field = {plan.number}) AS n{plan.number}, "
            f"max(a.canonical) FILTER (d.field = {plan.number}) AS v{plan.number}"
            for plan in plans
        )
        settings = ", ".join(
            f"{identifier(plan.column)} = CASE WHEN j.n{plan.number} > 0 THEN "
            f"TRY_CAST(j.v{plan.number} AS {run.column_type(plan)}) "
            f"ELSE t.{identifier(plan.column)} END"
            for plan in plans
        )
        run.connection.execute(
            f"UPDATE {run.relation} AS t SET {settings} FROM (SELECT d.file, d.row, {values} "
            "FROM temp.main.uncertain d LEFT JOIN temp.main.accepted a "
            "ON a.field = d.field AND a.text = d.text "
            f"WHERE d.field IN ({numbers}) AND NOT d.absent{wrong if texts else ''} "
            f"GROUP BY ALL) j WHERE t.{FILE} = j.file AND t.{ROW} = j.row"
        )

    def _keep_unread(self) -> None:
        """Keep the places of cells with an error of their own: keys and rules over rows do not report
        them again."""
        run, schema = self.run, self.run.resource.schema
        keys = {*schema.primary_key, *(name for key in schema.foreign_keys for name in key.fields)}
        keys |= {name for rule in run.resource.rules for name in fields_of(rule, schema)}
        queries = []
        for number, declared in enumerate(run.fields):
            if declared.name not in keys:
                continue
            name = literal(declared.name)
            if run.has_uncertain:
                queries.append(
                    f"SELECT d.file, d.row, {name} FROM temp.main.uncertain d SEMI JOIN "
                    "temp.main.faults x ON x.field = d.field AND x.text = d.text "
                    f"AND x.rule = 'type-error' WHERE d.field = {number} AND NOT d.absent"
                )
            for file, columns in enumerate(run.columns_of_fields):
                if run.has_uneven and number in columns:
                    queries.append(
                        f"SELECT file, row, {name} FROM temp.main.uneven "
                        f"WHERE file = {file} AND width <= {columns[number]}"
                    )
        lacking = [f for f in run.findings if f.rule == "missing-label" and f.field in keys]
        for finding in lacking:
            create_typed_table(run)
            queries.append(
                f"SELECT {FILE}, {ROW}, {literal(finding.field)} FROM {run.relation} "
                f"WHERE {FILE} = {run.file_names.index(finding.file)}"
            )
        if queries:
            unread = "temp.main." + identifier(f"unread of {run.relation}")
            run.connection.execute(
                f"CREATE OR REPLACE TEMPORARY TABLE {unread.removeprefix('temp.main.')} AS "
                f"FROM ({' UNION ALL '.join(queries)}) AS cells(file, row, field)"
            )
            self.keyed = replace(self.keyed, unread=unread)

    # Rows

    def _count_duplicates(self) -> None:
        run = self.run
        if run.distinct_rows is None or not run.rows or run.package.protection:
            return  # rows that protection made alike repeat one another on purpose
        if run.distinct_rows.counted_here:
            distinct = run.distinct_rows.count()
        else:
            distinct = run.number(f"SELECT count(DISTINCT {HASH}) FROM {run.relation}")
        if extra := run.rows - distinct:
            verb = choose_form(extra, "repeats", "repeat")
            text = f"{extra:,} of {count_noun(run.rows, 'row')} {verb} an earlier row"
            run.add(Finding("duplicate-row", text, file=run.only_file, count=extra))

    def check_keys(self, others: Mapping[str, ResourceCheck]) -> None:
        """Check keys, rules, and references to `others`, the readable tables by name."""
        with self._within_memory():
            self._check_unique_keys(others)
            self._check_references(others)
            self._check_row_rules()

    def _check_unique_keys(self, others: Mapping[str, ResourceCheck]) -> None:
        run = self.run
        if run.resource.rules:
            create_typed_table(run)
        rising = frozenset(run.fields[number].name for number in run.rising if run.rows)
        keyed = replace(self.keyed, rising=rising)
        violations = list(key_violations(keyed))
        keys = list(dict.fromkeys(violation.key for violation in violations if violation.key))
        repeated = self._repeated_keys(keyed, keys, others)
        for violation in violations:
            if violation.key in repeated:
                rows, total = repeated[violation.key]
                run.findings += run.row_findings(violation, rows, total)
            else:
                self._find_rows(violation, others)

    def _find_rows(self, violation: RowViolation, others: Mapping[str, ResourceCheck]) -> None:
        for check in others.values():
            create_typed_table(check.run)
        connection = self.run.connection
        if not violation.quick or connection.execute(violation.quick).fetchone():
            self.run.findings += self.run.query_findings(violation)

    def _check_references(self, others: Mapping[str, ResourceCheck]) -> None:
        tables = {name: other.keyed for name, other in others.items()}
        for key in self.keyed.schema.foreign_keys:
            other = tables.get(key.resource) if key.resource else self.keyed
            if other is not None and can_follow(self.keyed, other, key):
                self._find_rows(reference_violation(self.keyed, other, key), others)
            else:
                self.run.add(unfollowed_reference(self.keyed, key))

    def _check_row_rules(self) -> None:
        """A warning is given once with its count; an error is listed row by row."""
        run = self.run
        for rule in run.resource.rules:
            rows = readable_rows(self.keyed, rule)
            try:
                count, first = count_broken(run.connection, rule, rows)
            except UnusableRule as error:
                run.add(error.finding)
                continue
            if count and rule.severity == Severity.ERROR:
                run.findings += run.query_findings(row_rule_violation(rule, rows))
            elif count:
                run.add(row_rule_warning(rule, count, first))

    def _repeated_keys(
        self,
        keyed: KeyedTable,
        keys: Sequence[tuple[str, ...]],
        others: Mapping[str, ResourceCheck],
    ) -> dict[tuple[str, ...], tuple[list[tuple[Any, ...]], int]]:
        """By key, rows that repeat it, and how many; {} if keys have statements."""
        if len(keys) < _MANY_KEYS or len(keys) * self.run.rows > _MOST_SET:
            return {}
        for check in others.values():
            create_typed_table(check.run)
        repeated: dict[tuple[str, ...], tuple[list[tuple[Any, ...]], int]] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            repeated |= {key: ([], 0) for key in part}
            query = repeats_of_keys(keyed, part, self.run.limit)
            for number, *row, total in self.run.connection.execute(query).fetchall():
                rows, _ = repeated[part[number]]
                rows.append(tuple(row))
                repeated[part[number]] = (rows, total)
        return repeated

    def lint(self) -> None:
        """Look for personal data in the typed table."""
        run = self.run
        if self.table is None:
            return
        with self._within_memory():
            run.findings += lint_table(run.connection, run.package, run.resource, self.table)

    def describe(self) -> TableCheck:
        """What was checked in this table, and the number of errors."""
        run = self.run
        return TableCheck(
            resource=self.name,
            rows=run.rows,
            read=self.table is not None,
            readings=tuple(run.readings),
            fields=tuple(
                FieldCheck(field.name, field.type, run.errors.get(number, 0))
                for number, field in enumerate(run.fields)
            ),
            errors=sum(run.errors.values()),
        )


def _is_table(resource: Resource) -> bool:
    """Whether a resource declares that it is a table, or its format can hold nothing else."""
    described = resource.descriptor
    kind = described.get("type")
    if isinstance(kind, str) and kind:
        return kind == "table"
    profile = described.get("profile")
    if isinstance(profile, str) and "tabular-data-resource" in profile:
        return True
    return resource.data is None and resource.format.lower() in _TABLES


def _taken(column: str, marked: bool, seen: set[str]) -> list[str]:
    """The names of a column and of its column of marks that are in `seen`."""
    names = [column, mark_column(column)] if marked else [column]
    return [name for name in names if name.lower() in seen]
