"""What does not fit a form is told in the words of somebody who writes YAML."""

from __future__ import annotations

import pytest

from plainrecord.forms.descriptors import PackageForm
from plainrecord.forms.shapes import read_form
from plainrecord.model.packages import Json


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
