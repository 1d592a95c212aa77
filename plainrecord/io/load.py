"""Read a portal's own files: texts as they are, descriptors as JSON, data files by hash."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.core.errors import Blocked
from plainrecord.core.paths import PROTECTED, path_problem
from plainrecord.core.strict_json import Json, objects_in, reach, read_json
from plainrecord.core.translation import parse_catalogue
from plainrecord.findings.finding import Finding, Findings
from plainrecord.io.fetched_files import file_hash
from plainrecord.io.path_kinds import describe_absence
from plainrecord.model.packages import LocatedFile, SourceFile

DESCRIPTORS = ("datapackage.yaml", "datapackage.yml", "datapackage.json")
LEDGER = "releases.yaml"
SOURCES = "sources.yaml"
METHODOLOGY = "methodology.md"

REPAIR = "repair.yaml"
"""Beside the descriptor of a release: the one that is used instead of it."""

CATALOGUE = "portal.mo"
"""Translated texts of pages, below `site/locales/LANGUAGE/LC_MESSAGES/`."""

REGISTER = "claims.yaml"
SYNONYMS = "site/synonyms.yaml"
MAX_TEXT_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class RawDescription:
    """A folder that describes a dataset, as read: its parsed descriptor and methodology text.

    `folder` and `descriptor_path` are paths below the portal. The hashes are those of the files'
    bytes, "" for a methodology that is not there. `repair` is the descriptor that stands in for a
    frozen one, where `repair_sha256` is not empty. `protected` and `protection` are what the files
    `PROTECTED` hold, with their hashes in `protected_sha256`; those of the files that the policy
    reads its groups from are in `groups_sha256`.
    """

    folder: str
    path: Path
    descriptor_path: str
    descriptor: Json
    methodology: str
    descriptor_sha256: str = ""
    methodology_sha256: str = ""
    repair: Json = None
    repair_sha256: str = ""
    protected: Json = None
    protection: Json = None
    protected_sha256: Mapping[str, str] = field(default_factory=dict)
    groups_sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def beside(self) -> dict[str, str]:
        """The SHA-256 of each file that a release keeps beside its tables, by its path here."""
        text = {METHODOLOGY: self.methodology_sha256} if self.methodology_sha256 else {}
        return {**text, **self.protected_sha256, **self.groups_sha256}

    @property
    def repair_path(self) -> str:
        """Where the descriptor of a repair lies, below the portal."""
        return f"{self.folder}/{REPAIR}"


@dataclass(frozen=True, slots=True)
class RawDataset:
    """A dataset's folder: what it holds now, `releases.yaml`, `sources.yaml`, its releases."""

    now: RawDescription
    ledger: Json = None
    ledger_path: str = ""
    releases: tuple[RawDescription, ...] = ()
    sources: Json = None


@dataclass(frozen=True, slots=True)
class RawPortal:
    """A portal's folder as read."""

    root: Path
    settings: Json
    settings_path: str
    datasets: tuple[RawDataset, ...]
    pages: Mapping[str, str]
    templates: Mapping[str, str]
    assets: Mapping[str, bytes]
    registers: Mapping[str, Json] = field(default_factory=dict)
    """The content of each `claims.yaml`, by its path below the portal."""
    locales: Mapping[str, bytes] = field(default_factory=dict)
    """The compiled catalogue of the texts of pages, by language."""
    synonyms: Json = None
    """The content of `site/synonyms.yaml`."""

    def name_datasets(self) -> dict[str, RawDataset]:
        """The datasets by their names, drafts included: those of their folders where none is written."""
        names = {}
        for dataset in self.datasets:
            written = reach(dataset.now.descriptor, "name")
            names[str(written or dataset.now.path.name)] = dataset
        return names


def builtin_folder(kind: str) -> Path:
    """Where the generator's `templates`, `assets` or bundled `front` lie, in wheel or checkout."""
    packed = Path(__file__).parents[1] / "builtin" / kind
    if packed.is_dir() or kind == "front":
        return packed
    top = Path(__file__).parents[2]
    return top / "templates" if kind == "templates" else top / "site" / "assets"


