"""A maintainer's Markdown as markup that is safe to place in a page.

Markdown allows raw HTML, so the result is sanitised with an allow-list (nh3), and what was removed
is reported. Then figures are inserted and numbers counted (`passages`).
"""

import re
from collections.abc import Iterable, Sequence
from html import unescape
from html.parser import HTMLParser

import markdown
import nh3
from markupsafe import Markup, escape

from plainrecord.core.processor_limit import LimitExceeded, processor_limit
from plainrecord.core.word_lists import word_set
from plainrecord.findings.finding import Finding
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.products import FigureScope, RenderedText, TypedNumberCount
from plainrecord.publishing.passages import join_tallies, read_passage

SECONDS = 5.0
"""A text of 100 kB takes a fifth of a second."""

_TAGS = word_set(
    "a abbr blockquote br code dd del div dl dt em h2 h3 h4 h5 h6 hr img ins kbd li ol p "
    "pre q s small span strong sub sup table tbody td th thead tr ul"
)
_ATTRIBUTES = {
    "a": {"href", "title", "id", "class"},
    "abbr": {"title"},
    "img": {"src", "alt", "title"},
    "li": {"id"},
    "sup": {"id"},
    "ol": {"start"},
    "div": {"class"},
    **{tag: {"id"} for tag in ("h2", "h3", "h4", "h5", "h6")},
    **{tag: {"colspan", "rowspan", "scope"} for tag in ("td", "th")},
}
_CLASSES = {"footnote", "footnote-ref", "footnote-backref"}
_TAKEN = ("figure-", "chart-")  # the places of receipts on a page
_SCHEMES = {"http", "https", "mailto"}
_IMAGE = re.compile(r'<img((?:\s[\w-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_ALIGN = re.compile(r'(<t[dh])\s+style="text-align: (?:left|right|center);"')


def render_passage(text: str, setting: FigureScope) -> tuple[RenderedText, tuple[Finding, ...]]:
    """`text` as safe markup with its figures, the numbers in it, and findings.

    `{{ figure("NAME") }}` in running text becomes the figure, a link to its receipt; in code it
    stays unchanged. A number that is no figure and not waived is reported (number-bare).
    """
    clean, removed = render_markdown(text, setting.file)
    passage, findings = read_passage(str(clean), text, setting)
    return passage, (*removed, *findings)


def check_waivers(
    waivers: Sequence[TypedNumber], tallies: Iterable[TypedNumberCount], setting: FigureScope
) -> tuple[Finding, ...]:
    """A finding for each waiver that matched none of its texts."""
    used = join_tallies(*tallies).waived
    return tuple(
        Finding(
            "waiver-unused",
            f"numbers: {waiver.text!r} is not a number in any text",
            "a number from a text",
            file=setting.file,
            dataset=setting.dataset,
        )
        for waiver in dict.fromkeys(waivers)
        if waiver not in used
    )


def render_markdown(text: str, file: str) -> tuple[Markup, tuple[Finding, ...]]:
    """`text` as safe markup, headings from level 2 down; a finding if anything was taken out, or
    if it cannot be converted."""
    if not text.strip():
        return Markup(""), ()
    try:
        with processor_limit(SECONDS):
            return _convert(text, file)
    except LimitExceeded:
        found = f"converting it took more than {SECONDS:g} seconds of processor time"
    except RecursionError:
        found = "it is nested too deeply"
    return Markup(""), (
        Finding("text-unreadable", found, "Markdown whose brackets and lists end", file=file),
    )


def _convert(text: str, file: str) -> tuple[Markup, tuple[Finding, ...]]:
    raw = markdown.markdown(
        text,
        extensions=["tables", "footnotes", "toc", "fenced_code", "def_list", "abbr", "sane_lists"],
        extension_configs={"toc": {"baselevel": 2}},
        output_format="html",
    )
    raw = _ALIGN.sub(r"\1", raw)  # alignment by an inline style, which the page's policy forbids
    clean = nh3.clean(
        raw,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        url_schemes=_SCHEMES,
        link_rel="noopener",
    )
    removed = _Inventory.of(raw) - _Inventory.of(clean)
    clean = _IMAGE.sub(_keep_image, clean)
    if not removed:
        return Markup(clean), ()  # noqa: S704 - sanitised above
    found = f"taken out: {', '.join(sorted(removed))}"
    expected = "plain Markdown without scripts, styles or embedded pages"
    finding = Finding("markup-removed", found, expected, file=file)
    return Markup(clean), (finding,)  # noqa: S704 - sanitised above


def _keep_image(image: re.Match[str]) -> str:
    """An image, or its words where its address was taken out."""
    attributes = dict(_ATTRIBUTE.findall(image[1]))
    return image[0] if "src" in attributes else str(escape(unescape(attributes.get("alt", ""))))


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        classes = [name for name in value.split() if name in _CLASSES]
        return " ".join(classes) or None
    if attribute == "id" and value.startswith(_TAKEN):
        return f"text-{value}"
    if tag == "img" and attribute == "src":
        return None if any(sign in value for sign in ("//", ":", "\\")) else value
    return value


class _Inventory(HTMLParser):
    """Which elements and attributes a markup text has, as words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: set[str] = set()

    @classmethod
    def of(cls, text: str) -> set[str]:
        """`<tag>` for each element and `tag attribute=value` for what may be dangerous."""
        parser = cls()
        parser.feed(text)
        parser.close()
        return parser.seen

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(f"<{tag}>")
        for name, value in attrs:
            if name in ("href", "src"):
                self.seen.add(f"{name}={unescape(value or '')[:60]}")
            elif name not in ("rel", "class"):
                self.seen.add(f"{tag} {name}")
