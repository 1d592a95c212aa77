"""Which texts of a field are certainly valid, as SQL and, for a few texts, in Python."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plainrecord.core.exact_numbers import CERTAIN_DIGITS, WORKING
from plainrecord.model.packages import FALSE_TEXTS, TRUE_TEXTS, Field
from plainrecord.readers.gaps_in_time import read_day
from plainrecord.receipts.engine import SQL_TYPES, literal

BOUNDS = {"minimum": ">", "maximum": "<", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
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

OWN_FORM = {"bareNumber", "groupChar", "decimalChar", "trueValues", "falseValues"}
"""Keys of a field that let it be written in another form than its type has."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """`valid` and `typed` are SQL over the cell's text; `valid` never holds for a bad cell."""

    valid: str
    typed: str


def missing(field: Field, cell: str) -> str:
    """The SQL condition under which `cell` is a missing value."""
    marks = ", ".join(literal(mark.value) for mark in field.missing_values)
    return f"({cell} IS NULL OR {cell} IN ({marks}))" if marks else f"({cell} IS NULL)"


def certainty(field: Field, cell: str, bounds: Mapping[str, str | None]) -> Certainty:
    """When `cell` (SQL for its text) is certainly valid, and what its typed value is then."""
    kind = SQL_TYPES[field.type]
    form, typed = _form(field, cell, bool(bounds))
    conditions = [form]
    constraints = field.constraints
    for name in BOUNDS:
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
    """The comparison within a bound; equal only if the type holds all digits of the bound."""
    equal = "=" if kind != WORKING and not name.startswith("exclusive") else ""
    return f"{BOUNDS[name]}{equal}"


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
    """Whether all few `texts` are certainly valid, without the engine; False tells nothing."""
    rules = set(field.constraints) - {"required", "unique"}
    default = field.format in {"default", ""}
    if set(field.descriptor) & OWN_FORM or (field.categories and field.type != "string"):
        return False
    if field.type == "string" and default:
        return rules <= {"minLength", "maxLength", "enum"} and _meet_text_rules(field, texts)
    if field.type == "boolean" and default and not rules:
        return {*TRUE_TEXTS, *FALSE_TEXTS}.issuperset(texts)
    if field.type not in _PLAIN_FORMS or rules - set(BOUNDS):
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
    return bool(value < limit if BOUNDS[name] == ">" else value > limit)


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
