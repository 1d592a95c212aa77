"""What a page shows that a receipt must prove: marked numbers, tables of charts, queries, hashes."""

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from lxml import etree

from plainrecord.core.html import flatten, parse_page, read_words
from plainrecord.core.periods import name_period
from plainrecord.core.plurals import unit_of
from plainrecord.core.strict_json import objects_in, parse_json
from plainrecord.findings.finding import Finding
from plainrecord.model.breaks import describe_crossings
from plainrecord.model.counts import mark_cell, name_cells, show_cells
from plainrecord.model.doubts import describe_doubts
from plainrecord.model.evidence import word_suppressed
from plainrecord.model.products import raw_text
from plainrecord.publishing import cards
from plainrecord.publishing.chart_headlines import find_headline, write_subtitle
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.receipts.receipts_document import (
    Proof,
    ReceiptsDocument,
    receipts_path,
    show_rows,
    write_command,
)

LONGEST_TEXT = 500
FACT = "data-fact"
ABOUT = "data-about"
RECEIPT = "data-receipt"
LABEL = "label of "
"""How the fact begins that says what a column of a table of counts has."""
_NAMED = ("data-figure", "data-chart", RECEIPT)


class LocatedReceipt(NamedTuple):
    """A receipt, its document, the document's path, and the public address for terminal lines."""

    path: str
    receipts: ReceiptsDocument
    proof: Proof
    base_url: str


Difference = tuple[str, str]
"""What a page shows, and what the receipt says."""


@dataclass(frozen=True, slots=True)
class ShownMark:
    """Something on a page that a receipt must prove: the id of its receipt."""

    receipt_id: str

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        """Where the page shows something else than the receipt."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ShownFigure(ShownMark):
    """A marked number: the id of its receipt, the raw value, the text."""

    value: str
    text: str

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        value, shown = raw_text(receipt.proof.value), receipt.proof.shown
        if (self.value, self.text) != (value, flatten(shown)):
            found = f"{self.receipt_id} is shown as {self.text!r} (value {self.value!r})"
            yield found, f"{shown!r} (value {value!r})"


@dataclass(frozen=True, slots=True)
class ShownChart(ShownMark):
    """The table of a chart: the id of its receipt, its headings, its rows of cells."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        proof = receipt.proof
        columns = [column for column in proof.columns if column.role != "status"]
        headings = tuple(flatten(column.label or column.name) for column in columns)
        if self.headings != headings:
            found = f"{self.receipt_id}: the table has the headings {', '.join(self.headings)}"
            yield found, ", ".join(headings)
        crossings = describe_crossings(
            [str(cells[0]) for cells in proof.rows], proof.breaks, proof.series.columns[0].period
        )
        expected: list[tuple[str, ...]] = []
        shown = show_rows(proof.columns, proof.rows, proof.parts)
        for row_number, cells in enumerate(shown):
            if row_number in crossings:
                expected.append((flatten(crossings[row_number]),))
            expected.append(tuple(flatten(text) for text, _kind in cells))
        if len(self.rows) != len(expected):
            yield f"{self.receipt_id}: the table has {len(self.rows)} rows", f"{len(expected)}"
        for number, (row, right) in enumerate(zip(self.rows, expected, strict=False), 1):
            if row != right:
                found = f"{self.receipt_id}: row {number} of the table shows {', '.join(row)}"
                yield found, ", ".join(right)


@dataclass(frozen=True, slots=True)
class ShownCount(ShownMark):
    """A number made of cells of a table of counts: the id, the cells, the text.

    `about` is the id of the number or table that the text around it is about.
    """

    cells: str
    text: str
    about: str = ""

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        proof = receipt.proof
        try:
            shown = show_cells(self.cells, proof.rows)
            plain, named = (
                flatten(mark_cell(self.cells, words, proof.rows, proof.counted, proof.parts))
                for words in (shown, name_period(shown))
            )
            expected = plain
            if self.about != self.receipt_id:
                columns = {proof.counted[column - 1] for _, column in name_cells(self.cells)}
                for column in sorted(columns & {*proof.labels}):
                    found = f"{self.receipt_id}: {self.text!r} is shown without a label"
                    yield found, repr(proof.labels[column])
            if self.text == named:
                return
        except ValueError as error:
            expected = f"a number made of cells of the receipt: {error}"
        if self.text != expected:
            found = f"the page shows {self.text!r} for the cells {self.cells}"
            yield f"{self.receipt_id}: {found}", expected


