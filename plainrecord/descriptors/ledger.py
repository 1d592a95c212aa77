"""The ledger: a dataset's releases as written to trusted, and what contradicts them.

A release is frozen: its descriptor and its files are held to the hashes in its entry, the entry
to the hash that the next one names. The newest release is compared with the dataset as it is now.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plainrecord.core.errors import Blocked
from plainrecord.core.strict_json import Json
from plainrecord.core.word_lists import word_set
from plainrecord.descriptors.portal_forms import LedgerForm, SourcesForm
from plainrecord.descriptors.reading import read_form
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.chain import AFTER, chain_problems, entry_hash
from plainrecord.model.declarations import PrivacyPolicy
from plainrecord.model.freshness import parse_day
from plainrecord.model.history import CheckedDay, Release, ReleaseLedger, UnreachableSource
from plainrecord.model.packages import LocatedFile, Package

_APART = word_set("title description example label sources licenses hash bytes plainrecord data")
"""Keys of a resource that only explain, or that other functions compare."""


@dataclass(frozen=True, slots=True)
class FrozenRelease:
    """A release as its folder holds it: the hashes that were found, and where it lies.

    `files` is None where the descriptor could not be read; another finding says so.
    """

    date: str
    descriptor_path: str
    descriptor_sha256: str
    files: Mapping[str, str] | None


def parse_ledger(document: Json, file: str) -> tuple[ReleaseLedger | None, tuple[Finding, ...]]:
    """The ledger that `releases.yaml` holds; None when it cannot be read."""
    form, findings = read_form(LedgerForm, document, file)
    if form is None:
        return None, tuple(findings)
    ledger = ReleaseLedger(file, form.releases, form.checks, form.withdrawn, form.repairs)
    dates = [release.date for release in ledger.releases]
    named = [("withdrawn", item.release) for item in ledger.withdrawals]
    named += [("repairs", item.release) for item in ledger.repairs]
    for key, date in named:
        if date not in dates:
            found = f"{key} names the release {date!r}{suggest(date, dates)}"
            findings.add("value-invalid", found, "the date of a release")
    return (None if findings else ledger), tuple(findings)


def parse_sources(
    document: Json, file: str
) -> tuple[tuple[UnreachableSource, ...], tuple[Finding, ...]]:
    """The sources that `sources.yaml` says cannot be reached, and what is wrong with it."""
    form, findings = read_form(SourcesForm, document, file)
    return form.unreachable if form else (), tuple(findings)


def check_ledger(ledger: ReleaseLedger, frozen: Sequence[FrozenRelease]) -> tuple[Finding, ...]:
    """What is wrong with a ledger and the folders of its releases: order, chain, hashes."""
    findings = Findings(_check_chain(ledger), file=ledger.file)
    there = {item.date: item for item in frozen}
    for release in ledger.kept:
        if release.date not in there:
            text = f"the release of {release.date} has an entry and no folder"
            findings.add("release-missing", text, f"the folder releases/{release.date}")
        else:
            findings.extend(_check_frozen(release, there[release.date]))
    listed = {release.date for release in ledger.kept}
    for item in frozen:
        if item.date not in listed:
            gone = item.date in ledger.withdrawn
            state = "is still there" if gone else "has no entry in the ledger"
            findings.add(
                "release-unlisted",
                f"the folder releases/{item.date} {state}",
                "no folder: it was withdrawn" if gone else "an entry, or no folder",
                file=item.descriptor_path,
            )
    return tuple(findings)


def _check_chain(ledger: ReleaseLedger) -> list[Finding]:
    findings = Findings(file=ledger.file)
    before = ""
    for release in ledger.releases:
        if before and release.date <= before:
            found = f"the release of {release.date} stands after that of {before}"
            findings.add("release-order", found, "a later date")
        before = release.date
    document: dict[str, Json] = {
        "releases": [{**release.entry, "published": {}} for release in ledger.releases],
        "head": entry_hash(ledger.releases[-1].entry) if ledger.releases else "",
    }
    for problem in chain_problems(document):
        if not problem.found.startswith(AFTER):  # said above
            found = f"release of {problem.date}: {problem.found}"
            findings.add("release-chain-broken", found, problem.expected)
    return findings


def _check_frozen(release: Release, frozen: FrozenRelease) -> list[Finding]:
    """Where the folder of a release is not what its entry says."""
    findings = Findings()

    def changed(what: str, digest: str, expected: str, path: str = "") -> None:
        folder, _, descriptor = frozen.descriptor_path.rpartition("/")
        findings.add(
            "release-changed",
            f"{what} of the release of {release.date} has SHA-256 {digest}",
            expected,
            file=path if "://" in path else f"{folder}/{path or descriptor}",
        )

    if release.descriptor_sha256 != frozen.descriptor_sha256:
        changed("the descriptor", frozen.descriptor_sha256, release.descriptor_sha256)
    if frozen.files is None:
        return findings
    for path in sorted({*release.files, *frozen.files}):
        if not frozen.files.get(path, ""):  # gone: locating the file reports it
            if path not in frozen.files:
                changed(f"the file {path}", "none", release.files[path], path)
        elif path not in release.files:
            changed(f"the file {path}", frozen.files[path], "no such file", path)
        elif release.files[path] != frozen.files[path]:
            changed(f"the file {path}", frozen.files[path], release.files[path], path)
    return findings


def check_repair(
    ledger: ReleaseLedger, date: str, path: str, sha256: str, policies: tuple[Json, Json]
) -> tuple[Finding, ...]:
    """What is wrong with the repair of the release of `date`: its hash, its privacy policy.

    `path` and `sha256` are those of the descriptor that replaces the frozen one ("" where
    there is none), `policies` what the frozen one and this one say under `plainrecord.privacy`.
    """
    findings = Findings(file=path)
    repair = ledger.repaired.get(date)
    name = path.split("/")[1] if "/" in path else path
    run = f"`plainrecord release {name} --repair {date} --note REASON`"
    label = f"the repair of the release of {date}"
    if repair is None and sha256:
        found = f"the release of {date} has a repair, and the ledger has no entry of it"
        remedy = f"Run {run}, or remove the file."
        findings.add("release-unlisted", found, "an entry under repairs", remedy_given=remedy)
    elif repair and repair.descriptor_sha256 != sha256:
        found = f"{label} has SHA-256 {sha256 or 'of no file'}"
        remedy = f"Put the file back as it was, or enter what it is now: {run}."
        findings.add("release-changed", found, repair.descriptor_sha256, remedy_given=remedy)
    elif repair and policies[0] != policies[1]:
        found = f"{label} changes plainrecord.privacy"
        remedy = "Withdraw a release that must be protected otherwise, and make a new one."
        findings.add("release-changed", found, "the policy of the release", remedy_given=remedy)
    return tuple(findings)


def list_files(
    package: Package, located: Mapping[str, Sequence[LocatedFile]], beside: Mapping[str, str]
) -> dict[str, str]:
    """The SHA-256 of each file of a package by its path in the descriptor.

    That of a file with a public address is the declared one, that of a local file the one found
    ("" where the file is gone). `beside` has those of the methodology and of the descriptor of
    protected tables, where there are any.
    """
    files = dict(beside)
    for resource in package.resources:
        hashes = {file.source.path: file.sha256 for file in located.get(resource.name, ())}
        for source in resource.files:
            files[source.path] = source.sha256 if source.remote else hashes.get(source.path, "")
    return dict(sorted(files.items()))


def describe_state(package: Package, located: Mapping[str, Sequence[LocatedFile]]) -> str:
    """All that decides about the data of a package, as canonical text.

    Files by their hash, how they are read, what they must hold, what is computed, and what the
    release does. Titles, descriptions, figures and charts are not in it: they may be
    improved without a new release.
    """
    policy = package.policy or PrivacyPolicy()
    files = list_files(package, located, {})
    document = {
        "resources": [
            {
                "descriptor": _plain(dict(resource.descriptor)),
                "data": resource.data,
                "files": [
                    (source.path, files[source.path], dict(source.values))
                    for source in resource.files
                ],
                "derive": [
                    (item.sql, item.field.name, item.field.type) for item in resource.derived
                ],
                "checks": [(item.sql, item.severity) for item in resource.rules],
            }
            for resource in package.resources
        ],
        "privacy": {
            "open": bool(policy.open),
            "identifiers": policy.identifiers,
            "coarsen": [repr(item) for item in policy.coarsen],
            "threshold": policy.threshold,
        },
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def _plain(value: Json) -> Json:
    """A descriptor without the keys `_APART`."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in _APART}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def check_newest(
    ledger: ReleaseLedger, newest: str, current: str, file: str
) -> tuple[Finding, ...]:
    """A finding where the state of the dataset now is not that of its newest release."""
    if newest == current:
        return ()
    name = file.split("/")[1] if "/" in file else file
    found = "every release was withdrawn, and there are data"
    if ledger.newest:
        found = f"the data are not those of the newest release, {ledger.newest}"
    expected = "the same files, schema, dialect and privacy policy"
    run = f"Run `plainrecord release {name}` to keep them as a new release, "
    remedy = f"{run}or put back what was changed."
    return (Finding("release-outdated", found, expected, file=file, remedy_given=remedy),)


