"""Fetching, against a server on this machine."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from plainrecord.findings.finding import Finding
from plainrecord.io import fetch
from plainrecord.io.fetched_files import locate_file
from plainrecord.io.http import refusal_of
from plainrecord.model.declarations import FetchSettings, Portal, Publisher
from plainrecord.model.packages import AcceptedCopy, LocatedFile, SourceFile

CONTENT = b"id,state\n1,CA\n" * 5000
COPY = b"id,state\n1,--\n"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def portal(
    hosts: tuple[str, ...] = ("127.0.0.1",), limit: int = 10_000_000, seconds: int = 3_600
) -> Portal:
    return Portal(
        title="T",
        publisher=Publisher(name="P"),
        fetch=FetchSettings(hosts=hosts, max_bytes=limit, max_seconds=seconds),
    )


ODD = {
    "/odd": "http://127.0.0.1:99999999/file.csv",
    "/bracket": "http://[1",
    # `urlsplit` reads the host after the backslash, and urllib3 would ask the one before it.
    "/backslash": "http://localhost\\@127.0.0.1/file.csv",
}
"""Where answers lead on to that is no address."""


PACKED = {
    "/packed": ("gzip", gzip.compress(CONTENT[:9]) + gzip.compress(CONTENT[9:])),
    "/packed-cut": ("gzip", gzip.compress(CONTENT)[:-20]),
    "/packed-not": ("gzip", CONTENT),
    "/packed-twice": ("gzip, gzip", gzip.compress(gzip.compress(CONTENT))),
    "/packed-br": ("br", b"\x0b\x02\x80abc\x03"),
}
"""Bodies that a host has packed, which it was asked not to do."""


class Site(ThreadingHTTPServer):
    """Answers by path; `asked` lists the paths in order."""

    asked: list[str]
    fails: int
    passwords: list[str | None]
    tick: threading.Event


class Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.passwords.append(self.headers.get("Authorization"))
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.example/file.csv")
            self.end_headers()
        elif self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        elif self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/file.csv")
            self.end_headers()
        elif self.path == "/port":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/file.csv")
            self.end_headers()
        elif self.path in ODD:
            self.send_response(302)
            self.send_header("Location", ODD[self.path])
            self.end_headers()
        elif self.path == "/huge":
            self.send_response(200)
            self.send_header("Content-Length", "99999999999999")
            self.end_headers()
        elif self.path in PACKED:
            self.send_response(200)
            self.send_header("Content-Encoding", PACKED[self.path][0])
            self.end_headers()
            self.wfile.write(PACKED[self.path][1])
        elif self.path == "/gone":
            self.send_error(404)
        elif self.path in ("/slow-head", "/slow-body"):
            start = b"HTTP/1.1 200 OK\r\n" + b"\r\n" * (self.path == "/slow-body")
            self.wfile.write(start)
            with suppress(OSError):  # the client has gone
                while True:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    self.server.tick.wait(0.05)
        elif self.path == "/busy" and len(self.server.asked) <= self.server.fails:
            self.send_error(503)
        elif self.path == "/cut" and len(self.server.asked) <= self.server.fails:
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:1000])
        else:
            content = COPY if self.path == "/copy" else CONTENT
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving(fails: int = 0) -> Iterator[tuple[Site, str]]:
    with Site(("127.0.0.1", 0), Answer) as site:
        site.asked, site.fails, site.passwords, site.tick = [], fails, [], threading.Event()
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield site, f"http://127.0.0.1:{site.server_address[1]}"
        site.shutdown()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for, none of them taken."""
    taken: list[float] = []
    monkeypatch.setattr("plainrecord.io.fetch.time.sleep", taken.append)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return taken


def silent(done: int, total: int | None) -> None:
    pass


