"""Any address of a view: its page, `verify --view` and the page's own SQL give the same number."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from plainrecord.verify.view import verify_view
from tests.browser import test_rows
from tests.browser.test_explorer import (
    MONTHS,
    OUTCOMES,
    PAGE,
    STATES,
    build_explored,
    build_protected,
)
from tests.browser.test_pages import HOST, Reader
from tests.browser.test_pages import browser as browser
from tests.examples import examples

Words = tuple[str, str]
Part = tuple[tuple[Words, ...], tuple[str, ...]]
"""Some words of an address, and what both the page and the program must say is unknown in it."""
HOSTILE = (
    "<b>x</b>",
    "' OR 1=1 --",
    '"; DROP',
    "a&b=c#d",
    "ünïcödé\u202e",
    "__proto__",
    "%41",
    "\x00",
)


@dataclass(frozen=True)
class Views:
    """A page with views: its folder on disk, its address, and an open browser."""

    folder: Path
    page: str
    reader: Reader


def known(*words: Words) -> Part:
    return words, ()


def unknown(key: str, *values: str) -> st.SearchStrategy[Part]:
    return st.sampled_from([(((key, value),), (value,)) for value in (*values, *HOSTILE)])


def one_of(key: str, *values: str) -> st.SearchStrategy[Part]:
    return st.sampled_from([known((key, value)) for value in values])


STRANGE_KEYS = st.sampled_from([(((key, "1"),), (key,)) for key in ("nothing", "__proto__", "_x")])
EXPLORED = st.one_of(
    one_of("state", *STATES),
    one_of("outcome", *OUTCOMES),
    one_of("_from", *MONTHS),
    one_of("_to", *MONTHS),
    one_of("_show", "number", "share", "index", "rate.failures"),
    one_of("_compare", *(f"state\x1f{one}" for one in STATES), "outcome\x1fFailed"),
    unknown("state", "Atlantis", "ca"),
    unknown("_from", "1066-10", "2025"),
    unknown("_show", "constructor", "rate.", "rate.again"),
    st.sampled_from([((("_compare", f"state\x1f{v}"),), (v,)) for v in ("Atlantis", *HOSTILE)]),
    STRANGE_KEYS,
)
PROTECTED = st.one_of(
    one_of("state", "TX", "CA", "NY"),
    one_of("race", "Black", "White", "Withheld"),
    one_of("outcome", "search", "none"),
    one_of("age", "under 18", "40 and over"),
    one_of("_compare", "state\x1fTX", "race\x1fWhite"),
    unknown("race", "Purple"),
    unknown("_from", "2026"),
    unknown("_show", "share", "index"),
    STRANGE_KEYS,
)
ROWS = st.one_of(
    one_of("site", *test_rows.SITES, "Atlantis", *HOSTILE),
    one_of("closed", "true", "false", "maybe"),
    one_of("_absent", "site:", "site:(b)(4)", "fee:", "site:no such mark"),
    one_of("_from", "seen:1999-12-31", "fee:-1.5", "staff:0", "month:2026-01", "filed:2026-01-31"),
    one_of("_to", "seen:2026-01-31", "fee:0.1", "staff:9007199254740992", "month:2025-12"),
    one_of("_text", *(f"site:{text}" for text in ("istanbul", "σίσυφος", "PLAIN", '"q', *HOSTILE))),
    one_of("_sort", "staff:down", "fee", "seen", "result: last"),
    one_of("_column", "site", "staff"),
    one_of("_page", "2", "-1", "9", "x"),
    unknown("_from", "seen:2026-02-30", "seen:yesterday", "fee:", "fee:1e3", "site:a", "nothing:1"),
    unknown("_to", "month:2026-1", f"fee:{'9' * 41}"),
    unknown("_text", "fee:1", "site:"),
    unknown("_sort", "nothing"),
    unknown("_column", "nothing"),
    STRANGE_KEYS,
)


@st.composite
def addresses(draw: st.DrawFn, parts: st.SearchStrategy[Part]) -> tuple[str, set[str]]:
    """An address in one of the ways to write it, and what is unknown in it."""
    chosen = draw(st.lists(parts, min_size=1, max_size=5))
    words = [word for some, _ in chosen for word in some]
    left_out = {one for _, names in chosen for one in names}
    once = ("_from", "_to", "_show", "_compare")  # of an explorer, the first is read
    kept = {key: words.index(next(w for w in words if w[0] == key)) for key, _ in words}
    if parts is not ROWS:
        left_out -= {
            one
            for place, (some, names) in enumerate(chosen)
            for one in names
            if some[0][0] in once and kept[some[0][0]] != place
        }
    if draw(st.booleans()):
        return urlencode(words), left_out
    return "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in words), left_out


def follow(page: Page, choice: str) -> None:
    """Go to the address of a view within its page, and wait until it is drawn."""
    page.evaluate(
        "choice => { delete document.querySelector('.explorer').dataset.drawn;"
        " location.hash = '_x'; location.hash = choice; }",
        choice,
    )
    page.wait_for_function(
        "choice => location.hash.slice(1) === choice"
        " && document.querySelector('.explorer[data-drawn]:not([data-busy])')",
        arg=choice,
    )


def ask(folder: Path, sql: str) -> int | None:
    """The engine's answer to the SQL of a page; None for no number."""
    # All rows are fetched: an unfinished result would occupy the connection that all tests share.
    rows = duckdb.execute(sql.replace(HOST, f"{folder}/")).fetchall()
    return int(rows[0][0]) if rows and rows[0][0] is not None else None


