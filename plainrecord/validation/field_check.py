"""Check the cells of one field with frictionless, within the forms of Table Schema v2.

frictionless decides on every value that is not certainly valid (see `certainty`) and words the
error. The pattern constraint and the categories are decided in SQL: a hostile pattern can stall the
regular expressions that frictionless uses, and frictionless does not know categories.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from plainrecord.core.exact_numbers import MOST_DIGITS, fits, is_double, measure, plain_text
from plainrecord.core.strict_json import Json, read_values
from plainrecord.core.word_lists import word_set
from plainrecord.model.packages import Field
from plainrecord.readers.gaps_in_time import read_day
from plainrecord.readers.json_cells import MISFIT
from plainrecord.receipts.engine import SQL_TYPES
from plainrecord.validation.certainty import BOUNDS
from plainrecord.validation.patterns import translate_pattern

_NOT_FOR_FRICTIONLESS = word_set(
    "categories categoriesOrdered description example floatNumber missingValues pattern "
    "rdfType title"
)
_DURATION = re.compile(
    r"-?P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
_DIGITS = word_set("date datetime duration geopoint integer number time year yearmonth")
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?"
_CLOCK = re.compile(rf"\d\d:\d\d:\d\d(?:\.\d+)?{_ZONE}", re.ASCII)
_MOMENT = re.compile(rf"-?\d{{4,}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?{_ZONE}", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ESCAPED = r"%[0-9A-Fa-f]{2}"
_REST = rf"(?:[\w.~:/?@!$&'()*+,;=-]|{_ESCAPED})*"
_HOST = rf"(?:\[[^]\[/?#@]*\]|(?:[\w.~!$&'()*+,;=-]|{_ESCAPED})*)"
_USER = rf"(?:(?:[\w.~:!$&'()*+,;=-]|{_ESCAPED})*@)?"
_URI = re.compile(
    rf"[a-z][a-z0-9+.-]*:(?:(?!//)|//{_USER}{_HOST}(?::\d*)?(?![^/?#])){_REST}(?:#{_REST})?",
    re.ASCII | re.IGNORECASE,
)
"""RFC 3986, 3: scheme, authority with a port of digits, the rest, and one fragment."""

_LOST_SIGN = re.compile(r"[\u2010-\u2015\u2212][^\d]*\d|\d-\s*$|^\s*\(.*\d.*\)\s*$")
"""How agencies write negative numbers whose sign would be stripped as text around the number."""
_SHORT = _DIGITS | {"boolean"}
_MOST_CHARACTERS = 1000
"""A longer text is not a value of these types: frictionless would need minutes for it."""


@dataclass(frozen=True, slots=True)
class CellResult:
    """The result for one text: its canonical form, which SQL can cast, and (code, note) errors."""

    canonical: str | None
    errors: tuple[tuple[str, str], ...] = ()


_PLAIN = {"name", "type", "format", "constraints"} | _NOT_FOR_FRICTIONLESS
"""Keys of a field whose values frictionless does not refuse, or `plain_bounds` looks at."""

_PLAIN_FORMAT = re.compile("(?:%[YmdHMS]|[-/:., T])+")

_ABSENT = (("constraint-error", 'constraint "required" is "True"'),)
"""What frictionless says of an absent value of a required field."""

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

    frictionless takes longer to import than a small table to check, and cannot refuse a field with
    plain constraints: there it is imported for the first uncertain value.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self._lengths: dict[str, Any] = {}
        self.bounds: dict[str, str | None] = {}
        group = field.descriptor.get("groupChar")
        self._grouped = group if field.type == "integer" and isinstance(group, str) else ""
        self._read: Callable[[str | None], tuple[Any, Any]] | None = None
        bounds = plain_bounds(field)
        if bounds is None:
            self._load()
        else:
            self.bounds.update(bounds)

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
            self._lengths = {n: constraints.pop(n) for n in BOUNDS if n in constraints}
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
                for name in BOUNDS
                if name in constraints
            }
            allowed, marks = constraints.get("enum"), {m.value for m in field.missing_values}
            for item in allowed if isinstance(allowed, list) else ():
                if not isinstance(item, str) or item not in marks:
                    _value(loaded, "enum", item)
        except FrictionlessException as error:
            notes = [error.error.note, *(reason.note for reason in error.reasons)]
            raise ValueError("; ".join(filter(None, notes))) from None
        except ValueError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a hostile descriptor makes it raise
            raise ValueError(f"{type(error).__name__}: {error}") from None
        if contradiction := self._contradiction(loaded, constraints):
            raise ValueError(f"no value can satisfy its constraints: {contradiction}")

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
            return "enum has no value that the other constraints allow"
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
        given = [constraints.get(name) for name in BOUNDS]
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
        if self._read is None and text is None:
            return CellResult(None, _ABSENT if self.field.constraints.get("required") else ())
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


def plain_bounds(field: Field) -> dict[str, str | None] | None:
    """`FrictionlessField.bounds` if frictionless certainly accepts the field; None if it must decide."""
    kind, default = field.type, field.format == "default"
    dated = kind in {"date", "datetime"} and _PLAIN_FORMAT.fullmatch(field.format)
    if set(field.descriptor) - _PLAIN or not (default or dated):
        return None
    flags = {n for n in ("required", "unique") if isinstance(field.constraints.get(n), bool)}
    rules = {name: rule for name, rule in field.constraints.items() if name not in flags}
    names = ("minLength", "maxLength") if kind == "string" else ("minimum", "maximum")
    limits: dict[str, Any] = {name: rules.pop(name) for name in names if name in rules}
    if kind == "date":
        form = "%Y-%m-%d" if default else field.format
        limits = {
            n: read_day(day, form) if isinstance(day, str) else None for n, day in limits.items()
        }
        plain = None not in limits.values()
    else:
        least = 0 if kind == "string" else -(10**15)
        plain = all(type(limit) is int and least <= limit < 10**15 for limit in limits.values())
        plain = plain and (not limits or kind in {"string", "integer", "number"})
    if not plain or list(limits.values()) != sorted(limits.values()):
        return None
    if kind == "string" and isinstance(rules.get("pattern"), str) and "enum" not in rules:
        del rules["pattern"]
    elif kind == "string" and not limits and set(rules) == {"enum"}:
        given, marks = rules.pop("enum"), {mark.value for mark in field.missing_values}
        allowed = given if isinstance(given, list) else []
        texts = {text for text in allowed if isinstance(text, str) and text not in marks}
        if not texts or len(texts) != len(allowed):
            return None
    return None if rules else {} if kind == "string" else {n: str(v) for n, v in limits.items()}


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
    """`value` as text that the column's type casts; ValueError where it cannot hold it."""
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


