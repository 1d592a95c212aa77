"""The explorer of a table with so many combinations that its file is split by year."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, expect

from plainrecord.measures import explorer
from plainrecord.verify.site import verify_site
from plainrecord.verify.view import verify_view
from tests.browser import test_pages
from tests.browser.test_explorer import PAGE, build_explored, number_shown, opened
from tests.browser.test_pages import Reader
from tests.browser.test_pages import browser as browser
from tests.tampering import edit_json, reseal

FILE = "datasets/visits/downloads/explorer.parquet"
YEARS = ["2024", "2026", "Missing"]
CHOICES = (
    "_from=2025-01&_to=2025-12",
    "_from=2024-11&_to=2025-07&state=TX&_show=share",
    "state=NY&outcome=Failed&_show=rate.failures",
    "_from=2026-01&_to=2026-03&_compare=state%1FCA",
    "",
)
LOADED = (0, 1, 3, 3, 3)
"""How many years are loaded when a choice is shown."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explorer, "MOST_CELLS", 3)
        return build_explored(tmp_path_factory.mktemp("split"))


@pytest.fixture(scope="module")
def site(folder: Path) -> Mapping[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def list_groups(folder: Path) -> list[tuple[int, int]]:
    """Where the rows of each year begin and end in the file."""
    found = pq.read_metadata(folder / FILE)
    columns = [
        [found.row_group(n).column(c) for c in range(found.num_columns)]
        for n in range(found.num_row_groups)
    ]
    starts = [min(c.dictionary_page_offset or c.data_page_offset for c in one) for one in columns]
    sizes = [sum(c.total_compressed_size for c in one) for one in columns]
    return [(start, start + size) for start, size in zip(starts, sizes, strict=True)]


def test_a_page_loads_the_years_of_its_view(
    browser: Browser, site: Mapping[str, bytes], folder: Path
) -> None:
    groups = list_groups(folder)
    assert len(groups) == len(YEARS)
    reader = Reader(browser, site)
    reader.parts = []
    page = opened(reader, CHOICES[0])
    for choice, many in zip(CHOICES, LOADED, strict=True):
        page.evaluate("choice => { location.hash = choice; }", choice)
        report = verify_view(f"{folder}/{PAGE}#{choice}")
        assert report.findings == ()
        words = re.compile(f"^{report.number:,} visits? .*{re.escape(report.rate)}")
        expect(page.locator(".answer-words")).to_have_text(words)
        assert reader.parts[1:] == groups[:many]  # after the description of the file
    assert reader.complaints == []
    reader.context.close()


def test_a_host_that_sends_no_parts_sends_the_file(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, site)
    page = opened(reader)
    assert number_shown(page) == 62
    assert reader.asked.count(FILE) == 1
    reader.context.close()


def test_a_browser_that_saves_data_asks_before_it_loads(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, site)
    reader.parts = []
    saving = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
    reader.page.add_init_script(saving)
    page = reader.open(PAGE)
    state = page.locator(".explorer-state")
    expect(state).to_contain_text("not loaded yet")
    assert number_shown(page) == 62
    assert len(reader.parts) == 1  # the description of the file
    periods = page.locator(".explorer-tools select")
    assert periods.last.locator("option:checked").text_content() == "numbers"
    assert periods.nth(1).locator("option:checked").text_content() == "March 2026"
    state.get_by_role("button").click()
    expect(state).to_be_hidden()
    assert number_shown(page) == 62
    reader.context.close()


def test_a_year_that_cannot_be_loaded_is_named_and_tried_again(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    files = dict(site)
    reader = Reader(browser, files)
    reader.parts = []
    page = opened(reader, CHOICES[0])
    del files[FILE]
    page.evaluate("location.hash = 'state=TX'")
    state = page.locator(".explorer-state")
    expect(state).to_contain_text("The records of 2024 could not be loaded")
    files |= site
    state.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer-words")).to_have_text(re.compile("^21 visits with State: Texas"))
    expect(state).to_be_hidden()
    reader.context.close()


@pytest.mark.parametrize("part", [0, -1])
def test_a_part_with_other_bytes_is_not_shown(
    browser: Browser, site: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """Of a year, or of the description of the file; only secure pages can compute hashes."""
    monkeypatch.setattr(test_pages, "HOST", test_pages.HOST.replace("http:", "https:"))
    parts = json.loads(site[f"{PAGE}explorer.json"])["parts"]
    changed = bytearray(site[FILE])
    changed[parts[part]["start"] + parts[part]["bytes"] // 2] ^= 1
    for files in (site, {**site, FILE: bytes(changed)}):
        reader = Reader(browser, files)
        reader.parts = []
        page = reader.open(f"{PAGE}#state=TX")
        if files is site:
            expect(page.locator(".answer-words")).to_have_text(re.compile("^21 visits"))
            expect(page.locator(".explorer-receipt")).not_to_contain_text("not loaded over https")
        else:
            notice = page.locator(".explorer-state" if part == 0 else ".explorer-fault")
            expect(notice).to_contain_text("it is not the file that this page describes")
            assert number_shown(page) == 62
        reader.context.close()


def test_other_values_or_parts_than_those_of_the_file_are_found(folder: Path) -> None:
    def change(document: Any) -> None:
        document["fields"][0]["known"].append("Guam")
        document["parts"][1]["sha256"] = document["parts"][0]["sha256"]
        document["parts"][2]["start"] = 4
        del document["parts"][-1]

    assert verify_site(str(folder), None, lambda _: None).findings == ()
    edit_json(folder / PAGE / "explorer.json", change)
    reseal(folder)
    findings = verify_site(str(folder), None, lambda _: None).findings
    named = [finding.found.partition(" is ")[0] for finding in findings]
    assert named == ["part 2", "part 3", "what no part has"]
    report = verify_view(f"{folder}/{PAGE}")
    assert [f.found for f in report.findings] == [
        "'Guam' is in only one of the file and the list of state"
    ]
