"""A canary in an identifier column that is wrong in every way: no command prints it anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.cli.main import cli
from tests.portals import DESCRIPTOR, ROWS, write_portal

pytestmark = pytest.mark.usefixtures("rows_under_a_threshold")

CANARY = "QZX"
FIELDS = """        - {name: person, type: string, title: Who, constraints: {required: true, unique: true, pattern: "[0-9]+"}}
        - {name: kind, type: string, title: Kind, categories: [one, two]}
        - {name: number, type: integer, title: Number}
        - {name: born, type: date, title: Day}
        - {name: boss, type: string, title: Boss}
        - {name: choice, type: string, title: Choice, constraints: {enum: [a, b]}}
"""
PROTECTED = (
    DESCRIPTOR.replace('["", {', '[{value: ""}, {')
    .replace("      missingValues:", FIELDS + "      missingValues:", 1)
    .replace(
        "  privacy: {open: Sites are not people.}\n",
        "  privacy:\n    identifiers: [person, kind, number, born, boss, choice]\n    threshold: 11\n",
    )
)
KEYED = PROTECTED.replace(
    "      missingValues: [",
    "      primaryKey: [visit_id, person]\n      uniqueKeys: [[person, boss]]\n      foreignKeys:\n"
    "        - {fields: boss, reference: {resource: '', fields: person}}\n"
    "      missingValues: [",
)
GOOD = "1,one,1,1980-01-01,1,a"


def table(*cells: str, header: str = "person,kind,number,born,boss,choice") -> str:
    """The table of visits with further cells in its rows: those of `cells`, then good ones."""
    first, *rows = ROWS.splitlines()
    good = [f"{n},one,{n},1980-01-{1 + n % 28:02},{n},a" for n in range(1000, 1000 + len(rows))]
    more = [*cells, *good][: len(rows)]
    return "\n".join([f"{first},{header}", *map(",".join, zip(rows, more, strict=True))]) + "\n"


WRONG: dict[str, str | bytes] = {
    "type": table(f"1,one,{CANARY}7,{CANARY}8,1,a"),
    "pattern": table(f"{CANARY}1,one,1,1980-01-01,1,a"),
    "enum": table(f"1,{CANARY},1,1980-01-01,1,{CANARY}"),
    "unique": table(*[f"7{CANARY},one,1,1980-01-01,7{CANARY},a"] * 3),
    "padding": table(f" {CANARY}1,one,1,1980-01-01,1 {CANARY} ,a"),
    "sentinel": table(*[f"1,one,1,1980-01-01,DO NOT USE {CANARY},a"] * 3),
    "spelling": table(*[f"{n},one,1,1980-01-01,{('Ab ' + CANARY, 'AB ' + CANARY)[n % 2]},a" for n in range(40)]),
    "exemption": table(*[f"1,one,1,1980-01-01,(b)(6) {CANARY},a"] * 3),
    "mangled": table(f"1,one,1,1980-01-01,FranÃ§ois {CANARY},a"),
    "hidden": table(f"1,one,1,1980-01-01,{CANARY}\u200b{CANARY},a"),
    "reference": table(f"1,one,1,1980-01-01,{CANARY},a"),
    "wide number": table(f"1,one,{CANARY}9999999999999999999999,1980-01-01,1,a"),
    "dates in forms": table(*[f"{n},one,1,{n}/1/1980{CANARY},1,a" for n in range(1, 9)]),
    "shifted by a comma": table(f"{CANARY}, J,one,1,1980-01-01,1,a", f"1,{CANARY}"),
    "a cell too many": table(f"1,one,1,1980-01-01,1,a,{CANARY}"),
    "quotes": table(f'"{CANARY}1" {CANARY},one,1,1980-01-01,1,a'),
    "an open quote": table(f'"{CANARY},one,1,1980-01-01,1,a'),
    "labels in another order": table(
        f"a,{CANARY},1,{CANARY},1,{CANARY}", header="choice,boss,kind,number,born,person"
    ),
    "no header": table(f"1{CANARY},one,1,1980-01-01,1,a").split("\n", 1)[1],
    "encoding": table(f"1,one,1,1980-01-01,{CANARY}\u00e9{CANARY},a").encode("latin-1"),
    "a column more": table(f"1,one,1,1980-01-01,1,a,{CANARY}", header="person,kind,number,born,boss,choice,z"),
    "a label that is a value": table(header=f"person,kind,number,born,boss,{CANARY}"),
}  # fmt: skip


def everything(root: Path) -> str:
    """All text that lies below `root`, but for the sources."""
    return "\n".join(
        path.read_bytes().decode("latin-1")
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.relative_to(root).parts[:2] != ("portal", "data")
    )


DERIVED = PROTECTED.replace(
    "    schema:",
    "    plainrecord:\n      derive: [{field: {name: more, type: integer}, sql: CAST(boss AS INT)}]\n"
    "    schema:",
    1,
)
RULED = DERIVED.replace(
    "      derive: [{field: {name: more, type: integer}, sql: CAST(boss AS INT)}]",
    "      checks: [{name: boss, sql: CAST(boss AS INT) > 0, severity: blocker}]",
)


CASES = [
    *((case, style) for case in WRONG for style in ("plain", "keyed")),
    *(("reference", style) for style in ("derived", "ruled")),  # their expression meets a text
]


@pytest.mark.parametrize(("case", "style"), CASES)
def test_no_command_prints_the_value_of_an_identifier(
    tmp_path: Path, case: str, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptor = {"plain": PROTECTED, "keyed": KEYED, "derived": DERIVED, "ruled": RULED}[style]
    root = write_portal(
        tmp_path / "portal",
        **{"data/visits/datapackage.yaml": descriptor, "data/visits/visits.csv": WRONG[case]},
    )
    monkeypatch.chdir(root)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    said = []
    for command in (
        ["check", ".", "--format", "json"],
        ["check", "."],
        ["check", "data/visits", "--format", "json"],
        ["check", "data/visits", "--format", "html"],
        ["check", "data/visits", "--format", "github"],
        ["build", "--out", str(tmp_path / "site")],
        ["release", "visits", "--note", "The first one."],
    ):
        done = CliRunner().invoke(cli, command)
        assert done.exit_code != 2, done.output
        said += [done.output, repr(getattr(done.exception, "findings", ()))]
    said.append(everything(tmp_path))
    whole = "\n".join(said)
    at = whole.find(CANARY)
    assert at < 0, whole[max(0, at - 300) : at + 100]


@pytest.mark.parametrize("options", [["--key", "visit_id"], ["--key", "person"], []], ids=str)
@pytest.mark.parametrize("style", ["text", "json"])
def test_a_comparison_prints_no_value_of_an_identifier(
    tmp_path: Path, options: list[str], style: str
) -> None:
    write_portal(tmp_path, **{"data/visits/datapackage.yaml": PROTECTED})
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    rows = [f"{CANARY}{n},one,1,1980-01-0{1 + n},{CANARY}b{n},a" for n in range(8)]
    old.write_text(table(*rows), encoding="utf-8")
    changed = [row.replace("b", "c").replace(",one", f",{CANARY}") for row in rows[1:]]
    new.write_text(table(rows[0].replace(CANARY, f"{CANARY}v"), *changed), encoding="utf-8")
    descriptor = str(tmp_path / "data/visits/datapackage.yaml")
    command = ["diff", str(old), str(new), *options, "--format", style, "--dialect", descriptor]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 1, done.output
    assert "not shown" in done.output
    at = done.output.find(CANARY)
    assert at < 0, done.output[max(0, at - 300) : at + 100]
