"""Keep a dataset as it is now as a release."""

from dataclasses import dataclass, replace
from pathlib import Path

from plainrecord.core import yaml_json
from plainrecord.core.errors import Blocked, UnknownDatasetError, UsageError
from plainrecord.core.strict_json import items_in, reach
from plainrecord.descriptors import ledger
from plainrecord.findings.finding import Finding, Findings, any_blocks
from plainrecord.io import load, write
from plainrecord.io.load import RawDescription
from plainrecord.io.workspace import Progress
from plainrecord.model.history import ReleaseLedger, Repair
from plainrecord.model.packages import Package
from plainrecord.pipeline.build import prepare_site
from plainrecord.pipeline.plan import Plan, advise_repairs, plan_portal

HEAD = """# The releases of this dataset, the oldest first. `plainrecord release` adds to it.
# A past entry is never changed: the next one names its hash. A correction is a new release.
"""


@dataclass(frozen=True, slots=True)
class WrittenRelease:
    """What was kept: the day, the ledger's path, and the paths written below the portal.

    `same_as` is the date of the newest release where nothing is new: then the day is one on which
    somebody looked. Of a dataset that is `protected`, the raw file was not read.
    """

    date: str
    ledger: str
    written: tuple[str, ...]
    same_as: str = ""
    protected: bool = False


def freeze_release(
    root: Path, name: str, date: str, note: str, today: str, progress: Progress
) -> WrittenRelease:
    """The dataset `name` kept as the release of `date`; `Blocked` with nothing changed.

    Without a date it is the day in `plainrecord.updated`, and `today` where that is empty. The
    data must first pass their check, and be protected. Data that are those of the newest
    release make no release: that somebody looked is kept, with `date` or `today`.
    """
    portal = load.load_portal(root)
    plan, item, raw = _find(root, name, portal)
    book = _ledger(plan, item, raw)
    if _identical(plan, item):
        kept = _record_check(root, book, raw, date or today, note)
        return replace(kept, protected=item.protection is not None)
    _refuse_references(raw.now)
    day = date or _written_day(raw.now.descriptor) or today
    files = ledger.list_files(item, plan.files[name], raw.now.beside)
    entry = ledger.next_release(book, day, note, raw.now.descriptor_sha256, files)
    if name in plan.absent:
        absent = Findings(dataset=name, file=item.descriptor_path)
        remedy = f"Run `plainrecord fetch {name}` first."
        expected = "the files, fetched and verified"
        absent.add("source-not-fetched", plan.absent[name], expected, remedy_given=remedy)
        raise Blocked(absent)
    text = _appended(raw, "releases", ledger.write_entry(entry.entry))
    below = f"{raw.now.folder}/releases/{day}"
    held: dict[str, Path] = {"": raw.now.path / raw.now.descriptor_path.rsplit("/", 1)[-1]}
    frozen = replace(raw.now, folder=below, descriptor_path=f"{below}/{held[''].name}")
    released = replace(
        raw,
        ledger=yaml_json.parse_document(text),
        ledger_path=book.file,
        releases=tuple(sorted((*raw.releases, frozen), key=lambda item: item.folder)),
    )
    _try_build(root, name, portal, released, progress)
    copies = {f"{below}/{held[''].name}": held[""]}
    for path in files:
        if "://" not in path:
            copies[f"{below}/{path}"] = raw.now.path / path
    progress("write the release")
    write.write_release(root, below, copies, book.file, text.encode())
    return WrittenRelease(day, book.file, (*sorted(copies), book.file))


def _try_build(
    root: Path,
    name: str,
    portal: load.RawPortal,
    changed: load.RawDataset,
    progress: Progress,
    places: tuple[str, ...] = ("",),
) -> None:
    """`Blocked` unless the portal builds with the dataset `name` as `changed`.

    Other datasets may have data that wait for a release of their own. Of what blocks, that in
    files whose paths begin with one of `places` counts.
    """
    datasets = tuple(
        changed if item.now.folder == changed.now.folder else item for item in portal.datasets
    )
    with prepare_site(
        root, progress, raw=replace(portal, datasets=datasets), pending_but=name
    ) as site:
        if any(f.blocks and f.file.startswith(places) for f in site.findings):
            raise Blocked(list(site.findings))


def repair_release(
    root: Path, name: str, release: str, note: str, today: str, progress: Progress
) -> WrittenRelease:
    """The release `release` of the dataset `name` built with the descriptor in its `repair.yaml`.

    Adds an entry under `repairs` to the ledger; the frozen descriptor and its entry stay as they
    are. UsageError where there is nothing to repair with or no reason (`note`); `Blocked` with
    nothing changed where the release cannot be built with that descriptor either.
    """
    portal = load.load_portal(root)
    plan, item, raw, _ = _locate(root, name, portal)
    book = _ledger(plan, item, raw)
    dates = [entry.date for entry in book.kept]
    frozen = next((entry for entry in raw.releases if entry.path.name == release), None)
    if release not in dates or frozen is None:
        raise UsageError(f"{name} has no release of {release!r}; there are {', '.join(dates)}")
    if not frozen.repair_sha256:
        raise UsageError(
            f"there is no {frozen.repair_path}: copy {frozen.descriptor_path} there and correct "
            "the copy; the release itself is never edited"
        )
    if not note.strip():
        raise UsageError("say why with --note: readers see it on the page of the release")
    repair = Repair(
        release=release, date=today, reason=note, descriptor_sha256=frozen.repair_sha256
    )
    text = _appended(raw, "repairs", ledger.write_entry(repair.model_dump()))
    repaired = replace(raw, ledger=yaml_json.parse_document(text))
    places = (f"{frozen.folder}/", book.file)
    _try_build(root, name, portal, repaired, progress, places)
    write.write_text(root, book.file, text.encode())
    return WrittenRelease(release, book.file, (book.file,))


