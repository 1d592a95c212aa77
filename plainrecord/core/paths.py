"""Pure algebra of paths and addresses: nothing here touches a disk or a network."""

import posixpath
import re
from functools import lru_cache
from urllib.parse import quote

RELEASES = "releases.json"


NOT_UTF8 = "its name is not text in UTF-8; give it another"
LONGEST_NAME = 255
"""Bytes of one file's or folder's name."""

_SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")


RAW_FOLDER = "raw"
"""Where a dataset's folder has source files that are not published: git ignores it."""
PROTECTED_FOLDER = "protected"
PROTECTED = (f"{PROTECTED_FOLDER}/datapackage.json", f"{PROTECTED_FOLDER}/protection.json")
"""What `plainrecord protect` writes: a descriptor of the protected tables, and how it made them."""


def is_utf8(name: str) -> bool:
    """Whether a name is text in UTF-8: the system gives others with half characters in them."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def path_problem(path: str) -> str:
    """Why `path` may not be used below a folder, in words; empty when it may.

    Data Package v2 (Security): POSIX relative paths only; no parent, no absolute, no hidden
    folder. Backslashes, drive letters, control characters and home signs are refused as well.
    """
    if not path:
        return "it is empty"
    if any(ord(char) < 32 or ord(char) == 127 for char in path):
        return "it has a control character"
    if not is_utf8(path):
        return "it has half a character"
    if any(len(part.encode()) > LONGEST_NAME for part in path.split("/")):
        return "a name in it is longer than a file's name can be"
    if "\\" in path:
        return "it has a backslash"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "it is absolute"
    if path.startswith("~") or "$" in path or "%" in path:
        return "it contains a character that a shell or a server would expand (~, $ or %)"
    parts = path.split("/")
    if ".." in parts:
        return "it has a `..`"
    if any(part.startswith(".") and part != "." for part in parts):
        return "it has a hidden folder or file"
    if "" in parts:
        return "it has an empty part"
    return ""


def is_slug(name: str) -> bool:
    """Whether `name` can be part of an address as it is: a-z, 0-9 and single - _ . between."""
    return len(name) <= 100 and _SLUG.fullmatch(name) is not None


def is_page(path: str) -> bool:
    """Whether a browser would show the file at `path` as a page."""
    return path.lower().endswith((".html", ".htm", ".xhtml", ".xht"))


def dataset_folder(key: str) -> str:
    """The folder of a dataset (`NAME`), or of one release of it for good (`NAME@DATE`)."""
    name, _, date = key.partition("@")
    return f"datasets/{name}/releases/{date}" if date else f"datasets/{name}"


def dataset_page(key: str) -> str:
    """The page of a dataset, or of one release."""
    return f"{dataset_folder(key)}/index.html"


def methodology_page(key: str) -> str:
    """The page that explains how a dataset, or one release, was made."""
    return f"{dataset_folder(key)}/methodology/index.html"


def text_page(name: str) -> str:
    """The page of the portal's own text `name`."""
    return f"{name}/index.html"


def dataset_chain(name: str) -> str:
    """The chain of a dataset's releases."""
    return f"datasets/{name}/{RELEASES}"


def dataset_feed(name: str) -> str:
    """The feed of a dataset: its releases and corrections."""
    return f"datasets/{name}/feed.atom"


PORTAL_FEED = "feed.atom"
ALL_DATASETS = "datasets/index.html"
CATALOGUE = "assets/portal.mo"
"""The translated texts of a portal: its pages are compared and attacked in its language."""
CLAIMS_PAGE = "claims/index.html"
CLAIMS_FEED = "claims/feed.atom"
CORRECTIONS_PAGE = "corrections/index.html"
CORRECTIONS_FEED = "corrections/feed.atom"
CLAIMS_RECEIPTS = "claims/receipts.json"


def claim_page(name: str) -> str:
    """The page of the claim `name`."""
    return f"claims/{name}/index.html"


_relative_path = lru_cache(10_000)(posixpath.relpath)


def relative_link(source: str, target: str) -> str:
    """The relative link from the page `source` to `target`; `index.html` is its folder."""
    target, mark, fragment = target.partition("#")
    folder = posixpath.dirname(source)
    whole = posixpath.basename(target) == "index.html"
    link = _relative_path((posixpath.dirname(target) if whole else target) or ".", folder or ".")
    if whole or target.endswith("/"):
        link += "/"
    return quote(link, safe="/.-_~:+@,=") + (mark + fragment if fragment else "")


def absolute_url(base_url: str, target: str) -> str:
    """`target` below the site's public address; "" base gives a path below the site's root."""
    if posixpath.basename(target) == "index.html":
        target = target[: -len("index.html")]
    return base_url.rstrip("/") + "/" + quote(target, safe="/.-_~:+@,=#") if base_url else target


def published_link(base_url: str, source: str, target: str) -> str:
    """The address of `target` in the document at `source`, both below the site's root.

    It is absolute where the site has a public address, else relative to the document that holds
    it: programs resolve an address against the place where they found it (RFC 3986, section 5).
    """
    return absolute_url(base_url, target) if base_url else relative_link(source, target)


def media_type(path: str) -> str:
    """The media type for a file of the portal, by its ending."""
    ending = posixpath.splitext(path)[1].lower()
    return _MEDIA_TYPES.get(ending, "application/octet-stream")


_MEDIA_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".xml": "application/xml",
    ".atom": "application/atom+xml",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
}


def is_chain(path: str) -> bool:
    """Whether `path` is where a dataset's chain of releases lies."""
    parts = path.split("/")
    return len(parts) == 3 and parts[0] == "datasets" and parts[2] == RELEASES
