"""Time of the search for personal data: `python -m benchmarks.personal_data SITE`.

SITE is a built portal of this repository with the real arrests: their table (544,059 rows) is
searched, and one with as many rows and columns of nothing but different texts. Run it by hand; no
test asserts on time.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import duckdb

from plainrecord.model.packages import Field
from plainrecord.validation.personal_data import find_personal_data

TYPES = {"VARCHAR": "string", "DATE": "date", "INTEGER": "integer", "BIGINT": "integer"}
DIFFERENT = "md5(range::VARCHAR), range || ' Landmark', 'Case ' || (range * 7919) AS c"


def measure(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, float, float]:
    """Rows, seconds and processor seconds of one search; what is found is printed."""
    columns = connection.execute(f"DESCRIBE {relation}").fetchall()
    fields = [Field(name, TYPES.get(kind, "string")) for name, kind, *_ in columns]
    started, worked = time.perf_counter(), time.process_time()
    hits = find_personal_data(connection, relation, fields)
    spent = time.perf_counter() - started, time.process_time() - worked
    for hit in hits:
        print(f"{hit.field}: {hit.words}")
    rows = (connection.execute(f"SELECT count(*) FROM {relation}").fetchone() or (0,))[0]
    return rows, *spent


def main() -> None:
    """Print a line for each table, beside the bound that the project set itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    source = parser.parse_args().site / "datasets/ice-arrests/downloads/arrests.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE arrests AS FROM '{source}'")
        connection.execute(f"CREATE TABLE different AS SELECT {DIFFERENT} FROM range(544059)")
        for relation, bound in (("arrests", "0.5 s"), ("different", "–")):
            rows, seconds, worked = measure(connection, relation)
            print(f"| {relation} | {rows:,} | {seconds:.2f} s ({worked:.2f} s) | {bound} |")


if __name__ == "__main__":
    main()
