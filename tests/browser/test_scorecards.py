"""The pages of scorecards in a browser: accessible, and no wider than a phone."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from plainrecord.pipeline.build import build_portal
from tests.browser.test_pages import OPEN_ALL, Reader
from tests.browser.test_pages import browser as browser

GRADED = Path(__file__).parents[1] / "gold" / "graded" / "portal"
PAGES = (
    *("datasets/contacts/scorecard/", "datasets/stops/scorecard/", "scorecard/"),
    "standards/enforcement-stop/",
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    root = tmp_path_factory.mktemp("graded")
    shutil.copytree(GRADED, root / "portal")
    site = root / "site"
    build_portal(root / "portal", site, lambda _: None)
    files = [path for path in site.rglob("*") if path.is_file()]
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, graded: Mapping[str, bytes], theme: str) -> None:
    reader = Reader(browser, graded, color_scheme=theme, reduced_motion="reduce")
    for path in PAGES:
        page = reader.open(path)
        page.evaluate(OPEN_ALL)
        result = Axe().run(page)
        assert result.violations_count == 0, f"{path}: {result.generate_report()}"
    assert reader.complaints == []
    assert reader.strangers == []
    reader.context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_overflows(browser: Browser, graded: Mapping[str, bytes], width: int) -> None:
    reader = Reader(browser, graded, viewport={"width": width, "height": 800})
    for path in PAGES:
        page = reader.open(path)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    reader.context.close()


def test_a_grade_is_reported_in_words_and_leads_to_its_parts(
    browser: Browser, graded: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, graded, java_script_enabled=False)
    page = reader.open("scorecard/")
    page.get_by_role("link", name="Withheld in part").first.click()
    assert page.url.endswith("datasets/contacts/scorecard/#element-operation")
    shown = page.locator("#element-operation").inner_text()
    assert "Withheld in part" in shown
    assert "50.0% withheld by the agency" in shown
    reader.context.close()