@dataclass(frozen=True, slots=True)
class ShownSquare(ShownCount):
    """A coloured square of a table of counts, whose title says "column: number" of one cell."""

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        proof = receipt.proof
        try:
            ((_, column),) = name_cells(self.cells)
            expected = f"{proof.counted[column - 1]}: {show_cells(self.cells, proof.rows)}"
        except (ValueError, IndexError) as error:
            expected = f"a number made of one cell of the receipt: {error}"
        if self.text != expected:
            found = f"the page shows {self.text!r} for the cell {self.cells}"
            yield f"{self.receipt_id}: {found}", expected


@dataclass(frozen=True, slots=True)
class ShownQuery(ShownMark):
    """A receipt as a page shows it: its SQL, the files it reads, the lines for a terminal."""

    sql: str
    paths: tuple[str, ...]
    commands: tuple[str, ...]

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        """Where the query, its files or its commands are others; commands may name `base_url`."""
        name, proof = self.receipt_id, receipt.proof
        if self.sql != _lines(proof.sql):
            yield f"{name}: the page shows the query {self.sql!r}", repr(proof.sql)
        paths = sorted({file.path for file in proof.files})
        if sorted(set(self.paths)) != paths:
            found = f"{name}: the page says that it reads {', '.join(self.paths) or 'nothing'}"
            yield found, ", ".join(paths) or "nothing"
        commands = {
            _lines(write_command(proof.sql, proof.files, receipt.receipts.dataset, base))
            for base in {"", receipt.base_url}
        }
        for command in self.commands:
            if command not in commands:
                found = f"{name}: the page shows the line for a terminal {command!r}"
                yield found, repr(min(commands))


@dataclass(frozen=True, slots=True)
class ShownPicture(ShownMark):
    """A drawn chart: receipt id, specification path, description, canonical pictures."""

    specification: str
    description: str
    picture: str

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        if self.specification != receipt.proof.spec:
            yield f"{self.receipt_id} is drawn from {self.specification}", receipt.proof.spec


@dataclass(frozen=True, slots=True)
class ShownHeadline(ShownMark):
    """The finding of a chart in a list of main points."""

    text: str

    def compare(self, receipt: LocatedReceipt) -> Iterator[Difference]:
        if self.text != (expected := _headline(receipt.proof)):
            yield f"{self.receipt_id}: the page says {self.text!r}", repr(expected)


