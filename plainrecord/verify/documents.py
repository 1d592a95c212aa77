"""Compare documents for programs with their sources: API, catalogue, scorecards, sitemap."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from plainrecord.core.html import flatten, parse_page, parse_xml, read_words
from plainrecord.core.paths import absolute_url, is_page
from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json, objects_in, reach, read_object
from plainrecord.findings.finding import Finding
from plainrecord.model.doubts import describe_doubts
from plainrecord.model.grades import Grade
from plainrecord.model.products import ListedFile
from plainrecord.publishing.citations import render_citation
from plainrecord.publishing.metadata import render_robots
from plainrecord.receipts.receipts_document import Proof, ReceiptsDocument
from plainrecord.verify.doubts import read_doubts
from plainrecord.verify.feed import NOWHERE

LONGEST_TEXT = 200
_HEAD = ("title", "summary", "in_this_build", "synthetic", "unit", "updated", "rows", "doubts")


@dataclass(frozen=True, slots=True)
class ApiIndex:
    """What documents are compared with: the listed files and the public address ("" if unknown)."""

    files: Mapping[str, ListedFile]
    base_url: str = ""

    def resolve(self, source: str, address: Json) -> str:
        """The listed file to which `address` leads from the document `source`; "" where to none."""
        root = f"{self.base_url.rstrip('/')}/" if self.base_url else NOWHERE
        try:
            target = urljoin(root + source, str(address))
            inside = unquote(urlsplit(target).path.removeprefix(urlsplit(root).path))
        except ValueError:
            return ""
        if not target.startswith(root):
            return ""
        path = f"{inside}index.html" if not inside or inside.endswith("/") else inside
        return path if path in self.files else ""

    def rows(self, table: str) -> int | None:
        """The rows of the Parquet file at `table`, which the receipts prove."""
        file = self.files.get(table)
        return None if file is None else file.rows


def report(path: str, found: str, expected: str) -> Finding:
    """The finding that the document at `path` is not as expected; what was found is cut."""
    return Finding("document-differs", found[:LONGEST_TEXT], expected, file=path)


def differs(path: str, what: str, value: Json, expected: Json) -> Iterator[Finding]:
    """A finding where a value of the document at `path` is not as expected."""
    if value != expected:
        yield report(path, f"{what} is {value!r}", f"{expected!r}"[:LONGEST_TEXT])


def list_fields(resource: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The fields in the schema of a resource."""
    return objects_in(resource, "schema", "fields")


def compare_dataset(
    path: str, document: Mapping[str, Json], package: Mapping[str, Json], index: ApiIndex
) -> Iterator[Finding]:
    """Compare the API's document of a dataset with its descriptor and the listed files."""
    name = str(document.get("name"))
    yield from differs(path, "name", name, posixpath.basename(path).removesuffix(".json"))
    tables = objects_in(document.get("tables"))
    total = sum(rows for t in tables if isinstance(rows := t.get("rows"), int))
    yield from differs(path, "rows", document.get("rows"), total)
    resources = {str(item.get("name")): item for item in objects_in(package.get("resources"))}
    if package:
        yield from differs(path, "title", document.get("title"), package.get("title"))
        named: list[Json] = [str(t.get("name")) for t in tables]
        yield from differs(path, "the tables", named, [*resources])
        licenses = [
            {key: item.get(key, "") for key in ("name", "path")}
            for item in objects_in(package.get("licenses"))
        ]
        yield from differs(path, "licenses", document.get("licenses"), [*licenses])
    for table in tables:
        resource = str(table.get("name"))
        rows = index.rows(f"datasets/{name}/downloads/{resource}.parquet")
        if rows is not None:
            yield from differs(path, f"rows of {resource}", table.get("rows"), rows)
        if fields := list_fields(resources.get(resource, {})):
            own = objects_in(table.get("fields"))
            stated = [[f.get("name"), f.get("type"), f.get("title")] for f in own]
            right = [
                [f.get("name"), f.get("type"), f.get("title") or f.get("name")] for f in fields
            ]
            yield from differs(path, f"the fields of {resource}", [*stated], [*right])
    listed = (*objects_in(document.get("downloads")), *objects_in(document.get("documents")))
    for item in listed:
        target = index.resolve(path, item.get("url"))
        file = index.files.get(target)
        if file is None:
            yield report(path, f"a download leads to {item.get('url')!r}", "a file of the portal")
            continue
        yield from differs(path, f"bytes of {target}", item.get("bytes"), file.bytes)
        yield from differs(path, f"sha256 of {target}", item.get("sha256"), file.sha256)
        rows = index.rows(f"{posixpath.splitext(target)[0]}.parquet")
        if rows is not None and not target.endswith((".zip", "datapackage.json")):
            yield from differs(path, f"rows of {target}", item.get("rows"), rows)
    for key in ("page", "releases", "records"):
        if key in document and not index.resolve(path, document[key]):
            yield report(path, f"{key} leads to {document[key]!r}", "a file of the portal")


