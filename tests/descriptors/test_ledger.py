"""The ledger: releases as written to trusted, and all that contradicts them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import append_item, parse_document
from plainrecord.descriptors.ledger import (
    FrozenRelease,
    check_ledger,
    describe_state,
    next_check,
    next_release,
    parse_ledger,
    write_entry,
)
from plainrecord.descriptors.package import parse_package
from plainrecord.model.chain import chain_problems, entry_hash
from plainrecord.model.history import Release, ReleaseLedger
from tests.portals import DESCRIPTOR

A, B = "a" * 64, "b" * 64
FILE = "data/visits/releases.yaml"


def make(*dates: str) -> ReleaseLedger:
    ledger = ReleaseLedger(FILE)
    for date in dates:
        release = next_release(ledger, date, f"Of {date}", A, {"visits.csv": B})
        ledger = replace(ledger, releases=(*ledger.releases, release))
    return ledger


def folders(ledger: ReleaseLedger) -> list[FrozenRelease]:
    return [FrozenRelease(r.date, f"data/visits/releases/{r.date}/datapackage.yaml",
                          r.descriptor_sha256, r.files) for r in ledger.releases]  # fmt: skip


def rules(ledger: ReleaseLedger, held: list[FrozenRelease]) -> list[str]:
    return [finding.rule for finding in check_ledger(ledger, held)]


def test_a_ledger_that_holds_has_no_findings() -> None:
    ledger = make("2026-10-01", "2026-11-01", "2026-11-02")
    assert rules(ledger, folders(ledger)) == []
    assert ledger.newest == "2026-11-02"


def test_what_is_written_is_what_is_read() -> None:
    ledger = make("2026-10-01", "2026-11-01")
    text = "# by hand\n"
    for release in ledger.releases:
        text = append_item(text, "releases", write_entry(release.entry))
    text = append_item(text, "checks", write_entry({"date": "2026-11-05", "note": 'as "before"'}))
    read, findings = parse_ledger(parse_document(text), FILE)
    assert findings == ()
    assert read is not None
    assert read.releases == ledger.releases
    assert [(look.date, look.note) for look in read.looks] == [("2026-11-05", 'as "before"')]
    assert rules(read, folders(read)) == []


def test_the_hash_leaves_out_what_the_site_publishes() -> None:
    entry = make("2026-10-01").releases[0].entry
    assert entry_hash(entry) == entry_hash({**entry, "published": {"x.csv": A}})
    for key in ("date", "note", "descriptor_sha256", "previous"):
        assert entry_hash(entry) != entry_hash({**entry, key: "other"})
    assert entry_hash(entry) != entry_hash({**entry, "files": {"visits.csv": A}})


def test_the_hash_is_the_one_that_is_documented() -> None:
    """Computed with `printf` and `sha256sum`, by the words of docs/maintainers.md."""
    entry: dict[str, Json] = {"date": "2026-10-01", "note": "é", "descriptor_sha256": A,
                              "files": {}, "previous": ""}  # fmt: skip
    assert entry_hash(entry) == "2bca1d25329d33327c9632fcbb0adbbd0b02c1a5e922c1e7d45230c18727d4be"


@pytest.mark.parametrize("key", ["note", "descriptor_sha256", "files"])
def test_an_edited_entry_breaks_the_chain(key: str) -> None:
    ledger = make("2026-10-01", "2026-11-01", "2026-12-01")
    edited = {"note": "nicer", "descriptor_sha256": B, "files": {"visits.csv": A}}[key]
    first = ledger.releases[0].model_copy(update={key: edited})
    changed = replace(ledger, releases=(first, *ledger.releases[1:]))
    assert "release-chain-broken" in rules(changed, folders(changed))


def test_a_dropped_release_breaks_the_chain_and_leaves_its_folder() -> None:
    ledger = make("2026-10-01", "2026-11-01", "2026-12-01")
    changed = replace(ledger, releases=(ledger.releases[0], ledger.releases[2]))
    assert rules(changed, folders(ledger)) == ["release-chain-broken", "release-unlisted"]


def test_a_release_put_in_between_breaks_the_chain_and_the_order() -> None:
    ledger = make("2026-10-01", "2026-11-01")
    late = Release(
        date="2026-09-01", descriptor_sha256=A, previous=entry_hash(ledger.releases[-1].entry)
    )
    changed = replace(ledger, releases=(*ledger.releases, late))
    assert rules(changed, folders(changed)) == ["release-order"]


def test_a_release_without_its_folder_is_missed() -> None:
    ledger = make("2026-10-01", "2026-11-01")
    assert rules(ledger, folders(ledger)[1:]) == ["release-missing"]


def test_an_edited_file_or_descriptor_is_seen() -> None:
    ledger = make("2026-10-01")
    [held] = folders(ledger)
    for wrong in (
        replace(held, descriptor_sha256=B),
        replace(held, files={"visits.csv": A}),
        replace(held, files={"visits.csv": B, "more.csv": A}),
        replace(held, files={}),
    ):
        assert rules(ledger, [wrong]) == ["release-changed"]
    told = check_ledger(ledger, [replace(held, files={"visits.csv": A})])
    assert [f.file for f in told] == [held.descriptor_path.rpartition("/")[0] + "/visits.csv"]
    assert rules(ledger, [replace(held, files=None)]) == []


@pytest.mark.parametrize(
    "document",
    [
        {"releases": [{"date": "2026-10-01"}]},
        {"releases": [{"date": "2026-13-01", "descriptor_sha256": A}]},
        {"releases": [{"date": "2026-10-01", "descriptor_sha256": "short"}]},
        {"releases": [], "looks": []},
        {"checks": [{"date": "soon"}]},
        ["2026-10-01"],
        None,
    ],
)
def test_a_ledger_that_cannot_be_trusted_is_not(document: Json) -> None:
    ledger, findings = parse_ledger(document, FILE)
    assert ledger is None
    assert findings
    assert all(finding.blocks and finding.file == FILE for finding in findings)


def test_a_release_must_be_later_than_the_newest() -> None:
    ledger = make("2026-10-01")
    for date, rule in (
        ("2026-10-01", "release-order"),
        ("2025-01-01", "release-order"),
        ("1 October", "value-invalid"),
        ("", "value-invalid"),
    ):
        with pytest.raises(Blocked) as blocked:
            next_release(ledger, date, "", A, {})
        assert [finding.rule for finding in blocked.value.findings] == [rule]


def test_a_look_may_be_on_the_day_of_the_newest_and_not_before() -> None:
    ledger = make("2026-10-01")
    assert next_check(ledger, "2026-10-01", "").date == "2026-10-01"
    for day in ("2026-09-30", "2026-9-30"):
        with pytest.raises(Blocked):
            next_check(ledger, day, "")


def state(text: str) -> str:
    package, findings = parse_package(parse_document(text), "data/visits", FILE, "")
    assert package is not None
    assert findings == ()
    return describe_state(package, {})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Inspection visits", "title: Visits of inspectors"),
        ("title: Day of visit", "title: Day, description: Of the visit"),
        ("known_issues: [{title: Small, ", "known_issues: [{title: Tiny, "),
        ("kind: bar", "kind: line"),
        ("open: Sites are not people.", "open: Sites are no people."),
        ("label: Passed", "label: It passed"),
    ],
)
def test_texts_figures_and_charts_may_be_improved(old: str, new: str) -> None:
    assert old in DESCRIPTOR
    assert state(DESCRIPTOR.replace(old, new)) == state(DESCRIPTOR)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: integer", "type: number"),
        ("name: outcome", "name: result"),
        ("required: true", "required: false"),
        ("minimum: 0", "minimum: 1"),
        ("kind: withheld", "kind: missing"),
        ("{value: pass", "{value: passed"),
        ("path: visits.csv", "path: visits.csv\n    encoding: cp1252"),
        ("path: visits.csv", "path: visits.csv\n    dialect: {delimiter: ;}"),
        (
            "privacy: {open: Sites are not people.}",
            "privacy: {identifiers: [visit_id], tables: [{dimensions: [state]}]}",
        ),
    ],
)
def test_what_decides_about_the_data_may_not(old: str, new: str) -> None:
    assert old in DESCRIPTOR
    assert state(DESCRIPTOR.replace(old, new, 1)) != state(DESCRIPTOR)


def test_the_published_chain_holds() -> None:
    ledger = make("2026-10-01", "2026-11-01")
    releases: list[Json] = [{**r.entry, "published": {"x": A}} for r in ledger.releases]
    head = entry_hash(ledger.releases[-1].entry)
    assert chain_problems({"dataset": "visits", "releases": releases, "head": head}) == ()
    assert chain_problems({"dataset": "visits", "releases": releases[1:], "head": head})
