"""Zips that are the same bytes for the same files: no clock, no order of a folder, no system."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from plainrecord.model.products import Output

EPOCH = (1980, 1, 1, 0, 0, 0)
CHUNK = 1 << 20
PACKED = (".parquet", ".xlsx", ".zip", ".gz", ".png")
"""Files that are compressed already, which stand in a zip as they are."""


def write_zip(target: Path | IO[bytes], members: Mapping[str, Path | bytes]) -> None:
    """A zip of `members` (bytes or files) in order; `mimetype` first, unpacked (OpenDocument)."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(members, key=lambda name: (name != "mimetype", name)):
            entry = zipfile.ZipInfo(name, EPOCH)
            packed = name.endswith(PACKED) or name == "mimetype"
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            content = members[name]
            if isinstance(content, bytes):
                archive.writestr(entry, content)
                continue
            with content.open("rb") as source, archive.open(entry, "w") as written:
                while chunk := source.read(CHUNK):
                    written.write(chunk)


def bundle_files(name: str, files: Mapping[str, bytes]) -> Output:
    """The zip `files/NAME.zip` of some files, the same bytes for the same files."""
    buffer = io.BytesIO()
    write_zip(buffer, {f"{name}/{path}": content for path, content in files.items()})
    return Output(f"files/{name}.zip", buffer.getvalue())
