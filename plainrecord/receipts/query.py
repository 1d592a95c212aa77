"""Run the query of a receipt: the only way in which figures and series are computed.

The build computes a figure here and writes the receipt; `plainrecord verify` runs the receipt here
again. The caller opens the connection, locked, with the published files as its only tables.
"""

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from plainrecord.core.exact_numbers import is_double, plain_text, typeset
from plainrecord.core.periods import name_period
from plainrecord.core.strict_json import Json, objects_in
from plainrecord.model.counts import word_share
from plainrecord.model.evidence import Cell
from plainrecord.model.packages import MissingKind
from plainrecord.model.statuses import SHOWN, STATUSES
from plainrecord.receipts.engine import identifier, parse_statements, query_limits, walk_nodes
from plainrecord.receipts.functions import call_problem

MOST_ROWS = 20_000
BEHIND = "rows_behind"
ABSENCE = "absence"
"""The column of a series' query that says why a value is null: a kind of missing value."""
MEASURED = ("value", BEHIND)
LACKING = "lacking"
"""The column of a query that adds values up: how many of the rows behind a cell have none."""


class QueryRefused(Exception):  # noqa: N818 - as `Blocked`, it says what happened
    """A query without a result, and why; `timed_out`: too much processor time, result unknown."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Value:
    """One value; `hidden` where it is a count below the threshold (`value` is then None)."""

    value: Cell
    shown: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class QueryRows:
    """Key cells, value and status; how many are suppressed; `counted`: no value can be absent.

    `names` are the columns of a table of counts.
    """

    rows: tuple[tuple[Cell, ...], ...]
    suppressed: int
    counted: bool = False
    names: tuple[str, ...] = ()


def read_tables(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[tuple[str, str], ...]:
    """The tables (schema or "", name) that a query names, sorted; QueryRefused where it may not run.

    DuckDB's own parser reads it: one SELECT, no table function, no other catalog, no sample, and
    no function but those in `functions.FUNCTIONS`, which give the same in every run.
    """
    try:
        statements = parse_statements(connection, sql)
    except ValueError as error:
        raise QueryRefused(f"it is not a SELECT that can be read: {error}") from None
    except (duckdb.Error, RecursionError) as error:
        raise QueryRefused(f"it is not a SELECT that can be read: {_first_line(error)}") from None
    if len(statements) != 1:
        raise QueryRefused("it is not one statement")
    try:
        for node in walk_nodes(statements[0]):
            problem = _node_problem(node)
            if problem:
                raise QueryRefused(problem)
        return tuple(sorted(set(_find_tables(statements[0], frozenset()))))
    except RecursionError:
        raise QueryRefused("it is nested too deeply") from None


def _find_tables(value: Json, local: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The tables named in a part of a parsed statement.

    A name of `local` is that of a query before (WITH), which has no part in itself unless it is
    recursive: there the name is that of a table.
    """
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                yield from _find_tables(item, local)
    if not isinstance(value, dict):
        return
    if value.get("type") == "BASE_TABLE":
        schema, name = str(value.get("schema_name") or ""), str(value.get("table_name"))
        if schema or name.lower() not in local:
            yield schema, name
    for entry in objects_in(value, "cte_map", "map"):
        known = local | {str(entry.get("key")).lower()}
        recursive = any(n.get("type") == "RECURSIVE_CTE_NODE" for n in walk_nodes(entry))
        yield from _find_tables(entry, known if recursive else local)
        local = known
    for key, item in value.items():
        if isinstance(item, dict | list) and key != "cte_map":
            yield from _find_tables(item, local)


def _node_problem(node: dict[str, Json]) -> str:
    kind = node.get("type")
    if kind == "TABLE_FUNCTION":
        return "it calls a table function"
    if kind == "SHOW_REF":
        return "it asks about the database itself"
    if kind == "BASE_TABLE" and node.get("catalog_name"):
        return f"it names the catalog {node['catalog_name']!r}"
    if node.get("sample"):
        return "it takes a sample, which differs from run to run"
    return call_problem(node)


def run_value(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    sql: str,
    style: str,
    threshold: int,
    *,
    protected: bool = False,
) -> Value:
    """The one value of a figure's query, run where `dataset` is the schema of plain names.

    A whole number from 1 to below `threshold`, in a figure of the format `integer`, is hidden. So is
    null, where the query reads `protected` tables, in which suppressed counts are null.
    """
    rows, names = _run(connection, dataset, sql, 2)
    if len(rows) != 1 or len(names) != 1:
        many = "more than one row" if len(rows) > 1 else f"{len(rows)} rows"
        raise QueryRefused(f"the query returns {many} and {len(names)} columns")
    value = plain_cell(rows[0][0])
    if value is None and protected:
        return Value(None, MissingKind.SUPPRESSED.value, True)
    if value is None:
        raise QueryRefused("the query returns null")
    if isinstance(value, float) and not math.isfinite(value):
        raise QueryRefused(f"the query returns {value}")
    whole = isinstance(value, int) and not isinstance(value, bool)
    if style == "integer" and whole and 0 < int(value) < threshold:
        return Value(None, f"fewer than {threshold}", True)
    try:
        return Value(value, show_value(value, style), False)
    except (ValueError, TypeError, ArithmeticError):
        raise QueryRefused(f"{value!r} cannot be shown as {style}") from None


