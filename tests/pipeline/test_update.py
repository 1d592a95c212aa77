"""Looking after sources, against a server on this machine, by the command as a user runs it."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from plainrecord.cli.main import cli
from plainrecord.core.errors import PlainrecordError
from plainrecord.core.yaml_json import parse_document
from tests.portals import write_portal

OLD = b"id,day,town\n1,2026-01-05,Ash\n2,2026-01-06,Elm\n3,2026-02-07,Oak\n"
NEW = b"id,day,town\n1,2026-01-05,Ash\n2,2026-01-06,Fir\n3,2026-02-07,Oak\n4,2026-03-01,Yew\n"
PAGE = b"<!DOCTYPE html><html><body>Not here any more</body></html>"


class Site(ThreadingHTTPServer):
    """Serves `files` by path; what is not in it is not found, a number is a status."""

    files: dict[str, bytes | int]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        content = self.server.files.get(self.path, 404)
        if isinstance(content, int):
            self.send_error(content)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(("127.0.0.1", 0), Answer) as server:
        server.files = {"/towns.csv": OLD, "/trees.csv": OLD}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainrecord.io.fetch.time.sleep", lambda _: None)


SCHEMA = "{fields: [{name: id, type: integer}, {name: day, type: date}, {name: town, type: string}], primaryKey: [id]}"
TREES = """# Kept by hand.
name: trees
title: Trees
description: Trees of towns.
licenses: [{{name: CC0-1.0}}]
resources:
  - name: trees
    path: {base}/trees.csv # where the office keeps it
    schema: {schema}
    plainrecord:
      files:
        - path: {base}/trees.csv
          sha256: {sha256} # of the file
          bytes: {bytes}
plainrecord:
  summary: Trees of towns. Each row is one tree.
  updated: 2026-01-31 # the day of this release
  privacy: {{open: Trees are not people.}}
"""
TOWNS = """name: towns
title: Towns
description: Towns with trees.
licenses: [{{name: CC0-1.0}}]
resources:
  - name: towns
    path: towns.csv
    schema: {schema}
    plainrecord:
      files:
        - {{path: towns.csv, url: "{base}/towns.csv"}} # committed here
plainrecord:
  summary: Towns with trees. Each row is one town.
  privacy: {{open: Towns are not people.}}
"""


@pytest.fixture
def root(tmp_path: Path, site: Site) -> Path:
    """A portal with a file of its own that has an address, and one with an address alone."""
    portal = tmp_path / "portal"
    settings = "title: Trees\npublisher: {name: Desk, email: desk@desk.example}\nfetch: {hosts: [127.0.0.1]}\n"
    named = {"base": site.base, "schema": SCHEMA}
    trees = TREES.format(sha256=hashlib.sha256(OLD).hexdigest(), bytes=len(OLD), **named)
    write_portal(
        portal,
        **{
            "site/portal.yaml": settings,
            "data/visits/datapackage.yaml": None,
            "data/visits/methodology.md": None,
            "data/visits/visits.csv": None,
            "data/towns/datapackage.yaml": TOWNS.format(**named),
            "data/towns/towns.csv": OLD,
            "data/trees/datapackage.yaml": trees,
        },
    )
    assert run(portal, "fetch").exit_code == 0
    return portal


def run(root: Path, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [command, "--portal", str(root), *arguments])


def update(root: Path, *arguments: str) -> tuple[Result, str]:
    report = root.parent / "report.md"
    report.unlink(missing_ok=True)
    given = ["--date", "2026-05-18", "--report", str(report), *arguments]
    done = run(root, "update", *given)
    return done, report.read_text(encoding="utf-8") if report.exists() else ""


def state(root: Path) -> dict[str, bytes]:
    """What a repository would hold."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".plainrecord" not in path.parts and "_site" not in path.parts
    }


def test_where_nothing_changed_nothing_is_written(root: Path) -> None:
    before = state(root)
    done, report = update(root)
    assert done.exit_code == 0, done.output
    assert state(root) == before
    assert "2 sources: 0 changed, 0 not reachable" in report
    assert "nothing changed" in done.output