def find_settings(root: Path) -> str:
    """The path of the portal's settings below `root`; `Blocked` where there is no portal."""
    path = "site/portal.yaml"
    if not (root / path).is_file():
        raise Blocked([Finding("portal-missing", f"no {path} in {root.name or root}")])
    return path


def load_portal(root: Path) -> RawPortal:
    """Everything a portal's folder says, or `Blocked` with all that could not be read."""
    settings_path = find_settings(root)
    reader = _Reader(root)
    settings = reader.document(root / settings_path)
    datasets = tuple(_load_datasets(reader))
    pages = {
        f"site/pages/{path.name}": text
        for path in sorted((root / "site" / "pages").glob("*.md"))
        if (text := reader.text(path)) is not None
    }
    templates: dict[str, str] = {}
    assets: dict[str, bytes] = {}
    for folder in (builtin_folder("templates"), root / "templates"):
        template_reader = _Reader(folder)
        for path in _walk(folder):
            text = template_reader.text(path)
            if text is not None:
                templates[path.relative_to(folder).as_posix()] = text
        reader.findings += template_reader.findings
    for folder in (builtin_folder("assets"), builtin_folder("front"), root / "site" / "assets"):
        for path in _walk(folder):
            assets[path.relative_to(folder).as_posix()] = path.read_bytes()
    locales: dict[str, bytes] = {}
    for path in sorted((root / "site" / "locales").glob(f"*/LC_MESSAGES/{CATALOGUE}")):
        try:
            parse_catalogue(content := path.read_bytes())
            locales[path.parts[-3]] = content
        except ValueError as error:
            file = path.relative_to(root).as_posix()
            reader.findings.append(Finding("locale-invalid", str(error), file=file))
    folders = ["site", *(item.now.folder for item in datasets)]
    registers = {
        f"{folder}/{REGISTER}": reader.document(root / folder / REGISTER)
        for folder in folders
        if (root / folder / REGISTER).is_file()
    }
    synonyms = reader.document(root / SYNONYMS) if (root / SYNONYMS).is_file() else None
    if reader.findings:
        raise Blocked(reader.findings)
    return RawPortal(
        root,
        settings,
        settings_path,
        datasets,
        pages,
        templates,
        assets,
        registers,
        locales,
        synonyms,
    )


class _Reader:
    """Reads texts and documents below a folder; `findings` has what could not be read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.findings: list[Finding] = []

    def report(
        self, rule: str, found: str, expected: str, path: Path, row: int | None = None
    ) -> None:
        """Add a finding about the file or folder at `path`."""
        file = path.relative_to(self.root).as_posix()
        self.findings.append(Finding(rule, found, expected, file=file, row=row))

    def text(self, path: Path) -> str | None:
        """The text of a file; None, and a finding, where it cannot be read."""
        if not is_inside(path, self.root):
            found = "the file is a link out of its folder"
            self.report("path-unsafe", found, "a file inside the folder", path)
            return None
        if path.stat().st_size > MAX_TEXT_BYTES:
            found = "the text is larger than 10 MB"
            self.report("file-unreadable", found, "a text of a usual size", path)
            return None
        try:
            return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            found = f"byte {error.start} is not UTF-8"
            self.report("encoding-invalid", found, "UTF-8", path, line)
        except OSError as error:
            self.report("file-unreadable", error.strerror or str(error), "", path)
        return None

    def document(self, path: Path) -> Json:
        """The YAML or JSON document in a file; None where it cannot be read."""
        text = self.text(path)
        if text is None:
            return None
        try:
            if path.suffix == ".json":
                return read_json(text)
            from plainrecord.core.yaml_json import parse_document  # JSON needs no YAML

            return parse_document(text)
        except ValueError as error:
            line = error.args[1] if len(error.args) > 1 else None
            self.report("yaml-invalid", str(error.args[0]), "valid YAML or JSON", path, line)
            return None


def ignores_raw(root: Path) -> bool:
    """Whether git ignores the folder `raw` of each dataset, as `init` writes it."""
    file = root / ".gitignore"
    return file.is_file() and b"/data/*/raw/" in file.read_bytes().split()


def unsafe_path(path: str, folder: Path) -> str:
    """Why `path`, as somebody wrote it, leads to no file in `folder`, in words; "" where it may."""
    if problem := path_problem(path):
        return problem
    return "" if is_inside(folder / path, folder) else "it is a link out of the folder"


def is_inside(path: Path, folder: Path) -> bool:
    """Whether `path`, its links followed, lies in `folder`; links that go in a circle do not lead out."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _walk(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and is_inside(path, folder) and path.name[0] != "."
    ]


