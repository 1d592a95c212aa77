"""Exemption marks: the text that an agency puts where it kept a value back, parsed.

The grammar was drawn from real releases: `(b)(6)`, `(B)(6);(B)(7)(C) `, `(b)(6),(b)(7)c)`,
`b(6), b(7)C`, `b6/b7c`, `b-7(c)`, `B5 DP`, `1.4(D),B1,B6`,
`1.4 (b),(d)`, `B(7)(E)(1)`, `Exemption 7(C)`, cells of X. What the marks mean is in the table `foia`
(5 U.S.C. 552(b) and 552a).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 400
"""A longer text is no mark; a mark inside it is looked for in this many characters."""


class Odd(StrEnum):
    """What was unusual about the spelling of a mark, in words."""

    CASE = "letters in another case than the law writes them"
    BLANKS = "stray blanks"
    BRACKETS = "brackets missing or not closed"
    SHORT = "a number or letter without what belongs before it"
    NOTE = "a number after the mark, which some agencies use for their own categories"
    PRIVILEGE = "the privilege that exemption 5 rests on"
    RANGE = "a dash between two, of which only those that are named are read"
    REPEATED = "an exemption named twice"
    UNNAMED = "no exemption is named"


@dataclass(frozen=True, slots=True)
class Mark:
    """What an exemption mark says.

    `exemptions` are the normalised codes in the order written, each once: `(b)(6)`, `(b)(7)(C)`;
    empty for a cell of X or a black bar, which names none. `laws` are the laws that it cites for
    exemption 3, and the categories of the executive order on classification for exemption 1. `whole` is whether the text is a mark and nothing else; `bare` whether it is
    written without any bracket or word (`b6`), which a code of another kind may be as well.
    """

    exemptions: tuple[str, ...]
    whole: bool
    odd: tuple[Odd, ...] = ()
    laws: tuple[str, ...] = ()
    bare: bool = False

    @property
    def text(self) -> str:
        """The mark in one spelling; parsing it gives the same exemptions and laws again."""
        return "; ".join((*self.exemptions, *self.laws)) or "XXXX"


_USC = r"u\.?\s?s\.?\s?c(?:\.|ode|\b)?\s?(?:[as](?:\.|\b))?"
_ORDER = r"(?:e\.?\s?o\.?|executive\sorder)\s?\d{5},?\s?"
_SECTION = r"(?:§\s?|sec(?:tion|\.)\s?)?"
_CATEGORY = r"(?:\([a-h]\)|[a-h](?![a-z0-9]))(?!\s?[(\[]?\s?\d)"
_IN_FULL = r"\sin\s(?:full|part|its\sentirety|their\sentirety|entirety)"
_TOKENS = re.compile(
    rf"""
    (?P<law>\d{{1,2}}\s?(?:{_USC}|c\.?\s?f\.?\s?r\.?)\s?(?:§{{1,2}}|sec(?:tion|\.))?\s?
        (?!552)\d{{1,5}}[a-z]?(?:-\d{{1,2}})?(?:\([0-9a-z]{{1,4}}\))*
        | (?:public\s?law|pub\.?\s?l(?:aw)?\.?|p\.?\s?l\.?)\s?(?:no\.?\s?)?\d{{2,3}}-\d{{1,3}}
        | cia\s(?:pers/org|act)\b|ina\b)
    | (?P<order>(?:(?:{_ORDER})?{_SECTION}1\.[45]\s?{_CATEGORY}
        (?:\s?(?:[,;/&–-]|and\s|or\s)\s?{_CATEGORY}|\s?(?=\(){_CATEGORY})*
        | {_ORDER}{_SECTION}3\.[35]\s?\([a-h]\)(?:\(\d\))?)(?:\s?[<>]\s?25\s?y(?:ea)?rs?)?)
    | (?P<lead>(?:(?:title\s)?5,?\s?(?:{_USC}|united\sstates\scode),?\s?)?
        (?:§{{1,2}}\s?|sec(?:tion|\.)\s?)?552a?(?=\s?[(\[])
        | (?:of\s)?(?:under\s)?(?:the\s)?(?:foia|freedom\sof\sinformation\sact|privacy\sact)\b
        | pa(?=\s?(?:\([jk]\)|[jk]\d|ex))
        | (?:the\s)?subsections?\b
        | (?:\d{{1,4}}\s)?(?:pages?(?:\(s\))?\s|documents?\s|records?\s|information\s)?
        (?:withheld|redacted|deleted|denied|excised|exempt(?:ed)?(?!\s?\d)|released?|denial)\b
        (?:{_IN_FULL})?(?:\s(?:under|per|by|pursuant\sto)\b)?\s?[:~–-]?
        | (?:wif|dif|rif|rip)\b(?=[\s:]*[(\[]?b)
        | (?:under|per|pursuant\sto)\b)
    | (?P<word>ex(?:emptions?\b|empt(?:\.|(?=\s?\d))|\.|s\.|(?=\s?\(?\d)|(?=-\d))\s?[#-]?)
    | (?P<privilege>\(?\s?(?<![a-z0-9])(?:dpp?|acp?|awp|wpp?|pcp|deliberative(?:\sprocess)?
        |attorney[\s-](?:client|work[\s-]product)|work[\s-]product|presidential\scommunications?)
        (?![a-z0-9])(?:\sprivilege)?\s?\)?)
    | (?P<extent>\(?\s?(?:high|low)\b\s?\)?)
    | (?P<silent>\(?\s?(?<![a-z0-9])(?:n/?r|(?:non|not)[\s-]?responsive)(?![a-z0-9])
        (?:\s(?:records?|information|material))?\s?\)?)
    | (?P<joint>(?:and|or)\b|[,;/&+|:\\·•]|[–—](?=\s?[(\[bjke\d])|-(?=\s?\d{{1,2}}\su\.?s|\s?p\.?\s?l|\s[(\[bjk]
        |\(?[bjk]\s?[)\d(]))
    | (?P<note>-\s?\d{{1,2}}(?:\s?,\s?\d{{1,2}}(?!\d|\s?[a-z(]))*(?!\d)
        | (?:(?<=[)\]\d])|(?<=\d[a-f]))[(\[](?:\d|i{{1,2}})[)\]])
    | (?P<number>\d+)
    | (?P<letter>[a-z](?![a-z])|(?<![a-z])[bjk](?=\d)|(?<=\d)[a-f](?![a-z]))
    | (?P<bracket>[()\[\]{{}}])
    | (?P<blank>\s+)
    | (?P<tie>[-.](?=\s?(?:[()\[\]a-z0-9]))|\.)
    """,
    re.VERBOSE,
)
_AROUND = "'\"“”‘’*†‡"
"""Quotes and marks of a note that stand around a mark."""
_UNNAMED = re.compile(
    r"[\[(<]?(?:x(?:[\s/.-]?x)*|[█■▇▓]+|redacted|redactad[oa]|testad[oa]"
    r"|(?:non|not)[\s-]?responsive(?: (?:records?|information|material))?"
    r"|(?:out|outside) (?:of )?(?:the )?scope(?: of (?:the )?request)?"
    r"|(?:pages? )?(?:withheld|denied|deleted) in (?:full|its entirety)|withheld"
    r"|pages? (?:withheld|denied|deleted))[\])>]?",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    r"(?:\(b\)\s?\(\d|(?<![a-z0-9])b\(\d|\([jk]\)\s?\(\d|\bfoia\sexemptions?\s\d)(?![a-z])"
)
_PREFIX = re.compile(r"(?:(?:\b5 ?u\.?s\.?c\.? ?)?§? ?\b552a?|(?:^|[^\w).\s]|[a-z.:] ) ?)$")
_GOES_ON = re.compile(r"[)\]}\w]|\s?[(\[]\s?[0-9a-z]{1,4}\s?[)\]]")
_ENDS = ("bracket", "letter", "number", "privilege", "note")
_LIMBS = {("b", 7): "abcdef", ("b", 3): "ab"}
_HIGHEST = {"b": 9, "j": 2, "k": 7}


def parse_mark(text: str) -> Mark | None:
    """What the text says about withholding, or None where it is no exemption mark.

    Never raises. A text that holds a mark among other words is parsed as far as its marks go,
    which must then be written with brackets; `whole` is False for it.
    """
    folded = unicodedata.normalize("NFKC", text[: LONGEST + 1])
    written = folded.strip()
    plain = written.strip(_AROUND).strip()
    if not plain:
        return None
    if len(folded) <= LONGEST:
        if _UNNAMED.fullmatch(plain):
            odd = (Odd.BLANKS, Odd.UNNAMED) if written != folded else (Odd.UNNAMED,)
            return Mark((), whole=True, odd=odd)
        mark = _Reading(plain).read(blanks=written != folded)
        if mark:
            return mark
    return _search(plain[:LONGEST])


def _search(plain: str) -> Mark | None:
    """The marks inside a longer text, as one value that is not whole."""
    lower = plain.lower() if len(plain.lower()) == len(plain) else ""
    marks = []
    end = 0
    for match in _INSIDE.finditer(lower + " "):
        start = match.start()
        if start < end or not _PREFIX.search(lower[max(0, start - 20) : start]):
            continue
        for stop in _ends(lower, start):
            mark = _Reading(plain[start:stop]).read(blanks=False)
            if mark:
                marks.append(mark)
                end = stop
                break
    if not marks:
        return None
    exemptions = tuple(dict.fromkeys(code for mark in marks for code in mark.exemptions))
    odd = tuple(dict.fromkeys(sign for mark in marks for sign in mark.odd))
    return Mark(exemptions, whole=False, odd=odd)


def _ends(lower: str, start: int) -> Iterator[int]:
    """Where a mark that begins at `start` may end, the farthest first."""
    stop = start
    stops: list[int] = []
    while stop < len(lower) and len(stops) < 24:
        sign = _TOKENS.match(lower, stop)
        if not sign:
            break
        stop = sign.end()
        if sign.lastgroup in _ENDS and not _GOES_ON.match(lower, stop):
            stops.append(stop)
    yield from reversed(stops)


class _Reading:
    """One walk over the tokens of a text that may be a mark."""

    def __init__(self, plain: str) -> None:
        self.plain = plain
        self.items: list[tuple[str, int, str]] = []
        self.laws: list[str] = []
        self.odd: set[Odd] = set()
        self.letter = ""  # the letter of the law at hand: b, or j, k, d of the Privacy Act
        self.waiting = False  # for the number that a letter needs
        self.parted = True  # whether a bracket, a joint or a beginning stands before this sign
        self.joined = False  # whether that was a joint
        self.led = False  # whether words say that this is a mark
        self.worded = False  # whether "exemption" is among them: the law's own brackets may go
        self.ordered = False  # whether a category of the executive order is cited
        self.depth = 0

    def read(self, *, blanks: bool) -> Mark | None:
        tokens = self._tokens()
        if tokens is None:
            return None
        steps = {
            "law": self._law,
            "order": self._order,
            "lead": self._lead,
            "word": self._word,
            "joint": self._joint,
            "note": self._note,
            "number": self._number,
            "letter": self._letter,
            "bracket": self._bracket,
            "blank": self._blank,
            "privilege": self._privilege,
            "silent": self._silent,
            "extent": self._extent,
            "tie": self._tie,
        }
        for position, (kind, sign) in enumerate(tokens):
            following = [
                t
                for k, t in tokens[position + 1 : position + 8]
                if k not in ("bracket", "blank", "tie")
            ]
            if not steps[kind](sign, following):
                return None
        opened = sum(kind == "bracket" and sign in "([{" for kind, sign in tokens)
        bare = not any(kind == "bracket" for kind, _ in tokens) and not self.led and not self.laws
        numbers = {number for letter, number, _ in self.items if letter == "b"}
        if self.ordered and ("b", 1) not in [item[:2] for item in self.items]:
            if len(self.laws) == 1 and not re.search(r"\d{5}", self.laws[0]):
                return None  # 1.4(d) alone may be a paragraph
            self.items.insert(0, ("b", 1, ""))
            self.odd.add(Odd.SHORT)
        if self.waiting or not self.items or (bare and not numbers - {1, 2}):
            return None  # B1 and B2 alone are visa classes
        limbs = any(limb for *_, limb in self.items)
        if bare and not limbs and re.search(r"[bjk]\s", self.plain.lower()):
            return None  # a unit or a grade: "B 6", where "b 7 c" is neither
        needed = sum(kind in ("letter", "number") for kind, _ in tokens)
        if self.depth or (opened < needed and not self.worded):
            self.odd.add(Odd.BRACKETS)
        if blanks:
            self.odd.add(Odd.BLANKS)
        codes = [_code(*item) for item in self.items]
        if len(set(codes)) < len(codes):
            self.odd.add(Odd.REPEATED)
        return Mark(
            tuple(dict.fromkeys(codes)),
            whole=True,
            odd=tuple(sign for sign in Odd if sign in self.odd),
            laws=tuple(dict.fromkeys(self.laws)),
            bare=bare,
        )

    def _tokens(self) -> list[tuple[str, str]] | None:
        lower = self.plain.lower()
        if len(lower) != len(self.plain):
            return None
        position, tokens = 0, []
        while position < len(lower):
            sign = _TOKENS.match(lower, position)
            if not sign or not sign.lastgroup:
                return None
            tokens.append((sign.lastgroup, self.plain[position : sign.end()]))
            position = sign.end()
        return tokens

    def _law(self, sign: str, _: list[str]) -> bool:
        if ("b", 3) not in [item[:2] for item in self.items]:
            return False
        self.laws.append(_law_text(sign))
        self.parted = True
        return True

    def _order(self, sign: str, _: list[str]) -> bool:
        self.laws += _order_texts(sign)
        if re.search(r"[–-]", sign):
            self.odd.add(Odd.RANGE)
        self.ordered = self.parted = True
        return not self.waiting

    def _privilege(self, _: str, __: list[str]) -> bool:
        self.odd.add(Odd.PRIVILEGE)
        self.parted = True
        return bool(self.items) and self.items[-1][:2] == ("b", 5) and not self.waiting

    def _extent(self, _: str, __: list[str]) -> bool:
        """High or low: how exemption 2 was divided until 2011."""
        self.parted = True
        return bool(self.items) and self.items[-1][:2] == ("b", 2) and not self.waiting

    def _silent(self, _: str, __: list[str]) -> bool:
        self.parted = True
        return not self.waiting

    def _tie(self, sign: str, following: list[str]) -> bool:
        """A hyphen or full stop between the parts of one mark, or a full stop at the end."""
        self.odd.add(Odd.BRACKETS)
        if sign == "." and not following:
            self.odd.discard(Odd.BRACKETS)
            return bool(self.items)
        last = self.items[-1] if self.items else ("", 0, "")
        limb = bool(following) and following[0].lower() in _LIMBS.get(last[:2], " ")
        if limb and last[2]:
            return self._joint("-", following)
        if sign == "-" and last[0] == "b" and following and following[0].isdigit():
            return self._joint("-", following)
        return self.waiting or limb or last[:2] == ("b", 5)

    def _lead(self, _: str, __: list[str]) -> bool:
        self.led = self.parted = True
        return True

    def _word(self, _: str, __: list[str]) -> bool:
        self.letter, self.waiting = "b", True
        self.led = self.worded = self.parted = True
        return True

    def _joint(self, sign: str, following: list[str]) -> bool:
        if sign in "-–—" and self.items and following and len(following[0]) == 1:
            self.odd.add(Odd.RANGE)
        self.parted = self.joined = True
        return True

    def _note(self, sign: str, following: list[str]) -> bool:
        if self.waiting and re.fullmatch(r"-\s?\d", sign):
            return self._tie("-", following) and self._number(sign[-1], following)
        if sign[0] in "([":
            inside, self.parted = sign[1:-1], True
            last = self.items[-1] if self.items else ("", 0, "")
            if not inside.isdigit():
                self.odd.add(Odd.NOTE)
                return last == ("b", 3, "A") and not self.waiting
            if self.waiting or int(inside) > last[1]:  # exemptions are named in ascending order
                return self._number(inside, following)
        self.odd.add(Odd.NOTE)
        return bool(self.items) and not self.waiting

    def _number(self, sign: str, _: list[str]) -> bool:
        number = int(sign) if len(sign) == 1 else 0
        right = number == 5 if self.letter == "d" else 1 <= number <= _HIGHEST.get(self.letter, 0)
        if not right or not (self.waiting or self.parted):
            return False
        if not self.waiting:
            self.odd.add(Odd.SHORT)
        self.items.append((self.letter, number, ""))
        self.waiting = self.parted = self.joined = False
        return True

    def _letter(self, sign: str, following: list[str]) -> bool:
        letter = sign.lower()
        numbered = bool(following) and following[0].strip("-()[] ").isdigit()
        last = self.items[-1] if self.items else ("", 0, "")
        limbs = _LIMBS.get(last[:2], "")
        starts = letter in "bjkd" and numbered and (letter != "d" or not limbs or self.joined)
        if starts:
            if self.waiting and letter != "b":
                return False
            if sign != letter:
                self.odd.add(Odd.CASE)
            self.letter, self.waiting = letter, True
        elif letter in limbs and letter and not self.waiting:
            if sign == letter:
                self.odd.add(Odd.CASE)
            if last[2]:
                self.odd.add(Odd.SHORT)
                self.items.append((*last[:2], letter.upper()))
            else:
                self.items[-1] = (*last[:2], letter.upper())
        else:
            return False
        self.parted = self.joined = False
        return True

    def _bracket(self, sign: str, _: list[str]) -> bool:
        self.depth += 1 if sign in "([{" else -1
        if self.depth not in (0, 1):
            self.odd.add(Odd.BRACKETS)
        self.parted = True
        return True

    def _blank(self, sign: str, _: list[str]) -> bool:
        if self.depth or len(sign) > 1:
            self.odd.add(Odd.BLANKS)
        return True


def _code(letter: str, number: int, limb: str) -> str:
    return f"({letter})({number})" + (f"({limb})" if limb else "")


def _order_texts(sign: str) -> list[str]:
    """The categories, each in one spelling; the order writes its letters small."""
    match = re.search(r"(?:\D(\d{5}).*?)?(\d\.\d)(.*)", sign, re.DOTALL)
    if not match:
        return [sign]
    lead = " ".join(("E.O.", *filter(None, [match[1]]), match[2]))
    number = re.search(r"\(\d\)", match[3])
    letters = re.findall(r"(?<![a-z])[a-h](?![a-z])", match[3].lower().partition("25")[0])
    return [f"{lead}({letter})" + (number[0] if number else "") for letter in letters]


def _law_text(sign: str) -> str:
    if public := re.search(r"\d{2,3}-\d{1,3}$", sign) if re.match(r"\D", sign) else None:
        return f"Pub. L. {public[0]}"
    match = re.match(r"(\d+)\D+?(\d+[a-zA-Z]?(?:-\d+)?(?:\([0-9a-zA-Z]+\))*)$", sign)
    code = "CFR" if re.search(r"c\.?\s?f", sign, re.IGNORECASE) else "U.S.C."
    return f"{match[1]} {code} {match[2]}" if match else sign.upper()


_ALONE = re.compile(r"1\.[45]\s?\(?[a-h]")


def parse_cited(text: str) -> Mark | None:
    """What a text cites that is known to cite exemptions: also `7(C)` or `1.4(c)` alone."""
    leads = ("", "(b)(1) ") if _ALONE.match(text.lower()) else ("", "exemption ")
    marks = (parse_mark(f"{lead}{text.strip()}") for lead in leads)
    return next((mark for mark in marks if mark and mark.whole and mark.exemptions), None)


_NONE = {"", "-", "–", "—", "n/a", "na", "no", "none"}


def read_exemptions(text: str) -> tuple[str, ...]:
    """The exemptions that a cell cites, normalised where known, else cut at semicolons."""
    mark = parse_mark(text)
    if not (mark and mark.exemptions) and text.strip()[:1] in "(123456789":
        mark = parse_cited(text)
    if mark and mark.exemptions:
        return mark.exemptions
    parts = (part.strip() for part in text.split(";"))
    return tuple(dict.fromkeys(part for part in parts if part.lower() not in _NONE))
