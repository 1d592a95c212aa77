"""`plainrecord protect`: what it writes, that a clone without raw files builds it, what it refuses."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shutil
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from plainrecord.audit.site import audit_site
from plainrecord.core.errors import Blocked, UsageError
from plainrecord.disclosure import table_sizes
from plainrecord.findings.finding import Finding
from plainrecord.pipeline.build import build_portal
from plainrecord.pipeline.check import check_paths
from plainrecord.pipeline.features import read_standards
from plainrecord.pipeline.plan import plan_portal
from plainrecord.pipeline.protect import protect_dataset
from plainrecord.pipeline.release import freeze_release
from plainrecord.verify.site import verify_site
from plainrecord.verify.view import verify_view
from tests.portals import SETTINGS, write_portal

DESCRIPTOR = """name: stops
title: Stops
description: Stops of people.
licenses: [{name: CC0-1.0}]
resources:
  - name: stops
    title: Stops
    path: raw/stops.csv
    schema:
      fields:
        - {name: person, type: string, title: Person}
        - {name: stopped_on, type: date, title: Day of the stop}
        - {name: state, type: string, title: State}
        - {name: race, type: string, title: Race, categories: [{value: b, label: Black}, {value: w, label: White}, {value: a, label: Asian}]}
        - {name: age, type: integer, title: Age}
        - {name: outcome, type: string, title: Outcome}
      missingValues: ["", {value: "(b)(6)", label: withheld, kind: withheld}]
plainrecord:
  unit: stop
  updated: 2026-10-01
  privacy:
MODE
  figures:
    - {name: total, title: Stops, unit: stop, sql: SELECT TOTAL}
"""
TABLES = """    mode: tables
    threshold: 5
    identifiers: [person]
    coarsen:
      - {field: age, method: brackets, edges: [18, 40]}
      - {field: stopped_on, method: quarter}
    tables:
      - {dimensions: [state, race]}
      - {dimensions: [race, age, outcome]}
"""
RECORDS = """    mode: records
    threshold: 5
    identifiers: [person]
    coarsen:
      - {field: age, method: brackets, edges: [18, 40]}
      - {field: stopped_on, method: quarter}
    keys: [state, race, age]
    harmless: [outcome]
"""
SAID = """  charts:
    - {name: states, title: Stops by state, kind: bar, resource: by-state, x: state, measure: value:count}
  doubts:
    - {status: provisional, date: 2026-05-18, reason: The office still adds stops., resource: by-state}
  corrections:
    - {date: 2026-06-01, what: A count was wrong., reason: A file came late., status: corrected, chart: states}
"""
CANARY = "Zebulon Quackenbush"


def raw_rows(seed: int = 7) -> str:
    """300 stops, with a person's name in each; small groups in some states."""
    chance = random.Random(seed)  # noqa: S311 - the same rows in each run
    lines = ["person,stopped_on,state,race,age,outcome"]
    for number in range(300):
        state = chance.choices(["TX", "CA", "NY", "WY"], [60, 30, 8, 2])[0]
        race = chance.choices(["b", "w", "a", "", "(b)(6)"], [40, 40, 12, 4, 4])[0]
        day = f"2026-0{chance.randint(1, 9)}-{chance.randint(1, 28):02}"
        outcome = chance.choice(["held", "let go"])
        age = chance.randint(15, 60)
        lines.append(f"{CANARY} {number},{day},{state},{race},{age},{outcome}")
    return "\n".join(lines) + "\n"


def write(root: Path, mode: str = TABLES, total: str = "count FROM total", rows: str = "") -> Path:
    """A portal with one raw table about people."""
    text = DESCRIPTOR.replace("MODE\n", mode).replace("TOTAL", total)
    return write_portal(
        root,
        **{
            "site/portal.yaml": SETTINGS,
            "data/visits/datapackage.yaml": None,
            "data/visits/methodology.md": None,
            "data/visits/visits.csv": None,
            "data/stops/datapackage.yaml": text,
            "data/stops/raw/stops.csv": rows or raw_rows(),
        },
    )


def protect(root: Path) -> None:
    protect_dataset(root, "stops", lambda _: None)


