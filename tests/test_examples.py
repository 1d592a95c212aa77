"""The example portals: built and verified, marked as made up, and drafted by `init` as it is now."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plainrecord.cli import main

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SYNTHETIC = "  synthetic: These records are synthetic. No row describes a real visit.\n"
OUTPUTS = shutil.ignore_patterns("_site", ".plainrecord", "__pycache__")


def run(*words: str) -> Result:
    return CliRunner().invoke(main.cli, words)


@pytest.fixture(params=["minimal", "full"])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The site of an example, built from a copy of it."""
    portal = tmp_path / "portal"
    shutil.copytree(EXAMPLES / request.param, portal, ignore=OUTPUTS)
    done = run("build", "--portal", str(portal))
    assert done.exit_code == 0, done.output
    return portal / "_site"


def test_an_example_is_verified(built: Path) -> None:
    done = run("verify", str(built))
    assert done.exit_code == 0, done.output
    assert "Verified." in done.output


def test_the_pages_of_an_example_say_that_it_is_made_up(built: Path) -> None:
    pages = sorted((built / "datasets").glob("*/index.html"))
    assert pages
    for page in pages:
        assert "These records are synthetic." in page.read_text(encoding="utf-8"), page


def test_the_minimal_example_is_what_init_drafts(tmp_path: Path) -> None:
    portal = EXAMPLES / "minimal"
    shutil.copy(portal / "data" / "visits" / "visits.csv", tmp_path)
    options = {
        "--title": "A small portal (made-up example)",
        "--publisher": "The Plainrecord developers",
        "--licence": "CC0-1.0",
        "--row": "visit",
        "--open": "These records are synthetic: no visit took place.",
        "--program": "plainrecord @ git+https://github.com/OWNER/plainrecord@COMMIT",
    }
    words = [word for option in options.items() for word in option]
    assert run("init", str(tmp_path), "--yes", *words).exit_code == 0
    kept = [
        path.relative_to(portal)
        for folder in ("site", "data", ".github")
        for path in (portal / folder).rglob("*")
        if path.is_file()
    ]
    assert len(kept) == 8
    for path in [*kept, Path("README.md"), Path(".gitignore"), Path(".gitattributes")]:
        written = (portal / path).read_text(encoding="utf-8").replace(SYNTHETIC, "")
        assert (tmp_path / path).read_text(encoding="utf-8") == written, path


def test_the_tables_of_the_full_example_are_what_its_program_makes(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "full", tmp_path, ignore=OUTPUTS, dirs_exist_ok=True)
    data = tmp_path / "data"
    tables = sorted([*data.glob("*/*.csv"), *data.glob("*/raw/*.csv")])
    assert len(tables) == 3
    before = [table.read_bytes() for table in tables]
    for table in tables:
        table.unlink()
    runpy.run_path(str(tmp_path / "generate.py"), run_name="__main__")
    assert [table.read_bytes() for table in tables] == before


def test_the_draft_of_the_full_example_is_not_published(tmp_path: Path) -> None:
    portal = tmp_path / "portal"
    shutil.copytree(EXAMPLES / "full", portal, ignore=OUTPUTS)
    assert run("build", "--portal", str(portal)).exit_code == 0
    published = {path.name for path in (portal / "_site" / "datasets").iterdir() if path.is_dir()}
    assert published == {"inspections", "complaints"}
