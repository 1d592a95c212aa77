"""Make the file of each explorer before anything is measured: receipts read it like a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plainrecord.findings.finding import Finding, Findings
from plainrecord.io.write import list_output
from plainrecord.measures.explorer import Cube, count_combinations
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.explorer import Explorer, FilePart, cube_path
from plainrecord.model.packages import Package
from plainrecord.model.products import Output, ReleasedDataset
from plainrecord.model.rows import absence_words
from plainrecord.publishing.cube_file import list_parts, write_cube
from plainrecord.publishing.explorer_maps import draw_map, name_codes
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

    @property
    def parts(self) -> tuple[FilePart, ...]:
        """The parts of a file that is split by year; () for another."""
        return list_parts(self.file) if self.cube.split_by else ()


def publish_cubes(
    releases: Sequence[ReleasedDataset],
    files: Mapping[str, Mapping[str, Path]],
    published: Sequence[PublishedTable],
    work: Path,
) -> tuple[dict[str, PublishedCube], list[Finding]]:
    """The cube of each open dataset that declares one, by key, written below `work`."""
    cubes: dict[str, PublishedCube] = {}
    made: dict[tuple[str, str], PublishedCube] = {}
    findings: list[Finding] = []
    open_ones = [e.package for e in releases if e.built and not e.package.protection]
    for package, settings in [(item, item.explore) for item in open_ones if item.explore]:
        own = [entry for entry in published if entry.table.dataset == package.key]
        source = next(entry for entry in own if entry.table.resource == settings.resource)
        same = (source.sha256, repr((source.table.fields, settings, package.rates)))
        address = cube_path(package)
        if before := made.get(same):  # the newest release is the dataset as it is now
            again = replace(before.cube, source=source)
            table = replace(before.published, table=again.describe_table(), path=address)
            cubes[package.key] = PublishedCube(again, table, before.file)
            continue
        counter = engine.open_counter({package.key: files[package.key]}, spill=work / "cubes")
        try:
            cube, problems = count_combinations(counter, package, own)
        finally:
            counter.close()
        if cube is None:  # nobody can change an earlier release
            findings += [] if package.frozen else problems
            continue
        path = work / "cubes" / f"{package.key}.parquet"
        write_cube(cube.rows, path, cube.split_by)
        digest = list_output(Output(address, path)).sha256
        table = PublishedTable(cube.describe_table(), address, digest, package.doubts)
        made[same] = cubes[package.key] = PublishedCube(cube, table, path)
    return cubes, findings


def draw_maps(
    package: Package, explorer: Explorer | None, cube: Cube | None
) -> tuple[Explorer | None, list[Finding]]:
    """The explorer with maps of its values, and a finding for each that cannot be drawn."""
    if explorer is None:
        return None, []
    settings = explorer.settings
    problems = Findings(
        file=package.descriptor_path, dataset=package.name, resource=settings.resource
    )
    maps = {}
    fields = []
    for field in explorer.fields:
        if field.name not in settings.maps:
            fields.append(field)
            continue
        values = [value.name for value in field.values if value.value is not None]
        if cube:
            absent = {"Missing", *absence_words(cube.source.table.field(field.name))}
            values = [value for value in field.known if value not in absent]
        if not values:  # no row has a place: there is nothing to draw
            fields.append(field)
            continue
        maps[field.name], problem = draw_map(field.name, settings.maps[field.name], sorted(values))
        names = name_codes(settings.maps[field.name], values) if maps[field.name] else {}
        fields.append(replace(field, names=names))
        if problem:
            problems.add(
                "explore-map-invalid", problem, "codes or names of places, one value for each"
            )
    drawn = {name: document for name, document in maps.items() if document}
    return replace(explorer, maps=drawn, fields=tuple(fields)), [*problems]
