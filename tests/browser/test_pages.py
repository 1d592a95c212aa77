"""The sample portal in a browser: no message in the console, own host only, accessible, no JavaScript needed."""

from __future__ import annotations

import json
import mimetypes
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from plainrecord.core.paths import media_type
from tests.browser.sample import sample_site

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HOST = "http://portal.test/mirror/"
DATASET = "datasets/stops/"
PATHS = (
    "",
    "datasets/",
    DATASET,
    f"{DATASET}codebook/",
    f"{DATASET}methodology/",
    f"{DATASET}check/",
    "datasets/arrests/",
    "about/",
    "methodology/",
    "verify/",
    "a-z/",
)
OPEN_ALL = "document.querySelectorAll('details').forEach((item) => { item.open = true; })"
THEMES = ("light", "dark")
PATIENCE_MS = 120_000  # a machine may be busy with something else
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def site() -> Mapping[str, bytes]:
    return sample_site()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        message = "no Chromium or Chrome found: install it (on Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found, args=ARGUMENTS, timeout=PATIENCE_MS
        )
        yield started
        started.close()


SHIFTS = """() => new Promise((tell) => new PerformanceObserver((list) =>
  tell(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))
).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => tell(0), 500))"""
"""How far what a page shows was moved, as the Layout Instability API sums it."""


