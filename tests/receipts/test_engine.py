"""One expression over a row is one expression, also when brackets are put around it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from plainrecord.receipts import engine
from plainrecord.receipts.engine import expression_problem, query_allowance, query_limits
from plainrecord.receipts.functions import CLOCK_WORDS, FUNCTIONS
from plainrecord.receipts.query import QueryRefused, read_tables


@pytest.mark.parametrize("sql", ["1=1) OR (1=1", "a) AS b, (c", "a > 1) AND NOT (b"])
def test_an_expression_that_leaves_its_brackets_is_refused(sql: str) -> None:
    assert expression_problem(duckdb.connect(), sql)


@pytest.mark.parametrize(
    "sql",
    [
        "length(repeat(a, 2000000000)) > 1",
        "repeat(a, n)",
        "len(list_transform(range(100000000), x -> x)) = 1",
        "repeat(repeat(repeat('x', 900), 900), 900) = a",
        "lpad(a, 10 * 1000000, '0')",
    ],
)
def test_an_expression_that_makes_values_without_end_is_refused(sql: str) -> None:
    assert "without end" in expression_problem(duckdb.connect(), sql)


@pytest.mark.parametrize(
    "sql",
    [
        "lpad(a, 5, '0') = b",
        "a > 1 AND (b OR c)",
        "a = ')'",
        "a > 1 -- why",
        "CASE WHEN a THEN 1 END",
        "a::date",
        "NOT a",
    ],
)
def test_an_expression_is_taken(sql: str) -> None:
    assert expression_problem(duckdb.connect(), sql) == ""


CLOCK = [
    *("age(moment)", "moment.age()", "pg_conf_load_time()", "pg_postmaster_start_time()", "now()"),
    *("today()", "ago(INTERVAL 1 DAY)", "get_current_timestamp()", "transaction_timestamp()"),
    *(
        "current_localtime()",
        "current_localtimestamp()",
        "get_current_time()",
        *sorted(CLOCK_WORDS),
    ),
]
MACHINE = [
    *("random()", "uuid()", "uuidv7()", "gen_random_uuid()", "txid_current()", "version()"),
    *("current_setting('threads')", "pg_typeof(a)", "current_user()", "current_database()"),
    *("nextval('s')", "getvariable('a')", "getenv('HOME')", "sleep_ms(1)"),
    *("pg_sleep(1)", "reservoir_quantile(a, 0.5)", "get_block_size('memory')", "current_query()"),
]


@pytest.mark.parametrize("sql", [*CLOCK, *MACHINE])
def test_what_reads_the_clock_chance_or_the_machine_is_refused(sql: str) -> None:
    connection = duckdb.connect()
    assert "differ from run to run" in expression_problem(connection, f"{sql} IS NULL")
    for query in (f"SELECT {sql} FROM t", f"WITH q AS (SELECT {sql} AS x FROM t) SELECT x FROM q"):
        with pytest.raises(QueryRefused, match="differ from run to run"):
            read_tables(connection, query)


def test_no_function_that_may_be_called_is_said_to_change_by_the_engine_itself() -> None:
    """Functions of times with a zone depend on the engine's zone, which `engine` fixes."""
    changing = (
        duckdb.default_connection()
        .sql(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE (stability <> 'CONSISTENT' "
            "AND NOT regexp_matches(parameter_types::VARCHAR || coalesce(return_type, ''), 'TIME ZONE|TIMESTAMPTZ')) "
            "OR regexp_matches(macro_definition, 'current_|now\\(|duckdb_|pragma_|version|random')"
        )
        .fetchall()
    )
    assert changing
    assert not FUNCTIONS & {name for (name,) in changing}


@pytest.mark.parametrize(
    "sql",
    [
        *("age(moment, TIMESTAMP '2024-01-01')", "list_transform(a, lambda x: x + 1)", "a[1] // 2"),
        *("a LIKE 'x%' OR a ~ 'y' OR a ILIKE 'z'", "extract(year FROM moment)", "a->>'b'"),
        *("moment AT TIME ZONE 'UTC' + INTERVAL 1 DAY", "trim(BOTH ' ' FROM a)", "ifnull(a, 1)"),
    ],
)
def test_what_gives_the_same_every_day_may_be_called(sql: str) -> None:
    assert expression_problem(duckdb.connect(), sql) == ""
    assert read_tables(duckdb.connect(), f"SELECT {sql} FROM t") == (("", "t"),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT length(repeat('x', 2000000000))",
        "SELECT len(range(1000000000))",
        "SELECT length(printf('%2000000000d', 1))",
        "SELECT length(format('{:>2000000000}', 'x'))",
        "SELECT length(lpad('x', 2000000000, 'y'))",
    ],
)
def test_one_long_value_does_not_take_the_memory_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(engine, "QUERY_MEMORY", 200_000_000)  # `lpad` fills a real bound for 20 s
    before = resource.getrlimit(resource.RLIMIT_AS)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    with query_limits(connection, 60), pytest.raises((duckdb.Error, MemoryError)):
        connection.execute(sql).fetchall()
    assert resource.getrlimit(resource.RLIMIT_AS) == before


ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(100000000000) b"


