"""Links: every address inside the site must lead somewhere before a byte is written."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from lxml import etree

from plainrecord.model.products import Output
from plainrecord.rules.findings import Finding

_FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"),
            ("object", "data"), ("embed", "src"), ("video", "src"), ("audio", "src")}  # fmt: skip
_STYLES = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


class _Page:
    """The addresses that a page names, those it makes the browser fetch, and its ids.

    It is what lxml calls the target of a parser.
    """

    def __init__(self) -> None:
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: set[str] = set()

    def start(self, tag: str, values: Mapping[str, str]) -> None:
        """Take down what one element names."""
        for name, value in values.items():
            if name == "id":
                self.ids.add(value)
            elif (tag, name) in _FETCHED:
                self.fetched.append(value)
            elif name == "srcset":
                self.fetched.extend(part.split()[0] for part in value.split(",") if part.split())
            elif name in ("href", "data-spec"):
                fetched = tag == "link" and set(values.get("rel", "").split()) & _STYLES
                (self.fetched if fetched else self.links).append(value)

    def close(self) -> None:
        """Nothing is left to do at the end of a page."""


def check_links(outputs: Sequence[Output]) -> tuple[Finding, ...]:
    """Findings for links that lead nowhere, twin addresses and things of other hosts."""
    findings: list[Finding] = []
    paths: set[str] = set()
    for output in outputs:
        if output.path in paths:
            findings.append(Finding("page-duplicate", f"two outputs at {output.path}",
                                    "one", file=output.path))  # fmt: skip
        paths.add(output.path)
    pages: dict[str, _Page] = {}
    for output in outputs:
        if output.path.endswith(".html") and isinstance(output.content, bytes):
            page = _Page()
            parser = etree.HTMLParser(target=page, encoding="utf-8", huge_tree=True)
            etree.fromstring(output.content, parser)
            pages[output.path] = page
    for path in sorted(pages):
        page = pages[path]
        for address in page.fetched:
            if _leaves(address):
                findings.append(Finding("third-party-resource", f"the page fetches {address}",
                                        "a file of the portal", file=path))  # fmt: skip
        for address in dict.fromkeys([*page.links, *page.fetched]):
            problem = _problem(path, address, paths, pages)
            if problem:
                findings.append(Finding("link-broken", f"{address!r}: {problem}",
                                        "an address in the portal", file=path))  # fmt: skip
    return tuple(findings)


def _leaves(address: str) -> bool:
    """Whether fetching `address` asks another host; data inside the address asks nobody."""
    plain = address.replace("\\", "/").strip()
    head = plain.split("/", 1)[0]
    return "//" in plain.split("?")[0] or (":" in head and not plain.startswith("data:image/"))


def _problem(page: str, address: str, paths: set[str], pages: dict[str, _Page]) -> str:
    """Why `address` on `page` leads nowhere; empty when it leads somewhere or outside."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "it is not an address"
    if parts.scheme.lower() in ("javascript", "vbscript", "data"):
        return "" if address.startswith("data:image/") else "it runs something, and leads nowhere"
    if parts.scheme or parts.netloc:
        return ""
    if parts.path.startswith("/"):
        return "" if page == "404.html" else "it starts at the root, and the site may lie below one"
    target = page
    if parts.path:
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
        if joined == ".." or joined.startswith("../"):
            return "it leaves the site"
        folder = parts.path.endswith("/") or parts.path in (".", "..") or joined == "."
        target = posixpath.normpath(posixpath.join(joined, "index.html")) if folder else joined
    if target not in paths:
        return f"there is no {target}"
    fragment = unquote(parts.fragment)
    if fragment and target in pages and fragment not in pages[target].ids:
        return f"{target} has no part called {fragment}"
    return ""
