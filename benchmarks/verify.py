"""Verify a portal of 1,000,000 rows and 200 figures, in a folder and behind a server.

Run `python -m benchmarks.verify`. The portal is made for it, and built by `build.py` in a process of
its own; so is each verification, whose peak memory includes the process that runs the queries.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from tests.portals import DESCRIPTOR, write_portal
from tests.tampering import serve

TOP = Path(__file__).parents[1]
ROWS = 1_000_000
FIGURES = 200
BOUND = "30 s"
QUERIES = (
    "SELECT count(*) FROM visits WHERE score > {n}",
    "SELECT avg(score) FROM visits WHERE state = 'CA' AND score <> {n}",
    "SELECT count(DISTINCT visit_id) FROM visits WHERE visited_on > DATE '2020-01-01' + {n}",
    "SELECT quantile_cont(score, 0.5) FROM visits WHERE score <> {n} AND outcome = 'fail'",
)


def write_large(target: Path) -> Path:
    """A portal with one dataset of ROWS rows and FIGURES figures."""
    write_portal(target)
    figures = "\n".join(
        f"    - {{name: f{n}, title: Figure {n}, format: decimal, "
        f'sql: "{QUERIES[n % len(QUERIES)].format(n=n % 100)}"}}'
        for n in range(FIGURES)
    )
    text = re.sub(r"  figures:\n(?:    - .*\n)+", f"  figures:\n{figures}\n", DESCRIPTOR)
    (target / "data/visits/datapackage.yaml").write_text(text)
    duckdb.default_connection().sql(
        f"""SELECT 'v' || n AS visit_id, DATE '2020-01-01' + (n % 2000)::INTEGER AS visited_on,
        ['CA', 'NY', 'TX'][1 + n % 3] AS state, ['pass', 'fail'][1 + (n % 5 = 0)::INTEGER] AS outcome,
        CASE WHEN n % 10 = 0 THEN '(b)(4) ' ELSE (n % 101)::VARCHAR END AS score
        FROM range({ROWS}) AS r(n)"""
    ).write_csv(str(target / "data/visits/visits.csv"))
    return target


def measure(arguments: list[str]) -> tuple[float, float]:
    """Seconds and peak megabytes of one run of `build.py`."""
    before = time.perf_counter()
    subprocess.run([sys.executable, str(TOP / "build.py"), *arguments], check=True, cwd=TOP)
    seconds = time.perf_counter() - before
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Build, verify twice, and print the table."""
    print("| work | figures | rows | time | peak memory | bound |\n|---|---|---|---|---|---|")

    def report(work: str, seconds: float, megabytes: float, bound: str) -> None:
        print(
            f"| {work} | {FIGURES} | {ROWS:,} | {seconds:.1f} s | {megabytes:.0f} MB | {bound} |",
            flush=True,
        )

    with tempfile.TemporaryDirectory() as folder:
        root = write_large(Path(folder) / "some" / "portal")
        site = root / "_site"
        build = measure(["build", "--quiet", "--portal", str(root)])
        report("verify a folder", *measure(["verify", str(site), "--quiet"]), BOUND)
        with serve(root) as address:
            work = "verify an address"
            report(work, *measure(["verify", f"{address}/_site/", "--quiet"]), BOUND)
        report("(build the same portal)", *build, "")


if __name__ == "__main__":
    main()