def compare_list(
    path: str, content: bytes, documents: Mapping[str, Mapping[str, Json]], index: ApiIndex
) -> Iterator[Finding]:
    """Compare the API's list of datasets with the `documents` of each, by their paths."""
    listed = objects_in(read_object(content).get("datasets"))
    named = [index.resolve(path, item.get("document")) for item in listed]
    yield from differs(path, "the documents", [*sorted(named)], [*sorted(documents)])
    for target, item in zip(named, listed, strict=True):
        for key in ("name", *_HEAD) if target in documents else ():
            right = documents[target].get(key)
            yield from differs(path, f"{key} of {item.get('name')}", item.get(key), right)
        if not index.resolve(path, item.get("page")):
            yield report(path, f"page leads to {item.get('page')!r}", "a page of the portal")


def compare_catalog(
    path: str, content: bytes, documents: Mapping[str, Mapping[str, Json]], index: ApiIndex
) -> Iterator[Finding]:
    """Compare the DCAT catalogue with the API's `documents` of the datasets, by their paths."""
    entries: list[Json] = []
    for item in objects_in(read_object(content).get("dataset")):
        links = [link.get("downloadURL") for link in objects_in(item.get("distribution"))]
        files = sorted(index.resolve(path, link) for link in links)
        page = index.resolve(path, item.get("landingPage"))
        about, licence = item.get("description") or "", item.get("license") or ""
        entries.append([page, item.get("title"), about, licence, [*files]])
    right: list[Json] = []
    for source, document in documents.items():
        links = [link.get("url") for link in objects_in(document.get("downloads"))]
        files = sorted(index.resolve(source, link) for link in links)
        page = index.resolve(source, document.get("page"))
        about = f"{document.get('summary') or ''} {describe_doubts(read_doubts(document.get('doubts')))}"
        licence = _first_address(objects_in(document.get("licenses")))
        right.append([page, document.get("title"), about.strip(), licence, [*files]])
    for entry in entries:
        if entry not in right:
            yield report(path, f"a dataset is described as {entry!r}", "as in the API")
    for expected in right:
        if entries.count(expected) != 1:
            found = f"{entries.count(expected)} datasets have the entry {expected!r}"
            yield report(path, found, "each dataset of the API once")


