"""What several releases of a dataset give away together: values that one shows and another hides.

A cell counts as unchanged between two releases if a shown cell that contains it (or itself) has the
same count in both, and no shown cell inside that one differs. Nobody outside can be certain of that;
a reader would assume it, unless the later release says otherwise. Under `beside` it names the releases
that it was protected together with: a cell that one of them shows and it hides changed, and those that
it lists may have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

from plainrecord.audit.attack import NarrowedCell, attack_cells
from plainrecord.audit.nested import contains_period, list_equations
from plainrecord.audit.system import UNBOUNDED, CellSum, DisjointSets, restrict
from plainrecord.audit.tables import PROTECTION, AuditedRelease, Key, name_cell
from plainrecord.findings.finding import Finding


@dataclass(frozen=True, slots=True)
class ReleaseLeak:
    """A hidden cell of `release` that the other releases give away, and how."""

    release: AuditedRelease
    key: Key
    least: int
    greatest: int
    how: str


def subsets(key: Key) -> Iterator[Key]:
    """The cell itself, and all cells that contain it, the total included."""
    for size in range(len(key) + 1):
        yield from combinations(key, size)


def unchanged_cells(one: AuditedRelease, other: AuditedRelease) -> set[Key]:
    """The cells of both releases that are unchanged as far as anybody outside can see."""
    recoded = _recoded(one, other)
    shared = {
        names
        for names in one.dimension_sets
        if names in other.dimension_sets and names.isdisjoint(recoded)
    }
    cells = [
        {
            key
            for key in (*(key for key, count in release.shown.items() if count), *release.hidden)
            if frozenset(name for name, _ in key) in shared
        }
        for release in (one, other)
    ]
    changed = cells[0] ^ cells[1]  # zero in one of them
    both = cells[0] & cells[1]
    changed |= {
        key
        for key in both
        if key in one.shown and key in other.shown and one.shown[key] != other.shown[key]
    }
    listed: frozenset[Key] = frozenset()
    for earlier, later in ((one, other), (other, one)):
        if earlier.date in later.beside:
            changed |= {key for key in both if key in earlier.shown and key in later.number}
            listed |= later.beside[earlier.date]
    doubtful = {part for key in changed for part in subsets(key)}
    anchors = {
        key
        for key in both - doubtful
        if key in one.shown and one.shown[key] == other.shown.get(key)
    }
    return {key for key in both - listed if any(part in anchors for part in subsets(key))}


def _recoded(one: AuditedRelease, other: AuditedRelease) -> set[str]:
    """The dimensions with other values in the two releases: months in one and quarters in the other.

    They have no value in common, or the values of one release alone count as many as those of the
    other alone.
    """
    recoded: set[str] = set()
    for names in set(one.dimension_sets) & set(other.dimension_sets):
        if len(names) != 1:
            continue
        mine, theirs = (
            {
                key: count
                for key, count in zip(table.keys, table.counts, strict=True)
                if count != 0 and key[0][1]
            }
            for table in (one.dimension_sets[names], other.dimension_sets[names])
        )
        alone = [mine[key] for key in mine.keys() - theirs.keys()]
        there = [theirs[key] for key in theirs.keys() - mine.keys()]
        sums = [sum(count for count in counts if count is not None) for counts in (alone, there)]
        equal = None not in (*alone, *there) and sums[0] == sums[1]
        if alone and there and (equal or mine.keys().isdisjoint(theirs)):
            recoded |= names
    return recoded


def attack_releases(
    releases: Sequence[AuditedRelease], known: Mapping[str, set[int]]
) -> Iterator[ReleaseLeak]:
    """The hidden cells that releases give away together, without those `known` of each.

    Releases that contradict each other, because records changed, are attacked pair by pair.
    """
    for one, other in combinations(releases, 2):
        if one.rounding or other.rounding:
            yield from _attack_rounded(one, other)
    releases = [release for release in releases if not release.rounding]
    together = _attack_together(releases, known)
    if together is None:
        pairs = combinations(releases, 2) if len(releases) > 2 else ()
        leaks = [leak for pair in pairs for leak in _attack_together(pair, known) or ()]
        together = list({(leak.release.key, leak.key): leak for leak in leaks}.values())
    yield from together


def _attack_rounded(one: AuditedRelease, other: AuditedRelease) -> Iterator[ReleaseLeak]:
    """Counts that follow from two releases of which at least one rounds them, if they are the same:
    small ones that the other suppresses, and those of which only one value is near both.
    """
    if not _overlap((), one, other):
        return
    shared = set(one.dimension_sets) & set(other.dimension_sets)
    for key in sorted({*one.shown, *one.hidden} & {*other.shown, *other.hidden}):
        both = frozenset(name for name, _ in key) in shared and _overlap(key, one, other)
        if not both or not key:
            continue
        least, greatest = both
        for hiding, rounding in ((one, other), (other, one)):
            small = key in hiding.number and greatest < hiding.threshold
            exact = hiding.rounding and rounding.rounding and least == greatest
            if small or exact:
                how = f"{rounding.key} rounds it to {rounding.shown.get(key, 0):,}"
                yield ReleaseLeak(hiding, key, least, greatest, how)
                break


def _overlap(key: Key, one: AuditedRelease, other: AuditedRelease) -> tuple[int, int] | None:
    """The counts that a cell can have by both releases; None if there are none."""
    ranges = []
    for release in (one, other):
        count, near = release.shown.get(key), max(release.rounding - 1, 0)
        ranges.append((1, UNBOUNDED) if count is None else (max(count - near, 0), count + near))
    least, greatest = max(low for low, _ in ranges), min(high for _, high in ranges)
    return (least, greatest) if least <= greatest else None


def _attack_together(
    releases: Sequence[AuditedRelease], known: Mapping[str, set[int]]
) -> list[ReleaseLeak] | None:
    """The hidden cells that releases give away together; None where they contradict each other."""
    nodes = [(at, key) for at, release in enumerate(releases) for key in release.hidden]
    numbers = {node: number for number, node in enumerate(nodes)}
    same_count = DisjointSets(len(nodes))
    find = same_count.find
    values: dict[int, tuple[int, str]] = {}
    linked = False
    for (a, one), (b, other) in combinations(enumerate(releases), 2):
        same = unchanged_cells(one, other)
        linked |= bool(same) and set(one.dimension_sets) != set(other.dimension_sets)
        for key in sorted(same):
            here, there = numbers.get((a, key)), numbers.get((b, key))
            if here is not None and there is not None:
                same_count.join(here, there)
            elif here is not None:
                values[here] = (other.shown[key], other.key)
            elif there is not None:
                values[there] = (one.shown[key], one.key)
    periods = [
        sum_of_period
        for (a, one), (b, other) in permutations(enumerate(releases), 2)
        for sum_of_period in _sum_periods((a, one), (b, other), numbers)
    ]
    if not values and not linked and not periods:
        return []
    fixed: dict[int, int] = {}
    for at, (value, _) in values.items():
        if fixed.setdefault(find(at), value) != value:
            return None
    roots = sorted({find(at) for at in range(len(nodes))} - set(fixed))
    number = {root: at for at, root in enumerate(roots)}

    def settle(equation: CellSum, nodes: Sequence[int]) -> CellSum:
        terms = tuple((find(nodes[at]), sign) for at, sign in equation.terms)
        left = restrict(CellSum(terms, equation.total, equation.words), fixed)
        return replace(left, terms=tuple((number[root], sign) for root, sign in left.terms))

    sums = []
    lower, upper = [1] * len(roots), [UNBOUNDED] * len(roots)
    for at, release in enumerate(releases):
        low, high = release.first_bounds()
        own = [numbers[at, key] for key in release.hidden]
        for node, least, most in zip(own, low, high, strict=True):
            root = find(node)
            if root in number:
                lower[number[root]] = max(lower[number[root]], least)
                upper[number[root]] = min(upper[number[root]], most)
        sums += [
            settle(replace(equation, words=f"{release.key}: {equation.words}"), own)
            for equation in list_equations(release)
        ]
    further = [settle(equation, range(len(nodes))) for equation in periods]
    level_1 = any(release.level == 1 for release in releases)
    threshold = max(release.threshold for release in releases)
    small = {at for at, most in enumerate(upper) if most < threshold} if level_1 else None
    attack = attack_cells([*sums, *further], (lower, upper), threshold=threshold, small=small)
    if attack.conflict and periods:
        attack = attack_cells(sums, (lower, upper), threshold=threshold, small=small)
    if attack.conflict:
        return None
    leaks = []
    narrowed = {cell.number: cell for cell in attack.narrowed if cell.decided}
    for at, (number_of_release, key) in enumerate(nodes):
        release = releases[number_of_release]
        if release.number[key] in known.get(release.key, set()):
            continue
        root = find(at)
        if root in fixed and (release.level == 1 or fixed[root] < release.threshold):
            source = next(text for i, (_, text) in values.items() if find(i) == root)
            how = f"{source} shows it, and nothing says that it changed"
            leaks.append(ReleaseLeak(release, key, fixed[root], fixed[root], how))
        elif root in number and number[root] in narrowed:
            cell: NarrowedCell = narrowed[number[root]]
            how = f"with the other releases, where nothing says that it changed: {cell.how}"
            leaks.append(ReleaseLeak(release, key, cell.least, cell.greatest, how))
    return leaks


def _sum_periods(
    longer: tuple[int, AuditedRelease],
    shorter: tuple[int, AuditedRelease],
    numbers: Mapping[tuple[int, Key], int],
) -> Iterator[CellSum]:
    """The sums of cells by month in one release that are cells by quarter in the other.

    Where all that is shown of a period by itself agrees.
    """
    (a, one), (b, other) = longer, shorter
    inside = {
        (name, part): (name, whole)
        for name in sorted(_recoded(one, other))
        for ((_, part),) in other.dimension_sets[frozenset((name,))].keys
        for ((_, whole),) in one.dimension_sets[frozenset((name,))].keys
        if contains_period(whole, part)
    }
    periods: dict[Key, list[Key]] = {}
    for cell in (*other.shown, *other.hidden):
        key = tuple(inside.get(pair, pair) for pair in cell)
        if key != cell:
            periods.setdefault(key, []).append(cell)
    wrong: set[tuple[str, str]] = set()
    for key, cells in periods.items():
        if len(key) == 1 and one.shown.get(key) != sum(other.shown.get(cell, 0) for cell in cells):
            wrong.add(key[0])
    for key, cells in periods.items():
        if wrong.isdisjoint(key) and (key in one.shown or key in one.number):
            terms = [(numbers[b, cell], 1) for cell in cells if cell in other.number]
            total = one.shown.get(key, 0) - sum(other.shown.get(cell, 0) for cell in cells)
            if key in one.number:
                terms.append((numbers[a, key], -1))
            words = f"{name_cell(key)} in {one.key} is the sum over its periods in {other.key}"
            yield CellSum(tuple(terms), total, words)


def find_small_changes(earlier: AuditedRelease, later: AuditedRelease) -> Iterator[Finding]:
    """A finding where shown counts changed by less than the threshold."""
    threshold = later.threshold
    differing = [
        key
        for key, count in sorted(later.shown.items())
        if 0 < abs(count - earlier.shown.get(key, count)) < threshold
    ]
    if differing:
        key = max(differing, key=lambda one: (len(one), one))  # with most dimensions it says most
        found = (
            f"{len(differing):,} shown counts of {earlier.key} and {later.key} differ by less than "
            f"{threshold}; one of them: {name_cell(key)}, {earlier.shown[key]:,} before and "
            f"{later.shown[key]:,} after"
        )
        expected = f"a difference of 0, or of {threshold} and more"
        path = f"{later.folder}/{PROTECTION}"
        yield Finding("audit-small-change", found, expected, file=path, dataset=later.key)
