"""The exemptions of the Freedom of Information Act, and the few of the Privacy Act, in plain words.

A closed table. Source: 5 U.S.C. 552(b) and 552a, in the official code at govinfo. The words are
ours: they explain and do not replace the law.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOIA_ADDRESS = "https://www.govinfo.gov/link/uscode/5/552"
PRIVACY_ADDRESS = "https://www.govinfo.gov/link/uscode/5/552a"


@dataclass(frozen=True, slots=True)
class Exemption:
    """A ground on which an agency may keep something back.

    `code` is normalised, such as `(b)(7)(C)`; `short` names it in a few words, `plain` explains
    it in short sentences, `law` is its full citation and `address` its official address.
    """

    code: str
    short: str
    plain: str
    law: str
    address: str


_ROWS = Path(__file__).with_name("exemptions.csv").read_text(encoding="utf-8").splitlines()
EXEMPTIONS: Mapping[str, Exemption] = {
    code: Exemption(code, short, plain, law, PRIVACY_ADDRESS if "552a" in law else FOIA_ADDRESS)
    for code, short, plain, law in csv.reader(_ROWS[1:])
}
"""Every known exemption by its normalised code, in the order of the law: `exemptions.csv`."""

ORDER: Mapping[str, int] = {code: number for number, code in enumerate(EXEMPTIONS)}


def find_exemption(code: str) -> Exemption | None:
    """The row of the table for a normalised code; `(b)(3)(A)` is explained as `(b)(3)`."""
    return EXEMPTIONS.get(code) or (EXEMPTIONS["(b)(3)"] if code.startswith("(b)(3)") else None)
