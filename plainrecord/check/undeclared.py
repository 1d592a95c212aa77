"""Marks of withheld values that the schema does not declare, among the values of a column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from plainrecord.findings.finding import Finding

LONGEST_MARK = 80
FEWEST_CROSSES = 4  # fewer X may be a tick, a size or a Roman number
BEGINS = "^[ \t]*([\\[(] ?[bB(]|[bB] ?[\\[(]|[xX█]{4})"
"""How a mark begins, for a first glance at columns with too many values to look at each (RE2)."""
MOST_MARKS = 500
"""So many different texts of one such column are looked at."""
_MAY_BE_MARK = re.compile("[(\\[]|^[xX█ ./-]+$|xempt|EDACT|edact|ITHHELD|ithheld")


def undeclared_marks(
    name: str, values: Mapping[str, tuple[int, int, int, str]], files: Sequence[str]
) -> Iterator[Finding]:
    """Values that are exemption marks to the eye, though the schema does not say so.

    `values` has for each text how many there are, then file, row and text of the first.
    """
    found = {}
    for text in values:
        if len(text) <= LONGEST_MARK and _MAY_BE_MARK.search(text):
            from plainrecord.law.exemptions import parse_mark  # its patterns are long

            mark = parse_mark(text)
            crossed = sum(c in "xX█" for c in text) >= FEWEST_CROSSES
            if mark and mark.whole and not mark.bare and (mark.exemptions or crossed):
                found[text] = mark.text if mark.exemptions else "no exemption named"
    if not found:
        return
    ordered = sorted(found, key=lambda text: (-values[text][0], text))
    shown = [f"{text!r} ({values[text][0]:,} times, {found[text]})" for text in ordered[:3]]
    more = f", and {len(ordered) - 3} more" if len(ordered) > 3 else ""
    first = min((values[text] for text in ordered), key=lambda seen: seen[1:])
    yield Finding(
        "mark-undeclared",
        ", ".join(shown) + more,
        f"in missingValues: {{value: {json.dumps(ordered[0])}, kind: withheld}}",
        file=files[first[1]],
        row=first[2],
        field=name,
        cell=first[3][:300],
        count=sum(values[text][0] for text in ordered),
    )
