"""Keys and rules of rows in SQL: unique fields, primary and unique keys, references, row rules.

Each violation has a query that lists the rows which break the key. `KeyedTable` names the typed
table that holds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plainrecord.core.plurals import count_noun
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding
from plainrecord.model.packages import ForeignKey, RowRule, Schema
from plainrecord.receipts.cell_text import plain_number
from plainrecord.receipts.engine import (
    expression_problem,
    identifier,
    literal,
    query_limits,
    words_without_values,
)
from plainrecord.validation.run_state import RowViolation

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """A table under check, with `__file` and `__row`; values of `rising` are unique and present.

    `unread` names a table of the cells (file, row, field) that are null because each has an error of
    its own: it is not known what is in them. It is "" where there are none.
    """

    name: str
    schema: Schema
    relation: str
    columns: Mapping[str, str] = field(default_factory=dict)
    rising: frozenset[str] = frozenset()
    unread: str = ""

    def read(self, names: Sequence[str]) -> str:
        """SQL for whether none of the fields `names` is unread in a row of `t`."""
        if not self.unread:
            return "TRUE"
        listed = ", ".join(map(literal, names))
        return (
            f"(t.__file, t.__row) NOT IN (SELECT (file, row) FROM {self.unread} "
            f"WHERE field IN ({listed}))"
        )

    def column(self, name: str) -> str:
        """The column of the field `name`, as SQL."""
        return identifier(self.columns.get(name, name))

    def kind(self, name: str) -> str:
        """The type of the field `name`."""
        return next(f.type for f in self.schema.fields if f.name == name)

    def has(self, names: Sequence[str]) -> bool:
        """Whether all of `names` are fields of the table."""
        return bool(names) and set(names) <= {declared.name for declared in self.schema.fields}


def key_violations(keyed: KeyedTable) -> Iterator[RowViolation]:
    """The violations to look for in one table: of unique fields, its primary key, its unique keys."""
    schema = keyed.schema
    for number, declared in enumerate(schema.fields):
        if declared.constraints.get("unique") and declared.name not in keyed.rising:
            yield _repeated(keyed, (declared.name,), "unique-error", number)
    if keyed.has(schema.primary_key):
        parts = [name for name in schema.primary_key if name not in keyed.rising]
        if parts:
            empty = " OR ".join(
                f"(t.{keyed.column(name)} IS NULL AND {keyed.read([name])})" for name in parts
            )
            query = f"SELECT t.__file, t.__row, NULL, NULL FROM {keyed.relation} t WHERE {empty}"
            text = f"a part of the key ({', '.join(schema.primary_key)}) is empty"
            yield RowViolation("primary-key", "a value", query, lambda _: text)
        if not keyed.rising & set(schema.primary_key):
            yield _repeated(keyed, schema.primary_key, "primary-key", None)
    for key in schema.unique_keys:
        if keyed.has(key) and not keyed.rising & set(key):
            yield _repeated(keyed, key, "unique-key", None)


def _repeated(
    keyed: KeyedTable, names: Sequence[str], rule: str, number: int | None
) -> RowViolation:
    """Rows whose key is that of an earlier row; keys with an absent part do not count."""
    columns = ", ".join(keyed.column(name) for name in names)
    full = _all_there(keyed, names)
    groups = f"SELECT {columns} FROM {keyed.relation} WHERE {full} GROUP BY ALL HAVING count(*) > 1"
    query = (
        f"SELECT __file, __row, shown, earlier FROM (SELECT __file, __row, "
        f"concat_ws(', ', {columns}) AS shown, "
        f"lag(__row) OVER (PARTITION BY {columns} ORDER BY __file, __row) AS earlier "
        f"FROM {keyed.relation} SEMI JOIN ({groups}) USING ({columns})) WHERE earlier IS NOT NULL"
    )
    return RowViolation(
        rule,
        f"each {', '.join(names)} once",
        query,
        lambda row: f"the same as in the row at position {row}",
        field=number,
        quick=f"{groups} LIMIT 1",
        key=tuple(names),
    )


def _all_there(keyed: KeyedTable, names: Sequence[str]) -> str:
    """SQL for whether no part of a key is absent; NaN is not equal to NaN."""
    conditions = []
    for column, kind in ((keyed.column(name), keyed.kind(name)) for name in names):
        conditions.append(f"{column} IS NOT NULL")
        if kind == "number":
            conditions.append(f"NOT isnan(CAST({column} AS DOUBLE))")
    return " AND ".join(conditions)


def repeats_of_keys(keyed: KeyedTable, keys: Sequence[tuple[str, ...]], limit: int) -> str:
    """A query for the rows that repeat any of `keys`: a statement for each would read all columns.

    Its columns are the number of the key, then file, row, cell and note as in a violation, and how
    many rows repeat that key; it gives the first `limit` rows for each.
    """
    cells = ", ".join(
        f"{{'key': {number}, 'same': CASE WHEN {_all_there(keyed, names)} "
        f"THEN [{', '.join(_as_text(keyed, name) for name in names)}] END, "
        f"'shown': concat_ws(', ', {', '.join(keyed.column(name) for name in names)})}}"
        for number, names in enumerate(keys)
    )
    return (
        "SELECT key, __file, __row, shown, earlier, count(*) OVER (PARTITION BY key) AS total "
        "FROM (SELECT cell.key AS key, __file, __row, cell.shown AS shown, lag(__row) OVER "
        "(PARTITION BY cell.key, cell.same ORDER BY __file, __row) AS earlier "
        f"FROM (SELECT __file, __row, unnest([{cells}]) AS cell FROM {keyed.relation}) "
        "WHERE cell.same IS NOT NULL) WHERE earlier IS NOT NULL QUALIFY row_number() OVER "
        f"(PARTITION BY key ORDER BY __file, __row) <= {limit} ORDER BY key, __file, __row"
    )


def _as_text(keyed: KeyedTable, name: str) -> str:
    """SQL for a value as text: equal texts for equal values, and for no others."""
    column = keyed.column(name)
    return plain_number(column) if keyed.kind(name) == "number" else f"CAST({column} AS VARCHAR)"


def can_follow(keyed: KeyedTable, other: KeyedTable, key: ForeignKey) -> bool:
    """Whether the fields of a reference are there in both tables."""
    return (
        keyed.has(key.fields)
        and other.has(key.reference_fields)
        and len(key.fields) == len(key.reference_fields)
    )


def unfollowed_reference(keyed: KeyedTable, key: ForeignKey) -> Finding:
    """The finding for a reference to a table or fields that are not there."""
    target = f"{key.resource or keyed.name} ({', '.join(key.reference_fields)})"
    return Finding("foreign-key", f"the referenced table or fields do not exist: {target}")


_NUMBERS = {"integer", "number", "year", "boolean"}
_TEXTS = {"string", "any"}


def reference_violation(keyed: KeyedTable, other: KeyedTable, key: ForeignKey) -> RowViolation:
    """Rows whose key is in no row of `other`, wholly absent keys apart (as frictionless)."""
    full = " OR ".join(f"t.{keyed.column(name)} IS NOT NULL" for name in key.fields)
    same = " AND ".join(
        _equal(keyed, here, other, there)
        for here, there in zip(key.fields, key.reference_fields, strict=True)
    )
    shown = ", ".join(f"t.{keyed.column(name)}" for name in key.fields)
    query = (
        f"SELECT t.__file, t.__row, concat_ws(', ', {shown}), NULL FROM {keyed.relation} t "
        f"ANTI JOIN {other.relation} o ON {same} "
        f"WHERE ({full}) AND {keyed.read(key.fields)}"
    )
    number = next(n for n, f in enumerate(keyed.schema.fields) if f.name == key.fields[0])
    expected = f"a value of {other.name} ({', '.join(key.reference_fields)})"
    text = "the value is not in the other table"
    return RowViolation("foreign-key", expected, query, lambda _: text, field=number)


def _equal(keyed: KeyedTable, here: str, other: KeyedTable, there: str) -> str:
    """SQL for one value and another: numbers are equal as numbers, else only values of one type."""
    mine, theirs = f"t.{keyed.column(here)}", f"o.{other.column(there)}"
    kinds = {keyed.kind(here), other.kind(there)}
    if kinds <= _NUMBERS:
        here_text = _digits(mine, keyed.kind(here))
        return f"{here_text} IS NOT DISTINCT FROM {_digits(theirs, other.kind(there))}"
    if len(kinds) == 1 or kinds <= _TEXTS:
        return f"CAST({mine} AS VARCHAR) IS NOT DISTINCT FROM CAST({theirs} AS VARCHAR)"
    return f"({mine} IS NULL AND {theirs} IS NULL)"


def _digits(value: str, kind: str) -> str:
    """SQL for a number as text, under which numbers of any types are compared exactly."""
    return plain_number(f"CAST({value} AS BIGINT)" if kind == "boolean" else value)


class UnusableRule(Exception):  # noqa: N818 - it names a state of the rule
    """A rule whose SQL cannot be run; `finding` says why."""

    def __init__(self, rule: RowRule, problem: str) -> None:
        super().__init__(problem)
        found = f"the rule {rule.sql!r}: {problem}"
        expected = "one condition over the fields of a row"
        self.finding = Finding("expression-invalid", found, expected)


def count_broken(
    connection: duckdb.DuckDBPyConnection, rule: RowRule, relation: str
) -> tuple[int, int | None]:
    """How many rows break a rule, and the first of them. Raises UnusableRule."""
    import duckdb  # few tables have rules over rows

    if problem := expression_problem(connection, rule.sql):
        raise UnusableRule(rule, problem)
    try:
        with query_limits(connection):
            count, first = connection.execute(
                f"SELECT count(*), min(__row) FROM {_broken(rule, relation)}"
            ).fetchall()[0]
    except duckdb.Error as error:
        raise UnusableRule(rule, words_without_values(error)) from None
    return count, first


def fields_of(rule: RowRule, schema: Schema) -> list[str]:
    """The fields that a rule may use: those whose names its SQL has."""
    names = (declared.name for declared in schema.fields)
    return [name for name in names if name.lower() in rule.sql.lower()]


def readable_rows(keyed: KeyedTable, rule: RowRule) -> str:
    """The rows in which every cell that a rule may use was read, for a FROM clause.

    A cell that is not of its type is null in the typed table, and has a finding of its own.
    """
    names = fields_of(rule, keyed.schema)
    if not names or not keyed.unread:
        return keyed.relation
    return f"(FROM {keyed.relation} AS t WHERE {keyed.read(names)})"


def _broken(rule: RowRule, relation: str) -> str:
    return f"{relation} WHERE NOT ({rule.sql}\n)"


def row_rule_violation(rule: RowRule, relation: str) -> RowViolation:
    """The rows that break a rule."""
    query = f"SELECT __file, __row, NULL, NULL FROM {_broken(rule, relation)}"
    return RowViolation("row-rule", rule.sql, query, lambda _: _message(rule))


def row_rule_warning(rule: RowRule, count: int, first: int | None) -> Finding:
    """The warning that `count` rows break a rule."""
    found = f"{rule.name}: {_message(rule)}, in {count_noun(count, 'row')}"
    return Finding(
        "row-rule", found, rule.sql, row=first, count=count, severity_given=Severity.WARNING
    )


def _message(rule: RowRule) -> str:
    return rule.message or f"the rule {rule.sql} does not hold"
