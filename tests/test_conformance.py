"""The conformance suite: our verdict on every case, and frictionless's where it should agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frictionless
import pytest
import yaml

from plainrecord.pipeline.check import check_paths

SUITE = Path(__file__).parent / "conformance"
CASES: list[dict[str, Any]] = [
    case
    for path in sorted(SUITE.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
DOCUMENT = (Path(__file__).parents[1] / "docs" / "conformance.md").read_text(encoding="utf-8")
PROFILES = "https://datapackage.org/profiles/2.0"
"""Without them frictionless reads a descriptor by version 1 of the standard."""


def lay_out(case: dict[str, Any], folder: Path) -> Path:
    for name, text in case["files"].items():
        (folder / name).write_bytes(text.encode("utf-8"))
    descriptor = folder / "datapackage.json"
    descriptor.write_text(json.dumps(case["package"]), encoding="utf-8")
    return descriptor


def wanted(case: dict[str, Any]) -> list[tuple[str, int, str]]:
    return sorted((e["type"], e.get("row", 0), e.get("field", "")) for e in case.get("errors", []))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_our_verdict(case: dict[str, Any], tmp_path: Path) -> None:
    [subject] = check_paths([lay_out(case, tmp_path)], None, lambda _: None)
    blocking = [finding for finding in subject.findings if finding.blocks]
    if case["verdict"] == "refused":
        assert blocking, "the descriptor breaks the standard"
        assert not any(check.errors for check in subject.checks)
        return
    headers = ("label",)
    found = sorted(
        (f.rule, 0 if f.rule.endswith(headers) else f.row or 0, f.field) for f in blocking
    )
    assert found == wanted(case)


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if "frictionless" not in c and c["verdict"] != "refused"],
    ids=lambda case: case["name"],
)
def test_frictionless_agrees(case: dict[str, Any], tmp_path: Path) -> None:
    package = case["package"] | {"$schema": f"{PROFILES}/datapackage.json"}
    package["resources"] = [
        resource | {"$schema": f"{PROFILES}/dataresource.json"} for resource in package["resources"]
    ]
    descriptor = lay_out(case | {"package": package}, tmp_path)
    report = frictionless.validate(str(descriptor))
    assert report.valid == (case["verdict"] == "valid"), report.flatten(["type", "note"])


@pytest.mark.parametrize("case", [c for c in CASES if "frictionless" in c], ids=lambda c: c["name"])
def test_a_difference_is_documented(case: dict[str, Any]) -> None:
    assert case["frictionless"] in " ".join(DOCUMENT.split())


def test_the_suite_is_well_formed() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names))
    assert len(names) > 200
    for case in CASES:
        assert case["verdict"] in ("valid", "invalid", "refused"), case["name"]
        assert bool(case.get("errors")) == (case["verdict"] == "invalid"), case["name"]
        assert case["section"], case["name"]
        assert case["shows"], case["name"]
