"""What a page shows that a receipt must prove: marked numbers, tables of charts, queries, hashes."""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
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
from plainrecord.model.statuses import status_word
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
    """The receipt that a page means, its document, and the public address for terminal lines."""

    page: str
    path: str
    receipts: ReceiptsDocument
    proof: Proof
    base_url: str


class ShownMark(NamedTuple):
    """A marked element of a page: one of `MARKS`, and the id of its receipt, or the name of a file."""

    kind: str
    name: str
    element: etree._Element

    @property
    def text(self) -> str:
        """The words inside, blanks collapsed."""
        return read_words(self.element)

    @property
    def picture(self) -> str:
        """The pictures inside as the canonical text in which they are compared."""
        return "".join(map(_outline, self.element.iter("svg")))

    def get(self, attribute: str) -> str:
        """What an attribute says; "" without it."""
        return self.element.get(attribute) or ""

    def codes(self, kind: str) -> list[str]:
        """The texts of the code elements of a class, to the letter."""
        codes = (code for code in self.element.iter("code") if code.get("class") == kind)
        return ["".join(code.itertext()) for code in codes]


def read_marks(content: bytes) -> list[ShownMark]:
    """What a page shows that is marked, kind by kind; nothing if it is not HTML."""
    root = parse_page(content)
    return [
        ShownMark(kind, element.get(f"data-{_ID.get(kind, kind)}") or "", element)
        for kind in MARKS
        for element in root.xpath(f"//*[@data-{kind}]")
        if kind != "chart" or element.tag == "table"
    ]


Difference = tuple[str, str]
"""What a page shows, and what the receipt says."""


def _compare_figure(mark: ShownMark, receipt: LocatedReceipt) -> Iterator[Difference]:
    value, shown = raw_text(receipt.proof.value), receipt.proof.shown
    if (mark.get("value"), mark.text) != (value, flatten(shown)):
        found = f"{mark.name} is shown as {mark.text!r} (value {mark.get('value')!r})"
        yield found, f"{shown!r} (value {value!r})"


def _compare_chart(mark: ShownMark, receipt: LocatedReceipt) -> Iterator[Difference]:
    """Where the table of a chart has other headings or rows of cells."""
    name, proof = mark.name, receipt.proof
    lines = [
        tuple(read_words(cell) for cell in row if cell.tag in ("th", "td"))
        for row in mark.element.iter("tr")
    ]
    stated, rows = (lines[0] if lines else ()), lines[1:]
    columns = [column for column in proof.columns if column.role != "status"]
    headings = tuple(flatten(column.label or column.name) for column in columns)
    if stated != headings:
        yield f"{name}: the table has the headings {', '.join(stated)}", ", ".join(headings)
    crossings = describe_crossings(
        [str(cells[0]) for cells in proof.rows], proof.breaks, proof.series.columns[0].period
    )
    expected: list[tuple[str, ...]] = []
    for row_number, cells in enumerate(show_rows(proof.columns, proof.rows, proof.parts)):
        if row_number in crossings:
            expected.append((flatten(crossings[row_number]),))
        expected.append(tuple(flatten(text) for text, _kind in cells))
    if len(rows) != len(expected):
        yield f"{name}: the table has {len(rows)} rows", f"{len(expected)}"
    for number, (row, right) in enumerate(zip(rows, expected, strict=False), 1):
        if row != right:
            yield f"{name}: row {number} of the table shows {', '.join(row)}", ", ".join(right)


def _compare_count(mark: ShownMark, receipt: LocatedReceipt) -> Iterator[Difference]:
    """Where a number is not the one that its cells of a table of counts make, or lacks its label."""
    cells, proof = mark.get("data-cells"), receipt.proof
    about = next((e.get(ABOUT) for e in mark.element.iterancestors() if e.get(ABOUT)), "")
    try:
        shown = show_cells(cells, proof.rows)
        expected, *named = (
            flatten(mark_cell(cells, words, proof.rows, proof.counted, proof.parts))
            for words in (shown, name_period(shown), status_word(shown))
        )
        if about != mark.name:
            columns = {proof.counted[column - 1] for _, column in name_cells(cells)}
            for column in sorted(columns & {*proof.labels}):
                found = f"{mark.name}: {mark.text!r} is shown without a label"
                yield found, repr(proof.labels[column])
        if mark.text in named:
            return
    except ValueError as error:
        expected = f"a number made of cells of the receipt: {error}"
    if mark.text != expected:
        yield f"{mark.name}: the page shows {mark.text!r} for the cells {cells}", expected


