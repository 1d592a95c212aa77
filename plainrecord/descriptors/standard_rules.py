"""What the standard asks of a schema beyond the shape of its parts, in words."""

import datetime as dt
import json
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence

from plainrecord.core.strict_json import Json
from plainrecord.descriptors import standard_forms as written
from plainrecord.model.packages import FALSE_TEXTS, TRUE_TEXTS

_MEDIA_TYPE = re.compile(r".+/.+")
_LICENSE = re.compile(r"[-a-zA-Z0-9._]+")
_LISTS = ("keywords", "licenses", "contributors")
"""Lists of a package that have an item at least, where they are there."""


def schema_problems(
    form: written.SchemaForm, raw: Json, *, portal: bool
) -> Iterator[tuple[str, str, str]]:
    """What is wrong in a schema, what is expected, and the field it is about (or "").

    Table Schema v2: uniqueKeys, missingValues, categories, enum. A portal may mix texts and objects
    in missingValues: it publishes objects only.
    """
    keys = raw.get("uniqueKeys") if isinstance(raw, dict) else None
    if keys is not None and (
        not isinstance(keys, list) or not keys or any(isinstance(key, str) for key in keys)
    ):
        yield "uniqueKeys is not a list of lists of names", "[[name, ...], ...]", ""
    yield from _key_problems(form, raw)
    yield from _mark_problems(form.missing_values, "", portal)
    for key in form.foreign_keys:
        if len(key.fields) != len(key.reference.fields):
            here, there = len(key.fields), len(key.reference.fields)
            yield (
                f"foreignKeys refers from {here} fields to {there}",
                "as many fields on both sides",
                "",
            )
    for field in form.fields:
        yield from _mark_problems(field.missing_values or (), field.name, portal)
        yield from _category_problems(field)
        for found, expected in field_problems(field):
            yield found, expected, field.name
        if "missing_values" in field.model_fields_set and field.missing_values is None:
            yield "missingValues is null", "a list", field.name


def _key_problems(form: written.SchemaForm, raw: Json) -> Iterator[tuple[str, str, str]]:
    """Keys without a field, or with one twice."""
    given = raw if isinstance(raw, dict) else {}
    for name in ("primaryKey", "foreignKeys"):
        if given.get(name) == []:
            yield f"{name} is empty", "no such key, or at least one field", ""
    keys = [("primaryKey", form.primary_key), *(("uniqueKeys", key) for key in form.unique_keys)]
    keys += [("foreignKeys", key.fields) for key in form.foreign_keys]
    for name, key in keys:
        if not key and name != "primaryKey":
            yield f"{name} holds a key without a field", "at least one field", ""
        yield from _repeated(f"a key of {name}", key, "")
    yield from _repeated("uniqueKeys", form.unique_keys, "")


def resource_problems(form: written.ResourceForm, raw: Json) -> Iterator[tuple[str, str]]:
    """What is wrong in a resource beside its files and schema (Data Resource v2)."""
    given = raw if isinstance(raw, dict) else {}
    if form.bytes is None and "bytes" in given:
        yield "bytes is null", "a whole number"
    for name in ("homepage", "$schema"):
        if not isinstance(given.get(name, ""), str):
            yield f"{name} is {given[name]!r}", "a text"
    if form.bytes is not None and form.bytes < 0:
        yield f"bytes is {form.bytes}", "a number of bytes"
    if form.mediatype and not _MEDIA_TYPE.fullmatch(form.mediatype):
        yield f"mediatype is {form.mediatype!r}", "a media type such as text/csv"
    yield from credit_problems(form.sources, form.licenses)


def credit_problems(
    sources: Sequence[written.SourceForm], licenses: Sequence[written.LicenseForm]
) -> Iterator[tuple[str, str]]:
    """Sources and licences that say nothing (Data Package v2, sources and licenses)."""
    for source in sources:
        if not (source.title or source.path or source.email or source.version):
            yield "a source is empty", "a title, path, email or version (Data Package v2, sources)"
    for item in licenses:
        if not item.name and not item.path:
            expected = "a name or a path (Data Package v2, licenses)"
            yield "a licence has neither name nor path", expected


def list_addresses(form: written.StandardPackageForm) -> Iterator[tuple[str, str]]:
    """Where a descriptor gives an address that a reader may follow, and the address."""
    yield "homepage", form.homepage
    for number, person in enumerate(form.contributors):
        yield f"contributors[{number}].path", person.path
    places: list[tuple[str, written.StandardPackageForm | written.ResourceForm]] = [("", form)]
    places += [(f"resource {item.name}: ", item) for item in form.resources]
    for key, item in places:
        for number, source in enumerate(item.sources):
            yield f"{key}sources[{number}].path", source.path
        for number, licence in enumerate(item.licenses):
            yield f"{key}licenses[{number}].path", licence.path


def package_problems(form: written.StandardPackageForm, raw: Json) -> Iterator[tuple[str, str]]:
    """Lists of a package that are empty, people and licences that are not named as they should be."""
    given = raw if isinstance(raw, dict) else {}
    for name in _LISTS:
        if given.get(name) == []:
            yield f"{name} is empty", f"no {name}, or at least one"
    for person in form.contributors:
        if not person.model_fields_set and not person.model_extra:
            yield "a contributor is empty", "a title or another property"
        if "roles" in person.model_fields_set and not person.roles:
            yield "roles is empty", "no roles, or at least one"
    licenses = [*form.licenses, *(item for r in form.resources for item in r.licenses)]
    for item in licenses:
        if item.name and not _LICENSE.fullmatch(item.name):
            yield f"the name of a licence is {item.name!r}", "one such as CC-BY-4.0"


