"""Compare the totals of lists on a page with their items, and grades with their receipts."""

from collections import Counter
from collections.abc import Callable, Iterator

from plainrecord.core.html import parse_page, read_words
from plainrecord.findings.finding import Finding
from plainrecord.model.grades import RULE_OF, Grade, Parts, ValueState, grade_parts
from plainrecord.receipts.receipts_document import Proof
from plainrecord.verify.page_numbers import differs, unproven

ITEM = "data-item"
TALLY = "data-tally"
JUDGED = "data-judged"
_FILLED = (Grade.COARSE, Grade.COARSENED, Grade.PRESENT)
"""Between these decides how precise a value is, which the shares do not show."""


def compare_tallies(
    page: str, content: bytes, find: Callable[[str], Proof | None]
) -> Iterator[Finding]:
    """Totals on a page that differ from the number of its items, and grades that do not follow.

    Items are recognised by their words. `find` returns the receipt of an id. Grades follow from
    counts by the rules of this version, whichever version made the portal.
    """
    if TALLY.encode() not in content and JUDGED.encode() not in content:
        return
    root = parse_page(content)
    items = Counter(
        element.get(ITEM) or read_words(element) for element in root.xpath(f"//*[@{ITEM}]")
    )
    for element in root.xpath(f"//*[@{TALLY}]"):
        name, text = element.get(TALLY), read_words(element)
        number = f"{items[name] if name else items.total():,}"
        if text != number:
            about = f"{name!r}" if name else "all items"
            yield differs(page, f"the page counts {text!r} for {about}", f"{number} of them")
    for element in root.xpath(f"//*[@{JUDGED}]"):
        name, text = element.get(JUDGED), read_words(element)
        proof = find(name)
        if proof is None:
            yield unproven(page, name)
            continue
        allowed = [f"{RULE_OF[grade].sign} {RULE_OF[grade].words}" for grade in judge_grades(proof)]
        if text not in allowed:
            expected = " or ".join(allowed) or "no grade: the receipt does not count all states"
            yield differs(page, f"{name}: the page shows the grade {text!r}", expected)


def judge_grades(proof: Proof) -> tuple[Grade, ...]:
    """The grades that the shares of an element allow; none where they are not all there."""
    row = dict(zip(proof.counted, proof.rows[0], strict=True)) if len(proof.rows) == 1 else {}
    counts = {
        state.name.lower(): count
        for state in ValueState
        if isinstance(count := row.get(state.name.lower()), int) and not isinstance(count, bool)
    }
    if len(counts) != len(ValueState):
        return ()
    grade = grade_parts(Parts(**counts))
    return _FILLED if grade in _FILLED else (grade,)
