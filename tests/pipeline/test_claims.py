"""Claims put to released tables: what a build says of them, and what cannot reach out."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
from pathlib import Path

import pytest
from lxml import etree, html

from plainrecord.core.errors import Blocked
from plainrecord.io import fetch
from plainrecord.pipeline.build import build_portal
from plainrecord.pipeline.locate_files import cache_folder
from plainrecord.pipeline.plan import plan_portal
from plainrecord.pipeline.protect import protect_dataset
from plainrecord.pipeline.release import freeze_release
from plainrecord.publishing.feeds import ATOM
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, SETTINGS, write_portal, write_releases
from tests.publishing.test_feeds import check_feed
from tests.tampering import replace_text, reseal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

HEAD = """claims:
  - name: one
    title: {title}
    speaker: The inspectorate
    said: every visit ends with a pass.
    source: {{status: {status}, title: A report}}
    changed: 2026-09-30
"""


def register(*tests: str, title: str = "Every visit passes", status: str = "reported") -> str:
    text = HEAD.format(title=json.dumps(title), status=status)
    return text + "    tests:\n" + "".join(f"      - {{title: Test, {test}}}\n" for test in tests)


def rows(condition: str, expected: str = "at_least: 1", among: str = "", dataset: str = "visits",
         resource: str = "visits") -> str:  # fmt: skip
    also = f", among: {json.dumps(among)}" if among else ""
    where = f"dataset: {dataset}, resource: {resource}"
    return f"rows: {{{where}, condition: {json.dumps(condition)}, {expected}{also}}}"


def build(root: Path, text: str, **changes: str | bytes | None) -> Path:
    write_portal(root, **{"site/claims.yaml": text, **changes})
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site"


def page(site: Path, name: str = "one") -> html.HtmlElement:
    return html.fromstring((site / "claims" / name / "index.html").read_bytes())


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def verdict(site: Path, name: str = "one") -> str:
    (notice,) = page(site, name).xpath("//*[contains(@class, 'verdict-notice')]//strong")
    return words(notice)


def refuse(root: Path, text: str, **changes: str | bytes | None) -> list[tuple[str, str]]:
    with pytest.raises(Blocked) as blocked:
        build(root, text, **changes)
    assert not (root / "_site").exists()
    return [(f.rule, f.found) for f in blocked.value.findings if f.blocks]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (rows("outcome IN ('pass', 'fail')"), "Supported by the records here."),
        (rows("outcome = 'pass'"), "Contradicted by the records here."),
        (rows("score >= 50", "at_least: 0.2"), "Not testable with what is published."),
        (rows("score < 0", "at_most: 0.5"), "Supported by the records here."),
        (rows("score > 0", "at_least: 0.5", among="false"), "Not testable with what is published."),
        (rows("NULL::BOOLEAN"), "Not testable with what is published."),
        ("value: {figure: visits.total, stated: 60}", "Supported by the records here."),
        ("value: {figure: visits.total, stated: 70, tolerance: 9}", "Contradicted by the records here."),
        ("value: {sql: 'SELECT count(*) FROM visits.visits', against: visits.total}", "Supported by the records here."),
        ("value: {sql: 'SELECT max(score) FROM visits.visits WHERE false', stated: 0}", "Not testable with what is published."),
        ("value: {sql: 'SELECT score FROM visits.visits WHERE false;', stated: 0}", "Not testable with what is published."),
        ("columns: {dataset: visits, resource: visits, none_with: [race]}", "Supported by the records here."),
        ("columns: {dataset: visits, resource: visits, none_with: [STATE]}", "Contradicted by the records here."),
        ("columns: {dataset: visits, resource: visits, some_with: [day of]}", "Supported by the records here."),
        ("untestable: Nobody wrote it down.", "Not testable with what is published."),
    ],
)  # fmt: skip
def test_a_verdict_follows_from_the_records(tmp_path: Path, test: str, expected: str) -> None:
    assert verdict(build(tmp_path, register(test))) == expected


def test_a_claim_of_parts_is_their_conjunction(tmp_path: Path) -> None:
    text = register(rows("true"), "untestable: Nobody wrote it down.")
    assert verdict(build(tmp_path / "a", text)) == "Not testable with what is published."
    text = register(rows("outcome = 'pass'"), "untestable: Nobody wrote it down.")
    assert verdict(build(tmp_path / "b", text)) == "Contradicted by the records here."


def test_a_claim_without_its_source_is_not_judged(tmp_path: Path) -> None:
    site = build(tmp_path, register(rows("outcome = 'pass'"), status="not-found"))
    assert verdict(site) == "Source not found."
    assert "48 meet the condition and 12 do not" in words(page(site))


OTHERS = '    same_records: "no"\n    tests:'
NOT_TESTED = "Not tested: we do not have those records."


@pytest.mark.parametrize(
    "test",
    [
        rows("outcome IN ('pass', 'fail')", ""),
        rows("outcome = 'pass'", ""),
        rows("outcome = 'pass'", "among: 'score > 0'"),
        "value: {figure: visits.total, stated: 60}",
        "value: {figure: visits.total, stated: 7}",
        "columns: {dataset: visits, resource: visits, none_with: [race]}",
        "columns: {dataset: visits, resource: visits, none_with: [STATE]}",
        "untestable: Nobody wrote it down.",
    ],
)
def test_a_claim_about_records_that_are_not_held_is_not_tested(tmp_path: Path, test: str) -> None:
    site = build(tmp_path, register(test).replace("    tests:", OTHERS))
    assert verdict(site) == NOT_TESTED
    root = check_feed((site / "claims" / "feed.atom").read_bytes())
    (entry,) = root.findall(f"{{{ATOM}}}entry")
    assert entry.findtext(f"{{{ATOM}}}title", "").startswith(NOT_TESTED.rstrip("."))
    assert [found.get("term") for found in entry.iter(f"{{{ATOM}}}category")] == ["not-tested"]
    review = json.loads(page(site).xpath("//script[@type='application/ld+json']")[0].text)
    assert "reviewRating" not in review
    assert review["reviewBody"] == NOT_TESTED
    assert html.fromstring((site / "claims/index.html").read_bytes()).xpath("//*[@id='not-tested']")
    told = [
        words(html.fromstring((site / name).read_bytes()))
        for name in ("claims/one/index.html", "claims/index.html", "datasets/visits/index.html")
    ]
    for word in ("agree with the claim", "Agrees with", "Contradict", "Supported by"):
        assert not [text for text in told if word in text.partition("How a verdict is reached")[0]]
    assert "What was said about" not in told[2]
    report = verify_site(str(site), None, lambda _: None)
    assert [(f.rule, f.file, f.found) for f in report.findings] == []


def test_a_claim_that_is_not_tested_shows_context(tmp_path: Path) -> None:
    text = register(rows("score >= 30", "among: 'true'")).replace("    tests:", OTHERS)
    site = build(tmp_path, text)
    told = words(page(site))
    assert "Of 60 rows, 27 meet the condition and 27 do not. 6 cannot be judged" in told
    assert "So from 45.0% to 55.0% of the rows meet it." in told
    sheet = json.loads((site / "claims/receipts.json").read_text())
    titles = [item["title"] for item in sheet["receipts"]]
    assert titles[0] == "Rows counted"
    assert not [title for title in titles if "agree" in title or "claim" in title]


def test_a_claim_without_a_test_may_be_about_other_records(tmp_path: Path) -> None:
    text = HEAD.format(title="T", status="reported")
    text += '    same_records: "no"\n    untestable: We looked for them.\n'
    site = build(tmp_path, text)
    assert verdict(site) == NOT_TESTED
    assert "This claim is not tested here. We looked for them." in words(page(site))


def test_records_that_may_be_others_are_said_to_be(tmp_path: Path) -> None:
    unknown = "We do not know whether the speaker meant these records."
    for answer in ("unknown", "yes"):
        text = register(rows("true")).replace("    tests:", f'    same_records: "{answer}"\n    tests:')  # fmt: skip
        assert (unknown in words(page(build(tmp_path / answer, text)))) == (answer == "unknown")


def test_absent_values_widen_the_bounds(tmp_path: Path) -> None:
    site = build(tmp_path, register(rows("score >= 30", "at_least: 0.9")))
    text = words(page(site))
    assert "Of 60 rows, 27 agree with the claim and 27 do not." in text
    assert (
        "6 cannot be judged, because a value is missing. So from 45.0% to 55.0% of the rows agree."
        in text
    )
    assert verdict(site) == "Contradicted by the records here."


GUARDED = DESCRIPTOR.replace(
    "privacy: {open: Sites are not people.}", "privacy: {identifiers: [visit_id], threshold: 15}"
)


def test_a_small_count_is_suppressed_and_cannot_be_worked_out(tmp_path: Path) -> None:
    guarded = {"data/visits/datapackage.yaml": GUARDED}
    site = build(tmp_path / "a", register(rows("outcome = 'pass'", "at_least: 0.9")), **guarded)
    text = words(page(site))
    assert "fewer than 15 do not agree with the claim and 0 cannot be judged. The other" in text
    assert "48" not in text
    assert verdict(site) == "Not testable with what is published."  # from 46 to 59 of 60 agree
    site = build(tmp_path / "b", register(rows("outcome = 'pass'", "at_least: 0.5")), **guarded)
    assert verdict(site) == "Supported by the records here."
    few = rows("outcome = 'pass'", among="score < 10")
    site = build(tmp_path / "c", register(few), **guarded)
    assert "There are fewer than 15 rows, too few for a result." in words(page(site))


def test_rows_of_a_table_of_counts_stand_for_their_counts(tmp_path: Path) -> None:
    tables = "privacy: {threshold: 15, tables: [{dimensions: [state, outcome]}]}"
    text = DESCRIPTOR.replace("privacy: {open: Sites are not people.}", tables)
    text = text[: text.index("  figures:")]
    files = {"data/visits/datapackage.yaml": text}
    test = rows("state = 'CA'", "at_least: 0.5", resource="by-state")
    root = write_portal(tmp_path, **{**files, "site/claims.yaml": register(test)})
    protect_dataset(root, "visits", lambda _: None)
    build_portal(root, root / "_site", lambda _: None)
    assert "Of 60 rows, 20 agree with the claim and 40 do not." in words(page(root / "_site"))
    assert not verify_site(str(root / "_site"), None, lambda _: None).findings
    hidden = rows("outcome = 'fail'", resource="by-state-outcome")
    (root / "site/claims.yaml").write_text(register(hidden))
    with pytest.raises(Blocked) as caught:
        build_portal(root, root / "_site", lambda _: None)
    [finding] = [item for item in caught.value.findings if item.blocks]
    assert (finding.rule, "suppressed" in finding.found) == ("claim-failed", True)


@pytest.mark.parametrize("stated", [12, 3])
def test_a_small_answer_is_a_range(tmp_path: Path, stated: int) -> None:
    sql = "SELECT count(*) FROM visits.visits WHERE outcome = 'fail'"
    test = f'value: {{sql: "{sql}", stated: {stated}}}'
    site = build(tmp_path, register(test), **{"data/visits/datapackage.yaml": GUARDED})
    assert verdict(site) == "Not testable with what is published."
    assert "The records here show fewer than 15." in words(page(site))
    assert 'value="12"' not in (site / "claims/one/index.html").read_text()


def test_an_answer_may_be_a_fraction(tmp_path: Path) -> None:
    sql = "SELECT avg(CASE WHEN outcome = 'pass' THEN 1.5 ELSE 0 END) FROM visits.visits"
    test = f'value: {{sql: "{sql}", stated: 1.25, tolerance: 0.05}}'
    site = build(tmp_path, register(test))
    assert "The records here show 1.2." in words(page(site))
    assert verdict(site) == "Supported by the records here."


def test_every_number_has_a_receipt_that_is_counted(tmp_path: Path) -> None:
    site = build(tmp_path, register(rows("score >= 30", "at_least: 0.9")))
    tree = page(site)
    marked = tree.xpath("//data[@data-figure]")
    names = {element.get("data-figure") for element in marked}
    assert names == {
        f"claims.one-1-{r}" for r in ("rows", "agree", "against", "open", "share", "most")
    }
    assert len(tree.xpath("//details[@class='receipt']")) == 6
    assert "other figure on this page can be verified" in words(tree)
    queries = [code.text for code in tree.xpath("//details[@class='receipt']//pre/code")]
    assert any('CREATE SCHEMA IF NOT EXISTS "visits"' in query for query in queries)
    listed = html.fromstring((site / "claims" / "index.html").read_bytes())
    assert "60 rows agree with the claim." in words(listed)
    assert "other figure on this page can be verified" in words(listed)


@pytest.mark.parametrize(
    "test",
    [
        rows("visit_id IN (SELECT visit_id FROM visits.visits)"),
        rows("true) FROM visits.visits; DROP TABLE x; SELECT (true"),
        rows("(SELECT content FROM read_text('/etc/passwd')) <> ''"),
        rows("count(*) OVER () > 1"),
        rows("nothing_like_it = 1"),
        rows("getenv('HOME') = ''"),
        rows("random() < 0.5"),
        rows("current_date > DATE '2020-01-01'"),
        rows("true", among="true; SELECT 1"),
        rows("true", dataset="ghosts"),
        rows("true", resource="ghosts"),
        "columns: {dataset: visits, resource: ghosts, none_with: [x]}",
        "value: {figure: visits.ghost, stated: 1}",
        "value: {figure: ghosts.total, stated: 1}",
        "value: {figure: total, stated: 1}",
        "value: {sql: 'SELECT 1; SELECT 2', stated: 1}",
        "value: {sql: \"SELECT * FROM read_csv('/etc/passwd')\", stated: 1}",
        "value: {sql: \"SELECT count(*) FROM '/etc/passwd'\", stated: 1}",
        "value: {sql: 'SELECT count(*) FROM information_schema.tables', stated: 1}",
        "value: {sql: \"ATTACH 'x.db'\", stated: 1}",
        "value: {sql: \"SELECT max(state) FROM visits.visits\", stated: 1}",
        "value: {sql: 'SELECT score FROM visits.visits', stated: 1}",
        "value: {sql: 'SELECT 1) AS a(value), (SELECT 2', stated: 1}",
        "value: {sql: 'SELECT count(*) FROM visits', stated: 60}",
    ],
)  # fmt: skip
def test_a_test_that_cannot_be_made_blocks(tmp_path: Path, test: str) -> None:
    found = refuse(tmp_path, register(test))
    assert {rule for rule, _ in found} == {"claim-failed"}
    assert all("claim one: Test: " in text for _, text in found)


def test_made_up_data_are_no_evidence(tmp_path: Path) -> None:
    made_up = DESCRIPTOR.replace("  unit: visit", "  synthetic: All made up.\n  unit: visit")
    for number, test in enumerate(
        (
            rows("true"),
            "value: {sql: 'SELECT count(*) FROM visits.visits', stated: 60}",
            "value: {figure: visits.total, stated: 60}",
            "columns: {dataset: visits, resource: visits, none_with: [race]}",
        )
    ):
        changes = {"data/visits/datapackage.yaml": made_up}
        found = refuse(tmp_path / str(number), register(test), **changes)
        assert [rule for rule, _ in found] == ["claim-synthetic"]


def test_two_claims_cannot_share_an_address(tmp_path: Path) -> None:
    text = register(rows("true"))
    found = refuse(tmp_path, text, **{"data/visits/claims.yaml": text})
    assert [rule for rule, _ in found] == ["claim-duplicate"]


def test_a_claim_may_stand_in_a_dataset(tmp_path: Path) -> None:
    write_portal(tmp_path, **{"data/visits/claims.yaml": register(rows("true"))})
    build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert verdict(tmp_path / "_site") == "Supported by the records here."


def test_a_dataset_that_was_not_fetched_fails_no_build(tmp_path: Path) -> None:
    away = DESCRIPTOR.replace("name: visits\ntitle", "name: away\ntitle", 1).replace(
        "path: visits.csv", "path: https://host.example/visits.csv"
    ).replace(
        "    schema:",
        f"    plainrecord: {{files: [{{path: 'https://host.example/visits.csv', sha256: {'a' * 64}, bytes: 9}}]}}\n    schema:",
        1,
    )  # fmt: skip
    text = register(
        rows("outcome = 'pass'", dataset="away"),
        "value: {figure: away.total, stated: 60}",
        "columns: {dataset: away, resource: visits, none_with: [race]}",
    )
    site = build(tmp_path, text, **{"data/away/datapackage.yaml": away})
    assert verdict(site) == "Not testable with what is published."
    assert words(page(site)).count("Listed, not published here.") == 3


def test_a_portal_without_claims_has_no_register(tmp_path: Path) -> None:
    site = build(tmp_path, "claims: []\n")
    assert not (site / "claims").exists()
    assert "Fact checks" not in (site / "index.html").read_text()


HOSTILE = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    text = register(rows("true"), title=HOSTILE).replace(
        "speaker: The inspectorate", f"speaker: {json.dumps(HOSTILE)}"
    )
    text += f"    concern: {json.dumps(HOSTILE)}\n    reply: {{status: answered, date: 2026-10-01, text: {json.dumps(HOSTILE)}}}\n"
    site = build(tmp_path, text)
    for name in ("claims/index.html", "claims/one/index.html"):
        tree = html.fromstring((site / name).read_bytes())
        assert not tree.xpath("//main//img")
        assert all(s.get("src") or s.get("type") for s in tree.xpath("//script"))
        assert tree.xpath("//*[contains(., 'onerror=alert(1)')]")
    (script,) = page(site).xpath("//script[@type='application/ld+json']")
    assert json.loads(script.text)["itemReviewed"]["author"]["name"] == HOSTILE
    root = check_feed((site / "claims" / "feed.atom").read_bytes())
    assert HOSTILE in root.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}title", "")


def test_the_review_has_no_rating_but_words(tmp_path: Path) -> None:
    settings = SETTINGS + "base_url: https://desk.example/p\n"
    site = build(tmp_path, register(rows("true")), **{"site/portal.yaml": settings})
    review = json.loads(page(site).xpath("//script[@type='application/ld+json']")[0].text)
    assert review["@type"] == "ClaimReview"
    assert review["url"] == "https://desk.example/p/claims/one/"
    assert review["claimReviewed"] == "every visit ends with a pass."
    assert review["reviewRating"] == {
        "@type": "Rating",
        "alternateName": "Supported by the records here",
    }
    assert review["datePublished"] == "2026-10-01"  # the data are newer than the entry


def test_the_feed_names_each_claim_by_its_address(tmp_path: Path) -> None:
    settings = SETTINGS + "base_url: https://desk.example/p\n"
    site = build(tmp_path, register(rows("true")), **{"site/portal.yaml": settings})
    root = check_feed((site / "claims" / "feed.atom").read_bytes())
    entry = root.find(f"{{{ATOM}}}entry")
    assert isinstance(entry, etree._Element)
    assert entry.findtext(f"{{{ATOM}}}id") == "https://desk.example/p/claims/one/"
    link = entry.find(f"{{{ATOM}}}link")
    assert link is not None
    assert link.get("href") == "https://desk.example/p/claims/one/"
    assert entry.findtext(f"{{{ATOM}}}summary") == (
        "The inspectorate says: every visit ends with a pass."
    )
    assert entry.findtext(f"{{{ATOM}}}updated") == "2026-10-01T00:00:00Z"


def test_a_typed_number_in_the_registers_own_words_is_noticed(tmp_path: Path) -> None:
    text = register(rows("true")) + "    concern: There were 1,234 of them.\n"
    write_portal(tmp_path, **{"site/claims.yaml": text})
    report = build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert [(f.rule, f.file) for f in report.findings] == [("number-bare", "site/claims.yaml")]
    waived = text + '    numbers: [{text: "1,234", reason: told by the speaker}]\n'
    write_portal(tmp_path, **{"site/claims.yaml": waived})
    report = build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert not report.findings


def test_a_test_looks_back_over_the_releases(tmp_path: Path) -> None:
    write_releases(tmp_path)
    text = register(rows("visit_id <> 'v900'"), "value: {figure: visits.total, stated: 60}")
    (tmp_path / "site" / "claims.yaml").write_text(text)
    build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    tree = page(tmp_path / "_site")
    first, second = tree.xpath("//details[contains(@class, 'history')]")
    lines = [words(p) for p in first.xpath("./ul/li/p")]
    assert lines == [
        "1 November 2026: contradicts the claim. Share that agrees: 98.4%.",
        "1 October 2026: agrees with the claim. Share that agrees: 100%.",
    ]
    assert [words(p) for p in second.xpath("./ul/li/p")][1].endswith("Visits: 60.")
    figures = {d.get("data-figure") for d in first.xpath(".//data")}
    assert figures == {"claims.one-1-share-2026-10-01", "claims.one-1-share-2026-11-01"}
    assert "other figure on this page can be verified" in words(tree)


def test_a_release_with_other_columns_does_not_fail_the_build(tmp_path: Path) -> None:
    write_releases(tmp_path)
    descriptor = tmp_path / "data/visits/datapackage.yaml"
    text = descriptor.read_text()
    derived = '    plainrecord: {derive: [{field: {name: late, type: boolean}, sql: "score > 50"}]}\n    schema:'
    descriptor.write_text(
        text.replace("    schema:", derived, 1).replace("2026-11-01", "2026-11-02")
    )
    freeze_release(tmp_path, "visits", "", "A column more.", "", lambda _: None)
    (tmp_path / "site" / "claims.yaml").write_text(register(rows("late", "at_most: 0.5")))
    build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    (details,) = page(tmp_path / "_site").xpath("//details[contains(@class, 'history')]")
    lines = [words(p) for p in details.xpath("./ul/li/p")]
    assert lines[0].startswith("2 November 2026: agrees with the claim.")
    assert lines[1:] == [
        f"1 {month} 2026: inconclusive. The test does not fit the columns of this release."
        for month in ("November", "October")
    ]


ROOT = Path(__file__).parents[2]
SIXTEEN = {
    "every-stop-is-recorded": "not-tested",
    "updated-in-real-time": "not-tested",
    "dashboards-are-coming": "not-testable",
    "complete-records-on-a-portal": "source-not-found",
    "what-the-portal-holds": "source-not-found",
    "an-api-of-stop-records": "source-not-found",
    "demographics-only-in-aggregate": "not-tested",
    "time-only-to-the-month": "not-tested",
    "legal-basis-without-a-statute": "not-tested",
    "follow-up-detention-or-release": "not-tested",
    "methodology-minimal-no-audit": "not-tested",
    "a-directive-mandates-metrics": "source-not-found",
    "a-gao-report-finds-too-little-detail": "source-not-found",
    "new-york-request-of-2023": "source-not-found",
    "doe-v-ice": "source-not-found",
    "exemptions-five-and-seven-a": "not-tested",
}


def copy_arrests(root: Path) -> None:
    """A portal below `root` with this repository's register and the records that it needs."""
    (root / "site").mkdir()
    (root / "site" / "portal.yaml").write_text(SETTINGS)
    shutil.copy(ROOT / "site" / "claims.yaml", root / "site" / "claims.yaml")
    for name in ("ice-arrests", "published-figures"):  # the first is reconciled with the second
        shutil.copytree(ROOT / "data" / name, root / "data" / name)


