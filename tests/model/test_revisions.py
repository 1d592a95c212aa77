"""Counts of what changed, with small ones suppressed."""

from __future__ import annotations

from plainrecord.model.changes import FieldChange
from plainrecord.model.revisions import suppress_fields


def test_small_counts_of_fields_and_of_their_kinds_are_suppressed() -> None:
    fields = (
        FieldChange("state", 3, (("changed", 3),)),
        FieldChange("age", 30, (("filled", 2), ("changed", 12), ("respelt", 16))),
        FieldChange("note", 8, (("missing", 8),)),
    )
    state, age, note = suppress_fields(fields, 10)
    assert (state.changed, state.kinds) == (None, (("changed", None),))
    assert (note.changed, note.kinds) == (None, (("missing", None),))
    assert age.changed == 30
    assert dict(age.kinds) == {"filled": None, "changed": None, "respelt": 16}
    assert [item.changed for item in suppress_fields(fields, 0)] == [3, 30, 8]
