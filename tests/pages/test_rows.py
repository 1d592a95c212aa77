"""The pages of rows: which other tables each of them links to."""

from __future__ import annotations

import pytest

from plainrecord.pages.portal_context import Place
from plainrecord.pages.rows import LISTED, _list_tables


@pytest.mark.parametrize(
    ("count", "number", "listed"),
    [
        (3, 1, ["0", "1", "2"]),
        (LISTED + 1, 0, [str(number) for number in range(LISTED + 1)]),
        (LISTED + 1, 1, ["All tables", "1", "2"]),
        (LISTED + 1, 7, ["All tables", "6", "7", "8"]),
        (LISTED + 1, LISTED, ["All tables", str(LISTED - 1), str(LISTED)]),
    ],
)
def test_only_the_first_page_of_many_lists_all_tables(
    count: int, number: int, listed: list[str]
) -> None:
    pages = tuple(Place(str(page), f"{page}/index.html") for page in range(count))
    assert [place.title for place in _list_tables(pages, number)] == listed
