"""The published descriptor: rules that protection did not touch hold in the released rows."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import frictionless

from plainrecord.model.packages import (
    Dialect,
    Field,
    ForeignKey,
    Package,
    ReleasedTable,
    Resource,
    Schema,
)
from plainrecord.model.products import Distribution
from plainrecord.pipeline.build import build_portal
from plainrecord.pipeline.check import check_paths
from plainrecord.publishing.descriptor import describe_package
from tests.portals import write_portal


def field(name: str, kind: str = "string", generalised: str = "", **descriptor: Any) -> Field:
    constraints = {} if generalised else descriptor.get("constraints", {})
    return Field(
        name,
        kind,
        constraints=constraints,
        generalised=generalised,
        rdf_type=descriptor.get("rdfType", ""),
        descriptor={"name": name, "type": kind, **descriptor},
    )


def released(name: str, *fields: Field) -> ReleasedTable:
    return ReleasedTable("d", name, name, "", "row", "x", fields, 1, 0, ())


def test_rules_of_fields_left_as_they_were_are_published() -> None:
    bounds = {"minimum": 1, "required": True}
    kept = field("a", "integer", constraints=bounds, example=3, rdfType="http://x.org/a")
    coarse = field("b", "yearmonth", "to the month", constraints={"required": True})
    dated = field(
        "c",
        "date",
        format="%d/%m/%Y",
        example="01/02/2024",
        constraints={"minimum": "01/02/2000", "required": True},
    )
    keys = tuple(
        ForeignKey((here,), other, (there,))
        for here, other, there in (
            ("a", "u", "id"),
            ("b", "u", "id"),
            ("a", "u", "gone"),
            ("a", "", "a"),
        )
    )
    schema = Schema(
        (kept, coarse, dated), unique_keys=(("a",), ("a", "b"), ("gone",)), foreign_keys=keys
    )
    resources = (
        Resource("t", "t", "", (), "csv", "utf-8", Dialect(), schema),
        Resource("u", "u", "", (), "csv", "utf-8", Dialect(), Schema((field("id", "integer"),))),
    )
    package = Package("d", "", "", "", "", "", "d.yaml", resources, None)
    tables = [released("t", kept, coarse, dated), released("u", field("id", "integer"))]
    files = {f"{n}.csv": Distribution("", f"{n}.csv", "csv", "text/csv", 1, "0" * 64) for n in "tu"}
    document: Any = describe_package(package, tables, files)
    described = document["resources"][0]["schema"]
    a, b, c = described["fields"]
    assert (a["constraints"], a["example"], a["rdfType"]) == (bounds, 3, "http://x.org/a")
    assert "constraints" not in b
    assert c["constraints"] == {"required": True}
    assert "example" not in c
    assert described["uniqueKeys"] == [["a"]]
    assert [key["reference"] for key in described["foreignKeys"]] == [
        {"resource": "u", "fields": ["id"]},
        {"resource": "", "fields": ["a"]},
    ]


def test_the_published_package_is_valid_by_its_own_descriptor(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "portal")
    build_portal(root, tmp_path / "site", lambda _: None)
    [packed] = tmp_path.glob("site/**/visits.zip")
    zipfile.ZipFile(packed).extractall(tmp_path / "package")
    [descriptor] = tmp_path.glob("package/**/datapackage.json")
    assert '"constraints"' in descriptor.read_text()
    assert frictionless.validate(str(descriptor)).valid
    [checked] = check_paths([descriptor], None, lambda _: None)
    assert [finding for finding in checked.findings if finding.blocks] == []
