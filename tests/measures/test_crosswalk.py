"""Crosswalks and checklists, held against the standard and the dataset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import Markup

from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors.package import parse_package
from plainrecord.io.references import unfold_references
from plainrecord.measures.crosswalk import check_checklist, check_crosswalk
from plainrecord.model.packages import Package
from plainrecord.model.products import ReleasedDataset
from plainrecord.model.standards import Methodology
from plainrecord.pipeline import features
from tests.portals import DESCRIPTOR

STANDARDS = features.read_standards()
ELSE = ", ".join(
    f"{e.name}: not there"
    for e in STANDARDS["enforcement-stop"].graded
    if e.name not in ("date", "outcome", "place")
)
GOOD = """  crosswalk:
    standard: enforcement-stop
    unit: event
    fields:
      date: {field: visited_on}
      place: {field: state, precision: state}
      outcome: {field: outcome, values: {pass: released, fail: other}, note: Invented.}
    absent: {ELSE}
""".replace("ELSE", ELSE)


def read(extra: str) -> tuple[Package | None, list[str]]:
    """The package of tests with `extra` in its block, and what the reading found."""
    package, found = parse_package(parse_document(DESCRIPTOR + extra), "data/visits", "d.yaml", "")
    return package, [f"{item.rule}: {item.found}" for item in found]


def check(extra: str) -> list[str]:
    package, found = read(extra)
    assert package is not None, found
    return [f"{item.rule}: {item.found}" for item in check_crosswalk(package, STANDARDS)]


def test_a_good_crosswalk_has_no_findings() -> None:
    assert check(GOOD) == []
    assert check("") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("standard: enf", "standard: ef", 'standard-unknown: the standard is \'eforcement-stop\', did you mean "enforcement-stop"?'),
        ("outcome: {field", "outcom: {field", 'crosswalk-element-unknown: fields names \'outcom\', did you mean "outcome"?'),
        ("field: visited_on", "field: visited", 'crosswalk-field-unknown: date stands in \'visited\', did you mean "visited_on"?'),
        ("pass: released", "pass: relased", 'crosswalk-value-unknown: outcome: \'pass\' is \'relased\', did you mean "released"?'),
        ("pass: released", "pas: released", 'crosswalk-value-unknown: outcome has no category \'pas\', did you mean "pass"?'),
        ("precision: state", "precision: stat", 'crosswalk-invalid: the level of place is \'stat\', did you mean "state"?'),
        (", precision: state", "", "crosswalk-invalid: place stands in state, and no level is named"),
        ("field: visited_on", "field: visited_on, precision: day", "crosswalk-invalid: a level is named for visited_on, which is a date"),
        ("absent: {", "absent: {date: no, ", "crosswalk-invalid: date stands under fields, absent"),
        ("statute: not there", "statute: ''", "crosswalk-invalid: statute is absent, with no reason"),
        (", statute: not there", "", "crosswalk-element-missing: statute"),
        ("place_level", "place_level", ""),
        ("field: visited_on", "note: none", "crosswalk-invalid: date names no field"),
        ("unit: event", "unit: event\n    resource: visit", 'crosswalk-field-unknown: the crosswalk is over \'visit\', did you mean "visits"?'),
        ("outcome: {field: outcome,", "outcome: {field: outcome, fields: [state],", "crosswalk-invalid: outcome has several fields and `values`"),
        ("outcome: {field: outcome,", "outcome: {field: outcome, sql: outcome,", "crosswalk-invalid: outcome has `values` and `sql`"),
        ("place: {field: state,", "place: {field: state, values: {CA: west},", "crosswalk-value-unknown: place has no categories, and 'CA' is 'west'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_crosswalk_is_said(old: str, new: str, expected: str) -> None:
    found = check(GOOD.replace(old, new, 1))
    assert expected in found if expected else not found


def test_a_companion_is_not_an_element_to_map() -> None:
    found = check(GOOD.replace("date: {field", "place_level: {field: state}\n      date: {field"))
    assert found[0].startswith("crosswalk-element-unknown: fields names 'place_level'")


def test_unknown_keys_and_units_are_errors_of_the_form() -> None:
    for old, new, expected in (
        ("field: visited_on", "feild: visited_on", 'did you mean "field"'),
        ("unit: event", "unit: car", "value-invalid"),
        ("unit: event", "units: event", 'did you mean "unit"'),
    ):
        package, found = read(GOOD.replace(old, new, 1))
        assert package is None
        assert any(expected in text for text in found), found


CHECKLIST = """  methodology:
    collection: {link: "#where-it-comes-from", note: By hand.}
    audit: {link: "https://audit.example/report"}
    known_defects: {link: known_issues}
"""


def release(extra: str = CHECKLIST) -> ReleasedDataset:
    package, _ = read(extra)
    assert package is not None
    html = Markup('<h2 id="where-it-comes-from">Where</h2><p id="p">x</p>')
    return ReleasedDataset(package, built=True, methodology_html=html)


def test_a_checklist_whose_links_lead_somewhere_is_good() -> None:
    assert check_checklist(release()) == ()
    assert list(release().package.checklist) == ["collection", "known_defects", "audit"]


@pytest.mark.parametrize(
    "link",
    [
        *("#where-it-come-from", "#p", "where", "//audit.example/x", "javascript:alert(1)"),
        *("http://[", "https:///x", "mailto:a@b.example", "limits"),
    ],
)
def test_a_link_that_leads_nowhere_is_a_finding(link: str) -> None:
    found = check_checklist(release(CHECKLIST.replace("#where-it-comes-from", link)))
    assert [item.rule for item in found] == ["methodology-link-invalid"]
    if link == "#where-it-come-from":
        assert 'did you mean "where-it-comes-from"' in found[0].found


def test_known_issues_must_be_there_to_be_linked() -> None:
    good = release()
    bare = replace(good, package=replace(good.package, known_issues=()))
    assert [item.rule for item in check_checklist(bare)] == ["methodology-link-invalid"]


def test_an_unknown_item_of_the_checklist_is_an_error() -> None:
    package, found = read(CHECKLIST.replace("audit:", "audits:"))
    assert package is None
    assert 'did you mean "audit"' in found[0]


def test_the_checklist_of_the_form_is_that_of_the_standard() -> None:
    names = [item.name for item in STANDARDS["enforcement-stop"].checklist]
    assert list(Methodology.model_fields) == names


@pytest.mark.parametrize("name", ["ice-arrests", "nypd-stops", "stops"])
def test_the_crosswalks_of_this_portal_are_sound(name: str) -> None:
    folder = Path(__file__).parents[2] / "data" / name
    text = (folder / "datapackage.yaml").read_text(encoding="utf-8")
    document, _ = unfold_references(parse_document(text), folder, "d.yaml")
    package, found = parse_package(document, f"data/{name}", "d.yaml", "")
    assert package is not None, found
    assert package.crosswalk is not None
    assert check_crosswalk(package, STANDARDS) == ()
