"""Published releases: each chain whole, its files there, and nothing gone since an earlier visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plainrecord.model.chain import (
    ChainProblem,
    chain_entries,
    chain_problems,
    entry_hash,
    hash_releases,
    rewritten_releases,
)
from plainrecord.model.freshness import day_words
from plainrecord.model.packages import Json
from plainrecord.rules.findings import Finding


def check_chain(
    name: str, document: Json, named: Mapping[str, str], listed: Mapping[str, str]
) -> tuple[Finding, ...]:
    """What is wrong with the chain `document` of the dataset `name`.

    `named` is what the manifest says of its releases: date -> hash. `listed` has the hash of every
    file of the site by path.
    """
    path = f"datasets/{name}/releases.json"
    if document is None:
        found = "the manifest names releases, and there is no chain"
        return (Finding("chain-broken", found, "the chain of releases", file=path),)
    problems = list(chain_problems(document))
    if isinstance(document, dict) and document.get("dataset") != name:
        problems.append(ChainProblem("", f"it is about {document.get('dataset')!r}", name))
    if hash_releases(document) != dict(named):
        found = "its releases are not those that the manifest names"
        problems.append(ChainProblem("", found, "the same dates and hashes"))
    problems += _missing_releases(document, listed)
    return tuple(_tell("chain-broken", path, problem) for problem in problems)


def _missing_releases(document: Json, listed: Mapping[str, str]) -> list[ChainProblem]:
    """Files that a chain says were published and that the portal does not have as they were."""
    problems = []
    entries = document.get("releases") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        files = entry.get("published") if isinstance(entry, dict) else None
        for path, digest in files.items() if isinstance(files, dict) else []:
            if listed.get(path) != digest:
                date = str(entry.get("date", "")) if isinstance(entry, dict) else ""
                found = f"{path} has the SHA-256 {listed.get(path) or 'of no listed file'}"
                problems.append(ChainProblem(date, found, f"{digest}, as it was published"))
    return problems


def compare_editions(
    page: str, shown: Sequence[tuple[str, str, str, tuple[str, ...]]], document: Json
) -> tuple[Finding, ...]:
    """Where the page of all editions tells another history than the chain `document`.

    `shown` has of each edition its date, that day in words, its note, and the hashes in the order
    in which the page has them: of the files, of the descriptor, of the entry, of the one before.
    """
    wanted = {item[0]: item for item in map(_as_shown, chain_entries(document))}
    findings = []
    for date in sorted({*wanted, *(item[0] for item in shown)}):
        right = wanted.get(date)
        told = [item for item in shown if item[0] == date]
        if right is None:
            found, expected = f"the page has an edition of {date}", "only those in releases.json"
        elif len(told) != 1:
            found, expected = f"the page has {len(told)} editions of {date}", "each edition once"
        elif told[0] != right:
            pairs = zip(_parts(told[0]), _parts(right), strict=False)
            differing = next((pair for pair in pairs if pair[0] != pair[1]), ("other hashes", ""))
            found = f"the edition of {date}: the page says {differing[0] or 'nothing'!r}"
            expected = f"{differing[1]!r}, as in releases.json"
        else:
            continue
        findings.append(Finding("page-differs", found, expected, file=page))
    return tuple(findings)


def _parts(edition: tuple[str, str, str, tuple[str, ...]]) -> tuple[str, ...]:
    return (edition[1], edition[2], *edition[3])


def _as_shown(entry: Mapping[str, Json]) -> tuple[str, str, str, tuple[str, ...]]:
    """An entry of a chain as the page of all editions shows it."""
    date, files = str(entry.get("date", "")), entry.get("files")
    hashes = [str(files[path]) for path in sorted(files)] if isinstance(files, dict) else []
    hashes += [str(entry.get("descriptor_sha256", "")), entry_hash(entry)]
    previous = str(entry.get("previous") or "")
    note = " ".join(str(entry.get("note", "")).split())
    return date, day_words(date), note, (*hashes, *([previous] if previous else []))


def compare_history(kept: Json, chains: Mapping[str, Json]) -> list[Finding]:
    """The releases in `kept` that `chains` (by dataset) lack or hold otherwise.

    `kept` is a manifest.json or a releases.json of an earlier day, None where there is none. A
    dataset that was renamed since is known by its releases.
    """
    if not isinstance(kept, dict):
        return []
    releases = kept.get("releases")
    if isinstance(releases, list):
        name = _follow(str(kept.get("dataset", "")), hash_releases(kept), chains)
        problems = rewritten_releases(kept, chains.get(name))
        return [_tell("history-rewritten", f"datasets/{name}/releases.json", p) for p in problems]
    findings: list[Finding] = []
    for name, dates in sorted(releases.items()) if isinstance(releases, dict) else []:
        known = dates if isinstance(dates, dict) else {}
        now = hash_releases(chains.get(_follow(name, known, chains)))
        for date, digest in sorted(known.items()):
            if now.get(date) != digest:
                found = "the release is gone" if date not in now else "the release was changed"
                problem = ChainProblem(date, found, f"the release with the hash {digest}")
                path = f"datasets/{name}/releases.json"
                findings.append(_tell("history-rewritten", path, problem))
    return findings


def _follow(name: str, dates: Mapping[str, Json], chains: Mapping[str, Json]) -> str:
    """The name that the dataset `name` has now: that of the one chain with its oldest release.

    The hash of a release covers its files and what came before, so that no other dataset has it.
    """
    if name in chains or not dates:
        return name
    first = min(dates)
    later = [other for other in chains if hash_releases(chains[other]).get(first) == dates[first]]
    return later[0] if len(later) == 1 else name


def _tell(rule: str, path: str, problem: ChainProblem) -> Finding:
    place = f"release of {problem.date}: " if problem.date else ""
    return Finding(rule, place + problem.found, problem.expected, file=path)
