"""Compare what a portal publishes for programs, and in its zips, with its other files."""

import hashlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from plainrecord.core.paths import ALL_DATASETS, CLAIMS_FEED, CLAIMS_PAGE, PORTAL_FEED, is_chain
from plainrecord.core.strict_json import Json, objects_in, parse_json, read_object
from plainrecord.findings.finding import Finding, NotChecked
from plainrecord.io.load import builtin_folder
from plainrecord.model.explorer import CUBE_FILE
from plainrecord.model.place_counts import PLACE_TABLE
from plainrecord.receipts.receipts_document import NAME, ReceiptsDocument
from plainrecord.verify import (
    documents,
    feed,
    packages,
    portal_feeds,
    records,
    register,
    since,
    tallies,
    views,
)
from plainrecord.verify import pages as page_checks
from plainrecord.verify.mirror import SiteMirror
from plainrecord.verify.place_tables import compare_place_table

DATASETS = "api/v1/datasets/"
LIST = "api/v1/datasets.json"
CATALOG = "data.json"
SCORECARD = "scorecard.json"
EVERY_PORTAL = ("404.html", LIST, CATALOG, PORTAL_FEED, "index.html", "robots.txt", ALL_DATASETS)
"""What every portal with a dataset has."""
MOST_MAPS = 8
"""How many maps an explorer can have."""
_TABLE = re.compile(
    r"datasets/[^/]+(/releases/[^/]+)?/downloads/[^/]+\.(csv|json|xlsx|parquet|zip)"
)
_NO_RECORDS = ("datasets/", "assets/", "standards/", "files/")


def read_datasets(mirror: SiteMirror) -> dict[str, dict[str, Json]]:
    """The API's document of each dataset, and of each that was moved, by its path."""
    return {
        path: read_object(mirror.content(path))
        for path in sorted(mirror.downloaded)
        if path.startswith(DATASETS) and path.endswith(".json") and path.count("/") == 3
    }


def read_moves(documents: Mapping[str, Mapping[str, Json]]) -> dict[str, tuple[str, str]]:
    """The new name of each dataset that the API says was renamed or withdrawn, by its old name."""
    moves = {
        posixpath.basename(path).removesuffix(".json"): since.read_move(dict(document))
        for path, document in documents.items()
    }
    return {name: move for name, move in moves.items() if move is not None}


