"""How long small commands take, beside a Python that imports click and duckdb.

`python -m benchmarks.start` runs whole processes in turn and prints the processor time and the wall
time of each (the least of all rounds) and their ratios to the plain one. A first round that is not
counted compiles what is not compiled: a package that was installed is.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
TABLE, OTHER = "id,name\n1,a\n", "id,name\n1,b\n"
SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}]}


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds of processor time of one process, and of wall time."""
    compiled = {key: v for key, v in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        env=compiled,
    )
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, ended - began


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
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for turn in range(ROUNDS + 1):
            for name, command in commands.items():
                taken = measure(command)
                if turn:
                    times[name].append(taken)
        best = {
            name: [min(kind) for kind in zip(*found, strict=True)] for name, found in times.items()
        }
        plain = next(iter(best.values()))
        for name, found in best.items():
            used, wall = (
                f"{mine * 1000:.0f} ms, {mine / other:.1f} times"
                for mine, other in zip(found, plain, strict=True)
            )
            print(f"{name}: processor {used}; wall {wall}")


if __name__ == "__main__":
    main()
