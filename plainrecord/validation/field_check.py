"""Check the cells of one field: which are certainly valid, and what frictionless says of the rest.

`certainty` gives an SQL condition under which a cell is certainly valid, and the SQL that turns its
text into the typed value. frictionless decides on every other value and words the error. The
pattern constraint and the categories are decided in SQL: a hostile pattern can stall the regular
expressions that frictionless uses, and frictionless does not know categories.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from plainrecord.readers.gaps_in_time import read_day
from plainrecord.readers.json_cells import MISFIT
from plainrecord.receipts.engine import SQL_TYPES, literal
from plainrecord.validation.patterns import translate_pattern

_BOUNDS = {"minimum": ">", "maximum": "<", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
_NOT_FOR_FRICTIONLESS = {
    "categories",
    "categoriesOrdered",
    "description",
    "example",
    "floatNumber",
    "missingValues",
    "pattern",
    "rdfType",
    "title",
}
_DIRECTIVES = {
    "%Y": "[12][0-9]{3}",
    "%m": "(?:0?[1-9]|1[0-2])",
    "%d": "(?:0?[1-9]|[12][0-9]|3[01])",
    "%H": "(?:[01]?[0-9]|2[0-3])",
    "%M": "[0-5]?[0-9]",
    "%S": "[0-5]?[0-9]",
}
_INTEGER = "[+-]?[0-9]{1,18}"  # fits into 64 bits: the cast cannot fail
_NUMBER = r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?"
_YEAR = "[0-9]{4}"
_DATE = "[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_DURATION = re.compile(
    r"-?P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
_DIGITS = {
    "date",
    "datetime",
    "duration",
    "geopoint",
    "integer",
    "number",
    "time",
    "year",
    "yearmonth",
}
_ZONE = r"(?:Z|[+-]\d\d:\d\d)?"
_CLOCK = re.compile(rf"\d\d:\d\d:\d\d(?:\.\d+)?{_ZONE}", re.ASCII)
_MOMENT = re.compile(rf"-?\d{{4,}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?{_ZONE}", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NO_URI = re.compile(r"[\s<>\"{}|\\^`\x00-\x1f\x7f]")
_SHORT = _DIGITS | {"boolean"}
_MOST_CHARACTERS = 1000
"""A longer text is not a value of these types: frictionless would need minutes for it."""

OWN_FORM = {"bareNumber", "groupChar", "decimalChar", "trueValues", "falseValues"}
"""Keys of a field that let it be written in another form than its type has."""

TRUE_TEXTS, FALSE_TEXTS = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")
"""How booleans are written where the field does not say (Table Schema v2, boolean)."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """`valid` and `typed` are SQL over the cell's text; `valid` never holds for a bad cell."""

    valid: str
    typed: str


@dataclass(frozen=True, slots=True)
class CellResult:
    """The result for one text: its canonical form, which SQL can cast, and (code, note) errors."""

    canonical: str | None
    errors: tuple[tuple[str, str], ...] = ()


_PLAIN = {"name", "type", "title", "description", "example", "rdfType", "format", "missingValues"}
"""Keys of a field that give frictionless nothing to refuse."""

_CACHED: dict[str, FrictionlessField] = {}
_MOST_CACHED = 1000


def cached_field(field: Field) -> FrictionlessField:
    """The reader of a field; fields that differ in name only share one, as each takes a millisecond.

    Raises ValueError as `FrictionlessField` does.
    """
    rest = {k: v for k, v in field.descriptor.items() if k not in {*_NOT_FOR_FRICTIONLESS, "name"}}
    marks = [mark.value for mark in field.missing_values]
    key = repr((field.type, field.format, field.constraints, marks, rest))
    reader = _CACHED.get(key)
    if reader is None:
        reader = FrictionlessField(field)
        if len(_CACHED) >= _MOST_CACHED:
            _CACHED.clear()
        _CACHED[key] = reader
    return reader


