"""The table of law: every heading has a source or is said to have none."""

from __future__ import annotations

import re
from pathlib import Path

from plainrecord.law.provisions import SECTIONS

TEXT = (Path(__file__).parents[2] / "docs" / "provisions.md").read_text(encoding="utf-8")
SEEN, NOT_SEEN = TEXT.split("## Headings without a source")


UNSEEN = {
    book.strip(): frozenset(re.split(r", ", numbers.strip()))
    for book, numbers in re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", NOT_SEEN, re.MULTILINE)
    if book != "book" and not book.startswith("---")
}


def test_sections_without_a_source_are_in_the_table() -> None:
    known = {(book, number) for book, numbers in UNSEEN.items() for number in numbers}
    assert known
    assert known <= set(SECTIONS)


def test_every_other_section_stands_among_the_sources() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", SEEN, re.MULTILINE)
    for book, number in SECTIONS:
        if number in UNSEEN.get(book, frozenset()):
            continue
        if book == "8 U.S.C." and number not in ("1367", "1373"):
            continue  # all in one row
        name = "part" if book == "8 CFR part" else book
        pattern = rf"(?<![0-9.]){re.escape(number)}(?![0-9.])"
        assert any(name in row and re.search(pattern, row) for row in rows), (book, number)
