"""Constraints that no value can hold to together: an error of the descriptor, in every type."""

from __future__ import annotations

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.model.packages import Field, MissingValue
from plainrecord.validation.field_check import FrictionlessField

BOUNDS = [
    ("integer", 1, 2),
    ("number", 1.5, 2),
    ("date", "2024-01-01", "2024-01-02"),
    ("time", "10:00:00", "11:00:00"),
    ("datetime", "2024-01-01T10:00:00", "2024-01-01T11:00:00"),
    ("year", 2023, 2024),
    ("yearmonth", "2024-01", "2024-02"),
    ("duration", "P1D", "P2D"),
]


def reader(kind: str, constraints: dict[str, Json], **more: Json) -> FrictionlessField:
    descriptor: dict[str, Json] = {"name": "f", "type": kind, "constraints": constraints, **more}
    marks = (MissingValue("-", "missing"),)
    return FrictionlessField(
        Field("f", kind, constraints=constraints, descriptor=descriptor, missing_values=marks)
    )


@pytest.mark.parametrize(("kind", "less", "more"), BOUNDS)
def test_a_lower_bound_above_an_upper_one(kind: str, less: Json, more: Json) -> None:
    for low in ("minimum", "exclusiveMinimum"):
        for high in ("maximum", "exclusiveMaximum"):
            reader(kind, {low: less, high: more})
            with pytest.raises(ValueError, match=f"{low} is .*, {high} is "):
                reader(kind, {low: more, high: less})
            if low == "minimum" and high == "maximum":
                reader(kind, {low: less, high: less})
                continue
            with pytest.raises(ValueError, match="no value can satisfy"):
                reader(kind, {low: less, high: less})


@pytest.mark.parametrize(("kind", "less", "more"), BOUNDS)
def test_an_enum_wholly_outside_the_bounds(kind: str, less: Json, more: Json) -> None:
    reader(kind, {"enum": [less, more], "minimum": more})
    with pytest.raises(ValueError, match="enum has no value"):
        reader(kind, {"enum": [less], "minimum": more})
    with pytest.raises(ValueError, match="enum has no value"):
        reader(kind, {"enum": [more], "exclusiveMaximum": more})


@pytest.mark.parametrize(
    ("constraints", "good"),
    [
        ({"minLength": 3, "maxLength": 2}, False),
        ({"minLength": 2, "maxLength": 2}, True),
        ({"enum": ["abc"], "maxLength": 2}, False),
        ({"enum": ["abc", "a"], "maxLength": 2}, True),
        ({"enum": ["abc"], "pattern": "[0-9]+"}, False),
        ({"enum": ["abc", "12"], "pattern": "[0-9]+"}, True),
        ({"enum": ["ab1"], "pattern": "[a-z]"}, False),
        ({"enum": ["-"], "required": True}, False),
        ({"enum": ["-", "a"], "required": True}, True),
    ],
)
def test_lengths_patterns_and_values(constraints: dict[str, Json], good: bool) -> None:
    if good:
        reader("string", constraints)
        return
    with pytest.raises(ValueError, match="no value can satisfy its constraints"):
        reader("string", constraints)
