"""Tables by day and by month, and by state and by region: their sums give hidden counts away."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from plainrecord.audit.site import audit_site
from tests.audit.published import publish

DAYS = {
    ("2026-01-05", "A"): 30, ("2026-01-05", "B"): 20, ("2026-01-06", "A"): 7, ("2026-01-06", "B"): 25,
    ("2026-02-01", "A"): 40, ("2026-02-01", "B"): 22, ("2026-02-02", "A"): 23, ("2026-02-02", "B"): 31,
}  # fmt: skip
INNER = {("2026-01-06", "A"), ("2026-01-06", "B"), ("2026-02-02", "A"), ("2026-02-02", "B")}


def publish_both(root: Path, names: dict[str, str], **stated: object) -> Path:
    """Counts by day and by month, each beside a letter, the days under the names of `names`."""
    months: dict[tuple[str, ...], int] = {}
    days: dict[tuple[str, ...], int] = {}
    for (day, letter), count in DAYS.items():
        days[names.get(day, day), letter] = count
        month = names.get(day[:7], day[:7])
        months[month, letter] = months.get((month, letter), 0) + count
    hidden = {(names.get(day, day), letter) for day, letter in INNER}
    folder = publish(root, days, hidden=hidden, dimensions=("inner", "letter"))
    first: dict[str, Any] = json.loads((folder / "protection.json").read_text())
    publish(root, months, hidden=(), dimensions=("outer", "letter"))
    second = json.loads((folder / "protection.json").read_text())
    tables = {one["resource"]: one for one in (*first["tables"], *second["tables"])}
    first["tables"] = list(tables.values())
    (folder / "protection.json").write_text(json.dumps(first | stated))
    return root


STATES = {"2026-01-05": "TX", "2026-01-06": "LA", "2026-02-01": "NY", "2026-02-02": "VT"}
REGIONS = {"2026-01": "South", "2026-02": "North"}
NESTED = {
    "field": "inner",
    "within": "outer",
    "values": {"TX": "South", "LA": "South", "NY": "North", "VT": "North"},
}


@pytest.mark.parametrize("names", [{}, STATES | REGIONS], ids=["dates", "stated"])
def test_counts_that_add_up_to_those_of_a_larger_class(
    tmp_path: Path, names: dict[str, str]
) -> None:
    nested = [NESTED] if names else []
    found = audit_site(publish_both(tmp_path, names, nested=nested)).findings
    assert {one.rule for one in found} == {"audit-cell-derivable"}
    (first,) = [
        one
        for one in found
        if f"inner {names.get('2026-01-06', '2026-01-06')}, letter A" in one.found
    ]
    assert " is 7: " in first.found
    assert "over inner within outer" in first.found


def test_other_classes_say_nothing(tmp_path: Path) -> None:
    """Neither regions that nothing relates to states, nor months of another event."""
    assert audit_site(publish_both(tmp_path / "states", STATES | REGIONS)).holds
    months = {"2026-01": "2026-02", "2026-02": "2026-01"}
    assert audit_site(publish_both(tmp_path / "events", months)).holds


SHARES = {("TX", "South"): (7, 40), ("LA", "South"): (18, 30), ("LA", "North"): (12, 0),
    ("NY", "North"): (40, 50), ("VT", "North"): (22, 31)}  # fmt: skip


def audit_tables(
    root: Path,
    rows: Sequence[tuple[Mapping[str, str], int]],
    dimensions: Sequence[tuple[str, ...]],
    hidden: Collection[tuple[str, ...]],
    threshold: int = 11,
) -> set[str]:
    """What the audit finds in tables of the counts of `rows` by each of the `dimensions`."""
    tables: dict[str, Any] = {}
    for names in dimensions:
        counts: dict[tuple[str, ...], int] = {}
        for row, count in rows:
            key = tuple(row[name] for name in names)
            counts[key] = counts.get(key, 0) + count
        folder = publish(root, counts, hidden=hidden, dimensions=names, threshold=threshold)
        document = json.loads((folder / "protection.json").read_text())
        tables |= {one["resource"]: one for one in document["tables"]}
    document["tables"] = list(tables.values())
    (folder / "protection.json").write_text(json.dumps(document))
    return {one.found.split(":")[0] for one in audit_site(root).findings}


JOINT = {
    "a0b0c1": 7, "a0b0c2": 1, "a0b1c1": 8, "a0b1c2": 1, "a0b2c0": 184, "a0b2c1": 194, "a0b2c2": 15,
    "a0b3c0": 1, "a0b3c1": 3, "a1b1c1": 1, "a1b2c0": 6, "a2b0c0": 6, "a2b0c1": 2, "a2b0c2": 4,
    "a2b3c0": 8, "a2b3c1": 2,
}  # fmt: skip


def test_classes_that_overlap_in_one_value(tmp_path: Path) -> None:
    """LA lies in both regions: a table says that 12 of its people are in the North, so that 18 or
    more of its 30 A are in the South, and of the 25 there 7 at most are those of TX.
    """
    hidden = {(state, letter) for state in ("TX", "VT") for letter in "AB"}
    rows = [
        ({"state": state, "region": region, "letter": letter}, count)
        for (state, region), pair in SHARES.items()
        for letter, count in zip("AB", pair, strict=True)
    ]
    tables = (("state", "letter"), ("region", "letter"), ("region", "state"))
    assert "letter A, state TX is 1 to 7" in audit_tables(tmp_path, rows, tables, hidden)


def test_two_dimensions_that_together_overlap_with_a_third(tmp_path: Path) -> None:
    """The states of the test before, each named by two dimensions: by all three tables alone each
    hidden count can be 11 or more.
    """
    pairs = {"TX": "y1", "VT": "y2", "NY": "n1", "ME": "n2", "LA": "n3"}
    codes = {state: tuple(pair) for state, pair in pairs.items()}
    shares = {**SHARES, ("ME", "North"): (20, 20)}
    hidden = {(*code, letter) for state, code in codes.items() if state != "LA" for letter in "AB"}
    rows = [
        ({"one": one, "two": two, "region": region, "letter": letter}, count)
        for (state, region), pair in shares.items()
        for one, two in [codes[state]]
        for letter, count in zip("AB", pair, strict=True)
    ]
    tables = (("one", "two", "letter"), ("region", "letter"), ("region", "one", "two"))
    assert "letter A, one y, two 1 is 1 to 7" in audit_tables(tmp_path, rows, tables, hidden)


def test_three_tables_by_two_of_three_dimensions_each(tmp_path: Path) -> None:
    """By the sums of the tables, b1 c2 can be 3 or more. Counts by all three dimensions that are 0 or
    more and add up to these tables are 2 at most there.
    """
    hidden = {("a1",), ("a2",)} | {
        (key[:2], key[2:])
        for key in ["a0b1", "a0b3", "a1b1", "a2b3", "b0c1", "b0c2", "b1c1", "b1c2", "a1c1", "a2c1"]
    }
    rows = [
        (dict(zip("abc", (key[:2], key[2:4], key[4:]), strict=True)), count)
        for key, count in JOINT.items()
    ]
    tables = (("a", "b"), ("b", "c"), ("a", "c"), ("a",))
    assert "b b1, c c2 is 1 to 2" in audit_tables(tmp_path, rows, tables, hidden, threshold=3)