def test_only_the_query_that_used_its_time_is_interrupted() -> None:
    """One thread watches all queries: each has its own end, and the next one is left alone."""
    first, second = duckdb.connect(), duckdb.connect()
    with query_limits(second, 600):
        with query_limits(first, 0.05), pytest.raises(duckdb.InterruptException):
            first.execute(ENDLESS)
        assert second.execute("SELECT 1").fetchall() == [(1,)]
    assert first.execute("SELECT 2").fetchall() == [(2,)]
    with query_limits(first, 0.05), pytest.raises(duckdb.InterruptException):
        first.execute(ENDLESS)


def test_queries_share_one_thread_which_ends_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = engine._Watch()
    monkeypatch.setattr(engine, "_watch", watch)
    monkeypatch.setattr(engine, "SHORTEST_WAIT_S", 0.001)
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def count(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", count)
    connection = duckdb.connect()
    with query_limits(connection, 600), query_limits(connection, 600):
        pass
    with query_limits(connection, 600):
        pass
    for thread in started:
        thread.join()
    known = len(started)
    assert 1 <= known <= 2  # the first may have ended between the blocks
    assert not watch._has_thread
    with query_limits(connection, 0.05), pytest.raises(duckdb.InterruptException):
        connection.execute(ENDLESS)  # watched by a new thread
    assert len(started) == known + 1


def test_the_watch_ends_a_query_that_failed() -> None:
    connection = duckdb.connect()
    with query_limits(connection, 600), pytest.raises(duckdb.Error):
        connection.execute("SELECT nothing")
    assert all(entry[0] is not connection for entry in engine._watch._running)


def test_queries_that_reach_their_limits_have_a_limit_together() -> None:
    connection = duckdb.connect()
    said = []
    with query_allowance():
        for _ in range(3):
            with pytest.raises(duckdb.InterruptException) as error, query_limits(connection, 0.05):
                connection.execute(ENDLESS)
            said.append(str(error.value))
    assert said == [
        "the query used more than 0.05 seconds of processor time",
        "the query used more than 0.02 seconds of processor time",
        f"the query {engine.NOT_RUN}",
    ]
    with query_limits(connection, 0.05):
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_queries_over_large_files_may_take_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * 3000)
    monkeypatch.setattr(engine, "BYTES_A_SECOND", 1000)
    connection = engine.open_build_database(tmp_path / "w.duckdb", [large], in_memory=True)
    for opened in (connection, engine.open_cursor(connection)):
        assert engine._seconds[opened] == engine.QUERY_SECONDS + 3


def test_a_query_that_cannot_be_interrupted_ends_the_process() -> None:
    program = """
import duckdb
from plainrecord.receipts import engine
engine.LAST_WAIT_S = 0.1
connection = duckdb.connect()
with engine.query_limits(connection, 0.1, sql="SELECT\\n\\x1b[2J " + "x" * 500):
    while True:  # as a function that no version of the engine interrupts
        pass
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    quoted = f"The query: SELECT [2J {'x' * 389} …\n"
    assert (done.returncode, done.stderr) == (1, engine.ENDLESS + quoted)
