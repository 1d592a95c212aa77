"""Time of the plausibility rules: `python -m benchmarks.plausibility [--site DIR]`.

Puts the rules of data/ice-arrests to the arrests of a built portal (544,059 rows), and to the same
rows five times over (2.7 million). Run it by hand; no test asserts on time.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb

from plainrecord.descriptors.package import parse_package
from plainrecord.io.load import load_portal
from plainrecord.measures.plausibility import evaluate_rules
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Package, ReleasedTable
from plainrecord.receipts.engine import open_counter

TOP = Path(__file__).parents[1]
NAME = "ice-arrests"


def read_package() -> Package:
    """The dataset of arrests as the portal declares it."""
    datasets = (dataset.now for dataset in load_portal(TOP).datasets)
    raw = next(item for item in datasets if item.folder.endswith(NAME))
    package, _ = parse_package(raw.descriptor, raw.folder, raw.descriptor_path, "")
    if package is None:
        raise SystemExit("the descriptor of the arrests cannot be read")
    return package


def main() -> None:
    """Run both sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=TOP / "_site")
    source = parser.parse_args().site / "datasets" / NAME / "downloads" / "arrests.parquet"
    package = read_package()
    fields = package.resources[0].schema.fields
    print("| rules | rows | time | peak memory |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, 5):
            path = Path(folder) / f"{times}.parquet"
            rows = duckdb.default_connection().sql(
                f"SELECT a.* FROM '{source}' AS a, range({times})"
            )
            rows.write_parquet(str(path))
            count = (
                duckdb.default_connection().sql(f"SELECT count(*) FROM '{path}'").fetchall()[0][0]
            )
            table = ReleasedTable(NAME, "arrests", "", "", "arrest", "", fields, count, 0, ())
            counter = open_counter({NAME: {"arrests": path}})
            before = time.perf_counter()
            outcomes, findings = evaluate_rules(
                counter,
                package.plausibility_rules,
                NAME,
                [PublishedTable(table, "arrests.parquet", "")],
            )
            seconds = time.perf_counter() - before
            counter.close()
            if findings:
                raise SystemExit(findings[0].found)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"| {len(outcomes)} | {count:,} | {seconds:.1f} s | {peak:.0f} MB |")


if __name__ == "__main__":
    main()
