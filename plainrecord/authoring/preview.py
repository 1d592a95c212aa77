"""The preview: a finished site served on this machine alone, and reloaded when it changes."""

import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import watchfiles

from plainrecord.core.errors import PlainrecordError
from plainrecord.core.paths import media_type

EVENTS = "/__plainrecord/events"
SCRIPT = "/__plainrecord/reload.js"
LOOPBACK = "127.0.0.1"
HEARTBEAT = 15.0
"""Seconds between two signs of life on the event stream; a closed page is noticed by them."""

RELOAD_JS = f"""new EventSource("{EVENTS}").addEventListener("reload", () => location.reload());
"""
_TAG = f'<script src="{SCRIPT}" defer></script>'.encode()


class RebuildCounter:
    """Counts rebuilds and wakes the event streams that wait for the next one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.count = 0
        self.closed = False

    def announce(self) -> None:
        """Tell every stream that the site is new."""
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let every stream end."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """The count once it is past `seen`, or `seen` itself after `seconds` or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self.count > seen, seconds)
            return self.count


class PreviewServer(ThreadingHTTPServer):
    """Serves `folder` on the loopback address; port 0 is a free one. OSError if it is taken."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.rebuilds = RebuildCounter()
        super().__init__((LOOPBACK, port), _Preview)


class _Preview(SimpleHTTPRequestHandler):
    server: PreviewServer

    def __init__(self, request: object, address: object, server: PreviewServer) -> None:
        super().__init__(request, address, server, directory=str(server.folder))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer GET, and HEAD with the same head: one way in, so that no check is passed by."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in (LOOPBACK, "localhost"):  # another site's name that was led here
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.path == EVENTS:
            self._stream()
        elif self.path == SCRIPT:
            self._answer(HTTPStatus.OK, "text/javascript", RELOAD_JS.encode())
        else:
            self._page()

    def do_HEAD(self) -> None:
        self.do_GET()

    def _page(self) -> None:
        path = Path(self.translate_path(self.path))
        below = self.path.partition("?")[0].endswith("/")
        if self._holds(path, Path.is_dir):
            if not below:
                self.send_head()  # redirects to the folder's address
                return
            path, below = path / "index.html", False
        status = HTTPStatus.OK
        if below or not self._holds(path, Path.is_file):
            path, status = self.server.folder / "404.html", HTTPStatus.NOT_FOUND
        if not self._holds(path, Path.is_file):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content = path.read_bytes()
        if path.suffix == ".html":
            head, mark, tail = content.rpartition(b"</body>")
            content = head + _TAG + mark + tail if mark else content + _TAG
        self._answer(status, media_type(path.name), content)

    def _holds(self, path: Path, is_kind: Callable[[Path], bool]) -> bool:
        """Whether what lies at `path` lies in the site, wherever links lead, and is of the kind."""
        try:
            inside = path.resolve().is_relative_to(self.server.folder.resolve())
            return inside and is_kind(path)
        except (OSError, ValueError, RuntimeError):  # a ring of links, or a name that is none
            return False

    def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        text = kind.startswith("text/") or kind == "application/json"
        self.send_response(status)
        self.send_header("Content-Type", kind + ("; charset=utf-8" if text else ""))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _stream(self) -> None:
        rebuilds = self.server.rebuilds
        seen = rebuilds.count
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.close_connection = True
        if self.command == "HEAD":
            return
        try:
            self.wfile.write(b": here\n\n")
            while not rebuilds.closed:
                count = rebuilds.wait(seen, HEARTBEAT)
                self.wfile.write(b"event: reload\ndata: \n\n" if count > seen else b": here\n\n")
                seen = count
        except (BrokenPipeError, ConnectionResetError):
            return  # the page was closed

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing: only `cli` prints."""


def serve_folder(server: PreviewServer, rebuild: Callable[[], bool], watch: Sequence[Path]) -> None:
    """Serve until interrupted; after a change below `watch` rebuild, and if that worked reload."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        if not watch:
            threading.Event().wait()
        for _ in watchfiles.watch(*watch):
            rebuild_once(rebuild, server.rebuilds)
    finally:
        server.rebuilds.close()
        server.shutdown()


def rebuild_once(rebuild: Callable[[], bool], rebuilds: RebuildCounter) -> bool:
    """Rebuild and ring when it worked; whether it did."""
    try:
        worked = rebuild()
    except (PlainrecordError, OSError):
        worked = False
    if worked:
        rebuilds.announce()
    return worked
