"""Lists of records that differ: as many lines in each file as receipts and pages say."""

from __future__ import annotations

import posixpath
from pathlib import Path

from plainrecord.ground.proofs import Proof
from plainrecord.rules.findings import Finding

LISTED = ("added", "vanished")


def count_lines(path: Path | None) -> int:
    """The records in a CSV file below its header; a line within quotes ends no record."""
    if path is None:
        return 0
    records, inside = -1, False
    with path.open("rb") as lines:
        for line in lines:
            inside ^= line.count(b'"') % 2 == 1
            records += not inside and line.strip(b"\r\n") != b""
    return max(0, records)


def name_lists(sheet: str, proof: Proof) -> dict[str, int]:
    """The files in which records are listed, and how many `proof` of `sheet` says there are."""
    if "vanished" not in proof.counted or len(proof.rows) != 1:
        return {}
    folder = f"{posixpath.dirname(sheet)}/{proof.id.rpartition('.')[2]}"
    row = dict(zip(proof.counted, proof.rows[0], strict=True))
    return {
        f"{folder}/{name}.csv": count
        for name in LISTED
        if isinstance(count := row.get(name), int) and not isinstance(count, bool)
    }


def compare_lines(path: str, file: Path | None, said: str, where: str) -> tuple[Finding, ...]:
    """Whether the CSV `file` at `path` has as many records as `where` says in words: 1,234.

    A file that is not there has none.
    """
    wanted = f"{count_lines(file):,}"
    if said == wanted:
        return ()
    return (Finding("page-differs", f"{path} is said to list {said} lines", wanted, file=where),)
