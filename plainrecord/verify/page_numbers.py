"""What a page shows that a receipt must prove: marked numbers, tables of charts, queries, hashes."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from plainrecord.core.html import flatten, parse_page, read_words
from plainrecord.core.plurals import unit_of
from plainrecord.core.strict_json import Json, parse_json
from plainrecord.findings.finding import Finding
from plainrecord.model.breaks import tell_crossings
from plainrecord.model.counts import name_cells, show_cells
from plainrecord.model.evidence import word_suppressed
from plainrecord.model.grades import RULE_OF, Grade, Parts, State, grade_parts
from plainrecord.model.products import raw_text
from plainrecord.receipts.chart_rows import BREAKS, ROWS, plot_breaks, plot_rows, tell_values
from plainrecord.receipts.sheet import Proof, ProofSheet, sheet_path, show_cell, write_command

LONGEST_TOLD = 500


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """What a page shows, each text with its blanks collapsed.

    figures: id, raw value, text. charts: id, headings, rows of cells. queries: id, SQL as it
    stands, paths of the files read, lines for a terminal. hashes: path of a file, SHA-256. plots:
    id, path of the specification. pictures: id,
    description, the static picture as one canonical text. counts: id of a table of counts, the
    cells that a number is made of, the text. lines: path of a file, how many lines it lists.
    editions: date, that day in words, the note, the hashes. squares: as counts, each told in its
    title as "column: number".
    """

    figures: tuple[tuple[str, str, str], ...]
    charts: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...]
    queries: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]
    hashes: tuple[tuple[str, str], ...]
    plots: tuple[tuple[str, str], ...]
    pictures: tuple[tuple[str, str, str], ...]
    counts: tuple[tuple[str, str, str], ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    editions: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    squares: tuple[tuple[str, str, str], ...] = ()


def read_exhibits(path: str, content: bytes) -> PageNumbers:
    """What the page at `path` shows; a page that is no HTML shows nothing."""
    root = parse_page(content)
    if root is None:
        return PageNumbers((), (), (), (), (), ())
    charts, plots, pictures = [], [], []
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = element.get("data-chart") or ""
        if element.tag == "table" and "data-chart" in element.attrib:
            lines = [
                tuple(read_words(cell) for cell in row if cell.tag in ("th", "td"))
                for row in element.iter("tr")
            ]
            charts.append((name, lines[0] if lines else (), tuple(lines[1:])))
        if "data-spec" in element.attrib:  # what a script would draw, with a receipt or without
            joined = posixpath.join(posixpath.dirname(path), unquote(element.get("data-spec")))
            plots.append((name, posixpath.normpath(joined)))
            words = " ".join((element.get("aria-label") or "").split())
            pictures.append((name, words, "".join(map(_outline, element.iter("svg")))))
    return PageNumbers(
        figures=tuple(
            (e.get("data-figure"), e.get("value") or "", read_words(e))
            for e in root.xpath("//*[@data-figure]")
        ),
        charts=tuple(charts),
        queries=tuple(
            (
                e.get("data-receipt"),
                "\n".join(_codes(e, "receipt-query")),
                tuple(sorted(file.get("data-file") for file in e.xpath(".//*[@data-file]"))),
                tuple(_codes(e, "receipt-command")),
            )
            for e in root.xpath("//*[@data-receipt]")
        ),
        hashes=tuple((e.get("data-file"), read_words(e)) for e in root.xpath("//*[@data-file]")),
        plots=tuple(plots),
        pictures=tuple(pictures),
        counts=tuple(
            (e.get("data-count"), e.get("data-cells") or "", read_words(e))
            for e in root.xpath("//*[@data-count]")
        ),
        lines=tuple((e.get("data-lines"), read_words(e)) for e in root.xpath("//*[@data-lines]")),
        editions=tuple(
            (
                e.get("data-release"),
                " ".join(read_words(day) for day in e.iter("time")),
                " ".join(
                    read_words(note) for note in e.iter("p") if note.get("class") == "release-note"
                ),
                tuple(read_words(code) for code in e.iter("code")),
            )
            for e in root.xpath("//*[@data-release]")
        ),
        squares=tuple(
            (e.get("data-square"), e.get("data-cells") or "", e.get("title") or "")
            for e in root.xpath("//*[@data-square]")
        ),
    )


def read_picture(markup: str) -> str:
    """A static picture as the canonical text in which pictures are compared."""
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


def find_receipt(page: str, name: str, sheets: Mapping[str, ProofSheet]) -> Proof | None:
    """The receipt that `name` means on `page`, as `choose_sheet` finds it."""
    chosen = choose_sheet(page, name, sheets)
    return chosen[2] if chosen else None


def choose_sheet(
    page: str, name: str, sheets: Mapping[str, ProofSheet]
) -> tuple[str, ProofSheet, Proof] | None:
    """The receipt that `name` means on `page`, with its sheet and that one's path in `sheets`.

    A page in the folder of a release means that release's receipt; every other page means the
    dataset's own, the one of its newest release.
    """
    places = []
    for path, sheet in sheets.items():
        folder = posixpath.dirname(path) + "/"
        inside = page.startswith(folder)
        own = path == sheet_path(sheet.dataset)
        if inside or own:
            places.append((not inside, -len(folder), path))
    for _, _, path in sorted(places):
        for proof in sheets[path].proofs:
            if proof.id == name:
                return path, sheets[path], proof
    return None


def compare_page(
    page: str,
    shown: PageNumbers,
    sheets: Mapping[str, ProofSheet],
    hashes: Mapping[str, str],
    base_url: str = "",
) -> tuple[Finding, ...]:
    """Where the page differs from the receipts and from the manifest's `hashes` by path.

    `base_url` is the portal's public address, which lines for a terminal may name.
    """
    findings: list[Finding] = []

    def add(rule: str, found: str, expected: str) -> None:
        findings.append(Finding(rule, found, expected, file=page))

    def prove(name: str) -> tuple[ProofSheet, Proof] | None:
        chosen = choose_sheet(page, name, sheets)
        if chosen is None:
            add("figure-unproven", f"{name!r} is shown, and no receipt has this id", "a receipt")
            return None
        return chosen[1], chosen[2]

    for name, raw, text in shown.figures:
        chosen = prove(name)
        if chosen is None:
            continue
        proof = chosen[1]
        if (raw, text) != (raw_text(proof.value), flatten(proof.shown)):
            said = f"{name} is shown as {text!r} (value {raw!r})"
            add("page-differs", said, f"{proof.shown!r} (value {raw_text(proof.value)!r})")
    for name, headings, rows in shown.charts:
        chosen = prove(name)
        if chosen is not None:
            for found, expected in _table_differences(name, headings, rows, chosen[1]):
                add("page-differs", found, expected)
    for name, cells, text in shown.counts:
        chosen = prove(name)
        if chosen is None:
            continue
        try:
            wanted = flatten(show_cells(cells, chosen[1].rows))
        except ValueError as error:
            wanted = f"a number made of cells of the receipt: {error}"
        if text != wanted:
            add("page-differs", f"{name}: the page shows {text!r} for the cells {cells}", wanted)
    for name, cells, text in shown.squares:
        chosen = prove(name)
        if chosen is None:
            continue
        try:
            ((_, column),) = name_cells(cells)
            wanted = f"{chosen[1].counted[column - 1]}: {show_cells(cells, chosen[1].rows)}"
        except (ValueError, IndexError) as error:
            wanted = f"a number made of one cell of the receipt: {error}"
        if text != wanted:
            add("page-differs", f"{name}: the page tells {text!r} for the cell {cells}", wanted)
    for name, query, paths, commands in shown.queries:
        chosen = prove(name)
        if chosen is None:
            continue
        sheet, proof = chosen
        if query != _lines(proof.sql):
            add("page-differs", f"{name}: the page shows the query {query!r}", repr(proof.sql))
        read = sorted({file.path for file in proof.files})
        if sorted(set(paths)) != read:
            said = f"{name}: the page says that it reads {', '.join(paths) or 'nothing'}"
            add("page-differs", said, ", ".join(read) or "nothing")
        known = {
            _lines(write_command(proof.sql, proof.files, sheet.dataset, base))
            for base in {"", base_url}
        }
        for command in commands:
            if command not in known:
                said = f"{name}: the page shows the line for a terminal {command!r}"
                add("page-differs", said, repr(sorted(known)[0]))
    for name, spec in shown.plots:
        chosen = prove(name)
        if chosen is not None and spec != chosen[1].spec:
            add("page-differs", f"{name} is drawn from {spec}", chosen[1].spec)
    for path, digest in shown.hashes:
        if hashes.get(path) != digest:
            wanted = hashes.get(path) or "no hash: the manifest does not list the file"
            add("page-differs", f"{path} is said to have the SHA-256 {digest}", wanted)
    return tuple(findings)


def find_unshown(proof: Proof, shown: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The cells of a table of counts that no page shows: `shown` are the cells that pages name.

    Nothing need stand for a zero, a text, a yes or no, and for what is suppressed.
    """
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


