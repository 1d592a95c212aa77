"""A publisher who tampers and makes every list anew: what gives him away all the same."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import VerifyReport, verify_site
from tests.portals import write_portal, write_releases
from tests.tampering import digest, edit_json, replace_text, reseal

PAGE = "datasets/visits/index.html"
BOOK = "datasets/visits/codebook/index.html"
RECEIPTS = "datasets/visits/receipts.json"
DOWNLOADS = "datasets/visits/downloads"
PARQUET = f"{DOWNLOADS}/visits.parquet"
SPEC = "datasets/visits/charts/by-outcome.json"
TOTAL = '<data class="figure-value" data-figure="visits.total" value="60">60</data>'


def quiet(_: str) -> None:
    return None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_portal(tmp_path_factory.mktemp("dishonest"))
    build_portal(root, root / "_site", quiet)
    return root / "_site"


def verify(target: Path, since: Path | None = None) -> VerifyReport:
    return verify_site(str(target), since, quiet)


def told(report: VerifyReport) -> set[tuple[str, str]]:
    return {(finding.rule, finding.file) for finding in report.findings}


# Data packages


def rezip(site: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    path = site / DOWNLOADS / "visits.zip"
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)


def test_a_table_taken_out_of_the_descriptor_is_not_left_uncompared(site: Path) -> None:
    descriptor, csv = site / DOWNLOADS / "datapackage.json", site / DOWNLOADS / "visits.csv"
    before = digest(csv)
    edit_json(descriptor, lambda d: d.update(resources=[]))
    replace_text(csv, ",NY,", ",CA,")
    replace_text(site / PAGE, before, digest(csv))
    rezip(site, lambda h: h.update({p.name: p.read_bytes() for p in (descriptor, csv)}))
    reseal(site)
    assert told(verify(site)) >= {("package-differs", PARQUET)}


def test_a_zip_without_the_table_is_named(site: Path) -> None:
    rezip(site, lambda held: held.update({"Visits.csv": held.pop("visits.csv")}))
    reseal(site)
    assert told(verify(site)) >= {("package-differs", f"{DOWNLOADS}/visits.zip")}


# The command


def test_signs_that_a_terminal_acts_on_are_written_out(site: Path) -> None:
    left = [{"id": "visits.x\x1b[2J", "why": "\x1b[31mfine\ud800"}]
    edit_json(site / RECEIPTS, lambda d: d.update(not_checkable=left))
    reseal(site)
    for options in ([], ["--format", "json"]):
        code = "from plainrecord.cli.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, "verify", str(site), *options],
            capture_output=True, check=False, env={"PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": "utf-8:strict"},
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert b"\x1b" not in said
        assert b"Traceback" not in said
        if options:
            assert json.loads(done.stdout)["not_checkable"] == [
                "visits.x\x1b[2J: \x1b[31mfine\ud800"
            ]


# Receipts


def another_parquet(site: Path) -> tuple[Path, int]:
    """A table with one row more, where nobody looks."""
    made = site / "assets" / "visits.parquet"
    duckdb.execute(
        f"COPY (FROM '{site / PARQUET}' UNION ALL (FROM '{site / PARQUET}' LIMIT 1)) "
        f"TO '{made}' (FORMAT parquet)"
    )
    return made, 61


def test_a_receipt_over_a_table_of_ones_own_is_named(site: Path) -> None:
    made, rows = another_parquet(site)
    path, before, after = "assets/visits.parquet", digest(site / PARQUET), digest(made)

    def change(document: Any) -> None:
        receipt = document["receipts"][0]
        receipt["files"][0].update(path=path, sha256=after, rows=rows)
        receipt.update(value=rows, shown=str(rows))

    edit_json(site / RECEIPTS, change)
    text = (site / PAGE).read_text()
    start = text.index('data-receipt="visits.total"')
    end = text.index("</details>", start)
    shown = text[start:end].replace(PARQUET, path).replace(before, after)
    text = (text[:start] + shown + text[end:]).replace(TOTAL, TOTAL.replace("60", "61"))
    (site / PAGE).write_text(text)
    replace_text(site / "index.html", TOTAL, TOTAL.replace("60", "61"))
    edit_json(
        site / "api/v1/datasets/visits.json", lambda d: d["figures"][0].update(value=61, shown="61")
    )
    reseal(site)
    assert ("receipt-file-wrong", RECEIPTS) in told(verify(site))


def test_receipts_taken_away_are_missed(site: Path) -> None:
    marks = re.compile(r' data-(figure|count|chart|receipt|spec)="(visits\.|charts/)[^"]*"')
    for page in site.rglob("*.html"):
        page.write_text(marks.sub("", page.read_text()).replace(">60<", ">61<"))
    edit_json(site / RECEIPTS, lambda d: d.update(receipts=[]))
    edit_json(site / "api/v1/datasets/visits.json", lambda d: d.update(figures=[]))
    reseal(site)
    assert ("table-unproven", PARQUET) in told(verify(site))


# Charts


def label_of_an_axis(specification: Any) -> None:
    specification["layer"][0]["encoding"]["y"]["axis"]["labelExpr"] = "'9000'"


def words_of_a_chart(specification: Any) -> None:
    specification["title"] = "9,000 visits failed"


def stretched_axis(specification: Any) -> None:
    specification["layer"][0]["encoding"]["x"]["scale"] = {"domain": [40, 4000]}


@pytest.mark.parametrize("change", [label_of_an_axis, words_of_a_chart, stretched_axis])
def test_a_chart_drawn_in_another_way_is_named(site: Path, change: Callable[[Any], None]) -> None:
    edit_json(site / SPEC, change)
    reseal(site)
    assert told(verify(site)) == {("page-differs", SPEC)}


def test_a_live_chart_that_is_gone_is_named(site: Path) -> None:
    next(site.glob("datasets/visits/charts/*.vega.json")).unlink()
    reseal(site)
    assert ("receipt-file-wrong", RECEIPTS) in told(verify(site))


def test_a_chart_without_a_receipt_is_named(site: Path) -> None:
    edit_json(site / SPEC, lambda d: d["datasets"]["rows"][0].update(value=4800))
    (site / SPEC).rename(site / "datasets/visits/charts/other.json")
    replace_text(site / PAGE, 'data-chart="visits.by-outcome" data-spec="charts/by-outcome.json"',
                 'data-spec="charts/other.json"')  # fmt: skip
    reseal(site)
    assert ("figure-unproven", PAGE) in told(verify(site))


@pytest.mark.parametrize("tool", ["altair", "plainrecord"])
def test_what_another_version_made_is_said_not_to_be_compared(site: Path, tool: str) -> None:
    assert verify(site).skipped == ()
    edit_json(site / "manifest.json", lambda d: d["inputs"]["tools"].update({tool: "0.0"}))
    reseal(site)
    report = verify(site)
    assert report.holds
    assert all(f"{tool} 0.0" in item.why for item in report.skipped)
    assert {item.count for item in report.skipped} >= {report.series}


# Pages


@pytest.mark.parametrize("ending", ["htm", "HTML", "xhtml"])
def test_a_page_is_a_page_whatever_its_ending(site: Path, ending: str) -> None:
    (site / f"more.{ending}").write_text(TOTAL.replace("60", "61") + '<img src="//evil.example/x">')
    reseal(site)
    rules = {rule for rule, file in told(verify(site)) if file == f"more.{ending}"}
    assert rules == {"page-differs", "third-party-resource"}


def test_a_page_that_leads_all_its_links_elsewhere_is_named(site: Path) -> None:
    replace_text(site / PAGE, "<head>", '<head><base href="releases/">')
    reseal(site)
    assert ("link-broken", PAGE) in told(verify(site))


# Releases

CHAIN = "datasets/visits/releases.json"
OLD, NEW = "2026-10-01", "2026-11-01"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portal with two releases as it was, which a reader kept."""
    root = write_releases(tmp_path_factory.mktemp("kept"))
    build_portal(root, root / "_site", quiet)
    return root / "_site"


