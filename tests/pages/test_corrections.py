"""Corrections: the newest first, each with what it concerns; the page only where there are any."""

from __future__ import annotations

from dataclasses import replace

from plainrecord.core.html import parse_page, read_words
from plainrecord.model.declarations import Correction, Portal, Publisher, correction_ids
from plainrecord.model.doubts import Doubt
from plainrecord.model.packages import Package
from plainrecord.model.products import ReleasedDataset
from plainrecord.pages.corrections import list_corrections
from plainrecord.pages.portal import plan_site
from plainrecord.publishing.feeds import render_feeds
from plainrecord.publishing.render import render_pages
from tests.browser.sample import PORTAL, STOPS_RELEASE, TEXTS, assets, templates

PACKAGE = Package("d", "Visits", "", "", "visit", "data/d", "data/d/datapackage.yaml", (), None)
OLD = Correction(date="2026-01-02", what="A day was missing.", reason="It was not read.")
NEW = Correction(date="2026-02-03", what="A place.", reason="A reader.", field="place")


def test_the_newest_correction_is_first() -> None:
    release = ReleasedDataset(replace(PACKAGE, corrections=(OLD, NEW)), built=True)
    lines = list_corrections(release)
    assert [line.about.title for line in lines] == ["Visits, field place", "Visits"]


def test_the_address_of_a_correction_stays() -> None:
    before = correction_ids("d", [OLD, NEW])
    other = Correction(date="2026-02-03", what="Another.", reason="A reader.")
    assert correction_ids("d", [other, OLD, other, NEW])[1::2] == before
    assert len({*correction_ids("d", [OLD, OLD]), *correction_ids("e", [OLD])}) == 3


def test_feeds_have_releases_and_corrections() -> None:
    release = ReleasedDataset(
        replace(PACKAGE, corrections=(OLD, NEW), updated="2026-01-15", summary="Each visit."),
        built=True,
    )
    portal = Portal(title="P", publisher=Publisher(name="N"))
    dataset, whole, corrected = render_feeds(portal, [release], {})
    assert dataset.path == "datasets/d/feed.atom"
    assert [entry.day for entry in whole.entries] == ["2026-02-03", "2026-01-15", "2026-01-02"]
    assert [entry.summary for entry in whole.entries][1] == "Each visit."
    assert [entry.day for entry in corrected.entries] == ["2026-02-03", "2026-01-02"]
    assert corrected.entries[0].title == "Visits: Corrected. A place."
    plain = render_feeds(portal, [ReleasedDataset(PACKAGE, built=True)], {})
    assert [feed.path for feed in plain] == ["datasets/d/feed.atom", "feed.atom"]


def test_main_points_stand_before_corrections_and_long_doubts_are_folded() -> None:
    """A line above leads to the corrections; a box of a figure says since when, and why on a click."""
    reason, (total, *others) = "It was counted twice. " * 10, STOPS_RELEASE.figures
    doubt = Doubt("doubtful", "2026-01-02", "all records", reason)
    doubted = replace(total, receipt=replace(total.receipt, doubts=(doubt,)))
    package = replace(
        STOPS_RELEASE.package,
        corrections=(
            OLD,
            NEW.model_copy(update={"field": "", "figure": total.name, "what": reason}),
        ),
        doubts=(doubt, doubt),
    )
    release = replace(STOPS_RELEASE, package=package, figures=(doubted, *others))
    outputs, _ = render_pages(plan_site(PORTAL, (release,), TEXTS), templates(), assets())
    text = next(o.content for o in outputs if o.path == "datasets/stops/index.html")
    page = parse_page(text if isinstance(text, bytes) else b"")
    assert page is not None
    line, points, section = (
        next(i for i, e in enumerate(page.iter()) if e.get(name) == value)
        for name, value in (("href", "#corrections"), ("id", "figures"), ("id", "corrections"))
    )
    assert line < points < section
    box = page.xpath("//*[@id='figure-all']")[0]
    assert box.xpath("details[@class='note doubted']/summary/text()") == [
        "Doubtful since 2 January 2026"
    ]
    assert [read_words(e) for e in box.xpath("p[contains(@class, 'corrected')]")] == [
        "3 February 2026: Corrected."
    ]
    assert [read_words(e) for e in box.xpath(".//p[@data-fact='doubts']")] == [doubt.words.strip()]


def test_doubts_and_corrections_of_a_part_stand_beside_it() -> None:
    """At its download and in the codebook; the page of corrections names part and dataset."""
    table = STOPS_RELEASE.tables[0]
    doubts = (
        Doubt("superseded", "2026-01-02", "the table", "A new file.", table.resource),
        Doubt("doubtful", "2026-01-03", "the field", "A default.", field="reason"),
    )
    fixed = NEW.model_copy(update={"field": "reason", "status": "rejected"})
    chart = NEW.model_copy(update={"field": "", "chart": STOPS_RELEASE.charts[0].name})
    package = replace(STOPS_RELEASE.package, doubts=doubts, corrections=(chart, fixed))
    release = replace(STOPS_RELEASE, package=package)
    outputs, _ = render_pages(plan_site(PORTAL, (release,), TEXTS), templates(), assets())
    pages = {o.path: parse_page(o.content) for o in outputs if isinstance(o.content, bytes)}
    downloads = pages["datasets/stops/index.html"].xpath("//section[@id='downloads']")[0]
    book = pages["datasets/stops/codebook/index.html"]
    [field] = book.xpath("//article[h3/code = 'reason']")
    for place, notes in (
        (downloads, ["Superseded since 2 January 2026. A new file."]),
        (book.xpath("//h2/..")[0], ["Superseded since 2 January 2026. A new file."]),
        (field, ["Doubtful since 3 January 2026. A default.",
                 "3 February 2026: Examined and not changed. A place."]),
    ):  # fmt: skip
        assert [read_words(e) for e in place.xpath("p[contains(@class, 'ted')]")] == notes
    concerned = pages["corrections/index.html"].xpath("//ul[@class='corrections']//a")
    assert [(read_words(a), a.get("href").partition("#")[0]) for a in concerned] == [
        (f"{STOPS_RELEASE.charts[0].title}, Enforcement stops", "../datasets/stops/"),
        ("Enforcement stops, field reason", "../datasets/stops/codebook/"),
    ]