@dataclass(frozen=True, slots=True)
class ShownSummary(ShownMark):
    """A finding in small: a sparkline as canonical text, or the words of a card for links.

    A card has the titles of the portal and of the page, and says if the page is about synthetic data.
    """

    picture: str = ""
    words: str = ""
    site: str = ""
    title: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class ShownHash:
    """The SHA-256 that a page gives for a file."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ShownLineCount:
    """How many lines a page says that files (paths with blanks between) list."""

    paths: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ShownRelease:
    """A release in the list on a page: its date, the date in words, the note, the hashes."""

    date: str
    day: str
    note: str
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """What a page shows, each text with its blanks collapsed."""

    marks: tuple[ShownMark, ...] = ()
    summaries: tuple[ShownSummary, ...] = ()
    hashes: tuple[ShownHash, ...] = ()
    line_counts: tuple[ShownLineCount, ...] = ()
    releases: tuple[ShownRelease, ...] = ()


def parse_page_numbers(path: str, content: bytes) -> PageNumbers:
    """The numbers and facts that the page at `path` shows; none if it is not HTML."""
    root = parse_page(content)

    def marked(name: str) -> list[etree._Element]:
        return list(root.xpath(f"//*[@data-{name}]"))

    def read(kind: Callable[..., ShownMark], name: str, *details: str) -> Iterator[ShownMark]:
        """Marks whose id, then `details`, are attributes, and whose text is all words inside."""
        for e in marked(name):
            yield kind(*(e.get(key) or "" for key in (f"data-{name}", *details)), read_words(e))

    return PageNumbers(
        marks=(
            *read(ShownFigure, "figure", "value"),
            *(_read_chart(e) for e in marked("chart") if e.tag == "table"),
            *map(_read_count, marked("count")),
            *(
                ShownSquare(*(e.get(key) or "" for key in ("data-square", "data-cells", "title")))
                for e in marked("square")
            ),
            *map(_read_query, marked("receipt")),
            # What a script would draw, with a receipt or without.
            *(_read_picture_of(path, e) for e in marked("spec")),
            *read(ShownHeadline, "headline"),
        ),
        summaries=(
            *(
                ShownSummary(e.get("data-sparkline", ""), "".join(map(_outline, e.iter("svg"))))
                for e in marked("sparkline")
            ),
            *(
                ShownSummary(
                    receipt_id=e.get("data-card", ""),
                    words=flatten(e.get("content") or ""),
                    site=_property(root, "og:site_name"),
                    title=_property(root, "og:title"),
                    synthetic=bool(
                        root.xpath("//aside[@class='banner'][not(descendant::*[@data-doubt])]")
                    ),
                )
                for e in marked("card")
            ),
        ),
        hashes=tuple(ShownHash(e.get("data-file", ""), read_words(e)) for e in marked("file")),
        line_counts=tuple(
            ShownLineCount(tuple(e.get("data-lines", "").split(" ")), read_words(e))
            for e in marked("lines")
        ),
        releases=tuple(
            ShownRelease(
                e.get("data-release", ""),
                " ".join(map(read_words, e.iter("time"))),
                " ".join(read_words(p) for p in e.iter("p") if p.get("class") == "release-note"),
                tuple(map(read_words, e.iter("code"))),
            )
            for e in marked("release")
        ),
    )


def _property(root: etree._Element, name: str) -> str:
    """The content of a property in the head of a page."""
    return next(
        (e.get("content") or "" for e in root.iter("meta") if e.get("property") == name), ""
    )


def _read_count(element: etree._Element) -> ShownCount:
    name, cells = element.get("data-count") or "", element.get("data-cells") or ""
    outer = next((e for e in element.iterancestors() if e.get(ABOUT)), None)
    about = "" if outer is None else outer.get(ABOUT) or ""
    return ShownCount(name, cells, read_words(element), about)


def _read_chart(table: etree._Element) -> ShownChart:
    lines = [
        tuple(read_words(cell) for cell in row if cell.tag in ("th", "td"))
        for row in table.iter("tr")
    ]
    return ShownChart(table.get("data-chart", ""), lines[0] if lines else (), tuple(lines[1:]))


def _read_query(element: etree._Element) -> ShownQuery:
    return ShownQuery(
        element.get("data-receipt", ""),
        "\n".join(_codes(element, "receipt-query")),
        tuple(sorted(file.get("data-file", "") for file in element.xpath(".//*[@data-file]"))),
        tuple(_codes(element, "receipt-command")),
    )


def _read_picture_of(page: str, element: etree._Element) -> ShownPicture:
    path = posixpath.join(posixpath.dirname(page), unquote(element.get("data-spec", "")))
    return ShownPicture(
        element.get("data-chart", ""),
        posixpath.normpath(path),
        next((read_words(e) for e in element.iter("desc")), ""),
        "".join(map(_outline, element.iter("svg"))),
    )


def read_picture(markup: str) -> str:
    """Still pictures as the canonical text in which pictures are compared."""
    root = etree.fromstring(f"<body>{markup}</body>", etree.HTMLParser(no_network=True))
    return "" if root is None else "".join(map(_outline, root.iter("svg")))


def _outline(element: etree._Element) -> str:
    parts = []
    for inner in element.iter():
        if isinstance(inner.tag, str):
            values = " ".join(f"{name}={inner.get(name)}" for name in sorted(inner.attrib))
            parts.append(f"{inner.tag} {values} {inner.text or ''}{inner.tail or ''}\n")
    return "".join(parts)


def _codes(element: etree._Element, kind: str) -> list[str]:
    """The texts of the code elements of a class, to the letter."""
    return ["".join(code.itertext()) for code in element.iter("code") if code.get("class") == kind]


def find_receipt(
    page: str, name: str, receipts_by_path: Mapping[str, ReceiptsDocument]
) -> Proof | None:
    """The receipt that `name` means on `page`, as `locate_receipt` finds it."""
    located = locate_receipt(page, name, receipts_by_path)
    return located.proof if located else None


def locate_receipt(
    page: str, name: str, receipts_by_path: Mapping[str, ReceiptsDocument], base_url: str = ""
) -> LocatedReceipt | None:
    """The receipt that `name` means on `page`; `receipts_by_path` are the documents.

    A page in the folder of a release means that release's receipt; every other page means the
    dataset's own, the one of its newest release.
    """
    candidates = []
    for path, receipts in receipts_by_path.items():
        folder = posixpath.dirname(path) + "/"
        inside = page.startswith(folder)
        if inside or path == receipts_path(receipts.dataset):
            candidates.append((not inside, -len(folder), path))
    for _, _, path in sorted(candidates):
        for proof in receipts_by_path[path].proofs:
            if proof.id == name:
                return LocatedReceipt(path, receipts_by_path[path], proof, base_url)
    return None


def compare_page(
    page: str,
    shown: PageNumbers,
    receipts_by_path: Mapping[str, ReceiptsDocument],
    hashes: Mapping[str, str],
    base_url: str = "",
) -> Iterator[Finding]:
    """Where the page differs from the receipts and from the manifest's `hashes` by path."""
    for mark in shown.marks:
        receipt = locate_receipt(page, mark.receipt_id, receipts_by_path, base_url)
        if receipt is None:
            yield unproven(page, mark.receipt_id)
            continue
        for found, expected in mark.compare(receipt):
            yield differs(page, found, expected)
    for item in shown.hashes:
        if hashes.get(item.path) != item.sha256:
            expected = hashes.get(item.path) or "no hash: the manifest does not list the file"
            found = f"the page gives {item.path} the SHA-256 {item.sha256}"
            yield differs(page, found, expected)


