"""Tables of counts: what must stand on a page for the cells that it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.counts import (
    CountTable,
    Shown,
    count_shown,
    label,
    name_cells,
    say,
    show_cells,
)
from plainrecord.model.counts import show as show_number
from plainrecord.model.evidence import Receipt

ROWS = (("CA", 1200, 30), ("NY", "suppressed", 0), ("<b>", 4, None), ("TX", 48, 2))
TABLE = CountTable("d.t", "T", "row", ("k", "n", "m"), ROWS, Receipt("SELECT 1", (), "", 3))


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ("1.2", "1,200"),
        ("1.1", "CA"),
        ("1.2+1.3", "1,230"),
        ("1.2-1.3+3.2", "1,174"),
        ("1.3-1.2", "−1,170"),
        ("1.3/1.2", "2.5%"),
        ("4.2/1.2", "4.0%"),
        ("1.3/1.2-1.3", "2.6%"),
        ("2.3/1.2", "0%"),
        ("1.2/1.2", "100%"),
        ("1.2/2.3", ""),
        ("2.2", "suppressed"),
        ("2.2+1.2", "suppressed"),
        ("1.2/2.2", "suppressed"),
        ("3.3", ""),
    ],
)
def test_cells_make_a_text(cells: str, text: str) -> None:
    assert show_cells(cells, ROWS) == text


@pytest.mark.parametrize(
    "cells",
    ["", "1", "1.2.3", "0.1", "1.0", "5.1", "1.4", "1.2/1.2/1.2", "1.1+1.2", "1.1/1.2", "-1.2", "1.2 "],
)  # fmt: skip
def test_what_names_no_cells_is_an_error(cells: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        show_cells(cells, ROWS)


@given(st.text(alphabet="0123456789.+-/ a", max_size=20))
def test_hostile_expressions_only_ever_raise_one_error(cells: str) -> None:
    try:
        assert isinstance(show_cells(cells, ROWS), str)
        assert name_cells(cells)
    except ValueError:
        pass


def test_numbers_are_marked_escaped_and_counted() -> None:
    sentence = say(("<i>", label(TABLE, "3.1"), " has ", show_number(TABLE, "3.2")))
    assert sentence == (
        '&lt;i&gt;<span data-count="d.t" data-cells="3.1">&lt;b&gt;</span> has '
        '<span data-count="d.t" data-cells="3.2">4</span>'
    )
    shown = (show_number(TABLE, "1.2"), label(TABLE, "1.1"), show_number(TABLE, "2.2"), "text")
    assert count_shown(shown) == 1
    assert isinstance(shown[0], Shown)
