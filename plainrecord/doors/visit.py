"""The stranger's door: a published portal, in a folder or at an address, as files to look at.

What is read here is hostile. Nothing is written but into the caller's own work folder, under
names of our own; links are not followed out of the folder, nor redirects to another host; sizes
and times are bounded.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

CHUNK = 1 << 16
TIMEOUT = (10, 30)
REDIRECTS = 5
FILE_SECONDS = 600.0
SITE_SECONDS = 10_800.0
MOST_SILENT = 10
MOST_BYTES = 4_000_000_000
MOST_FILES = 400_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A file of the portal as it is there: where its bytes lie on this disk, size and SHA-256."""

    path: Path
    bytes: int
    sha256: str


class Site(Protocol):
    """A published portal."""

    @property
    def has_listing(self) -> bool:
        """Whether `list_files` can tell every file: a folder can, an address cannot."""
        ...

    def fetch(self, path: str, most: int) -> Seen | str:
        """The file at `path` below the site's root, or why it cannot be had, in words.

        At most `most` bytes are read; a file that is longer is cut there, and so has another hash.
        """
        ...

    def list_files(self) -> tuple[str, ...]:
        """Every path below the site's root, links and odd files included."""
        ...


def open_site(target: str, work: Path) -> Site | None:
    """The site at an address (http, https) or in a folder; None where there is neither.

    Downloads lie below `work`, which is a folder that exists.
    """
    if target.lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        if not parts.hostname:
            return None
        path = parts.path.removesuffix("manifest.json").removesuffix("index.html").rstrip("/")
        return _Address(f"{parts.scheme}://{parts.netloc}{path}/", work)
    folder = Path(target)
    return _Folder(folder) if folder.is_dir() else None


class _Folder:
    """A portal on this disk."""

    has_listing = True

    def __init__(self, root: Path) -> None:
        self._root = root
        self._total = 0
        self._lock = threading.Lock()

    def fetch(self, path: str, most: int) -> Seen | str:
        try:
            return self._read(path, most)
        except OSError as error:
            return f"it cannot be read: {error.strerror}"

    def _read(self, path: str, most: int) -> Seen | str:
        place = self._root
        for part in path.split("/"):
            place = place / part
            if place.is_symlink():
                return "it is a link, or lies behind one"
        if not place.exists():
            return "it is not there"
        if not place.is_file():
            return "it is not a plain file"
        running = hashlib.sha256()
        done = 0
        with place.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                done += len(chunk)
                with self._lock:
                    self._total += len(chunk)
                    full = self._total > MOST_BYTES
                if full:  # a file with holes is small on the disk and takes hours to read
                    return _too_much()
                running.update(chunk)
                if done > most:
                    break
        return Seen(place, done, running.hexdigest())

    def list_files(self) -> tuple[str, ...]:
        found: list[str] = []
        for folder, inner, names in os.walk(self._root):
            here = Path(folder)
            links = [name for name in inner if (here / name).is_symlink()]
            found += [(here / name).relative_to(self._root).as_posix() for name in (*names, *links)]
            if len(found) > MOST_FILES:
                break
        return tuple(sorted(found))


class _Address:
    """A portal behind HTTP, below any path."""

    has_listing = False

    def __init__(self, base: str, work: Path) -> None:
        self._base = base
        self._work = work
        self._numbers = itertools.count()
        self._total = 0
        self._lock = threading.Lock()
        self._local = threading.local()
        self._silent = 0
        self._until = time.monotonic() + SITE_SECONDS

    def fetch(self, path: str, most: int) -> Seen | str:
        if self._silent >= MOST_SILENT:
            return f"it was not asked for: the address did not answer {MOST_SILENT} times"
        if time.monotonic() > self._until:
            return f"it was not asked for: the portal took more than {SITE_SECONDS:.0f} seconds"
        try:
            answer = self._open(urljoin(self._base, quote(path)))
            if isinstance(answer, str):
                return answer
            with answer:
                if answer.status_code != 200:
                    return f"the address answered {answer.status_code}"
                return self._keep(answer, most)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if not isinstance(error, ValueError):
                self._fall_silent()
            return f"the address did not answer: {type(error).__name__}"

    def _fall_silent(self) -> None:
        with self._lock:
            self._silent += 1

    def list_files(self) -> tuple[str, ...]:
        return ()

    def _session(self) -> requests.Session:
        """One for each thread: a session is not made for several."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.auth = lambda request: request  # no password of the reader's goes anywhere
            session.headers["Accept-Encoding"] = "identity"
            self._local.session = session
        return session

    def _open(self, address: str) -> requests.Response | str:
        wanted = urlsplit(self._base)
        for _ in range(REDIRECTS):
            response = self._session().get(
                address, stream=True, timeout=TIMEOUT, allow_redirects=False
            )
            if not response.is_redirect:
                return response
            address = urljoin(address, response.headers["location"])
            response.close()
            parts = urlsplit(address)
            upgraded = (wanted.scheme, parts.scheme) == ("http", "https")
            if parts.hostname != wanted.hostname or parts.scheme not in ("http", "https"):
                return f"it leads on to {parts.scheme}://{parts.hostname}, another host"
            if not upgraded and (parts.scheme, parts.port) != (wanted.scheme, wanted.port):
                return f"it leads on to {parts.scheme}://{parts.netloc}, another service"
        return "it leads on too often"

    def _keep(self, answer: requests.Response, most: int) -> Seen | str:
        running = hashlib.sha256()
        done = 0
        until = time.monotonic() + FILE_SECONDS
        with self._lock:
            place = self._work / f"{next(self._numbers)}"
        with place.open("wb") as stream:
            # What has come is taken at once: to wait for a whole block is to wait as long as a host likes.
            while chunk := answer.raw.read1(CHUNK, decode_content=True):
                done += len(chunk)
                with self._lock:
                    self._total += len(chunk)
                    full = self._total > MOST_BYTES
                if full:
                    return _too_much()
                if time.monotonic() > until:
                    self._fall_silent()
                    return f"it took more than {FILE_SECONDS:.0f} seconds"
                stream.write(chunk)
                running.update(chunk)
                if done > most:
                    break
        return Seen(place, done, running.hexdigest())


def _too_much() -> str:
    return f"the portal has more than {MOST_BYTES:,} bytes"
