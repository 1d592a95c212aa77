"""What a page counts of itself, and grades judged again from the shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.grades import Grade, Parts, grade_parts
from plainrecord.receipts.receipts_document import Proof
from plainrecord.verify.tallies import compare_tallies, judge_grades

COUNT = st.integers(0, 1000)


def prove(parts: Parts, **other: object) -> Proof:
    """The receipt of an element with these parts."""
    names = [state.name.lower() for state, _ in parts.counts]
    row = (parts.rows, *(count for _, count in parts.counts))
    values = {"counted": ("rows", *names), "rows": (row,), **other}
    return Proof("d.scorecard.e", "E", "stop", "", (), 1, 0, 0, **values)  # type: ignore[arg-type]


def find(body: str) -> list[tuple[str, str]]:
    """What is found on a page, with one receipt: all values known."""
    proofs = {"d.scorecard.e": prove(Parts(known=100))}
    found = compare_tallies("p.html", f"<body>{body}</body>".encode(), proofs.get)
    return [(finding.rule, finding.found) for finding in found]


@given(st.builds(Parts, *[COUNT] * 7), st.booleans(), st.booleans())
def test_a_grade_is_among_those_that_its_shares_allow(
    parts: Parts, coarse: bool, coarsened: bool
) -> None:
    allowed = judge_grades(prove(parts))
    assert grade_parts(parts, coarse=coarse, coarsened=coarsened) in allowed
    assert allowed in ((grade_parts(parts),), (Grade.COARSE, Grade.COARSENED, Grade.PRESENT))


@pytest.mark.parametrize(
    "other",
    [
        {"rows": ()},
        {"counted": ("rows", "known"), "rows": ((5, 5),)},
        {"rows": ((5, "suppressed", 0, 0, 0, 0, 0, 0),)},
        {"rows": ((5, True, 0, 0, 0, 0, 0, 0),)},
    ],
)
def test_no_grade_follows_from_a_part_of_the_shares(other: dict[str, object]) -> None:
    assert judge_grades(prove(Parts(known=5), **other)) == ()


ITEMS = "<i data-item>Passed</i><i data-item>Passed</i><i data-item><b>Not</b> so</i>"


@pytest.mark.parametrize(
    ("tally", "found"),
    [
        ('<b data-tally="Passed">2</b><b data-tally="Not so">1</b><b data-tally="">3</b>', []),
        ('<b data-tally="Other">0</b>', []),
        ('<b data-tally="Passed">3</b>', ["the page counts '3' for 'Passed'"]),
        ('<b data-tally="">2</b>', ["the page counts '2' for all items"]),
        ('<b data-tally="Passed">02</b>', ["the page counts '02' for 'Passed'"]),
    ],
)
def test_items_are_counted_by_their_words(tally: str, found: list[str]) -> None:
    assert find(tally + ITEMS) == [("page-differs", text) for text in found]


def test_a_grade_that_does_not_follow_is_named_whatever_version_made_the_page() -> None:
    grade = '<span data-judged="d.scorecard.e">{}</span>'
    for words in ("✓ Present", "≈ Not detailed enough", "◍ Made less detailed to protect privacy"):
        assert find(grade.format(words)) == []
    wrong = grade.format("■ Withheld")
    assert find(wrong) == [("page-differs", "d.scorecard.e: the page shows the grade '■ Withheld'")]
    ((rule, said),) = find(grade.format("✓ Present").replace(".e", ".f"))
    assert (rule, "'d.scorecard.f'" in said) == ("figure-unproven", True)