def build(root: Path, out: Path) -> dict[str, bytes]:
    build_portal(root, out, lambda _: None)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def protected_stops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portal in the mode tables, with its protected tables."""
    root = write(tmp_path_factory.mktemp("protected"))
    protect(root)
    return root


def rules(caught: pytest.ExceptionInfo[Blocked]) -> set[str]:
    return {finding.rule for finding in caught.value.findings if finding.blocks}


@pytest.mark.parametrize(
    ("mode", "total"), [(TABLES, "count FROM total"), (RECORDS, "count(*) FROM stops")]
)
def test_a_clone_without_the_raw_file_builds_the_same_bytes(
    tmp_path: Path, mode: str, total: str
) -> None:
    root = write(tmp_path / "portal", mode, total)
    descriptor = root / "data/stops/datapackage.yaml"
    required = "title: State, constraints: {required: true}}"
    descriptor.write_text(descriptor.read_text().replace("title: State}", required))
    # What is said of released tables, which are not there before the first protection.
    descriptor.write_text(descriptor.read_text() + (SAID if mode == TABLES else ""))
    protect(root)
    with_raw = build(root, tmp_path / "one")
    shutil.rmtree(root / "data/stops/raw")
    assert build(root, tmp_path / "two") == with_raw
    assert not [path for path, content in with_raw.items() if CANARY.encode() in content]
    report = verify_site(str(tmp_path / "one"), None, lambda _: None)
    assert not [finding for finding in report.findings if finding.blocks]


def test_every_table_comes_with_its_margins_and_none_shows_a_small_count(tmp_path: Path) -> None:
    root = write(tmp_path)
    protect(root)
    folder = root / "data/stops/protected"
    assert {path.stem for path in folder.glob("*.csv")} == {
        *("total", "by-state", "by-race", "by-age", "by-outcome", "by-state-race"),
        *("by-race-age", "by-race-outcome", "by-age-outcome", "by-race-age-outcome"),
    }
    shown = Counter[str]()
    for path in folder.glob("*.csv"):
        for row in csv.DictReader(io.StringIO(path.read_text())):
            shown["hidden" if row["count"] == "suppressed" else "shown"] += 1
            assert row["count"] in ("suppressed", "0") or int(row["count"]) >= 5
    assert shown["hidden"] > 5
    assert shown["shown"] > 20
    true = Counter(line.split(",")[2] for line in raw_rows().splitlines()[1:])
    for row in csv.DictReader(io.StringIO((folder / "by-state.csv").read_text())):
        assert row["count"] in (str(true[row["state"]]), "suppressed")
    report = json.loads((folder / "protection.json").read_text())
    assert report["rows"] == 300
    hidden = sum(table["hidden"] for table in report["tables"])
    assert hidden == shown["hidden"]
    assert all(len(counts) == hidden for counts in report["alternatives"])
    assert all(max(column) >= 5 for column in zip(*report["alternatives"], strict=True))


def test_a_withheld_and_a_missing_value_are_cells_of_their_own(tmp_path: Path) -> None:
    root = write(tmp_path)
    protect(root)
    text = (root / "data/stops/protected/by-race.csv").read_text()
    assert [row["race"] for row in csv.DictReader(io.StringIO(text))] == [
        *("a", "b", "w", "", "(b)(6)")
    ]


def test_a_change_of_suppressed_source_cells_alone_changes_no_published_byte(
    tmp_path: Path,
) -> None:
    # Two people swap their states and races within one suppressed pattern of counts.
    rows = ["person,stopped_on,state,race,age,outcome"]
    cells = {("TX", "b"): 40, ("TX", "w"): 30, ("TX", "a"): 2, ("CA", "b"): 30, ("CA", "w"): 40}
    cells |= {("CA", "a"): 3, ("NY", "b"): 20, ("NY", "w"): 20, ("NY", "a"): 20}
    written = []
    for moved in (0, 1):
        body = list(rows)
        for (state, race), count in cells.items():
            change = {("TX", "a"): 1, ("CA", "a"): -1, ("TX", "b"): -1, ("CA", "b"): 1}
            number = count + moved * change.get((state, race), 0)
            body += [f"x,2026-01-01,{state},{race},20,held"] * number
        mode = TABLES.replace("      - {dimensions: [race, age, outcome]}\n", "")
        root = write(tmp_path / str(moved), mode, rows="\n".join(body) + "\n")
        protect(root)
        folder = root / "data/stops/protected"
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    names = ("by-state-race.csv", "by-state.csv", "by-race.csv", "total.csv", "protection.json")
    assert {name: written[0][name] for name in names} == {name: written[1][name] for name in names}


def test_what_no_released_count_answers_is_an_error(tmp_path: Path) -> None:
    root = write(tmp_path / "portal", total='sum(count) FROM "by-state-race"')
    protect(root)
    with pytest.raises(Blocked) as caught:
        build(root, tmp_path / "site")
    assert rules(caught) == {"figure-failed"}
    wrong = next(f for f in caught.value.findings if f.blocks)
    assert "suppressed" in wrong.found
    assert "declared under plainrecord.privacy.tables" in wrong.expected


BOTH = "here: {label: A, definition: D, %s}, there: {label: B, definition: D, %s}"
ALIKE = "resource: by-state-race, measure: 'sum:count'"
OTHER = "resource: by-race, measure: 'sum:count'"


@pytest.mark.parametrize(
    ("key", "declared", "rule"),
    [
        ("charts", "title: C, kind: bar, resource: by-race, x: race", "chart-invalid"),
        (
            "rates",
            (
                "title: R, resource: by-state-race, by: race, benchmark: None., denominator: "
                "{label: D}, numerator: {label: N, where: state = 'TX'}"
            ),
            "rate-failed",
        ),
        (
            "reconcile",
            "title: R, kind: totals, keys: [{name: k, here: race, there: state}], "
            + BOTH % ("resource: by-race", "resource: by-state"),
            "reconciliation-invalid",
        ),
        (
            "reconcile",
            f"title: R, kind: totals, keys: [{{name: k, here: race, there: race}}], {BOTH % (ALIKE, OTHER)}",
            "reconciliation-invalid",
        ),
    ],
)
def test_the_rows_of_a_table_of_counts_are_no_records(
    tmp_path: Path, protected_stops: Path, key: str, declared: str, rule: str
) -> None:
    root = tmp_path / "portal"
    shutil.copytree(protected_stops, root)
    descriptor = root / "data/stops/datapackage.yaml"
    descriptor.write_text(f"{descriptor.read_text()}  {key}: [{{name: n, {declared}}}]\n")
    with pytest.raises(Blocked) as caught:
        build(root, tmp_path / "site")
    found = [item.found for item in caught.value.findings if item.rule == rule]
    assert found, caught.value.findings
    assert "not rows" in found[0] or "no records" in found[0] or "suppressed" in found[0]


def test_a_figure_that_reads_one_suppressed_count_is_called_suppressed(tmp_path: Path) -> None:
    root = write(tmp_path / "portal")
    protect(root)
    text = (root / "data/stops/protected/by-state-race.csv").read_text()
    cell = next(row for row in csv.DictReader(io.StringIO(text)) if row["count"] == "suppressed")
    descriptor = root / "data/stops/datapackage.yaml"
    asked = f"""(SELECT count FROM "by-state-race" WHERE state = '{cell["state"]}' AND race = '{cell["race"]}')"""
    written = descriptor.read_text()
    descriptor.write_text(written.replace("SELECT count FROM total", f"SELECT {asked}"))
    findings = build_portal(root, tmp_path / "site", lambda _: None).findings
    assert "figure-suppressed" in {finding.rule for finding in findings}
    page = (tmp_path / "site/datasets/stops/index.html").read_text()
    assert 'value="">suppressed</data>' in page
    report = verify_site(str(tmp_path / "site"), None, lambda _: None)
    assert not [finding for finding in report.findings if finding.blocks]
    nowhere = asked.replace(cell["state"], "Guam")
    descriptor.write_text(written.replace("SELECT count FROM total", f"SELECT {nowhere}"))
    with pytest.raises(Blocked) as caught:
        build_portal(root, tmp_path / "other", lambda _: None)
    assert "answers it" in next(f.found for f in caught.value.findings if f.blocks)


OTHERS = ", ".join(
    f"{element.name}: not there"
    for element in read_standards()["enforcement-stop"].graded
    if element.name != "outcome"
)
CROSSWALK = f"""  crosswalk:
    standard: enforcement-stop
    unit: stop
    fields:
      outcome: {{field: FIELD, values: {{held: detained, let go: released}}}}
    absent: {{{OTHERS}}}
