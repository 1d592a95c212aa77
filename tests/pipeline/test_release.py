"""Keeping a release: what the command freezes, what it refuses, and that nothing is lost."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from plainrecord.core.errors import Blocked, UsageError
from plainrecord.core.strict_json import Json
from plainrecord.core.yaml_json import parse_document
from plainrecord.io import write
from plainrecord.model.chain import entry_hash
from plainrecord.pipeline.release import freeze_release, record_check
from tests.portals import DESCRIPTOR, LATER_ROWS, ROWS, write_portal, write_releases


def keep(root: Path, date: str = "", note: str = "") -> None:
    freeze_release(root, "visits", date, note, "2026-12-24", lambda _: None)


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def entries(root: Path) -> list[dict[str, Json]]:
    """The releases in the ledger of the dataset, as written."""
    ledger = parse_document((root / "data/visits/releases.yaml").read_text())
    assert isinstance(ledger, dict)
    listed = ledger["releases"]
    assert isinstance(listed, list)
    return [entry for entry in listed if isinstance(entry, dict)]


def blocked(root: Path, rule: str, date: str = "") -> None:
    """Keeping is refused by `rule`, and the portal stays as it was to the byte."""
    before = tree(root)
    with pytest.raises(Blocked) as caught:
        keep(root, date)
    assert rule in {finding.rule for finding in caught.value.findings if finding.blocks}
    assert tree(root) == before


def test_a_release_holds_everything_and_the_entry_its_hashes(tmp_path: Path) -> None:
    root = write_portal(tmp_path)
    keep(root, note="The first.")
    place = root / "data/visits/releases/2026-10-01"
    assert (place / "datapackage.yaml").read_text() == DESCRIPTOR
    assert (place / "visits.csv").read_text() == ROWS
    assert (place / "methodology.md").is_file()
    [entry] = entries(root)
    assert (entry["date"], entry["note"], entry["previous"]) == ("2026-10-01", "The first.", "")
    assert entry["descriptor_sha256"] == hashlib.sha256(DESCRIPTOR.encode()).hexdigest()
    assert entry["files"] == {
        name: hashlib.sha256((place / name).read_bytes()).hexdigest()
        for name in ("methodology.md", "visits.csv")
    }


def test_the_next_release_names_the_one_before(tmp_path: Path) -> None:
    first, second = entries(write_releases(tmp_path))
    assert second["previous"] == entry_hash(first)


def test_comments_in_the_ledger_stay(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    ledger = root / "data/visits/releases.yaml"
    text = ledger.read_text() + "# the end\n"
    ledger.write_text(text)
    record_check(root, "visits", "2026-11-20", "As before.", "")
    added = ledger.read_text()
    assert added.startswith(text)
    assert "2026-11-20" in added


def test_the_day_is_the_given_one_then_the_written_one_then_today(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "a")
    keep(root, "2026-10-05")
    assert (root / "data/visits/releases/2026-10-05").is_dir()
    plain = DESCRIPTOR.replace("  updated: 2026-10-01\n", "")
    root = write_portal(tmp_path / "b", **{"data/visits/datapackage.yaml": plain})
    keep(root)
    assert (root / "data/visits/releases/2026-12-24").is_dir()


def test_the_same_again_is_recorded_as_a_look(tmp_path: Path) -> None:
    """No release without new data; that somebody looked is kept, as the issue of releases asks."""
    root = write_releases(tmp_path)
    before = tree(root)
    better = (root / "data/visits/datapackage.yaml").read_text().replace("Day of visit", "Day")
    (root / "data/visits/datapackage.yaml").write_text(better)
    kept = freeze_release(root, "visits", "2026-12-01", "As before.", "2026-12-24", lambda _: None)
    assert (kept.date, kept.same_as) == ("2026-12-01", "2026-11-01")
    kept = freeze_release(root, "visits", "", "", "2026-12-24", lambda _: None)
    assert (kept.date, kept.written) == ("2026-12-24", ("data/visits/releases.yaml",))
    now = tree(root)
    assert {path for path in now if now[path] != before.get(path)} == {
        "data/visits/datapackage.yaml",
        "data/visits/releases.yaml",
    }
    ledger = parse_document((root / "data/visits/releases.yaml").read_text())
    assert isinstance(ledger, dict)
    assert ledger["checks"] == [
        {"date": "2026-12-01", "note": "As before."},
        {"date": "2026-12-24", "note": ""},
    ]
    blocked(root, "release-order", "2026-12-02")
    blocked(root, "value-invalid", "soon")


def test_a_date_that_is_not_later_is_refused(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    (root / "data/visits/visits.csv").write_text(ROWS)
    for date in ("2026-11-01", "2026-10-15", ""):
        blocked(root, "release-order", date)
    blocked(root, "value-invalid", "1 December")


def test_data_that_do_not_pass_are_refused(tmp_path: Path) -> None:
    root = write_portal(tmp_path, **{"data/visits/visits.csv": ROWS + "v1,soon,CA,pass,1\n"})
    blocked(root, "type-error")


def test_a_derived_field_that_fails_at_the_gate_is_refused(tmp_path: Path) -> None:
    derive = (
        "    plainrecord: {derive: [{field: {name: n, type: integer}, sql: state}]}\nplainrecord:"
    )
    text = DESCRIPTOR.replace("plainrecord:", derive, 1)
    root = write_portal(tmp_path, **{"data/visits/datapackage.yaml": text})
    blocked(root, "derived-value-invalid")


def test_a_past_that_was_edited_is_refused(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    (root / "data/visits/visits.csv").write_text(ROWS)
    (root / "data/visits/releases/2026-10-01/visits.csv").write_text(LATER_ROWS)
    blocked(root, "release-changed", "2026-12-01")


def test_a_folder_left_behind_is_not_overwritten(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    (root / "data/visits/visits.csv").write_text(ROWS)
    left = root / "data/visits/releases/2026-12-01"
    left.mkdir()
    (left / "datapackage.yaml").write_text(DESCRIPTOR)
    blocked(root, "release-unlisted", "2026-12-01")


def test_a_list_that_cannot_be_added_to_is_refused(tmp_path: Path) -> None:
    root = write_portal(tmp_path, **{"data/visits/releases.yaml": "releases: []\n"})
    blocked(root, "value-invalid")


def test_what_fails_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_releases(tmp_path)
    (root / "data/visits/visits.csv").write_text(ROWS)
    before = tree(root)

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    for name in ("write_text", "shutil.copyfile"):
        with monkeypatch.context() as patch:
            patch.setattr(f"plainrecord.io.write.{name}", fail)
            with pytest.raises(OSError, match="disk is full"):
                keep(root, "2026-12-01")
        assert tree(root) == before
    keep(root, "2026-12-01")
    assert (root / "data/visits/releases/2026-12-01/visits.csv").read_text() == ROWS


def test_a_look_is_recorded_and_needs_a_release(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no releases"):
        record_check(write_portal(tmp_path / "a"), "visits", "", "", "2026-12-24")
    root = write_releases(tmp_path / "b")
    record_check(root, "visits", "", "As before.", "2026-12-24")
    ledger = parse_document((root / "data/visits/releases.yaml").read_text())
    assert isinstance(ledger, dict)
    assert ledger["checks"] == [{"date": "2026-12-24", "note": "As before."}]
    with pytest.raises(Blocked):
        record_check(root, "visits", "2026-10-31", "", "")


def test_a_look_that_found_something_is_no_look(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    (root / "data/visits/visits.csv").write_text(ROWS)
    before = tree(root)
    with pytest.raises(Blocked, match="something is new"):
        record_check(root, "visits", "2026-12-24", "", "")
    assert tree(root) == before


def test_an_unknown_dataset_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the datasets are visits"):
        freeze_release(write_portal(tmp_path), "visit", "", "", "", lambda _: None)
    draft = {"data/visits/datapackage.yaml": DESCRIPTOR + "  publish: false\n"}
    with pytest.raises(UsageError, match=r"visits is a draft: .* data/visits/datapackage.yaml"):
        freeze_release(write_portal(tmp_path, **draft), "visits", "", "", "", lambda _: None)


def test_the_command_takes_its_day_from_the_environment(tmp_path: Path) -> None:
    plain = DESCRIPTOR.replace("  updated: 2026-10-01\n", "")
    root = write_portal(tmp_path, **{"data/visits/datapackage.yaml": plain})
    run = CliRunner().invoke(
        main.cli,
        ["release", "visits", "--portal", str(root), "--note", "x"],
        env={"SOURCE_DATE_EPOCH": "1782864000"},
    )
    assert run.exit_code == 0, run.output
    assert "wrote data/visits/releases/2026-07-01/visits.csv" in run.output
    run = CliRunner().invoke(
        main.cli,
        ["release", "visits", "--portal", str(root), "--checked", "--date", "2026-07-02"],
        env={"SOURCE_DATE_EPOCH": "soon"},
    )
    assert isinstance(run.exception, UsageError)


def test_a_file_is_put_in_place_at_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    write.write_text(tmp_path, "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "new"


def test_what_is_to_be_released_next_can_be_fetched_first(tmp_path: Path) -> None:
    """A new file at its address is fetched although the data are not released yet."""
    root, mirror = tmp_path / "portal", tmp_path / "mirror"
    mirror.mkdir()
    address = "https://data.example/visits.csv"
    for day, rows in (("2026-10-01", ROWS), ("2026-11-01", LATER_ROWS)):
        digest = hashlib.sha256(rows.encode()).hexdigest()
        ours = f'{{files: [{{path: "{address}", sha256: {digest}, bytes: {len(rows)}}}]}}'
        text = DESCRIPTOR.replace("path: visits.csv", f"path: {address}\n    plainrecord: {ours}")
        text = text.replace("updated: 2026-10-01", f"updated: {day}")
        if day == "2026-10-01":
            write_portal(
                root, **{"data/visits/datapackage.yaml": text, "data/visits/visits.csv": None}
            )
        (root / "data/visits/datapackage.yaml").write_text(text)
        (mirror / f"{day}.csv").write_text(rows)
        with pytest.raises(Blocked, match="not been fetched"):
            keep(root)
        command = ["fetch", "--portal", str(root), "--mirror", str(mirror), "--quiet"]
        run = CliRunner().invoke(main.cli, command, standalone_mode=False)
        assert run.exception is None, run.output
        keep(root)
    assert sorted(path.name for path in (root / "data/visits/releases").iterdir()) == [
        "2026-10-01",
        "2026-11-01",
    ]
    assert not list((root / "data/visits").rglob("*.csv"))


def test_a_check_of_the_portal_sees_an_edited_past(tmp_path: Path) -> None:
    root = write_releases(tmp_path)
    run = CliRunner().invoke(main.cli, ["check", str(root), "--quiet"])
    assert run.exit_code == 0, run.output
    (root / "data/visits/releases/2026-10-01/visits.csv").write_text(LATER_ROWS)
    run = CliRunner().invoke(main.cli, ["check", str(root), "--format", "json"])
    assert run.exit_code == 1
    assert "release-changed" in run.output


def test_a_schema_in_another_file_is_refused(tmp_path: Path) -> None:
    root = write_portal(tmp_path)
    descriptor = root / "data/visits/datapackage.yaml"
    head, rest = descriptor.read_text().split("    schema:\n", 1)
    schema, tail = rest.split("plainrecord:\n", 1)
    (root / "data/visits/schema.yaml").write_text(schema)
    descriptor.write_text(f"{head}    schema: schema.yaml\nplainrecord:\n{tail}")
    with pytest.raises(Blocked) as caught:
        freeze_release(root, "visits", "2026-12-01", "", "", lambda _: None)
    assert "schema is in another file: schema.yaml" in caught.value.findings[0].found
    assert not (root / "data/visits/releases").exists()
