"""What a column of text holds: type and format, placeholder values, the place or person it names.

`profile_column` reads the distinct values of one column of a DuckDB relation and gives a `Column`.
Every value is looked at; a type is proposed only where all values but the placeholders are of it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

import duckdb

from plainrecord.authoring.labels import inner_label, is_german, shown_label
from plainrecord.core.strict_json import Json
from plainrecord.core.us_states import state_code
from plainrecord.core.word_lists import split_words, word_set
from plainrecord.model.packages import Field
from plainrecord.receipts.engine import identifier, literal
from plainrecord.validation.personal_data import judge_column
from plainrecord.validation.personal_labels import words_of

MOST_TOP = 60
"""How many values of a column are listed, the most frequent first."""

MOST_SAMPLE = 300
"""On how many distinct values a type is tried before it is tried on all of them."""

MOST_ODD, ODD_SHARE = 5, 0.1
"""Placeholders that no list knows: at most so many distinct values, in at most this share of rows."""

FEWEST_NUMBERS = 30
"""Numbers that a column has at least where one or two letters among them are no code."""

PLACEHOLDERS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("-", "--", "---", "–", "—", ".", "..", "?", "*", "**", "***", "#N/A", "NULL", "NONE"),
        ("Missing", "missing"),
    ),
    **dict.fromkeys(
        ("N/A", "NA", "N.A.", "NOT APPLICABLE", "NO APLICA"), ("Not applicable", "not-applicable")
    ),
    **dict.fromkeys(
        ("NAN", "(NULL)", "(BLANK)", "BLANK", "MISSING", "NO DATA", "[BLANK]", "NO VALUE"),
        ("Missing", "missing"),
    ),
    **dict.fromkeys(("UNKNOWN", "UNK", "UNKN", "DESCONOCIDO", "UNBEKANNT"), ("Unknown", "unknown")),
    **dict.fromkeys(
        ("NOT COLLECTED", "NOT RECORDED", "NC", "NOT REPORTED"), ("Not collected", "not-collected")
    ),
    **dict.fromkeys(("REDACTED", "[REDACTED]", "WITHHELD"), ("Withheld", "withheld")),
}
"""A value in capitals, without blanks around it -> what it means, and its kind."""

_WORDS = ("UNKNOWN", "UNK", "NA", "NC", "NONE", "MISSING")
"""Placeholders that are answers where the column holds words: "Unknown" is a gender on record."""

_BLANKS = literal(" \t\r\n\u00a0")
_EXEMPTION = r"\(?b\)? ?\(\d\)( ?\([A-Za-z]\))?([ ,;/]+\(?b\)? ?\(\d\)( ?\([A-Za-z]\))?)*"

INTEGER = r"[+-]?(0|[1-9]\d*)"
GROUPED = r"[+-]?[1-9]\d{0,2}(,\d{3})+"
_PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
NUMBERS: Sequence[tuple[str, Mapping[str, Json]]] = (
    (_PLAIN, {}),
    (r"[+-]?(\d{1,3}(,\d{3})+|\d*)(\.\d*)?", {"groupChar": ","}),
    (r"[+-]?(\d+(,\d*)?|,\d+)", {"decimalChar": ","}),
    (r"[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d*)?", {"groupChar": ".", "decimalChar": ","}),
    (r"[+-]?(\d{1,3}([  ’']\d{3})+|\d*)(,\d*)?", {"groupChar": " ", "decimalChar": ","}),
    (r"[+-]?[$€£]? ?[+-]?[\d,]*\.?\d+ ?[%€]?", {"groupChar": ",", "bareNumber": False}),
)
"""How people write numbers, each with the options of the field that reads it."""

CODES = word_set(
    "zip zipcode postal postcode plz fips geoid ags code codes ori phone fax icao duns ein"
)
"""Words of a label that say: digits here are a code, and not a number."""

_DATES = (
    *split_words("%Y-%m-%d %m/%d/%Y %d/%m/%Y %d.%m.%Y %Y/%m/%d %d-%m-%Y %m-%d-%Y %m/%d/%y"),
    *("%d/%m/%y", "%d.%m.%y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y"),
    *split_words("%d-%b-%Y %d-%b-%y %Y.%m.%d %Y%m%d"),
)
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%I:%M:%S.%f %p")
_ZONED = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z")
_STAMPS = (*_ZONED, *(f"{day} {time}" for day in _DATES[:13] for time in _TIMES))
_TWINS = {"%m/%d/%Y": "%d/%m/%Y", "%m/%d/%y": "%d/%m/%y", "%m-%d-%Y": "%d-%m-%Y"}
_YEAR_WORDS = frozenset(
    ["year", "yr", "fy", "jahr", "ano", "annee", "exercice", "ejercicio", "anno", "rok"]
)
TIMES = ("date", "datetime", "yearmonth", "year")
"""The types of columns whose values lie in time."""
_DATE_WORDS = frozenset(["date", "day", "dt", "datum", "fecha", "on", "dated"])


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that stands for an absent one, to the letter, with what it seems to mean."""

    value: str
    label: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """What one column holds.

    `least` and `most` are the ends of dates (ISO 8601) and numbers. `top` are the most frequent
    values with their counts, as they stand in the file. `person` is a kind of personal data (see
    `validation.personal_data.KINDS`), `place` one of state, county, county-fips, country, city,
    latitude, longitude. `question` is what only a person can answer. `label` is the name for
    readers, `inner` the same inside a sentence.
    """

    name: str
    type: str = "string"
    format: str = "default"
    options: Mapping[str, Json] = field(default_factory=dict)
    rows: int = 0
    filled: int = 0
    distinct: int = 0
    least: str = ""
    most: str = ""
    top: tuple[tuple[str, int], ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    padded: int = 0
    person: str = ""
    place: str = ""
    question: str = ""
    label: str = ""
    inner: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the column's name in small letters."""
        return words_of(self.name)

    @property
    def is_date(self) -> bool:
        """Whether its values lie in time: dates and date-times."""
        return self.type in ("date", "datetime")

    @property
    def is_unique(self) -> bool:
        """Whether each row has a value of its own."""
        return self.rows > 0 and self.distinct == self.rows == self.filled

    @property
    def is_category(self) -> bool:
        """Whether few values, each in many rows, divide the rows into groups."""
        return (
            self.type in ("string", "boolean")
            and 2 <= self.distinct <= 40
            and self.distinct * 3 <= self.filled
        )


def merge_padded(column: Column) -> Column:
    """The column as `derive_trimmed` makes it, where blanks around values divide one value."""
    merged: Counter[str] = Counter()
    for value, count in column.top:
        merged[value.strip()] += count
    whole = len(column.top) == column.distinct and not column.placeholders
    if column.type != "string" or not whole or len(merged) == column.distinct:
        return column
    top = sorted(merged.items(), key=lambda item: (-item[1], item[0]))
    name = f"{column.name}_trimmed"
    return replace(column, name=name, distinct=len(top), top=tuple(top), padded=0)


def derive_trimmed(column: Column) -> dict[str, Json]:
    """A derived field with the values of the column without the blanks around them."""
    return {
        "field": {
            "name": merge_padded(column).name,
            "type": "string",
            "title": column.label,
            "description": f"{column.name} without the blanks around its values.",
        },
        "sql": f"trim({identifier(column.name)}, {_BLANKS})",
    }


def label_columns(columns: Sequence[Column], titles: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns of a table with their labels, drafted from the names where `titles` has none."""
    german = is_german([titles.get(column.name, column.name) for column in columns])
    labelled = []
    for column in columns:
        label = titles.get(column.name) or shown_label(column.name, german=german)
        inner = label if german else inner_label(label)
        labelled.append(replace(column, label=label, inner=inner))
    return tuple(labelled)


def profile_column(
    connection: duckdb.DuckDBPyConnection, relation: str, name: str, *, decimal_comma: bool
) -> Column:
    """What the column `name` of `relation` (as in FROM) holds.

    `decimal_comma` says that the file separates cells by semicolons, as files with decimal commas
    do: "1,234" is then read so. Raises duckdb.Error where the relation cannot be read.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE profiled AS "
        f"SELECT raw, trim(raw, {_BLANKS}) AS v, count(*) AS n FROM "
        f"(SELECT CAST({identifier(name)} AS VARCHAR) AS raw FROM {relation}) GROUP BY ALL"
    )
    rows, padded = connection.execute(
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (v <> '' AND v <> raw), 0) FROM profiled"
    ).fetchall()[0]
    words = words_of(name)
    marks = _placeholders(connection)
    values = _Values(connection, marks)
    kind = _type_of(values, words, decimal_comma)
    if kind is None:
        odd = _odd_values(values)
        if odd:
            values = _Values(connection, (*marks, *odd))
            kind = _type_of(values, words, decimal_comma)
    if kind is None:
        # In a column of words "Unknown" is an answer that somebody wrote down.
        answers = [mark for mark in marks if mark.value.strip().upper() not in _WORDS]
        if odd or len(answers) < len(marks):
            values = _Values(connection, answers)
        kind = _Kind("string")
    judged = judge_column(connection, "kept", Field(name, kind.type))
    question = kind.question
    if judged and values.sample:  # a question is printed, and no value of a person may be
        question = question.replace(repr(values.sample[0]), "a date of this column")
    top = connection.execute(
        f"SELECT raw, n FROM kept ORDER BY n DESC, raw LIMIT {MOST_TOP}"
    ).fetchall()
    return Column(
        name=name,
        type=kind.type,
        format=kind.format,
        options=kind.options,
        rows=int(rows),
        filled=values.filled,
        distinct=values.distinct,
        least=kind.least,
        most=kind.most,
        top=tuple((str(value), int(count)) for value, count in top),
        placeholders=tuple(values.placeholders),
        padded=int(padded),
        person=next((hit.kind for hit in judged), ""),
        place=_place(words, kind, [str(value).strip() for value, _ in top]),
        question=question,
    )


