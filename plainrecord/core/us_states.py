"""The states of the United States on a tile grid: one tile a state, none larger than another.

The grid is this project's own arrangement. Names, postal codes and FIPS codes are those of
ANSI INCITS 38 (FIPS 5-2).
"""

_TABLE = """
AK 02 0 0 Alaska|ME 23 10 0 Maine|VT 50 9 1 Vermont|NH 33 10 1 New Hampshire
WA 53 0 2 Washington|ID 16 1 2 Idaho|MT 30 2 2 Montana|ND 38 3 2 North Dakota
MN 27 4 2 Minnesota|IL 17 5 2 Illinois|WI 55 6 2 Wisconsin|MI 26 7 2 Michigan
NY 36 8 2 New York|RI 44 9 2 Rhode Island|MA 25 10 2 Massachusetts
OR 41 0 3 Oregon|NV 32 1 3 Nevada|WY 56 2 3 Wyoming|SD 46 3 3 South Dakota|IA 19 4 3 Iowa
IN 18 5 3 Indiana|OH 39 6 3 Ohio|PA 42 7 3 Pennsylvania|NJ 34 8 3 New Jersey|CT 09 9 3 Connecticut
CA 06 0 4 California|UT 49 1 4 Utah|CO 08 2 4 Colorado|NE 31 3 4 Nebraska|MO 29 4 4 Missouri
KY 21 5 4 Kentucky|WV 54 6 4 West Virginia|VA 51 7 4 Virginia|MD 24 8 4 Maryland|DE 10 9 4 Delaware
AZ 04 1 5 Arizona|NM 35 2 5 New Mexico|KS 20 3 5 Kansas|AR 05 4 5 Arkansas|TN 47 5 5 Tennessee
NC 37 6 5 North Carolina|SC 45 7 5 South Carolina|DC 11 8 5 District of Columbia
OK 40 3 6 Oklahoma|LA 22 4 6 Louisiana|MS 28 5 6 Mississippi|AL 01 6 6 Alabama|GA 13 7 6 Georgia
HI 15 0 7 Hawaii|TX 48 3 7 Texas|FL 12 8 7 Florida|PR 72 10 7 Puerto Rico
"""

TILES: dict[str, tuple[int, int, str]] = {}
"""Postal code -> column, row, name."""
_CODES: dict[str, str] = {}
for _entry in _TABLE.replace("\n", "|").strip("|").split("|"):
    _code, _fips, _column, _row, _name = _entry.split(" ", 4)
    TILES[_code] = (int(_column), int(_row), _name)
    _CODES |= {_code: _code, _fips: _code, _name.upper(): _code}


TERRITORIES: dict[str, tuple[str, ...]] = {
    "American Samoa": ("AS", "60"),
    "Guam": ("GU", "66"),
    "Northern Mariana Islands": ("MP", "69", "Commonwealth of the Northern Mariana Islands"),
    "U.S. Virgin Islands": ("VI", "78", "Virgin Islands", "United States Virgin Islands"),
}
"""Names of the territories without a tile, each with its postal code, FIPS code and other names."""
_TERRITORIES = {
    spelling.upper(): name for name, more in TERRITORIES.items() for spelling in (name, *more)
}
_ELSEWHERE = {"UM", "74", "FM", "64", "MH", "68", "PW", "70"}
"""Codes of islands and associated states beside those of states."""


def is_territory(value: str) -> bool:
    """Whether a code or a name is that of a territory without a tile."""
    text = _fold(value)
    return text in _TERRITORIES or text in _ELSEWHERE


def state_code(value: str) -> str:
    """The postal code for a code, a name in any case or a FIPS code; empty if it is none."""
    return _CODES.get(_fold(value), "")


def name_state(value: str) -> str:
    """The name of a state or territory for its code, name or FIPS code; empty if it is none."""
    code = state_code(value)
    return TILES[code][2] if code else _TERRITORIES.get(_fold(value), "")


def _fold(value: str) -> str:
    return " ".join(value.split()).upper()
