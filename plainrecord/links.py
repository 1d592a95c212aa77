"""Links: every address inside the site must lead somewhere before a byte is written."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from plainrecord.findings import Finding
from plainrecord.product import Output

_FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"),
            ("object", "data"), ("embed", "src"), ("video", "src"), ("audio", "src")}  # fmt: skip
_STYLES = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


class _Page(HTMLParser):
    """The addresses that a page names, those it makes the browser fetch, and its ids."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.add(values["id"])
        for name, value in values.items():
            if (tag, name) in _FETCHED:
                self.fetched.append(value)
            elif name in ("href", "data-spec"):
                fetched = tag == "link" and set(values.get("rel", "").split()) & _STYLES
                (self.fetched if fetched else self.links).append(value)


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
            page.feed(output.content.decode())
            page.close()
            pages[output.path] = page
    for path in sorted(pages):
        page = pages[path]
        for address in page.fetched:
            if "//" in address.replace("\\", "/"):
                findings.append(Finding("third-party-resource", f"the page fetches {address}",
                                        "a file of the portal", file=path))  # fmt: skip
        for address in dict.fromkeys([*page.links, *page.fetched]):
            problem = _problem(path, address, paths, pages)
            if problem:
                findings.append(Finding("link-broken", f"{address!r}: {problem}",
                                        "an address in the portal", file=path))  # fmt: skip
    return tuple(findings)


def _problem(page: str, address: str, paths: set[str], pages: dict[str, _Page]) -> str:
    """Why `address` on `page` leads nowhere; empty when it leads somewhere or outside."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "it is not an address"
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
