"""How a built portal fares with Lighthouse, the Nu HTML checker and a slow phone.

`python -m benchmarks.pages SITE` needs Chromium; with `--node FOLDER`, a folder in which `npm
install lighthouse vnu-jar` ran, it also prints Lighthouse's four scores for one page of each kind and the
errors that the Nu HTML checker (Java) finds in all pages. The phone is Chromium's own throttling: a
processor four times as slow, 1.6 Mb/s, 150 ms.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from plainrecord.core.paths import media_type

KINDS = (
    "index.html", "datasets/index.html", "datasets/*/index.html", "datasets/*/codebook/index.html",
    "datasets/*/explore/index.html", "datasets/*/withheld/index.html",
    "datasets/*/privacy/index.html", "datasets/*/check/index.html", "datasets/*/law/index.html",
    "datasets/*/plausibility/index.html", "datasets/*/changes/index.html",
    "datasets/*/changes/*/index.html", "datasets/*/releases/index.html", "scorecard/index.html",
    "claims/index.html", "claims/*/index.html", "requests/index.html", "requests/letter/index.html",
    "datasets/*/rows/*/index.html", "datasets/*/releases/*/index.html", "places/*/index.html",
    "places/*/*/index.html", "reconciliations/*/index.html", "standards/*/index.html",
    "about/index.html", "verify/index.html", "a-z/index.html", "404.html",
)  # fmt: skip
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
SCORES = ("performance", "accessibility", "best-practices", "seo")
TEXT = {".html", ".css", ".js", ".json", ".svg", ".atom", ".csv"}


class _Files(http.server.SimpleHTTPRequestHandler):
    """The files of a folder, texts with gzip as GitHub Pages sends them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        content, packed = path.read_bytes(), path.suffix in TEXT
        body = gzip.compress(content, mtime=0) if packed else content
        self.send_response(200)
        self.send_header("Content-Type", media_type(path.name))
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def serve(site: Path) -> Iterator[str]:
    """The address of the site, while the block runs."""
    handler = functools.partial(_Files, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def choose_pages(site: Path) -> list[str]:
    """The largest page of each kind."""
    found = [max(site.glob(kind), key=lambda p: p.stat().st_size, default=None) for kind in KINDS]
    return [path.relative_to(site).as_posix() for path in found if path]


def measure_phone(browser: Browser, address: str) -> tuple[float, float]:
    """Bytes (gzip) before the load event, and seconds until the first text is drawn."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    speed = 1.6e6 / 8
    conditions = {"offline": False, "latency": 150, "downloadThroughput": speed}
    wire.send("Network.emulateNetworkConditions", {**conditions, "uploadThroughput": speed})
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address)
    size = page.evaluate(
        "performance.getEntriesByType('navigation')[0].encodedBodySize"
        " + performance.getEntriesByType('resource').reduce((sum, one) => sum + one.encodedBodySize, 0)"
    )
    painted = "performance.getEntriesByName('first-contentful-paint').length"
    while not page.evaluate(painted):  # the page's policy forbids what waits for a function
        page.wait_for_timeout(20)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return size, paint / 1000


def run_lighthouse(node: Path, address: str) -> dict[str, int]:
    """The scores of a page, of 100."""
    program = node / "node_modules/lighthouse/cli/index.js"
    flags = "--headless=new --no-sandbox --disable-gpu"
    done = subprocess.run(
        [
            *("node", str(program), address, "--quiet", "--output=json", f"--chrome-flags={flags}"),
            f"--only-categories={','.join(SCORES)}",
        ],
        capture_output=True,
        check=True,
        env={**os.environ, "CHROME_PATH": CHROMIUM},
    )
    report = json.loads(done.stdout)
    for audit in report["audits"].values():
        if audit.get("score") is not None and audit["score"] < 0.9:
            print(f"    {audit['id']}: {audit['score']} {audit.get('displayValue', '')}")
    return {name: round(100 * (report["categories"][name]["score"] or 0)) for name in SCORES}


def main() -> None:
    """Print a line for each page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    parser.add_argument("--node", type=Path)
    options = parser.parse_args()
    paths = choose_pages(options.site)
    if options.node:
        pages = sorted(map(str, options.site.rglob("*.html")))
        checker = options.node / "node_modules/vnu-jar/build/dist/vnu.jar"
        done = subprocess.run(
            ["java", "-Xss8m", "-jar", str(checker), "--errors-only", *pages],
            capture_output=True,
            check=False,
        )
        lines = done.stderr.decode().splitlines()
        print(f"Nu HTML checker: {len(lines)} errors in {len(pages)} pages", *lines[:10], sep="\n")
    with serve(options.site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in paths:
            size, seconds = measure_phone(browser, address + path)
            print(f"{path}: {size / 1000:.0f} kB, text after {seconds:.2f} s")
            if options.node:
                print("   ", run_lighthouse(options.node, address + path))
        browser.close()


if __name__ == "__main__":
    main()
