"""The search in Chromium: size of a list of 20,000 entries, time to index it, time of a query.

    python -m benchmarks.search

Prints bytes (gzip) and milliseconds. The bounds of the project: 400 kB, 500 ms, 10 ms on a desktop.
"""

from __future__ import annotations

import gzip
import itertools
import json
import shutil
from statistics import median

from playwright.sync_api import Route, sync_playwright

from plainrecord.descriptors.synonyms import parse_synonyms
from plainrecord.io.load import builtin_folder
from plainrecord.pages.search import SearchEntry, write_list

ENTRIES = 20_000
PLACES = ("Adams", "Brown", "Clay", "Douglas", "Elk", "Franklin", "Grant", "Hamilton", "Jackson")
OFFICES = ("Sheriff", "Police Department", "Field Office", "Detention Center", "Airport")
QUERIES = ("grant sheriff", "deportation", "clay 1204", "polise", "franklin field", "d", "stops")
HOST = "http://portal.test/"
MEASURE = """async ([text, queries]) => {
  const { makeIndex } = await import("/search.js");
  const list = JSON.parse(text), began = performance.now();
  const find = makeIndex(list), indexed = performance.now() - began;
  const times = queries.map((query) => {
    const runs = Array.from({ length: 5 }, () => {
      const start = performance.now();
      find(query);
      return performance.now() - start;
    });
    return [query, runs.sort((a, b) => a - b)[2], find(query).count];
  });
  return [indexed, times];
}"""


def make_list() -> bytes:
    """A list of fields' values, as a portal with many places has it."""
    names = itertools.product(range(1_000), PLACES, OFFICES)
    entries = [
        SearchEntry(
            "value",
            f"{place} {office} {number}",
            f"Office, dataset {number % 40}",
            f"datasets/d-{number % 40}/codebook/index.html#field-d-office",
        )
        for number, place, office in itertools.islice(names, ENTRIES)
    ]
    return write_list(entries, parse_synonyms(None, "")[0])


def main() -> None:
    """Print the three figures."""
    content = make_list()
    script = (builtin_folder("front") / "search.js").read_text(encoding="utf-8")
    print(
        f"list of {len(json.loads(content)['entries']):,} entries: "
        f"{len(gzip.compress(content)) / 1000:.0f} kB (gzip)"
    )
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))

    def answer(route: Route) -> None:
        if route.request.url.endswith("search.js"):
            route.fulfill(body=script, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto(HOST)
        runs = [page.evaluate(MEASURE, [content.decode(), list(QUERIES)]) for _ in range(3)]
        browser.close()
    print(f"indexed in {median(run[0] for run in runs):.0f} ms")
    for place, query in enumerate(QUERIES):
        times = median(run[1][place][1] for run in runs)
        print(f"{query!r}: {times:.1f} ms, {runs[0][1][place][2]:,} results")


if __name__ == "__main__":
    main()
