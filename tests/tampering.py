"""What somebody who changes a published portal can do: edit a file, and make the lists anew."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

MARKER = ".plainrecord-site"


def replace_text(path: Path, old: str, new: str, times: int = -1) -> None:
    """Change a text file; the old text must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, times), encoding="utf-8")


def edit_json(path: Path, change: Callable[[Any], None]) -> None:
    """Change a JSON document in place."""
    document = json.loads(path.read_bytes())
    change(document)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def edit_parquet(path: Path, column: str, value: str, where: str) -> None:
    """`value`, in SQL, in a column of the rows of a Parquet file for which `where` holds."""
    made = path.with_name("made.parquet")
    duckdb.execute(
        f"COPY (SELECT * REPLACE (CASE WHEN {where} THEN {value} ELSE {column} END AS {column}) "
        f"FROM '{path}') TO '{made}' (FORMAT parquet)"
    )
    made.replace(path)


def reseal(site: Path) -> None:
    """Make manifest.json and SHA256SUMS anew, as one who tampers would."""
    left_out = {"manifest.json", "SHA256SUMS", MARKER, "attestation.json"}
    paths = sorted(
        p.relative_to(site).as_posix()
        for p in site.rglob("*")
        if p.is_file() and p.relative_to(site).as_posix() not in left_out
    )

    def renew(document: Any) -> None:
        rows = {
            item["path"]: {"rows": item["rows"]} for item in document["files"] if "rows" in item
        }
        document["files"] = [
            {
                "path": p,
                "bytes": (site / p).stat().st_size,
                "sha256": digest(site / p),
                **rows.get(p, {}),
            }
            for p in paths
        ]

    edit_json(site / "manifest.json", renew)
    lines = [f"{digest(site / p)}  {p}\n" for p in sorted([*paths, "manifest.json"])]
    (site / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def rehash(site: Path, path: str, before: str) -> None:
    """Put the new hash of `path` wherever a text of the site names the old one, then reseal."""
    after = digest(site / path)
    for place in sorted(site.rglob("*")):
        if place.suffix in (".html", ".json") and place.name != "manifest.json":
            content = place.read_bytes()
            if before.encode() in content:
                place.write_bytes(content.replace(before.encode(), after.encode()))
    reseal(site)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002, ARG002 - its names
        return


@contextmanager
def serve(folder: Path, handler: Any = _Quiet) -> Iterator[str]:
    """A static server for `folder` on the loopback address; its address without a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