def test_a_committed_file_is_replaced_and_the_report_says_what_changed(
    root: Path, site: Site
) -> None:
    site.files["/towns.csv"] = NEW
    before = state(root)
    done, report = update(root)
    assert done.exit_code == 0, done.output
    after = state(root)
    assert after["data/towns/towns.csv"] == NEW
    assert {path for path in after if after[path] != before.get(path)} == {"data/towns/towns.csv"}
    assert "3 before, 4 now (matched by `id`)" in report
    assert "1 added, 0 removed, 1 changed, 2 as before" in report
    assert "`town` in 1" in report
    assert "Earlier periods revised: `2026-01` (1 changed)" in report
    assert "2026-03" not in report  # a new period is no revision


def test_the_descriptor_of_a_remote_file_is_edited_in_place(root: Path, site: Site) -> None:
    site.files["/trees.csv"] = NEW
    place = root / "data" / "trees" / "datapackage.yaml"
    before = place.read_text()
    assert update(root)[0].exit_code == 0
    wanted = (
        before.replace(hashlib.sha256(OLD).hexdigest(), hashlib.sha256(NEW).hexdigest())
        .replace(f"bytes: {len(OLD)}", f"bytes: {len(NEW)}")
        .replace("updated: 2026-01-31 #", "updated: 2026-05-18 #")
    )
    found = place.read_text()
    assert found.replace('"', "") == wanted.replace('"', "")
    assert run(root, "build").exit_code == 0  # the new file is here already


def test_a_descriptor_in_json_keeps_its_form(root: Path, site: Site) -> None:
    folder = root / "data" / "trees"
    text = (folder / "datapackage.yaml").read_text()
    (folder / "datapackage.yaml").unlink()
    written = json.dumps(parse_document(text), indent="\t")
    (folder / "datapackage.json").write_text(written)
    site.files["/trees.csv"] = NEW
    assert update(root)[0].exit_code == 0
    found = (folder / "datapackage.json").read_text()
    assert found == (
        written.replace(hashlib.sha256(OLD).hexdigest(), hashlib.sha256(NEW).hexdigest())
        .replace(f'"bytes": {len(OLD)}', f'"bytes": {len(NEW)}')
        .replace("2026-01-31", "2026-05-18")
    )


@pytest.mark.parametrize(("status", "words"), [(404, "answered 404"), (410, "answered 410")])
def test_a_source_that_is_gone_is_recorded_and_the_others_go_on(
    root: Path, site: Site, status: int, words: str
) -> None:
    site.files["/trees.csv"] = status
    site.files["/towns.csv"] = NEW
    done, report = update(root)
    assert done.exit_code == 0, done.output
    record = (root / "data" / "trees" / "sources.yaml").read_text()
    assert "since" in record
    assert "2026-05-18" in record
    assert words in record
    assert "Not reachable since 18 May 2026" in report
    assert (root / "data" / "towns" / "towns.csv").read_bytes() == NEW
    # The next look leaves the day as it is, and writes nothing.
    before = state(root)
    assert run(root, "update", "--date", "2026-06-01").exit_code == 0
    assert state(root) == before
    built = run(root, "build")
    assert built.exit_code == 0, built.output
    page = (root / "_site" / "datasets" / "trees" / "index.html").read_text()
    assert "This source has been unavailable since 18 May 2026" in page
    assert f"{site.base}/trees.csv" in page
    api = json.loads((root / "_site" / "api" / "v1" / "datasets" / "trees.json").read_text())
    assert api["unreachable_sources"][0]["since"] == "2026-05-18"
    verified = CliRunner().invoke(cli, ["verify", str(root / "_site")])
    assert verified.exit_code == 0, verified.output
    # It is back: the record goes.
    site.files["/trees.csv"] = OLD
    done, report = update(root)
    assert done.exit_code == 0
    assert not (root / "data" / "trees" / "sources.yaml").exists()
    assert "Reachable again" in report


def test_a_host_that_refuses_is_gone_where_another_answers(root: Path) -> None:
    place = root / "data" / "towns" / "datapackage.yaml"
    text = place.read_text()
    start = text.index("http://127.0.0.1:")
    end = text.index("/towns.csv", start)
    place.write_text(text[:start] + "http://127.0.0.1:9" + text[end:])
    done, report = update(root)
    assert done.exit_code == 0, done.output
    assert "the host refuses connections" in report


