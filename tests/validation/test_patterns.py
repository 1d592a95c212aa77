"""Patterns: XSD's and Python's signs mean the same on a linear-time engine."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.validation.patterns import translate_pattern

ENGINE = duckdb.connect()


def matches(pattern: str, text: str) -> bool:
    row = ENGINE.execute(
        "SELECT regexp_full_match(?, ?)", [text, translate_pattern(pattern)]
    ).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("[0-9]{5}", ["02139"], ["2139", "021390", "0213a"]),
        ("a|b", ["a", "b"], ["ax", "xb", "ab"]),
        ("^a|b$", ["a", "b"], ["ax"]),
        ("^[A-Z]{2}$", ["TX"], ["tx", "TX\n"]),
        (r"\d+", ["12", "\u0663"], ["", "x"]),
        (r"\D", ["x"], ["1", "\u0663"]),
        (r"\w+", ["été_1", "\u0391"], ["a b", "-"]),
        (r"\W", ["-", " "], ["a", "_", "é"]),
        (r"\s", [" ", "\t", "\u00a0", "\u2003"], ["a", ""]),
        (r"\S+", ["abc"], ["a b", "\u00a0"]),
        (r"[\d\-]+", ["1-2"], ["a"]),
        (r"[\w.]+@x", ["é.a@x"], ["@x"]),
        (r"\i\c*", ["name", "_a-1", "x:y", "é"], ["1a", "-a", ""]),
        (r"\I", ["1", "-"], ["a"]),
        (r"[\i]+", ["ab"], ["1"]),
        (r"[a-z-[aeiou]]+", ["bcd"], ["abc", "e"]),
        (r"[a-z-[b-y]]", ["a", "z"], ["b", "y"]),
        (r"[\w-[\d]]+", ["ab"], ["a1"]),
        (r"\p{L}+", ["aé"], ["1"]),
        (r"\p{Lu}\P{Lu}", ["Aa"], ["AA"]),
        (r"[\p{Lu}\p{Nd}]+", ["A1"], ["a"]),
        (r"\p{IsBasicLatin}+", ["abc"], ["é"]),
        (r"\P{IsBasicLatin}", ["é"], ["a"]),
        (r"[\p{IsGreek}a]+", ["α", "a"], ["b"]),
        (".", ["a", "é", "\r"], ["\n", ""]),
        ("a.c", ["abc"], ["a\nc"]),
        (r"\u00e9", ["é"], ["e"]),
        (r"\x41", ["A"], ["a"]),
        (r"a{2}", ["aa"], ["a"]),
        (r"a{2,}", ["aaa"], ["a"]),
        (r"a{0,2}", ["", "aa"], ["aaa"]),
        (r"a+?b", ["aab"], ["b"]),
        (r"(?:ab)+", ["abab"], ["aba"]),
        (r"(?P<year>\d{4})", ["2026"], ["26"]),
        (r"(?i)abc", ["ABC"], ["abd"]),
        (r"(?i:a)b", ["Ab"], ["AB"]),
        (r"[]a]+", ["]a"], ["b"]),
        (r"[^]a]", ["b"], ["]"]),
        (r"[[:alpha:]]", ["a]", ":]", "[]"], ["b", "b]"]),
        (r"[a-]+", ["a-"], ["b"]),
        (r"[-a]+", ["-a"], ["b"]),
        (r"[a&&b]", ["&", "a"], ["c"]),
        (r"\.\*\+", [".*+"], ["abc"]),
        (r"a{", ["a{"], ["a"]),
        (r"\bword\b", ["word"], ["words"]),
        (r"\Aa\Z", ["a"], ["b"]),
        (r"#1 \(a\)", ["#1 (a)"], ["1 a"]),
        ("", [""], ["a"]),
        ("é+", ["éé"], ["e"]),
        (r"\t", ["\t"], ["t"]),
    ],
)  # fmt: skip
def test_a_pattern_means_what_it_says(pattern: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not matches(pattern, text)] == []
    assert [text for text in bad if matches(pattern, text)] == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"(?=a)a", "looks around"),
        (r"(?!a)b", "looks around"),
        (r"(?<=a)b", "looks around"),
        (r"(a)\1", "refers back"),
        (r"(?P<x>a)(?P=x)", "looks around or back"),
        (r"a++", "does not go back"),
        (r"a{2000}", "more than 1000"),
        (r"(", "not a regular expression"),
        (r"[a", "not a regular expression"),
        (r"\y", "not a regular expression"),
        (r"\p{IsKlingon}", "not known"),
        (r"\p{Xx}", "not known"),
        (r"[\D]", "outside"),
    ],
)
def test_what_cannot_be_translated_is_refused_in_words(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        translate_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "((a*)*)*c"])
def test_a_catastrophic_pattern_gives_its_answer(pattern: str) -> None:
    assert not matches(pattern, "a" * 100_000 + "!")


_PARTS = st.sampled_from(
    ["a", "b", "é", r"\d", r"\w", r"\s", "[ab]", "[^a]", r"[\d_]", ".", "(a|é)", "(?:b\\d)", " "]
)
_PATTERNS = st.lists(
    st.tuples(_PARTS, st.sampled_from(["", "*", "+", "?", "{1,2}"])), min_size=1, max_size=5
).map(lambda parts: "".join(part + count for part, count in parts))
_TEXTS = st.text(alphabet="ab1 é_\u0663\u00a0\n-", max_size=6)


@settings(max_examples=200, deadline=None)
@given(_PATTERNS, _TEXTS)
def test_what_python_and_the_engine_share_agrees(pattern: str, text: str) -> None:
    assert matches(pattern, text) == bool(re.fullmatch(pattern, text))