class FrictionlessField:
    """frictionless's reader for one field. Raises ValueError where frictionless refuses the field.

    frictionless takes longer to import than a small table to check, and cannot refuse a field
    without constraints: there it is imported for the first uncertain value.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self._lengths: dict[str, Any] = {}
        self.bounds: dict[str, str | None] = {}
        group = field.descriptor.get("groupChar")
        self._grouped = group if field.type == "integer" and isinstance(group, str) else ""
        self._read: Callable[[str | None], tuple[Any, Any]] | None = None
        if field.constraints or field.format != "default" or set(field.descriptor) - _PLAIN:
            self._load()

    def _load(self) -> None:
        """Have frictionless load the field."""
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
            loaded = frictionless.Field.from_descriptor(dict(descriptor))
            loaded.missing_values = []
            self._read = loaded.create_cell_reader()
            self._lengths = {n: _value(loaded, n, text) for n, text in self._lengths.items()}
            self.bounds = dict.fromkeys(self._lengths)
            self.bounds |= {
                name: _bound(field, _value(loaded, name, constraints[name]))
                for name in _BOUNDS
                if name in constraints
            }
            allowed, marks = constraints.get("enum"), {m.value for m in field.missing_values}
            for item in allowed if isinstance(allowed, list) else ():
                if not isinstance(item, str) or item not in marks:
                    _value(loaded, "enum", item)
        except FrictionlessException as error:
            notes = [error.error.note, *(reason.note for reason in error.reasons)]
            raise ValueError("; ".join(filter(None, notes))) from None
        except Exception as error:  # noqa: BLE001 - whatever a hostile descriptor makes it raise
            raise ValueError(f"{type(error).__name__}: {error}") from None
        if contradiction := self._contradiction(loaded, constraints):
            raise ValueError(f"no value can hold to its constraints: {contradiction}")

    def _contradiction(self, loaded: Any, constraints: Mapping[str, Json]) -> str:
        """Describe constraints that no value can meet together; empty if there are none."""
        given = self.field.constraints
        values = dict(self._lengths)
        values |= {n: _value(loaded, n, constraints[n]) for n in self.bounds if n not in values}
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
        """Whether an item of enum is not a missing value and meets the other constraints."""
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
        return not self.check(text).errors

    def _ungrouped(self, given: Json) -> Json:
        """A constraint without `groupChar`, which frictionless does not know for integers."""
        if self._grouped and isinstance(given, list):
            return [self._ungrouped(item) for item in given]
        if self._grouped and isinstance(given, str):
            return given.replace(self._grouped, "")
        return given

    def _refuse_part_moments(self, constraints: Mapping[str, Json]) -> None:
        """Raise ValueError where a bound or an item of `enum` is not a whole date or time."""
        allowed = constraints.get("enum")
        given = [constraints.get(name) for name in _BOUNDS]
        for item in [*given, *(allowed if isinstance(allowed, list) else [])]:
            if isinstance(item, str) and (note := _moment_note(self.field, item)):
                raise ValueError(f"a constraint holds {item!r}: {note}")

    def check(self, text: str | None) -> CellResult:
        """Check a cell with this text (None: an absent value).

        A text that frictionless accepts and the standard does not is an error; docs/conformance.md
        lists these.
        """
        if text is not None and text.startswith(MISFIT):
            note = f'type is "{self.field.type}/{self.field.format or "default"}"'
            return CellResult(None, (("type-error", note),))
        if text is not None and len(text) > _MOST_CHARACTERS and self.field.type in _SHORT:
            note = f"a text of {len(text):,} characters is no {self.field.type}"
            return CellResult(None, (("type-error", note),))
        if text is not None and (note := _moment_note(self.field, text)):
            return CellResult(None, (("type-error", _typed(self.field, note)),))
        if self._read is None:
            self._load()
        given = text
        if text is not None and self._grouped:
            text = text.replace(self._grouped, "")
        try:
            value, notes = self._read(text)  # type: ignore[misc] # it was loaded
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


def _value(loaded: Any, name: str, given: Json) -> Any:
    """A value of the constraint `name` as frictionless reads it; ValueError where it is none of the type."""
    value = loaded.create_value_reader()(given)
    if value is None and given != "":
        raise ValueError(
            f"constraint {json.dumps(name)} holds {given!r}, which is no {loaded.type}"
        )
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
    """When `cell` (SQL for its text) is certainly valid, and what its typed value is then."""
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
    conditions = [condition for condition in conditions if condition != "TRUE"]
    valid = f"coalesce({' AND '.join(conditions)}, FALSE)" if conditions else "TRUE"
    return Certainty(valid, typed)


def _sign(name: str, kind: str) -> str:
    """The comparison under which a value is certainly within a bound.

    A bound may have more digits than the type holds: a number equal to it is not certain.
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
        return _matches(cell, _INTEGER), typed
    if field.type == "number" and not extra:
        return f"({_matches(cell, _NUMBER)} AND strlen({cell}) <= {CERTAIN_DIGITS + 1})", typed
    if field.type == "boolean":
        true = _texts(field.descriptor.get("trueValues"), TRUE_TEXTS)
        false = _texts(field.descriptor.get("falseValues"), FALSE_TEXTS)
        if not true or not false or set(true) & set(false):
            return "FALSE", f"TRY_CAST({cell} AS BOOLEAN)"
        listed = ", ".join(map(literal, true))
        either = ", ".join(map(literal, (*true, *false)))
        return f"{cell} IN ({either})", f"({cell} IN ({listed}))"
    if field.type == "year":
        return _matches(cell, _YEAR), typed
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


