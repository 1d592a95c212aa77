"""Cards and sparklines, and files for reference managers."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

from plainrecord.publishing.cards import CARD, can_summarise, draw_card, draw_sparkline
from plainrecord.publishing.citations import write_citations
from tests.browser.sample import PORTAL, STOPS_RELEASE

CHART = replace(STOPS_RELEASE.charts[0], headline="Stops rose", subtitle="Number by quarter")


def test_a_sparkline_leaves_a_gap_for_what_is_not_shown() -> None:
    assert can_summarise(CHART)
    assert not can_summarise(STOPS_RELEASE.charts[0])
    drawn = str(draw_sparkline(CHART))
    assert drawn.count("<path") == 7  # the fourth of eight quarters is suppressed
    assert "style=" not in drawn
    assert drawn == str(draw_sparkline(CHART))


def test_a_card_has_the_size_that_it_says_and_the_same_bytes() -> None:
    hostile = "Stops \u202e\x00\x1b <script> " + "x" * 10_000
    made = draw_card("Desk", hostile, CHART, ["synthetic data"])
    assert struct.unpack(">II", made[16:24]) == CARD
    assert made == draw_card("Desk", hostile, CHART, ["synthetic data"])
    assert made != draw_card("Desk", hostile, CHART)


def test_citations_name_author_version_address_and_hash() -> None:
    package = replace(STOPS_RELEASE.package, title="Stops & {searches} 100% _x_")
    files = write_citations(PORTAL, replace(STOPS_RELEASE, package=package))
    written = {file.path.rpartition(".")[2]: bytes(file.content).decode() for file in files}
    [item] = json.loads(written["json"])
    note = f"SHA-256 of stops.zip: {STOPS_RELEASE.distributions[0].sha256}"
    assert item == {
        "id": "stops",
        "type": "dataset",
        "title": package.title,
        "version": "2024.4",
        "publisher": "Open Enforcement Records",
        "URL": "https://desk.example/records/datasets/stops/releases/2025-01-15/",
        "note": note,
        "author": [{"literal": "Ada Desk"}],
        "issued": {"date-parts": [[2025, 1, 15]]},
    }
    assert r"  title = {Stops \& \{searches\} 100\% \_x\_}," in written["bib"]
    assert "  author = {{Ada Desk}}," in written["bib"]
    lines = written["ris"].splitlines()
    assert lines[0] == "TY  - DATA"
    assert lines[-1] == "ER  - "
    assert {f"TI  - {package.title}", f"N1  - {note}", "ET  - 2024.4"} < set(lines)
    assert write_citations(PORTAL, replace(STOPS_RELEASE, built=False)) == ()
