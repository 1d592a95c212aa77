"""Counts of what changed that may be shown: small ones are kept back, and not alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.changes import FieldChange
from plainrecord.model.revisions import shield_fields
from plainrecord.model.suppression import shield


def test_small_counts_are_kept_back_and_never_one_alone() -> None:
    assert shield([0, 12, 40], 10) == (0, 12, 40)
    assert shield([3, 12, 40, 0], 10) == ("kept back", "kept back", 40, 0)
    assert shield([3, 4, 40], 10) == ("kept back", "kept back", 40)
    assert shield([3], 10) == ("kept back",)
    assert shield([3, 1], 0) == (3, 1)


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(0, 15))
def test_nothing_small_is_shown_and_zero_stays_zero(counts: list[int], threshold: int) -> None:
    shown = shield(counts, threshold)
    assert len(shown) == len(counts)
    for count, told in zip(counts, shown, strict=True):
        assert told == "kept back" or (told == count and not 0 < count < threshold)
        if count == 0:
            assert told == 0
    hidden = [count for count, told in zip(counts, shown, strict=True) if told == "kept back"]
    others = [c for c, told in zip(counts, shown, strict=True) if told != "kept back" and c]
    assert len(hidden) != 1 or not others


def test_of_a_field_kept_back_no_kind_is_told_and_of_kinds_never_one_alone() -> None:
    fields = (
        FieldChange("state", 3, (("changed", 3),)),
        FieldChange("age", 30, (("filled", 2), ("changed", 12), ("respelt", 16))),
        FieldChange("note", 4, (("missing", 4),)),
    )
    state, age, note = shield_fields(fields, 10)
    assert (state.changed, state.kinds) == ("kept back", (("changed", "kept back"),))
    assert (note.changed, note.kinds) == ("kept back", (("missing", "kept back"),))
    assert age.changed == 30
    assert dict(age.kinds) == {"filled": "kept back", "changed": "kept back", "respelt": 16}
    assert [item.changed for item in shield_fields(fields, 0)] == [3, 30, 4]
