"""Time and peak memory of a portal of one's own: `python -m benchmarks.init`.

Two works, each `plainrecord init` with the build that it runs, as a whole process: 50 CSV files of
1,000,000 rows together, and three clean CSV files to a built portal with charts. Prints seconds of
processor time and of the clock and peak memory beside the bounds that the project set itself. Run
it by hand; no test asserts on time.
"""

from __future__ import annotations

import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

STATES = ["Alabama", "Alaska", "Arizona", "California", "Georgia", "Iowa", "Ohio", "Texas", "Utah"]
PLACES = [
    f"{name} {kind}" for name in ("Oak", "Pine", "Cedar", "Lake") for kind in ("City", "Hill")
]
OUTCOMES = ["closed", "granted", "in part", "refused", "withdrawn"]
KINDS = ["complaint", "inspection", "permit", "stop", "survey", "visit"]
FIELDS = [
    "case_id", "opened", "state", "place", "outcome", "kind", "district_code", "fee", "days_open",
]  # fmt: skip
QUESTIONS = ["--yes", "--title", "Records", "--publisher", "The Office", "--licence", "CC0-1.0"]


def write_table(path: Path, rows: int, seed: int) -> None:
    """A table of `rows` rows: an id, a date, places, categories, a code, an amount and a count."""
    chance = random.Random(seed)  # noqa: S311 - sample rows
    first = date(2021, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(FIELDS)
        for number in range(rows):
            writer.writerow(
                [
                    f"C-{seed:02}-{number:06}",
                    (first + timedelta(chance.randrange(1400))).isoformat(),
                    chance.choice(STATES),
                    chance.choice(PLACES),
                    chance.choice(OUTCOMES),
                    chance.choice(KINDS),
                    f"{chance.randrange(1, 40):03}",
                    f"{chance.randrange(0, 50000) / 100:.2f}",
                    chance.randrange(0, 400),
                ]
            )


def measure(folder: Path, files: int, rows: int) -> None:
    """Print one line of the table: `init` on `files` tables of `rows` rows together."""
    for number in range(files):
        write_table(folder / f"records-{number:02}.csv", rows // files, number)
    command = [sys.executable, "-m", "plainrecord", "init", str(folder), *QUESTIONS]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [*command, "--open", "The records are about places."],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    charts = len(list((folder / "_site" / "datasets").rglob("charts/*.json")))
    print(
        f"| {files} files, {rows:,} rows | {charts} | {spent:.1f} s | {seconds:.1f} s "
        f"| {after.ru_maxrss / 1024:.0f} MB |"
    )


def main() -> None:
    """Run both works and print the table."""
    print("| work | charts | processor | clock | peak memory |\n|---|---|---|---|---|")
    for files, rows in ((3, 3_000), (50, 1_000_000)):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), files, rows)


if __name__ == "__main__":
    main()
