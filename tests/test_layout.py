"""The packages, drawn from their imports: which may import which, and which libraries each uses."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from click import Context

from plainrecord.cli import main

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "plainrecord"
# The packages from top to bottom, each with those that it may import. `docs/architecture.md` says
# what each holds.
IMPORTS: dict[str, set[str]] = {
    "cli": {
        "pipeline",
        "audit",
        "verify",
        "authoring",
        "receipts",
        "io",
        "model",
        "core",
        "findings",
    },
    "pipeline": {
        *("audit", "verify", "authoring", "pages", "publishing", "diff", "measures", "disclosure"),
        *("validation", "descriptors", "receipts", "io", "model", "core", "findings"),
    },
    # It shares no code with the packages that hide cells, and reads published bytes alone.
    "audit": {"io", "core", "findings"},
    "verify": {"publishing", "receipts", "io", "model", "core", "findings"},
    "authoring": {"validation", "receipts", "model", "core"},
    "pages": {"receipts", "model", "law", "core", "findings"},
    "descriptors": {"publishing", "measures", "receipts", "model", "core", "findings"},
    "publishing": {"receipts", "model", "core", "findings"},
    "diff": {"readers", "receipts", "model", "core", "findings"},
    "measures": {"receipts", "model", "law", "core", "findings"},
    "disclosure": {"receipts", "model", "core", "findings"},
    "validation": {"readers", "receipts", "model", "law", "core", "findings"},
    "readers": {"model", "core", "findings"},
    "receipts": {"model", "core", "findings"},
    "io": {"model", "core", "findings"},
    "model": {"law", "core", "findings"},
    "law": set(),
    "core": {"findings"},
    "findings": set(),
}
# The packages, or files, that alone may import a library.
LIBRARIES: dict[str, set[str]] = {
    "frictionless": {"validation"},
    "altair": {"publishing"},
    "markdown": {"publishing"},
    "nh3": {"publishing"},
    "jinja2": {"publishing"},
    "click": {"cli"},
    "rich": {"cli"},
    "requests": {"io"},
    "highspy": {"audit.solver", "disclosure.linear_program"},
    "holidays": {"law"},
    "yaml": {"core"},
    "pydantic": {
        "descriptors",
        "measures",
        "model",
        "pipeline.changes",
        "receipts.receipts_document",
    },
    "duckdb": {
        *(
            "pipeline",
            "audit",
            "verify",
            "authoring",
            "publishing",
            "diff",
            "measures",
            "disclosure",
        ),
        *("validation", "receipts"),
    },
}
MOST_LINES = 600


@cache
def files() -> dict[str, ast.Module]:
    """Every file of the program by its dotted name below `plainrecord`."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.stem not in ("__init__", "__main__")
    }


def package_of(name: str) -> str:
    """The package that the file `name` belongs to."""
    return name.split(".")[0]


@cache
def imports(name: str) -> frozenset[str]:
    """The files of the program that `name` imports."""
    found = set()
    for node in ast.walk(files()[name]):
        if isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("plainrecord.")
                for alias in node.names
                if alias.name.startswith("plainrecord.")
            }
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: write the import in full"
            if node.module and node.module.split(".")[0] == "plainrecord":
                module = node.module.removeprefix("plainrecord").lstrip(".")
                if module in files():
                    found.add(module)
                else:
                    inside = {f"{module}.{alias.name}".lstrip(".") for alias in node.names}
                    kinds = {name for name in files() if name.rpartition(".")[0] in inside}
                    registries = {name.rpartition(".")[0] for name in kinds}  # import all modules
                    found |= kinds | inside - registries - {"__version__"}
    assert found <= set(files()), f"{name} imports what is no file: {sorted(found - set(files()))}"
    return frozenset(found)