class _Values:
    """The values of the profiled column that are neither empty nor placeholders."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, placeholders: Sequence[Placeholder]
    ) -> None:
        self.placeholders = placeholders
        self._connection = connection
        listed = ", ".join(literal(mark.value) for mark in placeholders)
        without = f" AND raw NOT IN ({listed})" if listed else ""
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW kept AS SELECT * FROM profiled WHERE v <> ''{without}"
        )
        self.filled, self.distinct = (
            int(number) for number in self.row("coalesce(sum(n), 0), count(*)")
        )
        self.sample = [
            str(value)
            for (value,) in connection.execute(
                f"SELECT v FROM kept ORDER BY n DESC, v LIMIT {MOST_SAMPLE}"
            ).fetchall()
        ]

    def row(self, expressions: str) -> Sequence[Any]:
        """One row of aggregates over the distinct values: `v` trimmed, `raw`, `n` how often."""
        row: Sequence[Any] = self._connection.execute(f"SELECT {expressions} FROM kept").fetchall()[
            0
        ]
        return row

    def match(self, pattern: str) -> bool:
        """Whether each value is `pattern` as a whole; most are refused by the sample alone."""
        whole = re.compile(pattern, re.DOTALL)
        return all(whole.fullmatch(value) for value in self.sample) and bool(
            self.row(f"bool_and(regexp_full_match(v, {literal(pattern)}, 's'))")[0]
        )

    def read(self, form: str) -> bool:
        """Whether each value is a date or time in the form `form` (strptime)."""
        signs = _signs_of(form)
        return all(signs <= {*value} and _parses(value, form) for value in self.sample) and bool(
            self.row(f"bool_and(TRY_STRPTIME(v, {literal(form)}) IS NOT NULL)")[0]
        )

    def ends(self, sql: str) -> tuple[str, str]:
        """The least and the greatest of an SQL expression over `v` as text, "" where null."""
        least, most = self.row(f"min({sql}), max({sql})")
        return ("" if least is None else str(least), "" if most is None else str(most))


def _placeholders(connection: duckdb.DuckDBPyConnection) -> tuple[Placeholder, ...]:
    """The values of the column that are known placeholders, or marks of an exemption."""
    known = ", ".join(map(literal, PLACEHOLDERS))
    rows = connection.execute(
        f"SELECT raw, v, n FROM profiled WHERE length(v) < 60 AND (upper(v) IN ({known}) "
        f"OR (v = '' AND raw <> '') OR regexp_full_match(v, {literal(_EXEMPTION)})) "
        "ORDER BY n DESC, raw LIMIT 40"
    ).fetchall()
    marks = []
    for raw, value, count in rows:
        withheld = (f"Withheld: {value}", "withheld") if value else ("Missing", "missing")
        label, kind = PLACEHOLDERS.get(str(value).upper(), withheld)
        marks.append(Placeholder(str(raw), label, kind, int(count)))
    return tuple(marks)


def _odd_values(values: _Values) -> tuple[Placeholder, ...]:
    """Words in a column that otherwise holds digits: few, and in few rows."""
    if not any(re.search(r"\d", value) for value in values.sample):
        return ()
    raws, counts = values.row(
        "list(raw ORDER BY n DESC, raw) FILTER (NOT regexp_matches(v, '\\d')), "
        "list(n ORDER BY n DESC, raw) FILTER (NOT regexp_matches(v, '\\d'))"
    )
    if not raws or len(raws) > MOST_ODD or sum(counts) > values.filled * ODD_SHARE:
        return ()
    codes = any(re.fullmatch(r"\s*[A-Za-z]{1,2}\s*", str(raw)) for raw in raws)
    if codes and values.distinct < FEWEST_NUMBERS:  # K is a grade of a school, as 1 to 12 are
        return ()
    return tuple(
        Placeholder(str(raw), str(raw).strip(), "unknown", int(count))
        for raw, count in zip(raws, counts, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type with all that a field needs to read it, its ends, and what only a person can say."""

    type: str
    format: str = "default"
    options: Mapping[str, Json] = field(default_factory=dict)
    least: str = ""
    most: str = ""
    question: str = ""


