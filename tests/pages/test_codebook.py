"""Codebook pages: what is told of a field, and what a reader need not be told."""

from __future__ import annotations

from typing import Any

from plainrecord.model.counts import Told
from plainrecord.model.packages import Field, MissingKind, MissingValue
from plainrecord.model.profiles import FieldProfile, MissingShare, ValueCount
from plainrecord.pages.codebook import _codebook_field


def told(text: str) -> Told:
    return Told(text, "", "")


def describe(field: Field, **more: Any) -> Any:
    profile = FieldProfile(field, told("100 %"), told("2"), **{"absent": (), **more})
    return _codebook_field(field, profile, "t-1")


def missing(mark: str, count: str) -> MissingShare:
    return MissingShare(mark, "missing", MissingKind.MISSING, told(count), told("0 %"))


def test_where_no_cell_is_blank_there_is_no_table_of_marks() -> None:
    field = Field("kind", "string")
    assert describe(field).absent == ()
    assert describe(field, absent=(missing("", "0"),)).absent == ()
    assert [line.count.text for line in describe(field, absent=(missing("", "3"),)).absent] == ["3"]
    assert describe(field, absent=(missing("", "suppressed"),)).absent
    declared = Field(
        "kind",
        "string",
        missing_values=(MissingValue("", "missing"), MissingValue("(b)(6)", "withheld")),
    )
    assert len(describe(declared, absent=(missing("", "0"),)).absent) == 2


def test_values_that_differ_by_a_blank_are_told_apart() -> None:
    values = tuple(ValueCount(v, v, told(v), told("1")) for v in ("County", "County "))
    got = describe(Field("kind", "string"), values=values)
    assert [item.blanks for item in got.allowed] == ["", "with a blank at the end"]
    assert not got.labelled  # a meaning that is the value again is none
    named = tuple(ValueCount(v, "a county", told(v), told("1")) for v in ("C",))
    assert describe(Field("kind", "string"), values=named).labelled
