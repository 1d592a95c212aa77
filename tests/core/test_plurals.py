"""Units in words: plurals, shares, and figures that count nothing."""

from __future__ import annotations

import pytest

from plainrecord.core.plurals import add_article, inside_sentence, several, unit_of


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("stop", "stops"),
        ("agency", "agencies"),
        ("day", "days"),
        ("process", "processes"),
        ("search", "searches"),
        ("rows", "rows"),
        ("use of force", "uses of force"),
        ("missing person", "missing people"),
        ("", ""),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert several(one) == many


@pytest.mark.parametrize(
    ("unit", "form", "told"),
    [
        ("agreement", "integer", "agreement"),
        ("agreement", "percent", "percent of agreements"),
        ("share of stops", "percent", "share of stops"),
        ("", "percent", ""),
        ("agreement", "date", ""),
        ("agreement", "text", ""),
    ],
)
def test_a_share_is_not_reported_as_a_count(unit: str, form: str, told: str) -> None:
    assert unit_of(unit, form) == told


@pytest.mark.parametrize(
    "noun",
    [
        "an arrest",
        "an hour",
        "a unit",
        "a hearing",
        "an unpaid fine",
        "a use of force",
        "a one-day stay",
        "an e-mail",
        "a visit",
    ],
)
def test_an_article_goes_by_the_first_sound(noun: str) -> None:
    assert add_article(noun.split(" ", 1)[1]) == noun


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("Day of the stop", "day of the stop"),
        ("DHS office", "DHS office"),
        ("FOIA requests", "FOIA requests"),
        ("U.S. state", "U.S. state"),
        ("iPhones seized", "iPhones seized"),
        ("McDonald inquiries", "McDonald inquiries"),
        ("5 U.S.C. 552(b)(7)(E) cited", "5 U.S.C. 552(b)(7)(E) cited"),
        ("", ""),
    ],
)
def test_a_label_inside_a_sentence_keeps_its_capitals(label: str, inside: str) -> None:
    assert inside_sentence(label) == inside
