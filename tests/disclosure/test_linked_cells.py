"""Cuboids become cells with all sums between them."""

from __future__ import annotations

import pytest

from plainrecord.disclosure.linked_cells import Key, LinkedCells, link_cuboids
from tests.disclosure.tables import cuboids_of

COUNTS: dict[Key, int] = {("x", "p"): 3, ("x", "q"): 0, ("y", "p"): 12, ("y", "q"): 20}


def test_every_sum_between_cuboids_is_an_equation() -> None:
    cells, index = link_cuboids(cuboids_of(COUNTS, ("a", "b")))
    assert index[("a", "b"), ("x", "p")] in range(len(cells.values))
    assert (("a", "b"), ("x", "q")) not in index  # zeros are public
    assert cells.values[index[("a",), ("y",)]] == 32
    assert cells.shown == {index[(), ()]}
    sums = {(total, frozenset(parts)) for total, parts in cells.equations}
    inner = [index[("a", "b"), key] for key in COUNTS if COUNTS[key]]
    assert sums == {
        (index[("a",), ("x",)], frozenset(inner[:1])),
        (index[("a",), ("y",)], frozenset(inner[1:])),
        (index[("b",), ("p",)], frozenset(inner[:2])),
        (index[("b",), ("q",)], frozenset(inner[2:])),
        (index[(), ()], frozenset(index[("a",), (key,)] for key in "xy")),
        (index[(), ()], frozenset(index[("b",), (key,)] for key in "pq")),
    }


def test_a_margin_that_is_missing_is_an_error() -> None:
    cuboids = cuboids_of(COUNTS, ("a", "b"))
    del cuboids["b",]
    with pytest.raises(ValueError, match="the counts by b are missing"):
        link_cuboids(cuboids)
    cuboids = cuboids_of(COUNTS, ("a", "b"))
    del cuboids["a",]["x",]
    with pytest.raises(ValueError, match="the count of"):
        link_cuboids(cuboids)


def test_counts_that_do_not_add_up_are_an_error() -> None:
    cuboids = cuboids_of(COUNTS, ("a", "b"))
    cuboids["a",]["x",] = 4
    with pytest.raises(ValueError, match="its parts 3"):
        link_cuboids(cuboids)
    with pytest.raises(ValueError, match="below 1"):
        LinkedCells((0,), ())
    with pytest.raises(ValueError, match="both shown and hidden"):
        LinkedCells((5,), (), shown=frozenset({0}), hidden=frozenset({0}))
