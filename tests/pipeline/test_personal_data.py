"""A field with personal data blocks a portal unless it is dropped, generalised or waived."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plainrecord.cli import main
from plainrecord.descriptors import declarations
from plainrecord.findings.finding import Finding
from plainrecord.pipeline.plan import advise_repairs, plan_portal
from tests.portals import DESCRIPTOR, ROWS, write_portal, write_releases

FIELDS = (
    "        - {name: contact, type: string, title: Contact}\n"
    "        - {name: dob, type: date, title: Born}\n"
    "      missingValues:"
)
OPEN = "  privacy: {open: Sites are not people.}\n"
WITH_PEOPLE = DESCRIPTOR.replace("      missingValues:", FIELDS, 1).replace(
    '["", {', '[{value: ""}, {'
)
HEAD, *LINES = ROWS.splitlines()
TABLE = "\n".join(
    [f"{HEAD},contact,dob", *(f"{line},who{n}@example.org,1980-01-{1 + n % 28:02}" for n, line in enumerate(LINES))]
)  # fmt: skip
WAIVED = (
    "  waived:\n"
    "    - {rule: personal-data, field: contact, reason: The addresses are those of offices.}\n"
    "    - {rule: personal-data, field: dob, reason: These are the days on which sites opened.}\n"
)


def run(root: Path, *command: str, ours: str = OPEN, descriptor: str = WITH_PEOPLE) -> Result:
    changed = descriptor.replace(OPEN, ours)
    files = {"data/visits/datapackage.yaml": changed, "data/visits/visits.csv": TABLE}
    portal = write_portal(root, **files)
    return CliRunner().invoke(main.cli, [*command, "--portal", str(portal)])


def said(done: Result) -> str:
    """What was printed, or the findings of a command that main() prints."""
    found = getattr(done.exception, "findings", ())
    printed = [f"[{f.rule}] field {f.field} found {f.found}" for f in found]
    return " ".join(" ".join((done.output, *printed)).split())


@pytest.fixture
def frozen_before_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge a policy without tables as that of a release frozen before tables were required."""
    monkeypatch.setattr(declarations, "_require_mode", lambda _form, _findings: None)


