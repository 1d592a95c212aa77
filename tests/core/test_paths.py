"""Paths: what may lie below a folder, and links that work under any prefix."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.core.paths import absolute_url, is_slug, path_problem, relative_link


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "a/../b", "a\\b", "~/x", "$HOME/x", "C:/x", "a//b", ".git/x",
     "a/.hidden/b", "a%2f..", "a\nb", "a\x00b"],
)  # fmt: skip
def test_unsafe_paths_are_refused(path: str) -> None:
    assert path_problem(path)


@pytest.mark.parametrize("path", ["a.csv", "a/b.csv", "tables/Año 2020 (final).csv"])
def test_plain_paths_pass(path: str) -> None:
    assert path_problem(path) == ""


@given(st.text(alphabet="ab./\\~$%\x00 ", max_size=12))
def test_a_path_that_passes_stays_in_its_folder(path: str) -> None:
    if not path_problem(path):
        joined = posixpath.normpath(posixpath.join("/root/folder", path))
        assert joined == "/root/folder" or joined.startswith("/root/folder/")


@pytest.mark.parametrize(
    ("source", "target", "link"),
    [
        ("index.html", "datasets/index.html", "datasets/"),
        ("datasets/a/index.html", "index.html", "../../"),
        ("datasets/a/index.html", "datasets/a/index.html", "./"),
        ("datasets/a/index.html", "datasets/a/downloads/a b.csv", "downloads/a%20b.csv"),
        ("a/index.html", "b/index.html#part", "../b/#part"),
    ],
)
def test_links_are_relative(source: str, target: str, link: str) -> None:
    assert relative_link(source, target) == link


def test_absolute_addresses_need_a_base() -> None:
    assert absolute_url("https://x.example/p/", "a/index.html") == "https://x.example/p/a/"
    assert absolute_url("", "a/b.csv") == "a/b.csv"


@pytest.mark.parametrize(("name", "good"), [("ice-arrests", True), ("a_b.c", True), ("A", False),
                                            ("a--b", False), ("-a", False), ("a/b", False)])  # fmt: skip
def test_slugs(name: str, good: bool) -> None:
    assert is_slug(name) is good


@pytest.mark.parametrize("path", ["a\ud800.csv", "b/" + "x" * 256])
def test_a_path_that_no_disk_can_hold_is_refused(path: str) -> None:
    assert path_problem(path)
