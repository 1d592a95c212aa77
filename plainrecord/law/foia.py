"""The exemptions of the Freedom of Information Act, and the few of the Privacy Act, in plain words.

A closed table. Source: 5 U.S.C. 552(b) and 552a, in the official code at govinfo. The words are
ours: they explain and do not replace the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def _foia(code: str, short: str, plain: str) -> Exemption:
    return Exemption(code, short, plain, f"5 U.S.C. 552{code}", FOIA_ADDRESS)


def _privacy(code: str, short: str, plain: str) -> Exemption:
    return Exemption(code, short, plain, f"5 U.S.C. 552a{code}", PRIVACY_ADDRESS)


_ROWS = (
    _foia(
        "(b)(1)",
        "secret for defence or foreign policy",
        "The information is classified: an order of the President says that it must be kept secret for national defence or foreign policy.",
    ),
    _foia(
        "(b)(2)",
        "internal staff rules",
        "It is only about an agency’s own rules and habits for its staff.",
    ),
    _foia(
        "(b)(3)",
        "another law forbids it",
        "Another law of Congress forbids its release. The agency should say which law.",
    ),
    _foia(
        "(b)(4)",
        "trade secrets and business information",
        "It is a trade secret, or confidential commercial or financial information that somebody gave to the agency.",
    ),
    _foia(
        "(b)(5)",
        "advice inside the government",
        "It is a letter or note inside or between agencies that a court case would not bring out either, such as a draft, advice before a decision, or talk with a lawyer. Drafts and advice lose this protection after 25 years.",
    ),
    _foia(
        "(b)(6)",
        "personal privacy",
        "It is in a personnel, medical or similar file about a person, and its release would clearly invade that person’s privacy without good reason.",
    ),
    _foia(
        "(b)(7)",
        "law enforcement records",
        "It was collected for law enforcement, and its release could do one of six harms, (A) to (F). The letter should say which one.",
    ),
    _foia(
        "(b)(7)(A)",
        "could disturb a case",
        "It was collected for law enforcement, and its release could disturb a case that is still going on.",
    ),
    _foia(
        "(b)(7)(B)",
        "could make a trial unfair",
        "It was collected for law enforcement, and its release would take away somebody’s right to a fair trial or an unbiased decision.",
    ),
    _foia(
        "(b)(7)(C)",
        "privacy in law enforcement records",
        "It was collected for law enforcement, and its release could invade a person’s privacy without good reason.",
    ),
    _foia(
        "(b)(7)(D)",
        "confidential source",
        "It was collected for law enforcement, and its release could reveal somebody who gave information in confidence, or what a confidential source said.",
    ),
    _foia(
        "(b)(7)(E)",
        "law enforcement techniques",
        "It was collected for law enforcement, and its release would reveal how investigations or prosecutions are done, or guidelines for them that could help somebody get around the law.",
    ),
    _foia(
        "(b)(7)(F)",
        "danger to a person",
        "It was collected for law enforcement, and its release could endanger somebody’s life or safety.",
    ),
    _foia(
        "(b)(8)",
        "supervision of banks",
        "It comes from examining or supervising banks and other financial institutions.",
    ),
    _foia(
        "(b)(9)",
        "data about wells",
        "It is geological or geophysical information, maps included, about wells.",
    ),
    _privacy(
        "(d)(5)",
        "prepared for a lawsuit",
        "Under the Privacy Act, a person who asks for their own file does not get what was put together because a lawsuit was expected.",
    ),
    _privacy(
        "(j)(1)",
        "records of the CIA",
        "Under the Privacy Act, the Central Intelligence Agency may keep its records from the person they are about.",
    ),
    _privacy(
        "(j)(2)",
        "records of criminal law enforcement",
        "Under the Privacy Act, an agency whose main work is enforcing criminal law may keep such records from the person they are about.",
    ),
    _privacy(
        "(k)(1)",
        "classified, in a personal file",
        "Under the Privacy Act, classified information may be kept from the person it is about.",
    ),
    _privacy(
        "(k)(2)",
        "investigation, in a personal file",
        "Under the Privacy Act, what was collected for a law enforcement investigation may be kept from the person it is about.",
    ),
    _privacy(
        "(k)(3)",
        "protection of the President and others",
        "Under the Privacy Act, records kept to protect the President and others may be kept from the person they are about.",
    ),
    _privacy(
        "(k)(4)",
        "statistics only",
        "Under the Privacy Act, records that a law lets an agency use for statistics only may be kept from the person they are about.",
    ),
    _privacy(
        "(k)(5)",
        "source in a background check",
        "Under the Privacy Act, what would reveal a confidential source in a check for a job, a contract or access to secrets may be kept from the person it is about.",
    ),
    _privacy(
        "(k)(6)",
        "test questions",
        "Under the Privacy Act, material of examinations for federal jobs may be kept back to keep the test fair.",
    ),
    _privacy(
        "(k)(7)",
        "source for an armed forces promotion",
        "Under the Privacy Act, what would reveal a confidential source in an evaluation for promotion in the armed services may be kept from the person it is about.",
    ),
)

EXEMPTIONS: Mapping[str, Exemption] = {row.code: row for row in _ROWS}
"""Every known exemption by its normalised code, in the order of the law."""

ORDER: Mapping[str, int] = {code: number for number, code in enumerate(EXEMPTIONS)}


def find_exemption(code: str) -> Exemption | None:
    """The row of the table for a normalised code; `(b)(3)(A)` is explained as `(b)(3)`."""
    return EXEMPTIONS.get(code) or (EXEMPTIONS["(b)(3)"] if code.startswith("(b)(3)") else None)
