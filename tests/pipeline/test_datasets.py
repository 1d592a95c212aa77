"""Releases in a build: each at its address, with its own figures; an edited past blocks."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.model.chain import chain_problems
from plainrecord.pages.releases import MOVED_PAGES, RELEASE_PAGES
from plainrecord.pipeline.build import BuildReport, build_portal
from plainrecord.pipeline.release import freeze_release, record_check
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, ROWS, SETTINGS, write_portal, write_releases

HOME = "datasets/visits"
OLD = f"{HOME}/releases/2026-10-01"
NEW = f"{HOME}/releases/2026-11-01"


def build(root: Path, **more: str) -> BuildReport:
    return build_portal(root, root / "_site", lambda _: None, **more)  # type: ignore[arg-type]


def page(root: Path, path: str) -> str:
    text = (root / "_site" / path / "index.html").read_text()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition("<main")[2]))


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_releases(tmp_path_factory.mktemp("releases"))
    report = build(root)
    assert (report.datasets, report.releases, report.rows) == (1, 2, 61)
    return root


def test_every_release_has_its_own_figures_and_pages(portal: Path) -> None:
    for place, count in ((OLD, 60), (NEW, 61), (HOME, 61)):
        text = page(portal, place)
        assert re.search(rf"Visits {count} ", text), place
        for part in ("codebook", "check", "methodology"):
            assert (portal / "_site" / place / part / "index.html").is_file()


def test_a_receipt_reads_the_release_it_stands_on(portal: Path) -> None:
    text = (portal / "_site" / OLD / "index.html").read_text()
    digest = hashlib.sha256(
        (portal / "_site" / OLD / "downloads/visits.parquet").read_bytes()
    ).hexdigest()
    assert f"{OLD}/downloads/visits.parquet" in text
    assert digest in text
    assert f"FROM '{HOME}/downloads" not in text


def test_an_old_release_says_so_and_leads_on(portal: Path) -> None:
    text = page(portal, OLD)
    assert (
        "This is the release of 1 October 2026. The newest release is that of 1 November 2026."
        in text
    )
    raw = (portal / "_site" / OLD / "index.html").read_text()
    assert 'href="../../"' in raw
    assert 'href="../"' in raw
    assert "the newest of 2" in page(portal, HOME)


def test_the_newest_is_the_same_files_at_both_addresses(portal: Path) -> None:
    names = sorted(path.name for path in (portal / "_site" / HOME / "downloads").iterdir())
    assert "visits.parquet" in names
    for name in names:
        one, other = (portal / "_site" / place / "downloads" / name for place in (HOME, NEW))
        assert one.read_bytes() == other.read_bytes(), name
    assert f"{NEW}/" in write_cited(portal)


def write_cited(portal: Path) -> str:
    """The citation on the newest page of the portal built with a public address."""
    build_portal(portal, portal / "_site", lambda _: None, base_url="https://p.example")
    return page(portal, HOME)


def test_the_chain_is_published_with_the_files_of_the_site(portal: Path) -> None:
    document = json.loads((portal / "_site" / HOME / "releases.json").read_text())
    assert document["dataset"] == "visits"
    assert chain_problems(document) == ()
    assert [entry["date"] for entry in document["releases"]] == ["2026-10-01", "2026-11-01"]
    for entry in document["releases"]:
        assert entry["published"]
        for path, digest in entry["published"].items():
            content = (portal / "_site" / path).read_bytes()
            assert hashlib.sha256(content).hexdigest() == digest


def test_the_list_of_releases_shows_each(portal: Path) -> None:
    text = page(portal, f"{HOME}/releases")
    assert text.index("1 November 2026") < text.index("1 October 2026")
    for words in ("60 rows", "61 rows", "The first.", "One visit more.", "none: this is the first"):
        assert words in text


def test_releases_are_the_same_bytes_elsewhere(portal: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    shutil.copytree(portal, other, ignore=shutil.ignore_patterns("_site", ".plainrecord"))
    build(other)
    build(portal)
    for path in sorted((portal / "_site").rglob("*")):
        if path.is_file():
            twin = other / "_site" / path.relative_to(portal / "_site")
            assert path.read_bytes() == twin.read_bytes(), path.name


def test_texts_may_be_improved_after_a_release(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    descriptor = root / "data/visits/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace("Visits to sites.", "A better text."))
    build(root)
    assert "A better text." in page(root, HOME)
    assert "Visits to sites." in page(root, NEW)
    parquet = [root / "_site" / place / "downloads/visits.parquet" for place in (HOME, NEW)]
    assert parquet[0].read_bytes() == parquet[1].read_bytes()


def test_columns_may_change_between_releases(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    text = DESCRIPTOR.replace("        - {name: state, type: string, title: State}\n", "")
    text = text.replace(
        "    - {name: by-state, title: Visits by state, kind: tile-map, x: state}\n", ""
    )
    text = text.replace("updated: 2026-10-01", "updated: 2026-12-01")
    (root / "data/visits/datapackage.yaml").write_text(text)
    rows = [line.split(",") for line in ROWS.splitlines()]
    (root / "data/visits/visits.csv").write_text(
        "".join(",".join((a, b, d, e)) + "\n" for a, b, _, d, e in rows)
    )
    freeze_release(root, "visits", "", "", "", lambda _: None)
    build(root)
    assert "Visits by state" in page(root, OLD)
    assert "Visits by state" not in page(root, HOME)


def test_a_figure_may_read_an_earlier_release(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    descriptor = root / "data/visits/datapackage.yaml"
    more = (
        "    - {name: growth, title: More than in October, sql: 'SELECT (SELECT count(*) FROM visits)"
        ' - (SELECT count(*) FROM "visits@2026-10-01".visits)\'}\n  charts:'
    )
    descriptor.write_text(descriptor.read_text().replace("  charts:", more))
    build(root)
    text = (root / "_site" / HOME / "index.html").read_text()
    assert re.search(
        r"More than in October</h3>\s*<p class=\"figure-number\"><data [^>]*>1</data></p>", text
    )
    assert f"{OLD}/downloads/visits.parquet" in text


def edit_old_rows(root: Path) -> None:
    file = root / "data/visits/releases/2026-10-01/visits.csv"
    file.write_text(file.read_text().replace("pass", "fail", 1))


def edit_old_descriptor(root: Path) -> None:
    file = root / "data/visits/releases/2026-10-01/datapackage.yaml"
    file.write_text(file.read_text().replace("Visits to sites.", "Visits."))


def edit_old_methodology(root: Path) -> None:
    (root / "data/visits/releases/2026-10-01/methodology.md").write_text("Otherwise.")


def edit_note(root: Path) -> None:
    file = root / "data/visits/releases.yaml"
    file.write_text(file.read_text().replace("The first.", "The very first."))


def drop_entry(root: Path) -> None:
    file = root / "data/visits/releases.yaml"
    first, second = re.findall(r"  - date(?:.|\n)*?previous.*\n", file.read_text())
    file.write_text(file.read_text().replace(first, ""))
    assert second in file.read_text()


def drop_newest_entry(root: Path) -> None:
    file = root / "data/visits/releases.yaml"
    file.write_text(file.read_text()[: file.read_text().index("  - date: 2026-11-01")])


def drop_folder(root: Path) -> None:
    shutil.rmtree(root / "data/visits/releases/2026-10-01")


def drop_file(root: Path) -> None:
    (root / "data/visits/releases/2026-10-01/visits.csv").unlink()


def drop_ledger(root: Path) -> None:
    (root / "data/visits/releases.yaml").unlink()


def change_now(root: Path) -> None:
    (root / "data/visits/visits.csv").write_text(ROWS)


def change_policy(root: Path) -> None:
    file = root / "data/visits/datapackage.yaml"
    file.write_text(file.read_text().replace("{open: Sites are not people.}", "{threshold: 5}"))


@pytest.mark.parametrize(
    ("tamper", "rule"),
    [
        (edit_old_rows, "release-changed"),
        (edit_old_descriptor, "release-changed"),
        (edit_old_methodology, "release-changed"),
        (edit_note, "release-chain-broken"),
        (drop_entry, "release-chain-broken"),
        (drop_newest_entry, "release-unlisted"),
        (drop_folder, "release-missing"),
        (drop_file, "file-missing"),
        (drop_ledger, "release-unlisted"),
        (change_now, "release-outdated"),
        (change_policy, "release-outdated"),
    ],
)
def test_an_edited_past_blocks_and_the_site_stays(
    tmp_path: Path, tamper: Callable[[Path], None], rule: str
) -> None:
    root = write_releases(tmp_path)
    (root / "_site").mkdir()
    (root / "_site/.plainrecord-site").write_text("ours")
    (root / "_site/index.html").write_text("as it was")
    tamper(root)
    with pytest.raises(Blocked) as caught:
        build(root)
    assert rule in {finding.rule for finding in caught.value.findings if finding.blocks}
    assert (root / "_site/index.html").read_text() == "as it was"


def test_what_does_not_block_in_a_release_is_reported_on_its_page_alone(tmp_path: Path) -> None:
    rows = ROWS.replace(",pass,1\n", ",pass ,1\n").replace("{value: pass", "x")
    text = re.sub(r"\n          categories: .*", "", DESCRIPTOR)
    empty = "    - {name: none, title: None, kind: bar, x: state, where: 'score > 1000'}\n"
    root = write_portal(
        tmp_path, **{"data/visits/visits.csv": rows, "data/visits/datapackage.yaml": text + empty}
    )
    freeze_release(root, "visits", "", "", "", lambda _: None)
    text = text.replace("updated: 2026-10-01", "updated: 2026-11-01")
    (root / "data/visits/datapackage.yaml").write_text(text)
    (root / "data/visits/visits.csv").write_text(ROWS)
    freeze_release(root, "visits", "", "", "", lambda _: None)
    report = build(root)
    assert not {finding.rule for finding in report.findings} & {"padded-value", "chart-empty"}
    assert "Leading or trailing spaces" in page(root, OLD)
    assert "Leading or trailing spaces" not in page(root, HOME)


def test_the_age_is_reported_as_of_a_stated_day(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    for folder in ("", "/releases/2026-11-01", "/releases/2026-10-01"):
        file = root / f"data/visits{folder}/datapackage.yaml"
        file.write_text(
            file.read_text().replace("  unit: visit", "  unit: visit\n  frequency: R/P3M")
        )
    shutil.rmtree(root / "data/visits/releases")
    (root / "data/visits/releases.yaml").unlink()
    freeze_release(root, "visits", "", "", "", lambda _: None)
    record_check(root, "visits", "2026-12-24", "", "")
    build(root)
    assert "Last checked on 24 December 2026: no new release." in page(root, HOME)
    assert "Next update expected by 1 February 2027." in page(root, HOME)
    build(root, as_of="2027-03-20")
    for place in (HOME, f"{HOME}/releases"):
        assert "expected by 1 February 2027. It was 47 days overdue on 20 March 2027." in page(
            root, place
        )
    assert "overdue" not in page(root, NEW)


def test_a_release_that_is_not_fetched_keeps_its_address(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    digest = hashlib.sha256(ROWS.encode()).hexdigest()
    text = DESCRIPTOR.replace(
        "path: visits.csv",
        "path: https://data.example/visits.csv\n    plainrecord: {files: [{path: "
        f'"https://data.example/visits.csv", sha256: {digest}, bytes: {len(ROWS)}}}]}}',
    ).replace("updated: 2026-10-01", "updated: 2026-12-01")
    (root / "data/visits/datapackage.yaml").write_text(text)
    cached = root / ".plainrecord/cache/sha256" / digest[:2] / digest
    cached.parent.mkdir(parents=True)
    cached.write_text(ROWS)
    freeze_release(root, "visits", "", "", "", lambda _: None)
    assert not (root / "data/visits/releases/2026-12-01/visits.csv").exists()
    build(root)
    assert re.search(r"Visits 60 ", page(root, f"{HOME}/releases/2026-12-01"))
    cached.unlink()
    report = build(root)
    assert (report.datasets, report.catalogued) == (0, 1)
    assert "Listed, not published here." in page(root, f"{HOME}/releases/2026-12-01")
    assert re.search(r"Visits 61 ", page(root, NEW))
    assert "1 of its source files has not been fetched." in page(root, f"{HOME}/releases")
    document = json.loads((root / "_site" / HOME / "releases.json").read_text())
    assert chain_problems(document) == ()
    assert document["releases"][-1]["published"] == {}


MOVED = (
    SETTINGS
    + """moved:
  - {from: inspections, to: visits, date: 2026-10-20, reason: The inspectorate renamed them.}
  - {from: fines, title: Fines, date: 2026-11-02, reason: The court sealed them., releases: [2026-01-01]}
