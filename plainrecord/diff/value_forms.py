"""The format of a column's values (number, date, text), and how to read two formats alike.

A date typed by hand and a date from a spreadsheet are the same date. Values are parsed before the
comparison only if the formats of two columns differ; unreadable values stay unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from plainrecord.core.errors import UsageError
from plainrecord.core.word_lists import split_words
from plainrecord.receipts.engine import literal

if TYPE_CHECKING:
    import duckdb

ISO, MONTH_FIRST, DAY_FIRST = "date", "date, month first", "date, day first"
MOMENT, MOMENT_MONTH_FIRST = "date-time", "date-time, month first"
MOMENT_DAY_FIRST = "date-time, day first"
WEEKDAY, OTHER_ZONES = "date, weekday named", "date-time, other zones"
DATE_FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ISO: ("%Y-%m-%d", "%Y/%m/%d"),
        MONTH_FIRST: ("%m/%d/%y", "%m/%d/%Y", "%m-%d-%Y"),
        DAY_FIRST: ("%d/%m/%y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
        MOMENT: split_words(
            "%Y-%m-%d %H:%M:%S, %Y-%m-%d %H:%M, %Y-%m-%d %H:%M:%S.%f, %Y-%m-%dT%H:%M:%S, "
            "%Y-%m-%dT%H:%M, %Y-%m-%dT%H:%M:%S.%f, %Y-%m-%dT%H:%M:%SZ, %Y-%m-%d %H:%M:%S+00, "
            "%Y-%m-%dT%H:%M:%S%z, %Y-%m-%dT%H:%M:%S.%fZ, %Y-%m-%d %H:%M:%S%z, "
            "%Y-%m-%dT%H:%M:%S.%f%z, %Y-%m-%d %H:%M:%S.%f%z"
        ),
        MOMENT_MONTH_FIRST: ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"),
        MOMENT_DAY_FIRST: split_words(
            "%d/%m/%Y %H:%M, %d/%m/%Y %H:%M:%S, %d/%m/%Y %I:%M:%S %p, %d.%m.%Y %H:%M, "
            "%d.%m.%Y %H:%M:%S, %d-%m-%Y %H:%M, %d-%m-%Y %H:%M:%S"
        ),
        OTHER_ZONES: split_words(
            "%Y-%m-%dT%H:%MZ, %Y-%m-%d %H:%MZ, %Y-%m-%d %H:%M:%SZ, %Y-%m-%d %H:%M:%S.%fZ, "
            "%Y-%m-%dT%H:%M%z, %Y-%m-%d %H:%M%z, %Y-%m-%dT%H:%M:%S %z, %Y-%m-%d %H:%M:%S %z, "
            "%Y-%m-%d %H:%M:%S %Z, %Y-%m-%dT%H:%M:%S.%nZ"
        ),
        "date-time, month first, short": split_words(
            "%m/%d/%y %H:%M, %m/%d/%y %H:%M:%S, %m/%d/%y %I:%M %p, %m/%d/%y %I:%M:%S %p, "
            "%m/%d/%Y %I:%M %p, %m-%d-%Y %H:%M, %m-%d-%Y %H:%M:%S"
        ),
        "date, month first, with dots": ("%m.%d.%y", "%m-%d-%y", "%m.%d.%Y"),
        "date, day first, short": ("%d.%m.%y", "%d-%m-%y"),
        "date, month named": (
            "%d-%b-%y",
            "%d %b %y",
            "%d %B %Y",
            "%d %b %Y",
            "%d-%b-%Y",
            "%d-%B-%Y",
            "%d/%b/%Y",
            "%B %d, %Y",
            "%b %d, %Y",
            "%b. %d, %Y",
            "%B %d %Y",
            "%b %d %Y",
            "%d. %B %Y",
            "%d%b%Y",
        ),
        "date-time, month named": (
            "%d-%b-%y %H:%M:%S",
            "%d-%b-%y %I:%M:%S %p",
            "%d-%b-%y %I.%M.%S.%f %p",
            "%b %d %Y %I:%M%p",
            "%b %d %Y %I:%M:%S%p",
            "%b %d, %Y %I:%M %p",
            "%b %d, %Y %I:%M:%S %p",
            "%B %d, %Y %I:%M %p",
            "%B %d, %Y %H:%M",
            "%d %b %Y %H:%M",
            "%d %b %Y %H:%M:%S",
            "%d %B %Y %H:%M",
            "%d-%b-%Y %H:%M",
            "%d-%b-%Y %H:%M:%S",
            "%d%b%Y:%H:%M:%S",
            "%d%b%Y %H:%M:%S",
        ),
        WEEKDAY: ("%A, %B %d, %Y", "%a, %b %d, %Y", "%A, %d %B %Y", "%a, %d %b %Y"),
        "date, with dots": ("%Y.%m.%d",),
        "date, digits alone": ("%Y%m%d",),
        "date-time, digits alone": split_words(
            "%Y%m%dT%H%M%S, %Y%m%dT%H%M%SZ, %Y%m%dT%H%M%S%z, %Y%m%dT%H%M, %Y%m%dT%H%MZ, "
            "%Y%m%d %H%M%S, %Y%m%d %H:%M:%S, %Y%m%d %H:%M, %Y%m%d%H%M%S, %Y%m%d%H%M"
        ),
        "month": ("%Y-%m",),
        "month, named": ("%b-%y", "%b %Y", "%B %Y", "%b-%Y"),
        "month, before the year": ("%m/%Y",),
        "date, ordinal": tuple(
            form.format(end)
            for form in ("%B %d{}, %Y", "%d{} %B %Y")
            for end in ("st", "nd", "rd", "th")
        ),
        "date, ISO week": ("%G-W%V-%u", "%GW%V%u"),
        "time": ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f"),
        "time, 12 hours": ("%I:%M %p", "%I:%M:%S %p", "%I:%M%p"),
    }
)
"""The forms of dates, the ones that are tried first standing first.

