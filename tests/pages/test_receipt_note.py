"""Tallies: what the foot of a page says of its numbers."""

from __future__ import annotations

import pytest

from plainrecord.model.declarations import TypedNumber
from plainrecord.model.products import Tally
from plainrecord.pages.change import word_record
from plainrecord.pages.receipt_note import TypedNumberView, tell_receipts


@pytest.mark.parametrize(
    ("tally", "numbers", "charts", "said"),
    [
        (Tally(), 0, 0, "This page shows no figures."),
        (Tally(), 1, 0, "The one figure on this page has a receipt."),
        (Tally(("a.b",)), 0, 1, "Both figures on this page have a receipt: 1 chart and 1 number in the text."),
        (Tally(("a.b", "a.b")), 4, 1, "All 7 figures on this page have a receipt: 4 single numbers, 1 chart and 2 numbers in the text."),
        (Tally((), (), ("12",)), 0, 0, "No figure on this page has a receipt. 1 typed number has none."),
        (Tally((), (), ("12", "13")), 3, 0, "3 of the 5 figures on this page have a receipt. 2 typed numbers have none."),
        (Tally((), (TypedNumber(text="12", reason="r"),)), 0, 0, "This page shows no figures. 1 number was typed in on purpose, with a reason:"),
    ],
)  # fmt: skip
def test_the_foot_counts_what_has_a_receipt(
    tally: Tally, numbers: int, charts: int, said: str
) -> None:
    assert tell_receipts(tally, numbers=numbers, charts=charts).text == said


def test_a_page_without_figures_says_only_what_was_counted() -> None:
    assert tell_receipts(counted="Rows were counted.").text == "Rows were counted."


def test_waived_numbers_stand_last_with_their_reasons() -> None:
    told = tell_receipts(
        Tally((), (TypedNumber(text="12", reason="why"),)), counted="Rows were counted."
    )
    assert told.text.endswith("Rows were counted. 1 number was typed in on purpose, with a reason:")
    assert told.waived == (TypedNumberView("12", "why"),)


def test_words_for_no_value_are_drawn_apart_from_values() -> None:
    told = str(word_record((None, "(empty)", " ", "(blank)", "<b>")))
    quiet = '<span class="quiet">({})</span>'
    listed = (quiet.format("empty"), "(empty)", quiet.format("blank"), "(blank)", "&lt;b&gt;")
    assert told == " · ".join(listed)
