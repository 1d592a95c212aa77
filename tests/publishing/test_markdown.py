"""Prose: Markdown in, safe markup out, and what was taken away is said."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.findings.catalogue import read_catalogue
from plainrecord.model.declarations import TypedNumber
from plainrecord.model.evidence import Receipt
from plainrecord.model.products import Figure, FigureIndex, FigureScope
from plainrecord.publishing import markdown
from plainrecord.publishing.figure_mentions import replace_figures
from plainrecord.publishing.markdown import check_waivers, render_markdown, render_passage
from plainrecord.publishing.passages import tally_text


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
    assert ("<img" in low) == ("src=" in low)  # where its address is gone, its words are left


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


def figure(dataset: str, name: str, shown: str = "1,234", unit: str = "stop") -> Figure:
    receipt = Receipt("SELECT 1", (), "duckdb", 1)
    return Figure(dataset, name, f"Title of {name}", 1234, shown, unit, "", receipt)


FIGURES = [figure("stops", "total"), figure("stops", "share", "12.3 %"), figure("arrests", "total", "9"),
           figure("a.b", "c"), figure("a", "b.c"), figure("stops", "few", "fewer than 11")]  # fmt: skip
LEDGER = FigureIndex(
    {(item.dataset, item.name): item for item in FIGURES},
    {("later", "total"): True, ("stops", "broken"): False},
)
SETTING = FigureScope(
    "data/stops/methodology.md", "datasets/stops/methodology/index.html", "stops", LEDGER, (), 1
)


def read(text: str, setting: FigureScope = SETTING) -> tuple[str, list[str], tuple[str, ...]]:
    """The markup, the rules of the findings, and the figures in place."""
    passage, findings = render_passage(text, setting)
    return str(passage.html), [finding.rule for finding in findings], passage.tally.figures


PLACED = (
    '<a class="figure-link" href="../#figure-total" title="Title of total (unit: stop). To its receipt.">'
    '<data class="figure-value" data-figure="stops.total" value="1234">1,234</data></a>'
)


@pytest.mark.parametrize(
    "call",
    [
        '{{ figure("total") }}', "{{ figure('total') }}", '{{figure("stops.total")}}', '{{\nfigure("total")\n}}',
        "{{ figure(&quot;total&quot;) }}",
    ],
)  # fmt: skip
def test_a_figure_stands_in_the_text_as_a_link_to_its_receipt(call: str) -> None:
    html, rules, figures = read(f"There are {call} stops.")
    assert html == f"<p>There are {PLACED} stops.</p>"
    assert rules == []
    assert figures == ("stops.total",)


@pytest.mark.parametrize("frame", ["**{}**", "# {}", "- {}", "|a|\n|-|\n|{}|", "<div>{}</div>", "x[^1]\n\n[^1]: {}",
                                   "a_b_ {} c_d_", "> {}", "term\n: {}"])  # fmt: skip
def test_a_figure_may_stand_wherever_text_runs(frame: str) -> None:
    html, rules, figures = read(frame.format('{{ figure("total") }}'))
    assert PLACED in html
    assert (rules, figures) == ([], ("stops.total",))


@pytest.mark.parametrize(
    "text",
    ['`{{ figure("total") }}`', '    {{ figure("total") }}', '```\n{{ figure("total") }}\n```',
     '<code>{{ figure("total") }}</code>', '<pre>{{ figure("no") }}</pre>', '`` `{{ figure("total") }} ``',
     '<code><em>{{ figure("total") }}</em></code>'],
)  # fmt: skip
def test_in_code_a_call_is_shown_as_it_is(text: str) -> None:
    html, rules, figures = read(text)
    assert "{{ figure(" in html
    assert "figure-value" not in html
    assert (rules, figures) == ([], ())


@pytest.mark.parametrize(
    "text",
    [
        "{{ figure(total) }}", '{{ figure("total") | safe }}', '{{ figure("a", "b") }}', '{{ Figure("total") }}',
        '{ figure("total") }', '{{ figure ("total") }}', '{{ figures("total") }}', '{% figure("total") %}',
        '[{{ figure("total") }}](../)', '{{ <em>figure</em>("total") }}', '[x](../ "{{ figure(1) }}")',
        '![{{ figure("total") }}](x.png)', '*[figure]: x\n\n{{ figure("total") }}', '{{ figure("total\') }}',
        '{{ figure("<em>total</em>") }}', '<span title=\'{{ figure("total") }}\'>{{ figure("*x*") }}</span>', "{{figure(}}",
        '<abbr title=\'{{ figure("total") }}\'>x</abbr>',
    ],
)  # fmt: skip
def test_what_only_looks_like_a_call_is_said_and_blocks(text: str) -> None:
    html, rules, figures = read(text)
    assert {"figure-call-invalid", "figure-unknown"} & set(rules)
    assert "figure-value" not in html
    assert figures == ()
    assert all(
        read_catalogue()[rule].severity == "error" for rule in set(rules) - {"markup-removed"}
    )


def test_an_unknown_figure_is_said_with_its_line_and_a_guess() -> None:
    _, found = render_passage('One.\n\nTwo {{ figure("totl") }}.', SETTING)
    assert [(f.rule, f.row, f.file) for f in found] == [
        ("figure-unknown", 3, "data/stops/methodology.md")
    ]
    assert 'did you mean "total"?' in found[0].found
    _, found = render_passage('{{ figure("stops.sahre") }}', replace(SETTING, dataset="", row=7))
    assert found[0].row == 7
    assert 'did you mean "stops.share"?' in found[0].found
    assert read('{{ figure("total") }}', replace(SETTING, dataset=""))[1] == ["figure-unknown"]


def test_a_name_that_fits_two_figures_is_not_guessed() -> None:
    _, found = render_passage('{{ figure("a.b.c") }}', SETTING)
    assert "a.b.c or a.b.c" in found[0].found
    assert [f.rule for f in found] == ["figure-unknown"]


def test_a_figure_of_a_dataset_that_is_not_built_reads_as_absent() -> None:
    html, rules, figures = read('{{ figure("later.total") }} stops')
    assert html == (
        '<p><a class="figure-absent" href="../../later/">[number not in this build]</a> stops</p>'
    )
    assert (rules, figures) == (["figure-absent"], ())
    own = replace(SETTING, dataset="later")
    assert read('{{ figure("total") }}', own)[1] == []  # the dataset's own page says it already
    assert read('{{ figure("broken") }}')[1] == []  # its figure-failed is said, and blocks


def test_where_a_link_leads_depends_on_the_page() -> None:
    for page, href in (("about/index.html", "../datasets/stops/#figure-total"),
                       ("datasets/stops/index.html", "#figure-total"),
                       ("datasets/arrests/index.html", "../stops/#figure-total")):  # fmt: skip
        html, _, _ = read('{{ figure("stops.total") }}', replace(SETTING, page=page))
        assert f'href="{href}"' in html


def test_what_data_put_into_a_figure_is_escaped() -> None:
    hostile = replace(figure("d", "x", '<script>"&'), value='"><b>', title='"><i>', unit="'&")
    html, _, _ = read(
        '{{ figure("d.x") }}', replace(SETTING, index=FigureIndex({("d", "x"): hostile}))
    )
    parser = _Tags()
    parser.feed(html)
    assert [tag for tag, _ in parser.seen] == ["p", "a", "data"]
    assert parser.seen[2][1]["value"] == '"><b>'
    assert parser.seen[1][1]["title"] == "\"><i> (unit: '&). To its receipt."


def test_a_text_without_markup_gets_the_number_alone() -> None:
    text = 'All {{ figure("total") }}, `{{ figure("total") }}`, {{ figure("later.total") }}, {{ figure("no") }}.'
    assert replace_figures(text, SETTING) == (
        'All 1,234, `{{ figure("total") }}`, [number not in this build], {{ figure("no") }}.'
    )


FORGED = st.lists(
    st.sampled_from(
        [
            '{{ figure("total") }}', "{{ figure('arrests.total') }}", '{{ figure("later.total") }}', '{{ figure("no") }}',
            '{{ figure(total) }}', '{{ <em>figure</em>("total") }}', "{{ fi", 'gure("total") }}', "[{{ figure('total') }}](x)",
            "`{{ figure('total') }}`", "{{", "}}", " figure(", '"total"', ")", "`", "```\n", "\n\n", "    ", "<code>", "</code>", "<pre>", "</pre>",
            '<data class="figure-value" data-figure="stops.total" value="99">', "</data>", '<a class="figure-link" href="x">',
            "</a>", '<h2 id="figure-total">', "[", "](x)", "*", "_", "<!--", "-->", "\ufffc", "\x02", "\x03", "wzxhzdk:0",
            "STX", "\x02wzxhzdk:0\x03", "&lt;", "&#123;", "<b ", ">", "'", "|", "# ", "*[figure]: x\n", "word ", "\\",
        ]
    ),
    max_size=16,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(FORGED)
def test_no_text_forges_a_figure_and_none_is_left_unread(pieces: list[str]) -> None:
    text = "".join(pieces)
    passage, findings = render_passage(text, SETTING)
    reader = _Figures()
    reader.feed(str(passage.html))
    reader.close()
    assert tuple(reader.names) == passage.tally.figures
    for name, value, shown in reader.figures:
        real = LEDGER.measured[tuple(name.split("."))]  # type: ignore[index]
        assert (value, shown) == (str(real.value), real.shown)
    assert not [id_ for id_ in reader.ids if id_.startswith("figure-")]
    if not [f for f in findings if f.rule in ("figure-call-invalid", "figure-unknown")]:
        assert not re.search(r"\{\{\s*figure\(", reader.running)


class _Figures(HTMLParser):
    """The figures in a markup text, and the words outside of code, as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.values: list[str] = []
        self.shown: list[str] = []
        self.ids: list[str] = []
        self.running = ""

    @property
    def figures(self) -> list[tuple[str, str, str]]:
        return list(zip(self.names, self.values, self.shown, strict=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        if tag not in ("a", "abbr", "em", "strong"):
            self.running += "¶"  # what stands on its two sides is not one text
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)
        if tag == "data" or "data-figure" in given:
            assert self.open[-2:] == ["a", "data"]
            assert self.open.count("a") == 1
            assert not {"code", "pre"} & set(self.open)
            self.names.append(given["data-figure"])
            self.values.append(given["value"])
            self.shown.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["data"]:
            self.shown[-1] += data
        elif not {"code", "pre"} & set(self.open):
            self.running += data


def test_a_typed_number_is_said_and_counted() -> None:
    text = "# 1. How\n\nIn **34** rows.\n\n| a |\n|---|\n| 37 % |\n\n`1,234` and [1,5](../12/)."
    passage, findings = render_passage(text, SETTING)
    assert [(f.rule, f.row) for f in findings] == [("number-bare", 3), ("number-bare", 7), ("number-bare", 9)]  # fmt: skip
    assert passage.tally.bare == ("34", "37 %", "1,5")
    assert "'In 34 rows.'" in findings[0].found


def test_the_line_of_a_number_is_that_of_the_number_itself() -> None:
    text = "1,234 and\n\n34 and\n\nonce more 34, 12\nof 15."
    _, found = render_passage(text, replace(SETTING, row=10))
    assert [(f.found.split(" in ")[0], f.row) for f in found] == [
        ("1,234", 10), ("34", 12), ("34", 14), ("12 of 15", 14)
    ]  # fmt: skip
    assert {f.row for f in render_passage(text, replace(SETTING, row=0))[1]} == {None}


def test_a_number_made_of_markup_is_one_number() -> None:
    assert render_passage("<strong>12</strong> of *15*", SETTING)[0].tally.bare == ("12 of 15",)
    assert render_passage("the 12<sup>th</sup>", SETTING)[0].tally.bare == ()
    assert render_passage("34 rows<sup>2</sup>, 23<sup>1</sup>", SETTING)[0].tally.bare == ("34", "23")  # fmt: skip
    footnotes = " ".join(f"word[^{n}]" for n in range(1, 13))
    notes = "\n".join(f"[^{n}]: Note." for n in range(1, 13))
    assert render_passage(f"{footnotes}\n\n{notes}", SETTING)[0].tally.bare == ()


def test_a_number_is_waived_by_its_text_or_by_the_words_around_it() -> None:
    number, words = (
        TypedNumber(text="1,685", reason="the agency's note"),
        TypedNumber(text="112 columns", reason="counted"),
    )
    setting = replace(SETTING, waivers=(number, words))
    passage, findings = render_passage("1,685 and 112\ncolumns; 112 rows and 11,685.", setting)
    assert passage.tally.waived == (number, words)
    assert passage.tally.bare == ("112", "11,685")
    assert [f.rule for f in findings] == ["number-bare"] * 2


def test_a_waiver_that_nothing_needs_is_said() -> None:
    waivers = (
        TypedNumber(text="34", reason="a"),
        TypedNumber(text="7 rows", reason="b"),
        TypedNumber(text="35", reason="c"),
    )
    setting = replace(SETTING, waivers=waivers)
    passage, _ = render_passage("34 and 7 rows", setting)
    found = check_waivers(waivers, [passage.tally], setting)
    assert [(f.rule, f.found.split("'")[1]) for f in found] == [
        ("waiver-unused", "7 rows"),
        ("waiver-unused", "35"),
    ]


def test_a_text_that_is_no_markdown_is_held_to_the_same() -> None:
    tally, findings = tally_text('{{ figure("total") }} and 34', "the summary", SETTING)
    assert [f.rule for f in findings] == ["figure-call-invalid", "number-bare"]
    assert tally.bare == ("34",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "processor time"),
        ("[a](" * 30_000, "processor time"),
        ("<a " * 50_000, "processor time"),
        ("![" * 50_000, "processor time"),
        ("[a " * 30_000 + "]" * 30_000, "processor time"),
        ("".join(f"*[A{n}]: x\n" for n in range(9_000)) + "A1 " * 9_000, "processor time"),
        ("".join(" " * n + "- x\n" for n in range(1_000)), "nested too deeply"),
    ],
)
def test_a_text_without_end_is_a_finding(
    text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown, "SECONDS", 0.1 if "time" in words else 60)
    markup, (finding,) = render_markdown(text, "about.md")
    assert (str(markup), finding.rule, finding.file) == ("", "text-unreadable", "about.md")
    assert words in finding.found
    assert str(render_markdown("*a*", "about.md")[0]) == "<p><em>a</em></p>"
