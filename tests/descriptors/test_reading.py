"""Messages about a key that does not fit its form, in the words of somebody who writes YAML."""

from __future__ import annotations

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.package_forms import CoverageForm, PackageForm
from plainrecord.descriptors.reading import read_form
from plainrecord.measures.claim_tests.rows import RowTest
from plainrecord.measures.claim_tests.value import ValueTest
from plainrecord.model.claims import Reply
from plainrecord.model.declarations import Reconciliation
from plainrecord.model.forms import StrictForm


@pytest.mark.parametrize(
    ("document", "found", "expected"),
    [
        ({"resources": []}, "resources is []", "at least one item"),
        ({"resources": "x"}, "resources is 'x'", "a list"),
        ({"resources": [{"name": 5}]}, "resources[0].name is 5", "a text"),
        ({"resources": [{"name": "t", "schema": {"fields": ["id"]}}]}, "is 'id'", "a mapping"),
        ({"resources": [{"name": "t", "bytes": "12"}]}, "bytes is '12'", "a whole number"),
    ],
)
def test_no_word_of_python_reaches_a_maintainer(document: Json, found: str, expected: str) -> None:
    _, findings = read_form(PackageForm, document, "datapackage.yaml")
    assert any(found in item.found and expected in item.expected for item in findings)
    words = " ".join(f"{item.found} {item.expected}" for item in findings)
    assert not {"tuple", "Tuple", "dictionary", "FieldForm"} & set(words.split())


def test_a_value_with_a_fault_inside_is_named_once() -> None:
    """A policy may be a mapping or the text `open`: only what is wrong in the mapping is said."""
    privacy: dict[str, Json] = {"tables": [{"dimensions": ["a", "b", "c", "d"]}]}
    document: Json = {"resources": [{"name": "t"}], "plainrecord": {"privacy": privacy}}
    _, findings = read_form(PackageForm, document, "datapackage.yaml")
    assert [(f.found.split(" is ")[0], f.expected) for f in findings if "privacy" in f.found] == [
        ("plainrecord.privacy.tables[0].dimensions", "at most 3 items")
    ]


SIDES = {"here": {"label": "A", "definition": "D"}, "there": {"label": "B", "definition": "D"}}
COMPARISON = {
    "name": "c",
    "title": "C",
    "keys": [{"name": "k", "here": "k", "total": True}],
    **SIDES,
}


@pytest.mark.parametrize(
    ("form", "document", "idle"),
    [
        (RowTest, {"dataset": "d", "resource": "t", "condition": "x", "at_least": 0}, "at_least"),
        (RowTest, {"dataset": "d", "resource": "t", "condition": "x", "at_most": 1}, "at_most"),
        (ValueTest, {"figure": "d.f", "stated": 1, "unit": "x"}, "unit"),
        (Reply, {"date": "2026-10-01"}, "date"),
        (Reconciliation, {**COMPARISON, "fewest": 9}, "fewest"),
        (Reconciliation, {**COMPARISON, "kind": "overlap"}, "keys.0.total"),
        (Reconciliation, {**COMPARISON, "kind": "records", "relative": 0.5}, "relative"),
        (CoverageForm, {"from": "2026-02-01", "to": "2026-01-01"}, "to"),
    ],
)
def test_a_key_without_effect_is_reported(
    form: type[StrictForm], document: Json, idle: str
) -> None:
    _, findings = read_form(form, document, "x.yaml")
    assert [(f.rule, f.found) for f in findings] == [
        ("key-misplaced", f"`{idle}` of the document has no effect there")
    ]
