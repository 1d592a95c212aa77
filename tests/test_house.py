"""The house, drawn from its imports: which room may know which, and who alone knows a library."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "plainrecord"
GROUND = {"model", "rules", "law", "ground"}
DOORS, STRETCHES, DESK_PARTS = "doors", "corridor", "desk"
CORRIDOR, DESK = "build", "cli"
# The folders of rooms. In each, the front files, which the corridor may take, and the parts that
# a front may know; a folder of one front is one room, and all its other files are its parts.
ROOMS: dict[str, dict[str, set[str]]] = {
    "check": {"tables": set()},
    "pages": {"portal": set()},
    "comparison": {
        "compare": {
            *("matching", "headings", "respelling", "readings", "periods", "categories"),
            *("kinds", "patterns"),
        },
        "vintages": {"matching", "readings", "periods"},
        "filedates": set(),
        "contrasts": {"matching", "readings", "periods", "respelling", "portions"},
        "transcript": {"layout", "members", "records", "stock", "survey", "verbatim"},
    },
    "gate": {"release": set(), "exports": {"descriptor", "workbooks", "zips"}},
    "grading": {"scorecard": {"crosswalks", "sheets"}, "standard": set()},
    "measure": {
        **{front: set() for front in ("withheld", "bases", "spans", "titles")},
        "figures": {"counting"},
        "profile": {"reserve"},
        "requestlog": {"logquery", "logcounts"},
    },
    "trials": {
        "plausibility": {"coverage", "inquiry", "measures", "timelines"},
        "reconcile": {"capture", "settlement"},
    },
    "trust": {
        "config": set(),
        "ledger": set(),
        "package": {"declarations", "resources", "schemas", "fields", "mappings"},
        "claims": {"judgement"},
    },
    "outputs": {
        "chart": {"drawing"},
        "prose": {"passages", "mentions", "numerals"},
        "metadata": {"claimreview"},
        **{front: set() for front in ("feeds", "reports", "render", "manifest", "links")},
    },
    "verify": {
        "bulletins": set(),
        "exhibits": set(),
        "facts": set(),
        "legibility": set(),
        "lineage": set(),
        "parcels": set(),
        "since": set(),
        "documents": set(),
        "records": set(),
        "register": set(),
        "plots": set(),
        "listings": set(),
        "tallies": set(),
        "recount": {"runner", "likeness", "workbooks"},
    },
    "workshop": {"fetch": set(), "server": set()},
    "authoring": {"scaffold": set()},
}
# Parts that several rooms share: who may know them. A folder, or one file where that is narrower.
READERS = {"check.tables", "comparison.transcript"}
WRITTEN = {"trust.config", "trust.ledger", "trust.package", "trust.claims"}
SHARED: dict[str, set[str]] = {
    "tables": READERS,
    "tables.calendars": {"check.tables", "trials.plausibility", "measure.spans"},
    "tables.parts": {"check.tables"},
    "forms": WRITTEN,
    "forms.shapes": WRITTEN | {"grading.standard"},
    "forms.levels": WRITTEN | {"grading.standard"},
    "forms.portal": {"trust.config", "trust.ledger"},
    "forms.claims": {"trust.claims"},
}
ALONE = {
    "frictionless": {"check.tables"},
    "altair": {"outputs.chart"},
    "markdown": {"outputs.prose"},
    "nh3": {"outputs.prose"},
    "jinja2": {"outputs.render"},
    "click": {
        *(
            "cli",
            "desk.console",
            "desk.init",
            "desk.tally",
            "desk.options",
            "desk.checking",
            "desk.collation",
        ),
        *("desk.verification", "desk.portals", "desk.sources"),
    },
    "rich": {"cli", "desk.console", "desk.tally", "desk.portals"},
    "requests": {"ground.web", "workshop.fetch", "doors.visit"},
    "holidays": {"law.workdays"},
    "yaml": {"ground.documents"},
    "pydantic": {*WRITTEN, "grading.standard", "corridor.revisions"},
    "duckdb": {
        *(
            "build",
            "ground.engine",
            "ground.queries",
            "ground.naming",
            "ground.countings",
            "check.tables",
            "verify.recount",
        ),
        *("gate.release", "gate.exports", "gate.workbooks"),
        *("grading.scorecard", "authoring.scaffold"),
        *("comparison.compare", "comparison.vintages", "comparison.transcript"),
        "comparison.contrasts",
        *("trials.plausibility", "trials.reconcile"),
        *("measure.figures", "measure.withheld", "measure.bases", "measure.spans"),
        *("measure.requestlog", "corridor.checking", "corridor.groundwork", "corridor.claiming"),
        *("corridor.editions", "corridor.trialwork", "corridor.scoring", "corridor.tracking"),
        *("corridor.collation", "corridor.revisions", "corridor.proving"),
        *("corridor.blocks", "corridor.drafting", "corridor.source_tables"),
    },
}
MOST_LINES = 600


@cache
def files() -> dict[str, ast.Module]:
    """Every file of the package by its dotted name below it."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.stem not in ("__init__", "__main__")
    }