"""


@pytest.mark.parametrize(
    ("mode", "field", "found"),
    [
        (TABLES, "outcome", ""),
        (RECORDS, "outcome", ""),
        (TABLES.replace("[race, age, outcome]", "[race, age]"), "outcome", "KEPT"),
        (TABLES.replace("threshold: 5", "threshold: 30"), "state", "suppressed"),
    ],
)
def test_a_scorecard_reads_released_counts_and_adds_none_that_is_suppressed(
    tmp_path: Path, mode: str, field: str, found: str
) -> None:
    total = "count(*) FROM stops" if mode == RECORDS else "count FROM total"
    root = write(tmp_path / "portal", mode, total)
    descriptor = root / "data/stops/datapackage.yaml"
    descriptor.write_text(descriptor.read_text() + CROSSWALK.replace("FIELD", field))
    protect(root)
    if found == "suppressed":
        with pytest.raises(Blocked) as caught:
            build(root, tmp_path / "site")
        assert rules(caught) == {"crosswalk-failed"}
        assert any(found in item.found for item in caught.value.findings)
        return
    card = json.loads(build(root, tmp_path / "site")["datasets/stops/scorecard.json"])
    outcome = next(item for item in card["elements"] if item["element"] == "outcome")
    assert card["rows"] == 300
    if found:
        assert outcome["grade"] == "removed"
    else:
        assert outcome["grade"] == "present"
        assert sum(outcome["records"].values()) == 300


def test_a_rate_over_suppressed_counts_is_suppressed_and_verified(tmp_path: Path) -> None:
    rate = """  rates:
    - name: black-share
      title: Stops of Black people per stop, by state
      resource: by-state-race
      by: state
      measure: sum:count
      numerator: {label: Stops of Black people, where: "race = 'b'"}
      denominator: {label: Stops}
      unknowns: counted
      benchmark: It says nothing about who lives there.
