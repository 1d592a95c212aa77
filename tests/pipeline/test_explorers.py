"""The file of an explorer, and declarations of which none can be made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from plainrecord.core.errors import Blocked
from plainrecord.measures import explorer
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from plainrecord.verify.view import _read_document, verify_view
from plainrecord.verify.view_choice import UnreadableViewError
from tests.pipeline import test_protect
from tests.portals import DESCRIPTOR, ROWS, write_portal
from tests.tampering import edit_json, replace_text, reseal


def build(root: Path, explore: str, descriptor: str = DESCRIPTOR, rows: str = ROWS) -> Path:
    declared = descriptor.replace("  figures:", f"  explore: {explore}\n  figures:", 1)
    changes: dict[str, str | bytes | None] = {
        "data/visits/datapackage.yaml": declared,
        "data/visits/visits.csv": rows,
    }
    write_portal(root / "portal", **changes)
    build_portal(root / "portal", root / "site", lambda _: None)
    return root / "site"


def test_the_file_has_every_combination_and_verify_runs_it_again(tmp_path: Path) -> None:
    site = build(tmp_path, "{fields: [state, outcome, score], date: visited_on, period: quarter}")
    file = site / "datasets/visits/downloads/explorer.parquet"
    with duckdb.connect() as connection:
        columns = [row[0] for row in connection.sql(f"DESCRIBE FROM '{file}'").fetchall()]
        [[total]] = connection.sql(f"SELECT sum(count) FROM '{file}'").fetchall()
        withheld = connection.sql(
            f"SELECT sum(count) FROM '{file}' WHERE score = 'Withheld: trade secrets'"
        ).fetchall()
    assert set(columns) == {"state", "outcome", "score", "visited_on", "count"}
    assert total == 60
    assert withheld == [(6,)]
    report = verify_site(str(site), None, lambda _: None)
    assert report.holds
    page = (site / "datasets/visits/index.html").read_text()
    assert "explore/" in page


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    site = build(tmp_path, "{fields: [state], date: visited_on}")
    address = f"{site}/datasets/visits/explore/#state=CA"
    assert verify_view(address).number == 20
    file = site / "datasets/visits/downloads/explorer.parquet"
    file.write_bytes(file.read_bytes()[:-1])
    [finding] = verify_view(address).findings
    assert finding.rule == "published-file-changed"


@pytest.mark.parametrize(
    ("choice", "number", "rules"),
    [
        ("", 60, []),
        ("state=CA&state=NY", 40, []),
        ("state=Atlantis", 60, ["view-unknown"]),  # left out, as the page does
        ("_from=2026-02&_to=2026-02", 20, []),
        ("_from=2026-03&_to=2026-02&_from=x", 40, []),
        ("_from=1066-10", 60, ["view-unknown"]),
        ("nothing=1", 60, ["view-unknown"]),
    ],
)
def test_a_view_is_counted_again(
    tmp_path: Path, choice: str, number: int, rules: list[str]
) -> None:
    site = build(tmp_path, "{fields: [state], date: visited_on}")
    report = verify_view(f"{site}/datasets/visits/explore/#{choice}")
    assert report.number == number
    assert [finding.rule for finding in report.findings] == rules


def test_an_address_of_no_view_is_refused(tmp_path: Path) -> None:
    for address in ("", "nowhere", f"{tmp_path}/datasets/visits/explore/", "http://["):
        [finding] = verify_view(address).findings
        assert finding.rule in ("view-unknown", "manifest-missing")


MANY = "visit_id,visited_on,state,outcome,score\n" + "".join(
    f"v{n:04},2026-01-01,CA,pass,1\n" for n in range(1_001)
)


@pytest.mark.parametrize(
    ("explore", "descriptor", "rows", "found"),
    [
        ("{fields: [state], date: state}", DESCRIPTOR, ROWS, "each field once"),
        ("{fields: [outcome], date: state}", DESCRIPTOR, ROWS, "has the type string"),
        ("{fields: [visit_id]}", DESCRIPTOR, MANY, "visit_id has 1,001 values"),
        ("{fields: [nothing]}", DESCRIPTOR, ROWS, "'nothing'"),
        ("{fields: [state], resource: others}", DESCRIPTOR, ROWS, "'others'"),
        ("{fields: [state], period: year}", DESCRIPTOR, ROWS, "period"),
        ("{fields: [state], maps: {outcome: us-states}}", DESCRIPTOR, ROWS, "listed under fields"),
        ("{fields: [outcome], maps: {outcome: us-states}}", DESCRIPTOR, ROWS, "are no places of"),
        ("{fields: [state], maps: {state: mars}}", DESCRIPTOR, ROWS, "us-counties"),
    ],
)
def test_what_cannot_be_explored_is_refused(
    tmp_path: Path, explore: str, descriptor: str, rows: str, found: str
) -> None:
    with pytest.raises(Blocked) as blocked:
        build(tmp_path, explore, descriptor, rows)
    texts = [f"{finding.found} {finding.expected}" for finding in blocked.value.findings]
    assert any(found in text for text in texts)
    assert not (tmp_path / "site").exists()
    rules = {finding.rule for finding in blocked.value.findings}
    assert ("explore-map-invalid" in rules) == ("no places of" in found)


TABLES = (test_protect.TABLES, "count FROM total")
RECORDS = (
    """    mode: records
    threshold: 5
    identifiers: [person]
    keys: [race]
    harmless: [outcome]