def compare_documents(
    mirror: SiteMirror, receipts_by_path: Mapping[str, ReceiptsDocument]
) -> tuple[int, list[Finding], list[NotChecked]]:
    """How many documents were compared, where they differ, and which pages no reader is led to."""
    index = documents.ApiIndex(mirror.manifest.files, mirror.manifest.base_url)
    every = read_datasets(mirror)
    moves = read_moves(every)
    api = {p: d for p, d in every.items() if posixpath.basename(p)[: -len(".json")] not in moves}
    findings: list[Finding] = []
    count = len(every)
    for path, document in api.items():
        home = f"datasets/{document.get('name')}"
        if not mirror.unavailable(path):
            findings += documents.compare_dataset(path, document, _package(mirror, home), index)
    known = not mirror.unavailable(*every, *(p for p in mirror.unread if p.startswith(DATASETS)))
    for path, compare in ((LIST, documents.compare_list), (CATALOG, documents.compare_catalog)):
        if path in mirror.downloaded and known:
            count += 1
            findings += compare(path, mirror.content(path), api, index)
    alike = page_checks.same_generator(mirror)
    frozen = [p for p in index.files if "/releases/" in p and views.is_view(p)]
    viewed = views.ViewSources(index, frozen, alike)
    proofs = {proof.id: proof for one in receipts_by_path.values() for proof in one.proofs}
    drawn_alike = page_checks.same_chart_library(mirror)
    if alike and api:
        findings += documents.find_absent(
            (*EVERY_PORTAL, *(["sitemap.xml"] * bool(index.base_url))), index
        )
    for path in sorted(mirror.downloaded):
        folder, name = posixpath.split(path)
        receipts = receipts_by_path.get(f"{folder}/{NAME}")
        made: Iterable[Finding]
        if name == SCORECARD and receipts is not None:
            protection = read_object(mirror.content(f"{folder}/protection.json"))
            made = documents.compare_scorecard(
                path, mirror.content(path), receipts, tallies.judge_grades, index, protection
            )
        elif path == "sitemap.xml":
            made = documents.compare_sitemap(path, mirror.content(path), index)
        elif path == "robots.txt":
            made = documents.compare_robots(path, mirror.content(path), index)
        elif views.is_view(path):
            sources = _find_sources(mirror, path, receipts_by_path, api, viewed)
            made = views.compare_view(path, read_object(mirror.content(path)), sources)
        elif folder.endswith("/explore") and name.startswith("map-") and drawn_alike:
            made = views.compare_map(path, read_object(mirror.content(path)))
        elif name == PLACE_TABLE and f"{folder}/index.html" in mirror.downloaded:
            page = mirror.content(f"{folder}/index.html")
            made = compare_place_table(path, mirror.content(path), page, proofs)
        elif (
            name == "citation.json" and f"{folder}/downloads/datapackage.json" in mirror.downloaded
        ):
            made = _compare_citation(mirror, path, index)
        elif name == feed.NAME and alike:
            made = feed.compare_names(path, mirror.content(path), index.base_url)
        elif name.endswith(".zip") and f"{folder}/datapackage.json" in mirror.downloaded:
            made = _compare_readme(mirror, path)
        else:
            continue
        count += 1
        findings += made
    pages, differing = _compare_records(mirror)
    count += pages
    findings += [*differing, *_compare_claims(mirror)]
    findings += portal_feeds.compare_portal_feeds(mirror, api)
    links: dict[str, tuple[str, ...]] = {}
    scripts: set[str] = set()
    for path in mirror.pages:
        content = mirror.content(path)
        links[path] = documents.read_links(path, content)
        folder, _, rest = path.rpartition("/codebook/")
        if rest == "index.html" and f"{folder}/downloads/datapackage.json" in mirror.downloaded:
            package = _package(mirror, folder)
            findings += documents.compare_labels(path, content, package, whole=alike)
        package = _package(mirror, posixpath.dirname(path))
        findings += documents.compare_described(path, content, package, index)
        findings += documents.compare_card(path, content, index)
        if package:
            findings += documents.compare_credits(path, content, package)
        scripts |= documents.read_scripts(path, content)
    if alike and ALL_DATASETS in links:
        every_page = [index.resolve(path, document.get("page")) for path, document in api.items()]
        findings += documents.find_unlisted(ALL_DATASETS, links[ALL_DATASETS], every_page)
    old = tuple(p for p in links if p.startswith("datasets/") and p.split("/")[1] in moves)
    gone = _withdrawn(mirror)
    old += tuple(p for p in links if "/".join(p.split("/")[:4]) in gone)
    unlinked = () if mirror.unread else documents.find_unlinked(links, ("404.html", *old))
    why = "no other page links to it, so that only readers who have its address see it"
    if not mirror.unread:
        linked = {target for targets in links.values() for target in targets}
        unlinked += tuple(p for p in sorted(index.files) if _TABLE.fullmatch(p) and p not in linked)
    skipped = [NotChecked(f"who finds {path}", why) for path in unlinked]
    own = _list_own_scripts()
    other = [p for p in scripts if p in index.files and index.files[p].sha256 not in own]
    if other:
        unknown = "this version of Plainrecord has no script with the same bytes; read what it does"
        skipped.append(NotChecked("scripts", unknown, len(other)))
    return count, findings, skipped


def _list_own_scripts() -> set[str]:
    """The SHA-256 of each script that this version publishes."""
    return {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in ("assets", "front")
        for path in builtin_folder(kind).glob("**/*.js")
    }


def _find_sources(
    mirror: SiteMirror,
    path: str,
    receipts_by_path: Mapping[str, ReceiptsDocument],
    api: Mapping[str, Mapping[str, Json]],
    shared: views.ViewSources,
) -> views.ViewSources:
    """What the document of a page with views at `path` is compared with."""
    folder = posixpath.dirname(path)
    home = folder.rpartition("/rows/")[0] or posixpath.dirname(folder)
    receipts = receipts_by_path.get(f"{home}/{NAME}")
    named = [f"{folder}/map-{number}.json" for number in range(1, MOST_MAPS + 1)]
    maps = [read_object(mirror.content(other)) for other in named if other in mirror.downloaded]
    protection = read_object(mirror.content(f"{home}/protection.json"))
    described = api.get(f"{DATASETS}{posixpath.basename(home)}.json", {})
    return replace(
        shared,
        package=_package(mirror, home),
        proofs={proof.id: proof for proof in receipts.proofs} if receipts else {},
        maps={str(document.get("field")): document for document in maps},
        rounding=protection.get("rounding", 0),
        citation=described.get("citation"),
        combinations=mirror.path(f"{home}/downloads/{CUBE_FILE}"),
    )


