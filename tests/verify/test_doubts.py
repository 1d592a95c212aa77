"""Doubts: each number that uses doubted records says so, and `verify` finds one that does not."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.core.html import parse_page, read_words
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, write_portal, write_releases
from tests.tampering import edit_json, replace_text, reseal

DOUBTS = """
  doubts:
    - {status: provisional, date: 2026-10-01, field: visited_on, from: 2026-03, reason: "Visits are entered late."}
    - {status: doubtful, date: 2026-09-01, field: score, reason: "Scores were changed by hand."}
"""
PROVISIONAL = (
    "Provisional since 1 October 2026: records of Inspection visits from March 2026 on (Day of visit). "
    "Visits are entered late."
)
DOUBTFUL = "Doubtful since 1 September 2026: the field Score of Inspection visits. Scores were changed by hand."
HOME = "datasets/visits"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doubted")
    root = write_portal(
        folder / "portal", **{"data/visits/datapackage.yaml": DESCRIPTOR.rstrip() + DOUBTS}
    )
    build_portal(root, folder / "site", lambda _: None)
    return folder / "site"


def test_numbers_and_charts_say_which_doubts_concern_them(site: Path) -> None:
    receipts = json.loads((site / HOME / "receipts.json").read_bytes())["receipts"]
    stated = {r["id"]: [d["status"] for d in r.get("doubts", [])] for r in receipts}
    assert stated["visits.total"] == stated["visits.by-outcome"] == ["provisional"]
    assert stated["visits.withheld"] == ["provisional", "doubtful"]
    month = next(r for r in receipts if r["id"] == "visits.by-month")
    assert [(part["stamp"], part["status"]) for part in month["parts"] if "status" in part] == [
        ("2026-03", "provisional")
    ]
    root = parse_page((site / HOME / "index.html").read_bytes())
    assert root is not None
    texts = {e.get("id"): read_words(e) for e in root.xpath("//*[@data-about]")}
    assert PROVISIONAL in texts["figure-total"]
    assert DOUBTFUL not in texts["figure-total"]
    assert DOUBTFUL in texts["figure-withheld"]
    assert "March 2026 (provisional)" in texts["chart-by-month"]
    assert PROVISIONAL in (site / HOME / "charts/by-month.svg").read_text()
    front = parse_page((site / "index.html").read_bytes())
    assert front is not None
    findings = [read_words(item) for item in front.xpath("//li[@class='highlight']")]
    assert [words.count(PROVISIONAL) for words in findings] == [1]
    for page in ("index.html", "codebook/index.html", "check/index.html"):
        told = parse_page((site / HOME / page).read_bytes())
        assert told is not None
        assert [read_words(e) for e in told.xpath("//*[@data-doubt]")] == [PROVISIONAL, DOUBTFUL]
        [folded] = told.xpath("//aside//summary")
        assert read_words(folded) == "Partly provisional since 1 October 2026"
    with zipfile.ZipFile(site / HOME / "downloads/visits.zip") as archive:
        assert f"- {DOUBTFUL}" in archive.read("README.txt").decode()
        assert len(json.loads(archive.read("datapackage.json"))["doubts"]) == 2
    api = json.loads((site / "api/v1/datasets/visits.json").read_bytes())
    assert [doubt["status"] for doubt in api["doubts"]] == ["provisional", "doubtful"]
    assert [len(figure["doubts"]) for figure in api["figures"]] == [1, 2]


def test_verify_finds_doubts_that_were_removed(site: Path, tmp_path: Path) -> None:
    assert verify_site(str(site), None, lambda _: None).findings == ()
    copy = Path(shutil.copytree(site, tmp_path / "site"))
    replace_text(copy / HOME / "codebook/index.html", f"<li data-doubt>{DOUBTFUL}</li>", "")
    replace_text(copy / HOME / "index.html", f'data-fact="doubts">{PROVISIONAL}</p>', "></p>", 1)
    edit_json(copy / HOME / "receipts.json", lambda d: d["receipts"][1]["doubts"].pop())
    edit_json(copy / "api/v1/datasets/visits.json", lambda d: d.pop("doubts"))
    reseal(copy)
    found = verify_site(str(copy), None, lambda _: None).findings
    places = {(finding.file, finding.rule) for finding in found}
    assert places >= {
        (f"{HOME}/codebook/index.html", "page-differs"),
        (f"{HOME}/index.html", "page-differs"),
        (f"{HOME}/receipts.json", "page-differs"),
        ("api/v1/datasets/visits.json", "document-differs"),
    }


def test_a_release_keeps_the_doubts_that_it_was_released_with(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "portal")
    descriptor = root / "data/visits/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().rstrip() + DOUBTS)
    build_portal(root, tmp_path / "site", lambda _: None)
    home = tmp_path / "site" / HOME
    assert DOUBTFUL in (home / "index.html").read_text()
    assert "Doubtful since" not in (home / "releases/2026-11-01/index.html").read_text()
    assert verify_site(str(tmp_path / "site"), None, lambda _: None).findings == ()


@pytest.mark.parametrize(
    ("doubt", "message"),
    [
        ("field: scor", "field 'scor'"),
        ("field: visited_on, from: spring", "the time 'spring'"),
        ("resource: visit", "the resource 'visit'"),
        ("from: 2026-03", "field, the field of the dates"),
        ("field: visited_on, from: 2026-03, to: 2026-02", "a date on or after 2026-03"),
    ],
)
def test_a_doubt_about_nothing_is_refused(tmp_path: Path, doubt: str, message: str) -> None:
    entry = f"  doubts: [{{status: doubtful, date: 2026-10-01, reason: Because., {doubt}}}]\n"
    root = write_portal(
        tmp_path / "portal", **{"data/visits/datapackage.yaml": f"{DESCRIPTOR.rstrip()}\n{entry}"}
    )
    with pytest.raises(Blocked) as error:
        build_portal(root, tmp_path / "site", lambda _: None)
    assert any(message in f"{f.found} {f.expected}" for f in error.value.findings)