def compare_scorecard(
    path: str,
    content: bytes,
    receipts: ReceiptsDocument,
    judge: Callable[[Proof], Sequence[Grade]],
    index: ApiIndex,
    protection: Mapping[str, Json],
) -> Iterator[Finding]:
    """Compare a scorecard for programs with the receipts of its elements: counts and grades.

    `judge` returns the grades that the counts of a receipt allow. `protection` is the report of a
    dataset that publishes no rows, which says how many there were.
    """
    document = read_object(content)
    dataset, known = receipts.dataset, {proof.id: proof for proof in receipts.proofs}
    whole = index.rows(f"{posixpath.dirname(path)}/downloads/{document.get('resource')}.parquet")
    if whole is not None or protection:
        right = protection.get("rows") if whole is None else whole
        yield from differs(path, "rows", document.get("rows"), right)
    for item in objects_in(document.get("elements")):
        element, records = str(item.get("element")), item.get("records")
        proof = known.get(f"{dataset}.scorecard.{element}")
        if proof is None or len(proof.rows) != 1 or not isinstance(records, dict):
            continue
        row = dict(zip(proof.counted, proof.rows[0], strict=True))
        for state, count in records.items():
            right = row.get(state.replace("-", "_"))
            if count is not None and isinstance(right, int):
                yield from differs(path, f"{state} of {element}", count, right)
        grades = sorted(grade.value for grade in judge(proof))
        if grades and item.get("grade") not in grades:
            yield from differs(path, f"grade of {element}", item.get("grade"), " or ".join(grades))
    categories = document.get("categories")
    for element, shares in categories.items() if isinstance(categories, dict) else ():
        proof = known.get(f"{dataset}.scorecard.{element}.categories")
        counts = reach(shares, "counts")
        if proof is None or not isinstance(counts, dict):
            continue
        rows = {str(row[0]): row[1] for row in proof.rows if len(row) > 1}
        for category, count in counts.items():
            right = rows.get(category, 0)
            if isinstance(count, int) and isinstance(right, int):
                yield from differs(path, f"{category} of {element}", count, right)


def compare_sitemap(path: str, content: bytes, index: ApiIndex) -> Iterator[Finding]:
    """Compare the sitemap with the listed pages."""
    root = parse_xml(content)
    if root is None:
        yield report(path, "it cannot be read", "a sitemap")
        return
    addresses = sorted((element.text or "").strip() for element in root.iter("{*}loc"))
    pages = [page for page in index.files if page.endswith(".html") and page != "404.html"]
    right = sorted(absolute_url(index.base_url, page) for page in pages)
    for address in sorted({*addresses} ^ {*right}):
        found = f"{address} is {'there' if address in addresses else 'missing'}"
        yield report(path, found, "each page of the portal once")


def compare_robots(path: str, content: bytes, index: ApiIndex) -> Iterator[Finding]:
    """Compare robots.txt with one that allows everything and names the sitemap."""
    there = "sitemap.xml" in index.files
    right = render_robots(index.base_url if there else "").decode()
    yield from differs(path, "its text", content.decode(errors="replace"), right)


def compare_described(
    path: str, content: bytes, package: Mapping[str, Json], index: ApiIndex
) -> Iterator[Finding]:
    """Compare a page's schema.org description with the descriptor and the files."""
    if b"application/ld+json" not in content:
        return
    for script in parse_page(content).xpath("//script[@type='application/ld+json']"):
        document = read_object("".join(script.itertext()).encode())
        if document.get("@type") != "Dataset":
            continue
        if package:
            name = document.get("name")
            yield from differs(path, "its name (JSON-LD)", name, package.get("title"))
            if licence := _first_address(objects_in(package.get("licenses"))):
                yield from differs(path, "its licence (JSON-LD)", document.get("license"), licence)
            status = document.get("creativeWorkStatus", "")
            expected = describe_doubts(read_doubts(package.get("doubts")))
            yield from differs(path, "its status (JSON-LD)", status, expected)
        for item in objects_in(document.get("distribution")):
            target = index.resolve(path, item.get("contentUrl"))
            file = index.files.get(target)
            stated = [target, item.get("contentSize")]
            right = [target, f"{file.bytes} B"] if file else ["a file of the portal"]
            if "sha256" in item:  # the page has the hash beside each link; older portals also here
                stated.append(item["sha256"])
                right.append(file.sha256 if file else "")
            yield from differs(path, "a distribution (JSON-LD)", [*stated], [*right])


def _first_address(licenses: Sequence[Mapping[str, Json]]) -> str:
    """The address of the first licence that has one; "" if none has."""
    return next((str(item["path"]) for item in licenses if item.get("path")), "")