_PLAIN_FORMS: Mapping[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "integer": (re.compile(_INTEGER), int),
    "number": (re.compile(_NUMBER), float),
    "year": (re.compile(_YEAR), int),
    "date": (re.compile(_DATE), dt.date.fromisoformat),
    "datetime": (re.compile(f"{_DATE}T{_TIME}Z?"), dt.datetime.fromisoformat),
}
"""By type, the certain form of a text and how Python reads it."""


def are_plainly_valid(field: Field, texts: Sequence[str], bounds: Mapping[str, str | None]) -> bool:
    """Whether all of a few `texts` are certainly valid, found without starting the engine.

    It may be False where `certainty` holds, and is never True where `certainty` does not.
    """
    rules = set(field.constraints) - {"required", "unique"}
    default = field.format in {"default", ""}
    if set(field.descriptor) & OWN_FORM or (field.categories and field.type != "string"):
        return False
    if field.type == "string" and default:
        return rules <= {"minLength", "maxLength", "enum"} and _meet_text_rules(field, texts)
    if field.type == "boolean" and default and not rules:
        return {*TRUE_TEXTS, *FALSE_TEXTS}.issuperset(texts)
    if field.type not in _PLAIN_FORMS or rules - set(_BOUNDS):
        return False
    if (not default and field.type != "date") or (rules and field.type == "datetime"):
        return False
    form, read = _PLAIN_FORMS[field.type]
    try:
        if default:
            values = [read(text) for text in texts if form.fullmatch(text)]
        else:
            days = (read_day(text, field.format) for text in texts)
            values = [day for day in days if day is not None]
        limits = [(name, read(str(bound))) for name, bound in bounds.items()]
    except ValueError:
        return False
    if len(values) < len(texts) or (
        field.type == "number" and max(map(len, texts), default=0) > CERTAIN_DIGITS + 1
    ):
        return False
    exclusive = field.type == "number"  # two decimals of many digits can be one double
    return not any(
        _is_outside(value, name, limit, or_equal=exclusive)
        for name, limit in limits
        for value in values
    )


def _is_outside(value: Any, name: str, limit: Any, *, or_equal: bool) -> bool:
    if value == limit:
        return or_equal or name.startswith("exclusive")
    return bool(value < limit if _BOUNDS[name] == ">" else value > limit)


def _meet_text_rules(field: Field, texts: Sequence[str]) -> bool:
    least, most = (field.constraints.get(name, 0) for name in ("minLength", "maxLength"))
    if not isinstance(least, int) or not isinstance(most, int):
        return False
    if any(
        len(text) < least or ("maxLength" in field.constraints and len(text) > most)
        for text in texts
    ):
        return False
    if field.categories and not {c.value for c in field.categories}.issuperset(texts):
        return False
    allowed = field.constraints.get("enum", list(texts))
    listed = (
        {item for item in allowed if isinstance(item, str)} if isinstance(allowed, list) else ()
    )
    return set(texts) <= set(listed)


def _matches(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, {literal(pattern)})"


def _texts(given: object, otherwise: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, list):
        return tuple(item for item in given if isinstance(item, str))
    return tuple(otherwise)


def lexical_note(field: Field, text: str) -> str:
    """Say why `text` does not have the form of its type in Table Schema v2; empty if it has."""
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
    """Say why a text is not a whole date or time that can be kept exactly; empty if it is."""
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