def _compare_square(mark: ShownMark, receipt: LocatedReceipt) -> Iterator[Difference]:
    """Where the title of a coloured square does not say "column: number" of its one cell."""
    cells, title, proof = mark.get("data-cells"), mark.get("title"), receipt.proof
    try:
        ((_, column),) = name_cells(cells)
        expected = f"{proof.counted[column - 1]}: {show_cells(cells, proof.rows)}"
    except (ValueError, IndexError) as error:
        expected = f"a number made of one cell of the receipt: {error}"
    if title != expected:
        yield f"{mark.name}: the page shows {title!r} for the cell {cells}", expected


def _compare_query(mark: ShownMark, receipt: LocatedReceipt) -> Iterator[Difference]:
    """Where a receipt on a page has another query, files or commands (these may name `base_url`)."""
    name, proof = mark.name, receipt.proof
    sql = "\n".join(mark.codes("receipt-query"))
    if sql != _lines(proof.sql):
        yield f"{name}: the page shows the query {sql!r}", repr(proof.sql)
    stated = sorted(file.get("data-file", "") for file in mark.element.xpath(".//*[@data-file]"))
    paths = sorted({file.path for file in proof.files})
    if sorted(set(stated)) != paths:
        found = f"{name}: the page says that it reads {', '.join(stated) or 'nothing'}"
        yield found, ", ".join(paths) or "nothing"
    commands = {
        _lines(write_command(proof.sql, proof.files, receipt.receipts.dataset, base))
        for base in {"", receipt.base_url}
    }
    for command in mark.codes("receipt-command"):
        if command not in commands:
            found = f"{name}: the page shows the line for a terminal {command!r}"
            yield found, repr(min(commands))


def _compare_specification(mark: ShownMark, receipt: LocatedReceipt) -> Iterator[Difference]:
    """Where a chart is drawn from another specification; its pictures are compared in `pages`."""
    path = posixpath.join(posixpath.dirname(receipt.page), unquote(mark.get("data-spec")))
    if (stated := posixpath.normpath(path)) != receipt.proof.spec:
        yield f"{mark.name} is drawn from {stated}", receipt.proof.spec


def _compare_headline(mark: ShownMark, receipt: LocatedReceipt) -> Iterator[Difference]:
    """Where the finding of a chart in a list of main points is another one."""
    if mark.text != (expected := _headline(receipt.proof)):
        yield f"{mark.name}: the page says {mark.text!r}", repr(expected)


_PROVED: Mapping[str, Callable[[ShownMark, LocatedReceipt], Iterator[Difference]]] = {
    "figure": _compare_figure,
    "chart": _compare_chart,
    "count": _compare_count,
    "square": _compare_square,
    "receipt": _compare_query,
    "spec": _compare_specification,
    "headline": _compare_headline,
}
"""How a mark is compared with its receipt."""

_ID = {"spec": "chart"}
"""A picture is marked with its specification, and its receipt is that of the chart."""

MARKS = (*_PROVED, "sparkline", "card", "file", "lines")
"""What an element shows, by the name of its attribute (`data-figure`, ...)."""


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
                return LocatedReceipt(page, path, receipts_by_path[path], proof, base_url)
    return None


def compare_page(
    page: str,
    marks: Iterable[ShownMark],
    receipts_by_path: Mapping[str, ReceiptsDocument],
    hashes: Mapping[str, str],
    base_url: str = "",
) -> Iterator[Finding]:
    """Where the page differs from the receipts and from the manifest's `hashes` by path."""
    for mark in marks:
        if mark.kind in _PROVED:
            receipt = locate_receipt(page, mark.name, receipts_by_path, base_url)
            if receipt is None:
                yield unproven(page, mark.name)
                continue
            for found, expected in _PROVED[mark.kind](mark, receipt):
                yield differs(page, found, expected)
        elif mark.kind == "file" and hashes.get(mark.name) != mark.text:
            expected = hashes.get(mark.name) or "no hash: the manifest does not list the file"
            yield differs(page, f"the page gives {mark.name} the SHA-256 {mark.text}", expected)


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
                if fact not in facts and fact not in ("unit", "returned") and fact not in absent
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
    facts["returned"] = f"{proof.rows_returned:,}"
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
