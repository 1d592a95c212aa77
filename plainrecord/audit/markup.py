"""The labelled numbers in pages, feeds, drawings and JSON documents, which may hold one another."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from plainrecord.audit.labels import (
    CellLabel,
    LabelledNumber,
    NumberPlace,
    has_digit,
    parse_number,
    read_row,
    scan_text,
)
from plainrecord.core.strict_json import Json
from plainrecord.core.word_lists import split_words, word_set

INLINE = word_set(
    "a abbr b bdi bdo cite code data em i kbd mark q s small span strong sub sup time "
    "tspan u var wbr"
)
VISIBLE = split_words("alt title content value placeholder summary label term")
"""Attributes whose texts a reader may see."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
MOST_BEFORE = 200
"""Letters of a text that can be the label of a number which stands alone after it."""


QUERIES = ("receipt-query", "receipt-command")
"""Classes of elements that hold the SQL of a receipt."""

NOT_COUNTS = word_set(
    "rows_returned suppressed threshold bytes version level hidden width height size step "
    "column row stretch ground"
)
"""Keys of JSON documents whose numbers describe the document or a drawing, not a cell."""

EXPRESSIONS = frozenset(("calculate", "expr", "filter", "labelExpr", "signal", "test", "update"))
"""Keys of a chart (Vega, Vega-Lite) whose texts are code: it numbers labels to sort them."""

_LITERAL = re.compile(r"\"?(\w+)\"?\s*(?:=|IN\s*\()\s*'((?:[^']|'')*)'", re.IGNORECASE)