def record_check(root: Path, name: str, date: str, note: str, today: str) -> WrittenRelease:
    """A day on which something new was looked for, and nothing was found, in the ledger.

    UsageError where the dataset keeps no releases; `Blocked` for a day before the newest release.
    """
    plan, item, raw = _find(root, name, load.load_portal(root))
    book = _ledger(plan, item, raw)
    if not book.releases:
        raise UsageError(f"{name} has no releases yet: run `plainrecord release {name}` first")
    if not _identical(plan, item):
        found = f"the data are not those of the newest release, {book.newest}: something is new"
        expected = "the same files, schema, dialect and privacy policy"
        raise Blocked([Finding("release-outdated", found, expected, file=item.descriptor_path)])
    return _record_check(root, book, raw, date or today, note)


def _record_check(
    root: Path, book: ReleaseLedger, raw: load.RawDataset, day: str, note: str
) -> WrittenRelease:
    look = ledger.next_check(book, day, note)
    text = _appended(raw, "checks", ledger.write_entry(look.model_dump()))
    write.write_text(root, book.file, text.encode())
    return WrittenRelease(day, book.file, (book.file,), same_as=book.newest)


def _find(root: Path, name: str, portal: load.RawPortal) -> tuple[Plan, Package, load.RawDataset]:
    """The dataset in a portal whose plan has no error but those that a release may settle."""
    plan, item, raw, findings = _locate(root, name, portal)
    inside = f"{item.folder}/"
    bad = [f for f in findings if f.blocks and f.file.startswith(inside)]
    bad = [f for f in bad if f.rule != "release-outdated"]
    if bad:
        raise Blocked(advise_repairs(plan, bad))
    return plan, item, raw


def _locate(
    root: Path, name: str, portal: load.RawPortal
) -> tuple[Plan, Package, load.RawDataset, tuple[Finding, ...]]:
    """The dataset `name` of a portal as planned and as read, and what is wrong with the plan.

    UsageError where there is no such dataset.
    """
    plan, findings = plan_portal(root, raw=portal)
    item = next((item for item in plan.packages if item.name == name), None)
    if item is None and any_blocks(findings):
        raise Blocked(findings)
    if item is None:
        folders = portal.name_datasets()
        if name not in folders:
            raise UnknownDatasetError([name], folders)
        raise UsageError(
            f"{name} is a draft: answer its questions and remove `publish: false` from "
            f"{folders[name].now.descriptor_path}, then release it"
        )
    raw = next(r for r in plan.raw.datasets if r.now.descriptor_path == item.descriptor_path)
    return plan, item, raw, findings


def _ledger(plan: Plan, item: Package, raw: load.RawDataset) -> ReleaseLedger:
    archive = plan.archives.get(item.name)
    return archive.ledger if archive else ReleaseLedger(f"{raw.now.folder}/{load.LEDGER}")


def _written_day(descriptor: object) -> str:
    """The day of the release as written: a plan puts that of the newest release in its place."""
    written = descriptor if isinstance(descriptor, dict) else {}
    updated = reach(written, "plainrecord", "updated")
    return str(updated or "") or str(written.get("created") or "")[:10]


def _identical(plan: Plan, item: Package) -> bool:
    """Whether the dataset as it is now has the data of its newest release."""
    archive = plan.archives.get(item.name)
    if archive is None or not archive.releases:
        return False
    newest = archive.releases[-1]
    now = ledger.describe_state(item, plan.files[item.name])
    return ledger.describe_state(newest.package, newest.files) == now


def _refuse_references(described: RawDescription) -> None:
    """A release keeps one descriptor: what it says must stand in it."""
    document = described.descriptor
    for number, resource in enumerate(items_in(document, "resources")):
        for key in ("schema", "dialect"):
            if isinstance(resource, dict) and isinstance(resource.get(key), str):
                found = f"resources[{number}].{key} is in another file: {resource[key]}"
                own = f"the {key} in the descriptor itself, because a release contains only that"
                file = described.descriptor_path
                raise Blocked([Finding("value-invalid", found, own, file=file)])


def _appended(raw: load.RawDataset, key: str, item: str) -> str:
    """The ledger's text with one more item; `Blocked` where it cannot be added to as written."""
    path = raw.now.path / load.LEDGER
    text = load.load_text(path) if raw.ledger_path else HEAD
    try:
        added = yaml_json.append_item(text, key, item)
        before, after = (yaml_json.parse_document(held) or {} for held in (text, added))
        items = yaml_json.parse_document(item)
        if not isinstance(before, dict) or not isinstance(items, list):
            raise ValueError("the ledger is not a mapping")
        old = before.get(key) or []
        if not isinstance(old, list) or after != {**before, key: [*old, *items]}:
            raise ValueError(f"the list {key} is written in a way that cannot be added to")
    except ValueError as error:
        found, file = str(error.args[0]), f"{raw.now.folder}/{load.LEDGER}"
        expected = "lists with an item on each line"
        raise Blocked([Finding("value-invalid", found, expected, file=file)]) from None
    return added