def _load_datasets(reader: _Reader) -> Iterator[RawDataset]:
    data = reader.root / "data"
    for folder in sorted(data.iterdir()) if data.is_dir() else []:
        if not folder.is_dir() or folder.name.startswith("."):
            continue
        if not is_inside(folder, reader.root):
            found = "the folder is a link out of the portal"
            reader.report("path-unsafe", found, "a folder inside the portal", folder)
            continue
        description = _load_description(reader, folder)
        if description is None:
            continue
        ledger, sources = folder / LEDGER, folder / SOURCES
        ledger_document = reader.document(ledger) if ledger.is_file() else None
        releases = [
            item
            for release in _release_folders(folder)
            if (item := _load_description(reader, release)) is not None
        ]
        yield RawDataset(
            description,
            ledger=ledger_document,
            ledger_path=f"data/{folder.name}/{LEDGER}" if ledger.is_file() else "",
            releases=tuple(releases),
            sources=reader.document(sources) if sources.is_file() else None,
        )


def _release_folders(folder: Path) -> list[Path]:
    """The folders of releases below a dataset's folder, by their name."""
    releases = folder / "releases"
    if not releases.is_dir() or not is_inside(releases, folder):
        return []
    return [p for p in sorted(releases.iterdir()) if p.is_dir() and not p.name.startswith(".")]


def _load_description(reader: _Reader, folder: Path) -> RawDescription | None:
    names = [name for name in DESCRIPTORS if (folder / name).is_file()]
    if len(names) != 1:
        found = f"the folder contains {'no descriptor' if not names else ' and '.join(names)}"
        reader.report("file-missing", found, "one datapackage.yaml or datapackage.json", folder)
        return None
    shown = folder.relative_to(reader.root).as_posix()
    file, methodology, repair = folder / names[0], folder / METHODOLOGY, folder / REPAIR
    descriptor = reader.document(file)
    text = (reader.text(methodology) or "") if methodology.is_file() else ""
    repair_document = reader.document(repair) if repair.is_file() else None
    hashes = [file_hash(path) if path.is_file() else "" for path in (file, methodology, repair)]
    protected = [name for name in PROTECTED if (folder / name).is_file()]
    documents = {name: reader.document(folder / name) for name in protected}
    return RawDescription(
        folder=shown,
        path=folder,
        descriptor_path=f"{shown}/{names[0]}",
        descriptor=descriptor,
        methodology=text,
        descriptor_sha256=hashes[0],
        methodology_sha256=hashes[1],
        repair=repair_document,
        repair_sha256=hashes[2],
        protected=documents.get(PROTECTED[0]),
        protection=documents.get(PROTECTED[1]),
        protected_sha256={name: file_hash(folder / name) for name in documents},
        groups_sha256={
            name: file_hash(folder / name)
            for name in list_group_files(descriptor)
            if not unsafe_path(name, folder) and (folder / name).is_file()
        },
    )


def list_group_files(descriptor: Json) -> tuple[str, ...]:
    """The paths, as written, of the files from which a privacy policy reads groups of values."""
    items = objects_in(descriptor, "plainrecord", "privacy", "coarsen")
    named = [item.get("groups") for item in items]
    return tuple(groups for groups in named if isinstance(groups, str))


def load_text(path: Path) -> str:
    """The text of a file that was read before, its line ends as they are."""
    return path.read_bytes().decode("utf-8")