@pytest.fixture
def later(kept: Path, tmp_path: Path) -> Path:
    """The same portal, for a test to tamper with."""
    shutil.copytree(kept, tmp_path / "later")
    return tmp_path / "later"


def rewrite(site: Path, entry: int, change: Callable[[Any], None]) -> None:
    edit_json(site / CHAIN, lambda d: change(d["releases"][entry]))
    reseal(site)


def test_a_release_without_its_files_is_no_release(kept: Path, later: Path) -> None:
    """The entry stays, and so do all hashes of the chain."""
    shutil.rmtree(later / f"datasets/visits/releases/{OLD}")
    for page in later.rglob("*.html"):
        page.write_text(page.read_text().replace(f'href="{OLD}/"', "href='./'"))
    for rows in later.rglob("rows/visits/rows.json"):  # a link to a view of it leads nowhere
        edit_json(rows, lambda document: document["releases"].pop(0))
    rewrite(later, 0, lambda entry: entry.update(published={}))
    assert told(verify(later)) == {("chain-broken", CHAIN)}
    (later / f"datasets/visits/releases/{OLD}").mkdir()
    (later / f"datasets/visits/releases/{OLD}/index.html").write_text("<p>Not in this build.</p>")
    reseal(later)
    report = verify(later)
    assert f"visits: the release of {OLD}: it has no published files" in [
        item.words for item in report.skipped
    ]
    assert report.holds  # a build may lack files that were not fetched
    assert ("history-rewritten", CHAIN) in told(verify(later, kept / "manifest.json"))


