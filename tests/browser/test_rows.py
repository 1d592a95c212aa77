"""The rows of a table in a browser: every view equals the engine's answer over the published file."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from plainrecord.verify.view import verify_view
from tests.browser.test_pages import OPEN_ALL, Reader
from tests.browser.test_pages import browser as browser
from tests.portals import write_portal

PAGE = "datasets/visits/rows/visits/"
DESCRIPTOR = """$schema: https://datapackage.org/profiles/2.0/datapackage.json
name: visits
title: Inspection visits
licenses: [{name: CC0-1.0}]
sources: [{title: The inspectorate, path: "https://inspect.example/"}]
resources:
  - name: visits
    title: Visits
    path: visits.csv
    schema:
      fields:
        - {name: site, type: string, title: Site}
        - {name: seen, type: date, title: Day}
        - {name: filed, type: datetime, title: Filed}
        - {name: month, type: yearmonth, title: Month}
        - {name: fee, type: number, title: Fee}
        - {name: staff, type: integer, title: Staff}
        - {name: closed, type: boolean, title: Closed}
        - {name: "result: last", type: string, title: Result, categories: [{value: p, label: Passed}, {value: f, label: Failed}]}
      missingValues: ["", {value: "(b)(4)", label: "withheld: trade secrets", kind: withheld}]
plainrecord:
  summary: Visits to sites by inspectors. Each row is one visit.
  unit: visit
  updated: 2026-10-01
  privacy: {open: Sites are not people.}
