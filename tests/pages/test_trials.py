"""Plausibility and reconciliation from a descriptor to the pages of a built portal."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from plainrecord.build import build_portal
from plainrecord.corridor.freeze import freeze_release
from plainrecord.ground.errors import Blocked
from plainrecord.model.accounts import (
    Account,
    Key,
    Line,
    Matched,
    Range,
    Reconciliation,
    SourceSide,
)
from plainrecord.model.trials import Outcome, Strip, Trial, Verdict
from plainrecord.pages.trials import describe_account, describe_outcomes
from plainrecord.pages.trialwords import WORDS
from plainrecord.trials.plausibility import KINDS
from plainrecord.trust.package import parse_package
from tests.portals import DESCRIPTOR, write_portal

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


def test_pages_of_a_small_portal(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "p", **{"data/visits/datapackage.yaml": DESCRIPTOR + RULES})
    build_portal(root, tmp_path / "out", lambda _: None)
    page = read(tmp_path / "out", "datasets/visits/plausibility")
    assert "Offices &lt;b&gt;over time&lt;/b&gt;" in page
    assert "3 of 3 offices" not in page  # each state has visits in one month only
    assert 'class="square none"' in page
    assert "Could not be applied" in page
    assert page.count("Receipt<") == 3
    compared = read(tmp_path / "out", "reconciliations/by-state")
    assert "3 lines were compared. Result: " in compared
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
    assert "3 suppressed" in compared
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
    assert set(WORDS) == set(KINDS)
    for words in WORDS.values():
        assert words.question.endswith("?")
        assert words.meaning.endswith(".")
        assert words.otherwise.endswith(".")


def test_what_was_noticed_comes_first_and_months_keep_their_place() -> None:
    trial = Trial("r", "coverage", "R", "t")
    strip = Strip("A", (3, None, 0, 6))
    views = describe_outcomes([
        Outcome(trial, Verdict.PASSED, "fine"),
        Outcome(trial, Verdict.NOTICED, "look", periods=("2015-11", "2015-12", "2016-01", "2016-02"),
                strips=(strip,)),
    ])  # fmt: skip
    assert [view.outcome.said for view in views] == ["look", "fine"]
    first, second = views[0].strips[0].years
    assert [s.shade for s in first.squares] == ["blank"] * 10 + ["seq-3", "held"]
    assert [s.words for s in second.squares] == ["2016-01: none", "2016-02: 6"]


SIDES = SourceSide("A", "a"), SourceSide("B", "b")


def test_equal_totals_over_different_lines_are_said() -> None:
    from plainrecord.model.accounts import GroupTotal

    reconciliation = Reconciliation(
        "c", "C", "totals", *SIDES, (Key("g", "g", "g", True), Key("d", "d", "d"))
    )
    account = Account(reconciliation, "d", (Line(("x", "1"), 2, 3, "differs"), Line(("x", "2"), 3, 2, "differs")),
                      (GroupTotal(("x",), 5, 5, 2, 2),))  # fmt: skip
    said, groups, lines, matched = describe_account(account)
    assert "Equal totals do not mean equal records." in " ".join(said)
    assert groups is not None
    assert lines is not None
    assert [cell.text for cell in lines.rows[0]] == ["x", "1", "2", "3", "-1", "differs"]
    assert matched is None


def test_an_estimate_is_said_with_what_it_assumes_and_never_as_a_point() -> None:
    reconciliation = Reconciliation("c", "C", "overlap", *SIDES, (Key("id", "id", "id"),))
    account = Account(
        reconciliation, "d", matched=(Matched((), 60, 50, 20),), estimate=Range(118, 201)
    )
    said = " ".join(describe_account(account)[0])
    assert "between 118 and 201" in said
    assert "independent" in said
    assert "at least that many" in said
    refused = Account(reconciliation, "d", matched=(Matched((), 60, 50, 2),), refusal="Only 2.")
    assert "No estimate of the whole is given. Only 2." in " ".join(describe_account(refused)[0])
