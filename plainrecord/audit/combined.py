"""What published numbers and the sums of tables give away together, file by file.

A share of a shown total is a range of counts; parts of a hidden cell in a table that is not one of
the protected ones add up to it. Neither need be too much alone: what a reader derives from them with
the sums is. A supposition that contradicts the sums (another base, parts that are not all) is dropped.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from plainrecord.audit.labels import LabelledNumber, Vocabulary
from plainrecord.audit.leaks import DATA, Leak, bound_by_share, parent_totals
from plainrecord.audit.system import CellSum, Ranges, narrow_ranges
from plainrecord.audit.tables import AuditedRelease, Key

MOST_LEAKS = 20
"""Cells named for one file and supposition: they follow from one another."""


def derive_from_shares(
    numbers: Sequence[LabelledNumber],
    vocabulary: Vocabulary,
    equations: Sequence[CellSum],
    ranges: Ranges,
) -> Iterator[Leak]:
    """The cells that follow if the shares in a file are parts of one kind of total, kind by kind."""
    release = vocabulary.release
    bases: dict[tuple[str, ...], dict[int, tuple[int, int]]] = {}
    nearest: dict[int, LabelledNumber] = {}
    for number in numbers:
        if not number.share:
            continue
        for key in vocabulary.read(number.labels) & set(release.number):
            at = release.number[key]
            low, high = int(ranges.lower[at]), int(ranges.upper[at])
            for parent, whole in parent_totals(key, release):
                least, most = bound_by_share(number, whole, low, high)
                if least <= most and (least, most) != (low, high):
                    base = tuple(name for name, _ in parent)
                    bases.setdefault(base, {})[at] = (least, most)
                    nearest.setdefault(at, number)
    for base, bounds in sorted(bases.items()):
        lower, upper = ranges.lower.tolist(), ranges.upper.tolist()
        for at, (least, most) in bounds.items():
            lower[at], upper[at] = least, most
        kind = f"totals by {' and '.join(base)}" if base else "the total"
        how = f"if the {len(bounds):,} shares in this file are parts of {kind}, it follows from the sums"
        first = nearest[min(bounds)]
        yield from _compare(release, ranges, narrow_ranges(equations, lower, upper), first, how)


def derive_from_parts(
    numbers: Sequence[LabelledNumber],
    vocabulary: Vocabulary,
    equations: Sequence[CellSum],
    ranges: Ranges,
) -> Iterator[Leak]:
    """The cells that follow if counts by more dimensions than any table has are all parts of cells."""
    release = vocabulary.release
    tables: dict[frozenset[str], dict[Key, tuple[int, LabelledNumber]]] = {}
    for number in numbers:
        if number.share or number.channel not in DATA or not number.value.is_integer():
            continue
        for key in vocabulary.read(number.labels):
            dimensions = frozenset(name for name, _ in key)
            if dimensions not in release.dimension_sets:
                tables.setdefault(dimensions, {})[key] = (int(number.value), number)
    for dimensions, cells in sorted(tables.items(), key=lambda item: sorted(item[0])):
        for kept in sorted((one for one in release.dimension_sets if one < dimensions), key=sorted):
            sums: dict[Key, list[tuple[int, LabelledNumber]]] = {}
            for key, one in sorted(cells.items()):
                parent = tuple(pair for pair in key if pair[0] in kept)
                if parent in release.number:
                    sums.setdefault(parent, []).append(one)
            added = [
                CellSum(((release.number[key], 1),), sum(count for count, _ in parts), "parts")
                for key, parts in sums.items()
                if len(parts) > 1
            ]
            if added:
                bounds = ranges.lower.tolist(), ranges.upper.tolist()
                after = narrow_ranges([*equations, *added], *bounds)
                how = f"counts by {' and '.join(sorted(dimensions))} in this file are its parts, or give them"
                first = next(iter(sums.values()))[0][1]
                yield from _compare(release, ranges, after, first, how)


def _compare(
    release: AuditedRelease, before: Ranges, after: Ranges, number: LabelledNumber, how: str
) -> Iterator[Leak]:
    """The cells that disclose too much after a supposition and did not before it."""
    if after.conflict >= 0:
        return
    labelled = np.isin(np.arange(len(release.hidden)), sorted(release.small))
    limit = np.where(labelled, release.threshold - 1, release.threshold)
    too_low = (after.upper < limit) & (before.upper >= limit)
    if release.level == 1:
        too_low |= labelled & (after.lower > 1) & (before.lower <= 1)
    named = 0
    for at, key in enumerate(release.hidden):
        if too_low[at] and named < MOST_LEAKS:
            named += 1
            least, most = int(after.lower[at]), int(after.upper[at])
            yield Leak(key, number.file, number.channel, number.words, least, most, how)
