"""An earlier manifest beside the portal of today: what is gone is named, and how far hashes reach."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plainrecord.cli.main import cli
from plainrecord.core.errors import UsageError
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import VerifyReport, verify_site
from tests.portals import DESCRIPTOR, ROWS, SETTINGS, write_portal, write_releases
from tests.tampering import edit_json, reseal, serve

OTHER = DESCRIPTOR.replace("name: visits\ntitle", "name: second\ntitle")
DATA = "data/visits/visits.csv"
PARQUET = "datasets/visits/downloads/visits.parquet"


def quiet(_: str) -> None:
    return None


def build(root: Path, out: str, **changes: str | bytes | None) -> Path:
    """The portal of two datasets below `root`, built into its folder `out`."""
    write_portal(root, **{"data/second/datapackage.yaml": OTHER, "data/second/visits.csv": ROWS})
    write_portal(root, **changes)
    build_portal(root, root / out, quiet)
    return root / out


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("then"), "_site")


def verify(target: Path, earlier: Path | None) -> VerifyReport:
    return verify_site(str(target), earlier, quiet)


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit status of verify, and its JSON document."""
    ran = CliRunner().invoke(cli, ["verify", *arguments, "--format", "json"])
    return ran.exit_code, json.loads(ran.stdout)


def test_the_same_portal_holds(then: Path) -> None:
    report = verify(then, then / "manifest.json")
    assert (report.findings, report.skipped, report.unchecked) == ((), (), ())
    status, document = run(str(then), "--since", str(then / "manifest.json"))
    assert (status, document["holds"], document["not_checked"]) == (0, True, [])
    assert document["checks"] == {"made": report.made, "not_made": 0}


def test_the_manifest_shows_the_rows_of_each_table(then: Path) -> None:
    listed = json.loads((then / "manifest.json").read_bytes())["files"]
    rows = {item["path"]: item["rows"] for item in listed if "rows" in item}
    assert rows == {PARQUET: 60, "datasets/second/downloads/visits.parquet": 60}


def test_rows_that_are_gone_without_a_release_are_named(then: Path, tmp_path: Path) -> None:
    now = build(tmp_path, "now", **{DATA: "".join(ROWS.splitlines(keepends=True)[:-5])})
    report = verify(now, then / "manifest.json")
    assert [(f.rule, f.file) for f in report.findings] == [("rows-gone", PARQUET)]
    assert "55 rows, and 60 rows" in report.findings[0].found
    assert verify(now, None).findings == ()


@pytest.mark.parametrize(
    "rows", [ROWS + "v900,2026-03-28,CA,pass,7\n", ROWS.replace(",NY,", ",TX,")]
)
def test_rows_that_are_others_are_named_and_not_judged(
    then: Path, tmp_path: Path, rows: str
) -> None:
    now = build(tmp_path, "now", **{DATA: rows})
    report = verify(now, then / "manifest.json")
    assert report.findings == ()
    assert [PARQUET in item.what for item in report.skipped] == [True]
    assert f"60 rows then, {len(rows.splitlines()) - 1} rows now" in report.skipped[0].what
    assert run(str(now), "--since", str(then / "manifest.json"))[0] == 3


def test_a_manifest_without_numbers_of_rows_names_the_change(then: Path, tmp_path: Path) -> None:
    now = build(tmp_path, "now", **{DATA: "".join(ROWS.splitlines(keepends=True)[:-5])})
    shutil.copy(then / "manifest.json", tmp_path / "kept.json")

    def change(document: Any) -> None:
        for item in document["files"]:
            item.pop("rows", 0)

    edit_json(tmp_path / "kept.json", change)
    report = verify(now, tmp_path / "kept.json")
    assert report.findings == ()
    assert [PARQUET in item.what for item in report.skipped] == [True]


def test_a_dataset_that_is_gone_is_named(then: Path, tmp_path: Path) -> None:
    root = write_portal(tmp_path)
    build_portal(root, tmp_path / "now", quiet)
    report = verify(tmp_path / "now", then / "manifest.json")
    assert [(f.rule, f.file) for f in report.findings] == [
        ("dataset-gone", "datasets/second/index.html")
    ]


@pytest.mark.parametrize(
    ("to", "word"),
    [("", "second: the portal says that it was withdrawn on 2026-10-02: A mistake."),
     ("visits", "second: the portal says that it is now visits, on 2026-10-02: A mistake.")],
)  # fmt: skip
def test_a_dataset_that_moved_is_no_finding(then: Path, tmp_path: Path, to: str, word: str) -> None:
    moved = f"moved: [{{from: second, to: '{to}', date: 2026-10-02, reason: A mistake.}}]\n"
    root = write_portal(tmp_path, **{"site/portal.yaml": SETTINGS + moved})
    build_portal(root, tmp_path / "now", quiet)
    report = verify(tmp_path / "now", then / "manifest.json")
    assert report.findings == ()
    assert report.unchecked[0] == word