def dialect_problems(form: written.DialectForm) -> Iterator[tuple[str, str]]:
    """What is wrong in a dialect, and what is expected (Table Dialect v2)."""
    for name, rows in (("headerRows", form.header_rows), ("commentRows", form.comment_rows)):
        if any(row < 1 for row in rows):
            yield f"{name} holds {min(rows)}", "numbers of rows, counted from 1"
    if "delimiter" in form.model_fields_set and not form.delimiter:
        yield "the delimiter is empty", "one character or more"
    if not form.line_terminator:
        yield "the lineTerminator is empty", "one character or more"
    if form.sheet_number < 1:
        yield f"sheetNumber is {form.sheet_number}", "a number counted from 1"
    for name, sign in (("quoteChar", form.quote_char), ("escapeChar", form.escape_char)):
        if len(sign) > 1:
            yield f"{name} is {sign!r}", "one character"


def _mark_problems(
    marks: Sequence[str | written.MissingValueForm], field: str, portal: bool
) -> Iterator[tuple[str, str, str]]:
    if len({isinstance(mark, str) for mark in marks}) > 1 and not portal:
        yield "missingValues holds texts and objects", "all texts, or all objects", field
    texts = [mark if isinstance(mark, str) else mark.value for mark in marks]
    yield from _repeated("missingValues", texts, field)


def _category_problems(field: written.FieldForm) -> Iterator[tuple[str, str, str]]:
    objects = [c for c in field.categories if isinstance(c, written.CategoryForm)]
    values = [c.value if isinstance(c, written.CategoryForm) else c for c in field.categories]
    if objects and len(objects) < len(values):
        yield "categories holds values and objects", "all values, or all objects", field.name
    yield from _repeated("categories", values, field.name)
    labels = [c.label for c in objects if c.label]
    yield from _repeated("the labels of categories", labels, field.name)
    allowed = field.constraints.get("enum")
    if values and isinstance(allowed, tuple):
        known = {str(value) for value in values}
        for value in allowed:
            if str(value) not in known:
                text = f"enum holds {value!r}, which is no category"
                yield text, "values of categories", field.name


def _repeated(what: str, values: Sequence[Hashable], field: str) -> Iterator[tuple[str, str, str]]:
    if len(set(values)) < len(values):
        yield f"a value is twice in {what}", "each value once", field


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
    "minLength": (int, "a whole number from 0 on"),
    "maxLength": (int, "a whole number from 0 on"),
    "pattern": (str, "a text"),
    "enum": (tuple, "a list"),
}


def field_problems(field: written.FieldForm) -> Iterator[tuple[str, str]]:
    """What is wrong in the description of a field, and what is expected (Table Schema v2)."""
    yield from _format_problems(field)
    yield from _sign_problems(field)
    for name, value in field.constraints.items():
        kind, words = _CONSTRAINTS.get(name, (object, "a value"))
        whole = kind is not int or (
            isinstance(value, int) and not isinstance(value, bool) and value >= 0
        )
        if value is None or not isinstance(value, kind) or not whole:
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
            expected = "the directives of strptime, such as %Y-%m-%d or %H:%M"
            yield f"the format {field.format!r} {problem}", expected
        elif lacking := missing_parts(field.type, field.format.removeprefix("fmt:")):
            yield (
                f"the format {field.format!r} has no {lacking}",
                f"a pattern of a whole {field.type}",
            )


def pattern_problem(pattern: str) -> str:
    """Why no date or time can be read by `pattern`, in words; empty where one can."""
    if "%" not in pattern:
        return "has no directive"
    try:
        dt.datetime.strptime("", pattern)  # noqa: DTZ007 - only the pattern matters
    except re.error:
        return "has a directive twice"
    except ValueError as error:
        message = str(error)  # that "" does not fit is no fault of the pattern
        if "bad directive" in message:
            return f"has an unknown directive: %{message[1]}"
        return "ends with a lone %" if "stray %" in message else ""
    return ""


_YEARS = {"Y", "y", "G", "c", "x"}
_DAYS = ({"c", "x"}, {"j"}, {"d"}, {"a", "A", "w", "u"})
"""Directives that say the day of the year by themselves, as a number, with the month, with the week."""


def missing_parts(kind: str, pattern: str) -> str:
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
            elif set(sign) & set("0123456789+-eE"):
                yield f"{name} is {_shown(sign)}", "a sign that is no part of a number"
    point = more.get("decimalChar", ".")
    if field.type == "number" and more.get("groupChar") == point:
        yield f"decimalChar and groupChar are both {_shown(point)}", "two signs"
    for name in ("trueValues", "falseValues"):
        texts = more.get(name, ("",))
        listed = isinstance(texts, tuple) and texts and all(isinstance(t, str) for t in texts)
        if field.type == "boolean" and not listed:
            yield f"{name} is {_shown(texts)}", "a list of texts"
            return
    if field.type == "boolean":
        both = {*more.get("trueValues", TRUE_TEXTS)} & {*more.get("falseValues", FALSE_TEXTS)}
        if both:
            yield f"trueValues and falseValues share {_shown(min(both))}", "each text in one"


def _enum_problems(allowed: object) -> Iterator[tuple[str, str]]:
    if not isinstance(allowed, tuple):
        return
    if not allowed:
        yield "the constraint enum is empty", "at least one value"
    if len({json.dumps(value, sort_keys=True) for value in allowed}) < len(allowed):
        yield "a value is twice in the constraint enum", "each value once"


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
            f"a category of the field of the type {field.type} is {_shown(wrong)}",
            f"values of the type {field.type}",
        )


def _shown(value: object) -> str:
    """A value as JSON has it, cut to a length that can be read."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
