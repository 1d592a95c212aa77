"""The verdict on a claim from the answers of its tests.

The rule, in full. A test gives a value, or bounds for it where values are absent or suppressed.
It *supports* a claim when all that the value can be lies in the range that the claim means,
*contradicts* it when none of it does, and tells nothing otherwise, or when there are no rows. A
claim of several parts is contradicted when one part is, supported when all are, and otherwise not
testable (Kleene's strong three-valued conjunction: S. C. Kleene, Introduction to Metamathematics,
1952, section 64). A claim whose source was not found is not judged at all, nor is one about
records that the portal does not hold: what other records show is context, and no test of it.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal

from plainrecord.model.claims import Bounds, Claim, ClaimVerdict, Range
from plainrecord.model.products import Figure

_LONG = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def bound_figure(figure: Figure) -> Bounds | None:
    """What a figure's value can be; None for no number, or one that depends on hidden counts."""
    value = figure.value
    if value is None and figure.receipt.threshold:
        return Bounds(1, figure.receipt.threshold - 1)
    if isinstance(value, str):  # a number that is longer than a double, or no number
        number = Decimal(value) if _LONG.fullmatch(value) and figure.format != "text" else None
        return None if number is None else Bounds(number, number)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if math.isnan(value) else Bounds(value, value)


def judge_range(bounds: Bounds | None, expected: Range) -> ClaimVerdict:
    """Whether all, none or some of what a value can be lies in the expected range."""
    if bounds is None:
        return ClaimVerdict.UNTESTABLE
    if expected.at_least <= bounds.low and bounds.high <= expected.at_most:
        return ClaimVerdict.SUPPORTED
    if bounds.high < expected.at_least or bounds.low > expected.at_most:
        return ClaimVerdict.CONTRADICTED
    return ClaimVerdict.UNTESTABLE


def judge_claim(claim: Claim, verdicts: Sequence[ClaimVerdict]) -> ClaimVerdict:
    """The verdict on a claim from those on its parts; without parts it is not testable."""
    if claim.source.status == "not-found":
        return ClaimVerdict.SOURCELESS
    if claim.same_records == "no":
        return ClaimVerdict.UNTESTED
    if ClaimVerdict.CONTRADICTED in verdicts:
        return ClaimVerdict.CONTRADICTED
    if verdicts and all(verdict is ClaimVerdict.SUPPORTED for verdict in verdicts):
        return ClaimVerdict.SUPPORTED
    return ClaimVerdict.UNTESTABLE
