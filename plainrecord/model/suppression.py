"""The one rule for hiding counts that may point to few people, used for every published table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from plainrecord.model.packages import MissingKind, MissingValue

Count = int | None
"""A number of rows; None where it is suppressed."""


def suppress(
    counts: Sequence[int], threshold: int, *, also: Collection[int] = (), rest: int = 0
) -> tuple[Count, ...]:
    """`counts`, with None in the place of those that a reader must not see or work out.

    Counts from 1 to `threshold` - 1 are hidden (primary suppression), and those at the indices
    `also`. The next smallest, with all that equal it, follow until a reader who knows the total
    and this rule can work out none of them (complementary suppression). `rest` is the number of
    rows in the total that no count covers. Where all counts together are too few to hide one
    another, all above 0 are hidden: `is_safe` is False then, and the total must not be shown.
    """
    hidden = {at for at, count in enumerate(counts) if 0 < count < threshold} | set(also)
    for smallest in sorted({count for count in counts if count >= threshold}):
        if is_safe([counts[at] for at in hidden], threshold, rest):
            break
        # Equal counts go together: which of them is hidden would show where the small one is.
        hidden |= {at for at, count in enumerate(counts) if count == smallest}
    return tuple(None if at in hidden else count for at, count in enumerate(counts))


def suppress_parts(
    parts: Sequence[int], wholes: Sequence[int], threshold: int
) -> tuple[Count, ...]:
    """`parts` of wholes; hidden also where few are not in the part: readers know the whole."""
    others = [whole - part for whole, part in zip(wholes, parts, strict=True)]
    hidden: set[int] = set()
    for numbers in (parts, others, parts):
        shown = suppress(numbers, threshold, also=hidden)
        hidden = {at for at, count in enumerate(shown) if count is None}
    return tuple(None if at in hidden else count for at, count in enumerate(parts))


def is_safe(hidden: Sequence[int], threshold: int, rest: int = 0) -> bool:
    """Whether no `hidden` count follows from their sum, which a reader can work out."""
    together = rest + sum(hidden)
    if not threshold or not (hidden or rest):
        return True
    if together < threshold or together <= len(hidden):
        return False  # the sum is small itself, or each count is 1
    # Each count is `threshold` - 1 where the sum is as large as small counts can make it.
    largest = together == len(hidden) * (threshold - 1) and max(hidden) < threshold
    return bool(rest) or not largest


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """What a field's rows consist of: marks of absence and values, each with its count."""

    rows: int
    filled: int
    marks: tuple[tuple[MissingValue, int], ...] = ()
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HiddenCounts:
    """Which counts of a field are hidden: its total, and those of its marks and values."""

    total: bool
    marks: tuple[bool, ...]
    values: tuple[bool, ...]


def suppress_field(counts: FieldCounts, threshold: int) -> HiddenCounts:
    """Counts of a field to hide so that nothing below the threshold follows by mark."""

    def small(count: int) -> bool:
        return 0 < count < threshold

    numbers = [count for _, count in counts.marks]
    withheld = [
        at for at, (mark, _) in enumerate(counts.marks) if mark.kind is MissingKind.WITHHELD
    ]
    others = [at for at in range(len(numbers)) if at not in withheld]
    absent = counts.rows - counts.filled
    other_rows = absent - sum(numbers[at] for at in withheld)
    hidden: set[int] = set()
    if small(counts.filled) or small(counts.filled + other_rows):
        hidden = {at for at, count in enumerate(numbers) if count}
    total = small(absent) or small(counts.filled) or small(other_rows)
    for indices in (withheld, others, [] if total else range(len(numbers))):
        inside = [at for at, index in enumerate(indices) if index in hidden]
        shown = suppress([numbers[at] for at in indices], threshold, also=inside)
        hidden |= {index for index, count in zip(indices, shown, strict=True) if count is None}
    rest = next((count for count in (other_rows, absent) if small(count)), 0)
    rest += counts.filled - sum(counts.values)  # values that are not listed
    values = suppress(counts.values, threshold, rest=rest)
    return HiddenCounts(
        total, tuple(at in hidden for at in range(len(numbers))), tuple(n is None for n in values)
    )
