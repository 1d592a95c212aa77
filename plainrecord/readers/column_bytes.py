"""A glance at a whole column of a block: what its bytes say of all its texts at once.

Every function may say no where the answer is yes: then the texts are looked at one by one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from plainrecord.core import arrow_compute as pc
from plainrecord.model.packages import Field
from plainrecord.readers.batches import mask_array
from plainrecord.readers.gaps_in_time import read_day

BLANKS = " \t\r\n\u00a0"
"""What counts as a blank at the edges of a cell."""

_BLANK, _NO_BREAK = ord(" "), 0xC2
"""The highest byte of a blank, and the first byte of a no-break space in UTF-8."""

_SIMPLE = {"required", "unique"}
_LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_WORDS = {"minLength", "maxLength", "enum", "pattern"}
_PIECE = re.compile(r"(\[[^]\[\\^&~|]+\]|\\d|[A-Za-z0-9_/ -])(?:\{([0-9]{1,2})\})?")
_RANGE = re.compile(r"([ -~])-([ -~])|([ -~])")
_WIDEST = 64
_FEW = 5000
"""So many texts are looked at one by one where no other way is there; the engine takes more faster."""
LONGEST_INTEGER, _LONGEST_NUMBER = 18, 15
_READ_AS: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "year": int,
    "number": float,
    "date": dt.date.fromisoformat,
}
"""How the limits of a type are read. Limits of other types are looked at cell by cell."""
_OWN_SIGNS = {"bareNumber", "groupChar", "decimalChar", "trueValues", "falseValues"}
"""What lets a field be written in another form than its type has."""

TRUE_TEXTS, FALSE_TEXTS = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")
"""How yes and no are written where a field says nothing of it (Table Schema v2, boolean)."""

_BOOLEANS = frozenset({*TRUE_TEXTS, *FALSE_TEXTS})
_UNTIDY = {"padded", "mangled"}
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


def blank_rows(batch: pa.RecordBatch, names: Sequence[str]) -> Any:
    """Which rows of `batch` have nothing but blanks in the columns `names`: an array of booleans.

    A null cell is blank. The first column decides for most rows.
    """
    if not names:
        return np.ones(batch.num_rows, dtype=bool)
    blank = blank_starts(batch.column(names[0]))
    if not blank.any():
        return blank
    suspects = batch.filter(mask_array(blank))
    found = np.ones(suspects.num_rows, dtype=bool)
    for name in names:
        trimmed = pc.utf8_trim(suspects.column(name), characters=BLANKS)
        found &= np.asarray(pc.fill_null(pc.equal(trimmed, ""), True))
        if not found.any():
            break
    blank[np.flatnonzero(blank)] = found
    return blank


def has_empty(column: pa.StringArray) -> bool:
    """Whether a text of `column` is empty without being null."""
    _, edges = bytes_of(column)
    return bool((edges[1:] == edges[:-1]).sum() > column.null_count)


def has_line_end(column: pa.StringArray) -> bool:
    """Whether a text of `column` has a CR or LF in it."""
    data, _ = bytes_of(column)
    if not len(data) or data.min() >= _BLANK:  # most have no control character at all
        return False
    return bool(((data == ord("\n")) | (data == ord("\r"))).any())


def first_in(column: pa.StringArray, wanted: bytes) -> pa.Array:
    """The places of the texts of `column` whose first byte is one of `wanted`."""
    data, edges = bytes_of(column)
    full = np.flatnonzero(edges[1:] > edges[:-1])
    table = np.zeros(256, dtype=bool)
    table[list(wanted)] = True
    return pa.array(full[table[data[edges[:-1][full]]]])


def digits_in(column: pa.StringArray) -> tuple[int, int]:
    """The most digits before the point and after it, of texts that are numbers without a sign."""
    if not len(column):
        return 0, 0
    _, edges = bytes_of(column)
    points, lengths = np.asarray(pc.fill_null(pc.find_substring(column, "."), -1)), np.diff(edges)
    broken = points >= 0
    whole = np.where(broken, points, lengths).max()
    return int(whole), int((lengths - points - 1)[broken].max()) if broken.any() else 0


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


def possible_signs(column: pa.StringArray, signs: Iterable[str]) -> frozenset[str]:
    """Those of the `oddities`' signs (zero, mark, day, padded, mangled, ...) that `column` may show."""
    wanted = set(signs)
    if wanted & _UNTIDY and is_tidy(column):
        wanted -= _UNTIDY
    data, edges = bytes_of(column)
    lengths = np.diff(edges)
    if "mark" in wanted:
        short = (lengths > 0) & (lengths <= _LONGEST_MARK)
        if not short.any() and _NOT_FOR_USE not in data.tobytes():
            wanted.discard("mark")
    if "zero" in wanted and not (data[edges[:-1][lengths >= 2]] == ord("0")).any():
        wanted.discard("zero")
    if "day" in wanted:
        begin = edges[:-1][lengths >= 4]
        years = [data[begin + place] for place in range(4)]
        odd = (
            np.logical_and.reduce([years[n] == sign for n, sign in enumerate(year)]).any()
            for year in _ODD_YEARS
        )
        if not any(odd):
            wanted.discard("day")
    return frozenset(wanted)


