"""Corrections: the newest first, each with what it concerns; the page only where there are any."""

from __future__ import annotations

from dataclasses import replace

from plainrecord.model.declarations import Correction, Portal, Publisher
from plainrecord.model.packages import Package
from plainrecord.model.products import Edition
from plainrecord.pages.corrections import list_corrections
from plainrecord.publishing.feeds import render_corrections_feed

PACKAGE = Package("d", "Visits", "", "", "visit", "data/d", "data/d/datapackage.yaml", (), None)
OLD = Correction(date="2026-01-02", what="A day was missing.", reason="It was not read.")
NEW = Correction(date="2026-02-03", what="A place.", reason="A reader.", field="place")


def test_the_newest_correction_is_first() -> None:
    edition = Edition(replace(PACKAGE, corrections=(OLD, NEW)), built=True)
    lines = list_corrections(edition)
    assert [(line.id, line.about.title) for line in lines] == [
        ("correction-2026-02-03-2", "Visits, field place"),
        ("correction-2026-01-02-1", "Visits"),
    ]
    portal = Portal(title="P", publisher=Publisher(name="N"))
    feed = render_corrections_feed(portal, [edition])
    assert feed is not None
    assert [entry.day for entry in feed.entries] == ["2026-02-03", "2026-01-02"]
    assert render_corrections_feed(portal, [Edition(PACKAGE, built=True)]) is None
