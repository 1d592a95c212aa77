"""Numerals: the numbers in a running text that look like a count, a share or an amount.

Digits do much else in a text: they date, point and name. What plainly does that is set aside
first; of what remains, every number of two digits or more counts, and a single digit where it is a
share, an amount of money, or one of "3 of 5". The limits: a bare 4-digit number from 1600 to 2199
is taken for a year, and numbers in words are not seen. `docs/maintainers.md` lists both sides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FILLER = "\ufffc"
"""Stands for something in a text that is no words: code, or a figure with its receipt."""

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?:1[6-9]|2[01])\d\d"
_AND = r"(?:\s*(?:,|;|–|-|to|and|or|through|until)\s*)"
_REFERENCE = r"\d[\w.\-–]*(?:\(\w{1,5}\))*"
_POINTER = (
    r"(?:sections?|sec\.|titles?|chapters?|ch\.|articles?|art\.|parts?|rules?|form|tables?"
    r"|figures?|fig\.|pages?|pp?\.|paragraphs?|para\.|clauses?|appendix|annex|exhibits?|item"
    r"|lines?|row|column|steps?|versions?|releases?|volumes?|vol\.|issues?|numbers?|nos?\.|nr\."
    r"|request|case|dockets?|order|proclamations?|laws?|pub\. ?l\.|statutes?|phases?|levels?"
    r"|grades?|districts?|precincts?|wards?|routes?|highways?|interstate|rooms?|suites?|box|zip"
    r"|fips|code|ports?|sheets?|slides?|schedules?|amendments?|resolutions?|directives?|notes?"
    r"|footnotes?|question|ages?|aged|iso|rfc|area|exemptions?|licen[cs]e|python)"
)
_SET_ASIDE = tuple(
    re.compile(pattern)
    for pattern in (
        # Addresses: of the web, of mail, of files
        r"(?<!\S)\S*(?://|@|\bwww\.)\S*",
        # Law: 8 U.S.C. 1357(g), 28 CFR 16.5, 410 U.S. 113, § 1101, 287(g), (b)(7)(E)
        (
            r"(?<![\w.,])\d+\s+(?:U\.\s?S\.\s?C\.?|USC|C\.\s?F\.\s?R\.?|CFR|Stat\.|Fed\.\s?Reg\."
            rf"|FR|U\.\s?S\.|F\.\s?(?:2d|3d|4th)|S\.\s?Ct\.)\s*§*\s*{_REFERENCE}"
            rf"(?:{_AND}{_REFERENCE}(?![\w,.]*\s*(?:%|[a-z])))*"
        ),
        rf"(?<!§)§+\s*{_REFERENCE}(?:{_AND}§*\s*{_REFERENCE})*",
        r"(?<![\w.,])\d+(?:\(\w{1,5}\))+",
        r"(?:\(\w{1,5}\)){2,}",
        # Days, months, times
        rf"(?<![\d.,]){_YEAR}-\d\d?(?:-\d\d?)?(?:[T ]\d\d:\d\d\S*)?(?!\w)",
        r"(?<![\w.,/])\d{1,4}/\d{1,2}/\d{1,4}(?![\w/])|\b(?:24/7|9/11)\b",
        (
            rf"(?<![\w.,])(?:\d{{1,2}}(?:st|nd|rd|th)?{_AND})*\d{{1,2}}(?:st|nd|rd|th)?\.?"
            rf"\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?(?!\w)"
        ),
        (
            rf"\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?![\d,.]*\d)"
            rf"(?:{_AND}(?:{_MONTH}\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?!\d|,\d|\.\d))*(?:,?\s+{_YEAR})?"
        ),
        r"(?i)(?<![\w.,])\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]\.?m\b\.?)?",
        r"(?i)(?<![\w.,])\d{1,2}\s?(?:[ap]\.m\.|[ap]m\b|o['’]clock)",
        r"\b(?:FY|CY)\s?['’]?\d{2,4}(?:\s*[-–/]\s*\d{2,4})?",
        rf"(?<![\w.,$€£]){_YEAR}\s?[-–/]\s?\d{{2}}(?!\d)|(?<!\w)['’]\d\ds?\b",
        rf"(?<![\d.,$€£]){_YEAR}s?(?![\d%]|[,.]\d|\s*(?:%|percent|per cent))",
        # Names with digits: versions, addresses of machines, telephones, identifiers
        r"(?<![\w\-–])[^\W\d]\w*(?:[-–]\w+(?:\.\d+)*)+",
        r"(?<![\w.,])v?\d{1,3}(?:\.\d{1,3}){3}(?!\w)|(?<!\w)v\d+(?:\.\d+)*",
        r"(?<![\w.,])\d+\.\d{1,2}\.\d+(?!\w)|(?<![\w.,])\d{1,2}\.\d+\.\d{1,2}(?!\w)",
        r"(?<!\w)\+?(?:\d{1,3}[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\w)",
        r"(?<!\w)\d+(?:-\d+){2,}(?!\w)|(?<![\w.,])\d{5}-\d{4}(?!\w)",
        r"(?<![\w.,])\d{13,}(?!\w)|(?<![\w.,'’\u00a0\u2009\u202f])(?<!\d )0\d+(?!\w|[.,]\d)",
        # Pointers: section 287, row 12, pages 3 to 15, ages 18 to 24; [12], #12
        rf"(?i)\b{_POINTER}\s+{_REFERENCE}(?:{_AND}{_REFERENCE}(?!\w|\s*(?:%|percent|of)))*",
        r"\[\d+\]|#\s?\d+",
    )
)
_LIST_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)](?=\s)")
_HEAD_NUMBER = re.compile(r"\s*\d{1,3}(?:(?:\.\d{1,3})+[.):]?|[.):])(?=\s)")

_PLAIN = (
    r"(?:\d{1,3}(?:[,\u00a0\u2009\u202f'’]\d{3})+(?!\d)(?:\.\d+)?"  # 1,234.5
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"  # 1.234.567
    r"|\d{1,3}(?: \d{3})+(?!\d|,\d)"  # 544 059
    r"|\d+(?:[.,]\d+)*)"  # 544059, 0.25
)
_SHARE = r"\s?(?:%|‰|per\s?cent(?:age\s+points?)?\b|percentage\s+points?\b)"
_GREAT = r"(?:\s(?:thousand|million|billion|trillion|dozen)\b|\s?(?:k|K|M|bn|mn)\b)"
_AMOUNT = rf"{_PLAIN}(?:{_SHARE}|{_GREAT})?"
_OF = r"\s+(?:out\s+of|of\s+the|of|in)\s+"
_RANGE = r"\s?[-–—/]\s?"
_NUMBER = re.compile(
    rf"(?<![\w./\\#])(?<!\d,)(?<![^\W\d][-–'’])"
    rf"(?P<money>(?:US|C|A)?[$€£¥]\s?|(?:USD|EUR|GBP)\s)?(?:"
    rf"(?P<pair>{_AMOUNT}(?:{_OF}|{_RANGE}){_AMOUNT})|(?P<one>{_AMOUNT}))"
    r"(?P<after>[-–][^\W\d_]|\w)?"
)
_DIGITS = re.compile(r"\d")
_SENTENCE = re.compile(r"[.!?] (?=[^\W\da-z_])")
PIECE = 1500


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text, from `start` to `end`: `1,234`, `37 %` or `12 of 15`."""

    text: str
    start: int
    end: int


