"""Speed and memory of the check, beside its peers: `python -m benchmarks.check WORK... [--real DIR]`.

WORK is one or more of: clean (1,000,000 x 13 rows without an error), dirty (one row in a hundred
with an error, all errors listed), arrests (the four real arrest files), long (20,000,000 rows),
mixed (the same with keys in no order), many (1,000 packages of 100 rows), wide (2,000 columns, all
bad, 50 rows: whole commands). Each run is a process of its own, with compiled sources as after
installation: one imports, warms up on a few rows, and then times the check alone; the other is the
command `plainrecord check` or `frictionless validate` (whole, and its processor time: cpu). Ours
and the peer's runs alternate. Printed are medians, how many times as long they are as ours, and
peak memory. Run by hand; no test asserts on time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).parents[1]
ARRESTS = "ice-ero-2019-icfo-53623"
LIMIT = 1_000_000

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
WRONG = ["x1", "2024-13-01", "yesterday", "ZZ", "123", "p" * 70, "", "200", "-5", "maybe", "long"]


def write_table(path: Path, rows: int, wrong: int = 0, *, mixed: bool = False) -> None:
    """`rows` seeded rows, one cell in twenty empty; one row in `wrong` with an error in turn.

    The keys are 1, 2, 3, ...; `mixed` ones are all different and in no order.
    """
    seed = random.Random(20261124)  # noqa: S311 - a benchmark needs the same rows every time
    first = date(2012, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(",".join(field["name"] for field in FIELDS) + "\n")
        for number in range(1, rows + 1):
            day = first + timedelta(days=seed.randrange(5000))
            hour, minute = seed.randrange(24), seed.randrange(60)
            cells = [
                str(number * 48_271 % (2**31 - 1) if mixed else number),
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
            if wrong and number % wrong == 0:
                kind = number // wrong % 13
                if kind == 11:
                    cells.append("too much")
                elif kind == 12:
                    cells[0] = str(number - 1)
                else:
                    cells[kind] = WRONG[kind]
            stream.write(",".join(cells) + "\n")


def run_ours(paths: list[Path], schema: Path) -> tuple[int, int]:
    """Check tables with this project, a report made; gives rows and errors."""
    from plainrecord.pipeline.check import check_paths, report_packages
    from plainrecord.publishing.check_report import describe_report

    checked = check_paths(paths, schema, lambda _: None, limit_errors=LIMIT)
    report = describe_report(report_packages(checked))
    stats = report["stats"]
    rows = sum(check.rows for c in checked for check in c.checks)
    return rows, int(str(stats["errors"])) if isinstance(stats, dict) else 0


def run_peer(paths: list[Path], schema: Path) -> tuple[int, int]:
    """Check the same with frictionless."""
    import frictionless

    given = json.loads(schema.read_text())
    described = given if "schema" in given else {"schema": given}
    rows = errors = 0
    for path in paths:
        resource_ = {
            "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
            "name": "t",
            "path": str(path),
            "format": "csv",
            "encoding": "utf-8",
            **described,
        }
        with frictionless.system.use_context(trusted=True):
            table = frictionless.Resource.from_descriptor(resource_)
            report = table.validate(limit_errors=LIMIT)
        rows += report.tasks[0].stats["rows"]
        errors += len(report.tasks[0].errors)
    return rows, errors


def run_reading(paths: list[Path], schema: Path) -> tuple[int, int]:
    """Let DuckDB read the arrest files into a table of texts, and do nothing else."""
    import duckdb

    del schema
    listed = ", ".join(f"'{path}'" for path in paths)
    connection = duckdb.connect()
    connection.execute(
        f"CREATE TABLE t AS SELECT * FROM read_csv([{listed}], delim='|', skip=5, header=true, "
        "all_varchar=true, union_by_name=true)"
    )
    row = connection.execute("SELECT count(*) FROM t").fetchone()
    return (row[0] if row else 0), 0


RUNS = {"ours": run_ours, "peer": run_peer, "reading": run_reading}


def measure(what: str, schema: Path, paths: list[Path], warm: Path | None = None) -> dict[str, Any]:
    """One run in a process of its own: seconds after imports and warming up, peak memory."""
    command = [sys.executable, "-m", "benchmarks.check", "--measure", what, str(schema)]
    command += [str(warm or ""), *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=TOP)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure_command(command: list[str]) -> dict[str, float]:
    """Seconds and seconds of processor time of a command that prints JSON, its sources compiled."""
    compiled = {key: v for key, v in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before, used = time.perf_counter(), _child_seconds()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=compiled)
    whole = {"whole": time.perf_counter() - before, "cpu": _child_seconds() - used}
    report = json.loads(done.stdout)
    if not report or not report.get("stats", {"tasks": 1})["tasks"]:
        raise SystemExit(f"{command} did nothing: {done.stdout[:1500]}")
    return whole


def write_package(folder: Path, schema: Path, paths: list[Path]) -> Path:
    """A package with copies of the tables, for the whole commands."""
    package = folder / f"{schema.stem}-{paths[0].name.partition('.')[0]}"
    package.mkdir()
    given = json.loads(schema.read_text())
    described = given if "schema" in given else {"schema": given}
    for path in paths:
        shutil.copy(path, package / path.name.lower())
    resources = [
        {"name": f"t{n}", "path": p.name.lower(), "format": "csv", "encoding": "utf-8", **described}
        for n, p in enumerate(paths)
    ]
    profile = "https://datapackage.org/profiles/2.0/datapackage.json"
    document = {"$schema": profile, "name": "t", "resources": resources}
    (package / "datapackage.json").write_text(json.dumps(document))
    return package / "datapackage.json"


def _child_seconds() -> float:
    """Seconds of processor time of the processes that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_here(what: str, schema: str, warm: str, *names: str) -> None:
    """What the process of one run does; the result is printed as JSON."""
    run = RUNS[what]
    if warm:
        run([Path(warm)], Path(schema))
    start = time.perf_counter()
    rows, errors = run([Path(name) for name in names], Path(schema))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "errors": errors, "seconds": seconds, "peak": peak}))


