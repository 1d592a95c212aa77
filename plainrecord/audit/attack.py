"""Attack one system of hidden cells: ranges by propagation, certificates, then exact ranges."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plainrecord.audit.solver import Extreme, exact_ranges, reach_threshold
from plainrecord.audit.system import UNBOUNDED, CellSum, Ranges, find_violated, narrow_ranges
from plainrecord.core.strict_json import Json

MOST_EXACT = 100
"""Cells that disclose too much, of which the least count is calculated as well, for the message."""


MOST_FURTHER = 2_000
"""Unknowns of sums with further ones; with more, ranges are narrowed and no programs solved."""


@dataclass(frozen=True, slots=True)
class NarrowedCell:
    """A hidden cell with a telling range, and how it follows; undecided without table or proof."""

    number: int
    least: int
    greatest: int
    how: str
    decided: bool = True


@dataclass(frozen=True, slots=True)
class Attack:
    """The result for one system: ranges, telling cells, and how the others were proved.

    `conflict` is an equation that no counts fulfil, `wrong` why alternatives are refused.
    """

    ranges: Ranges
    narrowed: tuple[NarrowedCell, ...] = ()
    conflict: str = ""
    wrong: tuple[str, ...] = ()
    certified: int = 0
    solved: int = 0


def attack_cells(
    equations: Sequence[CellSum],
    bounds: tuple[Sequence[int], Sequence[int]],
    *,
    threshold: int,
    small: Collection[int] | None = None,
    alternatives: Sequence[Sequence[int]] = (),
) -> Attack:
    """What a reader can derive of the hidden cells.

    Each cell that can be less must be able to be `threshold` or more; at level 1 each of the cells in
    `small`, which are labelled as less, must be able to be 1, and `threshold` - 1. `bounds` are those that the rule
    gives. `alternatives` are believed only where they fulfil every equation and bound.
    """
    for equation in equations:
        if not equation.terms and equation.total != 0:
            return Attack(narrow_ranges((), *bounds), conflict=equation.words)
    ranges = narrow_ranges(equations, *bounds)
    if ranges.conflict >= 0:
        return Attack(ranges, conflict=equations[ranges.conflict].words)
    tables, wrong = _check_alternatives(equations, bounds, alternatives)
    count, lower = len(ranges.lower), bounds[0]
    labelled = set() if small is None else set(small)
    either = {at for at in range(count) if at not in labelled and lower[at] < threshold}
    proved = {at for at in either if any(table[at] >= threshold for table in tables)}
    narrowed = list(_find_small(equations, ranges, sorted(either - proved), threshold))
    certified = {
        at
        for at in labelled
        if any(table[at] == 1 for table in tables)
        and any(table[at] == threshold - 1 for table in tables)
    }
    narrowed += _find_narrow(equations, ranges, sorted(labelled - certified), threshold)
    proved |= certified
    targets = either | labelled
    solved = len(targets) - len(proved) - len(narrowed)
    return Attack(ranges, tuple(narrowed), "", wrong, len(proved), solved)


def attack_further(
    equations: Sequence[CellSum],
    bounds: tuple[Sequence[int], Sequence[int]],
    cells: Collection[int],
    threshold: int,
) -> tuple[NarrowedCell, ...]:
    """Those of `cells` that are small by sums with further unknowns, for which there are no
    alternatives; none where the sums contradict one another.
    """
    ranges = narrow_ranges(equations, *bounds)
    linked = {at for equation in equations for at, _ in equation.terms}
    chosen = sorted(linked & set(cells))
    if ranges.conflict >= 0:
        return ()
    if len(linked) > MOST_FURTHER:
        chosen = [at for at in chosen if ranges.upper[at] < threshold]
    return tuple(cell for cell in _find_small(equations, ranges, chosen, threshold) if cell.decided)


def _find_small(
    equations: Sequence[CellSum], ranges: Ranges, cells: Sequence[int], threshold: int
) -> Iterator[NarrowedCell]:
    failed = {
        at: Extreme(int(ranges.upper[at]), True, {}) for at in cells if ranges.upper[at] < threshold
    }
    rest = [at for at in cells if at not in failed]
    failed |= reach_threshold(equations, ranges, rest, threshold)
    least = exact_ranges(equations, ranges, sorted(failed)[:MOST_EXACT])
    for at, greatest in sorted(failed.items()):
        low = least[at][0].value if at in least else int(ranges.lower[at])
        yield _narrow(equations, ranges, at, low, greatest.value, greatest.value < threshold)


def _find_narrow(
    equations: Sequence[CellSum], ranges: Ranges, cells: Sequence[int], threshold: int
) -> Iterator[NarrowedCell]:
    for at, (least, greatest) in sorted(exact_ranges(equations, ranges, cells).items()):
        derived = least.value > 1 or greatest.value < threshold - 1
        if derived or not (least.exact and greatest.exact):
            yield _narrow(equations, ranges, at, least.value, greatest.value, derived)


def _narrow(
    equations: Sequence[CellSum], ranges: Ranges, at: int, least: int, greatest: int, decided: bool
) -> NarrowedCell:
    how = explain(equations, ranges, at)
    if least > ranges.lower[at] or greatest < ranges.upper[at]:
        how = f"all sums together leave no other count; one of them: {how}"
    return NarrowedCell(at, least, greatest, how, decided)


def explain(equations: Sequence[CellSum], ranges: Ranges, at: int) -> str:
    """The equation that bounds a cell, in words; all together where the solver found the bound."""
    reasons = [int(ranges.upper_reason[at]), int(ranges.lower_reason[at])]
    sums = [equations[reason].words for reason in dict.fromkeys(reasons) if reason >= 0]
    return "; ".join(sums) or "all tables together"


def _check_alternatives(
    equations: Sequence[CellSum],
    bounds: tuple[Sequence[int], Sequence[int]],
    alternatives: Sequence[Sequence[int]],
) -> tuple[list[Sequence[int]], tuple[str, ...]]:
    """The alternatives that agree with all that is published, and why others do not."""
    tables, wrong = [], []
    lower, upper = bounds
    for place, table in enumerate(alternatives, 1):
        if len(table) != len(lower):
            wrong.append(f"alternative {place} has {len(table):,} counts for {len(lower):,} cells")
            continue
        low = [at for at, value in enumerate(table) if not lower[at] <= value <= upper[at]]
        if low:
            wrong.append(f"alternative {place} has the impossible count {table[low[0]]:,}")
        elif (broken := find_violated(equations, table)) is not None:
            wrong.append(f"alternative {place} does not add up: {broken.words}")
        else:
            tables.append(table)
    return tables, tuple(wrong)


def read_alternatives(protection: Mapping[str, Json]) -> tuple[list[list[int]], tuple[str, ...]]:
    """The alternatives of `protection.json`, and why some of them are none."""
    listed = protection.get("alternatives", [])
    if not isinstance(listed, list):
        return [], ("`alternatives` is not a list",)
    tables: list[list[int]] = []
    wrong: list[str] = []
    for place, one in enumerate(listed, 1):
        values = one if isinstance(one, list) else [None]
        whole = [value for value in values if isinstance(value, int) and value is not True]
        if len(whole) == len(values) and all(value < UNBOUNDED for value in whole):
            tables.append(whole)
        else:
            wrong.append(f"alternative {place} is not a list of integers")
    return tables, tuple(wrong)
