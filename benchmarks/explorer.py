"""The explorer and the rows in Chromium: bytes, time until they can be used, time of a choice.

    python -m benchmarks.explorer SITE

SITE is a built portal with the dataset ice-arrests. The desktop has no limits; the phone has a
processor four times as slow, 1.6 Mb/s and 150 ms of latency. The synthetic stops (5,000,000 records,
six fields) are written into a copy of its explorer. The bounds of the project: 300 kB and 2.5 s for
the arrests, 50 ms a choice on a desktop and 150 ms on a phone; 1.5 MB and 50 ms for the stops; first
rows in 2 s and a filter on two fields in 1 s.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
from playwright.sync_api import Browser, Page, Route, sync_playwright

from plainrecord.core.paths import media_type
from plainrecord.publishing.cube_file import write_cube

HOST = "http://portal.test/"
EXPLORE, ROWS = "datasets/ice-arrests/explore/", "datasets/ice-arrests/rows/arrests/"
CUBE = "datasets/ice-arrests/downloads/explorer.parquet"
PHONE = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
COMPRESSED = (".html", ".js", ".css", ".json", ".svg")
CHOICES = ("Gender=Female", "Gender=Female&Citizenship=MEXICO", "Apprehension+Method=Located", "")
FILTERS = (
    "Gender=Female&_from=Apprehension+Date:2017-01-01",
    "Citizenship=MEXICO&Processing+Disposition=Bag+and+Baggage",
    "_text=Apprehension+Landmark:jail&Gender=Male",
)
STOPS = """
SELECT state, reason, outcome, age, race, stopped_on, CAST(count(*) AS INTEGER) AS count FROM (
  SELECT 'State ' || least(floor(50 * pow(u(n, 1), 3)), 49)::INTEGER AS state,
    'Reason ' || floor(8 * pow(u(n, 2), 3))::INTEGER AS reason,
    'Outcome ' || floor(5 * pow(u(n, 3), 4))::INTEGER AS outcome,
    'Age ' || floor(7 * pow(u(n, 4), 2))::INTEGER AS age,
    'Race ' || floor(6 * pow(u(n, 5), 4))::INTEGER AS race,
    strftime(DATE '2020-01-01' + INTERVAL (floor(24 * u(n, 6))) MONTH, '%Y-%m') AS stopped_on
  FROM (SELECT range AS n FROM range(5_000_000)))
GROUP BY ALL ORDER BY ALL
"""


def make_stops() -> tuple[bytes, dict[str, Any]]:
    """The combinations of synthetic stops as a published file, and the document about it."""
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("CREATE MACRO u(n, k) AS (hash(n * 8 + k) % 1000000) / 1000000.0")
        rows = connection.sql(STOPS).to_arrow_table()
        path = Path(folder, "stops.parquet")
        write_cube(rows, path)
        fields = [{"name": n, "label": n} for n in ("state", "reason", "outcome", "age", "race")]
        period = {"name": "stopped_on", "label": "Month", "kind": "month", "year": "calendar"}
        document = {"cells": rows.num_rows, "fields": fields, "period": period | {"incomplete": []}}
        return path.read_bytes(), document


class Reader:
    """A page over the files of `site`, some of them replaced, and the bytes that it loads."""

    def __init__(
        self, browser: Browser, site: Path, replaced: Mapping[str, bytes], *, phone: bool
    ) -> None:
        self.site, self.replaced, self.bytes = site, replaced, 0
        size = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 900}
        self.context = browser.new_context(viewport=size)
        self.page: Page = self.context.new_page()
        self.page.route("**/*", self._answer)
        if phone:
            session = self.context.new_cdp_session(self.page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", {"offline": False, **PHONE})
            session.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    def _answer(self, route: Route) -> None:
        path = route.request.url.partition("#")[0].removeprefix(HOST)
        path += "index.html" if path.endswith("/") else ""
        content = self.replaced.get(path) or (self.site / path).read_bytes()
        packed = gzip.compress(content, mtime=0) if path.endswith(COMPRESSED) else content
        self.bytes += len(packed)
        headers = {"content-encoding": "gzip"} if path.endswith(COMPRESSED) else {}
        kind = media_type(path)
        route.fulfill(body=packed, headers={**headers, "content-type": kind})

    def open(self, path: str) -> float:
        """Open a page: the milliseconds until it is drawn, as the page's own clock has them."""
        self.page.goto(HOST + path)
        self.page.wait_for_selector(".explorer[data-drawn]:not([data-busy])", timeout=120_000)
        return float(self.page.evaluate("performance.now()"))

    def choose(self, choices: Sequence[str]) -> float:
        """The median of milliseconds from a choice to the next frame after it is drawn."""
        return median(
            float(
                self.page.evaluate(
                    """async (choice) => {
                      const place = document.querySelector(".explorer"), began = performance.now();
                      delete place.dataset.drawn;
                      location.hash = choice;
                      do await new Promise(requestAnimationFrame); while (!place.dataset.drawn);
                      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
                      return performance.now() - began;
                    }""",
                    choice,
                )
            )
            for choice in choices
        )


def main() -> None:
    """Print the figures."""
    site = Path(sys.argv[1])
    cube, document = make_stops()
    described = json.loads((site / EXPLORE / "explorer.json").read_bytes()) | document
    stops = {CUBE: cube, f"{EXPLORE}explorer.json": json.dumps(described).encode()}
    stops_page = (site / EXPLORE / "index.html").read_text("utf-8")
    for old, new in zip(
        [
            field["name"]
            for field in json.loads((site / EXPLORE / "explorer.json").read_bytes())["fields"]
        ],
        [field["name"] for field in document["fields"]],
        strict=True,
    ):
        stops_page = stops_page.replace(f'data-field="{old}"', f'data-field="{new}"')
    stops[f"{EXPLORE}index.html"] = stops_page.encode()
    stop_choices = ("state=State+0", "race=Race+0&age=Age+0", "reason=Reason+2", "")
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, path, replaced, choices, phones in (
            ("explore, arrests", EXPLORE, {}, CHOICES, (False, True)),
            (
                f"explore, stops ({document['cells']:,} cells)",
                EXPLORE,
                stops,
                stop_choices,
                (False,),
            ),
            ("rows, arrests", ROWS, {}, FILTERS, (False,)),
        ):
            for phone in phones:
                runs = []
                for _ in range(3):
                    reader = Reader(browser, site, replaced, phone=phone)
                    runs.append((reader.open(path), reader.choose(choices), reader.bytes))
                    reader.context.close()
                opened, chosen, sent = (median(figures) for figures in zip(*runs, strict=True))
                device = "phone" if phone else "desktop"
                print(
                    f"{name}, {device}: {sent / 1000:,.0f} kB, drawn after {opened:,.0f} ms, "
                    f"a choice {chosen:.0f} ms"
                )
        browser.close()


if __name__ == "__main__":
    main()