@pytest.mark.parametrize("command", [("build",), ("check",), ("release", "visits")])
def test_no_command_accepts_personal_data(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(tmp_path, *command)
    assert done.exit_code == 1
    words = said(done)
    assert "[personal-data]" in words
    assert "field contact found 60 of 60 values look like an e-mail address" in words
    assert "the name of the field says a date of birth" in words
    assert "who1@" not in words
    assert not (tmp_path / "_site").exists()
    assert not (tmp_path / "data/visits/releases").exists()


def test_numbers_of_persons_in_texts_of_the_descriptor(tmp_path: Path) -> None:
    texts = "title: Contact, description: the person with A012-345-678}"
    changed = WITH_PEOPLE.replace("title: Contact}", texts)
    changed = changed.replace("Visits to sites.", "Visits to sites, also of 219-09-9999.")
    words = said(run(tmp_path, "check", descriptor=changed))
    assert "012-345-678" not in words
    assert "219-09" not in words
    assert "1 of 1 values look like a social security number" in words
    assert "field contact found 1 of 1 values look like an alien registration number" in words


def test_a_package_alone_is_judged_as_in_its_portal(tmp_path: Path) -> None:
    run(tmp_path, "check")
    done = CliRunner().invoke(main.cli, ["check", str(tmp_path / "data/visits")])
    assert said(done).count("personal data [personal-data] (2 times)") == 1
    run(tmp_path, "check", ours=OPEN + WAIVED)
    done = CliRunner().invoke(main.cli, ["check", str(tmp_path / "data/visits")])
    assert done.exit_code == 0, done.output


def test_a_draft_is_warned(tmp_path: Path) -> None:
    draft = WITH_PEOPLE.replace("  unit: visit\n", "  unit: visit\n  publish: false\n")
    done = run(tmp_path, "check", ours="", descriptor=draft)
    assert "warning A published field seems to hold personal data [personal-data]" in said(done)
    assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("frozen_before_tables")
@pytest.mark.parametrize(
    "ours",
    [
        "  privacy: {identifiers: [contact, dob], threshold: 11}\n",
        "  privacy: {identifiers: [contact], coarsen: [{field: dob, method: year}], threshold: 11}\n",
        OPEN + WAIVED,
    ],
)
def test_a_dropped_a_generalised_and_a_waived_field_pass(tmp_path: Path, ours: str) -> None:
    done = run(tmp_path, "build", ours=ours)
    assert done.exit_code == 0, done.output
    assert "[personal-data]" not in done.output


def test_a_waived_error_is_shown_to_readers(tmp_path: Path) -> None:
    assert run(tmp_path, "build", ours=OPEN + WAIVED).exit_code == 0
    page = (tmp_path / "_site/datasets/visits/check/index.html").read_text(encoding="utf-8")
    assert "The addresses are those of offices." in page


@pytest.mark.usefixtures("frozen_before_tables")
@pytest.mark.parametrize("method", ["day", "hour"])
def test_a_day_of_birth_is_still_one(tmp_path: Path, method: str) -> None:
    policy = f"  privacy: {{identifiers: [contact], coarsen: [{{field: dob, method: {method}}}]}}\n"
    done = run(tmp_path, "check", ours=policy)
    assert "field dob" in said(done)
    assert done.exit_code == 1


@pytest.mark.usefixtures("frozen_before_tables")
def test_a_derived_field_made_of_an_identifier_is_found(tmp_path: Path) -> None:
    derive = (
        "    plainrecord:\n      derive:\n"
        "        - {field: {name: where, type: string}, sql: upper(contact)}\n"
        "plainrecord:\n"
    )
    done = run(
        tmp_path,
        "check",
        ours="  privacy: {identifiers: [contact, dob], threshold: 11}\n",
        descriptor=WITH_PEOPLE.replace("plainrecord:\n", derive, 1),
    )
    assert "field where found 60 of 60 values look like an e-mail address" in said(done)


@pytest.mark.parametrize(
    ("ours", "rule"),
    [
        ("  privacy: {identifiers: [contact, dob], threshold: 1}\n", "privacy-weak"),
        ("  privacy: {identifiers: [contact, dob], threshold: 2}\n", "privacy-weak"),
        ("  privacy: {threshold: 11}\n", "privacy-mode-missing"),
        ("  privacy: {identifiers: [contact, dob], threshold: 11}\n", "privacy-mode-missing"),
        ("  privacy: {open: x}\n", "privacy-reason-missing"),
        ("  privacy: {open: yes indeed}\n", "privacy-reason-missing"),
        ("  privacy: {open: '- - - -'}\n", "privacy-reason-missing"),
        (OPEN + WAIVED.replace(", field: dob", ""), "value-invalid"),
        (OPEN + WAIVED.replace("These are the days on which sites opened.", "ok"), "value-invalid"),
    ],
)
def test_a_policy_that_protects_nothing_is_an_error(tmp_path: Path, ours: str, rule: str) -> None:
    done = run(tmp_path, "check", ours=ours)
    assert f"[{rule}]" in said(done)
    assert done.exit_code == 1


def test_a_past_release_with_personal_data_is_withdrawn_or_waived(tmp_path: Path) -> None:
    """One that was kept before the search existed: its policy, which is weak as well, stays."""
    root = write_releases(tmp_path)
    for place in ("", "releases/2026-10-01/", "releases/2026-11-01/"):
        data = root / "data/visits" / place
        assert (data / "visits.csv").is_file(), place
    weak = "  privacy: {open: public}\n"
    kept = root / "data/visits/releases/2026-10-01/datapackage.yaml"
    ledger = root / "data/visits/releases.yaml"
    before = kept.read_bytes()
    kept.write_text(
        before.decode().replace(OPEN, weak).replace("name: state,", "name: ssn,"), encoding="utf-8"
    )
    ledger.write_text(
        ledger.read_text(encoding="utf-8").replace(
            sha256(before).hexdigest(), sha256(kept.read_bytes()).hexdigest()
        ),
        encoding="utf-8",
    )
    plan, findings = plan_portal(root)
    rules = {finding.rule for finding in findings}
    assert not {"privacy-weak", "privacy-reason-missing"} & rules
    assert plan.archives["visits"].releases[0].package.policy is not None
    found = Finding(
        "personal-data", "x", file=f"{kept.relative_to(root).as_posix()}", dataset="visits@2026-10-01", field="ssn"
    )  # fmt: skip
    (advised,) = advise_repairs(plan, [found])
    assert "Withdraw the release" in advised.remedy
    assert "repair.yaml" not in advised.remedy


@pytest.mark.usefixtures("frozen_before_tables")
@pytest.mark.parametrize("listed", ["who1@example.org", "north"])
def test_a_group_that_lists_personal_values_removes_nothing(tmp_path: Path, listed: str) -> None:
    """The codebook lists the values of each group."""
    group = f"{{field: contact, method: group, groups: {{{listed}: North}}, other: Rest}}"
    policy = f"  privacy: {{identifiers: [dob], coarsen: [{group}], threshold: 11}}\n"
    done = run(tmp_path, "check", ours=policy)
    assert ("field contact" in said(done)) is ("@" in listed)
    assert "who1" not in said(done)


def test_names_that_only_labels_of_categories_have_are_found(tmp_path: Path) -> None:
    labels = ", ".join(
        f"{{value: {value}, label: {name}}}"
        for value, name in {"pass": "Maria Lopez", "fail": "John Smith", "none": "Ana Ruiz"}.items()
    )
    before = "[{value: pass, label: Passed}, {value: fail, label: Failed}]"
    assert before in DESCRIPTOR
    descriptor = DESCRIPTOR.replace(before, f"[{labels}]")
    portal = write_portal(tmp_path, **{"data/visits/datapackage.yaml": descriptor})
    done = CliRunner().invoke(main.cli, ["check", "--portal", str(portal)])
    assert "field outcome found 3 of 3 values look like a person's name" in said(done)
    assert "Maria" not in said(done)
