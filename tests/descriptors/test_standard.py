"""The standards that come with the generator: whole, in agreement with themselves, and valid."""

from __future__ import annotations

import csv
import io
import json

import pytest
from frictionless import Schema

from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors.standard import SCHEMA
from plainrecord.io import load
from plainrecord.model.standards import Element
from plainrecord.pipeline import features

TEXTS = load.load_standards()["enforcement-stop"]
DOCUMENT = parse_document(TEXTS[SCHEMA])
STANDARD = features.read_standards()["enforcement-stop"]


def test_the_schema_is_a_table_schema() -> None:
    assert isinstance(DOCUMENT, dict)
    schema = Schema.from_descriptor(json.loads(json.dumps(DOCUMENT)))
    assert [field.name for field in schema.fields] == [e.name for e in STANDARD.elements]
    assert schema.primary_key == ["record_id"]


@pytest.mark.parametrize("element", STANDARD.graded, ids=lambda e: e.name)
def test_every_element_says_what_a_reader_needs(element: Element) -> None:
    for text in (element.description, element.why, element.good, element.needed):
        assert text.endswith((".", "!"))
        assert len(text) < 220
    assert element.why.count(".") <= 2  # one sentence
    if element.categories:
        assert element.categories[-1].name == "unknown"


def test_the_elements_of_the_issue_are_there() -> None:
    names = {element.name for element in STANDARD.elements}
    wanted = "record_id date hour place place_level reason statute agency programme operation"
    wanted += " age_bracket sex_or_gender race_perceived race_stated search force outcome"
    wanted += " court_filing removal_proceedings release source_file source_row"
    assert set(wanted.split()) <= names
    hours = next(e for e in STANDARD.elements if e.name == "date")
    assert [level.name for level in hours.levels] == ["day", "month", "quarter", "year"]


def test_each_source_is_used_and_each_element_but_few_has_one() -> None:
    used = {name for element in STANDARD.elements for name, _ in element.sources}
    assert used == {source.name for source in STANDARD.sources}
    assert all(element.sources for element in STANDARD.graded)


def test_the_downloads_hold_the_same() -> None:
    files = dict(STANDARD.files)
    assert sorted(files) == ["README.md", "schema.json", "schema.yaml", "template.csv"]
    assert json.loads(files["schema.json"]) == DOCUMENT
    header = next(csv.reader(io.StringIO(files["template.csv"].decode())))
    assert header == [element.name for element in STANDARD.elements]


def test_the_standard_agrees_with_itself() -> None:
    names = {item.name for item in STANDARD.elements}
    groups = {group.name for group in STANDARD.groups}
    sources = {source.name for source in STANDARD.sources}
    for item in STANDARD.elements:
        assert item.group in groups
        assert item.companion in {"", *names}
        assert item.wanted in ({level.name for level in item.levels} or {""}), item.name
        assert item.companion or (item.why and item.good and item.needed)
        assert {name for name, _ in item.sources} <= sources
