"""How words are laid out in a picture."""

import pytest

from plainrecord.publishing.chart_text import wrap_words


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (110, ["Afternoon", "(12 to 17)"]),
        (400, ["Afternoon (12 to 17)"]),
        (70, ["Afternoon", "(12 to", "17)"]),
    ],
)
def test_no_line_ends_within_brackets_that_fit_on_one(width: int, lines: list[str]) -> None:
    assert wrap_words("Afternoon (12 to 17)", width).split("\n") == lines
