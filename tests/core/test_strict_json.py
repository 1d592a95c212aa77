"""JSON of a stranger: what two programs could read in two ways is refused, in words."""

from __future__ import annotations

import pytest

from plainrecord.core.strict_json import parse_json


@pytest.mark.parametrize(
    "content",
    [b"1e999", b'{"a": [-1e999]}', b"[" + b"1" * 400 + b"]", b"1" * 5000, b"[NaN]", b"[Infinity]",
     b'{"a": 1, "a": 2}', b"[" * 100_000, b"\xff", b"", b"{"],
)  # fmt: skip
def test_what_is_no_plain_json_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(it|the key|NaN|Infinity) "):
        parse_json(content)


def test_numbers_are_read_as_they_are() -> None:
    assert parse_json(b"[1, -2, 1.5, 1e300, 0.0, 123456789012345678901234567890]") == [
        *(1, -2, 1.5, 1e300, 0.0, 123456789012345678901234567890)
    ]
