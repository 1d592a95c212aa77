"""The preview, asked over a real connection."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from plainrecord.authoring.preview import (
    EVENTS,
    LOOPBACK,
    SCRIPT,
    PreviewServer,
    RebuildCounter,
    rebuild_once,
)
from plainrecord.cli.main import cli
from plainrecord.core.errors import PlainrecordError, UsageError

TAG = f'<script src="{SCRIPT}" defer></script>'
PAGE = "<!doctype html><html><head></head><body><p>hello</p></body></html>"


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[PreviewServer]:
    site = tmp_path / "site"
    (site / "about").mkdir(parents=True)
    (site / "index.html").write_text(PAGE)
    (site / "about" / "index.html").write_text(PAGE)
    (site / "404.html").write_text("<body>not here</body>")
    (site / "data.json").write_text("{}")
    (tmp_path / "secret.txt").write_text("secret")
    (site / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "index.html").write_text("<body>secret</body>")
    (site / "folder").symlink_to(tmp_path / "outside")
    (site / "ring").symlink_to(site / "ring")
    with PreviewServer(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.rebuilds.close()
        server.shutdown()


def ask(
    server: PreviewServer, path: str, host: str = "127.0.0.1", method: str = "GET"
) -> tuple[int, http.client.HTTPMessage, bytes]:
    line = http.client.HTTPConnection(LOOPBACK, server.server_address[1], timeout=120)
    line.request(method, path, headers={"Host": host})
    answer = line.getresponse()
    content = answer.read()
    line.close()
    return answer.status, answer.headers, content


def test_it_listens_on_the_loopback_address_only(preview: PreviewServer) -> None:
    assert preview.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/index.html", "/about/", "/?x=1"])
def test_pages_carry_the_reload_script(preview: PreviewServer, path: str) -> None:
    status, headers, content = ask(preview, path)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<script src="{SCRIPT}" defer></script></body>'.encode() in content
    assert int(headers["Content-Length"]) == len(content)


def test_the_file_itself_is_not_changed(preview: PreviewServer) -> None:
    ask(preview, "/")
    assert (preview.folder / "index.html").read_text() == PAGE


def test_other_files_are_served_as_they_are(preview: PreviewServer) -> None:
    status, headers, content = ask(preview, "/data.json")
    assert (status, content) == (200, b"{}")
    assert headers["Content-Type"].startswith("application/json")


def test_a_folder_without_a_slash_is_redirected(preview: PreviewServer) -> None:
    status, headers, _ = ask(preview, "/about")
    assert status == 301
    assert headers["Location"] == "/about/"


def test_a_missing_page_gets_the_portals_own_404(preview: PreviewServer) -> None:
    status, _, content = ask(preview, "/nowhere")
    assert status == 404
    assert b"not here" in content


OUTSIDE = ["/../secret.txt", "/%2e%2e/secret.txt", "/link.txt", "/folder", "/folder/", "/ring"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path", [*OUTSIDE, "/folder/index.html", "/%00", f"/{300 * 'a'}", "/index.html/"]
)
def test_nothing_outside_the_site_is_served(preview: PreviewServer, path: str, method: str) -> None:
    status, headers, content = ask(preview, path, method=method)
    assert status == 404
    assert b"secret" not in content
    assert headers["Content-Length"] == str(len("<body>not here</body>") + len(TAG))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 403),
        ("evil.example:80", 403),
        ("", 403),
        ("localhost:8000", 200),
        ("127.0.0.1", 200),
    ],
)
def test_a_foreign_host_name_is_refused(
    preview: PreviewServer, host: str, status: int, method: str
) -> None:
    assert ask(preview, "/", host=host, method=method)[0] == status


@pytest.mark.parametrize("path", ["/", "/about", "/about/", "/nowhere", "/data.json", SCRIPT])
def test_head_answers_what_get_answers_without_the_body(preview: PreviewServer, path: str) -> None:
    got, head = ask(preview, path), ask(preview, path, method="HEAD")
    assert head[0] == got[0]
    assert head[2] == b""
    names = ("Content-Type", "Content-Length", "Location")
    assert [head[1][name] for name in names] == [got[1][name] for name in names]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_no_other_method_is_answered(preview: PreviewServer, method: str) -> None:
    assert ask(preview, "/link.txt", method=method)[0] == 501


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "x", "1.5"])
def test_a_port_that_is_none_is_a_matter_of_usage(tmp_path: Path, port: str) -> None:
    ran = CliRunner().invoke(cli, ["serve", "--portal", str(tmp_path), "--port", port])
    assert (ran.exit_code, ran.exception.__class__) == (2, SystemExit)
    assert "--port" in ran.output


def test_a_port_that_is_taken_is_reported_before_anything_is_built(
    preview: PreviewServer, tmp_path: Path
) -> None:
    port = preview.server_address[1]
    (tmp_path / "site").mkdir(exist_ok=True)
    (tmp_path / "site/portal.yaml").write_text("title: A portal\n")
    ran = CliRunner().invoke(cli, ["serve", "--portal", str(tmp_path), "--port", str(port)])
    assert isinstance(ran.exception, UsageError)
    assert f"port {port} cannot be used" in str(ran.exception)


def test_the_script_listens_to_the_stream(preview: PreviewServer) -> None:
    status, headers, content = ask(preview, SCRIPT)
    assert status == 200
    assert headers["Content-Type"].startswith("text/javascript")
    assert EVENTS.encode() in content


def test_a_rebuild_reaches_an_open_page(preview: PreviewServer) -> None:
    line = http.client.HTTPConnection(LOOPBACK, preview.server_address[1], timeout=120)
    line.request("GET", EVENTS)
    stream = line.getresponse()
    assert stream.headers["Content-Type"] == "text/event-stream"
    assert stream.readline() == b": here\n"
    stream.readline()
    assert rebuild_once(lambda: False, preview.rebuilds) is False
    assert rebuild_once(lambda: True, preview.rebuilds) is True
    assert stream.readline() == b"event: reload\n"
    line.close()


def test_a_rebuild_that_fails_rings_no_bell() -> None:
    def broken() -> bool:
        raise PlainrecordError("a template is not valid")

    rebuilds = RebuildCounter()
    assert rebuild_once(broken, rebuilds) is False
    assert rebuilds.count == 0
