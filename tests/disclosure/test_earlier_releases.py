"""What earlier releases published is known: the next one protects with it in mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.audit.editions import EditionLeak, attack_editions
from plainrecord.audit.tables import AuditedEdition, AuditedTable
from plainrecord.disclosure.earlier_releases import EarlierRelease, link_releases
from plainrecord.disclosure.linked_cells import Key, link_cuboids
from plainrecord.disclosure.table_suppression import suppress_cells
from tests.disclosure.tables import cuboids_of

K = 5
NAMES = ("a", "b")


def protect(
    counts: Mapping[Key, int], earlier: Sequence[EarlierRelease], date: str
) -> EarlierRelease | None:
    """The tables of `counts` as published; None where they cannot be."""
    cuboids = cuboids_of(counts, NAMES)
    if not cuboids[()][()]:
        return None
    linked, index = link_cuboids(cuboids)
    result = suppress_cells(link_releases(linked, index, earlier), K)
    if result.unprotected:
        return None
    return EarlierRelease(
        date,
        {
            names: {
                key: None if index[names, key] in result.hidden else count
                for key, count in cells.items()
                if count
            }
            for names, cells in cuboids.items()
        },
    )


def audit(*releases: EarlierRelease) -> list[EditionLeak]:
    """What the attack on all releases together finds."""
    editions = [
        AuditedEdition(
            "t",
            release.date,
            release.date,
            {"threshold": K, "level": 2},
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
    return list(attack_editions(editions, {}))


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


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_pair_of_releases_gives_a_true_count_away(data: st.DataObject) -> None:
    """A wrong bet, that a cell did not change because its total did not, tells nothing."""
    count = st.one_of(st.integers(0, K), st.integers(0, 40))
    keys: list[Key] = [(row, column) for row in "uvw" for column in "pqr"]
    first = {key: data.draw(count) for key in keys}
    changed = data.draw(st.lists(st.sampled_from(keys), max_size=3))
    second = {**first, **{key: data.draw(count) for key in changed}}
    earlier = protect(first, [], "1")
    later = protect(second, [earlier] if earlier else [], "2")
    if earlier and later:
        truth = {"1": cuboids_of(first, NAMES), "2": cuboids_of(second, NAMES)}
        for leak in audit(earlier, later):
            names, key = tuple(n for n, _ in leak.key), tuple(v for _, v in leak.key)
            assert not leak.least <= truth[leak.edition.date][names][key] <= leak.greatest


def test_counts_that_did_not_change_are_suppressed_in_the_same_cells() -> None:
    first = protect(FIRST, [], "1")
    assert first
    past = protect(FIRST, [first], "2")
    assert past
    assert past.cuboids == first.cuboids
