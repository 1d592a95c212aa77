"""Speed and memory of the comparison, beside its peer: `python -m benchmarks.diff [WORK...] [--peer PYTHON]`.

WORK is keyed (two releases of 1,000,000 rows, matched by an identifier, beside csv-diff) or keyless
(the four real arrest files, 544,059 rows, against a copy with some rows changed), wide (250 rows of
57 columns of which every value changed, for its memory), or several. The peer
is run by the interpreter PYTHON, in whose environment csv-diff is installed (make one that is
thrown away: `python -m venv /tmp/peer && /tmp/peer/bin/pip install csv-diff`); without one it is
left out. Each run is a process of its own, which compares a few rows before it is timed; beside it
the commands `plainrecord diff` and `csv-diff` are timed as a whole. Ours and the peer's alternate.
Both find the same counts, or the benchmark stops. Run by hand; no test asserts on time.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.check import ARRESTS, TOP, describe_runs, measure_command, write_table

PEER = """
import csv_diff, json, re, sys, time
def compare(*names):
    tables = []
    for name in names:
        with open(name, newline="", encoding="utf-8") as stream:
            tables.append(csv_diff.load_csv(stream, key="id"))
    return csv_diff.compare(*tables)
compare(sys.argv[3], sys.argv[3])
start = time.perf_counter()
found = compare(*sys.argv[1:3])
counts = [len(found[kind]) for kind in ("added", "removed", "changed")]
peak = int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps({"counts": counts, "seconds": time.perf_counter() - start, "peak": peak}))
"""


def run_ours(old: Path, new: Path, warm: Path, key: list[str]) -> dict[str, Any]:
    """Compare two files in this process, after a few rows that let it import what it needs."""
    from plainrecord.pipeline.diff import TablePath, collate_files

    collate_files(TablePath(warm), TablePath(warm), key=key)
    start = time.perf_counter()
    found = collate_files(TablePath(old), TablePath(new), key=key).comparison
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()  # `ru_maxrss` would be that of our parent
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    counts = [found.added, found.vanished, found.changed]
    return {"counts": counts, "seconds": seconds, "peak": peak, "rows": found.new_rows}


def write_pair(folder: Path, rows: int) -> tuple[Path, Path]:
    """Two releases: one row in a thousand is gone, one in a thousand new, one in a hundred changed;
    the later one is in another order."""
    whole, old, new = (folder / f"{name}.csv" for name in ("whole", "old", "new"))
    write_table(whole, rows + rows // 1000)
    with whole.open(encoding="utf-8", newline="") as stream:
        header, *body = csv.reader(stream)
    seed = random.Random(4)  # noqa: S311 - a benchmark needs the same rows every time
    kept = [row for row in body[:rows] if seed.random() > 0.001] + body[rows:]
    write_rows(old, [header, *body[:rows]])
    for row in kept:
        if seed.random() < 0.01:
            row[6] = "consent" if row[6] != "consent" else ""
    seed.shuffle(kept)
    write_rows(new, [header, *kept])
    return old, new


def write_rows(path: Path, rows: list[list[str]]) -> None:
    """A CSV file of `rows`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def write_wide(folder: Path) -> tuple[Path, Path]:
    """Two tables of 250 x 57 cells, an identifier and 56 texts that all changed."""
    old, new = folder / "wide_old.csv", folder / "wide_new.csv"
    header = ["id", *(f"c{number}" for number in range(56))]
    for path, more in ((old, ""), (new, " changed")):
        body = [[str(n), *(f"text {n * 56 + c}{more}" for c in range(56))] for n in range(250)]
        write_rows(path, [header, *body])
    return old, new


def write_arrests(folder: Path, real: Path) -> tuple[Path, Path]:
    """The arrests of four years in one file, and a copy in which some rows are others."""
    old, new = folder / "arrests_old.csv", folder / "arrests_new.csv"
    header: list[str] = []
    body: list[list[str]] = []
    for path in sorted((real / ARRESTS).glob("EROArrests_*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, delimiter="|"))
        header, body = rows[5], body + rows[6:]
    seed = random.Random(5)  # noqa: S311 - a benchmark needs the same rows every time
    for path in (old, new):
        write_rows(path, [header, *body])
        body = [row for row in body if seed.random() > 0.001]
        for row in body:
            if seed.random() < 0.005:
                row[2] = "Other Efforts"
        seed.shuffle(body)
    return old, new


def measure(command: list[str]) -> dict[str, Any]:
    """One run in a process of its own: counts, seconds of the work, peak memory."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=TOP)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(work: str, pair: tuple[Path, Path], key: str, peer: str, rounds: int) -> None:
    """Ours and the peer's in turn, `rounds` times; medians and ratios are printed."""
    warm = pair[0].with_name("warm.csv")
    with pair[0].open("rb") as stream:
        warm.write_bytes(b"".join(islice(stream, 100)))
    names = [str(path) for path in (*pair, warm)]
    here = [sys.executable, "-m", "benchmarks.diff", "--measure", *names, key]
    both = names[:2]
    keyed = ["--key", key] if key else []
    commands = {"ours": ["plainrecord", "diff", *both, *keyed, "--format", "json"]}
    if peer:
        commands["csv-diff"] = [str(Path(peer).with_name("csv-diff")), *both, *keyed, "--json"]
    runs: dict[str, list[dict[str, Any]]] = {who: [] for who in commands}
    for _ in range(rounds):
        for who, results in runs.items():
            run = measure(here if who == "ours" else [peer, "-c", PEER, *names])
            results.append(run | measure_command(commands[who]))
    counts = {tuple(one["counts"]) for results in runs.values() for one in results}
    if len(counts) != 1:
        sys.exit(f"{work}: the counts are not the same: {sorted(counts)}")
    added, vanished, changed = counts.pop()
    print(f"{work}: {added:,} added, {vanished:,} vanished, {changed:,} changed")
    for who, results in runs.items():
        print(f"{work:8} {who:8} {describe_runs(results, runs['ours'])}", flush=True)


def main() -> None:
    """Run the works that are named and print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("works", nargs="*", default=["keyed", "keyless", "wide"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--real", type=Path, default=TOP.parent / "shared" / "data" / "real")
    parser.add_argument("--peer", default="", help="an interpreter that has csv-diff")
    parser.add_argument("--measure", nargs=4, default=[], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        old, new, warm, key = given.measure
        print(json.dumps(run_ours(Path(old), Path(new), Path(warm), [key] if key else [])))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "keyed" in given.works:
            if not given.peer:
                print("csv-diff is left out: name an interpreter that has it with --peer")
            compare("keyed", write_pair(folder, given.rows), "id", given.peer, given.rounds)
        if "wide" in given.works:
            compare("wide", write_wide(folder), "id", "", given.rounds)
        if "keyless" in given.works:
            if (given.real / ARRESTS).is_dir():
                compare("keyless", write_arrests(folder, given.real), "", "", given.rounds)
            else:
                print(f"keyless is left out: there are no real arrests in {given.real}")


if __name__ == "__main__":
    main()