"""
    root = write(tmp_path / "portal")
    path = root / "data/stops/datapackage.yaml"
    path.write_text(path.read_text() + rate)
    protect(root)
    made = build(root, tmp_path / "site")
    receipts = json.loads(made["datasets/stops/receipts.json"])["receipts"]
    [proof] = [one for one in receipts if one["id"] == "stops.rates.black-share"]
    assert any("suppressed" in row for row in proof["rows"])
    tables = {
        name: {
            tuple(row[:-1]): row[-1]
            for row in csv.reader(
                io.StringIO(made[f"datasets/stops/downloads/{name}.csv"].decode())
            )
        }
        for name in ("by-state", "by-state-race")
    }
    for state, _period, some, whole, *_ in proof["rows"]:
        assert str(whole) == tables["by-state"][state,]  # one cell, whatever its parts are
        assert str(some) == tables["by-state-race"][state, "b"]
    assert {row[0] for row in proof["rows"] if row[4] != "suppressed"} == {"CA", "TX"}
    assert verify_site(str(tmp_path / "site"), None, lambda _: None).findings == ()


def test_a_table_that_is_to_be_shown_has_no_suppressed_count(tmp_path: Path) -> None:
    first = "    tables:\n"
    mode = TABLES.replace(first, f"{first}      - {{dimensions: [age], shown: true}}\n")
    root = write(tmp_path, mode)
    protect(root)
    assert "suppressed" not in (root / "data/stops/protected/by-age.csv").read_text()
    small = mode.replace("[age]", "[state, race]")
    write(root, small)
    with pytest.raises(Blocked) as caught:
        protect(root)
    assert rules(caught) == {"protection-impossible"}


@pytest.mark.parametrize("most", [0, 1_000_000])
def test_a_refusal_says_what_each_choice_would_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(table_sizes, "MOST_CELLS", most)
    monkeypatch.setattr(table_sizes, "MOST_FREQUENT", 2)
    shown = "" if not most else ", shown: true"
    old = "      - {dimensions: [state, race]}\n      - {dimensions: [race, age, outcome]}\n"
    new = f"      - {{dimensions: [stopped_on, state]{shown}}}\n"
    root = write(tmp_path, TABLES.replace(old, new))
    with pytest.raises(Blocked) as caught:
        protect(root)
    (finding,) = [one for one in caught.value.findings if one.blocks]
    days = Counter((f"{r[1][:4]}-Q{(int(r[1][5:7]) + 2) // 3}", r[2]) for r in split())
    states = Counter(row[2] for row in split())
    rare = {state for state, _ in states.most_common()[2:]}
    few = {
        (day, ""): sum(days[day, state] for state in rare) for day, state in days if state in rare
    }
    few |= {key: count for key, count in days.items() if key[1] not in rare}
    for name, counts in (
        ("As declared", days),
        ("without stopped_on", states),
        ("with stopped_on by year", states),
        ("with the 2 most frequent values of state, all others in a group", few),
    ):
        share = sum(count < 5 for count in counts.values()) / len(counts)
        assert f"{name}: {len(counts)} cells, {share:.0%} below 5" in finding.found


def split() -> list[list[str]]:
    return [line.split(",") for line in raw_rows().splitlines()[1:]]


def test_check_says_what_protect_would_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "      - {dimensions: [state, race]}\n      - {dimensions: [race, age, outcome]}\n"
    new = "      - {dimensions: [stopped_on, state], shown: true}\n"
    root = write(tmp_path, TABLES.replace(old, new))
    with pytest.raises(Blocked) as caught:
        protect(root)

    def check() -> list[Finding]:
        subjects = check_paths([root], None, lambda _: None)
        return [one for subject in subjects for one in subject.findings if one.blocks]

    assert [*caught.value.findings][-1] in check()
    monkeypatch.setattr(table_sizes, "MOST_QUICK", 1)
    assert {one.rule for one in check()} == {"protection-missing"}
    warnings = [
        one.found
        for subject in check_paths([root], None, lambda _: None)
        for one in subject.findings
        if one.rule == "protection-slow"
    ]
    assert [found.count("without stopped_on: 4 cells") for found in warnings] == [1]
    steps: list[str] = []
    with pytest.raises(Blocked):
        protect_dataset(root, "stops", steps.append)
    assert any("can take minutes: the tables have" in step for step in steps)
    monkeypatch.setattr(table_sizes, "MOST_CELLS", 1)
    assert "without stopped_on: 4 cells" in next(
        one.found for one in check() if one.rule == "protection-too-large"
    )
    shutil.rmtree(root / "data/stops/raw")
    assert {one.rule for one in check()} == {"protection-missing"}


def test_fields_that_no_table_has_are_listed_as_removed(tmp_path: Path) -> None:
    root = write(tmp_path)
    protect(root)
    report = json.loads((root / "data/stops/protected/protection.json").read_text())
    assert {(item["field"], item["action"]) for item in report["fields"]} == {
        ("person", "removed"),
        ("stopped_on", "removed"),
        ("age", "generalised"),
    }


def test_a_text_that_gives_a_suppressed_count_away_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path / "portal")
    protect(root)
    cells = csv.DictReader(
        io.StringIO((root / "data/stops/protected/by-state-race.csv").read_text())
    )
    labels = {"b": "Black", "w": "White", "a": "Asian"}
    state, race = next(
        (row["state"], row["race"])
        for row in cells
        if row["count"] == "suppressed" and row["race"] in labels
    )
    true = Counter(tuple(line.split(",")[2:4]) for line in raw_rows().splitlines()[1:])
    text = f"# How\n\nIn {state}, {true[state, race]} people were {labels[race]}.\n"
    (root / "data/stops/methodology.md").write_text(text)
    with pytest.raises(Blocked) as caught:
        build(root, tmp_path / "site")
    assert rules(caught) == {"audit-value-published"}


def test_a_build_names_the_files_that_its_audit_did_not_examine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "portal")
    protect(root)
    monkeypatch.setattr("plainrecord.audit.channels.MOST_JSON", 10)
    report = build_portal(root, tmp_path / "site", lambda _: None)
    assert "audit-incomplete" in {finding.rule for finding in report.findings}


def test_nothing_is_published_before_it_is_protected_or_under_another_policy(
    tmp_path: Path,
) -> None:
    root = write(tmp_path / "portal")
    with pytest.raises(Blocked) as caught:
        build(root, tmp_path / "site")
    assert rules(caught) == {"protection-missing"}
    protect(root)
    descriptor = root / "data/stops/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace("threshold: 5", "threshold: 6"))
    with pytest.raises(Blocked) as caught:
        build(root, tmp_path / "site")
    assert rules(caught) == {"protection-outdated"}


def test_a_release_keeps_what_was_protected_and_not_the_raw_file(tmp_path: Path) -> None:
    root = write(tmp_path / "portal")
    protect(root)
    freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    kept = root / "data/stops/releases/2026-10-01"
    assert (kept / "protected/by-state-race.csv").is_file()
    assert (kept / "protected/protection.json").is_file()
    assert not [path for path in kept.rglob("*.csv") if CANARY in path.read_text()]
    files = build(root, tmp_path / "site")
    assert "datasets/stops/releases/2026-10-01/protection.json" in files


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("threshold: 5", "threshold: 4", "threshold 4 instead of 5"),
        ("mode: tables", "mode: tables\n    level: 1", "level 1 instead of 2"),
        (TABLES, RECORDS, "mode records instead of mode tables"),
        (TABLES, "    open: They are public facts.\n", "open instead of mode tables"),
        ("[race, age, outcome]", "[race, age]", ""),
        ("quarter}", "month}", "stopped_on is generalised less than before, or in another way"),
        ("[18, 40]", "[18, 30]", "age is generalised less than before, or in another way"),
        ("quarter}", "year}", ""),
        ("[18, 40]", "[40]", ""),
        ("identifiers: [person]", "identifiers: [person]\n    changed: The court ordered it.", ""),
    ],
)
def test_a_policy_that_protects_less_than_the_newest_release_needs_a_reason(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    root = write(tmp_path)
    protect(root)
    freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    descriptor = root / "data/stops/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace(old, new))
    found = [item for item in plan_portal(root)[1] if item.rule == "privacy-loosened"]
    assert said in (found[0].found if found else "")
    assert bool(found) is bool(said)
    if "changed" in new:
        protect(root)
        pages = build(root, tmp_path / "out")
        assert b"The court ordered it." in pages["datasets/stops/privacy/index.html"]


def test_declared_tables_make_the_mode_and_a_policy_without_them_is_an_error(
    tmp_path: Path,
) -> None:
    plain = TABLES.replace("    mode: tables\n", "")
    root = write(tmp_path, plain)
    protect(root)
    assert not any(item.blocks for item in plan_portal(root)[1])
    without = write(tmp_path / "without", plain.partition("    tables:")[0])
    [finding] = [item for item in plan_portal(without)[1] if item.blocks]
    assert finding.rule == "privacy-mode-missing"


def test_what_an_earlier_release_published_is_known(tmp_path: Path) -> None:
    """One state changed since: what both releases publish gives no count of the others away."""
    root = write(tmp_path)
    protect(root)
    first = (root / "data/stops/protected/by-state-race.csv").read_text()
    freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    more = [f"Another {number},2026-09-30,TX,b,30,held" for number in range(40)]
    (root / "data/stops/raw/stops.csv").write_text(raw_rows() + "\n".join(more) + "\n")
    protect(root)
    second = (root / "data/stops/protected/by-state-race.csv").read_text()
    same = [[row for row in text.splitlines() if row[:2] != "TX"] for text in (first, second)]
    assert same[0] == same[1]
    report = json.loads((root / "data/stops/protected/protection.json").read_text())
    [release] = (root / "data/stops/releases").iterdir()
    assert report["beside"] == {release.name: []}
    descriptor = root / "data/stops/datapackage.yaml"
    text = descriptor.read_text()
    descriptor.write_text(text.replace("updated: 2026-10-01", "updated: 2026-11-01"))
    freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    pages = build(root, tmp_path / "out")
    assert (
        f"The releases of {release.name} already show".encode()
        in pages["datasets/stops/privacy/index.html"]
    )
    descriptor.write_text(descriptor.read_text().replace("threshold: 5", "threshold: 25"))
    with pytest.raises(Blocked) as caught:
        protect(root)
    (finding,) = (item for item in caught.value.findings if item.blocks)
    assert "earlier releases or other datasets show" in finding.found


def test_a_refusal_says_that_an_earlier_release_is_the_reason(tmp_path: Path) -> None:
    """It shows 5 stops in TX, which are 2 and 3 by race."""
    counts = {("TX", "b"): 2, ("TX", "w"): 3, ("CA", "b"): 20, ("CA", "w"): 30, ("NY", "b"): 9}
    rows = ["person,stopped_on,state,race,age,outcome"]
    for (state, race), count in counts.items():
        rows += [f"x,2026-01-01,{state},{race},20,held"] * count
    by_race = "      - {dimensions: [state, race]}\n"
    declared = TABLES.replace("      - {dimensions: [race, age, outcome]}\n", "")
    by_state = declared.replace(by_race, "      - {dimensions: [state]}\n")
    root = write(tmp_path, by_state, rows="\n".join(rows) + "\n")
    protect(root)
    freeze_release(root, "stops", "", "", "2026-10-02", lambda _: None)
    descriptor = root / "data/stops/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace(by_state, declared))
    with pytest.raises(Blocked) as caught:
        protect(root)
    [finding] = [item for item in caught.value.findings if item.blocks]
    assert finding.rule == "protection-impossible"
    assert "without what the release of " in finding.expected
    assert finding.expected.endswith(" published all are hidden")


def test_what_another_dataset_of_the_same_records_suppresses_is_known(tmp_path: Path) -> None:
    root = write(tmp_path, TABLES.replace("[race, age, outcome]", "[race]"))
    shutil.copytree(root / "data/stops", root / "data/others")
    descriptor = root / "data/others/datapackage.yaml"
    text = descriptor.read_text().replace("name: stops\ntitle", "name: others\ntitle")
    descriptor.write_text(text.replace("threshold: 5", "threshold: 12"))
    protect_dataset(root, "others", lambda _: None)
    protect(root)
    tables = [root / f"data/{name}/protected/by-state-race.csv" for name in ("stops", "others")]
    assert tables[0].read_text() == tables[1].read_text()


def test_rows_must_not_show_what_an_earlier_release_suppresses(tmp_path: Path) -> None:
    root = write(tmp_path, TABLES.replace("[state, race]", "[outcome, state]"))
    protect(root)
    assert "suppressed" in (root / "data/stops/protected/by-state-outcome.csv").read_text()
    freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    descriptor = root / "data/stops/datapackage.yaml"
    document = descriptor.read_text().partition("    mode: tables")[0]
    keys = RECORDS.replace("keys: [state, race, age]", "keys: [race]")
    descriptor.write_text(document + keys)
    with pytest.raises(Blocked) as caught:
        protect(root)
    found = caught.value.findings[-1].found
    assert found.endswith("that the release of 2026-10-01 suppresses: in outcome by race")
    descriptor.write_text(document + keys.replace("    harmless: [outcome]\n", ""))
    protect(root)


def test_a_row_of_two_releases_shows_no_more_than_in_one_of_them(tmp_path: Path) -> None:
    """A row that both have is found again by its outcome."""

    def numbered(*groups: tuple[str, str, int]) -> str:
        rows = [(state, race) for state, race, count in groups for _ in range(count)]
        lines = [f"x,2026-01-01,{state},{race},20,case {n}" for n, (state, race) in enumerate(rows)]
        return "\n".join(["person,stopped_on,state,race,age,outcome", *lines, ""])

    policy = RECORDS.replace("keys: [state, race, age]", "keys: [state, race]")
    first = [("WY", "b", 2), ("WY", "w", 3), ("TX", "a", 9)]
    root = write(tmp_path, policy, "count(*) FROM stops", numbered(*first))
    shown = []
    for rows in (numbered(*first), numbered(*first, ("CA", "b", 4), ("CA", "w", 9))):
        (root / "data/stops/raw/stops.csv").write_text(rows)
        protect(root)
        text = (root / "data/stops/protected/stops.csv").read_text()
        shown.append({row["outcome"]: row for row in csv.DictReader(io.StringIO(text))})
        if len(shown) == 1:
            freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    for case, before in shown[0].items():
        hidden, then = (
            {name for name in ("state", "race") if row[name] == "suppressed"}
            for row in (shown[1][case], before)
        )
        assert hidden <= then or hidden >= then


def test_a_count_that_only_one_release_suppresses_did_not_change(tmp_path: Path) -> None:
    """Counts grew, so that they are shown now: no reader can tell how many changed."""
    compared = "  comparison: {}\n  figures:\n"
    root = write(tmp_path)
    descriptor = root / "data/stops/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace("  figures:\n", compared))
    shown: list[dict[tuple[str, ...], str]] = []
    for updated, extra in (("2026-10-01", 0), ("2026-11-01", 40)):
        text = descriptor.read_text()
        descriptor.write_text(text.replace("updated: 2026-10-01", f"updated: {updated}"))
        more = [
            f"Another {number},2026-09-30,{state},{race},30,held"
            for number in range(extra)
            for state in ("CA", "NY", "WY")
            for race in ("a", "b", "w")
        ]
        more += [f"New {number},2026-09-30,MT,a,30,held" for number in range(extra // 20)]
        (root / "data/stops/raw/stops.csv").write_text(raw_rows() + "".join(f"{x}\n" for x in more))
        protect(root)
        rows = csv.reader((root / "data/stops/protected/by-state-race.csv").open())
        shown.append({tuple(row[:2]): row[2] for row in rows})
        freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    both = shown[0].keys() & shown[1].keys()
    one = [
        key for key in both if (shown[0][key] == "suppressed") != (shown[1][key] == "suppressed")
    ]
    others = [key for key in both if key not in one and shown[0][key] != shown[1][key]]
    assert one
    pages = build(root, tmp_path / "out")
    changed = pages["datasets/stops/changes/2026-11-01/changed.csv"].decode()
    assert len(changed.splitlines()) == 1 + len(others)
    assert "filled" not in changed
    assert "missing" not in changed
    page = pages["datasets/stops/changes/2026-11-01/index.html"]
    assert b"The counts of the table by-state-race are compared" in page
    assert b"Where one of the two releases suppresses it, it is not compared." in page
    assert b"Likely renamed" not in page
    added = csv.DictReader(
        io.StringIO(pages["datasets/stops/changes/2026-11-01/added.csv"].decode())
    )
    new = {(row["state"], row["race"]): row["count"] for row in added}
    assert new == {key: shown[1][key] for key in shown[1].keys() - shown[0].keys()}
    assert "suppressed" in new.values()
    assert verify_site(str(tmp_path / "out"), None, lambda _: None).findings == ()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("dimensions: [state, race]", "dimensions: [stat, race]", "privacy-field-unknown"),
        ("dimensions: [state, race]", "dimensions: [person, race]", "privacy-field-unknown"),
        ("identifiers: [person]", "identifiers: [persn]", "privacy-field-unknown"),
        ("threshold: 5", "threshold: 400", "protection-impossible"),
        (
            "age, method: brackets, edges: [18, 40]",
            "state, method: group, groups: {TX: South}",
            "privacy-value-ungrouped",
        ),
        ("age, method: brackets, edges: [18, 40]", "state, method: group", "privacy-method-unfit"),
        ("    tables:\n", "    people: count_of\n    tables:\n", "privacy-field-unknown"),
        ("    tables:\n", "    people: outcome\n    tables:\n", "privacy-people-uncounted"),
        ("mode: tables", "mode: records", "value-invalid"),
        ("dimensions: [state, race]", "dimensions: [a, b, c, d]", "value-invalid"),
    ],
)
def test_a_policy_that_cannot_be_carried_out_is_refused_and_nothing_is_written(
    tmp_path: Path, old: str, new: str, rule: str
) -> None:
    mode = TABLES.replace(old, new)
    assert mode != TABLES
    root = write(tmp_path, mode)
    with pytest.raises(Blocked) as caught:
        protect(root)
    assert rule in rules(caught)
    assert not (root / "data/stops/protected").exists()


def test_fields_are_generalised_before_values_of_rows_are_suppressed(tmp_path: Path) -> None:
    regions = "{TX: South, CA: West, NY: East, WY: West, MS: South}"
    region = f"      - {{field: state, method: group, groups: {regions}, as_needed: true}}\n"
    last = (
        "      - {field: race, method: group, groups: {a: any, b: any, w: any}, as_needed: true}\n"
    )
    mode = RECORDS.replace("    keys:", f"{region}{last}    keys:")
    as_it_is = protect_dataset(write(tmp_path / "few", RECORDS), "stops", lambda _: None)
    coarser = protect_dataset(write(tmp_path / "none", mode), "stops", lambda _: None)
    assert coarser.touched < as_it_is.touched
    text = (tmp_path / "none/data/stops/protected/stops.csv").read_text()
    states = {row["state"] for row in csv.DictReader(io.StringIO(text))}
    assert states - {"suppressed"} == {"East", "South", "West"}
    without_need = mode.replace("keys: [state, race, age]", "keys: [outcome]").replace(
        "harmless: [outcome]", "harmless: [state]"
    )
    protect(write(tmp_path / "unneeded", without_need))
    assert "TX" in (tmp_path / "unneeded/data/stops/protected/stops.csv").read_text()


def test_groups_come_from_a_file_that_a_release_keeps(tmp_path: Path) -> None:
    groups = (
        "      - {field: state, method: group, groups: states.csv, level: region, title: Area}\n"
    )
    root = write(tmp_path / "portal", TABLES.replace("    tables:\n", f"{groups}    tables:\n"))
    file = root / "data/stops/states.csv"
    # WY is not listed: that it is the name of a group changes nothing.
    file.write_text("state,division,region\nTX,Gulf,South\nCA,Pacific,West\nNY,Atlantic,WY\n")
    with pytest.raises(Blocked) as caught:
        protect(root)
    assert "1 value in no group" in caught.value.findings[-1].found
    file.write_text("state,division,region\nTX,Gulf,South\nCA,Pacific,West\nNY,Atlantic,East\n")
    with pytest.raises(Blocked) as caught:
        protect(root)
    assert "1 value in no group" in caught.value.findings[-1].found
    assert "'WY'" in caught.value.findings[-1].found
    file.write_text(file.read_text() + "WY,Mountain,West\n")
    protect(root)
    text = (root / "data/stops/protected/by-state.csv").read_text()
    assert [row["state"] for row in csv.DictReader(io.StringIO(text))] == ["East", "South", "West"]
    freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    assert (root / "data/stops/releases/2026-10-01/states.csv").read_text() == file.read_text()
    shutil.rmtree(root / "data/stops/raw")
    pages = build(root, tmp_path / "site")
    page = pages["datasets/stops/codebook/index.html"].decode()
    assert "Groups: East (NY); South (TX); West (CA, WY)." in page
    assert ">Area<" in page
    file.write_text(file.read_text().replace("Mountain,West", "Mountain,North"))
    found = {item.rule for item in plan_portal(root)[1] if item.blocks}
    assert {"protection-outdated", "privacy-loosened"} <= found


@pytest.mark.parametrize("region", ["South", "West"])
def test_counts_by_region_do_not_give_away_those_by_state(tmp_path: Path, region: str) -> None:
    states = ["TX"] * 80 + ["CA"] * 60 + ["NY"] * 20 + ["WY"] * 2
    lines = ["person,stopped_on,state,race,age,outcome"]
    lines += [f"x,2026-01-01,{state},b,20,held" for state in states]
    tables = """    mode: tables
    threshold: 5
    coarsen:
      - {field: region, method: group, groups: {TX: South, CA: West, NY: East, WY: REGION}}
    identifiers: [person]
    tables:
      - {dimensions: [state]}
      - {dimensions: [region]}
