"""Descriptions for programs: schema.org, DCAT-US 1.1, the JSON API, sitemap, robots, citation.

Everything is a plain dict made from the same releases that the pages show, so that no two
descriptions of a dataset can differ.
"""

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from plainrecord.core.paths import (
    absolute_url,
    claim_page,
    dataset_chain,
    dataset_page,
    published_link,
)
from plainrecord.core.strict_json import Json, select
from plainrecord.model.chain import entry_hash
from plainrecord.model.claims import JudgedClaim
from plainrecord.model.declarations import Portal
from plainrecord.model.doubts import describe_doubts
from plainrecord.model.freshness import frequency_code
from plainrecord.model.packages import Package
from plainrecord.model.products import Distribution, History, ReleasedDataset
from plainrecord.publishing.citations import address_citation, list_authors
from plainrecord.publishing.descriptor import list_corrections
from plainrecord.receipts.receipts_document import list_doubts

API = "api/v1/datasets.json"


def cite(portal: Portal, package: Package) -> str:
    """The suggested citation: the maintainer's own, or one made from the descriptor."""
    if package.citation:
        return package.citation
    author = ", ".join(list_authors(portal, package))
    parts = [author, package.title]
    if package.version:
        parts.append(f"version {package.version}")
    year = f" ({package.updated[:4]})" if package.updated else ""
    address = address_citation(portal, package)
    text = f"{parts[0]}{year}. {', '.join(parts[1:])}. Published by {portal.title}."
    return f"{text} {address}".strip()


def describe_dataset(portal: Portal, release: ReleasedDataset) -> dict[str, Json]:
    """The schema.org Dataset of a release; how to cite it is `creditText` (not `citation`)."""
    package = release.package
    page = f"{package.home}/index.html"
    description = " ".join(f"{package.summary} {package.description}".split())
    if package.synthetic:
        description = f"{package.synthetic} {description}"
    if len(description) < 50:
        description = f"{description} A dataset published by {portal.title} with its codebook."
    document: dict[str, Json] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": package.title,
        "description": description[:5000],
        "url": published_link(portal.base_url, page, page),
        "identifier": package.name,
        "license": _license(package),
        "isAccessibleForFree": True,
        "creator": _creators(portal, package),
        "publisher": _organization(portal),
        "keywords": list(package.keywords),
        "version": package.version,
        "dateModified": package.updated,
        "temporalCoverage": (
            f"{package.coverage_from or '..'}/{package.coverage_to or '..'}"
            if package.coverage_from or package.coverage_to
            else ""
        ),
        "spatialCoverage": package.coverage_place,
        "isBasedOn": [source.path for source in package.sources if source.path],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": field.name, "description": field.label}
            for table in release.tables
            for field in table.fields
        ],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": portal.title,
            "url": published_link(portal.base_url, page, "index.html"),
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "name": item.title,
                "contentUrl": published_link(portal.base_url, page, item.path),
                "encodingFormat": item.media_type,
                "contentSize": f"{item.bytes} B",
            }
            for item in release.distributions
        ],
        "creditText": release.citation,
        "creativeWorkStatus": describe_doubts(package.doubts),
    }
    return {key: value for key, value in document.items() if value not in ("", [], None)}


CATALOG = "data.json"


def describe_catalog(portal: Portal, releases: Sequence[ReleasedDataset]) -> dict[str, Json]:
    """The portal's `data.json` after the Project Open Data schema 1.1 (DCAT-US 1.1)."""
    return {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [_dcat(portal, release) for release in releases],
    }


