"""What a letter asks for: the elements of a record, each in words that an agency can answer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plainrecord.model.grades import Grade, Scores


@dataclass(frozen=True, slots=True)
class LetterElement:
    """An element of a record that a letter can ask for.

    `label` names it for the reader, `why` says in a sentence what it is good for, `asked_as` are
    the words of the letter. `wanted` is whether it is ticked at first: the published records lack
    it.
    """

    name: str
    label: str
    why: str
    asked_as: str
    wanted: bool = True


STOP_ELEMENTS: tuple[LetterElement, ...] = tuple(
    LetterElement(*texts)
    for texts in (
        (
            "identity",
            "Record ID",
            "Without one, nobody can tell whether two rows are one event, or what changed between releases.",
            "a number that identifies the record and stays the same in later releases; where a number would identify a person, a number made for this purpose in its place",
        ),
        (
            "time",
            "Day and hour",
            "Totals for a month hide when and how often people are stopped.",
            "the date and the time of the stop, to the hour at least",
        ),
        (
            "place",
            "Place",
            "Patterns are local; a state is too large to show them.",
            "the place of the stop: state, county, city or ZIP code, and the kind of place",
        ),
        (
            "reason",
            "Reason",
            "A stop needs a reason, and the reason can be checked against the law.",
            "the reason for the stop as recorded at the time",
        ),
        (
            "legal-basis",
            "Legal basis",
            "It shows which power was used, and whether there was a warrant.",
            "the legal basis of the stop: section of the law or regulation, and whether there was a warrant and of which kind",
        ),
        (
            "agency",
            "Agency, programme and operation",
            "Several offices work together; without this nobody is accountable for a stop.",
            "the agency, office, program and operation that made the stop, and others that took part",
        ),
        (
            "age",
            "Age, in brackets",
            "It shows whether children are affected, without naming anybody.",
            "the age of the person in brackets of five or ten years, not the date of birth",
        ),
        (
            "sex",
            "Sex or gender",
            "Without it, unequal treatment cannot be seen.",
            "the sex or gender of the person as recorded",
        ),
        (
            "race-perceived",
            "Race and ethnicity as the officer saw them",
            "Equal treatment can only be tested against what the officer saw.",
            "the race and ethnicity of the person as the officer perceived them",
        ),
        (
            "race-stated",
            "Race and ethnicity as the person stated them",
            "It is a different fact, and the two are often mixed up.",
            "the race and ethnicity that the person stated, apart from what the officer perceived",
        ),
        (
            "citizenship",
            "Citizenship",
            "It shows how often citizens are stopped in immigration enforcement.",
            "the country of citizenship of the person as recorded",
        ),
        (
            "search",
            "Search and what was found",
            "How often searches find something shows whether they were justified.",
            "whether the person, vehicle or home was searched, with what consent or warrant, and what was found",
        ),
        (
            "force",
            "Use of force",
            "It is the gravest power that an officer has.",
            "whether force was used, of which kind, and whether anybody was hurt",
        ),
        (
            "outcome",
            "Outcome",
            "It shows whether a stop led to anything at all.",
            "how the stop ended: release, warning, citation, arrest, transfer to another agency",
        ),
        (
            "court",
            "Court filing",
            "It shows whether a court ever looked at the case.",
            "whether a case was filed with a court, the date, and the charge",
        ),
        (
            "removal",
            "Removal proceedings",
            "It connects the stop with what happened afterwards.",
            "whether removal proceedings began, the date, and how they ended",
        ),
        (
            "release",
            "Release",
            "It shows how long people were held.",
            "the date and the reason for the person's release from custody",
        ),
    )
)
"""The elements of a record of a stop, all of them wanted."""


LACKING = frozenset(
    {
        *(Grade.ABSENT, Grade.WITHHELD, Grade.WITHHELD_IN_PART, Grade.NOT_COLLECTED),
        *(Grade.HARDLY, Grade.COARSE, Grade.TOTALS),
    }
)
"""Grades of an element that an agency can be asked for: what it released does not have it."""


def choose_elements(scores: Scores, datasets: Sequence[str]) -> tuple[LetterElement, ...]:
    """What a letter can ask for: the elements of the standard that `datasets` are graded by.

    Ticked at first is what one of them lacks. Where none is graded, the elements of a stop.
    """
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
