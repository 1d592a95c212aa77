"""Columns that hold personal data, by their name (English, Spanish) and by their values.

`kind_by_name` reads a column's label; `PATTERNS` are regular expressions (RE2) for one value, used
in SQL over the distinct values of a column. Both are proposals for a person to confirm: a park can
look like a street address, and a county's name is no person's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

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
    "ip": "an internet address",
    "case": "a number that names a person or a case",
}
"""What a column of each kind holds, in words."""

PATTERNS: Mapping[str, str] = {
    "email": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "ssn": r"\d{3}-\d{2}-\d{4}",
    "a-number": r"[Aa][- ]?(\d{8,9}|\d{3}-\d{3}-\d{3}|\d{2}-\d{3}-\d{3})",
    "phone": r"(\+?1[-. ]?)?(\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}",
    "address": (
        r"\d{1,6}(-\d+)? +([NSEWnsew]\.? +)?([A-Za-z0-9.'-]+ +){1,5}"
        r"(?i:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|ct|court|way|pl|place"
        r"|ter|terrace|hwy|highway|pkwy|parkway|cir|circle)\.?"
        r"([ ,]+(?i:apt|unit|suite|ste|#).*|[ ,]+[A-Z][A-Za-z .]*(, *[A-Z]{2}( +\d{5}(-\d{4})?)?)?)?"
    ),
    "ip": r"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}",
}
"""A whole value of each kind, as a regular expression."""

PERSON = r"[A-Z][A-Za-z'’-]+, +[A-Z][A-Za-z'’. -]+|[A-Z][a-z'’-]+( [A-Z]\.?)?( [A-Z][a-z'’-]+){1,2}"
"""A value in the shape of a person's name; many places have it too, so the label must say "name"."""

ORGANISATION = re.compile(
    r"\b(?i:court|county|city|department|dept|office|police|sheriff|jail|prison|cent(er|re)|facility"
    r"|school|college|university|hospital|clinic|church|agency|authority|district|division|bureau"
    r"|company|inc|llc|ltd|corp|gmbh|park|library|station|services?|association|union)\b"
)
"""A word that names an office or a firm; a column with many of them names no people."""

# Words of a label, each a phrase of whole words; the first kind that has one of them is taken.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "birth-date": (
        *("dob", "date of birth", "birth date", "birthdate", "birthday", "born", "day of birth"),
        *("fecha de nacimiento", "fecha nacimiento", "nacimiento"),
    ),
    "ssn": ("ssn", "social security", "social security number", "seguro social", "sin number"),
    "a-number": ("alien number", "a number", "anumber", "alien registration", "a num", "fein"),
    "email": ("email", "e mail", "mail", "correo", "correo electronico"),
    "phone": ("phone", "telephone", "mobile", "cell phone", "tel", "telefono", "celular", "fax"),
    "address": (
        *("address", "street address", "street", "home address", "addr", "block address"),
        *("direccion", "domicilio", "calle", "adresse", "residence"),
    ),
    "plate": (
        *("plate", "license plate", "licence plate", "tag number", "vin", "placa"),
        *(
            "driver license",
            "drivers license",
            "driver licence",
            "dl number",
            "passport",
            "pasaporte",
        ),
    ),
    "officer": (
        *("officer name", "badge", "badge number", "officer id", "officer number", "agent name"),
        *("officer first", "officer last", "arresting officer", "shield number", "star number"),
    ),
    "name": (
        *("first name", "last name", "full name", "surname", "middle name", "given name"),
        *("family name", "firstname", "lastname", "fullname", "fname", "lname", "maiden name"),
        *("person name", "suspect name", "victim name", "subject name", "inmate name", "alias"),
        *("defendant", "detainee name", "patient", "nombre", "apellido", "apellidos", "nombres"),
        *("requester", "requester name", "requestor", "requestor name", "complainant", "nachname"),
        *("vorname", "player name", "employee name", "employee"),
    ),
    "ip": ("ip address", "ip"),
    "case": (
        *("person id", "subject id", "inmate number", "inmate id", "booking number", "case number"),
        *("case no", "booking id", "civ id", "event number", "fbi number", "state id"),
        *("mrn", "patient id", "student id", "employee id", "detainee id", "unique identifier"),
        *("anonymized identifier", "subject number", "person number"),
    ),
    "coordinates": ("latitude", "longitude", "lat", "lon", "lng", "long", "coordinates", "geom"),
}
# Words that name a person only where they are the whole label.
_ALONE: Mapping[str, str] = {
    **dict.fromkeys(["officer", "officers", "deputy", "trooper", "oficial"], "officer"),
    **dict.fromkeys(["suspect", "victim", "person", "requester", "arrestee"], "name"),
}
# Labels in which such a word means something else.
_NOT = (
    *("country of birth", "place of birth", "year of birth", "birth year", "birth country"),
    *("county name", "state name", "city name", "agency name", "facility name", "school name"),
    *("email count", "street type", "street lighting"),
)


def words_of(label: str) -> tuple[str, ...]:
    """The words of a label in small letters: at capitals, digits, signs; accents left out."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", label) if not unicodedata.combining(sign)
    )
    split = re.sub(r"([a-z])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", plain)
    return tuple(re.findall(r"[a-z]+|\d+", split.lower()))


def has_phrase(words: tuple[str, ...], phrase: str) -> bool:
    """Whether the words of `phrase` stand in `words` side by side."""
    return f" {phrase} " in f" {' '.join(words)} "


def kind_by_name(label: str) -> str:
    """The kind of personal data that a column's label names, "" for none."""
    words = words_of(label)
    if any(has_phrase(words, phrase) for phrase in _NOT):
        return ""
    for kind, phrases in _NAMES.items():
        if any(has_phrase(words, phrase) for phrase in phrases):
            return kind
    return _ALONE.get(" ".join(words), "")
