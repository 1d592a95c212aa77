"""Rules: what can be wrong with a crosswalk to a standard and with a methodology checklist."""

from __future__ import annotations

from plainrecord.rules.portals import Rule, Severity

SCORE_RULES = (
    Rule(
        "standard-unknown",
        Severity.BLOCKER,
        "A crosswalk names a standard that is not there",
        "Name a standard that comes with plainrecord, such as enforcement-stop.",
    ),
    Rule(
        "crosswalk-element-unknown",
        Severity.BLOCKER,
        "A crosswalk names an element that the standard does not have",
        "Correct the name; the page of the standard lists all elements.",
    ),
    Rule(
        "crosswalk-field-unknown",
        Severity.BLOCKER,
        "A crosswalk names a table or a field that the dataset does not have",
        "Correct the name, or list the element under `absent` with the reason.",
    ),
    Rule(
        "crosswalk-value-unknown",
        Severity.BLOCKER,
        "A crosswalk names a value that is not there",
        "On the left stands a category of the field, on the right a category of the element or `unknown`.",
    ),
    Rule(
        "crosswalk-invalid",
        Severity.BLOCKER,
        "A crosswalk contradicts itself",
        "Say of each element one thing: a field, `aggregated`, `absent` or `inapplicable`; and name levels of the element.",
    ),
    Rule(
        "crosswalk-element-unsaid",
        Severity.WARNING,
        "A crosswalk says nothing about an element",
        "Name its field, or list it under `absent` with the reason.",
    ),
    Rule(
        "crosswalk-value-unmapped",
        Severity.WARNING,
        "A value in the records is not in the crosswalk",
        "Add the value to `values` of the element, with the category that it means.",
    ),
    Rule(
        "crosswalk-failed",
        Severity.BLOCKER,
        "An element of a crosswalk cannot be computed",
        "Correct the expression: it reads the fields of one released row and gives a category of the element.",
    ),
    Rule(
        "methodology-link-invalid",
        Severity.BLOCKER,
        "The methodology checklist links to something that is not there",
        "Name a heading of methodology.md as `#its-anchor`, a public address, or `known_issues`.",
    ),
)