class Reader:
    """A reader's browser over the sample site, with all that it complained of or asked for."""

    def __init__(self, browser: Browser, site: Mapping[str, bytes], **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.context.route("**/*", self._answer)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.site = site
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self.asked: list[str] = []
        self.parts: list[tuple[int, int]] | None = None  # those sent; None: of a host without parts

    def _answer(self, route: Route) -> None:
        address = route.request.url.partition("#")[0]
        if not address.startswith(HOST):
            self.strangers.append(address)
            route.abort()
            return
        path = address.removeprefix(HOST)
        self.asked.append(path)
        path += "index.html" if path == "" or path.endswith("/") else ""
        if path not in self.site:
            route.fulfill(status=404, body=b"")
            return
        kind = mimetypes.guess_type(path)[0] or media_type(path)
        content = self.site[path]
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", route.request.headers.get("range", ""))
        if asked is None or self.parts is None:
            route.fulfill(body=content, content_type=kind)
            return
        start, end = int(asked[1]), int(asked[2]) + 1
        if end > len(content):
            route.fulfill(status=416, body=b"")
            return
        self.parts.append((start, end))
        route.fulfill(status=206, body=content[start:end], content_type=kind)

    def open(self, path: str) -> Page:
        self.page.goto(HOST + path)
        return self.page

    def draw_charts(self) -> None:
        for plot in self.page.query_selector_all(".plot"):
            plot.scroll_into_view_if_needed()
        expect(self.page.locator(".plot:not([data-state])")).to_have_count(0)


@pytest.fixture
def reader(browser: Browser, site: Mapping[str, bytes]) -> Iterator[Reader]:
    made = Reader(browser, site, viewport={"width": 1280, "height": 900})
    yield made
    made.context.close()


def reader_with(browser: Browser, site: Mapping[str, bytes], **options: Any) -> Reader:
    return Reader(browser, site, **options)


def test_no_page_complains_or_asks_another_host(reader: Reader) -> None:
    for path in PATHS:
        reader.open(path)
        if path == DATASET:
            reader.draw_charts()
    assert reader.complaints == []
    assert reader.strangers == []
    assert not [path for path in reader.asked if path.endswith(".ico")]


def test_charts_come_alive_under_the_policy(reader: Reader) -> None:
    page = reader.open(DATASET)
    reader.draw_charts()
    states = [plot.get_attribute("data-state") for plot in page.query_selector_all(".plot")]
    assert states == ["live", "live"]
    assert page.locator(".plot-live svg").count() == 2
    assert sum("charts." in path for path in reader.asked) == 1
    assert page.locator(".plot-live :text('Q1 2023')").count()
    assert reader.complaints == []


@pytest.mark.parametrize("width", [768, 360])
def test_a_link_to_a_section_lands_on_it(browser: Browser, site: Any, width: int) -> None:
    """Charts that come alive on the way, or above the section, do not move it away."""
    reader = reader_with(browser, site, viewport={"width": width, "height": 500})
    page = reader.open(DATASET)
    names = page.eval_on_selector_all(
        "nav a[href^='#']", "links => links.map(link => link.getAttribute('href').slice(1))"
    )
    assert len(names) >= 3
    for name in names:
        reader.open("")
        reader.open(DATASET)
        page.locator(f"nav a[href='#{name}']").first.click()
        page.wait_for_load_state("networkidle")
        page.wait_for_function(  # charts on or near the screen have come alive
            "() => [...document.querySelectorAll('.plot')].every(plot => plot.dataset.state || "
            "plot.getBoundingClientRect().top > innerHeight + 190 || "
            "plot.getBoundingClientRect().bottom < -190)"
        )
        top, rest = page.evaluate(
            "name => [document.getElementById(name).getBoundingClientRect().top, "
            "document.documentElement.scrollHeight - innerHeight - scrollY]",
            name,
        )
        assert abs(top) <= 40 or rest < 2, (name, top)
    reader.context.close()


def test_a_mark_shows_its_numbers_under_the_pointer(reader: Reader) -> None:
    page = reader.open(DATASET)
    reader.draw_charts()
    page.locator(".plot-live svg .mark-symbol path").nth(1).hover(force=True)
    page.wait_for_selector(".tip:not([hidden])")
    assert "Stops: 2,632" in page.locator(".tip").inner_text()
    page.locator(".plot-scroll").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "2,632" in page.locator(".tip").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden()
    assert reader.complaints == []


def test_the_bundle_waits_until_a_chart_comes_near(browser: Browser, site: Any) -> None:
    reader = reader_with(browser, site, viewport={"width": 1280, "height": 120})
    page = reader.open(DATASET)
    page.wait_for_load_state("networkidle")
    assert not [path for path in reader.asked if "charts." in path]
    reader.draw_charts()
    assert [path for path in reader.asked if "charts." in path]
    reader.context.close()


def test_the_picture_stays_when_the_bundle_fails(browser: Browser, site: Any) -> None:
    for lost in ("assets/charts.", ".vega.json"):
        without = {path: body for path, body in site.items() if lost not in path}
        reader = reader_with(browser, without)
        page = reader.open(DATASET)
        reader.draw_charts()
        assert page.locator(".plot-static svg.wide").first.is_visible()
        assert page.locator(".plot").first.get_attribute("data-state") == "still"
        reader.context.close()


def test_the_picture_stays_when_a_chart_fails_half_way(browser: Browser, site: Any) -> None:
    broken = {
        path: body.replace(b'"type":"line"', b'"type":"line","transform":[{"type":"none"}]')
        if path.endswith(".vega.json")
        else body
        for path, body in site.items()
    }
    reader = reader_with(browser, broken)
    page = reader.open(DATASET)
    reader.draw_charts()
    assert page.locator(".plot-static svg.wide").first.is_visible()
    assert page.locator(".plot").first.get_attribute("data-state") == "still"
    assert reader.complaints == []
    reader.context.close()


TEXTS = """(plots, still) => plots.map(plot => [...plot.querySelectorAll('text')]
    .filter(text => still ? text.closest('.plot-static') && text.getClientRects().length
        : text.closest('.plot-live'))
    .map(text => [...text.childNodes].map(line => line.textContent).join(' ').trim()).sort())"""


@pytest.mark.parametrize("width", [360, 768])
def test_a_live_chart_has_the_texts_of_the_still_one_and_its_height(
    browser: Browser, site: Any, width: int
) -> None:
    reader = reader_with(browser, site, viewport={"width": width, "height": 800})
    page = reader.open(DATASET)
    heights = "plots => plots.map(plot => plot.getBoundingClientRect().height)"
    before = page.eval_on_selector_all(".plot", heights)
    reader.draw_charts()
    assert page.locator(".plot[data-state='live']").count() == len(before)
    assert page.eval_on_selector_all(".plot", heights) == before
    still, live = (page.eval_on_selector_all(".plot", TEXTS, one) for one in (True, False))
    assert all(len(texts) > 5 for texts in still)
    assert [set(texts) - set(others) for texts, others in zip(still, live, strict=True)] == [
        set() for _ in still
    ]
    page.emulate_media(media="print")
    shown = "plots => plots.map(plot => getComputedStyle(plot.querySelector('.wide')).visibility)"
    assert set(page.eval_on_selector_all(".plot", shown)) == {"visible"}
    assert all(page.eval_on_selector_all(".plot", TEXTS, True))
    assert [path for path in reader.asked if path.endswith("-328.vega.json")] or width > 360
    reader.context.close()


def test_charts_change_their_colours_with_the_theme(reader: Reader) -> None:
    page = reader.open(DATASET)
    reader.draw_charts()
    line = page.locator(".plot-live svg .mark-line path").first
    color = "line => getComputedStyle(line).stroke"
    light = line.evaluate(color)
    assert light
    page.emulate_media(color_scheme="dark")
    assert line.evaluate(color) not in (light, "none")
    assert reader.complaints == []


def test_the_portal_informs_without_javascript(browser: Browser, site: Any) -> None:
    reader = reader_with(browser, site, java_script_enabled=False)
    page = reader.open("")
    assert page.locator(".search-field").is_hidden()
    assert page.locator(".card").count() == 2
    page = reader.open(DATASET)
    assert page.locator(".plot-static svg.wide").first.is_visible()
    assert page.locator("button.copy").first.is_hidden()
    page.locator(".numbers summary").first.click()
    assert page.locator(".numbers td.suppressed").first.is_visible()
    assert page.locator(".downloads a").count() == 3
    reader.context.close()


def test_the_search_finds_with_the_keyboard_and_asks_no_other_host(reader: Reader) -> None:
    page = reader.open(DATASET)
    assert not [path for path in reader.asked if "search" in path]
    field = page.get_by_role("combobox", name="Search this portal")
    field.fill("arests")  # a typing error
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Arrests")
    assert field.get_attribute("aria-expanded") == "true"
    assert not Axe().run(page).response["violations"]
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    field.press("Escape")
    expect(options).to_have_count(0)
    field.fill("arrests")
    expect(options.first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url(f"{HOST}datasets/arrests/")
    assert sum("assets/search." in path for path in reader.asked) >= 2
    assert reader.complaints == []
    assert reader.strangers == []


def test_a_query_stays_in_the_address_after_the_number_sign(reader: Reader) -> None:
    page = reader.open("")
    field = page.get_by_role("combobox", name="Search this portal")
    field.fill("detención reason")
    field.press("Enter")
    page.wait_for_url(f"{HOST}a-z/#q=detenci%C3%B3n%20reason")
    found = page.locator(".search-found")
    expect(found.get_by_role("link").first).to_be_visible()
    assert page.locator(".a-z").is_hidden()
    page.get_by_role("combobox").fill("reason zzzzzzzz")
    expect(page.locator(".search-count")).to_contain_text(
        "Nothing here has all of these words. With some of them:"
    )
    page.get_by_role("combobox").fill("zzzzzzzz")
    expect(page.locator(".search-count")).to_have_text("Nothing found. Try fewer or other words.")
    page.get_by_role("combobox").fill("")
    expect(page.locator(".a-z")).to_be_visible()
    assert "#q" not in page.url
    assert reader.complaints == []


def test_without_javascript_all_entries_are_listed(browser: Browser, site: Any) -> None:
    reader = reader_with(browser, site, java_script_enabled=False)
    page = reader.open("")
    assert page.get_by_role("combobox").count() == 0
    page.get_by_role("link", name="A to Z").click()
    page.wait_for_url(f"{HOST}a-z/")
    page.get_by_role("link", name="Reason", exact=True).click()
    page.wait_for_url(f"{HOST}{DATASET}codebook/#field-*")
    expect(page.locator(":target")).to_be_in_viewport()
    reader.context.close()


def test_the_menu_of_a_chart_opens_its_table_with_the_keyboard(reader: Reader) -> None:
    page = reader.open(DATASET)
    page.locator(".chart-menu summary").first.focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="Table of the numbers").first
    while not link.evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#chart-by-quarter-numbers")
    expect(page.locator("#chart-by-quarter-numbers table")).to_be_visible()


def test_the_citation_can_be_copied(browser: Browser, site: Any) -> None:
    reader = reader_with(browser, site)
    reader.page.add_init_script(
        "navigator.clipboard ?? Object.defineProperty(navigator, 'clipboard',"
        " {value: {writeText: async (text) => { window.copied = text; }}});"
    )
    page = reader.open(DATASET)
    page.get_by_role("button", name="Copy the citation").click()
    expect(page.locator(".cite .copy")).to_have_text("Copied")
    assert "release 2024.4" in page.evaluate("window.copied")
    reader.context.close()


@pytest.mark.parametrize(
    ("today", "said"),
    [
        ("2025-06-01", "The newest release was 5 months old on 1 June 2025."),
        ("2025-06-02", "Last updated 5 months ago. The next update is 48 days overdue."),
        ("2027-06-01", "Last updated 2 years ago. The next update is 2 years overdue."),
        (
            "2025-05-01",
            "The newest release was 5 months old on 1 June 2025.",
        ),  # the clock of the reader is wrong
    ],
)
def test_the_age_of_a_dataset_is_that_of_today(
    browser: Browser, site: Any, today: str, said: str
) -> None:
    reader = reader_with(browser, site)
    reader.context.clock.set_fixed_time(f"{today}T12:00:00Z")
    lines = reader.open(DATASET).locator(".age p").all_inner_texts()
    assert (len(lines), lines[-1]) == (3, said)
    reader.context.close()


def test_the_keyboard_reaches_the_content_first(reader: Reader) -> None:
    page = reader.open(DATASET)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


FOCUSED = """() => {
    const item = document.activeElement, style = getComputedStyle(item), box = item.getBoundingClientRect();
    const name = item.placeholder || item.getAttribute('aria-label') || item.textContent.trim();
    const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return [item.tagName, name, seen && outlined, document.getAnimations().length];
}"""


def test_at_400_percent_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, site: Any
) -> None:
    """320 by 256 pixels are 1,280 by 1,024 at 400 %. Nothing moves where a reader wants no motion."""
    size = {"width": 320, "height": 256}
    reader = reader_with(browser, site, viewport=size, reduced_motion="reduce")
    page = reader.open(DATASET)
    reached = []
    for _ in range(120):
        page.keyboard.press("Tab")
        tag, name, seen, moving = page.evaluate(FOCUSED)
        if tag == "BODY":
            break
        reached.append(name)
        assert seen, name
        assert not moving, name
    assert tag == "BODY"
    for name in ("Datasets", "Search this portal", "All files and formats", "About the data"):
        assert name in reached
    assert any(name.startswith("Save or share") for name in reached)
    page.get_by_role("link", name="About the data").press("Enter")
    expect(page.locator(":target")).to_be_in_viewport()
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    reader.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_keyboard_leads_from_a_number_in_a_text_to_its_receipt(
    browser: Browser, site: Any, scripts: bool
) -> None:
    reader = reader_with(browser, site, java_script_enabled=scripts)
    page = reader.open(f"{DATASET}methodology/")
    number = page.locator(".figure-link")
    assert number.inner_text() == "20,189"
    assert number.get_attribute("title") == "Stops in eight quarters (unit: stop). To its receipt."
    for _ in range(20):
        page.keyboard.press("Tab")
        if number.evaluate("(link) => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"{HOST}{DATASET}#figure-all")
    receipt = page.locator("#figure-all > details.receipt")
    if scripts:
        expect(receipt).to_have_attribute("open", "")
    expect(page.locator("#figure-all:target")).to_be_in_viewport()
    page.keyboard.press("Tab")
    assert receipt.locator("summary").evaluate("(item) => item === document.activeElement")
    if not scripts:
        page.keyboard.press("Enter")
    assert receipt.locator("code").first.is_visible()
    reader.context.close()


def test_the_foot_of_a_page_says_which_numbers_have_a_receipt(reader: Reader) -> None:
    page = reader.open(f"{DATASET}methodology/")
    foot = page.get_by_role("note", name="Receipts")
    said = foot.locator("p").inner_text()
    assert said.startswith(
        "1 typed number has no receipt. Every other figure on this page can be verified"
    )
    assert foot.get_by_role("listitem").all_inner_texts() == ["40 boxes: counted on the form"]


@pytest.mark.parametrize("width", [360, 1280])
def test_a_line_for_a_terminal_is_seen_whole(browser: Browser, site: Any, width: int) -> None:
    reader = reader_with(browser, site, viewport={"width": width, "height": 800})
    page = reader.open(DATASET)
    page.evaluate(OPEN_ALL)
    for code in page.query_selector_all("pre"):
        assert code.evaluate("(pre) => pre.scrollWidth <= pre.clientWidth")
    for box in page.query_selector_all(".copyable:has(pre)"):
        assert box.evaluate(
            """(box) => {
              const button = box.querySelector(".copy").getBoundingClientRect();
              const range = document.createRange();
              range.selectNodeContents(box.querySelector("code"));
              return [...range.getClientRects()].every((r) =>
                r.right <= button.left || r.bottom <= button.top || r.top >= button.bottom);
            }"""
        )
    reader.context.close()


def test_a_table_is_whole_unless_it_is_long_and_always_on_paper(reader: Reader) -> None:
    page = reader.open(DATASET)
    page.evaluate(OPEN_ALL)
    script = """(boxes) => boxes.map((box) => [box.querySelectorAll("tbody tr").length,
      box.scrollHeight > box.clientHeight + 1, getComputedStyle(box).columnCount])"""
    tables = page.locator(".scroll.tall")
    assert all(rows > 20 for rows, cut, _ in tables.evaluate_all(script) if cut)
    page.emulate_media(media="print")
    for rows, cut, columns in tables.evaluate_all(script):
        assert not cut
        assert rows > 12 or columns == "auto"
    assert tables.count()


def test_on_paper_a_receipt_has_its_name_query_file_and_result(reader: Reader) -> None:
    page = reader.open(DATASET)
    page.emulate_media(media="print")
    receipt = page.locator(".figure .receipt").first
    assert receipt.locator("summary").is_visible()
    page.evaluate(OPEN_ALL)
    for part in (".receipt-query", ".files", ".receipt-facts"):
        assert receipt.locator(part).first.is_visible(), part
    assert not receipt.locator(".copyable").first.is_visible()
    limit = receipt.locator("pre").first.evaluate("(pre) => getComputedStyle(pre).maxHeight")
    assert limit == "none"


def test_on_paper_receipts_are_numbered_notes_at_the_end(reader: Reader) -> None:
    page = reader.open(DATASET)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    notes = page.locator(".endnotes > ol > li")
    assert notes.count() == page.locator(".note-number").count() > 4
    second = page.locator(".note-number").nth(1).inner_text()
    assert second == "Receipt 2"
    assert notes.nth(1).locator("summary").inner_text() == (
        "Receipt: Stops that ended in detention"
    )
    assert notes.nth(1).locator(".receipt-query").is_visible()
    assert page.locator("#chart-by-quarter .plot-static > .wide").is_visible()
    assert page.locator(".site-search").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".endnotes, .note-number").count() == 0
    assert page.locator("#figure-all > details.receipt").count() == 1
    assert reader.complaints == []


