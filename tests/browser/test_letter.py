"""The letter builder in a browser: live text, print, copy, and all of it without a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.sample import STOPS_RELEASE
from tests.browser.test_pages import HOST, SHIFTS, THEMES, Reader
from tests.browser.test_pages import browser as browser
from tests.pages.test_requests import ROW, log, rendered_site

LETTER = "requests/letter/"


@pytest.fixture(scope="module")
def site() -> Mapping[str, bytes]:
    few = [ROW | {"request_id": str(n)} for n in range(3)]
    return rendered_site(STOPS_RELEASE, log(few))


@pytest.fixture
def reader(browser: Browser, site: Mapping[str, bytes]) -> Iterator[Reader]:
    made = Reader(browser, site, viewport={"width": 1280, "height": 900})
    yield made
    assert made.complaints == []
    assert made.strangers == []
    made.context.close()


def test_what_is_typed_and_ticked_is_in_the_letter(reader: Reader) -> None:
    page = reader.open(LETTER)
    letter = page.locator(".letter")
    before = letter.inner_text()
    assert "[Name of the agency]" in before
    page.get_by_label("Agency", exact=True).fill('<b>Agency "A"</b>')
    page.get_by_label("Records from").fill("1 October 2025")
    page.get_by_label("Your name").fill("A. Reader")
    page.get_by_label("Who will read the records").fill("I publish them\nwhere all can read.")
    page.get_by_label("Ask you before").fill("$25")
    page.get_by_label("Sex or gender").uncheck()
    after = letter.inner_text()
    assert after.count('<b>Agency "A"</b>') == 2
    assert "from 1 October 2025 to [last day]" in after
    assert after.startswith("A. Reader")
    assert "commercial interest. I publish them where all can read. If you refuse" in after
    assert "costs more than $25." in after
    assert "the sex or gender of the person" in before
    assert "the sex or gender of the person" not in after
    assert page.locator(".letter-count").inner_text().startswith("16 of 17")
    page.get_by_label("Agency", exact=True).fill("")
    assert "[Name of the agency]" in letter.inner_text()
    page.get_by_role("button", name="Tick none").click()
    assert "asks for no field" in page.locator(".letter-count").inner_text()
    page.get_by_role("button", name="Tick all").click()
    assert page.locator(".letter [data-asked]:visible").count() == 17


def test_the_letter_is_copied_as_plain_text(reader: Reader) -> None:
    page = reader.open(LETTER)
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', "
        "{value: {writeText: async (text) => { window.copied = text; }}})"
    )
    page.get_by_label("Day and hour").uncheck()
    page.get_by_role("button", name="Copy the letter").click()
    page.get_by_text("Copied").wait_for()
    text = page.evaluate("window.copied")
    assert text.startswith("[Your name]\n[Your address or e-mail]\n\n[Date]\n\nFOIA Officer\n")
    assert "\n\n1. a number that identifies the record" in text
    assert "\n2. the place of the stop" in text
    assert "\n16. the date and the reason" in text
    assert "  " not in text
    assert text.endswith("Yours sincerely,\n\n[Your name]\n")


def test_where_nothing_can_be_copied_the_letter_is_selected(reader: Reader) -> None:
    page = reader.open(LETTER)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy the letter").click()
    page.get_by_text("press Ctrl+C").wait_for()
    assert "Dear FOIA Officer" in page.evaluate("document.getSelection().toString()")


def test_print_asks_the_browser_and_shows_the_letter_alone(reader: Reader) -> None:
    page = reader.open(LETTER)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Print it").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    assert page.locator(".letter").is_visible()
    for other in (".masthead", ".colophon", ".letter-form", "h1", ".law"):
        assert not page.locator(other).first.is_visible(), other


def test_without_a_script_the_letter_stands_and_the_form_does_not(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, site, java_script_enabled=False)
    page = reader.open(LETTER)
    assert page.locator(".letter [data-asked]:visible").count() == 17
    assert page.locator(".letter-plain").is_visible()
    assert not page.locator(".letter-form").is_visible()
    reader.context.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", [LETTER, "requests/"])
def test_no_barrier_and_nothing_beside_a_narrow_screen(
    browser: Browser, site: Mapping[str, bytes], path: str, theme: str
) -> None:
    reader = Reader(browser, site, viewport={"width": 360, "height": 800}, color_scheme=theme)
    page = reader.open(path)
    assert page.url == HOST + path
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    reader.context.close()


def test_the_form_moves_nothing_and_leaves_no_gap_where_its_script_fails(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    for there in (True, False):
        files = {path: body for path, body in site.items() if there or "/letter." not in path}
        reader = Reader(browser, files, viewport={"width": 400, "height": 900})
        page = reader.open(LETTER)
        page.wait_for_function("document.readyState === 'complete'")
        assert page.evaluate(SHIFTS) < 0.05 or not there
        assert page.locator(".letter-form").is_visible() is there
        assert page.locator(".letter-plain").is_visible() is not there
        top = page.locator(".letter").evaluate("letter => letter.getBoundingClientRect().top")
        assert (top > 1000) is there
        reader.context.close()
