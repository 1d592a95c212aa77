"""Descriptions for programs: complete, in step with one another, and deterministic."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from plainrecord.model.declarations import Portal, PrivacyPolicy, Publisher
from plainrecord.model.packages import Contributor, Field, License, Package, ReleasedTable, Source
from plainrecord.model.products import Distribution, ReleasedDataset
from plainrecord.publishing import metadata

PORTAL = Portal(
    title="Portal",
    publisher=Publisher(name="Desk", url="https://desk.example/", email="desk@desk.example"),
    base_url="https://desk.example/records",
)
PACKAGE = Package(
    "visits", "Visits", "Visits.", "", "visit", "data/visits", "f", (), PrivacyPolicy(open="open"),
    licenses=(License("CC0-1.0", "CC0", "https://example.org/cc0"),), sources=(Source("The office", "https://office.example/"),),
    contributors=(Contributor("The office", ("creator",)),), version="2", updated="2026-10-01", frequency="quarterly",
    coverage_from="2026-01-01", coverage_to="2026-03-31", keywords=("visits",),
)  # fmt: skip
TABLE = ReleasedTable("visits", "visits", "V", "", "visit", "t", (Field("day", "date"),), 3, 0, ())
FILE = Distribution(
    "CSV", "datasets/visits/downloads/visits.csv", "CSV", "text/csv", 10, "ab" * 32, "visits", 3
)
RELEASE = ReleasedDataset(PACKAGE, True, tables=(TABLE,), distributions=(FILE,), citation="Cite.")


def test_the_dataset_has_what_search_engines_ask_for() -> None:
    document = metadata.describe_dataset(PORTAL, RELEASE)
    assert {
        "@context",
        "@type",
        "name",
        "description",
        "url",
        "license",
        "creator",
        "distribution",
    } <= set(document)
    assert 50 <= len(str(document["description"])) <= 5000
    assert document["temporalCoverage"] == "2026-01-01/2026-03-31"
    assert (
        json.dumps(document).count(
            "https://desk.example/records/datasets/visits/downloads/visits.csv"
        )
        == 1
    )


def test_the_catalogue_has_the_keys_that_its_schema_requires() -> None:
    catalog = metadata.describe_catalog(PORTAL, [RELEASE])
    assert catalog["conformsTo"] == "https://project-open-data.cio.gov/v1.1/schema"
    listed = catalog["dataset"]
    assert isinstance(listed, list)
    dataset = listed[0]
    assert isinstance(dataset, dict)
    assert {"title", "description", "keyword", "modified", "publisher", "contactPoint", "identifier",
            "accessLevel"} <= set(dataset)  # fmt: skip
    assert dataset["accrualPeriodicity"] == "R/P3M"
    for item in dataset["distribution"]:  # type: ignore[union-attr]
        assert {"downloadURL", "mediaType"} <= set(item)  # type: ignore[arg-type]


def test_the_api_lists_datasets_and_describes_each() -> None:
    documents = metadata.describe_api(PORTAL, [RELEASE, ReleasedDataset(PACKAGE, False)])
    listed = documents["api/v1/datasets.json"]["datasets"]
    assert isinstance(listed, list)
    assert [item["in_this_build"] for item in listed if isinstance(item, dict)] == [True, False]
    assert metadata.describe_api(PORTAL, [RELEASE])["api/v1/datasets/visits.json"]["rows"] == 3


def test_a_citation_names_maker_year_title_and_place() -> None:
    assert metadata.cite(PORTAL, PACKAGE) == (
        "The office (2026). Visits, version 2. Published by Portal. "
        "https://desk.example/records/datasets/visits/"
    )


def test_sitemap_and_robots() -> None:
    text = metadata.sitemap(PORTAL, ["index.html", "404.html", "a/index.html"])
    places = [
        element.text
        for element in ElementTree.fromstring(text).iter()  # noqa: S314 - our own file
        if element.text and element.text.strip()
    ]
    assert places == ["https://desk.example/records/", "https://desk.example/records/a/"]
    assert b"sitemap.xml" in metadata.render_robots(PORTAL.base_url)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [("2015-10", "2019-09-01", "2015-10/2019-09-01"), ("2016", "", "2016/2016"), ("", "", None)],
)
def test_the_time_covered_is_an_interval(start: str, end: str, shown: str | None) -> None:
    package = replace(PACKAGE, coverage_from=start, coverage_to=end)
    catalog = metadata.describe_catalog(PORTAL, [replace(RELEASE, package=package)])
    datasets = catalog["dataset"]
    assert isinstance(datasets, list)
    first = datasets[0]
    assert isinstance(first, dict)
    assert first.get("temporal") == shown


def test_the_name_of_a_licence_is_no_address() -> None:
    package = replace(PACKAGE, licenses=(License("CC0-1.0", "CC0", ""),))
    release = replace(RELEASE, package=package)
    work = {"@type": "CreativeWork", "name": "CC0-1.0"}
    assert metadata.describe_dataset(PORTAL, release)["license"] == work
    listed = metadata.describe_catalog(PORTAL, [release])["dataset"]
    assert isinstance(listed, list)
    assert isinstance(listed[0], dict)
    assert "license" not in listed[0]
