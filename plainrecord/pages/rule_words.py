"""What each plausibility rule asks, what it may mean and what else it may be, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind of rule for a reader: the question, what a yes means, what else could explain it."""

    question: str
    meaning: str
    otherwise: str


WORDS: Mapping[str, KindWords] = {
    "part-above-whole": KindWords(
        "Is a part larger than the whole it belongs to?",
        "A part cannot be larger than its whole, so at least one of the two numbers is not what its label says.",
        "Two rows may have been swapped, the whole may be counted at a different time from the part, or the part may count events and the whole persons.",
    ),
    "impossible-average": KindWords(
        "Are averages since the start of the year consistent?",
        "Two such averages give the average of the days between them. If that is below zero, one of the two averages is wrong.",
        "An earlier day may have been revised, or the agency may have counted the days differently.",
    ),
    "heaping": KindWords(
        "Are there too many round numbers?",
        "Many round values mean that numbers were estimated or rounded by hand, so small differences between them say little.",
        "Some things are naturally round, such as scheduled times or fixed amounts.",
    ),
    "constant": KindWords(
        "Does a field have the same value in every row?",
        "A yes-or-no field with one value everywhere may be a software default that nobody fills in. It then has no meaning.",
        "The event may never have happened, or the file may contain only cases of one kind.",
    ),
    "serial-gaps": KindWords(
        "Are numbers missing from a series?",
        "Where forms are numbered consecutively, a missing number may be a record that was not released.",
        "Forms are also spoiled, cancelled or used elsewhere, and numbers may be given out in blocks.",
    ),
    "zero-run": KindWords(
        "Do zeros stand for numbers that were not entered?",
        "A run of zeros next to large numbers often means that no number was entered. It would be wrong to count them as zero.",
        "The activity may have stopped for a time, or may have begun only later.",
    ),
    "stale": KindWords(
        "Is a period the same as an earlier one?",
        "A period with exactly the same rows as an earlier one may be an old release that was published again.",
        "Small tables that rarely change can be identical twice.",
    ),
    "swapped": KindWords(
        "Have two categories been swapped?",
        "If each of two categories suddenly has the other’s usual share, their labels may have been swapped.",
        "A new rule or programme can reverse the shares.",
    ),
    "one-day": KindWords(
        "Do most records of a period fall on one day?",
        "The date may be the day of entry or a placeholder, not the day of the event.",
        "A large operation can also bring many records on one day.",
    ),
    "partial-last-period": KindWords(
        "Is the last month complete?",
        "In a chart, an incomplete last month looks like a decline, but it is not one.",
        "Few events at the end of the month, or late entry, can look the same.",
    ),
    "time-gaps": KindWords(
        "Are there gaps in time without records?",
        "Nothing may have been recorded or released for that time.",
        "Nothing may have happened, for example during a closure.",
    ),
    "unknown-rising": KindWords(
        "Is a field filled in less and less often?",
        "When more values are unknown, later records say less than earlier ones, and shares of the known values cannot be compared over time. Values that the agency withheld are not counted here.",
        "A new form may not ask for the field, or new kinds of cases may not need it.",
    ),
    "coverage": KindWords(
        "Which offices have records, and when?",
        "Where offices join or leave, a total over time changes without any change in what happened. Trends should be interrupted there.",
        "An office may have had nothing to record, may have been renamed, or may have merged with another.",
    ),
}
