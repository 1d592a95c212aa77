"""Make tables of counts: run a query as a verifier will, and keep its rows with the receipt."""

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field

import duckdb

from plainrecord.core.errors import Blocked
from plainrecord.findings.finding import Finding
from plainrecord.model.counts import CountTable
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.receipts.engine import identifier
from plainrecord.receipts.query import QueryRefused, QueryRows, read_tables, run_counts
from plainrecord.receipts.receipt import prove_counts

Row = tuple[Cell, ...]
Counted = tuple[tuple[str, ...], QueryRows]
"""The columns of a query and its rows."""
_readable: set[str] = set()
"""Queries that `read_tables` accepted in this process, without the name of their one table: tables
of the same fields have the same queries."""


def keep_all(row: Row) -> Row:
    """The row unchanged, for counts that cannot identify people."""
    return row


def too_slow(proof: str, found: str) -> Blocked:
    """The error of a build whose query is too slow: leaving it out depends on the machine."""
    dataset = proof.partition(".")[0]
    expected = "a query that a verifier can run again"
    return Blocked([Finding("query-slow", f"{proof}: {found}", expected, dataset=dataset)])


@dataclass(frozen=True, slots=True)
class CountQueries:
    """Published tables that are counted together: their files, and the names that queries use.

    `connection` has the files of `read` as tables; plain table names refer to `dataset`.
    `threshold` is the strictest of the tables. `known` caches counts, because a dataset and its
    newest release often have the same files.
    """

    connection: duckdb.DuckDBPyConnection
    dataset: str
    read: Sequence[PublishedTable]
    unit: str
    threshold: int
    known: MutableMapping[object, Counted] = field(default_factory=dict)

    def run(
        self, name: str, title: str, sql: str, hide: Callable[[Row], Row] = keep_all
    ) -> CountTable:
        """The rows of the query as the table of counts DATASET.`name`.

        `hide` replaces the cells of a row that are suppressed. QueryRefused where the query cannot
        be a receipt, Blocked where it takes too long.
        """
        files = (sql, *(entry.sha256 for entry in self.read))
        if files not in self.known:
            self.known[files] = self._execute(name, sql)
        columns, counted = self.known[files]
        rows = tuple(map(hide, counted.rows))
        proof, dataset = f"{self.dataset}.{name}", self.dataset
        about = (proof, title, self.unit, columns, rows)
        return prove_counts(*about, sql, self.read, self.threshold, dataset=dataset)

    def _execute(self, name: str, sql: str) -> Counted:
        self._read_tables(sql)  # what a verifier would refuse is no receipt
        try:
            rows = run_counts(self.connection, self.dataset, sql)
        except QueryRefused as refused:
            if refused.timed_out:
                raise too_slow(f"{self.dataset}.{name}", refused.reason) from None
            raise
        return tuple(str(column[0]) for column in self.connection.description), rows

    def _read_tables(self, sql: str) -> None:
        shape = sql
        if len(self.read) == 1:
            shape = sql.replace(f"FROM {identifier(self.read[0].table.resource)}", "FROM t")
        if shape not in _readable:
            read_tables(self.connection, sql)
            _readable.add(shape)
