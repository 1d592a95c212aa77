"""The status of a value in a series: shown, or why it is not there, in words for readers.

The query of a series gives each value its status. Tables, pictures, charts and sentences read it;
none of them looks at an empty value to find out why it is empty. Zero is a value, and shown.
"""

from collections import Counter
from collections.abc import Iterable

from plainrecord.core.translation import _, ngettext, to_translate
from plainrecord.model.packages import MissingKind

SHOWN = "shown"
STATUSES = frozenset({SHOWN, *(kind.value for kind in MissingKind)})

_WORDS = {
    MissingKind.MISSING.value: to_translate("no data"),
    MissingKind.NOT_COLLECTED.value: to_translate("not collected"),
    MissingKind.NOT_APPLICABLE.value: to_translate("not applicable"),
    MissingKind.UNKNOWN.value: to_translate("unknown"),
    MissingKind.WITHHELD.value: to_translate("withheld"),
    MissingKind.SUPPRESSED.value: to_translate("suppressed"),
}


def is_shown(status: object) -> bool:
    """Whether the value beside this status is there; zero is."""
    return status == SHOWN


def status_word(status: object) -> str:
    """What replaces a value that is not there: no data, withheld, suppressed."""
    return _(_WORDS.get(str(status), str(status)))


def count_absent(statuses: Iterable[object]) -> tuple[str, ...]:
    """A sentence for each status of values that are not there, with how many have it."""
    counts = Counter(map(str, statuses))
    return tuple(
        _count_sentence(kind, count).format(count=f"{count:,}")
        for kind in _WORDS
        if (count := counts[kind])
    )


def _count_sentence(kind: str, count: int) -> str:
    match kind:
        case MissingKind.MISSING:
            return ngettext("{count} value is missing.", "{count} values are missing.", count)
        case MissingKind.NOT_COLLECTED:
            return ngettext(
                "{count} value was not collected.", "{count} values were not collected.", count
            )
        case MissingKind.NOT_APPLICABLE:
            return ngettext(
                "{count} value is not applicable.", "{count} values are not applicable.", count
            )
        case MissingKind.UNKNOWN:
            return ngettext("{count} value is unknown.", "{count} values are unknown.", count)
        case MissingKind.WITHHELD:
            return ngettext("{count} value is withheld.", "{count} values are withheld.", count)
    return ngettext("{count} value is suppressed.", "{count} values are suppressed.", count)
