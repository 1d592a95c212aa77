"""Plausibility and reconciliation from a descriptor to the pages of a built portal."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
import yaml

from plainrecord.core.errors import Blocked
from plainrecord.descriptors.package import parse_package
from plainrecord.measures import plausibility
from plainrecord.measures.rules.coverage import CoverageRule
from plainrecord.model.counts import CountTable, say
from plainrecord.model.declarations import Key, Reconciliation, SourceSide
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.plausibility import (
    STATUSES,
    Outcome,
    ReconciliationResult,
    RuleStatus,
    Timeline,
)
from plainrecord.pages.plausibility import describe_outcomes
from plainrecord.pages.reconciliations import describe_account, tabulate_account
from plainrecord.pipeline.build import build_portal
from plainrecord.pipeline.release import freeze_release
from tests.portals import DESCRIPTOR, write_portal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

side = partial(SourceSide, definition="")

RULES = """  plausibility:
    - {name: months, title: "Offices <b>over time</b>", kind: coverage, field: state, date: visited_on}
    - {name: last, title: The end, kind: partial-last-period, date: visited_on}
    - {name: outcome, title: One outcome, kind: constant, fields: [outcome]}
  reconcile:
    - name: by-state
      title: Visits twice
      kind: totals
      absolute: 1
      here: {label: Visits, resource: visits, definition: All visits.}
      there: {label: Passed visits, resource: visits, where: "outcome = 'pass'", definition: Those passed.}
      keys: [{name: state, here: state, total: true}]
"""
PRIVATE = DESCRIPTOR.replace(
    "{open: Sites are not people.}", "{identifiers: [visit_id], threshold: 25}"
)


def read(out: Path, path: str) -> str:
    return (out / path / "index.html").read_text(encoding="utf-8")


def plain(text: str) -> str:
    """A page's text without its tags."""
    return re.sub(r"<[^>]*>", "", text)


def test_pages_of_a_small_portal(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "p", **{"data/visits/datapackage.yaml": DESCRIPTOR + RULES})
    build_portal(root, tmp_path / "out", lambda _: None)
    page = read(tmp_path / "out", "datasets/visits/plausibility")
    assert "Offices &lt;b&gt;over time&lt;/b&gt;" in page
    assert "3 of 3 offices" not in page  # each state has visits in one month only
    assert 'class="square none"' in page
    assert "Could not be applied" in page
    assert page.count('class="receipt" data-receipt="visits.plausibility.') == 4
    assert "not run again" not in page
    assert "without a receipt" not in page
    assert "The totals at the top count the checks on this page." in page
    compared = read(tmp_path / "out", "reconciliations/by-state")
    assert "3 lines were compared: " in plain(compared)
    assert "on this page can be verified" in compared
    assert "All visits." in compared
    assert "Those passed." in compared
    home = read(tmp_path / "out", "datasets/visits")
    assert (
        'href="../../reconciliations/by-state/index.html"' in home
        or "reconciliations/by-state" in home
    )
    assert "plausibility/" in home


def test_a_protected_portal_keeps_small_cells_back(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "p", **{"data/visits/datapackage.yaml": PRIVATE + RULES})
    build_portal(root, tmp_path / "out", lambda _: None)
    page = read(tmp_path / "out", "datasets/visits/plausibility")
    assert 'class="square held"' in page  # 20 visits a month and state, below 25
    assert ": 20<" not in page
    compared = read(tmp_path / "out", "reconciliations/by-state")
    assert "3 suppressed" in plain(compared)
    assert ">20<" not in compared


def test_rules_are_put_to_a_dataset_as_it_is_now_alone(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "p", **{"data/visits/datapackage.yaml": DESCRIPTOR + RULES})
    freeze_release(root, "visits", "", "With rules.", "", lambda _: None)
    build_portal(root, tmp_path / "out", lambda _: None)
    home = tmp_path / "out/datasets/visits"
    assert "Visits twice" in read(home, ".")
    assert (home / "plausibility/index.html").is_file()
    (kept,) = (place for place in (home / "releases").iterdir() if place.is_dir())
    assert (kept / "check/index.html").is_file()
    assert not (kept / "plausibility").exists()
    assert "Visits twice" not in read(kept, ".")