def _table_differences(
    name: str, headings: Sequence[str], rows: Sequence[Sequence[str]], proof: Proof
) -> list[tuple[str, str]]:
    kept = [c for c in proof.columns if c.role != "status"]
    wanted = tuple(flatten(c.label or c.name) for c in kept)
    made = []
    if tuple(headings) != wanted:
        made.append(
            (f"{name}: the table has the headings {', '.join(headings)}", ", ".join(wanted))
        )
    told = tell_crossings([str(cells[0]) for cells in proof.rows], proof.breaks)
    expected: list[tuple[str, ...]] = []
    for place, cells in enumerate(proof.rows):
        if place in told:
            expected.append((flatten(told[place]),))
        expected.append(
            tuple(
                flatten(show_cell(column, cell, cells[-1], proof.parts)[0])
                for column, cell in zip(proof.columns, cells, strict=True)
                if column.role != "status"
            )
        )
    if len(rows) != len(expected):
        made.append((f"{name}: the table has {len(rows)} rows", f"{len(expected)}"))
    for number, (row, right) in enumerate(zip(rows, expected, strict=False), 1):
        if tuple(row) != right:
            found = f"{name}: row {number} of the table shows {', '.join(row)}"
            made.append((found, ", ".join(right)))
    return made


def compare_api(path: str, content: bytes, sheet: ProofSheet) -> tuple[Finding, ...]:
    """Where the document for programs says other figures than the receipts; a portal may lack it."""
    if not content:
        return ()
    try:
        document = parse_json(content)
    except ValueError as error:
        return (Finding("page-differs", str(error), "figures as in the receipts", file=path),)
    listed = document.get("figures") if isinstance(document, dict) else None
    told = {
        str(item.get("name")): item
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict)
    }
    findings = []
    for proof in sheet.proofs:
        name = proof.id.removeprefix(f"{sheet.dataset}.")
        if not proof.of_figure:
            continue
        item = told.pop(name, {})
        said = (item.get("value"), item.get("shown"), item.get("status", ""), item.get("sql"))
        right = (proof.value, proof.shown, proof.status, proof.sql)
        if said != right:
            found, wanted = (
                f"value {value!r}, shown {shown!r}, status {status!r}, sql {sql!r}"
                for value, shown, status, sql in (said, right)
            )
            found = f"{name}: {found}"
            findings.append(Finding("page-differs", found, wanted, file=path))
    for name in told:
        found = f"{name!r} is listed, and no receipt has this id"
        findings.append(Finding("figure-unproven", found, "a receipt", file=path))
    return tuple(findings)


