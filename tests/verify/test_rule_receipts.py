"""Receipts of reconciliations and of rules: as built they hold, and each tampering is named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import VerifyReport, verify_site
from tests.portals import DESCRIPTOR, write_portal
from tests.tampering import digest, edit_json, edit_parquet, rehash, reseal

SECOND = DESCRIPTOR.replace("name: visits\ntitle", "name: told\ntitle")
RECONCILE = """  reconcile:
    - name: {name}
      title: Two lists
      kind: {kind}
      here: {{label: Visits, resource: visits, definition: All visits.}}
      there: {{label: Told, dataset: told, resource: visits, where: "outcome = 'pass'", definition: Passed.}}
      keys: [{keys}]
"""
RULES = """  plausibility:
    - {name: offices, title: Offices, kind: coverage, field: state, date: visited_on}
    - {name: last, title: The end, kind: partial-last-period, date: visited_on}
    - {name: outcome, title: One outcome, kind: constant, fields: [outcome, state]}
    - {name: tens, title: Round scores, kind: heaping, field: score, fewest: 10}
    - {name: day, title: One day, kind: one-day, date: visited_on, fewest: 5}
    - {name: same, title: Again, kind: stale, date: visited_on, fields: [outcome], fewest: 5}
    - {name: numbers, title: Numbers, kind: serial-gaps, field: visit_id}
    - {name: few, title: Few scores, kind: heaping, field: score, fewest: 1000}
    - {name: gaps, title: Gaps, kind: time-gaps, resource: calls, date: called_on}
    - {name: swapped, title: Changed places, kind: swapped, resource: calls, field: office, date: called_on, where: "office <> 'C'"}
    - {name: leaving, title: Who calls, kind: coverage, resource: calls, field: office, date: called_on}
"""
CALLS = """  - name: calls
    path: calls.csv
    schema: {fields: [{name: called_on, type: date, title: Day}, {name: office, type: string, title: Office}]}