def test_two_datasets_cannot_share_an_address(tmp_path: Path) -> None:
    twice = RULES + RULES[RULES.index("    - name: by-state") :].replace(
        "title: Visits", "title: More"
    )
    root = write_portal(tmp_path / "p", **{"data/visits/datapackage.yaml": DESCRIPTOR + twice})
    with pytest.raises(Blocked) as caught:
        build_portal(root, tmp_path / "out", lambda _: None)
    assert any(
        "two reconciliations are called 'by-state'" in f.found for f in caught.value.findings
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "{name: a, title: A, kind: heaping, feild: score}",
            'feild is not a known key, did you mean "field"',
        ),
        ("{name: a, title: A, kind: heapin, field: score}", "heapin"),
        ("{name: a, title: A, kind: heaping, field: score, multiple: 7}", "multiple"),
        ("{name: 'a b', title: A, kind: constant}", "a rule is called 'a b'"),
        ("{name: a, title: A, kind: constant, resource: visit}", "names the resource 'visit'"),
    ],
)
def test_what_is_written_wrong_is_said(rule: str, said: str) -> None:
    text = (
        DESCRIPTOR.replace("updated: 2026-10-01", "updated: '2026-10-01'")
        + f"  plausibility: [{rule}]\n"
    )
    _, findings = parse_package(yaml.safe_load(text), "data/visits", "f", "")
    assert any(said in f.found for f in findings), [f.found for f in findings]


def test_every_kind_has_its_words() -> None:
    for words in plausibility.RULES.values():
        assert words.question.endswith("?")
        assert words.meaning.endswith(".")
        assert words.otherwise.endswith(".")


def test_what_was_noticed_comes_first_and_months_keep_their_place() -> None:
    rule = CoverageRule(
        kind="coverage", name="r", title="R", resource="t", date="day", field="office"
    )
    strip = Timeline("A", (3, None, 0, 6))
    views = describe_outcomes([
        Outcome(rule, RuleStatus.PASSED, ("fine",)),
        Outcome(rule, RuleStatus.NOTICED, ("look",), periods=("2015-11", "2015-12", "2016-01", "2016-02"),
                strips=(strip,)),
    ])  # fmt: skip
    assert [view.said for view in views] == ["look", "fine"]
    first, second = views[0].strips[0].years
    assert [s.shade for s in first.squares] == ["blank"] * 10 + ["seq-3", "held"]
    assert [s.words for s in second.squares] == ["2016-01: none", "2016-02: 6"]


SIDES = side(label="A", resource="a"), side(label="B", resource="b")


def counted(part: str, columns: tuple[str, ...], *rows: tuple[Cell, ...]) -> CountTable:
    """A table of counts of the reconciliation c of the dataset d."""
    name = "d.reconciliations.c" + (f".{part}" if part else "")
    return CountTable(name, "C", "row", columns, rows, Receipt("", (), "", len(rows)))


def texts(account: ReconciliationResult) -> str:
    return plain(" ".join(map(say, describe_account(account))))


def test_equal_totals_over_different_lines_are_said() -> None:
    keys = (Key(name="g", here="g", there="g", total=True), Key(name="d", here="d", there="d"))
    account = ReconciliationResult(Reconciliation(name="c", title="C", kind="totals", here=SIDES[0], there=SIDES[1], keys=keys), "d", (
        counted("", ("lines", *STATUSES, "unlisted"), (2, 0, 0, 2, 0, 0, 0, 0)),
        counted("totals", ("g", "here", "there", "lines", "differing"), ("x", 5, 5, 2, 2)),
        counted("alike", ("totals", "alike"), (1, 1)),
        counted("lines", ("g", "d", "here", "there", "result"),
                ("x", "1", 2, 3, "differs"), ("x", "2", 3, 2.5, "differs")),
    ))  # fmt: skip
    said = texts(account)
    assert "2 lines were compared: 2 different." in said
    assert "Equal totals do not mean equal records." in said
    sums, lines = tabulate_account(account)
    assert [str(cell.marked) for cell in sums.numbers.rows[0]][1:] == [
        f'<span data-count="d.reconciliations.c.totals" data-cells="{cells}">{text}</span>'
        for cells, text in (("1.2", 5), ("1.3", 5), ("1.2-1.3", 0), ("1.4", 2), ("1.5", 2))
    ]
    shown = [[plain(cell.marked) for cell in row] for row in lines.numbers.rows]
    assert shown == [["x", "1", "2", "3", "−1", "differs"], ["x", "2", "3", "2.50", "0.50", "differs"]]  # fmt: skip


def test_an_estimate_is_said_with_what_it_assumes_and_never_as_a_point() -> None:
    reconciliation = Reconciliation(
        name="c",
        title="C",
        kind="overlap",
        here=SIDES[0],
        there=SIDES[1],
        keys=(Key(name="id", here="id", there="id"),),
    )
    found = counted("", ("in_both", "only_here", "only_there", "suppressed"), (20, 40, 30, 0))
    matched = counted("matched", ("here", "there", "both_"), (60, 50, 20))
    estimate = counted("estimate", ("low", "high"), (118, 201))
    said = texts(ReconciliationResult(reconciliation, "d", (found, matched, estimate)))
    assert "Together the two lists have 90 different ones, so there are at least that many." in said
    assert "between 118 and 201" in said
    assert "independent" in said
    assert "at least that many" in said
    refused = ReconciliationResult(reconciliation, "d", (found, matched), refusal="Only 2.")
    assert "No estimate of the total is given. Only 2." in texts(refused)
