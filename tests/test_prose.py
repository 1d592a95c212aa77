"""Prose: Markdown in, safe markup out, and what was taken away is said."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.prose import render_markdown


def test_plain_markdown_passes_unchanged() -> None:
    html, findings = render_markdown(
        "# Head\n\nText *x* & [a](../b/).\n\n|a|b|\n|:-|-:|\n|1|2|\n", "f"
    )
    assert findings == ()
    assert '<h2 id="head">Head</h2>' in html
    assert "<em>x</em> &amp;" in html
    assert 'href="../b/"' in html
    assert "style" not in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>",
        "<p style='color:red'>x</p>", "<iframe src='https://evil.example'></iframe>",
        "![x](https://evil.example/pixel.png)", "<a href='data:text/html,x'>x</a>",
        "<form action='/x'><input></form>", "<base href='https://evil.example'>",
        "![x](/\\evil.example/p.png)",
    ],
)  # fmt: skip
def test_unsafe_markup_is_taken_out_and_said(text: str) -> None:
    html, findings = render_markdown(text, "pages/x.md")
    assert [(f.rule, f.file) for f in findings] == [("markup-removed", "pages/x.md")]
    low = str(html).lower()
    for bad in (
        "<script",
        "javascript:",
        "onerror",
        "style=",
        "<iframe",
        "data:",
        "<form",
        "<base",
        "evil",
    ):
        assert bad not in low


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


PIECES = st.lists(st.sampled_from(["<script>", "</script>", "<a href='javascript:x'>", "[", "](", ")", "\n\n", "`", "<", ">",
                                   "onclick=", "<img src=//x>", "|", "-", "&lt;", "<svg onload=x>", "'", '"', "<!--", "# "]), max_size=14)  # fmt: skip


@given(PIECES)
def test_nothing_that_runs_comes_out(pieces: list[str]) -> None:
    html, _ = render_markdown("".join(pieces), "f")
    parser = _Tags()
    parser.feed(str(html))
    for tag, attributes in parser.seen:
        assert tag not in ("script", "svg", "iframe", "object", "style", "form")
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert not (value or "").strip().lower().startswith(("javascript:", "data:", "//"))