def run_rows(
    connection: duckdb.DuckDBPyConnection, dataset: str, sql: str, threshold: int
) -> QueryRows:
    """The rows of a series' query, which ends in `value`, `rows_behind`, or in these with
    `absence` between them; where it adds values up, `lacking` stands before them.

    The rule of suppression: where 0 < rows_behind < threshold, the value is not shown and the
    status is "suppressed". Where the value is null, the status is the kind of missing value that
    `absence` names, and "missing" where it names none; everywhere else it is "shown".
    Where the query counts what is `lacking`, `rows_behind` and that count stand before the value:
    both are None where the value is suppressed, and the second where it, or what is left, is a
    number from 1 to below the threshold. Else `rows_behind` and `absence` are not kept.
    """
    raw, names = _run(connection, dataset, sql, MOST_ROWS + 1)
    explained = names[-3:] == ("value", ABSENCE, BEHIND)
    summed = explained and names[-4:-3] == (LACKING,)
    if not explained and names[-2:] != MEASURED:
        raise QueryRefused(
            f"the last columns are {', '.join(names[-2:])}, not {', '.join(MEASURED)}"
        )
    if len(raw) > MOST_ROWS:
        raise QueryRefused(f"more than {MOST_ROWS:,} cells")
    hidden = 0
    rows: list[tuple[Cell, ...]] = []
    for *cells, behind in raw:
        absence = cells.pop() if explained else None
        value = cells.pop()
        if not isinstance(behind, int):
            raise QueryRefused(f"{BEHIND} is not a whole number")
        suppressed = 0 < behind < threshold
        hidden += suppressed
        shown = None if suppressed else _drawn(value)
        if isinstance(shown, float) and not math.isfinite(shown):
            raise QueryRefused(f"the query returns {shown}")
        if summed:
            lacking = cells.pop()
            if not isinstance(lacking, int):
                raise QueryRefused(f"{LACKING} is not a whole number")
            few = any(0 < count < threshold for count in (lacking, behind - lacking))
            cells += [None if suppressed else behind, None if suppressed or few else lacking]
        rows.append((*map(plain_cell, cells), shown, _status(shown, suppressed, absence)))
    return QueryRows(tuple(rows), hidden, not explained)


def _status(value: Cell, suppressed: bool, absence: object) -> str:
    if suppressed:
        return MissingKind.SUPPRESSED.value
    if value is not None:
        return SHOWN
    named = str(absence)
    return named if named in STATUSES - {SHOWN} else MissingKind.MISSING.value


def run_counts(connection: duckdb.DuckDBPyConnection, dataset: str, sql: str) -> QueryRows:
    """The rows of a query as they are, run where `dataset` is the schema of plain names."""
    raw, names = _run(connection, dataset, sql, MOST_ROWS + 1)
    if len(raw) > MOST_ROWS:
        raise QueryRefused(f"more than {MOST_ROWS:,} rows")
    rows = tuple(tuple(map(plain_cell, row)) for row in raw)
    for cell in (cell for row in rows for cell in row):
        if isinstance(cell, float) and not math.isfinite(cell):
            raise QueryRefused(f"the query returns {cell}")
    return QueryRows(rows, 0, names=names)


def show_value(value: Cell, style: str) -> str:
    """`value` as a reader sees it: 1,234; 12.3; 45.6%; 1 October 2018."""
    if style == "text" or value is None:
        return str(value)
    if style == "date":
        return name_period(str(value)[:10])
    number = Decimal(value) if isinstance(value, str | int) else value
    if style == "percent":
        if number in (0, 1):  # exactly none or all
            return f"{number * 100:.0f}%"
        if 0 < number < 1 and (shares := word_share(float(number), 1)).startswith(
            ("under", "over")
        ):
            return shares
        return typeset(f"{number * 100:z.1f}%")
    return typeset(f"{round(number):,}" if style == "integer" else f"{number:z,.1f}")


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, dataset: str, sql: str
) -> list[tuple[Any, ...]]:
    """All rows of a query of our own, run in limits where `dataset` is the schema of plain names."""
    with query_limits(connection, sql=sql):
        connection.execute(f"USE memory.{identifier(dataset)}")
        return connection.execute(sql).fetchall()


def _run(
    connection: duckdb.DuckDBPyConnection, dataset: str, sql: str, most: int
) -> tuple[list[tuple[Any, ...]], tuple[str, ...]]:
    """The first `most` rows of a maintainer's query, and its columns; QueryRefused if it fails."""
    try:
        connection.execute(f"USE memory.{identifier(dataset)}")
        with query_limits(connection, sql=sql):
            rows = connection.execute(sql).fetchmany(most)
            return rows, tuple(str(column[0]) for column in connection.description)
    except duckdb.InterruptException as error:
        raise QueryRefused(str(error), timed_out=True) from None
    except (duckdb.Error, RuntimeError, MemoryError) as error:
        raise QueryRefused(_first_line(error)) from None


def _first_line(error: BaseException) -> str:
    return str(error).split("\n")[0] or type(error).__name__


def _drawn(value: object) -> Cell:
    """A value of a series: a chart draws no more digits than a double has."""
    cell = plain_cell(value)
    return float(cell) if isinstance(value, Decimal) and isinstance(cell, str) else cell


def plain_cell(value: object) -> Cell:
    """A value as receipts have it; a decimal with more digits than a double is a text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date | datetime.datetime | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value) if is_double(value) else plain_text(value)
    return str(value)
