"""How wide words are in a picture, where they are wrapped, and which labels of an axis have room.

Pictures are set in Liberation Sans, which vl-convert carries. The widths here are close to that
font's; what is laid out with them has some room to spare.
"""

import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

SIZE = 13
"""The size of all words, in pixels; one line of them takes `LINE`."""
LINE = 16
MOST_LINES = 4
_NARROW, _BROAD = frozenset("ijl.,:;'|! ()[]ftrI-/"), frozenset("mwMW@%—…")
_GAP = 12
ROOM = 1.06
"""What is added to widths: a reader's machine may have neither Liberation Sans nor Arial."""


_SIGNS = {
    **{code: 0x2400 + code for code in range(32)},
    **dict(zip(map(ord, "\t\n\r"), (0x2007, 0xA0, 0x202F), strict=True)),
    0x7F: 0x2421,
    **dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD),
}
"""What stands for a character that no SVG may have: its sign (␀ for NUL), or �.

And in a line for its end or a tab: a space of its own, so that no two names become the same.
"""


_PROPERTIES = frozenset(
    [
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__proto__",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    ]
)


def clean_words(words: str) -> str:
    """The words with a sign in the place of each character that a picture cannot have.

    Vega fails on a value with the name of a property that each object in JavaScript has, such as
    constructor, which is a builder in Spanish: a space that does not break stands after it.
    """
    return f"{words}\u00a0" if words in _PROPERTIES else words.translate(_SIGNS)


_LACKING = re.compile(
    r"[^\s\u0020-\u02ff\u0374-\u0375\u037a-\u037e\u0384-\u03ce\u03d0-\u0513\u051a-\u051d"
    r"\u05be-\u05ea\u05f0-\u05f4\u1d00-\u1e9b\u1e9e\u1ea0-\u1ef9\u1f00-\u1ffe\u2012-\u2022\u2026"
    r"\u2030\u2032-\u2034\u2039-\u203a\u2044\u2074-\u2075\u2077-\u2078\u207f\u20a0-\u20b5\u2116\u2122"
    r"\u2190-\u2195\u2206\u2211-\u2212\u221e\u2248\u2260\u2264-\u2265\u25a0-\u25a1\u25cf]+"
)
"""Signs that Liberation Sans is not known to have: a bitmap would show a box for each."""


def spell_words(words: str) -> str:
    """The words as a bitmap can show them: other scripts in Latin letters, emoji by their names.

    A sign without either is [U+E123]. A browser has fonts for them, so that SVG keeps them.
    """
    return _LACKING.sub(_spell, words)


def _spell(match: re.Match[str]) -> str:
    from anyascii import anyascii  # rarely needed

    signs = match[0].replace("\u0627", "a")  # the Arabic alef, which has no letter in the table
    silent = _SILENT if re.search(r"\w", anyascii(signs)) else _MARKS
    return "".join(
        anyascii(sign) or ("" if unicodedata.category(sign) in silent else f"[U+{ord(sign):04X}]")
        for sign in signs
    )


_MARKS = ("Mn", "Me", "Mc", "Cf")
_SILENT = (*_MARKS, "Lm", "Lo")
"""Within words, letters without a spelling only lengthen or carry a vowel, as in スーパー."""


def is_drawn(words: str) -> bool:
    """Whether Liberation Sans has all signs of the words, so that their width is known."""
    return not _LACKING.search(words)


def measure_words(words: str) -> float:
    """The width of words in pixels, rather too much than too little; also as they are spelled."""
    if not is_drawn(words):
        return max(_measure(words), _measure(spell_words(words)))
    return _measure(words)


def _measure(words: str) -> float:
    total = 0.0
    for sign in words:
        if unicodedata.east_asian_width(sign) in "WF":
            total += 1.0
        elif sign in _NARROW:
            total += 0.34
        else:
            total += 0.9 if sign in _BROAD else 0.72 if sign.isupper() else 0.557
    return total * SIZE * ROOM


def widest(words: Iterable[str]) -> float:
    """The width of the widest line of several words, 0 for none."""
    return max((measure_words(line) for text in words for line in text.split("\n")), default=0.0)


def wrap_words(words: str, width: float, most: int = MOST_LINES) -> str:
    """The words on lines that fit a width; after `most` lines they are cut with "…".

    No line ends within brackets that fit on one: `Afternoon`, `(12 to 17)`.
    """
    sign = max(SIZE * 0.56, measure_words(words) / max(1, len(words)))
    signs = max(4, int(width / sign))
    inner_words = rf"\([^()]{{1,{max(1, signs - 2)}}}\)"  # of words without NUL, see `clean_words`
    whole = re.sub(inner_words, lambda inner: inner[0].replace(" ", "\0"), words)
    lines = textwrap.wrap(whole, signs, max_lines=most, placeholder=" …")
    return "\n".join(lines).replace("\0", " ") or words[:signs]


def round_ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers that include 0, `low` and `high`: about four steps, of whole numbers if `whole`."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return [0.0, 1.0]
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    steps = (1, 2, 5, 10) if whole and power == 1 else (1, 2, 2.5, 5, 10)
    step = next(s * power for s in steps if s * power >= raw * (1 - 1e-9))
    if whole or high - low >= 4:
        step = max(step, 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{step * n:.12g}") for n in range(first, last + 1)]


def choose_labels(
    stamps: Sequence[str], words: Mapping[str, str], width: float, first: Iterable[str] = ()
) -> list[str]:
    """Stamps whose labels have room: `first`, then years' first periods, else every so many."""
    step = width / max(1, len(stamps) - 1)
    place = {stamp: step * n for n, stamp in enumerate(stamps)}
    years = [stamp for stamp in stamps if stamp.endswith(("-01", "-Q1", "-01-01"))]
    every = max(1, math.ceil((widest(words.values()) + _GAP) / max(step, 1e-9)))
    regular = years if len(years) > 2 and every > 1 else stamps[::every]
    chosen: list[str] = []
    for stamp in dict.fromkeys([*first, *regular]):
        room = widest([words[stamp]]) / 2 + _GAP
        if stamp in place and all(
            abs(place[stamp] - place[other]) >= room + widest([words[other]]) / 2
            for other in chosen
        ):
            chosen.append(stamp)
    return sorted(chosen, key=place.__getitem__)


def spread_apart(places: Sequence[float], apart: float, end: float) -> list[float]:
    """Heights moved so that they are `apart` or more from each other, and none is below `end`."""
    order = sorted(range(len(places)), key=lambda n: (places[n], n))
    moved = list(places)
    for one, two in pairwise(order):
        moved[two] = max(moved[two], moved[one] + apart)
    limit = end
    for n in reversed(order):
        moved[n] = min(moved[n], limit)
        limit = moved[n] - apart
    return moved


def stack_labels(
    spans: Sequence[tuple[float, float]],
) -> list[int]:
    """For each span from left to right the first row in which nothing stands in its way."""
    rows: list[int] = []
    for number, (left, right) in enumerate(spans):
        taken = {
            rows[other]
            for other, (start, end) in enumerate(spans[:number])
            if left < end and right > start
        }
        rows.append(next(row for row in range(number + 1) if row not in taken))
    return rows
