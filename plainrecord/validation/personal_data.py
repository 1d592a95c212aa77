"""Columns that hold personal data, by their values and their labels.

`judge_column` judges the distinct values of one column in SQL, `find_personal_data` those of a whole
table. Nothing that they return contains a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plainrecord.core.word_lists import split_words, word_set
from plainrecord.model.packages import Field
from plainrecord.receipts.engine import SQL_TYPES, identifier, literal
from plainrecord.validation.personal_labels import PEOPLE, kind_by_name, words_of

if TYPE_CHECKING:
    import duckdb

KINDS: Mapping[str, str] = {
    "name": "a person's name",
    "birth-date": "a date of birth",
    "ssn": "a social security number",
    "a-number": "an alien registration number",
    "phone": "a telephone number",
    "email": "an e-mail address",
    "address": "a street address",
    "plate": "a licence plate or driver's licence",
    "officer": "an officer's name or badge",
    "coordinates": "a precise location",
    "account": "the name of a person's account",
    "ip": "the address of a device or of a connection to the internet",
    "person-number": "a number that identifies a person",
    "free-text": "free text, in which anything may be said of a person",
    "case": "a number that identifies a record",
}
"""What a value of each kind is, in words. "case" is proposed for removal and is no error."""

SHAPES: Mapping[str, str] = {
    "name": "two to four words, one of them a first name",
    "ssn": "9 digits, 3, 2 and 4",
    "bare-ssn": "9 digits, each a possible social security number",
    "a-number": "A and 8 or 9 digits",
    "phone": "10 digits, 3, 3 and 4",
    "bare-phone": "10 digits, each a possible telephone number",
    "email": "a text with @",
    "address": "a number and the name of a street",
    "plate": "17 letters and digits, as a vehicle has, or a state and a plate",
    "account": "@ and a name",
    "ip": "four numbers with points between them, or groups of hexadecimal digits",
    "person-number": "13 or 18 letters and digits, as people in Mexico have, or a bank account",
    "coordinates": "degrees with 4 or more decimals or with seconds, or a plus code",
    "birth-date": "days spread over decades, long before others, or codes that begin with one",
    "free-text": "texts of many words",
}
"""What the values of each kind look like."""

_DASH = "(?: ?[-.\u2010-\u2014] ?| )"
_STREET = (
    "st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|ct|court|way|pl|place|ter|terrace"
    "|hwy|highway|pkwy|parkway|cir|circle|calle|avenida|av"
)
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
    "|T[NX]|UT|V[AT]|W[AIVY]"
)
PATTERNS: Mapping[str, str] = {
    "email": (
        r"[A-Za-z0-9._%+-]+(@| ?[\[(] ?at ?[\])] ?)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
        r"(\.| ?[\[(] ?dot ?[\])] ?)[A-Za-z]{2,}"
    ),
    "ssn": rf"\d{{3}}{_DASH}\d{{2}}{_DASH}\d{{4}}|[Xx*#]{{3}}-?[Xx*#]{{2}}-?\d{{4}}",
    "a-number": r"[Aa][- #]{0,2}(\d{8,9}|\d{2,3}[-. ]\d{3}[-. ]\d{3})",
    "phone": (
        rf"(\+?1{_DASH}?)?(\([2-9]\d{{2}}\) ?|[2-9]\d{{2}}({_DASH}|/)){{1}}\d{{3}}{_DASH}\d{{4}}"
        r"( ?(x|ext\.?) ?\d{1,5})?|\+\d{1,3}( \d)?( \d{2,4}){3,5}"
    ),
    "address": (
        rf"((?i:apt|unit|suite|ste|#)\.? *\w+,? +)?\d{{1,6}}(-\d+)? +([NSEWnsew]\.? +)?([A-Za-z0-9.'-]+ +){{1,5}}(?i:{_STREET})\.?"
        r"([ ,]+(?i:apt|unit|suite|ste|#).*|[ ,]+[A-Z][A-Za-z .]*(, *[A-Z]{2}( +\d{5}(-\d{4})?)?)?)?"
        r"|(?i:calle|avenida|av\.|carrera|c/) *[^\d,]{2,40},? *(?i:n[oº°.]* *|# *)?\d{1,5}.{0,40}"
    ),
    "plate": (  # the number of a vehicle, or a state and a plate
        rf"({_STATES})[ :-]+([A-Z]{{3}}[ -]?\d{{3,4}}|\d{{3}}[ -]?[A-Z]{{3}}|\d[A-Z]{{3}}\d{{3}}|[A-Z]\d{{2}}[A-Z]\d{{3}})|"
        r"([A-HJ-NPR-Z][A-HJ-NPR-Z0-9]|[1-9][A-HJ-NPR-Z])[A-HJ-NPR-Z0-9]{6}[0-9X][A-HJ-NPR-Z0-9]{4}\d{4}"
    ),
    "account": r"@[A-Za-z0-9_.-]{3,30}",
    "ip": (
        r"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}"
        r"|([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
        r"|([0-9A-Fa-f]{1,4}:){1,6}(:[0-9A-Fa-f]{1,4}){1,6}|([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
    ),
    "birth-date": r"19[3-7]\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[-/ ][A-Z0-9]{2,6}",
    "person-number": (  # CURP and RFC, of Mexico; IBAN
        r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d"
        r"|[A-ZÑ&]{4}-?\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])-?[A-Z0-9]{3}"
        r"|(AT|BE|CH|DE|DK|ES|FI|FR|GB|GR|IE|IT|LU|NL|NO|PL|PT|SE)\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?"
    ),
    "coordinates": (
        r"(?i:(srid=\d+; ?)?point ?)?\(?-?\d{1,2}\.\d{4,}[, ;]+-?\d{1,3}\.\d{4,}\)?"
        r"|(?i:(srid=\d+; ?)?point ?)?\(?-?\d{1,3}\.\d{4,}[, ;]+-?\d{1,2}\.\d{4,}\)?"
        r"|\d{1,3} ?° ?\d{1,2} ?['′’].*|\d{1,2}[ :-]\d{1,2}[ :-]\d{1,2}(\.\d+)? ?[NnSs]\b.*"
        r"|([2-9CFGHJMPQRVWX]{4}){1,2}\+[2-9CFGHJMPQRVWX]{2,3}( .*)?"
        r"|\{.*\[ *-?\d{1,3}\.\d{4,}, *-?\d{1,3}\.\d{4,} *\].*"
    ),
}
"""A whole value of each kind, as a regular expression (RE2)."""

_EDGE, _END = r"(?:^|[^0-9A-Za-z@.+/-])", r"(?:$|[^0-9A-Za-z@/-])"
WITHIN: Mapping[str, str] = {
    "email": PATTERNS["email"],
    "ssn": (
        rf"{_EDGE}\d{{3}}-\d{{2}}-\d{{4}}{_END}"
        rf"|(?i:ssn|social security)\D{{0,12}}\d{{3}}[-. ]?\d{{2}}[-. ]?\d{{4}}{_END}"
    ),
    "a-number": (
        rf"{_EDGE}A[- #]{{0,2}}(\d{{9}}|\d{{3}}-\d{{3}}-\d{{3}}){_END}"
        rf"|(?i:alien|uscis)\D{{0,15}}\d{{3}}[- ]?\d{{3}}[- ]?\d{{3}}{_END}"
    ),
    "phone": rf"{_EDGE}\(?[2-9]\d{{2}}(\) ?|[-.])\d{{3}}[-.]\d{{4}}{_END}",
}
"""What a longer text may contain; one such value in a column is enough."""

LEAST_SHARE: Mapping[str, float] = {"ip": 0.8, "address": 0.3, "name": 0.3, "birth-date": 0.3}
"""The share of filled values that must be of a kind, where it is not a fifth."""

PERSON = (
    r"[A-Z][A-Za-zÀ-ÿ'’-]+( [A-Z][A-Za-zÀ-ÿ'’-]+)?, *[A-Z][A-Za-zÀ-ÿ'’. -]*"
    r"|[A-Z][A-Za-zÀ-ÿ'’-]+( [A-Z]\.?)?( (de|la|del|van|von|[A-Z][A-Za-zÀ-ÿ'’-]+)){1,3}"
)
"""A value in the shape of a person's name; many places have it too."""