def differs(path: str, found: str, expected: str) -> Finding:
    return Finding("page-differs", found, expected, file=path)


def unproven(path: str, name: str, verb: str = "shown") -> Finding:
    found = f"{name!r} is {verb}, and no receipt has this id"
    return Finding("figure-unproven", found, "a receipt", file=path)


def find_unshown(proof: Proof, shown: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Counts of a table, but 0 and suppressed ones, that are not among the `shown` cells."""
    named: set[tuple[int, int]] = set()
    for cells in shown:
        with suppress(ValueError):
            named |= name_cells(cells)
    return tuple(
        (row, column)
        for row, cells in enumerate(proof.rows, 1)
        for column, cell in enumerate(cells, 1)
        if isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and cell
        and (row, column) not in named
    )


def _lines(text: str) -> str:
    """`text` with the ends of lines that a page has (HTML, preprocessing the input stream)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def compare_api(path: str, content: bytes, receipts: ReceiptsDocument) -> Iterator[Finding]:
    """Where the document for programs says other figures than the receipts; a portal may lack it."""
    if not content:
        return
    try:
        document = parse_json(content)
    except ValueError as error:
        yield differs(path, str(error), "figures as in the receipts")
        return
    items = {str(item.get("name")): item for item in objects_in(document, "figures")}
    words = "value {!r}, shown {!r}, status {!r}, sql {!r}"
    for proof in receipts.proofs:
        if not proof.of_figure:
            continue
        name = proof.id.removeprefix(f"{receipts.dataset}.")
        item = items.pop(name, {})
        given = (item.get("value"), item.get("shown"), item.get("status", ""), item.get("sql"))
        expected = (proof.value, proof.shown, proof.status, proof.sql)
        if given != expected:
            yield differs(path, f"{name}: {words.format(*given)}", words.format(*expected))
    for name in items:
        yield unproven(path, name, "listed")


def compare_facts(
    page: str, content: bytes, find: Callable[[str], Proof | None], *, complete: bool
) -> Iterator[Finding]:
    """Differences between the text around a number, or its receipt on the page, and the receipt
    itself.

    The element of one number must not contain another. `find` returns the receipt of an id. With
    `complete`, this version of the program made the page, and no fact may be missing.
    """
    if RECEIPT.encode() not in content and ABOUT.encode() not in content:
        return
    for element in parse_page(content).xpath(f"//*[@{ABOUT}] | //*[@{RECEIPT}]"):
        about = bool(element.get(ABOUT))
        name = element.get(ABOUT if about else RECEIPT)
        proof = find(name)
        if proof is None:
            if about:
                yield differs(page, f"{name!r} is shown, but no receipt has this id", "a receipt")
            continue
        small = bool(element.xpath(".//*[@data-sparkline]"))
        expected = _facts_around(proof, small=small) if about else _facts_within(proof)
        facts = {
            fact.get(FACT): read_words(fact)
            for fact in element.xpath(f".//*[@{FACT}]")
            if _owner(fact) is element
        }
        absent = {f"{LABEL}{column}" for column in {*proof.labels} - _columns(element, proof)}
        differences = [
            (f"{name}: {fact} is {text!r} on the page", repr(expected.get(fact) or "none"))
            for fact, text in facts.items()
            if text != expected.get(fact)
        ]
        if complete:
            differences += [
                (f"{name}: {fact} is missing on the page", repr(text))
                for fact, text in expected.items()
                if fact not in facts and fact != "unit" and fact not in absent
            ]
        if about:
            differences += [
                (f"{other} is shown as what {name} is", f"{name} alone")
                for other in _others(element, name)
            ]
        for found, right in differences:
            yield differs(page, found[:LONGEST_TEXT], right)


def _columns(element: etree._Element, proof: Proof) -> set[str]:
    """The columns of a table of counts of which an element shows cells."""
    places: set[int] = set()
    for shown in element.xpath(".//*[@data-count]"):
        if shown.get("data-count") == proof.id:
            with suppress(ValueError):
                places |= {column for _, column in name_cells(shown.get("data-cells") or "")}
    return {name for place, name in enumerate(proof.counted, 1) if place in places}


def _facts_around(proof: Proof, *, small: bool) -> Mapping[str, str]:
    """What stands around a number or a chart; around a sparkline where it is drawn `small`."""
    if proof.counted:
        labels = {f"{LABEL}{column}": flatten(words) for column, words in proof.labels.items()}
        return {"title": flatten(proof.title), **labels}
    unit = unit_of(proof.unit, proof.format) if proof.of_figure else proof.unit
    facts = {"title": flatten(proof.title), "unit": flatten(unit)}
    if proof.of_chart and proof.measure:
        facts["subtitle"] = flatten(write_subtitle(proof.series))
        if headline := _headline(proof):
            facts["headline"] = headline
    # An older receipt names no measure, and the page beside it says this in other words.
    notes = " ".join(kind_of(proof.drawn).notes(proof.series))
    values = cards.describe_sparkline(proof.drawn, proof.series) if small else notes
    if proof.measure and values:
        facts["values"] = flatten(values)
    return {**facts, **_state_doubts(proof)}


def _state_doubts(proof: Proof) -> Mapping[str, str]:
    return {"doubts": flatten(describe_doubts(proof.doubts))} if proof.doubts else {}


def _headline(proof: Proof) -> str:
    """The finding of a chart; "" where its numbers have no plain one."""
    if not proof.of_chart or not proof.measure:
        return ""
    given = proof.headline or find_headline(kind_of(proof.drawn), proof.series, proof.breaks)
    return flatten(given)


def _facts_within(proof: Proof) -> Mapping[str, str]:
    facts = {f"rows of {file.path}": flatten(file.row_words) for file in proof.files}
    if proof.files:
        facts["rows"] = f"{sum(file.rows for file in proof.files):,}"
    if proof.release:
        facts["release"] = flatten(proof.release)
    suppressed = word_suppressed(proof.suppressed, proof.threshold)
    return {**facts, **_state_doubts(proof), "suppressed": suppressed}


def _owner(element: etree._Element) -> etree._Element | None:
    """The element whose number a fact is about: the nearest around it."""
    return next(
        (outer for outer in element.iterancestors() if outer.get(ABOUT) or outer.get(RECEIPT)), None
    )


def _others(element: etree._Element, name: str) -> list[str]:
    """The ids of other numbers inside the element of `name`."""
    inside = element.xpath(" | ".join(f".//*[@{mark}]" for mark in _NAMED))
    names = {inner.get(mark) for inner in inside for mark in _NAMED if inner.get(mark)}
    return sorted(names - {name})