def other_records(site: Path) -> None:
    """Other records in an old release, in every format and list; the chain's hashes stay."""
    folder = site / f"datasets/visits/releases/{OLD}/downloads"
    edit = "CASE WHEN visit_id = 'v001' THEN 'CA' ELSE state END AS state"
    parquet = folder / "visits.parquet"
    duckdb.execute(f"COPY (SELECT * REPLACE ({edit}) FROM '{parquet}') TO '{folder}/x.parquet'")
    (folder / "x.parquet").replace(parquet)
    published = {
        f"datasets/visits/releases/{OLD}/downloads/{path.name}": digest(path)
        for path in folder.iterdir()
    }
    rewrite(site, 0, lambda entry: entry.update(published=published))


@pytest.mark.parametrize("name", ["manifest.json", CHAIN])
def test_a_past_release_with_other_records_is_reported(kept: Path, later: Path, name: str) -> None:
    assert verify(later, kept / name).findings == ()
    other_records(later)
    report = verify(later, kept / name)
    rewritten = [f for f in report.findings if f.rule == "history-rewritten"]
    if name == CHAIN:  # which tools wrote the files is not in it
        assert not rewritten
        files, others = report.skipped
        assert "files of past releases" in files.what
        assert "datasets other than" in others.what
    else:
        assert [finding.file for finding in rewritten] == [CHAIN]
        assert "visits.parquet" in rewritten[0].found
        assert report.skipped == ()


def test_other_tools_may_write_other_bytes(kept: Path, later: Path) -> None:
    other_records(later)
    edit_json(later / "manifest.json", lambda d: d["inputs"]["tools"].update(duckdb="0.0"))
    reseal(later)
    report = verify(later, kept / "manifest.json")
    assert "history-rewritten" not in {finding.rule for finding in report.findings}
    assert any("files of past releases" in item.what for item in report.skipped)


def test_the_dataset_offers_its_newest_release(later: Path) -> None:
    for place in ("visits.parquet", "visits.csv", "visits.json"):
        source = later / f"datasets/visits/releases/{OLD}/downloads" / place
        shutil.copy(source, later / DOWNLOADS / place)
    reseal(later)
    found = [f.found for f in verify(later).findings if f.rule == "chain-broken"]
    assert any(PARQUET in text for text in found)


