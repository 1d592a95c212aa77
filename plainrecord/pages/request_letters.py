"""The content of a request letter: the elements of a record, in words that an agency can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plainrecord.core.translation import to_translate
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


STOP_ELEMENTS: tuple[LetterElement, ...] = tuple(
    LetterElement(*texts)
    for texts in (
        (
            "identity",
            to_translate("Record ID"),
            to_translate(
                "Without one, nobody can tell whether two rows are one event, or what changed between releases."
            ),
            to_translate(
                "a number that identifies the record and stays the same in later releases; where a number would identify a person, a number made for this purpose in its place"
            ),
        ),
        (
            "time",
            to_translate("Day and hour"),
            to_translate("Totals for a month hide when and how often people are stopped."),
            to_translate("the date and the time of the stop, to the hour at least"),
        ),
        (
            "place",
            to_translate("Place"),
            to_translate("Patterns are local; a state is too large to show them."),
            to_translate(
                "the place of the stop: state, county, city or ZIP code, and the kind of place"
            ),
        ),
        (
            "reason",
            to_translate("Reason"),
            to_translate("A stop needs a reason, and the reason can be checked against the law."),
            to_translate("the reason for the stop as recorded at the time"),
        ),
        (
            "legal-basis",
            to_translate("Legal basis"),
            to_translate("It shows which power was used, and whether there was a warrant."),
            to_translate(
                "the legal basis of the stop: section of the law or regulation, and whether there was a warrant and of which kind"
            ),
        ),
        (
            "agency",
            to_translate("Agency, programme and operation"),
            to_translate(
                "Several offices work together; without this nobody is accountable for a stop."
            ),
            to_translate(
                "the agency, office, program and operation that made the stop, and others that took part"
            ),
        ),
        (
            "age",
            to_translate("Age, in brackets"),
            to_translate("It shows whether children are affected, without naming anybody."),
            to_translate(
                "the age of the person in brackets of five or ten years, not the date of birth"
            ),
        ),
        (
            "sex",
            to_translate("Sex or gender"),
            to_translate("Without it, unequal treatment cannot be seen."),
            to_translate("the sex or gender of the person as recorded"),
        ),
        (
            "race-perceived",
            to_translate("Race and ethnicity as the officer saw them"),
            to_translate("Equal treatment can only be tested against what the officer saw."),
            to_translate("the race and ethnicity of the person as the officer perceived them"),
        ),
        (
            "race-stated",
            to_translate("Race and ethnicity as the person stated them"),
            to_translate("It is a different fact, and the two are often mixed up."),
            to_translate(
                "the race and ethnicity that the person stated, apart from what the officer perceived"
            ),
        ),
        (
            "citizenship",
            to_translate("Citizenship"),
            to_translate("It shows how often citizens are stopped in immigration enforcement."),
            to_translate("the country of citizenship of the person as recorded"),
        ),
        (
            "search",
            to_translate("Search and what was found"),
            to_translate("How often searches find something shows whether they were justified."),
            to_translate(
                "whether the person, vehicle or home was searched, with what consent or warrant, and what was found"
            ),
        ),
        (
            "force",
            to_translate("Use of force"),
            to_translate("It is the gravest power that an officer has."),
            to_translate("whether force was used, of which kind, and whether anybody was hurt"),
        ),
        (
            "outcome",
            to_translate("Outcome"),
            to_translate("It shows whether a stop led to anything at all."),
            to_translate(
                "how the stop ended: release, warning, citation, arrest, transfer to another agency"
            ),
        ),
        (
            "court",
            to_translate("Court filing"),
            to_translate("It shows whether a court ever looked at the case."),
            to_translate("whether a case was filed with a court, the date, and the charge"),
        ),
        (
            "removal",
            to_translate("Removal proceedings"),
            to_translate("It connects the stop with what happened afterwards."),
            to_translate("whether removal proceedings began, the date, and how they ended"),
        ),
        (
            "release",
            to_translate("Release"),
            to_translate("It shows how long people were held."),
            to_translate("the date and the reason for the person's release from custody"),
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
    """What a letter can ask for: the elements of the standard by which `datasets` are graded.

    Those that one of the datasets lacks are ticked at first. If none is graded, the elements of a
    stop.
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
