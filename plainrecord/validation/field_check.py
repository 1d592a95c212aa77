"""The verdict on one field's cells: what is certainly valid, and what frictionless says.

`certainty` gives an SQL condition under which a cell is certainly valid and the expression that
turns its text into the typed value. Every other value goes to frictionless, which alone decides
and words the error; the pattern constraint and the categories are decided in SQL, because
frictionless runs patterns on an engine that hostile ones can stall and knows no categories.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from plainrecord.core.exact_numbers import (
    CERTAIN_DIGITS,
    MOST_DIGITS,
    WORKING,
    fits,
    is_double,
    measure,
    plain_text,
)
from plainrecord.core.strict_json import Json
from plainrecord.model.packages import Field
from plainrecord.readers.column_bytes import FALSE_TEXTS, TRUE_TEXTS
from plainrecord.readers.json_cells import MISFIT
from plainrecord.receipts.engine import SQL_TYPES, literal
from plainrecord.validation.patterns import translate_pattern

_BOUNDS = {"minimum": ">", "maximum": "<", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
_NOT_FOR_FRICTIONLESS = {
    *("categories", "categoriesOrdered", "missingValues", "example", "title", "description"),
    *("rdfType", "pattern", "floatNumber"),
}
_DIRECTIVES = {
    "%Y": "[12][0-9]{3}",
    "%m": "(?:0?[1-9]|1[0-2])",
    "%d": "(?:0?[1-9]|[12][0-9]|3[01])",
    "%H": "(?:[01]?[0-9]|2[0-3])",
    "%M": "[0-5]?[0-9]",
    "%S": "[0-5]?[0-9]",
}
_DATE = "[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_DURATION = re.compile(
    r"-?P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
_DIGITS = {
    *("integer", "number", "year", "yearmonth", "date", "datetime", "time", "duration"),
    "geopoint",
}
_ZONE = r"(?:Z|[+-]\d\d:\d\d)?"
_CLOCK = re.compile(rf"\d\d:\d\d:\d\d(?:\.\d+)?{_ZONE}", re.ASCII)
_MOMENT = re.compile(rf"-?\d{{4,}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?{_ZONE}", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NO_URI = re.compile(r"[\s<>\"{}|\\^`\x00-\x1f\x7f]")
_SHORT = {
    *("integer", "number", "boolean", "date", "datetime", "time", "year", "yearmonth"),
    *("duration", "geopoint"),
}
_MOST_SIGNS = 1000
"""A longer text is no value of these types: frictionless would look at it for minutes."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """`valid` and `typed` are SQL over the cell's text; `valid` never holds for a bad cell."""

    valid: str
    typed: str


@dataclass(frozen=True, slots=True)
class CellResult:
    """What frictionless says of one text: its canonical text to cast, and (kind, note) errors."""

    canonical: str | None
    errors: tuple[tuple[str, str], ...] = ()


_PLAIN = {"name", "type", "title", "description", "example", "rdfType", "format", "missingValues"}
"""Keys of a field that give frictionless nothing to refuse."""

_JUDGES: dict[str, FrictionlessField] = {}
_MOST_JUDGES = 1000


def cached_field(field: Field) -> FrictionlessField:
    """The judge of a field, the same one for fields that are described alike but for their names:
    frictionless takes a millisecond for each. Raises ValueError as `FrictionlessField`."""
    rest = {k: v for k, v in field.descriptor.items() if k not in {*_NOT_FOR_FRICTIONLESS, "name"}}
    marks = [mark.value for mark in field.missing_values]
    written = repr((field.type, field.format, field.constraints, marks, rest))
    judge = _JUDGES.get(written)
    if judge is None:
        judge = FrictionlessField(field)
        if len(_JUDGES) >= _MOST_JUDGES:
            _JUDGES.clear()
        _JUDGES[written] = judge
    return judge


