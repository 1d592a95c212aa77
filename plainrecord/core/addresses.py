"""Addresses that a maintainer writes: what may be published as a link for readers and programs."""

import re
import unicodedata
from urllib.parse import urlsplit

from plainrecord.core.paths import path_problem

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"?&%#]+@[^@\s<>()\[\],;:\\\"?&%#]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


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