def _type_of(values: _Values, words: Sequence[str], decimal_comma: bool) -> _Kind | None:
    """The narrowest type that all values have; None for text."""
    if not values.distinct:
        return None
    if values.match("(?i:true|false)"):
        spelt = sorted(values.sample)
        trues: list[Json] = [value for value in spelt if value.lower() == "true"] or ["true"]
        falses: list[Json] = [value for value in spelt if value.lower() == "false"] or ["false"]
        plain = {*spelt} <= {"true", "True", "TRUE", "false", "False", "FALSE"}
        return _Kind(
            "boolean", options={} if plain else {"trueValues": trues, "falseValues": falses}
        )
    for kind, first in (("object", "{"), ("array", "[")):
        if (
            all(value.startswith(first) for value in values.sample)
            and values.row(f"bool_and(json_valid(v) AND starts_with(v, {literal(first)}))")[0]
        ):
            return _Kind(kind)
    if not all(re.search(r"\d", value) for value in values.sample):
        return None
    return _date_of(values, words) or _number_of(values, words, decimal_comma)


def _number_of(values: _Values, words: Sequence[str], decimal_comma: bool) -> _Kind | None:
    if set(words) & CODES or not values.match(r"[-+$€£%\d.,eE ’'\xa0]*"):
        return None
    # A leading zero says that it is a code; blanks around a number are an error of the check.
    if not values.row("bool_and(v = raw AND NOT regexp_full_match(v, '[+-]?0\\d+'))")[0]:
        return None
    if values.match(INTEGER):
        ends = values.ends("TRY_CAST(v AS HUGEINT)")
        short = all(0 < len(end.lstrip("-")) <= 18 for end in ends)
        return _Kind("integer", "default", {}, *ends) if short else None
    if not decimal_comma and values.match(f"{INTEGER}|{GROUPED}"):
        ends = values.ends("TRY_CAST(replace(v, ',', '') AS HUGEINT)")
        return _Kind("integer", "default", {"groupChar": ","}, *ends)
    for pattern, options in NUMBERS:
        if decimal_comma and options.get("groupChar") == "," and "bareNumber" not in options:
            continue
        if not values.match(pattern):
            continue
        text = "v"
        if "bareNumber" in options:
            text = f"regexp_replace({text}, '[^-+0-9.,eE]', '', 'g')"
        if options.get("groupChar"):
            text = f"replace({text}, {literal(str(options['groupChar']))}, '')"
        if options.get("decimalChar"):
            text = f"replace({text}, ',', '.')"
        ends = values.ends(f"TRY_CAST({text} AS DECIMAL(38, 6))")
        return _Kind("number", "default", options, *ends) if ends[0] else None
    return None


