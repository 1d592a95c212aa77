"""Links: every address inside the site must lead somewhere before a byte is written."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from lxml import etree

from plainrecord.core.paths import is_page
from plainrecord.findings.finding import Finding, Findings
from plainrecord.model.products import Output

_FETCHED = {
    ("object", "data"),
    ("video", "poster"),
    ("base", "href"),
    ("body", "background"),
    ("image", "href"),
    ("image", "xlink:href"),
    ("use", "href"),
    ("use", "xlink:href"),
}
_NAMED = {"alternate", "author", "canonical", "help", "license", "next", "prev", "search"}
"""Links in the head of a page that no browser follows by itself."""

_POLICY = "content-security-policy"
_CLOSED = ("default-src", "base-uri", "form-action")
"""Directives that a page's policy sets to 'none': the first stands for all that it leaves out."""
_DATA = {"application/json", "application/ld+json"}
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STYLED = re.compile(r"(?:url\(\s*|@import\s+)[\"']?([^\s\"')]+)", re.IGNORECASE)


class _Page:
    """A target of the lxml parser: addresses on a page, those loaded, and its ids."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.styled: list[str] = []
        self.scripts: list[str] = []
        self.ids: set[str] = set()
        self.bases: list[str] = []
        self.policies: list[str] = []
        self.loads_script = False
        self._inside = ""

    def start(self, tag: str, values: Mapping[str, str]) -> None:
        """Take down what one element names."""
        self._inside = tag
        self.loads_script |= tag == "script" and not _leaves(values.get("src", ":"))
        if tag == "script" and ("src" in values or values.get("type", "").strip().lower() in _DATA):
            self._inside = ""
        if tag == "meta" and values.get("http-equiv", "").strip().lower() == "refresh":
            self.styled.append(values.get("content", "").partition("=")[2].strip(" '\""))
        if tag == "meta" and values.get("http-equiv", "").strip().lower() == _POLICY:
            self.policies.append(values.get("content", ""))
        if tag == "base":
            self.bases.append(values.get("href", ""))
        for name, value in values.items():
            if name == "id":
                self.ids.add(value)
            elif name == "src" or (tag, name) in _FETCHED:
                self.fetched.append(value)
            elif name == "srcset":
                self.fetched.extend(part.split()[0] for part in value.split(",") if part.split())
            elif name in ("href", "data-spec"):
                relations = set(values.get("rel", "").lower().split())
                fetched = tag == "link" and not (relations and relations <= _NAMED)
                (self.fetched if fetched else self.links).append(value)
            elif name == "style":
                self.styled += read_style(value)
            elif name.startswith("on") or name == "srcdoc":
                self.scripts.append(f"{name} of <{tag}>")

    def data(self, text: str) -> None:
        """Collect the text of styles and scripts."""
        if self._inside == "style":
            self.styled += read_style(text)
        elif self._inside == "script" and text.strip():
            self.scripts.append("<script> without a file")

    def end(self, _: str) -> None:
        """An element ends: what follows is not inside it."""
        self._inside = ""

    def close(self) -> None:
        """Do nothing at the end of a page."""


def read_style(text: str) -> list[str]:
    """The addresses that a style sheet names."""
    return _STYLED.findall(_COMMENT.sub(" ", text))


def check_links(outputs: Sequence[Output]) -> tuple[Finding, ...]:
    """Findings for broken links, duplicate addresses, files from other hosts, and scripts in pages."""
    findings = Findings()
    paths: set[str] = set()
    for output in outputs:
        if output.path in paths:
            findings.add("page-duplicate", f"two outputs at {output.path}", "one", file=output.path)
        paths.add(output.path)
    pages: dict[str, _Page] = {}
    for output in outputs:
        if is_page(output.path) and isinstance(output.content, bytes) and output.content:
            page = _Page()
            parser = etree.HTMLParser(target=cast("Any", page), encoding="utf-8", huge_tree=True)
            etree.fromstring(output.content, parser)
            pages[output.path] = page
    for output in outputs:
        if output.path.endswith(".css"):
            sheet = _Page()
            sheet.styled = read_style(_read_text(output.content))
            findings += _third_parties(output.path, sheet)
    for path in sorted(pages):
        page = pages[path]
        findings += _third_parties(path, page)
        if problem := page.loads_script and _policy_problem(page.policies):
            expected = "a Content-Security-Policy that allows the files of the portal alone"
            findings.add("third-party-resource", problem, expected, file=path)
        for what in dict.fromkeys(page.scripts):
            found = f"the page has {what}"
            findings.add("page-script", found, "scripts in files of the portal alone", file=path)
        for address in dict.fromkeys(base for base in page.bases if not _leaves(base)):
            found = f"<base> {address!r} leads every link elsewhere"
            findings.add("link-broken", found, "links from the page itself", file=path)
        for address in dict.fromkeys([*page.links, *page.fetched]):
            problem = _problem(path, address, paths, pages)
            if problem:
                findings.add(
                    "link-broken", f"{address!r}: {problem}", "an address in the portal", file=path
                )
    return tuple(findings)


def _policy_problem(policies: Sequence[str]) -> str:
    """Why a page's policies allow scripts to ask other hosts; "" if one of them does not."""
    problem = "the page loads a script and has no Content-Security-Policy"
    for policy in policies:
        parts = [part.split() for part in policy.lower().split(";") if part.strip()]
        named = {name: set(sources) for name, *sources in reversed(parts)}  # the first counts
        left_out = [name for name in _CLOSED if named.get(name) != {"'none'"}]
        allowed = {"'self'", "'none'"}
        open_to = [
            f"{name} {source}"
            for name, sources in named.items()
            for source in sources - allowed - ({"data:"} if name == "img-src" else set())
        ]
        if not left_out and not open_to:
            return ""
        problem = f"its Content-Security-Policy allows {', '.join(sorted(open_to) or left_out)}"
    return problem


def _third_parties(path: str, page: _Page) -> Iterator[Finding]:
    for address in dict.fromkeys([*page.fetched, *page.styled]):
        if _leaves(address):
            found = f"the page fetches {address}"
            yield Finding("third-party-resource", found, "a file of the portal", file=path)


def _read_text(content: bytes | Path) -> str:
    data = content if isinstance(content, bytes) else content.read_bytes()
    return data.decode(errors="replace")


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
        return "" if page == "404.html" else "it begins with /, but the site may be in a subfolder"
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
