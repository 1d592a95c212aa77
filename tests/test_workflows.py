"""The workflows and the action, read by three auditors and by rules of our own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml

from plainrecord.authoring.scaffold import workflows as drafted_workflows

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
PINS = {
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1",
    "actions/setup-python": "5fda3b95a4ea91299a34e894583c3862153e4b97",
    "actions/configure-pages": "45bfe0192ca1faeb007ade9deae92b16b8254a0d",
    "actions/upload-pages-artifact": "fc324d3547104276b827a68afc52ff2a11cc49c9",
    "actions/attest": "1e69f48acb82d1966a394da916b4c1698aa569d6",
    "actions/deploy-pages": "cd2ce8fcbc39b97be8ca5fce6e763baed58fa128",
    "actions/cache": "5a3ec84eff668545956fd18022155c47e93e2684",
    "actions/upload-artifact": "ea165f8d65b6e75b540449e92b4886f43607fa02",
    "actions/download-artifact": "d3f86a106a0bac45b974a628896c90dbdf5c8093",
    "pypa/gh-action-pypi-publish": "76f52bc884231f62b9a034ebfe128415bbaabdfc",
}
ACTION = ROOT / "action.yml"


WRITES = {
    "deploy": {"pages", "id-token"},
    "attest": {"id-token", "attestations"},
    "update": {"contents", "pull-requests"},
    "publish": {"id-token", "attestations"},
}
"""What jobs may write, by their names. None of them runs code of a pull request."""


@pytest.fixture(scope="module")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ours, and those that `plainrecord init` drafts."""
    folder = tmp_path_factory.mktemp("new") / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name, text in drafted_workflows().items():
        (folder / name).write_text(text)
    assert {path.name for path in folder.iterdir()} == {"publish.yml", "check.yml", "sources.yml"}
    return [*sorted(FOLDER.glob("*.yml")), *sorted(folder.iterdir())]


def run(program: str, *arguments: str) -> None:
    place = Path(sysconfig.get_path("scripts")) / program
    found = str(place) if place.exists() else shutil.which(program)
    assert found, f"{program} is not installed: pip install -e '.[test]'"
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing(workflows: list[Path]) -> None:
    run("zizmor", "--offline", "--no-progress", *map(str, workflows), str(ACTION))


def test_the_schema_of_workflows_is_kept(workflows: list[Path]) -> None:
    schema = "vendor.github-workflows"
    run("check-jsonschema", "--builtin-schema", schema, *map(str, workflows))
    run("check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION))


def test_actionlint_finds_nothing(workflows: list[Path]) -> None:
    run("actionlint", *map(str, workflows))


def test_every_action_is_pinned_to_a_known_commit(workflows: list[Path]) -> None:
    for path in [*workflows, ACTION]:
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


def steps_of(path: Path) -> list[dict[str, object]]:
    """All steps of a workflow, or of the action."""
    document = yaml.safe_load(path.read_text())
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


def test_uploads_keep_hidden_files(workflows: list[Path]) -> None:
    uploads = [
        step["with"]
        for path in [*workflows, ACTION]
        for step in steps_of(path)
        if str(step.get("uses", "")).startswith("actions/upload-")
    ]
    sites = [with_ for with_ in uploads if isinstance(with_, dict) and with_["path"] != "dist"]
    assert sites
    assert all(str(with_["include-hidden-files"]).lower() == "true" for with_ in sites)


def test_publishing_is_on_the_default_branch_whatever_its_name(workflows: list[Path]) -> None:
    for path in workflows:
        if path.name != "publish.yml":
            continue
        document = yaml.safe_load(path.read_text())
        on = document[True]  # YAML 1.1 reads the key `on` so
        assert set(on) == {"push", "workflow_dispatch"}
        assert on["push"] is None
        assert "github.event.repository.default_branch" in document["jobs"]["build"]["if"]
        # A push to another branch must not take the place of a publication that waits.
        assert "github.ref" in document["concurrency"]["group"]


def test_where_pages_is_not_on_the_workflow_says_what_to_do(workflows: list[Path]) -> None:
    for path in [*(path for path in workflows if path.name == "publish.yml"), ACTION]:
        steps = steps_of(path)
        at = next(n for n, step in enumerate(steps) if step.get("id") == "pages")
        assert steps[at]["continue-on-error"] is True
        after = steps[at + 1]
        assert after["if"] == "steps.pages.outcome == 'failure'"
        assert "Settings, Pages" in str(after["run"])
        assert "exit 1" in str(after["run"])


def test_a_source_that_is_gone_does_not_stop_a_publication(workflows: list[Path]) -> None:
    fetches = [
        line
        for path in [*workflows, ACTION]
        for step in steps_of(path)
        for line in str(step.get("run", "")).splitlines()
        if re.search(r"(plainrecord|build\.py) fetch", line)
    ]
    assert fetches
    assert all("--keep-going" in line for line in fetches)


def test_the_action_takes_no_text_into_a_script() -> None:
    for step in steps_of(ACTION):
        assert "${{" not in str(step.get("run", ""))
        assert "run" not in step or step["shell"] == "bash"


def test_the_action_is_used_as_the_guide_says(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "maintainers.md").read_text(encoding="utf-8")
    text = next(
        block
        for block in re.findall(r"```yaml\n(.*?)```", guide, flags=re.DOTALL)
        if "OWNER/plainrecord@COMMIT" in block
    )
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / "action.yml").write_text(ACTION.read_text())
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    local = text.replace("OWNER/plainrecord@COMMIT", "./")
    (folder / "portal.yml").write_text(local)
    run("actionlint", str(folder / "portal.yml"))
    given = yaml.safe_load(text)["jobs"]["portal"]["steps"][-1]["with"]
    assert set(given) <= set(yaml.safe_load(ACTION.read_text())["inputs"])


def test_a_release_is_published_without_a_password(workflows: list[Path]) -> None:
    path = next(path for path in workflows if path.name == "release.yml")
    assert "secrets." not in path.read_text()
    jobs = yaml.safe_load(path.read_text())["jobs"]
    used = [str(step.get("uses", "")) for step in jobs["publish"]["steps"]]
    assert any(action.startswith("pypa/gh-action-pypi-publish@") for action in used)
    assert any(action.startswith("actions/attest@") for action in used)
    assert not any("run" in step for step in jobs["publish"]["steps"])
    assert jobs["publish"]["needs"] == "package"


def test_one_workflow_takes_the_newest_versions_and_all_others_the_locked_ones() -> None:
    for path in sorted(FOLDER.glob("*.yml")):
        installs = [line for line in path.read_text().splitlines() if "pip install" in line]
        locked = [line for line in installs if line.endswith("-c constraints.txt")]
        assert locked == ([] if path.name == "newest.yml" else installs), path.name
