"""Passages: safe markup read once, its figures put in place and its numbers counted.

What comes in was sanitised and serialised by nh3: every element is closed, and the signs `<`, `>`
and `&` stand in no text. So a call is replaced where a reader would read it and nowhere else: not
in code, not in an attribute. What is put in comes from this module alone; the sanitiser lets
neither the element nor the classes of a figure through, so no text can forge one.

Digits do much else in a text: they date, point and name. What plainly does that is set aside
first; of what remains, every number of two digits or more counts, and a single digit where it is a
share, an amount of money, or one of "3 of 5". The limits: a bare 4-digit number from 1600 to 2199
is taken for a year, and numbers in words are not seen. `docs/maintainers.md` lists both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

from markupsafe import Markup

from plainrecord.findings.finding import Finding
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.products import FigureScope, RenderedText, TypedNumberCount
from plainrecord.publishing.figure_mentions import (
    CALL,
    NEARLY,
    Absent,
    called_name,
    find_figure,
    mark_figure,
)

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


_TOKENS = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')
_NAME = re.compile(r"<(/?)([a-z0-9]+)")
_INLINE = {"a", "abbr", "code", "del", "em", "ins", "kbd", "q", "s", "small", "span", "strong"}
_INLINE |= {"sub", "sup"}
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
_BLANKS = re.compile(r"[ \t\r\n]+")


def read_passage(
    clean: str, source: str, setting: FigureScope
) -> tuple[RenderedText, list[Finding]]:
    """`clean` with its figures, a tally of its numbers, and findings with lines of `source`."""
    reading = _Reading(source, setting)
    for number, token in enumerate(_TOKENS.split(clean)):
        if number % 2:
            reading.take_tag(token)
        else:
            reading.take_text(token)
    reading.end_block()
    tally = replace(reading.tally, figures=tuple(reading.figures))
    markup = Markup("".join(reading.out))  # noqa: S704 - sanitised; what was put in is escaped
    return RenderedText(markup, tally), reading.findings


def tally_text(
    text: str, label: str, setting: FigureScope
) -> tuple[TypedNumberCount, list[Finding]]:
    """The numbers in `text`, which is not Markdown, and findings; `label` names the text."""
    findings = []
    if NEARLY.search(text):
        findings.append(_misplaced(f"{label} calls a figure, and it is not Markdown", setting))
    tally, problems = _count_numbers(text, False, _Source("", setting), setting)
    return tally, [*findings, *problems]


class _Reading:
    """What was read so far: the resulting markup, and the current block of text."""

    def __init__(self, source: str, setting: FigureScope) -> None:
        self._source = _Source(source, setting)
        self.setting = setting
        self.out: list[str] = []
        self.figures: list[str] = []
        self.findings: list[Finding] = []
        self.tally = TypedNumberCount()
        self._open: list[str] = []
        self._block: list[str] = []
        self._footnote = False

    def take_tag(self, tag: str) -> None:
        """Pass one tag on; a block of text ends with the element that holds it."""
        self.out.append(tag)
        named = _NAME.match(tag)
        closes, name = named.groups() if named else ("", "")
        if NEARLY.search(unescape(tag)):
            found = f"a figure is called inside the markup {unescape(tag)[:80]}"
            self.findings.append(_misplaced(found, self.setting))
        if name not in _INLINE:
            self.end_block()
        if closes:
            while name in self._open and self._open.pop() != name:
                pass
        elif name not in ("br", "hr", "img"):
            self._open.append(name)
        if name == "a":
            self._footnote = not closes and 'class="footnote-' in tag
        if name == "code" and not closes:
            self._block.append(FILLER)

    def take_text(self, text: str) -> None:
        """Copy text, with a figure in place of each call in running text."""
        if "code" in self._open or "pre" in self._open:
            self.out.append(text)
            return
        done = 0
        for match in CALL.finditer(text):
            self._read(text[done : match.start()])
            self._place(match)
            done = match.end()
        self._read(text[done:])

    def _read(self, text: str) -> None:
        self.out.append(text)
        plain = unescape(text)
        if not self._footnote and not (self._open[-1:] == ["sup"] and plain.strip().isdigit()):
            self._block.append(plain)

    def _place(self, match: re.Match[str]) -> None:
        figure, problems = find_figure(called_name(match), self.setting)
        row = self._source.find_row(match[0])
        self._block.append(FILLER)
        if figure is None:
            self.findings += [replace(problem, row=row) for problem in problems]
        elif "a" in self._open:
            found = f"{match[0]} is inside a link, which cannot contain another link"
            self.findings.append(replace(_misplaced(found, self.setting), row=row))
        else:
            self.out.append(str(mark_figure(figure, self.setting.page)))
            name = f"{figure.dataset}.{figure.name}"
            if not isinstance(figure, Absent):
                self.figures.append(name)
            elif figure.catalogued and figure.dataset != self.setting.dataset:
                found = f"figure {name}: the dataset {figure.dataset} is listed without its data"
                self.findings.append(_finding("figure-absent", found, "", self.setting, row))

    def end_block(self) -> None:
        """Look at the words of a block as a reader sees them, markup or not."""
        text = _BLANKS.sub(" ", "".join(self._block))
        self._block.clear()
        if match := NEARLY.search(text):
            found = f"{_around(text, match.start(), match.end())!r} is not a call of a figure"
            self.findings.append(_misplaced(found, self.setting))
        heading = any(name in _HEADINGS for name in self._open)
        tally, found_here = _count_numbers(text, heading, self._source, self.setting)
        self.tally = join_tallies(self.tally, tally)
        self.findings.extend(found_here)


def join_tallies(*tallies: TypedNumberCount) -> TypedNumberCount:
    """All that was counted in several texts of one page; a waiver counts once."""
    return TypedNumberCount(
        tuple(name for tally in tallies for name in tally.figures),
        tuple(dict.fromkeys(waiver for tally in tallies for waiver in tally.waived)),
        tuple(number for tally in tallies for number in tally.bare),
    )


def _count_numbers(
    text: str, heading: bool, source: _Source, setting: FigureScope
) -> tuple[TypedNumberCount, list[Finding]]:
    text = _BLANKS.sub(" ", text)
    spans = [(waiver, *span) for waiver in setting.waivers for span in _spans(waiver, text)]
    waived: dict[TypedNumber, None] = {}
    bare: list[str] = []
    findings: list[Finding] = []
    for numeral in find_numerals(text, heading=heading):
        by = [w for w, start, end in spans if start <= numeral.start and numeral.end <= end]
        if by:
            waived.update(dict.fromkeys(by))
            continue
        bare.append(numeral.text)
        found = f"{numeral.text} in {_around(text, numeral.start, numeral.end)!r}"
        row = source.find_row(numeral.text)
        findings.append(
            _finding("number-bare", found, "a figure, or a waiver with a reason", setting, row)
        )
    return TypedNumberCount((), tuple(waived), tuple(bare)), findings


class _Source:
    """The original text, read from beginning to end to find the lines of findings."""

    def __init__(self, text: str, setting: FigureScope) -> None:
        self._text = text
        self._first = setting.row
        self._at = 0

    def find_row(self, written: str) -> int | None:
        """The line of the next `written`, or None if lines have no meaning."""
        pattern = re.compile(_whole(written).replace(r"\ ", r"\s+"))
        match = pattern.search(self._text, self._at) or pattern.search(self._text)
        if not self._first or match is None:
            return None
        self._at = match.end()
        return self._first + self._text.count("\n", 0, match.start())


def _whole(written: str) -> str:
    """A pattern for `written` where it is not a part of a longer number."""
    return rf"(?<!\d)(?<!\d[.,]){re.escape(written)}(?!\d)(?![.,]\d)"


def _spans(waiver: TypedNumber, text: str) -> list[tuple[int, int]]:
    """The positions of the waiver's text in `text`, except inside longer numbers."""
    written = _BLANKS.sub(" ", waiver.text).strip()
    return [match.span() for match in re.finditer(_whole(written), text)] if written else []


def _around(text: str, start: int, end: int) -> str:
    """The words around a place, code and figures in them shortened to a sign."""
    left, right = max(start - 30, 0), min(end + 30, len(text))
    shown = text[left:right].replace(FILLER, "…").strip()
    return f"{'…' if left else ''}{shown}{'…' if right < len(text) else ''}"


def _finding(
    rule: str, found: str, expected: str, setting: FigureScope, row: int | None
) -> Finding:
    return Finding(rule, found, expected, file=setting.file, dataset=setting.dataset, row=row)


def _misplaced(found: str, setting: FigureScope) -> Finding:
    expected = '{{ figure("NAME") }} in running text'
    return _finding("figure-call-invalid", found, expected, setting, None)
