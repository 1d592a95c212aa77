"""Time the audit of large protected tables: `python benchmarks/audit.py [CELLS]`, and its memory.

Three dimensions, a tenth of the cells hidden, ten alternatives; as CSV and Parquet. Prints seconds of
processor time and megabytes.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from itertools import combinations, product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from plainrecord.audit.report import summarise
from plainrecord.audit.site import audit_site

NAMES = ("x", "y", "z")


def write_portal(root: Path, cells: int) -> None:
    """Tables of three dimensions with all margins; counts of 11 and more, so that they prove themselves."""
    chance = random.Random(7)  # noqa: S311 - the same tables in each run
    side = max(2, round(cells ** (1 / 3)))
    counts = {key: chance.randint(11, 400) for key in product(map(str, range(side)), repeat=3)}
    hidden = {key for key in counts if chance.random() < 0.1}
    folder = root / "datasets" / "large" / "downloads"
    folder.mkdir(parents=True)
    tables = []
    for size in range(4):
        for chosen in combinations(range(3), size):
            sums: dict[tuple[str, ...], int] = {}
            for key, count in counts.items():
                part = tuple(key[at] for at in chosen)
                sums[part] = sums.get(part, 0) + count
            names = [NAMES[at] for at in chosen]
            columns: dict[str, list[object]] = {
                name: [key[at] for key in sums] for at, name in enumerate(names)
            }
            gone = [size == 3 and key in hidden for key in sums]
            columns["count"] = [
                None if hide else count for hide, count in zip(gone, sums.values(), strict=True)
            ]
            columns["count__missing"] = ["suppressed" if hide else None for hide in gone]
            name = "-".join(["by", *names]) if names else "total"
            table = pa.table(columns)
            pq.write_table(table, folder / f"{name}.parquet")
            rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
            (folder / f"{name}.json").write_text(json.dumps(rows))
            tables.append({"resource": name, "dimensions": names})
    alternative = [count for key, count in counts.items() if key in hidden]
    document = {"version": 1, "mode": "tables", "threshold": 11, "level": 2, "tables": tables}
    document["alternatives"] = [alternative] * 10
    (folder.parent / "protection.json").write_text(json.dumps(document))


def main() -> None:
    """Write the portal, audit it, print the figures."""
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        write_portal(Path(folder), cells)
        started = time.process_time()
        report = audit_site(Path(folder))
        seconds = time.process_time() - started
    print(summarise(report))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.1f} s of processor time, {memory:,.0f} MB at most")


if __name__ == "__main__":
    main()