class FrictionlessField:
    """frictionless's own reader for one field. Raises ValueError where it refuses the field.

    Of a field with a type and no rule there is nothing to refuse: frictionless, which takes longer
    to import than a small table to check, is then asked when a first value is uncertain.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self._lengths: dict[str, Any] = {}
        self.bounds: dict[str, str | None] = {}
        group = field.descriptor.get("groupChar")
        self._grouped = group if field.type == "integer" and isinstance(group, str) else ""
        self._read: Callable[[str | None], tuple[Any, Any]] | None = None
        if field.constraints or field.format != "default" or set(field.descriptor) - _PLAIN:
            self._ask()

    def _ask(self) -> None:
        """Let frictionless read the field's own descriptor."""
        import frictionless
        from frictionless import FrictionlessException

        field = self.field
        descriptor = {k: v for k, v in field.descriptor.items() if k not in _NOT_FOR_FRICTIONLESS}
        constraints = {
            name: self._ungrouped(value)
            for name, value in field.constraints.items()
            if name not in {"pattern", "jsonSchema", "unique"}
        }
        if field.type == "duration":  # frictionless has no order of durations
            self._lengths = {n: constraints.pop(n) for n in _BOUNDS if n in constraints}
        if "pattern" in field.constraints and field.type != "string":
            raise ValueError(f'constraint "pattern" is not supported by type "{field.type}"')
        if field.type == "list" and field.descriptor.get("delimiter") == "":
            raise ValueError("the delimiter of a list is empty")
        if field.type == "string" and field.format == "wkt":
            raise ValueError('the format "wkt" is none of the standard, and is not read here')
        descriptor |= {"name": "field", "type": field.type, "constraints": constraints}
        if field.format != "default":
            descriptor["format"] = field.format
        self._refuse_part_moments(constraints)
        try:
            made = frictionless.Field.from_descriptor(dict(descriptor))
            made.missing_values = []
            self._read = made.create_cell_reader()
            self._lengths = {n: _value(made, n, text) for n, text in self._lengths.items()}
            self.bounds = dict.fromkeys(self._lengths)
            self.bounds |= {
                name: _bound(field, _value(made, name, constraints[name]))
                for name in _BOUNDS
                if name in constraints
            }
            allowed, marks = constraints.get("enum"), {m.value for m in field.missing_values}
            for item in allowed if isinstance(allowed, list) else ():
                if not isinstance(item, str) or item not in marks:
                    _value(made, "enum", item)
        except FrictionlessException as error:
            notes = [error.error.note, *(reason.note for reason in error.reasons)]
            raise ValueError("; ".join(filter(None, notes))) from None
        except Exception as error:  # noqa: BLE001 - whatever a hostile descriptor makes it raise
            raise ValueError(f"{type(error).__name__}: {error}") from None
        if contradiction := self._contradiction(made, constraints):
            raise ValueError(f"no value can hold to its constraints: {contradiction}")

    def _contradiction(self, made: Any, constraints: Mapping[str, Json]) -> str:
        """Which constraints of the field no value can hold to together, in words; empty if none."""
        given = self.field.constraints
        values = dict(self._lengths)
        values |= {n: _value(made, n, constraints[n]) for n in self.bounds if n not in values}
        for low in ("minimum", "exclusiveMinimum"):
            for high in ("maximum", "exclusiveMaximum"):
                exclusive = low.startswith("exclusive") or high.startswith("exclusive")
                if not {low, high} <= set(values):
                    continue
                if _is_above(self.field, values[low], values[high], or_equal=exclusive):
                    return f"{low} is {given[low]}, {high} is {given[high]}"
        least, most = given.get("minLength"), given.get("maxLength")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            return f"minLength is {least}, maxLength is {most}"
        allowed = given.get("enum")
        if isinstance(allowed, list) and allowed and not any(map(self._may_be, allowed)):
            return "enum holds none that the others allow"
        return ""

    def _may_be(self, item: Json) -> bool:
        """Whether a value of enum is a value, and one that the other constraints allow."""
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            return True
        text = str(item)
        if isinstance(item, str) and text in {mark.value for mark in self.field.missing_values}:
            return False
        pattern = self.field.constraints.get("pattern")
        if isinstance(pattern, str):
            try:
                whole = f"^(?:{translate_pattern(pattern)})$"
                if not pc.match_substring_regex(pa.array([text]), whole)[0].as_py():
                    return False
            except (ValueError, pa.ArrowException):
                return True  # the check of the pattern itself reports this
        return not self.verdict(text).errors

    def _ungrouped(self, given: Json) -> Json:
        """A constraint of an integer without the signs that group digits, of which frictionless knows none."""
        if self._grouped and isinstance(given, list):
            return [self._ungrouped(item) for item in given]
        return (
            given.replace(self._grouped, "") if self._grouped and isinstance(given, str) else given
        )

    def _refuse_part_moments(self, constraints: Mapping[str, Json]) -> None:
        """ValueError where a bound or a value of `enum` does not say a whole date or time."""
        allowed = constraints.get("enum")
        given = [constraints.get(name) for name in _BOUNDS]
        for item in [*given, *(allowed if isinstance(allowed, list) else [])]:
            if isinstance(item, str) and (note := _moment_note(self.field, item)):
                raise ValueError(f"a constraint holds {item!r}: {note}")

    def verdict(self, text: str | None) -> CellResult:
        """What frictionless says of a cell with this text (None: an absent value).

        A text that frictionless takes though the standard gives the type another form is an
        error: docs/conformance.md lists where.
        """
        if text is not None and text.startswith(MISFIT):
            note = f'type is "{self.field.type}/{self.field.format or "default"}"'
            return CellResult(None, (("type-error", note),))
        if text is not None and len(text) > _MOST_SIGNS and self.field.type in _SHORT:
            note = f"a text of {len(text):,} characters is no {self.field.type}"
            return CellResult(None, (("type-error", note),))
        if text is not None and (note := _moment_note(self.field, text)):
            return CellResult(None, (("type-error", _typed(self.field, note)),))
        if self._read is None:
            self._ask()
        given = text
        if text is not None and self._grouped:
            text = text.replace(self._grouped, "")
        try:
            value, notes = self._read(text)  # type: ignore[misc] # it was asked
        except Exception as error:  # noqa: BLE001 - a comparison of unlike dates, a huge number
            return CellResult(
                None, (("constraint-error", f"the value cannot be compared: {error}"),)
            )
        if notes:
            kinds = (
                ("type-error" if name == "type" else "constraint-error", note)
                for name, note in notes.items()
            )
            kept = None if "type" in notes else self._kept(value, text)
            return CellResult(kept, tuple(kinds))
        if given is not None and (note := lexical_note(self.field, given)):
            return CellResult(None, (("type-error", note),))
        try:
            shown = canonical(self.field, value, text)
        except (ValueError, OverflowError) as error:
            return CellResult(None, (("type-error", str(error)),))
        broken = (n for n, bound in self._lengths.items() if breaks_bound(value, n, bound))
        rules = self.field.constraints
        return CellResult(
            shown, tuple(("constraint-error", f'constraint "{n}" is "{rules[n]}"') for n in broken)
        )

    def _kept(self, value: Any, text: str | None) -> str | None:
        """A value that only breaks a constraint: it counts in keys as any other does."""
        try:
            return canonical(self.field, value, text)
        except (ValueError, OverflowError):
            return None


