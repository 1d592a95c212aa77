"""Fields whose constraints are read without frictionless, as it reads them."""

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.model.packages import Field, MissingValue
from plainrecord.validation.field_check import FrictionlessField, plain_bounds

PLAIN: list[tuple[str, dict[str, Json], str]] = [
    ("any", {"required": True}, "default"),
    ("integer", {"required": True, "unique": True, "minimum": -5, "maximum": 5}, "default"),
    ("number", {"minimum": 0}, "default"),
    ("date", {"minimum": "1999-01-01", "maximum": "2024-02-29"}, "default"),
    ("date", {"required": True, "minimum": "10/1/2015"}, "%m/%d/%Y"),
    ("datetime", {"required": True}, "%Y-%m-%d %H:%M:%S"),
    ("string", {"minLength": 1, "maxLength": 1, "pattern": "a+"}, "default"),
    ("string", {"required": False, "enum": ["a", "b"]}, "default"),
]
LOWEST: tuple[Json, ...] = (None, True, "1", 1.5, 10**20)
LATEST: tuple[Json, ...] = ("2023-02-29", "20240101", 1)
ALLOWED: tuple[Json, ...] = ([], ["a", "a"], ["-"], [1], "ab", None)
DECIDED: list[tuple[str, dict[str, Json]]] = [
    ("integer", {"required": "yes"}),
    ("integer", {"minimum": 5, "maximum": -5}),
    ("string", {"enum": ["b"], "pattern": "a"}),
    ("string", {"enum": ["b"], "minLength": 3}),
    ("string", {"minLength": -1}),
    ("string", {"pattern": 3}),
    ("string", {"unknown": 1}),
    ("year", {"minimum": 2024}),
    ("boolean", {"minLength": 1}),
]
DECIDED += [("integer", {"minimum": value}) for value in LOWEST]
DECIDED += [("date", {"maximum": value}) for value in LATEST]
DECIDED += [("string", {"enum": value}) for value in ALLOWED]


def _field(kind: str, constraints: dict[str, Json], form: str = "default") -> Field:
    descriptor: dict[str, Json] = {"name": "f", "type": kind, "constraints": constraints}
    marks = (MissingValue("-", "missing"),)
    return Field(
        "f",
        kind,
        form,
        constraints=constraints,
        descriptor=descriptor,
        missing_values=marks,
    )


@pytest.mark.parametrize(("kind", "constraints", "form"), PLAIN)
def test_plain_bounds_are_those_of_frictionless(
    kind: str, constraints: dict[str, Json], form: str
) -> None:
    field = _field(kind, constraints, form)
    plain = FrictionlessField(field)
    bounds, absent = dict(plain.bounds), plain.check(None)
    plain.check("a")  # frictionless reads the field for it
    assert (plain.bounds, plain.check(None)) == (bounds, absent)
    assert plain_bounds(field) == bounds


@pytest.mark.parametrize(("kind", "constraints"), DECIDED)
def test_frictionless_decides_on_all_others(kind: str, constraints: dict[str, Json]) -> None:
    assert plain_bounds(_field(kind, constraints)) is None


@pytest.mark.parametrize(("kind", "form"), [("string", "wkt"), ("time", "%H:%M"), ("date", "%q")])
def test_formats_that_may_be_refused_are_not_plain(kind: str, form: str) -> None:
    assert plain_bounds(_field(kind, {}, form)) is None
