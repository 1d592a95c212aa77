"""Units of counting in words: stop, agreement, agency; and words that depend on a number."""

import re

_LINK = re.compile(r"( (?:in|of|per|on|at|by|for|with|from|to|a|an) )")
_AN = re.compile(r"(?!one\b|once\b|eu|uni(?![mn])|us[ae]|uti|ura)[aeiou]|hour|heir|hono|hones")
_HISSING = ("s", "x", "z", "ch", "sh")
_SHARES = ("percent", "per cent", "share", "%")


def several(unit: str) -> str:
    """The unit in English plural ("" for none): of words before a preposition the last one."""
    noun, link, rest = _LINK.split(unit, maxsplit=1) if _LINK.search(unit) else (unit, "", "")
    if link:
        return f"{several(noun)}{link}{rest}"
    if not unit or (unit.endswith("s") and not unit.endswith("ss")):
        return unit
    if re.search(r"\bperson$", unit):
        return f"{unit[:-6]}people"
    if unit.endswith("y") and unit[-2:-1] not in set("aeiou"):
        return f"{unit[:-1]}ies"
    return f"{unit}es" if unit.endswith(_HISSING) else f"{unit}s"


def drop_article(noun: str) -> str:
    """The noun without `a`, `an`, `the` or `one` before it: "a use of force" -> "use of force"."""
    return re.sub(r"^\s*(?:an?|the|one)\s+(?=\S)", "", noun, flags=re.IGNORECASE)


def add_article(noun: str) -> str:
    """The noun behind `a` or `an`, by its first sound: an arrest, a unit, an hour."""
    return f"{'an' if _AN.match(noun.lower()) else 'a'} {noun}"


def unit_of(unit: str, form: str) -> str:
    """What a figure counts, beside the number (`percent of ...`); "" for dates and texts."""
    if form in ("date", "text"):
        return ""
    if form != "percent" or not unit or unit.lower().startswith(_SHARES):
        return unit
    return f"percent of {several(unit)}"


def count_noun(count: int, noun: str) -> str:
    """A number with its noun: `1 row`, `2,000 rows`, `0 agencies`."""
    return f"{count:,} {choose_form(count, noun, several(noun))}"


def fit_unit(shown: str, unit: str) -> str:
    """The unit in the form that fits a number as it is shown: `1` stop, `2,000` stops."""
    return choose_form(shown == "1", unit, several(unit))


def choose_form(count: object, one: str, many: str) -> str:
    """`one` where there is exactly one, otherwise `many`: `value is` or `values are`."""
    return one if count == 1 else many


def inside_sentence(label: str) -> str:
    """The label as it stands inside a sentence: "day of the stop", but "DHS office", "U.S. state"."""
    word = label.partition(" ")[0]
    plain = word[1:2].islower() and word[1:] == word[1:].lower()
    return label[:1].lower() + label[1:] if plain else label


def begin_sentence(text: str) -> str:
    """The text with a capital at its beginning; all else stays as it is written."""
    return text[:1].upper() + text[1:]