def bring(
    source: SourceFile, cache: Path, settings: Portal, mirrors: dict[str, Path] | None = None
) -> LocatedFile | Finding:
    got, findings = fetch.fetch_file(
        source, cache, portal=settings, mirrors=mirrors, progress=silent
    )
    return got or findings[0]


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def test_a_download_is_kept_under_its_hash_and_found_again(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    with serving() as (site, root):
        source = SourceFile(f"{root}/file.csv", digest(CONTENT), bytes=len(CONTENT))
        got, _ = fetch.fetch_file(
            source,
            tmp_path,
            portal=portal(),
            mirrors=None,
            progress=lambda done, total: seen.append((done, total)),
        )
        assert isinstance(got, LocatedFile)
        assert got.path == tmp_path / "sha256" / got.sha256[:2] / got.sha256
        assert got.path.read_bytes() == CONTENT
        assert got.shown == source.path
        assert seen[-1] == (len(CONTENT), len(CONTENT))
        assert bring(source, tmp_path, portal()) == got
        assert site.asked == ["/file.csv"]
    assert locate_file(source, tmp_path) == got
    assert left(tmp_path) == [digest(CONTENT)]


def test_a_wrong_hash_names_both_and_keeps_nothing(tmp_path: Path) -> None:
    with serving() as (_, root):
        got = bring(SourceFile(f"{root}/file.csv", digest(b"other")), tmp_path, portal())
    assert isinstance(got, Finding)
    assert got.rule == "hash-mismatch"
    assert got.blocks
    assert digest(CONTENT) in got.found
    assert digest(b"other") in got.expected
    assert left(tmp_path) == []


def test_a_download_that_is_an_accepted_copy_says_so(tmp_path: Path) -> None:
    copy = AcceptedCopy(digest(COPY), len(COPY), "states blanked")
    with serving() as (_, root):
        source = SourceFile(f"{root}/copy", digest(CONTENT), accepted=(copy,))
        got = bring(source, tmp_path, portal())
    assert isinstance(got, LocatedFile)
    assert got.copy_note == "states blanked"
    assert got.sha256 == digest(COPY)


def test_a_cut_connection_is_tried_again_and_leaves_nothing(
    tmp_path: Path, pauses: list[float]
) -> None:
    with serving(fails=99) as (site, root):
        source = SourceFile(f"{root}/cut", digest(CONTENT))
        got = bring(source, tmp_path, portal())
        assert isinstance(got, Finding)
        assert got.rule == "download-failed"
        assert len(site.asked) == fetch.TRIES
        assert left(tmp_path) == []
    assert len(pauses) == fetch.TRIES - 1
    assert pauses == sorted(pauses)
    assert pauses[0] > 0


def test_a_cut_connection_then_a_whole_answer(tmp_path: Path) -> None:
    with serving(fails=1) as (site, root):
        got = bring(SourceFile(f"{root}/cut", digest(CONTENT)), tmp_path, portal())
        assert len(site.asked) == 2
    assert isinstance(got, LocatedFile)
    assert left(tmp_path) == [digest(CONTENT)]


@pytest.mark.parametrize(("fails", "rule"), [(2, None), (99, "download-failed")])
def test_a_busy_server_is_tried_three_times(tmp_path: Path, fails: int, rule: str | None) -> None:
    with serving(fails=fails) as (site, root):
        got = bring(SourceFile(f"{root}/busy", digest(CONTENT)), tmp_path, portal())
        assert len(site.asked) == 3
    assert (got.rule if isinstance(got, Finding) else None) == rule


def test_an_address_that_is_gone_is_not_tried_again(tmp_path: Path) -> None:
    with serving() as (site, root):
        got = bring(SourceFile(f"{root}/gone", digest(CONTENT)), tmp_path, portal())
        assert len(site.asked) == 1
    assert isinstance(got, Finding)
    assert "404" in got.found


def test_the_size_limit_stops_a_download(tmp_path: Path) -> None:
    with serving() as (_, root):
        got = bring(SourceFile(f"{root}/file.csv", digest(CONTENT)), tmp_path, portal(limit=1000))
    assert isinstance(got, Finding)
    assert got.rule == "download-too-large"
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "address", ["http://other.example/x", "ftp://127.0.0.1/x", "file:///etc/passwd"]
)
def test_an_address_that_is_not_allowed_is_not_asked(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plainrecord.io.http.Client.get", lambda *_, **__: pytest.fail("asked"))
    got = bring(SourceFile(address, digest(CONTENT)), tmp_path, portal())
    assert isinstance(got, Finding)
    assert got.rule == "host-not-allowed"


def test_a_redirect_may_not_leave_the_allowed_hosts(tmp_path: Path) -> None:
    with serving() as (_, root):
        away = bring(SourceFile(f"{root}/away", digest(CONTENT)), tmp_path, portal())
        moved = bring(SourceFile(f"{root}/moved", digest(CONTENT)), tmp_path, portal())
        round_ = bring(SourceFile(f"{root}/round", digest(COPY)), tmp_path, portal())
    assert isinstance(away, Finding)
    assert (away.rule, away.found) == ("host-not-allowed", "http://elsewhere.example")
    assert isinstance(moved, LocatedFile)
    assert isinstance(round_, Finding)
    assert round_.rule == "download-failed"


def test_a_declared_size_is_read_before_the_body(tmp_path: Path) -> None:
    with serving() as (site, root):
        got = bring(SourceFile(f"{root}/huge", digest(CONTENT)), tmp_path, portal())
        assert site.asked == ["/huge"]
    assert isinstance(got, Finding)
    assert (got.rule, got.found) == ("download-too-large", "99,999,999,999,999 bytes or more")


@pytest.mark.parametrize("path", ["port", "odd", "bracket", "backslash"])
def test_a_redirect_may_not_lead_to_another_port(tmp_path: Path, path: str) -> None:
    with serving() as (site, root):
        got = bring(SourceFile(f"{root}/{path}", digest(CONTENT)), tmp_path, portal())
        assert site.asked == [f"/{path}"]
    assert isinstance(got, Finding)
    assert got.rule == ("host-not-allowed" if path == "port" else "download-failed")


@pytest.mark.parametrize(
    ("start", "place", "allowed"),
    [
        ("http://a.example/x", "http://a.example/y", True),
        ("http://a.example/x", "http://a.example:80/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "https://b.example/y", True),
        ("http://a.example:8080/x", "http://a.example:8080/y", True),
        ("http://a.example:8080/x", "https://a.example/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "http://b.example/y", False),
        ("https://a.example/x", "https://a.example:8443/y", False),
        ("https://a.example/x", "https://b.example:8443/y", False),
        ("http://a.example:8080/x", "http://a.example/y", False),
        ("https://a.example/x", "https://c.example/y", False),
        ("https://a.example/x", "ftp://a.example/y", False),
        ("https://a.example/x", "file:///etc/passwd", False),
    ],
)
def test_where_a_redirect_may_lead(start: str, place: str, allowed: bool) -> None:
    hosts = portal(("a.example", "b.example"))
    with nullcontext() if allowed else pytest.raises(fetch._RefusedError):
        fetch._check_redirect(start, place, hosts)


def test_no_password_of_the_user_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving() as (site, root):
        bring(SourceFile(f"{root}/moved", digest(CONTENT)), tmp_path / "cache", portal())
        other = root.replace("http://", "http://me:secret@")
        bring(SourceFile(f"{other}/copy", digest(COPY)), tmp_path / "cache", portal())
        assert site.passwords == [None, None, None]


@pytest.mark.parametrize("path", ["slow-head", "slow-body"])
def test_a_host_that_sends_a_byte_at_a_time_is_left(tmp_path: Path, path: str) -> None:
    """Each byte comes in time for a read; only a bound over all of them ends the download."""
    with serving() as (site, root):
        source = SourceFile(f"{root}/{path}", digest(CONTENT))
        got = bring(source, tmp_path, portal(seconds=1))
        assert site.asked == [f"/{path}"]
    assert isinstance(got, Finding)
    assert (got.rule, got.found) == ("download-failed", "it took more than 1 s")
    assert left(tmp_path) == []


def test_a_mirror_is_copied_and_nothing_is_asked(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror" / "deep"
    mirror.mkdir(parents=True)
    (mirror / "any-name.bin").write_bytes(COPY)
    (mirror / "noise").write_bytes(b"x")
    source = SourceFile(
        "https://agency.example/f.csv",
        digest(CONTENT),
        bytes=len(CONTENT),
        accepted=(AcceptedCopy(digest(COPY), len(COPY), "states blanked"),),
    )
    index = fetch.index_mirrors([tmp_path / "mirror"], [source])
    assert dict(index) == {digest(COPY): mirror / "any-name.bin"}
    got = bring(source, tmp_path / "cache", portal(()), dict(index))
    assert isinstance(got, LocatedFile)
    assert got.copy_note == "states blanked"
    assert got.path.is_relative_to(tmp_path / "cache")


def test_a_mirror_file_that_changed_since_is_not_taken(tmp_path: Path) -> None:
    changed = tmp_path / "file"
    changed.write_bytes(b"changed")
    source = SourceFile("https://agency.example/f.csv", digest(CONTENT))
    got = bring(source, tmp_path / "cache", portal(()), {digest(CONTENT): changed})
    assert isinstance(got, Finding)
    assert left(tmp_path / "cache") == []


def test_links_that_leave_a_mirror_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "outside.csv").write_bytes(CONTENT)
    (tmp_path / "mirror" / "link.csv").symlink_to(tmp_path / "outside.csv")
    source = SourceFile("https://agency.example/f.csv", digest(CONTENT), bytes=len(CONTENT))
    assert not fetch.index_mirrors([tmp_path / "mirror"], [source])


def test_only_files_of_a_wanted_size_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"1234567")
    read: list[str] = []

    def hashed(path: Path) -> str:
        read.append(path.name)
        return digest(path.read_bytes())

    monkeypatch.setattr(fetch, "file_hash", hashed)
    fetch.index_mirrors([tmp_path], [SourceFile("https://x.example/", digest(b"1"), bytes=5)])
    assert read == ["a"]


def test_a_spoilt_cache_entry_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / "sha256" / digest(CONTENT)[:2] / digest(CONTENT)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"spoilt")
    with serving() as (_, root):
        source = SourceFile(f"{root}/file.csv", digest(CONTENT))
        assert locate_file(source, tmp_path) is None
        assert isinstance(bring(source, tmp_path, portal()), LocatedFile)
    assert place.read_bytes() == CONTENT


def test_a_hash_that_is_a_path_writes_nowhere_else(tmp_path: Path) -> None:
    with serving() as (_, root):
        source = SourceFile(f"{root}/file.csv", "../../../escape")
        got = bring(source, tmp_path / "deep" / "cache", portal())
    assert isinstance(got, Finding)
    assert left(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep"]


def test_what_a_failed_connection_says() -> None:
    def failed(cause: Exception, kind: type[requests.RequestException]) -> str:
        error = kind("no connection")
        error.__cause__ = cause
        return refusal_of(error)

    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    cut_off = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    assert failed(unknown, requests.ConnectionError) == "the name of the host is not known"
    assert failed(ConnectionRefusedError(), requests.ConnectionError) == (
        "the host refuses connections"
    )
    assert failed(cut_off, requests.ConnectionError) == ""
    assert failed(ConnectionRefusedError(), requests.exceptions.ProxyError) == ""


@pytest.mark.parametrize(
    ("path", "gone", "looked"),
    [("/gone", True, True), ("/busy", False, True), ("/cut", False, True)],
)
def test_why_an_address_gives_no_file(tmp_path: Path, path: str, gone: bool, looked: bool) -> None:
    with serving(fails=9) as (_, base):
        got = fetch.fetch_again(base + path, tmp_path, portal=portal(), progress=silent)
    assert isinstance(got, fetch.NoAnswer)
    assert (got.gone, got.looked) == (gone, looked)
    assert left(tmp_path) == []


def test_what_is_read_again_is_kept_under_its_hash(tmp_path: Path) -> None:
    with serving() as (_, base):
        got = fetch.fetch_again(f"{base}/copy", tmp_path, portal=portal(), progress=silent)
    assert isinstance(got, LocatedFile)
    assert (got.sha256, got.bytes) == (digest(COPY), len(COPY))
    assert got.path.read_bytes() == COPY


@pytest.mark.parametrize("path", PACKED)
def test_a_packed_body_is_unpacked_whole_or_refused(tmp_path: Path, path: str) -> None:
    with serving() as (_, base):
        got = fetch.fetch_again(base + path, tmp_path, portal=portal(), progress=silent)
    if path == "/packed":
        assert isinstance(got, LocatedFile)
        assert got.sha256 == digest(CONTENT)
    else:
        assert isinstance(got, fetch.NoAnswer)
        assert left(tmp_path) == []
