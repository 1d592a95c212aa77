"""Our part of a package as a maintainer writes it, each object a form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from plainrecord.descriptors.crosswalk_forms import CrosswalkForm, MethodologyForm
from plainrecord.descriptors.reading import StrictForm
from plainrecord.descriptors.request_log import RequestLogForm
from plainrecord.descriptors.rule_forms import BreakForm, ReconciliationForm, TrialForm
from plainrecord.descriptors.standard_forms import StandardPackageForm, Text, Texts
from plainrecord.model.freshness import parse_day


class IssueForm(StrictForm):
    title: str
    text: str


class NumberForm(StrictForm):
    """A number typed into prose, and why it has no receipt."""

    text: Text = Field(min_length=1)
    reason: str = Field(min_length=1)


class WaivedForm(StrictForm):
    """A warning that was looked at and stays, and why."""

    rule: str
    field: str = ""
    reason: str = Field(min_length=1)


class CoverageForm(StrictForm):
    start: Text = Field(default="", alias="from")
    end: Text = Field(default="", alias="to")
    place: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """An end before the beginning."""
        begins, ends = parse_day(self.start), parse_day(self.end)
        if begins and ends and ends < begins:
            yield "end", f"a day from {self.start} on"


class CoarsenForm(StrictForm):
    field: str
    method: Literal[
        "hour", "day", "month", "quarter", "year", "brackets", "prefix", "round", "group"
    ]
    edges: tuple[float, ...] = ()
    length: int = 0
    step: float = 0.0
    groups: dict[str, str] = Field(default_factory=dict)
    other: str = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another method."""
        homes = {"edges": "brackets", "length": "prefix", "step": "round"}
        for key, method in {**homes, "groups": "group", "other": "group"}.items():
            if self.method != method:
                yield key, f"the method {method}"


class PrivacyForm(StrictForm):
    open: str = ""
    identifiers: Texts = ()
    coarsen: tuple[CoarsenForm, ...] = ()
    threshold: int = Field(default=0, ge=0)
    note: str = ""


class FigureForm(StrictForm):
    name: str
    title: str
    unit: str = ""
    sql: str
    format: Literal["integer", "decimal", "percent", "date", "text"] = "integer"
    note: str = ""
    headline: bool = True


class ChartForm(StrictForm):
    name: str
    title: str
    kind: Literal["line", "bar", "heatmap", "tile-map", "small-multiples"]
    resource: str = ""
    x: str
    period: str = ""
    y: str = ""
    y_period: str = ""
    color: str = ""
    facet: str = ""
    measure: str = "count"
    unit: str = ""
    where: str = ""
    limit: int = Field(default=0, ge=0)
    description: str = ""
    note: str = ""
    breaks: tuple[BreakForm, ...] = ()

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What belongs to another kind of chart."""
        if self.kind != "heatmap":
            yield "y", "the kind heatmap"
        if not self.y or self.kind != "heatmap":
            yield "y_period", "the kind heatmap with y, a field of dates"
        if self.kind not in ("line", "small-multiples"):
            yield "facet", "the kind small-multiples"
        if self.kind in ("heatmap", "tile-map"):
            yield "color", "the kind line, bar or small-multiples"
        if self.kind != "bar" or self.period:
            yield "limit", "the kind bar without a period"


class ApiForm(StrictForm):
    resource: str
    date_field: str
    quarters: int = Field(default=3, ge=1)
    page_size: int = Field(default=1000, ge=1)
    aliases: Texts = ()


class ComparisonForm(StrictForm):
    resource: str = ""
    key: Texts = ()
    fields: Texts = ()
    normalise: bool = False
    date: str = ""
    period: Literal["day", "month", "quarter", "year", "fiscal-year"] = "month"
    place: str = ""
    category: str = ""
    records: Literal["", "rows", "digests", "counts"] = ""

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """What needs another key: a period its date, a breakdown a field that is compared."""
        if not self.date:
            yield "period", "date, a field of the table"
        compared = {*self.key, *self.fields}
        for name in ("date", "place", "category"):
            if self.fields and getattr(self, name) not in compared:
                yield name, "a field that is among key and fields"


class PackageOursForm(StrictForm):
    summary: str = ""
    unit: str = Field(default="row", min_length=1)
    updated: Text = ""
    frequency: str = ""
    coverage: CoverageForm = CoverageForm()
    synthetic: str = ""
    publish: bool = True
    questions: Texts = ()
    citation: str = ""
    known_issues: tuple[IssueForm, ...] = ()
    privacy: PrivacyForm | Literal["open"] | None = None
    figures: tuple[FigureForm, ...] = ()
    charts: tuple[ChartForm, ...] = ()
    api: ApiForm | None = None
    crosswalk: CrosswalkForm | None = None
    methodology: MethodologyForm = MethodologyForm()
    comparison: ComparisonForm | None = None
    numbers: tuple[NumberForm, ...] = ()
    waived: tuple[WaivedForm, ...] = ()
    requests: RequestLogForm | None = None
    plausibility: tuple[TrialForm, ...] = ()
    reconcile: tuple[ReconciliationForm, ...] = ()


class PackageForm(StandardPackageForm):
    plainrecord: PackageOursForm = PackageOursForm()
