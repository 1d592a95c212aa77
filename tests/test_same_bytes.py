"""Same input, same bytes: other folder, time zone, locale, hash seed, number of threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from plainrecord.publishing.download_format import copy_query
from tests.portals import DESCRIPTOR, ROWS, SETTINGS, write_portal

TOP = Path(__file__).parents[1]
PROGRAM = "import sys; from plainrecord.cli.main import main; sys.argv[0] = 'plainrecord'; main()"
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
    duckdb.default_connection().sql(
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


CLOCK = """
import datetime, os, time

real = datetime.datetime
shift = float(os.environ["TEST_NOW"]) - time.time()
clock, local, universal = time.time, time.localtime, time.gmtime
time.time = lambda: clock() + shift
time.localtime = lambda seconds=None: local(time.time() if seconds is None else seconds)
time.gmtime = lambda seconds=None: universal(time.time() if seconds is None else seconds)


class Same(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, real)


class Moment(real, metaclass=Same):
    @classmethod
    def now(cls, tz=None):
        return real.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls):
        return real.fromtimestamp(time.time())

    @classmethod
    def utcnow(cls):
        return real.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


import dateutil.parser._parser, xlsxwriter.core, xlsxwriter.workbook  # they read the clock

for module in (dateutil.parser._parser, xlsxwriter.core, xlsxwriter.workbook):
    if module.datetime is datetime:
        module.datetime = type(datetime)("datetime")
        module.datetime.__dict__.update(vars(datetime), datetime=Moment)
    else:
        module.datetime = Moment
"""
"""What makes every clock that Python's part of a build could read show another day."""

ANY = """profile: data-package
name: any
title: Any
plainrecord: {unit: visit, privacy: {open: The records are made up}}
resources:
- name: days
  path: days.csv
  schema:
    fields:
    - {name: day, type: date, format: any}
    - {name: hour, type: time, format: any}
    - {name: moment, type: datetime, format: any}
"""


def run(
    root: Path, settings: dict[str, str], command: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, (settings.get("PYTHONPATH"), str(TOP))))
    environment = {**os.environ, **settings, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *command],
        env=environment,
        cwd=root.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def build(root: Path, settings: dict[str, str]) -> dict[str, bytes]:
    done = run(root, settings, ["build", "--quiet", "--portal", str(root)])
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
    assert len(sites[0]["datasets/large/downloads/visits.parquet"]) > 400_000
    assert b"<svg" in sites[0]["datasets/large/index.html"]


def test_the_day_of_the_build_changes_no_byte(tmp_path: Path) -> None:
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock/sitecustomize.py").write_text(CLOCK)
    sites, said = [], []
    for name, now in (("a", "1000000000"), ("b", "2145916800")):
        files = {
            "data/any/datapackage.yaml": ANY,
            "data/any/days.csv": "day,hour,moment\n10 May 2024,9am,10 May 2024 9am\n",
        }
        root = write_portal(tmp_path / name / "portal", **files)
        settings = {**FIRST, "TEST_NOW": now, "PYTHONPATH": str(tmp_path / "clock")}
        sites.append(build(root, settings))
        assert (
            b"2024-05-10,09:00:00,2024-05-10T09:00:00"
            in sites[-1]["datasets/any/downloads/days.csv"]
        )
        (root / "data/any/days.csv").write_text(
            "day,hour,moment\n10,Monday,10:00\nMay,,1/2/75 9:00\n"
        )
        done = run(root, settings, ["check", "--quiet", str(root)])
        assert done.returncode == 1
        said.append(done.stdout + done.stderr)
    assert [path for path in sites[0] if sites[0][path] != sites[1][path]] == []
    assert said[0] == said[1]
    assert "[type-error] (5 times)" in said[0]


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
        copy_query(connection, "SELECT * FROM t", path, kind)
        made.add(path.read_bytes())
    assert len(made) == 1


MACHINE = "some-folder-of-this-machine"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A small portal, and what is built of it."""
    root = write_portal(tmp_path_factory.mktemp("plain") / MACHINE)
    return root, build(root, FIRST)


def test_the_source_date_is_honoured(plain: tuple[Path, dict[str, bytes]]) -> None:
    root, site = plain
    dated = build(root, {**FIRST, "SOURCE_DATE_EPOCH": "1790000000"})
    changed = {path for path in site if site[path] != dated[path]}
    assert changed == {"manifest.json", "SHA256SUMS"}
    inputs = json.loads(dated["manifest.json"])["inputs"]
    assert inputs["date"] == "2026-09-21T14:13:20Z"
    assert json.loads(site["manifest.json"])["inputs"]["date"] is None


def test_no_file_shows_this_machine(plain: tuple[Path, dict[str, bytes]]) -> None:
    _, site = plain
    for path, content in site.items():
        assert MACHINE.encode() not in content, path
    assert ROWS.encode() in site.values()
