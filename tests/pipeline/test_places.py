"""Pages of places: joined across datasets, with receipts, and never more than is released."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.measures import places as measures
from plainrecord.measures.places import list_places
from plainrecord.model.places import PlaceKind
from plainrecord.pipeline.build import build_portal
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, ROWS, SETTINGS, write_portal
from tests.tampering import replace_text, reseal

KINDS = """places:
  - {name: states, title: States, codes: us-states}
  - {name: results, title: Results, places: {Good: [Passed]}}
"""
PLACES = """  places:
    - {kind: states, field: state, date: visited_on, by: [outcome]}
    - {kind: results, field: outcome}
  explore: {fields: [state], date: visited_on}
  rates:
    - {name: failed, title: Failures, by: state, numerator: {label: Failures, where: "outcome = 'fail'"}, denominator: {label: Visits}, benchmark: Nothing.}
"""
EVIL = "../../<b>x</b>"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("tx", "Texas"), ("GUAM", "Guam"), ("66", "Guam"), ("Puerto Rico", "Puerto Rico"),
        ("Commonwealth of the Northern Mariana Islands", "Northern Mariana Islands"),
        ("NORTHERN MARIANA ISLANDS", "Northern Mariana Islands"), ("vi", "U.S. Virgin Islands"),
        ("Palau", None), ("", None),
    ],
)  # fmt: skip
def test_states_and_territories_are_joined_by_code_and_name(value: str, name: str | None) -> None:
    assert PlaceKind(name="states", title="States", codes="us-states").join(value) == name


def write(root: Path, places: str = PLACES, rows: str = ROWS) -> Path:
    second = (
        DESCRIPTOR.replace(
            "name: visits\ntitle: Inspection visits", "name: late\ntitle: Late visits"
        )
        .replace("  figures:", "  places: [{kind: states, field: state}]\n  figures:", 1)
        .replace("kind: tile-map, x: state", "kind: bar, x: outcome")
    )
    # A field with the name of a column of the queries.
    second = second.replace("name: outcome", "name: place").replace("x: outcome", "x: place")
    second = second.replace("field: state}", "field: state, by: [place]}")
    more = "a1,2026-02-01,new york,pass,1\na2,2026-02-01,NY,pass,1\na3,2026-02-01,Ohio,pass,1\n"
    changes: dict[str, str | bytes | None] = {
        "site/portal.yaml": SETTINGS + KINDS,
        "data/visits/datapackage.yaml": DESCRIPTOR.replace("  figures:", f"{places}  figures:", 1),
        "data/visits/visits.csv": rows,
        "data/late/datapackage.yaml": second,
        "data/late/visits.csv": "visit_id,visited_on,state,place,score"
        f"\n{more}a4,2026-02-01,{EVIL},pass,1\n",
    }
    return write_portal(root, **changes)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("places")
    write(root / "portal")
    build_portal(root / "portal", root / "site", lambda _: None)
    return root / "site"


def test_a_page_has_what_all_datasets_record_about_a_place(site: Path) -> None:
    page = (site / "places/states/new-york/index.html").read_text()
    assert 'data-count="visits.places-states" data-cells="2.2">20<' in page
    assert "33.3%" in page  # of all visits
    # Two spellings of one dataset are one place.
    assert 'data-count="late.places-states" data-cells="1.2">2<' in page
    assert 'data-count="visits.rates.failed"' in page  # the rate
    assert "Passed" in page
    with (site / "places/states/new-york/numbers.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["dataset", "unit", "by", "value", "count"]
    assert ["visits", "visit", "year", "2026", "20"] in rows
    assert ["late", "visit", "", "", "2"] in rows
    assert "</span> visit</strong>" in (site / "places/states/ohio/index.html").read_text()
    assert "No records in:" in (site / "places/states/texas/index.html").read_text()


def test_what_does_not_join_is_listed_and_escaped(site: Path) -> None:
    assert {path.name for path in (site / "places/states").iterdir()} == {
        *("california", "new-york", "ohio", "texas", "index.html")
    }
    page = (site / "places/states/index.html").read_text()
    assert "../../&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    listed = (site / "places/results/index.html").read_text()
    assert "Failed" in listed.partition('id="unjoined"')[2]
    assert (site / "places/results/good/index.html").is_file()


def test_search_and_the_page_from_a_to_z_lead_to_places(site: Path) -> None:
    assert 'href="../places/states/ohio/"' in (site / "a-z/index.html").read_text()


def test_a_page_leads_to_the_explorer_with_its_place_chosen(site: Path) -> None:
    page = (site / "places/states/new-york/index.html").read_text()
    assert 'href="../../../datasets/visits/explore/" data-view="state=NY"' in page


def test_every_number_is_counted_again(site: Path) -> None:
    report = verify_site(str(site), None, lambda _: None)
    assert report.holds
    page = site / "places/states/ohio/index.html"
    old = page.read_text()
    page.write_text(old.replace('data-cells="2.2">1<', 'data-cells="2.2">2<'))
    changed = verify_site(str(site), None, lambda _: None)
    page.write_text(old)
    assert "page-differs" in {finding.rule for finding in changed.findings}


def test_the_file_of_a_place_has_the_numbers_of_its_receipts(site: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(site, tmp_path / "site")
    names = [f"places/states/{name}/numbers.csv" for name in ("ohio", "new-york", "texas")]
    for name, change in zip(names, (",1\n", ",2026,", None), strict=True):
        text = (copy / name).read_text()
        lines = text.splitlines(keepends=True)
        new = text.replace(change, ",7,") if change == ",2026," else "".join(lines[:-1])
        new = text.replace(",1\n", ",2\n", 1) if change == ",1\n" else new
        (copy / name).write_text(new)
    reseal(copy)
    findings = verify_site(str(copy), None, lambda _: None).findings
    assert {f.file: f.rule for f in findings} == dict.fromkeys(names, "document-differs")


@pytest.mark.parametrize(
    ("path", "old", "new", "found"),
    [
        ("places/states/new-york", "2026 (incomplete)<", "2026<", "shows '2026'"),
        ("places/states/new-york", ">Failures per", ">Arrests per", "label of rate is 'Arrests"),
        ("places/states/new-york", ' data-about="visits.rates.failed"', "", "without a label"),
        ("places/states/new-york", '<span data-fact="label of rate">', "<span>", "is missing on"),
        ("datasets/visits", 'numerator">Failures<', 'numerator">Deaths<', "is 'Deaths'"),
        ("datasets/visits/explore", "2026 (incomplete)<", "2026<", "shows '2026'"),
    ],
)
def test_words_of_rates_and_marks_of_periods_are_those_of_receipts(
    site: Path, tmp_path: Path, path: str, old: str, new: str, found: str
) -> None:
    copy = shutil.copytree(site, tmp_path / "site")
    replace_text(copy / path / "index.html", old, new)
    reseal(copy)
    findings = verify_site(str(copy), None, lambda _: None).findings
    assert {(finding.rule, finding.file) for finding in findings} == {
        ("page-differs", f"{path}/index.html")
    }
    assert found in "\n".join(finding.found for finding in findings)


@pytest.mark.parametrize(
    ("places", "rule", "words"),
    [
        ("[{kind: states, field: stat}]", "value-invalid", "'stat'"),
        ("[{kind: states, field: state, date: score}]", "places-invalid", "has the type integer"),
    ],
)
def test_a_wrong_declaration_is_a_finding(
    tmp_path: Path, places: str, rule: str, words: str
) -> None:
    write(tmp_path, f"  places: {places}\n")
    with pytest.raises(Blocked) as blocked:
        build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    found = [f for f in blocked.value.findings if f.blocks]
    assert [(f.rule, words in f.found) for f in found] == [(rule, True)]


def test_a_kind_that_the_portal_does_not_have_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "  places: [{kind: cities, field: state}]\n")
    report = build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    assert [f.found for f in report.findings if f.rule == "places-invalid"] == ["places: 'cities'"]


def test_a_field_with_too_many_values_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "MOST_PLACES", 2)
    write(tmp_path)
    with pytest.raises(Blocked) as blocked:
        build_portal(tmp_path, tmp_path / "_site", lambda _: None)
    rules = {f.rule for f in blocked.value.findings if f.blocks}
    assert rules == {"places-invalid"}


def test_names_without_letters_and_equal_addresses_have_pages_of_their_own() -> None:
    kind = PlaceKind(name="forces", title="Forces")
    values = ["A b", "a  B", "A-b", "A b!", "???", "日本", "..", " "]
    listed = list_places(kind, values)
    pages = {listed.page(name) for value in values if (name := kind.join(value))}
    assert pages == {f"places/forces/{slug}/index.html" for slug in listed.slugs.values()}
    assert len(set(listed.slugs.values())) == len(listed.names)
    assert all("/" not in slug and slug.strip(".") for slug in listed.slugs.values())