def next_release(
    ledger: ReleaseLedger, date: str, note: str, descriptor_sha256: str, files: Mapping[str, str]
) -> Release:
    """The entry that follows the ledger's last; `Blocked` for a date that cannot."""
    _check_day(ledger, date)
    if ledger.last and date <= ledger.last:
        found = f"a release of {date}, and the newest is of {ledger.last}"
        raise Blocked([Finding("release-order", found, "a later date", file=ledger.file)])
    return Release(
        date=date,
        note=note,
        descriptor_sha256=descriptor_sha256,
        files=dict(files),
        previous=entry_hash(ledger.releases[-1].entry) if ledger.releases else "",
    )


def next_check(ledger: ReleaseLedger, date: str, note: str) -> CheckedDay:
    """A day of looking that the ledger may take; `Blocked` for one before its newest entry."""
    _check_day(ledger, date)
    last = max([ledger.last, *(look.date for look in ledger.looks)])
    if date < last:
        found = f"a look on {date}, and the ledger goes on to {last}"
        expected = "that day or a later one"
        raise Blocked([Finding("release-order", found, expected, file=ledger.file)])
    return CheckedDay(date=date, note=note)


def _check_day(ledger: ReleaseLedger, date: str) -> None:
    if parse_day(date) is None:
        found = f"the date is {date!r}"
        raise Blocked([Finding("value-invalid", found, "a day, 2026-10-01", file=ledger.file)])


def write_entry(entry: Mapping[str, Json]) -> str:
    """An entry as an item of a YAML list, its texts in quotes (JSON is YAML)."""
    lines = []
    for key, value in entry.items():
        if isinstance(value, dict):
            lines.append(f"{key}:" if value else f"{key}: {{}}")
            lines += [f"  {_quoted(path)}: {_quoted(digest)}" for path, digest in value.items()]
        else:
            plain = key == "date" and isinstance(value, str)
            lines.append(f"{key}: {value if plain else _quoted(value)}")
    return "\n".join(("- " if number == 0 else "  ") + line for number, line in enumerate(lines))


def _quoted(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