def read_markup(content: bytes, place: NumberPlace) -> Iterator[LabelledNumber]:
    """The labelled numbers in HTML, XML or SVG; comments and hidden elements included."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return
    if root is None:
        return
    yield from _read_attributes(root, place)
    before = ""
    heading: tuple[CellLabel, ...] = ()
    for kind, text, element in _walk(root):
        if kind == "table":
            yield from _read_table(element, place.part("table on a page", heading))
        elif kind == "script":
            yield from _read_script(text, place)
        else:
            if kind in HEADINGS:
                label = CellLabel(text)
                heading = (label,) if place.vocabulary.mean(label) else ()
            yield from _read_block(text, before, place.part("text", heading))
            before = text


def _walk(root: etree._Element) -> Iterator[tuple[str, str, etree._Element]]:
    """Blocks of text in the order of the document, and tables and scripts as a whole."""
    stack: list[tuple[etree._Element, bool]] = [(root, False)]
    text: list[str] = []
    kind = "text"

    def flush() -> Iterator[tuple[str, str, etree._Element]]:
        words = " ".join("".join(text).split())
        text.clear()
        if words:
            yield kind, words, root

    while stack:
        element, leaving = stack.pop()
        name = element.tag if isinstance(element.tag, str) else ""
        if leaving:
            if name not in INLINE:
                yield from flush()
                kind = "text"
            text.append(element.tail or "")
            continue
        script = name in ("script", "style", "template") or not name
        # The numbers of a receipt's SQL are those of a query over published files.
        if script or name == "table" or element.get("class") in QUERIES:
            if script or element.get("class") not in QUERIES:
                yield from flush()
                yield ("script" if script else "table"), element.text or "", element
            text.append(element.tail or "")
            continue
        if name not in INLINE:
            yield from flush()
            kind = name
        text.append(element.text or "")
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))
    yield from flush()


def _read_block(text: str, before: str, place: NumberPlace) -> Iterator[LabelledNumber]:
    """The numbers of a block; one that stands alone belongs to the text before it."""
    if not has_digit(text):
        return
    if "<" in text and "</" in text:  # the HTML of an entry, as text in a feed
        yield from read_markup(text.encode("utf-8", "replace"), place)
    if parse_number(text) and len(before) <= MOST_BEFORE:
        text = f"{before.rstrip(' .:')}: {text}"
    yield from scan_text(text, place)


def _read_script(text: str, place: NumberPlace) -> Iterator[LabelledNumber]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            yield from scan_json(document, place.part("data in the page"))
            return
    for line in text.splitlines():
        yield from scan_text(line, place.part("script or comment"))


def _read_attributes(root: etree._Element, place: NumberPlace) -> Iterator[LabelledNumber]:
    for element in root.iter(etree.Element):
        if not element.attrib:
            continue
        data = []
        for name, value in element.attrib.items():
            if not isinstance(name, str) or not isinstance(value, str):
                continue
            if name.startswith("data-"):
                data.append((name.removeprefix("data-"), value))
            visible = name.startswith(("data-", "aria-")) or name in VISIBLE
            if visible and has_digit(value):
                if value[:1] in "[{":
                    yield from _read_script(value, place)
                else:
                    yield from scan_text(value, place.part(f"attribute {name}"))
        if len(data) > 1:
            yield from read_row(data, place.part("data attributes"))


def _read_table(table: etree._Element, place: NumberPlace) -> Iterator[LabelledNumber]:
    """The numbers in a table, with the texts of their row, the heads of their column, the caption.

    None if all receipts of the table are those of other datasets.
    """
    vocabulary = place.vocabulary
    receipts = [
        str(name).partition(".")[0] for name in table.xpath("descendant-or-self::*/@data-count")
    ]
    if receipts and all(map(vocabulary.foreign, receipts)):
        return
    caption = " ".join("".join(table.xpath("string(caption)")).split())
    yield from scan_text(caption, place.part(place.channel))
    place = place.part(place.channel, (*place.weak, *vocabulary.find(caption)))
    heads: list[str] = []
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        spread: list[tuple[str, bool]] = []
        for cell in cells:
            text = " ".join("".join(cell.itertext()).split())
            span = re.sub(r"\D", "", cell.get("colspan") or "1")[:3] or "1"
            spread += [(text, cell.tag == "th")] * max(1, int(span))
        if spread and all(is_head for _, is_head in spread) and len(spread) > 1:
            wide = max(len(heads), len(spread))
            texts = [text for text, _ in spread] + [""] * (wide - len(spread))
            old = heads + [""] * (wide - len(heads))
            heads = [f"{one}\n{two}".strip("\n") for one, two in zip(old, texts, strict=True)]
            continue
        yield from _read_table_row(spread, heads, place)


def _read_table_row(
    spread: Sequence[tuple[str, bool]], heads: Sequence[str], place: NumberPlace
) -> Iterator[LabelledNumber]:
    vocabulary = place.vocabulary
    named: list[tuple[str, str, str, bool]] = []
    for at, (text, is_head) in enumerate(spread):
        head = heads[at] if at < len(heads) else ""
        name = next((part for part in head.split("\n") if vocabulary.dimension(part)), "")
        named.append((head, name, text, is_head))
    labels = (
        label
        for _, name, text, is_head in named
        if (name or is_head or parse_number(text) is None)
        and vocabulary.mean(label := CellLabel(text, name))
    )
    row = place.beside(*labels)
    for head, name, text, is_head in named:
        parsed = parse_number(text)
        if name or (is_head and parsed is None):
            continue
        above = (CellLabel(part) for part in head.split("\n") if vocabulary.mean(CellLabel(part)))
        cell = row.beside(*above)
        if parsed is not None and not is_head:
            yield from read_row([(head.replace("\n", " "), text)], cell)
        elif has_digit(text):
            yield from scan_text(text, cell)


def scan_json(
    document: Json, place: NumberPlace, columns: Sequence[str] = ()
) -> Iterator[LabelledNumber]:
    """The labelled numbers in a JSON document: in objects, lists, lists of lists, and texts.

    Labels are the texts beside a number, the keys above it, the texts of the objects around it, and
    the values in its query (`sql`).
    """
    if isinstance(document, dict):
        yield from _scan_object(document, place)
    elif isinstance(document, list):
        scalars = [one for one in document if not isinstance(one, dict | list)]
        if len(scalars) == len(document) and scalars:
            names = columns if len(columns) == len(scalars) else [""] * len(scalars)
            yield from read_row(list(zip(names, scalars, strict=True)), place)
            scalars = [one for one in scalars if isinstance(one, str) and len(one) > 20]
        for text in scalars:
            yield from scan_value(text, place)
        for one in document:
            if isinstance(one, dict | list):
                yield from scan_json(one, place, columns)


def scan_chart(part: Json, place: NumberPlace) -> Iterator[LabelledNumber]:
    """The labelled numbers in a chart's data and texts; the others are lengths and places."""
    if isinstance(part, list):
        for one in part:
            yield from scan_chart(one, place)
    elif isinstance(part, dict):
        for key, one in part.items():
            if key in ("datasets", "values") and isinstance(one, dict | list):
                yield from scan_json(one, place)
            elif key not in EXPRESSIONS or not isinstance(one, str):
                yield from scan_chart(one, place)
    elif isinstance(part, str):
        yield from scan_value(part, place)


