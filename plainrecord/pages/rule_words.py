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
        "Two rows may have changed places, the whole may be counted at another time than the part, or the part may count events and the whole persons.",
    ),
    "impossible-average": KindWords(
        "Do two averages since the start of the year fit together?",
        "From two such averages one can work out the average of the days between them. If that would be below zero, one of the two is not what it says.",
        "An earlier day may have been revised, or the count of days may differ from the one that the agency used.",
    ),
    "heaping": KindWords(
        "Do numbers gather on round values?",
        "Many round values mean that numbers were estimated or rounded by hand, so small differences between them say little.",
        "Some things come in round numbers of themselves, such as scheduled times or fixed amounts.",
    ),
    "constant": KindWords(
        "Does a field say the same in every row?",
        "A yes-or-no field with one value everywhere may be a default of the software that nobody fills in. It then tells nothing.",
        "The thing may in truth never have happened, or the file may hold only cases of one kind.",
    ),
    "serial-gaps": KindWords(
        "Are numbers missing from a series?",
        "Where forms are numbered one after another, a number that is not there may be a record that was not released.",
        "Forms are also spoiled, cancelled or used elsewhere, and numbers may be given out in blocks.",
    ),
    "zero-run": KindWords(
        "Do zeros stand where nothing was carried over?",
        "A run of zeros beside large numbers often means that no number was entered. Counting them as zero would be wrong.",
        "The thing may have stopped for a time, or may have begun only later.",
    ),
    "stale": KindWords(
        "Is a period the same as an earlier one?",
        "A period with exactly the rows of an earlier one may be an old release, published again.",
        "Small tables that seldom change can be the same twice.",
    ),
    "swapped": KindWords(
        "Have two categories changed places?",
        "If each of two categories suddenly has the other’s usual share, their labels may have been exchanged.",
        "A new rule or programme can turn shares around in earnest.",
    ),
    "one-day": KindWords(
        "Do most records of a period fall on one day?",
        "Then the date may be the day of entry or a stand-in, not the day of the event.",
        "A large operation can also bring many records on one day.",
    ),
    "partial-last-period": KindWords(
        "Is the last month whole?",
        "A last month that breaks off looks like a decline in a chart. It is not one.",
        "Few events at the end of the month, or late entry, look the same.",
    ),
    "time-gaps": KindWords(
        "Are there stretches of time without records?",
        "Nothing may have been recorded or released for that time.",
        "Nothing may have happened, for example during a closure.",
    ),
    "unknown-rising": KindWords(
        "Is a field filled in less and less?",
        "When more values are unknown, later records say less than earlier ones, and shares of the known values cannot be compared over time. Values that the agency withheld are not counted here.",
        "A new form or a new group of cases may not ask for the field.",
    ),
    "coverage": KindWords(
        "Which offices have records, and when?",
        "Where offices join or leave, a total over time changes without any change in what happened. Lines should be broken there.",
        "An office may have had nothing to record, may have been renamed, or may have merged with another.",
    ),
}
