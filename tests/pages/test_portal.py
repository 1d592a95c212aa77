"""Pages and the built-in templates: what is planned, what a reader reads, escaping."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from jinja2 import Environment, meta

from plainrecord.model.declarations import PrivacyPolicy
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.portal import plan_site
from plainrecord.pages.portal_context import Page
from plainrecord.publishing.render import render_pages
from tests.browser.sample import (
    ARRESTS_RELEASE,
    HASH,
    HISTORIES,
    PORTAL,
    RELEASES,
    STOPS_RELEASE,
    TEXTS,
    assets,
    hostile,
    sample_pages,
    sample_site,
    templates,
)

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</title>"
TEMPLATES = Path(__file__).parents[2] / "templates"


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parent's signature
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    found = sample_site()
    return {path: body.decode() for path, body in found.items() if path.endswith(".html")}


def words(page: str) -> str:
    """The text of a page for a reader: no tags, single blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def shown(release: ReleasedDataset) -> str:
    planned = plan_site(PORTAL, [release], ())
    outputs, findings = render_pages(planned, templates(), assets())
    assert findings == ()
    path = f"datasets/{release.package.name}/index.html"
    content = next(output.content for output in outputs if output.path == path)
    assert isinstance(content, bytes)
    return words(content.decode())


LEFT = ("", "codebook", "check", "methodology", "privacy", "withheld", "law", "explore")
NOW = ("plausibility", "scorecard", "changes", "releases")
"""What a release leaves behind where it is withdrawn or moved, and what a dataset has besides."""


def test_the_pages_of_a_portal() -> None:
    assert [page.path for page in sample_pages()] == [
        "index.html",
        "datasets/index.html",
        "datasets/stops/index.html",
        "datasets/stops/codebook/index.html",
        "datasets/stops/check/index.html",
        "datasets/stops/methodology/index.html",
        "datasets/stops/releases/index.html",
        *under("datasets/stops/releases/2024-07-15", *LEFT),
        "datasets/stops/changes/2024-07-15/index.html",
        *under("datasets/stops/releases/2024-10-15", "", "codebook", "check", "methodology"),
        *under("datasets/stops/releases/2025-01-15", "", "codebook", "check", "methodology"),
        "datasets/arrests/index.html",
        *under("datasets/street-stops", *LEFT, *NOW),
        *under("datasets/street-stops/releases/2024-07-15", *LEFT),
        "datasets/street-stops/changes/2024-07-15/index.html",
        *under("datasets/street-stops/releases/2024-10-15", *LEFT),
        "datasets/street-stops/changes/2024-10-15/index.html",
        *under("datasets/fines", *LEFT, *NOW),
        *under("datasets/fines/releases/2024-01-05", *LEFT),
        "datasets/fines/changes/2024-01-05/index.html",
        "methodology/index.html",
        "about/index.html",
        "verify/index.html",
        "404.html",
        "a-z/index.html",
    ]


def under(folder: str, *pages: str) -> list[str]:
    return [f"{folder}/{page}/index.html".replace("//", "/") for page in pages]


def test_a_release_says_where_it_stands(site: dict[str, str]) -> None:
    old = site["datasets/stops/releases/2024-10-15/index.html"]
    assert "This is the release of 15 October 2024." in old
    assert "The newest release is that of 15 January 2025." in old
    new = site["datasets/stops/releases/2025-01-15/index.html"]
    assert "It is the newest release, and this is its permanent link." in new
    now = site["datasets/stops/index.html"]
    assert "This is the release" not in now
    assert "Release of 15 January 2025, the newest of 2." in now
    assert "Last checked on 1 March 2025: no new release." in now
    assert "expected by 15 April 2025. It was 47 days overdue on 1 June 2025." in now
    assert "overdue on" not in old


def test_an_empty_portal_has_pages_too() -> None:
    planned = plan_site(PORTAL.model_copy(update={"base_url": ""}), (), ())
    outputs, findings = render_pages(planned, templates(), assets())
    assert findings == ()
    assert {"index.html", "datasets/index.html", "404.html"} <= {item.path for item in outputs}


