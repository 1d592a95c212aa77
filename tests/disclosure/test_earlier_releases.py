"""What earlier releases published is known: the next one protects with it in mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.audit.releases import ReleaseLeak, attack_releases
from plainrecord.audit.tables import AuditedRelease, AuditedTable
from plainrecord.disclosure.earlier_releases import Cell, EarlierRelease, link_releases
from plainrecord.disclosure.linked_cells import Key, link_cuboids
from plainrecord.disclosure.table_suppression import suppress_cells
from plainrecord.model.declarations import Coarsening
from tests.disclosure.tables import cuboids_of

K = 5
NAMES = ("a", "b")


@dataclass(frozen=True, slots=True)
class Release(EarlierRelease):
    """A release with what it says of those before it."""

    beside: Mapping[str, tuple[Cell, ...]]


def protect(
    counts: Mapping[Key, int],
    earlier: Sequence[EarlierRelease],
    date: str,
    periods: Sequence[str] = (),
) -> Release | None:
    """The tables of `counts` as published, and those by period; None where they cannot be."""
    cuboids = cuboids_of(counts, NAMES)
    for at in NAMES if periods else ():
        parts = {
            (*key, period): (count + place) // len(periods)
            for key, count in cuboids[at,].items()
            for place, period in enumerate(periods)
        }
        by_period = cuboids_of(parts, (at, "t"))
        cuboids |= {names: by_period[names] for names in (("t",), (at, "t"))}
    if not cuboids[()][()]:
        return None
    linked, index = link_cuboids(cuboids)
    together, beside = link_releases(linked, index, earlier)
    result = suppress_cells(together, K)
    if result.unprotected:
        return None
    return Release(
        f"the release of {date}",
        date,
        {
            names: {
                key: None if index[names, key] in result.hidden else count
                for key, count in cells.items()
                if count
            }
            for names, cells in cuboids.items()
        },
        beside,
    )


def audit(*releases: Release) -> list[ReleaseLeak]:
    """What the attack on all releases together finds."""
    built = [
        AuditedRelease(
            "t",
            release.date,
            release.date,
            {
                "threshold": K,
                "level": 2,
                "beside": {
                    date: [dict(cell) for cell in cells] for date, cells in release.beside.items()
                },
            },
            tuple(
                AuditedTable(
                    "-".join(names),
                    "",
                    names,
                    tuple(tuple(zip(names, key, strict=True)) for key in cells),
                    tuple(cells.values()),
                    tuple("suppressed" if count is None else "" for count in cells.values()),
                )
                for names, cells in release.cuboids.items()
            ),
        )
        for release in releases
    ]
    return list(attack_releases(built, {}))


FIRST: dict[Key, int] = {
    ("x", "p"): 2, ("x", "q"): 9, ("x", "r"): 30,
    ("y", "p"): 8, ("y", "q"): 20, ("y", "r"): 40,
    ("z", "p"): 50, ("z", "q"): 60, ("z", "r"): 70,
}  # fmt: skip
SECOND: dict[Key, int] = {**FIRST, ("y", "p"): 90, ("z", "p"): 8}
"""The row x did not change; the cheapest count to hide beside its small one is another."""


def test_a_pair_of_releases_that_gives_a_count_away_by_difference() -> None:
    first = protect(FIRST, [], "1")
    alone = protect(SECOND, [], "2")
    after = protect(SECOND, [first] if first else [], "2")
    assert first
    assert alone
    assert after
    assert audit(first, alone)
    assert not audit(first, after)


def test_counts_by_month_that_are_counts_by_quarter_now() -> None:
    """What the tables without months have in common is compared."""
    months = protect(FIRST, [], "1", ("2026-01", "2026-02"))
    alone = protect(SECOND, [], "2", ("2026-Q1",))
    after = protect(SECOND, [months] if months else [], "2", ("2026-Q1",))
    assert months
    assert alone
    assert after
    assert audit(months, alone)
    assert not audit(months, after)


REGIONS = {"TX": "south", "LA": "south", "NY": "north", "VT": "north", "ME": "north"}


@pytest.mark.parametrize(
    ("now", "coarsen", "before"),
    [
        ("region", {"a": Coarsening(field="a", method="group", groups=REGIONS)}, {}),
        ("region", {"a": Coarsening(field="a", method="group", groups={"TX": "south", "LA": "south"}, other="north")}, {}),
        ("state", {}, {"a": Coarsening(field="a", method="group", groups=REGIONS)}),
    ],
    ids=["by region now", "other states now", "by state now"],
)  # fmt: skip
def test_states_add_up_to_the_regions_of_another_release(
    now: str, coarsen: Mapping[str, Coarsening], before: Mapping[str, Coarsening]
) -> None:
    """Of the south, one release shows 7 of a kind, of which the states TX and LA have 4 and 3."""
    states: dict[Key, int] = {(name, kind): 20 for name in REGIONS for kind in "pq"}
    states |= {("TX", "p"): 4, ("LA", "p"): 3}
    regions: dict[Key, int] = {}
    for (state, kind), count in states.items():
        key = REGIONS[state], kind
        regions[key] = regions.get(key, 0) + count
    cuboids = [cuboids_of(counts, NAMES) for counts in (regions, states)]
    if now == "state":
        cuboids.reverse()
    linked, index = link_cuboids(cuboids[0])
    earlier = EarlierRelease("the release of 1", "1", {**cuboids[1]}, coarsen=before)
    together, _ = link_releases(linked, index, [earlier], coarsen)
    sums = {
        (together.values[whole], *sorted(together.values[part] for part in parts))
        for whole, parts in together.equations
    }
    assert (7, 3, 4) in sums
    apart, _ = link_releases(linked, index, [replace(earlier, coarsen={})])
    assert all((apart.values[whole], len(parts)) != (7, 2) for whole, parts in apart.equations)


def test_months_add_up_to_the_quarters_of_another_release() -> None:
    counts = {"x": (3, 20, 9, 30), "y": (40, 41, 12, 43), "z": (50, 51, 52, 53)}
    months: dict[Key, int] = {
        (row, f"2026-0{month}"): count
        for row, listed in counts.items()
        for month, count in zip((1, 2, 4, 5), listed, strict=True)
    }
    quarters: dict[Key, int] = {}
    for (row, month), count in months.items():
        key = row, f"2026-Q{1 + (int(month[-1]) > 3)}"
        quarters[key] = quarters.get(key, 0) + count
    for first, second in ((months, quarters), (quarters, months)):
        earlier, alone = protect(first, [], "1"), protect(second, [], "2")
        assert earlier
        assert alone
        assert audit(earlier, alone)
        after = protect(second, [earlier], "2")
        assert after is None or not audit(earlier, after)


MOVED: dict[Key, int] = {
    ("x", "p"): 4, ("x", "q"): 23, ("x", "r"): 39,
    ("y", "p"): 29, ("y", "q"): 4, ("y", "r"): 23,
    ("z", "p"): 17, ("z", "q"): 23, ("z", "r"): 23,
}  # fmt: skip


def test_two_counts_that_changed_within_the_same_total() -> None:
    """Who assumes that they did not, which the later release denies, finds a wrong count."""
    first = protect(MOVED, [], "1")
    second = {**MOVED, ("y", "q"): 23, ("y", "r"): 4}
    later = protect(second, [first] if first else [], "2")
    assert first
    assert later
    assert [
        (leak.key, leak.least, leak.greatest) for leak in audit(first, replace(later, beside={}))
    ] == [((("a", "x"), ("b", "q")), 4, 4)] * 2
    assert not audit(first, later)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_releases_of_a_dataset_give_no_count_away_together(data: st.DataObject) -> None:
    """Whatever changed, also where the total above it did not."""
    count = st.one_of(st.integers(0, K), st.integers(0, 40))
    keys: list[Key] = [(row, column) for row in "uvw" for column in "pqr"]
    counts = {key: data.draw(count) for key in keys}
    releases: list[Release] = []
    for date in ("1", "2", "3"):
        later = protect(counts, releases, date) if min(counts.values()) >= 0 else None
        if later is None:
            break
        releases.append(later)
        changed = data.draw(st.lists(st.sampled_from(keys), max_size=3))
        following = {**counts, **{key: data.draw(count) for key in changed}}
        kept: bool = data.draw(st.booleans())
        if changed and kept:  # a total that stays the same
            rest = next(key for key in keys if key != changed[0])
            following[rest] += sum(counts.values()) - sum(following.values())
        counts = following
    assert not audit(*releases)


def test_counts_that_did_not_change_are_suppressed_in_the_same_cells() -> None:
    first = protect(FIRST, [], "1")
    assert first
    past = protect(FIRST, [first], "2")
    assert past
    assert past.cuboids == first.cuboids