def folder(name: str) -> str:
    """The first folder that `name` lies in; a file at the top stands for itself."""
    return name.split(".")[0]


def within(*folders: str) -> set[str]:
    """The files of `folders`."""
    return {name for name in files() if "." in name and folder(name) in folders}


@cache
def arrows(name: str) -> frozenset[str]:
    """The files of ours that `name` imports."""
    found = set()
    for node in ast.walk(files()[name]):
        if isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("plainrecord.")
                for alias in node.names
                if alias.name.startswith("plainrecord.")
            }
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import hides where it leads"
            if node.module and node.module.split(".")[0] == "plainrecord":
                place = node.module.removeprefix("plainrecord").lstrip(".")
                if place in files():
                    found.add(place)
                else:
                    inside = {f"{place}.{alias.name}".lstrip(".") for alias in node.names}
                    found |= inside - {"__version__"}
    assert found <= set(files()), f"{name} imports what is no file: {sorted(found - set(files()))}"
    return frozenset(found)


def fronts() -> set[str]:
    """The files by which the corridor takes rooms."""
    return {f"{place}.{front}" for place, rooms in ROOMS.items() for front in rooms}


def parts_of(room: str) -> set[str]:
    """The files that only the room with the front file `room` may know, shared ones with it."""
    place, front = room.split(".")
    if len(ROOMS[place]) == 1:
        own = within(place) - {room}
    else:
        own = {f"{place}.{part}" for part in ROOMS[place][front]}
    shared = {
        name
        for name in within(*(key for key in SHARED if "." not in key))
        if room in SHARED.get(name, SHARED[folder(name)])
    }
    return own | shared