@dataclass(frozen=True, slots=True)
class CertainColumn:
    """A column whose cells are all certainly valid; `values` are its integers, if none is absent."""

    values: pa.Int64Array | None = None


def certain_column(
    field: Field, column: pa.StringArray, bounds: Mapping[str, str | None]
) -> CertainColumn | None:
    """Whether every cell of `column` is certainly valid for `field`; None where that does not show.

    `bounds` are the limits among the field's constraints as texts, None for one without a use. It
    is never sure of a cell that `verdict.certainty` would not let pass.
    """
    judged = set(field.constraints) - _SIMPLE
    extra = set(field.descriptor) & _OWN_SIGNS
    marks = {mark.value for mark in field.missing_values}
    required = bool(field.constraints.get("required"))
    if (field.categories and field.type != "string") or extra or column.null_count:
        return None
    if field.format not in {"default", ""} and field.type != "date":
        return None
    if marks - {""} and (required or field.type != "string"):
        return None
    data, edges = bytes_of(column)
    lengths = np.diff(edges)
    whole = bool(lengths.all())
    if not whole:
        if "" not in marks or required:
            return None
        column, lengths = column.filter(mask_array(lengths > 0)), lengths[lengths > 0]
    if not len(lengths):
        return CertainColumn()
    if field.type == "string" and judged <= _WORDS:
        fits = (
            _fit_lengths(field, data, lengths)
            and _are_listed(field, column)
            and _match_pattern(field, data, lengths)
        )
        return CertainColumn() if fits else None
    if judged - _LIMITS or (judged and field.type not in _READ_AS):
        return None
    if field.type == "boolean":
        return CertainColumn() if _BOOLEANS.issuperset(column.unique().to_pylist()) else None
    try:
        if field.type == "date" and field.format not in {"default", ""}:
            values = _read_days(field.format, column)
        else:
            values = _read(field.type, column, data, lengths)
    except pa.ArrowInvalid:
        return None
    if values is None or not _fit_limits(field.type, values, bounds):
        return None
    return CertainColumn(values if whole and field.type == "integer" else None)


def _read(kind: str, column: pa.StringArray, data: Any, lengths: Any) -> Any:
    """The values of texts that all have the certain form of their type; None where one has not.

    What Arrow's casts would take beside that form is looked at here. Raises ArrowInvalid.
    """
    if kind in _MOMENTS:
        shape = _MOMENTS[kind].get(int(lengths[0]))
        fits = shape is not None and _are_moments(data, lengths)
        return column.cast(shape) if fits else None
    if kind not in {"integer", "number", "year"}:
        return None
    digits = (data >= ord("0")) & (data <= ord("9"))
    if kind == "number":
        edges = np.cumsum(lengths)
        digits[data == ord(".")] = True
        ends = np.concatenate([data[edges - lengths], data[edges - 1]])
        if lengths.max() > _LONGEST_NUMBER or ends.min() < ord("0"):
            return None
        return column.cast(pa.float64()) if digits.all() else None
    if not digits.all() or lengths.max() > LONGEST_INTEGER:
        return None
    if kind == "year" and not (lengths == 4).all():
        return None
    return column.cast(pa.int64())


