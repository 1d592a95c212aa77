"""A toy of each thing that comes in kinds, declared outside the package: a portal shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

import altair
import duckdb
import pytest

from plainrecord.core.errors import Blocked
from plainrecord.descriptors.claims import CLAIM_TESTS
from plainrecord.measures.claim_test import ClaimMeasures, TableTest
from plainrecord.measures.plausibility import RULES
from plainrecord.measures.rule_query import Rule, RuleQuery
from plainrecord.model.claims import ClaimVerdict, Result, Words
from plainrecord.model.counts import fill, number, show
from plainrecord.model.declarations import FigureDefinition
from plainrecord.model.plausibility import Outcome
from plainrecord.model.products import Series
from plainrecord.pipeline.build import build_portal
from plainrecord.publishing.chart_kind import ChartKind
from plainrecord.publishing.chart_kinds import CHARTS
from plainrecord.publishing.download_format import (
    Comparison,
    DownloadFormat,
    ExportedTable,
    ParquetTwin,
    copy_query,
)
from plainrecord.publishing.downloads import FORMATS
from plainrecord.publishing.plot import Plot
from plainrecord.verify.site import verify_site
from plainrecord.verify.table_formats import compare_tables
from tests.portals import DESCRIPTOR, LATER_ROWS, write_portal


class LongTextRule(Rule):
    """Whether a text is longer than it should be."""

    question: ClassVar = "Are there very long texts?"
    meaning: ClassVar = "A long text may be two texts."
    otherwise: ClassVar = "Some names are long."

    kind: Literal["long-text"]
    field: str
    most: int = 1

    def evaluate(self, query: RuleQuery) -> Outcome:
        long = f"length({query.column(self.field)}) > {self.most}"
        totals = query.count("", f"SELECT count(*) FILTER ({long}) AS long FROM {query.source}")
        words = number(show(totals, "1.1"), "text is", "texts are")
        return query.outcome(bool(totals.rows[0][0]), fill("{} long.", words))


def build(root: Path, **changes: str) -> Path:
    """The built site of a small portal with the toys."""
    build_portal(write_portal(root, **changes), root / "_site", lambda _: None)
    return root / "_site"


def read_words(page: Path) -> str:
    """The text of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", "", page.read_text()).split())


def test_a_plausibility_rule_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "long-text", LongTextRule)
    rule = "{name: long, title: Long states, kind: long-text, field: state}"
    descriptor = f"{DESCRIPTOR}  plausibility: [{rule}]\n"
    site = build(tmp_path, **{"data/visits/datapackage.yaml": descriptor})
    page = read_words(site / "datasets/visits/plausibility/index.html")
    assert "Are there very long texts? 60 texts are long." in page
    assert "A long text may be two texts." in page


class SizeTest(TableTest):
    """Whether a table has enough rows."""

    fewest: int

    def measure(self, context: ClaimMeasures) -> Result:
        sql = f'SELECT count(*) FROM "{self.dataset}{context.mark}"."{self.resource}"'
        size = context.measure(FigureDefinition(name="size", title=context.title, sql=sql))
        enough = isinstance(size.value, int) and size.value >= self.fewest
        verdict = ClaimVerdict.SUPPORTED if enough else ClaimVerdict.CONTRADICTED
        return Result(verdict, {"size": size})

    def meaning(self) -> str:
        return f"For the claim to be true, there must be {self.fewest} rows."

    def describe(self, result: Result) -> Words:
        return fill("The table has {} rows.", result.figures["size"])

    def summary(self, result: Result) -> Words:
        return fill("{} rows are there.", result.figures["size"])


CLAIMS = """claims:
  - name: many
    title: Many visits
    speaker: Somebody
    said: there are many visits.
    changed: 2026-10-02
    source: {status: reported, title: A newspaper}
    tests:
      - {title: There are fifty, size: {dataset: visits, resource: visits, fewest: 50}}
"""


