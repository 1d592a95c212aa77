"""Read the files of a published portal, in a folder or at an address (called by `verify.mirror`).

What is read here is hostile. Nothing is written but into the caller's own work folder, under
names of our own; links are not followed out of the folder, nor redirects to another host; sizes
and times are bounded.
"""

import hashlib
import itertools
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import quote, urljoin, urlsplit

import requests

from plainrecord.core.errors import UsageError
from plainrecord.io.http import (
    CHUNK,
    DEFAULT_PORTS,
    Answer,
    Client,
    WebTimeout,
    follow,
    same_service,
)

TIMEOUT = (10, 30)
REDIRECTS = 5
FILE_SECONDS = 600.0
SITE_SECONDS = 10_800.0
MOST_SILENT = 10
MOST_BYTES = 4_000_000_000
MOST_FILES = 400_000
BUSY = (408, 425, 429)
"""Answers, beside 500 and more, by which a host says that it might answer otherwise later."""


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """A file of the portal as it is there: where its bytes lie on this disk, size and SHA-256."""

    path: Path
    bytes: int
    sha256: str


class Unread(str):
    """Why a file could not be looked at: our limit, this machine, or the network."""

    __slots__ = ()


class Site(Protocol):
    """A published portal."""

    @property
    def has_listing(self) -> bool:
        """Whether `list_files` can tell every file: a folder can, an address cannot."""
        ...

    def fetch(self, path: str, most: int) -> DownloadedFile | str:
        """The file at `path`, cut at `most` bytes, or in words (`Unread` if unknown) why not."""
        ...

    def list_files(self) -> tuple[str, ...]:
        """Every path below the site's root, links and odd files included."""
        ...


def open_site(target: str, work: Path) -> Site:
    """The site at an address or in a folder, downloads below `work`; UsageError for neither."""
    nothing = UsageError(f"{target} is neither a folder nor an address (http, https)")
    if target.lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(target)
        except ValueError:
            raise nothing from None
        if not parts.hostname:
            raise nothing
        path = parts.path.removesuffix("manifest.json").removesuffix("index.html").rstrip("/")
        return _Address(f"{parts.scheme}://{parts.netloc}{path}/", work)
    folder = Path(target)
    if not folder.is_dir():
        raise nothing
    return _Folder(folder)


class _Bounded:
    """Counts the bytes of all files of a portal, which several threads read."""

    def __init__(self) -> None:
        self._total = 0
        self._lock = threading.Lock()

    def _take(
        self, place: Path, chunks: Iterable[bytes], most: int, copy: IO[bytes] | None = None
    ) -> DownloadedFile | str:
        """The file at `place` whose bytes are `chunks`, cut at `most` and written to `copy`."""
        running = hashlib.sha256()
        done = 0
        for chunk in chunks:
            done += len(chunk)
            with self._lock:
                self._total += len(chunk)
                full = self._total > MOST_BYTES
            if full:  # a file with holes is small on the disk and takes hours to read
                return Unread(f"the portal has more than {MOST_BYTES:,} bytes")
            if copy is not None:
                copy.write(chunk)
            running.update(chunk)
            if done > most:
                break
        return DownloadedFile(place, done, running.hexdigest())


class _Folder(_Bounded):
    """A portal on this disk."""

    has_listing = True

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def fetch(self, path: str, most: int) -> DownloadedFile | str:
        try:
            return self._read(path, most)
        except OSError as error:
            return Unread(f"it cannot be read: {error.strerror}")

    def _read(self, path: str, most: int) -> DownloadedFile | str:
        target = self._root
        for part in path.split("/"):
            target = target / part
            if target.is_symlink():
                return "it is a link, or behind one"
        if not target.exists():
            return "it is not there"
        if not target.is_file():
            return "it is not a plain file"
        with target.open("rb") as stream:
            return self._take(target, iter(lambda: stream.read(CHUNK), b""), most)

    def list_files(self) -> tuple[str, ...]:
        paths: list[str] = []
        for folder, inner, names in os.walk(self._root):
            here = Path(folder)
            links = [name for name in inner if (here / name).is_symlink()]
            paths += [(here / name).relative_to(self._root).as_posix() for name in (*names, *links)]
            if len(paths) > MOST_FILES:
                break
        return tuple(sorted(paths))


class _Address(_Bounded):
    """A portal behind HTTP, below any path."""

    has_listing = False

    def __init__(self, base: str, work: Path) -> None:
        super().__init__()
        self._base = base
        self._work = work
        self._numbers = itertools.count()
        self._local = threading.local()
        self._silent = 0
        self._until = time.monotonic() + SITE_SECONDS

    def fetch(self, path: str, most: int) -> DownloadedFile | str:
        if self._silent >= MOST_SILENT:
            return Unread(f"it was not downloaded: the address did not answer {MOST_SILENT} times")
        left = self._until - time.monotonic()
        if left <= 0:
            return Unread(
                f"it was not downloaded: the portal took more than {SITE_SECONDS:.0f} seconds"
            )
        until = time.monotonic() + min(left, FILE_SECONDS)
        address = urljoin(self._base, quote(path))
        try:
            for _ in range(REDIRECTS):
                seconds = until - time.monotonic()
                with self._client().get(address, timeout=TIMEOUT, seconds=seconds) as answer:
                    if not answer.leads_to:
                        return self._read(answer, most)
                    address = follow(address, answer.leads_to)
                problem = self._redirect_problem(address)
                if problem:
                    return problem
            return "it leads on too often"
        except WebTimeout:
            self._count_silence()
            return Unread(f"it took more than {FILE_SECONDS:.0f} seconds")
        except (requests.exceptions.InvalidURL, ValueError) as error:
            return f"the address leads nowhere: {type(error).__name__}"
        except (requests.RequestException, OSError) as error:
            self._count_silence()
            return Unread(f"the address did not answer: {type(error).__name__}")

    def _count_silence(self) -> None:
        with self._lock:
            self._silent += 1

    def list_files(self) -> tuple[str, ...]:
        return ()

    def _client(self) -> Client:
        """One for each thread: a client is not made for several."""
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Client()
        return client

    def _redirect_problem(self, address: str) -> str:
        """Why a redirect to `address` is not followed; "" where it is."""
        start, parts = urlsplit(self._base), urlsplit(address)
        if parts.hostname != start.hostname or parts.scheme not in DEFAULT_PORTS:
            return f"it leads on to {parts.scheme}://{parts.hostname}, another host"
        if not same_service(start, parts):
            return f"it leads on to {parts.scheme}://{parts.netloc}, another service"
        return ""

    def _read(self, answer: Answer, most: int) -> DownloadedFile | str:
        if answer.status != 200:
            message = f"the address answered {answer.status}"
            return Unread(message) if answer.status in BUSY or answer.status >= 500 else message
        with self._lock:
            place = self._work / f"{next(self._numbers)}"
        with place.open("wb") as stream:
            # What has come is taken at once: to wait for a whole block is to wait as long as a host likes.
            return self._take(place, answer.chunks(), most, stream)