ORGANISATION = re.compile(
    r"\b(?i:court|county|city|department|dept|office|police|sheriff|jail|prison|cent(er|re)|facility"
    r"|school|college|university|hospital|clinic|church|agency|authority|district|division|bureau"
    r"|company|inc|llc|ltd|corp|gmbh|park|library|station|services?|association|union|lake|river"
    r"|team|squad|unit|shift|watch|crew|force|program|project|airport|bridge|mall|plaza|square|hall|house|hotel|street|ave|avenue|road|rd|blvd|drive|way"
    r"|highway|hwy|lane|act|law|code|island|heights|hills?|beach|village|town|township|parish|field"
    r"|san|santa|saint|st|fort|mount|new|los|las|el|north|south|east|west|stadium|tower|memorial)\b"
)
"""A word that names an office, a firm or a place; a column with many of them names no people."""

_GIVEN_NAMES = (
    "james mary michael patricia robert jennifer john linda david elizabeth william barbara richard "
    "susan joseph jessica thomas karen christopher sarah daniel lisa matthew nancy anthony sandra "
    "mark ashley steven emily andrew kimberly paul margaret joshua donna kenneth michelle kevin "
    "carol brian amanda timothy melissa ronald deborah jason stephanie edward rebecca jeffrey laura "
    "ryan helen jacob sharon gary cynthia nicholas kathleen eric amy jonathan angela stephen anna "
    "larry ruth justin brenda scott pamela brandon nicole benjamin katherine samuel samantha gregory "
    "christine alexander emma patrick catherine frank debra raymond rachel jack dennis janet maria "
    "jerry tyler carolyn aaron jose heather adam nathan diane henry zachary julie douglas joyce peter "
    "kyle noah ethan jeremy julia christian walter olivia keith ann terry kelly sean teresa gerald "
    "juan carlos luis jorge miguel pedro manuel francisco alejandro ricardo fernando eduardo rafael "
    "javier roberto antonio sergio jesus ana rosa carmen guadalupe sofia isabel lucia elena marta "
    "mohammed muhammad ahmed ali fatima omar ibrahim hassan wei li ming nguyen minh"
)
_SURNAMES = (
    "smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez "
    "wilson anderson thomas taylor moore jackson martin perez thompson sanchez ramirez robinson lewis "
    "gonzales rivera torres nguyen flores gomez diaz reyes morales cruz ortiz gutierrez chavez ramos ruiz "
    "alvarez mendoza castillo jimenez vasquez romero herrera medina aguilar vargas guzman mendez munoz "
    "salazar garza soto vazquez alvarado delgado pena rios santiago fernandez contreras estrada ortega "
    "harris clark walker allen king wright hill adams nelson baker campbell mitchell roberts carter "
    "phillips evans turner parker collins edwards stewart morris murphy cook rogers morgan cooper peterson "
    "bailey reed kelly howard kim cox ward richardson watson brooks wood james bennett gray hughes patel"
)
_GIVEN = rf"\b(?i:{'|'.join(_GIVEN_NAMES.split())})\b"
_IN_LOGIN = rf"(?i:^[a-z]?|[._])(?i:{'|'.join(f'{_GIVEN_NAMES} {_SURNAMES}'.split())})(?:[._\d]|$)"
_IN_NUMBER = rf"(?i:^|[^a-z])(?i:{'|'.join(_SURNAMES.split())})(?i:[^a-z]|$)"
MOST_SAMPLED = 5_000
"""Distinct values of a column, about, that are searched for names inside logins and numbers."""
_FLAGS = ", ".join(
    map(literal, split_words("y n yes no true false 0 1 si sí known unknown none na n/a"))
)
_MANY_WORDS, _LONG_TEXT = 8, 40
FEW = 10
"""Different values that a column of names or accounts has at least; fewer are categories."""
_MOST_KEYS = 200
_AT_ONCE = 100_000
"""Cells of columns that are counted in one query: a query takes as long as 1,000 values of it."""
_IS_JSON = "left(v, 1) IN ('{', '[') AND contains(v, '\"')"
_JSON_KEY, _JSON_TEXT = r'"([^"\\]*)"\s*:', r'"((?:[^"\\]|\\.)*)"'
_WORDS = "(length(v) - length(replace(v, ' ', '')) + 1)"
_PERSON_SHAPED = f"NOT regexp_matches(v, '\\d') AND regexp_full_match(v, {literal(PERSON)})"
_BLANKS = literal(" \t\r\n\u00a0")
_BARE: Mapping[str, str] = {
    "ssn": r"(00[1-9]|0[1-9]\d|[1-8]\d{2})(0[1-9]|[1-9]\d)(\d{3}[1-9]|\d{2}[1-9]0|\d[1-9]00|[1-9]000)",
    "phone": r"[2-9]\d{2}[2-9]\d{6}",
}
_CODES = word_set(
    "zip zipcode postal postcode plz fips geoid ein duns naics routing code amount price cost "
    "revenue population budget salary total isbn npi tract"
)
_VERSIONS = word_set("version versions software firmware release build app")
_CALLED = frozenset(["name", "names", "nombre", "nombres"])
_PLACES = word_set(
    "county condado city ciudad town municipality municipio state estado country pais agency "
    "facility hospital school court park landmark precinct neighborhood district station"
)
_WHERE = frozenset(["location", "loc", "where", "place", "lugar", "residence", "home"])
_HOME = frozenset(["home", "residence", "residencia", "domicilio"])
_OFFICES = word_set(
    "agency agencia office oficina facility court hospital clinic school department station jail "
    "prison vendor contractor"
)
_OF_OFFICES = frozenset(["phone", "address", "coordinates"])
"""Kinds that say nothing of a person where the label names an office or a firm."""
_PARCEL = frozenset(["parcel", "apn", "pin", "lot"])
_OF_A_BLOCK = r"regexp_matches(v, '(?i)\b(block|blk)\b|\b\d*X{2,}\b')"
_AGREES: Mapping[str, str] = {
    "name": r"regexp_matches(v, '\pL{2}|^\pL\. ?\pL') AND NOT regexp_matches(v, "
    f"{literal(ORGANISATION.pattern)})",
    "officer": r"regexp_matches(v, '\pL{2}|\d{2}|^\pL\. ?\pL')",
    "birth-date": r"regexp_matches(v, '\d.*[-/. ].*\d|^\d{6,8}$|\d+ ?\pL{3}')",
    "ssn": r"regexp_matches(v, '(\d\D*){4}')",
    "a-number": r"regexp_matches(v, '(\d\D*){7}')",
    "email": r"regexp_matches(v, '@| at .* dot |[\[(] ?at ?[\])]')",
    "phone": r"regexp_matches(v, '(\d\D*){7}')",
    "address": r"regexp_matches(v, '\d') AND regexp_matches(v, '\pL{2}') "
    f"AND NOT {_OF_A_BLOCK}",
    "plate": r"regexp_matches(v, '\d') AND strlen(v) BETWEEN 3 AND 25",
    "person-number": r"regexp_matches(v, '\d')",
    "coordinates": r"regexp_matches(v, '\.\d{3}\d*[1-9]|\d{5,}|^[0-9b-hj-km-np-z]{7,12}$')",
    "ip": f"regexp_full_match(v, {literal(PATTERNS['ip'])})",
    "free-text": f"{_WORDS} >= 5",
}
"""What a value must be, in SQL, for a label to be believed: in a fifth of the rows."""


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A kind of `KINDS` in `count` of `filled` values, by `shape` or only by label."""

    field: str
    kind: str
    count: int
    filled: int
    named: bool = False
    shape: str = ""

    @property
    def words(self) -> str:
        """What was found, without a value."""
        values = f"{self.count:,} of {self.filled:,} values"
        if self.shape and self.named:
            return f"the name of the field says {KINDS[self.kind]}; {values}: {self.shape}"
        if self.shape:
            return f"{values} look like {KINDS[self.kind]}: {self.shape}"
        return f"the name of the field says {KINDS[self.kind]}; {values}"


def find_personal_data(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field]
) -> list[PersonalData]:
    """Per field of `relation`, in order, at most one kind of personal data, and free text."""
    looked = [field for field in fields if _may_be_personal(field)]
    (rows,) = connection.execute(f"SELECT count(*) FROM {relation}").fetchone() or (0,)
    at_once = max(1, _AT_ONCE // max(1, rows))
    hits: list[PersonalData] = []
    for start in range(0, len(looked), at_once):
        portion = looked[start : start + at_once]
        # Distinct values come first: to trim each row would take ten times as long.
        distinct = " UNION ALL ".join(
            f"SELECT {place} AS place, trim(CAST(w AS VARCHAR), {_BLANKS}) AS v, n FROM "
            f"(SELECT {column} AS w, count(*) AS n FROM {relation} WHERE {column} IS NOT NULL "
            "GROUP BY 1)"
            for place, column in enumerate(identifier(field.name) for field in portion)
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE counted AS {distinct}")
        for text in (True, False):
            places = [str(p) for p, field in enumerate(portion) if _is_text(field) is text]
            overviews = (
                connection.execute(
                    f"SELECT place, {_overview(text=text)} FROM counted WHERE v <> '' AND place IN "
                    f"({', '.join(places)}) GROUP BY place ORDER BY place"
                ).fetchall()
                if places
                else ()
            )
            for place, *overview in overviews:
                counted = f"(FROM counted WHERE v <> '' AND place = {place})"
                judged = _judge(_Column(connection, counted, overview), portion[place])
                hits += (hit for hit in judged if hit.kind != "case")
    hit_fields = {hit.field for hit in hits}
    rest = [field for field in fields if field.name not in hit_fields]
    hits += _find_birth_dates(connection, relation, rest)
    hits += _find_coordinates(connection, relation, rest)
    order = [field.name for field in fields]
    return sorted(hits, key=lambda hit: order.index(hit.field))


def judge_column(
    connection: duckdb.DuckDBPyConnection, counted: str, field: Field
) -> list[PersonalData]:
    """What the values of one column seem to hold: its likeliest kind first, then free text.

    `counted` is a relation with each distinct value as the text `v`, trimmed and not empty, and how
    often it occurs as `n`; of `field` its name, title and type are read.
    """
    if not _may_be_personal(field):
        return []
    overview = connection.execute(f"SELECT {_overview(text=_is_text(field))} FROM {counted}")
    return _judge(_Column(connection, counted, overview.fetchall()[0]), field)


def judge_texts(
    connection: duckdb.DuckDBPyConnection, texts: Sequence[str], field: Field
) -> list[PersonalData]:
    """What texts hold that a descriptor has about a field: labels of categories, groups."""
    if not texts:
        return []
    listed = literal(json.dumps([*texts], ensure_ascii=False))
    counted = (
        f"(SELECT v, count(*) AS n FROM (SELECT trim(unnest(from_json({listed}, '[\"VARCHAR\"]')), "
        f"{_BLANKS}) AS v) WHERE v <> '' GROUP BY v)"
    )
    return judge_column(connection, counted, field)


def _judge(column: _Column, field: Field) -> list[PersonalData]:
    named = kind_by_name(field.name) or kind_by_name(field.title)
    text = _is_text(field)
    if not column.filled or column.flags == column.distinct:
        return []
    words = {*words_of(field.name), *words_of(field.title)}
    kinds = dict(column.count_kinds(words)) if text else {}
    bare = column.bare_kind() if not kinds and not words & _CODES else ""
    filled = column.filled
    hits = [
        PersonalData(field.name, kind, count, filled, kind == named, SHAPES[kind])
        for kind, count in kinds.items()
        if not (kind in _OF_OFFICES and words & _OFFICES)
    ]
    if bare:
        shape = SHAPES[f"bare-{bare}"]
        hits.append(PersonalData(field.name, bare, filled, filled, bare == named, shape))
    if named and not any(hit.named for hit in hits) and column.agrees(named, field):
        hits.insert(0, PersonalData(field.name, named, filled, filled, named=True))
    hits = sorted(hits, key=lambda hit: not hit.named)[:1]
    if text and column.is_free_text and "free-text" not in [hit.kind for hit in hits]:
        shape = SHAPES["free-text"]
        hits.append(PersonalData(field.name, "free-text", column.wordy, filled, shape=shape))
    return hits or (column.judge_json(field) if column.has_json else [])


def _may_be_personal(field: Field) -> bool:
    """Whether the values of a field are worth a look; for most types, its label decides."""
    if field.type in ("boolean", "time", "year", "duration"):
        return False
    named = kind_by_name(field.name) or kind_by_name(field.title)
    return bool(named) or field.type == "integer" or _is_text(field)


def _is_text(field: Field) -> bool:
    return SQL_TYPES[field.type] == "VARCHAR"


def _overview(*, text: bool) -> str:
    """The expressions over the values of a column that `_Column` reads first."""
    wordy = f"strlen(v) >= {_LONG_TEXT} AND {_WORDS} >= {_MANY_WORDS}"
    # The engine compiles long patterns for each query: this one says who needs no other.
    patterned = "strlen(v) >= 5 AND regexp_matches(v, '[0-9@]|[\\[(] ?at')" if text else "false"
    person = _PERSON_SHAPED if text else "false"
    return (
        f"sum(n), count(*), count_if(strlen(v) < 8 AND lower(v) IN ({_FLAGS})), "
        f"sum(n) FILTER ({wordy}), count_if({wordy}), bool_or({patterned}), "
        f"sum(n) FILTER ({person}), min(strlen(v)), max(strlen(v)), "
        f"{f'bool_or({_IS_JSON})' if text else 'false'}"
    )


class _Column:
    """The distinct values of a column, as far as they were counted."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, counted: str, overview: Sequence[Any]
    ) -> None:
        self._connection, self._counted = connection, counted
        (
            filled,
            self.distinct,
            self.flags,
            wordy_rows,
            self._wordy_values,
            self._may_match,
            shaped,
            least,
            most,
            self.has_json,
        ) = overview
        self.filled, self.wordy = int(filled or 0), int(wordy_rows or 0)
        self._shaped, self._lengths = int(shaped or 0), (least, most)

    def _row(self, expressions: str) -> Sequence[Any]:
        row: Sequence[Any] = self._connection.execute(
            f"SELECT {expressions} FROM {self._counted}"
        ).fetchall()[0]
        return row

    def _filled_where(self, conditions: Sequence[str]) -> list[int]:
        """How many filled rows meet each of `conditions` over `v`."""
        counts = (f"coalesce(sum(n) FILTER ({condition}), 0)" for condition in conditions)
        return [int(count) for count in self._row(", ".join(counts))]

    @property
    def is_free_text(self) -> bool:
        """Whether most values are long texts, most of them different ones."""
        return 2 * self.wordy >= self.filled and 2 * self._wordy_values >= self.wordy

    def _has_pattern(self) -> bool:
        """Whether a value is, or a longer one contains, what a pattern describes."""
        whole = "|".join(f"(?:{pattern})" for pattern in PATTERNS.values())
        within = "|".join(f"(?:{pattern})" for pattern in WITHIN.values())
        (matches,) = self._row(
            f"bool_or(regexp_full_match(v, {literal(whole)}) OR regexp_matches(v, {literal(within)}))"
        )
        return bool(matches)

    def count_kinds(self, label: set[str]) -> Iterator[tuple[str, int]]:
        """Kinds of enough values, by pattern or names; `label` are words of name and title."""
        likely = self._may_match and self._has_pattern()
        if likely:
            whole = [
                f"regexp_full_match(v, {literal(pattern)})"
                + (f" AND NOT {_OF_A_BLOCK}" if kind == "address" else "")
                for kind, pattern in PATTERNS.items()
            ]
            inside = [f"regexp_matches(v, {literal(p)})" for p in WITHIN.values()]
            counts = self._filled_where([*whole, *inside])
            some = dict(zip(WITHIN, counts[len(whole) :], strict=True))
            for kind, count in zip(PATTERNS, counts, strict=False):
                if label & {"ssn": _PARCEL, "ip": _VERSIONS}.get(kind, set()):
                    continue
                if kind == "account" and self.distinct < FEW:
                    continue
                enough = count >= max(1, self.filled * LEAST_SHARE.get(kind, 0.2))
                if enough or some.get(kind):
                    yield kind, max(count, some.get(kind, 0))
        if label & _WHERE and not likely:
            (numbered,) = self._filled_where(
                [
                    f"regexp_matches(v, '^\\d{{2,6}} +([NSEW]\\.? +)?\\pL{{2}}') AND NOT {_OF_A_BLOCK}"
                ]
            )
            if numbered >= self.filled * 0.5:
                yield "address", numbered
        if label & _PLACES:
            return
        if self._shaped < self.filled * LEAST_SHARE["name"]:
            if self.distinct >= FEW and (count := self._count_inside()):
                yield "name", count
            return
        is_organisation = f"regexp_matches(v, {literal(ORGANISATION.pattern)})"
        given = f"regexp_matches(v, {literal(_GIVEN)})"
        named, turned, places = self._filled_where(
            [
                f"{_PERSON_SHAPED} AND {given} AND NOT {is_organisation}",
                f"{_PERSON_SHAPED} AND contains(v, ',')",
                is_organisation,
            ]
        )
        least = self.filled * 0.6
        if named >= self.filled * LEAST_SHARE["name"] and self.distinct >= 3:
            yield "name", named
        elif self._shaped >= least and places * 3 < self.filled and label & {*PEOPLE, *_CALLED}:
            few = label & _CALLED and max(named * 6, turned) < least
            if not few and self.distinct * 2 > self.filled:
                yield "name", self._shaped

    def _count_inside(self) -> int:
        """In how many rows, about, a name is part of a login or of a number; 0 for few of them."""
        one_of = max(1, self.distinct // MOST_SAMPLED)
        plain = f"strlen(v) BETWEEN 4 AND 40 AND NOT contains(v, ' ') AND hash(v) % {one_of} = 0"
        login = "regexp_full_match(v, '[A-Za-z]+([._][A-Za-z]+)?\\d*')"
        sampled, logins, numbers = self._filled_where(
            [
                f"hash(v) % {one_of} = 0",
                f"{plain} AND {login} AND regexp_matches(v, {literal(_IN_LOGIN)})",
                f"{plain} AND regexp_matches(v, '\\d') AND regexp_matches(v, {literal(_IN_NUMBER)})",
            ]
        )
        enough = logins >= 0.3 * sampled or numbers >= 0.1 * sampled
        return max(logins, numbers) * one_of if enough else 0

    def judge_json(self, field: Field) -> list[PersonalData]:
        """What the texts in JSON hold, or else what its keys say."""
        texts = f"regexp_replace(v, {literal(_JSON_KEY)}, '', 'g'), {literal(_JSON_TEXT)}"
        inside = (
            f"(SELECT v, sum(n) AS n FROM (SELECT unnest(regexp_extract_all({texts}, 1)) AS v, n "
            f"FROM {self._counted} WHERE {_IS_JSON}) WHERE v <> '' GROUP BY v)"
        )
        overview = self._connection.execute(f"SELECT {_overview(text=True)} FROM {inside}")
        column = _Column(self._connection, inside, [*overview.fetchall()[0][:-1], False])
        keys = self._connection.execute(
            f"SELECT unnest(regexp_extract_all(v, {literal(_JSON_KEY)}, 1)) AS key, sum(n) FROM "
            f"{self._counted} WHERE {_IS_JSON} GROUP BY key ORDER BY key LIMIT {_MOST_KEYS}"
        ).fetchall()
        named = [
            (kind, int(n)) for key, n in keys if (kind := kind_by_name(key)) not in ("", "case")
        ]
        return _judge(column, field) or [
            PersonalData(field.name, kind, min(n, self.filled), self.filled, shape="a key in JSON")
            for kind, n in named[:1]
        ]

    def bare_kind(self) -> str:
        """`ssn` or `phone` where all values are digits that can be nothing else, "" otherwise.

        Numbers that were given in turn share their first digits; those of people do not.
        """
        least, most = self._lengths
        if self.distinct < 10 or not least or most not in (9, 10) or least < 7:
            return ""
        kind, start = ("ssn", 1) if most == 9 else ("phone", 4)
        whole = f"lpad(v, {most}, '0')"
        valid, spread = self._row(
            f"count_if(regexp_full_match({whole}, {literal(_BARE[kind])}) "
            f"AND left({whole}, 3) <> '666'), count(DISTINCT {whole}[{start}:{start + 2}])"
        )
        spread_enough = spread >= 0.4 * min(self.distinct, 400)
        return kind if valid >= 0.995 * self.distinct and spread_enough else ""

    def agrees(self, kind: str, field: Field) -> bool:
        """Whether the values may be what the label says."""
        if field.type in ("date", "datetime", "time", "year", "yearmonth"):
            return kind == "birth-date" and field.type in ("date", "datetime", "yearmonth")
        if kind == "name" and field.type in ("integer", "number"):
            return False
        label = set(words_of(field.name))
        projected = {"x", "y", "xcoord", "ycoord"} & label
        if kind == "coordinates" and (not projected or field.name.lower() in ("x", "y")):
            condition = r"regexp_matches(v, '\.\d{3}\d*[1-9]|^[0-9b-hj-km-np-z]{7,12}$')"
        elif kind == "address" and _HOME & label:
            condition = r"regexp_matches(v, '\pL{2}')"
        elif kind == "phone" and label == {"cell"}:  # of a telephone, and not of a jail
            condition = r"regexp_matches(v, '(\d\D*){10}')"
        else:
            condition = _AGREES.get(kind, "TRUE")
        if kind == "name" and label <= {"first", "last"} and self.distinct < FEW:
            return False
        if kind == "free-text" and self.distinct * 2 < self.filled:
            return False
        of_person = kind == "person-number" and PEOPLE & {*label, *words_of(field.title)}
        if kind in ("officer", "plate", "ssn", "person-number", "name") and not of_person:
            condition = f"NOT regexp_full_match(v, '[0-9A-Fa-f-]{{32,}}') AND {condition}"
        return self._filled_where([condition])[0] >= 0.2 * self.filled


def _find_birth_dates(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field]
) -> Iterator[PersonalData]:
    """Columns of days that spread over decades and end long before the table's other days."""
    dates = [field for field in fields if field.type == "date"]
    if len(dates) < 2:
        return
    columns = [identifier(field.name) for field in dates]
    parts = ", ".join(f"quantile_disc({c}, [0.1, 0.5, 0.9]), count({c})" for c in columns)
    row = connection.execute(f"SELECT {parts} FROM {relation}").fetchall()[0]
    spans = [(field, row[2 * n], row[2 * n + 1]) for n, field in enumerate(dates) if row[2 * n]]
    newest = max((days[1] for _, days, _ in spans), default=None)
    for field, days, filled in spans:
        wide = days[2].year - days[0].year >= 20
        if wide and newest and newest.year - days[2].year >= 12 and filled >= 10:
            yield PersonalData(field.name, "birth-date", filled, filled, shape=SHAPES["birth-date"])


