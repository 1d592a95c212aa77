"""The house, drawn from its imports: which room may know which, and who alone knows a library."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "plainrecord"
GROUND = {
    "model",
    "product",
    "findings",
    "errors",
    "paths",
    "engine",
    "states",
    "declarations",
    "rules",
    "tablerules",
    *(
        "checkvalues",
        "documents",
        "chain",
        "history",
        "freshness",
        "changes",
        "receipts",
        "evidence",
        "counts",
        "tellings",
        "register",
    ),
    *("foia", "exemptions", "provisions", "statutes", "grounds", "trials", "accounts"),
    *("strictjson", "queries", "proofs", "plotted", "celltext", "proofrules"),
    *("workdays", "logdates", "tracker", "requestrules"),
    *("elements", "grades", "scorerules"),
}
DOORS = {"load", "write", "cache", "origin", "visit"}
CORRIDOR, DESK = "build", "cli"
DESK_PARTS = {"console", "tally", "tabledesk"}  # the words of the desk
STRETCHES = {  # parts of the corridor
    *("plan", "survey", "checking", "shelf", "freeze", "texts", "workspace", "collation"),
    *("revisions", "groundwork", "seal", "holdings", "verification", "references"),
    *("trialwork", "tracking", "editions", "claiming", "scoring"),
}
# A room with more than one file: its front file, and the files that only this room may know.
ROOMS: dict[str, set[str]] = {
    "config": {"portalforms", "written", "form", "trialform", "requestform", "scoreforms"},
    "package": {
        *("written", "form", "resource", "schemarules", "mapping"),
        *("trialform", "requestform", "scoreforms"),
    },
    "check": {
        *("tabular", "delimited", "rawtable", "labels"),
        *("verdict", "intake", "keys", "bench", "ahead", "sieve", "lanes", "regexes"),
        *("oddities", "spellings", "calendars", "rowrules", "undeclared"),
        *("jsonrules", "natives"),
    },
    "transcript": {"tabular", "delimited", "rawtable", "layout", "ahead", "stock", "natives"},
    "compare": {"matching", "headings", "respelling", "readings", "periods"},
    "vintages": {"matching", "readings", "periods"},
    "contrasts": {"matching", "readings", "periods"},
    "filedates": set(),
    "release": set(),
    "profile": set(),
    "figures": set(),
    "withheld": set(),
    "bases": set(),
    "plausibility": {"inquiry", "measures", "timelines", "calendars"},
    "reconcile": {"capture"},
    "chart": {"drawing"},
    "prose": {"passages", "mentions", "numerals"},
    "metadata": {"claimreview"},
    "exports": {"descriptor", "zips"},
    "pages": {
        "contexts",
        "codebook",
        "checkpages",
        "checkcontexts",
        "releasepages",
        "releasecontexts",
        "sections",
        "tallies",
        "planned",
        *("changepages", "pairpages", "changecontexts", "groundpages", "groundviews"),
        *("trialpages", "trialcontexts", "trialwords"),
        *("requestpages", "requestcontexts", "letters"),
        *("claimpages", "claimcontexts"),
        *("scorecardpages", "scorecardcontexts", "gradewords"),
    },
    "requestlog": set(),
    "claims": {
        *("claimforms", "judgement", "written", "form"),
        *("trialform", "requestform", "scoreforms"),
    },
    "ledger": {"portalforms", "written", "form", "trialform", "requestform", "scoreforms"},
    "standard": {"form"},
    "scorecard": {"crosswalks", "scoresheets"},
    "feeds": set(),
    "reports": set(),
    "render": set(),
    "manifest": set(),
    "exhibits": set(),
    "lineage": set(),
    "parcels": set(),
    "listings": set(),
    "recount": {"runner", "likeness"},
    "links": set(),
    "fetch": set(),
    "starter": {"drafts"},
    "server": set(),
}
COMPARING = {"transcript", "compare", "vintages", "contrasts", "collation", "revisions"}
ALONE = {
    "frictionless": {"check", "starter"},
    "altair": {"chart"},
    "markdown": {"prose"},
    "nh3": {"prose"},
    "jinja2": {"render"},
    "click": {"cli", "tabledesk"},
    "rich": {"cli", "console", "tally"},
    "requests": {"fetch", "visit"},
    "holidays": {"workdays"},
    "yaml": {"documents"},
    "pydantic": {"config", "package", "ledger", "revisions", "claims", "standard"},
    "duckdb": {
        *("engine", "check", "profile", "release", "figures", "exports", "build", "checking"),
        *("groundwork", "withheld", "bases", "queries", "recount", "claiming"),
        *("editions", "trialwork", "plausibility", "reconcile"),
        *("scorecard", "scoring"),
        *COMPARING,
        *("requestlog", "tracking"),
    },
}
MOST_LINES = 400


@cache
def files() -> dict[str, ast.Module]:
    return {
        path.stem: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.glob("*.py"))
        if path.stem != "__init__"
    }


@cache
def arrows(name: str) -> frozenset[str]:
    """The files of ours that `name` imports."""
    found = set()
    for node in ast.walk(files()[name]):
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("plainrecord.")}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import hides where it leads"
            if node.module == "plainrecord":
                found |= {alias.name for alias in node.names if alias.name in files()}
            elif node.module and node.module.startswith("plainrecord."):
                found.add(node.module.split(".")[1])
    return frozenset(found)


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
    return {room for room, parts in ROOMS.items() if name == room or name in parts} or {name}


def test_every_file_has_its_place() -> None:
    parts = {part for parts in ROOMS.values() for part in parts}
    known = GROUND | DOORS | STRETCHES | DESK_PARTS | {CORRIDOR, DESK} | set(ROOMS) | parts
    assert set(files()) == known


def test_the_ground_floor_stands_on_itself() -> None:
    for name in sorted(GROUND):
        assert arrows(name) <= GROUND, name


def test_rooms_do_not_know_one_another() -> None:
    for room, parts in ROOMS.items():
        for name in {room, *parts}:
            beyond = arrows(name) - GROUND - ROOMS[room]
            assert not beyond, f"{name} of the room {room} imports {sorted(beyond)}"
            assert room == name or room not in arrows(name), f"{name} imports its own room {room}"


def test_doors_stand_on_the_ground_floor() -> None:
    for name in sorted(DOORS):
        assert arrows(name) <= GROUND, name


def test_the_corridor_does_not_know_the_desk_and_rooms_do_not_know_either() -> None:
    for name in files():
        if name not in {DESK, *DESK_PARTS}:
            above = {DESK, *DESK_PARTS} if name == CORRIDOR else {DESK, *DESK_PARTS, CORRIDOR}
            assert not arrows(name) & above, name


def test_the_desk_takes_the_corridor() -> None:
    for name in {DESK, *DESK_PARTS}:
        rooms = {CORRIDOR, "fetch", "server", "starter"}
        assert arrows(name) <= GROUND | STRETCHES | DESK_PARTS | rooms


def test_the_corridor_takes_rooms_by_their_front() -> None:
    for name in {CORRIDOR, *STRETCHES}:
        assert arrows(name) <= GROUND | DOORS | STRETCHES | set(ROOMS), name


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


def test_only_the_gate_makes_released_tables() -> None:
    for name, tree in files().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                word = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                assert word != "ReleasedTable" or name == "release", f"{name}:{node.lineno}"


def test_only_the_desk_prints_and_exits() -> None:
    for name, tree in files().items():
        for node in ast.walk(tree):
            if (
                name not in {DESK, *DESK_PARTS}
                and isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
            ):
                assert node.func.id not in ("print", "exit", "quit"), f"{name}:{node.lineno}"


def test_no_clock_and_no_chance_in_what_is_built() -> None:
    timed = {DESK, *DESK_PARTS, "fetch", "server", "visit"}
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
        assert not {"utils", "util", "helper", "helpers", "manager", "base"} & set(name.split("_"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                word = node.name.lower().lstrip("_")
                if word in ("handle_starttag", "handle_endtag", "handle_data"):
                    continue  # names that html.parser gives
                bad = word.startswith(("get_", "process_", "handle_")) or "manager" in word
                assert not bad, f"{name}.{node.name}"


@pytest.mark.parametrize("name", sorted(path.stem for path in PACKAGE.glob("*.py")))
def test_a_file_is_short_enough_to_read(name: str) -> None:
    lines = len((PACKAGE / f"{name}.py").read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{lines} lines: split it along a noun"


def test_no_package_shadows_the_standard_library() -> None:
    assert not (ROOT / "site" / "__init__.py").exists()
