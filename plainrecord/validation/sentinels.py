"""Signs that a text stands for no value, or is not what was written: as SQL and in Python."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from plainrecord.core.word_lists import split_words
from plainrecord.findings.finding import Finding
from plainrecord.model.packages import Field
from plainrecord.readers.gaps_in_time import read_day
from plainrecord.receipts.engine import literal
from plainrecord.validation.field_plan import CELL

_ERRORS = split_words("#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM!")
MARKS = ("", *_ERRORS, *split_words("NULL null N/A n/a NaN nan None"))
_MARK_TEXTS = frozenset(MARKS)
AGES = (0, 99, 366, 999)
_AGE_TEXTS = frozenset(map(str, AGES))
DATES = split_words(
    "1899-12-30 1899-12-31 1900-01-01 1900-12-31 1901-01-01 1970-01-01 2099-12-31 9999-12-31"
)
_BLANKS = " \t\r\n\u00a0"
PADDED = "^[ \t\r\n\u00a0]|[ \t\r\n\u00a0]$"
MANGLED = "Ã[\u0080-\u00bf]|Â[\u0080-\u00bf]|â€|ï»¿|\ufffd"
SIGNS = {
    # Two quick comparisons let nearly every text pass; the pattern sees the rest.
    "padded": (
        f"CASE WHEN {CELL} < '!' OR array_extract({CELL}, -1) < '!' OR strlen({CELL}) <> length({CELL}) "
        f"THEN regexp_matches({CELL}, {literal(PADDED)}) ELSE FALSE END"
    ),
    "mangled": f"CASE WHEN strlen({CELL}) = length({CELL}) THEN FALSE ELSE regexp_matches({CELL}, {literal(MANGLED)}) END",
    "mark": f"({CELL} IN ({', '.join(map(literal, MARKS))}) OR contains({CELL}, 'DO NOT USE'))",
}
SMALL_SIGNS: dict[str, Callable[[str], bool]] = {
    "zero": lambda text: "00" <= text < "0:",
    "age": lambda text: text in _AGE_TEXTS,
}
ODD_DAY = (  # quick comparisons let nearly every day pass
    f"CASE WHEN {CELL} < '1901-01-02' OR {CELL} >= '2099-12-31' "
    f"OR ({CELL} >= '1970-01-01' AND {CELL} < '1970-01-02') "
    f"THEN left({CELL}, 10) IN ({', '.join(map(literal, DATES))}) ELSE FALSE END"
)
_WORDS = {
    "padded": (
        "padded-value",
        "1 value begins or ends with a space",
        "{count:,} values begin or end with a space",
    ),
    "mangled": (
        "text-mangled",
        "1 value looks like text read in a wrong encoding",
        "{count:,} values may have been read in the wrong encoding",
    ),
    "mark": (
        "sentinel-value",
        "1 value looks like a mark for “no value”: {text!r}",
        "{count:,} values look like marks for “no value”, such as {text!r}",
    ),
    "age": (
        "sentinel-value",
        "1 age is {text}, which often stands for “unknown”",
        "{count:,} ages are 0, 99, 366 or 999, which often stand for “unknown”",
    ),
    "day": (
        "sentinel-value",
        "1 date, {text!r}, often stands for “unknown”",
        "{count:,} dates such as {text!r} often stand for “unknown”",
    ),
    "zero": (
        "leading-zero",
        "1 number begins with a zero: {text!r}",
        "{count:,} numbers begin with a zero, such as {text!r}",
    ),
}
"""By sign, the code of its finding and its words for one value and for several."""


def sentinel_message(sign: str, count: int, text: str) -> tuple[str, str]:
    """The code and the words of the finding that `count` values show a sign; `text` is one of them."""
    rule, single, several = _WORDS[sign]
    words = single if count == 1 else several
    return rule, words.format(count=count, text=text[:80])


def find_sentinels(text: str) -> tuple[str, ...]:
    """Which of `SIGNS` a text shows."""
    padded = text != text.strip(_BLANKS)
    mangled = not text.isascii() and re.search(MANGLED, text) is not None
    mark = text in _MARK_TEXTS or "DO NOT USE" in text
    if not (padded or mangled or mark):  # nearly every text
        return ()
    signs = {"padded": padded, "mangled": mangled, "mark": mark}
    return tuple(sign for sign, shown in signs.items() if shown)


def day_of(text: str, field: Field) -> str:
    """The ISO day of a date's or date-time's text; empty where it is none."""
    if (day := read_day(text, field.format)) is not None:
        return day.isoformat()
    try:
        if field.format == "default":
            return dt.date.fromisoformat(text[:10]).isoformat()
        return dt.datetime.strptime(text, field.format).date().isoformat()  # noqa: DTZ007 - a day
    except ValueError:
        return ""


LONGEST_MARK = 80
FEWEST_CROSSES = 4  # fewer X may be a tick, a size or a Roman number
BEGINS = "^[ \t]*([\\[(] ?[bB(]|[bB] ?[\\[(]|[xX█]{4}|[\\[(<]?([Rr]edact|REDACT|[Tt]estad|TESTAD))"
"""How a mark begins: in columns with many values only such texts are parsed (RE2)."""
MOST_MARKS = 500
"""So many different texts of such a column are parsed."""
_MAY_BE_MARK = re.compile("[(\\[]|^[xX█ ./-]+$|xempt|EDACT|edact|ITHHELD|ithheld|ESTAD|estad")
_BLANKED = re.compile("redact|testad", re.IGNORECASE)
"""Words that stand for a value and are none, where `withheld` may be what became of a request."""


def undeclared_marks(
    name: str, values: Mapping[str, tuple[int, int, int, str]], files: Sequence[str]
) -> Iterator[Finding]:
    """Values that look like exemption marks, though the schema does not declare them.

    `values` has for each text how often it occurs, then file, row and text of the first.
    """
    marks = {}
    for text in values:
        if len(text) <= LONGEST_MARK and _MAY_BE_MARK.search(text):
            from plainrecord.law.exemptions import parse_mark  # its patterns are long

            mark = parse_mark(text)
            crossed = sum(c in "xX█" for c in text) >= FEWEST_CROSSES or _BLANKED.search(text)
            if mark and mark.whole and not mark.bare and (mark.exemptions or crossed):
                marks[text] = mark.text if mark.exemptions else "no exemption named"
    if not marks:
        return
    ordered = sorted(marks, key=lambda text: (-values[text][0], text))
    shown = [f"{text!r} ({values[text][0]:,} times, {marks[text]})" for text in ordered[:3]]
    more = f", and {len(ordered) - 3} more" if len(ordered) > 3 else ""
    first = min((values[text] for text in ordered), key=lambda seen: seen[1:])
    yield Finding(
        "mark-undeclared",
        ", ".join(shown) + more,
        f"in missingValues: {{value: {json.dumps(ordered[0])}, kind: withheld}}",
        file=files[first[1]],
        row=first[2],
        field=name,
        cell=first[3][:300],
        count=sum(values[text][0] for text in ordered),
    )
