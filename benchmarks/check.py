"""Rows checked per second: this project's checker against frictionless on the same file.

    python benchmarks/check.py [--rows 1000000] [--slice 20000] [--rounds 3] [--full]

A seeded CSV of 13 columns is written to a temporary folder. Both checkers run in turn, each in a
process of its own; frictionless gets the first `--slice` rows unless `--full` is given. Printed
are the median rows per second, the ratio, and the peak memory of each. `--files FILE...` checks
real arrest files (title lines, `|`) instead and prints the time alone.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import frictionless

from plainrecord.check import check_package
from plainrecord.engine import open_workshop
from plainrecord.findings import Finding
from plainrecord.model import (
    Dialect,
    Field,
    LocatedFile,
    MissingValue,
    Package,
    Resource,
    Schema,
    SourceFile,
)

FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "integer", "constraints": {"required": True, "minimum": 1}},
    {"name": "day", "type": "date", "constraints": {"required": True, "minimum": "2010-01-01"}},
    {"name": "moment", "type": "datetime"},
    {"name": "state", "type": "string", "constraints": {"enum": ["TX", "CA", "NY", "FL"]}},
    {"name": "county", "type": "string", "constraints": {"pattern": "[0-9]{5}"}},
    {"name": "place", "type": "string", "constraints": {"maxLength": 60}},
    {"name": "reason", "type": "string"},
    {"name": "age", "type": "integer", "constraints": {"minimum": 0, "maximum": 120}},
    {"name": "weight", "type": "number", "constraints": {"minimum": 0}},
    {"name": "searched", "type": "boolean"},
    {"name": "minutes", "type": "number"},
    {"name": "year", "type": "year"},
    {"name": "note", "type": "string"},
]


def write_table(path: Path, rows: int) -> None:
    """`rows` seeded rows, none of them wrong, one cell in twenty empty."""
    seed = random.Random(20261124)  # noqa: S311 - a benchmark needs the same rows every time
    first = date(2012, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(",".join(field["name"] for field in FIELDS) + "\n")
        for number in range(1, rows + 1):
            day = first + timedelta(days=seed.randrange(5000))
            hour, minute = seed.randrange(24), seed.randrange(60)
            cells = [
                str(number),
                day.isoformat(),
                f"{day.isoformat()}T{hour:02}:{minute:02}:00Z",
                seed.choice(("TX", "CA", "NY", "FL")),
                f"{seed.randrange(100_000):05}",
                f'"Road {seed.randrange(9999)}, mile {seed.randrange(300)}"',
                seed.choice(("warrant", "tip", "patrol", "")),
                str(seed.randrange(14, 90)),
                f"{seed.uniform(40, 120):.2f}",
                seed.choice(("true", "false")),
                f"{seed.uniform(0, 90):.1f}",
                str(day.year),
                seed.choice(("", "see report", "(b)(7)(E)")),
            ]
            at = seed.randrange(260)
            if at in {2, 4, 5, 6, 7, 8, 9, 10, 11, 12}:
                cells[at] = ""
            stream.write(",".join(cells) + "\n")


def run_ours(paths: list[Path], *, arrests: bool) -> tuple[int, int]:
    """Check with this project; gives rows and blocking findings."""
    sources = [SourceFile(path.name) for path in paths]
    files = tuple(
        LocatedFile(source, path, path.name, path.stat().st_size, "")
        for source, path in zip(sources, paths, strict=True)
    )
    marks = tuple(MissingValue(mark, mark) for mark in ("", "(B)(7)(E) ", "(B)(6);(B)(7)(C) "))
    if arrests:
        names = ["Area of Responsibility", "Apprehension Date", "Apprehension Method"]
        names += ["Apprehension Landmark", "Operation", "Processing Disposition", "Birth Date"]
        names += ["Citizenship", "Gender"]
        fields = [
            Field(name, "string", missing_values=marks)
            if name != "Apprehension Date"
            else Field(name, "date", "%m/%d/%Y")
            for name in names
        ]
        dialect = Dialect(delimiter="|", header_rows=(6,))
    else:
        fields = [
            Field(
                item["name"],
                item["type"],
                constraints=item.get("constraints", {}),
                descriptor=item,
            )
            for item in FIELDS
        ]
        dialect = Dialect()
    schema = Schema(tuple(fields), primary_key=() if arrests else ("id",))
    table = Resource("t", "", "", tuple(sources), "csv", "utf-8", dialect, schema)
    package = Package("b", "", "", "", "", "", "", (table,), None)
    with tempfile.TemporaryDirectory() as folder:
        connection = open_workshop(Path(folder) / "b.duckdb", paths)
        result = check_package(connection, package, {"t": files}, keep_all=False)
        connection.close()
    wrong: list[Finding] = [finding for finding in result.findings if finding.blocks]
    return result.tables[0].rows, len(wrong)


def run_peer(path: Path) -> tuple[int, int]:
    """Check with frictionless; gives rows and errors."""
    with frictionless.system.use_context(trusted=True):
        report = frictionless.Resource.from_descriptor(
            {
                "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
                "name": "t",
                "path": str(path),
                "format": "csv",
                "encoding": "utf-8",
                "schema": {"fields": FIELDS, "primaryKey": ["id"]},
            }
        ).validate()
    return report.tasks[0].stats["rows"], len(report.tasks[0].errors)


def measure(what: str, paths: list[Path]) -> dict[str, Any]:
    """One run in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--slice", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--files", type=Path, nargs="+", default=[])
    parser.add_argument("--measure", nargs="+", default=[], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        what, *names = given.measure
        paths = [Path(name) for name in names]
        start = time.perf_counter()
        ours = what != "peer"
        rows, wrong = run_ours(paths, arrests=what == "arrests") if ours else run_peer(paths[0])
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"rows": rows, "wrong": wrong, "seconds": seconds, "peak": peak}))
        return
    if given.files:
        for _ in range(given.rounds):
            one = measure("arrests", given.files)
            print(f"{one['rows']:,} rows in {one['seconds']:.2f} s, {one['peak'] / 2**20:.0f} MiB")
        return
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder) / "whole.csv", Path(folder) / "part.csv"
        write_table(whole, given.rows)
        write_table(part, given.rows if given.full else min(given.slice, given.rows))
        runs: dict[str, list[dict[str, Any]]] = {"ours": [], "peer": []}
        for _ in range(given.rounds):
            runs["ours"].append(measure("ours", [whole]))
            runs["peer"].append(measure("peer", [part]))
    speed = {}
    for who, results in runs.items():
        speed[who] = statistics.median(one["rows"] / one["seconds"] for one in results)
        peak = max(one["peak"] for one in results) / 2**20
        shown = "plainrecord" if who == "ours" else "frictionless"
        one = results[0]
        print(
            f"{shown:13}{one['rows']:>10,} rows {speed[who]:>12,.0f} rows/s {peak:>7,.0f} MiB, "
            f"{one['wrong']} errors"
        )
    print(f"ratio {speed['ours'] / speed['peer']:.1f}")


if __name__ == "__main__":
    main()
