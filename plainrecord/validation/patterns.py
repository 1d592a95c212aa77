"""Translate the regular expressions of schemas to RE2, which runs in linear time.

Table Schema v2 writes `pattern` in the syntax of XML Schema Part 2, Appendix F; people write
Python's as well. What both share stays, escapes of XSD alone are translated, and what RE2 cannot do
is refused.
"""

import re
import sys
import unicodedata
import warnings
from collections.abc import Iterator
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

MOST_REPEATS = 1000
_SPACES = r"\t\n\x{0b}\x{0c}\r\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
# Python's \w is every letter and number of any script, and the underscore.
_WORD = r"\pL\pN_"
_DIGIT = r"\p{Nd}"
# XML 1.0 (2nd release), productions NameStartChar and NameChar without the astral planes.
_NAME_START = (
    r":A-Z_a-z\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{2ff}\x{370}-\x{37d}\x{37f}-\x{1fff}"
    r"\x{200c}-\x{200d}\x{2070}-\x{218f}\x{2c00}-\x{2fef}\x{3001}-\x{d7ff}\x{f900}-\x{fdcf}"
    r"\x{fdf0}-\x{fffd}"
)
_NAME = _NAME_START + r"\-.0-9\x{b7}\x{300}-\x{36f}\x{203f}-\x{2040}"
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACES, "i": _NAME_START, "c": _NAME}
_BLOCKS = {
    "BasicLatin": (0x0, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "Greek": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
}
_SIMPLE = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "v": r"\v", "a": r"\a"}
_CATEGORY = re.compile(r"\{(\^?[A-Za-z][A-Za-z0-9-]*)\}")
_HEX = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})")
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_GROUP = re.compile(r"\?(?:[:]|P<[A-Za-z_]\w*>|[aimsux]+(?:-[imsx]+)?[:)])")


@cache
def translate_pattern(pattern: str) -> str:
    """The RE2 pattern that a whole value must match for `pattern` to hold.

    `^` and `$` are anchors, as people write them, though XSD has none. The whole value must
    match, as in XSD. Raises ValueError, which says what cannot be translated.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(_without_xsd(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"it is not a regular expression: {error}") from None
    translated = "".join(_translate(pattern))
    try:
        pc.match_substring_regex(pa.array([""]), translated)
    except pa.ArrowException as error:
        message = str(error).splitlines()[0]
        raise ValueError(f"the engine cannot take it: {message[:200]}") from None
    return translated


def _without_xsd(pattern: str) -> str:
    """`pattern` without what only XSD has, so that Python's parser finds whether it is well formed."""
    text = re.sub(r"(?<!\\)((?:\\\\)*)\\[ic]", r"\1a", pattern)
    text = re.sub(r"(?<!\\)((?:\\\\)*)\\[IC]", r"\1a", text)
    text = re.sub(r"(?<!\\)((?:\\\\)*)\\[pP]\{\^?[A-Za-z0-9-]+\}", r"\1a", text)
    return re.sub(r"-\[[^\]\[]*\]\]", "]", text)