"""
SITES = (
    "Ärzte İstanbul",
    "ΣΊΣΥΦΟΣ",
    'A "quoted", <b>name</b>',
    "plain",
    "Plain & more",
    "",
    "(b)(4)",
)
DAYS = ("2026-01-31", "1999-12-31", "2026-02-01", "")
NUMBERS = ("-1.5", "0.1", "12345678901234.25", "0", "", "(b)(4)")
INTEGERS = ("9007199254740993", "9007199254740992", "-3", "0", "")
ROWS = "site,seen,filed,month,fee,staff,closed,result: last\n" + "".join(
    ",".join(
        (
            '"{}"'.format(SITES[n % 7].replace('"', '""')),
            DAYS[n % 4],
            ("2026-01-31T23:59:59", "1969-12-31T12:00:00", "")[n % 3],
            ("2026-01", "2025-12", "(b)(4)")[n // 3 % 3],
            NUMBERS[n // 2 % 6],
            INTEGERS[n // 5 % 5],
            ("true", "false", "")[n // 4 % 3],
            ("p", "f", "(b)(4)", "")[n // 7 % 4],
        )
    )
    + "\n"
    for n in range(120)
)


def build_rows(root: Path) -> Path:
    """A portal of visits whose rows are released."""
    changes: dict[str, str | bytes | None] = {
        "data/visits/datapackage.yaml": DESCRIPTOR,
        "data/visits/visits.csv": ROWS,
    }
    build_portal(write_portal(root / "portal", **changes), root / "site", lambda _: None)
    return root / "site"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_rows(tmp_path_factory.mktemp("rows"))


@pytest.fixture(scope="module")
def site(folder: Path) -> Mapping[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def reader(browser: Browser, site: Mapping[str, bytes]) -> Iterator[Reader]:
    one = Reader(browser, site)
    yield one
    one.context.close()


def choose(page: Page, choice: str) -> None:
    """Follow the address of a view, and wait until it is drawn."""
    page.evaluate(
        "choice => { delete document.querySelector('.rows').dataset.drawn; location.hash = '';"
        " location.hash = choice || '_page=1'; }",
        choice,
    )
    page.wait_for_selector(".rows[data-drawn]:not([data-busy])")


def opened(reader: Reader, choice: str = "") -> Page:
    page = reader.open(PAGE + (f"#{choice}" if choice else ""))
    page.wait_for_selector(".rows[data-drawn]:not([data-busy])")
    return page


def number_shown(page: Page) -> int:
    return int(page.locator(".answer-words").inner_text().split(" ")[0].replace(",", ""))


def listed(name: str, values: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, str]]]:
    present = st.sampled_from([v for v in values if v not in ("", "(b)(4)")])
    marks = st.sampled_from(["", "(b)(4)"])
    return st.lists(
        present.map(lambda v: (name, v)) | marks.map(lambda v: ("_absent", f"{name}:{v}")),
        max_size=2,
    )


def limited(name: str, values: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, str]]]:
    limits = st.sampled_from([v for v in values if v not in ("", "(b)(4)")])
    pairs = st.tuples(st.sampled_from(["_from", "_to"]), limits.map(lambda v: f"{name}:{v}"))
    return st.lists(pairs, max_size=2, unique_by=lambda pair: pair[0])


CHOICES = (
    st.tuples(
        listed("site", SITES),
        listed("closed", ("true", "false")),
        listed("result: last", ("p", "f")),
        listed("staff", INTEGERS),
        limited("seen", DAYS),
        limited("filed", ("2026-01-31", "1969-12-31")),
        limited("month", ("2026-01", "2025-12")),
        limited("fee", NUMBERS),
        limited("staff", INTEGERS),
        st.sampled_from(
            [[], *([("_text", f"site:{v}")] for v in ("istanbul", "σίσυφος", "PLAIN", '"q'))]
        ),
    )
    .map(lambda parts: [part for number, part in enumerate(parts) if part][:3])
    .map(lambda parts: [pair for part in parts for pair in part])
)


@given(words=CHOICES)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_views_equal_the_answer_of_their_receipts(
    reader: Reader, folder: Path, words: list[tuple[str, str]]
) -> None:
    page = reader.page if PAGE in reader.page.url else opened(reader)
    choose(page, urlencode(words))
    report = verify_view(f"{folder}/{PAGE}#{urlencode(words)}")
    assert report.findings == ()
    assert number_shown(page) == report.number, report.sql
    assert reader.complaints == []
    assert reader.strangers == []


def test_rows_are_sorted_with_absent_values_last(reader: Reader) -> None:
    page = opened(reader, "_sort=staff:down")
    column = page.locator(".rows-table td:nth-child(6)")
    assert column.first.inner_text() == "9007199254740993"
    choose(page, "_sort=staff:down&_page=3")
    assert column.last.inner_text() == "Missing"
    page.get_by_role("columnheader", name="Fee").get_by_role("button").click()
    page.wait_for_selector(".rows[data-drawn]:not([data-busy])")
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Fee")
    assert page.evaluate("document.activeElement.dataset.name") == "fee"
    expect(page.locator(".rows-table td:nth-child(5)").first).to_have_text("-1.5")


def test_values_are_shown_as_in_the_csv(reader: Reader, site: Mapping[str, bytes]) -> None:
    lines = site["datasets/visits/downloads/visits.csv"].decode("utf-8-sig").splitlines()
    page = opened(reader)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these rows (CSV)").click()
    content = Path(download.value.path()).read_bytes().decode()
    assert list(csv.reader(content.splitlines())) == list(csv.reader(lines))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download with a README (ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        assert packed.read("visits-rows.csv").decode() == content
        readme = packed.read("README.txt").decode()
    assert "SHA-256" in readme
    assert "verify --view" in readme


def test_facets_columns_and_chips_follow_the_choice(reader: Reader) -> None:
    page = opened(reader, "_column=site&_column=result%3A+last")
    assert page.locator(".rows-table thead th").count() == 2
    page.locator(".rows-filter summary", has_text="Result").click()
    values = page.locator(".rows-filter", has_text="Result").locator(".explorer-value")
    expect(values).to_have_count(4)
    values.filter(has_text="Passed").click()
    expect(page.locator(".rows-chips")).to_contain_text("Result: Passed")
    assert "result%3A+last=p" in page.url
    expect(page.locator(".answer-words")).to_have_text(re.compile("of 120 visits"))
    page.locator(".rows-chips button").click()
    expect(page.locator(".answer-words")).to_have_text("120 visits in all")
    page.go_back()
    expect(page.locator(".answer-words")).to_have_text(re.compile("of 120 visits"))


def test_an_address_with_unknown_values_says_so(reader: Reader, folder: Path) -> None:
    choice = urlencode([("nothing", "1"), ("_from", "seen:yesterday"), ("_text", "fee:1")])
    page = opened(reader, choice)
    for word in ("nothing", "seen:yesterday", "fee:1"):
        expect(page.locator(".explorer-fault")).to_contain_text(word)
    assert number_shown(page) == 120
    report = verify_view(f"{folder}/{PAGE}#{choice}")
    assert (report.number, len(report.findings)) == (120, 3)


def test_what_fits_no_row_and_hostile_texts(reader: Reader) -> None:
    page = opened(reader, urlencode([("site", "Atlantis")]))
    expect(page.locator(".rows-table caption")).to_have_text("No row fits these filters.")
    choose(page, urlencode([("site", SITES[2])]))
    assert page.locator(".rows-table b").count() == 0
    assert page.locator(".rows-table td").first.inner_text() == SITES[2]


@pytest.mark.parametrize("fault", ["cut", "half"])
def test_a_fault_leaves_the_first_rows(
    browser: Browser, site: Mapping[str, bytes], fault: str
) -> None:
    table, document = "datasets/visits/downloads/visits.parquet", f"{PAGE}rows.json"
    described = json.loads(site[document])
    described["columns"][3]["name"] = "gone"
    broken = {"cut": {table: site[table][:300]}, "half": {document: json.dumps(described).encode()}}
    reader = Reader(browser, {**site, **broken[fault]})
    page = reader.open(PAGE)
    expect(page.locator(".explorer-fault")).to_contain_text("could not be")
    assert number_shown(page) == 120
    assert page.locator(".rows-table tbody tr").count() == 20
    reader.context.close()


def test_the_page_informs_without_a_script(
    browser: Browser, site: Mapping[str, bytes], folder: Path
) -> None:
    reader = Reader(browser, site, java_script_enabled=False)
    page = reader.open(PAGE)
    assert page.locator(".rows-table tbody tr").count() == 20
    assert page.locator(".rows-table td").nth(7).inner_text() == "Passed"
    assert page.locator("a[download]").count() >= 3
    reader.context.close()
    assert verify_site(str(folder), None, lambda _: None).holds


@pytest.mark.parametrize(
    ("width", "theme"), [(320, "dark"), (360, "light"), (768, "dark"), (1280, "light")]
)
def test_axe_finds_nothing_and_nothing_overflows(
    browser: Browser, site: Mapping[str, bytes], width: int, theme: str
) -> None:
    """320 px are 1280 px at 400 % zoom."""
    size = {"width": width, "height": 800}
    reader = Reader(browser, site, viewport=size, color_scheme=theme, reduced_motion="reduce")
    page = opened(reader, "result%3A+last=p&_from=seen:2026-01-01")
    page.evaluate(OPEN_ALL)
    page.wait_for_selector(".rows-filter .explorer-value")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    reader.context.close()
