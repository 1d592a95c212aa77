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


def grouped(**item: Json) -> Json:
    return {"plainrecord": {"privacy": {"coarsen": [{"field": "state", **item}]}}}


STATES = "state,division,region,2020\nTX,Gulf,South,S\nCA,Pacific,West,W\n"


@pytest.mark.parametrize(
    ("level", "groups"),
    [
        ({}, {"TX": "Gulf", "CA": "Pacific"}),
        ({"level": "region"}, {"TX": "South", "CA": "West"}),
        ({"level": 2020}, {"TX": "S", "CA": "W"}),
    ],
)
def test_groups_are_read_from_a_table(
    tmp_path: Path, level: dict[str, Json], groups: dict[str, Json]
) -> None:
    (tmp_path / "states.csv").write_text(STATES)
    document, findings = unfold_references(grouped(groups="states.csv", **level), tmp_path, "d")
    assert (document, findings) == (grouped(groups=groups), ())


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("../states.csv", STATES, "not safe"),
        ("none.csv", STATES, "there is no file"),
        ("states.csv", "state\nTX\n", "there is one column"),
        ("states.csv", "", "there is one column"),
        ("states.csv", "state,region\nTX\n", "'TX' has no region"),
        ("states.csv", "state,region\nTX,South\nTX,West\n", "'TX' is in two groups"),
        ("states.csv", 'state,region\n"TX,South', "no CSV file"),
    ],
)
def test_a_table_of_groups_that_cannot_be_used_is_a_finding(
    tmp_path: Path, path: str, text: str, found: str
) -> None:
    (tmp_path / "states.csv").write_text(text)
    document, [finding] = unfold_references(grouped(groups=path), tmp_path, "data/s/d")
    assert found in finding.found
    assert finding.file in ("data/s/d", "data/s/states.csv")
    assert document == {"plainrecord": {"privacy": {"coarsen": []}}}
