"""No sign is a box in a bitmap: what Liberation Sans lacks is spelled."""

from __future__ import annotations

import unicodedata

import pytest

from plainrecord.publishing import pictures
from plainrecord.publishing.chart_text import is_drawn, measure_words, spell_words
from plainrecord.publishing.pictures import rasterise


def draw(words: str) -> bytes:
    text = f'<text x="2" y="15" font-size="13" font-family="Liberation Sans">{words}</text>'
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="18">'
    return rasterise(f"{head}{text}</svg>", 1.0)


def test_every_sign_that_is_not_spelled_is_in_the_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "spell_words", str)
    box = draw("\ue123")
    assert box == draw("中")
    unseen = ("Cn", "Cc", "Cf", "Co", "Cs", "Mn", "Zs")
    kept = [
        sign
        for sign in map(chr, range(0xA1, 0xFFFE))
        if is_drawn(sign) and unicodedata.category(sign) not in unseen
    ]
    assert len(kept) > 1_500
    assert [sign for sign in kept[::4] if draw(sign) == box] == []


@pytest.mark.parametrize(
    ("words", "spelled"),
    [
        ("Zürich, Ελλάδα, Москва, עברית", "Zürich, Ελλάδα, Москва, עברית"),
        ("中文 & more", "ZhongWen & more"),
        ("スーパー", "supa"),
        ("القاهرة", "alqahrh"),
        ("ー", "[U+30FC]"),
        ("😀", ":grinning:"),
        ("\ue123", "[U+E123]"),
        ("＜script＞", "<script>"),
    ],
)
def test_other_signs_are_spelled(words: str, spelled: str) -> None:
    assert spell_words(words) == spelled
    assert measure_words(words) >= measure_words(spelled)


def test_a_bitmap_shows_the_spelling() -> None:
    assert draw("中") == draw("Zhong")
    assert draw("\uff1c") == draw("&lt;")
