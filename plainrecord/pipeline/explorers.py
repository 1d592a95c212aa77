"""Make the file of each explorer before anything is measured: receipts read it like a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.findings.finding import Finding
from plainrecord.io.write import list_output
from plainrecord.measures.explorer import Cube, count_combinations
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.explorer import cube_path
from plainrecord.model.products import Output, ReleasedDataset
from plainrecord.publishing.cube_file import write_cube
from plainrecord.receipts import engine


@dataclass(frozen=True, slots=True)
class PublishedCube:
    """A cube, the table that receipts read, and its file."""

    cube: Cube
    published: PublishedTable
    file: Path

    @property
    def output(self) -> Output:
        return Output(self.published.path, self.file)


def publish_cubes(
    editions: Sequence[ReleasedDataset],
    files: Mapping[str, Mapping[str, Path]],
    published: Sequence[PublishedTable],
    work: Path,
) -> tuple[dict[str, PublishedCube], list[Finding]]:
    """The cube of each open dataset that declares one, by its key, as it is now.

    `files` are the published Parquet files by dataset and table. The cubes are written below `work`.
    """
    cubes: dict[str, PublishedCube] = {}
    findings: list[Finding] = []
    explored = [e.package for e in editions if e.built and e.package.explore]
    for package in [item for item in explored if not (item.frozen or item.protection)]:
        own = [entry for entry in published if entry.table.dataset == package.key]
        counter = engine.open_counter({package.key: files[package.key]}, spill=work / "cubes")
        try:
            cube, problems = count_combinations(counter, package, own)
        finally:
            counter.close()
        findings += problems
        if cube is None:
            continue
        path = work / "cubes" / f"{package.key}.parquet"
        write_cube(cube.rows, path)
        address = cube_path(package)
        digest = list_output(Output(address, path)).sha256
        table = PublishedTable(cube.describe_table(), address, digest, package.doubts)
        cubes[package.key] = PublishedCube(cube, table, path)
    return cubes, findings
