"""Download a published portal: its manifest, and every file that the manifest lists."""

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.core.paths import is_page
from plainrecord.findings.finding import Finding
from plainrecord.io import remote_site
from plainrecord.io.write import MARKER
from plainrecord.model.products import ListedFile
from plainrecord.publishing import manifest

MOST_MANIFEST = 64_000_000
MOST_DOCUMENT = 64_000_000
BESIDE = (manifest.MANIFEST, manifest.SUMS, manifest.ATTESTATION, MARKER)
AT_ONCE = 4

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SiteMirror:
    """The downloaded part of a portal: its manifest, and each file or its error.

    `unread` has the files that could not be read, with the reason, which is no fault of the portal;
    `oversized` the documents that are too large to read.
    """

    site: remote_site.Site
    manifest: manifest.Manifest
    downloaded: Mapping[str, remote_site.DownloadedFile]
    work: Path
    unread: Mapping[str, str] = field(default_factory=dict)
    oversized: set[str] = field(default_factory=set)

    def content(self, path: str) -> bytes:
        """The bytes of a document; None if it is missing or too large."""
        seen = self.downloaded.get(path)
        if seen and seen.bytes > MOST_DOCUMENT:
            self.oversized.add(path)
            return b""
        return _read(seen, MOST_DOCUMENT) if seen else b""

    def unavailable(self, *paths: str) -> bool:
        """Whether one of the files could not be read, so that nothing can be checked."""
        return any(path in self.unread or path in self.oversized for path in paths)

    def path(self, path: str) -> Path | None:
        """The path of the file on this disk; None if it was not downloaded."""
        seen = self.downloaded.get(path)
        return seen.path if seen else None

    def matches_manifest(self, path: str) -> bool:
        """Whether the file is there as the manifest lists it."""
        file, seen = self.manifest.files.get(path), self.downloaded.get(path)
        return file is not None and seen is not None and file.sha256 == seen.sha256

    def within_size(self, path: str) -> bool:
        """Whether the file is there, and no longer than the manifest says."""
        file, seen = self.manifest.files.get(path), self.downloaded.get(path)
        return file is not None and seen is not None and seen.bytes <= file.bytes

    def copy(self, path: str) -> Path:
        """A copy of the file under a name of ours: an engine takes signs in a name for patterns."""
        seen = self.downloaded[path]
        target = self.work / f"copy-{seen.sha256}"
        if not self.site.has_listing:
            return seen.path
        if not target.exists():
            shutil.copyfile(seen.path, target)
        return target

    @property
    def pages(self) -> list[str]:
        return [path for path in self.downloaded if is_page(path)]


def _read(seen: remote_site.DownloadedFile, most: int) -> bytes:
    """The bytes of a file; None if there are more than `most`."""
    with seen.path.open("rb") as stream:
        content = stream.read(most + 1)
    return content if len(content) <= most else b""


def download_site(
    site: remote_site.Site, work: Path, progress: Progress
) -> tuple[SiteMirror | remote_site.Unread | None, list[Finding]]:
    """The manifest and all files that it lists, and the differences between them.

    Without a manifest: None, and the reason if it could not be read.
    """
    listing = site.fetch(manifest.MANIFEST, MOST_MANIFEST)
    if isinstance(listing, remote_site.Unread):
        return listing, []
    if isinstance(listing, str):
        return None, [Finding("manifest-missing", listing, "manifest.json", file=manifest.MANIFEST)]
    read = manifest.parse_manifest(_read(listing, MOST_MANIFEST))
    findings = [
        Finding("manifest-invalid", problem, "a manifest of this program", file=manifest.MANIFEST)
        for problem in read.problems
    ]
    unread: dict[str, str] = {}
    got_sums = site.fetch(manifest.SUMS, MOST_MANIFEST)
    if isinstance(got_sums, remote_site.Unread):
        unread[manifest.SUMS] = got_sums
    else:
        findings += _compare_sums(got_sums, read, listing)
    progress(f"look at {len(read.files)} files")
    files = list(read.files.values())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        got = list(pool.map(lambda file: site.fetch(file.path, file.bytes), files))
    seen: dict[str, remote_site.DownloadedFile] = {}
    for file, result in zip(files, got, strict=True):
        if isinstance(result, remote_site.DownloadedFile):
            seen[file.path] = result
            findings += _compare_file(file, result)
        elif isinstance(result, remote_site.Unread):
            unread[file.path] = result
        elif file.path not in manifest.HIDDEN or site.has_listing:
            # A host may keep its own sign of how to serve a site (.nojekyll) to itself.
            expected = "the file that the manifest lists"
            findings.append(Finding("published-file-missing", result, expected, file=file.path))
    known = {*read.files, *BESIDE}
    for path in site.list_files():
        if path not in known:
            found = "the file exists, but the manifest does not list it"
            findings.append(
                Finding("published-file-unlisted", found, "listed files only", file=path)
            )
    return SiteMirror(site, read, seen, work, unread), findings


def _compare_file(file: ListedFile, seen: remote_site.DownloadedFile) -> list[Finding]:
    if seen.sha256 == file.sha256:
        return []
    more = "more than " if seen.bytes > file.bytes else ""
    size = min(seen.bytes, file.bytes)
    found = f"{more}{size:,} bytes, SHA-256 {seen.sha256}"
    expected = f"{file.bytes:,} bytes, SHA-256 {file.sha256}"
    return [Finding("published-file-changed", found, expected, file=file.path)]


def _compare_sums(
    got: remote_site.DownloadedFile | str,
    read: manifest.Manifest,
    listing: remote_site.DownloadedFile,
) -> list[Finding]:
    if isinstance(got, str):
        return [Finding("published-file-missing", got, "SHA256SUMS", file=manifest.SUMS)]
    sums, problems = manifest.parse_sums(_read(got, MOST_MANIFEST))
    findings = [
        Finding("manifest-invalid", problem, "lines for sha256sum", file=manifest.SUMS)
        for problem in problems
    ]
    if not read.files:  # the errors of the manifest are reported, and nothing can be compared
        return findings
    hashes = {path: file.sha256 for path, file in read.files.items()}
    hashes[manifest.MANIFEST] = listing.sha256
    for path in sorted({*sums, *hashes}):
        if sums.get(path) != hashes.get(path):
            found = f"SHA256SUMS says {sums.get(path) or 'nothing'} of {path}"
            expected = f"{hashes.get(path) or 'nothing'}, as in the manifest"
            findings.append(Finding("sums-differ", found, expected, file=manifest.SUMS))
    return findings
