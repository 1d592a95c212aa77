"""References: what a descriptor names by a path is read below its folder, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.io.references import unfold_references

SCHEMA = {"fields": [{"name": "a", "type": "integer"}]}


def described(schema: object) -> Json:
    return {"resources": [{"name": "t", "path": "t.csv", "schema": schema}]}  # type: ignore[dict-item]


def test_a_schema_is_put_in(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "schema.yaml").write_text(json.dumps(SCHEMA))
    document, findings = unfold_references(described("sub/schema.yaml"), tmp_path, "d.json")
    assert document == described(SCHEMA)
    assert findings == ()


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("../schema.json", "path-unsafe"),
        ("/etc/schema.json", "path-unsafe"),
        ("out/schema.json", "path-unsafe"),
        ("none.json", "file-missing"),
        ("", "path-unsafe"),
        ("https://example.org/schema.json", "value-invalid"),
        ("list.json", "value-invalid"),
        ("broken.json", "yaml-invalid"),
    ],
)
def test_what_cannot_be_followed_is_a_finding(tmp_path: Path, path: str, rule: str) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "schema.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    (inside / "out").symlink_to(outside)
    (inside / "list.json").write_text("[]")
    (inside / "broken.json").write_text('{"fields": ')
    document, findings = unfold_references(described(path), inside, "d.json")
    assert [finding.rule for finding in findings] == [rule]
    assert document == {"resources": [{"name": "t", "path": "t.csv"}]}


@pytest.mark.parametrize("document", [None, [], {"resources": "x"}, {"resources": [None, 1]}])
def test_what_is_no_descriptor_is_left_alone(tmp_path: Path, document: Json) -> None:
    assert unfold_references(document, tmp_path, "d.json") == (document, ())