def _withdrawn(mirror: SiteMirror) -> set[str]:
    """The folders of releases that chains say were withdrawn: only their first page is linked."""
    folders = set()
    for path in mirror.downloaded:
        if is_chain(path):
            for item in objects_in(read_object(mirror.content(path)).get("withdrawn")):
                date = item.get("release")
                home = posixpath.dirname(path)
                folders |= {f"{home}/releases/{date}", f"{home}/changes/{date}"}
    return folders


def _package(mirror: SiteMirror, home: str) -> dict[str, Json]:
    return read_object(mirror.content(f"{home}/downloads/datapackage.json"))


def _compare_readme(mirror: SiteMirror, path: str) -> list[Finding]:
    try:
        return compare_about(mirror, path, packages.read_readme(mirror.downloaded[path].path))
    except ValueError:
        return []  # a zip that cannot be read is named where its members are compared


def _compare_citation(
    mirror: SiteMirror, path: str, index: documents.ApiIndex
) -> Iterable[Finding]:
    """Differences of the citation at `path` from its data package, and of its other forms from it."""
    folder = posixpath.dirname(path)
    try:
        [item] = objects_in(parse_json(mirror.content(path)))
    except ValueError:
        item = {}
    forms = {
        other: mirror.content(other).decode(errors="replace")
        for other in (f"{folder}/citation.{ending}" for ending in ("bib", "json", "ris"))
        if other in mirror.downloaded and page_checks.same_generator(mirror)
    }
    return documents.compare_citation(path, item, forms, _package(mirror, folder), index)


def compare_about(mirror: SiteMirror, path: str, text: str, table: str = "") -> list[Finding]:
    """What the README of the zip at `path`, or the sheet About of the workbook of a `table`, says."""
    folder = posixpath.dirname(path)
    package = read_object(mirror.content(f"{folder}/datapackage.json"))
    source, citation = f"{DATASETS}{package.get('name')}.json", ""
    if folder == f"datasets/{package.get('name')}/downloads":
        citation = str(read_object(mirror.content(source)).get("citation", ""))
    index = documents.ApiIndex(mirror.manifest.files, mirror.manifest.base_url)
    return list(documents.compare_readme(path, text, package, citation, index, table))


def _compare_records(mirror: SiteMirror) -> tuple[int, list[Finding]]:
    """How many pages of records there are, and their differences from downloads."""
    pages: dict[str, dict[str, Json]] = {}
    for path in sorted(mirror.downloaded):
        ending = posixpath.splitext(path)[1]
        if ending in ("", ".json") and not path.startswith(_NO_RECORDS):
            document = read_object(mirror.content(path))
            if isinstance(document.get("records"), list):
                pages[path] = document
    findings: list[Finding] = []
    by_table: dict[tuple[str, str], dict[str, dict[str, Json]]] = defaultdict(dict)
    for path, document in pages.items():
        by_table[str(document.get("dataset")), str(document.get("resource"))][path] = document
    for home, own in sorted(by_table.items()):
        source = f"datasets/{home[0]}/downloads/{home[1]}.json"
        if not mirror.unavailable(source):
            findings += records.compare_records(own, home, mirror.content(source))
    return len(pages), findings


def _compare_claims(mirror: SiteMirror) -> list[Finding]:
    """Differences between the pages of claims, their data for search engines, and the feed."""
    pages = {
        path: mirror.content(path)
        for path in mirror.pages
        if path.startswith("claims/") and path.count("/") == 2
    }
    if mirror.unavailable(CLAIMS_FEED) or not (pages or CLAIMS_FEED in mirror.downloaded):
        return []
    contents = mirror.content(CLAIMS_PAGE), CLAIMS_FEED, mirror.content(CLAIMS_FEED)
    return list(register.compare_register(pages, *contents, mirror.manifest.base_url))