def _is_above(field: Field, low: Any, high: Any, *, or_equal: bool) -> bool:
    """Whether a lower bound lies above an upper one, for certain."""
    if field.type == "duration":
        name = "minimum" if or_equal else "exclusiveMinimum"
        return not breaks_bound(low, name, high)
    try:
        return bool(low >= high if or_equal else low > high)
    except TypeError:  # a moment with a zone and one without
        return False


def _value(made: Any, name: str, given: Json) -> Any:
    """A value of the constraint `name` as frictionless reads it; ValueError where it is none of the type."""
    value = made.create_value_reader()(given)
    if value is None and given != "":
        raise ValueError(f"constraint {json.dumps(name)} holds {given!r}, which is no {made.type}")
    return value


def canonical(field: Field, value: Any, text: str | None = None) -> str | None:
    """`value` as text that the engine casts to the field's column type.

    Raises ValueError where the column type cannot hold it.
    """
    if value is None:
        return None
    kind = SQL_TYPES[field.type]
    if kind == "VARCHAR":
        return text if text is not None else str(value)
    if kind == "BOOLEAN":
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        plain = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
        return plain.isoformat(sep=" ")
    if isinstance(value, dt.time):
        if value.utcoffset():
            raise ValueError("a time with an offset from UTC cannot be published exactly")
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if field.type not in {"integer", "number"}:
        return str(value)
    return _exact(Decimal(value), whole=field.type == "integer")


