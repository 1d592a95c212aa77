"""Sums between tables whose dimensions are nested: counts by day add up to those by month.

Which value lies in which follows from dates, from a table that has both dimensions, and from what
`protection.json` says under `nested`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations

from plainrecord.audit.system import CellSum, narrow_ranges
from plainrecord.audit.tables import AuditedRelease, Key, build_equations, name_cell, sum_cells

MOST_JOINT = 2_000
"""Combinations of dimensions whose counts are taken as further unknowns."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-\d\d)?|-Q([1-4]))?(?:[T ].*)?")


def list_equations(release: AuditedRelease) -> list[CellSum]:
    """All sums that hold: those of tables with their margins, and those of nested dimensions.

    Dates that only look nested, such as those of two events, contradict the tables and are left out.
    """
    equations = build_equations(release)
    bounds = release.first_bounds()
    names = sorted({name for table in release.tables for name in table.dimensions})
    for inner, outer in permutations(names, 2):
        further = [*_link(release, inner, outer)]
        wrong = any(not one.terms and one.total for one in further)
        if further and not wrong and narrow_ranges(further, *bounds).conflict < 0:
            equations += further
    return equations


def _link(release: AuditedRelease, inner: str, outer: str) -> Iterator[CellSum]:
    """The sums over the values of `inner` in each value of `outer`, table by table."""
    tables = release.dimension_sets
    pairs = [
        (tables[coarser], tables[names])
        for names in sorted(tables, key=sorted)
        if inner in names
        and outer not in names
        and (coarser := names - {inner} | {outer}) in tables
        and names | {outer} not in tables
    ]
    inside = _place_values(release, inner, outer) if pairs else {}
    for parents, children in pairs if inside else ():
        groups: dict[Key, list[Key]] = {key: [] for key in parents.keys}
        open_rests: set[Key] = set()
        for key in children.keys:
            rest = tuple(pair for pair in key if pair[0] != inner)
            if whole := inside.get(dict(key)[inner]):
                groups.setdefault(tuple(sorted((*rest, (outer, whole)))), []).append(key)
            elif release.shown.get(key) != 0:
                open_rests.add(rest)
        over = f"{inner} within {outer}"
        for parent, members in groups.items():
            rest = tuple(pair for pair in parent if pair[0] != outer)
            if rest not in open_rests and (members or dict(parent)[outer] in inside.values()):
                yield sum_cells(release, (parents, parent), (children, members), over)


def list_overlaps(release: AuditedRelease) -> tuple[list[CellSum], int]:
    """The sums of dimensions that overlap in few values, and how many further unknowns they have.

    Most neighbourhoods lie in one precinct, and a table with both shows which pairs there are. What
    the tables by precinct and race and by neighbourhood and race have in common is a count by all
    three: further unknowns, whose numbers follow those of the hidden cells. Two dimensions together
    overlap with a third one as well: searched and frisked with the kind of search.
    """
    tables = release.dimension_sets
    sums: list[CellSum] = []
    further: dict[Key, int] = {}
    for one, other in combinations(sorted(tables, key=sorted), 2):
        pair = one ^ other
        if one < other or other < one or pair not in tables or one | other in tables:
            continue
        pairs = [key for key in tables[pair].keys if release.shown.get(key) != 0]
        sides = [[_within(key, names) for key in pairs] for names in (one, other)]
        if not _are_few(*sides):
            continue
        partners = [Counter(side) for side in sides]
        parts: dict[Key, list[Key]] = {}
        cells = {key for names in (one, other) for key in tables[names].keys}
        cells = {key for key in cells if release.shown.get(key) != 0}
        for key in sorted(cells):
            if frozenset(name for name, _ in key) != one:
                continue
            for ends in pairs:
                common = tuple(sorted({*key, *ends}))
                wholes = [_within(common, names) for names in (one, other)]
                if wholes[0] != key or wholes[1] not in cells:
                    continue
                for whole, names, known in zip(wholes, (one, other), partners, strict=True):
                    if known[_within(ends, names)] == 1:
                        common = whole
                        break
                for whole in (*wholes, ends):
                    parts.setdefault(whole, []).append(common)
        for whole, listed in parts.items():
            if listed != [whole]:
                sums.append(_sum_overlap(release, whole, listed, further))
    return sums, len(further)


