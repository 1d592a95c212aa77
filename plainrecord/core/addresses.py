"""Addresses that a maintainer writes: what may be published as a link for readers and programs."""

import re
import unicodedata
from urllib.parse import quote, urlsplit

from plainrecord.core.paths import path_problem

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"?&%#]+@[^@\s<>()\[\],;:\\\"?&%#]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_HOST = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::[1-9][0-9]*)?")
_FOLDERS = re.compile(r"(?:/(?!\.\.?(?:/|$))(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)*/?")


def normalise_base(text: str) -> str:
    """The public address of a portal in ASCII, the host in lower case.

    ValueError says why no path may follow it: it has a query, or signs that a link, a line of code
    or a browser reads as something else.
    """
    if problem := address_problem(text):
        raise ValueError(problem)
    parts = urlsplit(text)
    host = parts.netloc.lower()
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise ValueError("it names no host") from None
    if not _HOST.fullmatch(host):
        raise ValueError("it names no host")
    folders = quote(parts.path, safe="".join(map(chr, range(128))))
    if "?" in text or "#" in text or not _FOLDERS.fullmatch(folders):
        raise ValueError("only folders of letters, digits, - . _ ~ may follow the host")
    return f"{parts.scheme}://{host}{folders}"


def address_problem(text: str) -> str:
    """Why `text` is no plain absolute http(s) address to publish, in words; "" if it is."""
    unseen = _unseen(text)
    if unseen:
        return unseen
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - it is read for its ValueError
    except ValueError:
        return "it is not an address"
    if parts.scheme.lower() not in ("http", "https"):
        return "it does not begin with http:// or https://"
    if not parts.hostname:
        return "it names no host"
    return "it contains a user name or a password" if "@" in parts.netloc else ""


def reference_problem(text: str) -> str:
    """Why `text` is neither a web address nor a relative path (Data Package v2, "url-or-path")."""
    if _SCHEME.match(text.strip()) or text.startswith("//"):
        return address_problem(text)
    return _unseen(text, blanks=True) or path_problem(text.removeprefix("./").rstrip("/") or text)


def is_email(text: str) -> bool:
    """Whether `text` is an email address alone, without what a mail program would act on."""
    return text.isprintable() and _EMAIL.fullmatch(text) is not None


def _unseen(text: str, *, blanks: bool = False) -> str:
    for sign in text:
        if sign.isspace() and not (blanks and sign == " "):
            return "it has a blank"
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            return "it contains an invisible character"
    return "it has a backslash" if "\\" in text else ""
