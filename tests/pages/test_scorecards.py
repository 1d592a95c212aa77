"""Grades in words, and the pages of scorecards as a reader gets them."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.core.errors import Blocked
from plainrecord.measures.scorecard_files import publish_scorecard
from plainrecord.model.counts import say
from plainrecord.model.grades import ElementScore, Grade, Parts, Scorecard
from plainrecord.pages.grade_words import describe_level, describe_parts, grade_cell, word_share
from plainrecord.pipeline import features
from plainrecord.pipeline.build import build_portal
from plainrecord.pipeline.release import freeze_release
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, ROWS, write_portal, write_releases
from tests.tampering import reseal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

STANDARD = features.read_standards()["enforcement-stop"]
ELEMENTS = {element.name: element for element in STANDARD.elements}
WALK = """  crosswalk:
    standard: enforcement-stop
    unit: event
    fields:
      date: {field: visited_on}
      place: {field: state, precision: state}
      outcome: {field: outcome, values: {pass: released, fail: other}}
    absent: {statute: "No <b>column</b>."}
  methodology:
    collection: {link: "#how"}
    known_defects: {link: known_issues}
"""


@pytest.mark.parametrize(
    ("count", "rows", "words"),
    [
        (0, 10, "0%"),
        (10, 10, "100%"),
        (1, 3, "33.3%"),
        (1, 1_000_000, "under 0.1%"),
        (999_999, 1_000_000, "over 99.9%"),
        (1, 1_000, "0.1%"),
        (0, 0, "0%"),
    ],
)
def test_a_share_in_words(count: int, rows: int, words: str) -> None:
    assert word_share(count, rows) == words


COUNT = st.integers(0, 100_000)


@given(st.builds(Parts, *[COUNT] * 7))
def test_the_bar_is_filled_exactly_and_in_order(parts: Parts) -> None:
    if parts.rows:
        bar = describe_parts(parts)
        assert sum(part.width for part in bar) == 1000
        assert all(a.start + a.width == b.start for a, b in pairwise(bar))
        assert len(bar) == sum(count > 0 for _, count in parts.counts)


def test_a_small_count_is_not_reported_and_others_are_rounded() -> None:
    words = [part.share for part in describe_parts(Parts(known=993, unknown=4, missing=3), 11)]
    assert words == ["about 99%", "fewer than 11 records", "under 1%"]


def cell(score: ElementScore, threshold: int = 0) -> str:
    card = Scorecard("d", "", "enforcement-stop", "t", "stop", 100, threshold, (score,))
    return str(grade_cell(ELEMENTS[score.element], card).markup)


def test_a_cell_counts_only_what_the_agency_could_have_filled() -> None:
    score = ElementScore("force", Grade.PRESENT, parts=Parts(known=10, not_applicable=90))
    assert cell(score) == "100% known"
    score = ElementScore("force", Grade.WITHHELD_IN_PART, parts=Parts(known=75, withheld=25))
    assert cell(score) == "25.0% withheld"
    score = ElementScore("force", Grade.HARDLY, parts=Parts(known=2, missing=98))
    assert cell(score, 11) == "fewer than 11 known"


def test_precision_in_words() -> None:
    date, hour = ELEMENTS["date"], ELEMENTS["hour"]
    given_by_both = ElementScore("date", Grade.PRESENT, precision="day", released="day")
    assert say(describe_level(date, given_by_both)) == "Precision: day."
    ours = ElementScore("date", Grade.COARSENED, precision="day", released="quarter")
    assert "day in the agency’s file, quarter of the year in this portal" in say(
        describe_level(date, ours)
    )
    theirs = ElementScore("hour", Grade.ABSENT, precision="day", released="day")
    assert say(describe_level(hour, theirs)) == "Precision: the field gives only the day."
    assert cell(theirs) == "day only"


def built(tmp_path: Path, descriptor: str = DESCRIPTOR + WALK) -> Path:
    root = write_portal(tmp_path / "p", **{"data/visits/datapackage.yaml": descriptor})
    build_portal(root, tmp_path / "site", lambda _: None)
    return tmp_path / "site"


def test_a_crosswalk_makes_the_pages_and_links_them(tmp_path: Path) -> None:
    site = built(tmp_path)
    card = (site / "datasets/visits/scorecard/index.html").read_text()
    assert "No &lt;b&gt;column&lt;/b&gt;." in card
    assert 'href="../methodology/#how"' in card
    assert 'href="../#limits"' in card
    assert "Receipt for the shares" in card
    assert 'href="scorecard/"' in (site / "datasets/visits/index.html").read_text()
    assert 'href="scorecard/"' in (site / "index.html").read_text()
    for name in ("schema.yaml", "schema.json", "template.csv", "README.md"):
        assert (site / "standards/enforcement-stop" / name).stat().st_size
    sheet = json.loads((site / "datasets/visits/scorecard.json").read_text())
    assert [item["element"] for item in sheet["elements"]] == [e.name for e in STANDARD.graded]
    outcome = next(item for item in sheet["elements"] if item["element"] == "outcome")
    assert outcome["records"]["known"] == 60
    assert sheet["categories"]["outcome"] == {"rows": 60, "counts": {"released": 48, "other": 12}}
    comparison = (site / "scorecard/index.html").read_text()
    assert re.search(r'href="../datasets/visits/scorecard/#element-statute"', comparison)


def test_a_portal_without_a_crosswalk_has_no_such_pages(tmp_path: Path) -> None:
    site = built(tmp_path, DESCRIPTOR)
    assert not (site / "scorecard").exists()
    assert not (site / "standards").exists()
    assert "corecard" not in (site / "index.html").read_text()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("#how", "#hw", "methodology-link-invalid"),
        ("field: visited_on", "field: visited", "crosswalk-field-unknown"),
        ("values: {pass: released, fail: other}", "sql: nosuch", "crosswalk-failed"),
    ],
)
def test_what_is_wrong_stops_the_build(tmp_path: Path, old: str, new: str, rule: str) -> None:
    with pytest.raises(Blocked) as caught:
        built(tmp_path, (DESCRIPTOR + WALK).replace(old, new))
    assert rule in [finding.rule for finding in caught.value.findings]


def test_old_releases_are_held_to_the_crosswalk_of_today(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "p")
    descriptor = root / "data/visits/datapackage.yaml"
    text = descriptor.read_text().replace("updated: 2026-11-01", "updated: 2026-12-01") + WALK
    descriptor.write_text(text)
    (root / "data/visits/visits.csv").write_text(ROWS)
    freeze_release(root, "visits", "", "Mapped.", "", lambda _: None)
    build_portal(root, tmp_path / "site", lambda _: None)
    page = (tmp_path / "site/datasets/visits/scorecard/index.html").read_text()
    assert [
        f"{day} 2026</a></th>" in page for day in ("1 October", "1 November", "1 December")
    ] == [True] * 3


def test_a_sheet_for_programs_keeps_small_counts_back() -> None:
    parts = Parts(known=993, unknown=4, missing=3)
    score = ElementScore("sex_or_gender", Grade.PRESENT, parts=parts)
    card = Scorecard("d@2026-01-01", "2026-01-01", STANDARD.name, "t", "stop", 1000, 11, (score,))
    output = publish_scorecard(card, STANDARD)
    assert output.path == "datasets/d/releases/2026-01-01/scorecard.json"
    assert isinstance(output.content, bytes)
    records = json.loads(output.content)["elements"][0]["records"]
    assert (records["known"], records["unknown"], records["missing"]) == (None, None, 3)
    assert records["withheld"] == 0


def test_the_shares_on_scorecards_are_run_again(tmp_path: Path) -> None:
    site = built(tmp_path)
    assert verify_site(str(site), None, lambda _: None).findings == ()
    for path in ("datasets/visits/scorecard/index.html", "scorecard/index.html"):
        place = site / path
        before = place.read_text()
        pattern = r'(data-count="visits\.scorecard\.[^"]*" data-cells="[^"]*">)[^<]+<'
        place.write_text(re.sub(pattern, r"\g<1>51.7%<", before, count=1))
        assert place.read_text() != before
        reseal(site)
        found = verify_site(str(site), None, lambda _: None).findings
        assert [(item.rule, item.file) for item in found] == [("page-differs", path)]
        assert "visits.scorecard." in found[0].found
        place.write_text(before)
        reseal(site)


CARD = "datasets/visits/scorecard/index.html"


def tampered(site: Path, old: str, new: str, path: str = CARD) -> list[tuple[str, str, str]]:
    """What is found where somebody writes `new` in the place of the first `old`."""
    before = (site / path).read_text()
    assert old in before
    (site / path).write_text(before.replace(old, new, 1))
    reseal(site)
    found = verify_site(str(site), None, lambda _: None).findings
    (site / path).write_text(before)
    return [(item.rule, item.file, f"{item.found}; {item.expected}") for item in found]


def test_another_number_of_grades_or_another_grade_is_named(tmp_path: Path) -> None:
    site = built(tmp_path)
    page = (site / CARD).read_text()
    count = re.search(r'data-tally="✓ Present">(\d+)<', page)
    assert count
    one = int(count[1])
    wrong = tampered(site, f'"✓ Present">{one}<', f'"✓ Present">{one + 1}<')
    assert wrong == [
        ("page-differs", CARD, f"the page counts '{one + 1}' for '✓ Present'; {one} of them")
    ]
    sign = 'data-judged="visits.scorecard.outcome" data-item><span class="sign" aria-hidden="true">✓</span> Present<'  # fmt: skip
    other = sign.replace("✓", "✕").replace("Present", "Absent")
    named = " ".join(words for *_, words in tampered(site, sign, other))
    assert "'✓ Present'; " in named
    assert "'✕ Absent'; " in named
    assert "visits.scorecard.outcome: the page shows the grade '✕ Absent'" in named
    beside = sign.replace(" data-item", "")
    path = "scorecard/index.html"
    ((rule, where, words),) = tampered(site, beside, other.replace(" data-item", ""), path)
    assert (rule, where) == ("page-differs", path)
    assert "✓ Present" in words
    ((rule, _, words),) = tampered(site, "visits.scorecard.outcome\" data-item", "visits.none\" data-item")  # fmt: skip
    assert (rule, "visits.none" in words) == ("figure-unproven", True)


def test_another_level_of_precision_is_named(tmp_path: Path) -> None:
    site = built(tmp_path)
    level = '<span data-count="visits.scorecard.date.precision" data-cells="1.2">day</span>'
    for path in (CARD, "scorecard/index.html"):
        ((rule, where, words),) = tampered(site, level, level.replace("day<", "hour<"), path)
        assert (rule, where) == ("page-differs", path)
        assert "visits.scorecard.date.precision" in words


def test_the_feet_say_what_has_a_receipt(tmp_path: Path) -> None:
    site = built(tmp_path)
    page = re.sub(r"<[^>]*>", "", (site / CARD).read_text())
    assert "The totals for each grade are counted from this page." in page
    assert "come from the build" not in page
    beside = re.sub(r"<[^>]*>", "", (site / "scorecard/index.html").read_text())
    assert "on this page can be verified" in beside
    assert "come from the build" not in beside
    text = (DESCRIPTOR + WALK).replace("{open: Sites are not people.}", "{identifiers: [visit_id], threshold: 25}")  # fmt: skip
    site = built(tmp_path / "held", text)
    assert verify_site(str(site), None, lambda _: None).findings == ()
    assert "come from the build" not in (site / CARD).read_text()  # no share there is rounded
    assert "Shares rounded for privacy" in (site / "scorecard/index.html").read_text()
