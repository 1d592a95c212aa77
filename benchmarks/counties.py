"""A map of all counties on a slow phone: `python -m benchmarks.counties`.

It builds a portal with one map of counts by FIPS code. The page holds the picture as still SVG. The
phone is that of `benchmarks.pages`.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.pages import CHROMIUM, measure_phone, serve
from benchmarks.places import DESCRIPTOR, SETTINGS
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.boundaries import load_boundaries

ROWS = 100_000
CHART = "  charts: [{name: map, title: Records by county, kind: map, boundaries: us-counties, x: place}]\n"


def write(root: Path) -> Path:
    """The portal below `root`."""
    shapes = load_boundaries("us-counties")
    if shapes is None:
        raise SystemExit("The boundaries are not installed.")
    codes = [place.names[1] for place in shapes.places]
    (root / "site").mkdir(parents=True)
    (root / "site/portal.yaml").write_text(SETTINGS)
    folder = root / "data/counties"
    folder.mkdir(parents=True)
    (folder / "datapackage.yaml").write_text(DESCRIPTOR.replace("NAME", "counties") + CHART)
    chance = random.Random(20261130)  # noqa: S311 - rows of a benchmark
    lines = (f"{chance.choice(codes)},2026-01-11,r,o" for _ in range(ROWS))
    (folder / "records.csv").write_text("\n".join(["place,day,reason,outcome", *lines]))
    return root


def main() -> None:
    """Print the counties, and the bytes and seconds of the page."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        build_portal(write(Path(folder) / "portal"), site, lambda _: None)
        page = "datasets/counties/index.html"
        counties = (site / page).read_text().count("<title>") // 2
        with serve(site) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for _ in range(3):
                size, seconds = measure_phone(browser, address + page)
                print(f"{counties} counties: {size / 1000:.0f} kB, drawn after {seconds:.2f} s")


if __name__ == "__main__":
    main()
