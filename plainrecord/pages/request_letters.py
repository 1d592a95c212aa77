"""The content of a request letter: the elements of a record, in words that an agency can act on."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.model.grades import Grade, Scores


@dataclass(frozen=True, slots=True)
class LetterElement:
    """An element of a record that a letter can ask for.

    `label` names it for readers, `why` says in a sentence why it is useful, `asked_as` is the text
    of the letter. `wanted` is whether it is ticked at first, because the published records lack it.
    """

    name: str
    label: str
    why: str
    asked_as: str
    wanted: bool = True


_ROWS = Path(__file__).with_name("stop_elements.csv").read_text(encoding="utf-8").splitlines()
STOP_ELEMENTS = tuple(
    LetterElement(name, label, why, asked_as)
    for name, label, why, asked_as in csv.reader(_ROWS[1:])
)
"""The elements of a record of a stop, all of them wanted."""


LACKING = frozenset(
    {
        Grade.ABSENT,
        Grade.WITHHELD,
        Grade.WITHHELD_IN_PART,
        Grade.NOT_COLLECTED,
        Grade.HARDLY,
        Grade.COARSE,
        Grade.TOTALS,
    }
)
"""Grades of an element that an agency can be asked for: what it released does not have it."""


def choose_elements(scores: Scores, datasets: Sequence[str]) -> tuple[LetterElement, ...]:
    """The elements of the datasets' standard, those that one lacks ticked; else those of a stop."""
    cards = [card for card in map(scores.card, datasets) if card is not None]
    standard = scores.standard(cards[0].standard) if cards else None
    if standard is None:
        return STOP_ELEMENTS
    lacking = {
        score.element
        for card in cards
        if card.standard == standard.name
        for score in card.scores
        if score.grade in LACKING
    }
    return tuple(
        LetterElement(
            element.name,
            element.title,
            element.why,
            element.needed[:1].lower() + element.needed[1:].rstrip("."),
            element.name in lacking,
        )
        for element in standard.elements
        if element.needed
    )
