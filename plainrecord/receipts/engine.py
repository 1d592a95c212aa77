"""The database engine, opened so that queries of a portal can read only what they may.

There are two ways to open it, both locked before use: the workshop, where tables are read, checked
and released, and the counter, where figures are computed from released files only. Every statement
that contains text of a portal is built with `identifier` and `literal`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from plainrecord.core.errors import Blocked
from plainrecord.core.exact_numbers import WORKING
from plainrecord.core.paths import is_utf8
from plainrecord.core.strict_json import Json, items_in, reach
from plainrecord.findings.finding import Finding
from plainrecord.receipts.functions import call_problem

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "1200MB"
MEMORY_WORDS = "the data need more than 1.2 GB of memory at once"
ENGINE_ROWS = 2048
"""Rows that the engine takes at once, whatever they hold (DuckDB: STANDARD_VECTOR_SIZE)."""
SMALL_FILE = 1_000_000
"""Bytes up to which a file is read with one thread: others would take longer to wake than to help."""
QUERY_MEMORY = 1_500_000_000
"""Bytes that a query of a portal may address, the engine's buffers and its longest value together."""

_bounding = threading.Lock()
GROWING = {"repeat": 1, "lpad": 1, "rpad": 1, "list_resize": 1, "range": 0, "generate_series": 0}
"""Functions that make a long value of a short one, and from which argument on they are given its size."""

MOST_GROWN, MOST_GROWING = 1000, 2
SHORTEST_WAIT_S = 0.02
"""Between two looks at the processor time that queries have used."""
QUERY_SECONDS = 8.0
"""Processor seconds that a query may use, whatever it reads."""
BYTES_A_SECOND = 1_000_000
"""Bytes of the files that a connection may read for which its queries may use another second."""
MOST_LATE = 1.4
"""How many times its own limit a query may use together with those before it that reached theirs."""
LAST_WAIT_S = 4.0
"""Processor time after which a query that did not stop when it was interrupted ends the process."""
NOT_RUN = "was not run, because queries before it used up their processor time"
ENDLESS = (
    "error: a query used up its processor time and cannot be interrupted. Nothing was written. "
    "Look in figures, charts and conditions for functions that make long values, such as repeat "
    "or range.\n"
)
MOST_SIGNS_OF_QUERY = 400
BEYOND_A_ROW = ("SUBQUERY", "TABLE_FUNCTION", "JOIN", "WINDOW", "SET_OPERATION_NODE")

SQL_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "number": WORKING,
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "object": "VARCHAR",
    "array": "VARCHAR",
    "list": "VARCHAR",
    "datetime": "TIMESTAMP",
    "date": "DATE",
    "time": "TIME",
    "year": "INTEGER",
    "yearmonth": "VARCHAR",
    "duration": "VARCHAR",
    "geopoint": "VARCHAR",
    "geojson": "VARCHAR",
    "any": "VARCHAR",
}
"""The column type for each field type while a table is read; numbers and integers get the type that
their digits need (`core.exact_numbers`). A date-time with an offset is stored in UTC."""


PERIODS: Mapping[str, tuple[str, str]] = {
    "day": ("strftime({0}, '%Y-%m-%d')", "date"),
    "month": ("strftime({0}, '%Y-%m')", "yearmonth"),
    "quarter": ("strftime({0}, '%Y-Q') || quarter({0})", "string"),
    "year": ("strftime({0}, '%Y')", "year"),
    "fiscal-year": ("strftime({0} + INTERVAL 3 MONTH, '%Y')", "year"),
    "hour": ("lpad(CAST(hour({0}) AS VARCHAR), 2, '0')", "string"),
    "weekday": ("dayname({0})", "string"),
}
"""How a date is cut to a period, as SQL over {0}, and the type of what comes out."""


Engine = Callable[[], "duckdb.DuckDBPyConnection"]
"""Gives the connection, which the first call opens: some checks never need it."""


