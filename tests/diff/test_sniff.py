"""How a table lies in a file: which row is its header, which list in JSON holds its records."""

from __future__ import annotations

import pytest

from plainrecord.diff.sniff import guess_header


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        ([",2025,Total", "ALABAMA,6,6", "FLORIDA,7,7"], 1),
        ([",2024,2025", "ALABAMA,6,6", "FLORIDA,7,7"], 1),
        (["State,2024,2025", "ALABAMA,6,6", "FLORIDA,7,7"], 1),
        (["2023,2024,2025", "5,6,6", "3,7,7"], 1),
        ([",2025", "ALABAMA,6", "FLORIDA,7"], 1),
        (["State,2025,", "ALABAMA,6,x", "FLORIDA,7,y"], 1),
        ([",name,place", "a,Bob,NY", "b,Al,LA"], 1),
        (["A title,,", ",2025,Total", "ALABAMA,6,6", "FLORIDA,7,7"], 2),
        (["A title,,", "as of,2025-01-01,", "State,2025,Total", "ALABAMA,6,6"], 3),
        (["A title,,", ",,", "State,2025,Total", "ALABAMA,6,6"], 3),
        ([",A title,", "State,2025,Total", "ALABAMA,6,6"], 2),
        (["State,2024,", ",Male,Female", "ALABAMA,6,6", "FLORIDA,7,7"], 2),
        (["n,n,m", "1,2,3"], 1),
        (["id,name"], 1),
        (["A title,,", "id,name,n"], 2),
        (["id,v", "1,", "2,", "3,"], 1),
        (["name", "a", "b"], 1),
        ([",", ","], 1),
        (["", "id,v", "1,2"], 2),
        (["State,1,2,3", "AL,4,5,6", "FL,4,5,6"], 1),
        (["Report by month,2025,,", "State,1,2,3", "AL,4,5,6", "FL,4,5,6"], 2),
        (["a,b,c,d", "1,,,", "2,,,", "3,,,x", "4,,,"], 1),
    ],
)
def test_the_row_that_is_the_header(lines: list[str], header: int) -> None:
    assert guess_header([line.split(",") for line in lines]) == header
