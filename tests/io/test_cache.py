"""A file stored under its hash comes back whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from plainrecord.io.cache import fingerprint, fingerprint_code, read_entry, write_entry


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    assert read_entry(tmp_path / "none", "k") is None
    for content in (b"", b"one\ntwo\n", bytes(range(256))):
        write_entry(tmp_path / "deep" / "cache", "k", content)
        assert read_entry(tmp_path / "deep" / "cache", "k") == content


def test_what_was_changed_on_the_disk_is_not_believed(tmp_path: Path) -> None:
    write_entry(tmp_path, "k", b"12 rows")
    held = (tmp_path / "k").read_bytes()
    for spoilt in (held.replace(b"12", b"13"), held[:-1], b"", b"no line"):
        (tmp_path / "k").write_bytes(spoilt)
        assert read_entry(tmp_path, "k") is None


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_other_parts_have_another_fingerprint(one: list[str], other: list[str]) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)


def test_the_code_of_the_package_has_a_fingerprint() -> None:
    assert fingerprint_code(["io/cache"]) != fingerprint_code(["model/changes"])
