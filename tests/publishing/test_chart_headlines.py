"""Headlines, subtitles and events: words beside a chart that its numbers prove."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from plainrecord.model.declarations import Break
from plainrecord.model.evidence import Cell, Receipt
from plainrecord.model.partial_periods import PartPeriod
from plainrecord.model.products import Chart, Series, SeriesColumn
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.chart_headlines import find_headline, name_unproven, write_subtitle
from plainrecord.publishing.chart_kinds import kind_of
from plainrecord.publishing.vega import draw_chart, redraw_chart, write_files
from plainrecord.receipts.receipts_document import describe_receipts, parse_receipts
from plainrecord.verify.site import verify_site
from tests.portals import DESCRIPTOR, declare_chart, write_portal
from tests.tampering import replace_text, reseal

PART = PartPeriod("x", "2023", "the records end in 2023-02", "2 of 12 months")


def count(*rows: tuple[Cell, ...], parts: tuple[PartPeriod, ...] = ()) -> Series:
    return Series(
        (
            SeriesColumn("x", "Year of the stop", "year", "key", "year", ("Missing", "All others")),
            SeriesColumn("value", "Number of stops", "number", "value"),
            SeriesColumn("status", "Status", "string", "status"),
        ),
        tuple((x, value, "shown" if value is not None else "suppressed") for x, value in rows),
        Receipt("", (), "", len(rows)),
        unit="stop",
        parts=parts,
    )


YEARS = count(("2020", 100), ("2021", 150), ("2022", 190), ("2023", 20), parts=(PART,))

DAY = SeriesColumn("x", "Day of the stop", "date", "key", "day", ("Missing", "All others"))
DAYS = count(("2026-08-13", 100), ("2026-08-14", 100))
DAYS = replace(DAYS, columns=(DAY, *DAYS.columns[1:]))


@pytest.mark.parametrize(
    ("series", "kind", "headline"),
    [
        (YEARS, "line", "Stops rose 90%, from 100 in 2020 to 190 in 2022"),  # 2023 is not whole
        (count(("2020", 1000), ("2021", 300)), "bar", "Stops fell 70%, from 1,000 in 2020 to 300 in 2021"),
        (count(("2020", 100), ("2021", 700)), "bar", "Stops rose from 100 in 2020 to 700 in 2021"),
        (count(("2020", 49), ("2021", 60)), "bar", "Stops rose from 49 in 2020 to 60 in 2021"),
        # The seasons do not matter where the same month of another year is there.
        (count(("2020-07", 400), ("2020-12", 100), ("2021-12", 120)), "line", "Stops rose 20%, from 100 in December 2020 to 120 in December 2021"),
        (count(("2020-07", 400), ("2020-12", 100)), "line", "Stops fell 75%, from 400 in July 2020 to 100 in December 2020"),
        (count(("2020", 100), ("2021", 102)), "line", "Stops: 102 in 2021, nearly the same as in 2020 (100)"),
        (count(("2020", 100), ("2021", 100)), "line", "Stops: 100 in 2021, as many as in 2020"),
        (DAYS, "line", "Stops: 100 on 14 August 2026, as many as on 13 August 2026"),
        (count(("a", 1), ("b", 4801)), "bar", "b: over 99.9% of stops, 4,801 of 4,802"),
        (count(("2020", 0), ("2021", 0)), "line", ""),
        (count(("2020", 100), ("2021", None)), "line", ""),  # what is hidden is compared with nothing
        (count(("2020", 100)), "line", ""),
        (count(("a", 30), ("b", 60), ("Missing", 29), ("All others", 9)), "bar", "b: the most stops, 60 of 128 (46.9%)"),
        (count(("a", 30), ("b", 60), ("Missing", 30)), "bar", ""),  # which could all be a
        (count(("a", 30), ("b", 30)), "bar", ""),
        (count(("a", 30), ("b", None)), "bar", ""),
        (replace(YEARS, measure="sum:n"), "line", ""),  # what a sum adds up to is not known
        (count(), "line", ""),
    ],
)  # fmt: skip
def test_a_headline_is_made_from_the_numbers(series: Series, kind: str, headline: str) -> None:
    assert find_headline(kind_of(kind), series) == headline


@pytest.mark.parametrize(
    ("headline", "wrong"),
    [
        ("Stops nearly doubled", ()),
        ("Stops rose by 90% from 100 in 2020", ()),
        ("2022 has 41.3% of all 460 stops", ()),
        ("Stops rose to 191", ("191",)),
        ("Stops rose by 91%", ("91%",)),
        ("In 1999, stops rose", ("1999",)),
        ("Stops rose by 90 percent", ()),
        ("1,900 stops", ("1,900",)),
    ],
)
def test_numbers_of_a_headline_are_those_of_the_chart(
    headline: str, wrong: tuple[str, ...]
) -> None:
    assert name_unproven(headline, YEARS) == wrong
    got, _ = draw_chart(declare_chart(kind="line", headline=headline), "d", YEARS)
    assert (got is None) == bool(wrong)


def test_a_part_is_never_called_all_or_none() -> None:
    series = count(("a", 2), ("b", 9998))
    assert name_unproven("b has 100% of them, a none: 0.0%", series) == ("100%", "0.0%")
    assert not name_unproven("b has 99.98%, over 99%, and a 0.02%", series)


def test_one_period_is_named_once() -> None:
    series = replace(
        count(("2024-01", 3)),
        columns=(SeriesColumn("x", "Day", "yearmonth", "key", "month"), *YEARS.columns[1:]),
    )
    assert write_subtitle(series) == "Number of stops by day, January 2024"


def test_a_share_of_a_sum_with_hidden_values_proves_nothing() -> None:
    assert name_unproven("60% of 100", count(("a", 60), ("b", None))) == ("60%", "100")


def test_the_subtitle_says_what_is_counted_by_what_and_when() -> None:
    assert write_subtitle(YEARS) == "Number of stops by year of the stop, 2020–2023"
    assert write_subtitle(count(("a", 1))) == "Number of stops by year of the stop"


def test_at_an_event_a_line_goes_on_and_is_noted() -> None:
    event = Break(since="2021", reason="a new law", label="New law")
    chart, _ = draw_chart(declare_chart(kind="line", period="year", events=(event,)), "d", YEARS)
    assert isinstance(chart, Chart)
    assert "stretch" not in str(chart.spec["layer"])
    assert str(chart.svg).count(">New law</text>") == 2
    assert "Note: New law (2021: a new law)." in chart.alt
    assert chart.headline == "Stops rose 90%, from 100 in 2020 to 190 in 2022"
    document = json.loads(json.dumps(describe_receipts("d", "", (), [chart], "datasets/d")))
    [proof] = parse_receipts(document).proofs
    again = redraw_chart(proof)
    assert isinstance(again, Chart)
    assert (again.alt, again.svg, again.spec) == (chart.alt, chart.svg, chart.spec)
    assert write_files(again) == write_files(chart)
    stopped, _ = draw_chart(declare_chart(kind="line", period="year", breaks=(event,)), "d", YEARS)
    assert isinstance(stopped, Chart)
    assert stopped.headline == ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("portal")
    chart = "title: Visits by outcome, kind: bar"
    assert chart in DESCRIPTOR
    text = DESCRIPTOR.replace(chart, f"{chart}, headline: All 60 visits")
    write_portal(root, **{"data/visits/datapackage.yaml": text})
    build_portal(root, root / "_site", lambda _: None)
    return root / "_site"


def test_a_chart_offers_its_files_and_they_verify(site: Path) -> None:
    page = (site / "datasets/visits/index.html").read_text()
    assert '<h3 data-fact="headline">All 60 visits</h3>' in page
    for ending, start in (("csv", b""), ("json", b"{"), ("svg", b"<svg"), ("png", b"\x89PNG")):
        assert f'href="charts/by-outcome.{ending}"' in page
        assert (site / f"datasets/visits/charts/by-outcome.{ending}").read_bytes().startswith(start)
    assert verify_site(str(site), None, lambda _: None).findings == ()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("datasets/visits/charts/by-outcome.csv", "Passed,48,", "Passed,49,"),
        ("datasets/visits/charts/by-outcome.svg", ">48<", ">49<"),
        ("datasets/visits/index.html", "All 60 visits", "All 61 visits"),
        ("datasets/visits/index.html", "Number of visits by", "Share of visits by"),
        ("datasets/visits/receipts.json", "All 60 visits", "All 61 visits"),
    ],
)
def test_verify_notices_other_words_and_files(
    site: Path, tmp_path: Path, path: str, old: str, new: str
) -> None:
    copy = tmp_path / "site"
    shutil.copytree(site, copy)
    replace_text(copy / path, old, new)
    reseal(copy)
    found = verify_site(str(copy), None, lambda _: None).findings
    assert "page-differs" in {finding.rule for finding in found}