A year of two digits comes before one of four: as four digits 25 would be the year 25.
"""

NAMED_MONTH = (
    r"[0-9]{1,2}[-/. ]{1,2}[A-Za-z]{3}|[0-9]{2}[A-Za-z]{3}[0-9]{4}"
    r"|[A-Za-z]{3,9}\.?[- ]{1,2}([0-9]{1,2}(st|nd|rd|th)?,? )?[0-9]{2}([0-9]{2})?( {1,2}[0-9]{1,2}:.*)?$"
    "|[A-Za-z]{3,9}, |[0-9]{1,2}(st|nd|rd|th) [A-Za-z]{3}"
)
DIGITS_ALONE = r"(1[89]|2[01])[0-9]{6}([T ]?[0-9]{2}:?[0-9]{2}(:?[0-9]{2})?(Z|[+-][0-9:]+)?)?$"
MONTH_OR_TIME = (
    r"[0-9]{4}-[0-9]{2}$|[0-9]{4}-?W[0-9]{2}-?[1-7]$|[0-9]{1,2}/[0-9]{4}$|[0-9]{1,2}:[0-9]{2}"
)
SLASHED = literal(
    rf"^([0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]|{NAMED_MONTH}|{DIGITS_ALONE}|{MONTH_OR_TIME})"
)
"""What any form of a date begins with, so that nothing else is tried against all of them."""

DATED = literal("^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]")
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
EXACT = r"[+-]?([0-9]{1,28}(\.[0-9]{0,9}0*)?|\.[0-9]{1,9}0*)"
"""A number that a decimal of 38 digits, 9 of them after the point, holds in full."""

PARTS = literal(r"^[+-]?([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$")
"""The digits of a number before and after its point, and its exponent."""

FINER = r"\.[0-9]{6,}[1-9]"
"""A part of a second that a date-time of the engine does not hold in full."""

NO_VALUE = split_words("na, n/a, n.a., null, none, nan, -, --, ., ..")
"""What stands in a column of another form where there is no value."""

MOST_NOUGHTS = 400
"""A number with a larger exponent stays as it is written."""

NOUGHTS = literal(r"\.?0+$")
"""What may go from the end of a text that has a point and digits after it."""

PERCENT, UNSIGNED_PERCENT = "percent", "percent, without the sign"
READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({PERCENT: (PERCENT, UNSIGNED_PERCENT)})
"""How the values of a form can be read as numbers: 12.5% is 0.125, or 12.5 in a column of percents."""

PADDED = "integer, leading zeros"
COMMA = "decimal comma"
SPACES = r"\s\x{a0}\x{2009}\x{202f}"
WITH_SIGN = rf"{NUMBER}[{SPACES}]?%|[+-]?[0-9]+,([0-9]{{1,2}}|[0-9]{{4,}})[{SPACES}]?%"
"""A percent: three digits after a comma may be thousands, and are none."""

CURRENCIES: Mapping[str, str] = MappingProxyType(
    {
        "number": "",
        "amount in dollars": r"(US ?)?\$|USD",
        "amount in euros": "€|EUR",
        "amount in pounds": "£|GBP",
    }
)
"""The unit of an amount, as its symbol or its code."""


@dataclass(frozen=True, slots=True)
class _WrittenNumber:
    """Numbers with thousands separators, a currency, or parentheses for less than zero.

    `pattern` matches all of such a text; `signs` matches what is not part of the number in it.
    """

    pattern: str
    signs: str


def _written_number(currency: str, separators: str, sign: str) -> _WrittenNumber:
    """The form whose decimal sign is `sign`, in groups of digits between `separators`."""
    group = f"[{separators}'’{SPACES}]"
    part = rf"(\{sign}[0-9]*)?"
    digits = (
        rf"([1-9][0-9]{{0,2}}({group}[0-9]{{2,3}})*{group}[0-9]{{3}}{part}"
        rf"|[0-9]+{part}|\{sign}[0-9]+)"
    )
    space, minus = f"[{SPACES}]?", "[-+−]?"
    unit = f"{space}({currency})?{space}"
    pattern = rf"{minus}{unit}{minus}{digits}{unit}-?|\({unit}{digits}{unit}\)"
    return _WrittenNumber(pattern, f"{group}|{currency}" if currency else group)


WRITTEN_NUMBERS: Mapping[str, _WrittenNumber] = MappingProxyType(
    {
        f"{unit}, {name}": _written_number(currency, separators, sign)
        for unit, currency in CURRENCIES.items()
        for name, separators, sign in (("thousands separated", ",", "."), (COMMA, ".", ","))
    }
)
TRUTHS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "boolean": ("true", "false"),
        "boolean, TRUE": ("TRUE", "FALSE"),
        "boolean, True": ("True", "False"),
    }
)
OTHER_TRUTHS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "boolean, mixed case": ("true", "false"),
        "boolean, yes and no": ("yes", "no"),
        "boolean, Y and N": ("y", "n"),
        "boolean, T and F": ("t", "f"),
        "boolean, 1 and 0": ("1", "0"),
        "boolean, -1 and 0": ("-1", "0"),
    }
)
"""Forms of booleans that are written in any case."""

UNCERTAIN_TRUTHS = tuple(OTHER_TRUTHS)[2:]
"""Codes of any meaning can be written so: F may be a sex, and 1 a count."""

SIGNED_TRUTHS = frozenset(tuple(OTHER_TRUTHS)[-2:])
"""Both are numbers too: 1 and -1 are not one value."""

SERIAL = r"[1-9][0-9]{4}"
WHOLE_SERIAL = "date, serial number"
_SERIAL_DAYS = "epoch_ms(CAST(round(({n} - %d) * 8640000) * 10 AS BIGINT))"
"""A time of a spreadsheet is a fraction of a day, exact to about ten milliseconds."""

COUNTED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        WHOLE_SERIAL: (rf"{SERIAL}(\.0*)?", _SERIAL_DAYS % 25_569),
        "date, serial number from 1904": (rf"{SERIAL}(\.0*)?", _SERIAL_DAYS % 24_107),
        "date-time, serial number": (rf"{SERIAL}(\.[0-9]+)?", _SERIAL_DAYS % 25_569),
        "date-time, serial number from 1904": (rf"{SERIAL}(\.[0-9]+)?", _SERIAL_DAYS % 24_107),
        "date-time, seconds since 1970": (
            r"[1-9][0-9]{8,9}(\.[0-9]{1,6})?",
            "make_timestamp(CAST(round({n} * 1000000) AS BIGINT))",
        ),
        "date-time, milliseconds since 1970": (
            r"[1-9][0-9]{11,12}",
            "epoch_ms(CAST({n} AS BIGINT))",
        ),
        "time, digits alone": (
            "[0-5]?[0-9]|([01]?[0-9]|2[0-3])[0-5][0-9]",
            "make_timestamp(1900, 1, 1, {n}::BIGINT // 100, {n}::BIGINT % 100, 0)",
        ),
    }
)
"""Dates counted from a day as spreadsheets and systems store them, with the SQL for the date-time.