def compare(views: Views, choice: str, left_out: set[str]) -> None:
    """All three answers to an address, and what both sides leave out."""
    page = views.reader.page
    follow(page, choice)
    report = verify_view(f"{views.folder}/{views.page}#{choice}")
    found = [finding.found for finding in report.findings]
    told = [words for words in found if "which no released table has together" not in words]
    fault = page.locator(".explorer-fault").inner_text() if left_out else ""
    for one in left_out:
        assert one in fault or repr(one)[1:-1] in fault, (one, fault)
        assert any(one in words or repr(one)[1:-1] in words for words in told), (one, told)
    queries = page.locator(".explorer-receipt code").all_text_contents()
    asked = [sql for sql in queries if sql.startswith("SELECT") and "file_row_number" not in sql]
    sides = [side for side in (report, report.compared) if side and side.sql]
    for sql, side in zip(asked, sides, strict=True):
        assert ask(views.folder, sql) == side.number, (choice, side.sql)
        own = side.sql.replace("read_parquet('", f"read_parquet('{HOST}", 1)
        assert ask(views.folder, own) == side.number, (choice, side.sql)
    for line in queries[-1:]:  # what the page prints names nothing unknown
        *_, link = shlex.split(line)
        again = verify_view(link.replace(HOST, f"{views.folder}/"))
        assert (again.number, again.rate) == (report.number, report.rate), link
        assert (again.findings != ()) == (len(told) < len(found))
    shown = page.locator(".answer-words").inner_text()
    if report.number is not None:
        number = re.match(r"[\d,]+", shown)
        assert number, shown
        assert int(number[0].replace(",", "")) == report.number, (choice, report.sql)
    else:
        assert shown.startswith("A suppressed number" if report.suppressed else "An unreleased")
    assert report.rate in shown
    if share := re.search(r"That is ([0-9.]+)% of all", shown):
        words = [word for word in parse_qsl(choice) if word[0] in ("_from", "_to")]
        whole = verify_view(f"{views.folder}/{views.page}#{urlencode(words)}").number
        assert report.number is not None
        assert whole
        assert float(share[1]) == pytest.approx(100 * report.number / whole, abs=0.051)
    assert bool(told) == page.locator(".explorer-fault").is_visible(), (choice, told)


@pytest.fixture(scope="module")
def explored(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    folder = build_explored(tmp_path_factory.mktemp("explored"))
    yield from show(browser, folder, PAGE)


@pytest.fixture(scope="module")
def protected(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    folder = build_protected(tmp_path_factory.mktemp("protected"))
    yield from show(browser, folder, "datasets/stops/explore/")


@pytest.fixture(scope="module")
def rows(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    folder = test_rows.build_rows(tmp_path_factory.mktemp("rows"))
    yield from show(browser, folder, test_rows.PAGE)


def show(browser: Browser, folder: Path, address: str) -> Iterator[Views]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    site: Mapping[str, bytes] = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in files
    }
    reader = Reader(browser, site)
    reader.open(address).wait_for_selector(".explorer[data-drawn]:not([data-busy])")
    yield Views(folder, address, reader)
    assert reader.complaints == []
    assert reader.strangers == []
    reader.context.close()


FEW = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FEW
@given(address=addresses(EXPLORED))
def test_an_open_explorer(explored: Views, address: tuple[str, set[str]]) -> None:
    compare(explored, *address)


@FEW
@given(address=addresses(PROTECTED))
def test_an_explorer_of_released_tables(protected: Views, address: tuple[str, set[str]]) -> None:
    compare(protected, *address)


@FEW
@given(address=addresses(ROWS))
def test_the_rows_of_a_table(rows: Views, address: tuple[str, set[str]]) -> None:
    compare(rows, *address)
