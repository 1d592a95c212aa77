"""Passages: safe markup read once, its figures put in place and its numbers counted.

What comes in was sanitised and serialised by nh3: every element is closed, and the signs `<`, `>`
and `&` stand in no text. So a call is replaced where a reader would read it and nowhere else: not
in code, not in an attribute. What is put in comes from this module alone; the sanitiser lets
neither the element nor the classes of a figure through, so no text can forge one.
"""

from __future__ import annotations

import re
from dataclasses import replace
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
from plainrecord.publishing.typed_numbers import FILLER, find_numerals

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