def compare_credits(path: str, content: bytes, package: Mapping[str, Json]) -> Iterator[Finding]:
    """Compare the links to licences and sources on a dataset's page with the descriptor."""
    links = {(a.get("href"), read_words(a)) for a in parse_page(content).xpath("//a[@href]")}
    for key in ("licenses", "sources"):
        for item in objects_in(package.get(key)):
            address = str(item.get("path", ""))
            title = str(item.get("title") or (item.get("name") if key == "licenses" else address))
            if (
                address.startswith(("http://", "https://"))
                and (address, flatten(title)) not in links
            ):
                found = f"no link {title!r} leads to {address}"[:LONGEST_TEXT]
                yield Finding("page-differs", found, f"the {key} of the data package", file=path)


def compare_card(path: str, content: bytes, index: ApiIndex) -> Iterator[Finding]:
    """Compare the address of a page's picture for links with the listed files."""
    if b"og:image" in content:
        for address in parse_page(content).xpath("//meta[@property='og:image']/@content"):
            if not index.resolve(path, address):
                found = f"the picture for links leads to {str(address)!r}"
                yield report(path, found, "a file of the portal")


def compare_labels(
    path: str, content: bytes, package: Mapping[str, Json], *, whole: bool
) -> Iterator[Finding]:
    """Compare titles and meanings on a codebook's page with the descriptor; `whole`: none missing."""
    names = ("data-table", "data-field", "data-meaning", "data-value")
    root = parse_page(content)
    meanings: dict[tuple[str, ...], str] = {
        tuple(cell.get(name) or "" for name in names): read_words(cell)
        for cell in root.xpath("//*[@data-meaning]")
    }
    headings = {read_words(heading) for heading in root.xpath("//h3[span[@class='field-title']]")}
    titled: set[str] = set()
    right: dict[tuple[str, ...], str] = {}
    for resource in objects_in(package.get("resources")):
        for field in list_fields(resource):
            titled.add(flatten(f"{field.get('name')} {field.get('title')}"))
            start = (str(resource.get("name")), str(field.get("name")))
            for kind, listed in (("value", "categories"), ("mark", "missingValues")):
                for item in objects_in(field.get(listed)):
                    value, label = str(item.get("value")), str(item.get("label", ""))
                    right[(start[0], start[1], kind, value)] = " ".join(label.split())
    for heading in sorted(headings - titled):
        found = f"a field is described as {heading!r}"[:LONGEST_TEXT]
        yield Finding("page-differs", found, "the title in the data package", file=path)
    for value_key, shown in meanings.items():
        table, field_name, kind, value = value_key
        expected = right.get(value_key)
        same = ("", " ".join(value.split())) if kind == "value" else ()
        if expected is not None and shown != expected and not (expected in same and shown in same):
            found = f"{table}.{field_name}: the {kind} {value!r} has the meaning {shown!r}"
            yield Finding("page-differs", found[:LONGEST_TEXT], f"{expected!r}", file=path)
    for value_key, meaning in right.items() if whole else ():
        table, field_name, kind, value = value_key
        left_out = value_key not in meanings and kind == "value"
        if left_out and meaning not in ("", " ".join(value.split())):
            found = f"{table}.{field_name}: the meaning of the value {value!r} is left out"
            yield Finding("page-differs", found[:LONGEST_TEXT], f"{meaning!r}", file=path)


def compare_citation(
    path: str,
    item: Mapping[str, Json],
    forms: Mapping[str, str],
    package: Mapping[str, Json],
    index: ApiIndex,
) -> Iterator[Finding]:
    """Compare a citation, an `item` of CSL-JSON, with its data package and the file that it names.

    `forms` are the texts of all files of the citation, by their paths: they say the same.
    """
    for other, text in forms.items():
        written = render_citation(item)[other.rpartition(".")[2]]
        yield from differs(other, "the citation", text, written)
    yield from differs(path, "the title", item.get("title"), package.get("title"))
    yield from differs(path, "the version", item.get("version"), package.get("version"))
    issued, created = item.get("issued"), str(package.get("created", ""))[:10]
    day: list[Json] = [int(part) for part in created.split("-") if part.isdecimal()]
    dated: Json = {"date-parts": [day]} if day else None
    yield from differs(path, "the date", issued, dated)
    if named := re.fullmatch(r"SHA-256 of (.+): ([0-9a-f]{64})", str(item.get("note", ""))):
        file = index.files.get(f"{posixpath.dirname(path)}/downloads/{named[1]}")
        yield from differs(path, f"sha256 of {named[1]}", named[2], file.sha256 if file else None)


