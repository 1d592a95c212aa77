"""Check published releases: each chain, its files, and the releases of an earlier day."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plainrecord.core.html import parse_page, read_words
from plainrecord.core.paths import dataset_chain
from plainrecord.core.strict_json import Json, objects_in, reach
from plainrecord.findings.finding import Finding, NotChecked
from plainrecord.model.chain import (
    ChainProblem,
    chain_entries,
    chain_problems,
    entry_hash,
    hash_releases,
    rewritten_releases,
)
from plainrecord.model.freshness import day_words
from plainrecord.publishing.downloads import FORMATS

_TABLE = re.compile(
    r"datasets/[^/]+/releases/[^/]+/downloads/(?!datapackage\.)[^/]+\."
    f"(?:{'|'.join(kind.suffix for kind in FORMATS.values() if kind.lasting)})"
)


@dataclass(frozen=True, slots=True)
class ShownRelease:
    """A release in the list on a page: its date, the date in words, the note, the hashes."""

    date: str
    day: str
    note: str
    hashes: tuple[str, ...]


def read_releases(content: bytes) -> list[ShownRelease]:
    """The releases that a page lists."""
    return [
        ShownRelease(
            e.get("data-release", ""),
            " ".join(map(read_words, e.iter("time"))),
            " ".join(map(read_words, e.xpath(".//p[@class='release-note']"))),
            tuple(map(read_words, e.iter("code"))),
        )
        for e in parse_page(content).xpath("//*[@data-release]")
    ]


def check_chain(
    name: str, document: Json, named: Mapping[str, str], listed: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Errors in a chain; `named` has manifest hashes by date, `listed` those of files by path."""
    path = dataset_chain(name)
    if document is None:
        found = "the manifest names releases, but there is no chain"
        return (Finding("chain-broken", found, "the chain of releases", file=path),)
    problems = list(chain_problems(document))
    if isinstance(document, dict) and document.get("dataset") != name:
        problems.append(ChainProblem("", f"it is about {document.get('dataset')!r}", name))
    if hash_releases(document) != dict(named):
        found = "its releases are not those that the manifest names"
        problems.append(ChainProblem("", found, "the same dates and hashes"))
    problems += _missing_releases(document, listed)
    problems += _gone_releases(name, document, listed)
    return tuple(_report("chain-broken", path, problem) for problem in problems)


def _missing_releases(document: Json, listed: Mapping[str, str]) -> list[ChainProblem]:
    """Files that a chain says were published and that the portal does not have as they were."""
    problems = []
    for entry in objects_in(document, "releases"):
        files = entry.get("published")
        for path, digest in files.items() if isinstance(files, dict) else []:
            if listed.get(path) != digest:
                date = str(entry.get("date", ""))
                found = f"{path} has the SHA-256 {listed.get(path) or 'of no listed file'}"
                problems.append(ChainProblem(date, found, f"{digest}, as it was published"))
    return problems


def _gone_releases(name: str, document: Json, listed: Mapping[str, str]) -> list[ChainProblem]:
    """Releases that are only in a chain, and a newest release that the dataset does not offer."""
    problems = []
    gone = _withdrawn(document)
    published = [entry for entry in chain_entries(document) if entry.get("date") not in gone]
    for entry in chain_entries(document):
        date = str(entry.get("date", ""))
        page = f"datasets/{name}/releases/{date}/index.html"
        if page not in listed:
            how = "which says why it was withdrawn" if date in gone else "as it was not withdrawn"
            problems.append(ChainProblem(date, "it has no page", f"{page}, {how}"))
        left = f"datasets/{name}/releases/{date}/downloads/"
        if date in gone and any(path.startswith(left) for path in listed):
            found = "it is listed as withdrawn, but its files are published"
            problems.append(ChainProblem(date, found, f"no file in {left}"))
    newest = published[-1].get("published") if published else None
    for path, digest in newest.items() if isinstance(newest, dict) else []:
        date = str(published[-1].get("date", ""))
        offered = path.replace(f"/releases/{date}/downloads/", "/downloads/")
        if path.endswith(".parquet") and offered != path and listed.get(offered) != digest:
            found = f"{offered} has the SHA-256 {listed.get(offered) or 'of no listed file'}"
            problems.append(ChainProblem(date, found, f"{digest}, as in the newest release"))
    return problems


def name_absent(chains: Mapping[str, Json]) -> tuple[tuple[NotChecked, ...], tuple[str, ...]]:
    """The releases without published files, as a build may leave them, and those that were withdrawn."""
    absent: list[NotChecked] = []
    withdrawn: list[str] = []
    for name, document in sorted(chains.items()):
        gone = _withdrawn(document)
        for entry in chain_entries(document):
            release = f"{name}: the release of {entry.get('date')}"
            if entry.get("date") in gone:
                withdrawn.append(f"{release} is listed as withdrawn")
            elif not entry.get("published"):
                absent.append(NotChecked(release, "it has no published files"))
    return tuple(absent), tuple(withdrawn)


def _withdrawn(document: Json) -> set[str]:
    """The dates of the releases that a chain says were taken back."""
    return {str(item.get("release")) for item in objects_in(document, "withdrawn")}


