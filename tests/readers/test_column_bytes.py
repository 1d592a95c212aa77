"""A glance at columns: a pattern of one width is matched by places, and never too freely."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.descriptors.package import parse_package
from plainrecord.model.packages import Field
from plainrecord.readers.column_bytes import certain_column, has_line_end


def field_of(pattern: str) -> Field:
    described: Any = {"name": "f", "type": "string", "constraints": {"pattern": pattern}}
    resource: Any = {"name": "t", "path": "t.csv", "schema": {"fields": [described]}}
    parsed, _ = parse_package({"resources": [resource]}, "t", "datapackage.json", "", portal=False)
    assert parsed is not None
    return parsed.resources[0].schema.fields[0]


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("[0-9]{5}", ["12345", "00000"]),
        (r"\d{2}-[A-Z]x", ["12-Ax", "99-Zx"]),
        ("[A-Za-z_.]{3}", ["a_.", "Zzz"]),
    ],
)
def test_a_pattern_of_one_width_needs_no_second_look(pattern: str, texts: list[str]) -> None:
    assert certain_column(field_of(pattern), pa.array(texts), {})


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("[0-9]{5}", "1234x"),
        ("[0-9]{5}", "123456"),
        ("[0-9]{5}", "1234"),
        ("[0-9]{2}", "é"),
        ("a|b", "a"),
        ("[^a]", "b"),
        ("[a-z-[aeiou]]", "b"),
        ("a{2,3}", "aa"),
        ("a+", "a"),
        (".", "a"),
    ],
)
def test_a_glance_is_not_sure_of_the_rest(pattern: str, text: str) -> None:
    assert certain_column(field_of(pattern), pa.array([text]), {}) is None


@given(
    pattern=st.lists(
        st.sampled_from(
            ["[0-9]", "[a-c]", "[a-]", "[ -b]", r"\d", "x", "-", "[a-c]{2}", "x{3}", "+"]
        ),
        min_size=1,
        max_size=4,
    ).map("".join),
    texts=st.lists(st.text("abcx0-9 +é٣", max_size=6), min_size=1, max_size=3),
)
def test_what_a_glance_takes_matches_the_pattern(pattern: str, texts: list[str]) -> None:
    try:
        compiled = re.compile(pattern)
    except re.error:
        return
    if certain_column(field_of(pattern), pa.array(texts), {}):
        assert all(compiled.fullmatch(text) for text in texts if text)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["a b", "c"], False),
        (["a\tb"], False),
        (["a", "b\nc"], True),
        (["a\rb"], True),
        ([], False),
    ],
)
def test_a_line_end_in_a_cell_is_seen(texts: list[str], *, found: bool) -> None:
    assert has_line_end(pa.array(texts, pa.string())) is found