def compare_readme(
    path: str,
    text: str,
    package: Mapping[str, Json],
    citation: str,
    index: ApiIndex,
    table: str = "",
) -> Iterator[Finding]:
    """Compare title, rows and credits in a zip's README, or the sheet "About" of `table`."""
    source = "About" if table else "README.txt"
    folder = posixpath.dirname(path)
    lines = text.splitlines()
    sections: dict[str, list[str]] = {}
    heading = ""
    for line in lines[2:]:
        if line and not line.startswith((" ", "-")):
            heading = line
        elif line:
            sections.setdefault(heading, []).append(line)
    tables = []
    for resource in objects_in(package.get("resources")):
        if table not in ("", resource.get("name")):
            continue
        rows = index.rows(f"{folder}/{resource.get('name')}.parquet")
        counted = f"  {resource.get('name')}: {count_noun(rows or 0, 'row')}"
        tables.append("" if rows is None else counted)
    stated = [line.partition(", each one ")[0] for line in sections.get("Tables", [])]
    licenses, sources = (
        [
            f"{sign} {item.get('title', '')} {item.get('path', '')}".rstrip()
            for item in objects_in(package.get(key))
        ]
        for key, sign in (("licenses", " "), ("sources", "-"))
    )
    doubted = [f"- {doubt.words}" for doubt in read_doubts(package.get("doubts"))]
    cited = " ".join(" ".join(sections.get("How to cite", [])).split())
    compared: tuple[tuple[str, Json, Json], ...] = (
        ("title", lines[0] if lines else "", package.get("title")),
        ("tables", [*stated], [*(stated if "" in tables else tables)]),
        ("licence", [*sections.get("Licence", [])], [*(licenses or ["  none stated"])]),
        ("doubts", [*sections.get("Status of the data", [])], [*doubted]),
        ("sources", [*sections.get("Sources", [])], [*sources]),
        ("citation", [cited], [" ".join(citation.split()) if citation else cited]),
    )
    for what, written, expected in compared:
        yield from differs(path, f"the {what} in {source}", written, expected)


def find_absent(paths: Sequence[str], index: ApiIndex) -> Iterator[Finding]:
    """The `paths` that are not listed."""
    for path in paths:
        if path not in index.files:
            yield report(path, "it is not there", "a file that every portal with a dataset has")


def find_unlisted(path: str, links: Sequence[str], pages: Sequence[str]) -> Iterator[Finding]:
    """The `pages` of datasets to which the page of all datasets, at `path`, does not lead."""
    for page in pages:
        if page not in links:
            yield Finding("page-differs", f"no link leads to {page}", "each dataset", file=path)


def find_unlinked(links: Mapping[str, Sequence[str]], exempt: Sequence[str]) -> tuple[str, ...]:
    """The pages to which no way leads from `index.html`: `links` has the targets of each page."""
    reached: set[str] = set()
    ahead = ["index.html", *exempt]
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            ahead += links.get(page, ())
    return tuple(sorted(page for page in links if is_page(page) and page not in reached))


def read_scripts(path: str, content: bytes) -> set[str]:
    """The files that the page at `path` loads as scripts."""
    folder = posixpath.dirname(path)
    addresses = parse_page(content).xpath("//script/@src")
    return {posixpath.normpath(posixpath.join(folder, unquote(a))) for a in addresses}


def read_links(path: str, content: bytes) -> tuple[str, ...]:
    """The pages of the portal that the page at `path` links."""
    targets = []
    for element in parse_page(content).xpath("//a[@href]"):
        try:
            parts = urlsplit(element.get("href"))
        except ValueError:
            continue
        if parts.scheme or parts.netloc or not parts.path:
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
        folder = parts.path.endswith(("/", "..")) or parts.path == "." or target == "."
        targets.append(
            posixpath.normpath(posixpath.join(target, "index.html")) if folder else target
        )
    return tuple(dict.fromkeys(targets))