def list_joints(
    release: AuditedRelease, equations: Sequence[CellSum]
) -> Iterator[tuple[list[CellSum], int]]:
    """Systems of tables that are sums of counts by all their dimensions, of which there is no table.

    Each dimension is in two of the tables or more, as with tables by each two of three dimensions. The
    counts by all are further unknowns, as in `list_overlaps`; beside the sums stands how many there
    are. Nothing where they are more than `MOST_JOINT`, or where no cell is hidden.
    """
    tables = release.dimension_sets
    for union in sorted(
        {one | other for one, other in combinations(tables, 2)} - {*tables}, key=sorted
    ):
        inside = [names for names in tables if names < union]
        largest = [names for names in inside if not any(names < other for other in inside)]
        if any(sum(name in names for names in largest) < 2 for name in union):
            continue
        numbers = release.number.items()
        hidden = {at for key, at in numbers if frozenset(name for name, _ in key) in inside}
        joint = _combine(release, inside) if hidden else []
        if joint:
            parts = {key: list[Key]() for names in largest for key in tables[names].keys}
            for key in joint:
                for names in largest:
                    parts[_within(key, names)].append(key)
            further: dict[Key, int] = {}
            own = [line for line in equations if hidden.issuperset(at for at, _ in line.terms)]
            sums = [_sum_overlap(release, whole, cells, further) for whole, cells in parts.items()]
            yield [*own, *sums], len(further)


def _combine(release: AuditedRelease, inside: Sequence[frozenset[str]]) -> list[Key]:
    """The combinations of values of which no table says that they do not occur; none if too many."""
    cells = {
        names: {key for key in release.dimension_sets[names].keys if release.shown.get(key) != 0}
        for names in inside
    }
    joint: list[Key] = [()]
    done: set[str] = set()
    for name in sorted({name for names in inside for name in names}):
        done.add(name)
        known = [names for names in inside if name in names and names <= done]
        joint = [
            longer
            for key in joint
            for value in sorted(cells[frozenset((name,))])
            if all(_within((longer := (*key, *value)), names) in cells[names] for names in known)
        ]
        if len(joint) > MOST_JOINT:
            return []
    return joint


def _within(key: Key, names: frozenset[str]) -> Key:
    """The part of a cell's values that are of these dimensions."""
    return tuple(pair for pair in key if pair[0] in names)


def _are_few(ones: Sequence[Key], others: Sequence[Key]) -> bool:
    """Whether fewer pairs of two sides occur than these have values, but for missing ones."""
    known = [
        ends for ends in zip(ones, others, strict=True) if all(v for key in ends for _, v in key)
    ]
    sizes = [len({ends[at] for ends in known}) for at in (0, 1)]
    return min(sizes) > 1 and len(known) < sum(sizes)


def _sum_overlap(
    release: AuditedRelease, whole: Key, listed: Sequence[Key], further: dict[Key, int]
) -> CellSum:
    terms, total = [], 0
    for cell, sign in [*((cell, 1) for cell in listed), (whole, -1)]:
        if cell in release.shown:
            total -= sign * release.shown[cell]
        elif cell in release.number:
            terms.append((release.number[cell], sign))
        else:
            number = further.setdefault(cell, len(release.hidden) + len(further))
            terms.append((number, sign))
    words = f"{name_cell(whole)} is the sum of what it has in common with overlapping values"
    return CellSum(tuple(terms), total, words)


def _place_values(release: AuditedRelease, inner: str, outer: str) -> Mapping[str, str]:
    """For each value of `inner` the value of `outer` that it lies in; empty if they are not nested."""
    tables = release.dimension_sets
    values, wholes = (
        [value for ((_, value),) in tables[frozenset((name,))].keys if value]
        for name in (inner, outer)
    )
    both = min((one for one in tables if {inner, outer} <= one), key=len, default=None)
    together: dict[str, set[str]] = {}
    for key in tables[both].keys if both else ():
        if release.shown.get(key) != 0:
            together.setdefault(dict(key)[inner], set()).add(dict(key)[outer])
    stated = release.nested.get((inner, outer), {})
    inside: dict[str, str] = {}
    for value in values:
        within = together.get(value) or {stated.get(value, "")} - {""}
        within = within or {whole for whole in wholes if contains_period(whole, value)}
        if len(within) > 1:
            return {}
        if within:
            inside[value] = within.pop()
    return inside


def contains_period(whole: str, part: str) -> bool:
    """Whether one date, as it is written, is a period that contains the other one."""
    period, date = _DATE.fullmatch(whole), _DATE.fullmatch(part)
    if not period or not date or whole == part or period[1] != date[1]:
        return False
    if period[3]:
        return bool(date[2]) and (int(date[2]) + 2) // 3 == int(period[3])
    return not period[2] or part.startswith(whole)
