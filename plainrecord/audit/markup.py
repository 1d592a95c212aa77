"""The labelled numbers in pages, feeds and drawings: tables, texts, attributes, data in scripts."""

import json
import re
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from plainrecord.audit.labels import (
    CellLabel,
    LabelledNumber,
    Vocabulary,
    parse_number,
    read_row,
    scan_text,
)
from plainrecord.core.word_lists import split_words, word_set

ScanJson = Callable[..., Iterator[LabelledNumber]]
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


def read_markup(
    path: str, content: bytes, vocabulary: Vocabulary, scan_json: ScanJson
) -> Iterator[LabelledNumber]:
    """The labelled numbers in HTML, XML or SVG; comments and hidden elements included."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return
    if root is None:
        return
    yield from _read_attributes(root, path, vocabulary, scan_json)
    blocks: list[tuple[str, str]] = []
    heading: tuple[CellLabel, ...] = ()
    for kind, text, element in _walk(root):
        if kind == "table":
            yield from _read_table(element, path, vocabulary, heading)
        elif kind == "script":
            yield from _read_script(text, path, vocabulary, scan_json)
        else:
            if kind in HEADINGS:
                label = CellLabel(text)
                heading = (label,) if vocabulary.mean(label) else ()
            blocks.append((kind, text))
            yield from _read_block(blocks, path, vocabulary, heading, scan_json)


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
        if name in ("script", "style", "template") or not name:
            yield from flush()
            words = element.text or ""
            yield ("script", words, element)
            text.append(element.tail or "")
            continue
        if element.get("class") in QUERIES:  # its numbers are those of a query over published files
            text.append(element.tail or "")
            continue
        if name == "table":
            yield from flush()
            yield "table", "", element
            text.append(element.tail or "")
            continue
        if name not in INLINE:
            yield from flush()
            kind = name
        text.append(element.text or "")
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))
    yield from flush()


def _read_block(
    blocks: Sequence[tuple[str, str]],
    path: str,
    vocabulary: Vocabulary,
    heading: tuple[CellLabel, ...],
    scan_json: ScanJson,
) -> Iterator[LabelledNumber]:
    """The numbers of the last block; one that stands alone belongs to the text before it."""
    text = blocks[-1][1]
    if not any(sign.isdigit() for sign in text):
        return
    if "<" in text and "</" in text:  # the HTML of an entry, as text in a feed
        yield from read_markup(path, text.encode("utf-8", "replace"), vocabulary, scan_json)
    before = blocks[-2][1] if len(blocks) > 1 else ""
    if parse_number(text) and len(before) <= MOST_BEFORE:
        text = f"{before.rstrip(' .:')}: {text}"
    yield from scan_text(text, vocabulary, file=path, channel="text", weak=heading)


def _read_script(
    text: str, path: str, vocabulary: Vocabulary, scan_json: ScanJson
) -> Iterator[LabelledNumber]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            yield from scan_json(document, vocabulary, path, "data in the page")
            return
    for line in text.splitlines():
        yield from scan_text(line, vocabulary, file=path, channel="script or comment")


def _read_attributes(
    root: etree._Element, path: str, vocabulary: Vocabulary, scan_json: ScanJson
) -> Iterator[LabelledNumber]:
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
            if visible and any(sign.isdigit() for sign in value):
                if value[:1] in "[{":
                    yield from _read_script(value, path, vocabulary, scan_json)
                else:
                    yield from scan_text(value, vocabulary, file=path, channel=f"attribute {name}")
        if len(data) > 1:
            yield from read_row(data, vocabulary, file=path, channel="data attributes")


def _read_table(
    table: etree._Element, path: str, vocabulary: Vocabulary, heading: tuple[CellLabel, ...]
) -> Iterator[LabelledNumber]:
    """The numbers in a table, with the texts of their row, the heads of their column, the caption.

    None if all receipts of the table are those of other datasets.
    """
    receipts = [
        str(name).partition(".")[0] for name in table.xpath("descendant-or-self::*/@data-count")
    ]
    if receipts and all(map(vocabulary.foreign, receipts)):
        return
    channel = "table on a page"
    caption = " ".join("".join(table.xpath("string(caption)")).split())
    weak = (*heading, *vocabulary.find(caption))
    yield from scan_text(caption, vocabulary, file=path, channel=channel)
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
        yield from _read_table_row(spread, heads, path, vocabulary, weak)


def _read_table_row(
    spread: Sequence[tuple[str, bool]],
    heads: Sequence[str],
    path: str,
    vocabulary: Vocabulary,
    weak: tuple[CellLabel, ...],
) -> Iterator[LabelledNumber]:
    channel = "table on a page"
    named: list[tuple[str, str, bool]] = []
    for at, (text, is_head) in enumerate(spread):
        head = heads[at] if at < len(heads) else ""
        name = next((part for part in head.split("\n") if vocabulary.dimension(part)), "")
        named.append((name, text, is_head))
    labels = tuple(
        label
        for name, text, is_head in named
        if (name or is_head or parse_number(text) is None)
        and vocabulary.mean(label := CellLabel(text, name))
    )
    for at, (name, text, is_head) in enumerate(named):
        if name or (is_head and parse_number(text) is None):
            continue
        head = heads[at] if at < len(heads) else ""
        above = tuple(
            CellLabel(part) for part in head.split("\n") if vocabulary.mean(CellLabel(part))
        )
        given = (*labels, *above)
        parsed = parse_number(text)
        if parsed is not None and not is_head:
            cell = [(head.replace("\n", " "), text)]
            yield from read_row(
                cell, vocabulary, file=path, channel=channel, given=given, weak=weak
            )
        elif any(sign.isdigit() for sign in text):
            yield from scan_text(
                text, vocabulary, file=path, channel=channel, given=given, weak=weak
            )
