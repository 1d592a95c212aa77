"""The JSON Schema of a field: what it accepts, and that no schema or value can stall or reach out."""

from __future__ import annotations

import socket
import time

import pytest

from plainrecord.validation.json_schema import JsonRule

STALLING = "(a+)+$"
LONG = "a" * 40 + "!"


def test_a_value_is_held_to_the_schema() -> None:
    rule = JsonRule({"type": "object", "properties": {"value": {"type": "integer"}}})
    assert rule.note('{"value": 1}') == ""
    assert "'bad' is not of type 'integer'" in rule.note('{"value": "bad"}')
    assert "cannot be applied" in rule.note("{")
    assert len(rule.note('{"value": "' + "b" * 5000 + '"}')) < 500


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"pattern": STALLING}}, f'["{LONG}"]'),
        ({"patternProperties": {STALLING: False}, "required": ["x"]}, f'{{"{LONG}": 1}}'),
        (
            {"patternProperties": {STALLING: {}}, "additionalProperties": False},
            f'{{"{LONG}": 1}}',
        ),
        (  # a nested dialect must not bring Python's own patterns back
            {"items": {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": STALLING}},
            f'["{LONG}"]',
        ),
    ],
)
def test_a_pattern_cannot_stall(schema: dict[str, object], value: str) -> None:
    started = time.monotonic()
    assert JsonRule(schema).note(value)
    assert time.monotonic() - started < 2


def test_references_cannot_multiply_without_end() -> None:
    levels = {f"l{n}": {"allOf": [{"$ref": f"#/$defs/l{n + 1}"}] * 2} for n in range(40)}
    rule = JsonRule({"$ref": "#/$defs/l0", "$defs": {**levels, "l40": True}})
    started = time.monotonic()
    assert "too many steps" in rule.note("{}")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"anyOf": [{"type": "null"}, {"not": {"$ref": "#"}}]},
        {"if": True, "then": {"$ref": "#"}},
        {"dependentSchemas": {"a": {"$ref": "#"}}},
        {
            "properties": {"a": {"$ref": "#/$defs/x"}},
            "$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"oneOf": [{"$ref": "#/$defs/x"}]}},
        },
        {"$defs": {"x": {"$anchor": "here", "$ref": "#here"}}, "items": {"$ref": "#here"}},
    ],
)
def test_a_schema_that_leads_back_to_itself_is_an_error_of_the_descriptor(
    schema: dict[str, object],
) -> None:
    with pytest.raises(ValueError, match="refers to itself without a step into the value"):
        JsonRule(schema)


def test_a_schema_may_lead_back_to_itself_by_a_step_into_the_value() -> None:
    node = {"properties": {"next": {"$ref": "#"}}, "additionalProperties": {"type": "integer"}}
    rule = JsonRule(node | {"examples": [{"$ref": "#/nowhere"}]})
    assert rule.note('{"next": {"next": {"n": 1}}}') == ""
    assert "is not of type" in rule.note('{"next": {"next": {"n": "x"}}}')
    deep = '{"next": ' * 400 + "{}" + "}" * 400
    assert "recursion" not in rule.note(deep)


def test_a_reference_that_leads_nowhere_is_an_error_of_the_descriptor() -> None:
    with pytest.raises(ValueError, match="refers to '#/nowhere', which it lacks"):
        JsonRule({"items": {"$ref": "#/nowhere"}})


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the check reached for the network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(ValueError, match="which it lacks"):
        JsonRule({"$ref": "http://127.0.0.1:9/schema.json"})


@pytest.mark.parametrize(
    "schema",
    [
        "no schema",
        {"type": "nonsense"},
        {"properties": {"a": {"pattern": "("}}},
        {"items": {"pattern": "(?=a)b"}},
        {"patternProperties": {"^a": {}}, "unevaluatedProperties": False},
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(schema: object) -> None:
    with pytest.raises(ValueError, match="jsonSchema"):
        JsonRule(schema)


def test_pattern_properties_and_the_rest() -> None:
    rule = JsonRule(
        {
            "properties": {"a": {}},
            "patternProperties": {"^x-": {"type": "string", "pattern": "b"}},
            "additionalProperties": {"type": "integer"},
        }
    )
    assert rule.note('{"a": null, "x-1": "abc", "n": 1}') == ""
    assert rule.note('{"x-1": "ac"}')
    assert rule.note('{"n": "1"}')
    assert JsonRule({"additionalProperties": False}).note('{"n": "1"}')