def identifier(name: str) -> str:
    """`name` quoted as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` quoted as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def words_without_values(error: Exception) -> str:
    """The first line of an engine's error without texts in quotes, which may be cells of a row."""
    first = str(error).split("\n")[0]
    return re.sub(r"'[^']*'|\"[^\"]*\"", "(not shown)", first)


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """The columns of `relation` (SQL text, as in FROM) in order: name -> type in the engine."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _connect(database: str) -> duckdb.DuckDBPyConnection:
    import duckdb  # a check of a small table asks the engine nothing

    return duckdb.connect(database)


def characters_at_once(
    connection: duckdb.DuckDBPyConnection, relation: str, texts: Sequence[str]
) -> int:
    """The most characters that `texts`, SQL over the columns of a table, have in rows taken at once."""
    lengths = ", ".join(f"length({text})" for text in texts)
    row = connection.execute(
        f"SELECT max(size) FROM (SELECT sum(list_sum([{lengths}])) AS size FROM {relation} "
        f"GROUP BY rowid // {ENGINE_ROWS})"
    ).fetchone()
    return int(row[0] or 0) if row else 0


def open_build_database(
    database: Path,
    readable: Iterable[Path] = (),
    folders: Iterable[Path] = (),
    *,
    in_memory: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A connection to the build's own new database file at `database`.

    It may read the files `readable`, and read and write below `folders`: no other files, no
    network, no extensions, and the configuration is locked. With `in_memory` it makes no file,
    which is faster for small data; data that do not fit go to a folder beside `database`.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(":memory:" if in_memory else str(database))
    spill = database.parent / "spill"
    spill.mkdir(exist_ok=True)
    _configure(connection, spill)
    readable = [path for path in readable if is_utf8(str(path))]  # the engine knows no other names
    if all(path.stat().st_size <= SMALL_FILE for path in readable):
        connection.execute("SET threads = 1")
    connection.execute("CREATE SCHEMA IF NOT EXISTS checked; CREATE SCHEMA IF NOT EXISTS released")
    _lock(connection, readable, [*folders, spill])
    return connection


def open_counter(
    files: Mapping[str, Mapping[str, Path]],
    *,
    spill: Path | None = None,
    beside: Sequence[Path] = (),
) -> duckdb.DuckDBPyConnection:
    """An in-memory connection that sees released Parquet files as tables, and nothing else.

    `files` maps dataset -> resource -> Parquet file. Each is a view `"dataset"."resource"`. It
    works on one thread: the sum of floating numbers depends on their order, and with two threads
    the order is another one in each run. What does not fit into memory goes below `spill`, which
    is made; without it, a query that needs more fails. Files `beside` them may be read by their path.
    """
    connection = _connect(":memory:")
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
    _configure(connection, spill)
    connection.execute("SET threads = 1")
    readable = sorted({path for tables in files.values() for path in tables.values()})
    for dataset in sorted(files):
        connection.execute(f"CREATE SCHEMA {identifier(dataset)}")
        for resource in sorted(files[dataset]):
            relation = f"{identifier(dataset)}.{identifier(resource)}"
            source = literal(str(files[dataset][resource]))
            connection.execute(f"CREATE VIEW {relation} AS SELECT * FROM read_parquet({source})")
    _lock(connection, [*readable, *beside], [spill] if spill else [])
    return connection


def open_reader(readable: Iterable[Path]) -> duckdb.DuckDBPyConnection:
    """An in-memory connection that can read only the files `readable`."""
    connection = _connect(":memory:")
    _configure(connection, None)
    connection.execute("SET threads = 1")
    _lock(connection, readable, [])
    return connection


def _configure(connection: duckdb.DuckDBPyConnection, spill: Path | None) -> None:
    connection.execute(f"SET memory_limit = {literal(MEMORY_LIMIT)}")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute(f"SET temp_directory = {literal(str(spill) if spill else '')}")


def _lock(
    connection: duckdb.DuckDBPyConnection, readable: Iterable[Path], folders: Iterable[Path]
) -> None:
    readable = list(readable)
    _seconds[connection] = seconds_to_read(readable)
    paths = ", ".join(literal(str(path)) for path in readable)
    directories = ", ".join(literal(str(path)) for path in folders)
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute(f"SET allowed_directories = [{directories}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _is_memory(error: Exception) -> bool:
    """Whether the machine, or the engine within its limit, had no memory left."""
    import duckdb  # an error alone is worth the import

    return isinstance(error, duckdb.OutOfMemoryException | MemoryError)


@contextmanager
def memory_bound(label: str, *, dataset: str = "", resource: str = "") -> Iterator[None]:
    """Raises `Blocked`, naming file `label`, dataset and table, beyond `MEMORY_LIMIT` inside."""
    try:
        yield
    except Exception as error:
        if not _is_memory(error):
            raise
        finding = Finding(
            "memory-exceeded", MEMORY_WORDS, "rows with shorter texts, or fewer of them"
        )
        placed = replace(finding, file=label, dataset=dataset, resource=resource)
        raise Blocked([placed]) from None


def seconds_to_read(files: Iterable[Path]) -> float:
    """Processor seconds that a query over `files` may use."""
    size = sum(path.stat().st_size for path in set(files) if path.is_file())
    return QUERY_SECONDS + size / BYTES_A_SECOND


def open_cursor(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A second connection to the same database, for another thread, with the same limits."""
    cursor = connection.cursor()
    _seconds[cursor] = _seconds.get(connection, QUERY_SECONDS)
    return cursor


