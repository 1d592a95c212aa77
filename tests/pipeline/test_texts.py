"""Texts in a whole build: figures in every kind of prose, and what goes out without markup."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from plainrecord.core.errors import Blocked
from plainrecord.pipeline.build import BuildReport, build_portal
from tests.portals import ABOUT, DESCRIPTOR, write_portal

CALLS = {
    "site/pages/about.md": ABOUT + 'In all {{ figure("visits.total") }} visits, and 34 more.\n',
    "data/visits/methodology.md": '# How\n\n{{ figure("total") }} by hand, `{{ figure("total") }}`.\n',
    "data/visits/datapackage.yaml": DESCRIPTOR.replace(
        "description: Visits to sites.",
        "description: 'All {{ figure(\"total\") }} visits to sites.'",
    )
    .replace("Only *some* visits.", "Only {{ figure('visits.total') }} visits.")
    .replace("  summary: Visits to sites by inspectors. Each row is one visit.\n", ""),
}
REMOTE = (
    DESCRIPTOR.replace("name: visits\ntitle", "name: later\ntitle")
    .replace("path: visits.csv", f"path: https://files.example/v.csv\n    bytes: 5\n    hash: sha256:{'0' * 64}")
)  # fmt: skip


def build(tmp_path: Path, **changes: str) -> tuple[Path, BuildReport]:
    files: dict[str, str | bytes | None] = {**changes}
    write_portal(tmp_path / "portal", **files)
    report = build_portal(tmp_path / "portal", tmp_path / "site", lambda _: None)
    return tmp_path / "site", report


def test_a_figure_stands_in_pages_methodology_description_and_issues(tmp_path: Path) -> None:
    site, report = build(tmp_path, **CALLS)
    link = 'title="Visits (unit: visit). To its receipt."><data class="figure-value" data-figure="visits.total" value="60">60</data></a>'
    assert f'<a class="figure-link" href="../datasets/visits/#figure-total" {link}' in (
        site / "about/index.html"
    ).read_text(encoding="utf-8")
    method = (site / "datasets/visits/methodology/index.html").read_text(encoding="utf-8")
    assert f'<a class="figure-link" href="../#figure-total" {link}' in method
    assert '<code>{{ figure("total") }}</code>' in method
    page = (site / "datasets/visits/index.html").read_text(encoding="utf-8")
    assert page.count(f'<a class="figure-link" href="#figure-total" {link}') == 2
    assert 'id="figure-total"' in page
    assert "other figure on this page can be verified" in page
    assert [(f.rule, f.file, f.row) for f in report.findings if f.rule == "number-bare"] == [
        ("number-bare", "site/pages/about.md", 7)
    ]


def test_what_goes_out_without_markup_has_the_number_alone(tmp_path: Path) -> None:
    site, _ = build(tmp_path, **CALLS)
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".json", ".xml", ".txt") and "methodology" not in path.parts:
            assert "{{" not in path.read_text(encoding="utf-8"), path
    downloads = site / "datasets/visits/downloads"
    descriptor = json.loads((downloads / "datapackage.json").read_text(encoding="utf-8"))
    assert descriptor["description"] == "All 60 visits to sites."
    with zipfile.ZipFile(io.BytesIO((downloads / "visits.zip").read_bytes())) as archive:
        assert "- Small: Only 60 visits." in archive.read("README.txt").decode()
    page = (site / "datasets/visits/index.html").read_text(encoding="utf-8")
    assert '"description": "All 60 visits to sites. All 60 visits to sites.' in page


def test_a_figure_of_a_dataset_that_is_not_fetched_is_said(tmp_path: Path) -> None:
    changes = {
        "data/later/datapackage.yaml": REMOTE,
        "data/later/methodology.md": 'It has {{ figure("total") }} rows.\n',
        "site/pages/about.md": ABOUT + 'They are {{ figure("later.total") }} more.\n',
    }
    site, report = build(tmp_path, **changes)
    assert [(f.rule, f.file, f.row) for f in report.findings if f.rule == "figure-absent"] == [
        ("figure-absent", "site/pages/about.md", 7)
    ]
    absent = '<a class="figure-absent" href="{}">[number not in this build]</a>'
    assert absent.format("../datasets/later/") in (site / "about/index.html").read_text()
    own = (site / "datasets/later/methodology/index.html").read_text()
    assert absent.format("../") in own


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"site/pages/about.md": ABOUT + '{{ figure("visits.totl") }}'}, {"figure-unknown"}),
        ({"site/pages/about.md": ABOUT + '{{ figure("total") }}'}, {"figure-unknown"}),
        ({"data/visits/methodology.md": "{{ figure(total) }}"}, {"figure-call-invalid"}),
        ({"data/visits/datapackage.yaml": DESCRIPTOR.replace("Visits to sites by", '\'{{ figure("total") }} by')
          .replace("is one visit.", "is one visit.'")}, {"figure-call-invalid"}),
        ({"data/visits/datapackage.yaml": DESCRIPTOR.replace("count(*) FROM visits}", "count(*) FROM nothing}"),
          "data/visits/methodology.md": '{{ figure("total") }}'}, {"figure-failed"}),
        ({"site/pages/about.md": ABOUT.replace("order: 1", "numbers: [{text: 12}]")}, {"key-missing"}),
        ({"site/pages/about.md": ABOUT.replace("order: 1", "numbers: [{text: 12, reason: ''}]")}, {"value-invalid"}),
        ({"data/visits/datapackage.yaml": DESCRIPTOR.replace("unit: visit", "unit: ''")}, {"value-invalid"}),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_followed_blocks_the_build(
    tmp_path: Path, changes: dict[str, str], rules: set[str]
) -> None:
    with pytest.raises(Blocked) as caught:
        build(tmp_path, **changes)
    assert {f.rule for f in caught.value.findings if f.blocks} == rules
    assert not (tmp_path / "site").exists()


def test_waivers_of_a_page_and_of_a_dataset_are_shown_and_unused_ones_said(tmp_path: Path) -> None:
    changes = {
        "site/pages/about.md": ABOUT.replace(
            "order: 1", 'numbers: [{text: "34", reason: a guess}, {text: 99, reason: gone}]'
        ).replace("words**", "words**, 34 of them"),
        "data/visits/datapackage.yaml": DESCRIPTOR.replace(
            "  unit: visit\n", "  unit: visit\n  numbers: [{text: 15 %, reason: said so}]\n"
        ),
        "data/visits/methodology.md": "About 15 % are late.\n",
    }
    site, report = build(tmp_path, **changes)
    said = [(f.rule, f.file, f.found) for f in report.findings]
    assert said == [
        ("waiver-unused", "site/pages/about.md", "numbers: '99' is not a number in any text")
    ]
    assert "<li><q>34</q>: a guess</li>" in (site / "about/index.html").read_text()
    method = (site / "datasets/visits/methodology/index.html").read_text()
    assert "<li><q>15 %</q>: said so</li>" in method


def test_a_small_figure_is_not_on_the_home_page(tmp_path: Path) -> None:
    small = DESCRIPTOR.replace("{name: total,", "{name: total, headline: false,")
    site, _ = build(tmp_path, **{"data/visits/datapackage.yaml": small})
    assert '<div class="figure figure-small" id="figure-total"' in (
        site / "datasets/visits/index.html"
    ).read_text(encoding="utf-8")
    home = (site / "index.html").read_text(encoding="utf-8")
    assert "Scores withheld" in home
