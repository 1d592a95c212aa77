"""Texts by gettext in the portal's language (`translated`); the English text is the key."""

from __future__ import annotations

import gettext as standard
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Catalogue = standard.NullTranslations
_CATALOGUE: ContextVar[Catalogue] = ContextVar("catalogue", default=Catalogue())  # noqa: B039


def gettext(text: str) -> str:
    """The translation of `text`, or `text` itself."""
    return text and _CATALOGUE.get().gettext(text)  # "" is the key of a catalogue's header


_ = gettext


def ngettext(one: str, many: str, count: int) -> str:
    """The translation of the form that goes with `count`, or `one` or `many` itself."""
    return _CATALOGUE.get().ngettext(one, many, count)


def has_catalogue() -> bool:
    """Whether texts are translated at all."""
    return isinstance(_CATALOGUE.get(), standard.GNUTranslations)


def to_translate(text: str) -> str:
    """`text` itself, marked for extraction: a constant that is translated where it is used."""
    return text


def parse_catalogue(content: bytes) -> Catalogue:
    """A compiled catalogue (.mo); ValueError if the bytes are none."""
    try:
        return standard.GNUTranslations(io.BytesIO(content))
    except Exception as error:  # struct.error, OSError, IndexError, SyntaxError
        raise ValueError("not a compiled gettext catalogue") from error


@contextmanager
def translated(catalogue: Catalogue | None) -> Iterator[None]:
    """Translate with `catalogue` inside the block; without one, texts stay English."""
    token = _CATALOGUE.set(catalogue or Catalogue())
    try:
        yield
    finally:
        _CATALOGUE.reset(token)
