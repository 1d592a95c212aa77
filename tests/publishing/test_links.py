"""Links: what leads nowhere, leaves the site or comes from elsewhere is found."""

from __future__ import annotations

import pytest

from plainrecord.model.products import Output
from plainrecord.publishing.links import check_links


def page(path: str, body: str) -> Output:
    return Output(path, f"<!doctype html><body>{body}".encode())


GOOD = [
    page("index.html", "<a href='a/'>a</a>"),
    page("a/index.html", "<h2 id='x'>x</h2>"),
    Output("a/d.csv", b""),
]


@pytest.mark.parametrize(
    "link",
    [
        "a/",
        "./a/",
        "a/#x",
        "a/index.html",
        "a/d.csv",
        "#",
        "",
        "https://example.org/x",
        "mailto:a@b.example",
    ],
)
def test_good_links_pass(link: str) -> None:
    assert check_links([*GOOD, page("b.html", f"<a href='{link}'>x</a>")]) == ()


@pytest.mark.parametrize(
    "link",
    [
        "b/",
        "a",
        "a/#y",
        "../up.html",
        "/a/",
        "a/d.CSV",
        "nothing.html",
        "http://[x",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
    ],
)
def test_bad_links_are_found(link: str) -> None:
    found = check_links([*GOOD, page("b.html", f"<a href='{link}'>x</a>")])
    assert [(f.rule, f.file) for f in found] == [("link-broken", "b.html")]


def test_the_lost_page_may_start_at_the_root() -> None:
    assert check_links([*GOOD, page("404.html", "<a href='/repo/a/'>x</a>")]) == ()


@pytest.mark.parametrize(
    "body",
    ["<script src='https://cdn.example/x.js'></script>", "<img src='//cdn.example/x.png'>",
     "<link rel='stylesheet' href='https://fonts.example/x.css'>",
     "<img src='http:e.example/x.png'>", "<img srcset='a/d.csv 1x, //e.example/x.png 2x'>"],
)  # fmt: skip
def test_nothing_comes_from_another_host(body: str) -> None:
    assert [f.rule for f in check_links([*GOOD, page("b.html", body)])] == ["third-party-resource"]


STRICT = "default-src 'none'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (STRICT, ""),
        (STRICT.replace("script-src 'self'", "script-src 'self' https://e.example"), "https://e"),
        (STRICT.replace("script-src 'self'", "script-src 'self' data:"), "script-src data:"),
        (STRICT.replace("form-action 'none'", "form-action *"), "form-action *"),
        (STRICT.replace("; form-action 'none'", ""), "form-action"),
        (f"connect-src *; connect-src 'self'; {STRICT}", "connect-src *"),
        ("", "no Content-Security-Policy"),
    ],
)
def test_a_page_with_a_script_may_ask_no_other_host(policy: str, found: str) -> None:
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    pages = [*GOOD, page("b.html", f"{head}<script src='a/d.csv'></script>")]
    assert [f.rule for f in check_links(pages)] == ["third-party-resource"] * bool(found)
    assert all(found in finding.found for finding in check_links(pages))


def test_two_files_at_one_address() -> None:
    assert [f.rule for f in check_links([*GOOD, Output("a/d.csv", b"2")])] == ["page-duplicate"]


ELSEWHERE = "https://elsewhere.example/x"


@pytest.mark.parametrize(
    "body",
    [
        f"<base href='{ELSEWHERE}'>",
        f"<META HTTP-EQUIV='Refresh' content='0; URL={ELSEWHERE}'>",
        f"<style>p {{ background: url({ELSEWHERE}) }}</style>",
        f"<style>@import '{ELSEWHERE}';</style>",
        f"<p style='background: url(\"{ELSEWHERE}\")'>x</p>",
        f"<link rel='Preconnect' href='{ELSEWHERE}'>",
        f"<input type='image' src='{ELSEWHERE}'>",
        f"<video poster='{ELSEWHERE}'></video>",
        f"<svg><image href='{ELSEWHERE}'/><use xlink:href='{ELSEWHERE}'/></svg>",
    ],
)
def test_every_way_to_another_host_is_found(body: str) -> None:
    found = check_links([page("index.html", body)])
    assert {f.rule for f in found} == {"third-party-resource"}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("p { background: url(data:image/png;base64,x) } a { color: red }", set()),
        (f"/* {ELSEWHERE} */ p {{ background: url(x.svg) }}", set()),
        (f"p {{ background: URL( '{ELSEWHERE}' ) }}", {"third-party-resource"}),
        (f'@import "{ELSEWHERE}";', {"third-party-resource"}),
        ("@import url(//elsewhere.example/x);", {"third-party-resource"}),
    ],
)
def test_a_style_sheet_asks_no_other_host(text: str, rules: set[str]) -> None:
    found = check_links([Output("assets/a.css", text.encode())])
    assert {f.rule for f in found} == rules


@pytest.mark.parametrize(
    "body",
    [
        "<script>document.title = 'x'</script>",
        "<script type='module'>let x = 1</script>",
        "<p onclick='x()'>x</p>",
        "<svg ONLOAD='x()'></svg>",
        "<iframe srcdoc='&lt;p&gt;x'></iframe>",
    ],
)
def test_a_script_in_a_page_is_found(body: str) -> None:
    """It could write other numbers over those that a reader sees."""
    found = check_links([page("index.html", body)])
    assert {f.rule for f in found} == {"page-script"}


@pytest.mark.parametrize(
    "body",
    [
        "<script type='application/ld+json'>{}</script>",
        "<script type='application/json'>{}</script>",
    ],
)
def test_data_in_a_page_is_no_script(body: str) -> None:
    assert check_links([page("index.html", body)]) == ()
