"""Whether the result of a query depends on counts that are suppressed.

A sum over suppressed counts would leave them out without a word. A query over protected tables is
run twice more, with other numbers in the place of what is hidden: what it shows must stay the same.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import duckdb

from plainrecord.model.evidence import Cell
from plainrecord.model.packages import MissingKind, ReleasedTable
from plainrecord.receipts.cell_text import has_mark
from plainrecord.receipts.engine import identifier
from plainrecord.receipts.query import QueryRefused

REFUSAL = (
    "it reads counts that are suppressed: a released table must have a cell for the answer, so "
    "declare a table with these dimensions alone"
)
FILLINGS = (1, 999_983)
"""A small and a large number: a least or a greatest value depends on one of them alone."""

Shown = frozenset[tuple[Cell, ...]]


def depends_on_hidden(
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[ReleasedTable],
    run: Callable[[], Shown],
) -> bool:
    """Whether `run`, which gives what a query shows, gives less with other numbers in hidden cells."""
    protected = {(t.dataset, t.resource): t for t in tables if t.protected and _hidden_fields(t)}
    if not protected:
        return False
    shown = run()
    for number in FILLINGS:
        with _filled(connection, protected.values(), number):
            try:
                if not shown <= run():
                    return True
            except QueryRefused:
                return True
    return False


def _hidden_fields(table: ReleasedTable) -> list[tuple[str, str]]:
    """The fields that have suppressed counts, each with the condition that it is one."""
    return [
        (identifier(field.name), hidden)
        for field in table.fields
        if field.type == "integer" and (hidden := has_mark(field, MissingKind.SUPPRESSED))
    ]


@contextmanager
def _filled(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[ReleasedTable], number: int
) -> Iterator[None]:
    """Within the block, hidden cells of these tables hold `number`."""
    renamed = []
    try:
        for table in tables:
            view = f"{identifier(table.dataset)}.{identifier(table.resource)}"
            aside = f"{table.resource} as published"
            connection.execute(f"ALTER VIEW {view} RENAME TO {identifier(aside)}")
            renamed.append((view, table))
            columns = ", ".join(
                f"CASE WHEN {hidden} THEN {number} ELSE {name} END AS {name}"
                for name, hidden in _hidden_fields(table)
            )
            connection.execute(
                f"CREATE VIEW {view} AS SELECT * REPLACE ({columns}) "
                f"FROM {identifier(table.dataset)}.{identifier(aside)}"
            )
        yield
    finally:
        for view, table in renamed:
            connection.execute(f"DROP VIEW IF EXISTS {view}")
            aside = f"{identifier(table.dataset)}.{identifier(f'{table.resource} as published')}"
            connection.execute(f"ALTER VIEW {aside} RENAME TO {identifier(table.resource)}")