@contextmanager
def query_limits(
    connection: duckdb.DuckDBPyConnection, seconds: float | None = None, *, sql: str = ""
) -> Iterator[None]:
    """Interrupts a query on `connection` that takes too much processor time or memory.

    `seconds` (default: as many as the files of `connection` need) are those that this process uses:
    time on a clock would depend on what else the machine does. A query that only waits has no end.
    The engine counts the memory of its buffers and not that of one long value, and it cannot be
    interrupted while it makes one: so the process may not address more than `QUERY_MEMORY` beyond
    what it has, where the system knows such a limit, and the engine raises OutOfMemoryException. A
    query that makes one long value and does not stop `LAST_WAIT_S` after its time ends the process,
    with status 1 and a message that quotes `sql`. Raises duckdb.InterruptException, which says why,
    for a query that reached its limit, and for one that is not run because others did.
    """
    import duckdb  # a caller with a connection has loaded it already

    part = 1.0 if _watch.late is None else part_left(_watch.late)
    if not part:
        raise duckdb.InterruptException(f"the query {NOT_RUN}")
    seconds = part * (_seconds.get(connection, QUERY_SECONDS) if seconds is None else seconds)
    try:
        with _watch.query(connection, time.process_time() + seconds, sql), _bounded_memory():
            yield
    except duckdb.InterruptException:
        _watch.add_late(part)
        found = f"the query used more than {round(seconds, 2):g} seconds of processor time"
        raise duckdb.InterruptException(found) from None


def part_left(late: float) -> float:
    """The part of its limit that a query may use after others that used up `late` limits."""
    return max(min(1.0, round(MOST_LATE - late, 3)), 0.0)


@contextmanager
def query_allowance(late: float = 0.0) -> Iterator[None]:
    """Bounds inside what queries that reach their limits use together, to `MOST_LATE` limits.

    `late` limits were used up before.
    """
    before, _watch.late = _watch.late, late
    try:
        yield
    finally:
        _watch.late = before


class _Watch:
    """Interrupts queries that used up their processor time, from one thread: to start one for each
    query takes half as long as a small query does. The thread ends when no query is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[tuple[duckdb.DuckDBPyConnection, float, str]] = []
        self._has_thread = False
        self.late: float | None = None
        """Limits that queries used up, in parts of one; None where they are not bounded together."""

    def add_late(self, part: float) -> None:
        """Note that a query used up `part` of its limit."""
        with self._lock:
            self.late = None if self.late is None else self.late + part

    @contextmanager
    def query(self, connection: duckdb.DuckDBPyConnection, end: float, sql: str) -> Iterator[None]:
        """Interrupts `sql`, which runs on `connection`, once `time.process_time()` is `end`."""
        entry = connection, end, sql
        with self._lock:
            self._running.append(entry)
            if not self._has_thread:
                threading.Thread(target=self._interrupt_late, daemon=True).start()
                self._has_thread = True
        try:
            yield
        finally:
            with self._lock:  # so that the next query is not interrupted
                self._running.remove(entry)

    def _interrupt_late(self) -> None:
        while True:
            time.sleep(SHORTEST_WAIT_S)
            with self._lock:
                if not self._running:
                    self._has_thread = False
                    return
                now = time.process_time()
                for connection, end, sql in self._running:
                    if end <= now:
                        connection.interrupt()
                    if end + LAST_WAIT_S <= now:
                        sys.stderr.write(ENDLESS + _quote_query(sql))
                        sys.stderr.flush()
                        os._exit(1)


def _quote_query(sql: str) -> str:
    """A line with the beginning of `sql`, safe for a terminal; "" without a query."""
    words = "".join(sign if sign.isprintable() else " " for sign in sql)
    words = " ".join(words.split())
    more = " …" if len(words) > MOST_SIGNS_OF_QUERY else ""
    return f"The query: {words[:MOST_SIGNS_OF_QUERY]}{more}\n" if words else ""


_watch = _Watch()
_seconds: WeakKeyDictionary[duckdb.DuckDBPyConnection, float] = WeakKeyDictionary()
"""The limit of each connection's queries."""


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Bounds the memory that this process may address by what it has and `QUERY_MEMORY` more."""
    before = _bound_memory() if _bounding.acquire(blocking=False) else None
    if before is None:  # another query has set the bound, or the system knows none
        yield
        return
    try:
        yield
    finally:
        _set_memory(before)
        _bounding.release()


def _bound_memory() -> int | None:
    """Set the bound; what it was before, or None where the system knows no such bound."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        before, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = pages * resource.getpagesize() + QUERY_MEMORY
        known = [limit for limit in (before, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min([most, *known]), hard))
    except (ImportError, OSError, ValueError):
        _bounding.release()
        return None
    return before


