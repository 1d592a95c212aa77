"""Words, periods and receipt ids of compared releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from plainrecord.model.changes import Rename
from plainrecord.model.freshness import day_words

if TYPE_CHECKING:  # slow to import, and two tables have no more than one release each
    from plainrecord.model.revisions import MovedPeriod, PairChanges, Triangle

LIKELY = "likely.csv"
"""The file of the likely renames of a pair of releases, beside those of the records."""

BEFORE, AFTER = "before_", "after_"
"""What stands before the names of the fields of a record in `LIKELY`."""

RENAME_COLUMNS = ("field", "kind", "evidence")
LEDGER_COLUMNS = ("last_in", "missing_from", "back_in")
"""What the list of all that vanished says of a record, after its key: days of releases."""

MOST_PERIODS = 24
FEW_RETURNED = 8
"""How many records that came back are named."""

LISTED = 200
"""How many records of each kind, and values of a field, a page lists."""

KIND_WORDS: Mapping[str, str] = {
    "withheld": "withheld now",
    "open": "released now, withheld before",
    "missing": "missing now",
    "filled": "filled in",
    "respelt": "written differently",
    "changed": "different value",
}
"""How a value changed, in the words of pages."""


def describe_blanks(text: str) -> str:
    """Where a value has blanks that nobody sees: a few words, empty where it has none at its ends."""
    before, after = text[:1].isspace(), text[-1:].isspace()
    if not text.strip() or not (before or after):
        return ""
    if before and after:
        return "with spaces at both ends"
    return f"with a space at the {'beginning' if before else 'end'}"


def choose_periods(
    triangle: Triangle, moved: Sequence[MovedPeriod], threshold: int
) -> tuple[str, ...]:
    """Periods of a triangle to show: the last, and without a threshold those revised earlier."""
    other = {item.period for item in moved} if not threshold else set()
    recent = triangle.periods[-MOST_PERIODS:]
    earlier = [period for period in triangle.periods[:-MOST_PERIODS] if period in other]
    return (*earlier[-MOST_PERIODS:], *recent)


def changes_id(dataset: str, *parts: str) -> str:
    """The id of a receipt about releases: of a release compared with the one before, its day, and what
    is listed or what the changes are counted by; of all releases `periods` (each as every release
    reported it), `moved` (closed ones with another count), `returned` or `vanished` records.
    """
    return ".".join((dataset, "changes", *parts))


def count_words(pair: PairChanges) -> str:
    """What a pair of releases differs by, in one sentence; none of the counts where one is small."""
    comparison = pair.comparison
    counts = (comparison.added, comparison.vanished, comparison.changed)
    return describe_counts(pair.old, None if pair.small else counts)


def describe_counts(old: str, counts: tuple[int, int, int] | None) -> str:
    """A sentence on how many records were added, removed and changed since the release of the day
    `old`.

    None for a count means that no count is shown, because one of them is small.
    """
    since = f"since the release of {day_words(old)}"
    if counts is None:
        return (
            f"The numbers of new, removed and changed records {since} are not shown, to protect "
            "privacy: at least one of them, or the number of unchanged records, is small."
        )
    if not any(counts):
        return f"No record changed {since}."
    words = ("new", "removed", "changed")
    parts = [f"{count:,} {word}" for count, word in zip(counts, words, strict=True) if count]
    return f"Records {since}: {', '.join(parts)}."


def changed_columns(key: Sequence[str]) -> tuple[str, ...]:
    """The columns of changed.csv after those of the key: what it says of a change."""
    taken, names = {name.lower() for name in key}, []
    for name in ("field", "old", "new", "kind"):
        free = name
        while free in taken:
            free += "_"
        names.append(free)
    return tuple(names)


def count_likely(pair: PairChanges, threshold: int) -> int:
    """The number of likely renames to show for a pair; 0 if it could identify few records."""
    renamed = pair.comparison.renamed
    return 0 if pair.small or 0 < renamed < threshold else renamed


def trim_evidence(item: Rename) -> str:
    """What speaks for one record, without the name of the field at its beginning."""
    return item.evidence.removeprefix(f"{item.field} ")