""",
    "count(*) FROM stops",
)


@pytest.mark.parametrize(("date", "most"), [("", 3), (", date: visited_on", 4)])
def test_too_many_combinations_name_the_field_to_leave_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, date: str, most: int
) -> None:
    monkeypatch.setattr(explorer, "MOST_CELLS", 3)
    monkeypatch.setattr(explorer, "MOST_DATED", 4)
    with pytest.raises(Blocked) as blocked:
        build(tmp_path, f"{{fields: [state, outcome]{date}}}")
    [finding] = [one for one in blocked.value.findings if one.rule == "explore-invalid"]
    assert finding.expected == f"at most {most}; state has the most values: leave it out"


@pytest.mark.parametrize(
    ("explore", "mode", "total", "found"),
    [
        ("{fields: [person]}", *TABLES, "no table is by person"),
        ("{fields: [race], date: age}", *TABLES, "a date is named"),
        ("{fields: [race]}", *RECORDS, "no table of counts is released"),
    ],
)
def test_a_protected_dataset_is_explored_by_its_dimensions(
    tmp_path: Path, explore: str, mode: str, total: str, found: str
) -> None:
    portal = test_protect.write(tmp_path / "portal", mode, total)
    descriptor = portal / "data/stops/datapackage.yaml"
    text = descriptor.read_text().replace("  figures:", f"  explore: {explore}\n  figures:", 1)
    descriptor.write_text(text)
    test_protect.protect(portal)
    with pytest.raises(Blocked) as blocked:
        build_portal(portal, tmp_path / "site", lambda _: None)
    assert [f.rule for f in blocked.value.findings if found in f.found] == ["explore-invalid"]


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows_and_no_dates(tmp_path: Path, rows: int) -> None:
    text = "visit_id,visited_on,state,outcome,score\n"
    text += "".join(f"v{n},,,pass,\n" for n in range(rows))
    plain = DESCRIPTOR.replace("avg(CASE", "count(CASE")
    explore = "{fields: [state], date: visited_on, maps: {state: us-states}}"
    site = build(tmp_path, explore, plain, text)
    assert not (site / "datasets/visits/explore/map-1.json").exists()
    assert verify_site(str(site), None, lambda _: None).findings == ()
    rows_page = f"{site}/datasets/visits/rows/visits/"
    counted = verify_view(f"{rows_page}#_absent=state:&outcome=pass").number
    assert counted == (rows or None)  # a table without rows has no such page
    report = verify_view(f"{site}/datasets/visits/explore/#state=Missing")
    assert (report.number, len(report.findings)) == (rows, rows == 0)


@pytest.mark.parametrize("written", ["[", "[]", "{}"])
def test_what_is_no_explorer_is_a_finding(tmp_path: Path, written: str) -> None:
    (tmp_path / "explorer.json").write_text(written)
    with pytest.raises(UnreadableViewError) as caught:
        _read_document(tmp_path / "explorer.json", "explorer.json")
    assert (caught.value.finding.rule, caught.value.finding.file) == (
        "view-unknown",
        "explorer.json",
    )


def test_a_document_that_names_another_file_or_field_is_found(tmp_path: Path) -> None:
    site = build(tmp_path, "{fields: [state, outcome], maps: {state: us-states}}")

    def shift(document: Any) -> None:
        document["places"][3]["outline"] = "M0 0l9 9z"

    def change(document: Any) -> None:
        document["fields"][0]["label"] = "Race"
        document["file"] = "datasets/visits/downloads/visits.parquet"
        document["url"] = "https://elsewhere.example/"

    path = "datasets/visits/explore/explorer.json"
    edit_json(site / path, change)
    drawn = "datasets/visits/explore/map-1.json"
    edit_json(site / drawn, shift)
    live = site / "datasets/visits/charts/by-month-680.vega.json"
    replace_text(live, "20", "90")
    reseal(site)
    findings = verify_site(str(site), None, lambda _: None).findings
    named = {f.found.partition(" is ")[0] for f in findings if f.file == path}
    assert named == {"the label of state", "file", "url"}
    assert [f.rule for f in findings if f.file == drawn] == ["document-differs"]
    assert [f.rule for f in findings if f.file == live.relative_to(site).as_posix()] == [
        "page-differs"
    ]


@pytest.mark.parametrize(
    "coverage", ["", "  coverage: {from: 2026-01-15}\n", "  coverage: {to: 2026-03}\n"]
)
def test_verify_derives_incomplete_periods_again(tmp_path: Path, coverage: str) -> None:
    """Also where the receipt and the document say the same."""
    descriptor = DESCRIPTOR.replace("  figures:", f"{coverage}  figures:", 1)
    site = build(tmp_path, "{fields: [state], date: visited_on}", descriptor)

    def forget(document: Any) -> None:
        for receipt in document["receipts"]:
            if receipt["id"] == "visits.explore.years":
                receipt["parts"] = [p for p in receipt["parts"] if p["column"] != "period"]
                receipt["parts"].append({"column": "period", "stamp": "2026-02", "reason": "lost"})

    def change(document: Any) -> None:
        document["period"]["incomplete"] = ["2026-02"]

    assert verify_site(str(site), None, lambda _: None).findings == ()
    edit_json(site / "datasets/visits/receipts.json", forget)
    edit_json(site / "datasets/visits/explore/explorer.json", change)
    reseal(site)
    findings = verify_site(str(site), None, lambda _: None).findings
    derived = [f for f in findings if "incomplete are" in f.found]
    assert [(f.rule, "2026-02 (lost)" in f.found) for f in derived] == [("receipt-differs", True)]
    assert ("2026-01 (the records begin" in derived[0].expected) == ("from" in coverage)


def test_verify_compares_the_order_of_open_data(tmp_path: Path) -> None:
    ordered = DESCRIPTOR.replace(
        "title: Outcome\n", "title: Outcome\n          categoriesOrdered: true\n"
    )
    site = build(tmp_path, "{fields: [state, outcome]}", ordered)
    path = site / "datasets/visits/explore/explorer.json"
    outcomes = ["Passed", "Failed"]
    for place, order, wrong in (
        (1, outcomes, []),
        (1, outcomes[::-1], ["the order of outcome", "the first values of outcome"]),
        (1, outcomes[:1], ["the first values of outcome"]),
        (0, ["CA", "NY", "TX"], ["the order of state"]),
    ):
        before = path.read_bytes()
        edit_json(path, lambda document, p=place, o=order: document["fields"][p].update(order=o))  # type: ignore[misc]
        reseal(site)
        findings = verify_site(str(site), None, lambda _: None).findings
        assert [f.found.partition(" is ")[0] for f in findings] == wrong
        path.write_bytes(before)
    edit_json(path, lambda document: document["fields"][1].update(order=[*outcomes, "Lost"]))
    reseal(site)
    [finding] = verify_view(f"{site}/datasets/visits/explore/#outcome=Failed").findings
    assert finding.found == "'Lost' is in only one of the file and the list of outcome"
