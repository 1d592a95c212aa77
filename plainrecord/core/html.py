"""Parse a published page once, for all that is compared with it."""

import re
from functools import lru_cache

from lxml import etree


@lru_cache(maxsize=1)  # each page is looked at for several things, one after another
def parse_page(content: bytes) -> etree._Element:
    """The root of an HTML page, which nobody may change; an empty one for what is no page."""
    # Without `huge_tree` all that follows a page's first ten million characters is passed over.
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, huge_tree=True
    )
    try:
        root = etree.fromstring(content, parser)  # None if there is nothing to read
    except (etree.XMLSyntaxError, ValueError):
        root = None
    return etree.Element("html") if root is None else root


def parse_xml(content: bytes) -> etree._Element | None:
    """The root of an XML document, read without entities and network; None for what is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def read_words(element: etree._Element) -> str:
    """The text of an element, its blanks collapsed."""
    return flatten("".join(element.itertext()))


def flatten(text: str) -> str:
    """A text as a page shows it: its blanks collapsed."""
    return " ".join(text.split())


def identify(*parts: str) -> str:
    """`parts` as an id of HTML, unique to them (`~` and bytes for signs), not that of a heading."""
    written = [
        re.sub(
            r"[^a-zA-Z0-9_.-]|-(?=heading$)",
            lambda sign: "".join(f"~{byte:02x}" for byte in sign[0].encode("utf-8", "replace")),
            part,
        )
        for part in parts
    ]
    return "~~".join(written)