def test_every_page_has_the_policy_and_no_inline_code(site: dict[str, str]) -> None:
    for path, text in site.items():
        elements = Elements(text)
        policies = [m["content"] for m in elements.named("meta") if m.get("http-equiv")]
        assert policies == [CSP], path
        assert not elements.named("style"), path
        for tag, attributes in elements.found:
            assert "style" not in attributes, (path, tag)
            assert not [name for name in attributes if name.startswith("on")], (path, tag)
        for script in elements.named("script"):
            assert "src" in script or script["type"] == "application/ld+json", path


def test_every_page_has_one_heading_a_title_and_unique_ids(site: dict[str, str]) -> None:
    for path, text in site.items():
        elements = Elements(text)
        assert len(elements.named("h1")) == 1, path
        assert len(Elements(text.partition("</head>")[0]).named("title")) == 1, path
        ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
        assert len(ids) == len(set(ids)), path


def test_hostile_text_stays_text() -> None:
    portal = hostile(PORTAL, ATTACK)
    histories = hostile(HISTORIES, ATTACK)
    planned = plan_site(portal, hostile(RELEASES, ATTACK), hostile(TEXTS, ATTACK), histories)
    outputs, findings = render_pages(planned, templates(), assets())
    assert findings == ()
    for output in outputs:
        if not output.path.endswith(".html"):
            continue
        assert isinstance(output.content, bytes)
        text = output.content.decode()
        elements = Elements(text)
        assert "alert(1)" in text, output.path
        assert not elements.named("img"), output.path
        for tag, attributes in elements.found:
            assert not [name for name in attributes if name.startswith("on")], (output.path, tag)
        for script in elements.named("script"):
            assert "assets/portal." in script.get("src", "") or script["type"].endswith("ld+json")
        for script_text in filter(str.strip, elements.scripts):
            json.loads(script_text)
        assert len(Elements(text.partition("</head>")[0]).named("title")) == 1


def test_an_address_that_is_not_of_the_web_is_no_link() -> None:
    package = dataclasses.replace(
        STOPS_RELEASE.package,
        homepage="javascript:alert(1)",
        sources=(dataclasses.replace(STOPS_RELEASE.package.sources[0], path="data:text/html,x"),),
    )
    release = dataclasses.replace(STOPS_RELEASE, package=package)
    outputs, _ = render_pages(plan_site(PORTAL, [release], ()), templates(), assets())
    for output in outputs:
        if output.path.endswith(".html") and isinstance(output.content, bytes):
            for link in Elements(output.content.decode()).named("a"):
                assert not link["href"].startswith(("javascript:", "data:"))


def test_a_synthetic_dataset_says_so_on_every_page(site: dict[str, str]) -> None:
    for path, text in site.items():
        if path.startswith("datasets/stops/"):
            assert "No stop here took place" in text, path
            assert 'class="banner"' in text, path
        else:
            assert 'class="banner"' not in text, path
    assert "Examples with synthetic data" in site["index.html"]


def test_a_dataset_that_is_only_catalogued_is_marked(site: dict[str, str]) -> None:
    page = words(site["datasets/arrests/index.html"])
    assert "Listed, not published here. Its files are public, but" in page
    assert "A seeded generator" in page
    assert "Downloads" not in page
    for path in ("index.html", "datasets/index.html"):
        assert "Listed, not published here" in site[path]
    assert "datasets/arrests/codebook/index.html" not in site


def test_a_figure_stands_with_its_receipt(site: dict[str, str]) -> None:
    page = site["datasets/stops/index.html"]
    assert page.count('<details class="receipt" data-receipt="stops.') == 5
    text = words(page)
    assert "20,189 Receipt" in text
    assert "SELECT quarter, count(*) AS stops" in text
    assert HASH in text
    assert "duckdb -c" in text
    assert "1 count from 1 to 9, which could point to a person" in text
    assert '<data class="figure-value" data-figure="stops.' in page


def test_a_suppressed_cell_is_shown_as_such_in_the_table(site: dict[str, str]) -> None:
    page = site["datasets/stops/index.html"]
    row = page[page.index('<th scope="row">Q4 2023</th>') :][:200]
    assert '<td class="suppressed numeric"' in row
    assert ">suppressed</td>" in row
    assert ">2,410<" in page
    assert "Suppressed values are neither zero nor missing" in page