"""
    root = write(tmp_path, tables.replace("REGION", region), rows="\n".join(lines) + "\n")
    descriptor = root / "data/stops/datapackage.yaml"
    derived = "{derive: [{field: {name: region, type: string, title: Region}, sql: state}]}"
    text = descriptor.read_text()
    path = "path: raw/stops.csv\n"
    descriptor.write_text(text.replace(path, f"{path}    plainrecord: {derived}\n"))
    protect(root)
    folder = root / "data/stops/protected"
    listed = csv.DictReader(io.StringIO((folder / "by-state.csv").read_text()))
    hidden = {row["state"] for row in listed if row["count"] == "suppressed"}
    assert hidden == {"WY", "TX" if region == "South" else "CA"}
    [nested] = json.loads((folder / "protection.json").read_text())["nested"]
    assert (nested["field"], nested["within"]) == ("state", "region")


def test_counts_by_a_precinct_and_its_district_are_protected_at_level_1(tmp_path: Path) -> None:
    """A small sum of several counts is not labelled as small: it is 2 or more."""
    counts = ((1, 2, 30), (1, 1, 25), (40, 3, 35), (12, 20, 0), (1, 0, 4), (60, 50, 44))
    rows = ["person,stopped_on,state,race,age,outcome"]
    for number, (black, white, asian) in enumerate(counts):
        district = "east" if number in (0, 1, 4) else "west"
        for race, count in zip("bwa", (black, white, asian), strict=True):
            rows += [f"x,2026-01-01,{district},{race},20,precinct {number}"] * count
    rows.append("x,2026-01-01,west,b,20,precinct 0")  # an error of the records
    declared = TABLES.replace("[race, age, outcome]", "[race, outcome]") + "    level: 1\n"
    root = write(tmp_path / "portal", declared, rows="\n".join(rows) + "\n")
    protect(root)
    folder = root / "data/stops/protected"
    listed = list(csv.DictReader(io.StringIO((folder / "by-state-race.csv").read_text())))
    shown = {(row["state"], row["race"]): row["count"] for row in listed}
    assert shown["east", "b"] == "suppressed"  # 1, 1 and 1
    listed = list(csv.DictReader(io.StringIO((folder / "by-race-outcome.csv").read_text())))
    assert [row["count"] for row in listed].count("fewer than 5") >= 5
    tables = json.loads((folder / "protection.json").read_text())["tables"]
    assert {table["resource"] for table in tables if table.get("sums")} == {"by-state-race"}
    build(root, tmp_path / "site")  # attacks it


def test_a_combination_that_cannot_occur_is_no_zero(tmp_path: Path) -> None:
    """It is not applicable in every form, beside zeros that were counted (CA, asian, let go)."""
    rows = ["person,stopped_on,state,race,age,outcome"]
    for n in range(120):
        state, race, outcome = ("TX", "CA")[n % 2], "bwa"[n % 3], ("held", "let go")[n % 2]
        outcome = "held" if race == "a" else outcome
        rows += [f"x,2026-01-01,{state},{race},20,{outcome}"]
    tables = TABLES.replace("[race, age, outcome]", "[state, outcome, race]")
    tables += "    structural_zeros: [{state: TX, outcome: let go}]\n"
    tables += """  charts:
    - {name: heat, title: Outcomes, kind: heatmap, resource: by-state-outcome, x: outcome, y: state, measure: "value:count"}
    - {name: bars, title: Bars, kind: bar, resource: by-state-outcome, x: state, color: outcome, measure: "value:count"}
    - {name: sums, title: Sums, kind: bar, resource: by-state-outcome, x: outcome, measure: "sum:count"}
  explore: {fields: [state, outcome]}
  places: [{kind: states, field: state, by: [outcome]}]
  rates:
    - name: releases
      title: Let go
      resource: by-state-outcome
      by: state
      measure: "sum:count"
      numerator: {label: Let go, where: "outcome = 'let go'"}
      denominator: {label: Stops}
      benchmark: They may differ.
