"""The standard for request logs, and the key that makes a dataset one."""

from __future__ import annotations

import copy
from pathlib import Path

import frictionless
import pytest
import yaml

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.package import parse_package
from plainrecord.model.declarations import RequestLog
from plainrecord.model.requests import ELEMENTS

STANDARD = Path(__file__).parents[2] / "plainrecord" / "standards" / "request-log"
GOOD: dict[str, Json] = {
    "name": "foia",
    "resources": [
        {
            "name": "log",
            "path": "log.csv",
            "schema": {"fields": [{"name": "nr"}, {"name": "got"}, {"name": "closed"}]},
        }
    ],
}
FIELDS: dict[str, Json] = {"date_completed": "closed", "date_received": "got", "request_id": "nr"}


def parse(**requests: Json) -> tuple[RequestLog | None, list[str], str]:
    ours: dict[str, Json] = {"privacy": {"open": "Agencies are not people."}, "requests": requests}
    document = copy.deepcopy(GOOD) | {"plainrecord": ours}
    package, findings = parse_package(document, "data/foia", "f", "")
    log = package.requests if package else None
    return log, [f.rule for f in findings], " / ".join(f.found for f in findings)


def test_the_schema_has_the_elements_in_their_order() -> None:
    schema = yaml.safe_load((STANDARD / "schema.yaml").read_text(encoding="utf-8"))
    assert tuple(field["name"] for field in schema["fields"]) == ELEMENTS
    assert all(field["title"] and field["description"] for field in schema["fields"])
    assert not any("requester" in name for name in ELEMENTS)
    frictionless.Schema.from_descriptor(schema)


def test_the_documentation_names_what_the_format_has() -> None:
    text = (STANDARD / "README.md").read_text(encoding="utf-8")
    for name in ("request_id", "date_perfected", "exemptions_cited", "fees_charged", "status"):
        assert f"`{name}`" in text


def test_a_log_is_read_in_the_order_of_the_standard() -> None:
    log, rules, _ = parse(fields=FIELDS, as_of="2026-10-01", agency="A")
    assert rules == []
    assert log is not None
    ordered = [("request_id", "nr"), ("date_received", "got"), ("date_completed", "closed")]
    assert [*log.fields.items()] == ordered
    assert (log.resource, log.agency, log.as_of) == ("log", "A", "2026-10-01")
    assert parse(fields=FIELDS, as_of="not stated")[1] == []


@pytest.mark.parametrize(
    ("requests", "rule", "found"),
    [
        ({"fields": {**FIELDS, "requester": "nr"}}, "requests-element-unknown", "'requester'"),
        ({"fields": {**FIELDS, "subjct": "nr"}}, "requests-element-unknown", '"subject"?'),
        ({"fields": {**FIELDS, "subject": "clsed"}}, "requests-field-unknown", '"closed"?'),
        ({"fields": {"request_id": "nr", "date_completed": "closed"}}, "requests-incomplete", "date_received or"),
        ({"fields": {"date_received": "got"}}, "requests-incomplete", "request_id, no date_completed"),
        ({"fields": FIELDS, "resource": "logg"}, "value-invalid", '"log"?'),
        ({"fields": FIELDS, "as_of": "10/1/2026"}, "value-invalid", "10/1/2026"),
        ({"fields": {}}, "value-invalid", ""),
        ({"fields": FIELDS, "feilds": {}}, "key-unknown", "fields"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(requests: dict[str, Json], rule: str, found: str) -> None:
    log, rules, text = parse(**requests)
    assert log is None
    assert rules == [rule]
    assert found in text
