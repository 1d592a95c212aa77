"""Names of columns and files as a reader would write them, in English."""

import re
from collections.abc import Sequence

from plainrecord.core.plurals import begin_sentence
from plainrecord.core.word_lists import word_set

_ACRONYMS = word_set(
    "id fips zip ssn dob url ori uuid gps vin foia ice cbp dhs doj fbi uk us eu gdp nypd "
    "naics iso pd"
)


_PROPER = word_set(
    "english spanish french german american hispanic latino asian african indian hawaiian "
    "alaskan native arabic chinese mexican canadian medicaid"
)
_GERMAN = re.compile(
    r"[äöüß]|\b(jahr|monat|datum|anzahl|betrag|summe|nummer|gemeinde|kreis|landkreis|"
    r"bezirk|stadt|einwohner|ausgaben|einnahmen|und|der)\b"
)


def is_german(names: Sequence[str]) -> bool:
    """Whether the names of a table's columns are German, which writes nouns with a capital."""
    return any(_GERMAN.search(re.sub(r"[\W_]+", " ", name.lower())) for name in names)


def shown_label(name: str, *, german: bool = False) -> str:
    """A column's name as a reader would write it: `DATE_OF_STOP` -> "Date of stop"."""
    spaced = re.sub(r"([a-z\d])([A-Z])", r"\1 \2", name)
    words = re.sub(r"[\s_]+|(?<!\d)\.(?=\w)|\.(?=[^\W\d])", " ", spaced).strip().split(" ")
    shouted = name.upper() == name and any(len(word) > 3 for word in words)

    def show(found: re.Match[str]) -> str:
        word = found[0]
        if word.lower() in _ACRONYMS:
            return word.upper()
        if word.lower() in _PROPER:
            return word.capitalize()
        common = not german and word[:1].isupper() and word[1:].islower()
        shout = shouted and not re.search(r"\d", word)
        return word.lower() if common or shout else word

    return begin_sentence(re.sub(r"[^\W_]+(?:['’][^\W_]+)*", show, " ".join(words)))


def inner_label(label: str) -> str:
    """An English label as it stands inside a sentence: "Case ID" -> "case ID", "ISO code" as it is."""
    return label if label.split(" ")[0].lower() in _PROPER else uncapitalised(label)


def shown_title(name: str) -> str:
    """The name of a file or folder as a title; its capitals stay, as they may be names of places."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.replace("_", " "))
    words = re.sub(r"(?<!\d)-|-(?!\d)", " ", spaced).split()
    return begin_sentence(" ".join(word.upper() if word in _ACRONYMS else word for word in words))


def uncapitalised(text: str) -> str:
    """The text with a small letter at its start, unless it begins with an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


MOST_NAMED = 3
"""Names that `name_some` gives."""


def name_some(names: Sequence[str]) -> str:
    """The first names as a list in a sentence, and how many more there are."""
    more = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], *([f"{more:,} more"] if more > 0 else [])])


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
