"""How values changed, counted over all cells at once; and searches that stop before their end."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.diff import likely_renames
from plainrecord.diff.compare import break_down, compare_tables, lay_out
from plainrecord.diff.likely_renames import Marks, kind_of_change
from tests.diff.test_compare import compare, fill
from tests.examples import examples

COLUMNS = ["name", "place", "day", "note", "unit"]
OLD = [(f"Person {n}", "Precinct", f"2024-01-{n % 28 + 1:02}", "a b", str(n)) for n in range(40)]
NEW = [(f"PERSON {n}", "Precinct", f"2024-01-{n % 28 + 1:02}", "a b", str(n)) for n in range(40)]


@pytest.mark.parametrize("cells", [0, 1, 400, 900, 1_500, 2_500, 4_000, 20_000_000])
@pytest.mark.parametrize("pairs", [0, 5, 100_000])
@pytest.mark.parametrize("key", [(), ("name",), ("name", "day"), ("unit", "name")])
def test_a_search_for_renames_that_stops_anywhere_leaves_what_later_steps_need(
    monkeypatch: pytest.MonkeyPatch, cells: int, pairs: int, key: tuple[str, ...]
) -> None:
    monkeypatch.setattr(likely_renames, "MOST_CELLS", cells)
    monkeypatch.setattr(likely_renames, "MOST_PAIRS", pairs)
    connection = duckdb.connect()
    sides = fill(connection, "t_old", COLUMNS, OLD), fill(connection, "t_new", COLUMNS, NEW)
    found = compare_tables(connection, *sides, key=key)
    assert (found.added, found.vanished, found.unchanged) == (40, 40, 0)
    if not found.renamed and found.reissued is None:  # re-issued names are no renames
        assert not found.renames_complete
    assert len(break_down(connection, found, "place")) == 1
    connection.execute(lay_out(found).changed)


CELLS = st.sampled_from([None, " ", "a", "A", " a", "b6", "(b)(6)", "X", "x", "é", "É"])
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=8, max_size=8)


@settings(max_examples=examples(20))
@given(ROWS, ROWS, st.booleans())
def test_counts_of_kinds_are_those_of_each_field_by_itself(
    old: list[tuple[str | None, ...]], new: list[tuple[str | None, ...]], normalise: bool
) -> None:
    sides = [[(str(n), *row) for n, row in enumerate(rows)] for rows in (old, new)]
    marks = {"a": ("X",), "b": ("X",), "c": ()}
    found = compare(
        ["id", "a", "b", "c"], *sides, key=["id"], normalise=normalise, marks=marks, exemptions=True
    )
    connection = duckdb.connect()
    expected: dict[str, dict[str, int]] = {name: {} for name in "abc"}
    respelt = 0
    for before, after in zip(old, new, strict=True):
        kinds = []
        for name, was, now in zip("abc", before, after, strict=True):
            values = "(SELECT $1::VARCHAR AS o, $2::VARCHAR AS n)"
            sql = kind_of_change("o", "n", Marks(marks[name], True), normalise=normalise)
            kind = connection.execute(f"SELECT {sql} FROM {values}", [was, now]).fetchall()[0][0]
            if kind:
                kinds.append(kind)
                expected[name][kind] = expected[name].get(kind, 0) + 1
        respelt += bool(kinds) and set(kinds) == {"respelt"}
    told = {field.field: dict(field.kinds) for field in found.changed_fields}
    assert told == {name: kinds for name, kinds in expected.items() if kinds}
    assert found.respelt == respelt
    shown = [{v.field: v.kind for v in row.values} for row in found.sample_changed]
    assert len(shown) == found.changed
    assert all(shown)