def _dcat(portal: Portal, release: ReleasedDataset) -> Json:
    package = release.package
    page = published_link(portal.base_url, CATALOG, dataset_page(package.name))
    contact: dict[str, Json] = {"@type": "vcard:Contact", "fn": portal.publisher.name}
    if portal.publisher.email:
        contact["hasEmail"] = f"mailto:{portal.publisher.email}"
    document: dict[str, Json] = {
        "@type": "dcat:Dataset",
        "identifier": page,
        "title": package.title,
        "description": f"{package.summary} {describe_doubts(package.doubts)}".strip(),
        "keyword": list(package.keywords) or [package.unit],
        "modified": package.updated or package.coverage_to,
        "publisher": {"@type": "org:Organization", "name": portal.publisher.name},
        "contactPoint": contact,
        "accessLevel": "public",
        "license": _license_address(package),
        "landingPage": page,
        "spatial": package.coverage_place,
        "temporal": (
            f"{package.coverage_from or package.coverage_to}/{package.coverage_to or package.coverage_from}"
            if package.coverage_from or package.coverage_to
            else ""
        ),
        "accrualPeriodicity": frequency_code(package.frequency),
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "title": item.title,
                "downloadURL": published_link(portal.base_url, CATALOG, item.path),
                "mediaType": item.media_type,
                "format": item.format,
            }
            for item in release.distributions
        ],
    }
    return {key: value for key, value in document.items() if value not in ("", [])}


def describe_history(name: str, history: History) -> dict[str, Json]:
    """`releases.json` of a dataset: its chain of releases with the published files of each.

    `published` (SHA-256 by path below the site's root) is no part of an entry's hash; `head` is
    the hash of the newest entry. A release that is not in this build has no published files.
    """
    published: dict[str, Json] = {
        release.package.release: {item.path: item.sha256 for item in release.distributions}
        for release in history.releases
    }
    releases = history.ledger.releases
    repairs: list[Json] = [item.model_dump() for item in history.ledger.repairs]
    return {
        "dataset": name,
        "releases": [
            {**item.entry, "published": published.get(item.date, {})} for item in releases
        ],
        "withdrawn": [item.model_dump() for item in history.ledger.withdrawals],
        **({"repairs": repairs} if repairs else {}),
        "head": entry_hash(releases[-1].entry) if releases else "",
        "checks": [look.model_dump() for look in history.ledger.looks],
    }


def describe_api(
    portal: Portal, releases: Sequence[ReleasedDataset]
) -> Mapping[str, dict[str, Json]]:
    """The JSON API's documents by path: the list of datasets, and one for each of them."""
    documents: dict[str, dict[str, Json]] = {
        API: {
            "portal": portal.title,
            "datasets": [
                {
                    **_head(portal, release, API),
                    "document": published_link(portal.base_url, API, _document(release)),
                }
                for release in releases
            ],
        }
    }
    for release in releases:
        documents[_document(release)] = _dataset(portal, release)
    for move in portal.moved:
        path, target = (f"api/v1/datasets/{name}.json" for name in (move.name, move.to))
        now = published_link(portal.base_url, path, target) if move.to else None
        documents[path] = {
            "name": move.name,
            "withdrawn": not move.to,
            "moved_to": now,
            **select(move, "date", "reason"),
        }
    return documents


def _document(release: ReleasedDataset) -> str:
    return f"api/v1/datasets/{release.package.name}.json"


def _head(portal: Portal, release: ReleasedDataset, path: str) -> dict[str, Json]:
    """The short description of a dataset that the documents at and beside `path` share."""
    package = release.package
    return {
        **select(package, "name", "title", "summary"),
        "in_this_build": release.built,
        **({"doubts": list_doubts(package.doubts)} if package.doubts else {}),
        **({"corrections": list_corrections(package)} if package.corrections else {}),
        "synthetic": bool(package.synthetic),
        **select(package, "unit", "updated"),
        "rows": sum(table.rows for table in release.tables),
        "page": published_link(portal.base_url, path, dataset_page(package.name)),
    }


