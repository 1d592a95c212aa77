"""The audit of tables whose counts are rounded: multiples, sums, and counts that are not rounded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plainrecord.audit.site import audit_site
from plainrecord.verify.site import verify_site
from tests.audit.published import ALTERNATIVES, COUNTS, publish
from tests.audit.test_channels import page, write
from tests.pipeline import test_protect

ROUNDED = {key: 5 * round(count / 5) for key, count in COUNTS.items()}
POLICY = test_protect.TABLES.replace("    threshold: 5\n", "    preset: statcan-round5\n")
assert ROUNDED["ASIAN", "BRONX"] == 5


def rules(root: Path) -> list[str]:
    return [finding.rule for finding in audit_site(root).findings]


def test_multiples_that_add_up_are_safe(tmp_path: Path) -> None:
    publish(tmp_path, ROUNDED, hidden=(), rounding=5, threshold=5)
    assert rules(tmp_path) == []


def test_a_count_that_is_no_multiple(tmp_path: Path) -> None:
    publish(tmp_path, {**ROUNDED, ("ASIAN", "BRONX"): 7}, hidden=(), rounding=5, threshold=5)
    assert set(rules(tmp_path)) == {"audit-count-not-rounded"}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("index.html", page("<p>In the Bronx, 7 Asian people were stopped.</p>")),
        ("datasets/stops/receipts.json", json.dumps([{"race": "ASIAN", "city": "BRONX", "n": 7}])),
        ("datasets/stops/old.csv", "race,city\n" + "ASIAN,BRONX\n" * 7),
    ],
)
def test_the_true_count_elsewhere(tmp_path: Path, path: str, content: str) -> None:
    publish(tmp_path, ROUNDED, hidden=(), rounding=5, threshold=5)
    write(tmp_path, path, content)
    found = audit_site(tmp_path).findings
    assert {(one.rule, one.file) for one in found} == {("audit-value-published", path)}
    assert "city BRONX, race ASIAN is 7: " in found[0].found


def test_a_built_portal_shows_rounded_counts_alone(tmp_path: Path) -> None:
    root = test_protect.write(tmp_path / "portal", POLICY)
    test_protect.protect(root)
    built = test_protect.build(root, tmp_path / "site")
    assert audit_site(tmp_path / "site").findings == ()
    report = verify_site(str(tmp_path / "site"), None, lambda _: None)
    assert not [finding for finding in report.findings if finding.blocks]
    told = json.loads(built["datasets/stops/protection.json"])
    assert (told["rounding"], told["rows"] % 5, told["alternatives"]) == (5, 0, [])
    assert "rounded to a multiple of 5" in built["datasets/stops/privacy/index.html"].decode()
    for path, content in built.items():
        if path.startswith("datasets/stops/downloads/by-") and path.endswith(".csv"):
            lines = content.decode().splitlines()[1:]
            assert all(int(line.rpartition(",")[2]) % 5 == 0 for line in lines)


def test_counts_that_two_releases_round_or_suppress_otherwise(tmp_path: Path) -> None:
    publish(tmp_path / "one", ROUNDED, hidden=(), rounding=5, threshold=5, date="2026-01-01")
    publish(tmp_path / "one", alternatives=ALTERNATIVES)
    told = [one.found for one in audit_site(tmp_path / "one").findings if one.blocks]
    assert [text.partition(": stops@2026")[0] for text in told] == [
        "city BRONX, race ASIAN is 1 to 9"
    ]
    thirds = {key: 3 * round(count / 3) for key, count in COUNTS.items()}
    publish(tmp_path / "two", ROUNDED, hidden=(), rounding=5, threshold=5, date="2026-01-01")
    publish(
        tmp_path / "two", {**thirds, ("WHITE", "BRONX"): 51}, hidden=(), rounding=3, threshold=5
    )
    told = [one.found for one in audit_site(tmp_path / "two").findings]
    assert any("race WHITE is 49: stops rounds it to 51" in text for text in told)
