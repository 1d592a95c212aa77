"""Render pages with Jinja2. This is the only module that uses it.

Templates run in a sandbox and escape everything that they print. An undefined name is a finding
with the template's file and line. Only `markupsafe.Markup` values are not escaped.
"""

import dataclasses
import hashlib
import json
import posixpath
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from jinja2 import (
    BytecodeCache,
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from jinja2.exceptions import TemplateNotFound, UndefinedError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from plainrecord.core.paths import relative_link
from plainrecord.core.plurals import begin_sentence, choose_form
from plainrecord.core.translation import Catalogue, catalogue, gettext, ngettext
from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.counts import plural_number
from plainrecord.model.evidence import Receipt
from plainrecord.model.products import Output
from plainrecord.receipts.receipts_document import write_command

_FOLDER = "templates/"
_LITERAL = re.compile(r"""(?=(["'`])((?:(?!\1)[^\\\n]){1,300})\1)""")
"""The text of each literal in a script, and of what only looks like one."""
_AS_CARDS = re.compile(
    r"""(<table class="[^"]*\bas-cards\b.*?<thead>.*?</thead>)(.*?</table>)""", re.DOTALL
)
"""A table of the class `as-cards`: its head, and the rest of it."""
_DAY = re.compile(r"<(td|code)((?: data-[a-z]+=\"[^\"]*\")*)>(?=\d{4}-\d\d-\d\d<)")
"""The beginning of a cell, or of what a file says, that is one day: it stands on one line."""
_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)


class Renderable(Protocol):
    """A page to render: its path, its template, the dataclass whose fields the template reads.

    `root` is empty for relative links; otherwise links are absolute paths that begin with it.
    """

    @property
    def path(self) -> str: ...
    @property
    def template(self) -> str: ...
    @property
    def context(self) -> object: ...
    @property
    def root(self) -> str: ...


def render_pages(
    pages: Sequence[Renderable], sources: Mapping[str, str], assets: Mapping[str, bytes]
) -> tuple[tuple[Output, ...], tuple[Finding, ...]]:
    """The outputs of all pages and assets, and findings about the templates.

    `sources` are template texts by name, `assets` are bytes by name. The names of published assets
    contain the hash of their content. A page that could not be rendered is omitted and has a
    finding; nothing is raised. Each place in a template is reported once.
    """
    named = {name: hashed_name(name, content) for name, content in assets.items()}
    words = {}
    if type(catalogue()) is not Catalogue:  # one that translates
        words = {n: _translate_script(assets[n]) for n in sorted(assets) if n.endswith(".js")}
    environment = _environment(sources)
    outputs: list[Output] = []
    findings: dict[tuple[str, int | None, str], Finding] = {}
    for page in pages:
        try:
            text = _render(environment, page, named, words)
        except _FAILURES as error:
            problem = _describe_failure(error, page)
            findings.setdefault((problem.file, problem.row, problem.found), problem)
        else:
            outputs.append(Output(page.path, text.encode("utf-8")))
    outputs.extend(Output(named[name], assets[name]) for name in sorted(assets))
    return tuple(outputs), tuple(findings.values())


def hashed_name(name: str, content: bytes) -> str:
    """`assets/NAME.HASH8.ext`, so that an asset may be cached for ever."""
    stem, ending = posixpath.splitext(name)
    return f"assets/{stem}.{hashlib.sha256(content).hexdigest()[:8]}{ending}"


class _AssetError(LookupError):
    """A template asks for an asset that is not there."""


class _CompiledTemplates(BytecodeCache):
    """Templates that this process compiled; never on disk, where others could change them."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_compiled_templates = _CompiledTemplates()


class _Sandbox(SandboxedEnvironment):
    """A sandbox that asks once for each attribute of a type whether a template may read it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        key = type(obj), attr
        if key not in self._safe:
            self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return self._safe[key]


def _environment(sources: Mapping[str, str]) -> SandboxedEnvironment:
    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        text = sources.get(name)
        return None if text is None else (text, _FOLDER + name, lambda: True)

    environment = _Sandbox(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=-1,
        bytecode_cache=_compiled_templates,
        optimized=False,
        extensions=["jinja2.ext.i18n"],
    )
    # In place of the extension's own functions, which take a third more time for a page.
    environment.globals.update(_=_translate, gettext=_translate, ngettext=_translate_number)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.filters.pop("safe", None)  # markup is a type here, not a claim in a template
    environment.filters.update(
        number=number,
        plural_number=plural_number,
        size=size,
        web_address=web_address,
        json_script=json_script,
        headed=headed,
        sheet=sheet,
        code_words=code_words,
        begin_sentence=begin_sentence,
        choose_form=choose_form,
        translate=gettext,
        command=command,
    )
    return environment


def _translate(text: str, **values: object) -> Markup:
    """The translation of `text`, with escaped `values` in the place of `%(name)s`."""
    return Markup(gettext(text) % {name: escape(value) for name, value in values.items()})  # noqa: S704


def _translate_number(one: str, many: str, num: int, **values: object) -> Markup:
    """The translation of the form that goes with `num`, as `_translate` returns it."""
    escaped = {name: escape(value) for name, value in values.items()}
    return Markup(ngettext(one, many, num) % ({"num": num} | escaped))  # noqa: S704


