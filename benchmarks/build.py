"""Time and peak memory of whole builds: `python -m benchmarks.build [--real DIR]`.

Two works, each a build in a process of its own: the four real arrest files (544,059 rows, from
DIR/ice-ero-2019-icfo-53623) to a finished portal, and 200 small datasets. Prints rows a second,
seconds and peak memory beside the bounds that the project set itself. Run it by hand; no test
asserts on time.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from plainrecord.descriptors import portal as config
from plainrecord.io.load import load_descriptor

TOP = Path(__file__).parents[1]
COMMAND = [sys.executable, str(TOP / "build.py")]


def measure(arguments: list[str], root: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of one `build.py` run on the portal at `root`."""
    before = time.perf_counter()
    subprocess.run([*COMMAND, *arguments, "--portal", str(root), "--quiet"], check=True, cwd=TOP)
    seconds = time.perf_counter() - before
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def copy_portal(target: Path) -> Path:
    """This repository's own portal: a dataset whose files are not fetched is catalogued alone."""
    shutil.copytree(TOP / "site", target / "site")
    portal, _ = config.parse_portal(
        load_descriptor(TOP / "site" / "portal.yaml")[0], "site/portal.yaml", None
    )
    for bundle in portal.bundles if portal else ():
        shutil.copytree(TOP / bundle.folder, target / bundle.folder)
    shutil.copytree(TOP / "data", target / "data")
    return target


def write_many(target: Path, count: int) -> Path:
    """A portal of `count` small datasets of 60 rows."""
    from tests.portals import DESCRIPTOR, ROWS, write_portal

    write_portal(target)
    shutil.rmtree(target / "data")
    for number in range(count):
        folder = target / "data" / f"visits-{number:03}"
        folder.mkdir(parents=True)
        text = DESCRIPTOR.replace("name: visits\ntitle", f"name: visits-{number:03}\ntitle")
        (folder / "datapackage.yaml").write_text(text)
        (folder / "visits.csv").write_text(ROWS)
    return target


def report(work: str, rows: int, seconds: float, megabytes: float, bound: str) -> None:
    """One line of the table."""
    print(
        f"| {work} | {rows:,} | {rows / seconds:,.0f} | {seconds:.1f} s | {megabytes:.0f} MB | {bound} |"
    )


def main() -> None:
    """Run both works and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, default=TOP.parent / "shared" / "data" / "real")
    chosen = parser.parse_args()
    print("| work | rows | rows/s | time | peak memory | bound |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        many = write_many(Path(folder) / "many", 200)
        seconds, megabytes = measure(["build"], many)
        report("200 small datasets", 200 * 60, seconds, megabytes, "30 s")
        if chosen.real.is_dir():
            root = copy_portal(Path(folder) / "real")
            measure(["fetch", "ice-arrests", "--mirror", str(chosen.real)], root)
            seconds, megabytes = measure(["build"], root)
            report("four arrest files to a portal", 544_059, seconds, megabytes, "60 s, 2 GB")
        else:
            print("the real records are not here; pass --real DIR")


if __name__ == "__main__":
    main()