def _translate(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            text, at = _escape(pattern, at + 1, inside=False)
            yield text
        elif sign == "[":
            text, at = _class(pattern, at + 1)
            yield text
        elif sign == "(" and pattern[at + 1 : at + 2] == "?":
            group = _GROUP.match(pattern, at + 1)
            if not group or set("aux") & set(group[0].split("<")[0].strip("?:P)")):
                raise ValueError(
                    f"{pattern[at : at + 4]!r} looks around or back, which takes more than one pass"
                )
            yield "(" + group[0]
            at = group.end()
        elif sign == "{" and (count := _COUNT.match(pattern, at)):
            if any(int(number) > MOST_REPEATS for number in count.groups() if number):
                raise ValueError(f"{count[0]!r} repeats more than {MOST_REPEATS} times")
            yield "{0," + count[2] + "}" if not count[1] else count[0]
            at = count.end()
            if pattern[at : at + 1] == "+":
                raise ValueError(f"{count[0]}+ does not go back, which RE2 cannot do")
        elif sign == "{":
            yield r"\{"
            at += 1
        elif sign in "*+?" and pattern[at + 1 : at + 2] == "+":
            raise ValueError(f"{sign}+ does not go back, which RE2 cannot do")
        else:
            yield sign if sign in "*+?.()|^$" else re.escape(sign) if sign.isascii() else sign
            at += 1


def _escape(pattern: str, at: int, *, inside: bool) -> tuple[str, int]:
    """An escape whose backslash ends before `at`, and the place after it."""
    sign = pattern[at : at + 1]
    if sign in ("d", "w", "s", "i", "c"):
        return (_CLASSES[sign] if inside else f"[{_CLASSES[sign]}]"), at + 1
    if sign and sign in "DWSIC":
        if inside:
            raise ValueError(f"\\{sign} inside brackets cannot be translated; write it outside")
        return f"[^{_CLASSES[sign.lower()]}]", at + 1
    if sign in ("p", "P") and (match := _CATEGORY.match(pattern, at + 1)):
        return _category(sign, match[1], inside=inside), match.end()
    if match := _HEX.match(pattern, at):
        return f"\\x{{{match[1] or match[2] or match[3]}}}", match.end()
    if sign in _SIMPLE:
        return _SIMPLE[sign], at + 1
    if not inside and sign in ("b", "B", "A", "Z"):
        return {"Z": r"\z"}.get(sign, "\\" + sign), at + 1
    if sign.isalnum():
        if sign.isdigit():
            raise ValueError(f"\\{sign} refers back to a group, which takes more than one pass")
        raise ValueError(f"\\{sign} is not a known escape")
    return re.escape(sign) if sign.isascii() else sign, at + 1


def _category(sign: str, name: str, *, inside: bool) -> str:
    if name.startswith("Is"):
        if name[2:] not in _BLOCKS:
            raise ValueError(f"the block {name!r} is not known here")
        low, high = _BLOCKS[name[2:]]
        if sign == "P" and inside:
            raise ValueError(f"\\P{{{name}}} inside brackets cannot be translated")
        listed = f"\\x{{{low:x}}}-\\x{{{high:x}}}"
        return listed if inside else f"[{'^' if sign == 'P' else ''}{listed}]"
    if not re.fullmatch(
        r"\^?(L[ulmot]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfo]?)", name
    ):
        raise ValueError(f"the category {name!r} is not known")
    return f"\\{sign}{{{name}}}"


def _class(pattern: str, at: int) -> tuple[str, int]:
    """A character class after its bracket, and the place after it."""
    start, parts = at, []
    negated = pattern[at : at + 1] == "^"
    at += negated
    first = True
    while at < len(pattern) and (pattern[at] != "]" or first):
        if pattern[at] == "-" and pattern[at + 1 : at + 2] == "[" and not first:
            return _difference(pattern, start, at)
        if pattern[at] == "\\":
            text, at = _escape(pattern, at + 1, inside=True)
            parts.append(text)
        elif pattern[at] == "-" and not first and pattern[at + 1 : at + 2] != "]":
            parts.append("-")
            at += 1
        else:
            parts.append(_plain(pattern[at]))
            at += 1
        first = False
    return f"[{'^' if negated else ''}{''.join(parts)}]", at + 1


def _plain(sign: str) -> str:
    return f"\\{sign}" if sign in r"\[]^-&|~" else sign


def _difference(pattern: str, start: int, at: int) -> tuple[str, int]:
    """A class without another, XSD's `[a-z-[aeiou]]`, as the signs that are left."""
    base, _ = _class(pattern[start:at] + "]", 0)
    end = pattern.find("]]", at)
    if end < 0:
        raise ValueError("the class that is taken away does not end")
    removed, _ = _class(pattern[at + 2 : end + 1], 0)
    left = sorted(_signs(base) - _signs(removed))
    if not left:
        raise ValueError("the character class is empty")
    ranges: list[list[int]] = []
    for code in left:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    listed = "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges)
    return f"[{listed}]", end + 2


def _signs(listed: str) -> frozenset[int]:
    """The code points of a class of plain signs, ranges, digits and words."""
    python = re.sub(r"\\x\{([0-9a-fA-F]+)\}", lambda m: re.escape(chr(int(m[1], 16))), listed)
    if r"\p" in python.lower():
        python = python.replace(_DIGIT, r"\d").replace(_WORD, r"\w")
        if r"\p" in python.lower():
            raise ValueError("a category cannot be taken away from a class here")
    try:
        members = re.compile(python)
    except re.error as error:
        raise ValueError(f"the class cannot be read: {error}") from None
    return frozenset(
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) != "Cs" and members.fullmatch(chr(code))
    )
