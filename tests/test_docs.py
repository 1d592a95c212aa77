"""The documents are complete: messages, dependencies, commands, and no page of this machine."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from plainrecord.cli import main
from plainrecord.descriptors.key_reference import FILES, document_keys, list_objects
from plainrecord.findings.catalogue import document_catalogue, read_catalogue
from plainrecord.model.grades import GRADE_RULES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MESSAGES = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "maintainers.md").read_text(encoding="utf-8")


def test_messages_are_documented_from_the_catalogue() -> None:
    assert document_catalogue() == MESSAGES


@pytest.mark.parametrize("slug", sorted(read_catalogue()))
def test_a_message_says_what_it_means_and_what_to_do(slug: str) -> None:
    message = read_catalogue()[slug]
    assert len(message.meaning) > 30
    assert message.meaning.endswith(".")
    assert message.remedy.endswith((".", ")", "`"))


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.split(r"[<>=\[;~! ]", text)[0] for text in needed}
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    reasons = dict(re.findall(r"^- \*\*(.+?)\*\*: (.{10,})$", text, flags=re.MULTILINE))
    assert set(reasons) == names
    front = json.loads((ROOT / "front" / "package.json").read_text(encoding="utf-8"))
    for name in (*front["dependencies"], *front["devDependencies"]):
        assert f"**{name}**" in text
    locked = {
        line.split("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    assert {name.lower().replace("_", "-") for name in names} <= locked


def test_the_reference_of_keys_is_generated_from_the_models() -> None:
    assert document_keys() == (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES)
def test_every_key_is_explained(file: str) -> None:
    ours = [
        (path, schema)
        for path, schema in list_objects("", FILES[file])
        if file != "data/NAME/datapackage.yaml"
        or ("plainrecord" in path and "derive[].field" not in path)
    ]
    missing = [
        f"{path}.{key}"
        for path, schema in ours
        for key in schema["properties"]
        if not re.search(rf"`{re.escape(key)}`|\b{re.escape(key)}: ?", REFERENCE)
    ]
    assert ours
    assert not missing, "docs/maintainers.md does not name these keys"


def test_the_rules_of_the_scorecard_stand_in_the_reference_as_they_are() -> None:
    table = "".join(f"| {rule.sign} {rule.words} | {rule.rule} |\n" for rule in GRADE_RULES)
    assert f"| --- | --- |\n{table}" in REFERENCE


def commands(*texts: str) -> list[str]:
    """The command lines in the fenced blocks of `texts`, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", "".join(texts), flags=re.MULTILINE | re.DOTALL)
    return [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]


INSTALL = "pip install -e . -c constraints.txt && python build.py"
TEST = "pip install -e '.[test]' -c constraints.txt && pytest -n auto"


def test_the_readme_and_ci_run_the_same_two_commands() -> None:
    """CI once installed locked versions while the README did not: the README then failed alone."""
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in ci if "pip " in line] == [f"{INSTALL} || exit", f"{TEST} || exit"]
    said = commands(README)
    assert INSTALL in said
    assert TEST in said
    assert "python build.py fetch --mirror ../shared/data/real && python build.py" in said


def test_every_command_is_documented_and_those_in_the_documents_exist() -> None:
    group = main.cli
    context = click.Context(group)
    named = set()
    for line in commands(README, COMMANDS):
        for found in re.finditer(r"(?:python build\.py|plainrecord)((?: [^&|;\s]+)*)", line):
            words = found[1].split()
            if not words:
                continue
            named.add(words[0])
            command = group.get_command(context, words[0])
            assert command is not None, line
            options = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
            for word in words[1:]:
                if word.startswith("-"):
                    assert word in options, line
    assert named == set(group.list_commands(context))


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "examples/README.md",
        *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
    ],
)
def test_links_between_documents_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_no_file_names_this_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    words = ["/opt" + "/venv", "/work" + "/", "pypi" + ".org", "files.python" + "hosted"]
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in (".py", ".md", ".yml", ".yaml", ".toml", ".txt", ".html", ""):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in words if word in text], name
