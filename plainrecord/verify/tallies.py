"""What a page counts of itself: numbers of its own items, and grades that follow from receipts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from plainrecord.core.html import parse_page, read_words
from plainrecord.findings.finding import Finding
from plainrecord.model.grades import RULE_OF, Grade, Parts, State, grade_parts
from plainrecord.receipts.sheet import Proof

ITEM = "data-item"
TALLY = "data-tally"
JUDGED = "data-judged"
_FILLED = (Grade.COARSE, Grade.COARSENED, Grade.PRESENT)
"""Between these decides how precise a value is, which the shares do not tell."""


def compare_tallies(
    page: str, content: bytes, prove: Callable[[str], Proof | None]
) -> tuple[Finding, ...]:
    """Where a page shows another number than it has items, or a grade that does not follow.

    An item is known by its words. `prove` gives the receipt of an id. Grades follow from counts by
    the rules of this version, whatever version the portal says made it.
    """
    if TALLY.encode() not in content and JUDGED.encode() not in content:
        return ()
    root = parse_page(content)
    if root is None:
        return ()
    items = Counter(read_words(element) for element in root.xpath(f"//*[@{ITEM}]"))
    findings = []
    for element in root.xpath(f"//*[@{TALLY}]"):
        name, said = element.get(TALLY), read_words(element)
        wanted = f"{items[name] if name else items.total():,}"
        if said != wanted:
            about = f"{name!r}" if name else "all items"
            found = f"the page counts {said!r} for {about}"
            findings.append(Finding("page-differs", found, f"{wanted} of them", file=page))
    for element in root.xpath(f"//*[@{JUDGED}]"):
        name, said = element.get(JUDGED), read_words(element)
        proof = prove(name)
        if proof is None:
            found = f"{name!r} is shown, and no receipt has this id"
            findings.append(Finding("figure-unproven", found, "a receipt", file=page))
            continue
        right = [f"{RULE_OF[grade].sign} {RULE_OF[grade].words}" for grade in judge_grades(proof)]
        if said not in right:
            wanted = " or ".join(right) or "no grade: the receipt does not count all states"
            found = f"{name}: the page shows the grade {said!r}"
            findings.append(Finding("page-differs", found, wanted, file=page))
    return tuple(findings)


def judge_grades(proof: Proof) -> tuple[Grade, ...]:
    """The grades that the shares of an element allow; none where they are not all there."""
    row = dict(zip(proof.counted, proof.rows[0], strict=True)) if len(proof.rows) == 1 else {}
    counts = {
        state.name.lower(): count
        for state in State
        if isinstance(count := row.get(state.name.lower()), int) and not isinstance(count, bool)
    }
    if len(counts) != len(State):
        return ()
    grade = grade_parts(Parts(**counts))
    return _FILLED if grade in _FILLED else (grade,)
