"""What the search finds, and the page from A to Z."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from plainrecord.descriptors.synonyms import parse_synonyms
from plainrecord.model.packages import Category
from plainrecord.model.places import PlaceKind, PlaceList, PlaceSettings
from plainrecord.model.products import SearchedField
from plainrecord.model.rows import TableRows
from plainrecord.pages.portal import find_entries, plan_site
from plainrecord.pages.search import (
    IndexContext,
    SearchEntry,
    group_letters,
    list_entries,
    write_list,
)
from tests.browser.sample import COUNTED, PORTAL, RELEASES, sample_pages


def read(content: bytes) -> list[tuple[str, str, str, str]]:
    """Kind, title, detail and target of each entry of a list."""
    document: dict[str, Any] = json.loads(content)
    kinds, shared = document["kinds"], document["shared"]
    return [
        (kinds[kind % len(kinds)], title, shared[detail], shared[target])
        for kind, title, detail, target, *_ in document["entries"]
    ]


def test_datasets_come_first_and_every_kind_is_there() -> None:
    listed = read(write_list(find_entries(sample_pages()), {}))
    assert listed[0][0] == "Datasets"
    assert ("Fields", "Reason", "Enforcement stops", "datasets/stops/codebook/index.html") in [
        (kind, title, detail, target.partition("#")[0]) for kind, title, detail, target in listed
    ]
    assert [entry for entry in listed if entry[3].startswith("datasets/stops/index.html#chart-")]
    assert [entry for entry in listed if entry[3] == "about/index.html"]


def test_a_field_of_several_tables_is_listed_once() -> None:
    stops = RELEASES[0]
    tables = tuple(replace(stops.tables[0], resource=name) for name in ("stops", "by-reason"))
    once, twice = (
        [entry for entry in list_entries((), (release,), ()) if entry.kind == "field"]
        for release in (stops, replace(stops, tables=tables))
    )
    assert [entry.title for entry in once] == [entry.title for entry in twice]


def test_a_field_is_found_by_its_categories_and_examples_are_marked() -> None:
    stops = RELEASES[0]
    field = replace(
        stops.tables[0].fields[0], categories=(Category("b", "Black"), Category("x", ""))
    )
    table = replace(stops.tables[0], fields=(field,))
    real, example = (replace(stops.package, synthetic=words) for words in ("", "Invented."))
    for package in (real, example):
        listed = list_entries((), (replace(stops, package=package, tables=(table,)),), ())
        [entry] = [entry for entry in listed if entry.kind == "field"]
        assert entry.words == f"{field.name} Black x"
        document = json.loads(write_list([entry], {}))
        kind = document["entries"][0][0] - len(document["kinds"]) * bool(package.synthetic)
        assert document["kinds"][kind] == "Fields"


def test_old_releases_are_not_listed() -> None:
    assert not [e for e in find_entries(sample_pages()) if "/releases/2" in e.target]


def test_a_list_of_20_000_entries_has_at_most_400_kb() -> None:
    entries = [
        SearchEntry("value", f"{word} {number} {place}", f"Office, dataset {number % 20}", "d/")
        for number in range(2_000)
        for word, place in zip(
            ("Sheriff", "Police", "Field office", "County", "Court") * 2, "ABCDEFGHIJ", strict=True
        )
    ]
    assert len(entries) == 20_000
    assert len(gzip.compress(write_list(entries, {}), mtime=0)) <= 400_000


def test_letters_have_no_accents_and_signs_come_first() -> None:
    titles = ("Überblick", "287(g)", "Usage", "detención", "…")
    groups = group_letters([SearchEntry("page", title, "", "a") for title in titles])
    assert [(group.letter, len(group.entries)) for group in groups] == [("", 2), ("D", 1), ("U", 2)]


def test_a_portal_adds_and_replaces_synonyms() -> None:
    words, findings = parse_synonyms({"ice": ["agency"], "gang": ["affiliation"]}, "site/s.yaml")
    assert not findings
    assert words["ice"] == ("agency",)
    assert words["gang"] == ("affiliation",)
    assert "removals" in words["deportación"]
    assert list(words)[-2:] == ["gang", "ice"]  # last: of two words with one stem the later counts


@pytest.mark.parametrize("document", [["ice"], {"ice": "agency"}, {"ice": [1]}])
def test_synonyms_in_another_form_are_an_error(document: Any) -> None:
    _, findings = parse_synonyms(document, "site/synonyms.yaml")
    assert findings
    assert {finding.file for finding in findings} == {"site/synonyms.yaml"}


def test_values_are_found_and_not_listed_from_a_to_z() -> None:
    stops = RELEASES[0]
    field = stops.tables[0].fields[0]
    searched = (SearchedField(stops.tables[0].resource, field, ("Springfield",)),)
    pages = plan_site(PORTAL, [replace(stops, searched=searched)], ())
    index = next(page.context for page in pages if page.path == "a-z/index.html")
    assert isinstance(index, IndexContext)
    assert "Springfield" in [entry.title for entry in find_entries(pages)]
    assert "value" not in {entry.kind for group in index.letters for entry in group.listed}


def test_a_value_leads_to_its_place_or_to_the_records_that_have_it() -> None:
    stops = RELEASES[0]
    table = stops.tables[0]
    field = replace(table.fields[0], name="Office name", categories=())
    searched = (SearchedField(table.resource, field, ("TEXAS", "A & B")),)
    rows = TableRows(table.resource, "Stops", "stop", (field,), "s.parquet", "0" * 64, 2, COUNTED)
    place = PlaceSettings(kind="states", field="Office name")
    kind = PlaceKind(name="states", title="States", codes="us-states")
    places = PlaceList(kind, {"texas": "Texas"}, {"texas": "texas"})
    for package, told in (
        (stops.package, {"TEXAS": "rows", "A & B": "rows"}),
        (replace(stops.package, places=(place,)), {"A & B": "rows"}),
    ):
        release = replace(stops, package=package, searched=searched, rows=(rows,))
        listed = list_entries((), (release,), (), (places,))
        values = {entry.title: entry.target for entry in listed if entry.kind == "value"}
        page = "datasets/stops/rows/stops/index.html#Office+name="
        assert values == dict.fromkeys(told, page)
    [entry] = [entry for entry in listed if entry.kind == "place"]
    assert (entry.target, entry.words) == ("places/states/texas/index.html", "stop")
