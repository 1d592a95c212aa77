"""Find what is to be checked: packages and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plainrecord.core.errors import UsageError
from plainrecord.core.strict_json import Json
from plainrecord.descriptors import package
from plainrecord.descriptors.resource import FORMATS
from plainrecord.findings.finding import Finding, any_blocks
from plainrecord.io import load
from plainrecord.io.package_zip import unpack_package
from plainrecord.io.path_kinds import describe_absence
from plainrecord.io.references import unfold_references, unfold_resource
from plainrecord.model.checks import TableCheck
from plainrecord.model.packages import LocatedFile, Package
from plainrecord.pipeline.locate_files import locate_resources

_PACKED = (".gz", ".bz2", ".xz", ".zip")
_ENDINGS = {*FORMATS, "parq", "pq"}


@dataclass(frozen=True, slots=True)
class Subject:
    """One package to check: its files as far as they were found, and what is wrong so far.

    `package` is None where the descriptor could not be read. `absent` names tables whose files
    have not been fetched. The files that findings name lie below `folder`, or in the zip `packed`,
    which is all that is left of it after the check. `checks` say what was looked at in each table.
    """

    label: str
    package: Package | None
    files: Mapping[str, tuple[LocatedFile, ...]]
    findings: tuple[Finding, ...]
    absent: frozenset[str] = frozenset()
    folder: Path = Path()
    packed: Path | None = None
    checks: tuple[TableCheck, ...] = ()


def is_portal(path: Path) -> bool:
    """Whether a portal lies at `path`."""
    return (path / "site" / "portal.yaml").is_file()


def find_subjects(paths: Sequence[Path], schema: Path | None, work: Path) -> list[Subject]:
    """What `paths` hold, in their order; UsageError for a path that cannot be checked.

    A folder is a data package, a file a package's descriptor, a zip of a package, which is
    unpacked below `work`, or, with `schema`, a table.
    """
    subjects: list[Subject] = []
    for path in paths:
        if path.is_dir():
            descriptors = [path / name for name in load.DESCRIPTORS if (path / name).is_file()]
            if not descriptors:
                raise UsageError(f"{path} is neither a portal nor a data package")
            subjects += [describe_package(descriptor) for descriptor in descriptors]
        elif not path.is_file():
            raise UsageError(f"{path} cannot be checked: {describe_absence(path)}")
        elif _describes(path) or (path.suffix.lower() == ".json" and schema is None):
            subjects.append(describe_package(path))
        elif path.suffix.lower() == ".zip" and schema is None:
            descriptor = unpack_package(
                path, work / str(len(subjects)) / path.stem, load.DESCRIPTORS
            )
            subjects.append(replace(describe_package(descriptor), label=str(path), packed=path))
        elif schema is None:
            raise UsageError(f"{path} is a table: name its schema with --schema FILE")
        else:
            subjects.append(_table(path, schema))
    return subjects


def refuse_schema(paths: Sequence[Path]) -> None:
    """UsageError where one of `paths`, given together with a schema, brings a schema of its own."""
    described = [path for path in paths if path.is_dir() or _describes(path)]
    if described:
        raise UsageError(
            f"--schema is for tables, and {described[0]} brings its own schema: leave --schema out, "
            "or name a table"
        )


def _describes(path: Path) -> bool:
    """Whether a file is a descriptor whatever else is said: of other JSON it depends."""
    return path.suffix.lower() in (".yaml", ".yml") or path.name in load.DESCRIPTORS


def describe_package(descriptor: Path) -> Subject:
    """The data package that the file `descriptor` describes, with its files and what is wrong."""
    shown = descriptor.name
    document, findings = load.load_descriptor(descriptor)
    if findings:
        return Subject(str(descriptor), None, {}, tuple(findings), folder=descriptor.parent)
    document, wrong = unfold_references(document, descriptor.parent, shown)
    return _read(document, descriptor.parent, shown, str(descriptor), wrong)


def _table(path: Path, schema: Path) -> Subject:
    """A table as a package of one resource, by a Table Schema or a resource's descriptor."""
    document, findings = load.load_descriptor(schema)
    if findings:
        return Subject(str(path), None, {}, tuple(findings), folder=schema.parent)
    if not isinstance(document, dict):
        finding = Finding("value-invalid", "the schema is not a mapping", file=schema.name)
        return Subject(str(path), None, {}, (finding,), folder=schema.parent)
    described: Json = {"schema": document} if "fields" in document else document
    unfolded, wrong = unfold_resource(described, schema.parent, schema.name)
    resource: dict[str, Json] = dict(unfolded) if isinstance(unfolded, dict) else {}
    resource |= {"name": path.name.split(".")[0] or "table", "path": path.name}
    resource.pop("data", None)
    if not resource.get("format") and _ending(path) not in _ENDINGS:
        resource["format"] = "csv"  # as far as nobody says otherwise; its first bytes are looked at
    return _read({"resources": [resource]}, path.parent, schema.name, str(path), wrong)


def _ending(path: Path) -> str:
    """The ending of a file's name, of what is packed in it as far as the name says that."""
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.rsplit(".", 1)[-1]


def _read(
    document: Json, folder: Path, shown: str, label: str, wrong: Sequence[Finding]
) -> Subject:
    parsed, problems = package.parse_package(
        document, folder.resolve().name, shown, "", portal=False
    )
    findings = [*wrong, *problems]
    if parsed is None or any_blocks(findings):  # what is not described well cannot be checked
        return Subject(label, None, {}, tuple(findings), folder=folder)
    files, absent, unlocated = locate_resources(folder, folder, parsed)
    return Subject(label, parsed, files, (*findings, *unlocated), frozenset(absent), folder)
