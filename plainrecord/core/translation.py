"""Texts by gettext in the portal's language (`translated`); the English text is the key."""

import gettext as standard
import io
import re
import string
import struct
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
    try:
        return _CATALOGUE.get().ngettext(one, many, count)
    except ArithmeticError:  # the catalogue's rule for plurals divides by zero
        return one if count == 1 else many


def catalogue() -> Catalogue:
    """The catalogue in which texts are looked up now."""
    return _CATALOGUE.get()


def to_translate(text: str) -> str:
    """`text` itself, marked for extraction: a constant that is translated where it is used."""
    return text


def parse_catalogue(content: bytes) -> Catalogue:
    """A compiled catalogue (.mo); ValueError if the bytes are none.

    Also where a translation has a placeholder that its text has not: it could not be filled in, or
    could take what nobody means to show.
    """
    try:
        catalogue = standard.GNUTranslations(io.BytesIO(content))
        pairs = list(_read_pairs(content))
    except Exception as error:  # struct.error, OSError, IndexError, SyntaxError
        raise ValueError("not a compiled gettext catalogue") from error
    for text, translation in pairs:
        if text and (more := _placeholders(translation) - _placeholders(text)):
            found = f"the translation of {text!r} has {min(more)!r}"
            raise ValueError(f"{found}, which the text has not")
    return catalogue


def _read_pairs(content: bytes) -> Iterator[tuple[str, str]]:
    """Each text of a catalogue with its translation; the forms of a plural are one text.

    https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
    """
    order = "<" if content.startswith(b"\xde\x12\x04\x95") else ">"
    count, *tables = struct.unpack_from(f"{order}3I", content, 8)
    for n in range(count):
        places = (struct.unpack_from(f"{order}2I", content, at + 8 * n) for at in tables)
        text, translation = (content[at : at + size].decode() for size, at in places)
        yield text, translation


def _placeholders(text: str) -> set[str]:
    """What is filled into a text: {name}, with its format, %(name)s, and a % that is not %%."""
    named = set(re.findall(r"%\(.*?\).|%(?=[^%(]|$)", text.replace("%%", "")))
    try:
        parts = [*string.Formatter().parse(text)]
    except ValueError:  # a brace alone: the text is no format
        return named | set(re.findall(r"[{}]", text))
    return named | {f"{{{n}!{c}:{f}}}" for _text, n, f, c in parts if n is not None}


@contextmanager
def translated(catalogue: Catalogue | None) -> Iterator[None]:
    """Translate with `catalogue` inside the block; without one, texts stay English."""
    token = _CATALOGUE.set(catalogue or Catalogue())
    try:
        yield
    finally:
        _CATALOGUE.reset(token)
