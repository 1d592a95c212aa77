"""A date or time in any form says all of itself: nothing is taken from the day or the machine."""

from __future__ import annotations

import pytest

from plainrecord.core.strict_json import Json
from plainrecord.model.packages import Field
from plainrecord.validation.date_formats import moment_note
from plainrecord.validation.field_check import FrictionlessField


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("date", text) for text in ("10 May 2024", "Tue 14 May 2024", "20240510", "5/6/2024")),
        *(("date", text) for text in ("2024-05-10T00:00:00", "10th Jan 1969")),
        *(("datetime", text) for text in ("10th Jan 1969 9am", "2024-05-10 10:00 UTC")),
        *(("datetime", text) for text in ("2024-05-10T10:00:00+02:00", "2024-05-10 10:00:15.5")),
        *(("time", text) for text in ("06:00", "3:00 am", "10h")),
    ],
)
def test_a_whole_moment_is_taken(kind: str, text: str) -> None:
    assert moment_note(kind, text) == ""
    assert not FrictionlessField(Field("v", kind, format="any")).check(text).errors


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("date", text) for text in ("10", "May", "2024", "Tuesday", "May 2024", "10 May")),
        *(("date", text) for text in ("10/05/24", "10:00", "2024-05-10 10:00", "")),
        *(("datetime", text) for text in ("10:00", "2024-05-10", "1/2/75 10:00", "Tuesday 10:00")),
        *(("datetime", text) for text in ("2024-05-10 10:00 EST", "2024-05-10 10:00 CET", "10")),
        *(("time", text) for text in ("10", "Tuesday", "2024-05-10", "2024-05-10 10:00")),
        *(("date", "-0044-03-15"), ("datetime", "-0044-03-15T00:00:00"), ("time", "-10:00:00")),
    ],
)
def test_what_a_moment_leaves_out_is_not_filled_in(kind: str, text: str) -> None:
    assert moment_note(kind, text)
    assert FrictionlessField(Field("v", kind, format="any")).check(text).errors
    for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum"):
        given: Json = [text] if name == "enum" else text
        with pytest.raises(ValueError, match="constraint"):
            FrictionlessField(Field("v", kind, format="any", constraints={name: given}))


@pytest.mark.parametrize(
    ("kind", "text", "sound"),
    [
        ("datetime", "2024-05-10T10:00:00.123456", True),
        ("datetime", "2024-05-10T10:00:00.1234560", True),
        ("datetime", "2024-05-10T10:00:00.1234567", False),
        ("time", "10:00:00.1234567", False),
        ("time", "10:00:00Z", True),
        ("time", "10:00:00+02:00", False),
    ],
)
def test_no_part_of_a_moment_is_cut_off(kind: str, text: str, sound: bool) -> None:
    assert (not FrictionlessField(Field("v", kind)).check(text).errors) is sound