def _date_of(values: _Values, words: Sequence[str]) -> _Kind | None:
    """The form of dates or times; a question where day and month could be either."""
    lengths = {len(value) for value in values.sample}
    if max(lengths) > 40 or not all(any(map(str.isdigit, value)) for value in values.sample):
        return None
    if not values.row("bool_and(v = raw)")[0]:  # blanks around a date are an error of the check
        return None
    if values.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"):
        ends = values.ends("TRY_CAST(v AS TIMESTAMP)")
        return _Kind("datetime", "default", {}, *ends) if ends[0] else None
    if values.match(r"\d{4}-(0[1-9]|1[0-2])"):
        return _Kind("yearmonth", "default", {}, *values.ends("v"))
    if set(words) & _YEAR_WORDS and values.match(r"(1[6-9]|20)\d\d"):
        return _Kind("year", "default", {}, *values.ends("v"))
    dated = bool(set(words) & _DATE_WORDS)
    for kind, forms in (("date", _DATES), ("datetime", _STAMPS), ("time", _TIMES[:4])):
        for form in forms:
            if (form == "%Y%m%d" and not dated) or not values.read(form):
                continue
            default = form in ("%Y-%m-%d", "%H:%M:%S")
            ends = ("", "")
            if kind != "time":
                ends = values.ends(f"CAST(TRY_STRPTIME(v, {literal(form)}) AS TIMESTAMP)")
            first = form.split(" ", 1)[0]
            other = form.replace(first, _TWINS[first]) if first in _TWINS else ""
            question = ""
            if other and values.read(other):
                question = (
                    f"Is {values.sample[0]!r} month first (as read here) or day first? "
                    f"For day first, the format is {other}."
                )
            return _Kind(kind, "default" if default else form, {}, *ends, question)
    return None


