"""The status of a value in a series: shown, or why it is not there, in words for readers.

The query of a series gives each value its status. Tables, pictures, charts and sentences read it;
none of them looks at an empty value to find out why it is empty. Zero is a value, and shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from plainrecord.model.packages import MissingKind

SHOWN = "shown"
STATUSES = frozenset({SHOWN, *(kind.value for kind in MissingKind)})

_WORDS = {MissingKind.MISSING.value: "no data"}
_SENTENCES = {
    MissingKind.MISSING: ("There is no data for {} value", "There is no data for {} values"),
    MissingKind.NOT_COLLECTED: ("{} value was not collected", "{} values were not collected"),
    MissingKind.NOT_APPLICABLE: ("{} value is not applicable", "{} values are not applicable"),
    MissingKind.UNKNOWN: ("{} value is unknown", "{} values are unknown"),
    MissingKind.WITHHELD: ("{} value is withheld", "{} values are withheld"),
    MissingKind.SUPPRESSED: ("{} value is suppressed", "{} values are suppressed"),
}


def is_shown(status: object) -> bool:
    """Whether the value beside this status is there; zero is."""
    return status == SHOWN


def status_word(status: object) -> str:
    """What replaces a value that is not there: no data, withheld, suppressed."""
    return _WORDS.get(str(status), str(status).replace("-", " "))


def count_absent(statuses: Iterable[object]) -> tuple[str, ...]:
    """A sentence for each status of values that are not there, with how many have it."""
    listed = [str(status) for status in statuses]
    sentences = []
    for kind, forms in _SENTENCES.items():
        if count := listed.count(kind.value):
            sentences.append(f"{forms[count > 1].format(f'{count:,}')}.")
    return tuple(sentences)