25,569 days lie between 30 December 1899, the day 0 of spreadsheets, and 1 January 1970.
"""

UNCERTAIN = frozenset((*COUNTED, *UNCERTAIN_TRUTHS))
"""Forms that values of another meaning have too: read so only beside a column whose form is certain."""


def _matches(pattern: str) -> str:
    """SQL for whether all of the value `v` matches `pattern`."""
    return f"regexp_full_match(v, {literal(pattern)})"


def _one_of(value: str, texts: Sequence[str]) -> str:
    return f"{value} IN ({', '.join(map(literal, texts))})"


FORMS: Mapping[str, str] = MappingProxyType(
    {
        "integer": _matches("[+-]?(0|[1-9][0-9]{0,17})"),
        PADDED: _matches("[+-]?[0-9]{1,18}"),
        "number": _matches(NUMBER),
        PERCENT: _matches(WITH_SIGN),
        **{form: _one_of("v", texts) for form, texts in TRUTHS.items()},
        **{form: _one_of("lower(v)", texts) for form, texts in OTHER_TRUTHS.items()},
        **{form: _matches(item.pattern) for form, item in WRITTEN_NUMBERS.items()},
        **{form: _matches(pattern) for form, (pattern, _) in COUNTED.items()},
    }
)
"""SQL for whether the trimmed text `v` has a form; of two that fit all values, the first is meant."""

_DAYS = tuple(form for form in COUNTED if not form.startswith("date-time, serial"))
_MOMENTS_COUNTED = tuple(form for form in COUNTED if form.startswith("date-time"))
_INTEGERS = ("integer", "boolean, 1 and 0", "date, digits alone", *_DAYS)
_MOMENTS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
ENGINE_FORMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), _INTEGERS),
        **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), _INTEGERS),
        **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), ("number", *_MOMENTS_COUNTED)),
        **dict.fromkeys(_MOMENTS, (MOMENT,)),
        "DATE": (ISO,),
        "BOOLEAN": ("boolean",),
        "TIME": ("time",),
    }
)
"""The forms that a column of a type of the engine may have; the first is that of the type."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("integer", PADDED, "number", *READINGS[PERCENT], *WRITTEN_NUMBERS), "number"
        ),
        **{form: form.partition(",")[0] for form in (*TRUTHS, *OTHER_TRUTHS)},
        **{form: form.partition(",")[0] for form in (*DATE_FORMATS, *COUNTED)},
    }
)
WRITTEN_AS: Mapping[str, str] = MappingProxyType(
    {
        "date": "%Y-%m-%d",
        "date-time": "%Y-%m-%d %H:%M:%S.%f",
        "month": "%Y-%m",
        "time": "%H:%M:%S.%f",
    }
)
"""How a date, a moment, a month or a time of day is written to be compared."""


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A shared column, `kind` it is read as ("" as written), and how each table writes it."""

    old: str
    new: str
    kind: str = ""
    old_form: str = ""
    new_form: str = ""


def parsed_date(value: str, forms: Sequence[str]) -> str:
    """SQL for the date-time in the text `value` in one of `forms`; null if it is none."""
    formats = ", ".join(literal(pattern) for form in forms for pattern in DATE_FORMATS[form])
    return f"try_strptime(trim({value}), [{formats}])"


def plain_number(value: str) -> str:
    """SQL for a text's number in full digits; null for none or too many noughts."""
    text = f"trim({value})"
    whole, part, given = (f"regexp_extract({text}, {PARTS}, {group})" for group in (1, 2, 3))
    exponent = f"CASE WHEN {given} = '' THEN 0 ELSE try_cast({given} AS INTEGER) END"
    digits = f"({whole} || {part})"
    point = f"(length({whole}) + {exponent})"
    moved = (
        f"CASE WHEN {point} <= 0 THEN '0.' || repeat('0', -{point}) || {digits} "
        f"WHEN {point} >= length({digits}) THEN {digits} || repeat('0', {point} - length({digits})) "
        f"|| '.' ELSE left({digits}, {point}) || '.' || substr({digits}, {point} + 1) END"
    )
    short = f"regexp_replace({moved}, '\\.0*$|(\\.[0-9]*[1-9])0+$', '\\1')"
    bare = f"regexp_replace({short}, '^0+([0-9])', '\\1')"
    signed = f"CASE WHEN starts_with({text}, '-') THEN '-' ELSE '' END || {bare}"
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(NUMBER)}) "
        f"AND abs({exponent}) <= {MOST_NOUGHTS} THEN regexp_replace({signed}, '^-0$', '0') END"
    )


