"""Keys of the standard on a level where they have no effect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plainrecord.descriptors.levels import (
    PLACES,
    RULES,
    idle_dialect_keys,
    is_misspelt_rule,
    misplaced_keys,
)

USED_BY_OTHERS = {
    *("path", "data", "type", "format", "scheme", "property", "table", "categories"),
    *("reference", "resource"),
}


def place(level: str, key: str, value: Any = 1) -> dict[str, Any]:
    """A descriptor with one key more on one level."""
    field: dict[str, Any] = {"name": "a", "type": "any", "constraints": {}}
    link: dict[str, Any] = {"fields": ["a"], "reference": {"resource": "", "fields": ["a"]}}
    schema: dict[str, Any] = {"fields": [field], "foreignKeys": [link]}
    resource: dict[str, Any] = {"name": "t", "dialect": {}, "schema": schema}
    package: dict[str, Any] = {"resources": [resource]}
    parts = {
        "package": package,
        "resource": resource,
        "dialect": resource["dialect"],
        "schema": schema,
        "field": field,
        "constraints": field["constraints"],
        "foreign key": link,
        "reference": link["reference"],
    }
    parts[level].setdefault(key, value)
    return package


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("constraints", {"required": True}),
        ("missingValues", ["-"]),
        ("format", "email"),
        ("trueValues", ["yes"]),
        ("groupChar", ","),
    ],
)
def test_rules_of_a_derived_field_are_reported(key: str, value: Any) -> None:
    field = {"name": "late", "type": "string", "categories": ["a"], key: value}
    resource: Any = {
        "name": "t",
        "plainrecord": {"derive": [{"field": field, "sql": "1"}], "files": []},
    }
    [finding] = misplaced_keys({"resources": [resource]}, "datapackage.json")
    assert finding.found == (
        f"`{key}` of field of derivation 1 of plainrecord of resource t has no effect there: "
        "a computed value is not read"
    )
    assert (finding.expected, finding.field) == ("a rule under `checks` of the resource", "late")


@pytest.mark.parametrize(
    ("control", "key", "right"),
    [
        ("csv", "property", "`property` in `dialect` of the resource"),
        ("csv", "headerRows", "`headerRows` in `dialect` of the resource"),
        ("csv", "quote_char", "`quoteChar`"),
        ("json", "delimiter", "`delimiter` in `dialect` of the resource"),
        ("json", "itemKeys", "`itemKeys` in `dialect` of the resource"),
        ("excel", "sheetName", "`sheetName` in `dialect` of the resource"),
        ("excel", "required", "`required` in `constraints` of the field"),
    ],
)
def test_controls_of_a_dialect_are_walked(control: str, key: str, right: str) -> None:
    resource: Any = {"name": "t", "dialect": {control: {key: "x"}}}
    [finding] = misplaced_keys({"resources": [resource]}, "datapackage.json")
    assert finding.found == f"`{key}` of {control} of dialect of resource t has no effect there"
    assert right in finding.expected


def test_what_controls_may_say_is_not_reported() -> None:
    dialect: Any = {
        "csv": {"delimiter": ";", "quoteChar": "'"},
        "excel": {"sheet": "A", "fillMergedCells": True},
        "json": {"property": "rows", "keys": ["a"], "keyed": True},
    }
    assert misplaced_keys({"resources": [{"name": "t", "dialect": dialect}]}, "d.json") == []


@pytest.mark.parametrize("level", RULES)
def test_every_key_is_reported_on_every_level_but_its_own(level: str) -> None:
    homes = {key: home for home, keys in RULES.items() for key in keys}
    for key, home in homes.items():
        found = misplaced_keys(place(level, key), "datapackage.json")
        if key in RULES[level] or (key in USED_BY_OTHERS and level != "constraints"):
            words = ("of the type any", "without `categories`")
            types = [f for f in found if any(word in f.found for word in words)]
            assert found == types, (level, key)
            continue
        [finding] = found
        assert finding.found.startswith(f"`{key}` of ")
        assert finding.found.endswith(" has no effect there")
        assert PLACES[home] in finding.expected or "`fields` in" in finding.expected
        assert finding.field == ("a" if level in ("field", "constraints") else "")


@pytest.mark.parametrize(
    ("level", "key", "right"),
    [
        ("schema", "primary_key", "`primaryKey`"),
        ("field", "decimal_char", "`decimalChar`"),
        ("field", "min_length", "`minLength` in `constraints` of the field"),
        ("constraints", "Required", "`required`"),
        ("constraints", "minLenght", "`minLength`"),
        ("constraints", "requried", "`required`"),
        ("resource", "missing-values", "`missingValues` in `schema` of the resource"),
        ("field", "primarykey", "`primaryKey` in `schema` of the resource"),
    ],
)
def test_another_spelling_is_reported_with_the_right_one(level: str, key: str, right: str) -> None:
    [finding] = misplaced_keys(place(level, key), "datapackage.json")
    assert finding.expected.startswith(right)


@pytest.mark.parametrize("level", RULES)
@pytest.mark.parametrize(
    "key",
    ["unit", "level", "$schema", "x-note", "title", "licence", "rights", "max", "plainrecord"],
)
def test_keys_of_others_are_let_be(level: str, key: str) -> None:
    assert misplaced_keys(place(level, key), "datapackage.json") == []


def test_a_key_of_a_field_that_its_type_has_not() -> None:
    for kind, key, good in [
        ("integer", "trueValues", False),
        ("boolean", "trueValues", True),
        ("string", "decimalChar", False),
        ("integer", "groupChar", True),
        ("integer", "decimalChar", False),
        ("list", "delimiter", True),
        ("string", "delimiter", False),
    ]:
        field = {"name": "a", "type": kind, key: ","}
        document: Any = {"resources": [{"name": "t", "schema": {"fields": [field]}}]}
        assert (misplaced_keys(document, "d.json") == []) is good, (kind, key)


def test_an_order_of_no_categories() -> None:
    field: Any = {"name": "a", "type": "string", "categoriesOrdered": True}
    document: Any = {"resources": [{"name": "t", "schema": {"fields": [field]}}]}
    [finding] = misplaced_keys(document, "d.json")
    assert finding.found.endswith("has no effect without `categories`")
    field["categories"] = ["x"]
    assert misplaced_keys(document, "d.json") == []


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("delimiter", {"csv", "tsv"}),
        ("quoteChar", {"csv", "tsv"}),
        ("nullSequence", {"csv", "tsv"}),
        ("sheetName", {"xlsx", "ods", "sqlite"}),
        ("table", {"xlsx", "ods", "sqlite"}),
        ("property", {"json", "ndjson"}),
        ("itemKeys", {"json", "ndjson"}),
        ("headerRows", {"csv", "tsv", "xlsx", "ods", "sqlite", "json", "ndjson", "parquet"}),
        ("commentChar", {"csv", "tsv", "xlsx", "ods", "sqlite", "json", "ndjson", "parquet"}),
    ],
)
def test_a_key_of_a_dialect_that_its_format_has_not(key: str, good: set[str]) -> None:
    for kind in ("csv", "tsv", "xlsx", "ods", "sqlite", "json", "ndjson", "parquet"):
        assert (list(idle_dialect_keys({key: ","}, kind)) == []) is (kind in good), kind


def test_a_document_of_any_shape_is_walked() -> None:
    for text in ("[]", "3", '{"resources": 3}', '{"resources": [null, {"schema": "s.json"}]}'):
        assert misplaced_keys(json.loads(text), "d.json") == []


def test_a_misspelt_rule_is_no_mere_warning() -> None:
    assert is_misspelt_rule("primaryKeys")
    assert is_misspelt_rule("delimeter")
    assert not is_misspelt_rule("titel")
    assert not is_misspelt_rule("$schema")


def credited(level: str, key: str, value: Any = "x") -> dict[str, Any]:
    """A descriptor with one key more in an object of one of its lists."""
    item: dict[str, Any] = {key: value}
    field: dict[str, Any] = {"name": "a", "type": "string"}
    schema: dict[str, Any] = {"fields": [field]}
    package: dict[str, Any] = {"resources": [{"name": "t", "schema": schema}]}
    homes = {
        "categories": field,
        "missingValues": schema,
        "licenses": package,
        "sources": package["resources"][0],
        "contributors": package,
    }
    homes[level][level] = [item]
    return package


@pytest.mark.parametrize(
    ("level", "key", "right"),
    [
        ("categories", "required", "`required` in `constraints` of the field"),
        ("categories", "missingValues", "`missingValues` in "),
        ("categories", "kind", "`kind` in an item of `missingValues`"),
        ("categories", "title", "`label`"),
        ("missingValues", "enum", "`enum` in `constraints` of the field"),
        ("missingValues", "Kind", "`kind`"),
        ("missingValues", "name", "`label`"),
        ("licenses", "email", "`email` in an item of `sources`, or `email` in an item of"),
        ("licenses", "primaryKey", "`primaryKey` in `schema` of the resource"),
        ("sources", "roles", "`roles` in an item of `contributors`"),
        ("sources", "name", "`title`"),
        ("sources", "licenses", "the package or the resource"),
        ("contributors", "name", "`title`"),
        ("contributors", "version", "`version` in an item of `sources`"),
        ("contributors", "given_name", "`givenName`"),
        ("contributors", "encoding", "`encoding` in the resource"),
    ],
)
def test_keys_of_items_of_lists(level: str, key: str, right: str) -> None:
    [finding] = misplaced_keys(credited(level, key), "d.json")
    assert finding.found.startswith(f"`{key}` of ")
    assert finding.expected.startswith(right)
    # What changes nothing in a table is a warning in a package of others.
    [lenient] = misplaced_keys(credited(level, key), "d.json", lenient=True)
    assert lenient.blocks is (
        key not in ("email", "roles", "title", "name", "version", "licenses", "given_name")
    )


@pytest.mark.parametrize(
    ("level", "keys"),
    [
        ("categories", "value label description color"),
        ("missingValues", "value label kind description"),
        ("licenses", "name path title url type format"),
        ("sources", "title path email version url type format data"),
        ("contributors", "title path email role roles givenName familyName organization orcid"),
    ],
)
def test_keys_that_items_of_lists_may_have(level: str, keys: str) -> None:
    for key in keys.split():
        assert misplaced_keys(credited(level, key), "d.json") == [], key


@pytest.mark.parametrize("key", ["contributors", "keywords", "licenses", "sources"])
def test_lists_that_say_whose_data_they_are(key: str) -> None:
    for level in ("resource", "schema", "field"):
        found = misplaced_keys(place(level, key, []), "d.json")
        assert len(found) == (level != "resource" or key in ("contributors", "keywords"))


@pytest.mark.parametrize(("rows", "idle"), [([2], True), ([1], False), ([], False)])
def test_rows_of_a_header_that_there_is_not(rows: list[int], *, idle: bool) -> None:
    dialect: Any = {"header": False, "headerRows": rows}
    resource: Any = {"name": "t", "path": "t.csv", "dialect": dialect}
    assert bool(misplaced_keys({"resources": [resource]}, "datapackage.json")) is idle
