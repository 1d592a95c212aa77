"""Names for groups of rows that have no value of their own: absent values, and the rest of a list."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from plainrecord.ground.engine import identifier, literal, query_limits
from plainrecord.ground.queries import SECONDS
from plainrecord.model.packages import ReleasedTable

APART = " (no such value)"
"""What is added to a name where a value has it."""


def name_apart(
    connection: duckdb.DuckDBPyConnection, table: ReleasedTable, text: str, words: Sequence[str]
) -> tuple[str, ...]:
    """The `words`, each changed where a value of `table` reads the same; `text` is a value in SQL.

    The last word names the rest of a list: it differs from the others as well.
    """
    tried = {word: [f"{word}{APART * n}" for n in range(3)] for word in words}
    listed = ", ".join(literal(name.lower()) for names in tried.values() for name in names)
    query = (
        f"SELECT DISTINCT lower({text}) FROM {identifier(table.resource)} "
        f"WHERE lower({text}) IN ({listed})"
    )
    with query_limits(connection, SECONDS):
        connection.execute(f"USE memory.{identifier(table.dataset)}")
        taken = {str(name) for (name,) in connection.execute(query).fetchall()}

    def choose(word: str) -> str:
        return next((name for name in tried[word] if name.lower() not in taken), tried[word][-1])

    named = tuple(map(choose, words[:-1]))
    taken |= {name.lower() for name in named}
    return (*named, choose(words[-1]))