def test_a_missing_number_is_not_a_suppressed_one() -> None:
    series = STOPS_RELEASE.charts[0].series
    rows = (("2023-Q1", None, "missing"), ("2023-Q2", 0, "shown"), ("Missing", 2.50, "shown"))
    chart = dataclasses.replace(
        STOPS_RELEASE.charts[0], series=dataclasses.replace(series, rows=rows)
    )
    planned = plan_site(PORTAL, [dataclasses.replace(STOPS_RELEASE, charts=(chart,))], ())
    context = planned[2].context
    assert isinstance(context, contexts.DatasetContext)
    cells = [[(cell.text, cell.kind) for cell in row] for row in context.charts[0].rows]
    assert cells == [
        [("Q1 2023", "key"), ("no data", "missing")],
        [("Q2 2023", "key"), ("0.0", "number")],
        [("Missing", "key"), ("2.5", "number")],
    ]


def test_what_a_check_found_is_quoted_only_from_open_data() -> None:
    closed = shown(STOPS_RELEASE)
    assert "Field age A chart has no data, 5 times." in closed
    assert "SECRET-CELL" not in closed
    policy = PrivacyPolicy(open="The agency published it.")
    package = dataclasses.replace(STOPS_RELEASE.package, policy=policy)
    opened = shown(dataclasses.replace(STOPS_RELEASE, package=package))
    assert "The first: SECRET-CELL." in opened
    assert "The maintainer’s reason: The agency published it." in opened


def test_alike_warnings_about_a_field_are_counted_in_one_line() -> None:
    policy = PrivacyPolicy(open="The agency published it.")
    package = dataclasses.replace(STOPS_RELEASE.package, policy=policy)
    first = STOPS_RELEASE.findings[0]
    alike = tuple(dataclasses.replace(first, found=f"cell {n}", count=2) for n in range(3))
    text = shown(dataclasses.replace(STOPS_RELEASE, package=package, findings=alike))
    assert text.count("A chart has no data") == 1
    assert "A chart has no data, 6 times. The first: cell 0." in text


def test_the_head_offers_the_files_of_the_first_table(site: dict[str, str]) -> None:
    page = site["datasets/stops/index.html"]
    head = page[page.index('class="dataset-head"') : page.index('class="tabs"')]
    assert "Download CSV 2.3 MB Parquet" in words(head)


def test_privacy_says_what_was_done(site: dict[str, str]) -> None:
    text = words(site["datasets/stops/index.html"])
    assert "officer Removed names a person" in text
    assert "Figures and charts show counts from 1 to 9 as suppressed" in text


def test_the_codebook_distinguishes_kinds_of_absence(site: dict[str, str]) -> None:
    text = words(site["datasets/stops/codebook/index.html"])
    assert "b(7)(E) withheld under exemption 7(E) withheld by the agency 189 0.9%" in text
    assert "(blank) nothing written nothing was recorded 2,000 9.9%" in text
    assert "crime Criminal activity suppressed" in text
    assert text.count("withheld under exemption") == 1
    assert "a space nothing was recorded none" in text
    assert "Made less detailed for privacy: years to brackets of ten" in text


def test_the_page_carries_its_json_ld(site: dict[str, str]) -> None:
    scripts = Elements(site["datasets/stops/index.html"]).scripts
    assert [json.loads(text) for text in scripts if text.strip()] == [STOPS_RELEASE.json_ld]


def test_the_404_page_works_at_any_depth(site: dict[str, str]) -> None:
    elements = Elements(site["404.html"])
    addresses = [link["href"] for link in elements.named("a")]
    addresses += [script["src"] for script in elements.named("script")]
    inside = [a for a in addresses if not a.startswith(("#", "https://", "mailto:"))]
    assert inside
    assert all(address.startswith("/records/") for address in inside)


def test_other_pages_link_relatively(site: dict[str, str]) -> None:
    for path, text in site.items():
        if path != "404.html":
            assert not re.search(r'(?:href|src)="/', text), path


def test_every_link_inside_the_portal_has_its_page_or_download(site: dict[str, str]) -> None:
    shown = (STOPS_RELEASE, *HISTORIES["stops"].releases)
    known = set(sample_site()) | {"datasets/stops/releases.json"}
    known |= {item.path for release in shown for item in release.distributions}
    for path, text in site.items():
        if path == "404.html":
            continue
        for link in Elements(text).named("a"):
            address = link["href"].partition("#")[0]
            if not address or ":" in address:
                continue
            folder = Path(path).parent
            parts: list[str] = []
            for part in (folder / address).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            target = "/".join(parts)
            target = target or "index.html"
            ends = f"{target}/index.html" if address.endswith("/") and parts else target
            assert ends in known, (path, link["href"])


