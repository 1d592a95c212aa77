"""Contexts of the templates for releases and moved datasets; see `portal_context`."""

from dataclasses import dataclass

from plainrecord.model.history import Release
from plainrecord.pages.portal_context import Age, Fact, Shell


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A frozen file of a release: its name, its public address where it has one, its hash."""

    name: str
    address: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release in the list of releases. `tables` are (title, rows, unit); none if not built.

    `withdrawn` says when and why it was taken back, empty where it was not. `repaired` says the
    same of another descriptor that is used for it. `hash` is that of its entry in the chain.
    """

    release: Release
    date: str
    newest: bool
    target: str
    absence: str
    withdrawn: str
    repaired: tuple[str, ...]
    tables: tuple[tuple[str, int, str], ...]
    warnings: int
    files: tuple[ReleaseFile, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class ReleasesContext:
    """`releases.html`: every release, the newest first; `document` is the chain for programs."""

    shell: Shell
    title: str
    dataset: str
    releases: tuple[ReleaseLine, ...]
    looks: tuple[Fact, ...]
    age: Age | None
    document: str


@dataclass(frozen=True, slots=True)
class MovedContext:
    """`moved.html`: the page at an old address. `target` is the new address, "" if there is none.

    `title` is the current title of the dataset, or the last one of a withdrawn dataset; `date` is
    in words. `release` is the day, in words, of a single withdrawn release; the dataset is then
    still at `target`.
    """

    shell: Shell
    title: str
    target: str
    date: str
    reason: str
    release: str = ""
