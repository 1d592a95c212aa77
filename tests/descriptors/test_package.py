"""Descriptors: everything wrong is said in one run, with a hint where one is near."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.package import parse_package
from plainrecord.descriptors.portal import parse_page, parse_portal, split_front_matter
from plainrecord.model.packages import MissingKind

GOOD: dict[str, Json] = {
    "name": "stops",
    "resources": [
        {
            "name": "stops",
            "path": "stops.csv",
            "schema": {
                "fields": [{"name": "age", "type": "integer"}, {"name": "place", "type": "string"}],
                "missingValues": [
                    "",
                    {"value": "(b)(6) ", "label": "Withheld", "kind": "withheld"},
                ],
            },
        }
    ],
    "plainrecord": {
        "privacy": {
            "mode": "tables",
            "identifiers": ["place"],
            "threshold": 11,
            "tables": [{"dimensions": ["age"]}],
        }
    },
}


def parse(**changes: Json) -> tuple[object, list[str], str]:
    document = copy.deepcopy(GOOD) | changes
    package, findings = parse_package(document, "data/stops", "data/stops/datapackage.yaml", "")
    return package, [f.rule for f in findings], " / ".join(f.found for f in findings)


def test_a_good_descriptor_is_read() -> None:
    package, findings = parse_package(GOOD, "data/stops", "f", "# How")
    assert findings == ()
    assert package is not None
    (resource,) = package.resources
    assert [f.name for f in resource.schema.fields] == ["age", "place"]
    marks = resource.schema.fields[0].missing_values
    assert [(m.value, m.kind) for m in marks] == [
        ("", MissingKind.MISSING), ("(b)(6) ", MissingKind.WITHHELD),
    ]  # fmt: skip
    assert package.policy is not None
    assert package.policy.threshold == 11


def test_our_unknown_keys_are_errors_with_a_hint() -> None:
    _, rules, found = parse(plainrecord={"privcy": {"open": "x"}})
    assert rules == ["key-unknown"]
    assert 'did you mean "privacy"?' in found


def test_a_misspelt_key_of_the_standard_is_an_error_and_a_foreign_one_is_not() -> None:
    _, rules, found = parse(licences=[])
    assert rules == ["key-unknown"]
    assert 'did you mean "licenses"?' in found
    _, rules, _ = parse(**{"x-newsroom-desk": "data"})
    assert rules == []


def test_everything_wrong_is_said_at_once() -> None:
    _, rules, found = parse(name=["a"], keywords="one", resources=[])
    assert rules == ["value-invalid"] * 3
    assert "name is" in found
    assert "keywords is" in found
    assert "resources is" in found


@pytest.mark.parametrize(
    ("privacy", "rule"),
    [
        (None, "privacy-undeclared"),
        ({}, "privacy-mode-missing"),
        ("open", "privacy-reason-missing"),
        ({"open": " "}, "privacy-reason-missing"),
        ({"open": "The agency published it.", "threshold": 5}, "value-invalid"),
    ],
)
def test_a_dataset_without_a_policy_is_blocked(privacy: Json, rule: str) -> None:
    ours: Json = {} if privacy is None else {"privacy": privacy}
    _, rules, _ = parse(plainrecord=ours)
    assert rules == [rule]


def test_a_remote_file_must_be_pinned() -> None:
    resource = copy.deepcopy(GOOD["resources"])
    assert isinstance(resource, list)
    assert isinstance(resource[0], dict)
    resource[0]["path"] = "https://example.org/a.csv"
    _, rules, _ = parse(resources=resource)
    assert rules == ["source-unpinned"]


def test_unknown_types_and_keys_on_missing_fields() -> None:
    schema: Json = {"fields": [{"name": "a", "type": "integr"}], "primaryKey": "b"}
    _, rules, found = parse(resources=[{"name": "t", "path": "t.csv", "schema": schema}])
    assert rules == ["profile-violation", "profile-violation"]
    assert 'did you mean "integer"?' in found


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_a_document_that_is_no_mapping(document: Json) -> None:
    package, findings = parse_package(document, "data/a", "f", "")
    assert package is None
    assert [f.rule for f in findings] == ["value-invalid"]


def test_settings_are_trusted_only_when_right() -> None:
    good: Json = {"title": "T", "publisher": {"name": "P", "email": "p@p.example"}}
    portal, findings = parse_portal(good, "site/portal.yaml", "https://a.example/b/")
    assert portal is not None
    assert portal.base_url == "https://a.example/b/"
    assert findings == ()
    bad: Json = {"title": "T", "publisher": {"name": "P"}, "base_url": "javascript:alert(1)"}
    assert [f.rule for f in parse_portal(bad, "f")[1]] == ["value-invalid"]
    unknown: Json = {"title": "T", "publisher": {"name": "P"}, "base_ulr": "https://a.example"}
    assert 'did you mean "base_url"?' in parse_portal(unknown, "f")[1][0].found


def test_pages_have_front_matter() -> None:
    assert split_front_matter("---\ntitle: A\n---\nText") == ("title: A", "Text")
    assert split_front_matter("Text") == ("", "Text")
    page, findings = parse_page("site/pages/about.md", "x", {"title": "About"}, "Text")
    assert page is not None
    assert (page.name, findings) == ("about", ())
    assert [f.rule for f in parse_page("site/pages/a.md", "x", None, "")[1]] == ["key-missing"]
    assert [
        f.rule for f in parse_page("site/pages/a.md", "x", {"title": "A", "odr": 1}, "")[1]
    ] == ["key-unknown"]


def test_a_derived_field_has_a_name_of_its_own() -> None:
    document: dict[str, Any] = copy.deepcopy(GOOD)
    field = {"name": "PLACE", "type": "string"}
    document["resources"][0]["plainrecord"] = {"derive": [{"field": field, "sql": "trim(place)"}]}
    _, rules, found = parse(**document)
    assert rules == ["value-invalid"]
    assert "'PLACE' of resource stops has the name of the field 'place'" in found


def test_a_role_as_the_first_version_of_the_standard_has_it() -> None:
    people: list[Json] = [
        {"title": "A", "role": "author"},
        {"title": "B", "role": "x", "roles": ["y"]},
    ]
    package, findings = parse_package(GOOD | {"contributors": people}, "data/stops", "f", "# How")
    assert package is not None
    assert findings == ()
    assert [person.roles for person in package.contributors] == [("author",), ("y",)]


def test_names_are_texts_of_one_line() -> None:
    changes: dict[str, Json] = {
        "title": "Stops of\nthe police\n",
        "version": "1\n",
        "contributors": [{"title": "An office\n"}],
        "sources": [{"title": "The\u2028office "}],
    }
    package, findings = parse_package(GOOD | changes, "data/stops", "f", "# How")
    assert package is not None
    assert findings == ()
    assert (package.title, package.version) == ("Stops of the police", "1")
    assert (package.contributors[0].title, package.sources[0].title) == ("An office", "The office")


@pytest.mark.parametrize("day", ["autumn", "2026", "2026-10", "2026-13-01", "2026-10-01T10:00:00Z"])
def test_the_date_of_the_data_is_a_day(day: str) -> None:
    ours = GOOD["plainrecord"]
    assert isinstance(ours, dict)
    _, rules, found = parse(plainrecord=ours | {"updated": day})
    assert (rules, found) == (["value-invalid"], f"plainrecord.updated is {day!r}")
    _, rules, _ = parse(created=day)
    assert rules == ([] if day.endswith("Z") else ["value-invalid"])


@pytest.mark.parametrize("key", ["corrections", "doubts"])
def test_the_date_of_a_statement_is_a_day_of_the_calendar(key: str) -> None:
    ours = GOOD["plainrecord"]
    assert isinstance(ours, dict)
    words = {"what": "W."} if key == "corrections" else {"status": "doubtful"}
    said: list[Json] = [{"date": "2026-13-45", "reason": "R.", **words}]
    _, rules, found = parse(plainrecord=ours | {key: said})
    assert (rules, found) == (["value-invalid"], f"plainrecord.{key}[0].date is '2026-13-45'")
