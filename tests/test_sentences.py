"""Sentences on pages: each number in one is that of the table or list beside it, in words that fit.

Looked at are the gold portals as approved, and the same portals built from a few rows of theirs.
A number that no rule here knows fails the test: a new sentence gets a rule, or a reason in `FREE`.
"""

from __future__ import annotations

import calendar
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from plainrecord.core.html import parse_page, read_words
from plainrecord.pipeline.build import build_portal

GOLD = Path(__file__).parent / "gold"
CUT = [("doubted", 1), ("doubted", 2), ("doubted", 9), ("requests", 1), ("requests", 2), ("open", 1),
       ("protected", 1), ("protected", 12)]  # fmt: skip
BLOCKS = "p|li|h2|h3|dd|dt|summary|figcaption"
OURS = "table|svg|script|style|code|pre|nav|time"
"""What is left out of a block's words: it is held elsewhere, or nobody's sentence."""

Pairs = Iterator[tuple[object, object]]


@dataclass(frozen=True)
class Page:
    """A page of a built portal; `path` is below the portal's root, and `dataset` its own folder."""

    root: Path
    path: str
    tree: etree._Element

    @property
    def dataset(self) -> str:
        return "/".join(self.path.split("/")[:2])

    def beside(self, path: str) -> etree._Element:
        tree = parse_page((self.root / path).read_bytes())
        assert tree is not None
        return tree


def plain(text: str) -> str:
    return text.replace(",", "").strip()


def column(where: etree._Element, heading: str, at: int = 0) -> list[str]:
    """The cells below a heading of a table below `where`; the first such table's, or that `at`."""
    tables = [
        (table, heads.index(heading))
        for table in where.iter("table")
        if heading in (heads := [read_words(cell) for cell in table.xpath("./thead/tr/th")])
    ]
    if len(tables) <= at:
        return []
    table, place = tables[at]
    return [read_words(row[place]) for row in table.xpath("./tbody/tr")]


def total(cells: list[str]) -> int:
    return sum(int(plain(cell)) for cell in cells if plain(cell).lstrip("-").isdigit())


def section(block: etree._Element) -> etree._Element:
    return next(item for item in block.iterancestors() if item.tag in ("section", "main"))


def left_out(where: etree._Element) -> int:
    told = re.search(r"([\d,]+) more (?:is|are) not listed", read_words(where))
    return int(plain(told[1])) if told else 0


def hold_releases(page: Page, _: etree._Element, said: re.Match[str]) -> Pairs:
    listed = page.beside(f"{page.dataset}/releases/index.html").xpath("//li[@data-release]")
    yield int(said["n"]), len(listed)
    if said.groupdict().get("newest"):
        yield said["newest"], read_words(listed[0].find(".//time"))


def hold_newest(page: Page, _: etree._Element, said: re.Match[str]) -> Pairs:
    listed = page.beside(f"{page.dataset}/releases/index.html").xpath(
        "//li[@data-release]//h3//time"
    )
    yield said["newest"], read_words(listed[0])


