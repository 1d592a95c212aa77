"""Drafts of a new portal: they load, they ask, and they do not build until answered."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from plainrecord.trust.config import parse_portal
from plainrecord.trust.package import parse_package
from plainrecord.workshop.starter import draft_descriptor, draft_portal

STOPS = b"""stop_id,stopped_on,fips,age,reason,score,at,ok
a,2026-01-02,01001,41,tip,1.5,2026-01-02T03:04:05,true
b,2026-01-03,06037,,"x, y",2,2026-01-02T03:04:05,false
"""


def fields(content: bytes) -> dict[str, str]:
    document = yaml.safe_load(draft_descriptor("stops", content))
    return {f["name"]: f["type"] for f in document["resources"][0]["schema"]["fields"]}


def test_types_are_inferred_and_codes_stay_text() -> None:
    assert fields(STOPS) == {
        "stop_id": "string",
        "stopped_on": "date",
        "fips": "string",
        "age": "integer",
        "reason": "string",
        "score": "number",
        "at": "datetime",
        "ok": "boolean",
    }


def test_every_row_counts_for_the_type() -> None:
    content = b"n\n" + b"1\n" * 20_000 + b"one\n"
    assert fields(content) == {"n": "string"}


@pytest.mark.parametrize("mark", ["(b)(6)", "N/A", "(b)(7)(C) ", "*"])
def test_a_mark_is_asked_about_and_not_guessed(mark: str) -> None:
    text = draft_descriptor("t", f"n\n1\n{mark}\n".encode())
    assert fields(f"n\n1\n{mark}\n".encode()) == {"n": "string"}
    assert f'TODO: is it a mark for an absent value? "{mark}". The other cells fit integer' in text


def test_impossible_dates_are_text() -> None:
    assert fields(b"d\n2026-02-30\n") == {"d": "string"}
    assert fields(b"d\n\n\n") == {"d": "string"}


def test_delimiter_and_encoding_are_declared() -> None:
    document = yaml.safe_load(draft_descriptor("t", "jahr;straße\n2026;Ähre\n".encode("cp1252")))
    resource = document["resources"][0]
    assert resource["dialect"] == {"delimiter": ";"}
    assert resource["encoding"] == "cp1252"
    assert [f["name"] for f in resource["schema"]["fields"]] == ["jahr", "straße"]


def test_hostile_labels_stay_text() -> None:
    label = 'a": [x]\n<script>alert(1)</script># {TODO}'
    cell = label.replace('"', '""')
    document = yaml.safe_load(draft_descriptor("t", f'"{cell}"\n1\n'.encode()))
    assert document["resources"][0]["schema"]["fields"][0]["name"] == label


def test_a_draft_loads_and_asks_for_the_privacy_policy() -> None:
    document = yaml.safe_load(draft_descriptor("stops", STOPS))
    package, findings = parse_package(document, "data/stops", "data/stops/datapackage.yaml", "")
    assert package is not None
    assert [finding.rule for finding in findings] == ["privacy-undeclared"]
    assert findings[0].blocks
    assert "TODO" in draft_descriptor("stops", STOPS)


def test_a_portal_is_whole(tmp_path: Path) -> None:
    source = tmp_path / "Stops 2026.csv"
    source.write_bytes(STOPS)
    files = dict(
        draft_portal(tmp_path, {"Stops 2026.csv": source, "stops-2026.csv": STOPS, "é.csv": STOPS})
    )
    assert {
        "site/portal.yaml",
        "site/pages/about.md",
        "data/stops-2026/datapackage.yaml",
        "data/stops-2026/methodology.md",
        "data/stops-2026/stops-2026.csv",
        "data/stops-2026-2/datapackage.yaml",
        "data/table/table.csv",
        ".github/workflows/publish.yml",
        "README.md",
        ".gitignore",
        ".gitattributes",
    } <= set(files)
    assert files["data/stops-2026/stops-2026.csv"] == STOPS
    portal, findings = parse_portal(yaml.safe_load(files["site/portal.yaml"]), "site/portal.yaml")
    assert portal is not None
    assert not findings


def test_drafts_are_the_same_each_time(tmp_path: Path) -> None:
    tables = {"b.csv": STOPS, "a.csv": STOPS}
    assert draft_portal(tmp_path, tables) == draft_portal(tmp_path, tables)