@cache
def libraries(name: str) -> frozenset[str]:
    """The first names of all modules that `name` imports."""
    found = set()
    for node in ast.walk(files()[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def test_every_file_lies_in_a_package() -> None:
    assert {package_of(name) for name in files()} == set(IMPORTS)


def test_every_package_says_what_it_holds_and_does_nothing() -> None:
    for folder in {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}:
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), folder.name
        assert len(tree.body) == 1, f"{folder.name}/__init__.py holds more than its docstring"


def test_imports_are_declared_from_top_to_bottom() -> None:
    order = list(IMPORTS)
    for above, below in IMPORTS.items():
        assert all(order.index(other) > order.index(above) for other in below), above


@pytest.mark.parametrize("name", sorted(files()))
def test_a_file_imports_only_packages_below_its_own(name: str) -> None:
    own = package_of(name)
    others = {package_of(other) for other in imports(name)} - {own}
    assert others <= IMPORTS[own], f"{name} imports {sorted(others - IMPORTS[own])}"


def test_every_declared_import_exists() -> None:
    drawn: dict[str, set[str]] = {package: set() for package in IMPORTS}
    for name in files():
        drawn[package_of(name)] |= {package_of(other) for other in imports(name)}
    unused = {own: sorted(below - drawn[own]) for own, below in IMPORTS.items()}
    assert not any(unused.values()), unused


def test_no_circle_of_imports() -> None:
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name not in done:
            for other in sorted(imports(name)):
                walk(other, (*path, name))
            done.add(name)

    for name in files():
        walk(name, ())


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_library_is_imported_where_it_belongs(library: str) -> None:
    for name in files():
        if library in libraries(name):
            assert {name, package_of(name)} & LIBRARIES[library], f"{name} imports {library}"


SMALL = """
import sys
from plainrecord.cli import main
sys.argv = ["plainrecord", *sys.argv[1:]]
try:
    main.main()
finally:
    print("\\n", *sys.modules)
"""
SLOW = {
    *("pandas", "altair", "frictionless", "openpyxl", "sqlite3", "yaml", "pyarrow.parquet"),
    *(
        "plainrecord.descriptors.package_forms",
        "plainrecord.measures.plausibility",
        "plainrecord.core.yaml_json",
    ),
    *(
        "plainrecord.model.declarations",
        "plainrecord.model.standards",
        "plainrecord.model.requests",
    ),
    *("plainrecord.model.counts", "plainrecord.model.revisions"),
}


NOWHERE: dict[str, tuple[str, ...]] = {
    "diff": ("no.csv", "nor.csv"),
    **dict.fromkeys(("audit", "check", "init", "verify"), ("nowhere",)),
    **dict.fromkeys(("build", "fetch", "serve", "update"), ("--portal", "nowhere")),
    **dict.fromkeys(("protect", "release"), ("visits", "--portal", "nowhere")),
}
"""For each command arguments that name nothing."""


@pytest.mark.parametrize("command", main.cli.list_commands(Context(main.cli)))
def test_a_command_looks_at_its_arguments_before_slow_imports(command: str, tmp_path: Path) -> None:
    slow = {"pandas", "altair", "frictionless", "openpyxl", "vl_convert"}
    slow |= {"plainrecord.pipeline.build", "plainrecord.pipeline.plan"}
    for words in ((command, "--help"), (command, *NOWHERE[command])):
        ran = subprocess.run(
            [sys.executable, "-c", SMALL, *words], capture_output=True, text=True, cwd=tmp_path
        )
        imported = set(ran.stdout.splitlines()[-1].split())
        assert f"plainrecord.cli.{main._COMMANDS[command][0]}" in imported, ran.stderr
        assert "Traceback" not in ran.stderr
        assert not imported & slow, words


@pytest.mark.parametrize(
    ("words", "slow"),
    [
        (["check", "old.csv", "--schema", "s.json"], {"duckdb"}),
        (["diff", "old.csv", "new.csv"], {"pydantic", "plainrecord.io.load"}),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_command_on_small_tables_imports_little(
    words: list[str], slow: set[str], tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text("id,name\n1,a\n")
    (tmp_path / "new.csv").write_text("id,name\n1,b\n")
    identifier = (
        '{"name": "id", "type": "integer", "constraints": {"required": true, "minimum": 1}}'
    )
    name = '{"name": "name", "type": "string", "constraints": {"enum": ["a", "b"]}}'
    (tmp_path / "s.json").write_text(f'{{"fields": [{identifier}, {name}]}}')
    ran = subprocess.run(
        [sys.executable, "-c", SMALL, *words], capture_output=True, text=True, cwd=tmp_path
    )
    imported = set(ran.stdout.splitlines()[-1].split())
    assert "plainrecord.cli.main" in imported, ran.stderr
    assert not imported & (SLOW | slow)
    assert "leaked" not in ran.stderr  # DuckDB's binding, of what the collector does not see


def test_arrow_converts_lists_without_pandas() -> None:
    program = (
        "import sys, pyarrow, plainrecord.readers.batches\n"
        "pyarrow.array(['a', None])\npyarrow.table({'x': [1.5]})\nprint('pandas' in sys.modules)\n"
        "import pandas"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "False\n"


def test_a_command_imports_duckdb_after_its_own_modules() -> None:
    """What is there before a command runs is not collected at the end: `cli.main` says why."""
    program = "import sys, plainrecord.cli.check, plainrecord.cli.diff; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "duckdb" not in ran.stdout.split()


def test_only_disclosure_makes_released_tables() -> None:
    for name, tree in files().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                word = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                made_here = name == "disclosure.release"
                assert word != "ReleasedTable" or made_here, f"{name}:{node.lineno}"


def test_only_the_command_line_prints_and_exits() -> None:
    for name, tree in files().items():
        for node in ast.walk(tree):
            if (
                package_of(name) != "cli"
                and isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
            ):
                assert node.func.id not in ("print", "exit", "quit"), f"{name}:{node.lineno}"


def test_no_clock_and_no_chance_in_what_is_built() -> None:
    # They put nothing into an output; a query must have an end, by processor time.
    timed = {"io.fetch", "io.remote_site", "authoring.preview", "verify.worker", "receipts.engine"}
    for name in files():
        if package_of(name) != "cli" and name not in timed:
            assert not libraries(name) & {"time", "random", "secrets", "uuid"}, name


def test_no_two_public_classes_have_one_name() -> None:
    seen: dict[str, str] = {}
    for name, tree in files().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert node.name not in seen, f"{node.name}: {seen[node.name]} and {name}"
                seen[node.name] = name


def test_templates_never_switch_escaping_off() -> None:
    templates = sorted((ROOT / "templates").rglob("*.html"))
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8").replace(" ", "")
        assert "|safe" not in text, path.name
        assert "autoescapefalse" not in text, path.name


def test_names_say_what_a_thing_is() -> None:
    for name, tree in files().items():
        assert not {
            *("utils", "util", "helper", "helpers", "manager", "base", "common", "misc"),
        } & set(name.replace(".", "_").split("_"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                word = node.name.lower().lstrip("_")
                if word in ("handle_starttag", "handle_endtag", "handle_data"):
                    continue  # names that html.parser gives
                if word in ("get_command", "init_poolmanager", "proxy_manager_for"):
                    continue  # names that click and requests give
                bad = word.startswith(("get_", "process_", "handle_")) or "manager" in word
                assert not bad, f"{name}.{node.name}"


@pytest.mark.parametrize("name", sorted(files()))
def test_a_file_is_short_enough_to_read(name: str) -> None:
    path = PACKAGE.joinpath(*name.split(".")).with_suffix(".py")
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{lines} lines: split it along a noun"


def test_no_package_shadows_the_standard_library() -> None:
    assert not (ROOT / "site" / "__init__.py").exists()
