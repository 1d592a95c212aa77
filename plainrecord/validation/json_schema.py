"""The constraint `jsonSchema`: check a value against a JSON Schema, within bounds.

A schema is hostile until checked: its patterns run in linear time (RE2, in Arrow), references are
followed inside the schema only and so many times, nothing is fetched.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.compute as pc
from jsonschema import validators
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

from plainrecord.validation.patterns import translate_pattern

MOST_REFERENCES = 10_000
"""References followed for one value; two in each of forty levels would be more than can be."""

_LONGEST = 300


class JsonRule:
    """A JSON Schema that values of a field must hold to; ValueError where it cannot be used."""

    def __init__(self, schema: object) -> None:
        if not isinstance(schema, dict | bool):
            raise ValueError("jsonSchema is not a JSON Schema")
        base = validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        try:
            base.check_schema(schema)
        except jsonschema.SchemaError as error:
            raise ValueError(f"jsonSchema is not a JSON Schema: {_short(error.message)}") from None
        except Exception as error:  # noqa: BLE001 - whatever a hostile schema makes it raise
            raise ValueError(f"jsonSchema cannot be used: {type(error).__name__}") from None
        if _names(schema, "patternProperties") and _names(schema, "unevaluatedProperties"):
            raise ValueError("jsonSchema has both patternProperties and unevaluatedProperties")
        for pattern in _patterns(schema):
            try:
                pc.match_substring_regex(pa.array([""]), translate_pattern(pattern))
            except (ValueError, pa.ArrowException) as error:
                text = f"the pattern {pattern!r} of jsonSchema cannot be used: {_short(str(error))}"
                raise ValueError(text) from None
        try:
            _follow_references(schema)
        except RecursionError:
            raise ValueError("jsonSchema is nested too deeply") from None
        self._left = MOST_REFERENCES
        kind = validators.extend(
            base,
            {
                "pattern": _pattern,
                "patternProperties": _pattern_properties,
                "additionalProperties": _additional_properties,
                "$ref": self._counted(base.VALIDATORS.get("$ref")),
                "$dynamicRef": self._counted(base.VALIDATORS.get("$dynamicRef")),
            },
        )
        self._validator = kind(_of_one_draft(schema), registry=EMPTY_REGISTRY)

    def note(self, text: str) -> str:
        """Why `text` breaks the schema; empty when it does not."""
        self._left = MOST_REFERENCES
        try:
            self._validator.validate(json.loads(text))
        except jsonschema.ValidationError as error:
            return f'constraint "jsonSchema": {_short(error.message)}'
        except RecursionError:
            return 'constraint "jsonSchema" cannot be applied: the value is nested too deeply'
        except Exception as error:  # noqa: BLE001 - a reference that leads nowhere, too many steps
            return f'constraint "jsonSchema" cannot be applied: {_short(str(error))}'
        return ""

    def _counted(self, follow: Any) -> Any:
        def followed(validator: Any, reference: Any, instance: Any, schema: Any) -> Iterator[Any]:
            self._left -= 1
            if self._left < 0:
                raise ValueError("it takes too many steps")
            yield from follow(validator, reference, instance, schema) or ()

        return followed if follow else None


_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
"""Keys whose schemas hold for the same value as the schema that they stand in."""


def _follow_references(schema: Any) -> None:
    """ValueError where a reference leads nowhere, or back to itself without a step into the value.

    Schemas with an `$id` in their parts are left to the validator: it moves what "#" means.
    """
    if any(_names(part, "$id") for part in (schema.values() if isinstance(schema, dict) else ())):
        return
    resolver = EMPTY_REGISTRY.with_resource(
        "", DRAFT202012.create_resource(_of_one_draft(schema))
    ).resolver()
    done: set[int] = set()
    open_: set[int] = set()

    def visit(part: Any) -> None:
        if not isinstance(part, dict) or id(part) in done:
            return
        if id(part) in open_:
            raise ValueError("jsonSchema refers to itself without a step into the value")
        open_.add(id(part))
        reference = part.get("$ref")
        if isinstance(reference, str):
            try:
                visit(resolver.lookup(reference).contents)
            except Unresolvable:
                raise ValueError(f"jsonSchema refers to {reference!r}, which it lacks") from None
        for key in _IN_PLACE:
            inner = part.get(key)
            parts = inner.values() if key == "dependentSchemas" and isinstance(inner, dict) else ()
            for item in inner if isinstance(inner, list) else (inner, *parts):
                visit(item)
        open_.remove(id(part))
        done.add(id(part))

    for part in _schemas(resolver.lookup("").contents):
        visit(part)


def _schemas(part: Any) -> Iterator[Any]:
    """Every object of a schema that may be a schema itself; values to compare with are none."""
    if isinstance(part, dict):
        yield part
        for key, value in part.items():
            if key not in {"const", "enum", "examples", "default"}:
                yield from _schemas(value)
    elif isinstance(part, list):
        for item in part:
            yield from _schemas(item)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _patterns(schema: Any) -> Iterator[str]:
    """Every pattern in a schema."""
    if isinstance(schema, list):
        for item in schema:
            yield from _patterns(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        named = schema.get("patternProperties")
        if isinstance(named, dict):
            yield from named
        for value in schema.values():
            yield from _patterns(value)


def _names(schema: Any, key: str) -> bool:
    """Whether a part of the schema has `key`."""
    parts = schema.values() if isinstance(schema, dict) else schema
    inside = isinstance(schema, dict | list) and any(_names(part, key) for part in parts)
    return inside or (isinstance(schema, dict) and key in schema)


def _of_one_draft(schema: Any) -> Any:
    """`schema` without the `$schema` of its parts, which would bring their own validator back."""
    if isinstance(schema, dict):
        kept = {k: v for k, v in schema.items() if k != "$schema" or not isinstance(v, str)}
        return {key: _of_one_draft(value) for key, value in kept.items()}
    if isinstance(schema, list):
        return [_of_one_draft(item) for item in schema]
    return schema


def _matches(pattern: str, text: str) -> bool:
    return bool(pc.match_substring_regex(pa.array([text]), translate_pattern(pattern))[0].as_py())


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, named: Mapping[str, Any], instance: Any, _: Any
) -> Iterator[Any]:
    if isinstance(instance, dict):
        for pattern, part in named.items():
            for key, value in instance.items():
                if _matches(pattern, key):
                    yield from validator.descend(value, part, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any, part: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    known, named = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, value in instance.items():
        if key not in known and not any(_matches(pattern, key) for pattern in named):
            yield from validator.descend(value, part, path=key)
