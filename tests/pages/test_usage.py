"""Lines that read a dataset in other programs: they run, and codes keep their zeros."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest

from plainrecord.model.declarations import Portal
from plainrecord.model.products import Distribution
from plainrecord.pages.dataset import list_examples
from tests.browser.sample import PORTAL, STOPS_RELEASE


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    (tmp_path / "codes.csv").write_text("code,n\n007,1\nNA,2\n")
    (tmp_path / "codes.json").write_text(json.dumps([{"code": "007", "n": 1}]))
    file = tmp_path / "codes.parquet"
    duckdb.execute(f"COPY (SELECT '007' AS code, 1 AS n) TO '{file}'")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield PORTAL.model_copy(update={"base_url": f"http://127.0.0.1:{server.server_port}"})
    server.shutdown()
    server.server_close()


def lines(portal: Portal) -> dict[str, str]:
    files = tuple(
        Distribution("Codes", f"codes.{form.lower()}", form, "", 1, "0" * 64, "codes")
        for form in ("CSV", "Parquet", "JSON", "XLSX")
    )
    release = replace(STOPS_RELEASE, distributions=files)
    return {example.program: example.code for example in list_examples(portal, release)}


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def test_pandas_reads_codes_as_text(portal: Portal) -> None:
    pytest.importorskip("pandas")
    code = lines(portal)["Python (pandas)"] + "\nprint(table.to_dict('records'))"
    assert "'code': '007'" in run(sys.executable, "-c", code)


def test_javascript_reads_the_records(portal: Portal) -> None:
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no node")
    code = f"(async () => {{ {lines(portal)['JavaScript']} console.log(rows[0].code); }})()"
    assert run(node, "-e", code) == "007\n"


def test_r_reads_codes_as_text(portal: Portal) -> None:
    r = shutil.which("Rscript")
    if not r:
        pytest.skip("there is no R")
    assert "007" in run(r, "-e", lines(portal)["R"] + "; cat(table$code)")


def test_duckdb_reads_a_copy(portal: Portal, tmp_path: Path) -> None:
    local = portal.model_copy(update={"base_url": ""})
    code = lines(local)["DuckDB"].replace("codes.parquet", str(tmp_path / "codes.parquet"))
    assert duckdb.execute(code).fetchall() == [("007", 1)]


def test_addresses_are_absolute_only_where_the_portal_has_one(portal: Portal) -> None:
    assert lines(portal)["Excel"] == f"{portal.base_url}/codes.xlsx"
    local = lines(portal.model_copy(update={"base_url": ""}))
    assert local["Excel"] == "codes.xlsx"
    assert "JavaScript" not in local  # fetch needs a complete address