def _written_number_sql(value: str, form: str) -> str:
    """SQL for the number in the text `value`, a point its decimal sign; null if it has not the form."""
    item = WRITTEN_NUMBERS[form]
    bare = f"regexp_replace(replace(trim({value}), '−', '-'), {literal(item.signs)}, '', 'g')"
    if form.endswith(COMMA):
        bare = f"replace({bare}, ',', '.')"
    signed = rf"regexp_replace({bare}, '^\((.*)\)$|^(.*)-$', '-\1\2')"
    fits = f"regexp_full_match(trim({value}), {literal(item.pattern)})"
    return f"CASE WHEN {fits} THEN {plain_number(signed)} END"


def _moment_sql(value: str, form: str) -> str:
    """SQL for the date-time in the text `value`; null if it has not the form, or would lose a part:
    a weekday that is not that of the date, or digits beyond a microsecond.
    """
    if form not in COUNTED:
        moment = parsed_date(value, (form,))
        if form == WEEKDAY:
            named = f"starts_with(lower(trim({value})), lower(strftime({moment}, '%a')))"
            return f"CASE WHEN {named} THEN {moment} END"
        if form == OTHER_ZONES:
            finer = f"regexp_matches({value}, {literal(FINER)})"
            return f"CASE WHEN NOT {finer} THEN {moment} END"
        return moment
    pattern, moment = COUNTED[form]
    fits = f"regexp_full_match(trim({value}), {literal(pattern)})"
    return f"CASE WHEN {fits} THEN {moment.format(n=f'CAST({value} AS DOUBLE)')} END"


