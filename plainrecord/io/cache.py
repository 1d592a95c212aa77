"""Keep computed values by the hash of all they depend on; what does not fit is computed again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(*parts: str | bytes) -> str:
    """The SHA-256 of `parts`, with a separator between them."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(f"{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def fingerprint_code(names: Iterable[str]) -> str:
    """The SHA-256 of the files of this program called `names`: another program, another value."""
    here = Path(__file__).parents[1]
    return fingerprint(*((here / f"{name}.py").read_bytes() for name in names))


def read_entry(folder: Path, key: str) -> bytes | None:
    """What was kept under `key`, None where nothing sound was."""
    path = folder / key
    if not path.is_file():
        return None
    head, _, content = path.read_bytes().partition(b"\n")
    return content if head == hashlib.sha256(content).hexdigest().encode() else None


def write_entry(folder: Path, key: str, content: bytes) -> None:
    """Keep `content` under `key`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{key}.new"
    new.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    new.replace(folder / key)
