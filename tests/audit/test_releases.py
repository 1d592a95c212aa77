"""What several releases give away together."""

from __future__ import annotations

from pathlib import Path

from plainrecord.audit.site import audit_site
from tests.audit.published import ALTERNATIVES, COUNTS, HIDDEN, Cell, publish


def found(root: Path) -> list[tuple[str, str, str]]:
    return [(f.rule, f.dataset, f.found) for f in audit_site(root).findings]


def test_two_releases_that_hide_the_same_cells(tmp_path: Path) -> None:
    publish(tmp_path, date="2026-01-01", alternatives=ALTERNATIVES)
    publish(tmp_path, alternatives=ALTERNATIVES)
    assert found(tmp_path) == []


def test_a_cell_that_one_release_shows_and_the_other_hides(tmp_path: Path) -> None:
    publish(tmp_path, date="2026-01-01", threshold=5, hidden=[])
    publish(tmp_path, alternatives=ALTERNATIVES)
    told = found(tmp_path)
    assert told[0][:2] == ("audit-releases-reveal", "stops")
    assert told[0][2].startswith("city BRONX, race ASIAN is 7: stops@2026-01-01 shows it")
    assert len(told) == 1


def test_other_cells_hidden_in_the_other_release(tmp_path: Path) -> None:
    """Each release is safe alone; the partners of the small cell differ, and give it away."""
    other: set[Cell] = {("ASIAN", "BRONX"), ("ASIAN", "KINGS"), ("BLACK", "BRONX")}
    other |= {("BLACK", "KINGS")}
    publish(tmp_path, date="2026-01-01", hidden=other)
    publish(tmp_path, hidden=HIDDEN)
    told = found(tmp_path)
    assert {rule for rule, *_ in told} == {"audit-releases-reveal"}
    assert {dataset for _, dataset, _ in told} == {"stops", "stops@2026-01-01"}
    assert all("city BRONX, race ASIAN is 7: " in text for *_, text in told)


def test_releases_that_contradict_each_other_are_attacked_in_pairs(tmp_path: Path) -> None:
    """Two counts moved within all totals in one of three releases: the others give 7 away."""
    other: set[Cell] = {(race, city) for race in ("ASIAN", "BLACK") for city in ("BRONX", "KINGS")}
    moved = dict(COUNTS)
    for race, city, by in (("ASIAN", "QUEENS", 2), ("ASIAN", "KINGS", -2), ("BLACK", "QUEENS", -2)):
        moved[race, city] += by
    moved["BLACK", "KINGS"] += 2
    publish(tmp_path, date="2026-01-01", hidden=other)
    publish(tmp_path, moved, date="2026-02-01", hidden=other)
    publish(tmp_path, hidden=HIDDEN)
    told = [text for rule, _, text in found(tmp_path) if rule == "audit-releases-reveal"]
    assert any(text.startswith("city BRONX, race ASIAN is 7: ") for text in told)


def test_records_that_changed_say_nothing(tmp_path: Path) -> None:
    publish(tmp_path, date="2026-01-01", threshold=5, hidden=[])
    more = {key: count + 20 for key, count in COUNTS.items()}
    publish(tmp_path, more, hidden=HIDDEN)
    assert found(tmp_path) == []


def test_a_year_that_did_not_change_although_the_total_did(tmp_path: Path) -> None:
    old: dict[Cell, int] = {(*key, "2018"): count for key, count in COUNTS.items()}
    new: dict[Cell, int] = {**old, **{(*key, "2019"): count + 20 for key, count in COUNTS.items()}}
    dimensions = ("race", "city", "year")
    publish(tmp_path, old, dimensions=dimensions, date="2026-01-01", threshold=5, hidden=[])
    hidden: list[Cell] = [(*key, "2018") for key in sorted(HIDDEN)]
    hidden += [(*key, "2019") for key in sorted(HIDDEN)]
    publish(tmp_path, new, dimensions=dimensions, hidden=hidden)
    rules = {rule for rule, _, text in found(tmp_path) if "year 2018 is 7" in text}
    assert "audit-releases-reveal" in rules or "audit-cell-derivable" in rules


def test_small_differences_are_a_warning(tmp_path: Path) -> None:
    publish(tmp_path, date="2026-01-01", hidden=[], threshold=5)
    publish(tmp_path, {**COUNTS, ("WHITE", "KINGS"): 83}, hidden=[], threshold=5)
    report = audit_site(tmp_path)
    (finding,) = report.findings
    assert report.holds
    assert finding.rule == "audit-small-change"
    assert "city KINGS, race WHITE, 80 before and 83 after" in finding.found


def test_releases_whose_names_hold_the_date(tmp_path: Path) -> None:
    publish(tmp_path, name="stops@2026-01-01", threshold=5, hidden=[])
    publish(tmp_path)
    assert [rule for rule, *_ in found(tmp_path)] == ["audit-releases-reveal"]
