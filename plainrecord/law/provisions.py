"""The sections of law that records of stops, arrests and removals name: a closed table.

Sources: the headings of title 8 (Immigration and Nationality Act, INA), 18 and 19 of the United
States Code and of title 8 of the Code of Federal Regulations, as at govinfo.gov; for England and
Wales the headings at legislation.gov.uk. A section whose heading we were not sure of is left out:
the table says what is known, and that a section is not in it proves nothing. `HIGHEST` says where
a number is certainly too high. The words in `about` are ours. The table was written from memory and
then compared with copies of the law: `docs/provisions.md` says which heading was seen where.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STOP, ARREST, REMOVAL = "stop", "arrest", "removal"
BASES: Mapping[str, str] = {STOP: "a stop", ARREST: "an arrest", REMOVAL: "a removal"}
"""What a legal basis can be the basis of, with the words for it."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of law: its heading, what it is about in a sentence, and what it is a basis of.

    `book` is `8 U.S.C.`, `8 CFR`, `8 CFR part` or the name of an act; `number` the section's.
    `fits` holds those of `BASES` for which it can stand: a power to stop or to arrest, an offence
    that the person may be suspected of, a ground of removal. `ina` is the section of the
    Immigration and Nationality Act that is the same law, empty where there is none.
    """

    book: str
    number: str
    title: str
    about: str = ""
    fits: frozenset[str] = frozenset()
    ina: str = ""
    address: str = ""


LINKS = "https://www.govinfo.gov/link"

_ROWS = Path(__file__).with_name("provisions.csv").read_text(encoding="utf-8").splitlines()
SECTIONS: Mapping[tuple[str, str], Section] = {
    (book, number): Section(book, number, title, about, frozenset(fits.split()), ina, address)
    for book, number, title, about, fits, ina, address in csv.reader(_ROWS[1:])
}
"""Every known section by its book and number: `provisions.csv` beside this file."""

BY_INA: Mapping[str, Section] = {row.ina: row for row in SECTIONS.values() if row.ina}
"""The sections of title 8 of the U.S. Code by their number in the Immigration and Nationality Act."""

HIGHEST: Mapping[str, int] = {"8 U.S.C.": 1999, "INA": 507, "8 CFR part": 1399}
"""No section (or part) of these has a higher number. Below it, one that is not in the table may exist."""

GROUNDS: Mapping[str, int] = {"212": 10, "237": 7}
"""How many numbered paragraphs the lists of grounds have now: INA 212(a)(1) to (10), 237(a)(1) to (7)."""