_APART = ("$schema", "datasets")
"""Keys of a specification that are compared by themselves, or tell a version alone."""


def compare_specification(proof: Proof, content: bytes, drawn: Json = None) -> tuple[Finding, ...]:
    """Where the specification of a chart holds other numbers than its receipt.

    `drawn` is the specification as made from the receipt again, whose axes, marks and words must be
    the same; None where other tools may have written it in another way.
    """
    try:
        document = parse_json(content)
    except ValueError as error:
        document, problem = None, str(error)
    else:
        problem = _specification_problem(document)
    if problem:
        found = f"{proof.id}: the specification cannot be compared: {problem}"
        return (Finding("page-differs", found, "the series of the receipt", file=proof.spec),)
    sets = document.get("datasets") if isinstance(document, dict) else None
    rows = sets.get(ROWS) if isinstance(sets, dict) else None
    rules = sets.get(BREAKS, []) if isinstance(sets, dict) else []
    if rules != plot_breaks(proof.breaks):
        found = f"{proof.id}: the chart is broken at {rules}"
        expected = str(plot_breaks(proof.breaks))
        return (Finding("page-differs", found, expected, file=proof.spec),)
    try:
        wanted = plot_rows(proof.drawn, proof.series, proof.breaks)
    except (KeyError, ValueError, TypeError):
        wanted = []
    if rows == wanted:
        return _compare_frames(proof, document, drawn)
    listed = rows if isinstance(rows, list) else []
    pairs = zip(listed, wanted, strict=False)
    first = next((n for n, (one, two) in enumerate(pairs) if one != two), len(wanted))
    said = listed[first] if first < len(listed) else "nothing"
    right = wanted[first] if first < len(wanted) else "nothing"
    found = f"{proof.id}: mark {first + 1} of the chart is {said}"
    return (Finding("page-differs", found, str(right), file=proof.spec),)


