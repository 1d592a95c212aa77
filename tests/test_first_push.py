"""A first push: a portal that `init` made, in a bare repository, its workflows' steps run in order.

The program comes from a built wheel, in a bare environment with the exact versions of the portal's
requirements.txt. What GitHub's actions do is done here by the same means: a clone, a tar, a copy.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BRANCH = "trunk"
BASE_URL = "https://desk.example/portal"
TOWNS = "id,day,town,stops\n1,2026-01-05,Ash,3\n2,2026-01-06,Elm,4\n3,2026-02-07,Oak,5\n"

GH = """#!/bin/sh
# Stands in for GitHub's own program: keeps what it was asked, and answers from files beside it.
place="$(dirname "$0")"
printf '%s\\n' "$*" >> "$place/gh.log"
case "$1 $2" in
  "run download") cp "$place/artifact.tar" artifact.tar ;;
  "pr list") cat "$place/pr-number" 2> /dev/null || true ;;
  "pr create") echo 7 > "$place/pr-number" ;;
esac
for last; do :; done
case "$1 $2" in "pr create" | "pr edit") cp "$last" "$place/pr-body.md" ;; esac
"""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def bare_environment() -> dict[str, str]:
    """The environment of this process without what would lead a program back to this checkout."""
    left = {"PYTHONPATH", "VIRTUAL_ENV", "GITHUB_ACTIONS", "SOURCE_DATE_EPOCH", "CI"}
    # A workflow's own `git -c` counts more than these.
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "2"}
    git |= {"GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Desk"}
    git |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "desk@desk.example"}
    kept = {key: value for key, value in os.environ.items() if key not in left}
    return {**kept, **git, "PIP_NO_COMPILE": "1"}


@dataclass
class Runner:
    """Runs the steps of a workflow's job as GitHub does, on this machine."""

    place: Path
    origin: Path
    scripts: Path
    artifacts: dict[str, Path] = field(default_factory=dict)
    published: Path | None = None
    installed: set[tuple[str, bytes]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.bin = self.place / "bin"
        self.bin.mkdir(parents=True)
        (self.bin / "gh").write_text(GH)
        (self.bin / "gh").chmod(0o755)

    def checkout(self, name: str, branch: str = BRANCH) -> Path:
        folder = self.place / name
        run(
            *("git", "clone", "--quiet", "--depth", "1", "--branch", branch),
            *(self.origin.as_uri(), folder),
            cwd=self.place,
            env=bare_environment(),
        )
        return folder

    def run_workflow(self, folder: Path, workflow: str) -> None:
        """Run all jobs, one after the other, each on a machine of its own.

        `folder` is where a checkout lies. An assertion where a step fails, or is not known here.
        """
        document = yaml.safe_load((folder / ".github" / "workflows" / workflow).read_text())
        for name, job in document["jobs"].items():
            assert CONDITIONS[job.get("if", "true")]
            machine = folder
            if not any("actions/checkout@" in step.get("uses", "") for step in job["steps"]):
                machine = folder.with_name(f"{folder.name} {name}")
                machine.mkdir()
            self.run_steps(machine, job["steps"])

    def run_steps(self, folder: Path, steps: list[dict[str, object]]) -> None:
        """Run the steps whose conditions hold."""
        for step in steps:
            if CONDITIONS[str(step.get("if", "true"))]:
                act = self.act if "uses" in step else self.execute
                act(folder, step)

    def act(self, folder: Path, step: dict[str, object]) -> None:
        action = str(step["uses"]).partition("@")[0]
        given = step.get("with")
        options = given if isinstance(given, dict) else {}
        if action in ("actions/upload-pages-artifact", "actions/upload-artifact"):
            assert str(options["include-hidden-files"]).lower() == "true"
            target = self.bin / "artifact.tar"
            with tarfile.open(target, "w") as archive:
                archive.add(folder / self.fill(str(options["path"])), ".")
            self.artifacts[str(options.get("name", "github-pages"))] = target
        elif action == "actions/deploy-pages":
            assert "github-pages" in self.artifacts
            self.published = self.place / "published"
            with tarfile.open(self.artifacts["github-pages"]) as archive:
                archive.extractall(self.published, filter="data")
        else:
            assert action in (
                *("actions/checkout", "actions/setup-python", "actions/cache"),
                *("actions/configure-pages", "actions/attest"),
            )

    def execute(self, folder: Path, step: dict[str, object]) -> None:
        env = bare_environment()
        env["PATH"] = f"{self.bin}{os.pathsep}{self.scripts}{os.pathsep}{env['PATH']}"
        env["RUNNER_TEMP"] = str(self.place)
        env["GITHUB_STEP_SUMMARY"] = str(self.place / "summary.md")
        env |= {"GITHUB_RUN_ID": "1", "GITHUB_REPOSITORY": "desk/portal"}
        given = step.get("env")
        for key, value in (given if isinstance(given, dict) else {}).items():
            env[key] = self.fill(str(value))
        script = str(step["run"])
        if "pip install" in script:
            # All jobs share one environment: what was installed by these words is there already.
            wanted = (script, (folder / "requirements.txt").read_bytes())
            if wanted in self.installed:
                return
            self.installed.add(wanted)
        run("bash", "--noprofile", "--norc", "-e", "-c", script, cwd=folder, env=env)

    def fill(self, text: str) -> str:
        """An expression of GitHub's with what it is here."""
        if text.startswith("https://x-access-token:"):
            return self.origin.as_uri()
        values = {
            "steps.pages.outputs.base_url": BASE_URL,
            "github.token": "a token",
            "github.ref_name": BRANCH,
            "steps.portal.outputs.artifact-url": "https://desk.example/artifact",
            "inputs.base-url || steps.pages.outputs.base_url": BASE_URL,
            "inputs.folder": ".",
            "inputs.strict": "false",
            "inputs.requirements": "requirements.txt",
        }
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], text)


