"""Pages of 1,000 places over five datasets: `python -m benchmarks.places`.

It builds one portal with the pages and without them. The difference is what they take.
"""

from __future__ import annotations

import random
import resource
import tempfile
from pathlib import Path

from plainrecord.pipeline.build import build_portal

PLACES, DATASETS, ROWS = 1_000, 5, 20_000
SETTINGS = "title: Places\npublisher: {name: Bench, email: bench@bench.example}\n"
KINDS = "places: [{name: facilities, title: Facilities}]\n"
DECLARED = "  places: [{kind: facilities, field: place, date: day, by: [reason, outcome]}]\n"
DESCRIPTOR = """name: NAME
title: Records NAME
licenses: [{name: CC0-1.0}]
resources:
  - name: records
    path: records.csv
    schema:
      fields:
        - {name: place, type: string, title: Facility}
        - {name: day, type: date, title: Day}
        - {name: reason, type: string, title: Reason}
        - {name: outcome, type: string, title: Outcome}
plainrecord:
  summary: Made for a benchmark.
  unit: record
  privacy: {open: The rows are made at random.}
"""


def write(root: Path, *, places: bool) -> Path:
    """The portal below `root`, with the pages of places or without."""
    (root / "site").mkdir(parents=True)
    (root / "site/portal.yaml").write_text(SETTINGS + (KINDS if places else ""))
    chance = random.Random(20261130)  # noqa: S311 - rows of a benchmark
    for number in range(DATASETS):
        folder = root / f"data/set-{number}"
        folder.mkdir(parents=True)
        text = DESCRIPTOR.replace("NAME", f"set-{number}") + (DECLARED if places else "")
        (folder / "datapackage.yaml").write_text(text)
        lines = (
            f"Facility {chance.randrange(PLACES):04},20{chance.randrange(20, 26)}-0"
            f"{chance.randrange(1, 10)}-11,r{chance.randrange(8)},o{chance.randrange(5)}"
            for _ in range(ROWS)
        )
        (folder / "records.csv").write_text("\n".join(["place,day,reason,outcome", *lines]))
    return root


def main() -> None:
    """Print the pages and the processor time of both builds."""
    with tempfile.TemporaryDirectory() as folder:
        for places in (False, True):
            root = write(Path(folder, str(places)), places=places)
            before = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
            report = build_portal(root, root / "_site", lambda _: None)
            spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - before
            print(f"{report.pages:,} pages, {spent:.1f} s of processor time")


if __name__ == "__main__":
    main()
