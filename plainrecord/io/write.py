"""Write outputs to a folder, and a release into its portal. Nothing else writes them.

The new site is made beside the old one and takes its place by renaming, so that a reader or a
failing build never meets half of it. A folder that this program did not make is never emptied.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from plainrecord.core.errors import Blocked
from plainrecord.findings.finding import Finding
from plainrecord.io.fetched_files import file_hash
from plainrecord.model.products import ListedFile, Output

MARKER = ".plainrecord-site"
SITE_LIMIT = 1_000_000_000
FILE_LIMIT = 100 * 1024 * 1024
NEAR = 0.8


def check_output_folder(out: Path, root: Path) -> tuple[Finding, ...]:
    """Whether `out` may be replaced: absent, empty, or marked as made by this program."""
    shown = out.name or str(out)
    found = ""
    if out.is_symlink():
        found = "the folder is a link"
    elif out.exists() and not out.is_dir():
        found = "it is a file"
    elif root.resolve().is_relative_to(out.resolve()):
        found = "it contains the portal itself"
    elif out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        found = f"the folder contains files but no {MARKER}"
    if not found:
        return ()
    return (Finding("output-not-ours", found, "an empty folder or an earlier site", file=shown),)


def check_sizes(outputs: Sequence[Output]) -> tuple[Finding, ...]:
    """Findings for a site or a file near or past GitHub's limits (1 GB a site, 100 MB a file)."""
    findings = []
    total = 0
    for output in outputs:
        size = output_size(output)
        total += size
        findings.extend(_measure(size, FILE_LIMIT, "a file", output.path))
    findings.extend(_measure(total, SITE_LIMIT, "the whole site", ""))
    return tuple(findings)


def _measure(size: int, limit: int, what: str, file: str) -> list[Finding]:
    if size <= limit * NEAR:
        return []
    rule = "size-over-limit" if size > limit else "size-near-limit"
    found = f"{what} has {size:,} bytes"
    return [Finding(rule, found, f"at most {limit:,} bytes", file=file)]


def output_size(output: Output) -> int:
    """How many bytes an output will have."""
    if isinstance(output.content, bytes):
        return len(output.content)
    return output.content.stat().st_size


def write_release(
    root: Path, folder: str, copies: Mapping[str, Path], ledger: str, text: bytes
) -> None:
    """Copy the files of a release to their places below `folder`, then put the ledger in place.

    `copies` maps paths below the portal, all inside `folder`, to the files that are copied. The
    folder is made aside and renamed; when anything fails it is taken away again, and the ledger
    is as it was. `Blocked` where the folder is there already.
    """
    release_folder = root / folder
    if release_folder.exists():
        found = f"the folder {folder} is there already"
        raise Blocked([Finding("release-unlisted", found, "no such folder", file=folder)])
    release_folder.parent.mkdir(parents=True, exist_ok=True)
    new = release_folder.parent / f".{release_folder.name}.new"
    shutil.rmtree(new, ignore_errors=True)
    try:
        for path, source in sorted(copies.items()):
            target = new / path.removeprefix(f"{folder}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        new.replace(release_folder)
        try:
            write_text(root, ledger, text)
        except BaseException:
            shutil.rmtree(release_folder, ignore_errors=True)
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write_folder(root: Path, folder: str, contents: Mapping[str, bytes]) -> None:
    """Put a folder with these files in the place of the one that is there, at once or not at all."""
    path = root / folder
    new, old = (path.parent / f".{path.name}.{word}" for word in ("new", "old"))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        new.mkdir(parents=True)
        for name, content in sorted(contents.items()):
            (new / name).write_bytes(content)
        if path.exists():
            path.replace(old)
        new.replace(path)
    finally:
        if old.exists() and not path.exists():
            old.replace(path)
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)


def write_text(root: Path, path: str, content: bytes) -> None:
    """Put a file of the portal in place at once: readers see the old text or the new one."""
    target = root / path
    new = target.parent / f".{target.name}.new"
    try:
        new.write_bytes(content)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def list_output(output: Output) -> ListedFile:
    """An output as the manifest lists it."""
    content = output.content
    digest = sha256(content).hexdigest() if isinstance(content, bytes) else file_hash(content)
    return ListedFile(output.path, output_size(output), digest)


def write_outputs(outputs: Sequence[Output], folder: Path, *, link: bool = False) -> None:
    """Write `outputs` at their paths below `folder`.

    With `link`, files are not copied where the disk can link them: nobody may change them then.
    """
    for output in outputs:
        target = folder / output.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(output.content, bytes):
            target.write_bytes(output.content)
            continue
        if link:
            with suppress(OSError):  # another disk, or one without links
                target.hardlink_to(output.content)
                continue
        shutil.copyfile(output.content, target)


def write_site(outputs: Sequence[Output], out: Path, root: Path) -> None:
    """Put `outputs` in the place of the site at `out`; `Blocked` if `out` is not ours."""
    findings = check_output_folder(out, root)
    if findings:
        raise Blocked(findings)
    out.parent.mkdir(parents=True, exist_ok=True)
    new = out.parent / f".{out.name}.new"
    old = out.parent / f".{out.name}.old"
    if old.exists() and not out.exists():
        old.replace(out)  # an earlier run was stopped between its two renames
    for leftover in (new, old):
        if leftover.exists():
            shutil.rmtree(leftover)
    new.mkdir()
    try:
        (new / MARKER).write_text("Made by plainrecord. A new build replaces this folder.\n")
        write_outputs(outputs, new)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    if out.exists():
        out.replace(old)
    new.replace(out)
    shutil.rmtree(old, ignore_errors=True)
