"""The note at the foot of a page."""

from __future__ import annotations

import pytest

from plainrecord.model.declarations import TypedNumber
from plainrecord.model.products import TypedNumberCount
from plainrecord.pages.change import join_record
from plainrecord.pages.receipt_note import describe_receipts


@pytest.mark.parametrize(
    ("tally", "figures", "expected"),
    [
        (TypedNumberCount(), 0, ""),
        (TypedNumberCount(), 1, "Every figure on this page can be verified: each has a receipt."),
        (TypedNumberCount(("a.b",)), 0, "Every figure on this page can be verified: each has a receipt."),
        (TypedNumberCount((), (), ("12",)), 0, "1 typed number has no receipt."),
        (TypedNumberCount((), (), ("12", "13")), 3, "2 typed numbers have no receipt. Every other figure on this page can be verified: each has a receipt."),
        (TypedNumberCount((), (TypedNumber(text="12", reason="r"),)), 0, "The maintainer typed 1 number, for the reason given:"),
    ],
)  # fmt: skip
def test_the_foot_says_which_figures_have_a_receipt(
    tally: TypedNumberCount, figures: int, expected: str
) -> None:
    assert describe_receipts(tally, figures=figures).text == expected


def test_numbers_without_a_receipt_are_named_before_the_others() -> None:
    assert describe_receipts(unproved="Rows have none.").text == "Rows have none."
    assert describe_receipts(figures=2, unproved="Rows have none.").text == (
        "Rows have none. Every other figure on this page can be verified: each has a receipt."
    )


def test_waived_numbers_stand_last_with_their_reasons() -> None:
    note = describe_receipts(
        TypedNumberCount((), (TypedNumber(text="12", reason="why"),)), unproved="Rows have none."
    )
    assert note.text == "Rows have none. The maintainer typed 1 number, for the reason given:"
    assert note.waived == (TypedNumber(text="12", reason="why"),)


def test_words_for_no_value_are_drawn_apart_from_values() -> None:
    told = str(join_record((None, "(empty)", " ", "(blank)", "<b>")))
    quiet = '<span class="quiet">({})</span>'
    listed = (quiet.format("empty"), "(empty)", quiet.format("blank"), "(blank)", "&lt;b&gt;")
    assert told == " · ".join(listed)
