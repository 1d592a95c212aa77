"""Receipts of a log of requests: as built they hold, and each tampering is named."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import VerifyReport, verify_site
from tests.tampering import digest, edit_parquet, rehash, replace_text, reseal

GOLD = Path(__file__).parents[1] / "gold" / "requests" / "portal"
PAGE = "requests/index.html"
PARQUET = "datasets/log/downloads/log.parquet"


def verify(site: Path) -> VerifyReport:
    return verify_site(str(site), None, lambda _: None)


def build(root: Path, copies: int = 0) -> Path:
    shutil.copytree(GOLD, root / "portal")
    log = root / "portal" / "data" / "log" / "log.csv"
    row = log.read_text(encoding="utf-8").splitlines()[1]
    with log.open("a", encoding="utf-8") as file:
        file.writelines(row.replace("11-001", f"12-{n:03}") + "\n" for n in range(copies))
    build_portal(root / "portal", root / "site", lambda _: None)
    return root / "site"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("log"))


def test_every_number_of_a_log_has_a_receipt(built: Path) -> None:
    page = (built / PAGE).read_text(encoding="utf-8")
    foot = re.sub(r"<[^>]+>", " ", page)
    assert "on this page can be verified" in foot
    ids = set(re.findall(r'data-receipt="([^"]+)"', page))
    kinds = ("totals", "listed", "agencies", "exemptions", "forms")
    assert ids == {f"log.requests.{kind}" for kind in kinds}
    assert verify(built).holds


def test_a_long_log_has_receipts_for_its_lines(tmp_path: Path) -> None:
    site = build(tmp_path, copies=110)
    page = (site / PAGE).read_text(encoding="utf-8")
    assert '<tr class="' in page
    assert re.search(r'The first <span data-count="log.requests.totals"[^>]*>100</span>', page)
    assert verify(site).holds


def told(site: Path) -> set[str]:
    reseal(site)
    report = verify(site)
    assert not report.holds
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize("table", ["totals", "listed", "agencies", "exemptions", "forms"])
def test_a_number_changed_on_the_page_is_named(built: Path, tmp_path: Path, table: str) -> None:
    site = shutil.copytree(built, tmp_path / "site")
    page = (site / PAGE).read_text(encoding="utf-8")
    mark = re.search(rf'<span data-count="log\.requests\.{table}"[^>]*>([^<]+)</span>', page)
    assert mark is not None
    changed = mark[0].replace(f">{mark[1]}<", ">77<")
    replace_text(site / PAGE, mark[0], changed, 1)
    assert "page-differs" in told(site)


def test_a_log_changed_after_the_build_is_named(built: Path, tmp_path: Path) -> None:
    site = shutil.copytree(built, tmp_path / "site")
    before = digest(site / PARQUET)
    edit_parquet(site / PARQUET, "received", "'2026-06-09'", "true")
    rehash(site, PARQUET, before)
    assert "receipt-differs" in told(site)
