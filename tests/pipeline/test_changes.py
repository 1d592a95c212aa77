"""Releases of a dataset compared: what the pages say, what is suppressed, what is not done twice."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from plainrecord.core.errors import Blocked
from plainrecord.model.revisions import PairChanges
from plainrecord.pipeline import changes
from plainrecord.pipeline.build import BuildReport, build_portal
from plainrecord.pipeline.release import freeze_release
from plainrecord.verify.site import VerifyReport, verify_site
from tests.examples import examples
from tests.portals import write_portal
from tests.tampering import digest, edit_json, rehash, replace_text, reseal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

HEAD = """name: stays
title: Stays
licenses: [{name: CC0-1.0, path: "https://creativecommons.org/publicdomain/zero/1.0/"}]
resources:
  - name: stays
    path: stays.csv
    schema:
      fields:
        - {name: who, type: string, title: Person}
        - {name: day, type: date, title: Day}
        - {name: state, type: string, title: State}
        - {name: reason, type: string, title: Reason}
      missingValues: ["", {value: "(b)(6)", label: "Withheld: privacy", kind: withheld}]
plainrecord:
  summary: Stays.
  unit: stay
  updated: 2026-01-01
"""
WAIVED = "  waived: [{rule: personal-data, field: who, reason: The names are made up.}]\n"
OPEN = "  privacy: {open: The records are made up.}\n" + WAIVED
COMPARED = "  comparison: {key: [who], date: day, place: state, normalise: true}\n"
FIRST = """who,day,state,reason
A,2025-01-02,TX,tip
B,2025-01-03,TX,tip
C,2025-02-03,CA,stop
D,2025-03-01,CA,stop
"""
SECOND = """who,day,state,reason
A,2025-01-02,TX,(b)(6)
b ,2025-01-03,TX,tip
D,2025-03-01,CA,
E,2025-04-01,NY,tip
"""


def release(root: Path, day: str, rows: str) -> None:
    (root / "data/stays/stays.csv").write_text(rows)
    freeze_release(root, "stays", day, "", day, lambda _: None)


def write(root: Path, policy: str = OPEN, compared: str = COMPARED) -> Path:
    files = {
        "data/visits/datapackage.yaml": None,
        "data/visits/methodology.md": None,
        "data/visits/visits.csv": None,
        "data/stays/datapackage.yaml": HEAD + policy + compared,
        "data/stays/stays.csv": FIRST,
    }
    return write_portal(root, **files)


def build(root: Path, unchecked: int = 0) -> BuildReport:
    """The portal at `root` built; what a stranger can check of it holds.

    `unchecked` is how many things the verifier says that it cannot check.
    """
    report = build_portal(root, root / "_site", lambda _: None)
    verified = verify(root / "_site")
    assert verified.findings == ()
    assert len(verified.unchecked) == unchecked
    return report


def verify(site: Path) -> VerifyReport:
    return verify_site(str(site), None, lambda _: None)


def page(root: Path, path: str) -> str:
    text = (root / "_site/datasets/stays/changes" / path).read_text()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition("<main")[2]))


def rows_of(root: Path, path: str) -> list[dict[str, str]]:
    with (root / "_site/datasets/stays/changes" / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write(tmp_path_factory.mktemp("stays"))
    release(root, "2026-01-01", FIRST)
    release(root, "2026-02-01", SECOND)
    release(root, "2026-03-01", FIRST)
    build(root)
    return root


def test_a_pair_shows_what_came_went_and_changed(portal: Path) -> None:
    text = page(portal, "2026-02-01/index.html")
    assert re.search(r"New 1 in this release.*Removed 1 in the previous release.*Changed 2 ", text)
    assert "withheld now: 1" in text
    assert "missing now: 1" in text
    assert "Records are matched by “Person”." in text


def test_a_change_that_likely_renames_share_is_reported_on_the_page(tmp_path: Path) -> None:
    """Without a key a cleaned column makes every row another one: the page says what it was."""
    compared = "  comparison: {date: day, place: state, records: rows}\n"
    root = write(tmp_path, compared=compared)
    names = [chr(65 + n) for n in range(8)]
    lines = [f"{name},2025-01-{n + 1:02},TX" for n, name in enumerate(names)]
    head = "who,day,state,reason\n"
    release(root, "2026-01-01", head + "".join(f"{line},<b>\n" for line in lines))
    release(root, "2026-02-01", head + "".join(f"{line},NA\n" for line in lines))
    build(root)
    text = page(root, "2026-02-01/index.html").replace("“ ", "“").replace(" ”", "”")
    assert "Changes that occur more than once: Reason: “&lt;b&gt;” became “NA”, 8 times" in text
    site = root / "_site"
    likely = r'(/2026-02-01/likely.csv">)8(</span> were likely renamed)'
    _edit_list_of_all(site, likely, r"\g<1>7\g<2>")
    reseal(site)
    (found,) = verify(site).findings
    assert (found.rule, found.file) == ("page-differs", f"{CHANGES}/index.html")
    assert "is stated to list 7 lines" in found.found


def test_what_is_withheld_now_stays_apart_from_what_is_missing(portal: Path) -> None:
    found = rows_of(portal, "2026-02-01/changed.csv")
    assert [(row["who"], row["old"], row["new"], row["kind"]) for row in found] == [
        ("A", "tip", "(b)(6)", "withheld"),
        ("D", "stop", "", "missing"),
    ]
    assert [row["who"] for row in rows_of(portal, "2026-02-01/added.csv")] == ["E"]
    assert [row["who"] for row in rows_of(portal, "2026-02-01/vanished.csv")] == ["C"]


def test_everything_that_vanished_is_in_one_file_with_its_days(portal: Path) -> None:
    assert rows_of(portal, "vanished.csv") == [
        {
            "who": "C",
            "last_in": "2026-01-01",
            "missing_from": "2026-02-01",
            "back_in": "2026-03-01",
        },
        {"who": "E", "last_in": "2026-02-01", "missing_from": "2026-03-01", "back_in": ""},
    ]


def test_the_list_of_all_releases_shows_what_changed_across_them(portal: Path) -> None:
    text = page(portal, "index.html")
    assert "The release of 1 March 2026 reuses the files of 1 January 2026" in text
    assert "1 record disappeared and came back" in text
    assert "The release of 1 March 2026 ends earlier than the one before" in text
    assert "3 releases of Stays" in text


def test_a_closed_period_that_moved_is_marked(portal: Path) -> None:
    text = (portal / "_site/datasets/stays/changes/index.html").read_text()
    line = re.search(
        r'<tr><th scope="row"><span [^>]*>February 2025</span></th>(.*?)</tr>', text, re.DOTALL
    )
    assert line is not None
    cells = re.findall(r'<td class="numeric( moved)?"><span [^>]*>([^<]*)', line[1])
    assert cells == [("", "1"), (" moved", "0"), (" moved", "1")]


def test_the_dataset_leads_to_its_changes_and_a_feed_shows_them(portal: Path) -> None:
    text = (portal / "_site/datasets/stays/index.html").read_text()
    assert 'href="changes/"' in text
    feed = etree.parse(portal / "_site/datasets/stays/changes/feed.atom").getroot()
    titles = feed.xpath("//*[local-name()='entry']/*[local-name()='title']/text()")
    assert titles == ["Stays: release of 1 March 2026", "Stays: release of 1 February 2026"]


def test_a_kept_comparison_knows_all_code_it_rests_on() -> None:
    root = Path(changes.__file__).parents[1]
    wanted, known = ["diff/compare", "diff/across_releases"], set()
    while wanted:
        name = wanted.pop()
        if name in known or not name.startswith(("diff/", "model/changes", "model/revisions")):
            continue
        known.add(name)
        text = (root / f"{name}.py").read_text()
        wanted += [
            part.replace(".", "/") for part in re.findall(r"from plainrecord\.(\S+) import", text)
        ]
    assert known <= set(changes.CODE)


def _without_search(page: Path) -> str:
    """A page without the name of the list of the search, which has an entry for each release."""
    return re.sub(r"search\.[0-9a-f]{8}\.json", "", page.read_text())


def test_a_new_release_costs_one_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[str, str]] = []
    real = changes._compare_pair

    def counted(*given: object) -> PairChanges:
        compared.append((given[2].date, given[3].date))  # type: ignore[attr-defined]
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "_compare_pair", counted)
    root = write(tmp_path)
    release(root, "2026-01-01", FIRST)
    release(root, "2026-02-01", SECOND)
    build(root)
    first = _without_search(root / "_site/datasets/stays/changes/2026-02-01/index.html")
    assert compared == [("2026-01-01", "2026-02-01")]
    compared.clear()
    release(root, "2026-03-01", FIRST)
    build(root)
    assert compared == [("2026-02-01", "2026-03-01")]
    assert _without_search(root / "_site/datasets/stays/changes/2026-02-01/index.html") == first
    assert rows_of(root, "2026-02-01/added.csv")
    for kept in (root / ".plainrecord/cache/changes").iterdir():
        kept.write_bytes(kept.read_bytes()[:-1])
    compared.clear()
    build(root)
    assert len(compared) == 2, "a spoilt cache is computed again"


PROTECTED = "  privacy: {identifiers: [who], threshold: 10}\n"
PEOPLE = "  comparison: {key: [day], date: day, place: state}\n"


def test_of_records_about_people_nothing_small_and_no_record_is_reported(tmp_path: Path) -> None:
    root = write(tmp_path, PROTECTED, PEOPLE)
    release(root, "2026-01-01", FIRST)
    release(root, "2026-02-01", SECOND)
    build(root)
    folder = root / "_site/datasets/stays/changes"
    assert sorted(path.name for path in folder.rglob("*.csv")) == []
    text = page(root, "2026-02-01/index.html")
    assert "not shown, to protect privacy" in text
    assert "Individual records are not listed" in text
    assert "2025-02-03" not in text
    assert not re.search(r"New \d", text)
    everything = " ".join(
        re.sub(r"<[^>]+>", " ", path.read_text()).partition("What changed")[2]
        for path in folder.rglob("*.html")
    )
    assert "withheld now" not in everything


def test_fields_that_changed_in_few_records_are_not_reported_in_numbers(tmp_path: Path) -> None:
    root = write(tmp_path, PROTECTED, PEOPLE)
    days = [f"2025-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 21)]
    first = [["A", day, "TX", "tip"] for day in days]
    second = [["A", day, "CA" if n < 3 else "TX", "stop" if n < 20 else "tip"]
              for n, day in enumerate(days)]  # fmt: skip
    for when, rows in (("2026-01-01", first), ("2026-02-01", second)):
        text = "".join(",".join(row) + "\n" for row in rows)
        release(root, when, f"who,day,state,reason\n{text}")
    build(root)
    told = page(root, "2026-02-01/index.html").partition("Which fields changed")[2]
    table = told.partition("Receipt")[0]
    assert table.count("suppressed") == 4, table
    assert not re.search(r"\b(3|20)\b", table)


def test_digests_stand_for_records_where_the_policy_says_so(tmp_path: Path) -> None:
    more = PEOPLE.replace("place: state", "place: state, records: digests")
    root = write(tmp_path, PROTECTED, more)
    release(root, "2026-01-01", made(range(40)))
    release(root, "2026-02-01", made(range(12, 60)))
    release(root, "2026-03-01", made(range(13, 70)))
    build(root)
    found = rows_of(root, "2026-02-01/vanished.csv")
    assert len(found) == 12
    assert re.fullmatch("[0-9a-f]{64}", found[0]["digest"])
    assert "2025-01-03" not in page(root, "2026-02-01/index.html")
    small = root / "_site/datasets/stays/changes/2026-03-01"  # one record went: a list would say so
    assert [path.name for path in small.iterdir()] == ["index.html"]
    assert "a hash of each record" not in page(root, "2026-03-01/index.html")


def made(numbers: range | list[int], day: str = "") -> str:
    """A table of made-up stays, one on each day of 2025 that `numbers` counts, in two states."""
    lines = ["who,day,state,reason"]
    for n in numbers:
        date = (dt.date(2025, 1, 1) + dt.timedelta(days=n)).isoformat()
        lines.append(f"P{n},{day or date},{'TX' if n % 2 else 'CA'},tip")
    return "\n".join(lines) + "\n"


def numbers_told(text: str) -> set[int]:
    return {int(number.replace(",", "")) for number in re.findall(r"[0-9][0-9,]*", text)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (range(50), range(1, 250)),  # 200 new and one gone
        (range(50), [*range(50), 300]),  # one new
        (range(100), [*range(60, 100), 400]),
        (range(30), range(28, 90)),  # nearly all is other
    ],
)
@pytest.mark.parametrize("records", ["counts", "digests"])
def test_no_table_gives_away_what_the_sentence_hides(
    tmp_path: Path, first: range, second: range, records: str
) -> None:
    compared = PEOPLE.replace("place: state", f"place: state, records: {records}")
    root = write(tmp_path, PROTECTED, compared)
    release(root, "2026-01-01", made(first))
    release(root, "2026-02-01", made(second))
    build(root)
    text = page(root, "2026-02-01/index.html")
    sentence = "The numbers of new, removed and changed records since the release of 1 January"
    assert sentence in text
    assert "Few records" not in text
    assert text.count("not shown") >= 4
    assert "By “State”" not in text
    assert "By month" not in text
    assert "Which fields changed" not in text
    folder = root / "_site/datasets/stays/changes"
    assert not list(folder.rglob("*.csv"))
    feed = (folder / "feed.atom").read_text()
    assert sentence in feed
    both = {len(first), len(second)}
    hidden = {len(set(second) - set(first)), len(set(first) - set(second))} - {0} - both
    shown = numbers_told(page(root, "index.html").partition("How past figures")[0])
    assert not hidden & shown - {1, 2026}, "the list of all changes"


@settings(max_examples=examples(4))
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.sampled_from(["", PROTECTED]))
def test_the_sentence_of_a_pair_says_what_its_numbers_say(
    new: int, gone: int, changed: int, policy: str
) -> None:
    """What the feed says in words, the cells of the page and the sums of its tables are one."""
    if not new + gone + changed:
        return
    with TemporaryDirectory() as folder:
        root = write(Path(folder), policy or OPEN, PEOPLE)
        first = made(range(gone, gone + 60 + changed)) + made(range(gone)).partition("\n")[2]
        later = made(range(gone, gone + 60 + changed)).splitlines()
        later[1 : changed + 1] = [line.replace("tip", "stop") for line in later[1 : changed + 1]]
        second = "\n".join(later) + "\n" + made(range(200, 200 + new)).partition("\n")[2]
        release(root, "2026-01-01", first)
        release(root, "2026-02-01", second)
        build(root)
        folder_ = root / "_site/datasets/stays/changes"
        entry = etree.fromstring((folder_ / "feed.atom").read_bytes()).findtext(
            "{*}entry/{*}summary"
        )
        tree = html.fromstring((folder_ / "2026-02-01/index.html").read_bytes())
        cells = {
            div.findtext("h2").lower(): "".join(div.find("p").itertext())
            for div in tree.xpath("//div[@class='figure']")
        }
        small = policy and any(0 < n < 10 for n in (new, gone, changed))
        if small:
            assert set(cells.values()) == {"not shown"}
            assert "not shown, to protect privacy" in (entry or "")
            assert not tree.xpath("//section[starts-with(@id, 'by-')]")
            return
        assert (cells["new"], cells["removed"], cells["changed"]) == (
            str(new),
            str(gone),
            str(changed),
        )
        words = {"new": new, "removed": gone, "changed": changed}
        expected = ", ".join(f"{count} {word}" for word, count in words.items() if count)
        assert entry == f"Records since the release of 1 January 2026: {expected}."
        for section in tree.xpath("//section[starts-with(@id, 'by-')]"):
            rows = [
                ["".join(cell.itertext()) for cell in row.iter("td")]
                for row in section.xpath(".//table[1]/tbody/tr")
                if len(row.findall("td")) == 3
            ]
            for at, total in enumerate((new, gone, changed)):
                column = [row[at] for row in rows]
                if all(cell.isdigit() for cell in column):
                    assert sum(map(int, column)) == total, section.get("id")


@pytest.mark.parametrize(
    ("how", "period", "expected"),
    [
        ("month", "day", "By month of “Month”"),
        ("month", "month", "By month of “Month”"),
        ("month", "quarter", "By quarter of “Month”"),
        ("month", "year", "By year of “Month”"),
        ("month", "fiscal-year", "By fiscal year of “Month”"),
        ("quarter", "day", "By quarter of “Quarter”"),
        ("quarter", "month", "By quarter of “Quarter”"),
        ("quarter", "quarter", "By quarter of “Quarter”"),
        ("quarter", "fiscal-year", "By fiscal year of “Quarter”"),
        ("year", "month", "By year of “Year”"),
        ("year", "quarter", "By year of “Year”"),
        ("year", "fiscal-year", "By year of “Year”"),
    ],
)
def test_periods_follow_the_dates_as_they_are_released(
    tmp_path: Path, how: str, period: str, expected: str
) -> None:
    policy = f"  privacy: {{identifiers: [who], threshold: 3, coarsen: [{{field: day, method: {how}}}]}}\n"
    root = write(tmp_path, policy, f"  comparison: {{date: day, period: {period}}}\n")
    release(root, "2026-01-01", made(range(100)))
    release(root, "2026-02-01", made(range(350)))
    build(root)
    told = html.fromstring(
        (root / "_site/datasets/stays/changes/2026-02-01/index.html").read_bytes()
    )
    assert not told.xpath("//th[contains(., '(no value)')]")
    assert expected in page(root, "2026-02-01/index.html")
    text = page(root, "index.html")
    table = text.partition("How past figures were revised")[2]
    assert f"Each row is a {expected.split(' of ')[0].removeprefix('By ')} of" in table
    assert "100" in table or "90" in table or "59" in table or "31" in table
    tree = html.fromstring((root / "_site/datasets/stays/changes/index.html").read_bytes())
    cells = ["".join(c.itertext()) for c in tree.xpath("//table[@class='triangle']//td")]
    assert sum(int(cell) for cell in cells[1::2] if cell.isdigit()) == 350
    assert sum(int(cell) for cell in cells[0::2] if cell.isdigit()) == 100


def test_a_policy_that_was_tightened_makes_all_periods_longer(tmp_path: Path) -> None:
    root = write(tmp_path, OPEN, "  comparison: {date: day}\n")
    release(root, "2026-01-01", made(range(100)))
    descriptor = root / "data/stays/datapackage.yaml"
    text = descriptor.read_text().replace(
        OPEN,
        "  privacy: {identifiers: [who], threshold: 3, coarsen: [{field: day, method: quarter}]}\n",
    )
    descriptor.write_text(text)
    release(root, "2026-02-01", made(range(350)))
    build(root)
    assert "Each row is a quarter of" in page(root, "index.html")


def test_without_a_key_whole_rows_are_compared(tmp_path: Path) -> None:
    root = write(tmp_path, OPEN, "  comparison: {date: day}\n")
    release(root, "2026-01-01", FIRST)
    release(root, "2026-02-01", SECOND)
    build(root)
    text = page(root, "2026-02-01/index.html")
    assert "These records have no identifier" in text
    assert re.search(r"New 4 .*Removed 4 ", text)


@pytest.mark.parametrize(
    ("compared", "said"),
    [
        ("  comparison: {key: [whom]}\n", "whom"),
        ("  comparison: {key: [who], date: dey}\n", "dey"),
        ("  comparison: {key: [who], place: stat}\n", 'did you mean "state"'),
        ("  comparison: {resource: stay, key: [who]}\n", "did you mean"),
    ],
)
def test_a_comparison_that_does_not_fit_blocks(tmp_path: Path, compared: str, said: str) -> None:
    root = write(tmp_path)
    release(root, "2026-01-01", FIRST)
    release(root, "2026-02-01", SECOND)
    (root / "data/stays/datapackage.yaml").write_text(HEAD + OPEN + compared)
    with pytest.raises(Blocked) as caught:
        build(root)
    assert any(said in finding.found for finding in caught.value.findings)


CHANGES = "datasets/stays/changes"
PAIR = f"{CHANGES}/2026-02-01/index.html"


def _vanished_in_page(site: Path) -> None:
    replace_text(site / PAIR, 'data-cells="1.4">1<', 'data-cells="1.4">0<')


def _vanished_in_the_list_of_all(site: Path) -> None:
    replace_text(site / CHANGES / "index.html", 'data-cells="1.4">1<', 'data-cells="1.4">0<')


def _vanished_everywhere(site: Path) -> None:
    _vanished_in_page(site)
    replace_text(site / CHANGES / "index.html", 'data-cells="1.4">1<', 'data-cells="1.4">0<')

    def change(document: Any) -> None:
        for receipt in document["receipts"]:
            if receipt["id"].endswith("2026-02-01"):
                receipt["rows"][0][3] = 0

    edit_json(site / CHANGES / "receipts.json", change)


def _past_in_the_triangle(site: Path) -> None:
    place = site / CHANGES / "index.html"
    text = place.read_text()
    found = re.search(r'"stays.changes.periods" data-cells="(\d+\.2)">1<', text)
    assert found is not None
    cells = f'"stays.changes.periods" data-cells="{found[1]}">'
    place.write_text(text.replace(f"{cells}1<", f"{cells}2<"))


def _edit_list_of_all(site: Path, pattern: str, put: str) -> None:
    place = site / CHANGES / "index.html"
    changed, times = re.subn(pattern, put, place.read_text())
    assert times == 1
    place.write_text(changed)


def _times_gone_in_the_list_of_all(site: Path) -> None:
    _edit_list_of_all(site, r'(changes.returned" data-cells="1.1">)[0-9]+<', r"\g<1>7<")


def _moved_periods_in_the_list_of_all(site: Path) -> None:
    _edit_list_of_all(site, r'(changes.moved" data-cells="1.1">)[0-9]+<', r"\g<1>7<")


def _day_of_a_return(site: Path) -> None:
    _edit_list_of_all(site, r"<td>1 March 2026</td>", "<td>1 January 2026</td>")


def _returns_everywhere(site: Path) -> None:
    _edit_list_of_all(site, r'(changes.returned" data-cells="1.2">)[0-9]+<', r"\g<1>7<")

    def change(document: Any) -> None:
        for receipt in document["receipts"]:
            if receipt["id"].endswith("changes.returned"):
                receipt["rows"][0][1] = 7

    edit_json(site / CHANGES / "receipts.json", change)


def _periods_swapped_in_the_triangle(site: Path) -> None:
    place = site / CHANGES / "index.html"
    text = place.read_text()
    pattern = r'(data-count="stays.changes.periods" data-cells="[0-9]+.1">)([^<]+)<'
    (_, first), (_, second) = re.findall(pattern, text)[:2]
    names = {first: second, second: first}
    swapped = re.sub(pattern, lambda m: f"{m[1]}{names.get(m[2], m[2])}<", text)
    place.write_text(swapped)


def _line_out_of_the_list(site: Path) -> None:
    place = site / CHANGES / "2026-02-01/vanished.csv"
    place.write_text("".join(place.read_text().splitlines(keepends=True)[:-1]))


def _edit(site: Path, proof: str) -> None:
    """Another number in the place of the first one that the page makes of this receipt."""
    text = (site / PAIR).read_text()
    pattern = rf'(data-count="stays.changes.2026-02-01.{proof}" data-cells="[0-9.]+">)[1-9][0-9]*<'
    changed, times = re.subn(pattern, r"\g<1>77<", text, count=1)
    assert times
    (site / PAIR).write_text(changed)


def _field_in_page(site: Path) -> None:
    _edit(site, "fields")


def _period_in_page(site: Path) -> None:
    _edit(site, "period")


def _name_of_a_place_in_page(site: Path) -> None:
    cells = 'data-count="stays.changes.2026-02-01.place" data-cells="1.1">'
    text = (site / PAIR).read_text()
    changed, times = re.subn(rf"({cells})[A-Z]+<", r"\g<1>NV<", text)
    assert times == 1
    (site / PAIR).write_text(changed)


def _place_in_page_and_receipt(site: Path) -> None:
    _edit(site, "place")

    def change(document: Any) -> None:
        for receipt in document["receipts"]:
            if receipt["id"].endswith("2026-02-01.place"):
                receipt["rows"][0][1:] = [77, 77, 77]

    edit_json(site / CHANGES / "receipts.json", change)


def _row_of_the_release_before(site: Path) -> None:
    path = "datasets/stays/releases/2026-01-01/downloads/stays.parquet"
    before, made = digest(site / path), site.parent / "made.parquet"
    duckdb.execute(
        f"COPY (SELECT * REPLACE (CASE WHEN who = 'C' THEN 'NM' ELSE state END AS state) FROM "
        f"'{site / path}') TO '{made}' (FORMAT parquet)"
    )
    shutil.move(made, site / path)
    rehash(site, path, before)


def _line_count_in_page(site: Path) -> None:
    replace_text(site / PAIR, '/vanished.csv">1<', '/vanished.csv">2<')


@pytest.mark.parametrize(
    ("tamper", "rule", "file", "said"),
    [
        (_vanished_in_page, "page-differs", PAIR, "stays.changes.2026-02-01"),
        (_vanished_in_the_list_of_all, "page-differs", f"{CHANGES}/index.html", "'0'"),
        (
            _vanished_everywhere,
            "receipt-differs",
            f"{CHANGES}/receipts.json",
            "stays.changes.2026-02-01",
        ),
        (_past_in_the_triangle, "page-differs", f"{CHANGES}/index.html", "stays.changes.periods"),
        (
            _periods_swapped_in_the_triangle,
            "page-differs",
            f"{CHANGES}/index.html",
            "stays.changes.periods",
        ),
        (
            _times_gone_in_the_list_of_all,
            "page-differs",
            f"{CHANGES}/index.html",
            "stays.changes.returned",
        ),
        (
            _moved_periods_in_the_list_of_all,
            "page-differs",
            f"{CHANGES}/index.html",
            "stays.changes.moved",
        ),
        (_day_of_a_return, "page-differs", f"{CHANGES}/index.html", "vanished.csv"),
        (
            _returns_everywhere,
            "receipt-differs",
            f"{CHANGES}/receipts.json",
            "stays.changes.returned",
        ),
        (_line_out_of_the_list, "page-differs", f"{CHANGES}/receipts.json", "vanished.csv"),
        (_field_in_page, "page-differs", PAIR, "stays.changes.2026-02-01.fields"),
        (_period_in_page, "page-differs", PAIR, "stays.changes.2026-02-01.period"),
        (_name_of_a_place_in_page, "page-differs", PAIR, "stays.changes.2026-02-01.place"),
        (
            _place_in_page_and_receipt,
            "receipt-differs",
            f"{CHANGES}/receipts.json",
            "stays.changes.2026-02-01.place",
        ),
        (
            _row_of_the_release_before,
            "receipt-differs",
            f"{CHANGES}/receipts.json",
            "stays.changes.2026-02-01.place",
        ),
        (_line_count_in_page, "page-differs", PAIR, "vanished.csv"),
    ],
)
def test_a_comparison_that_was_tampered_with_is_named(
    portal: Path,
    tmp_path: Path,
    tamper: Callable[[Path], None],
    rule: str,
    file: str,
    said: str,
) -> None:
    site = tmp_path / "site"
    shutil.copytree(portal / "_site", site)
    tamper(site)
    reseal(site)
    found = verify(site).findings
    assert any((item.rule, item.file) == (rule, file) and said in item.found for item in found), (
        found
    )


def test_values_that_came_or_went_are_counted_and_one_left_out_is_named(tmp_path: Path) -> None:
    root = write(tmp_path, compared="  comparison: {key: [who], normalise: true}\n")
    reasons = {"2026-01-01": ["tip", "Stop"], "2026-02-01": ["STOP ", "warrant"]}
    for day, (one, other) in reasons.items():
        lines = [f"{n},2025-01-02,TX,{one if n % 3 else other}\n" for n in range(9)]
        release(root, day, "".join(["who,day,state,reason\n", *lines]))
    build(root)
    assert "Reason warrant 0 3 Reason tip 6 0" in page(root, "2026-02-01/index.html")
    site = tmp_path / "published"
    shutil.copytree(root / "_site", site)
    place = site / PAIR
    left_out, times = re.subn(
        r'<tr>(?:(?!</tr>).)*changes.2026-02-01.values" data-cells="1.2">warrant<.*?</tr>\n',
        "",
        place.read_text(),
    )
    assert times == 1
    place.write_text(left_out)

    def change(document: Any) -> None:
        for receipt in document["receipts"]:
            if receipt["id"].endswith("2026-02-01.values"):
                del receipt["rows"][0]

    edit_json(site / CHANGES / "receipts.json", change)
    reseal(site)
    found = verify(site).findings
    assert any(f.rule == "receipt-differs" and "2026-02-01.values" in f.found for f in found)


def test_a_column_that_is_read_before_it_is_compared_is_read_so_in_the_queries(
    tmp_path: Path,
) -> None:
    root = write(tmp_path)
    release(root, "2026-01-01", FIRST)
    descriptor = root / "data/stays/datapackage.yaml"
    text = descriptor.read_text()
    descriptor.write_text(text.replace("name: day, type: date", "name: day, type: string"))
    release(root, "2026-02-01", re.sub(r"2025-(\d\d)-(\d\d)", r"\1/\2/2025", SECOND))
    build(root)
    told = page(root, "2026-02-01/index.html")
    assert "they were compared as dates" in told
    assert re.search(r"New 1 .*Removed 1 ", told)
    assert [row["day"] for row in rows_of(root, "2026-02-01/added.csv")] == ["2025-04-01"]


def test_records_that_share_a_key_are_said(tmp_path: Path) -> None:
    """A key that is not unique is no reason to stop, and no reason to be silent."""
    root = write(tmp_path)
    release(root, "2026-01-01", FIRST)
    release(root, "2026-02-01", SECOND + "E,2025-04-02,NY,stop\nE,2025-04-03,NY,stop\n")
    report = build(root)
    [found] = [f for f in report.findings if f.rule == "comparison-key-repeats"]
    assert not found.blocks
    assert found.found == "2 of 6 rows of the release of 2026-02-01 repeat the who of another"
    told = page(root, "2026-02-01/index.html")
    assert "0 in the release of 1 January 2026, 2 in that of 1 February 2026" in told


# How releases are protected, and of which files they are made


def _notices(root: Path) -> str:
    page = (root / "_site/datasets/stays/changes/index.html").read_text(encoding="utf-8")
    return " ".join(etree.HTML(page).xpath("string(//section[@id='notices'])").split())


STRICT = "  privacy: {threshold: 10, coarsen: [{field: day, method: month}]}\n" + WAIVED
LOOSE = (
    "  privacy: {threshold: 0, changed: They are about places., coarsen: [{field: day, method: day}]}\n"
    + WAIVED
)


@pytest.mark.parametrize("turned", [False, True])
def test_another_protection_is_reported_in_both_directions(tmp_path: Path, turned: bool) -> None:
    policies = (LOOSE, STRICT) if turned else (STRICT, LOOSE)
    compared = "  comparison: {key: [who], records: counts}\n"
    root = write(tmp_path, policies[0], compared)
    release(root, "2025-03-02", FIRST)
    (root / "data/stays/datapackage.yaml").write_text(HEAD + policies[1] + compared)
    release(root, "2025-04-02", SECOND)
    build(root)
    told = _notices(root)
    assert "Privacy protection changed with" in told
    words = (
        "was 1, without a threshold; it is 10 now (more is hidden)"
        if turned
        else "was 10; it is 1, without a threshold now (less is hidden)"
    )
    assert words in told
    assert f"it is published by {'month' if turned else 'day'} now" in told


def test_a_release_of_the_files_of_an_earlier_one_is_reported(tmp_path: Path) -> None:
    root = write(tmp_path)
    release(root, "2025-03-02", FIRST)
    release(root, "2025-04-02", SECOND)
    release(root, "2025-05-02", FIRST)
    build(root)
    told = _notices(root)
    assert "The release of 2 May 2025 reuses the files of 2 March 2025" in told
    assert "byte for byte" in told
    assert "not byte for byte the same" not in told
