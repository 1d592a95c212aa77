"""The pictures in docs/pictures: `python -m benchmarks.screenshots SITE`, with the portal of this
repository, its real data fetched, and Chromium.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.pages import CHROMIUM, serve

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
DATASET = "datasets/ice-arrests/"
BOX = """part => {
  const { left, top, width, height } = part.getBoundingClientRect();
  return { x: left + scrollX - 20, y: top + scrollY - 20, width: width + 40, height: height + 20 };
}"""


def take(page: Page, name: str, part: Locator | None = None) -> None:
    """A picture of what the page shows, or of a part of it with a margin."""
    shot: dict[str, Any] = {"format": "webp", "quality": 80}
    if part is not None:
        part.scroll_into_view_if_needed()
        box = part.evaluate(BOX)
        shot |= {"clip": {**box, "scale": 1}, "captureBeyondViewport": True}
    wire = page.context.new_cdp_session(page)
    taken = wire.send("Page.captureScreenshot", shot)
    (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


VIEWS = {
    "explorer": f"{DATASET}explore/#Gender=Female",
    "rows": f"{DATASET}rows/arrests/#Gender=Female&Citizenship=HONDURAS",
    "map": "datasets/ice-287g/#chart-by-state",
    "place": "places/areas/chicago-area-of-responsibility/",
}


def take_views(page: Page, address: str) -> None:
    """The pictures of pages where readers choose, of a map and of a place."""
    for name, path in VIEWS.items():
        page.goto("about:blank")  # else another choice of one page is no visit
        page.goto(address + path, wait_until="networkidle")
        page.wait_for_timeout(3_000)
        take(page, name)


def main() -> None:
    """Write home.webp, dataset.webp, chart.webp, phone.webp, and those of `VIEWS`."""
    FOLDER.mkdir(exist_ok=True)
    with serve(Path(sys.argv[1])) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 1000}, color_scheme="light")
        for name, path in (("home", ""), ("dataset", DATASET)):
            page.goto(address + path, wait_until="networkidle")
            take(page, name)
        chart = page.locator("#chart-by-method")
        chart.locator(".chart-menu summary").click()
        page.wait_for_load_state("networkidle")
        take(page, "chart", chart)
        take_views(page, address)
        phone = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
        phone.goto(f"{address}{DATASET}", wait_until="networkidle")
        phone.locator("#chart-by-month").evaluate("chart => chart.scrollIntoView()")
        phone.wait_for_load_state("networkidle")
        take(phone, "phone")
        browser.close()


if __name__ == "__main__":
    main()