def _set_memory(most: int) -> None:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def expression_problem(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Why `sql` must not be used as an expression over the fields of a row; "" if it may.

    DuckDB's own parser reads it: one statement, no subquery, no other table, no window. It is read
    with and without brackets, because `a) OR (b` would leave brackets put around it.
    """
    try:
        statements = parse_statements(connection, f"SELECT ({sql}\n) AS value FROM place")
    except ValueError as error:
        return f"it cannot be parsed: {error}"
    try:
        parse_statements(connection, f"SELECT {sql}\n AS value FROM place")
    except ValueError:
        return "its brackets do not match"
    if len(statements) != 1:
        return "it is more than one statement"
    parts = list(walk_nodes(statements[0]))
    for part in parts:
        if part.get("class") in BEYOND_A_ROW or part.get("type") in BEYOND_A_ROW:
            return "it has a query or a window function inside"
    for part in parts:
        if problem := call_problem(part):
            return problem
    growing = [part for part in parts if part.get("function_name") in GROWING]
    if len(growing) > MOST_GROWING or not all(map(_stays_small, growing)):
        return (
            f"it may make a value without end: {', '.join(sorted(GROWING))} take numbers up to "
            f"{MOST_GROWN:,}, and at most {MOST_GROWING} of them may stand in one expression"
        )
    first = statements[0]
    node = first.get("node") if isinstance(first, dict) else None
    if not isinstance(node, dict) or len(items_in(node.get("select_list"))) != 1:
        return "it is more than one expression"
    table = node.get("from_table")
    if not isinstance(table, dict) or table.get("table_name") != "place":
        return "it names a table"
    if node.get("where_clause") or node.get("group_expressions"):
        return "it is more than an expression"
    return ""


def _stays_small(call: dict[str, Json]) -> bool:
    """Whether the sizes that a growing function is given are small numbers, written out."""
    given = items_in(call.get("arguments") or call.get("children"))
    for size in given[GROWING[str(call["function_name"])] :]:
        nodes = list(walk_nodes(size))
        if any(node.get("class") not in (None, "CONSTANT") for node in nodes):
            return False
        numbers = (node.get("text", node.get("value")) for node in nodes)
        if any(str(n).isdigit() and int(str(n)) > MOST_GROWN for n in numbers):
            return False
    return True


def parse_statements(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Json]:
    """The SELECT statements in `sql` as the engine's own parser reads them; ValueError for others."""
    # All rows are fetched: DuckDB refuses other work beside an unfinished result.
    [(text,)] = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree: Json = json.loads(text)
    if reach(tree, "error"):
        raise ValueError(reach(tree, "error_message") or "")
    return items_in(tree, "statements")


def holds_doubles(
    connection: duckdb.DuckDBPyConnection, values: Sequence[str], source: str
) -> bool:
    """Whether one of the values, in SQL, is of a binary type, so that its sums are rounded.

    False if they cannot be computed; the caller reports why.
    """
    import duckdb

    listed = ", ".join(f"any_value(typeof({value}))" for value in values)
    try:
        [kinds] = connection.execute(f"SELECT {listed} FROM {source}").fetchall()
    except duckdb.Error:
        return False
    return bool({"DOUBLE", "FLOAT"} & set(kinds))


def walk_nodes(value: Json) -> Iterator[dict[str, Json]]:
    """Every object in a statement that DuckDB's parser has read, the outermost first."""
    ahead = [value]
    while ahead:
        item = ahead.pop()
        if isinstance(item, dict):
            yield item
            ahead += reversed(item.values())
        elif isinstance(item, list):
            ahead += reversed(item)