def told_verdicts(site: Path) -> dict[str, str]:
    """The verdict of each claim by its name, from the terms of the feed."""
    root = etree.fromstring((site / "claims" / "feed.atom").read_bytes())
    links = root.findall(f"{{{ATOM}}}entry/{{{ATOM}}}link")
    verdicts = root.findall(f"{{{ATOM}}}entry/{{{ATOM}}}category")
    return {
        link.get("href", "").split("/")[-2]: verdict.get("term", "")
        for link, verdict in zip(links, verdicts, strict=True)
    }


def test_without_the_records_the_register_says_so(tmp_path: Path) -> None:
    copy_arrests(tmp_path)
    build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert told_verdicts(tmp_path / "_site") == SIXTEEN
    text = words(page(tmp_path / "_site", "time-only-to-the-month"))
    assert "Listed, not published here. 4 of its source files have not been fetched." in text


def test_the_sixteen_claims_on_the_real_arrests(real_data: Path, tmp_path: Path) -> None:
    """The counts are those of the agency's own files, counted anew from their text."""
    copy_arrests(tmp_path)
    plan, _ = plan_portal(tmp_path)
    wanted = plan.remote_files([])
    mirrors = fetch.index_mirrors([real_data], wanted)
    where = cache_folder(tmp_path)
    for source in wanted:
        _, failed = fetch.fetch_file(
            source, where, portal=plan.portal, mirrors=mirrors, progress=lambda *_: None
        )
        assert not failed
    site = tmp_path / "_site"
    build_portal(tmp_path, site, lambda _: None)
    assert told_verdicts(site) == SIXTEEN

    total = known = first = held = marked = filled = 0
    for path in sorted(where.rglob("*")):
        if not path.is_file():
            continue
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            lines = list(csv.reader(stream, delimiter="|"))[5:]
        header, records = lines[0], [line for line in lines[1:] if any(line)]
        for record in records:
            row = dict(zip(header, record, strict=True))
            total += 1
            known += row["Gender"] in ("Male", "Female")
            first += row["Apprehension Date"].split("/")[1] in ("1", "01")
            paper = row["Processing Disposition"]
            filled += paper != ""
            held += bool(re.search("deten|detain|custody|parole|releas", paper, re.IGNORECASE))
            marks = row["Operation"] + row["Birth Date"]
            marked += "(B)(5)" in marks.upper() or "(B)(7)(A)" in marks.upper()
            assert row["Birth Date"] == "(B)(6);(B)(7)(C) "
    assert (total, marked) == (544_059, 0)
    assert f"Of {total:,} rows, {total - known:,} meet the condition and {known:,} do not." in (
        words(page(site, "demographics-only-in-aggregate"))
    )
    assert f"Of {total:,} rows, {first:,} meet the condition" in (
        words(page(site, "time-only-to-the-month"))
    )
    assert (
        f"Of {total:,} rows, {held:,} meet the condition and {filled - held:,} do not. "
        f"{total - filled:,} cannot be judged"
    ) in words(page(site, "follow-up-detention-or-release"))
    assert f"Of {total:,} rows, 0 meet the condition" in (
        words(page(site, "exemptions-five-and-seven-a"))
    )