def test_a_busy_source_is_reported_and_not_recorded(root: Path, site: Site) -> None:
    site.files["/trees.csv"] = 503
    before = state(root)
    done, report = update(root)
    assert done.exit_code == 0
    assert "answered 503" in report
    assert state(root) == before


def test_where_no_source_could_be_looked_at_nothing_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object, **__: object) -> None:
        raise requests.ConnectionError("no network")

    monkeypatch.setattr("plainrecord.io.http.requests.Session.get", cut_off)
    before = state(root)
    done = run(root, "update", "--date", "2026-05-18")
    assert isinstance(done.exception, PlainrecordError)
    assert "no source could be checked" in str(done.exception)
    assert state(root) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PAGE, "a web page"),
        (b"", "it is empty"),
        (b"a;b\n1;2\n", "none of the columns"),
    ],
)
def test_what_is_no_such_table_takes_no_files_place(
    root: Path, site: Site, content: bytes, words: str
) -> None:
    site.files["/towns.csv"] = site.files["/trees.csv"] = content
    before = state(root)
    done, report = update(root)
    assert done.exit_code == 0, done.output
    assert report.count(words) == 2
    assert state(root) == before


def test_a_new_column_is_reported(root: Path, site: Site) -> None:
    lines = NEW.splitlines()
    more = [b"@all `x`", *[b"9"] * (len(lines) - 1)]
    site.files["/towns.csv"] = b"".join(b"%b,%b\n" % pair for pair in zip(lines, more, strict=True))
    done, report = update(root, "towns")
    assert done.exit_code == 0, done.output
    assert "New columns: `@all 'x'`" in report


def test_a_dataset_with_releases_gets_a_new_one_and_keeps_the_earlier_file(
    root: Path, site: Site
) -> None:
    kept = run(root, "release", "trees", "--date", "2026-02-01")
    assert kept.exit_code == 0, kept.output
    site.files["/trees.csv"] = NEW
    done, report = update(root)
    assert done.exit_code == 0, done.output
    assert "Kept as the release of 18 May 2026" in report, report
    assert (root / "data" / "trees" / "copies" / "trees.csv").read_bytes() == OLD
    # Another machine, which never saw the earlier file, builds both releases.
    shutil.rmtree(root / ".plainrecord")
    assert run(root, "fetch", "--keep-going").exit_code == 0
    built = run(root, "build")
    assert built.exit_code == 0, built.output
    page = root / "_site" / "datasets" / "trees" / "releases" / "2026-02-01" / "index.html"
    assert "not in this build" not in page.read_text()


def test_fetch_keeps_going_and_the_others_are_built(root: Path, site: Site) -> None:
    site.files["/trees.csv"] = 404
    shutil.rmtree(root / ".plainrecord")
    assert run(root, "fetch").exit_code == 1
    done = run(root, "fetch", "--keep-going")
    assert done.exit_code == 0
    assert "answered 404" in done.output
    built = run(root, "build")
    assert built.exit_code == 0, built.output
    page = (root / "_site" / "datasets" / "trees" / "index.html").read_text()
    assert "Listed, not published here" in page


def test_a_kept_copy_stands_in_for_a_source_that_is_gone(root: Path, site: Site) -> None:
    done = run(root, "fetch", "trees", "--keep")
    assert done.exit_code == 0, done.output
    assert "wrote data/trees/copies/trees.csv" in done.output
    assert "wrote" not in run(root, "fetch", "trees", "--keep").output  # it is there
    copy = root / "data" / "trees" / "copies" / "trees.csv"
    copy.rename(copy.with_name("any name"))
    site.files.clear()
    shutil.rmtree(root / ".plainrecord")
    assert run(root, "fetch").exit_code == 0
    assert run(root, "build").exit_code == 0


def test_a_record_that_cannot_be_read_is_named(root: Path) -> None:
    (root / "data" / "trees" / "sources.yaml").write_text(
        "unreachable:\n  - {address: http://x.example/, since: May, found: gone}\n"
    )
    done = run(root, "build")
    assert done.exit_code != 0
    assert "since is 'May'" in str(getattr(done.exception, "findings", done.output))
