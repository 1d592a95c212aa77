"""What a figure says of itself."""

import pytest

from plainrecord.model.products import Figure
from tests.browser.sample import receipt


@pytest.mark.parametrize(
    ("title", "unit", "form", "words"),
    [
        ("Agencies on the list", "agency", "integer", ""),
        ("Stops", "stop", "integer", ""),
        ("Rows whose place is free text", "stop", "integer", "stop"),
        ("Stopsign colours", "stop", "integer", "stop"),
        ("The last visits went well", "visit", "integer", "visit"),
        ("Stops with a frisk", "stop", "percent", "percent of stops"),
        ("First stop", "", "integer", ""),
    ],
)
def test_a_unit_that_begins_the_title_is_not_repeated(
    title: str, unit: str, form: str, words: str
) -> None:
    figure = Figure("stops", "total", title, 1, "1", unit, "", receipt("total"), form)
    assert figure.counts == words
