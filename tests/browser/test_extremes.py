"""Extreme records and words in a browser: charts stay accessible, and nothing overflows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from plainrecord.pages.portal import plan_site
from plainrecord.publishing.live_charts import compile_chart
from plainrecord.publishing.render import render_pages
from tests.browser.sample import PORTAL, QUARTERS, STOPS_RELEASE, TEXTS, assets, chart, templates
from tests.browser.test_pages import (  # noqa: F401 - two are fixtures
    DATASET,
    OPEN_ALL,
    PATHS,
    browser,
    reader_with,
    site,
)


def test_a_live_chart_without_any_value_is_accessible(browser: Browser, site: Any) -> None:  # noqa: F811
    absent = tuple((quarter, None) for quarter in QUARTERS)
    drawn = chart("by-quarter", "Stops by quarter", "bar", absent, x="Quarter")
    specification = compile_chart(drawn.spec, "by-quarter-wide")
    reader = reader_with(
        browser, {**site, f"{DATASET}charts/by-quarter-680.vega.json": specification}
    )
    page = reader.open(DATASET)
    reader.draw_charts()
    assert page.locator(".plot").first.get_attribute("data-state") == "live"
    assert Axe().run(page, context=".plot").response["violations"] == []
    reader.context.close()


def test_a_word_of_ten_thousand_letters_does_not_overflow(browser: Browser, site: Any) -> None:  # noqa: F811
    """In titles, breadcrumbs, summaries and labels."""
    package = replace(STOPS_RELEASE.package, title="W" * 10_000)
    release = replace(STOPS_RELEASE, package=package)
    outputs, _ = render_pages(plan_site(PORTAL, (release,), TEXTS), templates(), assets())
    pages = {o.path: o.content for o in outputs if isinstance(o.content, bytes)}
    reader = reader_with(browser, {**site, **pages}, viewport={"width": 360, "height": 800})
    for path in PATHS:
        page = reader.open(path)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    reader.context.close()