def test_a_dataset_page_is_light() -> None:
    found = sample_site()
    weight = len(gzip.compress(found["datasets/stops/index.html"]))
    weight += sum(
        len(gzip.compress(body))
        for path, body in found.items()
        if path.startswith("assets/portal.")  # the other scripts wait until a reader needs them
    )
    assert weight < 150_000


def test_the_same_input_gives_the_same_bytes() -> None:
    assert sample_site() == sample_site()


@pytest.mark.parametrize("page", sample_pages(), ids=lambda page: page.path)
def test_a_template_reads_only_what_its_context_documents(page: Page) -> None:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.filters |= {"translate": str, "plural_number": len}
    for name in ("number", "size", "web_address", "json_script", "headed"):
        environment.filters[name] = str
    texts = templates()
    tree = environment.parse(texts[page.template])
    assert dataclasses.is_dataclass(page.context)
    given = {field.name for field in dataclasses.fields(page.context)} | {
        "link",
        "asset",
        "_",
        "_trans",
        "gettext",
        "ngettext",
    }
    read = meta.find_undeclared_variables(tree)
    # what partials are given by the template
    loop = {"card", "view", "receipt", "about", "live", "proof", "result", "which", "on_page"}
    assert read <= given | loop
    parent = meta.find_undeclared_variables(environment.parse(texts["base.html"]))
    unread = {field.name for field in dataclasses.fields(page.context)} - read - parent
    assert unread == set()


def test_templates_claim_nothing_safe() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape" not in text, path.name


def test_the_sample_covers_both_kinds_of_release() -> None:
    assert STOPS_RELEASE.built
    assert not ARRESTS_RELEASE.built


def test_a_problem_can_be_reported_on_a_page_a_figure_and_a_chart(site: dict[str, str]) -> None:
    page = Elements(site["datasets/stops/index.html"])
    links = [unquote(a["href"]) for a in page.named("a") if a["href"].startswith("mailto:desk@")]
    filled = [link for link in links if "?subject=Problem: " in link]
    address = "Page: https://desk.example/records/datasets/stops/"
    assert any(f"{address}\n\nWhat" in link for link in filled)
    for anchor in ("#figure-", "#chart-"):
        [first, *_] = [link for link in filled if address + anchor in link]
        assert "Receipt: stops." in first
        assert f"SHA-256: {HASH}" in first
    assert len(filled) == 1 + page_count(page)


def page_count(page: Elements) -> int:
    """The receipts on a page that have an id."""
    return sum("data-receipt" in found for found in page.named("details"))


def test_problems_go_to_the_form_that_the_portal_names() -> None:
    portal = PORTAL.model_copy(update={"problems": "https://code.example/new?kind=data"})
    shell = contexts.Shell(portal, "A & B", "", (), path="a/index.html")
    address = shell.report_problem()
    assert address.startswith("https://code.example/new?kind=data&title=Problem%3A%20A%20%26%20B&")
    nobody = portal.publisher.model_copy(update={"email": ""})
    silent = portal.model_copy(update={"problems": "", "publisher": nobody})
    assert contexts.Shell(silent, "A", "", ()).report_problem() == ""


def test_examples_stand_after_real_datasets() -> None:
    real = dataclasses.replace(STOPS_RELEASE.package, name="real", synthetic="")
    invented = dataclasses.replace(STOPS_RELEASE.package, synthetic="Invented.")
    releases = [dataclasses.replace(STOPS_RELEASE, package=p) for p in (invented, real)]
    home = plan_site(PORTAL, releases, ())[0].context
    assert isinstance(home, contexts.HomeContext)
    assert [card.name for card in home.cards] == ["real"]
    assert [card.name for card in home.examples] == ["stops"]
    alone = plan_site(PORTAL, releases[:1], ())[0].context
    assert isinstance(alone, contexts.HomeContext)
    assert [card.name for card in alone.cards] == ["stops"]
    assert alone.examples == ()
