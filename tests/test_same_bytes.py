"""Same input, same bytes: other folder, time zone, locale, hash seed, number of threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from plainrecord.gate.exports import _copy
from tests.portals import DESCRIPTOR, ROWS, SETTINGS, write_portal

TOP = Path(__file__).parents[1]
PROGRAM = (
    "import sys; from plainrecord.cli import main;"
    " sys.argv = ['plainrecord', 'build', '--quiet', '--portal', sys.argv[1]]; main()"
)
FIRST = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
SECOND = {"TZ": "Pacific/Auckland", "LC_ALL": "POSIX", "PYTHONHASHSEED": "4242", "HOME": "/nowhere"}
LARGE = (
    DESCRIPTOR.replace("name: visits\ntitle", "name: large\ntitle")
    .replace("type: integer, title: Score, constraints: {minimum: 0, maximum: 100}", "type: number, title: Score")
    .replace("SELECT count(*) FROM visits}", "SELECT count(*) FROM visits}\n    - {name: mean, title: Mean, format: decimal, sql: SELECT avg(score) FROM visits}")
    .replace("kind: bar, x: outcome}", "kind: bar, x: outcome, measure: \"sum:score\"}")
)  # fmt: skip


def write_large(path: Path, rows: int) -> None:
    """Rows with floating numbers, dates, marks of absence and texts, the same for everyone."""
    duckdb.sql(
        f"""SELECT 'v' || n AS visit_id, DATE '2026-01-01' + (n % 28)::INTEGER AS visited_on,
        ['CA', 'NY', 'TX'][1 + n % 3] AS state, ['pass', 'fail'][1 + (n % 5 = 0)::INTEGER] AS outcome,
        CASE WHEN n % 10 = 0 THEN '(b)(4) ' ELSE printf('%.6f', sin(n) * 1000) END AS score
        FROM range({rows}) AS r(n)"""
    ).write_csv(str(path))


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def build(root: Path, settings: dict[str, str]) -> dict[str, bytes]:
    environment = {**os.environ, **settings, "PYTHONPATH": str(TOP)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(root)], env=environment, cwd=root.parent,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tree(root / "_site")


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    sites = []
    for name, settings in (("a", FIRST), ("another/deep folder", SECOND)):
        root = write_portal(tmp_path / name, **{
            "data/large/datapackage.yaml": LARGE,
            "data/large/visits.csv": "",
            "site/portal.yaml": SETTINGS + "bundles: [{name: words, folder: site/pages}]\n",
        })  # fmt: skip
        write_large(root / "data/large/visits.csv", 300_000)
        sites.append(build(root, settings))
    assert sites[0].keys() == sites[1].keys()
    assert [path for path in sites[0] if sites[0][path] != sites[1][path]] == []
    kinds = {path.rsplit(".", 1)[-1] for path in sites[0]}
    assert {"html", "json", "csv", "parquet", "xlsx", "zip", "svg", "js"} <= kinds
    assert len(sites[0]["datasets/large/downloads/visits.parquet"]) > 1_000_000
    assert b"<svg" in sites[0]["datasets/large/index.html"]


@pytest.mark.parametrize("kind", ["FORMAT parquet, COMPRESSION zstd", "FORMAT csv", "FORMAT json"])
def test_threads_do_not_change_what_is_exported(tmp_path: Path, kind: str) -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT n, sin(n) AS d, md5(n::VARCHAR) AS s FROM range(400000) AS r(n)"
    )
    made: set[bytes] = set()
    for threads in (1, 2, 5, 8, 8):
        connection.execute(f"SET threads = {threads}")
        path = tmp_path / f"{len(made)}-{threads}"
        _copy(connection, "SELECT * FROM t", path, kind)
        made.add(path.read_bytes())
    assert len(made) == 1


def test_the_source_date_is_honoured(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "p")
    plain = build(root, FIRST)
    dated = build(root, {**FIRST, "SOURCE_DATE_EPOCH": "1790000000"})
    changed = {path for path in plain if plain[path] != dated[path]}
    assert changed == {"manifest.json", "SHA256SUMS"}
    inputs = json.loads(dated["manifest.json"])["inputs"]
    assert inputs["date"] == "2026-09-21T14:13:20Z"
    assert json.loads(plain["manifest.json"])["inputs"]["date"] is None


def test_no_file_tells_of_this_machine(tmp_path: Path) -> None:
    root = write_portal(tmp_path / "some-folder-of-this-machine")
    for path, content in build(root, FIRST).items():
        assert b"some-folder-of-this-machine" not in content, path
    assert ROWS.encode() in tree(root / "_site").values()
