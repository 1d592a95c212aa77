"""Read a finished site as a verifier does, before it is written.

What `verify` refuses for its form (ids of receipts, paths in the manifest, chains, descriptors of
downloads) is refused here by the very functions that `verify` reads with.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from plainrecord.audit.site import audit_site
from plainrecord.audit.tables import PROTECTION
from plainrecord.core.paths import CLAIMS_RECEIPTS, is_chain, is_page
from plainrecord.core.strict_json import parse_json
from plainrecord.findings.finding import Finding
from plainrecord.io import write
from plainrecord.model.chain import chain_problems
from plainrecord.model.products import Output
from plainrecord.publishing import manifest
from plainrecord.receipts.receipts_document import NAME, parse_receipts
from plainrecord.verify import packages, rerun
from plainrecord.verify.mirror import MOST_DOCUMENT


def audit_outputs(outputs: Sequence[Output], folder: Path) -> tuple[Finding, ...]:
    """What an attack on the protected datasets of the site, written below `folder`, derives."""
    if not any(posixpath.basename(output.path) == PROTECTION for output in outputs):
        return ()
    write.write_outputs(outputs, folder, link=True)
    report = audit_site(folder)
    expected = "a file that the audit can examine"
    unread = (Finding("audit-incomplete", item.why, expected) for item in report.skipped)
    return (*report.findings, *unread)


def check_form(outputs: Sequence[Output], files: Mapping[str, str]) -> tuple[Finding, ...]:
    """What a verifier could not read (`form-refused`); `files` are descriptors by key."""
    contents = {o.path: o.content for o in outputs if isinstance(o.content, bytes)}
    read = manifest.parse_manifest(contents[manifest.MANIFEST])
    findings = [_refuse(problem, manifest.MANIFEST) for problem in read.problems]
    findings += _check_letters(outputs)
    findings += [
        _refuse(f"the document has {write.output_size(output):,} bytes", output.path)
        for output in outputs
        if write.output_size(output) > MOST_DOCUMENT and _is_read_whole(output.path)
    ]
    ids: dict[str, str] = {}
    for path in sorted(contents):
        if posixpath.basename(path) == NAME and (
            path.startswith("datasets/") or path == CLAIMS_RECEIPTS
        ):
            receipts = parse_receipts(parse_json(contents[path]))
            file = files.get(receipts.dataset, path)
            problems = [*receipts.problems]
            for proof in receipts.proofs:
                if proof.id in ids:
                    problems.append(f"the id {proof.id!r} is also one of {ids[proof.id]}")
                ids[proof.id] = path
                problems += [
                    f"{proof.id}: {entry.path} {wrong}"
                    for entry in proof.files
                    if (wrong := rerun.name_problem(entry, read.files))
                ]
            findings += [_refuse(f"{path}, {problem}", file) for problem in problems]
        elif is_chain(path):
            findings += [
                _refuse(f"{problem.date} {problem.found}".strip(), path)
                for problem in chain_problems(parse_json(contents[path]))
            ]
        elif posixpath.basename(path) == "datapackage.json" and path.startswith("datasets/"):
            _, differing = packages.read_package(path, contents[path], read.files)
            findings += [
                _refuse(f"{item.found}; expected {item.expected}", path) for item in differing
            ]
    return tuple(findings)


def _is_read_whole(path: str) -> bool:
    """Whether a verifier reads the file at `path` at once, as it does not a table's download."""
    if "/downloads/" in path:
        return posixpath.basename(path) == "datapackage.json"
    return is_page(path) or posixpath.splitext(path)[1] in (".json", ".atom", ".xml")


def _check_letters(outputs: Sequence[Output]) -> Iterator[Finding]:
    """Paths that differ in the case of letters alone, and files that lie where a folder is.

    Many disks (Windows, macOS) keep one of the two, so that a copy of the site would not be it.
    """
    seen: dict[str, str] = {}
    for path in sorted(output.path for output in outputs):
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            # A folder ends in a slash: that many files lie in it is right.
            folder += "/" if depth < len(parts) else ""
            known = seen.setdefault(folder.rstrip("/").casefold(), folder)
            if known != folder:
                yield _refuse(f"{path} and {known} differ in the case of letters alone", path)
                break


def _refuse(found: str, file: str) -> Finding:
    return Finding("form-refused", found, "a site that `plainrecord verify` can read", file=file)
