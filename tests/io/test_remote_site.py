"""Reading the site of a stranger: hostile folders and addresses."""

from __future__ import annotations

import gzip
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from plainrecord.core.errors import UsageError
from plainrecord.io import remote_site
from plainrecord.io.remote_site import DownloadedFile, open_site

HELLO = b"hello"


class Host(BaseHTTPRequestHandler):
    """Answers by path; `asked` keeps what it was asked for."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        name = self.path.removeprefix("/sub/")
        port = self.headers["Host"].rsplit(":", 1)[-1]
        leads = {
            "same": "/sub/hello.txt",
            "other": "http://other.example/hello.txt",
            "metadata": "http://169.254.169.254/latest",
            "port": "http://127.0.0.1:1/hello.txt",
            "file": "file:///etc/passwd",
            "round": "/sub/round",
            "odd": "http://[::1/x",
            "odd-port": "http://127.0.0.1:99999999/x",
            "name": f"http://localhost:{port}/sub/hello.txt",
        }
        if name in leads:
            self.send_response(302)
            self.send_header("Location", leads[name])
            self.end_headers()
            return
        if name == "slow-head":
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while True:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                return
        self.send_response(500 if name == "broken" else 404 if name == "none" else 200)
        if name == "packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if name == "drops":
            try:
                while True:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                return
        if name == "packed":
            self.wfile.write(gzip.compress(b"x" * 10_000_000))
        elif name == "endless":
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        else:
            self.wfile.write(HELLO)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002, ARG002 - its names
        return


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/sub"
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(target: str, work: Path, path: str, most: int = 100) -> DownloadedFile | str:
    site = open_site(target, work)
    assert site is not None
    return site.fetch(path, most)


def test_a_file_is_had_with_its_hash(address: str, tmp_path: Path) -> None:
    for path in ("hello.txt", "same"):
        got = fetch(address, tmp_path, path)
        assert isinstance(got, DownloadedFile)
        assert (got.bytes, got.sha256) == (5, hashlib.sha256(HELLO).hexdigest())
        assert got.path.parent == tmp_path


@pytest.mark.parametrize(
    "path",
    ["other", "metadata", "port", "file", "round", "odd", "odd-port", "name", "none", "broken"],
)
def test_an_answer_that_leads_astray_is_reported(address: str, tmp_path: Path, path: str) -> None:
    assert isinstance(fetch(address, tmp_path, path), str)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["endless", "packed"])
def test_more_than_is_listed_is_not_read(address: str, tmp_path: Path, path: str) -> None:
    got = fetch(address, tmp_path, path, 1000)
    assert isinstance(got, DownloadedFile)
    assert got.bytes > 1000
    assert got.path.stat().st_size < 2_000_000


def test_a_portal_has_a_size(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_site, "MOST_BYTES", 12)
    site = open_site(address, tmp_path)
    assert site is not None
    got = [site.fetch("hello.txt", 5) for _ in range(3)]
    assert [isinstance(item, DownloadedFile) for item in got] == [True, True, False]


def test_a_file_has_its_time(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_site, "FILE_SECONDS", 0.2)
    got = fetch(address, tmp_path, "endless", 10**12)
    assert isinstance(got, str)
    assert "seconds" in got


@pytest.mark.parametrize("path", ["drops", "slow-head"])
def test_a_file_that_comes_in_drops_has_its_time_too(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Each drop comes in time; a whole block of them would take an hour."""
    monkeypatch.setattr(remote_site, "FILE_SECONDS", 0.3)
    got = fetch(address, tmp_path, path, 10**12)
    assert isinstance(got, remote_site.Unread)
    assert "seconds" in got


@pytest.mark.parametrize(
    ("path", "unread"), [("none", False), ("broken", True), ("other", False), ("hello.txt", False)]
)
def test_what_says_nothing_of_the_portal_is_distinguished(
    address: str, tmp_path: Path, path: str, unread: bool
) -> None:
    assert isinstance(fetch(address, tmp_path, path), remote_site.Unread) == unread


def test_a_portal_has_its_time(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_site, "SITE_SECONDS", -1.0)
    got = fetch(address, tmp_path, "hello.txt")
    assert isinstance(got, str)
    assert "seconds" in got


def test_a_host_that_does_not_answer_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_site, "MOST_SILENT", 3)
    site = open_site("http://127.0.0.1:1", tmp_path)
    assert site is not None
    got = [site.fetch("a", 5) for _ in range(5)]
    assert [str(item).startswith("it was not downloaded") for item in got] == [False] * 3 + [
        True
    ] * 2


def test_no_password_of_the_reader_is_sent(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    sent: list[str | None] = []
    monkeypatch.setattr(
        Host, "log_request", lambda self, *_: sent.append(self.headers.get("Authorization"))
    )
    fetch(address, tmp_path, "hello.txt")
    assert sent == [None]


def test_a_folder_gives_plain_files_only(tmp_path: Path) -> None:
    root = tmp_path / "site"
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "a.txt").write_bytes(HELLO)
    (tmp_path / "secret").write_text("secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    site = open_site(str(root), tmp_path)
    assert site is not None
    assert isinstance(site.fetch("inner/a.txt", 5), DownloadedFile)
    for path in ("link", "folder/secret", "pipe", "inner", "none"):
        assert isinstance(site.fetch(path, 5), str)
    assert site.list_files() == ("folder", "inner/a.txt", "link", "pipe")


def test_what_is_neither_folder_nor_address(tmp_path: Path) -> None:
    for target in ("nowhere", "http://", "http://[", "ftp://desk.example", str(tmp_path / "x")):
        with pytest.raises(UsageError, match="neither a folder nor an address"):
            open_site(target, tmp_path)


def test_a_path_longer_than_the_system_takes_is_reported(tmp_path: Path) -> None:
    got = fetch(str(tmp_path), tmp_path, "a/" * 3000 + "a")
    assert isinstance(got, str)
    assert "cannot be read" in got


def test_a_folder_has_a_size_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_site, "MOST_BYTES", 1_000_000)
    with (tmp_path / "holes").open("wb") as stream:
        stream.truncate(10_000_000_000)
    got = fetch(str(tmp_path), tmp_path, "holes", 10_000_000_000)
    assert got == "the portal has more than 1,000,000 bytes"