"""
    root = write(tmp_path / "portal", tables, rows="\n".join(rows) + "\n")
    settings = root / "site/portal.yaml"
    settings.write_text(f"{SETTINGS}places: [{{name: states, title: States, codes: us-states}}]\n")
    protect(root)
    folder = root / "data/stops/protected"
    for name in ("by-state-outcome.csv", "by-state-race-outcome.csv"):
        listed = list(csv.DictReader(io.StringIO((folder / name).read_text())))
        states = {(row["state"], row["outcome"]): row["count"] for row in listed}
        assert states["TX", "let go"] == "not applicable"
        assert {row["count"] for row in listed if row["state"] == "CA"} <= {"0", "20", "40", "60"}
    pages = build(root, tmp_path / "site")
    assert verify_site(str(tmp_path / "site"), None, lambda _: None).findings == ()
    assert audit_site(tmp_path / "site", lambda _: None).findings == ()
    home = "datasets/stops"
    page = pages["places/states/texas/index.html"].decode()
    told = re.sub(r"<[^>]*>", "", page)
    assert re.search(r"let go\s*not applicable", told)
    assert "Let go per 100 stops: not applicable" in told
    assert "suppressed" not in told
    assert b"let go,not applicable" in pages["places/states/texas/numbers.csv"]
    page = pages[f"{home}/privacy/index.html"].decode()
    assert "These combinations cannot occur: state TX, outcome let go." in page
    page = pages[f"{home}/index.html"].decode()
    assert "1 value is not applicable." in page
    assert "no value and" not in page  # a sum lacks nothing that cannot occur
    assert "<td>not applicable</td>" in re.sub(r"<td[^>]*>", "<td>", page)
    receipts = json.loads(pages[f"{home}/receipts.json"])["receipts"]
    for receipt in receipts:
        if receipt["id"] in ("stops.heat", "stops.bars"):
            [found] = [row for row in receipt["rows"] if {"let go", "TX"} <= {*row}]
            assert found[-2:] == [None, "not-applicable"]
    cells = next(one for one in receipts if one["id"] == "stops.privacy.tables")["rows"]
    assert [row[1:] for row in cells if row[0] == "by-state-outcome"] == [[3, 0]]
    table = json.loads(pages[f"{home}/downloads/by-state-outcome.json"])
    assert "not applicable" in json.dumps(table)
    settings = json.loads(pages[f"{home}/explore/explorer.json"])
    assert [one["impossible"] for one in settings["tables"] if len(one["dimensions"]) > 1] == [
        "not applicable"
    ]
    page_of = tmp_path / "site" / home / "explore/index.html"
    report = verify_view(f"{page_of}#state=TX&outcome=let+go")
    assert (report.number, report.suppressed, report.impossible) == (None, False, True)


@pytest.mark.parametrize(
    ("zero", "said"),
    [
        ("{state: TX, outcome: held}", "they do"),
        ("{state: TX, outcome: Held}", "no record has outcome 'Held'"),
        ("{state: TX, age: '20'}", "a combination of state, age"),
        ("{state: TX, outcom: held}", "names 'outcom', did you mean \"outcome\"?"),
    ],
)
def test_a_combination_that_cannot_occur_is_of_a_table_and_does_not_occur(
    tmp_path: Path, zero: str, said: str
) -> None:
    tables = TABLES.replace("[race, age, outcome]", "[state, outcome, race]")
    root = write(tmp_path, tables + f"    structural_zeros: [{zero}]\n")
    with pytest.raises(Blocked) as caught:
        protect(root)
    assert said in " ".join(finding.found for finding in caught.value.findings)


def test_counts_below_a_combination_that_cannot_occur_are_hidden_in_their_rows(
    tmp_path: Path,
) -> None:
    lines = [line.split(",") for line in raw_rows().splitlines()]
    lines = [[*r[:5], "held" if r[2] == "TX" else r[5]] for r in lines]
    declared = TABLES.replace("[race, age, outcome]", "[state, outcome]")
    zeros = "    structural_zeros: [{state: TX, outcome: let go}]\n"
    root = write(tmp_path, declared + zeros, rows="\n".join(map(",".join, lines)) + "\n")
    protect(root)
    true = Counter((r[2], r[5]) for r in lines[1:])
    text = (root / "data/stops/protected/by-state-outcome.csv").read_text()
    listed = {(r["state"], r["outcome"]): r["count"] for r in csv.DictReader(io.StringIO(text))}
    assert min(true.values()) < 5
    assert listed.pop(("TX", "let go")) == "not applicable"
    assert {key: shown for key, shown in listed.items() if shown != "suppressed"}.items() <= {
        key: str(count) for key, count in true.items() if count >= 5
    }.items()
    hidden = Counter(state for (state, _), shown in listed.items() if shown == "suppressed")
    assert hidden == {"NY": 2, "WY": 2}  # one alone would follow from its state


def test_a_count_rounded_to_0_is_listed_where_combinations_that_do_not_occur_are(
    tmp_path: Path,
) -> None:
    """Else a missing row would say that somebody is there."""
    declared = TABLES.replace("[race, age, outcome]", "[state, outcome]")
    declared = declared.replace("threshold: 5", "rounding: 5")
    groups = {("TX", "held"): 40, ("TX", "let go"): 30, ("CA", "held"): 20, ("CA", "let go"): 1}
    rows = ["person,stopped_on,state,race,age,outcome"]
    for (state, outcome), count in groups.items():
        rows += [f"x,2026-01-01,{state},b,20,{outcome}"] * count
    root = write(tmp_path, declared, rows="\n".join(rows) + "\n")
    protect(root)
    text = (root / "data/stops/protected/by-state-outcome.csv").read_text()
    listed = {(r["state"], r["outcome"]): r["count"] for r in csv.DictReader(io.StringIO(text))}
    assert listed.keys() == groups.keys()
    assert listed["CA", "let go"] == "0"


def test_a_release_neither_rounds_nor_suppresses_what_an_earlier_one_did_otherwise(
    tmp_path: Path,
) -> None:
    root = write(tmp_path, TABLES)
    protect(root)
    freeze_release(root, "stops", "", "", "2026-12-01", lambda _: None)
    descriptor = root / "data/stops/datapackage.yaml"
    descriptor.write_text(descriptor.read_text().replace("    threshold: 5", "    rounding: 5"))
    with pytest.raises(Blocked) as caught:
        protect(root)
    (found,) = (finding.found for finding in caught.value.findings if finding.blocks)
    assert found.startswith("the release of 2026-10-01 suppresses what these tables show otherwise")


def test_several_tables_about_people_are_refused(tmp_path: Path) -> None:
    root = write(tmp_path)
    descriptor = root / "data/stops/datapackage.yaml"
    text = descriptor.read_text()
    other = (
        "  - {name: other, path: raw/stops.csv, schema: {fields: [{name: person, type: string}]}}\n"
    )
    descriptor.write_text(text.replace("plainrecord:\n", f"{other}plainrecord:\n", 1))
    with pytest.raises(UsageError, match="one table at a time"):
        protect(root)


def test_a_raw_file_of_another_hash_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path)
    descriptor = root / "data/stops/datapackage.yaml"
    text = descriptor.read_text()
    descriptor.write_text(
        text.replace("    path: raw", f"    hash: sha256:{'0' * 64}\n    path: raw")
    )
    with pytest.raises(Blocked) as caught:
        protect(root)
    assert "hash-mismatch" in rules(caught)


def test_a_dataset_without_a_mode_has_nothing_to_protect(tmp_path: Path) -> None:
    root = write_portal(tmp_path)
    with pytest.raises(UsageError, match="visits declares nothing to protect"):
        protect_dataset(root, "visits", lambda _: None)
    with pytest.raises(UsageError, match="no dataset is called 'stops'; the datasets are visits"):
        protect_dataset(root, "stops", lambda _: None)


def test_people_are_counted_by_a_column_where_a_row_is_not_a_person(tmp_path: Path) -> None:
    rows = "person,stopped_on,state,race,age,outcome\n" + "".join(
        f"x,2026-01-01,{state},b,{age},held\n" for state in ("TX", "CA", "NY") for age in (2, 8)
    )
    mode = TABLES.replace("    tables:\n", "    people: age\n    tables:\n").replace(
        "      - {field: age, method: brackets, edges: [18, 40]}\n", ""
    )
    mode = mode.replace("      - {dimensions: [race, age, outcome]}\n", "")
    root = write(tmp_path, mode, rows=rows)
    protect(root)
    text = (root / "data/stops/protected/by-state.csv").read_text()
    assert text == "state,count\nCA,10\nNY,10\nTX,10\n"


@pytest.mark.parametrize("age", ["-1", ""])
def test_a_row_without_a_number_of_people_is_refused(tmp_path: Path, age: str) -> None:
    rows = "person,stopped_on,state,race,age,outcome\n" + "x,2026-01-01,TX,b,9,held\n" * 9
    mode = TABLES.replace("    tables:\n", "    people: age\n    tables:\n").replace(
        "      - {field: age, method: brackets, edges: [18, 40]}\n", ""
    )
    mode = mode.replace("      - {dimensions: [race, age, outcome]}\n", "")
    root = write(tmp_path, mode, rows=rows + f"x,2026-01-01,TX,b,{age},held\n")
    with pytest.raises(Blocked) as caught:
        protect(root)
    assert rules(caught) == {"privacy-people-uncounted"}


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        root = write(tmp_path / name)
        protect(root)
        folder = root / "data/stops/protected"
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]


def test_level_one_distinguishes_small_counts_from_those_hidden_with_them(tmp_path: Path) -> None:
    mode = TABLES.replace("mode: tables", "mode: tables\n    level: 1")
    mode = mode.replace("      - {dimensions: [race, age, outcome]}\n", "")
    root = write(tmp_path / "portal", mode)
    protect(root)
    text = (root / "data/stops/protected/by-state-race.csv").read_text()
    counts = Counter(row["count"] for row in csv.DictReader(io.StringIO(text)))
    assert counts["fewer than 5"] > 0
    assert counts["suppressed"] > 0
    files = build(root, tmp_path / "site")
    assert b"fewer than 5" in files["datasets/stops/downloads/by-state-race.csv"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",TX,", ",suppressed,"),
        (
            "coarsen:",
            (
                "coarsen:\n"
                "      - {field: state, method: group, groups: {TX: suppressed}, other: elsewhere}"
            ),
        ),
    ],
)
def test_a_value_that_reads_like_a_suppressed_one_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    root = write(tmp_path, RECORDS.replace(old, new), rows=raw_rows().replace(old, new))
    with pytest.raises(Blocked) as caught:
        protect(root)
    [finding] = [item for item in caught.value.findings if item.blocks]
    assert (finding.rule, finding.field) == ("privacy-value-ambiguous", "state")


def test_a_raw_file_that_is_another_one_stops_the_build(tmp_path: Path) -> None:
    root = write(tmp_path / "portal")
    descriptor = root / "data/stops/datapackage.yaml"
    raw = root / "data/stops/raw/stops.csv"
    path, digest = "    path: raw/stops.csv\n", sha256(raw.read_bytes()).hexdigest()
    text = descriptor.read_text()
    descriptor.write_text(text.replace(path, f"{path}    hash: sha256:{digest}\n"))
    protect(root)
    build(root, tmp_path / "site")
    raw.write_text(raw_rows(seed=8))
    with pytest.raises(Blocked) as caught:
        build(root, tmp_path / "site")
    assert rules(caught) == {"hash-mismatch"}
    raw.unlink()
    build(root, tmp_path / "site")


def test_the_remedy_names_the_dataset(tmp_path: Path) -> None:
    root = write(tmp_path / "portal")
    with pytest.raises(Blocked) as caught:
        build(root, tmp_path / "site")
    [finding] = [f for f in caught.value.findings if f.rule == "protection-missing"]
    assert "`plainrecord protect stops`" in finding.remedy