"""
)


def test_every_kind_of_page_of_a_dataset_is_among_those_left_behind() -> None:
    """A new kind of page below a dataset's folder must be added to the list."""
    gold = Path(__file__).parents[1] / "gold"
    pages = {
        page.parent.name
        for page in gold.glob("*/expected/datasets/*/*/index.html")
        if page.parent.name != "releases"
    }
    assert {f"{name}/" for name in pages} | {""} <= set(MOVED_PAGES)
    releases = {
        page.parent.name for page in gold.glob("*/expected/datasets/*/releases/*/*/index.html")
    }
    assert {f"{name}/" for name in releases} <= set(RELEASE_PAGES)


def test_a_moved_dataset_leaves_a_page_at_every_old_address(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    (root / "site/portal.yaml").write_text(MOVED)
    build(root)
    for part in ("", "/codebook", "/check", "/methodology", "/releases", "/releases/2026-10-01"):
        text = page(root, f"datasets/inspections{part}")
        assert "This page moved on 20 October 2026." in text
        assert "The inspectorate renamed them." in text
    raw = (root / "_site/datasets/inspections/releases/2026-10-01/index.html").read_text()
    assert 'href="../../../visits/releases/2026-10-01/"' in raw
    assert not (root / "_site/datasets/inspections/releases/2026-11-01").exists()
    # Each page leads to its like, and where there is none to the dataset, for every kind of page.
    for part, like in (
        ("codebook", "visits/codebook/"), ("changes", "visits/"), ("withheld", "visits/withheld/"),
        ("law", "visits/"), ("plausibility", "visits/"), ("scorecard", "visits/"),
        ("releases/2026-10-01/withheld", "visits/releases/2026-10-01/withheld/"),
        ("releases/2026-10-01/law", "visits/releases/2026-10-01/"),
        ("changes/2026-10-01", "visits/releases/2026-10-01/"),
    ):  # fmt: skip
        raw = (root / f"_site/datasets/inspections/{part}/index.html").read_text()
        assert f'/{like}">Go to the new address' in raw, part
    for part in ("", "/codebook", "/releases", "/releases/2026-01-01/check"):
        text = page(root, f"datasets/fines{part}")
        assert "withdrawn on 2 November 2026" in text
        assert "The court sealed them." in text
    assert "Fines was withdrawn (2 November 2026)" in page(root, "datasets")
    api = json.loads((root / "_site/api/v1/datasets/fines.json").read_text())
    assert (api["withdrawn"], api["moved_to"]) == (True, None)


RENAMED = (
    SETTINGS
    + """moved:
  - {from: visits, to: calls, date: 2026-12-01, reason: The agency renamed the list.}
"""
)


def rename(root: Path, settings: str) -> Path:
    """A portal whose dataset `visits` keeps releases, and is called `calls` now."""
    write_releases(root)
    (root / "data/visits").rename(root / "data/calls")
    descriptor = root / "data/calls/datapackage.yaml"
    text = descriptor.read_text().replace("name: visits\ntitle", "name: calls\ntitle")
    descriptor.write_text(text)
    (root / "site/portal.yaml").write_text(settings)
    return root


def test_a_renamed_dataset_keeps_its_releases(tmp_path: Path) -> None:
    """A past descriptor cannot be edited, so its old name is good where `moved` tells of it."""
    build(write_releases(tmp_path / "before"))
    root = rename(tmp_path / "now", RENAMED)
    build(root)
    assert "1 October 2026" in page(root, "datasets/calls/releases")
    assert re.search(r"Visits 60 ", page(root, "datasets/calls/releases/2026-10-01"))
    raw = (root / "_site/datasets/visits/releases/2026-10-01/index.html").read_text()
    assert 'href="../../../calls/releases/2026-10-01/"' in raw
    for kept in ("manifest.json", "datasets/visits/releases.json"):
        earlier = tmp_path / "before/_site" / kept
        report = verify_site(str(root / "_site"), earlier, lambda _: None)
        assert report.holds, (kept, report.findings)


def test_a_renamed_dataset_may_be_named_as_it_was(tmp_path: Path) -> None:
    """In texts and queries, of which those of past releases cannot be edited."""
    root = rename(tmp_path, RENAMED)
    text = 'All: {{ figure("visits.total") }}, now {{ figure("calls.total") }}.'
    about = root / "site/pages/about.md"
    about.parent.mkdir(exist_ok=True)
    about.write_text(f"---\ntitle: About\ndescription: A\n---\n{text}\n")
    descriptor = root / "data/calls/datapackage.yaml"
    named = "SELECT count(*) FROM visits"
    assert f"sql: {named}" in descriptor.read_text()
    descriptor.write_text(descriptor.read_text().replace(named, f"{named}.visits", 1))
    build(root)
    numbers = re.findall(r"All: (\d+) , now (\d+) ", page(root, "about"))
    assert numbers == [("61", "61")]
    sheet = json.loads((root / "_site/datasets/calls/receipts.json").read_text())
    files = [item["files"] for item in sheet["receipts"] if item["id"] == "calls.total"]
    assert [(file["schema"], file["path"]) for file in files[0]] == [
        ("visits", "datasets/calls/downloads/visits.parquet")
    ]
    assert verify_site(str(root / "_site"), None, lambda _: None).holds
    release = 'SELECT count(*) FROM "visits@2026-10-01".visits'
    descriptor.write_text(descriptor.read_text().replace(f"sql: {named}.visits", f"sql: {release}"))
    build(root)
    assert "All: 60 , now 60 " in page(root, "about")


def test_a_renamed_dataset_without_a_word_on_it_gets_a_remedy(tmp_path: Path) -> None:
    root = rename(tmp_path, SETTINGS)
    with pytest.raises(Blocked) as caught:
        build(root)
    found = [f for f in caught.value.findings if "is called 'visits'" in f.found]
    assert [f.file for f in found] == [
        f"data/calls/releases/{day}/datapackage.yaml" for day in ("2026-10-01", "2026-11-01")
    ]
    assert all("{from: visits, to: calls" in f.remedy for f in found)


def test_the_next_release_of_a_renamed_dataset_follows_the_last(tmp_path: Path) -> None:
    root = rename(tmp_path, RENAMED)
    (root / "data/calls/visits.csv").write_text(ROWS)
    freeze_release(root, "calls", "2026-12-24", "", "", lambda _: None)
    build(root)
    document = json.loads((root / "_site/datasets/calls/releases.json").read_text())
    assert [entry["date"] for entry in document["releases"]][-1] == "2026-12-24"
    assert chain_problems(document) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from: inspections", "from: visits"),
        ("to: visits", "to: visit"),
        ("from: fines", "from: inspections"),
        ("date: 2026-11-02", "date: soon"),
        ("reason: The court sealed them.", 'reason: ""'),
        ("from: fines", "from: ../fines"),
        ("[2026-01-01]", '["../../x"]'),
    ],
)
def test_a_move_that_makes_no_sense_blocks(tmp_path: Path, old: str, new: str) -> None:
    root = write_portal(tmp_path, **{"site/portal.yaml": MOVED.replace(old, new)})
    with pytest.raises(Blocked) as caught:
        build(root)
    assert {finding.file for finding in caught.value.findings if finding.blocks} == {
        "site/portal.yaml"
    }