CONDITIONS = {
    "true": True,
    "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)": True,
    "steps.pages.outcome == 'failure'": False,
    "github.event.repository.visibility == 'public'": True,
    "steps.attest.outputs.bundle-path != ''": False,
    "inputs.deploy == 'true' && github.event_name != 'pull_request'": True,
    "steps.pages.outcome == 'success'": True,
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel; skips where the package index cannot be reached, and fails instead in CI."""
    place = tmp_path_factory.mktemp("index")
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--timeout", "30"]
    done = subprocess.run(
        [*probe, "--retries", "1", "--dest", str(place), "click"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        reason = "the package index cannot be reached, so nothing can be installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}: {done.stderr[-500:]}")
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-P", "-m", "build", "--no-isolation", "--wheel", "--outdir")
    run(*build, folder, ROOT, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def runner(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A portal that `init` made, pushed to a bare repository, and an environment for its steps."""
    place = tmp_path_factory.mktemp("first push")
    env = bare_environment()
    folder = place / "town records"
    folder.mkdir()
    (folder / "towns.csv").write_text(TOWNS)
    program = (sys.executable, "-c", "from plainrecord.cli.main import main; main()")
    answers = ("--yes", "--title", "Town records", "--publisher", "Desk", "--licence", "CC0-1.0")
    run(
        *(*program, "init", folder, *answers, "--open", "Towns are not people."),
        *("--program", wheel),
        cwd=place,
        env=env,
    )
    origin = place / "origin.git"
    run("git", "init", "--quiet", "--bare", "--initial-branch", BRANCH, origin, cwd=place, env=env)
    run("git", "init", "--quiet", "--initial-branch", BRANCH, cwd=folder, env=env)
    run("git", "add", ".", cwd=folder, env=env)
    run("git", "commit", "--quiet", "--message", "First release", cwd=folder, env=env)
    run("git", "push", "--quiet", origin.as_uri(), BRANCH, cwd=folder, env=env)
    run(sys.executable, "-m", "venv", place / "venv", cwd=place, env=env)
    return Runner(place / "runner", origin, place / "venv" / "bin")


@pytest.fixture(scope="module")
def published(runner: Runner) -> Path:
    """What the first push publishes."""
    folder = runner.checkout("publish")
    listed = run("git", "ls-files", cwd=folder, env=bare_environment()).splitlines()
    assert "towns.csv" not in listed  # its copy in data/ is the one that counts
    assert "data/towns/towns.csv" in listed
    runner.run_workflow(folder, "publish.yml")
    assert runner.published is not None
    return runner.published


def test_a_first_push_is_on_the_web(runner: Runner, published: Path) -> None:
    assert "Town records" in (published / "index.html").read_text()
    assert BASE_URL in (published / "sitemap.xml").read_text()
    assert (published / "manifest.json").is_file()
    assert (published / ".nojekyll").is_file()


def test_the_environment_holds_the_locked_versions_alone(runner: Runner, published: Path) -> None:
    folder = runner.checkout("versions")
    wanted = {
        line.replace("==", " ").split()[0]: line.partition("==")[2]
        for line in (folder / "requirements.txt").read_text().splitlines()
        if "==" in line
    }
    listed = json.loads(
        run(runner.scripts / "python", "-m", "pip", "list", "--format", "json", cwd=folder,
            env=bare_environment())
    )  # fmt: skip
    found = {re.sub(r"[-_.]+", "-", item["name"]).lower(): item["version"] for item in listed}
    assert {name: found.get(name) for name in wanted} == wanted
    assert set(found) - set(wanted) <= {"plainrecord", "pip", "setuptools", "wheel"}


def test_a_pull_request_leaves_the_portal_as_an_artifact(runner: Runner, published: Path) -> None:
    folder = runner.checkout("check")
    runner.run_workflow(folder, "check.yml")
    assert "portal" in runner.artifacts
    summary = (runner.place / "summary.md").read_text()
    assert "https://desk.example/artifact" in summary
    assert "python -m http.server" in summary


def test_the_action_publishes(runner: Runner, published: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    folder = runner.checkout("action")
    runner.run_steps(folder, action["runs"]["steps"])
    assert BASE_URL in (folder / "_site" / "sitemap.xml").read_text()


def test_the_commands_work_without_the_repository(
    runner: Runner, published: Path, tmp_path: Path
) -> None:
    env = bare_environment()
    program = runner.scripts / "plainrecord"
    assert "verify" in run(program, "--help", cwd=tmp_path, env=env)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "towns.csv").write_text(TOWNS)
    said = run(
        *(program, "init", "other", "--yes", "--publisher", "Desk", "--licence", "CC0-1.0"),
        *("--open", "Towns are not people."),
        cwd=tmp_path,
        env=env,
    )
    assert "Built" in said
    run(program, "verify", "other/_site", cwd=tmp_path, env=env)


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server on this machine with the file of an agency, and where the file lies."""
    file = tmp_path / "towns.csv"
    file.write_text(TOWNS)

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/towns.csv", file
        server.shutdown()


def test_a_changed_source_becomes_a_pull_request_and_merging_publishes(
    runner: Runner, published: Path, agency: tuple[str, Path]
) -> None:
    address, file = agency
    env = bare_environment()
    work = runner.checkout("work")
    settings = work / "site" / "portal.yaml"
    settings.write_text(settings.read_text().replace("hosts: []", "hosts: [127.0.0.1]"))
    descriptor = work / "data" / "towns" / "datapackage.yaml"
    document = yaml.safe_load(descriptor.read_text())
    path = document["resources"][0]["path"]
    document["resources"][0].setdefault("plainrecord", {})["files"] = [
        {"path": path, "url": address}
    ]
    descriptor.write_text(yaml.safe_dump(document, sort_keys=False))
    run("git", "commit", "--quiet", "--all", "--message", "Say where it is", cwd=work, env=env)
    run("git", "push", "--quiet", "origin", BRANCH, cwd=work, env=env)

    def look(name: str) -> list[str]:
        """The branches after a run of sources.yml."""
        runner.run_workflow(runner.checkout(name), "sources.yml")
        listed = run("git", "branch", "--list", cwd=runner.origin, env=env)
        return sorted(listed.replace("*", "").split())

    assert look("nothing new") == [BRANCH]
    file.write_text(TOWNS + "4,2026-03-01,Yew,9\n")
    assert look("changed") == ["plainrecord/sources", BRANCH]
    body = (runner.bin / "pr-body.md").read_text()
    assert "1 added, 0 removed" in body
    assert "The portal builds with this. Merging publishes it." in body
    file.write_text(TOWNS + "4,2026-03-01,Yew,9\n5,2026-03-02,Fir,1\n")
    assert look("changed again") == ["plainrecord/sources", BRANCH]  # the same pull request
    asked = (runner.bin / "gh.log").read_text()
    assert asked.count("pr create") == 1
    assert asked.count("pr edit 7") == 1
    run("git", "fetch", "--quiet", "origin", "plainrecord/sources", cwd=work, env=env)
    run("git", "merge", "--quiet", "FETCH_HEAD", cwd=work, env=env)
    run("git", "push", "--quiet", "origin", BRANCH, cwd=work, env=env)
    merged = runner.checkout("merged")
    runner.run_workflow(merged, "publish.yml")
    assert any("Fir" in path.read_text() for path in published.rglob("*.csv"))


def test_the_source_distribution_installs_and_runs(
    runner: Runner, published: Path, tmp_path: Path
) -> None:
    env = bare_environment()
    build = (sys.executable, "-P", "-m", "build", "--no-isolation", "--sdist", "--outdir")
    run(*build, tmp_path, ROOT, cwd=ROOT)
    target = tmp_path / "site"
    pip = (runner.scripts / "python", "-m", "pip", "install", "--quiet", "--no-deps")
    run(*pip, "--target", target, next(tmp_path.glob("*.tar.gz")), cwd=tmp_path, env=env)
    code = "import plainrecord, sys; assert sys.argv[1] in plainrecord.__file__; from plainrecord.cli.main import cli; cli(['--help'])"
    said = run(
        *(runner.scripts / "python", "-c", code, target),
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(target)},
    )
    assert "verify" in said