def cast_sql(value: str, kind: str, form: str) -> str:
    """SQL for the text `value` in the single format of `kind`; unchanged if unreadable."""
    if form in READINGS[PERCENT]:
        number = f"replace(regexp_replace(trim({value}), '[{SPACES}]?%$', ''), ',', '.')"
        signed = f"regexp_full_match(trim({value}), {literal(WITH_SIGN)})"
        single = f"position('e' IN lower({value})) = 0"  # an exponent has no second one
        moved = number if form == UNSIGNED_PERCENT else f"{number} || 'e-2'"
        read = f"CASE WHEN {signed} AND {single} THEN {plain_number(moved)} END"
        return f"coalesce({read}, {value})"
    if form in WRITTEN_NUMBERS:
        return f"coalesce({_written_number_sql(value, form)}, {value})"
    if kind == "number":
        decimal = f"CAST(try_cast({value} AS DECIMAL(38, 9)) AS VARCHAR)"
        exact = f"regexp_replace({decimal}, {NOUGHTS}, '')"
        whole = f"regexp_full_match({value}, {literal(EXACT)})"
        return f"coalesce(CASE WHEN {whole} THEN {exact} ELSE {plain_number(value)} END, {value})"
    if kind == "boolean":
        text = f"lower(trim({value}))"
        yes, no = (literal(word.lower()) for word in {**TRUTHS, **OTHER_TRUTHS}[form])
        return f"CASE {text} WHEN {yes} THEN 'true' WHEN {no} THEN 'false' ELSE {value} END"
    if kind in WRITTEN_AS:
        written = f"strftime({_moment_sql(value, form)}, {literal(WRITTEN_AS[kind])})"
        if WRITTEN_AS[kind].endswith("%f"):
            written = f"regexp_replace({written}, {NOUGHTS}, '')"
        return f"coalesce({written}, {value})"
    return value


