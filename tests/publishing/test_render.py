"""Rendering: links, assets, escaping, and templates with errors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import pytest
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from plainrecord.findings.finding import Finding
from plainrecord.publishing.render import (
    hashed_name,
    headed,
    json_script,
    render_pages,
    size,
    web_address,
)


@dataclass(frozen=True)
class Leaf:
    text: Any = "plain"


@dataclass(frozen=True)
class Sheet:
    path: str = "a/b/index.html"
    template: str = "page.html"
    context: object = Leaf()
    root: str = ""


def rendered(template: str, page: Sheet | None = None, /, **more: str) -> str:
    outputs, findings = render_pages([page or Sheet()], {"page.html": template, **more}, {})
    assert findings == ()
    content = outputs[0].content
    assert isinstance(content, bytes)
    return content.decode()


def found(template: str, page: Sheet | None = None, **more: str) -> Finding:
    outputs, findings = render_pages([page or Sheet()], {"page.html": template, **more}, {})
    assert outputs == ()
    assert len(findings) == 1
    return findings[0]


def test_text_is_escaped_and_markup_is_not() -> None:
    assert rendered("{{ text }}", Sheet(context=Leaf("<b>"))) == "&lt;b&gt;"
    assert rendered("{{ text }}", Sheet(context=Leaf(Markup("<b>")))) == "<b>"


def test_there_is_no_safe_filter() -> None:
    assert found("{{ text | safe }}").rule == "template-invalid"


def test_links_are_relative_unless_a_page_has_a_root() -> None:
    template = "{{ link('index.html') }} {{ link('datasets/x/index.html#y') }}"
    assert rendered(template) == "../../ ../../datasets/x/#y"
    page = Sheet("404.html", root="/repo/")
    assert rendered(template, page) == "/repo/ /repo/datasets/x/#y"


def test_assets_carry_the_hash_of_their_content() -> None:
    content = b"body{}"
    mark = hashlib.sha256(content).hexdigest()[:8]
    sources = {"page.html": "{{ asset('x.css') }}"}
    outputs, findings = render_pages([Sheet()], sources, {"x.css": content})
    assert findings == ()
    assert [(output.path, output.content) for output in outputs] == [
        ("a/b/index.html", f"../../assets/x.{mark}.css".encode()),
        (f"assets/x.{mark}.css", content),
    ]
    assert hashed_name("x.css", b"other") != f"assets/x.{mark}.css"


def test_an_undefined_name_is_a_finding_with_file_and_line() -> None:
    finding = found("one\ntwo\n{{ nothing }}")
    assert (finding.rule, finding.file, finding.row) == (
        "template-undefined",
        "templates/page.html",
        3,
    )
    assert "nothing" in finding.found


def test_an_undefined_name_in_an_included_template_names_that_template() -> None:
    more = {"partials/x.html": "\n{{ text.missing }}"}
    finding = found("{% include 'partials/x.html' %}", None, **more)
    assert (finding.file, finding.row) == ("templates/partials/x.html", 2)
    assert finding.rule == "template-undefined"


def test_a_missing_asset_is_a_finding() -> None:
    finding = found("\n{{ asset('portal.cs') }}")
    assert (finding.rule, finding.row) == ("template-undefined", 2)


def test_a_syntax_error_is_a_finding_with_file_and_line() -> None:
    finding = found("fine\n{% if %}")
    assert (finding.rule, finding.file, finding.row) == (
        "template-invalid",
        "templates/page.html",
        2,
    )


def test_a_missing_template_is_a_finding() -> None:
    assert "gone.html" in found("{% extends 'gone.html' %}").found
    assert found("", Sheet(template="other.html")).file == "templates/other.html"


def test_errors_in_expressions_are_findings() -> None:
    for template in ("{{ 1 / 0 }}", "{{ text + 1 }}", "{{ [1][text] }}{{ text.__class__ }}"):
        assert found(template).rule.startswith("template-")


def test_the_sandbox_keeps_templates_away_from_python() -> None:
    finding = found("{{ text.__class__.__mro__ }}")
    assert finding.rule in {"template-invalid", "template-undefined"}


def test_the_same_fault_on_many_pages_is_said_once() -> None:
    pages = [Sheet("a/index.html"), Sheet("b/index.html")]
    _, findings = render_pages(pages, {"page.html": "{{ nothing }}"}, {})
    assert len(findings) == 1


def test_json_in_a_script_cannot_end_it() -> None:
    text = json_script({"name": "</script><!-- & \u2028"})
    assert not set("<>&\u2028") & set(text)
    assert '"\\u003c/script\\u003e' in text


def test_only_web_addresses_become_links() -> None:
    assert web_address("https://a.example") == "https://a.example"
    assert web_address("javascript:alert(1)") == ""
    assert web_address("data:text/html,x") == ""


def test_sizes_are_in_words() -> None:
    assert [size(n) for n in (1, 999, 1000, 2_345_678, 999_999, 5_000_000_000)] == [
        "1 byte",
        "999 bytes",
        "1.0 kB",
        "2.3 MB",
        "1.0 MB",
        "5.0 GB",
    ]


def test_a_changed_template_is_compiled_again() -> None:
    """A process keeps compiled templates: by their text, and not by their name alone."""
    more = {"partials/x.html": "one"}
    template = "{% include 'partials/x.html' %} {{ text }}"
    assert rendered(template, **more) == rendered(template, **more) == "one plain"
    assert rendered(template, **{"partials/x.html": "two"}) == "two plain"
    assert rendered("other {{ text }}") == "other plain"
    assert found("\n{{ nothing }}").row == 2
    assert found("\n\n{{ nothing }}").row == 3


def test_a_template_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered("only here {{ text }}")
    monkeypatch.setattr(SandboxedEnvironment, "compile", None)
    assert rendered("only here {{ text }}") == "only here plain"


def test_headings_begin_at_the_second_level() -> None:
    text = Markup('<h3 id="a">A</h3><h4>B</h4><h3>C &lt;h3</h3>')
    assert headed(text) == '<h2 id="a">A</h2><h3>B</h3><h2>C &lt;h3</h2>'
    assert isinstance(headed(text), Markup)
    assert headed(Markup("<h2>A</h2><h3>B</h3>")) == "<h2>A</h2><h3>B</h3>"
    assert rendered("{{ text | headed }}", Sheet(context=Leaf("<h3>"))) == "&lt;h3&gt;"


def test_the_cells_of_a_table_as_cards_name_their_columns() -> None:
    head = '<thead><tr><th scope="col">Law</th><th><a href="x">Rows</a> "of" {{ text }}</th></tr></thead>'
    row = '<tr><th scope="row">a</th><td class="n">1</td></tr>'
    plain = f"<table><tbody>{row}</tbody></table>"
    got = rendered(
        f'<table class="laws as-cards">{head}<tbody>{row}{row}</tbody></table>{plain}',
        Sheet(context=Leaf("<b>")),
    )
    cell = '<td data-label="Rows &#34;of&#34; &lt;b&gt;" class="n">1</td>'
    assert got.count(f'<th scope="row">a</th>{cell}') == 2
    assert got.endswith(plain)
