"""A stretch of the road of verification: what a portal publishes for programs, and in its zips."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from plainrecord.corridor import perusal
from plainrecord.corridor.holdings import Holdings
from plainrecord.corridor.seal import is_chain
from plainrecord.ground.proofs import NAME, ProofSheet
from plainrecord.model.packages import Json
from plainrecord.rules.findings import Finding, NotChecked
from plainrecord.verify import documents, parcels, since, tallies

DATASETS = "api/v1/datasets/"
LIST = "api/v1/datasets.json"
CATALOG = "data.json"
SCORECARD = "scorecard.json"


def read_datasets(held: Holdings) -> dict[str, dict[str, Json]]:
    """The API's document of each dataset, and of each that was moved, by its path."""
    return {
        path: documents.read_object(held.content(path))
        for path in sorted(held.seen)
        if path.startswith(DATASETS) and path.endswith(".json") and path.count("/") == 3
    }


def read_moves(found: Mapping[str, Mapping[str, Json]]) -> dict[str, tuple[str, str]]:
    """Where each dataset went that the API says was renamed or withdrawn, by its old name."""
    moves = {
        posixpath.basename(path).removesuffix(".json"): since.read_move(dict(document))
        for path, document in found.items()
    }
    return {name: move for name, move in moves.items() if move is not None}


def compare_documents(
    held: Holdings, sheets: Mapping[str, ProofSheet]
) -> tuple[int, list[Finding], list[NotChecked]]:
    """How many documents were compared, where they differ, and which pages no reader is led to."""
    shelf = documents.Shelf(held.manifest.files, held.manifest.base_url)
    every = read_datasets(held)
    moves = read_moves(every)
    api = {p: d for p, d in every.items() if posixpath.basename(p)[: -len(".json")] not in moves}
    findings: list[Finding] = []
    count = len(every)
    for path, document in api.items():
        home = f"datasets/{document.get('name')}"
        if not held.unknown(path):
            findings += documents.compare_dataset(path, document, _package(held, home), shelf)
    known = not held.unknown(*every, *(p for p in held.unread if p.startswith(DATASETS)))
    for path, compare in ((LIST, documents.compare_list), (CATALOG, documents.compare_catalog)):
        if path in held.seen and known:
            count += 1
            findings += compare(path, held.content(path), api, shelf)
    for path in sorted(held.seen):
        folder, name = posixpath.split(path)
        sheet = sheets.get(f"{folder}/{NAME}")
        if name == SCORECARD and sheet is not None:
            count += 1
            content = held.content(path)
            about = (sheet.dataset, sheet.proofs, tallies.judge_grades)
            findings += documents.compare_scorecard(path, content, *about)
        elif path == "sitemap.xml":
            count += 1
            findings += documents.compare_sitemap(path, held.content(path), shelf)
        elif path == "robots.txt":
            count += 1
            findings += documents.compare_robots(path, held.content(path), shelf)
        elif name.endswith(".zip") and f"{folder}/datapackage.json" in held.seen:
            count += 1
            findings += _compare_readme(held, path, api, shelf)
    alike = perusal.made_alike(held)
    links: dict[str, tuple[str, ...]] = {}
    for path in held.pages:
        content = held.content(path)
        links[path] = documents.read_links(path, content)
        folder, _, rest = path.rpartition("/codebook/")
        if rest == "index.html" and f"{folder}/downloads/datapackage.json" in held.seen:
            package = _package(held, folder)
            findings += documents.compare_labels(path, content, package, whole=alike)
        package = _package(held, posixpath.dirname(path))
        findings += documents.compare_described(path, content, package, shelf)
    old = tuple(p for p in links if p.startswith("datasets/") and p.split("/")[1] in moves)
    gone = _withdrawn(held)
    old += tuple(p for p in links if "/".join(p.split("/")[:4]) in gone)
    unlinked = () if held.unread else documents.find_unlinked(links, ("404.html", *old))
    why = "no other page leads there, so that a reader sees only those who are sent to it"
    return count, findings, [NotChecked(f"who finds {path}", why) for path in unlinked]


def _withdrawn(held: Holdings) -> set[str]:
    """The folders of releases that chains say were withdrawn: only their first page is linked."""
    folders = set()
    for path in held.seen:
        if is_chain(path):
            listed = documents.read_object(held.content(path)).get("withdrawn")
            for item in listed if isinstance(listed, list) else []:
                date = item.get("release") if isinstance(item, dict) else ""
                home = posixpath.dirname(path)
                folders |= {f"{home}/releases/{date}", f"{home}/changes/{date}"}
    return folders


def _package(held: Holdings, home: str) -> dict[str, Json]:
    return documents.read_object(held.content(f"{home}/downloads/datapackage.json"))


def _compare_readme(
    held: Holdings, path: str, api: Mapping[str, Mapping[str, Json]], shelf: documents.Shelf
) -> list[Finding]:
    folder = posixpath.dirname(path)
    package = documents.read_object(held.content(f"{folder}/datapackage.json"))
    newest = folder == f"datasets/{package.get('name')}/downloads"
    document = api.get(f"{DATASETS}{package.get('name')}.json", {}) if newest else {}
    try:
        text = parcels.read_readme(held.seen[path].path)
    except ValueError:
        return []  # a zip that cannot be read is named where its members are compared
    citation = str(document.get("citation", ""))
    return list(documents.compare_readme(path, text, package, citation, shelf))
