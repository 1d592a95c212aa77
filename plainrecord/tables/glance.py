"""A glance at a whole column of a block: what its bytes say of all its texts at once.

Every function may say no where the answer is yes: then the texts are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
_LONGEST_MARK = 7
_NOT_FOR_USE = b"DO NOT USE"
_ODD_YEARS = (b"1899", b"1900", b"1901", b"1970", b"2099", b"9999")
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


def blank_starts(column: pa.StringArray) -> Any:
    """Which texts of `column` are empty or null or may begin with a blank: an array of booleans."""
    data, edges = bytes_of(column)
    full = edges[1:] > edges[:-1]
    starts = ~full
    if len(data):
        first = data[edges[:-1][full]]
        starts[full] = (first <= _BLANK) | (first == _NO_BREAK)
    return starts


def has_empty(column: pa.StringArray) -> bool:
    """Whether a text of `column` is empty without being null."""
    _, edges = bytes_of(column)
    return bool((edges[1:] == edges[:-1]).sum() > column.null_count)


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


def may_have(sign: str, column: pa.StringArray) -> bool:
    """Whether a text of `column` may show one of the `oddities`: zero, mark, day, padded, mangled."""
    if sign in {"padded", "mangled"}:
        return not is_tidy(column)
    data, edges = bytes_of(column)
    lengths = np.diff(edges)
    if sign == "mark":
        short = (lengths > 0) & (lengths <= _LONGEST_MARK)
        return bool(short.any()) or _NOT_FOR_USE in data.tobytes()
    least = {"zero": 2, "day": 4}.get(sign)
    if least is None:
        return True
    begin = edges[:-1][lengths >= least]
    if sign == "zero":
        return bool((data[begin] == ord("0")).any())
    years = [data[begin + place] for place in range(4)]
    return any(
        bool(np.logical_and.reduce([years[n] == sign for n, sign in enumerate(year)]).any())
        for year in _ODD_YEARS
    )


@dataclass(frozen=True, slots=True)
class Sure:
    """A column whose cells are all certainly valid; `values` are its integers, if none is absent."""

    values: pa.Int64Array | None = None


def glance_at(
    field: Field, column: pa.StringArray, bounds: Mapping[str, str | None]
) -> Sure | None:
    """Whether every cell of `column` is certainly valid for `field`; None where that does not show.

    `bounds` are the limits among the field's constraints as texts, None for one without a use. It
    is never sure of a cell that `verdict.certainty` would not let pass.
    """
    judged = set(field.constraints) - _SIMPLE
    extra = set(field.descriptor) & {"bareNumber", "groupChar", "decimalChar"}
    marks = {mark.value for mark in field.missing_values}
    required = bool(field.constraints.get("required"))
    if field.categories or extra or column.null_count or field.format not in {"default", ""}:
        return None
    if marks - {""} and (required or field.type != "string"):
        return None
    data, edges = bytes_of(column)
    lengths = np.diff(edges)
    whole = bool(lengths.all())
    if not whole:
        if "" not in marks or required:
            return None
        column, lengths = column.filter(pa.array(lengths > 0)), lengths[lengths > 0]
    if not len(lengths):
        return Sure()
    if field.type == "string" and judged <= _LENGTHS:
        return Sure() if _fit_lengths(field, data, lengths) else None
    if field.type == "integer" and judged <= _LIMITS and _are_integers(data, lengths):
        values = column.cast(pa.int64())
        return Sure(values if whole else None) if _fit_limits(values, bounds) else None
    if field.type in _MOMENTS and not judged:
        return Sure() if _are_moments(field.type, column, data, lengths) else None
    return None


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


def _fit_limits(values: pa.Int64Array, bounds: Mapping[str, str | None]) -> bool:
    if not bounds:
        return True
    if not all(isinstance(bound, str) and bound.lstrip("-").isdigit() for bound in bounds.values()):
        return False
    reach = pc.min_max(values)
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