PERIODS: Mapping[str, str] = MappingProxyType(
    {
        "day": "strftime({d}, '%Y-%m-%d')",
        "month": "strftime({d}, '%Y-%m')",
        "quarter": "strftime({d}, '%Y-Q') || quarter({d})",
        "year": "strftime({d}, '%Y')",
        "fiscal-year": "strftime({d} + INTERVAL 3 MONTH, 'FY%Y')",
    }
)
"""How a date is named by each kind of period; a US federal fiscal year begins on 1 October."""

_LENGTHS = {"day": 0, "month": 1, "quarter": 2, "year": 3, "fiscal-year": 3}
_COARSE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "month": (r"\d{4}-\d{2}", "{v} || '-01'"),
        "quarter": (
            r"\d{4}-?Q[1-4]",
            "left({v}, 4) || '-' || (3 * right({v}, 1)::INT - 2) || '-01'",
        ),
        "year": (r"\d{4}", "{v} || '-01-01'"),
    }
)
"""How values are written that tell no day, and the first day that they stand for."""


def date_of(value: str, kind: str) -> str:
    """SQL for the date of `value`, of the engine's type `kind`; null if it cannot be read.

    Texts may be 2025-02-20 or 2/20/2025 (month first), with or without a time. A value with only a
    month, quarter or year (2025-02, 2025-Q1, 2025) is its first day.
    """
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"CAST({value} AS DATE)"
    text = f"CAST({value} AS VARCHAR)"
    plain = f"trim({text})"
    coarse = " ".join(
        f"WHEN regexp_full_match({plain}, '{form}') THEN try_cast({day.format(v=plain)} AS DATE)"
        for form, day in _COARSE.values()
    )
    whole = parsed_date(text, (ISO, MONTH_FIRST, MOMENT, MOMENT_MONTH_FIRST))
    return f"CASE {coarse} ELSE CAST({whole} AS DATE) END"


def finest_period(
    connection: duckdb.DuckDBPyConnection, relation: str, value: str, kind: str, period: str
) -> str:
    """`period`, or the longer one that most values have: day, month, quarter or year."""
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return period
    plain = f"trim(CAST({value} AS VARCHAR))"
    counts = ", ".join(
        f"count_if(regexp_full_match({plain}, '{form}'))" for form, _ in _COARSE.values()
    )
    rows = connection.execute(f"SELECT count({value}), {counts} FROM {relation}").fetchall()
    filled, *by_period = rows[0]
    for grain, count in zip(_COARSE, by_period, strict=True):
        longer = _LENGTHS[grain] > _LENGTHS[period] or (grain, period) == ("year", "fiscal-year")
        if 2 * count > filled and longer:
            return grain
    return period


def period_of(date: str, period: str) -> str:
    """SQL for the name of the period of the date `date`; names sort by time."""
    if period not in PERIODS:
        raise UsageError(f'"{period}" is no period; there are {", ".join(PERIODS)}')
    return PERIODS[period].format(d=date)
