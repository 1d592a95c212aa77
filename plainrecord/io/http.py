"""Requests over HTTP that end: each has a deadline at which its socket is shut."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

CHUNK = 1 << 16
DEFAULT_PORTS = {"http": 80, "https": 443}
_UNKNOWN_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
REFUSED = "the host refuses connections"
UNKNOWN = "the name of the host is not known"
_current = threading.local()


class WebTimeout(requests.Timeout):
    """The deadline of a request passed."""


class _Deadline:
    """Shuts the sockets that a request uses when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(0.0, seconds), self._shut)
        self._timer.daemon = True

    def watch(self, opened: socket.socket | None) -> None:
        """Shut `opened` as well at the deadline, or at once where that has passed."""
        with self._lock:
            if opened is not None:
                self._sockets.append(opened)
        if self.passed:
            self._shut()

    def _shut(self) -> None:
        self.passed = True
        with self._lock:
            for opened in self._sockets:
                with suppress(OSError, ValueError):  # it was closed already
                    socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def __enter__(self) -> _Deadline:
        self._timer.start()
        _current.deadline = self
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _current.deadline = None


def _watch(opened: socket.socket | None) -> None:
    deadline: _Deadline | None = getattr(_current, "deadline", None)
    if deadline is not None:
        deadline.watch(opened)


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        opened = super()._new_conn()
        _watch(opened)
        return opened

    def getresponse(self) -> Any:
        _watch(self.sock)  # the connection may be an earlier request's
        return super().getresponse()


class _Secure(_Plain, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered: its status, where it leads on to ("" where it does not), its body.

    `declared` are the bytes that it says the body has; 0 where it does not say so.
    """

    status: int
    leads_to: str
    declared: int
    _raw: Any
    _deadline: _Deadline

    def chunks(self) -> Iterator[bytes]:
        """The body, each part as soon as it comes; WebTimeout where the deadline passes.

        ConnectionError where it is packed in a way that was not asked for, or ends too early.
        """
        packing = self._raw.headers.get("content-encoding", "").strip().lower() or "identity"
        if packing not in ("identity", "gzip", "x-gzip"):
            raise requests.ConnectionError(f"the body is packed as {packing}")
        unpacker = None
        while chunk := self._raw.read1(CHUNK, decode_content=False):
            if packing == "identity":
                yield chunk
            while packing != "identity" and chunk:
                unpacker = unpacker or zlib.decompressobj(wbits=31)  # gzip alone
                try:
                    part = unpacker.decompress(chunk, CHUNK)
                except zlib.error as error:
                    raise requests.ConnectionError(str(error)) from None
                yield part
                chunk = unpacker.unconsumed_tail or unpacker.unused_data
                unpacker = None if unpacker.eof else unpacker
        if self._deadline.passed:  # a socket that is shut reads like one that has ended
            raise WebTimeout("the deadline passed")
        if unpacker:
            raise requests.ConnectionError("the body ends too early")


class Client:
    """Asks hosts without the user's passwords, through the machine's proxies; one a thread."""

    def __init__(self) -> None:
        self._session = requests.Session()
        # With this, no password from ~/.netrc or in an address is sent. trust_env stays on: it
        # also names the proxies and the certificates of the network that the machine is in.
        self._session.auth = lambda request: request
        # The bytes of the file are asked for, not of what a server packs it into.
        self._session.headers["Accept-Encoding"] = "identity"
        for scheme in DEFAULT_PORTS:
            self._session.mount(f"{scheme}://", _Adapter())

    @contextmanager
    def get(
        self, address: str, *, timeout: tuple[float, float], seconds: float
    ) -> Iterator[Answer]:
        """The answer at `address`, not redirected; WebTimeout or RequestException."""
        with _Deadline(seconds) as deadline:
            try:
                with self._session.get(
                    address, stream=True, timeout=timeout, allow_redirects=False
                ) as response:
                    leads = response.headers["location"] if response.is_redirect else ""
                    length = response.headers.get("content-length", "")
                    declared = int(length) if length.isdecimal() else 0
                    yield Answer(response.status_code, leads, declared, response.raw, deadline)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                if deadline.passed:
                    raise WebTimeout("the deadline passed") from error
                if not isinstance(error, OSError | HTTPError):  # where it leads on to is no address
                    raise requests.exceptions.InvalidURL(str(error)) from error
                if isinstance(error, HTTPError):
                    raise requests.ConnectionError(str(error)) from error
                raise


def refusal_of(error: requests.RequestException) -> str:
    """In words, that a host refused the connection or that its name is not known; "" otherwise."""
    if isinstance(error, requests.exceptions.ProxyError):
        return ""  # the proxy refused, or is not known
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        if isinstance(cause, ConnectionRefusedError):
            return REFUSED
        if isinstance(cause, socket.gaierror) and cause.errno in _UNKNOWN_NAME:
            return UNKNOWN
        waiting += [cause.__cause__, cause.__context__, *cause.args, getattr(cause, "reason", None)]
    return ""


def follow(address: str, leads_to: str) -> str:
    """Where an answer from `address` leads on to; ValueError where that is no address.

    With a backslash the library that asks would read another host than `urlsplit` does.
    """
    target = urljoin(address, leads_to)
    if "\\" in target or urlsplit(target).port == 0:
        raise ValueError("the address is ambiguous")
    return target


def port_of(parts: SplitResult) -> int | None:
    """The port of an address; ValueError where it is none."""
    return parts.port or DEFAULT_PORTS.get(parts.scheme)


def same_service(start: SplitResult, target: SplitResult) -> bool:
    """Whether a redirect asks the same program, or it by https; ValueError for a bad port."""
    if start.hostname != target.hostname:
        return False
    if (start.scheme, port_of(start)) == (target.scheme, port_of(target)):
        return True
    return (start.scheme, target.scheme) == ("http", "https") and target.port in (None, 443)