def test_a_citation_file_gets_the_day_of_access(reader: Reader) -> None:
    page = reader.open(DATASET)
    words = page.locator(".accessed").text_content() or ""
    opened = words.split()[-1].rstrip(".")
    year, month, day = opened.split("-")
    for name, expected in (
        ("RIS", f"Y2  - {year}/{month}/{day}/\nER  - "),
        ("BibTeX", f"  urldate = {{{opened}}}\n}}"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        assert expected in Path(download.value.path()).read_bytes().decode()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSL-JSON").click()
    [item] = json.loads(Path(download.value.path()).read_text())
    assert item["accessed"] == {"date-parts": [[int(year), int(month), int(day)]]}
    assert reader.complaints == []


@pytest.mark.parametrize(("theme", "width"), [*product(THEMES, (360, 1280))])
def test_axe_finds_nothing(browser: Browser, site: Any, theme: str, width: int) -> None:
    """The smallest size of targets included, which axe leaves out unless it is told."""
    size = {"width": width, "height": 800}
    reader = reader_with(browser, site, color_scheme=theme, reduced_motion="reduce", viewport=size)
    axe = Axe()
    rules = {"rules": {"target-size": {"enabled": True}}}
    paths = {("dark", 360): PATHS, ("light", 1280): ("", DATASET, f"{DATASET}codebook/", "a-z/")}
    for path in paths.get((theme, width), (DATASET,)):
        page = reader.open(path)
        if path == DATASET:
            reader.draw_charts()
        page.evaluate(OPEN_ALL)
        result = axe.run(page, options=rules)
        assert result.violations_count == 0, f"{path}: {result.generate_report()}"
    reader.context.close()


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_overflows(browser: Browser, site: Any, width: int, scripts: bool) -> None:
    """320 pixels are a phone, or 1,280 at 400 % (WCAG 2.2, 1.4.10)."""
    size = {"width": width, "height": 800}
    reader = reader_with(browser, site, viewport=size, java_script_enabled=scripts)
    for path in PATHS:
        page = reader.open(path)
        if scripts and path == DATASET:
            reader.draw_charts()
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    reader.context.close()
