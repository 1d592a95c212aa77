"""How long small commands take, beside a Python that imports click and duckdb.

`python -m benchmarks.start` runs whole processes in turn and prints the processor time of each (the
least of all rounds) and its ratio to the plain one.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 15
TABLE, OTHER = "id,name\n1,a\n", "id,name\n1,b\n"
SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}]}


def measure(command: list[str]) -> float:
    """Seconds of processor time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        old, new, schema = (Path(folder) / name for name in ("old.csv", "new.csv", "s.json"))
        old.write_text(TABLE)
        new.write_text(OTHER)
        schema.write_text(json.dumps(SCHEMA))
        ours = [sys.executable, "-m", "plainrecord"]
        commands = {
            "python -c 'import click, duckdb'": [sys.executable, "-c", "import click, duckdb"],
            "plainrecord --help": [*ours, "--help"],
            "plainrecord check of one row": [*ours, "check", str(old), "--schema", str(schema)],
            "plainrecord diff of one row": [*ours, "diff", str(old), str(new)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                times[name].append(measure(command))
        plain = min(next(iter(times.values())))
        for name, found in times.items():
            print(f"{name}: {min(found) * 1000:.0f} ms, {min(found) / plain:.1f} times")


if __name__ == "__main__":
    main()