def _translate_script(script: bytes) -> Markup:
    """An attribute with the catalogue's translations of a script's literals, "" for none."""
    texts = sorted({literal[2] for literal in _LITERAL.finditer(script.decode("utf-8"))})
    words = {text: shown for text in texts if (shown := gettext(text)) != text}
    written = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return Markup(' data-words="{}"').format(written) if words else Markup("")


def _render(
    environment: SandboxedEnvironment,
    page: Renderable,
    named: Mapping[str, str],
    words: Mapping[str, Markup],
) -> str:
    def link(target: str) -> str:
        if page.root:
            return page.root + relative_link("index.html", target).removeprefix("./")
        return relative_link(page.path, target)

    def asset(name: str) -> str:
        if name not in named:
            raise _AssetError(f"the asset `{name}` is not there{suggest(name, named)}")
        return link(named[name])

    def has_asset(name: str) -> bool:
        return name in named

    template = environment.get_template(page.template)
    text = template.render(
        _variables(page.context),
        link=link,
        asset=asset,
        has_asset=has_asset,
        script_words=lambda name: words.get(name, ""),
    )
    return _DAY.sub(r'<\1 class="day"\2>', _AS_CARDS.sub(_label_cells, text))


def _name_column(cell: str, label: str) -> str:
    return f' data-label="{label}"' if cell == "<td" else ""


def _label_cells(table: re.Match[str]) -> str:
    """A table with the heading of its column on each cell: a phone shows each row as a card."""
    labels = [
        re.sub(r"<[^>]*>", "", heading).replace('"', "&#34;").strip()
        for heading in re.findall(r"<th\b[^>]*>(.*?)</th>", table[1], re.DOTALL)
    ]

    def label_row(row: re.Match[str]) -> str:
        places = iter(labels)
        return re.sub(
            r"<t[dh]\b",
            lambda cell: cell[0] + _name_column(cell[0], next(places, "")),
            row[0],
        )

    return table[1] + re.sub(r"<tr\b.*?</tr>", label_row, table[2], flags=re.DOTALL)


def _describe_failure(error: Exception, page: Renderable) -> Finding:
    """Why a page could not be rendered, and in which line of which template."""
    if isinstance(error, TemplateSyntaxError):
        file = error.filename or _FOLDER + (error.name or page.template)
        return Finding("template-invalid", error.message or "", file=file, row=error.lineno)
    if isinstance(error, TemplateNotFound):
        found = f"there is no template `{error.name}`"
        return Finding("template-invalid", found, file=_FOLDER + page.template)
    undefined = isinstance(error, UndefinedError | _AssetError)
    rule = "template-undefined" if undefined else "template-invalid"
    file, row = _FOLDER + page.template, None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(_FOLDER):
            file, row = frame.filename, frame.lineno
    return Finding(rule, str(error), file=file, row=row, note=f"page {page.path}")


def _variables(context: object) -> dict[str, Any]:
    if not dataclasses.is_dataclass(context):
        raise TypeError("a page's context is a dataclass")
    return {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}


def number(value: float) -> str:
    """A number with thousands apart: 1,234 or 0.25."""
    return f"{value:,}"


def size(count: int) -> str:
    """A number of bytes for a reader: 812 bytes, 1.4 MB."""
    if count < 1000:
        return f"{count} byte" if count == 1 else f"{count} bytes"
    amount, units = count / 1000, ["kB", "MB", "GB"]
    while amount >= 999.5 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    unit = units[0]
    return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"


def command(receipt: Receipt, base_url: str = "") -> str:
    """A line for a terminal that runs the query of a receipt, as `write_command` returns it."""
    return write_command(receipt.sql, receipt.files, receipt.dataset, base_url)


def web_address(text: str) -> str:
    """`text` if it is an address that is safe to link (http, https, mailto), otherwise ""."""
    return text if text.lower().startswith(("http://", "https://", "mailto:")) else ""


def code_words(text: str) -> Markup:
    """`text` as markup: what is between backticks is code, the rest is escaped."""
    parts = re.split(r"`([^`\n]+)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(parts)
    )


def headed(text: Markup) -> Markup:
    """`text` with its headings raised so that the highest is an h2: no level is left out.

    Only safe markup may come in; only the names of its own heading elements change.
    """
    levels = [int(level) for level in re.findall(r"<h([2-6])\b", text)]
    lift = min(levels, default=2) - 2
    if not isinstance(text, Markup) or not lift:
        return text
    raised = re.sub(r"(</?h)([2-6])\b", lambda m: f"{m[1]}{max(int(m[2]) - lift, 2)}", str(text))
    return Markup(raised)  # noqa: S704 - it was markup, and still is


def sheet(text: str) -> Markup:
    """A style sheet to put in a page; ValueError if it could end its element."""
    if "</" in text or "<!" in text:
        raise ValueError("the style sheet contains </ or <!")
    return Markup(text)  # noqa: S704 - nothing in it can end the style element


def json_script(value: object) -> Markup:
    """`value` as JSON that cannot end the script element that contains it."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - every sign with a meaning in HTML is gone