def _dataset(portal: Portal, release: ReleasedDataset) -> dict[str, Json]:
    package, here = release.package, _document(release)
    document = _head(portal, release, here)
    document["citation"] = release.citation
    document["licenses"] = [select(i, "name", "path") for i in package.licenses]
    document["tables"] = [
        {
            "name": table.resource,
            **select(table, "title", "rows", "threshold"),
            "fields": [
                {"name": f.name, "type": f.type, "title": f.label, "generalised": f.generalised}
                for f in table.fields
            ],
        }
        for table in release.tables
    ]
    document["figures"] = [
        {
            **select(figure, "name", "title", "value", "shown", "status", "unit"),
            "sql": figure.receipt.sql,
            "files": [
                {
                    **select(file, "path", "sha256"),
                    "url": published_link(portal.base_url, here, file.path),
                }
                for file in figure.receipt.files
            ],
            **({"doubts": list_doubts(doubts)} if (doubts := figure.receipt.doubts) else {}),
        }
        for figure in release.figures
    ]
    if package.release:
        path = dataset_chain(package.name)
        document["release"] = package.release
        document["releases"] = published_link(portal.base_url, here, path)
    if package.lost:
        document["unreachable_sources"] = [item.model_dump() for item in package.lost]
    document["downloads"] = [_download(portal, item, here) for item in release.distributions]
    if release.documents:
        document["documents"] = [
            {
                **select(item.document, "title", "kind", "date", "source", "field"),
                "values": list(item.document.values),
                "url": published_link(portal.base_url, here, item.path),
                **select(item, "bytes", "sha256"),
            }
            for item in release.documents
        ]
    if package.api is not None and release.built:
        first = f"api/v1/datasets/{package.name}/records/{package.api.resource}/1.json"
        document["records"] = published_link(portal.base_url, here, first)
    return document


def _download(portal: Portal, item: Distribution, here: str) -> Json:
    return {
        "title": item.title,
        "url": published_link(portal.base_url, here, item.path),
        **select(item, "format", "bytes", "rows", "sha256"),
    }


def _license(package: Package) -> Json:
    """The licence for schema.org: its address, else a work with its name. A name is no address."""
    if _license_address(package) or not package.licenses:
        return _license_address(package)
    return {"@type": "CreativeWork", "name": package.licenses[0].name}


def _license_address(package: Package) -> str:
    return next((item.path for item in package.licenses if item.path), "")


def _creators(portal: Portal, package: Package) -> Json:
    makers: list[Json] = [
        {"@type": "Organization", "name": item.title} for item in package.contributors
    ]
    return makers or [_organization(portal)]


def _organization(portal: Portal) -> Json:
    document: dict[str, Json] = {"@type": "Organization", "name": portal.publisher.name}
    if portal.publisher.url:
        document["url"] = portal.publisher.url
    return document


def sitemap(portal: Portal, paths: Sequence[str]) -> bytes:
    """A sitemap of the pages `paths`; the portal must have a public address."""
    root = ElementTree.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for path in paths:
        if path != "404.html":
            location = ElementTree.SubElement(ElementTree.SubElement(root, "url"), "loc")
            location.text = absolute_url(portal.base_url, path)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def render_robots(base_url: str) -> bytes:
    """A robots.txt that allows everything, and names the sitemap at a public address."""
    lines = ["User-agent: *", "Allow: /"]
    if re.match(r"https?://", base_url):
        lines.append(f"Sitemap: {absolute_url(base_url, 'sitemap.xml')}")
    return ("\n".join(lines) + "\n").encode()


def review_claim(portal: Portal, judged: JudgedClaim) -> dict[str, Json]:
    """The schema.org ClaimReview of a claim.

    The rating is only the verdict in words: a number on a scale of truth would say more than a test
    on the records of one portal can. A claim that was not tested or judged has no rating. Without a
    public address the review has no `url`.
    """
    claim = judged.claim
    item: dict[str, Json] = {
        "@type": "Claim",
        "name": claim.title,
        "author": {"@type": "Organization", "name": claim.speaker},
    }
    if claim.said_on:
        item["datePublished"] = claim.said_on
    if claim.source.url:
        item["appearance"] = {"@type": "CreativeWork", "url": claim.source.url}
    review: dict[str, Json] = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "claimReviewed": claim.said,
        "itemReviewed": item,
        "author": {"@type": "Organization", "name": portal.publisher.name},
        "datePublished": judged.day,
    }
    if judged.verdict.judged:
        review["reviewRating"] = {"@type": "Rating", "alternateName": judged.words}
    else:
        review["reviewBody"] = f"{judged.words}."
    if portal.base_url:
        review["url"] = absolute_url(portal.base_url, claim_page(claim.name))
    return review