def compare_releases(page: str, shown: Sequence[ShownRelease], document: Json) -> Iterator[Finding]:
    """Differences between the page of all releases and the chain `document`.

    The page has the hashes of the files, the descriptor, the entry and the entry before, in this
    order.
    """
    expected = {item.date: item for item in map(_as_shown, chain_entries(document))}
    for date in sorted({*expected, *(item.date for item in shown)}):
        right = expected.get(date)
        given = [item for item in shown if item.date == date]
        if right is None:
            found = f"the page has a release of {date}"
            requirement = "only those in releases.json"
        elif len(given) != 1:
            found = f"the page has {len(given)} releases of {date}"
            requirement = "each release once"
        elif given[0] != right:
            texts = ((item.day, item.note, *item.hashes) for item in (given[0], right))
            pairs = zip(*texts, strict=False)
            text, other = next((pair for pair in pairs if pair[0] != pair[1]), ("other hashes", ""))
            found = f"the release of {date}: the page says {text or 'nothing'!r}"
            requirement = f"{other!r}, as in releases.json"
        else:
            continue
        yield Finding("page-differs", found, requirement, file=page)


def _as_shown(entry: Mapping[str, Json]) -> ShownRelease:
    """An entry of a chain as the page of all releases shows it."""
    date, files = str(entry.get("date", "")), entry.get("files")
    hashes = [str(files[path]) for path in sorted(files)] if isinstance(files, dict) else []
    hashes += [str(entry.get("descriptor_sha256", "")), entry_hash(entry)]
    if entry.get("previous"):
        hashes.append(str(entry["previous"]))
    note = " ".join(str(entry.get("note", "")).split())
    return ShownRelease(date, day_words(date), note, tuple(hashes))


def compare_history(saved: Json, chains: Mapping[str, Json]) -> list[Finding]:
    """Releases in `saved` that `chains` (by dataset) lack or have in another form.

    `saved` is a manifest.json or a releases.json of an earlier day, or None. A renamed dataset is
    recognised by its releases.
    """
    if not isinstance(saved, dict):
        return []
    releases = saved.get("releases")
    if isinstance(releases, list):
        name = _follow(str(saved.get("dataset", "")), hash_releases(saved), chains)
        problems = rewritten_releases(saved, chains.get(name))
        return [_report("history-rewritten", dataset_chain(name), p) for p in problems]
    findings: list[Finding] = []
    for name, dates in sorted(releases.items()) if isinstance(releases, dict) else []:
        known = dates if isinstance(dates, dict) else {}
        now = hash_releases(chains.get(_follow(name, known, chains)))
        for date, digest in sorted(known.items()):
            if now.get(date) != digest:
                found = "the release was removed" if date not in now else "the release was changed"
                problem = ChainProblem(date, found, f"the release with the hash {digest}")
                path = dataset_chain(name)
                findings.append(_report("history-rewritten", path, problem))
    return findings


def compare_published(
    saved: Json, chains: Mapping[str, Json], listed: Mapping[str, str], tools: Mapping[str, str]
) -> tuple[list[Finding], tuple[NotChecked, ...]]:
    """Files of releases that are not the ones in `saved`: what does not hold, what cannot be checked.

    A chain's hashes are of the files that came in. Those that are published are compared with the hashes
    in `saved` itself. The same tools write the same bytes; of others nobody can say without a copy.
    `listed` has the SHA-256 of every file by path, and `tools` the versions that made it.
    """
    findings: list[Finding] = []
    differing = 0
    for path, digest in _saved_files(saved).items():
        _, name, _, date, rest = path.split("/", 4)
        now = _follow(name, _saved_dates(saved, name), chains)
        target = f"datasets/{now}/releases/{date}/{rest}"
        if listed.get(target) == digest or date in _withdrawn(chains.get(now)):
            continue
        if target not in listed or reach(saved, "inputs", "tools") == dict(tools):
            found = f"{target} has the SHA-256 {listed.get(target) or 'of no listed file'}"
            problem = ChainProblem(date, found, f"{digest}, as it was on the earlier day")
            findings.append(_report("history-rewritten", dataset_chain(now), problem))
        else:
            differing += 1
    if not differing:
        return findings, ()
    why = "other versions of tools may write the same records differently; compare with your copy"
    what = "files of past releases, which have other bytes than before"
    return findings, (NotChecked(what, why, differing),)


def _saved_files(saved: Json) -> dict[str, str]:
    """The tables of releases in a saved document: path to SHA-256."""
    entries = [{str(item.get("path")): item.get("sha256")} for item in objects_in(saved, "files")]
    entries += [
        item for entry in chain_entries(saved) if isinstance(item := entry.get("published"), dict)
    ]
    return {
        path: str(digest)
        for entry in entries
        for path, digest in entry.items()
        if _TABLE.fullmatch(path)
    }


def _saved_dates(saved: Json, name: str) -> Mapping[str, Json]:
    if isinstance(reach(saved, "releases"), list):
        return dict(hash_releases(saved))
    dates = reach(saved, "releases", name)
    return dates if isinstance(dates, dict) else {}


def _follow(name: str, dates: Mapping[str, Json], chains: Mapping[str, Json]) -> str:
    """The name now of the dataset whose chain has this oldest release (its hash is unique)."""
    if name in chains or not dates:
        return name
    first = min(dates)
    later = [other for other in chains if hash_releases(chains[other]).get(first) == dates[first]]
    return later[0] if len(later) == 1 else name


def _report(rule: str, path: str, problem: ChainProblem) -> Finding:
    release = f"release of {problem.date}: " if problem.date else ""
    return Finding(rule, release + problem.found, problem.expected, file=path)