def hold_release_rows(page: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    day = next(item for item in block.iterancestors("li")).get("data-release")
    rows = page.beside(f"{page.dataset}/releases/{day}/codebook/index.html")
    yield said["n"], re.search(r"([\d,]+) rows?\.", read_words(rows.xpath(".//main")[0]))[1]  # type: ignore[index]


def hold_check(_: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    here = section(block)
    if column(here, "Rows"):
        yield int(plain(said["rows"])), total(column(here, "Rows"))
    yield int(plain(said["fields"])), len(column(here, "Each value must be"))
    broken = re.findall(r": ([\d,]+) errors?\b", read_words(here))
    wrong = [cell for cell in column(here, "Errors") if cell not in ("none", "0")]
    yield said["errors"] == "No", not (broken or wrong)


def hold_fields(_: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    yield int(plain(said["n"])), len(column(section(block), "Each value must be"))


def hold_claims(page: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    cards = "count(.//li[contains(@class, 'claim ')])"
    yield int(said["n"]), int(section(block).xpath(cards))
    yield int(said["of"]), int(page.tree.xpath(cards))


def hold_rules(page: Page, _: etree._Element, said: re.Match[str]) -> Pairs:
    marks = [read_words(mark) for mark in page.tree.xpath("//section//*[@data-item]")]
    yield int(said["n"]), len(marks)
    yield int(said["noticed"]), marks.count("Possible problem")
    yield int(said["passed"]), marks.count("Passed")
    yield int(said["idle"] or 0), marks.count("Could not be applied")


def hold_grades(page: Page, _: etree._Element, said: re.Match[str]) -> Pairs:
    heads = [read_words(head) for head in page.tree.xpath("//*[contains(@class, 'element ')]/h3")]
    yield int(said["n"]), sum(head.endswith(said["grade"]) for head in heads)


def hold_withheld(_: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    fields = column(section(block), "Field")
    counts = dict(zip(fields, column(section(block), "Withheld"), strict=True))
    yield {"one": 1}.get(said["n"]) or int(said["n"]), len(fields)
    text = read_words(block)
    whole = re.findall(r"“([^”]+)” is withheld in every row", text)
    yield (
        sorted(whole),
        sorted(
            field.removesuffix("in every row").strip()
            for field in fields
            if "in every row" in field
        ),
    )
    for name, count in re.findall(r"“([^”]+)” is withheld in ([\d,]+) of", text):
        yield count, counts.get(name)
    hidden = re.findall(r"The number of withheld values of “([^”]+)” is suppressed", text)
    yield sorted(hidden), sorted(f for f, count in counts.items() if count == "suppressed")
    none = re.search(r"Nothing is withheld in (.*)\.$", text)
    yield set(re.findall("“([^”]+)”", none[1] if none else "")) & set(fields), set()


def hold_requests(_: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    here, n = section(block), int(plain(said["n"]))
    states = [read_words(item) for item in here.xpath(".//li[contains(@class, 'tally')]")]
    counted = [item.split(" ", 1) for item in states if "appeal" not in item]
    yield n, total([count for count, _ in counted])
    yield n, total(column(here, "Requests"))
    late = [count for count, state in counted if state == "open and overdue"]
    if "–" not in column(here, "Overdue"):
        yield total(late), total(column(here, "Overdue"))


def hold_offices(_: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    here, periods = section(block), plain(said["periods"])
    strips = re.findall(r"records in ([\d,]+) of ([\d,]+) periods", read_words(here))
    if strips:
        yield int(said["n"]), sum(plain(a) == periods for a, _ in strips)
        yield int(said["of"]), len(strips)
        yield {plain(b) for _, b in strips}, {periods}
    partly = len(column(here, "Periods with records")) + left_out(here)
    yield int(said["of"]) - int(said["n"]), partly


def hold_found(heading: str) -> Callable[[Page, etree._Element, re.Match[str]], Pairs]:
    """The number that a rule found is that of the lines of its table, where it has one."""

    def hold(_: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
        here = section(block)
        lines = column(here, heading)
        found = 0 if said["n"] in ("no", None) else int(said["n"])
        if lines:
            yield found, len(lines) + left_out(here)
        yield not found, "Possible problem" not in read_words(here)

    return hold


def hold_peak(_: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    here = section(block)
    days, shares = column(here, "Day"), column(here, "Share")
    yield said["day"], days[0]
    yield said["share"], shares[0]
    numbers = [float(share.rstrip(" %")) for share in shares if share[0].isdigit()]
    yield max(numbers), numbers[0]


def hold_lines(page: Page, _: etree._Element, said: re.Match[str]) -> Pairs:
    parts = re.findall(r"([\d,]+) (the same|different within|different|only in|suppressed)", said["parts"] or "")  # fmt: skip
    yield int(plain(said["n"])), sum(int(plain(count)) for count, _ in parts)
    results = column(page.tree, "Result")
    whole = any(read_words(head) == "Line by line" for head in page.tree.iter("h3"))
    if whole:
        yield int(plain(said["n"])), len(results) + left_out(page.tree)


def hold_matched(page: Page, _: etree._Element, said: re.Match[str]) -> Pairs:
    for name, heading in (("both", "In both"), ("here", "Only in the first"), ("there", "Only in the second")):  # fmt: skip
        yield int(plain(said[name])), total(column(page.tree, heading))


def hold_cards(page: Page, block: etree._Element, said: re.Match[str]) -> Pairs:
    name = read_words(next(block.iterancestors("li")).xpath(".//h3")[0])
    rows = {
        cell.split(" Synthetic")[0]: count
        for cell, count in zip(
            column(page.beside("datasets/index.html"), "Dataset"),
            column(page.beside("datasets/index.html"), "Rows"),
            strict=True,
        )
    }
    yield said["n"], rows[name]


@dataclass(frozen=True)
class Rule:
    """What a sentence says, by its pattern, on pages whose path matches; and what it is held to."""

    pages: str
    pattern: str
    hold: Callable[[Page, etree._Element, re.Match[str]], Pairs]


N = r"(?P<n>[\d,]+)"
MONTH = f"(?:{'|'.join(calendar.month_name[1:])})"
DATE = r"\d{1,2} [A-Z][a-z]+ \d{4}"
RULES = (
    Rule(r"releases/index", rf"^{N} releases?$", hold_releases),
    Rule(r"datasets/", rf"^Release of (?P<newest>{DATE}), the newest of {N}\.", hold_releases),
    Rule(r"releases/.*/index", rf"All {N} releases", hold_releases),
    Rule(r"releases/", rf"The newest release is that of (?P<newest>{DATE})\.", hold_newest),
    Rule(r"releases/index", rf"^{N} rows?, one for each", hold_release_rows),
    Rule(r"check/index", r"^(?P<errors>No|[\d,]+) errors? in (?P<rows>[\d,]+) rows?, (?P<fields>[\d,]+) fields?\.", hold_check),
    Rule(r"check/index", rf"^The columns are the {N} fields of the schema", hold_fields),
    Rule(r"^claims/index", rf" {N} of (?P<of>\d+)$", hold_claims),
    Rule(r"plausibility/", rf"^{N} checks?: (?P<noticed>\d+) found a possible problem, (?P<passed>\d+) passed(?:, (?P<idle>\d+) could not be applied)?\.", hold_rules),
    Rule(r"datasets/.*scorecard/", rf"^{N} (?P<grade>\S [A-Z].*)$", hold_grades),
    Rule(r"withheld/", r"^Values are withheld in (?P<n>one|\d+) fields?\.", hold_withheld),
    Rule(r"^requests/index", rf"^{N} requests?[,.]", hold_requests),
    Rule(r"plausibility/", rf"{N} of (?P<of>\d+) offices? (?:has|have) records in each of the (?P<periods>[\d,]+) periods", hold_offices),
    Rule(r"plausibility/", rf"({N}|(?P<none>None)) of [\d,]+ periods? holds? exactly", hold_found("Same as")),
    Rule(r"plausibility/", rf"In {N} of [\d,]+ comparisons? the part", hold_found("Part")),
    Rule(r"plausibility/", rf"{N} of [\d,]+ fields? holds? one value", hold_found("Rows with it")),
    Rule(r"plausibility/", r"there (?:is|are) (?P<n>no|[\d,]+) stretch(?:es)? without", hold_found("Without records")),
    Rule(r"plausibility/", r"The highest share is that of (?P<day>.+?): .* in [^,]+, (?P<share>.+%)\.", hold_peak),
    Rule(r"^reconciliations/", rf"^{N} lines? (?:was|were) compared(?:: (?P<parts>.*))?\.$", hold_lines),
    Rule(r"^reconciliations/", r"(?P<both>[\d,]+) (?:is|are) in both sources, (?P<here>[\d,]+) only in the first, (?P<there>[\d,]+) only in the second", hold_matched),
    Rule(r"^index", rf"{N} rows?(?= Updated|$)", hold_cards),
)  # fmt: skip

FREE = (
    rf"{DATE}|\d{{4}}-\d\d(?:-\d\d)?|\d{{4}}-Q\d|Q\d \d{{4}}|{MONTH} \d{{4}}",  # days and periods
    r"SHA-256|Data Package v2|CC0-1\.0|\(b\)\([\d)(A-F;, b]+|\d+ U\.S\.C\. [\d().a-zA-Z]+|lose this protection after \d+ years",
    r"\(\d{4}\)\. .*Published by",  # how to cite
    r"Two-sided|where 100 means|rarely reaches 1\.96|multiples of \d+\. Even last digits would give [\d.]+%|holds? 50% or more|do(?:es)? one day hold [\d.]+%",
    r"at 95 percent \(Chapman 1951; Seber 1982\)|differ by (?:[\d.,]+ or by )?[\d.]+ percent|gives an agency 20 working days, and 10 more|on the 20th working day|^\d{2,4}-\d+$|\([aB]\)\([\d)(A-Bi]+\)|in 20 working days|with fewer than \d+|periods(?:\d{4})+",
    r"[Cc]ounts from 1 to [\d,]+|to its first \d+ characters|fewer than \d+ records",
    r"with [\d,]+ records?; the months before have about [\d,]+(?: each)?",  # the finding's own words
    r"\d+ (?:day|month|year)s? (?:old|overdue) on|\d+ of its source files (?:has|have) not been fetched|: [\d.]+% of the records\)",
    r"The stated number is [\d.,]+|A difference of up to [\d.]+|scores are \d+ or more|The records have such columns: .*, among \d+|score \d+ or more|The score is \d+ or more",
    r"about \d+%|under 1%|over 99%|\[?https?://\S+|javascript:alert\(1\)|alert\(1\)|^\d{4}-(?:INSP-)?[\d-]+(?:-F)?$|\d+% of the values under the key",
    r"\(\d+ lines?, SIZE\)|^[\d,]+ releases of ",  # the pages of changes have tests of their own
    r"in \d+ tables?",  # each has its row count among the downloads
)  # fmt: skip


@cache
def read_site(root: Path) -> tuple[Page, ...]:
    made = []
    for path in sorted(root.rglob("*.html")):
        name = path.relative_to(root).as_posix()
        tree = parse_page(path.read_bytes())
        if tree is None or name.startswith(("verify/", "standards/", "requests/letter", "about/")):
            continue
        made.append(Page(root, name, tree))
    return tuple(made)


def list_blocks(page: Page) -> Iterator[etree._Element]:
    """The blocks of a page that hold no other block, without those that a maintainer wrote.

    Left out as well are the sizes of downloads, and headlines."""
    for block in page.tree.xpath("//main//*[self::" + "|self::".join(BLOCKS.split("|")) + "]"):
        inner = any(item.tag in BLOCKS.split("|") for item in block.iterdescendants())
        kept = [block, *block.iterancestors()]
        classes = " ".join(item.get("class") or "" for item in kept)
        held = block.get("data-fact") == "headline"  # the receipt has it, and `verify` compares
        if not inner and not held and not re.search(r"\b(?:prose|receipts?|get)\b", classes):
            yield block


def bare_words(block: etree._Element) -> str:
    """The words of a block without numbers that a receipt proves, and without tables."""
    skipped = OURS.split("|")
    parts = [block.text or ""]
    for item in block.iterdescendants():
        held = [item, *(up for up in item.iterancestors() if up is not block)]
        if any(
            up.tag in skipped
            or up.get("data-count")
            or up.get("data-figure")
            or up.get("data-fact")
            for up in held
        ):
            parts.append("" if item.tag not in skipped else " ")
        else:
            parts.append(item.text or "")
        over = item.getparent()
        assert over is not None
        if over is block or not any(
            up.tag in skipped or up.get("data-count") or up.get("data-figure")
            for up in [over, *over.iterancestors()]
        ):
            parts.append(item.tail or "")
    return " ".join("".join(parts).split())


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Gold portals built from their first rows alone, by name and number of rows."""
    made = {}
    for name, rows in CUT:
        root = tmp_path_factory.mktemp(f"{name}-{rows}")
        shutil.copytree(GOLD / name / "portal", root / "portal")
        for path in (root / "portal/data").glob("*/*.csv"):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(lines[: rows + 1]), encoding="utf-8")
        for path in (root / "portal/data").glob("*/datapackage.*"):
            # Few rows may leave none that meets a condition, which stops a build.
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"number % (\d) = 0", r"number > -\1", text), encoding="utf-8")
        build_portal(root / "portal", root / "site", lambda _: None)
        made[f"{name}-{rows}"] = root / "site"
    return made


SITES = [
    *sorted(path.name for path in GOLD.iterdir() if path.is_dir()),
    *(f"{n}-{r}" for n, r in CUT),
]


def find_site(name: str, cut: dict[str, Path]) -> Path:
    return cut[name] if name in cut else GOLD / name / "expected"


@pytest.mark.parametrize("name", SITES)
def test_numbers_in_sentences_are_those_of_the_tables(cut: dict[str, Path], name: str) -> None:
    wrong = []
    for page in read_site(find_site(name, cut)):
        for block in list_blocks(page):
            text = read_words(block)
            for rule in RULES:
                if not re.search(rule.pages, page.path):
                    continue
                for said in re.finditer(rule.pattern, text):
                    for told, there in rule.hold(page, block, said):
                        if told != there:
                            wrong.append(f"{page.path}: {said[0]!r} says {told}, the table {there}")
    assert wrong == []


def test_every_rule_finds_its_sentence(cut: dict[str, Path]) -> None:
    left = set(RULES)
    for name in SITES:
        for page in read_site(find_site(name, cut)):
            rules = [rule for rule in left if re.search(rule.pages, page.path)]
            texts = [read_words(block) for block in list_blocks(page)] if rules else []
            left -= {rule for rule in rules if any(re.search(rule.pattern, t) for t in texts)}
    assert {rule.pattern for rule in left} == set()


@pytest.mark.parametrize("name", SITES)
def test_no_number_stands_in_a_sentence_that_nothing_holds(cut: dict[str, Path], name: str) -> None:
    loose = []
    for page in read_site(find_site(name, cut)):
        known = [rule.pattern for rule in RULES if re.search(rule.pages, page.path)]
        for block in list_blocks(page):
            words = bare_words(block)
            if not re.search(r"\d", words):
                continue
            if any(re.search(pattern, read_words(block)) for pattern in known):
                continue
            for pattern in FREE:
                words = re.sub(pattern, "", words)
            if re.search(r"\d", words):
                loose.append(f"{page.path}: {words}")
    assert loose == []


ONE = re.compile(
    r"(?<![\d.,/%(-])(?<!SHA-)\b1 (?:more |working |typed |closed |suppressed )?([a-z]+)\b(?! of)"
)
MANY = re.compile(
    r"(?<![\d.,/-])(?:0|[2-9]|[1-9][\d,]*\d) (?:more )?"
    r"(row|record|line|field|value|release|period|office|request|rule|file|number|chart|count|total|day)\b"
)  # fmt: skip
AS_THEY_ARE = {
    "counts",
    "is",
    "was",
    "has",
    "agrees",
    "does",
    "holds",
    "noticed",
    "passed",
    "less",
    "answers",
}


@pytest.mark.parametrize("name", SITES)
def test_words_fit_their_numbers(cut: dict[str, Path], name: str) -> None:
    wrong = []
    for page in read_site(find_site(name, cut)):
        for block in list_blocks(page):
            text = read_words(block)
            for found in ONE.finditer(text):
                word = found[1]
                plural = word.endswith("s") and not word.endswith("ss") and word not in AS_THEY_ARE
                if plural or word in ("are", "have", "were"):
                    wrong.append(f"{page.path}: {found[0]!r} in {text[:90]!r}")
            wrong += [f"{page.path}: {m[0]!r} in {text[:90]!r}" for m in MANY.finditer(text)]
    assert wrong == []