plainrecord:
"""
CALLED = "called_on,office\n" + "".join(  # nothing in May, A and B changed places in September
    f"2025-{month:02}-{1 + n:02},{office}\n"
    for month in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)
    for office, count in {
        "A": 6 if month == 9 else 12,
        "B": 12 if month == 9 else 6,
        "C": 4,
    }.items()
    for n in range(count)
    if office != "C" or month < 7
)
STATE = "{name: state, here: state, total: true}"
KINDS = {
    "sums": ("totals", STATE),
    "rows": ("records", f"{STATE}, {{name: day, here: visited_on}}"),
    "both": ("overlap", "{name: visit, here: visit_id}"),
}
PARQUET = "datasets/told/downloads/visits.parquet"
RULED = "datasets/visits/plausibility/index.html"
OWN = "datasets/visits/downloads/visits.parquet"
RECEIPTS = "datasets/visits/receipts.json"


def declare() -> str:
    parts = [RECONCILE.format(name=n, kind=k, keys=keys) for n, (k, keys) in KINDS.items()]
    return parts[0] + "".join(part.partition("\n")[2] for part in parts[1:])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_portal(
        tmp_path_factory.mktemp("trials"),
        **{
            "data/visits/datapackage.yaml": DESCRIPTOR.replace("plainrecord:\n", CALLS)
            + RULES
            + declare(),
            "data/visits/calls.csv": CALLED,
        },
    )
    folder = root / "data" / "told"
    folder.mkdir()
    (folder / "datapackage.yaml").write_text(SECOND)
    lines = (root / "data/visits/visits.csv").read_text().splitlines(keepends=True)
    (folder / "visits.csv").write_text("".join(lines[:-1]))  # no two files with one hash
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site"


def verify(site: Path) -> VerifyReport:
    return verify_site(str(site), None, lambda _: None)


def told(report: VerifyReport) -> set[tuple[str, str]]:
    return {(finding.rule, finding.file) for finding in report.findings}


def edit_number(page: Path, proof: str, cells: str) -> None:
    """Another number in the place of the one that a page makes of these cells."""
    text = page.read_text()
    pattern = rf'(data-count="{re.escape(proof)}" data-cells="{re.escape(cells)}">)[^<]*<'
    changed, times = re.subn(pattern, r"\g<1>987<", text)
    assert times, (proof, cells)
    page.write_text(changed)


def edit_rows(site: Path, path: str, change: str, where: str) -> None:
    """Another value in a published Parquet file, all hashes made anew."""
    before = digest(site / path)
    column, _, value = change.partition(" = ")
    edit_parquet(site / path, column, value, where)
    assert digest(site / path) != before
    rehash(site, path, before)


def test_as_built_all_holds_and_both_files_are_named(built: Path) -> None:
    report = verify(built)
    assert report.findings == ()
    for name in KINDS:
        page = (built / f"reconciliations/{name}/index.html").read_text()
        assert f'data-file="{PARQUET}"' in page
        assert f">{digest(built / PARQUET)}<" in page
        assert digest(built / "datasets/visits/downloads/visits.parquet") in page
        assert "on this page can be verified" in page


@pytest.mark.parametrize(
    ("name", "part", "cells"),
    [
        ("sums", "", "1.1"),
        ("sums", ".totals", "1.2"),
        ("sums", ".lines", "1.2-1.3"),
        ("rows", "", "1.1"),
        ("rows", ".matched", "1.4"),
        ("both", "", "1.1+1.2+1.3"),
        ("both", ".matched", "1.1-1.3"),
    ],
)
def test_another_number_on_a_page_of_two_sources_is_named(
    site: Path, name: str, part: str, cells: str
) -> None:
    page = f"reconciliations/{name}/index.html"
    edit_number(site / page, f"visits.reconciliations.{name}{part}", cells)
    reseal(site)
    report = verify(site)
    assert told(report) == {("page-differs", page)}
    assert all(f"visits.reconciliations.{name}{part}" in f.found for f in report.findings)


def test_another_number_in_page_and_receipt_is_named(site: Path) -> None:
    page = "reconciliations/sums/index.html"
    edit_number(site / page, "visits.reconciliations.sums", "1.1")

    def change(document: Any) -> None:
        receipt = next(r for r in document["receipts"] if r["id"] == "visits.reconciliations.sums")
        receipt["rows"][0][0] = 987

    edit_json(site / RECEIPTS, change)
    reseal(site)
    assert told(verify(site)) == {("receipt-differs", RECEIPTS)}


def test_another_row_in_the_file_of_the_other_dataset_is_named(site: Path) -> None:
    edit_rows(site, PARQUET, "outcome = 'fail'", "outcome = 'pass' AND state = 'NY'")
    report = verify(site)
    named = {f.found.partition(": ")[0] for f in report.findings if f.file == RECEIPTS}
    for name in KINDS:
        assert f"visits.reconciliations.{name}" in named
    assert ("receipt-differs", RECEIPTS) in told(report)


def test_a_number_without_its_mark_is_missed(site: Path) -> None:
    page = site / "reconciliations/sums/index.html"
    text = page.read_text()
    mark = '<span data-count="visits.reconciliations.sums.totals" data-cells="1.4">'
    assert mark in text
    page.write_text(text.replace(mark, "<span>"))
    reseal(site)
    assert told(verify(site)) == {("receipt-unshown", RECEIPTS)}


@pytest.mark.parametrize(
    ("part", "cells"),
    [
        ("offices", "1.2"),
        ("offices.listed", "1.2"),
        ("outcome", "1.1"),
        ("tens", "1.1"),
        ("tens", "1.2+1.7/1.1"),
        ("tens.index", "1.2"),
        ("day.listed", "1.3"),
        ("same", "1.1"),
        ("numbers", "1.1+1.2"),
        ("outcome", "1.3"),
        ("few.few", "1.1"),
        ("gaps", "1.3"),
        ("gaps.listed", "1.1"),
        ("swapped", "1.1"),
        ("swapped.listed", "1.4"),
        ("swapped.listed", "1.7"),
        ("leaving", "1.3"),
        ("leaving", "1.5"),
        ("leaving.listed", "1.5"),
        ("leaving.points", "1.2"),
        ("leaving.points", "1.3/1.4"),
    ],
)
def test_another_number_of_a_rule_is_named(site: Path, part: str, cells: str) -> None:
    edit_number(site / RULED, f"visits.plausibility.{part}", cells)
    reseal(site)
    report = verify(site)
    assert told(report) == {("page-differs", RULED)}
    assert all(f"visits.plausibility.{part}" in finding.found for finding in report.findings)


def test_each_number_of_a_rule_has_a_receipt(built: Path) -> None:
    text = re.sub(r"<[^>]*>", "", (built / RULED).read_text())
    assert "From 1 January 2025 to 12 December 2025 there is 1 stretch without records." in text
    assert re.search(r"2025-09\s*A\s*66.7%\s*33.3%\s*B\s*33.3%\s*66.7%", text)
    assert "2025-07: C left: 18.2% of the records" in text
    assert "There are only 54 numbers, too few for a result." in text
    assert "0 of 2 fields hold one value" in text
    assert "on this page can be verified" in text


def test_another_number_of_rules_is_named(site: Path) -> None:
    page = site / RULED
    text = page.read_text()
    count = re.search(r'data-tally="Possible problem">(\d+)<', text)
    assert count
    page.write_text(text.replace(count[0], count[0].replace(f">{count[1]}<", ">1<")))
    reseal(site)
    (finding,) = verify(site).findings
    assert (finding.rule, finding.file) == ("page-differs", RULED)
    assert finding.found == "the page counts '1' for 'Possible problem'"
    assert finding.expected == f"{count[1]} of them"
    page.write_text(text.replace("data-item>Passed<", "data-item>Possible problem<", 1))
    reseal(site)
    found = {finding.found for finding in verify(site).findings}
    assert f"the page counts '{count[1]}' for 'Possible problem'" in found


def test_another_count_in_a_square_is_named(site: Path) -> None:
    text = (site / RULED).read_text()
    square = re.search(r'title="(\d{4}-\d{2}: )\d+" data-square="visits.plausibility.offices', text)
    assert square
    changed = square[0].replace(square[1], square[1] + "9")
    (site / RULED).write_text(text.replace(square[0], changed, 1))
    reseal(site)
    report = verify(site)
    assert told(report) == {("page-differs", RULED)}
    assert "visits.plausibility.offices.strips" in report.findings[0].found


def test_a_square_for_another_period_is_named(site: Path) -> None:
    text = (site / RULED).read_text()
    square = re.search(r'title="\d{4}-\d{2}: \d+" data-square', text)
    assert square
    other = re.sub(r"\d{4}", "1999", square[0], count=1)
    (site / RULED).write_text(text.replace(square[0], other, 1))
    reseal(site)
    assert told(verify(site)) == {("page-differs", RULED)}


def test_another_row_changes_what_rules_say(site: Path) -> None:
    edit_rows(site, OWN, "state = 'QQ'", "visit_id = 'v001'")
    named = {f.found.partition(": ")[0] for f in verify(site).findings if f.rule == "receipt-differs"}  # fmt: skip
    assert {"visits.plausibility.offices", "visits.plausibility.offices.strips"} <= named