def compare(
    work: str, schema: Path, paths: list[Path], warm: Path, rounds: int, others: tuple[str, ...]
) -> None:
    """Ours and the others in turn, `rounds` times; medians and ratios are printed."""
    with tempfile.TemporaryDirectory() as name:
        package = str(write_package(Path(name), schema, paths))
        listed = ["--limit-errors", str(LIMIT)]
        commands = {
            "ours": ["plainrecord", "check", package, "--format", "json", *listed],
            "peer": ["frictionless", "validate", package, "--trusted", "--json", *listed],
        }
        runs: dict[str, list[dict[str, Any]]] = {who: [] for who in ("ours", *others)}
        for _ in range(rounds):
            for who, results in runs.items():
                run = measure(who, schema, paths, None if who == "reading" else warm)
                whole = measure_command(commands[who]) if who in commands else {}
                results.append(run | whole)
    for who, results in runs.items():
        rows = f"{results[0]['rows']:>11,} rows {results[0]['errors']:>7,} errors"
        print(f"{work:8} {who:8} {rows} {describe_runs(results, runs['ours'])}", flush=True)


def describe_runs(runs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> str:
    """Peak memory, and medians with how many times as long they are as ours."""
    line = f"{max(one['peak'] for one in runs):6,.0f} MB"
    for key in ("seconds", "whole", "cpu"):
        if key in runs[0]:
            mine, other = (statistics.median(one[key] for one in every) for every in (ours, runs))
            line += f"  {key} {other:.2f} s, {other / mine:.1f} times"
    return line


def write_arrests(folder: Path) -> Path:
    """The resource of `data/ice-arrests` as a schema file for its tables."""
    document = yaml.safe_load((TOP / "data/ice-arrests/datapackage.yaml").read_text())
    table = document["resources"][0]
    fields = [f for f in table["schema"]["fields"] if f["name"] != "fiscal_year"]
    target = folder / "arrests.json"
    schema = {**table["schema"], "fields": fields}
    target.write_text(json.dumps({"schema": schema, "dialect": table["dialect"]}))
    return target


def main() -> None:
    """Run the works that are named and print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("works", nargs="*", default=["clean"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--real", type=Path, default=TOP.parent / "shared" / "data" / "real")
    parser.add_argument("--measure", nargs="+", default=[], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure_here(*given.measure)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm, schema = folder / "warm.csv", folder / "schema.json"
        write_table(warm, 100)
        schema.write_text(json.dumps({"fields": FIELDS, "primaryKey": ["id"]}))
        if "clean" in given.works:
            write_table(folder / "clean.csv", given.rows)
            compare("clean", schema, [folder / "clean.csv"], warm, given.rounds, ("peer",))
        if "dirty" in given.works:
            write_table(folder / "dirty.csv", given.rows, wrong=100)
            compare("dirty", schema, [folder / "dirty.csv"], warm, given.rounds, ("peer",))
        if "arrests" in given.works:
            files = sorted((given.real / ARRESTS).glob("EROArrests_*.csv.gz"))
            others = ("peer", "reading")
            compare("arrests", write_arrests(folder), files, files[0], given.rounds, others)
        for work in ("long", "mixed"):
            for rows in (5_000_000, 20_000_000) if work in given.works else ():
                write_table(folder / "long.csv", rows, mixed=work == "mixed")
                compare(work, schema, [folder / "long.csv"], warm, 1, ())
        if "many" in given.works:
            measure_many(folder, warm)
        if "wide" in given.works:
            measure_wide(folder, given.rounds)


def measure_wide(folder: Path, rounds: int, *, columns: int = 2000, rows: int = 50) -> None:
    """`check` of integers that are all texts, and `frictionless validate`, as whole commands in turn.

    Both as they come: ours lists 100 errors of a field, frictionless stops at 1,000 errors.
    """
    names = [f"c{number}" for number in range(columns)]
    table, schema = folder / "wide.csv", folder / "wide.json"
    lines = [",".join(names), *[",".join(f"x{name}" for name in names)] * rows]
    table.write_text("\n".join(lines) + "\n")
    schema.write_text(json.dumps({"fields": [{"name": n, "type": "integer"} for n in names]}))
    commands = {
        "ours": [sys.executable, str(TOP / "build.py"), "check"],
        "peer": [sys.executable, "-m", "frictionless", "validate", "--trusted"],
    }
    seconds: dict[str, list[float]] = {who: [] for who in commands}
    for _ in range(rounds):
        for who, command in commands.items():
            before = time.perf_counter()
            whole = [*command, str(table), "--schema", str(schema)]
            done = subprocess.run(whole, check=False, capture_output=True, text=True)
            seconds[who].append(time.perf_counter() - before)
            if done.returncode != 1:
                raise SystemExit(f"{who} ended with {done.returncode}: {done.stderr[-500:]}")
    ours, peer = (statistics.median(seconds[who]) for who in commands)
    print(f"wide     {columns:,} columns, {rows} rows, all bad: ours {ours:.1f} s, ", end="")
    print(f"frictionless {peer:.1f} s, ours takes {ours / peer:.2f} times as long")


def measure_many(folder: Path, table: Path) -> None:
    """A thousand packages in one process of `plainrecord check`, the start of it included."""
    places = []
    resource_ = {"name": "t", "path": "t.csv", "schema": {"fields": FIELDS, "primaryKey": ["id"]}}
    for number in range(1000):
        place = folder / f"p{number:04}"
        place.mkdir()
        (place / "t.csv").write_bytes(table.read_bytes())
        document = {"name": f"p{number}", "resources": [resource_]}
        (place / "datapackage.json").write_text(json.dumps(document))
        places.append(str(place))
    before = time.perf_counter()
    command = [sys.executable, str(TOP / "build.py"), "check", *places, "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    print(f"many     ours        1,000 packages {time.perf_counter() - before:.1f} s")


if __name__ == "__main__":
    main()