def _scan_object(document: Mapping[str, Json], place: NumberPlace) -> Iterator[LabelledNumber]:
    vocabulary = place.vocabulary
    release = vocabulary.release
    if vocabulary.foreign(document.get("dataset")):
        return
    if (
        release.records
        and document.get("id") == f"{release.key}.rows.{release.records['resource']}"
    ):
        return  # rows, which `audit.records` counts where they lie as one table
    scalars = {key: one for key, one in document.items() if not isinstance(one, dict | list)}
    own = tuple(
        label
        for key, one in scalars.items()
        if isinstance(one, str)
        and vocabulary.mean(label := CellLabel(one, key if vocabulary.dimension(key) else ""))
    )
    cells = [(key, one) for key, one in scalars.items() if key not in NOT_COUNTS]
    yield from read_row(cells, place)
    for key, one in scalars.items():
        if vocabulary.mean(CellLabel(key)) and key not in NOT_COUNTS:
            yield from read_row([(key, one)], place.beside(*own, CellLabel(key)))
        if isinstance(one, str) and key != "sql":
            yield from scan_value(one, place)
    query, result = document.get("sql"), scalars.get("value", scalars.get("shown"))
    if isinstance(query, str) and result is not None:
        literals = [CellLabel(two.replace("''", "'"), one) for one, two in _LITERAL.findall(query)]
        for cell in (result, scalars.get("shown")):
            yield from read_row([("", cell)], place.beside(*literals))
        if not literals and isinstance(title := scalars.get("title"), str):
            yield from scan_text(f"{title}: {result}", place)
    names = _column_names(document)
    lists = {key: one for key, one in document.items() if isinstance(one, list)}
    if len(lists) > 1 and len({len(one) for one in lists.values()}) == 1:
        for row in zip(*lists.values(), strict=True):
            if not any(isinstance(one, dict | list) for one in row):
                yield from read_row(list(zip(lists, row, strict=True)), place)
    for key, inside in document.items():
        if key == "alternatives" and "threshold" in document:
            continue  # counts that `audit.attack` checks, in the order of the hidden cells
        if key == "queries":
            continue  # the SQL of a scorecard, over published files
        if isinstance(inside, dict | list):
            label = CellLabel(key)
            above = (label,) if vocabulary.mean(label) else ()
            yield from scan_json(inside, place.beside(*own, *above), names)


def _column_names(document: Mapping[str, Json]) -> list[str]:
    """The names of the columns of the lists in a receipt: `label` or `name`, or the texts."""
    for key in ("columns", "counts", "header", "fields"):
        listed = document.get(key)
        if isinstance(listed, list) and listed:
            return [
                str(one.get("label") or one.get("name") or "")
                if isinstance(one, dict)
                else str(one)
                for one in listed
            ]
    return []


def scan_value(value: object, place: NumberPlace) -> Iterator[LabelledNumber]:
    """The numbers in a text, which may itself be JSON or markup."""
    if not isinstance(value, str) or not has_digit(value):
        return
    if value[:1] in "[{":
        try:
            yield from scan_json(json.loads(value), place)
        except (ValueError, RecursionError):
            pass
        else:
            return
    if "<" in value and ">" in value:
        yield from read_markup(value.encode("utf-8", "replace"), place)
    else:
        yield from scan_text(value, place)