WITHDRAWN = """withdrawn:
  - {release: 2026-10-01, date: 2026-11-05, reason: It named people by mistake.}
"""


def test_a_release_that_was_taken_back_leaves_a_mark(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    ledger = root / "data/visits/releases.yaml"
    ledger.write_text(ledger.read_text() + WITHDRAWN)
    with pytest.raises(Blocked) as caught:
        build(root)
    assert [f.rule for f in caught.value.findings if f.blocks] == ["release-unlisted"]
    shutil.rmtree(root / "data/visits/releases/2026-10-01")
    assert build(root).releases == 1
    for part in ("", "/codebook", "/check", "/methodology"):
        text = page(root, OLD + part)
        assert "The release of 1 October 2026 was withdrawn on 5 November 2026." in text
        assert "It named people by mistake." in text
    assert "Withdrawn on 5 November 2026: It named people by mistake." in page(
        root, f"{HOME}/releases"
    )
    assert not (root / "_site" / OLD / "downloads").exists()
    document = json.loads((root / "_site" / HOME / "releases.json").read_text())
    assert chain_problems(document) == ()
    assert [entry["date"] for entry in document["releases"]] == ["2026-10-01", "2026-11-01"]
    assert document["withdrawn"][0]["reason"] == "It named people by mistake."


def test_when_the_newest_is_taken_back_the_one_before_is_the_newest(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    ledger = root / "data/visits/releases.yaml"
    ledger.write_text(ledger.read_text() + WITHDRAWN.replace("2026-10-01", "2026-11-01"))
    shutil.rmtree(root / "data/visits/releases/2026-11-01")
    with pytest.raises(Blocked, match="newest release, 2026-10-01"):
        build(root)
    (root / "data/visits/visits.csv").write_text(ROWS)
    build(root)
    assert re.search(r"Visits 60 ", page(root, HOME))
    assert "Release of 1 October 2026" in page(root, HOME)
    (root / "data/visits/visits.csv").write_text(ROWS + "v901,2026-03-27,CA,pass,7\n")
    with pytest.raises(Blocked, match="newest is of 2026-11-01"):
        freeze_release(root, "visits", "2026-11-01", "", "", lambda _: None)
    freeze_release(root, "visits", "2026-11-02", "", "", lambda _: None)
    build(root)
    assert re.search(r"Visits 61 ", page(root, HOME))


def test_when_every_release_is_taken_back_the_data_must_go_too(tmp_path: Path) -> None:
    root = write_portal(tmp_path)
    freeze_release(root, "visits", "", "", "", lambda _: None)
    ledger = root / "data/visits/releases.yaml"
    ledger.write_text(ledger.read_text() + WITHDRAWN)
    shutil.rmtree(root / "data/visits/releases")
    with pytest.raises(Blocked, match="every release was withdrawn"):
        build(root)


def test_what_was_never_released_cannot_be_taken_back(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    ledger = root / "data/visits/releases.yaml"
    ledger.write_text(ledger.read_text() + WITHDRAWN.replace("2026-10-01", "2026-10-02"))
    with pytest.raises(Blocked, match="did you mean"):
        build(root)
