"""The explorer and the rows in Chromium: bytes, time until they can be used, time of a choice.

    python -m benchmarks.explorer SITE

SITE is a built portal with the dataset ice-arrests. The desktop has no limits; the phone has a
processor four times as slow, 1.6 Mb/s and 150 ms of latency. The synthetic stops (5,000,000 records,
six fields, of two years and of ten) are written into a copy of its explorer; the file of ten years is
split by year, and opened as a whole and by a link to one year. The bounds of the project: 300 kB and 2.5 s for
the arrests, 50 ms a choice on a desktop and 150 ms on a phone; 1.5 MB and 50 ms for the stops; first
rows in 2 s and a filter on two fields in 1 s.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
from playwright.sync_api import Browser, Page, sync_playwright

from plainrecord.core.paths import media_type
from plainrecord.publishing.cube_file import list_parts, write_cube

EXPLORE, ROWS = "datasets/ice-arrests/explore/", "datasets/ice-arrests/rows/arrests/"
CUBE = "datasets/ice-arrests/downloads/explorer.parquet"
PHONE = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
COMPRESSED = (".html", ".js", ".css", ".json", ".svg")
CHOICES = ("Gender=Female", "Gender=Female&Citizenship=MEXICO", "Apprehension+Method=Located", "")
ONE_YEAR = "#_from=2024-01&_to=2024-12"
FILTERS = (
    "Gender=Female&_from=Apprehension+Date:2017-01-01",
    "Citizenship=MEXICO&Processing+Disposition=Bag+and+Baggage",
    "_text=Apprehension+Landmark:jail&Gender=Male",
)
STOPS = """
FROM (SELECT state, reason, outcome, age, race, stopped_on, CAST(count(*) AS INTEGER) AS count FROM (
  SELECT 'State ' || least(floor(50 * pow(u(n, 1), 3)), 49)::INTEGER AS state,
    'Reason ' || floor(8 * pow(u(n, 2), 3))::INTEGER AS reason,
    'Outcome ' || floor(5 * pow(u(n, 3), 4))::INTEGER AS outcome,
    'Age ' || floor(7 * pow(u(n, 4), 2))::INTEGER AS age,
    'Race ' || floor(6 * pow(u(n, 5), 4))::INTEGER AS race,
    strftime(DATE '2020-01-01' + INTERVAL (floor(12 * {years} * u(n, 6))) MONTH, '%Y-%m') AS stopped_on
  FROM (SELECT range AS n FROM range(5_000_000)))
GROUP BY ALL) ORDER BY {order}state, reason, outcome, age, race, stopped_on
"""


STATE = '<p class="notice explorer-state" hidden></p>'


def make_stops(years: int) -> tuple[bytes, dict[str, Any]]:
    """The combinations of synthetic stops as a published file, and the document about it."""
    split_by = "stopped_on" if years > 2 else ""
    order = f"left({split_by}, 4), " if split_by else ""
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("CREATE MACRO u(n, k) AS (hash(n * 8 + k) % 1000000) / 1000000.0")
        rows = connection.sql(STOPS.format(years=years, order=order)).to_arrow_table()
        path = Path(folder, "stops.parquet")
        write_cube(rows, path, split_by)
        fields: list[dict[str, Any]] = []
        for name in ("state", "reason", "outcome", "age", "race"):
            known = sorted(rows.column(name).unique().to_pylist())
            fields.append({"name": name, "label": name} | ({"known": known} if split_by else {}))
        period = {"name": "stopped_on", "label": "Month", "kind": "month", "year": "calendar"}
        document = {"cells": rows.num_rows, "fields": fields, "period": period | {"incomplete": []}}
        size = {"parts": [part.model_dump() for part in list_parts(path)]} if split_by else {}
        return path.read_bytes(), document | size


def replace_stops(site: Path, years: int) -> tuple[dict[str, bytes], int]:
    """What stands in the place of files of the arrests, and how many combinations there are."""
    cube, document = make_stops(years)
    described = json.loads((site / EXPLORE / "explorer.json").read_bytes())
    page = (site / EXPLORE / "index.html").read_text("utf-8")
    for old, new in zip(described["fields"], document["fields"], strict=True):
        page = page.replace(f'data-field="{old["name"]}"', f'data-field="{new["name"]}"')
    page = page.replace('<section id="answer"', f'{STATE}<section id="answer"')
    if "parts" in document:  # nothing is loaded before the page asks for it
        page = re.sub(r'<link rel="preload" href="[^"]*explorer.parquet"[^>]*>', "", page)
    document["sha256"] = hashlib.sha256(cube).hexdigest()  # the page refuses any other file
    replaced = {CUBE: cube, f"{EXPLORE}explorer.json": json.dumps(described | document).encode()}
    return replaced | {f"{EXPLORE}index.html": page.encode()}, document["cells"]


class Host(ThreadingHTTPServer):
    """A host of the files of `site`, some of them replaced, which counts the bytes that it sends."""

    def __init__(self, site: Path, replaced: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Files)
        self.site, self.replaced, self.sent = site, replaced, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Files(BaseHTTPRequestHandler):
    """Sends a file, compressed where GitHub Pages compresses it."""

    server: Host
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send the file of the address."""
        path = self.path.removeprefix("/")
        path += "index.html" if path.endswith("/") else ""
        content = self.server.replaced.get(path) or (self.server.site / path).read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        self.send_response(206 if asked else 200)
        if asked:
            content = content[int(asked[1]) : int(asked[2]) + 1]
        if path.endswith(COMPRESSED):
            content = gzip.compress(content, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", mimetypes.guess_type(path)[0] or media_type(path))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.server.sent += len(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class Reader:
    """A page of a host, in a browser on a desktop or a phone."""

    def __init__(self, browser: Browser, host: Host, *, phone: bool) -> None:
        self.host = host
        width, height = (360, 740) if phone else (1280, 900)
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self.context.new_page()
        if phone:
            session = self.context.new_cdp_session(self.page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", {"offline": False, **PHONE})
            session.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    def open(self, path: str) -> float:
        """Open a page: the milliseconds until it is drawn, as the page's own clock has them."""
        self.page.goto(f"http://127.0.0.1:{self.host.server_port}/{path}")
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
    stops, cells = replace_stops(site, 2)
    ten_years, ten_cells = replace_stops(site, 10)
    stop_choices = ("state=State+0", "race=Race+0&age=Age+0", "reason=Reason+2", "")
    one_year = [f"{ONE_YEAR[1:]}&{choice}" for choice in stop_choices]
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, path, replaced, choices, phones in (
            ("explore, arrests", EXPLORE, {}, CHOICES, (False, True)),
            (f"explore, stops ({cells:,} cells)", EXPLORE, stops, stop_choices, (False,)),
            (f"ten years ({ten_cells:,} cells)", EXPLORE, ten_years, stop_choices, (False,)),
            ("one of ten years", EXPLORE + ONE_YEAR, ten_years, one_year, (False, True)),
            ("rows, arrests", ROWS, {}, FILTERS, (False,)),
        ):
            for phone in phones:
                runs = []
                for _ in range(3):
                    host = Host(site, replaced)
                    reader = Reader(browser, host, phone=phone)
                    runs.append((reader.open(path), reader.choose(choices), host.sent))
                    reader.context.close()
                    host.shutdown()
                opened, chosen, sent = (median(figures) for figures in zip(*runs, strict=True))
                device = "phone" if phone else "desktop"
                print(
                    f"{name}, {device}: {sent / 1000:,.0f} kB, drawn after {opened:,.0f} ms, "
                    f"a choice {chosen:.0f} ms"
                )
        browser.close()


if __name__ == "__main__":
    main()