def test_the_register_states_nothing_as_a_fact() -> None:
    plan, _ = plan_portal(ROOT)
    assert [claim.name for claim in plan.claims] == list(SIXTEEN)
    for claim in plan.claims:
        assert claim.speaker
        assert claim.said[0].islower() or claim.said.startswith("GAO"), "it follows “says:”"
        assert claim.meant
        assert claim.concern
        assert claim.wanted
        assert claim.reply.status == "none"
        datasets = {getattr(part.test, "dataset", "") for part in claim.tests}
        assert "stops" not in datasets


def test_the_receipts_of_the_register_are_verified(tmp_path: Path) -> None:
    write_releases(tmp_path)
    text = register(
        rows("score >= 30", "at_least: 0.5"),
        "value: {figure: visits.total, stated: 61}",
        "value: {sql: 'SELECT max(score) FROM visits.visits', stated: 59}",
    )
    (tmp_path / "site" / "claims.yaml").write_text(text)
    site = tmp_path / "_site"
    build_portal(tmp_path, site, lambda _: None)
    sheet = json.loads((site / "claims" / "receipts.json").read_text())
    assert sheet["dataset"] == "claims"
    assert "claims.one-1-share-2026-10-01" in {item["id"] for item in sheet["receipts"]}
    report = verify_site(str(site), None, lambda _: None)
    assert [(f.rule, f.file, f.found) for f in report.findings] == []
    for file in ("claims/one/index.html", "claims/receipts.json"):
        altered = tmp_path / file.replace("/", "-")
        shutil.copytree(site, altered)
        replace_text(altered / file, "28", "29")
        reseal(altered)
        found = {f.rule for f in verify_site(str(altered), None, lambda _: None).findings}
        assert found & {"page-differs", "receipt-differs"}, file