def _read_days(form: str, column: pa.StringArray) -> pa.Date32Array | None:
    """The days of texts of the form `form`; None where one is none, or where there are many."""
    if len(column) > _FEW:
        return None
    days = [read_day(text, form) for text in column.to_pylist()]
    return None if None in days else pa.array(days, type=pa.date32())


def _are_listed(field: Field, column: pa.StringArray) -> bool:
    """Whether all texts are among the field's categories and in its enum, as far as it has these."""
    lists: list[Sequence[Any]] = (
        [[category.value for category in field.categories]] if field.categories else []
    )
    allowed = field.constraints.get("enum")
    if allowed is not None:
        lists.append(allowed if isinstance(allowed, list) else [])
    if not lists:
        return True
    found = set(column.unique().to_pylist())
    return all(found <= {item for item in listed if isinstance(item, str)} for listed in lists)


def _match_pattern(field: Field, data: Any, lengths: Any) -> bool:
    """Whether all texts have one width and in each place a character that the pattern has there."""
    pattern = field.constraints.get("pattern")
    if pattern is None:
        return True
    places = _places_of(pattern) if isinstance(pattern, str) else ()
    if not places or not (lengths == len(places)).all():
        return False
    signs = data.reshape(len(lengths), len(places))
    return all(bool(allowed[signs[:, place]].all()) for place, allowed in enumerate(places))


@cache
def _places_of(pattern: str) -> tuple[Any, ...]:
    """For a pattern of one width, such as `[A-Z]{2}-[0-9]{5}`: which bytes each place may have.

    Arrays of 256 booleans; none for a pattern of any other kind. What is allowed is of ASCII, which
    is less than `\\d` allows and never more.
    """
    places: list[Any] = []
    end = 0
    for piece in _PIECE.finditer(pattern):
        if piece.start() != end:
            return ()
        end = piece.end()
        sign, times = piece.group(1), int(piece.group(2) or 1)
        allowed = np.zeros(256, dtype=bool)
        inside = {"\\d": "0-9"}.get(sign, sign.strip("[]"))
        for first, last, single in _RANGE.findall(inside):
            if first > last:
                return ()
            allowed[ord(first or single) : ord(last or single) + 1] = True
        places += [allowed] * times
        if len(places) > _WIDEST:
            return ()
    return tuple(places) if end == len(pattern) else ()


def _fit_lengths(field: Field, data: Any, lengths: Any) -> bool:
    """A text has at most as many characters as bytes, and as many if all are ASCII."""
    least, most = field.constraints.get("minLength"), field.constraints.get("maxLength")
    if most is not None and not (isinstance(most, int) and lengths.max() <= most):
        return False
    if least is None:
        return True
    return isinstance(least, int) and bool(lengths.min() >= least) and bool(data.max() <= 0x7F)


def _fit_limits(kind: str, values: Any, bounds: Mapping[str, str | None]) -> bool:
    """Whether all values are certainly inside the bounds. Two long decimals can be one double: a
    number at its bound is not certain."""
    if not bounds:
        return True
    read = _READ_AS[kind]
    try:
        limits = {name: read(str(bound)) for name, bound in bounds.items()}
    except ValueError:
        return False
    reach = pc.min_max(values)
    least, most = reach["min"].as_py(), reach["max"].as_py()
    at_bound = kind != "number"
    inside: Mapping[str, Callable[[Any], bool]] = {
        "minimum": lambda limit: least > limit or (at_bound and least == limit),
        "maximum": lambda limit: most < limit or (at_bound and most == limit),
        "exclusiveMinimum": lambda limit: least > limit,
        "exclusiveMaximum": lambda limit: most < limit,
    }
    return all(bool(inside[name](limit)) for name, limit in limits.items())


def _are_moments(data: Any, lengths: Any) -> bool:
    """One form for all: a year from 1000 to 2999, and T and Z where they belong."""
    size = int(lengths[0])
    if not (lengths == size).all():
        return False
    signs = data.reshape(len(lengths), size)
    return bool(
        ((signs[:, 0] == ord("1")) | (signs[:, 0] == ord("2"))).all()
        and (size == 10 or (signs[:, 10] == ord("T")).all())
        and (size != 20 or (signs[:, 19] == ord("Z")).all())
    )