def find_numerals(text: str, *, heading: bool = False) -> tuple[Numeral, ...]:
    """The numbers in a block of running text that look like a count, share or amount.

    A number at the beginning of a `heading` or of a list's item counts the headings or items. A
    long block is read a few sentences at a time, so that the time is proportional to its length.
    """
    first = (_HEAD_NUMBER if heading else _LIST_NUMBER).match(text)
    start = first.end() if first else 0
    numerals: list[Numeral] = []
    while start < len(text):
        end = _piece_end(text, start)
        numerals.extend(
            Numeral(shown, start + offset, start + offset + len(shown))
            for offset, shown in _read_piece(text[start:end])
        )
        start = end
    return tuple(numerals)


def _piece_end(text: str, start: int) -> int:
    """Where the piece that begins at `start` ends: at a sentence's end, or at a blank."""
    if len(text) - start <= PIECE:
        return len(text)
    sentence = _SENTENCE.search(text, start + PIECE // 2, start + PIECE)
    blank = text.rfind(" ", start + 1, start + PIECE)
    return sentence.end() if sentence else blank if blank > 0 else start + PIECE


def _read_piece(text: str) -> Iterator[tuple[int, str]]:
    for pattern in _SET_ASIDE:
        text = pattern.sub(lambda match: FILLER * len(match[0]), text)
    for match in _NUMBER.finditer(text):
        if _counts(match):
            end = match.end("pair") if match["pair"] else match.end("one")
            yield match.start(), text[match.start() : end]


def _counts(match: re.Match[str]) -> bool:
    shown = match["pair"] or match["one"]
    thousands = re.search(r"\d[,\u00a0\u2009\u202f'’]\d{3}", shown) is not None
    if match["after"] and not thousands:
        return False  # a name with digits in it, or a measure such as 12-month
    if match["money"] or re.search(rf"{_SHARE}|{_GREAT}", shown):
        return True
    if match["pair"]:
        return len(_DIGITS.findall(shown)) > 2 or re.search(r"\s(?:of|in)\s", shown) is not None
    return len(_DIGITS.findall(shown)) > 1
