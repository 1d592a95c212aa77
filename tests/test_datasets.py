"""The datasets of this repository: the synthetic one is what its program makes."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from plainrecord.io import fetch
from plainrecord.model.chain import chain_problems
from plainrecord.pipeline.build import BuildReport, build_portal
from plainrecord.pipeline.locate_files import cache_folder
from plainrecord.pipeline.plan import plan_portal
from plainrecord.pipeline.protect import protect_dataset
from tests.portals import SETTINGS

ROOT = Path(__file__).parents[1]


def test_the_synthetic_stops_are_what_the_program_and_protect_make(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "data/stops/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/portal.yaml").write_text(SETTINGS)
    folder = tmp_path / "data/stops"
    shutil.copytree(ROOT / "data/stops", folder, ignore=shutil.ignore_patterns("raw", "protected"))
    (folder / "raw").mkdir()
    (folder / "raw/stops.csv").write_bytes(module.write_stops())
    made = protect_dataset(tmp_path, "stops", lambda _: None)
    assert (made.rows, made.touched) == (20_000, 0)
    committed = ROOT / "data/stops/protected"
    assert {path.name: path.read_bytes() for path in (folder / "protected").iterdir()} == {
        path.name: path.read_bytes() for path in committed.iterdir()
    }


def test_every_descriptor_is_trusted_and_every_remote_file_pinned() -> None:
    plan, findings = plan_portal(ROOT)
    assert [f for f in findings if f.blocks] == []
    assert {p.name for p in plan.packages} == {
        "stops",
        "published-figures",
        "ice-arrests",
        "ice-287g",
        "nypd-stops",
        "minneapolis-stops",
        "minneapolis-stops-rows",
        "foia-requests",
        "foia-processing-times",
        "ice-arrests-seattle",
    }
    for package in plan.packages:
        assert package.summary
        assert package.licenses
        assert package.known_issues
        assert package.methodology
        assert package.figures
        for resource in package.resources:
            for source in resource.files:
                assert not source.remote or (len(source.sha256) == 64 and source.bytes)


def test_only_the_invented_dataset_says_that_it_is() -> None:
    plan, _ = plan_portal(ROOT)
    assert {p.name for p in plan.packages if p.synthetic} == {"stops", "foia-requests"}


ROWS_287G = {
    "2025-02-21": 151, "2025-03-17": 360, "2025-04-30": 517, "2025-09-29": 1_035,
    "2026-01-05": 1_274, "2026-02-12": 1_414, "2026-02-13": 1_414, "2026-03-09": 1_511,
    "2026-05-11": 1_797, "2026-05-14": 1_832, "2026-05-18": 1_843,
}  # fmt: skip
"""The rows of each list, from SOURCE.md beside the real files."""


def build_287g(root: Path, real: Path | None) -> BuildReport:
    """A portal with the eleven lists alone, their files taken from `real` where it is given."""
    (root / "site").mkdir(parents=True)
    (root / "site/portal.yaml").write_text(SETTINGS)
    shutil.copytree(ROOT / "data/ice-287g", root / "data/ice-287g")
    if real is not None:
        plan, _ = plan_portal(root)
        wanted = plan.remote_files([])
        assert len(wanted) == len(ROWS_287G)
        mirrors = fetch.index_mirrors([real / "ice-287g-participants"], wanted)
        for source in wanted:
            got, _ = fetch.fetch_file(
                source, cache_folder(root), portal=plan.portal, mirrors=mirrors,
                progress=lambda *_: None,
            )  # fmt: skip
            assert getattr(got, "copy_note", ""), got
    return build_portal(root, root / "_site", lambda _: None)


def test_all_eleven_lists_of_agreements_are_built(real_data: Path, tmp_path: Path) -> None:
    report = build_287g(tmp_path, real_data)
    assert (report.datasets, report.releases, report.rows) == (1, 11, 1_843)
    home = tmp_path / "_site/datasets/ice-287g"
    for date, rows in ROWS_287G.items():
        records = json.loads((home / f"releases/{date}/downloads/agreements.json").read_text())
        assert len(records) == rows, date
        marked = f'data-figure="ice-287g@{date}.total" value="{rows}">{rows:,}</data>'
        assert marked in (home / f"releases/{date}/index.html").read_text(), date
    keys = [list(json.loads((home / f"releases/{date}/downloads/agreements.json").read_text())[0])
            for date in ("2025-02-21", "2025-03-17", "2025-09-29")]  # fmt: skip
    assert ["COUNTY" in names for names in keys] == [False, True, True]
    assert ["ADDENDUM" in names for names in keys] == [False, False, True]
    document = json.loads((home / "releases.json").read_text())
    assert chain_problems(document) == ()
    assert all(entry["published"] for entry in document["releases"])
    misdated = document["releases"][4]
    assert misdated["date"] == "2026-01-05"
    assert any(path.endswith("participatingAgencies01052025pm.xlsx") for path in misdated["files"])


def test_without_their_files_the_lists_are_catalogued_and_their_addresses_stay(
    tmp_path: Path,
) -> None:
    report = build_287g(tmp_path, None)
    assert (report.datasets, report.catalogued, report.releases) == (0, 1, 11)
    home = tmp_path / "_site/datasets/ice-287g"
    listed = (home / "releases/index.html").read_text()
    for date in ROWS_287G:
        assert f'id="release-{date}"' in listed
        assert "Listed, not published here" in (home / f"releases/{date}/index.html").read_text()
    assert chain_problems(json.loads((home / "releases.json").read_text())) == ()


@pytest.mark.parametrize("date", sorted(ROWS_287G))
def test_a_list_names_the_public_file_and_the_copy_of_it(date: str, real_data: Path) -> None:
    """Hashes and sizes as `public-files.csv` beside the real files has them."""
    plan, _ = plan_portal(ROOT)
    releases = plan.archives["ice-287g"].releases
    [one] = [item for item in releases if item.release.date == date]
    [source] = one.package.resources[0].files
    [copy] = source.accepted
    lines = (real_data / "public-files.csv").read_text().splitlines()
    [line] = [text.split(",") for text in lines if f"participating_{date}" in text]
    assert [str(copy.bytes), copy.sha256, source.path, str(source.bytes), source.sha256] == line[
        2:7
    ]


def test_reported_processing_times_are_built(real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/portal.yaml").write_text(SETTINGS)
    shutil.copytree(ROOT / "data/foia-processing-times", tmp_path / "data/foia-processing-times")
    plan, _ = plan_portal(tmp_path)
    (source,) = plan.remote_files([])
    mirrors = fetch.index_mirrors([real_data / "foia-processing-times"], [source])
    got, _ = fetch.fetch_file(
        source, cache_folder(tmp_path), portal=plan.portal, mirrors=mirrors,
        progress=lambda *_: None,
    )  # fmt: skip
    assert not getattr(got, "copy_note", "is not there")
    report = build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert report.rows == 4_596  # 4,598 lines, the header twice
    page = (tmp_path / "_site/datasets/foia-processing-times/index.html").read_text()
    shown = dict(
        re.findall(r'data-figure="foia-processing-times\.([a-z0-9-]+)"[^>]*>([^<]+)<', page)
    )
    assert (shown["ice-2016"], shown["cbp-2016"]) == ("37", "97")


def test_54_operations_of_the_seattle_arrests_were_open_once(
    real_data: Path, tmp_path: Path
) -> None:
    """The known answers of SOURCE.md beside the two releases, on the shipped dataset's own page."""
    shutil.copytree(ROOT / "data/ice-arrests-seattle", tmp_path / "data/ice-arrests-seattle")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/portal.yaml").write_text(SETTINGS)
    plan, _ = plan_portal(tmp_path)
    wanted = plan.remote_files([])
    folders = [real_data / "ice-ero-seattle-releases", real_data / "ice-ero-2019-icfo-53623"]
    mirrors = fetch.index_mirrors(folders, wanted)
    for source in wanted:
        fetch.fetch_file(
            source, cache_folder(tmp_path), portal=plan.portal, mirrors=mirrors,
            progress=lambda *_: None,
        )  # fmt: skip
    report = build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert (report.datasets, report.rows) == (1, 2_656 + 143_470)
    home = tmp_path / "_site/datasets/ice-arrests-seattle"
    text = re.sub("<[^>]+>", "", (home / "withheld/index.html").read_text())
    assert "54 values of “Named operation” that could be read in an earlier release" in text
    assert "This was counted in 1,981 rows" in text
    assert "between 95 and 96 values went from not withheld to withheld" in text
    held = (tmp_path / "_site/reconciliations/seattle-two-releases/index.html").read_text()
    cells = re.findall(r"<td[^>]*>(?:<span[^>]*>)?([0-9,]+)<", held)
    assert cells[:5] == ["2,656", "3,376", "2,656", "0", "720"]


