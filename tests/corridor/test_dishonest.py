"""A publisher who tampers and makes every list anew: what gives him away all the same."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from plainrecord.build import build_portal
from plainrecord.corridor.verification import VerifyReport, verify_site
from tests.portals import write_portal
from tests.tampering import digest, edit_json, replace_text, reseal

PAGE = "datasets/visits/index.html"
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
        code = "from plainrecord.cli import main; main()"
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
