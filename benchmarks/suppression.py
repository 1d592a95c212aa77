"""Suppression of tables: `python -m benchmarks.suppression [WORK...] [--peer PYTHON]`.

WORK is small (three tables of two dimensions, beside pytauargus), arrests (20 linked tables of two
and three dimensions over 544,059 arrests) or facilities (people held by facility and day, 888,699
rows), or several. The peer is run by the interpreter PYTHON,
in whose environment pytauargus is installed (make one that is thrown away: `python -m venv
/tmp/peer && /tmp/peer/bin/pip install pytauargus`); without one it is left out. Each run is a
process of its own; ours and the peer's alternate. Which small cells a reader can still work out is
decided in the same way for both. Run it by hand; no test asserts on time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping

import duckdb

from benchmarks.check import TOP
from plainrecord.disclosure.alternatives import find_alternatives
from plainrecord.disclosure.linked_cells import Dimensions, Key, LinkedCells, link_cuboids
from plainrecord.disclosure.table_suppression import suppress_cells

REAL = TOP.parent / "shared" / "data" / "real"
THRESHOLD = 11
SMALL = {
    "Mississippi, county by violation": (
        "ms-highway-patrol-stops/ms_stops_2013-2016.csv.gz",
        ("county_name", "violation"),
    ),
    "Minneapolis, neighbourhood by race": (
        "minneapolis-stops-2017/mpls_stops_2017.csv.gz",
        ("neighborhood", "race"),
    ),
    "lognormal, 30 by 30": ("", ("a", "b")),
}
ARRESTS = ("year", "area", "method", "disposition", "gender")
PEER = """
import json, sys, time
from pytauargus import protect
counts = json.load(sys.stdin)
rows = [{"a": f"r{a:03}", "b": f"c{b:03}", "n": 1} for a, b, count in counts for _ in range(count)]
start = time.perf_counter()
table = protect(
    rows, ["a", "b"], response="n", safety_rules="FREQ(11,10)", suppress="OPT(1)"
).tables[0]
seconds = time.perf_counter() - start
hidden = [
    [str(row[name]).strip() for name in ("a", "b")]
    for row, status in zip(table.rows, table.status()) if status in ("U", "M")
]
print(json.dumps({"hidden": hidden, "seconds": seconds}))
"""

Cuboids = dict[Dimensions, Mapping[Key, int]]


def small_table(name: str) -> Cuboids:
    """One of the tables of two dimensions, its values numbered, with its margins."""
    file, names = SMALL[name]
    if file:
        columns = ", ".join(f"dense_rank() OVER (ORDER BY coalesce({n}, '-'))" for n in names)
        source = f"SELECT {columns} FROM read_csv('{REAL / file}', all_varchar=true)"
    else:
        import numpy as np

        drawn = np.random.default_rng(7).lognormal(4.5, 1.0, (30, 30))
        values = ", ".join(
            f"({row}, {column}, {max(1, round(float(drawn[row, column])))})"
            for row, column in itertools.product(range(30), range(30))
        )
        source = (
            f"SELECT a, b FROM (SELECT a, b, unnest(range(n)) FROM (VALUES {values}) v(a, b, n))"
        )
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE t AS SELECT * FROM ({source}) s({', '.join(names)})")
    return cuboids(connection, [names])


def arrests() -> Cuboids:
    """The linked tables of the arrests, with their margins."""
    folder = REAL / "ice-ero-2019-icfo-53623"
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT regexp_extract(filename, 'FY([0-9]+)', 1) AS year, "
        '"Area of Responsibility" AS area, "Apprehension Method" AS method, '
        '"Processing Disposition" AS disposition, "Gender" AS gender '
        f"FROM read_csv('{folder}/EROArrests_*.csv.gz', all_varchar=true, skip=5, delim='|', "
        "header=true, filename=true)"
    )
    tables = [
        *itertools.combinations(ARRESTS, 2),
        *itertools.combinations(ARRESTS, 3),
    ]
    return cuboids(connection, tables)


def facilities() -> Cuboids:
    """People held by facility and day, with the margins."""
    file = REAL / "ddp-facility-daily-population" / "facilities-daily-population-latest.parquet"
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT detention_facility_code AS facility, date AS day, n_detained "
        f"AS people FROM '{file}' WHERE n_detained > 0"
    )
    return cuboids(connection, [("facility", "day")], "sum(people)")


LARGE = {"arrests": arrests, "facilities": facilities}


def cuboids(
    connection: duckdb.DuckDBPyConnection, tables: list[Dimensions], measure: str = "count(*)"
) -> Cuboids:
    """The `measure` of table `t` by each of `tables` and by each part of their dimensions."""
    counts: Cuboids = {}
    for names in tables:
        for size in range(len(names) + 1):
            for part in itertools.combinations(names, size):
                keys = ", ".join(f"coalesce({name}::VARCHAR, '-')" for name in part)
                rows = connection.execute(
                    f"SELECT {keys}{', ' if part else ''}{measure} FROM t GROUP BY ALL ORDER BY ALL"
                ).fetchall()
                counts[part] = {tuple(row[:-1]): int(row[-1]) for row in rows}
    return counts


def provably_small(cells: LinkedCells, hidden: frozenset[int]) -> int:
    """How many small cells are small in every table that agrees with what is published."""
    published = [None if at in hidden else value for at, value in enumerate(cells.values)]
    small = [at for at in hidden if cells.values[at] < THRESHOLD]
    found = find_alternatives(published, cells.equations, THRESHOLD, among=small)
    return len(found.unprotected)


def protect(name: str) -> dict[str, object]:
    """One run of ours, in this process: what is hidden, and its costs."""
    cells, _ = link_cuboids(LARGE[name]() if name in LARGE else small_table(name))
    begun, processor = time.perf_counter(), time.process_time()
    result = suppress_cells(cells, THRESHOLD)
    return {
        "cells": len(cells.values),
        "primary": len(result.primary),
        "hidden": len(result.hidden),
        "extra": result.extra,
        "bound": result.bound,
        "small": len(result.unprotected),
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - processor,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def ask_peer(name: str, peer: str) -> str:
    """One run of the peer, as text."""
    tables = small_table(name)
    cells, index = link_cuboids(tables)
    names = SMALL[name][1]
    counts = [(int(a), int(b), count) for (a, b), count in tables[names].items()]
    with tempfile.TemporaryDirectory() as folder:  # the peer writes logs where it is started
        done = subprocess.run(
            [peer, "-c", PEER],
            input=json.dumps(counts),
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    answer = json.loads(done.stdout.splitlines()[-1])
    hidden = set()
    for codes in answer["hidden"]:
        shown = [
            (n, str(int(code[1:]))) for n, code in zip(names, codes, strict=True) if code != "Total"
        ]
        hidden.add(index[tuple(n for n, _ in shown), tuple(code for _, code in shown)])
    extra = sum(cells.values[at] for at in hidden if cells.values[at] >= THRESHOLD)
    small = provably_small(cells, frozenset(hidden))
    return f"provably small {small}, extra {extra:,}, {answer['seconds']:.1f} s"


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", nargs="*", default=["small", *LARGE])
    parser.add_argument("--peer", default="", help="an interpreter that has pytauargus")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(protect(given.one)))
        return
    works = [*(SMALL if "small" in given.work else ()), *(w for w in given.work if w in LARGE)]
    for name in works:
        for _ in range(given.rounds):
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.suppression", "--one", name],
                capture_output=True,
                text=True,
                check=True,
                cwd=TOP,
            )
            ours = json.loads(done.stdout)
            print(
                f"{name}: {ours['cells']:,} cells, {ours['primary']:,} small, "
                f"{ours['hidden']:,} hidden; provably small {ours['small']}, extra "
                f"{ours['extra']:,}, bound {ours['bound']:,}; {ours['seconds']:.1f} s, "
                f"{ours['processor']:.1f} s of processor time, {ours['megabytes']:,} MB",
                flush=True,
            )
            if given.peer and name in SMALL:
                print(f"{name}, pytauargus: {ask_peer(name, given.peer)}", flush=True)


if __name__ == "__main__":
    main()
