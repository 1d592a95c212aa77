"""What the standard asks of a field beyond the shape of its parts: its format, signs and constraints."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping

from plainrecord.forms import standard as written

_PLAIN = ("default",)
_FORMATS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("number", "integer", "boolean", "object", "array", "list"), _PLAIN),
    **dict.fromkeys(("year", "yearmonth", "duration"), _PLAIN),
    "geopoint": ("default", "array", "object"),
    "geojson": ("default", "topojson"),
}
_MOMENTS = {"date", "time", "datetime"}
_CONSTRAINTS: Mapping[str, tuple[type, str]] = {
    "required": (bool, "true or false"),
    "unique": (bool, "true or false"),
    "minLength": (int, "a whole number"),
    "maxLength": (int, "a whole number"),
    "pattern": (str, "a text"),
    "enum": (tuple, "a list"),
}


def field_problems(field: written.FieldForm) -> Iterator[tuple[str, str]]:
    """What is wrong in the description of a field, and what is expected (Table Schema v2)."""
    yield from _format_problems(field)
    yield from _sign_problems(field)
    for name, value in field.constraints.items():
        wanted, words = _CONSTRAINTS.get(name, (object, "a value"))
        if (
            value is None
            or not isinstance(value, wanted)
            or (isinstance(value, bool) and wanted is int)
        ):
            yield f"the constraint {name} is {_shown(value)}", words
    yield from _enum_problems(field.constraints.get("enum"))
    yield from _category_type_problems(field)


def _format_problems(field: written.FieldForm) -> Iterator[tuple[str, str]]:
    allowed = _FORMATS.get(field.type)
    if allowed and field.format and field.format not in allowed:
        text = f"the type {field.type} has no format {field.format!r}"
        yield text, f"one of {', '.join(allowed)}" if len(allowed) > 1 else "no format"
    if field.type in _MOMENTS and field.format not in {"", "default", "any"}:
        problem = pattern_problem(field.format.removeprefix("fmt:"))
        if problem:
            wanted = "the directives of strptime, such as %Y-%m-%d or %H:%M"
            yield f"the format {field.format!r} {problem}", wanted
        elif lacking := lacking_parts(field.type, field.format.removeprefix("fmt:")):
            yield (
                f"the format {field.format!r} has no {lacking}",
                f"a pattern of a whole {field.type}",
            )


def pattern_problem(pattern: str) -> str:
    """Why no date or time can be read by `pattern`, in words; empty where one can."""
    if "%" not in pattern:
        return "has no directive"
    try:
        dt.datetime.strptime("", pattern)  # noqa: DTZ007 - only the pattern is looked at
    except re.error:
        return "has a directive twice"
    except ValueError as error:
        said = str(error)  # that "" does not fit is no fault of the pattern
        if "bad directive" in said:
            return f"has an unknown directive: %{said[1]}"
        return "ends with a lone %" if "stray %" in said else ""
    return ""


_YEARS = {"Y", "y", "G", "c", "x"}
_DAYS = ({"c", "x"}, {"j"}, {"d"}, {"a", "A", "w", "u"})
"""Directives that say the day of the year by themselves, as a number, with the month, with the week."""


def lacking_parts(kind: str, pattern: str) -> str:
    """What a `pattern` of strptime leaves out of a `kind` (date, datetime, time), in words.

    Python fills it in with the first of January 1900 or with the morning, which nobody stated.
    """
    signs = set(re.findall(r"%(.)", pattern))
    if kind == "time":
        if not signs & {"H", "I", "X", "c"}:
            return "hour"
        return "%p beside the hour of twelve" if "I" in signs and "p" not in signs else ""
    if not signs & _YEARS:
        return "year"
    whole, counted, monthly, weekly = _DAYS
    if signs & whole or signs & counted:
        return ""
    if signs & {"m", "b", "B"}:
        return "" if signs & monthly else "day"
    if signs & {"U", "W", "V"}:
        return "" if signs & weekly else "weekday"
    return "month"


def _sign_problems(field: written.FieldForm) -> Iterator[tuple[str, str]]:
    more = field.model_extra or {}
    for name in ("decimalChar", "groupChar"):
        if field.type in {"number", "integer"} and name in more:
            sign = more[name]
            if not isinstance(sign, str) or (not sign and name == "decimalChar"):
                yield f"{name} is {_shown(sign)}", "a sign in quotes"
    for name in ("trueValues", "falseValues"):
        texts = more.get(name, ("",))
        listed = isinstance(texts, tuple) and texts and all(isinstance(t, str) for t in texts)
        if field.type == "boolean" and not listed:
            yield f"{name} is {_shown(texts)}", "a list of texts"


def _enum_problems(allowed: object) -> Iterator[tuple[str, str]]:
    if not isinstance(allowed, tuple):
        return
    if not allowed:
        yield "the constraint enum is empty", "at least one value"
    if len({json.dumps(value, sort_keys=True) for value in allowed}) < len(allowed):
        yield "the constraint enum holds a value twice", "each value once"


def _category_type_problems(field: written.FieldForm) -> Iterator[tuple[str, str]]:
    values = [c.value if isinstance(c, written.CategoryForm) else c for c in field.categories]
    if not values or "type" not in field.model_fields_set:
        return
    kinds: Mapping[str, type] = {"string": str, "integer": int, "any": object}
    kind = kinds.get(field.type)
    if kind is None:
        yield f"a {field.type} has categories", "categories of texts or integers alone"
    elif not all(isinstance(value, kind) for value in values):
        wrong = next(value for value in values if not isinstance(value, kind))
        yield (
            f"categories of a {field.type} hold {_shown(wrong)}",
            f"values of the type {field.type}",
        )


def _shown(value: object) -> str:
    """A value as JSON has it, cut to a length that can be read."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
