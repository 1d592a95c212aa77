"""Addresses that a maintainer writes, of every kind that a link may have."""

from __future__ import annotations

import pytest

from plainrecord.core.addresses import address_problem, is_email, normalise_base, reference_problem

GOOD = [
    "https://example.org/a?b=c#d",
    "http://127.0.0.1:8000/",
    "HTTPS://EXAMPLE.ORG/",
    "https://example.org/%C3%A9/é",
]
BAD = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://example.org/x",
    "mailto:a@b.example",
    "blob:https://example.org/x",
    "//example.org/x",
    "https://",
    "https:///x",
    "https://[",
    "https://example.org:99999999/",
    "https://user@example.org/",
    "https://user:secret@example.org/",
    "https://example.org/a b",
    "https://example.org/\nx",
    "https://example.org/\x00",
    "https://example.org/\u202egnp.exe",
    "https://exam\u200bple.org/",
    "https://example.org\\@evil.example/",
]
PATHS = ["LICENSE.md", "raw/records.csv", "./docs/a b.html"]
UNSAFE = ["/etc/passwd", "../secret", "a/../../b", "~/x", ".hidden", "a\\b", "C:\\x"]


@pytest.mark.parametrize("text", GOOD)
def test_an_address_of_the_web(text: str) -> None:
    assert (address_problem(text), reference_problem(text)) == ("", "")


@pytest.mark.parametrize("text", BAD)
def test_what_may_not_be_published_as_an_address(text: str) -> None:
    assert address_problem(text)
    assert reference_problem(text)


@pytest.mark.parametrize("text", PATHS)
def test_a_path_is_a_reference_and_no_address(text: str) -> None:
    assert address_problem(text)
    assert reference_problem(text) == ""


@pytest.mark.parametrize("text", UNSAFE)
def test_a_path_that_leaves_its_folder_is_no_reference(text: str) -> None:
    assert reference_problem(text)


def test_email_addresses() -> None:
    assert is_email("desk@desk.example")
    assert is_email("a.b+c@sub.desk.example")
    for text in ("desk", "a@b@c", "a b@c", "a@b?bcc=x@y.example", "a@b,c@d", "a@b\n", "<a@b>", ""):
        assert not is_email(text), text


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://desk.example", "https://desk.example"),
        ("HTTPS://DESK.example/Records/", "https://desk.example/Records/"),
        ("https://bücher.example/Äb", "https://xn--bcher-kva.example/%C3%84b"),
        ("https://desk.example:8443/~me/a.b/%C3%84", "https://desk.example:8443/~me/a.b/%C3%84"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
    ],
)
def test_the_address_of_a_portal(text: str, base: str) -> None:
    assert normalise_base(text) == base
    assert normalise_base(base) == base


@pytest.mark.parametrize(
    "text",
    [
        *BAD,
        "https://desk.example/?x=1",
        "https://desk.example/a?",
        "https://desk.example/a#",
        "https://desk.example//a",
        "https://desk.example/a/../b",
        "https://desk.example/./b",
        "https://desk.example/a%zz",
        "https://desk.example/a'b",
        'https://desk.example/a"b',
        "https://desk.example/<b>",
        "https://desk.example/$(id)",
        "https://desk.example/`id`",
        "https://desk.example/a&b",
        "https://desk.example/a;b",
        "https://desk.example:0/",
        "https://desk.example./",
        "https://a..b/",
        "https://é..b/",
        "https://desk_example,x/",
    ],
)
def test_no_path_may_follow_such_an_address(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its words are free
        normalise_base(text)