def _find_coordinates(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field]
) -> Iterator[PersonalData]:
    """A pair of columns that are precise degrees in America, whatever they are called."""
    numbers = [field for field in fields if field.type == "number"]
    if len(numbers) < 2:
        return
    parts = ", ".join(
        f"min({c}), max({c}), count({c}), count_if(regexp_matches(CAST({c} AS VARCHAR), "
        "'\\.\\d{3,}[1-9]'))"
        for c in (f"CAST({identifier(field.name)} AS DOUBLE)" for field in numbers)
    )
    row = connection.execute(f"SELECT {parts} FROM {relation}").fetchall()[0]
    pairs: dict[str, list[tuple[Field, int, int]]] = {"north": [], "west": []}
    for number, field in enumerate(numbers):
        least, most, filled, precise = row[4 * number : 4 * number + 4]
        if not filled or precise < 0.8 * filled:
            continue
        if 15 <= least <= most <= 72:
            pairs["north"].append((field, precise, filled))
        elif -180 <= least <= most <= -60:
            pairs["west"].append((field, precise, filled))
    if all(pairs.values()):
        for field, precise, filled in (*pairs["north"], *pairs["west"]):
            shape = SHAPES["coordinates"]
            yield PersonalData(field.name, "coordinates", precise, filled, shape=shape)