def test_a_table_that_is_gone_and_pages_that_are_gone(then: Path, tmp_path: Path) -> None:
    write_portal(tmp_path, **{"site/pages/about.md": None})
    (tmp_path / "site/pages/about.md").unlink(missing_ok=True)
    now = build(tmp_path, "now")
    shutil.copy(then / "manifest.json", tmp_path / "kept.json")

    def change(document: Any) -> None:
        files = document["files"]
        files += [{**item, "path": item["path"].replace("visits.parquet", "sites.parquet")}
                  for item in files if item["path"] == PARQUET]  # fmt: skip
        files.append({"path": "news/index.html", "bytes": 1, "sha256": "0" * 64})

    edit_json(tmp_path / "kept.json", change)
    report = verify(now, tmp_path / "kept.json")
    assert [f.rule for f in report.findings] == ["rows-gone"]
    assert "the table sites of visits was removed; it had 60 rows" in report.findings[0].found
    assert report.unchecked == (
        "1 file that was on the earlier day, removed since: news/index.html",
    )


def test_a_release_is_the_way_to_change_rows(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    build_portal(root, tmp_path / "now", quiet)
    shutil.copytree(tmp_path / "now", tmp_path / "then")
    edit_json(tmp_path / "then/manifest.json", lambda d: d["releases"]["visits"].pop("2026-11-01"))

    def change(document: Any) -> None:
        for item in document["files"]:
            if item["path"] == PARQUET:
                item.update(sha256="1" * 64, rows=1000)

    edit_json(tmp_path / "then/manifest.json", change)
    report = verify(tmp_path / "now", tmp_path / "then/manifest.json")
    assert (report.findings, report.skipped) == ((), ())


@pytest.mark.parametrize(
    "document", ["{}", "[]", '{"releases": {}}', '{"releases": {}, "files": [{"path": "/etc"}]}']
)
def test_what_is_no_manifest_is_a_matter_of_usage(
    then: Path, tmp_path: Path, document: str
) -> None:
    (tmp_path / "kept.json").write_text(document)
    with pytest.raises(UsageError):
        verify(then, tmp_path / "kept.json")


# How far verify looked


def claim_another_version(site: Path) -> None:
    edit_json(site / "manifest.json", lambda d: d["inputs"]["tools"].update(plainrecord="9.9"))


def claim_another_altair(site: Path) -> None:
    edit_json(site / "manifest.json", lambda d: d["inputs"]["tools"].update(altair="9.9"))


def claim_nothing(site: Path) -> None:
    edit_json(site / "manifest.json", lambda d: d["inputs"].pop("tools"))


@pytest.mark.parametrize("change", [claim_another_version, claim_another_altair, claim_nothing])
def test_a_claim_of_another_version_is_in_the_headline(
    then: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    site = tmp_path / "site"
    shutil.copytree(then, site)
    change(site)
    reseal(site)
    ran = CliRunner().invoke(cli, ["verify", str(site)])
    assert ran.exit_code == 3
    last = " ".join(ran.output.split("Verified in part:")[1].split())
    assert "\nVerified." not in ran.output
    assert "checks were made; not checked:" in last
    assert "charts" in last
    status, document = run(str(site))
    assert (status, document["holds"]) == (3, None)
    assert document["checks"]["not_made"] == sum(i["count"] for i in document["not_checked"]) > 0


@pytest.mark.parametrize("ending", [".parquet", "index.html", ".csv", ".json", "SHA256SUMS", ""])
def test_files_that_a_host_does_not_give_now_are_no_accusation(
    then: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    from tests import tampering

    def do_get(self: Any) -> None:
        if self.path.endswith(ending) and not self.path.endswith("/manifest.json"):
            self.send_error(503)
        else:
            super(tampering._Quiet, self).do_GET()

    monkeypatch.setattr(tampering._Quiet, "do_GET", do_get, raising=False)
    with serve(then) as address:
        report = verify_site(address, None, quiet)
    assert report.findings == (), report.findings[:3]
    assert any("503" in item.why for item in report.skipped)


def test_nobody_who_answers_is_nothing_checked() -> None:
    status, document = run("http://127.0.0.1:9/")
    assert (status, document["holds"]) == (3, None)
    assert [item["what"] for item in document["not_checked"]] == ["everything"]
