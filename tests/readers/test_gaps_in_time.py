"""Days in digits: whatever is read here, strptime reads the same."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.readers.gaps_in_time import read_day

FORMS = ["%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%d/%m"]


@given(
    st.sampled_from(FORMS),
    st.one_of(
        st.text("0129/-. ", max_size=10),
        st.dates().flatmap(lambda day: st.sampled_from([day.strftime(form) for form in FORMS])),
        st.dates().map(lambda day: f"{day.month}/{day.day}/{day.year}"),
    ),
)
def test_what_is_read_strptime_reads_the_same(form: str, text: str) -> None:
    day = read_day(text, form)
    if day is not None:
        assert dt.datetime.strptime(text, form).date() == day  # noqa: DTZ007 - a day


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("10/1/2015", "%m/%d/%Y", "2015-10-01"),
        ("01.02.2015", "%d.%m.%Y", "2015-02-01"),
        ("2/30/2015", "%m/%d/%Y", None),
        ("10/1/15", "%m/%d/%Y", None),
        ("10/1/2015", "%d/%d/%Y", None),
        ("10/1-2015", "%m/%d-%Y", None),
        ("10012015", "%m%d%Y", None),
        (" 10/1/2015", "%m/%d/%Y", None),
        ("10/1/2015\n", "%m/%d/%Y", None),
        ("١٠/1/2015", "%m/%d/%Y", None),
        ("2015-01-01", "default", None),
    ],
)
def test_days_are_read_in_forms_of_one_make(text: str, form: str, day: str | None) -> None:
    found = read_day(text, form)
    assert (found and found.isoformat()) == day
