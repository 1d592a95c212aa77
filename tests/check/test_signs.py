"""Signs in values: one value is told in the singular, several in the plural."""

from __future__ import annotations

import pytest

from plainrecord.check.signs import word_sign


@pytest.mark.parametrize("sign", ["padded", "mangled", "mark", "age", "day", "zero"])
def test_one_value_is_told_as_one(sign: str) -> None:
    rule, one = word_sign(sign, 1, "99")
    same, many = word_sign(sign, 1200, "99")
    assert rule == same
    assert one.startswith("1 ")
    assert many.startswith("1,200 ")
    assert one.split()[1].rstrip(",") + "s" == many.split()[1]
    assert "99" in one or sign in {"padded", "mangled"}


def test_a_long_value_is_cut_short() -> None:
    assert len(word_sign("mark", 2, "x" * 500)[1]) < 160
