"""Messages about a key that does not fit its form, in the words of somebody who writes YAML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.package_forms import CoverageForm, PackageForm
from plainrecord.descriptors.reading import read_form
from plainrecord.measures.claim_tests.rows import RowTest
from plainrecord.measures.claim_tests.value import ValueTest
from plainrecord.model.claims import Reply
from plainrecord.model.declarations import Reconciliation
from plainrecord.model.forms import StrictForm
from tests.commands import run_command


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


@pytest.mark.parametrize(
    ("field", "path", "said"),
    [
        ({"categories": [1, 2.5]}, "t.csv", "schema.fields[0].categories[1] is 2.5"),
        ({"missingValues": [5]}, "t.csv", "schema.fields[0].missingValues[0] is 5"),
        ({"categories": ["1", "1"]}, "t.csv", "a value is twice in categories"),
        ({"constraints": {"minimum": "x"}}, "t.csv", "checked: constraint \"minimum\" holds 'x'"),
        ({"constraints": {"enum": ["x"]}}, "t.csv", "checked: constraint \"enum\" holds 'x'"),
        ({}, "../t.py", "the path '../t.py' is not safe: it has a `..`"),
        ({}, "/etc/passwd", "the path '/etc/passwd' is not safe: it is absolute"),
        ({}, "file:///etc/passwd", "the path 'file:///etc/passwd' is not safe"),
        ({}, "t%2Ecsv", "the path 't%2Ecsv' is not safe"),
    ],
)
def test_a_message_names_the_fault_in_the_words_of_the_descriptor(
    tmp_path: Path, field: dict[str, object], path: str, said: str
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n", encoding="utf-8")
    schema = {"fields": [{"name": "a", "type": "integer", **field}]}
    package = {"name": "p", "resources": [{"name": "t", "path": path, "schema": schema}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    done = run_command("check", str(tmp_path))
    printed = done.stdout + done.stderr
    assert printed.count(said) == 1, printed
    assert not any(inner in printed for inner in ("ValueError", ".str", ".int", "format"))
