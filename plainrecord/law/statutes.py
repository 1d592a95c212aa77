"""Legal bases as records write them, parsed: U.S. Code, CFR, INA, acts of England and Wales.

A small grammar, and a closed table of sections (`sections`) that says what is known of each. It
reads `8 U.S.C. § 1357(a)(2)`, `INA 287(a)`, `8 CFR 287.8(c)`, lists of sections and subsections,
ICE's own codes of removal charges (`212a7AiI`) and data.police.uk's `Legislation`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from plainrecord.law.provisions import BY_INA, GROUNDS, HIGHEST, LINKS, SECTIONS, Section

LONGEST = 1000
INA = "INA"


class Oddity(StrEnum):
    """What was unusual about a citation, in words."""

    CODE = "written as a code"
    UNNAMED = "the law is not named"
    CASE = "letters in another case than the law writes them"
    AMBIGUOUS = "capitals throughout, so that it may mean two places"
    RANGE = "a range, of which only the ends are read"
    SEQUENCE = "“and the following sections”, which are not read"
    OLD = "numbered as the law was before 1997"
    LETTER = "a letter after the section, read as its subsection"


@dataclass(frozen=True, slots=True)
class Provision:
    """A place in the law. `book` is `8 U.S.C.`, `8 CFR`, `8 CFR part`, `INA` or an act's name.

    `path` leads below the section: `("a", "2")` is (a)(2). `old` is whether the number is that of
    the INA as it was: until April 1997 section 241(a) held the grounds of deportation, which are
    in 237(a) now, and until 1991 those of 212(a) went beyond (10). Such a number means something
    else today, or nothing.
    """

    book: str
    number: str
    path: tuple[str, ...] = ()
    old: bool = False

    @property
    def text(self) -> str:
        """The one spelling: `8 U.S.C. § 1357(a)(2)`, `8 CFR 287.8(c)`, `INA § 287(a)`."""
        below = "".join(f"({step})" for step in self.path)
        if self.book.endswith("U.S.C.") or self.book == INA:
            return f"{self.book} § {self.number}{below}"
        if " CFR" in self.book:
            return f"{self.book} {self.number}{below}"
        return f"{self.book} (section {self.number}{below})"

    @property
    def address(self) -> str:
        """The official address of the section or part; empty where none is known."""
        if self.book == INA:
            known = self.known
            return Provision(known.book, known.number).address if known else ""
        title, _, kind = self.book.partition(" ")
        if kind == "U.S.C.":
            return f"{LINKS}/uscode/{title}/{self.number}"
        if kind == "CFR":
            part, _, section = self.number.partition(".")
            return f"{LINKS}/cfr/{title}/{part}?sectionnum={section}&year=mostrecent"
        if kind == "CFR part":
            return f"{LINKS}/cfr/{title}/{self.number}?year=mostrecent"
        row = SECTIONS.get((self.book, self.number))
        return row.address if row else ""

    @property
    def known(self) -> Section | None:
        """The row of the closed table; for a section of the INA, that of the U.S. Code."""
        if self.book == INA:
            return None if self.old else BY_INA.get(self.number)
        return SECTIONS.get((self.book, self.number))

    @property
    def impossible(self) -> bool:
        """Whether there can be no such section: its number is beyond the last one."""
        number = re.match(r"\d+", self.number)
        part = self.book.replace(" CFR", " CFR part") if self.book.endswith(" CFR") else self.book
        highest = HIGHEST.get(part)
        return bool(number and highest and not self.old and int(number[0]) > highest)

    @property
    def twin(self) -> str:
        """The same place by the other name: a section of the INA has one in the U.S. Code."""
        if self.book == INA and self.known:
            return replace(self, book=self.known.book, number=self.known.number).text
        if self.book == "8 U.S.C." and (row := self.known) and row.ina:
            return replace(self, book=INA, number=row.ina).text
        return ""


@dataclass(frozen=True, slots=True)
class Citation:
    """The provisions that a text cites, in order. `whole` is whether it says nothing else."""

    provisions: tuple[Provision, ...]
    whole: bool
    odd: tuple[Oddity, ...] = ()

    @property
    def text(self) -> str:
        """All of it in one spelling; parsing it gives the same provisions again."""
        return "; ".join(provision.text for provision in self.provisions)


_SIGN = r"(?:\s?(?:§{1,2}|sections?|secs?\.?|ss?\.))?\s?"
_CODE = r"u\.?\s?s\.?\s?c(?:ode)?(?=[as](?![a-z])|ann\b|[^a-z]|$)\.?(?:\s?[as](?:nn)?\.?(?=\s?[,§\d]|\s(?:sec|§)))?(?:,?\sannotated)?"
_CFR = r"c\.?\s?f\.?\s?r(?![a-z])\.?|code\sof\sfederal\sregulations"
_HEADS = {
    "usc": rf"(?:title\s)?(?P<usc>\d{{1,2}}),?\s?(?:{_CODE}|united\sstates\scode)(?:\sannotated)?(?:,\s)?{_SIGN}(?=\d)",
    "cfr": rf"(?:title\s)?(?P<cfr>\d{{1,2}}),?\s?(?:{_CFR})(?:,\s)?(?P<part>\s?parts?\s|\s?pts?\.\s?)?{_SIGN}(?=\d)",
    "ina": rf"(?:(?:i\.n\.a\.|ina\b|ina(?=\d)|immigration\sand\snationality\sact),?\s?(?:\(ina\)\s?)?(?:of\s1952,?\s)?{_SIGN})(?=\d)",
    "of_cfr": rf"(?:§{{1,2}}|sections?|secs?\.?)\s?(?=\d[^;]{{0,80}}?\sof\stitle\s(?P<cfr_of>\d{{1,2}}),?\s(?:of\sthe\s)?(?:{_CFR}))",
    "of_usc": r"(?:§{1,2}|sections?|secs?\.?)\s?(?=\d[^.;]{0,80}?\sof\stitle\s(?P<usc_of>\d{1,2})\b)",
    "act": r"(?:§{1,2}|sections?|secs?\.?)\s?(?=\d{3}[a-z]?[^.]{0,80}?\sof\sthe\s(?:act\b|ina\b|immigration\sand\snationality\sact))",
}
_HEAD = re.compile("|".join(f"(?P<is_{name}>(?<![\\w.]){form})" for name, form in _HEADS.items()))
_STEP = r"\s?\(\s?[0-9a-z]{1,5}\s?\)"
_PATH = rf"(?:{_STEP}){{0,8}}"
_ITEMS = {
    "usc": re.compile(rf"(?P<number>\d{{1,5}}[a-z]{{0,2}}(?:-\d{{1,2}}(?!\d))?)(?P<path>{_PATH})"),
    "ina": re.compile(rf"(?P<number>\d{{3}}[a-z]?)(?P<path>{_PATH})"),
    "cfr": re.compile(rf"(?P<number>\d{{1,4}}[a-z]?(?:\.\d{{1,3}}[a-z]?)?)(?P<path>{_PATH})"),
}
_BELOW = re.compile(rf"(?P<path>(?:{_STEP}){{1,8}})")
_JOINT = re.compile(
    r"\s?(?P<range>-|–|—|through\b|to\b)\s?(?:§{1,2}|sections?|secs?\.?)?\s?"
    r"|(?:\s?(?:[,;&/]|and\b|or\b)){1,2}\s?(?:§{1,2}|sections?\b|secs?\.?|parts?\b)?\s?"
)
_AFTER_ITEM = re.compile(
    r"\s?(?:$|[,;&/)\]]|\.(?!\d)|and\b|or\b|through\b|to\b|et\sseq|of\sthe\b|of\stitle\b|-|–)"
)
_SEQUENCE = re.compile(r",?\s?et\.?\sseq\.?")
_OF_THE_ACT = re.compile(
    r"\sof\s(?:the\s(?:act|ina|immigration\sand\snationality\sact)\b|title\s\d{1,2}\b"
    rf"(?:,?\s(?:of\sthe\s)?(?:united\sstates\scode\b|{_CODE}|{_CFR}))?)"
)
_REST = re.compile(r"(?:[\s,;.&/()\[\]=:]|and\b|or\b|under\b|pursuant\sto\b)*")
_CHARGE = re.compile(
    r"(?:ina\s?)?(?P<section>2(?:12|35|37|38|41|17))(?P<rest>[a-z]\d[0-9a-z]{0,9})"
)
_BARE = re.compile(rf"(?P<number>2\d\d[a-d]?)(?P<path>(?:{_STEP}){{1,8}})")
_UK = re.compile(
    r"(?P<act>[a-z][a-z ,'’&-]{2,90} act (?:1[5-9]|20)\d\d)"
    r"[, ]\s?\(?(?:sections?|sect?\.?|ss?\.?)\s?(?P<number>\d{1,3}[a-z]{0,2})(?P<path>(?:\(\w{1,4}\)){0,4})\)?"
)
_UK_BEFORE = re.compile(
    r"(?:sections?|ss?\.?)\s?(?P<number>\d{1,3}[a-z]{0,2})(?P<path>(?:\(\w{1,4}\)){0,4})"
    r",?\s(?:of\s)?(?:the\s)?(?P<act>[a-z][a-z ,'’&-]{2,90} act (?:1[5-9]|20)\d\d)"
)
_ACTS = {book.lower(): book for book, _ in SECTIONS if " Act " in book}


def parse_citation(text: str) -> Citation | None:
    """The provisions, existing or not, that `text` cites, None for none. Never raises."""
    plain = " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).split())
    lower = plain.lower()
    if not lower or len(lower) != len(plain):
        return None
    return _charge(plain, lower) or _act(plain, lower) or _read(plain, lower)


def _act(plain: str, lower: str) -> Citation | None:
    match = _UK.fullmatch(lower) or _UK_BEFORE.fullmatch(lower)
    if not match:
        return None
    act = plain[match.start("act") : match.end("act")]
    act = _ACTS.get(match["act"], act)
    path = tuple(re.findall(r"\w+", match["path"]))
    return Citation((Provision(act, match["number"].upper(), path),), whole=True)


def _charge(plain: str, lower: str) -> Citation | None:
    """A charge of removal as ICE codes it (`212a7AiI`), or a section that names no law (`287(g)`)."""
    if code := _CHARGE.fullmatch(lower):
        path, odd = _split_code(plain[code.start("rest") :])
        if path:
            return Citation(
                (_provision(INA, code["section"], path, code=True),), True, (Oddity.CODE, *odd)
            )
    if (bare := _BARE.fullmatch(lower)) and bare["number"].upper() in BY_INA:
        steps = _steps(plain[bare.start("path") :])
        path, odd = _resolve(steps, nested=True)
        made = _provision(INA, bare["number"].upper(), path)
        return Citation((made,), True, (Oddity.UNNAMED, *odd))
    return None


def _provision(book: str, number: str, path: tuple[str, ...], *, code: bool = False) -> Provision:
    """A provision, with what its number shows of its age. A code for a charge names a ground."""
    old = False
    if book == INA and path[:1] == ("a",) and len(path) > 1:
        beyond = path[1].isdigit() and int(path[1]) > GROUNDS.get(number, 10**6)
        old = (code and number == "241") or (number == "212" and beyond)
    return Provision(book, number, path, old)


def _split_code(rest: str) -> tuple[tuple[str, ...], list[Oddity]]:
    """`a7AiI` in steps: a, 7, A, i, I. Empty where it does not fit the order of the law."""
    odd: list[Oddity] = []
    loud = rest.upper() == rest and len(rest) > 2
    match = re.fullmatch(r"([a-zA-Z])(\d{1,2})(?:([a-zA-Z])(\d?[a-zA-Z]*))?", rest)
    if not match:
        return (), odd
    path = [match[1].lower(), match[2]]
    if match[3]:
        path.append(match[3].upper())
    tail = match[4] or ""
    if tail.isdigit():
        path.append(tail)
    elif tail:
        split = re.fullmatch(r"([ivx]+)([IVX]*)", tail.lower() if loud else tail)
        if not split:
            return (), odd
        path += [step for step in split.groups() if step]
        if loud and re.fullmatch(r"i[iv]+|iii", split[1]):
            odd.append(Oddity.AMBIGUOUS)
    if loud or match[1].isupper():
        odd.insert(0, Oddity.CASE)
    return tuple(path), odd


def _steps(text: str) -> list[str]:
    return re.findall(r"[0-9a-zA-Z]+", text)


def _resolve(
    steps: list[str], *, nested: bool, cfr: bool = False
) -> tuple[tuple[str, ...], list[Oddity]]:
    """The steps in the case that the law writes them in, where they follow its order."""
    order = (
        ("lower", "digit", "lower", "upper", "digit")
        if cfr
        else ("lower", "digit", "upper", "lower", "upper", "lower")
    )
    settled = []
    for step, kind in zip(steps, order, strict=False):
        if step.isdigit() != (kind == "digit"):
            return tuple(steps), []  # another order, as some sections have
        settled.append(step.upper() if kind == "upper" else step.lower())
    settled += steps[len(order) :]
    return tuple(settled), [Oddity.CASE] if nested and settled != steps else []


def _read(plain: str, lower: str) -> Citation | None:
    """Every citation in a text, one head after another."""
    provisions: list[Provision] = []
    odd: list[Oddity] = []
    rest: list[str] = []
    position = 0
    while head := _HEAD.search(lower, position):
        kind = next(name for name in _HEADS if head[f"is_{name}"] is not None)
        reading = _List(plain, lower, kind, head)
        end = reading.read(head.end())
        if not reading.found:
            rest.append(lower[position : head.end()])
            position = head.end()
            continue
        rest.append(lower[position : head.start()])
        provisions += reading.found
        odd += reading.odd
        position = end
    if not provisions:
        return None
    rest.append(lower[position:])
    return Citation(
        tuple(dict.fromkeys(provisions)),
        whole=all(_REST.fullmatch(part) for part in rest),
        odd=tuple(sign for sign in Oddity if sign in odd),
    )


class _List:
    """The list of sections and subsections behind one naming of a law."""

    def __init__(self, plain: str, lower: str, kind: str, head: re.Match[str]) -> None:
        self.plain, self.lower = plain, lower
        self.kind = "ina" if kind == "act" else kind.removeprefix("of_")
        title = head["usc"] or head["cfr"] or head["usc_of"] or head["cfr_of"] or ""
        self.title = title.lstrip("0")
        self.parts = bool(head["part"])
        self.found: list[Provision] = []
        self.odd: list[Oddity] = []

    def read(self, position: int) -> int:
        """Read the list from `position`, its first number; return the position after the list."""
        item = _ITEMS[self.kind].match(self.lower, position)
        if not item or not self._take(item):
            return position
        position = item.end()
        while True:
            if sequence := _SEQUENCE.match(self.lower, position):
                self.odd.append(Oddity.SEQUENCE)
                position = sequence.end()
            if named := _OF_THE_ACT.match(self.lower, position):
                position = named.end()
            joint = _JOINT.match(self.lower, position)
            if not joint or _HEAD.match(self.lower, joint.end()):
                return position
            step = self._next(joint.end())
            if step is None:
                return position
            if joint["range"]:
                self.odd.append(Oddity.RANGE)
            position = step

    def _next(self, position: int) -> int | None:
        """Take the next section, or a subsection of the last; the place behind it."""
        below = _BELOW.match(self.lower, position)
        if below and _AFTER_ITEM.match(self.lower, below.end()):
            last = self.found[-1]
            steps = _steps(self.plain[below.start() : below.end()])
            path, odd = _resolve(
                self._beside(last.path, steps), nested=True, cfr=self.kind == "cfr"
            )
            self.odd += odd
            self.found.append(_provision(last.book, last.number, path))
            return below.end()
        item = _ITEMS[self.kind].match(self.lower, position)
        digits = 1 if self.kind == "cfr" else 3
        if not item or not re.match(rf"\d{{{digits}}}", item["number"]):
            return None
        if not _AFTER_ITEM.match(self.lower, item.end()):
            return None
        if self.kind == "cfr" and not self.parts and "." not in item["number"]:
            return None
        return item.end() if self._take(item) else None

    @staticmethod
    def _beside(path: tuple[str, ...], steps: list[str]) -> list[str]:
        """`(b)` after `(a)(2)` is a subsection, `(3)` after it is (a)(3): by the kind of its sign."""
        for depth, step in enumerate(path):
            if step.isdigit() == steps[0].isdigit() and (depth or not step.isdigit()):
                return [*path[:depth], *steps]
        return [*path, *steps]

    def _take(self, item: re.Match[str]) -> bool:
        number = item["number"]
        steps = _steps(self.plain[item.start("path") : item.end("path")])
        if re.match(r"\w", self.lower[item.end() : item.end() + 1]):
            return False
        if self.kind == "cfr":
            book = f"{self.title} CFR"
            if "." not in number:
                book += " part"
            elif self.parts:
                return False
        elif self.kind == "ina":
            book, number = INA, number.upper()
        else:
            book = f"{self.title} U.S.C."
            whole = re.fullmatch(r"(\d+)([a-z])", number)
            written = self.plain[item.start("number") : item.end("number")]
            if (book, number) in SECTIONS:  # the table knows how the law writes it
                self.odd += [Oddity.CASE] * (written != number)
            elif whole and (book, whole[1]) in SECTIONS:
                number, steps = whole[1], [whole[2], *steps]
                self.odd.append(Oddity.LETTER)
            else:  # some titles write 1028A, others 2332a: as it is written here
                number = written
        path, odd = _resolve(steps, nested=True, cfr=self.kind == "cfr")
        self.odd += odd
        self.found.append(_provision(book, number, path))
        return True


def judge_provisions(provisions: tuple[Provision, ...], of: str) -> Iterator[tuple[str, Provision]]:
    """The rule that each provision breaks as the legal basis of `of` (one of `law.provisions.BASES`).

    A record that names several provisions fits where one of them does. A number of the law as it
    was breaks none: it was right once.
    """
    fitting = any(p.known is not None and of in p.known.fits for p in provisions)
    for provision in provisions:
        if provision.old:
            continue
        if provision.impossible:
            yield "statute-impossible", provision
        elif provision.known is None:
            yield "statute-unlisted", provision
        elif not fitting:
            yield "statute-unfit", provision