def _bound(field: Field, value: Any) -> str | None:
    return str(value) if field.type == "number" else canonical(field, value)


def _exact(number: Decimal, *, whole: bool) -> str:
    """`number` in digits; ValueError where neither a DECIMAL nor a double keeps it exactly."""
    if not number.is_finite():
        return str(number)
    if not fits(number):
        if is_double(number) and not whole:
            return str(number)
        raise ValueError(
            f"the number has {sum(measure(number)):,} digits: up to {MOST_DIGITS} can be published "
            "exactly"
        )
    return plain_text(number)


def missing(field: Field, cell: str) -> str:
    """The SQL condition under which `cell` stands for an absent value."""
    marks = ", ".join(literal(mark.value) for mark in field.missing_values)
    return f"({cell} IS NULL OR {cell} IN ({marks}))" if marks else f"({cell} IS NULL)"


def certainty(field: Field, cell: str, bounds: Mapping[str, str | None]) -> Certainty:
    """When `cell` (SQL for its text) is certainly valid, and its typed value then."""
    kind = SQL_TYPES[field.type]
    form, typed = _form(field, cell, bool(bounds))
    conditions = [form]
    constraints = field.constraints
    for name in _BOUNDS:
        if name in constraints:
            bound = bounds.get(name)
            conditions.append(
                "FALSE"
                if bound is None or kind == "VARCHAR"
                else f"{typed} {_sign(name, kind)} TRY_CAST({literal(bound)} AS {kind})"
            )
    for name, sign in (("minLength", ">="), ("maxLength", "<=")):
        limit = constraints.get(name)
        if limit is not None:
            fits = field.type == "string" and isinstance(limit, int)
            conditions.append(f"length({cell}) {sign} {int(str(limit))}" if fits else "FALSE")
    allowed = constraints.get("enum")
    if isinstance(allowed, list):
        same: Any = str if kind == "VARCHAR" else str | int | float  # 1 is not the text "1"
        texts = [str(item) for item in allowed if isinstance(item, same)]
        fits = field.type != "boolean" and bool(texts)
        conditions.append(f"{cell} IN ({', '.join(map(literal, texts))})" if fits else "FALSE")
    if "FALSE" in conditions:
        return Certainty("FALSE", typed)
    kept = [condition for condition in conditions if condition != "TRUE"]
    return Certainty(f"coalesce({' AND '.join(kept)}, FALSE)" if kept else "TRUE", typed)


def _sign(name: str, kind: str) -> str:
    """The comparison under which a value is certainly inside a bound.

    The bound may have more digits than the type holds, so that a number at it is not certain.
    """
    equal = "=" if kind != WORKING and not name.startswith("exclusive") else ""
    return f"{_BOUNDS[name]}{equal}"