@cache
def _signs_of(form: str) -> frozenset[str]:
    """The signs that each value of a strptime format has: few values are worth to parse."""
    return frozenset(re.findall(r"[^\w\s]", re.sub("%.", "", form)))


def _parses(value: str, form: str) -> bool:
    try:
        read = datetime.strptime(value, form)  # noqa: DTZ007 - the zone is not asked for
    except ValueError:
        return False
    return 1000 <= read.year <= 9999


_COUNTRY_WORDS = frozenset(["country", "nation", "citizenship", "nationality", "pais", "land"])
_PLACES: Mapping[str, frozenset[str]] = {
    "county": frozenset(["county", "condado", "parish", "borough", "kreis", "landkreis"]),
    "country": _COUNTRY_WORDS,
    "city": frozenset(["city", "town", "municipality", "ciudad", "stadt", "gemeinde", "place"]),
}


def _place(words: Sequence[str], kind: _Kind, values: Sequence[str]) -> str:
    """Which place the column names, by its name and its most frequent values."""
    named = set(words)
    if kind.type in ("number", "integer") and kind.least:
        least, most = float(kind.least), float(kind.most)
        if named & {"lat", "latitude", "y"} and -90 <= least <= most <= 90:
            return "latitude"
        if named & {"lon", "lng", "long", "longitude", "x"} and -180 <= least <= most <= 180:
            return "longitude"
    if kind.type != "string" or not values:
        return ""
    digits = all(value.isdecimal() for value in values)
    if digits and named & {"fips", "geoid"} and all(len(value) == 5 for value in values):
        return "county-fips"
    says_state = bool(named & {"state", "st"})
    states = sum(bool(state_code(value)) for value in values)
    if states >= 0.9 * len(values) and (says_state or (len(values) > 2 and not digits)):
        return "state"
    if named & {"code", "id", "fips"}:
        return ""
    return next(
        (place_kind for place_kind, place_words in _PLACES.items() if named & place_words), ""
    )
