"""The hidden cells of a dataset as unknown integers, with equations, narrowed by propagation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UNBOUNDED = 1 << 40
"""The upper bound of a cell of which nothing is known: above all counts of people."""

MOST_SWEEPS = 200
"""Rounds of propagation: ranges can shrink by one in each, and the solver does the rest."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CellSum:
    """The terms (unknown, +1 or -1) add up to `total`; `words` say where that stands."""

    terms: tuple[tuple[int, int], ...]
    total: int
    words: str


@dataclass(frozen=True, slots=True)
class Ranges:
    """For each unknown, the least and greatest value that is still possible.

    `upper_reason` and `lower_reason` are the numbers of the equations that last narrowed the range,
    -1 for none. `conflict` is the number of an equation that no values fulfil, -1 for none.
    """

    lower: Integers
    upper: Integers
    lower_reason: Integers
    upper_reason: Integers
    conflict: int = -1


def narrow_ranges(
    equations: Sequence[CellSum], lower: Sequence[int], upper: Sequence[int]
) -> Ranges:
    """The ranges that remain when each equation has narrowed those of its unknowns."""
    low, high = np.array(lower, dtype=np.int64), np.array(upper, dtype=np.int64)
    why_low = np.full(len(low), -1, dtype=np.int64)
    why_high = np.full(len(low), -1, dtype=np.int64)
    used = [number for number, equation in enumerate(equations) if equation.terms]
    if not used:
        return Ranges(low, high, why_low, why_high)
    unknown = np.array([at for number in used for at, _ in equations[number].terms])
    sign = np.array([s for number in used for _, s in equations[number].terms])
    sizes = np.array([len(equations[number].terms) for number in used])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    numbers = np.repeat(np.array(used), sizes)
    total = np.repeat(np.array([equations[number].total for number in used]), sizes)
    order = np.argsort(unknown, kind="stable")
    grouped = unknown[order]
    groups = np.flatnonzero(np.concatenate(([True], grouped[1:] != grouped[:-1])))
    owners = grouped[groups]
    for _ in range(MOST_SWEEPS):
        least = np.where(sign > 0, low[unknown], -high[unknown])
        most = np.where(sign > 0, high[unknown], -low[unknown])
        least_sum = np.repeat(np.add.reduceat(least, starts), sizes)
        most_sum = np.repeat(np.add.reduceat(most, starts), sizes)
        wrong = np.flatnonzero((least_sum > total) | (most_sum < total))
        if len(wrong):
            return Ranges(low, high, why_low, why_high, int(numbers[wrong[0]]))
        term_high, term_low = total - (least_sum - least), total - (most_sum - most)
        new_high = np.where(sign > 0, term_high, -term_low)
        new_low = np.where(sign > 0, term_low, -term_high)
        new_high[new_high > UNBOUNDED // 2] = UNBOUNDED
        best_high = np.minimum.reduceat(new_high[order], groups)
        best_low = np.maximum.reduceat(new_low[order], groups)
        tighter_high, tighter_low = best_high < high[owners], best_low > low[owners]
        if not (tighter_high.any() or tighter_low.any()):
            break
        at_high = np.minimum(high[unknown], UNBOUNDED) > new_high
        at_low = low[unknown] < new_low
        final_high, final_low = high.copy(), low.copy()
        final_high[owners] = np.minimum(high[owners], best_high)
        final_low[owners] = np.maximum(low[owners], best_low)
        decisive = at_high & (new_high == final_high[unknown])
        why_high[unknown[decisive]] = numbers[decisive]
        decisive = at_low & (new_low == final_low[unknown])
        why_low[unknown[decisive]] = numbers[decisive]
        low, high = final_low, final_high
        if (low > high).any():
            first = int(np.flatnonzero(low > high)[0])
            return Ranges(low, high, why_low, why_high, int(max(why_low[first], why_high[first])))
    return Ranges(low, high, why_low, why_high)


def find_violated(equations: Iterable[CellSum], values: Sequence[int]) -> CellSum | None:
    """The first equation that the integers `values` do not fulfil; None where they fulfil all."""
    for equation in equations:
        if sum(sign * values[at] for at, sign in equation.terms) != equation.total:
            return equation
    return None


class DisjointSets:
    """Numbers from 0 that are put into sets; each begins in a set of its own."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, at: int) -> int:
        """The number that stands for the set of `at`."""
        parent = self._parent
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def join(self, one: int, other: int) -> None:
        """Put the set of `other` into that of `one`, whose number stands for both."""
        self._parent[self.find(other)] = self.find(one)


def split_components(count: int, equations: Sequence[CellSum]) -> list[tuple[list[int], list[int]]]:
    """The unknowns that hang together (or alone), and the numbers of their equations, in order."""
    sets = DisjointSets(count)
    for equation in equations:
        for at, _ in equation.terms[1:]:
            sets.join(equation.terms[0][0], at)
    members: dict[int, tuple[list[int], list[int]]] = {}
    for at in range(count):
        members.setdefault(sets.find(at), ([], []))[0].append(at)
    for number, equation in enumerate(equations):
        if equation.terms:
            members[sets.find(equation.terms[0][0])][1].append(number)
    return list(members.values())


def restrict(equation: CellSum, known: Mapping[int, int]) -> CellSum:
    """The equation with the unknowns of `known` replaced by their values."""
    terms = tuple(term for term in equation.terms if term[0] not in known)
    fixed = sum(sign * known[at] for at, sign in equation.terms if at in known)
    return CellSum(terms, equation.total - fixed, equation.words)