def _form(field: Field, cell: str, bounded: bool) -> tuple[str, str]:
    """The strict lexical form of the type, and the cast."""
    kind = SQL_TYPES[field.type]
    typed = cell if kind == "VARCHAR" else f"TRY_CAST({cell} AS {kind})"
    extra = set(field.descriptor) & {"bareNumber", "groupChar", "decimalChar"}
    default = field.format in {"default", ""}
    if field.type == "string":
        return ("TRUE" if default else "FALSE"), typed
    if field.type == "any":
        return "TRUE", typed
    if field.type == "integer" and not extra:
        return _matches(cell, "[+-]?[0-9]{1,18}"), typed  # fits into 64 bits: the cast cannot fail
    if field.type == "number" and not extra:
        form = _matches(cell, r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
        return f"({form} AND strlen({cell}) <= {CERTAIN_DIGITS + 1})", typed
    if field.type == "boolean":
        true = _texts(field.descriptor.get("trueValues"), TRUE_TEXTS)
        false = _texts(field.descriptor.get("falseValues"), FALSE_TEXTS)
        if not true or not false or set(true) & set(false):
            return "FALSE", f"TRY_CAST({cell} AS BOOLEAN)"
        listed = ", ".join(map(literal, true))
        either = ", ".join(map(literal, (*true, *false)))
        return f"{cell} IN ({either})", f"({cell} IN ({listed}))"
    if field.type == "year":
        return _matches(cell, "[0-9]{4}"), typed
    if field.type == "yearmonth" and not bounded:
        return _matches(cell, "[0-9]{4}-(?:0[1-9]|1[0-2])"), typed
    if field.type in {"date", "datetime", "time"}:
        return _moment(field, cell, typed, default, bounded)
    return "FALSE", typed


def _moment(field: Field, cell: str, typed: str, default: bool, bounded: bool) -> tuple[str, str]:
    if default:
        zone = "" if bounded else "Z?"
        form = {"date": _DATE, "datetime": f"{_DATE}T{_TIME}{zone}", "time": _TIME}[field.type]
        return f"({_matches(cell, form)} AND {typed} IS NOT NULL)", typed
    pattern, rest = "", field.format
    while rest:
        if rest[:2] in _DIRECTIVES:
            pattern, rest = pattern + _DIRECTIVES[rest[:2]], rest[2:]
        elif rest[0] in "/-:., T":
            pattern, rest = pattern + ("\\." if rest[0] == "." else rest[0]), rest[1:]
        else:
            return "FALSE", typed
    complete = all(part in field.format for part in ("%Y", "%m", "%d"))
    if field.type == "time" or not complete or field.format.count("%Y") > 1:
        return "FALSE", typed
    kind = SQL_TYPES[field.type]
    typed = f"CAST(try_strptime({cell}, {literal(field.format)}) AS {kind})"
    return f"({_matches(cell, pattern)} AND {typed} IS NOT NULL)", typed


def _matches(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, {literal(pattern)})"


def _texts(given: object, otherwise: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, list):
        return tuple(item for item in given if isinstance(item, str))
    return tuple(otherwise)


def lexical_note(field: Field, text: str) -> str:
    """Why `text` does not have the form of its type in Table Schema v2; empty when it has."""
    default = field.format in {"default", ""}
    kind = str(field.descriptor.get("itemType")) if field.type == "list" else field.type
    if kind in _DIGITS and not _plain_digits(text):
        return f'type is "{field.type}/{field.format or "default"}": digits are 0 to 9'
    if field.type in {"integer", "number", "year"} and "_" in text:
        return f'type is "{field.type}/default": digits are 0 to 9, without underscores'
    group = field.descriptor.get("groupChar")
    if field.type in {"integer", "number"} and isinstance(group, str) and group in text:
        point = field.descriptor.get("decimalChar")
        if not _grouped_well(text, group, point if isinstance(point, str) and point else "."):
            return f'type is "{field.type}/default": {group!r} stands before each three digits'
    if field.type == "datetime" and default and not _MOMENT.fullmatch(text.strip()):
        return 'type is "datetime/default": YYYY-MM-DDThh:mm:ss, with a zone or none'
    if field.type == "time" and default and not _CLOCK.fullmatch(text.strip()):
        return 'type is "time/default": hh:mm:ss'
    if field.type == "string" and field.format == "uuid" and not _UUID.fullmatch(text):
        return 'type is "string/uuid": 32 hexadecimal digits as 8-4-4-4-12'
    if field.type == "string" and field.format == "uri" and _NO_URI.search(text):
        return 'type is "string/uri": a blank or another sign that no URI has'
    if field.type == "date" and default and not re.fullmatch(r"-?\d{4,}-\d\d-\d\d", text.strip()):
        return 'type is "date/default": month and day have two digits'
    if field.type == "yearmonth" and not re.fullmatch(r"\d{4,}-\d\d", text.strip()):
        return 'type is "yearmonth/default": a year has four digits, a month two'
    if field.type == "duration" and not _DURATION.fullmatch(text.strip()):
        return 'type is "duration/default": PnYnMnDTnHnMnS, with decimals in the seconds alone'
    if field.type == "number" and field.descriptor.get("bareNumber", True) and _other_word(text):
        return 'type is "number/default": the words for a number are NaN, INF and -INF'
    if field.type == "geopoint" and not default and not _all_numbers(text):
        return f'type is "geopoint/{field.format}": both values are numbers'
    if field.type == "string" and field.format == "binary":
        try:
            base64.b64decode(text, validate=True)
        except ValueError:
            return 'type is "string/binary": the text is not base64'
    return ""


_FINER = re.compile(r"[.,]\d{6}\d*[1-9]", re.ASCII)
"""A fraction of a second that is finer than the microseconds that can be kept."""


def _moment_note(field: Field, text: str) -> str:
    """Why a text is not a whole date or time that can be kept exactly; empty where it is."""
    if field.type in {"datetime", "time"} and _FINER.search(text):
        return "a fraction of a second has at most six digits"
    if field.format == "any" and field.type in {"date", "datetime", "time"}:
        from plainrecord.validation.date_formats import moment_note  # few fields have the format

        return moment_note(field.type, text)
    return ""


def _typed(field: Field, note: str) -> str:
    return f'type is "{field.type}/{field.format or "default"}": {note}'


_NUMBER_WORDS = {"nan", "inf", "-inf"}


def _other_word(text: str) -> bool:
    """Whether a number is written in letters that the standard does not give."""
    word = text.strip().lower()
    return "n" in word and word not in _NUMBER_WORDS


def _all_numbers(text: str) -> bool:
    try:
        read = json.loads(text)
    except ValueError:
        return False
    values = read.values() if isinstance(read, dict) else read
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _grouped_well(text: str, group: str, point: str) -> bool:
    """Whether `group` stands between groups of three digits of the whole part alone."""
    sign = re.escape(group)
    whole, _, rest = text.partition(point)
    if group in rest:
        return False
    return group not in whole or bool(
        re.fullmatch(rf"[^\d]*\d{{1,3}}(?:{sign}\d{{3}})+[^\d]*", whole)
    )


def _plain_digits(text: str) -> bool:
    return all(sign.isascii() for sign in text if sign.isdigit())


def pattern_text(pattern: object) -> str:
    """The note for a cell that breaks a pattern, in frictionless's words."""
    return f'constraint "pattern" is "{pattern}"'


_MOMENTS = tuple(
    dt.datetime(*day, tzinfo=dt.UTC)
    for day in ((1696, 9, 1), (1697, 2, 1), (1903, 3, 1), (1903, 7, 1))
)


def breaks_bound(value: Any, name: str, bound: Any) -> bool:
    """Whether a duration is not certainly inside the bound `name`."""
    sign = -1 if name.lower().endswith("maximum") else 1
    try:
        gaps = [sign * ((start + value) - (start + bound)).total_seconds() for start in _MOMENTS]
    except (OverflowError, ValueError):  # from the year 1 to 9999: no more is known
        return True
    return bool(min(gaps) <= 0 if name.startswith("exclusive") else min(gaps) < 0)