def load_folder(root: Path, folder: str) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The files of a folder inside the portal by their name below it, hidden ones left out."""
    directory = root / folder
    if problem := unsafe_path(folder, root):
        found = f"the folder {folder!r} is not safe: {problem}"
        return {}, (Finding("path-unsafe", found, "a folder inside the portal", file=folder),)
    files = {path.relative_to(directory).as_posix(): path.read_bytes() for path in _walk(directory)}
    if not files:
        return {}, (Finding("file-missing", "the folder contains no file", "files", file=folder),)
    return files, ()


def load_builtins() -> tuple[dict[str, str], dict[str, bytes]]:
    """The generator's own templates and assets by name."""
    folders = {kind: builtin_folder(kind) for kind in ("templates", "assets")}
    files = {kind: _walk(folder) for kind, folder in folders.items()}
    return (
        {p.relative_to(folders["templates"]).as_posix(): p.read_text() for p in files["templates"]},
        {p.relative_to(folders["assets"]).as_posix(): p.read_bytes() for p in files["assets"]},
    )


def load_descriptor(path: Path) -> tuple[Json, tuple[Finding, ...]]:
    """The YAML or JSON document in the file `path`, and why it cannot be read."""
    reader = _Reader(path.parent)
    return reader.document(path), tuple(reader.findings)


def locate_files(
    root: Path, folder: Path, sources: Sequence[SourceFile]
) -> tuple[tuple[LocatedFile, ...], tuple[Finding, ...]]:
    """The local files of a resource (remote: `fetch`) with hashes, and what is wrong."""
    located: list[LocatedFile] = []
    findings = Findings()
    inside = folder.relative_to(root).as_posix()
    for source in sources:
        shown = source.path if inside == "." else f"{inside}/{source.path}"
        path = folder / source.path
        if problem := unsafe_path(source.path, folder):
            found = f"the path {source.path!r} is not safe: {problem}"
            expected = "a relative path inside the dataset's folder"
            findings.add("path-unsafe", found, expected, file=shown)
        elif not path.is_file():
            findings.add("file-missing", describe_absence(path), "the file", file=shown)
        else:
            try:
                file, problems = _hash_file(source, path, shown)
            except OSError as error:
                found = error.strerror or str(error)
                findings.add("file-unreadable", found, "a file to read", file=shown)
                continue
            findings += problems
            located.append(file)
    return tuple(located), tuple(findings)


def _hash_file(source: SourceFile, path: Path, shown: str) -> tuple[LocatedFile, list[Finding]]:
    """The file with its size and SHA-256, and where these are not as declared."""
    algorithm, _, expected = source.hash.rpartition(":")
    algorithm = _algorithm(algorithm) or "md5"
    digests = {"sha256": hashlib.sha256()}
    if expected and algorithm in hashlib.algorithms_available:
        digest = hashlib.new(algorithm, usedforsecurity=False)
        if digest.digest_size:  # without one its length is not known, as that of SHAKE
            digests.setdefault(algorithm, digest)
    block = memoryview(bytearray(1 << 18))  # one that stays in the processor's cache
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(block):
            for digest in digests.values():
                digest.update(block[:count])
    size = path.stat().st_size
    sha256 = digests["sha256"].hexdigest()
    declared_hashes = {"sha256": source.sha256} if source.sha256 else {}
    if expected:
        declared_hashes.setdefault(algorithm, expected)
    findings = Findings(file=shown)
    for name, declared in declared_hashes.items():
        if name not in digests:
            found = f"the hash algorithm {name!r} is not known"
            known = "one that Python's hashlib has, such as sha256"
            findings.add("value-invalid", found, known)
        elif digests[name].hexdigest() != declared.lower():
            found = f"{name} {digests[name].hexdigest()}"
            findings.add("hash-mismatch", found, f"{name} {declared}")
    if source.bytes is not None and source.bytes != size:
        found, expected = f"{size} bytes", f"{source.bytes} bytes"
        findings.add("bytes-mismatch", found, expected)
    return LocatedFile(source, path.resolve(), shown, size, sha256), findings


def _algorithm(name: str) -> str:
    """The name by which Python knows an algorithm: the standard's own example writes `SHA256`."""
    plain = name.lower()
    short = plain.replace("-", "", 1)
    return short if short in hashlib.algorithms_available else plain


def load_standards() -> dict[str, dict[str, str]]:
    """The texts of each standard that comes with the generator: by its name, by file name."""
    folder = Path(__file__).parents[1] / "standards"
    return {
        directory.name: {path.name: path.read_text(encoding="utf-8") for path in _walk(directory)}
        for directory in sorted(folder.iterdir())
        if directory.is_dir()
    }
