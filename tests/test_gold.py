"""Gold builds: whole portals, every text they make compared with what was approved.

Each folder of `tests/gold` holds `portal/` and `expected/`. After a change that is meant, run
`PLAINRECORD_GOLD=write pytest tests/test_gold.py`, read the difference with git, and commit it.
Binary files, compiled charts and licences of others are compared by name; hashes, sizes and the
names of hashed assets are scrubbed, and the two lists of files sorted by the scrubbed names, so
that a new version of a library that writes them does not look like a change of ours.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from plainrecord.pipeline.build import build_portal

GOLD = Path(__file__).parent / "gold"
TEXTS = (".html", ".json", ".csv", ".txt", ".xml", ".atom", "")
OTHERS = re.compile(r"^third-party-licenses\.|\.vega\.json$")
SCRUBS = (
    # In the address of "Report a problem" a hash follows a space written as %20.
    (re.compile(r"(?:\b|(?<=%20))[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"(assets/[a-z-]+)\.[0-9a-f]{8}\."), r"\1.HASH."),
    (re.compile(r"\b\d+(?:\.\d+)? (?:bytes|kB|MB)\b"), "SIZE"),
    (re.compile(r'"(bytes|contentSize)": "?\d+(?: B)?"?'), r'"\1": SIZE'),
    (re.compile(r'"version": "[0-9a-f]{12}"'), '"version": "HASH"'),
    (re.compile(r'"commit": (?:null|"[0-9a-f]{40}")'), '"commit": COMMIT'),
    (re.compile(r'"tools": \{[^}]*\}'), '"tools": VERSIONS'),
    (re.compile(r'"plainrecord": "[0-9.]+"'), '"plainrecord": VERSION'),
    (re.compile(r'("\$schema": "https://vega[^"]*)/v[0-9.]+json'), r"\1/VERSION.json"),
)


def scrub(text: str) -> str:
    for pattern, word in SCRUBS:
        text = pattern.sub(word, text)
    return text


def read_text(path: Path) -> str:
    """The scrubbed text; hashes in names do not decide the order of a list of files."""
    text = path.read_text(encoding="utf-8")
    if path.name == "manifest.json":
        manifest = json.loads(text)
        manifest["files"].sort(key=lambda file: scrub(file["path"]))
        text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    text = scrub(text)
    if path.name == "SHA256SUMS":
        text = "".join(sorted(text.splitlines(keepends=True)))
    return text


def read(folder: Path) -> dict[str, str]:
    """Every file by path: its scrubbed text, or nothing for a binary one."""
    return {
        scrub(path.relative_to(folder).as_posix()): (
            read_text(path) if path.suffix in TEXTS and not OTHERS.search(path.name) else ""
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".plainrecord-site"
    }


@pytest.mark.parametrize("name", sorted(path.name for path in GOLD.iterdir() if path.is_dir()))
def test_a_gold_portal_is_built_as_approved(tmp_path: Path, name: str) -> None:
    shutil.copytree(GOLD / name / "portal", tmp_path / "portal")
    build_portal(tmp_path / "portal", tmp_path / "site", lambda _: None)
    made = read(tmp_path / "site")
    expected = GOLD / name / "expected"
    if os.environ.get("PLAINRECORD_GOLD") == "write":
        shutil.rmtree(expected, ignore_errors=True)
        for path, text in made.items():
            target = expected / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    approved = {
        path.relative_to(expected).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(expected.rglob("*"))
        if path.is_file()
    }
    assert sorted(made) == sorted(approved)
    for path, text in made.items():
        assert text == approved[path], f"{path} is not as approved"