def test_the_released_counts_of_new_york_are_what_protect_writes(
    real_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    shutil.copy(ROOT / "site/portal.yaml", tmp_path / "site")
    folder = tmp_path / "data/nypd-stops"
    shutil.copytree(ROOT / "data/nypd-stops", folder)
    shutil.rmtree(folder / "protected")
    protect_dataset(tmp_path, "nypd-stops", lambda _: None, [real_data])
    committed = ROOT / "data/nypd-stops/protected"
    assert {path.name: path.read_bytes() for path in (folder / "protected").iterdir()} == {
        path.name: path.read_bytes() for path in committed.iterdir()
    }
    report = json.loads((committed / "protection.json").read_text())
    assert report["rows"] == 12_404
    # Counts by one field are shown: the figures and the scorecard read them.
    assert not [t for t in report["tables"] if len(t["dimensions"]) == 1 and t["hidden"]]


def test_the_stops_of_minneapolis_are_listed_until_they_are_protected(
    real_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/portal.yaml").write_text(SETTINGS)
    folder = tmp_path / "data/minneapolis-stops"
    shutil.copytree(ROOT / "data/minneapolis-stops", folder)
    report = build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert (report.datasets, report.catalogued) == (0, 1)
    shutil.copytree(real_data / "minneapolis-stops-2017", folder / "raw")
    protect_dataset(tmp_path, "minneapolis-stops", lambda _: None)
    written = json.loads((folder / "protected/protection.json").read_text())
    assert written["rows"] == 51_920
    hidden = sum(table["hidden"] for table in written["tables"])
    assert all(max(counts) >= 11 for counts in zip(*written["alternatives"], strict=True))
    assert 0 < hidden < 400
    shutil.rmtree(folder / "raw")
    report = build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert (report.datasets, report.catalogued) == (1, 0)
    page = (tmp_path / "_site/datasets/minneapolis-stops/index.html").read_text()
    assert ">26,098<" in page
    assert ">5,237<" in page
