"""Forms of descriptors: what may stand in more than one place."""

from __future__ import annotations

import pytest

from plainrecord.forms.descriptors import PackageForm
from plainrecord.forms.shapes import read_form
from plainrecord.model.packages import Json

RULE: Json = {"rule": "a <= b", "severity": "warning"}


@pytest.mark.parametrize(
    ("resource", "rules"),
    [
        ({"checks": [RULE]}, ["a <= b"]),
        ({"plainrecord": {"checks": [RULE]}}, ["a <= b"]),
        ({"checks": [RULE], "plainrecord": {"checks": []}}, []),
        ({"checks": [{"type": "table-dimensions"}]}, []),  # somebody else's key
        ({"checks": "none"}, []),
    ],
)
def test_row_rules_stand_in_our_part_or_beside_it(
    resource: dict[str, Json], rules: list[str]
) -> None:
    document: Json = {"resources": [{"name": "t", "path": "t.csv", **resource}]}
    form, findings = read_form(PackageForm, document, "datapackage.yaml")
    assert form is not None, findings
    assert [check.rule for check in form.resources[0].plainrecord.checks] == rules
