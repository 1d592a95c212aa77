"""Whether a reader sees the numbers that are marked: none hidden, none joined to other digits."""

import re

from lxml import etree

from plainrecord.core.html import parse_page
from plainrecord.core.word_lists import split_words
from plainrecord.findings.finding import Finding, Findings

_MARKS = ("data-figure", "data-count")
_UNSEEN = ("template", "noscript", "script", "style", "textarea", "iframe", "object", "select")
_INLINE = split_words("b bdi bdo code em font i ins mark small strong sub sup u")
"""Elements that stand in a line of text. A span or a link may be laid out apart from its neighbour."""

_HIDING = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0|font-size\s*:\s*0)",
    re.IGNORECASE,
)
_ENDS, _STARTS = re.compile(r"[0-9][.,]?\Z"), re.compile(r"[.,]?[0-9]")
MOST = 5


def find_unseen(page: str, content: bytes) -> tuple[Finding, ...]:
    """Marked numbers that markup (not style sheets) hides, or that touch other digits."""
    if not any(mark.encode() in content for mark in _MARKS):
        return ()
    findings = Findings(file=page)
    for element in parse_page(content).xpath(" | ".join(f"//*[@{mark}]" for mark in _MARKS)):
        name = element.get("data-figure") or element.get("data-count")
        if any(map(_hides, (*element.iterancestors(), *element.iter()))):
            found = f"{name}: the number is marked where readers cannot see it"
            findings.add("page-differs", found, "a number in plain sight")
        elif _ENDS.search(_before(element)) or _STARTS.match(_after(element)):
            found = f"{name}: digits are directly beside the marked number"
            findings.add("page-differs", found, "the number alone")
        if len(findings) == MOST:
            break
    return tuple(findings)


def _hides(element: etree._Element) -> bool:
    if not isinstance(element.tag, str):
        return False
    hidden = "hidden" in element.attrib or element.tag in _UNSEEN
    return hidden or _HIDING.search(element.get("style") or "") is not None


def _before(element: etree._Element) -> str:
    """The text right before an element in its line; empty where there is none."""
    node = element
    while True:
        other = node.getprevious()
        while other is not None:
            if other.tail:
                return str(other.tail)
            text = "".join(other.itertext()) if other.tag in _INLINE else " "
            if text:
                return text
            other = other.getprevious()
        parent = node.getparent()
        if parent is None or parent.text or parent.tag not in _INLINE:
            return "" if parent is None else str(parent.text or "")
        node = parent


def _after(element: etree._Element) -> str:
    """The text right after an element in its line; empty where there is none."""
    node = element
    while True:
        if node.tail:
            return str(node.tail)
        other = node.getnext()
        while other is not None:
            text = "".join(other.itertext()) if other.tag in _INLINE else " "
            if text or other.tail:
                return text or str(other.tail)
            other = other.getnext()
        parent = node.getparent()
        if parent is None or parent.tag not in _INLINE:
            return ""
        node = parent
