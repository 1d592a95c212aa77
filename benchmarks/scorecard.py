"""Time of the scorecard alone: `python -m benchmarks.scorecard SITE`.

SITE is a built portal of this repository with the real arrests. The scorecard is measured over the
published file (544,059 rows) and over a file that holds it five times (2.7 million). Run it by
hand; no test asserts on time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import duckdb

from plainrecord.measures import scorecard
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import ReleasedTable
from plainrecord.pipeline.plan import plan_portal
from plainrecord.receipts.engine import open_counter

TOP = Path(__file__).parents[1]
NAME = "ice-arrests"


def measure(source: Path, times: int, work: Path) -> tuple[int, float]:
    """Rows and seconds of one scorecard over `source`, repeated `times` times."""
    plan, _ = plan_portal(TOP)
    item = next(package for package in plan.packages if package.name == NAME)
    path = work / f"{times}.parquet"
    maker = duckdb.connect()
    maker.execute(
        f"COPY (SELECT a.* FROM read_parquet('{source}') a, range({times})) TO '{path}' (FORMAT parquet)"
    )
    rows = (maker.execute(f"SELECT count(*) FROM '{path}'").fetchone() or (0,))[0]
    maker.close()
    fields = item.resources[0].schema.fields
    table = ReleasedTable(NAME, "arrests", "", "", "arrest", "released", fields, rows, 0, ())
    counter = open_counter({NAME: {"arrests": path}})
    before = time.perf_counter()
    entry = PublishedTable(table, path.name, "0" * 64)
    card, found = scorecard.measure_scorecard(counter, item, [entry], plan.standards)
    seconds = time.perf_counter() - before
    if card is None or found:
        raise SystemExit(f"the scorecard could not be measured: {found}")
    return rows, seconds


def main() -> None:
    """Print a line for each size, beside the bound that the project set itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    source = parser.parse_args().site / f"datasets/{NAME}/downloads/arrests.parquet"
    with tempfile.TemporaryDirectory() as folder:
        for times, bound in ((1, "3 s"), (5, "20 s")):
            rows, seconds = measure(source, times, Path(folder))
            print(f"| scorecard | {rows:,} | {seconds:.2f} s | {bound} |")


if __name__ == "__main__":
    main()