def test_queries_that_are_slow_each_have_an_end_together(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ends within its own bound, so none is a failure; a portal may have thousands."""
    monkeypatch.setattr("plainrecord.verify.rerun.MOST_SECONDS", 0.001)
    report = verify(site)
    assert not report.findings
    assert sum(item.count for item in report.skipped) > 5
    assert any("not run" in item.why for item in report.skipped)


def test_what_announces_and_describes_records_is_compared(site: Path) -> None:
    replace_text(site / "robots.txt", "Allow", "Disallow")
    replace_text(site / BOOK, '"field-title">Day of visit', '"field-title">Day of report')
    replace_text(site / PAGE, ">Public domain</a>", ">All rights reserved</a>")
    replace_text(site / "datasets/visits/feed.atom", "<title>Inspection", "<title>No inspection")
    replace_text(
        site / "datasets/index.html", "<head>", '<head><meta property="og:image" content="x">'
    )
    edit_json(site / "data.json", lambda d: d["dataset"][0].update(license="https://e.example/"))
    for page in site.rglob("*.html"):
        page.write_text(re.sub(r'href="[^"]*visits\.json"', 'href="#main"', page.read_text()))
    for script in (site / "assets").glob("portal.*.js"):
        script.write_text("console.log(1)")
    reseal(site)
    report = verify(site)
    differing = {finding.file for finding in report.findings if finding.rule == "document-differs"}
    assert differing == {
        "robots.txt",
        "feed.atom",
        "datasets/visits/feed.atom",
        "datasets/index.html",
        "data.json",
    }
    assert {("page-differs", PAGE), ("page-differs", BOOK)} <= told(report)
    assert {item.what for item in report.skipped} == {
        "scripts",
        "who finds datasets/visits/downloads/visits.json",
    }


# What stands around a number


def _swap(site: Path) -> None:
    """The number of each of two cards in the other one, marks and all."""
    place = site / PAGE
    text = place.read_text()
    first, second = re.findall(r'<p class="figure-number">(<data .*?</data>)', text)[:2]
    assert first != second
    place.write_text(text.replace(first, "@").replace(second, first).replace("@", second))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('<h3 data-fact="title">', '<h3 data-fact="title">Few of the ', "title is"),
        ('<span data-fact="unit">', '<span data-fact="unit">few ', "unit is"),
        ('<dd data-fact="rows">60<', '<dd data-fact="rows">600<', "rows is '600'"),
        ('visits.parquet">60 rows<', 'visits.parquet">600 rows<', "rows of datasets/visits"),
        (
            '<dd data-fact="suppressed">nothing: the',
            '<dd data-fact="suppressed">nothing at all: the',
            "suppressed is",
        ),
        ('<dd data-fact="rows">60</dd>', "<dd>600</dd>", "rows is missing"),
        ("", "", "is shown as what"),
    ],
    ids=["title", "unit", "rows", "rows_of_a_file", "suppressed", "left_out", "swapped"],
)
def test_what_stands_around_a_number_is_held_to_its_receipt(
    site: Path, old: str, new: str, said: str
) -> None:
    if old:
        text = (site / PAGE).read_text()
        assert old in text
        (site / PAGE).write_text(text.replace(old, new, 1))
    else:
        _swap(site)
    reseal(site)
    findings = verify(site).findings
    assert any(f.rule == "page-differs" and f.file == PAGE and said in f.found for f in findings)


def test_a_release_that_is_named_in_a_receipt_is_one_that_it_reads(site: Path) -> None:
    def change(document: Any) -> None:
        document["receipts"][0]["release"] = "2020-01-01"

    edit_json(site / RECEIPTS, change)
    reseal(site)
    findings = verify(site).findings
    assert any("it reads no file of '2020-01-01'" in finding.found for finding in findings)


def test_a_release_that_is_said_to_be_withdrawn_is_reported_and_has_no_files(
    tmp_path: Path,
) -> None:
    root = write_releases(tmp_path)
    build_portal(root, root / "_site", quiet)
    site = root / "_site"
    document = "datasets/visits/releases.json"
    withdrawn = {"release": "2026-10-01", "on": "2026-11-05", "reason": "It named people."}
    edit_json(site / document, lambda d: d.update(withdrawn=[withdrawn]))
    reseal(site)
    report = verify(site)
    assert any("its files are published" in finding.found for finding in report.findings)
    assert "visits: the release of 2026-10-01 is listed as withdrawn" in report.unchecked