def _compare_frames(proof: Proof, document: Json, drawn: Json) -> tuple[Finding, ...]:
    """Where a specification shows the right rows in another way than the receipt's."""
    if not isinstance(drawn, dict) or not isinstance(document, dict):
        return ()
    for key in sorted({*document, *drawn} - set(_APART)):
        if document.get(key) != drawn.get(key):
            found = f"{proof.id}: {key} of the chart is {document.get(key)!r}"[:LONGEST_TOLD]
            wanted = f"{drawn.get(key)!r}"[:LONGEST_TOLD]
            return (Finding("page-differs", found, wanted, file=proof.spec),)
    return ()


def _specification_problem(value: Json) -> str:
    """Why a chart could show other data than its own rows; empty where it could not."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "datasets" and isinstance(inner, dict):
                if not {ROWS} <= set(inner) <= {ROWS, BREAKS}:
                    return "it holds other data sets"
            elif key == "data" and inner not in ({"name": ROWS}, {"name": BREAKS}):
                return "it reads other data"
            elif key in ("transform", "params", "usermeta"):
                return f"it has {key}, which can change what is shown"
            elif problem := _specification_problem(inner):
                return problem
    elif isinstance(value, list):
        for item in value:
            if problem := _specification_problem(item):
                return problem
    return ""


FACT = "data-fact"
ABOUT = "data-about"
RECEIPT = "data-receipt"
_NAMED = ("data-figure", "data-chart", RECEIPT)


def compare_facts(
    page: str, content: bytes, prove: Callable[[str], Proof | None], *, whole: bool
) -> tuple[Finding, ...]:
    """Where a page says something else around a number, or in its receipt, than the receipt does.

    What is about one number must not hold another one. `prove` gives the receipt of an id; with
    `whole`, the page was made by this version of the program, and no fact may be left out.
    """
    if RECEIPT.encode() not in content and ABOUT.encode() not in content:
        return ()
    root = parse_page(content)
    if root is None:
        return ()
    findings = []

    def add(found: str, expected: str) -> None:
        findings.append(Finding("page-differs", found[:LONGEST_TOLD], expected, file=page))

    for element in root.xpath(f"//*[@{ABOUT}] | //*[@{RECEIPT}]"):
        kind = ABOUT if element.get(ABOUT) else RECEIPT
        name = element.get(kind)
        proof = prove(name)
        if proof is None:
            if kind == ABOUT:
                add(f"{name!r} is told, and no receipt has this id", "a receipt")
            continue
        wanted = _tell_around(proof) if kind == ABOUT else _tell_within(proof)
        told = {
            fact.get(FACT): read_words(fact)
            for fact in element.xpath(f".//*[@{FACT}]")
            if _owner(fact) is element
        }
        for fact, said in told.items():
            right = wanted.get(fact)
            if said != right:
                add(f"{name}: {fact} is said to be {said!r}", repr(right or "nothing of it"))
        for fact in [fact for fact in wanted if whole and fact not in told and fact != "unit"]:
            add(f"{name}: {fact} is not told", repr(wanted[fact]))
        if kind == ABOUT:
            for other in _others(element, name):
                add(f"{other} is shown as what {name} is", f"{name} alone")
    return tuple(findings)


def _tell_around(proof: Proof) -> Mapping[str, str]:
    unit = unit_of(proof.unit, proof.format) if proof.of_figure else proof.unit
    facts = {"title": flatten(proof.title), "unit": flatten(unit)}
    # An older receipt names no measure, and the page beside it says this in other words.
    if proof.measure and (said := " ".join(tell_values(proof.drawn, proof.series))):
        facts["values"] = flatten(said)
    return facts


def _tell_within(proof: Proof) -> Mapping[str, str]:
    facts = {
        f"rows of {file.path}": f"{file.rows:,} {'row' if file.rows == 1 else 'rows'}"
        for file in proof.files
    }
    if proof.files:
        facts["rows"] = f"{sum(file.rows for file in proof.files):,}"
    if proof.release:
        facts["release"] = flatten(proof.release)
    return {**facts, "suppressed": word_suppressed(proof.suppressed, proof.threshold)}


def _owner(element: etree._Element) -> etree._Element | None:
    """The element whose number a fact is about: the nearest around it."""
    return next(
        (outer for outer in element.iterancestors() if outer.get(ABOUT) or outer.get(RECEIPT)), None
    )


def _others(element: etree._Element, name: str) -> list[str]:
    """The ids of other numbers that are shown inside what is about `name`."""
    inside = element.xpath(" | ".join(f".//*[@{mark}]" for mark in _NAMED))
    found = {inner.get(mark) for inner in inside for mark in _NAMED if inner.get(mark)}
    return sorted(found - {name})


ITEM = "data-item"
TALLY = "data-tally"
JUDGED = "data-judged"
_FILLED = (Grade.COARSE, Grade.COARSENED, Grade.PRESENT)
"""Between these decides how precise a value is, which the shares do not tell."""


def compare_tallies(
    page: str, content: bytes, prove: Callable[[str], Proof | None]
) -> tuple[Finding, ...]:
    """Where a page shows another number than it has items, or a grade that does not follow.

    An item is known by its words. `prove` gives the receipt of an id. Grades follow from counts by
    the rules of this version, whatever version the portal says made it.
    """
    if TALLY.encode() not in content and JUDGED.encode() not in content:
        return ()
    root = parse_page(content)
    if root is None:
        return ()
    items = Counter(read_words(element) for element in root.xpath(f"//*[@{ITEM}]"))
    findings = []
    for element in root.xpath(f"//*[@{TALLY}]"):
        name, said = element.get(TALLY), read_words(element)
        wanted = f"{items[name] if name else items.total():,}"
        if said != wanted:
            about = f"{name!r}" if name else "all items"
            found = f"the page counts {said!r} for {about}"
            findings.append(Finding("page-differs", found, f"{wanted} of them", file=page))
    for element in root.xpath(f"//*[@{JUDGED}]"):
        name, said = element.get(JUDGED), read_words(element)
        proof = prove(name)
        if proof is None:
            found = f"{name!r} is shown, and no receipt has this id"
            findings.append(Finding("figure-unproven", found, "a receipt", file=page))
            continue
        right = [f"{RULE_OF[grade].sign} {RULE_OF[grade].words}" for grade in judge_grades(proof)]
        if said not in right:
            wanted = " or ".join(right) or "no grade: the receipt does not count all states"
            found = f"{name}: the page shows the grade {said!r}"
            findings.append(Finding("page-differs", found, wanted, file=page))
    return tuple(findings)


def judge_grades(proof: Proof) -> tuple[Grade, ...]:
    """The grades that the shares of an element allow; none where they are not all there."""
    row = dict(zip(proof.counted, proof.rows[0], strict=True)) if len(proof.rows) == 1 else {}
    counts = {
        state.name.lower(): count
        for state in State
        if isinstance(count := row.get(state.name.lower()), int) and not isinstance(count, bool)
    }
    if len(counts) != len(State):
        return ()
    grade = grade_parts(Parts(**counts))
    return _FILLED if grade in _FILLED else (grade,)
