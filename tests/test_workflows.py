"""The workflows, read by three auditors and by rules of our own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml

from plainrecord.workshop.drafts import WORKFLOW

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
PINS = {
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1",
    "actions/setup-python": "5fda3b95a4ea91299a34e894583c3862153e4b97",
    "actions/configure-pages": "45bfe0192ca1faeb007ade9deae92b16b8254a0d",
    "actions/upload-pages-artifact": "fc324d3547104276b827a68afc52ff2a11cc49c9",
    "actions/attest": "1e69f48acb82d1966a394da916b4c1698aa569d6",
    "actions/deploy-pages": "cd2ce8fcbc39b97be8ca5fce6e763baed58fa128",
}


WRITES = {"deploy": {"pages", "id-token"}, "attest": {"id-token", "attestations"}}


@pytest.fixture(scope="module")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ours, and the one that `plainrecord init` drafts."""
    draft = tmp_path_factory.mktemp("new") / ".github" / "workflows" / "publish.yml"
    draft.parent.mkdir(parents=True)
    draft.write_text(WORKFLOW)
    return [*sorted(FOLDER.glob("*.yml")), draft]


def run(program: str, *arguments: str) -> None:
    place = Path(sysconfig.get_path("scripts")) / program
    found = str(place) if place.exists() else shutil.which(program)
    assert found, f"{program} is not installed: pip install -e '.[test]'"
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing(workflows: list[Path]) -> None:
    run("zizmor", "--offline", "--no-progress", *map(str, workflows))


def test_the_schema_of_workflows_is_kept(workflows: list[Path]) -> None:
    schema = "vendor.github-workflows"
    run("check-jsonschema", "--builtin-schema", schema, *map(str, workflows))


def test_actionlint_finds_nothing(workflows: list[Path]) -> None:
    run("actionlint", *map(str, workflows))


def test_every_action_is_pinned_to_a_known_commit(workflows: list[Path]) -> None:
    for path in workflows:
        for action, commit in re.findall(r"uses: ([^@\s]+)@(\S+)", path.read_text()):
            assert PINS.get(action) == commit, f"{path.name}: {action}@{commit}"


def test_permissions_are_given_one_job_at_a_time(workflows: list[Path]) -> None:
    for path in workflows:
        document = yaml.safe_load(path.read_text())
        assert document["permissions"] == {}
        for name, job in document["jobs"].items():
            writes = {key for key, value in job["permissions"].items() if value == "write"}
            assert writes == WRITES.get(name, set()), path.name
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False
                assert "${{" not in step.get("run", "")


def test_publishing_is_never_cut_short(workflows: list[Path]) -> None:
    for path in workflows:
        if path.name == "publish.yml":
            document = yaml.safe_load(path.read_text())
            assert document["concurrency"]["cancel-in-progress"] is False
            assert document["jobs"]["deploy"]["environment"]["name"] == "github-pages"


def test_publishing_verifies_and_attests(workflows: list[Path]) -> None:
    for path in workflows:
        if path.name != "publish.yml":
            continue
        jobs = yaml.safe_load(path.read_text())["jobs"]
        lines = [step.get("run", "") for step in jobs["build"]["steps"]]
        assert any(line.endswith("verify _site") for line in lines)
        assert jobs["deploy"]["needs"] == "attest"
        used = [step.get("uses", "") for step in jobs["attest"]["steps"]]
        assert any(action.startswith("actions/attest@") for action in used)
        assert not any(action.startswith("actions/checkout@") for action in used)
        assert "pip" not in " ".join(step.get("run", "") for step in jobs["attest"]["steps"])


def test_the_upload_keeps_hidden_files(workflows: list[Path]) -> None:
    uploads = [
        step["with"]
        for path in workflows
        for job in yaml.safe_load(path.read_text())["jobs"].values()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/upload-pages-artifact@")
    ]
    assert uploads
    assert all(upload["include-hidden-files"] is True for upload in uploads)


def test_one_workflow_takes_the_newest_versions_and_all_others_the_locked_ones() -> None:
    for path in sorted(FOLDER.glob("*.yml")):
        installs = [line for line in path.read_text().splitlines() if "pip install" in line]
        locked = [line for line in installs if line.endswith("-c constraints.txt")]
        assert locked == ([] if path.name == "newest.yml" else installs), path.name
