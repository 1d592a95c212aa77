"""Fields, dialects, resources and packages against the standard, beyond the shape of their parts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.package import parse_package
from plainrecord.descriptors.standard_rules import pattern_problem


def found_in(
    package: Mapping[str, Json] | None = None,
    resource: Mapping[str, Json] | None = None,
    schema: Mapping[str, Json] | None = None,
    field: Mapping[str, Json] | None = None,
    dialect: Mapping[str, Json] | None = None,
) -> list[str]:
    """What blocks in a package of one table with this field."""
    whole: dict[str, Json] = {"fields": [{"name": "v", **(field or {})}], **(schema or {})}
    table: dict[str, Json] = {"name": "t", "path": "t.csv", "schema": whole, **(resource or {})}
    if dialect is not None:
        table["dialect"] = dict(dialect)
    document: dict[str, Json] = {"resources": [table], **(package or {})}
    _, findings = parse_package(document, "p", "datapackage.json", "", portal=False)
    return [finding.found for finding in findings if finding.blocks]


@pytest.mark.parametrize(
    "field",
    [
        {"type": "number", "format": "currency"},
        {"type": "year", "format": "%Y"},
        {"type": "geopoint", "format": "wkt"},
        {"type": "date", "format": "dd/mm/yyyy"},
        {"type": "date", "format": "%Q"},
        {"type": "time", "format": "%H:%"},
        {"type": "datetime", "format": "%d %d"},
        *(
            {"type": "date", "format": pattern}
            for pattern in ("%m-%d", "%Y-%m", "%Y-%d", "%Y", "%A %d %B", "%Y %W", "%H:%M")
        ),
        *({"type": "datetime", "format": pattern} for pattern in ("%H:%M", "%d/%m %H:%M")),
        *({"type": "time", "format": pattern} for pattern in ("%M:%S", "%Y-%m-%d", "%I:%M")),
        {"type": "number", "decimalChar": ""},
        {"type": "integer", "groupChar": True},
        {"type": "number", "groupChar": "."},
        {"type": "number", "decimalChar": ",", "groupChar": ","},
        {"type": "number", "decimalChar": "5"},
        {"type": "integer", "groupChar": "-"},
        {"type": "boolean", "trueValues": ["a"], "falseValues": ["a", "b"]},
        {"type": "boolean", "trueValues": ["0"]},
        {"type": "boolean", "trueValues": []},
        {"type": "boolean", "falseValues": [0]},
        {"type": "string", "constraints": {"pattern": 3}},
        {"type": "string", "constraints": {"pattern": ["a"]}},
        {"type": "string", "constraints": {"unique": "true"}},
        {"type": "string", "constraints": {"minLength": True}},
        {"type": "string", "constraints": {"minLength": -1}},
        {"type": "integer", "constraints": {"minimum": None}},
        {"type": "string", "constraints": {"enum": []}},
        {"type": "string", "constraints": {"enum": ["a", "a"]}},
        {"type": "number", "categories": [1]},
        {"type": "integer", "categories": ["1"]},
        {"type": "string", "categories": ["a", 1]},
    ],
    ids=str,
)
def test_a_field_that_the_standard_forbids(field: dict[str, Json]) -> None:
    assert len(found_in(field=field)) == 1


@pytest.mark.parametrize(
    "field",
    [
        {"type": "date", "format": "fmt:%d/%m/%Y"},
        {"type": "date", "format": "any"},
        {"type": "datetime", "format": "%d.%m.%Y %H:%M:%S.%f%z"},
        {"type": "time", "format": "%I %p, 100 %%"},
        {"type": "geojson", "format": "topojson"},
        {"type": "any", "format": "whatever"},
        {"type": "integer", "groupChar": "."},
        {"type": "number", "decimalChar": ",", "groupChar": "."},
        {"type": "integer", "groupChar": " ", "constraints": {"enum": [1, "2"]}},
        {"type": "integer", "categories": [{"value": 1, "label": "one"}]},
        {"categories": ["a"]},
        {"type": "boolean", "trueValues": ["yes"], "constraints": {"enum": [True, "yes"]}},
    ],
    ids=str,
)
def test_a_field_that_the_standard_allows(field: dict[str, Json]) -> None:
    assert found_in(field=field) == []


def test_a_pattern_is_reported_in_words() -> None:
    assert pattern_problem("%Y-%Q") == "has an unknown directive: %Q"
    assert pattern_problem("%Y-%") == "ends with a lone %"
    assert pattern_problem("%d/%d") == "has a directive twice"
    assert pattern_problem("yyyy") == "has no directive"
    assert pattern_problem("%a %b %j %U %Y") == ""


@pytest.mark.parametrize(
    "schema",
    [
        {"primaryKey": []},
        {"primaryKey": ["v", "v"]},
        {"uniqueKeys": [[]]},
        {"uniqueKeys": [["v"], ["v"]]},
        {"foreignKeys": []},
        {"foreignKeys": [{"fields": [], "reference": {"fields": []}}]},
    ],
    ids=str,
)
def test_a_key_without_a_field_or_twice(schema: dict[str, Json]) -> None:
    assert len(found_in(schema=schema)) == 1


@pytest.mark.parametrize(
    ("resource", "dialect"),
    [
        *(({key: None}, None) for key in ("compression", "innerpath", "scheme", "profile", "bytes",
                                          "homepage", "$schema")),
        ({"compression": 3}, None),
        ({"bytes": -1}, None),
        ({"mediatype": "csv"}, None),
        ({"sources": [{}]}, None),
        ({"licenses": [{"title": "free"}]}, None),
        ({}, {"lineTerminator": ""}),
        ({"path": "t.xlsx"}, {"sheetNumber": 0}),
        ({"path": "t.json"}, {"itemType": "row"}),
    ],
    ids=str,
)  # fmt: skip
def test_a_resource_that_the_standard_forbids(
    resource: dict[str, Json], dialect: dict[str, Json] | None
) -> None:
    assert len(found_in(resource=resource, dialect=dialect)) == 1


@pytest.mark.parametrize(
    "package",
    [
        {"keywords": []},
        {"licenses": []},
        {"contributors": []},
        {"contributors": [{}]},
        {"contributors": [{"title": "A", "roles": []}]},
        {"licenses": [{"name": "free for all"}]},
    ],
    ids=str,
)
def test_a_package_with_empty_lists(package: dict[str, Json]) -> None:
    assert len(found_in(package=package)) == 1


def test_what_has_a_role_and_nothing_more_is_allowed() -> None:
    people: list[Json] = [{"title": "A", "role": "author"}, {"path": "https://a.example"}]
    assert found_in(package={"contributors": people, "sources": []}) == []
