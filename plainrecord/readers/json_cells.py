"""Typed JSON values as text of their field's form; strings as text (Data Package v2: glossary)."""

from decimal import Decimal
from typing import Any

from plainrecord.core.exact_numbers import fits, measure, plain_text
from plainrecord.model.packages import Field, Resource
from plainrecord.readers.batches import cell_text, json_text

MISFIT = "\ufdd0"
"""Begins the text of a cell whose own type is not that of the field; it is no character of any text."""


def has_types(resource: Resource) -> bool:
    """Whether the cells of a table have types of their own."""
    if resource.data is not None:
        return not isinstance(resource.data, str)
    return resource.format.lower() in {"json", "ndjson", "jsonl"}


def native_text(value: Any, field: Field | None) -> str | None:
    """The text of one JSON value for its field; with `MISFIT` before it where it is none of it."""
    if value is None or isinstance(value, str):
        return value
    kind = field.type if field is not None else "any"
    if field is None or kind == "any":
        return cell_text(value, None)
    text = _fitting(value, field, kind)
    return MISFIT + cell_text(value, None) if text is None else text


def _fitting(value: Any, field: Field, kind: str) -> str | None:
    more = field.descriptor
    if isinstance(value, bool):
        texts = more.get("trueValues" if value else "falseValues")
        own = [t for t in texts if isinstance(t, str)] if isinstance(texts, list) else []
        return (own or [cell_text(value, None)])[0] if kind == "boolean" else None
    if isinstance(value, int | float):
        return _number(value, field, kind)
    if isinstance(value, list):
        if kind == "list":
            return _listed(value, field)
        if kind == "geopoint" and field.format != "array":
            return ",".join(str(part) for part in value)
        return json_text(value) if kind in {"array", "geopoint"} else None
    if kind == "geopoint" and field.format != "object":
        return None
    return json_text(value) if kind in {"object", "geojson", "geopoint"} else None


def _number(value: float, field: Field, kind: str) -> str | None:
    number = Decimal(str(value))
    if number.is_finite() and fits(number) and measure(number)[1] == 0:
        if kind == "integer":
            return plain_text(number)
        if kind == "year" and value >= 0:
            return f"{int(number):04d}"
    elif isinstance(value, int) and kind == "integer":
        return str(value)
    if kind == "number":
        point = field.descriptor.get("decimalChar")
        return cell_text(value, None).replace(".", point if isinstance(point, str) else ".")
    return None


def _listed(items: list[Any], field: Field) -> str | None:
    """Items of a JSON array as the text of a list."""
    item_type = field.descriptor.get("itemType")
    item = Field(field.name, item_type) if isinstance(item_type, str) else None
    texts = [native_text(value, item) or "" for value in items]
    if any(text.startswith(MISFIT) for text in texts):
        return None
    delimiter = field.descriptor.get("delimiter")
    return (delimiter if isinstance(delimiter, str) and delimiter else ",").join(texts)
