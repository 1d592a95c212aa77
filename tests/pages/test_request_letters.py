"""What a letter asks for follows from what the records lack."""

from __future__ import annotations

from plainrecord.model.grades import ElementScore, Grade, Scorecard, Scores
from plainrecord.pages.request_letters import STOP_ELEMENTS, choose_elements
from plainrecord.pipeline.features import read_standards

STANDARD = read_standards()["enforcement-stop"]


def card(dataset: str, **grades: Grade) -> tuple[str, Scorecard]:
    scores = tuple(
        ElementScore(e.name, grades.get(e.name, Grade.PRESENT)) for e in STANDARD.elements
    )
    return dataset, Scorecard(dataset, "", STANDARD.name, "t", "stop", 10, 0, scores)


def test_what_one_dataset_lacks_is_ticked_and_the_rest_is_offered() -> None:
    cards = (card("a", hour=Grade.ABSENT), card("b", age_bracket=Grade.WITHHELD))
    chosen = choose_elements(Scores((STANDARD,), cards), ["a", "b"])
    assert {e.name for e in chosen if e.wanted} == {"hour", "age_bracket"}
    assert {"date", "place", "outcome"} <= {e.name for e in chosen if not e.wanted}
    hour = next(e for e in chosen if e.name == "hour")
    assert hour.label == "Hour"
    assert hour.asked_as == "the hour of each stop, or at least the part of the day"


def test_what_the_portal_itself_removed_is_not_asked_for() -> None:
    cards = (card("a", hour=Grade.REMOVED, place=Grade.COARSENED, search=Grade.INAPPLICABLE),)
    assert not any(e.wanted for e in choose_elements(Scores((STANDARD,), cards), ["a"]))


def test_without_a_scorecard_of_real_records_the_letter_asks_for_a_stop() -> None:
    made_up = Scores((STANDARD,), (card("made-up", hour=Grade.ABSENT),))
    assert choose_elements(Scores(), ["a"]) == STOP_ELEMENTS
    assert choose_elements(made_up, ["a"]) == STOP_ELEMENTS
