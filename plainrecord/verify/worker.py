"""The process in which a portal's queries run: it can read a few Parquet files and nothing else.

It reads one job a line on standard input and answers with one line of JSON on standard output.
Whatever happens in here, the process that started it only ever reads such a line and can end this
one. Limits of the system, where there are any: no file can be written, no more than 6 GB addressed,
and no job uses more processor time than it says (`seconds`).
"""

import json
import math
import sys
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineError

from plainrecord.publishing.downloads import FORMATS
from plainrecord.receipts.engine import identifier, open_counter, query_allowance
from plainrecord.receipts.query import (
    QueryRefused,
    QueryRows,
    Value,
    read_tables,
    run_counts,
    run_rows,
    run_value,
)
from plainrecord.verify.table_formats import compare_list, compare_tables

try:
    import resource
except ImportError:  # not on Windows: the engine's own bounds remain
    resource = None  # type: ignore[assignment]

FAILURES = (
    duckdb.Error,
    MemoryError,
    RecursionError,
    OSError,
    ValueError,
    RuntimeError,
    zipfile.BadZipFile,
    NotImplementedError,
    EOFError,
    CalamineError,
)
"""What a hostile query, table or workbook may raise."""

MOST_MEMORY = 6_000_000_000

Job = Mapping[str, Any]  # made by `verify.rerun` alone
Answer = dict[str, Any]


def main() -> None:
    """Answer jobs until there are no more."""
    _limit()
    for line in sys.stdin:
        job = json.loads(line)
        before = time.process_time()
        _limit_time(before + job["seconds"])
        with query_allowance(job["late"]):
            result = answer(job)
        result["used"] = time.process_time() - before
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def _limit_time(end: float) -> None:
    """Have the system end this process once it has used `end` seconds of processor time."""
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        allowed = math.ceil(end)
        allowed = allowed if hard == resource.RLIM_INFINITY else min(allowed, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def _limit() -> None:
    if resource is None:
        return
    for what, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, MOST_MEMORY),
    ):
        hard = resource.getrlimit(what)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # a system may know a limit and refuse to set it
            resource.setrlimit(what, (allowed, hard))


def answer(job: Job) -> Answer:
    """The answer to one job: result, or `refused` with the reason; `late` if too slow."""
    try:
        if "about" in job:
            return {"about": FORMATS[job["kind"]].about(Path(job["about"]))}
        if "other" in job:
            other, parquet = Path(job["other"]), Path(job["parquet"])
            return dict(compare_tables(other, job["kind"], parquet, job["fields"]))
        return _run(job)
    except duckdb.InterruptException as error:
        _counters.close()
        return {"late": str(error)}
    except FAILURES as error:
        _counters.close()
        return {"refused": str(error).split("\n")[0] or type(error).__name__}


class _Counters:
    """The connection of the previous job, reused while jobs read the same files and none fails."""

    def __init__(self) -> None:
        self._key = ""
        self._held: duckdb.DuckDBPyConnection | None = None

    def open(self, job: Job) -> duckdb.DuckDBPyConnection:
        """A connection that can read only the files of `job`."""
        key = json.dumps([job["dataset"], job["files"], job.get("listed")])
        if self._held is None or key != self._key:
            self.close()
            files: dict[str, dict[str, Path]] = {job["dataset"]: {}}
            for schema, table, path in job["files"]:
                files.setdefault(schema, {})[table] = Path(path)
            beside = [Path(job["listed"])] if job.get("listed") else []
            self._held, self._key = open_counter(files, beside=beside), key
        return self._held

    def close(self) -> None:
        """Let the connection go."""
        if self._held is not None:
            self._held.close()
        self._held = None


_counters = _Counters()


def _run(job: Job) -> Answer:
    connection = _counters.open(job)
    try:
        tables = read_tables(connection, job["sql"])
    except QueryRefused as refused:
        return {"refused": refused.reason}
    read = {(schema or job["dataset"], table) for schema, table in tables}
    named = {(schema, table) for schema, table, _ in job["files"]}
    for schema, table in sorted(read - named):
        return {"refused": f"it reads {schema}.{table}, which the receipt does not name"}
    for schema, table in sorted(named - read):
        return {"refused": f"the receipt names {schema}.{table}, which the query does not read"}
    counts = []
    for schema, table, _ in job["files"]:
        relation = f"{identifier(schema)}.{identifier(table)}"
        row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
        counts.append(int(row[0]) if row else 0)
    if job["kind"] == "list":
        listed = Path(job["listed"])
        return {**compare_list(connection, job["dataset"], job["sql"], listed), "counts": counts}
    result: Value | QueryRows
    try:
        if job["kind"] == "counts":
            result = run_counts(connection, job["dataset"], job["sql"])
        elif job["kind"] == "chart":
            result = run_rows(connection, job["dataset"], job["sql"], job["threshold"])
        else:
            asked = (job[name] for name in ("dataset", "sql", "format", "threshold"))
            result = run_value(connection, *asked, protected=job["protected"])
    except QueryRefused as refused:
        _counters.close()  # what failed may have left something behind
        return {"late" if refused.timed_out else "refused": refused.reason}
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    return {**values, "counts": counts}


if __name__ == "__main__":
    main()