def lexical_note(field: Field, text: str) -> str:
    """Say why `text` does not have the form of its type in Table Schema v2; empty if it has."""
    default = field.format in {"default", ""}
    kind = str(field.descriptor.get("itemType")) if field.type == "list" else field.type
    if kind in _DIGITS and not all(sign.isascii() for sign in text if sign.isdigit()):
        return f'type is "{field.type}/{field.format or "default"}": digits are 0 to 9'
    if field.type == "list" and kind in _DIGITS:
        items = text.split(str(field.descriptor.get("delimiter", ",")))
        return next(filter(None, (lexical_note(Field("item", kind), item) for item in items)), "")
    if field.type in {"geopoint", "integer", "number", "year"} and "_" in text:
        return f'type is "{field.type}/default": digits are 0 to 9, without underscores'
    if field.descriptor.get("bareNumber", True) is False and _LOST_SIGN.search(text):
        return f'type is "{field.type}/default": a negative number has "-" before its first digit'
    group = field.descriptor.get("groupChar")
    if field.type in {"integer", "number"} and isinstance(group, str) and group in text:
        point = field.descriptor.get("decimalChar") or "." if field.type == "number" else ""
        if not _grouped_well(text, group, str(point)):
            return f'type is "{field.type}/default": {group!r} stands before each three digits'
    if field.type == "datetime" and default and not _MOMENT.fullmatch(text.strip()):
        return 'type is "datetime/default": YYYY-MM-DDThh:mm:ss, with a zone or none'
    if field.type == "time" and default and not _CLOCK.fullmatch(text.strip()):
        return 'type is "time/default": hh:mm:ss'
    if field.type == "string" and field.format == "uuid" and not _UUID.fullmatch(text):
        return 'type is "string/uuid": 32 hexadecimal digits as 8-4-4-4-12'
    if field.type == "string" and field.format == "uri" and not _is_uri(text):
        return 'type is "string/uri": a blank or another character that no URI has'
    if field.type == "date" and default and not re.fullmatch(r"-?\d{4,}-\d\d-\d\d", text.strip()):
        return 'type is "date/default": month and day have two digits'
    if field.type == "yearmonth" and not re.fullmatch(r"\d{4,}-\d\d", text):
        return 'type is "yearmonth/default": a year has four digits, a month two'
    if field.type == "duration" and not _DURATION.fullmatch(text):
        return 'type is "duration/default": PnYnMnDTnHnMnS, with decimals in the seconds alone'
    if field.type == "number" and field.descriptor.get("bareNumber", True) and _other_word(text):
        return 'type is "number/default": the words for a number are NaN, INF and -INF'
    if field.type == "geopoint" and not default and not _all_numbers(text):
        return f'type is "geopoint/{field.format}": both values are numbers'
    if field.type in {"object", "array", "geojson"} or (field.type == "geopoint" and not default):
        try:
            value = read_values(text)
        except ValueError as error:
            return _typed(field, str(error))
        if field.type == "geojson" and not all(map(_is_closed, _rings(value))):
            return _typed(
                field, "a ring of a polygon ends where it begins, after four points or more"
            )
    if field.type == "string" and field.format == "binary":
        try:
            base64.b64decode(text, validate=True)
        except ValueError:
            return 'type is "string/binary": the text is not base64'
    return ""


def _rings(value: Json) -> Iterator[Json]:
    """The rings of the polygons in a document of GeoJSON, of any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _rings(item)
    elif isinstance(value, dict):
        places = value.get("coordinates")
        if value.get("type") == "Polygon" and isinstance(places, list):
            yield from places
        elif value.get("type") == "MultiPolygon" and isinstance(places, list):
            for polygon in places:
                yield from polygon if isinstance(polygon, list) else ()
        else:
            yield from _rings([value.get(part) for part in ("features", "geometry", "geometries")])


def _is_closed(ring: Json) -> bool:
    """Whether a linear ring has four positions and ends at its first (RFC 7946, 3.1.6)."""
    return isinstance(ring, list) and len(ring) >= 4 and ring[0] == ring[-1]


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
    """Whether `group` stands between groups of three digits of the whole part alone, whose first
    digit is not 0: 0,123 is a decimal. `point` is empty for integers."""
    sign = re.escape(group)
    whole, _, rest = text.partition(point) if point else (text, "", "")
    if group in rest:
        return False
    around = rf"[^\d{sign}]*"
    return group not in whole or bool(
        re.fullmatch(rf"{around}[1-9]\d{{0,2}}(?:{sign}\d{{3}})+{around}", whole)
    )


def _is_uri(text: str) -> bool:
    """Whether a text with a scheme has only characters, and brackets, that a URI may have."""
    try:
        return bool(_URI.fullmatch(text) and urlsplit(text))
    except ValueError:  # brackets around something other than an address
        return False


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