@cache
def libraries(name: str) -> frozenset[str]:
    """The top names of everything that `name` imports."""
    found = set()
    for node in ast.walk(files()[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def rooms_of(name: str) -> set[str]:
    """The rooms that the file `name` is part of; a file that is no room stands for itself."""
    return {room for room in fronts() if name == room or name in parts_of(room)} or {name}


def test_every_file_has_its_place() -> None:
    known = within(*GROUND, DOORS, STRETCHES, DESK_PARTS) | {CORRIDOR, DESK} | fronts()
    for room in fronts():
        known |= parts_of(room)
    assert set(files()) == known
    assert set(SHARED) <= set(files()) | {folder(name) for name in files()}


def test_every_folder_says_what_it_is_for_and_does_nothing() -> None:
    for place in {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}:
        tree = ast.parse((place / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), place.name
        assert len(tree.body) == 1, f"{place.name}/__init__.py: its words and nothing else"


def test_the_ground_floor_stands_on_itself() -> None:
    for name in sorted(within(*GROUND)):
        assert arrows(name) <= within(*GROUND), name


def test_rooms_do_not_know_one_another() -> None:
    for room in sorted(fronts()):
        for name in {room, *parts_of(room)}:
            beyond = arrows(name) - within(*GROUND) - parts_of(room)
            assert not beyond, f"{name} of the room {room} imports {sorted(beyond)}"
            assert room == name or room not in arrows(name), f"{name} imports its own room {room}"


def test_doors_stand_on_the_ground_floor() -> None:
    for name in sorted(within(DOORS)):
        assert arrows(name) <= within(*GROUND), name


def test_the_corridor_does_not_know_the_desk_and_rooms_do_not_know_either() -> None:
    desk = {DESK, *within(DESK_PARTS)}
    for name in set(files()) - desk:
        # A check and a release take the road of a build up to its last step.
        above = desk if name == CORRIDOR or name in within(STRETCHES) else {*desk, CORRIDOR}
        assert not arrows(name) & above, name


def test_the_desk_takes_the_corridor() -> None:
    for name in {DESK, *within(DESK_PARTS)}:
        rooms = {CORRIDOR, "workshop.fetch", "workshop.server", "authoring.scaffold"}
        assert arrows(name) <= within(*GROUND, STRETCHES, DESK_PARTS) | rooms, name


def test_the_corridor_takes_rooms_by_their_front() -> None:
    for name in {CORRIDOR, *within(STRETCHES)}:
        assert arrows(name) <= within(*GROUND, DOORS, STRETCHES) | fronts() | {CORRIDOR}, name


def test_no_ring_of_imports() -> None:
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way, name))
        if name not in done:
            for other in sorted(arrows(name)):
                walk(other, (*way, name))
            done.add(name)

    for name in files():
        walk(name, ())


@pytest.mark.parametrize("library", sorted(ALONE))
def test_a_library_is_known_where_it_belongs(library: str) -> None:
    for name in files():
        if library in libraries(name):
            assert rooms_of(name) <= ALONE[library], f"{name} imports {library}"


@pytest.mark.parametrize("command", ["checking", "collation", "verification"])
def test_a_command_imports_what_it_needs(command: str) -> None:
    program = f"import sys, plainrecord.cli, plainrecord.desk.{command}; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"pandas", "altair", "plainrecord.pages.portal", "plainrecord.build"}
    if command == "verification":  # which reads charts as the room of charts wrote them
        heavy -= {"pandas", "altair"}
    assert not set(ran.stdout.split()) & heavy


SMALL = """
import sys
from plainrecord import cli
sys.argv = ["plainrecord", *sys.argv[1:]]
try:
    cli.main()
finally:
    print("\\n", *sys.modules)
"""
SLOW = {
    *("pandas", "altair", "frictionless", "openpyxl", "sqlite3", "yaml", "pyarrow.parquet"),
    *("plainrecord.forms.descriptors", "plainrecord.forms.trials", "plainrecord.ground.documents"),
    *("plainrecord.model.declarations", "plainrecord.model.elements", "plainrecord.model.requests"),
    *("plainrecord.model.counts", "plainrecord.model.revisions"),
}


@pytest.mark.parametrize(
    ("words", "slow"),
    [
        (["check", "old.csv", "--schema", "s.json"], {"duckdb"}),
        (["diff", "old.csv", "new.csv"], {"pydantic", "plainrecord.doors.load"}),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_command_on_small_tables_imports_little(
    words: list[str], slow: set[str], tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text("id,name\n1,a\n")
    (tmp_path / "new.csv").write_text("id,name\n1,b\n")
    (tmp_path / "s.json").write_text('{"fields": [{"name": "id", "type": "integer"}]}')
    ran = subprocess.run(
        [sys.executable, "-c", SMALL, *words], capture_output=True, text=True, cwd=tmp_path
    )
    imported = set(ran.stdout.splitlines()[-1].split())
    assert "plainrecord.cli" in imported, ran.stderr
    assert not imported & (SLOW | slow)
    assert "leaked" not in ran.stderr  # DuckDB's binding, of what the collector does not see


def test_a_command_imports_duckdb_after_its_own_modules() -> None:
    """What is there before a command runs is not collected at the end: `cli` says why."""
    program = (
        "import sys, plainrecord.desk.checking, plainrecord.desk.collation; print(*sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "duckdb" not in ran.stdout.split()


def test_only_the_gate_makes_released_tables() -> None:
    for name, tree in files().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                word = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                assert word != "ReleasedTable" or name == "gate.release", f"{name}:{node.lineno}"


def test_only_the_desk_prints_and_exits() -> None:
    for name, tree in files().items():
        for node in ast.walk(tree):
            if (
                name not in {DESK, *within(DESK_PARTS)}
                and isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
            ):
                assert node.func.id not in ("print", "exit", "quit"), f"{name}:{node.lineno}"


def test_no_clock_and_no_chance_in_what_is_built() -> None:
    timed = {DESK, *within(DESK_PARTS), "workshop.fetch", "workshop.server", "doors.visit"}
    # They put nothing into an output; a query must have an end, by processor time.
    timed |= {"verify.runner", "ground.engine"}
    for name in files():
        if name not in timed:
            assert not libraries(name) & {"time", "random", "secrets", "uuid"}, name


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
            "utils",
            "util",
            "helper",
            "helpers",
            "manager",
            "base",
            "common",
            "misc",
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