def test_a_claim_test_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLAIM_TESTS, "size", SizeTest)
    site = build(tmp_path, **{"site/claims.yaml": CLAIMS})
    page = read_words(site / "claims/many/index.html")
    assert "The table has 60 rows. For the claim to be true, there must be 50 rows." in page
    assert "Supported by the records here" in page
    assert "60 rows are there." in read_words(site / "claims/index.html")
    assert verify_site(str(tmp_path / "_site"), None, lambda _: None).holds


class Names(DownloadFormat):
    """The values of the first field, one on each line."""

    suffix = "names"
    title = "Names"
    media_type = "text/x-names"
    note = "one name on each line"
    place = 9

    def unfit(self, export: ExportedTable) -> str:
        return "No names: there are too many rows." if export.table.rows > 60 else ""

    def write(self, export: ExportedTable, path: Path) -> None:
        query = f'SELECT "{export.table.fields[0].name}" FROM {export.table.relation}'
        copy_query(export.connection, query, path, "FORMAT csv, HEADER false")

    def compare(self, file: Path, twin: ParquetTwin) -> Comparison:
        names = file.read_text().splitlines()
        rows = twin.connection.execute(
            f"SELECT {twin.fields[0].name} FROM {twin.source}"
        ).fetchall()
        differing = sum(name != row[0] for name, row in zip(names, rows, strict=True))
        return {"other": len(names), "parquet": len(rows), "differing": differing, "first": 0}


def test_a_format_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "names", Names())
    downloads = build(tmp_path / "few") / "datasets/visits/downloads"
    names = downloads / "visits.names"
    assert names.read_text().startswith("v000\nv001\n")
    page = (downloads.parent / "index.html").read_text()
    assert "one name on each line" in page
    assert "text/x-names" in page
    fields = [("visit_id", "string", [""])]
    parquet = tmp_path / "one.parquet"
    duckdb.default_connection().sql(
        f"SELECT visit_id FROM '{downloads}/visits.parquet'"
    ).write_parquet(str(parquet))
    assert compare_tables(names, "names", parquet, fields)["differing"] == 0
    more = build(tmp_path / "more", **{"data/visits/visits.csv": LATER_ROWS})
    assert not (more / "datasets/visits/downloads/visits.names").exists()
    assert "No names: there are too many rows." in read_words(more / "datasets/visits/index.html")


class DotChart(ChartKind):
    """A dot for each value."""

    words = "Dots"
    takes = ("color",)

    def problem(self, series: Series) -> str:
        return "there are too many dots" if len(series.rows) > 2 else ""

    @classmethod
    def specify(cls, plot: Plot) -> altair.core.TopLevelUnitSpec:
        encoding = altair.FacetedEncoding(
            x=altair.X("value:Q"), y=altair.Y("x:N", title=plot.columns["x"].label)
        )
        mark = altair.MarkDef("point")
        return altair.core.TopLevelUnitSpec(
            data=altair.NamedData(name="rows"), mark=mark, encoding=encoding, width=plot.width
        )


def test_a_chart_kind_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHARTS, "dots", DotChart)
    dots = "    - {name: dots, title: Outcomes, kind: dots, x: outcome}\n"
    descriptor = {"data/visits/datapackage.yaml": f"{DESCRIPTOR}{dots}"}
    site = build(tmp_path, **descriptor)
    page = (site / "datasets/visits/index.html").read_text()
    assert "Dots, 2 values. Highest: Passed (48). Lowest: Failed (12)." in page
    assert page.count("48; Outcome: Passed</title>") == 2
    charts = site / "datasets/visits/charts"
    assert '"type": "point"' in (charts / "dots.json").read_text()
    live = [path.read_text() for path in charts.glob("dots-*.vega.json")]
    assert len(live) == (2 if list((site / "assets").glob("charts.*.js")) else 0)
    assert all('"symbol"' in text for text in live)
    assert verify_site(str(site), None, lambda _: None).holds
    states = {
        name: text.replace("x: outcome}\n", "x: state}\n") for name, text in descriptor.items()
    }
    with pytest.raises(Blocked, match="there are too many dots"):
        build(tmp_path, **states)
