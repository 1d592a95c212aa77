"""The explorer in a browser: every view equals the engine's answer over the published file."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from plainrecord.audit.site import audit_site
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from plainrecord.verify.view import verify_view
from tests.browser import test_pages
from tests.browser.test_pages import OPEN_ALL, SHIFTS, Reader
from tests.browser.test_pages import browser as browser
from tests.pipeline import test_protect
from tests.portals import DESCRIPTOR, ROWS, write_portal, write_releases
from tests.tampering import edit_json, edit_parquet, reseal

RATE = (
    "    - {{name: {0}, title: {0}, by: {1}, benchmark: Few., per: 1000, denominator: "
    "{{label: Visits}}, numerator: {{label: Failures, where: \"outcome = 'fail'\"}}}}\n"
)
EXPLORED = DESCRIPTOR.replace(
    "  figures:",
    "  explore: {fields: [state, outcome], date: visited_on, maps: {state: us-states}}\n"
    f"  rates:\n{RATE.format('failures', 'state')}{RATE.format('again', 'outcome')}"
    "  figures:",
    1,
)
PAGE = "datasets/visits/explore/"
STATES, OUTCOMES, MONTHS = (
    ("CA", "NY", "TX", 'A "quoted", <b>name</b> & more'),
    ("Passed", "Failed"),
    ("2024-11", "2025-07", "2026-01", "2026-02", "2026-03"),
)


def build_explored(root: Path) -> Path:
    """A portal whose visits can be explored by state, outcome and month."""
    rows = ROWS + 'v902,2024-11-05,TX,pass,5\nv901,,"A ""quoted"", <b>name</b> & more",pass,5\n'
    changes: dict[str, str | bytes | None] = {
        "data/visits/datapackage.yaml": EXPLORED,
        "data/visits/visits.csv": rows,
    }
    write_portal(root / "portal", **changes)
    build_portal(root / "portal", root / "site", lambda _: None)
    return root / "site"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_explored(tmp_path_factory.mktemp("explored"))


@pytest.fixture(scope="module")
def site(folder: Path) -> Mapping[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def opened(reader: Reader, choice: str = "") -> Page:
    page = reader.open(PAGE + (f"#{choice}" if choice else ""))
    page.wait_for_selector(".explorer[data-drawn]")
    return page


def number_shown(page: Page) -> int:
    words = page.locator(".answer-words").inner_text()
    match = re.match(r"[\d,]+", words)
    assert match, words
    return int(match[0].replace(",", ""))


def test_views_equal_the_answer_of_their_receipts(
    browser: Browser, site: Mapping[str, bytes], folder: Path
) -> None:
    reader = Reader(browser, site)
    page = opened(reader)
    chance = random.Random(7)  # noqa: S311 - a choice of tests
    for _ in range(25):
        words = [("state", one) for one in chance.sample(STATES, chance.randint(0, 3))]
        words += [("outcome", one) for one in chance.sample(OUTCOMES, chance.randint(0, 1))]
        if chance.random() < 0.5:
            start, end = sorted(chance.choices(MONTHS, k=2))
            words += [("_from", start), ("_to", end)]
        words += [("_show", "rate.failures")] if chance.random() < 0.5 else []
        choice = urlencode(words)
        page.evaluate("choice => { location.hash = choice; }", choice)
        page.wait_for_function("choice => location.hash.slice(1) === choice", arg=choice)
        report = verify_view(f"{folder}/{PAGE}#{choice}")
        assert report.findings == ()
        expect(page.locator(".answer-words")).to_have_text(
            re.compile(f"^{report.number:,} visits? .*{re.escape(report.rate)}")
        )
    assert reader.complaints == []
    assert reader.strangers == []
    reader.context.close()


def test_a_value_with_the_name_of_the_relation_stays_as_it_is(folder: Path) -> None:
    choice = urlencode([("state", 'FROM "view"')])
    report = verify_view(f"{folder}/datasets/visits/rows/visits/#{choice}")
    assert report.sql.count("read_parquet") == 1
    assert report.sql.endswith("""IN ('FROM "view"'))""")


def test_choices_are_in_the_address_and_can_be_taken_back(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, site)
    page = opened(reader)
    whole = number_shown(page)
    page.locator(".explorer-value", has_text="CA").click()
    assert "#state=CA&_version=" in page.url
    one = number_shown(page)
    assert 0 < one < whole
    # The keyboard reaches the same control again, though the list was written anew.
    page.keyboard.press("Enter")
    assert number_shown(page) == whole
    page.go_back()
    assert number_shown(page) == one
    page.get_by_role("button", name="Reset").click()
    assert number_shown(page) == whole
    compare = page.get_by_role("button", name="Compare with New York")
    compare.focus()
    page.keyboard.press("Enter")
    expect(compare).to_be_focused()
    expect(page.locator(".explorer-years thead")).to_contain_text("New York")
    reader.context.close()


def test_a_comparison_has_its_receipt_its_months_and_its_column_in_the_file(
    browser: Browser, site: Mapping[str, bytes], folder: Path
) -> None:
    choice = "state=CA&_from=2026-01&_to=2026-03&_compare=state%1FNY&_show=rate.failures"
    reader = Reader(browser, site)
    page = opened(reader, choice)
    report = verify_view(f"{folder}/{PAGE}#{choice}")
    other = report.compared
    assert other is not None
    assert (report.number, other.number, other.conditions[0]) == (20, 20, "State: New York")
    assert other.rate
    receipt = page.locator(".explorer-receipt")
    expect(receipt).to_contain_text(f"Compared: {other.number} visits. {other.rate}")
    expect(receipt).to_contain_text("\"state\" IN ('NY')")
    page.locator(".explorer-periods > summary").click()
    lines = page.locator(".explorer-periods tr")
    expect(lines).to_contain_text(["New York", "January 2026", "February 2026", "March 2026"])
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this view (CSV)").click()
    head = Path(download.value.path()).read_text().splitlines()[0]
    assert head.startswith('field,value,count,Failures,Visits,"Failures per 1,000 visits",compared')
    assert reader.complaints == []
    page.evaluate("location.hash = '_compare=state%1FAtlantis'")
    expect(page.locator(".explorer-fault")).to_contain_text("Atlantis")
    report = verify_view(f"{folder}/{PAGE}#_compare=state%1FAtlantis")
    assert "Atlantis" in report.findings[0].found
    reader.context.close()


def test_a_choice_on_the_map_is_the_choice_of_the_buttons(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, site)
    page = opened(reader)
    places = page.locator(".explorer-places > path")
    expect(places).to_have_count(51)
    texas = places.filter(has=page.locator("title", has_text=re.compile("^Texas: 21$")))
    texas.click()
    assert "#state=TX&" in page.url
    assert number_shown(page) == 21
    expect(texas).to_have_class(re.compile("chosen"))
    expect(page.locator(".explorer-value[data-value=TX]")).to_have_attribute("aria-pressed", "true")
    page.locator(".explorer-value[data-value=NY]").press("Enter")
    chosen = page.locator(".explorer-places > path.chosen title")
    assert sorted(chosen.all_text_contents()) == ["New York: 20", "Texas: 21"]
    # A place without records cannot be chosen; what is no place is named.
    places.filter(has=page.locator("title", has_text=re.compile("^Ohio: 0$"))).click()
    assert number_shown(page) == 41
    expect(page.locator(".explorer-map")).to_contain_text(f"Not on the map: {STATES[3]} (1).")
    assert reader.complaints == []
    reader.context.close()
    path = f"{PAGE}map-1.json"  # as where the value is a code of Guam
    drawn = json.dumps({**json.loads(site[path]), "undrawn": {STATES[3]: "Guam"}}).encode()
    reader = Reader(browser, {**site, path: drawn})
    said = "Places that this map does not draw: Guam (1)."
    expect(opened(reader).locator(".explorer-map")).to_contain_text(said)
    reader.context.close()


def test_hostile_values_stay_texts(browser: Browser, site: Mapping[str, bytes]) -> None:
    reader = Reader(browser, site)
    page = opened(reader, urlencode([("state", STATES[3])]))
    assert number_shown(page) == 1
    assert page.locator(".explorer-values b").count() == 0
    assert STATES[3] in page.locator(".answer-words").inner_text()
    reader.context.close()


def test_an_address_with_unknown_values_says_so(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, site)
    words = [("state", "Atlantis"), ("_from", "1066-10"), ("_show", "constructor")]
    page = opened(reader, urlencode(words))
    fault = page.locator(".explorer-fault")
    expect(fault).to_contain_text("Atlantis")
    expect(fault).to_contain_text("1066-10")
    expect(fault).to_contain_text("constructor")
    reader.context.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("path", [PAGE, "datasets/visits/rows/visits/"])
def test_what_the_script_shows_moves_little(
    browser: Browser, site: Mapping[str, bytes], path: str, width: int
) -> None:
    reader = Reader(browser, site, viewport={"width": width, "height": 900})
    page = reader.open(path)
    page.wait_for_selector(".explorer[data-drawn]")
    assert page.evaluate(SHIFTS) < 0.1
    reader.context.close()


@pytest.mark.parametrize("fault", ["cut", "half", "absent", "broken"])
def test_a_fault_leaves_the_totals(browser: Browser, site: Mapping[str, bytes], fault: str) -> None:
    cut, document = "datasets/visits/downloads/explorer.parquet", f"{PAGE}explorer.json"
    script = next(path for path in site if path.startswith("assets/explorer.") and ".js" in path)
    files = dict(site)
    if fault == "cut":
        files[cut] = site[cut][:200]
    elif fault == "half":
        files[document] = json.dumps(json.loads(site[document]) | {"fields": []}).encode()
    elif fault == "absent":
        del files[script]
    else:
        files[script] = b"}"
    reader = Reader(browser, files)
    page = reader.open(PAGE)
    expect(page.locator(".explorer-fault")).to_be_visible()
    expect(page.locator(".explorer-fault")).to_contain_text("could not be")
    assert number_shown(page) == 62
    assert page.locator(".explorer-field tbody tr").count() == 6
    if fault != "half":  # it fails after the tools were built; the others leave no gap for them
        assert page.locator(".explorer-tools").bounding_box() is None
    reader.context.close()


@pytest.mark.parametrize(
    ("page", "file", "column"),
    [(PAGE, "explorer", "count"), ("datasets/visits/rows/visits/", "visits", "score")],
)
def test_a_file_with_other_numbers_is_not_shown(
    browser: Browser,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    file: str,
    column: str,
) -> None:
    """Such as the file of another release, from a cache; only secure pages can compute hashes."""
    monkeypatch.setattr(test_pages, "HOST", test_pages.HOST.replace("http:", "https:"))
    copy = shutil.copytree(folder, tmp_path / "site")
    for change in (False, True):
        if change:
            edit_parquet(copy / f"datasets/visits/downloads/{file}.parquet", column, "1", "TRUE")
        files = [path for path in copy.rglob("*") if path.is_file()]
        reader = Reader(browser, {p.relative_to(copy).as_posix(): p.read_bytes() for p in files})
        shown = reader.open(page)
        if change:
            expect(shown.locator(".explorer-fault")).to_contain_text("is not the file that this")
        else:
            shown.wait_for_selector(".explorer[data-drawn]")
            expect(shown.locator(".explorer-receipt")).not_to_contain_text("not loaded over https")
        assert number_shown(shown) == 62
        reader.context.close()


BREAK = "document.createElementNS = () => { throw new Error('no pictures'); };"
REFUSE = "history.pushState = () => { throw new Error('too many'); };"


def test_what_fails_after_a_choice_is_said(browser: Browser, site: Mapping[str, bytes]) -> None:
    reader = Reader(browser, site)
    page = opened(reader)
    page.evaluate(f"() => {{ {BREAK} }}")
    page.locator(".explorer-value[data-value=TX]").click()
    notice = page.locator(".explorer-fault")
    expect(notice).to_contain_text("A part of this page could not be drawn (no pictures)")
    reader.page.add_init_script(BREAK)
    page.reload()
    expect(notice).to_contain_text("A part of this page could not be drawn (no pictures)")
    rows = reader.open("datasets/visits/rows/visits/")
    rows.wait_for_selector(".explorer[data-drawn]")
    broken = BREAK.replace("document.createElementNS", "Uint32Array.prototype.subarray")
    rows.evaluate(f"() => {{ {broken} }}")
    rows.locator(".rows-sort select").select_option(index=1)
    expect(notice).to_contain_text("A part of this page could not be drawn (no pictures)")
    reader.context.close()


def test_a_refused_address_does_not_stop_the_page(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    """Safari takes 100 in 30 seconds."""
    reader = Reader(browser, site)
    page = opened(reader)
    page.evaluate(f"() => {{ {REFUSE} }}")
    for number in (21, 62):
        page.locator(".explorer-value[data-value=TX]").click()
        expect(page.locator(".answer-words")).to_have_text(re.compile(f"^{number} "))
        expect(page.locator(".explorer-receipt")).to_contain_text(
            "#state=TX" if number == 21 else "#_v"
        )
    assert reader.complaints == []
    reader.context.close()


def test_the_page_informs_without_a_script(browser: Browser, site: Mapping[str, bytes]) -> None:
    reader = Reader(browser, site, java_script_enabled=False)
    page = reader.open(PAGE)
    assert page.locator(".answer-words").inner_text() == "62 visits in all"
    lines = page.locator(".explorer-years tbody tr").all_inner_texts()
    assert lines == ["2024 (incomplete)\t1", "2026 (incomplete)\t60", "Missing\t1"]
    reader.context.close()


@pytest.mark.parametrize(("width", "theme"), [(320, "dark"), (768, "light"), (1280, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(
    browser: Browser, site: Mapping[str, bytes], width: int, theme: str
) -> None:
    size = {"width": width, "height": 800}
    reader = Reader(browser, site, viewport=size, color_scheme=theme, reduced_motion="reduce")
    page = opened(reader, "state=CA&_compare=outcome%1FFailed")
    page.evaluate(OPEN_ALL)
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    reader.context.close()


FIELDS = (
    "  explore: {fields: [state, race, age, outcome, stopped_on], maps: {state: us-states}}\n"
    "  figures:"
)
BY_QUARTER = "      - {dimensions: [stopped_on]}\n"


def build_protected(root: Path) -> Path:
    """A portal of protected stops that can be explored in their released tables."""
    portal = test_protect.write(root / "portal", test_protect.TABLES + BY_QUARTER)
    descriptor = portal / "data/stops/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace("  figures:", FIELDS, 1))
    test_protect.protect(portal)
    build_portal(portal, root / "site", lambda _: None)
    return root / "site"


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_protected(tmp_path_factory.mktemp("protected"))


def test_a_protected_dataset_shows_released_counts_alone(browser: Browser, protected: Path) -> None:
    files = [path for path in protected.rglob("*") if path.is_file()]
    site = {path.relative_to(protected).as_posix(): path.read_bytes() for path in files}
    address = "datasets/stops/explore/"
    fields = json.loads(site[f"{address}explorer.json"])["fields"]
    values = [(field["name"], value["name"]) for field in fields for value in field["values"]]
    assert ("race", "Withheld") in values
    brackets = [value for name, value in values if name == "age"]
    assert brackets == ["under 18", "18 to 39", "40 and over"]  # not by their counts
    quarters = [value for name, value in values if name == "stopped_on"]
    assert quarters == sorted(quarters)
    assert len(quarters) > 1
    reader = Reader(browser, site)
    page = reader.open(address)
    page.wait_for_selector(".explorer[data-drawn]")
    places = json.loads(site[f"{address}map-1.json"])["places"]
    assert {"Texas", "California"} < {place["name"] for place in places if place["value"]}
    kinds, drawn = set(), set()
    pairs = [[one] for one in values] + [list(two) for two in combinations(values, 2)]
    for words in pairs[::3]:
        choice = urlencode(words)
        page.evaluate("choice => { location.hash = choice; }", choice)
        page.wait_for_function("choice => location.hash.slice(1) === choice", arg=choice)
        report = verify_view(f"{protected}/{address}#{choice}")
        number = "A suppressed number" if report.suppressed else "An unreleased number"
        if report.number is not None:
            number = f"{report.number:,} stops?"
        if {name for name, _ in words} == {"state", "outcome"}:
            assert not report.sql
            reason = page.locator("[data-field=outcome] .explorer-reason")
            expect(reason).to_have_text("Not released together with State.")
            assert page.locator("[data-field=outcome] .explorer-value:enabled").count() == 1
        elif len(dict(words)) == len(words):
            expect(page.locator(".answer-words")).to_have_text(re.compile(f"^{number} "))
            kinds.add(number[:4])
        # The map shows each state as its button does.
        for state in page.locator("[data-field=state] .explorer-value").all_inner_texts():
            value, count = state.removeprefix("✓ ").split("\n")
            told = {"suppressed": "fill='url(#explorer-hatch)'", "not released": "class~=f-grid"}
            place = page.locator(f".explorer-places > path[{told.get(count, 'd')}] > title")
            assert f"{value}: {count}" in place.all_text_contents()
            drawn.add(count if count in told else "")
    page.evaluate("location.hash = 'race=Black'")
    expect(page.locator(".answer-words")).to_contain_text("Race: Black")
    shown = page.locator("[data-field=age] .explorer-name").all_inner_texts()
    assert [name.removeprefix("✓ ") for name in shown] == brackets
    assert {"A su", "An u"} < kinds
    page.evaluate("location.hash = '_from=2020&_show=share'")
    expect(page.locator(".explorer-fault")).to_contain_text("not in the records: 2020, share.")
    assert len(verify_view(f"{protected}/{address}#_from=2020&_show=share").findings) == 2
    assert {"", "suppressed", "not released"} <= drawn
    assert reader.complaints == []
    reader.context.close()
    assert audit_site(protected).findings == ()
    assert verify_site(str(protected), None, lambda _: None).findings == ()


RECEIPTS = "datasets/visits/receipts.json"


def find_false_words(folder: Path, site: Path, changes: Mapping[str, Any]) -> list[str]:
    """What a verifier says of a site whose documents were changed."""
    shutil.copytree(folder, site)
    for path, change in changes.items():
        edit_json(site / path, change)
    reseal(site)
    findings = verify_site(str(site), None, lambda _: None).findings
    # The kind of year in a document also says which years of a receipt are incomplete.
    assert {finding.file for finding in findings} - {RECEIPTS} == {*changes}
    return [finding.found for finding in findings]


def test_an_explorer_of_released_tables_is_verified(protected: Path, tmp_path: Path) -> None:
    def change(document: Any) -> None:
        document["tables"][0]["file"] = document["tables"][1]["file"]
        document["rounding"] = 5
        values = document["fields"][1]["values"]
        names = [value["name"] for value in values]
        withheld = names.index("Withheld")
        values[withheld]["name"] = "Unknown"
        values[withheld - 1]["name"] = "Everyone"
        document["fields"][0]["names"]["TX"] = "Utah"
        document["fields"][2]["order"].reverse()

    path = "datasets/stops/explore/explorer.json"
    found = find_false_words(protected, tmp_path / "site", {path: change})
    words = ("the SHA-256 of", "rounding is 5", "a value of race is 'Unknown'", "'Everyone'")
    for told in (*words, "the name of TX is 'Utah'", "the order of age", "version"):
        assert [one for one in found if told in one], told


def test_the_words_of_views_are_verified(folder: Path, tmp_path: Path) -> None:
    def explore(document: Any) -> None:
        document |= {"unit": "death", "units": "deaths", "citation": "Somebody."}
        document["period"] |= {
            "label": "Month of the death",
            "year": "fiscal",
            "incomplete": ["2024-11"],
        }
        document["rates"][0] |= {"words": "Survivors", "title": "Best", "per": 10}
        document["rates"][0] |= {"part": "Crimes", "whole": "People"}

    def rows(document: Any) -> None:
        document |= {"rows": 1, "version": "2020-01-01"}
        document["columns"][2] |= {"label": "County", "filters": [], "absent": []}

    paths = (f"{PAGE}explorer.json", "datasets/visits/rows/visits/rows.json")
    changes = dict(zip(paths, (explore, rows), strict=True))
    found = "\n".join(find_false_words(folder, tmp_path / "site", changes))
    words = ("unit is", "units is", "citation is", "the label of visited_on", "the year 'fiscal'")
    more = ("the words of the rate failures", "the title of the rate", "is per 10", "rows is 1")
    last = (
        "part of failures is 'Crimes'",
        "whole of failures is 'People'",
        "incomplete is ['2024-11']",
    )
    for told in (*words, *more, *last, "version is", "label of ", "filters of", "absent of"):
        assert told in found, told


def test_the_line_is_seen_and_shares_and_an_index_follow(
    browser: Browser, site: Mapping[str, bytes]
) -> None:
    reader = Reader(browser, site)
    page = opened(reader, "state=CA&_show=share")
    line = page.locator(".explorer-trend path").first
    assert line.evaluate("path => getComputedStyle(path).stroke") != "none"
    expect(page.locator(".explorer-trend text").first).to_have_text("0%")
    page.locator(".explorer-tools select").last.select_option("index")
    assert "_show=index" in page.url
    expect(page.locator(".explorer-trend")).to_contain_text("Index: January 2026 = 100.")
    page.evaluate(
        "location.hash = 'state=CA&_from=2026-01&_to=2026-02&_show=share&_compare=state%1FNY'"
    )
    expect(page.locator(".answer-words")).to_contain_text(
        re.compile(
            "from January 2026 to February 2026. That is [0-9.]+% of all visits in that time."
        )
    )
    expect(page.locator(".answer-words")).to_contain_text("State: New York, all else as chosen.")
    reader.context.close()


def test_a_rate_follows_each_choice_and_has_both_counts(
    browser: Browser, site: Mapping[str, bytes], folder: Path
) -> None:
    reader = Reader(browser, site)
    page = opened(reader, "_show=rate.failures&_compare=state%1FNY")
    words = "Failures per 1,000 visits: 193.5 (Failures: 12; Visits: 62)"
    expect(page.locator(".answer-words")).to_contain_text(words)
    assert words in page.locator(".explorer-receipt").inner_text()
    offered = page.locator(".explorer-tools option").all_text_contents()
    assert [one for one in offered if "1,000" in one] == ["Failures per 1,000 visits"]
    expect(page.locator(".explorer-value[data-value=Failed]")).to_contain_text("1,000")
    texas = page.locator(".explorer-places > path > title").filter(has_text="Texas")
    share = page.locator(".explorer-value[data-value=TX] .explorer-number").inner_text()
    assert texas.all_text_contents() == [f"Texas: {share}"]
    ohio = page.locator(".explorer-places > path > title").filter(has_text="Ohio")
    assert ohio.all_text_contents() == ["Ohio: no rate"]
    expect(page.locator(".explorer-years thead")).to_contain_text("Failures per 1,000 visits")
    assert reader.complaints == []
    reader.context.close()
    for shown in ("rate.other", "constructor"):
        report = verify_view(f"{folder}/{PAGE}#_show={shown}")
        assert [f.found for f in report.findings] == [f"the address names _show={shown}"]


def test_periods_without_a_record_are_zero(browser: Browser, site: Mapping[str, bytes]) -> None:
    reader = Reader(browser, site)
    page = opened(reader)
    periods = page.locator(".explorer-tools select").first.locator("option").all_inner_texts()
    assert periods[:3] == ["November 2024", "December 2024", "January 2025"]
    assert len(periods) == 17
    years = [
        line.split("\t") for line in page.locator(".explorer-years tbody tr").all_inner_texts()
    ]
    assert [line[:2] for line in years[:2]] == [["2024 (incomplete)", "1"], ["2025", "0"]]
    reader.context.close()


def test_a_link_keeps_the_release_that_it_was_made_with(browser: Browser, tmp_path: Path) -> None:
    root = write_releases(tmp_path / "portal")
    descriptor = root / "data/visits/datapackage.yaml"  # the releases have no explorer of their own
    explored = descriptor.read_text().replace(
        "  figures:", "  explore: {fields: [state]}\n  figures:"
    )
    descriptor.write_text(explored)
    build_portal(root, tmp_path / "site", lambda _: None)
    assert verify_site(str(tmp_path / "site"), None, lambda _: None).holds
    pages = ("explore/", "rows/visits/")
    for page in pages:
        link = f"{tmp_path}/site/datasets/visits/{page}#state=CA&_version="
        then, now = (verify_view(f"{link}{date}") for date in ("2026-10-01", "2026-11-01"))
        assert (then.number, now.number, then.findings) == (20, 21, ())
        assert "releases/2026-10-01/downloads" in then.path
        assert "release of 1 October 2026" in then.conditions
        frozen = verify_view(
            link.replace("/visits/", "/visits/releases/2026-10-01/", 1) + "2026-10-01"
        )
        assert (frozen.number, frozen.sql) == (20, then.sql)
        gone = verify_view(f"{link}2025-01-01")
        assert (gone.number, [finding.rule for finding in gone.findings]) == (21, ["view-unknown"])
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    site = {path.relative_to(tmp_path / "site").as_posix(): path.read_bytes() for path in files}
    for page in pages:
        reader = Reader(browser, site)
        shown = reader.open(f"datasets/visits/{page}#state=CA&_version=2026-10-01")
        shown.wait_for_selector(".explorer[data-drawn]")
        expect(shown.locator(".answer-words")).to_have_text(re.compile("^21 "))
        notice = shown.locator(".explorer-version")
        expect(notice).to_contain_text(
            "This link was made with the release of 1 October 2026. The numbers below are from the "
            "release of 1 November 2026."
        )
        notice.get_by_role("link").click()
        shown.wait_for_selector(".explorer[data-drawn]")
        expect(shown.locator("h1")).to_contain_text("release of 1 October 2026")
        expect(shown.locator(".answer-words")).to_have_text(re.compile("^20 "))
        expect(shown.locator(".explorer-version")).to_be_hidden()
        expect(shown.locator(".explorer-receipt")).to_contain_text("_version=2026-10-01")
        assert reader.complaints == []
        reader.context.close()
