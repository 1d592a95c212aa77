"""Rows that are alike: `python -m benchmarks.k_anonymity [--peer PYTHON] [--rounds N]`.

Protects 544,059 arrests with six key variables, and counts how many rows hold each combination of
the result, as the audit does. With the interpreter PYTHON, in whose environment pycanon is installed
(make one that is thrown away: `python -m venv /tmp/peer && /tmp/peer/bin/pip install pycanon`), the
counts of pycanon on the same rows alternate with ours: k alone, and k with l, the fewest landmarks in
a group. Both find the same. Ours read the published file, pycanon has the rows in memory. Run it by
hand; no test asserts on time.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.suppression import REAL
from plainrecord.audit.records import RowCounter
from plainrecord.audit.tables import AuditedRelease
from plainrecord.core.strict_json import Json
from plainrecord.disclosure.records import protect_records
from plainrecord.disclosure.task import ProtectionTask
from plainrecord.model.declarations import PrivacyPolicy
from plainrecord.model.packages import Field, ReleasedTable

KEYS = ("year", "area", "method", "disposition", "gender", "country")
SENSITIVE = "landmark"
THRESHOLD = 11
PEER = """
import sys, time
import pandas
from pycanon.anonymity import k_anonymity, l_diversity
sensitive, *keys = sys.argv[2:]
rows = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)[[*keys, sensitive]]
begun = time.process_time()
k = k_anonymity(rows, keys)
alone = time.process_time() - begun
l = l_diversity(rows, keys, [sensitive])
print(k, l, alone, time.process_time() - begun)
"""


def protect(folder: Path) -> tuple[Path, float]:
    """The protected rows as a Parquet file, and the processor time of protecting them."""
    path = folder / "rows.parquet"
    source = REAL / "ice-ero-2019-icfo-53623"
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE arrests AS SELECT regexp_extract(filename, 'FY([0-9]+)', 1) AS year, "
        '"Area of Responsibility" AS area, "Apprehension Method" AS method, "Processing '
        'Disposition" AS disposition, "Gender" AS gender, "Citizenship" AS country, '
        "coalesce(\"Apprehension Landmark\", '') AS landmark FROM "
        f"read_csv('{source}/EROArrests_*.csv.gz', all_varchar=true, skip=5, delim='|', "
        "header=true, filename=true)"
    )
    table = ReleasedTable(
        dataset="arrests",
        resource="arrests",
        title="Arrests",
        description="",
        unit="arrest",
        relation="arrests",
        fields=tuple(Field(name=name, type="string") for name in (*KEYS, SENSITIVE)),
        rows=544_059,
        threshold=0,
        protections=(),
    )
    policy = PrivacyPolicy(mode="records", threshold=THRESHOLD, keys=KEYS, harmless=(SENSITIVE,))
    begun = time.process_time()
    made, _ = protect_records(ProtectionTask(connection, table, policy, ""))
    seconds = time.process_time() - begun
    if made is None:
        raise SystemExit("the rows cannot be protected")
    connection.execute(f"COPY {made.table.relation} TO '{path}' (FORMAT parquet)")
    marked = ", ".join(f"coalesce({key}, {key}__missing, '') AS {key}" for key in KEYS)
    given = path.with_suffix(".csv")
    connection.execute(
        f"COPY (SELECT {marked}, {SENSITIVE} FROM {made.table.relation}) TO '{given}' (HEADER)"
    )
    return path, seconds


def count(folder: Path, sensitive: list[Json]) -> tuple[list[int], float]:
    """The least number of rows of a combination, and with `sensitive` of landmarks; the processor time."""
    keys: list[Json] = [*KEYS]
    records: Json = {"resource": "rows", "keys": keys, "sensitive": sensitive, "diversity": 1}
    release = AuditedRelease(
        "arrests", "", ".", {"threshold": THRESHOLD, "records": records}, tables=()
    )
    begun = time.process_time()
    counter = RowCounter(folder, release)
    counted = counter.count_groups()
    seconds = time.process_time() - begun
    if counted.findings:
        raise SystemExit(counted.findings[0].found)
    names = [f'min("{name}")' for name, *_ in counter.query("DESCRIBE grouped")[len(KEYS) :]]
    least = counter.query(f"SELECT {', '.join(names)} FROM grouped")[0]
    return [int(str(value)) for value in least], seconds


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default="", help="an interpreter that has pycanon")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, seconds = protect(folder)
        print(f"protected in {seconds:.1f} s of processor time", flush=True)
        (folder / "downloads").mkdir()
        path.rename(folder / "downloads" / path.name)
        for _ in range(given.rounds):
            peers = ask_peer(given.peer, path.with_suffix(".csv")) if given.peer else {}
            for what, sensitive in (("k", []), ("k and l", [SENSITIVE])):
                least, seconds = count(folder, [*sensitive])
                line = f"{what}: {least}, {seconds:.3f} s of processor time"
                if what in peers:
                    found, peer = peers[what]
                    line += f"; pycanon {found}, {peer:.2f} s, {peer / seconds:.0f} times"
                print(line, flush=True)


def ask_peer(python: str, rows: Path) -> dict[str, tuple[list[int], float]]:
    """What pycanon finds, and in how much processor time, for k alone and for both."""
    done = subprocess.run(
        [python, "-c", PEER, str(rows), SENSITIVE, *KEYS],
        capture_output=True,
        text=True,
        check=True,
    )
    k, diversity, alone, both = done.stdout.split()
    return {"k": ([int(k)], float(alone)), "k and l": ([int(k), int(diversity)], float(both))}


if __name__ == "__main__":
    main()
