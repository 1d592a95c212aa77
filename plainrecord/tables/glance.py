"""A glance at a whole column of a block: what its bytes say of all its texts at once.

Every function may say no where the answer is yes: then the texts are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plainrecord.model.packages import Field

_BLANK, _NO_BREAK = ord(" "), 0xC2
"""The highest byte of a blank, and the first byte of a no-break space in UTF-8."""

_SIMPLE = {"required", "unique"}
_LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_LENGTHS = {"minLength", "maxLength"}
_LONGEST_INTEGER = 18
_MOMENTS = {
    "date": {10: pa.date32()},
    "datetime": {19: pa.timestamp("s"), 20: pa.timestamp("s", "UTC")},
}
"""Lengths of the certain forms of a type, and the Arrow type whose cast reads this form alone."""


def bytes_of(column: pa.StringArray) -> tuple[Any, Any]:
    """The bytes of all texts of `column` in a row, and where each begins (one edge more than texts).

    Both are numpy arrays over Arrow's own memory: uint8, and int32 counted from the first text.
    """
    _, offsets, data = column.buffers()
    edges = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    if data is None:
        return np.zeros(0, dtype=np.uint8), np.zeros(len(column) + 1, dtype=np.int32)
    return np.frombuffer(data, dtype=np.uint8)[edges[0] : edges[-1]], edges - edges[0]


def may_begin_blank(column: pa.StringArray) -> bool:
    """Whether a text of `column` may be empty or begin with a blank, or is null."""
    data, edges = bytes_of(column)
    if column.null_count or not len(column) or bool((edges[1:] == edges[:-1]).any()):
        return True
    first = data[edges[:-1]]
    return bool(((first <= _BLANK) | (first == _NO_BREAK)).any())


def first_in(column: pa.StringArray, wanted: bytes) -> pa.Array:
    """The places of the texts of `column` whose first byte is one of `wanted`."""
    data, edges = bytes_of(column)
    full = np.flatnonzero(edges[1:] > edges[:-1])
    table = np.zeros(256, dtype=bool)
    table[list(wanted)] = True
    return pa.array(full[table[data[edges[:-1][full]]]])


def is_tidy(column: pa.StringArray) -> bool:
    """Whether every text is of ASCII letters and signs and neither begins nor ends with a blank."""
    data, edges = bytes_of(column)
    if not len(data):
        return True
    if data.max() > 0x7F:
        return False
    full = edges[1:] > edges[:-1]
    begin, end = edges[:-1][full], edges[1:][full] - 1
    return bool((data[begin] > _BLANK).all() and (data[end] > _BLANK).all())


def all_certain(field: Field, column: pa.StringArray, bounds: Mapping[str, str | None]) -> bool:
    """Whether every cell of `column` is certainly valid for `field`.

    `bounds` are the limits among the field's constraints as texts, None for one without a use.
    It never holds where `verdict.certainty` does not hold for each cell.
    """
    judged = set(field.constraints) - _SIMPLE
    extra = set(field.descriptor) & {"bareNumber", "groupChar", "decimalChar"}
    marks = {mark.value for mark in field.missing_values}
    required = bool(field.constraints.get("required"))
    if field.categories or extra or column.null_count or field.format not in {"default", ""}:
        return False
    if marks - {""} and (required or field.type != "string"):
        return False
    data, edges = bytes_of(column)
    lengths = np.diff(edges)
    if not lengths.all():
        if "" not in marks or required:
            return False
        column, lengths = column.filter(pa.array(lengths > 0)), lengths[lengths > 0]
    if not len(lengths):
        return True
    if field.type == "string" and judged <= _LENGTHS:
        return _fit_lengths(field, data, lengths)
    if field.type == "integer" and judged <= _LIMITS:
        return _are_integers(data, lengths) and _fit_limits(column, bounds)
    if field.type in _MOMENTS and not judged:
        return _are_moments(field.type, column, data, lengths)
    return False


def _fit_lengths(field: Field, data: Any, lengths: Any) -> bool:
    """A text has at most as many characters as bytes, and as many if all are ASCII."""
    least, most = field.constraints.get("minLength"), field.constraints.get("maxLength")
    if most is not None and not (isinstance(most, int) and lengths.max() <= most):
        return False
    if least is None:
        return True
    return isinstance(least, int) and bool(lengths.min() >= least) and bool(data.max() <= 0x7F)


def _are_integers(data: Any, lengths: Any) -> bool:
    return bool(
        lengths.max() <= _LONGEST_INTEGER and data.min() >= ord("0") and data.max() <= ord("9")
    )


def _fit_limits(column: pa.StringArray, bounds: Mapping[str, str | None]) -> bool:
    if not bounds:
        return True
    if not all(isinstance(bound, str) and bound.lstrip("-").isdigit() for bound in bounds.values()):
        return False
    reach = pc.min_max(column.cast(pa.int64()))
    least, most = reach["min"].as_py(), reach["max"].as_py()
    limits = {name: int(str(bound)) for name, bound in bounds.items()}
    return bool(
        least >= limits.get("minimum", least)
        and most <= limits.get("maximum", most)
        and least > limits.get("exclusiveMinimum", least - 1)
        and most < limits.get("exclusiveMaximum", most + 1)
    )


def _are_moments(kind: str, column: pa.StringArray, data: Any, lengths: Any) -> bool:
    """One form for all: Arrow's cast reads ISO 8601 alone, and what it leaves open is looked at here."""
    size = int(lengths[0])
    if size not in _MOMENTS[kind] or not (lengths == size).all():
        return False
    signs = data.reshape(len(column), size)
    if not ((signs[:, 0] == ord("1")) | (signs[:, 0] == ord("2"))).all():
        return False
    if size > 10 and not (signs[:, 10] == ord("T")).all():
        return False
    if size == 20 and not (signs[:, 19] == ord("Z")).all():
        return False
    try:
        column.cast(_MOMENTS[kind][size])
    except pa.ArrowInvalid:
        return False
    return True
