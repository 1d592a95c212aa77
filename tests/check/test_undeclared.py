"""Marks that nobody declared: told with what to write, and nothing else is taken for one."""

from __future__ import annotations

from plainrecord.check.undeclared import undeclared_marks

FILES = ("data/a/one.csv", "data/a/two.csv")


def test_a_mark_that_is_not_declared_is_told_with_the_remedy() -> None:
    values = {
        "HQ CROSSCHECK": (5, 0, 2, "HQ CROSSCHECK"),
        "(B)(7)(E) ": (34_558, 1, 7, "(B)(7)(E) "),
        "(b)(6)": (2, 0, 9, "(b)(6)"),
        "XXXX": (1, 0, 12, "XXXX"),
    }
    (finding,) = undeclared_marks("Operation", values, FILES)
    assert finding.rule == "mark-undeclared"
    assert finding.count == 34_561
    assert (finding.file, finding.row, finding.field) == ("data/a/one.csv", 9, "Operation")
    assert "'(B)(7)(E) ' (34,558 times, (b)(7)(E))" in finding.found
    assert finding.expected == 'in missingValues: {value: "(B)(7)(E) ", kind: withheld}'
    assert not finding.blocks


def test_codes_and_ticks_are_no_marks() -> None:
    texts = ("B1/B2", "b6", "X", "XX", "X-RAY", "287(b)", "COUNTY JAIL (B)", "--", "see (b)(6)")
    assert not list(undeclared_marks("f", {t: (1, 0, 1, t) for t in texts}, FILES))
